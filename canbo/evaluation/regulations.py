"""The regulation of a public service unit: how it weighs the criteria of the decree, from which day, by which instrument.

The decree names the criteria and how many points they have together; how many each has, the head of the unit says, for those
who lead and those who do not. A unit that said nothing has none, and nobody's points are known there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from canbo.evaluation.models import Regulation
from canbo.evaluation.models_regulation import as_kept
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time
from canbo.journal import entries
from canbo.registry import authority, once, queries
from canbo.registry.asking import numbers, one
from canbo.registry.models import Account, Organization
from canbo.registry.models.organization import Kind
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation import given
from canbo.rules.evaluation.given import CRITERIA, MOST_RESULT
from canbo.rules.evaluation.readings import Reader
from canbo.rules.explain import ArticleVerdict

DRAFTED, APPROVED, WITHDRAWN = "regulation.drafted", "regulation.approved", "regulation.withdrawn"
STAFF, LEADING, GENERAL = CRITERIA[:3], CRITERIA, ("1", "2", "3")
MOST_GENERAL = 30
State = Regulation.State


@kept_when_refused("organization")
def draft(
    *, organization: Organization, since: date, number: str, dated: date, weights: Mapping[str, Decimal], leading: Mapping[str, Decimal],
    by: Account, on: date, general: Mapping[str, Decimal] | None = None, key: str | None = None,
) -> Regulation:  # fmt: skip
    """Draft the regulation of a public service unit. It counts from `since`, once another person has approved it.

    weights, leading  points of each criterion, of whoever leads nothing (a, b, c) and of whoever leads (with d, dd, e): 70 each
    general           most points of each of the three groups of general criteria, 30 together, where the regulation says so
    number, dated     of the instrument by which the head of the unit issued it

    `since` may lie back, as long as nothing was decided by the law of that day or of a later one. Raises Refused with the
    first thing that is wrong: what was found, and what was expected.
    """
    authority.require(by, "regulation.draft", over=organization)
    earlier = once.earlier(key, DRAFTED)
    if earlier is not None:
        return Regulation.objects.get(entry=earlier)
    _require_a_unit(organization, max(since, on))
    if not number.strip():
        raise Refused("no_number", _("Give the number of the instrument by which the unit issued its regulation."))
    if dated > on:
        raise Refused("dated_ahead", _("The instrument is dated %(day)s, which lies ahead.") % {"day": dated})
    points = {
        "weights": _points(weights, STAFF, MOST_RESULT, _("Whoever does not lead")),
        "leading": _points(leading, LEADING, MOST_RESULT, _("Whoever leads")),
        "general": None if general is None else _points(general, GENERAL, MOST_GENERAL, _("The general criteria")),
    }
    _require_law(since)
    _require_open(organization, since)
    told = {"since": str(since), "number": number.strip(), "dated": str(dated), **points}
    entry = entries.record(DRAFTED, by=by, about=organization, on=on, key=key, payload=told)
    return Regulation.objects.create(
        organization=organization, since=since, number=number.strip(), dated=dated, drafted_by=by, drafted_on=on, entry=entry, **points
    )  # fmt: skip


def _points(points: Mapping[str, Decimal], names: Iterable[str], most: int, whose: str) -> dict[str, int | float]:
    """Points of these criteria as they are kept: each has some, and together they are as many as the decree says."""
    asked = tuple(names)
    told: dict[str, Any]
    if set(points) != set(asked):
        told = {"whose": whose, "names": ", ".join(asked), "found": ", ".join(points) or "–"}
        raise Refused("criteria", _("%(whose)s: give points to each of %(names)s and to no other; found: %(found)s.") % told)
    for name in asked:
        value = points[name]
        if not value.is_finite() or not 0 < value <= most or value != value.quantize(Decimal("0.1")):
            told = {"whose": whose, "name": name, "found": value, "most": most}
            raise Refused(
                "points",
                _("%(whose)s: %(name)s has %(found)s; a number above 0 and up to %(most)s, to a tenth, is asked.") % told,
            )
    total = sum((points[name] for name in asked), Decimal(0))
    if total != most:
        told = {"whose": whose, "found": as_kept(total), "most": most}
        raise Refused("weights", _("%(whose)s: the points add up to %(found)s; they must add up to %(most)s.") % told)
    return {name: as_kept(points[name]) for name in asked}


def read(text: str, file: Path) -> dict[str, Any]:
    """What a draft says, from a file of plain values: number, dated, since, weights, leading, general. Raises RuleError."""
    part = given.opened(text, file)
    part.only(("number", "dated", "since", "weights", "leading", "general"))
    told: dict[str, Any] = {"number": part.at("number").text(), "dated": part.at("dated").day(), "since": part.at("since").day()}
    for name in ("weights", "leading", "general"):
        entry = part.find(name) if name == "general" else part.at(name)
        if entry is not None:
            told[name] = {each: given.amount(points, most=100, places=4) for each, points in entry.parts()}
    return told


def is_service_unit(unit: queries.Unit) -> bool:
    """Whether a body is a public service unit, which alone has a regulation of its own."""
    return unit.structure == Kind.Structure.SERVICE


def _require_a_unit(organization: Organization, day: date) -> None:
    unit = queries.unit_by_id(organization.pk, on=day)
    if not is_service_unit(unit):
        told = {"kind": queries.in_language(unit.kind_names)}
        raise Refused(
            "no_service_unit",
            _("Only a public service unit has a regulation of its own; this body is of the kind: %(kind)s.") % told,
        )


def said_of(year: int) -> list[ArticleVerdict]:
    """What the articles in force at the end of a year say of somebody whose unit has a regulation; those that follow it, a value."""
    facts = {"eval.regime": "public_employee", "eval.year": year, "eval.unit_regulation": True, "eval.total": Decimal(100)}
    return Reader(corpus.opened(settings.CANBO_RULEBOOK), date(year, 12, 31)).all("evaluation_grade", facts)


def _require_law(since: date) -> None:
    """Refuse a day whose year no article grades by a unit's own regulation."""
    if not any(each.outcome == "value" for each in said_of(since.year)):
        raise Refused("no_law", _("No article grades the year %(year)s by the regulation of a unit.") % {"year": since.year})


def _require_open(organization: Organization, day: date) -> None:
    """Refuse what would reach back over somebody who was decided on, or before a regulation that holds already."""
    decided = decided_until(organization.pk)
    if decided is not None and day <= decided:
        told = {"decided": decided, "day": day}
        raise Refused(
            "retroactive",
            _("People here were decided on by the law of %(decided)s; a day after that is asked, not %(day)s.") % told,
        )
    later = _approved().filter(organization=organization, since__gte=day).order_by("since").first()
    if later is not None:
        holds = {"number": later.number, "since": later.since}
        raise Refused("later_regulation", _("Regulation %(number)s holds from %(since)s already: a later day is asked.") % holds)


def decided_until(organization: int) -> date | None:
    """The last day by whose law a public employee of a body, or of one beneath it, was decided on."""
    found = one("SELECT evaluation_regulated_until(%(body)s) AS day", {"body": organization})
    return found["day"] if found else None


@kept_when_refused("organization")
def approve(*, organization: Organization, regulation: Regulation, by: Account, on: date, key: str | None = None) -> Regulation:
    """Put a drafted regulation in force from its day, as somebody who did not draft it. Raises Refused."""
    authority.require(by, "regulation.approve", over=organization)
    earlier = once.earlier(key, APPROVED)
    if earlier is not None:
        return Regulation.objects.get(pk=(earlier.payload or {})["regulation"])
    one_at_a_time(f"regulation {organization.pk}")
    held = Regulation.objects.select_for_update(of=("self",)).get(pk=regulation.pk, organization=organization)
    if held.state != State.DRAFT:
        raise Refused("approved", _("This regulation was approved already."))
    if held.drafted_by_id == by.pk or (by.person_id is not None and held.drafted_by.person_id == by.person_id):
        raise Refused("second_person", _("Nobody approves the own draft: it takes a second person."))
    newer = Regulation.objects.filter(organization=organization, state=State.DRAFT, pk__gt=held.pk).first()
    if newer is not None:
        raise Refused("newer_draft", _("A newer draft waits (%(number)s): look at that one.") % {"number": newer.number})
    _require_open(organization, held.since)
    told = {"regulation": held.pk, "number": held.number, "since": str(held.since)}
    entries.record(APPROVED, by=by, about=organization, on=on, key=key, payload=told)
    held.state, held.approved_by, held.approved_on = State.APPROVED, by, on
    held.save(update_fields=["state", "approved_by", "approved_on"])
    return held


@kept_when_refused("organization")
def withdraw(
    *, organization: Organization, regulation: Regulation, until: date, basis: str, by: Account, on: date, key: str | None = None
) -> Regulation:
    """Let an approved regulation hold no more from a day on, by a text that says so; what was decided by it stays."""
    authority.require(by, "regulation.approve", over=organization)
    earlier = once.earlier(key, WITHDRAWN)
    if earlier is not None:
        return Regulation.objects.get(pk=(earlier.payload or {})["regulation"])
    one_at_a_time(f"regulation {organization.pk}")
    held = Regulation.objects.select_for_update(of=("self",)).get(pk=regulation.pk, organization=organization)
    if held.state != State.APPROVED:
        raise Refused("not_in_force", _("Only a regulation that was approved and not withdrawn is withdrawn."))
    if not basis.strip():
        raise Refused("no_basis", _("Name the text by which the body decided so."))
    decided = decided_until(organization.pk)
    if until < held.since or (decided is not None and until <= decided):
        day = max(each for each in (held.since, decided) if each is not None)
        raise Refused("retroactive", _("It is withdrawn from a day after %(day)s at the earliest.") % {"day": day})
    told = {"regulation": held.pk, "number": held.number, "until": str(until), "basis": basis.strip()}
    entries.record(WITHDRAWN, by=by, about=organization, on=on, key=key, payload=told)
    held.state, held.until, held.withdrawn_by, held.withdrawn_on = State.WITHDRAWN, until, by, on
    held.withdrawn_basis = basis.strip()
    held.save(update_fields=["state", "until", "withdrawn_by", "withdrawn_on", "withdrawn_basis"])
    return held


# ---- what holds


def _approved() -> QuerySet[Regulation]:
    return Regulation.objects.filter(~Q(state=State.DRAFT))


def in_force(organization: int, day: date) -> Regulation | None:
    """The regulation of a body on a day: its own, else that of the unit of which it is a part."""
    return standing([organization], [day]).get((organization, day))


def standing(bodies: Iterable[int], days: Iterable[date]) -> dict[tuple[int, date], Regulation]:
    """The regulation in force of each body on each day, in one question: the latest that began, of the nearest body that has one."""
    asked = {"ids": numbers(bodies), "days": sorted({day.isoformat() for day in days})}
    found = Regulation.objects.raw(_STANDING, asked)
    return {(each.body, each.day): each for each in found}  # type: ignore[attr-defined]


_STANDING = """
WITH RECURSIVE above (body, day, at, depth) AS (
    SELECT body, day::date, body, 0 FROM unnest(%(ids)s::bigint[]) AS body, unnest(%(days)s::text[]) AS day
    UNION ALL SELECT a.body, a.day, p.parent_id, a.depth + 1 FROM above a JOIN registry_organizationparent p
              ON p.organization_id = a.at AND p.valid @> a.day WHERE a.depth < 64
), latest AS (
    SELECT DISTINCT ON (a.body, a.day, a.at) a.body, a.day, a.depth, r.id, r.until FROM above a
    JOIN evaluation_regulation r ON r.organization_id = a.at AND r.state <> 'draft' AND r.since <= a.day
    ORDER BY a.body, a.day, a.at, r.since DESC
)
SELECT DISTINCT ON (l.body, l.day) l.body, l.day, r.* FROM latest l JOIN evaluation_regulation r ON r.id = l.id
WHERE l.until IS NULL OR l.day < l.until ORDER BY l.body, l.day, l.depth
"""


def waiting(organization: int) -> Regulation | None:
    """The newest draft of a body, where nothing was approved after it was drafted."""
    newest = Regulation.objects.filter(organization_id=organization).select_related("drafted_by").order_by("-pk").first()
    return newest if newest is not None and newest.state == State.DRAFT else None


def history(organization: int) -> list[Regulation]:
    """All that was ever approved for a body, the latest first, with who drafted and approved it."""
    told = _approved().filter(organization_id=organization).select_related("drafted_by", "approved_by", "withdrawn_by")
    return list(told.order_by("-since"))


def entry_of(regulation: Regulation, *, leads: bool) -> dict[str, Any]:
    """A regulation as an entry of a file of facts, with the weights of whoever leads or not."""
    weights = regulation.leading if leads else regulation.weights
    return {"number": regulation.number, "dated": regulation.dated, "weights": dict(weights)}

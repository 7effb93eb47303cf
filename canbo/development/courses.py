"""The courses that a body knows: those beside the rulebook, and those that it or a body above entered and a second person approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings

from canbo.development.models import Course
from canbo.evaluation.refusals import Refused, kept_when_refused
from canbo.journal import entries
from canbo.registry import authority, once, queries
from canbo.registry.models import Account, Organization
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules import courses as catalogue
from canbo.rules.corpus import Corpus

PROPOSED, DECIDED = "course.proposed", "course.decided"
State = Course.State


def law() -> Corpus:
    """The rulebook of this register."""
    return corpus.opened(settings.CANBO_RULEBOOK)


def listed() -> catalogue.Listed:
    """The courses beside the rulebook, with fields and levels."""
    return catalogue.of(law())


def known(organization: int, *, on: date) -> dict[str, catalogue.Course]:
    """The courses offered to a body on a day, by code: those of the rulebook and the approved ones of the body and those above."""
    above = [row["id"] for row in queries.path(organization, on=on)]
    own = Course.objects.filter(organization__in=above, state=State.APPROVED, since__lte=on).order_by("pk")
    found = {code: each for code, each in listed().courses.items() if each.offered(on)}
    return found | {each.code: as_course(each) for each in own}


def as_course(held: Course) -> catalogue.Course:
    """A course of a body as one of the catalogue; it bears the words in which it was entered."""
    title, provider = ({"en": text, "vi": text, "fa": text} for text in (held.title, held.provider))
    return catalogue.Course(
        held.code, title, held.field, held.stream, tuple(held.standings), held.hours, held.cost, held.seats, provider, held.leads_to,
        held.since, own=held.pk,
    )  # fmt: skip


@kept_when_refused("organization")
def propose(
    *, organization: Organization, code: str, title: str, field: str, stream: str, hours: int, cost: int, provider: str, why: str,
    by: Account, on: date, standings: tuple[str, ...] = catalogue.STANDINGS, seats: int | None = None,
    leads_to: Mapping[str, Any] | None = None, since: date | None = None, key: str | None = None,
) -> Course:  # fmt: skip
    """Propose a course that the catalogue lacks, with the reason; it is offered once a second person approved it.

    Raises Refused for a field or stream that the catalogue does not know, no title or reason, or hours and cost out of range.
    """
    authority.require(by, "course.propose", over=organization)
    earlier = once.earlier(key, PROPOSED)
    if earlier is not None:
        return Course.objects.get(entry=earlier)
    streams = law().facts["training.kind"].type.values
    if field not in listed().fields or stream not in streams:
        raise Refused("field", _("Choose a field and a stream that the catalogue knows."))
    if not title.strip() or not why.strip() or not provider.strip():
        raise Refused("no_text", _("Say what the course is called, who teaches it, and why it is needed."))
    if not 0 < hours <= 5000 or not 0 <= cost <= 10**9 or not (seats is None or 0 < seats <= 10_000):
        raise Refused("numbers", _("Hours from 1 to 5,000, a cost up to a thousand million đồng, and seats from 1 up."))
    if not standings or not set(standings) <= set(catalogue.STANDINGS):
        raise Refused("standings", _("Say for whom it is made: heads, deputies, members or staff."))
    if code in listed().courses:
        raise Refused("code", _("The catalogue has a course with this code already."))
    told = {
        "code": code,
        "title": title.strip(),
        "field": field,
        "stream": stream,
        "hours": hours,
        "cost": cost,
        "why": why.strip(),
    }
    entry = entries.record(PROPOSED, by=by, about=organization, on=on, key=key, payload=told)
    return Course.objects.create(
        organization=organization, code=code, title=title.strip()[:300], field=field, stream=stream, standings=list(standings),
        hours=hours, cost=cost, seats=seats, provider=provider.strip()[:200], leads_to=dict(leads_to or {}), why=why.strip()[:1000],
        since=since or on, proposed_by=by, entry=entry,
    )  # fmt: skip


@kept_when_refused("course")
def decide(*, course: Course, approved: bool, by: Account, on: date, key: str | None = None) -> Course:
    """Take a proposed course up, or not, as a second person. Raises Refused."""
    authority.require(by, "course.approve", over=course.organization_id)
    held = Course.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=course.pk)
    if once.earlier(key, DECIDED) is not None:
        return held
    if held.state != State.PROPOSED:
        raise Refused("decided", _("This was decided on already."))
    require_second(by, held.proposed_by)
    held.state = State.APPROVED if approved else State.DECLINED
    held.decided_by, held.decided_on = by, on
    held.save(update_fields=["state", "decided_by", "decided_on"])
    entries.record(DECIDED, by=by, about=held, on=on, key=key, payload={"code": held.code, "approved": approved})
    return held


def require_second(by: Account, first: Account) -> None:
    """Refuse whoever proposed, or another account of the same person. Raises Refused."""
    if by.pk == first.pk or (by.person_id is not None and by.person_id == first.person_id):
        raise Refused("second_person", _("Nobody decides on the own proposal: it takes a second person."))

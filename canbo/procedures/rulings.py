"""The text of the decision that ends a case: drawn from the case alone, signed to the octet, numbered when published."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from canbo.procedures import grounds, signing
from canbo.procedures.cases import rules_of
from canbo.procedures.models import Candidate, Case, Ruling, Stored
from canbo.procedures.refusals import Refused
from canbo.registry import authority, people, queries
from canbo.registry.models import Decision
from canbo.registry.saying import sentence as _

# What is decided once for all who are through; the rest of the names stay in the case.
GOES = Candidate.State.THROUGH


def drawn(case: Case, *, on: date) -> Ruling:
    """The ruling of a case as it is to be signed today: drawn once, drawn anew while nobody has signed."""
    words = text_of(case, on=on)
    text = signing.canonical(words).decode()
    digest = signing.challenge_for(words).hex()
    known = Ruling.objects.select_for_update(of=("self",)).filter(case=case).first()
    starts, ends = date.fromisoformat(words["effective_on"]), _day(words["until"])
    if known is None:
        return Ruling.objects.create(case=case, text=text, digest=digest, effective_on=starts, until=ends)
    if known.state != Ruling.State.DRAWN:
        return known
    if known.digest != digest:
        known.text, known.digest, known.effective_on, known.until = text, digest, starts, ends
        known.save(update_fields=["text", "digest", "effective_on", "until"])
    return known


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def text_of(case: Case, *, on: date) -> dict[str, Any]:
    """What is decided: of whom, in which post and body, from which day, by which law, after which votes."""
    kind, version = rules_of(case)
    effective = max(case.effective_on or on, case.on)
    until = grounds.last_day(case, version, kind.effect, effective)
    if until is not None and until < effective:
        raise Refused(
            "too_short", _("The last day, %(until)s, lies before the first, %(day)s.") % {"until": until, "day": effective}
        )
    with authority.everything_in_sight():
        unit = queries.unit_by_id(case.organization_id or 0, on=on)
        names = people.brief(case.candidates.filter(state=GOES).values_list("person_id", flat=True), on=on)
    if not names and kind.effect != "introduce" and kind.names != "none":
        raise Refused("nobody", _("No name of this case goes on; there is nothing to decide."))
    return {
        "v": 1,
        "register": getattr(settings, "CANBO_JOURNAL_ORIGIN", "canbo/register"),
        "case": case.pk,
        "decides": kind.effect,
        "procedure": kind.id,
        "steps": version.id,
        "law": {"instrument": version.source["en"], "article": version.article, "rulebook": case.rulebook},
        "organization": {"id": unit.id, "code": unit.code},
        "post": {"id": case.post_id, "job": case.post.job.code} if case.post is not None else None,
        "persons": [_person(case, number, names[number]) for number in sorted(names)],
        "effective_on": effective.isoformat(),
        "until": until.isoformat() if until else None,
        "terms": case.terms,
        "votes": [_count(count) for count in case.counts.select_related("step").order_by("step__turn")],
    }


def _person(case: Case, number: int, brief: dict[str, Any]) -> dict[str, Any]:
    name = case.candidates.get(person_id=number)
    articles = [
        {"article": article["id"], "outcome": article["outcome"]}
        for article in (name.verdict or {}).get("articles", [])
        if article["outcome"] != "not_applicable"
    ]
    return {"id": number, "name": f"{brief['family']} {brief['given']}", "result": name.result, "articles": articles}


def _count(count: Any) -> dict[str, Any]:
    figures = ("members", "convened", "present", "issued", "collected", "valid", "blank", "invalid")
    return {"step": count.step.name, "turn": count.step.turn, "tier": count.tier, "votes": count.votes} | {
        name: getattr(count, name) for name in figures
    }


def file_of(ruling: Ruling) -> bytes | None:
    """The PDF that bears the signature; None where no certificate signed, or where it is not in sight."""
    found = Stored.objects.filter(pk=ruling.signed_file_id).first() if ruling.signed_file_id else None
    return bytes(found.body) if found is not None else None


def number(ruling: Ruling, *, symbol: str, on: date) -> None:
    """Give a signed ruling the number of its document, and make it a decision that facts can rest on."""
    case = ruling.case
    with authority.everything_in_sight():
        issuer = queries.unit_by_id(case.manager_id or 0, on=on)
    written = json.loads(ruling.text)
    ruling.number = symbol
    kind, _version = rules_of(case)
    ruling.decision = Decision.objects.create(
        kind=Decision.Kind.DECISION, number=ruling.number, title=dict(kind.title), issuer=issuer.code,
        signed_on=on, effective_on=date.fromisoformat(written["effective_on"]),
    )  # fmt: skip
    ruling.state = Ruling.State.PUBLISHED
    ruling.published_at = timezone.now()
    ruling.save(update_fields=["number", "decision", "state", "published_at"])

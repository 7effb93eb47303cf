"""The meeting on evaluations of a period: convened, minuted by one person, adopted by another; decisions refer to it.

The decree asks for a meeting before the grade of a year is decided, and for minutes that the meeting adopts. What was said
of each person, and how many were for and against where there was a vote, goes to that person's evaluation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbo.evaluation import inputs
from canbo.evaluation.models import Evaluation, Meeting
from canbo.evaluation.refusals import Refused, kept_when_refused
from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.models import Account, Organization, Person
from canbo.registry.saying import sentence as _
from canbo.rules.evaluation.periods import parse

ACT = "evaluation.meet"
CONVENED, MINUTED, ADOPTED = "meeting.convened", "meeting.minuted", "meeting.adopted"
State = Meeting.State


@dataclass(frozen=True)
class Matter:
    """What the meeting said of one person's evaluation; `votes`: for, against, abstained, where there was a vote."""

    evaluation: Evaluation
    opinion: str
    votes: tuple[int, int, int] | None = None


@kept_when_refused("organization")
def convene(
    *, organization: Organization, period: str, day: date, place: str, chair: Person, secretary: Person, by: Account, on: date,
    key: str | None = None,
) -> Meeting:  # fmt: skip
    """Summon everybody of a body to the meeting on its evaluations of a period. Chair and secretary are two people of it."""
    authority.require(by, ACT, over=organization)
    earlier = once.earlier(key, CONVENED)
    if earlier is not None:
        return Meeting.objects.get(entry=earlier)
    span = parse(period)
    if span is None:
        raise Refused("period", _("A period looks like 2026, 2026-Q1 or 2026-03."))
    if day < on:
        raise Refused("retroactive", _("A meeting is summoned before it is held."))
    summoned = sorted(each.person for each in inputs.members([organization.pk], span))
    if chair.pk == secretary.pk or not {chair.pk, secretary.pk} <= set(summoned):
        raise Refused("chair", _("Chair and secretary are two people who are summoned."))
    told = {"period": period, "day": str(day), "place": place.strip(), "summoned": len(summoned)}
    entry = entries.record(CONVENED, by=by, about=organization, on=on, key=key, payload=told)
    return Meeting.objects.create(
        organization=organization, period=period, day=day, place=place.strip(), chair=chair, secretary=secretary, summoned=summoned,
        convened_by=by, entry=entry,
    )  # fmt: skip


@kept_when_refused("meeting")
def minute(
    *, meeting: Meeting, present: Iterable[int], matters: Sequence[Matter], by: Account, on: date, remarks: str = "",
    key: str | None = None,
) -> Meeting:  # fmt: skip
    """Write the minutes: who was present, what was said of each evaluation, the votes if there were any.

    Until they are adopted they may be written anew. Of the chair's own evaluation another meeting speaks. Raises Refused.
    """
    authority.require(by, ACT, over=meeting.organization_id)
    held = _locked(meeting)
    if once.earlier(key, MINUTED) is not None:
        return held
    if held.state == State.ADOPTED:
        raise Refused("adopted", _("These minutes were adopted: they stay as they are."))
    if on < held.day:
        raise Refused("not_held", _("The meeting is on %(day)s: its minutes are written then.") % {"day": held.day})
    there = sorted(set(present))
    if not set(there) <= set(held.summoned):
        raise Refused("not_summoned", _("Only whoever was summoned is present."))
    if not {held.chair_id, held.secretary_id} <= set(there):
        raise Refused("chair", _("Chair and secretary are present."))
    if not matters:
        raise Refused("no_matter", _("Say of at least one evaluation what the meeting said."))
    said = [_said(held, each, len(there)) for each in matters]
    minutes = {"present": there, "matters": said, "remarks": remarks.strip()}
    entries.record(
        MINUTED, by=by, about=held, on=on, key=key, payload={"digest": digest_of(held, minutes), "present": len(there)}
    )
    held.minutes, held.digest, held.minuted_by, held.state = minutes, digest_of(held, minutes), by, State.MINUTED
    held.save(update_fields=["minutes", "digest", "minuted_by", "state"])
    return held


def _said(meeting: Meeting, matter: Matter, present: int) -> dict[str, Any]:
    evaluation = matter.evaluation
    if (evaluation.organization_id, evaluation.period) != (meeting.organization_id, meeting.period):
        raise Refused("other_matter", _("This evaluation is of another body or period."))
    if evaluation.state != Evaluation.State.OPINED:
        raise Refused("not_opined", _("The meeting speaks of evaluations that the head has seen and that are not decided."))
    if evaluation.person_id == meeting.chair_id:
        raise Refused("own_matter", _("Nobody chairs the meeting on the own evaluation."))
    if not matter.opinion.strip():
        raise Refused("no_opinion", _("Say what the meeting said of each."))
    if matter.votes is not None and (min(matter.votes) < 0 or sum(matter.votes) > present):
        raise Refused("votes", _("There are more votes than people present."))
    return {"evaluation": evaluation.pk, "person": evaluation.person_id, "opinion": matter.opinion.strip(), "votes": matter.votes and list(matter.votes)}  # fmt: skip


@kept_when_refused("meeting")
def adopt(*, meeting: Meeting, by: Account, on: date, key: str | None = None) -> Meeting:
    """Adopt the minutes as another person than who wrote them. From then on they stay, and evaluations refer to them."""
    authority.require(by, ACT, over=meeting.organization_id)
    held = _locked(meeting)
    if once.earlier(key, ADOPTED) is not None:
        return held
    if held.state != State.MINUTED:
        raise Refused("not_minuted", _("There are no minutes that wait to be adopted."))
    assert held.minuted_by is not None and held.minutes is not None
    if by.pk == held.minuted_by.pk or (by.person_id is not None and by.person_id == held.minuted_by.person_id):
        raise Refused("second_person", _("Whoever wrote the minutes does not adopt them: it takes a second person."))
    entries.record(ADOPTED, by=by, about=held, on=on, key=key, payload={"digest": held.digest})
    held.state, held.adopted_by, held.adopted_on = State.ADOPTED, by, on
    held.save(update_fields=["state", "adopted_by", "adopted_on"])
    for said in held.minutes["matters"]:
        told = {"day": str(held.day), "opinion": said["opinion"], "votes": said["votes"], "present": len(held.minutes["present"]),
                "summoned": len(held.summoned), "digest": held.digest}  # fmt: skip
        moved = Evaluation.objects.filter(pk=said["evaluation"], state=Evaluation.State.OPINED).update(meeting=held, met=told)
        if not moved:
            raise Refused("moved", _("An evaluation of these minutes was decided or cancelled meanwhile: write them anew."))
    return held


def digest_of(meeting: Meeting, minutes: dict[str, Any]) -> str:
    """SHA-256 of all that the minutes say, with day, place and who was summoned."""
    told = {"organization": meeting.organization_id, "period": meeting.period, "day": str(meeting.day), "place": meeting.place,
            "chair": meeting.chair_id, "secretary": meeting.secretary_id, "summoned": meeting.summoned, **minutes}  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _locked(meeting: Meeting) -> Meeting:
    return Meeting.objects.select_for_update(of=("self",)).select_related("minuted_by").get(pk=meeting.pk)

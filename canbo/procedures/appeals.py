"""Appeals against a decision: filed by the person it is about, answered by a body that had no part in it, by a last day.

An appeal changes no decision by itself: an answer that upholds it says so, and a new case puts the matter right. One that
is not answered by its last day goes to the body above, and the journal says so.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from canbo.journal import entries
from canbo.procedures import bodies
from canbo.procedures.models import Appeal, Candidate, Case, Ruling
from canbo.procedures.refusals import Refused, kept_when_refused
from canbo.registry import authority, conflict, once
from canbo.registry.models import Account, Organization, Person
from canbo.registry.saying import sentence as _
from canbo.rules import powers

FILED, ANSWERED, ESCALATED = "appeal.filed", "appeal.answered", "appeal.escalated"
WAITING = (Appeal.State.FILED, Appeal.State.ESCALATED)
HIGHEST = 32  # bodies above one another


@kept_when_refused
def file(*, case: Case, by: Account, on: date, ground: str, key: str | None = None) -> Appeal:
    """Appeal against the decision of a case, as one whom it is about; from the signing on, one at a time.

    Raises Refused.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    earlier = once.earlier(key, FILED)
    if earlier is not None:
        return Appeal.objects.get(entry=earlier)
    ruling = Ruling.objects.filter(case=held).exclude(state__in=(Ruling.State.DRAWN, Ruling.State.FAILED)).first()
    if by.person_id is None or not is_about(held, by.person_id):
        raise Refused("not_the_subject", _("Only the person whom a decision is about appeals against it."))
    if ruling is None:
        raise Refused("nothing_signed", _("Nothing was decided in this case yet; there is nothing to appeal against."))
    if not ground.strip():
        raise Refused("no_reason", _("Say on what ground you appeal; it stays with the case."))
    if held.appeals.filter(by_id=by.person_id, state__in=WAITING).exists():
        raise Refused("filed", _("Your appeal is being looked at; it is answered before another is filed."))
    body, due = _answering(held, on=on), on + timedelta(days=days(on))
    entry = entries.record(
        FILED, by=by, about=held, on=on, key=key, payload={"ground": ground, "body": body, "due_on": due.isoformat()}
    )
    return Appeal.objects.create(
        ruling=ruling, case=held, by_id=by.person_id, ground=ground.strip(), body_id=body, due_on=due, entry=entry
    )


@kept_when_refused
def answer(*, case: Case, by: Account, on: date, upheld: bool, text: str, key: str | None = None) -> Appeal:
    """Answer the appeal that waits in a case, for the body it lies with, as somebody who had no part in the case."""
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    appeal = held.appeals.select_for_update(of=("self",)).filter(state__in=WAITING).order_by("pk").first()
    earlier = once.earlier(key, ANSWERED)
    if earlier is not None:
        return Appeal.objects.get(pk=(earlier.payload or {})["appeal"])
    if appeal is None:
        raise Refused("no_appeal", _("No appeal waits for an answer in this case."))
    authority.require(by, "appeal.answer", over=Organization(pk=appeal.body_id))
    require_apart(held, by, on=on)
    if not text.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the case."))
    state = Appeal.State.UPHELD if upheld else Appeal.State.DISMISSED
    entries.record(ANSWERED, by=by, about=held, on=on, key=key, payload={"appeal": appeal.pk, "state": state, "text": text})
    appeal.state, appeal.answer, appeal.answered_by, appeal.answered_at = state, text.strip(), by, timezone.now()
    appeal.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return appeal


def require_apart(case: Case, by: Account, *, on: date) -> None:
    """Whoever answers took no part in the case and has no tie to whom it is about. Raises Refused."""
    if by.person_id is None:
        raise Refused("no_person", _("Nobody stands behind this account; an appeal is answered by people."))
    took_part = case.actors.filter(account=by) | case.actors.filter(person_id=by.person_id)
    if took_part.exists() or case.electors.filter(person_id=by.person_id).exists():
        raise Refused("took_part", _("You took part in this case. An appeal is answered by somebody who did not."))
    for named in case.candidates.exclude(state=Candidate.State.REFUSED).values_list("person_id", flat=True):
        tie = conflict.between(Person(pk=by.person_id), Person(pk=named), on)
        if tie is not None:
            raise Refused("conflict", tie.sentence)


def escalate(*, on: date) -> list[Appeal]:
    """Send every appeal that was not answered by its last day to the body above, with days of its own; those sent."""
    sent = []
    with transaction.atomic(), authority.everything_in_sight():
        late = Appeal.objects.select_for_update(of=("self",), skip_locked=True).filter(state__in=WAITING, due_on__lt=on)
        for appeal in late.select_related("case"):
            above = bodies.parent_of(appeal.body_id, on=on)
            if above is None:
                continue  # nobody stands above: it stays late where it is, and is shown so
            due = on + timedelta(days=days(on))
            entries.record(
                ESCALATED, by=None, about=appeal.case, on=on,
                payload={"appeal": appeal.pk, "from": appeal.body_id, "to": above, "due_on": due.isoformat()},
            )  # fmt: skip
            appeal.state, appeal.body_id, appeal.due_on = Appeal.State.ESCALATED, above, due
            appeal.save(update_fields=["state", "body", "due_on"])
            sent.append(appeal)
    return sent


def is_about(case: Case, person: int) -> bool:
    """Whether the case is about a person: from its beginning, or as one of its names."""
    return case.person_id == person or case.candidates.filter(person_id=person).exists()


def norm() -> powers.Figure:
    """The figure for the days in which an appeal is answered, with where it comes from and how sure that is."""
    return powers.figures()["appeal_days"]


def days(on: date) -> int:
    """Within how many days an appeal that is filed on a day is answered."""
    return norm().at(on) or norm().steps[0][1]


def _answering(case: Case, *, on: date) -> int:
    """The nearest body above the deciding one for which nobody acted in the case. Raises Refused."""
    acted = set(case.actors.exclude(organization=None).values_list("organization_id", flat=True))
    body = case.manager_id
    for _step in range(HIGHEST):
        body = bodies.parent_of(body, on=on) if body is not None else None
        if body is None:
            raise Refused("no_body", _("No body stands above that had no part in this case. Turn to the inspection."))
        if body not in acted:
            return body
    raise Refused("no_body", _("No body stands above that had no part in this case. Turn to the inspection."))


__all__ = ["answer", "days", "escalate", "file", "is_about", "norm", "require_apart"]

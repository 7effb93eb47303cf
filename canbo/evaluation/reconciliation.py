"""Who is late with what: of each person of a body and period the first step that is behind, since when, and who has to act.

The law gives days for the petition and for the national database; for the rest a step is late once the period is over, or
once the assignment was due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from canbo.evaluation import board, inputs
from canbo.evaluation.models import Evaluation, Log, Outgoing, Petition
from canbo.registry import authority
from canbo.registry.models import Account
from canbo.rules.evaluation.periods import Period

#: Steps in their order, and who has to act: the person, the head, the authority, the office.
STEPS = {
    "not_assigned": "head", "not_logged": "person", "not_accepted": "head", "cause_waits": "authority", "not_assessed": "person",
    "not_opined": "head", "not_decided": "authority", "not_published": "office", "petition": "authority", "not_sent": "office",
    "no_receipt": "office",
}  # fmt: skip
State = Evaluation.State


@dataclass(frozen=True)
class Late:
    """One person's step that is behind. `since`: the last day on which it was not."""

    person: int
    step: str
    since: date
    count: int = 1

    @property
    def who(self) -> str:
        """Who has to act."""
        return STEPS[self.step]


def of_people(*, by: Account, root: int, period: Period, on: date) -> list[Late]:
    """Every step that is late of the body's own people in a period, the oldest first. Raises NotAllowed."""
    authority.require(by, board.ACT, over=root)
    people = [each.person for each in inputs.members([root], period)]
    told = inputs.held(people, period)
    rows = {person: told.products.get((person, str(period)), []) for person in people}
    logged = set(
        Log.objects.filter(assignment_id__in=[row["id"] for each in rows.values() for row in each]).values_list(
            "assignment_id", flat=True
        )
    )
    found: list[Late] = []
    for person in people:
        held = told.evaluations.get((person, str(period)))
        if held is None or held.state not in inputs.CLOSED:  # what was decided waits for no work any more
            found += _work(person, rows[person], logged, period, on)
        found += _evaluation(person, held, period, on)
    found += _petitions(people, period, on) + _results(people, period, on)
    order = list(STEPS)
    return sorted(found, key=lambda late: (late.since, order.index(late.step), late.person))


def _work(person: int, rows: list[dict[str, Any]], logged: set[int], period: Period, on: date) -> list[Late]:
    if period.kind == "year" or on <= period.first:
        return []
    if not rows:
        return [Late(person, "not_assigned", period.first)]
    found: dict[str, list[date]] = {}
    for row in rows:
        due = row["due_on"] or period.last
        if row["id"] not in logged and row["done"] is None and due < on:
            found.setdefault("not_logged", []).append(due)
        elif row["done"] is None and period.last < on:
            found.setdefault("not_accepted", []).append(period.last)
        if row["cause_state"] == "claimed":
            found.setdefault("cause_waits", []).append(period.last)
    return [Late(person, step, min(days), len(days)) for step, days in found.items() if min(days) < on]


def _evaluation(person: int, held: Evaluation | None, period: Period, on: date) -> list[Late]:
    if on <= period.last:
        return []
    if held is None:
        return [Late(person, "not_assessed", period.last)]
    match held.state:
        case State.ASSESSED:
            return [Late(person, "not_opined", period.last)]
        case State.OPINED:
            return [Late(person, "not_decided", period.last)]
        case State.DECIDED if held.decided_on is not None and held.decided_on < on:
            return [Late(person, "not_published", held.decided_on)]
    return []


def _petitions(people: list[int], period: Period, on: date) -> list[Late]:
    waiting = Petition.objects.filter(
        evaluation__person_id__in=people, evaluation__period=str(period), state=Petition.State.FILED, due_on__lt=on
    )
    return [Late(person, "petition", due) for person, due in waiting.values_list("evaluation__person_id", "due_on")]


def _results(people: list[int], period: Period, on: date) -> list[Late]:
    waiting = Outgoing.objects.filter(
        Q(sent_on__isnull=True) | Q(acknowledged_on__isnull=True), evaluation__person_id__in=people,
        evaluation__period=str(period), due_on__lt=on,
    )  # fmt: skip
    rows = waiting.values_list("evaluation__person_id", "due_on", "sent_on")
    return [Late(person, "not_sent" if sent is None else "no_receipt", due) for person, due, sent in rows]

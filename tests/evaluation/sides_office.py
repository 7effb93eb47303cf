"""A department large enough that its people can be asked about one another without anybody being known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from canbo.evaluation import sides
from canbo.evaluation.models import Asked, Round
from canbo.registry.models import Account, Person
from tests.evaluation.office import Office, build, declared
from tests.world import World

BEGINS, ENDS = date(2026, 4, 2), date(2026, 4, 20)
PERIOD = "2026-Q1"
Marks = Callable[[Asked], Mapping[str, int | None]]


def large(world: World, *, more: int = 4) -> Office:
    """The department with a head, four others, and so many more people of the same standing."""
    office = build(world, people=2 + more)
    for number in range(1, more + 1):
        person = world.person(given=f"Clerk {number}")
        world.serve(person, office.post, seat=4 + number)
        declared(world, person)
        world.account(f"clerk{number}", person=person)
    return office


def opened(office: Office, **asked: Any) -> Round:
    told = {"organization": office.place, "period": PERIOD, "closes_on": ENDS, "by": office.officer, "on": BEGINS}
    return sides.open_round(**{**told, **asked})


def account_of(person: Person) -> Account:
    return Account.objects.get(person=person)


def questions(one: Asked) -> list[str]:
    return [each["name"] for each in one.round.questions if one.side in each["sides"]]


def answer(one: Asked, mark: int | None = 4, text: str = "") -> Asked:
    told = {"asked": one, "marks": dict.fromkeys(questions(one), mark), "text": text}
    return sides.answer(**told, by=account_of(one.rater), on=BEGINS)


def answered(
    held: Round, mark: Callable[[Asked], int | None] = lambda _one: 4, text: Callable[[Asked], str] = lambda _one: ""
) -> None:
    """Everybody who is asked answers."""
    with transaction.atomic():
        for one in held.asked.filter(excluded="", answered=False).select_related("rater", "ratee", "round"):
            answer(one, mark(one), text(one))


def closed(office: Office, held: Round) -> Round:
    return sides.close(round=held, by=office.officer, on=ENDS)

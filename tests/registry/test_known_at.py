"""As known at: what the register answered at a moment, it answers for that moment for ever after."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections

from canbo.registry import authority, changes, entering, people, queries
from canbo.registry.changes import Change, EventKind, Outcome, Part, Plan
from canbo.registry.days import since
from canbo.registry.entering import NotAChange
from canbo.registry.models import Credential, Membership, NoneDeclared, OrganizationCode, Person, SalaryStep, Sanction
from canbo.registry.queries import NotInRegister
from tests.registry.acts import as_console
from tests.world import World

DAYS = [date(2019, 6, 1), date(2023, 6, 1), date(2026, 6, 1), date(2028, 6, 1)]


def now() -> datetime:
    """The moment by the clock of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def answers(persons: list[int], organizations: list[int], *, known_at: datetime | None = None) -> list[Any]:
    """What the register says of these persons and organizations on several days."""
    found: list[Any] = []
    for person in persons:
        for day in DAYS:
            file = people.file(person, on=day, known_at=known_at)
            file["person"].pop("known_from")
            found.append(file)
    for day in DAYS:
        for organization in organizations:
            try:
                found.append(queries.unit_by_id(organization, on=day, known_at=known_at))
            except NotInRegister:
                found.append(None)
        found.append([row["id"] for row in people.staff(organizations, on=day, known_at=known_at)])
    return found


def test_before_and_after_a_correction_and_a_deletion(committed: World) -> None:
    world = committed
    person, moments = first_person(world), []

    def alone(act: Callable[[], Any]) -> Any:
        done = as_console(world, act)()
        moments.append(as_console(world, now)())
        return done

    moments.append(as_console(world, now)())
    row = alone(
        lambda: entering.enter(Sanction, by=world.console, **world.mark, person=person, measure=1, valid=since(date(2020, 1, 1)))
    )
    correction = {"by": world.console, "decision": world.decision, "reason": "misread"}
    alone(lambda: entering.correct(row, **correction, measure=2))
    alone(lambda: entering.correct(row, **correction, measure=4))
    alone(lambda: Sanction.objects.filter(pk=row.pk).delete())

    def measures(known_at: datetime | None) -> list[int]:
        return [each["measure"] for each in people.records(person.pk, known_at=known_at)["sanction"]]

    with authority.sight(world.console):
        assert [measures(moment) for moment in moments] == [[], [1], [2], [4], []]
        assert measures(None) == []


def test_a_statement_of_none_is_known_from_when_it_was_made(committed: World) -> None:
    world, person = committed, first_person(committed)
    before = as_console(world, now)()
    as_console(
        world,
        lambda: entering.enter(
            NoneDeclared, by=world.console, **world.mark, person=person, topic="sanction", valid=since(date(2020, 1, 1))
        ),
    )()
    with authority.sight(world.console):
        assert people.file(person.pk, on=DAYS[1])["declared_none"] == ["sanction"]
        assert people.file(person.pk, on=DAYS[1], known_at=before)["declared_none"] == []


def test_a_state_that_was_known_between_is_kept_also_when_an_earlier_transaction_rewrites_it(committed: World) -> None:
    """A transaction begins, another one writes and is seen by all, then the first one writes the same row."""
    world, person = committed, first_person(committed)
    row = as_console(
        world,
        lambda: entering.enter(Sanction, by=world.console, **world.mark, person=person, measure=1, valid=since(date(2020, 1, 1))),
    )()
    began, between = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with authority.sight(world.console):
                now()
                began.set()
                between.wait()
                entering.correct(row, by=world.console, decision=world.decision, reason="second", measure=3)
                entering.correct(row, by=world.console, decision=world.decision, reason="third", measure=4)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    began.wait()
    as_console(world, lambda: entering.correct(row, by=world.console, decision=world.decision, reason="first", measure=2))()
    seen = as_console(world, now)()
    between.set()
    thread.join()
    with authority.sight(world.console):
        told = [people.records(person.pk, known_at=moment)["sanction"][0]["measure"] for moment in (seen, now())]
        assert told == [2, 4]
        with connection.cursor() as cursor:  # what nobody ever saw is not kept, and no two states are known at once
            cursor.execute("SELECT measure FROM registry_sanction_past ORDER BY known_from")
            assert [measure for (measure,) in cursor.fetchall()] == [1, 2]
            cursor.execute("SELECT count(*) FROM registry_sanction_past WHERE known_to <= known_from")
            assert cursor.fetchone() == (0,)


def first_person(world: World) -> Person:
    with authority.sight(world.console):
        found = Person.objects.order_by("pk").first()
    assert found is not None
    return found


class Clerk:
    """Does random acts, good and bad, each in a transaction of its own."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        with authority.sight(world.console):
            self.persons = list(Person.objects.order_by("pk")[:3])
            self.organizations = [world.organizations[code].pk for code in ("P/1", "P/2", "P/1.executive", "Q/1")]
        self.word = {"by": world.console, "decision": world.decision}
        self.done = 0

    def act(self) -> None:
        """One act; what the register refuses is refused."""
        name = self.random.choice(["enter", "enter", "change", "correct", "correct", "delete", "reorganise", "place"])
        try:
            with authority.sight(self.world.console):
                getattr(self, f"_{name}")()
            self.done += 1
        except (NotAChange, changes.PlanRefused, DatabaseError):
            return

    def _days(self) -> Any:
        start = date(2017, 1, 1) + timedelta(days=self.random.randrange(0, 3000))
        return since(start, self.random.choice([None, start + timedelta(days=self.random.randrange(1, 1500))]))

    def _fields(self, model: Any) -> dict[str, Any]:
        number = self.random.randrange(1, 5)
        return {
            SalaryStep: {"scale": f"A{number}", "step": number, "coefficient": Decimal(number)},
            Sanction: {"measure": number},
            Credential: {"level": number, "institution": f"School {number}"},
            NoneDeclared: {"topic": self.random.choice(["sanction", "reward", "training"])},
        }[model]

    def _row(self) -> Any:
        rows = [row for model in (SalaryStep, Sanction, Credential, NoneDeclared) for row in model.objects.order_by("pk")]
        return self.random.choice(rows) if rows else None

    def _enter(self) -> None:
        model = self.random.choice([SalaryStep, Sanction, Credential, NoneDeclared])
        person = self.random.choice(self.persons)
        entering.enter(model, **self.word, source=self.world.source, person=person, valid=self._days(), **self._fields(model))

    def _change(self) -> None:
        if row := self._row():
            entering.change(
                row, **self.word, on=date(2017, 1, 1) + timedelta(days=self.random.randrange(0, 4000)), **self._fields(type(row))
            )

    def _correct(self) -> None:
        person = self.random.choice(self.persons)
        if self.random.random() < 0.2:
            entering.correct(person, **self.word, reason="r", sex=self.random.choice(["F", "M", None]))
        elif self.random.random() < 0.2:
            entering.correct(person.names.get(), **self.word, reason="r", given=f"Thị {self.random.randrange(9)}")
        elif row := self._row():
            fields = {"valid": self._days()} if self.random.random() < 0.3 else self._fields(type(row))
            entering.correct(row, **self.word, reason="r", **fields)

    def _delete(self) -> None:
        if row := self._row():
            type(row).objects.filter(pk=row.pk).delete()

    def _place(self) -> None:
        rows = list(Membership.objects.filter(person__in=self.persons, valid__endswith__isnull=True).order_by("pk"))
        if rows:
            entering.correct(self.random.choice(rows), **self.word, reason="r", category=self.random.randrange(1, 4))

    def _reorganise(self) -> None:
        on = date(2024, 1, 1) + timedelta(days=self.random.randrange(0, 900))
        codes = dict(OrganizationCode.objects.filter(valid__contains=on).values_list("code", "organization_id"))
        units = sorted(code for code in codes if code.startswith("P/") and "." not in code)
        first = codes[units[0]]
        name = {"en": f"Named {self.random.randrange(99)}"}
        change = Change(EventKind.RENAME, (Part(first),), (Outcome(units[0], name, "commune", "P", continues=first),))
        if len(units) > 1 and self.random.random() < 0.5:
            change = Change(
                EventKind.MERGE, (Part(first), Part(codes[units[1]])), (Outcome(f"P/{self.done + 10}", name, "commune", "P"),)
            )
        plan = Plan(on, self.world.decision, self.world.source, [change])
        self.organizations += changes.carry_out(plan, by=self.world.console, key=f"plan {self.done}").by_code.values()


def test_what_was_answered_at_a_moment_is_answered_for_that_moment_ever_after(committed: World) -> None:
    keep_a_diary(committed, seed=0, acts=30)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_it_is_so_for_any_acts(committed: World, seed: int) -> None:
    keep_a_diary(committed, seed=seed, acts=60)


def keep_a_diary(world: World, *, seed: int, acts: int) -> None:
    """After each act, note the moment and the live answers; at the end ask again as known at each moment."""
    clerk, diary = Clerk(world, seed), []
    for _attempt in range(acts):
        clerk.act()
        with authority.sight(world.console):
            asked = ([person.pk for person in clerk.persons], list(clerk.organizations))
            diary.append((now(), asked, answers(*asked)))
    assert clerk.done >= acts // 2
    with authority.sight(world.console):
        for moment, asked, answer in diary:
            assert answers(*asked, known_at=moment) == answer
        assert len({repr(answer) for _moment, _asked, answer in diary}) >= acts // 3

"""Steps due of a whole unit: read and judged as a set, and the same as of each person by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from canbo.registry.days import day_before, holds, since
from canbo.registry.models import Membership, Person, Rating, SalaryStep, Sanction
from canbo.reports import steps_due
from canbo.reports.caps import law
from canbo.reports.entitlements.facts import CATEGORIES
from canbo.rules.explain import find_values
from canbo.rules.schema import Fact
from tests.world import World

ON, UNTIL = date(2026, 8, 3), date(2027, 8, 3)
STEPS = [("A1", 1), ("A1", 9), ("A2.1", 4), ("B", 2), ("B", 12), ("C1", 5), ("Z9", 1)]
HELD = [date(2019, 5, 31), date(2023, 9, 1), date(2024, 2, 29), date(2024, 8, 3), date(2025, 1, 1)]


@pytest.fixture
def people(world: World) -> list[Person]:
    """Thirty-five, each on another step or since another day, with grades, gaps and sanctions in turn."""
    post = world.post("P/1.executive", "specialist", seats=len(STEPS) * len(HELD))
    made = []
    for place, (scale, step, held) in enumerate((scale, step, held) for scale, step in STEPS for held in HELD):
        person = world.person(f"Văn {place}")
        category = Membership.Category.PUBLIC_EMPLOYEE if place % 3 else Membership.Category.CIVIL_SERVANT
        world.serve(person, post, seat=place + 1, category=category)
        SalaryStep.objects.create(person=person, scale=scale, step=step, coefficient=Decimal(3), valid=since(held), **world.mark)
        for year in range(2022, 2026):
            if (place + year) % 7:
                Rating.objects.create(
                    person=person, grade=1 if (place * year) % 5 == 0 else 3, regime="civil-servant",
                    valid=since(date(year, 1, 1), date(year + 1, 1, 1)), **world.mark,
                )  # fmt: skip
        if place % 4 == 0:
            begun = date(2024, 8, 3) if place % 8 else date(2024, 8, 2)
            Sanction.objects.create(person=person, measure=place % 3 + 1, valid=since(begun, date(2025, 9, 1)), **world.mark)
        made.append(person)
    return made


def by_itself(person: Person) -> tuple[str, date | None, int | None]:
    """Sort, day of the next step, percent beyond the last: one person's rows and the articles, asked one after the other."""
    paid = SalaryStep.objects.get(person=person)
    begun = paid.valid.lower
    word = paid.scale.lower().replace(".", "_")
    if word not in law().facts["pay.scale"].type.values:
        return steps_due.UNKNOWN, None, None
    facts = {"pay.scale": Fact(word), "pay.step": Fact(paid.step), "pay.step_since": Fact(begun)}
    if figure(steps_due.MONTHS, facts) is None:
        return steps_due.BEYOND, None, figure(steps_due.OVER, facts)
    period = int(law().parameters.lookup("step_months", on=ON, scale=word))  # type: ignore[arg-type]
    return steps_due.STEP, after(begun, period + delay(person, begun)), None


def delay(person: Person, begun: date) -> int:
    """Months by which the step comes later; a year without a grade counts as one that was completed."""
    ended = [each for each in Rating.objects.filter(person=person) if begun < each.valid.upper <= ON]
    failed = {day_before(each.valid.upper).year for each in ended if each.grade == Rating.Grade.NOT_COMPLETED}
    measures = [each.measure for each in Sanction.objects.filter(person=person) if begun <= each.valid.lower <= ON]
    member = next(each for each in Membership.objects.filter(person=person) if holds(each.valid, ON))
    found = figure(
        steps_due.DELAY,
        {
            "leave.category": Fact(CATEGORIES[Membership.Category(member.category)]),
            "pay.step_years_not_completed": Fact(len(failed)),
            **{
                f"pay.step_{name}": Fact(measures.count(number))
                for number, name in enumerate(("reprimands", "warnings", "removals"), 1)
            },
        },
    )
    assert found is not None
    return found


def figure(name: str, facts: dict[str, Fact]) -> int | None:
    said = [each for each in find_values(law(), name=name, facts=facts, on=ON) if each.outcome == "value"]
    return int(str(said[0].value)) if said else None


def after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return next(each for each in days_back(year, month + 1, day.day))


def days_back(year: int, month: int, day: int) -> Iterator[date]:
    for number in range(day, 0, -1):
        try:
            yield date(year, month, number)
        except ValueError:
            continue


def test_what_is_due_to_a_unit_is_what_is_due_to_each_person_by_itself(world: World, people: list[Person]) -> None:
    found = {each.person: each for each in steps_due.due(code="P", on=ON, until=UNTIL, reader=world.console)}
    kinds = set()
    for person in people:
        kind, day, percent = by_itself(person)
        one = found.get(person.pk)
        if one is None:
            assert kind == steps_due.STEP and day is not None and day > UNTIL
            continue
        kinds.add(kind)
        assert (one.kind, one.percent) == (kind, percent), person
        if kind == steps_due.STEP:
            assert one.day == day, (person, one)
    assert kinds == {steps_due.STEP, steps_due.BEYOND, steps_due.UNKNOWN} and len(found) < len(people)
    assert any(each.delay for each in found.values()) and any(each.ungraded for each in found.values())

"""What a reform of pay costs: by the articles, to the đồng; bodies and years add up, and nobody is named in a sum."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.registry import authority
from canbo.registry.authority import NotAllowed
from canbo.registry.days import since
from canbo.registry.models import Membership, Person, Rating, SalaryStep, Sanction
from canbo.reports import pay_reform, steps_due
from canbo.reports.pay_reform import Reform, Table
from canbo.reports.studies import StudyRefused
from tests.world import World

ON, FROM = date(2026, 8, 3), date(2027, 1, 1)
OLD, NEW = 2_340_000, 2_530_000
KEEP = "vn/state/decree-178-2024/art-11/allowance-kept"
EXAMPLES = Path(__file__).parents[2] / "examples" / "pay"


def paid(world: World, post: Any, seat: int, coefficient: str | None, *, scale: str = "A1", step: int = 1, held: date = date(2023, 2, 1),
         category: int = Membership.Category.CIVIL_SERVANT) -> Person:  # fmt: skip
    person = world.person(f"Văn {seat}")
    world.serve(person, post, seat=seat, category=category)
    if coefficient:
        SalaryStep.objects.create(
            person=person, scale=scale, step=step, coefficient=Decimal(coefficient), valid=since(held), **world.mark
        )
    return person


@pytest.fixture
def people(world: World) -> list[Person]:
    """Two specialists and a chair of communes, a public employee; a secretary and somebody without a step, not reckoned."""
    staff = world.post("P/1.executive", "specialist", seats=3)
    return [
        paid(world, staff, 1, "2.34"), paid(world, staff, 2, "4.98", step=9),
        paid(world, world.post("P/2.executive", "commune-chair"), 1, "4.40", scale="A2.1"),
        paid(world, world.post("P/2.executive", "specialist"), 1, "3.00", step=3, category=Membership.Category.PUBLIC_EMPLOYEE),
        paid(world, world.post("P/1.party", "commune-secretary"), 1, "4.40", scale="A2.1"), paid(world, staff, 3, None),
    ]  # fmt: skip


def reform(*steps: Table, unit: str = "P", **asked: Any) -> Reform:
    return replace(Reform(unit, ON, ON, tuple((date(2027 + place, 1, 1), table) for place, table in enumerate(steps))), **asked)


def test_the_base_salary_of_july_costs_what_the_articles_say_to_the_dong(world: World, people: list[Person]) -> None:
    asked = reform(Table(base_salary=Decimal(NEW)), before=date(2026, 6, 30))
    found = pay_reform.of(reform=asked, reader=world.console)
    hundredths = [234 * 125, 498 * 125, (440 + 60) * 125, 300 * 100]  # with 25 per cent of public service; chairs have 0.60
    assert int(found.steps[0].sums.before.sum()) == sum(each * OLD for each in hundredths) // 10_000
    assert int(found.steps[0].sums.after.sum()) == sum(each * NEW for each in hundredths) // 10_000
    assert (found.priced, found.unpriced) == (4, 2) and dict(found.lacking) == {"coefficient": 1, "leadership": 1}
    assert (found.steps[0].sums.winners, found.steps[0].sums.losers) == (4, 0)


def test_bodies_add_up_to_the_unit_and_to_persons(world: World, people: list[Person]) -> None:
    asked = reform(Table(base_salary=Decimal(2_700_001)), Table(jobs={"specialist": Decimal(9_000_000)}))
    whole = pay_reform.of(reform=asked, reader=world.console)
    parts = [pay_reform.of(reform=replace(asked, unit=unit), reader=world.console) for unit in ("P/1", "P/2")]
    alone = [pay_reform.of_person(reform=asked, person=person, reader=world.console)[1] for person in people[:4]]
    for place, step in enumerate(whole.steps):
        assert int(step.sums.after.sum()) == sum(int(part.steps[place].sums.after.sum()) for part in parts)
        assert int(step.sums.after.sum()) == sum(prices[place + 1].amount or 0 for prices in alone)
    told = pay_reform.to_dict(whole, "en")
    assert sum(body["after"] for body in told["steps"][1]["bodies"]) == told["steps"][1]["monthly"]
    assert sum(each["people"] for each in told["steps"][1]["classes"]) == whole.priced
    assert "Văn" not in json.dumps(told, ensure_ascii=False), "nobody is named in a sum"


def test_what_is_kept_is_paid_beside_the_new_pay_as_long_as_the_scenario_says(world: World, people: list[Person]) -> None:
    table = Table(jobs={"specialist": Decimal(9_000_000)})
    without = pay_reform.of(reform=reform(table), reader=world.console)
    loss = 498 * 125 * NEW // 10_000 - 9_000_000  # the one on 4.98; the other two rise
    assert (without.steps[0].sums.losers, int(without.steps[0].sums.kept.sum())) == (1, 0)
    kept = pay_reform.of(reform=reform(table, keep=KEEP, keep_months=18), reader=world.console)
    assert (kept.steps[0].sums.losers, int(kept.steps[0].sums.kept.sum())) == (0, loss)
    assert [each[3] for each in kept.years] == [12 * loss, 6 * loss]
    assert "178/2024" in pay_reform.to_dict(kept, "en")["keep"]["citation"]


def test_a_year_counts_each_month_by_the_step_that_holds_in_it(world: World, people: list[Person]) -> None:
    steps = (
        (date(2027, 4, 1), Table(base_salary=Decimal(2_600_000))),
        (date(2027, 10, 1), Table(base_salary=Decimal(2_700_000))),
    )
    found = pay_reform.of(reform=Reform("P", ON, ON, steps), reader=world.console)
    today, one, two = (int(each.sum()) for each in (found.steps[0].sums.before, *(step.sums.after for step in found.steps)))
    assert found.years[0][:3] == (2027, 12 * today, 3 * today + 6 * one + 3 * two)
    assert found.years[1][:3] == (2028, 12 * today, 12 * two)


def test_a_new_table_of_coefficients_and_an_allowance_reach_those_they_name(world: World, people: list[Person]) -> None:
    table = Table(coefficients={"a1": (Decimal("2.50"), Decimal("0.40"))}, leadership={"commune-secretary": Decimal("0.7")})
    asked = reform(table)
    prices = [pay_reform.of_person(reform=asked, person=person, reader=world.console)[1] for person in people]
    assert prices[0][1].amount == 250 * 125 * NEW // 10_000 and prices[1][1].amount == (250 + 8 * 40) * 125 * NEW // 10_000
    assert prices[2][0] == prices[2][1], "on another scale nothing changes"
    assert prices[4][0].lacking == "leadership" and prices[4][1].amount == (440 + 70) * 125 * NEW // 10_000
    assert pay_reform.of(reform=asked, reader=world.console).priced == 4, "who cannot be told before is in no comparison"


def test_everybody_may_ask_for_the_own_pay_and_not_for_that_of_others(world: World, people: list[Person]) -> None:
    me = world.account("me", person=people[0])
    asked = reform(Table(base_salary=Decimal(3_000_000)))
    with authority.sight(me):
        row, prices = pay_reform.of_person(reform=asked, person=people[0], reader=me)
        told = pay_reform.explained(asked, row, prices, "en")
        assert told["pay"][1]["working"] == ["(2.34 + 0) x 3000000 x 1.25 = 8775000"] and told["articles"]
        with pytest.raises(NotAllowed):
            pay_reform.of_person(reform=asked, person=people[1], reader=me)
        with pytest.raises(NotAllowed):
            pay_reform.of(reform=asked, reader=me)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("unit: P", "steps is missing"), ("unit: P\nsteps: []", "from is missing"), ("unit: P\nsteps: [{from: 2027-01-02}]", "first of a month"),
        ("unit: P\nsteps: [{from: 2027-02-01}, {from: 2027-01-01}]", "one after the other"),
        ("unit: P\nsteps: [{from: 2027-01-01, jobs: {king: 3}}]", "king is not known"),
        ("unit: P\nsteps: [{from: 2027-01-01, base_salary: -4}]", "is no number"),
        ("unit: P\nsteps: [{from: 2027-01-01, base_salary: .inf}]", "is no number"),
        ("unit: P\nkeep: {article: none}\nsteps: [{from: 2027-01-01}]", "no article none"),
        ("unit: P\nsteps: [{from: soon}]", "is not a day"), ("unit: P\nsteps: [{from: 2027-01-01, coefficients: {a1: 3}}]", "names with values"),
        ("unit: P\nsteps: [{from: 2027-01-01, law_of: 1990-01-01}]", "law_of"),
    ],
)  # fmt: skip
def test_a_scenario_that_cannot_be_read_is_refused_with_the_place(world: World, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "reform.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyRefused, match=said):
        pay_reform.read(tmp_path / "reform.yaml", today=ON)


def test_the_examples_are_read_and_the_command_answers(world: World, people: list[Person], tmp_path: Path) -> None:
    from canbo.project.cli import group

    run = CliRunner()
    for example in sorted(EXAMPLES.glob("*.yaml")):
        assert pay_reform.read(example, today=ON).steps
    file = tmp_path / "reform.yaml"
    file.write_text("unit: P\non: 2026-08-03\nsteps: [{from: 2027-01-01, base_salary: 2800000}]", encoding="utf-8")
    told = json.loads(run.invoke(group, ["pay", str(file), "--json"]).output)
    assert told["priced"] == 4 and told["steps"][0]["winners"] == 4
    assert "no article tells the pay" in run.invoke(group, ["pay", str(file)]).output
    assert run.invoke(group, ["pay", str(file), "--person", f"#{people[5].pk}"]).exit_code == 4
    assert run.invoke(group, ["pay", str(tmp_path / "none.yaml")]).exit_code == 1


# --- steps due


def test_steps_are_due_after_36_or_24_months_and_seniority_beyond_the_last(world: World) -> None:
    post = world.post("P/1.executive", "specialist", seats=5)
    paid(world, post, 1, "2.34", held=date(2023, 9, 1))
    paid(world, post, 2, "1.86", scale="B", held=date(2024, 8, 3))
    paid(world, post, 3, "4.98", step=9, held=date(2021, 8, 3))
    paid(world, post, 4, "2.67", step=2, held=date(2024, 3, 1))
    paid(world, post, 5, "9.99", scale="Z9", step=1)
    found = steps_due.due(code="P", on=ON, until=date(2026, 9, 30), reader=world.console)
    told = {each.scale + str(each.step): each for each in found}
    assert told["A11"].day == date(2026, 9, 1) and str(told["A11"].following) == "2.67"
    assert told["B1"].day == ON, "24 months are complete today"
    assert (told["A19"].kind, told["A19"].percent) == (steps_due.BEYOND, 7), "five after 36 months, one for each further year"
    assert told["Z91"].kind == steps_due.UNKNOWN and "A12" not in told
    assert "08/2013" in told["B1"].to_dict("en")["articles"][0]["citation"]
    assert [each.day for each in found][:3] == [ON, ON, date(2026, 9, 1)] and told["A19"].rises_to == 7
    assert steps_due.by_month(found, on=ON, until=date(2026, 9, 30)) == [
        (date(2026, 8, 1), 0, 1, 1), (date(2026, 9, 1), 0, 0, 1),
    ], "a step hangs on the grades of its years, and nobody here was graded"  # fmt: skip


def graded(world: World, person: Person, **grades: int) -> None:
    for year, grade in grades.items():
        first = date(int(year[1:]), 1, 1)
        valid = since(first, date(first.year + 1, 1, 1))
        Rating.objects.create(person=person, grade=grade, regime="civil-servant", valid=valid, **world.mark)


def test_discipline_and_a_year_not_completed_make_a_step_later_by_the_months_of_the_article(world: World) -> None:
    post = world.post("P/1.executive", "specialist", seats=4)
    good, failed, reprimanded, employee = (
        paid(world, post, seat, "2.34", held=date(2023, 9, 1), category=category)
        for seat, category in enumerate([Membership.Category.CIVIL_SERVANT] * 3 + [Membership.Category.PUBLIC_EMPLOYEE], start=1)
    )
    for person, last in ((good, 3), (failed, 1), (reprimanded, 1), (employee, 3)):
        graded(world, person, y2023=3, y2024=3, y2025=last)
    for person in (reprimanded, employee):
        Sanction.objects.create(person=person, measure=1, valid=since(date(2024, 5, 1), date(2025, 5, 1)), **world.mark)
    Sanction.objects.create(
        person=good, measure=3, valid=since(date(2023, 8, 31), date(2028, 1, 1)), **world.mark
    )  # before this step
    found = {each.person: each for each in steps_due.due(code="P", on=ON, until=date(2026, 12, 31), reader=world.console)}
    assert (found[good.pk].day, found[good.pk].delay, found[good.pk].why) == (date(2026, 9, 1), 0, ())
    assert (found[failed.pk].day, found[failed.pk].why) == (date(2027, 3, 1), (steps_due.GRADE,))
    assert (found[reprimanded.pk].day, found[reprimanded.pk].delay) == (date(2027, 9, 1), 12), (
        "six by the reprimand, six by the year"
    )
    assert (found[employee.pk].day, found[employee.pk].why) == (date(2026, 12, 1), (steps_due.DISCIPLINE,)), (
        "three for public employees"
    )
    assert found[failed.pk].to_dict("en")["earliest_on"] == "2026-09-01"
    assert "article 2, clause 3" in found[failed.pk].to_dict("en")["articles"][-1]["citation"]


def test_a_year_that_nobody_graded_leaves_the_step_open(world: World) -> None:
    person = paid(world, world.post("P/1.executive", "specialist"), 1, "2.34", held=date(2023, 9, 1))
    graded(world, person, y2023=3, y2025=3)
    (one,) = steps_due.due(code="P", on=ON, until=date(2026, 12, 31), reader=world.console)
    assert (one.delay, one.why, one.ungraded, one.day) == (None, (steps_due.UNGRADED,), (2024,), date(2026, 9, 1))


def test_before_the_circular_nothing_is_told_of_steps() -> None:
    row = {
        "person": 1,
        "number": "1",
        "family": "A",
        "given": "B",
        "category": 2,
        "unit": "P",
        "scale": "A1",
        "step": 1,
        "since": date(2010, 1, 1),
    }
    assert steps_due.Asked(date(2013, 9, 14), ON).of(row).kind == steps_due.UNKNOWN
    told = {"years": None, "reprimands": 0, "warnings": 0, "removals": 0, "failed": 0}
    assert steps_due.Asked(date(2013, 9, 15), ON).of(row | told).kind == steps_due.STEP


def test_parts_and_groups_add_up_to_the_whole(world: World, people: list[Person]) -> None:
    found = pay_reform.of(
        reform=reform(Table(base_salary=Decimal(2_700_001)), Table(jobs={"specialist": Decimal(9_000_000)})), reader=world.console
    )
    wholes = [int(found.steps[0].sums.before.sum()), *(int(step.sums.after.sum()) for step in found.steps)]
    assert [sum(shares) for shares in found.shares] == wholes
    assert [sum(group.amounts[place] for group in found.groups) for place in range(3)] == wholes
    assert found.shares[0][1] == 60 * NEW // 100, "one chair leads: 0.60 of the base salary"
    assert found.shares[2][3] == 3 * 9_000_000 and sum(group.people for group in found.groups) == found.priced
    group = next(each for each in found.groups if each.job == "specialist")
    told = pay_reform.of_group(reform=found.reform, job="specialist", reader=world.console, most=9)
    assert sum(prices[0].amount or 0 for _row, prices in told) == group.amounts[0] and len(told) == group.people + group.unpriced
    assert group.moves[2] == (2, 1)


def test_the_day_of_a_step_from_the_end_of_a_month_stays_in_the_month(world: World) -> None:
    paid(world, world.post("P/1.executive", "specialist"), 1, "1.86", scale="B", held=date(2024, 2, 29))
    found = steps_due.due(code="P", on=ON, until=ON, reader=world.console)
    assert [each.day for each in found] == [date(2026, 2, 28)]

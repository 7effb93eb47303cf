"""What is due to people who leave or lose a leading post, from the person in the register to the amount.

The ten mistakes of calculators that were seen elsewhere, and the test that each would fail:

    1 first twelve months by subtraction of months   examples of art-7/early-two-to-five-years; here the last day and month 13
    2 months early one too few or too many           the Army's second example, in test_money and here from the register
    3 more than sixty months paid                    test_money, more than five years early
    4 0.4 for years above fifteen                    test_money, nine and a quarter months
    5 nothing at exactly twenty or fifteen years     test_money, from July 2025; here by each reading
    6 1 July 2025 itself taken for the old law       here
    7 24 months not enough to leave                  test_money, 24 months to the age
    8 six months rounded to a year (Decree 177)      here
    9 four months for the first fifteen (Decree 177) here
   10 the declared years of insured work are used    here
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.procedures.scenarios import acting, suggesting
from canbo.registry import authority
from canbo.registry.changes import Outcome, take_in
from canbo.registry.days import since
from canbo.registry.models import Account, Job, Membership, Organization, Person, Post, Rating, SalaryStep, Seat
from canbo.reports.caps import law
from canbo.reports.entitlements import payments, people, sums, words
from canbo.reports.entitlements.people import KINDS, Line
from canbo.rules.entitlements import Entitlement, policies_of, reckon
from canbo.rules.schema import Fact
from tests.procedures import scenario_trials as trials
from tests.world import World

LEAVES = date(2026, 9, 1)
CHAIR = {"pay.position_allowance": "0.6"}  # before Decree 07/2026 no article gives it
WORTH = 48 * 10_705_500 + 10_705_500 * 39 // 4 + 3 * 10_705_500  # 3.66 x 1.25 x 2,340,000 for 74 months of insured work
FATES = ("unplaced", "placed", "placement", "appointment", "retirement", "severance")


def old_body(world: World) -> Organization:
    """A body that stood long enough to have served in for a whole life."""
    if "R" not in world.organizations:
        made = take_in(
            [Outcome("R", {"en": "Old body"}, "province", None)], decision=world.decision, source=world.source, by=world.console,
            key="old", valid_from=date(1980, 1, 1),
        )  # fmt: skip
        world.organizations["R"] = Organization.objects.get(pk=made["R"])
    return world.organizations["R"]


def official(
    world: World, *, served: date, born: date = date(1968, 1, 15), sex: str = "M", coefficient: str | None = "4.65",
    job: str = "commune-chair", unit: str = "P/1.executive", post: Post | None = None, seat: int = 1,
    category: int = Membership.Category.CIVIL_SERVANT, name: str = "Văn An",
) -> Person:  # fmt: skip
    """Somebody who serves since a day: in an old body, and from 2020 on in a post of the small province."""
    person = world.person(name, sex=sex, birth_on=born)
    before = Post.objects.create(
        organization=old_body(world), job=Job.objects.get(code="specialist"), valid=since(date(1980, 1, 1)), **world.mark
    )
    Seat.objects.create(post=before, number=1, valid=since(date(1980, 1, 1)), **world.mark)
    world.serve(person, before, valid=since(served, date(2020, 1, 1)), category=category, ending=2)
    world.serve(person, post or world.post(unit, job), seat=seat, category=category)
    if coefficient is not None:
        SalaryStep.objects.create(
            person=person, scale="A2.1", step=1, coefficient=coefficient, valid=since(date(2020, 1, 1)), **world.mark
        )
    return person


def due(world: World, person: Person, on: date = LEAVES, *, reorganised: date | None = None, **given: Any) -> Line:
    touched = {"reorganised": reorganised or on}
    return people.of_person(person=person, on=on, reader=world.console, given=given.get("given"), **touched)


def policy(line: Line, name: str) -> Entitlement:
    assert line.found is not None
    return next(each for each in line.found.all if each.policy.name == name)


def step(one: Entitlement, name: str) -> Any:
    assert one.figure is not None
    return next(each["value"] for each in one.figure.steps() if each["name"] == name)


# --- the worked cases, from the person in the register to the đồng


def test_the_ministrys_mr_c_is_due_744_778_125(world: World) -> None:
    person = official(world, served=date(2003, 5, 1), born=date(1966, 1, 15))
    line = due(world, person, date(2025, 5, 1), reorganised=date(2025, 3, 1), given=CHAIR)
    assert line.due is not None and (line.due.policy.name, line.amount) == ("e1", 744_778_125)
    assert [step(line.due, name) for name in ("pay", "months_early", "part_a", "part_b", "part_c")] == [
        15_356_250, 30, 460_687_500, 191_953_125, 92_137_500,
    ]  # fmt: skip
    assert line.due.readings == {"by_years": 744_778_125, "by_date": 744_778_125, "better": 767_812_500}


def test_the_armys_second_example_is_due_2_422_500_000(world: World) -> None:
    person = official(world, served=date(1990, 2, 1), born=date(1971, 5, 1), sex="F")
    line = due(world, person, date(2025, 6, 1), reorganised=date(2025, 3, 15), given={"pay.agreed_wage": 30_000_000})
    assert line.due is not None and line.amount == 2_422_500_000
    assert (step(line.due, "months_early"), step(line.due, "half_years_insured")) == (48, 71)


def test_the_chair_of_a_commune_is_reckoned_from_the_register_alone_by_each_reading(world: World) -> None:
    """5.25 x 1.25 x 2,530,000 a month; 41 months, 17.5 for the years early, and 7.5 or 6 for 22 years of insured work."""
    line = due(world, official(world, served=date(2004, 9, 1)))
    assert line.due is not None and step(line.due, "pay") == 16_603_125
    assert line.amount == 41 * 16_603_125 + 290_554_687 + 124_523_437 == 1_095_806_249
    assert line.due.readings == {
        "by_years": 680_728_125 + 290_554_687 + 6 * 16_603_125,
        "by_date": 1_095_806_249,
        "better": 1_095_806_249,
    }
    assert line.found is not None and line.found.because == "highest"
    assert {each.policy.name for each in line.found.besides()} == {"g1", "g2"} and line.found.one_only.endswith("one-policy-only")


def test_a_specialist_who_leaves_takes_the_higher_of_two_allowances(world: World) -> None:
    """48 + 18.75 + 3 months of 11,574,750 by Decree 178; 21.75 of 9,259,800 by Decree 154."""
    person = official(world, served=date(2014, 3, 1), born=date(1985, 3, 10), coefficient="3.66", job="specialist")
    line = due(world, person)
    assert line.due is not None and line.due.policy.name == "q1"
    assert line.amount == 48 * 11_574_750 + 217_026_562 + 3 * 11_574_750
    assert policy(line, "g1").amount == 201_400_650 and policy(line, "v300").state == "unsure"
    assert not line.open


def test_who_may_retire_early_is_not_let_go_with_an_allowance_even_if_it_is_higher(world: World) -> None:
    near = official(world, served=date(1991, 9, 1), born=date(1965, 6, 1))
    line = due(world, near)
    assert line.due is not None and line.found is not None
    assert (line.due.policy.name, line.amount) == ("e3", 4 * 16_603_125)
    assert (policy(line, "g1").amount or 0) > (line.amount or 0) and line.found.because == "early_first"


def test_a_lost_leading_post_keeps_its_allowance_to_the_end_of_the_term(world: World) -> None:
    """0.6 x 2,530,000 a month; the post began in January 2020 and again every five years: 0 months are left, so six are paid."""
    line = due(world, official(world, served=date(2004, 9, 1)))
    assert line.found is not None and line.found.kept is not None
    assert (line.found.kept.amount, line.found.kept.months) == (6 * 1_518_000, 6)


def test_without_a_reorganisation_nothing_is_promised_on_a_ground_that_nobody_found(world: World) -> None:
    """Articles 7a and 7b would give a billion; who leaves at the own wish is told what stands open, and no more."""
    person = official(world, served=date(2004, 9, 1))
    asked = {"person": person, "on": LEAVES, "reader": world.console}
    alone = people.of_person(**asked)
    assert (
        alone.amount is None and alone.open and set(alone.missing) == {"leave.obligations", "leave.proceedings", "leave.needed"}
    )
    assert policy(alone, "7b").amount == 1_095_806_249 and policy(alone, "7b").state == "open"
    settled = people.of_person(**asked, given={"leave.obligations": "none", "leave.proceedings": "none", "leave.needed": False})
    assert settled.due is not None and (settled.due.policy.name, settled.amount) == ("v300", 11 * 13_282_500)
    found = people.of_person(**asked, reason="not_reelected")
    assert found.due is not None and (found.due.policy.name, found.amount) == ("7b", 1_095_806_249)
    assert {each.policy.name for each in found.found.besides()} == {"n1"}  # type: ignore[union-attr]


def test_of_another_term_only_somebody_is_told_who_holds_a_post_by_term(world: World) -> None:
    chair, clerk = official(world, served=date(2004, 9, 1)), official(world, served=date(2004, 9, 1), job="specialist")
    told = [
        {each.policy.reason for each in people.of_person(person=one, on=LEAVES, reader=world.console).found.all}  # type: ignore[union-attr]
        for one in (chair, clerk)
    ]
    assert told[0] - told[1] == {"not_reelected"}


# --- mistakes of others


@pytest.mark.parametrize(("decided", "percent"), [("2025-08-31", 100), ("2025-09-01", 50)])
def test_the_first_twelve_months_end_on_a_day_and_not_after_a_count_of_months(world: World, decided: str, percent: int) -> None:
    person = official(world, served=date(2003, 5, 1), born=date(1967, 6, 15))
    line = due(world, person, date(2025, 9, 1), reorganised=date(2024, 9, 1), given={**CHAIR, "leave.decided_on": decided})
    one = policy(line, "e1")
    assert step(one, "part_a") == step(one, "pay") * step(one, "months_early") * percent // 100


def test_whoever_goes_on_1_july_2025_goes_by_the_law_of_that_day(world: World) -> None:
    """22 years: 6 months of pay on 1 June, 7.5 on 1 July; and 15 years suffice from that day on."""
    person = official(world, served=date(2003, 7, 1), born=date(1966, 1, 15))
    shares = [
        step(policy(due(world, person, day, reorganised=date(2025, 3, 1), given=CHAIR), "e1"), "service_share")
        for day in (date(2025, 6, 1), date(2025, 7, 1))
    ]
    assert shares == [600, 750]
    fewer = official(world, served=date(2010, 7, 1), born=date(1966, 1, 15))
    states = [
        policy(due(world, fewer, day, reorganised=date(2025, 3, 1), given=CHAIR), "e1").state
        for day in (date(2025, 6, 1), date(2025, 7, 1))
    ]
    assert states == ["closed", "open"]


@pytest.mark.parametrize(("insured", "share"), [(180, 500), (186, 525), (187, 550), (240, 750)])
def test_decree_177_gives_five_months_for_fifteen_years_and_counts_six_months_as_half_a_year(insured: int, share: int) -> None:
    found = reckon(law(), facts=facts(**{"leave.insured_months": insured}), on=LEAVES, reasons=["not_reelected"])
    one = next(each for each in found.all if each.policy.name == "n1")
    assert step(one, "service_share") == share


@pytest.mark.parametrize(("insured", "by_years", "by_date"), [(180, 400, 400), (234, 625, 625), (240, 500, 650)])
def test_exactly_fifteen_and_exactly_twenty_years_are_enough(insured: int, by_years: int, by_date: int) -> None:
    found = reckon(law(), facts=facts(**{"leave.insured_months": insured}), on=LEAVES, reasons=["reorganisation"])
    assert found.chosen is not None
    rest = step(found.chosen, "part_a") + step(found.chosen, "part_b")
    told = found.chosen.readings or dict.fromkeys(("by_years", "by_date"), found.chosen.amount or 0)
    pay = step(found.chosen, "pay")
    assert [told[word] - rest for word in ("by_years", "by_date")] == [pay * by_years // 100, pay * by_date // 100]


def test_years_of_insured_work_are_reckoned_and_two_posts_at_once_count_once(world: World) -> None:
    """33 years and 6 months are 33.5 years, however somebody wrote them; the second post adds nothing."""
    person = official(world, served=date(1993, 3, 1))
    world.serve(person, world.post("P/1.party", "commune-committee-member"), kind=Membership.Kind.CONCURRENT)
    line = due(world, person)
    assert line.found is not None and line.found.facts["leave.insured_months"].value == 33 * 12 + 6
    assert step(policy(line, "e1"), "half_years_insured") == 67


# --- unknown stays unknown


def test_without_a_salary_step_nothing_is_reckoned_and_it_is_said_what_is_missing(world: World) -> None:
    line = due(world, official(world, served=date(2004, 9, 1), coefficient=None))
    assert line.amount is None and line.open and list(line.missing) == ["pay.coefficient"]
    told = sums.of([line])
    assert (told.possible.people, told.possible.amount, told.possible.unknown) == (1, 0, 1)
    (row,) = list(csv.DictReader(io.StringIO(payments.as_csv([line], "en").lstrip(payments.BOM))))
    assert (row["amount"], row["state"], row["missing"]) == ("", "unknown", "salary coefficient")


def test_the_allowance_of_a_post_that_no_article_names_is_unknown_and_that_of_a_specialist_is_none(world: World) -> None:
    secretary = due(world, official(world, served=date(2004, 9, 1), job="commune-secretary", unit="P/1.party"))
    assert secretary.amount is None and list(secretary.missing) == ["pay.position_allowance"]
    board = due(world, official(world, served=date(2004, 9, 1), job="commune-department-head", unit="P/1.party"))
    assert board.amount is None and list(board.missing) == ["pay.position_allowance"]
    specialist = due(world, official(world, served=date(2004, 9, 1), job="specialist"))
    assert specialist.amount == 41 * 14_705_625 + 257_348_437 + 110_292_187 and specialist.found is not None
    assert specialist.found.kept is None


def test_without_a_day_of_birth_nobody_is_let_go_by_a_policy_that_does_not_ask_for_it(world: World) -> None:
    person = official(world, served=date(2004, 9, 1), job="specialist")
    Person.objects.filter(pk=person.pk).update(birth_on=None, birth_precision=None)
    line = due(world, person)
    assert line.amount is None and line.open and "person.born" in line.missing
    assert policy(line, "g1").amount is not None


def test_of_activists_no_article_speaks_and_nothing_is_said_of_them(world: World) -> None:
    line = due(world, official(world, served=date(2004, 9, 1), job="activist", category=Membership.Category.ACTIVIST))
    assert line.found is None and line.open and "No article" in str(words.because(line))


def test_grades_that_are_good_and_once_excellent_ask_that_somebody_be_kept(world: World) -> None:
    person = official(world, served=date(2004, 9, 1))
    for year, grade in ((2023, 3), (2024, 4)):
        Rating.objects.create(
            person=person, grade=grade, regime="r", valid=since(date(year, 1, 1), date(year + 1, 1, 1)), **world.mark
        )
    assert due(world, person).found.stay is None  # type: ignore[union-attr]
    Rating.objects.create(person=person, grade=3, regime="r", valid=since(date(2025, 1, 1), date(2026, 1, 1)), **world.mark)
    assert due(world, person).found.stay is True  # type: ignore[union-attr]


# --- in sum


def facts(**changed: Any) -> dict[str, Fact]:
    known = {
        "person.sex": "M", "person.born": "1968-01-15", "leave.category": "civil_servant", "leave.on": LEAVES, "leave.reorganised_on": LEAVES,
        "leave.insured_months": 264, "pay.coefficient": "4.65", "pay.position_allowance": "0.6", "pay.public_service_rate": 25,
        "pay.post_lost_on": LEAVES, "pay.term_ends_on": date(2028, 3, 1),
    }  # fmt: skip
    return {name: Fact(value) for name, value in {**known, **changed}.items()}


@st.composite
def somebody(draw: st.DrawFn) -> Line:
    told = facts(**{
        "person.born": f"{draw(st.integers(1962, 1996))}-0{draw(st.integers(1, 9))}", "leave.insured_months": draw(st.none() | st.integers(0, 400)),
        "pay.coefficient": draw(st.none() | st.sampled_from(["2.34", "3.66", "6.78"])),
        "pay.position_allowance": draw(st.none() | st.sampled_from(["0", "0.2", "0.6"])),
        "leave.category": draw(st.sampled_from(["civil_servant", "public_employee"])),
    })  # fmt: skip
    fate = draw(st.sampled_from(FATES))
    found = reckon(law(), facts=told, on=LEAVES, reasons=people.TOUCHED, kinds=KINDS.get(fate, ("early", "quit")))
    row = {
        "id": 1,
        "identification_number": "000000000001",
        "family": "A",
        "given": "B",
        "unit": draw(st.sampled_from(["P/1", "P/2"])),
        "unit_name": {"en": "U"},
    }
    return Line(row, fate, LEAVES, draw(st.sampled_from([found, found, None])))


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(somebody(), max_size=8))
def test_every_total_is_the_sum_of_its_people(lines: list[Line]) -> None:
    told, amount = sums.of(lines), sum(line.amount or 0 for line in lines)
    assert told.amount == amount == told.stated.amount + told.possible.amount == sum(told.by_month.values())
    for key in (told.by_fate, told.by_body):
        assert sum(total.amount for total in key.values()) == amount
        assert sum(total.people for total in key.values()) == len(lines)
        assert sum(total.unknown for total in key.values()) == sum(line.open for line in lines)
    assert sum(total.amount for total in told.by_policy.values()) == amount
    assert all((told.readings[word] >= 0) for word in told.readings)
    if told.readings:
        assert told.readings[str(law().parameters.lookup(policies_of(law().path).reading, on=LEAVES))] == amount
    rows = list(csv.DictReader(io.StringIO(payments.as_csv(lines, "en").lstrip(payments.BOM))))
    assert sum(int(row["amount"]) for row in rows if row["amount"]) == amount
    assert Counter(row["state"] for row in rows)["unknown"] == sum(line.open for line in lines)
    assert sum(int(row["amount"]) for row in rows if row["state"] == "proposed") == told.stated.amount


def test_no_cell_of_the_list_is_a_formula(world: World) -> None:
    line = due(world, official(world, served=date(2004, 9, 1), name="=HYPERLINK(1)"))
    line.row["family"] = None
    text = payments.as_csv([line], "vi")
    assert text.startswith("\ufeff") and ",'=HYPERLINK(1)," in text and ",1095806249," in text


# --- scenarios


@pytest.fixture
def merger(world: World) -> tuple[Any, Person]:
    """Two communes become one; of a specialist of the first the pay is known, and no line says where anybody goes."""
    trials.populated(world)
    somebody = Person.objects.filter(
        memberships__organization=world.organizations["P/1"], memberships__post__job__code="specialist"
    )
    person = somebody.order_by("pk")[0]
    Person.objects.filter(pk=person.pk).update(birth_on=date(1985, 3, 10))
    SalaryStep.objects.create(person=person, scale="A1", step=5, coefficient="3.66", valid=since(date(2020, 1, 1)), **world.mark)
    return trials.begun(world, trials.MERGER, name="a"), person


def line_of(found: people.Due, person: Person) -> Line:
    return next(line for line in found.lines if line.row["id"] == person.pk)


def test_everybody_whose_post_ends_has_a_line_and_nobody_else(world: World, merger: tuple[Any, Person]) -> None:
    scenario, _person = merger
    unplaced = acting.check(scenario=scenario, reader=world.console).people_unplaced
    found = people.of_scenario(scenario=scenario, reader=world.console)
    assert {line.row["identification_number"] for line in found.lines} == {row["person"] for row in unplaced} and unplaced
    assert {line.fate for line in found.lines} == {"unplaced"} and found.hidden == 0


def test_one_person_in_two_scenarios_is_reckoned_in_each_as_its_lines_say_and_never_added_up(
    world: World, merger: tuple[Any, Person]
) -> None:
    first, person = merger
    ends = (
        f"posts:\n  - {{from: P/1, end: true}}\npeople:\n  - {{person: '{person.identification_number}', waiting: severance}}\n"
    )
    second = trials.begun(world, trials.MERGER + ends, name="b")
    found = [people.of_scenario(scenario=each, reader=world.console) for each in (first, second)]
    lines = [line_of(each, person) for each in found]
    assert [(line.fate, line.group, line.amount) for line in lines] == [
        ("unplaced", "possible", WORTH),
        ("severance", "stated", WORTH),
    ]
    compared = sums.compared(found)
    assert set(compared) == {"a", "b"}
    assert all(compared[each.scenario.name].amount == sum(line.amount or 0 for line in each.lines) for each in found)


def test_a_registrar_may_rehearse_and_not_see_what_people_are_due(world: World, merger: tuple[Any, Person]) -> None:
    scenario, person = merger
    for role, over in (("registrar", "P"), ("officer", "Q"), ("statistician", "P")):
        with pytest.raises(authority.NotAllowed):
            people.of_scenario(scenario=scenario, reader=world.account(role + "-x", role, over))
        with pytest.raises(authority.NotAllowed):
            people.of_person(person=person, on=LEAVES, reader=Account.objects.get(username=role + "-x"))


def test_whose_file_the_reader_may_not_see_is_counted_and_not_in_the_sums(world: World) -> None:
    trials.populated(world)
    there, here = (
        Person.objects.filter(memberships__organization=world.organizations[code]).order_by("pk")[0] for code in ("P/2", "P/1")
    )
    text = "people:\n" + "".join(
        f"  - {{person: '{each.identification_number}', waiting: placement}}\n" for each in (here, there)
    )
    scenario = trials.begun(world, text, body="P/1")
    officer = world.account("o", "officer", "P/1")
    with authority.sight(officer):
        found = people.of_scenario(scenario=scenario, reader=officer)
    assert [line.row["id"] for line in found.lines] == [here.pk] and found.hidden == 1
    assert sums.of(found.lines).possible.people == 1


def test_somebody_sees_what_would_be_due_to_himself_and_to_nobody_else(world: World, merger: tuple[Any, Person]) -> None:
    _scenario, person = merger
    own = world.account("own", person=person)
    assert people.of_person(person=person, on=LEAVES, reader=own).row["id"] == person.pk
    other = Person.objects.exclude(pk=person.pk).first()
    assert other is not None
    with pytest.raises(authority.NotAllowed):
        people.of_person(person=other, on=LEAVES, reader=own)


def test_the_command_tells_a_scenario_two_and_one_person(world: World, merger: tuple[Any, Person], tmp_path: Any) -> None:
    from canbo.project.commands.entitlements import entitlements

    scenario, person = merger
    file = tmp_path / "list.csv"
    told = CliRunner().invoke(entitlements, ["a", "--csv", str(file), "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.output)
    assert found["amount"] == sum(row["amount"] or 0 for row in found["people"])
    assert found["possible"]["unknown"] == sum(row["open"] for row in found["people"]) > 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    trials.begun(world, trials.MERGER, name="b")
    assert len(json.loads(CliRunner().invoke(entitlements, ["a", "b", "--json"]).output)["scenarios"]) == 2
    assert "scenario" in CliRunner().invoke(entitlements, ["a"]).output
    unpaid = next(row["person"] for row in found["people"] if row["open"])
    asked = ["--person", person.identification_number, "--on", "2026-09-01", "--reorganised", "2026-09-01"]
    assert CliRunner().invoke(entitlements, ["--person", unpaid, *asked[2:]]).exit_code == 4
    known = ["--fact", "leave.insured_months=150", "--fact", "pay.position_allowance=0"]
    alone = CliRunner().invoke(entitlements, [*asked, *known, "--json"])
    assert alone.exit_code == 0, alone.output
    assert json.loads(alone.output)["amount"] == 807_338_812
    assert "807,338,812" in CliRunner().invoke(entitlements, [*asked, *known]).output
    for wrong in (
        [],
        ["a", "--person", "1"],
        ["a", "b", "--csv", str(file)],
        [*asked, "--reason", "luck"],
        [*asked, "--fact", "pay.coefficient"],
        [*asked, "--fact", "pay.colour=1"],
    ):
        assert CliRunner().invoke(entitlements, wrong).exit_code == 2


def test_the_demo_tells_who_retires_and_who_leaves_of_those_who_wait(world: World) -> None:
    from canbo.project.world import rehearsals

    trials.populated(world)
    ends = "posts:\n  - {from: P/1, end: yes}\n  - {from: P/2, end: yes}\n"
    scenario = trials.begun(world, trials.MERGER + ends, name="a")
    suggesting.accept(scenario=scenario, rule="all", by=trials.owner(world))
    rehearsals.go(scenario, retire=1, leave=1, drafter=trials.owner(world))
    fates = Counter(line.fate for line in people.of_scenario(scenario=scenario, reader=world.console).lines)
    assert fates["retirement"] == fates["severance"] == 1 and fates["placement"] >= 1

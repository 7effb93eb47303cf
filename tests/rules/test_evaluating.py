"""Evaluation from files of facts: the ministry's example, every part with its article, readings, regimes, periods, caps."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from canbo.rules.corpus import opened
from canbo.rules.evaluation import bodies, given, person, told
from canbo.rules.evaluation import caps as capping
from canbo.rules.evaluation.periods import Period, asked_of, parse
from canbo.rules.evaluation.readings import ways_of
from canbo.rules.words import LANGUAGES, RuleError

LAW = opened()
WAYS = ways_of(LAW.path)
DAY = date(2026, 12, 10)
HANDBOOK = """
id: handbook
general: 30
products:
  - {name: opinion letter, coefficient: 1.0, assigned: 5, done: 4, delays: 1, days_late: 4}
  - {name: answer to a citizen, coefficient: 2.7, assigned: 3, done: 3, quality_failures: 1, delays: 1, days_late: 2}
  - {name: report, coefficient: 3.7, assigned: 1, done: 0.8, quality_failures: 2}
"""
ONE = "general: 30\nproducts: [{coefficient: 1, assigned: 5, done: 5}]\n"


def evaluated(text: str, on: date = DAY, language: str = "en") -> dict[str, Any]:
    case = given.read_person(text, LAW.facts, WAYS.names(), file=Path("case.yaml"))
    return told.person(person.evaluate(LAW, case, on=on), language)


def graded(text: str, on: date = DAY) -> dict[str, Any]:
    return told.body(bodies.grade_body(LAW, given.read_body(text, LAW.facts, file=Path("body.yaml")), on=on))


def capped(text: str, on: date = DAY) -> list[dict[str, Any]]:
    rating = given.read_rating(text, tuple(WAYS.order), file=Path("grades.yaml"))
    return [told.cap(each) for each in capping.caps(LAW, rating, on=on)]


def by_way(found: Mapping[str, Any], question: str) -> dict[str, Any]:
    return {each["reading"]: each for each in found["readings"] if each["question"] == question}


# ---- the worked example


def test_the_handbooks_example_comes_out_by_days_and_says_that_it_needs_them() -> None:
    found = evaluated(f"{HANDBOOK}delay_unit: day\n")
    parts = found["parts"]
    assert (parts["a"], parts["b"], parts["c"], parts["result"], found["score"]) == (89.6, 68.8, 41.7, 66.7, 76.7)
    assert found["grade"] == "good"
    delay = by_way(found, "delay")
    assert delay["day"]["used"] and delay["day"]["articles"] == ["vn/state/handbook-2026/vi/delay-lost"]
    assert not delay["occurrence"]["used"] and delay["occurrence"]["score"] == 83.7


def test_by_the_decrees_own_words_the_example_is_worth_83_7_and_the_handbooks_reading_stands_beside_it() -> None:
    found = evaluated(HANDBOOK)
    assert (found["parts"]["c"], found["parts"]["result"], found["score"]) == (71.6, 76.7, 83.7)
    assert by_way(found, "delay")["occurrence"]["used"] and by_way(found, "delay")["day"]["score"] == 76.7


def test_every_part_names_its_article_and_the_formula_stands_in_numbers() -> None:
    found = evaluated(f"{HANDBOOK}delay_unit: day\n")
    assert set(found["sources"]) == {"a", "b", "c", "result", "score", "grade"}
    assert found["sources"]["a"]["article"] == "vn/state/decree-335-2025/art-14/quantity"
    assert {"vn/state/handbook-2026/vi/delay-lost", "vn/state/decree-335-2025/art-13/converted"} <= set(found["articles"])
    assert found["formula"].splitlines()[0] == (
        "a = (4 × 1 + 3 × 2.7 + 0.8 × 3.7) / (5 × 1 + 3 × 2.7 + 1 × 3.7) = 15.06 / 16.8 = 89.6 %"
    )
    assert found["formula"].splitlines()[-1] == "score = 30 + 66.7 % × 70 = 76.7"


# ---- what is written is what was reckoned


def reckoned(written: str) -> Fraction:
    """The value of a written formula: numbers, + - × / and brackets; a per cent is a hundredth."""
    text = written.replace("×", "*").replace(" %", " * Fraction(1, 100)")
    text = re.sub(r"(?<![\w.(])(\d+(?:\.\d+)?)(?![\w.])", r"Fraction('\1')", re.sub(r"\(", "( ", text))
    text = text.replace("Fraction( 1, 100)", "Fraction(1, 100)").replace(
        "Fraction(Fraction('1'), Fraction('100'))", "Fraction(1, 100)"
    )
    return Fraction(eval(text, {"Fraction": Fraction}))  # noqa: S307  # our own line, of numbers only


def tenth(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def random_work(dice: random.Random, leader: bool) -> str:
    rows = [
        f"  - {{coefficient: {dice.choice(('0.8', '1', '2.7', '3.75', '16'))}, assigned: {dice.randint(1, 9)}, "
        f"done: {dice.choice(('0', '1', '2.5', '4', '0.8'))}, quality_failures: {dice.randint(0, 5)}, "
        f"delays: {(late := dice.randint(0, 5))}, days_late: {late * dice.randint(1, 3)}, "
        f"objective_cause: {dice.choice(('true', 'false'))}}}"
        for _ in range(dice.randint(1, 6))
    ]
    unit = (
        "\nleader: true\nunit: {staff_all_completed: true, organising: lasting_shortcomings, cohesion: united}" if leader else ""
    )
    return (
        f"general: {dice.randint(0, 300) / 10}\ndelay_unit: {dice.choice(('day', 'occurrence'))}{unit}\nproducts:\n"
        + "\n".join(rows)
    )


@pytest.mark.parametrize("seed", range(12))
def test_every_written_formula_comes_to_the_figure_that_it_gives(seed: int) -> None:
    found = evaluated(random_work(random.Random(seed), leader=seed % 3 == 0))
    for line in found["formula"].splitlines():
        name, *steps, result = line.split(" = ")
        if not steps:
            continue
        percent = result.endswith(" %")
        scale = 100 if percent and name in "abc" else 1
        for step in steps:
            assert tenth(reckoned(step) * scale) == Decimal(result.removesuffix(" %")).quantize(Decimal("0.1")), line


@pytest.mark.parametrize("seed", range(6))
def test_a_later_day_gives_a_closed_period_the_same_value(seed: int) -> None:
    """Whatever law comes: the period is measured by the law of its own last day."""
    dice = random.Random(seed)
    work = f"{random_work(dice, leader=False)}\nperiod: {dice.choice(('2026-03', '2026-Q2', '2026-08'))}\n"
    first = evaluated(work, on=date(2026, 9, 1))
    for days in (1, 40, 130, 400, 1500):
        later = evaluated(work, on=date(2026, 9, 1) + timedelta(days=days))
        assert {**later, "on": first["on"]} == first


def test_an_open_period_says_that_it_may_still_change() -> None:
    found = evaluated(f"{ONE}period: 2026-12\n")
    assert any("2026-12 lasts until" in note for note in found["notes"])
    with pytest.raises(RuleError, match="has not begun"):
        evaluated(f"{ONE}period: 2027-01\n")


# ---- parts of leaders, causes, bounds


def test_a_leader_is_scored_on_six_criteria_and_d_follows_from_the_lowest_score_of_the_staff() -> None:
    unit = "leader: true\nunit: {staff_scores: [82.5, 49.9], organising: all_with_initiative, cohesion: united}\n"
    found = evaluated(ONE + unit)
    assert (found["parts"]["d"], found["parts"]["dd"], found["parts"]["e"], found["parts"]["result"]) == (50, 100, 100, 91.7)
    assert evaluated(ONE + unit.replace("49.9", "50"))["parts"]["d"] == 100
    assert found["sources"]["dd"]["citation"] == "Decree 335/2025/ND-CP, article 15, clause 3"


def test_between_the_two_cases_of_the_decree_the_authority_decides() -> None:
    found = evaluated(ONE + "leader: true\nunit: {staff_all_completed: true, organising: between, cohesion: united}\n")
    assert found["score"] is None and found["grade"] == "undetermined"
    (left,) = found["undetermined"]
    assert left["decided_by"] == "the authority that grades" and left["missing"] == ["eval.dd"]


def test_an_objective_cause_counts_only_when_it_was_confirmed() -> None:
    late = "general: 30\nproducts: [{coefficient: 1, assigned: 4, done: 4, delays: 1, objective_cause: true, confirmed: %s}]\n"
    assert evaluated(late % "true")["parts"]["c"] == 100
    claimed = evaluated(late % "false")
    assert claimed["parts"]["c"] == 75 and any("not confirmed" in note for note in claimed["notes"])


def test_a_fifth_delay_takes_no_more_than_the_fourth() -> None:
    late = "general: 30\nproducts: [{coefficient: 2, assigned: 4, done: 4, delays: %d}]\n"
    four, five = evaluated(late % 4), evaluated(late % 5)
    assert four["parts"] == five["parts"] and five["parts"]["c"] == 0
    assert any("nothing is left to cut" in note for note in five["notes"]) and not four["notes"]


def test_what_was_taken_over_counts_as_done_and_stays_out_of_the_denominator() -> None:
    work = "general: 30\nproducts: [{coefficient: 1, assigned: 10, done: 9}, {coefficient: 2, assigned: 1, done: 1, extra: taken_over}]\n"
    found = evaluated(work)
    assert found["parts"]["a"] == 110 and "/ (10 × 1)" in found["formula"]
    assert any("above 100" in note for note in found["notes"])
    beyond = by_way(found, "beyond_assigned")
    assert beyond["counted"]["used"] and beyond["capped"]["parts"]["a"] == 100


def test_a_result_that_nobody_assigned_is_told() -> None:
    found = evaluated("general: 30\nproducts: [{coefficient: 1, assigned: 5, done: 5}, {coefficient: 1, assigned: 0, done: 2}]\n")
    assert any("without having been assigned" in note for note in found["notes"])


def test_where_nothing_was_assigned_the_authority_decides() -> None:
    for products in ("[]", "[{coefficient: 1, assigned: 0, done: 3}]"):
        found = evaluated(f"general: 30\nproducts: {products}\n")
        assert found["score"] is None and found["grade"] == "undetermined" and found["missing"] == ["eval.assigned"]
        assert "no assignment" in found["undetermined"][0]["what"]


def test_where_rounding_decides_the_grade_both_grades_are_shown() -> None:
    found = evaluated("general: 20.5\nproducts: [{coefficient: 1, assigned: 10000, done: 9928.5}]\n")
    rounding = by_way(found, "rounding")
    assert rounding["steps"]["grade"] == found["grade"]
    assert (rounding["steps"]["grade"], rounding["end"]["grade"]) == ("excellent", "good")
    assert rounding["end"]["score"] == 89.9995


# ---- regimes


def test_a_grade_of_2025_follows_the_law_of_2025() -> None:
    facts = "facts: {eval.conduct: well, eval.tasks_done: 100, eval.tasks_short: 0, eval.tasks_above: 40}\n"
    found = evaluated(f"period: 2025\n{facts}{ONE}", on=date(2026, 11, 28))
    assert found["grade"] == "good" and found["score"] is None
    assert found["articles"][-1] == "vn/state/decree-90-2020/art-8/grade"


def test_a_public_employee_is_scored_by_the_units_regulation_and_without_one_nobody_is_told_a_figure() -> None:
    base = "category: public_employee\ngeneral: 28\nproducts: [{coefficient: 1, assigned: 5, done: 4}]\n"
    found = evaluated(f"{base}regulation: {{weights: {{a: 30, b: 20, c: 20}}}}\n")
    assert found["score"] == 84 and found["grade"] == "good"
    assert found["articles"][-1] == "vn/state/decree-233-2026/art-12/grade"
    without = evaluated(base)
    assert without["score"] is None and without["missing"] == ["regulation.weights", "eval.unit_regulation"]
    assert {"vn/state/decree-233-2026/art-12/grade", "vn/state/decree-233-2026/art-20-1/grade"} <= set(without["articles"])
    old = "eval.unit_regulation: false, eval.conduct: met, eval.tasks_done: 100, eval.tasks_short: 20, eval.tasks_above: 0"
    assert evaluated(f"{base}facts: {{{old}}}\n")["grade"] == "completed"


def test_state_and_party_grade_the_same_work_each_by_its_own_rules() -> None:
    facts = "facts: {eval.tasks_done: 100, eval.tasks_short: 0, eval.tasks_above: 30, eval.tasks_late: 0}\n"
    found = evaluated(f"{ONE}party: {{score: 85}}\n{facts}")
    state, party = found["regimes"]
    assert (state["grade"], party["grade"]) == ("excellent", "good")
    assert found["grade"] == "excellent" and "both stand" in found["disagreement"]
    assert "implementers" in party["known"]
    assert evaluated(f"{ONE}party: true\n")["regimes"][1]["missing"] == ["party.score"]


def test_a_violation_settles_the_grade_whatever_the_points() -> None:
    assert evaluated(f"{ONE}facts: {{eval.disciplined_for_duty: true}}\n")["grade"] == "not_completed"
    assert evaluated(f"{ONE}facts: {{eval.months_worked: 5}}\n")["grade"] == "not_graded"


def test_a_year_for_which_no_text_was_found_is_said_to_be_without_one() -> None:
    found = evaluated("period: 2019", on=date(2026, 11, 28))
    assert found["grade"] == "undetermined" and "no article" in found["undetermined"][0]["what"]
    body = graded("period: 2019\ntotal: 92", on=date(2026, 11, 28))
    assert body["grade"] == "undetermined" and "no article" in body["undetermined"][0]["what"]


# ---- periods


def test_periods_are_read_and_know_their_days() -> None:
    assert [str(parse(text)) for text in ("2026", "2026-Q4", "2026-02")] == ["2026", "2026-Q4", "2026-02"]
    assert parse("2026-Q4") == Period(date(2026, 10, 1), "quarter") and parse("2026-Q5") is None
    assert parse("2024-02").last == date(2024, 2, 29) and parse("2026").last == date(2026, 12, 31)  # type: ignore[union-attr]


def test_a_year_is_the_mean_of_its_twelve_months_and_says_which_are_wanting() -> None:
    months = [f"  - {{period: 2026-{month:02d}, score: {70 + month}}}" for month in range(1, 13)]
    found = evaluated("periods:\n" + "\n".join(months), on=date(2027, 1, 5))
    assert found["score"] == 76.5 and found["sources"]["score"]["article"] == "vn/state/decree-335-2025/art-17/year"
    short = evaluated("periods:\n" + "\n".join(months[:9]), on=date(2027, 1, 5))
    assert short["grade"] == "undetermined" and short["missing"] == ["2026-10", "2026-11", "2026-12"]
    leave = "\nfacts: {eval.months_worked: 9, eval.sick_or_maternity_leave: true}"
    assert evaluated("periods:\n" + "\n".join(months[:9]) + leave, on=date(2027, 1, 5))["score"] == 75


def test_a_letter_that_changes_months_to_quarters_leaves_closed_months_as_they_were() -> None:
    change = [(date(2026, 1, 1), "month"), (date(2026, 9, 1), "quarter")]
    asked = asked_of(2026, change)
    assert [str(each.period) for each in asked] == [f"2026-{month:02d}" for month in range(1, 9)] + ["2026-Q3", "2026-Q4"]
    assert [sorted(each.months) for each in asked if each.cut] == [[9]]
    months = "".join(f"  - {{period: 2026-{month:02d}, score: {80 + month}}}\n" for month in range(1, 9))
    types = "period_types: [{from: 2026-01-01, type: month}, {from: 2026-09-01, type: quarter}]\n"
    found = evaluated(
        f"{types}periods:\n{months}  - {{period: 2026-Q3, score: 90}}\n  - {{period: 2026-Q4, score: 91}}\n", on=date(2027, 1, 2)
    )
    assert found["formula"] == "score = (81 + 82 + 83 + 84 + 85 + 86 + 87 + 88 + 90 + 3 × 91) / 12 = 86.6"
    assert any("cuts 2026-Q3" in note and "the managing body decides" in note for note in found["notes"])


@pytest.mark.parametrize("seed", range(20))
def test_a_change_in_mid_year_alters_no_period_that_was_over(seed: int) -> None:
    dice = random.Random(seed)
    before, after = dice.sample(("month", "quarter"), 2)
    day = date(2026, dice.randint(2, 12), dice.choice((1, 14, 28)))
    plain = asked_of(2026, [(date(2026, 1, 1), before)])
    changed = asked_of(2026, [(date(2026, 1, 1), before), (day, after)])
    assert [each for each in plain if each.period.last < day] == [
        each for each in changed if each.period.last < day and not each.cut
    ]
    assert sorted(month for each in changed for month in each.months) == list(range(1, 13))


# ---- organisations

BODY = "general: 28\nresults: 64\nquality: true\nfindings_fixed: true\nhead: {score: 95}\n"


def test_an_organisation_is_graded_by_its_own_article_and_bounds_its_head() -> None:
    good = graded(
        f"{BODY.replace('64', '50')}tasks: {{planned: 40, done: 40, late: 0, above: 14}}\nsubordinates: [good, completed]\n"
    )
    assert (good["score"], good["grade"], good["head"]) == (78, "good", {"score": 95, "grade": "good"})
    best = graded(f"{BODY}tasks: {{planned: 40, done: 40, late: 0, above: 12}}\nsubordinates: [good]\n")
    assert best["grade"] == "excellent" and best["head"]["grade"] == "excellent"


def test_in_the_holes_between_the_bands_the_authority_decides() -> None:
    hole = graded(f"{BODY}tasks: {{planned: 1000, done: 1000, late: 0, above: 299}}\nsubordinates: [good]\n")
    assert hole["grade"] == "undetermined" and hole["head"]["grade"] == "undetermined"
    assert hole["undetermined"][0]["decided_by"] == "the authority that recognises the result"
    assert hole["articles"][1] == "vn/state/decree-335-2025/art-8/grade"


def test_units_beneath_are_graded_first() -> None:
    early = graded(f"{BODY}tasks: {{planned: 40, done: 40, late: 0, above: 14}}\nsubordinates: [good, null]\n")
    assert [each["article"] for each in early["unmet"]] == ["vn/state/decree-335-2025/art-9/subordinates-first"]
    assert early["grade"] == "undetermined" and early["missing"] == ["org.subordinate_failed"]


# ---- caps

GROUPS = "groups: {specialists: {excellent: 6, good: 24, completed: 5}, heads: {excellent: 1, good: 9}}"


def test_the_three_readings_of_the_cap_each_give_their_number() -> None:
    specialists, heads, whole = capped(GROUPS)
    assert specialists["readings"] == {"good": 4, "good_or_better": 6, "all": 7}
    assert specialists["roundings"]["good"] == {"down": 4, "nearest": 5, "up": 5}
    assert (heads["allowed"], heads["over"]) == (1, 0)
    assert whole["group"] == "*" and whole["readings"] == {"good": 6, "good_or_better": 8, "all": 9}
    assert capped(f"outstanding: true\n{GROUPS}")[0]["allowed"] == 6


def test_who_loses_the_grade_is_good_and_counts_among_the_good() -> None:
    """Of 24 good a fifth is 4; but of 30 who reached good or better, 5 excellent leave 25 good, a fifth of which is 5."""
    (found,) = capped("groups: {specialists: {excellent: 6, good: 24}}")
    assert (found["allowed"], found["settled"]["good"], found["over"]) == (4, 5, 1)


def test_of_fewer_than_five_service_units_one_may_be_excellent() -> None:
    (found,) = capped("of: service_units\ngroups: {units: {excellent: 2, good: 1}}")
    assert found["allowed"] == 1 and found["articles"] == ["vn/state/decree-233-2026/art-7-7/excellent-most"]


PEOPLE = """
people:
  - {id: p1, grade: excellent, score: 91, b: 90}
  - {id: p2, grade: excellent, score: 95}
  - {id: p3, grade: excellent, score: 91, b: 95}
""" + "".join(f"  - {{id: g{number}, grade: good, score: 80}}\n" for number in range(7))


def test_too_many_are_ordered_by_what_was_measured_and_equals_are_the_authoritys_to_decide() -> None:
    (found,) = capped(PEOPLE)
    assert (found["order"], found["keep"], found["lose"], found["tied"]) == (["p2", "p3", "p1"], ["p2"], ["p3", "p1"], [])
    (equal,) = capped(PEOPLE.replace("95}", "91, b: 95}", 1).replace("b: 90", "b: 95"))
    assert (equal["keep"], equal["lose"], sorted(equal["tied"])) == ([], [], ["p1", "p2", "p3"])


def test_the_order_does_not_depend_on_names_or_on_places_in_the_file() -> None:
    renamed = capped(PEOPLE.replace("p1", "zz").replace("p3", "aa"))[0]["order"]
    lines = PEOPLE.strip().splitlines()
    shuffled = capped("\n".join([lines[0], *reversed(lines[1:])]))[0]["order"]
    assert renamed == ["p2", "aa", "zz"] and shuffled == ["p2", "p3", "p1"]


# ---- bad input

BAD = (
    (
        "general: 30\nperiod: 2026-03\nproducts: [{coefficient: 1, assigned: 1, done: 1, assigned_on: 2026-04-02}]",
        "after 2026-03 ended",
    ),
    ("category: public_employee\nregulation: {weights: {a: 30, b: 20, c: 10}}", "must sum to 70"),
    ("regulation: {weights: {a: 70}}", "for public employees only"),
    ("general: 31", "possible are 0 to 30"),
    ("produkts: []", "Did you mean ‘products’"),
    ("general: 30\nproducts: [{coefficient: 1.255, assigned: 1, done: 1}]", "at most 2 decimal places"),
    ("general: 30\nproducts: [{coefficient: 1, assigned: -1, done: 1}]", "possible are 0 to 10000"),
    ("general: 30\nproducts: [{coefficient: one, assigned: 1, done: 1}]", "must be a number"),
    ("period: 2026-13", "is not a period"),
    ("periods: [{period: 2026-01, score: 80}, {period: 2026-01, score: 90}]", "is there twice"),
    ("period: 2026-Q1\nperiods: [{period: 2026-05, score: 80}]", "does not lie within"),
    ("leader: true\nunit: {organising: badly}", "possible are|should be one of|not among|lasting_shortcomings"),
)


@pytest.mark.parametrize(("text", "says"), BAD, ids=[text[:40] for text, _ in BAD])
def test_what_cannot_be_is_refused_with_its_place_in_each_language(text: str, says: str) -> None:
    with pytest.raises(RuleError, match=says) as refused:
        evaluated(text)
    assert str(refused.value).startswith("case.yaml:")
    said = [refused.value.say(language) for language in LANGUAGES]
    assert len(set(said)) == 3


def test_all_that_is_told_is_told_in_each_language() -> None:
    work = f"{HANDBOOK}leader: true\nparty: {{score: 80}}\nperiod: 2026-12\n"
    for language in LANGUAGES:
        found = evaluated(work, language=language)
        assert found["readings"][0]["asks"] and found["notes"][0]
    assert evaluated(work, language="vi")["notes"] != evaluated(work, language="fa")["notes"]

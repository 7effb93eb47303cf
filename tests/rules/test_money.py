"""Money worked out elsewhere: the Ministry's and the Army's own examples, and the gates and roundings of the texts.

Where a printed figure does not agree with its own parts, the test says so.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.rules.corpus import load
from canbo.rules.explain import ArticleVerdict, explain, find_value
from canbo.rules.schema import Fact

CORPUS = load()
Facts = dict[str, Any]
NO_REORGANISATION = "2100-12-31"

# Official Letter 1814/BNV-TCBC: coefficient 4.65, post 0.6, public-service allowance 25 %, 22 insured years.
MR_C: Facts = {
    "person.sex": "M",
    "person.born": "1966-01-15",
    "leave.kind": "early",
    "leave.category": "civil_servant",
    "leave.on": "2025-05-01",
    "leave.reorganised_on": "2025-03-01",
    "leave.insured_months": 264,
    "pay.coefficient": "4.65",
    "pay.position_allowance": "0.6",
    "pay.public_service_rate": 25,
    "pay.base_salary": 2340000,
}
# Circular 19/2025/TT-BQP: born May 1971, goes at 58; the same row of the civil table is that of women.
EXAMPLE_2: Facts = {
    "person.sex": "F",
    "person.born": "1971-05",
    "leave.kind": "early",
    "leave.on": "2025-06-01",
    "leave.reorganised_on": "2025-03-15",
    "leave.insured_months": 35 * 12 + 4,
    "pay.agreed_wage": 30000000,
}
QUITTER: Facts = MR_C | {
    "person.born": "1985-03-10",
    "leave.kind": "quit",
    "leave.on": "2025-06-01",
    "leave.insured_months": 150,
    "pay.coefficient": "3.66",
    "pay.position_allowance": "0",
}


def figure(name: str, facts: Facts, on: str | None = None) -> ArticleVerdict:
    return find_value(CORPUS, name=name, facts=facts, on=date.fromisoformat(on or facts["leave.on"]))


def step(verdict: ArticleVerdict, name: str) -> Any:
    return next(entry["value"] for entry in verdict.to_dict()["steps"] if entry["name"] == name)  # type: ignore[attr-defined]


# ---- early retirement


def test_the_ministrys_mr_c_comes_out_to_the_dong_and_the_printed_total_does_not() -> None:
    """Each part printed for him agrees; their sum is 744,778,125, and the 744,788,125 printed is 10,000 too much."""
    verdict = figure("severance", MR_C)
    assert step(verdict, "pay") == 15356250
    assert step(verdict, "months_early") == 30
    assert step(verdict, "half_years_early") == 5
    parts = [step(verdict, name) for name in ("part_a", "part_b", "part_c")]
    assert parts == [460687500, 191953125, 92137500]
    assert verdict.value == sum(parts) == 744778125 == 744788125 - 10000


def test_the_armys_second_example_comes_out() -> None:
    verdict = figure("severance", EXAMPLE_2)
    assert (step(verdict, "months_early"), step(verdict, "half_years_early"), step(verdict, "half_years_insured")) == (48, 8, 71)
    assert [step(verdict, name) for name in ("part_a", "part_b", "part_c")] == [1440000000, 600000000, 382500000]
    assert verdict.value == 2422500000


def test_the_armys_fourth_example_is_three_years_early_and_from_the_thirteenth_month() -> None:
    verdict = figure("severance", EXAMPLE_2 | {"leave.on": "2026-06-01", "leave.insured_months": 36 * 12 + 4})
    assert (step(verdict, "months_early"), step(verdict, "half_years_early"), step(verdict, "lump")) == (36, 6, 50)
    assert step(verdict, "part_a") == 30000000 * 36 // 2


def test_the_armys_third_example_is_41_months_and_three_and_a_half_years_early() -> None:
    verdict = figure("severance", EXAMPLE_2 | {"leave.on": "2026-01-01", "leave.insured_months": 35 * 12 + 11})
    assert (step(verdict, "months_early"), step(verdict, "half_years_early"), step(verdict, "half_years_insured")) == (41, 7, 72)
    assert step(verdict, "lump") == 100


def test_the_armys_first_example_is_a_pension_of_69_per_cent() -> None:
    assert figure("pension_percent", {"person.sex": "M", "leave.insured_months": 32 * 12}, on="2025-05-01").value == 69


def test_the_decision_and_not_the_day_of_leaving_starts_month_13_for_civil_servants() -> None:
    late = MR_C | {"leave.reorganised_on": "2024-05-01"}
    assert step(figure("severance", late), "lump") == 50
    assert step(figure("severance", late | {"leave.decided_on": "2025-04-30"}), "lump") == 100


@pytest.mark.parametrize(
    ("leaves", "lump", "yearly"),
    [("2022-11-01", 100, 500), ("2022-10-01", 90, 400), ("2025-11-01", 100, 500), ("2025-12-01", 100, 0), ("2027-10-01", 100, 0)],
)
def test_24_and_60_months_belong_to_the_case_of_two_to_five_years(leaves: str, lump: int, yearly: int) -> None:
    verdict = figure("severance", MR_C | {"leave.on": leaves, "leave.reorganised_on": leaves}, on="2025-05-01")
    assert (step(verdict, "lump"), step(verdict, "yearly")) == (lump, yearly)


@pytest.mark.parametrize(
    ("leaves", "paid"),
    [("2027-11-01", False), ("2027-10-31", False), ("2027-10-01", True), ("2017-11-01", True), ("2017-10-01", False)],
)
def test_nobody_is_paid_from_the_age_on_or_more_than_ten_years_before_it(leaves: str, paid: bool) -> None:
    verdict = figure("severance", MR_C | {"leave.on": leaves}, on="2025-05-01")
    assert (verdict.outcome == "value") is paid


def test_more_than_five_years_early_counts_sixty_months_however_many_there_are() -> None:
    verdict = figure("severance", MR_C | {"person.born": "1970-04"})
    assert step(verdict, "months_early") == 84
    assert step(verdict, "part_a") == 15356250 * 54
    assert step(verdict, "part_b") == 15356250 * 28


@pytest.mark.parametrize(("insured", "part"), [(180, "4.00"), (234, "6.25"), (240, "6.50"), (264, "7.50"), (402, "13.25")])
def test_from_july_2025_fifteen_years_take_four_months_and_each_further_year_half(insured: int, part: str) -> None:
    by_date = next(article for article in reading("2025-07-01", insured) if article.id.endswith("by-date"))
    assert by_date.value == int(15356250 * Decimal(part))


def reading(leaves: str, insured: int) -> list[ArticleVerdict]:
    facts = MR_C | {"leave.on": leaves, "leave.insured_months": insured}
    verdict = explain(CORPUS, topic="leaving", facts=facts, on=date.fromisoformat(leaves), changes=False)
    return [article for article in verdict.articles if article.ruling.article.gives == "severance_part_c"]


def test_read_by_years_the_allowance_falls_at_twenty_years() -> None:
    def by_years(insured: int) -> Any:
        return next(article.value for article in reading("2025-07-01", insured) if article.id.endswith("by-years"))

    assert by_years(234) == 95976562
    assert by_years(240) == 76781250


def test_thirty_three_and_a_half_years_give_nine_and_a_quarter_months_beyond_the_first_fifteen() -> None:
    facts = MR_C | {"leave.on": "2025-07-01", "leave.insured_months": 402, "pay.agreed_wage": 32535360}
    verdict = figure("severance", facts)
    assert step(verdict, "part_c") - 4 * 32535360 == 300952080


ROUNDED = {0: 0, 1: 1, 5: 1, 6: 1, 7: 2, 11: 2, 12: 2, 30: 5, 31: 6, 32: 6, 50: 9}


@pytest.mark.parametrize(("months", "halves"), ROUNDED.items())
def test_one_to_six_months_over_are_half_a_year_and_more_a_year(months: int, halves: int) -> None:
    verdict = figure("severance_half_years", {"leave.insured_months": months}, on="2025-06-30")
    assert verdict.value == halves


@pytest.mark.parametrize(("months", "halves"), [(2, 0), (3, 1), (6, 1), (7, 2), (12, 2), (50, 8)])
def test_leaving_at_ones_own_wish_under_three_months_over_count_nothing(months: int, halves: int) -> None:
    facts = QUITTER | {"leave.on": "2026-07-01", "leave.reorganised_on": NO_REORGANISATION, "leave.insured_months": 120 + months}
    assert step(figure("severance_v170", facts), "half_years_insured") == 20 + halves


# ---- leaving the service


@pytest.mark.parametrize(
    ("born", "months", "open_"),
    [("1965-07", 23, False), ("1965-08", 24, True), ("1965-09", 25, True), ("1968-05", 60, True), ("1969-05", 72, True)],
)
def test_24_months_to_the_age_are_enough_to_leave_with_the_higher_allowance(born: str, months: int, open_: bool) -> None:
    verdict = figure("severance", QUITTER | {"person.born": born})
    assert (verdict.outcome == "value") is open_
    if open_:
        assert step(verdict, "months_early") == months
        assert step(verdict, "months_counted") == 60
        assert step(verdict, "part_a") == step(verdict, "pay") * 60 * 80 // 100


def test_who_could_retire_early_does_not_get_the_higher_allowance_for_leaving() -> None:
    near = QUITTER | {"person.born": "1969-05", "leave.on": "2025-07-01", "leave.insured_months": 300}
    verdict = figure("severance", near)
    assert step(verdict, "policy_178") is False
    assert step(verdict, "part_b") == 3 * 8564400 + 25 * 3 * 8564400 // 2  # the ordinary allowance: 3 + 1.5 x 25


def test_public_employees_have_unemployment_insurance_instead_of_three_months() -> None:
    civil, public = (figure("severance", QUITTER | {"leave.category": who}) for who in ("civil_servant", "public_employee"))
    assert civil.value - public.value == 3 * step(civil, "pay") == 32116500  # type: ignore[operator]


def test_on_1_august_2026_the_allowance_for_ones_own_wish_falls_to_half_a_month_a_year() -> None:
    own = QUITTER | {"leave.on": "2026-07-31", "leave.reorganised_on": NO_REORGANISATION, "leave.insured_months": 240}
    assert figure("severance", own).value == 8564400 * 33
    later = own | {"leave.on": "2026-08-01"}
    assert figure("severance", later).value == 8564400 * 10
    assert figure("severance", own, on="2026-09-15").value == 8564400 * 33


def test_the_new_allowance_falls_when_a_year_is_complete() -> None:
    """Six to under twelve months give one month of pay, twelve give half a month: the text says so."""
    own = QUITTER | {"leave.on": "2026-08-01", "leave.reorganised_on": NO_REORGANISATION}
    assert figure("severance_v300", own | {"leave.insured_months": 11}).value == 8564400
    assert figure("severance_v300", own | {"leave.insured_months": 12}).value == 8564400 // 2


def test_two_definitions_of_the_current_pay_are_in_force_at_once() -> None:
    verdict = explain(CORPUS, topic="leaving", facts=MR_C, on=date(2025, 8, 1), changes=False)
    pays = {article.id: article.value for article in verdict.articles if article.ruling.article.gives == "current_monthly_pay"}
    assert pays == {
        "vn/state/circular-01-2025/art-3-2/current-pay": 15356250,
        "vn/state/decree-170-2025/art-58-2/current-pay": 12285000,
    }


@given(
    insured=st.integers(180, 480),
    born=st.integers(1961, 1985),
    coefficient=st.integers(186, 1000),
    rate=st.sampled_from([0, 25, 30]),
)
def test_the_combined_figure_is_that_of_the_one_policy_that_is_open(insured: int, born: int, coefficient: int, rate: int) -> None:
    facts = MR_C | {"person.born": f"{born}-06", "leave.insured_months": insured, "pay.coefficient": f"{coefficient / 100:.2f}"}
    facts |= {"pay.public_service_rate": rate, "leave.on": "2025-08-01"}
    together = figure("severance", facts)
    single = [figure(f"severance_{case}", facts) for case in ("e1", "e2", "e3")]
    open_ = [verdict.value for verdict in single if verdict.outcome == "value"]
    assert open_ == ([together.value] if together.outcome == "value" else [])


@given(facts=st.fixed_dictionaries(dict.fromkeys(MR_C, st.booleans())))
def test_a_fact_that_is_left_out_never_gives_another_figure(facts: dict[str, bool]) -> None:
    known = {name: value for name, value in MR_C.items() if facts[name]}
    verdict = figure("severance", known, on="2025-05-01")
    assert verdict.outcome != "value" or verdict.value == 744778125


# ---- which policy is open


def open_policies(facts: Facts, on: str) -> set[str]:
    verdict = explain(CORPUS, topic="leaving", facts=facts, on=date.fromisoformat(on), changes=False)
    return {a.id for a in verdict.articles if a.ruling.article.effect == "ground" and a.outcome == "pass"}


@pytest.mark.parametrize(
    ("facts", "on", "policies"),
    [
        (MR_C | {"leave.reason": "reorganisation"}, "2025-05-01", {"vn/state/decree-178-2024/art-7/open-e1"}),
        (MR_C | {"leave.reason": "restructuring"}, "2025-05-01", {"vn/state/decree-67-2025/art-7a/open"}),
        (
            MR_C | {"leave.reason": "not_reelected"},
            "2025-05-01",
            {"vn/state/decree-67-2025/art-7b/open", "vn/state/decree-177-2024/open-early"},
        ),
        (MR_C | {"leave.reason": "staff_cut", "leave.on": "2025-09-01"}, "2025-09-01", {"vn/state/decree-154-2025/open-early"}),
        (QUITTER | {"leave.reason": "reorganisation"}, "2025-06-01", {"vn/state/decree-178-2024/art-9/open"}),
        (
            QUITTER | {"leave.reason": "own_wish", "leave.on": "2026-07-31"},
            "2026-07-31",
            {"vn/state/decree-170-2025/art-58/open"},
        ),
        (
            QUITTER | {"leave.reason": "own_wish", "leave.on": "2026-08-01", "leave.obligations": "none"},
            "2026-08-01",
            {"vn/state/decree-300-2026/art-29/open"},
        ),
        (QUITTER | {"leave.reason": "dismissed", "leave.on": "2026-08-01"}, "2026-08-01", set()),
    ],
)
def test_each_reason_for_leaving_opens_its_own_policies(facts: Facts, on: str, policies: set[str]) -> None:
    assert open_policies(facts, on) == policies


def test_a_notice_of_retirement_excludes_the_allowance_for_ones_own_wish() -> None:
    facts = QUITTER | {"leave.reason": "own_wish", "leave.on": "2026-07-31", "leave.retirement_notice": True}
    facts |= {"leave.proceedings": "none", "leave.obligations": "none", "leave.needed": False}
    verdict = explain(CORPUS, topic="leaving", facts=facts, on=date(2026, 7, 31), changes=False)
    assert verdict.word == "refused"
    assert figure("severance", facts | {"leave.reorganised_on": NO_REORGANISATION}).outcome == "not_applicable"


def test_leaving_is_allowed_where_a_policy_is_open_and_nothing_stands_against_it() -> None:
    facts = MR_C | {"leave.reason": "reorganisation"}
    assert explain(CORPUS, topic="leaving", facts=facts, on=date(2025, 7, 1), changes=False).word == "allowed"
    assert (
        explain(CORPUS, topic="leaving", facts=facts | {"leave.other_policy_granted": True}, on=date(2025, 7, 1)).word
        == "refused"
    )


# ---- pay


def test_a_law_of_january_10_pays_for_january_1_and_for_the_half_year_before_but_not_before_it_is_made() -> None:
    chair = {"pay.leadership_post": "commune_chair", "pay.big_city": True, "pay.month": "2026-01-01"}
    assert figure("leadership_allowance", chair, on="2026-01-10").value == 0.7
    autumn = chair | {"pay.month": "2025-09-01", "pay.allowance_paid": "0.25"}
    assert figure("leadership_back_pay", autumn, on="2026-02-01").value == 0.45
    assert not [a for a in CORPUS.in_force(date(2026, 1, 9), "pay") if a.gives.startswith("leadership")]


@pytest.mark.parametrize(
    ("scale", "first", "last", "steps"),
    [
        ("expert", 8.80, 10.00, 3),
        ("a3_1", 6.20, 8.00, 6),
        ("a3_2", 5.75, 7.55, 6),
        ("a2_1", 4.40, 6.78, 8),
        ("a2_2", 4.00, 6.38, 8),
        ("a1", 2.34, 4.98, 9),
        ("a0", 2.10, 4.89, 10),
        ("b", 1.86, 4.06, 12),
        ("c1", 1.65, 3.63, 12),
        ("c2", 1.50, 3.48, 12),
        ("c2_public", 2.00, 3.98, 12),
        ("c3", 1.35, 3.33, 12),
    ],
)
def test_the_salary_scales_end_where_the_tables_end(scale: str, first: float, last: float, steps: int) -> None:
    def at(number: int) -> ArticleVerdict:
        return figure("salary_coefficient", {"pay.scale": scale, "pay.step": number}, on="2026-01-01")

    assert (at(1).value, at(steps).value) == (first, last)
    assert at(steps + 1).outcome == "not_applicable"


def test_placement_on_a_new_rank_never_loses_pay() -> None:
    scales = [word for word in CORPUS.facts["pay.scale"].type.values if word != "expert"]
    for scale in scales:
        for held in range(135, 700, 7):
            facts = {"pay.coefficient": f"{held / 100:.2f}", "pay.over_frame_percent": 8, "pay.new_scale": scale}
            placed, kept = (figure(name, facts, on="2026-08-01").value for name in ("placed_coefficient", "reserved_difference"))
            assert round((placed + kept) * 10000) >= held * 108  # type: ignore[operator]


def test_an_unknown_coefficient_is_named_as_missing() -> None:
    facts: Facts = {name: value for name, value in MR_C.items() if name != "pay.coefficient"} | {"pay.coefficient": Fact(None)}
    verdict = figure("severance", facts)
    assert verdict.outcome == "unknown"
    assert [entry.spec.name for entry in verdict.missing] == ["pay.coefficient"]

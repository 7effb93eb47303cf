"""Dated parameters and the retirement table, against the year rule and the closed form."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.rules.corpus import load
from canbo.rules.dates import PartialDate, complete_months, first_of_month, last_day, month_index
from canbo.rules.params import AgeReached, OutsideTable
from canbo.rules.words import RuleError

CORPUS = load()
PARAMETERS = CORPUS.parameters
DAY = date(2026, 11, 22)
SEXES = ("M", "F")
FIRST = {"M": month_index(date(1961, 1, 1)), "F": month_index(date(1966, 1, 1))}
LAST = month_index(date(1989, 12, 1))


def asked(sex: str, year: int) -> int:
    """The year rule of the law, in months."""
    if sex == "M":
        return min(60 * 12 + 3 * (year - 2020), 62 * 12)
    return min(55 * 12 + 4 * (year - 2020), 60 * 12)


def closed_form(sex: str, birth: int) -> int:
    """Age at retirement in months, from the birth month alone."""
    k = birth - FIRST[sex]
    if sex == "M":
        return 60 * 12 + min(24, 3 * (k // 9 + 1))
    return 55 * 12 + min(60, 4 * (k // 8 + 1))


def by_stepping(sex: str, birth: int) -> int:
    """The first month in which the age is at least what that year asks."""
    month = birth + 55 * 12
    while month - birth < asked(sex, month // 12):
        month += 1
    return month


@pytest.mark.parametrize("sex", SEXES)
def test_the_table_the_year_rule_and_the_closed_form_agree_for_every_birth_month(sex: str) -> None:
    for birth in range(FIRST[sex], LAST + 1):
        born = first_of_month(birth)
        age = PARAMETERS.lookup("age_at_retirement", DAY, sex=sex, born=born)
        assert age == closed_form(sex, birth)
        assert birth + closed_form(sex, birth) == by_stepping(sex, birth)
        last = PARAMETERS.lookup("retirement_day", DAY, sex=sex, born=born)
        assert last == last_day(first_of_month(by_stepping(sex, birth)))
        assert PARAMETERS.lookup("pension_day", DAY, sex=sex, born=born) == first_of_month(by_stepping(sex, birth) + 1)


@pytest.mark.parametrize("sex", SEXES)
def test_the_table_holds_the_year_rule_for_every_year(sex: str) -> None:
    for year in range(2021, 2061):
        assert PARAMETERS.lookup("retirement_age", date(year, 7, 1), sex=sex) == asked(sex, year)


@pytest.mark.parametrize(
    ("sex", "born", "age", "pension"),
    [
        # Rows of the appendix to Decree 135/2020, at the edges of its steps.
        ("M", "1963-01", (60, 9), "2023-11"),
        ("M", "1963-03", (60, 9), "2024-01"),
        ("M", "1963-04", (61, 0), "2024-05"),
        ("M", "1964-01", (61, 3), "2025-05"),
        ("M", "1964-09", (61, 3), "2026-01"),
        ("M", "1964-10", (61, 6), "2026-05"),
        ("M", "1965-07", (61, 9), "2027-05"),
        ("M", "1966-03", (61, 9), "2028-01"),
        ("M", "1966-04", (62, 0), "2028-05"),
        ("F", "1968-01", (56, 4), "2024-06"),
        ("F", "1968-08", (56, 4), "2025-01"),
        ("F", "1968-09", (56, 8), "2025-06"),
        ("F", "1969-04", (56, 8), "2026-01"),
        ("F", "1969-05", (57, 0), "2026-06"),
        ("F", "1971-05", (58, 0), "2029-06"),
        ("F", "1975-04", (59, 8), "2035-01"),
        ("F", "1975-05", (60, 0), "2035-06"),
    ],
)
def test_published_rows_come_out(sex: str, born: str, age: tuple[int, int], pension: str) -> None:
    birth = PartialDate(*map(int, born.split("-")))
    assert PARAMETERS.lookup("age_at_retirement", DAY, sex=sex, born=birth) == age[0] * 12 + age[1]
    assert str(PARAMETERS.lookup("pension_day", DAY, sex=sex, born=birth)).startswith(pension)


def test_nobody_retires_in_the_months_after_a_step() -> None:
    """The age asked for jumps faster than a birthday gap: no men in January-March, no women in January-April."""
    for sex, gap, end in (("M", 3, 2028), ("F", 4, 2035)):
        months = {by_stepping(sex, birth) for birth in range(FIRST[sex], LAST + 1)}
        for year in range(2022, end + 1):
            assert not months & set(range(year * 12, year * 12 + gap))


@given(sex=st.sampled_from(SEXES), birth=st.dates(date(1966, 1, 1), date(1989, 12, 31)))
def test_a_birth_known_to_the_month_is_exact_enough(sex: str, birth: date) -> None:
    month = PartialDate(birth.year, birth.month)
    assert PARAMETERS.lookup("retirement_day", DAY, sex=sex, born=birth) == PARAMETERS.lookup(
        "retirement_day", DAY, sex=sex, born=month
    )


@given(sex=st.sampled_from(SEXES), year=st.integers(1966, 1989))
def test_a_birth_known_only_by_year_counts_as_the_first_of_january_and_says_so(sex: str, year: int) -> None:
    found = PARAMETERS.find("retirement_day", DAY, (sex, PartialDate(year)))
    assert found.figure == PARAMETERS.lookup("retirement_day", DAY, sex=sex, born=date(year, 1, 1))
    assert found.note is not None and str(year) in found.note.say("vi")


def test_a_birth_before_the_table_is_not_guessed() -> None:
    for sex, born in (("M", date(1960, 12, 31)), ("F", date(1965, 12, 31))):
        with pytest.raises(OutsideTable):
            PARAMETERS.lookup("retirement_day", DAY, sex=sex, born=born)


def test_a_day_before_the_table_is_not_guessed() -> None:
    with pytest.raises(OutsideTable, match="runs from 1 January 2021"):
        PARAMETERS.lookup("retirement_age", date(2020, 12, 31), sex="F")


def test_a_wrong_key_is_named() -> None:
    with pytest.raises(RuleError, match="asked by sex"):
        PARAMETERS.lookup("retirement_age", DAY, gender="F")


def test_the_working_is_kept_for_births_already_asked() -> None:
    found = PARAMETERS["retirement_day"]
    assert isinstance(found, AgeReached)
    assert found.resolve("F", date(1980, 2, 3)) == found.resolve("F", date(1980, 2, 28))


days = st.dates(date(1950, 1, 1), date(2060, 12, 31))


@given(start=days, months=st.integers(0, 600))
def test_months_are_complete_on_the_same_day_and_at_the_end_of_a_month(start: date, months: int) -> None:
    then = first_of_month(month_index(start) + months)
    end = then.replace(day=min(start.day, last_day(then).day))
    assert complete_months(start, end) == months
    assert complete_months(end, start) == -complete_months(start, end)


@given(start=days, one=days, other=days)
def test_more_days_are_never_fewer_months(start: date, one: date, other: date) -> None:
    early, late = sorted((one, other))
    assert complete_months(start, early) <= complete_months(start, late)
    assert complete_months(early, start) >= complete_months(late, start)


@given(start=days, end=days)
def test_months_to_the_end_of_a_month_are_the_difference_of_months(start: date, end: date) -> None:
    """What the full-term rule rests on: retirement is always at the end of a month."""
    if start <= last_day(end):
        assert complete_months(start, last_day(end)) == month_index(end) - month_index(start)

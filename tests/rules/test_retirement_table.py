"""Every row of the two appendices of Decree 135/2020, and the birth limits published for the congresses of 2025.

The appendices list month of birth, age and first month of the pension. Within one age the rows run on month by
month, so that a row of each run says them all: those runs are copied here from the printed appendices, and the
rulebook's own rows are worked out from the ages of the calendar years.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from canbo.rules.corpus import load
from canbo.rules.dates import first_of_month, last_day, month_index
from canbo.rules.explain import explain, find_value

CORPUS = load()
DAY = date(2026, 11, 22)
FIVE_YEARS = 60
# (first month of birth in the run, age in months, first month of the pension), and the last month of birth printed.
RUNS = {
    "M": (
        [
            ("1963-01", 729, "2023-11"),
            ("1963-04", 732, "2024-05"),
            ("1964-01", 735, "2025-05"),
            ("1964-10", 738, "2026-05"),
            ("1965-07", 741, "2027-05"),
        ],
        "1966-03",
    ),
    "F": (
        [
            ("1968-01", 676, "2024-06"),
            ("1968-09", 680, "2025-06"),
            ("1969-05", 684, "2026-06"),
            ("1970-01", 688, "2027-06"),
            ("1970-09", 692, "2028-06"),
            ("1971-05", 696, "2029-06"),
            ("1972-01", 700, "2030-06"),
            ("1972-09", 704, "2031-06"),
            ("1973-05", 708, "2032-06"),
            ("1974-01", 712, "2033-06"),
            ("1974-09", 716, "2034-06"),
        ],
        "1975-04",
    ),
}
EPOCH = {"M": month_index(date(1961, 1, 1)), "F": month_index(date(1966, 1, 1))}


def index(month: str) -> int:
    return month_index(date.fromisoformat(f"{month}-01"))


def printed(sex: str) -> Iterator[tuple[int, int, int]]:
    """The rows of the first appendix as printed: birth, age, first month of the pension; months as indexes."""
    runs, last = RUNS[sex]
    ends = [index(birth) for birth, _, _ in runs[1:]] + [index(last) + 1]
    for (birth, age, pension), end in zip(runs, ends, strict=True):
        for month in range(index(birth), end):
            yield month, age, index(pension) + month - index(birth)


def closed_form(sex: str, birth: int) -> int:
    """Age at ordinary retirement in months, from the month of birth alone."""
    since = birth - EPOCH[sex]
    return 720 + min(24, 3 * (since // 9 + 1)) if sex == "M" else 660 + min(60, 4 * (since // 8 + 1))


def test_each_appendix_has_127_rows() -> None:
    assert sum(len(list(printed(sex))) for sex in "MF") == 127


@pytest.mark.parametrize("sex", "MF")
def test_every_row_of_the_first_appendix_comes_out(sex: str) -> None:
    for birth, age, pension in printed(sex):
        born = first_of_month(birth)
        assert age == closed_form(sex, birth)
        assert CORPUS.parameters.lookup("age_at_retirement", DAY, sex=sex, born=born) == age
        assert CORPUS.parameters.lookup("pension_day", DAY, sex=sex, born=born) == first_of_month(pension)
        assert CORPUS.parameters.lookup("retirement_day", DAY, sex=sex, born=born) == last_day(first_of_month(pension - 1))


@pytest.mark.parametrize("sex", "MF")
def test_every_row_of_the_second_appendix_comes_out(sex: str) -> None:
    """It is the first one, born five years later."""
    for birth, age, pension in printed(sex):
        born = first_of_month(birth + FIVE_YEARS)
        day = CORPUS.parameters.lookup("lowest_pension_day", DAY, sex=sex, born=born)
        assert day == first_of_month(pension)
        assert CORPUS.parameters.lookup("lowest_retirement_day", DAY, sex=sex, born=born) == last_day(first_of_month(pension - 1))
        assert pension - 1 - (birth + FIVE_YEARS) == age - FIVE_YEARS


@pytest.mark.parametrize(
    ("sex", "born", "month"), [("M", "1966-04", "2028-04"), ("M", "1980-07", "2042-07"), ("F", "1975-05", "2035-05")]
)
def test_after_the_last_row_people_go_in_the_month_of_the_full_age(sex: str, born: str, month: str) -> None:
    assert find_value(CORPUS, name="retirement_month", facts={"person.sex": sex, "person.born": born}, on=DAY).value == month


# ---- birth limits published for the congresses of 2025-2030

LIMITS = [
    ("province", "first", "M", False, "1968-09"),
    ("province", "first", "F", False, "1972-05"),
    ("province", "first", "F", True, "1970-09"),
    ("province", "again", "M", False, "1967-09"),
    ("province", "again", "F", False, "1971-09"),
    ("province", "again", "F", True, "1969-09"),
    ("commune", "first", "M", False, "1968-07"),
    ("commune", "first", "F", False, "1972-03"),
    ("commune", "first", "F", True, "1970-07"),
]


@pytest.mark.parametrize(("level", "candidacy", "sex", "higher_age", "limit"), LIMITS)
def test_the_earliest_birth_that_may_stand_is_the_published_one(
    level: str, candidacy: str, sex: str, higher_age: bool, limit: str
) -> None:
    def may_stand(month: int) -> bool:
        facts = {
            "person.sex": sex,
            "person.born": f"{month // 12}-{month % 12 + 1:02d}",
            "person.later_retirement": higher_age,
            "post.level": level,
            "case.candidacy": candidacy,
        }
        return any(
            article.outcome == "pass" and article.id == "vn/party/45-ct-tw/months-left"
            for article in explain(CORPUS, topic="committee_election", facts=facts, on=date(2025, 8, 1), changes=False).articles
        )

    assert next(month for month in range(index("1963-01"), index("1976-01")) if may_stand(month)) == index(limit)

"""Days, numbers, shares and spans in the reader's language."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from canbo.pages import figures

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(("language", "day", "number", "share"), [
    ("en", "22 Nov 2026", "17,963", "19.2%"),
    ("vi", "22/11/2026", "17.963", "19,2%"),
    ("fa", "۲۲ نوامبر ۲۰۲۶", "۱۷٬۹۶۳", "۱۹٫۲٪"),
])  # fmt: skip
def test_days_and_figures_are_written_as_the_language_writes_them(language: str, day: str, number: str, share: str) -> None:
    with translation.override(language):
        assert (figures.day(DAY), figures.number(17963), figures.share(112, 583)) == (day, number, share)


def test_unknown_is_a_word_and_never_a_zero() -> None:
    with translation.override("en"):
        said = {figures.day(None), figures.number(None), figures.share(None, 5), figures.span(None), figures.age(None, DAY)}
        assert said == {"unknown"}
        assert figures.number(0) == "0"


def test_a_share_of_nothing_is_no_share() -> None:
    with translation.override("en"):
        assert figures.share(0, 0) == "–"


def test_a_birth_known_by_its_year_shows_no_day() -> None:
    with translation.override("vi"):
        assert figures.dated(date(1986, 1, 1), "Y") == "1986"
        assert figures.dated(date(1986, 3, 1), "M") == "03/1986"
        assert figures.dated(date(1986, 3, 14), "D") == "14/03/1986"


def test_a_period_names_its_last_day_and_an_open_one_says_since() -> None:
    with translation.override("en"):
        assert figures.period((date(2025, 7, 1), date(2026, 7, 1))) == "1 Jul 2025 – 30 Jun 2026"
        assert figures.period((date(2025, 7, 1), None)) == "since 1 Jul 2025"
        assert figures.period((None, date(2025, 7, 1))) == "until 30 Jun 2025"


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_rounded_half_up_and_exact(part: int, whole: int) -> None:
    with translation.override("en"):
        shown = Decimal(figures.share(part, whole).rstrip("%"))
    assert abs(shown - Decimal(part) * 100 / Decimal(whole)) <= Decimal("0.05")


@given(st.dates(date(1940, 1, 1), date(2060, 1, 1)), st.integers(0, 40_000))
def test_completed_months_never_say_more_than_has_passed(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    months = figures.months_between(first, last)
    assert figures.later(first, months) <= last or first.day > 28
    assert figures.later(first, months + 1) > last or first.day > 28


@pytest.mark.parametrize(("language", "after"), [("en", ""), ("vi", ""), ("fa", "\u200f")])
def test_a_number_after_a_latin_name_stays_on_its_side_of_a_right_to_left_line(language: str, after: str) -> None:
    with translation.override(language):
        assert figures.named("Hải Phòng") == f"Hải Phòng{after}"
        assert figures.named("اداره") == "اداره"


@pytest.mark.parametrize("language", ["vi", "fa"])
def test_a_name_is_shown_in_the_language_that_there_is(language: str) -> None:
    with translation.override(language):
        assert figures.named({"vi": "Sở", "fa": "اداره"}) == {"vi": "Sở", "fa": "اداره"}[language]
        assert figures.named({"en": "Department"}).rstrip("\u200f") == "Department"
        assert figures.named(None) == figures.unknown()


def test_a_code_keeps_its_order_inside_a_right_to_left_sentence() -> None:
    with translation.override("fa"):
        assert figures.named({"fa": "مقررهٔ 377-QD/TW، مادهٔ 34"}) == "مقررهٔ \u2066377-QD/TW\u2069، مادهٔ 34"
    with translation.override("vi"):
        assert figures.named({"vi": "Quy định 377-QĐ/TW"}) == "Quy định 377-QĐ/TW"

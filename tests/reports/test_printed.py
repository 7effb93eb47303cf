"""Reading figures as people print them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.reports.printed import FigureRefused, Literal, read, read_one


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        ("3261", "3261", 0), ("3 261", "3261", 0), ("3\u202f261", "3261", 0), ("3.261", "3261", 0), ("3,261", "3261", 0),
        ("3'261", "3261", 0), ("1.234.567", "1234567", 0), ("1,234,567.89", "1234567.89", 2), ("1.234.567,89", "1234567.89", 2),
        ("3 261,5", "3261.5", 1), ("30.9", "30.9", 1), ("7,7", "7.7", 1), ("9", "9", 0), ("9.0", "9", 1), ("0.215", "0.215", 3),
        ("0,02", "0.02", 2), ("1234.567", "1234.567", 3), ("۳٬۲۶۱", "3261", 0), ("۳۰٫۴", "30.4", 1), ("-5", "-5", 0), ("−5", "-5", 0),
    ],
)  # fmt: skip
def test_a_count_is_read_as_it_was_meant(text: str, value: str, places: int) -> None:
    figure = read_one(text)
    assert (figure.value, figure.places) == (Fraction(value), places)


@pytest.mark.parametrize(
    ("text", "value"), [("19,2 %", "19.2"), ("77.9%", "77.9"), ("٪۵۰", "50"), ("19.211 %", "19.211"), ("9 %", "9")]
)
def test_a_share_may_carry_its_sign(text: str, value: str) -> None:
    figure = read_one(text, "shares")
    assert figure.percent
    assert figure.value == Fraction(value)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1e3", "3 26", "1,23,456", "1.234,567,8", "12 345 6", "5 people", "0x10", "3.", "inf", "nan", "--5", "5%%", "1 234 567,",
     "1,2.3,4", "9" * 50, "½", "²"],
)  # fmt: skip
def test_what_is_not_a_figure_is_refused_with_a_way_on(text: str) -> None:
    with pytest.raises(FigureRefused) as refusal:
        read_one(text)
    assert str(refusal.value).endswith(".")


def test_one_figure_of_a_claim_settles_the_signs_of_the_others() -> None:
    figures = read({"counts": {"a": "0.215", "b": "53.297"}, "shares": {}})
    assert figures["b"].value == Fraction("53.297")
    figures = read({"counts": {"a": "3.261", "b": "12,5"}, "shares": {}})
    assert figures["a"].value == 3261


def test_vietnamese_and_english_writing_are_both_read() -> None:
    vietnamese = read({"counts": {"part": "991", "whole": "3.261"}, "shares": {"printed": "30,9"}})
    english = read({"counts": {"part": "991", "whole": "3,261"}, "shares": {"printed": "30.9"}})
    assert vietnamese["whole"].value == english["whole"].value == 3261
    assert vietnamese["printed"].value == english["printed"].value


@pytest.mark.parametrize(
    "groups",
    [
        {"counts": {"whole": "3.261"}, "shares": {"printed": "30.9"}},
        {"counts": {"whole": "3,261"}, "shares": {"printed": "21,128"}},
        {"counts": {"a": "3,261", "b": "3.261"}, "shares": {}},
        {"counts": {"a": "1,234,567", "b": "0,5"}, "shares": {}},
    ],
)
def test_a_sign_with_two_meanings_in_one_claim_is_refused(groups: dict[str, dict[str, str]]) -> None:
    with pytest.raises(FigureRefused):
        read(groups)


def test_a_number_of_json_has_one_reading() -> None:
    assert read_one(Literal("3.261")).value == Fraction("3.261")


@given(
    st.integers(0, 10**9), st.integers(0, 6), st.sampled_from([(" ", ","), (" ", "."), (",", "."), (".", ","), ("\u00a0", ",")])
)
def test_whatever_is_written_by_the_rules_is_read_back(number: int, places: int, signs: tuple[str, str]) -> None:
    grouping, decimal = signs
    whole, decimals = divmod(number, 10**places)
    text = f"{whole:,}".replace(",", grouping) + (decimal + f"{decimals:0{places}d}" if places else "")
    if text.count(",") + text.count(".") == 1 and places in {0, 3}:
        return  # open on purpose: what it means depends on its neighbours
    figure = read_one(text)
    assert (figure.value, figure.places) == (Fraction(number, 10**places), places)

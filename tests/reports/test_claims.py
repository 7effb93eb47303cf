"""Published figures, checked."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from canbo.reports import verdicts
from canbo.reports.claims import ClaimsRefused, Verdict, check
from canbo.reports.claims_file import parse, read_file
from canbo.reports.printed import Figure

EXAMPLES = Path(__file__).parents[2] / "examples" / "claims"


def verdict_on(claim: str) -> str:
    return str(check(f"claims:\n  - {{id: it, {claim}}}").answers[0].verdict)


def note_on(claim: str) -> str:
    return check(f"claims:\n  - {{id: it, {claim}}}").answers[0].note


def as_figure(value: Decimal, places: int) -> Figure:
    return Figure(str(value), Fraction(value), places)


# The shipped example.


def test_exactly_three_claims_of_the_newspapers_are_wrong() -> None:
    report = check((EXAMPLES / "newspapers.yaml").read_text())
    assert [answer.id for answer in report.wrong] == ["committee-women", "committee-college", "committee-qualifications"]
    assert [answer.exact for answer in report.wrong] == ["30.389451", "0.214658", "3285"]


def test_the_notes_on_the_wrong_claims_say_what_would_be_true() -> None:
    with translation.override("en"):
        women, college, qualifications = check((EXAMPLES / "newspapers.yaml").read_text()).wrong
    assert "30.4" in women.note
    assert "1,007 to 1,009 of 3,261" in women.note
    assert "3,202 to 3,212" in women.note
    assert "0.2 would be true" in college.note
    assert "24 more" in qualifications.note
    assert "1,714 for 1,738" in qualifications.note


@pytest.mark.parametrize(("language", "says"), [("en", "Women"), ("vi", "Nữ"), ("sv", "Women")])
def test_words_that_are_written_once_for_each_language_are_told_in_the_readers_own(language: str, says: str) -> None:
    text = "title: {en: T, vi: V}\nsources:\n  s: {title: {en: Paper, vi: Báo}}\nclaims:\n"
    with translation.override(language):
        claims = parse(text + "  - {id: it, source: s, part: 1, whole: 2, printed: 50 %, says: {en: Women, vi: Nữ}}")
    assert claims.claims[0].says == says
    assert (claims.title, claims.sources["s"]["title"]) == (("V", "Báo") if language == "vi" else ("T", "Paper"))


def test_the_note_of_a_claim_that_agrees_only_as_a_whole_number_shows_its_neighbours_style() -> None:
    with translation.override("en"):
        report = check((EXAMPLES / "newspapers.yaml").read_text())
    doctors = next(answer for answer in report.answers if answer.id == "managed-doctor")
    assert doctors.verdict is Verdict.AGREES_ROUNDED
    assert "8.9." in doctors.note


def test_notes_write_numbers_in_the_readers_signs() -> None:
    with translation.override("vi"):
        assert "30,4" in note_on("part: 991, whole: 3261, printed: 30.9")
    with translation.override("fa"):
        assert "۳۰٫۴" in note_on("part: 991, whole: 3261, printed: 30.9")


# Verdicts.


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("part: 112, whole: 583, printed: '19,2 %'", "agrees_rounded"),
        ("part: 52, whole: 583, printed: 9", "agrees_rounded"),
        ("part: 52, whole: 583, printed: 9.0", "disagrees"),
        ("part: 1142, whole: 1893, printed: 60.32", "agrees_cut"),
        ("part: 1142, whole: 1893, printed: 60.33", "agrees_rounded"),
        ("part: 1127, whole: 1893, printed: 59.53", "agrees_cut"),
        ("part: 7, whole: 3261, printed: 0.02", "disagrees"),
        ("part: 1, whole: 8, printed: 12.5", "agrees_rounded"),
        ("part: 1, whole: 8, printed: 13", "agrees_rounded"),  # half up
        ("part: 1, whole: 8, printed: 12", "agrees_rounded"),  # half to even
        ("part: 3, whole: 8, printed: 37", "agrees_cut"),
        ("part: 5, whole: 0, printed: 0", "not_checkable"),
        ("part: 6, whole: 4, printed: 150", "agrees_rounded"),
        ("part: 0, whole: 4, printed: 0", "agrees_rounded"),
        ("parts: [5, 4, 1, 31, 12, 13, 15], total: 81", "agrees_rounded"),
        ("parts: [5, 4], total: 8", "disagrees"),
        ("parts: ['33,3 %', '33,3 %', '33,3 %'], total: '100 %'", "agrees_rounded"),
        ("parts: ['0,02 %', '53,3 %', '46,2 %', '1,0 %'], total: '100 %'", "disagrees"),
        ("parts: [33.3, 33.3, 33.3], total: 100", "agrees_rounded"),
        ("parts: [50.2, 49.4], total: 100", "disagrees"),
        ("parts: [0.02, 53.3, 46.2, 1.0], total: 100", "disagrees"),
        ("parts: [12.4, 13.4], total: 26", "agrees_rounded"),
        ("parts: [12.4, 13.4], total: 25", "agrees_cut"),
        ("parts: [10, -3], total: 7", "agrees_rounded"),
        ("printed: 100 %", "not_checkable"),
        ("says: all is well", "not_checkable"),
    ],
)
def test_a_claim_gets_its_verdict(claim: str, verdict: str) -> None:
    assert verdict_on(claim) == verdict


shares = st.tuples(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 4))


@given(shares)
def test_a_rounded_share_always_agrees(given_share: tuple[int, int, int]) -> None:
    part, whole, places = given_share
    exact = Decimal(100) * part / whole
    assume(Fraction(exact) == Fraction(100 * part, whole) or exact.as_tuple().exponent < -places - 3)
    for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        printed = as_figure(exact.quantize(Decimal(1).scaleb(-places), rounding), places)
        assert verdicts.judge(Fraction(100 * part, whole), printed) is Verdict.AGREES_ROUNDED


@given(shares)
def test_a_cut_share_agrees_as_cut_or_as_rounded(given_share: tuple[int, int, int]) -> None:
    part, whole, places = given_share
    exact = Fraction(100 * part, whole)
    cut = Decimal(int(exact * 10**places)).scaleb(-places)
    assert cut == cut.quantize(Decimal(1).scaleb(-places), ROUND_DOWN)
    assert verdicts.judge(exact, as_figure(cut, places)) in {Verdict.AGREES_CUT, Verdict.AGREES_ROUNDED}


@given(shares, st.sampled_from([-2, -1, 1, 2]))
def test_a_share_that_misses_by_a_unit_disagrees(given_share: tuple[int, int, int], units: int) -> None:
    part, whole, places = given_share
    exact = Fraction(100 * part, whole)
    printed = Fraction(units, 10**places) + verdicts.round_half_up(exact, places)
    verdict = verdicts.judge(exact, Figure("", printed, places))
    if abs(printed - exact) >= Fraction(1, 10**places):
        assert verdict is Verdict.DISAGREES
    else:  # one below a share that rounds up is the share cut off, or its half rounded to even
        assert verdict in {Verdict.AGREES_CUT, Verdict.AGREES_ROUNDED, Verdict.DISAGREES}
        assert (verdict is Verdict.DISAGREES) == (printed > exact and printed != verdicts.round_half_even(exact, places))


@given(st.integers(1, 10**6), st.integers(0, 1000), st.integers(0, 2))
def test_every_part_named_as_true_is_true_and_its_neighbours_are_not(whole: int, tenths: int, places: int) -> None:
    printed = Figure("", Fraction(tenths, 10**places), places)
    span = verdicts.parts_that_agree(Fraction(whole), printed)
    if span is None:
        return
    first, last = span

    def agrees(part: int) -> bool:
        return verdicts.judge(Fraction(100 * part, whole), printed) is Verdict.AGREES_ROUNDED

    assert agrees(first)
    assert agrees(last)
    assert not agrees(last + 1)
    assert first == 0 or not agrees(first - 1)


@given(st.integers(1, 10**5), st.integers(0, 10**4), st.integers(0, 2))
def test_every_whole_named_as_true_is_true_and_its_neighbours_are_not(part: int, digits: int, places: int) -> None:
    printed = Figure("", Fraction(digits, 10**places), places)
    span = verdicts.wholes_that_agree(Fraction(part), printed)
    if span is None:
        return
    first, last = span

    def agrees(whole: int) -> bool:
        return whole > 0 and verdicts.judge(Fraction(100 * part, whole), printed) is Verdict.AGREES_ROUNDED

    assert agrees(first)
    assert not agrees(first - 1)
    assert agrees(first * 10 if last is None else last)
    assert last is None or not agrees(last + 1)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=8), st.integers(-3, 3))
def test_a_sum_agrees_only_when_it_is_equal(parts: list[int], off: int) -> None:
    assume(sum(parts) + off >= 0)
    wanted = "agrees_rounded" if off == 0 else "disagrees"
    assert verdict_on(f"parts: {parts}, total: {sum(parts) + off}") == wanted


# Files.


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("claims: []", "at least one"),
        ("claim:\n- {id: a}", "“claims”"),
        ("claims:\n  - {id: a, part: 1, hole: 2, printed: 50}", "“whole”"),
        ("claims:\n  - {id: a, part: 1, printed: 50}", "whole"),
        ("claims:\n  - {id: a, part: 1, whole: 2, printed: 50, total: 3}", "total"),
        ("claims:\n  - {part: 1, whole: 2, printed: 50}", "id"),
        ("claims:\n  - {id: a}", "Claim a"),
        ("claims:\n  - {id: a, printed: 1}\n  - {id: a, printed: 2}", "Two claims"),
        ("claims:\n  - {id: a, printed: 1, printed: 2}", "twice"),
        ("claims:\n  - {id: a, part: many, whole: 2, printed: 50}", "“many”"),
        ("claims:\n  - {id: a, part: -1, whole: 2, printed: -50}", "negative"),
        ("claims:\n  - {id: a, part: 10 %, whole: 2, printed: 50}", "count"),
        ("claims:\n  - {id: a, part: [1], whole: 2, printed: 50}", "one figure"),
        ("claims:\n  - {id: a, parts: 5, total: 5}", "list"),
        ("claims:\n  - {id: a, parts: [5], total: 5}", "two"),
        ("claims:\n  - {id: a, part: , whole: 2, printed: 50}", "part"),
        ("claims:\n  - {id: a, organization: '31', measure: staff, on: 30/6/2025, printed: 5}", "2025-06-30"),
        ("claims:\n  - {id: a, source: papr, printed: 1}\nsources: {paper: {title: t}}", "“paper”"),
        ("claims: 5", "list"),
        ("- {id: a, printed: 1}", "`claims:`"),
        ("claims:\n  - just a word", "number 1"),
        ("claims:\n  - {id: a", "YAML"),
        ('{"claims": [{"id": "a",}]}}', "JSON"),
        ("a: &x [1, 2]\nclaims: [*x]", "refers"),
        ("[" * 200, "JSON"),
        ("{\"a\":" * 5000, "deep"),
        ("\x00", "YAML"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_whole_with_one_sentence(text: str, word: str) -> None:
    with translation.override("en"), pytest.raises(ClaimsRefused) as refusal:
        check(text)
    assert word in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_json_is_read_as_well_and_keeps_its_figures_as_written() -> None:
    report = check(
        '{"claims": [\n\t{"id": "a", "part": 52, "whole": 583, "printed": 9.0},\n\t{"id": "b", "part": 52, "whole": 583, "printed": 9}]}'
    )
    assert [str(answer.verdict) for answer in report.answers] == ["disagrees", "agrees_rounded"]
    assert set(report.to_dict()["claims"][0]) == {"id", "verdict", "exact", "note"}


def test_a_whole_number_with_one_decimal_differs_from_the_same_without() -> None:
    nine, nine_point_zero = (parse(f"claims: [{{id: a, printed: {text}}}]").claims[0] for text in ("9", "9.0"))
    assert (nine.figures["printed"].places, nine_point_zero.figures["printed"].places) == (0, 1)


def test_a_file_that_is_no_text_too_large_or_absent_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.xlsx"
    sheet.write_bytes(b"PK\x03\x04\xff\xfe")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 2_000_001)
    for path in (sheet, large, tmp_path, tmp_path / "absent.yaml"):
        with pytest.raises(ClaimsRefused):
            read_file(path)


@given(st.text(max_size=300))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    for whole in (text, f"claims:\n  - id: a\n    printed: {text}", '{"claims": [' + text + "]}"):
        try:
            check(whole)
        except ClaimsRefused as refusal:
            assert str(refusal)

"""Does a printed figure agree with what it was computed from? Exact arithmetic on fractions, nothing else.

Official texts cut decimals as often as they round them, so there are two ways to agree: 60.33 printed for
60.339 is cut, 60.34 is rounded. Rounding half up and half to even both count as rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from canbo.reports.printed import Figure


class Verdict(StrEnum):
    """The four answers to a claim."""

    AGREES_ROUNDED = "agrees_rounded"
    AGREES_CUT = "agrees_cut"
    DISAGREES = "disagrees"
    NOT_CHECKABLE = "not_checkable"


def judge(exact: Fraction, printed: Figure) -> Verdict:
    """The verdict on a figure printed for `exact`, at the precision of the figure as printed."""
    if printed.value in {round_half_up(exact, printed.places), round_half_even(exact, printed.places)}:
        return Verdict.AGREES_ROUNDED
    if printed.value == cut(exact, printed.places):
        return Verdict.AGREES_CUT
    return Verdict.DISAGREES


def round_half_up(exact: Fraction, places: int) -> Fraction:
    """Rounded to `places` decimals, halves away from zero."""
    scaled = abs(exact) * 10**places
    whole = floor(scaled + Fraction(1, 2))
    return Fraction(whole if exact >= 0 else -whole, 10**places)


def round_half_even(exact: Fraction, places: int) -> Fraction:
    """Rounded to `places` decimals, halves to the even digit."""
    return Fraction(round(exact * 10**places), 10**places)


def cut(exact: Fraction, places: int) -> Fraction:
    """Further decimals simply left off."""
    scaled = exact * 10**places
    return Fraction(floor(scaled) if exact >= 0 else ceil(scaled), 10**places)


def to_decimal(exact: Fraction, places: int) -> Decimal:
    """`exact`, rounded half up, as a Decimal with `places` decimals, whatever its size."""
    rounded = round_half_up(exact, places) * 10**places
    with localcontext() as context:
        context.prec = 200
        return Decimal(rounded.numerator).scaleb(-places)


def as_text(exact: Fraction, most: int = 6) -> str:
    """`exact` for machines: a dot, no thousands signs, at most `most` decimals and no trailing zeros."""
    text = f"{to_decimal(exact, most):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: Fraction, whole: Fraction) -> Fraction:
    """`part` of `whole` in per cent. `whole` is not zero."""
    return 100 * part / whole


def parts_that_agree(whole: Fraction, printed: Figure) -> tuple[int, int] | None:
    """First and last whole number whose share of `whole` rounds to the printed figure; None: there is none."""
    low, high = _bounds(printed)
    return _trim(
        ceil(low * whole / 100), floor(high * whole / 100),
        lambda part: judge(share(Fraction(part), whole), printed) is Verdict.AGREES_ROUNDED,
    )  # fmt: skip


def wholes_that_agree(part: Fraction, printed: Figure) -> tuple[int, int | None] | None:
    """First and last whole number of which `part` is the printed share; last None: from the first one on.

    None: there is none.
    """
    low, high = _bounds(printed)
    if part <= 0 or high <= 0:
        return None

    def fits(whole: int) -> bool:
        return whole > 0 and judge(share(part, Fraction(whole)), printed) is Verdict.AGREES_ROUNDED

    first = ceil(100 * part / high)
    if low <= 0:
        return (first if fits(first) else first + 1), None
    return _trim(first, floor(100 * part / low), fits)


def _bounds(printed: Figure) -> tuple[Fraction, Fraction]:
    return printed.value - printed.unit / 2, printed.value + printed.unit / 2


def _trim(first: int, last: int, fits: Callable[[int], bool]) -> tuple[int, int] | None:
    """The bounds without an end that lies exactly on a half which no rounding brings here."""
    while first <= last and not fits(first):
        first += 1
    while last >= first and not fits(last):
        last -= 1
    return (first, last) if first <= last else None


def slip(exact: Fraction, printed: Figure) -> Figure | None:
    """The figure that was probably meant when the decimal sign stands one or two places off; None: no such slip.

    0.02 printed for 0.2147 gives 0.2: the same digits, one place further.
    """
    if not printed.value:
        return None
    for shift in (1, -1, 2, -2):
        places = max(printed.places - shift, 0)
        meant = Figure("", printed.value * Fraction(10) ** shift, places, printed.percent)
        if judge(exact, meant) is Verdict.AGREES_ROUNDED:
            return meant
    return None

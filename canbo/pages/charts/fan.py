"""A fan: the middle of many runs over the years, the band that holds most of them, and bounds beyond the band.

Shapes lie in a box of 100 by 100 that is stretched to its place; labels stand beside it, so that letters are not stretched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Where the box stands in the drawing, in per cent of its width; the rest is for the figures at the lines.
START, WIDTH = 14.0, 83.0
LINES = 4
YEARS = 5  # so many labels of years at most


@dataclass(frozen=True)
class Fan:
    """band, bounds: corners of polygons (bounds empty: none); middle: points of a line.

    lines   (value, y in the box)       years  (number in the row, x in per cent of the drawing, how the label is anchored)
    target  y of the value to be reached; None: none
    """

    band: str
    bounds: str
    middle: str
    lines: list[tuple[float, float]]
    years: list[tuple[int, float, str]]
    target: float | None


def fan(
    low: Sequence[float], middle: Sequence[float], high: Sequence[float], least: Sequence[float] = (), most: Sequence[float] = (),
    target: float | None = None, whole: bool = False,
) -> Fan | None:  # fmt: skip
    """Place a fan; None without years. `whole`: figures are whole numbers, so no line lies between two."""
    if not middle:
        return None
    values = [*low, *middle, *high, *least, *most, *([] if target is None else [target])]
    lines = steps(min(values), max(values), whole)
    bottom, reach = lines[0], (lines[-1] - lines[0]) or 1.0

    def x(number: int) -> float:
        return 50.0 if len(middle) == 1 else number / (len(middle) - 1) * 100

    def y(value: float) -> float:
        return round(100 - (value - bottom) / reach * 100, 2)

    def points(some: Sequence[float]) -> list[str]:
        return [f"{x(number):.2f},{y(value):g}" for number, value in enumerate(some)]

    def around(lower: Sequence[float], upper: Sequence[float]) -> str:
        return " ".join([*points(upper), *reversed(points(lower))])

    stride = max(1, math.ceil((len(middle) - 1) / (YEARS - 1)))
    shown = list(range(0, len(middle), stride))
    years = [
        (number, round(START + x(number) / 100 * WIDTH, 2), "end" if number == len(middle) - 1 and number else "middle")
        for number in shown
    ]
    return Fan(
        around(low, high), around(least, most) if least else "", " ".join(points(middle)),
        [(line, y(line)) for line in lines], years, None if target is None else y(target),
    )  # fmt: skip


def steps(low: float, high: float, whole: bool = False) -> list[float]:
    """Round values for lines, from below `low` to above `high`."""
    span = (high - low) or max(abs(high) * 0.1, 1.0 if whole else 0.01)
    raw = span / LINES
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    if whole:
        step = max(1.0, math.ceil(step))
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [round(number * step, 10) for number in range(first, last + 1)]


@dataclass(frozen=True)
class Months:
    """Bars by month: (x, length in per cent of the width, y, height in per cent), and where years begin."""

    bars: list[tuple[float, float, float, float]]
    years: list[tuple[int, float]]
    most: int


def by_month(first_year: int, first_month: int, counts: Sequence[int]) -> Months:
    """Place one bar for each month from a first one on (month 1 to 12)."""
    most = max(counts, default=0)
    each = WIDTH / max(len(counts), 1)
    bars = [
        (round(START + number * each, 3), round(each * 0.8, 3), round(100 - count / most * 100, 2), round(count / most * 100, 2))
        for number, count in enumerate(counts)
        if count
    ]
    begins = [
        (number, first_year + (first_month - 1 + number) // 12)
        for number in range(len(counts))
        if (first_month - 1 + number) % 12 == 0
    ]
    stride = max(1, math.ceil(len(begins) / YEARS))
    return Months(bars, [(year, round(START + number * each, 2)) for number, year in begins[::stride]], most)

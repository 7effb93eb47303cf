"""A number over months as steps, a cap beside it, and days marked: all in per cent of the width, so that text keeps its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

TALL = 180
FLOOR = 22  # room for the years beneath


@dataclass(frozen=True)
class Run:
    """Months with one number: where they lie, how high."""

    x: float
    length: float
    y: float
    count: int


@dataclass(frozen=True)
class Marked:
    """A day: where it lies, the number under which a list beside the chart tells it."""

    x: float
    number: int


@dataclass(frozen=True)
class Steps:
    """The drawing: `rises` are the upright lines between two runs (x, from y, to y); `cap` the height of the cap."""

    runs: tuple[Run, ...]
    rises: tuple[tuple[float, float, float], ...]
    years: tuple[tuple[date, float], ...]
    marks: tuple[Marked, ...]
    cap: float | None
    floor: float
    most: int


def place(
    months: Sequence[tuple[date, int]], *, cap: int | None, marks: Sequence[date] = (), mirrored: bool = False
) -> Steps | None:
    """Place months (first day, number at its end) on a scale from 0; None where there are none. Time runs as the text does."""
    if not months:
        return None
    most = max(1, cap or 0, *(number for _day, number in months))
    wide = len(months)

    def at(position: float) -> float:
        part = round(100 * position / wide, 3)
        return round(100 - part, 3) if mirrored else part

    def high(number: float) -> float:
        return round(8 + (TALL - FLOOR - 8) * (1 - number / most), 1)

    runs, start = [], 0
    for number in range(1, wide + 1):
        if number == wide or months[number][1] != months[start][1]:
            ends = at(start), at(number)
            runs.append(Run(min(ends), round(abs(ends[1] - ends[0]), 3), high(months[start][1]), months[start][1]))
            start = number
    first = months[0][0]
    rises = [
        (left.x if mirrored else round(left.x + left.length, 3), left.y, right.y)
        for left, right in zip(runs, runs[1:], strict=False)
    ]
    return Steps(
        tuple(runs), tuple(rises),
        tuple((day, at(index)) for index, (day, _number) in enumerate(months) if day.month == 1),
        tuple(Marked(at(_months(first, day)), number) for number, day in enumerate(marks, 1) if 0 <= _months(first, day) <= wide),
        high(cap) if cap is not None else None, high(0), most,
    )  # fmt: skip


def _months(first: date, day: date) -> float:
    """Months from the first day to another, with the part of its month."""
    return (day.year - first.year) * 12 + day.month - first.month + (day.day - 1) / 31

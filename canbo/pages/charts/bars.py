"""Bars: a value against its goal, parts of a whole, women and men by age, a course over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def percent(value: float, most: float) -> float:
    """`value` as a per cent of `most`, kept within 0 and 100, rounded to a tenth."""
    if most <= 0:
        return 0.0
    return round(min(max(value / most, 0.0), 1.0) * 100, 1)


@dataclass(frozen=True)
class Bullet:
    """A bar (`length`, per cent) and the black mark of its goal (`mark`, per cent, None: no goal)."""

    length: float
    mark: float | None
    tone: str


def bullet(value: float, goal: float | None, most: float, near: float = 1.0) -> Bullet:
    """Place a value and its goal on a bar of length `most`; short of the goal is orange, over the bar red.

    near  the share of the goal from which on a value is not called short of it
    """
    mark = None if goal is None else percent(goal, most)
    tone = "ffail" if value > most else "f2" if goal is not None and value < goal * near else "f1"
    return Bullet(length=percent(value, most), mark=mark, tone=tone)


@dataclass(frozen=True)
class Part:
    """One part of a stacked bar: where it starts and how long it is, in per cent."""

    label: str
    count: float
    x: float
    length: float
    tone: str


def stacked(parts: Sequence[tuple[str, float, str]]) -> list[Part]:
    """Lay (label, count, tone) end to end; parts of nothing take no room."""
    whole = sum(count for _, count, _ in parts)
    placed, x = [], 0.0
    for label, count, tone in parts:
        length = count / whole * 100 if whole else 0.0
        placed.append(Part(label, count, round(x, 2), round(length, 2), tone))
        x += length
    return placed


@dataclass(frozen=True)
class Band:
    """One age band of a pyramid, lengths in per cent of the longest bar."""

    label: str
    women: int
    men: int
    women_length: float
    women_x: float
    men_length: float
    men_x: float
    marked: bool


#: How much of its half the longest bar of a pyramid takes, in per cent: the rest is for its number.
ROOM = 62


def pyramid(bands: Sequence[tuple[str, int, int, bool]], *, mirrored: bool = False) -> list[Band]:
    """Scale (label, women, men, marked); every bar begins at the axis, which lies between the halves."""
    most = max((max(women, men) for _, women, men, _ in bands), default=0)
    placed = []
    for label, women, men, marked in bands:
        w, m = percent(women, most) * ROOM / 100, percent(men, most) * ROOM / 100
        women_x, men_x = (0.0, 100 - m) if mirrored else (100 - w, 0.0)
        placed.append(Band(label, women, men, w, women_x, m, men_x, marked))
    return placed


def sparkline(values: Sequence[float], goal: float | None = None, width: int = 120, height: int = 28) -> tuple[str, float | None]:
    """Points of a polyline through `values`, left to right, and the height of the goal line."""
    if not values:
        return "", None
    scale = [*values, *([goal] if goal is not None else [])]
    low, high = min(scale), max(scale)
    reach = (high - low) or 1

    def y(value: float) -> float:
        return round(height - 3 - (value - low) / reach * (height - 6), 1)

    step = width / max(len(values) - 1, 1)
    points = " ".join(f"{round(i * step, 1):g},{y(value):g}" for i, value in enumerate(values))
    return points, None if goal is None else y(goal)

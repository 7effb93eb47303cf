"""Where an organization came from and what it became: curves between three columns of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROW = 44


@dataclass(frozen=True)
class Curve:
    """One curve in a box 100 wide; `part` when only a part went that way."""

    path: str
    part: bool


@dataclass(frozen=True)
class Flow:
    """The curves of one side and the height of their box in pixels."""

    curves: list[Curve]
    height: int


def fan(parts: Sequence[bool], *, out: bool) -> Flow:
    """Curves between a column of rows and one point in the middle; `out` runs from the point to the rows.

    `parts` says of each row whether only a part went that way.
    """
    height = max(len(parts), 1) * ROW
    middle = height / 2
    curves = []
    for i, part in enumerate(parts):
        y = i * ROW + ROW / 2
        start, end = (middle, y) if out else (y, middle)
        curves.append(Curve(f"M0 {start:g}C50 {start:g} 50 {end:g} 100 {end:g}", part))
    return Flow(curves, height)

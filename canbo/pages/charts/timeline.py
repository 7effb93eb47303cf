"""A life in lanes: posts, Party, place, training, ratings over the years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LANE = 34
GAP = 4
#: Room that the label of a year needs, in per cent.
LABEL = 5


@dataclass(frozen=True)
class Block:
    """Something that held from `first` until the day before `after` (None: still holds).

    `spoken` is what the list says in place of a `title` that is only a mark.
    """

    first: date
    after: date | None
    title: str
    note: str = ""
    tone: str = ""
    href: str = ""
    spoken: str = ""


@dataclass(frozen=True)
class Placed:
    """A block and its place in its lane: x and length in per cent, y in pixels."""

    block: Block
    x: float
    length: float
    y: int


@dataclass(frozen=True)
class Lane:
    """A named lane with its placed blocks and its height in pixels; `number` chooses its colour."""

    label: str
    number: int
    blocks: list[Placed]
    height: int
    tall: int


@dataclass(frozen=True)
class Timeline:
    """All lanes on one scale; `years` are (label, x in per cent); `now` is the x of the day asked for; `mirrored`: right to left."""

    lanes: list[Lane]
    years: list[tuple[int, float]]
    now: float | None
    mirrored: bool = False


def place(lanes: Sequence[tuple[str, Sequence[Block]]], *, on: date, mirrored: bool = False) -> Timeline | None:
    """Lay lanes of blocks on one scale that ends at `on` or after; None when there is nothing to show.

    Blocks of a lane that overlap are put below one another. `mirrored` turns the scale for right-to-left.
    """
    blocks = [block for _, lane in lanes for block in lane]
    if not blocks:
        return None
    first = date(min(block.first for block in blocks).year, 1, 1)
    last = date(max([on, *(b.after for b in blocks if b.after)]).year + 1, 1, 1)
    days = (last - first).days

    def x_of(moment: date, length: float = 0.0) -> float:
        at = (moment - first).days / days * 100
        return round(100 - at - length if mirrored else at, 2)

    placed = []
    for number, (label, lane) in enumerate(lanes, 1):
        if not lane:
            continue
        tall = 26 if all(len(block.title) <= 3 and not block.note for block in lane) else LANE
        rows: list[date] = []
        out = []
        for block in sorted(lane, key=lambda b: b.first):
            end = min(block.after or last, last)
            length = round(max((end - block.first).days / days * 100, 0.6), 2)
            row = next((i for i, free in enumerate(rows) if free <= block.first), len(rows))
            rows[row : row + 1] = [end]
            out.append(Placed(block, x_of(block.first, length), length, row * (tall + GAP)))
        placed.append(Lane(label, number, out, len(rows) * (tall + GAP), tall))
    stride = max(1, -(-(last.year - first.year) // 12))
    years = [(year, x_of(date(year, 1, 1))) for year in range(first.year, last.year, stride)]
    years = [(year, x) for year, x in years if (x if mirrored else 100 - x) >= LABEL]  # a label needs room
    return Timeline(placed, years, x_of(on) if first <= on <= last else None, mirrored)

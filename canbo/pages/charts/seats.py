"""A map of seats: from the middle of each old area a line to the place where its people go, drawn from points alone.

No tiles, nothing from elsewhere. Several maps share one frame, so that they can be held against each other. A map has no
reading direction: it is the same in every language, and its names are centred.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from canbo.pages.charts.dotmap import mercator

WIDTH, HEIGHT = 360, 250
EDGE, FOOT = 34, 26  # room for a name at the border, and for the bar beneath
LETTER, LINE = 6.4, 14  # of a name: the width of a letter, the height of a line
LEAST = 0.02  # degrees: the smallest ground that is shown
EARTH = 6371.0
Point = tuple[float, float]  # latitude, longitude


@dataclass(frozen=True)
class Frame:
    """Which ground is shown: its western and northern edge on the plane, and how many units of the drawing one radian is."""

    west: float
    north: float
    scale: float
    latitude: float

    def at(self, point: Point) -> tuple[float, float]:
        """Where a point of the ground is in the drawing."""
        x, y = mercator(*point)
        return round((x - self.west) * self.scale, 1), round((y - self.north) * self.scale, 1)

    def shows(self, point: Point) -> bool:
        x, y = self.at(point)
        return 4 < x < WIDTH - 4 and 4 < y < HEIGHT - FOOT

    @property
    def bar(self) -> tuple[int, float]:
        """A bar of so many kilometres, and its length: at most a quarter of the width."""
        one = self.scale * 1.0 / (EARTH * math.cos(math.radians(self.latitude)))
        steps = [mantissa * 10**power for power in range(4) for mantissa in (1, 2, 5)]
        length = max((step for step in steps if step * one <= WIDTH / 4), default=1)
        return length, round(length * one, 1)


@dataclass(frozen=True)
class Mark:
    """A place: `kind` is old (people leave it for elsewhere), seat (people come to it) or stays; its name, where there is room."""

    x: float
    y: float
    kind: str
    name: str
    label: float | None = None  # y of the name; None: no room


@dataclass(frozen=True)
class SeatMap:
    """Lines (x, y, to x, to y) and marks, the seats last, so that they lie on top; the bar of so many kilometres."""

    ways: list[tuple[float, float, float, float]]
    marks: list[Mark]
    bar: tuple[int, float]


def frame(points: Sequence[Point]) -> Frame | None:
    """The ground around some points, all of them within; None where there is no point."""
    if not points:
        return None
    spread = max(LEAST, *(max(each[axis] for each in points) - min(each[axis] for each in points) for axis in (0, 1)))
    plane = [mercator(*point) for point in points]
    west, east = min(x for x, _y in plane), max(x for x, _y in plane)
    north, south = min(y for _x, y in plane), max(y for _x, y in plane)
    least = math.radians(spread)
    scale = min((WIDTH - 2 * EDGE) / max(east - west, least * 0.6), (HEIGHT - FOOT - 2 * EDGE) / max(south - north, least * 0.6))
    middle = (west + east) / 2, (north + south) / 2
    latitude = sum(point[0] for point in points) / len(points)
    return Frame(middle[0] - WIDTH / 2 / scale, middle[1] - (HEIGHT - FOOT) / 2 / scale, scale, latitude)


def draw(
    moves: Iterable[tuple[Point, Point, str]],
    seats: Iterable[tuple[Point, str]],
    others: Iterable[tuple[Point, str]],
    ground: Frame,
) -> SeatMap:
    """`moves`: from where to which seat, and the name of the former; `seats` with their names; `others`: what stays as it is."""
    moves = list(moves)
    ways = [(*ground.at(here), *ground.at(seat)) for here, seat, _name in moves if here != seat]
    placed = [("seat", point, name) for point, name in seats] + [("old", here, name) for here, _seat, name in moves]
    marks, taken = [], [(x - 9, y - 9, x + 9, y + 9) for x, y in (ground.at(point) for _kind, point, _name in placed)]
    at: set[tuple[float, float]] = set()
    for kind, point, name in [*placed, *(("stays", point, name) for point, name in others if ground.shows(point))]:
        x, y = ground.at(point)
        label = None if (x, y) in at else _room(x, y, name, taken)
        at.add((x, y))
        marks.append(Mark(x, y, kind, name, label))
    return SeatMap(ways, sorted(marks, key=lambda mark: ("stays", "old", "seat").index(mark.kind)), ground.bar)


def _room(x: float, y: float, name: str, taken: list[tuple[float, float, float, float]]) -> float | None:
    """Below or above the mark, where no other name or mark is; the room is taken then."""
    half = len(name) * LETTER / 2
    if not half < x < WIDTH - half:
        return None
    for base in (y + 19, y - 12):
        box = (x - half, base - LINE + 3, x + half, base + 3)
        if (
            box[1] > 0
            and box[3] < HEIGHT - FOOT / 2
            and not any(box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken)
        ):
            taken.append(box)
            return base
    return None

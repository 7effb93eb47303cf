"""How far it is for citizens: from the middle of each old area to the seat of the unit that serves it, before and after.

The register knows the middle point of an area, not where its offices stand. So the seat of a unit that goes on is taken to be
the middle of its own area, and a new unit has the seat that its line says (`seat`: one of the old units). Where no line says
it, or where an area is divided, the distance is unknown, and counted as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canbo.procedures.scenarios.lines import Line
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry.asking import rows

EARTH = 6371.0  # mean radius, kilometres
HALF = 1e-6  # so near to a half what is reckoned for many at once may round to the other side
Point = tuple[float, float]
Floats = NDArray[np.float64]

# Units beneath the managing body with no unit beneath them: those in which citizens are served.
_SERVING = """
SELECT o.id, c.code, a.latitude, a.longitude FROM {organization} o
JOIN {organizationstatus} s ON s.organization_id = o.id AND s.valid @> %(eve)s::date
JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'unit'
JOIN {organizationcode} c ON c.organization_id = o.id AND c.valid @> %(eve)s::date LEFT JOIN {area} a ON a.id = o.area_id
WHERE o.id = ANY (%(beneath)s) AND NOT EXISTS (
    SELECT FROM {organizationparent} p JOIN {organizationstatus} ps ON ps.organization_id = p.organization_id AND ps.valid @> %(eve)s::date
    JOIN {kind} pk ON pk.code = ps.kind_id AND pk.structure = 'unit' AND pk.level <= 3
    WHERE p.parent_id = o.id AND p.valid @> %(eve)s::date)
AND k.level <= 3
"""


@dataclass(frozen=True)
class Way:
    """From the middle of one old area to the seat of the unit that serves it from the day on.

    id, code  the old unit
    to        the code of the unit that serves its people; None where it is divided between several
    here      the middle of the old area, where people went until now; None: unknown
    seat      where they go; None: unknown
    changes   whether the unit ends, or has its seat elsewhere
    """

    id: int
    code: str
    to: str | None
    here: Point | None
    seat: Point | None
    changes: bool

    @property
    def kilometres(self) -> float | None:
        """How much farther; None: unknown."""
        return None if self.here is None or self.seat is None else kilometres(self.here, self.seat)


def of(drawn: Sketch, said: Sequence[Line]) -> dict[str, dict[str, Any]]:
    """`{"before", "after"}`, each `{"distance_median", "distance_longest": kilometres or None, "distance_unknown": areas}`."""
    found = ways(drawn, said)
    return {
        "before": _told([None if way.here is None else 0.0 for way in found]),
        "after": _told([way.kilometres for way in found]),
    }


def ways(drawn: Sketch, said: Sequence[Line]) -> list[Way]:
    """One for each unit that serves citizens beneath the managing body, in the order of their codes."""
    units = rows(_SERVING, {"eve": drawn.eve, "beneath": sorted(drawn.beneath)})
    points: dict[str, Point | None] = {row["code"]: _point(row) for row in units}
    seats: dict[str, Point | None] = {code: points.get(seat) for code, seat in seats_of(said)}
    again = {outcome.continues: code for code, outcome in drawn.outcomes.items() if outcome.continues is not None}
    ending, found = drawn.ending(), []
    for row in units:
        here, to = points[row["code"]], None
        if row["id"] not in ending:
            to = str(again.get(row["id"]) or row["code"])
            seat = seats.get(to, here)
        else:
            heirs = drawn.heirs.get(row["id"], [])
            to = heirs[0] if len(heirs) == 1 else None
            seat = _seat(to, seats, points, drawn) if to is not None else None
        found.append(Way(row["id"], row["code"], to, here, seat, row["id"] in ending or seat != here))
    return sorted(found, key=lambda way: way.code)


def seats_of(said: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """The code of each new unit whose line says where its offices stand, and the code of the old unit at whose place."""
    for line in said:
        into = line.says.get("into")
        for unit in (line.says, *(into if isinstance(into, list) else [into])):
            if isinstance(unit, Mapping) and unit.get("seat") and unit.get("code"):
                yield str(unit["code"]), str(unit["seat"])


def kilometres(one: Point, other: Point) -> float:
    """The way over the ground between two points, as the crow flies (haversine)."""
    (lat, lon), (to_lat, to_lon) = ((radians(x), radians(y)) for x, y in (one, other))
    half = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


def hundredths(here: Floats, there: Point) -> NDArray[np.int32]:
    """Hundredths of kilometres from each of many points (rows of latitude and longitude) to one, rounded as one by one; -1: unknown."""
    (lat, lon), (to_lat, to_lon) = np.radians(here).T, (radians(x) for x in there)
    half = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    way = 100 * 2 * EARTH * np.arcsin(np.sqrt(half))
    found: NDArray[np.int32] = np.nan_to_num(np.rint(way), nan=-1).astype(np.int32)
    for place in np.flatnonzero(np.abs(way - np.floor(way) - 0.5) < HALF).tolist():
        found[place] = round(100 * kilometres((here[place, 0], here[place, 1]), there))
    return found


def _seat(code: str, seats: Mapping[str, Point | None], points: Mapping[str, Point | None], drawn: Sketch) -> Point | None:
    """Where the heir with this code has its offices: as its line says, or in the middle of the area with which it goes on."""
    if code in seats:
        return seats[code]
    goes_on = drawn.living().get(code)
    former = next((body.code for body in drawn.bodies.values() if body.id == goes_on), None)
    return points.get(former or code) if goes_on is not None else None


def _point(row: Mapping[str, Any]) -> Point | None:
    return None if row["latitude"] is None or row["longitude"] is None else (row["latitude"], row["longitude"])


def _told(found: Sequence[float | None]) -> dict[str, Any]:
    known = [each for each in found if each is not None]
    return {
        "distance_median": round(median(known), 1) if known else None,
        "distance_longest": round(max(known), 1) if known else None,
        "distance_unknown": len(found) - len(known),
    }

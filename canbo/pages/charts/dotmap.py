"""A map of dots: one dot for each place, the country seen by where its units are.

Thousands of dots stay light because each class is one path of zero-length
strokes with round ends, written in steps from dot to dot.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 1000


@dataclass(frozen=True)
class DotMap:
    """A drawing of `width` by `height` with one path per class of dots."""

    width: int
    height: int
    paths: list[tuple[str, str]]
    counts: dict[str, int]


def mercator(latitude: float, longitude: float) -> tuple[float, float]:
    """Project WGS84 degrees to the plane (radians; north is up, so y is negated)."""
    return math.radians(longitude), -math.asinh(math.tan(math.radians(latitude)))


def draw(places: Iterable[tuple[float, float, str]], width: int = WIDTH, margin: int = 12) -> DotMap:
    """Draw (latitude, longitude, class) as dots; the frame is what the places need."""
    points = [(*mercator(latitude, longitude), kind) for latitude, longitude, kind in places]
    if not points:
        return DotMap(width, width, [], {})
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    north, south = min(p[1] for p in points), max(p[1] for p in points)
    scale = (width - 2 * margin) / ((east - west) or 1)
    by_kind: dict[str, list[tuple[int, int]]] = {}
    for x, y, kind in points:
        by_kind.setdefault(kind, []).append((round((x - west) * scale) + margin, round((y - north) * scale) + margin))
    height = round((south - north) * scale) + 2 * margin
    paths = [(kind, steps(dots)) for kind, dots in sorted(by_kind.items())]
    return DotMap(width, height, paths, {kind: len(dots) for kind, dots in by_kind.items()})


def steps(dots: list[tuple[int, int]]) -> str:
    """Write dots as one path of relative steps, sorted by strips so that the steps are short."""
    strip = 40
    ordered = sorted(set(dots), key=lambda d: (d[1] // strip, d[0] if (d[1] // strip) % 2 == 0 else -d[0]))
    out, at = [], (0, 0)
    for x, y in ordered:
        dx, dy = x - at[0], y - at[1]
        out.append(f"m{dx}{'' if dy < 0 else ' '}{dy}h0")
        at = (x, y)
    return "".join(out)

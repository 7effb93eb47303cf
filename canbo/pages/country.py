"""What everyone may know of the units of the country, kept for some minutes: dots, counts, the day of the last great change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.cache import cache

from canbo.registry import queries, turning

KEPT = 600


def dots(on: date) -> list[tuple[float, float, str]]:
    """(latitude, longitude, class) of every unit of the lowest level on the day."""

    def read() -> list[tuple[float, float, str]]:
        found = queries.dots(on=on)
        kinds = kinds_of(found)
        return [(row["latitude"], row["longitude"], kinds.get(row["kind"], "k5")) for row in found]

    return list(cache.get_or_set(f"pages.dots.{on}", read, KEPT))


def kinds_of(found: list[dict[str, Any]]) -> dict[str, str]:
    """A class of dots for each kind, the most frequent kind first: k1, k2, ... k5."""
    counted: dict[str, int] = {}
    for row in found:
        counted[row["kind"]] = counted.get(row["kind"], 0) + 1
    ordered = sorted(counted, key=lambda kind: (-counted[kind], kind))
    return {kind: f"k{min(number, 5)}" for number, kind in enumerate(ordered, 1)}


def legend(on: date) -> list[tuple[str, dict[str, str]]]:
    """(class, names of the kind) of the dots on the day."""

    def read() -> list[tuple[str, dict[str, str]]]:
        from canbo.registry.models import Kind

        kinds = kinds_of(queries.dots(on=on))
        names = dict(Kind.objects.filter(code__in=kinds).values_list("code", "names"))
        return [(cls, names[kind]) for kind, cls in kinds.items()][:5]

    return list(cache.get_or_set(f"pages.legend.{on}", read, KEPT))


def unit_counts(on: date) -> dict[str, int]:
    """How many provinces, districts and communes there are on the day."""
    return dict(cache.get_or_set(f"pages.units.{on}", lambda: queries.unit_counts(on=on), KEPT))


def great_change() -> tuple[date, date] | None:
    """The eve and the day of the change that touched most organizations; None when there was none."""
    day = cache.get_or_set("pages.great-change", lambda: turning.greatest_day() or "", KEPT)
    return (day - timedelta(days=1), day) if isinstance(day, date) else None

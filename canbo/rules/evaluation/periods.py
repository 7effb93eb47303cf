"""Months, quarters and years as periods: their days, whether they are closed, and what a change of type leaves of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_WRITTEN = re.compile(r"([0-9]{4})(?:-(Q[1-4]|0[1-9]|1[0-2]))?")
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True)
class Period:
    """A month, quarter or year: `first` and `last` are its days, both within it."""

    first: date
    kind: str

    @property
    def last(self) -> date:
        """The last day."""
        month = self.first.month - 1 + MONTHS[self.kind]
        return date(self.first.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

    @property
    def year(self) -> int:
        """The year that it belongs to."""
        return self.first.year

    @property
    def months(self) -> frozenset[int]:
        """The numbers of its months."""
        return frozenset(range(self.first.month, self.first.month + MONTHS[self.kind]))

    def closed(self, on: date) -> bool:
        """Whether it is over on a day."""
        return self.last < on

    def law_day(self, on: date) -> date:
        """The day whose law measures it: its last day once it is over, so that no later day changes it; until then, today."""
        return min(self.last, on)

    def __str__(self) -> str:
        match self.kind:
            case "month":
                return f"{self.year}-{self.first.month:02d}"
            case "quarter":
                return f"{self.year}-Q{(self.first.month + 2) // 3}"
            case _:
                return str(self.year)


def parse(text: str) -> Period | None:
    """2026, 2026-Q1 or 2026-03 as a period; None for anything else."""
    found = _WRITTEN.fullmatch(text)
    if found is None or int(found[1]) < 1:
        return None
    year, part = int(found[1]), found[2]
    if part is None:
        return Period(date(year, 1, 1), "year")
    if part.startswith("Q"):
        return Period(date(year, 3 * int(part[1]) - 2, 1), "quarter")
    return Period(date(year, int(part), 1), "month")


@dataclass(frozen=True)
class Asked:
    """A period that a body has to score, the months of it that no earlier period holds, and whether a change cut it."""

    period: Period
    months: frozenset[int]

    @property
    def cut(self) -> bool:
        """Whether part of it was scored before the type changed."""
        return self.months != self.period.months


def asked_of(year: int, types: Sequence[tuple[date, str]]) -> list[Asked]:
    """The periods of a year that a body has to score, where the type of its period changes on the given days.

    types  (first day, month or quarter) in the order of their days; the first holds before its day too
    A period that ended before a change stays as it was; a quarter that a change cuts is asked for the months left of it.
    """
    found: list[Asked] = []
    covered: set[int] = set()
    for month in range(1, 13):
        if month in covered:
            continue
        last = Period(date(year, month, 1), "month").last
        kind = next((kind for since, kind in reversed(types) if since <= last), types[0][1])
        start = month if kind == "month" else month - (month - 1) % 3
        period = Period(date(year, start, 1), kind)
        left = period.months - covered
        covered |= left
        found.append(Asked(period, frozenset(left)))
    return found

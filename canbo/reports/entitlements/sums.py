"""Totals over the people of a scenario: by fate, body, policy and month of payment; and scenarios side by side.

A total is the sum of what can be told. How many cannot be told yet stands beside it; they are never counted as nought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbo.reports.entitlements.people import POSSIBLE, STATED, Due, Line


@dataclass
class Total:
    """So many people, what is due to them together in đồng, and how many of them cannot be told yet."""

    people: int = 0
    amount: int = 0
    unknown: int = 0

    def add(self, line: Line) -> None:
        """Count one person."""
        self.people += 1
        self.amount += line.amount or 0
        self.unknown += line.open

    def to_dict(self) -> dict[str, int]:
        return {"people": self.people, "amount": self.amount, "unknown": self.unknown}


@dataclass
class Sums:
    """Totals: of what the lines state, and of what would follow if those who wait left; and both by several keys.

    month: a single sum falls in the month of leaving, what is paid month by month in each of its months.
    readings: all that is due, by each reading of the text.
    """

    stated: Total = field(default_factory=Total)
    possible: Total = field(default_factory=Total)
    by_fate: dict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    by_body: dict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    by_policy: dict[str, Total] = field(default_factory=lambda: defaultdict(Total))
    by_month: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    readings: dict[str, int] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """All that is due, stated and possible."""
        return self.stated.amount + self.possible.amount

    def to_dict(self) -> dict[str, Any]:
        return {
            STATED: self.stated.to_dict(), POSSIBLE: self.possible.to_dict(), "amount": self.amount,
            "by_fate": {key: total.to_dict() for key, total in sorted(self.by_fate.items())},
            "by_body": {key: total.to_dict() for key, total in sorted(self.by_body.items())},
            "by_policy": {key: total.to_dict() for key, total in sorted(self.by_policy.items())},
            "by_month": {day.strftime("%Y-%m"): amount for day, amount in sorted(self.by_month.items())},
            "readings": self.readings,
        }  # fmt: skip


def of(lines: Iterable[Line]) -> Sums:
    """Add up what is due to people."""
    sums, lines = Sums(), list(lines)
    for line in lines:
        unit = line.row["unit"] or ""
        sums.names[unit] = line.row["unit_name"]
        totals = [sums.stated if line.group == STATED else sums.possible, sums.by_fate[line.fate], sums.by_body[unit]]
        if line.due is not None:
            totals.append(sums.by_policy[line.due.policy.name])
        for total in totals:
            total.add(line)
        for month, amount in months(line):
            sums.by_month[month] += amount
    words = dict.fromkeys(word for line in lines if line.due for word in line.due.readings)
    sums.readings = {word: sum(_read(line, word) for line in lines) for word in words}
    return sums


def _read(line: Line, word: str) -> int:
    return 0 if line.due is None else line.due.readings.get(word, line.amount or 0)


def months(line: Line) -> list[tuple[date, int]]:
    """In which months how much is paid to one person: the first day of each month, and đồng; what does not divide falls in the first."""
    if line.due is None or not line.amount:
        return []
    first, count = line.on.replace(day=1), max(line.due.months, 1)
    each, rest = divmod(line.amount, count)
    starts = [divmod(first.year * 12 + first.month - 1 + number, 12) for number in range(count)]
    return [(date(year, month + 1, 1), each + (rest if number == 0 else 0)) for number, (year, month) in enumerate(starts)]


def compared(found: Sequence[Due], *, add: Callable[[Iterable[Line]], Sums] = of) -> dict[str, Sums]:
    """The sums of several scenarios, by name."""
    return {due.scenario.name: add(due.lines) for due in found}

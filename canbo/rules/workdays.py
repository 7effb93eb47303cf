"""Working days of a rulebook: Monday to Friday unless its list of holidays says otherwise."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

HOLIDAYS = Path("documents", "holidays.yaml")


@cache
def _calendar(file: Path) -> tuple[frozenset[int], frozenset[date]]:
    """Weekdays off (Monday 0) and holidays."""
    if not file.is_file():
        return frozenset({5, 6}), frozenset()
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    return frozenset(read["weekend"]), frozenset(read["days"])


def works(book: Path, day: date) -> bool:
    """Whether a day is a working day by the rulebook in the folder `book`."""
    weekend, holidays = _calendar(book / HOLIDAYS)
    return day.weekday() not in weekend and day not in holidays


def after(book: Path, day: date, number: int) -> date:
    """The last of so many working days that begin on the day after `day`."""
    while number:
        day += timedelta(days=1)
        number -= works(book, day)
    return day


def in_year(book: Path, year: int) -> int | None:
    """How many working days a year has; None where the rulebook does not list the holidays of that year."""
    _weekend, holidays = _calendar(book / HOLIDAYS)
    if not any(day.year == year for day in holidays):
        return None
    first = date(year, 1, 1)
    return sum(works(book, first + timedelta(days=number)) for number in range((date(year + 1, 1, 1) - first).days))

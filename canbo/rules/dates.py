"""Days, months and dates that are only partly known.

A birth may be recorded to the day, to the month or only to the year. Such a date is an
interval of days: a comparison is answered only where every day in it gives the same answer.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from canbo.rules.words import error

_DAYS_IN = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHAPE = re.compile(r"^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$")


@dataclass(frozen=True)
class PartialDate:
    """A date known to the month (`month` set) or only to the year (`month` is None)."""

    year: int
    month: int | None = None

    @property
    def first(self) -> date:
        """The earliest day it can be."""
        return date(self.year, self.month or 1, 1)

    @property
    def last(self) -> date:
        """The latest day it can be."""
        return last_day(date(self.year, self.month or 12, 1))

    def __str__(self) -> str:
        return f"{self.year:04d}" if self.month is None else f"{self.year:04d}-{self.month:02d}"


def parse_date(text: str) -> date | PartialDate:
    """Read YYYY-MM-DD, YYYY-MM or YYYY."""
    shape = _SHAPE.match(text)
    try:
        if shape is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in shape.groups())
        if year is None or year < 1:
            raise ValueError
        if day is not None and month is not None:
            return date(year, month, day)
        if month is not None and not 1 <= month <= 12:
            raise ValueError
        return PartialDate(year, month)
    except ValueError:
        raise error("date_not_readable", found=text) from None


def earliest(when: date | PartialDate) -> date:
    """The earliest day that `when` can be."""
    return when.first if isinstance(when, PartialDate) else when


def latest(when: date | PartialDate) -> date:
    """The latest day that `when` can be."""
    return when.last if isinstance(when, PartialDate) else when


def last_day(when: date) -> date:
    """The last day of the month of `when`."""
    return when.replace(day=days_in(when.year, when.month))


def days_in(year: int, month: int) -> int:
    """The number of days of a month."""
    return 29 if month == 2 and calendar.isleap(year) else _DAYS_IN[month]


def month_index(when: date) -> int:
    """Months counted from the start of year 0: lets months be added and subtracted."""
    return when.year * 12 + when.month - 1


def first_of_month(index: int) -> date:
    """The first day of the month with this index."""
    return date(index // 12, index % 12 + 1, 1)


def complete_months(start: date, end: date) -> int:
    """Complete months from `start` to `end`; negative when `end` is earlier.

    The last day of a month completes a month that began on any day of the month's end:
    31 January to 28 February 2025 is one month.
    """
    if end < start:
        return -complete_months(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    if end.day < start.day and end.day < days_in(end.year, end.month):
        months -= 1
    return months


def shift(when: date | PartialDate, days: int) -> date | PartialDate:
    """Move an exact date by `days`; a partial date stays, since its day is not known."""
    return when if isinstance(when, PartialDate) else when + timedelta(days=days)

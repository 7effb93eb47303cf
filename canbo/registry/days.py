"""Day ranges as the register keeps them: [from, to), None = open."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.backends.postgresql.psycopg_any import DateRange


def since(day: date | None, until: date | None = None) -> DateRange:
    """All days from `day` on, before `until`. None: since always, or still true."""
    return DateRange(day, until, "[)")


def day_before(day: date) -> date:
    return day - timedelta(days=1)


def holds(valid: DateRange, on: date) -> bool:
    """Whether a fact with these days is true on a day."""
    return (valid.lower is None or valid.lower <= on) and (valid.upper is None or on < valid.upper)


def overlap(one: DateRange, other: DateRange) -> DateRange | None:
    """The days that two ranges share, or None."""
    lower = max((day for day in (one.lower, other.lower) if day), default=None)
    upper = min((day for day in (one.upper, other.upper) if day), default=None)
    if lower and upper and lower >= upper:
        return None
    return since(lower, upper)

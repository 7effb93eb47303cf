"""Norms of procedures in days: when a step is due, how many working days something took.

A working day is Monday to Friday, unless the rulebook's list of public holidays names it (`procedures` parameters may
add them); the weekend is that of the rulebook.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from canbo.procedures.bodies import rulebook
from canbo.rules import workdays
from canbo.rules.procedure import Norm


def works(day: date) -> bool:
    """Whether a day is a working day."""
    return workdays.works(rulebook(), day)


def after(day: date, norm: Norm) -> date:
    """The last day of a norm that begins on the day after `day`."""
    if norm.unit == "months":
        month = day.month - 1 + norm.number
        year, month = day.year + month // 12, month % 12 + 1
        return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    if norm.unit == "days":
        return day + timedelta(days=norm.number)
    return workdays.after(rulebook(), day, norm.number)


def working_days(start: date, end: date) -> int:
    """How many working days lie after `start`, up to and with `end`; negative where `end` lies before."""
    if end < start:
        return -working_days(end, start)
    return sum(works(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

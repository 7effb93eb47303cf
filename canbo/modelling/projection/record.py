"""What a register knows of a set of bodies, and who serves in them on a day, as arrays.

Days are whole numbers since 1970-01-01; months are whole numbers since January of the year 0 (`months_of`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int32]
Months = NDArray[np.int32]
Flags = NDArray[np.bool_]
Small = NDArray[np.int8]

FAR = 2**31 - 1  # a day or month that never comes
NEVER = np.int16(32_767)  # a month of the projection that never comes
UNKNOWN = -1
RETIRED, OTHER = 1, 2


@dataclass(frozen=True)
class Record:
    """Persons, when they served, led and stood in a plan.

    Of each person: `born` (month; FAR: unknown), `sex` (1 woman, 0 man, -1 unknown), `master` (day since which a master's
    degree or a higher one is held; FAR: never), `degree` (whether any degree is known), `retires` and `latest` (months in
    which the law lets the person go, at its end: ordinarily, and at the latest by decision; FAR: cannot be told).
    Of each spell of service: `person`, `since`, `until` (days, the end excluded; FAR: still), `ending` (RETIRED: in the lawful
    month or later; OTHER).
    Of each leading post held: `lead_person`, `lead_since`, `lead_until`, `lead_term` (months; 0: none).
    Of each place in a plan of successors: `plan_person`, `plan_since`, `plan_until`.
    """

    born: Months
    sex: Small
    master: Days
    degree: Flags
    retires: Months
    latest: Months
    person: NDArray[np.int32]
    since: Days
    until: Days
    ending: Small
    lead_person: NDArray[np.int32]
    lead_since: Days
    lead_until: Days
    lead_term: Small
    plan_person: NDArray[np.int32]
    plan_since: Days
    plan_until: Days
    #: years in which bodies were reorganised: no measure of other years
    broken: frozenset[int]
    #: by the day: seats, seats held, leading seats
    seats: Mapping[int, tuple[int, int, int]]

    def serving(self, day: int) -> NDArray[np.int64]:
        """Persons who serve on a day, ascending, each once."""
        return np.unique(self.person[(self.since <= day) & (day < self.until)]).astype(np.int64)

    def over_the_end(self, year: int) -> NDArray[np.int64]:
        """Persons who serve on the last day of a year and on the first of the next."""
        last = day_of(date(year, 12, 31))
        return np.unique(self.person[(self.since <= last) & (last + 1 < self.until)]).astype(np.int64)

    def leading(self, day: int) -> Flags:
        """Of every person, whether a leading post is held on a day."""
        found = np.zeros(len(self.born), bool)
        found[self.lead_person[(self.lead_since <= day) & (day < self.lead_until)]] = True
        return found


def day_of(day: date) -> int:
    """The number of a day."""
    return (day - date(1970, 1, 1)).days


def month_of(day: date) -> int:
    """The number of the month of a day."""
    return day.year * 12 + day.month - 1


def months_of(days: Days) -> Months:
    """The numbers of the months of many days."""
    return (days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12).astype(np.int32)


@dataclass(frozen=True)
class Horizon:
    """From a day to the end of a year: month 0 is that of the day.

    year_of     of each month, the number of its year from 0
    months_in   of each year, how many of its months lie ahead: 12, fewer in the first
    """

    on: date
    to: int

    @property
    def years(self) -> list[int]:
        return list(range(self.on.year, self.to + 1))

    @property
    def months(self) -> int:
        """How many months lie ahead."""
        return (self.to + 1) * 12 - month_of(self.on)

    @property
    def months_in(self) -> NDArray[np.int64]:
        found = np.full(len(self.years), 12, np.int64)
        found[0] = 13 - self.on.month
        return found

    @property
    def year_of(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self.years)), self.months_in)


@dataclass(frozen=True)
class Staff:
    """Who serves on the first day, one value a person. Months are those of the horizon, from 0.

    age      completed years; -1: unknown             months_old  age in months; 0 where unknown
    sex      1 woman, 0 man, -1 unknown               master      1, 0, -1: unknown
    retires  month at whose end the age lets go       latest      the latest lawful one; NEVER in both: not in the horizon
    unsure   nobody can tell when the age lets go: birth or sex is unknown, or the month lies in the past
    leading  holds a leading post                     plans       places in plans of successors
    term     month in which the term of the leading post ends (NEVER: none)    term_months  its length
    """

    age: Small
    months_old: NDArray[np.int16]
    sex: Small
    master: Small
    retires: NDArray[np.int16]
    latest: NDArray[np.int16]
    unsure: Flags
    leading: Flags
    plans: NDArray[np.int16]
    term: NDArray[np.int16]
    term_months: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.age)


def staff(record: Record, horizon: Horizon, *, over_the_end: bool = False) -> Staff:
    """Who serves on the first day; `over_the_end`: on the day before too, so that a year begins where another ended."""
    day, first = day_of(horizon.on), month_of(horizon.on)
    who = record.over_the_end(horizon.on.year - 1) if over_the_end else record.serving(day)
    born = record.born[who]
    known = born != FAR
    old = np.where(known, first - born, 0)
    past = record.retires[who] < first
    unsure = (record.retires[who] == FAR) | past
    master = np.where(record.degree[who], (record.master[who] <= day).astype(np.int8), np.int8(UNKNOWN))
    term, length = _terms(record, horizon)
    plans = np.bincount(record.plan_person[(record.plan_since <= day) & (day < record.plan_until)], minlength=len(record.born))
    return Staff(
        age=np.where(known, np.clip(old // 12, 0, 127), UNKNOWN).astype(np.int8), months_old=old.astype(np.int16),
        sex=record.sex[who], master=master.astype(np.int8),
        retires=_within(np.where(unsure, FAR, record.retires[who]), horizon),
        latest=_within(np.where(unsure, FAR, np.maximum(record.latest[who], record.retires[who])), horizon),
        unsure=unsure, leading=record.leading(day)[who], plans=plans[who].astype(np.int16),
        term=term[who], term_months=length[who],
    )  # fmt: skip


def _within(months: Months, horizon: Horizon) -> NDArray[np.int16]:
    """Months as those of the horizon; NEVER beyond it."""
    ahead = months.astype(np.int64) - month_of(horizon.on)
    return np.where((ahead >= 0) & (ahead < horizon.months), ahead, int(NEVER)).astype(np.int16)


def _terms(record: Record, horizon: Horizon) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Of every person, when the term of the leading post held ends next, and how long a term is."""
    day, first = day_of(horizon.on), month_of(horizon.on)
    end, length = np.full(len(record.born), NEVER, np.int16), np.zeros(len(record.born), np.int16)
    held = (record.lead_since <= day) & (day < record.lead_until) & (record.lead_term > 0)
    who, since = record.lead_person[held], months_of(np.maximum(record.lead_since[held], -200_000))
    term = record.lead_term[held].astype(np.int64)
    served = np.maximum(first - since, 0)
    ahead = term - served % term  # a term that is over was followed by another
    order = np.argsort(-ahead, kind="stable")  # of several posts the term that ends first counts
    end[who[order]] = ahead[order]
    length[who[order]] = term[order]
    return end, length

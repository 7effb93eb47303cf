"""By person and run, the month of leaving: by age where the law says so, else at a month drawn from the rates.

One number is drawn for each person and run, not one for each year: it falls below the chance of leaving within the
horizon for few, and only for these the month is worked out. What the age brings is the same in every run and counted once;
who left before is taken off. Sums over persons come out, by year and class, never persons.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from numpy.typing import NDArray

from canbo.modelling.projection.rates import BANDS, CELLS, Floats, cell
from canbo.modelling.projection.record import NEVER, Horizon, Staff

Counts = NDArray[np.int64]
#: Classes of which sums are kept: leading or not, unsure or not, sex, master's degree (both: unknown, no, yes).
CLASSES = (2, 2, 3, 3)
ALL = int(np.prod(CLASSES))
THREADS = 2
AGES = 128  # completed years, 0 to 126; the last: unknown
TERMS = 3  # so many ends of terms of one person are followed
PERSONS, KEPT, TERM = range(3)  # what a stream of chance is for


@dataclass(frozen=True)
class Gone:
    """Who of today's staff has gone, summed, by run.

    left, retired  [runs, years, *CLASSES] persons       monthly  [runs, months] retirements
    months_old     [runs, years] ages on the first day, in months, of those of known age who have gone in the year, summed
    aged           [runs, years] how many these are
    plans          [runs, years] places in plans of those who have gone      ended  [runs, years] terms that ended in office
    lead_out       [runs, years] leading posts that became free
    """

    left: Counts
    retired: Counts
    monthly: Counts
    months_old: Floats
    aged: Floats
    plans: Floats
    ended: Counts
    lead_out: Counts


def stream(seed: int, run: int, purpose: int) -> Generator:
    """The chance of one run for one purpose: the same whatever else is drawn, and however many threads draw."""
    return Generator(SFC64(SeedSequence(seed, spawn_key=(1, run, purpose))))


def classes(staff: Staff) -> NDArray[np.int16]:
    """The number of the class of each."""
    sex, master = staff.sex.astype(np.int16) + 1, staff.master.astype(np.int16) + 1
    return ((staff.leading * 2 + staff.unsure) * 3 + sex) * 3 + master


def chances(hazards: Floats, factors: Floats, horizon: Horizon) -> NDArray[np.float32]:
    """Chance of having left by the end of each year [runs, groups, years]; a group is age, sex and whether leading."""
    ages = np.append(np.arange(AGES - 1), -1)
    runs, years = factors.shape
    told = np.zeros((runs, AGES * CELLS[1] * CELLS[2], years))
    age, sex, leading = (part.ravel() for part in np.meshgrid(ages, [0, 1, -1], [0, 1], indexing="ij"))
    flat = hazards.reshape(runs, -1)
    for year, months in enumerate(horizon.months_in):
        then = np.where(age < 0, -1, age + year)
        of = cell(then, sex.astype(np.int8), leading.astype(bool))
        told[:, :, year] = flat[:, of] * factors[:, year, None] * (months / 12)
    return -np.expm1(-np.cumsum(told, axis=2)).astype(np.float32)


def groups(staff: Staff) -> NDArray[np.int16]:
    """The number of the group of each, as `chances` has them."""
    age = np.where(staff.age < 0, AGES - 1, np.minimum(staff.age, AGES - 2)).astype(np.int16)
    sex = np.where(staff.sex < 0, 2, staff.sex).astype(np.int16)
    return (age * CELLS[1] + sex) * CELLS[2] + staff.leading


class _Ground:
    """What is the same in every run."""

    def __init__(self, staff: Staff, horizon: Horizon, seed: int, kept: float) -> None:
        self.staff, self.horizon, self.seed, self.kept = staff, horizon, seed, kept
        self.group, self.klass = groups(staff), classes(staff)
        self.years, self.months = len(horizon.years), horizon.months
        self.year_of = np.append(horizon.year_of, self.years).astype(np.int64)  # the last: never
        self.first = np.concatenate([[0], np.cumsum(horizon.months_in)]).astype(np.float32)
        self.due = np.flatnonzero(staff.retires != NEVER)
        self.leaders = np.flatnonzero(staff.leading)
        self.planned = staff.plans > 0
        self.of_age = (staff.age >= 0).astype(np.float32)
        self.usual = self.sums(self.due, staff.retires[self.due])

    def sums(self, who: NDArray[np.int64], month: NDArray[np.int16]) -> tuple[NDArray[Any], ...]:
        """Of those who go in these months: by year and class, by month, and by year ages, of how many, and plans."""
        month = np.minimum(month, self.months).astype(np.int64)  # beyond: into a place that is cut off
        year = self.year_of[month]
        by_class = np.bincount(year * ALL + self.klass[who], minlength=(self.years + 1) * ALL)[: self.years * ALL]
        monthly = np.bincount(month, minlength=self.months + 1)[: self.months]
        old = np.bincount(year, self.staff.months_old[who], self.years + 1)[: self.years]
        aged = np.bincount(year, self.of_age[who], self.years + 1)[: self.years]
        some = self.planned[who]
        plans = np.bincount(year[some], self.staff.plans[who[some]], self.years + 1)[: self.years]
        return by_class, monthly, old, aged, plans


def leave(
    staff: Staff, horizon: Horizon, chance: NDArray[np.float32], *, seed: int, kept: float, moving: Floats, threads: int = THREADS
) -> Gone:
    """Draw who leaves when.

    chance  of having left by the end of each year, as `chances` gives them [runs, groups, years]
    kept    share of those reaching the age who are kept to the latest lawful month
    moving  share of leaders who leave the post when its term ends [runs]
    """
    ground = _Ground(staff, horizon, seed, kept)
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda run: _run(ground, chance[run], run, float(moving[run])), range(len(chance))))
    left, retired, *rest = (np.stack(part) for part in zip(*found, strict=True))
    shape = (len(chance), ground.years, *CLASSES)
    return Gone(left.reshape(shape), retired.reshape(shape), *rest)


def _run(ground: _Ground, chance: NDArray[np.float32], run: int, moving: float) -> tuple[NDArray[Any], ...]:
    staff = ground.staff
    drawn = stream(ground.seed, run, PERSONS).random(len(staff), dtype=np.float32)
    within = np.flatnonzero(drawn < chance[:, -1][ground.group])
    month = _months(drawn[within], chance[ground.group[within]], ground)
    retires, usual = staff.retires, ground.usual
    if ground.kept > 0:
        stays = stream(ground.seed, run, KEPT).random(len(ground.due), dtype=np.float32) < ground.kept
        retires = retires.copy()
        retires[ground.due] = np.where(stays, staff.latest[ground.due], retires[ground.due])
        usual = ground.sums(ground.due, retires[ground.due])
    before = month < retires[within]  # whom the age lets go in the same month goes by age
    within, month = within[before], month[before]
    left = ground.sums(within, month)
    spared = ground.sums(within, retires[within])
    gone = retires
    if len(ground.leaders):
        gone = retires.copy()
        gone[within] = month
    ended, out = _terms(ground, gone[ground.leaders], run, moving)
    sums = (gone_so + usually - instead for gone_so, usually, instead in zip(left[2:], usual[2:], spared[2:], strict=True))
    return left[0], usual[0] - spared[0], usual[1] - spared[1], *sums, ended, out


def _months(drawn: NDArray[np.float32], chance: NDArray[np.float32], ground: _Ground) -> NDArray[np.int16]:
    """The month of leaving of those who leave: the year whose chance the number falls into, evenly within it."""
    year = np.zeros(len(drawn), np.int64)
    for number in range(ground.years - 1):
        year += drawn >= chance[:, number]
    row = np.arange(len(drawn))
    low = np.where(year > 0, chance[row, year - 1], np.float32(0))
    part = (drawn - low) / np.maximum(chance[row, year] - low, np.float32(1e-9))
    months = ground.first[year + 1] - ground.first[year]
    found: NDArray[np.int16] = (ground.first[year] + np.minimum(part * months, months - 1)).astype(np.int16)
    return found


def _terms(ground: _Ground, gone: NDArray[np.int16], run: int, moving: float) -> tuple[Counts, Counts]:
    """Of the leaders: ends of terms in office by year, and leading posts that became free by year."""
    staff, leaders, years = ground.staff, ground.leaders, ground.years
    if not len(leaders):
        return np.zeros(years, np.int64), np.zeros(years, np.int64)
    until, ended = gone.astype(np.int64), np.zeros(years, np.int64)
    chance = stream(ground.seed, run, TERM).random((TERMS, len(leaders)))
    length = staff.term_months[leaders].astype(np.int64)
    for number in range(TERMS):
        end = staff.term[leaders].astype(np.int64) + number * length
        over = (length > 0) & (end < ground.months) & (end < until)
        ended += np.bincount(ground.year_of[end[over]], minlength=years)[:years]
        moves = over & (chance[number] < moving)
        until[moves] = end[moves]
    out = np.bincount(ground.year_of[np.minimum(until, ground.months)], minlength=years + 1)[:years]
    return ended, out


__all__ = ["ALL", "BANDS", "CLASSES", "Gone", "chances", "groups", "leave", "stream"]

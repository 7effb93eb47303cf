"""The projection held against what happened: fitted up to the end of a year, run from there, compared with the years after.

The seats of each year are taken as they were: a projection says what becomes of people under a plan of places, not what
the plan will be. All else is as it was known to the record at the end of the year of fitting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from canbo.modelling.projection import course, rates
from canbo.modelling.projection.course import Places
from canbo.modelling.projection.record import FAR, OTHER, RETIRED, Horizon, Record, day_of, staff

MEASURES = ("headcount", "retirements", "leaving", "recruits", "age", "women", "degree")
LEAST_YEARS = 2  # with fewer years of history nothing is fitted
CUTS = 4  # the last so many years from which it is run


@dataclass(frozen=True)
class Trial:
    """One measure of one year, projected from the end of an earlier year. low, high: with what the unsure may turn out to be."""

    fitted: int
    year: int
    measure: str
    low: float
    middle: float
    high: float
    actual: float
    broken: bool  # bodies were reorganised in between

    @property
    def inside(self) -> bool:
        """Whether the interval held it; what was rounded counts as held."""
        slack = 1e-9 + 1e-9 * abs(self.actual)
        return self.low - slack <= self.actual <= self.high + slack


@dataclass(frozen=True)
class Backtest:
    """All trials. Years of reorganisation, and those after one, are told apart: no interval promises to hold them."""

    trials: Sequence[Trial]

    @property
    def steady(self) -> list[Trial]:
        """The trials without a reorganisation."""
        return [trial for trial in self.trials if not trial.broken]

    @property
    def coverage(self) -> float | None:
        """The share of the steady trials that the interval from a tenth to nine tenths held; None: there is none."""
        return _held(self.steady)

    @property
    def through_breaks(self) -> float | None:
        """The same of the trials with a reorganisation."""
        return _held([trial for trial in self.trials if trial.broken])

    def by_measure(self) -> dict[str, tuple[int, int]]:
        """Of each measure, how many of the steady trials were held, and of how many."""
        return {
            name: (sum(trial.inside for trial in self.steady if trial.measure == name),
                   sum(trial.measure == name for trial in self.steady))
            for name in MEASURES
        }  # fmt: skip


def _held(trials: Sequence[Trial]) -> float | None:
    return sum(trial.inside for trial in trials) / len(trials) if trials else None


def actual(record: Record, year: int) -> dict[str, float]:
    """The measures of a year as they were. Who came and went within the year is in none of them."""
    start, end = day_of(date(year, 1, 1)), day_of(date(year, 12, 31))
    who = record.over_the_end(year)
    gone = (record.until - 1 >= start) & (record.until - 1 <= end) & (record.since < start)
    before = np.zeros(len(record.born), bool)
    before[record.over_the_end(year - 1)] = True
    after = np.zeros(len(record.born), bool)
    after[who] = True
    ended = {kind: np.unique(record.person[gone & (record.ending == kind)]) for kind in (RETIRED, OTHER)}
    went = {kind: int((before[of] & ~after[of]).sum()) for kind, of in ended.items()}
    born = record.born[who]
    ages = ((year + 1) * 12 - born[born != FAR]) / 12
    sexes, degrees = record.sex[who], record.degree[who]
    return {
        "headcount": float(len(who)), "retirements": float(went[RETIRED]), "leaving": float(went[OTHER]),
        "recruits": float((after & ~before).sum()), "age": float(ages.mean()) if len(ages) else 0.0,
        "women": float((sexes == 1).sum() / max((sexes >= 0).sum(), 1)),
        "degree": float((degrees & (record.master[who] <= end)).sum() / max(degrees.sum(), 1)),
    }  # fmt: skip


def places(record: Record, years: Sequence[int]) -> Places:
    """The seats of years that are over, and how many one person held at the beginning."""
    first = day_of(date(years[0] - 1, 12, 31))
    _seats, held, leading = record.seats.get(first, (0, 0, 0))
    people = len(record.over_the_end(years[0] - 1))
    seats = np.array([record.seats.get(day_of(date(year, 12, 31)), (0, 0, 0))[0] for year in years], np.int64)
    busy = int(record.leading(first).sum())
    return Places(seats, max(held / people, 1.0) if people and held else 1.0, leading, max(leading - busy, 0))


def test(record: Record, last: int, *, runs: int, seed: int) -> Backtest:
    """Fit at the end of each of the last years before `last`, and run to `last`."""
    trials: list[Trial] = []
    for cut in rates.counted_years(record, last - 1)[LEAST_YEARS - 1 :][-CUTS:]:
        horizon = Horizon(date(cut + 1, 1, 1), last)
        people = staff(record, horizon, over_the_end=True)
        if not len(people):
            continue
        found = course.run(
            people, horizon, rates.estimate(record, cut), places(record, horizon.years), runs=runs, seed=seed + cut
        )  # fmt: skip
        for year in horizon.years:
            was, broken = actual(record, year), any(cut < one <= year for one in record.broken)
            for measure in MEASURES:
                told = found.told(measure)[year]
                low, high = told.get("least", told["p10"]), told.get("most", told["p90"])
                trials.append(Trial(cut, year, measure, low, told["p50"], high, was[measure], broken))
    return Backtest(trials)

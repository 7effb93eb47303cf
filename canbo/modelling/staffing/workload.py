"""From what was done in some periods to a year's work, and from a year's work to posts.

What is known of few periods is told as an interval: where the sum of the next year lies in 95 of 100 cases if periods go on as
they were and one does not lead to the next (Student's t for a new observation). Counts are never taken for steadier than
chance, so that two equal months do not make a certainty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

SURE = 0.95


@dataclass(frozen=True)
class Range:
    """A figure a year with where it lies; `low` and `high` None: one period says nothing of how it varies."""

    middle: float
    low: float | None
    high: float | None

    def times(self, factor: float) -> Range:
        """The same in another unit; `factor` is not negative."""
        ends = [None if end is None else end * factor for end in (self.low, self.high)]
        return Range(self.middle * factor, ends[0], ends[1])

    def plus(self, other: Range) -> Range:
        """Both together, as far apart as both may be together: work that rises, rises everywhere."""
        ends = [
            None if one is None or two is None else one + two for one, two in ((self.low, other.low), (self.high, other.high))
        ]
        return Range(self.middle + other.middle, ends[0], ends[1])


NOTHING = Range(0.0, 0.0, 0.0)


def known(number: float) -> Range:
    """A figure that is given for the whole year, without doubt of its own."""
    return Range(number, number, number)


def yearly(counts: Sequence[float], *, a_year: int, chance: float = 0.0) -> Range:
    """A year's sum from the sums of some periods.

    counts  one sum for each period, in the order of time
    a_year  how many such periods a year has
    chance  the least variance of one period: for counts of matters, their mean
    """
    if not counts:
        return NOTHING
    middle = float(np.mean(counts))
    if len(counts) == 1:
        return Range(middle * a_year, None, None)
    variance = max(float(np.var(counts, ddof=1)), chance)
    half = float(t.ppf((1 + SURE) / 2, len(counts) - 1)) * math.sqrt(variance * (a_year + a_year**2 / len(counts)))
    return Range(middle * a_year, max(0.0, middle * a_year - half), middle * a_year + half)


def together(series: Sequence[Sequence[float]], hours: Sequence[float], *, a_year: int) -> Range:
    """A year's hours of several kinds of matters, counted in the same periods, with hours for one of each.

    The sums of hours by period are taken, so that kinds of work that rise together are not taken for independent.
    """
    if not series:
        return NOTHING
    counted = np.asarray(series, dtype=float)
    each = np.asarray(hours, dtype=float)
    return yearly((each @ counted).tolist(), a_year=a_year, chance=float(counted.mean(axis=1) @ each**2))

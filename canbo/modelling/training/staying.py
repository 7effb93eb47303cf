"""Who stays how long: Kaplan and Meier's curve of a group, and whether groups differ (log-rank). Groups only, never a person."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 20  # people in a group of which anything is shown
Z = 1.959964


@dataclass(frozen=True)
class Stay:
    """Of a group: how many people, how many left, and which share still serves at the end of the time watched, with 95 per cent.

    `shown` False: the group is too small, and share and curve are not given. `curve`: (month, share) at each leaving.
    """

    people: int
    left: int
    share: float | None
    low: float | None
    high: float | None
    curve: tuple[tuple[int, float], ...] = ()

    @property
    def shown(self) -> bool:
        return self.share is not None


def stay(months: NDArray[np.int64], left: NDArray[np.bool_]) -> Stay:
    """The curve of a group. `months`: how long each was watched; `left`: whether it ended by leaving, else it was cut off."""
    people, gone = len(months), int(left.sum())
    if people < LEAST:
        return Stay(people, gone, None, None, None)
    share, spread, curve = 1.0, 0.0, []
    for month in np.unique(months[left]):
        at_risk, leaving = int((months >= month).sum()), int((left & (months == month)).sum())
        share *= 1 - leaving / at_risk
        spread += leaving / (at_risk * (at_risk - leaving)) if at_risk > leaving else 0.0
        curve.append((int(month), share))
    low, high = _between(share, spread)
    return Stay(people, gone, share, low, high, tuple(curve))


def _between(share: float, spread: float) -> tuple[float, float]:
    """The interval on the scale log(-log), which stays between 0 and 1; of a group that nobody or everybody left: itself."""
    if not 0 < share < 1:
        return share, share
    half = Z * math.sqrt(spread) / abs(math.log(share))
    return share ** math.exp(half), share ** math.exp(-half)


def differ(
    months: NDArray[np.int64], left: NDArray[np.bool_], group: NDArray[np.bool_], strata: NDArray[np.int64] | None = None
) -> float | None:
    """How often chance alone would make the group differ so much from all others (log-rank, one degree of freedom).

    strata  a number for each: people are compared within a number only, and what is found is added up
    None where nobody left or one side is empty, in every stratum.
    """
    apart = [np.ones(len(months), dtype=bool)] if strata is None else [strata == each for each in np.unique(strata)]
    found = [_excess(months[here], left[here], group[here]) for here in apart]
    variance = sum(each for _, each in found)
    if variance <= 0:
        return None
    return math.erfc(math.sqrt(sum(each for each, _ in found) ** 2 / variance / 2))


def _excess(months: NDArray[np.int64], left: NDArray[np.bool_], group: NDArray[np.bool_]) -> tuple[float, float]:
    """How many more of the group left than if all left alike, and the variance of that number."""
    expected, variance = 0.0, 0.0
    for month in np.unique(months[left]):
        at_risk = months >= month
        people, here = int(at_risk.sum()), int((at_risk & group).sum())
        leaving = int((left & (months == month)).sum())
        expected += leaving * here / people
        if people > 1:
            variance += leaving * (here / people) * (1 - here / people) * (people - leaving) / (people - 1)
    return int((left & group).sum()) - expected, variance

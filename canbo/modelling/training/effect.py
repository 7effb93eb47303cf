"""The difference between those who took a course and those who did not, before and after: a figure with its uncertainty.

Compared are changes of scores, within strata (a body and a grade) in which there are both; what one stratum gives counts by
how many took the course there. It is a difference, and no proof that the course caused it: who is sent was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 10  # of each side that is compared; below it nothing is shown
DRAWS = 2_000


@dataclass(frozen=True)
class Effect:
    """Points by which the scores of those trained rose more; None where too few could be compared.

    trained, others  people compared; `unmatched`: trained people without anybody to compare with
    low, high        the middle 95 of 100 draws of the same people again, with replacement
    """

    trained: int
    others: int
    unmatched: int
    points: float | None
    low: float | None
    high: float | None

    @property
    def tells(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def compare(
    trained: NDArray[np.bool_],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    stratum: NDArray[np.int64],
    *,
    seed: int = 1,
) -> Effect:
    """The difference of changes within strata. Arrays of one length, one row a person; scores from 0 to 100."""
    change = after - before
    groups = []
    unmatched = 0
    for each in np.unique(stratum):
        here = stratum == each
        sent, stayed = change[here & trained], change[here & ~trained]
        if len(sent) and len(stayed):
            groups.append((sent, stayed))
        else:
            unmatched += len(sent)
    people, others = sum(len(sent) for sent, _ in groups), sum(len(stayed) for _, stayed in groups)
    if people < LEAST or others < LEAST:
        return Effect(people, others, unmatched, None, None, None)
    points = sum(len(sent) * (sent.mean() - stayed.mean()) for sent, stayed in groups) / people
    chance = np.random.default_rng(seed)
    drawn = np.zeros(DRAWS)
    for sent, stayed in groups:
        again = sent[chance.integers(0, len(sent), (DRAWS, len(sent)))].mean(axis=1)
        drawn += len(sent) * (again - stayed[chance.integers(0, len(stayed), (DRAWS, len(stayed)))].mean(axis=1))
    low, high = np.percentile(drawn / people, [2.5, 97.5])
    return Effect(people, others, unmatched, float(points), float(low), float(high))

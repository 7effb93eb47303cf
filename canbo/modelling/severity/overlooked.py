"""People whose work came to clearly more than their marks say, beside those whom the same body marks.

Within each body marks go with results; whoever stands far below the line that all of them make, and whose work is among
the better half, is asked about. Marks that a whole body gives low make nobody stand out here: each is seen against the
middle of the own body. Why the marks are low is for people to find out; how severe those were who gave them is told beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from canbo.modelling.severity.chances import RATE, asked
from canbo.modelling.severity.estimate import Severities, State
from canbo.modelling.severity.inflation import MAD, SURE, slope_of
from canbo.modelling.severity.ratings import Floats, Ints

PEOPLE = 8  # a line through fewer people than these says nothing of any of them


@dataclass(frozen=True)
class Overlooked:
    """Somebody (code) in a period to ask about.

    given, expected, error  points: mean mark, what colleagues with such results are given, and how unsure that is
    fair                    the mean without the severity of who gave it; chance: the false-alarm share of the list so far
    result, middle          the result of the work, and the middle one of the own body
    raters                  how many people marked
    """

    target: int
    person: int
    body: int
    given: float
    expected: float
    error: float
    fair: float
    chance: float
    result: float
    middle: float
    raters: int


def find(found: Severities, *, top: float = float("inf"), rate: float = RATE) -> list[Overlooked]:
    """Whom marks show lower than the work was, the furthest first. Only who has enough marks and a result is looked at.

    top  the highest mark of the scale: nobody is expected to be given more
    """
    pairs = found.pairs
    known = np.array([state is State.KNOWN for state in found.target_state], dtype=bool)
    told = np.flatnonzero(known & np.isfinite(pairs.result) & (pairs.body >= 0))
    told = told[_enough(pairs.body[told], found.least)]
    if len(told) < PEOPLE:
        return []
    middle = _middles(pairs.result[told], pairs.body[told])
    usual = _middles(pairs.given[told], pairs.body[told])
    result, given = pairs.result[told] - middle, pairs.given[told] - usual
    slope, unsure = slope_of(given, result)
    expected = np.minimum(slope * result + np.median(given - slope * result), top - usual)
    below = expected - given
    # never surer than the noise of single marks allows: where all marks are alike by chance, a tenth of a point is nothing
    luck = found.noise / np.sqrt(pairs.links.of_target[told])
    own = np.maximum(MAD * float(np.median(np.abs(below))), np.maximum(luck, 1e-9))
    # far from the middle the line itself is unsure: marks end at the top of the scale, and results do not
    error = np.sqrt(own**2 + (unsure * result) ** 2)
    better = np.flatnonzero(result > 0)
    shares = asked(stats.t.sf(below[better] / error[better], max(1.0, SURE * (len(told) - 2))))
    kept = [
        Overlooked(
            int(told[i]), int(pairs.ratee[told[i]]), int(pairs.body[told[i]]), float(pairs.given[told[i]]),
            float(expected[i] + usual[i]), float(error[i]), float(found.fair[told[i]]), float(share), float(pairs.result[told[i]]),
            float(middle[i]), int(pairs.links.of_target[told[i]]),
        )
        for i, share in zip(better, shares, strict=True) if share <= rate
    ]  # fmt: skip
    return sorted(kept, key=lambda each: (each.given - each.expected, each.person))


def _enough(body: Ints, least: int) -> Ints:
    """The places of those whose body has enough people for a middle that is not one of them alone."""
    return np.flatnonzero(np.bincount(body, minlength=int(body.max(initial=0)) + 1)[body] >= least)


def _middles(values: Floats, body: Ints) -> Floats:
    """For each the middle value of the own body."""
    middle = np.zeros(len(values))
    for one in np.unique(body):
        middle[body == one] = np.median(values[body == one])
    return middle


__all__ = ["Overlooked", "find"]

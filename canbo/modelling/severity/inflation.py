"""Bodies that score higher than what joins them to others, or than what their work came to, would lead to expect.

By links: raters and ratees that a body shares with others show whether its raters lean upwards together, more than the
luck of which raters it happens to have. By results: over all bodies, scores go with results; who stands far above that
line is asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy import stats

from canbo.modelling.severity.chances import RATE, asked
from canbo.modelling.severity.estimate import Severities
from canbo.modelling.severity.ratings import Floats, Ints

BODIES = 8  # a line through fewer bodies than these says nothing of any of them
MAD = 1.4826  # from the median distance to the standard deviation of a normal distribution
#: how much of what a standard deviation tells of scatter the median distance tells: it minds no outlier, and costs that
SURE = 0.37


@dataclass(frozen=True)
class Inflation:
    """A body (code) to ask about.

    given, expected  points: mean score given in the body, and what links or results lead to expect
    error            standard error of the difference, the luck of the body's raters in it
    chance           the false-alarm share of all bodies at least as far above
    ratees, raters   how many people the figures rest on
    result           mean result of the body; nan where found by links
    """

    body: int
    given: float
    expected: float
    error: float
    chance: float
    ratees: int
    raters: int
    result: float


def by_links(found: Severities, bodies: int, *, rate: float = RATE) -> list[Inflation]:
    """Bodies whose raters lean upwards together, furthest first. Only bodies joined to others can be asked about."""
    pairs, links = found.pairs, found.pairs.links
    body = pairs.body[links.target]
    known = np.flatnonzero(body >= 0)
    if not bodies or not np.isfinite(found.noise) or not len(known):
        return []
    size = np.maximum(np.bincount(body[known], minlength=bodies), 1)
    shape = (bodies, links.raters)
    share = sp.csr_matrix((1 / size[body[known]], (body[known], links.rater[known])), shape=shape)
    lift = share @ found.lean
    wrong = found.noise * links.spread(lambda lean, level: share @ lean)
    luck = found.scatter * np.sqrt(np.asarray(share.multiply(share).sum(axis=1)).ravel())
    raters, ratees = share.getnnz(axis=1), _people(body[known], pairs.ratee[links.target[known]], bodies)
    fit = (raters >= found.least) & (ratees >= found.least) & _joined(found, body, bodies)
    where = np.flatnonzero(fit)
    error = np.sqrt(wrong**2 + luck**2)
    shares = asked(stats.norm.sf(lift[where] / np.maximum(error[where], 1e-9)))
    given = np.bincount(body[known], pairs.value[known], bodies) / size
    return _furthest([
        Inflation(int(b), float(given[b]), float(given[b] - lift[b]), float(error[b]), float(q), int(ratees[b]), int(raters[b]), float("nan"))
        for b, q in zip(where, shares, strict=True) if q <= rate
    ])  # fmt: skip


def by_results(
    found: Severities, bodies: int, *, beside: Sequence[tuple[float, float]] = (), rate: float = RATE
) -> list[Inflation]:
    """Bodies whose mean score lies above the line that scores and results of all bodies make, furthest first.

    beside  (mean score, mean result) of other bodies, whose ratings lie elsewhere: they help to draw the line, and nothing
            is asked of them here. They were scored on the same scale, by the same criteria.
    """
    pairs, links = found.pairs, found.pairs.links
    told = np.flatnonzero(np.isfinite(pairs.result) & (pairs.body >= 0))
    body = pairs.body[told]
    size = np.bincount(body, minlength=bodies)
    ratees = _people(body, pairs.ratee[told], bodies)
    of = np.isin(links.target, told)
    raters = _people(pairs.body[links.target[of]], links.rater[of], bodies)
    where = np.flatnonzero((ratees >= found.least) & (raters >= found.least))
    if not len(where) or len(where) + len(beside) < BODIES:
        return []
    given = np.concatenate([np.bincount(body, pairs.given[told], bodies)[where] / size[where], [each for each, _ in beside]])
    result = np.concatenate([np.bincount(body, pairs.result[told], bodies)[where] / size[where], [each for _, each in beside]])
    slope, unsure = slope_of(given, result)
    expected = slope * result + np.median(given - slope * result)
    above = given - expected
    own = max(MAD * float(np.median(np.abs(above))), 1e-9)
    # far from the others' results the line itself is unsure: a body that is truly better is not to be asked for that
    # a few bodies may happen to lie near one line: the luck of which raters a body has is never less than this
    luck = np.zeros(len(given))
    luck[: len(where)] = np.sqrt((found.noise**2 + found.scatter**2) / raters[where]) if np.isfinite(found.noise) else 0.0
    error = np.sqrt(np.maximum(own, luck) ** 2 + (unsure * (result - np.median(result))) ** 2)
    shares = asked(stats.t.sf(above / error, max(1.0, SURE * (len(given) - 2)))[: len(where)])
    return _furthest([
        Inflation(int(b), float(given[i]), float(expected[i]), float(error[i]), float(shares[i]), int(ratees[b]), int(raters[b]), float(result[i]))
        for i, b in enumerate(where) if shares[i] <= rate
    ])  # fmt: skip


def slope_of(given: Floats, result: Floats) -> tuple[float, float]:
    """By how many points scores rise with a result (Theil and Sen, never below nought), and the standard error of that."""
    if np.ptp(result) == 0:
        return 0.0, 0.0
    line = stats.theilslopes(given, result, alpha=0.95)
    return max(0.0, float(line.slope)), float(line.high_slope - line.low_slope) / (2 * 1.96)


def _furthest(found: list[Inflation]) -> list[Inflation]:
    return sorted(found, key=lambda each: (each.expected - each.given, each.body))


def _people(body: Ints, person: Ints, bodies: int) -> Ints:
    """How many different people there are in each body."""
    twos = np.unique(np.stack([body, person]), axis=1)
    return np.bincount(twos[0], minlength=bodies)


def _joined(found: Severities, body: Ints, bodies: int) -> NDArray[np.bool_]:
    """Whether more than this body stands in the group of the body's ratings."""
    links = found.pairs.links
    group = links.rater_group[links.rater]
    twos = np.unique(np.stack([group, body]), axis=1)
    others = np.bincount(twos[0], minlength=links.groups)
    joined = np.zeros(bodies, dtype=bool)
    joined[body[(body >= 0) & (others[group] > 1)]] = True
    return joined

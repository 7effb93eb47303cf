"""How severe each rater is, found from whom they rated together with others; and what scores would be without it.

A linear model of many facets: a score is what the ratee is worth in that period, less the severity of the rater, plus
the ease of the criterion, plus noise. Severity is in points of the scale: a rater of severity 4 gives 4 points less than
the raters they are linked with. What cannot be known is said to be unknown, with the reason, and is never nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse import csgraph

from canbo.modelling.severity.links import Links
from canbo.modelling.severity.ratings import UNKNOWN, Floats, Ints, Mistake, Ratings, RatingsRefused
from canbo.modelling.severity.words import Said

LEAST = 5  # answers below which nothing is said of anybody, unless another number is given
FLOOR = 3  # no number below this is taken: of two answers each answerer knows the other


class State(StrEnum):
    """Whether something is known of a rater or a ratee, and why not."""

    KNOWN = "known"
    TOO_FEW = "too_few"  # fewer answers than the least
    ALONE = "alone"  # the only rater of the group: nobody to compare with
    NO_NOISE = "no_noise"  # every rating is used up by the links: none is left to tell how sure they are


@dataclass(frozen=True)
class Pairs:
    """Each rater with each target once: a target is a ratee in a period. The value is the mean over criteria.

    value          points of each pair, the ease of criteria taken off
    ratee, period, body, given, result   of each target: codes, mean of all scores as given, nan where not known
    row            of each rating, the pair that it belongs to
    """

    value: Floats
    ratee: Ints
    period: Ints
    body: Ints
    given: Floats
    result: Floats
    row: Ints
    links: Links


@dataclass(frozen=True)
class Severities:
    """What was found; arrays over people (raters) and targets. Values are nan where the state is not known.

    severity, severity_error        points; how much less than the linked raters, and its standard error
    fair, fair_error, given_error   points; the given score as linked raters of middle severity would have given it, its
                                    standard error, and that of the given score with the luck of who rated
    lean, rest                      as solved, over people and pairs: for the rooms beside this one, never to be shown
    ease                            points by which each criterion is scored above the others
    noise, scatter                  standard deviations in points: of single values, and of true severities
    """

    pairs: Pairs
    least: int
    rater_state: list[State | None]
    severity: Floats
    severity_error: Floats
    target_state: list[State | None]
    fair: Floats
    fair_error: Floats
    given_error: Floats
    lean: Floats
    rest: Floats
    ease: Floats
    noise: float
    scatter: float

    @property
    def reliability(self) -> float:
        """The part of the differences between severities that is no noise, 0 to 1; nan where nothing is known."""
        known = np.isfinite(self.severity_error)
        wrong = float(np.mean(self.severity_error[known] ** 2)) if known.any() else float("nan")
        return self.scatter**2 / (self.scatter**2 + wrong) if self.scatter or wrong else float("nan")


def estimate(ratings: Ratings, *, least: int = LEAST) -> Severities:
    """Severities and fair scores. Raises RatingsRefused where nothing joins the criteria, or least is below FLOOR."""
    if least < FLOOR:
        raise RatingsRefused([Mistake(0, Said("least_too_small", found=least, floor=FLOOR))])
    pairs, ease = pair(ratings)
    links = pairs.links
    lean, level = links.solve(pairs.value)
    rest = links.rest(pairs.value, lean, level)
    noise = float(np.sqrt((rest**2).sum() / links.freedom)) if links.freedom > 0 else float("nan")
    error = noise * links.spread(lambda lean, level: np.concatenate([lean, level]))
    rater_error, target_error = error[: links.raters], error[links.raters :]
    rater_state = _states(links.of_rater, links.rater_group, links, least, noise)
    target_state = _states(links.of_target, links.target_group, links, least, noise)
    seen = np.array([state is State.KNOWN for state in rater_state])
    shown = np.array([state is State.KNOWN for state in target_state])
    scatter = _scatter(lean, rater_error, links.of_rater >= 2)
    luck = np.sqrt((noise**2 + scatter**2) / np.maximum(links.of_target, 1))
    return Severities(
        pairs, least, rater_state, np.where(seen, -lean, np.nan), np.where(seen, rater_error, np.nan), target_state,
        np.where(shown, level, np.nan), np.where(shown, target_error, np.nan), np.where(shown, luck, np.nan),
        lean, rest, ease, noise, scatter,
    )  # fmt: skip


def pair(ratings: Ratings) -> tuple[Pairs, Floats]:
    """The ratings as pairs, and the ease of each criterion."""
    periods, people = len(ratings.periods), len(ratings.people)
    targets, target = np.unique(ratings.ratee * periods + ratings.period, return_inverse=True)
    keys, row = np.unique(ratings.rater * len(targets) + target, return_inverse=True)
    ease = _ease(ratings, row, len(keys))
    value = np.bincount(row, ratings.score - ease[ratings.criterion]) / np.bincount(row)
    given = np.bincount(target, ratings.score) / np.bincount(target)
    body = np.full(len(targets), UNKNOWN)
    body[target[ratings.body >= 0]] = ratings.body[ratings.body >= 0]
    result = np.full(len(targets), np.nan)
    told = np.isfinite(ratings.result)
    result[target[told]] = ratings.result[told]
    links = Links(keys // len(targets), keys % len(targets), people, len(targets))
    return Pairs(value, targets // periods, targets % periods, body, given, result, row, links), ease


def _ease(ratings: Ratings, row: Ints, pairs: int) -> Floats:
    """By how much each criterion is scored above the others by the same rater for the same ratee."""
    criteria = len(ratings.criteria)
    if criteria == 1:
        return np.zeros(1)
    counts = sp.csr_matrix((np.ones(len(row)), (row, ratings.criterion)), shape=(pairs, criteria))
    share = 1 / np.bincount(row)
    together = (counts.T @ sp.diags(share) @ counts).toarray()
    number, part = csgraph.connected_components(together > 0, directed=False)
    if number > 1:
        first, other = (ratings.criteria[int(np.argmax(part == which))] for which in (0, 1))
        raise RatingsRefused([Mistake(0, Said("criteria_apart", first=first, other=other))])
    weight = np.bincount(ratings.criterion, minlength=criteria).astype(float)
    middle = np.bincount(row, ratings.score) * share
    above = np.bincount(ratings.criterion, ratings.score - middle[row], criteria)
    ease = np.linalg.lstsq(np.diag(weight) - together, above, rcond=None)[0]
    return np.asarray(ease - ease @ weight / weight.sum())


def _states(answers: Floats, group: Ints, links: Links, least: int, noise: float) -> list[State | None]:
    """The state of each; None for whoever stands on the other side only."""
    raters = np.bincount(links.rater_group[links.of_rater > 0], minlength=links.groups)

    def state(number: float, place: int) -> State | None:
        if not number:
            return None
        if number < least:
            return State.TOO_FEW
        if raters[place] == 1:
            return State.ALONE
        return State.KNOWN if np.isfinite(noise) else State.NO_NOISE

    return [state(number, place) for number, place in zip(answers, group, strict=True)]


def _scatter(lean: Floats, error: Floats, counted: NDArray[np.bool_]) -> float:
    """How far true severities lie apart: the scatter that was found less that which errors alone would bring."""
    if counted.sum() < 2 or not np.isfinite(error[counted]).all():
        return 0.0
    return float(np.sqrt(max(0.0, float(np.var(lean[counted]) - np.mean(error[counted] ** 2)))))

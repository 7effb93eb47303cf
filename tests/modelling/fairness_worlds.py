"""Worlds with planted performance, rated by people of differing severity and measured by products; and who the people are.

Sex, ethnicity and origin change nothing of what anybody is worth. But who belongs to a minority serves more often in
some bodies, and there raters are more severe: plain means then carry a difference that is not in the people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata

from canbo.modelling.severity.estimate import estimate
from canbo.modelling.severity.ratings import of_table
from canbo.rules.evaluation.many import Many
from tests.modelling.rating_worlds import name, number

TRAITS = ("sex", "ethnicity", "origin")
MEASURES = ("fair", "given", "score", "done")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Planted:
    """n people: worth in points, traits (n × 3 of 0 and 1), ratings and products as tables."""

    worth: Floats
    traits: Floats
    ratings: pl.DataFrame
    products: pl.DataFrame


def plant(
    seed: int, *, people: int = 600, body: int = 25, ratings: int = 16, away: int = 6, harsher: float = 8.0, against: float = 0.0
) -> Planted:
    """A world.

    harsher  points by which raters of a body all of a minority would be more severe than those of a body with none
    against  points that every rater takes from whoever belongs to a minority: what no severity explains
    """
    chance = np.random.default_rng(seed)
    home = np.arange(people) // body
    share = chance.beta(0.6, 0.9, home.max() + 1)
    traits = np.column_stack([chance.random(people) < odds for odds in (0.5, share[home], 0.3 + 0.4 * share[home])]).astype(float)
    worth = chance.normal(60, 8, people)
    severity = chance.normal(0, 6, people) + harsher * share[home]
    rater = np.repeat(np.arange(people), ratings)
    near = home[rater] * body + chance.integers(0, body, len(rater))
    ratee = np.where(np.tile(np.arange(ratings) < away, people), chance.integers(0, people, len(rater)), near)
    rater, ratee = np.array(
        sorted({(one, other) for one, other in zip(rater.tolist(), ratee.tolist(), strict=True) if one != other})
    ).T
    score = worth[ratee] - severity[rater] - against * traits[ratee, 1] + chance.normal(0, 6, len(rater))
    given = {"rater": [name(each) for each in rater], "ratee": [name(each) for each in ratee], "score": np.clip(score, 0, 100)}
    return Planted(worth, traits, pl.DataFrame(given), _products(chance, worth))


def _products(chance: np.random.Generator, worth: Floats, each: int = 12) -> pl.DataFrame:
    """Products of a year: whoever is worth more leaves less undone, fails and is late less often."""
    work = np.repeat(np.arange(len(worth)), each)
    assigned = chance.integers(1, 9, len(work))
    lack = 1 / (1 + np.exp((worth[work] - 45) / 8))
    return pl.DataFrame(
        {
            "work": work, "coefficient": chance.integers(8, 200, len(work)) * 10, "assigned": assigned * 10_000,
            "done": (assigned - chance.binomial(assigned, lack / 2)) * 10_000, "failures": chance.binomial(3, lack / 2),
            "times": chance.binomial(3, lack / 2), "days": np.zeros(len(work), int), "cause": np.zeros(len(work), bool),
            "extra": np.zeros(len(work), bool),
        }
    )  # fmt: skip


def measured(planted: Planted, many: Many) -> dict[str, Floats]:
    """What each says of the n people: fair scores, means of ratings as given, scores by law, plain shares done; nan unknown.

    In points of 0 to 100. Everybody has the same general points, so that scores by law differ by products alone.
    """
    ratings = of_table(planted.ratings)
    found, people = estimate(ratings), len(planted.worth)
    place = np.array([number(ratings.people[each]) for each in found.pairs.ratee])
    fair, given = np.full(people, np.nan), np.full(people, np.nan)
    fair[place], given[place] = found.fair, np.where(np.isfinite(found.fair), found.pairs.given, np.nan)
    works = pl.DataFrame({"work": np.arange(people), "general": np.full(people, 285), "leader": np.zeros(people, bool)})
    score = many.works(works, many.products(planted.products)).sort("work")["score"].cast(pl.Float64).to_numpy() / 10
    counted = planted.products.group_by("work").agg(share=(pl.col("done") / pl.col("assigned")).mean()).sort("work")
    return {"fair": fair, "given": given, "score": score, "done": 100 * counted["share"].to_numpy()}


def ranks_alike(measure: Floats, worth: Floats) -> float:
    """Spearman's correlation over whomever the measure knows."""
    known = np.isfinite(measure)
    return float(np.corrcoef(rankdata(measure[known]), rankdata(worth[known]))[0, 1])


def effects(measure: Floats, planted: Planted) -> Floats:
    """By how many points the measure differs with each trait among people of equal worth, by least squares."""
    known = np.isfinite(measure)
    design = np.column_stack([np.ones(len(measure)), planted.worth, planted.traits])[known]
    return np.asarray(np.linalg.lstsq(design, measure[known], rcond=None)[0][2:])

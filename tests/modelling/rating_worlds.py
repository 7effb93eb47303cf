"""Worlds of ratings with planted truth: what everybody is worth, how severe, who rings together, which bodies inflate."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True)
class World:
    """Ratings, and the truth behind them; people are p00000, p00001, ... and truth is in their order."""

    table: pl.DataFrame
    worth: NDArray[np.float64]
    severity: NDArray[np.float64]
    rings: list[set[int]] = field(default_factory=list)
    inflated: set[int] = field(default_factory=set)


def name(person: int) -> str:
    return f"p{person:05}"


def number(person: str) -> int:
    return int(person[1:])


def world(
    seed: int, *, people: int = 200, body: int = 20, ratings: int = 14, away: int = 3, criteria: int = 1, rings: int = 0,
    ring: tuple[int, int] = (4, 5), lift: float = 18.0, inflated: int = 0, inflation: float = 10.0, noise: float = 6.0,
    severities: float = 6.0, worths: float = 8.0, middle: float = 60.0,
) -> World:  # fmt: skip
    """People in bodies; each rates so many, some of them away in other bodies. All figures are points of 0 to 100.

    ring, lift   sizes of rings from and to; how much higher members score one another
    """
    chance = np.random.default_rng(seed)
    home = np.arange(people) // body
    worth, severity = chance.normal(middle, worths, people), chance.normal(0, severities, people)
    puffed = set(chance.choice(home.max() + 1, inflated, replace=False).tolist())
    severity = severity - inflation * np.isin(home, list(puffed))
    rater = np.repeat(np.arange(people), ratings)
    near = home[rater] * body + chance.integers(0, body, len(rater))
    far = np.tile(np.arange(ratings) >= ratings - away, people)
    ratee = np.where(far, chance.integers(0, people, len(rater)), near)
    groups = [
        set((chance.choice(body, chance.integers(ring[0], ring[1] + 1), replace=False) + place * body).tolist())
        for place in chance.choice(home.max() + 1, rings, replace=False)
    ]
    mutual = {(one, other) for group in groups for one in group for other in group}
    twos = np.array(
        sorted((set(zip(rater.tolist(), ratee.tolist(), strict=True)) | mutual) - {(one, one) for one in range(people)})
    )
    rater, ratee = np.repeat(twos[:, 0], criteria), np.repeat(twos[:, 1], criteria)
    criterion = np.tile(np.arange(criteria), len(twos))
    lifted = np.array([pair in mutual for pair in zip(rater.tolist(), ratee.tolist(), strict=True)])
    score = worth[ratee] - severity[rater] + chance.normal(0, noise, len(rater)) + 3.0 * criterion + lift * lifted
    columns = {
        "rater": [name(each) for each in rater], "ratee": [name(each) for each in ratee], "score": np.clip(score, 0, 100),
        "criterion": [f"c{each}" for each in criterion], "body": [f"b{home[each]:03}" for each in ratee],
        "result": (worth + chance.normal(0, 4, people))[ratee],
    }  # fmt: skip
    return World(pl.DataFrame(columns), worth, severity, groups, puffed)

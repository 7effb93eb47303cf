"""Rings: people who score one another higher than their severity and the other's worth explain.

The same search runs over the ratings as they are and over honest ones: drawn at random on the same design, with the
noise that was found, put through the same equations. What is asked about is what the search finds in the former and
almost never in the latter. Only mutual ratings count: being praised by many is no ring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np

from canbo.modelling.severity.chances import RATE
from canbo.modelling.severity.estimate import Severities
from canbo.modelling.severity.links import Links
from canbo.modelling.severity.ratings import Floats, Ints

SMALLEST = 3
SEED = 1.5  # a mutual excess, in standard deviations, from which a ring is grown
HONEST = 40  # honest worlds that the search runs over
MORE = 200  # as many where they are cheap
CHEAP = 5_000


@dataclass(frozen=True)
class Ring:
    """People (codes) who lift each other.

    strength  how far all mutual scores together lie above what explains them, in standard deviations
    chance    the false-alarm share of all rings at least as strong as this one
    excess    points by which the mean mutual score lies above what those outside the ring lead to expect; nan where
              nobody outside rated them
    pairs     places of the mutual ratings in the pairs
    beyond    points of each of them above what is expected, nan as in excess
    """

    people: tuple[int, ...]
    strength: float
    chance: float
    excess: float
    pairs: tuple[int, ...]
    beyond: tuple[float, ...]


@dataclass(frozen=True)
class Mutual:
    """Two people who rated each other, over all periods: codes, and the places of the pairs there and back."""

    one: Ints
    other: Ints
    there: Ints
    back: Ints
    count: Ints
    number: int


def find(found: Severities, *, left_out: Ints | None = None, rate: float = RATE) -> list[Ring]:
    """The rings to ask about, strongest first.

    left_out  places of pairs that nobody is asked about, such as anonymous ones
    """
    pairs, links = found.pairs, found.pairs.links
    if not np.isfinite(found.noise) or found.noise <= 0:
        return []
    mutual = _mutual(links.rater, pairs.ratee[links.target], left_out)
    if mutual.number < SMALLEST:
        return []
    seen = search(mutual, found.rest / found.noise)
    telling = np.array([each for _, each, _ in seen])
    worlds = MORE if len(links) <= CHEAP else HONEST
    honest = np.sort(np.concatenate([
        np.array([each for _, each, _ in search(mutual, rest)]) for rest in _honest(found, worlds)
    ] or [np.empty(0)]))  # fmt: skip
    above = len(honest) - np.searchsorted(honest, telling, side="left")
    shares = (1 + above) / worlds / np.arange(1, len(seen) + 1)
    shares = np.minimum.accumulate(shares[::-1])[::-1]
    kept = [(people, strength, share) for (people, _, strength), share in zip(seen, shares, strict=True) if share <= rate]
    if not kept:
        return []
    inside = [_inside(mutual, people) for people, _, _ in kept]
    beyond = _beyond(found, inside)
    return [
        Ring(people, strength, float(share), _mean(beyond[places]), tuple(places.tolist()), tuple(beyond[places].tolist()))
        for (people, strength, share), places in zip(kept, inside, strict=True)
    ]


def _mutual(rater: Ints, ratee: Ints, left_out: Ints | None) -> Mutual:
    """All that were rated by whom they rated. `there` and `back` name pairs; `count` is the place in one, other."""
    places = np.arange(len(rater)) if left_out is None else np.setdiff1d(np.arange(len(rater)), left_out)
    size = int(max(rater.max(), ratee.max())) + 1
    key = rater[places] * size + ratee[places]
    both = np.isin(key, ratee[places] * size + rater[places])
    places, key = places[both], key[both]
    low, high = np.minimum(rater[places], ratee[places]), np.maximum(rater[places], ratee[places])
    twos, count = np.unique(low * size + high, return_inverse=True)
    forth = rater[places] == low
    return Mutual(twos // size, twos % size, places, forth.astype(np.int64), count, len(twos))


def _strengths(mutual: Mutual, rest: Floats) -> Floats:
    """How far the scores of each two lie above what explains them, together, in standard deviations."""
    times = np.bincount(mutual.count, minlength=mutual.number)
    return np.asarray(np.bincount(mutual.count, rest[mutual.there], mutual.number) / np.sqrt(times))


def search(mutual: Mutual, rest: Floats) -> list[tuple[tuple[int, ...], float, float]]:
    """Groups of at least SMALLEST people who lift each other, none in two of them, most telling first.

    rest  of all pairs, what rater and ratee do not explain, in standard deviations
    Returns people, how telling, and the strength. How telling is half the square of the strength, less the logarithm
    of among how many each member was chosen: of many choices some look strong by chance.
    """
    strength = _strengths(mutual, rest)
    near: dict[int, dict[int, float]] = {}
    for one, other, size in zip(mutual.one.tolist(), mutual.other.tolist(), strength.tolist(), strict=True):
        near.setdefault(one, {})[other] = size
        near.setdefault(other, {})[one] = size
    seeds = np.flatnonzero(strength >= SEED)
    grown: dict[tuple[int, ...], tuple[float, float]] = {}
    for seed in seeds[np.argsort(-strength[seeds], kind="stable")].tolist():
        people, telling, total = _grow(near, int(mutual.one[seed]), int(mutual.other[seed]))
        if len(people) >= SMALLEST:
            grown[people] = max(grown.get(people, (telling, total)), (telling, total))
    taken: set[int] = set()
    kept = []
    for people, (telling, total) in sorted(grown.items(), key=lambda each: (-each[1][0], each[0])):
        if taken.isdisjoint(people):
            taken.update(people)
            kept.append((people, telling, total))
    return kept


def _grow(near: dict[int, dict[int, float]], one: int, other: int) -> tuple[tuple[int, ...], float, float]:
    """Take in whoever makes the whole more telling, as long as somebody does and is tied to at least half of those inside."""
    inside = {one, other}
    total, ties, price = near[one][other], 1, 0.0
    telling = total**2 / 2
    while True:
        sums: dict[int, tuple[float, int]] = {}
        for member in inside:
            for person, size in near[member].items():
                if person not in inside:
                    before, times = sums.get(person, (0.0, 0))
                    sums[person] = (before + size, times + 1)
        tied = [(own, times, person) for person, (own, times) in sums.items() if 2 * times >= len(inside)]
        if not tied:
            break
        own, times, person = max(tied, key=lambda each: ((total + each[0]) / (ties + each[1]) ** 0.5, -each[2]))
        cost = price + log(len(tied))
        better = max(total + own, 0.0) ** 2 / (ties + times) / 2 - cost
        # the third is taken in on trial: two alone are no ring
        if better <= telling and len(inside) >= SMALLEST:
            break
        inside.add(person)
        total, ties, price, telling = total + own, ties + times, cost, better
    return tuple(sorted(inside)), telling, total / ties**0.5


def _honest(found: Severities, worlds: int) -> Iterator[Floats]:
    """What would be left unexplained if every score were honest: the noise that was found, dealt out anew."""
    links, chance = found.pairs.links, np.random.default_rng(worlds)
    pool = found.rest - found.rest.mean()
    pool = pool / np.sqrt((pool**2).mean())
    for start in range(0, worlds, 20):
        noise = chance.choice(pool, (len(links), min(20, worlds - start)))
        rest = links.rest(noise, *links.solve(noise, 1e-4))
        yield from rest.T


def _inside(mutual: Mutual, people: tuple[int, ...]) -> Ints:
    """The places of the pairs with both ends in the ring."""
    within = np.isin(mutual.one, people) & np.isin(mutual.other, people)
    return np.sort(mutual.there[within[mutual.count]])


def _beyond(found: Severities, inside: list[Ints]) -> Floats:
    """Points of every pair above what the ratings outside all rings explain; nan where these say nothing of it."""
    pairs, links = found.pairs, found.pairs.links
    others = np.setdiff1d(np.arange(len(links)), np.concatenate(inside))
    outside = Links(links.rater[others], links.target[others], links.raters, links.targets)
    beyond = links.rest(pairs.value, *outside.solve(pairs.value[others]))
    rated, got = outside.rater_group[links.rater], outside.target_group[links.target]
    return np.where((rated == got) & (rated >= 0), beyond, np.nan)


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")

"""Rings: people who score one another higher than their severity and the other's worth explain.

The same search runs over the ratings as they are and over honest ones: drawn at random on the same design, with the
noise that was found, put through the same equations. What is asked about is what the search finds in the former and
almost never in the latter. Only mutual ratings count: being praised by many is no ring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from canbo.modelling.severity.links import Links
from canbo.modelling.severity.chances import RATE
from canbo.modelling.severity.estimate import Severities
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
    """

    people: tuple[int, ...]
    strength: float
    chance: float
    excess: float
    pairs: tuple[int, ...]


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
    strengths = np.array([strength for _, strength in seen])
    worlds = MORE if len(links) <= CHEAP else HONEST
    honest = np.sort(np.concatenate([
        np.array([strength for _, strength in search(mutual, rest)]) for rest in _honest(found, worlds)
    ] or [np.empty(0)]))  # fmt: skip
    above = len(honest) - np.searchsorted(honest, strengths, side="left")
    shares = (1 + above) / worlds / np.arange(1, len(strengths) + 1)
    shares = np.minimum.accumulate(shares[::-1])[::-1]
    kept = [(people, strength, share) for (people, strength), share in zip(seen, shares, strict=True) if share <= rate]
    inside = [_inside(mutual, people) for people, _, _ in kept]
    excess = _excess(found, inside)
    return [
        Ring(people, strength, float(share), gain, tuple(places.tolist()))
        for (people, strength, share), places, gain in zip(kept, inside, excess, strict=True)
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
    """How far both scores of each two lie above what explains them, together; nought or less unless both do."""
    at = rest[mutual.there]
    ways = [np.bincount(mutual.count[mutual.back == way], at[mutual.back == way], mutual.number) for way in (0, 1)]
    times = np.bincount(mutual.count, minlength=mutual.number)
    together = (ways[0] + ways[1]) / np.sqrt(times)
    return np.where((ways[0] > 0) & (ways[1] > 0), together, np.minimum(together, 0.0))


def search(mutual: Mutual, rest: Floats) -> list[tuple[tuple[int, ...], float]]:
    """Groups of at least SMALLEST people who lift each other, none in two of them, strongest first.

    rest  of all pairs, what rater and ratee do not explain, in standard deviations
    """
    strength = _strengths(mutual, rest)
    near: dict[int, dict[int, float]] = {}
    for one, other, size in zip(mutual.one.tolist(), mutual.other.tolist(), strength.tolist(), strict=True):
        near.setdefault(one, {})[other] = size
        near.setdefault(other, {})[one] = size
    seeds = np.flatnonzero(strength >= SEED)
    grown = {}
    for seed in seeds[np.argsort(-strength[seeds], kind="stable")].tolist():
        people, total = _grow(near, int(mutual.one[seed]), int(mutual.other[seed]))
        if len(people) >= SMALLEST:
            grown[people] = total
    taken: set[int] = set()
    kept = []
    for people, total in sorted(grown.items(), key=lambda each: (-each[1], each[0])):
        if taken.isdisjoint(people):
            taken.update(people)
            kept.append((people, total))
    return kept


def _grow(near: dict[int, dict[int, float]], one: int, other: int) -> tuple[tuple[int, ...], float]:
    """Take in whoever makes the whole stronger, as long as somebody does and is tied to at least half of those inside."""
    inside = {one, other}
    total, ties = near[one][other], 1
    while True:
        best = None
        for person in {next_one for member in inside for next_one in near[member]} - inside:
            own = [size for member, size in near[person].items() if member in inside]
            if 2 * len(own) < len(inside) or min(own) <= -SEED:
                continue
            strength = (total + sum(own)) / (ties + len(own)) ** 0.5
            if best is None or (strength, -person) > best[:2]:
                best = (strength, -person, person, sum(own), len(own))
        if best is None or best[0] <= total / ties**0.5:
            return tuple(sorted(inside)), total / ties**0.5
        inside.add(best[2])
        total, ties = total + best[3], ties + best[4]


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


def _excess(found: Severities, inside: list[Ints]) -> list[float]:
    """Points above what the ratings outside all rings explain."""
    if not inside:
        return []
    pairs, links = found.pairs, found.pairs.links
    rest_of_all = np.setdiff1d(np.arange(len(links)), np.concatenate(inside))
    outside = Links(links.rater[rest_of_all], links.target[rest_of_all], links.raters, links.targets)
    lean, level = outside.solve(pairs.value[rest_of_all])
    beyond = links.rest(pairs.value, lean, level)
    joined = (outside.rater_group[links.rater] == outside.target_group[links.target]) & (outside.rater_group[links.rater] >= 0)
    return [float(beyond[places][joined[places]].mean()) if joined[places].any() else float("nan") for places in inside]

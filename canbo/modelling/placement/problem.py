"""What is asked of a placement: people, posts, the pairs that are allowed and their worth, and what must hold.

Codes of people, posts, bodies, groups and articles mean nothing here. Points are counted in whole units, UNIT of them
to a point, so that equal is equal.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

UNIT = 10_000  # a score and a weight have at most two digits after the point, so their product has four
LOTS = 1_024

Ints = NDArray[np.int64]
Key = tuple[str, str]  # a person and a post
Told = TypeVar("Told")


class Arrayed(Mapping[Key, Told]):
    """What is said of the pairs of many people and many posts, in arrays (table.py): a copy of a mapping of millions is dear."""

    @abstractmethod
    def of(self, person: str) -> list[str]:
        """The posts of which something is said about a person."""

    @abstractmethod
    def put(self, key: Key, value: Told) -> Arrayed[Told]:
        """With that said of one pair."""

    @abstractmethod
    def without(self, key: Key) -> Arrayed[Told]:
        """With nothing said of that pair."""

    @abstractmethod
    def only(self, people: Sequence[str]) -> Arrayed[Told]:
        """Of those people alone."""

    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of all that it says."""


@dataclass(frozen=True)
class Person:
    """`now`: the post held today. `prefers`: posts, the dearest first. `about`: codes by which fairness is told.

    `levels`: where several of `prefers` are equally dear, the rank of each from 0; empty: their order.
    """

    id: str
    now: str | None = None
    prefers: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    about: Mapping[str, str] = field(default_factory=dict)
    must: bool = False
    fixed: str | None = None
    levels: tuple[int, ...] = ()

    def rank(self, post: str | None) -> int | None:
        """How dear a post is, 0 the dearest; None where it was not named."""
        if post not in self.prefers:
            return None
        place = self.prefers.index(post)
        return self.levels[place] if self.levels else place


@dataclass(frozen=True)
class Post:
    """`seats`: how many it takes. `fill`: how many of them may not stay empty.

    `opened_by`: pairs that each open one of its seats; None: its seats are free. So a chain is told: who follows somebody
    takes a seat that is opened by whatever that person takes.
    """

    id: str
    seats: int = 1
    body: str | None = None
    groups: frozenset[str] = frozenset()
    fill: int = 0
    opened_by: frozenset[tuple[str, str]] | None = None


@dataclass(frozen=True)
class Pair:
    """A person who may hold a post: `score` and `distance` in hundredths; `groups` that hold of this pair only."""

    score: int
    distance: int | None = None
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Forbidden:
    """Two people who may not be in one body (`where` body), nor in bodies one of which is above the other (line)."""

    one: str
    other: str
    where: str
    articles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cap:
    """How many of those placed in a body bear all of `groups`: numbers, or shares in per cent of all placed there.

    `below`: the bodies beneath it count with it. `penalty`: it is a target, and each one too few or too many costs so
    many points (in units); None: it must hold.
    """

    id: str
    body: str | None
    below: bool = False
    groups: frozenset[str] = frozenset()
    at_least: int | None = None
    at_most: int | None = None
    share_at_least: int | None = None
    share_at_most: int | None = None
    penalty: int | None = None
    articles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weights:
    """Hundredths of a point: for one of score, for the first, second ... preference, per kilometre, for staying, for a place."""

    score: int = 100
    preference: tuple[int, ...] = (1000, 500, 200)
    distance: int = 10
    continuity: int = 500
    placed: int = 100_000


@dataclass(frozen=True)
class Problem:
    """A placement as asked. `pairs` and `barred` by (person, post); what is in neither is not allowed, without an article.

    Of many people and posts they are tables (table.py).
    """

    people: Mapping[str, Person]
    posts: Mapping[str, Post]
    pairs: Mapping[Key, Pair]
    barred: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    forbidden: tuple[Forbidden, ...] = ()
    caps: tuple[Cap, ...] = ()
    bodies: Mapping[str, str | None] = field(default_factory=dict)
    weights: Weights = Weights()
    lot: str = ""

    def value(self, person: str, post: str) -> int:
        """What it is worth that this person holds this post, in units."""
        return self.worth(self.people[person], post, self.pairs[person, post])

    def worth(self, who: Person, post: str, pair: Pair) -> int:
        """The same for a pair as given."""
        weights = self.weights
        rank = who.rank(post)
        preferred = weights.preference[rank] if rank is not None and rank < len(weights.preference) else 0
        whole = weights.placed + preferred + (weights.continuity if who.now == post else 0)
        return whole * 100 + weights.score * pair.score - weights.distance * (pair.distance or 0)

    def open_to(self, person: str) -> list[str]:
        """The posts that a person may hold."""
        return self.pairs.of(person) if isinstance(self.pairs, Arrayed) else [post for code, post in self.pairs if code == person]

    def barred_from(self, people: Collection[str]) -> dict[str, list[str]]:
        """The posts from which articles bar each of these people; who is barred from none is left out."""
        found: dict[str, list[str]] = {}
        if isinstance(self.barred, Arrayed):
            return {person: posts for person in people if (posts := self.barred.of(person))}
        for person, post in self.barred:
            if person in people:
                found.setdefault(person, []).append(post)
        return found

    @cached_property
    def above(self) -> Mapping[str, frozenset[str]]:
        """Each body with itself and all that is above it."""
        found: dict[str, frozenset[str]] = {}
        for body in self.bodies:
            line = [body]
            while (up := self.bodies[line[-1]]) is not None:
                line.append(up)
            found[body] = frozenset(line)
        return found

    def with_score(self, person: str, post: str, score: int) -> Problem:
        """The same with another score (hundredths) of one pair, which is allowed from then on."""
        key = (person, post)
        pair = replace(self.pairs.get(key, Pair(0)), score=score)
        return replace(self, pairs=_put(self.pairs, key, pair), barred=_without(self.barred, key))

    def without_pair(self, person: str, post: str) -> Problem:
        """The same where that person does not stand for that post."""
        return replace(self, pairs=_without(self.pairs, (person, post)))

    def with_bar(self, person: str, post: str, articles: tuple[str, ...]) -> Problem:
        """The same where articles bar that person from that post."""
        barred = _put(self.barred, (person, post), articles)
        return replace(self.without_pair(person, post), barred=barred)

    def only(self, people: Collection[str]) -> Problem:
        """The same of those people alone."""
        kept = {code: who for code, who in self.people.items() if code in people}
        forbidden = tuple(each for each in self.forbidden if each.one in kept and each.other in kept)
        return replace(self, people=kept, pairs=_only(self.pairs, kept), barred=_only(self.barred, kept), forbidden=forbidden)

    def with_fixed(self, person: str, post: str | None) -> Problem:
        """The same with a person put into a post by hand, or, with None, left to the calculation."""
        return replace(self, people={**self.people, person: replace(self.people[person], fixed=post)})

    def lifted(self, name: str) -> Problem:
        """The same without the constraint of that name (see rows.py); a bar lifted gives no score, so allows no pair."""
        kind, _, rest = name.partition(":")
        if kind == "cap":
            return replace(self, caps=tuple(cap for cap in self.caps if cap.id != rest))
        if kind == "forbidden":
            kept = tuple(each for each in self.forbidden if f"{each.one}+{each.other}" != rest)
            return replace(self, forbidden=kept)
        if kind in ("must", "fixed"):
            who = self.people[rest]
            who = replace(who, must=False) if kind == "must" else replace(who, fixed=None)
            return replace(self, people={**self.people, rest: who})
        post = self.posts[rest]
        if kind in ("fill", "open"):
            post = replace(post, fill=0) if kind == "fill" else replace(post, opened_by=None)
        else:
            post = replace(post, seats=len(self.people))
        return replace(self, posts={**self.posts, rest: post})


def lot(word: str, person: str, post: str) -> int:
    """The lot of a pair: a number below LOTS that the published word gives to everyone who computes it."""
    said = hashlib.sha256("|".join((word, person, post)).encode()).digest()
    return int.from_bytes(said[:4], "big") % LOTS


def _put(told: Mapping[Key, Told], key: Key, value: Told) -> Mapping[Key, Told]:
    return told.put(key, value) if isinstance(told, Arrayed) else {**told, key: value}


def _without(told: Mapping[Key, Told], key: Key) -> Mapping[Key, Told]:
    return told.without(key) if isinstance(told, Arrayed) else {each: said for each, said in told.items() if each != key}


def _only(told: Mapping[Key, Told], people: Collection[str]) -> Mapping[Key, Told]:
    return told.only(list(people)) if isinstance(told, Arrayed) else {key: said for key, said in told.items() if key[0] in people}

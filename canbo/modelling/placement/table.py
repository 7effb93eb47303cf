"""The pairs of many people and many posts, where nearly everybody may nearly everything: numbers in arrays, read like any mapping.

Arrays have a row for each post and a column for each person. Whoever changes a pair gets another table; what did not change is shared.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canbo.modelling.placement.problem import Arrayed, Ints, Key, Pair, Problem, Told

UNKNOWN, FREE = -1, -1
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class _Cells(Arrayed[Told]):
    """Where each person and each post stands in the arrays."""

    people: Mapping[str, int]
    posts: Mapping[str, int]

    @property
    @abstractmethod
    def there(self) -> Flags:
        """Of which pairs something is said."""

    def __iter__(self) -> Iterator[Key]:
        people, posts = list(self.people), list(self.posts)
        for post, person in zip(*(each.tolist() for each in np.nonzero(self.there)), strict=True):
            yield people[person], posts[post]

    def __len__(self) -> int:
        return int(self.there.sum())

    def of(self, person: str) -> list[str]:
        posts = list(self.posts)
        places = np.flatnonzero(self.there[:, self.people[person]]).tolist() if person in self.people else []
        return [posts[place] for place in places]

    def at(self, key: Key) -> tuple[int, int]:
        """Where a pair stands. Raises KeyError for who or what is not in the arrays."""
        return self.posts[key[1]], self.people[key[0]]


@dataclass(frozen=True, eq=False)
class Table(_Cells[Pair]):
    """`open`: which pairs are allowed; `score` and `distance` in hundredths, the distance UNKNOWN where it is not known;
    `marked`: pairs that bear `groups`. What stands for pairs that are not open means nothing."""

    open: Flags
    score: Numbers
    distance: Numbers
    marked: Flags
    groups: frozenset[str]

    @property
    def there(self) -> Flags:
        return self.open

    def __getitem__(self, key: Key) -> Pair:
        at = self.at(key)
        if not self.open[at]:
            raise KeyError(key)
        distance = int(self.distance[at])
        groups = self.groups if self.marked[at] else frozenset[str]()
        return Pair(int(self.score[at]), None if distance == UNKNOWN else distance, groups)

    def put(self, key: Key, value: Pair) -> Table:
        if value.groups not in (frozenset(), self.groups):
            raise ValueError(f"a table marks pairs with {sorted(self.groups)}, not with {sorted(value.groups)}")
        at = self.at(key)
        distance = UNKNOWN if value.distance is None else value.distance
        return replace(
            self, open=_with(self.open, at, True), score=_with(self.score, at, value.score),
            distance=_with(self.distance, at, distance), marked=_with(self.marked, at, bool(value.groups)),
        )  # fmt: skip

    def without(self, key: Key) -> Table:
        return replace(self, open=_with(self.open, self.at(key), False)) if key in self else self

    def only(self, people: Sequence[str]) -> Table:
        kept = [self.people[code] for code in people]
        return replace(
            self, people={code: place for place, code in enumerate(people)}, open=self.open[:, kept], score=self.score[:, kept],
            distance=self.distance[:, kept], marked=self.marked[:, kept],
        )  # fmt: skip

    def worth(self, problem: Problem) -> Ints:
        """What each pair is worth, in units, whether open or not: as Problem.worth says of one."""
        weights = problem.weights
        worth: Ints = weights.score * self.score.astype(np.int64)
        worth -= weights.distance * np.where(self.distance == UNKNOWN, 0, self.distance)
        worth += weights.placed * 100
        for code, who in problem.people.items():
            column = self.people[code]
            if who.now is not None and who.now in self.posts:
                worth[self.posts[who.now], column] += weights.continuity * 100
            for post in dict.fromkeys(who.prefers):
                rank = who.rank(post)
                if post in self.posts and rank is not None and rank < len(weights.preference):
                    worth[self.posts[post], column] += weights.preference[rank] * 100
        return worth

    def digest(self) -> str:
        said = hashlib.sha256(repr([[*self.people], [*self.posts], sorted(self.groups)]).encode())
        for values in (self.score, self.distance, self.marked):
            said.update(np.where(self.open, values, UNKNOWN).astype(np.int32).tobytes())
        said.update(self.open.tobytes())
        return said.hexdigest()


@dataclass(frozen=True, eq=False)
class Bars(_Cells[tuple[str, ...]]):
    """Pairs that articles bar: `number` says which of `said`, FREE where none does."""

    number: Numbers
    said: list[tuple[str, ...]]

    @property
    def there(self) -> Flags:
        return np.asarray(self.number != FREE)

    def __getitem__(self, key: Key) -> tuple[str, ...]:
        number = int(self.number[self.at(key)])
        if number == FREE:
            raise KeyError(key)
        return self.said[number]

    def put(self, key: Key, value: tuple[str, ...]) -> Bars:
        return replace(self, number=_with(self.number, self.at(key), len(self.said)), said=[*self.said, value])

    def without(self, key: Key) -> Bars:
        return replace(self, number=_with(self.number, self.at(key), FREE)) if key in self else self

    def only(self, people: Sequence[str]) -> Bars:
        kept = [self.people[code] for code in people]
        return replace(self, people={code: place for place, code in enumerate(people)}, number=self.number[:, kept])

    def digest(self) -> str:
        used = {self.said[number] for number in np.unique(self.number).tolist() if number != FREE}
        order = {said: place for place, said in enumerate(sorted(used))}
        number = np.array([*(order.get(said, FREE) for said in self.said), FREE], dtype=np.int32)[self.number]
        return hashlib.sha256(repr([*order]).encode() + number.tobytes()).hexdigest()


def _with(values: NDArray[Any], at: tuple[int, int], said: Any) -> NDArray[Any]:
    if values[at] == said:
        return values
    fresh = values.copy()
    fresh[at] = said
    return fresh


def arcs(problem: Problem, table: Table) -> tuple[Ints, Ints, Ints]:
    """Of each pair that may be chosen the person, the post and the worth: a person put somewhere by hand has no other."""
    able = table.open
    for code, who in problem.people.items():
        if who.fixed is not None:
            able = able.copy() if able is table.open else able
            column = table.people[code]
            kept = who.fixed in table.posts and table.open[table.posts[who.fixed], column]
            able[:, column] = False
            if kept:
                able[table.posts[who.fixed], column] = True
    post, person = np.nonzero(able)
    return person.astype(np.int64), post.astype(np.int64), table.worth(problem)[able]

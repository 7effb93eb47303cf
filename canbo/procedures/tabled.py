"""What is found of many people in many posts of a round, in arrays, post by post: allowed, barred by articles, allowed only as far as is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from canbo.modelling.placement.problem import Key
from canbo.modelling.placement.table import FREE, UNKNOWN, Bars, Table
from canbo.procedures.eligible import NEEDS, Alike, Judged, weighing


class Tabled:
    """As eligible.Pairs. `column` and `line`: where a person and a post stand in the arrays."""

    def __init__(self, people: Sequence[str], posts: Sequence[str]) -> None:
        self.column = {code: place for place, code in enumerate(people)}
        self.line = {code: place for place, code in enumerate(posts)}
        shape = (len(posts), len(people))
        self.pairs = Table(
            self.column, self.line, np.zeros(shape, bool), np.zeros(shape, np.int32), np.full(shape, UNKNOWN, np.int32),
            np.zeros(shape, bool), frozenset({NEEDS}),
        )  # fmt: skip
        self.bars = Bars(self.column, self.line, np.full(shape, FREE, np.int32), [])
        self.told: dict[tuple[int, int], Judged] = {}
        self.groups: list[Group] = []
        self._said: dict[tuple[str, ...], int] = {}
        self._number: dict[Alike, Any] = {}

    def group(self, people: Sequence[str], places: Sequence[int]) -> Group:
        """People who are judged together, at these places of those judged."""
        columns = np.array([self.column[code] for code in people], dtype=np.int64)
        self.groups.append(Group(len(self.groups), columns, np.array(places, dtype=np.int64)))
        return self.groups[-1]

    def put(self, group: Group, post: str, judged: Judged, which: Any, *, distance: Any, more: Any) -> None:
        """Those of a group that are asked about (`which`), in one post. `distance` of each in hundredths, UNKNOWN where it is not known;
        `more`: hundredths of a point beside what the criteria give."""
        line, columns, rows = self.line[post], group.columns[which], judged.at[group.places[which]]
        waits = judged.alike.dark[rows]
        lost = round(100 * weighing()["needs_facts"])
        self.pairs.open[line, columns] = ~judged.alike.barred[rows]
        self.pairs.score[line, columns] = judged.alike.scores[rows] + more[which] - lost * waits
        self.pairs.distance[line, columns] = distance[which]
        self.pairs.marked[line, columns] = waits
        self.bars.number[line, columns] = self._numbers(judged.alike)[rows]
        self.told[line, group.number] = judged

    def bar(self, key: Key, articles: tuple[str, ...]) -> None:
        """Articles beside those of the rulebook bar a pair that those allow."""
        if key in self.pairs:
            at = self.pairs.at(key)
            self.pairs.open[at], self.bars.number[at] = False, self._named(articles)

    def needs(self, key: Key) -> tuple[str, ...]:
        """The articles that cannot judge a pair for want of a fact."""
        line, column = self.pairs.at(key)
        for group in self.groups:
            if len(place := np.flatnonzero(group.columns == column)):
                return self.told[line, group.number].needs(int(group.places[place[0]]))
        raise KeyError(key)

    def _numbers(self, alike: Alike) -> Any:
        """Of each row the number under which the table says what bars it."""
        if alike not in self._number:
            which, said = alike.bars
            self._number[alike] = np.array([self._named(each) if each else FREE for each in said], dtype=np.int32)[which]
        return self._number[alike]

    def _named(self, articles: tuple[str, ...]) -> int:
        if articles not in self._said:
            self._said[articles] = len(self._said)
            self.bars.said.append(articles)
        return self._said[articles]


@dataclass(frozen=True)
class Group:
    """People who are judged together: their columns, and their places among those judged."""

    number: int
    columns: Any
    places: Any


class Waiting(Mapping[Key, tuple[str, ...]]):
    """Pairs that are allowed only as far as is known -> the articles that cannot be judged; worked out when it is asked."""

    def __init__(self, found: Tabled) -> None:
        self.found = found
        self.there = found.pairs.open & found.pairs.marked

    def __getitem__(self, key: Key) -> tuple[str, ...]:
        if not self.there[self.found.pairs.at(key)]:
            raise KeyError(key)
        return self.found.needs(key)

    def __iter__(self) -> Iterator[Key]:
        people, posts = list(self.found.column), list(self.found.line)
        return ((people[column], posts[line]) for line, column in zip(*np.nonzero(self.there), strict=True))

    def __len__(self) -> int:
        return int(self.there.sum())

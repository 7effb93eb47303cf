"""A problem as arrays: arcs from people to posts with their worth, seats, and rows: what sums over arcs may not exceed.

A row says: the sum of coefficient times arc, less `slack` times what may be bought off, is at most `most`. Its name is
that of the constraint it comes from: `cap:ID`, `forbidden:ONE+OTHER`, `must:PERSON`, `fixed:PERSON`, `fill:POST`,
`open:POST`; several rows may bear one name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from canbo.modelling.placement.problem import Cap, Forbidden, Ints, Problem

Key = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """`penalty`: units for each `slack` above `most`; None: nothing buys it off."""

    name: str
    arcs: Ints
    coefficients: Ints
    most: int
    slack: int = 1
    penalty: int | None = None

    def used(self, chosen: Ints) -> int:
        """The sum with 0/1 for each arc."""
        return int(self.coefficients @ chosen[self.arcs])

    def cost(self, chosen: Ints) -> int | None:
        """Units to be paid; None where it is broken."""
        over = self.used(chosen) - self.most
        if over <= 0:
            return 0
        return None if self.penalty is None else -(-over // self.slack) * self.penalty


@dataclass(frozen=True)
class Model:
    """Arcs by number: `person` and `post` (numbers of them), `value` in units, `lot`. Posts by number: `seats`, `cluster`."""

    people: Sequence[str]
    posts: Sequence[str]
    person: Ints
    post: Ints
    value: Ints
    lot: Ints
    seats: Ints
    cluster: Ints
    rows: tuple[Row, ...]

    @cached_property
    def keys(self) -> list[Key]:
        """The pair of each arc."""
        return [(self.people[i], self.posts[j]) for i, j in zip(self.person.tolist(), self.post.tolist(), strict=True)]

    @cached_property
    def number(self) -> Mapping[Key, int]:
        """The arc of each pair."""
        return {key: number for number, key in enumerate(self.keys)}

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """Coefficients: rows by arcs."""
        return matrix(self.rows, len(self.value))

    def worth(self, chosen: Ints) -> int | None:
        """Units of a choice of arcs (0/1), penalties paid; None where something that must hold does not."""
        if np.any(np.bincount(self.person, chosen, len(self.people)) > 1):
            return None
        if np.any(np.bincount(self.post, chosen, len(self.posts)) > self.seats):
            return None
        costs = [row.cost(chosen) for row in self.rows]
        return None if None in costs else int(self.value @ chosen) - sum(cost or 0 for cost in costs)

    def part(self, kept: Ints) -> Model:
        """The model with those arcs alone (by number, ascending); rows keep what they can still hold."""
        where = np.full(len(self.value), -1, dtype=np.int64)
        where[kept] = np.arange(len(kept))
        rows = []
        for row in self.rows:
            to = where[row.arcs]
            rows.append(replace(row, arcs=to[to >= 0], coefficients=row.coefficients[to >= 0]))
        return replace(
            self, person=self.person[kept], post=self.post[kept], value=self.value[kept], lot=self.lot[kept], rows=tuple(rows)
        )


def matrix(rows: Sequence[Row], width: int) -> sparse.csr_array:
    """Coefficients of rows over so many arcs."""
    lengths = [len(row.arcs) for row in rows]
    empty = np.zeros(0, dtype=np.int64)
    data = np.concatenate([empty, *(row.coefficients for row in rows)])
    indices = np.concatenate([empty, *(row.arcs for row in rows)])
    return sparse.csr_array((data, indices, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)), shape=(len(rows), width))


def model(problem: Problem) -> Model:
    """The arrays of a problem."""
    people, posts = list(problem.people), list(problem.posts)
    who, what = ({code: number for number, code in enumerate(codes)} for codes in (people, posts))
    fixed = {person.id: person.fixed for person in problem.people.values() if person.fixed is not None}
    keys = [key for key in problem.pairs if fixed.get(key[0], key[1]) == key[1]]
    made = Model(
        people,
        posts,
        np.array([who[person] for person, _ in keys], dtype=np.int64),
        np.array([what[post] for _, post in keys], dtype=np.int64),
        np.array([problem.value(*key) for key in keys], dtype=np.int64),
        np.array([problem.drawn(*key) for key in keys], dtype=np.int64),
        np.array([post.seats for post in problem.posts.values()], dtype=np.int64),
        clusters(problem),
        (),
    )
    return replace(made, rows=tuple(rows_of(problem, keys)))


def clusters(problem: Problem) -> Ints:
    """A number for each post: of the tree of bodies it stands in; where there is one tree, of the branch beneath its root."""
    lines = {body: len(above) for body, above in problem.above.items()}
    roots = [body for body, depth in lines.items() if depth == 1]
    depth = 1 if len(roots) > 1 else 2
    tops = {body: next((up for up in above if lines[up] == depth), body) for body, above in problem.above.items()}
    number = {top: place for place, top in enumerate(dict.fromkeys([None, *tops.values()]))}
    return np.array([number[tops[post.body] if post.body else None] for post in problem.posts.values()], dtype=np.int64)


def rows_of(problem: Problem, keys: Sequence[Key]) -> Iterator[Row]:
    """The rows of a problem over those pairs, in the order of the problem."""
    by_person, by_post, by_body = _sorted_by(problem, keys)
    asked = {key for post in problem.posts.values() for key in post.opened_by or ()}
    opens = {key: number for number, key in enumerate(keys) if key in asked}
    for person in problem.people.values():
        own = [number for _, number in by_person[person.id]]
        if person.fixed is not None or person.must:
            yield _row(f"{'must' if person.fixed is None else 'fixed'}:{person.id}", dict.fromkeys(own, -1), -1)
    for post in problem.posts.values():
        if post.fill:
            yield _row(f"fill:{post.id}", dict.fromkeys(by_post[post.id], -1), -post.fill)
        if post.opened_by is not None and by_post[post.id]:
            opening = [opens[key] for key in sorted(post.opened_by) if key in opens]
            yield _row(f"open:{post.id}", dict.fromkeys(opening, -1) | dict.fromkeys(by_post[post.id], 1), 0)
    for pair in problem.forbidden:
        yield from _apart(problem, pair, by_person)
    for cap in problem.caps:
        if cap.body is None:
            placed: list[int] = list(range(len(keys)))
        elif cap.below:
            placed = [number for body, own in by_body.items() if cap.body in problem.above[body] for number in own]
        else:
            placed = by_body[cap.body]
        yield from _capped(problem, cap, placed, keys)


def _sorted_by(
    problem: Problem, keys: Sequence[Key]
) -> tuple[dict[str, list[tuple[str | None, int]]], dict[str, list[int]], dict[str, list[int]]]:
    """Numbers of arcs: by person (with the body), by post, by body."""
    by_person: dict[str, list[tuple[str | None, int]]] = defaultdict(list)
    by_post: dict[str, list[int]] = defaultdict(list)
    by_body: dict[str, list[int]] = defaultdict(list)
    for number, (person, post) in enumerate(keys):
        body = problem.posts[post].body
        by_person[person].append((body, number))
        by_post[post].append(number)
        if body is not None:
            by_body[body].append(number)
    return by_person, by_post, by_body


def _row(name: str, terms: Mapping[int, int], most: int, slack: int = 1, penalty: int | None = None) -> Row:
    arcs = np.array(list(terms.keys()), dtype=np.int64)
    return Row(name, arcs, np.array(list(terms.values()), dtype=np.int64), most, slack, penalty)


def _apart(problem: Problem, pair: Forbidden, by_person: Mapping[str, list[tuple[str | None, int]]]) -> Iterator[Row]:
    """At most one of two people, for each body: one in it, the other in it or, in a line, anywhere beneath it."""
    name = f"forbidden:{pair.one}+{pair.other}"
    sides = [by_person.get(pair.one, []), by_person.get(pair.other, [])]
    seen: set[frozenset[int]] = set()
    for upper, lower in (sides, sides[::-1]):
        for body in dict.fromkeys(body for body, _ in upper if body is not None):
            mine = [number for at, number in upper if at == body]
            reach = problem.above if pair.where == "line" else {}
            other = [number for at, number in lower if at is not None and (at == body or body in reach.get(at, ()))]
            terms = frozenset(mine + other)
            if other and terms not in seen:
                seen.add(terms)
                yield _row(name, dict.fromkeys(mine + other, 1), 1)


def _capped(problem: Problem, cap: Cap, placed: Sequence[int], keys: Sequence[Key]) -> Iterator[Row]:
    """A cap as rows: those of the groups counted, or weighed against all who are placed there."""
    name = f"cap:{cap.id}"
    counted = {number for number in placed if all(_bears(problem, keys[number], group) for group in cap.groups)}
    if cap.at_most is not None:
        yield _row(name, {number: 1 for number in placed if number in counted}, cap.at_most, 1, cap.penalty)
    if cap.at_least is not None:
        yield _row(name, {number: -1 for number in placed if number in counted}, -cap.at_least, 1, cap.penalty)
    if cap.share_at_most is not None:
        terms = {number: 100 * (number in counted) - cap.share_at_most for number in placed}
        yield _row(name, terms, 0, 100, cap.penalty)
    if cap.share_at_least is not None:
        terms = {number: cap.share_at_least - 100 * (number in counted) for number in placed}
        yield _row(name, terms, 0, 100, cap.penalty)


def _bears(problem: Problem, key: Key, group: str) -> bool:
    """Whether a person, a post, or the two together bear a group."""
    person, post = key
    return group in problem.posts[post].groups or group in problem.people[person].groups or group in problem.pairs[key].groups

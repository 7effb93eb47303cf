"""A problem as arrays: arcs from people to posts with their worth, seats, and rows: what sums over arcs may not exceed.

A row says: the sum of coefficient times arc, less `slack` times what may be bought off, is at most `most`. Its name is
that of the constraint it comes from: `cap:ID`, `forbidden:ONE+OTHER`, `must:PERSON`, `fixed:PERSON`, `fill:POST`,
`open:POST`; several rows may bear one name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from canbo.modelling.placement import table
from canbo.modelling.placement.problem import Cap, Forbidden, Ints, Key, Problem, lot
from canbo.modelling.placement.table import Table

_NONE = np.zeros(0, dtype=np.int64)


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
    """Arcs by number: `person` and `post` (numbers of them), `value` in units. Posts by number: `seats`, `cluster`.

    `word`: that by which lots are drawn. An arc has its lot only when lots are asked for: of millions they are dear.
    """

    people: Sequence[str]
    posts: Sequence[str]
    person: Ints
    post: Ints
    value: Ints
    seats: Ints
    cluster: Ints
    rows: tuple[Row, ...]
    word: str

    @cached_property
    def lot(self) -> Ints:
        """The lot of each arc."""
        pairs = zip(self.person.tolist(), self.post.tolist(), strict=True)
        return np.array([lot(self.word, self.people[i], self.posts[j]) for i, j in pairs], dtype=np.int64)

    @cached_property
    def keys(self) -> list[Key]:
        """The pair of each arc."""
        return [(self.people[i], self.posts[j]) for i, j in zip(self.person.tolist(), self.post.tolist(), strict=True)]

    def key(self, arc: int) -> Key:
        """The pair of an arc."""
        return self.people[int(self.person[arc])], self.posts[int(self.post[arc])]

    def arc(self, person: str, post: str) -> int:
        """The arc of a pair. Raises KeyError where there is none."""
        (found,) = np.nonzero((self.post == self._place[1][post]) & (self.person == self._place[0][person]))
        if not len(found):
            raise KeyError((person, post))
        return int(found[0])

    @cached_property
    def _place(self) -> tuple[dict[str, int], dict[str, int]]:
        return tuple({code: place for place, code in enumerate(codes)} for codes in (self.people, self.posts))  # type: ignore[return-value]

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
        return replace(self, person=self.person[kept], post=self.post[kept], value=self.value[kept], rows=tuple(rows))


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
    person, post, value = table.arcs(problem, problem.pairs) if isinstance(problem.pairs, Table) else _arcs(problem)
    seats = np.array([each.seats for each in problem.posts.values()], dtype=np.int64)
    made = Model(people, posts, person, post, value, seats, clusters(problem), (), problem.lot)
    return replace(made, rows=tuple(rows_of(problem, made)))


def _arcs(problem: Problem) -> tuple[Ints, Ints, Ints]:
    """Of each pair that may be chosen the person, the post and the worth."""
    who, what = ({code: number for number, code in enumerate(codes)} for codes in (problem.people, problem.posts))
    fixed = {person.id: person.fixed for person in problem.people.values() if person.fixed is not None}
    keys = [key for key in problem.pairs if fixed.get(key[0], key[1]) == key[1]]
    return (
        np.array([who[person] for person, _ in keys], dtype=np.int64),
        np.array([what[post] for _, post in keys], dtype=np.int64),
        np.array([problem.value(*key) for key in keys], dtype=np.int64),
    )


def clusters(problem: Problem) -> Ints:
    """A number for each post: of the tree of bodies it stands in; where there is one tree, of the branch beneath its root."""
    lines = {body: len(above) for body, above in problem.above.items()}
    roots = [body for body, depth in lines.items() if depth == 1]
    depth = 1 if len(roots) > 1 else 2
    tops = {body: next((up for up in above if lines[up] == depth), body) for body, above in problem.above.items()}
    number = {top: place for place, top in enumerate(dict.fromkeys([None, *tops.values()]))}
    return np.array([number[tops[post.body] if post.body else None] for post in problem.posts.values()], dtype=np.int64)


class _Arcs:
    """Numbers of the arcs of a model by person, by post, by body, each put in order when it is first asked."""

    def __init__(self, problem: Problem, made: Model) -> None:
        self.made = made
        self.body_of = [problem.posts[post].body for post in made.posts]

    @cached_property
    def of_person(self) -> Mapping[str, Ints]:
        return _grouped(self.made.people, self.made.person)

    @cached_property
    def of_post(self) -> Mapping[str, Ints]:
        return _grouped(self.made.posts, self.made.post)

    @cached_property
    def of_body(self) -> Mapping[str, Ints]:
        bodies = list(dict.fromkeys(body for body in self.body_of if body is not None))
        place = {body: number for number, body in enumerate(bodies)}
        number = np.array([-1 if body is None else place[body] for body in self.body_of], dtype=np.int64)
        return {body: arcs for body, arcs in _grouped(bodies, number[self.made.post]).items() if len(arcs)}

    def with_bodies(self, person: str) -> list[tuple[str | None, int]]:
        """The arcs of a person, each with its body."""
        return [(self.body_of[self.made.post[arc]], arc) for arc in self.of_person.get(person, _NONE).tolist()]


def _grouped(codes: Sequence[str], place: Ints) -> dict[str, Ints]:
    """By code the numbers of the arcs that bear its place, ascending."""
    order = np.argsort(place, kind="stable")
    cuts = np.searchsorted(place[order], np.arange(len(codes) + 1))
    return {code: order[cuts[number] : cuts[number + 1]] for number, code in enumerate(codes)}


def rows_of(problem: Problem, made: Model) -> Iterator[Row]:
    """The rows of a problem over the arcs of its model, in the order of the problem."""
    arcs = _Arcs(problem, made)
    asked = {key for post in problem.posts.values() for key in post.opened_by or ()}
    opens = {key: number for number, key in enumerate(made.keys) if key in asked} if asked else {}
    for person in problem.people.values():
        if person.fixed is not None or person.must:
            own = arcs.of_person[person.id].tolist()
            yield _row(f"{'must' if person.fixed is None else 'fixed'}:{person.id}", dict.fromkeys(own, -1), -1)
    for post in problem.posts.values():
        if post.fill:
            yield _row(f"fill:{post.id}", dict.fromkeys(arcs.of_post[post.id].tolist(), -1), -post.fill)
        if post.opened_by is not None and (mine := arcs.of_post[post.id].tolist()):
            opening = [opens[key] for key in sorted(post.opened_by) if key in opens]
            yield _row(f"open:{post.id}", dict.fromkeys(opening, -1) | dict.fromkeys(mine, 1), 0)
    for pair in problem.forbidden:
        yield from _apart(problem, pair, arcs)
    for cap in problem.caps:
        if cap.body is None:
            placed: list[int] = list(range(len(made.value)))
        elif cap.below:
            placed = [number for body, own in arcs.of_body.items() if cap.body in problem.above[body] for number in own.tolist()]
        else:
            placed = arcs.of_body.get(cap.body, _NONE).tolist()
        yield from _capped(problem, cap, placed, made)


def _row(name: str, terms: Mapping[int, int], most: int, slack: int = 1, penalty: int | None = None) -> Row:
    arcs = np.array(list(terms.keys()), dtype=np.int64)
    return Row(name, arcs, np.array(list(terms.values()), dtype=np.int64), most, slack, penalty)


def _apart(problem: Problem, pair: Forbidden, arcs: _Arcs) -> Iterator[Row]:
    """At most one of two people, for each body: one in it, the other in it or, in a line, anywhere beneath it."""
    name = f"forbidden:{pair.one}+{pair.other}"
    sides = [arcs.with_bodies(pair.one), arcs.with_bodies(pair.other)]
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


def _capped(problem: Problem, cap: Cap, placed: Sequence[int], made: Model) -> Iterator[Row]:
    """A cap as rows: those of the groups counted, or weighed against all who are placed there."""
    name = f"cap:{cap.id}"
    counted = {number for number in placed if all(_bears(problem, made.keys[number], group) for group in cap.groups)}
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

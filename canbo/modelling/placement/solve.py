"""The right tool for each part of a placement, and one answer for the whole.

What no person, post or row connects is placed apart. A part without rows is a flow. A part with rows goes to CP-SAT
whole while it is small; a large one is bounded first (relaxing.py), then sought among the arcs that can matter, block
by block where it is very large.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from canbo.modelling.placement import exact
from canbo.modelling.placement.flow import NOBODY, TooWide, assign, chosen, prices
from canbo.modelling.placement.problem import LOTS, Ints
from canbo.modelling.placement.relaxing import Relaxed, around, inside, relax
from canbo.modelling.placement.rows import Model, matrix

MANY = 200_000  # of more arcs without rows, lots are drawn after the worth
DIRECT = 2_000  # so many arcs go to CP-SAT as they are
BLOCK = 8_000  # so many people are sought together
WIDEST = 400_000  # so many arcs at most are sought at once where nothing else finds a placement
ABLE = 6_000  # and so many to close the gap
ROUNDS = 3  # of a search that lets some people free
HOPS = 2  # from whoever sits badly to those who would have to move
_WHOLE = 1e-6
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Solution:
    """`chosen`: 0/1 for each arc; None: nothing found, `proved` tells whether there is nothing.

    `worth`, `bound` in units. `drawn`: lots decided between all placements of that worth. `by`: tools, in words for programs.
    """

    chosen: Ints | None
    worth: int
    bound: int
    proved: bool
    drawn: bool
    by: tuple[str, ...]

    @property
    def impossible(self) -> bool:
        return self.chosen is None and self.proved


def solve(model: Model, limit: float) -> Solution:
    """The placement of greatest worth, or the best found. `limit`: seconds of work."""
    put = _put(model) if len(model.value) > DIRECT else _NONE
    if len(put):
        return _around_hands(model, put, limit)
    choice = np.zeros(len(model.value), dtype=np.int64)
    bound, proved, drawn, by = 0, True, True, set()
    for part, arcs in parts(model):
        share = max(1.0, limit * len(arcs) / max(1, len(model.value)))
        found = _part(part, share)
        by |= set(found.by)
        if found.chosen is None:
            return Solution(None, 0, 0, found.proved, False, tuple(sorted(by)))
        choice[arcs] = found.chosen
        bound, proved, drawn = bound + found.bound, proved and found.proved, drawn and found.drawn
    worth = model.worth(choice)
    assert worth is not None
    return Solution(choice, worth, bound, proved, drawn, tuple(sorted(by)))


def _put(model: Model) -> Ints:
    """The arcs that hands put: nothing is left to decide about them."""
    rows = [row for row in model.rows if row.name.startswith("fixed:") and len(row.arcs) == 1]
    return np.array(sorted({int(row.arcs[0]) for row in rows}), dtype=np.int64)


def _around_hands(model: Model, put: Ints, limit: float) -> Solution:
    """The best of the others, in the seats and within the rows that hands leave."""
    choice = np.zeros(len(model.value), dtype=np.int64)
    choice[put] = 1
    seats = model.seats - np.bincount(model.post[put], minlength=len(model.posts)).astype(np.int64)
    if seats.min(initial=0) < 0:
        return Solution(None, 0, 0, True, False, ())
    used, rest = model.matrix @ choice, np.flatnonzero(~np.isin(model.person, model.person[put]))
    left = _with_rows(model, rest, np.arange(len(model.rows)))
    rows = [replace(row, most=row.most - int(used[number])) for number, row in enumerate(left.rows)]
    rows = [row for row in rows if len(row.arcs) or row.most < 0]
    found = solve(replace(left, seats=seats[np.unique(model.post[rest])], rows=tuple(rows)), limit)
    if found.chosen is None:
        return found
    taken = int(model.value[put].sum())
    choice[rest] = found.chosen
    return replace(found, chosen=choice, worth=found.worth + taken, bound=found.bound + taken)


def parts(model: Model) -> Iterator[tuple[Model, Ints]]:
    """The parts that nothing connects, with the numbers of their arcs; all that bear no row are one part."""
    if not model.rows:
        if len(model.value):
            yield model, np.arange(len(model.value))
        return
    people, posts, rows = len(model.people), len(model.posts), len(model.rows)
    coefficients = model.matrix.tocoo()
    ends = np.concatenate([people + model.post, people + posts + coefficients.coords[0]])
    others = np.concatenate([model.person, model.person[coefficients.coords[1]]])
    size = people + posts + rows
    _, label = connected_components(
        sparse.coo_array((np.ones(len(ends), np.float32), (ends, others)), shape=(size, size)), directed=False
    )
    of_rows, of_arcs = label[people + posts :], label[model.person]
    free = np.flatnonzero(~np.isin(of_arcs, of_rows))
    if len(free):
        yield _with_rows(model, free, np.zeros(0, dtype=np.int64)), free
    order = np.argsort(of_arcs, kind="stable")
    labels, first = np.unique(of_arcs[order], return_index=True)
    own = dict(zip(labels.tolist(), np.split(order, first[1:]) if len(order) else [], strict=True))
    for part in dict.fromkeys(of_rows.tolist()):
        kept = own.get(part, np.zeros(0, dtype=np.int64))
        yield _with_rows(model, kept, np.flatnonzero(of_rows == part)), kept


def _with_rows(model: Model, arcs: Ints, rows: Ints) -> Model:
    """A part renumbered: only its people and posts, and those rows with what they hold of it."""
    people, person = np.unique(model.person[arcs], return_inverse=True)
    posts, post = np.unique(model.post[arcs], return_inverse=True)
    where = np.full(len(model.value), -1, dtype=np.int64)
    where[arcs] = np.arange(len(arcs))
    kept = []
    for row in (model.rows[number] for number in rows.tolist()):
        to = where[row.arcs]
        kept.append(replace(row, arcs=to[to >= 0], coefficients=row.coefficients[to >= 0]))
    return Model(
        [model.people[number] for number in people.tolist()],
        [model.posts[number] for number in posts.tolist()],
        person.astype(np.int64), post.astype(np.int64), model.value[arcs],
        model.seats[posts], model.cluster[posts],
        tuple(kept), model.word,
    )  # fmt: skip


def _part(model: Model, limit: float) -> Solution:
    if not model.rows:
        return _flow(model)
    if not len(model.value):
        return _nobody(model)
    if len(model.value) <= DIRECT:
        return _whole(model, limit)
    return _large(model, limit)


def _nobody(model: Model) -> Solution:
    """Rows that nobody can help: what must hold and asks for somebody cannot; what is a target is paid."""
    worth = model.worth(model.value)
    return Solution(None if worth is None else model.value, worth or 0, worth or 0, True, True, ())


def _flow(model: Model) -> Solution:
    """Without rows: one flow, in which lots stand behind the worth. Of very many arcs, lots are drawn for those alone that a
    placement of greatest worth may use, once its prices have told them apart."""
    if len(model.value) <= MANY:
        arcs, drawn = _with_lots(model)
    else:
        arcs, drawn = assign(model, model.value), False
        found = prices(model, model.value, arcs)
        if found.bound(model.seats) == int(model.value @ chosen(model, arcs)):
            tight = np.flatnonzero(found.reduced == 0)
            near, drawn = _with_lots(model.part(tight))
            placed = near != NOBODY  # of no arc at all where every place is worth less than none
            arcs = np.full(len(near), NOBODY, dtype=np.int64)
            arcs[placed] = tight[near[placed]]
    choice = chosen(model, arcs)
    bound = prices(model, model.value, arcs).bound(model.seats)
    worth = int(model.value @ choice)
    return Solution(choice, worth, bound, worth == bound, drawn, ("flow",))


def _with_lots(model: Model) -> tuple[Ints, bool]:
    """The arc of each person, and whether lots decided between equals."""
    unit = math.gcd(*model.value.tolist()) or 1
    try:
        return assign(model, model.value // unit * (LOTS * len(model.people)) + model.lot), True
    except TooWide:
        return assign(model, model.value // unit), False


def _whole(model: Model, limit: float) -> Solution:
    found = exact.best(model, limit)
    if found.chosen is None:
        return Solution(None, 0, 0, found.proved, False, ("cp-sat",))
    worth = model.worth(found.chosen)
    assert worth is not None
    if not found.proved:
        return Solution(found.chosen, worth, found.bound, False, False, ("cp-sat",))
    drawn = exact.drawn(model, worth, found.chosen, limit)
    assert drawn.chosen is not None
    return Solution(drawn.chosen, worth, worth, True, drawn.proved, ("cp-sat",))


def _large(model: Model, limit: float) -> Solution:
    """Bound, then seek among the arcs within a loss of it; among all that can still be better, where they are few."""
    by = ("relaxation", "cp-sat")
    blocks = _blocks(model)
    relaxed = relax(model, limit * exact.WALL / 3, blocks)
    unheeded = chosen(model, relaxed.arcs)
    if model.worth(unheeded) == relaxed.bound:
        return _settled(model, relaxed, unheeded, relaxed.bound, relaxed.bound, limit, by)
    choice = _blockwise(model, relaxed, around(model, relaxed), blocks, limit / 3)
    if choice is None:
        whole = exact.best(model, limit) if len(model.value) <= WIDEST else exact.Found(None, 0, False)
        if whole.chosen is None:
            return Solution(None, 0, 0, whole.proved, False, by)
        choice = whole.chosen
    worth, bound = model.worth(choice), relaxed.bound
    assert worth is not None
    while worth < bound:
        able = relaxed.core(relaxed.bound - worth)
        if len(able) > ABLE:
            break
        again = exact.best(model.part(able), limit / 3, choice[able])
        if again.chosen is None:
            break
        bound, before = min(bound, max(again.bound, worth)), worth
        other = _spread(model, able, again.chosen)
        better = model.worth(other)
        assert better is not None
        if better <= before:
            break
        choice, worth = other, better
    return _settled(model, relaxed, choice, worth, bound, limit, by)


def _settled(model: Model, relaxed: Relaxed, choice: Ints, worth: int, bound: int, limit: float, by: tuple[str, ...]) -> Solution:
    """With the optimum proved, lots decide among the arcs that an optimal placement may use."""
    if worth < bound:
        return Solution(choice, worth, bound, False, False, by)
    near = np.union1d(relaxed.core(relaxed.bound - worth), np.flatnonzero(choice))
    found = exact.drawn(model.part(near), worth, choice[near], limit / 3)
    assert found.chosen is not None
    return Solution(_spread(model, near, found.chosen), worth, worth, True, found.proved, by)


def _spread(model: Model, arcs: Ints, taken: Ints) -> Ints:
    choice = np.zeros(len(model.value), dtype=np.int64)
    choice[arcs] = taken
    return choice


def _blockwise(model: Model, relaxed: Relaxed, core: Ints, blocks: Ints, limit: float) -> Ints | None:
    """The best found in each block by itself, put together; None where that is no placement."""
    apart = inside(model, core, blocks, relaxed) if len(np.unique(blocks)) > 1 else [core]
    choice = np.zeros(len(model.value), dtype=np.int64)
    for arcs in apart:
        share = max(0.5, limit * len(arcs) / max(1, len(core)))
        part = _with_rows(model, arcs, _touching(model, arcs))
        found = _dive(part, relaxed.part(arcs), share)
        if found is None:
            return None
        choice[arcs] = found
    return None if model.worth(choice) is None else choice


def _dive(model: Model, relaxed: Relaxed, limit: float) -> Ints | None:
    """Let those whom the linear program places whole stay there and seek for the others; then for whoever could do better.

    Where that finds no placement, more are let free, until all are.
    """
    choice: Ints | None = None
    kept = (relaxed.shares > 1 - _WHOLE).astype(np.int64)
    free = np.bincount(model.person, kept, len(model.people)) == 0
    for _ in range(ROUNDS):
        found = _around(model, kept, free, limit / ROUNDS)
        if found is None:
            if choice is not None or free.all():
                break
            free = _touched(model, free)
            continue
        if choice is not None and model.worth(found) == model.worth(choice):
            break
        choice = kept = found
        free = _restless(model, relaxed, choice)
    return choice


def _around(model: Model, kept: Ints, free: NDArray[np.bool_], limit: float) -> Ints | None:
    """The best for those who are free, all others staying where they are; part by part."""
    fixed = kept * ~free[model.person]
    arcs = np.flatnonzero(free[model.person])
    left = replace(
        _with_rows(model, arcs, np.arange(len(model.rows))),
        seats=(model.seats - np.bincount(model.post, fixed, len(model.posts)).astype(np.int64))[np.unique(model.post[arcs])],
    )
    used = model.matrix @ fixed
    left = replace(left, rows=tuple(replace(row, most=row.most - int(used[n])) for n, row in enumerate(left.rows)))
    choice = fixed.copy()
    for part, own in parts(left):
        if part.rows and not len(own):
            if _nobody(part).impossible:
                return None
        elif part.rows:
            found = exact.best(part, max(0.2, limit * len(own) / max(1, len(arcs))), kept[arcs[own]])
            if found.chosen is None:
                return None
            choice[arcs[own]] = found.chosen
        else:
            choice[arcs[own]] = chosen(part, assign(part, part.value))
    return choice


def _restless(model: Model, relaxed: Relaxed, choice: Ints) -> NDArray[np.bool_]:
    """Whoever sits worse than the prices allow, and those whom they would have to move: the holders of what they look to."""
    taken = np.flatnonzero(choice)
    regret = np.zeros(len(model.people), dtype=np.int64)
    np.maximum.at(regret, model.person, relaxed.person)
    regret[model.person[taken]] = relaxed.reduced[taken]
    free = regret > 0
    for _ in range(HOPS):
        looks = free[model.person] & (relaxed.reduced <= np.maximum(regret[model.person], relaxed.near))
        wanted = np.bincount(model.post, looks, len(model.posts)) > 0
        free[model.person[taken[wanted[model.post[taken]]]]] = True
    return free


def _touched(model: Model, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those people, and all who share a row with them or look to a post that one of them looks to."""
    mine = free[model.person].astype(np.int64)
    rows = model.matrix.astype(bool).astype(np.int64)
    near = (rows.T @ (rows @ mine)) + np.bincount(model.post, mine, len(model.posts))[model.post]
    wider = free.copy()
    wider[model.person[near > 0]] = True
    return wider


def _touching(model: Model, arcs: Ints) -> Ints:
    """Numbers of the rows that one of these arcs is in."""
    return np.unique(model.matrix.tocsc()[:, arcs].tocoo().coords[0])


def _blocks(model: Model) -> Ints:
    """The block of each post: its cluster; clusters that a row ties together are one.

    A row about one person ties nothing: that person is sought in one block.
    """
    if len(model.people) <= BLOCK:
        return np.zeros(len(model.posts), dtype=np.int64)
    count = int(model.cluster.max()) + 1
    ties = [row for row in model.rows if len(np.unique(model.person[row.arcs])) > 1]
    coefficients = matrix(ties, len(model.value)).tocoo()
    row, to = coefficients.coords[0], model.cluster[model.post[coefficients.coords[1]]]
    size = len(ties) + count
    tied = sparse.coo_array((np.ones(len(row)), (row, len(ties) + to)), shape=(size, size))
    _, label = connected_components(tied, directed=False)
    return np.asarray(label[len(ties) :][model.cluster], dtype=np.int64)

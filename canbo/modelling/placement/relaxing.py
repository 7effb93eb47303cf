"""The bound of a large placement: what rows ask is priced, and the rest is assignment alone.

For any prices of rows the flow gives a worth that no placement exceeds (Lagrange); the prices that give the least such
worth come from the linear program over the arcs that matter, which grows by those that the prices show to be missing.
Everything that the bound rests on is whole numbers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from canbo.modelling.placement.flow import assign, prices
from canbo.modelling.placement.problem import Ints
from canbo.modelling.placement.rows import Model, matrix

AROUND = 8  # arcs a person among those that matter
ENOUGH = 2e-5  # a round that lowers the bound by less is the last


@dataclass(frozen=True)
class Relaxed:
    """`bound` in units; `reduced`: with this arc no placement exceeds bound - reduced; `arcs`: of each person, rows unheeded.

    `shares`: how much of each arc the linear program takes; zeros where it was not asked. `person`: the price of the
    person of each arc, what he loses without a place.
    """

    bound: int
    reduced: Ints
    arcs: Ints
    shares: NDArray[np.float64]
    person: Ints

    @property
    def near(self) -> int:
        """A small loss: one arc in eight loses no more."""
        return self.loss(len(self.reduced) // 8)

    def part(self, kept: Ints) -> Relaxed:
        """What is said of those arcs alone."""
        return replace(self, reduced=self.reduced[kept], shares=self.shares[kept], person=self.person[kept])

    def core(self, loss: int) -> Ints:
        """Numbers of the arcs that lose no more than that, and of those chosen."""
        near = self.reduced <= loss
        near[self.arcs[self.arcs >= 0]] = True
        return np.flatnonzero(near)

    def loss(self, arcs: int) -> int:
        """The loss within which about so many arcs lie."""
        if arcs >= len(self.reduced):
            return int(self.reduced.max(initial=0))
        return int(np.partition(self.reduced, arcs)[arcs])


def priced(model: Model, price: Ints) -> Relaxed:
    """The bound under given prices (at least 0) of the rows."""
    value = model.value - model.matrix.T @ price
    arcs = assign(model, value)
    found = prices(model, value, arcs)
    most = np.array([row.most for row in model.rows], dtype=np.int64)
    return Relaxed(
        found.bound(model.seats) + int(most @ price), found.reduced, arcs, np.zeros(len(value)), found.person[model.person]
    )


def relax(model: Model, seconds: float, blocks: Ints, rounds: int = 3) -> Relaxed:
    """The least bound found. `blocks`: the block of each post; programs are solved block by block, for the people now in it."""
    price = np.zeros(len(model.rows), dtype=np.int64)
    found = best = priced(model, price)
    core = np.zeros(0, dtype=np.int64)
    started = time.monotonic()
    for _ in range(rounds):
        took = time.monotonic()
        core = np.union1d(core, around(model, found))
        price, shares = _row_prices(model, core, blocks, found, price)
        found = replace(priced(model, price), shares=shares)
        better = best.bound - found.bound
        best = found if better > 0 else best
        if better < ENOUGH * abs(best.bound) or (2 * time.monotonic() - took) - started > seconds:
            break
    return best


def around(model: Model, relaxed: Relaxed) -> Ints:
    """The arcs that matter: those that lose least, and every arc by which somebody must be placed or a seat be filled."""
    needed = [row.arcs for row in model.rows if row.name.startswith(("must:", "fixed:", "fill:"))]
    near = relaxed.core(relaxed.loss(AROUND * len(model.people)))
    return np.unique(np.concatenate([near, *needed]))


def inside(model: Model, core: Ints, blocks: Ints, relaxed: Relaxed) -> list[Ints]:
    """The arcs of the core, block by block: of the people whose arc leads into it, the arcs that stay in it."""
    home = np.where(relaxed.arcs >= 0, blocks[model.post[relaxed.arcs]], -1)
    at = np.unique(model.person[core])
    nowhere = at[home[at] < 0]  # who has no arc belongs to the block of his best one
    if len(nowhere):
        own = core[np.isin(model.person[core], nowhere)]
        order = own[np.lexsort((relaxed.reduced[own], model.person[own]))]
        people, first = np.unique(model.person[order], return_index=True)
        home[people] = blocks[model.post[order[first]]]
    stays = core[home[model.person[core]] == blocks[model.post[core]]]
    belongs = blocks[model.post[stays]]
    return [stays[belongs == block] for block in np.unique(belongs).tolist()]


def _row_prices(model: Model, core: Ints, blocks: Ints, found: Relaxed, before: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """Prices of the rows by the linear program over the core, whole and at least 0, and its shares of arcs.

    Rows that no block holds keep their price.
    """
    price, shares = before.copy(), np.zeros(len(model.value))
    for arcs in inside(model, core, blocks, found):
        part = model.part(arcs)
        held = [number for number, row in enumerate(part.rows) if len(row.arcs)]
        solved = _program(part, held)
        if solved is not None:
            shares[arcs], marginals = solved
            price[held] = np.rint(np.maximum(marginals, 0)).astype(np.int64)
    most = np.array([_dearest(row.penalty, row.slack) for row in model.rows], dtype=np.int64)
    return np.minimum(price, most), shares


def _dearest(penalty: int | None, slack: int) -> int:
    return 2**40 if penalty is None else penalty // slack


def _program(part: Model, held: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The shares of the arcs and the dual values of those rows; None where the program has no answer."""
    width, rows = len(part.value), [part.rows[number] for number in held]
    every, one = np.arange(width), np.ones(width)
    soft = [number for number, row in enumerate(rows) if row.penalty is not None]
    slack = sparse.csr_array(([-rows[number].slack for number in soft], (soft, range(len(soft)))), shape=(len(rows), len(soft)))
    people, at = np.unique(part.person, return_inverse=True)
    posts, to = np.unique(part.post, return_inverse=True)
    ends = [
        sparse.csr_array((one, (at, every)), shape=(len(people), width)),
        sparse.csr_array((one, (to, every)), shape=(len(posts), width)),
    ]
    whole = sparse.block_array([[ends[0], None], [ends[1], None], [matrix(rows, width), slack]] if soft else
                               [[ends[0]], [ends[1]], [matrix(rows, width)]], format="csr")  # fmt: skip
    most = np.concatenate([np.ones(len(people)), part.seats[posts], [row.most for row in rows]])
    worth = np.concatenate([-part.value.astype(float), [float(rows[number].penalty or 0) for number in soft]])
    solved = optimize.linprog(worth, A_ub=whole, b_ub=most, bounds=(0, None), method="highs-ipm")
    if solved.status != 0:
        return None
    return solved.x[:width], -solved.ineqlin.marginals[len(people) + len(posts) :]

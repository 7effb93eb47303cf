"""Two sides and the pairs between them: what least squares says of both, and how surely.

A value of a pair is the lean of its rater plus the level of its target plus noise. Both sides are free (nothing is
drawn from a distribution), so that a rater who gives everybody ten points less changes nobody's place. Leans and levels
can be compared only within a group that pairs join together, directly or over others; in each group the mean lean over
all pairs is nought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from canbo.modelling.severity.ratings import Floats, Ints

Measure = Callable[[Floats, Floats], Floats]

EXACT = 2_000  # pairs up to which errors are worked out pair by pair; above, they are found by DRAWS draws
DRAWS = 200  # an error found so is right within about 5 %
CHUNK = 50
PATIENCE = 300  # steps of iteration; a design that needs more hangs on few links, and there factorisation is cheap
PRECISION = 1e-10
ROUGH = 1e-4  # enough for an error that draws tell within 5 %


class Links:
    """Which of so many raters gave a value to which of so many targets; each pair once."""

    def __init__(self, rater: Ints, target: Ints, raters: int, targets: int) -> None:
        self.rater, self.target, self.raters, self.targets = rater, target, raters, targets
        pairs = np.arange(len(rater))
        ones = np.ones(len(rater))
        self._by_rater = sp.csr_matrix((ones, (rater, pairs)), shape=(raters, len(rater)))
        self._by_target = sp.csr_matrix((ones, (target, pairs)), shape=(targets, len(rater)))
        self._across = sp.csr_matrix((ones, (rater, target)), shape=(raters, targets))
        self._back = self._across.T.tocsr()
        self.of_rater = np.bincount(rater, minlength=raters).astype(float)
        self.of_target = np.bincount(target, minlength=targets).astype(float)
        whole = sp.bmat([[None, self._across], [self._back, None]], format="csr")
        _, labels = csgraph.connected_components(whole, directed=False)
        used = np.unique(labels[np.concatenate([self.of_rater, self.of_target]) > 0])
        numbers = np.full(labels.max() + 1, -1)
        numbers[used] = np.arange(len(used))
        #: the group of every rater and target, from 0; -1 for whoever stands in no pair
        self.rater_group, self.target_group = numbers[labels[:raters]], numbers[labels[raters:]]
        self.groups = len(used)

    def __len__(self) -> int:
        return len(self.rater)

    @property
    def freedom(self) -> int:
        """How many pairs there are beyond what leans and levels use up."""
        return len(self) - int((self.of_rater > 0).sum()) - int((self.of_target > 0).sum()) + self.groups

    def solve(self, values: Floats, precision: float = PRECISION) -> tuple[Floats, Floats]:
        """Leans (raters, columns) and levels (targets, columns) of least squares to values (pairs, columns)."""
        wide = values if values.ndim == 2 else values[:, None]
        from_raters, from_targets = self._by_rater @ wide, self._by_target @ wide
        share = 1 / np.maximum(self.of_target, 1)[:, None]
        if self._loose:
            lean = np.asarray(self._factors.solve(np.concatenate([from_raters, from_targets])))[: self.raters]
        else:
            lean = self._iterated(from_raters - self._across @ (from_targets * share), precision)[0]
        lean = lean - self._middle(lean)[self.rater_group]
        level = (from_targets - self._back @ lean) * share
        return (lean, level) if values.ndim == 2 else (lean[:, 0], level[:, 0])

    def rest(self, values: Floats, lean: Floats, level: Floats) -> Floats:
        """What of each value its rater and its target do not explain."""
        return values - lean[self.rater] - level[self.target]

    def spread(self, measure: Measure) -> Floats:
        """The standard error of whatever is linear in leans and levels, for noise of one.

        measure  from leans (raters, columns) and levels (targets, columns) to (any, columns)
        """
        squares, columns = np.zeros(1), 0
        few = len(self) <= EXACT
        for noise in self._noises(few):
            found = measure(*self.solve(noise, PRECISION if few else ROUGH))
            squares = squares + (found**2).sum(axis=1)
            columns += noise.shape[1]
        return np.asarray(np.sqrt(squares if few else squares / columns))

    def _noises(self, few: bool) -> Iterator[Floats]:
        """Every pair by itself where they are few; else draws, the same at every run."""
        if few:
            for start in range(0, len(self), EXACT // 4):
                yield np.eye(len(self), min(EXACT // 4, len(self) - start), -start)
            return
        chance = np.random.default_rng(len(self))
        for _ in range(DRAWS // CHUNK):
            yield chance.standard_normal((len(self), CHUNK))

    # ---- the equations: levels are eliminated, leans are left

    @cached_property
    def _own(self) -> Floats:
        """The diagonal of the equations of leans."""
        shared = np.bincount(self.rater, 1 / self.of_target[self.target], self.raters)
        return np.asarray(np.maximum(self.of_rater - shared, 1e-9))

    @cached_property
    def _loose(self) -> bool:
        """Whether iteration is too slow here. Tried once, with values that are like nothing in particular."""
        chance = np.random.default_rng(1).standard_normal((len(self), 1))
        shared = (self._by_target @ chance) / np.maximum(self.of_target, 1)[:, None]
        return not self._iterated(self._by_rater @ chance - self._across @ shared, PRECISION)[1]

    def _iterated(self, right: Floats, precision: float) -> tuple[Floats, bool]:
        """Conjugate gradients, all columns at once; and whether they arrived."""
        share, own = 1 / np.maximum(self.of_target, 1)[:, None], self._own[:, None]
        lean, left = np.zeros_like(right), right.copy()
        near = left / own
        way, size = near.copy(), (left * near).sum(axis=0)
        goal = precision**2 * np.maximum(size, 1e-300)
        for _ in range(PATIENCE):
            if (size <= goal).all():
                return lean, True
            through = self.of_rater[:, None] * way - self._across @ (share * (self._back @ way))
            # a column that has arrived is not moved by dividing nought by nought
            step = np.where(size > goal, size / np.maximum((way * through).sum(axis=0), 1e-300), 0.0)
            lean += step * way
            left -= step * through
            near = left / own
            now = (left * near).sum(axis=0)
            way = near + np.where(size > goal, now / np.maximum(size, 1e-300), 0.0) * way
            size = now
        return lean, bool((size <= goal).all())

    @cached_property
    def _factors(self) -> Any:
        """Both sides at once, one rater of each group held: where links are few, the factors are nearly as sparse."""
        held = np.zeros(self.raters)
        held[np.unique(self.rater_group, return_index=True)[1]] = 1.0
        held[self.of_rater == 0] = 1.0
        diagonal = sp.diags(np.concatenate([self.of_rater + held, np.maximum(self.of_target, 1.0)]))
        whole = sp.bmat([[None, self._across], [self._back, None]]) + diagonal
        return splu(whole.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})

    def _middle(self, lean: Floats) -> Floats:
        """The mean lean of each group over its pairs; one more row for whoever is in none."""
        group = np.where(self.rater_group < 0, self.groups, self.rater_group)
        weights = sp.csr_matrix((self.of_rater, (group, np.arange(self.raters))), shape=(self.groups + 1, self.raters))
        size = np.maximum(np.bincount(group, self.of_rater, self.groups + 1), 1)[:, None]
        return np.asarray((weights @ lean) / size)

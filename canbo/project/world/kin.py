"""Kin in the register: spouses, siblings, parents, told from both sides; and who states that there are none."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from canbo.project.world.naming import Names
from canbo.project.world.rates import HAPPENING
from canbo.project.world.records import Columns

Ints = NDArray[np.int32]
RELATIONS = ["spouse", "parent", "child", "sibling"]
SPOUSE, PARENT, CHILD, SIBLING = range(4)
YEAR = 365.25


class Families:
    """Pairs persons of the same ground, each at most once; siblings and children bear the family name."""

    def __init__(self, sex: NDArray[np.int8], birth: Ints, pool: Ints, native: Ints, names: Names, rng: Generator) -> None:
        self.sex, self.birth, self.pool, self.native, self.names, self.rng = sex, birth, pool, native, names, rng
        self.pairs: list[tuple[Ints, Ints, NDArray[np.int8], NDArray[np.int8]]] = []

    def tell(self, deep: NDArray[np.bool_], settled: NDArray[np.int64], brothers: list[tuple[int, int]]) -> Columns:
        """The relations among the persons in `deep`. `settled`: persons left out; `brothers`: siblings that the story wants."""
        free = deep.copy()
        free[settled] = False
        order = self.rng.permutation(np.flatnonzero(free))
        cut = np.cumsum([int(len(order) * HAPPENING[f"{what} in the register"]) for what in ("sibling", "parent")])
        self._siblings(order[: cut[0]])
        self._parents(order[cut[0] : cut[1] * 2])
        rest = order[cut[1] * 2 :]
        self._spouses(rest[: int(len(order) * HAPPENING["married to somebody in the register"] * 1.6)])
        for one, other in brothers:
            self._state(np.array([one]), np.array([other]), SIBLING, SIBLING)
        person, relative, relation, back = (np.concatenate(column) for column in zip(*self.pairs, strict=True))
        return {
            "person": np.concatenate([person, relative]).astype(np.int32),
            "relative": np.concatenate([relative, person]).astype(np.int32),
            "relation": np.concatenate([relation, back]).astype(np.int8),
        }

    def _state(self, person: NDArray[np.int64], relative: NDArray[np.int64], relation: int, back: int) -> None:
        """`relative` is the `relation` of `person`, and `person` the `back` of `relative`."""
        size = len(person)
        self.pairs.append(
            (person.astype(np.int32), relative.astype(np.int32), np.full(size, relation, np.int8), np.full(size, back, np.int8))
        )

    def _neighbours(self, who: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Disjoint pairs of the same pool, next to each other in age."""
        who = who[np.lexsort((self.birth[who], self.pool[who]))]
        one, other = who[:-1:2], who[1::2]
        same = self.pool[one] == self.pool[other]
        return one[same], other[same]

    def _siblings(self, who: NDArray[np.int64]) -> None:
        one, other = self._neighbours(who)
        near = np.abs(self.birth[one] - self.birth[other]) < 15 * YEAR
        one, other = one[near], other[near]
        self.names.family[other] = self.names.family[one]
        self.native[other] = self.native[one]
        self._state(one, other, SIBLING, SIBLING)

    def _spouses(self, who: NDArray[np.int64]) -> None:
        """Men and women of a pool, in order of age."""
        for_sex = []
        for flag in (0, 1):
            some = who[self.sex[who] == flag]
            some = some[np.lexsort((self.birth[some], self.pool[some]))]
            for_sex.append((some, self._turn(some)))
        (men, man_turn), (women, woman_turn) = for_sex
        key = {(int(self.pool[w]), int(t)): int(w) for w, t in zip(women, woman_turn, strict=True)}
        found = np.array([key.get((int(self.pool[m]), int(t)), -1) for m, t in zip(men, man_turn, strict=True)], dtype=np.int64)
        fits = (found >= 0) & (np.abs(self.birth[men] - self.birth[np.maximum(found, 0)]) < 12 * YEAR)
        self._state(men[fits], found[fits], SPOUSE, SPOUSE)

    def _parents(self, who: NDArray[np.int64]) -> None:
        """The elder and the younger half of a pool's persons, where 19 to 40 years lie between."""
        who = who[np.lexsort((self.birth[who], self.pool[who]))]
        turn = self._turn(who)
        count = np.bincount(self.pool[who], minlength=int(self.pool.max()) + 1)[self.pool[who]]
        elder = np.flatnonzero(turn < count // 2)
        parent, child = who[elder], who[elder + count[elder] // 2]
        apart = (self.birth[child] - self.birth[parent]) / YEAR
        fits = (apart > 19) & (apart < 40)
        parent, child = parent[fits], child[fits]
        fathers = self.sex[parent] == 0
        self.names.family[child[fathers]] = self.names.family[parent[fathers]]
        self._state(child, parent, PARENT, CHILD)

    def _turn(self, who: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each within its pool, in the given order, which is sorted by pool."""
        pools = self.pool[who]
        if not len(who):
            return np.zeros(0, dtype=np.int64)
        starts = np.flatnonzero(np.r_[True, pools[1:] != pools[:-1]])
        return np.arange(len(who)) - np.repeat(starts, np.diff(np.r_[starts, len(who)]))

"""What is known of each person: number, sex, birth, native place, people, name. Arrays, one place a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from canbo.project.world import naming
from canbo.project.world.book import Book
from canbo.project.world.ground import Ground
from canbo.project.world.naming import Names
from canbo.project.world.rates import MISSING
from canbo.project.world.structure import Structure

Ints = NDArray[np.int32]
Bytes = NDArray[np.bytes_]
UNKNOWN = -1


@dataclass
class Facts:
    """Facts of all persons. `native` indexes `areas`, `people` indexes `peoples`; -1 = unknown.
    `precision`: 0 unknown, 1 year, 2 month, 3 day; `birth` is true, `birth_told` what the register says."""

    sex: NDArray[np.int8]
    birth: Ints
    birth_told: Ints
    precision: NDArray[np.int8]
    native: Ints
    areas: list[str]
    people: NDArray[np.int8]
    peoples: list[str]
    number: Bytes
    names: Names


class Ancestry:
    """Where the people of each pool come from: the old communes of its ground, as slices of one sorted array."""

    def __init__(self, ground: Ground, structure: Structure) -> None:
        self.areas = list(ground.before)
        index = {code: number for number, code in enumerate(self.areas)}
        communes = [code for code in self.areas if code.count("/") == 2]
        self.commune = np.array([index[code] for code in communes], dtype=np.int32)
        self.above = np.array([index[code.rpartition("/")[0]] if "/" in code else index[code] for code in self.areas], np.int32)
        self.province = np.array([index[code.partition("/")[0]] for code in self.areas], dtype=np.int32)
        self.code_of_province = np.array(
            [int(code.removeprefix("old:")[:2]) if "/" not in code else 0 for code in self.areas], dtype=np.int32
        )
        homes: list[NDArray[np.int32]] = []
        wider: list[NDArray[np.int32]] = []
        by_province: dict[str, NDArray[np.int32]] = {}
        for pool in structure.pools:
            province = pool.partition("/")[0]
            if province not in by_province:
                olds = tuple(f"{old}/" for old in ground.old_provinces_of(province))
                by_province[province] = np.array([index[c] for c in communes if c.startswith(olds)], dtype=np.int32)
            own = [index[code] for code in ground.origins[pool] if code.count("/") == 2] if "/" in pool else []
            homes.append(np.array(own, dtype=np.int32) if own else by_province[province])
            wider.append(by_province[province])
        self.home, self.home_start, self.home_count = _slices(homes)
        self.wide, self.wide_start, self.wide_count = _slices(wider)

    def draw(self, pool: Ints, rng: Generator) -> Ints:
        """A native area for each person: of the own ground mostly, else of the province, else of anywhere."""
        size = len(pool)
        where = rng.random(size)
        near = self.home[self.home_start[pool] + (rng.random(size) * self.home_count[pool]).astype(np.int64)]
        around = self.wide[self.wide_start[pool] + (rng.random(size) * self.wide_count[pool]).astype(np.int64)]
        far = self.commune[rng.integers(0, len(self.commune), size)]
        native = np.where(where < 0.68, near, np.where(where < 0.88, around, far))
        rough = rng.random(size)
        native = np.where(rough < 0.05, self.above[native], native)
        return np.where(rough > 0.98, self.province[native], native).astype(np.int32)

    def draw_elsewhere(self, pool: Ints, rng: Generator) -> Ints:
        """A native area outside the province of the pool."""
        native = self.commune[rng.integers(0, len(self.commune), len(pool))]
        for _attempt in range(40):
            inside = np.array([native[n] in self._inside(pool[n]) for n in range(len(pool))], dtype=bool)
            if not inside.any():
                break
            native[inside] = self.commune[rng.integers(0, len(self.commune), int(inside.sum()))]
        return native.astype(np.int32)

    def _inside(self, pool: int) -> NDArray[np.int32]:
        return self.wide[self.wide_start[pool] : self.wide_start[pool] + self.wide_count[pool]]


def _slices(groups: list[NDArray[np.int32]]) -> tuple[Ints, NDArray[np.int64], NDArray[np.int64]]:
    counts = np.array([len(group) for group in groups], dtype=np.int64)
    return np.concatenate(groups), np.cumsum(counts) - counts, counts


def tell(
    book: Book, ancestry: Ancestry, *, sex: NDArray[np.int8], birth: Ints, pool: Ints, elsewhere: NDArray[np.bool_],
    certain: NDArray[np.bool_], rng: Generator,
) -> Facts:  # fmt: skip
    """The facts of all persons. `elsewhere`: persons who must not be natives of the province they serve in;
    `certain`: persons on whom a published figure rests, of whom birth and sex are known to the day."""
    size = len(sex)
    native = ancestry.draw(pool, rng)
    chosen = np.flatnonzero(elsewhere)
    native[chosen] = ancestry.draw_elsewhere(pool[chosen], rng)
    peoples, people = _peoples(book, ancestry, native, rng)
    names = naming.draw(book, sex, people, peoples, rng)
    number = _numbers(ancestry.code_of_province[ancestry.province[native]], sex, birth, rng)
    told_native = np.where(rng.random(size) < MISSING["native place unknown"], UNKNOWN, native).astype(np.int32)
    told_people = np.where(rng.random(size) < MISSING["ethnicity unknown"], UNKNOWN, people).astype(np.int8)
    told, precision = _told_birth(birth, certain, rng)
    return Facts(sex, birth, told, precision, told_native, ancestry.areas, told_people, peoples, number, names)


def _peoples(book: Book, ancestry: Ancestry, native: Ints, rng: Generator) -> tuple[list[str], NDArray[np.int8]]:
    peoples = [naming.KINH, *book.names["peoples"]]
    people = np.zeros(len(native), dtype=np.int8)
    province = ancestry.code_of_province[ancestry.province[native]]
    chance = rng.random(len(native))
    for code, shares in book.names["regions"].items():
        where = np.flatnonzero(province == int(code))
        edges = np.cumsum(list(shares.values()))
        found = np.searchsorted(edges, chance[where])
        numbers = np.array([*(peoples.index(name) for name in shares), 0], dtype=np.int8)
        people[where] = numbers[found]
    return peoples, people


def _told_birth(birth: Ints, certain: NDArray[np.bool_], rng: Generator) -> tuple[Ints, NDArray[np.int8]]:
    chance = rng.random(len(birth))
    year, month, unknown = (MISSING[f"birth {what}"] for what in ("known to the year only", "known to the month only", "unknown"))
    precision = np.full(len(birth), 3, dtype=np.int8)
    precision[(chance < year + month) & ~certain] = 2
    precision[(chance < year) & ~certain] = 1
    precision[(chance > 1 - unknown) & ~certain] = 0
    moments = birth.astype("datetime64[D]")
    to_month = moments.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    to_year = moments.astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    told = np.where(precision == 1, to_year, np.where(precision == 2, to_month, birth))
    return told.astype(np.int32), precision


def _numbers(province: Ints, sex: NDArray[np.int8], birth: Ints, rng: Generator) -> Bytes:
    """Personal identification numbers: province of registration, century and sex, year of birth, six digits.

    Form: Decree 137/2015, article 7. The last six are a permutation within each group, so that none is given twice;
    those under 010000 are left to the people of the story.
    """
    year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    head = (province.astype(np.int64) * 10 + np.where(year >= 2000, 2, 0) + sex) * 100 + year % 100
    order = np.lexsort((rng.random(len(head)), head))
    sorted_heads = head[order]
    starts = np.flatnonzero(np.r_[True, sorted_heads[1:] != sorted_heads[:-1]])
    turn = np.arange(len(head)) - np.repeat(starts, np.diff(np.r_[starts, len(head)]))
    tail = np.empty(len(head), dtype=np.int64)
    tail[order] = (turn * 618_421 + sorted_heads * 7919) % 990_000 + 10_000  # 618,421 has no factor in common with 990,000
    return digits(head * 1_000_000 + tail, 12)


def digits(numbers: NDArray[np.int64], width: int) -> Bytes:
    """Numbers as ASCII digits of a fixed width."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    letters = (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
    return np.ascontiguousarray(letters).view(f"S{width}").ravel()

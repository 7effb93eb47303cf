"""The published figures, made true of whoever serves in the showcase on the day they speak of.

Two groups overlap: the persons whose posts the Party committee of the unit manages, and the members of its communes'
Party committees. Sex, age and degree are set so that both groups have exactly the published numbers. How each number
is counted stands in docs/decisions/0005.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from canbo.project.world import retirement
from canbo.project.world.book import Book, as_date, day
from canbo.project.world.careers import Careers

COLLEGE, UNIVERSITY, MASTER, DOCTOR = 3, 4, 5, 6
Members = NDArray[np.int64]


@dataclass(frozen=True)
class Shares:
    """What a group must show: women, young, and persons by highest degree."""

    women: int
    young: int
    degrees: dict[int, int]


@dataclass
class Settled:
    """What was set: degrees by person (0 = not set), who holds degrees at two levels in two fields, all persons set."""

    degree: NDArray[np.int8]
    twice: Members
    managed: Members
    committee: Members


class Figures:
    """Settles the two groups of one unit."""

    def __init__(self, book: Book, careers: Careers, rng: Generator, pinned: Members) -> None:
        self.book, self.careers, self.rng = book, careers, rng
        self.pinned = set(pinned.tolist())
        figures = book.figures
        self.on = day(figures["day"])
        on = as_date(self.on)
        self.line = day(on.replace(year=on.year - int(figures["young_under"])))  # born after this day: young on it
        until = as_date(day(figures["until"]))
        self.line_later = day(until.replace(year=until.year - int(figures["young_under"])))
        self.retires_after = day(figures["until"]) + 32

    def settle(self, managed: Members, committee: Members) -> Settled:
        """Set what must be so; raises ValueError when the groups are not as large as published."""
        asked = self.book.figures
        for name, group in (("managed", managed), ("committee", committee)):
            if len(group) != asked[name]["persons"]:
                raise ValueError(f"The world has {len(group)} persons in {name!r}; {asked[name]['persons']} were published.")
        both = np.intersect1d(managed, committee)
        upper, lower = np.setdiff1d(managed, both), np.setdiff1d(committee, both)
        shared = self._shares_of_both(len(both), len(managed))
        degree = np.zeros(self.careers.people.count, dtype=np.int8)
        twice = self._surplus()
        for group, shares in (
            (both, shared),
            (upper, self._rest("managed", shared, len(upper))),
            (lower, self._rest("committee", shared, len(lower), twice)),
        ):
            self._set_sex(group, shares.women)
            self._set_age(group, shares.young)
            self._set_degrees(group, shares.degrees, degree)
        masters = lower[degree[lower] == MASTER]
        return Settled(degree, self.rng.choice(masters, twice, replace=False), managed, committee)

    def _surplus(self) -> int:
        """By how many the published degrees exceed the published persons: so many hold degrees at two levels."""
        asked = self.book.figures["committee"]
        return int(sum(asked[level] for level in ("college", "university", "master", "doctor")) - asked["persons"])

    def _shares_of_both(self, size: int, managed: int) -> Shares:
        asked = self.book.figures["managed"]
        part = size / managed
        women, young = round(asked["women"] * part), round(asked["young"] * part)
        doctors = round(asked["doctor"] * part * 0.45)  # commune leaders hold fewer of them
        masters = round(asked["master"] * part)
        return Shares(women, young, {UNIVERSITY: size - masters - doctors, MASTER: masters, DOCTOR: doctors})

    def _rest(self, name: str, shared: Shares, size: int, twice: int = 0) -> Shares:
        asked = self.book.figures[name]
        degrees = {MASTER: asked["master"] - shared.degrees[MASTER], DOCTOR: asked["doctor"] - shared.degrees[DOCTOR]}
        degrees[COLLEGE] = asked.get("college", 0)
        degrees[UNIVERSITY] = size - sum(degrees.values())
        if "university" in asked and degrees[UNIVERSITY] + shared.degrees[UNIVERSITY] + twice != asked["university"]:
            raise ValueError(f"The published degrees of {name!r} cannot be met by {size} further persons.")
        return Shares(asked["women"] - shared.women, asked["young"] - shared.young, degrees)

    def _free(self, group: Members) -> Members:
        return np.array([person for person in group.tolist() if person not in self.pinned], dtype=np.int64)

    def _set_sex(self, group: Members, women: int) -> None:
        sex = self.careers.sex
        free = self._free(group)
        missing = women - int(sex[group].sum())
        pool = free[sex[free] == (0 if missing > 0 else 1)]
        sex[self.rng.choice(pool, abs(missing), replace=False)] = 1 if missing > 0 else 0

    def _set_age(self, group: Members, young: int) -> None:
        """Exactly `young` are young on the day and until the last; nobody retires before the figures end."""
        birth, careers = self.careers.birth, self.careers
        free = self._free(group)
        entered = self._entered()[free]
        wanted = young - int((birth[[p for p in group.tolist() if p in self.pinned]] > self.line).sum())
        latest = free[np.lexsort((self.rng.random(len(free)), -birth[free].astype(np.int64), -(entered // 1500)))]
        chosen, others = latest[:wanted], latest[wanted:]
        few = chosen[(birth[chosen] <= self.line_later) | (birth[chosen] > self.on - 27 * 365)]
        birth[few] = self.rng.integers(self.line_later + 30, self.line_later + 8 * 365, len(few))
        old = others[birth[others] > self.line]
        birth[old] = self.rng.integers(self.line - 9 * 365, self.line + 1, len(old))
        careers.retires[free] = retirement.day_of(careers.sex[free], birth[free])
        gone = others[careers.retires[others] < self.retires_after]
        birth[gone] = self.rng.integers(day("1972-01-01"), day("1980-01-01"), len(gone))
        careers.retires[gone] = retirement.day_of(careers.sex[gone], birth[gone])

    def _entered(self) -> NDArray[np.int64]:
        """The first day of each person's service so far."""
        first = np.full(self.careers.people.count, self.book.reform, dtype=np.int64)
        for person, _seat, start, *_rest in self.careers.ledger.columns:
            np.minimum.at(first, person, start)
        return first

    def _set_degrees(self, group: Members, degrees: dict[int, int], into: NDArray[np.int8]) -> None:
        levels = np.repeat(list(degrees), list(degrees.values())).astype(np.int8)
        into[self.rng.permutation(group)] = levels

"""Who sat where and when: careers over the seats of the world.

Every pool of seats (a commune, a province) has days of its own on which posts change hands. Between two such days
nobody moves, so that nobody is in two seats and no seat is held twice, by construction. On such a day some leave,
some move: movers take the highest of the seats that came free, newcomers the rest. On the day of the reform all who
serve in offices go over into the new bodies, by rank, as far as there are seats.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from canbo.project.world import retirement
from canbo.project.world.book import FOREVER, Book, day
from canbo.project.world.structure import OFFICE, SERVICE, VILLAGE, Structure

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]
NOBODY = -1
END_OF_TERM, MOVED, REORGANIZED, RETIRED, RESIGNED, REMOVED, DIED, LEFT = range(1, 9)
YEAR = 365

# Rates a year, and shares at each day of change. They are invented.
LEADING = 51  # ranks before this lead others; their seats are never left vacant when posts change hands
LEAVING = 0.007
MOVING = {OFFICE: 0.42, SERVICE: 0.565, VILLAGE: 0.2}
VACANT = 0.03


@dataclass
class People:
    """Persons as growing columns: sex (1 = woman), birth, pool and track of entry."""

    sex: list[NDArray[np.int8]] = field(default_factory=list)
    birth: list[Ints] = field(default_factory=list)
    pool: list[Ints] = field(default_factory=list)
    track: list[NDArray[np.int8]] = field(default_factory=list)
    count: int = 0

    def add(self, sex: NDArray[np.int8], birth: Ints, pool: Ints, track: int) -> Ints:
        """New persons; their numbers."""
        made = np.arange(self.count, self.count + len(sex), dtype=np.int32)
        self.sex.append(sex)
        self.birth.append(birth.astype(np.int32))
        self.pool.append(pool.astype(np.int32))
        self.track.append(np.full(len(sex), track, dtype=np.int8))
        self.count += len(sex)
        return made


@dataclass
class Ledger:
    """Memberships as growing columns: person, seat, from, until, why it ended (0: not, or unknown), how it began."""

    columns: list[tuple[Ints, Ints, Ints, Ints, NDArray[np.int8], NDArray[np.int8]]] = field(default_factory=list)

    def write(self, person: Ints, seat: Ints, start: Ints, end: Ints, ending: NDArray[np.int8], kind: NDArray[np.int8]) -> None:
        keep = end > start
        self.columns.append(tuple(column[keep] for column in (person, seat, start, end, ending, kind)))  # type: ignore[arg-type]

    def read(self) -> list[NDArray[np.generic]]:
        return [np.concatenate(column) for column in zip(*self.columns, strict=True)]


@dataclass
class Lines:
    """Seats in use: which seat, its pool and rank; who holds it since when, how it was entered."""

    seat: Ints
    pool: Ints
    rank: NDArray[np.int16]
    holder: Ints
    since: Ints
    kind: NDArray[np.int8]

    @classmethod
    def of(cls, structure: Structure, chosen: Flags) -> Lines:
        seat = np.flatnonzero(chosen).astype(np.int32)
        seats, size = structure.seats, len(seat)
        nobody, zero = np.full(size, NOBODY, dtype=np.int32), np.zeros(size, dtype=np.int32)
        return cls(seat, seats.pool[seat], seats.rank[seat], nobody, zero, np.zeros(size, dtype=np.int8))


class Careers:
    """The careers of everybody in a structure. `run` fills `people` and `ledger`."""

    def __init__(self, book: Book, structure: Structure, rng: Generator, showcase: str) -> None:
        self.book, self.structure, self.rng = book, structure, rng
        self.people, self.ledger = People(), Ledger()
        jobs = np.array(structure.post_job, dtype=np.int16)
        self.job_of_seat = jobs[structure.seats.post]
        self.women = np.array([_share_of_women(code) for code in book.jobs])
        pools = len(structure.pools)
        self.leading_only = np.array([scope == "leading" for scope in structure.pool_scope])
        self.shown = np.array([code.split("/")[0] == showcase for code in structure.pools])
        self.shift = rng.integers(-250, 250, pools).astype(np.int32)
        self.sex: NDArray[np.int8] = np.zeros(0, np.int8)
        self.birth: Ints = np.zeros(0, np.int32)
        self.retires: Ints = np.zeros(0, np.int32)
        self.offices: Lines | None = None

    def refresh(self, who: NDArray[np.int64]) -> None:
        """Work out anew when these persons retire, after sex or birth was set."""
        self.retires[who] = retirement.day_of(self.sex[who], self.birth[who])

    def fill_up(self, wanted: int) -> None:
        """Newcomers in seats added to posts that have many, until `wanted` persons have served. Nothing to do when
        there are as many; raises ValueError when there are more: then the extent was estimated too large."""
        served = np.zeros(self.people.count, dtype=bool)
        for person, *_rest in self.ledger.columns:
            served[person] = True
        missing = wanted - int(served.sum())
        if missing < 0:
            raise ValueError(f"The careers made {-missing} persons more than the {wanted} asked for.")
        if not missing:
            return
        codes = self.book.job_codes
        sort = "teacher" if (self.job_of_seat == codes.index("teacher")).any() else "specialist"
        era = np.array(self.structure.post_era)
        posts = np.flatnonzero((np.array(self.structure.post_job) == codes.index(sort)) & (era > 0))
        seats = self.structure.add_seats(posts[np.arange(missing) % len(posts)])
        self.job_of_seat = np.array(self.structure.post_job, dtype=np.int16)[self.structure.seats.post]
        start = np.full(missing, self.book.reform + 62, dtype=np.int32)
        added = np.zeros(len(self.structure.seats.post), dtype=bool)
        added[seats] = True
        lines = Lines.of(self.structure, added)
        birth = (start - self.rng.uniform(22.5, 30, missing) * 365.25).astype(np.int32)
        lines.holder = self._new(lines, np.arange(missing), birth, SERVICE)
        lines.since, lines.kind = start, np.full(missing, 5, dtype=np.int8)
        none = np.zeros(missing, np.int8)
        self._write(lines, np.ones(missing, bool), np.full(missing, FOREVER, np.int32), none)

    # --- the three tracks -------------------------------------------------------------------------------------

    def run_before_reform(self) -> None:
        """Offices until the reform, and their people's passage into the bodies after it."""
        seats, own = self.structure.seats, self.structure.seats.holder == 0
        old = Lines.of(self.structure, (seats.era == 0) & own)
        new = Lines.of(self.structure, (seats.era == 1) & (seats.track == OFFICE) & own)
        days = [self._days(year, old.pool) for year in (2006, 2010, 2013, 2016, 2020)]
        late = self.leading_only[old.pool]
        reform = np.full(len(old.seat), self.book.reform, dtype=np.int32)
        for number, start in enumerate(days):
            begins = np.where(late, days[3], start) if number == 0 else start
            until = days[number + 1] if number + 1 < len(days) else reform
            if number == 0:
                self._first(old, begins, OFFICE)
            still = late & (number < 3)  # of provinces with leading posts only, nothing is told before about 2016
            self._period(old, begins, until, OFFICE, still, last=number + 1 == len(days))
        self._pass_over(old, new)
        self.offices = new

    def run_after_reform(self) -> None:
        """Offices from the reform on. In the showcase nothing changes before 2026: its figures hold until then."""
        new = self.offices
        assert new is not None
        reform = np.full(len(new.seat), self.book.reform, dtype=np.int32)
        change = self._days(2026, new.pool, base="2026-03-01", spread=55)
        today = np.full(len(new.seat), self.book.today, dtype=np.int32)
        self._period(new, reform, change, OFFICE, np.zeros(len(new.seat), bool), hold_until=day("2026-01-01"), calm=True)
        self._close(new, change, today, OFFICE)

    def run_service(self, track: int = SERVICE) -> None:
        """Service units, which the reform left in place, and villages."""
        seats = self.structure.seats
        lines = Lines.of(self.structure, (seats.track == track) & (seats.holder == 0))
        if not len(lines.seat):
            return
        years = list(range(2008, 2026, 2)) if track == SERVICE else []
        days = [self._days(year, lines.pool, base=f"{year}-08-01") for year in years]
        if track == VILLAGE:
            days = [np.full(len(lines.seat), self.book.reform, dtype=np.int32)]
        change = self._days(2026, lines.pool, base="2026-08-01", spread=25)
        self._first(lines, days[0], track)
        for number, start in enumerate(days):
            until = days[number + 1] if number + 1 < len(days) else change
            self._period(lines, start, until, track, np.zeros(len(lines.seat), bool))
        self._close(lines, change, np.full(len(lines.seat), self.book.today, dtype=np.int32), track)

    def _days(self, year: int, pool: Ints, base: str | None = None, spread: int = 250) -> Ints:
        """The day of change of each line's pool about a year: the first of a month."""
        around = day(base or f"{year}-06-01") + (self.shift * spread) // 250
        return first_of_month(around)[pool].astype(np.int32)

    # --- one period -------------------------------------------------------------------------------------------

    def _first(self, lines: Lines, start: Ints, track: int) -> None:
        """Fill the seats for the first period; those who serve came at some day before it."""
        filled = self.rng.random(len(lines.seat)) >= np.where(lines.rank < LEADING, 0.0, VACANT)
        where = np.flatnonzero(filled)
        age = np.where(lines.rank[where] < LEADING, self.rng.uniform(33, 50, len(where)), self.rng.uniform(24, 48, len(where)))
        birth = (start[where] - age * 365.25).astype(np.int32)
        who = self._new(lines, where, birth, track)
        served = self.rng.uniform(0, 1, len(where)) ** 2 * np.maximum(age - 23, 0) * 365.25
        since = np.maximum(first_of_month((start[where] - served).astype(np.int32)), day("1985-09-01"))
        if track == VILLAGE:
            since = start[where]
        lines.holder[where] = who
        lines.since[where] = np.minimum(since, start[where])
        lines.kind[where] = np.where(lines.rank[where] < LEADING, 2, 5)

    def _new(self, lines: Lines, where: NDArray[np.int64], birth: Ints, track: int) -> Ints:
        sex = (self.rng.random(len(where)) < self.women[self.job_of_seat[lines.seat[where]]]).astype(np.int8)
        made = self.people.add(sex, birth, lines.pool[where], track)
        self.sex = np.concatenate([self.sex, sex])
        self.birth = np.concatenate([self.birth, birth])
        self.retires = np.concatenate([self.retires, retirement.day_of(sex, birth)])
        return made

    def _period(
        self, lines: Lines, start: Ints, until: Ints, track: int, still: Flags,
        hold_until: int = 0, calm: bool = False, last: bool = False,
    ) -> None:  # fmt: skip
        """Let a period pass: who leaves in it, who moves at its end, who comes. `still`: lines where nothing happens."""
        leaving, end, ending = self._leavers(lines, start, until, hold_until)
        leaving &= ~still
        if last:  # the reform ends it; those who stay pass over
            self._write(lines, leaving, end, ending)
            lines.holder[leaving] = NOBODY
            return
        share = MOVING[track] * (0.25 if calm else 1.0)
        moving = (lines.holder != NOBODY) & ~leaving & ~still & (self.rng.random(len(lines.seat)) < share)
        vacant = (lines.holder == NOBODY) & ~still
        self._hand_on(lines, leaving, moving, vacant, end, ending, until, track)

    def _leavers(self, lines: Lines, start: Ints, until: Ints, hold_until: int) -> tuple[Flags, Ints, NDArray[np.int8]]:
        size = len(lines.seat)
        held = lines.holder != NOBODY
        retires = np.where(held, self.retires[np.maximum(lines.holder, 0)] if len(self.retires) else 0, FOREVER)
        old = held & (retires <= until)
        years = np.maximum(until - start, 0) / YEAR
        other = held & ~old & (self.rng.random(size) < LEAVING * years)
        back = (self.rng.random(size) * np.maximum(until - start - 60, 0)).astype(np.int32)
        end = np.where(old, retires, first_of_month(until - back)).astype(np.int32)
        end = np.minimum(np.maximum(end, np.where(old, start, np.maximum(start + 31, hold_until))), until)
        why = self.rng.choice(np.array([RESIGNED, LEFT, DIED, REMOVED], np.int8), size, p=[0.6, 0.25, 0.1, 0.05])
        return old | other, end, np.where(old, RETIRED, why).astype(np.int8)

    def _hand_on(
        self, lines: Lines, leaving: Flags, moving: Flags, vacant: Flags, end: Ints, ending: NDArray[np.int8],
        until: Ints, track: int,
    ) -> None:  # fmt: skip
        """The seats that came free go to movers by rank; the lowest that remain, to newcomers."""
        free = np.flatnonzero(leaving | moving | vacant)
        if not len(free):
            return
        order = free[np.lexsort((self.rng.random(len(free)), lines.rank[free], lines.pool[free]))]
        movers = np.flatnonzero(moving)
        queue = movers[np.lexsort((self.rng.random(len(movers)), lines.rank[movers], lines.pool[movers]))]
        place, turn = _within(lines.pool[order]), _within(lines.pool[queue])
        starts = np.searchsorted(lines.pool[order], lines.pool[queue]) + turn
        target = order[starts]
        person = lines.holder[queue]
        stays = target == queue
        went = queue[~stays]
        out = leaving.copy()
        out[went] = True
        end, ending = end.copy(), ending.copy()
        end[went] = until[went]
        ending[went] = np.where(lines.rank[went] < LEADING, np.int8(END_OF_TERM), np.int8(MOVED))
        self._write(lines, out, end, ending)
        lines.holder[out] = NOBODY
        lines.holder[target], lines.kind[target[~stays]] = person, 2
        lines.since[target[~stays]] = until[target[~stays]]
        taken = np.zeros(len(order), bool)
        taken[starts] = True
        self._newcomers(lines, order[~taken & (place >= 0)], until, track)

    def _newcomers(self, lines: Lines, where: NDArray[np.int64], until: Ints, track: int) -> None:
        leading = lines.rank[where] < LEADING
        where = where[leading | (self.rng.random(len(where)) >= VACANT)]
        leading = lines.rank[where] < LEADING
        age = np.where(leading, self.rng.uniform(32, 46, len(where)), self.rng.uniform(22.5, 33, len(where)))
        start = until[where] + self.rng.choice(np.array([0, 0, 15, 31], np.int32), len(where))
        lines.holder[where] = self._new(lines, where, (start - age * 365.25).astype(np.int32), track)
        lines.since[where] = start
        lines.kind[where] = np.where(leading, 2, 5)

    def _pass_over(self, old: Lines, new: Lines) -> None:
        """On the day of the reform: by rank into the new seats of the pool; for whom there is none, the service ends."""
        rng, reform = self.rng, self.book.reform
        held = np.flatnonzero(old.holder != NOBODY)
        # newcomers may have been given a first day beyond the reform: they never came
        held = held[old.since[held] < reform]
        noise = rng.normal(0, 5, len(held))
        queue = held[np.lexsort((old.rank[held] + noise, old.pool[held]))]
        seats = np.lexsort((rng.random(len(new.seat)), new.rank, new.pool))
        open_seats = seats[(new.rank[seats] < LEADING) | (rng.random(len(seats)) >= VACANT)]
        turn = _within(old.pool[queue])
        counts = np.bincount(new.pool[open_seats], minlength=len(self.structure.pools))
        goes = turn < counts[old.pool[queue]]
        first = np.cumsum(counts) - counts
        target = open_seats[(first[old.pool[queue]] + turn)[goes]]
        new.holder[target] = old.holder[queue[goes]]
        new.since[target], new.kind[target] = reform, np.where(new.rank[target] < LEADING, 3, 2)
        ending = np.full(len(old.seat), REORGANIZED, dtype=np.int8)
        surplus = queue[~goes]
        early = self.retires[old.holder[surplus]] - reform < 5 * YEAR
        ending[surplus] = np.where(early, np.int8(RETIRED), np.int8(LEFT))
        self._write(old, old.holder != NOBODY, np.full(len(old.seat), reform, np.int32), ending)
        taken = np.zeros(len(new.seat), bool)
        taken[target] = True
        rest = open_seats[~taken[open_seats]]
        self._newcomers(new, rest, np.full(len(new.seat), reform, np.int32), OFFICE)
        new.since[rest] = np.where(new.since[rest] > 0, np.int32(reform), new.since[rest])

    def _close(self, lines: Lines, start: Ints, today: Ints, track: int) -> None:
        """The last period: who retires or leaves by today; all others serve on."""
        leaving, end, ending = self._leavers(lines, start, today, 0)
        self._write(lines, leaving, end, ending)
        serving = (lines.holder != NOBODY) & ~leaving
        size = len(lines.seat)
        self._write(lines, serving, np.full(size, FOREVER, np.int32), np.zeros(size, np.int8))

    def _write(self, lines: Lines, chosen: Flags, end: Ints, ending: NDArray[np.int8]) -> None:
        chosen = chosen & (lines.holder != NOBODY)
        self.ledger.write(
            lines.holder[chosen], lines.seat[chosen], lines.since[chosen], end[chosen], ending[chosen], lines.kind[chosen]
        )


def _within(groups: Ints) -> NDArray[np.int64]:
    """The place of each element within its run of equal, sorted groups, from 0."""
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))


def first_of_month(days: Ints) -> Ints:
    """The first day of the month of each day."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64).astype(np.int32)


def _share_of_women(job: str) -> float:
    shares = {"teacher": 0.78, "nurse": 0.82, "doctor": 0.45, "support": 0.6, "activist": 0.35, "specialist": 0.5}
    if job in shares:
        return shares[job]
    return 0.45 if job in {"senior-specialist", "officer", "division-deputy-head", "unit-deputy-director"} else 0.27

"""The whole invented world as arrays, before any database: deterministic for its size and seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canbo.project.world import book as books
from canbo.project.world import cast, figures, ground, kin, people, records, sizes, structure
from canbo.project.world.book import FOREVER, Book, day
from canbo.project.world.careers import NOBODY, REORGANIZED, Careers
from canbo.project.world.ground import Ground
from canbo.project.world.people import Facts
from canbo.project.world.rates import HAPPENING
from canbo.project.world.records import Columns
from canbo.project.world.structure import OFFICE, VILLAGE, Structure

Ints = NDArray[np.int32]
Row = tuple[NDArray[Any], ...]  # person, seat, start, end, ending, kind: columns of memberships
CONCURRENT = 8
DEEP = 40  # whoever held a post of a rank before this has a file kept in depth, wherever it was
CADRE, CIVIL_SERVANT, PUBLIC_EMPLOYEE, CONTRACT, ACTIVIST = range(1, 6)
NOT_LOCAL = ("province-secretary", "province-chair", "province-inspection-head", "chief-inspector")


@dataclass
class Memberships:
    """Who held which seat when, sorted by post and seat. `ending` 0: has not ended, or why is unknown."""

    person: Ints
    post: Ints
    seat: NDArray[np.int16]
    start: Ints
    end: Ints
    ending: NDArray[np.int8]
    kind: NDArray[np.int8]
    category: NDArray[np.int8]


@dataclass
class World:
    """Everything that is loaded. `records` by name of table; `story`: key -> person; `managed`, `committee`: whom
    the published figures count."""

    book: Book
    ground: Ground
    structure: Structure
    memberships: Memberships
    facts: Facts
    records: dict[str, Columns] = field(default_factory=dict)
    story: dict[str, int] = field(default_factory=dict)
    managed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    committee: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def people(self) -> int:
        return len(self.facts.sex)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that the world tells: the same for the same size and seed."""
        told = hashlib.sha256()
        for column in vars(self.memberships).values():
            told.update(column.tobytes())
        for name in ("sex", "birth_told", "precision", "native", "people", "number"):
            told.update(getattr(self.facts, name).tobytes())
        for name in ("family", "middle", "given"):
            told.update(getattr(self.facts.names, name).tobytes())
        for table in sorted(self.records):
            for column in sorted(self.records[table]):
                told.update(self.records[table][column].tobytes())
        for body in self.structure.bodies:
            told.update(repr((body.kind, body.now, body.then)).encode())
        return told.hexdigest()


def invent(*, people_wanted: int | None, seed: int) -> World:
    """The world with about `people_wanted` persons (None: the usual demo), drawn by `seed`.

    Raises sizes.TooFew, with the smallest number there can be.
    """
    book, land = books.read(), ground.read()
    return Inventor(book, land, sizes.extent_for(people_wanted), seed).invent(people_wanted)


class Inventor:
    """Draws the world step by step. Each step has random numbers of its own, so that one more draw in one step
    leaves the others as they were."""

    def __init__(self, book: Book, land: Ground, extent: structure.Extent, seed: int) -> None:
        self.book, self.land, self.extent, self.seed = book, land, extent, seed
        self.made = structure.build(book, land, extent)
        self.careers = Careers(book, self.made, self._rng("careers"), extent.showcase)

    def _rng(self, step: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *step.encode()])

    def invent(self, exactly: int | None) -> World:
        careers = self.careers
        careers.run_before_reform()
        sitting = self._sitting()
        committees = self._committees(sitting)
        story = self._cast(sitting)
        pinned = np.array(sorted(story.values()), dtype=np.int64)
        settled = self._settle(sitting, committees, pinned)
        careers.run_after_reform()
        careers.run_service()
        careers.run_service(VILLAGE)
        if exactly is not None:
            careers.fill_up(exactly)
        told = self._memberships(committees)
        told, kept = self._only_who_served(told)
        return self._facts(told, kept, settled, story, sitting)

    # --- the day of the reform --------------------------------------------------------------------------------

    def _sitting(self) -> NDArray[np.int32]:
        """Who sits in each seat on the day of the reform: the holder by seat, or NOBODY."""
        lines = self.careers.offices
        assert lines is not None
        holder = np.full(len(self.made.seats.post), NOBODY, dtype=np.int32)
        holder[lines.seat] = lines.holder
        return holder

    def _committees(self, sitting: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Of each collective: the seats, and their members, the first in rank of the pool."""
        seats = self.made.seats
        free = np.flatnonzero(seats.holder == 2)
        able = np.flatnonzero((sitting != NOBODY) & (seats.era == 1))
        order = able[np.lexsort((able, seats.rank[able], seats.pool[able]))]
        counts = np.bincount(seats.pool[order], minlength=len(self.made.pools))
        first = np.cumsum(counts) - counts
        place = seats.number[free].astype(np.int64) - 1
        fits = place < counts[seats.pool[free]]
        return free[fits], sitting[order[(first[seats.pool[free]] + place)[fits]]]

    def _cast(self, sitting: NDArray[np.int32]) -> dict[str, int]:
        """The persons of the story: whoever sits in their seats, with sex and birth as the story has them."""
        careers, cast = self.careers, {}
        jobs = {code: number for number, code in enumerate(self.book.jobs)}
        for role in self.book.story:
            body, job, number = role["seat"].rsplit("/", 2)
            if body not in self.made.index:
                continue
            post = self.made.post(body, jobs[job])
            here = (self.made.seats.post == post) & (sitting != NOBODY)
            if number != "any":
                here &= self.made.seats.number == int(number)
            held = np.flatnonzero(here)
            if not len(held):
                raise ValueError(f"Nobody sits in {role['seat']}: the story needs a seat that is held.")
            person = int(sitting[held[0]])
            careers.sex[person] = int(role["sex"] == "F")
            careers.birth[person] = day(role["born"])
            careers.refresh(np.array([person]))
            cast[role["key"]] = person
        return cast

    def _settle(
        self, sitting: NDArray[np.int32], committees: tuple[NDArray[np.int64], NDArray[np.int32]], pinned: NDArray[np.int64]
    ) -> figures.Settled:
        """Make the published figures true of the showcase."""
        managers = np.array(self.made.post_managed_by)
        shown = self.extent.showcase
        by_party = (managers == f"{shown}.party") & (np.array(self.made.post_era) == 1)
        holders = sitting[by_party[self.made.seats.post]]
        managed = np.unique(holders[holders != NOBODY]).astype(np.int64)
        seats, members = committees
        body = np.array(self.made.post_body)[self.made.seats.post[seats]]
        here = np.array([self.made.bodies[b].code.startswith(shown + "/") for b in body], dtype=bool)
        self.committee_seats = seats[here]
        committee = np.unique(members[here]).astype(np.int64)
        return figures.Figures(self.book, self.careers, self._rng("figures"), pinned).settle(managed, committee)

    # --- memberships ------------------------------------------------------------------------------------------

    def _memberships(self, committees: tuple[NDArray[np.int64], NDArray[np.int32]]) -> dict[str, NDArray[Any]]:
        """All memberships: those of the careers, those that go with another post, those of the committees."""
        own = self._grown_up(tuple(self.careers.ledger.read()))
        rows = [own, self._going_with(own), self._in_committees(committees, own)]
        columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
        return dict(zip(("person", "seat", "start", "end", "ending", "kind"), columns, strict=True))

    def _grown_up(self, row: Row) -> Row:
        """Nobody serves before the age of twenty: the figures may have made somebody younger than the career is old."""
        person, seat, start, end, ending, kind = row
        earliest = (self.careers.birth[person] + 20 * 365.25).astype(np.int32)
        start = np.maximum(start, earliest)
        keep = start < end
        return tuple(column[keep] for column in (person, seat, start, end, ending, kind))

    def _going_with(self, row: Row) -> Row:
        """Posts that whoever holds another one holds too, for the same days."""
        person, seat, start, end, ending, _kind = row
        seats = self.made.seats
        follows = np.full(len(self.made.post_job), -1, dtype=np.int64)
        beside = np.flatnonzero(seats.holder == 1)
        follows[np.array(self.made.post_with)[seats.post[beside]]] = beside
        target = np.where(seats.number[seat] == 1, follows[seats.post[seat]], -1)
        some = np.flatnonzero(target >= 0)
        kind = np.full(len(some), CONCURRENT, dtype=np.int8)
        return person[some], target[some].astype(np.int32), start[some], end[some], ending[some], kind

    def _in_committees(self, committees: tuple[NDArray[np.int64], NDArray[np.int32]], row: Row) -> Row:
        """A member of a committee stays in it as long as in office."""
        person, seat, _start, end, ending, _kind = row
        seats, members = committees
        after = np.flatnonzero(self.made.seats.era[seat] == 1)
        leaves = np.zeros(self.careers.people.count, dtype=np.int64)
        np.maximum.at(leaves, person[after], end[after])
        why = np.zeros(self.careers.people.count, dtype=np.int8)
        lasting = after[end[after] == leaves[person[after]]]
        why[person[lasting]] = ending[lasting]
        until = leaves[members].astype(np.int32)
        start = np.full(len(members), self.book.reform, dtype=np.int32)
        kind = np.full(len(members), CONCURRENT, dtype=np.int8)
        return members, seats.astype(np.int32), start, until, why[members], kind

    def _only_who_served(self, told: dict[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
        """Drop persons who never came to serve, and close the gaps in the numbers."""
        served = np.zeros(self.careers.people.count, dtype=bool)
        served[told["person"]] = True
        number = np.cumsum(served) - 1
        told["person"] = number[told["person"]].astype(np.int32)
        return told, np.flatnonzero(served)

    # --- persons ----------------------------------------------------------------------------------------------

    def _facts(
        self, told: dict[str, NDArray[Any]], kept: NDArray[np.int64], settled: figures.Settled, story: dict[str, int],
        sitting: NDArray[np.int32],
    ) -> World:  # fmt: skip
        number = np.full(self.careers.people.count, -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        sex, birth = self.careers.sex[kept], self.careers.birth[kept]
        pool = np.concatenate(self.careers.people.pool)[kept]
        managed, committee = number[settled.managed], number[settled.committee]
        certain = np.zeros(len(kept), dtype=bool)
        certain[managed] = certain[committee] = True
        elsewhere = np.zeros(len(kept), dtype=bool)
        elsewhere[number[self._not_local(sitting)]] = True
        ancestry = people.Ancestry(self.land, self.made)
        facts = people.tell(
            self.book, ancestry, sex=sex, birth=birth, pool=pool, elsewhere=elsewhere, certain=certain, rng=self._rng("people")
        )
        known = {key: int(number[person]) for key, person in story.items()}
        memberships = self._sorted(told)
        world = World(self.book, self.land, self.made, memberships, facts, {}, known, managed, committee)
        self._records(world, self._padded(settled.degree, kept), number[settled.twice], pool, np.flatnonzero(elsewhere))
        self._play(world)
        cast.complete(world)
        return world

    def _padded(self, degree: NDArray[np.int8], kept: NDArray[np.int64]) -> NDArray[np.int8]:
        """The degrees that were set, by the final numbers of persons; 0 where none was."""
        whole = np.zeros(self.careers.people.count, dtype=np.int8)
        whole[: len(degree)] = degree
        return whole[kept]

    def _not_local(self, sitting: NDArray[np.int32]) -> NDArray[np.int64]:
        jobs = [number for number, code in enumerate(self.book.jobs) if code in NOT_LOCAL]
        chosen = np.isin(np.array(self.made.post_job)[self.made.seats.post], jobs) & (self.made.seats.era == 1)
        holders = sitting[chosen[: len(sitting)]].astype(np.int64)
        return holders[holders != NOBODY]  # type: ignore[no-any-return]

    def _sorted(self, told: dict[str, NDArray[Any]]) -> Memberships:
        seats = self.made.seats
        seat = told["seat"].astype(np.int64)
        order = np.lexsort((told["start"], seat))
        job = np.array(self.made.post_job)[seats.post[seat]]
        category = np.array([_category(code) for code in self.book.jobs], dtype=np.int8)[job]
        columns: Row = (
            told["person"], seats.post[seat], seats.number[seat], told["start"], told["end"], told["ending"], told["kind"], category,
        )  # fmt: skip
        return Memberships(*(column[order] for column in columns))

    def _records(
        self, world: World, degree: NDArray[np.int8], twice: NDArray[np.int64], pool: Ints, elsewhere: NDArray[np.int64]
    ) -> None:
        """Everything dated that is told of persons."""
        about = self._subject(world, degree, twice, pool)
        told = world.records
        told["credential"], highest = records.degrees(about, self._rng("degrees"))
        told["politicaltheory"] = records.theory(about, self._rng("theory"))
        told["languageskill"] = records.languages(about, self._rng("languages"))
        told["training"] = records.training(about, self._rng("training"))
        told["rating"] = records.ratings(about, self._rng("ratings"))
        told["reward"] = records.rewards(about, self._rng("rewards"))
        players = np.array(sorted(world.story.values()), dtype=np.int64)
        told["sanction"] = records.sanctions(about, players, self._rng("sanctions"))
        told["declaration"] = records.declarations(about, self._rng("declarations"))
        told["salarystep"] = records.pay(about, highest, self._rng("pay"))
        rng = self._rng("kin")
        families = kin.Families(about.sex, about.birth, pool, world.facts.native, world.facts.names, rng)
        pairs = [
            (world.story[role["key"]], world.story[role["sibling"]])
            for role in self.book.story
            if role.get("sibling") in world.story
        ]
        told["kinship"] = families.tell(about.deep, np.union1d(players, elsewhere), pairs)
        told["succession"] = records.successions(about, self._serving(world), self._rng("successions"))
        told["nonedeclared"] = self._none(about, world, rng)

    def _subject(self, world: World, degree: NDArray[np.int8], twice: NDArray[np.int64], pool: Ints) -> records.Subject:
        rows, size = world.memberships, world.people
        first = np.full(size, FOREVER, dtype=np.int32)
        last = np.full(size, -(2**31), dtype=np.int32)
        rank = np.full(size, 999, dtype=np.int16)
        job = np.array(self.made.post_job)[rows.post]
        ranks = np.array([row.rank for row in self.book.jobs.values()], dtype=np.int16)[job]
        np.minimum.at(first, rows.person, rows.start)
        np.maximum.at(last, rows.person, rows.end)
        np.minimum.at(rank, rows.person, ranks)
        sorts = np.array([_sort(code) for code in self.book.jobs], dtype=np.int8)
        sort = np.zeros(size, dtype=np.int8)
        order = np.lexsort((-ranks, rows.start, rows.person))
        sort[rows.person[order]] = sorts[job[order]]
        shown = np.array([code.split("/")[0] == self.extent.showcase for code in self.made.pools])[pool]
        deep = shown | (rank < DEEP)
        settled = day(self.book.figures["from"])
        return records.Subject(
            world.facts.birth, world.facts.sex, sort, deep, rank, first, last, degree, twice, self.book.today, settled
        )

    def _serving(self, world: World) -> records.Serving:
        """Who holds which post today, with the rank of the post and the unit in which its body stands."""
        rows, today = world.memberships, self.book.today
        now = np.flatnonzero((rows.start <= today) & (rows.end > today))
        post = rows.post[now]
        ranks = np.array([row.rank for row in self.book.jobs.values()], dtype=np.int16)
        units = np.array([body.now.code.partition(".")[0] if body.now else "" for body in self.made.bodies])
        _names, unit = np.unique(units, return_inverse=True)
        body = np.array(self.made.post_body)[post]
        return records.Serving(rows.person[now], post, ranks[np.array(self.made.post_job)[post]], unit[body].astype(np.int32))

    def _none(self, about: records.Subject, world: World, rng: np.random.Generator) -> Columns:
        """Statements that there are none: of kin, of sanctions, of places in succession plans."""
        size = world.people
        has_kin, punished = np.zeros(size, bool), np.zeros(size, bool)
        has_kin[world.records["kinship"]["person"]] = True
        punished[world.records["sanction"]["person"]] = True
        punished[[world.story[role["key"]] for role in self.book.story if "sanction" in role and role["key"] in world.story]] = (
            True
        )
        kinless = np.flatnonzero(about.deep & ~has_kin & (rng.random(size) < 0.12))
        clean = np.flatnonzero(about.deep & ~punished & (rng.random(size) < HAPPENING["states that there was no sanction"]))
        planned = np.zeros(size, bool)
        planned[world.records["succession"]["person"]] = True
        plainly = np.flatnonzero(about.deep & ~planned & (rng.random(size) < HAPPENING["known to stand in no succession plan"]))
        who = np.concatenate([kinless, clean, plainly]).astype(np.int32)
        topic = np.repeat(np.arange(3, dtype=np.int8), [len(kinless), len(clean), len(plainly)])
        return {"person": who, "topic": topic, "from": np.maximum(about.first[who], day("2016-01-01")).astype(np.int32)}

    def _play(self, world: World) -> None:
        """Names, numbers, native places and sanctions as the story has them."""
        facts = world.facts
        for role in self.book.story:
            person = world.story.get(role["key"])
            if person is None:
                continue
            facts.names.give(person, role["family"], role["given"])
            facts.number[person] = role["number"].encode()
            facts.native[person] = -1 if role["native"] == "unknown" else facts.areas.index(role["native"])
            facts.birth_told[person], facts.precision[person] = day(role["born"]), 3
            facts.people[person] = 0
            if "sanction" in role:
                told, said = world.records["sanction"], role["sanction"]
                added = {"person": person, "measure": said["measure"], "from": day(said["from"]), "until": day(said["to"])}
                world.records["sanction"] = {
                    name: np.append(column, added[name]).astype(column.dtype) for name, column in told.items()
                }


def _category(job: str) -> int:
    if job == "activist":
        return ACTIVIST
    if job in {"support", "enterprise-chair"}:
        return CONTRACT
    if job in {"teacher", "doctor", "nurse"} or job.startswith("unit-"):
        return PUBLIC_EMPLOYEE
    if job.startswith(("province-", "district-", "board-")) or (job.startswith("commune-") and "department" not in job):
        return CADRE
    return CIVIL_SERVANT


def _sort(job: str) -> int:
    sorts = list(records.DEGREES)
    if job in sorts:
        return sorts.index(job)
    return sorts.index("staff" if job in {"specialist", "senior-specialist", "officer"} else "leader")


def today() -> date:
    """The last day of which the world tells."""
    return books.as_date(books.read().today)


__all__ = ["OFFICE", "REORGANIZED", "Memberships", "World", "invent", "today"]

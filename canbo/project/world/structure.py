"""The bodies beneath the units, before and after the reform, with their posts and seats: who could sit where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from canbo.project.world.book import FOREVER, NEVER, BodyPlan, Book, PostPlan
from canbo.project.world.ground import Ground
from canbo.project.world.reform import Unit

OFFICE, SERVICE, VILLAGE = 0, 1, 2
Days = NDArray[np.int32]


@dataclass(frozen=True)
class State:
    """How a body stands in a period: code, names, the code of what it stands under."""

    code: str
    names: dict[str, str]
    parent: str


@dataclass
class Body:
    """A body: what it is from the reform on (`now`), what it was until then (`then`); one of them may be None."""

    kind: str
    now: State | None
    then: State | None
    autonomy: int | None = None
    village_kind: bool = False

    @property
    def code(self) -> str:
        state = self.now or self.then
        assert state is not None
        return state.code


@dataclass
class Seats:
    """Every seat as parallel arrays. `holder`: 0 a person of its own, 1 whoever holds `with_post`, 2 the first in rank."""

    post: NDArray[np.int32]
    number: NDArray[np.int16]
    pool: NDArray[np.int32]
    rank: NDArray[np.int16]
    track: NDArray[np.int8]
    era: NDArray[np.int8]  # 0 until the reform, 1 from it on, 2 both
    holder: NDArray[np.int8]


@dataclass
class Structure:
    """All bodies, posts and seats of a world. Post columns are lists; `pools` names each pool by its unit's code."""

    bodies: list[Body] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    pool_scope: list[str] = field(default_factory=list)  # of each pool: staffed | leading
    post_body: list[int] = field(default_factory=list)
    post_job: list[int] = field(default_factory=list)
    post_from: list[int] = field(default_factory=list)
    post_until: list[int] = field(default_factory=list)
    post_managed_by: list[str] = field(default_factory=list)
    post_after: list[int] = field(default_factory=list)  # the post before the reform that this one follows, or -1
    post_with: list[int] = field(default_factory=list)
    post_holder: list[int] = field(default_factory=list)
    post_track: list[int] = field(default_factory=list)
    post_era: list[int] = field(default_factory=list)
    post_seats: list[int] = field(default_factory=list)
    post_pools: list[tuple[int, ...]] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)  # body by code, in either period
    seats: Seats = None  # type: ignore[assignment]

    def post(self, code: str, job: int) -> int:
        """The post of a job in the body with this code. Raises KeyError if there is none."""
        body = self.index[code]
        for post, (of_body, of_job, era) in enumerate(zip(self.post_body, self.post_job, self.post_era, strict=True)):
            if of_body == body and of_job == job and era:
                return post
        raise KeyError(f"{code} has no post {job} since the reform")

    def add_seats(self, posts: NDArray[np.int64]) -> NDArray[np.int64]:
        """One more seat in each of these posts (a post named twice gets two); the numbers of the new seats."""
        seats, counts = self.seats, np.array(self.post_seats, dtype=np.int64)
        order = np.argsort(posts, kind="stable")
        posts = posts[order]
        turn = np.arange(len(posts)) - np.searchsorted(posts, posts)
        example = np.cumsum(counts)[posts] - 1
        number = (counts[posts] + turn + 1).astype(np.int16)
        made = np.arange(len(seats.post), len(seats.post) + len(posts))
        for name in ("pool", "rank", "track", "era", "holder"):
            column = getattr(seats, name)
            setattr(seats, name, np.concatenate([column, column[example]]))
        seats.post = np.concatenate([seats.post, posts.astype(np.int32)])
        seats.number = np.concatenate([seats.number, number])
        np.add.at(counts, posts, 1)
        self.post_seats = counts.tolist()
        return made


@dataclass(frozen=True)
class Extent:
    """How much of the country is staffed: provinces with all their posts, those with leading posts only, and
    how many schools of each sort a commune has, by province. `showcase`: the unit of the published figures."""

    staffed: frozenset[str]
    leading: frozenset[str]
    schools: dict[str, int] = field(default_factory=dict)
    showcase: str = ""


class Builder:
    """Builds the structure for an extent; deterministic, draws nothing."""

    def __init__(self, book: Book, ground: Ground, extent: Extent) -> None:
        self.book, self.ground, self.extent = book, ground, extent
        self.made = Structure()
        self.job = {code: number for number, code in enumerate(book.jobs)}
        self.pool: dict[str, int] = {}
        self.later: dict[tuple[str, str], int] = {}  # (code of a body, job) -> post
        self.words_of: dict[str, dict[str, str]] = {}  # code of a unit -> words for it
        self.held: list[tuple[int, str]] = []  # posts that go with another, and `body/job` of that one

    def build(self) -> Structure:
        for body in self.book.levels["central"]:
            self._body(body, State(f"{self.book.centre}.{body.suffix}", body.names, self.book.centre), None)
        for province in self.ground.provinces:
            if province in self.extent.staffed or province in self.extent.leading:
                self._province(province)
        self._joined()
        self._seats()
        return self.made

    # --- bodies -----------------------------------------------------------------------------------------------

    def _province(self, province: str) -> None:
        staffed = province in self.extent.staffed
        pool = self._pool(province, staffed)
        unit = self.ground.after[province]
        olds = [self.ground.before[code] for code in self.ground.old_provinces_of(province)]
        growth = 1 + 0.7 * (len(olds) - 1)
        plans = [*self.book.levels["province"], *(self.book.levels["province_staffed"] if staffed else [])]
        self._both(plans, unit, olds, (pool,), staffed, growth)
        if staffed:
            for number, plan in enumerate([*self.book.levels["service_units"], *self.book.levels["enterprises"]]):
                home = olds[number % len(olds)]
                self._lasting(plan, unit, home, f"{home.code}.{plan.suffix}", pool, number)
        for code in self.ground.communes_of(province):
            self._commune(code, staffed)
        for old in olds:
            self._districts(old, staffed)

    def _commune(self, code: str, staffed: bool) -> None:
        unit = self.ground.after[code]
        pool = self._pool(code, staffed)
        olds = [self.ground.before[old] for old in self.ground.origins[code] if old.count("/") == 2]
        mine = [old for old in olds if self.ground.heirs[old.code][0] == code]
        self._both(self.book.levels["commune"], unit, [], (pool,), staffed, 1.0)
        if not staffed:
            return
        for old in mine:
            lasts = self.ground.continues.get(code) == old.code
            self._old(self.book.levels["old_commune"], old, (pool,), 1.0, True, into=unit if lasts else None)
        homes = mine or olds or [self.ground.before[self.ground.origins[code][0]]]
        count = 0
        for plan in self.book.levels["commune_units"]:
            schools = self.extent.schools.get(code.partition("/")[0], 0)
            for number in range(1, schools + 1):
                home = homes[count % len(homes)]
                count += 1
                suffix = f"{plan.suffix}-{number}"
                old_code = f"{home.code}.{plan.suffix}-{code.rpartition('/')[2]}-{number}"
                self._lasting(plan, unit, home, old_code, pool, count, suffix, number if schools > 1 else 0)
        if code in self.book.villages["communes"]:
            self._villages(unit, pool)

    def _villages(self, unit: Unit, pool: int) -> None:
        plan = self.book.villages
        kind = "residential-group" if unit.kind == "ward" else "village"
        for number in range(1, plan["each"] + 1):
            names = {language: text.replace("{number}", str(number)) for language, text in plan["names"][kind].items()}
            state = State(f"{unit.code}.{kind}-{number}", self._named(names, unit), unit.code)
            body = self._add(Body(kind, state, None))
            for row in plan["posts"]:
                self._post(body, PostPlan(row[0], row[1], False, row[3]), (pool,), unit.code, 1, VILLAGE)

    def _districts(self, province: Unit, staffed: bool) -> None:
        for code, unit in self.ground.before.items():
            if code.startswith(province.code + "/") and code.count("/") == 1:
                pools = tuple(self.pool[heir] for heir in self.ground.district_heirs[code])
                self._old(self.book.levels["old_district"], unit, pools, 1.0 if staffed else 0.34, staffed, into=None)

    def _both(
        self, plans: list[BodyPlan], unit: Unit, olds: list[Unit], pools: tuple[int, ...], staffed: bool, growth: float
    ) -> None:
        """Bodies of a new unit, and the same of the units it came from; a unit that goes on keeps its bodies."""
        lasting = self.ground.continues.get(unit.code)
        for plan in plans:
            if plan.staffed_only and not staffed:
                continue
            now = self._state(plan, unit)
            same = next((old for old in olds if old.code == lasting), None)
            body = self._body(plan, now, self._state(plan, same) if same else None)
            before: dict[str, int] = {}
            for old in olds:
                old_body = body if old is same else self._body(plan, None, self._state(plan, old))
                before = self._posts(old_body, plan, old.code, pools, staffed, 1.0, 0) | before
            self._posts(body, plan, unit.code, pools, staffed, growth, 1, before)

    def _old(
        self, plans: list[BodyPlan], unit: Unit, pools: tuple[int, ...], share: float, staffed: bool, into: Unit | None
    ) -> None:
        """Bodies that a unit had until the reform. `into`: the same unit after it, whose bodies of the same suffix go on."""
        for plan in plans:
            then = self._state(plan, unit)
            going_on = self.made.index.get(f"{into.code}.{plan.suffix}") if into else None
            if going_on is not None:
                self.made.bodies[going_on].then = then
                self.made.index[then.code] = going_on
                body = going_on
            else:
                body = self._body(plan, None, then)
            self._posts(body, plan, unit.code, pools, staffed, share, 0)

    def _lasting(
        self, plan: BodyPlan, unit: Unit, home: Unit, old_code: str, pool: int, count: int, suffix: str = "", number: int = 0
    ) -> None:
        """A service unit, which the reform only put under another body."""
        suffix = suffix or plan.suffix
        names = self._named(plan.names, unit)
        if number:
            names = {language: f"{name} {number}" for language, name in names.items()}
        above = plan.above if "/" not in unit.code else "executive"
        old_above = "executive" if home.code.count("/") in (0, 2) or plan.above else ""
        then = State(old_code, names, f"{home.code}.{old_above}" if old_above else home.code)
        autonomy = plan.autonomy[count % len(plan.autonomy)] if plan.autonomy else None
        now = State(f"{unit.code}.{suffix}", names, f"{unit.code}.{above}")
        body = self._add(Body(plan.kind, now, then, autonomy))
        for post in plan.posts:
            if post.managed_by == "province":  # who leads it comes from the province's offices
                before = self._post(body, post, (pool,), home.code.partition("/")[0], 0, OFFICE)
                self._post(body, post, (pool,), unit.code, 1, OFFICE, after=before)
            else:
                self._post(body, post, (pool,), unit.code, 2, SERVICE)

    def _state(self, plan: BodyPlan, unit: Unit) -> State:
        names = plan.urban if plan.urban and unit.kind == "ward" else plan.names
        above = f"{unit.code}.{plan.above}" if plan.above else unit.code
        return State(f"{unit.code}.{plan.suffix}", self._named(names, unit), above)

    def _named(self, names: dict[str, str], unit: Unit) -> dict[str, str]:
        given = self.words_of.get(unit.code)
        if given is None:
            given = self.words_of[unit.code] = self._words_of(unit)
        return {language: text.format_map(given) for language, text in names.items()}

    def _words_of(self, unit: Unit) -> dict[str, str]:
        """What stands for a unit in the names of its bodies."""
        words, bare = self.book.words[unit.kind], unit.proper_name
        return {
            "u": unit.name[:1].lower() + unit.name[1:], "n": bare, "e": words["en"].replace("{n}", bare),
            "f": words["fa"].replace("{n}", bare), "committee": words.get("committee", ""),
        }  # fmt: skip

    def _body(self, plan: BodyPlan, now: State | None, then: State | None) -> int:
        return self._add(Body(plan.kind, now, then))

    def _add(self, body: Body) -> int:
        number = len(self.made.bodies)
        self.made.bodies.append(body)
        for state in (body.then, body.now):
            if state is not None:
                self.made.index[state.code] = number
        return number

    def _pool(self, code: str, staffed: bool) -> int:
        self.pool[code] = len(self.made.pools)
        self.made.pools.append(code)
        self.made.pool_scope.append("staffed" if staffed else "leading")
        return self.pool[code]

    # --- posts ------------------------------------------------------------------------------------------------

    def _posts(
        self, body: int, plan: BodyPlan, unit: str, pools: tuple[int, ...], staffed: bool, share: float, era: int,
        before: dict[str, int] | None = None,
    ) -> dict[str, int]:  # fmt: skip
        made: dict[str, int] = {}
        for post in plan.posts:
            if not (staffed or post.leading):
                continue
            if post.held_with == "leaders" and era == 0:
                continue  # committees before the reform are not told
            seats = post.seats
            if share != 1.0 and self.book.jobs[post.job].standing == "staff":
                seats = max(1, ceil(seats * share))
            made[post.job] = self._post(body, post, pools, unit, era, OFFICE, seats, (before or {}).get(post.job, -1))
        return made

    def _post(
        self, body: int, plan: PostPlan, pools: tuple[int, ...], unit: str, era: int, track: int,
        seats: int | None = None, after: int = -1,
    ) -> int:  # fmt: skip
        made = self.made
        number = len(made.post_body)
        made.post_body.append(body)
        made.post_job.append(self.job[plan.job])
        made.post_from.append(self.book.reform if era == 1 else int(NEVER))
        made.post_until.append(self.book.reform if era == 0 else int(FOREVER))
        made.post_managed_by.append(self._manager(plan.managed_by, unit, body))
        made.post_after.append(after)
        made.post_holder.append(0 if not plan.held_with else 2 if plan.held_with == "leaders" else 1)
        made.post_with.append(-1)
        made.post_track.append(track)
        made.post_era.append(era)
        made.post_seats.append(plan.seats if seats is None else seats)
        made.post_pools.append(pools)
        state = (made.bodies[body].then if era == 0 else made.bodies[body].now) or made.bodies[body].now
        assert state is not None
        self.later[state.code, plan.job] = number
        if plan.held_with and plan.held_with != "leaders":
            self.held.append((number, f"{unit}.{plan.held_with}"))
        return number

    def _manager(self, managed_by: str, unit: str, body: int) -> str:
        """The code of the body that decides who holds a post."""
        if managed_by == "centre":
            return f"{self.book.centre}.party-organization"
        if managed_by == "unknown":
            return ""
        if managed_by == "self":
            return self.made.bodies[body].code
        if managed_by == "department":
            return f"{unit}.executive.education"
        wanted = {"province": 1, "district": 2, "commune": 3}[managed_by]
        parts = unit.removeprefix("old:").split("/")
        old = "old:" if unit.startswith("old:") else ""
        depth = wanted if old else {1: 1, 3: 2, 2: 2}[wanted]
        return f"{old}{'/'.join(parts[:depth])}.party"

    def _joined(self) -> None:
        """Find the post whose holder holds another one too."""
        for number, target in self.held:
            code, _, job = target.rpartition("/")
            self.made.post_with[number] = self.later[code, job]

    # --- seats ------------------------------------------------------------------------------------------------

    def _seats(self) -> None:
        made = self.made
        self._fit_managed()
        counts = np.array(made.post_seats, dtype=np.int32)
        committee = counts < 0
        counts[committee] = self._committee_sizes(int(committee.sum()), np.flatnonzero(committee))
        made.post_seats = counts.tolist()
        post = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        number = (np.arange(len(post)) - np.repeat(np.cumsum(counts) - counts, counts) + 1).astype(np.int16)
        ranks = np.array([job.rank for job in self.book.jobs.values()], dtype=np.int16)
        pool = np.repeat(np.array([pools[0] for pools in made.post_pools], dtype=np.int32), counts)
        for several, where in self._shared(counts):
            pool[where] = np.resize(np.array(several, dtype=np.int32), where.stop - where.start)
        holder = np.array(made.post_holder, dtype=np.int8)[post]
        # of a post that somebody holds beside another, only the last seat; the others have people of their own
        holder[(holder == 1) & (number < counts[post])] = 0
        made.seats = Seats(
            post, number, pool, ranks[np.array(made.post_job)][post], np.array(made.post_track, dtype=np.int8)[post],
            np.array(made.post_era, dtype=np.int8)[post], holder,
        )  # fmt: skip

    def _fit_managed(self) -> None:
        """Deputies of the showcase's service units: as many as make the published number of persons whom its Party
        committee manages."""
        made, home = self.made, f"{self.extent.showcase}.party"
        if not self.extent.showcase:
            return
        managed = [n for n, code in enumerate(made.post_managed_by) if code == home and made.post_era[n] == 1]
        # a post that goes with another one adds a person only for the seats before its last
        persons = sum(made.post_seats[n] - (made.post_holder[n] == 1) for n in managed)
        missing = int(self.book.figures["managed"]["persons"]) - persons
        deputies = [n for n in managed if made.post_job[n] == self.job["unit-deputy-director"]]
        for turn in range(abs(missing)):
            made.post_seats[deputies[turn % len(deputies)]] += 1 if missing > 0 else -1
        if any(made.post_seats[n] < 1 for n in deputies):
            raise ValueError(
                f"world.yaml plans {persons} persons managed by {home}: too many to come down to the published number."
            )

    def _shared(self, counts: NDArray[np.int32]) -> Iterator[tuple[tuple[int, ...], slice]]:
        """Posts of districts, whose seats fall to several communes in turn."""
        ends = np.cumsum(counts)
        turn = 0
        for number, pools in enumerate(self.made.post_pools):
            if len(pools) > 1:
                start = turn % len(pools)
                yield pools[start:] + pools[:start], slice(int(ends[number] - counts[number]), int(ends[number]))
                turn += int(counts[number])

    def _committee_sizes(self, committees: int, posts: NDArray[np.int64]) -> NDArray[np.int32]:
        """Committees of 28 or 29; those of the showcase make up the published total exactly."""
        sizes = np.full(committees, 28, dtype=np.int32)
        home = self.extent.showcase
        shown = np.array([self._code_of(int(post)).startswith(home + "/") for post in posts], dtype=bool)
        scope = np.array([self.made.pool_scope[self.made.post_pools[int(post)][0]] for post in posts])
        sizes[scope == "leading"] = 9
        if home and shown.any():
            total = int(self.book.figures["committee"]["persons"])
            base, more = divmod(total, int(shown.sum()))
            sizes[shown] = base + (np.arange(int(shown.sum())) < more)
        return sizes

    def _code_of(self, post: int) -> str:
        return self.made.bodies[self.made.post_body[post]].code


def build(book: Book, ground: Ground, extent: Extent) -> Structure:
    """All bodies, posts and seats for an extent."""
    return Builder(book, ground, extent).build()

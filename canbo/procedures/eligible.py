"""Of many people and a post of the register: whom the articles allow, whom they bar and by which, for whom a fact is missing,
and how much each is worth there. One scan for all; the weights are those of placement.yaml beside the rulebook."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
import yaml
from django.conf import settings

from canbo.modelling.placement.problem import Key, Pair, Weights
from canbo.procedures import candidates
from canbo.procedures.native import Grounds
from canbo.registry import conflict, fact_frames, facts
from canbo.registry.asking import rows
from canbo.registry.fact_columns import NONE, People
from canbo.registry.fact_frames import Sieved
from canbo.rules import corpus, ir
from canbo.rules.lower import Lowered, lower_all

NEEDS = "needs-facts"  # the group of pairs that wait for a fact


@cache
def weighing() -> dict[str, Any]:
    """All that placement.yaml beside the rulebook says."""
    text = (settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "placement.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def weights(part: Mapping[str, Any] | None = None) -> Weights:
    """The points of a placement; `part`: those that a kind of round gives differently."""
    points = {**weighing()["points"], **(part or {})}
    return Weights(
        round(points["score"] * 100), tuple(round(each * 100) for each in points["preference"]),
        round(points["distance"] * 100), round(points["continuity"] * 100), round(points["placed"] * 100),
    )  # fmt: skip


class Needs(Mapping[Key, tuple[str, ...]]):
    """Pairs that are allowed only as far as is known -> the articles that cannot be judged; worked out when it is asked."""

    def __init__(self) -> None:
        self.waiting: dict[Key, tuple[Judged, int]] = {}

    def __getitem__(self, key: Key) -> tuple[str, ...]:
        told, place = self.waiting[key]
        return told.needs(place)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.waiting)

    def __len__(self) -> int:
        return len(self.waiting)


@dataclass
class Pairs:
    """What is found of pairs, post by post: allowed, barred by articles, allowed only as far as is known."""

    allowed: dict[Key, Pair] = field(default_factory=dict)
    barred: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)

    def bar(self, key: Key, articles: tuple[str, ...]) -> None:
        """Articles beside those of the rulebook bar a pair that those allow."""
        if self.allowed.pop(key, None) is not None:
            self.barred[key] = articles
            self.needs.waiting.pop(key, None)

    def put(self, key: Key, judged: Judged, place: int, *, distance: int | None = None, more: int = 0) -> None:
        """One person, at `place` of those judged. `more`: hundredths of a point beside what the criteria give."""
        if fails := judged.fails(place):
            self.barred[key] = fails
            return
        score, groups = judged.score(place) + more, frozenset[str]()
        if judged.waits(place):
            self.needs.waiting[key] = judged, place
            score, groups = score - round(100 * weighing()["needs_facts"]), frozenset({NEEDS})
        self.allowed[key] = Pair(score, distance, groups)


@dataclass(frozen=True, eq=False)
class Alike:
    """Posts of which the articles ask the same, held against everybody at once: a row for each person and each way in which person
    and post may stand to each other (native to the ground, planned for the post). `totals`: points by the criteria, 0 to 100."""

    sieves: Sequence[Sieved]
    totals: Any

    @cached_property
    def barred(self) -> Any:
        """Of each row whether some article keeps it out."""
        barred = np.zeros(len(self.totals), bool)
        for plane in self._planes:
            barred |= plane
        return barred

    @cached_property
    def dark(self) -> Any:
        """Of each row that is not barred whether some article cannot be judged for want of a fact."""
        dark = np.zeros(len(self.totals), bool)
        for sieved in self.sieves:
            dark |= sieved.failed | sieved.waits
        return dark & ~self.barred

    @cached_property
    def scores(self) -> Any:
        """Hundredths of a point."""
        return np.rint(100 * self.totals).astype(np.int32)

    @cached_property
    def bars(self) -> tuple[Any, list[tuple[str, ...]]]:
        """Of each row which of the lists of articles keeps it out; the first is empty."""
        if not self._planes:
            return np.zeros(len(self.totals), np.int32), [()]
        told, first, number = np.unique(
            np.packbits(np.stack(self._planes), axis=0), axis=1, return_index=True, return_inverse=True
        )
        said = [self.fails(row) for row in first.tolist()]
        order = sorted(range(told.shape[1]), key=lambda each: said[each] != ())
        if said[order[0]]:
            order, said = [len(said), *order], [*said, ()]
        place = np.empty(len(said), np.int32)
        place[order] = np.arange(len(order))
        return place[number.reshape(-1)], [said[each] for each in order]

    @cached_property
    def _planes(self) -> list[Any]:
        return [plane & sieved.failed for sieved in self.sieves for plane in sieved.planes]

    def fails(self, row: int) -> tuple[str, ...]:
        """The articles that keep a row out."""
        named = (one.article.id for sieved in self.sieves for one in sieved.lowered)
        return tuple(name for name, plane in zip(named, self._planes, strict=True) if plane[row])

    def needs(self, row: int) -> tuple[str, ...]:
        """The articles that cannot judge a row for want of a fact."""
        found: list[str] = []
        for sieved in self.sieves:
            if sieved.failed[row] or sieved.waits[row]:
                told = sieved.outcomes(np.array([row]))[row]
                found += [name for name, outcome in told.items() if outcome == "unknown"]
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Judged:
    """A post and what the articles say of everybody in it: of the person at each place the row among posts alike."""

    alike: Alike
    at: Any

    def open(self) -> Any:
        """Of each person whether no article bars him or her."""
        return ~self.alike.barred[self.at]

    def fails(self, place: int) -> tuple[str, ...]:
        """The articles that keep a person out."""
        return self.alike.fails(self.at[place]) if self.alike.barred[self.at[place]] else ()

    def waits(self, place: int) -> bool:
        """Whether some article cannot judge a person for want of a fact."""
        return bool(self.alike.dark[self.at[place]])

    def needs(self, place: int) -> tuple[str, ...]:
        """The articles that cannot judge a person for want of a fact."""
        return self.alike.needs(int(self.at[place]))

    @property
    def totals(self) -> Any:
        """Points of each person by the criteria, 0 to 100."""
        return self.alike.totals[self.at]

    def score(self, place: int) -> int:
        """Hundredths of a point."""
        return int(self.alike.scores[self.at[place]])


def judged(
    everybody: People, posts: Collection[int], *, ground: Grounds, leads: bool, topics: Collection[str] = (candidates.TOPIC,),
    given: Mapping[str, Any] | None = None,
) -> dict[int, Judged]:  # fmt: skip
    """Posts held against the articles for everybody. For posts that lead nobody none asks, and none is asked.

    What articles ask of a pair depends on the post by few facts: posts with the same are asked about once.
    `ground`: the units of the day; `given`: facts of the case beside those of post and day. Raises NotInRegister where there
    is no such post.
    """
    law, on = corpus.opened(settings.CANBO_RULEBOOK), everybody.on
    told = facts.post_rows(posts, on)
    for missing in set(posts).difference(told):
        facts.post_row(missing, on)
    case, alike = facts.of_case(on=on), dict[tuple[Any, ...], list[int]]()
    for post, row in told.items():
        fixed = {name: fact.value for name, fact in {**facts.of_post_row(row, on), **case}.items()} | dict(given or {})
        asks = [sorted(name for name in _asked(law.hash, topic, on) if name in fixed) for topic in topics if leads]
        asked = [tuple((name, fixed[name]) for name in names) for names in asks]
        alike.setdefault((row["rank"], *asked), []).append(post)
    native = _natives(everybody, sorted({row["organization_id"] for row in told.values()}), ground) if leads else {}
    nobody = np.full(len(everybody), -1, np.int8)
    found: dict[int, Judged] = {}
    for (rank, *asked), some in alike.items():
        grounds = [native.get(told[post]["organization_id"], nobody) for post in some]
        found |= _alike(everybody, some, grounds, rank, dict(zip(topics, asked, strict=False)), leads)
    return found


_WAYS = np.array([-1, 0, 1], np.int8)  # how a person may stand to a ground: nobody can say, foreign, native


def _alike(
    everybody: People, posts: Sequence[int], grounds: Sequence[Any], rank: int, asked: Mapping[str, tuple[tuple[str, Any], ...]],
    leads: bool,
) -> dict[int, Judged]:  # fmt: skip
    """Posts of one rank whose facts that articles ask are the same. Who is planned for one of them has a row of his own there."""
    law, on, many = corpus.opened(settings.CANBO_RULEBOOK), everybody.on, len(everybody)
    names = (*everybody.columns(law), "case.move", "case.planned", "case.native_in_area")
    lowered = [_lowered(law.hash, topic, on, fixed, names) for topic, fixed in asked.items()]
    reads = any("case.native_in_area" in fact_frames.asked_of(some) for some in lowered)
    ways, planned = _WAYS if reads else _WAYS[:1], [np.flatnonzero(everybody.planned_for(post)) for post in posts]
    who = np.concatenate([np.tile(np.arange(many), len(ways)), *planned])
    native = np.concatenate([np.repeat(ways, many), *(ground[mine] for ground, mine in zip(grounds, planned, strict=True))])
    rows_of = everybody.chosen(who)
    held = rows_of.about_rank(law, rank, native=native, mine=np.arange(len(who)) >= many * len(ways))
    by_name = weighing()["criteria"]["leading" if leads else "staff"]
    totals = candidates.weighted(
        candidates.scored(rows_of, np.arange(len(who)), held, law),
        np.array([[by_name.get(name, 0) for name in candidates.CRITERIA]], dtype=float),
    )[:, 0]
    told, found, first = Alike([fact_frames.sieve(held, some) for some in lowered if some], totals), {}, many * len(ways)
    for post, ground, mine in zip(posts, grounds, planned, strict=True):
        at = np.arange(many, dtype=np.int32) + (many * (ground.astype(np.int32) + 1) if reads else 0)
        at[mine] = np.arange(first, first + len(mine))
        first += len(mine)
        found[post] = Judged(told, at)
    return found


def _natives(everybody: People, organizations: Sequence[int], ground: Grounds) -> dict[int, Any]:
    """By organization, of each whether native to the ground that it serves: 1, 0, or -1 where nobody can say."""
    areas, place = np.unique(everybody.raw["area"], return_inverse=True)
    told = ground.natives([area if area != NONE else None for area in areas.tolist()], organizations)
    return {body: told[row][place] for row, body in enumerate(organizations)}


@lru_cache(maxsize=16)
def _asked(_hash: str, topic: str, on: date) -> frozenset[str]:
    """The facts that the articles on a topic read."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    return frozenset(name for article in law.in_force(on, topic) for name in article.facts())


@lru_cache(maxsize=256)
def _lowered(_hash: str, topic: str, on: date, fixed: tuple[tuple[str, Any], ...], held: tuple[str, ...]) -> tuple[Lowered, ...]:
    """The articles on a topic that can touch somebody, with the facts of post, day and case folded in; the same for posts alike."""
    found = lower_all(corpus.opened(settings.CANBO_RULEBOOK), topic, on, fixed=dict(fixed), columns=list(held))
    return tuple(one for one in found if one.article.effect in ("require", "forbid") and one.applies != ir.FALSE)


# ---- relatives


def kin(persons: Sequence[int], on: date) -> list[tuple[int, int, str]]:
    """Each of these persons with each relative within the degree of the rulebook, also outside them: one, other, the source."""
    from canbo.rules import powers

    known, edge = set(persons), set(persons)
    for _step in range(powers.figures()["kin_degree"].at(on) or 0):
        found = rows(
            "SELECT person_id AS a, relative_id AS b FROM {kinship} WHERE (person_id = ANY (%(edge)s) OR relative_id = ANY (%(edge)s))"
            " AND valid @> %(on)s::date",
            {"edge": sorted(edge), "on": on},
        )
        edge = {one for row in found for one in (row["a"], row["b"])} - known
        known |= edge
    mine = set(persons)
    return [each for each in conflict.ties(sorted(known), on) if mine & {each[0], each[1]}] if len(known) > 1 else []


def bodies_of(persons: Iterable[int], on: date) -> dict[int, set[int]]:
    """In which bodies each of these persons serves on a day."""
    found = rows(
        "SELECT person_id AS person, organization_id AS org FROM {membership} WHERE person_id = ANY (%(who)s) AND valid @> %(on)s::date",
        {"who": sorted(set(persons)), "on": on},
    )
    serving: dict[int, set[int]] = {}
    for row in found:
        serving.setdefault(row["person"], set()).add(row["org"])
    return serving

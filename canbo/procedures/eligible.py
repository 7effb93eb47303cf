"""Of many people and a post of the register: whom the articles allow, whom they bar and by which, for whom a fact is missing,
and how much each is worth there. One scan for all; the weights are those of placement.yaml beside the rulebook."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Any

import numpy as np
import yaml
from django.conf import settings

from canbo.modelling.placement.problem import Pair, Weights
from canbo.procedures import candidates
from canbo.procedures.native import Grounds
from canbo.registry import conflict, fact_frames, facts
from canbo.registry.asking import rows
from canbo.registry.fact_columns import NONE, Column, People
from canbo.registry.fact_frames import Sieved
from canbo.registry.models import Post
from canbo.rules import corpus, ir
from canbo.rules.lower import Lowered, lower_all

NEEDS = "needs-facts"  # the group of pairs that wait for a fact
Key = tuple[str, str]


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


@dataclass(frozen=True)
class Judged:
    """A post and what the articles say of everybody in it; `totals`: points by the criteria, 0 to 100."""

    sieves: Sequence[Sieved]
    totals: Any

    def open(self) -> Any:
        """Of each person whether no article bars him or her."""
        barred = np.zeros(len(self.totals), bool)
        for sieved in self.sieves:
            for plane in sieved.planes:
                barred |= plane & sieved.failed
        return ~barred

    def fails(self, place: int) -> tuple[str, ...]:
        """The articles that keep a person out."""
        return tuple(
            one.article.id
            for sieved in self.sieves
            if sieved.failed[place]
            for one, plane in zip(sieved.lowered, sieved.planes, strict=True)
            if plane[place]
        )

    def waits(self, place: int) -> bool:
        """Whether some article cannot judge a person for want of a fact."""
        return any(sieved.failed[place] or sieved.waits[place] for sieved in self.sieves)

    def needs(self, place: int) -> tuple[str, ...]:
        """The articles that cannot judge a person for want of a fact."""
        found: list[str] = []
        for sieved in self.sieves:
            if sieved.failed[place] or sieved.waits[place]:
                told = sieved.outcomes(np.array([place]))[place]
                found += [name for name, outcome in told.items() if outcome == "unknown"]
        return tuple(found)

    def score(self, place: int) -> int:
        """Hundredths of a point."""
        return round(100 * float(self.totals[place]))


def judged(
    everybody: People, post: Post, *, ground: Grounds, leads: bool, topics: Collection[str] = (candidates.TOPIC,),
    given: Mapping[str, Any] | None = None,
) -> Judged:  # fmt: skip
    """A post held against the articles for everybody. For a post that leads nobody none asks, and none is asked.

    `ground`: the units of the day; `given`: facts of the case beside those of post and day. Raises NotInRegister where there
    is no such post.
    """
    law, on = corpus.opened(settings.CANBO_RULEBOOK), everybody.on
    held = everybody.about(law, post.pk, native=_native(everybody, post.organization_id, ground))
    sieves = []
    if leads:
        about = {**facts.of_post(post, on=on), **facts.of_case(on=on)}
        fixed = {name: fact.value for name, fact in about.items()} | dict(given or {})
        for topic in topics:
            asked = _asked(law.hash, topic, on)
            told = tuple(sorted((name, value) for name, value in fixed.items() if name in asked))
            if lowered := _lowered(law.hash, topic, on, told, tuple(held)):
                sieves.append(fact_frames.sieve(held, lowered))
    by_name = weighing()["criteria"]["leading" if leads else "staff"]
    totals = candidates.weighted(
        candidates.scored(everybody, np.arange(len(everybody)), held, law),
        np.array([[by_name.get(name, 0) for name in candidates.CRITERIA]], dtype=float),
    )[:, 0]
    return Judged(sieves, totals)


def _native(everybody: People, organization: int, ground: Grounds) -> Column:
    """Whether each is native to the ground that a body serves: asked once of each native place."""
    areas, place = np.unique(everybody.raw["area"], return_inverse=True)
    told = {None: -1, False: 0, True: 1}
    found = [told[ground.native(area if area != NONE else None, organization)] for area in areas.tolist()]
    value = np.array(found, np.int8)[place] if len(areas) else np.zeros(0, np.int8)
    return Column(value == 1, value >= 0)


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

"""Of many people and a post of the register: whom the articles allow, whom they bar and by which, for whom a fact is missing,
and how much each is worth there. One scan for all; the weights are those of placement.yaml beside the rulebook."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import yaml
from django.conf import settings

from canbo.modelling.placement.problem import Pair, Weights
from canbo.procedures import candidates
from canbo.registry import conflict, fact_frames, facts
from canbo.registry.asking import rows
from canbo.registry.fact_columns import People
from canbo.registry.fact_frames import Sieved
from canbo.registry.models import Post
from canbo.rules import corpus, ir
from canbo.rules.lower import lower_all

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


@dataclass
class Pairs:
    """What is found of pairs, post by post: allowed, barred by articles, allowed only as far as is known."""

    allowed: dict[Key, Pair] = field(default_factory=dict)
    barred: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    needs: dict[Key, tuple[str, ...]] = field(default_factory=dict)

    def put(self, key: Key, judged: Judged, place: int, *, distance: int | None = None, more: int = 0) -> None:
        """One person, at `place` of those judged. `more`: hundredths of a point beside what the criteria give."""
        if fails := judged.fails(place):
            self.barred[key] = fails
            return
        score, groups = judged.score(place) + more, frozenset[str]()
        if needs := judged.needs(place):
            self.needs[key] = needs
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
    everybody: People, post: Post, *, leads: bool, topics: Collection[str] = (candidates.TOPIC,), given: Mapping[str, Any] | None = None
) -> Judged:  # fmt: skip
    """A post held against the articles for everybody. For a post that leads nobody none asks, and none is asked.

    `given`: facts of the case beside those of post and day. Raises NotInRegister where there is no such post.
    """
    law = corpus.opened(settings.CANBO_RULEBOOK)
    held = everybody.about(law, post.pk)
    sieves = []
    for topic in topics if leads else ():
        if topic == candidates.TOPIC and not given:
            lowered = candidates.articles(law, post, on=everybody.on, held=held)
        else:
            about = {**facts.of_post(post, on=everybody.on), **facts.of_case(on=everybody.on)}
            fixed = {name: fact.value for name, fact in about.items()} | dict(given or {})
            found = lower_all(law, topic, everybody.on, fixed=fixed, columns=list(held))
            lowered = [one for one in found if one.article.effect in ("require", "forbid") and one.applies != ir.FALSE]
        if lowered:
            sieves.append(fact_frames.sieve(held, lowered))
    by_name = weighing()["criteria"]["leading" if leads else "staff"]
    totals = candidates.weighted(
        candidates.scored(everybody, np.arange(len(everybody)), held, law),
        np.array([[by_name.get(name, 0) for name in candidates.CRITERIA]], dtype=float),
    )[:, 0]
    return Judged(sieves, totals)


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

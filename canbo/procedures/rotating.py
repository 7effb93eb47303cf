"""A round of rotation as a placement: all who have to move by a day, among the posts that fall due together.

Who has to move says the board of rotation, on that day. Nobody keeps the own post; the articles on appointment and on rotation
are asked of every pair, with the reason for which each has to move; relatives who stay keep out, relatives who move are kept apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from canbo.modelling.placement.problem import Forbidden, Problem
from canbo.modelling.placement.problem import Person as Placed
from canbo.modelling.placement.problem import Post as Place
from canbo.modelling.placement.table import UNKNOWN
from canbo.procedures import candidates, eligible, native, rotation
from canbo.procedures.eligible import Pairs
from canbo.procedures.placing import ACT, Asked, tree
from canbo.procedures.rotation import Mover
from canbo.procedures.scenarios.distance import Floats, hundredths
from canbo.procedures.tabled import Tabled, Waiting
from canbo.registry import authority, fact_columns, looking
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account, Organization

TOPICS = (candidates.TOPIC, "rotation")
REASON = "rotation.reason"


@transaction.atomic
def ask(*, body: Organization, by: Account, on: date) -> Asked:
    """The round of rotation of all that stands beneath a body, for a day. Leaves an entry of who looked. Raises NotAllowed."""
    authority.require(by, ACT, over=body)
    moving = rotation.movers(rotation.board(by=by, root=body.pk, on=on))
    with authority.everything_in_sight():
        found = _asked(moving, on)
    looking.looked_at_placement(body, by=by, on=on, persons=found.persons.values())
    return found


def _asked(moving: Sequence[Mover], on: date) -> Asked:
    posts = places([one.head.post for one in moving], on)
    movers = {one.head.person: one for one in reversed(moving) if one.head.person is not None}
    own: dict[int, set[int]] = {}
    for one in moving:
        own.setdefault(one.head.person or 0, set()).add(one.head.post)
    people = persons(movers, on)
    serving = eligible.bodies_of(movers, on)
    held = fact_columns.people(on, within={org for orgs in serving.values() for org in orgs})
    day, code = rotation.grounds_of(on), {row["post"]: f"{row['code']}:{row['job']}" for row in posts}
    far = Far(day, [row["org"] for row in posts])
    found = Tabled([row["number"] for row in people], list(dict.fromkeys(code.values())))
    for reason in dict.fromkeys(one.reasons[0] for one in movers.values()):
        mine = [row for row in people if movers[row["person"]].reasons[0] == reason]
        judge(found, posts, mine, held, {REASON: reason}, own, movers, far, code)
    number = {row["person"]: row["number"] for row in people}
    forbidden = kept_apart(found, number, {code[row["post"]]: row["org"] for row in posts}, day, on, moving=set(movers))
    problem = Problem(
        {row["number"]: Placed(row["number"], code.get(movers[row["person"]].head.post), about=sex(row)) for row in people},
        {code[row["post"]]: Place(code[row["post"]], 1, row["code"], frozenset({row["standing"]})) for row in posts},
        found.pairs, found.bars, tuple(forbidden), (), tree([row["org"] for row in posts], day, on),
        eligible.weights({"continuity": 0}),
    )  # fmt: skip
    return Asked(
        problem, {row["number"]: row["person"] for row in people},
        {code[row["post"]]: (row["code"], row["job"]) for row in posts}, Waiting(found),
        {row["number"]: movers[row["person"]].head.post for row in people}, {name: post for post, name in code.items()},
        {row["number"]: {REASON: movers[row["person"]].reasons[0]} for row in people},
    )  # fmt: skip


def judge(
    found: Tabled, posts: Sequence[Row], people: Sequence[Row], held: fact_columns.People, given: Mapping[str, Any],
    own: Mapping[int, set[int]], movers: Mapping[int, Mover], far: Far, code: Mapping[int, str],
) -> None:  # fmt: skip
    """Everybody who moves for one reason, in every post of the round but the own."""
    everybody = held.chosen(np.isin(held.ids, [row["person"] for row in people]))
    place_of = {int(person): place for place, person in enumerate(everybody.ids.tolist())}
    known = [row for row in people if row["person"] in place_of]
    group = found.group([row["number"] for row in known], [place_of[row["person"]] for row in known])
    heads = [movers[row["person"]].head for row in known]
    titles, start = np.array([head.title for head in heads], dtype=object), far.points_of([head.organization for head in heads])
    same = round(100 * eligible.weighing()["rotation"]["same_title"])
    keeps: dict[int, list[int]] = {}
    for place, row in enumerate(known):
        for post in own[row["person"]]:
            keeps.setdefault(post, []).append(place)
    told = eligible.judged(everybody, [row["post"] for row in posts], ground=far.day, leads=True, topics=TOPICS, given=given)
    for row in posts:
        moves = np.ones(len(known), bool)
        moves[keeps.get(row["post"], [])] = False
        more, distance = np.where(titles == row["title"], same, 0), far.to(start, row["org"])
        found.put(group, code[row["post"]], told[row["post"]], moves, distance=distance, more=more)


def places(posts: Collection[int], on: date) -> list[Row]:
    """Posts on a day: post, org, code of the body, job, standing, title, rank; in the order of their codes."""
    return rows(
        "SELECT p.id AS post, p.organization_id AS org, c.code, j.code AS job, j.standing, j.title_kind AS title, j.rank FROM {post} p"
        " JOIN {job} j ON j.id = p.job_id"
        " JOIN {organizationcode} c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date"
        " WHERE p.id = ANY (%(posts)s) ORDER BY c.code, j.code, p.id",
        {"posts": sorted(set(posts)), "on": on},
    )


def persons(ids: Iterable[int], on: date) -> list[Row]:
    """Persons as a placement needs them: person, number, sex; in the order of their numbers."""
    return rows(
        "SELECT id AS person, identification_number AS number, sex FROM {person} WHERE id = ANY (%(ids)s) ORDER BY 2",
        {"ids": sorted(set(ids)), "on": on},
    )


def sex(row: Row) -> dict[str, str]:
    """By what fairness is told."""
    return {"sex": row["sex"]} if row["sex"] else {}


def kept_apart(
    found: Pairs | Tabled,
    number: Mapping[int, str],
    posts: Mapping[str, int],
    day: native.Grounds,
    on: date,
    *,
    moving: Collection[int],
) -> list[Forbidden]:
    """Bars whoever would come into one body, or into a line, with a relative who stays; two who move are forbidden together."""
    ties = eligible.kin(sorted(number), on)
    serving = eligible.bodies_of([one for pair in ties for one in pair[:2]], on)
    together = []
    for one, other, source in ties:
        if one in number and other in number:
            together.append(Forbidden(number[one], number[other], "line", (source,)))
        for mover, stays in ((one, other), (other, one)):
            if mover in number and stays not in moving:
                _bar(found, number[mover], posts, serving.get(stays, ()), day, source)
    return together


def _bar(
    found: Pairs | Tabled, who: str, posts: Mapping[str, int], bodies: Iterable[int], day: native.Grounds, source: str
) -> None:
    for post, org in posts.items():
        near = any(body in day.above(org) or org in day.above(body) for body in bodies)
        if near:
            found.bar((who, post), (source,))


class Far:
    """Kilometres between the middle points of the units that two bodies serve."""

    def __init__(self, day: native.Grounds, orgs: Collection[int]) -> None:
        self.day = day
        self.unit = {org: day.unit_of(org) for org in orgs}
        found = rows(
            "SELECT o.id, a.latitude, a.longitude FROM {organization} o JOIN {area} a ON a.id = o.area_id"
            " WHERE o.id = ANY (%(units)s) AND a.latitude IS NOT NULL AND a.longitude IS NOT NULL",
            {"units": sorted({unit for unit in self.unit.values() if unit is not None})},
        )
        self.points = {row["id"]: (row["latitude"], row["longitude"]) for row in found}

    def points_of(self, orgs: Sequence[int]) -> Floats:
        """The middle point of each; NaN where it is not known."""
        nowhere = (np.nan, np.nan)
        found = [self.points.get(self.unit.get(org) or 0, nowhere) for org in orgs]
        return np.array(found, dtype=np.float64).reshape(len(orgs), 2)

    def to(self, start: Floats, org: int) -> NDArray[np.int32]:
        """From each of those points, in hundredths; UNKNOWN where a middle point is not known."""
        there = self.points.get(self.unit.get(org) or 0)
        return np.full(len(start), UNKNOWN, np.int32) if there is None else hundredths(start, there)

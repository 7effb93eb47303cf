"""Vacancies filled in chains, as a placement: whoever fills one leaves a post that somebody else may fill, and so on.

A seat that somebody holds stands in the placement as a post of its own, opened by the moves of its holder one link before: so a
chain begins at a vacancy, is never longer than the bound, and goes in no circle. Each move is worth what is filled, less what is
left and what a move costs. Considered are, for each post, the best whom no article bars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.db import transaction

from canbo.modelling.placement.problem import Cap, Key, Pair, Problem
from canbo.modelling.placement.problem import Person as Placed
from canbo.modelling.placement.problem import Post as Place
from canbo.procedures import boards, eligible, native, rotating, rotation, vacating
from canbo.procedures.eligible import Judged, Pairs
from canbo.procedures.placing import ACT, Asked, tree
from canbo.registry import authority, fact_columns, facts, looking
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account, Membership, Organization, Post

LEADING = ("head", "deputy")


@dataclass(frozen=True)
class Bounds:
    """How many moves at most in all, and in one chain; how many are considered for each post."""

    moves: int
    longest: int
    considered: int


def bounds(moves: int | None = None, longest: int | None = None) -> Bounds:
    """As asked, else as placement.yaml says."""
    said = eligible.weighing()["vacancies"]
    return Bounds(moves or said["moves"], longest or said["longest"], said["considered"])


@transaction.atomic
def ask(*, body: Organization, by: Account, on: date, within: Bounds | None = None) -> Asked:
    """The vacancies beneath a body for which no case runs, and who could fill them and what they leave. Leaves an entry of who
    looked. Raises NotAllowed."""
    authority.require(by, ACT, over=body)
    board = vacating.board(by=by, root=body.pk, on=on)
    bodies = boards.within(by, vacating.ACT, root=body.pk, on=on)
    with authority.everything_in_sight():
        found = _asked([one for one in board.vacancies if one.case is None], bodies, within or bounds(), on)
    looking.looked_at_placement(body, by=by, on=on, persons=found.persons.values())
    return found


@dataclass
class _Reached:
    """What is reached from the vacancies, link by link. `seats`: post of the placement -> (the register's post, seats, opened by)."""

    everybody: fact_columns.People
    on: date
    considered: int
    holders: Mapping[int, Row]
    day: native.Grounds
    seats: dict[str, tuple[int, int, frozenset[Key] | None]] = field(default_factory=dict)
    pairs: dict[Key, tuple[int, int]] = field(default_factory=dict)  # -> place of the person, the register's post
    judged: dict[int, tuple[Judged, list[int]]] = field(default_factory=dict)
    number: dict[int, str] = field(default_factory=dict)

    def link(self, targets: Mapping[str, tuple[int, int, frozenset[Key] | None]]) -> dict[int, set[Key]]:
        """Whoever is considered for these posts; person -> the pairs that would open the seat of that person."""
        opened: dict[int, set[Key]] = {}
        self._judge({target[0] for target in targets.values()})
        for name, target in targets.items():
            self.seats[name] = target
            leaves = {key[0] for key in target[2] or ()}
            for place in self.judged[target[0]][1]:
                person = int(self.everybody.ids[place])
                if self.number[person] not in leaves:
                    self.pairs[self.number[person], name] = (place, target[0])
                    opened.setdefault(person, set()).add((self.number[person], name))
        return opened

    def _judge(self, posts: Collection[int]) -> None:
        """Of posts that were not asked about: what the articles say, and the places of those considered."""
        fresh = sorted(set(posts).difference(self.judged))
        told = eligible.judged(self.everybody, fresh, ground=self.day, leads=True)
        job = dict(Post.objects.filter(pk__in=fresh).values_list("pk", "job_id"))
        for post, row in facts.post_rows(fresh, self.on).items():
            self.judged[post] = told[post], self._best(row, job[post], told[post])
        considered = {int(self.everybody.ids[place]) for post in fresh for place in self.judged[post][1]}
        self.number |= {row["person"]: row["number"] for row in rotating.persons(considered.difference(self.number), self.on)}

    def _best(self, row: Row, job: int, told: Judged) -> list[int]:
        """The places of those considered for a post: of whom it allows, first who is planned for it, then who serves in its body or
        line, then the others; each by the criteria."""
        post, body = row["post"], row["organization_id"]
        # A larger rank is higher: nobody is moved down to fill a post.
        able = told.open() & (self.everybody.raw["post"] != post) & (self.everybody.raw["rank"] <= row["rank"])
        if job in self.usual:
            able &= (self.category == self.usual[job]) | (self.category < 0)
        near = 2 * self.everybody.planned_for(post) + self.everybody.serving({*self.day.above(body), *self.beneath[body]})
        places = np.flatnonzero(able)
        order = places[np.lexsort((places, -np.round(told.totals[places], 6), -near[places]))]
        return order[: self.considered].tolist()  # type: ignore[no-any-return]

    @cached_property
    def beneath(self) -> Mapping[int, list[int]]:
        """Where somebody serves in the line beneath a body, itself among it."""
        found = defaultdict(list)
        for one in self.bodies:
            for body in self.day.above(one):
                found[body].append(one)
        return found

    @cached_property
    def bodies(self) -> list[int]:
        """Where somebody serves."""
        return np.unique(self.everybody.raw["organization"]).tolist()  # type: ignore[no-any-return]

    @cached_property
    def category(self) -> np.ndarray[Any, Any]:
        """In which category each serves, by the highest post; -1: not known."""
        found = rows(
            "SELECT person_id AS person, post_id AS post, category FROM {membership}"
            " WHERE organization_id = ANY (%(bodies)s) AND valid @> %(on)s::date",
            {"bodies": self.bodies, "on": self.on},
        )
        category = {(row["person"], row["post"]): row["category"] for row in found}
        held = zip(self.everybody.ids.tolist(), self.everybody.raw["post"].tolist(), strict=True)
        return np.array([category.get(each, -1) for each in held])

    @cached_property
    def usual(self) -> dict[int, int]:
        """In which category most of those serve who hold posts of a job, by job."""
        found = rows(
            "SELECT p.job_id AS job, mode() WITHIN GROUP (ORDER BY m.category) AS category FROM {membership} m"
            " JOIN {post} p ON p.id = m.post_id WHERE m.valid @> %(on)s::date AND m.organization_id = ANY (%(bodies)s) GROUP BY 1",
            {"on": self.on, "bodies": self.bodies},
        )
        return {row["job"]: row["category"] for row in found}


def _asked(vacancies: Sequence[vacating.Vacancy], bodies: Sequence[int] | None, within: Bounds, on: date) -> Asked:
    people = fact_columns.people(on, within=bodies).in_service
    reached = _Reached(people, on, within.considered, _leading(bodies, on), rotation.grounds_of(on))
    code = {row["post"]: f"{row['code']}:{row['job']}" for row in rotating.places([one.post for one in vacancies], on)}
    targets: dict[str, tuple[int, int, frozenset[Key] | None]] = {code[one.post]: (one.post, one.free, None) for one in vacancies}
    for link in range(1, within.longest + 1):
        opened = reached.link(targets)
        held = {person: reached.holders[person]["post"] for person in opened if person in reached.holders}
        code |= {row["post"]: f"{row['code']}:{row['job']}" for row in rotating.places(held.values(), on)}
        targets = {
            f"{code[post]}@{link + 1}:{reached.number[person]}": (post, 1, frozenset(opened[person]))
            for person, post in held.items()
        }
    return _problem(reached, within, on)


def _leading(bodies: Sequence[int] | None, on: date) -> dict[int, Row]:
    """Who holds a leading post beneath, and which: person -> post, standing. Of several the highest."""
    found = rows(
        "SELECT m.person_id AS person, m.post_id AS post, j.standing FROM {membership} m JOIN {post} p ON p.id = m.post_id"
        " JOIN {job} j ON j.id = p.job_id AND j.standing = ANY (%(leading)s)"
        f" WHERE m.valid @> %(on)s::date AND m.kind <> %(acting)s AND {boards.only('m.organization_id', bodies)}"  # type: ignore[arg-type]
        " ORDER BY j.rank DESC NULLS FIRST, m.post_id DESC",
        {"on": on, "places": list(bodies or []), "leading": list(LEADING), "acting": int(Membership.Kind.ACTING)},
    )
    return {row["person"]: row for row in found}


def _problem(reached: _Reached, within: Bounds, on: date) -> Asked:
    asked = {row["post"]: row for row in rotating.places({target[0] for target in reached.seats.values()}, on)}
    day, found = reached.day, Pairs()
    who = {
        reached.number[int(reached.everybody.ids[place])]: int(reached.everybody.ids[place])
        for place, _post in reached.pairs.values()
    }
    for key, (place, post) in reached.pairs.items():
        found.put(key, reached.judged[post][0], place)
        if key in found.allowed:
            found.allowed[key] = _worth(found.allowed[key], asked[post], reached.holders.get(who[key[0]]))
    org = {name: asked[target[0]]["org"] for name, target in reached.seats.items()}
    forbidden = rotating.kept_apart(found, {person: name for name, person in who.items()}, org, day, on, moving=())
    people = {row["person"]: row for row in rotating.persons(who.values(), on)}
    problem = Problem(
        {name: Placed(name, about=rotating.sex(people[person])) for name, person in sorted(who.items())},
        {
            name: Place(name, seats, asked[post]["code"], frozenset({asked[post]["standing"]}), 0, opened)
            for name, (post, seats, opened) in reached.seats.items()
        },
        found.allowed, found.barred, tuple(forbidden), (Cap("moves", None, at_most=within.moves),), tree(set(org.values()), day, on),
        eligible.weights({"placed": 0, "continuity": 0, "distance": 0}),
    )  # fmt: skip
    before = {int(person): int(post) for person, post in zip(reached.everybody.ids, reached.everybody.raw["post"], strict=True)}
    before |= {person: row["post"] for person, row in reached.holders.items()}
    return Asked(
        problem, who, {name: (asked[post]["code"], asked[post]["job"]) for name, (post, _n, _o) in reached.seats.items()},
        found.needs, {name: before[person] for name, person in who.items()},
        {name: post for name, (post, _n, _o) in reached.seats.items()},
    )  # fmt: skip


def _worth(pair: Pair, post: Row, held: Row | None) -> Pair:
    """What a move is worth: the post filled, less the one left, less the move; a little for the score."""
    said: Mapping[str, Any] = eligible.weighing()["vacancies"]
    gain = said["fill"][post["standing"]] - (said["fill"][held["standing"]] if held else 0) - said["move"]
    gain -= said["first_as_head"] if held is None and post["standing"] == "head" else 0
    return replace(pair, score=round(100 * gain + said["merit"] * pair.score))


def chains(asked: Asked, assignment: Mapping[str, str]) -> list[list[Key]]:
    """The moves in their order: each chain begins at a vacancy; what the last one leaves stays open, or was no leading post."""
    follows = {name.rpartition(":")[2]: (person, name) for person, name in assignment.items() if "@" in name}
    told = []
    for person, name in assignment.items():
        if "@" not in name:
            chain = [(person, name)]
            while chain[-1][0] in follows:
                chain.append(follows[chain[-1][0]])
            told.append(chain)
    return told

"""Who goes where inside a scenario, asked from the register: the people without a post, the free seats of the heirs, the articles.

What is asked is not reckoned but seen: the scenario is carried out, everybody concerned waiting, looked at, and rolled back.
So the posts are those of the day, with their seats and their ground; what a person brings is that of the day before.
Nothing is kept beside the scenario: a person with a line of his own is put there by hand, stays, and is checked with the rest.
What is accepted becomes lines, which a second person approves with all the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import yaml
from django.conf import settings
from django.db import IntegrityError, transaction

from canbo.journal import entries
from canbo.modelling.placement.problem import Forbidden, Pair, Post, Problem, Weights
from canbo.modelling.placement.problem import Person as Placed
from canbo.procedures import candidates, native
from canbo.procedures.models import Scenario, ScenarioLine
from canbo.procedures.scenarios import acting, carrying, checking, sketch
from canbo.procedures.scenarios.distance import kilometres, seats_of
from canbo.procedures.scenarios.lines import Line, ScenarioRefused
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import authority, conflict, constraints, fact_columns, fact_frames, intake, looking, once
from canbo.registry.asking import Row, rows
from canbo.registry.changes import PlanRefused
from canbo.registry.models import Account, Decision, Source
from canbo.registry.models import Post as Place
from canbo.registry.saying import sentence as _
from canbo.rules import corpus

ACT, ACCEPTED = "candidates.find", "scenario.placement_accepted"
NEEDS = "needs-facts"  # the group of pairs that wait for a fact
Key = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """A placement as the register asks it.

    problem   people by identification number, posts as `CODE:JOB`; who has a line of his own is fixed
    persons   number -> the register's number of the person
    posts     post -> code of the body, code of the job
    needs     pairs that are allowed only as far as is known -> the articles that cannot be judged for want of a fact
    """

    problem: Problem
    persons: Mapping[str, int]
    posts: Mapping[str, Key]
    needs: Mapping[Key, tuple[str, ...]]


@dataclass
class _Pairs:
    """What is found of pairs, post by post."""

    allowed: dict[Key, Pair] = field(default_factory=dict)
    barred: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    needs: dict[Key, tuple[str, ...]] = field(default_factory=dict)


@cache
def weighing() -> dict[str, Any]:
    """All that placement.yaml beside the rulebook says."""
    text = (settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "placement.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@transaction.atomic
def ask(
    *, scenario: Scenario, by: Account, lot: str = "", preferences: Mapping[str, Sequence[str]] | None = None,
    apart: Collection[Key] = (), anew: bool = False,
) -> Asked:  # fmt: skip
    """The placement that a scenario asks on its day. Whoever asks leaves an entry of who looked.

    lot          the word drawn in public that decides between equals; not said: name and day of the scenario
    preferences  number of a person -> posts (`CODE:JOB`), the dearest first
    apart        pairs that a hand rules out
    anew         whoever has a line of his own is placed like the others
    Raises NotAllowed, and ScenarioRefused where the scenario is not open or more blocks it than people without a place.
    """
    authority.require(by, "scenario.read", over=scenario.body_id)
    authority.require(by, ACT, over=scenario.body_id)
    if scenario.state not in acting.OPEN:
        raise ScenarioRefused(_("This scenario was carried out: its lines stay. Begin another one."))
    # As every rehearsal does: whoever carries it out meanwhile waits, instead of meeting it half done.
    Scenario.objects.select_for_update(of=("self",)).get(pk=scenario.pk)
    with authority.everything_in_sight():
        hands, said = _hands(acting.lines_of(scenario))
        drawn, people = _waiting(scenario, said)
        held = fact_columns.people(drawn.eve, within=drawn.beneath)
        try:
            with transaction.atomic():
                _carry(drawn, scenario)
                found = _seen(drawn, people, held, {} if anew else hands, said)
                transaction.set_rollback(True)
        except PlanRefused as refusal:
            raise ScenarioRefused(refusal.reasons) from refusal
        except IntegrityError as problem:
            raise ScenarioRefused(constraints.explained(problem)) from problem
    looking.looked_at_list(scenario.body_id, by=by, on=scenario.on, persons=found.persons.values())
    return replace(found, problem=_wished(found.problem, lot or f"{scenario.name} {scenario.on}", preferences or {}, apart))


def _hands(said: Sequence[Line]) -> tuple[dict[int, str], list[Line]]:
    """Who is put where by a line of his own; and the lines with all of these waiting instead."""
    hands = {
        line.person: f"{line.text('to')}:{line.text('job')}"
        for line in said
        if line.person and line.text("to") and line.text("job") and line.text("waiting") in (None, sketch.APPOINTMENT)
    }
    return hands, [_waits(line.person, line.place) if line.person in hands else line for line in said]


def _waits(person: int | None, place: int = 0) -> Line:
    return Line(ScenarioLine.Kind.PEOPLE, {"waiting": sketch.PLACEMENT}, place, person)


def _waiting(scenario: Scenario, said: list[Line]) -> tuple[Sketch, list[Row]]:
    """The scenario with everybody waiting who has no place; and who that is: person, number, org, job."""
    checking.check(sketch.draw(said, body=scenario.body_id, on=scenario.on))
    open_ones = rows(
        "SELECT p.person FROM sc_person p LEFT JOIN sc_ending e ON e.org = p.org WHERE p.place IS NULL"
        " AND (p.fate = 'end' OR (p.fate IS NULL AND e.org IS NOT NULL)) ORDER BY 1"
    )
    last = max((line.place for line in said), default=0)
    waits = [_waits(row["person"], last + nth) for nth, row in enumerate(open_ones, 1)]
    drawn = sketch.draw([*said, *waits], body=scenario.body_id, on=scenario.on)
    report = checking.check(drawn)
    if not report.ok:
        raise ScenarioRefused([each.what for each in report.blocking], [each.as_json() for each in report.blocking])
    people = rows(
        "SELECT p.person, q.identification_number AS number, p.org, j.code AS job, q.sex, m.category FROM sc_person p"
        " JOIN {person} q ON q.id = p.person JOIN {membership} m ON m.id = p.member JOIN {job} j ON j.id = p.job WHERE p.state = %(state)s ORDER BY 2",
        {"state": sketch.PLACEMENT},
    )
    return drawn, people


def _carry(drawn: Sketch, scenario: Scenario) -> None:
    known = {"kind": Decision.Kind.DECISION, "title": {"vi": scenario.name}, "effective_on": scenario.on}
    decision, _made = Decision.objects.get_or_create(issuer="rehearsal", number=f"rehearsal/{scenario.pk}", defaults=known)
    source, _made = Source.objects.get_or_create(code="register", defaults={"title": "The register itself"})
    entry = entries.record("scenario.rehearsed", by=None, about=scenario, on=scenario.on)
    carrying.carry(
        drawn, scenario=scenario, account=intake.console(), key=f"rehearsal:{scenario.pk}:{entry.pk}",
        decision=decision, source=source, entry=entry.pk,
    )  # fmt: skip


# Seats that nobody holds from the day on, and that last, by body and job.
_OPEN = """
SELECT c.code, j.code AS job, j.standing, p.organization_id AS org, min(p.id) AS post, count(*) AS seats
FROM {seat} s JOIN {post} p ON p.id = s.post_id AND p.valid @> %(on)s::date JOIN {job} j ON j.id = p.job_id
JOIN {organizationcode} c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date
WHERE c.code = ANY (%(codes)s) AND s.valid @> %(on)s::date AND upper_inf(s.valid)
  AND NOT EXISTS (SELECT FROM {membership} m WHERE m.post_id = s.post_id AND m.seat = s.number AND m.valid && daterange(%(on)s, NULL))
GROUP BY 1, 2, 3, 4 ORDER BY 1, j.standing, 2
"""


def _seen(drawn: Sketch, people: list[Row], held: fact_columns.People, hands: Mapping[int, str], said: Sequence[Line]) -> Asked:
    """The placement, the scenario being carried out."""
    heirs = {heir for codes in drawn.heirs.values() for heir in codes}
    codes = heirs | set(drawn.outcomes) | {row[5] for row in drawn.posts if row[5]} | {row[1] for row in drawn.new}
    codes |= {post.rpartition(":")[0] for post in hands.values()}
    open_posts = {f"{row['code']}:{row['job']}": row for row in rows(_OPEN, {"codes": sorted(codes), "on": drawn.on})}
    for post in sorted(set(hands.values())):
        if post not in open_posts:
            raise ScenarioRefused(_("No seat is free as %(post)s, where a line puts somebody.") % {"post": post})
    day, eve = native.read(drawn.on), native.read(drawn.eve)
    far = _Far(drawn, eve, day, people, open_posts, said)
    found = _Pairs()
    everybody = replace(held.chosen(np.isin(held.ids, [row["person"] for row in people])), on=drawn.on)
    for post, row in open_posts.items():
        _judge(found, post, row, people, everybody, far)
    placed = {row["number"]: _placed(row, drawn, open_posts, hands) for row in people}
    for number, who in placed.items():
        if who.fixed and (number, who.fixed) not in found.allowed:
            articles = ", ".join(found.barred.get((number, who.fixed), ()))
            raise ScenarioRefused(
                _("%(who)s is put in %(post)s by a line, which the articles do not allow: %(articles)s.")
                % {"who": number, "post": who.fixed, "articles": articles}
            )
    problem = Problem(
        placed,
        {post: Post(post, row["seats"], row["code"], frozenset({row["standing"]})) for post, row in open_posts.items()},
        found.allowed, found.barred, tuple(_kin(people, drawn)), (), _bodies(open_posts, day, drawn), _weights(),
    )  # fmt: skip
    return Asked(
        problem, {row["number"]: row["person"] for row in people},
        {post: (row["code"], row["job"]) for post, row in open_posts.items()}, found.needs,
    )  # fmt: skip


def _placed(row: Row, drawn: Sketch, posts: Mapping[str, Row], hands: Mapping[int, str]) -> Placed:
    """A person as the placement knows him: who does the same job in an heir of the body stays."""
    same = [f"{heir}:{row['job']}" for heir in drawn.heirs.get(row["org"], ())]
    now = next((post for post in same if post in posts), None)
    return Placed(row["number"], now, about={"sex": row["sex"]} if row["sex"] else {}, fixed=hands.get(row["person"]))


def _judge(found: _Pairs, post: str, row: Row, people: list[Row], everybody: fact_columns.People, far: _Far) -> None:
    """Of everybody whether the articles allow the post, and how much each is worth there. For posts that lead nobody none asks."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    held, leads = everybody.about(law, row["post"]), row["standing"] != "staff"
    lowered = candidates.articles(law, Place.objects.get(pk=row["post"]), on=everybody.on, held=held) if leads else []
    sieved = fact_frames.sieve(held, lowered) if lowered else None
    all_of_them = np.arange(len(everybody))
    outcomes = sieved.outcomes(all_of_them) if sieved else {}
    weights, usual = (
        weighing()["criteria"]["leading" if leads else "staff"],
        None if leads else _usual(row["job"], everybody.on - timedelta(days=1)),
    )
    totals = candidates.weighted(
        candidates.scored(everybody, all_of_them, held, law),
        np.array([[weights.get(name, 0) for name in candidates.CRITERIA]], dtype=float),
    )[:, 0]
    place_of = {int(person): place for place, person in enumerate(everybody.ids.tolist())}
    for who in people:
        key, place = (who["number"], post), place_of[who["person"]]
        if not leads and usual not in (None, who["category"]):
            found.barred[key] = ()  # an official is not made a teacher, nor a teacher an official, by a reorganisation
            continue
        told = outcomes.get(place, {})
        fails = tuple(name for name, outcome in told.items() if outcome == "fail")
        if sieved is not None and sieved.failed[place] and fails:
            found.barred[key] = fails
            continue
        score, groups = round(100 * float(totals[place])), frozenset[str]()
        if sieved is not None and (sieved.failed[place] or sieved.waits[place]):
            found.needs[key] = tuple(name for name, outcome in told.items() if outcome == "unknown")
            score, groups = score - round(100 * weighing()["needs_facts"]), frozenset({NEEDS})
        found.allowed[key] = Pair(score, far.between(who["org"], row["org"]), groups)


def _usual(job: str, on: date) -> int | None:
    """In which category most of those serve who hold posts of a job, as far as the day knows anybody; None: it does not."""
    found = rows(
        "SELECT mode() WITHIN GROUP (ORDER BY m.category) AS category FROM {membership} m JOIN {post} p ON p.id = m.post_id"
        " JOIN {job} j ON j.id = p.job_id AND j.code = %(job)s WHERE m.valid @> %(on)s::date",
        {"job": job, "on": on},
    )
    return None if found[0]["category"] is None else int(found[0]["category"])


def _kin(people: list[Row], drawn: Sketch) -> Iterator[Forbidden]:
    """Relatives, who may not serve one above the other nor in one body."""
    number = {row["person"]: row["number"] for row in people}
    for one, other, source in conflict.ties(list(number), drawn.on):
        yield Forbidden(number[one], number[other], "line", (source,))


def _bodies(posts: Mapping[str, Row], day: native.Grounds, drawn: Sketch) -> dict[str, str | None]:
    """The bodies of the posts with all that is above them, by code; a body without a code of the day by its number."""
    above = {one for row in posts.values() for one in day.above(row["org"])}
    found = rows(
        "SELECT organization_id AS org, code FROM {organizationcode} WHERE organization_id = ANY (%(orgs)s) AND valid @> %(on)s::date",
        {"orgs": sorted(above), "on": drawn.on},
    )
    code = {row["org"]: row["code"] for row in found}
    return {code[one]: code.get(day.parents.get(one, 0)) for one in sorted(above) if one in code}


def _weights() -> Weights:
    points = weighing()["points"]
    return Weights(
        round(points["score"] * 100), tuple(round(each * 100) for each in points["preference"]),
        round(points["distance"] * 100), round(points["continuity"] * 100), round(points["placed"] * 100),
    )  # fmt: skip


def _wished(problem: Problem, lot: str, preferences: Mapping[str, Sequence[str]], apart: Collection[Key]) -> Problem:
    """The problem with the published word, what people would rather have, and pairs that a hand rules out."""
    people = {
        code: replace(who, prefers=tuple(post for post in preferences.get(code, ()) if post in problem.posts))
        for code, who in problem.people.items()
    }
    pairs = {key: pair for key, pair in problem.pairs.items() if key not in apart or people[key[0]].fixed == key[1]}
    return replace(problem, people=people, pairs=pairs, lot=lot)


class _Far:
    """Kilometres between the middle points of the unit that a body serves the day before and of that which a post serves."""

    def __init__(
        self, drawn: Sketch, eve: native.Grounds, day: native.Grounds, people: list[Row], posts: Mapping[str, Row], said: Sequence[Line]
    ) -> None:  # fmt: skip
        self.before = {row["org"]: eve.unit_of(row["org"]) for row in people}
        self.after = {row["org"]: day.unit_of(row["org"]) for row in posts.values()}
        units = sorted({unit for unit in (*self.before.values(), *self.after.values()) if unit is not None})
        found = rows(
            "SELECT o.id, a.latitude, a.longitude FROM {organization} o JOIN {area} a ON a.id = o.area_id"
            " WHERE o.id = ANY (%(units)s) AND a.latitude IS NOT NULL AND a.longitude IS NOT NULL",
            {"units": units},
        )
        self.points = {row["id"]: (row["latitude"], row["longitude"]) for row in found}
        self._seated(drawn, said, units)

    def _seated(self, drawn: Sketch, said: Sequence[Line], units: list[int]) -> None:
        """A new unit sits where its line says: at the place of one of the old ones."""
        seats = dict(seats_of(said))
        named = rows(
            "SELECT organization_id AS id, code FROM {organizationcode} WHERE organization_id = ANY (%(units)s) AND valid @> %(on)s::date",
            {"units": units, "on": drawn.on},
        )
        for row in named:
            seat = drawn.bodies.get(seats.get(row["code"], ""))
            if seat is not None and seat.id in self.points:
                self.points[row["id"]] = self.points[seat.id]

    def between(self, before: int, after: int) -> int | None:
        """In hundredths; None where a middle point is not known."""
        one, other = self.points.get(self.before[before] or 0), self.points.get(self.after[after] or 0)
        return None if one is None or other is None else round(100 * kilometres(one, other))


# ---- to accept


@transaction.atomic
def accept(
    *, scenario: Scenario, assignment: Mapping[str, str], told: Mapping[str, Any], by: Account, key: str | None = None
) -> Scenario:
    """Make lines of a placement, in place of what single lines said of these people; who has none stays as he is.

    assignment  number of a person -> post (`CODE:JOB`); it is held against the register and the articles as they are now
    told        what goes into the journal with it: worth, bound, gap, lot
    Raises NotAllowed, KeyUsed, and ScenarioRefused where something that must hold does not.
    """
    authority.require(by, "scenario.draft", over=scenario.body_id)
    if (earlier := once.earlier(key, ACCEPTED)) is not None:
        return Scenario.objects.get(pk=int(earlier.about_id or 0))
    asked = ask(scenario=Scenario.objects.select_for_update(of=("self",)).get(pk=scenario.pk), by=by, anew=True)
    _refuse_broken(asked, assignment)
    mine = {asked.persons[number]: post for number, post in assignment.items()}
    said = acting.lines_of(scenario)
    stale = [line.place for line in said if line.person in mine]
    if stale:
        scenario = acting.remove(scenario=scenario, places=stale, by=by)
    made = [
        Line(ScenarioLine.Kind.PEOPLE, dict(zip(("to", "job"), asked.posts[post], strict=True)), 0, person)
        for person, post in sorted(mine.items())
    ]
    scenario = acting.load(scenario=scenario, said=made, by=by)
    payload = {"placed": len(made), **told}
    scenario.entry = entries.record(ACCEPTED, by=by, about=scenario, on=scenario.on, key=key, payload=payload)
    scenario.save(update_fields=["entry"])
    return scenario


def _refuse_broken(asked: Asked, assignment: Mapping[str, str]) -> None:
    from canbo.modelling.placement.conflict import clash
    from canbo.modelling.placement.rows import model

    for number, post in assignment.items():
        if (number, post) not in asked.problem.pairs:
            articles = ", ".join(asked.problem.barred.get((number, post), ()))
            raise ScenarioRefused(
                _("%(who)s may not be placed as %(post)s: %(articles)s.")
                % {"who": number, "post": post, "articles": articles or "–"}
            )
    fixed = asked.problem
    for number, post in assignment.items():
        fixed = fixed.with_fixed(number, post)
    made = model(fixed)
    chosen = np.array([int(assignment.get(person) == post) for person, post in made.keys], dtype=np.int64)
    if made.worth(chosen) is None:
        raise ScenarioRefused(_("These cannot hold together: %(names)s.") % {"names": ", ".join(clash(fixed))})

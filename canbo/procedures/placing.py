"""Who goes where inside a scenario, asked from the register: the people without a post, the free seats of the heirs, the articles.

What is asked is not reckoned but seen: the scenario is carried out, everybody concerned waiting, looked at, and rolled back.
So the posts are those of the day, with their seats and their ground; what a person brings is that of the day before.
A person with a line of his own is put there by hand, stays, and is checked with the rest; what is proposed is kept by `proposals`.
What is accepted becomes lines, which a second person approves with all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from canbo.journal import entries
from canbo.modelling.placement.problem import UNIT, Cap, Forbidden, Key, Post, Problem
from canbo.modelling.placement.problem import Person as Placed
from canbo.procedures import eligible, native
from canbo.procedures.eligible import Pairs
from canbo.procedures.models import Scenario, ScenarioLine
from canbo.procedures.scenarios import acting, carrying, checking, consulting, sketch
from canbo.procedures.scenarios.distance import kilometres, seats_of
from canbo.procedures.scenarios.lines import Line, ScenarioRefused
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import authority, conflict, constraints, fact_columns, intake, looking, once
from canbo.registry.asking import Row, rows
from canbo.registry.changes import PlanRefused
from canbo.registry.models import Account, Decision, Source
from canbo.registry.saying import sentence as _

ACT, ACCEPTED = "candidates.find", "scenario.placement_accepted"


@dataclass(frozen=True)
class Asked:
    """A placement as the register asks it.

    problem   people by identification number, posts as `CODE:JOB`; who has a line of his own is fixed
    persons   number -> the register's number of the person
    posts     post -> code of the body, code of the job
    needs     pairs that are allowed only as far as is known -> the articles that cannot be judged for want of a fact
    before    number -> the post held today, by the register's number
    ids       post -> the register's number; in a scenario posts have none yet
    given     number -> facts of the case by which that person is judged
    """

    problem: Problem
    persons: Mapping[str, int]
    posts: Mapping[str, Key]
    needs: Mapping[Key, tuple[str, ...]]
    before: Mapping[str, int] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Limit:
    """How many deputies may yet be placed in these bodies together, by which articles; `binds`: or else it is a target."""

    name: str
    bodies: frozenset[int]
    most: int
    articles: tuple[str, ...]
    binds: bool


#: The limits of what stands beneath a body on a day: told by a floor above, asked while the scenario is carried out.
Limits = Callable[[int, date], Sequence[Limit]]


@transaction.atomic
def ask(
    *, scenario: Scenario, by: Account, lot: str = "", preferences: Mapping[str, Sequence[str]] | None = None,
    apart: Collection[Key] = (), anew: bool = False, limits: Limits | None = None,
) -> Asked:  # fmt: skip
    """The placement that a scenario asks on its day. Whoever asks leaves an entry of who looked.

    lot          the word drawn in public that decides between equals; not said: name and day of the scenario
    preferences  number of a person -> posts (`CODE:JOB`) or bodies (`CODE`), the dearest first; not said: what those who were
                 consulted about the scenario answered
    apart        pairs that a hand rules out
    anew         whoever has a line of his own is placed like the others
    limits       what articles allow of deputies
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
        wishes = consulting.wishes(scenario=scenario) if preferences is None else {}
        drawn, people = _waiting(scenario, said)
        held = fact_columns.people(drawn.eve, within=drawn.beneath)
        try:
            with transaction.atomic():
                _carry(drawn, scenario)
                found = _seen(drawn, people, held, {} if anew else hands, said)
                found = _limited(found, limits(scenario.body_id, scenario.on) if limits else ())
                transaction.set_rollback(True)
        except PlanRefused as refusal:
            raise ScenarioRefused(refusal.reasons) from refusal
        except IntegrityError as problem:
            raise ScenarioRefused(constraints.explained(problem)) from problem
    looking.looked_at_placement(scenario, by=by, on=scenario.on, persons=found.persons.values())
    if preferences is None:
        preferences = {number: wishes[person] for number, person in found.persons.items() if person in wishes}
    return replace(found, problem=_wished(found.problem, lot or f"{scenario.name} {scenario.on}", preferences, apart))


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
        "SELECT p.person, q.identification_number AS number, p.org, j.code AS job, q.sex, m.category, m.post_id AS held FROM sc_person p"
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
    found = Pairs()
    everybody = replace(held.chosen(np.isin(held.ids, [row["person"] for row in people])), on=drawn.on)
    _judge(found, open_posts, people, everybody, far, day)
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
        found.allowed, found.barred, tuple(_kin(people, drawn)), (), tree([row["org"] for row in open_posts.values()], day, drawn.on), eligible.weights(),
    )  # fmt: skip
    return Asked(
        problem, {row["number"]: row["person"] for row in people},
        {post: (row["code"], row["job"]) for post, row in open_posts.items()}, found.needs,
        {row["number"]: row["held"] for row in people}, {post: row["org"] for post, row in open_posts.items()},
    )  # fmt: skip


def _placed(row: Row, drawn: Sketch, posts: Mapping[str, Row], hands: Mapping[int, str]) -> Placed:
    """A person as the placement knows him: who does the same job in an heir of the body stays."""
    same = [f"{heir}:{row['job']}" for heir in drawn.heirs.get(row["org"], ())]
    now = next((post for post in same if post in posts), None)
    return Placed(row["number"], now, about={"sex": row["sex"]} if row["sex"] else {}, fixed=hands.get(row["person"]))


def _judge(found: Pairs, posts: Mapping[str, Row], people: list[Row], everybody: fact_columns.People, far: _Far, day: native.Grounds) -> None:  # fmt: skip
    """Of everybody whether the articles allow the posts, and how much each is worth there. For posts that lead nobody none asks."""
    told: dict[int, eligible.Judged] = {}
    for leads in (True, False):
        some = [row["post"] for row in posts.values() if (row["standing"] != "staff") == leads]
        told |= eligible.judged(everybody, some, ground=day, leads=leads)
    place_of = {int(person): place for place, person in enumerate(everybody.ids.tolist())}
    eve = everybody.on - timedelta(days=1)
    usual = {job: _usual(job, eve) for job in {row["job"] for row in posts.values() if row["standing"] == "staff"}}
    for post, row in posts.items():
        category = usual.get(row["job"]) if row["standing"] == "staff" else None
        for who in people:
            key = (who["number"], post)
            if category not in (None, who["category"]):
                found.barred[key] = ()  # an official is not made a teacher, nor a teacher an official, by a reorganisation
                continue
            found.put(key, told[row["post"]], place_of[who["person"]], distance=far.between(who["org"], row["org"]))


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


def tree(orgs: Collection[int], day: native.Grounds, on: date) -> dict[str, str | None]:
    """Bodies with all that is above them, by code; what has no code on the day is left out."""
    above = {one for org in orgs for one in day.above(org)}
    found = rows(
        "SELECT organization_id AS org, code FROM {organizationcode} WHERE organization_id = ANY (%(orgs)s) AND valid @> %(on)s::date",
        {"orgs": sorted(above), "on": on},
    )
    code = {row["org"]: row["code"] for row in found}
    return {code[one]: code.get(day.parents.get(one, 0)) for one in sorted(above) if one in code}


def _limited(found: Asked, limits: Sequence[Limit]) -> Asked:
    """With the limits of articles as caps over the deputies' posts of their bodies; a limit that no post can reach is left out."""
    posts, caps = dict(found.problem.posts), list(found.problem.caps)
    for limit in limits:
        mine = [post for post, org in found.ids.items() if org in limit.bodies and "deputy" in posts[post].groups]
        if sum(posts[post].seats for post in mine) <= limit.most:
            continue
        group = f"deputies:{limit.name}"
        for post in mine:
            posts[post] = replace(posts[post], groups=posts[post].groups | {group})
        penalty = None if limit.binds else round(eligible.weighing()["over_cap"] * UNIT)
        caps.append(Cap(group, None, groups=frozenset({group}), at_most=limit.most, penalty=penalty, articles=limit.articles))
    return replace(found, problem=replace(found.problem, posts=posts, caps=tuple(caps)), ids={})


def _wished(problem: Problem, lot: str, preferences: Mapping[str, Sequence[str]], apart: Collection[Key]) -> Problem:
    """The problem with the published word, what people would rather have, and pairs that a hand rules out."""
    people = {code: _prefers(who, preferences.get(code, ()), problem.posts) for code, who in problem.people.items()}
    pairs = {key: pair for key, pair in problem.pairs.items() if key not in apart or people[key[0]].fixed == key[1]}
    return replace(problem, people=people, pairs=pairs, lot=lot)


def _prefers(who: Placed, wishes: Sequence[str], posts: Mapping[str, Post]) -> Placed:
    """Whoever names a body would have any of its posts: they are equally dear."""
    named: dict[str, int] = {}
    for level, wish in enumerate(wishes):
        for post, each in posts.items():
            if wish in (post, each.body):
                named.setdefault(post, level)
    return replace(who, prefers=tuple(named), levels=tuple(named.values()))


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
    *,
    scenario: Scenario,
    assignment: Mapping[str, str],
    told: Mapping[str, Any],
    by: Account,
    key: str | None = None,
    limits: Limits | None = None,
) -> Scenario:
    """Make lines of a placement, in place of what single lines said of these people; who has none stays as he is.

    assignment  number of a person -> post (`CODE:JOB`); it is held against the register and the articles as they are now
    told        what goes into the journal with it: worth, bound, gap, lot
    Raises NotAllowed, KeyUsed, and ScenarioRefused where something that must hold does not.
    """
    authority.require(by, "scenario.draft", over=scenario.body_id)
    if (earlier := once.earlier(key, ACCEPTED)) is not None:
        return Scenario.objects.get(pk=int(earlier.about_id or 0))
    asked = ask(scenario=Scenario.objects.select_for_update(of=("self",)).get(pk=scenario.pk), by=by, anew=True, limits=limits)
    refuse_broken(asked, assignment)
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


def refuse_broken(asked: Asked, assignment: Mapping[str, str]) -> None:
    """Raise ScenarioRefused where a placement breaks what must hold."""
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

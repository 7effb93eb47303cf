"""Succession plans: how a body's posts are covered, whether the plan keeps its numbers and structure, who no longer qualifies.

The register keeps who stands in the plan for which post, and since when; it keeps no term. The same rows are judged for
the present term or for the next one, whose ages are counted on the days that the rulebook gives (`planning_counting_day`).
Whoever is to be taken out is a proposal: a case of review decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings

from canbo.procedures import boards
from canbo.procedures.cases import RUNNING
from canbo.procedures.models import Candidate, Case
from canbo.registry import authority, fact_columns, fact_frames, facts, queries
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account, Membership, Person, Post
from canbo.registry.queries import NotInRegister
from canbo.rules import corpus, ir
from canbo.rules.corpus import Corpus
from canbo.rules.explain import Verdict, explain, find_value
from canbo.rules.lower import lower_all
from canbo.rules.params import OutsideTable
from canbo.rules.words import RuleError

ACT = "succession.read"
TOPIC = "planning"
TERMS = ("present", "next")
FULL = 3  # people for a post from which nobody more is looked for
DETAIL = 40  # posts of which the persons are shown one by one
BOUNDS = (42, 50)  # between the three age bands; the first is replaced by the age of the young where one is in force
#: A parameter that gives the least share of a group in per cent, by group; the rulebook has none yet, a province may add it.
TARGETS = "planning_share"
GROUPS = ("women", "young", "minority", "science")
LISTED_ON = "plan.listed_on"  # the fact by which the article that takes out at once is known


# ---- numbers


def numbers(law: Corpus, seats: int, on: date) -> tuple[int, int] | None:
    """The fewest and the most people planned for a committee of so many seats; None where no law in force says it."""
    told = {"plan.whole": True, "plan.committee_size": seats}
    try:
        least, most = (
            find_value(law, name=name, facts=told, on=on).value for name in ("planning_numbers_least", "planning_numbers")
        )
    except RuleError:
        return None
    return (int(str(least)), int(str(most))) if least is not None and most is not None else None


def target(law: Corpus, group: str, on: date) -> int | None:
    """The least share of a group in per cent; None where nobody entered one."""
    try:
        return int(law.parameters.lookup(TARGETS, on, group=group))  # type: ignore[arg-type]
    except (KeyError, OutsideTable):
        return None


def majority(law: Corpus, on: date) -> str | None:
    """The ethnic group of the majority, of whom all others are minorities; None where no text in force names it."""
    try:
        return str(law.parameters.lookup("majority_group", on))
    except (KeyError, OutsideTable):
        return None


def young_age(law: Corpus, on: date) -> int | None:
    """The age under which an official counts as young; the text in force gives it for provinces alone."""
    try:
        return int(law.parameters.lookup("young_age", on, level="province"))  # type: ignore[arg-type]
    except OutsideTable:
        return None


def counting_days(law: Corpus, on: date) -> dict[str, date]:
    """By system of bodies: the day from which the age is counted for the next term; empty where no law says it."""
    words = law.facts["plan.system"].type.values
    try:
        return {word: law.parameters.lookup("planning_counting_day", on, system=word) for word in words}  # type: ignore[misc]
    except OutsideTable:
        return {}


def birth_before(day: date, age: int) -> date:
    """Whoever was born on that day or before has completed so many years on `day`."""
    return date(day.year - age, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


# ---- a plan in figures


@dataclass(frozen=True)
class Covered:
    """A body beneath, with how many of its leading posts have 0, 1, 2, 3 or more people in the plan."""

    organization: int
    posts: int
    by_number: tuple[int, int, int, int]


@dataclass(frozen=True)
class Share:
    """How many of the planned belong to a group: of `known`; `least`: the target in per cent, None when not entered."""

    group: str
    people: int | None
    known: int
    least: int | None


@dataclass(frozen=True)
class Committee:
    """The seats of a body's committee and who is planned for them; `bounds`: the fewest and the most by law."""

    organization: int
    title: Mapping[str, str]
    post: int
    seats: int
    planned: int
    first: date | None
    bounds: tuple[int, int] | None

    @property
    def state(self) -> str:
        """missing, short, kept, over; unknown where no law says the bounds."""
        if not self.planned:
            return "missing"
        if self.bounds is None:
            return "unknown"
        return "short" if self.planned < self.bounds[0] else "over" if self.planned > self.bounds[1] else "kept"


@dataclass(frozen=True)
class Plan:
    """The plan of all bodies beneath one, in figures.

    committee_first  whether the first of a committee's plan came before the leading posts'; None where either is missing
    bands            planned persons by the three age bands, and of unknown age
    crowded          posts with more people than the law allows; many: persons in the plan for more posts than allowed
    upward           rows of the plan whose post is no higher than the one held
    disciplined      rows of the plan whose person was disciplined after entering it: out at once
    """

    on: date
    persons: int
    rows: int
    covered: Sequence[Covered]
    shares: Sequence[Share]
    bands: Mapping[str, int]
    bounds: tuple[int, int]
    committees: Sequence[Committee]
    committee_first: bool | None
    crowded: Sequence[Row]
    many: Sequence[Row]
    upward: int
    disciplined: Sequence[Row]

    @property
    def posts(self) -> int:
        return sum(one.posts for one in self.covered)

    @property
    def by_number(self) -> tuple[int, int, int, int]:
        return tuple(sum(one.by_number[number] for one in self.covered) for number in range(FULL + 1))  # type: ignore[return-value]

    @property
    def held(self) -> int:
        """How many of the posts have anybody in the plan."""
        return self.posts - self.by_number[0]

    @property
    def planned_beneath(self) -> int:
        """How many of the bodies beneath have anybody in their plan: the lower level is the base of the higher."""
        return sum(sum(one.by_number[1:]) > 0 for one in self.covered)


def plan(*, by: Account, root: int, on: date) -> Plan:
    """The plan of the bodies beneath one on a day, counted. Raises NotAllowed."""
    places = boards.within(by, ACT, root=root, on=on)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    young = young_age(law, on)
    bounds = (young or BOUNDS[0], max(BOUNDS[1], young or 0))
    per_person = _figure(law, "planned_posts_per_person", on)
    with authority.everything_in_sight():
        people = _structure(places, bounds, law, on)
        committees = _committees(places, root, law, on)
        first = min((each.first for each in committees if each.first), default=None)
        leading = people["first"]
        return Plan(
            on, people["persons"], people["rows"], _covered(places, root, on), _shares(people, law, young, on),
            {name: people[name] for name in ("lower", "middle", "upper", "age_unknown")}, bounds, committees,
            None if first is None or leading is None else first <= leading,
            _crowded(places, on), _many(places, per_person, on) if per_person is not None else [], people["upward"],
            _disciplined(places, on),
        )  # fmt: skip


def _figure(law: Corpus, name: str, on: date) -> int | None:
    try:
        return int(law.parameters.lookup(name, on))  # type: ignore[arg-type]
    except OutsideTable:
        return None


def _covered(places: list[int] | None, root: int, on: date) -> list[Covered]:
    """By body directly beneath: its leading posts by how many people stand in the plan for them."""
    numbered = ", ".join(f"count(*) FILTER (WHERE people = {number}) AS n{number}" for number in range(FULL + 1))
    found = rows(
        f"""
        WITH RECURSIVE tree (id, top) AS (
            SELECT %(root)s::bigint, %(root)s::bigint
            UNION SELECT p.organization_id, CASE WHEN t.id = %(root)s THEN p.organization_id ELSE t.top END
            FROM tree t JOIN {{organizationparent}} p ON p.parent_id = t.id AND p.valid @> %(on)s::date
        ),
        counted AS (
            SELECT t.top, least(planned.people, {FULL}) AS people
            FROM tree t JOIN {{post}} p ON p.organization_id = t.id AND p.valid @> %(on)s::date
            JOIN {{job}} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
            CROSS JOIN LATERAL (
                SELECT count(*) AS people FROM {{succession}} r WHERE r.post_id = p.id AND r.valid @> %(on)s::date
            ) AS planned
            WHERE {boards.only("t.id", places)}
        )
        SELECT top, count(*) AS posts, {numbered} FROM counted GROUP BY top ORDER BY n0 DESC, top
        """,
        {"root": root, "on": on, "places": places or []},
    )
    return [Covered(row["top"], row["posts"], (row["n0"], row["n1"], row["n2"], row["n3"])) for row in found]


def _structure(places: list[int] | None, bounds: tuple[int, int], law: Corpus, on: date) -> Row:
    """The planned for leading posts as persons, counted: sex, age bands, ethnicity; and rows that lead no higher."""
    lower, upper = (birth_before(on, age) for age in bounds)
    return rows(
        f"""
        WITH row AS (
            SELECT r.person_id, lower(r.valid) AS since, j.rank FROM {{succession}} r JOIN {{post}} p ON p.id = r.post_id
            JOIN {{job}} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
            WHERE r.valid @> %(on)s::date AND {boards.only("p.organization_id", places)}
        ),
        held AS (
            SELECT m.person_id, min(j.rank) AS rank FROM {{membership}} m JOIN {{post}} p ON p.id = m.post_id
            JOIN {{job}} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
            WHERE m.valid @> %(on)s::date AND m.person_id IN (SELECT person_id FROM row) GROUP BY m.person_id
        ),
        person AS (SELECT * FROM {{person}} WHERE id IN (SELECT person_id FROM row))
        SELECT count(*) AS persons, count(*) FILTER (WHERE sex = 'F') AS women, count(sex) AS sex_known,
               count(*) FILTER (WHERE birth_on > %(lower)s::date) AS lower,
               count(*) FILTER (WHERE birth_on <= %(lower)s::date AND birth_on > %(upper)s::date) AS middle,
               count(*) FILTER (WHERE birth_on <= %(upper)s::date) AS upper,
               count(*) FILTER (WHERE birth_on IS NULL) AS age_unknown,
               CASE WHEN %(majority)s::text IS NOT NULL THEN count(*) FILTER (WHERE ethnicity <> %(majority)s) END AS minority,
               count(ethnicity) AS ethnicity_known,
               (SELECT count(*) FROM row) AS rows, (SELECT min(since) FROM row) AS first,
               (SELECT count(*) FROM row JOIN held USING (person_id) WHERE row.rank >= held.rank) AS upward
        FROM person
        """,
        {
            "on": on, "places": places or [], "lower": lower, "upper": upper,
            "majority": majority(law, on),
        },
    )[0]  # fmt: skip


def _shares(people: Row, law: Corpus, young: int | None, on: date) -> list[Share]:
    counted: dict[str, tuple[int | None, int]] = {
        "women": (people["women"], people["sex_known"]),
        "young": (people["lower"] if young is not None else None, people["persons"] - people["age_unknown"]),
        "minority": (people["minority"], people["ethnicity_known"]),
        "science": (None, 0),  # the register does not say which subjects of study count, nor on which projects one worked
    }
    return [Share(group, *counted[group], target(law, group, on)) for group in GROUPS]


def _committees(places: list[int] | None, root: int, law: Corpus, on: date) -> list[Committee]:
    """The committees of the body itself and of those directly beneath it."""
    near = [root, *(row["id"] for row in queries.children(root, on=on))]
    found = rows(
        """
        SELECT p.organization_id AS organization, p.id AS post, j.names,
               (SELECT count(*) FROM {seat} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date) AS seats,
               count(r.id) AS planned, min(lower(r.valid)) AS first
        FROM {post} p JOIN {job} j ON j.id = p.job_id AND j.standing = 'member'
        LEFT JOIN {succession} r ON r.post_id = p.id AND r.valid @> %(on)s::date
        WHERE p.organization_id = ANY (%(near)s) AND p.valid @> %(on)s::date GROUP BY p.id, j.id ORDER BY j.rank NULLS LAST, p.id
        """,
        {"on": on, "near": near if places is None else [place for place in near if place in set(places)]},
    )
    return [
        Committee(
            row["organization"], row["names"], row["post"], row["seats"], row["planned"], row["first"],
            numbers(law, row["seats"], on) if row["seats"] else None,
        )
        for row in found
    ]  # fmt: skip


def _crowded(places: list[int] | None, on: date) -> list[Row]:
    """Posts with more people in the plan than three for each seat: post, people, most."""
    return rows(
        f"""
        SELECT p.id AS post, count(*) AS people,
               {FULL} * (SELECT count(*) FROM {{seat}} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date) AS most
        FROM {{succession}} r JOIN {{post}} p ON p.id = r.post_id JOIN {{job}} j ON j.id = p.job_id AND j.standing <> 'member'
        WHERE r.valid @> %(on)s::date AND {boards.only("p.organization_id", places)} GROUP BY p.id
        HAVING count(*) > {FULL} * (SELECT count(*) FROM {{seat}} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date)
        ORDER BY people DESC, p.id LIMIT 50
        """,
        {"on": on, "places": places or []},
    )


def _many(places: list[int] | None, most: int, on: date) -> list[Row]:
    """Persons in the plan for more posts than `most` at one approval level: person, posts."""
    return rows(
        f"""
        SELECT r.person_id AS person, count(*) AS posts FROM {{succession}} r JOIN {{post}} p ON p.id = r.post_id
        JOIN {{job}} j ON j.id = p.job_id AND j.standing <> 'member'
        LEFT JOIN {{postmanager}} g ON g.post_id = p.id AND g.valid @> %(on)s::date
        WHERE r.valid @> %(on)s::date AND {boards.only("p.organization_id", places)}
        GROUP BY r.person_id, g.manager_id HAVING count(*) > %(most)s ORDER BY posts DESC, r.person_id LIMIT 50
        """,
        {"on": on, "places": places or [], "most": most},
    )


def _disciplined(places: list[int] | None, on: date) -> list[Row]:
    """Rows of the plan whose person was disciplined after entering it: person, post, listed, measure, since."""
    return rows(
        f"""
        SELECT r.person_id AS person, r.post_id AS post, lower(r.valid) AS listed, s.measure, lower(s.valid) AS since
        FROM {{succession}} r JOIN {{post}} p ON p.id = r.post_id
        JOIN {{sanction}} s ON s.person_id = r.person_id AND lower(s.valid) >= lower(r.valid) AND lower(s.valid) <= %(on)s::date
        WHERE r.valid @> %(on)s::date AND {boards.only("p.organization_id", places)} ORDER BY lower(s.valid) DESC, r.id LIMIT 100
        """,
        {"on": on, "places": places or []},
    )


# ---- the posts of a body, person by person


@dataclass(frozen=True)
class Listed:
    """A person in the plan for a post, as the articles judge it on the day.

    planning     the verdict on staying in the plan
    readiness    what the articles on appointment say of the person in the post today: pass, fail or unknown
    trained, rotated, used  since entering the plan: courses, whether on rotation, whether in a post as high as planned
    """

    person: int
    since: date
    planning: Verdict
    readiness: str
    trained: int
    rotated: bool
    used: bool

    @property
    def out(self) -> str:
        """ "" stays; "at_once": disciplined since; "review": no longer qualifies."""
        failed = self.planning.with_outcome("fail")
        if any(LISTED_ON in each.ruling.article.facts() for each in failed):
            return "at_once"
        return "review" if failed else ""


@dataclass(frozen=True)
class Post_:
    """A post of the body with its plan: seats, who stands in it, and how many others could be added.

    addable  (who passes, of whom facts are missing); None where it was not asked
    cases    running cases of the plan of this post: number and procedure
    """

    post: int
    organization: int
    title: Mapping[str, str]
    standing: str
    seats: int
    holders: Sequence[int]
    planned: Sequence[Listed]
    addable: tuple[int, int] | None
    cases: Sequence[tuple[int, str]] = field(default=())

    @property
    def ready(self) -> int:
        return sum(not each.out and each.readiness == "pass" for each in self.planned)


def in_detail(*, by: Account, root: int, on: date, term: str = "present", additions: bool = False) -> list[Post_] | None:
    """The leading posts beneath a body with everyone in the plan for them, judged today; None where they are too many.

    term       of which the plan is judged: present, or next
    additions  also count who could be added, among those whom `by` may look for
    Raises NotAllowed.
    """
    places = boards.within(by, ACT, root=root, on=on)
    if places is None:
        return None
    law = corpus.opened(settings.CANBO_RULEBOOK)
    with authority.everything_in_sight():
        posts = _posts(places, on)
        if len(posts) > DETAIL:
            return None
        listed = _listed(posts, law, on, term)
    among = _among(by, root, on) if additions else None
    running = _running([row["post"] for row in posts])
    return [
        Post_(
            row["post"], row["organization"], row["names"], row["standing"], row["seats"], row["holders"], listed[row["post"]],
            None if among is None else addable(row, among, law, on=on, term=term), running.get(row["post"], ()),
        )
        for row in posts
    ]  # fmt: skip


def _posts(places: list[int], on: date) -> list[Row]:
    return rows(
        """
        SELECT p.id AS post, p.organization_id AS organization, g.manager_id AS manager, j.names, j.standing, j.title_kind AS title,
               coalesce(100 - j.rank, 1) AS rank,
               (SELECT count(*) FROM {seat} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date) AS seats,
               ARRAY(SELECT m.person_id FROM {membership} m WHERE m.post_id = p.id AND m.valid @> %(on)s::date) AS holders,
               ARRAY(SELECT r.person_id FROM {succession} r WHERE r.post_id = p.id AND r.valid @> %(on)s::date ORDER BY r.id) AS planned
        FROM {post} p JOIN {job} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
        LEFT JOIN {postmanager} g ON g.post_id = p.id AND g.valid @> %(on)s::date
        WHERE p.organization_id = ANY (%(places)s) AND p.valid @> %(on)s::date
        ORDER BY j.rank NULLS LAST, p.id LIMIT %(most)s
        """,
        {"places": places, "on": on, "most": DETAIL + 1},
    )


def _listed(posts: Sequence[Row], law: Corpus, on: date, term: str) -> dict[int, list[Listed]]:
    """Everyone in the plan for these posts, by post."""
    persons = sorted({person for row in posts for person in row["planned"]})
    tracks = {(row["person"], row["post"]): row for row in _tracked(persons, [row["post"] for row in posts], on)}
    elsewhere, proposed = _approved(persons, on), _proposed(persons)
    by_post: dict[int, list[Listed]] = {row["post"]: [] for row in posts}
    of_person = {person: [row for row in posts if person in row["planned"]] for person in persons}
    for person, wanted in of_person.items():
        told = facts.about_each(Person(pk=person), [row["post"] for row in wanted], on=on)
        for row in wanted:
            track = tracks[person, row["post"]]
            stated = {
                **of_plan(row, posts, term=term), LISTED_ON: track["since"], "plan.listed": True,
                "plan.posts": elsewhere[person, row["manager"]] - 1, "plan.appointment_proposed": person in proposed,
                "plan.people": sum(len(each["planned"]) for each in _alike(row, posts)) - 1,
            }  # fmt: skip
            planning = explain(law, topic=TOPIC, facts={**told[row["post"]], **stated}, on=on, changes=False)
            ready = explain(law, topic="appointment", facts=told[row["post"]], on=on, changes=False)
            by_post[row["post"]].append(
                Listed(person, track["since"], planning, ready.outcome, track["trained"], track["rotated"], track["used"])
            )
    return by_post


def of_plan(row: Mapping[str, Any], posts: Iterable[Mapping[str, Any]], *, term: str) -> dict[str, Any]:
    """The facts of a plan that hold for whoever is named for a post: the term, and how many such posts the body has."""
    return {"plan.for_next_term": term == "next", "plan.seats": max(1, sum(each["seats"] for each in _alike(row, posts)))}


def _alike(row: Mapping[str, Any], posts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The posts of the same title in the same body."""
    return [each for each in posts if (each["organization"], each["title"]) == (row["organization"], row["title"])]


def _tracked(persons: list[int], posts: list[int], on: date) -> list[Row]:
    """By person and post of the plan: since when, and what happened since: courses, rotation, a post as high as planned."""
    return rows(
        f"""
        SELECT r.person_id AS person, r.post_id AS post, lower(r.valid) AS since,
               (SELECT count(*) FROM {{training}} t WHERE t.person_id = r.person_id AND lower(t.valid) >= lower(r.valid)
                AND lower(t.valid) <= %(on)s::date) AS trained,
               EXISTS (SELECT FROM {{membership}} m WHERE m.person_id = r.person_id AND m.kind IN
                       ({int(Membership.Kind.ROTATED)}, {int(Membership.Kind.SECONDED)})
                       AND m.valid && daterange(lower(r.valid), %(on)s::date, '[]')) AS rotated,
               EXISTS (SELECT FROM {{membership}} m JOIN {{post}} q ON q.id = m.post_id JOIN {{job}} k ON k.id = q.job_id
                       WHERE m.person_id = r.person_id AND lower(m.valid) >= lower(r.valid) AND m.valid @> %(on)s::date
                       AND k.standing IN ('head', 'deputy') AND (q.id = r.post_id OR k.rank <= j.rank)) AS used
        FROM {{succession}} r JOIN {{post}} p ON p.id = r.post_id JOIN {{job}} j ON j.id = p.job_id
        WHERE r.person_id = ANY (%(persons)s) AND r.post_id = ANY (%(posts)s) AND r.valid @> %(on)s::date
        """,
        {"persons": persons, "posts": posts, "on": on},
    )


def _approved(persons: list[int], on: date) -> Counter[tuple[int, int | None]]:
    """By person and approving body: for how many leading posts the person is planned."""
    found = rows(
        "SELECT r.person_id AS person, g.manager_id AS manager, count(*) AS n FROM {succession} r JOIN {post} p ON p.id = r.post_id"
        " JOIN {job} j ON j.id = p.job_id AND j.standing <> 'member'"
        " LEFT JOIN {postmanager} g ON g.post_id = p.id AND g.valid @> %(on)s::date"
        " WHERE r.person_id = ANY (%(persons)s) AND r.valid @> %(on)s::date GROUP BY 1, 2",
        {"persons": persons, "on": on},
    )
    return Counter({(row["person"], row["manager"]): row["n"] for row in found})


def _proposed(persons: list[int]) -> set[int]:
    """Those proposed for appointment in a running case: nobody is planned and proposed at once."""
    running = Candidate.objects.filter(
        person_id__in=persons, case__state__in=RUNNING, case__procedure__startswith="appointment", state=Candidate.State.THROUGH
    )
    return set(running.values_list("person_id", flat=True))


def _running(posts: list[int]) -> dict[int, list[tuple[int, str]]]:
    cases = Case.objects.filter(post_id__in=posts, state__in=RUNNING, procedure__in=["succession-plan", "succession-review"])
    found: dict[int, list[tuple[int, str]]] = {}
    for post, pk, procedure in cases.order_by("pk").values_list("post_id", "pk", "procedure"):
        found.setdefault(post, []).append((pk, procedure))
    return found


# ---- who could be added


def _among(by: Account, root: int, on: date) -> fact_columns.People | None:
    """Those whom the reader may look for, in service in the province of the body; None where the reader may not search."""
    if not authority.powers_for(by, "candidates.find"):
        return None
    above = [row["id"] for row in queries.path(root, on=on)]
    reach = authority.reach_of(by, act="candidates.find")
    beneath = queries.subtree(above[1] if len(above) > 1 else root, on=on)
    places = beneath if reach.sees_everything else reach.sees.intersection(beneath)
    return fact_columns.people(on, within=places).in_service


def addable(row: Mapping[str, Any], among: fact_columns.People, law: Corpus, *, on: date, term: str) -> tuple[int, int] | None:
    """How many others pass the articles of planning for a post, and of how many facts are missing; None: there is no such post.

    Names come out of a search alone, whose criteria are sealed first.
    """
    if len(among) == 0:
        return 0, 0
    try:
        told = facts.of_post(Post(pk=row["post"]), on=on)
    except NotInRegister:
        return None
    fixed = {name: fact.value for name, fact in {**told, **facts.of_case(on=on)}.items()}
    fixed |= {**of_plan(row, [row], term=term), "plan.people": len(row["planned"])}
    held = among.compared(law, row["rank"])
    lowered = [
        each for each in lower_all(law, TOPIC, on, fixed=fixed, columns=list(held))
        if each.article.effect in ("require", "forbid") and each.applies != ir.FALSE
    ]  # fmt: skip
    sieved = fact_frames.sieve(held, lowered)
    others = (among.raw["post"] != row["post"]) & ~np.isin(among.ids, np.array(row["planned"], dtype=np.int64))
    return int((~sieved.failed & ~sieved.waits & others).sum()), int((sieved.waits & others).sum())

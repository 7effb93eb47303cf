"""What people of a body are to learn, and why: what articles ask for, what successors lack, gaps of competency, the programme.

Each need carries the article or the figure it rests on. Machines propose from them; whoever decides, decides by hand as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from canbo.development import courses, gaps, theory
from canbo.development.models import Enrolment, Potential
from canbo.registry import facts
from canbo.registry.asking import numbers, rows
from canbo.registry.models import Account, Person
from canbo.registry.queries import NotInRegister
from canbo.rules.courses import Course, fitting
from canbo.rules.explain import explain

LATE, LAW, SUCCESSOR, POTENTIAL, GAP = "law_late", "law", "successor", "potential", "gap"
#: The tiers of worth, the most urgent first: what the law asks for and is overdue comes before all else.
TIERS = ((LATE,), (LAW,), (SUCCESSOR,), (POTENTIAL, GAP))
FACT = "person.theory"
#: What members of the programme learn before others, where no gap says it: the newest fields of the catalogue.
PROGRAMME = ("ai", "data", "integration")
MOST = 3_000  # people of a body whose needs are read at once; a larger body plans by department


@dataclass(frozen=True)
class Need:
    """One reason why a person should take a course.

    kind     law_late, law (due later), successor, potential, gap
    wants    {"theory": word}, {"competency": code, "level": n, "held": n or None} or {"field": code}
    article  the article it rests on; empty for a gap or the programme
    by       the day by which it is asked for; `post` the post it is for
    weight   how much it is worth within its tier: levels that are missing, else 1
    """

    person: int
    organization: int
    kind: str
    wants: dict[str, Any]
    weight: int = 1
    article: str = ""
    by: date | None = None
    post: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """As a place keeps it: everything but whose it is."""
        told = asdict(self)
        for name in ("person", "organization"):
            del told[name]
        return told | {"by": self.by and self.by.isoformat()}


@dataclass(frozen=True)
class Serving:
    """Somebody who serves in the body planned for: where, and the standings of the posts held."""

    person: int
    organization: int
    standings: frozenset[str]


def serving(places: Sequence[int], on: date) -> dict[int, Serving]:
    """Who serves in these bodies on a day, by person; of several bodies the one of the post highest in rank."""
    found: dict[int, Serving] = {}
    for row in rows(
        "SELECT m.person_id AS person, m.organization_id AS organization, j.standing FROM {membership} m JOIN {post} p ON p.id = m.post_id"
        " JOIN {job} j ON j.id = p.job_id WHERE m.organization_id = ANY (%(places)s::bigint[]) AND m.valid @> %(on)s::date"
        " ORDER BY j.rank NULLS LAST, m.id",
        {"places": numbers(places), "on": on},
    ):
        first = found.get(row["person"])
        where = first.organization if first else row["organization"]
        held = (first.standings if first else frozenset()) | {row["standing"]}
        found[row["person"]] = Serving(row["person"], where, held)
    return found


def of_people(people: dict[int, Serving], places: Sequence[int], by: Account, root: int, on: date) -> list[Need]:
    """Every need of these people, who serve in the body `root` and beneath it. Raises NotAllowed."""
    return [
        *_by_law(people, places, on),
        *_of_successors(people, on),
        *_of_programme(people, on),
        *_of_gaps(people, by, root, on),
    ]


def _by_law(people: dict[int, Serving], places: Sequence[int], on: date) -> Iterable[Need]:
    """What the articles on the new appointment ask of those with a term who do not have it."""
    for each in theory.of_places(list(places), on):
        if each.state in (theory.LATE, theory.SOON, theory.LATER) and each.person in people:
            level = enough(Person(pk=each.person), each.post, topic=theory.TOPIC, article=each.article.id, on=on)
            if level is not None:
                kind = LATE if each.state == theory.LATE else LAW
                where = people[each.person].organization
                yield Need(each.person, where, kind, {"theory": level}, 1, each.article.id, each.by, each.post)


def _of_successors(people: dict[int, Serving], on: date) -> Iterable[Need]:
    """What those who stand in a succession plan lack for the post they are planned for, where a course can give it."""
    law = courses.law()
    for row in rows(
        "SELECT r.person_id AS person, r.post_id AS post FROM {succession} r WHERE r.person_id = ANY (%(people)s::bigint[])"
        " AND r.valid @> %(on)s::date ORDER BY r.id",
        {"people": numbers(people), "on": on},
    ):
        person = Person(pk=row["person"])
        try:
            told = facts.about_each(person, [row["post"]], on=on)
        except NotInRegister:
            continue
        if row["post"] not in told:
            continue
        said = explain(law, topic="appointment", facts=told[row["post"]], on=on, changes=False)
        for each in said.with_outcome("fail"):
            if FACT in each.ruling.article.facts():
                level = enough(person, row["post"], topic="appointment", article=each.id, on=on)
                if level is not None:
                    where = people[person.pk].organization
                    yield Need(person.pk, where, SUCCESSOR, {"theory": level}, 1, each.id, None, row["post"])


def enough(person: Person, post: int, *, topic: str, article: str, on: date) -> str | None:
    """The lowest level of political theory with which an article would pass; None where it fails for another reason."""
    law = courses.law()
    told = facts.about_each(person, [post], on=on).get(post, {})
    for level in courses.listed().levels.get("theory", ())[1:]:
        said = explain(law, topic=topic, facts={**told, FACT: level}, on=on, changes=False)
        if any(each.id == article and each.outcome == "pass" for each in said.articles):
            return level
    return None


def _of_programme(people: dict[int, Serving], on: date) -> Iterable[Need]:
    """The newest fields for those in the programme, until they were taught there."""
    taken = Potential.objects.filter(person_id__in=list(people), state=Potential.State.TAKEN).values_list("person_id", flat=True)
    streams = {each.code: each.field for each in courses.listed().courses.values()}
    learned = _learned(list(taken), streams)
    for person in sorted(set(taken)):
        for field in PROGRAMME:
            if (person, field) not in learned:
                yield Need(person, people[person].organization, POTENTIAL, {"field": field})
                break


def _learned(people: list[int], fields: dict[str, str]) -> set[tuple[int, str]]:
    held = Enrolment.objects.filter(person_id__in=people, state__in=[Enrolment.State.PASSED, Enrolment.State.ENROLLED])
    return {
        (person, told.get("field", fields.get(course, "")))
        for person, course, told in held.values_list("person_id", "course", "told")
    }


def _of_gaps(people: dict[int, Serving], by: Account, root: int, on: date) -> Iterable[Need]:
    """Competencies whose confirmed level is below what the job asks for; what nobody assessed is unknown, and no need."""
    for each in gaps.of_body(by=by, root=root, on=on):
        if each.missing and each.person in people:
            wants = {"competency": each.competency, "level": each.required, "held": each.level}
            yield Need(each.person, people[each.person].organization, GAP, wants, each.missing)


def course_of(need: Need, offered: dict[str, Course], on: date) -> Course | None:
    """The course of the catalogue that meets a need; None where there is none."""
    if "field" in need.wants:
        held = [each for each in offered.values() if each.field == need.wants["field"] and each.offered(on)]
        return min(held, key=lambda each: (each.cost, each.code), default=None)
    return fitting(list(offered.values()), wants=need.wants, levels=courses.listed().levels, on=on)

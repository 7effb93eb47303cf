"""Gaps of competency: what a job asks for on a day, less what was confirmed. What nobody assessed is unknown, never zero.

The framework says which level binds on which day; a requirement of next year binds nobody this year. Of several assessments
the latest that was confirmed counts, as long as it has not expired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbo.development.assessing import framework
from canbo.registry import authority, queries
from canbo.registry.asking import numbers, rows
from canbo.registry.models import Account, Person
from canbo.rules.competencies import Competency, Requirement

ACT = "competency.read"
MET, SHORT, UNKNOWN = "met", "short", "unknown"


@dataclass(frozen=True)
class Gap:
    """One competency of one person on a day.

    required  the level that the jobs held ask for, the highest of them; None: none asks for it
    level     the level that was confirmed and counts; None: unknown
    """

    competency: Competency
    required: int | None
    level: int | None
    requirement: Requirement | None = None

    @property
    def state(self) -> str:
        """met | short | unknown; of what no job asks for, met."""
        return _state(self.required, self.level)

    @property
    def missing(self) -> int | None:
        """How many levels are missing; None where the level is not known."""
        return None if self.required is not None and self.level is None else max((self.required or 0) - (self.level or 0), 0)


@dataclass(frozen=True)
class Need:
    """The same of one person of a body, as plain values: for whoever plans for many."""

    person: int
    organization: int
    competency: str
    required: int
    level: int | None

    @property
    def state(self) -> str:
        """met | short | unknown."""
        return _state(self.required, self.level)

    @property
    def missing(self) -> int | None:
        """How many levels are missing; None where the level is not known."""
        return None if self.level is None else max(self.required - self.level, 0)


@dataclass(frozen=True)
class Line:
    """How many people of a place reach the level of a competency that their jobs ask for, fall short, are not known."""

    place: int
    competency: str
    met: int
    short: int
    unknown: int

    @property
    def people(self) -> int:
        """Of how many it is asked."""
        return self.met + self.short + self.unknown


def _state(required: int | None, level: int | None) -> str:
    if required is None:
        return MET
    return UNKNOWN if level is None else MET if level >= required else SHORT


def of_person(person: Person, *, on: date) -> list[Gap]:
    """Every competency of the framework on a day, for one person, in its order; those that no job asks for come with None.

    Reads as far as the sight of the transaction goes; who may ask is for the caller to settle.
    """
    law = framework()
    jobs = rows(
        "SELECT DISTINCT j.code FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id"
        " WHERE m.person_id = %(person)s AND m.valid @> %(on)s::date",
        {"person": person.pk, "on": on},
    )
    asked = law.required(on)
    found = rows(
        f"WITH {_HAVE.format(whose='a.person_id = %(person)s')} SELECT competency, level FROM have", _named(person.pk, on)
    )
    have = {row["competency"]: row["level"] for row in found}
    gaps = []
    for code, competency in law.on(on).items():
        binding = [asked[job["code"]][code] for job in jobs if code in asked.get(job["code"], {})]
        most = max(binding, key=lambda each: each.level, default=None)
        gaps.append(Gap(competency, most.level if most else None, have.get(code), most))
    return gaps


def _named(person: int, on: date) -> dict[str, Any]:
    return {"person": person, "on": on}


def of_body(*, by: Account, root: int, on: date) -> list[Need]:
    """What the jobs in a body and beneath it ask for of each person there, and what was confirmed: each competency once a person.

    A person with several posts there is asked for the highest level of them, and stands with the body of that one. Only
    bodies whose people the asker sees. Raises NotAllowed.
    """
    seen = seen_beneath(by=by, root=root, on=on)
    found = rows(
        f"WITH {_NEED}, {_HAVE.format(whose='a.person_id IN (SELECT person FROM need)')} SELECT n.person, n.organization, n.competency,"
        " n.required, h.level FROM need n LEFT JOIN have h ON h.person_id = n.person AND h.competency = n.competency"
        " ORDER BY n.person, n.competency",
        {**_asked(on), "bodies": numbers(seen), "places": numbers(root for _body in seen)},
    )
    return [Need(row["person"], row["organization"], row["competency"], row["required"], row["level"]) for row in found]


def counted(*, by: Account, root: int, on: date, places: Mapping[int, int] | None = None) -> list[Line]:
    """The people of a body and beneath it counted by competency and place; a person counts once in each place.

    places  body -> the place that it counts to; bodies left out are not counted. None: all count to the root.
    Raises NotAllowed.
    """
    seen = [body for body in seen_beneath(by=by, root=root, on=on) if places is None or body in places]
    found = rows(
        f"WITH {_NEED}, {_HAVE.format(whose='a.person_id IN (SELECT person FROM need)')} SELECT n.place, n.competency,"
        " count(*) FILTER (WHERE h.level >= n.required) AS met, count(*) FILTER (WHERE h.level < n.required) AS short,"
        " count(*) FILTER (WHERE h.level IS NULL) AS unknown FROM need n"
        " LEFT JOIN have h ON h.person_id = n.person AND h.competency = n.competency GROUP BY 1, 2 ORDER BY 1, 2",
        {**_asked(on), "bodies": numbers(seen), "places": numbers(root if places is None else places[body] for body in seen)},
    )
    return [Line(row["place"], row["competency"], row["met"], row["short"], row["unknown"]) for row in found]


def seen_beneath(*, by: Account, root: int, on: date) -> list[int]:
    """The body and those beneath it whose people the asker sees. Raises NotAllowed."""
    authority.require(by, ACT, over=root)
    reach, beneath = authority.reach_of(by, act=ACT), queries.subtree(root, on=on)
    return beneath if reach.sees_everything else sorted(reach.sees.intersection(beneath))


def _asked(on: date) -> dict[str, Any]:
    """What binds on a day as three lists of one length, for the query."""
    binding = [each for of_job in framework().required(on).values() for each in of_job.values()]
    return {
        "on": on, "jobs": [each.job for each in binding], "codes": [each.competency for each in binding],
        "levels": numbers(each.level for each in binding),
    }  # fmt: skip


# Which level each person is asked for in each place: the highest that a job held there asks for, and in which body.
_NEED = """
    spot AS (SELECT body, place FROM unnest(%(bodies)s::bigint[], %(places)s::bigint[]) AS each (body, place)),
    asked AS (SELECT * FROM unnest(%(jobs)s::text[], %(codes)s::text[], %(levels)s::int[]) AS each (job, competency, level)),
    need AS (
        SELECT DISTINCT ON (s.place, m.person_id, q.competency) s.place, m.person_id AS person, m.organization_id AS organization,
               q.competency, q.level AS required
        FROM {membership} m JOIN spot s ON s.body = m.organization_id JOIN {post} p ON p.id = m.post_id
        JOIN {job} j ON j.id = p.job_id JOIN asked q ON q.job = j.code
        WHERE m.valid @> %(on)s::date
        ORDER BY s.place, m.person_id, q.competency, q.level DESC, m.organization_id
    )
"""
# The level that counts: the latest that was confirmed, unless it has expired meanwhile.
_HAVE = """
    latest AS (
        SELECT DISTINCT ON (a.person_id, a.competency) a.person_id, a.competency, a.level, a.expires_on
        FROM development_assessment a
        WHERE a.state = 'confirmed' AND a.assessed_on <= %(on)s::date AND a.confirmed_on <= %(on)s::date AND {whose}
        ORDER BY a.person_id, a.competency, a.assessed_on DESC, a.id DESC
    ),
    have AS (SELECT * FROM latest WHERE expires_on IS NULL OR expires_on > %(on)s::date)
"""


def children_of(root: int, *, on: date) -> dict[int, int]:
    """Body -> the body directly beneath the root that it stands under; the root and those children count to themselves."""
    found = rows(
        "SELECT organization_id AS body, parent_id AS parent FROM {organizationparent}"
        " WHERE organization_id = ANY (%(bodies)s::bigint[]) AND valid @> %(on)s::date",
        {"bodies": numbers(queries.subtree(root, on=on)), "on": on},
    )
    above = {row["body"]: row["parent"] for row in found}
    places = {root: root}
    for body in above:
        at = body
        while at != root and above.get(at, root) != root:
            at = above[at]
        places[body] = at
    return places

"""Which places have nobody with a degree in a field of expertise: from the credentials on record, unknown apart.

`expertise.yaml` beside the rulebook says which subjects belong to a field and from which degree somebody counts. Nothing here
says how many a place ought to have: no text read so far does. What shows is where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml
from django.conf import settings

from canbo.registry import authority, queries
from canbo.registry.asking import numbers, rows
from canbo.registry.models import Account

ACT = "staff.read"
COVERED, NONE, UNKNOWN = "covered", "none", "unknown"


@dataclass(frozen=True)
class Field:
    """A field: the subjects of study that belong to it, and its name by language."""

    code: str
    subjects: tuple[str, ...]
    names: Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """One place: an administrative unit with the bodies in it that are of no smaller unit, or the body asked about.

    people   who hold a post there; `unsaid` of them have no degree on record, or one whose subject is not
    holders  field -> how many have a degree in it; `verified` -> of these, checked with the issuer
    """

    organization: int
    people: int
    unsaid: int
    holders: Mapping[str, int]
    verified: Mapping[str, int]

    def state(self, field: str) -> str:
        """covered | none | unknown: nobody is known to have it, but of somebody, or of everybody, it is not known."""
        if self.holders.get(field):
            return COVERED
        return UNKNOWN if self.unsaid or not self.people else NONE


@cache
def _file(book: str) -> tuple[int, tuple[Field, ...]]:
    text = (settings.LIBRARY / "rulebook" / book / "expertise.yaml").read_text(encoding="utf-8")
    said = yaml.safe_load(text)
    found = tuple(Field(code, tuple(one["subjects"]), one["names"]) for code, one in said["fields"].items())
    return int(said["level"]), found


def fields() -> tuple[Field, ...]:
    """The fields in the order of the file."""
    return _file(settings.CANBO_RULEBOOK)[1]


def least_level() -> int:
    """The least degree that counts, as Credential.Level."""
    return _file(settings.CANBO_RULEBOOK)[0]


def places(*, by: Account, root: int, on: date) -> list[Place]:
    """Every place in a body and beneath it with who holds which expertise on the day, by the number of its organization.

    Only bodies whose staff the asker sees are counted. Raises NotAllowed.
    """
    authority.require(by, ACT, over=root)
    reach, beneath = authority.reach_of(by, act=ACT), queries.subtree(root, on=on)
    seen = beneath if reach.sees_everything else sorted(reach.sees.intersection(beneath))
    spots = _spots(seen, root, on)
    asked = {
        "bodies": numbers(spots), "places": numbers(spots.values()), "on": on, "level": least_level(),
        "subjects": [subject for field in fields() for subject in field.subjects],
        "fields": [field.code for field in fields() for _subject in field.subjects],
    }  # fmt: skip
    staff = {row["place"]: row for row in rows(_HELD + _STAFF, asked)}
    holders: dict[int, dict[str, int]] = {}
    verified: dict[int, dict[str, int]] = {}
    for row in rows(_HELD + _HOLDERS, asked):
        holders.setdefault(row["place"], {})[row["field"]] = row["people"]
        verified.setdefault(row["place"], {})[row["field"]] = row["verified"]
    empty: dict[str, Any] = {"people": 0, "unsaid": 0}
    return [
        Place(one, told["people"], told["unsaid"], holders.get(one, {}), verified.get(one, {}))
        for one in sorted(set(spots.values()))
        for told in [staff.get(one, empty)]
    ]


_HELD = """
    WITH spot AS (SELECT body, place FROM unnest(%(bodies)s::bigint[], %(places)s::bigint[]) AS each (body, place)),
    held AS (
        SELECT DISTINCT s.place, m.person_id AS person FROM {membership} m JOIN spot s ON s.body = m.organization_id
        WHERE m.valid @> %(on)s::date
    )
"""
# Whoever has no row of a credential is unknown unless it was declared that there is none: an empty list says nothing.
_STAFF = """
    SELECT place, count(*) AS people, count(*) FILTER (WHERE
        EXISTS (SELECT FROM {credential} c WHERE c.person_id = h.person AND c.valid @> %(on)s::date
                AND c.level >= %(level)s AND c.subject IS NULL)
        OR NOT (EXISTS (SELECT FROM {credential} c WHERE c.person_id = h.person)
                OR EXISTS (SELECT FROM {nonedeclared} d WHERE d.person_id = h.person AND d.topic = 'credential'
                           AND d.valid @> %(on)s::date))) AS unsaid
    FROM held h GROUP BY place
"""
_HOLDERS = """
    SELECT h.place, f.field, count(DISTINCT h.person) AS people,
           count(DISTINCT h.person) FILTER (WHERE c.verified) AS verified
    FROM held h JOIN {credential} c ON c.person_id = h.person AND c.valid @> %(on)s::date AND c.level >= %(level)s
    JOIN unnest(%(subjects)s::text[], %(fields)s::text[]) AS f (subject, field) ON f.subject = c.subject
    GROUP BY h.place, f.field
"""


def _spots(bodies: Iterable[int], root: int, on: date) -> dict[int, int]:
    """Body -> the place that it counts to: the nearest administrative unit from itself upwards, else the root."""
    found = rows(
        """
        SELECT s.organization_id AS body, p.parent_id AS parent, k.structure = 'unit' AS unit FROM {organizationstatus} s
        JOIN {kind} k ON k.code = s.kind_id
        LEFT JOIN {organizationparent} p ON p.organization_id = s.organization_id AND p.valid @> %(on)s::date
        WHERE s.organization_id = ANY (%(bodies)s::bigint[]) AND s.valid @> %(on)s::date
        """,
        {"bodies": numbers(bodies), "on": on},
    )
    above = {row["body"]: row for row in found}
    spots: dict[int, int] = {}
    for body in above:
        at = body
        while at != root and not above[at]["unit"] and above[at]["parent"] in above:
            at = above[at]["parent"]
        spots[body] = at
    return spots

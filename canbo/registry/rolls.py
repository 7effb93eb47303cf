"""The staff list of a unit and all beneath it, body by body, in pages that cost the same wherever they begin.

A list by name over a province would sort everyone for each page. This one walks the bodies in the order of their
codes and stops when the page is full.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from canbo.registry.asking import Row, rows

#: Posts without a rank come after all that have one.
UNRANKED = 32_767
#: How many bodies are looked at first; eight times as many each time after that.
FIRST = 256


class Mark(NamedTuple):
    """Where a page ended: the body, the rank of the post, the sort key of the name, the membership."""

    body: int
    rank: int
    sort_key: str
    membership: int


def bodies(root: int, *, on: date) -> list[int]:
    """Ids of the bodies with posts at `root` and beneath it on the day, by code."""
    found = rows(
        """
        WITH RECURSIVE beneath (id) AS (
            SELECT %(root)s::bigint
            UNION SELECT p.organization_id FROM beneath b JOIN {organizationparent} p
                  ON p.parent_id = b.id AND p.valid @> %(on)s::date
        ) SELECT b.id FROM beneath b JOIN {organizationcode} c ON c.organization_id = b.id AND c.valid @> %(on)s::date
        WHERE EXISTS (SELECT FROM {post} p WHERE p.organization_id = b.id AND p.valid @> %(on)s::date)
        ORDER BY c.code COLLATE "C", b.id
        """,
        {"root": root, "on": on},
    )
    return [row["id"] for row in found]


def roll(walk: list[int], *, on: date, after: Mark | None = None, limit: int = 50) -> list[Row]:
    """The next `limit` memberships on the walk through the bodies, in each by rank and name.

    Rows: id, person_id, identification_number, family, given, sort_key, sex, birth_on, birth_precision, job_names,
    rank, body, organization code and name, category, since. `after`: the mark of the last row of the page before.
    """
    rest = walk[walk.index(after.body) :] if after is not None and after.body in walk else walk
    found: list[Row] = []
    few = FIRST
    while rest and len(found) < limit:  # a page fills from few bodies: the country's hundred thousand need not be sent
        found += _stretch(rest[:few], on=on, after=after, limit=limit - len(found))
        rest, after, few = rest[few:], None, few * 8
    return found


def _stretch(walk: list[int], *, on: date, after: Mark | None, limit: int) -> list[Row]:
    """The rows of `roll` from some bodies that follow each other on the walk."""
    found = rows(
        """
        SELECT r.*, c.code AS organization, o.name AS organization_name
        FROM (SELECT one.*, body.id AS body, body.place FROM unnest(%(walk)s::bigint[]) WITH ORDINALITY AS body (id, place)
        CROSS JOIN LATERAL (
            SELECT m.id, m.person_id, m.category, lower(m.valid) AS since, j.names AS job_names,
                   coalesce(j.rank, %(unranked)s) AS rank, n.family, n.given, n.sort_key COLLATE "C" AS sort_key,
                   pe.identification_number, pe.sex, pe.birth_on, pe.birth_precision
            FROM {membership} m
            JOIN {personname} n ON n.person_id = m.person_id AND n.valid @> %(on)s::date
            JOIN {person} pe ON pe.id = m.person_id
            JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
            WHERE m.organization_id = body.id AND m.valid @> %(on)s::date
              AND (body.place > 1 OR %(rank)s::int IS NULL
                   OR (coalesce(j.rank, %(unranked)s), n.sort_key COLLATE "C", m.id) > (%(rank)s, %(key)s, %(membership)s))
            ORDER BY coalesce(j.rank, %(unranked)s), n.sort_key COLLATE "C", m.id LIMIT %(limit)s
        ) AS one LIMIT %(limit)s  -- here the walk is in its order; joined first, the rows could be cut in another
        ) AS r
        JOIN {organizationcode} c ON c.organization_id = r.body AND c.valid @> %(on)s::date
        JOIN {organizationname} o ON o.organization_id = r.body AND o.valid @> %(on)s::date
        """,
        {
            "walk": walk, "on": on, "limit": limit, "unranked": UNRANKED,
            "rank": after.rank if after else None, "key": after.sort_key if after else "",
            "membership": after.membership if after else 0,
        },
    )  # fmt: skip
    return sorted(found, key=lambda row: (row["place"], row["rank"], row["sort_key"], row["id"]))


def mark_of(row: Row) -> Mark:
    """The mark after which the next page begins."""
    return Mark(row["body"], row["rank"], row["sort_key"], row["id"])

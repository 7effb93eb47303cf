"""Posts: those with a free seat, those that a few words name, and what one is called and how it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from canbo.registry.asking import Row, rows
from canbo.registry.models import Job
from canbo.registry.names import search_key
from canbo.registry.queries import _literal


def vacant(organizations: list[int], *, on: date, limit: int = 10) -> list[Row]:
    """Leading posts (heads, then deputies) with a free seat on the day, the highest first.

    Rows: post, job names, standing, organization code and name, free, since (the day after the last holder; None:
    nobody ever held it, or nobody whom the transaction may see).
    """
    return rows(
        """
        SELECT p.id AS post, j.names AS job_names, j.standing, c.code AS organization, n.name AS organization_name,
               s.seats - coalesce(h.filled, 0) AS free, h.since
        FROM {post} p
        JOIN {job} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
        JOIN LATERAL (SELECT count(*) AS seats FROM {seat} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date) s ON true
        LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE m.valid @> %(on)s::date) AS filled,
                                  max(upper(m.valid)) FILTER (WHERE upper(m.valid) <= %(on)s::date) AS since
                           FROM {membership} m WHERE m.post_id = p.id) h ON true
        JOIN {organizationcode} c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date
        JOIN {organizationname} n ON n.organization_id = p.organization_id AND n.valid @> %(on)s::date
        WHERE p.organization_id = ANY (%(ids)s) AND p.valid @> %(on)s::date AND s.seats > coalesce(h.filled, 0)
        ORDER BY j.standing DESC, j.rank NULLS LAST, h.since NULLS LAST, p.id LIMIT %(limit)s
        """,
        {"ids": organizations, "on": on, "limit": limit},
    )


def around(person: int, *, on: date) -> list[int]:
    """Ids of all organizations of the province in which a person serves on the day (of the centre: all under the topmost).

    None where the person serves nowhere.
    """
    found = rows(
        """
        WITH RECURSIVE above (id, depth) AS (
            (SELECT organization_id, 0 FROM {membership} WHERE person_id = %(person)s AND valid @> %(on)s::date ORDER BY id LIMIT 1)
            UNION ALL
            SELECT p.parent_id, a.depth + 1 FROM above a
            JOIN {organizationparent} p ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
        ),
        beneath (id) AS (
            (SELECT a.id FROM above a
             LEFT JOIN {organizationstatus} s ON s.organization_id = a.id AND s.valid @> %(on)s::date
             LEFT JOIN {kind} k ON k.code = s.kind_id
             ORDER BY coalesce(k.structure = 'unit' AND k.level = 1, false) DESC, a.depth DESC LIMIT 1)
            UNION
            SELECT p.organization_id FROM beneath b JOIN {organizationparent} p ON p.parent_id = b.id AND p.valid @> %(on)s::date
        )
        SELECT id FROM beneath
        """,
        {"person": person, "on": on},
    )
    return [row["id"] for row in found]


def find_posts(text: str, *, on: date, limit: int = 20) -> list[Row]:
    """Posts that words of their title and of their organization name: "chair Thanh Lương".

    Rows: post, job names, organization code and name. At least one word must be of the title.
    """
    words = search_key(text).split()
    titles = {job.pk: " ".join(search_key(name) for name in job.names.values()) for job in Job.objects.all()}
    best: dict[int, list[str]] = {}
    for job, title in titles.items():
        rest = [word for word in words if word not in title.split()]
        if words and len(rest) < len(words):
            best[job] = rest
    if not best:
        return []
    fewest = min(len(rest) for rest in best.values())
    named = [{"job": job, "words": [f"%{_literal(word)}%" for word in rest]} for job, rest in best.items() if len(rest) == fewest]
    return rows(
        """
        SELECT p.id AS post, j.names AS job_names, c.code AS organization, n.name AS organization_name
        FROM jsonb_to_recordset(%(named)s::jsonb) AS asked (job bigint, words text[])
        JOIN {job} j ON j.id = asked.job
        JOIN {post} p ON p.job_id = j.id AND p.valid @> %(on)s::date
        JOIN {organizationname} n ON n.organization_id = p.organization_id AND n.valid @> %(on)s::date
                                  AND n.search_key LIKE ALL (asked.words)
        JOIN {organizationcode} c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date
        ORDER BY j.rank NULLS LAST, length(n.search_key), p.id LIMIT %(limit)s
        """,
        {"named": json.dumps(named), "on": on, "limit": limit},
    )


def post(number: int, *, on: date) -> Row | None:
    """A post by its number on a day: post, organization id, code and name, job names, standing; None when it is not there."""
    return posts([number], on=on).get(number)


def posts(numbers: Iterable[int], *, on: date) -> dict[int, Row]:
    """Posts by their numbers on a day, as `post` tells each; those that are not there are left out."""
    found = rows(
        """
        SELECT p.id AS post, p.organization_id, j.names AS job_names, j.standing, c.code AS organization, n.name AS organization_name
        FROM {post} p JOIN {job} j ON j.id = p.job_id
        JOIN {organizationname} n ON n.organization_id = p.organization_id AND n.valid @> %(on)s::date
        JOIN {organizationcode} c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date
        WHERE p.id = ANY (%(ids)s) AND p.valid @> %(on)s::date
        """,
        {"ids": sorted(set(numbers)), "on": on},
    )
    return {row["post"]: row for row in found}


def standing(numbers: Iterable[int], *, on: date) -> dict[int, Row]:
    """How posts stand on a day: seats, filled, since (the day after the last holder), planned (people planned for it).

    Counted as far as the transaction sees.
    """
    found = rows(
        """
        SELECT p.id AS post, (SELECT count(*) FROM {seat} s WHERE s.post_id = p.id AND s.valid @> %(on)s::date) AS seats,
               h.filled, h.since,
               (SELECT count(*) FROM {succession} r WHERE r.post_id = p.id AND r.valid @> %(on)s::date) AS planned
        FROM {post} p
        JOIN LATERAL (SELECT count(*) FILTER (WHERE m.valid @> %(on)s::date) AS filled,
                             max(upper(m.valid)) FILTER (WHERE upper(m.valid) <= %(on)s::date) AS since
                      FROM {membership} m WHERE m.post_id = p.id) h ON true
        WHERE p.id = ANY (%(ids)s)
        """,
        {"ids": sorted(set(numbers)), "on": on},
    )
    return {row["post"]: row for row in found}

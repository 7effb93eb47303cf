"""What the register says of people on a day: staff lists and files.

All functions see only what the running transaction may see (authority.open_sight).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from canbo.registry.asking import Row, one, rows
from canbo.registry.names import search_key
from canbo.registry.queries import NotInRegister, _literal
from canbo.registry.saying import sentence as _

# What a file consists of, besides the person: record table -> columns shown, in the order of the file.
RECORDS = {
    "credential": ("level", "subject", "institution", "verified"),
    "politicaltheory": ("level",),
    "languageskill": ("language", "level"),
    "training": ("stream", "title", "hours"),
    "rating": ("grade", "regime"),
    "reward": ("title", "level"),
    "sanction": ("measure",),
    "declaration": ("year", "verified"),
    "salarystep": ("scale", "step", "coefficient"),
    "succession": ("post_id",),
}
TOPICS = {
    "credential": "credential", "politicaltheory": "political_theory", "languageskill": "language",
    "training": "training", "reward": "reward", "sanction": "sanction", "declaration": "declaration",
    "succession": "succession",
}  # fmt: skip


def staff(
    organizations: list[int], *, on: date, after: tuple[str, int] | None = None, limit: int = 50, known_at: datetime | None = None
) -> list[Row]:
    """Who serves in these organizations on the day, by name: one row per membership, at most `limit`.

    Rows: membership id, person id, identification_number, family, given, sex, birth_on, birth_precision, job,
    job_names, standing, organization code and name, category, kind, since, until. `after` is the (sort_key, id)
    of the last row of the page before. To page, pass the last row's `sort_key` and `id`.
    """
    return rows(
        """
        WITH serving AS MATERIALIZED (
            SELECT * FROM {membership} m WHERE m.organization_id = ANY (%(ids)s) AND m.valid @> %(on)s::date
        ), named AS MATERIALIZED (  -- by an array of them all: one by one the planner would look in the temporal keys, ten times slower
            SELECT n.person_id, n.family, n.given, n.sort_key FROM {personname} n
            WHERE n.person_id = ANY (ARRAY(SELECT person_id FROM serving)) AND n.valid @> %(on)s::date
        ), listed AS MATERIALIZED (
            SELECT m.*, n.family, n.given, n.sort_key, pe.identification_number, pe.sex, pe.birth_on, pe.birth_precision
            FROM serving m JOIN named n ON n.person_id = m.person_id JOIN {person} pe ON pe.id = m.person_id
            WHERE %(key)s::text IS NULL OR (n.sort_key COLLATE "C", m.id) > (%(key)s, %(id)s)
            ORDER BY n.sort_key COLLATE "C", m.id LIMIT %(limit)s
        ), held AS MATERIALIZED (
            SELECT p.id, j.code, j.names, j.standing, j.rank FROM {post} p JOIN {job} j ON j.id = p.job_id
            WHERE p.id = ANY (ARRAY(SELECT post_id FROM listed))
        ), body AS MATERIALIZED (
            SELECT c.organization_id, c.code, o.name FROM {organizationcode} c
            JOIN {organizationname} o ON o.organization_id = c.organization_id AND o.valid @> %(on)s::date
            WHERE c.organization_id = ANY (ARRAY(SELECT DISTINCT organization_id FROM listed)) AND c.valid @> %(on)s::date
        )
        SELECT m.id, m.person_id, m.identification_number, m.family, m.given, m.sort_key, m.sex, m.birth_on, m.birth_precision,
               p.code AS job, p.names AS job_names, p.standing, p.rank, b.code AS organization, b.name AS organization_name,
               m.category, m.kind, lower(m.valid) AS since, upper(m.valid) AS until
        FROM listed m JOIN held p ON p.id = m.post_id JOIN body b ON b.organization_id = m.organization_id
        ORDER BY m.sort_key COLLATE "C", m.id
        """,
        {"ids": organizations, "on": on, "key": after[0] if after else None, "id": after[1] if after else 0, "limit": limit},
        known_at=known_at,
    )


def leaders(organizations: list[int], *, on: date, limit: int = 50) -> list[Row]:
    """Heads and deputies of these organizations on the day, highest first; rows as in `staff`."""
    return rows(
        """
        SELECT m.id, m.person_id, n.family, n.given, j.code AS job, j.names AS job_names, j.standing, j.rank,
               c.code AS organization, o.name AS organization_name, lower(m.valid) AS since
        FROM {post} p JOIN {job} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
        JOIN {membership} m ON m.post_id = p.id AND m.valid @> %(on)s::date
        JOIN {personname} n ON n.person_id = m.person_id AND n.valid @> %(on)s::date
        JOIN {organizationcode} c ON c.organization_id = m.organization_id AND c.valid @> %(on)s::date
        JOIN {organizationname} o ON o.organization_id = m.organization_id AND o.valid @> %(on)s::date
        WHERE p.organization_id = ANY (%(ids)s) AND p.valid @> %(on)s::date
        ORDER BY j.rank NULLS LAST, c.code, m.id LIMIT %(limit)s
        """,
        {"ids": organizations, "on": on, "limit": limit},
    )


def find(reference: str) -> int:
    """The person's id for an identification number, or for the register's own number written `#4711`.

    Raises NotInRegister. What the asker may not see is not there.
    """
    if reference.startswith("#") and reference[1:].isascii() and reference[1:].isdigit():
        row = one("SELECT id FROM {person} WHERE id = %(id)s", {"id": int(reference[1:])})
    else:
        row = one("SELECT id FROM {person} WHERE identification_number = %(number)s", {"number": reference.strip()})
    if row is None:
        raise NotInRegister(
            _("No person with the identification number %(number)s is in the register, or you may not see the file.")
            % {"number": reference}
        )
    return int(row["id"])


def person(person_id: int, *, on: date, known_at: datetime | None = None) -> Row:
    """A person as known for the day: number, name, sex, birth with precision, native area, ethnicity, provenance."""
    row = one(
        """
        SELECT p.id, p.identification_number, p.sex, p.birth_on, p.birth_precision, p.ethnicity, n.family, n.given,
               a.code AS native_area, a.name AS native_area_name, p.known_from, s.code AS source, s.title AS source_title,
               s.invented, d.number AS decision, p.confirmed_by_id
        FROM {person} p
        LEFT JOIN {personname} n ON n.person_id = p.id AND n.valid @> %(on)s::date
        LEFT JOIN {area} a ON a.id = p.native_area_id
        JOIN {source} s ON s.id = p.source_id JOIN {decision} d ON d.id = p.decision_id
        WHERE p.id = %(id)s
        """,
        {"id": person_id, "on": on},
        known_at=known_at,
    )
    if row is None:
        raise NotInRegister(_("No person has the number %(id)s, or you may not see the file.") % {"id": person_id})
    return row


def brief(persons: Iterable[int], *, on: date) -> dict[int, Row]:
    """Names, sex and birth of persons on a day, by their numbers; those whom the asker may not see are left out."""
    found = rows(
        """
        SELECT p.id, p.sex, p.birth_on, p.birth_precision, n.family, n.given
        FROM {person} p LEFT JOIN {personname} n ON n.person_id = p.id AND n.valid @> %(on)s::date
        WHERE p.id = ANY (%(ids)s)
        """,
        {"ids": sorted(set(persons)), "on": on},
        planned=True,
    )
    return {row["id"]: row for row in found}


def career(person_id: int, *, known_at: datetime | None = None) -> list[Row]:
    """All memberships of a person, latest first: job, organization (as it was then), days, category, kind, ending, decision."""
    return rows(
        """
        SELECT m.id, m.post_id, m.seat, j.code AS job, j.names AS job_names, j.standing, j.rank, c.code AS organization,
               o.name AS organization_name, k.structure, k.level, lower(m.valid) AS since, upper(m.valid) AS until, m.category, m.kind,
               m.ending, m.confirmed_by_id, d.number AS decision, s.title AS source_title, pc.name AS area_name
        FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
        JOIN {decision} d ON d.id = m.decision_id JOIN {source} s ON s.id = m.source_id
        LEFT JOIN LATERAL (SELECT code FROM {organizationcode} WHERE organization_id = m.organization_id AND valid && m.valid
                           ORDER BY upper(valid) DESC NULLS FIRST LIMIT 1) c ON true
        LEFT JOIN LATERAL (SELECT name FROM {organizationname} WHERE organization_id = m.organization_id AND valid && m.valid
                           ORDER BY upper(valid) DESC NULLS FIRST LIMIT 1) o ON true
        LEFT JOIN LATERAL (SELECT kind_id FROM {organizationstatus} WHERE organization_id = m.organization_id AND valid && m.valid
                           ORDER BY upper(valid) DESC NULLS FIRST LIMIT 1) t ON true
        LEFT JOIN {kind} k ON k.code = t.kind_id
        LEFT JOIN {area} pc ON pc.code = split_part(c.code, '.', 1)
        WHERE m.person_id = %(id)s ORDER BY lower(m.valid) DESC, m.id DESC
        """,
        {"id": person_id},
        known_at=known_at,
    )


def records(person_id: int, *, known_at: datetime | None = None) -> dict[str, list[Row]]:
    """All dated records of a person by table, each row with since, until, decision, source_title, confirmed_by_id."""
    parts = [
        f"SELECT '{table}' AS kind, r.id, lower(r.valid) AS since, upper(r.valid) AS until, d.number AS decision,"
        f" s.title AS source_title, r.confirmed_by_id, jsonb_build_object("
        + ", ".join(f"'{column}', r.{column}" for column in columns)
        + f") AS fields FROM {{{table}}} r JOIN {{decision}} d ON d.id = r.decision_id JOIN {{source}} s ON s.id = r.source_id"
        " WHERE r.person_id = %(id)s"
        for table, columns in RECORDS.items()
    ]
    found: dict[str, list[Row]] = {table: [] for table in RECORDS}
    for row in rows(" UNION ALL ".join(parts) + " ORDER BY since NULLS FIRST, id", {"id": person_id}, known_at=known_at):
        found[row.pop("kind")].append({**row, **row.pop("fields")})
    return found


def declared_none(person_id: int, *, on: date, known_at: datetime | None = None) -> set[str]:
    """Topics of which it is stated that the person has none on the day. Absent here and no rows: unknown."""
    found = rows(
        "SELECT topic FROM {nonedeclared} WHERE person_id = %(id)s AND valid @> %(on)s::date",
        {"id": person_id, "on": on},
        known_at=known_at,
    )
    return {row["topic"] for row in found}


def kin(person_id: int, *, on: date) -> list[Row]:
    """Relatives stated by or about the person: relation (of the other to this person), person id, name, current post."""
    return rows(
        """
        SELECT r.relation, r.other AS person_id, n.family, n.given, r.stated_by_other,
               (SELECT jsonb_build_object('job', j.names, 'organization', o.name) FROM {membership} m
                JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
                JOIN {organizationname} o ON o.organization_id = m.organization_id AND o.valid @> %(on)s::date
                WHERE m.person_id = r.other AND m.valid @> %(on)s::date ORDER BY j.rank NULLS LAST LIMIT 1) AS post
        FROM (
            SELECT relation, relative_id AS other, false AS stated_by_other FROM {kinship} WHERE person_id = %(id)s AND valid @> %(on)s::date
            UNION
            SELECT CASE relation WHEN 'parent' THEN 'child' WHEN 'child' THEN 'parent' WHEN 'adoptive_parent' THEN 'adopted_child'
                   WHEN 'adopted_child' THEN 'adoptive_parent' ELSE relation END, person_id, true
            FROM {kinship} k WHERE relative_id = %(id)s AND valid @> %(on)s::date
              AND NOT EXISTS (SELECT FROM {kinship} b WHERE b.person_id = %(id)s AND b.relative_id = k.person_id)
        ) r LEFT JOIN {personname} n ON n.person_id = r.other AND n.valid @> %(on)s::date
        ORDER BY r.relation, n.sort_key
        """,
        {"id": person_id, "on": on},
    )


def file(person_id: int, *, on: date, known_at: datetime | None = None) -> dict[str, Any]:
    """The whole file for the command line and the page: person, career, records, declared_none."""
    return {
        "person": person(person_id, on=on, known_at=known_at),
        "career": career(person_id, known_at=known_at),
        "records": records(person_id, known_at=known_at),
        "declared_none": sorted(declared_none(person_id, on=on, known_at=known_at)),
    }


def search(text: str, *, on: date, limit: int = 20) -> list[Row]:
    """People whose name holds the words, or whose identification number begins so; seen by the asker only.

    Rows: person_id, identification_number, family, given, birth_on, birth_precision, job_names, organization_name.
    The trigram index is used inside a function of the owner's, because row-level security would otherwise make
    the planner read all names; what comes back passes row-level security here.
    """
    key = search_key(text)
    if len(key) < 2:
        return []
    words = [f"%{_literal(word)}%" for word in key.split()]
    return rows(
        """
        WITH named AS MATERIALIZED (
            SELECT n.person_id, n.family, n.given, n.sort_key FROM {personname} n
            WHERE n.person_id = ANY (ARRAY(SELECT canbo_find_people(%(words)s, %(number)s, 400))) AND n.valid @> %(on)s::date
        ), listed AS MATERIALIZED (
            SELECT n.*, p.identification_number, p.birth_on, p.birth_precision FROM named n JOIN {person} p ON p.id = n.person_id
            ORDER BY n.sort_key COLLATE "C", n.person_id LIMIT %(limit)s
        )
        SELECT n.person_id, n.identification_number, n.family, n.given, n.birth_on, n.birth_precision, h.job_names, h.organization_name
        FROM listed n
        LEFT JOIN LATERAL (
            SELECT j.names AS job_names, o.name AS organization_name FROM {membership} m JOIN {post} q ON q.id = m.post_id
            JOIN {job} j ON j.id = q.job_id
            JOIN {organizationname} o ON o.organization_id = m.organization_id AND o.valid @> %(on)s::date
            WHERE m.person_id = n.person_id AND m.valid @> %(on)s::date ORDER BY j.rank NULLS LAST LIMIT 1) h ON true
        ORDER BY n.sort_key COLLATE "C", n.person_id
        """,
        {"words": words, "number": key if key.isascii() and key.isdigit() else None, "on": on, "limit": limit},
    )

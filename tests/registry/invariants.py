"""What must hold in every committed state of the register, asked of the tables themselves and not of the code."""

from __future__ import annotations

from typing import Any

from django.db import connection

#: Sentence of what is wrong -> a query that finds it. Each must find nothing.
WRONG = {
    "a body stands beneath one that does not exist on some of those days": """
        SELECT p.id FROM registry_organizationparent p JOIN registry_organization o ON o.id = p.parent_id
        WHERE NOT p.valid <@ o.life""",
    "a remit outlives its organization": """
        SELECT r.id FROM registry_remit r JOIN registry_organization o ON o.id = r.organization_id WHERE NOT r.valid <@ o.life""",
    "a post outlives its organization": """
        SELECT p.id FROM registry_post p JOIN registry_organization o ON o.id = p.organization_id WHERE NOT p.valid <@ o.life""",
    "a seat outlives its post": """
        SELECT s.id FROM registry_seat s JOIN registry_post p ON p.id = s.post_id WHERE NOT s.valid <@ p.valid""",
    "somebody decides on a post outside its life": """
        SELECT g.id FROM registry_postmanager g JOIN registry_post p ON p.id = g.post_id WHERE NOT g.valid <@ p.valid""",
    "two bodies decide on a post on one day": """
        SELECT g.id FROM registry_postmanager g JOIN registry_postmanager h ON h.post_id = g.post_id AND h.id > g.id AND h.valid && g.valid""",
    "somebody serves outside the life of the post": """
        SELECT m.id FROM registry_membership m JOIN registry_post p ON p.id = m.post_id WHERE NOT m.valid <@ p.valid""",
    "somebody serves in an organization that is not the post's": """
        SELECT m.id FROM registry_membership m JOIN registry_post p ON p.id = m.post_id
        WHERE m.organization_id <> p.organization_id""",
    "somebody serves outside the life of the organization": """
        SELECT m.id FROM registry_membership m JOIN registry_organization o ON o.id = m.organization_id WHERE NOT m.valid <@ o.life""",
    "somebody serves on a day without a seat": """
        SELECT m.id FROM registry_membership m WHERE NOT m.valid <@ coalesce((SELECT range_agg(s.valid) FROM registry_seat s
            WHERE s.post_id = m.post_id AND s.number = m.seat), '{}')""",
    "a seat is held by two": """
        SELECT m.id FROM registry_membership m JOIN registry_membership n
        ON n.post_id = m.post_id AND n.seat = m.seat AND n.id > m.id AND n.valid && m.valid""",
    "a fact holds on no day at all": """
        SELECT id FROM registry_membership WHERE isempty(valid) UNION ALL SELECT id FROM registry_seat WHERE isempty(valid)
        UNION ALL SELECT id FROM registry_post WHERE isempty(valid) UNION ALL SELECT id FROM registry_remit WHERE isempty(valid)
        UNION ALL SELECT id FROM registry_postmanager WHERE isempty(valid)
        UNION ALL SELECT id FROM registry_organizationparent WHERE isempty(valid)
        UNION ALL SELECT id FROM registry_organizationname WHERE isempty(valid)
        UNION ALL SELECT id FROM registry_organization WHERE isempty(life)""",
    "an organization is without name, code or status on a day of its life": """
        SELECT o.id FROM registry_organization o WHERE NOT (
            o.life <@ coalesce((SELECT range_agg(valid) FROM registry_organizationname WHERE organization_id = o.id), '{}')
            AND o.life <@ coalesce((SELECT range_agg(valid) FROM registry_organizationcode WHERE organization_id = o.id), '{}')
            AND o.life <@ coalesce((SELECT range_agg(valid) FROM registry_organizationstatus WHERE organization_id = o.id), '{}'))""",
    "two organizations bear one code on one day": """
        SELECT c.id FROM registry_organizationcode c JOIN registry_organizationcode d
        ON d.code = c.code AND d.id > c.id AND d.valid && c.valid""",
    "an organization stands above itself": """
        WITH RECURSIVE above (id, at, days) AS (
            SELECT organization_id, parent_id, valid FROM registry_organizationparent
            UNION SELECT a.id, p.parent_id, a.days * p.valid FROM above a
                  JOIN registry_organizationparent p ON p.organization_id = a.at AND p.valid && a.days WHERE a.at <> a.id)
        SELECT id FROM above WHERE id = at AND NOT isempty(days)""",
    "an organization ended without going into any change": """
        SELECT o.id FROM registry_organization o WHERE NOT upper_inf(o.life)
        AND NOT EXISTS (SELECT FROM registry_original g JOIN registry_changeevent e ON e.id = g.event_id
                        JOIN registry_resulting r ON r.event_id = e.id AND r.organization_id <> o.id
                        WHERE g.organization_id = o.id AND e.on = upper(o.life))""",
    "what came out of a change does not exist on its day": """
        SELECT r.id FROM registry_resulting r JOIN registry_changeevent e ON e.id = r.event_id
        JOIN registry_organization o ON o.id = r.organization_id WHERE NOT o.life @> e.on""",
    "what went into a change did not exist on the day before": """
        SELECT g.id FROM registry_original g JOIN registry_changeevent e ON e.id = g.event_id
        JOIN registry_organization o ON o.id = g.organization_id WHERE NOT o.life @> (e.on - 1)""",
    "a change was written without its journal entry": """
        SELECT e.id FROM registry_changeevent e LEFT JOIN journal_entry j ON j.id = e.entry_id
        WHERE j.id IS NULL OR j.act <> 'organization.changed'""",
    "a seat of a post was lost at a reorganisation": """
        SELECT s.id FROM registry_post p JOIN registry_post n ON n.successor_of_id = p.id AND lower(n.valid) = upper(p.valid)
        JOIN registry_seat s ON s.post_id = p.id AND upper(s.valid) = upper(p.valid)
        WHERE NOT EXISTS (SELECT FROM registry_seat t WHERE t.post_id = n.id AND t.number = s.number)""",
    "somebody's service was cut by a reorganisation": """
        SELECT m.id FROM registry_membership m WHERE m.ending = 3
        AND (m.person_id, m.post_id, m.seat, coalesce(upper(m.valid), 'infinity')) NOT IN (
            SELECT n.person_id, q.successor_of_id, n.seat, lower(n.valid) FROM registry_membership n
            JOIN registry_post q ON q.id = n.post_id WHERE q.successor_of_id IS NOT NULL AND NOT lower_inf(n.valid))""",
}


def wrong() -> dict[str, list[int]]:
    """All that is wrong, by sentence, with the ids of some rows; empty when everything holds."""
    found: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        for sentence, sql in WRONG.items():
            cursor.execute(f"SELECT * FROM ({sql}) AS found LIMIT 5")
            if ids := [row[0] for row in cursor.fetchall()]:
                found[sentence] = ids
    return found


def state(*, journal: bool = True) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of register, cases, evaluations and journal: to see that an act that failed left nothing.

    Without the journal: what may change where somebody only looked, and that is written down.
    """
    with connection.cursor() as cursor:
        found = {}
        for table in _tables(cursor, journal):
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            found[table] = cursor.fetchall()
    return found


def marks(*, journal: bool = True) -> dict[str, tuple[int, int]]:
    """How many rows each of these tables has and a sum over them: tells in a moment which of them changed, not what."""
    with connection.cursor() as cursor:
        asked = (
            f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"
            for table in _tables(cursor, journal)
        )
        cursor.execute(" UNION ALL ".join(asked))
        return {name: (rows, total) for name, rows, total in cursor.fetchall()}


def _tables(cursor: Any, journal: bool) -> list[str]:
    rooms = ["registry", "procedures", "evaluation", *(["journal"] if journal else [])]
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND split_part(tablename, '_', 1) = ANY(%s) ORDER BY 1",
        [rooms],
    )
    return [row[0] for row in cursor.fetchall()]

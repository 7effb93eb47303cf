"""What becomes of each remit, post and person by a scenario, as temporary tables of the transaction that is running.

    sc_ending(org), sc_beneath(org)           bodies that end on the day; those beneath the managing body
    sc_remit(remit, task, org, valid, place, to_code)       a row for each heir; no heir: to_code null
    sc_post(post, org, job, place, fate, to_code)           fate: move, end, keep; null: nothing is said
    sc_held(member, person, post, org, job, seat, kind, fate, touched, main)   what those affected hold (see `lay`)
    sc_person(person, member, post, org, job, fate, place, to_code, to_job, state)   those affected, by their main post
    sc_leaving(member)                        memberships that end without going along with their post
    sc_free(code, job, post, number, until, place)          seats that nobody holds, in bodies that receive people
Two rows of one post or person: two lines say so, which is refused. Everything must be in sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry.asking import numbers

TABLES = (
    "sc_task_line", "sc_post_line", "sc_new", "sc_people_line", "sc_back", "sc_given_up", "sc_returning", "sc_ending", "sc_beneath",
    "sc_code", "sc_remit", "sc_post", "sc_affected", "sc_fate", "sc_held", "sc_person", "sc_leaving", "sc_free",
)  # fmt: skip
#: Columns of what the lines say, as the sketch holds them.
SAID = {
    "sc_task_line": ("tasks", "place int, org bigint, task bigint, to_code text"),
    "sc_post_line": ("posts", "place int, org bigint, job bigint, post bigint, fate text, to_code text"),
    "sc_new": ("new", "place int, code text, job bigint, seats int, former bigint"),
    "sc_people_line": ("people", "place int, org bigint, held bigint, person bigint, to_code text, job bigint, state text"),
    "sc_back": ("back", "task bigint, to_code text"),
    "sc_given_up": ("given_up", "remit bigint"),
    "sc_returning": ("returning", "person bigint, to_code text, job bigint, category int, kind int"),
}


def lay(sketch: Sketch, *, everybody: bool = False) -> None:
    """Make the tables anew for a sketch. Of people, those alone of whom something must be known; or, to be told or counted,
    `everybody` who holds a post of which something is said."""
    filled = [
        *((table, columns, getattr(sketch, attribute)) for table, (attribute, columns) in SAID.items()),
        ("sc_code", "code text, org bigint", list(sketch.living().items())),
        ("sc_beneath", "org bigint", [(body,) for body in sketch.beneath]),
    ]
    given: dict[str, Any] = {"on": sketch.on, "ending": numbers(sketch.ending()), "everybody": everybody}
    made(TABLES, filled, (_ENDING, _REMIT, _POST, _AFFECTED, _HELD, _PERSON, _LEAVING, _FREE), given)


def made(
    tables: Sequence[str],
    filled: Sequence[tuple[str, str, Sequence[tuple[Any, ...]]]],
    statements: Sequence[str],
    given: dict[str, Any],
) -> None:
    """Make temporary tables anew, all in one question to the database: those filled with rows from here first (name, columns,
    rows), then by `statements` those that ask the register."""
    # Without the compiler of queries: it takes a hundred milliseconds to compile what runs in ten.
    wanted, values = ["SET LOCAL jit = off", f"DROP TABLE IF EXISTS {', '.join(tables)}"], dict(given)
    for table, columns, rows in filled:
        wanted.append(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
        if rows:
            kinds = enumerate(column.split()[1] for column in columns.split(", "))
            arrays = ", ".join(f"%({table}_{number})s::{kind}[]" for number, kind in kinds)
            wanted.append(f"INSERT INTO {table} SELECT * FROM unnest({arrays})")
            values |= {f"{table}_{number}": list(column) for number, column in enumerate(zip(*rows, strict=True))}
        wanted.append(f"ANALYZE {table}")
    with connection.cursor() as cursor:
        cursor.execute(";\n".join([*wanted, *statements]), values)


_AFTER = "daterange(%(on)s, NULL)"
GIVEN_UP = "-"  # in place of an heir: the task ends here, and others have it back by lines of their own

_ENDING = """
CREATE TEMPORARY TABLE sc_ending ON COMMIT DROP AS SELECT unnest(%(ending)s::bigint[]) AS org; ANALYZE sc_ending
"""

# Of the lines that fit, the one that says most exactly counts; several such lines: several heirs.
_REMIT = f"""
CREATE TEMPORARY TABLE sc_remit ON COMMIT DROP AS
WITH fit AS (
    SELECT r.id AS remit, r.task_id AS task, r.organization_id AS org, r.valid * {_AFTER} AS valid, l.place, l.to_code,
           rank() OVER (PARTITION BY r.id ORDER BY (l.task IS NULL)::int) AS nth
    FROM registry_remit r JOIN sc_task_line l ON l.org = r.organization_id AND (l.task IS NULL OR l.task = r.task_id)
    WHERE r.valid && {_AFTER} AND r.id NOT IN (SELECT remit FROM sc_given_up)
)
SELECT remit, task, org, valid, place, to_code FROM fit WHERE nth = 1
UNION ALL
SELECT r.id, r.task_id, r.organization_id, r.valid * {_AFTER}, NULL, NULL FROM registry_remit r JOIN sc_ending e ON e.org = r.organization_id
WHERE r.valid && {_AFTER} AND NOT EXISTS (SELECT FROM fit WHERE fit.remit = r.id) AND r.id NOT IN (SELECT remit FROM sc_given_up)
UNION ALL
SELECT r.id, r.task_id, r.organization_id, r.valid * {_AFTER}, 0, '{GIVEN_UP}' FROM registry_remit r JOIN sc_given_up g ON g.remit = r.id
WHERE r.valid && {_AFTER}
UNION ALL
SELECT NULL, task, NULL, {_AFTER}, 0, to_code FROM sc_back
"""

_POST = f"""
CREATE TEMPORARY TABLE sc_post ON COMMIT DROP AS
WITH fit AS (
    SELECT p.id AS post, p.organization_id AS org, p.job_id AS job, l.place, l.fate, l.to_code,
           rank() OVER (PARTITION BY p.id ORDER BY (l.post IS NULL)::int, (l.job IS NULL)::int) AS nth
    FROM registry_post p JOIN sc_post_line l ON l.org = p.organization_id AND (l.job IS NULL OR l.job = p.job_id)
         AND (l.post IS NULL OR l.post = p.id)
    WHERE p.valid && {_AFTER}
)
SELECT post, org, job, place, fate, to_code FROM fit WHERE nth = 1
UNION ALL
SELECT p.id, p.organization_id, p.job_id, NULL, NULL, NULL FROM registry_post p JOIN sc_ending e ON e.org = p.organization_id
WHERE p.valid && {_AFTER} AND NOT EXISTS (SELECT FROM fit WHERE fit.post = p.id);
CREATE INDEX ON sc_post (post); ANALYZE sc_post
"""

# Who holds a post that neither goes on elsewhere nor stays, or is named; of a country's reform most go along with their post,
# and nothing need be asked of them. Step by step, each counted for the planner: of a country's posts it
# would guess one row, and compare every post with every person. `+ 0`: by body, not by the key of seats, whose search by post
# alone reads most of it.
_AFFECTED = f"""
CREATE TEMPORARY TABLE sc_affected ON COMMIT DROP AS
    SELECT m.person_id AS person FROM registry_membership m JOIN sc_post p ON p.post = m.post_id + 0 AND p.org = m.organization_id
    WHERE m.valid && {_AFTER} AND (%(everybody)s OR p.fate IS NULL OR p.fate = 'end')
    UNION SELECT person FROM sc_people_line WHERE person IS NOT NULL
    UNION SELECT m.person_id FROM registry_membership m JOIN sc_people_line l ON l.person IS NULL AND l.org = m.organization_id
    WHERE m.valid && {_AFTER};
CREATE UNIQUE INDEX ON sc_affected (person); ANALYZE sc_affected;
CREATE TEMPORARY TABLE sc_fate ON COMMIT DROP AS SELECT DISTINCT ON (post) post, fate FROM sc_post ORDER BY post, place;
CREATE UNIQUE INDEX ON sc_fate (post); ANALYZE sc_fate
"""

# Everything that those affected hold on the day or later; the main post is one that is not held beside another.
_HELD = f"""
CREATE TEMPORARY TABLE sc_held ON COMMIT DROP AS
SELECT m.id AS member, m.person_id AS person, m.post_id AS post, m.organization_id AS org, p.job_id AS job, m.seat, m.kind, m.valid,
       f.fate, f.post IS NOT NULL AS touched,
       row_number() OVER (PARTITION BY m.person_id ORDER BY (m.kind = 8)::int, (f.post IS NULL)::int, j.rank NULLS LAST, m.id) = 1 AS main
FROM sc_affected a JOIN registry_membership m ON m.person_id = a.person AND m.valid && {_AFTER}
JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id LEFT JOIN sc_fate f ON f.post = m.post_id;
CREATE INDEX ON sc_held (member); ANALYZE sc_held
"""

_PERSON = """
CREATE TEMPORARY TABLE sc_person ON COMMIT DROP AS
WITH fit AS (
    SELECT h.person, l.place, l.to_code, l.job AS to_job, l.state,
           rank() OVER (PARTITION BY h.person ORDER BY (l.person IS NULL)::int, (l.held IS NULL)::int) AS nth
    FROM sc_held h JOIN (
        SELECT h.member, l.* FROM sc_held h JOIN sc_people_line l ON l.person = h.person WHERE h.main
        UNION ALL
        SELECT h.member, l.* FROM sc_held h JOIN sc_people_line l ON l.person IS NULL AND l.org = h.org AND (l.held IS NULL OR l.held = h.job)
        WHERE h.main
    ) AS l ON l.member = h.member
)
SELECT h.person, h.member, h.post, h.org, h.job, h.fate, h.touched, f.place, f.to_code, f.to_job, f.state
FROM sc_held h LEFT JOIN fit f ON f.person = h.person AND f.nth = 1 WHERE h.main;
CREATE INDEX ON sc_person (person); ANALYZE sc_person
"""

_LEAVING = """
CREATE TEMPORARY TABLE sc_leaving ON COMMIT DROP AS
SELECT member FROM sc_person WHERE place IS NOT NULL
UNION SELECT member FROM sc_held WHERE fate = 'end';
CREATE INDEX ON sc_leaving (member); ANALYZE sc_leaving
"""

_FREE = f"""
CREATE TEMPORARY TABLE sc_free ON COMMIT DROP AS
WITH asked AS (SELECT DISTINCT to_code AS code, to_job AS job FROM sc_person WHERE to_code IS NOT NULL AND state IS NULL
               UNION SELECT to_code, job FROM sc_returning),
place AS (
    SELECT a.code, a.job, s.post AS post FROM asked a JOIN sc_post s ON s.fate = 'move' AND s.to_code = a.code AND s.job = a.job
    UNION
    SELECT a.code, a.job, p.id FROM asked a JOIN sc_code c ON c.code = a.code
    JOIN registry_post p ON p.organization_id = c.org AND p.job_id = a.job AND p.valid @> %(on)s::date
    WHERE NOT EXISTS (SELECT FROM sc_post s WHERE s.post = p.id AND s.fate IN ('move', 'end'))
)
SELECT l.code, l.job, l.post, s.number, upper(s.valid) AS until, NULL::int AS place
FROM place l JOIN registry_seat s ON s.post_id = l.post AND s.valid @> %(on)s::date
WHERE NOT EXISTS (SELECT FROM registry_membership m WHERE m.post_id = l.post AND m.seat = s.number AND m.valid && {_AFTER}
                  AND m.id NOT IN (SELECT member FROM sc_leaving))
UNION ALL
SELECT n.code, n.job, NULL, number, NULL, n.place FROM asked a JOIN sc_new n ON n.code = a.code AND n.job = a.job
CROSS JOIN LATERAL generate_series(1, n.seats) AS number
"""

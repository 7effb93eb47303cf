"""What a unit that ends leaves to its heir: bodies beneath it, remits, posts with their seats and people, what it decides, headcount.

Set by set, so that a country's reform takes seconds. The people keep serving: each membership that runs on
the day ends with the reason `reorganization` and goes on in the post that succeeds the old one. What was already
entered for later days goes over too: a post that has not begun yet simply belongs to the heir.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from canbo.registry.models import Membership


def hand_over(ending: dict[int, int], *, on: date, mark: dict[str, int]) -> None:
    """Move what each organization in `ending` (id -> id of its heir) owns from the day `on` to its heir.

    `mark`: source_id, decision_id and entry_id for the rows written. Must run inside a transaction that has
    everything in sight. The caller has closed the names, codes, statuses and parents of the organizations that end,
    and ends their lives afterwards. No heir may end on that day.
    """
    if not ending:
        return
    given: dict[str, Any] = {
        "old": list(ending),
        "heir": list(ending.values()),
        "on": on,
        "reorganization": Membership.Ending.REORGANIZATION,
        **mark,
    }
    with connection.cursor() as cursor:
        for statement in (
            _PAIRS,
            *_BODIES,
            *_REMITS,
            _ALL_POSTS,
            _WHOLE,
            *_POSTS,
            *_managed(),
            *_ALLOTTED,
            "DROP TABLE handing_over, bodies_moving, allotted",
        ):
            cursor.execute(statement, given)


def move_posts(heirs: dict[int, int], *, on: date, mark: dict[str, int], deciding: dict[int, int] | None = None) -> None:
    """Let each post in `heirs` (id -> id of the organization that takes it) end on the day and go on there, with seats and people.

    As `hand_over` does with all posts of a unit that ends; the same transaction and sight are needed. A post that begins on
    the day or later is simply the heir's. `deciding`: who takes over (id -> id) from bodies that `hand_over` will end, so that a
    post on which one of them decides is not written twice.
    """
    if not heirs:
        return
    given: dict[str, Any] = {
        "post": list(heirs),
        "heir": list(heirs.values()),
        "ended": list(deciding or {}),
        "decides": list((deciding or {}).values()),
        "on": on,
        "reorganization": Membership.Ending.REORGANIZATION,
        **mark,
    }
    with connection.cursor() as cursor:
        for statement in (_THESE_POSTS, _WHOLE, *_POSTS):
            cursor.execute(statement, given)


def hand_on_deciding(heirs: dict[int, int], *, of: Iterable[int], on: date, mark: dict[str, int]) -> None:
    """Let others decide, from the day on, on what these bodies decide in the organizations `of`: `heirs`, id -> id.

    Who decided before did so before. The same transaction and sight are needed as for `hand_over`.
    """
    given: dict[str, Any] = {"old": list(heirs), "heir": list(heirs.values()), "of": list(of), "on": on, **mark}
    with connection.cursor() as cursor:
        for statement in _managed("AND m.post_id IN (SELECT id FROM registry_post WHERE organization_id = ANY (%(of)s))"):
            cursor.execute(statement, given)


_MARK = "%(source_id)s, %(decision_id)s, %(entry_id)s"
_AFTER = "daterange(%(on)s, NULL)"  # the day and all that follow

_PAIRS = """
CREATE TEMPORARY TABLE handing_over ON COMMIT DROP AS
SELECT * FROM unnest(%(old)s::bigint[], %(heir)s::bigint[]) AS pair (old, heir)
"""

# Bodies beneath an ending unit that do not end themselves go under the heir. Where the heir is itself such a body,
# it takes the place of the unit that ends: under the nearest unit above, or under what that one became.
_BODIES = [
    f"""
    CREATE TEMPORARY TABLE bodies_moving ON COMMIT DROP AS
    WITH RECURSIVE placed (row, body, parent) AS (
        SELECT p.id, p.organization_id, h.old
        FROM registry_organizationparent p JOIN handing_over h ON h.old = p.parent_id
        WHERE p.valid && {_AFTER} AND p.organization_id NOT IN (SELECT old FROM handing_over)
        UNION ALL
        SELECT d.row, d.body, CASE WHEN h.heir = d.body THEN above.parent_id ELSE h.heir END
        FROM placed d JOIN handing_over h ON h.old = d.parent
        LEFT JOIN registry_organizationparent above ON above.organization_id = h.old AND upper(above.valid) = %(on)s
    )
    SELECT d.body, d.parent, p.valid * {_AFTER} AS valid
    FROM placed d JOIN registry_organizationparent p ON p.id = d.row
    WHERE d.parent IS NOT NULL AND d.parent NOT IN (SELECT old FROM handing_over)
    """,
    """
    DELETE FROM registry_organizationparent p USING handing_over h WHERE h.old = p.parent_id AND lower(p.valid) >= %(on)s
    """,
    f"""
    UPDATE registry_organizationparent p SET valid = daterange(lower(p.valid), %(on)s)
    FROM handing_over h WHERE h.old = p.parent_id AND p.valid && {_AFTER}
    """,
    f"""
    INSERT INTO registry_organizationparent (organization_id, parent_id, valid, source_id, decision_id, entry_id)
    SELECT body, parent, valid, {_MARK} FROM bodies_moving
    """,
]

# Remits: the heir takes each task for the days on which it does not have it yet.
_REMITS = [
    f"""
    INSERT INTO registry_remit (task_id, organization_id, valid, source_id, decision_id, entry_id)
    SELECT missing.task_id, missing.heir, unnest(missing.days), {_MARK}
    FROM (
        SELECT r.task_id, h.heir, range_agg(r.valid * {_AFTER}) - coalesce(
            (SELECT range_agg(own.valid) FROM registry_remit own WHERE own.task_id = r.task_id AND own.organization_id = h.heir),
            '{{}}'::datemultirange) AS days
        FROM registry_remit r JOIN handing_over h ON h.old = r.organization_id
        WHERE r.valid && {_AFTER} GROUP BY r.task_id, h.heir
    ) AS missing
    """,
    """
    DELETE FROM registry_remit r USING handing_over h WHERE h.old = r.organization_id AND lower(r.valid) >= %(on)s
    """,
    f"""
    UPDATE registry_remit r SET valid = daterange(lower(r.valid), %(on)s)
    FROM handing_over h WHERE h.old = r.organization_id AND r.valid && {_AFTER}
    """,
]

# The posts that go, and the number of the successor of each that has begun, or has no first day on record; who decides on it
# from now on, where whoever did ends; counted for the planner, who would guess one row of a country's posts and look for every
# membership alone.
_MANAGERS = f"""SELECT g.post_id, e.heir FROM registry_postmanager g JOIN {{}} ON e.old = g.manager_id
    WHERE g.valid && {_AFTER} AND coalesce(lower(g.valid) < %(on)s, true)"""
_ALL_POSTS = f"""
CREATE TEMPORARY TABLE posts_moving ON COMMIT DROP AS
SELECT p.id AS post, p.organization_id AS old, h.heir, m.heir AS manager, coalesce(lower(p.valid) >= %(on)s, false) AS later,
       CASE WHEN p.valid && {_AFTER} AND coalesce(lower(p.valid) < %(on)s, true) THEN nextval(pg_get_serial_sequence('registry_post', 'id')) END AS next
FROM registry_post p JOIN handing_over h ON h.old = p.organization_id
LEFT JOIN ({_MANAGERS.format("handing_over e")}) AS m ON m.post_id = p.id;
CREATE UNIQUE INDEX ON posts_moving (post); ANALYZE posts_moving
"""
_THESE_POSTS = f"""
CREATE TEMPORARY TABLE posts_moving ON COMMIT DROP AS
SELECT p.id AS post, p.organization_id AS old, given.heir, m.heir AS manager, coalesce(lower(p.valid) >= %(on)s, false) AS later,
       CASE WHEN p.valid && {_AFTER} AND coalesce(lower(p.valid) < %(on)s, true) THEN nextval(pg_get_serial_sequence('registry_post', 'id')) END AS next
FROM unnest(%(post)s::bigint[], %(heir)s::bigint[]) AS given (post, heir) JOIN registry_post p ON p.id = given.post
LEFT JOIN ({_MANAGERS.format("unnest(%(ended)s::bigint[], %(decides)s::bigint[]) AS e (old, heir)")}) AS m ON m.post_id = p.id;
CREATE UNIQUE INDEX ON posts_moving (post); ANALYZE posts_moving
"""

# Each names the organization besides the post: of a large set both are hashed, of a small one the index by body is used,
# and `+ 0` keeps the planner from the key of seats, whose search by post alone reads most of it.
_POSTS = [
    # A post that begins on the day or later is the heir's from its beginning; its memberships follow by foreign key.
    """
    UPDATE registry_post p SET organization_id = h.heir, source_id = %(source_id)s, decision_id = %(decision_id)s,
           entry_id = %(entry_id)s
    FROM posts_moving h WHERE h.post = p.id AND h.later
    """,
    # The others and their seats go on as successors.
    f"""
    INSERT INTO registry_post (id, organization_id, job_id, successor_of_id, valid, source_id, decision_id, entry_id)
    SELECT h.next, h.heir, p.job_id, p.id, p.valid * {_AFTER}, {_MARK}
    FROM registry_post p JOIN posts_moving h ON h.post = p.id AND h.old = p.organization_id WHERE h.next IS NOT NULL
    """,
    f"""
    INSERT INTO registry_postmanager (post_id, manager_id, valid, source_id, decision_id, entry_id)
    SELECT h.next, g.manager_id, g.valid * {_AFTER}, {_MARK}
    FROM registry_postmanager g JOIN posts_moving h ON h.post = g.post_id WHERE h.next IS NOT NULL AND g.valid && {_AFTER}
    """,
    f"""
    INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id, entry_id)
    SELECT h.next, s.number, s.valid * {_AFTER}, {_MARK}
    FROM registry_seat s JOIN posts_moving h ON h.post = s.post_id WHERE h.next IS NOT NULL AND s.valid && {_AFTER}
    """,
    f"""
    INSERT INTO registry_membership (person_id, post_id, seat, organization_id, valid, category, kind, ending, source_id, decision_id, entry_id)
    SELECT m.person_id, h.next, m.seat, h.heir, m.valid * {_AFTER}, m.category, m.kind, m.ending, {_MARK}
    FROM registry_membership m JOIN posts_moving h ON h.old = m.organization_id AND h.post = m.post_id + 0
    WHERE h.next IS NOT NULL AND m.valid && {_AFTER}
    """,
    """
    DELETE FROM registry_membership m USING posts_moving h
    WHERE h.old = m.organization_id AND h.post = m.post_id + 0 AND lower(m.valid) >= %(on)s
    """,
    f"""
    UPDATE registry_membership m SET valid = daterange(lower(m.valid), %(on)s), ending = %(reorganization)s
    FROM posts_moving h WHERE h.old = m.organization_id AND h.post = m.post_id + 0 AND m.valid && {_AFTER}
    """,
    """
    DELETE FROM registry_seat s USING posts_moving h WHERE h.post = s.post_id AND h.next IS NOT NULL AND lower(s.valid) >= %(on)s
    """,
    f"""
    UPDATE registry_seat s SET valid = daterange(lower(s.valid), %(on)s) FROM posts_moving h
    WHERE h.post = s.post_id AND h.next IS NOT NULL AND s.valid && {_AFTER}
    """,
    """
    DELETE FROM registry_postmanager g USING posts_moving h WHERE h.post = g.post_id AND h.next IS NOT NULL AND lower(g.valid) >= %(on)s
    """,
    f"""
    UPDATE registry_postmanager g SET valid = daterange(lower(g.valid), %(on)s) FROM posts_moving h
    WHERE h.post = g.post_id AND h.next IS NOT NULL AND g.valid && {_AFTER}
    """,
    f"""
    UPDATE registry_post p SET valid = daterange(lower(p.valid), %(on)s) FROM posts_moving h
    WHERE h.post = p.id AND h.next IS NOT NULL AND h.old = p.organization_id AND p.valid && {_AFTER}
    """,
    "DROP TABLE posts_moving",
]

# Those that go over whole go as one set, where the database may do so (migration 0010): the statements above are for the rest.
_WHOLE = """
WITH given AS MATERIALIZED (
    SELECT array_agg(post ORDER BY post) AS posts, array_agg(heir ORDER BY post) AS heirs, array_agg(manager ORDER BY post) AS managers
    FROM posts_moving WHERE next IS NOT NULL AND NOT later
), gone AS MATERIALIZED (
    SELECT unnest(registry_carry_over(posts, heirs, managers, %(on)s::date, %(source_id)s, %(decision_id)s, %(entry_id)s)) AS post
    FROM given WHERE posts IS NOT NULL
)
DELETE FROM posts_moving h USING gone WHERE gone.post = h.post
"""


def _managed(only: str = "") -> list[str]:
    """What a body decided, its heir decides from now on: what begins on the day or later from its beginning, the rest from the
    day. `only`: a condition on the rows `m`."""
    pairs = "unnest(%(old)s::bigint[], %(heir)s::bigint[]) AS h (old, heir)"
    return [
        f"""
        UPDATE registry_postmanager m SET manager_id = h.heir, source_id = %(source_id)s, decision_id = %(decision_id)s,
               entry_id = %(entry_id)s
        FROM {pairs} WHERE h.old = m.manager_id AND lower(m.valid) >= %(on)s {only}
        """,
        f"""
        WITH closed AS (
            UPDATE registry_postmanager m SET valid = daterange(lower(m.valid), %(on)s)
            FROM {pairs} WHERE h.old = m.manager_id AND m.valid && {_AFTER} AND coalesce(lower(m.valid) < %(on)s, true) {only}
            RETURNING m.post_id, h.heir, old.valid * {_AFTER} AS valid
        )
        INSERT INTO registry_postmanager (post_id, manager_id, valid, source_id, decision_id, entry_id)
        SELECT post_id, heir, valid, {_MARK} FROM closed
        """,
    ]


# Headcount that was handed to an ending body, or by it, is its heir's: added to what the heir has from the same giver for the
# same use, on each stretch of days between two changes of it. What one gave to the other falls together.
_ALLOTTED = [
    f"""
    CREATE TEMPORARY TABLE allotted ON COMMIT DROP AS
    WITH mapped AS (
        SELECT a.id, coalesce(g.heir, a.giver_id) AS giver, coalesce(b.heir, a.body_id) AS body, a.use, a.staff, a.number,
               a.valid * {_AFTER} AS valid, b.old IS NOT NULL OR g.old IS NOT NULL AS moves
        FROM registry_allotment a LEFT JOIN handing_over b ON b.old = a.body_id LEFT JOIN handing_over g ON g.old = a.giver_id
        WHERE a.valid && {_AFTER}
    )
    SELECT m.* FROM mapped m WHERE (m.giver, m.body, m.use, m.staff) IN (SELECT giver, body, use, staff FROM mapped WHERE moves)
    """,
    """
    DELETE FROM registry_allotment a USING allotted m WHERE m.id = a.id AND lower(a.valid) >= %(on)s
    """,
    f"""
    UPDATE registry_allotment a SET valid = daterange(lower(a.valid), %(on)s) FROM allotted m WHERE m.id = a.id AND a.valid && {_AFTER}
    """,
    f"""
    INSERT INTO registry_allotment (giver_id, body_id, use, staff, number, valid, source_id, decision_id, entry_id)
    SELECT s.giver, s.body, s.use, s.staff, sum(m.number), s.days, {_MARK} FROM (
        SELECT giver, body, use, staff, daterange(day, lead(day) OVER (PARTITION BY giver, body, use, staff ORDER BY day)) AS days
        FROM (SELECT giver, body, use, staff, lower(valid) AS day FROM allotted
              UNION SELECT giver, body, use, staff, upper(valid) FROM allotted) AS bounds
    ) AS s JOIN allotted m USING (giver, body, use, staff)
    WHERE m.valid @> s.days AND NOT upper_inf(s.days) AND NOT (s.use = 'delegated' AND s.giver = s.body)
    GROUP BY s.giver, s.body, s.use, s.staff, s.days
    """,
]

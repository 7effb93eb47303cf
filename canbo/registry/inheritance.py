"""What a unit that ends leaves to its heir: bodies beneath it, remits, posts with their seats and people.

Set by set, so that a country's reform takes seconds. The people keep serving: each membership that runs on
the day ends with the reason `reorganization` and goes on in the post that succeeds the old one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from canbo.registry.models import Membership


def hand_over(ending: dict[int, int], *, on: date, mark: dict[str, int]) -> None:
    """Move what each organization in `ending` (id -> id of its heir) owns on the day `on` to its heir.

    `mark`: source_id, decision_id and entry_id for the rows written. Must run inside a transaction; the rows of
    the organizations themselves are ended by the caller.
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
        cursor.execute(
            "CREATE TEMPORARY TABLE handing_over ON COMMIT DROP AS"
            " SELECT * FROM unnest(%(old)s::bigint[], %(heir)s::bigint[]) AS pair (old, heir)",
            given,
        )
        for statement in _STATEMENTS:
            cursor.execute(statement, given)
        cursor.execute("DROP TABLE handing_over")


_MARK = "%(source_id)s, %(decision_id)s, %(entry_id)s"

_STATEMENTS = [
    # Bodies beneath an ending unit that do not end themselves go under the heir.
    f"""
    INSERT INTO registry_organizationparent (organization_id, parent_id, valid, source_id, decision_id, entry_id)
    SELECT p.organization_id, h.heir, daterange(%(on)s, upper(p.valid)), {_MARK}
    FROM registry_organizationparent p JOIN handing_over h ON h.old = p.parent_id
    WHERE p.valid @> %(on)s::date AND p.organization_id NOT IN (SELECT old FROM handing_over)
      AND p.organization_id <> h.heir
    """,
    """
    UPDATE registry_organizationparent p SET valid = daterange(lower(p.valid), %(on)s)
    FROM handing_over h WHERE h.old = p.parent_id AND p.valid @> %(on)s::date AND lower(p.valid) IS DISTINCT FROM %(on)s
    """,
    # Remits: the heir takes each task that it does not have yet.
    f"""
    INSERT INTO registry_remit (task_id, organization_id, valid, source_id, decision_id, entry_id)
    SELECT DISTINCT ON (r.task_id, h.heir) r.task_id, h.heir, daterange(%(on)s, upper(r.valid)), {_MARK}
    FROM registry_remit r JOIN handing_over h ON h.old = r.organization_id
    WHERE r.valid @> %(on)s::date AND NOT EXISTS (
        SELECT FROM registry_remit t WHERE t.task_id = r.task_id AND t.organization_id = h.heir
        AND t.valid && daterange(%(on)s, upper(r.valid)))
    ORDER BY r.task_id, h.heir, upper(r.valid) DESC NULLS FIRST
    """,
    """
    UPDATE registry_remit r SET valid = daterange(lower(r.valid), %(on)s)
    FROM handing_over h WHERE h.old = r.organization_id AND r.valid @> %(on)s::date AND lower(r.valid) IS DISTINCT FROM %(on)s
    """,
    """
    DELETE FROM registry_remit r USING handing_over h WHERE h.old = r.organization_id AND lower(r.valid) >= %(on)s
    """,
    # Posts and their seats go on as successors.
    f"""
    INSERT INTO registry_post (organization_id, job_id, managed_by_id, successor_of_id, valid, source_id, decision_id, entry_id)
    SELECT h.heir, p.job_id, coalesce(m.heir, p.managed_by_id), p.id, daterange(greatest(%(on)s, lower(p.valid)), upper(p.valid)), {_MARK}
    FROM registry_post p JOIN handing_over h ON h.old = p.organization_id LEFT JOIN handing_over m ON m.old = p.managed_by_id
    WHERE p.valid && daterange(%(on)s, NULL)
    """,
    f"""
    INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id, entry_id)
    SELECT n.id, s.number, s.valid * daterange(%(on)s, NULL), {_MARK}
    FROM registry_seat s JOIN registry_post n ON n.successor_of_id = s.post_id AND n.entry_id = %(entry_id)s
    WHERE s.valid && daterange(%(on)s, NULL)
    """,
    f"""
    INSERT INTO registry_membership (person_id, post_id, seat, organization_id, valid, category, kind, ending, source_id, decision_id, entry_id)
    SELECT m.person_id, n.id, m.seat, n.organization_id, m.valid * daterange(%(on)s, NULL), m.category, m.kind, m.ending, {_MARK}
    FROM registry_membership m JOIN registry_post n ON n.successor_of_id = m.post_id AND n.entry_id = %(entry_id)s
    WHERE m.valid && daterange(%(on)s, NULL)
    """,
    """
    DELETE FROM registry_membership m USING handing_over h WHERE h.old = m.organization_id AND lower(m.valid) >= %(on)s
    """,
    """
    UPDATE registry_membership m SET valid = daterange(lower(m.valid), %(on)s), ending = %(reorganization)s
    FROM handing_over h WHERE h.old = m.organization_id AND m.valid && daterange(%(on)s, NULL)
    """,
    """
    DELETE FROM registry_seat s USING registry_post p, handing_over h
    WHERE p.id = s.post_id AND h.old = p.organization_id AND lower(s.valid) >= %(on)s
    """,
    """
    UPDATE registry_seat s SET valid = daterange(lower(s.valid), %(on)s) FROM registry_post p, handing_over h
    WHERE p.id = s.post_id AND h.old = p.organization_id AND s.valid && daterange(%(on)s, NULL)
    """,
    """
    UPDATE registry_post p SET valid = daterange(lower(p.valid), %(on)s) FROM handing_over h
    WHERE h.old = p.organization_id AND p.valid @> %(on)s::date AND lower(p.valid) IS DISTINCT FROM %(on)s
    """,
    # What an ending body managed elsewhere is managed by its heir from now on.
    """
    UPDATE registry_post p SET managed_by_id = h.heir FROM handing_over h
    WHERE h.old = p.managed_by_id AND p.valid && daterange(%(on)s, NULL) AND upper_inf(p.valid)
      AND p.organization_id NOT IN (SELECT old FROM handing_over)
    """,
]

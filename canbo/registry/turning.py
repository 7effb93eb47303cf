"""The days on which organizations changed, and what changed on each: how the page of changes is read."""

from __future__ import annotations

from datetime import date

from canbo.registry.asking import Row, rows


def change_days(*, limit: int = 20) -> list[Row]:
    """Days with change events, the latest first: on, events, originals, resulting."""
    return rows(
        """
        SELECT e.on, count(*) AS events,
               sum((SELECT count(*) FROM {original} o WHERE o.event_id = e.id))::bigint AS originals,
               sum((SELECT count(*) FROM {resulting} r WHERE r.event_id = e.id AND r.forms))::bigint AS resulting
        FROM {changeevent} e GROUP BY e.on ORDER BY e.on DESC LIMIT %(limit)s
        """,
        {"limit": limit},
    )


def greatest_day() -> date | None:
    """The day on which most changes happened; None in a register without any."""
    found = rows("SELECT e.on FROM {changeevent} e GROUP BY e.on ORDER BY count(*) DESC, e.on DESC LIMIT 1")
    return found[0]["on"] if found else None


def events_on(day: date, *, kind: str | None = None, beneath: str | None = None, after: int = 0, limit: int = 50) -> list[Row]:
    """Events of a day in order: id, kind, decision, issuer, url, originals and resulting as [{code, name}].

    `kind`: one kind of event. `beneath`: only events with a unit whose code begins so. `after`: the last id of
    the page before.
    """
    return rows(
        """
        SELECT e.id, e.kind, e.on, d.number AS decision, d.issuer, d.url,
               (SELECT jsonb_agg(jsonb_build_object('code', o.code, 'whole', o.whole, 'name', (
                    SELECT n.name FROM {organizationname} n WHERE n.organization_id = o.organization_id
                    AND n.valid @> (e.on - 1) LIMIT 1)) ORDER BY o.code)
                FROM {original} o WHERE o.event_id = e.id) AS originals,
               (SELECT jsonb_agg(jsonb_build_object('code', r.code, 'forms', r.forms, 'name', (
                    SELECT n.name FROM {organizationname} n WHERE n.organization_id = r.organization_id
                    AND n.valid @> e.on LIMIT 1)) ORDER BY r.code)
                FROM {resulting} r WHERE r.event_id = e.id) AS resulting
        FROM {changeevent} e JOIN {decision} d ON d.id = e.decision_id
        WHERE e.on = %(day)s AND e.id > %(after)s AND (%(kind)s::text IS NULL OR e.kind = %(kind)s)
          AND (%(beneath)s::text IS NULL
               OR EXISTS (SELECT FROM {resulting} r WHERE r.event_id = e.id AND (r.code = %(beneath)s OR r.code LIKE %(beneath)s || '/%%'))
               OR EXISTS (SELECT FROM {original} o WHERE o.event_id = e.id AND (o.code = %(beneath)s OR o.code LIKE %(beneath)s || '/%%')))
        ORDER BY e.id LIMIT %(limit)s
        """,
        {"day": day, "kind": kind, "beneath": beneath, "after": after, "limit": limit},
    )

"""A sketch carried out: units by `registry.changes`, and at the moment between founding and ending all that goes its own way.

One transaction, set by set. Nothing here asks whether it may be: `acting` has, and `checking` found nothing that blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import affairs, holdings
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import authority, changes, inheritance
from canbo.registry.asking import rows
from canbo.registry.changes import Carried, Plan
from canbo.registry.models import Account, Decision, Membership, Source


@dataclass
class Done:
    """What carrying out did: events, and how much of what went where."""

    events: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def carry(
    sketch: Sketch, *, scenario: Scenario, account: Account, key: str, decision: Decision, source: Source, entry: int
) -> Done:  # fmt: skip
    """Carry a sketch out whose tables were just laid (`checking.check`). Raises as `changes.carry_out` does."""
    mark = {"source_id": source.pk, "decision_id": decision.pk, "entry_id": entry}
    done = Done()

    def meanwhile(carried: Carried) -> None:
        with authority.everything_in_sight():
            _hand(sketch, carried.by_code, mark, scenario, done)

    if sketch.changes:
        carried = changes.carry_out(
            Plan(sketch.on, decision, source, sketch.changes), by=account, key=f"{key}:units", meanwhile=meanwhile
        )
        done.events = [event.pk for event in carried.events]
    else:
        carried = Carried()
        meanwhile(carried)
    codes = sketch.living() | carried.by_code
    heirs = {body: codes[found[0]] for body, found in sketch.heirs.items() if found}
    with authority.everything_in_sight():
        done.counts |= affairs.rehome(heirs, mark, sketch)
        affairs.follow(sketch, codes, mark)
        affairs.deciding_back(sketch, codes, mark)
        done.counts["holdings"] = holdings.hand(sketch, codes, mark, scenario)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return done


def _hand(sketch: Sketch, made: dict[str, int], mark: dict[str, Any], scenario: Scenario, done: Done) -> None:
    """Give remits, posts and people to whom the lines say, before what ends hands on the rest."""
    given = {"on": sketch.on, "scenario": scenario.pk, "reorganization": Membership.Ending.REORGANIZATION, **mark}
    codes = sketch.living() | made
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sc_code")
        cursor.execute("INSERT INTO sc_code SELECT * FROM unnest(%s::text[], %s::bigint[])", [list(codes), list(codes.values())])
        if lost := rows(_NOWHERE):
            raise LookupError(
                f"Something would go to {lost[0]['code']!r}, which is no body on {sketch.on}: nothing is carried out."
            )
        for what, statement in (*_REMITS, *_LEAVE, *_END):
            cursor.execute(statement, given)
            if what:
                done.counts[what] = cursor.rowcount
        moving = rows("SELECT s.post, c.org FROM sc_post s JOIN sc_code c ON c.code = s.to_code WHERE s.fate = 'move'")
        deciding = {body: codes[found[0]] for body, found in sketch.heirs.items() if found and found[0] in codes}
        inheritance.move_posts({row["post"]: row["org"] for row in moving}, on=sketch.on, mark=mark, deciding=deciding)
        done.counts["posts_moved"] = len(moving)
        for what, statement in (*_NEW, *_PLACE):
            cursor.execute(statement, given)
            if what:
                done.counts[what] = cursor.rowcount


# Receivers whom nobody knows: what goes to them would be lost without a word.
_NOWHERE = """
SELECT code FROM (SELECT to_code AS code FROM sc_remit WHERE to_code <> '-' UNION SELECT to_code FROM sc_post WHERE fate = 'move'
    UNION SELECT code FROM sc_new UNION SELECT to_code FROM sc_person WHERE place IS NOT NULL AND state IS NULL
    UNION SELECT to_code FROM sc_returning UNION SELECT to_code FROM sc_holding) AS receiver
WHERE code IS NOT NULL AND NOT EXISTS (SELECT FROM sc_code c WHERE c.code = receiver.code) ORDER BY code LIMIT 1
"""
_MARK = "%(source_id)s, %(decision_id)s, %(entry_id)s"
_AFTER = "daterange(%(on)s, NULL)"

# Each heir takes the task for the days on which it does not have it yet; who is not among the heirs has it no more.
_REMITS = (
    ("tasks", f"""
    INSERT INTO registry_remit (task_id, organization_id, valid, source_id, decision_id, entry_id)
    SELECT task, org, unnest(days), {_MARK} FROM (
        SELECT r.task, c.org, range_agg(r.valid) - coalesce((SELECT range_agg(own.valid) FROM registry_remit own
            WHERE own.task_id = r.task AND own.organization_id = c.org), '{{}}'::datemultirange) AS days
        FROM sc_remit r JOIN sc_code c ON c.code = r.to_code GROUP BY r.task, c.org) AS missing
    """),
    ("", """
    DELETE FROM registry_remit r USING (SELECT DISTINCT remit FROM sc_remit s WHERE to_code IS NOT NULL AND NOT EXISTS (
        SELECT FROM sc_remit k JOIN sc_code c ON c.code = k.to_code AND c.org = k.org WHERE k.remit = s.remit)) AS s
    WHERE r.id = s.remit AND lower(r.valid) >= %(on)s
    """),
    ("", f"""
    UPDATE registry_remit r SET valid = daterange(lower(r.valid), %(on)s)
    FROM (SELECT DISTINCT remit FROM sc_remit s WHERE to_code IS NOT NULL AND NOT EXISTS (
        SELECT FROM sc_remit k JOIN sc_code c ON c.code = k.to_code AND c.org = k.org WHERE k.remit = s.remit)) AS s
    WHERE r.id = s.remit AND r.valid && {_AFTER}
    """),
)  # fmt: skip

# Who goes another way than the post leaves it; kept for a moment is in which category and how the person served.
_LEAVE = (
    ("", "DROP TABLE IF EXISTS sc_left"),
    ("people_leaving", """
    CREATE TEMPORARY TABLE sc_left ON COMMIT DROP AS
    SELECT m.id AS member, m.person_id AS person, m.post_id AS post, m.category, m.kind, lower(m.valid) >= %(on)s AS later
    FROM registry_membership m JOIN sc_leaving l ON l.member = m.id
    """),
    ("", "DELETE FROM registry_membership m USING sc_left l WHERE l.member = m.id AND l.later"),
    ("", """
    UPDATE registry_membership m SET valid = daterange(lower(m.valid), %(on)s), ending = %(reorganization)s
    FROM sc_left l WHERE l.member = m.id AND NOT l.later
    """),
)  # fmt: skip

_END = (
    ("", "DELETE FROM registry_seat s USING sc_post p WHERE p.fate = 'end' AND s.post_id = p.post AND lower(s.valid) >= %(on)s"),
    ("", f"UPDATE registry_seat s SET valid = daterange(lower(s.valid), %(on)s) FROM sc_post p WHERE p.fate = 'end' AND s.post_id = p.post AND s.valid && {_AFTER}"),
    ("", "DELETE FROM registry_postmanager m USING sc_post p WHERE p.fate = 'end' AND m.post_id = p.post AND lower(m.valid) >= %(on)s"),
    ("", f"UPDATE registry_postmanager m SET valid = daterange(lower(m.valid), %(on)s) FROM sc_post p WHERE p.fate = 'end' AND m.post_id = p.post AND m.valid && {_AFTER}"),
    ("", "DELETE FROM registry_post s USING sc_post p WHERE p.fate = 'end' AND s.id = p.post AND lower(s.valid) >= %(on)s"),
    ("posts_ended", f"UPDATE registry_post s SET valid = daterange(lower(s.valid), %(on)s) FROM sc_post p WHERE p.fate = 'end' AND s.id = p.post AND s.valid && {_AFTER}"),
)  # fmt: skip

# A new post is decided upon by whoever decides on a post of this job in the unit, or on the post that it follows.
_NEW = (
    ("", "ALTER TABLE sc_new ADD COLUMN id bigint"),
    ("", "UPDATE sc_new SET id = nextval(pg_get_serial_sequence('registry_post', 'id'))"),
    ("posts_new", f"""
    INSERT INTO registry_post (id, organization_id, job_id, successor_of_id, valid, source_id, decision_id, entry_id)
    SELECT n.id, c.org, n.job, n.former, {_AFTER}, {_MARK} FROM sc_new n JOIN sc_code c ON c.code = n.code
    """),
    ("", f"""
    INSERT INTO registry_postmanager (post_id, manager_id, valid, source_id, decision_id, entry_id)
    SELECT n.id, g.manager, {_AFTER}, {_MARK} FROM sc_new n JOIN sc_code c ON c.code = n.code CROSS JOIN LATERAL (
        SELECT m.manager_id AS manager FROM registry_post p JOIN registry_postmanager m ON m.post_id = p.id
        JOIN registry_organization o ON o.id = m.manager_id
        WHERE (p.id = n.former OR (n.former IS NULL AND p.organization_id = c.org AND p.job_id = n.job))
          AND upper_inf(o.life) AND NOT o.id IN (SELECT org FROM sc_ending) ORDER BY p.id DESC, m.valid DESC LIMIT 1) AS g
    """),
    ("", f"""
    INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id, entry_id)
    SELECT n.id, number, {_AFTER}, {_MARK} FROM sc_new n CROSS JOIN LATERAL generate_series(1, n.seats) AS number
    """),
)  # fmt: skip

# The people who go to a body as a job take its free seats in the order of the lines; the others wait, as stated.
_PLACE = (
    ("people_placed", f"""
    INSERT INTO registry_membership (person_id, post_id, seat, organization_id, valid, category, kind, source_id, decision_id, entry_id)
    SELECT a.person, f.post, f.number, p.organization_id, {_AFTER}, a.category, a.kind, {_MARK}
    FROM (SELECT w.person, w.to_code, w.to_job, coalesce(l.category, w.category) AS category, coalesce(l.kind, w.kind) AS kind, row_number() OVER (PARTITION BY w.to_code, w.to_job ORDER BY w.place, w.person) AS nth
          FROM (SELECT person, to_code, to_job, member, place, NULL::int AS category, NULL::int AS kind FROM sc_person
                WHERE place IS NOT NULL AND state IS NULL
                UNION ALL SELECT person, to_code, job, NULL, 0, category, kind FROM sc_returning) AS w LEFT JOIN sc_left l ON l.member = w.member) AS a
    JOIN (SELECT s.code, s.job, s.number, coalesce(n.id, m.id, s.post) AS post,
                 row_number() OVER (PARTITION BY s.code, s.job ORDER BY s.post NULLS LAST, s.place, s.number) AS nth
          FROM sc_free s LEFT JOIN sc_new n ON n.place = s.place
          LEFT JOIN registry_post m ON m.successor_of_id = s.post AND m.entry_id = %(entry_id)s WHERE s.until IS NULL) AS f
      ON f.code = a.to_code AND f.job = a.to_job AND f.nth = a.nth
    JOIN registry_post p ON p.id = f.post
    """),
    ("people_waiting", f"""
    INSERT INTO procedures_waiting (scenario_id, person_id, state, post_id, code, job_id, valid, source_id, decision_id, entry_id)
    SELECT %(scenario)s, w.person, w.state, w.post, coalesce(w.to_code, ''), w.to_job, {_AFTER}, {_MARK}
    FROM sc_person w JOIN sc_left l ON l.member = w.member WHERE w.place IS NOT NULL AND w.state IS NOT NULL
    """),
)  # fmt: skip

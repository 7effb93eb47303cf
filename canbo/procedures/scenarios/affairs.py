"""What is under way when units change: open cases and their votes, lent power, plans of succession.

`problems` says what stands in the way; `rehome` takes the rest along, after the units were changed.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from canbo.procedures.scenarios.problems import Problem
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import inheritance, queries
from canbo.registry.asking import rows
from canbo.registry.saying import sentence as _

# Open cases that are about a post that goes on elsewhere or ends, or about a body that ends, or decided by one.
_CASES = """
SELECT c.id AS number, c.procedure, c.state, c.post_id, s.fate, oe.org IS NOT NULL AS about_ending, me.org IS NOT NULL AS manager_ends,
       c.manager_id IS NULL AS nobody, r.id IS NOT NULL AS ruled, v.id IS NOT NULL AS voting
FROM procedures_case c
LEFT JOIN (SELECT DISTINCT ON (post) post, fate FROM sc_post ORDER BY post, place) AS s ON s.post = c.post_id
LEFT JOIN sc_ending oe ON oe.org = c.organization_id LEFT JOIN sc_ending me ON me.org = c.manager_id
LEFT JOIN procedures_ruling r ON r.case_id = c.id AND r.state IN ('drawn', 'signed', 'published')
LEFT JOIN procedures_step v ON v.case_id = c.id AND v.state IN ('convened', 'tied')
WHERE c.state IN ('open', 'incomplete', 'decided') AND (s.fate IN ('move', 'end') OR oe.org IS NOT NULL OR me.org IS NOT NULL) ORDER BY c.id
"""


def problems(sketch: Sketch) -> tuple[list[Problem], list[Problem]]:
    """What blocks, and what is only to be known."""
    blocking: list[Problem] = []
    for row in rows(_CASES):
        told, whom = {"number": row["number"]}, [f"case {row['number']}"]
        if row["voting"]:
            blocking.append(Problem(
                "vote_open", _("In case %(number)s a vote is being held on the roll of a body that changes.") % told,
                _("Let it be counted first, or choose a later day."), whom,
            ))  # fmt: skip
        elif row["ruled"] or row["state"] == "decided":
            blocking.append(Problem(
                "decision_under_way", _("In case %(number)s a decision is drawn or signed that is not yet in effect.") % told,
                _("Let it take effect first, or choose a later day."), whom,
            ))  # fmt: skip
        elif row["fate"] == "end":
            blocking.append(Problem(
                "case_about_nothing", _("Case %(number)s is about a post that would end.") % told,
                _("End the case first, or let the post go on."), whom,
            ))  # fmt: skip
        elif row["nobody"]:
            blocking.append(Problem(
                "case_without_body", _("Case %(number)s has no body that decides it.") % told,
                _("End the case, and open it again for the body that is competent."), whom,
            ))  # fmt: skip
    return blocking, [*_lent(), *_planned(sketch)]


def _lent() -> list[Problem]:
    found = rows(
        "SELECT d.id, g.label AS giver, r.label AS receiver, c.code FROM {delegation} d JOIN sc_ending e ON e.org = d.organization_id"
        " JOIN registry_account g ON g.id = d.giver_id JOIN registry_account r ON r.id = d.receiver_id"
        " JOIN {organizationcode} c ON c.organization_id = e.org AND upper_inf(c.valid) WHERE d.revoked_at IS NULL ORDER BY d.id"
    )
    return [
        Problem(
            "lent_power_goes_over", _("What %(giver)s lent to %(receiver)s over %(code)s goes over to its heir, as far as the giver reaches there.")
            % {"giver": row["giver"], "receiver": row["receiver"], "code": row["code"]},
            _("Take it back, if it is not to reach so far."), [row["receiver"], row["code"]],
        )
        for row in found
    ]  # fmt: skip


def _planned(sketch: Sketch) -> list[Problem]:
    found = rows(
        "SELECT count(*) AS count FROM registry_succession s JOIN sc_post p ON p.post = s.post_id AND p.fate = 'end'"
        " WHERE s.valid @> %(on)s::date",
        {"on": sketch.on},
    )
    if not found[0]["count"]:
        return []
    return [Problem(
        "plans_end", _("%(count)s places in plans of succession are for posts that end, and end with them.") % {"count": found[0]["count"]},
        _("Plan anew for the posts that take their place."),
    )]  # fmt: skip


# ---- taking along


def rehome(heirs: dict[int, int], mark: dict[str, Any], sketch: Sketch) -> dict[str, int]:
    """Let cases, lent power and plans follow the posts and bodies that went on elsewhere; how many of each.

    `heirs`: who takes over first from each body that ended. `mark`: source_id, decision_id, entry_id of the rows written.
    """
    given = {"old": list(heirs), "heir": list(heirs.values()), "on": sketch.on, **mark}
    counts = {}
    with connection.cursor() as cursor:
        for what, statements in _FOLLOW.items():
            for statement in statements:
                cursor.execute(statement, given)
            counts[what] = cursor.rowcount
    return counts


_FOLLOW = {
    "cases": [
        """
        UPDATE procedures_case c SET post_id = n.id, organization_id = n.organization_id,
               manager_id = coalesce((SELECT heir FROM unnest(%(old)s::bigint[], %(heir)s::bigint[]) AS h (old, heir) WHERE h.old = c.manager_id), c.manager_id)
        FROM registry_post n WHERE n.successor_of_id = c.post_id AND lower(n.valid) = %(on)s AND c.state IN ('open', 'incomplete')
          AND NOT EXISTS (SELECT FROM registry_post p WHERE p.id = c.post_id AND p.valid @> %(on)s::date)
        """,
        """
        UPDATE procedures_case c SET organization_id = CASE WHEN c.post_id IS NULL AND o.heir IS NOT NULL THEN o.heir ELSE c.organization_id END,
               manager_id = coalesce(m.heir, c.manager_id)
        FROM procedures_case self
        LEFT JOIN unnest(%(old)s::bigint[], %(heir)s::bigint[]) AS o (old, heir) ON o.old = self.organization_id
        LEFT JOIN unnest(%(old)s::bigint[], %(heir)s::bigint[]) AS m (old, heir) ON m.old = self.manager_id
        WHERE self.id = c.id AND c.state IN ('open', 'incomplete') AND (o.heir IS NOT NULL OR m.heir IS NOT NULL)
        """,
    ],
    # What was given stays as it was given: it is withdrawn, and stands again over the heir for the days that are left.
    "delegations": [
        """
        WITH over_it AS (
            UPDATE registry_delegation d SET revoked_at = now(), entry_id = %(entry_id)s
            FROM unnest(%(old)s::bigint[], %(heir)s::bigint[]) AS h (old, heir)
            WHERE d.organization_id = h.old AND d.revoked_at IS NULL AND upper(d.valid) > %(on)s RETURNING d.*, h.heir
        )
        INSERT INTO registry_delegation (giver_id, receiver_id, acts, organization_id, basis, accepted_at, valid, source_id, decision_id, entry_id)
        SELECT DISTINCT ON (giver_id, receiver_id, heir) giver_id, receiver_id, acts, heir, basis, accepted_at,
               valid * daterange(%(on)s, NULL), %(source_id)s, %(decision_id)s, %(entry_id)s
        FROM over_it o WHERE NOT EXISTS (SELECT FROM registry_delegation d WHERE d.giver_id = o.giver_id AND d.receiver_id = o.receiver_id
            AND d.organization_id = o.heir AND d.revoked_at IS NULL AND d.valid && o.valid)
        """,
    ],
    "plans": [
        """
        INSERT INTO registry_succession (person_id, post_id, valid, source_id, decision_id, entry_id)
        SELECT s.person_id, n.id, s.valid * daterange(%(on)s, NULL), s.source_id, s.decision_id, %(entry_id)s
        FROM registry_succession s JOIN registry_post n ON n.successor_of_id = s.post_id AND lower(n.valid) = %(on)s
        WHERE s.valid && daterange(%(on)s, NULL)
          AND NOT EXISTS (SELECT FROM registry_post p WHERE p.id = s.post_id AND p.valid @> %(on)s::date)
        """,
        """
        DELETE FROM registry_succession s USING registry_post p WHERE p.id = s.post_id AND upper(p.valid) = %(on)s AND lower(s.valid) >= %(on)s
        """,
        """
        UPDATE registry_succession s SET valid = daterange(lower(s.valid), %(on)s) FROM registry_post p
        WHERE p.id = s.post_id AND upper(p.valid) = %(on)s AND s.valid && daterange(%(on)s, NULL)
        """,
    ],
}  # fmt: skip


_CASES_FOLLOW = """
UPDATE procedures_case SET manager_id = %(new)s
WHERE organization_id = ANY (%(beneath)s) AND manager_id = %(old)s AND state IN ('open', 'incomplete')
"""


def follow(sketch: Sketch, codes: dict[str, int], mark: dict[str, Any]) -> None:
    """What the body above decided on, in a body that moves whole, the body above it decides on from then on.

    `codes`: ids of the bodies that the sketch names, by their codes after. `mark`: see `rehome`.
    """
    was = {row["code"]: row["id"] for row in rows(_BEFORE, {"on": sketch.eve})} if sketch.changes else {}
    before, ending = {body.id: body.parent for body in sketch.bodies.values()}, sketch.ending()
    for code, outcome in sketch.outcomes.items():
        old, new = (
            was.get(before.get(outcome.continues or 0) or ""),
            codes.get(outcome.parent or "") or was.get(outcome.parent or ""),
        )
        if outcome.continues is None or old is None or new is None or old == new or old in ending:
            continue  # whoever takes over from a body that ends is its heir, see above
        beneath = sorted(queries.subtree(codes[code], on=sketch.on))
        inheritance.hand_on_deciding({old: new}, of=beneath, on=sketch.on, mark=mark)
        with connection.cursor() as cursor:
            cursor.execute(_CASES_FOLLOW, {"old": old, "new": new, "beneath": beneath})


# The post itself, or the one that followed it and is there on the day.
_DECIDING_BACK = (
    """
    CREATE TEMPORARY TABLE deciding_back ON COMMIT DROP AS
    WITH RECURSIVE line (id, manager) AS (
        SELECT post, manager FROM unnest(%(posts)s::bigint[], %(managers)s::bigint[]) AS given (post, manager)
        UNION ALL SELECT p.id, l.manager FROM line l JOIN registry_post p ON p.successor_of_id = l.id
    ) SELECT DISTINCT ON (l.id) l.id AS post, l.manager FROM line l JOIN registry_post p ON p.id = l.id AND p.valid @> %(on)s::date
    """,
    """
    UPDATE registry_postmanager m SET manager_id = b.manager, source_id = %(source_id)s, decision_id = %(decision_id)s, entry_id = %(entry_id)s
    FROM deciding_back b WHERE b.post = m.post_id AND lower(m.valid) = %(on)s AND m.manager_id <> b.manager
    """,
    """
    WITH closed AS (
        UPDATE registry_postmanager m SET valid = daterange(lower(m.valid), %(on)s) FROM deciding_back b
        WHERE b.post = m.post_id AND m.valid @> %(on)s::date AND coalesce(lower(m.valid) < %(on)s, true) AND m.manager_id <> b.manager
        RETURNING m.post_id, b.manager, old.valid * daterange(%(on)s, NULL) AS valid
    )
    INSERT INTO registry_postmanager (post_id, manager_id, valid, source_id, decision_id, entry_id)
    SELECT post_id, manager, valid, %(source_id)s, %(decision_id)s, %(entry_id)s FROM closed
    """,
    """
    INSERT INTO registry_postmanager (post_id, manager_id, valid, source_id, decision_id, entry_id)
    SELECT b.post, b.manager, p.valid * daterange(%(on)s, NULL), %(source_id)s, %(decision_id)s, %(entry_id)s
    FROM deciding_back b JOIN registry_post p ON p.id = b.post
    WHERE NOT EXISTS (SELECT FROM registry_postmanager m WHERE m.post_id = b.post AND m.valid && daterange(%(on)s, NULL))
    """,
    "DROP TABLE deciding_back",
)


def deciding_back(sketch: Sketch, codes: dict[str, int], mark: dict[str, Any]) -> None:
    """Of an undoing: the posts on which others decided since are decided upon by whoever did before, or stands again for it."""
    found = [(post, codes[code]) for post, code in sketch.deciding if code in codes]
    given = {"posts": [post for post, _body in found], "managers": [body for _post, body in found], "on": sketch.on, **mark}
    with connection.cursor() as cursor:
        for statement in _DECIDING_BACK if found else ():
            cursor.execute(statement, given)


_BEFORE = "SELECT organization_id AS id, code FROM {organizationcode} WHERE valid @> %(on)s::date"

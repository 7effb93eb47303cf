"""Whose each task is in each administrative unit, before and after: exactly one body, at every moment from the day on.

sc_scope(org, unit)             the administrative unit in which a body lies on the day before
sc_unit(unit, code, nth)        what each of these units is on the day: its own code, or its heirs
sc_target(to_code, unit)        the unit in which each heir lies on the day
sc_owner(task, unit, owner, valid, said)   owners on the day; `said`: by a line
sc_above(unit, org)             what stands above each unit on the day before
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from canbo.procedures.scenarios.ground import made
from canbo.procedures.scenarios.problems import Problem
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry.asking import Row, rows
from canbo.registry.saying import sentence as _

MOST = 200


def lay(sketch: Sketch) -> None:
    """Make the tables for the sketch whose `ground.lay` was just done."""
    made(("sc_scope", "sc_unit", "sc_target", "sc_owner"), [], [_SCOPE], {"eve": sketch.eve})
    codes = _codes_of(sketch)
    targets = {row["to_code"]: row["unit"] for row in rows(_LIVING)}
    places = _Places(sketch, codes, targets)
    units = ("sc_unit", "unit bigint, code text, nth int", [row for unit, found in codes.items() for row in _told(unit, found)])
    heirs = ("sc_target", "to_code text, unit text", [(code, places.unit_of(code)) for code in targets])
    made(("sc_unit", "sc_target", "sc_owner"), [units, heirs], [_OWNER], {"on": sketch.on, "eve": sketch.eve})


def _told(unit: int, codes: list[str]) -> list[tuple[int, str, int]]:
    return [(unit, code, nth) for nth, code in enumerate(codes)]


def _codes_of(sketch: Sketch) -> dict[int, list[str]]:
    """The codes that the units in scope bear on the day, or those of their heirs."""
    found = rows(
        "SELECT organization_id AS id, code FROM {organizationcode} WHERE valid @> %(eve)s::date"
        " AND organization_id IN (SELECT unit FROM sc_scope)",
        {"eve": sketch.eve},
    )
    again = {outcome.continues: code for code, outcome in sketch.outcomes.items() if outcome.continues is not None}
    return {row["id"]: sketch.heirs.get(row["id"]) or [str(again.get(row["id"], row["code"]))] for row in found}


class _Places:
    """In which unit the body with a code lies on the day.

    codes   the codes that the units in scope bear then
    living  code of a body that receives something -> the unit in which it lies on the day before
    """

    def __init__(self, sketch: Sketch, codes: dict[int, list[str]], living: dict[str, int | None]) -> None:
        self.sketch, self.codes, self.living = sketch, codes, living
        self.kinds = {row["code"] for row in rows("SELECT code FROM {kind} WHERE structure = 'unit'")}

    @cached_property
    def scopes(self) -> dict[int, int]:
        """The unit in which each body that the sketch knows lies on the day before."""
        known = [body.id for body in self.sketch.bodies.values()]
        found = rows("SELECT org, unit FROM sc_scope WHERE org = ANY (%(known)s::bigint[])", {"known": known})
        return {row["org"]: row["unit"] for row in found}

    def unit_of(self, code: str) -> str:
        """The code of the unit in which the body with this code lies on the day."""
        seen: set[str] = set()
        outcomes, bodies = self.sketch.outcomes, self.sketch.bodies
        while code in outcomes and code not in seen:
            seen.add(code)
            outcome = outcomes[code]
            if outcome.kind in self.kinds or outcome.parent is None:
                return code
            code = outcome.parent
        if code in bodies and bodies[code].structure == "unit":
            return code
        unit = self.living.get(code)
        if unit is None and code in bodies:
            unit = self.scopes.get(bodies[code].id)
        return self.codes[unit][0] if unit in self.codes else code


_SCOPE = """
CREATE TEMPORARY TABLE sc_scope ON COMMIT DROP AS
WITH RECURSIVE asked AS (
    SELECT DISTINCT org FROM sc_remit WHERE org IS NOT NULL UNION SELECT c.org FROM sc_code c
), up AS (
    SELECT org, org AS at, 0 AS depth FROM asked
    UNION ALL
    SELECT u.org, p.parent_id, u.depth + 1 FROM up u JOIN registry_organizationparent p ON p.organization_id = u.at AND p.valid @> %(eve)s::date
    WHERE u.depth < 32 AND NOT EXISTS (SELECT FROM registry_organizationstatus s JOIN registry_kind k ON k.code = s.kind_id
        AND k.structure = 'unit' WHERE s.organization_id = u.at AND s.valid @> %(eve)s::date)
)
SELECT DISTINCT ON (u.org) u.org, u.at AS unit FROM up u JOIN registry_organizationstatus s ON s.organization_id = u.at AND s.valid @> %(eve)s::date
JOIN registry_kind k ON k.code = s.kind_id AND k.structure = 'unit' ORDER BY u.org, u.depth
"""

_LIVING = """
SELECT DISTINCT r.to_code, s.unit FROM sc_remit r LEFT JOIN sc_code c ON c.code = r.to_code LEFT JOIN sc_scope s ON s.org = c.org
WHERE r.to_code <> '-'
"""

# Owners by lines, and owners of the same tasks in the same units of whom no line speaks.
_OWNER = """
CREATE TEMPORARY TABLE sc_owner ON COMMIT DROP AS
WITH RECURSIVE said AS (SELECT DISTINCT r.task, t.unit, r.to_code AS owner, r.valid FROM sc_remit r JOIN sc_target t ON t.to_code = r.to_code),
beneath AS (
    SELECT u.unit AS org, u.code FROM sc_unit u WHERE u.nth = 0 AND u.code IN (SELECT unit FROM said)
    UNION
    SELECT p.organization_id, b.code FROM beneath b JOIN registry_organizationparent p ON p.parent_id = b.org AND p.valid @> %(eve)s::date
    WHERE NOT EXISTS (SELECT FROM registry_organizationstatus s JOIN registry_kind k ON k.code = s.kind_id AND k.structure = 'unit'
        WHERE s.organization_id = p.organization_id AND s.valid @> %(eve)s::date)
)
SELECT task, unit, owner, valid, true AS said FROM said
UNION ALL
SELECT r.task_id, b.code, coalesce(c.code, r.organization_id::text), r.valid * daterange(%(on)s, NULL), false
FROM beneath b JOIN registry_remit r ON r.organization_id = b.org AND r.valid && daterange(%(on)s, NULL)
LEFT JOIN registry_organizationcode c ON c.organization_id = b.org AND c.valid @> %(eve)s::date
WHERE r.task_id IN (SELECT task FROM said) AND r.id NOT IN (SELECT remit FROM sc_remit WHERE remit IS NOT NULL);
CREATE INDEX ON sc_owner (unit, task); ANALYZE sc_owner
"""


def problems(sketch: Sketch) -> Iterator[Problem]:
    """Tasks with two owners in one unit."""
    found = rows(
        """
        SELECT o.unit, t.code AS task, t.names, string_agg(DISTINCT o.owner, ', ' ORDER BY o.owner) AS owners
        FROM sc_owner o JOIN sc_owner p ON p.unit = o.unit AND p.task = o.task AND p.owner <> o.owner AND p.valid && o.valid
        JOIN {task} t ON t.id = o.task WHERE o.said OR p.said GROUP BY o.unit, t.code, t.names ORDER BY 1, 2 LIMIT %(most)s
        """,
        {"most": MOST},
    )
    for row in found:
        yield Problem(
            "task_with_two_owners", _("The task “%(task)s” would have several owners in %(unit)s: %(owners)s.")
            % {"task": row["names"], "unit": row["unit"], "owners": row["owners"]},
            _("Give it to one of them."), [row["unit"], row["task"], *row["owners"].split(", ")],
        )  # fmt: skip


def missing(sketch: Sketch) -> list[Row]:
    """Tasks that a divided unit had and that a part of it would not have."""
    parts = [(unit, code) for unit, codes in sketch.divided.items() for code in codes]
    if not parts:
        return []
    found = rows(
        """
        SELECT DISTINCT t.code AS task, t.names, n.code AS unit FROM unnest(%(units)s::bigint[], %(codes)s::text[]) AS n (unit, code)
        JOIN sc_scope s ON s.unit = n.unit JOIN sc_remit r ON r.org = s.org JOIN {task} t ON t.id = r.task
        WHERE r.to_code IS NOT NULL AND NOT EXISTS (SELECT FROM sc_owner o WHERE o.task = r.task AND o.unit = n.code) ORDER BY 3, 1
        """,
        {"units": [unit for unit, _code in parts], "codes": [code for _unit, code in parts]},
    )
    return [{**row, "from": sketch.on.isoformat()} for row in found]


def warnings(sketch: Sketch) -> Iterator[Problem]:
    """Tasks whose owner has them only until a day, with nobody after."""
    found = rows(
        """
        SELECT t.names, t.code AS task, o.owner, o.unit, upper(o.valid) AS until FROM sc_owner o JOIN {task} t ON t.id = o.task
        WHERE o.said AND NOT upper_inf(o.valid) AND NOT EXISTS (
            SELECT FROM sc_owner n WHERE n.unit = o.unit AND n.task = o.task AND n.valid @> upper(o.valid)) ORDER BY 5, 2 LIMIT %(most)s
        """,
        {"most": MOST},
    )
    for row in found:
        yield Problem(
            "task_lapses", _("%(owner)s has the task “%(task)s” only until %(day)s, and nobody has it after.")
            % {"owner": row["owner"], "task": row["names"], "day": row["until"]},
            _("See to it before that day that it is given again."), [row["owner"], row["task"]],
        )  # fmt: skip
    yield from _two_levels(sketch)


# A table of its own, counted for the planner: it would guess a thousand times as many rows, and pair every owner of a task
# with every remit of it.
_ABOVE = """
CREATE TEMPORARY TABLE sc_above ON COMMIT DROP AS
WITH RECURSIVE up AS (
    SELECT DISTINCT t.unit, p.parent_id AS at, 1 AS depth FROM sc_target t JOIN sc_unit u ON u.code = t.unit
    JOIN registry_organizationparent p ON p.organization_id = u.unit AND p.valid @> %(eve)s::date
    UNION SELECT up.unit, p.parent_id, up.depth + 1 FROM up JOIN registry_organizationparent p ON p.organization_id = up.at AND p.valid @> %(eve)s::date
    WHERE up.depth < 8
), above AS (
    SELECT unit, at AS org FROM up
    UNION SELECT a.unit, p.organization_id FROM above a JOIN registry_organizationparent p ON p.parent_id = a.org AND p.valid @> %(eve)s::date
    WHERE NOT EXISTS (SELECT FROM registry_organizationstatus s JOIN registry_kind k ON k.code = s.kind_id AND k.structure = 'unit'
        WHERE s.organization_id = p.organization_id AND s.valid @> %(eve)s::date)
)
SELECT unit, org FROM above;
ANALYZE sc_above
"""


def _two_levels(sketch: Sketch) -> Iterator[Problem]:
    """Tasks that a unit and one above it would both have: both may be right, if the law divides the task, so it only warns."""
    made(("sc_above",), [], [_ABOVE], {"eve": sketch.eve})
    found = rows(
        """
        SELECT DISTINCT o.unit, o.owner, t.code AS task, t.names, c.code AS also FROM sc_owner o JOIN sc_above a ON a.unit = o.unit
        JOIN {remit} r ON r.organization_id = a.org AND r.task_id = o.task AND r.valid && o.valid JOIN {task} t ON t.id = o.task
        JOIN {organizationcode} c ON c.organization_id = r.organization_id AND c.valid @> %(eve)s::date
        WHERE o.said AND c.code <> o.owner AND r.id NOT IN (SELECT remit FROM sc_remit WHERE remit IS NOT NULL) ORDER BY 1, 3 LIMIT %(most)s
        """,
        {"eve": sketch.eve, "most": MOST},
    )
    for row in found:
        yield Problem(
            "task_at_two_levels", _("%(owner)s would have the task “%(task)s”, which %(also)s has at a higher level.")
            % {"owner": row["owner"], "task": row["names"], "also": row["also"]},
            _("See whether the law divides it between the two; else give it to one of them."), [row["owner"], row["also"], row["task"]],
        )  # fmt: skip

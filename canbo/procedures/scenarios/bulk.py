"""Lines in bulk: `every: {kind, beneath}` in place of one body, made into plain lines when they are loaded.

They are plain lines from then on: what a second person approves names each body, and a body that comes to be later is not
drawn in unseen. A star in a target stands for the administrative unit in which the body lies: `*.executive.office`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from canbo.procedures.scenarios.lines import FILLS, Line, ScenarioRefused, filled
from canbo.registry import queries
from canbo.registry.asking import Row, rows
from canbo.registry.days import day_before
from canbo.registry.saying import sentence as _

_BENEATH = """
WITH RECURSIVE beneath (id, unit, depth) AS (
    SELECT %(top)s::bigint, %(top)s::bigint, 0
    UNION ALL
    SELECT p.organization_id, CASE WHEN k.structure = 'unit' THEN p.organization_id ELSE b.unit END, b.depth + 1
    FROM beneath b JOIN {organizationparent} p ON p.parent_id = b.id AND p.valid @> %(on)s::date
    JOIN {organizationstatus} s ON s.organization_id = p.organization_id AND s.valid @> %(on)s::date JOIN {kind} k ON k.code = s.kind_id
    WHERE b.depth < 32
)
"""
_OF_KIND = (
    _BENEATH
    + """
SELECT c.code, u.code AS unit FROM beneath b
JOIN {organizationstatus} s ON s.organization_id = b.id AND s.valid @> %(on)s::date AND s.kind_id = %(kind)s
JOIN {organizationcode} c ON c.organization_id = b.id AND c.valid @> %(on)s::date
JOIN {organizationcode} u ON u.organization_id = b.unit AND u.valid @> %(on)s::date WHERE b.depth > 0 ORDER BY c.code
"""
)
_KINDS = (
    _BENEATH
    + """
SELECT s.kind_id AS kind, k.names, count(*) AS bodies FROM beneath b
JOIN {organizationstatus} s ON s.organization_id = b.id AND s.valid @> %(on)s::date JOIN {kind} k ON k.code = s.kind_id
WHERE b.depth > 0 GROUP BY 1, 2 ORDER BY 3 DESC, 1
"""
)


def kinds(body: int, *, on: date) -> list[Row]:
    """The kinds of body that stand beneath one on the day before `on`: kind, names, bodies (how many)."""
    return rows(_KINDS, {"top": body, "on": day_before(on)})


def expanded(said: Sequence[Line], *, body: int, on: date) -> list[Line]:
    """The lines with those in bulk made into one for each body, as they stand on the day before `on` beneath the managing body.

    Raises ScenarioRefused where a line in bulk finds nothing.
    """
    return [each for line in said for each in (_each(line, body, on) if line.says.get("every") else (line,))]


def _each(line: Line, body: int, on: date) -> Iterator[Line]:
    every, eve = line.says["every"], day_before(on)
    top, kind = str(every.get("beneath") or ""), str(every["kind"])
    try:
        root = queries.unit(top, on=eve).id if top else body
    except queries.NotInRegister as problem:
        raise ScenarioRefused(str(problem)) from problem
    into = line.says.get("into")
    found = [row for row in rows(_OF_KIND, {"top": root, "kind": kind, "on": eve}) if row["code"] != into]
    if not found:
        raise ScenarioRefused(
            _("There is no body of the kind “%(kind)s” beneath %(code)s on %(day)s.")
            % {"kind": kind, "code": top or queries.unit_by_id(body, on=eve).code, "day": eve}
        )
    if FILLS[line.kind] == "units":
        yield Line(line.kind, filled(line.kind, line.says, [row["code"] for row in found]))
        return
    for row in found:
        yield Line(line.kind, _starred(filled(line.kind, line.says, [row["code"]]), row["unit"]))


def _starred(says: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """With the code of the unit in place of a star at the beginning of a code."""

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(each) for each in value]
        return unit + value[1:] if isinstance(value, str) and (value == "*" or value.startswith("*.")) else value

    return {word: put(value) for word, value in says.items()}

"""A body's evaluations at a glance: the own people reckoned, and of each body beneath only counts of what was decided.

Who asks after a province gets its own office in full and one line for each body beneath, to be opened one by one: nothing
that is not decided is reckoned for thousands at once. `board.of_body` does that where everybody is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from canbo.evaluation import board, inputs
from canbo.evaluation.inputs import CATEGORIES, CLOSED
from canbo.registry import authority
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.models import Account
from canbo.rules.evaluation.periods import Period


@dataclass(frozen=True)
class Line:
    """One body with all beneath it in a period: how many people are evaluated there, and how many have which grade."""

    body: Row
    people: int
    grades: dict[str, int] = field(default_factory=dict)
    published: int = 0

    @property
    def decided(self) -> int:
        """How many were decided."""
        return sum(self.grades.values())

    @property
    def open(self) -> int:
        """How many wait to be decided."""
        return max(0, self.people - self.decided)


def own_people(*, by: Account, root: int, period: Period, on: date) -> list[board.Row]:
    """Everybody evaluated in one body itself, without what stands beneath it. Raises NotAllowed."""
    authority.require(by, board.ACT, over=root)
    return board.reckoned(inputs.members([root], period), period, on=on)


def beneath(*, by: Account, root: int, period: Period, on: date) -> list[Line]:
    """A line for each body directly beneath in which somebody is evaluated, as far as the reader sees. Raises NotAllowed."""
    authority.require(by, board.ACT, over=root)
    reach = authority.reach_of(by, act=board.ACT)
    told = {
        "root": root, "day": min(on, period.last), "period": str(period), "first": period.first, "last": period.last,
        "categories": list(CATEGORIES), "closed": list(CLOSED), "within": None if reach.sees_everything else numbers(reach.sees),
    }  # fmt: skip
    found: dict[int, Line] = {}
    with authority.everything_in_sight():  # only counts come out, and only of what the reader reaches
        for row in rows(_COUNTED, told, planned=True):
            line = found.get(row["id"]) or Line({"id": row["id"], "code": row["code"], "name": row["name"]}, 0)
            grades = {**line.grades, row["grade"]: row["number"]} if row["grade"] else line.grades
            found[row["id"]] = Line(line.body, line.people + row["people"], grades, line.published + row["published"])
    return list(found.values())


_COUNTED = """
WITH RECURSIVE under (child, id) AS (
    SELECT p.organization_id, p.organization_id FROM {organizationparent} p WHERE p.parent_id = %(root)s AND p.valid @> %(day)s::date
    UNION SELECT u.child, p.organization_id FROM under u JOIN {organizationparent} p ON p.parent_id = u.id AND p.valid @> %(day)s::date
), seen AS MATERIALIZED (
    SELECT child, id FROM under WHERE %(within)s::bigint[] IS NULL OR id = ANY (%(within)s::bigint[])
), counted (child, grade, number, published, people) AS (
    SELECT child, '', 0, 0, count(*) FROM (
        SELECT DISTINCT s.child, m.person_id FROM seen s JOIN {membership} m ON m.organization_id = s.id
        WHERE m.valid && daterange(%(first)s, %(last)s, '[]') AND m.category = ANY (%(categories)s)
    ) served GROUP BY 1
    UNION ALL
    SELECT s.child, e.grade, count(*), count(*) FILTER (WHERE e.state = 'published'), 0
    FROM seen s JOIN evaluation_evaluation e ON e.organization_id = s.id AND e.first = %(first)s AND e.period = %(period)s
    WHERE e.state = ANY (%(closed)s) GROUP BY 1, 2
)
SELECT c.child AS id, o.code, n.name, k.structure, c.grade, c.number, c.published, c.people FROM counted c
JOIN {organizationcode} o ON o.organization_id = c.child AND o.valid @> %(day)s::date
JOIN {organizationname} n ON n.organization_id = c.child AND n.valid @> %(day)s::date
JOIN {organizationstatus} s ON s.organization_id = c.child AND s.valid @> %(day)s::date
JOIN {kind} k ON k.code = s.kind_id ORDER BY k.structure <> 'unit', o.code, c.grade
"""

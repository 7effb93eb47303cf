"""Whom a scenario concerns: the people whose main post does not go on as it is, and what the lines say of each."""

from __future__ import annotations

from django.db import transaction

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, ground, sketch
from canbo.registry import authority
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account

UNPLACED, PLACED = "unplaced", "placed"
_CONCERNED = """
SELECT p.person, CASE WHEN p.place IS NULL THEN 'unplaced' ELSE coalesce(p.state, 'placed') END AS fate, p.org, p.job,
       j.code AS to_job, p.to_code
FROM sc_person p LEFT JOIN sc_ending e ON e.org = p.org LEFT JOIN {job} j ON j.id = p.to_job
WHERE p.place IS NOT NULL OR p.fate = 'end' OR (p.fate IS NULL AND e.org IS NOT NULL) ORDER BY p.person, p.place
"""


@transaction.atomic
def concerned(*, scenario: Scenario, reader: Account) -> list[Row]:
    """A row for each person: person (id), fate, org and job (ids) of the main post, to_job, to_code.

    fate: unplaced where no line says anything, placed, else the state in which the person waits. Of a scenario that was
    carried out: those who were left waiting. Whoever may not see a person is told the number alone. Raises NotAllowed.
    """
    authority.require(reader, "scenario.read", over=scenario.body_id)
    if scenario.state not in acting.OPEN:
        return _waiting(scenario)
    with authority.everything_in_sight():
        drawn = sketch.draw(acting.lines_of(scenario), body=scenario.body_id, on=scenario.on)
        ground.lay(drawn)
        found = rows(_CONCERNED)
    return list({row["person"]: row for row in reversed(found)}.values())[::-1]


def _waiting(scenario: Scenario) -> list[Row]:
    found = scenario.waiting.order_by("person_id").values(
        "person_id", "state", "post__organization_id", "post__job_id", "job__code", "code"
    )
    return [
        {
            "person": row["person_id"], "fate": row["state"], "org": row["post__organization_id"], "job": row["post__job_id"],
            "to_job": row["job__code"], "to_code": row["code"],
        }
        for row in found
    ]  # fmt: skip

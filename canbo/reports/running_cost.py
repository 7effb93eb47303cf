"""What the people beneath a body cost a month: salary and leadership allowance by the articles on pay, with the
public-service allowance of those who draw it. Whose pay cannot be told is counted, never taken as nothing.

Those who wait after a reorganisation are paid too, but by no article that is here: they are counted as unpriced.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from canbo.procedures.models import Waiting
from canbo.registry.asking import Row, rows
from canbo.reports.caps import law
from canbo.reports.entitlements.facts import CATEGORIES, Allowances, rate
from canbo.rules.explain import find_values
from canbo.rules.schema import Fact

# The main post of each person, and how many are paid alike: a few hundred sorts for a province.
_SORTS = """
WITH RECURSIVE beneath (id, depth) AS (
    SELECT %(body)s::bigint, 0
    UNION ALL
    SELECT p.organization_id, b.depth + 1 FROM beneath b JOIN {organizationparent} p ON p.parent_id = b.id AND p.valid @> %(on)s::date
    WHERE b.depth < 32
), main AS (
    SELECT DISTINCT ON (m.person_id) m.person_id, m.category, m.organization_id, j.code AS job, j.standing
    FROM beneath b JOIN {membership} m ON m.organization_id = b.id AND m.valid @> %(on)s::date AND m.kind <> 8
    JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id ORDER BY m.person_id, j.rank NULLS LAST, m.id
), paid AS (
    SELECT DISTINCT ON (s.person_id) s.person_id, s.coefficient FROM main m JOIN {salarystep} s ON s.person_id = m.person_id
    AND s.valid @> %(on)s::date ORDER BY s.person_id, lower(s.valid) DESC, s.id DESC
)
SELECT m.category, m.job, m.standing, k.structure, split_part(split_part(c.code, '.', 1), '/', 1) AS unit, s.coefficient, count(*) AS people
FROM main m LEFT JOIN paid s ON s.person_id = m.person_id
LEFT JOIN {organizationcode} c ON c.organization_id = m.organization_id AND c.valid @> %(on)s::date
LEFT JOIN {organizationstatus} t ON t.organization_id = m.organization_id AND t.valid @> %(on)s::date LEFT JOIN {kind} k ON k.code = t.kind_id
GROUP BY 1, 2, 3, 4, 5, 6
"""


def of(body: int, *, on: date, priced_on: date) -> dict[str, Any]:
    """`{"monthly_pay": đồng, "priced", "unpriced": people}` of all who serve beneath a body on a day.

    `priced_on`: whose figures (base salary, allowances) count, so that before and after differ by the reorganisation alone.
    Everything must be in sight.
    """
    allowances = Allowances(priced_on - timedelta(days=1))
    known: dict[tuple[Any, ...], Decimal | None] = {}
    monthly, priced, unpriced = Decimal(0), 0, 0
    for row in rows(_SORTS, {"body": body, "on": on}):
        allowance = allowances.of(row["job"], row["standing"], row)
        key = (row["coefficient"], allowance.value, row["category"])
        if key not in known:
            known[key] = _pay(row, allowance, priced_on)
        if (pay := known[key]) is None:
            unpriced += row["people"]
        else:
            monthly, priced = monthly + pay * row["people"], priced + row["people"]
    return {"monthly_pay": int(monthly) if priced else None, "priced": priced, "unpriced": unpriced + _waiting(body, on)}


def _pay(row: Row, allowance: Fact, on: date) -> Decimal | None:
    """The pay of one month, or None where a fact or an article is missing."""
    category = CATEGORIES.get(row["category"])
    if row["coefficient"] is None or allowance.value is None or category is None:
        return None
    facts = {
        "pay.coefficient": Fact(row["coefficient"]), "pay.position_allowance": allowance,
        "pay.base_salary": Fact(law().parameters.lookup("base_salary", on=on)),
    }  # fmt: skip
    for verdict in find_values(law(), name="monthly_salary", facts=facts, on=on):
        if verdict.outcome == "value":
            return Decimal(str(verdict.value)) * (100 + (rate(category, on) or 0)) / 100
    return None


def _waiting(body: int, on: date) -> int:
    return Waiting.objects.filter(scenario__body_id=body, valid__contains=on).values("person_id").distinct().count()

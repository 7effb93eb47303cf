"""What an evaluation is reckoned from: the rows of people and a period as a file of facts, the same that the law's reader takes.

The file is what a decided evaluation keeps. Read again on any later day, with the law of the day that it keeps, it gives
the same score.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from canbo.evaluation import regulations, schemes
from canbo.evaluation.models import Evaluation, Regulation
from canbo.evaluation.models_regulation import as_kept
from canbo.evaluation.refusals import Refused
from canbo.registry.asking import numbers, rows
from canbo.registry.compiled import Compiled, Numbers
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation import given, person, told
from canbo.rules.evaluation.periods import Period, asked_of
from canbo.rules.evaluation.person import Evaluated
from canbo.rules.evaluation.readings import ways_of

CATEGORIES = {1: "civil_servant", 2: "civil_servant", 3: "public_employee", 4: "civil_servant"}
CLOSED = (Evaluation.State.DECIDED, Evaluation.State.PUBLISHED)


@dataclass(frozen=True)
class Member:
    """Somebody who served in a body in a period: in which body last, in what standing, for how many months of the year."""

    person: int
    organization: int
    standing: str
    category: int
    months: int
    job: str = ""

    @property
    def leads(self) -> bool:
        """Whether d, đ and e are asked of this person."""
        return self.standing in ("head", "deputy")


@dataclass
class Held:
    """All that the register holds of several people in a year: products by person and period, evaluations by the same."""

    products: dict[tuple[int, str], list[dict[str, Any]]] = field(default_factory=dict)
    evaluations: dict[tuple[int, str], Evaluation] = field(default_factory=dict)


def members(organizations: Iterable[int], period: Period, *, person: int | None = None) -> list[Member]:
    """Who served in these bodies in a period and is evaluated: cadres, civil servants, public employees, contract staff.

    person  only this one
    """
    found = rows(
        _MEMBERS.replace("{one}", "" if person is None else "AND m.person_id = %(person)s"),
        {
            "ids": numbers(organizations), "first": period.first, "last": period.last, "year": date(period.year, 1, 1),
            "categories": list(CATEGORIES), **({} if person is None else {"person": person}),
        },
        planned=True,
    )  # fmt: skip
    return [
        Member(row["person"], row["organization"], row["standing"], row["category"], row["months"], row["job"]) for row in found
    ]


_MEMBERS = """
SELECT DISTINCT ON (m.person_id) m.person_id AS person, m.organization_id AS organization, j.standing, j.code AS job, m.category,
       (SELECT count(*) FROM generate_series(%(year)s::date, %(year)s::date + interval '11 months', interval '1 month') AS month
        WHERE EXISTS (SELECT FROM {membership} w WHERE w.person_id = m.person_id
                      AND w.valid && daterange(month::date, (month + interval '1 month')::date))) AS months
FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
WHERE m.organization_id = ANY (%(ids)s::bigint[]) AND m.valid && daterange(%(first)s, %(last)s, '[]')
  AND m.category = ANY (%(categories)s) {one}
ORDER BY m.person_id, upper(m.valid) DESC NULLS FIRST, j.rank NULLS LAST, m.id
"""


def held(people: Iterable[int], period: Period) -> Held:
    """Products with their latest acceptance, and evaluations that stand, of people in the period and in what it is made of."""
    told = Held()
    for row in rows(
        """
        SELECT a.id, a.person_id, a.period, a.coefficient, a.number, a.extra, a.task, p.name, p.code, a.due_on,
               x.done, x.quality_failures, x.delays, x.days_late, x.cause_state
        FROM evaluation_assignment a JOIN evaluation_product p ON p.id = a.product_id
        LEFT JOIN LATERAL (SELECT * FROM evaluation_acceptance c WHERE c.assignment_id = a.id ORDER BY c.id DESC LIMIT 1) x ON true
        WHERE a.person_id = ANY (%(people)s::bigint[]) AND a.first >= %(first)s AND a.last <= %(last)s ORDER BY a.person_id, a.id
        """,
        {"people": numbers(people), "first": period.first, "last": period.last},
        planned=True,
    ):
        told.products.setdefault((row["person_id"], row["period"]), []).append(row)
    for each in _standing(people=Numbers(people), first=period.first, last=period.last):
        told.evaluations[each.person_id, each.period] = each
    return told


_standing = Compiled(
    lambda people, first, last: Evaluation.objects.filter(person__one_of=people, first__gte=first, last__lte=last).exclude(
        state=Evaluation.State.CANCELLED
    )
)


def product(row: Mapping[str, Any]) -> dict[str, Any]:
    """One assignment with its acceptance as an entry of a file of facts; what nobody accepted is not done."""
    found: dict[str, Any] = {
        "name": row["name"], "coefficient": as_kept(row["coefficient"]), "assigned": as_kept(row["number"]),
        "done": as_kept(row["done"] or Decimal(0)),
    }  # fmt: skip
    found |= {name: row[name] for name in ("quality_failures", "delays", "days_late") if row[name]}
    if row["cause_state"]:
        found |= {"objective_cause": True, "confirmed": row["cause_state"] == "confirmed"}
    if row["extra"]:
        found["extra"] = row["extra"]
    return found


def file_of(
    member: Member, period: Period, told: Held, *, on: date, staff: list[Decimal] | None = None, settled: bool = False
) -> dict[str, Any]:
    """The file of facts of one person and period, as it stands on a day.

    staff    scores of those whom a leader leads, where all are known
    settled  take the score of a decided period as it was decided, instead of its products
    """
    how = schemes.how(member.organization, period)
    rules = regulated([member], [period, *parts(period, how)], on=on)
    found: dict[str, Any] = {
        "id": str(member.person), "category": CATEGORIES[member.category], "leader": member.leads, "period": str(period),
        "readings": dict(how.readings),
    }  # fmt: skip
    facts: dict[str, Any] = {"eval.head": True} if member.standing == "head" else {}
    if period.kind == "year":
        facts["eval.months_worked"] = member.months
    held = rules.get((member.organization, period.law_day(on)))
    if held is not None and not whole(period, how):
        facts["eval.unit_regulation"] = True
    if facts:
        found["facts"] = facts
    if whole(period, how):
        return found | _weighed(held, member) | _work(member, period, told, staff)
    found["period_types"] = [{"from": day, "type": kind} for day, kind in how.types if kind != "year"]
    found["periods"] = [
        {"period": str(part)} | _part(member, part, told, rules.get((member.organization, part.law_day(on))), settled=settled)
        for part in parts(period, how)
        if (member.person, str(part)) in told.products or (member.person, str(part)) in told.evaluations
    ]
    return found


def whole(period: Period, how: schemes.How) -> bool:
    """Whether the body scores by this kind of period, so that its score is no mean of others."""
    return how.types[0][1] == "year" if period.kind == "year" else how.kind == period.kind


def parts(period: Period, how: schemes.How) -> list[Period]:
    """The months and quarters of which a score of a longer period is the mean; none where the body scores by that period."""
    if whole(period, how):
        return []
    known = [(day, kind) for day, kind in how.types if kind != "year"] or [(period.first, "month")]
    asked = [each.period for each in asked_of(period.year, known)]
    return [each for each in asked if period.first <= each.first and each.last <= period.last]


def regulated(people: Iterable[Member], periods: Iterable[Period], *, on: date) -> dict[tuple[int, date], Regulation]:
    """By body and day of the law, the regulation that holds for its public employees; nothing is asked where there is none."""
    bodies = {each.organization for each in people if CATEGORIES[each.category] == "public_employee"}
    days = {each.law_day(on) for each in periods if each.first <= on}
    return regulations.standing(bodies, days) if bodies and days else {}


def _weighed(regulation: Regulation | None, member: Member) -> dict[str, Any]:
    return {} if regulation is None else {"regulation": regulations.entry_of(regulation, leads=member.leads)}


def _part(member: Member, part: Period, told: Held, regulation: Regulation | None, *, settled: bool) -> dict[str, Any]:
    evaluation = told.evaluations.get((member.person, str(part)))
    if settled and evaluation is not None and evaluation.state in CLOSED and evaluation.score is not None:
        return {"score": as_kept(evaluation.score)}
    return _weighed(regulation, member) | _work(member, part, told, None)


def _work(member: Member, period: Period, told: Held, staff: list[Decimal] | None) -> dict[str, Any]:
    """The products of one period, the general points as the head confirmed them, and of a leader the unit."""
    evaluation = told.evaluations.get((member.person, str(period)))
    found: dict[str, Any] = {"products": [product(row) for row in told.products.get((member.person, str(period)), ())]}
    if not found["products"]:
        del found["products"]
    if evaluation is not None and evaluation.general is not None:
        found["general"] = dict(evaluation.general)
    if member.leads:
        unit = dict(evaluation.unit) if evaluation is not None else {}
        if staff:
            unit["staff_scores"] = [as_kept(score) for score in staff]
        if unit:
            found["unit"] = unit
    return found


def written(file: Mapping[str, Any]) -> str:
    """A file of facts as the text that is kept: the same facts give the same text."""
    return str(yaml.safe_dump(file, allow_unicode=True, sort_keys=True, width=1_000))


def passing(file: Mapping[str, Any]) -> str:
    """A file of facts as a text that is read at once and not kept: written ten times as fast, some signs escaped."""
    return str(yaml.dump(file, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True, width=1_000))


def digest(text: str) -> str:
    """SHA-256 of what an evaluation was reckoned from."""
    return hashlib.sha256(text.encode()).hexdigest()


def reckoned(text: str, *, on: date, compared: bool = False) -> Evaluated:
    """What the law says of a kept file on a day; `compared`: by every reading. Raises RuleError where it cannot read the file."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    case = given.read_person(text, law.facts, ways_of(law.path).names(), file=Path("evaluation.yaml"))
    return person.evaluate(law, case, on=on, compared=compared)


def hash_of_law() -> str:
    """The hash of the rulebook that reckons today."""
    return corpus.opened(settings.CANBO_RULEBOOK).hash


def recomputed(evaluation: Evaluation, *, compared: bool = False) -> Evaluated:
    """A decided evaluation reckoned again from what it keeps, by the law of its own day.

    Raises Refused where what it keeps is not what was decided on.
    """
    if not evaluation.inputs or evaluation.law_day is None or digest(evaluation.inputs) != evaluation.digest:
        raise Refused("inputs", _("What this evaluation was reckoned from is not what was decided on. Ask the inspection."))
    return reckoned(evaluation.inputs, on=evaluation.law_day, compared=compared)


def shown(found: Evaluated, language: str) -> dict[str, Any]:
    """An evaluated person as plain values."""
    return told.person(found, language)

"""What a reform of pay would cost: another base salary, other coefficients, allowances, or a table by job, step by step.

The pay of a month is reckoned by the articles, before and after, for each sort of people who are paid alike; who gains and who
loses comes out as numbers of people only. Whose pay an article cannot tell is counted and in no sum. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np

from canbo.modelling.staffing.pay import Sums, named, of_cells
from canbo.registry import authority, queries
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _
from canbo.reports import studies
from canbo.reports.caps import law
from canbo.reports.entitlements.facts import CATEGORIES, Allowances, rate
from canbo.reports.studies import StudyRefused
from canbo.rules.explain import find_values
from canbo.rules.params import OutsideTable
from canbo.rules.schema import Fact

ACT = "entitlements.read"
YEAR = 12
#: What a month's pay is made of, and the figures of the law that say so: scale and step, leadership allowance, public-service
#: allowance, and a table by job in place of all three.
PARTS = {
    "step": ("monthly_salary", "salary_coefficient"), "leadership": ("leadership_allowance",),
    "service": ("public_service_allowance",), "job": (),
}  # fmt: skip
#: The greatest figures that a file may name: đồng a month, hundredths of a coefficient, per cent, years told.
MOST_PAY, MOST_COEFFICIENT, MOST_PERCENT, MOST_YEARS = Decimal(10**9), Decimal(50), Decimal(500), 20


@dataclass(frozen=True)
class Table:
    """Figures of pay; what is None or not named is as the law of the day says.

    coefficients  scale -> the first coefficient and the rise of each step
    leadership    job -> coefficient of the allowance
    jobs          job -> đồng a month in whole, in place of coefficient and allowances
    """

    base_salary: Decimal | None = None
    public_service_percent: Decimal | None = None
    coefficients: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    leadership: Mapping[str, Decimal] = field(default_factory=dict)
    jobs: Mapping[str, Decimal] = field(default_factory=dict)

    def beside(self, other: Table) -> Table:
        """This table with what a later step says in place of it."""
        return Table(
            other.base_salary if other.base_salary is not None else self.base_salary,
            other.public_service_percent if other.public_service_percent is not None else self.public_service_percent,
            {**self.coefficients, **other.coefficients}, {**self.leadership, **other.leadership}, {**self.jobs, **other.jobs},
        )  # fmt: skip


@dataclass(frozen=True)
class Reform:
    """A scenario of pay. `steps`: (first day, table) ascending; `before`: whose law is today's; `keep`: the article by which
    nobody is paid less, and for how many months (None: without end)."""

    unit: str
    on: date
    before: date
    steps: tuple[tuple[date, Table], ...]
    source: str = ""
    keep: str = ""
    keep_months: int | None = None


@dataclass(frozen=True)
class Priced:
    """The pay of a month with its working: coefficient with the allowance, base salary, per cent of public service. `amount` None:
    no article tells it, `lacking` says what is missing. `shares`: đồng of it by each of PARTS."""

    amount: int | None
    parts: tuple[str, ...]
    lacking: str = ""
    shares: tuple[int, ...] = (0, 0, 0, 0)


@dataclass(frozen=True)
class Step:
    """One step: from which day on, what it costs a month in all and by body, and who gains or loses."""

    day: date
    sums: Sums


@dataclass(frozen=True)
class Group:
    """Those who hold one job: people whose pay is told, of how many it is not, and what they cost a month today and from each
    step on, with what is kept beside; `moves`: of each step how many gain and how many lose."""

    job: str
    names: Mapping[str, str]
    people: int
    unpriced: int
    amounts: tuple[int, ...]
    kept: tuple[int, ...]
    moves: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Found:
    """What a reform would cost. `years`: of each year in đồng what today's pay costs, the new one, and what is kept beside.
    `shares`: today and from each step on, đồng a month by each of PARTS; `groups`: by job, the dearest first."""

    reform: Reform
    unit: queries.Unit
    bodies: tuple[Row, ...]
    steps: tuple[Step, ...]
    years: tuple[tuple[int, int, int, int], ...]
    priced: int
    unpriced: int
    lacking: tuple[tuple[str, int], ...]
    shares: tuple[tuple[int, ...], ...] = ()
    groups: tuple[Group, ...] = ()


_MAIN = """
WITH RECURSIVE beneath (id, top, depth) AS (
    SELECT %(body)s::bigint, %(body)s::bigint, 0
    UNION ALL
    SELECT p.organization_id, CASE WHEN b.depth = 0 THEN p.organization_id ELSE b.top END, b.depth + 1
    FROM beneath b JOIN {organizationparent} p ON p.parent_id = b.id AND p.valid @> %(on)s::date WHERE b.depth < 32
), body AS MATERIALIZED (
    SELECT b.id, b.top, c.code, k.structure FROM beneath b
    LEFT JOIN {organizationcode} c ON c.organization_id = b.id AND c.valid @> %(on)s::date
    LEFT JOIN {organizationstatus} t ON t.organization_id = b.id AND t.valid @> %(on)s::date LEFT JOIN {kind} k ON k.code = t.kind_id
), main AS (
    SELECT DISTINCT ON (m.person_id) m.person_id, m.category, b.top, b.code, b.structure, j.code AS job, j.names, j.standing
    FROM body b JOIN {membership} m ON m.organization_id = b.id AND m.valid @> %(on)s::date AND m.kind <> 8
    JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
    WHERE %(person)s::bigint IS NULL OR m.person_id = %(person)s::bigint ORDER BY m.person_id, j.rank NULLS LAST, m.id
), paid AS (
    SELECT DISTINCT ON (s.person_id) s.person_id, s.coefficient, s.scale, s.step FROM main m
    JOIN {salarystep} s ON s.person_id = m.person_id AND s.valid @> %(on)s::date ORDER BY s.person_id, lower(s.valid) DESC, s.id DESC
)
"""
_FROM = "FROM main m LEFT JOIN paid s ON s.person_id = m.person_id"
_SORTS = f"""{_MAIN}
SELECT m.top, m.category, m.job, m.names AS job_names, m.standing, m.structure, split_part(split_part(m.code, '.', 1), '/', 1) AS unit,
       s.scale, s.step, s.coefficient, count(*) AS people
{_FROM}
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
_PERSONS = f"""{_MAIN}
SELECT m.person_id AS id, q.identification_number AS number, n.family, n.given, m.code AS body, m.category, m.job, m.standing, m.structure,
       split_part(split_part(m.code, '.', 1), '/', 1) AS unit, s.scale, s.step, s.coefficient
{_FROM} JOIN {{person}} q ON q.id = m.person_id
LEFT JOIN {{personname}} n ON n.person_id = m.person_id AND n.valid @> %(on)s::date
WHERE m.job = %(job)s ORDER BY m.code, n.given, n.family, m.person_id LIMIT %(most)s
"""


def of(*, reform: Reform, reader: Account) -> Found:
    """What a reform costs the unit that it names and all beneath it. Raises NotInRegister, NotAllowed."""
    unit = queries.unit(reform.unit, on=reform.on)
    authority.require(reader, ACT, over=unit.id)
    with authority.everything_in_sight():  # sums alone come out
        found = rows(_SORTS, {"body": unit.id, "on": reform.on, "person": None})
        tops = queries.units(sorted({row["top"] for row in found}), on=reform.on)
    pay = Pay(reform)
    prices = [[pay.of(row, place) for place in range(-1, len(reform.steps))] for row in found]
    told = [(row, price) for row, price in zip(found, prices, strict=True) if all(each.amount is not None for each in price)]
    places = {unit.id: number for number, unit in enumerate(tops)}
    cells = np.zeros((max(1, len(tops)), max(1, len(told))), dtype=np.int64)
    for number, (row, _price) in enumerate(told):
        cells[places[row["top"]], number] += row["people"]
    columns = [
        np.array([price[place].amount for _row, price in told] or [0], dtype=np.int64) for place in range(len(reform.steps) + 1)
    ]
    steps = [
        Step(day, of_cells(cells, columns[0], columns[place], keep=bool(reform.keep)))
        for place, (day, _table) in enumerate(reform.steps, 1)
    ]
    lacking: dict[str, int] = {}
    shares = tuple(
        tuple(sum(price[place].shares[part] * row["people"] for row, price in told) for part in range(len(PARTS)))
        for place in range(len(columns))
    )
    for row, price in zip(found, prices, strict=True):
        why = next((each.lacking for each in price if each.amount is None), None)
        if why is not None:
            lacking[why] = lacking.get(why, 0) + row["people"]
    everybody = sum(row["people"] for row in found)
    priced = sum(row["people"] for row, _price in told)
    bodies = tuple({"id": each.id, "code": each.code, "name": each.name} for each in tops)
    return Found(reform, unit, bodies, tuple(steps), tuple(_years(reform, steps)), priced, everybody - priced,
                 tuple(sorted(lacking.items())), shares, _groups(found, prices, keep=bool(reform.keep)))  # fmt: skip


def _groups(found: Sequence[Row], prices: Sequence[Sequence[Priced]], *, keep: bool) -> tuple[Group, ...]:
    """What those of each job cost, today and from each step on."""
    by_job: dict[str, list[tuple[Row, Sequence[Priced]]]] = {}
    for row, price in zip(found, prices, strict=True):
        by_job.setdefault(row["job"], []).append((row, price))
    groups = [_group(job, rows_of, keep=keep) for job, rows_of in by_job.items()]
    return tuple(sorted(groups, key=lambda group: (-group.amounts[0], group.job)))


def _group(job: str, sorts: Sequence[tuple[Row, Sequence[Priced]]], *, keep: bool) -> Group:
    told = [
        (row["people"], [each.amount or 0 for each in price])
        for row, price in sorts
        if all(each.amount is not None for each in price)
    ]
    places = range(len(sorts[0][1]))
    kept = [sum(many * max(0, paid[0] - paid[place]) for many, paid in told) if keep else 0 for place in places]
    moves = [
        (sum(many for many, paid in told if paid[place] > paid[0]),
         0 if keep else sum(many for many, paid in told if paid[place] < paid[0]))
        for place in places
    ]  # fmt: skip
    people = sum(many for many, _paid in told)
    return Group(
        job, sorts[0][0]["job_names"], people, sum(row["people"] for row, _price in sorts) - people,
        tuple(sum(many * paid[place] for many, paid in told) for place in places), tuple(kept), tuple(moves),
    )  # fmt: skip


def of_group(*, reform: Reform, job: str, reader: Account, most: int) -> list[tuple[Row, list[Priced]]]:
    """Those who hold a job, whose file the transaction sees, by body and name: each with pay today and from each step on.
    At most `most`. Raises NotInRegister, NotAllowed."""
    unit = queries.unit(reform.unit, on=reform.on)
    authority.require(reader, ACT, over=unit.id)
    pay = Pay(reform)
    found = rows(_PERSONS, {"body": unit.id, "on": reform.on, "person": None, "job": job, "most": most})
    return [(row, [pay.of(row, place) for place in range(-1, len(reform.steps))]) for row in found]


def of_person(*, reform: Reform, person: Person, reader: Account) -> tuple[Row, list[Priced]]:
    """One person's pay today and from each step on, with its parts. Raises NotAllowed, NotInRegister."""
    authority.require(reader, ACT, over=person)
    with authority.everything_in_sight():
        found = rows(_SORTS, {"body": queries.unit(reform.unit, on=reform.on).id, "on": reform.on, "person": person.pk})
    if not found:
        raise queries.NotInRegister(
            _("This person does not serve in %(code)s on %(on)s.") % {"code": reform.unit, "on": reform.on}
        )
    pay = Pay(reform)
    return found[0], [pay.of(found[0], place) for place in range(-1, len(reform.steps))]


class Pay:
    """The pay of a month by the articles, with the figures of a step in place of theirs."""

    def __init__(self, reform: Reform) -> None:
        self.reform = reform
        self.tables = [Table()]
        for _day, table in reform.steps:
            self.tables.append(self.tables[-1].beside(table))
        self._allowances = Allowances(reform.before)
        self._base = _base_salary(reform.before, "before")
        self._known: dict[tuple[Any, ...], Priced] = {}

    def of(self, row: Row, place: int) -> Priced:
        """What a sort of people is paid by step `place`; -1: today."""
        table = self.tables[place + 1]
        key = (
            place,
            row["category"],
            row["job"],
            row["standing"],
            row["structure"],
            row["unit"],
            row["scale"],
            row["step"],
            row["coefficient"],
        )
        if key not in self._known:
            self._known[key] = self._of(row, table)
        return self._known[key]

    def _of(self, row: Row, table: Table) -> Priced:
        category = CATEGORIES.get(row["category"])
        if category is None:
            return Priced(None, (), "category")
        if row["job"] in table.jobs:
            amount = int(table.jobs[row["job"]].to_integral_value(ROUND_HALF_UP))
            return Priced(amount, (f"{row['job']} = {amount}",), shares=(0, 0, 0, amount))
        coefficient = self._coefficient(row, table)
        allowance = (
            Fact(table.leadership[row["job"]])  # type: ignore[arg-type]  # a figure with places
            if row["job"] in table.leadership
            else self._allowances.of(row["job"], row["standing"], row)
        )
        if coefficient is None or allowance.value is None:
            return Priced(None, (), "coefficient" if coefficient is None else "leadership")
        base = self._base if table.base_salary is None else table.base_salary
        percent = table.public_service_percent
        percent = Decimal(rate(category, self.reform.before) or 0) if percent is None or category != "civil_servant" else percent
        salary = self._salary(coefficient, allowance, base)
        if salary is None:
            return Priced(None, (), "article")
        amount = int((salary * (100 + percent) / 100).to_integral_value(ROUND_HALF_UP))
        told = f"({coefficient} + {allowance.value}) x {base}" + (f" x {(100 + percent) / 100:.4g}" if percent else "")
        leading = int((Decimal(str(allowance.value)) * Decimal(base)).to_integral_value(ROUND_HALF_UP))
        whole = int(salary.to_integral_value(ROUND_HALF_UP))
        return Priced(amount, (f"{told} = {amount}",), shares=(whole - leading, leading, amount - whole, 0))

    def _coefficient(self, row: Row, table: Table) -> Decimal | None:
        scale = (row["scale"] or "").lower().replace(".", "_")
        if scale in table.coefficients and row["step"] is not None:
            first, rise = table.coefficients[scale]
            return first + Decimal(row["step"] - 1) * rise
        return None if row["coefficient"] is None else Decimal(row["coefficient"])

    def _salary(self, coefficient: Any, allowance: Fact, base: Any) -> Decimal | None:
        """By the article where it takes such a figure; a base salary that it does not know yet is multiplied as it does."""
        if base == self._base:
            facts = {
                "pay.coefficient": Fact(coefficient),
                "pay.position_allowance": allowance,
                "pay.base_salary": Fact(int(base)),
            }
            for verdict in find_values(law(), name="monthly_salary", facts=facts, on=self.reform.before):
                if verdict.outcome == "value":
                    return Decimal(str(verdict.value))
            return None
        return (Decimal(coefficient) + Decimal(str(allowance.value))) * Decimal(base)


def _years(reform: Reform, steps: Sequence[Step]) -> list[tuple[int, int, int, int]]:
    """Of each year from the first step to the year after the last: today's cost, the new one, and what is kept."""
    first, last = reform.steps[0][0].year, reform.steps[-1][0].year + 1
    found = []
    for year in range(first, min(last, first + MOST_YEARS) + 1):
        before = new = kept = 0
        for month in range(1, YEAR + 1):
            day = date(year, month, 1)
            now = next((step for step in reversed(steps) if step.day <= day), None)
            today = int(steps[0].sums.before.sum())
            before += today
            new += today if now is None else int(now.sums.after.sum())
            if now is not None and (reform.keep_months is None or _months(now.day, day) < reform.keep_months):
                kept += int(now.sums.kept.sum())
        found.append((year, before, new, kept))
    return found


def _months(since: date, day: date) -> int:
    return (day.year - since.year) * YEAR + day.month - since.month


ENTRIES = ("unit", "on", "before", "source", "keep", "steps")


def read(file: Path, *, today: date) -> Reform:
    """The scenario of a file (examples/pay says what stands in it). Raises StudyRefused."""
    return _read(studies.opened(file, ENTRIES, ("unit", "steps")), today)


def written(text: str, *, unit: str, today: date) -> Reform:
    """The same of a text about a unit: what it says of another one is refused, what it does not say is this one.
    Raises StudyRefused."""
    told = {"unit": unit, **studies.written(text, _("the text"), ENTRIES, ("steps",))}
    if str(told["unit"]) != unit:
        raise StudyRefused(
            _("This scenario is about %(found)s; open the page of that unit, or leave the unit out.")
            % {"found": str(told["unit"])[:80]}
        )
    return _read(told, today)


def unchanged(unit: str, on: date, table: Table | None = None, since: date | None = None) -> Reform:
    """Today's pay alone; or with the figures of one table from a day on. Raises StudyRefused where no base salary is known."""
    for name in ("base_salary", "public_service_percent"):
        _figure(name, on, "on")
    return Reform(unit, on, on, ((since or on, table or Table()),))


def _read(told: Mapping[str, Any], today: date) -> Reform:
    on = studies.a_day(told["on"], "on") if "on" in told else today
    steps: list[tuple[date, Table]] = []
    for number, each in enumerate(studies.listed(told["steps"], "steps"), 1):
        day, table = _step(each, f"steps[{number}]")
        if day.day != 1 or (steps and day <= steps[-1][0]):
            raise StudyRefused(
                _("%(at)s: steps begin on the first of a month, one after the other.") % {"at": f"steps[{number}]"}
            )
        steps.append((day, table))
    if not steps:
        raise StudyRefused(_("%(at)s: %(found)s is missing.") % {"at": "steps", "found": "from"})
    before = studies.a_day(told["before"], "before") if "before" in told else on
    _figure("public_service_percent", before, "before")
    reform = Reform(
        str(told["unit"]),
        on,
        before,
        tuple(steps),
        told.get("source", ""),
    )
    return _with_keep(reform, told["keep"]) if "keep" in told else reform


def _with_keep(reform: Reform, value: Any) -> Reform:
    told = studies.fields(value, "keep", ("article", "months"), ("article",))
    if told["article"] not in law().articles:
        raise StudyRefused(
            _("%(at)s: the rulebook has no article %(found)s.") % {"at": "keep.article", "found": str(told["article"])[:120]}
        )
    months = int(studies.number(told["months"], "keep.months", most=Decimal(1200))) if "months" in told else None
    return replace(reform, keep=told["article"], keep_months=months)


def _base_salary(day: date, at: str) -> Decimal:
    return _figure("base_salary", day, at)


def _figure(name: str, day: date, at: str) -> Decimal:
    """A figure of the law on a day. Raises StudyRefused where it is not known for that day."""
    try:
        return Decimal(str(law().parameters.lookup(name, on=day)))
    except OutsideTable as outside:
        raise StudyRefused(_("%(at)s: %(found)s") % {"at": at, "found": outside.message}) from None


def _step(value: Any, at: str) -> tuple[date, Table]:
    told = studies.fields(
        value, at, ("from", "law_of", "base_salary", "public_service_percent", "coefficients", "leadership", "jobs"), ("from",)
    )
    day = studies.a_day(told["from"], f"{at}.from")
    table = Table()
    if "law_of" in told:
        table = Table(base_salary=_base_salary(studies.a_day(told["law_of"], f"{at}.law_of"), f"{at}.law_of"))
    one = {
        name: studies.number(told[name], f"{at}.{name}", most=most)
        for name, most in (("base_salary", MOST_PAY), ("public_service_percent", MOST_PERCENT))
        if name in told
    }
    scales = {}
    for scale, pair in studies.fields(
        told.get("coefficients", {}), f"{at}.coefficients", law().facts["pay.scale"].type.values
    ).items():
        both = studies.fields(pair, f"{at}.coefficients.{scale}", ("first", "rise"), ("first", "rise"))
        first, rise = (
            studies.number(both[name], f"{at}.coefficients.{scale}.{name}", most=MOST_COEFFICIENT) for name in ("first", "rise")
        )
        scales[scale] = (first, rise)
    jobs = {row["code"] for row in rows("SELECT code FROM {job}")}
    leadership, whole = (
        {
            job: studies.number(number, f"{at}.{name}.{job}", most=most)
            for job, number in studies.fields(told.get(name, {}), f"{at}.{name}", sorted(jobs)).items()
        }
        for name, most in (("leadership", MOST_COEFFICIENT), ("jobs", MOST_PAY))
    )
    return day, table.beside(Table(one.get("base_salary"), one.get("public_service_percent"), scales, leadership, whole))


def to_dict(found: Found, language: str) -> dict[str, Any]:
    """For `--json`: today's cost and that of each step, by body, year and class of change."""
    reform = found.reform
    return {
        "unit": found.unit.code, "on": reform.on.isoformat(), "before": reform.before.isoformat(), "source": reform.source,
        "priced": found.priced, "unpriced": found.unpriced, "unpriced_because": dict(found.lacking),
        "monthly_before": int(found.steps[0].sums.before.sum()),
        "parts_before": dict(zip(PARTS, found.shares[0], strict=True)),
        "keep": None if not reform.keep else {
            "article": reform.keep, "citation": law().articles[reform.keep].source.cite(language), "months": reform.keep_months,
        },
        "steps": [
            {
                "from": step.day.isoformat(), "monthly": int(step.sums.after.sum()), "monthly_kept": int(step.sums.kept.sum()),
                "monthly_more": int((step.sums.after + step.sums.kept - step.sums.before).sum()),
                "parts": dict(zip(PARTS, found.shares[number], strict=True)),
                "winners": step.sums.winners, "losers": step.sums.losers, "unchanged": step.sums.unchanged,
                "classes": [{"from_percent": low, "to_percent": high, "people": people}
                            for (low, high), people in zip(named(), step.sums.classes, strict=True)],
                "bodies": [
                    {"code": body["code"], "people": int(step.sums.people[place]), "before": int(step.sums.before[place]),
                     "after": int(step.sums.after[place]), "kept": int(step.sums.kept[place])}
                    for place, body in enumerate(found.bodies)
                ],
            }
            for number, step in enumerate(found.steps, 1)
        ],
        "groups": [
            {"job": group.job, "people": group.people, "unpriced": group.unpriced, "monthly": list(group.amounts), "kept": list(group.kept),
             "winners": [up for up, _down in group.moves], "losers": [down for _up, down in group.moves]}
            for group in found.groups
        ],
        "years": [{"year": year, "before": before, "after": after, "kept": kept, "more": after + kept - before}
                  for year, before, after, kept in found.years],
    }  # fmt: skip


def explained(reform: Reform, row: Row, prices: Sequence[Priced], language: str) -> dict[str, Any]:
    """One person's pay for `--json`: each amount with its working, what is kept and by which article."""
    before = prices[0].amount
    return {
        "unit": reform.unit, "on": reform.on.isoformat(), "job": row["job"], "scale": row["scale"], "step": row["step"],
        "pay": [
            {
                "from": day.isoformat() if day else None, "amount": price.amount, "working": list(price.parts), "lacking": price.lacking,
                "kept": max(0, before - price.amount) if reform.keep and before is not None and price.amount is not None else 0,
            }
            for day, price in zip([None, *(day for day, _table in reform.steps)], prices, strict=True)
        ],
        "keep": {"article": reform.keep, "citation": law().articles[reform.keep].source.cite(language), "months": reform.keep_months}
        if reform.keep else None,
        "articles": sorted({article.source.cite(language) for article in law().in_force(reform.before, "pay")
                            if article.gives in ("monthly_salary", "base_salary", "salary_coefficient", "leadership_allowance")}),
    }  # fmt: skip

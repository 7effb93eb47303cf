"""Whose next step of pay is due in which month, by the article on regular raises; who stands on the last step, and when the
seniority beyond it rises; and why a step comes later: discipline, a year not completed, or a year that nobody graded.

What else the article asks, work done, is for people to check: the list proposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from canbo.registry import authority, queries
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.days import day_before
from canbo.registry.models import Account, Membership, Rating
from canbo.reports.caps import law
from canbo.reports.entitlements.facts import CATEGORIES, seen
from canbo.rules.explain import ArticleVerdict, find_values
from canbo.rules.schema import Fact

ACT = "entitlements.read"
Category = Membership.Category
NOT_COMPLETED = Rating.Grade.NOT_COMPLETED
STEP, BEYOND, UNKNOWN = "step", "beyond", "unknown"
MONTHS, OVER, COEFFICIENT, DELAY = "months_to_next_step", "over_frame_percent", "salary_coefficient", "step_delay"
#: Why a step comes later, or may: each is a question to whoever decides.
DISCIPLINE, GRADE, UNGRADED = "discipline", "grade", "ungraded"
YEAR = 12

_SERVING = """
SELECT DISTINCT m.person_id AS person FROM {membership} m
WHERE m.organization_id = ANY (%(ids)s::bigint[]) AND m.valid @> %(on)s::date AND m.kind <> 8
"""
# The main post of each of these people with the step of the day.
_PAID = """
SELECT DISTINCT ON (m.person_id) m.person_id AS person, q.identification_number AS number, n.family, n.given, m.category, c.code AS unit,
       s.scale, s.step, lower(s.valid) AS since
FROM {membership} m JOIN {person} q ON q.id = m.person_id
JOIN {organizationcode} c ON c.organization_id = m.organization_id AND c.valid @> %(on)s::date
JOIN {salarystep} s ON s.person_id = m.person_id AND s.valid @> %(on)s::date
LEFT JOIN {personname} n ON n.person_id = m.person_id AND n.valid @> %(on)s::date
WHERE m.organization_id = ANY (%(ids)s::bigint[]) AND m.valid @> %(on)s::date AND m.kind <> 8 AND m.person_id = ANY (%(people)s::bigint[])
ORDER BY m.person_id, lower(s.valid) DESC, m.id
"""
# What happened to people since a day: asked apart, since the planner takes a set made before for one row.
_PUNISHED = """
SELECT x.person_id AS person, x.measure, lower(x.valid) AS day FROM {sanction} x
WHERE x.person_id = ANY (%(people)s::bigint[]) AND lower(x.valid) BETWEEN %(first)s::date AND %(on)s::date
"""
_GRADED = """
SELECT g.person_id AS person, g.grade, upper(g.valid) AS day FROM {rating} g
WHERE g.person_id = ANY (%(people)s::bigint[]) AND upper(g.valid) > %(first)s::date AND upper(g.valid) <= %(on)s::date
  AND upper(g.valid) - lower(g.valid) > 180
"""


@dataclass(frozen=True)
class Due:
    """One person: where, on which step since when; `day`: the next step is due (STEP), or seniority beyond the last step rises
    (BEYOND) to `rises_to`; UNKNOWN where no article tells either.

    percent    seniority beyond the last step now
    following  the coefficient of the next step
    earliest   the day without what makes it later; `delay`: by how many months, None where a year was not graded
    why        DISCIPLINE, GRADE, UNGRADED; `ungraded`: the years without a grade on record
    """

    person: int
    number: str
    name: str
    unit: str
    scale: str
    step: int
    since: date | None
    kind: str
    day: date | None
    percent: int | None
    following: Any
    articles: tuple[str, ...]
    earliest: date | None = None
    delay: int | None = None
    why: tuple[str, ...] = ()
    ungraded: tuple[int, ...] = ()
    rises_to: int | None = None

    def to_dict(self, language: str) -> dict[str, Any]:
        """For `--json`."""
        return {
            "person": self.number, "name": self.name, "unit": self.unit, "scale": self.scale, "step": self.step,
            "since": self.since.isoformat() if self.since else None, "kind": self.kind, "due_on": self.day.isoformat() if self.day else None,
            "percent": self.percent, "rises_to": self.rises_to, "next_coefficient": None if self.following is None else str(self.following),
            "earliest_on": self.earliest.isoformat() if self.earliest else None, "delay_months": self.delay, "later_because": list(self.why),
            "ungraded_years": list(self.ungraded),
            "articles": [{"article": name, "citation": law().articles[name].source.cite(language)} for name in self.articles],
        }  # fmt: skip


def due(*, code: str, on: date, until: date, reader: Account) -> list[Due]:
    """Everybody in a unit and beneath it whose step would be due by `until`, with those for whom it comes later and why, those
    beyond the last step, and those of whom it cannot be told; the earliest first. Only whose file the transaction sees.
    Raises NotInRegister, NotAllowed."""
    unit = queries.unit(code, on=on)
    authority.require(reader, ACT, over=unit.id)
    given = {"ids": numbers(queries.subtree(unit.id, on=on)), "on": on}
    people = seen(row["person"] for row in rows(_SERVING, given))
    with (
        authority.everything_in_sight(),
        connection.cursor() as cursor,
    ):  # of those in sight alone: the wall is asked once for each
        cursor.execute("SET LOCAL jit = off")
        told = rows(_PAID, given | {"people": numbers(people)})
        _happened(told, on)
    asked = Asked(on, until)
    found = [asked.of(row) for row in told]
    kept = [each for each in found if each.kind != STEP or (each.earliest is not None and each.earliest <= until)]
    return sorted(kept, key=lambda each: (each.day or date.max, each.kind, each.unit, each.number))


def _happened(told: list[Row], on: date) -> None:
    """Add to each row what happened on the step: measures by sort, `years` that were graded, `failed`: those not completed."""
    since = {row["person"]: row["since"] for row in told if row["since"] is not None}
    for row in told:
        row |= {"reprimands": 0, "warnings": 0, "removals": 0, "failed": 0, "years": set()}
    if not since:
        return
    by_person = {row["person"]: row for row in told}
    given = {"people": numbers(since), "first": min(since.values()), "on": on}
    punished, graded = rows(_PUNISHED, given), rows(_GRADED, given)
    for each in punished:
        if each["day"] >= since[each["person"]]:
            by_person[each["person"]][("reprimands", "warnings", "removals")[min(each["measure"], 3) - 1]] += 1
    failed = set()
    for each in graded:
        if each["day"] > since[each["person"]]:
            year = day_before(each["day"]).year
            by_person[each["person"]]["years"].add(year)
            if each["grade"] == NOT_COMPLETED:
                failed.add((each["person"], year))
    for person, _year in failed:
        by_person[person]["failed"] += 1


def by_month(found: Iterable[Due], *, on: date, until: date) -> list[tuple[date | None, int, int, int]]:
    """(first day of the month, steps, rises beyond the last step, steps that hang on a grade nobody gave) of each month in which
    something is due by `until`; month None: due before the month of `on`."""
    first, months = on.replace(day=1), dict[date | None, list[int]]()
    for each in found:
        if each.day is None or each.day > until:
            continue
        month = each.day.replace(day=1) if each.day >= first else None
        place = 2 if UNGRADED in each.why else 1 if each.kind == BEYOND else 0
        months.setdefault(month, [0, 0, 0])[place] += 1
    order = sorted(months, key=lambda month: month or date.min)
    return [(month, months[month][0], months[month][1], months[month][2]) for month in order]


class Asked:
    """The articles of a day, asked once for each scale, step, day since when, and what happened on the step."""

    def __init__(self, on: date, until: date) -> None:
        self.on, self.until = on, until
        self._kept: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._delays: dict[tuple[Any, ...], tuple[int | None, tuple[str, ...]]] = {}
        self._known: dict[tuple[str, date], bool] = {}
        self._next: dict[tuple[str, int], tuple[ArticleVerdict | None, ArticleVerdict | None]] = {}
        self._adds_months = tuple(article.id for article in law().in_force(on, "pay") if article.gives == DELAY)

    def of(self, row: Mapping[str, Any]) -> Due:
        """What is due to one person."""
        key = (row["scale"], row["step"], row["since"])
        if key not in self._kept:
            self._kept[key] = self._said(*key)
        said = dict(self._kept[key])
        if said["kind"] == STEP:
            said |= self._later(row, said)
        name = " ".join(filter(None, (row["family"], row["given"])))
        return Due(row["person"], row["number"], name, row["unit"], row["scale"], row["step"], row["since"], **said)

    def _said(self, scale: str, step: int, since: date | None) -> dict[str, Any]:
        word = scale.lower().replace(".", "_")
        told: dict[str, Any] = {"kind": UNKNOWN, "day": None, "percent": None, "following": None, "articles": ()}
        if word not in law().facts["pay.scale"].type.values or since is None or not self._gives(MONTHS, self.on):
            return told
        facts = {"pay.scale": Fact(word), "pay.step": Fact(step), "pay.step_since": Fact(since)}
        period = int(law().parameters.lookup("step_months", on=self.on, scale=word))  # type: ignore[arg-type]
        if (word, step) not in self._next:  # whether there is a next step does not hang on the day since when
            following = self._value(COEFFICIENT, {"pay.scale": Fact(word), "pay.step": Fact(step + 1)})
            self._next[word, step] = self._value(MONTHS, facts), following
        next_step, following = self._next[word, step]
        if next_step is not None:
            day = _later(since, period)
            return told | {
                "kind": STEP, "day": day, "earliest": day, "following": following.value if following else None,
                "articles": tuple(each.id for each in (next_step, following) if each),
            }  # fmt: skip
        beyond = self._value(OVER, facts)
        if beyond is None:
            return told
        return (
            told
            | {"kind": BEYOND, "percent": int(str(beyond.value)), "articles": (beyond.id,)}
            | self._rise(since, period, facts)
        )

    def _rise(self, since: date, period: int, facts: Mapping[str, Fact]) -> dict[str, Any]:
        """The first rise from the day asked about on, if it comes by the last day; what the article gives on that day."""
        months = period
        while (day := _later(since, months)) < self.on:
            months += YEAR
        if day > self.until:
            return {}
        then = self._value(OVER, facts, on=day)
        return {"day": day, "earliest": day, "rises_to": None if then is None else int(str(then.value))}

    def _later(self, row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
        """By how much what happened on the step makes the next one later, and why."""
        graded = set(row["years"] or ())
        ungraded = tuple(year for year in range(row["since"].year, self.on.year) if year not in graded)
        key = (row["category"], row["reprimands"], row["warnings"], row["removals"], row["failed"], bool(ungraded))
        if key not in self._delays:
            self._delays[key] = self._delayed(*key)
        delay, why = self._delays[key]
        days = delay if delay is not None else self._delayed(*key[:-1], False)[0]
        day = said["earliest"] if not days else _later(row["since"], _months(row["since"], said["earliest"]) + days)
        article = self._adds_months if why else ()
        return {"day": day, "delay": delay, "why": why, "ungraded": ungraded, "articles": (*said["articles"], *article)}

    def _delayed(
        self, category: int, reprimands: int, warnings: int, removals: int, failed: int, ungraded: bool
    ) -> tuple[int | None, tuple[str, ...]]:
        facts = {
            "leave.category": Fact(CATEGORIES.get(Category(category))), "pay.step_reprimands": Fact(reprimands), "pay.step_warnings": Fact(warnings),
            "pay.step_removals": Fact(removals), "pay.step_years_not_completed": Fact(None if ungraded else failed, reason_unknown="not_recorded" if ungraded else ""),
        }  # fmt: skip
        found = self._value(DELAY, facts)
        reasons = ((DISCIPLINE, reprimands + warnings + removals), (GRADE, failed), (UNGRADED, ungraded))
        return None if found is None else int(str(found.value)), tuple(word for word, there in reasons if there)

    def _gives(self, name: str, on: date) -> bool:
        """Whether any article in force on a day gives a figure."""
        if (name, on) not in self._known:
            self._known[name, on] = any(article.gives == name for article in law().in_force(on, "pay"))
        return self._known[name, on]

    def _value(self, name: str, facts: Mapping[str, Fact], on: date | None = None) -> ArticleVerdict | None:
        on = on or self.on
        found = find_values(law(), name=name, facts=facts, on=on) if self._gives(name, on) else []
        return next((each for each in found if each.outcome == "value"), None)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * YEAR + last.month - first.month


def _later(day: date, months: int) -> date:
    """The same day some months later; from the last day of a month, not beyond the last of the other."""
    year, month = divmod(day.year * YEAR + day.month - 1 + months, YEAR)
    for last in range(day.day, day.day - 4, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError

"""Whose next step of pay is due in which month, by the article on regular raises; who stands on the last step, and when the
seniority beyond it rises; and why a step comes later: discipline, a year not completed, or a year that nobody graded.

What else the article asks, work done, is for people to check: the list proposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from canbo.registry import authority, queries
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.models import Account, Membership, Rating
from canbo.reports.caps import law
from canbo.reports.entitlements.facts import CATEGORIES, seen
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.explain import ArticleVerdict
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.schema import Fact

ACT = "entitlements.read"
Category = Membership.Category
NOT_COMPLETED = Rating.Grade.NOT_COMPLETED
STEP, BEYOND, UNKNOWN = "step", "beyond", "unknown"
MONTHS, OVER, COEFFICIENT, DELAY = "months_to_next_step", "over_frame_percent", "salary_coefficient", "step_delay"
#: Why a step comes later, or may: each is a question to whoever decides.
DISCIPLINE, GRADE, UNGRADED = "discipline", "grade", "ungraded"
YEAR = 12

# The main post of everybody who serves there, with the step of the day.
_PAID = """
SELECT DISTINCT ON (m.person_id) m.person_id AS person, m.category, c.code AS unit, s.scale, s.step, lower(s.valid) AS since
FROM {membership} m JOIN {organizationcode} c ON c.organization_id = m.organization_id AND c.valid @> %(on)s::date
JOIN {salarystep} s ON s.person_id = m.person_id AND s.valid @> %(on)s::date
WHERE m.organization_id = ANY (%(ids)s::bigint[]) AND m.valid @> %(on)s::date AND m.kind <> 8
ORDER BY m.person_id, lower(s.valid) DESC, m.id
"""
_NAMED = """
SELECT q.id AS person, q.identification_number AS number, n.family, n.given FROM {person} q
LEFT JOIN {personname} n ON n.person_id = q.id AND n.valid @> %(on)s::date WHERE q.id = ANY (%(people)s::bigint[])
"""
# What happened to people on their step: asked apart, since the planner takes a set made before for one row.
_PUNISHED = """
SELECT x.person_id AS person, x.measure FROM unnest(%(people)s::bigint[], %(since)s::date[]) AS a (person, since)
JOIN {sanction} x ON x.person_id = a.person AND lower(x.valid) BETWEEN a.since AND %(on)s::date
"""
_GRADED = """
SELECT person, string_agg(year::text, ' ' ORDER BY year) AS years, count(*) FILTER (WHERE failed) AS failed
FROM (SELECT a.person, extract(year FROM upper(g.valid) - 1)::int AS year, bool_or(g.grade = %(failed)s) AS failed
      FROM unnest(%(people)s::bigint[], %(since)s::date[]) AS a (person, since)
      JOIN {rating} g ON g.person_id = a.person AND upper(g.valid) > a.since AND upper(g.valid) <= %(on)s::date
           AND upper(g.valid) - lower(g.valid) > 180
      GROUP BY 1, 2) AS of_years GROUP BY 1
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

    def to_dict(self, language: str, book: Corpus | None = None) -> dict[str, Any]:
        """For `--json`. `book`: the rulebook, for whoever asks thousands of times."""
        articles = (book or law()).articles
        return {
            "person": self.number, "name": self.name, "unit": self.unit, "scale": self.scale, "step": self.step,
            "since": self.since.isoformat() if self.since else None, "kind": self.kind, "due_on": self.day.isoformat() if self.day else None,
            "percent": self.percent, "rises_to": self.rises_to, "next_coefficient": None if self.following is None else str(self.following),
            "earliest_on": self.earliest.isoformat() if self.earliest else None, "delay_months": self.delay, "later_because": list(self.why),
            "ungraded_years": list(self.ungraded),
            "articles": [{"article": name, "citation": articles[name].source.cite(language)} for name in self.articles],
        }  # fmt: skip


def due(*, code: str, on: date, until: date, reader: Account) -> list[Due]:
    """Everybody in a unit and beneath it whose step would be due by `until`, with those for whom it comes later and why, those
    beyond the last step, and those of whom it cannot be told; the earliest first. Only whose file the transaction sees.
    Raises NotInRegister, NotAllowed."""
    unit = queries.unit(code, on=on)
    authority.require(reader, ACT, over=unit.id)
    beneath = numbers(queries.subtree(unit.id, on=on))
    with _whole():  # nobody's row leaves here but of those in sight: asked of each row in each table, the wall takes a minute
        paid = rows(_PAID, {"ids": beneath, "on": on})
    mine, asked = set(seen(row["person"] for row in paid)), Asked(on, until)
    told = [row for row in paid if row["person"] in mine and not asked.after(row)]
    with _whole():
        named = {row["person"]: row for row in rows(_NAMED, {"people": [row["person"] for row in told], "on": on})}
        _happened(told, on)
    for row in told:
        row |= named[row["person"]]
    found = [asked.of(row) for row in told]
    return sorted(found, key=lambda each: (each.day or date.max, each.kind, each.unit, each.number))


@contextmanager
def _whole() -> Iterator[None]:
    with authority.everything_in_sight(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        yield


def _happened(told: list[Row], on: date) -> None:
    """Add to each row what happened on the step: measures by sort, `years` that were graded, `failed`: those not completed."""
    by_person = {row["person"]: row for row in told}
    for row in told:
        row.update(reprimands=0, warnings=0, removals=0, failed=0, years=frozenset())
    since = {row["person"]: row["since"] for row in told if row["since"] is not None}
    if not since:
        return
    given = {
        "people": numbers(since), "since": f"{{{','.join(day.isoformat() for day in since.values())}}}", "on": on,
        "failed": int(NOT_COMPLETED),
    }  # fmt: skip
    for each in rows(_PUNISHED, given):
        by_person[each["person"]][("reprimands", "warnings", "removals")[min(each["measure"], 3) - 1]] += 1
    years: dict[str, frozenset[int]] = {}
    for each in rows(_GRADED, given):
        text = each["years"]
        if text not in years:
            years[text] = frozenset(map(int, text.split()))
        by_person[each["person"]].update(years=years[text], failed=each["failed"])


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
    """The articles of a day, asked once for each sort of people: scale, step, day since when, and what happened on the step."""

    def __init__(self, on: date, until: date) -> None:
        self.on, self.until, self.book = on, until, law()
        self._kept: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._delays: dict[tuple[Any, ...], tuple[int | None, tuple[str, ...]]] = {}
        self._periods: dict[str, int] = {}
        self._days: dict[tuple[date, int], date] = {}
        self._giving: dict[tuple[str, date], list[Article]] = {}
        self._next: dict[tuple[str, int], tuple[ArticleVerdict | None, ArticleVerdict | None]] = {}
        self._adds_months = tuple(article.id for article in self._gives(DELAY, on))

    def of(self, row: Mapping[str, Any]) -> Due:
        """What is due to one person."""
        said = self._about(row)
        if said["kind"] == STEP:
            said = said | self._later(row, said)
        name = " ".join(filter(None, (row["family"], row["given"])))
        return Due(row["person"], row["number"], name, row["unit"], row["scale"], row["step"], row["since"], **said)

    def after(self, row: Mapping[str, Any]) -> bool:
        """Whether the next step is due after the last day asked about, even if nothing makes it later."""
        said = self._about(row)
        return said["kind"] == STEP and bool(said["earliest"] > self.until)

    def _about(self, row: Mapping[str, Any]) -> dict[str, Any]:
        key = (row["scale"], row["step"], row["since"])
        if key not in self._kept:
            self._kept[key] = self._said(*key)
        return self._kept[key]

    def _said(self, scale: str, step: int, since: date | None) -> dict[str, Any]:
        word = scale.lower().replace(".", "_")
        told: dict[str, Any] = {"kind": UNKNOWN, "day": None, "percent": None, "following": None, "articles": ()}
        if word not in self.book.facts["pay.scale"].type.values or since is None or not self._gives(MONTHS, self.on):
            return told
        facts = {"pay.scale": Fact(word), "pay.step": Fact(step), "pay.step_since": Fact(since)}
        if word not in self._periods:
            self._periods[word] = int(self.book.parameters.lookup("step_months", on=self.on, scale=word))  # type: ignore[arg-type]
        period = self._periods[word]
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
        graded = row["years"] or ()
        ungraded = tuple(year for year in range(row["since"].year, self.on.year) if year not in graded)
        key = (row["category"], row["reprimands"], row["warnings"], row["removals"], row["failed"])
        delay, why = self._delay(*key, bool(ungraded))
        days = delay if delay is not None else self._delay(*key, False)[0]
        day = said["earliest"] if not days else self._moved(row["since"], _months(row["since"], said["earliest"]) + days)
        articles = said["articles"] + self._adds_months if why else said["articles"]
        return {"day": day, "delay": delay, "why": why, "ungraded": ungraded, "articles": articles}

    def _moved(self, since: date, months: int) -> date:
        if (since, months) not in self._days:
            self._days[since, months] = _later(since, months)
        return self._days[since, months]

    def _delay(self, *key: Any) -> tuple[int | None, tuple[str, ...]]:
        if key not in self._delays:
            self._delays[key] = self._delayed(*key)
        return self._delays[key]

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

    def _gives(self, name: str, on: date) -> list[Article]:
        """The articles in force on a day that give a figure, superior issuers first."""
        if (name, on) not in self._giving:
            self._giving[name, on] = [article for article in self.book.in_force(on, "pay") if article.gives == name]
        return self._giving[name, on]

    def _value(self, name: str, facts: Mapping[str, Fact], on: date | None = None) -> ArticleVerdict | None:
        on = on or self.on
        scene = Scene(self.book, facts, on)
        found = (ArticleVerdict(judge(article, scene), False) for article in self._gives(name, on))
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

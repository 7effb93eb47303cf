"""Whose next step of pay is due, by the article on regular raises; who stands on the last step, with seniority beyond it.

The article asks for time on the step. What else it asks, work done and no discipline, is for people to check: the list proposes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from canbo.registry import authority, queries
from canbo.registry.asking import numbers, rows
from canbo.registry.models import Account
from canbo.reports.caps import law
from canbo.rules.explain import ArticleVerdict, find_values
from canbo.rules.schema import Fact

ACT = "entitlements.read"
STEP, BEYOND, UNKNOWN = "step", "beyond", "unknown"
MONTHS, OVER, COEFFICIENT = "months_to_next_step", "over_frame_percent", "salary_coefficient"


@dataclass(frozen=True)
class Due:
    """One person: where, on which step since when; `day`: the next step is due (STEP); `percent`: seniority beyond the last
    step (BEYOND); UNKNOWN where no article tells either. `following`: the coefficient of the next step."""

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

    def to_dict(self, language: str) -> dict[str, Any]:
        """For `--json`."""
        return {
            "person": self.number, "name": self.name, "unit": self.unit, "scale": self.scale, "step": self.step,
            "since": self.since.isoformat() if self.since else None, "kind": self.kind, "due_on": self.day.isoformat() if self.day else None,
            "percent": self.percent, "next_coefficient": None if self.following is None else str(self.following),
            "articles": [{"article": name, "citation": law().articles[name].source.cite(language)} for name in self.articles],
        }  # fmt: skip


def due(*, code: str, on: date, until: date, reader: Account) -> list[Due]:
    """Everybody in a unit and beneath it whose step is due by `until`, with those beyond the last step, and those of whom it
    cannot be told; the earliest first. Only whose file the transaction sees. Raises NotInRegister, NotAllowed."""
    unit = queries.unit(code, on=on)
    authority.require(reader, ACT, over=unit.id)
    told = rows(
        """
        SELECT DISTINCT ON (m.person_id) m.person_id AS person, q.identification_number AS number, n.family, n.given, c.code AS unit,
               s.scale, s.step, lower(s.valid) AS since
        FROM {membership} m JOIN {person} q ON q.id = m.person_id
        JOIN {organizationcode} c ON c.organization_id = m.organization_id AND c.valid @> %(on)s::date
        JOIN {salarystep} s ON s.person_id = m.person_id AND s.valid @> %(on)s::date
        LEFT JOIN {personname} n ON n.person_id = m.person_id AND n.valid @> %(on)s::date
        WHERE m.organization_id = ANY (%(ids)s::bigint[]) AND m.valid @> %(on)s::date AND m.kind <> 8
        ORDER BY m.person_id, lower(s.valid) DESC, m.id
        """,
        {"ids": numbers(queries.subtree(unit.id, on=on)), "on": on},
    )
    asked = Asked(on)
    found = [asked.of(row) for row in told]
    kept = [each for each in found if each.kind != STEP or (each.day is not None and each.day <= until)]
    return sorted(kept, key=lambda each: (each.day or date.max, each.kind, each.unit, each.number))


class Asked:
    """The articles of a day, asked once for each scale, step and day since when."""

    def __init__(self, on: date) -> None:
        self.on = on
        self._kept: dict[tuple[Any, ...], tuple[str, date | None, int | None, Any, tuple[str, ...]]] = {}

    def of(self, row: dict[str, Any]) -> Due:
        """What is due to one person."""
        key = (row["scale"], row["step"], row["since"])
        if key not in self._kept:
            self._kept[key] = self._said(*key)
        kind, day, percent, following, articles = self._kept[key]
        name = " ".join(filter(None, (row["family"], row["given"])))
        return Due(row["person"], row["number"], name, row["unit"], row["scale"], row["step"], row["since"], kind, day, percent,
                   following, articles)  # fmt: skip

    def _said(self, scale: str, step: int, since: date | None) -> tuple[str, date | None, int | None, Any, tuple[str, ...]]:
        word = scale.lower().replace(".", "_")
        if word not in law().facts["pay.scale"].type.values or since is None:
            return UNKNOWN, None, None, None, ()
        facts = {"pay.scale": Fact(word), "pay.step": Fact(step), "pay.step_since": Fact(since)}
        next_step = self._value(MONTHS, facts)
        if next_step is not None:
            period = int(law().parameters.lookup("step_months", on=self.on, scale=word))  # type: ignore[arg-type]
            following = self._value(COEFFICIENT, {"pay.scale": Fact(word), "pay.step": Fact(step + 1)})
            value = following.value if following else None
            return STEP, _later(since, period), None, value, tuple(each.id for each in (next_step, following) if each)
        beyond = self._value(OVER, facts)
        if beyond is None:
            return UNKNOWN, None, None, None, ()
        return BEYOND, None, int(str(beyond.value)), None, (beyond.id,)

    def _value(self, name: str, facts: dict[str, Fact]) -> ArticleVerdict | None:
        return next((each for each in find_values(law(), name=name, facts=facts, on=self.on) if each.outcome == "value"), None)


def _later(day: date, months: int) -> date:
    """The same day some months later; from the last day of a month, not beyond the last of the other."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, day.day - 4, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError

"""The forms of the decrees, filled from the record: the sheet of a month or quarter, and the sheet of the year by category.

Their words are the rulebook's (`forms.yaml`), in the language in which the form is law; the reader's language stands beside
them for reading. What the register does not know stays blank, to be written by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from canbo.evaluation.board import Row
from canbo.evaluation.inputs import CATEGORIES, CLOSED
from canbo.evaluation.models import Evaluation
from canbo.registry import people, queries
from canbo.registry.asking import rows
from canbo.registry.models import Person
from canbo.rules import corpus
from canbo.rules.evaluation.given import GRADES
from canbo.rules.evaluation.periods import Period, parse

FILE = "forms.yaml"
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """A line of Form 01: its number, its words, at most how many points, and how many the person gave; None: not said."""

    number: str
    words: Texts
    most: Decimal
    points: Decimal | None

    @property
    def group(self) -> bool:
        """Whether it is one of the three groups, which the lines beneath add up to."""
        return "." not in self.number


@dataclass(frozen=True)
class Month:
    """A month of Form 02: its score as it was decided, and a remark; None: nothing was decided."""

    number: int
    score: Decimal | None
    remark: str


@dataclass(frozen=True)
class Sheet:
    """A form with what the register knows of one person and period; `words` are those of the form, `head` of all forms.

    yearly   the form of a year, with a box for each grade
    figures  points; of a year the score, and where the form asks for them those of the general criteria and of the result
    """

    head: Mapping[str, Any]
    words: Mapping[str, Any]
    body: str
    name: str
    title: str
    period: str
    lines: tuple[Line, ...] = ()
    months: tuple[Month, ...] = ()
    figures: Mapping[str, Decimal | None] | None = None
    said: Mapping[str, str] | None = None
    own_grade: str = ""
    grade: str = ""
    authority: str = ""
    yearly: bool = False


def sheet_of(person: Person, period: Period, row: Row | None, body: int | None, *, on: date) -> Sheet:
    """The form of a person's period: of a month or quarter Form 01, of a year the one of the person's category.

    Sees what the transaction may see.
    """
    told, day = words(CATEGORIES[row.member.category] if row is not None else ""), min(period.last, on)
    evaluation = row.evaluation if row is not None else None
    brief = people.brief([person.pk], on=on).get(person.pk, {})
    language = law_language()
    unit = queries.units([body], on=day) if body is not None else []
    year = period.kind == "year"
    decided = evaluation.decided_by if evaluation is not None and evaluation.decided_by_id else None
    common = {
        "head": told["head"], "words": told["grade" if year else "score"], "period": _period(told, period, language),
        "body": unit[0].name.get(language, unit[0].label) if unit else "", "title": _title(person, day, language),
        "name": f"{brief.get('family') or ''} {brief.get('given') or ''}".strip(), "authority": decided.label if decided else "",
    }  # fmt: skip
    if year:
        closed = evaluation is not None and evaluation.state in CLOSED
        return Sheet(
            **common, yearly=True, months=tuple(_months(person, period, told, language)) if "columns" in told["grade"] else (),
            figures=_figures_of_year(person, period, evaluation if closed else None),
            said={"opinion": evaluation.opinion if evaluation is not None and "items" in told["grade"] else ""},
            own_grade=evaluation.own_grade if evaluation is not None else "", grade=evaluation.grade if closed and evaluation is not None else "",
        )  # fmt: skip
    return Sheet(**common, lines=tuple(_lines(told, evaluation)), figures=_figures(row), said=_said(evaluation))


@lru_cache(maxsize=4)
def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((path / FILE).read_text(encoding="utf-8")))


def words(category: str = "") -> dict[str, Any]:
    """The words of the forms, as the rulebook has them; of a category that has forms of its own, those in place of the others'."""
    told = _read(corpus.opened(settings.CANBO_RULEBOOK).path)
    own: dict[str, Any] = told.get("by_category", {}).get(category, {})
    return told | own


def law_language() -> str:
    """The language in which the form is law: the one in which its period is written."""
    return str(next(iter(words()["period"]["month"])))


def most_of() -> dict[str, Decimal]:
    """At most how many points each line of Form 01 takes, without the three groups that they add up to."""
    return {number: Decimal(str(line["most"])) for number, line in words()["score"]["lines"].items() if "." in number}


def _period(told: Mapping[str, Any], period: Period, language: str) -> str:
    number = {"month": period.first.month, "quarter": (period.first.month + 2) // 3, "year": 0}[period.kind]
    if period.kind == "year":
        return str(told["grade"]["period"][language]).format(year=period.year)
    inner = str(told["period"][period.kind][language]).format(number=number, year=period.year)
    return str(told["score"]["period"][language]).format(period=inner)


def _title(person: Person, on: date, language: str) -> str:
    """The job of the post that the person held on a day; of several the first."""
    held = rows(
        "SELECT j.names FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id"
        " WHERE m.person_id = %(person)s AND m.valid @> %(on)s::date ORDER BY j.rank NULLS LAST, m.id LIMIT 1",
        {"person": person.pk, "on": on},
        planned=True,
    )
    return str(held[0]["names"].get(language) or queries.in_language(held[0]["names"])) if held else ""


def _lines(told: Mapping[str, Any], evaluation: Evaluation | None) -> list[Line]:
    points: dict[str, Any] = {} if evaluation is None else {**(evaluation.own_lines or {}), **evaluation.own_general}
    return [
        Line(number, line, Decimal(str(line["most"])), Decimal(str(points[number])) if number in points else None)
        for number, line in told["score"]["lines"].items()
    ]


def _figures(row: Row | None) -> dict[str, Decimal | None]:
    """General points, those of the result, and the score; the result's are what the score has beyond the general ones."""
    general, score = (None, None) if row is None else (row.parts.get("general"), row.score)
    own = None if row is None or row.evaluation is None else sum(map(Decimal, map(str, row.evaluation.own_general.values())))
    result = None if score is None or general is None else score - general
    return {"own": Decimal(own) if own is not None else None, "general": general, "result": result, "score": score}


def _figures_of_year(person: Person, year: Period, evaluation: Evaluation | None) -> dict[str, Decimal | None]:
    """The score of a year that was decided; its general points are the mean of its periods', the rest is of the result."""
    figures: dict[str, Decimal | None] = dict.fromkeys(("score", "general", "result"))
    if evaluation is None or evaluation.score is None:
        return figures
    weighed = months = Decimal(0)
    for each in [evaluation] if evaluation.general else _decided_in(person, year):
        span = parse(each.period)
        if span is None or not each.general:
            return figures | {"score": evaluation.score}
        weighed += sum((Decimal(str(points)) for points in each.general.values()), Decimal(0)) * len(span.months)
        months += len(span.months)
    if not months:
        return figures | {"score": evaluation.score}
    general = (weighed / months).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return {"score": evaluation.score, "general": general, "result": evaluation.score - general}


def _decided_in(person: Person, year: Period) -> list[Evaluation]:
    """What was decided of the months or quarters of a year, in their order."""
    standing = Evaluation.objects.filter(person=person, first__gte=year.first, last__lte=year.last, state__in=CLOSED)
    return list(standing.exclude(period=str(year)).order_by("first"))


def _said(evaluation: Evaluation | None) -> dict[str, str]:
    if evaluation is None:
        return dict.fromkeys(("strengths", "shortcomings", "opinion"), "")
    return {"strengths": evaluation.own_text, "shortcomings": evaluation.own_shortcomings, "opinion": evaluation.opinion}


def _months(person: Person, year: Period, told: Mapping[str, Any], language: str) -> list[Month]:
    """The twelve months; where the body scores by quarters each month has the score of its quarter, and says so."""
    found: dict[int, tuple[Decimal | None, str]] = {}
    for each in _decided_in(person, year):
        span = parse(each.period)
        assert span is not None
        remark = (
            str(told["grade"]["quarter"][language]).format(number=(span.first.month + 2) // 3) if span.kind == "quarter" else ""
        )
        for month in range(span.first.month, span.last.month + 1):
            found[month] = (each.score, remark)
    return [Month(number, *found.get(number, (None, ""))) for number in range(1, 13)]


__all__ = ["GRADES", "Line", "Month", "Sheet", "law_language", "most_of", "sheet_of", "words"]

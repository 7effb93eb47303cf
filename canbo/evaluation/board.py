"""A whole body at once: every person's score and grade of a period, as the law gives them from what was accepted.

What was decided is shown as it was decided; what is not decided yet is reckoned by columns, the same law read over all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from django.conf import settings

from canbo.evaluation import inputs, schemes
from canbo.evaluation.inputs import CATEGORIES, CLOSED, Held, Member
from canbo.evaluation.models import Evaluation, Regulation
from canbo.registry import authority, queries
from canbo.registry.models import Account
from canbo.rules import corpus
from canbo.rules.evaluation import few
from canbo.rules.evaluation.given import CRITERIA, MOST_RESULT
from canbo.rules.evaluation.many import Many
from canbo.rules.evaluation.periods import Period
from canbo.rules.evaluation.person import weighed
from canbo.rules.evaluation.readings import plain
from canbo.rules.evaluation.scoring import SHOWN

ACT = "work.read"
NAMES = ("general", "a", "b", "c", "d", "dd", "e", "result")
REGULATED = "eval.unit_regulation"
UNIT = {
    "organising": ("all_with_initiative", "between", "lasting_shortcomings"),
    "cohesion": ("united", "between", "lasting_disunity"),
}
#: The columns of products and of works, in the units of `many`.
PRODUCTS: dict[str, type[pl.DataType]] = {
    "work": pl.Int64, "coefficient": pl.Int64, "assigned": pl.Int64, "done": pl.Int64, "failures": pl.Int64, "times": pl.Int64,
    "days": pl.Int64, "cause": pl.Boolean, "extra": pl.Boolean,
}  # fmt: skip
WORKS: dict[str, type[pl.DataType]] = {
    "work": pl.Int64, "general": pl.Int64, "leader": pl.Boolean, "staff_completed": pl.Boolean, "organising": pl.Int64,
    "cohesion": pl.Int64,
}  # fmt: skip
#: Up to so many products and works are read row by row, more by columns.
FEW = 64


@dataclass
class Row:
    """One person of a body: the score and grade of the period, and where its evaluation stands.

    parts       in points and per cent; None where it is not known, not asked of this person, or lies in months
    decided     the evaluation was decided: score and grade are those that were
    missing     what the score waits for: assigned, general, a part of a leader, a month, regulation
    regulation  of a public employee: that of the unit on the day of the law; `kept`: by which a decided evaluation was weighed
    """

    member: Member
    score: Decimal | None = None
    grade: str = "undetermined"
    parts: dict[str, Decimal | None] = field(default_factory=lambda: dict.fromkeys(NAMES))
    formula: str = ""
    evaluation: Evaluation | None = None
    decided: bool = False
    missing: list[str] = field(default_factory=list)
    articles: Sequence[str] = ()
    by_product: Sequence[Mapping[str, Any]] = ()
    was: dict[str, Any] | None = None
    regulation: Regulation | None = None
    kept: Sequence[Mapping[str, Any]] = ()

    @property
    def public(self) -> bool:
        """Whether the unit's own regulation weighs this person."""
        return CATEGORIES[self.member.category] == "public_employee"

    @property
    def regulations(self) -> list[dict[str, Any]]:
        """By which regulation it was weighed: number, day of the instrument, points of each criterion."""
        if self.decided or self.regulation is None:
            return [dict(each) for each in self.kept]
        weights = self.regulation.weighing(leads=self.member.leads)
        named = {"number": self.regulation.number, "dated": self.regulation.dated.isoformat()}
        return [{**named, "weights": {name: float(value) for name, value in weights.items()}}]


Standing = Mapping[tuple[int, date], Regulation]


def of_body(*, by: Account, root: int, period: Period, on: date, anew: bool = False) -> list[Row]:
    """Everybody evaluated in a body and beneath it, as far as the reader sees. Raises NotAllowed.

    anew  also reckon what was decided, as things stand today; `was` says what was decided
    """
    authority.require(by, ACT, over=root)
    reach = authority.reach_of(by, act=ACT)
    beneath = queries.subtree(root, on=min(on, period.last))
    places = beneath if reach.sees_everything else sorted(reach.sees.intersection(beneath))
    return reckoned(inputs.members(places, period), period, on=on, anew=anew)


def reckoned(members: Sequence[Member], period: Period, *, on: date, anew: bool = False) -> list[Row]:
    """The rows of these people, in the order in which they came: staff first, since of a leader d follows from theirs."""
    held = inputs.held([each.person for each in members], period)
    rows = {each.person: _row(each, period, held, anew) for each in members}
    how = {body: schemes.how(body, period) for body in {each.organization for each in members}}
    asked = {part for each in how.values() for part in inputs.parts(period, each)}
    standing = inputs.regulated([each.member for each in rows.values() if not each.decided], [period, *asked], on=on)
    for leads in (False, True):
        groups: dict[tuple[schemes.How, str], list[Row]] = {}
        for row in rows.values():
            if row.member.leads is leads and not row.decided:
                groups.setdefault((how[row.member.organization], CATEGORIES[row.member.category]), []).append(row)
        for (alike, category), listed in groups.items():
            _reckon(listed, alike, category, period, held, rows.values(), standing, on)
    return list(rows.values())


def _row(member: Member, period: Period, held: Held, anew: bool) -> Row:
    row = Row(member, evaluation=held.evaluations.get((member.person, str(period))))
    row.by_product = held.products.get((member.person, str(period)), ())
    if row.evaluation is not None and row.evaluation.state in CLOSED:
        told = row.evaluation.found or {}
        row.was = {"score": _number(row.evaluation.score), "grade": row.evaluation.grade}
        if anew:
            return row
        row.score, row.grade, row.decided = row.evaluation.score, row.evaluation.grade, True
        row.parts = {name: _exact(value) for name, value in told.get("parts", {}).items()}
        row.formula, row.articles, row.kept = told.get("formula", ""), told.get("articles", ()), told.get("regulations", ())
    return row


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _reckon(
    listed: list[Row], how: schemes.How, category: str, period: Period, held: Held, everybody: Iterable[Row], standing: Standing, on: date
) -> None:  # fmt: skip
    """Reckon people whose bodies score alike, all at once."""
    whole = inputs.whole(period, how)
    parts = [period] if whole else inputs.parts(period, how)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    many = Many(law, period.law_day(on), dict(how.readings))
    works = [
        (row, part) for row in listed for part in parts
        if whole or (row.member.person, str(part)) in held.products or (row.member.person, str(part)) in held.evaluations
    ]  # fmt: skip
    settled = {number: _settled(row, part, held) for number, (row, part) in enumerate(works)} if not whole else {}
    leads = whole and listed[0].member.leads
    staff = {
        body: _staff_completed(many, body, everybody, period) for body in {row.member.organization for row in listed} if leads
    }
    scored, counted = _scored(many, works, held, staff)
    weighing = [standing.get((row.member.organization, part.law_day(on))) if row.public else None for row, part in works]
    if category == "public_employee":
        for row in listed:
            row.regulation = standing.get((row.member.organization, period.law_day(on)))
        scored = _by_regulation(many, works, scored, weighing)
    if whole:
        for (row, _part), each in zip(works, scored, strict=True):
            _fill(row, each, counted)
    else:
        _average(many, works, scored, settled, weighing, listed, period, parts)
    _grade(many, listed, category, period)


def _by_regulation(
    many: Many, works: Sequence[tuple[Row, Period]], scored: Sequence[dict[str, Any]], weighing: Sequence[Regulation | None]
) -> list[dict[str, Any]]:
    """The same works with the scores by the units' own regulations; none where a unit has none."""
    weights = [each.weighing(leads=row.member.leads) if each else {} for each, (row, _part) in zip(weighing, works, strict=True)]
    held = pl.DataFrame(
        [
            {name: row[name] for name in ("general", *CRITERIA)}
            | {f"weight_{name}": int(each[name] * 10) if name in each else None for name in CRITERIA}
            for row, each in zip(scored, weights, strict=True)
        ],
        schema=dict.fromkeys(("general", *CRITERIA, *(f"weight_{name}" for name in CRITERIA)), pl.Int64),
    )
    return [{**row, "score": score, "result": None} for row, score in zip(scored, many.by_regulation(held), strict=True)]


def _settled(row: Row, part: Period, held: Held) -> Decimal | None:
    evaluation = held.evaluations.get((row.member.person, str(part)))
    return evaluation.score if evaluation is not None and evaluation.state in CLOSED else None


def _staff_completed(many: Many, body: int, everybody: Iterable[Row], period: Period) -> bool | None:
    """Whether everybody in the body is in the band "completed" or better; None where somebody has no score."""
    scores = [row.score for row in everybody if row.member.organization == body and not row.member.leads]
    if not scores or None in scores:
        return None
    lowest = min(score for score in scores if score is not None)
    frame = pl.DataFrame({"score": [int(lowest * 10)], "leader": [False], "head": [False]})
    return bool(many.grades(frame, regime="civil_servant", year=period.year)[0] != "not_completed")


def _scored(
    many: Many, works: Sequence[tuple[Row, Period]], held: Held, staff: Mapping[int, bool | None]
) -> tuple[list[dict[str, Any]], dict[int, list[dict[str, Any]]]]:
    """The score of each work with its parts, and its products as counted, by the number of the work."""
    products = [
        (
            number, int(row["coefficient"] * 100), int(row["number"] * 10_000), int((row["done"] or 0) * 10_000),
            row["quality_failures"] or 0, row["delays"] or 0, row["days_late"] or 0, row["cause_state"] == "confirmed", bool(row["extra"]),
        )
        for number, (each, part) in enumerate(works)
        for row in held.products.get((each.member.person, str(part)), ())
    ]  # fmt: skip
    told = [held.evaluations.get((row.member.person, str(part))) for row, part in works]
    persons = [
        (number, _general(each), row.member.leads, staff.get(row.member.organization), *(_word(each, name) for name in UNIT))
        for number, ((row, _part), each) in enumerate(zip(works, told, strict=True))
    ]
    if len(products) + len(persons) <= FEW:
        counted = few.products(many, [dict(zip(PRODUCTS, row, strict=True)) for row in products])
        scored = few.works(many, [dict(zip(WORKS, row, strict=True)) for row in persons], counted)
    else:
        columns = many.products(pl.DataFrame(products, schema=PRODUCTS, orient="row"))
        scored = many.works(pl.DataFrame(persons, schema=WORKS, orient="row"), columns).to_dicts()
        counted = columns.to_dicts()
    by_work: dict[int, list[dict[str, Any]]] = {}
    for each in counted:
        by_work.setdefault(each["work"], []).append(each)
    return scored, by_work


def _general(evaluation: Evaluation | None) -> int | None:
    if evaluation is None or evaluation.general is None:
        return None
    return sum(round(float(points) * 10) for points in evaluation.general.values())


def _word(evaluation: Evaluation | None, name: str) -> int | None:
    word = evaluation.unit.get(name) if evaluation is not None else None
    return None if word is None else UNIT[name].index(word)


def _fill(row: Row, each: Mapping[str, Any], counted: Mapping[int, list[dict[str, Any]]]) -> None:
    asked = NAMES if row.member.leads else [name for name in NAMES if name not in ("d", "dd", "e")]
    row.parts = {name: _tenth(each[name]) if name in asked else None for name in NAMES}
    row.score = _tenth(each["score"])
    row.missing = [name for name in asked if each[name] is None and name != "result"]
    if not each["eval.assigned"]:
        row.missing = ["assigned", *(name for name in row.missing if name not in ("a", "b", "c"))]
    if row.public and row.regulation is None:
        row.missing = [*row.missing, "regulation"]
    row.formula = written(row, each, counted.get(each["work"], ()))


def _tenth(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number).scaleb(-1)


def _average(
    many: Many, works: Sequence[tuple[Row, Period]], scored: Sequence[Mapping[str, Any]], settled: Mapping[int, Decimal | None],
    weighing: Sequence[Regulation | None], listed: list[Row], period: Period, asked: Sequence[Period],
) -> None:  # fmt: skip
    """The mean of the months for whoever has a score in each of them."""
    found: dict[int, list[tuple[Period, Decimal | None]]] = {row.member.person: [] for row in listed}
    unruled = set()  # whose unit has no regulation for a period that is not settled
    for number, ((row, part), each) in enumerate(zip(works, scored, strict=True)):
        found[row.member.person].append((part, settled[number] if settled[number] is not None else _tenth(each["score"])))
        if row.public and settled[number] is None and weighing[number] is None:
            unruled.add(row.member.person)
    for row in listed:
        parts = found[row.member.person]
        covered = frozenset().union(*(part.months for part, _score in parts))
        enough = covered >= period.months or (period.kind == "year" and 0 < row.member.months <= len(covered))
        lacking = [str(part) for part, score in parts if score is None]
        if lacking or not enough:
            row.missing = [*lacking, *(str(part) for part in asked if not enough and not part.months <= covered)]
            row.missing += ["regulation"] if row.member.person in unruled else []
            continue
        months = sum(len(part.months) for part, _score in parts)
        total = sum((score * len(part.months) for part, score in parts if score is not None), Decimal(0))
        row.score = _tenth(int(many.means(pl.DataFrame({"sum": [int(total * 10)], "months": [months]}))[0]))
        shown = " + ".join(
            f"{len(part.months)} × {plain(score)}" if len(part.months) > 1 else plain(score) for part, score in parts
        )
        row.formula = f"score = ({shown}) / {months} = {plain(row.score)}"


def _grade(many: Many, listed: list[Row], category: str, period: Period) -> None:
    frame = pl.DataFrame(
        {
            "score": [None if row.score is None else int(row.score * 10) for row in listed],
            "leader": [row.member.leads for row in listed],
            "head": [row.member.standing == "head" for row in listed],
            **({"months": [row.member.months for row in listed]} if period.kind == "year" else {}),
            **({REGULATED: [row.regulation is not None or None for row in listed]} if category == "public_employee" else {}),
        },
        schema={"score": pl.Int64, "leader": pl.Boolean, "head": pl.Boolean}
        | ({"months": pl.Int64} if period.kind == "year" else {})
        | ({REGULATED: pl.Boolean} if category == "public_employee" else {}),
    )
    for row, grade in zip(listed, many.grades(frame, regime=category, year=period.year), strict=True):
        row.grade, row.articles = grade, tuple(many.used)
        if row.score is not None and grade == "undetermined" and row.member.standing == "head":
            row.missing = [*row.missing, "organization"]


# ---- the working in numbers


def written(row: Row, each: Mapping[str, Any], products: Sequence[Mapping[str, Any]]) -> str:
    """Each part of a score with its numbers, as the law's reader writes it for one person."""
    lines = []
    over = " + ".join(_times(p["assigned"], p["product.coefficient"]) for p in products if not p["extra"]) or "0"
    top = " + ".join(_times(p["done"], p["product.coefficient"]) for p in products) or "0"
    assigned, done = _millionth(each["eval.assigned"]), each["eval.done"]
    for part, lost in (("a", ""), ("b", "quality_lost"), ("c", "delay_lost")):
        if each[part] is None:
            continue
        less = "".join(f" - {_millionth(p[lost])}" for p in products if p[lost]) if lost else ""
        net = _millionth(done - (each[f"eval.{lost}"] if lost else 0))
        lines.append(f"{part} = ({top}{less}) / ({over}) = {net} / {assigned} = {plain(row.parts[part])} %")
    asked = ["a", "b", "c"]
    if row.member.leads:
        asked += ["d", "dd", "e"]
        lines += [f"{SHOWN.get(part, part)} = {plain(row.parts[part])} %" for part in asked[3:] if row.parts[part] is not None]
    if row.parts["result"] is not None:
        shown = " + ".join(plain(row.parts[part]) for part in asked)
        lines.append(f"result = ({shown}) / {len(asked)} = {plain(row.parts['result'])} %")
    if row.score is not None and row.parts["result"] is not None:
        lines.append(f"score = {plain(row.parts['general'])} + {plain(row.parts['result'])} % × 70 = {plain(row.score)}")
    if row.score is not None and row.public and row.regulation is not None:
        weights = row.regulation.weighing(leads=row.member.leads)
        shares = [(weight, row.parts[name]) for name, weight in weights.items()]
        cut = sum(weight * (share or 0) for weight, share in shares) > 100 * MOST_RESULT
        lines.append(weighed(row.parts["general"], shares, row.score, over=cut))
    return "\n".join(lines)


def _times(number: int, coefficient: int) -> str:
    return f"{plain(Decimal(number).scaleb(-4))} × {plain(Decimal(coefficient).scaleb(-2))}"


def _millionth(number: int) -> str:
    return plain(Decimal(number).scaleb(-6))

"""Organisations, graded by their own articles; the grade bounds that of their head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from canbo.rules.corpus import Corpus
from canbo.rules.evaluation.given import Body
from canbo.rules.evaluation.person import UNDETERMINED
from canbo.rules.evaluation.readings import Reader, exact, missing, plain
from canbo.rules.evaluation.scoring import Open, message_texts
from canbo.rules.explain import ArticleVerdict, explain

TOPIC = "evaluation_organization"
HEADS = {"administrative": "civil_servant", "service_unit": "public_employee"}


@dataclass(frozen=True)
class Graded:
    """What the law says of one organisation.

    head_grade  the grade of its head with the points handed over, after the bound of the organisation's grade
    unmet       articles on how it is graded that this case breaks, such as units beneath it not graded first
    """

    body: Body
    on: date
    score: Decimal | None
    grade: str
    line: str
    verdicts: tuple[ArticleVerdict, ...]
    missing: tuple[str, ...]
    open: tuple[Open, ...]
    unmet: tuple[ArticleVerdict, ...]
    head_grade: str | None
    head_verdict: ArticleVerdict | None = None


def grade_body(law: Corpus, body: Body, *, on: date) -> Graded:
    """Grade one organisation by the law of its year's last day, or of `on` while the year runs."""
    day = body.period.law_day(on) if body.period else on
    reader = Reader(law, day)
    total = reader.find("organization_total", body.facts)
    if "org.total" in body.facts:
        points: Decimal | None = Decimal(str(body.facts["org.total"]))
        line = f"score = {plain(points)}"
    else:
        points = exact(total)
        line = f"score = {_number(body, 'org.general')} + {_number(body, 'org.results')} = {plain(points)}" if points else ""
    verdict = reader.find("organization_grade", body.facts)
    word = str(verdict.value) if verdict is not None and verdict.outcome == "value" else UNDETERMINED
    opened: tuple[Open, ...] = ()
    if verdict is not None and verdict.outcome == "value" and word == UNDETERMINED:
        left = verdict.ruling.article.undetermined[1 if body.facts.get("org.force_majeure") else 0 :][:1]
        opened = tuple(Open(each.what, each.decided_by) for each in left)
    if verdict is None:
        opened = (Open(message_texts("eval_no_rules_then", on=day), message_texts("eval_authority")),)
    said = explain(law, topic=TOPIC, facts=body.facts, on=day, changes=False)  # type: ignore[arg-type]
    unmet = tuple(each for each in said.articles if each.outcome == "fail")
    head, head_verdict = _head(reader, body, word)
    used = tuple(reader.used.values())
    return Graded(body, on, points, word, line, used, tuple(missing(verdict)), opened, unmet, head, head_verdict)


def _number(body: Body, name: str) -> str:
    return plain(Decimal(str(body.facts[name]))) if name in body.facts else "–"


def _head(reader: Reader, body: Body, grade: str) -> tuple[str | None, ArticleVerdict | None]:
    """The head's grade, no higher than the organisation's; open where that is open, unless the own is the lowest."""
    regime = HEADS.get(str(body.facts.get("org.regime")))
    if body.head is None or regime is None:
        return None, None
    facts: dict[str, object] = {
        "eval.regime": regime, "eval.total": body.head, "eval.head": True, "eval.leader": True, "eval.year": reader.on.year,
        "eval.unit_regulation": True,
    }  # fmt: skip
    if grade != UNDETERMINED:
        facts["eval.organization_grade"] = grade
    found = reader.find("evaluation_grade", facts)
    return (str(found.value) if found is not None and found.outcome == "value" else UNDETERMINED), found

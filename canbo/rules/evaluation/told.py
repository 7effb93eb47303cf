"""What was evaluated as plain values for JSON, each text in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from canbo.rules.evaluation.bodies import Graded
from canbo.rules.evaluation.caps import Cap
from canbo.rules.evaluation.given import Regulation
from canbo.rules.evaluation.person import Evaluated, Grade, Reading
from canbo.rules.evaluation.scoring import Open, Scored
from canbo.rules.explain import ArticleVerdict


def person(found: Evaluated, language: str = "en") -> dict[str, object]:
    """One person: the score, the grade, the parts, the working in numbers, and every reading and regime."""
    scored = found.settled.scored
    verdicts = {each.id: each for each in (*found.settled.articles, *(v for grade in found.grades for v in grade.verdicts))}
    own = found.grades[0]
    return {
        "id": found.person.id,
        "on": found.on.isoformat(),
        "law_of": found.law_day.isoformat(),
        "period": str(found.person.period) if found.person.period else None,
        "score": number(found.score),
        "grade": found.grade,
        "parts": {name: number(value) for name, value in scored.parts.items()},
        "formula": "\n".join(scored.lines),
        "articles": list(verdicts),
        "sources": _sources(scored, own, language, regulated=bool(_regulations(found))),
        "regulations": [_regulation(each) for each in _regulations(found)],
        "readings": [reading(each, language) for each in found.readings],
        "regimes": [_regime(each, language) for each in found.grades],
        "disagreement": found.disagreement.say(language) if found.disagreement else None,
        "undetermined": [_open(each, own.missing, language) for each in own.open] if own.grade == "undetermined" else [],
        "missing": list(own.missing),
        "products": [row.to_dict() for row in scored.sums.rows] if scored.sums else [],
        "periods": [
            {
                "period": str(work.period),
                "score": number(each.score),
                "parts": {name: number(value) for name, value in each.parts.items()},
                "formula": "\n".join(each.lines),
            }
            for work, each in found.settled.periods
        ],
        "notes": [note.say(language) for note in found.notes],
    }


def _sources(scored: Scored, own: Grade, language: str, *, regulated: bool) -> dict[str, object]:
    """The article of each part, of the score and of the grade; a score by a unit's regulation has that which leaves it to the unit."""
    named = dict(scored.sources)
    decided = next((verdict for verdict in own.verdicts if verdict.outcome == "value"), None)
    if decided is not None:
        named["grade"] = decided
        if regulated and scored.score is not None:
            named.setdefault("score", decided)
    return {part: source(verdict, language) for part, verdict in named.items()}


def _regulations(found: Evaluated) -> list[Regulation]:
    """The regulations of the unit by which the periods were weighed, each once."""
    if found.person.category != "public_employee":
        return []
    held = [work.regulation or found.person.regulation for work in found.person.works if work.score is None]
    return [each for number, each in enumerate(held) if each is not None and each not in held[:number]]


def _regulation(each: Regulation) -> dict[str, object]:
    dated = each.dated.isoformat() if each.dated else None
    return {"number": each.number, "dated": dated, "weights": {name: number(value) for name, value in each.weights.items()}}


def source(verdict: ArticleVerdict, language: str) -> dict[str, object]:
    """An article with its citation, how it was found, and what it says of this case."""
    law = verdict.ruling.article.source
    return {"article": verdict.id, "citation": law.cite(language), "mark": law.mark, "reason": verdict.reason(language)}


def reading(each: Reading, language: str) -> dict[str, object]:
    """One way of reading, with what follows from it."""
    return {
        "question": each.question,
        "asks": each.title[language],
        "reading": each.way,
        "says": each.says[language],
        "used": each.used,
        "score": number(each.score),
        "grade": each.grade,
        "parts": {name: number(value) for name, value in each.parts.items()},
        "articles": list(each.articles),
    }


def _regime(each: Grade, language: str) -> dict[str, object]:
    return {
        "regime": each.regime.name,
        "title": each.regime.title[language],
        "known": each.regime.seen[language],
        "score": number(each.score),
        "grade": each.grade,
        "articles": [verdict.id for verdict in each.verdicts],
        "missing": list(each.missing),
        "undetermined": [_open(left, each.missing, language) for left in each.open],
    }


def _open(each: Open, missing: Iterable[str], language: str) -> dict[str, object]:
    return {
        "what": each.what[language],
        "decided_by": each.decided_by[language],
        "missing": list(each.missing or missing),
    }


def body(found: Graded, language: str = "en") -> dict[str, object]:
    """One organisation, and what its grade leaves to its head."""
    return {
        "id": found.body.id,
        "on": found.on.isoformat(),
        "score": number(found.score),
        "grade": found.grade,
        "formula": found.line,
        "articles": [each.id for each in found.verdicts],
        "sources": [source(each, language) for each in found.verdicts],
        "undetermined": [_open(each, found.missing, language) for each in found.open],
        "missing": list(found.missing),
        "unmet": [source(each, language) for each in found.unmet],
        "head_at_most": found.grade,
        "head": {"score": number(found.body.head), "grade": found.head_grade} if found.head_grade is not None else None,
    }


def cap(found: Cap, language: str = "en") -> dict[str, object]:
    """The numbers allowed in one group by each reading."""
    return {
        "group": found.group,
        "counts": dict(found.counts),
        "reached": found.reached,
        "reading": found.used,
        "allowed": found.allowed[found.used],
        "readings": dict(found.allowed),
        "settled": dict(found.settled),
        "roundings": {name: dict(each) for name, each in found.roundings.items()},
        "over": found.over,
        "order": [each.id for each in found.order],
        "keep": list(found.keep),
        "lose": list(found.lose),
        "tied": list(found.tied),
        "articles": [each.id for each in found.verdicts],
        "citation": [each.ruling.article.source.cite(language) for each in found.verdicts],
    }


def number(value: Decimal | None) -> float | None:
    """A decimal number for JSON."""
    return None if value is None else float(value)


__all__ = ["body", "cap", "number", "person", "reading", "source"]

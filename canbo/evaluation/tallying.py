"""The answers of a round added up, in memory, on their way to being destroyed: sums, severity beside them, and questions.

Nothing goes out of here but sums of sides that are large enough, texts in the order of their letters, and for a round that
is signed the answers with their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from django.conf import settings

from canbo.evaluation import inputs
from canbo.evaluation.models import Doubt, Evaluation, Round, Tally
from canbo.modelling.severity.ratings import RatingsRefused, of_table
from canbo.modelling.severity.report import Question, report
from canbo.rules import corpus
from canbo.rules.evaluation.sides import Sides, sides_of

Answer = Mapping[str, Any]
NAMED = "overlooked"  # the question that names whom it is about, also in an anonymous round: the rated one, and no rater


def tally(held: Round, answers: Sequence[Answer]) -> None:
    """Write the sums of a round, and what to ask; `held.result` says what there is to say of the whole."""
    law = sides_of(corpus.opened(settings.CANBO_RULEBOOK).path)
    asked: dict[tuple[int, str], list[Any]] = {}
    for one in held.asked.filter(excluded=""):
        asked.setdefault((one.ratee_id, one.side), []).append(one)
    said: dict[tuple[int, str], list[Answer]] = {}
    for each in answers:
        said.setdefault((each["ratee"], each["side"]), []).append(each)
    sums = {place: _sum(held, law, ones[0], len(ones), said.get(place, [])) for place, ones in asked.items()}
    kept = [
        {**each, "marks": {name: mark for name, mark in each["marks"].items() if name in shown}}
        for place in asked if (shown := sums[place].counts) is not None for each in said.get(place, ())
    ]  # fmt: skip
    found = _severity(held, law, kept)
    fair = {row["id"]: row for row in found.get("ratees", ())}
    homes = {one.ratee_id: one.organization_id for ones in asked.values() for one in ones}
    Tally.objects.bulk_create(
        [*sums.values(), *(_whole(held, person, body, kept, fair.get(str(person))) for person, body in homes.items())]
    )
    held.result = {name: found[name] for name in ("severities", "noise", "reliability") if name in found}
    Doubt.objects.bulk_create(_doubt(held, each) for each in found.get("questions", ()))


def _enough(held: Round, answers: Sequence[Answer]) -> bool:
    return len(answers) >= (held.least if held.anonymous else 1)


def _sum(held: Round, law: Sides, one: Any, asked: int, answers: Sequence[Answer]) -> Tally:
    """One side of one person; of too few answers only how many came."""
    made = Tally(
        round=held, person_id=one.ratee_id, organization_id=one.organization_id, side=one.side, asked=asked, answered=len(answers)
    )
    if not _enough(held, answers):
        return made
    made.counts = {}
    for question in (each["name"] for each in held.questions if one.side in each["sides"]):
        marks = [each["marks"].get(question) for each in answers]
        counts = [sum(mark == value for mark in marks) for value in range(law.low, law.high + 1)]
        if not held.anonymous or sum(counts) >= held.least or not sum(counts):
            made.counts[question] = [*counts, sum(mark is None for mark in marks)]
    made.texts = sorted(each["text"] for each in answers if each["text"]) if held.anonymous else []
    if not held.anonymous:
        made.signed = [{name: each[name] for name in ("rater", "marks", "text")} for each in answers]
    return made


def _whole(held: Round, person: int, body: int, kept: Sequence[Answer], fair: Mapping[str, Any] | None) -> Tally:
    """All sides together that are large enough: the mean as given, and what it comes to without the severity of the raters."""
    own = [each for each in kept if each["ratee"] == person]
    made = Tally(round=held, person_id=person, organization_id=body, side=Tally.ALL, asked=0, answered=len(own))
    if fair is not None and _enough(held, own):
        made.given, made.fair, made.error = fair["given"], fair["fair"], fair["fair_error"]
    return made


def _severity(held: Round, law: Sides, kept: Sequence[Answer]) -> dict[str, Any]:
    """The report on severity over what is kept; nothing where it cannot be told."""
    bodies = dict(held.asked.values_list("ratee_id", "organization_id"))
    results = _results(held.period, bodies)
    whole = [
        {"rater": str(each["rater"]), "ratee": str(each["ratee"]), "score": str(mark), "criterion": question, "period": held.period,
         "body": str(bodies[each["ratee"]]), "rater_body": str(bodies.get(each["rater"], "")), "text": each["text"] if first else "",
         "result": str(results.get(each["ratee"], ""))}
        for each in kept
        for first, (question, mark) in _told(each["marks"])
    ]  # fmt: skip
    if not whole:
        return {}
    try:
        found = report(
            of_table(pl.DataFrame(whole), (float(law.low), float(law.high))), beside=_beside(held, set(bodies.values()))
        )
    except RatingsRefused:
        return {}
    told = found.to_dict("en")
    severities = sorted(row["severity"] for row in found.raters() if row["severity"] is not None)  # type: ignore[type-var]
    return {
        "ratees": found.ratees(), "questions": found.questions, "noise": told["noise"], "reliability": told["reliability"],
        "severities": severities if not held.anonymous or len(severities) >= held.least else [],
    }  # fmt: skip


def _results(period: str, people: Iterable[int] | None = None) -> dict[int, float]:
    """What the work of people came to in a period: the part of the score that was measured; where none was kept, the score.

    The general points are judged by the same heads who may inflate or overlook, so marks are not compared with them.
    """
    decided = Evaluation.objects.filter(period=period, state__in=inputs.CLOSED, score__isnull=False)
    told = decided if people is None else decided.filter(person_id__in=list(people))
    results: dict[int, float] = {}
    for person, score, found in told.values_list("person_id", "score", "found"):
        parts = (found or {}).get("parts") or {}
        measured = parts["result"] if "result" in parts else float(score or 0)
        if measured is not None:  # of whom nothing was measured, nothing is compared
            results[person] = float(measured)
    return results


def _beside(held: Round, bodies: set[int]) -> list[tuple[float, float]]:
    """(mean mark, mean result) of the bodies of other rounds on the same period: what is shown of them, no answer.

    A line through the bodies of one small round says nothing; through all whose rounds were closed before it may.
    """
    closed = Tally.objects.filter(round__period=held.period, round__state=Round.State.CLOSED, side=Tally.ALL, given__isnull=False)
    results, found = _results(held.period), dict[int, dict[int, float]]()
    for body, person, given in (
        closed.exclude(organization_id__in=bodies).order_by("round_id").values_list("organization_id", "person_id", "given")
    ):
        if person in results and given is not None:
            found.setdefault(body, {})[person] = given  # of two rounds on one body the later
    return [
        (sum(people.values()) / len(people), sum(results[each] for each in people) / len(people))
        for people in found.values() if len(people) >= held.least
    ]  # fmt: skip


def _told(marks: Mapping[str, int | None]) -> list[tuple[bool, tuple[str, int]]]:
    """The marks that were given, the first of them marked: the text of an answer is counted with it, once."""
    given = [(name, mark) for name, mark in marks.items() if mark is not None]
    return [(at == 0, each) for at, each in enumerate(given)]


def _doubt(held: Round, question: Question) -> Doubt:
    """A question as it is kept: of an anonymous round without the name of anybody who answered, and without a text."""
    evidence = dict(question.evidence)
    people = sorted({int(str(each)) for each in evidence.get("people", ())})  # type: ignore[attr-defined]
    ratings: Any = evidence.get("ratings", [])
    people = people or sorted({int(each["rater"]) for each in ratings} if question.kind.startswith("copies") else set())
    evidence["raters"] = evidence.get("raters") or len(people)
    if held.anonymous:
        evidence = {name: value for name, value in evidence.items() if name not in ("people", "ratings", "text")}
        evidence["answers"], people = len(ratings), people if question.kind == NAMED else []
    body = evidence.get("body")
    return Doubt(
        round=held, organization_id=int(str(body)) if body else held.organization_id, kind=question.kind, persons=people, evidence=evidence
    )  # fmt: skip

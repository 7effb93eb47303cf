"""Evaluations: a body's list with how many may be excellent, and one person's with every number open to what it follows from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from canbo.evaluation import board, grading, inputs, limits, opinions, overview
from canbo.evaluation.models import Evaluation, Limit, Petition, Tally
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, figures, words, work
from canbo.pages import consequences as proposal_pages
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.people import the_person
from canbo.procedures import consequences, deadlines
from canbo.registry import looking
from canbo.registry.asking import remembered
from canbo.registry.compiled import Compiled
from canbo.registry.models import Organization, Person
from canbo.registry.models.organization import Kind
from canbo.registry.queries import Unit
from canbo.rules import corpus
from canbo.rules.evaluation import caps
from canbo.rules.evaluation.given import GRADES
from canbo.rules.evaluation.periods import Period
from canbo.rules.evaluation.person import Evaluated

ACT = board.ACT
PARTS = ("general", "a", "b", "c", "d", "dd", "e", "result", "score", "grade")
MOST = 500  # rows of one page


@requires(ACT, over=boards.unit_for(ACT))
def listing(request: HttpRequest, unit: Unit) -> HttpResponse:
    """A body's own people in a period: parts, score, grade, standing; how many may be excellent; a line for each body beneath."""
    on, refusal = today(), ""
    period = work.period_asked(request, unit.id, on)
    if request.method == "POST":
        try:
            messages.success(request, set_in(request, unit, period, on))
            return redirect(f"{request.path}?in={unit.code}&period={period}#caps")
        except Refused as problem:
            refusal = str(problem)
    told: dict[str, Any] = {"by": request.user, "root": unit.id, "period": period, "on": on}
    rows = overview.own_people(**told) if period.first <= on else []
    lines = overview.beneath(**told) if period.first <= on else []
    names = work.names_of(request, unit, [row.member.person for row in rows[:MOST]], on)
    rows.sort(key=lambda row: (-(row.score or -1), names.get(row.member.person, "")))
    before, after = work.around(period)
    graded = [row for row in rows if row.grade in GRADES]
    context = {
        "unit": unit, "period": period, "before": before, "after": after, "rows": rows[:MOST], "names": names,
        "above": work.without_ceiling(row.score for row in rows),
        "known": {str(number): name for number, name in names.items()}, "count": len(rows) + sum(line.people for line in lines), **lined(lines),
        "decided": sum(row.decided for row in rows) + sum(line.decided for line in lines), "graded": len(graded), "open": [row for row in rows if row.grade == "undetermined"],
        "parts": [(str(grade_word(grade)), sum(row.grade == grade for row in rows), tone)
                  for grade, tone in (("excellent", "f1"), ("good", "fs4"), ("completed", "fs3"), ("not_completed", "ffail"))],
        "told": limits.counted(rows, unit.id, period, on=on), "may_assign": may(request, "work.assign", unit.id), "may_open": may(request, consequences.ACT, unit.id), "year": period.year,
        "regulated": unit.structure == Kind.Structure.SERVICE or any(row.public for row in rows),
        "refusal": refusal, "key": work.new_key(request), "today": on, "may_set": may(request, "scheme.set", unit.id),
        "may_recognise": may(request, "evaluation.decide", unit.id), **choices(),
    }  # fmt: skip
    return render(request, "work/body.html", context, status=422 if refusal else 200)


def choices() -> dict[str, Any]:
    """What can be chosen where a body sets how it counts the excellent."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    return {
        "among": caps.words_of(law, caps.DENOMINATOR), "rounding": caps.words_of(law, caps.ROUNDING),
        "groupings": Limit.Groups.values, "bound": Limit.Periods.values,
    }  # fmt: skip


def set_in(request: HttpRequest, unit: Unit, period: Period, on: date) -> str:
    """Set how a body counts the excellent, or recognise its results; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    do, basis, body = asked.words(sent.get("do"), 20), asked.words(sent.get("text"), 300), Organization(pk=unit.id)
    if do == "limit":
        told = {name: asked.words(sent.get(name), 20) for name in ("among", "rounding", "groups", "periods")}
        limits.set_limit(organization=body, since=work.day_of(sent.get("since"), on), basis=basis, **told, **mark)
        return _("The reading is set.")
    if do == "recognise":
        limits.recognise(organization=body, year=period.year, basis=basis, **mark)
        return _("The results are recognised.")
    raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))


def lined(lines: list[overview.Line]) -> dict[str, Any]:
    """The lines of the bodies beneath as a table: its heads, a row of figures each, and what they come to together."""
    heads = [_("People evaluated"), pgettext("evaluations", "Open"), _("Decided"), *(str(grade_word(grade)) for grade in GRADES)]
    figured = [[line.people, line.open, line.decided, *(line.grades.get(grade, 0) for grade in GRADES)] for line in lines]
    rows = [(line.body, list(zip(heads, each, strict=True))) for line, each in zip(lines, figured, strict=True)]
    together = [sum(column) for column in zip(*figured, strict=True)] if len(lines) > 1 else []
    return {"heads": heads, "lines": rows, "together": list(zip(heads, together, strict=False))}


def grade_word(grade: str) -> str:
    """A grade in words."""
    return words.word(grade, "grade of work")


@requires(ACT, over=the_person)
def person(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """One person's period: every number with its formula, what it was counted from, the article; and who does what next."""
    on, refusal = today(), ""
    if request.method == "POST":
        period = work.period_asked(request, work.body_of(subject, on), on)
        try:
            messages.success(request, done(request, on))
            return redirect(f"{request.path}?period={period}")
        except Refused as problem:
            refusal = str(problem)
    looking.looked_at_file(subject, by=request.user, on=on, classes=["evaluation"])
    with remembered():
        return render(request, "work/person.html", what_is_told(request, subject, refusal, on), status=422 if refusal else 200)


def what_is_told(request: HttpRequest, subject: Person, refusal: str, on: date) -> dict[str, Any]:
    """What the page says of one person's period."""
    number, body = subject.pk, work.body_of(subject, on)
    period = work.period_asked(request, body, on)
    row = work.reckoned(number, body, period, on)
    evaluation = _standing.first(person=number, period=str(period))
    before, after = work.around(period)
    return {
        "subject": subject, "name": work.name_of(number, on), "unit": work.unit_of(body, on) if body else None, "period": period,
        "before": before, "after": after, "row": row, "evaluation": evaluation, "refusal": refusal, "rows": work.sheet([number], period),
        "key": work.new_key(request), "grades": GRADES, "unit_words": grading.UNIT, "own": request.user.person_id == number,
        **petitioned(evaluation, on), "above": work.without_ceiling([row.score if row else None]),
        "cancelled": _cancelled(person=number, period=str(period)),
        "proposals": proposed(request, subject, evaluation, on), "groups": work.group_titles(), "given": request.POST.dict() if refusal else {}, **followed(row, period, on), **offers(request, body), "room": room_of(row, on),
        **said_beside(request, subject, evaluation, period, on),
    }  # fmt: skip


def petitioned(evaluation: Evaluation | None, on: date) -> dict[str, Any]:
    """The latest petition against an evaluation, and while it waits the working days that are left for its answer."""
    found = _petition.first(evaluation=evaluation.pk) if evaluation else None
    left = deadlines.working_days(on, found.due_on) if found is not None and found.state == Petition.State.FILED else None
    return {"petition": found, "petition_left": left, "petition_late": -left if left is not None and left < 0 else 0}


_standing = Compiled(
    lambda person, period: (
        Evaluation.objects.select_related("decided_by", "published_by")
        .filter(person_id=person, period=period)
        .exclude(state="cancelled")[:1]
    )
)


_petition = Compiled(lambda evaluation: Petition.objects.filter(evaluation_id=evaluation).order_by("-pk")[:1])
_cancelled = Compiled(
    lambda person, period: Evaluation.objects.filter(person_id=person, period=period, state="cancelled").order_by("-pk")
)
_tallied = Compiled(lambda person, period: Tally.objects.filter(person_id=person, round__period=period)[:1])


def said_beside(request: HttpRequest, subject: Person, evaluation: Evaluation | None, period: Period, on: date) -> dict[str, Any]:
    """What stands beside the score: opinions of Party organisations, the regimes side by side, whether many sides were asked."""
    standings = opinions.side_by_side(evaluation, on=on) if evaluation is not None else []
    return {
        "opinions": evaluation.opinions.order_by("said_on", "pk") if evaluation is not None else [],
        "standings": standings if len(standings) > 1 else [], "disagree": opinions.disagree(standings), "today": on,
        "sided": _tallied.first(person=subject.pk, period=str(period)) is not None,
        "may_record": evaluation is not None and may(request, opinions.ACT, evaluation.organization_id),
    }  # fmt: skip


def room_of(row: board.Row | None, on: date) -> limits.Room | None:
    """Whether there is room for one more who is excellent, of somebody who waits to be decided and reached it."""
    waits = row is not None and row.evaluation is not None and row.evaluation.state == Evaluation.State.OPINED
    return limits.room_for(row.evaluation, on=on) if waits and row.grade == grading.EXCELLENT else None  # type: ignore[union-attr, arg-type]


def proposed(request: HttpRequest, subject: Person, evaluation: Evaluation | None, on: date) -> list[dict[str, Any]]:
    """What a published grade proposes, for whoever may open cases about this person; nothing of one's own."""
    if evaluation is None or evaluation.state != "published":
        return []
    if request.user.person_id == subject.pk or not may(request, consequences.ACT, evaluation.organization_id):
        return []
    return [proposal_pages.shown(each, on) for each in consequences.propose(evaluation=evaluation, by=request.user, on=on)]


def offers(request: HttpRequest, body: int | None) -> dict[str, bool]:
    """What the page offers to do."""
    acts = {
        "may_opine": "work.assign",
        "may_decide": "evaluation.decide",
        "may_publish": "evaluation.publish",
        "may_answer": "petition.answer",
    }
    return {name: body is not None and may(request, act, body) for name, act in acts.items()}


def followed(row: board.Row | None, period: Period, on: date) -> dict[str, Any]:
    """Every number of a score with the line that reckons it and the article that says so; what other readings come to."""
    found = explained(row, period, on)
    if row is None or found is None:
        return {"parts": [], "readings": [], "undetermined": [], "notes": [], "same": None, "months": [], "regulations": []}
    told = inputs.shown(found, figures.language())
    lines = {line.partition(" = ")[0].replace("đ", "dd"): line for line in told["formula"].splitlines()}
    values = {**told["parts"], "score": told["score"], "grade": told["grade"]}
    parts = [
        {"name": name, "value": values[name], "line": lines.get(name, ""), "source": told["sources"].get(name), "points": name in ("general", "score")}
        for name in PARTS
        if values[name] is not None or name in told["sources"]
    ]  # fmt: skip
    told_so = row.evaluation is not None and (
        row.evaluation.undetermined or (row.evaluation.below and found.grade == grading.EXCELLENT)
    )
    same = None if not row.decided else found.score == row.score and (found.grade == row.grade or told_so)
    capped = next((each["score"] for each in told["readings"] if each["question"] == work.BEYOND and not each["used"]), None)
    return {
        "parts": parts, "capped": capped, "readings": told["readings"], "undetermined": told["undetermined"], "notes": told["notes"], "same": same,
        "months": told["periods"], "regulations": [{**each, "dated": each["dated"] and date.fromisoformat(each["dated"])} for each in told["regulations"]],
    }  # fmt: skip


def explained(row: board.Row | None, period: Period, on: date) -> Evaluated | None:
    """What the law says of one person: from what a decided evaluation keeps, else from what was accepted so far."""
    if row is None:
        return None
    if row.decided and row.evaluation is not None:
        return inputs.recomputed(row.evaluation, compared=True)
    held = inputs.held([row.member.person], period)
    return inputs.reckoned(inputs.passing(inputs.file_of(row.member, period, held, on=on, settled=True)), on=on, compared=True)


def done(request: HttpRequest, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    do, evaluation = asked.words(sent.get("do"), 20), work.evaluation_of(sent.get("evaluation"))
    text = asked.words(sent.get("text"), 4000)
    if do == "opine":
        unit = {name: word for name in grading.UNIT if (word := asked.words(sent.get(name), 30))}
        grading.opine(evaluation=evaluation, opinion=text, general=work.groups_of(request), unit=unit, **mark)
        return _("Your opinion stands with the evaluation.")
    if do == "decide":
        grading.decide(evaluation=evaluation, grade=asked.words(sent.get("grade"), 20) or None, why=text, **mark)
        return _("It is decided, and kept with what it was reckoned from.")
    if do == "publish":
        grading.publish(evaluation=evaluation, **mark)
        return _("It is published.")
    if do == "cancel":
        grading.cancel(evaluation=evaluation, why=text, **mark)
        return _("It is cancelled; another takes its place.")
    if do == "party":
        told = {name: asked.words(sent.get(name), 200) for name in ("body", "author")}
        said_on = work.day_of(sent.get("said_on"), on)
        opinions.record(
            evaluation=evaluation, said_on=said_on, text=text, grade=asked.words(sent.get("grade"), 20), **told, **mark
        )
        return _("The opinion stands with the evaluation.")
    if do in ("uphold", "dismiss"):
        grading.answer(evaluation=evaluation, upheld=do == "uphold", text=text, **mark)
        return _("The petition is answered.")
    raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))

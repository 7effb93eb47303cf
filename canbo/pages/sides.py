"""Opinions from many sides: what a body's people were told, one's own result, and what is asked of the reader."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.evaluation import board, sides, sides_shown
from canbo.evaluation.models import Asked, Doubt, Round
from canbo.evaluation.refusals import Refused
from canbo.evaluation.sides_shown import Sight
from canbo.pages import asked, boards, figures, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.people import the_person
from canbo.registry import authority
from canbo.registry.models import Organization, Person
from canbo.registry.queries import Unit
from canbo.rules.evaluation.periods import Period

SHOWN = 200
DAYS = 14  # that a form proposes


@requires(board.ACT, over=boards.unit_for(board.ACT))
def body(request: HttpRequest, unit: Unit) -> HttpResponse:
    """What many sides said of a body's people in a period; rounds, the served, questions to people; the forms to act."""
    on, refusal = today(), ""
    period = work.period_asked(request, unit.id, on)
    if request.method == "POST":
        try:
            messages.success(request, done(request, unit, period))
            return redirect(f"{request.path}?in={unit.code}&period={period}")
        except Refused as problem:
            refusal = str(problem)
    whole = sides_shown.of_body(by=request.user, root=unit.id, period=period, on=on)
    doubts = [told(each, unit, on) for each in whole.doubts]
    people = [each for each in whole.people if each.person != request.user.person_id]
    named = {each.person for each in people[:SHOWN]} | {person for each in whole.doubts for person in each.persons}
    before, after = work.around(period)
    context = {
        "unit": unit, "period": period, "before": before, "after": after, "refusal": refusal, "key": work.new_key(request), "today": on,
        "rounds": whole.rounds, "others": whole.others, "people": people[:SHOWN], "names": work.names_of(request, unit, named, on), "served": whole.served,
        "doubts": doubts, "law": sides.law(), "scale": range(sides.law().low, sides.law().high + 1), "closes": on.fromordinal(on.toordinal() + DAYS),
        "may_ask": may(request, sides.OPEN, unit.id), "may_settle": may(request, sides.SETTLE, unit.id), "given": request.POST.dict() if refusal else {},
        "source": figures.named(dict(sides.law().source)),
    }  # fmt: skip
    return render(request, "work/sides_body.html", context, status=422 if refusal else 200)


def told(doubt: Doubt, unit: Unit, on: date) -> dict[str, Any]:
    """A question to people with its figures, rounded as they are read; `where`: the body it is about, where it is another."""
    numbers = {
        name: value for name, value in doubt.evidence.items() if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    return {
        "it": doubt,
        "where": work.unit_of(doubt.organization_id, on) if doubt.organization_id != unit.id else None,
        **{
            name: numbers.get(name)
            for name in (
                "excess",
                "given",
                "expected",
                "error",
                "answers",
                "raters",
                "ratees",
                "likeness",
                "fair",
                "result",
                "middle",
            )
        },
    }


def done(request: HttpRequest, unit: Unit, period: Period) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, on = request.POST, today()
    mark: dict[str, Any] = {"by": request.user, "on": on, "key": work.key_of(request)}
    do, here = asked.words(sent.get("do"), 20), Organization(pk=unit.id)
    if do == "ask":
        closes = work.day_of(sent.get("closes"), on)
        sides.open_round(organization=here, period=str(period), closes_on=closes, anonymous=sent.get("signed") != "on", **mark)
        return _("They are asked; each finds it among the own tasks.")
    if do == "served":
        law = sides.law()
        counts = [asked.whole_number(sent.get(f"mark_{place}")) or 0 for place in (*range(law.low, law.high + 1), "none")]
        named = {"counter": asked.words(sent.get("counter"), 120), "basis": asked.words(sent.get("text"), 300)}
        sides.take_served(organization=here, period=str(period), counts=counts, **named, **mark)
        return _("The figures are taken in.")
    held = Round.objects.filter(pk=asked.whole_number(sent.get("round"))).first()
    if do == "close" and held is not None:
        sides.close(round=held, **mark)
        return _("The round is closed: its answers were added up and destroyed.")
    if do == "abandon" and held is not None:
        sides.abandon(round=held, why=asked.words(sent.get("text"), 1000), **mark)
        return _("The round is given up: its answers were destroyed unread.")
    doubt = Doubt.objects.filter(pk=asked.whole_number(sent.get("doubt"))).first()
    if do == "settle" and doubt is not None:
        sides.settle(doubt=doubt, text=asked.words(sent.get("text"), 4000), **mark)
        return _("The answer stays with the question.")
    raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))


@requires(board.ACT, over=the_person)
def person(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """What many sides said of one person: for that person, and for whoever reaches the body; with how many said so."""
    on = today()
    here = work.body_of(subject, on)
    period = work.period_asked(request, here, on)
    sights: list[Sight] = sides_shown.of_person(person=subject, period=period, by=request.user, on=on)
    before, after = work.around(period)
    context = {
        "subject": subject, "name": work.name_of(number, on), "unit": work.unit_of(here, on) if here else None, "period": period,
        "before": before, "after": after, "sights": sights, "served": sides_shown.of_served(here, period) if here else [],
        "own": request.user.person_id == number, "law": sides.law(), "source": figures.named(dict(sides.law().source)),
        "raters": {each["rater"]: work.name_of(each["rater"], on) for sight in sights for side in sight.sides for each in side.signed},
    }  # fmt: skip
    return render(request, "work/sides_person.html", context)


def the_asked(request: HttpRequest, number: int) -> Asked:
    """What is asked of the reader about somebody; nothing of what is asked of others."""
    found = (
        Asked.objects.select_related("round", "rater").filter(pk=asked.row_number(number), rater=request.user.person_id).first()
    )
    if found is None or request.user.person_id is None:
        raise Http404(_("Nothing like this is asked of you."))
    return found


@requires("organization.read", over=the_asked)
def answer(request: HttpRequest, one: Asked, number: int) -> HttpResponse:
    """For whoever is asked: the questions about one person, what becomes of the answer, and the next one."""
    on, refusal = today(), ""
    if request.method == "POST":
        try:
            sent = request.POST
            marks = {name: _mark(sent.get(f"mark_{name}")) for name, _title in questions(one)}
            sides.answer(
                asked=one, marks=marks, text=asked.words(sent.get("text"), 2000), by=request.user, on=on, key=work.key_of(request)
            )
            messages.success(request, _("It lies sealed; nobody can read it, and you cannot take it back."))
            left = sides_shown.waiting(request.user.person_id, on=on)
            return redirect("side_asked", number=left[0].pk) if left else redirect("tasks")
        except Refused as problem:
            refusal = str(problem)
    law = sides.law()
    context = {
        "one": one, "name": name_of(one.ratee_id), "questions": [
            {"name": name, "title": title, "given": request.POST.get(f"mark_{name}", "")} for name, title in questions(one)
        ],
        "scale": range(law.low, law.high + 1), "law": law, "side": figures.named(dict(law.titles.get(one.side, {"en": one.side}))), "refusal": refusal,
        "key": work.new_key(request), "left": len(sides_shown.waiting(request.user.person_id, on=on)), "excluded": sides.EXCLUDED.get(one.excluded),
        "open": one.round.state == Round.State.OPEN and on <= one.round.closes_on, "text": request.POST.get("text", "") if refusal else "",
    }  # fmt: skip
    return render(request, "work/asked.html", context, status=422 if refusal else 200)


def name_of(person: int) -> str:
    """The name of whoever the reader is asked about: the one thing of that file that is shown."""
    with authority.everything_in_sight():
        return work.name_of(person, today())


def questions(one: Asked) -> list[tuple[str, str]]:
    """The questions of a side: name, and words in the reader's language."""
    return [(each["name"], figures.named(each["title"])) for each in one.round.questions if one.side in each["sides"]]


def _mark(text: str | None) -> int | None:
    """A mark as the form sends it; a dash: I cannot say. Raises Refused where nothing was chosen."""
    if text == "-":
        return None
    number = asked.whole_number(text)
    if number is None:
        law = sides.law()
        raise Refused(
            "marks",
            _("Give each question a mark from %(low)s to %(high)s, or say that you cannot tell.")
            % {"low": law.low, "high": law.high},
        )
    return number

"""The talent page of a body: who is proposed and recognised, promises with their days, the programme, targets, who stays."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.development import courses, retention, talent
from canbo.development.models import Potential, Promise, Talent
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.training import FORM, words_of
from canbo.registry import people
from canbo.registry.models import Organization, Person
from canbo.registry.queries import NotInRegister, Unit
from canbo.rules import talents


@requires(talent.READ, over=boards.unit_for(talent.READ))
def board(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Everything that a body knows of its talents, with the forms for what comes next."""
    on, refusal = today(), ""
    if request.method == "POST":
        try:
            messages.success(request, done(request, unit, on))
            return redirect(f"{request.path}?in={unit.code}")
        except (Refused, NotInRegister) as problem:
            refusal = str(problem)
    found = talent.board(by=request.user, root=unit.id, on=on)
    told = talents.of(courses.law())
    persons = {each.person_id for each in found.talents if each.person_id is not None}
    persons |= {each.person_id for each in found.programme}
    names = work.names_of(request, unit, persons, on)
    called = {each.pk: names.get(each.person_id or 0, "–") if each.person_id else each.name for each in found.talents}
    context = {
        "unit": unit, "refusal": refusal, "key": work.new_key(request), "today": on, "names": names, "called": called, "board": found,
        "promises": [{"it": each, "state": each.state(on), "name": called.get(each.talent_id, "–"), "kind": told.promises.get(each.kind)} for each in found.promises],
        "candidates_open": [each for each in found.talents if each.state == "proposed"], "recognised": [each for each in found.talents if each.state == "recognised"],
        "overdue": sum(each.state(on) == "overdue" for each in found.promises),
        "kind_words": {code: text for code, text in words_of("talent.kind").items() if code != "none"}, "criteria": told.criteria, "least": told.least, "promise_kinds": told.promises,
        "ways": [code for code in Talent.Way.values if code != "serving"], "groups": groups_shown(on),
        "stay": retention.retention(by=request.user, root=unit.id, on=on),
        "may_propose": may(request, "talent.propose", unit.id), "may_recognise": may(request, "talent.recognise", unit.id),
        "may_promise": may(request, "promise.give", unit.id),
    }  # fmt: skip
    return render(request, "training/talent.html", context, status=422 if refusal else 200)


def groups_shown(on: date) -> list[dict[str, Any]]:
    """The groups of the programme, whether each is open today, and on what it rests."""
    law = courses.law()
    found = []
    for each in talents.of(law).groups.values():
        rests = talents.rests_on(each, law, on)
        article = law.articles.get(each.article)
        found.append({"it": each, "rests": rests, "article": article.id if article else "", "why": each.closed})
    return found


def done(request: HttpRequest, unit: Unit, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    do = asked.words(sent.get("do"), 20)
    if do == "propose":
        return proposed(request, unit, mark)
    if do == "nominate":
        person = Person(pk=people.find(asked.words(sent.get("number"), 20)))
        talent.nominate(person=person, group=asked.words(sent.get("group"), 12), why=asked.words(sent.get("why"), 1000), **mark)
        return _("The proposal waits for a second person.")
    if do in ("take", "leave_out"):
        held = Potential.objects.filter(pk=asked.whole_number(sent.get("potential"))).select_related("person").first()
        if held is None:
            raise Refused("form", _(FORM))
        talent.take(potential=held, taken=do == "take", **mark)
        return _("What you decided is written down.")
    if do == "keep":
        promise = Promise.objects.filter(pk=asked.whole_number(sent.get("promise"))).select_related("talent").first()
        if promise is None:
            raise Refused("form", _(FORM))
        talent.keep(promise=promise, evidence=asked.words(sent.get("evidence"), 300), **mark)
        return _("The promise is kept, and what shows it is written down.")
    return of_talent(request, do, on, mark)


def of_talent(request: HttpRequest, do: str, on: date, mark: dict[str, Any]) -> str:
    """Recognised or not, and promised."""
    sent = request.POST
    held = Talent.objects.filter(pk=asked.whole_number(sent.get("talent"))).first()
    if held is None:
        raise Refused("form", _(FORM))
    if do in ("recognise", "decline"):
        talent.recognise(talent=held, recognised=do == "recognise", basis=asked.words(sent.get("basis"), 300), **mark)
        return _("What you decided is written down.")
    if do == "promise":
        told = {"kind": asked.words(sent.get("kind"), 12), "text": asked.words(sent.get("text"), 500)}
        talent.promise(talent=held, due_on=work.day_of(sent.get("due_on"), on), **told, **mark)
        return _("The promise is written down with its day.")
    raise Refused("form", _(FORM))


def proposed(request: HttpRequest, unit: Unit, mark: dict[str, Any]) -> str:
    """Somebody who serves, by the number of the file; or somebody from outside, by name."""
    sent = request.POST
    number = asked.words(sent.get("number"), 20)
    person = Person(pk=people.find(number)) if number else None
    body = work.body_of(person, mark["on"]) if person is not None else None
    shown = {code: asked.words(sent.get(f"criterion_{code}"), 300) for code in talents.of(courses.law()).criteria}
    talent.propose(
        organization=Organization(pk=unit.id if body is None else body), kind=asked.words(sent.get("kind"), 12),
        way="serving" if person is not None else asked.words(sent.get("way"), 10), field=asked.words(sent.get("field"), 200),
        criteria=shown, person=person, name="" if person is not None else asked.words(sent.get("name"), 200),
        comes_from=asked.words(sent.get("comes_from"), 300), experience_years=asked.whole_number(sent.get("years")),
        salary=asked.whole_number(sent.get("salary")), **mark,
    )  # fmt: skip
    return _("The proposal waits for a second person.")

"""Training: the catalogue of courses, the plan of a body's year, and my courses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.development import courses, enrolment, following, plans, study
from canbo.development.assessing import framework
from canbo.development.models import Course, Enrolment, Place, Plan, SelfStudy
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, figures, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.words import word
from canbo.registry import authority, queries
from canbo.registry.models import Organization, Person
from canbo.registry.queries import Unit
from canbo.rules import courses as catalogue
from canbo.rules.display import show_value

SHOWN = 120  # places and enrolments on one page
FORM = "This form was made for somebody else or is incomplete. Open the page again."


def need_shown(told: dict[str, Any]) -> dict[str, Any]:
    """A need of a place in the reader's words: its kind, what it asks for, the article it rests on."""
    law, wants = courses.law(), told.get("wants") or {}
    article = law.articles.get(told["article"]) if told.get("article") else None
    what = ""
    if "theory" in wants:
        spec = law.facts["person.theory"]
        what = show_value(wants["theory"], spec.type, figures.language(), spec=spec)
    elif "competency" in wants:
        held = framework().on(today()).get(wants["competency"])
        title = figures.named(held.title) if held else wants["competency"]
        what = _("%(competency)s: level %(level)s is asked, %(held)s is confirmed") % {
            "competency": title, "level": wants["level"], "held": wants["held"],
        }  # fmt: skip
    elif "field" in wants:
        what = figures.named(courses.listed().fields.get(wants["field"]))
    return {
        "kind": told["kind"], "what": what, "article": told.get("article") or "", "by": told.get("by") and date.fromisoformat(told["by"]),
        "cites": article.source.cite(figures.language()) if article else "",
    }  # fmt: skip


def place_shown(place: Place, names: dict[int, str], on: date) -> dict[str, Any]:
    """A place of a plan as the page shows it."""
    return {
        "it": place, "name": names.get(place.person_id, "–"), "title": place.told["title"], "needs": [need_shown(each) for each in place.needs],
        "urgent": any(each["kind"] == "law_late" for each in place.needs), "enrolment": getattr(place, "enrolment", None),
    }  # fmt: skip


# ---- the plan of a body


@requires("training.read", over=boards.unit_for("training.read"))
def board(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The training of a body in a year: the plan with its reasons, who was sent, service owed, what followed."""
    on, refusal = today(), ""
    year = asked.whole_number(request.GET.get("year")) or on.year
    year = year if 2000 <= year <= 2100 else on.year
    if request.method == "POST":
        try:
            messages.success(request, done(request, unit, year, on))
            return redirect(f"{request.path}?in={unit.code}&year={year}")
        except Refused as problem:
            refusal = str(problem)
    plan = plans.latest(unit.id, year)
    places = list(plan.places.select_related("enrolment").order_by("-taken", "pk")) if plan else []
    below = queries.subtree(unit.id, on=on)
    sent = list(Enrolment.objects.filter(organization__in=below).order_by("-pk")[:SHOWN])
    studies = list(SelfStudy.objects.filter(organization__in=below, state="logged").order_by("pk")[:SHOWN])
    owing = enrolment.owing(by=request.user, root=unit.id, on=on)
    shown = [each for each in places if each.taken][:SHOWN] + [each for each in places if not each.taken][:SHOWN]
    people: set[int] = (
        {each.person_id for each in shown} | {each.person_id for each in sent} | {each.person_id for each in studies}
    )
    people |= {each.enrolment.person_id for each in owing}
    names = work.names_of(request, unit, people, on)
    told = [place_shown(each, names, on) for each in shown]
    context = {
        "unit": unit, "year": year, "before": year - 1, "after": year + 1, "refusal": refusal, "key": work.new_key(request), "today": on,
        "plan": plan, "sum": plans.summed(places), "taken": [each for each in told if each["it"].taken],
        "out": [each for each in told if not each["it"].taken], "sent": sent, "studies": studies, "owing": owing, "names": names,
        "effect": following.effect(by=request.user, root=unit.id, on=on), "offered": offered(unit.id, on),
        "may_plan": may(request, "training.plan", unit.id), "may_approve": may(request, "training.approve", unit.id),
        "may_send": may(request, "training.enrol", unit.id), "may_result": may(request, "training.result", unit.id),
        "may_confirm": may(request, "study.confirm", unit.id), "own": plan is not None and plan.proposed_by_id == request.user.pk,
    }  # fmt: skip
    return render(request, "training/board.html", context, status=422 if refusal else 200)


def offered(organization: int, on: date) -> list[catalogue.Course]:
    """The courses that a body may choose from."""
    return sorted(courses.known(organization, on=on).values(), key=lambda each: (each.field, each.code))


def done(request: HttpRequest, unit: Unit, year: int, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    do = asked.words(sent.get("do"), 20)
    if do == "propose":
        budget = asked.whole_number(sent.get("budget"))
        if budget is None:
            raise Refused("numbers", _("A budget from 0 đồng, and from 1 to 10 courses for each person."))
        plans.propose(
            organization=Organization(pk=unit.id),
            year=year,
            budget=budget,
            each=asked.whole_number(sent.get("each")) or plans.EACH,
            **mark,
        )
        return _("The plan is proposed; another person approves it.")
    if do in ("approve", "in", "out", "back"):
        return plan_done(request, unit, year, do, mark)
    if do in ("confirm", "decline"):
        held = SelfStudy.objects.filter(pk=asked.whole_number(sent.get("study"))).first()
        if held is None:
            raise Refused("form", _(FORM))
        study.confirm(study=held, confirmed=do == "confirm", **mark)
        return _("What you said of the self-study is written down.")
    return sent_done(request, do, on, mark)


def plan_done(request: HttpRequest, unit: Unit, year: int, do: str, mark: dict[str, Any]) -> str:
    """What is done to the plan: approved, or a place of it decided by hand."""
    sent = request.POST
    plan = Plan.objects.filter(pk=asked.whole_number(sent.get("plan")), organization_id=unit.id, year=year).first()
    if plan is None:
        raise Refused("form", _(FORM))
    if do == "approve":
        plans.approve(plan=plan, basis=asked.words(sent.get("basis"), 300), **mark)
        return _("The plan is approved.")
    person = Person(pk=asked.whole_number(sent.get("person")) or 0)
    taken = {"in": True, "out": False, "back": None}[do]
    remark = asked.words(sent.get("remark"), 500)
    plans.change(plan=plan, person=person, course=asked.words(sent.get("course"), 40), taken=taken, remark=remark, **mark)
    return _("The place is decided, and the rest is chosen anew.")


def sent_done(request: HttpRequest, do: str, on: date, mark: dict[str, Any]) -> str:
    """Sending to a place of the plan, and results."""
    sent = request.POST
    if do == "send":
        place = Place.objects.filter(pk=asked.whole_number(sent.get("place"))).select_related("plan", "person").first()
        if place is None:
            raise Refused("form", _(FORM))
        made = enrolment.enrol(
            person=place.person, course=place.course, place=place, starts=work.day_of(sent.get("starts"), on),
            committed_months=asked.whole_number(sent.get("months")), fits_position=True if sent.get("fits") == "on" else None, **mark,
        )  # fmt: skip
        if made.state == Enrolment.State.REFUSED:
            reasons = [each["reason"][figures.language()] for each in made.verdict["articles"] if each["outcome"] == "fail"]
            raise Refused("refused", " ".join(reasons))
        return _("The person is sent to the course.")
    held = Enrolment.objects.filter(pk=asked.whole_number(sent.get("enrolment"))).select_related("person").first()
    if held is None:
        raise Refused("form", _(FORM))
    if do == "pass":
        enrolment.pass_(enrolment=held, certificate=asked.words(sent.get("certificate"), 120), **mark)
    elif do == "fail":
        enrolment.fail(enrolment=held, **mark)
    elif do == "leave":
        enrolment.leave(enrolment=held, how="dropped_out", **mark)
    else:
        raise Refused("form", _(FORM))
    return _("The result is entered.")


# ---- the catalogue


@requires("organization.read")
def listing(request: HttpRequest) -> HttpResponse:
    """All courses by field: for whom, how long, what each leads to, which article asks for it; proposals from below."""
    on, refusal = today(), ""
    if request.method == "POST":
        try:
            messages.success(request, course_done(request, on))
            return redirect("courses")
        except (Refused, queries.NotInRegister) as problem:
            refusal = str(problem)
    law, listed = courses.law(), courses.listed()
    own = list(Course.objects.exclude(state="declined").order_by("-pk")[:SHOWN])
    entered = [courses.as_course(each) for each in own if each.state == "approved"]
    rows = [course_shown(each, law, on) for each in (*listed.courses.values(), *entered) if each.offered(on)]
    fields = [(code, names, [each for each in rows if each["it"].field == code]) for code, names in listed.fields.items()]
    context = {
        "fields": [each for each in fields if each[2]], "number": len(rows), "asked": sum(bool(each["articles"]) for each in rows),
        "proposed": [each for each in own if each.state == "proposed" and seen(request, each)], "refusal": refusal, "key": work.new_key(request),
        "may_propose": bool(authority.powers_for(request.user, "course.propose")), "choices": listed.fields, "given": request.POST if refusal else {},
        "streams": words_of("training.kind"),
        "may_decide": {each.pk: may(request, "course.approve", each.organization_id) and each.proposed_by_id != request.user.pk for each in own},
    }  # fmt: skip
    return render(request, "training/courses.html", context, status=422 if refusal else 200)


def words_of(fact: str) -> dict[str, str]:
    """The words of a fact of the rulebook, each in the reader's language."""
    spec = courses.law().facts[fact]
    return {code: show_value(code, spec.type, figures.language(), spec=spec) for code in spec.type.values}


def seen(request: HttpRequest, held: Course) -> bool:
    """A proposal is shown to those who may propose or decide there."""
    return may(request, "course.propose", held.organization_id) or may(request, "course.approve", held.organization_id)


def course_shown(course: catalogue.Course, law: Any, on: date) -> dict[str, Any]:
    """A course with the articles that ask for it today, and what it leads to in words."""
    leads, language = course.leads_to, figures.language()
    what = ""
    if "theory" in leads:
        spec = law.facts["person.theory"]
        what = show_value(leads["theory"], spec.type, language, spec=spec)
    elif "competency" in leads:
        held = framework().on(on).get(leads["competency"])
        what = _("%(competency)s, level %(level)s") % {
            "competency": figures.named(held.title) if held else leads["competency"], "level": leads["level"],
        }  # fmt: skip
    elif "language" in leads:
        what = f"{leads['language']} {leads['at']}"
    elif "degree" in leads:
        what = word(leads["degree"], "degree")
    articles = [(each, figures.named(law.articles[each].title)) for each in catalogue.asked_on(course, law, on)]
    said = (course.said_by, law.articles[course.said_by].source.cite(language)) if course.said_by in law.articles else None
    return {"it": course, "what": what, "articles": articles, "said": said}


def course_done(request: HttpRequest, on: date) -> str:
    """A course proposed from below, or a proposal decided on. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    if sent.get("do") in ("approve", "decline"):
        held = Course.objects.filter(pk=asked.whole_number(sent.get("course"))).first()
        if held is None:
            raise Refused("form", _(FORM))
        courses.decide(course=held, approved=sent["do"] == "approve", **mark)
        return _("What you decided of the course is written down.")
    unit = queries.unit(asked.words(sent.get("in")), on=on)
    courses.propose(
        organization=Organization(pk=unit.id), code=asked.words(sent.get("code"), 40), title=asked.words(sent.get("title"), 300),
        field=asked.words(sent.get("field"), 16), stream=asked.words(sent.get("stream"), 24), hours=asked.whole_number(sent.get("hours")) or 0,
        cost=asked.whole_number(sent.get("cost")) or 0, provider=asked.words(sent.get("provider"), 200), why=asked.words(sent.get("why"), 1000), **mark,
    )  # fmt: skip
    return _("The course is proposed; another person decides on it.")


# ---- my courses


@requires("organization.read")
def mine(request: HttpRequest) -> HttpResponse:
    """My places, courses and results, the service that I owe, and what I learn by myself."""
    if request.user.person_id is None:
        raise Http404(_("Your account belongs to no person in the register."))
    on, refusal, person = today(), "", Person(pk=request.user.person_id)
    if request.method == "POST":
        try:
            sent = request.POST
            study.log(
                person=person, topic=asked.words(sent.get("topic"), 300), field=asked.words(sent.get("field"), 16),
                hours=asked.whole_number(sent.get("hours")) or 0, day=work.day_of(sent.get("day"), on),
                evidence=asked.words(sent.get("evidence"), 500), by=request.user, on=on, key=work.key_of(request),
            )  # fmt: skip
            messages.success(request, _("Your study is logged; whoever leads there confirms it."))
            return redirect("my_courses")
        except Refused as problem:
            refusal = str(problem)
    places = Place.objects.filter(person=person, taken=True, plan__state="approved", enrolment=None).select_related("plan")
    context = {
        "places": [place_shown(each, {}, on) for each in places.order_by("-plan__year", "pk")[:20]],
        "enrolments": list(Enrolment.objects.filter(person=person).order_by("-pk")[:40]), "owed": enrolment.owed_by(person.pk, on=on),
        "studies": list(SelfStudy.objects.filter(person=person).order_by("-day", "-pk")[:40]), "fields": courses.listed().fields,
        "refusal": refusal, "key": work.new_key(request), "today": on, "given": request.POST if refusal else {},
    }  # fmt: skip
    return render(request, "training/mine.html", context, status=422 if refusal else 200)

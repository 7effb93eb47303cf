"""Pages about cases: the list, opening one, one case, and the nomination that is judged at once."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from canbo.journal import entries
from canbo.pages import asked, case_facts, case_files, case_forms, case_standing, case_steps, figures
from canbo.pages.access import may, requires
from canbo.pages.asof import read, today
from canbo.pages.case_words import MARKS
from canbo.pages.verdicts import laid_out, nomination_key
from canbo.procedures import appointment, bodies, cases, consequences
from canbo.procedures.models import Candidate, Case, Ruling, Step
from canbo.procedures.refusals import Refused
from canbo.registry import authority, looking, people, vacancies
from canbo.registry.models import Person, PersonName, Post
from canbo.registry.queries import NotInRegister
from canbo.rules import procedure as law

PER_PAGE = 50


def visible_cases(request: HttpRequest) -> QuerySet[Case]:
    """The cases that concern bodies within the reader's reach, and those about the reader, latest first."""
    found = Case.objects.select_related("opened_by", "post__job").order_by("-opened_at", "-pk")
    reach: authority.Reach = request.reach  # type: ignore[attr-defined]
    if reach.everything:
        return found
    within = sorted(reach.organizations)
    near = Q(post__organization_id__in=within) | Q(organization_id__in=within) | Q(manager_id__in=within)
    return found.filter(near if reach.own_person is None else near | about_person(reach.own_person)).distinct()


def about_person(person: int) -> Q:
    """The cases that are about a person: from their beginning, or as one of their names."""
    return Q(person_id=person) | Q(candidates__person_id=person)


@requires("organization.read")
def listing(request: HttpRequest) -> HttpResponse:
    """Cases, newest first, by state, procedure, late ones, one's own; those who may read none see their own only."""
    found = visible_cases(request)
    mine = about_person(request.user.person_id or 0)
    if not may(request, "case.read"):
        found = found.filter(mine)
    chosen = filters(request)
    if chosen["state"]:
        found = found.filter(state=chosen["state"])
    if chosen["procedure"]:
        found = found.filter(procedure=chosen["procedure"])
    if chosen["late"]:
        found = found.filter(steps__closed_at__isnull=True, steps__due_on__lt=today())
    if chosen["mine"]:
        found = found.filter(mine | Q(opened_by=request.user) | Q(actors__account=request.user))
    before = asked.whole_number(request.GET.get("before"))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.distinct()[: PER_PAGE + 1])
    context = {
        "rows": told(rows[:PER_PAGE], today()),
        "states": Case.State.values,
        "procedures": titles(),
        "chosen": chosen,
        "may_open": may(request, "case.open"),
        "more": rows[PER_PAGE - 1].pk if len(rows) > PER_PAGE else None,
    }
    return render(request, "cases/listing.html", context)


def filters(request: HttpRequest) -> dict[str, str]:
    """The filters of the list as they were chosen; what is none is left out."""
    state, procedure = request.GET.get("state", ""), request.GET.get("procedure", "")
    return {
        "state": state if state in Case.State.values else "",
        "procedure": procedure if procedure in dict(titles()) else "",
        "late": "1" if request.GET.get("late") == "1" else "",
        "mine": "1" if request.GET.get("mine") == "1" else "",
    }


def titles() -> list[tuple[str, str]]:
    """The procedures of the rulebook with their titles in the reader's language, and the nomination that is judged once."""
    listed = [(kind.id, figures.named(dict(kind.title))) for kind in law.opened(bodies.rulebook()).values()]
    return [*sorted(listed, key=lambda entry: entry[1]), ("appointment", _("Nomination judged at once"))]


def told(found: list[Case], on: date) -> list[dict[str, Any]]:
    """Cases as rows: what, about whom, state with its mark, step and clock."""
    names = names_of({row.person_id for row in found if row.person_id})
    for number, several in through({row.pk for row in found}).items():
        names.setdefault(-number, several)
    steps = {step.case_id: step for step in Step.objects.filter(case__in=found, closed_at__isnull=True)}
    places = case_steps.names_of_bodies([row.organization_id for row in found if row.organization_id], on=on)
    rows = []
    for row in found:
        step, kind = steps.get(row.pk), law.opened(bodies.rulebook()).get(row.procedure)
        rows.append(
            {
                "case": row, "name": names.get(row.person_id or -row.pk, ""), "mark": MARKS[row.state],
                "title": figures.named(dict(kind.title)) if kind and row.version else _("Nomination"),
                "judged": not row.version, "place": places.get(row.organization_id or 0, ""),
                "step": step, "step_title": step_title(row, step), **clock_of(step, on),
            }
        )  # fmt: skip
    return rows


def through(numbers: set[int]) -> dict[int, str]:
    """For cases in which names are put later: the one name that goes on, where it may be seen."""
    found: dict[int, list[int]] = {}
    for case, person in Candidate.objects.filter(case__in=numbers, state="through").values_list("case_id", "person_id"):
        found.setdefault(case, []).append(person)
    names = names_of({persons[0] for persons in found.values() if len(persons) == 1})
    return {case: names.get(persons[0], "") for case, persons in found.items() if len(persons) == 1}


def step_title(case: Case, step: Step | None) -> str:
    """The title of the step that a case is at."""
    if step is None:
        return ""
    try:
        return figures.named(dict(cases.rules_of(case)[1].step(step.name).title))
    except (Refused, KeyError):
        return step.name


def clock_of(step: Step | None, on: date) -> dict[str, Any]:
    """The last day of an open step; `late` in days, `left` in days."""
    if step is None or step.due_on is None:
        return {"due": None, "late": 0, "left": None}
    return {"due": step.due_on, "late": max((on - step.due_on).days, 0), "left": (step.due_on - on).days}


def names_of(persons: set[int]) -> dict[int, str]:
    """The names of persons as they are today, of those whom the reader may see."""
    found = PersonName.objects.filter(person_id__in=persons, valid__contains=today())
    return {name.person_id: f"{name.family} {name.given}" for name in found}


def the_case(request: HttpRequest, number: int) -> Case:
    """The case of an address."""
    related = ("post__job", "organization", "manager", "opened_by", "entry__sealed")
    found = Case.objects.select_related(*related).filter(pk=asked.row_number(number)).first()
    if found is None:
        raise Http404(_("There is no case number %(number)s.") % {"number": number})
    return found


def case_in_whole(request: HttpRequest, number: int) -> Case:
    """The case of an address, also where it lies with other bodies and waits for one of the reader's."""
    with case_standing.whole_sight(request):
        return the_case(request, number)


@requires("case.read", over=case_in_whole)
def case(request: HttpRequest, subject: Case, number: int) -> HttpResponse:
    """One case. Opening it leaves an entry in the journal for each person whom it shows."""
    if not subject.version:
        return nomination(request, subject)
    return page(request, subject, part="subject" if case_standing.is_subject(subject, request.user) else "reader")


def on_the_roll(request: HttpRequest, number: int) -> Case:
    """The case of an address for somebody on the roll of one of its votes."""
    with case_standing.whole_sight(request):
        found = the_case(request, number)
        part = case_standing.part_of(found, request.user)
    if not part:
        raise authority.NotAllowed("case.read", _("You take no part in this case."))
    return found


@requires("organization.read", over=on_the_roll)
def roll(request: HttpRequest, subject: Case, number: int) -> HttpResponse:
    """The case as it concerns somebody on the roll of its vote: how far it is, and the sheet to be confirmed."""
    with case_standing.whole_sight(request):
        part = case_standing.part_of(subject, request.user)
    return redirect("case", number=number) if part != "elector" else page(request, subject, part=part)


def page(
    request: HttpRequest, subject: Case, *, part: str, refusal: Refused | None = None, did: str = "", status: int = 200
) -> HttpResponse:
    """The page of a case for one part in it; after a refusal with the sentence and what was typed."""
    on = max(today(), subject.on)
    if request.method == "GET":
        looked(request, subject, on, part)
    with case_standing.whole_sight(request):  # what is handed out below is cut to the part
        context = context_of(request, subject, on, part)
    context |= {
        "refusal": refusal, "did": did, "given": request.POST.dict() if refusal else {}, "stale": refusal is not None and refusal.why == "stale",
        "kept_photo": getattr(request, "kept_photo", ""),
        "excused": {name[8:]: text for name, text in request.POST.items() if name.startswith("excused:")} if refusal else {},
    }  # fmt: skip
    return render(request, "cases/case.html", context, status=status)


def context_of(request: HttpRequest, subject: Case, on: date, part: str) -> dict[str, Any]:
    """What the page of a case is filled with."""
    kind, version = law.opened(bodies.rulebook()).get(subject.procedure), None
    try:
        kind, version = cases.rules_of(subject)
    except Refused as problem:
        gone = str(problem)
        return {"case": subject, "part": part, "mark": MARKS[subject.state], "gone": gone, "title": subject.procedure}
    whole = part == "reader"
    rows = case_steps.rows(subject, version, on=on, shows_counts=whole, shows_names=whole)
    ruling = Ruling.objects.select_related("signed_by", "decision").filter(case=subject).first()
    context: dict[str, Any] = {
        "case": subject, "part": part, "whole": whole, "mark": MARKS[subject.state], "today": on,
        "title": figures.named(dict(kind.title)), "version": version, "rows": rows,
        "post": vacancies.post(subject.post_id, on=on) if subject.post_id else None,
        "places": case_steps.names_of_bodies([n for n in (subject.organization_id, subject.manager_id) if n], on=on),
        "clock": case_steps.clock(subject, version, on=on), "ruling": ruling if ruling and ruling.state != "drawn" else None,
        "square": case_files.square_of(ruling),
        "names": case_files.names(subject, part, request.user.person_id, on=on),
        "appeals": list(subject.appeals.select_related("body", "answered_by").order_by("pk")) if part != "elector" else [],
        "terms": case_files.terms_of(subject, on=on), "offer": case_forms.offered(request, subject, on=on, part=part),
        "documents": case_files.documents_of(subject, part, request.user.person_id),
        "rests_on_nothing": part != "elector" and consequences.fallen(subject),
        "appeal_bodies": case_steps.names_of_bodies(list(subject.appeals.values_list("body_id", flat=True)), on=on),
    }  # fmt: skip
    if part != "elector":
        context["stated"] = case_facts.stated(subject, part, request.user.person_id, on=on)
    context["current"] = next((row for row in rows if row.stands == case_steps.NOW), None)
    if whole:
        context |= case_files.behind(request, subject, on=on)
    return context


def looked(request: HttpRequest, subject: Case, on: date, part: str) -> None:
    """Write into the log of who looked that each person of the case was shown; nobody is logged for the own file."""
    if part == "elector":
        return
    numbers = set(subject.candidates.values_list("person_id", flat=True)) | ({subject.person_id} if subject.person_id else set())
    for number in sorted(numbers - {request.user.person_id}) if part == "reader" else ():
        looking.looked_at_file(Person(pk=number), by=request.user, on=on, classes=["case"])


# ---- a nomination that is judged at once


def nomination(request: HttpRequest, subject: Case) -> HttpResponse:
    """Who was named for what, what the rulebook said then, and its entry in the journal."""
    try:
        file: dict[str, Any] | None = people.person(subject.person_id or 0, on=subject.on)
    except NotInRegister:
        file = None
    context = {
        "case": subject,
        "file": file,
        "post": vacancies.post(subject.post_id or 0, on=subject.on),
        **laid_out(subject.verdict or {"articles": [], "word": "incomplete"}),
        "entries": list(entries.about(subject)),
    }
    if file is not None and request.user.person_id != subject.person_id:
        looking.looked_at_file(Person(pk=subject.person_id), by=request.user, on=today(), classes=["case"])
    return render(request, "cases/nomination.html", context)


def the_named(request: HttpRequest, number: int) -> Post:
    """The post of a nomination that is being sent."""
    found = Post.objects.filter(pk=asked.whole_number(request.POST.get("post"))).first()
    if found is None:
        raise Http404(_("There is no such post. Choose one from the list."))
    return found


@require_POST
def nominate_view(request: HttpRequest, post: Post, number: int) -> HttpResponse:
    """Open a case by naming a person for a post; pressing twice opens it once."""
    on: date = read(request.POST.get("on", "")).day
    key = asked.words(request.POST.get("key"))
    if not key.startswith(nomination_key(request.user, number, post.pk, on)):
        raise Http404(_("This form was made for another nomination. Open it again from the person's file."))
    opened = appointment.nominate(person=Person(pk=asked.row_number(number)), post=post, by=request.user, on=on, key=key)
    return redirect("case", number=opened.pk)


nominate = requires("appointment.nominate", over=the_named)(nominate_view)

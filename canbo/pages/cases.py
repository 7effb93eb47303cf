"""Pages about cases: the list, one case, and the nomination that opens one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from canbo.journal import entries
from canbo.pages import asked
from canbo.pages.access import may, requires
from canbo.pages.asof import read, today
from canbo.pages.verdicts import laid_out, nomination_key
from canbo.procedures import appointment
from canbo.procedures.models import Case
from canbo.registry import authority, people, vacancies
from canbo.registry.models import Person, PersonName, Post
from canbo.registry.queries import NotInRegister

PER_PAGE = 50


def visible_cases(request: HttpRequest) -> QuerySet[Case]:
    """The cases about posts within the reader's reach, and those about the reader, latest first."""
    found = Case.objects.select_related("opened_by", "post__job").order_by("-opened_at", "-pk")
    reach: authority.Reach = request.reach  # type: ignore[attr-defined]
    if reach.everything:
        return found
    within = found.filter(post__organization_id__in=sorted(reach.organizations))
    return within if reach.own_person is None else within | found.filter(person_id=reach.own_person)


@requires("organization.read")
def listing(request: HttpRequest) -> HttpResponse:
    """Cases, newest first, by state; those who may read none see none."""
    state = request.GET.get("state", "")
    found = (
        visible_cases(request) if may(request, "case.read") else visible_cases(request).filter(person_id=request.user.person_id)
    )
    if state in Case.State.values:
        found = found.filter(state=state)
    before = asked.whole_number(request.GET.get("before"))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: PER_PAGE + 1])
    names = names_of({row.person_id for row in rows})
    return render(
        request,
        "cases/listing.html",
        {
            "rows": [(row, names.get(row.person_id, "")) for row in rows[:PER_PAGE]],
            "state": state,
            "states": Case.State.values,
            "more": rows[PER_PAGE - 1].pk if len(rows) > PER_PAGE else None,
        },
    )


def names_of(persons: set[int]) -> dict[int, str]:
    """The names of persons as they are today, of those whom the reader may see."""
    found = PersonName.objects.filter(person_id__in=persons, valid__contains=today())
    return {name.person_id: f"{name.family} {name.given}" for name in found}


def the_case(request: HttpRequest, number: int) -> Case:
    """The case of an address."""
    found = Case.objects.select_related("post", "opened_by", "entry__sealed").filter(pk=asked.row_number(number)).first()
    if found is None:
        raise Http404(_("There is no case number %(number)s.") % {"number": number})
    return found


@requires("case.read", over=the_case)
def case(request: HttpRequest, subject: Case, number: int) -> HttpResponse:
    """One case: who was named for what, what the rulebook said then, and its entry in the journal."""
    try:
        file: dict[str, Any] | None = people.person(subject.person_id, on=subject.on)
    except NotInRegister:
        file = None
    return render(
        request,
        "cases/case.html",
        {
            "case": subject,
            "file": file,
            "post": vacancies.post(subject.post_id, on=subject.on),
            **laid_out(subject.verdict),
            "entries": list(entries.about(subject)),
        },
    )


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

"""Meetings on the evaluations of a body and period: summon, write the minutes, adopt them, print them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.evaluation import board, inputs, meetings
from canbo.evaluation.meetings import Matter
from canbo.evaluation.models import Evaluation, Meeting
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.registry.models import Organization, Person
from canbo.registry.queries import Unit
from canbo.rules.evaluation.periods import Period


@requires(board.ACT, over=boards.unit_for(board.ACT))
def listing(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The meetings of a body on a period with their minutes, and the forms for what comes next."""
    on, refusal = today(), ""
    period = work.period_asked(request, unit.id, on)
    if request.method == "POST":
        try:
            messages.success(request, done(request, unit, period, on))
            return redirect(f"{request.path}?in={unit.code}&period={period}")
        except Refused as problem:
            refusal = str(problem)
    held = list(Meeting.objects.filter(organization_id=unit.id, period=str(period)).order_by("-pk")[:12])
    opined = list(
        Evaluation.objects.filter(organization_id=unit.id, period=str(period), state=Evaluation.State.OPINED).order_by("pk")
    )
    leads = {each.person: each.leads for each in inputs.members([unit.id], period)}
    members = list(leads)
    persons = {*members, *(one.person_id for one in opined), *(person for each in held for person in each.summoned)}
    names = work.names_of(request, unit, persons, on)
    before, after = work.around(period)
    context = {
        "unit": unit, "period": period, "before": before, "after": after, "refusal": refusal, "key": work.new_key(request), "today": on,
        "meetings": [shown(each, names) for each in held], "opined": opined, "names": names, "members": sorted(members, key=lambda one: (not leads[one], names.get(one, ""))),
        "may_meet": may(request, meetings.ACT, unit.id),
    }  # fmt: skip
    return render(request, "work/meetings.html", context, status=422 if refusal else 200)


def shown(meeting: Meeting, names: dict[int, str]) -> dict[str, Any]:
    """A meeting with its minutes in names; somebody whom the reader may not see is a dash."""
    minutes = meeting.minutes or {}
    present = set(minutes.get("present", ()))
    return {
        "it": meeting, "chair": names.get(meeting.chair_id, "–"), "secretary": names.get(meeting.secretary_id, "–"),
        "present": [names.get(each, "–") for each in meeting.summoned if each in present],
        "absent": [names.get(each, "–") for each in meeting.summoned if each not in present],
        "matters": [{**said, "name": names.get(said["person"], "–")} for said in minutes.get("matters", ())],
    }  # fmt: skip


def done(request: HttpRequest, unit: Unit, period: Period, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    do = asked.words(sent.get("do"), 20)
    if do == "convene":
        chair, secretary = (Person(pk=asked.whole_number(sent.get(name)) or 0) for name in ("chair", "secretary"))
        told = {"day": work.day_of(sent.get("day"), on), "place": asked.words(sent.get("place"), 200)}
        meetings.convene(
            organization=Organization(pk=unit.id), period=str(period), chair=chair, secretary=secretary, **told, **mark
        )
        return _("The meeting is summoned.")
    meeting = Meeting.objects.filter(pk=asked.whole_number(sent.get("meeting")), organization_id=unit.id).first()
    if meeting is None:
        raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))
    if do == "minute":
        present = [number for number in meeting.summoned if sent.get(f"present_{number}") == "on"]
        meetings.minute(
            meeting=meeting, present=present, matters=matters_of(request, meeting), remarks=asked.words(sent.get("remarks"), 4000), **mark
        )  # fmt: skip
        return _("The minutes are written; another person adopts them.")
    if do == "adopt":
        meetings.adopt(meeting=meeting, **mark)
        return _("The minutes are adopted, and the evaluations refer to them.")
    raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))


def matters_of(request: HttpRequest, meeting: Meeting) -> list[Matter]:
    """What the form says of each evaluation: an opinion, and votes where all three numbers are filled in."""
    waiting = Evaluation.objects.filter(
        organization_id=meeting.organization_id, period=meeting.period, state=Evaluation.State.OPINED
    )
    found = []
    for each in waiting.order_by("pk"):
        opinion = asked.words(request.POST.get(f"opinion_{each.pk}"), 2000)
        counts = [asked.whole_number(request.POST.get(f"{name}_{each.pk}")) for name in ("for", "against", "abstained")]
        votes = (counts[0] or 0, counts[1] or 0, counts[2] or 0) if any(count is not None for count in counts) else None
        if opinion:
            found.append(Matter(each, opinion, votes))
    return found

"""What waits for whoever is signed in: steps to take, sheets to confirm, votes to cast, appeals to answer; and one's own cases."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.ballots import paper
from canbo.ballots.models import Election
from canbo.pages import cases as case_pages
from canbo.pages import figures
from canbo.pages.access import requires
from canbo.pages.asof import today
from canbo.pages.case_forms import why_not
from canbo.pages.case_standing import is_subject, whole_sight
from canbo.procedures import acting, appeals, bodies, cases
from canbo.procedures.acting import ACTS
from canbo.procedures.models import Appeal, Case, Elector, Step
from canbo.procedures.refusals import Refused
from canbo.registry import authority
from canbo.registry.models import Organization
from canbo.rules.procedure import StepRule

MOST_ASKED = 200  # open steps that are looked through, those due first
MOST_SHOWN = 60


@requires("organization.read")
def tasks(request: HttpRequest) -> HttpResponse:
    """My tasks: what waits for the reader, what is late first; what is being decided about the reader."""
    on = today()
    with whole_sight(request):
        waiting = sorted(steps_to_take(request, on), key=order)
        told = {
            "tasks": waiting[:MOST_SHOWN], "more": max(len(waiting) - MOST_SHOWN, 0),
            "votes": votes(request), "appeals": to_answer(request, on), "own": own(request, on), "today": on,
        }  # fmt: skip
    told["late"] = sum(task["late"] > 0 for task in waiting)
    told["total"] = len(waiting) + len(told["votes"]) + len(told["appeals"])
    return render(request, "tasks/tasks.html", told)


def order(task: dict[str, Any]) -> tuple[date, int]:
    """What is due first; what has no last day by the age of its case."""
    return task["due"] or date.max, task["case"].pk


def steps_to_take(request: HttpRequest, on: date) -> list[dict[str, Any]]:
    """The open steps that the reader may take: entitled, and not excluded by what was done before."""
    open_steps = Step.objects.filter(closed_at__isnull=True, case__state__in=cases.RUNNING).exclude(case__version="")
    near = open_steps.select_related("case__post__job", "case__organization").order_by(F("due_on").asc(nulls_last=True), "pk")
    rows = []
    for step in near[:MOST_ASKED]:
        rule = rule_of(step)
        kind = "" if rule is None else waits_for(request, step, rule, on)
        if rule is not None and kind:
            rows.append((step, rule, kind))
    told = {row["case"].pk: row for row in case_pages.told([step.case for step, _rule, _kind in rows], on)}
    return [{**told[step.case_id], "kind": kind, "rule": rule} for step, rule, kind in rows]


def rule_of(step: Step) -> StepRule | None:
    """The law of a step; None where the rulebook has it no more."""
    try:
        return cases.rules_of(step.case)[1].step(step.name)
    except (Refused, KeyError):
        return None


def waits_for(request: HttpRequest, step: Step, rule: StepRule, on: date) -> str:
    """What the reader is to do in a step: take, confirm, choose; or nothing."""
    reader = request.user
    if step.state == Step.State.CONVENED and to_confirm(step, reader.person_id):
        return "confirm"
    if rule.capacity != "subject" and not authority.powers_for(reader, ACTS[rule.capacity]):
        return ""
    if step.state == Step.State.TIED:
        body = bodies.of_step(step.case, rule.body, on=on)
        return "choose" if acting.is_head(reader.person_id, body, on=on) and why_not(request, step.case, rule, on) is None else ""
    if step.state == Step.State.CONVENED and step.said.get("sheet"):
        return ""  # it waits for its counters
    if rule.capacity == "subject" and not is_subject(step.case, reader):
        return ""
    try:
        if rule.capacity != "subject" and not authority.allows(
            reader, ACTS[rule.capacity], over=Organization(pk=bodies.of_step(step.case, rule.body, on=on))
        ):
            return ""
    except Refused:
        return ""
    return rule.does if why_not(request, step.case, rule, on) is None else ""


def to_confirm(step: Step, person: int | None) -> bool:
    """Whether a sheet waits for this person as one of its counters."""
    if person is None or not step.said.get("sheet") or len(step.said.get("confirmed", [])) >= paper.COUNTERS:
        return False
    if any(each["person"] == person for each in step.said.get("confirmed", [])):
        return False
    return step.electors.filter(person_id=person, state=Elector.State.CONVENED).exists()


def votes(request: HttpRequest) -> list[Election]:
    """Open votes on whose roll the reader stands, and those the reader keeps."""
    if request.user.person_id is None:
        return []
    return list(Election.objects.filter(state=Election.State.OPEN, roll__person=request.user.person_id).order_by("closes")[:20])


def to_answer(request: HttpRequest, on: date) -> list[dict[str, Any]]:
    """Appeals that lie with a body for which the reader answers, and in which the reader had no part."""
    if not authority.powers_for(request.user, "appeal.answer"):
        return []
    found = []
    for appeal in Appeal.objects.filter(state__in=appeals.WAITING).select_related("case").order_by("due_on")[:100]:
        if not authority.allows(request.user, "appeal.answer", over=Organization(pk=appeal.body_id)):
            continue
        try:
            appeals.require_apart(appeal.case, request.user, on=on)
        except Refused:
            continue
        found.append({"appeal": appeal, "title": title_of(appeal.case), "late": max((on - appeal.due_on).days, 0)})
    return found


def title_of(case: Case) -> str:
    """The title of a case's procedure in the reader's language."""
    try:
        return figures.named(dict(cases.rules_of(case)[0].title))
    except Refused:
        return case.procedure


def own(request: HttpRequest, on: date) -> list[dict[str, Any]]:
    """The cases about the reader, latest first."""
    if request.user.person_id is None:
        return []
    found = Case.objects.filter(case_pages.about_person(request.user.person_id)).select_related("post__job", "opened_by")
    return case_pages.told(list(found.distinct().order_by("-pk")[:20]), on)

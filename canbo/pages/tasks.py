"""What waits for whoever is signed in: steps to take, sheets to confirm, votes to cast, appeals to answer; and one's own cases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.ballots import paper
from canbo.ballots.models import Election
from canbo.evaluation import sides, sides_shown
from canbo.evaluation.models import Round
from canbo.pages import cases as case_pages
from canbo.pages import figures
from canbo.pages import sides as side_pages
from canbo.pages.access import requires
from canbo.pages.asof import today
from canbo.pages.case_forms import why_not
from canbo.pages.case_standing import is_subject, whole_sight
from canbo.procedures import acting, appeals, bodies, cases
from canbo.procedures.acting import ACTS
from canbo.procedures.models import Actor, Appeal, Candidate, Case, Elector, Step
from canbo.procedures.refusals import Refused
from canbo.procedures.scenarios import consulting
from canbo.registry import authority, queries
from canbo.registry.asking import Row, one, remembered
from canbo.registry.models import Account, Organization
from canbo.rules.procedure import SEPARATE, StepRule

MOST_ASKED = 200  # open steps that are looked through, those due first
MOST_SHOWN = 60
OF_STEP = re.compile(r"case (\d+) step (\d+)")  # what a vote says it is about (procedures/voting.py)


@requires("organization.read")
def tasks(request: HttpRequest) -> HttpResponse:
    """My tasks: what waits for the reader, what is late first; what is being decided about the reader."""
    on = today()
    with whole_sight(request), remembered():  # of many steps in one body each asks the same of that body
        waiting, barred = (sorted(each, key=order) for each in steps_to_take(request, on))
        asked = consulting.asked_of(request.user, on=on)
        told = {
            "tasks": waiting[:MOST_SHOWN], "more": max(len(waiting) - MOST_SHOWN, 0),
            "barred": barred[:MOST_SHOWN], "barred_more": max(len(barred) - MOST_SHOWN, 0),
            "asked": asked, "votes": votes(request), "appeals": to_answer(request, on), "own": own(request, on), "today": on,
            "rated": asked_of(request, on), "rounds": rounds(request, on), "given_up": sides_shown.given_up(request.user.person_id, on=on),
        }  # fmt: skip
    told["nobody"] = request.user.person_id is None and len({task["why"] for task in barred}) == 1
    told["late"] = sum(task["late"] > 0 for task in waiting)
    unanswered = consulting.unanswered(asked)
    told["total"] = (
        len(waiting) + len(told["votes"]) + len(told["appeals"]) + unanswered + len(told["rated"]) + len(told["rounds"])
    )
    return render(request, "tasks/tasks.html", told)


def order(task: dict[str, Any]) -> tuple[date, int]:
    """What is due first; what has no last day by the age of its case."""
    return task["due"] or date.max, task["case"].pk


def steps_to_take(request: HttpRequest, on: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The open steps that the reader may take, and those that the office could take but not the reader, each with `why` not."""
    rows = []
    for step in nearest().select_related("case__post__job", "case__organization")[:MOST_ASKED]:
        rule = rule_of(step)
        if rule is not None:
            kind, why = waits_for(request, step, rule, on)
            if kind or why:
                rows.append((step, rule, kind, why))
    told = {row["case"].pk: row for row in case_pages.told([step.case for step, *_rest in rows], on)}
    found = [{**told[step.case_id], "kind": kind, "rule": rule, "why": why} for step, rule, kind, why in rows]
    return [each for each in found if each["kind"]], [each for each in found if each["why"]]


def nearest() -> QuerySet[Step]:
    """The open steps of running cases, those due first."""
    open_steps = Step.objects.filter(closed_at__isnull=True, case__state__in=cases.RUNNING).exclude(case__version="")
    return open_steps.order_by(F("due_on").asc(nulls_last=True), "pk")


def number(request: HttpRequest) -> int:
    """How many things the menu says wait for the reader, by one query over the cases in sight.

    A step that belongs to the front, the party or the inspection counts as one of the case's own body, and ties of kinship
    are not asked: the page of tasks asks them. Every page of the register asks this: for most readers nothing of some kind
    waits at all, and one short question says so.
    """
    told, reader = anything(request.user, today()), request.user
    steps = _steps_counted(request) if told["steps"] else 0
    unanswered = consulting.unanswered(consulting.asked_of(reader, on=today())) if told["consulted"] else 0
    appealed = len(to_answer(request, today())) if told["appeals"] else 0
    rounds_ = sum(_covered(request, act, told[name]) for name, act in (("closing", sides.OPEN), ("doubted", sides.SETTLE)))
    return steps + unanswered + appealed + told["sided"] + rounds_


def _covered(request: HttpRequest, act: str, bodies_: list[int]) -> int:
    """How many of these bodies the reader reaches with an act; asked only where something waits."""
    if not bodies_ or not authority.powers_for(request.user, act):
        return 0
    reach = _reach(request, act)
    return sum(reach.covers(body) for body in bodies_)


def _reach(request: HttpRequest, act: str) -> authority.Reach:
    every = len(authority.powers_for(request.user, act)) == len(authority.powers_of(request.user))
    return request.reach if every else authority.reach_of(request.user, act=act)  # type: ignore[attr-defined, no-any-return]


def anything(reader: Account, on: date) -> Row:
    """Whether there is an open step in sight, a round of consultation, an appeal that waits; how many sides ask the reader."""
    found = one(
        _ANYTHING,
        {
            "running": list(cases.RUNNING), "on": on, "appealed": list(appeals.WAITING), "person": reader.person_id,
            "open": Round.State.OPEN.value,
        },
        planned=True,
    )  # fmt: skip
    assert found is not None
    return found


_ANYTHING = """
SELECT EXISTS (SELECT FROM procedures_step s JOIN procedures_case c ON c.id = s.case_id
               WHERE s.closed_at IS NULL AND c.state = ANY (%(running)s) AND c.version <> '') AS steps,
       EXISTS (SELECT FROM procedures_consultation WHERE closed_at IS NULL AND closes >= %(on)s::date) AS consulted,
       EXISTS (SELECT FROM procedures_appeal WHERE state = ANY (%(appealed)s)) AS appeals,
       (SELECT count(*) FROM evaluation_asked a JOIN evaluation_round r ON r.id = a.round_id
        WHERE a.rater_id = %(person)s::bigint AND NOT a.answered AND a.excluded = '' AND r.state = %(open)s
        AND r.closes_on >= %(on)s::date) AS sided,
       ARRAY(SELECT r.organization_id FROM evaluation_round r WHERE r.state = %(open)s AND r.closes_on <= %(on)s::date) AS closing,
       ARRAY(SELECT d.organization_id FROM evaluation_doubt d WHERE d.answered_by_id IS NULL
             AND (%(person)s::bigint IS NULL OR NOT d.persons @> to_jsonb(%(person)s::bigint))
             GROUP BY d.round_id, d.organization_id) AS doubted
"""


def _steps_counted(request: HttpRequest) -> int:
    """How many things of the open steps in sight wait for the reader."""
    reader = request.user
    acted = Actor.objects.filter(case=OuterRef("case"), account=reader.pk).order_by()
    near = nearest().select_related("case").annotate(
        capacities=ArraySubquery(acted.values("capacity")), took=ArraySubquery(acted.values("step__name")),
        called=Exists(Elector.objects.filter(step=OuterRef("pk"), person=reader.person_id, state=Elector.State.CONVENED)),
        named=Exists(Candidate.objects.filter(case=OuterRef("case"), person=reader.person_id).exclude(state="refused")),
    )  # fmt: skip
    reaches: dict[str, authority.Reach] = {}
    return sum(_counts(request, step, reaches) for step in near[:MOST_ASKED])


def _counts(request: HttpRequest, step: Any, reaches: dict[str, authority.Reach]) -> int:
    """How many things of one step wait for the reader: the step itself, a vote, a sheet."""
    rule, reader, case = rule_of(step), request.user, step.case
    if rule is None:
        return 0
    if step.state == Step.State.CONVENED and step.said.get("sheet"):
        confirmed = [each["person"] for each in step.said.get("confirmed", [])]
        return int(step.called and len(confirmed) < paper.COUNTERS and reader.person_id not in confirmed)
    votes_open = int(step.state == Step.State.CONVENED and step.called)
    if rule.capacity == "subject":
        return votes_open + int(reader.person_id is not None and case.person_id == reader.person_id)
    act, body = ACTS[rule.capacity], case.manager_id if rule.body == "manager" else case.organization_id
    if act not in reaches:
        reaches[act] = _reach(request, act)
    others = {*step.capacities} & {*SEPARATE} - {rule.capacity}
    apart = rule.capacity not in SEPARATE or (reader.person_id is not None and not others)
    mine = apart and not step.named and case.person_id != (reader.person_id or 0) and not {*rule.apart_from} & {*step.took}
    return votes_open + int(mine and reaches[act].covers(body))


def rule_of(step: Step) -> StepRule | None:
    """The law of a step; None where the rulebook has it no more."""
    try:
        return cases.rules_of(step.case)[1].step(step.name)
    except (Refused, KeyError):
        return None


def waits_for(request: HttpRequest, step: Step, rule: StepRule, on: date) -> tuple[str, str]:
    """What the reader is to do in a step: take, confirm, choose; or nothing, and why not where the office could do it."""
    reader, nothing = request.user, ("", "")
    if step.state == Step.State.CONVENED and to_confirm(step, reader.person_id):
        return "confirm", ""
    if rule.capacity != "subject" and not authority.powers_for(reader, ACTS[rule.capacity]):
        return nothing
    if step.state == Step.State.TIED:
        body = bodies.of_step(step.case, rule.body, on=on)
        chooses = acting.is_head(reader.person_id, body, on=on) and why_not(request, step.case, rule, on) is None
        return ("choose", "") if chooses else nothing
    if step.state == Step.State.CONVENED and step.said.get("sheet"):
        return nothing  # it waits for its counters
    if rule.capacity == "subject" and not is_subject(step.case, reader):
        return nothing
    try:
        if rule.capacity != "subject" and not authority.allows(
            reader, ACTS[rule.capacity], over=Organization(pk=bodies.of_step(step.case, rule.body, on=on))
        ):
            return nothing
    except Refused:
        return nothing
    why = why_not(request, step.case, rule, on)
    return (rule.does, "") if why is None else ("", why)


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
    return titled(Election.objects.filter(state=Election.State.OPEN, roll__person=request.user.person_id).order_by("closes")[:20])


def titled(found: Iterable[Election]) -> list[Election]:
    """Votes with `shown_title`: that of their step in the reader's language; where no step is in sight, as it was written."""
    votes = list(found)
    places: dict[int, tuple[int, ...]] = {
        vote.pk: tuple(map(int, told.groups())) for vote in votes if (told := OF_STEP.fullmatch(vote.about))
    }  # fmt: skip
    steps = Step.objects.filter(case__in={case for case, _turn in places.values()}).select_related("case")
    rules: dict[tuple[int, ...], StepRule | None] = {(step.case_id, step.turn): rule_of(step) for step in steps if places}
    for vote in votes:
        rule = rules.get(places.get(vote.pk, ()))
        vote.shown_title = vote.title if rule is None else figures.named(dict(rule.title))  # type: ignore[attr-defined]
    return votes


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


def asked_of(request: HttpRequest, on: date) -> list[dict[str, Any]]:
    """About whom the reader is asked in a round of many sides, what ends first first."""
    found = sides_shown.waiting(request.user.person_id, on=on)
    return [{"it": one, "name": side_pages.name_of(one.ratee_id), "left": (one.round.closes_on - on).days} for one in found]


def rounds(request: HttpRequest, on: date) -> list[dict[str, Any]]:
    """Rounds of many sides that the reader is to close, and those whose questions wait for the reader, the oldest first."""
    found = sides_shown.to_do(reader=request.user, on=on)
    units = {unit.id: unit for unit in queries.units([each.organization for each in found], on=on)} if found else {}
    return [{"it": each, "unit": units[each.organization]} for each in found if each.organization in units]


def own(request: HttpRequest, on: date) -> list[dict[str, Any]]:
    """The cases about the reader, latest first."""
    if request.user.person_id is None:
        return []
    found = Case.objects.filter(case_pages.about_person(request.user.person_id)).select_related("post__job", "opened_by")
    return case_pages.told(list(found.distinct().order_by("-pk")[:20]), on)

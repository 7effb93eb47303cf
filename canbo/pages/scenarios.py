"""Pages of scenarios: the list, and one of them with its units, its checks, its figures before and after, and what may be done."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.pages import asked, scenario_bulk, scenario_lines
from canbo.pages.access import may, requires
from canbo.pages.scenario_words import DECIMAL, FIGURES, STATES
from canbo.procedures import placing
from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, consulting, lines, sketch, suggesting
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import constraints, once, queries
from canbo.registry.changes import PlanRefused
from canbo.registry.models import Organization
from canbo.reports import running_cost

SHOWN = 60  # problems and tasks on one page; the command tells all
FIRST = 12  # of those, how many are seen without unfolding
ENTRIES = 8  # runs of equal journal entries
RULES = {
    "bodies": gettext_lazy("same bodies"),
    "same_task": gettext_lazy("same task"),
    "same_field": gettext_lazy("same field"),
    "same_job": gettext_lazy("same job"),
    "lineage": gettext_lazy("only heir"),
    "waiting": gettext_lazy("waits to be placed"),
    "holdings": gettext_lazy("what is held"),
}
ACTS = ("load", "bulk", "give", "remove", "accept", "propose", "approve", "turn_down", "apply", "undo")


def body_of(request: HttpRequest, name: str) -> Organization:
    """The body whose scenario an address names. Raises NotInRegister."""
    found = Scenario.objects.select_related("body").filter(name=name).first()
    if found is None:
        raise queries.NotInRegister(_("There is no scenario called %(name)s. See `canbo scenario list`.") % {"name": name})
    return found.body


@requires("organization.read")
def listing(request: HttpRequest) -> HttpResponse:
    """The scenarios in reach, the one touched last first, none for those who may read none; and the form of a new one."""
    wrong = ""
    if request.method == "POST":
        try:
            return redirect("scenario", name=_begun(request).name)
        except (ScenarioRefused, queries.NotInRegister, once.KeyUsed) as refusal:
            wrong = str(refusal)
    found = acting.all_of(reader=request.user)
    names = {unit.id: unit for unit in queries.units([each.body_id for each in found], on=date.today())}
    context = {
        "rows": [(each, STATES[each.state], names.get(each.body_id)) for each in found[:200]],
        "drafts": may(request, "scenario.draft"), "wrong": wrong, "given": request.POST, "key": new_key(request, 0),
    }  # fmt: skip
    return render(request, "scenarios/listing.html", context, status=422 if wrong else 200)


def _begun(request: HttpRequest) -> Scenario:
    on, code = day_of(request.POST.get("on")), asked.words(request.POST.get("body"))
    if not code:
        raise ScenarioRefused(_("Say which body manages it, by its code."))
    unit = queries.unit(code, on=min(on, date.today()))
    return acting.begin(
        name=asked.words(request.POST.get("name"), 60), title=asked.words(request.POST.get("title")), on=on,
        body=Organization.objects.get(pk=unit.id), by=request.user, key=key_of(request),
    )  # fmt: skip


def day_of(text: str | None) -> date:
    """A day as a form sends it. Raises ScenarioRefused."""
    try:
        return date.fromisoformat(asked.words(text, 20))
    except ValueError:
        raise ScenarioRefused(
            _("“%(found)s” is not a day. Write it as year-month-day.") % {"found": asked.words(text, 20)}
        ) from None


@requires("scenario.read", over=body_of)
def scenario(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """One scenario; a button does one act and comes back, or says why not."""
    refusal: list[str] = []
    if request.method == "POST":
        try:
            with transaction.atomic():
                _act(request, acting.named(name, reader=request.user))
            return redirect("scenario", name=name)
        except (ScenarioRefused, PlanRefused) as problem:
            refusal = list(map(str, problem.reasons))
        except IntegrityError as problem:
            refusal = [constraints.explained(problem)]
    found = acting.named(name, reader=request.user)
    context = _context(request, found) | {"refusal": refusal[:8]}
    return render(request, "scenarios/scenario.html", context, status=422 if refusal else 200)


def _context(request: HttpRequest, found: Scenario) -> dict[str, Any]:
    said = acting.lines_of(found)
    seen = suggesting.seen(scenario=found, reader=request.user)
    drawn, report, offered = seen.drawn, seen.report, seen.offered
    mine, open_now = found.owner_id == request.user.pk, found.state in acting.OPEN
    problems = [(one, True) for one in report.blocking[:SHOWN]] + [(one, False) for one in report.warnings[:SHOWN]]
    rules = {rule: sum(each.rule == rule for each in offered) for rule in RULES}
    reach, changes = may(request, "scenario.draft", found.body_id), may(request, "organization.change", found.body_id)
    return {
        "found": found, "switch": sorted([found, *(each for each in siblings(found, request) if each.on == found.on)], key=lambda each: each.name)[:4],
        "state": STATES[found.state], "body": queries.units([found.body_id], on=found.base)[:1],
        "report": report, "problems": problems[:FIRST], "folded": problems[FIRST:],
        "open": open_now, "lost": scenario_bulk.receivers(report.remits_without_owner[:SHOWN], drawn, offered),
        "bulk": scenario_bulk.form(found) if open_now and reach else None, "units": _units(found, drawn),
        "lines": scenario_lines.page(said, drawn, kind=request.GET.get("kind", ""), start=asked.whole_number(request.GET.get("start")) or 0),
        "offered": [(rule, RULES[rule], times) for rule, times in rules.items() if times], "examples": offered[:5],
        "edits": open_now and reach, "proposes": mine and reach and found.state == Scenario.State.DRAFT,
        "decides": not mine and found.state == Scenario.State.PROPOSED and may(request, "scenario.approve", found.body_id),
        "applies": found.state == Scenario.State.APPROVED and changes,
        "undoes": found.state == Scenario.State.CARRIED_OUT and changes,
        "waits_for_registrar": found.state in (Scenario.State.APPROVED, Scenario.State.CARRIED_OUT) and not changes,
        **_asked(found), "shows_placement": open_now and may(request, placing.ACT, found.body_id),
        "shows_due": may(request, "entitlements.read", found.body_id), "today": date.today(), "key": new_key(request, found.pk), "entries": _history(found),
    }  # fmt: skip


def siblings(scenario: Scenario, request: HttpRequest) -> list[Scenario]:
    """Other open scenarios of the same body, those of the same day first."""
    found = [
        each
        for each in acting.all_of(reader=request.user)
        if each.body_id == scenario.body_id and each.pk != scenario.pk and each.state in acting.OPEN
    ]
    return sorted(found, key=lambda each: (each.on != scenario.on, each.name))


def _asked(found: Scenario) -> dict[str, Any]:
    """The last round in which those concerned were asked: what whoever approves sees of it."""
    round_ = consulting.latest(found)
    if round_ is None:
        return {}
    return {"asked": round_, "tally": consulting.tally(round_), "asked_anew": round_.digest != acting.digest_of(found)}


def _units(found: Scenario, drawn: sketch.Sketch) -> list[tuple[list[str], list[str], Any]]:
    """From which units to which: former names, later names, the kind of the change."""
    names = {body.id: queries.in_language(body.name) for body in drawn.bodies.values()}
    rows = []
    for change in drawn.changes:
        to = [queries.in_language(outcome.name) for outcome in change.outcomes] or [
            queries.in_language(drawn.bodies[code].name) for code in change.heirs if code in drawn.bodies
        ]
        rows.append(([names[part.organization] for part in change.originals if part.organization in names], to, change.kind))
    return rows[:SHOWN]


def _history(found: Scenario) -> list[tuple[Entry, int]]:
    """The latest entries about it, the newest first; equal ones that follow each other are told once, with how many."""
    runs: list[tuple[Entry, int]] = []
    for entry in reversed(list(entries.about(found))):
        if runs and (runs[-1][0].act, runs[-1][0].by_label) == (entry.act, entry.by_label):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((entry, 1))
    return runs[:ENTRIES]


def _act(request: HttpRequest, found: Scenario) -> None:
    """Do what a button says. Raises ScenarioRefused, PlanRefused, NotAllowed, KeyUsed, IntegrityError."""
    do, by, key = request.POST.get("do", ""), request.user, key_of(request)
    word = asked.words(request.POST.get("reason"), 4000)
    match do:
        case "load":
            acting.load(scenario=found, said=lines.read(request.POST.get("text", "")), by=by, key=key)
        case "bulk":
            acting.load(scenario=found, said=scenario_bulk.read(request.POST), by=by, key=key)
        case "give":
            given = {each: asked.words(request.POST.get(each)) for each in ("from", "task", "to")}
            if not all(given.values()):
                raise ScenarioRefused(_("Choose the body that has the task from then on."))
            acting.load(scenario=found, said=[lines.Line("tasks", given)], by=by, key=key)
        case "remove":
            place = asked.whole_number(request.POST.get("place"))
            acting.remove(scenario=found, places=[place or 0], by=by, key=key)
        case "accept":
            rule = asked.words(request.POST.get("rule"), 20)
            suggesting.accept(scenario=found, rule=rule if rule in RULES else "all", by=by, key=key)
        case "propose":
            acting.propose(scenario=found, by=by, reason=word, key=key)
        case "approve":
            acting.approve(scenario=found, by=by, number=asked.words(request.POST.get("number"), 80), key=key)
        case "turn_down":
            acting.turn_down(scenario=found, by=by, reason=word, key=key)
        case "apply":
            acting.apply(scenario=found, by=by, key=key)
        case "undo":
            if not word:
                raise ScenarioRefused(_("Say why it is undone; the reason stays in the journal."))
            acting.undo(scenario=found, by=by, reason=word, key=key)
        case _:
            raise ScenarioRefused(
                _("Found “%(found)s”; one of these was expected: %(known)s.") % {"found": do[:40], "known": ", ".join(ACTS)}
            )


@requires("scenario.read", over=body_of)
def compared(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """The figures before and after, as a part of the page: it is carried out and rolled back to find them."""
    told = acting.compare(scenarios=[acting.named(name, reader=request.user)], reader=request.user, also=running_cost.of)
    after = told["after"].get(name)
    figures = told["before"]
    rows = [(word, figures[key], after and after[key], int(key in DECIMAL)) for key, word in FIGURES.items()]
    return render(
        request, "scenarios/compared.html", {"rows": rows, "after": after, "refused": told["refused"].get(name, [])[:3]}
    )


def new_key(request: HttpRequest, number: int) -> str:
    return f"scenario:{request.user.pk}:{number}:{secrets.token_hex(8)}"


def key_of(request: HttpRequest) -> str:
    """The key of the form, which makes its button act once. Raises ScenarioRefused for a form of somebody else."""
    key = asked.words(request.POST.get("key"))
    if not key.startswith(f"scenario:{request.user.pk}:"):
        raise ScenarioRefused(_("This form was made for somebody else or is incomplete. Open the page again."))
    return f"{key}:{request.POST.get('do', '')[:12]}"

"""Pages of what bodies hold: the inventory of one, and of a scenario what goes to whom, until each handover was confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.pages import asked
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, today
from canbo.pages.headcount import framed
from canbo.pages.organizations import the_unit
from canbo.pages.scenarios import body_of, key_of, new_key
from canbo.procedures.models import Handover, Scenario
from canbo.procedures.scenarios import acting, handovers, holdings, sketch, suggesting
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import constraints, once, queries
from canbo.registry.asking import Row
from canbo.registry.days import day_before
from canbo.registry.models import Organization
from canbo.registry.queries import Unit

ICONS = {
    "building": "building-2", "vehicle": "arrow-right", "equipment": "table-2", "seal": "badge-check", "records": "inbox",
    "files": "file-text", "account": "landmark", "contract": "file-check",
}  # fmt: skip
SHEET = 4 * 1024 * 1024


@requires("holding.read", over=the_unit)
def listing(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """What a unit holds on the day, by kind; and the forms that add to it, by hand or from a sheet."""
    refusal: list[str] = []
    if request.method == "POST":
        try:
            with transaction.atomic():
                _enter(request, unit)
            return redirect("holdings", code=code)
        except (ScenarioRefused, once.KeyUsed) as problem:
            refusal = list(map(str, getattr(problem, "reasons", [problem])))
    found = handovers.of_body(unit.id, on=as_of(request).day, reader=request.user)
    context = {
        **framed(request, unit, "holdings"), "groups": _by_kind(found), "count": len(found), "refusal": refusal[:12],
        "waiting": _waiting(unit.id), "kinds": _kinds(), "enters": may(request, "holding.enter", unit.id), "words": handovers.WORDS,
        "key": new_key(request, unit.id), "given": request.POST, "today": today(),
    }  # fmt: skip
    return render(request, "organizations/holdings.html", context, status=422 if refusal else 200)


def _enter(request: HttpRequest, unit: Unit) -> None:
    """Write down what a form or a sheet says. Raises ScenarioRefused, KeyUsed, NotAllowed."""
    if request.POST.get("do") == "sheet":
        things = handovers.read(_sheet(request))
    else:
        things = [handovers.read_row({word: asked.words(request.POST.get(word)) for word in handovers.WORDS})]
    body = Organization.objects.get(pk=unit.id)
    handovers.enter(body=body, things=things, by=request.user, on=today(), key=key_of(request))


def _sheet(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("text", "")
    if (file.size or 0) > SHEET:
        raise ScenarioRefused(_("The file is larger than 4 MB."))
    try:
        return bytes(file.read()).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ScenarioRefused(_("The file is not text in UTF-8. Save the sheet as CSV (UTF-8).")) from problem


def _kinds() -> list[tuple[str, str]]:
    return [(kind, holdings.kind_word(kind)) for kind in holdings.kinds()]


def _by_kind(found: Iterable[Row]) -> list[tuple[str, str, list[Row]]]:
    """Rows under the word of their kind, in the order of the list of kinds."""
    order = list(holdings.kinds())
    listed = sorted(found, key=lambda row: order.index(row["kind"]) if row["kind"] in order else len(order))
    return [
        (holdings.kind_word(kind), ICONS.get(kind, "file-text"), list(rows))
        for kind, rows in groupby(listed, key=lambda row: row["kind"])
    ]


def _waiting(body: int) -> list[Handover]:
    """Handovers to a body that wait for its word."""
    found = Handover.objects.filter(receiver=body, confirmed_at__isnull=True, lapsed=False).select_related(
        "custody__holding", "scenario"
    )
    return list(found.order_by("on", "pk")[:60])


# ---- of a scenario


@requires("scenario.read", over=body_of)
def of_scenario(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """What a scenario hands over: holdings with their heirs, open cases that follow; after the day, the minutes."""
    found, refusal = acting.named(name, reader=request.user), []
    if request.method == "POST":
        try:
            with transaction.atomic():
                _act(request, found)
            return redirect("scenario_holdings", name=name)
        except (ScenarioRefused, once.KeyUsed) as problem:
            refusal = list(map(str, getattr(problem, "reasons", [problem])))
        except IntegrityError as problem:
            refusal = [constraints.explained(problem)]
    return render(
        request, "scenarios/holdings.html", _context(request, found) | {"refusal": refusal[:8]}, status=422 if refusal else 200
    )


def _context(request: HttpRequest, found: Scenario) -> dict[str, Any]:
    open_now = found.state in acting.OPEN
    listed, files = handovers.told(scenario=found, reader=request.user) if open_now else ([], [])
    drawn = sketch.draw(acting.lines_of(found), body=found.body_id, on=found.on)
    names = {body.code: queries.in_language(body.name) for body in drawn.bodies.values()}
    names |= {code: queries.in_language(outcome.name) for code, outcome in drawn.outcomes.items()}
    for row in (*listed, *files):
        row |= {"from": names.get(row["unit_code"], row["unit_code"]), "to": names.get(row["to_code"] or "", row["to_code"])}
    for row in listed:
        row |= {"word": holdings.kind_word(row["kind"]), "icon": ICONS.get(row["kind"], "file-text")}
    there = {*drawn.outcomes, *drawn.living()}
    minutes = _minutes(request, found)
    return {
        "found": found, "open": open_now, "edits": open_now and may(request, "scenario.draft", found.body_id),
        "listed": [(names.get(code, code), code, list(rows)) for code, rows in groupby(listed, key=lambda row: row["unit_code"])],
        "count": len(listed), "lost": sum(row["to_code"] is None for row in listed), "files": files[:60], "file_count": len(files),
        "heirs": sorted(((code, names.get(code, code)) for code in there), key=lambda each: each[1]),
        "offers": any(row["to_code"] is None for row in listed), "minutes": minutes,
        "waits": sum(not one["done"] for one in minutes), "key": new_key(request, found.pk),
    }  # fmt: skip


def _minutes(request: HttpRequest, found: Scenario) -> list[dict[str, Any]]:
    """Handovers from one body to another, each with its rows; those that wait first."""
    rows = handovers.open_of(found)
    ids = {each.giver_id for each in rows} | {each.receiver_id for each in rows}
    names = {unit.id: unit.label for day in (day_before(found.on), found.on) for unit in queries.units(sorted(ids), on=day)}
    groups: dict[tuple[int, int, bool, bool], list[Handover]] = {}
    for each in rows:
        groups.setdefault((each.giver_id, each.receiver_id, each.confirmed_at is not None, each.lapsed), []).append(each)
    return [
        {
            "giver": names.get(giver, giver), "receiver": names.get(receiver, receiver), "ids": f"{giver}-{receiver}", "rows": listed,
            "done": done or lapsed, "lapsed": lapsed, "first": listed[0],
            "confirms": not done and not lapsed and may(request, "handover.confirm", receiver),
        }
        for (giver, receiver, done, lapsed), listed in groups.items()
    ]  # fmt: skip


def _act(request: HttpRequest, found: Scenario) -> None:
    """Do what a button says. Raises ScenarioRefused, KeyUsed, NotAllowed, IntegrityError."""
    by, key = request.user, key_of(request)
    match request.POST.get("do", ""):
        case "suggested":
            suggesting.accept(scenario=found, rule="holdings", by=by, key=key)
        case "give":
            pairs = [each.partition("|") for each in request.POST.getlist("holding")[:500]]
            chosen = {number: code for text, _bar, code in pairs if (number := asked.whole_number(text)) is not None}
            handovers.give(scenario=found, chosen=chosen, to=asked.words(request.POST.get("to"), 80), by=by, key=key)
        case _:
            _confirm(request, found, key)


def _confirm(request: HttpRequest, found: Scenario, key: str) -> None:
    giver, _stroke, receiver = asked.words(request.POST.get("between"), 40).partition("-")
    bodies = {
        str(each.pk): each
        for each in Organization.objects.filter(pk__in=[asked.whole_number(giver) or 0, asked.whole_number(receiver) or 0])
    }
    if giver not in bodies or receiver not in bodies:
        raise ScenarioRefused(_("This form was made for somebody else or is incomplete. Open the page again."))
    counted = {}
    for each in handovers.open_of(found):
        quantity = _quantity(request.POST.get(f"counted-{each.pk}", ""))
        if quantity is not None:
            counted[each.pk] = (quantity, asked.words(request.POST.get(f"remark-{each.pk}"), 400))
    handovers.confirm(
        scenario=found, giver=bodies[giver], receiver=bodies[receiver], counted=counted, by=request.user, on=max(date.today(), found.on),
        given_by=asked.words(request.POST.get("given_by"), 120), received_by=asked.words(request.POST.get("received_by"), 120), key=key,
    )  # fmt: skip


def _quantity(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None

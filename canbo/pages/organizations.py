"""Pages about organizations: the tree, one organization, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from canbo.pages import figures
from canbo.pages.access import may, requires
from canbo.pages.asked import whole_number
from canbo.pages.asof import as_of, today
from canbo.pages.staffing import staffed
from canbo.procedures.scenarios import mirror
from canbo.registry import people, queries, turning
from canbo.registry.queries import Unit

TABS = ("overview", "history", "counts")
PER_PAGE = 50
MISSING = 6  # units that lack the same body and are named


def the_unit(request: HttpRequest, code: str) -> Unit:
    """The organization of an address, on the day of the page."""
    return queries.unit(code, on=as_of(request).day)


def the_branch(request: HttpRequest) -> Unit:
    """The organization whose branch of the tree is opened."""
    return queries.unit(request.GET.get("of", ""), on=as_of(request).day)


@requires("organization.read")
def tree(request: HttpRequest) -> HttpResponse:
    """The tree from its roots, with the first branches open; further ones are fetched when they are opened."""
    on = as_of(request).day
    roots = queries.children(None, on=on)
    branches = [{**root, "beneath": queries.children(root["id"], on=on) if len(roots) <= 3 else None} for root in roots]
    return render(request, "organizations/tree.html", {"branches": branches})


@requires("organization.read", over=the_branch)
def branch(request: HttpRequest, unit: Unit) -> HttpResponse:
    """One branch of the tree, as a list to be put into it."""
    rows = queries.children(unit.id, on=as_of(request).day)
    return render(request, "organizations/branch.html", {"rows": rows, "of": unit})


@dataclass(frozen=True)
class Kin:
    """A unit in the drawing of a lineage."""

    name: str
    note: str
    href: str
    part: bool = False


@requires("organization.read", over=the_unit)
def organization(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """One organization: its posts and bodies, where it came from, its history, who serves in it."""
    tab = request.GET.get("tab", "overview")
    if tab not in TABS:
        raise BadRequest("tab")
    shows_people = may(request, "staff.read", unit.id)
    shows_counts = may(request, "count.read", unit.id)
    context = {
        "unit": unit, "tab": tab, "shows_people": shows_people, "shows_counts": shows_counts,
        "shows_holdings": may(request, "holding.read", unit.id), "shows_headcount": may(request, "headcount.read", unit.id),
        "shows_pay": may(request, "entitlements.read", unit.id),
    }  # fmt: skip
    fill = {"overview": overview, "history": history, "counts": counted}[tab]
    context.update(fill(request, unit, as_of(request).day, shows_people))
    return render(request, f"organizations/{tab}.html", context)


def overview(request: HttpRequest, unit: Unit, on: date, shows_people: bool) -> dict[str, Any]:
    """Posts with seats and holders, bodies beneath, lineage."""
    posts = queries.posts(unit.id, on=on)
    holders: dict[str, list[Any]] = {}
    if posts and shows_people:
        for row in people.leaders([unit.id], on=on):
            holders.setdefault(row["job"], []).append(row)
    for post in posts:
        post["holders"] = holders.get(post["job"], [])
    beneath = queries.children(unit.id, on=on)
    for body in beneath:
        kind, name = queries.in_language(body["kind_names"]), queries.in_language(body["name"])
        body["tells_kind"] = not name.casefold().startswith(kind.casefold())
    bodies = [body for body in beneath if body["structure"] != "unit"]
    leading = [body["id"] for body in bodies]
    return {
        "posts": posts,
        "may_find": may(request, "candidates.find", unit.id),
        "may_open": on == today() and may(request, "case.open", unit.id),
        "leaders": people.leaders(leading, on=on) if leading and shows_people and not posts else [],
        "seats": sum(post["seats"] for post in posts),
        "filled": sum(post["filled"] for post in posts) if shows_people else None,
        "bodies": bodies,
        "units": [body for body in beneath if body["structure"] == "unit"],
        "path": queries.path(unit.id, on=on)[:-1],
        "missing": missing(unit, beneath, on),
        **drawn(unit, on),
    }


def missing(unit: Unit, beneath: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """Bodies that a text wants beneath this unit, or beneath one directly beneath it, and that are not there."""
    found = mirror.lacking({unit.id, *(body["id"] for body in beneath)}, on=on)
    by_rule: dict[str, list[mirror.Lack]] = {}
    for lack in found:
        by_rule.setdefault(lack.rule.word, []).append(lack)
    return [
        {"name": lacks[0].rule.name, "law": lacks[0].rule.citation, "units": [lack.unit for lack in lacks[:MISSING]], "rest": max(0, len(lacks) - MISSING)}
        for lacks in by_rule.values()
    ]  # fmt: skip


def drawn(unit: Unit, on: date) -> dict[str, Any]:
    """The lineage of a unit as the drawing takes it; addresses lead to the day on which the other unit was there."""
    found = queries.lineage_drawn(unit.code, on=on)
    since = figures.period((unit.valid_from, unit.valid_to))
    return {
        "self": Kin(unit.label, since, ""),
        "origins": [kin(row, before=True) for row in found["origins"]],
        "heirs": [kin(row, before=False) for row in found["heirs"]],
        "lineage_events": {row["on"]: row["decision"] for row in (*found["origins"], *found["heirs"])},
    }


def kin(row: dict[str, Any], *, before: bool) -> Kin:
    """One origin or heir: a link to it on the last day it had this code, or the first."""
    day = eve_of(row["on"]) if before else row["on"]
    href = reverse("organization", args=[row["code"]]) + f"?on={day.isoformat()}"
    return Kin(queries.in_language(row["name"]), row["code"], href, not row["whole"])


def eve_of(day: date) -> date:
    """The day before."""
    return date.fromordinal(day.toordinal() - 1)


def history(request: HttpRequest, unit: Unit, on: date, shows_people: bool) -> dict[str, Any]:
    """Names, codes, kinds and places by date; events with their documents; remits."""
    past = queries.history(unit.id)
    for row in past:
        row["valid"] = (row["since"], row["until"])
    return {
        "past": past,
        "events": queries.events(unit.id),
        "remits": queries.remits(unit.id, on=on),
        "path": queries.path(unit.id, on=on)[:-1],
    }


def counted(request: HttpRequest, unit: Unit, on: date, shows_people: bool) -> dict[str, Any]:
    """People of the unit and of all beneath it by sex, age and degree, only for those who may count them."""
    context: dict[str, Any] = {"path": [{"code": unit.parent, "name": unit.parent_name}] if unit.parent else []}
    if may(request, "count.read", unit.id):
        context |= staffed(request, [unit.id], on)
    return context


@requires("organization.read")
def changes(request: HttpRequest) -> HttpResponse:
    """The days on which organizations changed, and the events of one of them."""
    days = turning.change_days()
    kind, beneath = request.GET.get("kind") or None, request.GET.get("in", "").strip() or None
    day = as_of(request).day if as_of(request).chosen else (days[0]["on"] if days else None)
    after = whole_number(request.GET.get("after")) or 0
    events = turning.events_on(day, kind=kind, beneath=beneath, after=after, limit=PER_PAGE + 1) if day else []
    return render(
        request,
        "organizations/changes.html",
        {
            "days": days,
            "day": day,
            "eve": eve_of(day) if day else None,
            "events": events[:PER_PAGE],
            "more": events[PER_PAGE - 1]["id"] if len(events) > PER_PAGE else None,
            "kind": kind or "",
            "beneath": beneath or "",
            "kinds": ("found", "merge", "consolidate", "split", "dissolve", "rename", "move", "raise", "recode"),
        },
    )

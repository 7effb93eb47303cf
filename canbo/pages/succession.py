"""Succession plans: how a unit's posts are covered, its structure against targets, its limits; a body's posts person by person."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages import boards, figures, words
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, today
from canbo.procedures import succession
from canbo.registry import queries
from canbo.registry.queries import Unit
from canbo.rules import corpus

TONES = ("ffail", "fs3", "fs4", "f1")
MOST = 20  # rows of a list beside the plan


@requires(succession.ACT, over=boards.unit_for(succession.ACT))
def board(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The plan of a unit on a day, for the present or the next term; with `?review=1` also who could be added."""
    on = as_of(request).day
    term = "next" if request.GET.get("term") == "next" else "present"
    review = request.GET.get("review") == "1"
    law = corpus.opened(settings.CANBO_RULEBOOK)
    found = boards.kept(request, "succession", unit, on, lambda: succession.plan(by=request.user, root=unit.id, on=on))
    disciplined = once_each(found)[:MOST]
    detail = succession.in_detail(by=request.user, root=unit.id, on=on, term=term, additions=review)
    persons = {each.person for post in detail or () for each in post.planned}
    persons |= {row["person"] for row in (*disciplined, *found.many[:MOST])}
    numbers = [row["post"] for row in (*disciplined, *found.crowded[:MOST])]
    beneath = [] if detail is not None else bodies(found, unit, on)
    listed, start, more = boards.stretch(request, beneath)
    context: dict[str, Any] = {
        "unit": unit, "plan": found, "term": term, "review": review, "detail": None if detail is None else sections(detail, review),
        "out": sum(bool(each.out) for post in detail or () for each in post.planned),
        "covered_parts": covered_parts(found), "bands": bands(found), "shares": shares(found),
        "disciplined": disciplined,
        "counting": [(words.word(name, "system of bodies"), day) for name, day in succession.counting_days(law, on).items()],
        "names": boards.names_of(request, unit, persons, on),
        "places": boards.places_of([*numbers, *(post.post for post in detail or ())], on),
        "bodies": listed, "start": start, "more": more, "number": len(beneath), "most": MOST,
        "targets": any(one.least is not None for one in found.shares),
        "committees": committees(found, on), "key": boards.form_key(request), "may_find": boards.may_search(request),
        "may_open": may(request, "case.open") and on == today(),
    }  # fmt: skip
    return render(request, "succession/board.html", context)


def sections(detail: list[succession.Post_], review: bool) -> list[dict[str, Any]]:
    """The posts as the page shows them; in the review only those of which something is proposed."""
    language = figures.language()
    rows = []
    for post in detail:
        people = [
            {
                "row": each, "outcome": each.planning.outcome,
                "reasons": [
                    {"title": one.ruling.article.title, "id": one.id, "outcome": one.outcome, "text": one.reason(language)}
                    for one in (*each.planning.with_outcome("fail"), *each.planning.with_outcome("unknown"))
                ],
            }
            for each in post.planned
            if not review or each.out
        ]  # fmt: skip
        if not review or people or (post.addable is not None and len(post.planned) < succession.FULL):
            rows.append({"post": post, "people": people})
    return rows


def once_each(plan: succession.Plan) -> list[dict[str, Any]]:
    """Those disciplined since they entered the plan, each person once with the number of the places."""
    posts = Counter(row["person"] for row in plan.disciplined)
    latest = {row["person"]: row for row in reversed(plan.disciplined)}
    return [{**row, "posts": posts[person]} for person, row in reversed(latest.items())]


def covered_parts(plan: succession.Plan) -> list[tuple[str, int, str]]:
    """Leading posts by how many people stand in the plan for them."""
    labels = (_("nobody"), _("1 person"), _("2 people"), _("3 people and more"))
    return list(zip(labels, plan.by_number, TONES, strict=True))


def bands(plan: succession.Plan) -> list[tuple[str, int, str]]:
    """The planned by the three age bands."""
    lower, upper = (figures.number(bound) for bound in plan.bounds)
    return [
        (_("under %(age)s") % {"age": lower}, plan.bands["lower"], "fs3"),
        (_("%(from)s to under %(to)s") % {"from": lower, "to": upper}, plan.bands["middle"], "fs4"),
        (_("%(age)s and older") % {"age": upper}, plan.bands["upper"], "f1"),
        (_("age unknown"), plan.bands["age_unknown"], "funk"),
    ]


def shares(plan: succession.Plan) -> list[dict[str, Any]]:
    """The groups in per cent of those of whom it is known, with their target."""
    return [
        {"share": one, "percent": None if one.people is None or not one.known else round(100 * one.people / one.known, 1)}
        for one in plan.shares
    ]


def bodies(plan: succession.Plan, unit: Unit, on: date) -> list[dict[str, Any]]:
    """The bodies directly beneath, those with most posts without anybody first."""
    units = {one.id: one for one in queries.units([each.organization for each in plan.covered], on=on)}
    return [
        {
            "unit": units[each.organization],
            "covered": each,
            "parts": list(zip(("", "", "", ""), each.by_number, TONES, strict=True)),
        }
        for each in plan.covered
        if each.organization in units and each.organization != unit.id
    ]


def committees(plan: succession.Plan, on: date) -> list[dict[str, Any]]:
    """The committees with the names of their bodies."""
    units = {one.id: one for one in queries.units([each.organization for each in plan.committees], on=on)}
    return [{"committee": each, "unit": units.get(each.organization)} for each in plan.committees[:MOST]]

"""The regulation of a public service unit: what holds and by whom it was approved, the draft that waits, and what held before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from canbo.evaluation import board, regulations
from canbo.evaluation.models import Regulation
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, figures, words, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.registry import queries
from canbo.registry.models import Organization
from canbo.registry.queries import Unit
from canbo.registry.saying import sentence
from canbo.rules import corpus
from canbo.rules.explain import ArticleVerdict, explain

ISSUED = "org.regulation_issued_on"
INCOMPLETE = gettext_noop("This form was made for somebody else or is incomplete. Open the page again.")


@requires(board.ACT, over=boards.unit_for(board.ACT))
def page(request: HttpRequest, unit: Unit) -> HttpResponse:
    """How a unit weighs its public employees: in force, waiting, before; with the forms for what comes next."""
    on, refusal = today(), ""
    if request.method == "POST":
        try:
            messages.success(request, done(request, unit, on))
            return redirect(f"{request.path}?in={unit.code}")
        except Refused as problem:
            refusal = str(problem)
    held, draft = regulations.in_force(unit.id, on), regulations.waiting(unit.id)
    own = regulations.is_service_unit(unit)
    told = regulations.history(unit.id)
    context = {
        "unit": unit, "refusal": refusal, "key": work.new_key(request), "today": on, "own": own, "held": held, "draft": draft,
        "whose": queries.unit_by_id(held.organization_id, on=on) if held and held.organization_id != unit.id else None,
        "weighed": weighed(held), "drafted": weighed(draft, held), "history": told, "in_force": next((each for each in told if each == held), None),
        "general": grouped(held), "drafted_general": grouped(draft), "today_iso": on.isoformat(),
        "may_draft": own and may(request, "regulation.draft", unit.id), "may_approve": may(request, "regulation.approve", unit.id),
        "mine": draft is not None and draft.drafted_by_id == request.user.pk, "given": request.POST.dict() if refusal else {},
        "fields": fields(request.POST if refusal else {}), "articles": articles(own, held, on),
    }  # fmt: skip
    return render(request, "work/regulation.html", context, status=422 if refusal else 200)


def fields(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of a draft: points of each criterion, of whoever does not lead and of whoever leads, and of the general groups."""
    named = {name: f"{'đ' if name == 'dd' else name} · {words.word(name, 'part of a score')}" for name in regulations.LEADING}
    groups = (
        (_("Whoever does not lead"), "s", {name: named[name] for name in regulations.STAFF}, True), (_("Whoever leads"), "l", named, True),
        (_("The most points of general criteria, where it says so"), "g", dict(work.group_titles()), False),
    )  # fmt: skip
    return [
        {
            "title": title, "asked": needed,
            "fields": [{"field": f"{prefix}_{name}", "label": label, "given": given.get(f"{prefix}_{name}", "")} for name, label in names.items()],
        }
        for title, prefix, names, needed in groups
    ]  # fmt: skip


def weighed(regulation: Regulation | None, before: Regulation | None = None) -> list[dict[str, Any]]:
    """A line for each criterion: points of whoever does not lead, and of whoever leads; what they are now where they change."""
    if regulation is None:
        return []
    now = (before.weighing(leads=False), before.weighing(leads=True)) if before is not None else ({}, {})
    then = (regulation.weighing(leads=False), regulation.weighing(leads=True))
    return [
        {"name": name, "cells": [{"points": new.get(name), "now": old.get(name) if old.get(name) != new.get(name) else None}
                                 for new, old in zip(then, now, strict=True)]}
        for name in regulations.LEADING
    ]  # fmt: skip


def grouped(regulation: Regulation | None) -> list[tuple[str, Any]]:
    """The most points of each group of general criteria, where the regulation says so."""
    if regulation is None or regulation.general is None:
        return []
    return [(title, regulation.general[number]) for number, title in work.group_titles()]


def articles(own: bool, held: Regulation | None, on: date) -> list[dict[str, Any]]:
    """What the law says of it: that the unit gives the points, and by when it had to say how."""
    law, language = corpus.opened(settings.CANBO_RULEBOOK), figures.language()
    found: list[ArticleVerdict] = [each for each in regulations.said_of(on.year) if each.outcome == "value"]
    if own:
        facts: dict[str, Any] = {"org.regime": "service_unit"} | ({ISSUED: held.dated} if held else {})
        said = explain(law, topic="evaluation_organization", facts=facts, on=on, changes=False)
        found += [each for each in said.articles if each.outcome != "not_applicable" and ISSUED in asked_by(each)]
    return [
        {"id": each.id, "citation": each.ruling.article.source.cite(language), "reason": each.reason(language), "title": each.ruling.article.title,
         "outcome": each.outcome}
        for each in found
    ]  # fmt: skip


def asked_by(verdict: ArticleVerdict) -> set[str]:
    """The names of the facts on which an article rests."""
    return {each.spec.name for each in verdict.facts} | {each.spec.name for each in verdict.missing}


def done(request: HttpRequest, unit: Unit, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    body, do = Organization.objects.get(pk=unit.id), asked.words(sent.get("do"), 20)
    if do == "draft":
        told: dict[str, Any] = {name: points_of(request, prefix, names) for name, prefix, names in (
            ("weights", "s", regulations.STAFF), ("leading", "l", regulations.LEADING), ("general", "g", regulations.GENERAL),
        )}  # fmt: skip
        told["general"] = told["general"] or None
        told |= {"since": work.day_of(sent.get("since"), on), "dated": work.day_of(sent.get("dated"), on)}
        regulations.draft(organization=body, number=asked.words(sent.get("number"), 100), **told, **mark)
        return _("It waits for a second person.")
    held = Regulation.objects.filter(pk=asked.whole_number(sent.get("regulation")), organization=body).first()
    if held is None:
        raise Refused("form", sentence(INCOMPLETE))
    if do == "approve":
        regulations.approve(organization=body, regulation=held, **mark)
        return _("The regulation is approved.")
    if do == "withdraw":
        told = {"until": work.day_of(sent.get("until"), on), "basis": asked.words(sent.get("text"), 300)}
        regulations.withdraw(organization=body, regulation=held, **told, **mark)
        return _("The regulation is withdrawn.")
    raise Refused("form", sentence(INCOMPLETE))


def points_of(request: HttpRequest, prefix: str, names: tuple[str, ...]) -> dict[str, Decimal]:
    """The points that were written, by criterion; a field left empty is none."""
    found = {name: asked.words(request.POST.get(f"{prefix}_{name}"), 8).replace(",", ".") for name in names}
    try:
        return {name: Decimal(text) for name, text in found.items() if text}
    except InvalidOperation:
        raise Refused("points", sentence(gettext_noop("Points are numbers such as 30 or 12.5."))) from None

"""Opening a case: which procedure, about which post, body or person, from which day, on which terms."""

from __future__ import annotations

import secrets
from datetime import date
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.evaluation.refusals import Refused as WorkRefused
from canbo.pages import asked, case_facts, figures, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.pages.case_steps import full_name
from canbo.procedures import bodies, cases, consequences, grounds
from canbo.procedures.models import Case
from canbo.procedures.refusals import Refused
from canbo.registry import authority, looking, once, people, queries, vacancies
from canbo.registry.models import Organization, Person, Post
from canbo.rules import procedure as law
from canbo.rules.procedure import Procedure, Version

MOST_FOUND = 12
MOST_SEATS = 99


@requires("organization.read")
def new(request: HttpRequest) -> HttpResponse:
    """Choose the procedure and what it is about; what is opened here is sealed, with the hash of the law, before any name."""
    on = today()
    if not may(request, "case.open"):
        return render(request, "cases/new.html", {"may_open": False})
    sent = request.POST if request.method == "POST" else request.GET
    chosen = law.opened(bodies.rulebook()).get(asked.words(sent.get("procedure"), 60))
    refusal, status, why = "", 200, ""
    if request.method == "POST" and chosen is not None and request.POST.get("do") == "open":
        try:
            opened = open_it(request, chosen, on)
            return redirect("case", number=opened.pk)
        except (Refused, WorkRefused, authority.NotAllowed, once.KeyUsed, queries.NotInRegister) as problem:
            refusal, status, why = str(problem), 422, getattr(problem, "why", "")
    context: dict[str, Any] = {
        "may_open": True, "families": families(on), "refusal": refusal, "undeclared": why == "conflict_unknown", "given": sent.dict(),
    }  # fmt: skip
    if chosen is not None:
        version = chosen.on(on)
        context |= {
            "chosen": chosen, "title": figures.named(dict(chosen.title)), "version": version, "today": on,
            "key": f"open:{request.user.pk}:{secrets.token_hex(8)}", **found(request, sent, chosen, on),
            "asks_post": chosen.about in ("post", "membership"), "asks_person": chosen.names == "known",
            "steps": [figures.named(dict(step.title)) for step in version.steps] if version else [],
            **(terms_asked(sent, chosen, version, on) if version else {}),
        }  # fmt: skip
    return render(request, "cases/new.html", context, status=status)


def terms_asked(sent: Any, chosen: Procedure, version: Version, on: date) -> dict[str, Any]:
    """What the terms of a procedure may say besides seats and criteria, and the facts that only people can state."""
    of_case, of_name = grounds.asked_at_opening(chosen, version, on=on)
    given = sent.dict()
    told: dict[str, Any] = {
        "facts": case_facts.fields(of_case, given), "facts_of_name": case_facts.fields(of_name, given), "terms": chosen.terms,
        "needs": grounds.NEEDED.get(chosen.effect, ""), "asks_names": chosen.names in ("chosen", "many"),
        "usual_seats": version.limits.get("persons_per_post", 1),
    }  # fmt: skip
    told["touched"] = any(field.touched for field in told["facts_of_name"])
    for term in {"to_post", "post"} & set(chosen.terms):
        words, number = asked.words(sent.get("to"), 80), asked.whole_number(sent.get("to_post"))
        one = vacancies.post(number, on=on) if number is not None else None
        told |= {"asks_to": term, "to": words, "to_post": number}
        told["to_posts"] = [one] if one else (vacancies.find_posts(words, on=on, limit=MOST_FOUND) if len(words) > 1 else [])
    return told


def families(on: date) -> list[tuple[str, list[dict[str, Any]]]]:
    """The procedures in force on a day, by family; a procedure without law on the day is not opened."""
    held = [(kind, kind.on(on)) for kind in law.opened(bodies.rulebook()).values()]
    listed = [
        {
            "id": kind.id, "family": kind.family, "title": figures.named(dict(kind.title)), "steps": len(version.steps),
            "law": figures.named(dict(version.source)), "article": version.article,
        }
        for kind, version in held
        if version is not None
    ]  # fmt: skip
    listed.sort(key=lambda entry: (entry["family"], entry["title"]))
    return [(family, list(rows)) for family, rows in groupby(listed, key=lambda entry: entry["family"])]


def found(request: HttpRequest, sent: Any, chosen: Procedure, on: date) -> dict[str, Any]:
    """What the words for post, body and person name, each to be chosen from."""
    told: dict[str, Any] = {}
    words = asked.words(sent.get("place"), 80)
    told["place"] = words
    if chosen.about in ("post", "membership"):
        number = asked.whole_number(sent.get("post")) or (asked.whole_number(words[1:]) if words.startswith("#") else None)
        one = vacancies.post(number, on=on) if number is not None else None
        told["posts"] = [one] if one else (vacancies.find_posts(words, on=on, limit=MOST_FOUND) if len(words) > 1 else [])
        told["post"] = number
    else:
        rows = queries.search_units(words, on=on, limit=MOST_FOUND) if len(words) > 1 else []
        told["units"], told["unit"] = rows, sent.get("organization", "")
    if chosen.names == "known":
        told |= persons(request, sent, on)
    return told


def persons(request: HttpRequest, sent: Any, on: date) -> dict[str, Any]:
    """Whom the words name, as far as the reader may see; that they were shown is logged."""
    words, number = asked.words(sent.get("who"), 80), asked.whole_number(sent.get("person"))
    if number is not None and not words:
        rows = [{**row, "person_id": number} for row in people.brief([number], on=on).values()]
    else:
        rows = people.search(words, on=on, limit=MOST_FOUND) if len(words) > 1 else []
    looking.looked_at_search(by=request.user, on=on, persons=[row["person_id"] for row in rows])
    return {"who": words, "persons": [{**row, "name": full_name(row)} for row in rows], "person": number}


def open_it(request: HttpRequest, chosen: Procedure, on: date) -> Case:
    """Open the case that the form names. Raises Refused, NotAllowed, KeyUsed."""
    key = asked.words(request.POST.get("key"))
    if not key.startswith(f"open:{request.user.pk}:"):
        raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))
    seats = _seats(request)
    criteria, to = asked.words(request.POST.get("criteria"), 2000), asked.whole_number(request.POST.get("to_post"))
    facts, documents = case_facts.written(request)
    terms: dict[str, Any] = {**({"seats": seats} if seats else {}), **({"criteria": criteria} if criteria else {})}
    terms |= {**({"facts": facts} if facts else {}), **({"documents": documents} if documents else {})}
    if to is not None:
        terms["to_post" if "to_post" in chosen.terms else "post"] = to
    evaluation, post = asked.whole_number(request.POST.get("evaluation")), _post(request)
    if evaluation is not None and post is not None:
        told = {"terms": terms, "effective_on": _day(request, "effective_on"), "until": _day(request, "until")}
        return consequences.open(
            evaluation=work.evaluation_of(str(evaluation)),
            procedure=chosen.id,
            post=post,
            by=request.user,
            on=on,
            key=key,
            **told,
        )
    return cases.open_case(
        procedure=chosen.id, by=request.user, on=on, key=key, post=post, organization=_organization(request, on),
        person=_person(request, on) if chosen.names == "known" else None, effective_on=_day(request, "effective_on"),
        until=_day(request, "until"), terms=terms,
    )  # fmt: skip


def _seats(request: HttpRequest) -> int | None:
    """How many names may go through; None where the form leaves it to the law."""
    words = asked.words(request.POST.get("seats"))
    seats = asked.whole_number(words)
    if words and not (seats and seats <= MOST_SEATS):
        raise Refused("seats", _("Seats: a whole number from 1 to %(most)s.") % {"most": MOST_SEATS})
    return seats


def _post(request: HttpRequest) -> Post | None:
    number = asked.whole_number(request.POST.get("post"))
    return None if number is None else Post.objects.filter(pk=number).select_related("organization").first()


def _organization(request: HttpRequest, on: date) -> Organization | None:
    code = asked.words(request.POST.get("organization"), 80)
    if not code:
        return None
    rows = queries.search_units(code, on=on, limit=MOST_FOUND)
    number = next((row["id"] for row in rows if row["code"] == code), None)
    if number is None:
        number = queries.unit(code, on=on).id
    return Organization.objects.filter(pk=number).first()


def _person(request: HttpRequest, on: date) -> Person | None:
    number = asked.whole_number(request.POST.get("person"))
    return Person(pk=number) if number is not None and people.brief([number], on=on) else None


def _day(request: HttpRequest, name: str) -> date | None:
    text = asked.words(request.POST.get(name), 20)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("day", _("“%(found)s” is not a day. Write it as year-month-day.") % {"found": text}) from None

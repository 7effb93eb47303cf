"""Competencies: the framework to browse, a person's levels with what shows them, the gaps of a body, where a field is short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.development import assessing, gaps
from canbo.development.assessing import Shown
from canbo.development.models import Assessment, Objection, Proof
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, case_files, figures, work
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, today
from canbo.pages.people import the_person
from canbo.registry import looking, queries
from canbo.registry.asking import rows
from canbo.registry.models import Job, Person
from canbo.registry.queries import Unit
from canbo.registry.saying import sentence
from canbo.reports import shortage
from canbo.rules.competencies import GROUPS, LEVELS, Framework

STATES = (gaps.MET, gaps.SHORT, gaps.UNKNOWN)
PLACES_SHOWN = 200  # lines of one table


# ---- the framework


@requires("organization.read")
def framework(request: HttpRequest) -> HttpResponse:
    """What the framework says on a day, competency by competency; what a job asks for now and later."""
    law, on = assessing.framework(), as_of(request).day
    jobs = {
        each.code: each for each in Job.objects.filter(code__in={each.job for each in law.requirements}).order_by("rank", "pk")
    }
    chosen = asked.words(request.GET.get("job"), 60)
    chosen = chosen if chosen in jobs else "specialist"
    groups = [(law.groups[group], [each for each in law.on(on).values() if each.group == group]) for group in GROUPS]
    context = {
        "law": law, "on": on, "groups": groups, "jobs": jobs.values(), "chosen": chosen, "asks": asks(law, chosen, on),
        "sources": sources(law), "marks": range(1, LEVELS + 1), "may_gaps": may(request, gaps.ACT),
    }  # fmt: skip
    return render(request, "competencies/framework.html", context)


def asks(law: Framework, job: str, on: date) -> list[dict[str, Any]]:
    """What a job asks for on a day, competency by competency, with what changes later."""
    now = law.required(on).get(job, {})
    later = sorted({each.since for each in law.requirements if each.job == job and each.counts and each.since > on})
    told: list[dict[str, Any]] = [{"it": law.competencies[code], "level": each.level, "later": []} for code, each in now.items()]
    for day in later:
        for code, each in law.required(day).get(job, {}).items():
            row = next((row for row in told if row["it"].code == code), None)
            if row is None:
                told.append({"it": law.competencies[code], "level": None, "later": [(day, each.level)]})
            elif each.level != (row["later"][-1][1] if row["later"] else row["level"]):
                row["later"].append((day, each.level))
    order = list(law.competencies)
    return sorted(told, key=lambda row: order.index(row["it"].code))


def sources(law: Framework) -> list[dict[str, str]]:
    """Where the framework's texts come from, each once."""
    found = {id(each.source): each.source for each in law.competencies.values() if each.source is not None}
    language = figures.language()
    return [
        {"cites": each.cite(language), "url": each.url, "note": each.note.get(language) or each.note.get("en", "")}
        for each in found.values()
    ]


# ---- one person


@requires("organization.read")
def mine(request: HttpRequest) -> HttpResponse:
    """One's own competencies."""
    if request.user.person_id is None:
        raise Http404(_("Your account belongs to no person in the register."))
    return redirect("competency_person", number=request.user.person_id)


@requires(gaps.ACT, over=the_person)
def person(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """A person's levels beside what the jobs held ask for, each with its history; forms for whoever may act."""
    on, refusal = today(), ""
    if request.method == "POST":
        try:
            messages.success(request, done(request, subject, on))
            return redirect(request.path)
        except Refused as problem:
            refusal = str(problem)
    looking.looked_at_file(subject, by=request.user, on=on, classes=["competencies"])
    body = work.body_of(subject, on)
    law, own = assessing.framework(), request.user.person_id == number
    found = gaps.of_person(subject, on=on)
    history = history_of(subject, on)
    lines: list[dict[str, Any]] = [{"gap": each, "past": history.get(each.competency.code, [])} for each in found]
    asked_for = [each for each in found if each.required is not None]
    counts = Counter(each.state for each in asked_for)
    groups = [(law.groups[group], [line for line in lines if line["gap"].competency.group == group]) for group in GROUPS]
    may_assess = own or (body is not None and may(request, "competency.assess", body))
    context = {
        "subject": subject, "name": work.name_of(number, on), "unit": work.unit_of(body, on) if body else None, "own": own, "law": law,
        "groups": groups, "counts": counts, "asked_for": len(asked_for), "refusal": refusal, "key": work.new_key(request),
        "may_assess": may_assess, "may_confirm": not own and body is not None and may(request, "competency.confirm", body),
        "may_answer": not own and body is not None and may(request, "competency.answer", body), "today": on,
        "showing": [(pair, said_of(called)) for pair, called in assessing.showing(subject, on)[:50]] if may_assess else [], "options": [each.competency for each in found],
        "marks": range(1, LEVELS + 1), "may_gaps": may(request, gaps.ACT), "given": request.POST if refusal else {},
    }  # fmt: skip
    return render(request, "competencies/person.html", context, status=422 if refusal else 200)


def history_of(subject: Person, on: date) -> dict[str, list[dict[str, Any]]]:
    """The assessments of a person by competency, newest first, each with its proofs, its objections and how it stands."""
    listed = Assessment.objects.filter(person=subject).select_related("assessed_by", "confirmed_by", "cancelled_by")
    found: dict[str, list[dict[str, Any]]] = {}
    for each in listed.prefetch_related("proofs", "objections__answered_by").order_by("-assessed_on", "-pk"):
        state = "expired" if each.state == "confirmed" and not each.counts(on) else each.state
        waits = any(one.state == Objection.State.FILED for one in each.objections.all())
        proofs = [(one, said_of(one.called)) for one in each.proofs.all()]
        found.setdefault(each.competency, []).append({"it": each, "state": state, "waits": waits, "proofs": proofs})
    return found


def said_of(called: str) -> str:
    """What shows a level as it was named, the words of degrees and subjects in the reader's language."""
    return " · ".join(_(part.replace("-", " ")) if part.replace("-", "").isalpha() else part for part in called.split(" · "))


def done(request: HttpRequest, subject: Person, on: date) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    sent, mark = request.POST, {"by": request.user, "on": on, "key": work.key_of(request)}
    do, text = asked.words(sent.get("do"), 20), asked.words(sent.get("text"), 1000)
    if do == "assess":
        level = asked.whole_number(sent.get("level", "")) or 0
        assessing.assess(
            person=subject, competency=asked.words(sent.get("competency"), 40), level=level, shown=shown_in(request), remark=text, **mark
        )  # fmt: skip
        return _("The level is kept. It counts once a second person confirmed it.")
    held = Assessment.objects.filter(pk=asked.whole_number(sent.get("assessment", "")) or 0, person=subject).first()
    if held is not None and do in ("confirm", "turn_down"):
        assessing.confirm(assessment=held, confirmed=do == "confirm", why=text, **mark)
        return _("The level is confirmed.") if do == "confirm" else _("The level is not confirmed; the reason stands with it.")
    if held is not None and do == "cancel":
        assessing.cancel(assessment=held, why=text, **mark)
        return _("The level is cancelled; the reason stands with it.")
    if held is not None and do == "object":
        filed = assessing.object_to(assessment=held, ground=text, **mark)
        return _("Your objection is filed; it is answered by %(day)s.") % {"day": figures.day(filed.due_on)}
    if held is not None and do in ("uphold", "dismiss"):
        assessing.answer(assessment=held, upheld=do == "uphold", text=text, **mark)
        return _("The objection is answered.")
    raise Refused("form", sentence("This form was made for somebody else or is incomplete. Open the page again."))


def shown_in(request: HttpRequest) -> list[Shown]:
    """What a form names as evidence: records of the register, and a file."""
    found = []
    for each in request.POST.getlist("shown")[: assessing.MOST_PROOFS]:
        kind, _colon, number = each.partition(":")
        found.append(Shown(kind if kind in Proof.Kind.values else "", asked.whole_number(number) or 0))
    sent = request.FILES.get("file")
    return found + ([Shown("file", body=sent.read(), name=sent.name or "")] if sent is not None else [])


def the_proof(request: HttpRequest, number: int) -> Proof:
    """A file that shows a level which the reader sees."""
    found = (
        Proof.objects.select_related("assessment__person", "body")
        .filter(pk=asked.row_number(number), kind=Proof.Kind.FILE)
        .first()
    )
    if found is None or found.body is None:
        raise Http404(_("There is no such file, or you may not see it."))
    return found


@requires("organization.read", over=the_proof)
def proof(request: HttpRequest, found: Proof, number: int) -> HttpResponse:
    """A file as it was handed in; that it was read is entered in the log of who looked."""
    octets, media = assessing.opened(found, by=request.user, on=today())
    return case_files.handed(octets, media, found.called)


# ---- a body


@requires(gaps.ACT, over=boards.unit_for(gaps.ACT))
def body(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The gaps of a body: by competency for all beneath it, by group for each body beneath; unknown apart in both."""
    law, on = assessing.framework(), as_of(request).day

    def read() -> tuple[list[gaps.Line], list[gaps.Line]]:
        told: dict[str, Any] = {"by": request.user, "root": unit.id, "on": on}
        return gaps.counted(**told), gaps.counted(**told, places=gaps.children_of(unit.id, on=on))

    whole, apart = boards.kept(request, "gaps", unit, on, read)
    names = {each.id: each for each in queries.units(sorted({line.place for line in apart}), on=on)}
    by_code = {line.competency: line for line in whole}
    groups = [
        (law.groups[group], [(each, by_code[each.code], bar(by_code[each.code])) for each in law.on(on).values()
                             if each.group == group and each.code in by_code])
        for group in GROUPS
    ]  # fmt: skip
    people = max((line.people for line in whole), default=0)
    listed, start, more = boards.stretch(request, heat(law, apart, names, unit.id))
    own = [] if start else members_of(request, unit, on)
    context = {
        "unit": unit, "on": on, "groups": groups, "people": people, "total": bar_of(whole), "titles": [law.groups[group] for group in GROUPS],
        "heat": listed, "start": start, "more": more, "number": len(names), "own": own, "counts": counts_of(whole),
    }  # fmt: skip
    return render(request, "competencies/body.html", context)


def members_of(request: HttpRequest, unit: Unit, on: date) -> list[dict[str, Any]]:
    """Who serves in the body itself: of how many competencies each reaches the level, falls short, is not known."""
    needs = [need for need in gaps.of_body(by=request.user, root=unit.id, on=on) if need.organization == unit.id]
    by_person: dict[int, Counter[str]] = {}
    for need in needs:
        by_person.setdefault(need.person, Counter())[need.state] += 1
    names = boards.names_of(request, unit, list(by_person)[:PLACES_SHOWN], on)
    listed = [
        {"person": each, "name": names[each], **{state: count[state] for state in STATES}}
        for each, count in by_person.items()
        if each in names
    ]
    return sorted(listed, key=lambda row: (-row[gaps.SHORT], -row[gaps.UNKNOWN], row["name"]))


def counts_of(lines: Iterable[gaps.Line]) -> dict[str, int]:
    """All lines together by state."""
    listed = list(lines)
    return {state: sum(getattr(line, state) for line in listed) for state in STATES}


def bar(line: gaps.Line) -> list[tuple[str, int, str]]:
    """A line as the parts of one bar."""
    tones = {gaps.MET: "f3", gaps.SHORT: "f2", gaps.UNKNOWN: "funk"}
    return [(STATE_WORDS[state](), getattr(line, state), tones[state]) for state in STATES]


def bar_of(lines: Iterable[gaps.Line]) -> list[tuple[str, int, str]]:
    """All lines together as the parts of one bar."""
    return bar(gaps.Line(0, "", **counts_of(lines)))


STATE_WORDS = {gaps.MET: lambda: _("reached"), gaps.SHORT: lambda: _("falls short"), gaps.UNKNOWN: lambda: _("unknown")}


def heat(law: Framework, lines: list[gaps.Line], names: dict[int, Unit], root: int) -> list[dict[str, Any]]:
    """A row for each body beneath: of what is known of its people, which share falls short, group by group; 0 to 5, or unknown."""
    found: dict[int, dict[str, list[gaps.Line]]] = {}
    for line in lines:
        found.setdefault(line.place, {}).setdefault(law.competencies[line.competency].group, []).append(line)
    listed = []
    for place, of_group in found.items():
        cells = []
        for group in GROUPS:
            count = counts_of(of_group.get(group, []))
            known = count[gaps.MET] + count[gaps.SHORT]
            share = round(100 * count[gaps.SHORT] / known) if known else None
            shade = None if share is None else min(5, 1 + share // 12)
            cells.append({"asked": bool(of_group.get(group)), "share": share, "shade": shade, "known": known, **count})
        listed.append(
            {
                "unit": names.get(place),
                "own": place == root,
                "cells": cells,
                "people": max(line.people for each in of_group.values() for line in each),
            }
        )
    return sorted(listed, key=lambda row: (not row["own"], row["unit"].code if row["unit"] else ""))


# ---- where a field is short


@requires(shortage.ACT, over=boards.unit_for(shortage.ACT))
def short(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Where nobody has a degree in a field: the places on a map for one field, all fields in a table; unknown apart."""
    on, fields = as_of(request).day, shortage.fields()
    chosen = asked.words(request.GET.get("field"), 40)
    field = next((each for each in fields if each.code == chosen), fields[0])
    found = boards.kept(request, "shortage", unit, on, lambda: shortage.places(by=request.user, root=unit.id, on=on))
    names = {each.id: each for each in queries.units([each.organization for each in found], on=on)}
    grounds = grounds_of([each.organization for each in found])
    counts = [(each, Counter(place.state(each.code) for place in found)) for each in fields]
    dots = [
        (ground["latitude"], ground["longitude"], TONES[place.state(field.code)])
        for place in found
        if (ground := grounds.get(place.organization)) and ground["latitude"] is not None
    ]
    here = next(count for each, count in counts if each is field)
    table = [
        {"unit": names[place.organization], "people": place.people, "cells": [(each, place.state(each.code), place.holders.get(each.code, 0)) for each in fields],
         "none": sum(place.state(each.code) == shortage.NONE for each in fields)}
        for place in found if place.organization in names
    ]  # fmt: skip
    listed, start, more = boards.stretch(request, sorted(table, key=lambda row: (-row["none"], row["unit"].code)))
    context = {
        "unit": unit, "on": on, "fields": fields, "field": field, "counts": counts, "here": here, "places": len(found), "dots": dots,
        "legend": [(TONES[state], FIELD_WORDS[state]()) for state in TONES], "difficult": difficult(found, grounds, field.code),
        "table": listed, "start": start, "more": more, "number": len(table),
    }  # fmt: skip
    return render(request, "competencies/shortage.html", context)


TONES = {shortage.COVERED: "k3", shortage.NONE: "k2", shortage.UNKNOWN: "k5"}
FIELD_WORDS = {
    shortage.COVERED: lambda: _("somebody has"),
    shortage.NONE: lambda: _("nobody has"),
    shortage.UNKNOWN: lambda: _("not known"),
}


def grounds_of(organizations: list[int]) -> dict[int, dict[str, Any]]:
    """The middle point and the classes of the ground of each organization that has one."""
    found = rows(
        "SELECT o.id, a.latitude, a.longitude, a.traits FROM {organization} o JOIN {area} a ON a.id = o.area_id"
        " WHERE o.id = ANY (%(ids)s::bigint[])",
        {"ids": organizations or [0]},
    )
    return {row["id"]: row for row in found}


def difficult(found: list[shortage.Place], grounds: dict[int, dict[str, Any]], field: str) -> list[tuple[str, Counter[str]]]:
    """By class of area (border, island, difficult ...) how many places have somebody in the field; empty where none has a class."""
    counted: dict[str, Counter[str]] = {}
    for place in found:
        for trait in (grounds.get(place.organization) or {}).get("traits") or ():
            counted.setdefault(str(trait), Counter())[place.state(field)] += 1
    return sorted(counted.items())

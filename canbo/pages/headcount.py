"""Pages of headcount: places and what was allotted in a unit; deputies and their path; the form that hands headcount down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from canbo.pages import asked, boards, figures
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of
from canbo.pages.asof import read as read_day
from canbo.pages.organizations import the_unit
from canbo.registry import constraints, once, queries, quotas
from canbo.registry.delegation import based_on
from canbo.registry.models import Allotment, Organization
from canbo.registry.queries import NotInRegister, Unit
from canbo.reports import caps, deputies, glide, headcount
from canbo.rules.display import show_value

ACT = "headcount.read"
SHOWN = 20


@requires(ACT, over=the_unit)
def places(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """Places by job and kind of body, what was allotted and to whom too little, the years to come."""
    return shown(request, unit, code)


def shown(request: HttpRequest, unit: Unit, code: str, *, given: Mapping[str, str] | None = None) -> HttpResponse:
    """The page; `given`: what a form that was refused said, so that nobody types it again."""
    on = as_of(request).day
    latest = Allotment.objects.order_by("-pk").values_list("pk", flat=True).first()  # what was just allotted shows at once
    found = boards.kept(request, f"headcount.{latest}", unit, on, lambda: headcount.of(code, on=on))
    managing = queries.units([queries.unit(row["body"], on=on).id for row in found.position], on=on)
    context = {
        **framed(request, unit, "headcount"), "found": found, "bodies": found.bodies[:SHOWN], "rest": max(0, len(found.bodies) - SHOWN),
        "widest": max((max(year.allotted, year.staying) for year in found.years), default=1),
        "ranks": [{**rank, "word": word_of("positions.kind", rank["kind"]), "law": cited(rank["by"])} for rank in found.ranks],
        "planned": [{**row, "law": cited([row["article"]])} for row in found.planned],
        "may_allot": [each for each in managing if may(request, quotas.ACT, each.id)],
        **limited(found), "key": boards.form_key(request), "staffs": Allotment.Staff.values, "given": given or {},
    }  # fmt: skip
    return render(request, "organizations/headcount.html", context, status=422 if given else 200)


def limited(found: headcount.Found) -> dict[str, Any]:
    """The month in which a body is overdrawn, villages and service units, each with its articles."""
    late = found.overdrawn
    return {
        "overdrawn": late, "last": found.months[-1] if found.months else None,
        "worst": queries.unit_by_id(late.worst, on=found.on) if late and late.worst else None,
        "villages": [
            {"names": each.names, "number": each.number, "activists": each.activists, "most": each.most, "over": each.over,
             "law": cited(list(each.by))} for each in found.villages
        ],
        "autonomy": {"groups": found.autonomy.groups, "law": list({cite: (name, cite) for name, cite in cited(list(found.autonomy.by))}.values())}
        if found.autonomy else None,
    }  # fmt: skip


@requires(ACT, over=the_unit)
def numbers(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """Deputies against their caps, month by month to the last day of the law, and the days that disagree."""
    on = as_of(request).day
    days = caps.deadlines(on=on)
    to = max([on, *(each.day for each in days)])
    found = boards.kept(request, "deputies", unit, on, lambda: deputies.path_of(code, on=on, to=to))
    needed = [
        {
            "number": number,
            "day": each.day,
            "law": cited([each.article])[0],
            "steps": told,
            "moves": sum(step[2] for step in told),
        }
        for number, each in enumerate(days, 1)
        for told in [deputies.by_body(found.moves(each.day))]
    ]
    context = {
        **framed(request, unit, "deputies"), "found": found, **listed(found),
        **drawn(found), "marks": [each.day for each in days], "needed": needed,
        "agree": len({each.day for each in days}) < 2,
        "years": by_year(found),
        "term": glide.TERM,
    }  # fmt: skip
    return render(request, "organizations/deputies.html", context)


@requires(quotas.ACT, over=the_unit)
def allot(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """Allot a number to a body out of what this one was given; a refusal is told on the page with its first day."""
    if request.method != "POST":
        return redirect(reverse("headcount", args=[code]))
    try:
        made = quotas.allot(**asked_for(request, unit), by=request.user, key=asked.words(request.POST.get("key"), 60) or None)
    except (quotas.QuotaRefused, NotInRegister, once.KeyUsed) as refused:
        messages.error(request, str(refused))
    except IntegrityError as broken:
        messages.error(request, constraints.explained(broken))
    else:
        messages.success(request, _("Handed down, and recorded in the journal: %(rows)s.") % {"rows": figures.number(len(made))})
        return redirect(reverse("headcount", args=[code]))
    return shown(request, unit, code, given=request.POST.dict())


def asked_for(request: HttpRequest, unit: Unit) -> dict[str, Any]:
    """What the form asks. Raises QuotaRefused for what cannot be read, NotInRegister for a body that is not there."""
    since, until = (the_day(request, name) for name in ("since", "until"))
    number = asked.whole_number(request.POST.get("number"))
    told = {name: asked.words(request.POST.get(name)) for name in ("body", "staff", "decision", "issuer")}
    if number is None or number > 10_000_000 or not all(told.values()):
        raise quotas.QuotaRefused(_("Give the body, a number of people, both days, and the deciding document with its issuer."))
    body = Organization.objects.get(pk=queries.unit(told["body"], on=since).id)
    return {
        "giver": Organization.objects.get(pk=unit.id), "body": body,
        "use": Allotment.Use.RESERVED if body.pk == unit.id else Allotment.Use.ALLOTTED,
        "staff": told["staff"], "path": [(since, number)], "until": until, **based_on(told["decision"][:80], told["issuer"]),
    }  # fmt: skip


def the_day(request: HttpRequest, name: str) -> date:
    text = asked.words(request.POST.get(name))
    read = read_day(text)
    if not text or read.wrong:
        raise quotas.QuotaRefused(_("“%(text)s” is not a day. Write it as 2027-01-01.") % {"text": text[:40]})
    return read.day


def framed(request: HttpRequest, unit: Unit, tab: str) -> dict[str, Any]:
    """What the frame of a unit's pages asks."""
    return {
        "unit": unit, "tab": tab, "shows_people": may(request, "staff.read", unit.id),
        "shows_counts": may(request, "count.read", unit.id), "shows_headcount": may(request, ACT, unit.id),
        "shows_holdings": may(request, "holding.read", unit.id), "shows_pay": may(request, "entitlements.read", unit.id),
        "path": [{"code": unit.parent, "name": unit.parent_name}] if unit.parent else [],
    }  # fmt: skip


def listed(found: deputies.Found) -> dict[str, Any]:
    """The sets to show: those with too many first, then averages, then the largest; and how many are left out."""
    capped = set(map(id, found.capped))
    tight = {id(group): group.over(found.on) if id(group) in capped else 0 for group in found.groups}
    order = sorted(
        found.groups, key=lambda group: (-tight[id(group)], group.together is None, group.most is None, -group.now, group.unit)
    )
    shown = order[:SHOWN]
    names = {unit.id: unit.name for unit in queries.units(sorted({group.place for group in shown}), on=found.on)}
    groups = [{**grouped(group, found.on), "name": names.get(group.place)} for group in shown]
    return {"groups": groups, "rest": max(0, len(order) - SHOWN)}


def drawn(found: deputies.Found) -> dict[str, Any]:
    """The course to draw: of the set with the most too many, where there is one; else of all together."""
    tight = max(found.capped, key=lambda group: group.over(found.on), default=None)
    if tight is None or not tight.over(found.on):
        return {"months": [(month.month, month.count) for month in found.path], "most": found.cap, "of": None}
    path = glide.path(tight.deputies, on=found.on, to=found.to)
    told = {"name": queries.unit_by_id(tight.place, on=found.on).name, "word": word_of("deputies.body", tight.word)}
    return {"months": [(month.month, month.count) for month in path], "most": tight.most, "of": told}


def by_year(found: deputies.Found) -> list[dict[str, int]]:
    """What each year of the path brings, and how it ends."""
    years: dict[int, dict[str, int]] = {}
    for month, over in zip(found.path, found.over_by_month, strict=True):
        year = years.setdefault(month.month.year, {"year": month.month.year, "retired": 0, "ended": 0, "terms": 0})
        for name in ("retired", "ended", "terms"):
            year[name] += getattr(month, name)
        year |= {"count": month.count, "over": over}
    return list(years.values())


def grouped(group: deputies.Group, on: date) -> dict[str, Any]:
    """A line of the table of bodies."""
    articles = [
        *(group.together.binding if group.together else ()),
        *sorted({a for cap in group.each.values() for a in cap.binding}),
    ]
    lacking = sorted(
        {
            name
            for cap in (*group.each.values(), *filter(None, (group.together,)))
            for _article, names in cap.unsaid
            for name in names
        }
    )
    return {
        "word": word_of("deputies.body", group.word), "unit": group.unit, "bodies": len(group.bodies),
        "now": group.now, "cap": group.most if group.whole else None, "whole": group.whole,
        "between": next((cap.between for cap in group.each.values() if cap.between), None) if group.most is None else None,
        "over": group.over(on) if group.whole and group.most is not None else None, "law": cited(articles),
        "lacking": [figures.named(dict(caps.law().facts[name].label)) for name in lacking] if group.most is None else [],
    }  # fmt: skip


def word_of(fact: str, value: str) -> str:
    """A value of a fact in the reader's language."""
    spec = caps.law().facts[fact]
    return show_value(value, spec.type, figures.language(), spec=spec)


def cited(articles: list[str]) -> list[tuple[str, str]]:
    """Articles with their citation in the reader's language."""
    return [(name, caps.law().articles[name].source.cite(figures.language())) for name in articles]

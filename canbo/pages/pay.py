"""Pages of pay: what a unit pays a month and what a reform would cost, by group and person; whose step is due in which month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canbo.modelling.staffing.pay import named
from canbo.pages import asked, boards, figures
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of
from canbo.pages.asof import read as read_day
from canbo.pages.headcount import cited, framed
from canbo.pages.organizations import the_unit
from canbo.registry import looking, queries
from canbo.registry.queries import Unit
from canbo.registry.saying import language
from canbo.reports import listed, pay_reform, steps_due
from canbo.reports.caps import law
from canbo.reports.pay_reform import Found, Reform, Table
from canbo.reports.steps_due import Due
from canbo.reports.studies import StudyRefused, number

ACT = pay_reform.ACT
SHOWN, PERSONS, MONTHS, MOST_TEXT = 30, 200, 12, 60_000
PARTS = {
    "step": gettext_lazy("Scale and step"), "leadership": gettext_lazy("Leadership allowance"),
    "service": gettext_lazy("Public-service allowance"), "job": gettext_lazy("By a table of jobs"),
}  # fmt: skip
LACKING = {
    "coefficient": gettext_lazy("no pay step on record"), "leadership": gettext_lazy("no article on the allowance of the leading post"),
    "category": gettext_lazy("activists and armed forces, of whom the articles do not speak"), "article": gettext_lazy("no article gives the salary"),
}  # fmt: skip
WHY = {
    steps_due.DISCIPLINE: gettext_lazy("discipline"), steps_due.GRADE: gettext_lazy("a year not completed"),
    steps_due.UNGRADED: gettext_lazy("a year without a grade on record"),
}  # fmt: skip
KINDS = {
    steps_due.STEP: gettext_lazy("next step"), steps_due.BEYOND: gettext_lazy("seniority beyond the last step"),
    steps_due.UNKNOWN: gettext_lazy("no article can tell"),
}  # fmt: skip
GROUPS = ("due", "later", "open", "beyond", "unknown")


def the_unit_of_a_file(request: HttpRequest, code: str, form: str) -> Unit:
    """The organization of a file's address."""
    return the_unit(request, code)


# ---- pay


@requires(ACT, over=the_unit)
def page(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """What the unit and all beneath it pay a month, by part with its articles, by body and job; beside it a reform, if one is asked."""
    on, wrong = as_of(request).day, ""
    given = {name: asked.words(request.GET.get(name), 20) for name in ("base_salary", "percent", "from")}
    text = _text(request)
    try:
        reform, is_asked = _asked(unit, on, given, text)
    except StudyRefused as refused:
        wrong = str(refused)
        try:
            reform, is_asked = pay_reform.unchanged(unit.code, on), False
        except StudyRefused:  # before the articles on pay begin nothing can be told
            return render(request, "organizations/pay.html", {**framed(request, unit, "pay"), "nothing": wrong})
    found = boards.kept(
        request, f"pay.{_key(reform)}", unit, reform.on, lambda: pay_reform.of(reform=reform, reader=request.user)
    )
    group = asked.words(request.POST.get("group") or request.GET.get("group"), 60)
    context = {
        **framed(request, unit, "pay"), **_shown(found), "reform": reform if is_asked else None, "given": given, "text": text,
        "wrong": wrong, "keep": cited([reform.keep]) if reform.keep else [], **_group(request, unit, reform, found, group),
    }  # fmt: skip
    return render(request, "organizations/pay.html", context, status=422 if wrong else 200)


def _text(request: HttpRequest) -> str:
    """A reform that was handed over as a file or as text; nothing of it is kept."""
    file = request.FILES.get("file") if request.method == "POST" else None
    if file is not None:
        return bytes(file.read(MOST_TEXT)).decode("utf-8-sig", errors="replace")
    return asked.words(request.POST.get("text"), MOST_TEXT)


def _asked(unit: Unit, on: date, given: dict[str, str], text: str) -> tuple[Reform, bool]:
    """The reform that is asked about, and whether one is. Raises StudyRefused."""
    if text:
        return pay_reform.written(text, unit=unit.code, today=on), True
    base, percent = (
        _number(given[name], most) for name, most in (("base_salary", pay_reform.MOST_PAY), ("percent", pay_reform.MOST_PERCENT))
    )
    since = read_day(given["from"])
    if given["from"] and since.wrong:
        raise StudyRefused(_("“%(text)s” is not a day. Write it as 2027-01-01.") % {"text": given["from"]})
    if base is None and percent is None:
        return pay_reform.unchanged(unit.code, on), False
    first = since.day if given["from"] else on
    return pay_reform.unchanged(
        unit.code, on, Table(base_salary=base, public_service_percent=percent), first.replace(day=1)
    ), True


def _number(text: str, most: Decimal) -> Decimal | None:
    """A number of the form with or without blanks and points between thousands. Raises StudyRefused."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace(",", "").replace(".", "")
    return number(plain, text, most=most) if text else None


def _key(reform: Reform) -> str:
    return sha256(repr((reform, law().hash)).encode()).hexdigest()[:16]


def _shown(found: Found) -> dict[str, Any]:
    """What the page shows of a reckoning."""
    steps = [
        {
            "day": step.day, "sums": step.sums, "after": int(step.sums.after.sum()), "kept": int(step.sums.kept.sum()),
            "more": int((step.sums.after + step.sums.kept - step.sums.before).sum()),
            "classes": [(_class(low, high), people) for (low, high), people in zip(named(), step.sums.classes, strict=True)],
        }
        for step in found.steps
    ]  # fmt: skip
    now, then = found.shares[0], found.shares[-1]
    names = {unit.id: unit for unit in queries.units([body["id"] for body in found.bodies], on=found.reform.on)}
    first, last = found.steps[0].sums, found.steps[-1].sums
    bodies: list[dict[str, Any]] = [
        {"unit": names.get(body["id"]), "people": int(first.people[place]), "before": int(first.before[place]),
         "after": int(last.after[place] + last.kept[place])}
        for place, body in enumerate(found.bodies)
    ]  # fmt: skip
    bodies = sorted((body for body in bodies if body["people"]), key=lambda body: -body["before"])
    return {
        "found": found, "steps": steps, "last": steps[-1], "monthly": int(first.before.sum()), "lacking": [(LACKING[why], many) for why, many in found.lacking],
        "parts": [
            {"word": PARTS[name], "now": now[place], "then": then[place], "law": _law(figures_of, found.reform.before)}
            for place, (name, figures_of) in enumerate(pay_reform.PARTS.items()) if now[place] or then[place]
        ],
        "widest": max((body["before"] for body in bodies), default=1) or 1, "bodies": [body for body in bodies[:SHOWN] if body["unit"]],
        "rest": max(0, len(bodies) - SHOWN), "jobs": found.groups[:SHOWN], "rest_jobs": max(0, len(found.groups) - SHOWN),
        "base_salary": law().parameters.lookup("base_salary", on=found.reform.before),
    }  # fmt: skip


def _class(low: int | None, high: int | None) -> str:
    """A class of change in words of the reader's figures."""
    if low is None or high is None:
        return f"{'<' if low is None else '>'} {figures.number(high if low is None else low)} {figures.percent_sign()}"
    return _("the same") if low == high else f"{figures.number(low)} … {figures.number(high)} {figures.percent_sign()}"


def _law(names: tuple[str, ...], on: date) -> list[tuple[str, str]]:
    """The articles that give these figures on a day, each citation once."""
    found = cited([article.id for article in law().in_force(on, "pay") if article.gives in names])
    return list({cite: (name, cite) for name, cite in found}.values())


def _group(request: HttpRequest, unit: Unit, reform: Reform, found: Found, job: str) -> dict[str, Any]:
    """The people of one group with their pay, of those whom the reader may see; that they were shown is an entry of the journal."""
    group = next((each for each in found.groups if each.job == job), None)
    if group is None or not may(request, "staff.read", unit.id):
        return {"group": None}
    told = pay_reform.of_group(reform=reform, job=job, reader=request.user, most=PERSONS)
    looking.looked_at_list(unit.id, by=request.user, on=reform.on, persons=[row["id"] for row, _prices in told])
    persons = [
        {"row": row, "name": " ".join(filter(None, (row["family"], row["given"]))) or f"#{row['id']}", "now": prices[0], "then": prices[-1],
         "lacking": next((LACKING[each.lacking] for each in prices if each.amount is None), "")}
        for row, prices in told
    ]  # fmt: skip
    return {"group": group, "persons": persons, "hidden": max(0, group.people + group.unpriced - len(persons))}


@requires(ACT, over=the_unit_of_a_file)
def page_file(request: HttpRequest, unit: Unit, code: str, form: str) -> HttpResponse:
    """Today's pay by body and job, as a file: sums, nobody's name."""
    on = as_of(request).day
    try:
        found = pay_reform.of(reform=pay_reform.unchanged(unit.code, on), reader=request.user)
    except StudyRefused as refused:
        raise queries.NotInRegister(str(refused)) from None
    heads = [_("job"), _("people"), _("a month"), _("people of whom no article tells the pay")]
    rows = [(figures.named(group.names), group.people, group.amounts[0], group.unpriced) for group in found.groups]
    return _file(
        form,
        heads,
        rows,
        unit,
        f"pay-{on}",
        _("Pay of a month, %(unit)s, %(day)s") % {"unit": unit.label, "day": figures.day(on)},
    )


def _file(form: str, heads: list[str], rows: Iterable[Any], unit: Unit, name: str, title: str) -> HttpResponse:
    answer = HttpResponse(listed.as_file(form, heads, list(rows), title=title), content_type=listed.TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


# ---- steps due


@requires(ACT, over=the_unit)
def steps(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """Whose step is due in which month, for whom it comes later and why, who stands beyond the last; each with its articles."""
    on, until, found = _due(request, unit)
    kinds = Counter(map(_kind, found))
    shown = asked.words(request.GET.get("show"), 10)
    shown = shown if shown in GROUPS else next((kind for kind in GROUPS if kinds[kind]), "due")
    month = asked.words(request.GET.get("month"), 10)
    chosen = [each for each in found if _kind(each) == shown and (not month or (each.day and f"{each.day:%Y-%m}" == month))]
    rows, start, more = boards.stretch(request, chosen)
    looking.looked_at_list(unit.id, by=request.user, on=on, persons=[each.person for each in rows])
    months = steps_due.by_month(found, on=on, until=until)
    context = {
        **framed(request, unit, "steps"), "on": on, "until": until, "kinds": kinds, "show": shown, "month": month, "tabs": _tabs(kinds),
        "rows": [_row(each) for each in rows], "start": start, "more": more, "number": len(chosen), "months": months,
        "widest": max((sum(each[1:]) for each in months), default=1), "law": cited(sorted({name for each in found for name in each.articles})),
    }  # fmt: skip
    return render(request, "organizations/steps.html", context)


def _due(request: HttpRequest, unit: Unit) -> tuple[date, date, list[Due]]:
    """The day of the page, the last day asked about (a year later if none is), and what is due by then."""
    on = as_of(request).day
    read = read_day(asked.words(request.GET.get("until")))
    until = read.day if request.GET.get("until") and not read.wrong and read.day >= on else figures.later(on, MONTHS)
    key = f"steps.{until}"
    return (
        on,
        until,
        boards.kept(request, key, unit, on, lambda: steps_due.due(code=unit.code, on=on, until=until, reader=request.user)),
    )


def _kind(one: Due) -> str:
    """Under which head a person stands."""
    if one.kind != steps_due.STEP:
        return one.kind
    return "open" if steps_due.UNGRADED in one.why else "later" if one.delay else "due"


def _tabs(kinds: Counter[str]) -> list[tuple[str, str, int]]:
    words = {
        "due": _("Due"), "later": _("Later, by discipline or grade"), "open": _("A grade is missing"), "beyond": _("Beyond the last step"),
        "unknown": _("Cannot be told"),
    }  # fmt: skip
    return [(kind, words[kind], kinds[kind]) for kind in GROUPS]


def _row(one: Due) -> dict[str, Any]:
    """A line of the list, in the reader's words."""
    return {
        "one": one, "name": one.name or f"#{one.person}", "kind": KINDS[one.kind], "why": [WHY[word] for word in one.why],
        "later": one.earliest if one.day != one.earliest else None, "years": [figures.year(year) for year in one.ungraded], "law": cited(list(one.articles)),
    }  # fmt: skip


@requires(ACT, over=the_unit_of_a_file)
def steps_file(request: HttpRequest, unit: Unit, code: str, form: str) -> HttpResponse:
    """The list of steps due as a file; that these people were shown is an entry of the journal."""
    on, until, found = _due(request, unit)
    looking.looked_at_list(unit.id, by=request.user, on=on, persons=[each.person for each in found])
    heads = [
        _("body"), _("number"), _("name"), _("scale"), _("step"), _("since"), _("what"), _("due on"), _("next coefficient"), _("beyond, %"),
        _("rises to, %"), _("later because of"), _("years without a grade"), _("articles"),
    ]  # fmt: skip
    articles = law().articles
    rows = (
        (each.unit, each.number, each.name, each.scale, each.step, each.since, str(KINDS[each.kind]), each.day, each.following, each.percent,
         each.rises_to, "; ".join(str(WHY[word]) for word in each.why), ", ".join(map(str, each.ungraded)),
         "; ".join(dict.fromkeys(articles[name].source.cite(language()) for name in each.articles)))
        for each in found
    )  # fmt: skip
    title = _("Steps of pay due, %(unit)s, %(on)s to %(until)s") % {
        "unit": unit.label,
        "on": figures.day(on),
        "until": figures.day(until),
    }
    return _file(form, heads, rows, unit, f"steps-{on}", title)

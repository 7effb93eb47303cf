"""The page of workload: from what was accepted to posts, with the reckoning in full and what would be with other figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.modelling.staffing.workload import Range
from canbo.pages import asked, boards, figures, headcount
from canbo.pages.access import requires
from canbo.pages.asof import as_of
from canbo.pages.organizations import the_unit
from canbo.registry.queries import Unit
from canbo.reports import workload

#: The greatest number of hours or percent that the form takes.
MOST = 10_000
WHOLE = 100


@requires(headcount.ACT, over=the_unit)
def work(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """How many posts the work asks for, by job; asked again with other hours or more work. Nothing is kept."""
    on = as_of(request).day
    wanted = {name: number_of(request, name) for name in ("hours", "percent")}
    wrong = [name for name, value in wanted.items() if asked.words(request.GET.get(name)) and value is None]
    study = workload.Study(standard_hours=wanted["hours"] or None)
    if wanted["percent"] is not None:
        study = replace(study, factor=wanted["percent"] / WHOLE)
    name = f"workload.{study.standard_hours}.{study.factor}"
    found = boards.kept(request, name, unit, on, lambda: workload.of(code, on=on, study=study))
    context = {
        **headcount.framed(request, unit, "workload"), "found": found, "given": {name: asked.words(request.GET.get(name), 12) for name in wanted},
        "wrong": bool(wrong), "gap": found.gap(found.quota), "jobs": [shown(job) for job in found.jobs],
        "widest": max([1.0, *(max(job.quota, (job.posts.high or job.posts.middle) if job.posts else 0) for job in found.jobs)]),
        "lines": [{"line": line, "steps": steps(line, found)} for line in found.lines],
        "sources": [workload.figures()[name]["source"] for name in ("hours_a_day", "leave_days")],
    }  # fmt: skip
    return render(request, "organizations/workload.html", context)


def number_of(request: HttpRequest, name: str) -> float | None:
    """A number of the form, with a point or a comma; None where none was given or it cannot be read."""
    text = asked.words(request.GET.get(name), 12).replace(",", ".")
    whole, point, rest = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (rest.isascii() and rest.isdigit())):
        return None
    value = float(text)
    return value if value <= MOST else None


def shown(job: workload.Job) -> dict[str, Any]:
    """A line of the table of jobs."""
    names = job.names or {}
    return {
        "name": figures.named(names) if names else _("Other jobs together") if job.code == workload.OTHER else job.code,
        "posts": job.posts, "between": between(job.posts), "quota": job.quota, "filled": job.filled,
        "gap": None if job.posts is None else job.posts.middle - job.quota,
    }  # fmt: skip


def between(found: Range | None) -> str:
    """From what to what, in the reader's figures; a word where one period says nothing of it."""
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return _("uncertain: known of one period only")
    return f"{figures.number(found.low, 1)} – {figures.number(found.high, 1)}"


def steps(line: workload.Line, found: workload.Found) -> str:
    """The reckoning of one line in the reader's figures."""
    told = [figures.digits(workload.arithmetic(line, found.year))]
    if line.note:
        told.append(_("asked as what-if") if line.note == "what_if" else line.note)
    return " · ".join(told)

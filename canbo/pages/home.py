"""The first page: what stands, what needs doing, who serves, the units before and after the last great change."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.journal import entries
from canbo.pages import country, figures, journal, tasks
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of
from canbo.pages.cases import step_title, told, visible_cases
from canbo.pages.headcount import cited
from canbo.pages.staffing import staffed
from canbo.registry import authority
from canbo.reports import caps

MOST_ENTRIES = 5
MOST_DUE = 5


@requires("organization.read")
def home(request: HttpRequest) -> HttpResponse:
    """Home by role: counts for those who may count, cases for those who may read them, the units for everyone."""
    on = as_of(request).day
    change = country.great_change()
    context: dict[str, Any] = {
        "may_list": may(request, "staff.read"),
        "dots": country.dots(on),
        "legend": [(cls, figures.named(names)) for cls, names in country.legend(on)],
        "units": country.unit_counts(on),
        "change": change,
        "before": country.unit_counts(change[0]) if change else None,
        "after": country.unit_counts(change[1]) if change else None,
    }
    roots = counted_roots(request)
    if roots:
        context |= staffed(request, roots, on)
    if may(request, "case.read"):
        context["due"] = due_soon(request, on)
        context["may_find"] = may(request, "candidates.find")
        context["cases"] = told(list(visible_cases(request)[:5]), on)
    if may(request, "journal.read") and not roots:
        context |= {"state": entries.state(), "entries": journal.withheld(request, entries.recent(MOST_ENTRIES))}
    return render(request, "home.html", context)


def due_soon(request: HttpRequest, on: date) -> list[dict[str, Any]]:
    """What is due next among the cases in sight, what is late first; and the last days that the law sets for deputies."""
    nearest = tasks.nearest().filter(due_on__isnull=False).select_related("case__post__job")[:MOST_DUE]
    steps = [
        {"day": step.due_on, "late": step.due_on is not None and step.due_on < on, "case": step.case_id, "title": tasks.title_of(step.case), "step": step_title(step.case, step),
         "post": step.case.post.job.names if step.case.post is not None else None}
        for step in nearest
    ]  # fmt: skip
    days = caps.deadlines(on=on) if may(request, "headcount.read") else []
    return [
        *steps,
        *({"day": each.day, "law": cited([each.article])[0]} for each in days if each.day >= on),
    ]


def counted_roots(request: HttpRequest) -> list[int | None]:
    """The organizations over which the reader may count; None stands for the whole register."""
    roles = authority.ACTS["count.read"] or frozenset()
    return [grant.organization_id for grant in authority.grants_of(request.user) if grant.role in roles]

"""What the published grades of a body propose: who, by which article, until when, which case was opened. Nothing by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.pages import boards, figures, work
from canbo.pages.access import requires
from canbo.pages.asof import today
from canbo.procedures import consequences
from canbo.procedures.consequences import Proposed
from canbo.registry import vacancies
from canbo.registry.queries import Unit

MOST = 200


@requires(consequences.ACT, over=boards.unit_for(consequences.ACT))
def listing(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The proposals of a body's published grades in a period, those due first; then who stands where by results."""
    on = today()
    period = work.period_asked(request, unit.id, on)
    found = consequences.of_body(by=request.user, root=unit.id, on=on, period=period) if period.first <= on else []
    proposals = [shown(each, on) for each in found if each.place is None]
    ordered: dict[str, list[Proposed]] = {}
    for each in found:
        if each.place is not None:
            ordered.setdefault(each.name, []).append(each)
    before, after = work.around(period)
    context = {
        "unit": unit, "period": period, "before": before, "after": after, "year": period.year, "proposals": proposals[:MOST],
        "orders": [{"title": figures.named(dict(rows[0].title)), "cites": cited(rows[0]), "rows": rows[:MOST]} for rows in ordered.values()],
        "names": work.names_of(request, unit, {each.person for each in found[: 2 * MOST]}, on), "late": sum(each["late"] for each in proposals),
        "waiting": sum(bool(each["it"].procedure) and each["it"].opened is None for each in proposals),
    }  # fmt: skip
    return render(request, "work/consequences.html", context)


def shown(each: Proposed, on: date) -> dict[str, Any]:
    """A proposal with its words: articles and reasons in the reader's language, what is still to be established, the clock."""
    language = figures.language()
    post = vacancies.post(each.post, on=on) if each.post else None
    return {
        "it": each, "title": figures.named(dict(each.title)), "cites": cited(each),
        "post": f"{figures.named(post['job_names'])}, {figures.named(post['organization_name'])}" if post else "",
        "grounds": [{"id": one.id, "why": one.reason(language), "cites": one.ruling.article.source.cite(language),
                     "waits": [figures.named(dict(lack.spec.label)) for lack in one.missing]} for one in each.grounds],
        "early": each.since is not None and on < each.since, "late": bool(each.due and each.due < on and each.opened is None),
        "left": (each.due - on).days if each.due else None,
    }  # fmt: skip


def cited(each: Proposed) -> str:
    """The text that says it, where no article of its own was asked."""
    return each.source.cite(figures.language()) if each.source is not None else ""

"""The board of vacancies: leading posts without a holder, since when, against the norm, and what is under way."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.pages import boards
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, today
from canbo.procedures import vacating
from canbo.registry.queries import Unit

KINDS = ("overdue", "without_case", "without_plan")


@requires(vacating.ACT, over=boards.unit_for(vacating.ACT))
def board(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The vacancies beneath a unit on a day, the longest first, forty to a page."""
    on = as_of(request).day
    found = boards.kept(request, "vacancies", unit, on, lambda: vacating.board(by=request.user, root=unit.id, on=on))
    standing = request.GET.get("standing", "")
    only = request.GET.get("only", "")
    listed = [one for one in found.vacancies if standing not in vacating.STANDINGS or one.standing == standing]
    listed = [one for one in listed if only not in KINDS or keeps(one, only)]
    shown, start, more = boards.stretch(request, listed)
    context: dict[str, Any] = {
        "unit": unit, "board": found, "vacancies": shown, "places": boards.places_of([one.post for one in shown], on),
        "chosen": {"standing": standing, "only": only}, "standings": vacating.STANDINGS, "number": len(listed),
        "start": start, "more": more, "may_find": boards.may_search(request),
        "may_open": may(request, "case.open") and on == today(), "key": boards.form_key(request),
        "slowest": max((median for _year, median, _n in found.filled.by_year), default=1),
    }  # fmt: skip
    return render(request, "vacancies/board.html", context)


def keeps(one: vacating.Vacancy, only: str) -> bool:
    """Whether a vacancy is one of those asked for."""
    return one.overdue if only == "overdue" else one.case is None if only == "without_case" else not one.planned

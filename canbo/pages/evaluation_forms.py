"""Form 01 and Form 02 of the decree on the screen and on paper, filled from the record."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from canbo.evaluation import board, forms
from canbo.pages import figures, work
from canbo.pages.access import requires
from canbo.pages.asof import today
from canbo.pages.people import the_person
from canbo.registry import looking
from canbo.registry.models import Person


@requires(board.ACT, over=the_person)
def form(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """The form of one person's period as the decree prints it; the reader's language stands beside it on the screen only."""
    on = today()
    body = work.body_of(subject, on)
    period = work.period_asked(request, body, on)
    looking.looked_at_file(subject, by=request.user, on=on, classes=["evaluation"])
    row = work.reckoned(number, body, period, on)
    before, after = work.around(period)
    language = forms.law_language()
    context = {
        "subject": subject, "period": period, "before": before, "after": after, "sheet": forms.sheet_of(subject, period, row, body, on=on),
        "law": language, "gloss": "" if figures.language() == language else figures.language(), "grades": forms.GRADES,
    }  # fmt: skip
    return render(request, "work/form.html", context)

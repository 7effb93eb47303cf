"""The forms of the decrees on the screen and on paper, filled from the record."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from canbo.evaluation import board, form_word, forms
from canbo.pages import figures, work
from canbo.pages.access import requires
from canbo.pages.asof import today
from canbo.pages.people import the_person
from canbo.registry import looking
from canbo.registry.asking import remembered
from canbo.registry.models import Person
from canbo.rules.evaluation.periods import Period


@requires(board.ACT, over=the_person)
def form(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """The form of one person's period as the decree prints it; the reader's language stands beside it on the screen only."""
    with remembered():
        period, sheet = sheet_asked(request, subject)
    before, after = work.around(period)
    language = forms.law_language()
    context = {
        "subject": subject, "period": period, "before": before, "after": after, "sheet": sheet,
        "law": language, "gloss": "" if figures.language() == language else figures.language(), "grades": forms.GRADES, "items": list(sheet.words.get("items", ())) if sheet.yearly else (),
    }  # fmt: skip
    return render(request, "work/form.html", context)


@requires(board.ACT, over=the_person)
def text_file(request: HttpRequest, subject: Person, number: int) -> HttpResponse:
    """The same form as docx, to be printed and signed by hand."""
    period, sheet = sheet_asked(request, subject)
    answer = HttpResponse(form_word.written(sheet, made=timezone.now()), content_type=form_word.TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{"02" if period.kind == "year" else "01"}-{number}-{period}.docx"'
    return answer


def sheet_asked(request: HttpRequest, subject: Person) -> tuple[Period, forms.Sheet]:
    """The period of the address and the form of the person; who asked for it stays in the journal."""
    on = today()
    body = work.body_of(subject, on)
    period = work.period_asked(request, body, on)
    looking.looked_at_file(subject, by=request.user, on=on, classes=["evaluation"])
    row = work.reckoned(subject.pk, body, period, on)
    return period, forms.sheet_of(subject, period, row, body, on=on)

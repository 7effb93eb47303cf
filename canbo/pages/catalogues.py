"""The catalogue of products of a body: what is in force, what a draft would change, in from a workbook and out as one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from canbo.evaluation import board, catalogue, sheets
from canbo.evaluation.models import Catalogue, Product
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, figures, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.registry import queries
from canbo.registry.models import Organization
from canbo.registry.queries import Unit
from canbo.registry.saying import sentence
from canbo.rules import corpus
from canbo.rules.display import show_value

SHOWN = 500
DOUBTS = 30
YEARS = (2000, 2100)
INCOMPLETE = gettext_noop("This form was made for somebody else or is incomplete. Open the page again.")


def year_asked(request: HttpRequest) -> int:
    """The year of the address, else the one of today."""
    found = asked.whole_number(request.GET.get("year") or request.POST.get("year"))
    return found if found is not None and YEARS[0] <= found <= YEARS[1] else today().year


@requires(board.ACT, over=boards.unit_for(board.ACT))
def listing(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The products that a body assigns in a year, by group; the draft that waits, with what it changes; alike names."""
    on, year, refusal = today(), year_asked(request), ""
    if request.method == "POST":
        try:
            messages.success(request, done(request, unit, year))
            return redirect(f"{request.path}?in={unit.code}&year={year}")
        except Refused as problem:
            refusal = str(problem)
    held, draft = catalogue.in_force(unit.id, year, on=on), catalogue.waiting(unit.id, year)
    products = list(held.products.order_by("group", "points", "code")) if held else []
    frames = catalogue.frames(on)
    among = list(draft.products.all()) if draft else products
    changes = catalogue.changes(held, draft) if draft else []
    context = {
        "unit": unit, "year": year, "refusal": refusal, "key": work.new_key(request), "held": held, "draft": draft,
        "whose": queries.unit_by_id(held.organization_id, on=on) if held and held.organization_id != unit.id else None,
        "groups": grouped(products[:SHOWN], frames), "count": len(products), "shown": SHOWN, "standard": next((each for each in products if each.standard), None),
        "changes": changes[:SHOWN], "changed": len(changes), "doubts": catalogue.alike(among)[:DOUBTS],
        "may_draft": may(request, "catalogue.draft", unit.id), "may_approve": may(request, "catalogue.approve", unit.id),
        "own": draft is not None and draft.drafted_by_id == request.user.pk,
    }  # fmt: skip
    return render(request, "work/catalogue.html", context, status=422 if refusal else 200)


def grouped(products: list[Product], frames: dict[str, int]) -> list[tuple[str, str, int | None, list[Product]]]:
    """Products by group: (group, what it means, its frame of points, products)."""
    spec = corpus.opened(settings.CANBO_RULEBOOK).facts["product.group"]
    return [
        (group, show_value(group, spec.type, figures.language(), spec=spec), frames.get(group), found)
        for group in catalogue.GROUPS
        if (found := [each for each in products if each.group == group])
    ]


def done(request: HttpRequest, unit: Unit, year: int) -> str:
    """Do what the form says; the sentence to show. Raises Refused."""
    body = Organization.objects.get(pk=unit.id)
    mark = {"by": request.user, "on": today(), "key": work.key_of(request)}
    do = asked.words(request.POST.get("do"), 20)
    if do == "draft":
        file = request.FILES.get("file")
        if file is None:
            raise Refused("no_file", sentence(gettext_noop("Choose a workbook (.xlsx).")))
        made = catalogue.draft(organization=body, year=year, lines=sheets.read(file.read(sheets.LARGEST + 1)), **mark)
        return _("It waits for a second person: version %(version)s.") % {"version": figures.number(made.version)}
    if do == "approve":
        held = Catalogue.objects.filter(pk=asked.whole_number(request.POST.get("catalogue")), organization=body).first()
        if held is None:
            raise Refused("form", sentence(INCOMPLETE))
        catalogue.approve(organization=body, catalogue=held, basis=asked.words(request.POST.get("basis"), 300), **mark)
        return _("The catalogue is in force.")
    raise Refused("form", sentence(INCOMPLETE))


@requires(board.ACT, over=boards.unit_for(board.ACT))
def workbook(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The catalogue in force as a workbook; where there is none, the empty form."""
    on, year = today(), year_asked(request)
    products: Any = catalogue.products_of(unit.id, year, on=on)
    title = _("Catalogue of products %(year)s: %(body)s") % {"year": figures.year(year), "body": figures.named(unit.name)}
    answer = HttpResponse(sheets.written(products, catalogue.frames(on), title=title), content_type=sheets.TYPE)
    answer["Content-Disposition"] = f'attachment; filename="catalogue-{year}.xlsx"'
    return answer

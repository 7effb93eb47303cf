"""Who is late with what in a body and period; and what waits to go to the national database."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from canbo.evaluation import board, inputs, outbox, reconciliation, schemes
from canbo.evaluation.models import Outgoing
from canbo.evaluation.refusals import Refused
from canbo.pages import asked, boards, work
from canbo.pages.access import may, requires
from canbo.pages.asof import today
from canbo.registry.queries import Unit
from canbo.rules.evaluation.periods import Period

SHOWN = 200
QUEUED = 100  # each with a form of its own: the page stays light


@requires(board.ACT, over=boards.unit_for(board.ACT))
def listing(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Each step that is late of the body's own people, since when, and who has to act; counts of each step."""
    on = today()
    period = work.period_asked(request, unit.id, on)
    late = reconciliation.of_people(by=request.user, root=unit.id, period=period, on=on) if period.first <= on else []
    before, after = work.around(period)
    counts = {step: sum(each.step == step for each in late) for step in reconciliation.STEPS}
    context = {
        "unit": unit, "period": period, "before": before, "after": after, "late": late[:SHOWN], "count": len(late), "year": period.year,
        "names": work.names_of(request, unit, {each.person for each in late}, on), "counts": {step: n for step, n in counts.items() if n},
        "may_send": may(request, outbox.ACT, unit.id), "parts": parts_of(unit, period, on),
    }  # fmt: skip
    return render(request, "work/late.html", context)


def parts_of(unit: Unit, period: Period, on: date) -> list[Period]:
    """The months or quarters of a year that have begun: what is late in them stands with them."""
    if period.kind != "year":
        return []
    return [part for part in inputs.parts(period, schemes.how(unit.id, period)) if part.first <= on]


@requires(outbox.ACT, over=boards.unit_for(outbox.ACT))
def queue(request: HttpRequest, unit: Unit) -> HttpResponse:
    """Results that wait to be sent or acknowledged, of a body and all beneath it, the most urgent first."""
    on, refusal = today(), ""
    if request.method == "POST":
        try:
            messages.success(request, moved(request))
            return redirect(f"{request.path}?in={unit.code}")
        except Refused as problem:
            refusal = str(problem)
    waiting = outbox.waiting(by=request.user, root=unit.id, on=on)
    shown = waiting[:QUEUED]
    context = {
        "unit": unit, "refusal": refusal, "key": work.new_key(request), "results": shown, "count": len(waiting),
        "names": work.names_of(request, unit, {each.evaluation.person_id for each in shown}, on),
        "late": {each.pk for each in shown if each.late(on)}, "overdue": sum(each.late(on) for each in waiting),
    }  # fmt: skip
    return render(request, "work/queue.html", context, status=422 if refusal else 200)


def moved(request: HttpRequest) -> str:
    """Move one result on; the sentence to show. Raises Refused."""
    mark: dict[str, Any] = {"by": request.user, "on": today(), "key": work.key_of(request)}
    found = Outgoing.objects.select_related("evaluation").filter(pk=asked.whole_number(request.POST.get("outgoing"))).first()
    do = asked.words(request.POST.get("do"), 20)
    if found is not None and do == "send":
        outbox.send(outgoing=found, **mark)
        return _("It is written down as sent.")
    if found is not None and do == "acknowledge":
        outbox.acknowledge(outgoing=found, receipt=asked.words(request.POST.get("receipt"), 100), **mark)
        return _("The receipt is written down.")
    raise Refused("form", _("This form was made for somebody else or is incomplete. Open the page again."))

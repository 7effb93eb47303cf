"""The workforce of a unit in the years to come: fans, levers as a form, what it rests on and how it did on the past."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from canbo.modelling.projection.course import MEASURES, Levers
from canbo.modelling.projection.search import NAMES, Target
from canbo.pages import asked
from canbo.pages.access import requires
from canbo.pages.asof import as_of
from canbo.pages.organizations import the_unit
from canbo.pages.staffing import sight_to_count
from canbo.registry import queries
from canbo.registry.queries import Unit
from canbo.reports import projection as reports
from canbo.reports import projection_words
from canbo.reports.projection import ProjectionRefused

KEPT = 60
LAST = 2035
RUNS = 200
WORK = 20_000_000  # persons times runs that a page may wait for
LARGEST = 200_000  # people; of more the command is asked
USUAL = "degree"


@requires("count.read", over=the_unit)
def page(request: HttpRequest, unit: Unit, code: str) -> HttpResponse:
    """The projection of a unit and of all beneath it, as far as the reader may count."""
    on = as_of(request).day
    given = {name: asked.words(request.GET.get(name), 20) for name in ("to", *NAMES, "measure", "bound", "value", "year")}
    context: dict[str, Any] = {
        "unit": unit, "given": given, "last": LAST, "latest": reports.LATEST,
        "measures": [(name, projection_words.LABELS[name]) for name in MEASURES],
    }  # fmt: skip
    try:
        question = read(given, on)
    except ProjectionRefused as refused:
        return render(request, "projection/page.html", {**context, "wrong": str(refused)}, status=422)
    key = f"pages.projection.{request.user.pk}.{get_language()}.{unit.id}.{on}.{sha256(repr(given).encode()).hexdigest()[:20]}"
    found = cache.get(key)
    if found is None:
        try:
            found = answer(request, unit, on, question)
        except ProjectionRefused as refused:  # rightly asked, but of nobody, or of too many
            found = {"nothing": str(refused)}
        cache.set(key, found, KEPT)
    return render(request, "projection/page.html", {**context, **found})


def read(given: dict[str, str], on: date) -> reports.Asked:
    """The question of an address. Raises ProjectionRefused for what cannot be read."""
    to = asked.whole_number(given["to"]) if given["to"] else max(LAST, on.year)
    if to is None:
        raise ProjectionRefused(_("“%(found)s” is no year.") % {"found": given["to"]})
    levers = Levers(
        number(given["recruit"]) or 0.0, number(given["train"]) or 0.0, (number(given["later"]) or 0.0) / 100,
        None if not given["rotate"] else (number(given["rotate"]) or 0.0) / 100,
    )  # fmt: skip
    targets = []
    if given["value"]:
        measure = given["measure"] if given["measure"] in MEASURES else USUAL
        value = number(given["value"]) or 0.0
        year = asked.whole_number(given["year"]) if given["year"] else to
        targets = [Target(measure, year or 0, value / 100 if measure in reports.SHARES else value, given["bound"] != "most")]
    question = reports.Asked(to=to, runs=RUNS, levers=levers, targets=targets)
    reports.check(question, on=on)
    return question


def number(text: str) -> float | None:
    """A number as people write it, with a point or a comma; None where none is given. Raises ProjectionRefused."""
    if not text:
        return None
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        found = float("nan")
    if not abs(found) < 10**9:
        raise ProjectionRefused(_("“%(found)s” is no number.") % {"found": text})
    return found


def answer(request: HttpRequest, unit: Unit, on: date, question: reports.Asked) -> dict[str, Any]:
    """What the page shows, in plain values. Raises ProjectionRefused."""
    if queries.quota(queries.subtree(unit.id, on=on), on=on)["filled"] > LARGEST:
        raise ProjectionRefused(
            _("So many people are not projected on a page. Ask the command: canbo projection %(code)s") % {"code": unit.code}
        )
    with sight_to_count(request):
        ground = reports.read(unit.code, on=on)
    runs = max(reports.RUNS[0], min(RUNS, WORK // ground.people))
    asked_so = reports.Asked(question.to, runs, question.seed, question.levers, question.targets)
    return shown(reports.project(ground, asked_so))


def shown(found: reports.Projected) -> dict[str, Any]:
    """A projection as the page shows it."""
    told, ground = found.told(), found.ground
    targets = {target.measure: target.value for target in found.asked.targets}
    lawful = [int(count) for count in found.course.lawful]
    tested = found.backtest
    return {
        "people": len(found.staff), "runs": found.asked.runs, "to": found.asked.to, "outside": ground.outside,
        "fans": [
            {"measure": name, "label": projection_words.LABELS[name], "target": targets.get(name),
             "bounded": "least" in told[name][found.asked.to],
             "rows": [
                 {"year": year, **levels, "said": {level: projection_words.figure(name, value) for level, value in levels.items()}}
                 for year, levels in told[name].items()
             ]}
            for name in MEASURES
        ],
        "lawful": lawful, "lawful_sum": sum(lawful), "first": (ground.on.year, ground.on.month),
        "months": [(date(int(month[:4]), int(month[5:]), 1), row) for month, row in list(found.by_month().items())[:24]],
        "unknown": found.unknown(), "searched": list(projection_words.searched(found)),
        "reached": None if found.mix is None else found.mix.reached,
        "levers": [(projection_words.LEVERS[name], projection_words.lever(name, getattr(found.asked.levers, name)))
                   for name in NAMES if getattr(found.asked.levers, name)],
        "coverage": tested.coverage, "trials": len(tested.steady), "through": tested.through_breaks,
        "by_measure": [(projection_words.LABELS[name], held, of) for name, (held, of) in tested.by_measure().items() if of],
        "rests_on": found.fitted(), "assumptions": reports.assumptions(found),
    }  # fmt: skip

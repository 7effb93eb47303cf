"""What if the law said something else: one figure moved, or a draft taken as law, and whose verdicts would change."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from canbo.pages import asked, figures
from canbo.pages.access import may, requires
from canbo.pages.asof import as_of, today
from canbo.pages.staffing import sight_to_count
from canbo.procedures import drafting
from canbo.procedures.models import Draft
from canbo.registry import authority, fact_columns, looking
from canbo.registry.models import OrganizationName, PersonName
from canbo.reports import whatif
from canbo.rules import drafts as trying
from canbo.rules.corpus import Corpus
from canbo.rules.display import show_value
from canbo.rules.params import Figure, Table
from canbo.rules.words import RuleError

NAMED = 50
SHOWN = 20
#: Seconds for which the people asked about are held ready; how many such crowds at once.
HELD, CROWDS = 120, 3
#: How far a slider reaches on either side of the figure in force, as a share of it, and at least.
SPAN, LEAST = 0.5, 12
TONES = {"pass": "pass", "fail": "fail", "unknown": "unk", "not_applicable": ""}

_crowds: OrderedDict[tuple[Any, ...], tuple[float, whatif.Ground]] = OrderedDict()


@dataclass(frozen=True)
class Question:
    """What is asked: the law as it would be, and the articles that may say something else in it."""

    law: Corpus
    other: Corpus
    names: Sequence[str]
    change: whatif.Change | None = None
    draft: Draft | None = None
    wrong: str = ""


@requires("count.read")
def page(request: HttpRequest) -> HttpResponse:
    """The page: what is changed, and at once what moves."""
    question, on = read(request), as_of(request).day
    ground = crowd(request, question.law, on)
    choices = whatif.changeable(question.law, on, ground.known)
    tables = [question.law.parameters[name] for name in choices]
    context = {
        "question": question,
        "choices": sorted(
            ((table.name, figures.named(dict(table.title)), choices[table.name]) for table in tables),
            key=lambda row: (not row[2], row[1]),
        ),
        **slider(question),
        **answer(request, question, ground),
    }
    return render(request, "whatif/page.html", context, status=422 if question.wrong else 200)


@requires("count.read")
def found(request: HttpRequest) -> HttpResponse:
    """What moves, as a part to be put into the page while the slider moves."""
    question = read(request)
    return render(request, "whatif/found.html", answer(request, question, crowd(request, question.law, as_of(request).day)))


@requires("count.read")
def contradicts(request: HttpRequest) -> HttpResponse:
    """What the prover finds under the other law and not under the one in force."""
    question, told, trouble = read(request), [], ""
    if question.other is not question.law:
        on = as_of(request).day
        names = [name for name in question.names if name in question.other.articles]
        try:
            told = trying.consequences(question.law, question.other, names, today=on)
        except RuleError as problem:
            trouble = problem.say(figures.language())
    return render(request, "whatif/contradicts.html", {"findings": told[:SHOWN], "more": len(told) > SHOWN, "trouble": trouble})


# ---- what is asked


def read(request: HttpRequest) -> Question:
    """The question of an address; what cannot be read is told, and the law in force taken."""
    law, on = drafting.law(), as_of(request).day
    number = asked.whole_number(request.GET.get("draft"))
    if number is not None:
        if not may(request, "rules.draft"):
            raise authority.NotAllowed("rules.draft", _("Drafts are shown to those who draft or approve law."))
        return of_draft(law, number, on)
    name = asked.words(request.GET.get("parameter")) or "terms_as_head"
    table = law.parameters.get(name)
    if not isinstance(table, Table):
        return Question(
            law, law, (), wrong=_("There is no figure “%(name)s” in the rulebook that could be changed.") % {"name": name}
        )
    if not _holds(table, on):
        return Question(
            law, law, (), wrong=_("%(name)s: no figure is in force on this day.") % {"name": figures.named(dict(table.title))}
        )
    keys = list(table.steps[0].figures)
    given = tuple(asked.words(request.GET.get("key")).split(","))
    key = given if given in keys else keys[0]
    # A figure that was typed for another table or key is not carried over: the form says for which it was.
    fresh = request.GET.get("was") in (None, f"{name}:{','.join(key)}")
    text = request.GET.get("value") if fresh else None
    now = whatif.Change(table, on, key, table.lookup(on, *key))
    if text is None:
        return Question(law, law, whatif.reading(law, name, on), now)
    try:
        change = whatif.change(law, name, on, key, asked.words(text))
    except RuleError as problem:
        return Question(law, law, (), now, wrong=problem.message.say(figures.language()))
    return Question(law, change.law(law), whatif.reading(law, name, on), change)


def _holds(table: Table, on: date) -> bool:
    return table.days[0] <= on and (table.until is None or on < table.until)


def of_draft(law: Corpus, number: int, on: date) -> Question:
    """The question what a draft would change. Raises Http404."""
    draft = Draft.objects.filter(pk=number).first()
    if draft is None:
        raise Http404(_("There is no draft number %(number)s.") % {"number": number})
    tried = trying.attempt(law, draft.text)
    if not tried.loads or tried.article is None:
        return Question(law, law, (), draft=draft, wrong=_("The text of the draft cannot be read as law yet."))
    names = [*whatif.around(tried.law, [tried.article.id], on), *whatif.around(law, [tried.article.id], on)]
    return Question(law, tried.law, tuple(dict.fromkeys(names)), draft=draft)


def slider(question: Question) -> dict[str, Any]:
    """The figure in force and the other as the form shows them; a slider for whole figures."""
    change = question.change
    if change is None:
        return {"change": None}
    table, now = change.table, change.now
    told: dict[str, Any] = {
        "change": change, "title": figures.named(dict(table.title)), "cite": table.source.cite(figures.language()),
        "now": show(table, now), "value": whatif.written(table, change.figure), "key": ",".join(change.key),
        "keys": [(",".join(key), ", ".join(words(question.law, table, key))) for key in table.steps[0].figures] if table.keys else [],
        "since": max(day for day in table.days if day <= change.on), "words": table.gives.values or (),
        "of": table.gives.kind, "unit": show(table, change.figure),
    }  # fmt: skip
    if table.gives.kind == "int" and isinstance(now, int):
        reach = max(int(abs(now) * SPAN), LEAST)
        scale = 10**table.places
        told |= {"low": max(0, now - reach) / scale, "high": (now + reach) / scale, "step": 1 / scale if table.places else 1}
        told |= {name: int(told[name]) for name in ("low", "high") if not table.places}
    return told


def show(table: Table, figure: Figure) -> str:
    return show_value(figure, table.gives, figures.language(), places=table.places)


def words(law: Corpus, table: Table, key: Sequence[str]) -> list[str]:
    """The words of a key as the catalogue says them."""
    said = []
    for place, word in enumerate(key):
        known = set(list(table.keys.values())[place].values)
        spec = next((spec for spec in law.facts.values() if spec.words and known == set(spec.words)), None)
        said.append(figures.named(dict(spec.words[word])) if spec else word.replace("_", " "))
    return said


# ---- who is asked about


def crowd(request: HttpRequest, law: Corpus, on: date) -> whatif.Ground:
    """The people in office whom the reader may count, held ready for the next question."""
    reach = authority.reach_of(request.user, act=authority.COUNTING)
    key = (reach.sees_everything, reach.sees, on, law.hash)
    kept = _crowds.get(key)
    if kept is not None and time.monotonic() - kept[0] < HELD:
        return kept[1]
    with sight_to_count(request):
        people = fact_columns.people(on, within=None if reach.sees_everything else reach.sees)
    ground = whatif.Ground(people.in_service, law, patient=False)
    _crowds[key] = (time.monotonic(), ground)
    while len(_crowds) > CROWDS:
        _crowds.popitem(last=False)
    return ground


def answer(request: HttpRequest, question: Question, ground: whatif.Ground) -> dict[str, Any]:
    """What moves, as the reader may know it."""
    told = whatif.ask(ground, question.other, question.names)
    counting, reading = (authority.reach_of(request.user, act=act) for act in (authority.COUNTING, "person.read"))
    exact = reading.sees_everything or (not counting.sees_everything and counting.sees <= reading.sees)
    query = request.GET.copy()
    query.pop("who", None)
    context: dict[str, Any] = {
        "people": whatif.told(len(ground.people), exact),
        "moved": whatif.told(len(told.rows), exact),
        "none": not len(told.rows),
        "moves": lines(told.moves, exact),
        "articles": [
            {"id": each.article.id, "here": each.article.id in question.law.articles, "title": each.article.title,
             "cite": each.article.source.cite(figures.language()), "moves": lines(summed(each.moves), exact)}
            for each in told.articles[:SHOWN]
        ],
        "levels": [(level, lines(moves, exact)) for level, moves in told.levels().items()],
        "still": len(told.still),
        "changed": question.other is not question.law,
        "exact": exact,
        "ms": round(told.seconds * 1000),
        "wrong": question.wrong,
        "address": query.urlencode(),
        "may_see": bool(reading.sees_everything or reading.sees),
        "now_unit": show(question.change.table, question.change.figure) if question.change else "",
    }  # fmt: skip
    if request.GET.get("who") and context["may_see"]:
        context["who"] = named(request, told, reading)
    return context


def summed(moves: Mapping[whatif.Move, Any]) -> dict[whatif.Move, int]:
    return {move: len(rows) for move, rows in moves.items()}


def lines(moves: Mapping[whatif.Move, int], exact: bool) -> list[dict[str, Any]]:
    """Moves, the largest first, as counts that may be told."""
    return [
        {"before": before, "after": after, "tone": TONES[after], "count": whatif.told(count, exact)}
        for (before, after), count in sorted(moves.items(), key=lambda item: (-item[1], item[0]))
    ]


def named(request: HttpRequest, told: whatif.Found, reading: authority.Reach) -> list[dict[str, Any]]:
    """The first of those whose verdicts move, of whom the reader may open the file; that they were shown is recorded."""
    people, on = told.ground.people, told.ground.on
    places = people.raw["organization"]
    within = (row for row in told.rows.tolist() if reading.sees_everything or int(places[row]) in reading.sees)
    rows = {int(people.ids[row]): row for row in islice(within, NAMED)}
    names = {name.person_id: name for name in PersonName.objects.filter(person_id__in=rows, valid__contains=today())}
    units = {int(places[row]) for row in rows.values()}
    titles = {
        name.organization_id: name.name for name in OrganizationName.objects.filter(organization_id__in=units, valid__contains=on)
    }
    looking.looked_at_search(by=request.user, on=on, persons=list(names))
    return [
        {"id": pk, "name": f"{names[pk].family} {names[pk].given}", "unit": titles.get(int(places[row])),
         "moves": [(article.title, before, after) for article, (before, after) in told.of(row)[:4]]}
        for pk, row in rows.items() if pk in names
    ]  # fmt: skip

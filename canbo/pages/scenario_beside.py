"""Two to four scenarios of one body side by side: figures, checks, a map of who has farther to go, and the lines that differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from canbo.pages import scenario_lines, scenarios
from canbo.pages.access import requires
from canbo.pages.charts import seats
from canbo.pages.scenario_words import DECIMAL, FIGURES, STATES
from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, comparing
from canbo.procedures.scenarios.comparing import Seen
from canbo.procedures.scenarios.distance import Point, Way
from canbo.registry import queries
from canbo.registry.models import Organization
from canbo.reports import scenario_figures
from canbo.reports.entitlements import words

MOST = 4
SHOWN = 8  # lines of one scenario that differ, before the rest is unfolded
REST = 120
FARTHER = 6  # areas in the table beside a map
NAMED = 30  # bodies around that a map names

#: The figures in groups, as they stand on the page: word -> [(key, word, whether fewer is what a reorganisation is for)].
GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (gettext_lazy("Organisation"), ("units", "bodies", "layers", "span", "widest_span")),
    (gettext_lazy("Posts and people"), ("posts", "seats", "people", "heads", "deputies", "deputies_cap", "deputies_over")),
    (gettext_lazy("Money"), ("monthly_pay", "unpriced")),
    (gettext_lazy("Distance to citizens"), ("distance_median", "distance_longest", "distance_unknown")),
)
WORDS = {
    **FIGURES,
    "units": gettext_lazy("Units that serve citizens"),
    "deputies_cap": gettext_lazy("Deputies that the articles allow"),
    "deputies_over": gettext_lazy("Deputies beyond a cap"),
}
PEOPLE = {
    "along": gettext_lazy("go along with their post"),
    "placed": gettext_lazy("go to another post"),
    **words.FATES,
}  # fmt: skip
ONE_OFF = {
    "stated": gettext_lazy("Due once to those who leave, in đồng"),
    "possible": gettext_lazy("Due besides if all who wait left, in đồng"),
    "unknown": gettext_lazy("People whose sum cannot be told yet"),
}


@requires("scenario.read", over=scenarios.body_of)
def beside(request: HttpRequest, body: Organization, name: str) -> HttpResponse:
    """The scenario of the address and those of `with`, or those of the same body and day; `part=figures`: the figures alone."""
    first = acting.named(name, reader=request.user)
    around = scenarios.siblings(first, request)
    asked_for = request.GET.getlist("with")
    others = (
        [each for each in around if each.name in asked_for] if asked_for else [each for each in around if each.on == first.on]
    )
    chosen = sorted([first, *others[: MOST - 1]], key=lambda each: each.name)
    if request.GET.get("part") == "figures":
        return render(request, "scenarios/beside_figures.html", _figures(request, chosen))
    found = [comparing.seen(scenario=each, reader=request.user) for each in chosen]
    frame, names = _frame(found), _names(found)
    shared, only = comparing.difference({each.scenario.name: each.said for each in found})
    letters = {each.name: letter for each, letter in zip(chosen, "ABCD", strict=False)}
    context = {
        "found": first, "unit": queries.units([first.body_id], on=first.base)[:1], "shared": shared, "one_day": len({each.on for each in chosen}) == 1,
        "rows": [_card(each, letters, frame, names) for each in found],
        "only": [_only(each, only[each.scenario.name], letters) for each in found],
        "around": [(each, each in chosen) for each in around], "chosen": "&".join(f"with={each.name}" for each in chosen if each != first) or "with=-",
        "span": {1: 12, 2: 6, 3: 4, 4: 3}[len(chosen)],
    }  # fmt: skip
    return render(request, "scenarios/beside.html", context)


def _card(seen: Seen, letters: Mapping[str, str], frame: seats.Frame | None, names: Mapping[str, str]) -> dict[str, Any]:
    """What the card of one scenario tells."""
    farther = seen.farther()
    going = [(word, seen.people[key]) for key, word in PEOPLE.items() if seen.people.get(key)]
    return {
        "scenario": seen.scenario, "letter": letters[seen.scenario.name], "state": STATES[seen.scenario.state], "report": seen.report,
        "people": going, "unplaced": seen.people.get("unplaced", 0), "map": _map(seen, frame, names) if frame else None,
        "farther": [(names.get(way.code, way.code), _served(way, seen, names), way.kilometres) for way in farther[:FARTHER]],
        "more": max(0, len(farther) - FARTHER),
    }  # fmt: skip


def _served(way: Way, seen: Seen, names: Mapping[str, str]) -> str:
    """The name of the unit that serves an old area from the day on."""
    if way.to is None:
        return ""
    return queries.in_language(seen.drawn.outcomes[way.to].name) if way.to in seen.drawn.outcomes else names.get(way.to, way.to)


def _frame(found: Sequence[Seen]) -> seats.Frame | None:
    """One piece of ground for all the maps: every area that gets another seat, and that seat."""
    points = [point for each in found for way in each.farther() for point in (way.here, way.seat) if point is not None]
    return seats.frame(points)


def _names(found: Sequence[Seen]) -> dict[str, str]:
    """Names of the old units, by code."""
    ids = {way.id for each in found for way in each.ways}
    return {unit.code: unit.label for unit in queries.units(sorted(ids), on=found[0].drawn.eve)} if found else {}


def _map(seen: Seen, frame: seats.Frame, names: Mapping[str, str]) -> seats.SeatMap:
    moves, places, others = [], {}, []
    for way in seen.ways:
        if way.here is None or way.seat is None:
            continue
        if way.changes:
            places[way.seat] = _served(way, seen, names)
            if way.here != way.seat:
                moves.append((way.here, way.seat, names.get(way.code, way.code)))
    for way in seen.ways:
        if way.here is not None and not way.changes:
            if way.here in places:
                continue
            others.append((way.here, names.get(way.code, way.code)))
    near = _nearest(others, [*places, *(here for here, _seat, _name in moves)])
    return seats.draw(moves, list(places.items()), near, frame)


def _nearest(others: Iterable[tuple[Point, str]], points: Sequence[Point]) -> list[tuple[Point, str]]:
    """Those of some places that lie nearest to what changes."""
    if not points:
        return []
    middle = sum(each[0] for each in points) / len(points), sum(each[1] for each in points) / len(points)
    return sorted(others, key=lambda other: (other[0][0] - middle[0]) ** 2 + (other[0][1] - middle[1]) ** 2)[:NAMED]


def _only(seen: Seen, lines: Sequence[tuple[Any, list[str]]], letters: Mapping[str, str]) -> dict[str, Any]:
    """The lines that not all have, in words, each with the letters of the others that have it."""
    told = scenario_lines.sentences([line for line, _others in lines[: SHOWN + REST]], seen.drawn)
    marked = [(each, [letters[other] for other in others]) for each, (_line, others) in zip(told, lines, strict=False)]
    return {
        "letter": letters[seen.scenario.name], "count": len(lines), "first": marked[:SHOWN], "folded": marked[SHOWN:],
        "rest": max(0, len(lines) - SHOWN - REST),
    }  # fmt: skip


def _figures(request: HttpRequest, chosen: Sequence[Scenario]) -> dict[str, Any]:
    """Every figure before and after, with what it differs from before; a scenario that cannot be carried out has none after."""
    told = acting.compare(scenarios=chosen, reader=request.user, also=scenario_figures.of)
    before = _flat(told["before"])
    after = {name: far | (_flat(told["after"][name]) if name in told["after"] else {}) for name, far in told["distance"].items()}
    groups = [
        (
            word,
            [
                (WORDS[key], before[key], [_cell(before[key], after[each.name], key) for each in chosen], int(key in DECIMAL))
                for key in keys
            ],
        )
        for word, keys in GROUPS
    ]
    once = [scenario_figures.one_off(each, reader=request.user) for each in chosen]
    if all(each is not None for each in once):
        rows = [(word, None, [(each[key], None) for each in once if each is not None], 0) for key, word in ONE_OFF.items()]
        groups = [(word, [*found, *rows] if number == 2 else found) for number, (word, found) in enumerate(groups)]
    heads = [(letter, each) for letter, each in zip("ABCD", chosen, strict=False)]
    return {
        "groups": groups, "heads": heads, 
        "refused": [(letter, told["refused"][each.name][:1]) for letter, each in heads if each.name in told["refused"]],
        "cards": [(*head, [(word, [(row[0], row[2][place], row[3]) for row in rows]) for word, rows in groups]) for place, head in enumerate(heads)],
    }  # fmt: skip


def _flat(figures: Mapping[str, Any]) -> dict[str, Any]:
    """With how many units there are of the lowest level in place of how many of each."""
    return {**figures, "units": list(figures["units"].values())[-1] if figures["units"] else None}


def _cell(before: Any, after: Mapping[str, Any], key: str) -> tuple[Any, Any]:
    """The figure after, and by how much it differs; None: there is none."""
    found = after.get(key)
    return found, None if found is None or before is None or found == before else round(found - before, 2)

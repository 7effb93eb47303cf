"""When or how a no becomes a yes, and how long a yes holds.

Three questions, each answered by asking the article again with one thing changed:
*when* (the same case on later days), *how* (one fact that an act can change), and *within which
limit* (the value of a fact nearest to the present one that would pass, such as the birth month).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from canbo.rules.dates import PartialDate, earliest, first_of_month, last_day, month_index, shift
from canbo.rules.display import plain, show_value
from canbo.rules.judge import Ruling, outcome_of
from canbo.rules.kleene import Scene
from canbo.rules.params import Table
from canbo.rules.program import programs_of
from canbo.rules.schema import DATE, FactSpec
from canbo.rules.schema import Value as Known
from canbo.rules.syntax import walk
from canbo.rules.words import LANGUAGES, message

# How far ahead to look: no term or waiting time of the rulebook is longer.
YEARS_AHEAD = 15


@dataclass(frozen=True)
class Change:
    """One change and what the article would then say.

    kind     "day": the case on another day; "act": a fact that a decision can change;
             "limit": a fact that no act changes, with the nearest value that would pass
    outcome  what the article would then say
    fact     the fact, where one is changed; `value` what it would be
    on       for "day": the first day with the new outcome
    """

    kind: str
    outcome: str
    fact: FactSpec | None = None
    value: Known | None = None
    on: date | None = None
    later: bool = True

    def say(self, language: str) -> str:
        """The change in words."""
        if self.kind == "day" and self.on is not None:
            held = self.outcome in ("pass", "not_applicable")
            shown = self.on if held else self.on - timedelta(days=1)
            words = show_value(shown, DATE, language)
            return message("becomes_met_on" if held else "met_until", day=words).say(language)
        if self.fact is None:
            return ""
        label = self.fact.label.get(language) or self.fact.label["en"]
        words = show_value(self.value, self.fact.type, language, spec=self.fact)
        if self.kind == "limit":
            key = "limit_or_later" if self.later else "limit_or_earlier"
            return message(key, fact=label, value=words).say(language)
        by = self.fact.asserted_by.get(language) or self.fact.asserted_by.get("en", "")
        if by:
            return message("would_be_met_by", fact=label, value=words, by=by).say(language)
        return message("would_be_met_if", fact=label, value=words).say(language)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "kind": self.kind,
            "outcome": self.outcome,
            "fact": self.fact.name if self.fact else None,
            "value": plain(self.value),
            "on": plain(self.on),
            "text": {language: self.say(language) for language in LANGUAGES},
        }


def find_changes(ruling: Ruling, scene: Scene) -> list[Change]:
    """Every single change known that turns this ruling, nearest first."""
    if ruling.outcome not in ("pass", "fail") or ruling.article.effect in ("permit", "ground"):
        return []
    found = [change for change in (_when(ruling, scene),) if change]
    if ruling.outcome == "fail":
        found += _acts(ruling, scene)
        found += _limits(ruling, scene)
    return found


def answers(ruling: Ruling, scene: Scene, name: str) -> dict[object, str]:
    """For a missing fact with few possible values: what each would make of the ruling."""
    spec = scene.corpus.facts[name]
    return {plain(value): _with(ruling, scene, name, value) for value in _values(spec)}


# ---- asking again


def _with(ruling: Ruling, scene: Scene, name: str, value: Known) -> str:
    """The outcome if one fact had another value."""
    programs = programs_of(scene.corpus)
    return outcome_of(ruling.bound, programs.cells({**scene.values, name: value}), scene.on)


def _on(ruling: Ruling, scene: Scene, day: date) -> str:
    """The outcome of the same case, handled on another day: what belongs to the case moves along."""
    days = (day - scene.on).days
    programs = programs_of(scene.corpus)
    cells = programs.cells(scene.values)
    for name in _moving(ruling):
        value = cells.get(name)
        if isinstance(value, (date, PartialDate)):
            cells[name] = shift(value, days)
    return outcome_of(programs.bound(ruling.article, day), cells, day)


def _moving(ruling: Ruling) -> list[str]:
    """Facts of the case that move along with the day."""
    catalogue, values = ruling.scene.corpus.facts, ruling.scene.values
    return [name for name in values if catalogue[name].moves_with_day]


def _values(spec: FactSpec) -> tuple[Known, ...]:
    if spec.type.kind == "bool":
        return (True, False)
    return spec.type.values if spec.type.kind == "enum" else ()


# ---- when


def _when(ruling: Ruling, scene: Scene) -> Change | None:
    """The first later day on which the outcome differs, found by month and then by halving."""
    if not _depends_on_day(ruling, scene):
        return None
    before = scene.on
    for day in _days_ahead(ruling, scene):
        outcome = _on(ruling, scene, day)
        if outcome != ruling.outcome:
            first = _halve(before, day, lambda at: _on(ruling, scene, at) != ruling.outcome)
            turned = _on(ruling, scene, first)
            # Falling out of scope ends no yes, and an unknown is no answer.
            told = ("fail",) if ruling.outcome == "pass" else ("pass", "not_applicable")
            return Change("day", turned, on=first) if turned in told else None
        before = day
    return None


def _days_ahead(ruling: Ruling, scene: Scene) -> Iterator[date]:
    last = scene.on.replace(year=scene.on.year + YEARS_AHEAD, day=1)
    if ruling.article.end:
        last = min(last, ruling.article.end - timedelta(days=1))
    start = month_index(scene.on)
    for month in range(start + 1, month_index(last) + 1):
        day = last_day(first_of_month(month))
        yield min(day, last)


def _depends_on_day(ruling: Ruling, scene: Scene) -> bool:
    corpus = scene.corpus
    for part in (part for node in ruling.article.nodes() for part in walk(node)):
        if part.op in ("months_since", "years_since"):
            return True
        if part.op == "fact" and corpus.facts[str(part.value)].moves_with_day:
            return True
        if part.op == "param":
            item = corpus.parameters[str(part.value)]
            if isinstance(item, Table) and any(day > scene.on for day in item.breakpoints()):
                return True
    return False


def _halve(before: date, after: date, turned: Callable[[date], bool]) -> date:
    """The first day after `before` on which `turned` holds, given that it holds on `after`."""
    while (after - before).days > 1:
        middle = before + (after - before) // 2
        before, after = (before, middle) if turned(middle) else (middle, after)
    return after


# ---- how


def _acts(ruling: Ruling, scene: Scene) -> Iterator[Change]:
    names = [str(trace.node.value) for trace in ruling.facts()]
    for permit in ruling.lifted:
        names += [str(trace.node.value) for trace in permit.facts()]
    for name in dict.fromkeys(names):
        spec = scene.corpus.facts[name]
        if not spec.changeable:
            continue
        for value in _values(spec):
            outcome = _with(ruling, scene, name, value)
            if outcome in ("pass", "not_applicable"):
                yield Change("act", outcome, spec, value)


def _limits(ruling: Ruling, scene: Scene) -> Iterator[Change]:
    for trace in ruling.facts():
        spec = scene.corpus.facts[str(trace.node.value)]
        if not spec.limit or not isinstance(trace.value, (date, PartialDate)):
            continue
        here = earliest(trace.value)
        for later, end in ((True, spec.high), (False, spec.low)):
            if not isinstance(end, date) or not _passes(ruling, scene, spec.name, end):
                continue
            found = _nearest(ruling, scene, spec.name, here, end)
            yield Change("limit", "pass", spec, _as_month(found, later), later=later)


def _passes(ruling: Ruling, scene: Scene, name: str, day: date) -> bool:
    return _with(ruling, scene, name, day) == "pass"


def _nearest(ruling: Ruling, scene: Scene, name: str, here: date, end: date) -> date:
    """The day nearest to `here` that passes, towards `end`, which passes."""
    while abs((end - here).days) > 1:
        middle = here + (end - here) // 2
        here, end = (here, middle) if _passes(ruling, scene, name, middle) else (middle, end)
    return end


def _as_month(day: date, later: bool) -> Known:
    """A limit at the edge of a month is a limit of the month."""
    whole = day.day == 1 if later else day == last_day(day)
    return PartialDate(day.year, day.month) if whole else day

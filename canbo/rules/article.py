"""An article of law as data: source, dates, scope, condition, reasons and examples.

One YAML file is one article. It is checked whole when it is loaded: every name, type and unit,
a source, a message for each outcome, an example for each outcome that it can have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from canbo.rules.provenance import HEARSAY, Source, load_source
from canbo.rules.reading import Part, nearest
from canbo.rules.schema import Scope, Texts, Type, check_text, expression, parse_part
from canbo.rules.syntax import Node, walk
from canbo.rules.words import LANGUAGES, RuleError, error

EFFECTS = ("require", "forbid", "permit", "ground", "value")
OUTCOMES = ("pass", "fail", "unknown", "not_applicable", "value")
# While it cannot be told: refer leaves the answer open, block refuses, provisional lets it pass for now.
ON_UNKNOWN = ("refer", "block", "provisional")
_ENTRIES: tuple[str, ...] = (
    "id",
    "title",
    "source",
    "issuer",
    "issued",
    "effective",
    "topic",
    "applies_when",
    "effect",
    "condition",
    "gives",
    "unit",
    "value",
    "steps",
    "lifts",
    "places",
    "rises_with",
    "off",
    "on_unknown",
    "message",
    "undetermined",
    "note",
    "tests",
)
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class NamedStep:
    """A named part of the working: the articles' own words for an intermediate result."""

    name: str
    label: Texts
    node: Node
    text: str
    type: Type


@dataclass(frozen=True)
class Example:
    """A case that a jurist can check without us; `expect` is the outcome."""

    given: Mapping[str, Any]
    on: date
    expect: str
    missing: Sequence[str] | None
    value: object
    becomes: date | None
    holds_until: date | None
    why: str
    line: int | None


@dataclass(frozen=True)
class Undetermined:
    """Something the text leaves open, and who decides it."""

    what: Texts
    decided_by: Texts
    meanwhile: Texts


@dataclass(frozen=True)
class Article:
    """One article in one version.

    effect   require: who is in scope must meet the condition; forbid: must not; permit: where scope
             and condition hold, the articles in `lifts` do not apply; ground: where scope and condition
             hold, the decision may be taken; value: gives a figure
    end      the first day on which it is no longer in force, or None
    places   decimal places of the figure: 897 is shown as 89.7 where places is 1
    rises_with  facts with which the figure must not fall when they rise; the prover looks
    off      why it is switched off, where it is: it can be read but never decides
    """

    id: str
    title: Texts
    source: Source
    issuer: str
    level: int
    issued: date
    start: date
    end: date | None
    dates_note: Texts
    topic: str
    effect: str
    scope: Node | None
    scope_text: str
    condition: Node
    condition_text: str
    gives: str
    unit: str
    steps: Mapping[str, NamedStep]
    lifts: tuple[str, ...]
    on_unknown: str
    reasons: Mapping[str, Texts]
    undetermined: Sequence[Undetermined]
    note: Texts
    examples: Sequence[Example]
    file: Path
    type: Type
    places: int = 0
    rises_with: tuple[str, ...] = ()
    off: Texts = field(default_factory=dict)

    def in_force(self, on: date) -> bool:
        """Whether it is in force on a day; one that is switched off never is."""
        return not self.off and self.start <= on and (self.end is None or on < self.end)

    def nodes(self) -> Sequence[Node]:
        """Every expression of the article."""
        own = [self.scope] if self.scope else []
        return [*own, self.condition, *(step.node for step in self.steps.values())]

    def parameters(self) -> frozenset[str]:
        """Names of all parameters that it reads."""
        return frozenset(str(part.value) for node in self.nodes() for part in walk(node) if part.op == "param")

    def facts(self) -> frozenset[str]:
        """Names of all facts that it mentions; an element of a list by its own name."""
        return frozenset(str(part.value) for node in self.nodes() for part in walk(node) if part.op == "fact")


def load_article(part: Part, scope: Scope) -> Article:
    """Read and check one article."""
    part.only(_ENTRIES)
    effect = part.at("effect").choice(EFFECTS)
    # Only figures may multiply facts: what decides stays linear, so that it stays decidable.
    scope = replace(scope, products=effect == "value")
    steps = _steps(part.find("steps"), scope)
    inner = replace(scope, steps={name: step.type for name, step in steps.items()})
    applies = part.find("applies_when")
    if applies:
        _boolean(applies, inner)
    body = part.at("value" if effect == "value" else "condition")
    found = check_text(parse_part(body), inner, body)
    if effect != "value" and found.kind != "bool":
        raise body.wrong("condition_not_bool", found=found.say())
    effective = part.at("effective")
    effective.only(("from", "to", "note"))
    end, note, dates_note = effective.find("to"), part.find("note"), effective.find("note")
    issuer = part.at("issuer")
    issuer.only(("body", "level"))
    article = Article(
        id=_identifier(part.at("id")),
        title=part.at("title").said(need=LANGUAGES),
        source=load_source(part.at("source")),
        issuer=issuer.at("body").text(),
        level=issuer.at("level").number(),
        issued=part.at("issued").day(),
        start=effective.at("from").day(),
        end=end.day() if end else None,
        dates_note=dates_note.said() if dates_note else {},
        topic=part.at("topic").text(),
        effect=effect,
        scope=parse_part(applies) if applies else None,
        scope_text=expression(applies) if applies else "",
        condition=parse_part(body),
        condition_text=expression(body),
        gives=part.at("gives").text() if effect == "value" else "",
        unit=part.at("unit").text() if part.find("unit") else "",
        steps=steps,
        lifts=_lifts(part, effect),
        on_unknown=part.at("on_unknown").choice(ON_UNKNOWN) if part.find("on_unknown") else "refer",
        reasons=_reasons(part.at("message"), effect, inner),
        undetermined=_undetermined(part.find("undetermined")),
        note=note.said() if note else {},
        examples=_examples(part.at("tests"), scope),
        file=part.document.file,
        type=found,
        places=part.at("places").number() if part.find("places") else 0,
        rises_with=_rises_with(part, effect, scope),
        off=_off(part),
    )
    if article.end and article.end <= article.start:
        raise effective.wrong("ends_before_start", start=article.start, end=article.end)
    _every_outcome_has_an_example(article, scope, part)
    return article


def possible_outcomes(article: Article, scope: Scope) -> frozenset[str]:
    """The outcomes that the article can have, each of which needs an example."""
    outcomes = {"require": {"pass", "fail"}, "forbid": {"pass", "fail"}}
    outcomes |= dict.fromkeys(("permit", "ground"), {"pass", "not_applicable"})
    possible = set(outcomes.get(article.effect, {"value"}))
    if article.scope is not None:
        possible.add("not_applicable")
    if any(scope.facts[name].nullable and scope.facts[name].otherwise is None for name in article.facts()):
        possible.add("unknown")
    return frozenset(possible)


def _every_outcome_has_an_example(article: Article, scope: Scope, part: Part) -> None:
    shown = {example.expect for example in article.examples}
    lacking = sorted(possible_outcomes(article, scope) - shown)
    if lacking:
        raise part.at("tests").wrong("example_missing", id=article.id, outcomes=", ".join(lacking))


def _identifier(part: Part) -> str:
    name = part.text()
    if not re.fullmatch(r"[a-z0-9]+(?:[-/][a-z0-9]+)*", name):
        raise part.wrong("id_shape", found=name)
    return name


def _boolean(part: Part, scope: Scope) -> None:
    found = check_text(parse_part(part), scope, part)
    if found.kind != "bool":
        raise part.wrong("condition_not_bool", found=found.say())


def _steps(part: Part | None, scope: Scope) -> dict[str, NamedStep]:
    """Steps in their order; each may use those before it, so that none can go in a circle."""
    steps: dict[str, NamedStep] = {}
    for name, entry in part.parts() if part else ():
        entry.only(("label", "is"))
        so_far = replace(scope, steps={known: step.type for known, step in steps.items()})
        body = entry.at("is")
        node = parse_part(body)
        found = check_text(node, so_far, body)
        steps[name] = NamedStep(name, entry.at("label").said(), node, expression(body), found)
    return steps


def _lifts(part: Part, effect: str) -> tuple[str, ...]:
    entry = part.find("lifts")
    if (effect == "permit") != (entry is not None):
        raise part.wrong("permit_lifts")
    return tuple(item.text() for item in entry.items()) if entry else ()


def _rises_with(part: Part, effect: str, scope: Scope) -> tuple[str, ...]:
    entry = part.find("rises_with")
    if entry is None:
        return ()
    if effect != "value":
        raise entry.wrong("rises_with_value_only")
    for item in entry.items():
        if item.text() not in scope.facts:
            raise item.wrong("fact_unknown", name=item.text(), hint=nearest(item.text(), scope.facts))
    return tuple(item.text() for item in entry.items())


def _off(part: Part) -> Texts:
    entry = part.find("off")
    if entry is None and part.at("source").at("mark").text() == HEARSAY:
        raise part.at("source").wrong("hearsay_not_off", name=part.at("id").text())
    return entry.said(need=LANGUAGES) if entry else {}


def _reasons(part: Part, effect: str, scope: Scope) -> dict[str, Texts]:
    """Messages by outcome; each place in braces must be a fact or a step."""
    need = {"permit": ("pass",), "ground": ("pass", "unknown"), "value": ("value", "unknown")}.get(
        effect, ("pass", "fail", "unknown")
    )
    part.only(OUTCOMES)
    for outcome in need:
        part.at(outcome)
    reasons: dict[str, Texts] = {}
    for outcome, entry in part.parts():
        reasons[outcome] = entry.said(need=LANGUAGES)
        for language, text in reasons[outcome].items():
            for place in _PLACE.findall(text):
                _known_place(place, entry.at(language), scope, outcome)
    return reasons


def _known_place(place: str, part: Part, scope: Scope, outcome: str) -> None:
    room, _, name = place.partition(".")
    known = [*(f"step.{step}" for step in scope.steps), *scope.facts]
    if place == "value" and outcome == "value":
        return
    if (room == "step" and name in scope.steps) or place in scope.facts:
        return
    raise part.wrong("place_unknown", found=place, hint=nearest(place, known))


def _undetermined(part: Part | None) -> list[Undetermined]:
    found: list[Undetermined] = []
    for entry in part.items() if part else ():
        entry.only(("what", "decided_by", "meanwhile"))
        texts = [entry.at(name).said() for name in ("what", "decided_by", "meanwhile")]
        found.append(Undetermined(*texts))
    return found


_EXAMPLE = ("given", "on", "expect", "missing", "value", "becomes", "holds_until", "why")


def _examples(part: Part, scope: Scope) -> list[Example]:
    found: list[Example] = []
    for entry in part.items():
        entry.only(_EXAMPLE)
        given = entry.at("given")
        for name, value in given.parts():
            try:
                scope.facts.accept_all({name: value.data})
            except RuleError as trouble:
                trouble.place = value.place
                raise

        def day(name: str, entry: Part = entry) -> date | None:
            found = entry.find(name)
            return found.day() if found else None

        missing, why = entry.find("missing"), entry.find("why")
        found.append(
            Example(
                given=dict(given.mapping()),
                on=entry.at("on").day(),
                expect=entry.at("expect").choice(OUTCOMES),
                missing=[item.text() for item in missing.items()] if missing else None,
                value=entry.data.get("value"),
                becomes=day("becomes"),
                holds_until=day("holds_until"),
                why=why.text() if why else "",
                line=entry.place.line,
            )
        )
    if not found:
        raise error("example_missing", id=part.name, outcomes="", place=part.place)
    return found

"""Explain: what the rulebook says of one case, article by article, with its reasons.

`explain` is pure: the same rulebook, facts and day give the same verdict, which can be kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from canbo.rules.changes import Change, answers, find_changes
from canbo.rules.corpus import Corpus, RulebookRefused
from canbo.rules.display import plain, show_value
from canbo.rules.families import WORDS, Family, disagreement, families_of, overall, without_ground
from canbo.rules.judge import Ruling, judge, rule
from canbo.rules.kleene import UNKNOWN, Scene, Trace, traces
from canbo.rules.params import AgeReached
from canbo.rules.program import programs_of
from canbo.rules.reading import nearest
from canbo.rules.schema import Fact, FactSpec, Value
from canbo.rules.words import LANGUAGES, Message, error, message

Facts = Mapping[str, Fact | Value | None]
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class FactUsed:
    """A fact that the ruling rests on.

    origin  given; default (not handed over, so the legal default holds: `because` says why);
            missing (not handed over and no default)
    """

    spec: FactSpec
    fact: Fact
    value: Any
    origin: str

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "name": self.spec.name,
            "label": dict(self.spec.label),
            "value": plain(self.value, places=self.spec.places),
            "shown": {lang: show_value(self.value, self.spec.type, lang, spec=self.spec) for lang in LANGUAGES},
            "unit": self.spec.type.unit,
            "origin": self.origin,
            "because": dict(self.spec.because) if self.origin == "default" else {},
            "source": self.fact.source,
            "as_of": plain(self.fact.as_of),
            "confirmed": self.fact.confirmed,
            "reason_unknown": self.fact.reason_unknown or None,
        }


@dataclass(frozen=True)
class Missing:
    """A fact that still matters, who states it, and what each possible answer would give."""

    spec: FactSpec
    reason: str
    would: Mapping[object, str]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "name": self.spec.name,
            "label": dict(self.spec.label),
            "asserted_by": dict(self.spec.asserted_by or self.spec.source),
            "reason": self.reason,
            "reason_text": _said(message(f"reason_{self.reason}")),
            "would": [{"value": value, "outcome": outcome} for value, outcome in self.would.items()],
        }


class ArticleVerdict:
    """What one article says: outcome, reason, facts, working, what is missing, what would change it.

    The outcome and the value of every node are there; all else is worked out from them when it is asked for.
    """

    def __init__(self, ruling: Ruling, with_changes: bool) -> None:
        self.ruling = ruling
        self.outcome = ruling.outcome  # pass, fail, unknown, not_applicable or value
        self._with_changes = with_changes

    @property
    def id(self) -> str:
        """The article's name in the rulebook."""
        return self.ruling.article.id

    @cached_property
    def facts(self) -> Sequence[FactUsed]:
        """The facts that the ruling rests on."""
        return [_fact_used(trace, self.ruling.scene) for trace in self.ruling.facts()]

    @cached_property
    def missing(self) -> Sequence[Missing]:
        """The facts that still matter."""
        return [_missing(name, self.ruling, self._with_changes) for name in self.ruling.missing()]

    @cached_property
    def changes(self) -> Sequence[Change]:
        """When or how the outcome would change; empty where that was not asked for."""
        return find_changes(self.ruling, self.ruling.scene) if self._with_changes else []

    @property
    def value(self) -> object:
        """The figure, where the article gives one in this case: months of a calendar as YYYY-MM."""
        article = self.ruling.article
        return plain(self.ruling.value, article.unit, places=article.places) if self.outcome == "value" else None

    def shown(self, language: str = "en") -> str:
        """The figure in words, where the article gives one in this case; else a dash."""
        return self._filled("value", language) if self.outcome == "value" else "-"

    def reason(self, language: str = "en") -> str:
        """The reason in words, with the facts filled in."""
        article = self.ruling.article
        permit = self.ruling.lifted_by
        if self.outcome == "not_applicable" and permit is not None:
            return message("lifted_by", title=permit.article.title, cite=permit.article.source.cite(language)).say(language)
        texts = article.reasons.get(self.outcome)
        if texts is None:
            unused = article.effect in ("permit", "ground") and self.outcome == "not_applicable"
            return message("usual_not_granted" if unused else f"usual_{self.outcome}").say(language)
        template = texts.get(language) or texts["en"]
        return _PLACE.sub(lambda place: self._filled(place.group(1), language), template)

    def _filled(self, place: str, language: str) -> str:
        ruling = self.ruling
        article, scene = ruling.article, ruling.scene
        if place == "value":
            return show_value(
                ruling.value, article.type, language, unit=article.unit, places=article.places, words=scene.corpus.words
            )
        if place.startswith("step."):
            step = article.steps[place[5:]]
            return show_value(ruling.working.step(step.name).value, step.type, language, words=scene.corpus.words)
        spec = scene.corpus.facts[place]
        from_fact = next((used for used in self.facts if used.spec.name == place), None)
        value = from_fact.value if from_fact else scene.facts.get(place, Fact()).value
        return show_value(value, spec.type, language, spec=spec)

    def notes(self) -> list[Message]:
        """Things to know about the working: a birth known by year only, a day outside a table."""
        found: dict[str, Message] = {}
        for root in self.ruling.roots():
            for trace in traces(root):
                if trace.note is not None:
                    found.setdefault(trace.note.say("en"), trace.note)
        return list(found.values())

    def steps(self) -> list[dict[str, object]]:
        """The working: each step by name, label, value and as it is shown, in the article's order."""
        return _steps(self.ruling)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; every text in each language, so that it can be kept as it was."""
        article, ruling = self.ruling.article, self.ruling
        lifted_by = ruling.lifted_by
        return {
            "id": self.id,
            "outcome": self.outcome,
            "effect": article.effect,
            "title": dict(article.title),
            "citation": article.source.to_dict(),
            "issuer": article.issuer,
            "level": article.level,
            "in_force": {
                "from": plain(article.start),
                "to": plain(article.end),
                "note": dict(article.dates_note),
            },
            "reason": {language: self.reason(language) for language in LANGUAGES},
            "value": self.value,
            "unit": article.unit or None,
            "facts": [used.to_dict() for used in self.facts],
            "missing": [entry.to_dict() for entry in self.missing],
            "steps": _steps(ruling),
            "parameters": _parameters(ruling),
            "applies_when": _tree(ruling.scope, ruling) if ruling.scope else None,
            "tree": _tree(ruling.condition, ruling),
            "text": {"applies_when": article.scope_text, "condition": article.condition_text},
            "changes": [change.to_dict() for change in self.changes],
            "lifted_by": lifted_by.article.id if lifted_by else None,
            "undetermined": [
                {"what": dict(u.what), "decided_by": dict(u.decided_by), "meanwhile": dict(u.meanwhile)}
                for u in article.undetermined
            ],
            "notes": [_said(note) for note in self.notes()],
            "note": dict(article.note),
        }


@dataclass(frozen=True)
class Verdict:
    """What the rulebook says of one case on one day.

    outcome  pass, fail or unknown; `word` says it as allowed, refused or incomplete
    rulings  one for each article, with the value of every node of its tree
    corpus   the hash of the rulebook, so that the verdict can be checked later
    """

    topic: str
    on: date
    outcome: str
    rulings: Sequence[Ruling]
    corpus: str
    notes: Sequence[Message] = ()
    with_changes: bool = True

    @cached_property
    def articles(self) -> Sequence[ArticleVerdict]:
        """What each article says, superior issuers first."""
        return [ArticleVerdict(ruling, self.with_changes) for ruling in self.rulings]

    @property
    def word(self) -> str:
        """allowed, refused or incomplete."""
        return WORDS[self.outcome]

    @property
    def missing(self) -> list[Missing]:
        """Facts that still matter, over all articles, each once."""
        found: dict[str, Missing] = {}
        for article in self.articles:
            for entry in article.missing:
                found.setdefault(entry.spec.name, entry)
        return list(found.values())

    @cached_property
    def families(self) -> Sequence[Family]:
        """What each family of rules, such as Party and State, says by itself."""
        return families_of(self.rulings[0].scene.corpus, self.rulings) if self.rulings else []

    @property
    def disagreement(self) -> Message | None:
        """The sentence to tell where one family allows what another refuses."""
        return disagreement(self.families)

    def with_outcome(self, outcome: str) -> list[ArticleVerdict]:
        """Articles with one outcome."""
        return [article for article in self.articles if article.outcome == outcome]

    def summary(self, language: str = "en") -> str:
        """The answer in one word of the reader's language."""
        return message(f"word_{self.word}").say(language)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON, to be shown or kept."""
        return {
            "topic": self.topic,
            "on": self.on.isoformat(),
            "outcome": self.outcome,
            "word": self.word,
            "summary": {language: self.summary(language) for language in LANGUAGES},
            "articles": [article.to_dict() for article in self.articles],
            "missing": [entry.to_dict() for entry in self.missing],
            "families": [family.to_dict() for family in self.families],
            "disagreement": _said(self.disagreement) if self.disagreement else None,
            "notes": [_said(note) for note in self.notes],
            "corpus": self.corpus,
        }


def explain(corpus: Corpus, *, topic: str, facts: Facts, on: date, changes: bool = True) -> Verdict:
    """Apply every article on `topic` in force on the day `on` to one case.

    corpus   a rulebook without problems; one with problems may be read but never decides
    topic    what is to be decided, such as "appointment"
    facts    by the names of facts.yaml; a plain value stands for a Fact without source
    changes  also work out when and how the answer would change (a few milliseconds)
    Raises RuleError for a topic or fact that does not exist and for a value of another type.
    """
    if corpus.problems:
        raise RulebookRefused(corpus.path, corpus.problems)
    if topic not in corpus.topics and topic not in corpus.subjects:
        known = sorted({*corpus.topics, *corpus.subjects})
        raise error("topic_unknown", name=topic, hint=nearest(topic, known), known=", ".join(known))
    scene, programs, done = Scene(corpus, facts, on), programs_of(corpus), dict[str, Ruling]()
    cells = programs.cells(scene.values)
    rulings = [rule(bound, scene, cells, done) for bound in programs.plan(topic, on)]
    notes = [] if rulings else [message("no_article_in_force", topic=topic, on=on)]
    outcome = overall(rulings)
    if outcome == "fail" and without_ground(rulings):
        notes.append(message("no_ground"))
    return Verdict(topic, on, outcome, rulings, corpus.hash, notes, changes)


def find_value(corpus: Corpus, *, name: str, facts: Facts, on: date) -> ArticleVerdict:
    """The figure `name` (such as "retirement_month") for one case, with its working.

    Raises RuleError where no article in force gives it.
    """
    found = find_values(corpus, name=name, facts=facts, on=on)
    return next((verdict for verdict in found if verdict.outcome != "not_applicable"), found[0])


def find_values(corpus: Corpus, *, name: str, facts: Facts, on: date) -> list[ArticleVerdict]:
    """What every article in force that gives the figure `name` says of one case, superior issuers first."""
    if corpus.problems:
        raise RulebookRefused(corpus.path, corpus.problems)
    if name not in corpus.values():
        raise error("value_unknown", name=name, hint=nearest(name, corpus.values()), known=", ".join(corpus.values()))
    scene = Scene(corpus, facts, on)
    givers = [article for article in corpus.in_force(on) if article.gives == name]
    if not givers:
        raise error("value_not_in_force", name=name, on=on)
    return [ArticleVerdict(judge(article, scene), False) for article in givers]


def _fact_used(trace: Trace, scene: Scene) -> FactUsed:
    name = str(trace.node.value)
    given = scene.facts.get(name)
    origin = "given" if given is not None else ("default" if trace.below else "missing")
    value = None if trace.value is UNKNOWN else trace.value
    return FactUsed(scene.corpus.facts[name], given or Fact(), value, origin)


def _missing(name: str, ruling: Ruling, changes: bool) -> Missing:
    scene = ruling.scene
    given = scene.facts.get(name, Fact())
    reason = given.reason_unknown or ("not_recorded" if given.value is None else "imprecise")
    return Missing(scene.corpus.facts[name], reason, answers(ruling, scene, name) if changes else {})


def _steps(ruling: Ruling) -> list[dict[str, object]]:
    """Every step that was worked out, in the article's order."""
    found: list[dict[str, object]] = []
    done = ruling.steps()
    for name, step in ruling.article.steps.items():
        trace = done.get(name)
        if trace is not None:
            shown = {
                language: show_value(trace.value, step.type, language, words=ruling.scene.corpus.words) for language in LANGUAGES
            }
            found.append(
                {
                    "name": name,
                    "label": dict(step.label),
                    "value": plain(trace.value),
                    "shown": shown,
                    "text": step.text,
                }
            )
    return found


def _parameters(ruling: Ruling) -> list[dict[str, object]]:
    """Every parameter that was read, with its figure and its source."""
    scene = ruling.scene
    found: dict[str, dict[str, object]] = {}
    for root in ruling.roots():
        for trace in traces(root):
            if trace.node.op != "param":
                continue
            name = str(trace.node.value)
            item = scene.corpus.parameters[name]
            table = item.table.name if isinstance(item, AgeReached) else None
            found.setdefault(
                ruling.bound.program.text(trace.node),
                {
                    "name": name,
                    "title": dict(item.title),
                    "value": plain(trace.value),
                    "table": table,
                    "citation": item.source.to_dict(),
                },
            )
    return list(found.values())


def _tree(trace: Trace, ruling: Ruling) -> dict[str, object]:
    """The evaluated tree; `span` is the stretch of the article's own text."""
    node = trace.node
    tree: dict[str, object] = {
        "op": node.op,
        "text": ruling.bound.program.text(node),
        "span": list(node.span),
        "value": plain(trace.value),
    }
    if node.op in ("fact", "param", "step"):
        tree["name"] = node.value
    # A step is shown once, under `steps`; a fact's default is told in its `because`.
    if trace.below and node.op not in ("step", "fact", "list"):
        tree["args"] = [_tree(below, ruling) for below in trace.below]
    return tree


def _said(said: Message) -> dict[str, str]:
    return {language: said.say(language) for language in LANGUAGES}


__all__ = ["ArticleVerdict", "Fact", "FactUsed", "Facts", "Missing", "Verdict", "explain", "find_value", "find_values"]

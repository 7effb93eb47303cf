"""One article as a page of law: its condition in words, its history, its figures, its examples worked out anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from django.conf import settings

from canbo.pages import figures, rules_book
from canbo.rules import inwords, proofs
from canbo.rules.article import Article, Example
from canbo.rules.corpus import Corpus
from canbo.rules.display import show_value
from canbo.rules.epochs import parameters_of
from canbo.rules.explain import ArticleVerdict
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.params import AgeReached, Key, Table
from canbo.rules.precedence import order_of
from canbo.rules.words import RuleError

#: A table with no more changes than this has a column for each of them.
FEW_STEPS = 5
#: Longer tables are folded.
FOLDED = 14
NAMED = 6


def laid_out(law: Corpus, article: Article, on: date) -> dict[str, Any]:
    """Everything that the page of an article shows on a day."""
    day, language = rules_book.day_of(article, on), figures.language()
    line = rules_book.chain(law, article)
    place = line.index(article)
    return {
        "article": article,
        "row": rules_book.row(article, on),
        "source": article.source.to_dict(),
        "topic": law.subjects.get(article.topic),
        "figures_of": day if day != on else None,
        "scope": clause(law, article, article.scope, day) if article.scope else None,
        "condition": None if article.effect == "value" else clause(law, article, article.condition, day),
        "figure": inwords.figure(law, article, article.condition, on=day, language=language) if article.effect == "value" else "",
        "steps": list(steps(law, article, day)),
        "versions": [rules_book.row(one, on) for one in line],
        "changes": [
            {"kind": kind, "row": rules_book.row(other, on), "lines": compared(law, *pair, language)}
            for kind, other, pair in neighbours(line, place)
        ],
        "parameters": [table(law, name, day) for name in sorted(parameters_of(law, article))],
        "reasons": [(outcome, told(law, article, texts)) for outcome, texts in article.reasons.items()],
        "examples": [example(law, article, one, language) for one in article.examples],
        "lifts": [rules_book.row(law.articles[name], on) for name in article.lifts if name in law.articles],
        "lifters": [rules_book.row(one, on) for one in law.articles.values() if article.id in one.lifts],
        "rank": rank(law, article, on),
        "findings": concerning(law, article),
    }  # fmt: skip


def clause(law: Corpus, article: Article, node: Any, on: date) -> inwords.Clause:
    """A condition in the reader's language."""
    return inwords.said(law, article, node, on=on, language=figures.language())


def steps(law: Corpus, article: Article, on: date) -> Iterator[dict[str, Any]]:
    """The article's working: each step in words and as data."""
    for step in article.steps.values():
        bool_ = step.type.kind == "bool"
        yield {
            "label": step.label,
            "text": step.text,
            "clause": clause(law, article, step.node, on) if bool_ else None,
            "figure": "" if bool_ else inwords.figure(law, article, step.node, on=on, language=figures.language()),
        }


def told(law: Corpus, article: Article, texts: Any) -> str:
    """A reason as it stands before a case fills it: each place by what will stand there."""

    def label(place: re.Match[str]) -> str:
        name = place.group(1)
        if name == "value":
            return "…"
        spec = article.steps.get(name[5:]) if name.startswith("step.") else law.facts[name]
        return f"[{figures.named(dict(spec.label))}]" if spec else "…"

    return re.sub(r"\{([^{}]*)\}", label, texts.get(figures.language()) or texts["en"])


# ---- history


def neighbours(line: list[Article], place: int) -> Iterator[tuple[str, Article, tuple[Article, Article]]]:
    """The version before and the one after, each with the pair to compare in the order of time."""
    if place:
        yield "before", line[place - 1], (line[place - 1], line[place])
    if place + 1 < len(line):
        yield "after", line[place + 1], (line[place], line[place + 1])


def compared(law: Corpus, old: Article, new: Article, language: str) -> list[tuple[str, int, str]]:
    """What became of the words from one version to the next: (same, gone or new; depth; line), figures included."""
    one, other = (list(lines(law, article, language)) for article in (old, new))
    found: list[tuple[str, int, str]] = []
    for kind, first, last, start, end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [("same", depth, text) for depth, text in one[first:last]]
        else:
            found += [("gone", depth, text) for depth, text in one[first:last]]
            found += [("new", depth, text) for depth, text in other[start:end]]
    return found if any(kind != "same" for kind, _depth, _text in found) else []


def lines(law: Corpus, article: Article, language: str) -> Iterator[tuple[int, str]]:
    """All that a version says, line by line, with the figures of its first day."""
    on = article.start
    if article.scope:
        yield from inwords.said(law, article, article.scope, on=on, language=language).lines()
    if article.effect == "value":
        yield 0, inwords.figure(law, article, article.condition, on=on, language=language)
    else:
        yield from inwords.said(law, article, article.condition, on=on, language=language).lines()
    for step in article.steps.values():
        if step.type.kind != "bool":
            label = step.label.get(language) or step.label["en"]
            yield 0, f"{label} = {inwords.figure(law, article, step.node, on=on, language=language)}"


# ---- figures


def table(law: Corpus, name: str, on: date) -> dict[str, Any]:
    """A parameter with its dated table; a derived one with the table that it is worked out from."""
    item, language = law.parameters[name], figures.language()
    inner = item.table if isinstance(item, AgeReached) else item
    told = {
        "name": name, "title": dict(item.title), "cite": item.source.cite(language), "mark": item.source.mark,
        "confidence": item.source.confidence, "note": item.source.note, "derived": dict(inner.title) if inner is not item else None,
    }  # fmt: skip
    keys = sorted({key for step in inner.steps for key in step.figures}, key=lambda key: _place(inner, key))
    named = [", ".join(inwords.keys(law, inner, key, language=language)) for key in keys]
    here = max((number for number, step in enumerate(inner.steps) if step.since <= on), default=-1)

    def cell(step: int, key: Key) -> str:
        found = inner.steps[step].figures.get(key)
        return "" if found is None else show_value(found, inner.gives, language, places=inner.places)

    if len(inner.steps) <= FEW_STEPS:
        heads = [(figures.day(step.since), number == here) for number, step in enumerate(inner.steps)]
        rows = [
            (label, False, [cell(step, key) for step in range(len(inner.steps))]) for label, key in zip(named, keys, strict=True)
        ]
    else:
        heads = [(label, False) for label in named]
        rows = [
            (figures.day(step.since), number == here, [cell(number, key) for key in keys])
            for number, step in enumerate(inner.steps)
        ]
    return {**told, "heads": heads, "rows": rows, "by_day": len(inner.steps) > FEW_STEPS, "folded": len(rows) > FOLDED}


def _place(item: Table, key: Key) -> tuple[int, ...]:
    """The place of a key in the order in which its words are listed."""
    lists = [list(kind.values) for kind in item.keys.values()]
    return tuple(words.index(word) if word in words else len(words) for words, word in zip(lists, key, strict=True))


# ---- examples


def example(law: Corpus, article: Article, one: Example, language: str) -> dict[str, Any]:
    """An example worked out anew: its facts in words, what the article says of it, and whether that is what the jurist wrote."""
    told: dict[str, Any] = {
        "on": one.on,
        "why": one.why,
        "expect": one.expect,
        "facts": [],
        "outcome": "",
        "reason": "",
        "agrees": False,
    }
    try:
        scene = Scene(law, one.given, one.on)
        verdict = ArticleVerdict(judge(article, scene), False)
        told["facts"] = shown_facts(law, scene.facts, language)
        told |= {"outcome": verdict.outcome, "reason": verdict.reason(language), "agrees": verdict.outcome == one.expect}
    except RuleError as trouble:
        told["reason"] = trouble.message.say(language)
    return told


def shown_facts(law: Corpus, facts: Any, language: str) -> list[tuple[str, str]]:
    """Facts by label with their values in words."""
    return [
        (figures.named(dict(spec.label)), show_value(fact.value, spec.type, language, spec=spec))
        for spec, fact in ((law.facts[name], fact) for name, fact in facts.items())
    ]


# ---- what stands beside it


def rank(law: Corpus, article: Article, on: date) -> dict[str, Any]:
    """Where it stands among the articles of its family on the same topic in force with it: who is above and below."""
    day = rules_book.day_of(article, on)
    peers = [one for one in law.in_force(day, article.topic) if law.family(one) == law.family(article) and one.id != article.id]
    above, below = ([one for one in peers if one.level < article.level], [one for one in peers if one.level > article.level])
    return {
        "order": list(order_of(law)),
        "above": [rules_book.row(one, on) for one in above[:NAMED]], "above_count": len(above),
        "below": [rules_book.row(one, on) for one in below[:NAMED]], "below_count": len(below),
    }  # fmt: skip


def concerning(law: Corpus, article: Article) -> list[dict[str, Any]] | None:
    """The findings that name the article; None where the rulebook is not proved yet."""
    proof = proofs.kept(law, folder())
    if proof is None:
        return None
    return [finding for finding in proof["findings"] if article.id in finding["articles"]]


def folder() -> Path:
    """Where proofs are kept: beside the snapshots."""
    return Path(settings.CANBO_SNAPSHOTS).parent / "proofs"

"""A draft of one article, tried before anybody makes it law: does it load, do its examples come out, what does it contradict.

tried = attempt(law, text)     mistakes with their places, or the article and the rulebook with it
tried.examples                 every example with what came out
found = consequences(law, tried.law, [tried.article.id])   what the prover finds that is not there now
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import unified_diff
from functools import lru_cache
from pathlib import Path
from typing import Any

from canbo.rules.article import Article, Example
from canbo.rules.check import examples
from canbo.rules.corpus import Corpus, with_article
from canbo.rules.reading import Part, read_text
from canbo.rules.words import Message, RuleError, error

FILE = Path("draft.yaml")
# An article of the library has at most some ten thousand characters; more is no article.
LARGEST = 60_000
# Seconds after which the prover is taken to have lost itself.
LONGEST = 60


@dataclass(frozen=True)
class Shown:
    """An example with what is wrong with it; None: it comes out as written."""

    example: Example
    wrong: Message | None


@dataclass(frozen=True)
class Attempt:
    """A text as it was tried.

    problems  why it does not load, with places; then there is no article, or the rulebook with it does not hold together
    law       the rulebook with the article; the one asked where it does not load
    """

    text: str
    law: Corpus
    article: Article | None
    problems: tuple[RuleError, ...]
    examples: tuple[Shown, ...]

    @property
    def loads(self) -> bool:
        """Whether it could be law as far as it can be read."""
        return self.article is not None and not self.problems

    @property
    def holds(self) -> bool:
        """Whether it loads and every example comes out as written."""
        return self.loads and all(shown.wrong is None for shown in self.examples)


def attempt(law: Corpus, text: str) -> Attempt:
    """Try a text as an article of a rulebook."""
    try:
        if len(text) > LARGEST:
            raise error("file_too_large", found=len(text), limit=LARGEST)
        part = read_text(text, FILE)
        part.mapping()
        laid, article = with_article(law, part)
    except RuleError as problem:
        return Attempt(text, law, None, (_whole(text, problem),), ())
    if laid.problems:
        return Attempt(text, law, article, tuple(_whole(text, problem, part) for problem in laid.problems), ())
    wrong = {id(mistake.example): mistake.said for mistake in examples(laid, [article])}
    return Attempt(text, laid, article, (), tuple(Shown(each, wrong.get(id(each))) for each in article.examples))


def _whole(text: str, problem: RuleError, part: Part | None = None) -> RuleError:
    """The problem with a line, so that it can be shown where it stands."""
    if problem.place is not None and problem.place.line is not None:
        return problem
    name = {"topic_not_listed": "topic", "body_not_listed": "issuer", "level_of_body": "issuer", "lifts_unknown": "lifts"}
    entry = name.get(problem.message.key, "")
    place = part.at(entry).place if part is not None and entry in part.mapping() else None
    return RuleError(problem.message, place=place, span=problem.span, text=problem.text)


def name_in(text: str) -> str:
    """The id that a text gives itself, also where the rest of it cannot be read; empty where it gives none."""
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.strip().strip("\"'") for name, _, value in lines if name == "id"), "")[:200]


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that differ, with three around each: (`+`, `-`, a blank, or `@` for a gap; the line)."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    return [("@", "…") if line.startswith("@@") else (line[:1] or " ", line[1:]) for line in lines]


# ---- what it contradicts


def consequences(before: Corpus, after: Corpus, articles: Collection[str], *, today: date | None = None) -> list[dict[str, Any]]:
    """What the prover finds about these articles in one rulebook that nobody accepted and that is not in the other.

    In a process of its own, since the solver takes a processor for itself and keeps nothing apart between threads.
    Each finding as `Finding.to_dict`. Raises RuleError where the prover does not come back in time.
    """
    small = [_about(corpus, after, frozenset(articles)) for corpus in (before, after)]
    return _asked(_Question(before.hash, after.hash, tuple(sorted(articles)), today or date.today(), small))


@dataclass(frozen=True)
class _Question:
    """A question to the prover; equal where the answer is."""

    before: str
    after: str
    articles: tuple[str, ...]
    today: date
    law: Sequence[Corpus]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.before, self.after, self.articles, self.today)


@lru_cache(maxsize=64)
def _asked(question: _Question) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "canbo.rules.drafts"]
    sent = pickle.dumps((question.law, question.articles, question.today))
    try:
        told = subprocess.run(command, input=sent, capture_output=True, timeout=LONGEST, check=True)
    except subprocess.TimeoutExpired:
        raise error("prover_lost", seconds=LONGEST) from None
    except subprocess.CalledProcessError as trouble:
        raise error("prover_failed", why=trouble.stderr.decode(errors="replace").strip().splitlines()[-1:]) from None
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return found


def _about(corpus: Corpus, other: Corpus, names: frozenset[str]) -> Corpus:
    """The part of a rulebook that the prover needs for some articles: their topics, all grounds, what lifts any of these."""
    topics = {each.articles[name].topic for each in (corpus, other) for name in names if name in each.articles}
    kept = {name: each for name, each in corpus.articles.items() if each.topic in topics or each.effect == "ground"}
    lifters = {name: each for name, each in corpus.articles.items() if set(each.lifts) & set(kept)}
    return replace(corpus, articles={**kept, **lifters})


def _answer(law: Sequence[Corpus], articles: Sequence[str], today: date) -> list[Mapping[str, object]]:
    from canbo.rules.prove import prove

    before, after = law
    known = [name for name in articles if name in before.articles]
    old = {finding.key for finding in prove(before, articles=known, today=today).new} if known else set()
    return [finding.to_dict() for finding in prove(after, articles=articles, today=today).new if finding.key not in old]


if __name__ == "__main__":
    asked = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - what `_asked` wrote, handed over by nobody else
    print(json.dumps(_answer(*asked), ensure_ascii=False, default=str))

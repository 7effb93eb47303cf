"""Which articles are one rule in several versions: one family, one topic, one after the other in time.

The rulebook keeps a new version as an article of its own, with its own source. Nothing in it says "I follow that one",
because the law does not either; so it is told from what they are: the day on which one ends and the other begins, the
same family, topic and effect, and how much their names and what they ask about have in common. Where that is little,
nothing is joined. This is for readers only: it decides nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.epochs import parameters_of

# How much two articles have in common, from which they are taken as versions of one rule.
ENOUGH = 0.6
_DATED = re.compile(r"\b(?:to|from|until|since)\b[^,]*\d{4}|\d+")


@dataclass(frozen=True)
class Versions:
    """The chains of a rulebook: `before` and `after` by id."""

    before: Mapping[str, str]
    after: Mapping[str, str]

    def chain(self, name: str) -> list[str]:
        """All versions of an article in the order of time, itself among them."""
        found = [name]
        while found[0] in self.before:
            found.insert(0, self.before[found[0]])
        while found[-1] in self.after:
            found.append(self.after[found[-1]])
        return found


def versions(corpus: Corpus) -> Versions:
    """Join what follows each other; the likeliest pairs first, each article at most once at either end."""
    beginning: dict[tuple[object, ...], list[Article]] = defaultdict(list)
    for article in corpus.articles.values():
        beginning[_kind(corpus, article, article.start)].append(article)
    pairs = [
        (likeness(earlier, later), earlier.id, later.id)
        for earlier in corpus.articles.values()
        if earlier.end is not None
        for later in beginning[_kind(corpus, earlier, earlier.end)]
    ]
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for score, earlier_id, later_id in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if score >= ENOUGH and earlier_id not in after and later_id not in before:
            after[earlier_id], before[later_id] = later_id, earlier_id
    return Versions(before, after)


def _kind(corpus: Corpus, article: Article, day: date) -> tuple[object, ...]:
    return (corpus.family(article), article.topic, article.effect, article.gives, day)


def likeness(one: Article, other: Article) -> float:
    """From 0 to 1: by the last part of the id, the title without its dates, and the facts asked about."""
    names = one.id.rpartition("/")[2] == other.id.rpartition("/")[2]
    title, other_title = (_DATED.sub("", article.title["en"]).strip().casefold() for article in (one, other))
    facts = [set(article.facts()) for article in (one, other)]
    shared = len(facts[0] & facts[1]) / max(len(facts[0] | facts[1]), 1)
    return 0.4 * names + 0.35 * SequenceMatcher(None, title, other_title).ratio() + 0.25 * shared


def change_days(corpus: Corpus) -> dict[date, dict[str, list[str]]]:
    """Every day on which the law changes, in order: ids of articles that begin and end, names of parameters that step."""
    days: dict[date, dict[str, list[str]]] = defaultdict(lambda: {"begin": [], "end": [], "figures": []})
    read: set[str] = set()
    for article in corpus.articles.values():
        if article.off:
            continue
        days[article.start]["begin"].append(article.id)
        if article.end is not None:
            days[article.end]["end"].append(article.id)
        read |= parameters_of(corpus, article)
    for name in sorted(read):
        item = corpus.parameters[name]
        for day in item.breakpoints():
            days[day]["figures"].append(name)
    return dict(sorted(days.items()))

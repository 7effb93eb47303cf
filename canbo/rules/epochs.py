"""The horizon of proof, cut into epochs: between two change points the law says the same.

A rulebook changes only where an article begins or ends or a parameter takes a new figure. So it is
enough to prove each epoch once, on its first day, and in a later epoch only what has changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from datetime import date, timedelta

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.syntax import Node, walk

HORIZON = (date(2021, 1, 1), date(2036, 1, 1))


def epochs(corpus: Corpus, articles: Iterable[Article], horizon: tuple[date, date] = HORIZON) -> list[date]:
    """First days of the epochs of these articles within the horizon, in order."""
    first, end = horizon
    days = {first}
    for article in articles:
        days |= {article.start, article.end or end}
        for name in parameters_of(corpus, article):
            days |= set(_changes(corpus, name))
    return sorted(day for day in days if first <= day < end)


def version(corpus: Corpus, article: Article, on: date) -> Hashable:
    """A key that stays the same as long as an article, its parameters and what lifts it say the same."""
    lifters = corpus.lifters(article.id, on)
    names = sorted({name for each in (article, *lifters) for name in parameters_of(corpus, each)})
    figures = tuple((name, sum(day <= on for day in _changes(corpus, name))) for name in names)
    return (article.id, tuple(lifter.id for lifter in lifters), figures)


def parameters_of(corpus: Corpus, article: Article) -> frozenset[str]:
    """Names of the parameters that an article reads, also through the legal defaults of its facts."""
    found = set(article.parameters())
    for node in article.nodes():
        found |= _through_defaults(corpus, node, frozenset())
    return frozenset(found)


def _through_defaults(corpus: Corpus, node: Node, seen: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for part in walk(node):
        if part.op == "param":
            found.add(str(part.value))
        if part.op == "fact" and str(part.value) not in seen:
            default = corpus.facts[str(part.value)].otherwise
            if default is not None:
                found |= _through_defaults(corpus, default, seen | {str(part.value)})
    return found


def _changes(corpus: Corpus, name: str) -> Iterator[date]:
    item = corpus.parameters[name]
    yield from item.breakpoints()
    until = getattr(item, "until", None)
    if until is not None:
        yield until


def last_day(on: date | None) -> date | None:
    """The last day of an epoch whose successor begins on `on`."""
    return on - timedelta(days=1) if on else None

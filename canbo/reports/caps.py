"""How many deputies the articles allow, found by asking them: no figure of theirs stands here.

An article says whether a number is kept. The cap is the greatest number that it still lets pass, looked for by halving;
which kind of organization is which body of the articles says `rulebook/vn/deputies.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

import yaml
from django.conf import settings

from canbo.registry.facts import born
from canbo.rules import corpus
from canbo.rules.corpus import Corpus
from canbo.rules.explain import ArticleVerdict, explain, find_values
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.schema import Fact

TOPIC = "deputies"
DEADLINE = "deputies_deadline"
EACH, TOGETHER = "deputies.count", "deputies.total"
MOST = 1 << 20
KEPT = 4096
_KEPT: dict[tuple[object, ...], Cap] = {}
Value = str | int | bool
Facts = tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Cap:
    """The most that the articles allow together.

    number   the least of `by`; None where no article that can be judged sets one, or `between` says from what to what
    by       article -> the most that it allows, the tightest first
    unsaid   article -> the facts without which it cannot be judged
    between  the least and the most, where one answer of yes or no is missing
    """

    number: int | None
    by: tuple[tuple[str, int], ...]
    unsaid: tuple[tuple[str, tuple[str, ...]], ...] = ()
    between: tuple[int, int] | None = None

    @property
    def binding(self) -> tuple[str, ...]:
        """The articles that set the number."""
        return tuple(name for name, most in self.by if most == self.number)


@dataclass(frozen=True)
class Deadline:
    """A day by which numbers of deputies must conform, the article that says so, and the level of its issuer."""

    day: date
    article: str
    level: int

    def to_dict(self, language: str) -> dict[str, Any]:
        source = law().articles[self.article].source
        return {
            "date": self.day.isoformat(), "article": self.article, "citation": source.cite(language), "level": self.level,
        }  # fmt: skip


def law() -> Corpus:
    """The rulebook that decides."""
    return corpus.opened(settings.CANBO_RULEBOOK)


@lru_cache(maxsize=1)
def bodies() -> Mapping[str, Any]:
    """`deputies.yaml`: kinds of organization as bodies of the articles."""
    text = (settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "deputies.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]


def deadlines(*, on: date) -> list[Deadline]:
    """The days that the articles in force set, the first to bind first: they need not agree. None where no article sets one yet."""
    if not any(article.gives == DEADLINE for article in law().in_force(on)):
        return []
    found = find_values(law(), name=DEADLINE, facts={}, on=on)
    told = [
        Deadline(each.ruling.value, each.id, each.ruling.article.level) for each in found if isinstance(each.ruling.value, date)
    ]
    return sorted(told, key=lambda each: (each.day, each.level))


def cap(facts: Mapping[str, Value], *, asked: str, on: date, topic: str = TOPIC, book: Corpus | None = None) -> Cap:
    """The most that the articles in force on a topic allow of `asked` where `facts` hold: of deputies, `EACH` body or
    `TOGETHER` over a set. `book`: the rulebook, for whoever asks thousands of times."""
    book = book or law()
    told = tuple(sorted(facts.items()))
    found = _cap(book, told, asked, on, topic)
    if found.number is not None or not found.unsaid:
        return found
    missing = {name for _article, names in found.unsaid for name in names}
    for name in sorted(missing):
        if book.facts[name].type.kind == "bool":
            ends = [_cap(book, (*told, (name, answer)), asked, on, topic).number for answer in (False, True)]
            known = [end for end in ends if end is not None]
            if len(known) == 2:
                return Cap(None, found.by, found.unsaid, (min(known), max(known)))
    return found


class Pensions:
    """The first day of the pension of anybody, by the rulebook of a day: it depends on sex and month of birth alone."""

    def __init__(self, on: date) -> None:
        self.book, self.on = law(), on
        self._articles = [article for article in self.book.in_force(on) if article.gives == "pension_from"]
        self._kept: dict[tuple[str | None, int, int, str | None], date | None] = {}

    def first_day(self, sex: str | None, day: date | None, precision: str | None) -> date | None:
        """None where the rulebook cannot say: sex or birth is too little known."""
        if day is None:
            return None
        key = (sex, day.year, day.month, precision)
        if key not in self._kept:
            facts = {"person.sex": Fact(sex), "person.born": Fact(born(day.replace(day=1), precision))}
            rulings = [judge(article, Scene(self.book, facts, self.on)) for article in self._articles]
            self._kept[key] = next((ruling.value for ruling in rulings if isinstance(ruling.value, date)), None)
        return self._kept[key]


def later(topic: str, *, on: date) -> list[date]:
    """The days after `on` from which another article on a topic holds."""
    return sorted({article.start for article in law().articles.values() if article.topic == topic and article.start > on})


def _cap(book: Corpus, facts: Facts, asked: str, on: date, topic: str) -> Cap:
    key = (book.hash, facts, asked, on, topic)
    if key not in _KEPT:
        if len(_KEPT) >= KEPT:
            _KEPT.clear()
        _KEPT[key] = _found(book, facts, asked, on, topic)
    return _KEPT[key]


def _found(book: Corpus, facts: Facts, asked: str, on: date, topic: str) -> Cap:
    told = {name: Fact(value) for name, value in facts}

    @cache
    def at(number: int) -> Mapping[str, ArticleVerdict]:
        """What each article says of that number."""
        verdict = explain(book, topic=topic, facts={**told, asked: Fact(number)}, on=on, changes=False)
        return {each.id: each for each in verdict.articles}

    by, unsaid = {}, {}
    high = book.facts[asked].high
    most = min(MOST, high) if isinstance(high, int) else MOST
    for article, said in at(most).items():
        if said.outcome == "fail":
            by[article] = _greatest(lambda number, article=article: at(number)[article].outcome != "fail", most)  # type: ignore[misc]
        elif said.outcome == "unknown" and asked in {used.spec.name for used in said.facts}:
            unsaid[article] = tuple(lacking.spec.name for lacking in said.missing)
    tightest = sorted(by.items(), key=lambda item: (item[1], item[0]))
    return Cap(tightest[0][1] if tightest else None, tuple(tightest), tuple(sorted(unsaid.items())))


def _greatest(passes: Callable[[int], bool], most: int) -> int:
    """The greatest number below `most` that passes, where `most` does not; 0 where none does."""
    low, high = 0, 1
    while passes(high):
        low, high = high, min(high * 2, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    return low

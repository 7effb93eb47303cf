"""Ways to read one text, regimes and the fair order: `evaluation.yaml` beside the rulebook; and a figure by a chosen reading.

A reading is an article that gives the same figure as another: the superior one is used unless a body chose otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.explain import ArticleVerdict
from canbo.rules.judge import judge
from canbo.rules.kleene import UNKNOWN, Scene
from canbo.rules.reading import Part, read
from canbo.rules.schema import Texts

FILE = "evaluation.yaml"


@dataclass(frozen=True)
class Way:
    """One way of reading: the articles that it rests on."""

    name: str
    title: Texts
    articles: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What can be read in more than one way; the first way is the one that is used where nobody chose."""

    name: str
    title: Texts
    ways: Mapping[str, Way]

    @property
    def usual(self) -> str:
        """The name of the first way."""
        return next(iter(self.ways))


@dataclass(frozen=True)
class Regime:
    """By whose rules a grade is given; `points`: from products, by the unit's own regulation, or by the Party's own form."""

    name: str
    title: Texts
    category: str
    points: str
    seen: Texts


@dataclass(frozen=True)
class Ways:
    """All that evaluation.yaml says."""

    questions: Mapping[str, Question]
    regimes: Mapping[str, Regime]
    order: Mapping[str, Texts]

    def names(self) -> dict[str, tuple[str, ...]]:
        """The ways of each question by name."""
        return {name: tuple(question.ways) for name, question in self.questions.items()}

    def chosen(self, ways: Mapping[str, str]) -> tuple[str, ...]:
        """Ids of the articles that prevail where a body follows these ways; later questions prevail over earlier."""
        picked = [question.ways[ways.get(name, question.usual)].articles for name, question in self.questions.items()]
        usual = [question.usual == ways.get(name, question.usual) for name, question in self.questions.items()]
        # What was chosen goes before what is usual: the usual way of one question must not undo the choice of another.
        ranked = sorted(zip(usual, picked, strict=True), key=lambda each: each[0])
        return tuple(article for _, articles in reversed(ranked) for article in articles)[::-1]


@lru_cache(maxsize=8)
def ways_of(path: Path) -> Ways:
    """The readings of a rulebook, by its folder."""
    part = read(path / FILE, root=path)
    part.only(("readings", "regimes", "order"))
    questions = {name: _question(name, each) for name, each in part.at("readings").parts()}
    regimes = {
        name: Regime(name, each.at("title").said(), each.at("category").text(), each.at("points").text(), each.at("seen").said())
        for name, each in part.at("regimes").parts()
    }
    order = {each.at("figure").text(): each.at("title").said() for each in part.at("order").items()}
    return Ways(questions, regimes, order)


def _question(name: str, part: Part) -> Question:
    part.only(("question", "ways"))
    ways = {
        way: Way(way, each.at("title").said(), tuple(item.text() for item in each.at("articles").items()))
        for way, each in part.at("ways").parts()
    }
    return Question(name, part.at("question").said(), ways)


@dataclass
class Judged:
    """What articles say of facts, judged once: readings differ in which article prevails, not in what each says."""

    law: Corpus
    days: dict[date, Mapping[str, Sequence[Article]]] = field(default_factory=dict)
    said: dict[Any, list[ArticleVerdict]] = field(default_factory=dict)

    def givers(self, on: date) -> Mapping[str, Sequence[Article]]:
        """Articles in force on a day by the figure that they give, superior issuers first."""
        found = self.days.get(on)
        if found is None:
            gathered: dict[str, list[Article]] = {}
            for article in self.law.in_force(on):
                gathered.setdefault(article.gives, []).append(article)
            found = self.days[on] = gathered
        return found

    def applying(self, name: str, facts: Mapping[str, object], on: date) -> list[ArticleVerdict]:
        """What every article that gives the figure and applies says of the facts on a day."""
        # 1 and 1.0 are the same to an article, and not the same to who reads what it was worked out from.
        key = (name, on, tuple((fact, type(it), str(it) if isinstance(it, Decimal) else it) for fact, it in facts.items()))
        try:
            known = self.said.get(key)
        except TypeError:  # facts that hold lists are judged each time
            return self._judge(name, facts, on)
        if known is None:
            known = self.said[key] = self._judge(name, facts, on)
        return known

    def _judge(self, name: str, facts: Mapping[str, object], on: date) -> list[ArticleVerdict]:
        scene = Scene(self.law, facts, on)  # type: ignore[arg-type]
        found = [ArticleVerdict(judge(article, scene), False) for article in self.givers(on).get(name, ())]
        return [verdict for verdict in found if verdict.outcome != "not_applicable"]


@dataclass
class Reader:
    """Figures of one rulebook on one day by chosen readings; remembers which articles it used, in the order of their use.

    judged  what was judged already, to be shared by readers of the same case
    """

    law: Corpus
    on: date
    chosen: Sequence[str] = ()
    used: dict[str, ArticleVerdict] = field(default_factory=dict)
    judged: Judged = None  # type: ignore[assignment]  # its own, where none is shared

    def __post_init__(self) -> None:
        if self.judged is None:
            self.judged = Judged(self.law)

    @property
    def givers(self) -> Mapping[str, Sequence[Article]]:
        """Articles in force on the day by the figure that they give, superior issuers first."""
        return self.judged.givers(self.on)

    def all(self, name: str, facts: Mapping[str, object]) -> list[ArticleVerdict]:
        """What every article that applies says, the chosen one first; none where none gives the figure on that day."""
        if not self.gives(name):
            return []
        rank = {article: number for number, article in enumerate(self.chosen)}
        return sorted(self.judged.applying(name, facts, self.on), key=lambda verdict: rank.get(verdict.id, len(rank)))

    def gives(self, name: str) -> bool:
        """Whether an article in force on the day gives the figure."""
        return name in self.givers

    def find(self, name: str, facts: Mapping[str, object]) -> ArticleVerdict | None:
        """The figure by the prevailing article; None where none applies to the case."""
        found = next(iter(self.all(name, facts)), None)
        if found is not None:
            self.used.setdefault(found.id, found)
        return found


def exact(verdict: ArticleVerdict | None) -> Decimal | None:
    """The figure of a verdict as a decimal number; None where it is not known."""
    if verdict is None or verdict.outcome != "value":
        return None
    value = verdict.ruling.value
    if value is UNKNOWN or not isinstance(value, int):
        return None
    return Decimal(value).scaleb(-verdict.ruling.article.places)


def missing(verdict: ArticleVerdict | None) -> list[str]:
    """Names of the facts that still matter to it."""
    return list(dict.fromkeys(entry.spec.base for entry in verdict.missing)) if verdict is not None else []


def plain(number: Decimal | None) -> str:
    """A number without zeros that say nothing; a dash where it is not known."""
    if number is None:
        return "–"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

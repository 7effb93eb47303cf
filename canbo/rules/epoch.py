"""One epoch of one topic, as the questions see it: what is in force, and what has not been asked yet.

A question hands over the articles it is about (one, a pair, a group) as a *unit*. A unit whose articles say
the same as in an earlier epoch is not asked again; what was found of it then still stands.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.epochs import HORIZON, version
from canbo.rules.precedence import Precedence, between
from canbo.rules.regions import Claim, Facts, NotDecided, Regions
from canbo.rules.syntax import facts_in, inline
from canbo.rules.witness import Case, Given
from canbo.rules.words import Message


@dataclass(frozen=True)
class Found:
    """What a question found, before it is confirmed.

    holds     whether a case shows it, asked of the deciding reader; None where it is about no case
    rises     the fact that rises and by how much, where two cases are compared
    boundary  the fact at whose point two articles meet, and whether both or neither hold there
    moved     what is otherwise in a second case, which the second article is asked about
    """

    kind: str
    articles: tuple[Article, ...]
    facts: Mapping[str, Given] | Facts = field(default_factory=dict)
    holds: Callable[[Case], bool] | None = None
    why: Message | None = None
    rises: tuple[str, int] | None = None
    boundary: tuple[str, str] | None = None
    moved: Mapping[str, Given] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """Pairs to ask about: every left with every right that is wanted, and what each claims.

    tag  names the question, for what has been asked and for what was not decided
    """

    tag: str
    lefts: Sequence[Article]
    rights: Sequence[Article]
    wanted: Callable[[Article, Article], bool]
    left: Callable[[Article], Claim]
    right: Callable[[Article], Claim]


@dataclass
class Ledger:
    """What is carried from epoch to epoch of one topic.

    seen       units asked about, in any epoch
    versions   what articles say, numbered as it comes up: units are compared in every epoch
    only       ids of articles; units without any of them are not asked, None asks all
    """

    corpus: Corpus
    topic: str
    order: tuple[str, ...]
    only: frozenset[str] | None = None
    seen: set[Hashable] = field(default_factory=set)
    undecided: dict[tuple[str, tuple[str, ...]], date] = field(default_factory=dict)
    narrower: dict[Hashable, bool] = field(default_factory=dict)
    subjects: dict[str, frozenset[str]] = field(default_factory=dict)
    versions: dict[Hashable, int] = field(default_factory=dict)
    pairs: int = 0


class Epoch:
    """The articles of one topic in force on the first day of an epoch."""

    def __init__(self, ledger: Ledger, articles: Sequence[Article], on: date) -> None:
        self.ledger = ledger
        self.corpus = ledger.corpus
        self.topic = ledger.topic
        self.on = on
        self.articles = sorted((each for each in articles if each.in_force(on)), key=lambda article: (article.level, article.id))
        versions = ledger.versions
        self.versions = {each.id: versions.setdefault(version(self.corpus, each, on), len(versions)) for each in self.articles}
        self.present: set[Hashable] = set()
        self.unit: Hashable = None

    @cached_property
    def regions(self) -> Regions:
        """The articles as regions, made when first asked about."""
        return Regions(self.corpus, self.articles, self.on)

    def of(self, *effects: str) -> list[Article]:
        """The articles with one of these effects."""
        return [each for each in self.articles if each.effect in effects]

    # ---- units

    def fresh(self, tag: str, group: Sequence[Article], name: str = "") -> bool:
        """Whether this group has not been asked about in these versions; it is the unit from here on."""
        only = self.ledger.only
        if only is not None and not any(each.id in only for each in group):
            return False
        self.unit = (tag, name, *(self.versions[each.id] for each in group))
        self.present.add(self.unit)
        new = self.unit not in self.ledger.seen
        self.ledger.seen.add(self.unit)
        return new

    def single(self, articles: Iterable[Article], tag: str = "single") -> Iterator[Article]:
        """Each article that has not been asked about."""
        for article in articles:
            if self.fresh(tag, (article,)):
                yield article

    def both(self, pairs: Iterable[tuple[Article, ...]], tag: str) -> Iterator[tuple[Article, Article]]:
        """Each pair that has not been asked about."""
        for one, other in pairs:
            if self.fresh(tag, (one, other)):
                self.ledger.pairs += 1
                yield one, other

    def together(self, grid: Grid) -> Iterator[tuple[Article, Article, Facts]]:
        """Every wanted pair of articles whose claims can hold of one case, with the facts of such a case."""
        units = self._wanted(grid)
        for row, column, facts in self._pairs(grid, units):
            self.unit = units[row, column]
            yield grid.lefts[row], grid.rights[column], facts

    def apart(self, grid: Grid) -> Iterator[tuple[Article, Article]]:
        """Every wanted pair of articles whose claims are proved to hold of no case together."""
        units = self._wanted(grid)
        together = {(row, column) for row, column, _ in self._pairs(grid, units)}
        for row, column in sorted(units.keys() - together):
            left, right = grid.lefts[row], grid.rights[column]
            if (grid.tag, (left.id, right.id)) not in self.ledger.undecided:
                self.unit = units[row, column]
                yield left, right

    def _wanted(self, grid: Grid) -> dict[tuple[int, int], Hashable]:
        units: dict[tuple[int, int], Hashable] = {}
        for row, left in enumerate(grid.lefts):
            for column, right in enumerate(grid.rights):
                if left is not right and grid.wanted(left, right) and self.fresh(grid.tag, (left, right)):
                    units[row, column] = self.unit
        self.ledger.pairs += len(units)
        return units

    def _pairs(self, grid: Grid, units: Mapping[tuple[int, int], Hashable]) -> Iterator[tuple[int, int, Facts]]:
        lefts = {row: grid.left(grid.lefts[row]) for row in sorted({row for row, _ in units})}
        rights = {column: grid.right(grid.rights[column]) for column in sorted({column for _, column in units})}

        def gave_up(row: int, column: int) -> None:
            self.undecided(grid.tag, (grid.lefts[row], grid.rights[column]))

        if units:
            yield from self.regions.pairs(lefts, rights, units, gave_up)

    # ---- asking

    def find(self, kind: str, articles: Sequence[Article], claim: Claim) -> dict[str, Given] | None:
        """A case in which a claim holds; None where there is none, or where it was not decided (which is listed)."""
        try:
            return self.regions.find(claim)
        except NotDecided:
            self.undecided(kind, articles)
            return None

    def impossible(self, kind: str, articles: Sequence[Article], claim: Claim) -> bool:
        """Whether a claim is proved to hold of no case."""
        try:
            return not self.regions.possible(claim)
        except NotDecided:
            self.undecided(kind, articles)
            return False

    def impossible_later(self, kind: str, article: Article) -> bool:
        """Whether an article is proved to reach nobody on the last day of its force, or of the horizon, either."""
        last = min(article.end or HORIZON[1], HORIZON[1]) - timedelta(days=1)
        later = Regions(self.corpus, [article], max(last, self.on), crowd=False)
        claim = later.grants(article) if article.effect in ("permit", "ground") else later.scope(article)
        try:
            return not later.possible(claim)
        except NotDecided:
            self.undecided(kind, (article,))
            return False

    def undecided(self, kind: str, articles: Sequence[Article]) -> None:
        """List a question that the solver gave up on."""
        self.ledger.undecided.setdefault((kind, tuple(each.id for each in articles)), self.on)

    def between(self, one: Article, other: Article) -> Precedence:
        """Which of two articles prevails."""
        return between(self.corpus, one, other, narrower=self.narrower, order=self.ledger.order)

    def narrower(self, one: Article, other: Article) -> bool:
        """Whether one scope is proved to lie strictly within another."""
        key = (self.versions[one.id], self.versions[other.id])
        if key not in self.ledger.narrower:
            inner, outer = self.regions.scope(one), self.regions.scope(other)
            try:
                known = not self.regions.possible(inner & ~outer) and self.regions.possible(outer & ~inner)
            except NotDecided:
                self.undecided("narrower", (one, other))
                known = False
            self.ledger.narrower[key] = known
        return self.ledger.narrower[key]

    def subject(self, article: Article) -> frozenset[str]:
        """The facts that an article's condition rests on, elements of a list by its name: what it is about."""
        known = self.ledger.subjects.get(article.id)
        if known is None:
            steps = {name: step.node for name, step in article.steps.items()}
            found = facts_in(inline(article.condition, steps))
            if not found and article.scope is not None:
                found = facts_in(inline(article.scope, steps))
            known = self.ledger.subjects[article.id] = frozenset(name.partition("[")[0] for name in found)
        return known

    def same_matter(self, one: Article, other: Article) -> bool:
        """Whether two articles are about the same: at least half of all facts of their conditions are in both."""
        left, right = self.subject(one), self.subject(other)
        return 2 * len(left & right) >= len(left | right) > 0

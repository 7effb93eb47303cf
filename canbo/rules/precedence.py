"""Which of two articles gives way, and by which maxim.

The order of the maxims is data (`order` in precedence.yaml). Two families of rules never give way to
each other: both must be passed. Where the maxims of narrower scope and of later date point in opposite
directions, nothing is guessed: no article gives way, and the prover reports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.reading import read

# declared: it lifts the other by name; superior_level: its issuer is superior; narrower_scope: its scope is
# proved to lie within the other's; later_date: it was issued later. The last two speak only between equals.
ORDER = ("declared", "superior_level", "narrower_scope", "later_date")
_TWINS = {"narrower_scope": "later_date", "later_date": "narrower_scope"}
Narrower = Callable[[Article, Article], bool]


@dataclass(frozen=True)
class Precedence:
    """The outcome: `winner` prevails `by` a maxim; without a winner, `by` says why there is none.

    by  one of ORDER; "families": both must be passed; "disagree": maxims point both ways; "none": none speaks
    """

    winner: Article | None
    by: str


def order_of(corpus: Corpus) -> tuple[str, ...]:
    """The maxims in the order of the rulebook's precedence.yaml; the usual order where it names none."""
    file = corpus.path / "precedence.yaml"
    entry = read(file, root=corpus.path).find("order") if file.is_file() else None
    return tuple(item.choice(ORDER) for item in entry.items()) if entry else ORDER


def between(corpus: Corpus, one: Article, other: Article, *, narrower: Narrower, order: tuple[str, ...] = ORDER) -> Precedence:
    """Which of two opposing articles prevails.

    narrower  whether the first article's scope is proved to lie strictly within the second's
    """
    if corpus.family(one) != corpus.family(other):
        return Precedence(None, "families")
    for maxim in order:
        winner = _winner(maxim, one, other, narrower)
        if winner is None:
            continue
        twin = _TWINS.get(maxim)
        against = _winner(twin, one, other, narrower) if twin in order else None
        return Precedence(winner, maxim) if against in (None, winner) else Precedence(None, "disagree")
    return Precedence(None, "none")


def _winner(maxim: str, one: Article, other: Article, narrower: Narrower) -> Article | None:
    if maxim == "declared":
        # An exception by a lower body binds only where the superior allows it, so it does not count here.
        if other.id in one.lifts and one.level <= other.level:
            return one
        return other if one.id in other.lifts and other.level <= one.level else None
    if maxim == "superior_level":
        return None if one.level == other.level else min(one, other, key=lambda article: article.level)
    if one.level != other.level:
        return None
    if maxim == "narrower_scope":
        return one if narrower(one, other) else (other if narrower(other, one) else None)
    return None if one.issued == other.issued else max(one, other, key=lambda article: article.issued)

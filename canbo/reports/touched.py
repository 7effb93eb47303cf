"""Whom an article touches now: of those who serve, how many it would pass, refuse, or cannot tell.

Each is asked as if named today for the post that he or she holds. Only counts come out, and no count that tells of
fewer than `FEWEST` people: such a group is said to be small, and where it could be worked out from the others, the
largest of these is rounded.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from canbo.registry import fact_columns, fact_frames
from canbo.reports import counts
from canbo.rules import columns
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.lower import lower

FEWEST = 5
GROUPS = ("pass", "fail", "unknown", "not_applicable")


@dataclass(frozen=True)
class Group:
    """One outcome: how many people (None: some, but fewer than FEWEST) and whether that is rounded to tens."""

    outcome: str
    people: int | None
    rounded: bool = False


@dataclass(frozen=True)
class Touched:
    """The answer for one article.

    groups    in the order of GROUPS; empty where the register holds no fact that the article asks about
    lacking   facts that the article asks about and the register does not hold as columns
    """

    groups: tuple[Group, ...]
    lacking: tuple[str, ...]


def can_be_asked(corpus: Corpus, article: Article) -> bool:
    """Whether an article is about persons and decides something: others touch nobody whom one could count."""
    topic = corpus.subjects.get(article.topic)
    return article.effect != "value" and not article.off and (topic is None or topic.entity == "person")


def touched(corpus: Corpus, article: Article, *, on: date, within: Collection[int] | None) -> Touched:
    """Count the people who serve in the organizations `within` (None: anywhere) by what the article says of them.

    The transaction must see as far as the asker may count; the people counted are read whole, and only counts come out.
    """
    if within is None:
        people = fact_columns.people(on)
    else:
        with counts.counting(within) as seen:
            people = fact_columns.people(on, within=seen)
    people = people.chosen(people.raw["post"] != fact_columns.NONE)
    held = people.in_office(corpus)
    lowered = lower(corpus, article, on, columns=list(held))
    known = {name.removesuffix(".lo").removesuffix(".hi").removesuffix(".month") for name in held}
    asked = sorted(article.facts())
    lacking = tuple(name for name in asked if name not in known)
    if not fact_frames.asked_of([lowered]) or not len(people):
        return Touched((), lacking)
    [count] = columns.scan([lowered], fact_frames.frame(held, [lowered]))
    return Touched(guarded((count.passed, count.failed, count.unknown, count.not_applicable)), lacking)


def guarded(tally: tuple[int, ...]) -> tuple[Group, ...]:
    """Counts that tell of no small group, not even by subtraction from how many there are in all."""
    small = [0 < count < FEWEST for count in tally]
    largest = max(range(len(tally)), key=lambda place: tally[place])
    rounds = sum(small) == 1 and not small[largest]
    return tuple(
        Group(outcome, None)
        if small[place]
        else Group(outcome, round(count, -1) if rounds and place == largest else count, rounds and place == largest)
        for place, (outcome, count) in enumerate(zip(GROUPS, tally, strict=True))
    )

"""Opinions from many sides: `sides.yaml` beside the rulebook. What is asked, of which sides, and from how many answers on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from canbo.rules.reading import read
from canbo.rules.schema import Texts

FILE = "sides.yaml"


@dataclass(frozen=True)
class Asked:
    """One question: its words, and of which sides it is asked."""

    name: str
    title: Texts
    sides: tuple[str, ...]


@dataclass(frozen=True)
class Sides:
    """How opinions are gathered.

    least    answers of a side from which anything is said of it
    most     people of a side who are asked about one person
    days     the longest that a round is open
    low, high the scale; `letters` the longest text beside the marks
    """

    source: Texts
    least: int
    most: int
    days: int
    low: int
    high: int
    letters: int
    titles: Mapping[str, Texts]
    questions: Mapping[str, Asked]

    def of(self, side: str) -> list[str]:
        """The questions that are asked of a side, in their order."""
        return [name for name, question in self.questions.items() if side in question.sides]


@lru_cache(maxsize=8)
def sides_of(path: Path) -> Sides:
    """What a rulebook, by its folder, asks of many sides."""
    part = read(path / FILE, root=path)
    part.only(("source", "least", "most", "days", "scale", "letters", "sides", "questions"))
    scale = part.at("scale")
    titles = {name: each.said() for name, each in part.at("sides").parts()}
    questions = {
        name: Asked(name, each.at("title").said(), tuple(side.choice(tuple(titles)) for side in each.at("sides").items()))
        for name, each in part.at("questions").parts()
    }
    figures = {name: part.at(name).number() for name in ("least", "most", "days", "letters")}
    return Sides(
        part.at("source").said(), figures["least"], figures["most"], figures["days"], scale.at("low").number(),
        scale.at("high").number(), figures["letters"], titles, questions,
    )  # fmt: skip

"""What the rulebook decides about (topics.yaml), and who issues law, in which family and rank (precedence.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from canbo.rules.reading import Part
from canbo.rules.words import LANGUAGES

ENTITIES = ("person", "organization", "vote")


@dataclass(frozen=True)
class Topic:
    """One kind of decision or figure.

    entity  what is asked about: a person (in a post or not), an organization, a vote
    total   whether every case must be covered by some article: a case without one is a gap
    chapter the heading under which its articles are read
    """

    name: str
    title: Mapping[str, str]
    entity: str
    total: bool
    chapter: Mapping[str, str]


@dataclass(frozen=True)
class Body:
    """A body that issues law: its family (such as party, state) and its level in it, 1 the highest."""

    name: str
    family: str
    level: int
    title: Mapping[str, str]


def load_topics(part: Part) -> dict[str, Topic]:
    """Read topics.yaml."""
    return {name: _topic(name, entry) for name, entry in part.parts()}


def _topic(name: str, part: Part) -> Topic:
    part.only(("title", "entity", "total", "chapter"))
    entity, total = part.find("entity"), part.find("total")
    return Topic(
        name=name,
        title=part.at("title").said(need=LANGUAGES),
        entity=entity.choice(ENTITIES) if entity else "person",
        total=total.flag() if total else False,
        chapter=part.at("chapter").said(need=LANGUAGES),
    )


def load_bodies(part: Part) -> dict[str, Body]:
    """Read the bodies of precedence.yaml."""
    return {name: _body(name, entry) for name, entry in part.parts()}


def _body(name: str, part: Part) -> Body:
    part.only(("family", "level", "title"))
    return Body(
        name=name,
        family=part.at("family").text(),
        level=part.at("level").number(),
        title=part.at("title").said(need=LANGUAGES),
    )

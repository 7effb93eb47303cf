"""What a published grade opens: `consequences.yaml` beside the rulebook, one entry for each thing that may follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from canbo.rules.procedure import Norm
from canbo.rules.provenance import Source, load_source
from canbo.rules.reading import Part, read
from canbo.rules.schema import Texts

FILE = "consequences.yaml"
NAMES = (
    "title", "of", "grades", "asks", "implies", "figure", "is", "planned", "ordered", "procedure", "norm", "source",
)  # fmt: skip


@dataclass(frozen=True)
class Consequence:
    """One thing that may follow from a grade.

    of, grades  of which kinds of period and which grades
    asks        the topic whose grounds are asked, with `implies`; figure, value: else what an article must give
    planned     of whoever stands in a succession plan; ordered: told of a body in the order of results
    procedure   which case it opens, "" where the register has none; norm: until when it is decided, where the law says so
    source      the text, where no article of its own is asked
    """

    name: str
    title: Texts
    of: tuple[str, ...]
    grades: tuple[str, ...]
    asks: str = ""
    implies: Mapping[str, object] = field(default_factory=dict)
    figure: str = ""
    value: str = ""
    planned: bool = False
    ordered: bool = False
    procedure: str = ""
    norm: Norm | None = None
    source: Source | None = None


@lru_cache(maxsize=8)
def consequences_of(path: Path) -> Mapping[str, Consequence]:
    """What follows from grades by a rulebook, by its folder."""
    return {name: _one(name, each) for name, each in read(path / FILE, root=path).parts()}


def _one(name: str, part: Part) -> Consequence:
    part.only(NAMES)

    def word(entry: str) -> str:
        found = part.find(entry)
        return found.text() if found else ""

    def flag(entry: str) -> bool:
        found = part.find(entry)
        return found.flag() if found else False

    implies, norm, source = part.find("implies"), part.find("norm"), part.find("source")
    return Consequence(
        name, part.at("title").said(), tuple(each.text() for each in part.at("of").items()),
        tuple(each.text() for each in part.at("grades").items()), word("asks"), dict(implies.mapping()) if implies else {},
        word("figure"), word("is"), flag("planned"), flag("ordered"), word("procedure"),
        next((Norm(number.number(), unit) for unit, number in norm.parts()), None) if norm else None,
        load_source(source) if source else None,
    )  # fmt: skip

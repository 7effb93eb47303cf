"""Who manages whom, as law: which body proposes, verifies and decides on a post, read from `authority/powers.yaml`;
and the figures by which a conflict of interest is found, from `authority/conflict.yaml`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from canbo.rules.corpus import find
from canbo.rules.provenance import HEARSAY, Source, load_source
from canbo.rules.reading import Part, read
from canbo.rules.words import LANGUAGES

FOLDER = "authority"
ACTS = ("appoint", "dismiss", "suspend")
# A body as an entry names it, seen from the post; what each is in the register says registry/deciding.py.
BODIES = ("own", "manager", "superior", "party", "council")
FORMS = ("collective", "head")
OF_A_POST = ("title_kind", "standing", "level", "structure")


@dataclass(frozen=True)
class Power:
    """Who proposes, verifies and decides on the posts that fit, from a day on, until a day (None: still).

    kinds  what a post must be: title_kind, standing, level, structure; a key that is missing fits every post
    form   collective: the body decides together; head: its head decides alone
    """

    name: str
    title: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]
    acts: frozenset[str]
    proposes: str
    verifies: str
    decides: str
    form: str
    start: date
    end: date | None
    source: Source

    @property
    def on(self) -> bool:
        """Whether it is applied; what nobody has read is shown and switched off."""
        return self.source.mark != HEARSAY

    def fits(self, act: str, post: Mapping[str, object], on: date) -> bool:
        """Whether it says who does `act` to such a post on a day."""
        in_force = self.start <= on and (self.end is None or on < self.end)
        return in_force and act in self.acts and all(str(post[kind]) in among for kind, among in self.kinds.items())


@dataclass(frozen=True)
class Figure:
    """A figure that the law sets, each step with its first day."""

    name: str
    steps: Sequence[tuple[date, int]]
    source: Source

    def at(self, on: date) -> int | None:
        """The figure on a day; None before the first."""
        number = bisect_right([day for day, _value in self.steps], on) - 1
        return None if number < 0 else self.steps[number][1]


def power(act: str, post: Mapping[str, object], on: date, *, name: str = "vn") -> Power | None:
    """The entry that says who does `act` (appoint, dismiss, suspend) to a post of these kinds on a day, or None.

    Raises KeyError for an act that the rulebook does not know.
    """
    if act not in ACTS:
        raise KeyError(act)
    return next((each for each in powers(name) if each.on and each.fits(act, post, on)), None)


@cache
def powers(name: str = "vn") -> tuple[Power, ...]:
    """All entries in the order in which they are tried, those switched off too."""
    return tuple(_power(entry, part) for entry, part in _read(name, "powers").parts())


@cache
def figures(name: str = "vn") -> Mapping[str, Figure]:
    """The figures by name: kin_degree, declaration_months, appeal_days."""
    return {entry: _figure(entry, part) for file in ("conflict", "appeals") for entry, part in _read(name, file).parts()}


def _read(name: str, file: str) -> Part:
    root: Path = find(name)
    return read(root / FOLDER / f"{file}.yaml", root=root)


def _power(name: str, part: Part) -> Power:
    part.only(("title", "for", "acts", "proposes", "verifies", "decides", "form", "effective", "source"))
    kinds, effective = part.at("for"), part.at("effective")
    kinds.only(OF_A_POST)
    end = effective.find("to")
    return Power(
        name=name,
        title=part.at("title").said(need=LANGUAGES),
        kinds={kind: frozenset(each.text() for each in among.items()) for kind, among in kinds.parts()},
        acts=frozenset(each.choice(ACTS) for each in part.at("acts").items()),
        proposes=part.at("proposes").choice(BODIES),
        verifies=part.at("verifies").choice(BODIES),
        decides=part.at("decides").choice(BODIES),
        form=part.at("form").choice(FORMS),
        start=effective.at("from").day(),
        end=None if end is None or end.data is None else end.day(),
        source=load_source(part.at("source")),
    )


def _figure(name: str, part: Part) -> Figure:
    part.only(("title", "unit", "steps", "source"))
    part.at("title").said(need=LANGUAGES)
    steps = [(step.at("from").day(), step.at("value").number()) for step in part.at("steps").items()]
    return Figure(name, sorted(steps), load_source(part.at("source")))

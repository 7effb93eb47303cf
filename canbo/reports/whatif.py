"""What if the law said something else: whose verdicts would change, how many, by article and by level.

    ground = Ground(people, law)              the people asked about, held ready for many questions
    found = ask(ground, other_law)            every verdict that moves, from what to what

Each is asked as if named today for the post that he or she holds. Where the compiler is installed a scan of millions
takes some milliseconds, and another figure is another scan, not another program; else Polars reads the same trees.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canbo.registry import fact_frames
from canbo.registry.fact_columns import Column, People
from canbo.rules import columns, ir, kernel, kernel_lines
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.epochs import parameters_of
from canbo.rules.lower import Lowered, Lowering
from canbo.rules.params import AgeReached, Figure, Key, Table, scaled
from canbo.rules.words import error

OUTCOMES = ("pass", "fail", "unknown", "not_applicable")
Rows = NDArray[np.int64]
Move = tuple[str, str]
#: Groups that tell of fewer people than this are told only as "fewer", to whom may not know their names.
FEWEST = 5


class Ground:
    """People in office on a day, with the law as it is: made once, asked often.

    patient  whether a question may wait until its program is compiled; else Polars answers meanwhile
    """

    def __init__(self, people: People, law: Corpus, *, patient: bool = True) -> None:
        self.patient = patient
        self.people, self.law, self.on = people, law, people.on
        self.held: Mapping[str, Column] = people.in_office(law) if len(people) else {}
        self._before: dict[tuple[str, ...], _Verdicts] = {}

    @cached_property
    def known(self) -> frozenset[str]:
        """Names of the facts that the register holds as columns."""
        return frozenset(name.removesuffix(".lo").removesuffix(".hi").removesuffix(".month") for name in self.held)

    def lower(self, law: Corpus, names: Sequence[str]) -> dict[str, Lowered]:
        """Articles in the common form; one that is not in force applies to nobody."""
        lowering, found = Lowering(law, self.on, {}, list(self.held)), {}
        for name in names:
            article = law.articles.get(name)
            if article is not None and article.in_force(self.on):
                found[name] = lowering.article(article)
        return found

    def verdicts(self, lowered: Mapping[str, Lowered]) -> _Verdicts:
        """What these articles say of everybody."""
        return _Verdicts(lowered, self.held, len(self.people), self.patient)

    def before(self, lowered: Mapping[str, Lowered]) -> _Verdicts:
        """The same under the law as it is, kept from question to question."""
        key = tuple(lowered)
        if key not in self._before:
            if len(self._before) >= 8:
                self._before.clear()
            self._before[key] = self.verdicts(lowered)
        return self._before[key]


class _Verdicts:
    """Who has which outcome, as bits: one for each person, person 0 lowest."""

    def __init__(self, lowered: Mapping[str, Lowered], held: Mapping[str, Column], size: int, patient: bool) -> None:
        self.size, self.names = size, frozenset(lowered)
        asked = list(lowered.values())
        self._bits: dict[tuple[str, str], NDArray[np.uint64]] = {}
        self._found: kernel.Found | None = None
        if not asked or not size:
            return
        if kernel.available() and fact_frames.asked_of(asked):
            snapshot = fact_frames.snapshot(held, asked)
            if patient or kernel.ready(asked, snapshot):
                self._found = kernel.scan(asked, snapshot)
                return
            kernel.prepare(asked, snapshot)
        told = columns.verdicts(asked, fact_frames.frame(held, asked))
        for name in lowered:
            words = told[name]
            for outcome in OUTCOMES:
                self._bits[name, outcome] = _bits((words == outcome).to_numpy())

    def bits(self, name: str, outcome: str) -> NDArray[np.uint64]:
        """Who has this outcome; an article that is not there applies to nobody."""
        if name not in self.names or not self.size:
            return _bits(np.full(self.size, outcome == "not_applicable"))
        if (name, outcome) not in self._bits:
            assert self._found is not None
            self._bits[name, outcome] = self._found.bits(name, outcome)
        return self._bits[name, outcome]


def _bits(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    room = np.zeros(-(-max(len(flags), 1) // kernel_lines.BLOCK) * kernel_lines.BLOCK // 8, np.uint8)
    packed = np.packbits(flags, bitorder="little")
    room[: len(packed)] = packed
    return room.view(np.uint64)


@dataclass(frozen=True)
class Moved:
    """One article whose verdicts move: persons (as rows) by what they had and what they would have."""

    article: Article
    moves: Mapping[Move, Rows]

    @property
    def count(self) -> int:
        """How many verdicts move."""
        return sum(map(len, self.moves.values()))


@dataclass(frozen=True)
class Found:
    """The answer.

    articles  those with verdicts that move, most first
    still     articles that would say something else, but to nobody asked about
    seconds   how long lowering and scanning took
    """

    ground: Ground
    articles: tuple[Moved, ...]
    still: tuple[Article, ...]
    seconds: float

    @cached_property
    def moves(self) -> Mapping[Move, int]:
        """How many verdicts go from what to what."""
        return _summed(self.articles, len)

    @cached_property
    def rows(self) -> Rows:
        """The persons with at least one verdict that moves."""
        every = [rows for moved in self.articles for rows in moved.moves.values()]
        return np.unique(np.concatenate(every)) if every else np.zeros(0, np.int64)

    def levels(self) -> dict[int, dict[Move, int]]:
        """The same by the number of the level of the post held (facts.LEVELS; -1: none known)."""
        level, told = self.ground.people.raw["level"], dict[int, dict[Move, int]]()
        for moved in self.articles:
            for move, rows in moved.moves.items():
                for number, count in enumerate(np.bincount(level[rows].astype(np.int64) + 1).tolist()):
                    if count:
                        at = told.setdefault(number - 1, {})
                        at[move] = at.get(move, 0) + count
        return dict(sorted(told.items()))

    def of(self, row: int) -> list[tuple[Article, Move]]:
        """What moves for one person."""
        held = ((moved.article, move, rows) for moved in self.articles for move, rows in moved.moves.items())
        return [(article, move) for article, move, rows in held if _has(rows, row)]


def _has(rows: Rows, row: int) -> bool:
    place = int(np.searchsorted(rows, row))
    return place < len(rows) and int(rows[place]) == row


def _summed(articles: Sequence[Moved], size: Any) -> dict[Move, int]:
    told: dict[Move, int] = {}
    for moved in articles:
        for move, rows in moved.moves.items():
            told[move] = told.get(move, 0) + size(rows)
    return told


def ask(ground: Ground, other: Corpus, names: Sequence[str]) -> Found:
    """Which verdicts of the named articles move when `other` is the law. Names: `reading` or `around`."""
    start = time.perf_counter()
    before, after = ground.lower(ground.law, names), ground.lower(other, names)
    changed = [name for name in names if _trees(before.get(name)) != _trees(after.get(name))]
    old = ground.before({name: before[name] for name in changed if name in before})
    new = ground.verdicts({name: after[name] for name in changed if name in after})
    moved = [Moved((after.get(name) or before[name]).article, dict(_moves(old, new, name))) for name in changed]
    seconds = time.perf_counter() - start
    moving = sorted((each for each in moved if each.moves), key=lambda each: (-each.count, each.article.id))
    return Found(ground, tuple(moving), tuple(each.article for each in moved if not each.moves), seconds)


def _trees(one: Lowered | None) -> tuple[ir.Expr, ir.Expr] | None:
    return None if one is None else (one.applies, one.kept)


def _moves(old: _Verdicts, new: _Verdicts, name: str) -> Iterator[tuple[Move, Rows]]:
    for before in OUTCOMES:
        left = old.bits(name, before) & ~new.bits(name, before)
        if not left.any():
            continue
        for after in OUTCOMES:
            if after != before and (both := left & new.bits(name, after)).any():
                yield (before, after), kernel.numbers(both)


# ---- what may be changed


def reading(law: Corpus, parameter: str, on: date) -> list[str]:
    """Articles about persons in force on a day that read a figure, also through what is worked out from it, or are lifted by such."""
    worked_out = {parameter} | {name for name, item in law.parameters.items() if _from(item, parameter)}
    found = [article for article in law.in_force(on) if worked_out & parameters_of(law, article)]
    return around(law, [article.id for article in found], on)


def _from(item: object, parameter: str) -> bool:
    return isinstance(item, AgeReached) and item.table.name == parameter


def around(law: Corpus, names: Sequence[str], on: date) -> list[str]:
    """These articles and those that they may lift, as far as they decide about persons."""
    wider = [*names, *(lifted for name in names if name in law.articles for lifted in law.articles[name].lifts)]
    return [name for name in dict.fromkeys(wider) if name in law.articles and decides(law, law.articles[name])]


def decides(law: Corpus, article: Article) -> bool:
    """Whether an article says something about persons that can be counted."""
    topic = law.subjects.get(article.topic)
    return article.effect != "value" and not article.off and (topic is None or topic.entity == "person")


def changeable(law: Corpus, on: date, known: frozenset[str]) -> dict[str, bool]:
    """Names of tables that hold on a day and are read by such articles; whether the register holds all that one of these asks."""
    found: dict[str, bool] = {}
    for article in law.in_force(on):
        if decides(law, article):
            whole = all(name in known or law.facts[name].otherwise is not None for name in article.facts())
            for name in parameters_of(law, article):
                item = law.parameters[name]
                table = item.table if isinstance(item, AgeReached) else item
                if table.days[0] <= on and (table.until is None or on < table.until):
                    found[table.name] = found.get(table.name, False) or whole
    return found


@dataclass(frozen=True)
class Change:
    """One figure of a table in the step that holds on a day."""

    table: Table
    on: date
    key: Key
    figure: Figure

    @property
    def now(self) -> Figure:
        """What the law says."""
        return self.table.lookup(self.on, *self.key)

    def law(self, law: Corpus) -> Corpus:
        """The rulebook with the other figure."""
        if self.figure == self.now:
            return law
        name = self.table.name
        parameters = law.parameters.with_figure(name, self.on, self.key, self.figure)
        return replace(law, parameters=parameters, hash=f"{law.hash}?{name}[{','.join(self.key)}]@{self.on}={self.figure}")


def change(law: Corpus, parameter: str, on: date, key: Sequence[str], text: str) -> Change:
    """A change as somebody writes it. Raises RuleError with a sentence where there is no such table, key or figure."""
    table = law.parameters.get(parameter)
    if not isinstance(table, Table):
        raise error("whatif_no_table", name=parameter)
    wanted = tuple(key)
    table.lookup(on, *wanted)
    return Change(table, on, wanted, figure_of(table, text))


def figure_of(table: Table, text: str) -> Figure:
    """A written figure as the table holds it. Raises RuleError."""
    text = text.strip()
    match table.gives.kind:
        case "int":
            found = scaled(text, table.places)
            if found is not None and abs(found) < 10**12:
                return found
        case "bool" if text in ("true", "false"):
            return text == "true"
        case "date":
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass
        case "enum" if text in table.gives.values:
            return text
    expected = ", ".join(table.gives.values or ("true", "false")) if table.gives.kind in ("enum", "bool") else table.gives.say()
    raise error("whatif_no_figure", name=table.title, found=text[:40] or "–", expected=expected)


def written(table: Table, figure: Figure) -> str:
    """A figure as it is typed in."""
    if isinstance(figure, bool):
        return str(figure).lower()
    if isinstance(figure, int) and table.places:
        return f"{figure / 10**table.places:.{table.places}f}"
    return str(figure)


# ---- told to whom may count but not know who


def told(count: int, exact: bool) -> int | None:
    """A count for the reader: itself to whom may know the names, else to the nearest five; None: some, but fewer than five.

    Rounded, so that two questions a step apart do not tell of one person.
    """
    if exact or count == 0:
        return count
    return None if count < FEWEST else count // FEWEST * FEWEST


__all__ = [
    "Change",
    "Found",
    "Ground",
    "Moved",
    "around",
    "ask",
    "change",
    "changeable",
    "decides",
    "figure_of",
    "reading",
    "told",
    "written",
]

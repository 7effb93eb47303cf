"""From an article's tree to the common form (canbo/rules/ir.py), at a day.

Dates become two day numbers (the earliest and the latest that they can be), words become numbers, parameters
become tables, steps and legal defaults are put in where they are used, and what is the same for everybody
asked about folds away. What the lowered tree says is what canbo/rules/judge.py says; a property test holds them equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import product

import numpy as np

from canbo.rules import ir
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.dates import PartialDate, earliest, first_of_month, last_day, latest, month_index
from canbo.rules.dense import Dense, day_number
from canbo.rules.forms import (
    NO_NUMBER,
    OPERATIONS,
    Asked,
    Day,
    Form,
    Word,
    among_words,
    chosen,
    compared,
    constant_day,
    in_words,
    known_form,
    months_counted,
    tree,
    unknown_form,
)
from canbo.rules.ir import Expr
from canbo.rules.kleene import UNKNOWN, Scene
from canbo.rules.params import AgeReached, Figure, OutsideTable, Table
from canbo.rules.schema import Catalogue, Fact
from canbo.rules.schema import Value as Known
from canbo.rules.syntax import COMPARISONS, Node

# Months of birth for which a derived parameter is worked out where the catalogue does not say which there are.
_BIRTHS = (date(1900, 1, 1), date(2100, 12, 31))
# Articles whose not holding is no failure: they apply only where they are granted.
GRANTING = ("permit", "ground")


@dataclass(frozen=True)
class Lowered:
    """One article in the common form.

    applies    not applicable where it is false; permits that lift the article are already taken into account
    kept       where it is not false: pass, fail or unknown as this is true, false or unknown
    scope      the article's own scope, and
    condition  its own condition, before effect and permits: what the prover compares
    """

    article: Article
    applies: Expr
    kept: Expr
    scope: Expr
    condition: Expr


@dataclass(frozen=True)
class LoweredValue:
    """A figure in the common form: not applicable where `applies` is false, else `value`.

    `value` is an int, a truth value, the number of a word in `words`, or a day number; `kind` says which, in
    the kinds of the catalogue. A day known only to the month is unknown.
    """

    applies: Expr
    value: Expr
    kind: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column that trees read.

    kind   bool; int; enum (a number of `words`); day (days since 1970-01-01); month (year * 12 + month - 1)
    fact   the fact it comes from, an element of a list by its own name
    low, high  the range that the catalogue allows, in the column's own numbers; None where it sets none
    """

    name: str
    kind: str
    fact: str
    low: int | None = None
    high: int | None = None
    words: tuple[str, ...] = ()


def lower(
    corpus: Corpus,
    article: Article,
    on: date,
    *,
    fixed: Mapping[str, Fact | Known | None] | None = None,
    columns: Collection[str] | None = None,
) -> Lowered:
    """Lower an article that decides (require, forbid, permit, ground) at a day.

    fixed    facts that are the same for everybody asked about; None is unknown
    columns  names of the columns that there are, or None where every fact has its columns
    """
    return Lowering(corpus, on, fixed or {}, columns).article(article)


def lower_all(
    corpus: Corpus,
    topics: str | Sequence[str] | None,
    on: date,
    *,
    fixed: Mapping[str, Fact | Known | None] | None = None,
    columns: Collection[str] | None = None,
) -> list[Lowered]:
    """Lower every article in force on a day that decides on the topics (None: on any), in the corpus's order."""
    lowering = Lowering(corpus, on, fixed or {}, columns)
    wanted = (topics,) if isinstance(topics, str) else topics
    found = [article for article in corpus.in_force(on) if article.effect != "value"]
    return [lowering.article(article) for article in found if wanted is None or article.topic in wanted]


def lower_value(
    corpus: Corpus,
    article: Article,
    on: date,
    *,
    step: str = "",
    fixed: Mapping[str, Fact | Known | None] | None = None,
    columns: Collection[str] | None = None,
) -> LoweredValue:
    """Lower the figure that a value article gives, or one step of any article."""
    return Lowering(corpus, on, fixed or {}, columns).figure(article, step)


def columns_of(exprs: Iterable[Expr], facts: Catalogue) -> dict[str, Column]:
    """The columns that trees read, in order, each with its kind and range."""
    return {name: column_of(name, facts) for name in ir.columns(exprs)}


def column_of(name: str, facts: Catalogue) -> Column:
    """What a column holds, by its name."""
    fact, _, word = name.partition(":")
    if word:
        return Column(name, "bool", fact)
    part = fact.split(".")[2] if fact.count(".") == 2 else ""
    fact = fact.removesuffix(f".{part}") if part else fact
    spec = facts[fact]
    if part:
        turn = day_number if part in ("lo", "hi") else month_index
        low, high = (turn(end) if isinstance(end, date) else None for end in (spec.low, spec.high))
        return Column(name, "month" if part == "month" else "day", fact, low, high)
    if spec.type.kind == "enum":
        return Column(name, "enum", fact, 0, len(spec.type.values) - 1, spec.type.values)
    if spec.type.kind == "bool":
        return Column(name, "bool", fact)
    # The catalogue writes a range as the figure is handed over, places and all.
    low, high = (end * 10**spec.places if isinstance(end, int) else None for end in (spec.low, spec.high))
    return Column(name, "int", fact, low, high)


def cells(corpus: Corpus, facts: Mapping[str, Fact | Known | None], on: date, names: Iterable[str]) -> dict[str, ir.Value]:
    """One case as a row of the named columns; a fact that is left out takes its legal default, as in explain."""
    scene = Scene(corpus, facts, on)
    row: dict[str, ir.Value] = {}
    for name in names:
        held = column_of(name, corpus.facts)
        value = scene.fact(Node("fact", (), held.fact)).value
        row[name] = None if value is UNKNOWN else _cell(held, value)
    return row


def _cell(held: Column, value: object) -> bool | int:
    if isinstance(value, (date, PartialDate)):
        day = latest(value) if held.name.endswith(".hi") else earliest(value)
        return month_index(day) if held.kind == "month" else day_number(day)
    word = held.name.partition(":")[2]
    if word:
        return word in value if isinstance(value, frozenset) else value == word
    if isinstance(value, str):
        return held.words.index(value)
    if isinstance(value, int):
        return value
    raise TypeError(f"{held.name} cannot hold {value!r}")


class Lowering:
    """Lowers articles of one rulebook at one day; facts and parameters are worked out once."""

    def __init__(
        self, corpus: Corpus, on: date, fixed: Mapping[str, Fact | Known | None], columns: Collection[str] | None
    ) -> None:
        self.corpus = corpus
        self.on = on
        self.fixed = corpus.facts.accept_all(fixed)
        self.columns = None if columns is None else frozenset(columns)
        self._asked = None if columns is None else frozenset(name.partition(":")[0] for name in columns if ":" in name)
        self._facts: dict[str, Form] = {}
        self._tables: dict[tuple[str, object], dict[str, Dense]] = {}

    # ---- articles

    def article(self, article: Article) -> Lowered:
        """One article that decides."""
        body = Body(self, {name: step.node for name, step in article.steps.items()})
        scope = body.truth(article.scope) if article.scope else ir.TRUE
        condition = body.truth(article.condition)
        applies = scope
        for lifter in self.corpus.lifters(article.id, self.on):
            applies = ir.both(applies, ir.negate(self.article(lifter).kept))
        if article.effect in GRANTING:
            granted = ir.both(applies, condition)
            return Lowered(article, granted, granted, scope, condition)
        met = ir.negate(condition) if article.effect == "forbid" else condition
        return Lowered(article, applies, ir.either(ir.negate(applies), met), scope, condition)

    def figure(self, article: Article, step: str = "") -> LoweredValue:
        """The figure of a value article, or of a step."""
        body = Body(self, {name: step.node for name, step in article.steps.items()})
        applies = body.truth(article.scope) if article.scope else ir.TRUE
        for lifter in self.corpus.lifters(article.id, self.on):
            applies = ir.both(applies, ir.negate(self.article(lifter).kept))
        found = body.step(step) if step else body.lower(article.condition)
        kind = (article.steps[step].type if step else article.type).kind
        words: tuple[str, ...] = ()
        if isinstance(found, Day):
            same = found.low if found.exact else ir.choose(ir.compare("eq", found.low, found.high), found.low, NO_NUMBER)
            value = same
        elif isinstance(found, Word):
            value, words, kind = found.number, found.words, "enum"
        elif isinstance(found, Expr):
            value = found
        else:
            raise TypeError(f"{article.id} gives {kind}, which has no number")
        if not step:
            value = ir.choose(applies, value, ir.unknown(value.kind))
        return LoweredValue(applies, value, kind, words)

    # ---- facts

    def fact(self, name: str) -> Form:
        """A fact: fixed, a column, its legal default, or unknown."""
        if name not in self._facts:
            self._facts[name] = self._fact(name)
        return self._facts[name]

    def _fact(self, name: str) -> Form:
        spec = self.corpus.facts[name]
        kind, words = spec.type.kind, spec.type.values
        if name in self.fixed:
            value = self.fixed[name].value
            return unknown_form(kind, words) if value is None else known_form(value, words)
        if self._has(name, kind):
            return self._column(name, kind, words)
        if spec.otherwise is not None:
            found = Body(self, {}).lower(spec.otherwise)
            return in_words(found, words) if kind == "enum" and isinstance(found, Word) else found
        return unknown_form(kind, words)

    def _has(self, name: str, kind: str) -> bool:
        if self.columns is None or self._asked is None:
            return True
        if kind in ("set", "text"):
            return name in self._asked
        return (f"{name}.lo" if kind == "date" else name) in self.columns

    def _column(self, name: str, kind: str, words: tuple[str, ...]) -> Form:
        match kind:
            case "date":
                low = ir.column(f"{name}.lo")
                high = ir.column(f"{name}.hi") if self._there(f"{name}.hi") else low
                month = ir.column(f"{name}.month") if self._there(f"{name}.month") else self._month_of(name, low)
                return Day(low, high, month)
            case "enum":
                return Word(ir.column(name), words)
            case "set" | "text":
                return Asked(name)
            case _:
                return ir.column(name, "bool" if kind == "bool" else "int")

    def _there(self, name: str) -> bool:
        return self.columns is None or name in self.columns

    def _births(self, month: Expr) -> tuple[date, date]:
        """The range of a column of months."""
        name = str(month.value).removesuffix(".month") if month.op == "col" else ""
        spec = self.corpus.facts[name] if name else None
        low, high = (spec.low, spec.high) if spec else _BIRTHS
        return (low, high) if isinstance(low, date) and isinstance(high, date) else _BIRTHS

    def _month_of(self, name: str, low: Expr) -> Expr:
        """The month of a day, where the population has no column for it."""
        spec = self.corpus.facts[name]
        first, last = (spec.low, spec.high) if isinstance(spec.low, date) and isinstance(spec.high, date) else _BIRTHS
        days = np.arange(day_number(first.replace(month=1, day=1)), day_number(last) + 1)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
        return ir.lookup(Dense([days[0]], months), (low,), "int")

    # ---- parameters

    def parameter(self, name: str, args: Sequence[Form]) -> Form:
        """A parameter at the day, as a table over its keys."""
        item = self.corpus.parameters[name]
        if isinstance(item, AgeReached):
            return self._age_reached(item, args)
        keys = [_key(arg) for arg in args]
        words = tuple(key.words for key in keys)
        tables = self._tables.get((name, words))
        if tables is None:
            tables = self._tables[name, words] = _read_table(item, self.on, words)
        return _looked_up(tables, tuple(key.number for key in keys), item.gives.kind, item.gives.values)

    def _age_reached(self, item: AgeReached, args: Sequence[Form]) -> Form:
        *before, born = args
        if not isinstance(born, Day):
            raise TypeError(f"{item.name} needs a date of birth")
        keys = [_key(arg) for arg in before]
        words = tuple(key.words for key in keys)
        first, last = self._births(born.month)
        months = range(first.year * 12, last.year * 12 + 12)
        if born.month.constant and isinstance(born.month.value, int):
            months = range(born.month.value, born.month.value + 1)
        tables = _ages(_Same(item, id(item)), words, months)
        found = _looked_up(tables, (*(key.number for key in keys), born.month), item.signature().gives.kind, ())
        if "from" in tables:
            # The table begins within a month: who was born in it before that day is not in it.
            start = ir.lookup(tables["from"], tuple(key.number for key in keys), "int")
            late = ir.compare("ge", born.low, start)
            found = chosen(late, found, unknown_form(item.signature().gives.kind, ()))
        return found


@dataclass
class Body:
    """The trees of one article; each step is lowered once."""

    lowering: Lowering
    steps: Mapping[str, Node]
    done: dict[str, Form] = field(default_factory=dict)

    def truth(self, node: Node) -> Expr:
        """A tree that is true or false."""
        return tree(self.lower(node))

    def step(self, name: str) -> Form:
        """A step of the article."""
        if name not in self.done:
            self.done[name] = self.lower(self.steps[name])
        return self.done[name]

    def lower(self, node: Node) -> Form:
        """Any tree of the language."""
        match node.op:
            case "bool" | "int" | "text" | "date":
                return known_form(node.value, ()) if node.op != "text" else Word(ir.number(0), (str(node.value),))
            case "fact":
                return self.lowering.fact(str(node.value))
            case "step":
                return self.step(str(node.value))
            case "param":
                return self.lowering.parameter(str(node.value), [self.lower(arg) for arg in node.args])
            case "in":
                return self._member(node)
        args = [self.lower(arg) for arg in node.args]
        match node.op:
            case "if":
                return chosen(tree(args[0]), args[1], args[2])
            case "months_since" | "years_since" | "months_between":
                today = constant_day(self.lowering.on)
                start, end = (args[0], args[1]) if node.op == "months_between" else (args[0], today)
                return months_counted(start, end, 12 if node.op == "years_since" else 1)
            case op if op in COMPARISONS.values():
                return compared(op, args[0], args[1], node)
            case op:
                return OPERATIONS[op](*map(tree, args))

    def _member(self, node: Node) -> Expr:
        side, among = self.lower(node.args[0]), node.args[1]
        if among.op != "list":
            return among_words(side, self.lower(among), node)
        return ir.either(*(compared("eq", side, self.lower(item), node) for item in among.args))


# ---- reading parameters into tables


def _key(form: Form) -> Word:
    """An argument of a parameter, as a number of one of its words."""
    if isinstance(form, Word):
        return form
    return Word(ir.choose(tree(form), ir.number(1), ir.number(0)), ("false", "true"))


def _number(figure: Figure, words: tuple[str, ...]) -> int:
    if isinstance(figure, date):
        return day_number(figure)
    return words.index(figure) if isinstance(figure, str) else int(figure)


def _read_table(item: Table, on: date, keys: Sequence[tuple[str, ...]]) -> dict[str, Dense]:
    """The figures of a table on a day, by the numbers of its keys' words; of dates the months as well."""
    found: list[Figure | None] = []
    for key in product(*keys):
        try:
            found.append(item.lookup(on, *key))
        except OutsideTable:
            found.append(None)
    return _tables(found, [0] * len(keys), [len(words) for words in keys], item.gives.values)


@dataclass(frozen=True)
class _Same:
    """A parameter, which is equal to itself only: derived ones do not change once they are read."""

    item: AgeReached = field(compare=False)
    identity: int


@lru_cache(maxsize=64)
def _ages(same: _Same, keys: Sequence[tuple[str, ...]], months: range) -> dict[str, Dense]:
    """A derived parameter by the numbers of its keys' words and the month of birth; a few ms the first time."""
    item, found = same.item, list[Figure | None]()
    for key in product(*keys):
        for month in months:
            try:
                # The table may begin within a month: see `from`.
                found.append(item.resolve(*key, last_day(first_of_month(month))).figure)
            except OutsideTable:
                found.append(None)
    sizes = [*(len(words) for words in keys), len(months)]
    tables = _tables(found, [*([0] * len(keys)), months[0]], sizes, ())
    if any(day.day != 1 for day in item.earliest_birth.values()):
        firsts = [item.earliest_birth.get(key[0] if key else "all", date.min) for key in product(*keys)]
        tables["from"] = Dense([0] * len(keys), np.reshape(list(map(day_number, firsts)), sizes[:-1]))
    return tables


def _tables(found: list[Figure | None], lows: list[int], sizes: list[int], words: tuple[str, ...]) -> dict[str, Dense]:
    known = np.reshape([figure is not None for figure in found], sizes)
    figures = np.reshape([0 if figure is None else _number(figure, words) for figure in found], sizes)
    tables = {"figure": Dense(lows, figures, known)}
    if any(isinstance(figure, date) for figure in found):
        months = [month_index(figure) if isinstance(figure, date) else 0 for figure in found]
        tables["month"] = Dense(lows, np.reshape(months, sizes), known)
    return tables


def _looked_up(tables: Mapping[str, Dense], args: tuple[Expr, ...], kind: str, words: tuple[str, ...]) -> Form:
    figure = ir.lookup(tables["figure"], args, "bool" if kind == "bool" else "int")
    if kind == "date":
        return Day(figure, figure, ir.lookup(tables["month"], args, "int") if "month" in tables else NO_NUMBER)
    return Word(figure, words) if kind == "enum" else figure

"""The population scan: articles in the common form, read over whole columns by Polars.

A frame has one row for each case and the columns that `lower.columns_of` names: truth values as Boolean, words as
their numbers, days as days since 1970-01-01 (or as Date), months as year * 12 + month - 1; null is unknown.
`schema` gives the narrowest types. Polars computes what several articles share once, and its nulls are Kleene's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np
import polars as pl

from canbo.rules import ir
from canbo.rules.dates import last_day
from canbo.rules.dense import Bools, Dense, Ints, Run, day_of, months_between_arrays
from canbo.rules.ir import Expr
from canbo.rules.lower import GRANTING, Column, Lowered
from canbo.rules.readers import OUTCOMES, Count, layers, parts
from canbo.rules.rewriting import alike, counted, rewritten

# A table of no more runs than this is read by comparisons, which are faster than an index.
FEW_RUNS = 6
_INT = pl.Int64
_PLAN = pl.QueryOptFlags(comm_subexpr_elim=False)
# Days from 1800 to 2199: for these, months to one day are worked out once.
_USUAL = (-62_091, 84_006)
_NO_START, _NO_END = -(2**63), 2**63 - 1
_UNKNOWN = pl.lit(None, dtype=pl.Boolean)


def scan(lowered: Sequence[Lowered], frame: pl.DataFrame | pl.LazyFrame) -> list[Count]:
    """Count the outcomes of each article over a frame, in one pass."""
    reader = _Reader(frame)
    named = {f"{number} {part}": tree for number, one in enumerate(lowered) for part, tree in parts(one)}
    counted = [
        tally
        for name in named
        for tally in (pl.col(name).sum().alias(f"{name} true"), pl.col(name).null_count().alias(f"{name} unknown"))
    ]
    found = reader.select(named).select(pl.len().alias("cases"), *counted).collect(optimizations=_PLAN).row(0, named=True)
    return [_count(one, str(number), found) for number, one in enumerate(lowered)]


def _count(one: Lowered, name: str, found: Mapping[str, int]) -> Count:
    cases, kept, open_ = found["cases"], found[f"{name} kept true"], found[f"{name} kept unknown"]
    if one.article.effect in GRANTING:
        return Count(one.article.id, kept, 0, open_, cases - kept - open_)
    aside = cases - found[f"{name} applies true"] - found[f"{name} applies unknown"]
    # Where an article does not apply it is kept, and where it is broken it applies.
    return Count(one.article.id, kept - aside, cases - kept - open_, open_, aside)


def verdicts(lowered: Sequence[Lowered], frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The outcome of each article for each row: one column of OUTCOMES for each article, named by its id."""
    reader = _Reader(frame)
    named = {f"{number} {part}": tree for number, one in enumerate(lowered) for part, tree in parts(one)}
    told = []
    for number, one in enumerate(lowered):
        kept = pl.col(f"{number} kept")
        aside = ~kept if one.article.effect in GRANTING else ~pl.col(f"{number} applies")
        none, passed, failed, unknown = (pl.lit(word, dtype=pl.Enum(OUTCOMES)) for word in OUTCOMES)
        word = pl.when(aside).then(none).when(kept).then(passed).when(~kept).then(failed).otherwise(unknown)
        told.append(word.alias(one.article.id))
    return reader.select(named).select(told).collect(optimizations=_PLAN)


def read(trees: Mapping[str, Expr], frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """What trees come to for each row: a column for each, Boolean or Int64; null is unknown."""
    whole = {name: pl.Boolean if tree.kind == "bool" else _INT for name, tree in trees.items()}
    return _Reader(frame).select(trees).cast(whole).collect(optimizations=_PLAN)  # type: ignore[arg-type]


def schema(columns: Iterable[Column]) -> dict[str, pl.DataType]:
    """The narrowest type of each column that holds what the catalogue allows."""
    return {column.name: _narrowest(column) for column in columns}


def _narrowest(column: Column) -> pl.DataType:
    if column.kind == "bool":
        return pl.Boolean()
    if column.low is None or column.high is None:
        return pl.Int64()
    # A date known only to the year may begin before the range and end after it.
    spare = 366 if column.kind in ("day", "month") else 0
    widths = ((pl.Int8(), 2**7), (pl.Int16(), 2**15), (pl.Int32(), 2**31))
    return next((kind for kind, end in widths if spare - end <= column.low and column.high + spare < end), pl.Int64())


class _Reader:
    """Turns trees into a Polars query over one frame. What is read more than once becomes a column of its own first.

    Polars would find what is shared by itself, but takes seconds to plan a hundred articles.
    """

    def __init__(self, frame: pl.DataFrame | pl.LazyFrame) -> None:
        self.data = frame if isinstance(frame, pl.DataFrame) else None
        self.frame = frame.lazy()
        self.types = self.frame.collect_schema()
        self._done: dict[Expr, pl.Expr] = {}
        self._spans: dict[Expr, tuple[Any, Any]] = {}

    def select(self, trees: Mapping[str, Expr]) -> pl.LazyFrame:
        """A query with one column for each tree."""
        frame, trees = self.frame, {name: rewritten(tree) for name, tree in trees.items()}
        for layer in layers(trees.values()):
            made = {f" {len(self._done)} {number}": tree for number, tree in enumerate(layer)}
            frame = frame.with_columns(self._read(tree).alias(name) for name, tree in made.items())
            self._done |= {tree: pl.col(name) for name, tree in made.items()}
        return frame.select(self._whole(tree).alias(name) for name, tree in trees.items())

    def _whole(self, tree: Expr) -> pl.Expr:
        """A tree without columns still has one value for each row."""
        found = self.read(tree)
        return found if ir.columns([tree]) else pl.repeat(found, pl.len())

    def read(self, expr: Expr) -> pl.Expr:
        """The Polars expression of a tree."""
        if expr not in self._done:
            self._done[expr] = self._read(expr)
        return self._done[expr]

    def _read(self, expr: Expr) -> pl.Expr:
        match expr.op:
            case "const":
                return pl.lit(expr.value, dtype=pl.Boolean if expr.kind == "bool" else _INT)
            case "col":
                return self._column(expr)
            case "table":
                return self._table(expr)
            case op if op in ir.COMPARISONS:
                found = self._alike(expr)
                if found is not None:
                    return found
                return _compared(op, self._narrow(expr.args[0]), self._narrow(expr.args[1]))
        args = [self.read(arg) for arg in expr.args]
        match expr.op:
            case "and":
                return reduce(lambda one, other: one & other, args)
            case "or":
                return reduce(lambda one, other: one | other, args)
            case "not":
                return ~args[0]
            case "if":
                if expr.args[2].constant and expr.args[2].value is None:
                    return pl.when(args[0]).then(args[1])
                # An unknown condition is unknown here, and the second branch there.
                return pl.when(args[0]).then(args[1]).when(~args[0]).then(args[2])
            case "months":
                return self._months(*expr.args)
        return _arithmetic(expr.op, *(arg.cast(_INT) for arg in args))

    def _alike(self, expr: Expr) -> pl.Expr | None:
        """Whether a count of two columns is the same: it is where they are, and the few other rows are counted alone."""
        sides = alike(expr)
        if sides is None or self.data is None:
            return None
        one, two = map(self._column, sides)
        rows = self.data.select((one != two).arg_true()).to_series()
        if len(rows) * 4 > self.data.height:
            return None
        few = [side.to_numpy() for side in self.data.select(one.alias("one"), two.alias("two"))[rows]]
        table = counted(expr.args[0], sides[0], 16) if all(side.dtype in (np.int8, np.int16) for side in few) else None
        if table is not None:
            equal = np.equal(*(table.figures.take(side.astype(np.int64) - table.lows[0]) for side in few))
        else:
            sure = np.ones(len(rows), dtype=np.bool_)
            value, known = ir.planes(
                Expr("eq", expr.args), {side: (ends.astype(np.int64), sure) for side, ends in zip(sides, few, strict=True)}
            )
            equal = value & known
        same = np.zeros(self.data.height, dtype=np.bool_)
        same[rows.to_numpy()] = equal
        found = (one == two) | pl.lit(pl.Series(same))
        return found if expr.op == "eq" else ~found

    def _column(self, expr: Expr) -> pl.Expr:
        name = str(expr.value)
        if name not in self.types:
            raise KeyError(f"the frame has no column {name!r}; it has {', '.join(self.types)}")
        found = pl.col(name)
        return found.to_physical() if self.types[name] == pl.Date else found

    def _months(self, start: Expr, end: Expr) -> pl.Expr:
        """Complete months; to or from one day for all they are looked up, which is several times faster."""
        for day, rises, other in ((end, True, start), (start, False, end)):
            if other.constant and isinstance(other.value, int) and self._lies_within(day, _USUAL[0], _USUAL[1] - 1):
                return _taken(_months_by_day(other.value, rises), None, self.read(day).cast(pl.Int32) - _USUAL[0])
        return _months(self._moment(start), self._moment(end))

    def _moment(self, expr: Expr) -> _Moment:
        day = self.read(expr).cast(pl.Int32)
        if expr.constant and isinstance(expr.value, int):
            when = day_of(expr.value)
            parts = when.year * 12 + when.month, when.day, when == last_day(when)
            return _Moment(
                day, *(pl.lit(part, dtype=kind) for part, kind in zip(parts, (pl.Int32, pl.Int8, pl.Boolean), strict=True))
            )
        when_ = day.cast(pl.Date)
        month = when_.dt.year() * 12 + when_.dt.month().cast(pl.Int32)
        return _Moment(day, month, when_.dt.day(), (day + 1).cast(pl.Date).dt.day() == 1)

    def _narrow(self, expr: Expr) -> pl.Expr:
        """A side of a comparison: a bare number takes the width of the other side where it fits."""
        return pl.lit(expr.value) if expr.constant and expr.value is not None else self.read(expr)

    # ---- tables

    def _table(self, expr: Expr) -> pl.Expr:
        table, args = expr.value, [self.read(arg) for arg in expr.args]
        if not isinstance(table, Dense):
            raise TypeError("a table has a Dense")
        runs = []
        for key, whole in table.intervals():
            found = self._met(expr.args[-1], whole)
            runs.append((key, found))
            if sum(len(some) for _, some in runs) > FEW_RUNS:
                return self._indexed(table, expr)
        cases: list[tuple[pl.Expr, pl.Expr]] = []
        for key, found in runs:
            one = _by_runs(args[-1], found) if expr.kind == "bool" else _figure_by_runs(args[-1], found)
            if not key:
                return one
            here = reduce(lambda left, right: left & right, (arg == at for arg, at in zip(args, key, strict=False)))
            cases.append((here, one))
        return _first(cases)

    def _indexed(self, table: Dense, expr: Expr) -> pl.Expr:
        """A table of many figures, read by its index."""
        place, inside = pl.lit(0, dtype=pl.Int32), None
        for arg, low, size in zip(expr.args, table.lows, table.sizes, strict=True):
            at = self.read(arg)
            place = place * size + (at.cast(pl.Int32) - low)
            if not self._lies_within(arg, low, low + size - 1):
                here = at.is_between(low, low + size - 1)
                inside = here if inside is None else inside & here
        if inside is not None:
            place = pl.when(inside).then(place)
        found = _taken(table.figures.ravel(), None if table.known is None else table.known.ravel(), place)
        return found == 1 if expr.kind == "bool" else found

    def _lies_within(self, expr: Expr, low: int, high: int) -> bool:
        """Whether a column of a frame at hand holds nothing outside a range."""
        least, most = self._span(expr)
        return least is None or (low <= least and most <= high)

    def _span(self, expr: Expr) -> tuple[Any, Any]:
        """The least and the most that a column of a frame at hand holds; without end where that is not known."""
        if self.data is None or expr.op != "col":
            return -math.inf, math.inf
        if expr not in self._spans:
            column = self._column(expr)
            self._spans[expr] = self.data.select(column.min().alias("low"), column.max().alias("high")).row(0)
        return self._spans[expr]

    def _met(self, expr: Expr, runs: Sequence[Run]) -> list[Run]:
        """The runs that values of the column fall into; the first and the last without end where nothing lies beyond."""
        least, most = self._span(expr)
        if least is None:
            return list(runs[:1])
        met = [run for run in runs if run[0] <= most and least <= run[1]]
        if met and runs[0][0] <= least:
            met[0] = (_NO_START, *met[0][1:])
        if met and most <= runs[-1][1]:
            met[-1] = (met[-1][0], _NO_END, met[-1][2])
        return met or list(runs[:1])


def _by_runs(at: pl.Expr, runs: Sequence[Run]) -> pl.Expr:
    """Truth values by the runs of one key: true within some, unknown within others and outside."""
    low, high = runs[0][0], runs[-1][1]
    true = [_within(at, run) for run in runs if run[2] == 1]
    dark = [_within(at, run) for run in runs if run[2] is None]
    dark += [at < low] if low != _NO_START else []
    dark += [at > high] if high != _NO_END else []
    # Where nothing is known, nothing is true; so false there, with unknown, gives unknown.
    unknown = [reduce(lambda one, other: one | other, dark) & _UNKNOWN] if dark else []
    # An unknown index is unknown, also where everything is the same.
    tests = [*true, *unknown] or [at != at]
    return reduce(lambda one, other: one | other, tests)


def _within(at: pl.Expr, run: Run) -> pl.Expr:
    first, last, _ = run
    if first == _NO_START and last == _NO_END:
        return at == at  # unknown where the index is
    if first == _NO_START or last == _NO_END:
        return at <= last if first == _NO_START else at >= first
    return (at >= first) & (at <= last) if first != last else at == first


def _figure_by_runs(at: pl.Expr, runs: Sequence[Run]) -> pl.Expr:
    cases = []
    for first, last, figure in runs:
        here = _within(at, (first, last, figure))
        cases.append((here, pl.lit(figure, dtype=_width(runs))))
    return _first(cases)


def _width(runs: Sequence[Run]) -> pl.DataType:
    """The narrowest type of the figures of a key."""
    figures = np.array([figure for _, _, figure in runs if figure is not None] or [0])
    kind = next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if _fits(figures, kind))
    return pl.Series(figures.astype(kind)).dtype


def _first(cases: Iterable[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    """What goes with the first test that holds, null where none does."""
    told: Any = pl
    for here, one in cases:
        told = told.when(here).then(one)
    found: pl.Expr = told
    return found


def _taken(figures: Ints, known: Bools | None, place: pl.Expr) -> pl.Expr:
    """`figures[place]`, null where the place is null or the figure is not known."""
    # numpy takes several times faster than Polars gathers, but has no nulls: one figure stands for them, in a place
    # of its own at the end.
    none = int(figures.max(initial=0)) + 1
    whole = np.append(figures if known is None else np.where(known, figures, none), none)
    kind = next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if _fits(whole, kind))
    whole = whole.astype(kind)

    def take(places: pl.Series) -> pl.Series:
        return pl.Series(whole.take(places.fill_null(len(figures)).to_numpy()))

    found = place.map_batches(take, return_dtype=pl.Series(whole[:1]).dtype, is_elementwise=True)
    return pl.when(found != none).then(found)


def _fits(figures: Ints, kind: type[np.signedinteger[Any]]) -> bool:
    return np.iinfo(kind).min <= figures.min() and figures.max() <= np.iinfo(kind).max  # type: ignore[no-any-return]


# ---- operations


def _compared(op: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    match op:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "lt":
            return left < right
        case "le":
            return left <= right
        case "gt":
            return left > right
        case _:
            return left >= right


def _arithmetic(op: str, left: pl.Expr, right: pl.Expr | None = None) -> pl.Expr:
    if right is None:
        return -left
    match op:
        case "add":
            return left + right
        case "sub":
            return left - right
        case "mul":
            return left * right
        case _:
            whole = left.abs() // pl.when(right != 0).then(right.abs())
            return pl.when((left < 0) == (right < 0)).then(whole).otherwise(-whole)


@lru_cache(maxsize=32)
def _months_by_day(day: int, rises: bool) -> Ints:
    """Complete months from `day` to each of the usual days, or from each of them to `day`."""
    days, other = np.arange(*_USUAL, dtype=np.int64), np.array([day], dtype=np.int64)
    return months_between_arrays(other, days) if rises else months_between_arrays(days, other)


@dataclass(frozen=True)
class _Moment:
    """A day, the number of its month, the day within it, and whether it is the last of its month."""

    day: Any
    month: Any
    within: Any
    ends_month: Any


def _months(start: _Moment, end: _Moment) -> pl.Expr:
    """Complete months between two days, as `dates.complete_months` counts them."""
    forwards = end.month - start.month - ((end.within < start.within) & ~end.ends_month).cast(pl.Int32)
    backwards = start.month - end.month - ((start.within < end.within) & ~start.ends_month).cast(pl.Int32)
    later = end.day < start.day
    # Where either day is unknown both counts are, so the branch taken does not matter.
    return pl.when(later).then(-backwards).otherwise(forwards)

"""What a kernel has to work out, made from lowered trees: operations without figures, and the figures apart.

Two rulebooks whose plans differ in figures only run the same compiled kernel. Operations that occur more than
once are worked out once. What a column alone decides (`born.lo <= 3000`, a small table over a word and a month)
becomes comparisons of that column with figures, which cost next to nothing over 64 people at a time; the rest,
true arithmetic, is left to the general part of the kernel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from canbo.rules import ir
from canbo.rules.dense import Dense
from canbo.rules.ir import Expr
from canbo.rules.rewriting import FLIPPED, alike, counted, rewritten

# A table is cut into comparisons where it has no more keys, and no more breaks within a key, than this.
MOST_KEYS, MOST_BREAKS = 16, 8
OPPOSITE = {"ne": "eq", "gt": "le", "ge": "lt"}

Part = tuple[Any, ...]
# From where on a column means what: 1 true, 0 false, None unknown.
Break = tuple[int, int | None]


@dataclass(frozen=True)
class Form:
    """How a column is stored: `bits` is 1 for truth values, else 8, 16, 32 or 64; `nullable` has a map of what is known."""

    bits: int
    nullable: bool


@dataclass
class Plan:
    """The operations of a kernel.

    columns  the columns read, with their forms
    parts    operations, each a name followed by its arguments: numbers of other parts, columns, figures, tables
    pairs    for each article the parts of `applies` and `kept`
    figures  the figures, by number: the only thing, besides tables, that a what-if changes
    tables   the tables that are looked up
    """

    columns: dict[str, Form]
    parts: list[Part] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    figures: list[int] = field(default_factory=list)
    tables: list[Dense] = field(default_factory=list)

    @cached_property
    def key(self) -> str:
        """A hash of everything but the figures: the name of the compiled kernel."""
        forms = [(form.bits, form.nullable) for form in self.columns.values()]
        tables = [(len(table.sizes), table_bits(table)) for table in self.tables]
        whole = repr((forms, self.parts, self.pairs, tables))
        return hashlib.sha256(whole.encode()).hexdigest()[:32]


def make(pairs: Sequence[tuple[Expr, Expr]], forms: Mapping[str, Form]) -> Plan:
    """The plan for (applies, kept) of each article over columns of these forms; a column that is not there is unknown."""
    used = ir.columns(expr for pair in pairs for expr in pair)
    planner = _Planner(Plan({name: forms[name] for name in used if name in forms}))
    for number, (applies, kept) in enumerate(pairs):
        planner.begin(number)
        planner.plan.pairs.append((planner.truth(rewritten(applies)), planner.truth(rewritten(kept))))
    return planner.plan


class _Planner:
    """Turns trees into parts, each once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.places = {name: place for place, name in enumerate(plan.columns)}
        self.forms = list(plan.columns.values())
        self._known: dict[Part, int] = {}
        self._figures: dict[object, int] = {}
        self._tables: dict[Dense, int] = {}
        self._done: dict[Expr, int] = {}
        self._article = 0

    def begin(self, article: int) -> None:
        """Begin an article: limits that are equal in two articles by chance must not become one figure."""
        self._article = article
        self._done = {}

    # ---- making parts

    def _part(self, *part: object) -> int:
        number = self._known.get(part)
        if number is None:
            number = self._known[part] = len(self.plan.parts)
            self.plan.parts.append(part)
        return number

    def _figure(self, value: int, *owner: object) -> int:
        """The number of a figure; those of different owners stay apart even where they are equal."""
        key = (value, *owner)
        number = self._figures.get(key)
        if number is None:
            number = self._figures[key] = len(self.plan.figures)
            self.plan.figures.append(value)
        return number

    def _atom(self, op: str, column: int, value: int, *owner: object) -> int:
        """A comparison of a column with a figure, brought into the range of the column's own numbers.

        The highest number of a column's form is never stored (see `kernel.pack`), so that a figure beyond
        all that the column may hold can be set to it: nothing is at least that, nothing equals it.
        """
        most = 2 ** (self.forms[column].bits - 1)
        inside = -most <= value < most or (op == "ge" and value < 0)
        return self._part(op, column, self._figure(max(value, -most) if inside else most - 1, *owner))

    # ---- truth values

    def truth(self, expr: Expr) -> int:
        """The part of a tree that is true or false."""
        number = self._done.get(expr)
        if number is None:
            number = self._done[expr] = self._truth(expr)
        return number

    def _truth(self, expr: Expr) -> int:
        match expr.op:
            case "const":
                return self._part("const", None if expr.value is None else bool(expr.value))
            case "col":
                return self._bool_column(str(expr.value))
            case "table":
                return self._truth_table(expr)
            case "not":
                return self._part("not", self.truth(expr.args[0]))
            case "and" | "or" | "if":
                return self._part(expr.op, *map(self.truth, expr.args))
        if expr.args[0].kind == "bool":
            same = self._part("same", *map(self.truth, expr.args))
            return same if expr.op == "eq" else self._part("not", same)
        return self._compared(expr)

    def _bool_column(self, name: str) -> int:
        place = self.places.get(name)
        return self._part("const", None) if place is None else self._part("plane", place)

    def _compared(self, expr: Expr) -> int:
        op, (left, right) = expr.op, expr.args
        if left.op == "table" and right.op == "col":
            op, left, right = FLIPPED.get(op, op), right, left
        column = self._place(left)
        if column is not None and right.constant and isinstance(right.value, int):
            return self._limit(op, column, right.value)
        if column is not None and right.op == "table":
            found = self._table_of_limits(op, column, right)
            if found is not None:
                return found
        beside = self._place(right)
        if column is not None and beside is not None:
            if op in OPPOSITE:
                return self._part("not", self._part("pair", OPPOSITE[op], column, beside))
            return self._part("pair", op, column, beside)
        found = self._alike(op, left, right)
        return self._general(op, left, right) if found is None else found

    def _place(self, expr: Expr) -> int | None:
        return self.places.get(str(expr.value)) if expr.op == "col" else None

    def _limit(self, op: str, column: int, value: int) -> int:
        """A column against a figure: `ge` or `eq`, or their opposite."""
        if op in ("eq", "ne"):
            found = self._atom("eq", column, value, column)
            return found if op == "eq" else self._part("not", found)
        found = self._atom("ge", column, value + (op in ("le", "gt")), self._article, column)
        return found if op in ("ge", "gt") else self._part("not", found)

    def _general(self, op: str, left: Expr, right: Expr) -> int:
        one, two = self._number(left), self._number(right)
        if op in OPPOSITE:
            return self._part("not", self._part("cmp", OPPOSITE[op], one, two))
        return self._part("cmp", op, one, two)

    # ---- two days that may be one: `months(hi) == months(lo)`

    def _alike(self, op: str, left: Expr, right: Expr) -> int | None:
        """The same count of two columns that are mostly equal: looked up only where they are not."""
        sides = alike(Expr(op, (left, right)))
        columns = [self._place(side) for side in sides or ()]
        if sides is None or None in columns:
            return None
        table = counted(left, sides[0], max(self.forms[column].bits for column in columns if column is not None))
        if table is None:
            return None
        found = self._part("alike", *columns, self._listed(table))
        return found if op == "eq" else self._part("not", found)

    # ---- tables

    def _truth_table(self, expr: Expr) -> int:
        table = _dense(expr)
        columns = [self._place(arg) for arg in expr.args]
        if any(column is None for column in columns) or prod(table.sizes[:-1]) > MOST_KEYS:
            return self._looked_up("truth", expr)
        rows: list[list[Break]] = []
        for _, runs in table.intervals():
            breaks: list[Break] = []
            before = None
            for first, _last, figure in [*runs, (runs[-1][1] + 1, 0, None)]:
                if figure != before:
                    breaks.append((first, figure))
                before = figure
            rows.append(breaks)
        if max(map(len, rows)) > MOST_BREAKS:
            return self._looked_up("truth", expr)
        *axes, last = columns
        return self._steps(last, axes, table, [None] * len(rows), rows)

    def _table_of_limits(self, op: str, column: int, right: Expr) -> int | None:
        """A column against a small table: one limit for each key."""
        table = _dense(right)
        axes = [self._place(arg) for arg in right.args]
        if any(axis is None for axis in axes) or prod(table.sizes) > MOST_KEYS:
            return None
        starts: list[int | None] = []
        rows: list[list[Break]] = []
        for figure, known in zip(table.figures.ravel().tolist(), table.mask().ravel().tolist(), strict=True):
            start, breaks = _breaks(op, figure) if known else (None, [])
            starts.append(start)
            rows.append(breaks)
        return self._steps(column, axes, table, starts, rows)

    def _steps(
        self,
        column: int | None,
        axes: Sequence[int | None],
        table: Dense,
        starts: Sequence[int | None],
        rows: Sequence[Sequence[Break]],
    ) -> int:
        """For each key of the axes: true, false or unknown below the first break of the column, and from each break on.

        A figure changes at a break by flipping masks: two for each break, for true and for false.
        """
        # Rounded up, so that one break more or less is not another program.
        longest = max(map(len, rows))
        wide = next(
            size for size in ((1, 2) if len(axes) == len(table.sizes) else (MOST_BREAKS // 2, MOST_BREAKS)) if size >= longest
        )
        owner = hash(table)
        keys = []
        ranges = [range(low, low + size) for low, size in zip(table.lows, table.sizes, strict=True)][: len(axes)]
        for place, (key, start, row) in enumerate(zip(product(*ranges), starts, rows, strict=True)):
            atoms = tuple(self._atom("eq", int(axis or 0), value, axis) for axis, value in zip(axes, key, strict=True))
            masks = [self._figure(mask, owner, place, "start", at) for at, mask in enumerate(_masks(start))]
            before, breaks = start, []
            for number in range(wide):
                at, figure = row[number] if number < len(row) else (0, before)
                flips = [one ^ other for one, other in zip(_masks(before), _masks(figure), strict=True)]
                atom = self._atom("ge", int(column or 0), at, owner, place, number)
                breaks.append((atom, *(self._figure(flip, owner, place, number, side) for side, flip in enumerate(flips))))
                before = figure
            keys.append((atoms, *masks, tuple(breaks)))
        return self._part("steps", column, tuple(axes), tuple(keys))

    def _looked_up(self, op: str, expr: Expr) -> int:
        """A table that is looked up: its number, its lowest indices and sizes, and the indices."""
        table = _dense(expr)
        number = self._listed(table)
        box = [self._figure(size, "box", number, at) for at, size in enumerate((*table.lows, *table.sizes))]
        return self._part(op, number, tuple(box), tuple(map(self._number, expr.args)))

    def _listed(self, table: Dense) -> int:
        number = self._tables.get(table)
        if number is None:
            number = self._tables[table] = len(self.plan.tables)
            self.plan.tables.append(table)
        return number

    # ---- numbers

    def _number(self, expr: Expr) -> int:
        match expr.op:
            case "const" if expr.value is None:
                return self._part("nothing")
            case "const":
                return self._part("figure", self._figure(_int(expr.value), self._article))
            case "col":
                place = self.places.get(str(expr.value))
                return self._part("nothing") if place is None else self._part("column", place)
            case "if":
                condition, then, other = expr.args
                return self._part("choose", self.truth(condition), self._number(then), self._number(other))
            case "table":
                return self._looked_up("lookup", expr)
        return self._part(expr.op, *map(self._number, expr.args))


def _dense(expr: Expr) -> Dense:
    if not isinstance(expr.value, Dense):
        raise TypeError(f"{expr.op} is not a table")
    return expr.value


def _breaks(op: str, limit: int) -> tuple[int, list[Break]]:
    """Whether a comparison with a limit is true of the lowest number, and from where on it is otherwise."""
    match op:
        case "lt" | "ge":
            return int(op == "lt"), [(limit, int(op == "ge"))]
        case "le" | "gt":
            return int(op == "le"), [(limit + 1, int(op == "gt"))]
        case _:
            return int(op == "ne"), [(limit, int(op == "eq")), (limit + 1, int(op == "ne"))]


def _masks(figure: int | None) -> tuple[int, int]:
    """All bits set where it is true, and where it is false; none where it is unknown."""
    return (0, 0) if figure is None else (-1, 0) if figure else (0, -1)


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a number")
    return value


def table_bits(table: Dense) -> int:
    """In how many bits the figures of a table are stored; the lowest number of these stands where there is none."""
    return 32 if table.figures.min() > -(2**31) and table.figures.max() < 2**31 else 64

"""The common form of articles as formulas for Z3.

A truth value is two formulas, *surely true* and *surely false*; a number is a value and whether it is
known. By default the person asked about is fully known: filling in a fact never turns a sure answer
round (a law of the language, tested), so whatever an incompletely known person shows, a fully known
one shows too. Unknown then remains only where the law itself is silent: outside a table, divided by
zero, or left undetermined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import z3

from canbo.rules.dates import last_day, month_index
from canbo.rules.dense import EPOCH, Dense, day_of
from canbo.rules.ir import Expr
from canbo.rules.schema import Catalogue, FactSpec

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# The calendar below counts every fourth year as a leap year: right from 1901 to 2099.
FIRST_DAY, LAST_DAY = date(1901, 1, 1).toordinal() - EPOCH, date(2099, 12, 31).toordinal() - EPOCH
# A fact of these kinds is asked yes or no: a set and a free text one word at a time.
YES_OR_NO = frozenset(("bool", "set", "text"))
Bool: TypeAlias = z3.BoolRef  # types are not published with Z3: to the checker it is anything
TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


class Truth(NamedTuple):
    """A truth value: formulas that hold where it is surely true, and where it is surely false."""

    yes: Bool
    no: Bool


class Number(NamedTuple):
    """A whole number: its value, and a formula that holds where it is known."""

    value: z3.ArithRef
    known: Bool


class Calendar(NamedTuple):
    """A day taken apart: its month counted from year 0, its day in the month, whether it is the last."""

    month: z3.ArithRef
    day: z3.ArithRef
    last: Bool


class Encoder:
    """Turns trees into formulas; every column is one variable, whichever article mentions it.

    complete  whether every fact of the person asked about is known; then a day has one column, `name.lo`
    """

    def __init__(self, facts: Catalogue, *, complete: bool = True, tag: str = "") -> None:
        self.facts = facts
        self.tag = tag
        self.complete = complete
        self.used: dict[str, set[str]] = {}
        self._rules: dict[str, list[Bool]] = {}
        self._memo: dict[Expr, tuple[Any, frozenset[str]]] = {}
        self._touching: set[str] = set()
        self._calendars: dict[int, tuple[z3.ArithRef, Calendar, str]] = {}

    # ---- columns

    def spec(self, column: str) -> tuple[FactSpec, str]:
        """The fact that a column belongs to, and which part of it: lo, hi, month, a word of a set, or nothing."""
        if column in self.facts:
            return self.facts[column], ""
        for sign in (":", "."):
            name, _, part = column.rpartition(sign)
            if name in self.facts:
                return self.facts[name], part
        raise KeyError(column)

    def column(self, name: str) -> Truth | Number:
        """The variable of a column, with its range."""
        spec, part = self.spec(name)
        self._touching.add(spec.name)
        parts = self.used.setdefault(spec.name, set())
        known = TRUE if self.complete or not spec.nullable else z3.Bool(f"{spec.name}?")
        if part not in parts:
            rules = self._rules.setdefault(spec.name, [])
            if spec.type.kind == "text":
                rules += [z3.Not(z3.And(z3.Bool(name), z3.Bool(f"{spec.name}:{word}"))) for word in parts]
            parts.add(part)
            rules += self._range(spec, part)
        if spec.type.kind in YES_OR_NO:
            value = z3.Bool(name)
            return Truth(z3.And(known, value), z3.And(known, z3.Not(value)))
        if part == "month":
            return Number(self.calendar(self.variable(spec, "lo")).month, known)
        return Number(self.variable(spec, part), known)

    def variable(self, spec: FactSpec, part: str = "") -> z3.ArithRef:
        """The variable of a number or day; where all is known, the earliest day is the latest."""
        return z3.Int(f"{spec.name}.{part}" if part and not self.complete else spec.name)

    def _range(self, spec: FactSpec, part: str) -> Iterator[Bool]:
        if spec.type.kind in YES_OR_NO:
            return
        variable = self.variable(spec, "lo" if part == "month" else part)
        low, high = spec.low, spec.high
        if spec.type.kind == "date":
            low = max(low.toordinal() - EPOCH, FIRST_DAY) if isinstance(low, date) else FIRST_DAY
            high = min(high.toordinal() - EPOCH, LAST_DAY) if isinstance(high, date) else LAST_DAY
            if part and not self.complete:
                yield self.variable(spec, "lo") <= self.variable(spec, "hi")
        elif spec.type.kind == "int":
            scale = 10**spec.places
            low, high = (int(end) * scale if isinstance(end, int) else None for end in (low, high))
        else:
            low, high = 0, max(0, len(spec.type.values) - 1)
        if low is not None:
            yield variable >= low
        if high is not None:
            yield variable <= high

    def forget(self, expr: Expr) -> None:
        """Forget a tree's formula, as if it had been edited."""
        self._memo.pop(expr, None)

    def touched(self, expr: Expr) -> frozenset[str]:
        """Names of the facts that a tree already turned into a formula rests on, and of days taken apart."""
        return self._memo[expr][1]

    def rules(self, touched: Iterable[str]) -> list[Bool]:
        """What must be asserted beside formulas that rest on these: ranges, and how the parts of a day hang together."""
        return [rule for name in sorted(set(touched)) for rule in self._rules.get(name, ())]

    # ---- trees

    def truth(self, expr: Expr) -> Truth:
        """A tree that gives a truth value."""
        return self._remembered(expr, self._truth)  # type: ignore[no-any-return]

    def number(self, expr: Expr) -> Number:
        """A tree that gives a whole number."""
        return self._remembered(expr, self._number)  # type: ignore[no-any-return]

    def _remembered(self, expr: Expr, make: Callable[[Expr], Any]) -> Any:
        if expr not in self._memo:
            outer, self._touching = self._touching, set()
            made = make(expr)
            self._memo[expr] = made, frozenset(self._touching)
            self._touching = outer
        made, touched = self._memo[expr]
        self._touching |= touched
        return made

    def _truth(self, expr: Expr) -> Truth:
        match expr.op:
            case "const":
                return Truth(_bool(expr.value is True), _bool(expr.value is False))
            case "col":
                found = self.column(str(expr.value))
                if not isinstance(found, Truth):
                    raise TypeError(f"{expr.value} is not a truth value")
                return found
            case "and":
                sides = [self.truth(side) for side in expr.args]
                return Truth(z3.And(*[side.yes for side in sides]), z3.Or(*[side.no for side in sides]))
            case "or":
                sides = [self.truth(side) for side in expr.args]
                return Truth(z3.Or(*[side.yes for side in sides]), z3.And(*[side.no for side in sides]))
            case "not":
                yes, no = self.truth(expr.args[0])
                return Truth(no, yes)
            case "if":
                when, then, other = (self.truth(part) for part in expr.args)
                return Truth(
                    z3.Or(z3.And(when.yes, then.yes), z3.And(when.no, other.yes)),
                    z3.Or(z3.And(when.yes, then.no), z3.And(when.no, other.no)),
                )
            case "table":
                yes = self._table(expr, lambda figure: _bool(figure == 1), FALSE)
                return Truth(yes, self._table(expr, lambda figure: _bool(figure == 0), FALSE))
            case _:
                return self._comparison(expr)

    def _comparison(self, expr: Expr) -> Truth:
        if expr.op in ("eq", "ne") and expr.args[0].kind == "bool":
            one, other = (self.truth(side) for side in expr.args)
            same = z3.Or(z3.And(one.yes, other.yes), z3.And(one.no, other.no))
            differ = z3.Or(z3.And(one.yes, other.no), z3.And(one.no, other.yes))
            return Truth(same, differ) if expr.op == "eq" else Truth(differ, same)
        left, right = (self.number(side) for side in expr.args)
        holds: Any = {
            "eq": lambda: left.value == right.value,
            "ne": lambda: left.value != right.value,
            "lt": lambda: left.value < right.value,
            "le": lambda: left.value <= right.value,
            "gt": lambda: left.value > right.value,
            "ge": lambda: left.value >= right.value,
        }[expr.op]()
        known = z3.And(left.known, right.known)
        return Truth(z3.And(known, holds), z3.And(known, z3.Not(holds)))

    def _number(self, expr: Expr) -> Number:
        match expr.op:
            case "const":
                return Number(z3.IntVal(expr.value if isinstance(expr.value, int) else 0), _bool(expr.value is not None))
            case "col":
                found = self.column(str(expr.value))
                if not isinstance(found, Number):
                    raise TypeError(f"{expr.value} is not a number")
                return found
            case "if":
                when, then, other = self.truth(expr.args[0]), self.number(expr.args[1]), self.number(expr.args[2])
                known = z3.Or(z3.And(when.yes, then.known), z3.And(when.no, other.known))
                return Number(z3.If(when.yes, then.value, other.value), known)
            case "table":
                value = self._table(expr, lambda figure: z3.IntVal(int(figure or 0)), z3.IntVal(0), slope=True)
                return Number(value, self._table(expr, lambda figure: _bool(figure is not None), FALSE))
            case "months":
                (start, known), (end, also) = (self._day(side) for side in expr.args)
                return Number(months_between(start, end), z3.And(known, also))
            case _:
                return self._arithmetic(expr)

    def _arithmetic(self, expr: Expr) -> Number:
        sides = [self.number(side) for side in expr.args]
        known = z3.And(*[side.known for side in sides])
        if expr.op == "neg":
            return Number(-sides[0].value, known)
        left, right = sides[0].value, sides[-1].value
        match expr.op:
            case "add":
                return Number(left + right, known)
            case "sub":
                return Number(left - right, known)
            case "mul":
                return Number(left * right, known)
            case "quot":
                size = z3.If(right < 0, -right, right)
                cut = z3.If(left < 0, -((-left) / size), left / size)
                return Number(z3.simplify(z3.If(right < 0, -cut, cut)), z3.And(known, right != 0))
        raise TypeError(f"{expr.op} is not a number")

    # ---- tables

    def _table(self, expr: Expr, leaf: Callable[[Any], Any], outside: Any, *, slope: bool = False) -> Any:
        if not isinstance(expr.value, Dense):
            raise TypeError("a table without figures")
        axes = [self._axis(side) for side in expr.args]
        inside = z3.And(*[axis.known for axis in axes])
        figures = np.where(expr.value.mask(), expr.value.figures.astype(object), np.array(None, dtype=object)).tolist()
        found = _chain([axis.value for axis in axes], expr.value.lows, figures, leaf, outside, slope)
        return z3.If(inside, found, outside)

    def _axis(self, expr: Expr) -> Number:
        if expr.kind != "bool":
            return self.number(expr)
        truth = self.truth(expr)
        return Number(z3.If(truth.yes, z3.IntVal(1), z3.IntVal(0)), z3.Or(truth.yes, truth.no))

    # ---- days

    def calendar(self, day: z3.ArithRef) -> Calendar:
        """A day taken apart, exactly; the parts are variables of their own, tied to it once."""
        key = day.get_id()
        if key not in self._calendars:
            name = f"#{self.tag}{len(self._calendars)}"
            self._calendars[key] = (day, self._taken_apart(day, name), name)
        _, found, name = self._calendars[key]
        self._touching.add(name)
        return found

    def month(self, expr: Expr) -> tuple[z3.ArithRef, frozenset[str]]:
        """The month, counted from year 0, of a tree that gives a day, and what it rests on."""
        outer, self._touching = self._touching, set()
        month, touched = self._day(expr)[0].month, frozenset(self._touching)
        self._touching = outer
        return month, touched

    def _taken_apart(self, day: z3.ArithRef, name: str) -> Calendar:
        fours, rest, month, of_month = (z3.Int(f"{part}{name}") for part in ("fours", "rest", "month", "of_month"))
        leap = rest == 0
        before = 365 * (4 * fours + rest - 2) + fours + z3.If(leap, 0, 1) - 1
        gone: Any = z3.If(z3.And(leap, month >= 2), 1, 0)
        for number, length in enumerate(_LENGTHS[:-1]):
            gone = gone + z3.If(month > number, length, 0)
        shorter = z3.Or(*[month == number for number, length in enumerate(_LENGTHS) if length == 30])
        length = z3.If(month == 1, z3.If(leap, 29, 28), z3.If(shorter, 30, 31))
        self._rules[name] = [
            rest >= 0, rest <= 3, month >= 0, month <= 11, of_month >= 1, of_month <= length, fours >= -17, fours <= 32,
            day == before + gone + of_month - 1,
        ]  # fmt: skip
        return Calendar((1968 + 4 * fours + rest) * 12 + month, of_month, of_month == length)

    def _day(self, expr: Expr) -> tuple[Calendar, Bool]:
        """A tree that gives a day, taken apart, and where it is known.

        The days of a table are taken apart beforehand: of a table of retirement days, the month is
        the month of birth and a few ages, whatever the year.
        """
        if expr.op == "table" and isinstance(expr.value, Dense):
            days = np.vectorize(day_of, otypes=[object])(expr.value.figures)
            parts = [
                Dense(expr.value.lows, np.vectorize(read, otypes=[np.int64])(days), expr.value.known)
                for read in (month_index, lambda day: day.day, lambda day: day == last_day(day))
            ]
            month, of_month, last = (self.number(Expr("table", expr.args, part, "int")) for part in parts)
            return Calendar(month.value, of_month.value, last.value == 1), month.known
        if expr.op == "if":
            when = self.truth(expr.args[0])
            (one, known), (other, also) = (self._day(side) for side in expr.args[1:])
            chosen = (z3.If(when.yes, left, right) for left, right in zip(one, other, strict=True))
            return Calendar(*chosen), z3.Or(z3.And(when.yes, known), z3.And(when.no, also))
        if expr.op == "const" and isinstance(expr.value, int):
            day = day_of(expr.value)
            return Calendar(z3.IntVal(month_index(day)), z3.IntVal(day.day), _bool(day == last_day(day))), TRUE
        found = self.number(expr)
        return self.calendar(found.value), found.known


def months_between(start: Calendar, end: Calendar) -> z3.ArithRef:
    """Complete months between two days, counted as `dates.complete_months` counts them."""

    def forward(first: Calendar, second: Calendar) -> z3.ArithRef:
        short = z3.And(second.day < first.day, z3.Not(second.last))
        return second.month - first.month - z3.If(short, 1, 0)

    before = z3.Or(end.month < start.month, z3.And(end.month == start.month, end.day < start.day))
    return z3.If(before, -forward(end, start), forward(start, end))


def _bool(value: bool) -> Bool:
    return TRUE if value else FALSE


def _chain(
    axes: Sequence[z3.ArithRef], lows: Sequence[int], row: Any, leaf: Callable[[Any], Any], outside: Any, slope: bool
) -> Any:
    """Nested choices over runs of equal figures, halved again and again so that no chain is long.

    Along the last axis, figures that rise with it one by one are one run too, where `slope` allows it.
    """
    if not axes:
        return leaf(row)
    low, variable = lows[0], axes[0]
    runs = _runs(row)
    if slope and len(axes) == 1:
        risen = _runs([0 if figure is None else figure - at for at, figure in enumerate(row)])
        if len(risen) * 2 < len(runs):
            leaves = [(low + start, variable - low + piece) for start, piece in risen]
            return z3.If(z3.And(variable >= low, variable < low + len(row)), _halves(variable, leaves), outside)
    leaves = [(low + start, _chain(axes[1:], lows[1:], piece, leaf, outside, slope)) for start, piece in runs]
    return z3.If(z3.And(variable >= low, variable < low + len(row)), _halves(variable, leaves), outside)


def _runs(row: Sequence[Any]) -> list[tuple[int, Any]]:
    """Where each run of equal entries starts, and the entry."""
    runs: list[tuple[int, Any]] = []
    for number, piece in enumerate(row):
        if not runs or runs[-1][1] != piece:
            runs.append((number, piece))
    return runs


def _halves(variable: z3.ArithRef, leaves: Sequence[tuple[int, Any]]) -> Any:
    """The leaf whose run a variable lies in, found by halving."""
    if len(leaves) == 1:
        return leaves[0][1]
    middle = len(leaves) // 2
    return z3.If(variable < leaves[middle][0], _halves(variable, leaves[:middle]), _halves(variable, leaves[middle:]))

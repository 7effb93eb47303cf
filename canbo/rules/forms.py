"""What an expression of an article lowers to on the way to the common form, and the operations on it.

Numbers and truth values are trees already; a date is two day numbers, a word is a number of a list, a set or a
free text can only be asked about one word at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from canbo.rules import ir
from canbo.rules.dates import PartialDate, earliest, latest, month_index
from canbo.rules.dense import Dense, day_number
from canbo.rules.ir import Expr
from canbo.rules.syntax import Node, show


@dataclass(frozen=True)
class Day:
    """A date: the earliest and latest day it can be (one tree where the day is known), and the earliest month."""

    low: Expr
    high: Expr
    month: Expr

    @property
    def exact(self) -> bool:
        """Whether it is known to the day, wherever it is known."""
        return self.low is self.high


@dataclass(frozen=True)
class Word:
    """A word of a list, by its number."""

    number: Expr
    words: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A set or a free text, which can only be asked about one word at a time; None where it is unknown."""

    has: Mapping[str, Expr] | str | None


@dataclass(frozen=True)
class Choice:
    """One of two sets or texts."""

    condition: Expr
    then: Asked | Choice
    other: Asked | Choice


Form = Expr | Day | Word | Asked | Choice


class NotColumnar(TypeError):
    """Two texts, neither of them written in the article, are compared: only explain can tell."""


def constant_day(day: date | PartialDate) -> Day:
    low = ir.number(day_number(earliest(day)))
    high = low if isinstance(day, date) else ir.number(day_number(latest(day)))
    return Day(low, high, ir.number(month_index(earliest(day))))


NO_NUMBER = ir.unknown("int")


def unknown_form(kind: str, words: tuple[str, ...]) -> Form:
    match kind:
        case "bool":
            return ir.unknown("bool")
        case "date":
            return Day(NO_NUMBER, NO_NUMBER, NO_NUMBER)
        case "enum":
            return Word(NO_NUMBER, words)
        case "set" | "text":
            return Asked(None)
        case _:
            return NO_NUMBER


# ---- operations


def _remainder(left: Expr, right: Expr) -> Expr:
    return ir.sub(left, ir.mul(ir.quot(left, right), right))


OPERATIONS: Mapping[str, Callable[..., Expr]] = {
    "not": ir.negate,
    "and": ir.both,
    "or": ir.either,
    "neg": ir.neg,
    "add": ir.add,
    "sub": ir.sub,
    "mul": ir.mul,
    "div": ir.quot,
    "mod": _remainder,
    "min": lambda left, right: ir.choose(ir.compare("le", left, right), left, right),
    "max": lambda left, right: ir.choose(ir.compare("ge", left, right), left, right),
}


def tree(form: Form) -> Expr:
    if not isinstance(form, Expr):
        raise TypeError(f"expected a number or a truth value, found {type(form).__name__}")
    return form


def known_form(value: object, words: tuple[str, ...]) -> Form:
    match value:
        case bool():
            return ir.truth(value)
        case int():
            return ir.number(value)
        case date() | PartialDate():
            return constant_day(value)
        case frozenset():
            return Asked({str(word): ir.TRUE for word in value})
        case str() if words:
            return Word(ir.number(words.index(value)), words)
        case _:
            return Asked({str(value): ir.TRUE})


def chosen(condition: Expr, then: Form, other: Form) -> Form:
    if isinstance(then, Expr) and isinstance(other, Expr):
        return ir.choose(condition, then, other)
    if isinstance(then, Day) and isinstance(other, Day):
        low = ir.choose(condition, then.low, other.low)
        high = low if then.exact and other.exact else ir.choose(condition, then.high, other.high)
        return Day(low, high, ir.choose(condition, then.month, other.month))
    if isinstance(then, Word) and isinstance(other, Word):
        then, other = _same_words(then, other)
        return Word(ir.choose(condition, then.number, other.number), then.words)
    if isinstance(then, Word):
        then = _as_text(then)
    if isinstance(other, Word):
        other = _as_text(other)
    if isinstance(then, (Asked, Choice)) and isinstance(other, (Asked, Choice)):
        return Choice(condition, then, other)
    raise TypeError(f"no choice between {type(then).__name__} and {type(other).__name__}")


def _as_text(word: Word) -> Asked:
    """A word written in the article, where a text may stand instead."""
    return Asked({text: ir.compare("eq", word.number, ir.number(at)) for at, text in enumerate(word.words)})


def months_counted(start: Form, end: Form, each: int) -> Expr:
    """Complete months, or years, where every day that the dates can be gives the same number."""
    if not isinstance(start, Day) or not isinstance(end, Day):
        raise TypeError("months are counted between dates")
    fewest = ir.quot(ir.months(start.high, end.low), ir.number(each))
    if start.exact and end.exact:
        return fewest
    most = ir.quot(ir.months(start.low, end.high), ir.number(each))
    return ir.choose(ir.compare("eq", fewest, most), fewest, NO_NUMBER)


def _less(left: Day, right: Day) -> Expr:
    """Whether one date lies before another: unknown where the days that they can be overlap."""
    before = ir.compare("lt", left.high, right.low)
    if left.exact and right.exact:
        return before
    after = ir.compare("ge", left.low, right.high)
    return ir.either(before, ir.both(ir.negate(after), ir.unknown("bool")))


def _same_day(left: Day, right: Day) -> Expr:
    if left.exact and right.exact:
        return ir.compare("eq", left.low, right.low)
    apart = ir.either(ir.compare("lt", left.high, right.low), ir.compare("lt", right.high, left.low))
    exact = [ir.compare("eq", side.low, side.high) for side in (left, right) if not side.exact]
    return ir.both(ir.negate(apart), ir.either(ir.both(*exact), ir.unknown("bool")))


def compared(op: str, left: Form, right: Form, node: Node) -> Expr:
    if isinstance(left, Day) and isinstance(right, Day):
        match op:
            case "eq":
                return _same_day(left, right)
            case "ne":
                return ir.negate(_same_day(left, right))
            case "lt":
                return _less(left, right)
            case "gt":
                return _less(right, left)
            case "le":
                return ir.negate(_less(right, left))
            case _:
                return ir.negate(_less(left, right))
    if isinstance(left, Word) and isinstance(right, Word):
        left, right = _same_words(left, right)
        return ir.compare(op, left.number, right.number)
    if isinstance(left, Expr) and isinstance(right, Expr):
        return ir.compare(op, left, right)
    # One side is a free text.
    if isinstance(left, Word):
        left, right = right, left
    found = among_words(right, left, node)
    return ir.negate(found) if op == "ne" else found


def among_words(side: Form, among: Form, node: Node) -> Expr:
    """Whether a word is in a set, or is a text: asked one word at a time."""
    if isinstance(among, Choice):
        return ir.choose(among.condition, among_words(side, among.then, node), among_words(side, among.other, node))
    if not isinstance(side, Word) or not isinstance(among, Asked):
        raise NotColumnar(show(node))
    found = _asked(among, side.words[-1])
    for at in range(len(side.words) - 2, -1, -1):
        found = ir.choose(ir.compare("eq", side.number, ir.number(at)), _asked(among, side.words[at]), found)
    # An unknown word is an unknown answer, even where the list of words has one word only.
    return found if len(side.words) > 1 or side.number.value is not None else ir.unknown("bool")


def _asked(among: Asked, word: str) -> Expr:
    if among.has is None:
        return ir.unknown("bool")
    return ir.column(f"{among.has}:{word}", "bool") if isinstance(among.has, str) else among.has.get(word, ir.FALSE)


def _same_words(left: Word, right: Word) -> tuple[Word, Word]:
    """Two words by the numbers of one list."""
    words = left.words + tuple(word for word in right.words if word not in left.words)
    return in_words(left, words), in_words(right, words)


def in_words(word: Word, words: tuple[str, ...]) -> Word:
    if word.words == words[: len(word.words)]:
        return Word(word.number, words)
    turned = Dense([0], [words.index(text) for text in word.words])
    return Word(_renumbered(word.number, turned), words)


def _renumbered(expr: Expr, turned: Dense) -> Expr:
    if expr.op == "if":
        return ir.choose(expr.args[0], *(_renumbered(branch, turned) for branch in expr.args[1:]))
    return ir.lookup(turned, (expr,), "int")

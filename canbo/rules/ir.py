"""The common form: small trees of whole numbers and truth values over nullable columns.

Every reader but explain reads articles in this form (docs/decisions/0009). Its operations are

    col                       a column; `value` is its name
    const                     `value`: an int, a bool, or None (unknown)
    and or not                truth values, strong Kleene; `and` and `or` take two or more
    eq ne lt le gt ge         two ints (or two bools for eq, ne); unknown if either is
    add sub mul neg           ints; unknown if either is
    quot                      cut towards zero; unknown where the second is 0
    if                        bool, x, x; unknown where the first is
    table                     ints, one for each axis; `value` is a Dense; unknown outside it
    months                    complete months between two days, as `complete_months` counts

Trees are made by the functions below only. They fold what is constant and simplify what may be simplified
in Kleene logic (`x || !x` may not: it is unknown where x is), and work out whatever depends on the axes of
tables alone as one table. `evaluate` is the reference reader.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from canbo.rules.dense import FIRST_DAY, LAST_DAY, Bools, Dense, Ints, months_between, months_between_arrays, quotient_arrays

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
OPS = ("col", "const", "and", "or", "not", *COMPARISONS, "add", "sub", "mul", "neg", "quot", "if", "table", "months")
_FLIPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
# A folded table may have this many figures: sex times 1,200 months of birth times a few keys.
LARGEST = 1 << 16
# How large a tree over the axes of tables is still tried as one table.
_TRIED = 40
# Into how many branches an operation is written out so that tables fold.
_MOST_WAYS = 8

Value = bool | int | None


@dataclass(frozen=True, slots=True)
class Expr:
    """One node; `kind` is bool or int. Days, months, words of a list are ints too."""

    op: str
    args: tuple[Expr, ...] = ()
    value: Value | str | Dense = None
    kind: str = "bool"
    _hash: int = field(init=False, repr=False, compare=False)
    # How many nodes it has, and whether a table is among them: decides whether to try folding.
    size: int = field(init=False, repr=False, compare=False)
    tabled: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.op, self.args, self.value, self.kind)))
        object.__setattr__(self, "size", 1 + sum(arg.size for arg in self.args))
        object.__setattr__(self, "tabled", self.op == "table" or any(arg.tabled for arg in self.args))

    def __hash__(self) -> int:
        return self._hash

    @property
    def constant(self) -> bool:
        """Whether it is a constant, the unknown one among them."""
        return self.op == "const"


# ---- making trees


def truth(value: bool | None) -> Expr:
    """A constant truth value; None is unknown."""
    return Expr("const", (), value, "bool")


def number(value: int | None) -> Expr:
    """A constant whole number; None is unknown. Raises OverflowError beyond 64 bits."""
    if value is not None and not -(2**63) <= value < 2**63:
        raise OverflowError(f"{value} is beyond the 64 bits in which figures are read")
    return Expr("const", (), value, "int")


def unknown(kind: str) -> Expr:
    """The unknown of a kind."""
    return Expr("const", (), None, kind)


TRUE, FALSE = truth(True), truth(False)


def column(name: str, kind: str = "int") -> Expr:
    """A column of the population."""
    return Expr("col", (), name, kind)


def both(*args: Expr) -> Expr:
    """And."""
    return _chain("and", args)


def either(*args: Expr) -> Expr:
    """Or."""
    return _chain("or", args)


def _chain(op: str, args: Iterable[Expr]) -> Expr:
    absorbing, neutral = (FALSE, TRUE) if op == "and" else (TRUE, FALSE)
    parts: dict[Expr, None] = {}
    for arg in args:
        for part in arg.args if arg.op == op else (arg,):
            if part == absorbing:
                return absorbing
            if part != neutral:
                parts[part] = None
    # x && (x || y) is x, in Kleene logic too.
    dual = "or" if op == "and" else "and"
    kept = [part for part in parts if part.op != dual or not any(below in parts for below in part.args)]
    kept = _join_tables(op, kept)
    if len(kept) < 2:
        return kept[0] if kept else neutral
    return _fold(Expr(op, tuple(kept), None, "bool"))


def _join_tables(op: str, parts: list[Expr]) -> list[Expr]:
    """Tables over the same axes are one table."""
    joined: dict[tuple[Expr, ...], Expr] = {}
    kept: list[Expr] = []
    for part in parts:
        if part.op != "table":
            kept.append(part)
        elif part.args in joined:
            joined[part.args] = _fold(Expr(op, (joined[part.args], part), None, "bool"))
        else:
            joined[part.args] = part
    return kept + list(joined.values())


def negate(arg: Expr) -> Expr:
    """Not."""
    if arg.op == "const":
        return truth(None if arg.value is None else not arg.value)
    if arg.op == "not":
        return arg.args[0]
    if arg.op in _NEGATED:
        return Expr(_NEGATED[arg.op], arg.args, None, "bool")
    if arg.op == "if":
        condition, then, other = arg.args
        return choose(condition, negate(then), negate(other))
    return _fold(Expr("not", (arg,), None, "bool"))


def compare(op: str, left: Expr, right: Expr) -> Expr:
    """One of COMPARISONS."""
    if left.constant and not right.constant:
        op, left, right = _FLIPPED[op], right, left
    if _unknown(left, right):
        return unknown("bool")
    spread = _spread(lambda parts: compare(op, *parts), (left, right))
    if spread is not None:
        return spread
    if not right.constant:
        return _fold(Expr(op, (left, right), None, "bool"))
    if left.constant:
        return truth(_compared(op, left.value, right.value))
    if left.kind == "bool":
        return left if right.value == (op == "eq") else negate(left)
    if left.op == "if" and (left.tabled or _settles(left)):
        condition, then, other = left.args
        return choose(condition, compare(op, then, right), compare(op, other, right))
    if left.op == "add" and left.args[1].constant:
        return compare(op, left.args[0], number(_int(right) - _int(left.args[1])))
    if left.op == "sub" and left.args[0].constant:
        return compare(_FLIPPED[op], left.args[1], number(_int(left.args[0]) - _int(right)))
    if left.op == "neg":
        return compare(_FLIPPED[op], left.args[0], number(-_int(right)))
    counted = _counted(left)
    if counted is not None:
        return _as_days(op, left, counted, _int(right))
    return _fold(Expr(op, (left, right), None, "bool"))


def _settles(expr: Expr) -> bool:
    """Whether a comparison with a constant may go into the branches without being written twice in full."""
    return any(branch.constant for branch in expr.args[1:])


def add(left: Expr, right: Expr) -> Expr:
    """Sum."""
    if left.constant:
        left, right = right, left
    if right.constant and right.value == 0:
        return left
    if right.constant and left.op == "add" and left.args[1].constant:
        return add(left.args[0], _strict("add", left.args[1], right))
    return _strict("add", left, right)


def sub(left: Expr, right: Expr) -> Expr:
    """Difference."""
    if right.constant and right.value is not None:
        return add(left, number(-_int(right)))
    return _strict("sub", left, right)


def mul(left: Expr, right: Expr) -> Expr:
    """Product."""
    if left.constant:
        left, right = right, left
    return left if right.constant and right.value == 1 else _strict("mul", left, right)


def quot(left: Expr, right: Expr) -> Expr:
    """Quotient cut towards zero, unknown where `right` is 0."""
    if right.constant and right.value in (0, 1):
        return unknown("int") if right.value == 0 else left
    return _strict("quot", left, right)


def neg(arg: Expr) -> Expr:
    """The number with its sign turned."""
    return arg.args[0] if arg.op == "neg" else _strict("neg", arg)


def months(start: Expr, end: Expr) -> Expr:
    """Complete months from one day to another."""
    return _strict("months", start, end)


def _strict(op: str, *args: Expr) -> Expr:
    """A number that is unknown where any part is, and where something is divided by 0: also in a branch of the divisor."""
    if _unknown(*args) or (op == "quot" and args[1].constant and args[1].value == 0):
        return unknown("int")
    if all(arg.constant for arg in args):
        return number(_worked(op, *(_int(arg) for arg in args)))
    spread = _spread(lambda parts: _strict(op, *parts), args)
    if spread is not None:
        return spread
    return _fold(Expr(op, args, None, "int"))


def _spread(make: Callable[[Sequence[Expr]], Expr], args: Sequence[Expr]) -> Expr | None:
    """What is unknown where any part is, worked out within the branches of the parts, where tables then fold.

    None where a part is more than a few branches of constants and tables.
    """
    ways = 1
    for arg in args:
        leaves = list(_leaves(arg))
        ways *= len(leaves)
        if ways > _MOST_WAYS or not all(leaf.constant or leaf.op == "table" for leaf in leaves):
            return None
    place = next((place for place, arg in enumerate(args) if arg.op == "if"), None)
    if place is None:
        return None
    condition, then, other = args[place].args
    one, two = ([*args[:place], branch, *args[place + 1 :]] for branch in (then, other))
    return choose(condition, make(one), make(two))


def _leaves(expr: Expr) -> Iterator[Expr]:
    if expr.op == "if":
        yield from _leaves(expr.args[1])
        yield from _leaves(expr.args[2])
    else:
        yield expr


def choose(condition: Expr, then: Expr, other: Expr) -> Expr:
    """If: unknown where the condition is, even where both branches agree."""
    kind = then.kind
    if condition.constant:
        if condition.value is None:
            return unknown(kind)
        return then if condition.value else other
    if condition.op == "not":
        return choose(condition.args[0], other, then)
    if then.constant and other.constant:
        if then.value is None and other.value is None:
            return unknown(kind)
        if (then, other) == (TRUE, FALSE):
            return condition
        if (then, other) == (FALSE, TRUE):
            return negate(condition)
    return _fold(Expr("if", (condition, then, other), None, kind))


def lookup(table: Dense, args: tuple[Expr, ...], kind: str) -> Expr:
    """The figure of a table at some indices."""
    found: Dense | None = table
    if _unknown(*args):
        return unknown(kind)
    for axis in range(len(args) - 1, -1, -1):
        if args[axis].constant:
            found = found.fixed(axis, _int(args[axis])) if found else None
    left = tuple(arg for arg in args if not arg.constant)
    if found is None or not found.mask().any():
        return unknown(kind)
    if left:
        return Expr("table", left, found, kind)
    figure = found.at()
    return truth(None if figure is None else bool(figure)) if kind == "bool" else number(figure)


def _unknown(*args: Expr) -> bool:
    return any(arg.constant and arg.value is None for arg in args)


def _int(expr: Expr) -> int:
    if not isinstance(expr.value, int):
        raise TypeError(f"{expr} is not a known number")
    return expr.value


# ---- comparisons of counted months become comparisons of days


def _counted(expr: Expr) -> tuple[Expr, bool] | None:
    """The day that a count of months (or of whole years) depends on alone, and whether it rises with that day."""
    if expr.op == "quot" and expr.args[1].constant and _int(expr.args[1]) > 0:
        return _counted(expr.args[0])
    if expr.op != "months":
        return None
    start, end = expr.args
    if end.constant:
        return start, False
    return (end, True) if start.constant else None


def _count(expr: Expr, day: int) -> int:
    if expr.op == "quot":
        return _worked("quot", _count(expr.args[0], day), _int(expr.args[1]))
    start, end = (_int(arg) if arg.constant else day for arg in expr.args)
    return months_between(start, end)


def _as_days(op: str, expr: Expr, counted: tuple[Expr, bool], limit: int) -> Expr:
    """`months(x, day) >= limit` is `x <= last day`: the count never falls, or never rises, with the day."""
    day, rises = counted

    def at_least(figure: int) -> Expr:
        """Whether the count is at least `figure`."""
        low, high = FIRST_DAY, LAST_DAY + 1
        while low < high:
            middle = (low + high) // 2
            # Rising: the first day that reaches the figure. Falling: the first that no longer does.
            if (_count(expr, middle) >= figure) == rises:
                high = middle
            else:
                low = middle + 1
        return compare("ge" if rises else "lt", day, number(low))

    match op:
        case "ge":
            return at_least(limit)
        case "gt":
            return at_least(limit + 1)
        case "lt":
            return negate(at_least(limit))
        case "le":
            return negate(at_least(limit + 1))
        case "eq":
            return both(at_least(limit), negate(at_least(limit + 1)))
        case _:
            return either(negate(at_least(limit)), at_least(limit + 1))


# ---- what depends on the axes of tables alone becomes one table


def _fold(expr: Expr) -> Expr:
    """The tree as one table, where it depends on the axes of its tables alone and is unknown wherever one of them is."""
    if not expr.tabled or expr.size > _TRIED:
        return expr
    spans: dict[Expr, tuple[int, int]] = {}
    _spans(expr, spans)
    # One more for each axis: what comes out where that index is unknown.
    axes = sorted(spans, key=lambda axis: spans[axis][1] - spans[axis][0])
    sizes = [spans[axis][1] - spans[axis][0] + 1 for axis in axes]
    if np.prod([float(size) for size in sizes]) > LARGEST or not _closed(expr, spans):
        return expr
    env: dict[Expr, tuple[Ints, Bools]] = {}
    for place, (axis, size) in enumerate(zip(axes, sizes, strict=True)):
        shape = [size if at == place else 1 for at in range(len(axes))]
        first = spans[axis][0]
        indices: Ints = np.arange(first, first + size, dtype=np.int64).reshape(shape)
        env[axis] = indices, (np.arange(size) < size - 1).reshape(shape)
    values, known = (np.broadcast_to(plane, sizes) for plane in planes(expr, env))
    inside = tuple(slice(0, size - 1) for size in sizes)
    outside = known.copy()
    outside[inside] = False
    if outside.any():
        return expr
    table = Dense([spans[axis][0] for axis in axes], values[inside], known[inside])
    return lookup(table, tuple(axes), expr.kind)


def _spans(expr: Expr, spans: dict[Expr, tuple[int, int]]) -> None:
    """Every axis of every table, with the first index and the one after the last."""
    if expr.op != "table":
        for arg in expr.args if expr.tabled else ():
            _spans(arg, spans)
        return
    table = _dense(expr)
    for axis, low, size in zip(expr.args, table.lows, table.sizes, strict=True):
        first, last = spans.get(axis, (low, low + size))
        spans[axis] = min(first, low), max(last, low + size)


def _closed(expr: Expr, spans: Mapping[Expr, object]) -> bool:
    if expr in spans or expr.constant or expr.op == "table":
        return True
    return bool(expr.args) and all(_closed(arg, spans) for arg in expr.args)


def _dense(expr: Expr) -> Dense:
    assert isinstance(expr.value, Dense)
    return expr.value


# ---- reading: the reference, and whole arrays


def _compared(op: str, left: object, right: object) -> bool:
    match op:
        case "eq":
            return left == right
        case "ne":
            return left != right
        case "lt":
            return left < right  # type: ignore[operator,no-any-return]
        case "le":
            return left <= right  # type: ignore[operator,no-any-return]
        case "gt":
            return left > right  # type: ignore[operator,no-any-return]
        case _:
            return left >= right  # type: ignore[operator,no-any-return]


def _worked(op: str, *args: int) -> int:
    match op:
        case "add":
            return args[0] + args[1]
        case "sub":
            return args[0] - args[1]
        case "mul":
            return args[0] * args[1]
        case "neg":
            return -args[0]
        case "months":
            return months_between(*args)
        case _:
            whole = abs(args[0]) // abs(args[1])
            return -whole if (args[0] < 0) != (args[1] < 0) else whole


def evaluate(expr: Expr, row: Mapping[str, Value]) -> Value:
    """What a tree comes to for one row; a column that the row lacks is unknown, and so is None."""
    match expr.op:
        case "const":
            return expr.value  # type: ignore[return-value]
        case "col":
            return row.get(str(expr.value))
        case "and" | "or":
            found = {evaluate(arg, row) for arg in expr.args}
            absorbing = expr.op == "or"
            return absorbing if absorbing in found else (None if None in found else not absorbing)
        case "if":
            condition = evaluate(expr.args[0], row)
            return None if condition is None else evaluate(expr.args[1 if condition else 2], row)
    known: list[bool | int] = []
    for arg in expr.args:
        value = evaluate(arg, row)
        if value is None:
            return None
        known.append(value)
    if expr.op == "not":
        return not known[0]
    if expr.op == "table":
        figure = _dense(expr).at(*known)
        return bool(figure) if expr.kind == "bool" and figure is not None else figure
    if expr.op in COMPARISONS:
        return _compared(expr.op, *known)
    return None if expr.op == "quot" and known[1] == 0 else _worked(expr.op, *known)


Planes = tuple[Ints | Bools, Bools]


def planes(expr: Expr, columns: Mapping[Expr, Planes]) -> Planes:
    """What a tree comes to over whole arrays: the values, and where they are known.

    `columns` gives the arrays of columns (or of any part of the tree); they may be of shapes that numpy
    broadcasts together. Truth values are arrays of bool.
    """
    done: dict[Expr, Planes] = dict(columns)

    def read(node: Expr) -> Planes:
        if node not in done:
            done[node] = _plane(node, [read(arg) for arg in node.args])
        return done[node]

    return read(expr)


def _plane(expr: Expr, args: list[Planes]) -> Planes:
    if expr.op == "const":
        there = np.asarray(expr.value is not None)
        return np.asarray(expr.value or 0, dtype=np.bool_ if expr.kind == "bool" else np.int64), there
    if expr.op == "col":
        raise KeyError(expr.value)
    if expr.op in ("and", "or"):
        absorbing = expr.op == "or"
        settled = np.logical_or.reduce(np.broadcast_arrays(*(known & (value == absorbing) for value, known in args)))
        whole = np.logical_and.reduce(np.broadcast_arrays(*(known for _, known in args)))
        return settled if absorbing else ~settled, settled | whole
    if expr.op == "if":
        (condition, sure), (then, one), (other, two) = args
        return np.where(condition, then, other), sure & np.where(condition, one, two)
    known = args[0][1]
    for _, also in args[1:]:
        known = known & also
    values = [value for value, _ in args]
    if expr.op == "table":
        found, known = _dense(expr).gather(np.broadcast_arrays(*values), known)
        return (found.astype(np.bool_) if expr.kind == "bool" else found), known
    if expr.op == "not":
        return ~values[0], known
    if expr.op in COMPARISONS:
        return np.asarray(_compared(expr.op, *values)), known
    if expr.op == "quot":
        known = known & (values[1] != 0)
        return quotient_arrays(np.asarray(values[0], np.int64), np.where(values[1] == 0, 1, values[1])), known
    if expr.op == "months":
        return months_between_arrays(*(np.where(known, value, 0) for value in values)), known
    return np.asarray(_worked(expr.op, *values)), known  # type: ignore[arg-type]


# ---- shapes and columns


def walk(expr: Expr) -> Iterator[Expr]:
    """The tree and all below it, a node before what stands below it."""
    yield expr
    for arg in expr.args:
        yield from walk(arg)


def _lines(expr: Expr) -> Iterator[str]:
    for part in walk(expr):
        named = part.value if part.op == "col" else ""
        if part.op == "const":
            named = "unknown" if part.value is None else ""
        if part.op == "table" and isinstance(part.value, Dense):
            named = f"{len(part.value.sizes)} {'partly' if part.value.known is not None else 'all'}"
        yield f"{part.op}/{len(part.args)}:{part.kind}:{named}"


def shape(*exprs: Expr) -> str:
    """A hash of trees without their constants and figures: equal shapes run the same compiled kernel."""
    lines = "\n".join("\n".join(_lines(expr)) for expr in exprs)
    return hashlib.sha256(lines.encode()).hexdigest()[:32]


def constants(exprs: Iterable[Expr]) -> list[bool | int | Dense]:
    """The constants and tables of trees, in the order of `walk`: the arguments of the kernel of their shape."""
    found: list[bool | int | Dense] = []
    for part in (part for expr in exprs for part in walk(expr)):
        if part.op in ("const", "table") and part.value is not None and not isinstance(part.value, str):
            found.append(part.value)
    return found


def columns(exprs: Iterable[Expr]) -> dict[str, str]:
    """Names of the columns that trees read, in the order in which they come up, with their kind: bool or int."""
    found: dict[str, str] = {}
    seen: set[Expr] = set()

    def visit(expr: Expr) -> None:
        if expr in seen:
            return
        seen.add(expr)
        if expr.op == "col":
            found.setdefault(str(expr.value), expr.kind)
        for arg in expr.args:
            visit(arg)

    for expr in exprs:
        visit(expr)
    return found

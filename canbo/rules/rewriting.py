"""Trees rewritten for readers of whole columns: the same answers from comparisons of days instead of counted months.

A count of months that must be the same from either end of a date known to the month costs more than all else, though
hardly anybody has such a date. So a comparison goes into the branch where the count is known, a count against a table
becomes a day against a table of days, and that both ends give the same count is asked (`alike`) of those only whose
ends differ.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from canbo.rules import ir
from canbo.rules.dense import Dense
from canbo.rules.ir import Expr

FLIPPED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


@lru_cache(maxsize=4096)
def rewritten(expr: Expr) -> Expr:
    """The tree with every comparison made cheaper where it can be; it is true, false and unknown of the same rows."""
    if not expr.args:
        return expr
    if expr.op in ir.COMPARISONS and expr.args[0].kind == "int":
        made = _comparison(expr.op, *expr.args)
        if made is not None:
            return rewritten(made)
    args = tuple(map(rewritten, expr.args))
    return (
        expr if all(new is old for new, old in zip(args, expr.args, strict=True)) else Expr(expr.op, args, expr.value, expr.kind)
    )


def _comparison(op: str, left: Expr, right: Expr) -> Expr | None:
    # An unknown number is an unknown answer: the comparison may go into the branch that is known.
    for side, other, turned in ((left, right, False), (right, left, True)):
        if side.op == "if" and any(branch.constant and branch.value is None for branch in side.args[1:]):
            pairs = [(other, branch) if turned else (branch, other) for branch in side.args[1:]]
            return ir.choose(side.args[0], *(ir.compare(op, *pair) for pair in pairs))
    return _as_days(op, left, right)


def _as_days(op: str, left: Expr, right: Expr) -> Expr | None:
    """Months counted to a fixed day, against a table of months: the day itself against a table of days."""
    if left.op == "table" and right.op != "table":
        op, left, right = FLIPPED.get(op, op), right, left
    if op not in FLIPPED or left.op not in ("months", "quot") or not isinstance(table := right.value, Dense):
        return None
    limits = {int(figure): ir.compare(op, left, ir.number(int(figure))) for figure in np.unique(table.figures)}
    first = next(iter(limits.values()))
    for limit in limits.values():
        alone = len(limit.args) == 2 and limit.args[1].constant and limit.args[0].op not in ("months", "quot")
        if not alone or (limit.op, limit.args[0]) != (first.op, first.args[0]):
            return None
    days = [int(limits[figure].args[1].value) for figure in table.figures.ravel().tolist()]  # type: ignore[arg-type]
    dense = Dense(table.lows, np.reshape(days, table.sizes), table.mask())
    return ir.compare(first.op, first.args[0], ir.lookup(dense, right.args, "int"))


def alike(expr: Expr) -> tuple[Expr, Expr] | None:
    """The two columns of a comparison that asks whether the same count of both is equal; such as a date's two ends.

    Wherever the columns themselves are equal, so are the counts.
    """
    if expr.op not in ("eq", "ne") or expr.args[0].kind != "int":
        return None
    left, right = expr.args
    one, two = _only_column(left), _only_column(right)
    if one is None or two is None or one == two or left == one or _swapped(left, one, two) != right:
        return None
    return one, two


@lru_cache(maxsize=256)
def counted(expr: Expr, column: Expr, bits: int) -> Dense | None:
    """What a number comes to for everything that its one column can hold; None where that is too much, or not known."""
    if bits > 16:
        return None
    values = np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1))
    figures, known = ir.planes(expr, {column: (values, np.ones(len(values), dtype=np.bool_))})
    return Dense([values[0]], np.broadcast_to(figures, values.shape)) if np.all(known) else None


def _only_column(expr: Expr) -> Expr | None:
    """The one column that a number depends on, where it is worked out from that and figures alone."""
    parts = list(ir.walk(expr))
    found = {part for part in parts if part.op == "col"}
    plain = all(part.op in ("col", "const", "months", "quot", "add", "sub", "mul", "neg") for part in parts)
    return found.pop() if plain and len(found) == 1 else None


def _swapped(expr: Expr, one: Expr, other: Expr) -> Expr:
    if expr == one:
        return other
    return Expr(expr.op, tuple(_swapped(arg, one, other) for arg in expr.args), expr.value, expr.kind)

"""Folding and simplifying changes nothing: a tree made by the builders says what the same tree written out says."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules import ir
from canbo.rules.dense import Dense
from canbo.rules.ir import Expr
from tests.trying import examples

Two = tuple[Expr, Expr]  # the tree as written, and as built
BOOL, KEY, MONTH, DAY = ir.column("b", "bool"), ir.column("k"), ir.column("m"), ir.column("d")
ROWS = [
    dict(zip("bkmd", cells, strict=True))
    for cells in product((None, True, False), (None, 0, 1), (None, 0, 1, 2), (None, 20_000, 20_119))
]
BUILD = {"add": ir.add, "sub": ir.sub, "mul": ir.mul, "quot": ir.quot, "months": ir.months, "neg": ir.neg}


def raw(op: str, kind: str, *args: Expr) -> Expr:
    return Expr(op, args, None, kind)


@st.composite
def tables(draw: st.DrawFn, kind: str) -> Two:
    axes = draw(st.sampled_from([(KEY,), (MONTH,), (KEY, MONTH)]))
    sizes = [2 if axis is KEY else 3 for axis in axes]
    count = 6 if len(axes) == 2 else sizes[0]
    figures = st.integers(0, 1) if kind == "bool" else st.integers(-3, 3)
    drawn = draw(st.lists(st.one_of(st.none(), figures, figures), min_size=count, max_size=count))

    def box(flat: list[int] | list[bool]) -> list[object]:
        return [flat[:3], flat[3:]] if len(axes) == 2 else list(flat)

    table = Dense([0] * len(axes), box([figure or 0 for figure in drawn]), box([figure is not None for figure in drawn]))
    assert list(table.sizes) == sizes
    return Expr("table", axes, table, kind), ir.lookup(table, axes, kind)


def same(tree: Expr) -> Two:
    return tree, tree


def grown(bools: st.SearchStrategy[Two], ints: st.SearchStrategy[Two]) -> tuple[st.SearchStrategy[Two], st.SearchStrategy[Two]]:
    """One level more of truth values, and of numbers."""
    binary = st.sampled_from(["add", "sub", "mul", "quot", "months"])
    more_ints = st.one_of(
        st.tuples(binary, ints, ints).map(lambda x: (raw(x[0], "int", x[1][0], x[2][0]), BUILD[x[0]](x[1][1], x[2][1]))),
        ints.map(lambda x: (raw("neg", "int", x[0]), ir.neg(x[1]))),
        st.tuples(bools, ints, ints).map(lambda x: (raw("if", "int", *(y[0] for y in x)), ir.choose(*(y[1] for y in x)))),
    )
    more_bools = st.one_of(
        st.tuples(st.sampled_from(ir.COMPARISONS), ints, ints).map(
            lambda x: (raw(x[0], "bool", x[1][0], x[2][0]), ir.compare(x[0], x[1][1], x[2][1]))
        ),
        st.lists(bools, min_size=2, max_size=3).map(
            lambda x: (raw("and", "bool", *(y[0] for y in x)), ir.both(*(y[1] for y in x)))
        ),
        st.lists(bools, min_size=2, max_size=3).map(
            lambda x: (raw("or", "bool", *(y[0] for y in x)), ir.either(*(y[1] for y in x)))
        ),
        st.tuples(st.sampled_from(["eq", "ne"]), bools, bools).map(
            lambda x: (raw(x[0], "bool", x[1][0], x[2][0]), ir.compare(x[0], x[1][1], x[2][1]))
        ),
        bools.map(lambda x: (raw("not", "bool", x[0]), ir.negate(x[1]))),
        st.tuples(bools, bools, bools).map(lambda x: (raw("if", "bool", *(y[0] for y in x)), ir.choose(*(y[1] for y in x)))),
    )
    return st.one_of(bools, more_bools), st.one_of(ints, more_ints)


_keys = st.integers(0, 1).map(lambda at: same(raw("eq", "bool", KEY, ir.number(at))))
_bools: st.SearchStrategy[Two] = st.one_of(
    tables("bool"), _keys, st.sampled_from([BOOL, ir.TRUE, ir.FALSE, ir.unknown("bool")]).map(same)
)
_ints: st.SearchStrategy[Two] = st.one_of(
    tables("int"), st.sampled_from([DAY, KEY, ir.unknown("int")]).map(same), st.integers(-3, 60).map(lambda n: same(ir.number(n)))
)
for _ in range(3):
    _bools, _ints = grown(_bools, _ints)


@settings(max_examples=examples(400), deadline=None)
@given(two=st.one_of(_bools, _ints))
def test_a_folded_tree_says_what_it_says_unfolded(two: Two) -> None:
    written, built = two
    for row in ROWS:
        assert ir.evaluate(built, row) == ir.evaluate(written, row), row


def test_what_is_known_without_an_axis_is_not_folded_into_a_table() -> None:
    table = ir.lookup(Dense([0, 0], [[0, 0, 0], [1, 1, 1]]), (KEY, MONTH), "bool")
    built = ir.either(ir.compare("eq", KEY, ir.number(0)), table)
    assert ir.evaluate(built, {"k": 0, "m": None}) is True
    assert ir.evaluate(built, {"k": 1, "m": None}) is None and ir.evaluate(built, {"k": 1, "m": 2}) is True

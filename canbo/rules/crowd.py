"""A crowd of made-up cases, decided all at once: what somebody in it shows need not be asked of the solver.

The cases are drawn at random from the ranges of the catalogue and from the figures that the articles
themselves mention, one less and one more, since that is where regions begin and end. Those who break an
axiom take its facts from somebody who keeps it, and are sent away where that does not help. The crowd proves nothing absent: where nobody shows something, the solver is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from canbo.rules import ir
from canbo.rules.corpus import Corpus
from canbo.rules.dense import Bools, Ints, day_number, day_of
from canbo.rules.ir import Expr, Planes
from canbo.rules.lower import Column, columns_of
from canbo.rules.schema import FactSpec
from canbo.rules.witness import Given

DRAWN, KEPT, ROUNDS = 12_000, 4_000, 8


class Crowd:
    """Cases for some trees on one day; the same trees always draw the same crowd.

    axioms  what the axioms say of the facts that the trees read; of others they would only thin the crowd
    """

    def __init__(self, corpus: Corpus, trees: Iterable[Expr], axioms: Iterable[Expr], on: date) -> None:
        self.corpus = corpus
        trees = list(trees)
        axioms = list(axioms)
        columns = columns_of([*trees, *axioms], corpus.facts)
        drawn = _draw(corpus, columns, _figures([*trees, *axioms]), on)
        there = _settled(drawn, columns, axioms)
        chosen = np.flatnonzero(there)[:KEPT]
        self.facts = {name: values[chosen] for name, values in drawn.items()}
        self.size = len(chosen)
        self._columns = _planes(self.facts, columns)
        self._planes = dict(self._columns)

    def read(self, tree: Expr) -> Planes | None:
        """What a tree comes to for everybody, and where it is known; None where it reads a column that nobody has."""
        if tree not in self._planes:
            try:
                found = ir.planes(tree, self._planes)
            except KeyError:
                return None
            value, known = (np.broadcast_to(plane, self.size) for plane in found)
            self._planes[tree] = value, known.astype(np.bool_)  # type: ignore[assignment]
        return self._planes[tree]

    def moved(self, tree: Expr, fact: str, by: int) -> Planes | None:
        """What a tree would come to for everybody if one number were higher."""
        column = ir.column(fact)
        if column not in self._columns:
            return None
        values, known = self._columns[column]
        return ir.planes(tree, {**self._columns, column: (values + by, known)})

    def person(self, row: int, names: Collection[str]) -> dict[str, Given]:
        """The facts of one case, as a register hands them over."""
        facts: dict[str, Given] = {}
        for name in sorted(names):
            spec = self.corpus.facts[name]
            if spec.type.kind in ("set", "text"):
                words = [key.partition(":")[2] for key in self.facts if key.startswith(f"{name}:") and self.facts[key][row]]
                facts[name] = frozenset(words) if spec.type.kind == "set" else (words[0] if words else "-")
            elif name in self.facts:
                facts[name] = _given(spec, self.facts[name][row])
        return facts


def _given(spec: FactSpec, value: np.generic) -> Given:
    number = int(value)
    match spec.type.kind:
        case "bool":
            return bool(number)
        case "date":
            return day_of(number)
        case "enum":
            return spec.type.values[number]
        case _:
            return Decimal(number).scaleb(-spec.places) if spec.places else number


def _figures(trees: Iterable[Expr]) -> Ints:
    """The figures that trees mention, one less and one more."""
    seen: set[Expr] = set()
    found: set[int] = set()

    def visit(tree: Expr) -> None:
        if tree in seen:
            return
        seen.add(tree)
        if tree.op == "const" and isinstance(tree.value, int) and not isinstance(tree.value, bool):
            found.update((tree.value - 1, tree.value, tree.value + 1))
        for arg in tree.args:
            visit(arg)

    for tree in trees:
        visit(tree)
    return np.array(sorted(found), dtype=np.int64)


def _draw(corpus: Corpus, columns: Mapping[str, Column], figures: Ints, on: date) -> dict[str, Ints]:
    """Values for every fact that the columns come from, words of sets by the name of their column."""
    draw = np.random.default_rng(7)
    drawn: dict[str, Ints] = {}
    for name, column in columns.items():
        spec = corpus.facts[column.fact]
        if spec.type.kind in ("set", "text"):
            drawn[name] = draw.integers(0, 2, DRAWN)
            for other in (key for key in drawn if key.startswith(f"{column.fact}:") and key != name):
                if spec.type.kind == "text":
                    drawn[name] = drawn[name] & (1 - drawn[other])
        elif column.fact not in drawn:
            drawn[column.fact] = _values(draw, spec, figures, on)
    return drawn


def _values(draw: np.random.Generator, spec: FactSpec, figures: Ints, on: date) -> Ints:
    if spec.type.kind == "bool":
        return draw.integers(0, 2, DRAWN)
    if spec.type.kind == "enum":
        return draw.integers(0, len(spec.type.values), DRAWN)
    low, high = _ends(spec)
    # Half from the whole range, or for days from the years about the day; half from where regions end.
    about = day_number(on)
    if spec.type.kind == "date" and low < about < high:
        low_, high_ = max(low, about - 365 * 6), min(high, about + 365)
    elif spec.type.kind == "date":
        low_, high_ = max(low, about - 365 * 65), min(high, about - 365 * 18)
    else:
        low_, high_ = low, min(high, low + 400 * 10**spec.places)
    usual = draw.integers(min(low_, high_), max(low_, high_) + 1, DRAWN)
    near = figures[(figures >= low) & (figures <= high)]
    return np.where(draw.random(DRAWN) < 0.5, usual, draw.choice(near, DRAWN)) if len(near) else usual


def _ends(spec: FactSpec) -> tuple[int, int]:
    if spec.type.kind == "date":
        low = day_number(spec.low) if isinstance(spec.low, date) else 0
        return low, day_number(spec.high) if isinstance(spec.high, date) else low + 50_000
    scale = 10**spec.places
    low, high = (end if isinstance(end, int) else 0 for end in (spec.low, spec.high))
    return low * scale, high * scale


def _settled(drawn: dict[str, Ints], columns: Mapping[str, Column], axioms: Sequence[Expr]) -> Bools:
    """Who breaks no axiom, once those who broke one have taken its facts from somebody who keeps it."""
    draw = np.random.default_rng(8)
    there = np.ones(DRAWN, dtype=np.bool_)
    for last in (*(False,) * ROUNDS, True):
        for axiom in axioms:
            value, known = ir.planes(axiom, _planes(drawn, columns))
            kept = np.broadcast_to(value.astype(np.bool_) | ~known, DRAWN)
            if last:
                there = there & kept
            elif kept.any() and not kept.all():
                own = {name if name in drawn else columns[name].fact for name in ir.columns([axiom])}
                broken, models = np.flatnonzero(~kept), np.flatnonzero(kept)
                taken = draw.choice(models, len(broken))
                for name in sorted(own):
                    drawn[name] = drawn[name].copy()
                    drawn[name][broken] = drawn[name][taken]
    return there


def _planes(facts: Mapping[str, Ints], columns: Mapping[str, Column]) -> dict[Expr, Planes]:
    found: dict[Expr, Planes] = {}
    for name, column in columns.items():
        values = facts[name] if name in facts else facts[column.fact]
        known: Bools = np.ones(len(values), dtype=np.bool_)
        if column.kind == "month":
            values = values.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
        truth = column.kind == "bool"
        tree = ir.column(name, "bool" if truth else "int")
        found[tree] = (values.astype(np.bool_) if truth else values), known
    return found

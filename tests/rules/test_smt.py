"""The formulas say what the reference reader of the common form says, of whole and of half-known cases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules import ir
from canbo.rules.corpus import Corpus
from canbo.rules.dates import complete_months
from canbo.rules.dense import Dense, day_number
from canbo.rules.ir import Expr
from canbo.rules.lower import cells, column_of, columns_of, lower_all
from canbo.rules.smt import Encoder, Truth
from tests.rules import generated
from tests.rules.generated import ON
from tests.trying import examples


def bound(encoder: Encoder, row: dict[str, Any]) -> list[z3.BoolRef]:
    """A row as equations of the encoder's variables; what it lacks is unknown."""
    found: list[z3.BoolRef] = []
    for name, parts in encoder.used.items():
        spec = encoder.facts[name]
        for part in sorted(parts - {"month"} | ({"lo"} if "month" in parts else set())):
            sign = ":" if spec.type.kind in ("set", "text") else "."
            value = row.get(f"{name}{sign}{part}" if part else name)
            if value is None:
                found.append(z3.Not(z3.Bool(f"{name}?")))
            elif isinstance(value, bool):
                found += [z3.Bool(f"{name}?"), z3.Bool(f"{name}:{part}" if part else name) == value]
            else:
                found += [z3.Bool(f"{name}?"), encoder.variable(spec, part) == int(value)]
    return found


def read(encoder: Encoder, truth: Truth, row: dict[str, Any], tree: Expr) -> bool | None:
    """What the formula says of one row."""
    solver = z3.Solver()
    solver.add(*encoder.rules(encoder.touched(tree)), *bound(encoder, row))
    assert solver.check() == z3.sat
    model = solver.model()
    yes, no = (z3.is_true(model.eval(side, model_completion=True)) for side in truth)
    assert not (yes and no)
    return True if yes else (False if no else None)


@settings(max_examples=examples(15), deadline=None)
@given(book=generated.corpora(), people=generated.several_people)
def test_formulas_say_what_the_reference_reader_says_of_half_known_cases(book: Corpus, people: list[dict[str, Any]]) -> None:
    for lowered in lower_all(book, None, ON):
        for tree in (lowered.applies, lowered.kept):
            encoder = Encoder(book.facts, complete=False)
            truth = encoder.truth(tree)
            for person in people:
                # A month is bound by its day, so rows need the day as well.
                days = {name.replace(".month", ".lo") for name in columns_of([tree], book.facts)}
                names = {name: column_of(name, book.facts) for name in days} | columns_of([tree], book.facts)
                row = cells(book, person, ON, names)
                whole = {name for name in encoder.used if encoder.facts[name].type.kind in ("set", "text")}
                if whole:  # a set is known or not as a whole, and so is a text; rows give words one by one
                    continue
                assert read(encoder, truth, dict(row), tree) is ir.evaluate(tree, row)


DAYS = st.dates(date(1955, 1, 1), date(2060, 12, 31))
ENDS = st.sampled_from(
    [date(2024, 2, 29), date(2025, 2, 28), date(2024, 1, 31), date(2024, 3, 30), date(1999, 12, 31), date(2000, 3, 1)]
)


@settings(max_examples=examples(60), deadline=None)
@given(start=DAYS | ENDS, end=DAYS | ENDS)
def test_months_between_two_unknown_days_are_counted_as_the_calendar_counts(start: date, end: date) -> None:
    encoder = Encoder(generated.vocabulary()[0])
    one, other = (ir.column(f"{name}.lo") for name in ("p.born", "q.start"))
    months = encoder.number(tree := ir.months(one, other))
    solver = z3.Solver()
    rules = encoder.rules(name for name in encoder.touched(tree) if name.startswith("#"))
    solver.add(*rules, z3.Int("p.born") == day_number(start), z3.Int("q.start") == day_number(end))
    assert solver.check() == z3.sat
    assert solver.model().eval(months.value).as_long() == complete_months(start, end)


@pytest.mark.parametrize("left", [-7, -1, 0, 1, 6, 7, 8])
@pytest.mark.parametrize("right", [-3, -1, 0, 2, 7])
def test_a_quotient_is_cut_towards_zero_and_unknown_by_zero(left: int, right: int) -> None:
    encoder = Encoder(generated.vocabulary()[0])
    tree = ir.quot(ir.column("p.few"), ir.column("p.left"))
    found = encoder.number(tree)
    solver = z3.Solver()
    solver.add(z3.Int("p.few") == left, z3.Int("p.left") == right)
    assert solver.check() == z3.sat
    model = solver.model()
    known = z3.is_true(model.eval(found.known, model_completion=True))
    expected = ir.evaluate(tree, {"p.few": left, "p.left": right})
    assert (model.eval(found.value).as_long() if known else None) == expected


def test_a_table_that_rises_one_by_one_is_one_run() -> None:
    encoder = Encoder(generated.vocabulary()[0])
    table = Dense([0], [100 + number + (number >= 30) for number in range(60)])
    found = encoder.number(ir.lookup(table, (ir.column("p.few"),), "int"))
    assert len(str(found.value)) < 400
    for at, expected in ((0, 100), (29, 129), (30, 131), (50, 151)):
        assert z3.simplify(z3.substitute(found.value, (z3.Int("p.few"), z3.IntVal(at)))).as_long() == expected

"""The population scan says of each row what explain says of that person."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules import columns, ir
from canbo.rules.corpus import Corpus, find, read
from canbo.rules.dense import Dense
from canbo.rules.ir import Expr
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.lower import Lowered, cells, columns_of, lower_all, lower_value
from tests.rules import generated
from tests.rules.generated import ON
from tests.rules.test_ir import made_up_person, trees
from tests.trying import examples


def frame_of(book: Corpus, people: list[dict[str, Any]], read_trees: list[Expr], on: date = ON) -> pl.DataFrame:
    """The people as a frame with the narrowest columns that the trees ask for."""
    asked = columns_of(read_trees, book.facts)
    rows = [cells(book, person, on, asked) for person in people]
    # A column of its own, so that a frame for trees without columns still has its rows.
    series = [pl.Series(" row", range(len(rows)))]
    series += [pl.Series(name, [row[name] for row in rows], dtype=kind) for name, kind in columns.schema(asked.values()).items()]
    return pl.DataFrame(series)


def counted(said: list[dict[str, str]], lowered: list[Lowered]) -> list[columns.Count]:
    found = []
    for one in lowered:
        tally = Counter(outcomes[one.article.id] for outcomes in said)
        found.append(columns.Count(one.article.id, tally["pass"], tally["fail"], tally["unknown"], tally["not_applicable"]))
    return found


@settings(max_examples=examples(150), deadline=None)
@given(book=generated.corpora(), people=generated.several_people)
def test_the_scan_says_what_explain_says(book: Corpus, people: list[dict[str, Any]]) -> None:
    lowered = lower_all(book, None, ON)
    frame = frame_of(book, people, trees(lowered))
    said = [generated.outcomes(book, person) for person in people]
    assert columns.verdicts(lowered, frame).to_dicts() == [
        {one.article.id: told[one.article.id] for one in lowered} for told in said
    ]
    assert columns.scan(lowered, frame) == counted(said, lowered)


@settings(max_examples=examples(100), deadline=None)
@given(text=generated.numbers_of(generated._least, products=True), people=generated.several_people)
def test_figures_over_columns_are_what_explain_gives(text: str, people: list[dict[str, Any]]) -> None:
    book = generated.corpus(generated.article("figure", "value", None, text))
    tree = lower_value(book, book.articles["figure"], ON).value
    found = columns.read({"figure": tree}, frame_of(book, people, [tree]))["figure"].to_list()
    assert found == [generated.value_of(book, "figure", person) for person in people]


def test_every_article_of_the_rulebook_says_the_same_over_columns() -> None:
    book, dice = read(find()), random.Random(7)
    for on in (date(2022, 3, 1), date(2025, 11, 24), date(2027, 2, 28)):
        lowered = lower_all(book, None, on)
        people = [made_up_person(book, dice) for _ in range(80)]
        found = columns.verdicts(lowered, frame_of(book, people, trees(lowered), on)).to_dicts()
        for person, told in zip(people, found, strict=True):
            scene = Scene(book, person, on)
            assert told == {one.article.id: judge(one.article, scene).outcome for one in lowered}, person


@settings(max_examples=examples(100), deadline=None)
@given(data=st.data(), kind=st.sampled_from(["bool", "int"]), keys=st.integers(1, 3), size=st.integers(1, 40))
def test_tables_of_few_and_of_many_runs_read_the_same(data: st.DataObject, kind: str, keys: int, size: int) -> None:
    figure = st.sampled_from([0, 1] if kind == "bool" else [-3, 0, 2**40])
    figures = data.draw(st.lists(st.lists(figure, min_size=size, max_size=size), min_size=keys, max_size=keys))
    known = data.draw(st.lists(st.lists(st.booleans(), min_size=size, max_size=size), min_size=keys, max_size=keys))
    table = Dense([-1, 5], figures, known)
    tree = Expr("table", (ir.column("key"), ir.column("at")), table, kind)
    rows = [{"key": key, "at": at} for key in (None, *range(-3, keys + 2)) for at in (None, *range(3, size + 8))]
    frame = pl.DataFrame(rows, schema={"key": pl.Int8, "at": pl.Int16})
    assert columns.read({"x": tree}, frame)["x"].to_list() == [ir.evaluate(tree, row) for row in rows]


def test_days_may_be_handed_over_as_dates() -> None:
    frame = pl.DataFrame({"p.born.lo": [date(1990, 1, 31), None]})
    tree = ir.months(ir.column("p.born.lo"), ir.number(20514 - 365))
    assert columns.read({"x": tree}, frame)["x"].to_list() == [ir.evaluate(tree, {"p.born.lo": 7335}), None]

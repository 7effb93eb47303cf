"""The SQL of the common form says in real databases what explain says of each person."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.rules import ir, sql
from canbo.rules.corpus import Corpus, find, read
from canbo.rules.dense import Dense
from canbo.rules.ir import Expr
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.lower import Column, cells, columns_of, lower_all, lower_value
from tests.rules import generated
from tests.rules.generated import ON
from tests.rules.test_columns import counted
from tests.rules.test_ir import made_up_person, trees
from tests.trying import examples, imported

duckdb = imported("duckdb", "a second database is in the dev extra")

Ask = Callable[[str], list[tuple[Any, ...]]]
_FAST = settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def ask_duckdb() -> Iterator[Ask]:
    with duckdb.connect() as connection:
        yield lambda query: connection.execute(query).fetchall()


@pytest.fixture
def ask_postgresql(db: None) -> Ask:
    """The database of the tests, through Django's connection."""
    from django.db import connection

    def ask(query: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    return ask


@pytest.fixture
def engines(ask_duckdb: Ask, ask_postgresql: Ask) -> list[tuple[sql.Dialect, Ask]]:
    return [(sql.DUCKDB, ask_duckdb), (sql.POSTGRESQL, ask_postgresql)]


def values(rows: Sequence[Mapping[str, ir.Value]], columns: Mapping[str, str], dialect: sql.Dialect) -> str:
    """Rows as a query in parentheses, each cell in the narrowest usual type, with their number as `row`."""

    def cell(value: ir.Value, kind: str) -> str:
        return f"CAST({'NULL' if value is None else str(value).upper()} AS {kind})"

    names = ", ".join(dialect.quote(name) for name in ("row", *columns))
    written = [
        ", ".join([str(number), *(cell(row[name], kind) for name, kind in columns.items())]) for number, row in enumerate(rows)
    ]
    return f"(SELECT * FROM (VALUES {', '.join(f'({row})' for row in written)}) AS v({names}))"


def types(columns: Mapping[str, Column]) -> dict[str, str]:
    kinds = {"bool": "boolean", "enum": "smallint", "month": "smallint", "day": "integer", "int": "smallint"}
    return {name: kinds[column.kind] for name, column in columns.items()}


@_FAST
@given(book=generated.corpora(), people=generated.several_people)
def test_databases_say_what_explain_says(
    engines: list[tuple[sql.Dialect, Ask]], book: Corpus, people: list[dict[str, Any]]
) -> None:
    lowered = lower_all(book, None, ON)
    asked = columns_of(trees(lowered), book.facts)
    rows = [cells(book, person, ON, asked) for person in people]
    said = [generated.outcomes(book, person) for person in people]
    for dialect, ask in engines:
        table = values(rows, types(asked), dialect)
        found = ask(sql.verdicts(lowered, table, dialect, key="row"))
        assert sorted(found) == [(number, *(told[one.article.id] for one in lowered)) for number, told in enumerate(said)], (
            dialect.name
        )
        assert sql.read_counts(lowered, ask(sql.counts(lowered, table, dialect))[0]) == counted(said, lowered), dialect.name


@_FAST
@given(text=generated.numbers_of(generated._least, products=True), people=generated.several_people)
def test_figures_of_databases_are_what_explain_gives(
    engines: list[tuple[sql.Dialect, Ask]], text: str, people: list[dict[str, Any]]
) -> None:
    book = generated.corpus(generated.article("figure", "value", None, text))
    tree = lower_value(book, book.articles["figure"], ON).value
    asked = columns_of([tree], book.facts)
    rows = [cells(book, person, ON, asked) for person in people]
    for dialect, ask in engines:
        found = ask(sql.figures({"figure": tree}, values(rows, types(asked), dialect), dialect, key="row"))
        expected = [(number, generated.value_of(book, "figure", person)) for number, person in enumerate(people)]
        assert sorted(found) == expected, dialect.name


def test_every_article_of_the_rulebook_says_the_same_in_databases(engines: list[tuple[sql.Dialect, Ask]]) -> None:
    book, dice, on = read(find()), random.Random(11), date(2025, 11, 24)
    lowered = lower_all(book, None, on)
    asked = columns_of(trees(lowered), book.facts)
    people = [made_up_person(book, dice) for _ in range(40)]
    rows = [cells(book, person, on, asked) for person in people]
    said = []
    for person in people:
        scene = Scene(book, person, on)
        said.append([judge(one.article, scene).outcome for one in lowered])
    kinds = types(asked) | {name: "bigint" for name, column in asked.items() if column.kind == "int"}
    for dialect, ask in engines:
        found = ask(sql.verdicts(lowered, values(rows, kinds, dialect), dialect, key="row"))
        assert [list(row[1:]) for row in sorted(found)] == said, dialect.name


@_FAST
@given(data=st.data(), kind=st.sampled_from(["bool", "int"]), size=st.sampled_from([1, 5, 60]))
def test_short_and_long_tables_read_the_same(
    engines: list[tuple[sql.Dialect, Ask]], data: st.DataObject, kind: str, size: int
) -> None:
    figures = data.draw(
        st.lists(st.sampled_from([0, 1] if kind == "bool" else [-3, 0, 2**40]), min_size=2 * size, max_size=2 * size)
    )
    known = data.draw(st.lists(st.booleans(), min_size=2 * size, max_size=2 * size))
    shaped = ([some[:size], some[size:]] for some in (figures, known))
    tree = Expr("table", (ir.column("key"), ir.column("at")), Dense([-1, 5], *shaped), kind)
    rows = [{"key": key, "at": at} for key in (None, -2, -1, 0, 1) for at in (None, 4, 5, 6, size + 4, size + 5)]
    for dialect, ask in engines:
        found = ask(sql.figures({"x": tree}, values(rows, {"key": "smallint", "at": "smallint"}, dialect), dialect, key="row"))
        assert [value for _, value in sorted(found)] == [ir.evaluate(tree, row) for row in rows], dialect.name


@_FAST
@given(
    start=st.one_of(st.none(), generated.dates),
    end=st.one_of(st.none(), generated.dates),
    fixed=generated.dates,
)
def test_databases_count_months_as_explain_does(
    engines: list[tuple[sql.Dialect, Ask]], start: date | None, end: date | None, fixed: date
) -> None:
    one, two = ir.column("a"), ir.column("b")
    whole = {"ab": ir.months(one, two), "ax": ir.months(one, ir.number((fixed - date(1970, 1, 1)).days))}
    row = {name: day and (day - date(1970, 1, 1)).days for name, day in (("a", start), ("b", end))}
    for dialect, ask in engines:
        found = ask(sql.figures(whole, values([row], {"a": "integer", "b": "integer"}, dialect), dialect, key="row"))
        assert found == [(0, *(ir.evaluate(tree, row) for tree in whole.values()))], dialect.name


# ---- Spark: no engine of it is at hand, so its text is held against the text that PostgreSQL runs


def test_the_text_for_spark_is_that_for_postgresql_but_for_what_spark_writes_otherwise() -> None:
    book = read(find())
    lowered = lower_all(book, None, date(2025, 11, 24))
    spark, other = (sql.counts(lowered, "people", dialect) for dialect in (sql.SPARK, sql.POSTGRESQL))
    assert '"' not in spark and "OFFSET" not in spark and "::" not in spark and spark.count("(") == spark.count(")")
    turned = other.replace('"', "`").replace(" OFFSET 0", " ")
    turned = re.sub(r"\(DATE '1970-01-01' \+ CAST\(", "date_add(DATE'1970-01-01', CAST(", turned)
    turned = re.sub(r" AS integer\)", " AS INT)", turned)
    turned = re.sub(r"\(CAST\('\{([-0-9,]*)\}' AS bigint\[\]\)\)\[(.*?)\], ", r"element_at(array(\1), CAST(\2 AS INT)), ", turned)
    assert spark == turned


def test_names_are_quoted_so_that_no_name_can_leave_its_quotes() -> None:
    assert sql.POSTGRESQL.quote('a"b') == '"a""b"' and sql.SPARK.quote("a`b") == "`a``b`"
    query = sql.figures({"x": ir.column('p."; DROP TABLE t; --')}, 'odd"name', sql.POSTGRESQL, key="row")
    assert '"p.""; DROP TABLE t; --"' in query and '"odd""name"' in query

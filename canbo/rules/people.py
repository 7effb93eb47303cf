"""A file of many people, a column for each fact, as the columns that the population scan reads.

CSV or Parquet. Values are written as in a case's file: words of the catalogue, dates as YYYY-MM-DD, YYYY-MM or YYYY,
`true` and `false`, a list or a set as words with `;` between them. An empty cell is unknown. A column that is no fact, or
a value that the fact can never have, is refused with its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from canbo.rules.columns import scan, schema
from canbo.rules.corpus import Corpus
from canbo.rules.lower import Column, Lowered, column_of, columns_of, lower_all
from canbo.rules.readers import Count
from canbo.rules.schema import Catalogue, Fact
from canbo.rules.words import Place, RuleError, error

BETWEEN = ";"


def read_people(file: Path, facts: Catalogue) -> pl.DataFrame:
    """The file as text, a column for each fact; raises RuleError where it cannot be read, or with the first row that is wrong."""
    try:
        people = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False, null_values=[""])
    except pl.exceptions.NoDataError:
        raise error("people_empty", name=file) from None
    except (OSError, pl.exceptions.PolarsError) as trouble:
        raise error("people_missing", name=file, why=str(trouble).splitlines()[0]) from None
    for name in people.columns:
        try:
            _ = facts[name]
        except RuleError as trouble:
            trouble.place = Place(file, 1)
            raise
    people = people.select(_text(people[name]) for name in people.columns)
    for name in people.columns:
        _no_stranger(people, name, facts, file)
    return people


def _text(series: pl.Series) -> pl.Series:
    if isinstance(series.dtype, pl.List):
        return series.cast(pl.List(pl.String)).list.join(BETWEEN).alias(series.name)
    return series.cast(pl.String)


def scan_people(
    corpus: Corpus, people: pl.DataFrame, topics: Iterable[str], on: date, *, fixed: Mapping[str, Fact] | None = None
) -> list[Count]:
    """How many people each article in force on a day lets pass, refuses, leaves open or does not concern.

    fixed  facts that are the same for everybody, such as those of the post
    """
    wanted = list(topics) or None
    whole = lower_all(corpus, wanted, on, fixed=fixed)
    there = {name for name, column in _columns(whole, corpus).items() if _base(column) in people.columns}
    lowered = lower_all(corpus, wanted, on, fixed=fixed, columns=there)
    return scan(lowered, frame_of(people, _columns(lowered, corpus), corpus.facts))


def _columns(lowered: Iterable[Lowered], corpus: Corpus) -> dict[str, Column]:
    return columns_of([tree for one in lowered for tree in (one.applies, one.kept)], corpus.facts)


def _base(column: Column) -> str:
    return column.fact.partition("[")[0]


def frame_of(people: pl.DataFrame, columns: Mapping[str, Column], facts: Catalogue) -> pl.DataFrame:
    """The columns that are asked for, made from the texts, and one that keeps the number of people where none is."""
    types = schema(columns.values())
    made = [_read(column, facts).cast(types[name]).alias(name) for name, column in columns.items()]
    return people.with_row_index("").select("", *made)


def _given(column: Column) -> pl.Expr:
    """The text of a fact, or of one element of its list."""
    text = pl.col(_base(column)).str.strip_chars()
    if "[" in column.fact:
        number = int(column.fact.partition("[")[2].rstrip("]"))
        text = text.str.split(BETWEEN).list.get(number, null_on_oob=True).str.strip_chars()
    return pl.when(text != "").then(text)


def _read(column: Column, facts: Catalogue) -> pl.Expr:
    """The column of numbers or truth values from the text of its fact; null where it is empty or cannot be read."""
    spec, text = facts[column.fact], _given(column)
    if ":" in column.name:
        word = column.name.partition(":")[2]
        if spec.type.kind != "set":
            return text == word
        return text.str.split(BETWEEN).list.eval(pl.element().str.strip_chars()).list.contains(word)
    match column.kind:
        case "bool":
            return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        case "enum":
            numbers = {word: number for number, word in enumerate(column.words)}
            return text.replace_strict(numbers, default=None, return_dtype=pl.Int64)
        case "day" | "month":
            return _day(text, column.name.rpartition(".")[2])
    figure: pl.Expr = text.cast(pl.Decimal(38, spec.places), strict=False) * 10**spec.places
    return figure.cast(pl.Int64)


def _day(text: pl.Expr, part: str) -> pl.Expr:
    """Days since 1970-01-01 of the earliest or the latest day, or the month of the earliest as year * 12 + month - 1."""
    length = text.str.len_chars()
    first: pl.Expr = pl.when(length == 4).then(text + "-01-01").when(length == 7).then(text + "-01").otherwise(text)
    day = first.str.to_date("%Y-%m-%d", strict=False)
    if part == "month":
        return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64) - 1
    if part == "hi":
        day = (
            pl.when(length == 4)
            .then(day.dt.offset_by("11mo").dt.month_end())
            .when(length == 7)
            .then(day.dt.month_end())
            .otherwise(day)
        )
    number: pl.Expr = day.cast(pl.Int32).cast(pl.Int64)
    return number


def _no_stranger(people: pl.DataFrame, name: str, facts: Catalogue, file: Path) -> None:
    """Refuse the first value of a column that its fact can never have."""
    spec = facts[name]
    parts = [f"{name}.lo"] if spec.type.kind == "date" else [f"{name}[{number}]" for number in range(spec.length)] or [name]
    for column in (column_of(part, facts) for part in parts if spec.type.kind not in ("set", "text")):
        pair = people.select(_given(column).alias("given"), _read(column, facts).alias("made"))
        made = pair["made"]
        outside = made.is_null() & pair["given"].is_not_null()
        if column.kind == "int" and column.low is not None and column.high is not None:
            outside |= (made < column.low) | (made > column.high)
        rows = outside.fill_null(value=False).arg_true()
        if len(rows):
            expected = ", ".join(spec.type.values) or spec.type.say()
            found = pair["given"][int(rows[0])]
            raise error("fact_of_other_type", name=name, found=found, expected=expected, place=Place(file, int(rows[0]) + 2))

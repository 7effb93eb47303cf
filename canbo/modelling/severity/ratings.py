"""Ratings as columns: who scored whom, on what, when; read from a table and refused whole where anything in it is wrong.

A column each, by these names: rater, ratee, score; optional criterion, period, body (of the ratee), rater_body,
anonymous (true or false), text (the justification), result (what the ratee's work came to, on any one scale).
A person bears one code whether rating or rated. A rater whose rater_body is not said is at home where rated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from canbo.modelling.severity.words import Said

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEEDED = ("rater", "ratee", "score")
TEXTS = ("rater", "ratee", "criterion", "period", "body", "rater_body", "text")
COLUMNS = (*TEXTS, "score", "anonymous", "result")
TOLD = 20  # so many mistakes are told at once; whoever has more has one mistake many times
UNKNOWN = -1


@dataclass(frozen=True)
class Mistake:
    """One row, counted from 1 without the heading, that cannot stand, and why; row 0 is the file itself."""

    row: int
    said: Said


class RatingsRefused(ValueError):
    """Ratings that cannot be read or cannot stand: nothing was computed."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(mistake.said.say("en") for mistake in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Ratings:
    """n ratings in columns, in an order that does not hang on that of the rows. Codes are places in the lists of ids.

    people, criteria, periods, bodies  ids in order
    rater, ratee, criterion, period    codes of n ratings
    body, rater_body                   codes of n ratings, UNKNOWN where nobody said
    score                              of n ratings, within scale
    result                             of n ratings, nan where nobody said
    anonymous, text                    of n ratings; no text is ""
    """

    people: list[str]
    criteria: list[str]
    periods: list[str]
    bodies: list[str]
    rater: Ints
    ratee: Ints
    criterion: Ints
    period: Ints
    body: Ints
    rater_body: Ints
    score: Floats
    result: Floats
    anonymous: NDArray[np.bool_]
    text: list[str]
    scale: tuple[float, float]

    def __len__(self) -> int:
        return len(self.score)


def read(file: Path, scale: tuple[float, float] | None = None) -> Ratings:
    """The ratings of a CSV, Parquet or JSON file. JSON is a list of objects, or `{"scale": [0, 100], "ratings": [...]}`.

    scale  lowest and highest score that can be given; that of the file, else 0 to 100, where it is not said.
    Raises RatingsRefused with every row that is wrong, up to TOLD of them.
    """
    own = None
    try:
        if file.suffix == ".parquet":
            table = pl.read_parquet(file)
        elif file.suffix == ".json":
            table, own = _from_json(json.loads(file.read_text(encoding="utf-8")))
        else:
            table = pl.read_csv(file, infer_schema=False, null_values=[""])
    except pl.exceptions.NoDataError:
        raise RatingsRefused([Mistake(0, Said("file_empty"))]) from None
    except (OSError, pl.exceptions.PolarsError, ValueError, TypeError) as trouble:
        why = str(trouble).splitlines()[0] if str(trouble) else type(trouble).__name__
        raise RatingsRefused([Mistake(0, Said("file_unreadable", file=file, why=why))]) from None
    return of_table(table, scale or own or (0.0, 100.0))


def _from_json(found: object) -> tuple[pl.DataFrame, tuple[float, float] | None]:
    rows, scale = found, None
    if isinstance(found, Mapping):
        rows = found.get("ratings")
        if "scale" in found:
            low, high = found["scale"]
            scale = (float(low), float(high))
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("expected a list of objects")
    names = dict.fromkeys(name for row in rows for name in row)
    texts = {name: [None if row.get(name) is None else _plain(row[name]) for row in rows] for name in names}
    return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String)), scale


def _plain(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def of_table(table: pl.DataFrame, scale: tuple[float, float] = (0.0, 100.0)) -> Ratings:
    """The ratings of a table with the columns named above; raises RatingsRefused where they cannot stand."""
    low, high = scale
    if not low < high:
        raise RatingsRefused([Mistake(0, Said("scale_upside_down", low=f"{low:g}", high=f"{high:g}"))])
    known = ", ".join(COLUMNS)
    strange = [Mistake(0, Said("column_unknown", found=name, known=known)) for name in table.columns if name not in COLUMNS]
    missing = [Mistake(0, Said("column_missing", name=name)) for name in NEEDED if name not in table.columns]
    if strange or missing:
        raise RatingsRefused(strange + missing)
    if not table.height:
        raise RatingsRefused([Mistake(0, Said("file_empty"))])
    rows = _typed(table)
    mistakes = _cells(rows, table, low, high) or _doubles(rows) or _exposed(rows)
    if mistakes:
        raise RatingsRefused(sorted(mistakes, key=lambda mistake: mistake.row)[:TOLD])
    return _coded(rows, scale)


def _typed(table: pl.DataFrame) -> pl.DataFrame:
    """All columns, with their row; what cannot be read as a number or a truth is null."""

    def text(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.String).str.strip_chars() if name in table.columns else pl.lit(None, pl.String).alias(name)

    rows = table.with_row_index("row", offset=1).select("row", *[text(name) for name in COLUMNS])
    truths = {"true": True, "false": False, "1": True, "0": False}
    return rows.with_columns(
        pl.col(*TEXTS).replace("", None),
        pl.col("score", "result").cast(pl.Float64, strict=False),
        pl.col("anonymous").fill_null("false").str.to_lowercase().replace_strict(truths, default=None, return_dtype=pl.Boolean),
    )


def _cells(rows: pl.DataFrame, given: pl.DataFrame, low: float, high: float) -> list[Mistake]:
    """Rows that are wrong by themselves."""
    mistakes = []
    for name in ("rater", "ratee"):
        mistakes += [Mistake(row, Said("cell_empty", row=row, name=name)) for row in _where(rows, pl.col(name).is_null())]
    for row in _where(rows, ~pl.col("score").is_finite().fill_null(False)):
        mistakes.append(Mistake(row, Said("score_unreadable", row=row, found=_shown(given["score"][row - 1]))))
    outside = rows.filter(pl.col("score").is_finite() & ~pl.col("score").is_between(low, high)).head(TOLD)
    for row, score in outside.select("row", "score").iter_rows():
        mistakes.append(Mistake(row, Said("score_outside", row=row, score=f"{score:g}", low=f"{low:g}", high=f"{high:g}")))
    for row in _where(rows, pl.col("anonymous").is_null()):
        mistakes.append(Mistake(row, Said("anonymous_unreadable", row=row, found=given["anonymous"][row - 1])))
    if "result" in given.columns:
        told = given["result"].cast(pl.String).str.strip_chars().fill_null("") != ""
        for row in _where(rows.with_columns(told=told), pl.col("told") & ~pl.col("result").is_finite().fill_null(False)):
            mistakes.append(Mistake(row, Said("result_unreadable", row=row, found=given["result"][row - 1])))
    own = rows.filter(pl.col("rater") == pl.col("ratee")).head(TOLD)
    mistakes += [
        Mistake(row, Said("rates_self", row=row, person=person)) for row, person in own.select("row", "rater").iter_rows()
    ]
    return mistakes


def _shown(found: object) -> object:
    return "" if found is None else found


def _where(rows: pl.DataFrame, wrong: pl.Expr) -> list[int]:
    return rows.filter(wrong)["row"].head(TOLD).to_list()


def _doubles(rows: pl.DataFrame) -> list[Mistake]:
    """The same rater, ratee, criterion and period twice; or one ratee in a period with two bodies or two results."""
    key = ["rater", "ratee", "criterion", "period"]
    again = rows.with_columns(first=pl.col("row").min().over(key)).filter(pl.col("row") > pl.col("first")).head(TOLD)
    mistakes = [
        Mistake(row, Said("rated_twice", row=row, first=first, rater=rater, ratee=ratee))
        for row, first, rater, ratee in again.select("row", "first", "rater", "ratee").iter_rows()
    ]
    for name, word in (("body", "body_twice"), ("result", "result_twice")):
        told = rows.filter(pl.col(name).is_not_null())
        odd = told.filter(pl.col(name) != pl.col(name).first().over("ratee", "period")).head(TOLD)
        mistakes += [Mistake(row, Said(word, row=row, ratee=ratee)) for row, ratee in odd.select("row", "ratee").iter_rows()]
    return mistakes


def _exposed(rows: pl.DataFrame) -> list[Mistake]:
    """Anonymous ratings within a body of two: each of the two knows who the other is."""
    if not rows["anonymous"].any():
        return []
    homes = pl.concat([
        rows.select("body", person="ratee"), rows.select(body="rater_body", person="rater"), rows.select("body", person="rater")
    ]).drop_nulls()  # fmt: skip
    small = homes.group_by("body").agg(members=pl.col("person").n_unique()).filter(pl.col("members") <= 2)
    found = rows.filter(pl.col("anonymous")).join(small, on="body", how="semi", maintain_order="left").head(TOLD)
    return [Mistake(row, Said("body_of_two", row=row, body=body)) for row, body in found.select("row", "body").iter_rows()]


def _coded(rows: pl.DataFrame, scale: tuple[float, float]) -> Ratings:
    """Names become places in sorted lists, and rows are sorted, so that nothing hangs on the order of the file."""
    rows = rows.sort("rater", "ratee", "period", "criterion")
    people = sorted(set(rows["rater"]) | set(rows["ratee"]))
    home = rows.filter(pl.col("body").is_not_null()).group_by("ratee").agg(home=pl.col("body").min())
    rows = rows.join(home, left_on="rater", right_on="ratee", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("rater_body").fill_null(pl.col("home")), pl.col("criterion", "period", "text").fill_null(""))
    bodies = sorted((set(rows["body"]) | set(rows["rater_body"])) - {None})
    criteria, periods = sorted(set(rows["criterion"])), sorted(set(rows["period"]))

    def codes(name: str, ids: list[str]) -> Ints:
        places = pl.DataFrame({name: pl.Series(ids, dtype=pl.String), "code": pl.Series(range(len(ids)), dtype=pl.Int64)})
        return rows.select(name).join(places, on=name, how="left", maintain_order="left")["code"].fill_null(UNKNOWN).to_numpy()

    return Ratings(
        people, criteria, periods, bodies,
        codes("rater", people), codes("ratee", people), codes("criterion", criteria), codes("period", periods),
        codes("body", bodies), codes("rater_body", bodies),
        rows["score"].to_numpy(), rows["result"].fill_null(float("nan")).to_numpy(), rows["anonymous"].to_numpy(),
        rows["text"].to_list(), scale,
    )  # fmt: skip

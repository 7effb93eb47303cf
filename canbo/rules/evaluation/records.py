"""Records of a whole service: a folder of Parquet files, read strictly and in pieces, for `everybody`.

    people.parquet      person, body; category, leader, head, group; further facts of the catalogue by name (eval.months_worked …)
    bodies.parquet      body; a reading chosen by it (delay, cut, beyond_assigned), weight_a … by its regulation,
                        leading_weight_a … of who leads where it has others, outstanding
    periods*.parquet    person, period; general, score, organising, cohesion, staff_completed
    products*.parquet   person, period, coefficient, assigned, done; quality_failures, delays, days_late, objective_cause, extra …

Numbers are written as people write them (2.7, 0.8); inside they are whole numbers of the last decimal that the decree keeps.
Of products only a piece is held at a time, always all of a person: rows of one person stand together, in the order of persons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from canbo.rules.corpus import Corpus
from canbo.rules.evaluation.given import CATEGORIES, CRITERIA, EXTRA
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.evaluation.readings import ways_of
from canbo.rules.reading import nearest
from canbo.rules.schema import FactSpec
from canbo.rules.words import error

PIECE = 2_000_000  # products held at a time
#: A work is a period of a person: the person's row times this, and the number of the period among the months and quarters.
PERIODS = 16
WEIGHTS = tuple(f"weight_{name}" for name in CRITERIA)
LEADING = tuple(f"leading_{name}" for name in WEIGHTS)
KEYS = (pl.Int64, pl.Int32, pl.UInt32, pl.String)


@dataclass(frozen=True)
class Number:
    """A column of numbers: the most it may hold, its decimals, what an empty cell stands for, and whether it must be there."""

    most: int
    places: int
    empty: int | None = None
    needed: bool = False


@dataclass(frozen=True)
class Flag:
    """A column of yes and no; an empty cell is `empty`."""

    empty: bool | None = False


@dataclass(frozen=True)
class Word:
    """A column of words, kept as their numbers among `words`."""

    words: tuple[str, ...]
    empty: int | None = None


Kind = Number | Flag | Word
PRODUCTS: Mapping[str, Kind] = {
    "coefficient": Number(1000, 2, needed=True), "assigned": Number(10_000, 4, needed=True), "done": Number(10_000, 4, needed=True),
    "quality_failures": Number(100, 0, 0), "delays": Number(100, 0), "days_late": Number(1000, 0),
    "objective_cause": Flag(), "confirmed": Flag(True), "extra": Word(EXTRA),
}  # fmt: skip
UNREAD = ("name", "group", "due_on", "assigned_on")


@dataclass(frozen=True)
class Records:
    """A folder that was opened: people in the order of their key, bodies, the works, and files of products not read yet.

    people  person, body (row of bodies), category (number of CATEGORIES), leader, head, group, and facts as the law's readers
            take them
    bodies  body, ways (number in `ways`), outstanding, weight_a …, leading_weight_a … in tenths of a point
    works   work, row (of people), code (of the period), general and score in tenths, organising, cohesion, staff_completed
    """

    period: Period
    people: pl.DataFrame
    bodies: pl.DataFrame
    works: pl.DataFrame
    ways: Sequence[Mapping[str, str]]
    products: Sequence[Path]

    @cached_property
    def codes(self) -> list[Period]:
        """The months and quarters of the year by their numbers."""
        return codes_of(self.period.year)

    def pieces(self, size: int = PIECE) -> Iterator[tuple[range, pl.DataFrame]]:
        """Rows of people, and all their products of the period as `Many.products` takes them; together everybody, in order.

        Raises RuleError at the first record that cannot be.
        """
        rest, begun, height = pl.DataFrame(), 0, self.people.height
        for file in self.products:
            kinds = _kinds_in(file, PRODUCTS, ("person", "period", *PRODUCTS, *UNREAD), ("person", "period"))
            whole, at = pl.scan_parquet(file), 0
            columns = ["person", "period", *kinds, *(["assigned_on"] if "assigned_on" in whole.collect_schema() else [])]
            while True:
                raw = whole.slice(at, size).select(columns).collect()
                if not raw.height:
                    break
                at += raw.height
                read = self._products(raw, kinds, file, begun)
                held = pl.concat([rest, read]) if rest.height else read
                last = held["row"][-1]
                cut = int(held["row"].search_sorted(last))
                rest = held.slice(cut)
                if cut:
                    yield range(begun, last), held.head(cut)
                    begun = last
        if begun < height or rest.height:
            yield range(begun, height), rest if rest.height else _NO_PRODUCTS

    def _products(self, raw: pl.DataFrame, kinds: Mapping[str, Kind], file: Path, begun: int) -> pl.DataFrame:
        rows = _rows(raw["person"], self.people["person"], file, begun)
        codes = _period_codes(raw["period"], self.period, file)
        named = {name: _whole(raw[name], kind, file) for name, kind in kinds.items()}
        if "assigned_on" in raw.columns:
            _after(raw, codes, self.codes, file)
        frame = pl.DataFrame({"row": rows, "code": codes}).with_columns(
            work=pl.col("row").cast(pl.Int64) * PERIODS + pl.col("code")
        )
        frame = frame.with_columns(named.values())
        late, days = (pl.col(name) if name in named else pl.lit(None, pl.Int16) for name in ("delays", "days_late"))
        cause = pl.col("objective_cause") if "objective_cause" in named else pl.lit(False)
        found = frame.select(
            "row", "code", "work", "coefficient", "assigned", "done",
            failures=pl.col("quality_failures") if "quality_failures" in named else pl.lit(0, pl.Int8),
            # Late by some days is late once; a delay whose days nobody wrote down stays without days.
            times=pl.coalesce(late, (days > 0).cast(pl.Int8), pl.lit(0, pl.Int8)),
            days=pl.when(days.is_null() & (late.fill_null(0) == 0)).then(pl.lit(0, pl.Int16)).otherwise(days).cast(pl.Int16),
            cause=cause & pl.col("confirmed") if "confirmed" in named else cause,
            extra=pl.col("extra").is_not_null() if "extra" in named else pl.lit(False),
        )  # fmt: skip
        return found.filter(pl.col("code").is_not_null()) if codes.null_count() else found


_NO_PRODUCTS = pl.DataFrame(
    schema={
        "row": pl.UInt32, "code": pl.Int8, "work": pl.Int64, "coefficient": pl.Int32, "assigned": pl.Int32, "done": pl.Int32,
        "failures": pl.Int8, "times": pl.Int8, "days": pl.Int16, "cause": pl.Boolean, "extra": pl.Boolean,
    }
)  # fmt: skip


def codes_of(year: int) -> list[Period]:
    """The months of a year, then its quarters."""
    months = [Period(date(year, month, 1), "month") for month in range(1, 13)]
    return months + [Period(date(year, month, 1), "quarter") for month in (1, 4, 7, 10)]


def opened(folder: Path, law: Corpus, period: Period) -> Records:
    """Read all of a folder but its products. Raises RuleError with the first thing that is wrong, and its file."""
    products = sorted(folder.glob("products*.parquet"))
    if not products:
        raise error("records_no_file", folder=folder, name="products*.parquet")
    bodies, ways = _bodies(folder / "bodies.parquet", law)
    people, bodies = _people(folder / "people.parquet", bodies, law)
    works = [_works(file, people, period, law) for file in sorted(folder.glob("periods*.parquet"))]
    if not works:
        raise error("records_no_file", folder=folder, name="periods*.parquet")
    return Records(period, people, bodies, _ordered(works, people, codes_of(period.year)), ways, products)


# ---- the files


def _people(file: Path, bodies: pl.DataFrame | None, law: Corpus) -> tuple[pl.DataFrame, pl.DataFrame]:
    own: dict[str, Kind] = {"category": Word(CATEGORIES, 0), "leader": Flag(), "head": Flag()}
    known = {name: _of_fact(law.facts[name]) for name in law.facts if name.startswith("eval.")}
    fixed = ("eval.regime", "eval.year", "eval.leader", "eval.head", "eval.total", "eval.unit_regulation")
    facts: dict[str, Kind] = {name: kind for name, kind in known.items() if kind is not None and name not in fixed}
    kinds = _kinds_in(file, own | facts, ("person", "body", "group", *own, *facts), ("person", "body"))
    raw = _read(file)
    for name in ("person", "body"):
        _key(raw[name], file)
    named = [_whole(raw[name], kind, file) for name, kind in kinds.items()]
    frame = raw.select("person", "body", *(["group"] if "group" in raw.columns else [])).with_columns(named)
    missing = {"category": 0, "leader": False, "head": False}
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in missing.items() if name not in kinds).sort("person")
    twice = frame.filter(pl.col("person") == pl.col("person").shift())
    if twice.height:
        raise error("records_person_twice", file=file.name, name=twice["person"][0])
    if bodies is None:
        bodies = frame.select(pl.col("body").unique().sort()).with_columns(ways=pl.lit(0), outstanding=pl.lit(False))
    at = bodies.select("body", pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"))
    if at["body"].dtype != frame["body"].dtype:
        raise error("records_wrong_type", file=file.name, name="body", expected=str(at["body"].dtype))
    found = frame.join(at, on="body", how="left", maintain_order="left")
    unknown = found.filter(pl.col("at").is_null())
    if unknown.height:
        raise error("records_unknown", file=file.name, name=unknown["body"][0], where="bodies.parquet")
    return found.drop("body").rename({"at": "body"}), bodies


def _bodies(file: Path, law: Corpus) -> tuple[pl.DataFrame | None, list[dict[str, str]]]:
    if not file.exists():
        return None, [{}]
    questions = ways_of(law.path).names()
    own: dict[str, Kind] = {"outstanding": Flag(), **{name: Word(ways) for name, ways in questions.items()}}
    own |= {name: Number(70, 1) for name in (*WEIGHTS, *LEADING)}
    kinds = _kinds_in(file, own, ("body", *own), ("body",))
    raw = _read(file)
    _key(raw["body"], file)
    frame = raw.select("body").with_columns(_whole(raw[name], kind, file) for name, kind in kinds.items()).sort("body")
    twice = frame.filter(pl.col("body") == pl.col("body").shift())
    if twice.height:
        raise error("records_person_twice", file=file.name, name=twice["body"][0])
    for names in (WEIGHTS, LEADING):
        _require_whole(frame, [name for name in names if name in kinds])
    asked = [name for name in questions if name in kinds]
    chosen = frame.select(asked).unique(maintain_order=True) if asked else pl.DataFrame({"none": [None]})
    ways = [{name: questions[name][at] for name, at in row.items() if at is not None} for row in chosen.iter_rows(named=True)]
    numbered = chosen.with_row_index("ways")
    frame = (
        frame.join(numbered, on=asked, how="left", nulls_equal=True, maintain_order="left")
        if asked
        else frame.with_columns(ways=0)
    )
    return (frame if "outstanding" in kinds else frame.with_columns(outstanding=pl.lit(False))), ways


def _require_whole(frame: pl.DataFrame, weights: Sequence[str]) -> None:
    """Raises RuleError for a body whose weights do not sum to all points of the result."""
    if not weights:
        return
    given = pl.any_horizontal(pl.col(weights).is_not_null())
    wrong = frame.with_columns(found=pl.sum_horizontal(weights)).filter(given & (pl.col("found") != 700))
    if wrong.height:
        raise error("records_weights", name=wrong["body"][0], found=wrong["found"][0] / 10)


def _works(file: Path, people: pl.DataFrame, period: Period, law: Corpus) -> pl.DataFrame:
    own: dict[str, Kind] = {"general": Number(30, 1), "score": Number(1000, 1), "staff_completed": Flag(None)}
    own |= {name: Word(tuple(law.facts[f"eval.{name}"].type.values)) for name in ("organising", "cohesion")}
    kinds = _kinds_in(file, own, ("person", "period", *own), ("person", "period"))
    raw = _read(file)
    rows = _rows(raw["person"], people["person"], file, 0, ordered=False)
    frame = pl.DataFrame({"row": rows, "code": _period_codes(raw["period"], period, file)})
    frame = frame.with_columns(_narrow(_whole(raw[name], kind, file), kind) for name, kind in kinds.items())
    others = {"general": pl.Int32, "score": pl.Int32, "staff_completed": pl.Boolean, "organising": pl.Int8, "cohesion": pl.Int8}
    frame = frame.with_columns(pl.lit(None, kind).alias(name) for name, kind in others.items() if name not in kinds)
    return frame.filter(pl.col("code").is_not_null()).select("row", "code", *others)


def _narrow(column: pl.Series, kind: Kind) -> pl.Series:
    return column.cast(pl.Int32) if isinstance(kind, Number) else column.cast(pl.Int8) if isinstance(kind, Word) else column


def _ordered(works: Sequence[pl.DataFrame], people: pl.DataFrame, codes: Sequence[Period]) -> pl.DataFrame:
    frame = pl.concat(works).with_columns(work=pl.col("row").cast(pl.Int64) * PERIODS + pl.col("code"))
    if not frame["work"].is_sorted():
        frame = frame.sort("work")
    twice = frame.filter(pl.col("work") == pl.col("work").shift())
    if twice.height:
        row, code = twice.select("row", "code").row(0)
        raise error("records_period_twice", name=people["person"][row], period=str(codes[code]))
    return frame.with_columns(pl.col("work").set_sorted())


# ---- columns


def _read(file: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(file)
    except OSError as trouble:
        raise error("records_unreadable", file=file.name, why=trouble.strerror or trouble) from None
    except pl.exceptions.PolarsError as trouble:
        raise error("records_unreadable", file=file.name, why=str(trouble).splitlines()[0]) from None


def _kinds_in(file: Path, kinds: Mapping[str, Kind], known: Collection[str], needed: Sequence[str]) -> dict[str, Kind]:
    """The kinds of the columns that a file has. Raises RuleError for one that is missing, or that nothing is known of."""
    if not file.exists():
        raise error("records_no_file", folder=file.parent, name=file.name)
    try:
        found = pl.read_parquet_schema(file)
    except (OSError, pl.exceptions.PolarsError) as trouble:
        raise error("records_unreadable", file=file.name, why=str(trouble).splitlines()[0]) from None
    for name in found:
        if name not in known:
            raise error("records_unknown_column", file=file.name, name=name, hint=nearest(name, known))
    wanted = [*needed, *(name for name, kind in kinds.items() if isinstance(kind, Number) and kind.needed)]
    for name in wanted:
        if name not in found:
            raise error("records_no_column", file=file.name, name=name)
    return {name: kind for name, kind in kinds.items() if name in found}


def _key(column: pl.Series, file: Path) -> None:
    if column.dtype not in KEYS:
        raise error("records_wrong_type", file=file.name, name=column.name, expected="Int64, String")
    if column.null_count():
        raise error("records_empty", file=file.name, name=column.name, count=column.null_count())


def _whole(column: pl.Series, kind: Kind, file: Path) -> pl.Series:
    """A column as whole numbers, truth values or numbers of words."""
    name = column.name
    if isinstance(kind, Flag):
        if column.dtype != pl.Boolean:
            raise error("records_wrong_type", file=file.name, name=name, expected="Boolean")
        return column if kind.empty is None or not column.null_count() else column.fill_null(kind.empty)
    if isinstance(kind, Word):
        words = pl.Enum(kind.words)
        if not isinstance(column.dtype, pl.String | pl.Enum | pl.Categorical) and column.dtype != pl.Null:
            raise error("records_wrong_type", file=file.name, name=name, expected="String")
        found = column.cast(words, strict=False)
        strange = column.filter(found.is_null() & column.is_not_null())
        if len(strange):
            raise error("records_word", file=file.name, name=name, found=strange[0], known=", ".join(kind.words))
        numbers = found.to_physical().cast(pl.Int8)
        return numbers if kind.empty is None else numbers.fill_null(kind.empty)
    return _number(column, kind, file)


def _number(column: pl.Series, kind: Number, file: Path) -> pl.Series:
    """Whole numbers of the last decimal, as narrow as they fit: a hundred million pass here."""
    name, high = column.name, kind.most * 10**kind.places
    width = next(width for width, end in ((pl.Int8, 2**7), (pl.Int16, 2**15), (pl.Int32, 2**31)) if high < end)

    def refuse(odd: pl.Series) -> None:
        worst = column.filter(odd.fill_null(False))[0]
        raise error("records_out_of_range", file=file.name, name=name, found=worst, most=kind.most, places=kind.places)

    empty = column.null_count()
    if empty and kind.needed:
        raise error("records_empty", file=file.name, name=name, count=empty)
    if column.dtype == pl.Null:
        found = column.cast(width)
    elif not (column.dtype.is_integer() or column.dtype == pl.Float64 or column.dtype.is_decimal()):
        raise error("records_wrong_type", file=file.name, name=name, expected="Float64, Decimal, Int64")
    else:
        if column.dtype.is_float() and column.is_nan().any():
            refuse(column.is_nan())
        # A narrow column cannot even be asked about a number that it has no room for.
        narrow = column.dtype.is_integer() and column.dtype != pl.UInt64
        odd = ~(column.cast(pl.Int64) if narrow else column).is_between(0, kind.most)
        if odd.any():
            refuse(odd)
        if column.dtype.is_integer():
            found = column.cast(width) if kind.places == 0 else column.cast(pl.Int64) * 10**kind.places
        else:
            moved = column.cast(pl.Float64) * 10**kind.places
            found = moved.round()
            odd = (moved - found).abs() > 1e-5
            if odd.any():
                refuse(odd)
        found = found.cast(width)
    return found if kind.empty is None or not empty else found.fill_null(kind.empty)


def _of_fact(spec: FactSpec) -> Kind | None:
    kind = spec.type.kind
    if kind == "bool":
        return Flag(None)
    if kind == "enum":
        return Word(tuple(spec.type.values))
    high = spec.high
    return Number(high, spec.places) if kind == "int" and isinstance(high, int) else None


def _rows(column: pl.Series, people: pl.Series, file: Path, begun: int, *, ordered: bool = True) -> pl.Series:
    """The row of each person among `people`, which is in order. Raises RuleError for a stranger, or one out of order."""
    _key(column, file)
    if column.dtype != people.dtype:
        raise error("records_wrong_type", file=file.name, name="person", expected=str(people.dtype))
    if not len(column):
        return pl.Series("row", [], pl.UInt32)
    starts = np.append(0, (column != column.shift()).fill_null(False).arg_true().to_numpy())
    single = column.gather(starts)
    rows = people.search_sorted(single).clip(0, len(people) - 1)
    strange = people.gather(rows) != single
    if strange.any():
        raise error("records_unknown", file=file.name, name=single.filter(strange)[0], where="people.parquet")
    if ordered and not (rows[0] >= begun and (rows.diff().drop_nulls() > 0).all()):
        back = (rows.diff() <= 0).fill_null(rows[0] < begun).arg_true()[0]
        raise error("records_not_ordered", file=file.name, name=single[back])
    return pl.Series("row", np.repeat(rows.to_numpy(), np.diff(np.append(starts, len(column)))), pl.UInt32)


def _period_codes(column: pl.Series, period: Period, file: Path) -> pl.Series:
    """The number of each period; null where it is one of another time. Raises RuleError for what is no month or quarter."""
    codes = codes_of(period.year)
    words = [str(each) for each in codes]
    if not isinstance(column.dtype, pl.String | pl.Enum | pl.Categorical):
        raise error("records_wrong_type", file=file.name, name="period", expected="String")
    found = column.cast(pl.Enum(words), strict=False)
    if found.null_count():
        for other in column.filter(found.is_null()).unique():
            read = parse(other or "")
            if read is None or read.kind == "year":
                raise error("records_period", file=file.name, found=other or "")
    numbers = found.to_physical().cast(pl.Int8).alias("code")
    inside = [period.first <= each.first and each.last <= period.last for each in codes]
    if all(inside):
        return numbers
    return numbers.replace_strict(range(PERIODS), [at if here else None for at, here in enumerate(inside)], return_dtype=pl.Int8)


def _after(raw: pl.DataFrame, codes: pl.Series, periods: Sequence[Period], file: Path) -> None:
    """Nothing was assigned after its period: what comes later belongs to a later one."""
    if raw["assigned_on"].dtype != pl.Date:
        raise error("records_wrong_type", file=file.name, name="assigned_on", expected="Date")
    last = pl.Series([each.last for each in periods], dtype=pl.Date)
    late = (raw["assigned_on"] > last.gather(codes.fill_null(0))) & codes.is_not_null()
    if late.any():
        row = raw.filter(late).row(0, named=True)
        raise error("records_assigned_after", file=file.name, name=row["person"], day=row["assigned_on"], period=row["period"])

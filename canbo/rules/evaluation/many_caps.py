"""Caps of many groups at once: what `caps.caps` says of one group, read over columns by the same articles."""

from __future__ import annotations

from datetime import date

import polars as pl

from canbo.rules import columns, ir
from canbo.rules.corpus import Corpus
from canbo.rules.evaluation.caps import DENOMINATOR, ROUNDING, read_as, words_of
from canbo.rules.evaluation.given import GRADES
from canbo.rules.lower import LoweredValue, lower_value
from canbo.rules.words import RuleError

FACTS = ("cap.excellent", "cap.good", "cap.rated", "cap.subordinate_units", "cap.outstanding")


def caps(law: Corpus, groups: pl.DataFrame, *, of: str, on: date) -> pl.DataFrame:
    """How many may be excellent in each group by each reading of the share, and how many once the others are good.

    groups  excellent, good, completed, not_completed, outstanding
    of      whose share it is: persons or public_employees
    Gives `groups` with allowed_<reading> and settled_<reading>, and `allowed` and `settled` by the reading in force; those
    are null on a day that has no share.
    """
    try:
        used, rounding = (str(law.parameters.lookup(name, on)) for name in (DENOMINATOR, ROUNDING))
    except RuleError:  # a year before the share was law
        return groups.with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("allowed", "settled"))
    for reading in words_of(law, DENOMINATOR):
        lowered = _lowered(read_as(law, on, reading, rounding), of, on)
        groups = groups.with_columns(
            _most(lowered, groups, groups["excellent"]).alias(f"allowed_{reading}"),
            _settled(lowered, groups).alias(f"settled_{reading}"),
        )
    return groups.with_columns(allowed=pl.col(f"allowed_{used}"), settled=pl.col(f"settled_{used}"))


def _lowered(law: Corpus, of: str, on: date) -> list[LoweredValue]:
    givers = [article for article in law.in_force(on) if article.gives == "excellent_most"]
    lowered = [lower_value(law, article, on, fixed={"cap.of": of}, columns=FACTS) for article in givers]
    return [each for each in lowered if each.applies != ir.FALSE]


def _most(lowered: list[LoweredValue], groups: pl.DataFrame, excellent: pl.Series) -> pl.Series:
    """The number allowed where so many are excellent and the others who reached it are good."""
    rated = pl.sum_horizontal(GRADES)
    frame = groups.select(
        excellent.alias("cap.excellent"),
        (pl.col("good") + pl.col("excellent") - excellent).alias("cap.good"),
        rated.alias("cap.rated"),
        rated.alias("cap.subordinate_units"),
        pl.col("outstanding").alias("cap.outstanding"),
    )
    trees = {f"{number} {part}": getattr(one, part) for number, one in enumerate(lowered) for part in ("applies", "value")}
    if not trees:
        return pl.Series([None] * groups.height, dtype=pl.Int64)
    read = columns.read(trees, frame)
    return read.select(
        pl.coalesce(pl.when(pl.col(f"{number} applies")).then(pl.col(f"{number} value")) for number in range(len(lowered)))
    ).to_series()


def _settled(lowered: list[LoweredValue], groups: pl.DataFrame) -> pl.Series:
    """The largest number that is not more than allowed once the others are good, found by halving for all groups together."""
    low, high = pl.Series([0] * groups.height, dtype=pl.Int64), groups["excellent"].cast(pl.Int64)
    while (low < high).any():
        middle = (low + high + 1) // 2
        fits = (middle <= _most(lowered, groups, middle)).fill_null(False)
        low, high = _where(fits, middle, low), _where(fits, high, middle - 1)
    return low


def _where(test: pl.Series, yes: pl.Series, no: pl.Series) -> pl.Series:
    return yes.zip_with(test, no)

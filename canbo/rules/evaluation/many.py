"""Many people at once: the same articles as for one, read over whole columns.

Sums are added by Polars, everything else is an article in the common form. What a person's row says here is what
`person.evaluate` says of that person; a test holds the two equal. Readings, notes and the working are left to that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl

from canbo.rules import columns, ir
from canbo.rules.corpus import Corpus
from canbo.rules.evaluation.given import CRITERIA, MOST_RESULT
from canbo.rules.evaluation.readings import ways_of
from canbo.rules.lower import LoweredValue, lower_value
from canbo.rules.schema import Value as Known

#: What the columns of products are called in the facts of the rulebook, with the figure of ten that they are kept in.
PRODUCT = {
    "coefficient": "product.coefficient", "failures": "product.failed_assessments", "times": "product.times_late",
    "days": "product.days_late", "cause": "product.objective_cause",
}  # fmt: skip
WORK = {
    "leader": "eval.leader",
    "staff_completed": "eval.staff_all_completed",
    "organising": "eval.organising",
    "cohesion": "eval.cohesion",
}
PARTS = ("general", *CRITERIA, "result", "score")
GRADE = "evaluation_grade"
LEADERS = {"d": "evaluation_d", "dd": "evaluation_dd", "e": "evaluation_e"}
#: Of so many rows or fewer each is asked by itself: a query over columns takes longer to plan than these to read.
FEW = 32
GRADES = ("undetermined", "not_graded", "not_completed", "completed", "good", "excellent")


@dataclass(frozen=True)
class Figure:
    """The articles that give a figure on a day, the chosen one first, down to the first that always applies."""

    articles: tuple[str, ...]
    lowered: tuple[LoweredValue, ...]


@dataclass
class Many:
    """The law of one day by one choice of readings, for columns of products, works and people."""

    law: Corpus
    on: date
    ways: Mapping[str, str] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    asked: dict[tuple[str, tuple[str, ...]], None] = field(default_factory=dict)

    @cached_property
    def rank(self) -> dict[str, int]:
        return {article: number for number, article in enumerate(ways_of(self.law.path).chosen(self.ways))}

    def products(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What each product counts and loses, in millionths of a standard product.

        frame  coefficient (hundredths), assigned and done (ten-thousandths), failures, times, days, cause (true: confirmed),
               extra (true: outside the denominator), work (the row of `works` it belongs to)
        """
        named = frame.rename({name: fact for name, fact in PRODUCT.items() if name in frame.columns})
        for name in ("assigned", "done"):
            found = self.figure("product_converted", named.with_columns(pl.col(name).alias("product.quantity")))
            named = named.with_columns(found.fill_null(0).alias(f"{name} counted"))
        named = named.with_columns(pl.col("done counted").alias("product.converted"))
        lost = {name: self.figure(f"product_{name}", named) for name in ("quality_lost", "delay_lost")}
        return named.with_columns(**lost)

    def works(self, frame: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
        """The score of each period of each person, with its parts, in tenths; null where it cannot be told.

        frame    work, general (tenths), leader, and of leaders staff_completed, organising and cohesion (numbers of their words)
        counted  what `products` gave
        """
        return self.finished(self.shares(frame, counted))

    def shares(self, frame: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
        """The works with the sums of their products and a, b and c: what is known of a leader before the staff is scored."""
        held = frame.with_columns(_sums(frame["work"], counted)).rename(
            {name: fact for name, fact in WORK.items() if name in frame.columns}
        )
        held = held.with_columns(pl.col("general").alias("eval.general"))
        for part in ("a", "b", "c"):
            held = held.with_columns(self.figure(f"evaluation_{part}", held).alias(f"eval.{part}"))
        return held

    def finished(self, held: pl.DataFrame) -> pl.DataFrame:
        """What `shares` gave, with d, đ and e of leaders, the result and the score."""
        for part, name in LEADERS.items():
            found = self.figure(name, held) if held["eval.leader"].any() else pl.lit(None, pl.Int64)
            held = held.with_columns(pl.when(pl.col("eval.leader")).then(found).alias(f"eval.{part}"))
        asked = pl.all_horizontal(pl.col("eval.a", "eval.b", "eval.c").is_not_null()) & (
            ~pl.col("eval.leader") | pl.all_horizontal(pl.col("eval.d", "eval.dd", "eval.e").is_not_null())
        )
        held = held.with_columns(pl.when(asked).then(self.figure("evaluation_result", held)).alias("eval.result"))
        known = pl.col("eval.general").is_not_null() & pl.col("eval.result").is_not_null()
        held = held.with_columns(pl.when(known).then(self.figure("evaluation_total", held)).alias("score"))
        return held.rename({f"eval.{part}": part for part in (*CRITERIA, "result")})

    def means(self, frame: pl.DataFrame) -> pl.Series:
        """The mean of months in tenths: frame has `sum` of their scores and `months`."""
        named = frame.rename({"sum": "eval.monthly_sum", "months": "eval.months_scored"})
        return self.figure("evaluation_year_total", named)

    def grades(self, frame: pl.DataFrame, *, regime: str, year: int) -> pl.Series:
        """The grade of each person, as a word of GRADES.

        frame  score (tenths), leader, head, months (null: not asked); further facts of the rulebook by their names
        """
        names = {"score": "eval.total", "leader": "eval.leader", "head": "eval.head", "months": "eval.months_worked"}
        fixed: dict[str, Known] = {"eval.regime": regime, "eval.year": year}
        named = frame.select(
            *(pl.col(name).alias(fact) for name, fact in names.items() if name in frame.columns),
            *(name for name in frame.columns if name.startswith("eval.")),
        )
        found = self.words(GRADE, named, fixed)
        return found.fill_null("undetermined")

    def by_regulation(self, held: pl.DataFrame) -> pl.Series:
        """The score in tenths by the weights of a unit's own regulation: `finished` with weight_a … in tenths of a point.

        A criterion that the regulation does not weigh is not asked about; null where one that it weighs is not known. More than
        all points of the result nobody has.
        """
        shares = {name: pl.col(f"weight_{name}") * pl.col(name) for name in CRITERIA}
        lacking = pl.any_horizontal(pl.col(f"weight_{name}").is_not_null() & pl.col(name).is_null() for name in CRITERIA)
        weighed = pl.any_horizontal(pl.col(f"weight_{name}").is_not_null() for name in CRITERIA)
        points = (pl.sum_horizontal(shares.values()) + 500) // 1000  # tenths of tenths per cent, half up
        points = pl.min_horizontal(points, pl.lit(10 * MOST_RESULT))
        return held.select(pl.when(weighed & ~lacking).then(pl.col("general") + points).alias("score")).to_series()

    # ---- one figure over a frame

    def figure(self, name: str, frame: pl.DataFrame, fixed: Mapping[str, Known] | None = None) -> pl.Series:
        """A figure for each row, by the first article that applies to it; null where unknown, or where none applies."""
        held = self.law_of(name, tuple(frame.columns), fixed)
        if not held.lowered:
            return pl.Series(name, [None] * len(frame), dtype=pl.Int64)
        if len(frame) <= FEW:
            return pl.Series(name, [figure_of(held, row) for row in frame.iter_rows(named=True)], dtype=pl.Int64)
        read = columns.read(_trees(held), frame)
        found: pl.Expr = pl.lit(None, pl.Int64)
        for number in reversed(range(len(held.lowered))):
            found = pl.when(pl.col(f"{number} applies").fill_null(True)).then(pl.col(f"{number} value")).otherwise(found)
        return read.select(found.alias(name)).to_series()

    def says(self, name: str, facts: tuple[str, ...]) -> tuple[LoweredValue, ...]:
        """What the law says of a figure where these facts are handed to it: equal on two days on which it says the same."""
        return self.law_of(name, facts, None).lowered

    def words(self, name: str, frame: pl.DataFrame, fixed: Mapping[str, Known]) -> pl.Series:
        """A figure that is a word, as `figure`."""
        held = self.law_of(name, tuple(frame.columns), fixed)
        if len(frame) <= FEW:
            return pl.Series(name, [_word_of(held, row) for row in frame.iter_rows(named=True)], dtype=pl.String)
        read = columns.read(_trees(held), frame)
        found: pl.Expr = pl.lit(None, pl.String)
        for number, one in reversed(list(enumerate(held.lowered))):
            said = pl.col(f"{number} value").replace_strict(dict(enumerate(one.words)), default=None, return_dtype=pl.String)
            # What may not apply says nothing yet, and the next that surely does is heard: as one person's grade is found.
            found = pl.when(pl.col(f"{number} applies") & said.is_not_null()).then(said).otherwise(found)
        return read.select(found.alias(name)).to_series()

    def law_of(self, name: str, names: tuple[str, ...], fixed: Mapping[str, Known] | None = None) -> Figure:
        """The articles that give a figure to whoever hands over facts of these names; other names are passed over."""
        facts = tuple(each for each in names if each.startswith(("eval.", "product.")))
        held = _figure(
            _Asked(self.law.hash, self.on, name, tuple(self.rank), facts, tuple(sorted((fixed or {}).items())), self.law)
        )
        self.used |= dict.fromkeys(held.articles)
        self.asked[name, facts] = None
        return held


def _sums(works: pl.Series, counted: pl.DataFrame) -> list[pl.Series]:
    """The sums of the products of each work, in the order of the works; a sum with one unknown part is unknown.

    Products that stand in the order of their works are added where they stand, several times faster than by groups.
    """
    counted = counted.select("work", "extra", "assigned counted", "done counted", "quality_lost", "delay_lost")
    counted = counted if counted["work"].is_sorted() else counted.sort("work")
    keys = counted["work"].to_numpy()
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, dtype=np.int64)
    order = None if works.is_sorted() else works.arg_sort()
    found = (works if order is None else works.gather(order)).search_sorted(keys[starts]).to_numpy()
    # Products of no work that was asked for are left out.
    there = found < len(works)
    there[there] &= (works if order is None else works.gather(order)).to_numpy()[found[there]] == keys[starts][there]
    places = (found if order is None else order.to_numpy()[found.clip(max=len(works) - 1)])[there] if len(works) else found[there]

    def placed(values: np.ndarray) -> np.ndarray:
        whole = np.zeros(len(works), dtype=np.int64)
        if len(starts):
            whole[places] = np.add.reduceat(values.astype(np.int64, copy=False), starts)[there]
        return whole

    inside = np.where(counted["extra"].to_numpy(), 0, counted["assigned counted"].to_numpy())
    sums = [pl.Series("eval.assigned", placed(inside)), pl.Series("eval.done", placed(counted["done counted"].to_numpy()))]
    for name in ("quality_lost", "delay_lost"):
        column = counted[name]
        whole = pl.Series(f"eval.{name}", placed(column.fill_null(0).to_numpy()))
        unknown = placed(column.is_null().to_numpy()) > 0 if column.null_count() else None
        sums.append(whole if unknown is None else whole.set(pl.Series(unknown), None))
    return sums


def figure_of(held: Figure, row: Mapping[str, Any]) -> int | None:
    """The figure of one row, as `figure` finds it for many."""
    for one in held.lowered:
        if ir.evaluate(one.applies, row) is not False:
            found = ir.evaluate(one.value, row)
            return None if found is None else int(found)
    return None


def _word_of(held: Figure, row: Mapping[str, Any]) -> str | None:
    """The word of one row, as `words` finds it for many."""
    for one in held.lowered:
        if ir.evaluate(one.applies, row) is True:
            found = ir.evaluate(one.value, row)
            if found is not None:
                return one.words[int(found)]
    return None


def _trees(held: Figure) -> dict[str, ir.Expr]:
    return {
        f"{number} {part}": getattr(one, attribute)
        for number, one in enumerate(held.lowered)
        for part, attribute in (("applies", "applies"), ("value", "value"))
    }


@dataclass(frozen=True)
class _Asked:
    """A figure of a day for columns of these names; the rulebook is known by its hash."""

    hash: str
    on: date
    name: str
    chosen: tuple[str, ...]
    facts: tuple[str, ...]
    fixed: tuple[tuple[str, Known], ...]
    law: Corpus = field(compare=False)


@lru_cache(maxsize=512)
def _figure(asked: _Asked) -> Figure:
    """The articles of a figure, lowered for these columns; those of the Party's family grade by points of their own."""
    law, rank = asked.law, {article: number for number, article in enumerate(asked.chosen)}
    giving = [each for each in law.in_force(asked.on) if each.gives == asked.name]
    if asked.name == GRADE:
        giving = [each for each in giving if law.family(each) == "state"]
    articles, lowered = [], []
    for article in sorted(giving, key=lambda each: rank.get(each.id, len(rank))):
        one = lower_value(law, article, asked.on, fixed=dict(asked.fixed), columns=asked.facts)
        if one.applies == ir.FALSE:
            continue
        articles.append(article.id)
        lowered.append(one)
        if one.applies == ir.TRUE:
            break
    return Figure(tuple(articles), tuple(lowered))


__all__: Sequence[str] = ["GRADES", "PARTS", "Figure", "Many"]

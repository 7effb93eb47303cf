"""A whole service at once, from records in Parquet: every period scored, everybody's year graded, the caps of every body.

The law is read over columns, piece by piece, by `Many`; here is only who belongs together: products to a period, periods to a
person, staff to their leader, people to a group of similar tasks. A test holds every person equal to `person.evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from canbo.rules.corpus import Corpus
from canbo.rules.evaluation import many_caps
from canbo.rules.evaluation.given import CATEGORIES, CRITERIA, GRADES
from canbo.rules.evaluation.many import Many
from canbo.rules.evaluation.records import LEADING, PERIODS, WEIGHTS, Records
from canbo.rules.lower import cells
from canbo.rules.words import error

#: By category of people, whose share of excellent it is.
SHARES = {"civil_servant": "persons", "public_employee": "public_employees"}
WHOLE = "*"
#: Why nothing can be said of a person yet.
OPEN = ("", "no_period", "score", "periods", "regulation", "grade")
PARTS = ("general", *CRITERIA, "result", "score")
_PER_PERSON = {"row": pl.UInt32, "sum": pl.Int64, "months": pl.Int64, "unscored": pl.Int64, "works": pl.Int64}


@dataclass(frozen=True)
class Found:
    """What was reckoned.

    people    person, body, category, score, grade, months, open (a word of OPEN), and of whoever reached excellent
              in_group and in_body: keeps, tied or loses, by points where more reach it than may be
    caps      body, category, group (`*`: the whole body where it has several), how many of each grade, allowed and settled
    products  how many were read; `works` how many periods of people were scored or tried
    """

    people: pl.DataFrame
    caps: pl.DataFrame
    products: int
    works: int
    articles: tuple[str, ...]


@dataclass
class _Laws:
    """The law of each period for each choice of readings; days on which the law says the same are read together."""

    law: Corpus
    records: Records
    on: date
    manies: list[Many] = field(default_factory=list)

    def table(self) -> np.ndarray:
        """By choice of readings and number of a period, which of `manies` measures it."""
        used = self.records.works["code"].unique().to_list()
        table = np.zeros((len(self.records.ways), PERIODS), dtype=np.int32)
        seen: dict[object, int] = {}
        figures: list[tuple[str, tuple[str, ...]]] = []
        for number, ways in enumerate(self.records.ways):
            for code, period in enumerate(self.records.codes):
                if not (self.records.period.first <= period.first and period.last <= self.records.period.last):
                    continue
                if period.first > self.on:
                    if code in used:
                        raise error("eval_not_begun", period=str(period), on=self.on)
                    continue
                many = Many(self.law, period.law_day(self.on), ways)
                figures = figures or _asked(many)
                # Equal where nothing that is read here differs between the days.
                table[number, code] = seen.setdefault(tuple(many.says(*each) for each in figures), len(self.manies))
                if table[number, code] == len(self.manies):
                    self.manies.append(many)
        return table


def _asked(many: Many) -> list[tuple[str, tuple[str, ...]]]:
    """The figures that scores are made of, each with the facts that are handed to it: found by scoring one leader."""
    whole = dict.fromkeys(("work", "coefficient", "assigned", "done", "failures", "times", "days"), [1])
    products = many.products(pl.DataFrame({**whole, "cause": [False], "extra": [False]}))
    facts = {"staff_completed": [True], "organising": [0], "cohesion": [0]}
    many.works(pl.DataFrame({"work": [1], "general": [1], "leader": [True], **facts}), products)
    return list(many.asked)


def reckon(law: Corpus, records: Records, *, on: date, told: Callable[[pl.DataFrame], None] | None = None) -> Found:
    """Score and grade everybody in the records by the law of each period.

    told  is handed the scores of each piece: person, period, the parts and the score in points and per cent
    Raises RuleError for a record that cannot be, or a period that has not begun.
    """
    whole = _Whole(law, records, on, told)
    for rows, products in _ahead(records.pieces()):
        whole.add(rows, products)
    persons = whole.finish()
    many = Many(law, records.period.law_day(on))
    people, caps = _caps(law, records, _people(many, records, persons), on)
    return Found(people, caps, whole.products, whole.scored, tuple(dict.fromkeys([*whole.articles(), *many.used])))


def _ahead(pieces: Iterator[tuple[range, pl.DataFrame]]) -> Iterator[tuple[range, pl.DataFrame]]:
    """The same pieces, each next one read while the one before is worked on."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = reader.submit(next, pieces, None)
            yield piece


class _Whole:
    """The works scored so far: staff as they come, leaders once all their staff is known."""

    def __init__(self, law: Corpus, records: Records, on: date, told: Callable[[pl.DataFrame], None] | None) -> None:
        self.records, self.on, self.told = records, on, told
        laws = _Laws(law, records, on)
        self.table, self.manies = laws.table(), laws.manies
        self.products = self.scored = 0
        self.leaders: list[pl.DataFrame] = []
        self.persons: list[pl.DataFrame] = []
        people = records.people.select("leader", "category", "body")
        ways = records.bodies.select("ways")[people["body"]]
        self.about = people.with_columns(ways).with_columns(_weights(records))
        self.most = _most_share(law)
        # By body and period: the lowest score of the staff, and whether somebody there has none.
        shape = (records.bodies.height, PERIODS)
        self.lowest = np.full(shape, np.iinfo(np.int32).max, dtype=np.int32)
        self.gaps = np.zeros(shape, dtype=bool)

    def add(self, rows: range, products: pl.DataFrame) -> None:
        """Score a piece: these people and all their products."""
        works = self.records.works["work"]
        low, high = (int(works.search_sorted(row * PERIODS)) for row in (rows.start, rows.stop))
        piece = self._known(self.records.works.slice(low, high - low), products)
        self.products += products.height
        shared = [
            many.shares(some, many.products(theirs)).drop("eval.assigned", "eval.done", "eval.quality_lost", "eval.delay_lost")
            for many, some, theirs in self._by_law(piece, products)
            if some.height
        ]
        if not shared:
            return
        held = pl.concat(shared)
        staff, leaders = held.filter(~pl.col("eval.leader")), held.filter(pl.col("eval.leader"))
        if leaders.height:
            self.leaders.append(leaders)
        scored = self._finished(staff)
        where = scored["body"].to_numpy(), scored["code"].to_numpy()
        np.minimum.at(self.lowest, where, scored["score"].fill_null(np.iinfo(np.int32).max).to_numpy().astype(np.int32))
        unknown = scored["score"].is_null().to_numpy()
        self.gaps[where[0][unknown], where[1][unknown]] = True

    def finish(self) -> pl.DataFrame:
        """Score the leaders, of whose criteria one follows from their staff; then all persons, with sums over their periods."""
        if self.leaders:
            held = pl.concat(self.leaders)
            self._finished(held.with_columns(self._staff(held)))
        return pl.concat(self.persons) if self.persons else pl.DataFrame(schema=_PER_PERSON)

    def articles(self) -> Iterable[str]:
        """Ids of the articles that gave the scores."""
        return dict.fromkeys(article for many in self.manies for article in many.used)

    def _known(self, works: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
        """The works with what is known of their people; a period that only products name has no general points."""
        strange = products.select(pl.col("row", "code", "work").filter(~pl.col("work").is_in(works["work"].implode()))).unique(
            "work"
        )
        if strange.height:
            works = pl.concat([works, strange], how="diagonal_relaxed").select(works.columns).sort("work")
        return works.rename({"score": "settled"}).with_columns(self.about[works["row"]]).with_columns(law=pl.lit(0, pl.Int32))

    def _by_law(self, works: pl.DataFrame, products: pl.DataFrame) -> Iterable[tuple[Many, pl.DataFrame, pl.DataFrame]]:
        """Works and products by the law that measures them."""
        if len(self.manies) == 1:
            yield self.manies[0], works, products
            return
        which = pl.Series("law", self.table[works["ways"].to_numpy(), works["code"].to_numpy()])
        works = works.with_columns(which)
        ways = self.about["ways"][products["row"]].to_numpy() if products.height else np.zeros(0, dtype=np.int64)
        theirs, products = pl.Series(self.table[ways, products["code"].to_numpy()]), products.drop("row", "code")
        for number in which.unique().sort():
            yield self.manies[number], works.filter(which == number), products.filter(theirs == number)

    def _finished(self, held: pl.DataFrame) -> pl.DataFrame:
        """The scores of works whose shares are known; told on, and added up by person."""
        if not held.height:
            return pl.DataFrame(schema={"body": pl.UInt32, "code": pl.Int8, "score": pl.Int64})
        # No share is more than the catalogue lets it be: such a work is not scored, as no such file of one person is read.
        sane = [pl.when(pl.col(f"eval.{name}") <= self.most).then(pl.col(f"eval.{name}")).alias(f"eval.{name}") for name in "abc"]
        held = held.with_columns(sane)
        groups = held.partition_by("law", as_dict=True) if len(self.manies) > 1 else {(0,): held}
        scored = pl.concat([self.manies[int(str(law[0]))].finished(some) for law, some in groups.items()])
        public = pl.col("category") == CATEGORIES.index("public_employee")
        weights = [name for name in WEIGHTS if name in scored.columns]
        own = pl.lit(None, pl.Int64)
        if weights:
            lacking = [pl.lit(None, pl.Int64).alias(name) for name in WEIGHTS if name not in weights]
            own = pl.lit(self.manies[0].by_regulation(scored.with_columns(lacking)))
        settled = pl.col("settled").is_not_null()
        scored = scored.with_columns(
            score=pl.coalesce("settled", pl.when(public).then(own).otherwise(pl.col("score"))),
            result=pl.when(~public).then(pl.col("result")),
        ).with_columns(pl.when(~settled).then(pl.col(name)).alias(name) for name in (*CRITERIA, "general", "result"))
        self.scored += scored.height
        added = scored.select("work", "row", "code", "score")
        self.persons.append(_added(added if added["work"].is_sorted() else added.sort("work")))
        if self.told is not None:
            self.told(_shown(self.records, scored))
        return scored

    def _staff(self, held: pl.DataFrame) -> pl.Series:
        """Whether all staff of each leader is in the band `completed` or better, where the records do not say it themselves."""
        body, code = held["body"].to_numpy(), held["code"].to_numpy()
        lowest, gap = self.lowest[body, code], self.gaps[body, code]
        known = (lowest != np.iinfo(np.int32).max) & ~gap
        scores = pl.Series(lowest.astype(np.int64)).set(pl.Series(~known), None)
        found = pl.Series([None] * held.height, dtype=pl.Boolean)
        for number, many in enumerate(self.manies):
            told = pl.DataFrame({"score": scores, "leader": False, "head": False})
            grades = many.grades(told, regime="civil_servant", year=self.records.period.year)
            here = (held["law"] == number) & pl.Series(known)
            found = (grades != "not_completed").zip_with(here, found)
        said = held["eval.staff_all_completed"]
        return said.zip_with(said.is_not_null(), found).alias("eval.staff_all_completed")


def _most_share(law: Corpus) -> int:
    spec = law.facts["eval.a"]
    return spec.high * 10**spec.places if isinstance(spec.high, int) else 2**31


def _added(works: pl.DataFrame) -> pl.DataFrame:
    """Sums by person: of scores by month, months, works without a score. A quarter stands for the months no month before holds."""
    rows, codes = works["row"].to_numpy(), works["code"].to_numpy().astype(np.int64)
    starts = np.append(0, np.flatnonzero(rows[1:] != rows[:-1]) + 1)
    sizes = np.diff(np.append(starts, len(rows)))
    bits = np.repeat(np.bitwise_or.reduceat(1 << codes, starts), sizes)
    quarter = codes >= 12
    first = np.where(quarter, 3 * (codes - 12), 0)
    held = 3 - (bits >> first & 1) - (bits >> (first + 1) & 1)
    # The last month of a quarter ends with it: the quarter, which began before, is taken first and holds that month.
    within = (codes % 3 == 2) & (bits >> (12 + codes // 3) & 1 == 1)
    months = np.where(quarter, held, np.where(within, 0, 1))
    score = works["score"]
    known = score.fill_null(0).to_numpy()
    return pl.DataFrame(
        {
            "row": rows[starts], "sum": np.add.reduceat(known * months, starts), "months": np.add.reduceat(months, starts),
            "unscored": np.add.reduceat(score.is_null().to_numpy().astype(np.int64), starts), "works": sizes,
        },
        schema=_PER_PERSON,
    )  # fmt: skip


def _shown(records: Records, works: pl.DataFrame) -> pl.DataFrame:
    periods = pl.Series(np.array([str(each) for each in records.codes]), dtype=pl.Enum([str(each) for each in records.codes]))
    return works.select(
        records.people["person"][works["row"]].alias("person"),
        periods[works["code"]].alias("period"),
        *(_tenths(name) for name in PARTS),
    )


def _tenths(name: str) -> pl.Expr:
    """Tenths as the number nearest to them."""
    return (pl.col(name) / 10).round(1).alias(name)


# ---- people


def _weights(records: Records) -> pl.DataFrame:
    """The weights of each person by the body's regulation: those of who leads, where it has others for them."""
    bodies, at = records.bodies, records.people["body"]
    held = [name for name in WEIGHTS if {name, f"leading_{name}"} & set(bodies.columns)]
    apart = [name for name in LEADING if name in bodies.columns]
    others = bodies.select(others=pl.any_horizontal(pl.col(apart).is_not_null()) if apart else pl.lit(False)).to_series()[at]
    leading = records.people["leader"] & others
    empty = pl.Series([None], dtype=pl.Int64).new_from_index(0, records.people.height)

    def of(name: str) -> pl.Series:
        return bodies[name][at] if name in bodies.columns else empty

    return pl.DataFrame({name: of(f"leading_{name}").zip_with(leading, of(name)) for name in held})


def _people(many: Many, records: Records, persons: pl.DataFrame) -> pl.DataFrame:
    """Everybody's score of the period and grade, each category by its own law."""
    asked = len(records.period.months)
    people = records.people.with_row_index("row").join(persons, on="row", how="left", maintain_order="left")
    worked = pl.col("eval.months_worked") if "eval.months_worked" in people.columns else pl.lit(None, pl.Int64)
    enough = (pl.col("months") >= asked) | (pl.col("months") >= worked).fill_null(False)
    means = many.means(people.select("sum", "months")) if people.height else pl.Series([], dtype=pl.Int64)
    weighed = pl.lit(False)
    weights = _weights(records)
    if weights.width:
        weighed = pl.lit(weights.select(pl.any_horizontal(pl.all().is_not_null())).to_series())
    told = (pl.col("works") > 0).fill_null(False) & (pl.col("unscored") == 0) & enough
    public = pl.col("category") == CATEGORIES.index("public_employee")
    people = people.with_columns(score=pl.when(told).then(means))
    people = people.with_columns(
        pl.when(public & weighed).then(True).alias("eval.unit_regulation"),
        open=pl.when(pl.col("works").is_null()).then(pl.lit("no_period"))
        .when((pl.col("unscored") > 0) & public & ~weighed).then(pl.lit("regulation"))
        .when(pl.col("unscored") > 0).then(pl.lit("score")).when(~enough).then(pl.lit("periods")).otherwise(pl.lit("")),
    )  # fmt: skip
    people = _with_defaults(many.law, people, many.on)
    graded = []
    for number, category in enumerate(CATEGORIES):
        some = people.filter(pl.col("category") == number)
        facts = [name for name in some.columns if name.startswith("eval.") and (number or name != "eval.unit_regulation")]
        if some.height:
            grades = many.grades(some.select("score", "leader", "head", *facts), regime=category, year=records.period.year)
            graded.append(some.with_columns(grades.alias("grade")))
    people = pl.concat(graded) if graded else people.with_columns(grade=pl.lit("undetermined"))
    reason = pl.when((pl.col("grade") == "undetermined") & (pl.col("open") == "")).then(pl.lit("grade")).otherwise(pl.col("open"))
    known = pl.when(pl.col("grade") == "undetermined").then(reason).otherwise(pl.lit(""))
    return people.with_columns(open=known).sort("row")


def _with_defaults(law: Corpus, people: pl.DataFrame, day: date) -> pl.DataFrame:
    """A fact whose cell is empty was not handed over: it takes its legal default, as in a file of one person."""
    names = [name for name in people.columns if name.startswith("eval.") and name != "eval.unit_regulation"]
    usual = cells(law, {}, day, names)
    return people.with_columns(pl.col(name).fill_null(usual[name]) for name in names if usual[name] is not None)


# ---- caps


def _caps(law: Corpus, records: Records, people: pl.DataFrame, on: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The caps of each group of similar tasks and of each body; and who of those that reached excellent has room in them."""
    usual = pl.when(pl.col("leader")).then(pl.lit("leaders")).otherwise(pl.lit("staff"))
    group = pl.col("group").cast(pl.String).fill_null(usual) if "group" in people.columns else usual
    people = people.with_columns(group=group)
    keys = ["body", "category", "group"]
    counts = people.group_by(keys).agg((pl.col("grade") == grade).sum().cast(pl.Int64).alias(grade) for grade in GRADES)
    several = counts.group_by("body", "category").agg(pl.col(GRADES).sum(), pl.len().alias("groups")).filter(pl.col("groups") > 1)
    counts = pl.concat([counts, several.with_columns(group=pl.lit(WHOLE)).select(counts.columns)])
    counts = counts.filter(pl.sum_horizontal(GRADES) > 0).sort(keys)
    counts = counts.with_columns(records.bodies["outstanding"][counts["body"]].alias("outstanding"))
    day = records.period.law_day(on)
    parts = [counts.filter(pl.col("category") == number) for number in range(len(CATEGORIES))]
    caps = pl.concat(
        [many_caps.caps(law, part, of=SHARES[name], on=day) for part, name in zip(parts, CATEGORIES, strict=True)],
        how="diagonal",
    )
    people = _with_room(people, caps, keys, "in_group")
    whole = caps.filter(pl.col("group") == WHOLE).drop("group")
    people = _with_room(people, whole, ["body", "category"], "in_body")
    names = pl.Series(np.array(CATEGORIES), dtype=pl.Enum(CATEGORIES))
    shown = [records.bodies["body"][people["body"]].alias("body"), names[people["category"]].alias("category")]
    told = people.select(
        "person", *shown, _tenths("score"), pl.col("grade"), "months", "open", "in_group", "in_body"
    )  # fmt: skip
    return told, caps.with_columns(records.bodies["body"][caps["body"]].alias("body"), names[caps["category"]].alias("category"))


def _with_room(people: pl.DataFrame, caps: pl.DataFrame, keys: Sequence[str], name: str) -> pl.DataFrame:
    """For whoever reached excellent, whether points alone put the person among those for whom there is room.

    `tied`: equals stand where the line falls, and the authority decides among them.
    """
    reached = people.filter(pl.col("grade") == "excellent").select("row", "score", *keys)
    reached = reached.join(caps.select(*keys, "settled"), on=keys, how="inner").filter(pl.col("settled").is_not_null())
    reached = reached.sort(*keys, "score", descending=[False] * len(keys) + [True])
    place, last = pl.int_range(pl.len()).over(keys), pl.len().over(keys)
    line = pl.col("score").filter(pl.int_range(pl.len()) == pl.col("settled")).first().over(keys)
    before = pl.col("score").filter(pl.int_range(pl.len()) == pl.col("settled") - 1).first().over(keys)
    falls = (pl.col("settled") > 0) & (pl.col("settled") < last) & (line == before).fill_null(False)
    word = (
        pl.when(falls & (pl.col("score") == line)).then(pl.lit("tied"))
        .when(place < pl.col("settled")).then(pl.lit("keeps")).otherwise(pl.lit("loses"))
    )  # fmt: skip
    return people.join(reached.select("row", word.alias(name)), on="row", how="left", maintain_order="left")

"""Articles in the common form as text of SQL: for PostgreSQL, DuckDB and Spark.

The table has the columns that `lower.columns_of` names, under these names: truth values as boolean, everything else
as an integer of any width, null where unknown; `and`, `or` and `not` of SQL are Kleene's. What is used more than once
is a column of an inner query, so that it is worked out once. All arithmetic is done in 64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canbo.rules import ir
from canbo.rules.dates import last_day
from canbo.rules.dense import Dense, Run, day_of
from canbo.rules.ir import Expr
from canbo.rules.lower import GRANTING, Lowered
from canbo.rules.readers import OUTCOMES, Count, layers, parts

# A table of no more runs than this is written as CASE, a longer one as an array.
FEW_RUNS = 48
_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_TALLIES = ("pass", "fail", "unknown", "not_applicable")


@dataclass(frozen=True)
class Dialect:
    """What differs between databases.

    mark      the quotation mark of names
    divide    the operator of whole-number division, cut towards zero
    day       the day of a day number
    array     the element of a list of figures; `at` counts from 1
    fence     keeps the planner from writing an inner query's expressions out again wherever they are used
    """

    name: str
    mark: str
    divide: str
    day: str
    array: str
    fence: str = ""

    def quote(self, name: str) -> str:
        """A name, quoted."""
        return f"{self.mark}{name.replace(self.mark, self.mark * 2)}{self.mark}"


POSTGRESQL = Dialect(
    "postgresql", '"', "/", "(DATE '1970-01-01' + CAST({n} AS integer))", "(CAST('{{{figures}}}' AS bigint[]))[{at}]", "OFFSET 0"
)
DUCKDB = Dialect("duckdb", '"', "//", "(DATE '1970-01-01' + CAST({n} AS INTEGER))", "(CAST([{figures}] AS BIGINT[]))[{at}]")
SPARK = Dialect(
    "spark", "`", "div", "date_add(DATE'1970-01-01', CAST({n} AS INT))", "element_at(array({figures}), CAST({at} AS INT))"
)
DIALECTS = {dialect.name: dialect for dialect in (POSTGRESQL, DUCKDB, SPARK)}


def counts(lowered: Sequence[Lowered], table: str, dialect: Dialect) -> str:
    """A query that counts the outcomes of all articles in one pass: one row, for `read_counts`.

    `table` is the name of a table (with its schema before a dot, where it has one), or a query in parentheses.
    """
    wanted: list[str] = []
    for number, one in enumerate(lowered):
        kept, applies = (dialect.quote(name) for name in _names(number, one))
        granted = one.article.effect in GRANTING
        tests = (
            kept if granted else f"{kept} AND COALESCE({applies}, TRUE)",
            "FALSE" if granted else f"NOT {kept}",
            f"{kept} IS NULL",
            f"NOT {applies}",
        )
        wanted += [
            f"COUNT(*) FILTER (WHERE {test}) AS {dialect.quote(f'{number} {word}')}"
            for test, word in zip(tests, _TALLIES, strict=True)
        ]
    return _query(_trees(lowered), wanted, table, dialect)


def read_counts(lowered: Sequence[Lowered], row: Sequence[int]) -> list[Count]:
    """The counts of the one row that the query of `counts` gives."""
    fours = zip(*[iter(row)] * 4, strict=True)
    return [Count(one.article.id, *four) for one, four in zip(lowered, fours, strict=True)]


def verdicts(lowered: Sequence[Lowered], table: str, dialect: Dialect, *, key: str) -> str:
    """A query that gives, for each row, its `key` and the outcome of each article (one of OUTCOMES), in their order."""
    told = [dialect.quote(key)]
    for number, one in enumerate(lowered):
        kept, applies = (dialect.quote(name) for name in _names(number, one))
        aside, passed, failed, unknown = (f"'{outcome}'" for outcome in OUTCOMES)
        case = f"CASE WHEN NOT {applies} THEN {aside} WHEN {kept} THEN {passed} WHEN NOT {kept} THEN {failed} ELSE {unknown} END"
        # Not by the article's name: PostgreSQL cuts names after 63 letters.
        told.append(f"{case} AS {dialect.quote(f'a{number}')}")
    return _query(_trees(lowered), told, table, dialect, (key,))


def figures(trees: Mapping[str, Expr], table: str, dialect: Dialect, *, key: str) -> str:
    """A query that gives, for each row, its `key` and what each tree comes to."""
    return _query(trees, [dialect.quote(name) for name in (key, *trees)], table, dialect, (key,))


def _names(number: int, one: Lowered) -> tuple[str, str]:
    """The inner columns that say whether an article is kept, and whether it applies."""
    return f"{number} kept", f"{number} kept" if one.article.effect in GRANTING else f"{number} applies"


def _trees(lowered: Sequence[Lowered]) -> dict[str, Expr]:
    return {f"{number} {part}": tree for number, one in enumerate(lowered) for part, tree in parts(one)}


def _query(trees: Mapping[str, Expr], wanted: Sequence[str], table: str, dialect: Dialect, keys: Sequence[str] = ()) -> str:
    """One inner query for each layer of what is shared, one for the trees, and the outer one."""
    writer = Writer(dialect)
    carried = [dialect.quote(name) for name in (*keys, *ir.columns(trees.values()))]
    source = table if table.startswith("(") else ".".join(map(dialect.quote, table.split(".")))
    query = f"{source} AS t"
    for level, layer in enumerate(layers(trees.values())):
        made = {dialect.quote(f"~{level}.{number}"): tree for number, tree in enumerate(layer)}
        written = [f"{writer.write(tree)} AS {name}" for name, tree in made.items()]
        query = f"(SELECT {', '.join([*carried, *written])} FROM {query} {dialect.fence}) AS t"
        writer.known |= {tree: name for name, tree in made.items()}
        carried += made
    written = [f"{writer.write(tree)} AS {dialect.quote(name)}" for name, tree in trees.items()]
    inner = [*(dialect.quote(key) for key in keys), *written]
    return f"SELECT {', '.join(wanted)} FROM (SELECT {', '.join(inner)} FROM {query} {dialect.fence}) AS t"


class Writer:
    """Writes trees as expressions of SQL; `known` are trees that are columns already."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.known: dict[Expr, str] = {}

    def write(self, expr: Expr) -> str:
        """The text of a tree, in parentheses where it needs them."""
        if expr in self.known:
            return self.known[expr]
        match expr.op:
            case "const":
                return _constant(expr)
            case "col":
                return self.dialect.quote(str(expr.value))
            case "table":
                return self._table(expr)
            case "months":
                return self._months(*expr.args)
        args = [self.write(arg) for arg in expr.args]
        match expr.op:
            case "and" | "or":
                return f"({f' {expr.op.upper()} '.join(args)})"
            case "not":
                return f"(NOT {args[0]})"
            case "if":
                # An unknown condition gives null: neither branch is taken.
                return f"CASE WHEN {args[0]} THEN {args[1]} WHEN NOT {args[0]} THEN {args[2]} END"
            case op if op in _SIGNS:
                return f"({args[0]} {_SIGNS[op]} {args[1]})"
        return self._arithmetic(expr.op, *(_wide(arg) for arg in args))

    def _arithmetic(self, op: str, left: str, right: str = "") -> str:
        match op:
            case "neg":
                return f"(- {left})"
            case "quot":
                return f"({left} {self.dialect.divide} NULLIF({right}, 0))"
            case _:
                return f"({left} { {'add': '+', 'sub': '-', 'mul': '*'}[op] } {right})"

    # ---- months

    def _months(self, start: Expr, end: Expr) -> str:
        """Complete months, as `dates.complete_months` counts them."""
        one, two = self._moment(start), self._moment(end)
        forwards, backwards = _counted(one, two), _counted(two, one)
        return f"CASE WHEN {two.day} < {one.day} THEN - {backwards} ELSE {forwards} END"

    def _moment(self, expr: Expr) -> _Moment:
        if expr.constant and isinstance(expr.value, int):
            day = day_of(expr.value)
            ends = "TRUE" if day == last_day(day) else "FALSE"
            return _Moment(_constant(expr), str(day.year * 12 + day.month), str(day.day), ends)
        text = self.write(expr)
        day_ = self.dialect.day.format(n=text)
        year, month, within = (f"CAST(EXTRACT({part} FROM {day_}) AS bigint)" for part in ("YEAR", "MONTH", "DAY"))
        after = self.dialect.day.format(n=f"({_wide(text)} + 1)")
        return _Moment(text, f"({year} * 12 + {month})", within, f"(EXTRACT(DAY FROM {after}) = 1)")

    # ---- tables

    def _table(self, expr: Expr) -> str:
        assert isinstance(expr.value, Dense)
        args = [self.write(arg) for arg in expr.args]
        runs: list[tuple[tuple[int, ...], list[Run]]] = []
        for key, found in expr.value.intervals():
            told = [run for run in found if run[2] is not None]
            runs += [(key, told)] if told else []
            if sum(len(some) for _, some in runs) > FEW_RUNS:
                return self._listed(expr.value, args, expr.kind)
        whens = []
        if not runs:
            return _constant(ir.unknown(expr.kind))
        for key, some in runs:
            one = "CASE " + " ".join(f"WHEN {_within(args[-1], run)} THEN {_figure(run[2], expr.kind)}" for run in some) + " END"
            if not key:
                return one
            here = " AND ".join(f"{arg} = {at}" for arg, at in zip(args, key, strict=False))
            whens.append(f"WHEN {here} THEN {one}")
        return f"CASE {' '.join(whens)} END"

    def _listed(self, table: Dense, args: Sequence[str], kind: str) -> str:
        place, inside = "0", []
        for arg, low, size in zip(args, table.lows, table.sizes, strict=True):
            place = f"({place} * {size} + ({_wide(arg)} - {low}))" if place != "0" else f"({_wide(arg)} - {low})"
            inside.append(f"{arg} BETWEEN {low} AND {low + size - 1}")
        # One figure that the table has not stands for none: PostgreSQL reads lists with nulls from the start each time.
        none = int(table.figures.max()) + 1
        known = table.mask().ravel().tolist()
        figures_ = [figure if there else none for figure, there in zip(table.figures.ravel().tolist(), known, strict=True)]
        element = self.dialect.array.format(figures=",".join(map(str, figures_)), at=f"{place} + 1")
        found = f"NULLIF({element}, {none})"
        return f"CASE WHEN {' AND '.join(inside)} THEN {found}{' = 1' if kind == 'bool' else ''} END"


@dataclass(frozen=True)
class _Moment:
    """A day, the number of its month, the day within it, and whether it ends its month, as text."""

    day: str
    month: str
    within: str
    ends: str


def _counted(start: _Moment, end: _Moment) -> str:
    return f"({end.month} - {start.month} - CASE WHEN {end.within} < {start.within} AND NOT {end.ends} THEN 1 ELSE 0 END)"


def _within(text: str, run: Run) -> str:
    return f"{text} = {run[0]}" if run[0] == run[1] else f"{text} BETWEEN {run[0]} AND {run[1]}"


def _figure(figure: int | None, kind: str) -> str:
    return ("TRUE" if figure else "FALSE") if kind == "bool" else f"CAST({figure} AS bigint)"


def _constant(expr: Expr) -> str:
    if expr.value is None:
        return f"CAST(NULL AS {'boolean' if expr.kind == 'bool' else 'bigint'})"
    if expr.kind == "bool":
        return "TRUE" if expr.value else "FALSE"
    return f"({expr.value})" if isinstance(expr.value, int) and expr.value < 0 else str(expr.value)


def _wide(text: str) -> str:
    return f"CAST({text} AS bigint)"

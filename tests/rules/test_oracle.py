"""The reader of articles against an independent CEL engine, on people who are only partly known.

In CEL an absent key is an error, and `&&` and `||` absorb errors; so an error there must be an
unknown here, and every known answer must be the same.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules.corpus import Corpus
from canbo.rules.dates import complete_months
from canbo.rules.kleene import UNKNOWN, Scene, Value, Working
from canbo.rules.params import Parameters
from canbo.rules.reading import read
from canbo.rules.schema import Catalogue, Scope, check, load_facts
from canbo.rules.syntax import parse
from tests.trying import examples, imported

cel = imported("cel_expr_python.cel", "the oracle is in the dev extra")

ON = date(2026, 11, 22)
ENTRY = "label: {en: x, vi: x}, meaning: {en: x, vi: x}, source: {en: x, vi: x}"
FACTS = "\n".join(
    f"{name}: {{{kind}, {ENTRY}}}"
    for name, kind in {
        "p.yes": "type: bool",
        "p.also": "type: bool",
        "p.few": "type: int, range: [-50, 50]",
        "p.left": "type: int, unit: months, range: [-50, 50]",
        "p.sex": "type: enum, values: {F: {en: f, vi: f}, M: {en: m, vi: m}}",
        "q.title": "type: enum, values: {chair: {en: c, vi: c}, head: {en: h, vi: h}, deputy: {en: d, vi: d}}",
        "p.born": "type: date, range: [1900-01-01, 2100-01-01]",
        "q.start": "type: date, range: [1900-01-01, 2100-01-01]",
        "p.planned": "type: set",
    }.items()
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    file = tmp_path_factory.mktemp("facts") / "facts.yaml"
    file.write_text(FACTS, encoding="utf-8")
    facts: Catalogue = load_facts(read(file))
    return Corpus("small", Path(), facts, Parameters({}), {}, "0")


numbers = st.integers(-50, 50)
dates = st.dates(date(1960, 1, 1), date(2030, 12, 31))
words = st.sampled_from(["chair", "head", "deputy"])

# ---- expressions of each type, as text


def wrap(text: str) -> str:
    return f"({text})"


days = st.one_of(st.sampled_from(["p.born", "q.start"]), dates.map(lambda day: f"date('{day}')"))
ints = st.recursive(
    st.one_of(
        numbers.map(lambda n: str(n) if n >= 0 else f"-{-n}"),
        st.sampled_from(["p.few"]),
    ),
    lambda below: st.one_of(
        st.tuples(below, st.sampled_from("+-"), below).map(lambda x: wrap(f"{x[0]} {x[1]} {x[2]}")),
        st.tuples(st.integers(0, 9), below).map(lambda x: wrap(f"{x[0]} * {x[1]}")),
        below.map(lambda x: wrap(f"-{wrap(x)}")),
    ),
    max_leaves=4,
)
months = st.one_of(
    st.just("p.left"),
    days.map(lambda day: f"months_since({day})"),
    st.tuples(days, days).map(lambda two: f"months_between({two[0]}, {two[1]})"),
)
years = days.map(lambda day: f"years_since({day})")
signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def compared(side: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(side, signs, side).map(" ".join)


simple = st.one_of(
    st.sampled_from(["true", "false", "p.yes", "p.also", "p.sex == 'F'", "'M' != p.sex", "'b1' in p.planned"]),
    compared(ints),
    compared(days),
    st.tuples(months, signs, st.integers(-400, 400).map(lambda n: str(n) if n >= 0 else f"-{-n}")).map(" ".join),
    st.tuples(years, signs, st.integers(0, 60).map(str)).map(" ".join),
    st.lists(words, min_size=1, max_size=3).map(lambda some: f"q.title in {some}"),
    st.lists(st.integers(0, 9), min_size=1, max_size=3).map(lambda some: f"p.few in {some}"),
)
conditions = st.recursive(
    simple,
    lambda below: st.one_of(
        st.tuples(below, st.sampled_from(["&&", "||"]), below).map(lambda x: wrap(" ".join(x))),
        below.map(lambda x: f"!{wrap(x)}"),
        st.tuples(below, below, below).map(lambda x: wrap(f"{x[0]} ? {x[1]} : {x[2]}")),
    ),
    max_leaves=10,
)
whole = st.fixed_dictionaries(
    {
        "p.yes": st.booleans(),
        "p.also": st.booleans(),
        "p.few": numbers,
        "p.left": numbers,
        "p.sex": st.sampled_from(["F", "M"]),
        "q.title": words,
        "p.born": dates,
        "q.start": dates,
        "p.planned": st.frozensets(st.sampled_from(["b1", "b2"])),
    }
)
names = ["p.yes", "p.also", "p.few", "p.left", "p.sex", "q.title", "p.born", "q.start", "p.planned"]
people = st.tuples(whole, st.sets(st.sampled_from(names), max_size=3)).map(
    lambda two: {name: value for name, value in two[0].items() if name not in two[1]}
)

# ---- the oracle: dates are day numbers, the functions are given to it

EPOCH = date(1900, 1, 1)


def day_number(day: date) -> int:
    return (day - EPOCH).days


def months_between(start: int, end: int) -> int:
    """Written apart from the rules: count months one by one until the next would pass the end."""
    sign = 1 if start <= end else -1
    one, other = (EPOCH + timedelta(days=day) for day in sorted((start, end)))
    count = 0
    while True:
        year, month = divmod(one.year * 12 + one.month + count, 12)
        after = date(year + month // 12, month % 12 + 1, 1)
        length = ((after.replace(day=28) + timedelta(days=4)).replace(day=1) - after).days
        if after.replace(day=min(one.day, length)) > other:
            return sign * count
        count += 1


def oracle() -> Any:
    def function(name: str, takes: int, kind: Any, run: Any) -> Any:
        overload = cel.Overload(id=f"{name}_1", return_type=cel.Type.INT, parameters=[kind] * takes, impl=run)
        return cel.FunctionDecl(name, [overload])

    int_ = cel.Type.INT
    today = day_number(ON)
    functions = [
        function("date", 1, cel.Type.STRING, lambda text: day_number(date.fromisoformat(text))),
        function("months_since", 1, int_, lambda day: months_between(day, today)),
        function("years_since", 1, int_, lambda day: int(months_between(day, today) / 12)),
        function("months_between", 2, int_, months_between),
    ]
    thing = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.NewEnv(variables={"p": thing, "q": thing}, extensions=[cel.CelExtension("canbo", functions)])


ORACLE = oracle()


def ask_oracle(text: str, person: dict[str, Any]) -> Value:
    data: dict[str, dict[str, Any]] = {"p": {}, "q": {}}
    for name, value in person.items():
        room, field = name.split(".")
        if isinstance(value, date):
            value = day_number(value)
        data[room][field] = sorted(value) if isinstance(value, frozenset) else value
    answer = ORACLE.compile(text).eval(data=data)
    if answer.type().name() != "BOOL":
        return UNKNOWN
    return bool(answer.value())


@settings(max_examples=examples(600), deadline=None)
@given(text=conditions, some=st.lists(people, min_size=3, max_size=3))
def test_an_independent_engine_gives_the_same_answers(corpus: Corpus, text: str, some: list[dict[str, Any]]) -> None:
    node = parse(text)
    assert check(node, Scope(corpus.facts, {}, {})).kind == "bool"
    for person in some:
        mine = Working(Scene(corpus, person, ON), {}).evaluate(node).value
        assert mine == ask_oracle(text, person)


@given(start=dates, end=dates)
def test_months_are_counted_the_same_way_one_by_one(start: date, end: date) -> None:
    assert complete_months(start, end) == months_between(day_number(start), day_number(end))

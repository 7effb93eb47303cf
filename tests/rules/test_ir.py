"""The common form says what explain says: on random articles, on the rulebook, of people who are only partly known."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules import ir
from canbo.rules.corpus import Corpus, find, read
from canbo.rules.dates import PartialDate, complete_months
from canbo.rules.dense import FIRST_DAY, LAST_DAY, Dense, day_number, months_between_arrays
from canbo.rules.ir import Expr
from canbo.rules.judge import judge
from canbo.rules.kleene import UNKNOWN, Scene, Working
from canbo.rules.lower import Lowered, cells, columns_of, lower_all, lower_value
from canbo.rules.schema import FactSpec
from canbo.rules.syntax import parse, show
from tests.rules import generated
from tests.rules.generated import ON
from tests.trying import examples

Row = Mapping[str, ir.Value]


def outcome(lowered: Lowered, row: Row) -> str:
    """The outcome as every reader of the common form tells it."""
    if ir.evaluate(lowered.applies, row) is False:
        return "not_applicable"
    return {True: "pass", False: "fail", None: "unknown"}[ir.evaluate(lowered.kept, row)]  # type: ignore[index]


def trees(lowered: Iterable[Lowered]) -> list[Expr]:
    return [tree for article in lowered for tree in (article.applies, article.kept)]


@settings(max_examples=examples(300), deadline=None)
@given(book=generated.corpora(), people=generated.several_people)
def test_lowered_articles_say_what_explain_says(book: Corpus, people: list[dict[str, Any]]) -> None:
    lowered = lower_all(book, None, ON)
    names = columns_of(trees(lowered), book.facts)
    for person in people:
        row = cells(book, person, ON, names)
        said = {article.article.id: outcome(article, row) for article in lowered}
        assert said == generated.outcomes(book, person)


_partly = st.sampled_from(
    [date(2000, 2, 1), date(2000, 2, 29), date(2001, 1, 31), PartialDate(2000, 2), PartialDate(2000), PartialDate(2001)]
)


@settings(max_examples=examples(200), deadline=None)
@given(
    sign=generated.signs,
    sides=st.sampled_from(
        [
            ("p.born", "q.start"),
            ("q.start", "date('2000-02-29')"),
            ("months_between(p.born, q.start)", "0"),
            ("years_since(p.born)", "26"),
        ]
    ),
    born=_partly,
    start=_partly,
)
def test_dates_known_in_part_compare_as_explain_compares_them(sign: str, sides: tuple[str, str], born: Any, start: Any) -> None:
    book = generated.corpus(generated.article("a", "require", None, f"{sides[0]} {sign} {sides[1]}"))
    lowered = lower_all(book, None, ON)
    person = {"p.born": born, "q.start": start}
    row = cells(book, person, ON, columns_of(trees(lowered), book.facts))
    assert outcome(lowered[0], row) == generated.outcomes(book, person)["a"]


@settings(max_examples=examples(150), deadline=None)
@given(text=generated.numbers_of(generated._least, products=True), scope=generated._scopes, people=generated.several_people)
def test_lowered_figures_are_what_explain_gives(text: str, scope: str | None, people: list[dict[str, Any]]) -> None:
    book = generated.corpus(generated.article("figure", "value", scope, text))
    found = lower_value(book, book.articles["figure"], ON)
    for person in people:
        row = cells(book, person, ON, columns_of([found.value], book.facts))
        assert ir.evaluate(found.value, row) == generated.value_of(book, "figure", person)


@settings(max_examples=examples(150), deadline=None)
@given(
    book=generated.corpora(), people=generated.several_people, names=st.sets(st.sampled_from(list(generated._KINDS)), max_size=6)
)
def test_what_is_fixed_beforehand_folds_away_and_changes_nothing(
    book: Corpus, people: list[dict[str, Any]], names: set[str]
) -> None:
    shared = {name: value for name, value in people[0].items() if name in names}
    lowered = lower_all(book, None, ON, fixed=shared)
    read_columns = columns_of(trees(lowered), book.facts)
    assert not {column.fact.partition("[")[0] for column in read_columns.values()} & set(shared)
    for person in people:
        together = {**person, **shared}
        row = cells(book, together, ON, read_columns)
        # A default that rests on what is fixed is worked out for the row, so it may not be left out there.
        assert {article.article.id: outcome(article, row) for article in lowered} == generated.outcomes(book, together)


@settings(max_examples=examples(150), deadline=None)
@given(book=generated.corpora(), people=generated.several_people)
def test_whole_arrays_say_what_single_rows_say(book: Corpus, people: list[dict[str, Any]]) -> None:
    lowered = trees(lower_all(book, None, ON))
    names = ir.columns(lowered)
    rows = [cells(book, person, ON, names) for person in people]
    env = {}
    for name, kind in names.items():
        values = [row[name] for row in rows]
        known = np.array([value is not None for value in values])
        env[ir.column(name, kind)] = np.array([value or 0 for value in values], dtype=bool if kind == "bool" else np.int64), known
    for tree in lowered:
        values, known = (np.broadcast_to(plane, len(rows)) for plane in ir.planes(tree, env))
        told = [value if there else None for value, there in zip(values.tolist(), known.tolist(), strict=True)]
        assert told == [ir.evaluate(tree, row) for row in rows]


@settings(max_examples=examples(300), deadline=None)
@given(text=generated.conditions, person=generated.people, other=generated.people)
def test_filling_in_a_fact_never_turns_yes_into_no(text: str, person: dict[str, Any], other: dict[str, Any]) -> None:
    node = parse(text)
    facts, parameters = generated.vocabulary()
    book = generated.corpus()
    # Only what was handed over as unknown is filled in: what was left out may have a legal default.
    fuller = {name: other.get(name) if value is None else value for name, value in person.items()}
    before = Working(Scene(book, person, ON), {}).evaluate(node).value
    after = Working(Scene(book, fuller, ON), {}).evaluate(node).value
    assert before is UNKNOWN or before == after


@settings(max_examples=examples(300), deadline=None)
@given(text=st.one_of(generated.conditions, generated.ints, generated.days, generated.months))
def test_what_is_written_back_reads_as_the_same_tree(text: str) -> None:
    assert parse(show(parse(text))) == parse(text)


def test_a_quotient_is_unknown_only_in_the_branch_whose_divisor_is_zero() -> None:
    divisor = ir.choose(ir.column("p.yes", "bool"), ir.number(0), ir.number(4))
    tree = ir.quot(ir.number(9), divisor)
    assert [ir.evaluate(tree, {"p.yes": yes}) for yes in (True, False, None)] == [None, 2, None]
    nothing = ir.choose(ir.column("p.yes", "bool"), ir.number(0), ir.number(0))
    assert ir.evaluate(ir.quot(ir.number(9), nothing), {"p.yes": True}) is None


@settings(max_examples=examples(200), deadline=None)
@given(start=st.integers(FIRST_DAY, LAST_DAY - 1), after=st.one_of(st.integers(-800, 800), st.integers(-40_000, 40_000)))
def test_months_over_arrays_are_counted_as_for_one_person(start: int, after: int) -> None:
    end = min(max(start + after, FIRST_DAY), LAST_DAY - 1)
    first, last = (date(1970, 1, 1) + timedelta(days=day) for day in (start, end))
    assert months_between_arrays(np.array([start]), np.array([end]))[0] == complete_months(first, last)


@settings(max_examples=examples(300), deadline=None)
@given(
    day=generated.dates,
    limit=st.integers(-700, 700),
    sign=st.sampled_from(ir.COMPARISONS),
    on=generated.dates,
    each=st.sampled_from([1, 12]),
)
def test_months_compared_with_a_figure_become_days(day: date, limit: int, sign: str, on: date, each: int) -> None:
    x, today, figure = ir.column("x"), ir.number(day_number(on)), ir.number(limit)
    for start, end, months in ((x, today, complete_months(day, on)), (today, x, complete_months(on, day))):
        tree = ir.compare(sign, ir.quot(ir.months(start, end), ir.number(each)), figure)
        assert all(part.op != "months" for part in ir.walk(tree))
        assert ir.evaluate(tree, {"x": day_number(day)}) == ir._compared(sign, int(months / each), limit)
        assert ir.evaluate(tree, {}) is None


# ---- the rulebook itself


@pytest.fixture(scope="module")
def book() -> Corpus:
    return read(find())


def made_up_value(spec: FactSpec, dice: random.Random) -> Any:
    """A value that the catalogue allows, or nothing."""
    match spec.type.kind:
        case "bool":
            return dice.random() < 0.5
        case "int":
            figure = dice.randint(int(spec.low) * 10**spec.places, int(spec.high) * 10**spec.places)  # type: ignore[arg-type]
            return f"{figure / 10**spec.places:.{spec.places}f}" if spec.places else figure
        case "enum":
            return dice.choice(spec.type.values)
        case "list":
            return tuple(dice.choice(spec.type.values) for _ in range(dice.randint(0, spec.length)))
        case "date":
            assert isinstance(spec.low, date) and isinstance(spec.high, date)
            low, high = max(spec.low, date(1955, 1, 1)), min(spec.high, date(2035, 1, 1))
            day = low + timedelta(days=dice.randint(0, max(0, (high - low).days)))
            return dice.choice([day, day, PartialDate(day.year, day.month), PartialDate(day.year)])
        case _:
            return frozenset() if spec.type.kind == "set" else "x"


def made_up_person(book: Corpus, dice: random.Random) -> dict[str, Any]:
    person = {}
    for name, spec in book.facts.items():
        chance = dice.random()
        if chance < 0.8:
            person[name] = made_up_value(spec, dice)
        elif chance < 0.9:
            person[name] = None
    return person


@pytest.mark.parametrize("on", [date(2021, 6, 1), date(2025, 11, 24), date(2026, 7, 1), date(2031, 1, 31)])
def test_every_article_of_the_rulebook_says_the_same_lowered(book: Corpus, on: date) -> None:
    dice = random.Random(on.toordinal())
    lowered = lower_all(book, None, on)
    figures = [article for article in book.in_force(on) if article.effect == "value"]
    lowered_figures = {article.id: lower_value(book, article, on) for article in figures}
    names = columns_of([*trees(lowered), *(found.value for found in lowered_figures.values())], book.facts)
    for _ in range(60):
        person = made_up_person(book, dice)
        row, scene = cells(book, person, on, names), Scene(book, person, on)
        for article in lowered:
            assert outcome(article, row) == judge(article.article, scene).outcome, (article.article.id, person)
        for article in figures:
            ruling = judge(article, scene)
            found = lowered_figures[article.id]
            assert plain(ir.evaluate(found.value, row), found) == known(ruling), (article.id, person)


def plain(value: ir.Value, found: Any) -> Any:
    if value is None or found.kind in ("int", "bool"):
        return value
    return found.words[value] if found.kind == "enum" else date(1970, 1, 1) + timedelta(days=int(value))


def known(ruling: Any) -> Any:
    unknown = ruling.outcome != "value" or ruling.value is UNKNOWN or isinstance(ruling.value, PartialDate)
    return None if unknown else ruling.value


# ---- shapes, tables


def test_changing_a_figure_changes_the_constants_and_not_the_shape(book: Corpus) -> None:
    few, born = ir.column("p.few"), ir.column("p.born.month")
    one = ir.both(ir.compare("ge", few, ir.number(3)), ir.lookup(Dense([0], [0, 1, 1]), (born,), "bool"))
    two = ir.both(ir.compare("ge", few, ir.number(9)), ir.lookup(Dense([5], [1, 1, 0, 0]), (born,), "bool"))
    assert ir.shape(one) == ir.shape(two) != ir.shape(ir.negate(one))
    assert ir.constants([one])[0] == 3 and ir.constants([two])[0] == 9
    assert [type(found) for found in ir.constants([one])] == [int, Dense]


def test_what_depends_on_sex_and_month_of_birth_alone_is_one_table(book: Corpus) -> None:
    text = "months_between(date('2026-01-15'), param.rests_from(p.sex, p.born)) >= 60"
    found = lower_all(generated.corpus(generated.article("a", "require", None, text)), None, ON)[0].kept
    assert found.op == "table" and found.kind == "bool"
    assert [arg.value for arg in found.args] == ["p.sex", "p.born.month"]
    assert isinstance(found.value, Dense)
    for (sex,), runs in found.value.intervals():
        # Unknown for those born before the table, then no (too little left), then yes.
        assert [figure for _, _, figure in runs] == [None, 0, 1], sex
        assert runs[0][0] == 1940 * 12 and runs[-1][1] == 2012 * 12 + 11


def test_a_table_is_unknown_outside_its_box_and_equal_by_content() -> None:
    table = Dense([2, 10], [[1, 2, 3], [4, 5, 6]], [[True, True, False], [True, True, True]])
    assert (table.at(2, 10), table.at(3, 12), table.at(2, 12), table.at(1, 10), table.at(2, 13)) == (1, 6, None, None, None)
    assert table == Dense([2, 10], [[1, 2, 9], [4, 5, 6]], table.known) and table != Dense([2, 10], [[1, 2, 3], [4, 5, 6]])
    assert list(table.intervals()) == [
        ((2,), [(10, 10, 1), (11, 11, 2), (12, 12, None)]),
        ((3,), [(10, 10, 4), (11, 11, 5), (12, 12, 6)]),
    ]


def test_a_figure_beyond_64_bits_is_refused_and_not_cut() -> None:
    with pytest.raises(OverflowError):
        ir.mul(ir.number(2**53), ir.number(2**53))

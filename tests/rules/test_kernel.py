"""The compiled kernel says what the reference reader says, of everybody, and its figures are arguments."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.rules import ir, kernel, kernel_plan
from canbo.rules.corpus import Corpus, find, read
from canbo.rules.dense import Dense, day_number
from canbo.rules.ir import Expr
from canbo.rules.kernel import Found, Snapshot, pack
from canbo.rules.lower import Column, Lowered, cells, columns_of, lower_all
from canbo.rules.readers import OUTCOMES, Count
from tests.rules import generated
from tests.rules.generated import ON
from tests.trying import examples, needs

pytestmark = needs(kernel.available(), "llvmlite is not installed: pip install canbo[fast]")

Row = Mapping[str, ir.Value]
FEW = settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Programs compiled here are kept here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CANBO_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("kernels")
    found.chmod(0o700)
    return found


def snapshot(rows: Sequence[Row], kinds: Mapping[str, str]) -> Snapshot:
    """The rows as packed columns; what a row lacks is unknown."""
    given = {}
    for name, kind in kinds.items():
        values = [row.get(name) for row in rows]
        filled = np.array([value or 0 for value in values], dtype=np.bool_ if kind == "bool" else np.int64)
        given[name] = (filled, np.array([value is None for value in values]))
    return Snapshot.packed(given) if given else Snapshot(len(rows), {})


def article(name: str, applies: Expr, kept: Expr) -> Lowered:
    """An article that is only its trees."""
    return Lowered(generated.article(name, "require", None, "true"), applies, kept, applies, kept)


def expected(lowered: Lowered, row: Row) -> str:
    if ir.evaluate(lowered.applies, row) is False:
        return "not_applicable"
    return {True: "pass", False: "fail", None: "unknown"}[ir.evaluate(lowered.kept, row)]  # type: ignore[index]


def trees(articles: Iterable[Lowered]) -> list[Expr]:
    return [tree for one in articles for tree in (one.applies, one.kept)]


def agree(articles: Sequence[Lowered], rows: Sequence[Row], folder: Path | None = None) -> Found:
    """Scan the rows, and find of each what `evaluate` says."""
    found = kernel.scan(articles, snapshot(rows, ir.columns(trees(articles))), folder=folder)
    said = [found.person(number) for number in range(len(rows))]
    for number, row in enumerate(rows):
        assert said[number] == {one.article.id: expected(one, row) for one in articles}, row
    for one in articles:
        count = found.count(one.article.id)
        counted = dict(zip(OUTCOMES, (count.not_applicable, count.passed, count.failed, count.unknown), strict=True))
        for outcome in OUTCOMES:
            those = [number for number in range(len(rows)) if said[number][one.article.id] == outcome]
            assert found.rows(one.article.id, outcome).tolist() == those
            assert counted[outcome] == len(those)
    return found


# ---- equal to the reference


@FEW
@given(book=generated.corpora(), people=generated.several_people)
def test_the_kernel_says_of_random_articles_what_the_reference_says(book: Corpus, people: list[dict[str, Any]]) -> None:
    articles = lower_all(book, None, ON)
    names = columns_of(trees(articles), book.facts)
    agree(articles, [cells(book, person, ON, names) for person in people])


NUMBERS = ("a", "b", "c")
DAYS = ("d.lo", "d.hi")
_values = st.integers(-60, 60) | st.sampled_from([-129, -128, 127, 128, 40_000, -(2**31), 2**40])
_days = st.integers(-40_000, 40_000)
_tables = st.lists(st.none() | st.integers(-70, 70), min_size=2, max_size=6).map(
    lambda figures: Dense([-1], [figure or 0 for figure in figures], [figure is not None for figure in figures])
)


def _numbers() -> st.SearchStrategy[Expr]:
    least = st.one_of(
        st.sampled_from(NUMBERS).map(ir.column),
        (st.none() | _values).map(ir.number),
        st.tuples(_tables, st.sampled_from(NUMBERS)).map(lambda x: ir.lookup(x[0], (ir.column(x[1]),), "int")),
        st.tuples(st.sampled_from(DAYS), _days).map(lambda x: ir.months(ir.column(x[0]), ir.number(x[1]))),
        st.just(ir.months(ir.column("d.lo"), ir.column("d.hi"))),
    )

    def wider(below: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        return st.one_of(
            st.tuples(st.sampled_from([ir.add, ir.sub, ir.mul, ir.quot]), below, below).map(lambda x: x[0](x[1], x[2])),
            below.map(ir.neg),
            st.tuples(st.sampled_from(["p", "q"]), below, below).map(lambda x: ir.choose(ir.column(x[0], "bool"), x[1], x[2])),
            st.tuples(_truths(below), below, below).map(lambda x: ir.choose(*x)),
        )

    return st.recursive(least, wider, max_leaves=4)


def _truths(numbers: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.tuples(st.sampled_from(ir.COMPARISONS), numbers, numbers).map(lambda x: ir.compare(*x))


_box = st.lists(st.sampled_from([None, 0, 1]), min_size=12, max_size=12).map(
    lambda figures: Dense(
        [0, -3], np.reshape([figure or 0 for figure in figures], (2, 6)), np.reshape([f is not None for f in figures], (2, 6))
    )
)
_atoms = st.one_of(
    _truths(_numbers()),
    st.sampled_from(["p", "q"]).map(lambda name: ir.column(name, "bool")),
    st.sampled_from([ir.TRUE, ir.FALSE, ir.unknown("bool")]),
    _box.map(lambda table: ir.lookup(table, (ir.column("a"), ir.column("b")), "bool")),
    st.tuples(st.sampled_from(["eq", "ne"]), st.just(ir.column("p", "bool")), st.just(ir.column("q", "bool"))).map(
        lambda x: ir.compare(*x)
    ),
)
truths = st.recursive(
    _atoms,
    lambda below: st.one_of(
        st.tuples(st.sampled_from([ir.both, ir.either]), below, below).map(lambda x: x[0](x[1], x[2])),
        below.map(ir.negate),
        st.tuples(below, below, below).map(lambda x: ir.choose(*x)),
    ),
    max_leaves=6,
)
_rows = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(NUMBERS, st.none() | st.integers(-8, 8) | _values),
            **dict.fromkeys(DAYS, st.none() | _days),
            **dict.fromkeys(("p", "q"), st.none() | st.booleans()),
        }
    ),
    min_size=1,
    max_size=40,
)


@FEW
@given(pairs=st.lists(st.tuples(truths, truths), min_size=1, max_size=4), rows=_rows)
def test_the_kernel_says_of_random_trees_what_the_reference_says(pairs: list[tuple[Expr, Expr]], rows: list[Row]) -> None:
    agree([article(str(number), *pair) for number, pair in enumerate(pairs)], rows)


def sample(column: Column, draw: random.Random) -> ir.Value:
    if draw.random() < 0.15:
        return None
    if column.kind == "bool":
        return draw.random() < 0.5
    low = column.low if column.low is not None else -50
    return draw.randint(low, column.high if column.high is not None else low + 100)


def test_the_kernel_says_of_the_real_rulebook_what_the_reference_says(folder: Path) -> None:
    law, draw = read(find()), random.Random(7)
    for topic, on in (("appointment", date(2025, 9, 1)), (None, date(2026, 11, 22))):
        articles = lower_all(law, topic, on)
        names = columns_of(trees(articles), law.facts)
        rows = []
        for _ in range(150):
            row = {name: sample(column, draw) for name, column in names.items()}
            for name in names:
                if name.endswith(".lo") and isinstance(low := row[name], int) and f"{name[:-3]}.hi" in names:
                    row[f"{name[:-3]}.hi"] = low + draw.choice((0, 0, 0, 30, 364))
            rows.append(row)
        found = agree(articles, rows, folder)
        assert all(found.totals[:, side].sum() > 0 for side in range(4))


# ---- figures are arguments


def limits(figure: int, day: int, table: Sequence[int]) -> list[Lowered]:
    """Articles whose figures are a limit, a day, and a small table."""
    a, b = ir.column("a"), ir.column("b")
    kept = ir.both(
        ir.compare("le", a, ir.number(figure)),
        ir.compare("lt", ir.column("d.lo"), ir.number(day)),
        ir.compare("ge", b, ir.lookup(Dense([0], table), (a,), "int")),
        ir.compare("lt", ir.add(ir.mul(a, b), ir.number(figure)), ir.number(day)),
    )
    return [article("one", ir.compare("ne", a, ir.number(3)), kept)]


def test_another_figure_is_another_scan_of_the_same_program(folder: Path) -> None:
    draw = random.Random(3)
    rows = [{"a": draw.randint(0, 6), "b": draw.randint(0, 6), "d.lo": draw.randint(0, 9000)} for _ in range(1500)]
    shot = snapshot(rows, {"a": "int", "b": "int", "d.lo": "int"})
    programs = set()
    for figure, day, table in (
        (4, 5000, [1, 2, 3, 4]),
        (2, 60, [6, 0, 0, 1]),
        (1, -7, [2, 2, 2, 2]),
        (999_999, 40_000, [5, 4, 3, 2]),
    ):
        changed = limits(figure, day, table)
        programs.add(kernel.plan_of(changed, shot).key)
        agree(changed, rows, folder)
    assert len(programs) == 1


def test_a_limit_beyond_what_a_column_can_hold_is_never_or_always_reached() -> None:
    a = ir.column("a")
    for figure in (-(2**40), -129, -128, 126, 127, 128, 2**40):
        pairs = [article(op, ir.TRUE, ir.compare(op, a, ir.number(figure))) for op in ir.COMPARISONS]
        agree(pairs, [{"a": value} for value in (-128, -127, 0, 125, 126, None)])


# ---- sizes, columns, results


@pytest.mark.parametrize("people", [0, 1, 63, 64, 511, 512, 513, 70_000])
def test_any_number_of_people_is_counted_whole(people: int) -> None:
    values = np.arange(people) % 7
    shot = Snapshot.packed({"a": (values, values == 6)})
    found = kernel.scan(
        [article("one", ir.compare("ne", ir.column("a"), ir.number(5)), ir.compare("le", ir.column("a"), ir.number(2)))], shot
    )
    several = (values <= 2, np.isin(values, (3, 4)), values == 6, values == 5)
    assert found.counts == [Count("one", *(int(those.sum()) for those in several))]
    assert found.rows("one", "pass").tolist() == np.flatnonzero(values <= 2).tolist()
    assert kernel.numbers(found.any("fail")).tolist() == np.flatnonzero(np.isin(values, (3, 4))).tolist()


def test_a_scan_that_only_counts_keeps_nobody() -> None:
    shot = Snapshot.packed({"a": np.arange(3000) % 9})
    articles = [article("one", ir.TRUE, ir.compare("lt", ir.column("a"), ir.number(4)))]
    found = kernel.scan(articles, shot, people=False)
    assert found.counts == kernel.scan(articles, shot).counts
    with pytest.raises(ValueError, match="only counted"):
        found.rows("one", "fail")


def test_one_thread_and_many_find_the_same_and_an_old_result_lends_its_room() -> None:
    values = np.random.default_rng(1).integers(-30, 30, 300_001)
    shot, articles = Snapshot.packed({"a": values}), [article("one", ir.TRUE, ir.compare("ge", ir.column("a"), ir.number(11)))]
    one = kernel.scan(articles, shot, threads=1)
    rows = one.rows("one", "fail")
    again = kernel.scan(articles, shot, threads=3, into=one)
    assert again.planes is one.planes
    assert again.rows("one", "fail").tolist() == rows.tolist() == np.flatnonzero(values < 11).tolist()


def test_columns_are_packed_in_as_few_bits_as_hold_them() -> None:
    shapes = [([0, 126], 8), ([-128, 127], 16), ([0, 32_766], 16), ([32_767], 32), ([2**31 - 1], 64), ([True, False], 1)]
    assert [pack(values).form.bits for values, _ in shapes] == [bits for _, bits in shapes]
    assert pack([1, 2], [False, False]).known is None
    assert pack([1, 10**6], [False, True]).form == kernel_plan.Form(8, True)
    with pytest.raises(OverflowError):
        pack([2**63 - 1])
    with pytest.raises(TypeError):
        pack([0.5])
    with pytest.raises(ValueError, match="one length"):
        Snapshot.packed({"a": [1, 2], "b": [1]})


def test_a_column_that_is_too_short_is_refused_before_it_is_read_past_its_end() -> None:
    with pytest.raises(ValueError, match="not padded to 2 blocks"):
        Snapshot(600, {"a": pack([1] * 512)})


def test_a_column_that_is_not_there_is_unknown_and_no_articles_are_no_answers() -> None:
    shot = Snapshot.packed({"a": [1, 2, 3]})
    asked = ir.both(ir.compare("lt", ir.column("a"), ir.number(3)), ir.compare("eq", ir.column("other"), ir.column("a")))
    assert kernel.scan([article("one", ir.TRUE, asked)], shot).counts == [Count("one", 0, 1, 2, 0)]
    assert kernel.scan([], shot).counts == []


def test_the_key_of_a_plan_tells_shapes_apart_but_not_figures() -> None:
    a, forms = ir.column("a"), {"a": kernel_plan.Form(8, True)}
    keys = {
        (op, figure): kernel_plan.make([(ir.TRUE, ir.compare(op, a, ir.number(figure)))], forms).key
        for op, figure in product(("lt", "eq"), (1, 5))
    }
    assert keys["lt", 1] == keys["lt", 5] != keys["eq", 1] == keys["eq", 5]
    wider = kernel_plan.make([(ir.TRUE, ir.compare("lt", a, ir.number(1)))], {"a": kernel_plan.Form(16, True)})
    assert wider.key != keys["lt", 1]


# ---- kept programs


def test_a_program_is_kept_on_disk_and_one_that_was_tampered_with_is_compiled_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = Snapshot.packed({"a": np.arange(600) % 50})
    articles = [
        article(
            "kept",
            ir.TRUE,
            ir.both(ir.compare("lt", ir.column("a"), ir.number(40)), ir.compare("ne", ir.column("a"), ir.number(7))),
        )
    ]
    made: list[str] = []
    compile_ = kernel._compile
    monkeypatch.setattr(kernel, "_compile", lambda plan: made.append(plan.key) or compile_(plan))

    def scan_anew() -> list[Count]:
        kernel._programs.clear()
        return kernel.scan(articles, shot, folder=folder).counts

    first = scan_anew()
    assert scan_anew() == first and len(made) == 1
    (file,) = [path for path in folder.glob("*.o") if path.name.startswith(made[0])]
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(bytes(whole))
    assert scan_anew() == first and len(made) == 2
    folder.chmod(0o777)
    assert scan_anew() == first and len(made) == 3, "a folder that others can write to must not be run from"
    folder.chmod(0o700)


def test_a_program_can_be_compiled_in_the_background(folder: Path) -> None:
    shot = Snapshot.packed({"a": np.arange(100)})
    articles = [article("later", ir.TRUE, ir.compare("eq", ir.quot(ir.column("a"), ir.number(7)), ir.number(3)))]
    assert not kernel.ready(articles, shot)
    kernel.prepare(articles, shot, folder=folder).result(timeout=60)
    assert kernel.ready(articles, shot)
    assert kernel.scan(articles, shot).rows("later", "pass").tolist() == list(range(21, 28))


def test_dates_known_to_the_month_are_counted_where_both_ends_give_the_same_number() -> None:
    today = day_number(date(2026, 7, 1))
    low, high = ir.column("d.lo"), ir.column("d.hi")
    fewest, most = (ir.quot(ir.months(day, ir.number(today)), ir.number(12)) for day in (high, low))
    years = ir.choose(ir.compare("eq", fewest, most), fewest, ir.number(None))
    table = Dense([0], [30, 40, 50])
    articles = [article("table", ir.TRUE, ir.compare("le", years, ir.lookup(table, (ir.column("a"),), "int")))]
    draw = random.Random(5)
    rows: list[Row] = []
    for _ in range(2000):
        start = draw.randint(-6000, 20_000)
        rows.append({"d.lo": start, "d.hi": start + draw.choice((0, 0, 27, 364)), "a": draw.choice((0, 1, 2, 3, None))})
    found = agree(articles, rows)
    assert found.count("table").unknown > 600

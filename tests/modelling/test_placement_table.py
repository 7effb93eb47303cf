"""Pairs in arrays are the same placement as pairs one by one; a dense assignment is the best, and its prices prove it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from canbo.modelling.placement import conflict, flow, solve
from canbo.modelling.placement.answers import place, unplaced
from canbo.modelling.placement.problem import Arrayed, Pair, Person, Post, Problem, Weights
from canbo.modelling.placement.rows import model
from canbo.modelling.placement.table import FREE, UNKNOWN, Bars, Table
from canbo.modelling.placement.why import wanted, why
from tests.modelling.placements import best, problems

few = settings(max_examples=60, deadline=None)


def tabled(problem: Problem) -> Problem:
    """The same problem with its pairs in arrays."""
    people, posts = ({code: place for place, code in enumerate(codes)} for codes in (problem.people, problem.posts))
    shape = (len(posts), len(people))
    pairs = Table(
        people, posts, np.zeros(shape, bool), np.zeros(shape, np.int32), np.full(shape, UNKNOWN, np.int32),
        np.zeros(shape, bool), frozenset({"x"}),
    )  # fmt: skip
    bars = Bars(people, posts, np.full(shape, FREE, np.int32), [])
    for key, pair in problem.pairs.items():
        pairs = pairs.put(key, pair)
    for key, articles in problem.barred.items():
        bars = bars.put(key, articles)
    return replace(problem, pairs=pairs, barred=bars)


@contextmanager
def by_table() -> Iterator[None]:
    """However small: assignment by a table, lots after the worth, hands put first, large parts bounded first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "DENSE", 0)
        patch.setattr(flow, "dense", lambda model: len(model.value) > 0)
        patch.setattr(solve, "MANY", 0)
        patch.setattr(solve, "DIRECT", 0)
        yield


@few
@given(problems())
def test_a_table_says_of_each_pair_what_was_put_into_it(problem: Problem) -> None:
    table = tabled(problem)
    assert dict(table.pairs) == dict(problem.pairs) and dict(table.barred) == dict(problem.barred)
    assert (len(table.pairs), len(table.barred)) == (len(problem.pairs), len(problem.barred))
    everybody = set(problem.people)
    for person in problem.people:
        assert sorted(table.open_to(person)) == sorted(problem.open_to(person))
    assert {who: set(told) for who, told in table.barred_from(everybody).items()} == {
        who: set(told) for who, told in problem.barred_from(everybody).items()
    }
    for post in problem.posts:
        key = ("n0", post)
        for one in (problem, table):
            changed = one.with_score(*key, 700)
            assert changed.pairs[key].score == 700 and key not in changed.barred
            gone = one.with_bar(*key, ("age", "kin"))
            assert key not in gone.pairs and gone.barred[key] == ("age", "kin")
        assert dict(table.with_score(*key, 700).pairs) == dict(problem.with_score(*key, 700).pairs)
    assert dict(table.only(["n0"]).pairs) == dict(problem.only(["n0"]).pairs)
    with pytest.raises(KeyError):
        table.pairs["nobody", "p0"]


@few
@given(problems())
def test_the_digest_of_a_table_tells_tables_that_differ_apart_and_no_others(problem: Problem) -> None:
    one, other = tabled(problem), tabled(problem)
    for said in ("pairs", "barred"):
        mine, same = getattr(one, said), getattr(other, said)
        assert isinstance(mine, Arrayed) and mine.digest() == same.digest()
        for key, value in mine.items():
            assert mine.without(key).digest() != mine.digest()
            assert mine.without(key).put(key, value).digest() == mine.digest()
            changed = Pair(value.score + 1, value.distance, value.groups) if said == "pairs" else (*value, "more")
            assert mine.put(key, changed).digest() != mine.digest()


@few
@given(problems())
def test_the_model_of_a_table_is_that_of_its_pairs(problem: Problem) -> None:
    one, other = model(problem), model(tabled(problem))
    assert best(one) == best(other)
    assert dict(zip(one.keys, one.value.tolist(), strict=True)) == dict(zip(other.keys, other.value.tolist(), strict=True))
    assert dict(zip(one.keys, one.lot.tolist(), strict=True)) == dict(zip(other.keys, other.lot.tolist(), strict=True))

    def rows(made: object) -> set[object]:
        return {
            (
                row.name,
                row.most,
                row.penalty,
                frozenset((made.keys[arc], c) for arc, c in zip(row.arcs, row.coefficients, strict=True)),
            )  # type: ignore[attr-defined]
            for row in made.rows  # type: ignore[attr-defined]
        }

    assert rows(one) == rows(other)
    assert all(other.key(arc) == key and other.arc(*key) == arc for arc, key in enumerate(other.keys))


@few
@given(problems())
def test_what_is_found_by_a_table_is_the_best_of_all(problem: Problem) -> None:
    with by_table():
        expected, answer = best(model(problem)), place(tabled(problem))
    if expected is None:
        assert not answer.found
        return
    assert answer.found or not answer.solution.impossible
    if answer.found:
        assert answer.model.worth(answer.solution.chosen) == answer.solution.worth  # type: ignore[arg-type]
        assert answer.solution.worth <= expected[0] <= answer.solution.bound
        assert len(unplaced(answer)) == len(problem.people) - len(answer.assignment)


@few
@given(problems())
def test_without_rows_a_table_gives_the_best_and_lots_decide_between_equals(problem: Problem) -> None:
    people = {code: replace(who, must=False) for code, who in problem.people.items()}
    posts = {code: replace(post, fill=0) for code, post in problem.posts.items()}
    problem = replace(problem, people=people, posts=posts, forbidden=(), caps=())
    with by_table():
        answer = place(tabled(problem))
    if any(who.fixed for who in people.values()):
        expected = best(model(problem))
        assert (expected is None) == (not answer.found)
        assert expected is None or answer.solution.worth == expected[0] == answer.solution.bound
        return
    choice = answer.solution.chosen
    assert choice is not None and answer.solution.proved and answer.solution.drawn
    assert best(model(problem)) == (answer.solution.worth, int(answer.model.lot @ choice))
    assert answer.solution.bound == answer.solution.worth


def test_where_every_place_is_worth_less_than_none_nobody_is_placed() -> None:
    far = Problem(
        {"n0": Person("n0")}, {"p0": Post("p0")}, {("n0", "p0"): Pair(0, distance=200)}, weights=Weights(placed=0), lot="one"
    )
    with by_table():
        answer = place(tabled(far))
    assert answer.found and not answer.assignment and answer.solution.proved
    assert (answer.solution.worth, answer.solution.bound) == (0, 0)


def square(size: int, worth: np.ndarray[tuple[int, int], np.dtype[np.int64]], lot: str = "") -> Problem:
    people = {f"n{number}": Person(f"n{number}") for number in range(size)}
    posts = {f"p{number}": Post(f"p{number}") for number in range(size)}
    number_of = [{code: place for place, code in enumerate(codes)} for codes in (people, posts)]
    every = np.ones((size, size), bool)
    table = Table(*number_of, every, worth.astype(np.int32), np.zeros((size, size), np.int32), ~every, frozenset())
    return Problem(people, posts, table, Bars(*number_of, np.full((size, size), FREE, np.int32), []), lot=lot)


@pytest.mark.parametrize("most", [3, 10_000])
def test_a_square_of_pairs_is_proved_and_as_good_as_the_flow_with_few_values_and_with_many(most: int) -> None:
    size = 250
    problem = square(size, np.random.default_rng(5).integers(0, most, (size, size)), "monday")
    made = model(problem)
    assert flow.dense(made)
    found = solve.solve(made, 10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "DENSE", 10**9)
        patch.setattr(solve, "MANY", 10**9)
        slowly = solve.solve(made, 10)
        patch.setattr(solve, "MANY", 0)
        after = solve.solve(made, 10)
    assert found.proved and found.drawn and slowly.drawn and after.drawn
    assert found.worth == slowly.worth == after.worth == found.bound
    assert int(made.lot @ found.chosen) == int(made.lot @ slowly.chosen) == int(made.lot @ after.chosen)  # type: ignore[operator]


def test_prices_by_a_table_are_those_of_the_arcs() -> None:
    chance = np.random.default_rng(11)
    for size in (3, 20, 60):
        made = model(square(size, chance.integers(0, 50, (size, size))))
        arcs = flow.assign(made, made.value)
        one = flow.prices(made, made.value, arcs)
        other = flow._prices(made, made.value, arcs)
        assert np.array_equal(one.post, other.post) and np.array_equal(one.person, other.person)
        assert np.array_equal(one.reduced, other.reduced)
        assert other.bound(made.seats) == int(made.value[arcs].sum())


def test_why_not_and_what_cannot_hold_together_are_told_of_a_table() -> None:
    problem = square(4, np.arange(16).reshape(4, 4) * 100).with_bar("n1", "p2", ("age",))
    answer = place(problem)
    told = why(answer, "n1", "p2")
    assert (told.reason, told.articles) == ("barred", ("age",))
    assert told.score is not None
    assert place(problem.with_score("n1", "p2", told.score)).assignment["n1"] == "p2"
    put = problem.with_fixed("n0", "p0").with_fixed("n1", "p0")
    both = place(put)
    assert both.solution.impossible and set(conflict.clash(put)) == {"fixed:n0", "fixed:n1", "seats:p0"}
    nowhere = square(2, np.zeros((2, 2), np.int64)).with_bar("n0", "p0", ("age",)).with_bar("n0", "p1", ("kin", "age"))
    lost = place(nowhere)
    assert [(each.person, each.reason, each.constraints) for each in unplaced(lost)] == [("n0", "no_post", ("age", "kin"))]
    assert wanted(lost, "n0") == ["p0"]

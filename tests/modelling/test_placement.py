"""Placement: as good as the best of all, proved; explained so that what it says comes true; fair to look at."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from canbo.modelling.placement import answers, solve
from canbo.modelling.placement.answers import place, unplaced
from canbo.modelling.placement.conflict import clash, holds_without
from canbo.modelling.placement.fairness import fairness
from canbo.modelling.placement.problem import UNIT, Cap, Forbidden, Pair, Post, Problem, lot
from canbo.modelling.placement.rows import model
from canbo.modelling.placement.why import replayed, wanted, why, without
from tests.modelling.placements import best, holding, plain, problems

few = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
fewer = settings(few, max_examples=20)


# ---- the best, and its proof


@few
@given(problems())
def test_a_placement_is_worth_as_much_as_the_best_of_all_and_the_lot_picks_among_equals(problem: Problem) -> None:
    made = model(problem)
    answer = place(problem)
    expected = best(made)
    if expected is None:
        assert answer.solution.impossible
        return
    assert answer.solution.chosen is not None
    assert (answer.solution.worth, int(made.lot @ answer.solution.chosen)) == expected
    assert answer.solution.proved and answer.solution.bound == answer.solution.worth and answer.gap == 0


@few
@given(problems())
def test_the_way_for_large_problems_finds_the_same_and_never_claims_more(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solve, "DIRECT", 0)
        answer = place(problem)
    expected = best(model(problem))
    if expected is None:
        assert not answer.found
    else:
        assert answer.solution.worth == expected[0] and answer.solution.proved


@fewer
@given(problems())
def test_block_by_block_the_bound_holds_and_nothing_that_must_hold_is_broken(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solve, "DIRECT", 0)
        patch.setattr(solve, "BLOCK", 0)
        answer = place(problem)
    expected = best(model(problem))
    if expected is None:
        assert not answer.found
    elif answer.found:
        assert answer.solution.worth <= expected[0] <= answer.solution.bound
        assert answer.model.worth(answer.solution.chosen) == answer.solution.worth  # type: ignore[arg-type]


def test_without_rows_a_flow_is_as_good_as_the_assignment_of_scipy() -> None:
    from scipy.optimize import linear_sum_assignment

    drawn = np.random.default_rng(7)
    problem = plain(40, 40)
    problem = replace(problem, pairs={key: Pair(int(drawn.integers(0, 10_000))) for key in problem.pairs})
    answer = place(problem)
    worth = np.zeros((40, 40))
    made = answer.model
    worth[made.person, made.post] = made.value
    assert answer.solution.by == ("flow",)
    assert answer.solution.worth == worth[linear_sum_assignment(worth, maximize=True)].sum() == answer.solution.bound


# ---- lots


def test_the_same_lot_gives_the_same_placement_and_everyone_can_compute_it() -> None:
    problem = plain(2, 1, lot="drawn on a Monday")
    again = [dict(place(problem).assignment) for _ in range(2)]
    highest = max(problem.people, key=lambda person: lot(problem.lot, person, "p0"))
    assert again == [{highest: "p0"}] * 2


def test_lots_favour_nobody() -> None:
    won = Counter(next(iter(place(plain(2, 1, lot=str(number))).assignment)) for number in range(200))
    assert 70 <= won["n0"] <= 130


# ---- what must hold


def test_kin_are_not_placed_one_above_the_other() -> None:
    posts = {"over": Post("over", 1, "top"), "under": Post("under", 1, "left"), "away": Post("away", 1, "apart")}
    problem = replace(plain(2, 1), posts=posts, forbidden=(Forbidden("n0", "n1", "line", ("kin",)),))
    problem = replace(
        problem, pairs={(person, post): Pair(5000 - 1000 * (post == "away")) for person in problem.people for post in posts}
    )
    assert "away" in place(problem).assignment.values()
    in_one_body_only = replace(problem, forbidden=(Forbidden("n0", "n1", "body"),))
    assert set(place(in_one_body_only).assignment.values()) == {"over", "under"}


def test_a_target_gives_way_when_it_costs_more_than_it_is_worth_and_is_told() -> None:
    problem = holding(plain(2, 1), "n0", groups=frozenset({"women"}))
    problem = replace(problem, pairs={("n0", "p0"): Pair(5000), ("n1", "p0"): Pair(6000)})
    cap = Cap("women", "top", groups=frozenset({"women"}), at_least=1, penalty=9 * UNIT)
    missed = place(replace(problem, caps=(cap,)))
    assert missed.assignment == {"n1": "p0"} and answers.missed(missed) == [("cap:women", 9 * UNIT)]
    met = place(replace(problem, caps=(replace(cap, penalty=11 * UNIT),)))
    assert met.assignment == {"n0": "p0"} and answers.missed(met) == []


# ---- who got no place


@few
@given(problems())
def test_everyone_without_a_place_is_listed_with_a_reason_that_is_true(problem: Problem) -> None:
    answer = place(problem)
    assume(answer.found)
    listed = {each.person: each for each in unplaced(answer)}
    assert set(listed) == set(problem.people) - set(answer.assignment)
    for code, each in listed.items():
        own = [post for person, post in problem.pairs if person == code]
        taken = Counter(answer.assignment.values())
        free = [post for post in own if taken[post] < problem.posts[post].seats]
        assert (each.reason == "no_post") == (not own)
        assert (each.reason == "seats") == (bool(own) and not free)
        assert (each.reason == "constraints") == (bool(each.constraints) and bool(own))


# ---- what cannot hold together


@few
@given(problems())
def test_constraints_named_cannot_hold_together_and_without_any_one_they_can(problem: Problem) -> None:
    answer = place(problem)
    names = clash(problem)
    if answer.found:
        assert names == ()
        return
    assert names and not holds_without(problem, names)
    for name in names:
        assert holds_without(problem, [other for other in names if other != name]), name


def test_the_article_that_bars_the_only_post_is_named() -> None:
    problem = holding(plain(2, 1), "n0", must=True)
    problem = replace(problem, pairs={("n1", "p0"): Pair(100)}, barred={("n0", "p0"): ("age-limit",)})
    assert set(clash(problem)) == {"must:n0", "article:age-limit"}


def test_two_fixed_into_one_seat_are_named_with_the_seat() -> None:
    problem = answers.fix(plain(3, 2), [("n0", "p0"), ("n1", "p0")])
    assert place(problem).solution.impossible
    assert set(clash(problem)) == {"fixed:n0", "fixed:n1", "seats:p0"}


# ---- explanations


@fewer
@given(problems(most_people=4))
def test_what_an_explanation_says_comes_true_when_it_is_done(problem: Problem) -> None:
    answer = place(problem)
    assume(answer.found)
    for person in problem.people:
        for post in wanted(answer, person):
            found = why(answer, person, post)
            assert found.post == answer.assignment.get(person) != post
            if found.score is not None:
                assert place(replayed(problem, found)).assignment.get(person) == post
            if found.reason in ("worth", "lot") and found.score is not None:
                assert (found.loss or 0) >= 0
                less = replace(found, score=found.score - 1)
                assert found.reason == "lot" or place(replayed(problem, less)).solution.worth == answer.solution.worth
            for name in (*found.holders, *(found.constraints if found.reason in ("worth", "lot") else ())):
                assert place(without(problem, found, name)).assignment.get(person) == post


@fewer
@given(problems(most_people=4))
def test_where_somebody_cannot_be_at_all_the_constraints_say_so_and_none_can_be_spared(problem: Problem) -> None:
    answer = place(problem)
    assume(answer.found)
    for person in problem.people:
        for post in wanted(answer, person):
            found = why(answer, person, post)
            if found.reason == "impossible":
                there = (problem if (person, post) in problem.pairs else problem.with_score(person, post, 0)).with_fixed(
                    person, post
                )
                names = [*found.constraints, f"fixed:{person}"]
                assert found.constraints and not holds_without(there, names)
                assert all(holds_without(there, [other for other in names if other != name]) for name in names)


def test_an_explanation_names_the_score_the_holder_and_who_would_move() -> None:
    problem = plain(2, 2)
    scores = {("n0", "p0"): 8000, ("n1", "p0"): 7000, ("n0", "p1"): 5000, ("n1", "p1"): 5000}
    problem = holding(replace(problem, pairs={key: Pair(score) for key, score in scores.items()}), "n1", prefers=("p0",))
    problem = replace(problem, weights=replace(problem.weights, preference=(500,)))
    answer = place(problem)
    assert answer.assignment == {"n0": "p0", "n1": "p1"}
    found = why(answer, "n1", "p0")
    assert (found.reason, found.loss, found.score) == ("worth", 5 * UNIT, 7501)
    assert found.holders == ("n0",) and found.constraints == ("seats:p0",)
    assert found.moves == (("n0", "p0", "p1"),)


def test_a_tie_is_explained_by_the_lot_and_the_smallest_step_of_a_score_would_turn_it() -> None:
    answer = place(plain(2, 1, lot="x"))
    loser = next(person for person in answer.problem.people if person not in answer.assignment)
    found = why(answer, loser, "p0")
    assert (found.reason, found.loss, found.score) == ("lot", 0, 5001)


def test_who_is_barred_is_told_the_articles_and_the_score_that_would_do_without_them() -> None:
    problem = replace(plain(2, 1), pairs={("n0", "p0"): Pair(6000)}, barred={("n1", "p0"): ("age-limit",)})
    found = why(place(problem), "n1", "p0")
    assert (found.reason, found.articles, found.score) == ("barred", ("age-limit",), 6001)


# ---- hands


@fewer
@given(problems())
def test_a_hand_is_kept_and_its_cost_is_what_the_placement_loses(problem: Problem) -> None:
    answer = place(problem)
    assume(answer.found)
    for each in answers.fixed(answer):
        assert answer.assignment[each.person] == each.post
        free = best(model(problem.with_fixed(each.person, None)))
        assert free is not None and each.cost == free[0] - answer.solution.worth >= 0


# ---- fairness, and the rest


def test_fairness_counts_places_preferences_and_distances_by_each_code() -> None:
    problem = plain(3, 2, lot="y")
    pairs = {("n0", "p0"): Pair(9000, 1000), ("n1", "p1"): Pair(9000, 3000), ("n2", "p1"): Pair(1000, 100)}
    problem = replace(problem, pairs=pairs)
    for code, sex, prefers in (("n0", "F", ("p0",)), ("n1", "M", ("p0", "p1")), ("n2", "M", ())):
        problem = holding(problem, code, about={"sex": sex}, prefers=prefers)
    found = fairness(problem, place(problem).assignment)
    assert found["sex"]["F"] | {"first_preference": 1.0, "average_distance": 10.0} == found["sex"]["F"]
    men = found["sex"]["M"]
    assert (men["people"], men["placed"], men["stated_a_preference"]) == (2, 1, 1)
    assert (men["first_preference"], men["some_preference"], men["average_distance"]) == (0.0, 1.0, 30.0)
    assert found["all"]["all"]["average_distance"] == 20.0


def test_the_command_line_loads_no_solver_before_it_is_asked_to_place() -> None:
    program = (
        "import sys; from canbo.project.cli import group; import click;"
        "group.get_command(click.Context(group), 'place');"
        "print(sorted({'ortools', 'scipy', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"

"""Chains as a placement: seats that open by the move of whoever holds them, against every choice of moves there is."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.modelling.placement import solve
from canbo.modelling.placement.answers import place
from canbo.modelling.placement.conflict import clash
from canbo.modelling.placement.problem import Cap, Pair, Person, Post, Problem, Weights
from canbo.modelling.placement.rows import model
from canbo.modelling.placement.why import replayed, why
from tests.modelling.placements import best

LINKS = 3


def chained(worth: dict[tuple[str, str], int], *, moves: int = 9, longest: int = LINKS) -> Problem:
    """One vacancy `v`; people `a` to `d`, of whom each holds a seat. `worth`: who moves into whose seat, in hundredths."""
    people = sorted({one for pair in worth for one in pair} - {"v"})
    posts, pairs, targets = {}, {}, {"v": frozenset[tuple[str, str]]()}
    for link in range(1, longest + 1):
        opened: dict[str, set[tuple[str, str]]] = {}
        for name, by in targets.items():
            posts[name] = Post(name, 1, None, frozenset(), 0, None if name == "v" else by)
            seat = name.rpartition(":")[2]
            for (person, holder), points in worth.items():
                if holder == seat:
                    pairs[person, name] = Pair(points)
                    opened.setdefault(person, set()).add((person, name))
        targets = {f"@{link + 1}:{person}": frozenset(by) for person, by in opened.items()}
    caps = (Cap("moves", None, at_most=moves),)
    return Problem(
        {one: Person(one) for one in people}, posts, pairs, {}, (), caps, {}, Weights(placed=0, continuity=0), "drawn"
    )  # fmt: skip


def every_chain(worth: dict[tuple[str, str], int], moves: int, longest: int) -> int:
    """The greatest worth of a chain that begins at the vacancy, found by walking along every one."""
    people = sorted({one for pair in worth for one in pair} - {"v"})
    found = 0
    for number in range(1, min(moves, longest, len(people)) + 1):
        for row in itertools.permutations(people, number):
            steps = list(zip(row, ("v", *row), strict=False))
            if all(step in worth for step in steps):
                found = max(found, sum(worth[step] for step in steps))
    return found * 100


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("vabcd")).filter(lambda pair: pair[0] != pair[1]),
        st.integers(-300, 600), min_size=1, max_size=9,
    ),
    st.integers(1, 4), st.integers(1, 3),
)  # fmt: skip
def test_the_best_chain_is_the_best_of_all_and_keeps_both_bounds(
    worth: dict[tuple[str, str], int], moves: int, longest: int
) -> None:
    problem = chained(worth, moves=moves, longest=longest)
    for direct in (2_000, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(solve, "DIRECT", direct)
            answer = place(problem)
        assert answer.solution.worth == answer.solution.bound * bool(answer.solution.proved) == every_chain(worth, moves, longest)
    if len(problem.pairs) <= 12:
        assert best(model(problem)) is not None


def test_nobody_follows_whoever_stays_and_a_hand_that_wants_it_is_named_with_what_keeps_it_shut() -> None:
    problem = chained({("a", "v"): 100, ("b", "v"): 300, ("c", "a"): 500})
    assert dict(place(problem).assignment) == {"a": "v", "c": "@2:a"}
    apart = problem.without_pair("a", "v").with_fixed("c", "@2:a")
    assert not place(apart).found
    assert set(clash(apart)) == {"open:@2:a", "fixed:c"}
    assert place(apart.lifted("open:@2:a")).assignment["c"] == "@2:a"


def test_what_the_explanation_of_a_chain_says_comes_true() -> None:
    problem = replace(chained({("a", "v"): 100, ("b", "v"): 300, ("c", "a"): 100, ("d", "b"): 50}), lot="other")
    answer = place(problem)
    assert answer.assignment["b"] == "v"
    told = why(answer, "a", "v")
    assert told.reason == "worth" and told.score is not None
    assert place(replayed(problem, told)).assignment["a"] == "v"
    assert "seats:v" in told.constraints or told.holders == ("b",)

"""Severities: planted ones are found, what must not matter does not, what cannot be known is said to be unknown."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from canbo.modelling.severity import links
from canbo.modelling.severity.estimate import Severities, State, estimate
from canbo.modelling.severity.links import Links
from canbo.modelling.severity.ratings import Ratings, RatingsRefused, of_table
from tests.modelling.rating_worlds import World, number, world


def solved(table: pl.DataFrame, least: int = 5) -> tuple[Ratings, Severities]:
    ratings = of_table(table)
    return ratings, estimate(ratings, least=least)


def severities(table: pl.DataFrame) -> dict[str, float]:
    """Those that are known."""
    ratings, found = solved(table)
    return {person: value for person, value in zip(ratings.people, found.severity.tolist(), strict=True) if np.isfinite(value)}


def fair(table: pl.DataFrame) -> dict[str, float]:
    ratings, found = solved(table)
    values = zip(found.pairs.ratee, found.fair.tolist(), strict=True)
    return {ratings.people[ratee]: value for ratee, value in values if np.isfinite(value)}


def truths(planted: World, ratings: Ratings, found: Severities) -> tuple[np.ndarray, np.ndarray]:
    """Planted severities and worths in the order of what was found."""
    order = np.array([number(person) for person in ratings.people])
    return planted.severity[order], planted.worth[order[found.pairs.ratee]]


# ---- what was planted is found


def test_planted_severities_are_recovered_and_their_errors_are_as_large_as_said() -> None:
    planted = world(1, people=400, ratings=24)
    ratings, found = solved(planted.table)
    severity, worth = truths(planted, ratings, found)
    assert np.isfinite(found.severity).all() and np.isfinite(found.fair).all()
    assert np.corrcoef(found.severity, severity)[0, 1] >= 0.95
    assert 0.85 < np.std((found.severity - severity) / found.severity_error) < 1.15
    assert 0.85 < np.std((found.fair - worth) / found.fair_error) < 1.15
    assert abs(found.noise - 6) < 0.3 and abs(found.scatter - 6) < 0.8


def test_fair_scores_recover_the_ranking_of_true_worth_better_than_given_ones() -> None:
    gains = []
    for seed in range(5):
        planted = world(seed, ratings=16, away=8)
        ratings, found = solved(planted.table)
        _, worth = truths(planted, ratings, found)
        ranks = [np.argsort(np.argsort(values)) for values in (worth, found.fair, found.pairs.given)]
        gains.append(np.corrcoef(ranks[0], ranks[1])[0, 1] - np.corrcoef(ranks[0], ranks[2])[0, 1])
    assert min(gains) > 0 and np.mean(gains) > 0.01


def test_a_group_that_severe_raters_happen_to_rate_is_not_held_to_be_worse() -> None:
    planted = world(4, people=600)
    severe = {number(person) for person in planted.table["rater"] if planted.severity[number(person)] > 2}
    odd = pl.Series([int(person[1:]) % 2 == 1 for person in planted.table["ratee"]])
    hard = pl.Series([number(person) in severe for person in planted.table["rater"]])
    kept = planted.table.filter(~(odd & ~hard) | (pl.Series(np.random.default_rng(1).random(len(odd)) < 0.3)))
    ratings, found = solved(kept)
    _, worth = truths(planted, ratings, found)
    code = np.array([number(ratings.people[ratee]) % 2 for ratee in found.pairs.ratee])
    known = np.isfinite(found.fair)

    def gap(values: np.ndarray) -> float:
        return float(values[known & (code == 1)].mean() - values[known & (code == 0)].mean())

    chance = float(np.std((found.fair - worth)[known]) * 2 / np.sqrt(known.sum()))
    assert gap(found.pairs.given - worth) < -1.0  # as given, they fall behind what they are worth
    assert abs(gap(found.fair - worth)) < 3 * chance


def test_the_ease_of_criteria_is_told_apart_from_severity() -> None:
    planted = world(3, criteria=3)
    whole = of_table(planted.table)
    assert np.allclose(np.diff(estimate(whole).ease), 3.0, atol=0.5)
    lone = planted.table.filter((pl.col("rater") != "p00007") | (pl.col("criterion") == "c2"))
    found = severities(lone)["p00007"]
    assert abs(found - severities(planted.table)["p00007"]) < 3.5  # marking only the easy criterion makes nobody lenient


def test_the_equations_agree_with_a_dense_solution_of_the_same_model() -> None:
    ratings, found = solved(world(5, people=60).table)
    at = found.pairs.links
    dense = np.zeros((len(at), at.raters + at.targets))
    dense[np.arange(len(at)), at.rater] = -1
    dense[np.arange(len(at)), at.raters + at.target] = 1
    inverse = np.linalg.pinv(dense.T @ dense)
    gauge = np.eye(at.raters + at.targets) - np.outer(
        np.ones(at.raters + at.targets), np.append(at.of_rater, np.zeros(at.targets)) / len(at)
    )
    best = gauge @ (inverse @ (dense.T @ found.pairs.value))
    error = found.noise * np.sqrt(np.diag(gauge @ inverse @ gauge.T))
    known = np.isfinite(np.append(found.severity, found.fair))
    assert known.sum() > 100
    assert np.allclose(np.append(found.severity, found.fair)[known], best[known])
    assert np.allclose(np.append(found.severity_error, found.fair_error)[known], error[known])


def test_factors_iteration_and_draws_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    table = world(6, people=100).table
    exact = solved(table)[1]
    monkeypatch.setattr(links, "PATIENCE", 1)  # iteration gives up: factors take over
    factored = solved(table)[1]
    assert np.allclose(exact.lean, factored.lean)
    assert np.allclose(exact.severity_error, factored.severity_error, equal_nan=True)
    monkeypatch.undo()
    monkeypatch.setattr(links, "EXACT", 0)
    drawn = solved(table)[1]
    known = np.isfinite(exact.severity_error)
    assert np.all(np.abs(drawn.severity_error / exact.severity_error - 1)[known] < 0.25)


# ---- what must not matter


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), person=st.integers(0, 39), by=st.floats(-20, 20))
def test_shifting_what_one_rater_gives_shifts_that_severity_and_nobodys_place(seed: int, person: int, by: float) -> None:
    table = world(seed, people=40).table
    rater = f"p{person:05}"
    moved = table.with_columns(score=(pl.col("score") + pl.when(pl.col("rater") == rater).then(by).otherwise(0)) / 2 + 20)
    table = table.with_columns(score=pl.col("score") / 2 + 20)
    before, after = severities(table), severities(moved)
    others = [each for each in before if each != rater]
    apart = {each: after[each] - before[each] for each in before}
    assert np.allclose([apart[each] for each in others], apart[others[0]], atol=1e-6)
    assert apart[rater] - apart[others[0]] == pytest.approx(-by / 2, abs=1e-6)
    was, became = fair(table), fair(moved)
    assert np.allclose(np.diff([became[each] - was[each] for each in was]), 0, atol=1e-6)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), chance=st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_names_of_people_matter(seed: int, chance: object) -> None:
    table = world(seed, people=40).table
    before, was = severities(table), fair(table)
    rows = list(range(table.height))
    chance.shuffle(rows)  # type: ignore[attr-defined]
    assert severities(table[rows]) == before
    names = sorted(before)
    others = [f"x{place}" for place in range(len(names))]
    chance.shuffle(others)  # type: ignore[attr-defined]
    renamed = dict(zip(names, others, strict=True))
    called = table.with_columns(pl.col("rater", "ratee").replace(renamed))
    after, became = severities(called), fair(called)
    assert np.allclose([after[renamed[each]] for each in names], [before[each] for each in names])
    assert np.allclose([became[renamed[each]] for each in was], list(was.values()))


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_fair_scores_leave_the_whole_of_a_group_as_it_was_given(seed: int) -> None:
    _, found = solved(world(seed, people=40).table, least=3)
    assume(np.isfinite(found.fair).all())
    weights = found.pairs.links.of_target
    assert np.average(found.fair, weights=weights) == pytest.approx(np.average(found.pairs.given, weights=weights))


# ---- what cannot be known


def test_groups_that_share_nobody_are_told_apart_and_each_has_its_own_middle() -> None:
    table = world(7, people=80, away=0).table
    _, found = solved(table)
    assert found.pairs.links.groups == 4
    at = found.pairs.links
    for group in range(4):
        inside = at.rater_group == group
        assert np.average(found.lean[inside], weights=at.of_rater[inside]) == pytest.approx(0, abs=1e-8)


def test_a_rater_with_too_few_ratings_is_unknown_and_not_nought() -> None:
    table = world(8, people=60).table
    few = pl.concat([table.filter(pl.col("rater") != "p00003"), table.filter(pl.col("rater") == "p00003").head(4)])
    ratings, found = solved(few)
    place = ratings.people.index("p00003")
    assert found.rater_state[place] is State.TOO_FEW
    assert np.isnan(found.severity[place]) and np.isnan(found.severity_error[place])


def test_the_only_rater_of_a_group_is_unknown_since_nobody_is_there_to_compare_with() -> None:
    table = pl.DataFrame({"rater": ["boss"] * 6, "ratee": [f"p{each}" for each in range(6)], "score": [70, 60, 80, 75, 65, 90]})
    ratings, found = solved(table)
    assert found.rater_state[ratings.people.index("boss")] is State.ALONE
    assert set(found.target_state) == {State.TOO_FEW} and np.isnan(found.fair).all()


def test_links_that_use_up_every_rating_say_nothing_of_how_sure_they_are() -> None:
    table = pl.DataFrame(
        {"rater": ["a"] * 3 + ["b"] * 3, "ratee": ["u", "v", "w", "w", "x", "y"], "score": [70, 60, 80, 75, 65, 90]}
    )
    ratings, found = solved(table, least=3)
    assert found.rater_state[ratings.people.index("a")] is State.NO_NOISE
    assert np.isnan(found.noise) and np.isnan(found.severity).all()


def test_criteria_that_nobody_gave_together_are_refused_since_ease_and_severity_cannot_be_told_apart() -> None:
    table = pl.DataFrame({"rater": ["a", "b"], "ratee": ["u", "u"], "score": [70, 60], "criterion": ["work", "conduct"]})
    with pytest.raises(RatingsRefused) as refused:
        estimate(of_table(table))
    assert [mistake.said.key for mistake in refused.value.mistakes] == ["criteria_apart"]


def test_no_least_number_is_taken_from_which_answers_could_be_told_back() -> None:
    with pytest.raises(RatingsRefused, match="fewer than 3"):
        estimate(of_table(world(1, people=40).table), least=2)


def test_whoever_stands_in_no_pair_has_no_group() -> None:
    found = Links(np.array([0, 0, 2]), np.array([0, 2, 2]), 4, 3)
    assert found.rater_group.tolist() == [0, -1, 0, -1] and found.target_group.tolist() == [0, -1, 0] and found.groups == 1

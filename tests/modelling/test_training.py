"""Training in numbers: the best places, proved against all choices; what followed a course; who stays."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from canbo.modelling.training import choosing, effect, staying
from canbo.modelling.training.choosing import Limits, Wish


def best_of_all(wishes: list[Wish], limits: Limits) -> tuple[tuple[int, ...], int]:
    """The greatest worth tier by tier, then the least cost, by trying every choice."""
    found = []
    for bits in product((False, True), repeat=len(wishes)):
        taken = [wish for wish, is_in in zip(wishes, bits, strict=True) if is_in]
        courses, people = [each.course for each in taken], [each.person for each in taken]
        if (
            sum(each.cost for each in taken) <= limits.budget
            and all(courses.count(course) <= seats for course, seats in limits.seats.items())
            and all(people.count(each) <= limits.each for each in people)
            and all(wish.fixed in (None, is_in) for wish, is_in in zip(wishes, bits, strict=True))
        ):
            worth = tuple(sum(each.worth[tier] for each in taken) for tier in range(3))
            found.append((worth, -sum(each.cost for each in taken)))
    return max(found) if found else ((), 0)


@pytest.mark.parametrize("seed", range(12))
def test_no_choice_of_places_is_better_than_the_one_proposed(seed: int) -> None:
    chance = np.random.default_rng(seed)
    pairs = {(int(chance.integers(4)), f"c{chance.integers(3)}") for _ in range(12)}
    wishes = [
        Wish(person, course, int(chance.integers(1, 9)), (int(chance.integers(2)), int(chance.integers(3)), 1 + int(chance.integers(4))))
        for person, course in sorted(pairs)
    ]  # fmt: skip
    limits = Limits(int(chance.integers(5, 25)), {"c0": 2, "c1": 1}, 2)
    found = choosing.choose(wishes, limits)
    assert found.chosen is not None and found.proved
    taken = [wish for wish, is_in in zip(wishes, found.chosen, strict=True) if is_in]
    worth = tuple(sum(each.worth[tier] for each in taken) for tier in range(3))
    assert (worth, -found.cost) == best_of_all(wishes, limits)
    for is_in, why in zip(found.chosen, found.why, strict=True):
        assert why.words == ("taken",) if is_in else set(why.words) <= {"budget", "seats", "each"} and why.words


def test_the_more_urgent_goes_first_and_who_is_left_out_hears_which_limit_stands_in_the_way() -> None:
    wishes = [Wish(1, "a", 5, (0, 4)), Wish(2, "a", 5, (1, 0)), Wish(3, "b", 7, (0, 1))]
    found = choosing.choose(wishes, Limits(10, {"a": 1}, 1))
    assert found.chosen == (False, True, False)
    assert found.why[0].words == ("seats",)
    assert (found.why[2].words, found.why[2].over) == (("budget",), 2)


def test_what_was_decided_by_hand_stays_and_beyond_the_budget_there_is_no_choice() -> None:
    wishes = [Wish(1, "a", 5, (1,), True), Wish(2, "a", 5, (9,)), Wish(3, "a", 1, (1,), False)]
    found = choosing.choose(wishes, Limits(5, {}, 1))
    assert found.chosen == (True, False, False)
    assert [why.words for why in found.why] == [("by_hand",), ("budget",), ("left_out",)]
    assert choosing.choose(wishes, Limits(4, {}, 1)).chosen is None


def test_a_wish_that_is_worth_nothing_is_no_wish() -> None:
    with pytest.raises(ValueError, match="worth"):
        choosing.choose([Wish(1, "a", 1, (0, 0))], Limits(9, {}, 1))


def scores(gain: float, people: int = 200) -> effect.Effect:
    chance = np.random.default_rng(7)
    stratum = np.repeat(np.arange(people // 20), 20)
    trained = chance.random(people) < 0.4
    before = 70 + 3 * stratum + chance.normal(0, 5, people)
    after = before + chance.normal(0, 4, people) + gain * trained
    return effect.compare(trained, before, after, stratum)


def test_a_planted_gain_is_found_within_its_interval_and_none_where_there_is_none() -> None:
    found = scores(5.0)
    assert found.low < 5 < found.high and found.tells
    nothing = scores(0.0)
    assert nothing.low < 0 < nothing.high and not nothing.tells


def test_of_too_few_people_no_figure_is_given() -> None:
    few = effect.compare(np.array([True] * 4 + [False] * 9), np.zeros(13), np.ones(13), np.zeros(13, dtype=np.int64))
    assert (few.trained, few.others, few.points) == (4, 9, None)
    alone = effect.compare(np.array([True, False]), np.zeros(2), np.ones(2), np.array([1, 2]))
    assert (alone.unmatched, alone.points) == (1, None)


def test_the_curve_is_that_of_kaplan_and_meier() -> None:
    months = np.array([6, 6, 10, 12, 12, 20] + [24] * 14)
    left = np.array([True, True, False, True, False, True] + [False] * 14)
    found = staying.stay(months, left)
    assert [month for month, _ in found.curve] == [6, 12, 20]
    assert found.share == pytest.approx((18 / 20) * (16 / 17) * (14 / 15))
    assert 0 < found.low < found.share < found.high < 1


def test_a_small_group_is_not_shown_and_groups_that_differ_are_told_apart_from_chance() -> None:
    assert not staying.stay(np.full(19, 5), np.zeros(19, dtype=bool)).shown
    chance = np.random.default_rng(3)
    group = np.arange(400) < 200
    months = np.minimum(36, chance.exponential(np.where(group, 20, 120))).astype(np.int64)
    left = months < 36
    assert staying.differ(months, left, group) < 0.001
    assert staying.differ(months, left, chance.random(400) < 0.5) > 0.01
    assert staying.differ(months, np.zeros(400, dtype=bool), group) is None

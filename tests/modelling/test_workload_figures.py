"""A year's work from a few periods, and how surely."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.modelling.staffing.workload import SURE, known, together, yearly

COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=12)


def test_one_period_says_nothing_of_how_work_varies() -> None:
    found = yearly([40], a_year=4)
    assert (found.middle, found.low, found.high) == (160, None, None)
    assert known(3).plus(found).low is None, "a doubt that cannot be told stays one in the sum"


def test_two_equal_months_are_no_certainty() -> None:
    found = yearly([100, 100], a_year=12, chance=100)
    assert found.low is not None and found.high is not None
    assert found.middle == 1200 and found.high - found.low > 1200


def test_more_months_narrow_the_interval() -> None:
    widths = []
    for months in (3, 6, 12):
        found = yearly([90, 100, 110] * (months // 3), a_year=12, chance=100)
        assert found.low is not None and found.high is not None
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


def test_the_year_to_come_lies_in_the_interval_as_often_as_is_said() -> None:
    chance = np.random.default_rng(20261129)
    for months in (2, 4, 9):
        inside, tries = 0, 1500
        for counted in chance.normal(100, 15, (tries, months + 12)):
            found = yearly(counted[:months].tolist(), a_year=12)
            assert found.high is not None and found.low is not None
            inside += found.low <= counted[months:].sum() <= found.high
        assert inside / tries == pytest.approx(SURE, abs=0.02)


@given(COUNTS, st.integers(1, 12))
def test_the_interval_holds_the_middle_and_nothing_below_nought(counts: list[int], a_year: int) -> None:
    found = yearly(counts, a_year=a_year)
    assert found.low is not None and found.high is not None
    assert 0 <= found.low <= found.middle + 1e-9 and found.middle <= found.high + 1e-9
    assert found.middle == pytest.approx(sum(counts) / len(counts) * a_year)


@given(
    st.integers(2, 8).flatmap(lambda n: st.lists(st.lists(st.integers(0, 99), min_size=n, max_size=n), min_size=1, max_size=4))
)
def test_kinds_of_work_together_are_the_sum_of_each(series: list[list[int]]) -> None:
    hours = [1.5 + each for each in range(len(series))]
    found = together(series, hours, a_year=12)
    each = sum(yearly(counts, a_year=12).middle * hour for counts, hour in zip(series, hours, strict=True))
    assert found.middle == pytest.approx(each)


def test_work_that_rises_together_is_not_taken_for_independent() -> None:
    rising = together([[1, 9], [1, 9]], [1, 1], a_year=2)
    against = together([[1, 9], [9, 1]], [1, 1], a_year=2)
    assert rising.high is not None and against.high is not None and rising.high > against.high

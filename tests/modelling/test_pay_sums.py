"""Sums of pay over sorts of people: the sums of persons, and every person in one class of change."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.modelling.staffing.pay import classes_of, named, summed

PAY = st.integers(0, 90_000_000)
PEOPLE = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(PEOPLE, st.lists(st.tuples(PAY, PAY), min_size=4, max_size=4), st.booleans())
def test_the_sum_over_bodies_is_the_sum_of_persons(people: list[tuple[int, int]], pay: list[tuple[int, int]], keep: bool) -> None:
    sort, body = (np.array(column) for column in zip(*people, strict=True))
    before, after = (np.array(column, dtype=np.int64) for column in zip(*pay, strict=True))
    found = summed(sort, body, before, after, bodies=3, keep=keep)
    kept = [max(0, pay[one][0] - pay[one][1]) if keep else 0 for one, _body in people]
    assert int(found.before.sum()) == sum(pay[one][0] for one, _body in people)
    assert int(found.after.sum()) == sum(pay[one][1] for one, _body in people)
    assert int(found.kept.sum()) == sum(kept)
    assert [int(each) for each in found.people] == [sum(place == body for _one, place in people) for body in range(3)]
    assert found.winners + found.losers + found.unchanged == len(people) == sum(found.classes)
    if keep:
        assert found.losers == 0
    for place in range(3):
        assert int(found.after[place]) == sum(pay[one][1] for one, body in people if body == place)


@given(st.integers(1, 10**8), st.integers(-(10**8), 10**8))
def test_everybody_stands_in_the_class_that_the_change_says(before: int, change: int) -> None:
    place = int(classes_of(np.array([change], dtype=np.int64), np.array([before], dtype=np.int64))[0])
    low, high = named()[place]
    if change == 0:
        assert (low, high) == (0, 0)
    else:
        assert low is None or (low * before <= change * 100 if change < 0 else low * before < change * 100)
        assert high is None or (change * 100 < high * before if change < 0 else change * 100 <= high * before)

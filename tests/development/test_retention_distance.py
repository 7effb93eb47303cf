"""Who stays after a reorganisation, by how far the new seat is: an effect that was planted is found, none is invented."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from canbo.development import retention
from canbo.development.retention import MOVED, Group, Retention
from canbo.modelling.training.staying import differ
from canbo.registry.days import since
from canbo.registry.models import Area, Membership
from tests.development import school as schools
from tests.development.school import ON, School

DAY = date(2024, 7, 1)
REORGANIZED, RESIGNED = int(Membership.Ending.REORGANIZATION), int(Membership.Ending.RESIGNATION)


@pytest.fixture
def school(world: Any) -> School:
    return schools.build(world)


class Move:
    """People whom a reorganisation takes from one body to the executive of P/2."""

    def __init__(self, school: School) -> None:
        self.world, self.seat = school.world, 0
        self.new = school.world.post("P/2.executive", "specialist", seats=300)

    def take(self, body: str, people: int, leaving: int) -> None:
        """Of `people` from a body the first few leave, one in each month after the day."""
        old = self.world.post(body, "specialist", seats=people)
        for seat in range(1, people + 1):
            self.seat += 1
            person = self.world.person()
            self.world.serve(person, old, valid=since(date(2020, 1, 1), DAY), seat=seat, ending=REORGANIZED)
            gone = seat <= leaving
            ends = DAY + timedelta(days=30 * (1 + seat % 20)) if gone else None
            ending = RESIGNED if gone else None
            self.world.serve(person, self.new, valid=since(DAY, ends), seat=self.seat, ending=ending)


def stayed(school: School) -> tuple[Retention, dict[str, Group]]:
    found = retention.retention(by=school.officer, root=school.world.organizations["P/2"].pk, on=ON)
    return found, {each.value: each for each in found.groups if each.kind == MOVED}


def test_that_more_of_those_who_were_moved_far_leave_is_found_where_it_was_planted(school: School) -> None:
    move = Move(school)
    move.take("P/1.executive", 60, 4)  # 11 kilometres
    move.take("Q/1.executive", 60, 24)  # 100 kilometres
    found, groups = stayed(school)
    assert (found.moved, found.unknown) == (120, 0)
    assert found.shown and not found.everyone.shown  # nobody served in P/2 itself on the first day
    assert {value: (each.stay.people, each.stay.left, each.lower) for value, each in groups.items()} == {
        "near": (60, 4, False), "far": (60, 24, True),
    }  # fmt: skip
    far = groups["far"].stay
    assert far.low is not None and far.share is not None and far.high is not None
    assert far.low < far.share < far.high and far.share == pytest.approx(0.6)


def test_no_effect_is_told_where_none_was_planted(school: School) -> None:
    move = Move(school)
    move.take("P/1.executive", 60, 12)
    move.take("Q/1.executive", 60, 13)
    _found, groups = stayed(school)
    assert groups["far"].chance is not None and groups["far"].chance > 0.5
    assert not any(each.lower for each in groups.values())


def test_who_served_a_province_and_left_more_is_no_effect_of_the_distance(school: School) -> None:
    # Far and near differ in nothing but the level that was served: what is the reason cannot be told.
    move = Move(school)
    move.take("P/1.executive", 40, 2)
    move.take("P.executive", 40, 20)
    move.world.areas["P"].latitude = 22.0
    move.world.areas["P"].save()
    _found, groups = stayed(school)
    assert {value: each.stay.left for value, each in groups.items()} == {"near": 2, "far": 20}
    assert all(each.chance is None and not each.lower for each in groups.values())


def test_a_seat_without_a_middle_point_is_counted_as_unknown_and_few_people_are_not_shown(school: School) -> None:
    Area.objects.filter(code="Q/1").update(latitude=None)
    move = Move(school)
    move.take("Q/1.executive", 30, 10)
    move.take("P/1.executive", 10, 5)
    found, groups = stayed(school)
    assert (found.moved, found.unknown) == (40, 30)
    assert set(groups) == {"near"} and not groups["near"].stay.shown
    assert not found.shown


def test_who_moved_by_a_decision_of_his_own_is_not_among_the_moved(school: School) -> None:
    old = school.world.post("Q/1.executive", "specialist")
    new = school.world.post("P/2.executive", "specialist")
    person = school.world.person()
    school.world.serve(person, old, valid=since(date(2020, 1, 1), DAY), ending=int(Membership.Ending.MOVE))
    school.world.serve(person, new, valid=since(DAY))
    assert stayed(school)[0].moved == 0


def test_within_strata_a_difference_between_strata_alone_is_none() -> None:
    months = np.array([10] * 200, dtype=np.int64)
    strata = np.repeat([0, 1], 100).astype(np.int64)
    left = np.array([n % 5 == 0 for n in range(100)] + [n % 2 == 0 for n in range(100)])
    group = np.array([n % 10 == 0 for n in range(100)] + [n % 10 != 0 for n in range(100)])
    plain, within = differ(months, left, group), differ(months, left, group, strata)
    assert plain is not None and within is not None
    assert plain < 0.05 < within

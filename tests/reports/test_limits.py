"""Kinds of staff, villages, service units and the months in which a number is overdrawn."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from canbo.registry.changes import Outcome, take_in
from canbo.registry.models import Membership, Organization
from canbo.reports import headcount
from tests.reports.test_headcount import ON, allot, filled
from tests.world import World


def added(world: World, code: str, kind: str, parent: str) -> None:
    made = take_in(
        [Outcome(code, {"en": code}, kind, parent)], decision=world.decision, source=world.source, by=world.console, key=code,
        valid_from=date(2015, 1, 1),
    )  # fmt: skip
    world.organizations[code] = Organization.objects.get(pk=made[code])


def test_a_village_with_four_activists_has_one_too_many_by_the_article(world: World) -> None:
    for code, people in (("P/1/v1", 3), ("P/1/v2", 4)):
        added(world, code, "village", "P/1")
        post = world.post(code, "activist", seats=4)
        for seat in range(1, people + 1):
            world.serve(world.person(), post, seat=seat, category=Membership.Category.ACTIVIST)
    found = headcount.of("P", on=ON)
    village = found.villages[0]
    assert (village.number, village.activists, village.most) == (2, 7, 3)
    assert [row["code"] for row in village.over] == ["P/1/v2"]
    told = headcount.to_dict(found, "en")
    assert "185/2026" in told["villages"][0]["articles"][0]["citation"]
    assert {"kind": "activists", "people": 7, "allotted": None} in told["staff"]
    assert headcount.of("P", on=date(2026, 5, 1)).villages[0].most is None, "before the decree no article caps them"


@pytest.mark.parametrize("units", [0, 2])
def test_service_units_are_counted_by_group_with_the_articles_that_give_it(world: World, units: int) -> None:
    for number in range(units):
        added(world, f"P.service.{number}", "service-unit", "P")
    found: Any = headcount.to_dict(headcount.of("P", on=ON), "en")["autonomy"]
    if not units:
        assert found is None
        return
    assert found["groups"] == [{"group": None, "units": 2}], "unknown is no group"
    assert any("60/2021" in each["citation"] for each in found["articles"]) and "unit.own_revenue" in found["not_in_register"]


def test_the_month_in_which_a_number_is_overdrawn_is_named(world: World) -> None:
    filled(world, "P/1.executive.office", "specialist", 4, 4, birth_on=date(1985, 5, 1))
    filled(world, "P/2.executive", "specialist", 2, 1, birth_on=date(1966, 12, 5))
    allot(world, None, "P", "total", 10)
    allot(world, "P", "P/1.executive.office", "allotted", 4, (date(2028, 2, 1), 3))
    allot(world, "P", "P/2.executive", "allotted", 1, (date(2028, 2, 1), 0))
    found = headcount.of("P", on=ON)
    assert found.overdrawn is not None and found.overdrawn.day == date(2028, 2, 29) and found.overdrawn.over == 2
    assert found.settled is None, "one too many to the end"
    told = {each["month"]: each for each in headcount.to_dict(found, "en")["months"]}
    assert told["2028-01"]["over"] == 0 and told["2031-06"]["over"] == 1, "a retirement brings the other body within its number"
    assert headcount.to_dict(found, "en")["overdrawn_in"] == "2028-02"
    allot(world, "P", "P/1.executive.office", "allotted", 4)
    settled = headcount.of("P", on=ON)
    assert settled.overdrawn is not None and settled.settled is not None and settled.settled > settled.overdrawn.day

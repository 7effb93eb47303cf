"""What a scenario costs a month and how far it is for citizens, before and after; what cannot be told is counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, distance
from canbo.registry.days import since
from canbo.registry.models import Membership, SalaryStep
from canbo.reports import running_cost
from canbo.reports.caps import law
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, MERGER, ON
from tests.world import World

WITH_SEAT = MERGER.replace("parent: P}", "parent: P, seat: P/1}")
APART = 2 * distance.EARTH * 3.14159265358979 * 0.1 / 360  # a tenth of a degree of latitude


def compared(world: World, scenario: Scenario) -> tuple[dict[str, object], dict[str, object]]:
    told = acting.compare(scenarios=[scenario], reader=world.console, also=running_cost.of)
    assert not told["refused"]
    return told["before"], told["after"][scenario.name]


def test_citizens_of_the_commune_that_loses_its_seat_have_a_way_to_go(world: World) -> None:
    trials.populated(world)
    before, after = compared(world, trials.begun(world, WITH_SEAT + ALL))
    assert (before["distance_median"], before["distance_longest"], before["distance_unknown"]) == (0, 0, 0)
    assert after["distance_longest"] == pytest.approx(APART, abs=0.06) and after["distance_unknown"] == 0
    assert after["distance_median"] == pytest.approx(APART / 2, abs=0.06)


def test_a_new_commune_whose_seat_no_line_says_is_at_an_unknown_distance(world: World) -> None:
    trials.populated(world)
    _before, after = compared(world, trials.begun(world, MERGER + ALL))
    assert (after["distance_longest"], after["distance_unknown"]) == (None, 2)


def test_the_distance_between_two_points_is_that_of_the_globe() -> None:
    assert distance.kilometres((21.0285, 105.8542), (10.7769, 106.7009)) == pytest.approx(1144, abs=3)
    assert distance.kilometres((20.0, 106.0), (20.0, 106.0)) == 0


def test_pay_is_coefficient_times_base_salary_and_whose_coefficient_is_not_known_is_counted(world: World) -> None:
    trials.populated(world)
    body, on = world.organizations["P"].pk, ON
    was = running_cost.of(body, on=on, priced_on=on)
    SalaryStep.objects.all().delete()
    none = running_cost.of(body, on=on, priced_on=on)
    people = was["priced"] + was["unpriced"]
    assert none == {"monthly_pay": None, "priced": 0, "unpriced": people}
    one = Membership.objects.filter(valid__contains=on, post__job__code="specialist", category=2).first()
    assert one is not None
    SalaryStep.objects.create(
        person=one.person, coefficient=Decimal("3.33"), valid=since(date(2020, 1, 1)), source=world.source, decision=world.decision,
        scale="a1", step=4, entry=one.entry,
    )  # fmt: skip
    told = running_cost.of(body, on=on, priced_on=on)
    base, percent = (int(str(law().parameters.lookup(name, on=on))) for name in ("base_salary", "public_service_percent"))
    assert told == {"monthly_pay": int(Decimal("3.33") * base * (100 + percent) / 100), "priced": 1, "unpriced": people - 1}


def test_who_is_left_waiting_is_counted_as_without_a_price(world: World) -> None:
    trials.populated(world)
    ends = "tasks: [{from: P/1, to: P/9}, {from: P/2, to: P/9}]\nposts: [{from: P/1, end: yes}, {from: P/2, to: P/9}]\n"
    scenario = trials.begun(world, MERGER + ends + "people: [{from: P/1, waiting: placement}]")
    before, after = compared(world, scenario)
    assert after["people"] < before["people"]  # type: ignore[operator]
    assert after["priced"] + after["unpriced"] == before["priced"] + before["unpriced"]  # type: ignore[operator]

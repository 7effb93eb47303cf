"""Scenarios side by side: what each would bring, who has farther to go, and in which lines they differ."""

from __future__ import annotations

import pytest

from canbo.procedures.scenarios import comparing
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.reports import scenario_figures
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, ENDING, MERGER
from tests.world import World

WITH_SEAT = MERGER.replace("parent: P}", "parent: P, seat: P/1}")
WAITS = "people:\n  - {from: P/1, held: specialist, waiting: placement}\n"


def test_what_only_one_says_is_told_and_what_all_say_is_counted(world: World) -> None:
    trials.populated(world)
    two = [trials.begun(world, WITH_SEAT + ALL, name="a"), trials.begun(world, WITH_SEAT + ALL + ENDING + WAITS, name="b")]
    told = comparing.side_by_side(scenarios=two, reader=world.console, also=scenario_figures.of)
    assert told["shared"] == 5 and told["only"]["a"] == []
    assert [(line["kind"], line["also"]) for line in told["only"]["b"]] == [("posts", []), ("people", [])]


def test_a_line_that_two_of_three_have_says_who_else_has_it(world: World) -> None:
    trials.populated(world)
    said = {"a": WITH_SEAT + ALL, "b": WITH_SEAT + ALL, "c": MERGER + ALL}
    found = [trials.begun(world, text, name=name) for name, text in said.items()]
    only = comparing.side_by_side(scenarios=found, reader=world.console)["only"]
    assert [line["also"] for line in only["a"]] == [["b"]] and [line["also"] for line in only["c"]] == [[]]


def test_who_goes_along_and_who_waits_is_counted(world: World) -> None:
    trials.populated(world)
    one = trials.begun(world, WITH_SEAT + ALL + ENDING + WAITS)
    seen = comparing.seen(scenario=one, reader=world.console)
    assert seen.people["placement"] >= 1 and seen.people["along"] >= 1 and seen.people["unplaced"] == 0
    assert seen.report is not None and seen.report.ok


def test_one_that_blocks_has_no_figures_after_but_a_distance_and_its_checks(world: World) -> None:
    trials.populated(world)
    told = comparing.side_by_side(scenarios=[trials.begun(world, WITH_SEAT)], reader=world.console, also=scenario_figures.of)
    assert "a" in told["refused"] and told["after"] == {}
    assert told["checks"]["a"]["remits_without_owner"] > 0 and not told["checks"]["a"]["ok"]
    assert told["distance"]["a"]["distance_longest"] > 0
    assert [(way["unit"], way["to"]) for way in told["travel"]["a"]] == [("P/2", "P/9")]


def test_deputies_beyond_a_cap_are_a_figure_before_and_after(world: World) -> None:
    trials.populated(world)
    told = comparing.side_by_side(scenarios=[trials.begun(world, MERGER + ALL)], reader=world.console, also=scenario_figures.of)
    assert told["before"]["deputies_over"] >= 0 and told["after"]["a"]["deputies_cap"] >= 0


def test_scenarios_of_different_bodies_are_not_compared(world: World) -> None:
    trials.populated(world)
    said = "posts: [{unit: P/1, job: specialist, seats: 1}]"
    two = [trials.begun(world, MERGER + ALL, name="a"), trials.begun(world, said, name="b", body="P/1")]
    with pytest.raises(ScenarioRefused):
        comparing.side_by_side(scenarios=two, reader=world.console)


def test_what_is_due_once_is_told_to_those_alone_who_may_know_it(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, MERGER + ALL)
    assert scenario_figures.one_off(scenario, reader=world.console) == {"stated": 0, "possible": 0, "unknown": 0}
    assert scenario_figures.one_off(scenario, reader=trials.account(world, "x", "registrar", "P")) is None

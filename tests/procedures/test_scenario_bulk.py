"""Lines in bulk, tasks suggested by their field, tasks that two levels would have."""

from __future__ import annotations

import pytest

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, lines, suggesting
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry.days import since
from canbo.registry.models import Remit
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, MERGER
from tests.registry.acts import FOUNDED
from tests.world import World


def said(scenario: Scenario) -> list[tuple[str, dict[str, object]]]:
    return [(line.kind, dict(line.says)) for line in acting.lines_of(scenario)]


def test_every_body_of_a_kind_has_a_line_of_its_own(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, "posts: [{every: {kind: commune-executive}, job: commune-chair, end: yes}]")
    assert said(scenario) == [
        ("posts", {"from": code, "job": "commune-chair", "end": "yes"}) for code in ("P/1.executive", "P/2.executive")
    ]


def test_a_star_is_the_unit_in_which_the_body_lies(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, 'tasks: [{every: {kind: commune, beneath: P}, to: "*.executive"}]')
    assert [row["to"] for _kind, row in said(scenario)] == ["P/1.executive", "P/2.executive"]
    deeper = trials.begun(world, 'move: [{every: {kind: commune-department}, parent: "*.party"}]', name="b")
    assert said(deeper) == [("move", {"unit": "P/1.executive.office", "parent": "P/1.party"})]


def test_all_of_a_kind_become_one_and_the_one_that_goes_on_is_not_merged_into_itself(world: World) -> None:
    trials.populated(world)
    into = "{code: P/9, name: {en: Nine}, kind: commune, parent: P}"
    new = trials.begun(world, f"merge: [{{every: {{kind: commune}}, into: {into}}}]")
    assert said(new)[0][1]["units"] == ["P/1", "P/2"]
    stays = trials.begun(world, "merge: [{every: {kind: commune}, into: P/1}]", name="b")
    assert said(stays) == [("merge", {"units": ["P/2"], "into": "P/1"})]


def test_what_finds_nothing_or_is_written_wrong_is_refused(world: World) -> None:
    trials.populated(world)
    for text in ("tasks: [{every: {kind: district}, to: P}]", "tasks: [{every: {kind: commune, beneath: X}, to: P}]"):
        with pytest.raises(ScenarioRefused):
            trials.begun(world, text, name=f"n{len(text)}")
    for text in (
        "tasks: [{every: commune, to: P}]",
        "tasks: [{every: {kind: a, near: b}, to: P}]",
        "create: [{every: {kind: a}}]",
    ):
        with pytest.raises(ScenarioRefused):
            lines.read(text)


def test_a_task_that_no_heir_has_is_suggested_to_the_one_with_most_of_its_field(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, "dissolve: [{unit: P/1, heirs: [P/2, P.executive]}]")
    found = {(one.rule, one.line.says["task"]): one.line.says["to"] for one in suggesting.suggest(scenario=scenario, reader=world.console) if one.line.kind == "tasks"}  # fmt: skip
    assert found == {("same_task", "water"): "P/2", ("same_field", "land"): "P/2"}


def test_a_task_that_a_level_above_has_too_is_a_warning(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, MERGER + ALL)
    before = acting.check(scenario=scenario, reader=world.console)
    land = Remit.objects.get(task__code="land").task
    Remit.objects.create(task=land, organization=world.organizations["P.executive"], valid=since(FOUNDED), **world.mark)
    after = acting.check(scenario=scenario, reader=world.console)
    assert "task_at_two_levels" not in {each.kind for each in before.warnings} and after.ok
    assert [list(each.whom) for each in after.warnings if each.kind == "task_at_two_levels"] == [["P/9", "P.executive", "land"]]

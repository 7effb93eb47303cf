"""`canbo consultations` and `canbo holdings`: what they tell, what they refuse; holdings moved by lines in bulk."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from click.testing import CliRunner, Result

from canbo.procedures.scenarios import acting, handovers, rounds
from canbo.procedures.scenarios.handovers import Thing
from canbo.project.cli import group
from canbo.registry.queries import NotInRegister
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, MERGER
from tests.world import World

DAY = date(2026, 1, 5)


def asked(*words: str) -> Result:
    return CliRunner().invoke(group, list(words))


def told(*words: str, code: int = 0) -> Any:
    answer = asked(*words, "--json")
    assert answer.exit_code == code, answer.output
    return json.loads(answer.output)


def test_rounds_are_told_with_their_counts_and_whether_the_lines_are_still_those_shown(world: World) -> None:
    trials.populated(world)
    scenario, by = trials.begun(world, MERGER + ALL), trials.owner(world)
    assert told("consultations", "a") == {
        "scenario": "a", "on": "2026-03-01", "state": "draft", "ok": True, "missing": [], "rounds": [],
    }  # fmt: skip
    assert "Nobody was asked" in asked("consultations", "a").output
    last = DAY + timedelta(days=3)
    round_ = rounds.ask(scenario=scenario, question="What do you think?", closes=last, on=DAY, by=by)
    running = told("consultations", "a", code=1)
    assert "Close the consultation first" in running["missing"][0]
    assert {"round": 1, "open": True, "same_lines": True, "answered": 0, "agree": None}.items() <= running["rounds"][0].items()
    rounds.close(consultation=round_, by=by, on=last + timedelta(days=1))
    acting.remove(scenario=scenario, places=[1], by=by)
    closed = told("consultations", "a")
    assert {"open": False, "same_lines": False, "asked": running["rounds"][0]["asked"]}.items() <= closed["rounds"][0].items()
    assert "lines have changed" in asked("consultations", "a").output


def test_what_a_body_holds_is_told_for_the_day_and_the_kind(world: World) -> None:
    things = [Thing("seal", "Con dấu", "01"), Thing("records", "Hồ sơ")]
    handovers.enter(body=world.organizations["P/1"], things=things, by=world.console, on=DAY)
    assert [row["name"] for row in told("holdings", "P/1", "--on", "2026-02-01")["holdings"]] == ["Hồ sơ", "Con dấu"]
    assert [row["number"] for row in told("holdings", "P/1", "--on", "2026-02-01", "--kind", "seal")["holdings"]] == ["01"]
    assert told("holdings", "P/1", "--on", "2026-01-04")["holdings"] == []
    assert "holds nothing" in asked("holdings", "P/2").output
    assert "Con dấu" in asked("holdings", "P/1", "--on", "2026-02-01").output


def test_a_scenario_says_to_whom_each_holding_goes_and_which_has_no_heir(world: World) -> None:
    trials.populated(world)
    things = [Thing("seal", "seal"), Thing("records", "papers")]
    handovers.enter(body=world.organizations["P/1"], things=things, by=world.console, on=DAY)
    trials.begun(world, MERGER + ALL + "holdings: [{from: P/1, kind: seal, to: P/9}]")
    found = told("holdings", "P/1", "--scenario", "a", code=1)["holdings"]
    assert [(row["name"], row["to"]) for row in found] == [("papers", None), ("seal", "P/9")]
    assert told("holdings", "P/1", "--scenario", "a", "--kind", "seal")["holdings"][0]["to"] == "P/9"


def test_wrong_words_are_refused(world: World) -> None:
    trials.populated(world)
    assert asked("consultations").exit_code == asked("holdings").exit_code == 2
    assert asked("consultations", "a", "--as", "nobody").exit_code == 2
    assert asked("holdings", "P/1", "--on", "yesterday").exit_code == 2
    wrong = asked("holdings", "P/1", "--kind", "gold")
    assert wrong.exit_code == 2 and "The kinds are" in wrong.output
    for words in (["consultations", "none"], ["holdings", "X"], ["holdings", "P/1", "--scenario", "none"]):
        assert isinstance(asked(*words).exception, NotInRegister), "the command line makes a sentence of it, and 1"
    trials.carried(world, MERGER + ALL, name="done")
    over = asked("holdings", "P/1", "--scenario", "done")
    assert over.exit_code == 1 and "minutes" in over.output


def test_what_every_body_of_a_kind_holds_goes_over_by_one_line(world: World) -> None:
    trials.populated(world)
    for code in ("P/1.executive", "P/2.executive"):
        handovers.enter(
            body=world.organizations[code],
            things=[Thing("records", f"papers of {code}"), Thing("seal", code)],
            by=world.console,
            on=DAY,
        )
    text = 'holdings: [{every: {kind: commune-executive}, kind: records, to: "*"}]'
    scenario = trials.carried(world, text)
    assert [line.says["from"] for line in acting.lines_of(scenario)] == ["P/1.executive", "P/2.executive"]
    for code, body in (("P/1", "P/1.executive"), ("P/2", "P/2.executive")):
        held = handovers.of_body(world.organizations[code].pk, on=trials.ON, reader=world.console)
        assert [row["name"] for row in held] == [f"papers of {body}"]
        left = handovers.of_body(world.organizations[body].pk, on=trials.ON, reader=world.console)
        assert [row["kind"] for row in left] == ["seal"]
    assert len(handovers.open_of(scenario)) == 2

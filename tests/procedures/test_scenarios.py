"""Scenarios of reorganisation: what blocks, what is carried out, and the way back."""

from __future__ import annotations

from datetime import date

import pytest

from canbo.procedures.models import Scenario, Waiting
from canbo.procedures.scenarios import acting, lines, suggesting, undoing
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import queries
from canbo.registry.authority import NotAllowed
from canbo.registry.models import Allotment
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, LATER, MERGER, ON
from tests.world import World

EVE = date(2026, 2, 28)


def test_a_merger_that_says_what_becomes_of_everything_has_nothing_that_blocks(world: World) -> None:
    trials.populated(world)
    report = acting.check(scenario=trials.begun(world, MERGER + ALL), reader=world.console)
    assert report.ok, report.as_json()
    assert report.remits_without_owner == [] and report.people_unplaced == []


def test_a_task_a_post_and_a_person_of_whom_nothing_is_said_each_block(world: World) -> None:
    trials.populated(world)
    report = acting.check(scenario=trials.begun(world, MERGER), reader=world.console)
    told = report.as_json()
    assert not told["ok"]
    assert {each["kind"] for each in told["blocking"]} == {"task_without_owner", "post_without_fate", "person_unplaced"}
    assert {(row["unit"], row["task"]) for row in told["remits_without_owner"]} == {
        ("P/1", "land"), ("P/1", "water"), ("P/2", "water"), ("P/2", "roads"),
    }  # fmt: skip
    assert len(told["people_unplaced"]) == 5
    assert all(each["what"] and each["do"] and each["whom"] for each in told["blocking"])


def test_a_merger_is_carried_out_in_one_moment_and_undone_on_a_later_day(world: World) -> None:
    trials.populated(world)
    before = trials.picture(EVE)
    scenario = trials.carried(world, MERGER + ALL)
    assert scenario.state == Scenario.State.CARRIED_OUT
    assert trials.picture(EVE) == before
    assert ("P/9" in {row[0] for row in trials.units(ON)}) and ("P/1" not in {row[0] for row in trials.units(ON)})
    assert set(trials.remits(ON)) == {("land", "P/9"), ("roads", "P/9"), ("water", "P/9")}
    assert queries.lineage("P/9")["origins"] == ["P/1", "P/2"]
    undone = acting.undo(scenario=scenario, by=world.console, on=LATER, reason="it did not work")
    trials.settled()
    assert undone.state == Scenario.State.UNDONE
    assert trials.picture(LATER) == before
    assert trials.picture(EVE) == before
    assert queries.unit("P/9", on=ON).code == "P/9"
    with pytest.raises(queries.NotInRegister):
        queries.unit("P/9", on=LATER)
    assert "P/9" in queries.lineage("P/1")["origins"]


def test_nobody_approves_a_scenario_of_his_or_her_own(world: World) -> None:
    trials.populated(world)
    both = trials.account(world, "both", "registrar")
    scenario = acting.propose(scenario=trials.begun(world, MERGER + ALL, by=both), by=both, reason="why")
    with pytest.raises(ScenarioRefused, match="second person"):
        acting.approve(scenario=scenario, by=both)
    with pytest.raises(ScenarioRefused, match="Only an approved"):
        acting.apply(scenario=scenario, by=world.console)
    assert trials.units(ON) == trials.units(EVE)


def test_who_approves_has_authority_over_all_of_it(world: World) -> None:
    trials.populated(world)
    scenario = acting.propose(scenario=trials.begun(world, MERGER + ALL), by=trials.owner(world), reason="why")
    with pytest.raises(NotAllowed):
        acting.approve(scenario=scenario, by=trials.account(world, "one", "leader", "P/1"))
    with pytest.raises(NotAllowed):
        acting.approve(scenario=scenario, by=trials.account(world, "officer", "officer"))


def test_whoever_changes_a_line_of_what_was_approved_makes_it_a_draft_again(world: World) -> None:
    trials.populated(world)
    scenario = trials.approved(world, trials.begun(world, MERGER + ALL))
    changed = acting.load(
        scenario=scenario,
        said=lines.read("dissolve: [{unit: P/1.executive.office, heirs: [P/1.executive]}]"),
        by=trials.owner(world),
    )
    assert (changed.state, changed.approved_by, changed.digest) == (Scenario.State.DRAFT, None, "")
    with pytest.raises(ScenarioRefused, match="Only an approved"):
        acting.apply(scenario=changed, by=world.console)


def test_a_blocked_scenario_is_neither_proposed_nor_carried_out_and_changes_nothing(world: World) -> None:
    trials.populated(world)
    before = trials.picture(ON)
    scenario = trials.begun(world, MERGER)
    with pytest.raises(ScenarioRefused) as refused:
        acting.propose(scenario=scenario, by=trials.owner(world), reason="why")
    assert {each["kind"] for each in refused.value.problems} == {"task_without_owner", "post_without_fate", "person_unplaced"}
    with pytest.raises(ScenarioRefused):
        acting.apply(scenario=scenario, by=world.console)
    assert trials.picture(ON) == before


def test_what_came_to_block_since_the_approval_stops_the_carrying_out(world: World) -> None:
    found = trials.populated(world)
    text = MERGER + ALL + f"  - {{from: P/1, job: specialist, post: {found['P/1:specialist'].pk}, end: yes}}\n"
    text += "people:\n  - {from: P/1, held: specialist, waiting: placement}\n"
    scenario = trials.approved(world, trials.begun(world, text))
    late = world.person("comes late")
    world.serve(late, found["P/1:specialist"], seat=3)
    assert acting.check(scenario=scenario, reader=world.console).ok  # the rule takes whoever is there
    world.serve(world.person("comes elsewhere"), world.post("P/1", "officer"))
    assert acting.check(scenario=scenario, reader=world.console).ok
    new = world.post("P/2.executive", "officer")
    world.serve(late, new)  # now in two places: the line of people would leave the other one
    with pytest.raises(ScenarioRefused, match="would also stay"):
        acting.apply(scenario=scenario, by=world.console)


def test_two_lines_for_one_post_and_for_one_person_are_found_with_whom(world: World) -> None:
    trials.populated(world)
    text = MERGER + ALL + "  - {from: P/1, to: P/9}\npeople:\n"
    text += "".join("  - {person: '000000000002', waiting: placement}\n" for _twice in range(2))
    report = acting.check(scenario=trials.begun(world, text), reader=world.console)
    kinds = {each.kind: each for each in report.blocking}
    assert kinds.keys() == {"post_counted_twice", "person_in_two_places"}
    assert kinds["person_in_two_places"].whom == ["000000000002"]


def test_more_people_than_seats_overdraw_the_quota_also_from_a_later_month_on(world: World) -> None:
    found = trials.populated(world)
    world.post("P", "specialist", seats=1)
    move = "".join(f"  - {{person: '{number:012d}', to: P, job: specialist}}\n" for number in (2, 3))
    report = acting.check(scenario=trials.begun(world, "people:\n" + move), reader=world.console)
    assert [each.kind for each in report.blocking] == ["quota_overdrawn"]
    assert "1 seats are free" in report.blocking[0].what
    world.post("P", "specialist", seats=1, seat_days=trials.days(date(2015, 1, 1), date(2028, 4, 1)))
    report = acting.check(scenario=trials.begun(world, "people:\n" + move, name="b"), reader=world.console)
    assert [each.kind for each in report.blocking] == ["quota_overdrawn"]
    assert "from 1 Apr 2028 on only 1 seats are left" in report.blocking[0].what
    assert found


def test_a_task_with_two_owners_in_one_unit_blocks(world: World) -> None:
    trials.populated(world)
    text = MERGER + ALL.replace(
        "tasks:\n", "tasks:\n  - {from: P/1, task: land, to: P/1.executive}\n  - {from: P/1, task: land, to: P/9}\n"
    )
    report = acting.check(scenario=trials.begun(world, text), reader=world.console)
    assert [each.kind for each in report.blocking] == ["task_with_two_owners"]
    assert set(report.blocking[0].whom) == {"P/9", "land", "P/1.executive"}


def test_each_part_of_a_divided_unit_needs_an_owner_of_each_task(world: World) -> None:
    trials.populated(world)
    text = """
    divide:
      - unit: P/1
        into: [{code: P/7, name: {en: Seven}, kind: commune, parent: P}, {code: P/8, name: {en: Eight}, kind: commune, parent: P}]
    tasks: [{from: P/1, to: P/7}, {from: P/1, task: water, to: P/7}, {from: P/1, task: water, to: P/8}]
    posts: [{from: P/1, to: P/7}]
    """
    report = acting.check(scenario=trials.begun(world, text), reader=world.console)
    assert [(row["unit"], row["task"]) for row in report.remits_without_owner] == [("P/8", "land")]


def test_a_division_moves_whole_with_its_posts_and_its_people_and_comes_back(world: World) -> None:
    trials.populated(world)
    office = world.post("P/1.executive.office", "specialist", seats=11)
    people = [world.person(f"officer {seat}") for seat in range(1, 12)]
    for seat, person in enumerate(people, 1):
        world.serve(person, office, seat=seat)
    before = trials.picture(EVE)
    scenario = trials.carried(world, "move: [{unit: P/1.executive.office, parent: P/2.executive, name: {en: Office of two}}]")
    assert queries.unit("P/1.executive.office", on=ON).parent == "P/2.executive"
    assert trials.serving(ON) == before[2]
    acting.undo(scenario=scenario, by=world.console, on=LATER)
    assert trials.picture(LATER) == before


def test_parts_of_a_unit_go_different_ways_and_come_together_again(world: World) -> None:
    """As communes of the reform: one divided, one part of it alone, the other joined with a neighbour."""
    trials.populated(world)
    before = trials.units(EVE), trials.remits(EVE), trials.serving(EVE)
    new = "into: {code: P/%s, name: {en: New %s}, kind: commune, parent: P}"
    text = f"merge:\n  - {{parts: [P/1], {new % (8, 8)}}}\n  - {{units: [P/2], parts: [P/1], {new % (9, 9)}}}\n"
    text += "tasks:\n  - {from: P/1, to: P/8}\n  - {from: P/1, task: land, to: P/8}\n  - {from: P/1, task: land, to: P/9}\n  - {from: P/2, to: P/9}\n"
    text += "posts:\n  - {from: P/1, to: P/8}\n  - {from: P/2, to: P/9}\n"
    scenario = trials.carried(world, text)
    assert {code for code, *_rest in trials.units(ON)} >= {"P/8", "P/9"}
    assert queries.lineage("P/1")["heirs"] == ["P/8", "P/9"] and queries.lineage("P/9")["origins"] == ["P/1", "P/2"]
    acting.undo(scenario=scenario, by=world.console, on=LATER)
    trials.settled()
    assert (trials.units(LATER), trials.remits(LATER), trials.serving(LATER)) == before


def test_who_is_placed_elsewhere_and_who_waits_come_back(world: World) -> None:
    trials.populated(world)
    world.post("P", "specialist", seats=2)
    before = trials.picture(EVE)
    text = (
        MERGER
        + ALL
        + "  - {from: P/1, job: specialist, end: yes}\npeople:\n  - {person: '000000000002', to: P, job: specialist}\n"
    )
    text += "  - {from: P/1, held: specialist, waiting: training}\n"
    scenario = trials.carried(world, text)
    held = {person: (unit, job) for person, unit, job in trials.serving(ON)}
    waits = Waiting.objects.get()
    assert held[waits.person_id - 1] == ("P", "specialist") and waits.person_id not in held
    assert [row["state"] for row in undoing.waiting(on=ON)] == ["training"]
    acting.undo(scenario=scenario, by=world.console, on=LATER)
    trials.settled()
    assert trials.picture(LATER) == before
    assert undoing.waiting(on=LATER) == []


def test_who_is_meant_to_lead_waits_for_a_decision_of_its_own(world: World) -> None:
    trials.populated(world)
    world.post("P/2", "commune-chair")
    text = MERGER + ALL + "  - {from: P/1, job: commune-secretary, end: yes}\npeople:\n"
    text += "  - {from: P/1, held: commune-secretary, to: P/9, job: commune-chair}\n"
    scenario = trials.begun(world, text)
    report = acting.check(scenario=scenario, reader=world.console)
    assert report.ok and "to_be_appointed" in {each.kind for each in report.warnings}
    acting.apply(scenario=trials.approved(world, scenario), by=world.console)
    assert (Waiting.objects.get().state, Waiting.objects.get().code) == ("appointment", "P/9")


def test_who_may_not_see_people_is_told_what_is_wrong_without_names(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, MERGER)
    told = acting.check(scenario=scenario, reader=trials.owner(world))  # a registrar sees nobody
    assert {row["name"] for row in told.people_unplaced} == {"Somebody"} and {row["person"] for row in told.people_unplaced} == {
        "–"
    }
    assert "Nguyễn" not in " ".join(each.what for each in told.blocking)
    assert "Nguyễn" in " ".join(
        each.what for each in acting.check(scenario=scenario, reader=trials.account(world, "officer", "officer")).blocking
    )


def test_it_is_not_carried_out_before_its_day(world: World) -> None:
    trials.populated(world)
    scenario = trials.approved(world, trials.begun(world, MERGER + ALL))
    with pytest.raises(ScenarioRefused, match="Its day is 1 Mar 2026"):
        acting.apply(scenario=scenario, by=world.console, today=EVE)


def test_a_unit_beyond_the_managing_body_is_refused(world: World) -> None:
    trials.populated(world)
    assert "beyond_the_body" in trials.problems(trials.begun(world, MERGER + ALL, body="P/1"), world)


def test_suggestions_fill_what_is_open_and_hold_only_when_accepted(world: World) -> None:
    trials.populated(world)
    scenario = trials.begun(world, MERGER)
    offered = suggesting.suggest(scenario=scenario, reader=world.console)
    assert {each.rule for each in offered} == {"bodies"} and scenario.lines.count() == 1
    suggesting.accept(scenario=scenario, rule="all", by=trials.owner(world))
    report = acting.check(scenario=scenario, reader=world.console)
    assert report.ok, report.as_json()
    scenario = acting.apply(scenario=trials.approved(world, scenario), by=world.console)
    assert queries.unit("P/9.executive", on=ON).parent == "P/9"
    leads = [row for row in trials.serving(ON) if row[2] in ("commune-chair", "commune-secretary")]
    assert len(leads) == 2 and len(undoing.waiting(on=ON)) == 2


def test_compare_says_what_is_before_and_after_and_leaves_nothing(world: World) -> None:
    trials.populated(world)
    one, other = trials.begun(world, MERGER + ALL), trials.begun(world, MERGER, name="b")
    before = trials.picture(ON)
    told = acting.compare(scenarios=[one, other], reader=world.console)
    assert told["before"]["units"]["commune"] == 2 and told["after"]["a"]["units"]["commune"] == 1
    assert told["before"]["people"] == told["after"]["a"]["people"] == 7
    assert told["refused"].keys() == {"b"}
    assert trials.picture(ON) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2", "neither YAML nor JSON"),
        ("merge: 4", "no list of lines"),
        ("unknown: []", "no kind of line"),
        ("merge: [{units: [A]}]", "`into` is missing"),
        ("tasks: [{from: A}]", "`to` is missing"),
        ("posts: [{from: A, to: B, end: yes}]", "one of"),
        ("people: [{person: '1'}]", "as which `job`"),
        ("people: [{from: A, waiting: forever}]", "no state of waiting"),
        ("move: [{unit: [A]}]", "`unit` is one text"),
        ("create: [{code: A, name: {en: [B]}, kind: commune}]", "A name is a text"),
    ],
)
def test_a_file_that_is_wrong_says_where_and_loads_nothing(text: str, said: str) -> None:
    with pytest.raises(ScenarioRefused, match=said):
        lines.read(text)


def test_headcount_that_was_handed_down_goes_to_the_heir_stretch_by_stretch(world: World) -> None:
    trials.populated(world)
    until = date(2031, 1, 1)

    def hand(giver: str | None, body: str, use: str, number: int, since: date, to: date = until) -> None:
        Allotment.objects.create(
            giver=world.organizations[giver] if giver else None, body=world.organizations[body], use=use, staff="officials",
            number=number, valid=trials.days(since, to), **world.mark,
        )  # fmt: skip

    begun = date(2025, 1, 1)
    hand(None, "P", "total", 100, begun)
    hand("P", "P/1", "allotted", 10, begun, date(2027, 1, 1))
    hand("P", "P/1", "allotted", 8, date(2027, 1, 1))
    hand("P", "P/2", "allotted", 20, begun)
    trials.settled()
    scenario = trials.carried(world, MERGER + ALL)
    found = Allotment.objects.filter(body__codes__code="P/9").order_by("valid").values_list("number", "valid")
    assert [(number, days.lower, days.upper) for number, days in found] == [
        (30, ON, date(2027, 1, 1)),
        (28, date(2027, 1, 1), until),
    ]
    assert Allotment.objects.filter(body=world.organizations["P/1"]).get().valid.upper == ON
    acting.undo(scenario=scenario, by=world.console, on=LATER)
    trials.settled()

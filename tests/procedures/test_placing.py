"""Placement inside a scenario: asked from the register and its articles, accepted as lines, carried out on the day."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner
from django.test import Client

from canbo.journal.models import Entry
from canbo.modelling.placement.answers import place
from canbo.modelling.placement.why import replayed, wanted, why
from canbo.procedures import eligible, placing
from canbo.procedures.models import Proposal, Scenario
from canbo.procedures.scenarios import acting, lines
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.project.commands.place import place as place_command
from canbo.registry import authority
from canbo.registry.authority import NotAllowed
from canbo.registry.days import since
from canbo.registry.models import Account, Kinship, Membership
from tests.procedures import proposal_trials as ground
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import MERGER, ON
from tests.world import World

#: Both communes merge; the posts of specialists end, and two seats are made anew, with one for an officer. Leaders go on.
FEWER = """
tasks:
  - {from: P/1, to: P/9}
  - {from: P/2, to: P/9}
posts:
  - {from: P/1, to: P/9}
  - {from: P/2, job: commune-secretary, end: yes}
  - {from: P/1, job: specialist, end: yes}
  - {from: P/2, job: specialist, end: yes}
  - {unit: P/9, job: specialist, seats: 2}
  - {unit: P/9, job: officer, seats: 1}
"""


def begun(world: World, more: str = "") -> Scenario:
    trials.populated(world)
    return trials.begun(world, MERGER + FEWER + more)


def asked(world: World, scenario: Scenario, **given: object) -> placing.Asked:
    return placing.ask(scenario=scenario, by=world.console, lot="drawn in public", **given)  # type: ignore[arg-type]


def officer(world: World) -> Account:
    return trials.account(world, "officer", "officer")


def numbers(found: placing.Asked) -> list[str]:
    return sorted(found.persons)


def test_whoever_loses_a_post_is_asked_about_with_the_free_seats_of_the_heir(world: World) -> None:
    scenario = begun(world)
    before = trials.picture(ON)
    found = asked(world, scenario)
    assert {post: each.seats for post, each in found.problem.posts.items()} == {"P/9:specialist": 2, "P/9:officer": 1}
    assert len(found.persons) == 4  # three specialists, and the secretary whose post ends
    assert trials.picture(ON) == before and not acting.check(scenario=scenario, reader=world.console).ok
    answer = place(found.problem)
    assert answer.solution.proved and len(answer.assignment) == 3
    stays = {code for code, who in found.problem.people.items() if who.now == "P/9:specialist"}
    assert len(stays) == 3 and {code for code, post in answer.assignment.items() if post == "P/9:specialist"} <= stays
    assert found.problem.bodies["P/9"] == "P"


def test_a_leading_post_is_barred_by_articles_or_waits_for_facts_and_never_silently_open(world: World) -> None:
    found = asked(world, begun(world, "  - {unit: P/9, job: commune-vice-chair, seats: 1}\n"))
    post = "P/9:commune-vice-chair"
    for number in numbers(found):
        key = (number, post)
        assert (key in found.problem.barred) != (key in found.problem.pairs)
        assert found.problem.barred.get(key) != ()
        if key in found.problem.pairs:
            assert (eligible.NEEDS in found.problem.pairs[key].groups) == bool(found.needs.get(key))
    assert found.needs or any(post == barred for _number, barred in found.problem.barred)


def test_nobody_is_placed_in_another_category_of_service(world: World) -> None:
    scenario = begun(world)
    found = asked(world, scenario)
    number, staff = next((number, post) for number, post in found.problem.pairs if post.endswith(":specialist"))
    Membership.objects.filter(post__job__code="specialist", valid__contains=ON).exclude(person=found.persons[number]).update(
        category=Membership.Category.PUBLIC_EMPLOYEE
    )
    again = asked(world, scenario)
    assert (number, staff) not in again.problem.pairs
    assert again.problem.barred[number, staff] == ()


def test_relatives_are_never_placed_in_one_body(world: World) -> None:
    scenario = begun(world)
    found = asked(world, scenario)
    one, other = (found.persons[number] for number in numbers(found)[-2:])
    Kinship.objects.create(person_id=one, relative_id=other, relation="sibling", valid=since(date(2000, 1, 1)), **world.mark)
    again = asked(world, scenario)
    assert [{each.one, each.other} for each in again.problem.forbidden] == [set(numbers(found)[-2:])]
    assert not set(numbers(found)[-2:]) <= set(place(again.problem).assignment)


def test_who_has_a_line_stays_there_is_checked_with_the_rest_and_is_placed_anew_only_when_asked(world: World) -> None:
    scenario = begun(world)
    number = next(iter(place(asked(world, scenario).problem).assignment))
    said = lines.read(f"people: [{{person: '{number}', to: P/9, job: officer}}]")
    scenario = acting.load(scenario=scenario, said=said, by=trials.owner(world))
    held = place(asked(world, scenario).problem)
    assert held.assignment[number] == "P/9:officer"
    assert asked(world, scenario, anew=True).problem.people[number].fixed is None
    ruled_out = asked(world, scenario, anew=True, apart=[(number, "P/9:officer")])
    assert place(ruled_out.problem).assignment.get(number) != "P/9:officer"


def test_what_an_explanation_of_a_place_says_comes_true(world: World) -> None:
    scenario = begun(world)
    one, *_rest = numbers(asked(world, scenario))
    found = asked(world, scenario, preferences={number: ["P/9:officer"] for number in numbers(asked(world, scenario))})
    answer = place(found.problem)
    told = [why(answer, number, post) for number in numbers(found) for post in wanted(answer, number)]
    assert told and any(each.score is not None for each in told)
    for each in told:
        if each.score is not None:
            assert place(replayed(found.problem, each)).assignment.get(each.person) == each.wanted


def test_from_the_register_to_the_carried_out_placement(world: World) -> None:
    scenario = begun(world)
    found = asked(world, scenario)
    answer = place(found.problem)
    told = {"objective": answer.solution.worth, "bound": answer.solution.bound, "lot": "drawn in public"}
    for _twice in range(2):
        scenario = placing.accept(scenario=scenario, assignment=answer.assignment, told=told, by=officer(world), key="k")
    assert Entry.objects.filter(act=placing.ACCEPTED).count() == 1
    left = next(number for number in numbers(found) if number not in answer.assignment)
    rest = lines.read(f"people: [{{person: '{left}', waiting: placement}}]")
    scenario = acting.load(scenario=scenario, said=rest, by=trials.owner(world))
    acting.apply(scenario=trials.approved(world, scenario), by=world.console)
    trials.settled()
    serving = {(person, f"{code}:{job}") for person, code, job in trials.serving(ON)}
    assert {(found.persons[number], post) for number, post in answer.assignment.items()} <= serving
    with pytest.raises(ScenarioRefused, match="carried out"):
        asked(world, Scenario.objects.get(pk=scenario.pk))


def test_what_cannot_hold_is_refused_and_leaves_the_lines_as_they_were(world: World) -> None:
    scenario = begun(world)
    found = asked(world, scenario)
    before = acting.lines_of(scenario)
    with pytest.raises(ScenarioRefused, match="seats:P/9:officer"):
        placing.accept(scenario=scenario, assignment=dict.fromkeys(numbers(found)[:2], "P/9:officer"), told={}, by=officer(world))
    with pytest.raises(ScenarioRefused, match="may not be placed"):
        placing.accept(scenario=scenario, assignment={numbers(found)[0]: "P/8:officer"}, told={}, by=officer(world))
    assert acting.lines_of(scenario) == before


def test_only_who_may_look_for_candidates_asks_and_only_who_drafts_accepts(world: World) -> None:
    scenario = begun(world)
    for role, over in (("statistician", None), ("inspector", None), ("officer", "Q")):
        who: Account = world.account(f"{role}-{over}", role, over)
        with pytest.raises(NotAllowed):
            placing.ask(scenario=scenario, by=who)
        with pytest.raises(NotAllowed):
            placing.accept(scenario=scenario, assignment={}, told={}, by=who)
    with pytest.raises(NotAllowed):
        placing.accept(scenario=scenario, assignment={}, told={}, by=trials.second(world))


def test_the_command_places_from_the_register_names_who_waits_for_facts_and_accepts(world: World) -> None:
    scenario = begun(world)
    ran = CliRunner(env={"CANBO_LANG": "en"}).invoke(
        place_command, ["--scenario", scenario.name, "--json", "--accept"], catch_exceptions=False
    )
    told = json.loads(ran.stdout)
    assert ran.exit_code == 0 and told["proved"] and told["gap"] == 0 and told["needs"] == []
    assert len(told["assignment"]) == 3 and told["unplaced"][0]["reason"] == "seats"
    assert told["lot"]["word"].startswith(f"{scenario.name} ")
    assert sum(line.kind == "people" for line in acting.lines_of(scenario)) == 3
    both = CliRunner().invoke(place_command, ["file.yaml", "--scenario", "a"])
    assert both.exit_code == 2
    assert CliRunner().invoke(place_command, ["file.yaml", "--lot", "x"]).exit_code == 2
    assert CliRunner().invoke(place_command, ["--scenario", "a", "--fix", "1=P/9:officer"]).exit_code == 1


def test_the_page_keeps_a_proposal_says_why_heeds_a_hand_and_makes_lines_of_what_is_accepted(world: World) -> None:
    scenario, client = begun(world), Client(headers={"accept-language": "en"})
    client.force_login(officer(world), backend="allauth.account.auth_backends.AuthenticationBackend")
    address = f"/scenarios/{scenario.name}/placement"

    def press(**sent: object) -> int:
        key = client.get(address).content.decode().split('name="key" value="')[1].split('"')[0]
        return client.post(address, {"key": key, **sent}).status_code

    assert "Nobody has asked this yet" in client.get(address).content.decode()
    assert press(do="ask") == 302
    found = asked(world, scenario)
    number = next(iter(place(found.problem).assignment))
    person = found.persons[number]
    page = client.get(address).content.decode()
    assert "proved: no placement is worth more" in page and f"why={person}" in page
    explained = client.get(f"{address}?why={person}")
    assert explained.status_code == 200 and 'id="why"' in explained.content.decode()
    assert press(do="put", number=person, post="P/9:officer", says="pin", reason="") == 422
    assert press(do="put", number=person, post="P/9:officer", says="pin", reason="knows the desk") == 302
    page = client.get(address).content.decode()
    assert "knows the desk" in page and "by hand" in page
    authority.open_sight(authority.reach_of(world.console))
    proposal = Proposal.objects.get(state="open")
    assert press(do="accept", number=proposal.pk) == 302
    authority.open_sight(authority.reach_of(world.console))
    assert Entry.objects.filter(act=placing.ACCEPTED).count() == 1
    assert f"{person} P/9:officer" in {
        f"{line.person} {line.text('to')}:{line.text('job')}" for line in acting.lines_of(scenario)
    }


def test_rounds_of_rotation_and_chains_have_a_page_and_a_command(world: World) -> None:
    people, client = ground.vacant(world), Client(headers={"accept-language": "en"})
    client.force_login(ground.officer(world), backend="allauth.account.auth_backends.AuthenticationBackend")
    for address, says in (("/vacancies/chains", "Chain 1"), ("/rotation/round", "Nobody waits to be placed")):
        where = f"{address}?in=P&on={ground.ON}"
        key = client.get(where).content.decode().split('name="key" value="')[1].split('"')[0]
        assert client.post(where, {"key": key, "do": "ask"}).status_code == 302
        assert says in client.get(where).content.decode()
    authority.open_sight(authority.reach_of(world.console))
    ran = CliRunner(env={"CANBO_LANG": "en"}).invoke(
        place_command,
        ["--vacancies", "P", "--on", str(ground.ON), "--longest", "2", "--json", "--accept"],
        catch_exceptions=False,
    )
    told = json.loads(ran.stdout)
    assert ran.exit_code == 0 and told["proved"] and told["accepted"] and len(told["cases"]) == 2
    assert [link["post"] for link in told["chains"][0]] == ["P/1.executive:commune-chair", "P/2.executive:commune-vice-chair"]
    assert people and told["lot"]["word"] == told["question"][:16]
    said = CliRunner(env={"CANBO_LANG": "en"}).invoke(
        place_command, ["--rotation", "P", "--on", str(ground.ON)], catch_exceptions=False
    )
    assert said.exit_code == 0 and "Kept as proposal" in said.stdout
    assert CliRunner().invoke(place_command, ["--rotation", "P", "--fix", "1=x"]).exit_code == 2

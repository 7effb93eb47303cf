"""Proposals of who goes where: kept, changed by hand, accepted whole; of scenarios, of rounds of rotation, of vacancies in chains."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from canbo.journal.models import Entry
from canbo.modelling.placement.answers import place
from canbo.modelling.placement.rows import model
from canbo.modelling.placement.why import replayed, why
from canbo.procedures import chains, placing, proposals, rotating
from canbo.procedures.models import Case, Proposal, Proposed, Scenario
from canbo.procedures.placing import Limit
from canbo.procedures.scenarios import acting
from canbo.registry.authority import NotAllowed
from canbo.registry.days import since
from canbo.registry.models import Kinship, Person
from tests.modelling.placements import best
from tests.procedures import proposal_trials as ground
from tests.procedures import scenario_trials as trials
from tests.procedures.proposal_trials import ON
from tests.procedures.test_placing import begun
from tests.procedures.test_placing import officer as drafter
from tests.world import World

pytestmark = pytest.mark.django_db
ONE, TWO = "P/1.executive:commune-chair", "P/2.executive:commune-chair"


def propose(world: World, scenario: Scenario, **given: Any) -> Proposal:
    return proposals.propose(round=proposals.round_of(kind="scenario", scenario=scenario), by=drafter(world), **given)


def placed(found: Proposal) -> dict[int, str]:
    return dict(found.rows.exclude(post="").values_list("person_id", "post"))


# ---- of a scenario


def test_a_proposal_is_kept_with_a_lot_that_nobody_chose_and_the_same_question_gives_the_same(world: World) -> None:
    scenario = begun(world)
    found = propose(world, scenario)
    assert found.lot == found.question[:16] and found.state == "open"
    assert len(placed(found)) == 3 and found.found["proved"] and found.found["gap"] == 0
    left = found.rows.get(post="")
    assert left.told["why"] == "seats"
    again = propose(world, scenario)
    found.refresh_from_db()
    assert (again.question, placed(again), found.state) == (found.question, placed(found), "overtaken")
    shown = proposals.show(proposal=again, by=drafter(world))
    assert len(shown) == 4 and Entry.objects.filter(act="placement.read").exists()
    with pytest.raises(proposals.NotAccepted):
        proposals.accept(proposal=found, by=drafter(world), on=ON)


def test_a_hand_is_heeded_told_with_its_cost_and_lifted(world: World) -> None:
    scenario = begun(world)
    found = propose(world, scenario)
    post, about = "P/9:specialist", placing.ask(scenario=scenario, by=world.console)
    person = next(about.persons[number] for number, who in about.problem.people.items() if who.now != post)
    assert placed(found).get(person) != post
    by, asked = drafter(world), found.round
    with pytest.raises(proposals.NotAccepted):
        proposals.put(round=asked, person=Person(pk=person), post=post, says="pin", reason=" ", by=by)
    hand = proposals.put(round=asked, person=Person(pk=person), post=post, says="pin", reason="knows the work", by=by)
    heeded = propose(world, scenario)
    assert placed(heeded)[person] == post and heeded.rows.get(person_id=person).hand
    cost = heeded.found["costs"][str(hand.pk)]
    assert cost > 0 and heeded.found["alone"] == pytest.approx(heeded.found["worth"] + cost) == found.found["worth"]
    assert heeded.question == found.question, "a hand does not change the lot"
    proposals.lift(hand=hand, by=by)
    assert placed(propose(world, scenario)) == placed(found)


def test_a_hand_that_the_articles_do_not_allow_is_kept_told_and_left_out(world: World) -> None:
    scenario = begun(world)
    found = propose(world, scenario)
    person, by = found.rows.first().person, drafter(world)
    hand = proposals.put(round=found.round, person=person, post="P/8:officer", says="pin", reason="why not", by=by)
    with pytest.raises(proposals.NotAccepted, match="already"):
        proposals.put(round=found.round, person=person, post="P/9:officer", says="pin", reason="again", by=by)
    told = propose(world, scenario)
    assert told.found["broken"] == {str(hand.pk): []} and placed(told) == placed(found)


def deputies(binds: bool) -> Any:
    def limits(_body: int, _on: date) -> list[Limit]:
        from canbo.registry.models import Organization

        nine = Organization.objects.get(codes__code="P/9", codes__valid__contains=trials.ON).pk
        return [Limit("P/9", frozenset({nine}), 1, ("vn/cap",), binds)]

    return limits


def test_deputies_beyond_an_article_are_a_target_and_where_it_binds_the_article_is_named(world: World) -> None:
    scenario = begun(world, "  - {unit: P/9, job: commune-vice-chair, seats: 2}\n")
    asked = placing.ask(scenario=scenario, by=world.console, limits=deputies(True))
    cap = asked.problem.caps[0]
    assert (cap.at_most, cap.articles, cap.penalty) == (1, ("vn/cap",), None)
    post = "P/9:commune-vice-chair"
    able = [number for number in asked.persons if (number, post) in asked.problem.pairs]
    assert len(able) >= 2
    both = proposals.round_of(kind="scenario", scenario=scenario)
    for number in able[:2]:
        person = Person(pk=asked.persons[number])
        proposals.put(round=both, person=person, post=post, says="pin", reason="both", by=drafter(world))
    refused = propose(world, scenario, limits=deputies(True))
    assert refused.found["possible"] is False and not refused.rows.exists()
    named = {each["name"]: each["articles"] for each in refused.found["conflict"]}
    assert named == {"cap:deputies:P/9": ["vn/cap"], **{f"fixed:{number}": [] for number in able[:2]}}
    target = propose(world, scenario, limits=deputies(False))
    assert target.found["possible"] and target.found["missed"] == [
        {"name": "cap:deputies:P/9", "cost": 50.0, "articles": ["vn/cap"]}
    ]


def test_what_the_articles_on_deputies_leave_is_told_by_reports(world: World) -> None:
    from canbo.reports.placed import deputies_left

    world.post("P/1.executive", "commune-vice-chair", seats=3)
    told = deputies_left(world.organizations["P"].pk, ON)
    assert any(limit.articles and limit.most >= 0 for limit in told)
    assert not any(limit.binds for limit in told)
    assert all(limit.binds for limit in deputies_left(world.organizations["P"].pk, date(2031, 1, 2)))


def test_a_proposal_of_a_scenario_is_accepted_whole_and_its_places_become_lines(world: World) -> None:
    scenario = begun(world)
    found = propose(world, scenario)
    for _twice in range(2):
        found = proposals.accept(proposal=found, by=drafter(world), on=ON, key="once")
    assert found.state == "accepted"
    lines = {line.person: f"{line.text('to')}:{line.text('job')}" for line in acting.lines_of(scenario) if line.person}
    assert lines == placed(found)
    assert Entry.objects.filter(act=placing.ACCEPTED).count() == 1


def test_only_who_drafts_changes_by_hand_or_accepts(world: World) -> None:
    found = propose(world, begun(world))
    person = found.rows.first().person
    for who in (trials.second(world), world.account("looks", "inspector")):
        with pytest.raises(NotAllowed):
            proposals.put(round=found.round, person=person, post="x", says="pin", reason="x", by=who)
        with pytest.raises(NotAllowed):
            proposals.accept(proposal=found, by=who, on=ON)
    with pytest.raises(NotAllowed):
        proposals.propose(round=found.round, by=world.account("elsewhere", "officer", "Q"))


# ---- a round of rotation


def test_two_heads_who_are_local_change_places_and_the_best_is_the_best_of_all(world: World) -> None:
    people = ground.moving(world)
    asked = rotating.ask(body=world.organizations["P"], by=ground.officer(world), on=ON)
    answer = place(asked.problem)
    assert {asked.persons[number]: post for number, post in answer.assignment.items()} == {
        people["P/1"].pk: TWO, people["P/2"].pk: ONE,
    }  # fmt: skip
    made = model(asked.problem)
    assert best(made) == (answer.solution.worth, int(made.lot @ answer.solution.chosen))  # type: ignore[operator]
    assert not any(asked.problem.people[number].now == post for number, post in asked.problem.pairs)
    number = next(iter(asked.persons))
    for post in asked.posts:
        told = why(answer, number, post)
        if told.score is not None:
            assert place(replayed(asked.problem, told)).assignment.get(number) == post


def test_a_head_is_not_moved_to_where_a_relative_stays(world: World) -> None:
    people = ground.moving(world)
    stays = world.person("Relative")
    world.serve(stays, world.post("P/2.executive", "commune-vice-chair"))
    row = {"relation": "sibling", "valid": since(date(2000, 1, 1)), **world.mark}
    Kinship.objects.create(person=people["P/1"], relative=stays, **row)
    asked = rotating.ask(body=world.organizations["P"], by=ground.officer(world), on=ON)
    number = next(number for number, person in asked.persons.items() if person == people["P/1"].pk)
    assert (number, TWO) not in asked.problem.pairs and len(asked.problem.barred[number, TWO]) == 1
    assert number not in place(asked.problem).assignment
    Kinship.objects.all().delete()
    Kinship.objects.create(person=people["P/1"], relative=people["P/2"], **row)
    moved = rotating.ask(body=world.organizations["P"], by=ground.officer(world), on=ON)
    assert len(moved.problem.forbidden) == 1 and len(place(moved.problem).assignment) == 2, "they move apart from each other"


def test_accepting_a_round_opens_a_case_for_each_move(world: World) -> None:
    ground.moving(world)
    found = ground.proposed(world, "rotation")
    assert found.found["placed"] == 2
    proposals.accept(proposal=found, by=ground.officer(world), on=ON, key="k")
    opened = {row.case.post_id for row in found.rows.select_related("case")}  # type: ignore[union-attr]
    assert Case.objects.filter(procedure="rotation", post_id__in=opened).count() == 2


def test_a_round_that_no_longer_holds_is_not_accepted_and_opens_nothing(world: World) -> None:
    people = ground.moving(world)
    found = ground.proposed(world, "rotation")
    people["P/1"].native_area = world.areas["P/2"]
    people["P/1"].save()
    with pytest.raises(proposals.NotAccepted, match="Ask anew"), transaction.atomic():
        proposals.accept(proposal=found, by=ground.officer(world), on=ON)
    assert not Case.objects.exists() and Proposal.objects.get(pk=found.pk).state == "open"


# ---- chains of vacancies


def test_a_vacancy_is_filled_in_a_chain_that_is_the_best_of_all_and_keeps_the_bounds(world: World) -> None:
    people = ground.vacant(world)
    by, body = ground.officer(world), world.organizations["P"]
    asked = chains.ask(body=body, by=by, on=ON)
    answer = place(asked.problem)
    told = [
        [(asked.persons[number], post.partition("@")[0]) for number, post in chain]
        for chain in chains.chains(asked, answer.assignment)
    ]
    assert told == [[(people["deputy"].pk, ONE), (people["clerk"].pk, "P/2.executive:commune-vice-chair")]]
    made = model(asked.problem)
    assert answer.solution.proved and best(made) == (answer.solution.worth, int(made.lot @ answer.solution.chosen))  # type: ignore[operator]
    for bounds in (chains.bounds(moves=1), chains.bounds(longest=1)):
        short = chains.ask(body=body, by=by, on=ON, within=bounds)
        assert [len(chain) for chain in chains.chains(short, place(short.problem).assignment)] == [1]
    number = next(number for number, person in asked.persons.items() if person == people["clerk"].pk)
    why_not = why(answer, number, ONE)
    assert why_not.score is not None
    assert place(replayed(asked.problem, why_not)).assignment[number] == ONE


def test_a_chain_is_kept_link_by_link_and_accepting_it_opens_its_cases(world: World) -> None:
    people = ground.vacant(world)
    found = ground.proposed(world, "vacancies")
    kept = list(found.rows.values_list("chain", "link", "person_id", "before__job__code"))
    assert kept == [(1, 1, people["deputy"].pk, "commune-vice-chair"), (1, 2, people["clerk"].pk, "specialist")]
    proposals.accept(proposal=found, by=ground.officer(world), on=ON)
    assert sorted(Case.objects.values_list("post__job__code", flat=True)) == ["commune-chair", "commune-vice-chair"]
    assert ground.proposed(world, "vacancies").found["placed"] == 0, "for what is under way none is asked"


# ---- what stays


def test_what_was_proposed_is_rewritten_by_nobody(world: World) -> None:
    ground.moving(world)
    found = ground.proposed(world, "rotation")
    row = found.rows.first()
    for change in (
        lambda: Proposed.objects.filter(pk=row.pk).update(post="elsewhere"),
        lambda: Proposal.objects.filter(pk=found.pk).update(lot="chosen"),
    ):
        with pytest.raises(DatabaseError, match="proposal_stays"), transaction.atomic():
            change()


def test_whom_a_proposal_names_is_seen_only_by_whoever_sees_the_people_of_the_body(world: World) -> None:
    from canbo.procedures.models import Hand
    from canbo.registry import authority

    people = ground.moving(world)
    found = ground.proposed(world, "rotation")
    proposals.put(round=found.round, person=people["P/1"], post="x", says="apart", reason="x", by=ground.officer(world))
    seen = {}
    for name, over in (("there", "P"), ("elsewhere", "Q")):
        authority.open_sight(authority.reach_of(world.account(name, "officer", over)))
        seen[name] = [model.objects.count() for model in (Proposed, Hand, Proposal)]
        if name == "elsewhere":
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                Proposed.objects.create(proposal_id=found.pk, person_id=people["P/1"].pk, post="x")
    assert seen == {"there": [2, 1, 1], "elsewhere": [0, 0, 0]}

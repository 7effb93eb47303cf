"""Finding candidates: the scan and the explanation of each person agree, weights are sealed first, reach is kept."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner

from canbo.journal.models import Entry
from canbo.procedures import candidates
from canbo.procedures.models import Search
from canbo.registry import authority, fact_columns, fact_frames, intake
from canbo.registry.authority import NotAllowed
from canbo.registry.days import since
from canbo.registry.models import Account, Person, Post
from canbo.rules import corpus as rulebooks
from canbo.rules import kernel
from tests.registry.test_fact_columns import furnish
from tests.trying import needs
from tests.world import World

ON = date.today()


@pytest.fixture
def furnished(world: World) -> tuple[World, Post, list[Person]]:
    chair, people = furnish(world)
    return world, chair, people


def sealed(world: World, post: Post, **asked: object) -> Search:
    given = {"weights": candidates.USUAL, "within": None, "by": intake.console(), "on": ON, **asked}
    return candidates.seal(post=post, **given)  # type: ignore[arg-type]


def test_every_person_shown_came_out_as_the_explanation_of_that_person_says(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, people = furnished
    search = sealed(world, chair)
    found = candidates.find(search, by=intake.console())
    shown = [*found.eligible, *found.waiting, *found.near]
    assert {each.person for each in shown} == {person.pk for person in people[:5]}, "who left the service is no candidate"
    for each in shown:
        verdict = candidates.reasons(search, each.person, by=intake.console())
        assert verdict.outcome == each.outcome
        applies = {one.id: one.outcome for one in verdict.articles if one.outcome not in ("not_applicable", "value")}
        assert applies == dict(each.outcomes)
    assert (found.considered, found.passed + found.open + found.failed) == (5, 5)


@needs(kernel.available(), "the compiler of kernels is not installed")
def test_the_compiled_kernel_and_polars_keep_out_the_same(furnished: tuple[World, Post, list[Person]]) -> None:
    _world, chair, _people = furnished
    law = rulebooks.opened("vn")
    held = fact_columns.people(ON).about(law, chair.pk)
    lowered = candidates.articles(law, chair, on=ON, held=held)
    one, other = fact_frames._by_kernel(held, lowered), fact_frames._by_polars(held, lowered)
    assert [(each.article, each.failed, each.unknown) for each in one[0]] == [
        (each.article, each.failed, each.unknown) for each in other[0]
    ]
    for flags in (1, 2):
        assert [plane.tolist() for plane in one[flags]] == [plane.tolist() for plane in other[flags]]
    assert any(each.failed for each in one[0]) and any(each.unknown for each in one[0])


def test_only_those_who_pass_get_a_score_and_a_rank(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, _people = furnished
    found = candidates.find(sealed(world, chair), by=intake.console())
    assert all(each.score is None and each.rank is None and not each.scores for each in (*found.waiting, *found.near))
    scores = [each.score for each in found.eligible]
    assert scores == sorted(scores, reverse=True) and all(score is not None for score in scores)  # type: ignore[type-var]
    assert [each.rank for each in found.eligible] == [1 + sum(other > score for other in scores) for score in scores]  # type: ignore[operator]


def test_the_order_follows_the_weights_and_says_how_firm_it_is() -> None:
    import numpy as np

    scores = np.array([[100, 0, 0, 0, 0], [0, 100, 0, 0, 0], [90, 50, 0, 0, np.nan]], dtype=float)
    order, firm, total = candidates._ranked(scores, {"grades": 100, "plan": 1, "experience": 0, "degree": 0, "theory": 0})
    assert order.tolist() == [0, 2, 1]
    assert firm.tolist()[2] == 1.0 and total[0] == pytest.approx(100 * 100 / 101)
    order, firm, _total = candidates._ranked(scores, {"grades": 50, "plan": 50, "experience": 0, "degree": 0, "theory": 0})
    assert order.tolist()[0] == 2 and firm[0] == 1.0
    # The first and the second criterion weigh the same: which of the two specialists is second turns with the weights.
    assert 0.2 < firm[1] < 0.8


def test_who_scores_the_same_shares_the_rank() -> None:
    import numpy as np

    assert candidates._places_shared(np.array([90.0, 80.0, 80.0, 70.0])) == [1, 2, 2, 4]


def test_what_is_not_known_counts_neither_for_nor_against() -> None:
    import numpy as np

    same = np.array([[80, 80, np.nan, np.nan, np.nan], [80, 80, 80, 80, 80]], dtype=float)
    total = candidates.weighted(same, np.array([[35, 20, 20, 15, 10]], dtype=float))
    assert total[0, 0] == pytest.approx(total[1, 0]) == pytest.approx(80)


def test_weights_are_in_the_journal_before_any_name_and_never_change(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, people = furnished
    search = sealed(world, chair, key="once")
    assert sealed(world, chair, key="once", weights={"grades": 1}).pk == search.pk
    assert search.entry is not None and search.entry.act == candidates.SEALED
    before = Entry.objects.filter(act="candidates.found").count()
    candidates.find(search, by=intake.console())
    looked = Entry.objects.filter(act="candidates.found").order_by("-pk").first()
    assert looked is not None and looked.pk > search.entry.pk
    assert Entry.objects.filter(act="candidates.found").count() == before + 1
    assert search.weights == candidates.USUAL


@pytest.mark.parametrize("weights", [{}, {"grades": 0}, {"grades": -1}, {"grades": 101}, {"charm": 5}])
def test_weights_that_can_order_nothing_are_refused(furnished: tuple[World, Post, list[Person]], weights: dict[str, int]) -> None:
    world, chair, _people = furnished
    with pytest.raises(candidates.WeightsRefused):
        sealed(world, chair, weights=weights)
    assert not Search.objects.exists()


def test_an_officer_is_shown_only_people_in_reach_and_others_may_not_search(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, people = furnished
    officer = world.account("officer", "officer", "P/1")
    stranger, auditor = world.account("stranger", "officer", "Q"), world.account("auditor", "auditor")
    search = sealed(world, chair, by=officer)
    authority.open_sight(authority.reach_of(officer))
    found = candidates.find(search, by=officer)
    shown = {each.person for each in (*found.eligible, *found.waiting, *found.near)}
    assert shown == {person.pk for person in people[:4]}
    for other in (stranger, auditor):
        with pytest.raises(NotAllowed):
            sealed(world, chair, by=other)
        with pytest.raises(NotAllowed):
            candidates.find(search, by=other)


def test_within_an_organization_only_its_people_are_considered(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, people = furnished
    found = candidates.find(sealed(world, chair, within=world.organizations["P.executive"]), by=intake.console())
    assert {each.person for each in (*found.eligible, *found.waiting, *found.near)} == {people[4].pk}


def test_whoever_holds_the_post_is_no_candidate_for_it(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, people = furnished
    holder = world.person("Holder")
    world.serve(holder, chair, seat=2)
    found = candidates.find(sealed(world, chair), by=intake.console())
    assert holder.pk not in {each.person for each in (*found.eligible, *found.waiting, *found.near)}


def test_for_a_person_the_vacant_posts_are_told_with_what_each_lacks(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, people = furnished
    found = candidates.openings(people[0], by=intake.console(), on=ON)
    assert chair.pk in {each.post for each in found}
    order = [("pass", "unknown", "fail").index(each.verdict.outcome) for each in found]
    assert order == sorted(order)


def test_a_search_of_nobody_finds_nobody(world: World) -> None:
    post = world.post("P/2.executive", "commune-chair", valid=since(date(2020, 1, 1)))
    found = candidates.find(sealed(world, post), by=intake.console())
    assert (found.considered, found.eligible, found.waiting, found.near) == (0, [], [], [])
    assert isinstance(intake.console(), Account)


def test_the_command_seals_finds_and_tells_in_json(furnished: tuple[World, Post, list[Person]]) -> None:
    world, chair, people = furnished
    from canbo.project.commands.candidates import candidates as command

    asked = [f"#{chair.pk}", "--on", ON.isoformat(), "--weights", "grades=50,degree=50", "--json"]
    told = json.loads(CliRunner().invoke(command, asked).output)
    search = Search.objects.get(pk=told["search"])
    assert search.weights == {"grades": 50, "plan": 0, "experience": 0, "degree": 50, "theory": 0}
    assert told["entry"] == search.entry_id
    found = candidates.find(search, by=intake.console())
    shown = [*found.eligible, *found.waiting, *found.near]
    numbers = {person.pk: person.identification_number for person in people}
    assert [row["number"] for row in told["candidates"]] == [numbers[each.person] for each in shown]
    assert told["considered"] == told["eligible"] + told["waiting"] + told["not_eligible"] == 5


@pytest.mark.parametrize("weights", ["grades", "grades=x", "grades=50;degree=50"])
def test_the_command_refuses_weights_that_cannot_be_read(furnished: tuple[World, Post, list[Person]], weights: str) -> None:
    from canbo.project.commands.candidates import candidates as command

    answer = CliRunner().invoke(command, [f"#{furnished[1].pk}", "--weights", weights])
    assert answer.exit_code == 2 and "grades=35,plan=20" in answer.output
    assert not Search.objects.exists()


def test_the_command_tells_which_posts_are_open_to_a_person(furnished: tuple[World, Post, list[Person]]) -> None:
    from canbo.project.commands.candidates import openings as command

    _world, chair, people = furnished
    told = json.loads(CliRunner().invoke(command, [f"#{people[0].pk}", "--on", ON.isoformat(), "--json"]).output)
    found = candidates.openings(people[0], by=intake.console(), on=ON)
    assert [row["post"] for row in told] == [f"#{each.post}" for each in found]
    assert [row["outcome"] for row in told] == [each.verdict.word for each in found]
    assert f"#{chair.pk}" in {row["post"] for row in told}

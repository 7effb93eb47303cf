"""Posts that ask alike are asked once: what comes out is for each pair what the explanation of that pair says."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st

from canbo.procedures import eligible, rotating, rotation
from canbo.procedures.native import Grounds
from canbo.procedures.scenarios.distance import hundredths, kilometres
from canbo.registry import authority, fact_columns, facts
from canbo.registry.days import since
from canbo.registry.models import Credential, Kinship, Membership, Person, Post, Succession
from canbo.rules import corpus
from canbo.rules.explain import explain
from canbo.rules.schema import Fact
from tests.procedures import proposal_trials as ground
from tests.procedures.proposal_trials import ON
from tests.registry.test_fact_columns import furnish, record
from tests.world import World

LEADING = (
    ("P.executive", "province-chair"), ("P.executive", "province-vice-chair"), ("P.executive", "department-director"),
    ("P/1.executive", "commune-chair"), ("P/1.executive", "commune-vice-chair"), ("P/2.executive", "commune-chair"),
    ("Q/1.executive", "commune-chair"), ("P/1.party", "commune-secretary"),
)  # fmt: skip


def crowded(world: World, seed: int, people: int = 14) -> list[Post]:
    """A register at random: people of many kinds in leading posts and in others, some planned for one of them."""
    chance = random.Random(seed)
    chair, _people = furnish(world)
    posts = [world.post(body, job, seats=people) for body, job in LEADING]
    staff = world.post("P/2", "specialist", seats=people)
    for number in range(people):
        area = world.areas[chance.choice(list(world.areas))] if chance.random() < 0.8 else None
        born = date(1966, 1, 1) + timedelta(days=chance.randrange(9_000))
        who = world.person(f"No {number}", sex=chance.choice("FM"), birth_on=born, native_area=area)
        begun = date(2015, 1, 2) + timedelta(days=chance.randrange(3_500))
        world.serve(who, chance.choice([*posts, staff]), seat=number + 1, valid=since(begun))
        if chance.random() < 0.5:
            record(world, Credential, who, since(date(2001, 7, 1)), level=chance.choice(list(Credential.Level)))
        for post in chance.sample(posts, chance.randrange(3)):
            record(world, Succession, who, since(date(2025, 10, 1)), post=post)
    return [chair, *posts]


def said(person: int, post: int, given: dict[str, Any], topics: tuple[str, ...]) -> tuple[list[str], list[str], bool]:
    """What the explanation of one pair says: articles that it breaks, those that cannot be judged, whether one of these keeps open."""
    law = corpus.opened(django_settings.CANBO_RULEBOOK)
    about = facts.about(Person(pk=person), Post(pk=post), on=ON) | {name: Fact(value) for name, value in given.items()}
    verdicts = [explain(law, topic=topic, facts=about, on=ON, changes=False) for topic in topics]
    fails, unknown = ([each.id for verdict in verdicts for each in verdict.with_outcome(word)] for word in ("fail", "unknown"))
    return sorted(fails), sorted(unknown), any(law.articles[each].on_unknown in ("block", "refer") for each in unknown)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_of_each_pair_many_posts_asked_at_once_say_what_its_explanation_says(world: World, seed: int) -> None:
    posts = crowded(world, seed)
    everybody = fact_columns.people(ON).in_service
    given_ = {rotating.REASON: "not_local"}
    told = eligible.judged(
        everybody, [post.pk for post in posts], ground=rotation.grounds_of(ON), leads=True, topics=rotating.TOPICS, given=given_
    )
    assert len({id(one.alike) for one in told.values()}) < len(posts), "some of them ask alike"
    counted = {"fails": 0, "waits": 0, "open": 0}
    for post, judged in told.items():
        alone = eligible.judged(
            everybody, [post], ground=rotation.grounds_of(ON), leads=True, topics=rotating.TOPICS, given=given_
        )
        numbers, lists = judged.alike.bars
        for place, person in enumerate(everybody.ids.tolist()):
            fails, unknown, waits = said(person, post, given_, rotating.TOPICS)
            assert sorted(judged.fails(place)) == fails == sorted(lists[numbers[judged.at[place]]])
            assert judged.open()[place] == (not fails)
            if not fails:
                assert judged.waits(place) == waits and set(judged.needs(place)) <= set(unknown)
                assert bool(judged.needs(place)) == waits
            assert judged.score(place) == alone[post].score(place)
            counted["fails" if fails else "waits" if waits else "open"] += 1
    assert counted["fails"] and counted["waits"]


@pytest.mark.django_db
def test_whoever_is_planned_for_one_of_the_posts_alike_is_judged_there_as_planned(world: World) -> None:
    one, other = world.post("P/1.executive", "commune-chair"), world.post("P/2.executive", "commune-chair")
    who = world.person("Planned", native_area=world.areas["Q"])
    world.serve(who, world.post("P/1.executive", "commune-vice-chair"))
    record(world, Succession, who, since(date(2025, 10, 1)), post=other)
    told = eligible.judged(fact_columns.people(ON).in_service, [one.pk, other.pk], ground=rotation.grounds_of(ON), leads=True)
    assert told[one.pk].alike is told[other.pk].alike
    assert told[other.pk].score(0) > told[one.pk].score(0)


@pytest.mark.django_db
def test_a_round_of_rotation_bars_and_values_each_pair_as_one_by_one(world: World) -> None:
    movers = ground.moving(world)
    third = world.person("Third", native_area=world.areas["Q/1"], birth_on=date(1961, 1, 1))
    world.serve(third, world.post("Q/1.executive", ground.CHAIR), valid=since(date(2024, 1, 1)))
    stays = world.person("Relative")
    world.serve(stays, world.post("P/2.executive", "commune-vice-chair"))
    Kinship.objects.create(
        person=movers["P/1"], relative=stays, relation="sibling", valid=since(date(2000, 1, 1)), **world.mark
    )  # fmt: skip
    moving = rotation.movers(rotation.board(by=world.console, root=world.organizations["P"].pk, on=ON))
    moving += rotation.movers(rotation.board(by=world.console, root=world.organizations["Q"].pk, on=ON))
    with authority.everything_in_sight():
        asked = rotating._asked(moving, ON)
    problem, points = asked.problem, {code: (area.latitude, area.longitude) for code, area in world.areas.items()}
    assert len(asked.persons) == len(asked.posts) == 3
    weighing, open_ = eligible.weighing(), 0
    for number, person in asked.persons.items():
        held = Membership.objects.get(person=person).post
        for post, (body, _job) in asked.posts.items():
            key = (number, post)
            if asked.ids[post] == held.pk:
                assert key not in problem.pairs and key not in problem.barred
                continue
            fails, unknown, waits = said(person, asked.ids[post], dict(asked.given[number]), rotating.TOPICS)
            related = person == movers["P/1"].pk and body == "P/2.executive"
            assert (key in problem.pairs) == (not fails and not related) == (key not in problem.barred)
            if fails:
                assert sorted(problem.barred[key]) == fails
                continue
            if related:
                assert len(problem.barred[key]) == 1 and key not in asked.needs
                continue
            pair, open_ = problem.pairs[key], open_ + 1
            home = next(code for code, org in world.organizations.items() if org.pk == held.organization_id)
            way = kilometres(points[home.partition(".")[0]], points[body.partition(".")[0]])
            assert pair.distance == round(100 * way)
            assert (eligible.NEEDS in pair.groups) == waits == (key in asked.needs)
            alone = eligible.judged(
                fact_columns.people(ON).in_service.chosen(fact_columns.people(ON).in_service.ids == person),
                [asked.ids[post]], ground=rotation.grounds_of(ON), leads=True,
            )[asked.ids[post]]  # fmt: skip
            lost = round(100 * weighing["needs_facts"]) if waits else 0
            assert pair.score == alone.score(0) + round(100 * weighing["rotation"]["same_title"]) - lost
            if waits:
                assert set(asked.needs[key]) <= set(unknown)
    assert open_ and len(asked.needs) == len(list(asked.needs)) == sum(key in asked.needs for key in problem.pairs)


# ---- from memory, at once


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_natives_of_many_bodies_are_those_of_each(chance: random.Random) -> None:
    bodies = list(range(1, 15))
    parents = {one: chance.randrange(1, one) for one in bodies[1:] if chance.random() < 0.9}
    units = frozenset(one for one in bodies if chance.random() < 0.6)
    living = frozenset(one for one in bodies if chance.random() < 0.9)
    heirs = {one: chance.sample(bodies, 2) for one in bodies if chance.random() < 0.3}
    areas = [None, *range(100, 112)]
    places = {area: chance.sample(bodies, chance.randrange(4)) for area in areas[1:]}
    grounds = Grounds(parents, units, living, heirs, places)
    told = grounds.natives(areas, bodies)
    for row, body in enumerate(bodies):
        for column, area in enumerate(areas):
            assert {None: -1, False: 0, True: 1}[grounds.native(area, body)] == told[row, column]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.floats(8, 24), st.floats(102, 110)), min_size=1, max_size=9),
    st.tuples(st.floats(8, 24), st.floats(102, 110)),
)
@example([(10.0, 106.0), (float("nan"), float("nan"))], (10.0, 106.0))
def test_ways_from_many_points_are_rounded_as_one_by_one(here: list[tuple[float, float]], there: tuple[float, float]) -> None:
    expected = [-1 if np.isnan(lat) else round(100 * kilometres((lat, lon), there)) for lat, lon in here]
    assert hundredths(np.array(here), there).tolist() == expected

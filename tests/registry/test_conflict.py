"""Conflict of interest: kinship to the degree of the rulebook, a part in one enterprise; unknown is not none."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.registry import authority, conflict
from canbo.registry.conflict import Conflict, Question, Unknown
from canbo.registry.days import since
from canbo.registry.models import Disclosure, Interest, Kinship, NoneDeclared, Person
from canbo.rules import powers
from tests.registry.test_constraints import refused_as
from tests.world import World

ON = date(2026, 6, 1)


def related(world: World, person: Person, relation: str, relative: Person, **fields: object) -> Kinship:
    return Kinship.objects.create(
        person=person, relative=relative, relation=relation, **{"valid": since(None), **world.mark, **fields}
    )


def disclosed(
    world: World, *persons: Person, on: date = date(2026, 1, 10), topics: tuple[str, ...] = ("kinship", "interest")
) -> None:
    for person in persons:
        for topic in topics:
            Disclosure.objects.create(person=person, topic=topic, valid=since(on), **world.mark)


def line(world: World, *relations: str) -> list[Person]:
    """Persons one after the other, each related to the next as said."""
    persons = [world.person(f"Thị {number}") for number in range(len(relations) + 1)]
    for relation, (person, relative) in zip(relations, pairwise(persons), strict=True):
        related(world, person, relation, relative)
    disclosed(world, *persons)
    return persons


def test_nobody_acts_for_himself(world: World) -> None:
    person = world.person()
    assert conflict.between(person, person, ON) == Conflict("self", 0, (), None)


@pytest.mark.parametrize(
    ("relations", "path"),
    [
        (("spouse",), ("spouse",)),
        (("adopted_child",), ("adopted_child",)),
        (("spouse", "sibling"), ("spouse", "sibling")),
        (("parent", "sibling", "child"), ("parent", "sibling", "child")),
    ],
)
def test_kin_to_the_third_degree_by_blood_marriage_and_adoption_is_a_conflict_seen_from_either_side(
    world: World, relations: tuple[str, ...], path: tuple[str, ...]
) -> None:
    first, *_rest, last = line(world, *relations)
    found = conflict.between(first, last, ON)
    assert isinstance(found, Conflict)
    assert (found.reason, found.degree, found.path) == ("kinship", len(relations), path)
    assert found.source is powers.figures()["kin_degree"].source
    back = conflict.between(last, first, ON)
    turned = {"parent": "child", "child": "parent", "adopted_child": "adoptive_parent"}
    assert isinstance(back, Conflict)
    assert back.path == tuple(turned.get(step, step) for step in reversed(path))
    assert "degree" in found.sentence


def test_kin_in_the_fourth_degree_is_none(world: World) -> None:
    first, *_rest, last = line(world, "parent", "sibling", "child", "spouse")
    assert conflict.between(first, last, ON) is None


def test_a_marriage_counts_only_while_it_lasts(world: World) -> None:
    one, other = world.person(), world.person("Thị Bình")
    related(world, one, "spouse", other, valid=since(date(2010, 1, 1), date(2026, 3, 1)))
    disclosed(world, one, other)
    assert isinstance(conflict.between(one, other, date(2026, 2, 28)), Conflict)
    assert conflict.between(one, other, ON) is None


def test_a_part_in_one_enterprise_on_the_day_is_a_conflict(world: World) -> None:
    one, other = world.person(), world.person("Thị Bình")
    disclosed(world, one, other)
    Interest.objects.create(
        person=one, enterprise="0100109106", role="owner", share=51, valid=since(date(2020, 1, 1)), **world.mark
    )
    sold = Interest.objects.create(
        person=other, enterprise="0100109106", role="shareholder", valid=since(date(2021, 1, 1), date(2026, 7, 1)), **world.mark
    )
    assert conflict.between(one, other, ON) == Conflict("interest", None, ("0100109106",), None)
    assert conflict.between(one, other, date(2026, 7, 1)) is None
    refused_as(
        "interest_stated_once",
        lambda: Interest.objects.create(person=one, enterprise="0100109106", role="owner", valid=since(ON), **world.mark),
    )
    refused_as("share_is_a_percentage", lambda: Interest.objects.filter(pk=sold.pk).update(share=101))


def test_unknown_is_not_none_and_says_what_is_missing(world: World) -> None:
    one, other = world.person(), world.person("Thị Bình")
    disclosed(world, one)
    found = conflict.between(one, other, ON)
    assert isinstance(found, Unknown)
    assert {(lack.person, lack.topic, lack.last) for lack in found.missing} == {
        (other.pk, "interest", None),
        (other.pk, "kinship", None),
    }
    NoneDeclared.objects.create(person=other, topic="kinship", valid=since(date(2026, 5, 1)), **world.mark)
    assert [lack.topic for lack in conflict.lacking(other, ON)] == ["interest"]
    NoneDeclared.objects.create(person=other, topic="interest", valid=since(date(2026, 5, 1)), **world.mark)
    assert conflict.between(one, other, ON) is None


def test_a_declaration_of_twelve_months_ago_still_counts_and_an_older_one_blocks(world: World) -> None:
    one, other = world.person(), world.person("Thị Bình")
    disclosed(world, one, other, on=date(2025, 6, 1))
    assert conflict.between(one, other, ON) is None
    found = conflict.between(one, other, ON + timedelta(days=1))
    assert isinstance(found, Unknown)
    assert {lack.last for lack in found.missing} == {date(2025, 6, 1)}
    assert found.source is powers.figures()["declaration_months"].source
    assert isinstance(conflict.between(one, other, date(2025, 5, 31)), Unknown), "what was declared later was not known then"


def test_a_tie_is_found_whatever_is_missing(world: World) -> None:
    one, other = world.person(), world.person("Thị Bình")
    related(world, other, "parent", one)
    assert isinstance(conflict.between(one, other, ON), Conflict)


def test_one_names_a_brother_who_does_not_name_him_is_a_question(world: World) -> None:
    one, other = world.person(), world.person("Văn Bình")
    related(world, one, "sibling", other)
    assert conflict.questions(one, ON) == [], "the other has not declared yet"
    disclosed(world, other)
    assert conflict.questions(one, ON) == conflict.questions(other, ON) == [Question(one.pk, other.pk, "sibling")]
    assert isinstance(conflict.between(other, one, ON), Conflict)
    related(world, other, "sibling", one)
    assert conflict.questions(one, ON) == []


def test_a_tie_is_found_without_sight_of_anybodys_family(world: World) -> None:
    first, middle, last = line(world, "spouse", "sibling")
    stranger = world.account("stranger")
    with transaction.atomic():
        authority.open_sight(authority.reach_of(stranger))
        assert not Kinship.objects.exists()
        assert not Disclosure.objects.exists()
        found = conflict.between(first, last, ON)
        assert isinstance(found, Conflict)
        assert str(middle.pk) not in repr(found.path)
        with connection.cursor() as cursor:
            cursor.execute("SELECT canbo_kin_degree(%s, %s, %s, 3), canbo_kin_degree(%s, %s, %s, 1)", [first.pk, last.pk, ON] * 2)
            assert cursor.fetchone() == (2, None)
    authority.open_sight(authority.reach_of(world.console))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_the_degree_is_the_shortest_path_as_plain_search_finds_it(world: World, ties: list[tuple[int, int]]) -> None:
    with transaction.atomic():
        persons = [world.person(f"Thị {number}") for number in range(8)]
        near: dict[int, set[int]] = {number: set() for number in range(8)}
        for one, other in {tie for tie in ties if tie[0] != tie[1]}:
            related(world, persons[one], "sibling", persons[other])
            near[one].add(other)
            near[other].add(one)
        far, edge = {0: 0}, {0}
        for steps in (1, 2, 3):
            edge = {each for known in edge for each in near[known]} - set(far)
            far |= dict.fromkeys(edge, steps)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT canbo_kin_degree(%s, other, %s, 3) FROM unnest(%s::bigint[]) WITH ORDINALITY AS o (other, n) ORDER BY n",
                [persons[0].pk, ON, [person.pk for person in persons]],
            )
            assert [row[0] for row in cursor.fetchall()] == [far.get(number) for number in range(8)]
        transaction.set_rollback(True)

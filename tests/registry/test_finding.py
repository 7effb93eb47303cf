"""Finding people and walking a staff list: as far as row-level security shows, and nothing lost between two stretches."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

from canbo.registry import authority, people, queries, rolls
from canbo.registry.models import Membership
from canbo.registry.queries import _literal
from tests.province import Province, actors, build
from tests.world import World

TODAY = date.today()
WORDS = ("nguyen thi", "thi nguyen", "nguyen", "guye thi", "zz", "n_uyen", "n%n", "thi' OR 'a'='a", "\\")


@pytest.fixture
def province(world: World) -> Province:
    return build(world)


def plainly(text: str) -> set[int]:
    """Whom row-level security shows of all who bear the words today, asked of the tables themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.person_id FROM registry_personname n JOIN registry_person p ON p.id = n.person_id"
            " WHERE n.search_key LIKE ALL (%s) AND n.valid @> %s::date",
            [[f"%{_literal(word)}%" for word in text.split()], TODAY],
        )
        return {row[0] for row in cursor.fetchall()}


def test_a_search_finds_whom_row_level_security_shows_of_all_that_bear_the_words(province: Province) -> None:
    found = 0
    for actor in actors():
        with transaction.atomic():
            authority.open_sight(authority.reach_of(province.account(actor)))
            for text in WORDS:
                shown = {row["person_id"] for row in people.search(text, on=TODAY, limit=100)}
                assert shown == (plainly(text) if len(text) > 1 else set()), (actor, text)
                found += len(shown)
        authority.open_sight(authority.reach_of(province.world.console))
    assert found > 100


def test_a_person_of_two_names_is_found_once(world: World) -> None:
    person = world.person()
    name = person.names.get()
    type(name).objects.filter(pk=name.pk).update(valid=(None, date(2020, 1, 1)))
    type(name).objects.create(
        person=person, family="Nguyễn", given="Văn An", sort_key=name.sort_key, search_key=name.search_key,
        valid=(date(2020, 1, 1), None), **world.mark,
    )  # fmt: skip
    assert [row["person_id"] for row in people.search("nguyen an", on=TODAY)] == [person.pk]


def test_words_find_units_in_any_order_and_literally(world: World) -> None:
    codes = [unit["code"] for unit in queries.search_units("unit p/1", on=TODAY)]
    assert codes == [unit["code"] for unit in queries.search_units("p/1 UNIT", on=TODAY)]
    assert codes[0] == "P/1"
    assert queries.search_units("u_it p/1", on=TODAY) == []
    assert queries.search_units("un%1", on=TODAY) == []


@pytest.mark.parametrize("first", [1, 2, 256])
@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_staff_list_is_the_same_however_few_bodies_are_looked_at_first(
    province: Province, monkeypatch: pytest.MonkeyPatch, first: int, size: int
) -> None:
    monkeypatch.setattr(rolls, "FIRST", first)
    walk = rolls.bodies(province.world.organizations["P"].pk, on=TODAY)
    listed: list[int] = []
    after = None
    while page := rolls.roll(walk, on=TODAY, after=after, limit=size):
        listed += [row["id"] for row in page]
        after = rolls.mark_of(page[-1])
    serving = Membership.objects.filter(organization_id__in=walk, valid__contains=TODAY)
    assert len(listed) > 3
    assert sorted(listed) == sorted(serving.values_list("pk", flat=True))
    bodies = [walk.index(Membership.objects.get(pk=pk).organization_id) for pk in listed]
    assert bodies == sorted(bodies)


def test_what_stands_beneath_the_top_is_what_stands_beneath_its_parts(province: Province) -> None:
    organizations = province.world.organizations
    for day in (TODAY, date(2014, 12, 31), date(2016, 1, 1)):
        for top in ("P", "Q"):
            parts = [row["id"] for row in queries.children(organizations[top].pk, on=day)]
            beneath = [found for part in parts for found in queries.subtree(part, on=day)]
            assert sorted(queries.subtree(organizations[top].pk, on=day)) == sorted([organizations[top].pk, *beneath])
    assert len(queries.subtree(organizations["P"].pk, on=TODAY)) > 8

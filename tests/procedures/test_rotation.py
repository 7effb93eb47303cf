"""The board of rotation: heads who are native or not, who has to move, who is on rotation and till when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.procedures import native, rotation
from canbo.registry import facts, intake
from canbo.registry.authority import NotAllowed
from canbo.registry.days import since
from canbo.registry.models import Area, Membership, Organization, Post
from canbo.rules import corpus
from tests import province as described
from tests.world import World

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 2)


@pytest.fixture
def headed(world: World) -> World:
    """Two communes with a chair each, one native to the ground and one not, and a third whose native place is unknown."""
    for code, area in (("P/1", "P/1"), ("P/2", "P/1"), ("Q/1", None)):
        chair = world.post(f"{code}.executive", "commune-chair")
        person = world.person(f"Chair {code}", native_area=world.areas[area] if area else None)
        world.serve(person, chair, valid=since(date(2024, 1, 1)))
    world.serve(world.person("Head", native_area=world.areas["Q"]), world.post("P.party", "province-secretary"))
    world.post("P.executive", "province-chair")
    return world


def board(world: World, code: str, on: date = ON, by: Any = None) -> rotation.Board:
    return rotation.board(by=by or intake.console(), root=world.organizations[code].pk, on=on)


def tally(found: rotation.Board, title: str, level: str) -> rotation.Tally:
    return next(one for one in found.tallies if (one.title, one.level) == (title, level))


def test_heads_are_counted_as_local_not_local_unknown_and_vacant(headed: World) -> None:
    found = board(headed, "P")
    chairs = tally(found, "chair", "commune")
    assert (chairs.posts, chairs.asked, chairs.local, chairs.not_local, chairs.unknown, chairs.vacant) == (2, 2, 1, 1, 0, 0)
    assert tally(found, "secretary", "province").not_local == 1
    assert tally(found, "chair", "province").vacant == 1
    assert tally(board(headed, "Q"), "chair", "commune").unknown == 1, (
        "who is of unknown native place is not counted as not local"
    )


def test_the_map_colours_each_commune_by_its_head(headed: World) -> None:
    found = board(headed, "P")
    units = {headed.organizations[code].pk: state for code, state in (("P/1", "local"), ("P/2", "not_local"))}
    assert found.state_of_units("chair", "commune") == units
    assert sorted(rotation.dots(units, ON)) == [(20.1, 106.0, "local"), (20.2, 106.0, "not_local")]


def test_nothing_is_asked_of_heads_before_the_conclusions(headed: World) -> None:
    assert board(headed, "P", date(2025, 6, 1)).tallies == []


def test_a_local_head_of_whom_it_is_asked_is_to_be_moved(headed: World) -> None:
    found = board(headed, "P")
    moving = rotation.movers(found)
    assert [(one.head.organization, one.reasons) for one in moving] == [
        (headed.organizations["P/1.executive"].pk, ("not_local",))
    ]


def test_a_head_of_two_full_terms_is_to_be_moved_and_of_one_day_less_is_not(headed: World) -> None:
    post = headed.post("Q/1", "commune-secretary")
    begun = date(2016, 1, 1)
    headed.serve(headed.person("Long", native_area=headed.areas["P"]), post, valid=since(begun))
    reasons = {
        on: [one.reasons for one in rotation.movers(board(headed, "Q", on))] for on in (date(2025, 12, 1), date(2026, 1, 3))
    }
    assert reasons == {date(2025, 12, 1): [], date(2026, 1, 3): [("two_terms",)]}


def test_an_officer_sees_the_heads_of_his_province_alone(headed: World) -> None:
    officer = headed.account("officer", "officer", "P")
    assert len(board(headed, "P", by=officer).heads) == 4
    with pytest.raises(NotAllowed):
        board(headed, "Q", by=officer)


def test_native_places_are_related_to_grounds_as_the_explanation_of_one_person_relates_them(world: World) -> None:
    described.build(world)
    for code in ("P/6", "P/7", "P/8", "P/4", "P/5"):
        Area.objects.create(code=code, name=f"Area {code}")
    on, told = date(2026, 1, 1), 0
    grounds = native.read(on)
    for post in Post.objects.filter(valid__contains=on):
        found = facts.grounds(post.pk, on)
        for area in Area.objects.values_list("pk", flat=True):
            expected = facts.native_value(*found[area]) if area in found and found[area][2] else None
            assert grounds.native(area, post.organization_id) == expected, (post.pk, area)
            told += expected is not None
    assert told > 20, "the province tells them apart"


@given(st.dictionaries(st.sampled_from(rotation.GROUNDS), st.booleans()), st.sampled_from([True, False, None]))
def test_whoever_cannot_be_told_is_never_called_not_local(makes: dict[str, bool], place: bool | None) -> None:
    said = rotation.local(makes, place)
    counted = [ground for ground in rotation.GROUNDS if makes.get(ground)]
    if said is False:
        assert counted == ["native_place"] and place is False
    if said is True:
        assert "native_place" in counted and place is True
    if not counted:
        assert said is None


# ---- on rotation


def rotate(world: World, code: str, begun: date, **more: Any) -> Membership:
    person = world.person(f"Rotated {begun}", birth_on=more.pop("born", date(1990, 1, 1)), birth_precision="D")
    fields = {"kind": Membership.Kind.ROTATED, "valid": since(begun), **more}
    return world.serve(person, world.post(code, "commune-vice-chair"), **fields)


def test_a_rotation_is_due_after_thirty_six_months_and_overdue_when_no_return_runs(world: World) -> None:
    for begun in (date(2023, 11, 2), date(2024, 3, 2), date(2026, 1, 1)):
        rotate(world, "P/1.executive", begun)
    found = rotation.rotated(by=intake.console(), root=world.organizations["P"].pk, on=ON)
    assert [(one.due, one.state) for one in found] == [
        (date(2026, 11, 2), "overdue"), (date(2027, 3, 2), "soon"), (date(2029, 1, 1), "running"),
    ]  # fmt: skip
    assert all(one.young and not one.use for one in found)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(-2000, 2000), st.booleans())
def test_a_rotation_is_overdue_from_its_due_day_on_unless_a_return_runs(due: date, days: int, returning: bool) -> None:
    state = rotation.state_of(due, returning=returning, on=due + timedelta(days=days))
    assert (state == "overdue") == (days >= 0 and not returning)
    assert (state == "returning") == returning


def test_a_difficult_area_and_the_young_of_communes_are_counted(headed: World) -> None:
    root = headed.organizations["P"].pk
    assert rotation.grassroots(by=intake.console(), root=root, on=ON).traits == {}, "no area carries a class: not entered"
    Area.objects.filter(code="P/1").update(traits=["border"])
    rotate(headed, "P/1.executive", date(2026, 1, 1))
    found = rotation.grassroots(by=intake.console(), root=root, on=ON)
    assert found.traits == {"border": (1, 1)}
    assert (found.leaders, found.young, found.unknown, found.age) == (3, 1, 0, 42)
    assert rotation.rotated(by=intake.console(), root=root, on=ON)[0].traits == ("border",)


def test_the_titles_asked_are_those_of_the_articles_in_force() -> None:
    law = corpus.opened("vn")
    asked = rotation.titles_asked(law, ON)
    assert ("secretary", "province") in asked and ("chair", "commune") in asked and ("front_chair", "province") not in asked
    assert rotation.asking(law.hash, "inspection_head", "commune", "31", ON) == ()
    assert rotation.asking(law.hash, "inspection_head", "commune", "56", ON) != ()


def test_a_unit_is_the_nearest_administrative_unit_above(world: World) -> None:
    grounds = native.read(ON)
    office = world.organizations["P/1.executive.office"].pk
    assert grounds.unit_of(office) == world.organizations["P/1"].pk
    assert grounds.above(office)[-1] == world.organizations["P"].pk
    assert Organization.objects.filter(pk__in=grounds.living).count() == len(grounds.living)

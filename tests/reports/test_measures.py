"""The measures, on the small made-up province."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection

from canbo.registry import authority, queries
from canbo.registry.days import since
from canbo.registry.models import Credential, NoneDeclared
from canbo.reports.claims import ClaimsRefused, check
from canbo.reports.measures import HERE, MeasureFault, measure, measures, read
from tests.world import World

ON = date(2025, 7, 1)


def value(name: str, code: str, on: date = ON) -> Fraction | None:
    unit = queries.unit(code, on=on)
    return measure(name, organization=unit.id, organizations=queries.subtree(unit.id, on=on), on=on)


def settle(world: World) -> None:
    """Seven people: three managed by the province's committee, four in a commune's committee, two in both."""
    tops = [world.post("P.executive", "department-director"), world.post("P/1.party", "commune-secretary"),
            world.post("P/1.executive", "commune-chair")]  # fmt: skip
    for post in tops:
        world.manage(post, "P.party")
    committee = world.post("P/1.party", "commune-committee-member", seats=6)
    specialist = world.post("P/1.executive", "specialist", seats=3)
    director = world.person(sex="F", birth_on=date(1970, 1, 1))
    secretary = world.person(sex="M", birth_on=date(1984, 7, 1))
    chair = world.person(sex="F", birth_on=date(1983, 7, 1))
    members = [world.person(sex=None, birth_on=None, birth_precision=None), world.person(sex="F", birth_on=date(1990, 1, 1))]
    clerk, other = world.person(), world.person()
    for seat, person in enumerate((secretary, chair, *members), start=1):
        world.serve(person, committee, seat=seat)
    for person, post in zip((director, secretary, chair), tops, strict=True):
        world.serve(person, post, category=1)
    world.serve(clerk, specialist, seat=1)
    world.serve(other, specialist, seat=2, valid=since(date(2020, 1, 1), ON))
    for person, level, subject in [
        (director, 4, "law"), (director, 5, "law"), (secretary, 5, "law"), (secretary, 4, "history"), (chair, 6, "law"),
        (members[1], 3, None), (clerk, 4, None),
    ]:  # fmt: skip
        Credential.objects.create(person=person, level=level, subject=subject, valid=since(date(2015, 1, 1)), **world.mark)
    NoneDeclared.objects.create(person=members[0], topic="credential", valid=since(None), **world.mark)


EXPECTED = {
    "provinces": 1, "districts": 0, "communes": 2, "organizations": 9, "change_events": 0, "posts": 5, "quota": 12, "vacancies": 4,
    "staff": 6, "memberships": 8, "women": 3, "men": 2, "sex_unknown": 1, "young": 2, "cadres": 3, "civil_servants": 5,
    "public_employees": 0, "contract_staff": 0, "activists": 0, "college": 1, "university": 1, "master": 2, "doctor": 1,
    "managed_cadres": 3, "managed_cadres_women": 2, "managed_cadres_young": 1, "managed_cadres_college": 0,
    "managed_cadres_university": 1, "managed_cadres_master": 2, "managed_cadres_doctor": 1,
    "committee_members": 4, "committee_members_women": 2, "committee_members_young": 2, "committee_members_college": 1,
    "committee_members_university": 1, "committee_members_master": 1, "committee_members_doctor": 1,
    "average_age": Fraction(55 + 41 + 42 + 35 + 45, 5),
}  # fmt: skip


def test_every_measure_has_an_expected_number_in_the_made_up_province(world: World) -> None:
    settle(world)
    assert {name: value(name, "P") for name in measures()} == EXPECTED


def test_an_average_of_nobody_is_not_a_number(world: World) -> None:
    assert value("average_age", "Q") is None


def test_a_leader_managed_by_the_province_is_not_managed_by_the_commune(world: World) -> None:
    settle(world)
    assert value("managed_cadres", "P/1") == 0
    assert value("managed_cadres", "P.party") == 3


@pytest.mark.parametrize("name", sorted(measures()))
def test_every_measure_is_documented(name: str) -> None:
    found = measures()[name]
    assert all([found.meaning, found.standard, found.unit, found.source])
    assert (HERE / f"{name}.sql").is_file()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "-- name: it\n-- meaning: x\nSELECT 1",
        "-- name: other\n-- meaning: x\n-- standard: x\n-- unit: x\n-- about: people\n-- source: x\nSELECT :on",
        "-- name: it\n-- meaning: x\n-- standard: x\n-- unit: x\n-- about: everything\n-- source: x\nSELECT :on",
        "-- name: it\n-- meaning: x\n-- standard: x\n-- unit: x\n-- about: people\n-- source: x\nSELECT :on, :whim",
        "-- name: it\n-- meaning: x\n-- standard: x\n-- unit: x\n-- about: people\n-- source: x\nSELECT 1",
        "-- no header at all\nSELECT :on",
    ],
)
def test_a_measure_file_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(MeasureFault):
        read(text, "it")


def claim(**fields: Any) -> str:
    return "claims:\n  - {id: it, " + ", ".join(f"{key}: '{value}'" for key, value in fields.items()) + "}"


def test_a_count_is_compared_with_the_register(world: World) -> None:
    settle(world)
    right, wrong = (check(claim(organization="P", measure="women", on=ON, printed=n)).answers[0] for n in (3, 5))
    assert (right.verdict, right.exact, wrong.verdict, wrong.exact) == ("agrees_rounded", "3", "disagrees", "3")
    assert "2 too many" in wrong.note


@pytest.mark.parametrize(
    ("organization", "on", "word"),
    [("PQ", ON, "PQ"), ("P", date(2001, 1, 1), "2015"), ("Q", ON, "nobody")],
)
def test_what_the_register_cannot_know_is_not_checkable_and_the_note_says_why(
    world: World, organization: str, on: date, word: str
) -> None:
    answer = check(claim(organization=organization, measure="staff", on=on, printed=5)).answers[0]
    assert (answer.verdict, answer.exact) == ("not_checkable", None)
    assert word in answer.note


def test_an_unknown_measure_refuses_the_file_and_names_the_nearest(world: World) -> None:
    with pytest.raises(ClaimsRefused, match="staff"):
        check(claim(organization="P", measure="staf", on=ON, printed=5))


def test_who_may_not_count_people_there_learns_nothing_from_a_verdict(world: World) -> None:
    settle(world)
    stranger, statistician = world.account("stranger"), world.account("statistician", "statistician", "P")
    asked = claim(organization="P", measure="women", on=ON, printed=3)
    for account, verdict in ((stranger, "not_checkable"), (statistician, "agrees_rounded")):
        authority.open_sight(authority.reach_of(account))
        assert check(asked, by=account).answers[0].verdict == verdict
    units = check(claim(organization="P", measure="communes", on=ON, printed=2), by=stranger)
    assert units.answers[0].verdict == "agrees_rounded"


def test_checking_leaves_the_sight_of_the_transaction_as_it_was(world: World) -> None:
    settle(world)
    statistician = world.account("statistician", "statistician", "P")
    authority.open_sight(authority.reach_of(world.account("stranger")))
    check(claim(organization="P", measure="women", on=ON, printed=3), by=statistician)
    with connection.cursor() as cursor:
        cursor.execute("SELECT canbo_sees_all(), canbo_scope()")
        assert cursor.fetchone() == (False, [])

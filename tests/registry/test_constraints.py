"""Each named constraint of the register, broken once to see it hold."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from canbo.registry import constraints
from canbo.registry.days import since
from canbo.registry.models import (
    Kinship,
    Membership,
    NoneDeclared,
    OrganizationCode,
    OrganizationName,
    OrganizationParent,
    OrganizationStatus,
    Person,
    Remit,
    Seat,
    Task,
)
from tests.world import FOUNDED, World

CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


def refused_as(name: str, act: object) -> None:
    """The act is refused by the constraint of that name, and the refusal has a sentence."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()  # type: ignore[operator]
        with connection.cursor() as cursor:
            cursor.execute(CHECK_NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert constraints.name_of(caught.value) == name
    assert f"[{name}]" in constraints.explained(caught.value)


def test_nobody_holds_one_post_twice_at_a_time(world: World) -> None:
    post, person = world.post("P/1.executive", "specialist", seats=2), world.person()
    world.serve(person, post, seat=1)
    refused_as("membership_once_in_post", lambda: world.serve(person, post, seat=2, valid=since(date(2024, 1, 1))))


def test_no_seat_is_held_by_two_at_a_time(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair")
    world.serve(world.person(), post)
    refused_as("membership_seat_held_once", lambda: world.serve(world.person("Thị Bình"), post, valid=since(date(2024, 1, 1))))


def test_a_seat_passes_from_one_to_the_next_on_a_day(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair")
    world.serve(world.person(), post, valid=since(date(2020, 1, 1), date(2024, 1, 1)))
    world.serve(world.person("Thị Bình"), post, valid=since(date(2024, 1, 1)))
    assert Membership.objects.filter(post=post).count() == 2


def test_a_quota_cannot_be_exceeded_on_any_date(world: World) -> None:
    post = world.post("P/1.executive", "commune-vice-chair", seats=1)
    refused_as("membership_within_seat", lambda: world.serve(world.person(), post, seat=2))


def test_nobody_serves_before_the_seat_exists(world: World) -> None:
    post = world.post("P/1.executive", "specialist", seat_days=since(date(2021, 1, 1)))
    refused_as("membership_within_seat", lambda: world.serve(world.person(), post))


def test_a_seat_does_not_end_while_it_is_held(world: World) -> None:
    post = world.post("P/1.executive", "specialist")
    world.serve(world.person(), post)
    refused_as("membership_within_seat", lambda: Seat.objects.filter(post=post).update(valid=since(FOUNDED, date(2025, 1, 1))))


def test_a_membership_names_the_organization_of_its_post(world: World) -> None:
    post, person = world.post("P/1.executive", "specialist"), world.person()
    other = world.organizations["P/2"]

    def elsewhere() -> None:
        Membership.objects.create(
            person=person, post=post, seat=1, organization=other, valid=since(date(2020, 1, 1)), category=2, kind=2, **world.mark
        )

    refused_as("membership_in_posts_organization", elsewhere)


def test_a_post_does_not_outlive_its_organization(world: World) -> None:
    refused_as("post_within_organization", lambda: world.post("P/1.executive", "specialist", valid=since(date(2000, 1, 1))))


def test_a_seat_does_not_outlive_its_post(world: World) -> None:
    refused_as("seat_within_post", lambda: world.post("P/1.executive", "specialist", seat_days=since(date(2000, 1, 1))))


def test_a_dissolved_organization_owns_no_task(world: World) -> None:
    office = world.organizations["P/1.executive.office"]
    task = Task.objects.create(code="archives", names={"en": "Archives"}, field="office")
    Remit.objects.create(task=task, organization=office, valid=since(FOUNDED), **world.mark)
    refused_as("remit_within_organization", lambda: end(office))


def test_a_dissolved_organization_has_no_bodies_beneath_it(world: World) -> None:
    refused_as("parent_within_organization", lambda: end(world.organizations["P/1.executive"], but_parent=True))


def test_a_dissolved_organization_has_no_posts(world: World) -> None:
    world.post("P/1.executive.office", "specialist")
    refused_as("post_within_organization", lambda: end(world.organizations["P/1.executive.office"]))


def end(organization: object, *, but_parent: bool = False) -> None:
    """End an organization by hand, as no act of the register would: only its own rows."""
    day = since(FOUNDED, date(2025, 1, 1))
    pk = organization.pk  # type: ignore[attr-defined]
    for table in (OrganizationName, OrganizationCode, OrganizationStatus, OrganizationParent):
        table.objects.filter(organization_id=pk).update(valid=day)
    type(organization).objects.filter(pk=pk).update(life=day)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (OrganizationName, "name_within_organization"),
        (OrganizationCode, "code_within_organization"),
        (OrganizationStatus, "status_within_organization"),
        (OrganizationParent, "child_within_organization"),
    ],
)
def test_nothing_is_said_of_an_organization_outside_its_life(world: World, table: type, name: str) -> None:
    rows = table.objects.filter(organization=world.organizations["P/2.executive"])  # type: ignore[attr-defined]
    refused_as(name, lambda: rows.update(valid=since(date(2000, 1, 1))))


def test_an_organization_never_stands_above_itself(world: World) -> None:
    rows = OrganizationParent.objects.filter(organization=world.organizations["P/1"])
    refused_as("organization_not_in_circle", lambda: rows.update(parent=world.organizations["P/1.executive.office"]))


def test_a_circle_through_several_organizations_on_a_single_day_is_seen(world: World) -> None:
    below = world.organizations["P/1.executive.office"]
    OrganizationParent.objects.filter(organization=below).update(valid=since(FOUNDED, date(2024, 1, 1)))
    OrganizationParent.objects.create(
        organization=below, parent=world.organizations["P/1"], valid=since(date(2024, 1, 1)), **world.mark
    )
    rows = OrganizationParent.objects.filter(organization=world.organizations["P/1"])
    refused_as("organization_not_in_circle", lambda: rows.update(parent=below))


@pytest.mark.parametrize("table", [OrganizationName, OrganizationCode, OrganizationStatus])
def test_an_organization_has_name_code_and_kind_on_every_day(world: World, table: type) -> None:
    organization = world.organizations["P/2.executive"]

    def founded_without() -> None:
        shorter = since(date(2016, 1, 1))
        table.objects.filter(organization=organization).delete()  # type: ignore[attr-defined]
        for other in {OrganizationName, OrganizationCode, OrganizationStatus, OrganizationParent} - {table}:
            other.objects.filter(organization=organization).update(valid=shorter)
        type(organization).objects.filter(pk=organization.pk).update(life=shorter)

    refused_as("organization_is_described", founded_without)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (OrganizationName, "one_name_at_a_time"),
        (OrganizationStatus, "one_status_at_a_time"),
        (OrganizationParent, "one_parent_at_a_time"),
    ],
)
def test_one_value_at_a_time(world: World, table: type, name: str) -> None:
    row = table.objects.get(organization=world.organizations["P/2.executive"])  # type: ignore[attr-defined]
    row.pk = None
    row.valid = since(date(2020, 1, 1))
    refused_as(name, row.save)


def test_an_organization_has_one_code_at_a_time(world: World) -> None:
    organization = world.organizations["P/2.executive"]
    refused_as(
        "one_code_at_a_time",
        lambda: OrganizationCode.objects.create(organization=organization, code="X", valid=since(FOUNDED), **world.mark),
    )


def test_no_two_organizations_bear_one_code_at_a_time(world: World) -> None:
    rows = OrganizationCode.objects.filter(organization=world.organizations["P/2.executive"])
    refused_as("no_two_bear_one_code", lambda: rows.update(code="P/1.executive"))


def test_a_remit_is_stated_once(world: World) -> None:
    task = Task.objects.create(code="archives", names={"en": "Archives"}, field="office")
    office = world.organizations["P/1.executive.office"]
    Remit.objects.create(task=task, organization=office, valid=since(FOUNDED), **world.mark)
    refused_as(
        "remit_stated_once",
        lambda: Remit.objects.create(task=task, organization=office, valid=since(date(2020, 1, 1)), **world.mark),
    )


def test_a_seat_has_one_life_at_a_time(world: World) -> None:
    post = world.post("P/1.executive", "specialist")
    refused_as(
        "one_life_of_a_seat_at_a_time",
        lambda: Seat.objects.create(post=post, number=1, valid=since(date(2020, 1, 1)), **world.mark),
    )


def test_seats_are_numbered_from_one(world: World) -> None:
    post = world.post("P/1.executive", "specialist")
    refused_as(
        "seats_are_numbered_from_one", lambda: Seat.objects.create(post=post, number=0, valid=since(FOUNDED), **world.mark)
    )


def test_a_person_has_one_name_at_a_time(world: World) -> None:
    name = world.person().names.get()
    name.pk = None
    refused_as("one_person_name_at_a_time", name.save)


def test_none_is_declared_once(world: World) -> None:
    person = world.person()
    statement = {"person": person, "topic": "sanction", "valid": since(date(2020, 1, 1)), **world.mark}
    NoneDeclared.objects.create(**statement)
    refused_as("none_declared_once", lambda: NoneDeclared.objects.create(**statement))


def test_a_relation_is_stated_once_and_nobody_is_own_relative(world: World) -> None:
    one, other = world.person(), world.person("Thị Bình")
    relation = {"relation": "spouse", "valid": since(date(2010, 1, 1)), **world.mark}
    Kinship.objects.create(person=one, relative=other, **relation)
    refused_as("kinship_stated_once", lambda: Kinship.objects.create(person=one, relative=other, **relation))
    refused_as("nobody_is_own_relative", lambda: Kinship.objects.create(person=one, relative=one, **relation))


def test_identification_numbers_have_twelve_digits_and_are_given_once(world: World) -> None:
    person = world.person()
    refused_as(
        "identification_number_has_twelve_digits",
        lambda: Person.objects.filter(pk=person.pk).update(identification_number="12"),
    )
    refused_as(
        "registry_person_identification_number_key",
        lambda: Person.objects.create(identification_number=person.identification_number, **world.mark),
    )


def test_a_birth_comes_with_its_precision(world: World) -> None:
    person = world.person()
    refused_as("birth_comes_with_its_precision", lambda: Person.objects.filter(pk=person.pk).update(birth_precision=None))


def test_an_autonomy_group_is_one_to_four(world: World) -> None:
    rows = OrganizationStatus.objects.filter(organization=world.organizations["P/2"])
    refused_as("autonomy_group_is_one_to_four", lambda: rows.update(autonomy_group=5))


def test_a_decision_is_numbered_once_by_its_issuer(world: World) -> None:
    from canbo.registry.models import Decision

    refused_as(
        "decision_numbered_once_by_issuer",
        lambda: Decision.objects.create(kind="intake", issuer=world.decision.issuer, number=world.decision.number),
    )


def test_every_constraint_that_has_a_sentence_exists_in_the_database(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT tgname FROM pg_trigger UNION SELECT relname FROM pg_class")
        there = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        raised = {name for (body,) in cursor.fetchall() for name in re.findall(r"'([a-z_]+)'", body)}  # by triggers
    assert set(constraints.SENTENCES) <= there | raised

"""Where nobody has a degree in a field: counted from credentials, with what is not known apart."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.project.commands.gaps import gaps
from canbo.registry import authority
from canbo.registry.days import since
from canbo.registry.models import Credential, Person
from canbo.reports import shortage
from tests.world import World

pytestmark = pytest.mark.django_db
OFFICE, OTHER, ON = "P/1.executive.office", "P/2.executive", date(2026, 11, 1)


def staff(world: World, where: str, *degrees: tuple[int, str | None], took: date = date(2010, 1, 1)) -> Person:
    """Somebody who serves in a body, with degrees (level, subject)."""
    person = world.person()
    world.serve(person, world.post(where, "specialist"))
    for level, subject in degrees:
        Credential.objects.create(person=person, level=level, subject=subject, verified=True, valid=since(took), **world.mark)
    return person


def found(world: World, root: str = "P") -> dict[str, shortage.Place]:
    by = world.account(f"reader-{root}", "officer", root)
    with authority.sight(by):
        told = shortage.places(by=by, root=world.organizations[root].pk, on=ON)
    codes = {organization.pk: code for code, organization in world.organizations.items()}
    return {codes[each.organization]: each for each in told}


def test_a_body_counts_to_the_commune_that_it_stands_in(world: World) -> None:
    staff(world, OFFICE, (4, "land-management"))
    staff(world, OTHER, (4, "law"))
    told = found(world)
    assert set(told) == {"P", "P/1", "P/2"}
    assert (told["P/1"].state("land"), told["P/2"].state("land")) == ("covered", "none")
    assert told["P/1"].verified == {"land": 1}


def test_two_degrees_in_one_field_are_one_person_and_a_lower_degree_is_none(world: World) -> None:
    staff(world, OFFICE, (4, "medicine"), (5, "public-health"), (3, "construction"))
    place = found(world)["P/1"]
    assert place.holders == {"medicine": 1}
    assert place.state("construction") == "none"


def test_where_somebodys_degrees_are_not_on_record_it_is_unknown_and_not_none(world: World) -> None:
    staff(world, OFFICE)
    staff(world, OTHER, (4, None))
    told = found(world)
    assert {told[code].state("transport") for code in ("P/1", "P/2")} == {"unknown"}
    assert told["P"].state("transport") == "unknown"  # nobody is there to ask about


def test_a_degree_taken_later_does_not_count_yet(world: World) -> None:
    staff(world, OFFICE, (4, "environment"), took=date(2027, 1, 1))
    assert found(world)["P/1"].holders == {}


def test_a_body_asked_about_alone_is_its_own_place(world: World) -> None:
    staff(world, OFFICE, (4, "transport"))
    assert set(found(world, OFFICE)) == {OFFICE}


def test_whoever_may_not_read_the_staff_is_refused(world: World) -> None:
    stranger = world.account("stranger", "officer", "Q")
    with authority.sight(stranger), pytest.raises(authority.NotAllowed):
        shortage.places(by=stranger, root=world.organizations["P"].pk, on=ON)


def ran(*typed: str) -> tuple[int, Any]:
    result = CliRunner().invoke(gaps, [OFFICE, "--on", "2026-11-01", *typed])
    assert result.output, result.exception
    return result.exit_code, result.output


def test_the_command_ends_with_4_where_it_is_not_known_and_with_3_where_there_is_nobody(world: World) -> None:
    assert ran("--json")[0] == 4
    staff(world, OFFICE, (4, "land-management"))
    code, text = ran("--json")
    told = json.loads(text)
    assert code == 3 and told["fields"]["land"] == {"people": 1, "covered": 1, "none": 0, "unknown": 0}
    assert told["places"][0]["fields"]["science"]["state"] == "none"
    assert "technology" in ran()[1]


def test_the_command_ends_with_0_where_every_field_is_there(world: World) -> None:
    staff(world, OFFICE, *[(4, field.subjects[0]) for field in shortage.fields()])
    assert ran("--json")[0] == 0

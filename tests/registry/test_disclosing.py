"""A person's own word on relatives and interests: who may give it, what it changes, what it contradicts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from canbo.journal.models import Entry
from canbo.registry import authority, conflict, disclosing
from canbo.registry.days import since
from canbo.registry.disclosing import DisclosureRefused
from canbo.registry.models import Account, Disclosure, Interest, Kinship, NoneDeclared, Person
from tests.world import World

ON = date(2026, 6, 1)
LATER = date(2027, 8, 1)


@pytest.fixture
def declarer(world: World) -> Account:
    return world.account("declarer", person=world.person("Thị Khai"))


@pytest.fixture
def relative(world: World) -> Person:
    return world.person("Văn Anh", "Lê")


def person_of(account: Account) -> Person:
    assert account.person is not None
    return account.person


def names(relative: Person, by: Account, **changes: Any) -> Kinship:
    asked = {"number": relative.identification_number, "name": "Lê Văn Anh", "relation": "sibling", "on": ON}
    return disclosing.name_relative(by=by, **{**asked, **changes})


def as_the_reader(account: Account) -> None:
    """What follows sees no more than the account may."""
    authority.open_sight(authority.reach_of(account))


def test_whoever_has_declared_both_topics_is_no_longer_kept_from_acting(
    world: World, declarer: Account, relative: Person
) -> None:
    for topic in Disclosure.Topic:
        Disclosure.objects.create(person=relative, topic=topic, valid=since(ON), **world.mark)
    as_the_reader(declarer)
    assert isinstance(conflict.between(person_of(declarer), relative, ON), conflict.Unknown)
    for topic in disclosing.TOPICS:
        disclosing.declare(topic=topic, none=True, by=declarer, on=ON)
    assert conflict.between(person_of(declarer), relative, ON) is None


def test_a_relative_who_was_named_is_a_tie_though_the_declarer_may_not_look_him_up(declarer: Account, relative: Person) -> None:
    as_the_reader(declarer)
    assert not Person.objects.filter(pk=relative.pk).exists()
    stated = names(relative, declarer, key="once")
    assert names(relative, declarer, key="once") == stated
    tie = conflict.between(person_of(declarer), relative, ON)
    assert isinstance(tie, conflict.Conflict) and tie.path == ("sibling",)
    assert [row["name"] for row in disclosing.relatives(person_of(declarer), on=ON)] == ["Lê Văn Anh"]
    assert not Person.objects.filter(pk=relative.pk).exists(), "sight is closed again"
    with pytest.raises(DisclosureRefused, match="already"):
        names(relative, declarer, relation="spouse")


@pytest.mark.parametrize("changes", [{"name": "Lê Văn"}, {"number": "999999999999"}, {"number": "", "name": ""}])
def test_a_number_without_its_name_finds_nobody(declarer: Account, relative: Person, changes: dict[str, str]) -> None:
    with pytest.raises(DisclosureRefused, match="Nobody in the register"):
        names(relative, declarer, **changes)


def test_nobody_names_himself_and_no_relation_that_there_is_not(declarer: Account, relative: Person) -> None:
    number = person_of(declarer).identification_number
    with pytest.raises(DisclosureRefused, match="himself"):
        names(relative, declarer, number=number, name="Nguyễn Thị Khai")
    with pytest.raises(DisclosureRefused, match="from the list"):
        names(relative, declarer, relation="friend")


def test_a_word_is_renewed_and_the_old_one_stays_true_for_its_days(declarer: Account) -> None:
    as_the_reader(declarer)
    first = disclosing.declare(topic="interest", none=True, by=declarer, on=ON, key="first")
    assert disclosing.declare(topic="interest", none=True, by=declarer, on=ON) == first
    assert [lack.topic for lack in conflict.lacking(person_of(declarer), LATER)] == ["interest", "kinship"]
    second = disclosing.declare(topic="interest", none=True, by=declarer, on=LATER)
    first.refresh_from_db()
    assert (first.valid.lower, first.valid.upper, second.valid.lower) == (ON, LATER, LATER)
    assert [lack.topic for lack in conflict.lacking(person_of(declarer), LATER)] == ["kinship"]
    assert disclosing.declare(topic="interest", none=True, by=declarer, on=ON, key="first") == first
    assert NoneDeclared.objects.filter(person=person_of(declarer)).count() == 1


@pytest.mark.parametrize("day", [ON, LATER])
def test_whoever_names_something_no_longer_has_none(declarer: Account, day: date) -> None:
    as_the_reader(declarer)
    disclosing.declare(topic="interest", none=True, by=declarer, on=ON)
    disclosing.name_interest(enterprise=" 0101 a", role="owner", share=Decimal("12.5"), by=declarer, on=day)
    assert not NoneDeclared.objects.filter(person=person_of(declarer), topic="interest", valid__contains=day).exists()
    with pytest.raises(DisclosureRefused, match="cannot be that there is nothing"):
        disclosing.declare(topic="interest", none=True, by=declarer, on=LATER)
    assert disclosing.declare(topic="interest", none=False, by=declarer, on=LATER).valid.lower == LATER


def test_a_whole_list_that_is_empty_is_no_declaration(declarer: Account) -> None:
    with pytest.raises(DisclosureRefused, match="Nothing stands"):
        disclosing.declare(topic="kinship", none=False, by=declarer, on=ON)


def test_an_interest_that_was_given_up_counted_until_then(declarer: Account) -> None:
    as_the_reader(declarer)
    held = disclosing.name_interest(enterprise="0101", role="owner", share=None, by=declarer, on=ON)
    with pytest.raises(DisclosureRefused, match="tomorrow"):
        disclosing.give_up(held, by=declarer, on=ON)
    ended = disclosing.give_up(held, by=declarer, on=LATER, key="end")
    assert disclosing.give_up(held, by=declarer, on=LATER, key="end") == ended
    assert (ended.valid.lower, ended.valid.upper) == (ON, LATER)


@pytest.mark.parametrize("wrong", [{"enterprise": ""}, {"role": "king"}, {"share": Decimal(0)}, {"share": Decimal("NaN")}])
def test_what_is_no_interest_is_refused(declarer: Account, wrong: dict[str, Any]) -> None:
    with pytest.raises(DisclosureRefused):
        disclosing.name_interest(**{"enterprise": "0101", "role": "owner", "share": None, **wrong}, by=declarer, on=ON)
    assert not Interest.objects.filter(person=person_of(declarer)).exists()


def test_nobody_declares_for_another_whatever_was_granted(world: World, declarer: Account) -> None:
    person = person_of(declarer)
    assert authority.allows(declarer, disclosing.ACT, over=person)
    assert not authority.allows(world.console, disclosing.ACT, over=person)
    held = disclosing.name_interest(enterprise="0101", role="owner", share=None, by=declarer, on=ON)
    with pytest.raises(authority.NotAllowed):
        disclosing.declare(topic="kinship", none=True, by=world.console, on=ON)
    other = world.account("other", person=world.person("Thị Khác"))
    with pytest.raises(DisclosureRefused, match="none of the interests"):
        disclosing.give_up(held, by=other, on=LATER)
    assert [entry.by_id for entry in Entry.objects.filter(act="interest.disclosed")] == [declarer.pk]

"""Power that is lent: it must be accepted, is cut to what the giver holds that day, and is never lent on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from canbo.journal.models import Entry
from canbo.registry import accounts, authority, delegation
from canbo.registry.days import since
from canbo.registry.delegation import DelegationRefused
from canbo.registry.models import Account, Delegation, Grant, Person, Sanction
from tests.registry.test_constraints import refused_as
from tests.world import World

TODAY = date.today()
SOON = TODAY + timedelta(days=30)


def ask(world: World, giver: Account, to: Account, **changes: Any) -> Delegation:
    """An offer of reading files in P/1 for a month, unless changed."""
    asked: dict[str, Any] = {
        "receiver": to, "acts": ["person.read"], "organization": world.organizations["P/1"], "valid_from": TODAY,
        "valid_to": SOON, "basis": "Decision 12 on who stands in", **world.mark, "by": giver,
    }  # fmt: skip
    return delegation.give(**{**asked, **changes})


def fresh(account: Account) -> Account:
    """The account as the next request reads it."""
    return Account.objects.get(pk=account.pk)


@pytest.fixture
def pair(world: World) -> tuple[Account, Account]:
    return world.account("giver", "officer", "P"), world.account("receiver")


def reads(account: Account, person: Person) -> bool:
    return authority.allows(fresh(account), "person.read", over=person)


def test_what_was_offered_has_no_effect_until_it_is_accepted(world: World, pair: tuple[Account, Account]) -> None:
    giver, receiver = pair
    person = world.person()
    world.serve(person, world.post("P/1.executive", "specialist"))
    given = ask(world, giver, receiver, key="once")
    assert ask(world, giver, receiver, key="once") == given
    assert not reads(receiver, person)
    delegation.accept(given, by=receiver, key="yes")
    delegation.accept(given, by=receiver, key="yes")
    assert reads(receiver, person)
    assert not authority.allows(fresh(receiver), "person.correct", over=person)
    assert [entry.act for entry in Entry.objects.filter(act__startswith="delegation.").order_by("pk")] == [
        "delegation.given", "delegation.accepted",
    ]  # fmt: skip
    delegation.revoke(given, reason="the officer is back", by=giver)
    assert not reads(receiver, person)


def test_row_level_security_shows_what_was_lent_and_no_more(world: World, pair: tuple[Account, Account]) -> None:
    giver, receiver = pair
    seen, hidden = world.person("Thị Một"), world.person("Thị Hai")
    world.serve(seen, world.post("P/1.executive", "specialist"))
    world.serve(hidden, world.post("P/2.executive", "specialist"))
    for person in (seen, hidden):
        Sanction.objects.create(person=person, measure=1, valid=since(TODAY), **world.mark)
    given = ask(world, giver, receiver, acts=["person.read", "staff.read"])

    def rows() -> set[int]:
        with transaction.atomic():
            authority.open_sight(authority.reach_of(fresh(receiver)))
            return set(Sanction.objects.values_list("person_id", flat=True))

    assert rows() == set()
    delegation.accept(given, by=receiver)
    assert rows() == {seen.pk}
    Grant.objects.filter(account=giver).update(valid=since(None, TODAY))
    assert rows() == set()


def test_it_ends_when_the_giver_loses_what_was_lent(world: World, pair: tuple[Account, Account]) -> None:
    giver, receiver = pair
    unit = world.organizations["P/1"]
    delegation.accept(ask(world, giver, receiver), by=receiver)
    assert authority.allows(fresh(receiver), "person.read", over=unit)
    grant = giver.grants.get()
    accounts.take_role(grant, on=TODAY, by=world.console)
    assert not authority.allows(fresh(receiver), "person.read", over=unit)
    Grant.objects.create(account=giver, role="leader", organization=unit, valid=since(TODAY), **world.mark)
    assert authority.allows(fresh(receiver), "person.read", over=unit), "another grant of the same act is enough"
    accounts.close_account(giver, by=world.console)
    assert not authority.allows(fresh(receiver), "person.read", over=unit)


def test_it_reaches_no_further_than_its_body_and_than_the_giver(world: World, pair: tuple[Account, Account]) -> None:
    giver, receiver = pair
    delegation.accept(ask(world, giver, receiver, organization=world.organizations["P"]), by=receiver)
    assert authority.allows(fresh(receiver), "person.read", over=world.organizations["P/2"])
    assert not authority.allows(fresh(receiver), "person.read", over=world.organizations["Q/1"])
    giver.grants.update(organization=world.organizations["P/1"])
    assert authority.allows(fresh(receiver), "person.read", over=world.organizations["P/1.executive"])
    assert not authority.allows(fresh(receiver), "person.read", over=world.organizations["P/2"])
    assert not authority.allows(fresh(receiver), "person.read", over=world.organizations["P"])


def test_it_has_effect_only_on_its_days(world: World, pair: tuple[Account, Account]) -> None:
    giver, receiver = pair
    given = ask(world, giver, receiver, valid_from=TODAY + timedelta(days=1))
    delegation.accept(given, by=receiver)
    unit = world.organizations["P/1"]
    assert not authority.allows(fresh(receiver), "person.read", over=unit)
    assert authority.allows(fresh(receiver), "person.read", over=unit, on=TODAY + timedelta(days=1))
    assert not authority.allows(fresh(receiver), "person.read", over=unit, on=SOON)


def test_nobody_lends_what_was_lent_nor_what_was_not_granted(world: World, pair: tuple[Account, Account]) -> None:
    giver, receiver = pair
    third = world.account("third")
    delegation.accept(ask(world, giver, receiver), by=receiver)
    with pytest.raises(authority.NotAllowed):
        ask(world, fresh(receiver), third)
    held = world.account("held", "auditor", "P")
    delegation.accept(ask(world, giver, held), by=held)
    with pytest.raises(authority.NotAllowed, match="not granted"):
        ask(world, fresh(held), third)
    for acts in (["organization.change"], ["account.manage"], ["delegation.give"], ["organization.read"]):
        with pytest.raises(authority.NotAllowed):
            ask(world, giver, third, acts=acts)
    with pytest.raises(authority.NotAllowed):
        ask(world, giver, third, organization=world.organizations["Q"])
    with pytest.raises(authority.NotAllowed):
        ask(world, giver, third, organization=None)


def test_a_matter_of_the_givers_own_is_not_opened_by_lending(world: World) -> None:
    own = world.person()
    world.serve(own, world.post("P/1.executive", "specialist"))
    giver, receiver = world.account("giver", "officer", "P", person=own), world.account("receiver")
    delegation.accept(ask(world, giver, receiver, acts=["person.read", "person.correct", "appointment.nominate"]), by=receiver)
    assert reads(receiver, own)
    assert not authority.allows(fresh(receiver), "person.correct", over=own)
    with pytest.raises(authority.NotAllowed, match="lends"):
        authority.refuse_own_file(fresh(receiver), "appointment.nominate", own)
    Grant.objects.create(
        account=receiver, role="officer", organization=world.organizations["P/1"], valid=since(None), **world.mark
    )
    assert authority.allows(fresh(receiver), "person.correct", over=own), "by a grant of one's own one may"
    authority.refuse_own_file(fresh(receiver), "appointment.nominate", own)


def test_only_the_receiver_accepts_and_only_the_parties_or_who_manages_accounts_withdraw(
    world: World, pair: tuple[Account, Account]
) -> None:
    giver, receiver = pair
    given = ask(world, giver, receiver)
    for other in (giver, world.console):
        with pytest.raises(authority.NotAllowed):
            delegation.accept(given, by=other)
    with pytest.raises(authority.NotAllowed):
        delegation.revoke(given, reason="no business of mine", by=world.account("stranger", "registrar", "Q"))
    with pytest.raises(DelegationRefused, match="reason"):
        delegation.revoke(given, reason=" ", by=receiver)
    delegation.revoke(given, reason="ended by the registrar", by=world.account("registrar", "registrar", "P"))
    with pytest.raises(DelegationRefused, match="withdrawn"):
        delegation.accept(given, by=receiver)
    assert delegation.concerning(receiver, on=TODAY) == []


def test_what_is_no_delegation_is_refused_with_its_reason(world: World, pair: tuple[Account, Account]) -> None:
    giver, receiver = pair
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"acts": []}, "at least one act"), ({"basis": "  "}, "at least one act"), ({"receiver": giver}, "another person"),
        ({"receiver": world.account("closed", is_active=False)}, "open account"), ({"acts": ["person.burn"]}, "no act called"),
        ({"valid_to": TODAY}, "last day"), ({"valid_from": TODAY - timedelta(9), "valid_to": TODAY - timedelta(2)}, "not over"),
    ]  # fmt: skip
    for changes, said in wrong:
        with pytest.raises(DelegationRefused, match=said):
            ask(world, giver, receiver, **changes)
    assert not Entry.objects.filter(act="delegation.given").exists()


def test_the_database_keeps_delegations_bounded_single_and_as_they_were_given(
    world: World, pair: tuple[Account, Account]
) -> None:
    giver, receiver = pair
    row: dict[str, Any] = {
        "giver": giver, "receiver": receiver, "acts": ["person.read"], "organization": world.organizations["P/1"],
        "valid": since(TODAY, SOON), "basis": "a text", **world.mark,
    }  # fmt: skip
    given = Delegation.objects.create(**row)
    broken: list[tuple[str, dict[str, Any]]] = [
        ("nobody_delegates_to_oneself", {"receiver": giver}), ("delegation_names_its_acts", {"acts": [], "organization": None}),
        ("delegation_has_a_basis", {"basis": "", "organization": None}),
        ("delegation_has_first_and_last_day", {"valid": since(TODAY), "organization": None}),
        ("delegation_has_first_and_last_day", {"valid": since(None, TODAY), "organization": None}),
        ("one_such_delegation_at_a_time", {"valid": since(SOON - timedelta(days=1), SOON + timedelta(days=9))}),
    ]  # fmt: skip
    for name, changes in broken:
        refused_as(name, lambda changes=changes: Delegation.objects.create(**{**row, **changes}))
    rows = Delegation.objects.filter(pk=given.pk)
    for change in ({"acts": ["person.correct"]}, {"valid": since(TODAY, SOON + timedelta(days=1))}, {"receiver": world.console}):
        refused_as("delegation_stays_as_given", lambda change=change: rows.update(**change))
    refused_as("delegation_stays_as_given", lambda: rows._raw_delete("default"))
    rows.update(revoked_at=timezone.now())
    refused_as("delegation_stays_as_given", lambda: rows.update(revoked_at=None))
    refused_as("delegation_stays_as_given", lambda: rows.update(accepted_at=timezone.now()))
    Delegation.objects.create(**row)  # after a withdrawal the same may be given anew
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_delegation")
        assert cursor.fetchone() == (2,)

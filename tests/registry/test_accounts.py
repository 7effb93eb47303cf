"""Accounts and roles: let in by a registrar, for a time, never by oneself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from canbo.journal import entries
from canbo.registry import accounts, authority, once
from canbo.registry.days import since
from canbo.registry.models import Account, Grant
from tests.registry import invariants
from tests.registry.acts import as_console
from tests.world import World

TODAY = date.today()


def open_account(
    world: World, username: str = "clerk", *, by: Account | None = None, key: str | None = None, **fields: Any
) -> Account:
    return accounts.open_account(username=username, label="Clerk", by=by or world.console, key=key, **fields)


def give(
    world: World, account: Account, role: str = "officer", *, over: str | None = "P", by: Account | None = None, **fields: Any
) -> Grant:
    given = {"valid_from": TODAY, "valid_to": None, **fields}
    organization = world.organizations[over] if over else None
    return accounts.give_role(account, role=role, organization=organization, by=by or world.console, **given, **world.mark)


def reaches(account: Account, world: World) -> bool:
    fresh = Account.objects.get(pk=account.pk)  # as the next request reads it
    return authority.allows(fresh, "staff.read", over=world.organizations["P/1"])


def test_a_role_opens_at_once_and_closes_at_once(world: World) -> None:
    account = open_account(world)
    assert not reaches(account, world)
    grant = give(world, account)
    assert reaches(account, world)
    accounts.take_role(grant, on=TODAY + timedelta(days=1), by=world.console)
    assert reaches(account, world)
    accounts.take_role(grant, on=TODAY, by=world.console)
    assert not reaches(account, world)
    told = [entry.act for entry in entries.about(account)]
    assert told == ["account.opened", "account.granted", "account.revoked", "account.revoked"]


def test_a_role_that_is_to_come_can_be_taken_before_it_comes(world: World) -> None:
    account = open_account(world)
    grant = give(world, account, valid_from=TODAY + timedelta(days=30))
    accounts.take_role(grant, on=TODAY, by=world.console)
    assert Grant.objects.filter(account=account).count() == 0
    assert entries.about(account).last().act == "account.revoked"  # type: ignore[union-attr]


def test_a_role_that_has_ended_is_left_as_it_was(world: World) -> None:
    account = open_account(world)
    grant = give(world, account, valid_from=TODAY - timedelta(days=30), valid_to=TODAY)
    before = invariants.state()
    accounts.take_role(grant, on=TODAY, by=world.console)
    assert invariants.state() == before
    assert not reaches(account, world)


def test_a_closed_account_may_nothing_whatever_it_was_granted(world: World) -> None:
    account = open_account(world)
    give(world, account, over=None)
    accounts.close_account(account, by=world.console)
    assert not reaches(account, world)


@pytest.mark.parametrize("role", ["officer", "leader", "auditor", "central_officer"])
def test_only_registrars_let_people_in_and_none_farther_than_they_reach(world: World, role: str) -> None:
    account, other = open_account(world), world.account("other", role, None)
    registrar = world.account("registrar", "registrar", "P")
    before = invariants.state()
    for attempt in (
        lambda: open_account(world, "another", by=other),
        lambda: open_account(world, "another", by=registrar),  # accounts belong to the whole register
        lambda: give(world, account, by=other),
        lambda: give(world, account, by=registrar, over="Q"),
        lambda: give(world, account, by=registrar, over=None),
        lambda: give(world, registrar, by=registrar),
        lambda: accounts.set_password(account, password="a long enough secret", by=other),
        lambda: accounts.close_account(account, by=registrar),
    ):
        with pytest.raises(authority.NotAllowed):
            attempt()
    assert invariants.state() == before
    assert give(world, account, by=registrar, over="P/1").organization == world.organizations["P/1"]


def test_a_short_password_is_refused_and_no_account_is_left(world: World) -> None:
    with pytest.raises(ValidationError):
        open_account(world, password="short")
    assert not Account.objects.filter(username="clerk").exists()
    assert not open_account(world).has_usable_password()


def test_an_account_is_opened_and_a_role_given_once_for_a_key(committed: World) -> None:
    world = committed

    def alone(act: Any) -> Any:
        return as_console(world, act)()

    account = alone(lambda: open_account(world, key="open"))
    grant = alone(lambda: give(world, account, key="give"))
    alone(lambda: accounts.take_role(grant, on=TODAY + timedelta(days=5), by=world.console))
    assert alone(lambda: open_account(world, key="open")) == account
    assert alone(lambda: give(world, account, key="give")) == grant
    assert alone(lambda: Grant.objects.filter(account=account).count()) == 1
    with pytest.raises(once.KeyUsed):
        alone(lambda: give(world, account, key="open"))
    nobody = alone(lambda: world.account("nobody"))
    with pytest.raises(authority.NotAllowed):
        alone(lambda: open_account(world, key="open", by=nobody))


def test_what_was_granted_is_remembered_as_known_at(committed: World) -> None:
    account = as_console(committed, lambda: open_account(committed))()
    grant = as_console(committed, lambda: give(committed, account, valid_from=TODAY - timedelta(days=9)))()
    as_console(committed, lambda: accounts.take_role(grant, on=TODAY, by=committed.console))()
    from canbo.registry.asking import rows

    with authority.sight(committed.console):
        past = rows("SELECT valid FROM registry_grant_past WHERE id = %(id)s", {"id": grant.pk})
    assert [row["valid"] for row in past] == [since(TODAY - timedelta(days=9))]

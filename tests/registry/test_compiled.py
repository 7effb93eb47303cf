"""Questions built once: they find what the queryset finds that they were built from, whatever is put in their places."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from canbo.registry import accounts
from canbo.registry.compiled import Compiled, Numbers
from canbo.registry.models import Account, Grant, Organization
from tests.world import World

TODAY = date.today()


def held_on(account: int, day: date) -> QuerySet[Grant]:
    return Grant.objects.filter(account_id=account, valid__contains=day).select_related("organization").order_by("pk")


def named(names: Numbers, role: str) -> QuerySet[Grant]:
    return Grant.objects.filter(account__one_of=names, role=role).annotate(whose=F("account__username")).order_by("-pk")


def grants(world: World) -> list[Account]:
    """Three accounts with one, two and no grants; the first ends tomorrow."""
    found = [accounts.open_account(username=f"clerk-{n}", label="Clerk", by=world.console) for n in range(3)]
    for account, roles in zip(found, (("officer",), ("officer", "leader"), ()), strict=True):
        for role in roles:
            until = TODAY + timedelta(days=1) if account is found[0] else None
            accounts.give_role(
                account, role=role, organization=world.organizations["P/1"], by=world.console, valid_from=TODAY, valid_to=until,
                **world.mark,
            )  # fmt: skip
    return found


def test_it_finds_what_the_queryset_finds_for_each_value(world: World) -> None:
    asked = Compiled(held_on)
    some = 0
    for account in grants(world):
        for day in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)):
            found = asked(account=account.pk, day=day)
            assert found == list(held_on(account.pk, day))
            some += len(found)
    assert some == 5


def test_foreign_objects_and_annotations_come_along_by_the_same_question(world: World) -> None:
    people = grants(world)
    asked, by_name = Compiled(held_on), Compiled(named)
    with CaptureQueriesContext(connection) as questions:
        grant = asked.first(account=people[0].pk, day=TODAY)
        assert grant is not None and grant.organization == world.organizations["P/1"]
        assert isinstance(grant.organization, Organization) and grant.valid.lower == TODAY
        told = by_name(names=Numbers(each.pk for each in people), role="officer")
    assert [each.whose for each in told] == ["clerk-1", "clerk-0"]  # type: ignore[attr-defined]
    assert len(questions) == 2
    assert by_name(names=Numbers([people[1].pk]), role="leader") == [people[1].grants.get(role="leader")]
    assert by_name(names=Numbers([]), role="leader") == []


def test_nothing_found_is_none(world: World) -> None:
    assert Compiled(held_on).first(account=0, day=TODAY) is None


def test_a_value_that_the_database_would_not_get_as_it_is_is_refused(world: World) -> None:
    def shifted(day: date) -> QuerySet[Grant]:
        return Grant.objects.filter(valid__contains=day - timedelta(days=1))

    with pytest.raises(ValueError, match="does not hand on day as given"):
        Compiled(shifted)(day=TODAY)


def test_a_kind_of_value_without_a_mark_is_refused(world: World) -> None:
    with pytest.raises(TypeError, match="no mark for list"):
        Compiled(lambda names: Grant.objects.filter(pk__in=names))(names=[1, 2])

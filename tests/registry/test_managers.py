"""Who decides on a post is what it was on each day: after a merger, as known at a moment, and in a register from before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from canbo.registry import authority, constraints, deciding, queries
from canbo.registry.changes import Change, EventKind
from canbo.registry.days import since
from canbo.registry.deciding import Decider
from canbo.registry.models import Post, PostManager
from tests.registry import acts, invariants
from tests.registry.acts import EVE, ON, carry_out, merge, outcome, parts
from tests.world import FOUNDED, World


def deciders(post: Post, *days: date) -> list[int | str]:
    """Who decides on an appointment to the post on each day; the reason where nobody can say."""
    found = [deciding.deciding_body(post, "appoint", day) for day in days]
    return [each.organization.id if isinstance(each, Decider) else each.reason for each in found]


def test_who_may_decide_follows_the_body_that_ends_to_its_heir_and_not_before(world: World) -> None:
    post = world.post("P/1.executive.office", "commune-department-head")
    world.manage(post, "P/1.party")
    carry_out(world, Change(EventKind.DISSOLVE, parts(world, "P/1.party"), heirs=("P.party",)))
    ended, heir = world.organizations["P/1.party"].pk, world.organizations["P.party"].pk
    assert deciders(post, EVE, ON) == [ended, heir]
    assert [row["managed_by"] for day in (EVE, ON) for row in queries.posts(post.organization_id, on=day)] == [
        "P/1.party",
        "P.party",
    ]
    row = PostManager.objects.get(post=post, valid__contains=ON)
    assert row.entry is not None and row.entry.act == "organization.changed"


def test_a_post_that_goes_over_is_decided_on_by_the_heir_of_whoever_did(world: World) -> None:
    stays, goes = world.post("P/1", "specialist"), world.post("P/1", "officer")
    world.manage(stays, "P.party")
    world.manage(goes, "P/2")
    new = merge(world, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
    after = {post.successor_of_id: queries.manager(post.pk, on=ON) for post in Post.objects.filter(organization_id=new)}
    assert after == {stays.pk: world.organizations["P.party"].pk, goes.pk: new}
    assert queries.manager(goes.pk, on=EVE) == world.organizations["P/2"].pk
    assert queries.manager(goes.pk, on=ON) is None, "the post ended"


def test_what_was_believed_before_is_told_as_known_at(committed: World) -> None:
    with authority.sight(committed.console):
        post = committed.post("P.party", "specialist")
        committed.manage(post, "P/1")
    between = timezone.now()
    with authority.sight(committed.console):
        new = merge(committed, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
    with authority.sight(committed.console):
        assert queries.manager(post.pk, on=ON) == new
        assert queries.manager(post.pk, on=ON, known_at=between) == committed.organizations["P/1"].pk


@pytest.mark.parametrize(
    ("name", "days"),
    [("one_manager_at_a_time", since(date(2020, 1, 1))), ("manager_within_post", since(date(2000, 1, 1), FOUNDED))],
)
def test_the_database_keeps_one_manager_on_each_day_of_the_life_of_a_post(world: World, name: str, days: Any) -> None:
    post = world.post("P/1", "specialist")
    world.manage(post, "P.party")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        world.manage(post, "P.executive", valid=days)
        acts.settled()
    assert constraints.name_of(caught.value) == name


def test_a_register_from_before_keeps_what_it_knew_and_learns_who_decided_until_the_body_ended(committed: World) -> None:
    """Before 0011 the manager was a column of the post, overwritten with the heir when the manager ended."""
    with authority.sight(committed.console):
        post, corrected = Post.objects.get(organization=committed.organizations["P.party"]), committed.post("P/2", "officer")
        heir = merge(committed, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
        corrected = Post.objects.get(successor_of=corrected)
    ended, executive, party = (committed.organizations[code].pk for code in ("P/1", "P.executive", "P.party"))
    call_command("migrate", "registry", "0010", database="owner", verbosity=0)
    written(post, ended)
    written(corrected, executive)
    first = timezone.now()
    written(post, heir)
    written(corrected, party)
    second = timezone.now()
    call_command("migrate", database="owner", verbosity=0)
    with authority.sight(committed.console):
        assert managers(post, EVE, ON) == [ended, heir]
        assert managers(post, EVE, ON, known_at=first) == [ended, ended]
        assert managers(post, EVE, ON, known_at=second) == [heir, heir], "as it was told then"
        assert managers(corrected, ON) == [party], "a correction, and no event, says so of all days"
        assert managers(corrected, ON, known_at=first) == [executive]
        assert invariants.wrong() == {}
        assert PostManager.objects.get(post=post, valid__contains=ON).entry.act == "organization.changed"  # type: ignore[union-attr]


def managers(post: Post, *days: date, **asked: Any) -> list[int | None]:
    return [queries.manager(post.pk, on=day, **asked) for day in days]


def written(post: Post, manager: int) -> None:
    """As the program of then wrote it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE registry_post SET managed_by_id = %s WHERE id = %s", [manager, post.pk])

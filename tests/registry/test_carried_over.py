"""Posts that go over whole, moved as one set: the same register as row by row, and no way round a wall."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from canbo.journal import entries
from canbo.registry import authority, constraints, inheritance
from canbo.registry.days import since
from canbo.registry.models import Membership, Organization, Post, Seat
from tests.registry import acts
from tests.registry.acts import ON, merge, outcome
from tests.world import FOUNDED, World

TABLES = ("registry_post", "registry_postmanager", "registry_seat", "registry_membership")
BY_HAND = "SELECT 1"  # in place of the set: every post is left to the statements that go row by row

#: The triggers of these tables that the set passes by, and what looks after the same instead. Whoever adds a trigger has to
#: say here, and in carry_over.sql, how a post that goes over whole obeys it.
PASSED_BY = {
    "feed_delete": "nothing is deleted",
    "feed_insert": "fed once for all",
    "feed_truncate": "nothing is emptied",
    "feed_update": "fed once for all",
    "leading_posts_by_ruling": "no leading post is moved",
    "post_holds": "neither job nor predecessor is written anew",
    "remember": "remembered in the same statement",
    "reorganization_holds": "no leading post is moved",
}


def rows(sql: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def written() -> list[Any]:
    """Posts, seats and memberships without their numbers; a post by its line of predecessors."""
    lines = """
        WITH RECURSIVE line (id, first, depth) AS (
            SELECT id, id, 0 FROM registry_post WHERE successor_of_id IS NULL
            UNION ALL SELECT p.id, l.first, l.depth + 1 FROM line l JOIN registry_post p ON p.successor_of_id = l.id)
    """
    body = "(SELECT string_agg(code, ',' ORDER BY code) FROM registry_organizationcode c WHERE c.organization_id = {})"
    return [
        rows(f"{lines} SELECT l.first, l.depth, {body.format('p.organization_id')}, p.job_id, p.valid FROM registry_post p JOIN line l USING (id) ORDER BY 1, 2"),
        rows(f"{lines} SELECT l.first, l.depth, {body.format('g.manager_id')}, g.valid, g.entry_id IS NULL FROM registry_postmanager g JOIN line l ON l.id = g.post_id ORDER BY 1, 2, 4"),
        rows(f"{lines} SELECT l.first, l.depth, s.number, s.valid FROM registry_seat s JOIN line l ON l.id = s.post_id ORDER BY 1, 2, 3, 4"),
        rows(
            f"{lines} SELECT l.first, l.depth, m.person_id, m.seat, {body.format('m.organization_id')}, m.valid, m.category, m.kind, m.ending, m.entry_id IS NULL"
            " FROM registry_membership m JOIN line l ON l.id = m.post_id ORDER BY 1, 2, 3, 4, 6"
        ),
    ]  # fmt: skip


def peopled(world: World) -> None:
    """Besides what always is there: what begins or ends after the day, and seats of two lives."""
    acts.populate(world)
    later, ends = world.post("P/1", "officer", seats=3), world.post("P/2", "officer", seats=2)
    world.serve(world.person("later"), later, seat=2, valid=since(date(2027, 1, 1)))
    world.serve(world.person("ends"), ends, valid=since(date(2020, 1, 1), date(2028, 1, 1)), ending=Membership.Ending.RETIREMENT)
    world.serve(world.person("gone"), ends, seat=2, valid=since(date(2020, 1, 1), date(2022, 1, 1)))
    Seat.objects.filter(post=ends, number=2).update(valid=since(date(2016, 1, 1), date(2023, 1, 1)))
    Seat.objects.create(post=ends, number=2, valid=since(date(2024, 1, 1)), **world.mark)
    world.post("P/2", "specialist", valid=since(date(2027, 1, 1)))
    for post, by in ((later, "P.party"), (ends, "P/1")):  # who stays, and who ends
        world.manage(post, by)
    turns = world.post("P/1", "specialist")
    world.manage(turns, "P/2", valid=since(FOUNDED, date(2027, 1, 1)))
    world.manage(turns, "P/1", valid=since(date(2027, 1, 1)))
    world.manage(world.post("P/1", "officer"), "P/2", valid=since(FOUNDED, date(2026, 7, 1)))
    world.manage(world.post("P.party", "officer", valid=since(date(2027, 1, 1))), "P/1")


def test_as_one_set_and_row_by_row_the_same_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    peopled(world)
    found = []
    for statement in (inheritance._WHOLE, BY_HAND):
        monkeypatch.setattr(inheritance, "_WHOLE", statement)
        with transaction.atomic():
            merge(world, "P/1", "P/2", into=outcome("P/3"))
            found.append(written())
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert any(upper.upper == ON for *_rest, upper in found[0][0])


def test_what_was_known_before_is_remembered_with_its_moment(committed: World) -> None:
    with authority.sight(committed.console):
        post = committed.post("P/1", "specialist", seats=2)
        committed.serve(committed.person(), post)
        committed.manage(post, "P.party")
    with authority.sight(committed.console):
        before = {table: dict(rows(f"SELECT id, to_jsonb({table}) FROM {table} WHERE upper_inf(valid)")) for table in TABLES}
        merge(committed, "P/1", "P/2", into=outcome("P/3"))
        for table in TABLES:
            now = dict(rows(f"SELECT id, known_from FROM {table} WHERE upper(valid) = %s", ON))
            past = rows(f"SELECT id, known_to, to_jsonb(p) - 'known_to' FROM {table}_past p WHERE id = ANY (%s)", list(now))
            assert {id: (moment, was) for id, moment, was in past} == {id: (now[id], before[table][id]) for id in now}
            assert now


def test_leading_posts_are_left_to_the_wall_and_what_begins_later_to_the_statements(world: World) -> None:
    made = acts.populate(world)
    heir = world.organizations["P"].pk
    later = world.post("P/1", "officer")
    world.serve(world.person(), later, valid=since(date(2027, 1, 1)))
    turns = world.post("P/1", "officer")
    world.manage(turns, "P.party", valid=since(date(2027, 1, 1)))
    ended = world.post("P/1", "officer", valid=since(date(2016, 1, 1), date(2020, 1, 1)))
    asked = [made["P/1:specialist"].pk, made["P/1:commune-secretary"].pk, later.pk, turns.pk, ended.pk]
    with authority.everything_in_sight():
        assert carried(world, asked, heir) == [made["P/1:specialist"].pk]
    assert Post.objects.get(successor_of=made["P/1:specialist"]).organization_id == heir


def test_nothing_is_carried_to_a_body_that_is_not_there_then(world: World) -> None:
    made = acts.populate(world)
    with authority.everything_in_sight(), pytest.raises(IntegrityError) as caught, transaction.atomic():
        ends = Organization.objects.create(life=since(date(2016, 1, 1), date(2027, 1, 1)), **world.mark)
        carried(world, [made["P/1:specialist"].pk], ends.pk)
    assert constraints.name_of(caught.value) == "post_within_organization"


def test_nothing_is_carried_out_of_sight(world: World) -> None:
    made = acts.populate(world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('canbo.sees_all', '', true)")
    with pytest.raises(DatabaseError, match="in sight"), transaction.atomic():
        carried(world, [made["P/1:specialist"].pk], world.organizations["P"].pk)


def test_the_application_itself_may_not_set_triggers_aside(world: World) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    assert rows("SHOW session_replication_role") == [("origin",)]


def test_the_triggers_act_again_on_what_follows(world: World) -> None:
    made = acts.populate(world)
    with authority.everything_in_sight():
        carried(world, [made["P/1:specialist"].pk], world.organizations["P"].pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=made["P/1:specialist"].pk).update(valid=since(date(2024, 1, 1)))
        acts.settled()


def test_every_trigger_that_is_passed_by_is_known(world: World) -> None:
    found = rows("SELECT DISTINCT tgname FROM pg_trigger WHERE tgrelid = ANY (%s::regclass[]) AND NOT tgisinternal", list(TABLES))
    assert {name for (name,) in found} == set(PASSED_BY)


def carried(world: World, posts: list[int], heir: int) -> list[int]:
    """What `registry_carry_over` moves of the posts."""
    entry = entries.record("organization.changed", by=world.console, about=world.decision, on=ON).pk
    told = [posts, [heir] * len(posts), [None] * len(posts), ON, world.source.pk, world.decision.pk, entry]
    return list(rows("SELECT registry_carry_over(%s::bigint[], %s::bigint[], %s::bigint[], %s::date, %s, %s, %s)", *told)[0][0])

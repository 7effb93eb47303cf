"""The wall asked of sets: the rows that it shows are those of the rule written plainly, and those that it showed before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from canbo import development, registry
from canbo.registry import authority, intake
from tests import world as made_up
from tests.conftest import _clone
from tests.province import SEEN_WHERE_EVER_SERVED, Province, build

NAMES = {model._meta.db_table for model in SEEN_WHERE_EVER_SERVED}
VIEWS = ("canbo_served", "canbo_serving")
Asker = tuple[bool, frozenset[int], int | None]


@pytest.fixture(scope="module")
def province(django_db_setup: None, django_db_blocker: Any) -> Iterator[Province]:
    with django_db_blocker.unblock(), _clone("canbo", f"test_sets_{os.getpid()}"):
        with authority.sight(intake.console()):
            built = build(made_up.build())
        with authority.sight(intake.console()), connection.cursor() as cursor:  # so that every twin has rows, too
            for table in guarded():
                if not table.endswith("_past"):
                    cursor.execute(f"UPDATE {table} SET confirmed_by_id = %s", [built.world.console.pk])
        yield built


def guarded() -> list[str]:
    return [
        name for (name,) in owner("SELECT relname FROM pg_class WHERE relrowsecurity AND relname LIKE 'registry%%' ORDER BY 1")
    ]


def owner(question: str, values: Any = None) -> list[tuple[Any, ...]]:
    """Asked as the owner of the tables, before whom no wall stands."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(question, values)
        return list(cursor.fetchall())


def person_of(table: str) -> str:
    return "id" if table.removesuffix("_past") == "registry_person" else "person_id"


def askers(province: Province) -> Iterator[Asker]:
    """The whole register; nothing; each body by itself, all and half of them; with and without an own file."""
    bodies = sorted(province.codes)
    scopes = [[], *([body] for body in bodies), bodies, bodies[::2], [-1]]
    own = [None, *(province.persons[who].pk for who in ("in the unit", "went to another province", retired(province)))]
    yield True, frozenset(), None
    yield True, frozenset(bodies[:1]), own[1]
    for scope in scopes:
        for person in own if len(scope) != 1 else own[:1] + own[-1:]:
            yield False, frozenset(scope), person


def retired(province: Province) -> str:
    """Somebody who serves nowhere any more."""
    return next(
        who for who, person in province.persons.items() if owner("SELECT canbo_in_service(%s)", [person.pk]) == [(False,)]
    )


class Plainly:
    """Who sees whom, from all memberships, with nothing of the wall in it."""

    def __init__(self) -> None:
        self.lines = owner(
            "SELECT person_id, organization_id, upper(valid) IS NULL OR upper(valid) > CURRENT_DATE FROM registry_membership"
        )
        self.serving = {person for person, _body, now in self.lines if now}

    def ever(self, scope: frozenset[int]) -> set[int]:
        return {person for person, body, _now in self.lines if body in scope}

    def filed(self, scope: frozenset[int]) -> set[int]:
        return {
            person for person, body, now in self.lines if body in scope and (now or person not in self.serving)
        }  # fmt: skip

    def rows(self, table: str, asker: Asker) -> list[tuple[Any, ...]]:
        everything, scope, own = asker
        bare, person = table.removesuffix("_past"), person_of(table)
        people = {*(self.ever(scope) if bare in NAMES else self.filed(scope)), own}
        return [
            (row[0], *row[3:]) for row in owner(f"SELECT ctid::text, {person}, {body_of(table)}, {person} FROM {table} ORDER BY 1")
            if everything or row[1] in people or row[2] in scope
        ]  # fmt: skip


def body_of(table: str) -> str:
    return "organization_id" if table.startswith("registry_membership") else "NULL::bigint"


@contextmanager
def looking(asker: Asker) -> Iterator[Any]:
    everything, scope, own = asker
    with transaction.atomic(), connection.cursor() as cursor:
        authority.open_sight(authority.Reach(everything, scope, own, everything, scope))
        yield cursor


def shown(province: Province) -> dict[tuple[str, Asker], list[tuple[Any, ...]]]:
    """What the role of the programs sees, by table and asker."""
    found = {}
    for asker in askers(province):
        with looking(asker) as cursor:
            for table in guarded():
                cursor.execute(f"SELECT ctid::text, {person_of(table)} FROM {table} ORDER BY 1")
                found[table, asker] = list(cursor.fetchall())
    return found


def test_the_wall_shows_the_rows_of_the_rule_written_plainly(province: Province) -> None:
    plainly, found = Plainly(), shown(province)
    for (table, asker), rows in found.items():
        assert rows == plainly.rows(table, asker), (table, asker)
    counted = {table: {len(rows) for (other, _asker), rows in found.items() if other == table} for table in guarded()}
    several = [table for table, numbers in counted.items() if len(numbers) > 2]
    assert {*NAMES, "registry_membership", "registry_membership_past", "registry_sanction"} <= set(several)


def test_nobody_sees_anything_where_nothing_was_set(province: Province) -> None:
    connection.close()  # a connection on which nothing was ever said
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT canbo_sees_all(), canbo_scope(), canbo_self()")
        assert cursor.fetchone() == (False, [], None)
        for table in (*guarded(), *VIEWS):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


def said() -> list[tuple[Any, ...]]:
    return owner("SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2")


def statements(way: str) -> str:
    rooms = [Path(str(room.__file__)).parent / "migrations" / f"{way}.sql" for room in (registry, development)]
    return "".join(path.read_text(encoding="utf-8") for path in (rooms if way == "sight_by_sets" else rooms[::-1]))


def test_row_by_row_the_wall_showed_the_same_and_there_is_a_way_back(province: Province) -> None:
    after, now = shown(province), said()
    with connections["owner"].cursor() as cursor:
        cursor.execute(statements("sight_by_rows"))
        try:
            before, then = shown(province), said()
        finally:
            cursor.execute(statements("sight_by_sets"))
    assert before == after
    changed = {row[0] for row, other in zip(now, then, strict=True) if row != other}
    assert set(guarded()) <= changed and "development_potential" in changed
    assert said() == now


def test_development_is_seen_as_the_file_is(province: Province) -> None:
    texts = {(table, policy): using for table, policy, _cmd, using, _check in said()}
    for table in ("assessment", "place", "enrolment", "selfstudy", "potential"):
        name = f"development_{table}"
        assert texts[name, "seen"].replace(name, "registry_sanction") == texts["registry_sanction", "seen"]


def test_the_views_of_the_wall_tell_who_is_seen_anyway_and_take_nothing(province: Province) -> None:
    plainly = Plainly()
    serving = {(person, body) for person, body, now in plainly.lines if now}
    for asker in askers(province):
        _everything, scope, _own = asker
        with looking(asker) as cursor:
            for view, told in zip(VIEWS, (plainly.ever(scope), {who for who, body in serving if body in scope}), strict=True):
                cursor.execute(f"SELECT person_id FROM {view}")
                assert {row[0] for row in cursor.fetchall()} == told, (view, asker)
    with connection.cursor() as cursor:
        for view in VIEWS:
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute("SELECT has_table_privilege(%s, %s)", [view, right])
                assert cursor.fetchone() == (right == "SELECT",), (view, right)

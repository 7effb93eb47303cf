"""Who sees, adds, changes and removes lines of scenarios and whoever waits for a post: described by hand and held against
the database. Then every policy is dropped, and opened: each is found."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from canbo.procedures.models import Scenario, ScenarioLine, Waiting
from canbo.registry import authority, intake
from canbo.registry.days import since
from tests import world as made_up
from tests.conftest import _clone
from tests.procedures.test_case_sight import lets, owner_says, sight_of

TABLES = ("procedures_scenarioline", "procedures_waiting")
LINES = {"of units", "of somebody"}
WAIT = {"who serves in the body", "who serves elsewhere"}
#: Who asks -> bodies in sight (None: all), whose person; the lines and the people waiting that are seen.
ASKERS: dict[str, tuple[tuple[str, ...] | None, str | None, set[str], set[str]]] = {
    "who sees everything": (None, None, LINES, WAIT),
    "the body of the scenario": (("P/1",), None, LINES, set()),
    "the body where somebody serves": (("P/1.executive",), None, {"of units"}, {"who serves in the body"}),
    "who waits": ((), "who serves in the body", {"of units"}, {"who serves in the body"}),
    "the other body": (("Q/1",), None, {"of units"}, {"who serves elsewhere"}),
    "nobody": ((), None, {"of units"}, set()),
}


def told(asker: str) -> dict[str, dict[str, set[str]]]:
    """Table -> verb -> the rows. Lines are rewritten by nobody; a waiting ends, and is removed by whoever sees everything."""
    bodies, _who, lines, wait = ASKERS[asker]
    return {
        "procedures_scenarioline": {"sees": lines, "adds": lines, "changes": set(), "removes": lines},
        "procedures_waiting": {"sees": wait, "adds": WAIT, "changes": wait, "removes": WAIT if bodies is None else set()},
    }


@dataclass
class Ground:
    reaches: dict[str, authority.Reach]
    names: dict[str, dict[int, str]]  # table -> number of the row -> its name


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    with django_db_blocker.unblock(), _clone("canbo", f"test_scenario_sight_{os.getpid()}"):
        with authority.sight(intake.console()):
            built = build(made_up.build())
        yield built


def build(world: made_up.World) -> Ground:
    posts = {"who serves in the body": "P/1.executive", "who serves elsewhere": "Q/1"}
    persons, held = {}, {}
    for name, code in posts.items():
        persons[name], held[name] = world.person(name), world.post(code, "specialist")
        world.serve(persons[name], held[name])
    rehearsed = Scenario.objects.create(
        name="s", base=date(2026, 9, 1), on=date(2027, 1, 1), body=world.organizations["P/1"], owner=world.console
    )
    names: dict[str, dict[int, str]] = {table: {} for table in TABLES}
    for place, name in enumerate(sorted(LINES)):
        who = persons["who serves elsewhere"] if name == "of somebody" else None
        line = ScenarioLine.objects.create(scenario=rehearsed, place=place, kind="people" if who else "move", says={}, person=who)
        names["procedures_scenarioline"][line.pk] = name
    for name, person in persons.items():
        row = Waiting.objects.create(
            scenario=rehearsed, person=person, state="placement", post=held[name], valid=since(date(2026, 9, 1)), **world.mark
        )
        names["procedures_waiting"][row.pk] = name
    reaches = {}
    for asker, (bodies, someone, *_rest) in ASKERS.items():
        scope = frozenset(world.organizations[code].pk for code in bodies or ())
        own = persons[someone].pk if someone else None
        reaches[asker] = authority.Reach(bodies is None, scope, own, bodies is None, scope)
    return Ground(reaches, names)


def differences(ground: Ground) -> Iterator[tuple[str, str, str, Any]]:
    samples = {table: {name: as_row(table, key) for key, name in ground.names[table].items()} for table in TABLES}
    for asker, reach in ground.reaches.items():
        with sight_of(reach) as cursor:
            for table in TABLES:
                names = ground.names[table]
                cursor.execute(f"SELECT id FROM {table}")
                found = {"sees": {names[row[0]] for row in cursor.fetchall()}}
                adding = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
                found["adds"] = {name for name, row in samples[table].items() if lets(cursor, adding, [json.dumps(row)])}
                for verb, statement in (("changes", f"UPDATE {table} SET id = id"), ("removes", f"DELETE FROM {table}")):
                    found[verb] = {name for key, name in names.items() if lets(cursor, f"{statement} WHERE id = %s", [key])}
                for verb, rows in told(asker)[table].items():
                    if found[verb] != rows:
                        yield asker, table, verb, found[verb] ^ rows


def as_row(table: str, key: int) -> dict[str, Any]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE id = %s", [key])
        found = cursor.fetchone()[0]
    row: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    return row | {"id": -1, "place": 99}


def test_the_database_and_the_description_differ_on_no_line_and_on_nobody_who_waits(ground: Ground) -> None:
    assert list(differences(ground)) == []


def policies(table: str) -> list[tuple[str, str, str | None, str | None]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT policyname, cmd, qual, with_check FROM pg_policies WHERE tablename = %s ORDER BY 1", [table])
        return cursor.fetchall()


def test_a_policy_that_is_dropped_or_opened_is_found(ground: Ground) -> None:
    missed = []
    for table in TABLES:
        seen = next(using for name, _verb, using, _check in policies(table) if name == "seen")
        for name, verb, using, check in policies(table):
            parts = {"USING": using, "WITH CHECK": check}
            whole = " ".join(f"{word} ({part})" for word, part in parts.items() if part)
            made = f"CREATE POLICY {name} ON {table} FOR {verb} {whole}"
            open_ = " ".join(f"{word} (true)" for word, part in parts.items() if part)
            broken = [f"DROP POLICY {name} ON {table}"]
            # Nobody changes or removes what is not seen, so a policy that says no more than that opens nothing.
            if any(part not in (None, "true") for part in parts.values()) and (verb == "SELECT" or using != seen):
                broken.append(f"{broken[0]}; CREATE POLICY {name} ON {table} FOR {verb} {open_}")
            for statement in broken:
                with owner_says(statement, f"DROP POLICY IF EXISTS {name} ON {table}; {made}"):
                    if not any(differences(ground)):
                        missed.append(statement)
    assert missed == []


def test_what_was_believed_of_who_waits_is_walled_as_what_is_believed(ground: Ground) -> None:
    now, past = policies("procedures_waiting"), policies("procedures_waiting_past")
    assert now
    assert [tuple(part and part.replace("procedures_waiting_past", "procedures_waiting") for part in row) for row in past] == now
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE relname = 'procedures_waiting_past'")
        assert cursor.fetchone()[0]

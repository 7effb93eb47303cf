"""The world in the register: whole, once, under every constraint, and as published."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from canbo.journal import entries
from canbo.project.world import filling, loading, tasks
from canbo.project.world.invention import World
from canbo.project.world.postponing import unsettled
from canbo.registry import queries
from canbo.registry.models import Account, Membership, Person
from tests.conftest import _clone
from tests.demo_world.conftest import SMALL, definitions

ON = date(2025, 10, 7)


def asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return cursor.fetchall()


def test_every_constraint_index_and_trigger_stands_again_as_before(loaded: dict[str, Any]) -> None:
    assert loaded["after"] == loaded["before"]
    assert all(row[3] in {"true", "O"} for row in loaded["after"])


def test_the_register_holds_what_was_invented(loaded: dict[str, Any], small: World) -> None:
    assert Person.objects.count() == SMALL
    assert Membership.objects.count() == len(small.memberships.person)
    assert asked("SELECT count(*) FROM registry_seat")[0][0] == sum(small.structure.post_seats)
    assert asked("SELECT DISTINCT s.invented FROM registry_person p JOIN registry_source s ON s.id = p.source_id") == [(True,)]


def test_the_journal_says_what_was_loaded_and_with_which_digest(loaded: dict[str, Any], small: World) -> None:
    entry = entries.once(loading.KEY)
    assert entry is not None and entry.act == "world.loaded"
    assert loaded["told"]["sha256"] == small.digest
    assert loaded["told"]["people"] == SMALL
    assert asked("SELECT DISTINCT entry_id FROM registry_membership") == [(entry.pk,)]


def test_filling_again_changes_nothing(loaded: dict[str, Any]) -> None:
    said: list[str] = []
    assert filling.fill(people=SMALL, seed=1, say=said.append) == loaded["told"]
    assert len(said) == 1


def test_another_world_beside_it_is_refused(loaded: dict[str, Any]) -> None:
    with pytest.raises(loading.NotEmpty, match="seed 1"):
        filling.fill(people=SMALL, seed=2, say=lambda _said: None)


@pytest.mark.parametrize(
    ("measure", "published"),
    [
        ("managed_cadres", 583), ("managed_cadres_women", 112), ("managed_cadres_young", 45), ("managed_cadres_master", 454),
        ("managed_cadres_doctor", 52), ("committee_members", 3261), ("committee_members_women", 991), ("committee_members_young", 689),
        ("committee_members_college", 7), ("committee_members_university", 1738), ("committee_members_master", 1506),
        ("committee_members_doctor", 34),
    ],
)  # fmt: skip
@pytest.mark.parametrize("on", [ON, date(2025, 12, 31)])
def test_the_reports_count_what_was_published(measure: str, published: int, on: date, loaded: dict[str, Any]) -> None:
    from canbo.reports import measures

    unit = queries.unit("31", on=on)
    found = measures.measure(measure, organization=unit.id, organizations=queries.subtree(unit.id, on=on), on=on)
    assert found == published


def test_a_body_tells_what_it_came_from_and_what_it_became(loaded: dict[str, Any]) -> None:
    came = queries.lineage("31/10507.executive")["origins"]
    assert came == [f"old:30/288/{code}.executive" for code in ("10507", "10510", "10519", "10663")]
    assert queries.lineage("31.party.organization")["origins"] == ["old:30.party.organization", "old:31.party.organization"]
    assert "31/10507.party" in queries.lineage("old:30/288.party")["heirs"]


def test_each_task_of_a_commune_has_one_owner(loaded: dict[str, Any]) -> None:
    found = asked(
        """SELECT t.code, count(*) FROM registry_remit r JOIN registry_task t ON t.id = r.task_id
           JOIN registry_organizationcode c ON c.organization_id = r.organization_id
           WHERE c.code LIKE '31/10507.%%' AND r.valid @> '2026-01-01'::date GROUP BY 1"""
    )
    expected = {task.code for task in tasks.read() if task.only in ("", "ward")}
    assert dict(found) == dict.fromkeys(expected, 1)
    assert len(expected) == 100


def test_a_school_went_from_the_old_commune_to_the_new(loaded: dict[str, Any]) -> None:
    hospital = queries.unit("31.service.hospital-1", on=ON)
    assert hospital.parent == "31.executive"
    assert queries.unit("old:30.service.hospital-1", on=date(2025, 6, 30)).id == hospital.id


def test_the_seat_of_a_leader_cannot_be_taken_by_a_second(loaded: dict[str, Any]) -> None:
    row = Membership.objects.filter(valid__endswith__isnull=True, post__job__code="commune-chair").first()
    assert row is not None
    other = Person.objects.exclude(pk=row.person_id).first()
    row.pk, row.person = None, other
    with pytest.raises(IntegrityError, match="membership_seat_held_once"), transaction.atomic():
        row.save(force_insert=True)


def test_new_rows_get_new_numbers_after_the_load(loaded: dict[str, Any]) -> None:
    for table in loading.FILLED:
        if asked(f"SELECT count(*) FROM {table}")[0][0]:
            highest, following = asked(f"SELECT max(id), nextval(pg_get_serial_sequence('{table}', 'id')) FROM {table}")[0]
            assert following > highest, table


def test_accounts_for_each_kind_of_user_with_their_grants(loaded: dict[str, Any]) -> None:
    names = set(Account.objects.filter(is_program=False).values_list("username", flat=True))
    assert {
        "central-officer",
        "central-inspector",
        "province-officer",
        "commune-officer",
        "leader",
        "inspector",
        "statistician",
        "auditor",
        "civil-servant",
        "registrar",
    } <= names
    own = Account.objects.get(username="civil-servant")
    assert own.person is not None and own.person.identification_number == "030190000369"


def test_outside_the_demo_the_accounts_have_no_password(loaded: dict[str, Any]) -> None:
    assert not any(account.has_usable_password() for account in Account.objects.filter(is_program=False))


LOAD = """
import os, sys, django
django.setup()
from django.db import connections
for alias in ("default", "owner"):
    connections[alias].settings_dict["NAME"] = sys.argv[1]
from canbo.project.world import filling
filling.fill(people=int(sys.argv[2]), seed=int(sys.argv[3]), say=lambda said: print(said, flush=True))
print("whole", flush=True)
"""
# through two connections, as a whole country is loaded
LARGE = LOAD.replace(
    "from canbo.project.world import filling\n",
    "from canbo.project.world import filling, loading_large\nloading_large.LARGE = 0\nloading_large.BATCH = 9000\n",
)


def test_a_load_that_is_killed_leaves_nobody_or_everybody_and_can_be_done_again(own_country: str, small: World) -> None:
    """kill -9 of the loading program at some moment of the load; then the same command once more."""
    killed(LOAD, own_country, random.Random(os.environ.get("CANBO_TEST_SEED", "kill")), server=False, within=2.0)
    whole = loading.was_loaded() is not None
    assert counted() == ((SMALL, len(small.memberships.person)) if whole else (0, 0))
    assert (asked("SELECT count(*) FROM registry_organizationcode WHERE code LIKE '%%.party'") == [(0,)]) is not whole
    subprocess.run([sys.executable, "-c", LOAD, own_country, str(SMALL), "1"], check=True, capture_output=True)
    assert counted() == (SMALL, len(small.memberships.person))


def until_free() -> None:
    """Wait until the server has noticed that the killed client is gone."""
    connections["owner"].close()
    for _attempt in range(200):
        if not asked(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND usename = 'canbo_owner' AND pid <> pg_backend_pid()"
        ):
            return
        time.sleep(0.1)
    raise AssertionError("The killed load is still there after 20 s.")


@pytest.mark.soak
@pytest.mark.parametrize("program", ["one transaction", "two connections"])
def test_a_hundred_kills_of_client_or_server_leave_a_whole_world_or_none(
    program: str, _country_template: str, small: World, django_db_blocker: Any
) -> None:
    """kill -9 at random moments, by turns of the program and of a server process that works for it."""
    chance = random.Random(os.environ.get("CANBO_TEST_SEED", "soak"))
    kills, wanted = 0, int(os.environ.get("CANBO_KILLS", "50"))
    with django_db_blocker.unblock():
        while kills < wanted:
            with _clone(_country_template, f"test_killed_{os.getpid()}") as name:
                whole = False
                while kills < wanted and not whole:
                    killed(LOAD if program == "one transaction" else LARGE, name, chance, server=bool(kills % 2))
                    kills += 1
                    whole = loading.was_loaded() is not None
                    assert counted() == ((SMALL, len(small.memberships.person)) if whole else (0, 0))
                subprocess.run([sys.executable, "-c", LOAD, name, str(SMALL), "1"], check=True, capture_output=True)
                assert (loading.was_loaded() or {})["sha256"] == small.digest
                assert counted() == (SMALL, len(small.memberships.person))


def killed(program: str, name: str, chance: random.Random, *, server: bool, within: float = 5.0) -> None:
    """Start a load, and kill it or a server process of it at some moment."""
    running = subprocess.Popen(
        [sys.executable, "-c", program, name, str(SMALL), "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    for line in running.stdout:
        if line.startswith("Loading"):
            break
    time.sleep(chance.uniform(0.0, within))
    connections["owner"].close()
    workers = asked("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'canbo_owner'")
    if server and workers:
        os.kill(chance.choice(workers)[0], signal.SIGKILL)
    else:
        running.send_signal(signal.SIGKILL)
    running.stdout.read()
    running.wait()
    connections.close_all()
    until_up()
    until_free()


def counted() -> tuple[int, int]:
    """Persons and memberships as the application sees them."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL canbo.sees_all = 'on'")
        cursor.execute("SELECT (SELECT count(*) FROM registry_person), (SELECT count(*) FROM registry_membership)")
        people, memberships = cursor.fetchone()
        return people, memberships


def until_up() -> None:
    """Wait until the server has recovered from the death of one of its processes."""
    for _attempt in range(300):
        try:
            asked("SELECT 1")
            return
        except OperationalError:
            connections.close_all()
            time.sleep(0.1)
    raise AssertionError("The server has not come back for 30 s.")


def test_two_connections_load_the_same_world_under_the_same_constraints(own_country: str, small: World) -> None:
    before = definitions()
    subprocess.run([sys.executable, "-c", LARGE, own_country, str(SMALL), "1"], check=True, capture_output=True)
    assert definitions() == before
    told = loading.was_loaded()
    assert told is not None and told["sha256"] == small.digest
    assert counted() == (SMALL, len(small.memberships.person))
    assert asked("SELECT to_regclass('world_unfinished')") == [(None,)]


def test_a_large_load_that_is_killed_shows_nobody_or_everybody_and_is_begun_anew(own_country: str, small: World) -> None:
    before = definitions()
    killed(LARGE, own_country, random.Random(os.environ.get("CANBO_TEST_SEED", "kill")), server=False, within=1.0)
    whole = loading.was_loaded() is not None
    assert counted() == ((SMALL, len(small.memberships.person)) if whole else (0, 0))
    subprocess.run([sys.executable, "-c", LARGE, own_country, str(SMALL), "1"], check=True, capture_output=True)
    assert definitions() == before
    told = loading.was_loaded()
    assert told is not None and told["people"] == SMALL


@pytest.mark.parametrize(
    ("spoilt", "found"),
    [
        ("DELETE FROM registry_organizationname WHERE organization_id = %(body)s", "organization_is_described"),
        ("DELETE FROM registry_organizationcode WHERE organization_id = %(body)s", "organization_is_described"),
        ("UPDATE registry_organizationstatus SET valid = daterange('2026-01-01', NULL) WHERE organization_id = %(body)s", "organization_is_described"),
        ("UPDATE registry_organizationparent SET parent_id = %(body)s WHERE organization_id = %(above)s AND upper_inf(valid)", "organization_not_in_circle"),
    ],
)  # fmt: skip
def test_what_the_triggers_would_refuse_is_found_after_the_load(spoilt: str, found: str, loaded: dict[str, Any]) -> None:
    ids = {"body": queries.unit("31/10507.executive.office", on=ON).id, "above": queries.unit("31/10507.executive", on=ON).id}
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT id FROM registry_source WHERE code = 'demo-world'")
        source = cursor.fetchone()[0]
        assert unsettled(cursor, source) is None
        for table in ("organizationname", "organizationcode", "organizationstatus", "organizationparent"):
            cursor.execute(f"ALTER TABLE registry_{table} DISABLE TRIGGER USER")
        cursor.execute(spoilt, ids)
        assert (unsettled(cursor, source) or "").startswith(found)
        transaction.set_rollback(True, using="owner")

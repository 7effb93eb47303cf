"""A world of millions, through two connections at once.

What one transaction would do in nine minutes on one core takes two connections about six on two. They cannot share
a transaction, so the load is committed in parts; and because a part is not a world, a policy hides every person
from the application until the last commit, which lifts it, writes the journal's entry and removes the note
`world_unfinished`. A load that is killed leaves that note: `clear` reads from it what to take out and which
definitions to make again, and the load begins anew. Bodies and posts are seen before; people are not.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import Any

import psycopg
from django.db import connections, transaction

from canbo.project.world.copying import copy
from canbo.project.world.invention import World
from canbo.project.world.loading import (
    BODIES,
    FILLED,
    MEMBERSHIP,
    OWNER,
    PERSONS,
    Asked,
    Clock,
    Loaded,
    Say,
    finish,
    persons,
    prepare,
    record,
    refuse_if_filled,
)
from canbo.project.world.postponing import Postponed, postpone, settle
from canbo.project.world.tables import Place, Table, Tables

NOTE = "world_unfinished"
LARGE = 500_000  # people, from which on two connections pay
BATCH = 250_000  # memberships in a transaction; each is checked against its seat before the next
STREAMS = 2
WITHIN_SEAT = '"membership_within_seat"'


def load(world: World, asked: Asked, *, say: Say = lambda _said: None) -> Loaded:
    """Load a large world into a register that holds the units and nobody. Raises NotEmpty, and writes nothing then.

    The two constraints that take longest stand on one table and can only be built one after the other. So whatever
    else can wait is copied and made up beside them, on the other core: they need only the seats before them.
    """
    clock = Clock(say)
    place, gone = _begin(world, asked)
    tables = Tables(world, place)
    rows: dict[str, int] = {}
    seats_first = [statement for table, statement in gone.keys if table == "registry_seat"]
    within_seat = [statement for table, statement in gone.foreign if table == MEMBERSHIP and WITHIN_SEAT in statement]
    clock.lap("begun")
    _together(
        lambda: _fill(tables.posts(), rows, seats_first),
        lambda: _fill(chain(tables.bodies(), [tables.remits()]), rows),
    )
    clock.lap("bodies and posts copied")
    _do(within_seat)
    _together(*(_stream(tables, number) for number in range(STREAMS)))
    rows[MEMBERSHIP] = len(world.memberships.person)
    clock.lap("memberships copied, each checked against its seat")
    mine, others = gone.of([MEMBERSHIP]), gone.of([*BODIES, *PERSONS])
    rest = [statement for statement in others.statements() if statement not in seats_first]
    _together(
        lambda: _do([statement for _table, statement in (*mine.keys, *mine.indexes)]),
        lambda: _fill(persons(tables), rows, [*rest, *(f"ANALYZE {table}" for table in others.tables)]),
    )
    clock.lap("keys and indexes of memberships; beside them people, records and all other constraints")
    _do([*(statement for _table, statement in mine.foreign if statement not in within_seat), f"ANALYZE {MEMBERSHIP}"])
    clock.lap("foreign keys of memberships")
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        finish(cursor, world, place, gone, rows)
        record(world, asked)
        _lift(cursor)
    clock.lap("finish")
    return Loaded(rows, clock.laps)


def _begin(world: World, asked: Asked) -> tuple[Place, Postponed]:
    """Note that a load has begun, hide people, put the checks off: committed, so that a killed load is known by it."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(FILLED)} IN ACCESS EXCLUSIVE MODE")
        refuse_if_filled(cursor)
        told = record(world, asked, act="world.begun", key=f"world.begun:{uuid.uuid4()}")
        place = prepare(cursor, world, told)
        for table in _guarded(cursor):
            cursor.execute(f"CREATE POLICY {NOTE} ON {table} AS RESTRICTIVE USING (false)")
        gone = postpone(cursor, FILLED)
        for table in FILLED:  # it would read every table again and again while it grows
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        cursor.execute(f"CREATE TABLE {NOTE} (dropped jsonb NOT NULL, first jsonb NOT NULL)")
        cursor.execute(f"INSERT INTO {NOTE} VALUES (%s, %s)", [json.dumps(gone.as_json()), json.dumps(place.first)])
    return place, gone


def clear(*, say: Say) -> bool:
    """Take out what a killed load left, and make again what it had dropped; False when there is nothing of the kind."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [NOTE])
        if cursor.fetchone()[0] is None:
            return False
        say("A load that was killed has left its beginning; taking it out ...")
        cursor.execute(f"LOCK TABLE {NOTE}, {', '.join(FILLED)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"SELECT dropped, first FROM {NOTE}")
        dropped, first = (json.loads(value) if isinstance(value, str) else value for value in cursor.fetchone())
        gone = Postponed.from_json(dropped)
        for table in reversed(FILLED):
            cursor.execute(f"DELETE FROM {table} WHERE id >= %s", [first[table]])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in gone.missing(cursor):
            cursor.execute(statement)
        settle(cursor, gone)
        _lift(cursor)
    return True


def _lift(cursor: Any) -> None:
    """Let people be seen, and remove the note."""
    for table in _guarded(cursor):
        cursor.execute(f"DROP POLICY IF EXISTS {NOTE} ON {table}")
    for table in FILLED:
        cursor.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
    cursor.execute(f"DROP TABLE {NOTE}")


def _guarded(cursor: Any) -> list[str]:
    """The filled tables that row-level security guards: those about people."""
    cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity AND oid = ANY (%s::regclass[])", [FILLED])
    return sorted(row[0] for row in cursor.fetchall())


def _fill(filled: Iterable[Table], rows: dict[str, int], after: Iterable[str] = ()) -> None:
    """Copy tables, then do what must follow at once, on a connection of its own."""
    with _connection() as connection:
        for table, columns, size in filled:
            with connection.transaction(), connection.cursor() as cursor:
                rows[table] = copy(cursor, table, columns, size)
        _run(connection, after)


def _stream(tables: Tables, number: int) -> Callable[[], None]:
    """One of the streams of memberships: a run of posts of its own, so that two streams lock no seat together."""
    total = len(tables.world.memberships.person)
    edges = [total * share // STREAMS for share in range(STREAMS + 1)]

    def run() -> None:
        with _connection() as connection:
            for start in range(edges[number], edges[number + 1], BATCH):
                part = slice(start, min(start + BATCH, edges[number + 1]))
                with connection.transaction(), connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    copy(cursor, *tables.memberships(part))

    return run


def _do(statements: Iterable[str]) -> None:
    with _connection() as connection:
        _run(connection, statements)


def _run(connection: psycopg.Connection[Any], statements: Iterable[str]) -> None:
    """Each statement in a transaction of its own: what it locks it lets go before the next."""
    for statement in statements:
        connection.execute(statement)


@contextmanager
def _connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own as the owner, set up for bulk work."""
    wrapped = connections[OWNER]
    given = {name: value for name, value in wrapped.get_connection_params().items() if name not in {"cursor_factory", "context"}}
    with psycopg.connect(**given, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '1GB'")
        yield connection


def _together(*acts: Callable[[], None]) -> None:
    """Do acts at once; the first that fails is raised when all have ended."""
    with ThreadPoolExecutor(len(acts)) as pool:
        running: list[Future[None]] = [pool.submit(act) for act in acts]
    for each in running:
        each.result()

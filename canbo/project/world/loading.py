"""The world into the register: by COPY as the owner of the tables, whole or not at all, and once.

A world of the usual size is one transaction: a load that is killed leaves nothing. Keys, indexes and foreign keys
are put off and made up for all rows before the commit, so that what is committed has passed every constraint.
A whole country goes through two connections at once (`loading_large`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.project.database.problems import DatabaseProblem
from canbo.project.world import accounts, allotments, tasks
from canbo.project.world.copying import copy
from canbo.project.world.invention import World
from canbo.project.world.postponing import Postponed, postpone, settle, unsettled
from canbo.project.world.tables import Place, Table, Tables
from canbo.registry.models import Account, Area, Decision, Job, OrganizationCode, Source

OWNER = "owner"
KEY = "world"
ACT = "world.loaded"
BODIES = [
    "registry_organization", "registry_organizationstatus", "registry_organizationcode", "registry_organizationname",
    "registry_organizationparent", "registry_changeevent", "registry_original", "registry_resulting", "registry_remit",
    "registry_post", "registry_postmanager", "registry_seat",
]  # fmt: skip
PERSONS = [
    "registry_person", "registry_personname", "registry_credential", "registry_politicaltheory", "registry_languageskill",
    "registry_training", "registry_rating", "registry_reward", "registry_sanction", "registry_declaration",
    "registry_salarystep", "registry_succession", "registry_kinship", "registry_nonedeclared",
]  # fmt: skip
MEMBERSHIP = "registry_membership"
FILLED = [*BODIES, *PERSONS, MEMBERSHIP]
SOURCE = {
    "code": "demo-world",
    "title": "The demo world of canbo: invented people on real administrative units",
    "licence": "Apache-2.0",
    "invented": True,
}

Say = Callable[[str], object]


class NotEmpty(DatabaseProblem):
    """The register holds people already; the text says whose and what to do."""


@dataclass(frozen=True)
class Loaded:
    """What a load wrote: rows by table, seconds by step."""

    rows: dict[str, int]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Asked:
    """What was asked for, and by whom."""

    people: int | None
    seed: int
    by: Account


def load(world: World, asked: Asked, *, say: Say = lambda _said: None) -> Loaded:
    """Load a world into a register that holds the units and nobody. Raises NotEmpty, and writes nothing then."""
    clock = Clock(say, least=60)
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(f"LOCK TABLE {', '.join(FILLED)} IN ACCESS EXCLUSIVE MODE")
        refuse_if_filled(cursor)
        place = prepare(cursor, world, record(world, asked))
        tables = Tables(world, place)
        gone = postpone(cursor, FILLED)
        rows: dict[str, int] = {}
        for table, columns, size in everything(tables):
            rows[table] = copy(cursor.cursor, table, columns, size)
            clock.lap(table)
        say(_("Checking what was loaded and making its indexes ..."))
        for statement in gone.statements():
            cursor.execute(statement)
            clock.lap(statement.partition(" (")[0][:90])
        for table in sorted(rows):  # before anything is asked: without it the planner takes the tables for empty
            cursor.execute(f"ANALYZE {table}")
        clock.lap("analyze")
        finish(cursor, world, place, gone, rows)
        clock.lap("finish")
        allotments.make(cursor, place, world, using=OWNER)
        clock.lap("headcount")
    return Loaded(rows, clock.laps)


class Clock:
    """Seconds of each step, told as they pass when they are more than `least`."""

    def __init__(self, say: Say, *, least: float = 5) -> None:
        self.say, self.least = say, least
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, step: str) -> None:
        now = time.monotonic()
        self.laps[step] = round(now - self._last, 2)
        if self.laps[step] > self.least:
            self.say(f"  {step}: {self.laps[step]:.0f} s")
        self._last = now


def everything(tables: Tables) -> Iterator[Table]:
    """All tables in an order in which each follows what it names."""
    yield from bodies(tables)
    yield from persons(tables)
    yield tables.memberships()


def bodies(tables: Tables) -> Iterator[Table]:
    yield from tables.bodies()
    yield tables.remits()
    yield from tables.posts()


def persons(tables: Tables) -> Iterator[Table]:
    yield from tables.persons()
    yield from tables.records()


def refuse_if_filled(cursor: Any) -> None:
    """Raises NotEmpty when anybody is in the register."""
    cursor.execute(
        "SELECT s.invented FROM registry_person p JOIN registry_source s ON s.id = p.source_id ORDER BY s.invented LIMIT 1"
    )
    found = cursor.fetchone()
    if found is None:
        return
    if found[0]:
        raise NotEmpty(
            _(
                "This register holds an invented world already. For another one, name an empty place with CANBO_HOME and try again."
            )
        )
    raise NotEmpty(
        _("This register holds real people. An invented world never goes beside them: name an empty place with CANBO_HOME.")
    )


def record(world: World, asked: Asked, *, act: str = ACT, key: str = KEY) -> tuple[Source, Decision, int]:
    """The journal entry of the load, with the source and the decision under which it goes."""
    source, _made = Source.objects.using(OWNER).get_or_create(code=SOURCE["code"], defaults=SOURCE)
    title = {
        "en": "Intake of the demo world (invented people)", "vi": "Tiếp nhận thế giới mẫu (người hư cấu)",
        "fa": "پذیرش دنیای نمایشی (افراد ساختگی)",
    }  # fmt: skip
    decision, _made = Decision.objects.using(OWNER).get_or_create(
        issuer="register", number=f"intake/{source.code}", defaults={"kind": Decision.Kind.INTAKE, "title": title}
    )
    payload = {
        "people": world.people, "memberships": len(world.memberships.person), "asked": asked.people, "seed": asked.seed,
        "sha256": world.digest,
    }  # fmt: skip
    entry = entries.record(act, by=asked.by, about=decision, key=key, using=OWNER, payload=payload)
    return source, decision, entry.pk


def prepare(cursor: Any, world: World, told: tuple[Source, Decision, int]) -> Place:
    """The ids that are free, and the ids of what the world names."""
    source, decision, entry = told
    first = {}
    for table in FILLED:
        cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")
        first[table] = cursor.fetchone()[0]
    return Place(
        source=source.pk, decision=decision.pk, entry=entry, first=first,
        organizations=dict(OrganizationCode.objects.using(OWNER).values_list("code", "organization_id")),
        areas=dict(Area.objects.using(OWNER).values_list("code", "pk")),
        jobs=dict(Job.objects.using(OWNER).values_list("code", "pk")),
        task_ids=tasks.enter(using=OWNER),
    )  # fmt: skip


def finish(cursor: Any, world: World, place: Place, gone: Postponed, rows: dict[str, int]) -> None:
    """The triggers' questions asked of all rows, the counters set, the accounts made."""
    settle(cursor, gone)
    found = unsettled(cursor, place.source)
    if found:
        raise AssertionError(f"The invented world breaks {found}")
    for table, size in rows.items():
        if size:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, place.first[table] + size - 1])
    cursor.execute("DELETE FROM registry_snapshot")  # columns taken before know nothing of these people
    accounts.make(place, world, using=OWNER)


def was_loaded() -> dict[str, Any] | None:
    """What the journal says of the load of a world: people, memberships, asked, seed, sha256; None if there was none."""
    entry = entries.once(KEY)
    return None if entry is None else dict(entry.payload or {})

"""The world into the register: by COPY as the owner of the tables, whole or not at all, and once.

One transaction: a load that is killed leaves nothing. Keys, indexes and foreign keys are put off and made up for
all rows before the commit, so that what is committed has passed every constraint.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.project.world import accounts, tasks
from canbo.project.world.copying import copy
from canbo.project.world.invention import World
from canbo.project.world.postponing import Postponed, postpone, restore, unsettled
from canbo.project.world.tables import Place, Table, Tables
from canbo.registry import intake
from canbo.registry.models import Account, Area, Decision, Job, OrganizationCode, Source

OWNER = "owner"
KEY = "world"
ACT = "world.loaded"
RECORDS = [
    "credential", "politicaltheory", "languageskill", "training", "rating", "reward", "sanction", "declaration", "salarystep",
    "kinship", "nonedeclared",
]  # fmt: skip
FILLED = [
    "registry_organization", "registry_organizationstatus", "registry_organizationcode", "registry_organizationname",
    "registry_organizationparent", "registry_changeevent", "registry_original", "registry_resulting", "registry_remit",
    "registry_post", "registry_seat", "registry_person", "registry_personname", *(f"registry_{name}" for name in RECORDS),
    "registry_membership",
]  # fmt: skip
SOURCE = {
    "code": "demo-world",
    "title": "The demo world of canbo: invented people on real administrative units",
    "licence": "EUPL-1.2",
    "invented": True,
}

Say = Callable[[str], object]


class NotEmpty(Exception):
    """The register holds people already; the text says whose and what to do."""


@dataclass(frozen=True)
class Loaded:
    """What a load wrote: rows by table, seconds by step, the digest of the world."""

    rows: dict[str, int]
    seconds: dict[str, float]
    digest: str


def load(world: World, *, people: int | None, seed: int, by: Account, say: Say = lambda _said: None) -> Loaded:
    """Load a world into a register that holds the units and nobody. Raises NotEmpty, and writes nothing then."""
    clock = Clock(say)
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{'1GB' if world.people > 500_000 else '256MB'}'")
        cursor.execute(f"LOCK TABLE {', '.join(FILLED)} IN ACCESS EXCLUSIVE MODE")
        _refuse_if_filled(cursor)
        place = _place(cursor, world, by=by, people=people, seed=seed)
        tables = Tables(world, place)
        gone = postpone(cursor, FILLED)
        rows: dict[str, int] = {}
        for table, columns, size in _all(tables):
            if size:
                rows[table] = copy(cursor.cursor, table, columns, size)
                clock.lap(table)
        _check_all(cursor, gone, clock)
        _set_counters(cursor, place, rows)
        found = unsettled(cursor, place.source)
        if found:
            raise AssertionError(f"The invented world breaks {found}")
        cursor.execute("DELETE FROM registry_snapshot")  # columns taken before know nothing of these people
        accounts.make(place, world, using=OWNER)
        for table in sorted(rows):
            cursor.execute(f"ANALYZE {table}")
        clock.lap("analyze")
    return Loaded(rows, clock.laps, world.digest)


class Clock:
    """Seconds of each step, told as they pass."""

    def __init__(self, say: Say) -> None:
        self.say, self.laps, self._last = say, {}, time.monotonic()  # type: ignore[var-annotated]

    def lap(self, step: str) -> None:
        now = time.monotonic()
        self.laps[step] = round(now - self._last, 2)
        if self.laps[step] > 2:
            self.say(f"  {step}: {self.laps[step]:.1f} s")
        self._last = now


def _all(tables: Tables) -> Iterator[Table]:
    yield from tables.bodies()
    yield tables.remits(tasks.of_bodies())
    yield from tables.posts()
    yield from tables.persons()
    yield from tables.records()
    yield tables.memberships()


def _check_all(cursor: Any, gone: Postponed, clock: Clock) -> None:
    for statement in gone.statements():
        cursor.execute(statement)
        clock.lap(statement.partition(" (")[0][:90])
    restore(cursor, Postponed(tables=gone.tables))


def _refuse_if_filled(cursor: Any) -> None:
    cursor.execute(
        "SELECT s.invented FROM registry_person p JOIN registry_source s ON s.id = p.source_id ORDER BY s.invented LIMIT 1"
    )
    found = cursor.fetchone()
    if found is None:
        return
    if found[0]:
        raise NotEmpty(
            _("This register holds an invented world already. For another one, name an empty place with CANBO_HOME and try again.")
        )
    raise NotEmpty(
        _("This register holds real people. An invented world never goes beside them: name an empty place with CANBO_HOME.")
    )


def _place(cursor: Any, world: World, *, by: Account, people: int | None, seed: int) -> Place:
    """Source, decision and journal entry of the load, and the ids that are free."""
    source, _made = Source.objects.using(OWNER).get_or_create(code=SOURCE["code"], defaults=SOURCE)
    decision = _decision(source)
    entry = entries.record(
        ACT, by=by, about=decision, key=KEY, using=OWNER,
        payload={
            "people": world.people, "memberships": len(world.memberships.person), "asked": people, "seed": seed,
            "sha256": world.digest,
        },
    )  # fmt: skip
    first = {}
    for table in FILLED:
        cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")
        first[table] = cursor.fetchone()[0]
    return Place(
        source=source.pk, decision=decision.pk, entry=entry.pk, first=first,
        organizations=dict(OrganizationCode.objects.using(OWNER).values_list("code", "organization_id")),
        areas=dict(Area.objects.using(OWNER).values_list("code", "pk")),
        jobs=dict(Job.objects.using(OWNER).values_list("code", "pk")),
        task_ids=tasks.enter(using=OWNER),
    )  # fmt: skip


def _decision(source: Source) -> Decision:
    """The decision to take the invented world in."""
    title = {
        "en": "Intake of the demo world (invented people)", "vi": "Tiếp nhận thế giới mẫu (người hư cấu)",
        "fa": "پذیرش دنیای نمایشی (افراد ساختگی)",
    }  # fmt: skip
    made, _made = Decision.objects.using(OWNER).get_or_create(
        issuer="register", number=f"intake/{source.code}", defaults={"kind": Decision.Kind.INTAKE, "title": title}
    )
    return made


def _set_counters(cursor: Any, place: Place, rows: dict[str, int]) -> None:
    """Let the next row of each table get the next number."""
    for table, size in rows.items():
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, place.first[table] + size - 1])


def was_loaded() -> dict[str, Any] | None:
    """What the journal says of the load of a world: people, memberships, asked, seed, sha256; None if there was none."""
    entry = entries.once(KEY)
    return None if entry is None else dict(entry.payload or {})


def console() -> Account:
    """The account that loads."""
    return intake.console()

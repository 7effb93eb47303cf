"""Packed columns: what a question to millions needs of every person, in files beside the database.

    packs("counting")(packer)   a packer reads its arrays in the one transaction that `build` has open
    build()                     writes the columns of every packer, taken at one moment of the database
    current()                   the pack that belongs to the register as it is, or None
    changed(pack)               ids of the persons written about since

Whoever reads a pack leaves out of it the persons that changed, and reads them from the tables, so that the answer is
that of the tables. See docs/decisions/0006. Files lie in settings.CANBO_SNAPSHOTS, readable by their owner only.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, connections
from numpy.typing import NDArray

#: With more changes than this, and than this share of all people, the tables are the better source.
FEW_CHANGED, SHARE = 1_000, 0.05
#: `refresh` builds for registers with so many memberships, when more than this share of the people changed.
LARGE, REFRESH_SHARE = 200_000, 0.002
SMALL_FILE = 1 << 16
_LOCK = 0x63616E626F  # of builders, among the advisory locks of the database

Array = NDArray[Any]
Arrays = dict[str, Array]
Packer = Callable[[Any], Arrays]
PACKERS: dict[str, Packer] = {}
#: Further reasons to build anew: each says of a pack whether it is still of use (its day, say, has not passed).
FRESH: list[Callable[[Pack], bool]] = []
#: The tables that feed (registry/migrations/person_feed.sql, succession.sql).
FED = (
    "registry_membership", "registry_person", "registry_credential", "registry_nonedeclared", "registry_succession",
    "registry_politicaltheory", "registry_rating", "registry_sanction", "registry_declaration",
)  # fmt: skip


class SnapshotBusy(RuntimeError):
    """Another process is writing the columns."""


def packs(name: str) -> Callable[[Packer], Packer]:
    """Declare what is packed under a name: a function from a session in a transaction to arrays by name."""

    def declare(packer: Packer) -> Packer:
        PACKERS[name] = packer
        return packer

    return declare


@dataclass(frozen=True)
class Pack:
    """The columns of one moment. `arrays(name)` maps those of one packer from their files."""

    token: str
    folder: Path

    def arrays(self, name: str) -> Arrays:
        """Raises OSError where this pack was built without that packer."""
        return _mapped(self.folder / name)


@lru_cache(maxsize=4)
def _mapped(folder: Path) -> Arrays:
    def load(path: Path) -> Array:
        mapped = path.stat().st_size > SMALL_FILE  # an empty array cannot be mapped
        return np.asarray(np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False))  # memmap itself slices slowly

    found = {path.stem: load(path) for path in sorted(folder.iterdir())}
    if not found:
        raise FileNotFoundError(folder)
    return found


_CURRENT = """
SELECT token, (SELECT system_identifier FROM pg_control_system()), (SELECT oid FROM pg_database WHERE datname = current_database()),
       (SELECT count(*) FROM (SELECT FROM registry_personfeed feed WHERE feed.xid >= pg_snapshot_xmin(snapshot.taken)
                              LIMIT most + 1) AS fed) > most
FROM registry_snapshot snapshot, LATERAL (SELECT greatest(%(few)s, %(share)s * snapshot.people)::bigint AS most) AS bound
WHERE snapshot.taken IS NOT NULL
"""


def current(*, most_changed: float = 1.0) -> Pack | None:
    """The pack that belongs to the register as it is; None where there is none.

    None, too, when more was written since than FEW_CHANGED and the share `most_changed` of all people.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, {"few": FEW_CHANGED, "share": most_changed})
        row = cursor.fetchone()
    if row is None or row[3]:
        return None
    folder = _home(row[1], row[2]) / str(row[0])
    return Pack(str(row[0]), folder) if folder.is_dir() else None  # built on another machine, or removed


def _home(cluster: int, database: int) -> Path:
    """Where columns of this very database lie: a restored or copied one is another, and finds none."""
    return Path(settings.CANBO_SNAPSHOTS) / f"{cluster}-{database}"


_CHANGED = """
SELECT (SELECT count(*) FROM registry_snapshot WHERE token = %(token)s AND taken IS NOT NULL),
       array_agg(DISTINCT feed.person_id ORDER BY feed.person_id), count(*), max(feed.xid::text)
FROM registry_personfeed feed, registry_snapshot snapshot
WHERE snapshot.token = %(token)s AND feed.xid >= pg_snapshot_xmin(snapshot.taken)
  AND NOT pg_visible_in_snapshot(feed.xid, snapshot.taken)
"""


@dataclass(frozen=True)
class Changed:
    """Ids of the persons written about since a pack was taken, ascending; `stamp` differs whenever more was written."""

    persons: tuple[int, ...]
    stamp: tuple[int, str]


def changed(pack: Pack) -> Changed | None:
    """Who was written about since the pack was taken; None: another was built in the meantime."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"token": pack.token})
        valid, found, rows, last = cursor.fetchone()
    return Changed(tuple(found or ()), (rows, last or "")) if valid else None


# Building.


@dataclass(frozen=True)
class Built:
    """What was packed, and how large it is."""

    people: int
    bytes: int
    arrays: dict[str, Arrays]


def refresh() -> Built | None:
    """Build the columns if the register is large and has none, or many people changed since; else None.

    For whatever runs beside the pages from time to time. Another process that is at it already is left to it.
    """
    _declared()
    pack = current(most_changed=REFRESH_SHARE)
    if pack is not None and all(fresh(pack) for fresh in FRESH):
        return None
    if pack is None and current() is None:
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'registry_membership'::regclass")
            if cursor.fetchone()[0] < LARGE:
                return None
    try:
        return build()
    except SnapshotBusy:
        return None


def build() -> Built:
    """Take the columns anew, as the owner of the register. Readers go on meanwhile, with the old ones.

    Raises SnapshotBusy when another process is at it.
    """
    _declared()
    owner = connections["owner"]
    session = owner.get_new_connection(owner.get_connection_params())
    try:
        session.autocommit = True
        if not session.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()[0]:
            raise SnapshotBusy("The packed columns are being built by another process; try again when it is done.")
        identity = session.execute(
            "SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()"
        )
        return _build(session, _home(*identity.fetchone()), str(uuid.uuid4()))
    finally:
        session.close()


def _declared() -> None:
    """Have the register's own packer declared, whoever asks: a pack holds all columns or is built again."""
    from canbo.registry import fact_columns  # noqa: F401


def _build(session: Any, home: Path, token: str) -> Built:
    _begin_feed(session, token)
    making = home / f"{token}.making"
    making.mkdir(mode=0o700, parents=True)
    try:
        with session.transaction():
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            taken = session.execute("SELECT pg_current_snapshot()::text").fetchone()[0]
            people = session.execute("SELECT count(*) FROM registry_person").fetchone()[0]
            packs = {name: packer(session) for name, packer in PACKERS.items()}
        for name, arrays in packs.items():
            (making / name).mkdir(mode=0o700)
            for each, array in arrays.items():
                _write(making / name / f"{each}.npy", array)
        making.rename(home / token)
        _publish(session, token, taken, people)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        shutil.rmtree(home / token, ignore_errors=True)
        if not session.closed:
            session.execute("DELETE FROM registry_snapshot WHERE token = %s", [token])
        raise
    for old in home.iterdir():
        if old.name != token:
            shutil.rmtree(old, ignore_errors=True)  # who has it mapped keeps it until the last page is let go
    size = sum(array.nbytes for arrays in packs.values() for array in arrays.values())
    return Built(people, size, packs)


def _begin_feed(session: Any, token: str) -> None:
    """From here on whatever is written is fed. Writers that began before, and did not see this, are waited for."""
    with session.transaction():
        if session.execute("SELECT FROM registry_snapshot").fetchone() is None:
            session.execute("SET LOCAL lock_timeout = '10min'")
            session.execute(f"LOCK TABLE {', '.join(FED)} IN SHARE MODE")
        session.execute("INSERT INTO registry_snapshot (token) VALUES (%s)", [token])


def _publish(session: Any, token: str, taken: str, people: int) -> None:
    """Make the new columns those of the register, and forget of the feed what they contain."""
    with session.transaction():
        made = session.execute(
            "UPDATE registry_snapshot SET taken = %s::pg_snapshot, people = %s WHERE token = %s",
            [taken, people, token],
        )
        if made.rowcount == 0:
            raise SnapshotBusy("The register was emptied while its columns were taken; build them again.")
        session.execute("DELETE FROM registry_snapshot WHERE token <> %s", [token])
        session.execute("DELETE FROM registry_personfeed WHERE pg_visible_in_snapshot(xid, %s::pg_snapshot)", [taken])


def _write(path: Path, array: NDArray[Any]) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def place(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int32]:
    """Where each wanted id stands among `ids` (ascending, all of them there)."""
    if not len(wanted):
        return np.zeros(0, dtype=np.int32)
    span = int(ids[-1] - ids[0]) + 1
    if span > 8 * len(ids) + 1000:
        return np.searchsorted(ids, wanted).astype(np.int32)
    table = np.zeros(span, dtype=np.int32)  # numbers are nearly dense: looking up is far faster than searching
    table[ids - ids[0]] = np.arange(len(ids), dtype=np.int32)
    places: NDArray[np.int32] = table[wanted - ids[0]]
    return places


def read(session: Any, query: str, **columns: str) -> dict[str, NDArray[Any]]:
    """The columns of a query without nulls, by PostgreSQL's binary COPY: each row has the same length.

    A row is the number of fields (int16), then for each its length (int32) and value, all big-endian.
    """
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in columns.items():
        fields += [(f"length of {name}", ">i4"), (name, f">{kind}")]
    row = np.dtype(fields)
    parts: dict[str, list[NDArray[Any]]] = {name: [np.zeros(0, dtype=kind)] for name, kind in columns.items()}
    for rows in _blocks(session, query, row):
        if not (rows["fields"] == len(columns)).all():
            raise ValueError("The database answered with rows of another form than asked for.")
        for name, kind in columns.items():
            parts[name].append(rows[name].astype(kind))
    return {name: np.concatenate(found) for name, found in parts.items()}


def _blocks(session: Any, query: str, row: np.dtype[Any], block: int = 1 << 25) -> Iterator[NDArray[Any]]:
    """The rows of a binary COPY, many at a time."""
    header, trailer = 19, 2
    with session.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
        held = bytearray()
        begun = False
        for data in copy:
            held += data
            if len(held) < block:
                continue
            if not begun:
                del held[:header]
                begun = True
            whole = len(held) // row.itemsize - 1  # the last may be the trailer
            yield np.frombuffer(bytes(held[: whole * row.itemsize]), dtype=row)
            del held[: whole * row.itemsize]
        if not begun:
            del held[:header]
        del held[-trailer:]
        if len(held) % row.itemsize:
            raise ValueError("The database answered with rows of another length than asked for.")
        if held:
            yield np.frombuffer(bytes(held), dtype=row)

"""Sealing: committed entries get contiguous positions in the tree, and signed checkpoints say how far it grew.

Recording takes no lock, so acts never wait for each other. One sealer at a time (an advisory lock) looks for
committed entries without a position, about once a second. An entry that commits late simply gets a later
position, so that there are no gaps, and the order of the journal is the order of sealing.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, Error, close_old_connections, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from canbo.journal import keys, merkle, stored
from canbo.journal.models import Checkpoint, Seal

log = logging.getLogger(__name__)

SEALER_LOCK = 7_161_626_111_001
BATCH = 20_000


@dataclass
class Memory:
    """What a sealer remembers between rounds. None of it is needed: a new sealer finds it again.

    `settled`: no entry with this id or a lower one can still arrive. Ids are drawn before commit, so a hole below
    the highest visible id may still be filled, by a transaction that had drawn it when that id was seen. Once all that
    held drawn ids at that moment (`running`, as of `seen`) have ended, nothing up to `seen` can arrive any more.
    """

    settled: int = 0
    seen: int | None = None
    running: frozenset[str] = frozenset()
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)


def seal(*, batch: int = BATCH, using: str = DEFAULT_DB_ALIAS, memory: Memory | None = None, wait: bool = True) -> int:
    """Give every committed entry that has no position the next one; how many were sealed.

    Works in transactions of at most `batch` entries. When another sealer is at work, waits for it, or with
    `wait=False` leaves the work to it. Raises stored.Broken when the stored tree is not the one sealed before.
    """
    memory = memory or Memory()
    total, sealed_to = 0, 0
    while True:
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            if not _lock(cursor, wait):
                return total
            sealed, sealed_to = _round(cursor, batch, memory, sealed_to, using)
        total += sealed
        if sealed < batch:
            return total


def checkpoint(
    *, key_file: Path | str | None = None, signer: keys.Signer | None = None, using: str = DEFAULT_DB_ALIAS
) -> Checkpoint:
    """Sign how far the journal grew; the checkpoint as stored (the last one again if nothing was sealed since).

    Its `note` is the text to be kept by someone else. Raises keys.KeyProblem.
    """
    signer = signer or keys.signer(key_file)
    last = Seal.objects.using(using).order_by("-size").first()
    size, root = (last.size, bytes(last.root)) if last else (0, merkle.EMPTY)
    note = signer.checkpoint(size, root)
    same = Checkpoint.objects.using(using).filter(size=size, note=note).first()
    return same or Checkpoint.objects.using(using).create(
        size=size, root=root, origin=signer.origin, note=note, made_at=timezone.now()
    )


class Sealer:
    """Seals in the background of a server process, and signs a checkpoint while there is something new.

    Any number of processes may run one; the lock lets one of them work. After a round that took long it rests as
    long, so that sealing takes at most half of one core. Faults are logged and tried again.
    """

    def __init__(
        self,
        *,
        every: float = 1.0,
        checkpoint_every: float = 30.0,
        key_file: Path | str | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        self.every, self.checkpoint_every = every, checkpoint_every
        self._key_file, self._using = key_file, using
        self._memory = Memory()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._signed_at = float("-inf")
        self._complaint = ""

    def start(self) -> Sealer:
        """Begin to seal, in a thread of its own; returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="canbo-sealer", daemon=True)
            self._thread.start()
        return self

    def stop(self, timeout: float = 10.0) -> None:
        """Seal what is committed by now, sign, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def __enter__(self) -> Sealer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            while True:
                last = self._stop.is_set()
                begun = time.monotonic()
                self._once(sign=last or begun - self._signed_at >= self.checkpoint_every)
                if last:
                    return
                self._stop.wait(max(self.every, time.monotonic() - begun))
        finally:
            connections[self._using].close()

    def _once(self, *, sign: bool) -> None:
        """One round. A fault is logged and tried again: the entries wait, nothing is lost."""
        try:
            close_old_connections()
            seal(using=self._using, memory=self._memory, wait=False)
            if sign and _unsigned(self._using):
                checkpoint(key_file=self._key_file, using=self._using)
                self._signed_at = time.monotonic()
            self._complaint = ""
        except Exception as problem:  # whatever it is, the sealer must outlive it
            self._complain(problem)
            connections[self._using].close()

    def _complain(self, problem: Exception) -> None:
        """Log a fault once, not every second, until there is another or none."""
        complaint = str(problem)
        if complaint == self._complaint:
            return
        self._complaint = complaint
        if isinstance(problem, Error):
            log.warning("The journal could not be sealed now and will be later: %s", complaint)
        elif isinstance(problem, stored.Broken | keys.KeyProblem):
            log.error("The journal is not being sealed or signed: %s", complaint)
        else:
            log.exception("The journal is not being sealed, by a fault in canbo", exc_info=problem)


def _unsigned(using: str) -> bool:
    """Whether something was sealed since the last checkpoint."""
    sealed = Seal.objects.using(using).order_by("-size").values_list("size", flat=True).first()
    signed = Checkpoint.objects.using(using).order_by("-size").values_list("size", flat=True).first()
    return sealed is not None and sealed != signed


def _lock(cursor: CursorWrapper, wait: bool) -> bool:
    """Become the only sealer until the end of the transaction."""
    if wait:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEALER_LOCK])
        return True
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
    return bool(cursor.fetchone()[0])


def _round(cursor: CursorWrapper, batch: int, memory: Memory, sealed_to: int, using: str) -> tuple[int, int]:
    """Seal one batch of entries above `sealed_to`; how many they were, and the highest of their ids.

    What arrived late below `sealed_to` is left to the next call, so that a long load is not searched anew for
    each batch; nothing is then declared settled, because this search has not looked there.
    """
    frontier, settled = _take_up(memory, using)
    candidate = _settle(cursor, memory) if sealed_to <= settled else None
    above = max(settled, sealed_to)
    cursor.execute(_PLACE, [above, above, batch, frontier.size - 1])
    placed = cursor.fetchall()
    nodes = [
        (level, index, found) for leaf, _ in placed for level, index, found in frontier.append(bytes(leaf)) if stored.kept(level)
    ]
    if candidate is not None:
        settled = max(settled, candidate if len(placed) < batch else min(candidate, placed[-1][1]))
    if placed:
        if nodes:
            cursor.execute(_KEEP, [list(column) for column in zip(*nodes, strict=True)])
        cursor.execute(_SEAL, [frontier.size, frontier.root(), settled])
    transaction.on_commit(lambda: _remember(memory, frontier, settled), using=using)
    return len(placed), placed[-1][1] if placed else sealed_to


def _remember(memory: Memory, frontier: merkle.Frontier, settled: int) -> None:
    memory.frontier, memory.settled = frontier, settled


def _take_up(memory: Memory, using: str) -> tuple[merkle.Frontier, int]:
    """The frontier to go on from and the settled id, once the stored tree is the one that was sealed before."""
    last = Seal.objects.using(using).order_by("-size").first()
    size, root = (last.size, bytes(last.root)) if last else (0, merkle.EMPTY)
    mine = memory.frontier
    if size < mine.size:
        raise stored.Broken(
            f"The journal has {size} entries, after it had {mine.size}: it was cut off, or an old backup was put back."
        )
    tree = stored.Tree(using)
    frontier = merkle.Frontier(size, mine.hashes) if size == mine.size else tree.frontier(size)
    if frontier.root() != root or (size > mine.size and tree.root(mine.size) != mine.root()):
        raise stored.Broken(f"The journal of {size} entries is not the one sealed before. Run `canbo journal verify`.")
    return frontier, max(memory.settled, last.settled if last else 0)


def _settle(cursor: CursorWrapper, memory: Memory) -> int | None:
    """An id up to which the search that follows sees all there will ever be, or None when there is none new.

    The order matters: first the highest id, then who is running, and only then the search.
    """
    settled = None
    if memory.seen is not None and not memory.running & _running(cursor):
        settled, memory.seen = memory.seen, None
    if memory.seen is None:
        cursor.execute("SELECT coalesce(max(id), 0) FROM journal_entry")
        memory.seen = int(cursor.fetchone()[0])
        memory.running = _running(cursor)
        if not memory.running:
            settled, memory.seen = memory.seen, None
    return settled


def _running(cursor: CursorWrapper) -> frozenset[str]:
    """The transactions, but for this one, that have drawn an id and not ended."""
    cursor.execute(_RUNNING)
    return frozenset(name for (name,) in cursor.fetchall())


# Whoever draws an id holds a lock on the sequence until the end of its transaction: readers, however long, do not count.
_RUNNING = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'journal_entry_id_seq'::regclass AND mode = 'RowExclusiveLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid IS DISTINCT FROM pg_backend_pid()
"""

_PLACE = """
WITH fresh AS (
    SELECT e.id, e.leaf_hash FROM journal_entry e
    WHERE e.id > %s AND NOT EXISTS (SELECT FROM journal_position p WHERE p.entry_id = e.id AND p.entry_id > %s)
    ORDER BY e.id LIMIT %s
), placed AS (
    INSERT INTO journal_position (position, entry_id, leaf_hash)
    SELECT %s + row_number() OVER (ORDER BY id), id, leaf_hash FROM fresh
    RETURNING position, entry_id, leaf_hash
)
SELECT leaf_hash, entry_id FROM placed ORDER BY position
"""

_KEEP = "INSERT INTO journal_node (level, index, hash) SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"

_SEAL = "INSERT INTO journal_seal (size, root, settled, made_at) VALUES (%s, %s, %s, clock_timestamp())"

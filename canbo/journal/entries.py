"""The door of the journal: record an act in the transaction that does it, and read what was recorded.

    with transaction.atomic():
        ...the rows of the act...
        entries.record("post.founded", by=account, about=post, on=day, payload={...}, key=request_key)

The entry is committed with the act or not at all. It is sealed into the tree about a second later (`sealing`).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS, connections, models

from canbo.journal import content, verifier
from canbo.journal.models import Checkpoint, Entry, Position, Seal, moment

About = models.Model | tuple[str, int | str] | None
BATCH = 5_000


class Actor(Protocol):
    """Whoever acts: an account with its number and the name it goes by. pk None: the system itself."""

    @property
    def pk(self) -> int | None: ...

    @property
    def label(self) -> str: ...


class AlreadyRecorded(Exception):
    """An act with this key is in the journal; `entry` is that first one. Roll back and answer with its result."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(f"The act with key {entry.key!r} was recorded before, as entry {entry.pk} ({entry.act}).")
        self.entry = entry


class OutsideTransaction(RuntimeError):
    """An entry was recorded outside the transaction of its act: a mistake in the calling code."""


class Act(NamedTuple):
    """One act for `record_many`; the fields are the arguments of `record`."""

    act: str
    by: Actor | None = None
    about: About = None
    on: date | None = None
    payload: Mapping[str, Any] | None = None
    key: str | None = None


class _Row(NamedTuple):
    """An act as the columns of Entry and Content, all but id, moment and leaf."""

    key: str | None
    act: str
    by_id: int | None
    by_label: str
    about_kind: str | None
    about_id: str | None
    on_day: date | None
    commitment: bytes | None
    salt: bytes | None
    payload: str | None


def record(
    act: str,
    *,
    by: Actor | None,
    about: About = None,
    on: date | None = None,
    payload: Mapping[str, Any] | None = None,
    key: str | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Entry:
    """Record one act, inside the transaction that does it; the entry as written.

    `about` is a saved model instance or (kind, id). `payload` may hold personal data: it is stored apart and can
    be erased one day; `act`, `key` and the label of `by` cannot. With a `key` the act is recorded once: the second
    call, also one that runs at the same moment, raises AlreadyRecorded with the first entry.
    Raises OutsideTransaction, content.Unrecordable.
    """
    _require_transaction(using)
    row = _row(Act(act, by, about, on, payload, key))
    head, middle, tail = _leaf_parts(row)
    with connections[using].cursor() as cursor:
        cursor.execute(_RECORD, {**row._asdict(), "head": head, "middle": middle, "tail": tail})
        written = cursor.fetchone()
    if written[0] is None:
        raise AlreadyRecorded(_earlier(row.key, using))
    entry = _entry(row, id=written[0], recorded_at=written[1], leaf_hash=bytes(written[2]))
    entry._state.db = using
    if verifier.entry_leaf(entry.metadata()) != entry.leaf_hash:
        raise RuntimeError(f"Entry {entry.pk} was hashed differently by database and program; nothing was recorded.")
    return entry


def record_many(acts: Iterable[Act], *, using: str = DEFAULT_DB_ALIAS) -> list[int]:
    """Record many acts of one transaction, in batches; their entry ids in the given order.

    Raises as `record` does; AlreadyRecorded for the first key found to exist, and then nothing may be committed.
    """
    _require_transaction(using)
    ids: list[int] = []
    rows = (_row(act) for act in acts)
    while batch := list(islice(rows, BATCH)):
        ids.extend(_write(batch, using))
    return ids


def once(key: str, *, using: str = DEFAULT_DB_ALIAS) -> Entry | None:
    """The entry of the act with this idempotency key, or None when the act is still to be done."""
    return Entry.objects.using(using).filter(key=key).first()


def recent(limit: int = 50, *, before: int | None = None, about: About | str = None) -> list[Entry]:
    """The latest entries, newest first, each with `.sealed` (its position) where it is sealed.

    `before`: only entries with a lower id, for the next page. `about`: a model instance, (kind, id) or a kind.
    """
    found = Entry.objects.select_related("sealed").order_by("-id")
    if isinstance(about, str):
        found = found.filter(about_kind=about)
    elif about is not None:
        kind, id = _about(about)
        found = found.filter(about_kind=kind, about_id=id)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found[:limit])


def about(subject: models.Model | tuple[str, int | str]) -> models.QuerySet[Entry]:
    """All entries about one thing, oldest first."""
    kind, id = _about(subject)
    return Entry.objects.filter(about_kind=kind, about_id=id).select_related("sealed").order_by("id")


class State(NamedTuple):
    """How the journal stands. `root` is hexadecimal; `last_checkpoint` has size, root and made_at."""

    entries: int
    sealed: int
    unsealed: int
    oldest_unsealed_seconds: float | None
    root: str
    last_checkpoint: dict[str, Any] | None


def state() -> dict[str, Any]:
    """How the journal stands, as a dict of State; cheap at any size (reads the ends of three indexes)."""
    last = Seal.objects.order_by("-size").first()
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_UNSEALED, [last.settled if last else 0] * 2)
        unsealed, seconds = cursor.fetchone()
    top = Position.objects.order_by("-position").first()
    sealed = top.position + 1 if top else 0
    checkpoint = Checkpoint.objects.order_by("-size", "-id").first()
    return State(
        entries=sealed + unsealed,
        sealed=sealed,
        unsealed=unsealed,
        oldest_unsealed_seconds=None if seconds is None else max(0.0, float(seconds)),
        root=(bytes(last.root) if last else verifier.EMPTY).hex(),
        last_checkpoint=None if checkpoint is None else _shown(checkpoint),
    )._asdict()


# --- how it is written ----------------------------------------------------------------------------------------

_RECORD = """
SELECT id, recorded_at, leaf_hash FROM journal_record(
    %(key)s, %(act)s, %(by_id)s, %(by_label)s, %(about_kind)s, %(about_id)s, %(on_day)s,
    %(commitment)s, %(salt)s, %(payload)s, %(head)s, %(middle)s, %(tail)s
)
"""

_DRAW = "SELECT nextval('journal_entry_id_seq'), clock_timestamp() FROM generate_series(1, %s)"

_WRITE = """
INSERT INTO journal_entry (id, key, act, by_id, by_label, about_kind, about_id, on_day,
                           recorded_at, commitment, leaf_hash)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[],
                     %s::timestamptz[], %s::bytea[], %s::bytea[])
ON CONFLICT (key) DO NOTHING RETURNING id
"""

_KEEP = "INSERT INTO journal_content (entry_id, salt, payload) SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::text[])"

_UNSEALED = """
SELECT count(*), extract(epoch FROM clock_timestamp() - min(e.recorded_at))
FROM journal_entry e
WHERE e.id > %s AND NOT EXISTS (SELECT FROM journal_position p WHERE p.entry_id = e.id AND p.entry_id > %s)
"""


def _leaf_parts(row: _Row) -> tuple[bytes, bytes, bytes]:
    """The octets of the leaf before the id, between id and moment, and after: only the database knows those two."""
    head = verifier.canonical(
        {
            "about_id": row.about_id,
            "about_kind": row.about_kind,
            "act": row.act,
            "by_id": row.by_id,
            "by_label": row.by_label,
            "commitment": row.commitment and row.commitment.hex(),
        }
    )
    middle = verifier.canonical({"key": row.key, "on": row.on_day and row.on_day.isoformat()})
    return (
        b"\x00" + head[:-1].encode() + b',"id":',
        b"," + middle[1:-1].encode() + b',"recorded_at":"',
        b'","v":1}',
    )


def _write(rows: list[_Row], using: str) -> list[int]:
    with connections[using].cursor() as cursor:
        cursor.execute(_DRAW, [len(rows)])
        drawn: list[tuple[int, datetime]] = sorted(cursor.fetchall())
        entries = [_entry(row, id=id, recorded_at=at) for row, (id, at) in zip(rows, drawn, strict=True)]
        leaves = [verifier.entry_leaf(entry.metadata()) for entry in entries]
        cursor.execute(_WRITE, list(_columns(entries, leaves)))
        if len(cursor.fetchall()) < len(rows):
            raise AlreadyRecorded(_first_earlier(rows, [id for id, _ in drawn], using))
        ids = [id for id, _ in drawn]
        kept = [(id, row.salt, row.payload) for id, row in zip(ids, rows, strict=True) if row.salt is not None]
        if kept:
            cursor.execute(_KEEP, [list(column) for column in zip(*kept, strict=True)])
    return ids


def _columns(entries: list[Entry], leaves: list[bytes]) -> Iterator[list[Any]]:
    for name in (
        "pk",
        "key",
        "act",
        "by_id",
        "by_label",
        "about_kind",
        "about_id",
        "on_day",
        "recorded_at",
        "commitment",
    ):
        yield [getattr(entry, name) for entry in entries]
    yield leaves


def _row(act: Act) -> _Row:
    if not act.act or not act.act.strip():
        raise content.Unrecordable("An entry needs the name of its act, as post.founded.")
    kind, id = (None, None) if act.about is None else _about(act.about)
    payload = salt = commitment = None
    if act.payload is not None:
        payload, salt = content.canonical(act.payload), os.urandom(32)
        commitment = verifier.commitment(salt, payload)
    if isinstance(act.on, datetime):
        raise content.Unrecordable(f"`on` is a day, not the moment {act.on}: pass its date in the zone of the body.")
    return _Row(
        key=None if act.key is None else content.text(act.key, what="key", longest=500),
        act=content.text(act.act, what="act", longest=100),
        by_id=None if act.by is None else act.by.pk,
        by_label="" if act.by is None else content.text(str(act.by.label), what="by"),
        about_kind=kind,
        about_id=id,
        on_day=act.on,
        commitment=commitment,
        salt=salt,
        payload=payload,
    )


def _about(subject: models.Model | tuple[str, int | str]) -> tuple[str, str]:
    if isinstance(subject, models.Model):
        if subject.pk is None:
            raise content.Unrecordable(f"The {subject._meta.verbose_name} is not saved yet: save it, then record the act.")
        return subject._meta.label_lower, content.text(str(subject.pk), what="about")
    kind, id = subject
    return content.text(kind, what="about", longest=100), content.text(str(id), what="about", longest=200)


def _entry(row: _Row, **given: Any) -> Entry:
    return Entry(
        key=row.key,
        act=row.act,
        by_id=row.by_id,
        by_label=row.by_label,
        about_kind=row.about_kind,
        about_id=row.about_id,
        on_day=row.on_day,
        commitment=row.commitment,
        **given,
    )


def _earlier(key: str | None, using: str) -> Entry:
    entry = None if key is None else once(key, using=using)
    if entry is None:
        raise RuntimeError(
            f"The journal refused the key {key!r} as recorded before, but this transaction cannot see by what: "
            "it looks at an older state of the database. Repeat it."
        )
    return entry


def _first_earlier(rows: list[_Row], ids: list[int], using: str) -> Entry:
    keys = [row.key for row in rows if row.key is not None]
    for key, times in Counter(keys).items():
        if times > 1:
            raise content.Unrecordable(f"The key {key!r} stands {times} times in one batch of acts.")
    earlier = Entry.objects.using(using).filter(key__in=keys).exclude(id__in=ids).order_by("id").first()
    return earlier if earlier is not None else _earlier(keys[0] if keys else None, using)


def _require_transaction(using: str) -> None:
    if not connections[using].in_atomic_block:
        raise OutsideTransaction(
            "An entry was recorded outside a transaction, so that act and entry could part. "
            "Put both into one `with transaction.atomic():`."
        )


def _shown(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "size": checkpoint.size,
        "root": bytes(checkpoint.root).hex(),
        "made_at": moment(checkpoint.made_at),
    }

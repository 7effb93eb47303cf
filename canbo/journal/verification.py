"""Verify the journal: recompute everything from the entries themselves and hold it against every stored head.

What it finds by itself: any entry, content, position, node or seal that no longer fits the others. What nobody can
find from inside: a rewriting by someone who recomputes all of it. That is found by holding the journal against a
checkpoint that someone else kept (`against`); with the list of leaves kept beside it (`leaves`), to the position.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils.translation import gettext as _

from canbo.journal import merkle, stored, verifier, witnessing
from canbo.journal.models import Cosignature, metadata

CHUNK = 5_000
LEAF = 32


@dataclass(frozen=True)
class Report:
    """What was found. `root` is hexadecimal, over the `entries` that are sealed.

    `first_bad` is the first position that is wrong, where that can be known; `between` are the first and last
    position among which it must be, where only roots tell; `entry` is the number of the entry concerned.
    """

    ok: bool
    entries: int
    root: str
    unsealed: int = 0
    checkpoints: int = 0
    signed_to: int = 0
    kept_to: int = 0
    cosigned_to: int = 0
    first_bad: int | None = None
    between: tuple[int, int] | None = None
    entry: int | None = None
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-able dict."""
        return asdict(self)


class Wrong(Exception):
    """The first thing found that does not fit."""

    def __init__(
        self,
        problem: str,
        *,
        position: int | None = None,
        between: tuple[int, int] | None = None,
        entry: int | None = None,
    ) -> None:
        super().__init__(problem)
        self.position, self.between, self.entry = position, between, entry


class _Head(NamedTuple):
    """A root that the journal must have at a size, who says so, and whether whoever rewrote could have said it.

    `fault`: what is wrong with the head itself, to be reported when the reading comes to it.
    """

    size: int
    root: bytes
    says: str
    trusted: bool
    fault: str | None = None


class _Extent(NamedTuple):
    """How far the tables reached at one moment. A running canbo goes on sealing; what came later is left out."""

    entries: int
    headed: int
    signed: int
    cosigned: int
    settled: int
    checkpoints: int
    stray_nodes: int


class _Row(NamedTuple):
    """One position with its entry and content, as `_ROWS` selects it."""

    position: int
    placed_leaf: bytes
    placed_entry: int
    id: int | None
    key: str | None
    act: str
    by_id: int | None
    by_label: str
    about_kind: str | None
    about_id: str | None
    on_day: Any
    recorded_at: Any
    commitment: bytes | None
    leaf: bytes
    salt: bytes | None
    payload: str | None


def verify(
    *,
    key: verifier.Key | Sequence[verifier.Key] | None = None,
    against: Sequence[str] = (),
    leaves: bytes | None = None,
    using: str = DEFAULT_DB_ALIAS,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Verify the whole journal in one reading of it; a Report, which names the first thing that is wrong.

    `key`: the public key that signatures must be by, best from outside this machine; several, if the key was changed
    (each signature must be by one of them); None checks none.
    `against`: checkpoints that someone else kept. `leaves`: the leaf hashes kept beside the newest of them.
    Takes constant memory, and may run beside writers and sealer: it covers what was sealed when it began.
    Raises verifier.Unreadable for what is no checkpoint.
    """
    tree = merkle.Frontier()
    trusted = (key,) if isinstance(key, verifier.Key) else tuple(key or ())
    report = Report(ok=True, entries=0, root="")
    with transaction.atomic(using=using):
        try:
            extent = _extent(using)
            kept = _kept_heads(against, trusted, leaves)
            report = replace(
                report,
                checkpoints=extent.checkpoints,
                signed_to=extent.signed,
                cosigned_to=extent.cosigned,
                kept_to=max((head.size for head in kept), default=0),
            )
            with closing(_signed_heads(extent, trusted, using)) as signed, closing(_seal_heads(extent, using)) as seals:
                due = _Due(heapq.merge(kept, signed, seals, _cosigned_heads(extent, using), key=_size))
                _walk(tree, extent, due, leaves, using, progress)
            report = replace(report, unsealed=_check_unsealed(extent, using))
        except Wrong as wrong:
            report = replace(
                report,
                ok=False,
                problem=str(wrong),
                first_bad=wrong.position,
                between=wrong.between,
                entry=wrong.entry,
            )
    return replace(report, entries=tree.size, root=tree.root().hex())


def leaves(size: int, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[bytes]:
    """The leaf hashes of the first `size` entries, for whoever keeps them beside a checkpoint (32 octets each)."""
    with transaction.atomic(using=using), _stream(using, _LEAVES, [size]) as rows:
        for (leaf,) in rows:
            yield bytes(leaf)


# --- the heads that the journal must have ---------------------------------------------------------------------


def _size(head: _Head) -> int:
    return head.size


def _extent(using: str) -> _Extent:
    with connections[using].cursor() as cursor:
        cursor.execute(_EXTENT, [])
        return _Extent(*cursor.fetchone())


def _kept_heads(against: Sequence[str], trusted: Sequence[verifier.Key], kept_leaves: bytes | None) -> list[_Head]:
    heads = []
    for note in against:
        head = verifier.read_checkpoint(note)
        if unsigned := _unsigned(head, trusted, _("The checkpoint you kept")):
            raise Wrong(unsigned)
        heads.append(_Head(head.size, head.root, _("the checkpoint you kept"), trusted=True))
    if kept_leaves is not None:
        _check_leaves(kept_leaves, heads)
    return sorted(heads, key=_size)


def _check_leaves(kept: bytes, heads: Sequence[_Head]) -> None:
    """That the list of leaves is the one that belongs to a kept checkpoint: its root says so."""
    size = len(kept) // LEAF
    root = merkle.root(kept[at : at + LEAF] for at in range(0, size * LEAF, LEAF))
    if len(kept) % LEAF or not any(head.size == size and head.root == root for head in heads):
        raise verifier.Unreadable(
            _("The list of %(size)d leaves does not belong to a checkpoint you gave with --against.") % {"size": size}
        )


def _signed_heads(extent: _Extent, trusted: Sequence[verifier.Key], using: str) -> Generator[_Head, None, None]:
    """The stored checkpoints in order of size, with what is wrong with them."""
    with _stream(using, _CHECKPOINTS, [extent.headed]) as rows:
        for size, root, origin, note in rows:
            what = _("The stored checkpoint of %(size)d entries") % {"size": size}
            try:
                head = verifier.read_checkpoint(note)
                fault = _unsigned(head, trusted, what)
                if (head.size, head.root, head.origin) != (size, root, origin):
                    fault = _("%(what)s says something else than its signed text.") % {"what": what}
            except verifier.Unreadable as problem:
                fault = f"{what}: {problem}"
            yield _Head(size, root, _("a checkpoint signed here"), bool(trusted), fault)


def _cosigned_heads(extent: _Extent, using: str) -> Iterator[_Head]:
    """What witnesses cosigned, as it was kept here, in order of size."""
    found = Cosignature.objects.using(using).filter(size__lte=extent.headed).select_related("witness").order_by("size", "id")
    for kept in found.iterator(CHUNK):
        fault = None
        if not witnessing.speaks(kept):
            fault = _("The cosignature of %(who)s over %(size)d entries is false.") % {
                "who": kept.witness.name,
                "size": kept.size,
            }
        says = _("the checkpoint that the witness %(who)s cosigned") % {"who": kept.witness.name}
        yield _Head(kept.size, bytes(kept.root), says, trusted=False, fault=fault)


def _seal_heads(extent: _Extent, using: str) -> Generator[_Head, None, None]:
    """The roots noted at each round of sealing, in order of size."""
    with _stream(using, _SEALS, [extent.headed]) as rows:
        for size, root in rows:
            yield _Head(size, root, _("the seal of that round"), trusted=False)


def _unsigned(head: verifier.Checkpoint, trusted: Sequence[verifier.Key], what: str) -> str | None:
    """What to say unless one of the trusted keys, where any are given, signed this head."""
    for key in trusted:
        for name, signature in head.signatures:
            if head.origin == name == key.name and signature[:4] == key.number and _signed_by(key, head, signature[4:]):
                return None
    if not trusted:
        return None
    names = ", ".join(f"{key.name}+{key.number.hex()}" for key in trusted)
    return _("%(what)s is not signed by %(keys)s.") % {"what": what, "keys": names}


def _signed_by(key: verifier.Key, head: verifier.Checkpoint, signature: bytes) -> bool:
    """By a library, not by verifier.py: there may be thousands."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, head.text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


# --- one reading of the journal -------------------------------------------------------------------------------


def _walk(
    tree: merkle.Frontier,
    extent: _Extent,
    due: _Due,
    kept: bytes | None,
    using: str,
    progress: Callable[[int], None] | None,
) -> None:
    """Grow the tree from the entries and hold it against nodes, leaves and heads as it passes them."""
    due.check(tree)
    with _stream(using, _ROWS, [extent.entries]) as rows, _Nodes(extent, using) as nodes:
        for row in map(_Row._make, rows):
            leaf = _leaf(row, tree.size)
            if kept is not None and tree.size * LEAF < len(kept):
                _check_kept_leaf(leaf, kept, tree.size)
            for completed in tree.append(leaf):
                nodes.check(*completed)
            if tree.size == due.size:
                due.check(tree)
            if progress is not None and tree.size % 50_000 == 0:
                progress(tree.size)
    due.finish(tree)
    if extent.stray_nodes:
        raise Wrong(_("There are stored hashes for entries that do not exist: %(n)d.") % {"n": extent.stray_nodes})


class _Nodes:
    """The stored inner nodes in the order in which a growing tree completes them: by last leaf, then upwards."""

    def __init__(self, extent: _Extent, using: str) -> None:
        self._levels = {
            level: _stream(using, _NODES, [level, extent.entries >> level])
            for level in range(stored.HEIGHT, extent.entries.bit_length() + 1, stored.HEIGHT)
        }
        self._rows: dict[int, Iterator[tuple[Any, ...]]] = {}

    def __enter__(self) -> _Nodes:
        self._rows = {level: stream.__enter__() for level, stream in self._levels.items()}
        return self

    def __exit__(self, *_: object) -> None:
        for stream in self._levels.values():
            stream.__exit__()

    def check(self, level: int, index: int, found: bytes) -> None:
        """That the node is stored as recomputed, if its level is stored."""
        if stored.kept(level) and next(self._rows[level], None) != (index, found):
            raise Wrong(_("The stored hash at level %(l)d, place %(i)d is wrong.") % {"l": level, "i": index})


class _Due:
    """The heads still to be met, in order of size; `size` is the next one's (-1: none).

    Only a trusted head says that all before it is good: whoever rewrote an entry can have rewritten the seals too.
    """

    def __init__(self, heads: Iterator[_Head]) -> None:
        self._heads = heads
        self._good = 0
        self._advance()

    def check(self, tree: merkle.Frontier) -> None:
        """Hold the tree against all heads of its size."""
        good = self._good
        while (head := self._head) is not None and head.size == tree.size:
            if head.fault is not None:
                raise Wrong(head.fault)
            if head.root != tree.root():
                raise Wrong(
                    _("The entries do not give the root that %(who)s has at %(size)d entries: history was rewritten.")
                    % {"who": head.says, "size": head.size},
                    position=good if head.size - good == 1 else None,
                    between=(good, max(good, head.size - 1)),
                )
            self._good = tree.size if head.trusted else self._good
            self._advance()

    def finish(self, tree: merkle.Frontier) -> None:
        """All heads must have been met once the journal ends."""
        if self._head is not None:
            raise Wrong(
                _("The journal ends after %(found)d entries, but %(who)s has %(size)d: its end was cut off.")
                % {"found": tree.size, "who": self._head.says, "size": self._head.size},
                position=tree.size,
            )

    def _advance(self) -> None:
        self._head = next(self._heads, None)
        self.size = -1 if self._head is None else self._head.size


def _leaf(row: _Row, expected: int) -> bytes:
    """The leaf of one position, recomputed from the entry and checked against all that is stored of it."""
    if row.position != expected:
        raise Wrong(_("Position %(n)d is missing.") % {"n": expected}, position=expected)
    if row.id is None:
        raise Wrong(
            _("Position %(n)d holds entry %(id)d, which does not exist: it was deleted.")
            % {"n": expected, "id": row.placed_entry},
            position=expected,
            entry=row.placed_entry,
        )
    problem = _entry_problem(row)
    if problem is None and row.leaf != row.placed_leaf:
        problem = _("Entry %(id)d is not the one that was sealed at position %(n)d: entries were changed or exchanged.")
    if problem is not None:
        raise Wrong(problem % {"id": row.id, "n": expected}, position=expected, entry=row.id)
    return row.leaf


def _entry_problem(row: _Row) -> str | None:
    """What is wrong with an entry by itself, with a place for its id; None when it fits its hash and content."""
    if verifier.entry_leaf(metadata(row)) != row.leaf:
        return _("Entry %(id)d does not fit its hash: it was edited.")
    if row.commitment is None:
        return None if row.salt is None else _("Entry %(id)d has a content that it was not recorded with.")
    if row.salt is None or row.payload is None:
        return _("The content of entry %(id)d is gone.")
    if verifier.commitment(row.salt, row.payload) != row.commitment:
        return _("The content of entry %(id)d is not the one it was recorded with.")
    return None


def _check_kept_leaf(leaf: bytes, kept: bytes, position: int) -> None:
    if kept[position * LEAF : position * LEAF + LEAF] != leaf:
        raise Wrong(
            _("The entry at position %(n)d is not the one that stood there when the checkpoint you kept was made.")
            % {"n": position},
            position=position,
        )


def _check_unsealed(extent: _Extent, using: str) -> int:
    """Check the entries that wait for a position; how many they are."""
    waiting = 0
    with _stream(using, _WAITING, []) as rows:
        for row in map(_Row._make, rows):
            waiting += 1
            problem = _entry_problem(row)
            if problem is None and row.id is not None and row.id <= extent.settled:
                problem = _("Entry %(id)d has no position, though all entries up to it were sealed: it was put in later.")
            if problem is not None:
                raise Wrong(problem % {"id": row.id}, entry=row.id)
    return waiting


# --- reading --------------------------------------------------------------------------------------------------

_COLUMNS = """
    e.id, e.key, e.act, e.by_id, e.by_label, e.about_kind, e.about_id, e.on_day, e.recorded_at, e.commitment,
    e.leaf_hash, c.salt, c.payload
"""

_ROWS = f"""
SELECT p.position, p.leaf_hash, p.entry_id, {_COLUMNS}
FROM journal_position p
LEFT JOIN journal_entry e ON e.id = p.entry_id
LEFT JOIN journal_content c ON c.entry_id = p.entry_id
WHERE p.position < %s
ORDER BY p.position
"""

_WAITING = f"""
SELECT -1::bigint, NULL::bytea, e.id, {_COLUMNS}
FROM journal_entry e
LEFT JOIN journal_content c ON c.entry_id = e.id
WHERE NOT EXISTS (SELECT FROM journal_position p WHERE p.entry_id = e.id)
ORDER BY e.id
"""

_EXTENT = f"""
WITH placed AS (SELECT coalesce(max(position), -1) + 1 AS size FROM journal_position),
     sealed AS (SELECT coalesce(max(size), 0) AS size FROM journal_seal),
     signed AS (SELECT coalesce(max(size), 0) AS size, count(*) AS number FROM journal_checkpoint),
     cosigned AS (SELECT coalesce(max(size), 0) AS size FROM journal_cosignature)
SELECT placed.size, greatest(sealed.size, signed.size, cosigned.size), signed.size, cosigned.size,
       coalesce((SELECT settled FROM journal_seal ORDER BY size DESC LIMIT 1), 0), signed.number,
       (SELECT count(*) FROM journal_node WHERE (index + 1) << level > placed.size OR level %% {stored.HEIGHT} <> 0)
FROM placed, sealed, signed, cosigned
"""

_NODES = "SELECT index, hash FROM journal_node WHERE level = %s AND index < %s ORDER BY index"

_CHECKPOINTS = "SELECT size, root, origin, note FROM journal_checkpoint WHERE size <= %s ORDER BY size, id"

_SEALS = "SELECT size, root FROM journal_seal WHERE size <= %s ORDER BY size"

_LEAVES = "SELECT leaf_hash FROM journal_position WHERE position < %s ORDER BY position"


class _stream:
    """Rows of a query, read through a server-side cursor in the binary form, so that millions fit."""

    def __init__(self, using: str, sql: str, parameters: Iterable[Any]) -> None:
        connection = connections[using]
        connection.ensure_connection()
        self._cursor = connection.connection.cursor(name=f"journal_{id(self)}", binary=True)
        self._cursor.itersize = CHUNK
        self._sql, self._parameters = sql, list(parameters)

    def __enter__(self) -> Iterator[tuple[Any, ...]]:
        self._cursor.execute(self._sql, self._parameters)
        return iter(self._cursor)

    def __exit__(self, *_: object) -> None:
        self._cursor.close()

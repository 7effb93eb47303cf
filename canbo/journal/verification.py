"""Verify the journal: recompute everything from the entries themselves and hold it against every stored head.

What it finds by itself: any entry, content, position, node or seal that no longer fits the others. What nobody can
find from inside: a rewriting by someone who recomputes all of it. That is found by holding the journal against a
checkpoint that someone else kept (`against`); with the list of leaves kept beside it (`leaves`), to the position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils.translation import gettext as _

from canbo.journal import merkle, stored, verifier
from canbo.journal.models import Checkpoint, Seal, metadata

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
    """A root that the journal must have at a size, who says so, and whether whoever rewrote could have said it."""

    size: int
    root: bytes
    says: str
    trusted: bool


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
    Takes constant memory, but for one hash in 255 entries. Raises verifier.Unreadable for what is no checkpoint.
    """
    tree = merkle.Frontier()
    trusted = (key,) if isinstance(key, verifier.Key) else tuple(key or ())
    report = Report(ok=True, entries=0, root="")
    with transaction.atomic(using=using):
        try:
            kept = _kept_heads(against, trusted, leaves)
            heads = sorted(kept + _own_heads(trusted, using), key=lambda head: head.size)
            report = replace(
                report,
                checkpoints=Checkpoint.objects.using(using).count(),
                signed_to=max((h.size for h in heads if h.says == _signed()), default=0),
                kept_to=max((h.size for h in kept), default=0),
            )
            _walk(tree, heads, leaves, using, progress)
            report = replace(report, unsealed=_check_unsealed(using))
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


def _signed() -> str:
    return _("a checkpoint signed here")


def _kept_heads(against: Sequence[str], trusted: Sequence[verifier.Key], kept_leaves: bytes | None) -> list[_Head]:
    heads = []
    for note in against:
        head = verifier.read_checkpoint(note)
        _check_signature(head, trusted, _("The checkpoint you kept"))
        heads.append(_Head(head.size, head.root, _("the checkpoint you kept"), trusted=True))
    if kept_leaves is not None:
        _check_leaves(kept_leaves, heads)
    return heads


def _check_leaves(kept: bytes, heads: Sequence[_Head]) -> None:
    """That the list of leaves is the one that belongs to a kept checkpoint: its root says so."""
    size = len(kept) // LEAF
    root = merkle.root(kept[at : at + LEAF] for at in range(0, size * LEAF, LEAF))
    if len(kept) % LEAF or not any(head.size == size and head.root == root for head in heads):
        raise verifier.Unreadable(
            _("The list of %(size)d leaves does not belong to a checkpoint you gave with --against.") % {"size": size}
        )


def _own_heads(trusted: Sequence[verifier.Key], using: str) -> list[_Head]:
    """The stored checkpoints (their signatures checked) and seals."""
    heads = []
    for checkpoint in Checkpoint.objects.using(using).order_by("size", "id").iterator():
        what = _("The stored checkpoint of %(size)d entries") % {"size": checkpoint.size}
        try:
            head = verifier.read_checkpoint(checkpoint.note)
        except verifier.Unreadable as problem:
            raise Wrong(f"{what}: {problem}") from problem
        if (head.size, head.root, head.origin) != (checkpoint.size, bytes(checkpoint.root), checkpoint.origin):
            raise Wrong(_("%(what)s says something else than its signed text.") % {"what": what})
        _check_signature(head, trusted, what)
        heads.append(_Head(head.size, head.root, _signed(), trusted=bool(trusted)))
    seals = Seal.objects.using(using).order_by("size").values_list("size", "root")
    says = _("the seal of that round")
    return heads + [_Head(size, bytes(root), says, trusted=False) for size, root in seals.iterator()]


def _check_signature(head: verifier.Checkpoint, trusted: Sequence[verifier.Key], what: str) -> None:
    """That one of the trusted keys, where any are given, signed this head. (By a library: there may be thousands.)"""
    for key in trusted:
        for name, signature in head.signatures:
            if head.origin == name == key.name and signature[:4] == key.number and _signed_by(key, head, signature[4:]):
                return
    if trusted:
        raise Wrong(
            _("%(what)s is not signed by %(keys)s.")
            % {"what": what, "keys": ", ".join(f"{key.name}+{key.number.hex()}" for key in trusted)}
        )


def _signed_by(key: verifier.Key, head: verifier.Checkpoint, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, head.text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


# --- one reading of the journal -------------------------------------------------------------------------------


def _walk(
    tree: merkle.Frontier,
    heads: Sequence[_Head],
    kept: bytes | None,
    using: str,
    progress: Callable[[int], None] | None,
) -> None:
    """Grow the tree from the entries and hold it against nodes, leaves and heads as it passes them."""
    nodes = _stored_nodes(using)
    due = _Due(heads)
    due.check(tree)
    with _stream(using, _ROWS, []) as rows:
        for row in map(_Row._make, rows):
            leaf = _leaf(row, tree.size)
            if kept is not None and tree.size * LEAF < len(kept):
                _check_kept_leaf(leaf, kept, tree.size)
            for level, index, found in tree.append(leaf):
                if stored.kept(level) and nodes.pop((level, index), None) != found:
                    raise Wrong(_("The stored hash at level %(l)d, place %(i)d is wrong.") % {"l": level, "i": index})
            if tree.size == due.size:
                due.check(tree)
            if progress is not None and tree.size % 50_000 == 0:
                progress(tree.size)
    due.finish(tree)
    if nodes:
        raise Wrong(_("There are stored hashes for entries that do not exist: %(n)d.") % {"n": len(nodes)})


class _Due:
    """The heads still to be met, in order of size; `size` is the next one's (-1: none).

    Only a trusted head says that all before it is good: whoever rewrote an entry can have rewritten the seals too.
    """

    def __init__(self, heads: Sequence[_Head]) -> None:
        self._heads = list(reversed(heads))
        self._good = 0
        self._next()

    def check(self, tree: merkle.Frontier) -> None:
        """Hold the tree against all heads of its size."""
        while self._heads and self._heads[-1].size == tree.size:
            head = self._heads.pop()
            if head.root != tree.root():
                raise Wrong(
                    _("The entries do not give the root that %(who)s has at %(size)d entries: history was rewritten.")
                    % {"who": head.says, "size": head.size},
                    position=self._good if head.size - self._good == 1 else None,
                    between=(self._good, max(self._good, head.size - 1)),
                )
            self._good = tree.size if head.trusted else self._good
        self._next()

    def finish(self, tree: merkle.Frontier) -> None:
        """All heads must have been met once the journal ends."""
        if self._heads:
            head = self._heads[-1]
            raise Wrong(
                _("The journal ends after %(found)d entries, but %(who)s has %(size)d: its end was cut off.")
                % {"found": tree.size, "who": head.says, "size": head.size},
                position=tree.size,
            )

    def _next(self) -> None:
        self.size = self._heads[-1].size if self._heads else -1


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


def _stored_nodes(using: str) -> dict[tuple[int, int], bytes]:
    with _stream(using, "SELECT level, index, hash FROM journal_node", []) as rows:
        return {(level, index): bytes(found) for level, index, found in rows}


def _check_unsealed(using: str) -> int:
    """Check the entries that wait for a position; how many they are."""
    settled = Seal.objects.using(using).order_by("-size").values_list("settled", flat=True).first() or 0
    waiting = 0
    with _stream(using, _WAITING, []) as rows:
        for row in map(_Row._make, rows):
            waiting += 1
            problem = _entry_problem(row)
            if problem is None and row.id is not None and row.id <= settled:
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
ORDER BY p.position
"""

_WAITING = f"""
SELECT -1::bigint, NULL::bytea, e.id, {_COLUMNS}
FROM journal_entry e
LEFT JOIN journal_content c ON c.entry_id = e.id
WHERE NOT EXISTS (SELECT FROM journal_position p WHERE p.entry_id = e.id)
ORDER BY e.id
"""

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

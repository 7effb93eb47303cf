"""The tree over the journal: roots and proofs of RFC 6962, built as it grows.

Numbers: `level` 0 are the leaves; the node (level, index) covers the leaves [index << level, (index + 1) << level)
and exists once all of them do. Hashes are 32 octets. A tree of millions is never held whole: `Frontier` keeps the
log2(n) nodes that a growing tree needs, and proofs ask for single nodes through a `Nodes` function.

The checks themselves live in `verifier.py`, the file that a stranger runs: there is one implementation of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from canbo.journal.verifier import EMPTY, consistency_holds, inclusion_holds, leaf_hash, node_hash

__all__ = [
    "EMPTY",
    "Frontier",
    "Nodes",
    "consistency",
    "consistency_holds",
    "inclusion",
    "inclusion_holds",
    "leaf_hash",
    "node_hash",
    "peaks",
    "root",
]

Nodes = Callable[[int, int], bytes]
"""(level, index) -> hash of that perfect subtree."""


def peaks(size: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees (level, index), left to right, that together cover `size` leaves."""
    covered = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            yield level, covered >> level
            covered += 1 << level


class Frontier:
    """A growing tree, reduced to the peaks that its future needs: append is constant, root is log2(n)."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Take up a tree of `size` leaves, given the hashes of its `peaks(size)`."""
        self.size = size
        self.hashes = list(hashes)
        expected = size.bit_count()
        if len(self.hashes) != expected:
            raise ValueError(f"A tree of {size} leaves has {expected} peaks, not {len(self.hashes)}.")

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add one leaf hash; the inner nodes (level, index, hash) that this completes."""
        left, found, completed = self.size, leaf, []
        self.size += 1
        level = 0
        while left & 1:
            found = node_hash(self.hashes.pop(), found)
            left, level = left >> 1, level + 1
            completed.append((level, left, found))
        self.hashes.append(found)
        return completed

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return fold(self.hashes)


def fold(hashes: list[bytes]) -> bytes:
    """One root over neighbouring perfect subtrees of falling height."""
    if not hashes:
        return EMPTY
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion(*, position: int, size: int, nodes: Nodes) -> list[bytes]:
    """The hashes that lead from the leaf at `position` to the root of `size` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= position < size:
        raise ValueError(f"There is no position {position} in a journal of {size} entries.")
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if position < middle:
            path.append(_range(middle, high, nodes))
            high = middle
        else:
            path.append(_range(low, middle, nodes))
            low = middle
    return path[::-1]


def consistency(*, old: int, new: int, nodes: Nodes) -> list[bytes]:
    """The hashes that show that the tree of `new` leaves begins with that of `old` (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"A journal of {new} entries cannot continue one of {old}.")
    if old in (0, new):
        return []
    low, high, path = 0, new, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range(middle, high, nodes))
            high = middle
        else:
            path.append(_range(low, middle, nodes))
            low = middle
    if low:
        path.append(_range(low, high, nodes))
    return path[::-1]


def _split(width: int) -> int:
    """The largest power of two below `width`: where RFC 6962 divides a tree of `width` leaves."""
    return 1 << (width - 1).bit_length() - 1


def _range(low: int, high: int, nodes: Nodes) -> bytes:
    """The root over the leaves [low, high), where `low` is a multiple of a power of two >= high - low."""
    found = []
    for level, index in peaks(high - low):
        found.append(nodes(level, index + (low >> level)))
    return fold(found)

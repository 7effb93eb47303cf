"""The tree as it lies in the database: single nodes for proofs, and the frontier that sealing goes on from."""

from __future__ import annotations

from functools import lru_cache

from django.db import DEFAULT_DB_ALIAS, connections

from canbo.journal import merkle

HEIGHT = 8
"""Every eighth level is stored: 1/255 of the nodes, and any other is at most 255 hashes away."""
WIDTH = 1 << HEIGHT


class Broken(Exception):
    """The stored tree contradicts itself: something was altered. `canbo journal verify` says where."""


def kept(level: int) -> bool:
    """Whether the nodes of this level are stored (leaves are stored as positions)."""
    return level % HEIGHT == 0


class Tree:
    """Reads nodes of the stored tree; give `tree.node` to `merkle.inclusion` and `merkle.consistency`."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._using = using
        self._tile = lru_cache(maxsize=256)(self._read_tile)

    def root(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        return self.frontier(size).root()

    def frontier(self, size: int) -> merkle.Frontier:
        """The frontier of the first `size` entries."""
        return merkle.Frontier(size, [self.node(level, index) for level, index in merkle.peaks(size)])

    def node(self, level: int, index: int) -> bytes:
        """The hash of the perfect subtree (level, index). Raises Broken where it is not stored whole."""
        up = level % HEIGHT
        first = index << up
        levels = self._tile(level - up, first // WIDTH)
        place = index - (first // WIDTH * WIDTH >> up)
        if place >= len(levels[up]):
            raise Broken(f"The journal lacks the hash at level {level}, place {index}. Run `canbo journal verify`.")
        return levels[up][place]

    def _read_tile(self, level: int, tile: int) -> list[list[bytes]]:
        """Up to 256 neighbouring hashes of a stored level, and the levels that they make above it, up to the next."""
        low, high = tile * WIDTH, (tile + 1) * WIDTH
        with connections[self._using].cursor() as cursor:
            if level == 0:
                cursor.execute(_LEAVES, [low, high])
            else:
                cursor.execute(_NODES, [level, low, high])
            found = cursor.fetchall()
        if [index for index, _ in found] != list(range(low, low + len(found))):
            raise Broken(f"The journal lacks hashes at level {level} from {low} on. Run `canbo journal verify`.")
        levels = [[bytes(octets) for _, octets in found]]
        for _ in range(HEIGHT - 1):
            below = levels[-1]
            levels.append([merkle.node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
        return levels


_LEAVES = "SELECT position, leaf_hash FROM journal_position WHERE position >= %s AND position < %s ORDER BY position"
_NODES = "SELECT index, hash FROM journal_node WHERE level = %s AND index >= %s AND index < %s ORDER BY index"

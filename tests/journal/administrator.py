"""An administrator of the database who rewrites the journal, and knows how it is made.

Works as the owner, with the triggers off. `recompute` makes everything fit again: leaves, positions, stored nodes,
seals and checkpoints, the last signed anew with a key of his own, and takes away what witnesses cosigned. What he
cannot change is what others kept. `head` is the strongest of him: he also has the journal's true key, and offers
witnesses a head of the rewritten journal with the best proof he can make.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections

from canbo.journal import keys, merkle, stored, verifier, witness
from canbo.journal.models import Entry

TABLES = ("entry", "content", "position", "node", "seal", "checkpoint", "witness", "cosignature")


class Administrator:
    """Hands on the tables; every method is one rewriting."""

    def __init__(self, seed: int = 0, origin: str = "canbo/tried") -> None:
        self.dice = random.Random(seed)
        self.own_key = keys.Signer(origin, Ed25519PrivateKey.generate())

    def take_over(self) -> None:
        """Switch off what protects the tables from their owner."""
        for table in TABLES:
            self.say(f"ALTER TABLE journal_{table} DISABLE TRIGGER only_grows")
        for table, name in self.say(
            "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f' AND confrelid = 'journal_entry'::regclass"
        ):
            self.say(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    def sweep(self) -> None:
        """Clear away what undone rewritings left lying in the tables, which slows every further one."""
        self.say("VACUUM ANALYZE " + ", ".join(f"journal_{table}" for table in TABLES))

    def say(self, sql: str, parameters: Any = ()) -> list[Any]:
        """Run a statement as the owner."""
        with connections["owner"].cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def order(self) -> list[int]:
        """The entry ids by position."""
        return [id for (id,) in self.say("SELECT entry_id FROM journal_position ORDER BY position")]

    def leaves(self) -> list[bytes]:
        """The leaf hashes by position."""
        return [bytes(leaf) for (leaf,) in self.say("SELECT leaf_hash FROM journal_position ORDER BY position")]

    def position(self, *, with_content: bool) -> int:
        """A position from 60 on whose entry has a content, or has none."""
        return int(
            self.say(
                "SELECT min(position) FROM journal_position p LEFT JOIN journal_content c USING (entry_id)"
                " WHERE position >= 60 AND (c.salt IS NOT NULL) = %s",
                [with_content],
            )[0][0]
        )

    # --- rewritings; `at` is a position, the result the first position that is different afterwards ------------

    def edit(self, at: int) -> int:
        """Change one field of an entry."""
        column, value = self.dice.choice(
            [("act", "post.closed"), ("by_label", "Người khác"), ("by_id", 6), ("about_id", "-1"), ("about_kind", "x.y"),
             ("on_day", "2019-01-01"), ("recorded_at", "2019-01-01 00:00:00Z"), ("key", f"other-{at}")]
        )  # fmt: skip
        self.say(f"UPDATE journal_entry SET {column} = %s WHERE id = %s", [value, self.order()[at]])
        return at

    def edit_content(self, at: int) -> int:
        """Change what an entry says, with a commitment that fits the new content."""
        id, salt, payload = self.order()[at], os.urandom(32), '{"number":-1}'
        self.say("DELETE FROM journal_content WHERE entry_id = %s", [id])
        self.say("INSERT INTO journal_content (entry_id, salt, payload) VALUES (%s, %s, %s)", [id, salt, payload])
        self.say("UPDATE journal_entry SET commitment = %s WHERE id = %s", [verifier.commitment(salt, payload), id])
        return at

    def delete(self, at: int) -> int:
        """Take an entry out and close the gap."""
        order = self.order()
        id = order.pop(at)
        self.say("DELETE FROM journal_content WHERE entry_id = %s", [id])
        self.say("DELETE FROM journal_entry WHERE id = %s", [id])
        self.place(order)
        return at

    def insert(self, at: int) -> int:
        """Put an act that never was between the others."""
        order = self.order()
        order.insert(at, self.forge())
        self.place(order)
        return at

    def swap(self, at: int) -> int:
        """Exchange two entries."""
        order = self.order()
        other = self.dice.choice([place for place in range(len(order)) if place != at])
        order[at], order[other] = order[other], order[at]
        self.place(order)
        return min(at, other)

    def exchange_numbers(self, at: int) -> int:
        """Let two entries exchange their numbers, so that what refers to one refers to the other."""
        order = self.order()
        other = self.dice.choice([place for place in range(len(order)) if place != at])
        for old, new in ((order[at], -1), (order[other], order[at]), (-1, order[other])):
            self.say("UPDATE journal_entry SET id = %s WHERE id = %s", [new, old])
            self.say("UPDATE journal_content SET entry_id = %s WHERE entry_id = %s", [new, old])
        return min(at, other)

    def regrow(self, at: int) -> int:
        """Cut the end off and let as many other acts grow in its place."""
        order = self.order()
        gone, kept = order[at:], order[:at]
        self.say("DELETE FROM journal_content WHERE entry_id = ANY(%s)", [gone])
        self.say("DELETE FROM journal_entry WHERE id = ANY(%s)", [gone])
        self.place(kept + [self.forge() for _gone in gone])
        return at

    def put_back(self, size: int) -> None:
        """Put a backup back that was made when the journal had `size` entries."""
        kept = self.order()[:size]
        self.say("DELETE FROM journal_position WHERE position >= %s", [size])
        self.say("DELETE FROM journal_node WHERE (index + 1) << level > %s", [size])
        self.say("DELETE FROM journal_seal WHERE size > %s", [size])
        self.say("DELETE FROM journal_checkpoint WHERE size > %s", [size])
        self.say("DELETE FROM journal_cosignature WHERE size > %s", [size])
        self.say("DELETE FROM journal_content WHERE entry_id <> ALL(%s)", [kept])
        self.say("DELETE FROM journal_entry WHERE id <> ALL(%s)", [kept])

    def forge(self) -> int:
        """An entry for an act that never was."""
        leaf = os.urandom(32)
        return int(
            self.say(
                "INSERT INTO journal_entry (act, by_id, by_label, recorded_at, leaf_hash)"
                " VALUES ('post.founded', 5, 'Trần Văn Nam', now(), %s) RETURNING id",
                [leaf],
            )[0][0]
        )

    def place(self, order: list[int]) -> None:
        """Lay the positions anew, in this order."""
        self.say("DELETE FROM journal_position")
        self.say(
            "INSERT INTO journal_position (position, entry_id, leaf_hash) SELECT n - 1, id, leaf_hash FROM unnest(%s::bigint[])"
            " WITH ORDINALITY AS wanted (id, n) JOIN journal_entry USING (id)",
            [order],
        )

    def turn_back_the_clock(self, moment: str) -> int:
        """Put an act at the end of the journal that claims to be of another moment; its number."""
        id = self.forge()
        self.say("UPDATE journal_entry SET recorded_at = %s WHERE id = %s", [moment, id])
        return id

    def any_rewriting(self) -> tuple[str, Callable[[int], int]]:
        """One of the above, by chance."""
        name = self.dice.choice(["edit", "edit", "edit_content", "delete", "insert", "swap", "exchange_numbers", "regrow"])
        return name, getattr(self, name)

    # --- covering the tracks -----------------------------------------------------------------------------------

    def recompute(self) -> None:
        """Make every hash, seal and checkpoint fit what the entries say now."""
        entries = Entry.objects.using("owner").in_bulk()
        leaf = {id: verifier.entry_leaf(entry.metadata()) for id, entry in entries.items()}
        order, tree, nodes = self.order(), merkle.Frontier(), []
        self.say(
            "UPDATE journal_entry SET leaf_hash = new FROM unnest(%s::bigint[], %s::bytea[]) AS n (n, new) WHERE id = n",
            [list(leaf), list(leaf.values())],
        )
        self.say("DELETE FROM journal_node")
        self.place(order)
        sizes = {size for (size,) in self.say("SELECT size FROM journal_seal")}
        signed = {size for (size,) in self.say("SELECT size FROM journal_checkpoint")}
        roots = {0: tree.root()}
        for id in order:
            nodes += [node for node in tree.append(leaf[id]) if stored.kept(node[0])]
            roots[tree.size] = tree.root()
        for level, index, found in nodes:
            self.say("INSERT INTO journal_node (level, index, hash) VALUES (%s, %s, %s)", [level, index, found])
        self.say("DELETE FROM journal_seal; DELETE FROM journal_checkpoint; DELETE FROM journal_cosignature")
        sizes = {size for size in sizes if size <= tree.size} | {tree.size}
        self.say(
            "INSERT INTO journal_seal (size, root, settled, made_at)"
            " SELECT size, root, %s, now() FROM unnest(%s::bigint[], %s::bytea[]) AS t (size, root)",
            [max(order), list(sizes), [roots[size] for size in sizes]],
        )
        signed = {size for size in signed if size <= tree.size}
        self.say(
            "INSERT INTO journal_checkpoint (size, root, origin, note, made_at)"
            " SELECT size, root, %s, note, now() FROM unnest(%s::bigint[], %s::bytea[], %s::text[]) AS t (size, root, note)",
            [
                self.own_key.origin,
                list(signed),
                [roots[size] for size in signed],
                [self.own_key.checkpoint(size, roots[size]) for size in signed],
            ],
        )

    def head(self, signer: keys.Signer, old: int, *, size: int | None = None, proof: list[bytes] | None = None) -> str:
        """What he offers a witness that saw `old` entries: a head under the true key, and a proof (None: his own)."""
        leaves = self.leaves()[:size]
        if proof is None:
            tree = stored.Tree("owner")
            proof = merkle.consistency(old=old, new=len(leaves), nodes=tree.node) if old <= len(leaves) else []
        return witness.write_request(witness.Request(old, proof, signer.checkpoint(len(leaves), merkle.root(leaves))))

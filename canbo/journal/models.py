"""The tables of the journal. Rows are only ever added: grants and triggers refuse everything else to everyone.

Write through `entries.record`, seal through `sealing`, check through `verification`; nothing else writes here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from canbo.journal import verifier

models.BinaryField.register_lookup(Length)  # the constraints below say how long a hash is


def moment(at: datetime) -> str:
    """A moment as the leaf writes it: UTC, microseconds, `2025-07-01T00:00:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class Recorded(Protocol):
    """The columns of an entry, as a model instance or as a row read for verification."""

    @property
    def id(self) -> Any: ...

    @property
    def key(self) -> Any: ...

    @property
    def act(self) -> Any: ...

    @property
    def by_id(self) -> Any: ...

    @property
    def by_label(self) -> Any: ...

    @property
    def about_kind(self) -> Any: ...

    @property
    def about_id(self) -> Any: ...

    @property
    def on_day(self) -> Any: ...

    @property
    def recorded_at(self) -> Any: ...

    @property
    def commitment(self) -> Any: ...


def metadata(entry: Recorded) -> dict[str, Any]:
    """What the leaf of an entry is the hash of, once written with `verifier.canonical`. Version 1 of the layout."""
    return {
        "about_id": entry.about_id,
        "about_kind": entry.about_kind,
        "act": entry.act,
        "by_id": entry.by_id,
        "by_label": entry.by_label,
        "commitment": None if entry.commitment is None else bytes(entry.commitment).hex(),
        "id": entry.id,
        "key": entry.key,
        "on": None if entry.on_day is None else entry.on_day.isoformat(),
        "recorded_at": moment(entry.recorded_at),
        "v": 1,
    }


class Entry(models.Model):
    """One act: what was done, by whom, about what, for which day. Never changed, never removed.

    `by_id` and `about_id` are numbers without foreign keys, because the journal outlives what it speaks of
    and knows no room above it.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(null=True, help_text="idempotency key: an act with a key is recorded once")
    act = models.TextField(help_text="what was done, as room.verb")
    by_id = models.BigIntegerField(null=True, help_text="account that acted; null: the system itself")
    by_label = models.TextField(help_text="how that account was called when it acted")
    about_kind = models.TextField(null=True)
    about_id = models.TextField(null=True)
    on_day = models.DateField(null=True, help_text="the day for which the act holds; null: none")
    recorded_at = models.DateTimeField(help_text="by the clock of the database; order is by position, never by clock")
    commitment = models.BinaryField(null=True, help_text="SHA-256(salt || content); null: no content")
    leaf_hash = models.BinaryField(help_text="leaf of the tree: hash of all the above")

    class Meta:
        db_table = "journal_entry"
        indexes = [models.Index(fields=["about_kind", "about_id", "id"], name="journal_entry_about")]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="journal_entry_key_once"),
            models.CheckConstraint(condition=Q(leaf_hash__length=32), name="journal_entry_leaf_is_a_hash"),
            models.CheckConstraint(
                condition=Q(commitment__isnull=True) | Q(commitment__length=32),
                name="journal_entry_commitment_is_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.act}"

    def metadata(self) -> dict[str, Any]:
        """What the leaf is the hash of, and what a proof shows."""
        return metadata(self)

    @property
    def payload(self) -> dict[str, Any] | None:
        """The content of the entry, or None where it has none."""
        content = Content.objects.filter(pk=self.pk).first()
        return None if content is None else cast("dict[str, Any]", json.loads(content.payload))


class Content(models.Model):
    """What an entry says beyond its metadata. Apart, so that it can be erased one day and the tree still verify."""

    # No constraint in the database, here and in Position: an entry cannot go away, and the check of the key
    # would lock and so write every entry a second time.
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="content", db_constraint=False)
    salt = models.BinaryField(help_text="32 secret octets, so that the commitment betrays nothing")
    payload = models.TextField(help_text="canonical JSON, octet for octet what the commitment was made over")

    class Meta:
        db_table = "journal_content"


class Position(models.Model):
    """Where an entry stands in the tree: 0, 1, 2 ... without gaps, in the order of sealing."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="sealed", db_constraint=False)
    leaf_hash = models.BinaryField()

    class Meta:
        db_table = "journal_position"


class Node(models.Model):
    """A stored inner node. Only levels 8, 16, 24 ... are kept: proofs rebuild the rest from at most 256 hashes each."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "journal_node"


class Seal(models.Model):
    """One round of sealing: how large the journal became, and its root."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    settled = models.BigIntegerField(help_text="no entry with this id or a lower one can still arrive")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "journal_seal"


class Checkpoint(models.Model):
    """A signed head of the journal, in the text form of c2sp.org/tlog-checkpoint."""

    size = models.BigIntegerField()
    root = models.BinaryField()
    origin = models.TextField()
    note = models.TextField(help_text="text and signature, as given to those who keep it")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "journal_checkpoint"
        indexes = [models.Index(F("size").desc(), name="journal_checkpoint_size")]


class Witness(models.Model):
    """Someone in another body who cosigns checkpoints. Of several rows with one key the newest counts.

    A witness that ends is a further row with `withdrawn`: what it cosigned before stays cosigned.
    """

    name = models.TextField(help_text="the name it signs with")
    public = models.BinaryField(help_text="its Ed25519 public key, 32 octets")
    body = models.TextField(help_text="the body that it belongs to; a quorum is counted in bodies")
    withdrawn = models.BooleanField(default=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        db_table = "journal_witness"
        constraints = [models.CheckConstraint(condition=Q(public__length=32), name="journal_witness_key_is_ed25519")]

    def __str__(self) -> str:
        return f"{self.name} ({self.body})"

    @property
    def key(self) -> verifier.Key:
        """Its public key, as the verifier takes it."""
        return verifier.Key(self.name, bytes(self.public), verifier.WITNESS)


class Cosignature(models.Model):
    """That a witness saw a head of the journal and found that it continues all it saw before.

    Whole in itself, so that it still speaks when the checkpoint that it stood under is gone.
    """

    witness = models.ForeignKey(Witness, on_delete=models.PROTECT, related_name="cosignatures")
    size = models.BigIntegerField()
    root = models.BinaryField()
    text = models.TextField(help_text="the checkpoint without signatures, as cosigned")
    signed_at = models.DateTimeField(help_text="by the clock of the witness; part of what it signed")
    signature = models.BinaryField(help_text="number of the key, moment, Ed25519 signature (tlog-cosignature)")
    received_at = models.DateTimeField(help_text="by the clock of canbo")

    class Meta:
        db_table = "journal_cosignature"
        indexes = [models.Index(fields=["size"], name="journal_cosignature_size")]
        constraints = [
            models.UniqueConstraint(fields=["witness", "size", "root"], name="journal_cosignature_once"),
            models.CheckConstraint(condition=Q(signature__length=76), name="journal_cosignature_is_whole"),
        ]

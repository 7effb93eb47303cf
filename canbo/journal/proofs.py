"""Proofs for someone who does not trust this database: files that `verifier.py` checks without it."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from canbo.journal import keys, merkle, sealing, stored, verifier
from canbo.journal.models import Checkpoint, Entry, Position


class NoProof(Exception):
    """A proof that cannot be given. The message says why and what to do."""


def find(name: str | int, *, using: str = DEFAULT_DB_ALIAS) -> Entry:
    """The entry with this id or, failing that, with this idempotency key. Raises NoProof."""
    found = Entry.objects.using(using).filter(key=str(name)).first()
    if found is None and str(name).isascii() and str(name).isdigit() and len(str(name)) < 19:
        found = Entry.objects.using(using).filter(pk=int(name)).first()
    if found is None:
        raise NoProof(_("There is no journal entry with the number or key %(name)s. See `canbo journal show`.") % {"name": name})
    return found


def inclusion(
    entry: Entry,
    *,
    note: str | None = None,
    with_content: bool = False,
    signer: keys.Signer | None = None,
    tree: stored.Tree | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> dict[str, Any]:
    """A proof that `entry` is in the journal, as one JSON-able dict that needs nothing else to be checked.

    `note`: the checkpoint to prove it under, such as one that someone kept (default: the newest, signed anew when
    it is too old). `with_content` adds the content, which may be personal data, and the salt that opens it.
    `tree`: one for many proofs under one note, which then read each part of the tree once.
    """
    place = Position.objects.using(using).filter(entry_id=entry.pk).first()
    if place is None:
        raise NoProof(
            _("Entry %(id)d is not sealed yet. Run `canbo journal seal`, or wait a second while canbo runs.") % {"id": entry.pk}
        )
    head = _head(note, place.position, signer, using)
    if head.size <= place.position:
        raise NoProof(
            _("Entry %(id)d is at position %(position)d; the checkpoint covers only %(size)d entries. Use a newer one.")
            % {"id": entry.pk, "position": place.position, "size": head.size}
        )
    tree = tree or stored.Tree(using)
    bundle: dict[str, Any] = {
        "format": verifier.INCLUSION,
        "entry": entry.metadata(),
        "position": place.position,
        "proof": [h.hex() for h in merkle.inclusion(position=place.position, size=head.size, nodes=tree.node)],
        "checkpoint": head.note,
    }
    kept = getattr(entry, "content", None)
    if with_content and kept is not None:
        bundle["content"] = {"salt": bytes(kept.salt).hex(), "payload": kept.payload}
    return bundle


def consistency(
    old: str, *, under: str | None = None, signer: keys.Signer | None = None, using: str = DEFAULT_DB_ALIAS
) -> dict[str, Any]:
    """A proof that the journal continues the one of the checkpoint `old`, as a JSON-able dict.

    As it is today, or as it was at the newer checkpoint `under`, such as one that another witness kept.
    """
    before = verifier.read_checkpoint(old)
    now = verifier.read_checkpoint(under or sealing.checkpoint(signer=signer, using=using).note)
    if before.size > now.size:
        raise NoProof(
            _("Your checkpoint has %(old)d entries, this journal %(new)d: its end was cut off or an old backup put back.")
            % {"old": before.size, "new": now.size}
        )
    path = merkle.consistency(old=before.size, new=now.size, nodes=stored.Tree(using).node)
    return {"format": verifier.CONSISTENCY, "old": old, "new": now.note, "proof": [h.hex() for h in path]}


def _head(note: str | None, position: int, signer: keys.Signer | None, using: str) -> verifier.Checkpoint:
    if note is None:
        last = Checkpoint.objects.using(using).order_by("-size", "-id").first()
        if last is None or last.size <= position:
            last = sealing.checkpoint(signer=signer, using=using)
        note = last.note
    return verifier.read_checkpoint(note)

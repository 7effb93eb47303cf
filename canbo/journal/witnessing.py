"""Witnesses, seen from the journal: who they are, what they are asked, what they cosigned, and what that covers.

An act counts as witnessed once its entry stands under a checkpoint that witnesses in enough different bodies
cosigned. Who rewrites what is witnessed is found by each of them; what is not witnessed yet can be rewritten unseen,
so the delay (`unwitnessed`) is the window, and is shown.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from canbo.journal import entries, keys, merkle, proofs, sealing, stored, verifier, witness
from canbo.journal.models import Checkpoint, Cosignature, Entry, Position, Witness

LEEWAY = timedelta(minutes=5)
"""How far the clock of a witness may be before ours."""
LONGEST_ACT = timedelta(hours=1)
"""How long a transaction may last, from recording its entry to being sealed, before its moment counts as wrong."""


class NotAccepted(Exception):
    """A registration or cosignature that is refused. The message says why and what to do."""


@dataclass(frozen=True)
class Witnessed:
    """The checkpoint under which something is witnessed: its size, by whom, and since when."""

    size: int
    root: bytes
    by: tuple[Witness, ...]
    at: datetime
    lines: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON-able dict."""
        return {"size": self.size, "witnesses": [{"name": w.name, "body": w.body} for w in self.by], "at": self.at.isoformat()}


# --- who they are ---------------------------------------------------------------------------------------------


def register(*, public: str, body: str, by: entries.Actor | None, on: date, key: str | None = None) -> Witness:
    """Register a witness by its public key (as `canbo witness key` prints it) and the body it belongs to.

    An act with an entry of its own. The caller has asked whether `by` may. Raises NotAccepted, verifier.Unreadable,
    entries.AlreadyRecorded.
    """
    found, body = verifier.read_key(public, verifier.WITNESS), " ".join(body.split())
    if not body:
        raise NotAccepted(_("Name the body that the witness belongs to: a quorum is counted in bodies."))
    for other in witnesses():
        if other.name == found.name or bytes(other.public) == found.public:
            raise NotAccepted(_("A witness with this name or key is registered: %(other)s. End it first.") % {"other": other})
    return _recorded("witness.registered", Witness(name=found.name, public=found.public, body=body), by, on, key)


def withdraw(*, name: str, by: entries.Actor | None, on: date, key: str | None = None) -> Witness:
    """End a witness: what it cosigned stays, nothing more is accepted. Raises NotAccepted."""
    there = next((each for each in witnesses() if each.name == name), None)
    if there is None:
        raise NotAccepted(_("No witness is registered under the name %(name)s.") % {"name": name})
    ended = Witness(name=there.name, public=bytes(there.public), body=there.body, withdrawn=True)
    return _recorded("witness.withdrawn", ended, by, on, key)


def _recorded(act: str, row: Witness, by: entries.Actor | None, on: date, key: str | None) -> Witness:
    with transaction.atomic():
        payload = {"key": str(row.key), "body": row.body}
        row.entry = entries.record(act, by=by, about=("journal.witness", row.name), on=on, payload=payload, key=key)
        row.save()
    return row


def witnesses(*, using: str = DEFAULT_DB_ALIAS) -> list[Witness]:
    """Those registered now, by name."""
    newest = Witness.objects.using(using).order_by("public", "-id").distinct("public")
    return sorted((each for each in newest if not each.withdrawn), key=lambda each: each.name)


def quorum() -> int:
    """In how many bodies a checkpoint must be cosigned (CANBO_WITNESS_QUORUM, by default 2; 1 only in a demo)."""
    wanted = int(getattr(settings, "CANBO_WITNESS_QUORUM", 2))
    return max(wanted, 1 if getattr(settings, "CANBO_DEMO", False) else 2)


def warning() -> str | None:
    """What the screen must say beside what is witnessed, or None."""
    if quorum() > 1:
        return None
    return _("Demonstration: here a single witness is enough. It is not, where it counts.")


# --- what they are asked, and what they answer ----------------------------------------------------------------


def offer(old: int, *, signer: keys.Signer | None = None, using: str = DEFAULT_DB_ALIAS) -> str:
    """The newest checkpoint with the proof that it continues a journal of `old` entries, as a witness reads it.

    Holds nothing personal: a number and hashes. A journal shorter than `old` is offered as it is, without a proof;
    the witness will say what it thinks of it.
    """
    head = Checkpoint.objects.using(using).order_by("-size", "-id").first() or sealing.checkpoint(signer=signer, using=using)
    path = merkle.consistency(old=old, new=head.size, nodes=stored.Tree(using).node) if 0 <= old <= head.size else []
    return witness.write_request(witness.Request(old, path, head.note))


def accept(cosigned: str, *, using: str = DEFAULT_DB_ALIAS) -> list[Cosignature]:
    """Keep the cosignatures beneath a checkpoint of this journal; those kept now, or before.

    Only those of registered witnesses, and only true ones. Raises NotAccepted, verifier.Unreadable.
    """
    head = verifier.read_checkpoint(cosigned)
    mine = Checkpoint.objects.using(using).filter(size=head.size, root=head.root, origin=head.origin).first()
    if mine is None or verifier.read_checkpoint(mine.note).text != head.text:
        raise NotAccepted(_("This journal has signed no such checkpoint of %(size)d entries.") % {"size": head.size})
    kept = []
    for each in witnesses(using=using):
        for name, octets in head.signatures:
            if name == each.name and octets[:4] == each.key.number and _true(each, head.text, octets):
                kept.append(_keep(each, head, octets, using))
    if not kept:
        raise NotAccepted(_("No registered witness has cosigned this. Register its key first: `canbo witness register`."))
    return kept


def _keep(by: Witness, head: verifier.Checkpoint, octets: bytes, using: str) -> Cosignature:
    at = datetime.fromtimestamp(int.from_bytes(octets[4:12], "big"), UTC)
    now = timezone.now()
    if at > now + LEEWAY:
        raise NotAccepted(
            _("%(name)s cosigned at %(at)s, which lies ahead of the clock here (%(now)s). Set the clocks right.")
            % {"name": by.name, "at": at.isoformat(), "now": now.isoformat()}
        )
    kept, _made = Cosignature.objects.using(using).get_or_create(
        witness=by, size=head.size, root=head.root,
        defaults={"text": head.text, "signed_at": at, "signature": octets, "received_at": now},
    )  # fmt: skip
    return kept


def _true(by: Witness, text: str, octets: bytes) -> bool:
    """Whether these are the octets of a true cosignature. By a library, not by verifier.py: it is asked often."""
    if len(octets) != 76 or int.from_bytes(octets[4:12], "big") >= 1 << 34:
        return False
    message = verifier.cosigned_message(text, int.from_bytes(octets[4:12], "big"))
    try:
        Ed25519PublicKey.from_public_bytes(bytes(by.public)).verify(octets[12:], message)
    except (InvalidSignature, ValueError):
        return False
    return True


def speaks(kept: Cosignature) -> bool:
    """Whether a kept cosignature is true of what its row says."""
    lines, octets = kept.text.split("\n"), bytes(kept.signature)
    said = lines[1:3] == [str(kept.size), base64.b64encode(bytes(kept.root)).decode()]
    moment = kept.signed_at == datetime.fromtimestamp(int.from_bytes(octets[4:12], "big") % (1 << 34), UTC)
    return said and moment and octets[:4] == kept.witness.key.number and _true(kept.witness, kept.text, octets)


# --- what that covers -----------------------------------------------------------------------------------------


def witnessed(entry: Entry | int, *, using: str = DEFAULT_DB_ALIAS) -> Witnessed | None:
    """The first checkpoint with a quorum over this entry (or the entry of this number), or None."""
    number = entry.pk if isinstance(entry, Entry) else entry
    position = Position.objects.using(using).filter(entry_id=number).values_list("position", flat=True).first()
    return None if position is None else covering(position, using=using)


def covering(position: int, *, using: str = DEFAULT_DB_ALIAS) -> Witnessed | None:
    """The first checkpoint with a quorum that covers this position, or None."""
    return _first(_QUORATE.format(order="ASC"), position, using)


def head(*, using: str = DEFAULT_DB_ALIAS) -> Witnessed | None:
    """The largest checkpoint that a quorum cosigned, or None."""
    return _first(_QUORATE.format(order="DESC"), -1, using)


def unwitnessed(*, using: str = DEFAULT_DB_ALIAS) -> dict[str, Any]:
    """How many acts no quorum has seen yet, and how old the first of them is, in seconds (None: there is none)."""
    top, state = head(using=using), entries.state()
    size = top.size if top else 0
    waiting = Position.objects.using(using).filter(position=size).select_related("entry").first()
    oldest = state["oldest_unsealed_seconds"] if waiting is None else (timezone.now() - waiting.entry.recorded_at).total_seconds()
    return {"unwitnessed": max(0, state["entries"] - size), "oldest": oldest, "witnessed": size, "quorum": quorum()}


def proof(
    entry: Entry, *, under: Witnessed | None = None, with_content: bool = True, using: str = DEFAULT_DB_ALIAS
) -> dict[str, Any]:
    """A proof of an entry under a cosigned checkpoint (default: the first over it), to go into a package.

    Raises proofs.NoProof.
    """
    found = under or witnessed(entry, using=using)
    if found is None:
        raise proofs.NoProof(
            _("Entry %(id)d is not witnessed yet: %(n)d bodies must cosign a checkpoint over it.")
            % {"id": entry.pk, "n": quorum()}
        )
    return proofs.inclusion(entry, note=cosigned(found, using=using), with_content=with_content, using=using)


def cosigned(found: Witnessed, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """The checkpoint with the lines of its witnesses beneath, as text."""
    mine = Checkpoint.objects.using(using).filter(size=found.size, root=found.root).order_by("-id").first()
    if mine is None:
        raise proofs.NoProof(_("The checkpoint of %(size)d entries that was cosigned is gone.") % {"size": found.size})
    return mine.note + found.lines


def backdated(*, using: str = DEFAULT_DB_ALIAS) -> list[int]:
    """The entries that claim to be older than a checkpoint which witnesses saw without them: a clock was turned back."""
    with connections[using].cursor() as cursor:
        cursor.execute(_BACKDATED, [LONGEST_ACT.total_seconds()])
        return [id for (id,) in cursor.fetchall()]


def _first(sql: str, position: int, using: str) -> Witnessed | None:
    """The first head, in the order of the query, whose true cosignatures make a quorum."""
    wanted = quorum()
    with connections[using].cursor() as cursor:
        cursor.execute(sql, [position, wanted])
        found = cursor.fetchall()
    for size, root in found:
        rows = Cosignature.objects.using(using).filter(size=size, root=bytes(root)).select_related("witness")
        if answer := _counted([row for row in rows.order_by("signed_at", "id") if speaks(row)], wanted):
            return answer
    return None


def _counted(rows: Iterable[Cosignature], wanted: int) -> Witnessed | None:
    """What these cosignatures of one head come to; None below the quorum. `at`: when the quorum was reached."""
    bodies: set[str] = set()
    by: list[Witness] = []
    lines, at = "", None
    for row in rows:
        bodies.add(row.witness.body.casefold())
        by.append(row.witness)
        lines += f"\u2014 {row.witness.name} {base64.b64encode(bytes(row.signature)).decode()}\n"
        if at is None and len(bodies) >= wanted:
            at, size, root = row.signed_at, row.size, bytes(row.root)
    return None if at is None else Witnessed(size, root, tuple(by), at, lines)


_QUORATE = """
SELECT c.size, c.root FROM journal_cosignature c JOIN journal_witness w ON w.id = c.witness_id
WHERE c.size > %s GROUP BY c.size, c.root HAVING count(DISTINCT lower(w.body)) >= %s ORDER BY c.size {order} LIMIT 5
"""

_BACKDATED = """
WITH heads AS (SELECT size, max(signed_at) AS seen FROM journal_cosignature GROUP BY size),
     marks AS (SELECT size, max(seen) OVER (ORDER BY size) AS seen, lead(size, 1, 9223372036854775807) OVER (ORDER BY size) AS next
               FROM heads)
SELECT e.id FROM marks m
JOIN journal_position p ON p.position >= m.size AND p.position < m.next
JOIN journal_entry e ON e.id = p.entry_id AND e.recorded_at < m.seen - make_interval(secs => %s)
ORDER BY p.position
"""

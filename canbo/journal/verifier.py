"""Check a proof from a canbo journal with nothing but Python: no database, no network, no canbo.

    python verifier.py proof.json --key "canbo/register+1a2b3c4d+AbC..."
    python verifier.py proof.json --key public-key.txt --kept checkpoint-from-last-month.txt

FILE is one of three: a proof that an entry is in the journal (`canbo journal prove ENTRY -o FILE`), a proof
that a newer journal continues an older one (`canbo journal prove --consistency OLD -o FILE`), or a signed
checkpoint (`canbo journal checkpoint -o FILE`). PUBLIC is the journal's public key, taken from somewhere you
trust: a proof checked with the key that came along with it proves nothing.

Exit code 0: everything holds. 1: something does not hold. 2: the file or the key cannot be read.

Sources: RFC 6962 and RFC 9162 section 2.1 (tree and proofs), RFC 8032 section 5.1 (Ed25519), c2sp.org
signed-note, tlog-checkpoint (the text of a checkpoint) and tlog-cosignature (what a witness adds to it). Copy this one file anywhere; Python 3.9 or newer.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

INCLUSION = "canbo-journal-inclusion/1"
CONSISTENCY = "canbo-journal-consistency/1"
METADATA = (
    "about_id",
    "about_kind",
    "act",
    "by_id",
    "by_label",
    "commitment",
    "id",
    "key",
    "on",
    "recorded_at",
    "v",
)
SIGNATURES_READ = 64


class Refused(Exception):
    """The proof was read and does not hold. The message says what was found and what was expected."""


class Unreadable(Exception):
    """The file or key is not in a form that can be checked. The message says what was expected."""


# --- the tree: RFC 6962 ---------------------------------------------------------------------------------------

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf: SHA-256 over a zero byte and the data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 over a one byte and its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_holds(*, leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from `leaf` at `position` to the `root` of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size or any(len(h) != 32 for h in (leaf, root, *proof)):
        return False
    at, last, found = position, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistency_holds(*, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `new_size` begins with exactly the tree of `old_size` (RFC 9162, 2.1.4.2).

    The empty tree is a beginning of every tree; its proof is empty.
    """
    if not 0 <= old_size <= new_size or any(len(h) != 32 for h in (old_root, new_root, *proof)):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_found = new_found = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_found, new_found = node_hash(step, old_found), node_hash(step, new_found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new_found = node_hash(new_found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old_found == old_root and new_found == new_root


# --- the entry ------------------------------------------------------------------------------------------------


_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: Any) -> str:
    """The one way to write a value down: JSON, keys sorted, no spaces, no escapes that are not needed."""
    return _WRITER.encode(value)


def entry_leaf(metadata: dict[str, Any]) -> bytes:
    """The leaf of an entry: the hash of its metadata, which holds the commitment to its content."""
    return leaf_hash(canonical(metadata).encode("utf-8"))


def commitment(salt: bytes, payload: str) -> bytes:
    """What the leaf says of the content: SHA-256 over a secret salt and the content's canonical text."""
    return hashlib.sha256(salt + payload.encode("utf-8")).digest()


# --- the signature: Ed25519, RFC 8032 section 5.1 -------------------------------------------------------------

Point = tuple[int, int, int, int]  # extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return w * x % P, y * z % P, x * y % P, w * z % P


def _sum_of(one: int, point: Point, other: int, second: Point) -> Point:
    """`one` times `point` plus `other` times `second`, at one stroke (Shamir)."""
    added = {1: point, 2: second, 3: _add(point, second)}
    total: Point = (0, 1, 1, 0)
    for bit in range(max(one.bit_length(), other.bit_length()) - 1, -1, -1):
        total = _add(total, total)
        which = (one >> bit & 1) | (other >> bit & 1) << 1
        if which:
            total = _add(total, added[which])
    return total


def _decode(octets: bytes) -> Point | None:
    """The point that 32 octets stand for, or None where they stand for none (RFC 8032, 5.1.3)."""
    number = int.from_bytes(octets, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _encode(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_POINT = _decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` (64 octets) over `message` was made with the private half of `public` (32 octets)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, scalar = _decode(public), int.from_bytes(signature[32:], "little")
    if key is None or BASE_POINT is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    minus_key: Point = (P - key[0], key[1], 1, P - key[3])
    return _encode(_sum_of(scalar, BASE_POINT, challenge, minus_key)) == signature[:32]


# --- the checkpoint: c2sp.org/signed-note, c2sp.org/tlog-checkpoint -------------------------------------------


JOURNAL, WITNESS = 1, 4  # what a key signs: checkpoints, or cosignatures beneath them


class Key(NamedTuple):
    """A public key with the name of the journal, or of the witness, that signs with it."""

    name: str
    public: bytes
    kind: int = JOURNAL

    @property
    def number(self) -> bytes:
        """Four octets that tell this key from others of the same name."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.number.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


class Checkpoint(NamedTuple):
    """A journal's head: its name, how many entries it had, the root over them, and who signed that."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: list[tuple[str, bytes]]
    note: str


def read_key(text: str, kind: int = JOURNAL) -> Key:
    """A public key written as `name+number+base64`. Raises Unreadable with what was expected."""
    parts = text.strip().split("+", 2)
    expected = "Expected a public key of the form name+number+base64, as `canbo journal show --key` prints it."
    if kind == WITNESS:
        expected = "Expected the public key of a witness, of the form name+number+base64, as `canbo witness key` prints it."
    if len(parts) != 3 or not parts[0]:
        raise Unreadable(f"{expected} Found: {text.strip()[:80]!r}.")
    try:
        octets = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"{expected} The last part is not base64.") from None
    if len(octets) != 33 or octets[0] != kind:
        raise Unreadable(f"{expected} The last part is not an Ed25519 key (0x{kind:02x} and 32 octets).")
    key = Key(parts[0], octets[1:], kind)
    if key.number.hex() != parts[1].lower():
        raise Unreadable(f"{expected} Its number {parts[1]} does not fit the key ({key.number.hex()}): mistyped?")
    return key


def read_checkpoint(note: str) -> Checkpoint:
    """A signed checkpoint from its text. Raises Unreadable with what was expected."""
    expected = "Expected a checkpoint: name, number of entries, root in base64, an empty line, signatures."
    text, separator, signed = note.rpartition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) < 3 or not lines[0] or any(ord(c) < 32 for c in note.replace("\n", "")):
        raise Unreadable(expected)
    size = lines[1]
    if not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0") or len(size) > 18:
        raise Unreadable(f"{expected} The number of entries is {size[:40]!r}.")
    signatures = []
    for line in signed.strip("\n").split("\n")[:SIGNATURES_READ]:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise Unreadable(f"{expected} This is not a signature: {line[:80]!r}.")
        signatures.append((parts[1], _base64(parts[2], expected)))
    root = _base64(lines[2], expected)
    if len(root) != 32:
        raise Unreadable(f"{expected} The root has {len(root)} octets, not 32.")
    return Checkpoint(lines[0], int(size), root, text + "\n", signatures, note)


def check_checkpoint(note: str, key: Key) -> Checkpoint:
    """The checkpoint, once its signature by `key` holds. Raises Refused where it does not."""
    checkpoint = read_checkpoint(note)
    if checkpoint.origin != key.name:
        raise Refused(f"The checkpoint is of the journal {checkpoint.origin!r}, the key of {key.name!r}.")
    mine = [s[4:] for name, s in checkpoint.signatures if name == key.name and s[:4] == key.number]
    if not mine:
        raise Refused(f"The checkpoint bears no signature by {key.name}+{key.number.hex()}.")
    if not signature_holds(key.public, mine[0], checkpoint.text.encode()):
        raise Refused(f"The signature by {key.name}+{key.number.hex()} is false.")
    return checkpoint


# --- the cosignature of a witness: c2sp.org/tlog-cosignature --------------------------------------------------


def cosigned_message(text: str, at: int) -> bytes:
    """What a witness signs: that at the moment `at` (seconds since 1970) this was the longest journal it had seen."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosigned_at(checkpoint: Checkpoint, key: Key) -> int | None:
    """When the witness with this key cosigned the checkpoint, in seconds since 1970; None where it did not.

    A line under its name and number that holds no true signature counts for nothing.
    """
    for name, octets in checkpoint.signatures:
        if name == key.name and octets[:4] == key.number and len(octets) == 4 + 8 + 64:
            at = int.from_bytes(octets[4:12], "big")
            if at < 1 << 63 and signature_holds(key.public, octets[12:], cosigned_message(checkpoint.text, at)):
                return at
    return None


def _base64(text: str, expected: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"{expected} This is not base64: {text[:80]!r}.") from None


# --- the proofs -----------------------------------------------------------------------------------------------


def check_inclusion(bundle: dict[str, Any], key: Key) -> str:
    """Check that an entry is in the journal; what was proved, in words. Raises Refused or Unreadable."""
    return check_inclusion_under(bundle, check_checkpoint(_part(bundle, "checkpoint", str), key))


def check_inclusion_under(bundle: dict[str, Any], checkpoint: Checkpoint) -> str:
    """The same, under a checkpoint whose signature was checked before."""
    metadata, position = _part(bundle, "entry", dict), _part(bundle, "position", int)
    if tuple(sorted(metadata)) != METADATA or metadata["v"] != 1:
        raise Unreadable(f"Expected an entry with exactly {', '.join(METADATA)}, and v = 1.")
    if not inclusion_holds(
        leaf=entry_leaf(metadata),
        position=position,
        size=checkpoint.size,
        proof=_hashes(bundle),
        root=checkpoint.root,
    ):
        raise Refused(
            f"The entry is not at position {position} of the {checkpoint.size} entries of {checkpoint.origin}: "
            "the entry or the proof was altered."
        )
    proved = (
        f"Entry {metadata['id']} ({metadata['act']}, recorded {metadata['recorded_at']}, by {metadata['by_label']!r}) "
        f"is at position {position} of the {checkpoint.size} entries of {checkpoint.origin}."
    )
    if bundle.get("content") is None:
        return proved + " Its content was not shown."
    content = _part(bundle, "content", dict)
    salt, payload = _octets(_part(content, "salt", str)), _part(content, "payload", str)
    if commitment(salt, payload).hex() != metadata["commitment"]:
        raise Refused("The content shown is not the content that was recorded with the entry.")
    return proved + " The content shown is what was recorded."


def check_consistency(bundle: dict[str, Any], key: Key) -> str:
    """Check that a newer journal continues an older one; what was proved, in words."""
    old = check_checkpoint(_part(bundle, "old", str), key)
    new = check_checkpoint(_part(bundle, "new", str), key)
    if not consistency_holds(old_size=old.size, old_root=old.root, new_size=new.size, new_root=new.root, proof=_hashes(bundle)):
        raise Refused(
            f"The journal of {new.size} entries does not continue the journal of {old.size} entries: "
            "its past was rewritten, or the proof was altered."
        )
    return f"The first {old.size} of the {new.size} entries of {new.origin} are the {old.size} it had before."


def check_kept(heads: Sequence[Checkpoint], kept: Checkpoint) -> str:
    """Hold a checkpoint that you kept yourself against those of the proof."""
    for head in heads:
        if head.size == kept.size:
            if head.root != kept.root:
                raise Refused(f"The checkpoint you kept has another root at {kept.size} entries: history was rewritten.")
            return f"It agrees with the checkpoint you kept ({kept.size} entries)."
    raise Unreadable(
        f"You kept a checkpoint of {kept.size} entries, the proof has {' and '.join(str(h.size) for h in heads)}. "
        "Ask for `canbo journal prove --consistency` with your checkpoint, and check that first."
    )


def check(text: str, key: Key, kept: str | None = None) -> str:
    """Check a proof or checkpoint; what was proved, in words. Raises Refused or Unreadable."""
    if not text.lstrip().startswith("{"):
        head = check_checkpoint(text, key)
        proved, heads = f"{head.origin} had {head.size} entries; the signature is true.", [head]
    else:
        bundle = _json(text)
        kind = bundle.get("format")
        if kind == INCLUSION:
            proved, heads = check_inclusion(bundle, key), [read_checkpoint(bundle["checkpoint"])]
        elif kind == CONSISTENCY:
            proved = check_consistency(bundle, key)
            heads = [read_checkpoint(bundle["old"]), read_checkpoint(bundle["new"])]
        else:
            raise Unreadable(f"Expected a proof of format {INCLUSION} or {CONSISTENCY}; found {kind!r}.")
    return proved if kept is None else f"{proved} {check_kept(heads, check_checkpoint(kept, key))}"


def _json(text: str) -> dict[str, Any]:
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(f"The file is not JSON: {problem}.") from None
    if not isinstance(bundle, dict):
        raise Unreadable("Expected a JSON object.")
    return bundle


def _part(bundle: dict[str, Any], name: str, kind: type) -> Any:
    value = bundle.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Unreadable(f"Expected {name!r} to be a {kind.__name__}; found {type(value).__name__}.")
    return value


def _octets(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        raise Unreadable(f"Expected a hash in hexadecimal; found {str(text)[:80]!r}.") from None


def _hashes(bundle: dict[str, Any]) -> list[bytes]:
    return [_octets(h) for h in _part(bundle, "proof", list)]


# --- the command ----------------------------------------------------------------------------------------------


def _read(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            return file.read(50_000_000)
    except (OSError, UnicodeDecodeError) as problem:
        raise Unreadable(f"{path} cannot be read: {problem}.") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check; 0 holds, 1 does not hold, 2 unreadable."""
    parser = argparse.ArgumentParser(description="Check a proof from a canbo journal.")
    parser.add_argument("file", help="a proof or a checkpoint")
    parser.add_argument("--key", required=True, help="the journal's public key, or a file that holds it")
    parser.add_argument("--kept", help="a checkpoint that you kept yourself")
    given = parser.parse_args(arguments)
    try:
        key = read_key(_read(given.key) if Path(given.key).is_file() else given.key)
        print("HOLDS. " + check(_read(given.file), key, _read(given.kept) if given.kept else None))
    except Refused as problem:
        print(f"DOES NOT HOLD. {problem}")
        return 1
    except Unreadable as problem:
        print(f"CANNOT BE CHECKED. {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The keys of a vote that lie outside the database, one file each, as long as the vote lasts and no longer.

`holding` seals the ballots that wait for closing; `issuer-<body>` seals the private key with which a body signs. Who
holds the database, its log and its backups has none of them. All are destroyed when the vote closes, so that what was
held or could have been signed is beyond everybody afterwards, ourselves included.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext as _

from canbo.ballots.refused import Refused

BITS = 3072
EXPONENT = 65537
HOLDING = "holding"


@dataclass(frozen=True)
class Private:
    """An issuer's key as the numbers that signing needs."""

    p: int
    q: int

    @property
    def n(self) -> int:
        return self.p * self.q


def draw() -> Private:
    """A new RSA key; `cryptography` draws it."""
    numbers = rsa.generate_private_key(public_exponent=EXPONENT, key_size=BITS).private_numbers()
    return Private(numbers.p, numbers.q)


def make(ident: str, name: str) -> bytes:
    """Write a fresh secret of 32 octets with mode 600, on the disk before this returns; the secret."""
    folder = Path(settings.CANBO_BALLOT_KEYS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = os.urandom(32)
    descriptor = os.open(_file(ident, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secret)
        out.flush()
        os.fsync(out.fileno())
    _to_disk(folder)
    return secret


def read(ident: str, name: str) -> bytes:
    """The secret of a file. Raises Refused where it is gone, cut short, or can be read by others."""
    file = _file(ident, name)
    try:
        mode, secret = file.stat().st_mode, file.read_bytes()
    except OSError:
        mode, secret = 0, b""
    if len(secret) != 32:
        raise Refused(
            "key",
            _("A key of this vote (%(file)s) is missing. Put the file back, or end the vote and hold it anew.")
            % {"file": file.name},
        )
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise Refused("key", _("A key of this vote (%(file)s) can be read by others. Run: chmod 600") % {"file": file.name})
    return secret


def destroy(ident: str) -> None:
    """Overwrite and remove every key of a vote; harmless when they are gone."""
    folder = Path(settings.CANBO_BALLOT_KEYS)
    gone = False
    for file in folder.glob(f"{ident}.*"):
        with suppress(FileNotFoundError):  # two who close at once both come here: the other was faster
            with file.open("r+b") as out:
                out.write(bytes(32))
                out.flush()
                os.fsync(out.fileno())
            file.unlink(missing_ok=True)
        gone = True
    if gone:
        _to_disk(folder)


def seal(secret: bytes, plain: bytes, *, about: bytes) -> bytes:
    """AES-256-GCM under a key derived from `secret`, bound to `about`: nonce and ciphertext."""
    nonce = os.urandom(12)
    return nonce + AESGCM(_derived(secret, b"seal")).encrypt(nonce, plain, about)


def unseal(secret: bytes, sealed: bytes, *, about: bytes) -> bytes | None:
    """What was sealed, or None where it was altered or belongs elsewhere."""
    try:
        return AESGCM(_derived(secret, b"seal")).decrypt(sealed[:12], sealed[12:], about)
    except InvalidTag:
        return None


def mark(secret: bytes, serial: bytes) -> bytes:
    """What stands for a serial while the vote is open: the same each time, and nothing without the secret."""
    return hmac.digest(_derived(secret, b"mark"), serial, hashlib.sha256)


def seal_private(secret: bytes, private: Private, *, about: bytes) -> bytes:
    """An issuer's private key, ready to lie in the database."""
    return seal(secret, json.dumps({"p": f"{private.p:x}", "q": f"{private.q:x}"}).encode(), about=about)


def unseal_private(secret: bytes, sealed: bytes, *, about: bytes) -> Private:
    """The key that was sealed. Raises Refused where it does not open."""
    plain = unseal(secret, sealed, about=about)
    if plain is None:
        raise Refused("key", _("The key of an issuer does not open with its file. Put the right file back."))
    numbers = json.loads(plain)
    return Private(int(numbers["p"], 16), int(numbers["q"], 16))


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"canbo ballots 1 " + purpose, hashlib.sha256)


def _file(ident: str, name: str) -> Path:
    return Path(settings.CANBO_BALLOT_KEYS) / f"{ident}.{name}"


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

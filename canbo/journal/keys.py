"""The journal's signing key: kept in a file outside the database, so that who holds the database cannot sign."""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.translation import gettext as _

from canbo.journal import verifier


class KeyProblem(Exception):
    """The signing key cannot be used. The message says what was found and what to do."""


@dataclass(frozen=True)
class Signer:
    """A journal's name and the private key that signs its checkpoints."""

    origin: str
    private: Ed25519PrivateKey

    @property
    def key(self) -> verifier.Key:
        """The public half, to be handed to whoever wants to check."""
        return verifier.Key(self.origin, self.private.public_key().public_bytes_raw())

    def checkpoint(self, size: int, root: bytes) -> str:
        """The signed text of c2sp.org/tlog-checkpoint for a journal of `size` entries."""
        text = f"{self.origin}\n{size}\n{b64encode(root).decode()}\n"
        signature = b64encode(self.key.number + self.private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.origin} {signature}\n"


def signer(path: Path | str | None = None, *, origin: str | None = None) -> Signer:
    """The key in `path` (default: CANBO_JOURNAL_KEY_FILE), made at first use with mode 600.

    Raises KeyProblem where the file is readable by others, holds something else or cannot be written.
    """
    name = origin or getattr(settings, "CANBO_JOURNAL_ORIGIN", "canbo/register")
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise KeyProblem(
            _("The journal's name %(name)r may hold no space and no plus. Set CANBO_JOURNAL_ORIGIN.") % {"name": name}
        )
    file = Path(path or _configured())
    try:
        if not file.exists():
            _make(file)
        return Signer(name, _load(file))
    except OSError as problem:
        raise KeyProblem(
            _("The journal's signing key %(file)s cannot be used: %(problem)s.")
            % {"file": file, "problem": problem.strerror or problem}
        ) from problem


def known_key() -> verifier.Key | None:
    """The public key of this installation, or None where no signing key was made yet."""
    return signer().key if Path(_configured()).exists() else None


def _configured() -> str:
    path = getattr(settings, "CANBO_JOURNAL_KEY_FILE", None)
    if not path:
        raise KeyProblem(_("No signing key is configured. Set CANBO_JOURNAL_KEY_FILE to a file outside the database."))
    return str(path)


def _make(file: Path) -> None:
    """Write a new key beside `file` and link it into place: of two that start at once, one wins, both agree."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(pem)
            out.flush()
            os.fsync(out.fileno())
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _load(file: Path) -> Ed25519PrivateKey:
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise KeyProblem(_("The journal's signing key %(file)s can be read by others. Run: chmod 600 %(file)s") % {"file": file})
    try:
        private = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except ValueError:
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyProblem(
            _("%(file)s holds no Ed25519 key. Put the right file back, or move this one away to begin with a new key.")
            % {"file": file}
        )
    return private

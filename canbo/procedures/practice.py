"""Practice keys: passkeys of a program, for the demonstration and for tests. They bind nobody, and say so.

A practice key gives genuine WebAuthn assertions, so that all that follows is the real thing; but it belongs to the
place `practice.invalid`, which no site can be, and that is part of what it signs: it can never pass for a passkey.
"""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from canbo.journal.signatures import PRACTICE_PLACE

PRESENT_AND_VERIFIED = 0x01 | 0x04


@dataclass(frozen=True)
class PracticeKey:
    """An ES256 key that answers challenges as an authenticator and a browser would."""

    private: ec.EllipticCurvePrivateKey
    place: str = PRACTICE_PLACE

    @property
    def numbers(self) -> dict[str, str]:
        """Its public half, in the form of `signatures.holds`."""
        public = self.private.public_key().public_numbers()
        return {"type": "P-256", "x": f"{public.x:064x}", "y": f"{public.y:064x}"}

    def assertion(self, challenge: bytes, *, counter: int = 0, flags: int = PRESENT_AND_VERIFIED) -> dict[str, Any]:
        """Sign a challenge; the evidence of a signature."""
        said = {
            "type": "webauthn.get", "challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "origin": f"https://{self.place}", "crossOrigin": False,
        }  # fmt: skip
        client = json.dumps(said, separators=(",", ":")).encode()
        data = hashlib.sha256(self.place.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "place": self.place, "key": self.numbers, "authenticator_data": data.hex(), "client_data": client.hex(),
            "signature": signature.hex(),
        }  # fmt: skip


def practice_key(account: int) -> PracticeKey:
    """The practice key of an account, made at first use, in the folder `practice` beside the journal's key."""
    file = Path(settings.CANBO_JOURNAL_KEY_FILE).parent / "practice" / f"{account}.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        fresh = file.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(pem)
        try:
            os.link(fresh, file)  # of two that start at once, one wins and both use its key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    private = serialization.load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return PracticeKey(private)

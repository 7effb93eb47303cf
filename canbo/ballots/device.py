"""What a voter's device does, for programs, tests and benchmarks; in the browser it is ballot.js, step for step.

vote = device.Vote(terms, choice)                 draws a serial
for issuer in terms["issuers"]:
    blinded = vote.blinded(issuer["body"])        goes to the issuer, with the voter's name
    vote.finish(issuer["body"], signature)        unblinds and checks
vote.ballot()                                     goes to the box, without a name
"""

from __future__ import annotations

import hashlib
import secrets
from math import gcd
from typing import Any

from canbo.ballots import forms

HASH = 48


class Vote:
    """One voter's ballot in the making: serial, choice, and for each issuer the blinding that only this device knows."""

    def __init__(self, terms: dict[str, Any], choice: dict[str, str], serial: bytes | None = None) -> None:
        self.serial = serial or secrets.token_bytes(32)
        self.choice = choice
        self.message = forms.message(forms.hash_of(terms), self.serial, choice)
        self.keys = {issuer["body"]: (int(issuer["n"], 16), issuer["e"]) for issuer in terms["issuers"]}
        self.factors: dict[int, int] = {}
        self.signatures: dict[str, str] = {}

    def blinded(self, body: int) -> bytes:
        """What an issuer is asked to sign: the encoded message times a random factor to the power of its exponent."""
        n, e = self.keys[body]
        encoded = encode(self.message, n.bit_length() - 1, secrets.token_bytes(HASH))
        while gcd(r := secrets.randbelow(n - 2) + 2, n) != 1:
            pass
        self.factors[body] = r
        return (int.from_bytes(encoded) * pow(r, e, n) % n).to_bytes(octets(n))

    def finish(self, body: int, signature: bytes) -> None:
        """Take the factor out again. Raises ValueError where the issuer did not sign what it was given."""
        n, e = self.keys[body]
        found = int.from_bytes(signature) * pow(self.factors.pop(body), -1, n) % n
        if not matches(self.message, pow(found, e, n), n.bit_length() - 1):
            raise ValueError("The issuer's answer is no signature of what it was asked to sign.")
        self.signatures[str(body)] = found.to_bytes(octets(n)).hex()

    def ballot(self) -> dict[str, Any]:
        """What goes into the box."""
        return {"serial": self.serial.hex(), "choice": self.choice, "signatures": self.signatures}


def octets(n: int) -> int:
    return (n.bit_length() + 7) // 8


def encode(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE of RFC 8017 with SHA-384."""
    length = (bits + 7) // 8
    hashed = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(length - len(salt) - HASH - 2) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(block, _mask(hashed, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + hashed + b"\xbc"


def matches(message: bytes, number: int, bits: int) -> bool:
    """Whether a number is an encoding of the message, whatever its salt: the salt is read out and the whole made again."""
    length = (bits + 7) // 8
    if number.bit_length() > bits:
        return False
    encoded = number.to_bytes(length)
    block, hashed = encoded[: -HASH - 1], encoded[-HASH - 1 : -1]
    salt = bytes(a ^ b for a, b in zip(block, _mask(hashed, len(block)), strict=True))[-HASH:]
    return encode(message, bits, salt) == encoded


def _mask(seed: bytes, length: int) -> bytes:
    blocks = range(-(-length // HASH))
    return b"".join(hashlib.sha384(seed + count.to_bytes(4)).digest() for count in blocks)[:length]

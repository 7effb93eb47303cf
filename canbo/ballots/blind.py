"""Blind RSA signatures as in RFC 9474 (RSABSSA-SHA384-PSS-Deterministic): what the issuers' side does.

An issuer signs a number that the voter's device has blinded, and learns nothing of what it signs. What comes out after
unblinding is an ordinary RSASSA-PSS signature, which `cryptography` verifies here and `recount.py` verifies by integers.
The voter's side is canbo/pages/static/canbo/ballot.js, and `device.py` for programs and tests.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from math import gcd

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from canbo.ballots.keys import EXPONENT, Private

SALT = 48
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=SALT)


def is_signable(blinded: int, n: int) -> bool:
    """Whether a number is one that a device could have made for this key."""
    return 1 < blinded < n - 1 and gcd(blinded, n) == 1


def sign(private: Private, blinded: int) -> int:
    """The signature of a blinded number.

    The number comes from outside and Python's powers take time that depends on it: it is multiplied by a random factor
    first, so that the time tells nothing of the key. The result is checked, so that no fault of the machine leaks a prime.
    """
    p, q, n = private.p, private.q, private.n
    r = _unit(n)
    masked = blinded * pow(r, EXPONENT, n) % n
    d_p, d_q = pow(EXPONENT, -1, p - 1), pow(EXPONENT, -1, q - 1)
    at_p, at_q = pow(masked % p, d_p, p), pow(masked % q, d_q, q)
    signature = (at_q + (at_p - at_q) * pow(q, -1, p) % p * q) * pow(r, -1, n) % n
    if pow(signature, EXPONENT, n) != blinded:
        raise ArithmeticError("The signature does not fit what was signed; nothing was issued.")
    return signature


def verifies(n: int, signature: bytes, message: bytes) -> bool:
    """Whether a signature is one of this key over the message, by `cryptography`.

    Of the length of the key exactly (RFC 8017, 8.1.2): the library also takes one whose leading zero was left out, which
    the second count refuses, and then the vote could not close.
    """
    if len(signature) != (n.bit_length() + 7) // 8:
        return False
    try:
        _public(n).verify(signature, message, PSS, hashes.SHA384())
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public(n: int) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(EXPONENT, n).public_key()


def _unit(n: int) -> int:
    while gcd(r := secrets.randbelow(n - 2) + 2, n) != 1:
        pass
    return r

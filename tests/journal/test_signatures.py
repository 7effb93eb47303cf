"""Signatures checked with whole numbers, held against a library that is not ours: on true ones and on every kind of bad."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.journal import signatures, verifier
from canbo.journal.signatures import P256, P384, ecdsa_holds, rsa_holds
from canbo.procedures.practice import PracticeKey

KEY = ec.derive_private_key(0x1234567890ABCDEF1234567890ABCDEF, ec.SECP256R1())
LARGE = ec.derive_private_key(0x1234567890ABCDEF1234567890ABCDEF, ec.SECP384R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
MESSAGE = b"Quyet dinh 12/QD"
DIGEST = hashlib.sha256(MESSAGE).digest()
N = P256.order


def ours(signature: bytes, message: bytes = MESSAGE, key: ec.EllipticCurvePrivateKey = KEY) -> bool:
    point = key.public_key().public_numbers()
    return ecdsa_holds(P256, point.x, point.y, signature, hashlib.sha256(message).digest())


def theirs(signature: bytes, message: bytes = MESSAGE, key: ec.EllipticCurvePrivateKey = KEY) -> bool:
    return raises_nothing(lambda: key.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256())))


def raises_nothing(work: Callable[[], None]) -> bool:
    try:
        work()
    except (InvalidSignature, ValueError):
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(scalar=st.integers(1, N - 1), message=st.binary(max_size=60))
def test_every_true_p256_signature_holds_and_for_no_other_message(scalar: int, message: bytes) -> None:
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    signature = key.sign(message, ec.ECDSA(hashes.SHA256()))
    assert ours(signature, message, key) and theirs(signature, message, key)
    assert not ours(signature, message + b"x", key)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 71), value=st.integers(1, 255))
def test_an_altered_octet_is_judged_as_the_library_judges_it(place: int, value: int) -> None:
    signature = bytearray(KEY.sign(MESSAGE, ec.ECDSA(hashes.SHA256())))
    signature[place % len(signature)] ^= value
    assert ours(bytes(signature)) == theirs(bytes(signature))


@settings(max_examples=60, deadline=None)
@given(r=st.integers(-2, 2 * N), s=st.integers(-2, 2 * N))
def test_any_two_numbers_are_judged_as_the_library_judges_them(r: int, s: int) -> None:
    signature = der(whole(r), whole(s))
    assert ours(signature) == theirs(signature)


def whole(number: int) -> bytes:
    octets = number.to_bytes((number.bit_length() + 8) // 8, "big", signed=True)
    return bytes([2, len(octets)]) + octets


def der(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return (bytes([0x30, len(body)]) if len(body) < 128 else bytes([0x30, 0x81, len(body)])) + body


GOOD_R, GOOD_S = decode_dss_signature(KEY.sign(MESSAGE, ec.ECDSA(hashes.SHA256())))

# The kinds of bad that Wycheproof collects for ECDSA.
BAD = {
    "empty": b"",
    "r is 0": der(whole(0), whole(GOOD_S)),
    "s is 0": der(whole(GOOD_R), whole(0)),
    "both are 0": der(whole(0), whole(0)),
    "r is 1, s is 0": der(whole(1), whole(0)),
    "r is n": der(whole(N), whole(GOOD_S)),
    "s is n": der(whole(GOOD_R), whole(N)),
    "r is p": der(whole(P256.p), whole(GOOD_S)),
    "r + n": der(whole(GOOD_R + N), whole(GOOD_S)),
    "s + n": der(whole(GOOD_R), whole(GOOD_S + N)),
    "-r": der(whole(-GOOD_R), whole(GOOD_S)),
    "-s": der(whole(GOOD_R), whole(-GOOD_S)),
    "r - n": der(whole(GOOD_R - N), whole(GOOD_S)),
    "2^256 + r": der(whole(GOOD_R + 2**256), whole(GOOD_S)),
    "exchanged": der(whole(GOOD_S), whole(GOOD_R)),
    "s halved": der(whole(GOOD_R), whole(GOOD_S // 2)),
    "one number": der(whole(GOOD_R)),
    "three numbers": der(whole(GOOD_R), whole(GOOD_S), whole(0)),
    "something after": der(whole(GOOD_R), whole(GOOD_S)) + b"\x00",
    "something inside": der(whole(GOOD_R), whole(GOOD_S), b"\x05\x00"),
    "a number padded": der(b"\x02" + bytes([len(whole(GOOD_R)) - 1]) + b"\x00" + whole(GOOD_R)[2:], whole(GOOD_S)),
    "empty number": der(b"\x02\x00", whole(GOOD_S)),
    "length in long form": b"\x30\x81" + der(whole(GOOD_R), whole(GOOD_S))[1:],
    "length without end": b"\x30\x80" + der(whole(GOOD_R), whole(GOOD_S))[2:] + b"\x00\x00",
    "length too large": b"\x30\xff" + der(whole(GOOD_R), whole(GOOD_S))[2:],
    "length of 2^31": b"\x30\x84\x80\x00\x00\x00" + der(whole(GOOD_R), whole(GOOD_S))[2:],
    "a set": b"\x31" + der(whole(GOOD_R), whole(GOOD_S))[1:],
    "an octet string": der(b"\x04" + whole(GOOD_R)[1:], whole(GOOD_S)),
    "cut off": der(whole(GOOD_R), whole(GOOD_S))[:-1],
    "raw r and s": GOOD_R.to_bytes(32, "big") + GOOD_S.to_bytes(32, "big"),
    "long tag": b"\x3f\x10" + der(whole(GOOD_R), whole(GOOD_S))[1:],
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_p256_signature_does_not_hold(kind: str) -> None:
    assert not ours(BAD[kind])
    assert not theirs(BAD[kind])


def test_the_other_s_holds_as_the_standard_has_it() -> None:
    other = encode_dss_signature(GOOD_R, N - GOOD_S)
    assert ours(other) and theirs(other)


@pytest.mark.parametrize("u", [1, 2, N - 1, N - 2, (N - 1) // 2])
def test_points_that_meet_in_the_sum_are_added_rightly(u: int) -> None:
    """Keys that are small multiples of the base point let both sums pass through equal and opposite points."""
    key = ec.derive_private_key(u, ec.SECP256R1())
    for message in (b"", b"a", b"b"):
        signature = key.sign(message, ec.ECDSA(hashes.SHA256()))
        assert ours(signature, message, key)
    point = key.public_key().public_numbers()
    # r = x(G), s chosen so that base * G + key * Q is infinity: digest = -r * u
    digest = (-P256.x * u % N).to_bytes(32, "big")
    assert not ecdsa_holds(P256, point.x, point.y, encode_dss_signature(P256.x % N, 5), digest)


@pytest.mark.parametrize(
    ("x", "y"), [(0, 0), (P256.x, P256.y + 1), (P256.x + P256.p, P256.y), (P256.x, -P256.y), (5, 1)],
)  # fmt: skip
def test_a_key_that_is_no_point_of_the_curve_is_refused(x: int, y: int) -> None:
    assert not ecdsa_holds(P256, x, y, encode_dss_signature(GOOD_R, GOOD_S), DIGEST)


def test_p384_holds_too_with_its_own_hash() -> None:
    point = LARGE.public_key().public_numbers()
    key = {"type": "P-384", "x": f"{point.x:x}", "y": f"{point.y:x}"}
    signature = LARGE.sign(MESSAGE, ec.ECDSA(hashes.SHA384()))
    assert signatures.holds(key, signature, MESSAGE, "sha384")
    assert not signatures.holds(key, signature, MESSAGE, "sha256")
    assert not ecdsa_holds(P384, point.x, point.y, signature, hashlib.sha384(b"x").digest())
    short = KEY.sign(MESSAGE, ec.ECDSA(hashes.SHA512()))
    small = KEY.public_key().public_numbers()
    assert ecdsa_holds(P256, small.x, small.y, short, hashlib.sha512(MESSAGE).digest()), "a longer digest is cut"


# --- Ed25519 --------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=60), place=st.integers(0, 63), bit=st.integers(0, 7))
def test_ed25519_is_judged_as_the_library_judges_it(seed: bytes, message: bytes, place: int, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert verifier.signature_holds(public, signature, message)
    altered = bytearray(signature)
    altered[place] ^= 1 << bit
    library = raises_nothing(lambda: Ed25519PublicKey.from_public_bytes(public).verify(bytes(altered), message))
    assert verifier.signature_holds(public, bytes(altered), message) == library is False


@pytest.mark.parametrize("extra", [1, 2, 3])
def test_an_ed25519_signature_with_s_beyond_the_order_does_not_hold(extra: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = private.sign(MESSAGE)
    s = int.from_bytes(signature[32:], "little") + extra * verifier.ORDER
    if s < 1 << 256:
        assert not verifier.signature_holds(
            private.public_key().public_bytes_raw(), signature[:32] + s.to_bytes(32, "little"), MESSAGE
        )


# --- RSA ------------------------------------------------------------------------------------------------------


def rsa_ours(signature: bytes, digest: bytes = DIGEST) -> bool:
    numbers = RSA_KEY.public_key().public_numbers()
    return rsa_holds(numbers.n, numbers.e, signature, digest)


def raw(block: bytes) -> bytes:
    """What the owner of the key can make of any block: its e-th root."""
    numbers = RSA_KEY.private_numbers()
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")


INFO = signatures.DIGEST_INFO["sha256"] + DIGEST
GOOD_BLOCK = b"\x00\x01" + b"\xff" * (253 - len(INFO)) + b"\x00" + INFO
BAD_BLOCKS = {
    "type 2": b"\x00\x02" + GOOD_BLOCK[2:],
    "short padding with rest behind": b"\x00\x01" + b"\xff" * 8 + b"\x00" + INFO + bytes(256 - 11 - len(INFO)),
    "padding not ff": b"\x00\x01\xfe" + GOOD_BLOCK[3:],
    "no zero before the digest": GOOD_BLOCK[: -len(INFO) - 1] + b"\xff" + INFO,
    "no NULL parameter": b"\x00\x01" + b"\xff" * 204 + b"\x00" + bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + DIGEST,
    "another hash": GOOD_BLOCK.replace(signatures.DIGEST_INFO["sha256"], signatures.DIGEST_INFO["sha256"][:14] + b"\x02\x05\x00\x04\x20"),
    "another digest": GOOD_BLOCK[:-1] + bytes([GOOD_BLOCK[-1] ^ 1]),
    "only the digest": b"\x00\x01" + b"\xff" * 221 + b"\x00" + DIGEST,
}  # fmt: skip


def test_a_true_rsa_signature_holds() -> None:
    assert rsa_ours(RSA_KEY.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()))
    assert rsa_ours(raw(GOOD_BLOCK))
    for name, kind in (("sha384", hashes.SHA384()), ("sha512", hashes.SHA512())):
        key = {"type": "RSA", "n": f"{RSA_KEY.public_key().public_numbers().n:x}", "e": "10001"}
        assert signatures.holds(key, RSA_KEY.sign(MESSAGE, padding.PKCS1v15(), kind), MESSAGE, name)


@pytest.mark.parametrize("kind", BAD_BLOCKS)
def test_an_rsa_signature_with_other_padding_does_not_hold(kind: str) -> None:
    signature = raw(BAD_BLOCKS[kind])
    assert not rsa_ours(signature)
    assert not raises_nothing(lambda: RSA_KEY.public_key().verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256()))


def test_an_rsa_signature_of_another_length_or_size_does_not_hold() -> None:
    numbers, good = RSA_KEY.public_key().public_numbers(), RSA_KEY.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    for bad in (b"", good[:-1], b"\x00" + good, good + b"\x00", bytes(256), b"\xff" * 256):
        assert not rsa_ours(bad)
    larger = int.from_bytes(good, "big") + numbers.n
    assert larger >= 1 << 2048 or not rsa_ours(larger.to_bytes(256, "big"))
    assert not rsa_holds(numbers.n, 1, GOOD_BLOCK, DIGEST), "an exponent of 1 signs anything"
    assert not rsa_holds(numbers.n >> 1024 | 1, 3, good[:128], DIGEST), "a short key counts for nothing"


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 255), value=st.integers(1, 255))
def test_an_altered_rsa_signature_does_not_hold(place: int, value: int) -> None:
    signature = bytearray(RSA_KEY.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()))
    signature[place] ^= value
    assert not rsa_ours(bytes(signature))


# --- a passkey's answer ---------------------------------------------------------------------------------------


def test_an_assertion_holds_and_each_part_of_it_counts() -> None:
    practice = PracticeKey(KEY, "canbo.example")
    evidence = practice.assertion(DIGEST)
    assert "the device verified its user" in signatures.check_assertion(evidence, DIGEST)
    wrong = {
        "something else": (evidence, hashlib.sha256(b"x").digest()),
        "does not belong to canbo.elsewhere": ({**evidence, "place": "canbo.elsewhere"}, DIGEST),
        "did not verify who": (practice.assertion(DIGEST, flags=1), DIGEST),
        "did not verify who used": (practice.assertion(DIGEST, flags=4), DIGEST),
        "not for signing": (altered(evidence, b"webauthn.get", b"webauthn.set"), DIGEST),
        "signature of the passkey is false": ({**evidence, "key": PracticeKey(ec.generate_private_key(ec.SECP256R1())).numbers}, DIGEST),
        "passkey is false": (altered(evidence, b"false", b"true "), DIGEST),
    }  # fmt: skip
    for said, (given_evidence, digest) in wrong.items():
        with pytest.raises(verifier.Refused, match=said):
            signatures.check_assertion(given_evidence, digest)


def altered(evidence: dict, old: bytes, new: bytes) -> dict:
    return {**evidence, "client_data": bytes.fromhex(evidence["client_data"]).replace(old, new).hex()}


@pytest.mark.parametrize("missing", ["place", "key", "authenticator_data", "client_data", "signature"])
def test_evidence_that_is_not_whole_is_unreadable(missing: str) -> None:
    evidence = PracticeKey(KEY).assertion(DIGEST)
    for given_evidence in ({**evidence, missing: None}, {name: part for name, part in evidence.items() if name != missing}):
        with pytest.raises(verifier.Unreadable):
            signatures.check_assertion(given_evidence, DIGEST)

"""Check the signatures of people with whole numbers alone: passkeys and certificates, without any library.

Elliptic curves P-256 and P-384 (FIPS 186-5), RSA with PKCS #1 v1.5 (RFC 8017), Ed25519 (in `verifier.py`);
WebAuthn assertions (W3C WebAuthn level 2, 7.2), and signed PDF with its chain of certificates (ISO 32000, RFC 5652,
RFC 5280), as far as a decision needs them. Only public values pass through here, so nothing must take constant time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from canbo.journal.verifier import Refused, Unreadable, signature_holds

MARK = b"canboDecisionSHA256is"  # letters and digits: nothing that a writer of PDF would escape
PRACTICE_PLACE = "practice.invalid"
LARGEST_RSA = 8192


# --- elliptic curves ------------------------------------------------------------------------------------------


class Curve(NamedTuple):
    """y^2 = x^3 - 3x + b over the integers modulo p; the point (x, y) generates `order` points."""

    p: int
    b: int
    order: int
    x: int
    y: int


P256 = Curve(
    0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
P384 = Curve(
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
    0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
)
Jacobian = tuple[int, int, int]  # x = X / Z^2, y = Y / Z^3; Z = 0 is the point at infinity


def doubled(point: Jacobian, p: int) -> Jacobian:
    """The point added to itself."""
    x, y, z = point
    square, z2 = y * y % p, z * z % p
    s, m = 4 * x * square % p, 3 * (x - z2) * (x + z2) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * square * square) % p, 2 * y * z % p


def added(a: Jacobian, b: Jacobian, p: int) -> Jacobian:
    """The sum of two points, whichever they are."""
    if a[2] == 0 or b[2] == 0:
        return a if b[2] == 0 else b
    az, bz = a[2] * a[2] % p, b[2] * b[2] % p
    u, s = a[0] * bz % p, a[1] * bz * b[2] % p
    h, r = (b[0] * az - u) % p, (b[1] * az * a[2] - s) % p
    if h == 0:
        return doubled(a, p) if r == 0 else (1, 1, 0)
    h2 = h * h % p
    h3, v = h * h2 % p, u * h2 % p
    x = (r * r - h3 - 2 * v) % p
    return x, (r * (v - x) - s * h3) % p, h * a[2] * b[2] % p


def ecdsa_holds(curve: Curve, x: int, y: int, signature: bytes, digest: bytes) -> bool:
    """Whether the DER-encoded `signature` over `digest` was made with the private half of the point (x, y)."""
    p, order = curve.p, curve.order
    if not (0 <= x < p and 0 <= y < p) or (y * y - (x * x * x - 3 * x + curve.b)) % p:
        return False
    try:
        r, s = (positive(part) for part in children(whole(signature, 0x30)))
    except (Unreadable, ValueError):
        return False
    if not (0 < r < order and 0 < s < order):
        return False
    number = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - order.bit_length())
    inverse = pow(s, -1, order)
    base, key = number * inverse % order, r * inverse % order
    points = {1: (curve.x, curve.y, 1), 2: (x, y, 1)}
    points[3] = added(points[1], points[2], p)
    total: Jacobian = (1, 1, 0)
    for bit in range(order.bit_length() - 1, -1, -1):  # both multiples at once (Shamir)
        total = doubled(total, p)
        if which := (base >> bit & 1) | (key >> bit & 1) << 1:
            total = added(total, points[which], p)
    return total[2] != 0 and (total[0] * pow(total[2], -2, p)) % p % order == r


# --- RSA ------------------------------------------------------------------------------------------------------

DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def rsa_holds(n: int, e: int, signature: bytes, digest: bytes, hash_name: str = "sha256") -> bool:
    """Whether `signature` over `digest` is true by PKCS #1 v1.5: the whole padding is compared, nothing is parsed."""
    length = (n.bit_length() + 7) // 8
    if not (2048 <= n.bit_length() <= LARGEST_RSA and n & 1 and 3 <= e < 1 << 33 and e & 1) or len(signature) != length:
        return False
    number, info = int.from_bytes(signature, "big"), DIGEST_INFO[hash_name] + digest
    expected = b"\x00\x01" + b"\xff" * (length - 3 - len(info)) + b"\x00" + info
    return number < n and pow(number, e, n).to_bytes(length, "big") == expected


def holds(key: Mapping[str, Any], signature: bytes, message: bytes, hash_name: str = "sha256") -> bool:
    """Whether `signature` over `message` is by `key`: `{"type": "P-256", "x", "y"}`, `{"type": "RSA", "n", "e"}` or
    `{"type": "Ed25519", "x"}`, every number in hexadecimal."""
    try:
        kind = key["type"]
        if kind == "Ed25519":
            return signature_holds(bytes.fromhex(key["x"]), signature, message)
        digest = hashlib.new(hash_name, message).digest()
        if kind == "RSA":
            return rsa_holds(int(key["n"], 16), int(key["e"], 16), signature, digest, hash_name)
        if kind in ("P-256", "P-384"):
            return ecdsa_holds(P256 if kind == "P-256" else P384, int(key["x"], 16), int(key["y"], 16), signature, digest)
    except (KeyError, TypeError, ValueError):
        raise Unreadable("Expected a public key with its type and its numbers in hexadecimal.") from None
    raise Unreadable(f"Keys of type {str(kind)[:40]!r} cannot be checked here.")


def fingerprint(key: Mapping[str, Any]) -> str:
    """Sixteen octets in hexadecimal by which people compare a public key."""
    return hashlib.sha256(json.dumps(dict(key), sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]


# --- a passkey: WebAuthn --------------------------------------------------------------------------------------


def check_assertion(evidence: Mapping[str, Any], digest: bytes) -> str:
    """Check that a passkey signed `digest`; what was proved, in words. Raises Refused or Unreadable.

    The evidence holds, in hexadecimal: `authenticator_data`, `client_data` (JSON as the browser wrote it) and
    `signature`; further `key`, and `place` (the site to which the passkey belongs).
    """
    try:
        data, client, signature = (bytes.fromhex(evidence[name]) for name in ("authenticator_data", "client_data", "signature"))
        said, place, key = json.loads(client), evidence["place"], evidence["key"]
        site = hashlib.sha256(place.encode()).digest()
        challenge = base64.urlsafe_b64decode(said["challenge"] + "==")
        kind, flags = said["type"], data[32]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise Unreadable("Expected the evidence of a passkey: authenticator_data, client_data, signature, key, place.") from None
    if kind != "webauthn.get":
        raise Refused(f"The passkey was used for {str(kind)[:40]!r}, not for signing.")
    if challenge != digest:
        raise Refused("The passkey signed something else than this decision.")
    if data[:32] != site:
        raise Refused(f"The passkey does not belong to {place}.")
    if not flags & 1 or not flags & 4:
        raise Refused("The device did not verify who used the passkey (finger, face or code).")
    if not holds(key, signature, data + hashlib.sha256(client).digest()):
        raise Refused("The signature of the passkey is false.")
    return f"Signed with the passkey {fingerprint(key)} of {place}; the device verified its user."


# --- DER: the form of certificates ----------------------------------------------------------------------------


class Piece(NamedTuple):
    """One value in DER: its tag, its content, and itself with tag and length."""

    tag: int
    content: bytes
    encoded: bytes


def children(octets: bytes) -> Iterator[Piece]:
    """The values that stand one after another in `octets`. Raises Unreadable where they are not strict DER."""
    at = 0
    while at < len(octets):
        start, header = at, octets[at : at + 2]
        if len(header) < 2 or header[0] & 0x1F == 0x1F:
            raise Unreadable("Expected values in DER.")
        length, at = header[1], at + 2
        if length > 0x7F:
            count = length & 0x7F
            length = int.from_bytes(octets[at : at + count], "big")
            if not 1 <= count <= 4 or length < 0x80 or length >> 8 * (count - 1) == 0:
                raise Unreadable("Expected values in DER; a length is not in its shortest form.")
            at += count
        if at + length > len(octets):
            raise Unreadable("Expected values in DER; one is cut off.")
        yield Piece(header[0], octets[at : at + length], octets[start : at + length])
        at += length


def whole(octets: bytes, tag: int) -> bytes:
    """The content of the single value that `octets` are, which must have this tag."""
    found = list(children(octets))
    if len(found) != 1 or found[0].tag != tag:
        raise Unreadable("Expected one value in DER of another kind.")
    return found[0].content


def positive(piece: Piece) -> int:
    """A whole number, not negative, in its shortest form."""
    octets = piece.content
    if piece.tag != 2 or not octets or octets[0] & 0x80 or (len(octets) > 1 and octets[0] == 0 and not octets[1] & 0x80):
        raise Unreadable("Expected a positive whole number in DER.")
    return int.from_bytes(octets, "big")


# --- certificates: RFC 5280 -----------------------------------------------------------------------------------

OIDS = {
    bytes.fromhex("2a864886f70d01010b"): "sha256", bytes.fromhex("2a864886f70d01010c"): "sha384",
    bytes.fromhex("2a864886f70d01010d"): "sha512", bytes.fromhex("2a8648ce3d040302"): "sha256",
    bytes.fromhex("2a8648ce3d040303"): "sha384", bytes.fromhex("2a8648ce3d040304"): "sha512",
    bytes.fromhex("608648016503040201"): "sha256", bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512", bytes.fromhex("2b6570"): "sha512",
}  # fmt: skip
CURVES = {bytes.fromhex("2a8648ce3d030107"): "P-256", bytes.fromhex("2b81040022"): "P-384"}
RSA, EC, ED25519 = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2b6570")
MESSAGE_DIGEST, COMMON_NAME = bytes.fromhex("2a864886f70d010904"), bytes.fromhex("550403")
BASIC_CONSTRAINTS, KEY_USAGE = bytes.fromhex("551d13"), bytes.fromhex("551d0f")


class Certificate(NamedTuple):
    """What a chain needs of an X.509 certificate. Days as YYYYMMDD."""

    encoded: bytes
    signed: bytes
    hash_name: str
    signature: bytes
    serial: int
    issuer: bytes
    subject: bytes
    begins: str
    ends: str
    key: dict[str, str]
    may_issue: bool

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal."""
        return hashlib.sha256(self.encoded).hexdigest()

    @property
    def name(self) -> str:
        """The common name of its owner."""
        for part in children(self.subject):
            for pair in children(part.content):
                oid, value = children(pair.content)
                if oid.content == COMMON_NAME:
                    return value.content.decode("utf-8", "replace")
        return self.fingerprint[:16]


def read_certificate(encoded: bytes) -> Certificate:
    """A certificate from its DER. Raises Unreadable."""
    try:
        body, algorithm, bits = children(whole(encoded, 0x30))
        parts = [piece for piece in children(body.content) if piece.tag != 0xA0]
        serial, _, issuer, validity, subject, key = parts[:6]
        begins, ends = (day_of(piece) for piece in children(validity.content))
        hash_name = OIDS[next(children(algorithm.content)).content]
        return Certificate(
            encoded, body.encoded, hash_name, bits.content[1:], int.from_bytes(serial.content, "big"), issuer.content,
            subject.content, begins, ends, public_key(key), issues(parts[6:]),
        )  # fmt: skip
    except (ValueError, KeyError, IndexError, StopIteration):
        raise Unreadable("Expected an X.509 certificate with RSA, P-256, P-384 or Ed25519 and SHA-2.") from None


def day_of(moment: Piece) -> str:
    text = moment.content.decode("ascii")
    if moment.tag == 0x17:  # two digits of the year: RFC 5280, 4.1.2.5.1
        text = ("19" if text[:2] >= "50" else "20") + text
    return text[:8]


def public_key(piece: Piece) -> dict[str, str]:
    """The public key of a certificate, in the form that `holds` takes."""
    algorithm, bits = children(piece.content)
    kind, *parameters = children(algorithm.content)
    octets = bits.content[1:]
    if kind.content == RSA:
        n, e = (positive(part) for part in children(whole(octets, 0x30)))
        return {"type": "RSA", "n": f"{n:x}", "e": f"{e:x}"}
    if kind.content == ED25519:
        return {"type": "Ed25519", "x": octets.hex()}
    half = len(octets) // 2
    if kind.content != EC or octets[:1] != b"\x04" or len(octets) != 2 * half + 1:
        raise Unreadable("The certificate has a key of a kind that cannot be checked here.")
    return {"type": CURVES[parameters[0].content], "x": octets[1 : half + 1].hex(), "y": octets[half + 1 :].hex()}


def issues(rest: Sequence[Piece]) -> bool:
    """Whether the extensions say that this certificate may issue others."""
    authority, usage = False, True
    for wrapped in (piece for piece in rest if piece.tag == 0xA3):
        for extension in children(whole(wrapped.content, 0x30)):
            oid, *_critical, value = children(extension.content)
            if oid.content == BASIC_CONSTRAINTS:
                authority = any(piece.tag == 1 and piece.content == b"\xff" for piece in children(whole(value.content, 0x30)))
            if oid.content == KEY_USAGE:
                usage = bool(whole(value.content, 3)[1] & 0x04)  # keyCertSign
    return authority and usage


def check_chain(signer: Certificate, others: Sequence[Certificate], roots: Sequence[str], day: str) -> Certificate:
    """The root, among the fingerprints `roots`, to which the signer's certificate leads on `day` (YYYYMMDD)."""
    at = signer
    for _step in range(6):
        if not at.begins <= day <= at.ends:
            raise Refused(f"The certificate of {at.name} holds from {at.begins} to {at.ends}, not on {day}.")
        if at.fingerprint in roots:
            return at
        above = [one for one in others if one.subject == at.issuer and one.may_issue and one.encoded != at.encoded]
        at_signed = [one for one in above if holds(one.key, at.signature, at.signed, at.hash_name)]
        if not at_signed:
            raise Refused(
                f"No certificate that came along has signed the certificate of {at.name}, and it is no root that you trust."
            )
        at = at_signed[0]
    raise Refused("The chain of certificates is too long.")


# --- a signed PDF ---------------------------------------------------------------------------------------------


class Signed(NamedTuple):
    """The signature in a PDF: the octets it covers, who signed, and the certificates that came along."""

    covered: bytes
    signer: Certificate
    others: list[Certificate]
    hash_name: str
    attributes: bytes
    signature: bytes


RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")


def read_pdf(pdf: bytes) -> Signed:
    """The last signature in a PDF, which must cover the whole file. Raises Refused or Unreadable."""
    found = RANGE.findall(pdf)
    if not found:
        raise Refused("The PDF bears no signature.")
    first, length, after, rest = (int(number) for number in found[-1])
    if first != 0 or after + rest != len(pdf) or after < length:
        raise Refused("The signature does not cover the whole PDF: something was added or changed after signing.")
    wrapped = pdf[length:after].strip()
    if not re.fullmatch(rb"<[0-9A-Fa-f]*>", wrapped):
        raise Refused("The signature of the PDF does not stand where it says.")
    octets = bytes.fromhex(wrapped[1:-1].decode())
    return read_cms(next(children_padded(octets)), pdf[:length] + pdf[after:])


def children_padded(octets: bytes) -> Iterator[Piece]:
    """The one value before the zeros with which a PDF fills the place of its signature."""
    size = (
        2 + (octets[1] & 0x7F) + int.from_bytes(octets[2 : 2 + (octets[1] & 0x7F)], "big") if octets[1] > 0x7F else 2 + octets[1]
    )
    if octets[size:].strip(b"\x00"):
        raise Unreadable("Expected nothing but zeros after the signature.")
    yield from children(octets[:size])


def read_cms(outer: Piece, covered: bytes) -> Signed:
    """The one signer of a CMS signature (RFC 5652)."""
    try:
        _kind, explicit = children(outer.content)
        parts = list(children(whole(explicit.content, 0x30)))
        others = [read_certificate(one.encoded) for piece in parts if piece.tag == 0xA0 for one in children(piece.content)]
        (info,) = children(parts[-1].content)
        fields = list(children(info.content))
        issuer, serial = children(fields[1].content)
        hash_name = OIDS[next(children(fields[2].content)).content]
        if fields[3].tag != 0xA0:
            raise Refused("The signature of the PDF has no signed attributes.")
        signer = [one for one in others if one.serial == int.from_bytes(serial.content, "big") and one.issuer == issuer.content]
        attributes = b"\x31" + fields[3].encoded[1:]  # signed as a SET, whatever the tag in its place (RFC 5652, 5.4)
        return Signed(covered, signer[0], others, hash_name, attributes, fields[5].content)
    except (ValueError, KeyError, IndexError, StopIteration):
        raise Unreadable("Expected a CMS signature by one signer, with the signer's certificate.") from None


def check_pdf(pdf: bytes, digest: bytes, roots: Sequence[str], day: str, more: Sequence[bytes] = ()) -> str:
    """Check that a PDF is signed by a certificate under one of `roots` and speaks of the decision with `digest`.

    `roots`: SHA-256 of trusted certificates, in hexadecimal. `day`: YYYYMMDD. `more`: certificates in DER that did
    not come along in the PDF, such as the root itself. Raises Refused or Unreadable.
    """
    found = read_pdf(pdf)
    said = [
        values
        for attribute in children(whole(found.attributes, 0x31))
        for oid, values in [tuple(children(attribute.content))]
        if oid.content == MESSAGE_DIGEST
    ]
    if len(said) != 1 or whole(said[0].content, 4) != hashlib.new(found.hash_name, found.covered).digest():
        raise Refused("The PDF was changed after it was signed.")
    if not holds(found.signer.key, found.signature, found.attributes, found.hash_name):
        raise Refused("The signature in the PDF is false.")
    marks = {found.covered[at.end() : at.end() + 64] for at in re.finditer(MARK, found.covered)}
    if marks != {digest.hex().encode()}:
        raise Refused("The signed PDF does not speak of this decision.")
    others = [*found.others, *(read_certificate(one) for one in more)]
    root = check_chain(found.signer, others, roots, day)
    return f"Signed by {found.signer.name} with a certificate under {root.name} ({root.fingerprint[:16]}...)."

"""The signature of the person who decides: by passkey, or by certificate on the PDF of the decision.

What is signed is one text, the canonical JSON of the decision; its SHA-256 is the challenge that the passkey
answers, and stands as a mark in the PDF before that is signed. Neither the program nor its administrator has the
private key: he can hide a decision, which the journal shows, but he cannot make one in a leader's name.

The signature keeps all that somebody needs to check it without canbo (`canbo/journal/signatures.py`); whoever calls
stores it with the decision. What a passkey does not do is show what is signed: that rests on the page.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    UserVerificationRequirement,
)

from canbo.journal import content, signatures, verifier
from canbo.procedures.practice import practice_key
from canbo.registry.models import Account
from canbo.registry.saying import sentence as _


class SignatureRefused(Exception):
    """A signature that does not hold or may not be given. The message says why and what to do."""


@dataclass(frozen=True)
class Signature:
    """That an account signed a decision: the kind, SHA-256 of the decision in hexadecimal, and what proves it.

    `kind` is passkey, certificate or practice. `evidence` is JSON-able and is kept with the decision.
    """

    kind: str
    by_account: int
    digest: str
    evidence: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """As JSON-able dict; `Signature(**that)` gives it back."""
        return asdict(self)


def canonical(decision: Mapping[str, Any]) -> bytes:
    """The decision as the one text that is signed: JSON, keys sorted, no spaces, days as ISO, UTF-8.

    As RFC 8785 for what a decision holds (text, whole numbers, lists). Raises content.Unrecordable.
    """
    return content.canonical(decision).encode("utf-8")


def challenge_for(decision: Mapping[str, Any]) -> bytes:
    """SHA-256 of the decision: what the passkey is asked to sign."""
    return hashlib.sha256(canonical(decision)).digest()


# --- by passkey -----------------------------------------------------------------------------------------------


def options_for(*, account: Account, decision: Mapping[str, Any], place: str) -> dict[str, Any]:
    """What the page hands to `navigator.credentials.get`. `place`: the host name of the pages, without port.

    Raises SignatureRefused for an account without a passkey.
    """
    credentials = [data for _row, data in passkeys_of(account)]
    if not credentials:
        raise SignatureRefused(_("You have no passkey. Add one under your account, then sign."))
    options, _state = server(place).authenticate_begin(
        credentials, user_verification=UserVerificationRequirement.REQUIRED, challenge=challenge_for(decision)
    )
    return dict(options)


@transaction.atomic
def accept_passkey(*, account: Account, decision: Mapping[str, Any], response: Mapping[str, Any], place: str) -> Signature:
    """Check the answer of the account's passkey to the challenge of this decision; the signature to be kept.

    The device must have verified its user, and its counter, if it has one, must have moved on: a copied key is
    refused. `response` is the browser's `credential.toJSON()`. Raises SignatureRefused.
    """
    Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    known = passkeys_of(account)
    state = {"challenge": verifier_text(challenge_for(decision)), "user_verification": UserVerificationRequirement.REQUIRED}
    try:
        answer = AuthenticationResponse.from_dict(response)
        used = server(place).authenticate_complete(state, [data for _row, data in known], answer)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise SignatureRefused(_("The passkey did not sign this decision (%(why)s). Sign again.") % {"why": problem}) from None
    row = next(row for row, data in known if data.credential_id == used.credential_id)
    counted(row, answer.response.authenticator_data.counter)
    evidence = {
        "place": place,
        "credential": used.credential_id.hex(),
        "key": public_numbers(used.public_key),
        "authenticator_data": bytes(answer.response.authenticator_data).hex(),
        "client_data": bytes(answer.response.client_data).hex(),
        "signature": answer.response.signature.hex(),
    }
    return checked(Signature("passkey", account.pk, challenge_for(decision).hex(), evidence), decision)


def passkeys_of(account: Account) -> list[tuple[Authenticator, AttestedCredentialData]]:
    """The passkeys that the account has registered, each with its public half."""
    rows = Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.WEBAUTHN).order_by("pk")
    found = [(row, row.wrap().authenticator_data.credential_data) for row in rows]
    return [(row, data) for row, data in found if data is not None]


def server(place: str) -> Fido2Server:
    """The checker of passkeys that belong to `place`."""
    insecure = bool(getattr(settings, "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", False))
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=place, name="canbo"), verify_origin=(lambda _origin: True) if insecure else None
    )


def verifier_text(octets: bytes) -> str:
    """Octets as fido2 keeps a challenge: base64 for addresses, without padding."""
    from fido2.utils import websafe_encode

    return websafe_encode(octets)


def counted(row: Authenticator, counter: int) -> None:
    """Note how often the passkey has signed. One that falls back was copied (WebAuthn, 6.1.1); 0 is none."""
    before = int(row.data.get("counter", 0))
    if (counter or before) and counter <= before:
        raise SignatureRefused(
            _("This passkey has signed less often than before: it may have been copied. Remove it and tell the inspection.")
        )
    row.data["counter"], row.last_used_at = counter, timezone.now()
    row.save(update_fields=["data", "last_used_at"])


def public_numbers(key: CoseKey) -> dict[str, str]:
    """A passkey's public key in the form of `signatures.holds`. Raises SignatureRefused for other kinds."""
    if isinstance(key, ES256):
        return {"type": "P-256", "x": key[-2].hex(), "y": key[-3].hex()}
    if isinstance(key, RS256):
        return {"type": "RSA", "n": key[-1].hex(), "e": key[-2].hex()}
    if isinstance(key, EdDSA):
        return {"type": "Ed25519", "x": key[-2].hex()}
    raise SignatureRefused(_("This passkey is of a kind that cannot be checked later without canbo. Use another."))


# --- by practice key: for the demonstration and for tests -----------------------------------------------------


def sign_for_practice(*, account: Account, decision: Mapping[str, Any]) -> Signature:
    """Sign with the practice key of the account: a program's key in a file, which binds nobody.

    Raises SignatureRefused outside of a demonstration.
    """
    if not practice_allowed():
        raise SignatureRefused(_("Practice keys sign only in a demonstration. Sign with a passkey or a certificate."))
    evidence = practice_key(account.pk).assertion(challenge_for(decision))
    return checked(Signature("practice", account.pk, challenge_for(decision).hex(), evidence), decision)


def practice_allowed() -> bool:
    """Whether practice keys count: in the demo only."""
    return bool(settings.CANBO_DEMO)


# --- by certificate, on the PDF -------------------------------------------------------------------------------


def mark_pdf(pdf: bytes, decision: Mapping[str, Any]) -> bytes:
    """The PDF of a decision with the mark of that decision in it, ready to be signed outside."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    mark = signatures.MARK + challenge_for(decision).hex().encode()
    writer.root[generic.pdf_name("/CanboDecision")] = generic.TextStringObject(mark.decode())
    writer.update_root()  # type: ignore[no-untyped-call]
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def accept_certificate(
    *,
    account: Account,
    decision: Mapping[str, Any],
    pdf: bytes,
    document: str,
    known: Collection[str] | None = None,
    roots: Path | None = None,
    on: date | None = None,
) -> Signature:
    """Check a PDF of this decision that was signed outside with a certificate; the signature to be kept.

    `document`: the name under which the PDF is kept. `known`: SHA-256 of the certificates registered for the account,
    None where any under the roots will do. `roots`: folder of trusted certificates (default CANBO_SIGNING_ROOTS).
    Two programs must agree: pyHanko, and the one that people later use without canbo. Raises SignatureRefused.
    """
    trusted = trusted_roots(roots)
    judged_by_pyhanko(pdf, trusted)
    day = (on or timezone.localdate()).strftime("%Y%m%d")
    prints = [hashlib.sha256(one).hexdigest() for one in trusted]
    try:
        signer = signatures.read_pdf(pdf).signer
        signatures.check_pdf(pdf, challenge_for(decision), prints, day, trusted)
    except (verifier.Refused, verifier.Unreadable) as problem:
        raise SignatureRefused(str(problem)) from None
    if known is not None and signer.fingerprint not in known:
        raise SignatureRefused(_("The certificate of %(name)s is not registered for this account.") % {"name": signer.name})
    evidence = {
        "document": document, "sha256": hashlib.sha256(pdf).hexdigest(), "certificate": signer.fingerprint,
        "name": signer.name, "roots": prints, "chain": [one.hex() for one in trusted], "day": day,
    }  # fmt: skip
    return Signature("certificate", account.pk, challenge_for(decision).hex(), evidence)


def trusted_roots(folder: Path | None) -> list[bytes]:
    """The certificates in the folder of trusted roots, as DER. Raises SignatureRefused where there is none."""
    place = folder or getattr(settings, "CANBO_SIGNING_ROOTS", None)
    files = sorted(Path(place).iterdir()) if place and Path(place).is_dir() else []
    found = []
    for file in files:
        octets = file.read_bytes()
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in octets else x509.load_der_x509_certificate
        try:
            found.append(load(octets).public_bytes(Encoding.DER))
        except ValueError:
            raise SignatureRefused(_("%(file)s holds no certificate.") % {"file": file.name}) from None
    if not found:
        raise SignatureRefused(_("No certificate authority is trusted here yet. Put its certificate into CANBO_SIGNING_ROOTS."))
    return found


def judged_by_pyhanko(pdf: bytes, trusted: list[bytes]) -> None:
    """Let pyHanko judge the last signature: intact, true, trusted, over the whole file. Raises SignatureRefused."""
    from asn1crypto.x509 import Certificate  # type: ignore[import-untyped]
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import ValidationInfoReadingError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    try:
        found = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
        if not found:
            raise SignatureRefused(_("The PDF bears no signature."))
        context = ValidationContext(trust_roots=[Certificate.load(one) for one in trusted], allow_fetching=False)
        status = validate_pdf_signature(found[-1], signer_validation_context=context)
    except (PdfError, SigningError, ValidationInfoReadingError, ValueError, KeyError, OSError) as problem:
        raise SignatureRefused(_("The PDF cannot be read as a signed one (%(why)s).") % {"why": problem}) from None
    if not (status.intact and status.valid):
        raise SignatureRefused(_("The PDF was changed after it was signed, or its signature is false."))
    if not status.trusted:
        raise SignatureRefused(_("The certificate in the PDF does not lead to an authority that is trusted here."))
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        raise SignatureRefused(_("Something was added to the PDF after it was signed."))


# --- checking one that was kept -------------------------------------------------------------------------------


def verify(signature: Signature, decision: Mapping[str, Any], pdf: bytes | None = None) -> None:
    """Check a kept signature against the decision as it stands now, by the same code that a stranger runs.

    `pdf`: the signed PDF, for a signature by certificate. Raises SignatureRefused.
    """
    checked(signature, decision, pdf)


def checked(signature: Signature, decision: Mapping[str, Any], pdf: bytes | None = None) -> Signature:
    """The signature itself, once it holds."""
    digest, evidence = challenge_for(decision), signature.evidence
    if signature.digest != digest.hex():
        raise SignatureRefused(_("The decision is not the one that was signed."))
    try:
        if signature.kind == "certificate":
            chain = [bytes.fromhex(one) for one in evidence["chain"]]
            signatures.check_pdf(pdf or b"", digest, evidence["roots"], evidence["day"], chain)
            if signatures.read_pdf(pdf or b"").signer.fingerprint != evidence["certificate"]:
                raise SignatureRefused(_("The PDF was signed with another certificate than the one that is named."))
            return signature
        if (signature.kind == "practice") is not (evidence.get("place") == signatures.PRACTICE_PLACE):
            raise SignatureRefused(_("A practice key cannot stand for a passkey."))
        if signature.kind == "practice" and not practice_allowed():
            raise SignatureRefused(_("Practice keys sign only in a demonstration. Sign with a passkey or a certificate."))
        signatures.check_assertion(evidence, digest)
    except (verifier.Refused, verifier.Unreadable, KeyError, ValueError) as problem:
        raise SignatureRefused(str(problem)) from None
    return signature

"""The signature of the person who decides: by passkey, by certificate, and by a practice key that binds nobody."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from canbo.journal import content, signatures
from canbo.procedures import practice, signing
from canbo.procedures.practice import PracticeKey
from canbo.procedures.signing import Signature, SignatureRefused
from canbo.registry.models import Account
from tests.procedures.authority_of_certificates import Holder, blank_pdf, folder_of_roots, holder, sign_pdf

PLACE = "canbo.example"
DECISION = {"number": "12/QD", "day": date(2026, 8, 3), "person": "Nguyễn Thị Hoa", "post": 7, "articles": ["R-APP-1"]}


def text(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


class Device:
    """A passkey in software that belongs to a place, registered as allauth keeps it."""

    def __init__(self, account: Account, place: str = PLACE) -> None:
        self.key, self.id, self.place = (
            PracticeKey(ec.generate_private_key(ec.SECP256R1()), place),
            b"credential " + place.encode(),
            place,
        )
        cose = ES256.from_cryptography_key(self.key.private.public_key())
        credential = AttestedCredentialData.create(Aaguid(bytes(16)), self.id, cose)
        data = AuthenticatorData.create(hashlib.sha256(place.encode()).digest(), 0x45, 0, credential)
        client = b'{"type":"webauthn.create","challenge":"AAAA","origin":"https://canbo.example"}'
        response = {
            "clientDataJSON": text(client), "attestationObject": text(bytes(AttestationObject.create("none", data, {}))),
        }  # fmt: skip
        registered = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
        self.row = Authenticator.objects.create(
            user=account, type=Authenticator.Type.WEBAUTHN, data={"name": "key", "credential": registered}
        )

    def answer(self, challenge: bytes, **how: Any) -> dict[str, Any]:
        """What the browser gives for `navigator.credentials.get`."""
        said = self.key.assertion(challenge, **how)
        response = {
            "authenticatorData": text(bytes.fromhex(said["authenticator_data"])),
            "clientDataJSON": text(bytes.fromhex(said["client_data"])),
            "signature": text(bytes.fromhex(said["signature"])),
        }
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}


@pytest.fixture
def account(db: None, settings: Any, tmp_path: Path) -> Account:
    settings.CANBO_JOURNAL_KEY_FILE = tmp_path / "journal.key"
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = settings.CANBO_DEMO = False
    return Account.objects.create(username="chair", label="Chủ tịch")


def sign(account: Account, device: Device, decision: Any = DECISION, **how: Any) -> Signature:
    answer = device.answer(signing.challenge_for(decision), **how)
    return signing.accept_passkey(account=account, decision=decision, response=answer, place=PLACE)


# --- what is signed -------------------------------------------------------------------------------------------


def test_a_decision_has_one_text_whatever_the_order_of_its_parts() -> None:
    turned = dict(reversed(DECISION.items()))
    assert signing.canonical(DECISION) == signing.canonical(turned)
    assert signing.canonical(DECISION).decode() == (
        '{"articles":["R-APP-1"],"day":"2026-08-03","number":"12/QD","person":"Nguyễn Thị Hoa","post":7}'
    )
    assert signing.challenge_for(DECISION) == hashlib.sha256(signing.canonical(DECISION)).digest()


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), "a\x00b", "\ud800"])
def test_what_cannot_be_written_in_one_way_is_not_signed(value: Any) -> None:
    with pytest.raises(content.Unrecordable):
        signing.canonical({"a": value})


# --- by passkey -----------------------------------------------------------------------------------------------


def test_a_passkey_signs_the_digest_of_the_decision_and_the_evidence_stands_alone(account: Account) -> None:
    device = Device(account)
    options = signing.options_for(account=account, decision=DECISION, place=PLACE)["publicKey"]
    assert options["challenge"] == text(signing.challenge_for(DECISION))
    assert (options["rpId"], options["userVerification"]) == (PLACE, "required")
    assert [one["id"] for one in options["allowCredentials"]] == [text(device.id)]
    signature = sign(account, device)
    assert (signature.kind, signature.by_account, signature.digest) == (
        "passkey",
        account.pk,
        signing.challenge_for(DECISION).hex(),
    )
    signing.verify(signature, DECISION)
    assert signing.verify(Signature(**signature.as_dict()), DECISION) is None
    assert signature.evidence["key"] == device.key.numbers
    Authenticator.objects.all().delete()
    signing.verify(signature, DECISION)


def test_a_signature_is_of_its_decision_alone(account: Account) -> None:
    device = Device(account)
    with pytest.raises(SignatureRefused, match="did not sign this decision .*Wrong challenge"):
        signing.accept_passkey(
            account=account,
            decision={**DECISION, "post": 8},
            response=device.answer(signing.challenge_for(DECISION)),
            place=PLACE,
        )
    signature = sign(account, device)
    with pytest.raises(SignatureRefused, match="not the one that was signed"):
        signing.verify(signature, {**DECISION, "post": 8})
    other = {**DECISION, "post": 8}
    moved = Signature("passkey", account.pk, signing.challenge_for(other).hex(), signature.evidence)
    with pytest.raises(SignatureRefused, match="signed something else"):
        signing.verify(moved, other)


def test_another_account_cannot_sign_with_this_passkey(account: Account) -> None:
    device, other = Device(account), Account.objects.create(username="deputy", label="Phó")
    with pytest.raises(SignatureRefused, match="Unknown credential"):
        sign(other, device)
    with pytest.raises(SignatureRefused, match="You have no passkey"):
        signing.options_for(account=other, decision=DECISION, place=PLACE)


def test_a_passkey_of_another_place_or_origin_is_refused(account: Account) -> None:
    with pytest.raises(SignatureRefused, match="Invalid origin"):
        sign(account, Device(account, "canbo.elsewhere"))
    device = Device(account)
    device.key = PracticeKey(device.key.private, "elsewhere." + PLACE)
    with pytest.raises(SignatureRefused, match="Wrong RP ID hash"):
        sign(account, device)


@pytest.mark.parametrize(("flags", "said"), [(0x01, "verified flag not set"), (0x04, "User Present"), (0x00, "User Present")])
def test_the_device_must_have_verified_its_user(account: Account, flags: int, said: str) -> None:
    with pytest.raises(SignatureRefused, match=said):
        sign(account, Device(account), flags=flags)


def test_a_counter_that_falls_back_betrays_a_copied_key(account: Account) -> None:
    device = Device(account)
    for counter in (1, 5):
        sign(account, device, counter=counter)
    for counter in (5, 4, 0):
        with pytest.raises(SignatureRefused, match="may have been copied"):
            sign(account, device, counter=counter)
    sign(account, device, counter=6)
    device.row.refresh_from_db()
    assert (device.row.data["counter"], device.row.last_used_at is not None) == (6, True)


def test_a_device_without_a_counter_signs_again_and_again(account: Account) -> None:
    device = Device(account)
    sign(account, device)
    sign(account, device)


@pytest.mark.parametrize("response", [{}, {"id": "x"}, {"id": "x", "rawId": "x", "response": {}}, {"rawId": 3, "response": None}])
def test_an_answer_that_is_none_is_refused_in_a_sentence(account: Account, response: dict[str, Any]) -> None:
    Device(account)
    with pytest.raises(SignatureRefused, match="Sign again"):
        signing.accept_passkey(account=account, decision=DECISION, response=response, place=PLACE)


def test_an_altered_signature_is_refused(account: Account) -> None:
    device = Device(account)
    answer = device.answer(signing.challenge_for(DECISION))
    answer["response"]["signature"] = device.answer(b"another challenge, also signed")["response"]["signature"]
    with pytest.raises(SignatureRefused, match="Invalid signature"):
        signing.accept_passkey(account=account, decision=DECISION, response=answer, place=PLACE)


# --- by practice key ------------------------------------------------------------------------------------------


def test_a_practice_key_signs_in_the_demo_and_nowhere_else(account: Account, settings: Any) -> None:
    with pytest.raises(SignatureRefused, match="only in a demonstration"):
        signing.sign_for_practice(account=account, decision=DECISION)
    settings.CANBO_DEMO = True
    signature = signing.sign_for_practice(account=account, decision=DECISION)
    signing.verify(signature, DECISION)
    assert (signature.kind, signature.evidence["place"]) == ("practice", "practice.invalid")
    settings.CANBO_DEMO = False
    with pytest.raises(SignatureRefused, match="only in a demonstration"):
        signing.verify(signature, DECISION)


def test_a_practice_key_never_passes_for_a_passkey(account: Account, settings: Any) -> None:
    settings.CANBO_DEMO = True
    signature = signing.sign_for_practice(account=account, decision=DECISION)
    renamed = Signature("passkey", account.pk, signature.digest, signature.evidence)
    with pytest.raises(SignatureRefused, match="cannot stand for a passkey"):
        signing.verify(renamed, DECISION)
    moved = Signature("passkey", account.pk, signature.digest, {**signature.evidence, "place": PLACE})
    with pytest.raises(SignatureRefused, match=f"does not belong to {PLACE}"):
        signing.verify(moved, DECISION)


def test_each_account_has_a_practice_key_of_its_own_that_stays(account: Account, settings: Any) -> None:
    one, other = practice.practice_key(1), practice.practice_key(2)
    assert practice.practice_key(1).numbers == one.numbers != other.numbers
    file = settings.CANBO_JOURNAL_KEY_FILE.parent / "practice" / "1.key"
    assert file.stat().st_mode & 0o777 == 0o600


# --- by certificate -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def root() -> Holder:
    return holder("Made-up root", issues=True)


@pytest.fixture(scope="module")
def middle(root: Holder) -> Holder:
    return holder("Made-up authority", "ec", under=root, issues=True)


@pytest.fixture(scope="module")
def chair(middle: Holder) -> Holder:
    return holder("Trần Văn Nam", under=middle)


@pytest.fixture
def roots(tmp_path: Path, root: Holder) -> Path:
    return folder_of_roots(tmp_path / "roots", root)


def accept(account: Account, pdf: bytes, roots: Path, **how: Any) -> Signature:
    return signing.accept_certificate(account=account, decision=DECISION, pdf=pdf, document="decision.pdf", roots=roots, **how)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_pdf_signed_outside_is_accepted_and_checked_again_without_any_library(
    account: Account, roots: Path, middle: Holder, kind: str
) -> None:
    by = holder("Trần Văn Nam", kind, under=middle)
    pdf = sign_pdf(signing.mark_pdf(blank_pdf(), DECISION), by)
    signature = accept(account, pdf, roots, known=[hashlib.sha256(by.der).hexdigest()])
    assert (signature.kind, signature.evidence["name"]) == ("certificate", "Trần Văn Nam")
    assert signature.evidence["sha256"] == hashlib.sha256(pdf).hexdigest()
    signing.verify(signature, DECISION, pdf)
    with pytest.raises(SignatureRefused, match="not the one that was signed"):
        signing.verify(signature, {**DECISION, "post": 8}, pdf)
    with pytest.raises(SignatureRefused, match="bears no signature"):
        signing.verify(signature, DECISION)


def test_a_signed_pdf_of_another_decision_is_refused(account: Account, roots: Path, chair: Holder) -> None:
    for pdf in (blank_pdf(), signing.mark_pdf(blank_pdf(), {**DECISION, "post": 8})):
        with pytest.raises(SignatureRefused, match="does not speak of this decision"):
            accept(account, sign_pdf(pdf, chair), roots)
    twice = signing.mark_pdf(signing.mark_pdf(blank_pdf(), {**DECISION, "post": 8}), DECISION)
    with pytest.raises(SignatureRefused, match="does not speak of this decision"):
        accept(account, sign_pdf(twice, chair), roots)


def test_what_is_added_or_changed_after_signing_is_found_by_both_programs(account: Account, roots: Path, chair: Holder) -> None:
    pdf = sign_pdf(signing.mark_pdf(blank_pdf(), DECISION), chair)
    prints = [hashlib.sha256(one).hexdigest() for one in signing.trusted_roots(roots)]

    def ours(octets: bytes) -> str:
        try:
            return signatures.check_pdf(octets, signing.challenge_for(DECISION), prints, "20260803", signing.trusted_roots(roots))
        except (signatures.Refused, signatures.Unreadable) as problem:
            return f"no: {problem}"

    assert ours(pdf).startswith("Signed by Trần Văn Nam")
    added = signing.mark_pdf(pdf, DECISION)
    changed = pdf.replace(b"595", b"594", 1)
    assert changed != pdf
    for octets in (added, changed, pdf + b"\n", pdf[:-2]):
        assert ours(octets).startswith("no: "), ours(octets)
        with pytest.raises(SignatureRefused):
            accept(account, octets, roots)


def test_a_certificate_under_no_trusted_root_or_of_another_is_refused(
    account: Account, roots: Path, chair: Holder, tmp_path: Path
) -> None:
    pdf = signing.mark_pdf(blank_pdf(), DECISION)
    stranger = holder("Trần Văn Nam", under=holder("Made-up root", issues=True))
    with pytest.raises(SignatureRefused, match="does not lead to an authority"):
        accept(account, sign_pdf(pdf, stranger), roots)
    with pytest.raises(SignatureRefused, match="is not registered for this account"):
        accept(account, sign_pdf(pdf, chair), roots, known=["00"])
    with pytest.raises(SignatureRefused, match="No certificate authority is trusted here yet"):
        accept(account, sign_pdf(pdf, chair), tmp_path / "nowhere")


def test_a_chain_is_followed_only_through_those_who_may_issue_and_on_days_that_hold(root: Holder, chair: Holder) -> None:
    read = signatures.read_certificate
    top = [read(root.der).fingerprint]
    above = [read(one.public_bytes(signing.Encoding.DER)) for one in chair.above]
    assert signatures.check_chain(read(chair.der), above, top, "20260803").name == "Made-up root"
    faker = holder("Faker", under=chair)  # a certificate that may not issue has issued one
    cases = (
        (read(faker.der), [read(chair.der), *above], "20260803", "No certificate that came along"),
        (read(chair.der), above, "20191231", "holds from 20200101"),
        (read(chair.der), above, "20410101", "holds from 20200101"),
        (read(chair.der), above[1:], "20260803", "No certificate that came along"),
        (read(chair.der), [], "20260803", "it is no root that you trust"),
    )
    for signer, others, day, said in cases:
        with pytest.raises(signatures.Refused, match=re.escape(said)):
            signatures.check_chain(signer, others, top, day)


def test_a_folder_with_something_else_than_certificates_is_named(account: Account, roots: Path, chair: Holder) -> None:
    (roots / "zero.pem").write_text("nothing")
    with pytest.raises(SignatureRefused, match="zero.pem holds no certificate"):
        accept(account, sign_pdf(blank_pdf(), chair), roots)


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7", b"nonsense" * 100, blank_pdf()])
def test_what_is_no_signed_pdf_is_refused_in_a_sentence(account: Account, roots: Path, pdf: bytes) -> None:
    with pytest.raises(SignatureRefused, match="bears no signature|cannot be read as a signed one"):
        accept(account, pdf, roots)

"""A decision signed outside with a certificate: it goes out, comes back, and takes effect."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from canbo.procedures import certified, effects, rulings, signers, signing, steps
from canbo.procedures.models import Case, Ruling
from canbo.procedures.refusals import Refused
from canbo.registry import authority, intake
from tests import world as worlds
from tests.procedures import office as offices
from tests.procedures.authority_of_certificates import Holder, folder_of_roots, holder, sign_pdf
from tests.procedures.office import ON, Office

ROOT = holder("Made-up root", issues=True)
MINE = holder("Người ký", under=ROOT)
OTHER = holder("Somebody else", under=ROOT)
PRINT = hashlib.sha256(MINE.der).hexdigest()


@pytest.fixture
def office(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Office]:
    """The office with an authority of certificates, and the certificate of its signer confirmed; all is witnessed at once."""
    settings.CANBO_SIGNING_ROOTS = folder_of_roots(tmp_path / "roots", ROOT)
    monkeypatch.setattr(effects.witnessing, "witnessed", lambda entry, using="default": object())
    with authority.sight(intake.console()):
        built = offices.build(worlds.build())
    signers.confirm_certificate(account=built.approver, encoded=MINE.der)
    yield built


def waiting(office: Office) -> Case:
    return office.to_the_signature(office.open())


def signed(office: Office, case: Case, *, by: Holder = MINE) -> bytes:
    return sign_pdf(certified.to_sign(case=case, account=office.approver, on=ON), by)


def give(office: Office, case: Case, pdf: bytes) -> Ruling:
    signature = certified.accepted(case=case, account=office.approver, on=ON, pdf=pdf)
    steps.sign(case=case, by=office.approver, on=ON, signature=signature, pdf=pdf)
    return Ruling.objects.get(case=case)


def test_a_decision_signed_by_certificate_takes_effect_and_keeps_its_file(office: Office) -> None:
    with authority.sight(intake.console()):
        case = waiting(office)
        pdf = signed(office, case)
        give(office, case, pdf)
        steps.publish(case=case, by=office.publisher, on=ON)
    ruling = offices.take(case)
    assert (ruling.state, ruling.reason) == (Ruling.State.EFFECTIVE, "")
    with authority.sight(intake.console()):
        kept = Ruling.objects.get(pk=ruling.pk)
        assert rulings.file_of(kept) == pdf and kept.signature is not None and kept.signature["kind"] == "certificate"


@pytest.mark.parametrize("spoilt", ["changed", "unsigned", "another decision", "somebody else"])
def test_a_file_that_is_not_this_decision_signed_by_this_person_is_refused(office: Office, spoilt: str) -> None:
    with authority.sight(intake.console()):
        case = waiting(office)
        pdf = signed(office, case)
        if spoilt == "changed":
            pdf = pdf.replace(b"canboDecision", b"canboDecisioN", 1)
        elif spoilt == "unsigned":
            pdf = certified.to_sign(case=case, account=office.approver, on=ON)
        elif spoilt == "another decision":
            pdf = sign_pdf(signing.mark_pdf(certified.to_sign(case=case, account=office.approver, on=ON), {"another": 1}), MINE)
        else:
            pdf = signed(office, case, by=OTHER)
        with pytest.raises(signing.SignatureRefused):
            give(office, case, pdf)
        assert not Ruling.objects.filter(case=case, state="signed").exists()


def test_a_certificate_under_a_trusted_root_signs_nothing_before_it_is_confirmed_face_to_face(office: Office) -> None:
    signers.end(account=office.approver, beginning=PRINT)
    with authority.sight(intake.console()):
        case = waiting(office)
        pdf = signed(office, case)
        with pytest.raises(signing.SignatureRefused, match=r"(?i)not registered|chưa"):
            give(office, case, pdf)
        forged = signing.accept_certificate(
            account=office.approver, decision=rulings.text_of(case, on=ON), pdf=pdf, document=certified.NAME, on=ON
        )
        with pytest.raises(Refused):
            steps.sign(case=case, by=office.approver, on=ON, signature=forged, pdf=pdf)


def test_whoever_names_a_confirmed_certificate_but_signs_with_another_is_refused(office: Office) -> None:
    with authority.sight(intake.console()):
        case = waiting(office)
        pdf = signed(office, case, by=OTHER)
        theirs = signing.accept_certificate(
            account=office.approver, decision=rulings.text_of(case, on=ON), pdf=pdf, document=certified.NAME, on=ON
        )
        mine = {**theirs.evidence, "certificate": PRINT}
        forged = signing.Signature("certificate", office.approver.pk, theirs.digest, mine)
        with pytest.raises(Refused):
            steps.sign(case=case, by=office.approver, on=ON, signature=forged, pdf=pdf)


def test_only_who_is_entitled_to_the_signature_gets_the_file(office: Office) -> None:
    with authority.sight(intake.console()):
        case = waiting(office)
        for account in (office.drafter, office.verifier):
            with pytest.raises((Refused, authority.NotAllowed)):
                certified.to_sign(case=case, account=account, on=ON)


def test_the_signed_file_stays_with_what_was_signed(office: Office) -> None:
    with authority.sight(intake.console()):
        case = waiting(office)
        ruling = give(office, case, signed(office, case))
    with pytest.raises(DatabaseError, match="signed_ruling_stays|stays as it was signed"), authority.sight(intake.console()):
        Ruling.objects.filter(pk=ruling.pk).update(signed_file=None)


def test_a_key_that_was_ended_or_is_anothers_is_not_confirmed_again(office: Office) -> None:
    with pytest.raises(signers.KeyUnknown):
        signers.confirm_certificate(account=office.drafter, encoded=MINE.der)
    with pytest.raises(signers.KeyUnknown):
        signers.confirm_certificate(account=office.drafter, encoded=b"no certificate")


def test_the_file_to_sign_is_a_pdf_with_the_mark_of_the_decision(office: Office) -> None:
    with authority.sight(intake.console()):
        case = waiting(office)
        pdf = certified.to_sign(case=case, account=office.approver, on=ON)
        digest = signing.challenge_for(rulings.text_of(case, on=ON)).hex()
    assert pdf.startswith(b"%PDF-") and digest.encode() in pdf

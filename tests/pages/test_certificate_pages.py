"""Signing a decision with a certificate from the page: the file goes down, is signed elsewhere, and comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from canbo.procedures import signers
from canbo.procedures.models import Case, Ruling
from canbo.registry import authority, intake
from canbo.registry.models import Account
from tests import world as worlds
from tests.pages.test_case_pages import on_the_day_of_the_office
from tests.procedures import office as offices
from tests.procedures.authority_of_certificates import folder_of_roots, holder, sign_pdf
from tests.procedures.office import Office

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ROOT = holder("Made-up root", issues=True)
MINE, OTHER = holder("Người ký", under=ROOT), holder("Somebody else", under=ROOT)


@pytest.fixture
def office(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Office]:
    settings.CANBO_SIGNING_ROOTS = folder_of_roots(tmp_path / "roots", ROOT)
    on_the_day_of_the_office(monkeypatch)
    with authority.sight(intake.console()):
        built = offices.build(worlds.build())
    signers.confirm_certificate(account=built.approver, encoded=MINE.der)
    yield built


def at(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend=BACKEND)
    client.cookies["django_language"] = "en"
    return client


def sent(client: Client, case: Case, pdf: bytes) -> Any:
    page = client.get(f"/cases/{case.pk}").content.decode()
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.S) if 'name="signed_pdf"' in one)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    file = SimpleUploadedFile("signed.pdf", pdf, content_type="application/pdf")
    return client.post(f"/cases/{case.pk}/act", {**hidden, "signed_pdf": file})


def test_the_signer_downloads_the_decision_signs_it_elsewhere_and_sends_it_back(office: Office) -> None:
    with authority.sight(intake.console()):
        case = office.to_the_signature(office.open())
    signer = at(office.approver)
    got = signer.get(f"/cases/{case.pk}/to-sign")
    assert got.status_code == 200 and got["Content-Type"] == "application/pdf"
    pdf = b"".join(got) if got.streaming else got.content
    refused = sent(signer, case, sign_pdf(pdf, OTHER))
    assert refused.status_code == 422 and "not registered for this account" in refused.content.decode()
    assert sent(signer, case, b"no pdf at all").status_code == 422
    assert sent(signer, case, sign_pdf(pdf, MINE)).status_code == 302
    with authority.sight(intake.console()):
        ruling = Ruling.objects.get(case=case)
        assert (ruling.state, (ruling.signature or {})["kind"]) == (Ruling.State.SIGNED, "certificate")
    assert "certificate" in signer.get(f"/cases/{case.pk}").content.decode()


def test_nobody_else_gets_the_file_and_without_an_authority_the_page_offers_none(office: Office, settings: Any) -> None:
    with authority.sight(intake.console()):
        case = office.to_the_signature(office.open())
    assert at(office.drafter).get(f"/cases/{case.pk}/to-sign").status_code == 404
    signer = at(office.approver)
    assert 'name="signed_pdf"' in signer.get(f"/cases/{case.pk}").content.decode()
    settings.CANBO_SIGNING_ROOTS = None
    assert 'name="signed_pdf"' not in signer.get(f"/cases/{case.pk}").content.decode()

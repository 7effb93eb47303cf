"""Files as evidence in the work log: kept with the log, limited in size and kind, seen by whoever sees the work."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction

from canbo.evaluation.models import Log
from canbo.procedures import dossier, evidence
from canbo.procedures.models import Evidence, Stored
from canbo.registry import authority, constraints
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER, Office
from tests.evaluation.test_work import refused
from tests.pages.test_work_pages import everything, reader, this_month

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def test_what_is_logged_with_a_file_can_be_accepted(office: Office) -> None:
    held = office.assign()
    found = office.attached(held)
    assert (found.log.evidence, found.body_id) == ("letter.pdf", Stored.objects.get().sha256)
    assert office.accept(held, 1).done == 1
    assert evidence.opened(found, by=office.head, on=AFTER) == (b"%PDF-1.7 letter %%EOF", "application/pdf")


def test_the_number_of_the_document_stands_before_the_name_of_the_file(office: Office) -> None:
    assert office.attached(office.assign(), evidence="12/CV", name="../../etc/letter.pdf").log.evidence == "12/CV"
    assert Evidence.objects.get().name == "letter.pdf"


@pytest.mark.parametrize("body", [b"", b"MZ program", b"<script>", b"%PDF-" + b"0" * dossier.LARGEST + b"%%EOF"])
def test_no_other_kind_of_file_and_none_that_is_too_large_is_kept(office: Office, body: bytes) -> None:
    held = office.assign()
    assert refused(lambda: office.attached(held, body)) == "file"
    assert not Log.objects.exists() and not Stored.objects.exists()


def test_nobody_attaches_for_another_and_none_to_a_closed_period(office: Office) -> None:
    held = office.assign()
    assert refused(lambda: office.attached(held, by=office.head)) == "not_allowed"
    found = office.attached(held)
    office.accept(held, 1)
    office.decided()
    assert refused(lambda: office.attached(held)) == "period_closed"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Evidence.objects.create(log=found.log, body=found.body, name="late.pdf", entry_id=held.entry_id)
    assert constraints.name_of(problem.value) == "period_is_closed"


def test_a_form_sent_twice_attaches_once(office: Office) -> None:
    held = office.assign()
    first, second = (office.attached(held, key="once") for _time in range(2))
    assert first == second and Log.objects.count() == 1


def test_evidence_is_seen_with_the_work_and_never_rewritten(office: Office) -> None:
    office.attached(office.assign())

    def count(account: Any) -> tuple[int, int]:
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            with connection.cursor() as cursor:
                cursor.execute("SELECT (SELECT count(*) FROM procedures_evidence), (SELECT count(*) FROM procedures_stored)")
                return cursor.fetchone()

    assert count(office.worker) == count(office.head) == (1, 1)
    assert count(office.colleague) == (0, 0)
    for statement in ("UPDATE procedures_evidence SET name = 'x'", "DELETE FROM procedures_evidence"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_file_is_handed_in_and_opened_on_the_page(office: Office) -> None:
    held = this_month(office)
    client = reader(office.worker)
    key = client.get("/work").content.decode().split('name="key" value="')[1].split('"')[0]
    told = {"do": "log", "key": key, "assignment": held.pk, "done": "1", "day": date.today().isoformat(), "text": "Drafted."}
    assert client.post("/work", {**told, "file": SimpleUploadedFile("report.pdf", b"%PDF-1.7 report %%EOF")}).status_code == 302
    assert "report.pdf" in client.get("/work").content.decode()
    everything()
    address = f"/evidence/{Evidence.objects.get().pk}"
    answer = reader(office.head).get(address)
    assert (answer.content, answer["Content-Type"], "attachment" in answer["Content-Disposition"]) == (
        b"%PDF-1.7 report %%EOF",
        "application/pdf",
        True,
    )
    assert reader(office.colleague).get(address).status_code == 404

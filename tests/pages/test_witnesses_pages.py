"""What the pages give a witness and take from it; and the two witnesses of the demo, as processes of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import Client

from canbo.journal import entries, keys, sealing, witness, witnessing
from canbo.journal.models import Cosignature
from canbo.journal.witness import Site, Witness
from tests.journal.acts import NAM, record_many


@pytest.fixture
def inspection(db: None, settings: Any, tmp_path: Path) -> Witness:
    settings.CANBO_JOURNAL_KEY_FILE, settings.CANBO_JOURNAL_ORIGIN = tmp_path / "journal.key", "canbo/tried"
    made = Witness.made(tmp_path / "inspection", name="inspection", journal=keys.signer().key)
    witnessing.register(public=str(made.key), body="Inspection", by=NAM, on=date(2026, 8, 1))
    record_many(7)
    sealing.seal()
    sealing.checkpoint()
    return made


def test_anyone_may_ask_for_the_head_and_finds_nothing_personal_in_it(inspection: Witness) -> None:
    answer = Client().get("/journal/head?old=3")
    assert answer.status_code == 200
    request = witness.read_request(answer.content.decode())
    assert request.old == 3
    assert NAM.label not in answer.content.decode()
    for odd in (
        "/journal/head",
        "/journal/head?old=",
        "/journal/head?old=x",
        "/journal/head?old=-5",
        "/journal/head?old=" + "9" * 30,
    ):
        assert Client().get(odd).status_code == 200, odd


def test_a_cosignature_is_taken_from_a_registered_witness_with_the_token_of_the_question(inspection: Witness) -> None:
    client = Client(enforce_csrf_checks=True)
    cosigned = inspection.cosign(client.get("/journal/head?old=0").content.decode())
    token = client.cookies["csrftoken"].value
    without = client.post("/journal/cosignatures", cosigned, content_type="text/plain")
    assert (without.status_code, Cosignature.objects.count()) == (403, 0)
    answer = client.post("/journal/cosignatures", cosigned, content_type="text/plain", headers={"X-CSRFToken": token})
    assert (answer.status_code, Cosignature.objects.count()) == (200, 1)
    assert answer.content.decode().startswith("inspection (Inspection) ")


@pytest.mark.parametrize("sent", ["", "nonsense", "\udcff".encode("utf-8", "surrogateescape"), "x" * 30_000])
def test_what_is_no_cosignature_is_refused_in_a_sentence(inspection: Witness, sent: Any) -> None:
    answer = Client().post("/journal/cosignatures", sent, content_type="text/plain")
    assert (answer.status_code, len(answer.content) < 300) == (422, True)
    stranger = Witness.made(inspection.path.with_name("stranger"), name="inspection", journal=keys.signer().key)
    answer = Client().post("/journal/cosignatures", stranger.cosign(witnessing.offer(0)), content_type="text/plain")
    assert (answer.status_code, Cosignature.objects.count()) == (422, 0)
    assert Client().get("/journal/cosignatures").status_code == 405


@pytest.fixture
def served(own_register: str, settings: Any, tmp_path: Path) -> Any:
    """The pages over HTTP, on a register of their own."""
    import threading

    from django.core.wsgi import get_wsgi_application

    settings.CANBO_JOURNAL_KEY_FILE, settings.CANBO_JOURNAL_ORIGIN = tmp_path / "journal.key", "canbo/tried"
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_two_witnesses_beside_the_pages_make_an_act_witnessed(
    served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from canbo.project.demo_witnesses import DemoWitnesses

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    beside = DemoWitnesses(served, every=0.2, folder=tmp_path / "witnesses").start()
    try:
        assert [each.name for each in witnessing.witnesses()] == ["front", "inspection"]
        entry = entries.Entry.objects.get(pk=record_many(3)[-1])
        sealing.seal()
        sealing.checkpoint()
        until = time.monotonic() + 30
        while witnessing.witnessed(entry) is None and time.monotonic() < until:
            time.sleep(0.1)
        found = witnessing.witnessed(entry)
        logs = "".join(path.read_text() for path in (tmp_path / "witnesses").glob("*.log"))
        assert found is not None, logs
        assert sorted(each.name for each in found.by) == ["front", "inspection"]
        assert witnessing.unwitnessed()["unwitnessed"] == 0
    finally:
        running = list(beside.running)
        beside.stop()
    assert all(each.poll() is not None for each in running)
    again = DemoWitnesses(served, folder=tmp_path / "witnesses").start()
    again.stop()
    assert len(witnessing.witnesses()) == 2, "the same two as before"


def test_a_witness_looks_at_the_pages_as_they_are(served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    made = Witness.made(tmp_path / "inspection", name="inspection", journal=keys.signer().key)
    witnessing.register(public=str(made.key), body="Inspection", by=NAM, on=date(2026, 8, 1))
    for number in (3, 4):
        record_many(number, word=f"act.{number}")
        sealing.seal()
        size = sealing.checkpoint().size
        assert witness.look(made, Site(served)) == f"Cosigned {size} entries."
    assert Cosignature.objects.count() == 2


def test_a_witness_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    made = Witness.made(tmp_path / "w", name="w", journal=witness.Key("canbo/tried", bytes(32)))
    command = (
        "import os, subprocess, sys; silent = subprocess.DEVNULL; program = [sys.executable, '-m', 'canbo.journal.witness', 'watch']; "
        f"asked = [{str(made.path)!r}, 'http://127.0.0.1:9', '--every', '0.1', '--parent', str(os.getpid())]; "
        "print(subprocess.Popen(program + asked, stdout=silent, stderr=silent).pid, flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, timeout=30)
    pid = int(done.stdout)
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()

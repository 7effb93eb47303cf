"""Witnesses seen from the journal: registered, asked, believed only when true; what a quorum covers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, connections, transaction

from canbo.journal import entries, keys, proofs, sealing, verification, verifier, witness, witnessing
from canbo.journal.models import Cosignature, Entry, Witness
from tests.journal.acts import NAM, record, record_many

ON = date(2026, 8, 1)


@pytest.fixture
def journal(db: None, tmp_path: Path, settings: Any) -> keys.Signer:
    """A journal with a key of its own, and a quorum of two."""
    settings.CANBO_JOURNAL_KEY_FILE, settings.CANBO_JOURNAL_ORIGIN = tmp_path / "journal.key", "canbo/tried"
    settings.CANBO_DEMO = False
    return keys.signer()


@pytest.fixture
def a_witness(journal: keys.Signer, tmp_path: Path) -> Callable[[str, str], witness.Witness]:
    """Make a witness with its own file, and register it."""

    def make(name: str, body: str) -> witness.Witness:
        made = witness.Witness.made(tmp_path / f"{name}.witness", name=name, journal=journal.key)
        witnessing.register(public=str(made.key), body=body, by=NAM, on=ON)
        return made

    return make


def cosign(*them: witness.Witness) -> None:
    """Let them look at the newest checkpoint, and hand in what they say."""
    for each in them:
        last = each.last()
        witnessing.accept(each.cosign(witnessing.offer(last.size if last else 0)))


def grown(number: int = 3, word: str = "act") -> Entry:
    ids = record_many(number, word=word)
    sealing.seal()
    sealing.checkpoint()
    return Entry.objects.get(pk=ids[-1])


def test_an_act_is_witnessed_once_two_bodies_have_cosigned_a_checkpoint_over_it(a_witness: Any) -> None:
    inspection, front = a_witness("inspection", "Inspection committee"), a_witness("front", "Fatherland Front")
    entry = grown()
    assert witnessing.witnessed(entry) is None
    cosign(inspection)
    assert witnessing.witnessed(entry) is None, "one is not enough"
    cosign(front)
    found = witnessing.witnessed(entry)
    assert found is not None
    assert sorted(each.name for each in found.by) == ["front", "inspection"]
    assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=1)
    later = record(1)
    assert witnessing.witnessed(later) is None, "not sealed yet"
    sealing.seal()
    assert witnessing.witnessed(later) is None, "not under that checkpoint"
    sealing.checkpoint()
    cosign(inspection, front)
    assert witnessing.witnessed(later).size == found.size + 1
    assert witnessing.witnessed(entry).size == found.size, "the first one counts"
    assert witnessing.head().size == found.size + 1


def test_two_witnesses_of_one_body_are_one(a_witness: Any) -> None:
    one, other = a_witness("one", "Inspection committee"), a_witness("other", "  inspection   COMMITTEE ")
    entry = grown()
    cosign(one, other)
    assert Cosignature.objects.count() == 2
    assert witnessing.witnessed(entry) is None


def test_the_quorum_is_a_setting_and_one_is_enough_only_in_a_demo(a_witness: Any, settings: Any) -> None:
    entry = grown()
    cosign(a_witness("one", "A"))
    settings.CANBO_WITNESS_QUORUM = 1
    assert (witnessing.quorum(), witnessing.warning(), witnessing.witnessed(entry)) == (2, None, None)
    settings.CANBO_DEMO = True
    assert witnessing.quorum() == 1
    assert "a single witness is enough" in str(witnessing.warning())
    assert witnessing.witnessed(entry) is not None
    settings.CANBO_WITNESS_QUORUM = 3
    cosign(a_witness("two", "B"))
    assert witnessing.witnessed(entry) is None
    cosign(a_witness("three", "C"))
    assert witnessing.witnessed(entry) is not None


def test_what_waits_for_witnesses_is_counted_with_its_age(a_witness: Any) -> None:
    inspection, front = a_witness("inspection", "A"), a_witness("front", "B")
    grown(5)
    waiting = witnessing.unwitnessed()
    assert waiting["unwitnessed"] == entries.state()["entries"]
    assert 0 <= waiting["oldest"] < 60
    cosign(inspection, front)
    assert witnessing.unwitnessed()["unwitnessed"] == 0
    assert witnessing.unwitnessed()["oldest"] is None
    record_many(4, word="later")
    assert (witnessing.unwitnessed()["unwitnessed"], witnessing.unwitnessed()["oldest"] is not None) == (4, True)
    sealing.seal()
    assert (witnessing.unwitnessed()["unwitnessed"], witnessing.unwitnessed()["oldest"] is not None) == (4, True)


def test_registering_and_ending_a_witness_are_acts_with_entries(journal: Any, a_witness: Any) -> None:
    inspection = a_witness("inspection", "Inspection committee")
    (row,) = witnessing.witnesses()
    assert (row.entry.act, row.entry.about_id, row.entry.by_label) == ("witness.registered", "inspection", NAM.label)
    assert row.entry.payload == {"key": str(inspection.key), "body": "Inspection committee"}
    entry = grown()
    cosign(inspection)
    ended = witnessing.withdraw(name="inspection", by=NAM, on=ON)
    assert ended.entry.act == "witness.withdrawn"
    assert witnessing.witnesses() == []
    grown(2, "more")
    with pytest.raises(witnessing.NotAccepted, match="No registered witness"):
        cosign(inspection)
    front, third = a_witness("front", "B"), a_witness("third", "C")
    cosign(front, third)
    assert witnessing.witnessed(entry).size > 3
    with pytest.raises(witnessing.NotAccepted, match="No witness is registered under the name inspection"):
        witnessing.withdraw(name="inspection", by=NAM, on=ON)


def test_a_name_or_key_is_registered_once_and_a_body_is_needed(a_witness: Any) -> None:
    inspection = a_witness("inspection", "A")
    other = verifier.Key("inspection", Ed25519PrivateKey.generate().public_key().public_bytes_raw(), verifier.WITNESS)
    same = verifier.Key("other", inspection.key.public, verifier.WITNESS)
    for key in (other, same):
        with pytest.raises(witnessing.NotAccepted, match="is registered: inspection"):
            witnessing.register(public=str(key), body="B", by=NAM, on=ON)
    with pytest.raises(witnessing.NotAccepted, match="Name the body"):
        witnessing.register(public=str(other), body="  ", by=NAM, on=ON)
    with pytest.raises(verifier.Unreadable, match="public key of a witness"):
        witnessing.register(public=str(keys.signer().key), body="B", by=NAM, on=ON)


def test_an_answer_is_kept_only_if_it_is_true_registered_and_of_a_checkpoint_of_ours(a_witness: Any, tmp_path: Path) -> None:
    inspection = a_witness("inspection", "A")
    stranger = witness.Witness.made(tmp_path / "stranger", name="inspection", journal=keys.signer().key)
    grown()
    offer = witnessing.offer(0)
    note = witness.read_request(offer).note
    cosigned = inspection.cosign(offer)
    other = keys.signer().checkpoint(2, bytes(32)) + cosigned.splitlines(keepends=True)[-1]
    for wrong, said in (
        (note, "No registered witness"),
        (stranger.cosign(offer), "No registered witness"),
        (cosigned[:-8] + "AAAA" + cosigned[-4:], "No registered witness"),
        (other, "has signed no such checkpoint of 2"),
    ):
        with pytest.raises((witnessing.NotAccepted, verifier.Unreadable), match=said):
            witnessing.accept(wrong)
    assert Cosignature.objects.count() == 0
    (kept,) = witnessing.accept(cosigned)
    assert witnessing.accept(cosigned) == [kept], "the same once more is the same"
    assert witnessing.speaks(kept)


def test_a_cosignature_from_the_future_is_refused(a_witness: Any) -> None:
    inspection = a_witness("inspection", "A")
    grown()
    cosigned = inspection.cosign(witnessing.offer(0), now=lambda: datetime.now().timestamp() + 3600)
    with pytest.raises(witnessing.NotAccepted, match="lies ahead of the clock here"):
        witnessing.accept(cosigned)


def test_a_row_that_was_put_in_past_the_service_counts_for_nothing(a_witness: Any) -> None:
    inspection, front = a_witness("inspection", "A"), a_witness("front", "B")
    entry = grown()
    cosign(inspection)
    true = Cosignature.objects.get()
    forged = Cosignature.objects.create(
        witness=Witness.objects.get(name="front"), size=true.size, root=bytes(true.root), text=true.text,
        signed_at=true.signed_at, signature=front.key.number + bytes(true.signature)[4:], received_at=true.received_at,
    )  # fmt: skip
    assert not witnessing.speaks(forged)
    assert witnessing.witnessed(entry) is None
    assert "cosignature of front over" in str(verification.verify(key=keys.signer().key).problem)


def test_a_true_cosignature_does_not_count_for_another_head_or_moment(a_witness: Any) -> None:
    inspection = a_witness("inspection", "A")
    grown()
    cosign(inspection)
    kept = Cosignature.objects.select_related("witness").get()
    for field, value in (("size", kept.size + 1), ("root", bytes(32)), ("signed_at", kept.signed_at - timedelta(seconds=1))):
        other = Cosignature.objects.select_related("witness").get()
        setattr(other, field, value)
        assert not witnessing.speaks(other), field


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("table", ["journal_witness", "journal_cosignature"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_witnesses_said_cannot_be_changed_or_removed(table: str, statement: str) -> None:
    for using in ("default", "owner"):
        with pytest.raises(DatabaseError, match="permission denied|only grows"), transaction.atomic(using=using):
            connections[using].cursor().execute(statement.format(table))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('canbo_app', %s, 'INSERT'), has_table_privilege('canbo_app', %s, 'UPDATE')", [table] * 2
        )
        assert cursor.fetchone() == (True, False)


def test_a_proof_of_a_witnessed_entry_carries_its_witnesses(a_witness: Any) -> None:
    inspection, front = a_witness("inspection", "A"), a_witness("front", "B")
    entry = grown()
    with pytest.raises(proofs.NoProof, match="is not witnessed yet: 2 bodies must cosign"):
        witnessing.proof(entry)
    cosign(inspection, front)
    bundle = witnessing.proof(entry)
    head = verifier.read_checkpoint(bundle["checkpoint"])
    assert "is at position" in verifier.check_inclusion(bundle, keys.signer().key)
    for each in (inspection, front):
        assert verifier.cosigned_at(head, each.key) is not None
    assert verifier.cosigned_at(head, verifier.Key("front", inspection.key.public, verifier.WITNESS)) is None


def test_verify_holds_the_journal_against_what_witnesses_cosigned(a_witness: Any) -> None:
    inspection = a_witness("inspection", "A")
    grown()
    cosign(inspection)
    report = verification.verify(key=keys.signer().key)
    assert (report.ok, report.cosigned_to) == (True, report.entries)


def test_an_offer_to_somebody_who_saw_more_is_made_as_it_is(journal: Any) -> None:
    grown()
    request = witness.read_request(witnessing.offer(10_000))
    assert (request.old, request.proof) == (10_000, [])

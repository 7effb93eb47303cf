"""Sealing: contiguous positions whatever commits when, one sealer at a time, nothing lost."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from canbo.journal import entries, keys, merkle, sealing, stored, verification, verifier
from canbo.journal.models import Checkpoint, Entry, Node, Position, Seal
from tests.journal.acts import NAM, record, record_many, together


@pytest.fixture
def key_file(tmp_path: Path, settings: Any) -> Path:
    settings.CANBO_JOURNAL_KEY_FILE = tmp_path / "journal.key"
    settings.CANBO_JOURNAL_ORIGIN = "canbo/tried"
    return tmp_path / "journal.key"


def positions() -> list[tuple[int, int]]:
    return list(Position.objects.order_by("position").values_list("position", "entry_id"))


@pytest.mark.django_db
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_entries_get_contiguous_positions_and_the_root_is_that_of_their_leaves(batch: int) -> None:
    sealing.seal()
    start = Position.objects.count()
    ids = record_many(20)
    assert sealing.seal(batch=batch) == 20
    assert positions()[start:] == [(start + number, id) for number, id in enumerate(ids)]
    leaves = [bytes(leaf) for leaf in Position.objects.order_by("position").values_list("leaf_hash", flat=True)]
    last = Seal.objects.order_by("-size").first()
    assert last is not None
    assert (last.size, bytes(last.root)) == (start + 20, merkle.root(leaves))
    assert sealing.seal() == 0


@pytest.mark.django_db
def test_every_eighth_level_of_the_tree_is_stored_and_gives_every_node_back() -> None:
    record_many(600)
    sealing.seal(batch=97)
    size = Position.objects.count()
    leaves = [bytes(leaf) for leaf in Position.objects.order_by("position").values_list("leaf_hash", flat=True)]
    assert set(Node.objects.values_list("level", "index")) == {(8, index) for index in range(size >> 8)}
    tree = stored.Tree()
    for level in range(10):
        for index in range(size >> level):
            assert tree.node(level, index) == merkle.root(leaves[index << level : (index + 1) << level])
    assert all(tree.root(part) == merkle.root(leaves[:part]) for part in range(0, size + 1, 37))


def held_open(number: int, key: str) -> tuple[Callable[[], None], threading.Event]:
    """A transaction that recorded an entry and does not end until it is told to; gives how to end it."""
    recorded, end = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            entries.record("late.act", by=NAM, key=key)
            recorded.set()
            end.wait(30)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    recorded.wait(30)

    def finish() -> None:
        end.set()
        thread.join(30)

    return finish, recorded


@pytest.mark.parametrize("restarted", [False, True])
def test_an_entry_that_commits_late_gets_a_later_position(own_register: str, restarted: bool) -> None:
    memory = sealing.Memory()
    finish, _recorded = held_open(1, "late")
    later = [record(number).pk for number in range(3)]
    for _round in range(3):
        sealing.seal(memory=memory)
    assert memory.settled < min(later), "nothing above an open transaction may count as settled"
    assert [id for _position, id in positions()[-3:]] == later
    finish()
    late = entries.once("late")
    assert late is not None
    assert late.pk < min(later)
    memory = sealing.Memory() if restarted else memory
    assert sealing.seal(memory=memory) == 1
    assert positions()[-1] == (len(positions()) - 1, late.pk)


def test_ids_that_never_come_are_given_up_once_their_transaction_has_ended(own_register: str) -> None:
    memory = sealing.Memory()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        entries.record("rolled.back", by=NAM)
        _ = 1 // 0
    last = record(1).pk
    sealing.seal(memory=memory)
    assert memory.settled == last
    record(2)
    sealing.seal(memory=memory)
    seal = Seal.objects.order_by("-size").first()
    assert seal is not None
    assert seal.settled == memory.settled == last + 1


def test_two_sealers_and_writers_of_every_pace_lose_nothing(own_register: str) -> None:
    committed: list[int] = []

    def writer(seed: int) -> None:
        own = random.Random(seed)
        for _act in range(25):
            try:
                with transaction.atomic():
                    many = own.random() < 0.2
                    made = (
                        entries.record_many([entries.Act("race.many", NAM)] * own.randint(1, 5))
                        if many
                        else [entries.record("race.one", by=NAM, payload={"seed": seed}).pk]
                    )
                    time.sleep(own.choice([0, 0, 0.001, 0.01, 0.05]))
                    if own.random() < 0.15:
                        raise ZeroDivisionError
                committed.extend(made)
            except ZeroDivisionError:
                pass

    sealers = [sealing.Sealer(every=0.003, checkpoint_every=1e9).start() for _ in range(2)]
    problems = [p for p in together(*[partial(writer, seed) for seed in range(6)]) if p is not None]
    for sealer in sealers:
        sealer.stop()
    assert problems == []
    assert sealing.seal() == 0, "the sealers left entries behind"
    found = positions()
    assert [position for position, _id in found] == list(range(len(found)))
    assert set(committed) <= {id for _position, id in found}
    assert {id for _position, id in found} == set(Entry.objects.values_list("pk", flat=True))
    report = verification.verify()
    assert (report.ok, report.entries, report.problem) == (True, len(found), None)
    assert Seal.objects.count() > 3  # fewer where the machine is busy


def test_the_journal_can_be_verified_while_it_is_written_and_sealed(own_register: str) -> None:
    stop = threading.Event()

    def writer() -> None:
        while not stop.is_set():
            record_many(5, word=f"busy.{time.monotonic_ns()}")

    def reader() -> list[verification.Report]:
        try:
            return [verification.verify() for _reading in range(25)]
        finally:
            stop.set()

    with sealing.Sealer(every=0.002, checkpoint_every=1e9):
        *_none, reports = together(writer, writer, reader)
    assert [report.problem for report in reports if not report.ok] == []
    assert reports[-1].entries > reports[0].entries


def test_a_long_reader_does_not_keep_the_sealer_from_settling(own_register: str) -> None:
    last = record().pk
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_entry")
        memory = sealing.Memory()
        sealing.seal(memory=memory)
        assert memory.settled == last


def test_one_who_may_not_wait_leaves_the_work_to_the_sealer_that_is_at_it(own_register: str) -> None:
    record_many(5)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.SEALER_LOCK])
        assert sealing.seal(wait=False) == 0
    assert sealing.seal(wait=False) >= 5


@pytest.mark.django_db
def test_a_checkpoint_is_signed_and_stored_once_for_each_size(key_file: Path) -> None:
    record_many(3)
    sealing.seal()
    first, again = sealing.checkpoint(), sealing.checkpoint()
    assert first.pk == again.pk
    head = verifier.check_checkpoint(first.note, keys.signer().key)
    assert (head.origin, head.size, head.root) == ("canbo/tried", first.size, bytes(first.root))
    record()
    sealing.seal()
    assert sealing.checkpoint().size == first.size + 1


def test_a_running_sealer_seals_and_signs_by_itself(own_register: str, key_file: Path) -> None:
    with sealing.Sealer(every=0.01, checkpoint_every=0.01):
        ids = record_many(4)
        until = time.monotonic() + 20
        while time.monotonic() < until and not Checkpoint.objects.filter(size__gte=4).exists():
            time.sleep(0.01)
        assert set(ids) <= {id for _position, id in positions()}
        last = record().pk
    assert positions()[-1][1] == last, "the last round comes when it is stopped"
    head = Checkpoint.objects.order_by("-size").first()
    assert head is not None
    assert head.size == len(positions())


def test_a_sealer_without_a_usable_key_seals_on_and_says_so(
    own_register: str, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key_file.mkdir(mode=0o700)
    with caplog.at_level(logging.ERROR), sealing.Sealer(every=0.01, checkpoint_every=0.01):
        record()
    assert sealing.seal() == 0
    assert "journal.key" in caplog.text


def test_a_sealer_outlives_the_loss_of_its_connection(own_register: str, key_file: Path) -> None:
    with sealing.Sealer(every=0.01, checkpoint_every=1e9):
        record()
        for _time in range(3):
            with connections["default"].cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
                )
            record()
            time.sleep(0.02)
    assert sealing.seal() == 0
    assert verification.verify().ok


def test_a_sealer_does_not_go_on_from_a_journal_that_was_cut_off(own_register: str) -> None:
    memory = sealing.Memory()
    record_many(10)
    sealing.seal(memory=memory)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for table in ("position", "seal"):
            cursor.execute(f"ALTER TABLE journal_{table} DISABLE TRIGGER only_grows")
        cursor.execute("DELETE FROM journal_position WHERE position >= 4")
        cursor.execute("DELETE FROM journal_seal")
    with pytest.raises(stored.Broken, match="cut off, or an old backup"):
        sealing.seal(memory=memory)


def test_a_sealer_does_not_go_on_from_altered_leaves(own_register: str) -> None:
    record_many(10)
    sealing.seal()
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE journal_position DISABLE TRIGGER only_grows")
        cursor.execute("UPDATE journal_position SET leaf_hash = sha256('forged') WHERE position = 2")
    record()
    with pytest.raises(stored.Broken, match="not the one sealed before"):
        sealing.seal()

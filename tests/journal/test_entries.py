"""Recording: in the transaction of the act, once per key, never changed afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from canbo.journal import content, entries, sealing, verifier
from canbo.journal.models import Content, Entry
from tests.journal.acts import NAM, Someone, record, record_many, together

TABLES = ["journal_entry", "journal_content", "journal_position", "journal_node", "journal_seal", "journal_checkpoint"]


@pytest.mark.django_db
def test_an_entry_keeps_who_did_what_about_what_for_which_day() -> None:
    payload = {"quota": 3, "name": "Phòng Nội vụ"}
    written = record(7, on=date(2025, 7, 1), payload=payload, key="request-1")
    kept = Entry.objects.get(pk=written.pk)
    assert (kept.act, kept.by_id, kept.by_label) == ("post.founded", 5, "Trần Văn Nam")
    assert (kept.about_kind, kept.about_id, kept.on_day, kept.key) == ("registry.post", "7", date(2025, 7, 1), "request-1")
    assert abs(datetime.now(UTC) - kept.recorded_at) < timedelta(minutes=5)
    assert kept.payload == payload


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"by": None, "about": None},
        {"by": Someone(None, 'says "yes"\\ \n\t\u2028 đ 𠀋')},
        {"key": 'k"\\\x7f', "payload": {}},
        {"about": ("kind", "a/b c")},
        {"on": date(1, 1, 1)},
    ],
)
def test_the_leaf_is_the_hash_of_what_is_stored(given: dict[str, Any]) -> None:
    kept = Entry.objects.get(pk=record(**given).pk)
    assert verifier.entry_leaf(kept.metadata()) == bytes(kept.leaf_hash)


@pytest.mark.django_db
def test_the_commitment_opens_only_to_the_content_and_its_salt() -> None:
    written = record(payload={"a": 1})
    kept = Content.objects.get(pk=written.pk)
    assert verifier.commitment(bytes(kept.salt), kept.payload) == written.commitment
    again = record(payload={"a": 1})
    assert again.commitment != written.commitment, "equal contents must not be seen to be equal"


@pytest.mark.django_db
def test_an_entry_may_be_about_a_saved_thing() -> None:
    thing = record()
    assert (record(about=thing).about_kind, record(about=thing).about_id) == ("journal.entry", str(thing.pk))
    assert [found.about_id for found in entries.about(thing)] == [str(thing.pk)] * 2
    with pytest.raises(content.Unrecordable, match="not saved yet"):
        record(about=Entry())


def test_an_entry_outside_a_transaction_is_refused(own_register: str) -> None:
    with pytest.raises(entries.OutsideTransaction, match="act and entry could part"):
        entries.record("post.founded", by=NAM)
    with pytest.raises(entries.OutsideTransaction):
        entries.record_many([entries.Act("post.founded")])


def test_an_act_that_fails_leaves_no_entry(own_register: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        entries.record("post.founded", by=NAM, key="failed")
        _ = 1 // 0
    assert entries.once("failed") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"key": "a\x00"}, "key contains a NUL"),
        ({"by": Someone(1, "a\x00")}, "by contains a NUL"),
        ({"about": ("k", "\x00")}, "about contains a NUL"),
        ({"payload": {"a": "\x00"}}, "content.a contains a NUL"),
        ({"payload": {"a": float("nan")}}, "not a number"),
        ({"on": datetime(2025, 7, 1, tzinfo=UTC)}, "is a day, not the moment"),
        ({"key": "k" * 501}, "at most 500"),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused(given: dict[str, Any], said: str) -> None:
    before = Entry.objects.count()
    with pytest.raises(content.Unrecordable, match=said):
        record(**given)
    assert Entry.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["", " "])
def test_an_act_needs_a_name(act: str) -> None:
    with pytest.raises(content.Unrecordable, match="name of its act"):
        entries.record(act, by=NAM)


# --- once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_second_act_with_a_key_is_told_of_the_first() -> None:
    first = record(1, key="once")
    with pytest.raises(entries.AlreadyRecorded) as told, transaction.atomic():
        record(2, key="once")
    assert told.value.entry.pk == first.pk
    found = entries.once("once")
    assert found is not None
    assert (found.pk, found.about_id) == (first.pk, "1")
    assert entries.once("never") is None


def test_of_eight_at_the_same_moment_with_one_key_one_acts(own_register: str) -> None:
    for round_ in range(10):
        found = together(*[partial(record, number, key=f"race-{round_}") for number in range(8)])
        done = [result for result in found if isinstance(result, Entry)]
        told = [result for result in found if isinstance(result, entries.AlreadyRecorded)]
        assert (len(done), len(told)) == (1, 7), found
        assert {problem.entry.pk for problem in told} == {done[0].pk}
        assert Entry.objects.filter(key=f"race-{round_}").count() == 1


# --- many -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_many_acts_are_recorded_in_their_order_with_true_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "BATCH", 7)
    ids = record_many(30)
    kept = list(Entry.objects.filter(pk__in=ids).order_by("pk"))
    assert [entry.pk for entry in kept] == ids
    assert [entry.about_id for entry in kept] == [str(number) for number in range(30)]
    assert all(verifier.entry_leaf(entry.metadata()) == bytes(entry.leaf_hash) for entry in kept)
    assert [entry.payload is None for entry in kept] == [number % 3 == 0 for number in range(30)]
    assert kept[1].payload == {"number": 1, "name": "Phòng Nội vụ"}


@pytest.mark.django_db
def test_many_acts_with_a_key_of_an_earlier_one_are_refused_and_the_earlier_is_named() -> None:
    first = record(key="post.founded/3")
    with pytest.raises(entries.AlreadyRecorded) as told, transaction.atomic():
        record_many(10)
    assert told.value.entry.pk == first.pk


@pytest.mark.django_db
def test_a_key_that_stands_twice_among_many_acts_is_refused() -> None:
    with pytest.raises(content.Unrecordable, match="'k' stands 2 times"), transaction.atomic():
        entries.record_many([entries.Act("a.b", key="k"), entries.Act("a.b", key="k")])


@pytest.mark.django_db
def test_no_acts_are_no_entries() -> None:
    with transaction.atomic():
        assert entries.record_many([]) == []


# --- it only grows --------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_the_application_role_cannot_change_the_journal(table: str) -> None:
    record_many(3)
    sealing.seal()
    column = {"journal_content": "salt", "journal_node": "hash", "journal_seal": "root", "journal_checkpoint": "note"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user")
        assert cursor.fetchone() == ("canbo_app", "canbo_app"), "the programs must connect as the application role"
        for statement in (
            f"UPDATE {table} SET {column.get(table, 'leaf_hash')} = NULL",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER only_grows",
            f"DROP TABLE {table} CASCADE",
            "DROP FUNCTION journal_only_grows() CASCADE",
            "SELECT setval('journal_entry_id_seq', 1)",
            "SET ROLE canbo_owner",
        ):
            with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
                cursor.execute(statement)


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("table", TABLES)
def test_the_owner_is_refused_too_while_the_triggers_stand(table: str) -> None:
    key = {"journal_content": "salt", "journal_node": "hash", "journal_seal": "root", "journal_checkpoint": "note"}
    with connections["owner"].cursor() as cursor:
        for statement in (
            f"UPDATE {table} SET {key.get(table, 'leaf_hash')} = NULL",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(IntegrityError, match="The journal only grows"), transaction.atomic(using="owner"):
                cursor.execute(statement)


# --- reading --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_latest_come_first_page_by_page() -> None:
    ids = record_many(10)
    first = entries.recent(4)
    assert [entry.pk for entry in first] == ids[:5:-1]
    assert [entry.pk for entry in entries.recent(3, before=first[-1].pk)] == ids[5:2:-1]
    assert [entry.pk for entry in entries.recent(9, about=("registry.post", 2))] == [ids[2]]
    assert len(entries.recent(9, about="registry.post")) == 9
    assert entries.recent(9, about="registry.person") == []


@pytest.mark.django_db
def test_the_state_tells_what_waits_and_what_is_sealed() -> None:
    sealing.seal()
    before = entries.state()
    record_many(5)
    waiting = entries.state()
    assert (waiting["entries"], waiting["unsealed"]) == (before["entries"] + 5, 5)
    assert waiting["oldest_unsealed_seconds"] >= 0
    sealing.seal()
    sealed = entries.state()
    assert (sealed["sealed"], sealed["unsealed"], sealed["oldest_unsealed_seconds"]) == (waiting["entries"], 0, None)
    assert sealed["root"] != before["root"]
    assert sealed["last_checkpoint"] is None
    made = sealing.checkpoint()
    assert entries.state()["last_checkpoint"]["root"] == bytes(made.root).hex() == sealed["root"]
    assert entries.recent(1)[0].sealed.position == sealed["sealed"] - 1


@pytest.mark.django_db
def test_an_empty_state_can_be_shown(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        assert entries.state()["entries"] >= 0

"""A vote with anonymous tokens from the frozen roll to the count, and a clear answer to whatever does not fit."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from canbo.ballots import device, elections, forms, keys
from canbo.ballots.models import Ballot, Election, Held, Issue, Issuer, Voter
from canbo.ballots.recount import recount
from canbo.ballots.refused import Refused
from canbo.journal.models import Entry
from tests.ballots import halls
from tests.ballots.halls import FRONT, OFFICE, Clerk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_keys")]


def refused(reason: str, call: Any, **given: Any) -> str:
    """Assert that a call is refused for this reason; the sentence."""
    with pytest.raises(Refused) as answer, transaction.atomic():
        call(**given)
    assert answer.value.reason == reason, answer.value
    return str(answer.value)


# --- the whole way --------------------------------------------------------------------------------------------------


def test_a_vote_is_prepared_opened_cast_closed_and_counted_and_the_recount_agrees(
    monkeypatch: pytest.MonkeyPatch, keys_apart: Path, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(keys, "BITS", 3072)  # as they are drawn outside tests
    vote = halls.opened(5, present=4)
    choices: list[dict[str, str]] = [{"an": "yes"}, {"an": "yes"}, {"binh": "yes"}, {}]
    receipts = [halls.voted(vote, 1000 + number, choice) for number, choice in enumerate(choices)]
    assert len(list(keys_apart.iterdir())) == 3
    with django_capture_on_commit_callbacks(execute=True):
        elections.close(election=vote.pk, by=Clerk)
    found = elections.count(election=vote.pk)
    assert (found.convened, found.present, found.issued, found.collected) == (5, 4, 4, 4)
    assert (found.valid, found.blank, found.invalid, found.damaged) == (3, 1, 0, 0)
    assert found.per_option == {"an": {"yes": 2}, "binh": {"yes": 1}, "chi": {"yes": 0}}
    file = elections.ballots_file(election=vote.pk)
    again = recount(json.loads(file))
    assert again["ok"], again["checks"]
    assert again["count"] == {name: found.as_dict()[name] for name in again["count"]}
    published = {ballot["receipt"]: ballot["choice"] for ballot in json.loads(file)["ballots"]}
    assert published == dict(zip(receipts, choices, strict=True))
    assert list(keys_apart.iterdir()) == []
    assert not Held.objects.exists() and set(Issuer.objects.values_list("sealed", flat=True)) == {None}


def test_who_closes_twice_finds_it_closed() -> None:
    vote = halls.opened(1)
    halls.voted(vote, 1000, {})
    first = elections.close(election=vote.pk, by=Clerk)
    second = elections.close(election=vote.pk, by=Clerk)
    assert first.result == second.result
    assert Entry.objects.filter(act="ballot.closed").count() == 1


def test_every_act_but_casting_leaves_an_entry_and_none_of_them_names_a_choice_or_serial() -> None:
    vote = halls.opened(1, present=1)
    ballot = halls.signed(vote, 1000, {"chi": "yes"})
    before = Entry.objects.count()
    elections.cast(election=vote.pk, **ballot)
    assert Entry.objects.count() == before
    elections.close(election=vote.pk, by=Clerk)
    acts = list(Entry.objects.order_by("pk").values_list("act", flat=True))
    assert acts == ["ballot.prepared", "ballot.opened", "ballot.present", "ballot.issued", "ballot.issued", "ballot.closed"]
    said = " ".join(str(entry.payload) for entry in Entry.objects.all())
    assert ballot["serial"] not in said and forms.receipt(bytes(vote.terms_hash), bytes.fromhex(ballot["serial"])) not in said


def test_an_act_with_a_key_happens_once() -> None:
    now = timezone.now()
    given: dict[str, Any] = {
        "about": "case:1", "title": "t", "options": halls.OPTIONS, "choose": halls.ONE, "tier": "T1", "roll": [(1, 1)],
        "issuers": [OFFICE, FRONT], "opens": now, "closes": now + timedelta(hours=1), "by": Clerk,
    }  # fmt: skip
    first = elections.prepare(**given, key="k")
    assert elections.prepare(**given, key="k").pk == first.pk
    assert Election.objects.count() == 1
    assert "another" in refused("used", elections.open, election=first.pk, by=Clerk, key="k")


# --- a clear answer each --------------------------------------------------------------------------------------------


def test_who_is_not_on_the_roll_gets_no_ballot() -> None:
    vote = halls.opened(1)
    mine = device.Vote(halls.terms(vote), {})
    refused("roll", elections.issue, election=vote.pk, voter=9, issuer=OFFICE, blinded=mine.blinded(OFFICE), by=Clerk)
    refused("roll", elections.mark_present, election=vote.pk, voter=9, by=Clerk)


def test_who_is_absent_gets_no_ballot() -> None:
    vote = halls.opened(2, present=1)
    mine = device.Vote(halls.terms(vote), {})
    refused("present", elections.issue, election=vote.pk, voter=1001, issuer=OFFICE, blinded=mine.blinded(OFFICE), by=Clerk)


def test_an_issuer_asked_twice_signs_nothing_new_but_repeats_its_answer() -> None:
    vote = halls.opened(1)
    mine, other = device.Vote(halls.terms(vote), {"an": "yes"}), device.Vote(halls.terms(vote), {"binh": "yes"})
    blinded = mine.blinded(OFFICE)
    ask: dict[str, Any] = {"election": vote.pk, "voter": 1000, "issuer": OFFICE, "by": Clerk}
    answer = elections.issue(**ask, blinded=blinded)
    assert elections.issue(**ask, blinded=blinded) == answer
    refused("issued", elections.issue, **ask, blinded=other.blinded(OFFICE))
    assert Issue.objects.count() == 1
    assert Entry.objects.filter(act="ballot.issued").count() == 1


def test_one_issuer_alone_makes_no_ballot() -> None:
    vote = halls.opened(1)
    mine = device.Vote(halls.terms(vote), {"an": "yes"})
    mine.finish(OFFICE, elections.issue(election=vote.pk, voter=1000, issuer=OFFICE, blinded=mine.blinded(OFFICE), by=Clerk))
    ballot = mine.ballot()
    refused("unreadable", elections.cast, election=vote.pk, **ballot)
    ballot["signatures"][str(FRONT)] = ballot["signatures"][str(OFFICE)]
    refused("forged", elections.cast, election=vote.pk, **ballot)


def test_a_body_that_issues_nothing_and_a_number_that_cannot_be_signed_are_refused() -> None:
    vote = halls.opened(1)
    blinded = device.Vote(halls.terms(vote), {}).blinded(OFFICE)
    ask: dict[str, Any] = {"election": vote.pk, "voter": 1000, "by": Clerk}
    refused("issuer", elections.issue, **ask, issuer=99, blinded=blinded)
    for wrong in (b"", bytes(len(blinded)), b"\xff" * len(blinded), blinded[:-1], blinded + b"\x00"):
        refused("unreadable", elections.issue, **ask, issuer=OFFICE, blinded=wrong)


def test_a_token_is_used_once_and_the_second_time_gives_the_receipt_again() -> None:
    vote = halls.opened(1)
    ballot = halls.signed(vote, 1000, {"an": "yes"})
    receipt = elections.cast(election=vote.pk, **ballot)
    assert receipt in refused("reused", elections.cast, election=vote.pk, **ballot)
    assert Held.objects.count() == 1


def test_a_ballot_whose_choice_was_changed_on_the_way_is_forged() -> None:
    vote = halls.opened(1)
    ballot = halls.signed(vote, 1000, {"an": "yes"})
    refused("forged", elections.cast, election=vote.pk, **{**ballot, "choice": {"binh": "yes"}})
    assert elections.cast(election=vote.pk, **ballot)


def test_a_ballot_of_another_vote_is_forged() -> None:
    one, other = halls.opened(1), halls.opened(1)
    refused("forged", elections.cast, election=other.pk, **halls.signed(one, 1000, {}))


@pytest.mark.parametrize("choice", [{"nobody": "yes"}, {"an": "long live the committee"}, {"an": 1}, ["an"], "an", None])
def test_words_of_ones_own_are_no_choice(choice: Any) -> None:
    vote = halls.opened(1)
    refused("choice", elections.cast, election=vote.pk, **{**halls.signed(vote, 1000, {}), "choice": choice})


def test_a_vote_after_the_hour_or_after_closing_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    vote = halls.opened(2)
    ballot = halls.signed(vote, 1000, {})
    halls.after_closing(monkeypatch, vote)
    refused("late", elections.cast, election=vote.pk, **ballot)
    refused("late", elections.mark_present, election=vote.pk, voter=1000, by=Clerk)
    elections.close(election=vote.pk, by=Clerk)
    refused("state", elections.cast, election=vote.pk, **ballot)
    assert elections.count(election=vote.pk).collected == 0


def test_a_vote_opens_at_its_hour_and_not_before() -> None:
    now = timezone.now()
    vote = halls.prepared(1, opens=now + timedelta(minutes=5), closes=now + timedelta(hours=1))
    refused("early", elections.open, election=vote.pk, by=Clerk)
    refused("state", elections.mark_present, election=vote.pk, voter=1000, by=Clerk)


def test_nobody_closes_early_while_somebody_present_has_not_cast() -> None:
    vote = halls.opened(2)
    halls.voted(vote, 1000, {})
    refused("early", elections.close, election=vote.pk, by=Clerk)


def test_no_count_is_given_before_closing() -> None:
    vote = halls.opened(1)
    halls.voted(vote, 1000, {"an": "yes"})
    refused("state", elections.count, election=vote.pk)
    refused("state", elections.ballots_file, election=vote.pk)


def test_a_vote_whose_quorum_is_lost_is_ended_and_its_box_never_read(
    keys_apart: Path, django_capture_on_commit_callbacks: Any
) -> None:
    vote = halls.opened(3)
    halls.voted(vote, 1000, {"an": "yes"})
    elections.mark_present(election=vote.pk, voter=1002, present=False, by=Clerk)
    assert elections.attendance(vote) == (2, 1, 1)
    assert "counts as present" in refused("issued", elections.mark_present, election=vote.pk, voter=1000, present=False, by=Clerk)
    with django_capture_on_commit_callbacks(execute=True):
        elections.abandon(election=vote.pk, reason="the quorum was lost", by=Clerk)
    assert not Held.objects.exists() and not Ballot.objects.exists() and not list(keys_apart.iterdir())
    refused("state", elections.count, election=vote.pk)
    refused("state", elections.close, election=vote.pk, by=Clerk)


def test_more_marks_than_allowed_are_an_invalid_ballot_and_counted_apart() -> None:
    vote = halls.opened(2, choose={"kind": "approve_each", "at_most": 2})
    halls.voted(vote, 1000, {"an": "yes", "binh": "yes", "chi": "yes"})
    halls.voted(vote, 1001, {"an": "yes", "binh": "no"})
    elections.close(election=vote.pk, by=Clerk)
    found = elections.count(election=vote.pk)
    assert (found.valid, found.invalid) == (1, 1)
    assert found.per_option["binh"] == {"yes": 0, "no": 1} and found.levels == ["yes", "no"]


def test_confidence_is_counted_by_level() -> None:
    vote = halls.opened(2, choose={"kind": "levels", "levels": ["high", "confident", "low"]})
    halls.voted(vote, 1000, {"an": "high", "binh": "low"})
    halls.voted(vote, 1001, {"an": "high"})
    elections.close(election=vote.pk, by=Clerk)
    assert elections.count(election=vote.pk).per_option["an"] == {"high": 2, "confident": 0, "low": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"tier": "T2"}, {"issuers": [OFFICE]}, {"issuers": [OFFICE, OFFICE]}, {"roll": []}, {"roll": [(1, 1), (1, 2)]},
        {"options": []}, {"options": [{"id": "a", "label": "A"}] * 2}, {"options": [{"id": "A B", "label": "A"}]},
        {"options": [{"id": "a", "label": " "}]}, {"choose": {"kind": "rank"}}, {"choose": {"kind": "levels", "levels": ["x"]}},
        {"choose": {"kind": "approve_each", "at_most": 4}}, {"choose": {"kind": "one", "levels": ["a", "b"]}},
        {"closes": timezone.now() - timedelta(days=1)},
    ],
)  # fmt: skip
def test_terms_that_make_no_vote_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as answer:
        halls.prepared(**wrong)
    assert answer.value.reason == "terms"


def test_a_missing_key_file_is_named_and_a_readable_one_refused(keys_apart: Path) -> None:
    vote = halls.opened(1)
    ballot = halls.signed(vote, 1000, {})
    file = keys_apart / f"{vote.ident}.{keys.HOLDING}"
    file.chmod(0o644)
    assert "chmod 600" in refused("key", elections.cast, election=vote.pk, **ballot)
    file.rename(keys_apart / "elsewhere")
    assert file.name in refused("key", elections.cast, election=vote.pk, **ballot)
    (keys_apart / "elsewhere").rename(file)
    file.chmod(0o600)
    assert elections.cast(election=vote.pk, **ballot)


def test_a_held_ballot_that_was_tampered_with_is_counted_as_damaged_and_stops_nothing() -> None:
    vote = halls.opened(2)
    for voter in (1000, 1001):
        halls.voted(vote, voter, {"an": "yes"})
    held = Held.objects.first()
    assert held is not None
    mark, sealed = bytes(held.mark), bytes(held.sealed)
    with pytest.raises(DatabaseError), transaction.atomic():
        Held.objects.filter(pk=mark).update(sealed=sealed[::-1])
    Held.objects.filter(pk=mark).delete()
    Held.objects.create(mark=mark, election=vote, sealed=sealed[::-1])
    elections.close(election=vote.pk, by=Clerk)
    found = elections.count(election=vote.pk)
    assert (found.collected, found.damaged, found.issued) == (1, 1, 2)


# --- the database holds it too --------------------------------------------------------------------------------------


def broken(statement: Any) -> str:
    with pytest.raises(DatabaseError) as answer, transaction.atomic():
        statement()
    return str(answer.value)


def test_the_roll_is_frozen_once_the_vote_is_open() -> None:
    vote = halls.opened(1)
    assert "frozen" in broken(lambda: Voter.objects.create(election=vote, person=5, body=1))
    assert "permission denied" in broken(lambda: vote.roll.update(person=6))
    assert "permission denied" in broken(lambda: vote.roll.all().delete())


def test_a_roll_that_was_lengthened_before_opening_does_not_open() -> None:
    vote = halls.prepared(1)
    Voter.objects.create(election=vote, person=5, body=1)
    assert "roll" in refused("terms", elections.open, election=vote.pk, by=Clerk)


def test_terms_states_and_ballots_are_not_rewritten_by_the_application() -> None:
    vote = halls.opened(1)
    halls.voted(vote, 1000, {"an": "yes"})
    elections.close(election=vote.pk, by=Clerk)
    assert "permission denied" in broken(lambda: Election.objects.filter(pk=vote.pk).update(title="another"))
    assert "cannot become" in broken(lambda: Election.objects.filter(pk=vote.pk).update(state="open"))
    assert "permission denied" in broken(lambda: Ballot.objects.filter(election=vote).update(choice={}))
    assert "not open" in broken(lambda: Ballot.objects.create(election=vote, serial="00", receipt="", choice={}, signatures={}))
    assert "not open" in broken(lambda: Held.objects.create(mark=b"1", election=vote, sealed=b"1"))


def test_the_database_issues_nothing_to_the_absent_and_nothing_twice() -> None:
    vote = halls.opened(2, present=1)
    here, absent = vote.roll.order_by("person")
    issuer = vote.issuers.first()
    assert issuer is not None
    assert "present" in broken(lambda: Issue.objects.create(voter=absent, issuer=issuer, blinded_hash=b"1"))
    Issue.objects.create(voter=here, issuer=issuer, blinded_hash=b"1")
    assert "ballots_issue_once" in broken(lambda: Issue.objects.create(voter=here, issuer=issuer, blinded_hash=b"2"))
    assert "frozen" in broken(lambda: Voter.objects.filter(pk=here.pk).update(present=False))


def test_tables_with_choices_have_no_column_for_voter_time_or_order() -> None:
    columns = {model: {field.column for field in model._meta.concrete_fields} for model in (Held, Ballot)}
    assert columns == {
        Held: {"mark", "election_id", "sealed"},
        Ballot: {"election_id", "serial", "receipt", "choice", "signatures"},
    }


def test_all_held_ballots_are_equally_long_whatever_they_say() -> None:
    vote = halls.opened(3, choose={"kind": "levels", "levels": ["high", "confident", "low"]})
    for voter, choice in (
        (1000, {}),
        (1001, {"an": "low"}),
        (1002, {"an": "confident", "binh": "confident", "chi": "confident"}),
    ):
        halls.voted(vote, voter, choice)
    assert len({len(bytes(sealed)) for sealed in Held.objects.values_list("sealed", flat=True)}) == 1

"""Two at once: of what may happen once, one happens, and the others get a clear answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from canbo.ballots import device, elections
from canbo.ballots.models import Ballot, Held, Issue
from canbo.ballots.refused import Refused
from tests.ballots import halls
from tests.ballots.halls import OFFICE, Clerk

pytestmark = pytest.mark.usefixtures("own_register", "quick_keys")
AT_ONCE = 6


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """The answers of calls that start together, a refusal as its reason."""
    together = threading.Barrier(len(calls))

    def answer(call: Callable[[], Any]) -> Any:
        try:
            together.wait()
            return call()
        except Refused as refusal:
            return refusal.reason
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(answer, calls))


def test_one_ballot_cast_by_many_at_once_counts_once() -> None:
    vote = halls.opened(1)
    ballot = halls.signed(vote, 1000, {"an": "yes"})
    answers = at_once([lambda: elections.cast(election=vote.pk, **ballot)] * AT_ONCE)
    assert answers.count("reused") == AT_ONCE - 1
    assert Held.objects.count() == 1


def test_an_issuer_asked_by_many_devices_of_one_voter_at_once_signs_for_one() -> None:
    vote = halls.opened(1)
    asked = [device.Vote(halls.terms(vote), {"an": "yes"}).blinded(OFFICE) for _ in range(AT_ONCE)]
    answers = at_once(
        [
            lambda blinded=blinded: elections.issue(election=vote.pk, voter=1000, issuer=OFFICE, blinded=blinded, by=Clerk)  # type: ignore[misc]
            for blinded in asked
        ]
    )
    assert answers.count("issued") == AT_ONCE - 1
    assert Issue.objects.count() == 1


def test_casting_while_the_vote_closes_ends_in_the_list_or_in_a_refusal() -> None:
    vote = halls.opened(AT_ONCE)
    ballots = [halls.signed(vote, 1000 + number, {"an": "yes"}) for number in range(AT_ONCE)]
    for ballot in ballots[:2]:
        elections.cast(election=vote.pk, **ballot)
    calls: list[Callable[[], Any]] = [lambda b=ballot: elections.cast(election=vote.pk, **b) for ballot in ballots[2:]]  # type: ignore[misc]
    answers = at_once([*calls, lambda: elections.close(election=vote.pk, by=Clerk)])
    given = [answer for answer in answers[:-1] if answer not in ("state", "late")]
    if answers[-1] == "early":  # it came before the last ballot, and was told to wait
        elections.close(election=vote.pk, by=Clerk)
    assert set(given) <= set(Ballot.objects.values_list("receipt", flat=True))
    assert Ballot.objects.count() == 2 + len(given) == AT_ONCE


def test_two_who_close_at_once_close_it_once() -> None:
    from canbo.journal.models import Entry

    vote = halls.opened(1)
    elections.cast(election=vote.pk, **halls.signed(vote, 1000, {}))
    answers = at_once([lambda: elections.close(election=vote.pk, by=Clerk).state] * 3)
    assert answers == ["closed"] * 3
    assert Entry.objects.filter(act="ballot.closed").count() == 1

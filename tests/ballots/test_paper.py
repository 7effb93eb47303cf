"""A vote on paper: minutes that do not add up, or that not all three counters confirmed, are refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.ballots import elections, paper
from canbo.ballots.models import Election
from canbo.ballots.refused import Refused
from canbo.journal.models import Entry
from tests.ballots import halls

pytestmark = pytest.mark.django_db
PHOTO = "ab" * 32
GOOD: dict[str, Any] = {
    "present": 9, "issued": 9, "collected": 8, "valid": 6, "blank": 1, "invalid": 1, "photo": PHOTO,
    "per_option": {"an": {"yes": 4}, "binh": {"yes": 2}, "chi": {"yes": 0}},
}  # fmt: skip


def on_paper(**more: Any) -> Election:
    return elections.open(election=halls.prepared(10, tier="T0", **more).pk, by=halls.Clerk)


def committee(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"person": person, "body": 7, "confirms": paper.to_confirm(found)} for person in (1, 2, 3)]


def entered(vote: Election, **changed: Any) -> Any:
    found = paper.sheet(election=vote.pk, **{**GOOD, **changed})
    return paper.record_paper(election=vote.pk, found=found, committee=committee(found), by=halls.Clerk)


def refused(vote: Election, **changed: Any) -> str:
    with pytest.raises(Refused) as answer:
        entered(vote, **changed)
    assert answer.value.reason == "sheet"
    return str(answer.value)


def test_minutes_that_add_up_close_the_vote_and_are_its_count() -> None:
    vote = on_paper()
    count = entered(vote)
    assert count == elections.count(election=vote.pk)
    assert (count.convened, count.present, count.collected, count.valid) == (10, 9, 8, 6)
    assert count.per_option["an"] == {"yes": 4}
    entry = Entry.objects.get(act="ballot.minuted")
    assert entry.payload is not None and entry.payload["sheet"]["photo"] == PHOTO
    with pytest.raises(Refused, match="closed"):
        entered(vote)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"present": 11, "issued": 9}, "only 10 were convened"),
        ({"issued": 10}, "only 9 were present"),
        ({"collected": 10, "valid": 8}, "only 9 were issued"),
        ({"blank": 2}, "make 9, but 8 ballots were collected"),
        ({"valid": -1, "blank": 8}, "whole number"),
        ({"valid": 6.0}, "whole number"),
        ({"valid": True, "blank": 6}, "whole number"),
        ({"per_option": {"an": {"yes": 7}, "binh": {"yes": 0}, "chi": {"yes": 0}}}, "7 marks, but only 6"),
        ({"per_option": {"an": {"yes": 3}, "binh": {"yes": 2}, "chi": {"yes": 0}}}, "5 votes together"),
        ({"per_option": {"an": {"yes": 6}}}, "every option"),
        ({"per_option": {"an": {"no": 6}, "binh": {"yes": 0}, "chi": {"yes": 0}}}, "every mark"),
        ({"photo": "a picture"}, "SHA-256"),
    ],
)
def test_a_figure_that_does_not_fit_is_refused_by_name(changed: dict[str, Any], said: str) -> None:
    assert said in refused(on_paper(), **changed)


def test_levels_may_not_be_more_than_the_valid_ballots() -> None:
    vote = on_paper(choose={"kind": "levels", "levels": ["high", "low"]})
    rows = {"an": {"high": 4, "low": 2}, "binh": {"high": 0, "low": 0}, "chi": {"high": 6, "low": 1}}
    assert "Lê Chi" in refused(vote, per_option=rows)
    rows["chi"]["low"] = 0
    assert entered(vote, per_option=rows).per_option["chi"] == {"high": 6, "low": 0}


def test_three_different_counters_must_have_confirmed_these_very_figures() -> None:
    vote = on_paper()
    found = paper.sheet(election=vote.pk, **GOOD)
    for wrong in (
        committee(found)[:2],
        committee(found)[:1] * 3,
        committee(paper.sheet(election=vote.pk, **{**GOOD, "valid": 7, "blank": 0})),
    ):
        with pytest.raises(Refused) as answer:
            paper.record_paper(election=vote.pk, found=found, committee=wrong, by=halls.Clerk)
        assert answer.value.reason == "sheet"


def test_a_sheet_of_another_vote_or_tier_is_refused() -> None:
    vote, other = on_paper(), on_paper()
    found = paper.sheet(election=other.pk, **GOOD)
    with pytest.raises(Refused, match="this vote"):
        paper.record_paper(election=vote.pk, found=found, committee=committee(found), by=halls.Clerk)
    with pytest.raises(Refused, match="held on paper"):
        elections.cast(election=vote.pk, serial="", choice={}, signatures={})


small = st.integers(min_value=-1, max_value=12)


@given(st.fixed_dictionaries(dict.fromkeys(paper.FIGURES, small)), st.lists(small, min_size=3, max_size=3))
def test_whatever_is_accepted_adds_up(figures: dict[str, int], yes: list[int]) -> None:
    vote = Election(pk=1, convened=10, options=halls.OPTIONS, choose={"kind": "one", "at_most": 1, "levels": []})
    rows = {option["id"]: {"yes": number} for option, number in zip(halls.OPTIONS, yes, strict=True)}
    found = paper.sheet(election=1, **figures, per_option=rows, photo=PHOTO)
    try:
        paper.require_figures(vote, found)
    except Refused:
        return
    assert 0 <= figures["collected"] <= figures["issued"] <= figures["present"] <= 10
    assert figures["valid"] + figures["blank"] + figures["invalid"] == figures["collected"]
    assert sum(yes) == figures["valid"] and min(yes) >= 0

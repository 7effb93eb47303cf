"""When a vote carries: every threshold of the procedures at, above and below its edge, and what always holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.rules import procedure as law
from canbo.rules.carrying import Carried, Tally, carried, impossible
from canbo.rules.corpus import find
from canbo.rules.procedure import Threshold, VoteRule
from canbo.rules.words import LANGUAGES, message

BOOK = law.opened(find())


def rule(procedure: str, version: str, step: str) -> VoteRule:
    vote = BOOK[procedure].version(version).step(step).vote
    assert vote is not None
    return vote


def counted(convened: int, present: int, votes: dict[str, int], *, members: int | None = None) -> Tally:
    cast = min(sum(votes.values()), present)
    return Tally(
        convened, present, present, present, cast, present - cast, 0, votes, {}, convened if members is None else members
    )


def held(
    where: str, convened: int, present: int, votes: dict[str, int], *, members: int | None = None, fresh: str = ""
) -> Carried:
    tally = counted(convened, present, votes, members=members)
    vote = rule(*where.split("/"))
    assert impossible(tally, vote) is None
    return carried(vote, tally, list(votes), fresh=frozenset(fresh))


@pytest.mark.parametrize(
    ("where", "convened", "present", "votes", "outcome", "through"),
    [
        # five steps, to 31 July 2026: two thirds of those convened are there, shares are of those convened
        ("appointment-on-site/five-steps/enlarged", 20, 20, {"a": 11, "b": 9}, "through", "a"),
        ("appointment-on-site/five-steps/enlarged", 20, 20, {"a": 10, "b": 10}, "through", "ab"),
        ("appointment-on-site/five-steps/enlarged", 20, 20, {"a": 10, "b": 6, "c": 4}, "through", "ab"),
        ("appointment-on-site/five-steps/enlarged", 20, 20, {"a": 5, "b": 5, "c": 5, "d": 5}, "none", ""),
        ("appointment-on-site/five-steps/enlarged", 20, 14, {"a": 10, "b": 4}, "through", "a"),
        ("appointment-on-site/five-steps/enlarged", 20, 13, {"a": 13}, "no_quorum", ""),
        ("appointment-on-site/five-steps/enlarged", 21, 14, {"a": 11}, "through", "a"),
        ("appointment-on-site/five-steps/key-officials", 30, 20, {"a": 20, "b": 0}, "through", "ab"),
        ("appointment-on-site/five-steps/key-officials", 30, 19, {"a": 19}, "no_quorum", ""),
        ("appointment-on-site/five-steps/leadership-3", 8, 8, {"a": 5, "b": 3}, "through", "a"),
        ("appointment-on-site/five-steps/leadership-3", 8, 8, {"a": 4, "b": 4}, "tie", "ab"),
        ("appointment-on-site/five-steps/leadership-3", 8, 8, {"a": 4, "b": 3}, "none", ""),
        ("appointment-on-site/five-steps/leadership-1", 6, 4, {"a": 4, "b": 4, "c": 3}, "through", "ab"),
        # four steps, from 1 August 2026: no quorum; steps 1, 2, 4 of those convened, step 3 of those present
        ("appointment-on-site/four-steps/leadership-1", 20, 11, {"a": 11}, "through", "a"),
        ("appointment-on-site/four-steps/leadership-1", 20, 10, {"a": 10}, "through", "a"),
        ("appointment-on-site/four-steps/leadership-1", 20, 6, {"a": 6}, "through", "a"),
        ("appointment-on-site/four-steps/leadership-1", 20, 5, {"a": 5}, "none", ""),
        ("appointment-on-site/four-steps/enlarged", 10, 9, {"a": 5, "b": 3, "c": 1}, "through", "ab"),
        ("appointment-on-site/four-steps/key-officials", 40, 21, {"a": 11, "b": 10}, "through", "a"),
        ("appointment-on-site/four-steps/key-officials", 40, 20, {"a": 10, "b": 10}, "none", ""),
        ("appointment-on-site/four-steps/key-officials", 40, 20, {"a": 10, "b": 6}, "none", ""),
        ("appointment-on-site/four-steps/key-officials", 40, 0, {"a": 0}, "none", ""),
        ("appointment-on-site/four-steps/leadership-2", 8, 8, {"a": 4, "b": 4}, "tie", "ab"),
        ("appointment-on-site/four-steps/leadership-2", 8, 7, {"a": 4, "b": 3}, "none", ""),
        ("appointment-on-site/four-steps/leadership-2", 7, 7, {"a": 4, "b": 3}, "through", "a"),
        # from elsewhere, while the sending body voted: one name, at exactly half its head decides
        ("appointment-external/home-unit-votes/home-vote", 9, 9, {"a": 5}, "through", "a"),
        ("appointment-external/home-unit-votes/home-vote", 10, 9, {"a": 5}, "tie", "a"),
        ("appointment-external/home-unit-votes/home-vote", 10, 9, {"a": 4}, "none", ""),
        # re-appointment: of those convened, since 1 August 2026 of those present
        ("reappointment/days/key-officials", 20, 15, {"a": 11}, "through", "a"),
        ("reappointment/days/key-officials", 20, 15, {"a": 10}, "tie", "a"),
        ("reappointment/days/key-officials", 20, 15, {"a": 9}, "none", ""),
        ("reappointment/working-days/key-officials", 20, 15, {"a": 8}, "through", "a"),
        ("reappointment/working-days/key-officials", 20, 16, {"a": 8}, "tie", "a"),
        ("reappointment/working-days/key-officials", 20, 16, {"a": 7}, "none", ""),
        ("reappointment/working-days/leadership", 6, 4, {"a": 3}, "tie", "a"),
        ("reappointment/working-days/leadership", 5, 4, {"a": 3}, "through", "a"),
        ("extension/working-days/leadership", 5, 5, {"a": 2}, "none", ""),
        # dismissal: at half or below the case goes on to the head
        ("dismissal/decree-300/vote", 7, 7, {"a": 4}, "through", "a"),
        ("dismissal/decree-300/vote", 8, 8, {"a": 4}, "tie", "a"),
        ("dismissal/decree-300/vote", 8, 8, {"a": 3}, "none", ""),
        # councils and congresses
        ("council-election/law-72/council", 82, 60, {"a": 42}, "through", "a"),
        ("council-election/law-72/council", 82, 60, {"a": 41}, "tie", "a"),
        ("council-election/law-72/council", 82, 60, {"a": 40}, "none", ""),
        ("election/directive-45/congress", 100, 100, {"a": 51, "b": 50}, "through", "a"),
        ("introduction/law-85/workplace", 30, 20, {"a": 11}, "through", "a"),
        ("introduction/law-85/workplace", 30, 20, {"a": 10}, "none", ""),
        ("introduction/law-85/workplace", 30, 19, {"a": 19}, "no_quorum", ""),
    ],
)  # fmt: skip
def test_a_vote_carries_as_its_article_says(
    where: str, convened: int, present: int, votes: dict[str, int], outcome: str, through: str
) -> None:
    vote = rule(*where.split("/"))
    found = carried(vote, counted(convened, present, votes), list(votes))
    assert found.outcome == outcome
    assert "".join(sorted(found.tied if outcome == "tie" else found.through)) == through


def test_members_who_were_not_convened_still_count_where_the_law_counts_members() -> None:
    assert held("reappointment/days/leadership", 6, 6, {"a": 3}, members=7).outcome == "none"
    assert held("reappointment/days/leadership", 6, 6, {"a": 4}, members=7).outcome == "through"
    assert held("reappointment/days/leadership", 5, 5, {"a": 3}, members=6).outcome == "tie"
    assert held("reappointment/working-days/leadership", 5, 5, {"a": 3}, members=6).outcome == "through"


def test_a_name_put_late_needs_two_thirds_of_all_members_and_is_not_saved_by_the_lower_share() -> None:
    late = "appointment-on-site/five-steps/leadership-2"
    assert held(late, 9, 9, {"a": 6}, fresh="a").through == ("a",)
    assert held(late, 7, 7, {"a": 6}, members=9, fresh="a").through == ("a",)
    assert held(late, 7, 7, {"a": 5}, members=9, fresh="a").outcome == "none"
    assert held(late, 9, 9, {"a": 5, "b": 4}, fresh="a").through == ("b",)
    assert held(late, 9, 9, {"a": 5, "b": 4}).through == ("a",)


@pytest.mark.parametrize(
    ("low", "result"), [(0, "kept"), (15, "kept"), (16, "consider"), (19, "consider"), (20, "dismiss"), (30, "dismiss")]
)
def test_low_votes_lead_where_the_regulation_says(low: int, result: str) -> None:
    tally = Tally(30, 30, 30, 30, 30, 0, 0, {}, {"a": {"low": low, "high": 30 - low}}, 30)
    vote = rule("confidence-vote", "regulation-96", "vote")
    assert impossible(tally, vote) is None
    assert carried(vote, tally, ["a"]).results == {"a": result}


def test_a_vote_of_confidence_needs_two_thirds_of_those_convened() -> None:
    vote = rule("confidence-vote", "regulation-96", "vote")
    for present, outcome in ((19, "no_quorum"), (20, "through")):
        tally = Tally(30, present, present, present, present, 0, 0, {}, {"a": {"low": present}}, 30)
        assert carried(vote, tally, ["a"]).outcome == outcome


def test_in_a_review_who_gets_neither_stays_as_he_is() -> None:
    levels = {"a": {"in": 6, "out": 4}, "b": {"in": 4, "out": 6}, "c": {"in": 5, "out": 5}}
    tally = Tally(10, 10, 10, 10, 10, 0, 0, {}, levels, 10)
    found = carried(rule("succession-review", "guide-45", "leadership"), tally, ["a", "b", "c"])
    assert found.results == {"a": "planned", "b": "taken_out", "c": "kept"}


def test_of_several_seats_the_first_go_through_and_level_names_at_the_last_seat_are_tied() -> None:
    plan = rule("succession-plan", "guide-45", "leadership-1")
    votes = {"a": 9, "b": 8, "c": 8, "d": 5}
    tally = replace(counted(10, 10, {}), valid=10, blank=0, votes=votes)
    assert carried(plan, tally, list(votes), seats=3).through == ("a", "b", "c")
    two = carried(plan, tally, list(votes), seats=2)
    assert (two.outcome, two.through, two.tied) == ("tie", ("a",), ("b", "c"))


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"present": -1}, "count_negative"),
        ({"votes": {"a": -1}}, "count_negative"),
        ({"members": 9}, "count_more_convened_than_members"),
        ({"present": 11}, "count_more_present_than_convened"),
        ({"issued": 10}, "count_more_ballots_than_present"),
        ({"collected": 10}, "count_more_collected_than_issued"),
        ({"valid": 7}, "count_does_not_add_up"),
        ({"votes": {"a": 9}}, "count_more_votes_than_ballots"),
        ({"votes": {"a": 5, "b": 4}}, "count_more_votes_than_ballots"),
        ({"levels": {"a": {"low": 5, "high": 4}}}, "count_more_votes_than_ballots"),
    ],
)
def test_figures_that_cannot_be_are_named(changed: dict[str, object], key: str) -> None:
    sound = Tally(10, 9, 9, 9, 8, 1, 0, {"a": 5, "b": 3}, {}, 10)
    vote = rule("appointment-on-site", "four-steps", "leadership-1")
    assert impossible(sound, vote) is None
    assert impossible(replace(sound, **changed), vote) == key  # type: ignore[arg-type]
    assert all(message(key).say(language) for language in LANGUAGES)


SHARES = st.fractions(min_value="1/10", max_value=1, max_denominator=10)


@st.composite
def thresholds(draw: st.DrawFn) -> Threshold:
    return Threshold(draw(SHARES), draw(st.sampled_from(["convened", "present", "members"])), draw(st.booleans()))


@st.composite
def votes(draw: st.DrawFn) -> tuple[VoteRule, Tally, list[str], frozenset[str]]:
    """A rule, figures that can be with at least one blank ballot, the names, and which of them are new."""
    choose = draw(st.sampled_from(["one", "each", "all"]))
    over = draw(thresholds())
    if choose == "one" and over.share < 1 / 2:
        over = replace(over, share=1 - over.share)
    made = VoteRule(
        "leadership", choose, over, draw(st.none() | thresholds()), draw(st.none() | thresholds()), draw(st.none() | thresholds()),
        draw(st.sampled_from(["head", "rerun", "stop"])), ("T0",), True, tied_from=draw(st.sampled_from([1, 2])),
    )  # fmt: skip
    present = draw(st.integers(1, 12))
    convened = present + draw(st.integers(0, 6))
    valid = draw(st.integers(0, present - 1))
    given_ = dict.fromkeys("abc", 0)
    left = valid
    for name in given_:
        given_[name] = draw(st.integers(0, left if choose == "one" else valid))
        left -= given_[name]
    tally = Tally(convened, present, present, present, valid, present - valid, 0, given_, {}, convened + draw(st.integers(0, 3)))
    return made, tally, list(given_), draw(st.frozensets(st.sampled_from("abc")))


@given(votes(), st.sampled_from("abc"), st.integers(1, 3))
def test_one_vote_more_never_makes_a_name_lose(
    case: tuple[VoteRule, Tally, list[str], frozenset[str]], name: str, seats: int
) -> None:
    """A blank ballot that becomes a vote for a name leaves it in where it was in."""
    made, tally, names, fresh = case
    more = replace(tally, valid=tally.valid + 1, blank=tally.blank - 1, votes={**tally.votes, name: tally.votes[name] + 1})
    assert impossible(more, made) is None
    before = carried(made, tally, names, fresh=fresh, seats=seats)
    after = carried(made, more, names, fresh=fresh, seats=seats)
    if name in before.through:
        assert name in (*after.through, *after.tied)


@given(votes())
def test_nobody_goes_on_below_every_share_that_could_help(case: tuple[VoteRule, Tally, list[str], frozenset[str]]) -> None:
    made, tally, names, fresh = case
    found = carried(made, tally, names, fresh=fresh, seats=3)
    for name in found.through:
        shares = [made.new_name if name in fresh and made.new_name else made.over]
        if not (name in fresh and made.new_name) and made.rescue and made.choose == "one":
            shares.append(made.rescue)
        assert any(share.met(tally.votes[name], tally.whole(share.of)) for share in shares)
    if found.outcome == "no_quorum":
        assert made.quorum is not None and not made.quorum.met(tally.present, tally.whole(made.quorum.of))


@given(thresholds(), st.integers(0, 200))
def test_the_least_number_reaches_a_share_and_one_fewer_does_not(share: Threshold, whole: int) -> None:
    least = share.least(whole)
    if whole:
        assert share.met(least, whole) and not share.met(least - 1, whole)
    else:
        assert not share.met(0, 0) and not share.met(1, 0)

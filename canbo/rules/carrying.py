"""Does a vote carry, and for whom: a pure reading of the rule of a vote over what was counted.

Written once for the case engine; the recount of published ballots is another program (canbo/ballots/recount.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canbo.rules.procedure import Threshold, VoteRule


@dataclass(frozen=True)
class Tally:
    """What was counted: people convened, present; ballots issued, collected, valid, blank, invalid; votes by name.

    `votes` maps a name to its votes, `levels` a name to its votes at each level. `members`: all who belong to the
    electorate, whether convened or not.
    """

    convened: int
    present: int
    issued: int
    collected: int
    valid: int
    blank: int
    invalid: int
    votes: Mapping[str, int]
    levels: Mapping[str, Mapping[str, int]]
    members: int

    def whole(self, of: str) -> int:
        """The number that a share is of."""
        return int(getattr(self, of))


@dataclass(frozen=True)
class Carried:
    """How a vote ended: `outcome` is one of the ways of its step, `through` the names that go on, `why` a sentence's key.

    `results`: in a vote by levels, what follows for each name. `tied`: the names between which somebody must decide.
    """

    outcome: str
    through: tuple[str, ...]
    why: str
    results: Mapping[str, str]
    tied: tuple[str, ...] = ()


def impossible(tally: Tally, rule: VoteRule, *, seats: int = 1) -> str | None:
    """The key of the sentence that says why these figures cannot be, or None.

    The convened are among the members, the present among the convened, ballots at most as many; what was collected is
    valid, blank or invalid; no name has more votes than there were valid ballots, nor, where one is chosen, all
    names together.
    """
    figures = (tally.convened, tally.present, tally.issued, tally.collected, tally.valid, tally.blank, tally.invalid)
    by_level = [n for levels in tally.levels.values() for n in levels.values()]
    if min((*figures, *tally.votes.values(), *by_level), default=0) < 0:
        return "count_negative"
    if tally.convened > tally.members:
        return "count_more_convened_than_members"
    if tally.present > tally.convened:
        return "count_more_present_than_convened"
    if tally.issued > tally.present:
        return "count_more_ballots_than_present"
    if tally.collected > tally.issued:
        return "count_more_collected_than_issued"
    if tally.valid + tally.blank + tally.invalid != tally.collected:
        return "count_does_not_add_up"
    if any(votes > tally.valid for votes in tally.votes.values()):
        return "count_more_votes_than_ballots"
    allowed = tally.valid if rule.choose == "one" else tally.valid * max(seats, 1)
    if rule.choose == "one" and sum(tally.votes.values()) > allowed:
        return "count_more_votes_than_ballots"
    if any(sum(levels.values()) > tally.valid for levels in tally.levels.values()):
        return "count_more_votes_than_ballots"
    return None


def carried(
    rule: VoteRule, tally: Tally, names: Sequence[str], *, fresh: frozenset[str] = frozenset(), seats: int = 1
) -> Carried:
    """Who goes on after a vote on these names; `fresh` are names put in this step for the first time.

    Ties and shares are exact fractions; of an electorate of nobody nothing carries.
    """
    if rule.quorum is not None and not rule.quorum.met(tally.present, tally.whole(rule.quorum.of)):
        return Carried("no_quorum", (), "vote_no_quorum", {})
    if rule.choose == "levels":
        return _by_levels(rule, tally, names)
    if rule.advises:
        heard = tally.present > 0 and bool(names)
        return Carried("through", tuple(names), "vote_heard", {}) if heard else Carried("none", (), "vote_nobody_carried", {})
    passing = [name for name in names if _reaches(_need(rule, name, fresh), tally, name)]
    if rule.choose in ("each", "all"):
        return _each(tally, passing, seats if rule.choose == "each" else len(passing))
    return _one(rule, tally, names, passing, fresh)


def _need(rule: VoteRule, name: str, fresh: frozenset[str]) -> Threshold:
    return rule.new_name if name in fresh and rule.new_name is not None else rule.over


def _reaches(need: Threshold, tally: Tally, name: str) -> bool:
    return need.met(tally.votes.get(name, 0), tally.whole(need.of))


def _one(rule: VoteRule, tally: Tally, names: Sequence[str], passing: list[str], fresh: frozenset[str]) -> Carried:
    if passing:
        most = max(tally.votes.get(name, 0) for name in passing)
        first = [name for name in passing if tally.votes.get(name, 0) == most]
        if len(first) == 1:
            return Carried("through", (first[0],), "vote_carried", {})
        return Carried("tie", tuple(first), "vote_tied", {}, tuple(first))
    level = [name for name in names if name not in fresh and _exactly(rule, tally, name)]
    if rule.tie != "stop" and len(level) >= rule.tied_from:
        return Carried("tie", tuple(level), "vote_at_the_share", {}, tuple(level))
    if rule.rescue is not None:  # a name that needs a share of its own is not saved by the lower one
        old = [name for name in names if name not in fresh or rule.new_name is None]
        going = tuple(name for name in old if _reaches(rule.rescue, tally, name))
        if going:
            return Carried("through", going, "vote_rescued", {})
    return Carried("none", (), "vote_nobody_carried", {})


def _exactly(rule: VoteRule, tally: Tally, name: str) -> bool:
    """Whether a name stands exactly at a share that it would have to exceed."""
    whole = tally.whole(rule.over.of)
    return rule.over.strict and whole > 0 and tally.votes.get(name, 0) == rule.over.share * whole


def _each(tally: Tally, passing: list[str], seats: int) -> Carried:
    """Those who carry, most votes first, as many as there are seats; who stands level at the last seat is tied."""
    ranked = sorted(passing, key=lambda name: (-tally.votes.get(name, 0), name))
    if not ranked:
        return Carried("none", (), "vote_nobody_carried", {})
    if len(ranked) <= seats:
        return Carried("through", tuple(ranked), "vote_carried", {})
    last = tally.votes.get(ranked[seats - 1], 0)
    if tally.votes.get(ranked[seats], 0) < last:
        return Carried("through", tuple(ranked[:seats]), "vote_carried", {})
    sure = tuple(name for name in ranked if tally.votes.get(name, 0) > last)
    return Carried("tie", sure, "vote_tied", {}, tuple(name for name in ranked if tally.votes.get(name, 0) == last))


def _by_levels(rule: VoteRule, tally: Tally, names: Sequence[str]) -> Carried:
    results = {}
    for name in names:
        given = tally.levels.get(name, {})
        fitting = [each for each in rule.results if each.reach.met(given.get(each.level, 0), tally.whole(each.reach.of))]
        results[name] = fitting[-1].result if fitting else "kept"  # written from the mildest to the gravest
    return Carried("through", tuple(names), "vote_carried", results)

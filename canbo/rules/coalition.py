"""The smallest coalition: how few persons, from how few bodies, can make the act of a procedure effective by themselves.

Every state of a version is searched: each step, each outcome that leads on, and who has acted in which capacity. What
nobody of the coalition needs to do costs nothing: others may attend, abstain, or vote for somebody else. The figures
are the worst that the law as written allows:

* Nobody acts in two of the separate capacities, nobody acts in a case of his own, and steps that are written apart
  are taken by different people; for the rest one person does whatever one person may: the chair votes, who gives an
  opinion also signs, and one person sits in every meeting.
* A vote is held with the smallest electorate that is one, the fewest present who make a quorum, and the votes that
  carry it by the very rule that the case engine counts by (carrying.py); level at the share, the head decides.
* Bodies are those for which somebody acts. Two bodies that the register may find to be the same (SAME) count as one.

A decision takes effect only beneath a checkpoint that witnesses countersigned; they stand outside the body, act in no
case, and are not counted.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from canbo.rules.carrying import Tally, carried
from canbo.rules.procedure import END, SEPARATE, Electorate, Procedure, StepRule, Version, VoteRule, electorates, opened

GOAL = (3, 2)  # persons, bodies
# Bodies that may be found to be one and the same (canbo/procedures/bodies.py): where the register has no party
# committee, front or inspection at the level, or nothing above, the managing body acts for it; who serves nowhere has
# the body of the post as home. The body of the post never manages itself. A person acts for himself, for no body.
SAME: Mapping[str, str | None] = {
    "own": "own", "home": "own", "manager": "manager", "superior": "manager", "party": "manager", "inspection": "manager",
    "front": "manager", "subject": None,
}  # fmt: skip
WIDER = 12  # so many sizes of an electorate above the least are tried: every share is least in a small meeting

Person = tuple[str, ...]  # what a person has done that bars something: capacities, and steps others must be apart from
People = tuple[Person, ...]


@dataclass(frozen=True)
class Coalition:
    """The fewest persons and the fewest bodies (each found for itself), and one way of the fewest persons.

    `way`: step, outcome, and how many votes of the coalition it took there.
    """

    procedure: str
    version: str
    mark: str
    persons: int
    bodies: int
    way: tuple[tuple[str, str, int], ...]

    @property
    def reaches(self) -> bool:
        """Whether it takes as many as it should."""
        return self.persons >= GOAL[0] and self.bodies >= GOAL[1]


@dataclass(frozen=True)
class _State:
    step: str
    people: People
    bodies: frozenset[str]


def all_of(folder: Path, *, law_alone: bool = False) -> list[Coalition]:
    """The smallest coalition of every version of every procedure of a rulebook folder; see `smallest`."""
    voters = electorates(folder)
    return [smallest(each, version, voters, law_alone=law_alone) for each in opened(folder).values() for version in each.versions]


def smallest(procedure: Procedure, version: Version, voters: Mapping[str, Electorate], *, law_alone: bool = False) -> Coalition:
    """Search one version to its end. Raises ValueError where nothing can be published.

    `law_alone`: as if the steps that are ours were not asked for: what the law by itself would give.
    """
    start = _State(version.steps[0].id, (), frozenset())
    came: dict[_State, tuple[_State, tuple[str, str, int]] | None] = {start: None}
    queue: list[tuple[int, int, int, _State]] = [(0, 0, 0, start)]
    best: tuple[int, _State, tuple[str, str, int]] | None = None
    fewest: int | None = None
    settled: dict[tuple[str, frozenset[str]], list[Counter[Person]]] = {}
    while queue:
        _, _, _, state = heapq.heappop(queue)
        if _outdone(state, settled):
            continue
        step = version.step(state.step)
        skipped = law_alone and step.ours
        free = [(next(iter(step.ways)), 0, state.people)]
        for outcome, votes, people in free if skipped else _taken(step, state.people, version, voters):
            bodies = state.bodies if skipped else state.bodies | _body(step)
            if best is not None and fewest is not None and len(people) >= best[0] and len(bodies) >= fewest:
                continue
            if step.does == "publish":
                fewest = len(bodies) if fewest is None else min(fewest, len(bodies))
                if best is None or len(people) < best[0]:
                    best = (len(people), state, (step.id, outcome, votes))
                continue
            to = step.ways[outcome]
            following = _State(to, people, bodies)
            if to not in END and following not in came:
                came[following] = (state, (step.id, outcome, votes))
                heapq.heappush(queue, (len(people), len(bodies), len(came), following))
    if best is None or fewest is None:
        raise ValueError(f"nothing can be published in {procedure.id}, {version.id}")
    return Coalition(procedure.id, version.id, version.mark, best[0], fewest, (*_way(came, best[1]), best[2]))


def _outdone(state: _State, settled: dict[tuple[str, frozenset[str]], list[Counter[Person]]]) -> bool:
    """Whether a state seen before reaches, with no more people, all that this one reaches; else it is remembered.

    States come in the order of their people. An earlier one in which every mark is also here outdoes this one: the
    others here can join there later, unmarked, as many as there are now, and whoever bears no mark may do the most.
    """
    marked = Counter(person for person in state.people if person)
    earlier = settled.setdefault((state.step, state.bodies), [])
    if any(each <= marked for each in earlier):
        return True
    earlier.append(marked)
    return False


def _way(came: Mapping[_State, tuple[_State, tuple[str, str, int]] | None], state: _State) -> tuple[tuple[str, str, int], ...]:
    way: list[tuple[str, str, int]] = []
    while (before := came[state]) is not None:
        state, taken = before
        way.append(taken)
    return tuple(reversed(way))


def _body(step: StepRule) -> frozenset[str]:
    body = SAME[step.body]
    return frozenset() if body is None else frozenset({body})


def _taken(
    step: StepRule, people: People, version: Version, voters: Mapping[str, Electorate]
) -> Iterator[tuple[str, int, People]]:
    """Every way in which a step may be taken: its outcome, the votes it needs, and the people of the coalition after it."""
    for outcome, votes in _outcomes(step, voters):
        for acted in _acts(step, people, version):
            if votes <= 1:  # whoever holds the meeting may cast the one vote
                yield outcome, votes, acted
            else:
                for voted in _vote(step, acted, votes, version):
                    yield outcome, votes, voted


def _outcomes(step: StepRule, voters: Mapping[str, Electorate]) -> list[tuple[str, int]]:
    """Outcomes that may be wanted, each with the least votes for it. Where a head decides a tie, the case goes on through."""
    if step.vote is None:
        return [(outcome, 0) for outcome in step.ways]
    found = [("none", 0)]
    if (through := least_votes(step.vote, voters[step.vote.electorate].least)) is not None:
        found.append(("through", through))
    return found


@cache
def least_votes(rule: VoteRule, least: int) -> int | None:
    """The fewest votes for a name with which it goes on, over every meeting from `least` people up; None: it never does.

    In a vote by levels: the fewest with which anything follows for a person at all.
    """
    for votes in range(least + WIDER + 1):
        for convened in range(max(least, votes, 1), least + WIDER + 1):
            if any(_carries(rule, convened, present, votes) for present in range(max(votes, 1), convened + 1)):
                return votes
    return None


def _carries(rule: VoteRule, convened: int, present: int, votes: int) -> bool:
    """Whether so many votes carry a name where all others abstain, or all give theirs to one other name."""
    if rule.choose == "levels":
        level = {each.level for each in rule.results}
        found = [
            carried(rule, _tally(convened, present, {}, {"one": {each: votes}}), ["one"]).results.get("one", "kept")
            for each in level
        ]
        return any(result != "kept" for result in found)
    for rival in (0, present - votes):
        end = carried(rule, _tally(convened, present, {"one": votes, "other": rival}, {}), ["one", "other"])
        if end.outcome == "through" and "one" in end.through:
            return True
        if end.outcome == "tie" and rule.tie == "head" and "one" in end.tied:
            return True
    return False


def _tally(convened: int, present: int, votes: dict[str, int], levels: dict[str, dict[str, int]]) -> Tally:
    return Tally(convened, present, present, present, present, 0, 0, votes, levels, convened)


# ---- who may act


def _watched(version: Version) -> frozenset[str]:
    """Steps from which some other step must be apart."""
    return frozenset(name for step in version.steps for name in step.apart_from)


def _may(person: Person, step: StepRule, *, voting: bool = False) -> bool:
    """Whether somebody who did all that may act in a step (or vote in it)."""
    if any(f"@{name}" in person for name in step.apart_from):
        return False
    if "subject" in person:
        return step.capacity == "subject" and not voting
    if voting or step.capacity not in (*SEPARATE, "subject"):
        return True
    if step.capacity == "subject":
        return False  # whoever acted otherwise acted in a case of his own
    return not set(person) & (set(SEPARATE) - {step.capacity})


def _marked(person: Person, step: StepRule, version: Version, *, voting: bool = False) -> Person:
    marks = set(person)
    if not voting and step.capacity in (*SEPARATE, "subject"):
        marks.add(step.capacity)
    if step.id in _watched(version):
        marks.add(f"@{step.id}")
    return tuple(sorted(marks))


def _acts(step: StepRule, people: People, version: Version) -> Iterator[People]:
    """The people after somebody has taken the step: one of them, or one more."""
    for person in sorted(set(people)):
        if _may(person, step):
            rest = list(people)
            rest.remove(person)
            yield tuple(sorted([*rest, _marked(person, step, version)]))
    if step.capacity != "subject" or not any("subject" in person for person in people):  # there is one of whom it is about
        yield tuple(sorted([*people, _marked((), step, version)]))


def _vote(step: StepRule, people: People, votes: int, version: Version) -> Iterator[People]:
    """The people after so many of them, and of others who join them, have voted."""
    able = [number for number, person in enumerate(people) if _may(person, step, voting=True)]
    if step.id not in _watched(version):  # who has voted is free as before: let all who can vote do so
        new = max(0, votes - len(able))
        yield tuple(sorted((*people, *((),) * new)))
        return
    for own in range(min(votes, len(able)), -1, -1):
        for chosen in combinations(able, own):
            after = [_marked(each, step, version, voting=True) if n in chosen else each for n, each in enumerate(people)]
            after += [_marked((), step, version, voting=True)] * (votes - own)
            yield tuple(sorted(after))

"""Who goes where, proposed and kept: the machine's best, what hands say of it and cost, accepted whole by a person or not at all.

A hand is kept until it is lifted, and held against the articles at each new run: one that no longer may be is told and left out.
The lot between equals is the beginning of the hash of all that was asked, so that nobody chooses it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from canbo.journal import entries
from canbo.modelling.placement import answers
from canbo.modelling.placement.answers import Answer, Unplaced, place
from canbo.modelling.placement.conflict import clash
from canbo.modelling.placement.fairness import fairness
from canbo.modelling.placement.problem import UNIT, Arrayed, Key, Problem
from canbo.modelling.placement.shown import articles
from canbo.procedures import bodies, cases, chains, eligible, placing, rotating, rotation, vacating
from canbo.procedures.models import Hand, Proposal, Proposed, Round, Scenario
from canbo.procedures.placing import Asked, Limits
from canbo.registry import authority, facts, looking, once
from canbo.registry.models import Account, Organization, Person, Post
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules import procedure as law
from canbo.rules.explain import explain
from canbo.rules.schema import Fact

Kind, State, Says = Round.Kind, Proposal.State, Hand.Says
PROPOSED, HANDED, LIFTED, ACCEPTED = "placement.proposed", "placement.hand_put", "placement.hand_lifted", "placement.accepted"
#: By the kind of round: the act that asks, and the act that says something of it or accepts it.
READS = {Kind.SCENARIO: "scenario.read", Kind.ROTATION: rotation.ACT, Kind.VACANCIES: vacating.ACT}
CHANGES = {Kind.SCENARIO: "scenario.draft", Kind.ROTATION: "case.open", Kind.VACANCIES: "case.open"}
TOPICS = {Kind.ROTATION: rotating.TOPICS, Kind.VACANCIES: rotating.TOPICS[:1]}
LIMIT = 20.0  # seconds of work for each time that a placement is made
AGAIN = 6  # so often at most a pair that the explanation refuses is left out


class NotAccepted(ValueError):
    """What cannot be accepted, or said by hand; the text says why."""


def round_of(
    *, kind: str, scenario: Scenario | None = None, body: Organization | None = None, on: date | None = None
) -> Round:  # fmt: skip
    """The round about a scenario, or about a body on a day."""
    if scenario is not None:
        made, _new = Round.objects.get_or_create(
            scenario=scenario, defaults={"kind": Kind.SCENARIO, "body_id": scenario.body_id, "on": scenario.on}
        )
        return made
    assert on is not None  # noqa: S101 (a round about a body is of a day)
    made, _new = Round.objects.get_or_create(kind=kind, body=body, on=on, scenario=None)
    return made


def latest(found: Round) -> Proposal | None:
    """The last answer to a round."""
    return found.proposals.order_by("-pk").first()


def hands_of(found: Round) -> list[Hand]:
    """What hands say of it, the first first."""
    return list(found.hands.filter(lifted=None).select_related("by", "person").order_by("pk"))


# ---- to ask, and to keep the answer


@transaction.atomic
def propose(
    *, round: Round, by: Account, lot: str = "", limits: Limits | None = None, preferences: Mapping[str, Sequence[str]] | None = None,
    within: chains.Bounds | None = None, done: Solved | None = None, limit: float = LIMIT, key: str | None = None,
) -> Proposal:  # fmt: skip
    """Ask a round anew and keep the answer, which takes the place of the one that waited.

    lot          a word drawn in public; not said: the beginning of the hash of all that is asked
    limits, preferences   as in placing.ask; of a scenario only
    within       the bounds of chains
    done         what was asked and solved a moment ago, in this transaction
    limit        seconds of work for each time that a placement is made
    Raises NotAllowed, KeyUsed, and ScenarioRefused as placing.ask does.
    """
    authority.require(by, READS[Kind(round.kind)], over=round.body_id)
    authority.require(by, placing.ACT, over=round.body_id)
    if (earlier := once.earlier(key, PROPOSED)) is not None:
        return Proposal.objects.get(entry=earlier)
    if done is None:
        done = solve(round, question(round, by=by, limits=limits, preferences=preferences, within=within), lot, limit)
    asked = done.asked
    Proposal.objects.filter(round=round, state=State.OPEN).update(state=State.OVERTAKEN)
    told = _found(round, done, limit) | ({"within": asdict(within)} if within else {})
    made = Proposal.objects.create(
        round=round, question=digest(asked.problem), lot=done.answer.problem.lot, found=told, by=by
    )  # fmt: skip
    Proposed.objects.bulk_create(_rows(made, done), batch_size=5000)
    payload = {
        "question": made.question, "lot": made.lot, "worth": told["worth"], "bound": told["bound"],
        "persons": sorted(asked.persons.values()),
    }  # fmt: skip
    made.entry = entries.record(PROPOSED, by=by, about=round, on=round.on, key=key, payload=payload)
    made.save(update_fields=["entry"])
    return made


def question(
    found: Round, *, by: Account, limits: Limits | None = None, preferences: Mapping[str, Sequence[str]] | None = None,
    within: chains.Bounds | None = None,
) -> Asked:  # fmt: skip
    """What a round asks today, hands left aside. Leaves an entry of who looked."""
    if found.kind == Kind.SCENARIO:
        assert found.scenario is not None
        return placing.ask(scenario=found.scenario, by=by, limits=limits, preferences=preferences)
    if found.kind == Kind.ROTATION:
        return rotating.ask(body=found.body, by=by, on=found.on)
    return chains.ask(body=found.body, by=by, on=found.on, within=within)


@dataclass(frozen=True)
class Solved:
    """`alone`: the machine's best; `answer`: the best that heeds the hands `heeded`; `broken`: hands that may not be, by which articles."""

    asked: Asked
    alone: Answer
    answer: Answer
    heeded: tuple[Hand, ...]
    broken: Mapping[int, tuple[str, ...]]

    def cost(self, hand: Hand, limit: float) -> float | None:
        """By how many points the placement would be worth more without this one hand, the others kept."""
        free = place(_by_hand(self.asked.problem, [each for each in self.heeded if each.pk != hand.pk]), limit)
        return (free.solution.worth - self.answer.solution.worth) / UNIT if free.found and self.answer.found else None


def solve(found: Round, asked: Asked, lot: str, limit: float = LIMIT) -> Solved:
    """The question with its lot, answered without hands and with them.

    In a round of posts that there are, each chosen pair is asked of the explanation as well; what that refuses is barred.
    """
    hands = [hand for hand in hands_of(found) if hand.person.identification_number in asked.persons]
    for _time in range(AGAIN):
        problem = replace(asked.problem, lot=lot or digest(asked.problem)[:16])
        asked = replace(asked, problem=problem)
        pins = [hand for hand in hands if hand.says == Says.PIN]
        broken = {hand.pk: said for hand in pins if (said := _barred(problem, hand)) is not None}
        heeded = tuple(hand for hand in hands if hand.pk not in broken)
        alone = place(problem, limit)
        answer = place(_by_hand(problem, heeded), limit) if heeded else alone
        chosen = dict.fromkeys([*alone.assignment.items(), *answer.assignment.items()])
        refused = {key: said for key in chosen if (said := _refused(found, asked, key))}
        if not refused:
            break
        for key, said in refused.items():
            asked = replace(asked, problem=asked.problem.with_bar(*key, said))
    needs = {key: asked.needs[key] for key in answer.assignment.items() if key in asked.needs}
    return Solved(replace(asked, needs=needs), alone, answer, heeded, broken)


def digest(problem: Problem) -> str:
    """SHA-256 of all that is asked, but for the lot."""
    rest = {
        "people": [asdict(each) for each in problem.people.values()], "posts": [asdict(each) for each in problem.posts.values()],
        "pairs": problem.pairs.digest() if isinstance(problem.pairs, Arrayed)
        else [[*key, asdict(pair)] for key, pair in sorted(problem.pairs.items())],
        "barred": problem.barred.digest() if isinstance(problem.barred, Arrayed)
        else [[*key, *said] for key, said in sorted(problem.barred.items())],
        "forbidden": [asdict(each) for each in problem.forbidden], "caps": [asdict(each) for each in problem.caps],
        "bodies": dict(problem.bodies), "weights": asdict(problem.weights),
    }  # fmt: skip
    text = json.dumps(rest, sort_keys=True, default=lambda value: sorted(map(str, value)), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _barred(problem: Problem, hand: Hand) -> tuple[str, ...] | None:
    """The articles against what a hand puts; None where it may be."""
    key = hand.person.identification_number, hand.post
    return None if key in problem.pairs else problem.barred.get(key, ())


def _by_hand(problem: Problem, hands: Iterable[Hand]) -> Problem:
    for hand in hands:
        number = hand.person.identification_number
        if hand.says == Says.PIN:
            problem = problem.with_fixed(number, hand.post)
        elif problem.people[number].fixed != hand.post:
            problem = problem.without_pair(number, hand.post)
    return problem


def _refused(found: Round, asked: Asked, key: tuple[str, str]) -> tuple[str, ...]:
    """The articles that the explanation of one pair says are broken."""
    if found.kind == Kind.SCENARIO:
        return ()
    number, post = key
    about = facts.about(Person(pk=asked.persons[number]), Post.objects.get(pk=asked.ids[post]), on=found.on)
    about |= {name: Fact(value) for name, value in asked.given.get(number, {}).items()}
    book = corpus.opened(settings.CANBO_RULEBOOK)
    with authority.everything_in_sight():
        told = [explain(book, topic=topic, facts=about, on=found.on, changes=False) for topic in TOPICS[Kind(found.kind)]]
    return tuple(each.id for verdict in told for each in verdict.with_outcome("fail"))


def _found(found: Round, done: Solved, limit: float) -> dict[str, Any]:
    """What is kept of an answer as a whole; worth in points."""
    answer, problem, solution = done.answer, done.answer.problem, done.answer.solution
    names = clash(problem) if solution.impossible else ()
    return {
        "possible": answer.found or (False if solution.impossible else None),
        "conflict": [{"name": name, "articles": list(articles(problem, name))} for name in names],
        "worth": solution.worth / UNIT if answer.found else None, "bound": solution.bound / UNIT if answer.found else None,
        "gap": answer.gap if answer.found else None, "proved": solution.proved, "drawn": solution.drawn,
        "alone": done.alone.solution.worth / UNIT if done.alone.found else None, "people": len(problem.people),
        "placed": len(answer.assignment), "seats": sum(post.seats for post in problem.posts.values() if post.opened_by is None),
        "missed": [
            {"name": name, "cost": cost / UNIT, "articles": list(articles(problem, name))} for name, cost in answers.missed(answer)
        ],
        "fairness": fairness(problem, answer.assignment) if answer.found else {},
        "posts": sorted(name for name, post in problem.posts.items() if post.opened_by is None),
        "broken": {str(pk): list(said) for pk, said in done.broken.items()},
        "costs": {str(hand.pk): done.cost(hand, limit) for hand in done.heeded},
        "open": _still_open(answer) if found.kind == Kind.VACANCIES and answer.found else [],
    }  # fmt: skip


def _still_open(answer: Answer) -> list[dict[str, Any]]:
    """Vacancies that no move fills: nobody (no one considered passes the articles), or worth (a move costs more than it gives)."""
    taken, open_to = Counter(answer.assignment.values()), {post for _person, post in answer.problem.pairs}
    return [
        {"post": name, "seats": post.seats - taken[name], "why": "worth" if name in open_to else "nobody"}
        for name, post in answer.problem.posts.items()
        if post.opened_by is None and post.seats > taken[name]
    ]


def _rows(made: Proposal, done: Solved) -> list[Proposed]:
    """A row for each person with a post, and, but for chains, for each without one."""
    asked, answer = done.asked, done.answer
    if not answer.found:
        return []
    if made.round.kind == Kind.VACANCIES:
        told_chains = chains.chains(asked, answer.assignment)
        order = {key: (chain, link) for chain, keys in enumerate(told_chains, 1) for link, key in enumerate(keys, 1)}
        nowhere = {}
    else:
        order = {(number, answer.assignment.get(number, "")): (0, 0) for number in answer.problem.people}
        nowhere = {each.person: each for each in answers.unplaced(answer)}
    return [
        Proposed(
            proposal=made, person_id=asked.persons[number], before_id=asked.before.get(number), post=post, chain=chain, link=link,
            hand=answer.problem.people[number].fixed is not None, told=_told(done, (number, post), nowhere.get(number)),
        )
        for (number, post), (chain, link) in order.items()
    ]  # fmt: skip


def _told(done: Solved, key: Key, lack: Unplaced | None) -> dict[str, Any]:
    pair = done.answer.problem.pairs.get(key)
    told: dict[str, Any] = {"needs": list(done.asked.needs.get(key, ()))}
    if pair is not None:
        told |= {"score": pair.score / 100, "distance": None if pair.distance is None else pair.distance / 100}
    if lack is not None:
        said = [(name, list(articles(done.answer.problem, name))) for name in lack.constraints if lack.reason != "no_post"]
        told |= {
            "why": lack.reason,
            "names": list(lack.constraints),
            "articles": sorted({one for _n, those in said for one in those}),
        }
    return told


# ---- by hand


@transaction.atomic
def put(
    *, round: Round, person: Person, post: str, says: str, reason: str, by: Account, key: str | None = None
) -> Hand:  # fmt: skip
    """Say by hand that a person goes to a post, or does not; it is heeded from the next answer on. Raises NotAllowed, KeyUsed,
    NotAccepted without a reason, or where another post was said of the person already."""
    _may_change(round, by)
    if (earlier := once.earlier(key, HANDED)) is not None:
        return Hand.objects.get(entry=earlier)
    if not reason.strip():
        raise NotAccepted(_("Say why: what is changed by hand is changed with a reason."))
    if says == Says.PIN and round.hands.filter(person=person, says=Says.PIN, lifted=None).exists():
        raise NotAccepted(_("This person was put somewhere by hand already. Lift that first."))
    hand = Hand(round=round, person=person, post=post, says=says, reason=reason.strip()[:1000], by=by)
    hand.save(force_insert=True)
    told = {"person": person.pk, "post": post, "says": says, "reason": hand.reason}
    hand.entry = entries.record(HANDED, by=by, about=round, on=round.on, key=key, payload=told)
    hand.save(update_fields=["entry"])
    return hand


@transaction.atomic
def lift(*, hand: Hand, by: Account, key: str | None = None) -> Hand:
    """Take back what was said by hand. Raises NotAllowed, KeyUsed."""
    _may_change(hand.round, by)
    if once.earlier(key, LIFTED) is not None or hand.lifted_id is not None:
        return hand
    hand.lifted = entries.record(LIFTED, by=by, about=hand.round, on=hand.round.on, key=key, payload={"hand": hand.pk})
    hand.save(update_fields=["lifted"])
    return hand


def _may_change(found: Round, by: Account) -> None:
    authority.require(by, CHANGES[Kind(found.kind)], over=found.body_id)
    authority.require(by, placing.ACT, over=found.body_id)


# ---- to show, and to accept


@transaction.atomic
def show(*, proposal: Proposal, by: Account) -> list[Proposed]:
    """Whom a proposal names, as it was kept. Leaves an entry of who looked. Raises NotAllowed."""
    authority.require(by, READS[Kind(proposal.round.kind)], over=proposal.round.body_id)
    authority.require(by, placing.ACT, over=proposal.round.body_id)
    found = list(proposal.rows.select_related("person", "case"))
    looking.looked_at_placement(proposal.round, by=by, on=proposal.round.on, persons=[row.person_id for row in found])
    return found


@transaction.atomic
def accept(*, proposal: Proposal, by: Account, on: date, limits: Limits | None = None, key: str | None = None) -> Proposal:
    """Accept a proposal as a whole: in a scenario its places become lines; else a case is opened for each move, by the service
    that opens any case. It is held against register and articles as they are now.

    Raises NotAllowed, KeyUsed, NotAccepted, ScenarioRefused, and Refused where a case may not be opened; then nothing was done.
    """
    _may_change(proposal.round, by)
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("round").get(pk=proposal.pk)
    if once.earlier(key, ACCEPTED) is not None:
        return proposal
    if proposal.state != State.OPEN or not proposal.found["possible"]:
        raise NotAccepted(_("This proposal does not wait to be accepted. Ask anew."))
    placed = list(proposal.rows.exclude(post="").select_related("person", "before"))
    assignment = {row.person.identification_number: row.post for row in placed}
    if proposal.round.scenario is not None:
        told = {name: proposal.found[name] for name in ("worth", "bound", "gap")} | {"lot": proposal.lot, "proposal": proposal.pk}
        placing.accept(scenario=proposal.round.scenario, assignment=assignment, told=told, by=by, limits=limits)
    else:
        _open_cases(proposal, placed, assignment, by, on)
    proposal.state = State.ACCEPTED
    payload = {"proposal": proposal.pk, "persons": [row.person_id for row in placed]}
    proposal.accepted = entries.record(ACCEPTED, by=by, about=proposal.round, on=on, key=key, payload=payload)
    proposal.save(update_fields=["state", "accepted"])
    return proposal


def _open_cases(proposal: Proposal, placed: Sequence[Proposed], assignment: Mapping[str, str], by: Account, on: date) -> None:
    """A case for each move; where the procedure knows its person from the beginning, about that person."""
    found = proposal.round
    asked = question(found, by=by, within=chains.Bounds(**proposal.found["within"]) if "within" in proposal.found else None)
    for key in assignment.items():
        said = asked.problem.barred.get(key, ()) if key not in asked.problem.pairs else _refused(found, asked, key)
        if key not in asked.problem.pairs or said:
            raise NotAccepted(
                _("%(who)s may not be placed as %(post)s any more: %(articles)s. Ask anew.")
                % {"who": key[0], "post": key[1].partition("@")[0], "articles": ", ".join(said) or "–"}
            )
    placing.refuse_broken(asked, assignment)
    said = eligible.weighing()["cases"]
    kinds = law.opened(bodies.rulebook())
    for row in placed:
        post = Post.objects.get(pk=asked.ids[row.post])
        same = row.before is not None and row.before.organization_id == post.organization_id
        name = said["rotation"] if found.kind == Kind.ROTATION else said["same_body" if same else "elsewhere"]
        person = row.person if kinds[name].names == "known" else None
        row.case = cases.open_case(procedure=name, post=post, person=person, by=by, on=on, key=f"proposal:{proposal.pk}:{row.pk}")
        row.save(update_fields=["case"])

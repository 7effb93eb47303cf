"""Why this post and not another: what would have to differ, found by asking again, so that who changes it sees it happen.

To the question "why is A not in Q" the placement is made once more with A in Q. What it is then worth less is by how
much A's value for Q falls short; with a score greater by just more than that, A is in Q whatever else is weighed,
because every other placement is worth what it was. Whose place, and which constraint: A is in Q once that person does
not stand for Q, or that constraint does not hold; each is told only after the placement was made that way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from canbo.modelling.placement.answers import Answer, place
from canbo.modelling.placement.conflict import clash
from canbo.modelling.placement.problem import Problem

LIMIT = 10.0


@dataclass(frozen=True)
class Why:
    """Why `person` is in `post` (None: nowhere) and not in `wanted`.

    reason        barred (by `articles`; none: no score was given), impossible (`constraints` cannot hold together with it),
                  worth (it would be worth `loss` units less), lot (worth the same; lots decided), fixed (a hand did)
    score         the least score (hundredths) with which the person would be there; None where no score leads there
    holders       people without whom, for that post, this person would be there
    constraints   names of constraints, each of which alone stands in the way; for impossible, the set
    moves         who would go where if this person were there: (person, from, to)
    exact         False where a placement compared was not proved the best
    """

    person: str
    post: str | None
    wanted: str
    reason: str
    articles: tuple[str, ...] = ()
    loss: int | None = None
    score: int | None = None
    holders: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    moves: tuple[tuple[str, str | None, str | None], ...] = ()
    exact: bool = True


def wanted(answer: Answer, person: str) -> list[str]:
    """The posts this person would rather have: preferences dearer than the post held; without a place, the best post as well."""
    who, at = answer.problem.people[person], answer.assignment.get(person)
    held = who.rank(at)
    dearer = [post for post in who.prefers if held is None or (who.rank(post) or 0) < held]
    if at is None and not dearer:
        own = sorted(answer.problem.open_to(person), key=lambda post: -answer.problem.value(person, post))
        dearer = own[:1] or answer.problem.barred_from({person}).get(person, [])[:1]
    return dearer


def why(answer: Answer, person: str, post: str, limit: float = LIMIT) -> Why:
    """Why `person` is not in `post`; see Why."""
    problem, at = answer.problem, answer.assignment.get(person)
    if problem.people[person].fixed is not None:
        return Why(person, at, post, "fixed", constraints=(f"fixed:{person}",))
    key = (person, post)
    allowed = key in problem.pairs
    asked = problem if allowed else problem.with_score(person, post, 0)
    there = place(asked.with_fixed(person, post), limit)
    exact = answer.solution.proved and there.solution.proved
    if not there.found:
        found_clash = clash(asked.with_fixed(person, post), limit)
        names = tuple(name for name in found_clash if name != f"fixed:{person}")
        return Why(person, at, post, "impossible", problem.barred.get(key, ()), constraints=names, exact=exact)
    loss = answer.solution.worth - there.solution.worth
    score = _enough(asked, person, post, loss)
    moves = tuple(
        (code, answer.assignment.get(code), there.assignment.get(code))
        for code in problem.people
        if code != person and answer.assignment.get(code) != there.assignment.get(code)
    )
    found = Why(person, at, post, "barred", problem.barred.get(key, ()), loss, score, moves=moves, exact=exact)
    if not allowed:
        return found
    found = replace(found, reason="worth" if loss > 0 else "lot")
    holders = [
        code for code in _holders(answer, post) if code != person and _goes(problem.without_pair(code, post), person, post, limit)
    ]
    alone = [name for name in _about(answer, person, post) if _goes(problem.lifted(name), person, post, limit)]
    return replace(found, holders=tuple(holders), constraints=tuple(alone))


def _enough(asked: Problem, person: str, post: str, loss: int) -> int | None:
    """The least score, in hundredths, whose worth is greater than now by more than the loss."""
    step = asked.weights.score
    if step <= 0:
        return None
    return asked.pairs[person, post].score + (loss // step + 1 if loss >= 0 else 0)


def _holders(answer: Answer, post: str) -> list[str]:
    people = answer.problem.people
    return [code for code, at in answer.assignment.items() if at == post and people[code].fixed is None]


def _about(answer: Answer, person: str, post: str) -> list[str]:
    """Names of the constraints that the pair has a part in, and of the seats of the post."""
    arc = answer.model.arc(person, post)
    names = dict.fromkeys(row.name for row in answer.model.rows if arc in row.arcs)
    names.pop(f"must:{person}", None)
    return [*names, f"seats:{post}"]


def _goes(problem: Problem, person: str, post: str, limit: float) -> bool:
    return place(problem, limit).assignment.get(person) == post


def replayed(problem: Problem, found: Why) -> Problem:
    """The problem with the score that the explanation asks for; the pair is allowed from then on."""
    assert found.score is not None
    return problem.with_score(found.person, found.wanted, found.score)


def without(problem: Problem, found: Why, name: str) -> Problem:
    """The problem without what the explanation names: a holder's claim to the post, or a constraint."""
    return problem.without_pair(name, found.wanted) if name in found.holders else problem.lifted(name)

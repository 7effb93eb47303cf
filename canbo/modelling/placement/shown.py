"""An answer for programs (plain values) and for people (lines in their language)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from canbo.modelling.placement import answers
from canbo.modelling.placement.answers import Answer
from canbo.modelling.placement.conflict import clash
from canbo.modelling.placement.fairness import fairness
from canbo.modelling.placement.problem import LOTS, UNIT, Problem
from canbo.modelling.placement.sentences import say
from canbo.modelling.placement.why import Why

RULE = f"sha256(lot|person|post), its first four bytes modulo {LOTS}; the greatest sum among placements of equal worth"


def as_data(answer: Answer, whys: Iterable[Why]) -> dict[str, Any]:
    """The whole answer. Worth in points; `name` of a constraint as in the file, with its articles."""
    problem, solution = answer.problem, answer.solution
    if not answer.found:
        names = clash(problem) if solution.impossible else ()
        nothing = dict.fromkeys(("assignment", "objective", "bound", "gap"))
        return {**nothing, "possible": False if solution.impossible else None, "conflict": _named(problem, names)}
    hands = answers.fixed(answer)
    return {
        "assignment": dict(answer.assignment),
        "objective": solution.worth / UNIT,
        "bound": solution.bound / UNIT,
        "gap": answer.gap,
        "proved": solution.proved,
        "lot": {"word": problem.lot, "rule": RULE, "decided": solution.drawn},
        "by": list(solution.by),
        "unplaced": [
            {
                "person": each.person,
                "reason": each.reason,
                **({"articles": list(each.constraints)} if each.reason == "no_post" else {"constraints": _named(problem, each.constraints)}),
            }
            for each in answers.unplaced(answer)
        ],
        "missed": [{**_named(problem, [name])[0], "cost": cost / UNIT} for name, cost in answers.missed(answer)],
        "fixed": [{"person": h.person, "post": h.post, "cost": None if h.cost is None else h.cost / UNIT} for h in hands],
        "fixed_cost": answers.all_fixed_cost(answer) / UNIT if hands else 0.0,
        "explanations": [_why(problem, each) for each in whys],
        "fairness": fairness(problem, answer.assignment),
    }  # fmt: skip


def _named(problem: Problem, names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"name": name, "articles": list(articles(problem, name))} for name in names]


def articles(problem: Problem, name: str) -> tuple[str, ...]:
    """The articles that a constraint was given with."""
    kind, _, what = name.partition(":")
    if kind == "cap":
        return next(cap.articles for cap in problem.caps if cap.id == what)
    if kind == "forbidden":
        return next(each.articles for each in problem.forbidden if f"{each.one}+{each.other}" == what)
    return (what,) if kind == "article" else ()


def _why(problem: Problem, why: Why) -> dict[str, Any]:
    return {
        "person": why.person,
        "post": why.post,
        "wanted": why.wanted,
        "reason": why.reason,
        "articles": list(why.articles),
        "loss": None if why.loss is None else why.loss / UNIT,
        "score": None if why.score is None else why.score / 100,
        "holders": list(why.holders),
        "constraints": _named(problem, why.constraints),
        "moves": [{"person": person, "from": before, "to": after} for person, before, after in why.moves],
        "exact": why.exact,
    }


# ---- for people


def name(problem: Problem, constraint: str, language: str) -> str:
    """A constraint in words, with its articles."""
    kind, _, what = constraint.partition(":")
    cited = ", ".join(articles(problem, constraint)) if kind in ("cap", "forbidden") else ""
    return say(f"name_{kind}", language, what=what, articles=f" ({cited})" if cited else "")


def lines(answer: Answer, whys: Iterable[Why], language: str) -> Iterator[str]:
    """The answer in a language."""
    problem, solution = answer.problem, answer.solution
    if not answer.found:
        yield say("impossible" if solution.impossible else "not_found", language)
        for constraint in clash(problem) if solution.impossible else ():
            yield f"  {name(problem, constraint, language)}"
        return
    worth, bound = (f"{units / UNIT:,.2f}" for units in (solution.worth, solution.bound))
    counts = {"placed": len(answer.assignment), "people": len(problem.people)}
    yield say("placed", language, **counts, worth=worth, bound=bound, gap=f"{answer.gap:.3%}")
    yield say("lot_decided" if solution.drawn else "lot_undecided", language, lot=problem.lot)
    for person, post in answer.assignment.items():
        yield "  " + say("goes", language, person=person, post=post)
    for each in answers.unplaced(answer):
        named = each.constraints if each.reason == "no_post" else [name(problem, one, language) for one in each.constraints]
        why = say(f"reason_{each.reason}", language, names=", ".join(named) or say("no_score", language))
        yield "  " + say("without_place", language, person=each.person, why=why)
    for missed, cost in answers.missed(answer):
        yield "  " + say("missed", language, name=name(problem, missed, language), cost=f"{cost / UNIT:,.2f}")
    for hand in answers.fixed(answer):
        cost_said = "?" if hand.cost is None else f"{hand.cost / UNIT:,.2f}"
        yield "  " + say("hand", language, person=hand.person, post=hand.post, cost=cost_said)
    for why_not in whys:
        yield from explained(problem, why_not, language)
    yield from _fair(answer, language)


def explained(problem: Problem, why: Why, language: str) -> Iterator[str]:
    """Why not that post, and what would have to differ."""
    yield say("why_not", language, person=why.person, post=why.wanted)
    names = [name(problem, each, language) for each in why.constraints]
    key = "no_score" if why.reason == "barred" and not why.articles else why.reason
    cited = ", ".join(why.articles if why.reason == "barred" else names)
    loss = "" if why.loss is None else f"{why.loss / UNIT:,.2f}"
    yield "    " + say(f"why_{key}", language, names=cited, loss=loss)
    if why.score is not None:
        needed = "needs_score_and_allowed" if why.reason == "barred" else "needs_score"
        yield "    " + say(needed, language, score=f"{why.score / 100:g}")
    for person in why.holders:
        yield "    " + say("needs_holder", language, person=person)
    if why.reason in ("worth", "lot"):
        for one in names:
            yield "    " + say("needs_constraint", language, name=one)
    nobody = say("nobody", language)
    for person, before, after in why.moves:
        yield "    " + say("would_move", language, person=person, before=before or nobody, after=after or nobody)
    if not why.exact:
        yield "    " + say("not_proved", language)


def _fair(answer: Answer, language: str) -> Iterator[str]:
    for kind, codes in fairness(answer.problem, answer.assignment).items():
        for code, figures in codes.items() if kind != "all" else ():
            first, distance = figures["first_preference"], figures["average_distance"]
            yield say(
                "fair", language, kind=kind, code=code, placed=figures["placed"], people=figures["people"],
                first="–" if first is None else f"{first:.0%}", distance="–" if distance is None else distance,
            )  # fmt: skip

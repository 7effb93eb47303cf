"""How a placement treats those of each sex, group or area: places, preferences met, distances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from canbo.modelling.placement.problem import Person, Problem


def fairness(problem: Problem, assignment: Mapping[str, str]) -> dict[str, dict[str, dict[str, Any]]]:
    """For all, and for each code that people bear: how many, and how it went for them. Shares are of 1, distances in km.

    Shares of preferences are among those who stated one; distances among those placed whose distance is known.
    """
    kinds: dict[str, dict[str, list[Person]]] = {"all": {"all": list(problem.people.values())}}
    for person in problem.people.values():
        for kind, code in sorted(person.about.items()):
            kinds.setdefault(kind, {}).setdefault(code, []).append(person)
    return {
        kind: {code: _figures(problem, assignment, people) for code, people in sorted(codes.items())}
        for kind, codes in kinds.items()
    }


def _figures(problem: Problem, assignment: Mapping[str, str], people: list[Person]) -> dict[str, Any]:
    placed = [(person, assignment[person.id]) for person in people if person.id in assignment]
    stated = [person for person in people if person.prefers]
    first = sum(person.rank(assignment.get(person.id)) == 0 for person in stated)
    some = sum(assignment.get(person.id) in person.prefers for person in stated)
    pairs = [problem.pairs[person.id, post] for person, post in placed]
    distances = [pair.distance / 100 for pair in pairs if pair.distance is not None]
    scores = [pair.score / 100 for pair in pairs]
    held = [person for person in people if person.now is not None]
    return {
        "people": len(people),
        "placed": len(placed),
        "stated_a_preference": len(stated),
        "first_preference": _share(first, len(stated)),
        "some_preference": _share(some, len(stated)),
        "stay": _share(sum(assignment.get(person.id) == person.now for person in held), len(held)),
        "average_distance": _share(sum(distances), len(distances), 1),
        "average_score": _share(sum(scores), len(scores), 2),
    }


def _share(part: float, whole: int, digits: int = 4) -> float | None:
    return round(part / whole, digits) if whole else None

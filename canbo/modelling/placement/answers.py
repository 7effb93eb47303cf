"""One placement asked and answered: who goes where, how surely it is the best, who got no place and why, what hands cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from canbo.modelling.placement.problem import Ints, Problem
from canbo.modelling.placement.rows import Model, model
from canbo.modelling.placement.solve import Solution, solve

LIMIT = 60.0


@dataclass(frozen=True)
class Answer:
    """`solution.chosen` None: nothing was found; `solution.impossible`: nothing can be."""

    problem: Problem
    model: Model
    solution: Solution

    @cached_property
    def assignment(self) -> Mapping[str, str]:
        """The post of each person who has one, in the order of people."""
        if self.solution.chosen is None:
            return {}
        found = dict(self.model.key(arc) for arc in np.flatnonzero(self.solution.chosen).tolist())
        return {person: found[person] for person in self.problem.people if person in found}

    @property
    def found(self) -> bool:
        return self.solution.chosen is not None

    @property
    def gap(self) -> float:
        """How much better another placement could be, as a share of this one's worth."""
        return (self.solution.bound - self.solution.worth) / max(1, abs(self.solution.worth))


def place(problem: Problem, limit: float = LIMIT) -> Answer:
    """The placement of greatest worth, or the best found. `limit`: seconds of work on an idle machine."""
    made = model(problem)
    return Answer(problem, made, solve(made, limit))


@dataclass(frozen=True)
class Unplaced:
    """`reason`: no_post (there is none that this person may hold), seats (all are taken by others), constraints (named), or
    worth (a place would be worth less than none). `constraints`: articles for no_post, else names of constraints."""

    person: str
    reason: str
    constraints: tuple[str, ...]


def unplaced(answer: Answer) -> list[Unplaced]:
    """Everyone without a place, with what stands between them and each post that they may hold."""
    chosen = answer.solution.chosen
    if chosen is None:
        return []
    made = answer.model
    free = made.seats - np.bincount(made.post, chosen, len(made.posts)).astype(np.int64)
    own: dict[str, list[int]] = {}
    for arc in np.flatnonzero(~np.isin(made.person, made.person[chosen > 0])).tolist():
        own.setdefault(made.people[made.person[arc]], []).append(arc)
    bars = answer.problem.barred_from(
        {code for code in answer.problem.people if code not in own and code not in answer.assignment}
    )
    columns = made.matrix.tocsc()
    used = made.matrix @ chosen
    found = []
    for person in answer.problem.people:
        if person in answer.assignment:
            continue
        if person not in own:
            barred = dict.fromkeys(one for post in bars.get(person, ()) for one in answer.problem.barred[person, post])
            found.append(Unplaced(person, "no_post", tuple(barred)))
            continue
        open_arcs = [arc for arc in own[person] if free[made.post[arc]] > 0]
        names: dict[str, None] = {}
        for arc in open_arcs:
            names.update(dict.fromkeys(_broken(made, columns[:, [arc]].toarray()[:, 0], used)))
        reason = "seats" if not open_arcs else "constraints" if names else "worth"
        found.append(Unplaced(person, reason, tuple(names)))
    return found


def _broken(made: Model, column: Ints, used: Ints) -> list[str]:
    """The constraints that one more arc would break, or make dearer."""
    return [
        made.rows[number].name for number in np.flatnonzero(column > 0) if used[number] + column[number] > made.rows[number].most
    ]


def missed(answer: Answer) -> list[tuple[str, int]]:
    """Targets that are not met, each with the units it costs."""
    if answer.solution.chosen is None:
        return []
    costs: dict[str, int] = {}
    for row in answer.model.rows:
        if cost := row.cost(answer.solution.chosen):
            costs[row.name] = costs.get(row.name, 0) + cost
    return list(costs.items())


@dataclass(frozen=True)
class Fixed:
    """A person put somewhere by hand: `cost`, units by which the placement is worth less than with this one left free."""

    person: str
    post: str
    cost: int | None


def fixed(answer: Answer, limit: float = LIMIT) -> list[Fixed]:
    """What each hand costs, all others staying as they are."""
    found = []
    for person in answer.problem.people.values():
        if person.fixed is not None:
            free = place(answer.problem.with_fixed(person.id, None), limit)
            cost = free.solution.worth - answer.solution.worth if free.found and answer.found else None
            found.append(Fixed(person.id, person.fixed, cost))
    return found


def all_fixed_cost(answer: Answer, limit: float = LIMIT) -> int:
    """What all hands together cost, in units."""
    people = {code: replace(person, fixed=None) for code, person in answer.problem.people.items()}
    return place(replace(answer.problem, people=people), limit).solution.worth - answer.solution.worth


def fix(problem: Problem, pairs: Iterable[tuple[str, str]]) -> Problem:
    """The problem with those people put into those posts by hand."""
    for person, post in pairs:
        problem = problem.with_fixed(person, post)
    return problem

"""Which wishes for a course get a place: the most urgent first, within budget, seats and what one person can take.

Wishes are worth something in several tiers, the most urgent first. The choice has the greatest worth in the first tier, among
those the greatest in the second, and so on; of several the cheapest. Each stage is solved to proof by CP-SAT.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

LIMIT = 20.0  # seconds for one stage, on an idle machine
TAKEN, BY_HAND, LEFT_OUT = "taken", "by_hand", "left_out"
BUDGET, SEATS, EACH = "budget", "seats", "each"


@dataclass(frozen=True)
class Wish:
    """A place wished for. `worth`: by tier, whole numbers from 0, not all 0; `fixed`: decided by hand, in or out."""

    person: int
    course: str
    cost: int
    worth: tuple[int, ...]
    fixed: bool | None = None


@dataclass(frozen=True)
class Limits:
    """`budget` for all places; `seats` by course (one that is not named has no limit); `each`: courses of one person."""

    budget: int
    seats: Mapping[str, int]
    each: int


@dataclass(frozen=True)
class Why:
    """Why a wish is in or out: taken, by_hand, left_out (by hand); or the limits that stand in its way.

    over  by how much the place would pass the budget; 0 where the budget is not what stands in its way
    """

    words: tuple[str, ...]
    over: int = 0


@dataclass(frozen=True)
class Choice:
    """`chosen` and `why` in the order of the wishes; `proved`: no better choice exists. None chosen: by hand it cannot be."""

    chosen: tuple[bool, ...] | None
    why: tuple[Why, ...]
    proved: bool
    cost: int


def choose(wishes: Sequence[Wish], limits: Limits) -> Choice:
    """The best choice with a reason for each wish. Raises ValueError for a wish that is worth nothing, or given twice."""
    if any(not any(each.worth) or min(each.worth) < 0 for each in wishes):
        raise ValueError("A wish is worth something.")
    if len({(each.person, each.course) for each in wishes}) < len(wishes):
        raise ValueError("A person wishes for a course once.")
    if not wishes:
        return Choice((), (), True, 0)
    program, taken = _program(wishes, limits)
    proved, values = True, None
    tiers = max(len(each.worth) for each in wishes)
    for tier in range(tiers + 1):
        weights = [-each.cost if tier == tiers else (each.worth[tier] if tier < len(each.worth) else 0) for each in wishes]
        if not any(weights):
            continue
        worth = cp_model.LinearExpr.weighted_sum(taken, weights)
        program.maximize(worth)
        solver = _solver()
        status = solver.solve(program)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            if values is None:
                return Choice(None, (), status == cp_model.INFEASIBLE, 0)
            proved = False
            break
        proved = proved and status == cp_model.OPTIMAL
        values = [bool(solver.value(each)) for each in taken]
        program.add(worth >= sum(weight for weight, is_in in zip(weights, values, strict=True) if is_in))
    chosen = tuple(values or [False] * len(wishes))
    cost = sum(each.cost for each, is_in in zip(wishes, chosen, strict=True) if is_in)
    return Choice(chosen, tuple(_why(wishes, chosen, limits, number) for number in range(len(wishes))), proved, cost)


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = LIMIT
    solver.parameters.num_workers = 1  # the same wishes give the same choice
    solver.parameters.random_seed = 1
    return solver


def _program(wishes: Sequence[Wish], limits: Limits) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    program = cp_model.CpModel()
    taken = [program.new_bool_var(f"{each.person} {each.course}") for each in wishes]
    for variable, each in zip(taken, wishes, strict=True):
        if each.fixed is not None:
            program.add(variable == int(each.fixed))
    program.add(cp_model.LinearExpr.weighted_sum(taken, [each.cost for each in wishes]) <= limits.budget)
    for course in {each.course for each in wishes} & set(limits.seats):
        program.add(sum(v for v, each in zip(taken, wishes, strict=True) if each.course == course) <= limits.seats[course])
    for person in {each.person for each in wishes}:
        program.add(sum(v for v, each in zip(taken, wishes, strict=True) if each.person == person) <= limits.each)
    return program, taken


def _why(wishes: Sequence[Wish], chosen: Sequence[bool], limits: Limits, number: int) -> Why:
    """Since the choice is the best, what is out cannot be added: one limit at least stands in its way."""
    wish = wishes[number]
    if chosen[number]:
        return Why((BY_HAND if wish.fixed else TAKEN,))
    if wish.fixed is False:
        return Why((LEFT_OUT,))
    taken = [each for each, is_in in zip(wishes, chosen, strict=True) if is_in]
    over = wish.cost - (limits.budget - sum(each.cost for each in taken))
    full = wish.course in limits.seats and sum(each.course == wish.course for each in taken) >= limits.seats[wish.course]
    busy = sum(each.person == wish.person for each in taken) >= limits.each
    words = [word for word, stands in ((BUDGET, over > 0), (SEATS, full), (EACH, busy)) if stands]
    return Why(tuple(words), max(0, over))

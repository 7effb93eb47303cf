"""What cannot hold together: a set of named constraints of which none can be spared.

The solver names a set that suffices; then one constraint after the other is left out, and stays out if the rest still
cannot hold. What remains cannot hold together, and without any one of it the others can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from ortools.sat.python import cp_model

from canbo.modelling.placement.problem import Arrayed, Pair, Problem
from canbo.modelling.placement.rows import Model, Row, model

LIMIT = 20.0


def clash(problem: Problem, limit: float = LIMIT) -> tuple[str, ...]:
    """Names of constraints (as in rows.py, `seats:POST`, and `article:CODE` for bars) that cannot hold together.

    Minimal: without any one of them the others can hold. Empty where no contradiction was found within the limit.
    """
    wide, groups = _groups(problem)
    suspects = list(groups)
    core = _sufficient(wide, groups, suspects, limit)
    if core is None:
        return ()
    for name in list(core):
        rest = [other for other in core if other != name]
        if not holds(wide, groups, rest, limit):
            core = rest
    return tuple(core)


def holds_without(problem: Problem, names: Iterable[str]) -> bool:
    """Whether those constraints, and nothing else, can hold together."""
    wide, groups = _groups(problem)
    return holds(wide, groups, list(names), LIMIT)


def _groups(problem: Problem) -> tuple[Model, Mapping[str, list[Row]]]:
    """The model in which barred pairs are allowed, and the rows of each constraint, bars and seats among them.

    A hand that fixes is a constraint like others, so all arcs of that person are there.
    """
    if not problem.caps and not any(post.fill or post.opened_by is not None for post in problem.posts.values()):
        problem = _demanded(problem)
    barred = {key: Pair(0) for key in problem.barred if key not in problem.pairs}
    loose = {code: replace(person, fixed=None, must=False) for code, person in problem.people.items()}
    wide = model(replace(problem, people=loose, pairs={**dict(problem.pairs), **barred}))
    groups: dict[str, list[Row]] = {}
    for row in wide.rows:
        groups.setdefault(row.name, []).append(row)
    by_person: dict[str, list[int]] = {code: [] for code in problem.people}
    by_post: dict[str, list[int]] = {code: [] for code in problem.posts}
    number_of = {key: number for number, key in enumerate(wide.keys)}
    for (code, place), number in number_of.items():
        by_person[code].append(number)
        by_post[place].append(number)
    for person in problem.people.values():
        if person.fixed is not None:
            groups[f"fixed:{person.id}"] = [_row("", [number_of[person.id, person.fixed]], -1, -1)]
        elif person.must:
            groups[f"must:{person.id}"] = [_row("", by_person[person.id], -1, -1)]
    for post in problem.posts.values():
        if len(by_post[post.id]) > post.seats:
            groups[f"seats:{post.id}"] = [_row("", by_post[post.id], 1, post.seats)]
    for key, articles in problem.barred.items():
        for article in articles or ("",):
            groups.setdefault(f"article:{article}", []).append(_row("", [number_of[key]], 1, 0))
    return wide, {name: rows for name, rows in groups.items() if all(row.penalty is None for row in rows)}


def _demanded(problem: Problem) -> Problem:
    """Only those who must have a place: nobody else helps, where nothing asks for a seat to be filled."""
    asked = {code for code, person in problem.people.items() if person.must or person.fixed is not None}
    return problem.only(asked) if isinstance(problem.pairs, Arrayed) else problem


def _row(name: str, arcs: list[int], coefficient: int, most: int) -> Row:
    return Row(name, np.array(arcs, dtype=np.int64), np.full(len(arcs), coefficient, dtype=np.int64), most)


def holds(wide: Model, groups: Mapping[str, list[Row]], names: list[str], limit: float) -> bool:
    """Whether the constraints of those names can hold together; each person has one post at most. Unknown counts as yes."""
    program, _ = _program(wide, groups, names, assume=False)
    return _status(program, limit)[1] != cp_model.INFEASIBLE


def _sufficient(wide: Model, groups: Mapping[str, list[Row]], names: list[str], limit: float) -> list[str] | None:
    """Names of constraints that suffice for the contradiction; None where there is none within the limit."""
    program, switches = _program(wide, groups, names, assume=True)
    solver, status = _status(program, limit)
    if status != cp_model.INFEASIBLE:
        return None
    found = [switches[literal] for literal in solver.sufficient_assumptions_for_infeasibility()]
    return found if found and not holds(wide, groups, found, limit) else names


def _program(
    wide: Model, groups: Mapping[str, list[Row]], names: list[str], *, assume: bool
) -> tuple[cp_model.CpModel, dict[int, str]]:
    """Only arcs that some row asks about are variables; whatever the others do breaks nothing."""
    program = cp_model.CpModel()
    variables: dict[int, cp_model.IntVar] = {}
    switches: dict[int, str] = {}
    for name in names:
        switch = program.new_bool_var(name) if assume else None
        if switch is not None:
            switches[switch.index] = name
            program.add_assumption(switch)
        for row in groups[name]:
            terms = [variables.setdefault(arc, program.new_bool_var("")) for arc in row.arcs.tolist()]
            constraint = program.add_linear_constraint(
                cp_model.LinearExpr.weighted_sum(terms, row.coefficients.tolist()), -(2**40), row.most
            )
            if switch is not None:
                constraint.only_enforce_if(switch)
    once: dict[int, list[cp_model.IntVar]] = {}
    for arc, variable in variables.items():
        once.setdefault(int(wide.person[arc]), []).append(variable)
    for own in once.values():
        program.add_at_most_one(own)
    return program, switches


def _status(program: cp_model.CpModel, limit: float) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = limit
    return solver, solver.solve(program)

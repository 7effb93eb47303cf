"""A model put to CP-SAT: the greatest worth with its proof, or the best found and how much better another could be.

One thread, a fixed seed, and limits counted in the solver's own steps (about a second each on an idle machine): the
same question has the same answer on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from canbo.modelling.placement.problem import Ints
from canbo.modelling.placement.rows import Model, Row

WALL = 5  # however slow the machine is, it is stopped after so many times the limit, by the clock


@dataclass(frozen=True)
class Found:
    """`chosen`: 0/1 for each arc, None where nothing was found. `bound`: no choice is worth more (units)."""

    chosen: Ints | None
    bound: int
    proved: bool

    @property
    def impossible(self) -> bool:
        return self.chosen is None and self.proved


class _Program:
    """The variables and constraints of a model."""

    def __init__(self, model: Model) -> None:
        self.program = cp_model.CpModel()
        self.model = model
        self.arcs = [self.program.new_bool_var("") for _ in range(len(model.value))]
        self.bought: list[tuple[int, cp_model.IntVar]] = []
        self._at_most(model.person, np.ones(len(model.people), dtype=np.int64))
        self._at_most(model.post, model.seats)
        for row in model.rows:
            self._add(row)

    def _at_most(self, ends: Ints, seats: Ints) -> None:
        order = np.argsort(ends, kind="stable")
        at, first = np.unique(ends[order], return_index=True)
        for end, arcs in zip(at.tolist(), np.split(order, first[1:]) if len(order) else [], strict=True):
            own = [self.arcs[arc] for arc in arcs.tolist()]
            if seats[end] == 1:
                self.program.add_at_most_one(own)
            elif seats[end] < len(own):
                self.program.add(cp_model.LinearExpr.sum(own) <= int(seats[end]))

    def _add(self, row: Row) -> None:
        terms = [self.arcs[arc] for arc in row.arcs.tolist()]
        weights = row.coefficients.tolist()
        if row.penalty is not None:
            over = sum(weight for weight in weights if weight > 0) - row.most
            spare = self.program.new_int_var(0, max(0, -(-over // row.slack)), "")
            self.bought.append((row.penalty, spare))
            terms, weights = [*terms, spare], [*weights, -row.slack]
        if terms or row.most < 0:
            self.program.add(cp_model.LinearExpr.weighted_sum(terms, weights) <= row.most)

    def worth(self, unit: int) -> cp_model.LinearExpr:
        terms = [*self.arcs, *(spare for _, spare in self.bought)]
        weights = [*(self.model.value // unit).tolist(), *(-penalty // unit for penalty, _ in self.bought)]
        return cp_model.LinearExpr.weighted_sum(terms, weights)


def best(model: Model, limit: float, hint: Ints | None = None) -> Found:
    """The choice of greatest worth; `hint`: a choice to begin from."""
    made = _Program(model)
    unit = _unit(model)
    made.program.maximize(made.worth(unit))
    if hint is not None:
        for variable, value in zip(made.arcs, hint.tolist(), strict=True):
            made.program.add_hint(variable, value)
    solver, status = _solve(made.program, limit)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        bound = math.floor(solver.best_objective_bound + 1e-6) * unit
        return Found(_values(solver, made.arcs), bound, status == cp_model.OPTIMAL)
    return Found(None, 0, status == cp_model.INFEASIBLE)


def drawn(model: Model, worth: int, known: Ints, limit: float) -> Found:
    """Among the choices of that worth, the one with the greatest sum of lots; `bound` is of that sum."""
    made = _Program(model)
    unit = _unit(model)
    made.program.add(made.worth(unit) >= worth // unit)
    made.program.maximize(cp_model.LinearExpr.weighted_sum(made.arcs, model.lot.tolist()))
    for variable, value in zip(made.arcs, known.tolist(), strict=True):
        made.program.add_hint(variable, value)
    solver, status = _solve(made.program, limit)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(_values(solver, made.arcs), math.floor(solver.best_objective_bound), status == cp_model.OPTIMAL)
    return Found(known, 0, False)


def _unit(model: Model) -> int:
    """What all worths are whole multiples of."""
    penalties = [row.penalty for row in model.rows if row.penalty]
    return math.gcd(*model.value.tolist(), *penalties) or 1


def _solve(program: cp_model.CpModel, limit: float) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = limit
    solver.parameters.max_time_in_seconds = WALL * limit
    return solver, solver.solve(program)


def _values(solver: cp_model.CpSolver, variables: Sequence[cp_model.IntVar]) -> Ints:
    return np.array([solver.value(variable) for variable in variables], dtype=np.int64)

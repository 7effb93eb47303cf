"""Assignment alone, people to seats: a flow of least cost gives the optimum, and prices of posts prove it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy import optimize

from canbo.modelling.placement.problem import Ints
from canbo.modelling.placement.rows import Model

_LARGEST, _EXACT = 2**62, 2**52
DENSE = 50_000  # from so many arcs on a table in which most cells are arcs goes to the assignment of SciPy
NOBODY = -1


class TooWide(ValueError):
    """Values so large that the flow could not be reckoned in 64 bits."""


def assign(model: Model, value: Ints) -> Ints:
    """The arc of each person (NOBODY: none) with the greatest sum of `value`, within the seats; rows are not looked at."""
    if dense(model) and int(np.abs(value).max()) * len(model.people) < _EXACT:
        return _assigned(model, value)
    people, posts = len(model.people), len(model.posts)
    nodes = people + posts + 1
    if len(value) and int(np.abs(value).max()) * (nodes + 1) > _LARGEST:
        raise TooWide
    flow, every, seats = SimpleMinCostFlow(), np.arange(people), np.arange(people, people + posts)
    one, none = np.ones_like(value), np.zeros(people, dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(model.person, people + model.post, one, -value)
    flow.add_arcs_with_capacity_and_unit_cost(seats, np.full(posts, nodes - 1), model.seats, np.zeros(posts, dtype=np.int64))
    flow.add_arcs_with_capacity_and_unit_cost(every, np.full(people, nodes - 1), none + 1, none)
    flow.set_nodes_supplies(every, none + 1)
    flow.set_node_supply(nodes - 1, -people)
    if flow.solve() != flow.OPTIMAL:
        raise TooWide
    taken = np.flatnonzero(flow.flows(np.arange(len(value))))
    found = np.full(people, NOBODY, dtype=np.int64)
    found[model.person[taken]] = taken
    return found


def dense(model: Model) -> bool:
    """Whether a table with a row for each person and a column for each seat is hardly larger than the arcs."""
    width = len(model.value)
    return width >= DENSE and len(model.people) * int(np.minimum(model.seats, len(model.people)).sum()) <= 2 * width


def _assigned(model: Model, value: Ints) -> Ints:
    """The same by a table: whole numbers that a float holds exactly; who would be worth nothing there goes nowhere."""
    people, seats = len(model.people), np.minimum(model.seats, len(model.people))
    worth = np.zeros((people, len(model.posts)))
    worth[model.person, model.post] = np.maximum(value, 0)
    if (seats != 1).any():
        worth = np.repeat(worth, seats, axis=1)
    who, where = optimize.linear_sum_assignment(worth, maximize=True)
    post = np.repeat(np.arange(len(model.posts)), seats)[where]
    taken = worth[who, where] > 0
    number = np.full((people, len(model.posts)), NOBODY, dtype=np.int32 if len(value) < 2**31 else np.int64)
    number[model.person, model.post] = np.arange(len(value))
    found = np.full(people, NOBODY, dtype=np.int64)
    found[who[taken]] = number[who[taken], post[taken]]
    return found


def chosen(model: Model, arcs: Ints) -> Ints:
    """0/1 for each arc, from the arc of each person."""
    found = np.zeros(len(model.value), dtype=np.int64)
    found[arcs[arcs != NOBODY]] = 1
    return found


@dataclass(frozen=True)
class Prices:
    """What a seat of each post, and being this person, are worth; `reduced`: what an arc loses against the best one."""

    post: Ints
    person: Ints
    reduced: Ints

    def bound(self, seats: Ints) -> int:
        """No assignment is worth more: the sum of all prices."""
        return int(self.person.sum()) + int(seats @ self.post)


def prices(model: Model, value: Ints, arcs: Ints) -> Prices:
    """The least prices under which each person's arc of an optimal assignment is his best one.

    Whoever is stopped early (values beyond exact comparison) still gets prices whose bound holds, only not a tight one.
    """
    if dense(model):
        return _prices(model, value, arcs)
    order = np.argsort(model.post, kind="stable")
    at, first = np.unique(model.post[order], return_index=True)
    placed = arcs != NOBODY
    own, where = value[arcs] * placed, model.post[arcs] if len(model.post) else arcs
    price = np.zeros(len(model.posts), dtype=np.int64)
    for _ in range(len(model.posts) + 1 if len(order) else 0):
        left = np.where(placed, own - price[where], 0)
        offers = np.maximum.reduceat((value - left[model.person])[order], first)
        raised = np.maximum(price[at], offers)
        if np.array_equal(raised, price[at]):
            break
        price[at] = raised
    net = value - price[model.post]
    person = np.zeros(len(model.people), dtype=np.int64)
    np.maximum.at(person, model.person, net)
    return Prices(price, person, person[model.person] - net)


def _prices(model: Model, value: Ints, arcs: Ints) -> Prices:
    """The same by a table: whoever's post became dearer offers more for the others, until nobody does."""
    worth = np.full((len(model.people), len(model.posts)), -(2**62), dtype=np.int64)
    worth[model.person, model.post] = value
    placed = arcs != NOBODY
    own, where = value[arcs] * placed, model.post[arcs]
    price = np.zeros(len(model.posts), dtype=np.int64)
    asks = np.arange(len(model.people))
    for _ in range(len(model.posts) + 1):
        left = np.where(placed, own - price[where], 0)
        offers = price.copy()
        for some in np.array_split(asks, len(asks) // 1_000 + 1):
            if len(some):
                np.maximum(offers, (worth[some] - left[some, None]).max(axis=0), out=offers)
        dearer = offers > price
        if not dearer.any():
            break
        price, asks = offers, np.flatnonzero(placed & dearer[where])
    person = np.zeros(len(model.people), dtype=np.int64)
    for some in np.array_split(np.arange(len(person)), len(person) // 1_000 + 1):
        person[some] = np.maximum(0, (worth[some] - price).max(axis=1, initial=0))
    return Prices(price, person, person[model.person] - value + price[model.post])

"""Assignment alone, people to seats: a flow of least cost gives the optimum, and prices of posts prove it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from canbo.modelling.placement.problem import Ints
from canbo.modelling.placement.rows import Model

_LARGEST = 2**62
NOBODY = -1


class TooWide(ValueError):
    """Values so large that the flow could not be reckoned in 64 bits."""


def assign(model: Model, value: Ints) -> Ints:
    """The arc of each person (NOBODY: none) with the greatest sum of `value`, within the seats; rows are not looked at."""
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

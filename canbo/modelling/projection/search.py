"""The cheapest mix of levers that reaches targets: a linear program over what each lever does, tried again by simulation.

What a lever does is measured by pulling it a little while the chance of all runs stays the same. It is not quite a straight
line, so the program is solved anew around each answer; what is told in the end is simulated, not extrapolated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from canbo.modelling.projection.course import Course, Levers
from canbo.modelling.projection.rates import Floats

NAMES = ("recruit", "train", "later", "rotate")
ROUNDS = 6
Limits = Mapping[str, float]


@dataclass(frozen=True)
class Target:
    """A measure of a year that half of the runs shall reach: at least, or at most, a value."""

    measure: str
    year: int
    value: float
    least: bool = True

    def found(self, course: Course) -> tuple[float, float]:
        """The median, and the share of runs that reach it."""
        runs = course.runs[self.measure][:, course.horizon.years.index(self.year)]
        reached = runs >= self.value if self.least else runs <= self.value
        return float(np.median(runs)), float(reached.mean())


@dataclass(frozen=True)
class Mix:
    """What was found: the levers, what they cost, whether the targets are reached, and the course with them."""

    levers: Levers
    cost: float
    reached: bool
    course: Course
    alone: Mapping[str, float]  # how much each lever at its limit moves the first target


def cheapest(
    run: Callable[[Levers], Course], targets: Sequence[Target], costs: Mapping[str, float], limits: Limits, base: Levers
) -> Mix:
    """The cheapest levers between those of `base` and their limits that reach every target in the median.

    run  projects with the levers given; must use the same chance each time
    costs, limits  by the name of the lever, of those that may be pulled; a cost is that of one unit beyond `base`
    """
    names = [name for name in NAMES if name in limits]
    low = np.array([getattr(base, name) or 0.0 for name in names])
    high = np.maximum(np.array([limits[name] for name in names]), low)
    price = np.array([costs.get(name, 1.0) for name in names])
    at, found = low.copy(), run(base)
    start = _values(found, targets)
    steps = (high - low) / 8
    alone = {}
    best: tuple[float, NDArray[np.float64], Course] | None = None
    for number in range(ROUNDS):
        slopes = _slopes(run, targets, names, at, steps, high, _values(found, targets), base)
        if number == 0:
            alone = {name: float(slopes[0, place] * (high - low)[place]) for place, name in enumerate(names)}
        wanted, now = np.array([target.value for target in targets]), _values(found, targets)
        sign = np.array([1.0 if target.least else -1.0 for target in targets])
        answer = linprog(
            price, A_ub=-(sign[:, None] * slopes), b_ub=sign * (now - wanted) - (sign[:, None] * slopes) @ at,
            bounds=list(zip(low, high, strict=True)),
        )  # fmt: skip
        at = _whole(names, np.clip(answer.x, low, high)) if answer.success else high.copy()
        found = run(levers(names, at, base))
        if all(_met(target, value) for target, value in zip(targets, _values(found, targets), strict=True)):
            cost = float(price @ (at - low))
            if best is None or cost < best[0] - 1e-9:
                best = (cost, at.copy(), found)
            else:
                break
        elif not answer.success:
            break
    if best is None and all(_met(target, value) for target, value in zip(targets, start, strict=True)):
        return Mix(base, 0.0, True, run(base), alone)
    if best is None:
        return Mix(levers(names, at, base), float(price @ (at - low)), False, found, alone)
    return Mix(levers(names, best[1], base), best[0], True, best[2], alone)


def levers(names: Sequence[str], values: Floats, base: Levers) -> Levers:
    """Levers by name; what is not named is as in `base`."""
    told = {name: getattr(base, name) for name in NAMES} | {name: float(value) for name, value in zip(names, values, strict=True)}
    if told["rotate"] == 0 and base.rotate is None:
        told["rotate"] = None
    return Levers(**told)


def _whole(names: Sequence[str], values: Floats) -> Floats:
    """People are taken in and trained whole; shares in per cent, rounded up."""
    return np.array([
        0.0 + (np.ceil(value - 1e-6) if name in ("recruit", "train") else np.ceil(value * 100 - 1e-6) / 100)  # never minus nought
        for name, value in zip(names, values, strict=True)
    ])  # fmt: skip


def _values(course: Course, targets: Sequence[Target]) -> Floats:
    return np.array([target.found(course)[0] for target in targets])


def _met(target: Target, value: float) -> bool:
    return value >= target.value - 1e-9 if target.least else value <= target.value + 1e-9


def _slopes(
    run: Callable[[Levers], Course], targets: Sequence[Target], names: Sequence[str], at: Floats, steps: Floats, high: Floats,
    now: Floats, base: Levers,
) -> Floats:  # fmt: skip
    """What one unit more of each lever does to each target [targets, levers]."""
    slopes = np.zeros((len(targets), len(names)))
    for place in range(len(names)):
        step = steps[place] if at[place] + steps[place] <= high[place] + 1e-9 else -steps[place]
        if step == 0:
            continue
        moved = at.copy()
        moved[place] += step
        slopes[:, place] = (_values(run(levers(names, moved, base)), targets) - now) / step
    return slopes

"""The ruling of one article on one case.

An article says: *if the scope holds, the condition must*. So it is broken only where the scope is
true and the condition false. Where it is not known whether the article applies but its condition
is met anyway, it cannot refuse, and it passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from canbo.rules.article import Article
from canbo.rules.kleene import UNKNOWN, Scene, Trace, Value, Working, missing, traces
from canbo.rules.program import Bound, Cells, programs_of
from canbo.rules.syntax import Node


class Ruling:
    """What one article says of one case, with its working: the value of every node of its tree.

    outcome  pass, fail, unknown, not_applicable; value where the article gives a figure
    values   of the nodes, in the order of the program; None until somebody asks for the tree of an article whose scope
             does not hold
    lifted   rulings of articles that may lift this one (permits), granted or open
    """

    def __init__(
        self, bound: Bound, scene: Scene, cells: Cells, outcome: str, values: tuple[Any, ...] | None, lifted: Sequence[Ruling]
    ) -> None:
        self.bound = bound
        self.scene = scene
        self.cells = cells
        self.outcome = outcome
        self.values = values
        self.lifted = lifted

    @property
    def article(self) -> Article:
        """The article that rules."""
        return self.bound.article

    def whole(self) -> tuple[Any, ...]:
        """The values of all nodes, also where the scope does not hold."""
        if self.values is None:
            self.values = self.bound.run(self.cells, self.scene.on, self.bound.p, True, False)[1]
        return self.values or ()

    @cached_property
    def working(self) -> Working:
        """The traces of what was worked out, made from the values: scope, condition, and the steps that were needed."""
        return _Recorded(self)

    @cached_property
    def scope(self) -> Trace | None:
        """The tree of the scope, where the article has one."""
        return self.working.evaluate(self.article.scope) if self.article.scope else None

    @cached_property
    def condition(self) -> Trace:
        """The tree of the condition, or of the figure."""
        return self.working.evaluate(self.article.condition)

    @property
    def value(self) -> Value:
        """The figure, where the article gives one."""
        return self.condition.value

    @property
    def lifted_by(self) -> Ruling | None:
        """The permit that takes this article out of the way, if one does."""
        return next((ruling for ruling in self.lifted if ruling.outcome == "pass"), None)

    def missing(self) -> list[str]:
        """Facts that still matter, each once."""
        if self.outcome != "unknown":
            return []
        names = list(missing(self.scope)) if self.scope else []
        names += missing(self.condition)
        for ruling in self.lifted:
            names += ruling.missing()
        return list(dict.fromkeys(names))

    def roots(self) -> Iterator[Trace]:
        """The trees of scope, condition and steps."""
        if self.scope:
            yield self.scope
        if self.outcome != "not_applicable" or self.article.effect == "permit":
            yield self.condition
            yield from self.steps().values()

    def steps(self) -> Mapping[str, Trace]:
        """The steps that were worked out, by name; all of them where the article applies."""
        _ = self.scope, self.condition
        if self.outcome != "not_applicable":
            for name in self.article.steps:
                self.working.step(name)
        return self.working.done

    def facts(self) -> list[Trace]:
        """Traces of the facts used, each once."""
        seen: dict[str, Trace] = {}
        for root in self.roots():
            for trace in traces(root):
                if trace.node.op == "fact":
                    seen.setdefault(str(trace.node.value), trace)
        return list(seen.values())


class _Recorded(Working):
    """A working whose operations were done already by the program: it only puts the values in their places."""

    def __init__(self, ruling: Ruling) -> None:
        super().__init__(ruling.scene, {name: step.node for name, step in ruling.article.steps.items()})
        self.slots = ruling.bound.program.slots
        self.values = ruling.whole()

    def value_of(self, node: Node, below: tuple[Trace, ...]) -> Value:
        slot = self.slots.get(id(node))
        if slot is None:  # within a list of literals
            return super().value_of(node, below)
        value: Value | None = self.values[slot]
        return UNKNOWN if value is None else value


def judge(article: Article, scene: Scene) -> Ruling:
    """Apply one article, in force or not, to one case."""
    programs = programs_of(scene.corpus)
    return rule(programs.bound(article, scene.on), scene, programs.cells(scene.values), {})


def rule(bound: Bound, scene: Scene, cells: Cells, done: dict[str, Ruling]) -> Ruling:
    """Run an article's program on a case; `done` holds what was ruled on the same case already."""
    if not bound.lifters:
        outcome, values = bound.run(cells, scene.on, bound.p, True, True)
        return Ruling(bound, scene, cells, outcome, values, ())
    found = done.get(bound.article.id)
    if found is None:
        lifted = [rule(lifter, scene, cells, done) for lifter in bound.lifters]
        free = _free([ruling.outcome for ruling in lifted])
        outcome, values = bound.run(cells, scene.on, bound.p, free, True)
        found = done[bound.article.id] = Ruling(bound, scene, cells, outcome, values, lifted)
    return found


def outcome_of(bound: Bound, cells: Cells, on: date) -> str:
    """The outcome alone: for asking many times with one thing changed."""
    free = _free([outcome_of(lifter, cells, on) for lifter in bound.lifters]) if bound.lifters else True
    return bound.run(cells, on, bound.p, free, True)[0]


def _free(outcomes: Sequence[str]) -> bool | None:
    """Whether no exception takes the article out of the way; None where one is still open."""
    if "pass" in outcomes:
        return False
    return None if "unknown" in outcomes else True

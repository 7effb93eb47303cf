"""Evaluating an article's tree for one person, in strong Kleene logic, keeping the whole tree.

A fact that is not known makes unknown only what depends on it: `unknown && false` is false,
`unknown || true` is true. Every node leaves a Trace, so that the answer can be shown with the
facts it rests on, and an unknown with the facts that still matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property

from canbo.rules.corpus import Corpus
from canbo.rules.dates import PartialDate, complete_months, earliest, latest
from canbo.rules.params import OutsideTable
from canbo.rules.schema import Fact
from canbo.rules.schema import Value as Known
from canbo.rules.syntax import Node
from canbo.rules.words import Message


class _Unknown(Enum):
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("unknown is neither true nor false")


UNKNOWN = _Unknown.UNKNOWN
Value = Known | _Unknown


@dataclass(slots=True)
class Trace:
    """What a node came to, with the traces below it; `note` is something the reader must know."""

    node: Node
    value: Value
    below: tuple[Trace, ...] = ()
    note: Message | None = None


class Scene:
    """One person, one post, one day, one rulebook: what is being asked about.

    values  the facts handed over, by name, in the form the readers use; None where unknown
    """

    def __init__(self, corpus: Corpus, facts: Mapping[str, Fact | Known | None], on: date) -> None:
        self.corpus = corpus
        self.on = on
        self.values = corpus.facts.values_of(facts)
        self._given = dict(facts)
        self._traces: dict[str, Trace] = {}

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """The facts handed over, with where each comes from."""
        return self.corpus.facts.accept_all(self._given)

    def fact(self, node: Node) -> Trace:
        """The trace of a fact: as given, or by its legal default, or unknown."""
        name = str(node.value)
        trace = self._traces.get(name)
        if trace is None:
            trace = self._traces[name] = self._fact(name, node)
        return trace

    def _fact(self, name: str, node: Node) -> Trace:
        if name in self.values:
            value = self.values[name]
            return Trace(node, UNKNOWN if value is None else value)
        default = self.corpus.facts[name].otherwise
        if default is None:
            return Trace(node, UNKNOWN)
        inner = Working(self, {}).evaluate(default)
        return Trace(node, inner.value, (inner,))


@dataclass
class Working:
    """The working of one article: evaluates its nodes, each step once."""

    scene: Scene
    steps: Mapping[str, Node]
    done: dict[str, Trace] = field(default_factory=dict)

    def evaluate(self, node: Node) -> Trace:
        """Evaluate a node and everything below it."""
        match node.op:
            case "bool" | "int" | "text" | "date":
                return Trace(node, node.value)  # type: ignore[arg-type]
            case "fact":
                return self.scene.fact(node)
            case "step":
                inner = self.step(str(node.value))
                return Trace(node, inner.value, (inner,))
            case "list":
                return Trace(node, frozenset(), tuple(map(self.evaluate, node.args)))
        below = tuple(self.evaluate(part) for part in node.args)
        if node.op == "param":
            return self._parameter(node, below)
        return Trace(node, self.value_of(node, below), below)

    def value_of(self, node: Node, below: tuple[Trace, ...]) -> Value:
        """What an operation comes to on what stands below it."""
        values = [trace.value for trace in below]
        if node.op == "in":
            return _member(values[0], below[1])
        if node.op == "months_since" or node.op == "years_since":
            values.append(self.scene.on)
        return _OPERATIONS[node.op](*values)

    def step(self, name: str) -> Trace:
        """The working of a step of the article."""
        if name not in self.done:
            self.done[name] = self.evaluate(self.steps[name])
        return self.done[name]

    def _parameter(self, node: Node, below: tuple[Trace, ...]) -> Trace:
        values = [trace.value for trace in below]
        if any(value is UNKNOWN for value in values):
            return Trace(node, UNKNOWN, below)
        try:
            found = self.scene.corpus.parameters.find(str(node.value), self.scene.on, values)
        except OutsideTable as outside:
            return Trace(node, UNKNOWN, below, outside.message)
        return Trace(node, found.figure, below, found.note)


# ---- operations on values that may be unknown


def negate(value: Value) -> Value:
    """Not."""
    return UNKNOWN if value is UNKNOWN else not value


def both(left: Value, right: Value) -> Value:
    """And: false if either is false, whatever the other."""
    if left is False or right is False:
        return False
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else True


def either(left: Value, right: Value) -> Value:
    """Or: true if either is true, whatever the other."""
    if left is True or right is True:
        return True
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else False


def _choose(condition: Value, then: Value, other: Value) -> Value:
    # As in CEL: an unknown condition is unknown even where both branches agree.
    if condition is UNKNOWN:
        return UNKNOWN
    return then if condition is True else other


def equal(left: Value, right: Value) -> Value:
    """Whether two values are the same; of dates known in part, only where every day gives the same answer."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, (date, PartialDate)) and isinstance(right, (date, PartialDate)):
        if latest(left) < earliest(right) or latest(right) < earliest(left):
            return False
        return True if isinstance(left, date) and isinstance(right, date) else UNKNOWN
    return left == right


def less(left: Value, right: Value) -> Value:
    """Whether one is less than the other; of dates known in part, only where every day gives the same answer."""
    if isinstance(left, (date, PartialDate)) and isinstance(right, (date, PartialDate)):
        if latest(left) < earliest(right):
            return True
        return False if earliest(left) >= latest(right) else UNKNOWN
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    return UNKNOWN


def _number(operation: Callable[[int, int], int]) -> Callable[[Value, Value], Value]:
    def on_known(left: Value, right: Value) -> Value:
        if isinstance(left, int) and isinstance(right, int):
            return operation(left, right)
        return UNKNOWN

    return on_known


def quotient(left: int, right: int) -> int:
    """Whole-number quotient, cut towards zero as in CEL and in SQL."""
    return -(-left // right) if (left < 0) != (right < 0) else left // right


def _divided(left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int) and right != 0:
        return quotient(left, right)
    return UNKNOWN


def _remainder(left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int) and right != 0:
        return left - quotient(left, right) * right
    return UNKNOWN


def months(start: Value, end: Value) -> Value:
    """Complete months, where every day that the dates can be gives the same number."""
    if not isinstance(start, (date, PartialDate)) or not isinstance(end, (date, PartialDate)):
        return UNKNOWN
    fewest = complete_months(latest(start), earliest(end))
    most = complete_months(earliest(start), latest(end))
    return fewest if fewest == most else UNKNOWN


def years(start: Value, end: Value) -> Value:
    """Complete years, where every day that the date can be gives the same number."""
    if not isinstance(start, (date, PartialDate)) or not isinstance(end, date):
        return UNKNOWN
    fewest = int(complete_months(latest(start), end) / 12)
    most = int(complete_months(earliest(start), end) / 12)
    return fewest if fewest == most else UNKNOWN


def _member(value: Value, among: Trace) -> Value:
    if among.node.op != "list":
        if value is UNKNOWN or not isinstance(among.value, frozenset):
            return UNKNOWN
        return value in among.value
    found: Value = False
    for item in among.below:
        found = either(found, equal(value, item.value))
    return found


_OPERATIONS: Mapping[str, Callable[..., Value]] = {
    "not": negate,
    "and": both,
    "or": either,
    "if": _choose,
    "eq": equal,
    "ne": lambda left, right: negate(equal(left, right)),
    "lt": less,
    "gt": lambda left, right: less(right, left),
    "le": lambda left, right: negate(less(right, left)),
    "ge": lambda left, right: negate(less(left, right)),
    "neg": lambda value: -value if isinstance(value, int) else UNKNOWN,
    "add": _number(lambda left, right: left + right),
    "sub": _number(lambda left, right: left - right),
    "mul": _number(lambda left, right: left * right),
    "div": _divided,
    "mod": _remainder,
    "min": _number(min),
    "max": _number(max),
    "months_since": months,
    "years_since": years,
    "months_between": months,
}


# ---- reading traces


def missing(trace: Trace) -> Iterator[str]:
    """Facts whose value could still change this unknown, in the order of the text.

    In `a && b` with a unknown and b false nothing is missing: the answer is already no.
    """
    if trace.value is not UNKNOWN:
        return
    if trace.node.op == "fact" and not trace.below:
        yield str(trace.node.value)
        return
    unknown = [below for below in trace.below if below.value is UNKNOWN]
    if trace.node.op == "if" and trace.below[0].value is not UNKNOWN:
        unknown = [trace.below[1] if trace.below[0].value is True else trace.below[2]]
    if unknown:
        for below in unknown:
            yield from missing(below)
    elif trace.note is None:
        yield from (name for below in trace.below for name in _imprecise(below))


def _imprecise(trace: Trace) -> Iterator[str]:
    """Facts known only to the month or year: known, but not well enough for this question."""
    if trace.node.op == "fact" and isinstance(trace.value, PartialDate):
        yield str(trace.node.value)
    for below in trace.below:
        yield from _imprecise(below)


def traces(trace: Trace) -> Iterator[Trace]:
    """The trace and all below it."""
    yield trace
    for below in trace.below:
        yield from traces(below)

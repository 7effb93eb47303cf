"""What the readers of the common form over whole populations share: what they count, and what they compute once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from canbo.rules.ir import Expr
from canbo.rules.lower import GRANTING, Lowered

OUTCOMES = ("not_applicable", "pass", "fail", "unknown")


@dataclass(frozen=True)
class Count:
    """How many cases each outcome of one article has."""

    article: str
    passed: int
    failed: int
    unknown: int
    not_applicable: int


def parts(one: Lowered) -> Iterator[tuple[str, Expr]]:
    """The trees that tell the outcome of an article; one that grants applies where it is kept."""
    yield "kept", one.kept
    if one.article.effect not in GRANTING:
        yield "applies", one.applies


def layers(trees: Iterable[Expr]) -> list[list[Expr]]:
    """What is read more than once, in layers, each of which rests on those before it only."""
    uses: Counter[Expr] = Counter()
    depths: dict[Expr, int] = {}

    def count(expr: Expr, times: int) -> None:
        first = expr not in uses
        uses[expr] += times
        for arg in expr.args if first else ():
            # An unknown condition is asked about twice, a day whose months are counted several times.
            again = expr.op == "months" or (expr.op == "if" and arg is expr.args[0])
            count(arg, 2 if again else 1)

    def depth(expr: Expr) -> int:
        if expr not in depths:
            below = max((depth(arg) for arg in expr.args), default=0)
            depths[expr] = below + (uses[expr] > 1 and bool(expr.args))
        return depths[expr]

    for tree in trees:
        count(tree, 1)
    layers: dict[int, list[Expr]] = {}
    for expr, times in uses.items():
        if times > 1 and expr.args:
            layers.setdefault(depth(expr), []).append(expr)
    return [layers[level] for level in sorted(layers)]

"""The ruling of one article on one case.

An article says: *if the scope holds, the condition must*. So it is broken only where the scope is
true and the condition false. Where it is not known whether the article applies but its condition
is met anyway, it cannot refuse, and it passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from canbo.rules.article import Article
from canbo.rules.kleene import UNKNOWN, Scene, Trace, Value, Working, both, either, missing, negate, traces


@dataclass(frozen=True)
class Ruling:
    """What one article says of one case, with its working.

    outcome  pass, fail, unknown, not_applicable; value where the article gives a figure
    lifted   rulings of articles that may lift this one (permits), granted or open
    """

    article: Article
    outcome: str
    scope: Trace | None
    condition: Trace
    working: Working
    lifted: Sequence[Ruling] = ()

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
        if self.outcome != "not_applicable" or self.article.effect in ("permit", "ground"):
            yield self.condition
            yield from self.working.done.values()

    def facts(self) -> list[Trace]:
        """Traces of the facts used, each once."""
        seen: dict[str, Trace] = {}
        for root in self.roots():
            for trace in traces(root):
                if trace.node.op == "fact":
                    seen.setdefault(str(trace.node.value), trace)
        return list(seen.values())


def judge(article: Article, scene: Scene) -> Ruling:
    """Apply one article, in force or not, to one case."""
    working = Working(scene, {name: step.node for name, step in article.steps.items()})
    scope = working.evaluate(article.scope) if article.scope else None
    condition = working.evaluate(article.condition)
    lifters = scene.corpus.lifters(article.id, scene.on)
    lifted = [judge(lifter, scene) for lifter in lifters]
    applies: Value = scope.value if scope else True
    for ruling in lifted:
        granted: Value = UNKNOWN if ruling.outcome == "unknown" else ruling.outcome == "pass"
        applies = both(applies, negate(granted))
    outcome = _outcome(article.effect, applies, condition.value)
    if outcome != "not_applicable":
        for name in article.steps:
            working.step(name)
    return Ruling(article, outcome, scope, condition, working, lifted)


def _outcome(effect: str, applies: Value, condition: Value) -> str:
    if applies is False:
        return "not_applicable"
    if effect == "value":
        return "unknown" if applies is UNKNOWN or condition is UNKNOWN else "value"
    if effect in ("permit", "ground"):
        granted = both(applies, condition)
        return "unknown" if granted is UNKNOWN else ("pass" if granted else "not_applicable")
    met = negate(condition) if effect == "forbid" else condition
    kept = either(negate(applies), met)
    return "unknown" if kept is UNKNOWN else ("pass" if kept else "fail")

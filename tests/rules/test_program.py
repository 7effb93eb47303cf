"""The compiled programs of articles against the reading of single nodes: the same value in every node, on half-known cases."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules import corpus as rulebooks
from canbo.rules.article import Article
from canbo.rules.corpus import Corpus
from canbo.rules.dates import PartialDate
from canbo.rules.explain import explain
from canbo.rules.judge import judge
from canbo.rules.kleene import UNKNOWN, Scene, Trace, Value, Working, both, either, negate, traces
from canbo.rules.program import programs_of
from canbo.rules.schema import FactSpec
from tests.rules import generated
from tests.trying import examples

ON = generated.ON


def by_reading(article: Article, scene: Scene) -> tuple[str, Trace | None, Trace, Working]:
    """The ruling of an article, node by node: what a program must come to."""
    working = Working(scene, {name: step.node for name, step in article.steps.items()})
    scope = working.evaluate(article.scope) if article.scope else None
    condition = working.evaluate(article.condition)
    applies: Value = scope.value if scope else True
    for lifter in scene.corpus.lifters(article.id, scene.on):
        outcome = by_reading(lifter, scene)[0]
        applies = both(applies, negate(UNKNOWN if outcome == "unknown" else outcome == "pass"))
    for name in article.steps:
        working.step(name)
    return outcome_by_reading(article.effect, applies, condition.value), scope, condition, working


def outcome_by_reading(effect: str, applies: Value, condition: Value) -> str:
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


def flat(trace: Trace | None) -> list[tuple[str, Value, str]]:
    return [(t.node.op, t.value, t.note.say("en") if t.note else "") for t in traces(trace)] if trace else []


def assert_same(article: Article, scene: Scene) -> None:
    outcome, scope, condition, working = by_reading(article, scene)
    ruling = judge(article, scene)
    assert ruling.outcome == outcome
    assert flat(ruling.scope) == flat(scope)
    assert flat(ruling.condition) == flat(condition)
    for name, trace in ruling.steps().items():
        assert flat(trace) == flat(working.done[name])


@settings(max_examples=examples(200), deadline=None)
@given(book=generated.corpora(), people=generated.several_people, days=st.integers(-3000, 4000))
def test_a_program_gives_every_node_the_value_that_reading_gives_it(
    book: Corpus, people: list[dict[str, Any]], days: int
) -> None:
    for article in book.articles.values():
        for person in people:
            assert_same(article, Scene(book, person, ON + timedelta(days=days)))


@settings(max_examples=examples(200), deadline=None)
@given(text=generated.numbers_of(generated._least, products=True), scope=generated._scopes, people=generated.several_people)
def test_a_figure_comes_out_as_reading_gives_it(text: str, scope: str | None, people: list[dict[str, Any]]) -> None:
    book = generated.corpus(generated.article("figure", "value", scope, text))
    for person in people:
        assert_same(book.articles["figure"], Scene(book, person, ON))


# ---- the rulebook itself


@pytest.fixture(scope="module")
def law() -> Corpus:
    return rulebooks.read(rulebooks.find())


def some_value(spec: FactSpec, dice: random.Random) -> Any:
    """A value of the fact; a date is now and then known in part only."""
    match spec.type.kind:
        case "bool":
            return dice.random() < 0.5
        case "enum":
            return dice.choice(spec.type.values)
        case "list":
            return [dice.choice(spec.type.values) for _ in range(dice.randint(0, spec.length))]
        case "set":
            return dice.sample(["chair", "secretary", "head"], dice.randint(0, 2))
        case "int":
            assert isinstance(spec.low, int) and isinstance(spec.high, int)
            near = min(spec.high, spec.low + 100)
            return dice.randint(spec.low, dice.choice((near, spec.high)))
        case "date":
            assert isinstance(spec.low, date) and isinstance(spec.high, date)
            low, high = max(spec.low, date(1950, 1, 1)), min(spec.high, date(2035, 1, 1))
            day = low + timedelta(days=dice.randint(0, (high - low).days))
            return dice.choice((day, day, day, PartialDate(day.year, day.month), PartialDate(day.year)))
    return dice.choice(["31", "kinh"])


def some_case(law: Corpus, dice: random.Random) -> dict[str, Any]:
    """Every fact known, unknown or left out."""
    known = dice.choice((0.5, 0.8, 1.0))
    given = {name: some_value(spec, dice) if dice.random() < known else None for name, spec in law.facts.items()}
    return {name: value for name, value in given.items() if dice.random() < 0.8}


def test_every_article_of_the_rulebook_comes_out_as_reading_gives_it(law: Corpus) -> None:
    dice = random.Random(7)
    days = [date(2020, 12, 1) + timedelta(days=dice.randint(0, 2500)) for _ in range(40)]
    scenes = [Scene(law, some_case(law, dice), day) for day in days]
    for article in law.articles.values():
        for scene in dice.sample(scenes, 5):
            assert_same(article, scene)


def test_an_article_is_compiled_once_however_often_and_whenever_it_is_asked(law: Corpus) -> None:
    article = next(iter(law.articles.values()))
    programs = programs_of(law)
    found = {id(programs.bound(article, date(year, 1, 1)).program) for year in range(2015, 2030)}
    assert len(found) == 1


def test_a_case_is_not_changed_by_being_asked_again(law: Corpus) -> None:
    dice = random.Random(11)  # noqa: S311
    for _ in range(20):
        case = some_case(law, dice)
        first = explain(law, topic="appointment", facts=case, on=ON, changes=False).to_dict() if not law.problems else None
        again = explain(law, topic="appointment", facts=case, on=ON, changes=False).to_dict() if not law.problems else None
        assert first == again

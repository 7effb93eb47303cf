"""Every example in every article of the rulebook, and what every article must carry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from canbo.rules.article import Article, Example, possible_outcomes
from canbo.rules.changes import find_changes
from canbo.rules.corpus import load
from canbo.rules.display import plain
from canbo.rules.explain import explain
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.words import LANGUAGES

CORPUS = load()
ARTICLES = list(CORPUS.articles.values())


def examples() -> Iterator[object]:
    for article in ARTICLES:
        for example in article.examples:
            yield pytest.param(article, example, id=f"{article.id}:{example.line}")


@pytest.mark.parametrize(("article", "example"), list(examples()))
def test_every_example_comes_out_as_its_jurist_wrote_it(article: Article, example: Example) -> None:
    assert article.in_force(example.on), "an example must lie within the article's own dates"
    scene = Scene(CORPUS, example.given, example.on)
    ruling = judge(article, scene)
    assert ruling.outcome == example.expect
    if example.missing is not None:
        assert ruling.missing() == list(example.missing)
    if example.value is not None:
        assert plain(ruling.value, article.unit) == plain(example.value)
    days = {change.outcome: change.on for change in find_changes(ruling, scene) if change.kind == "day"}
    if example.becomes:
        assert days.get("pass") == example.becomes
    if example.holds_until:
        assert "fail" in days
        assert (days["fail"] - example.holds_until).days == 1


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_every_article_has_a_source_and_an_example_for_each_outcome(article: Article) -> None:
    assert article.source.instrument["en"] and article.source.instrument["vi"]
    assert article.source.article or article.source.url
    assert possible_outcomes(article, CORPUS.scope) <= {example.expect for example in article.examples}


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_every_reason_is_filled_in_each_language(article: Article) -> None:
    for example in article.examples:
        verdict = explain(CORPUS, topic=article.topic, facts=example.given, on=example.on, changes=False)
        mine = next(entry for entry in verdict.articles if entry.id == article.id)
        for language in LANGUAGES:
            reason = mine.reason(language)
            assert reason and "{" not in reason


def test_every_fact_and_parameter_says_what_it_is_and_where_it_comes_from() -> None:
    for spec in CORPUS.facts.values():
        for language in LANGUAGES:
            assert spec.label.get(language), f"{spec.name} has no label in {language}"
            assert spec.source.get(language), f"{spec.name} has no source in {language}"
    for parameter in CORPUS.parameters.values():
        assert parameter.source.instrument["en"]
        assert parameter.title.get("fa")


def test_every_fact_and_parameter_is_used() -> None:
    from canbo.rules.params import AgeReached
    from canbo.rules.syntax import walk

    nodes = [part for article in ARTICLES for node in article.nodes() for part in walk(node)]
    nodes += [part for spec in CORPUS.facts.values() if spec.otherwise for part in walk(spec.otherwise)]
    facts = {part.value for part in nodes if part.op == "fact"}
    params = {part.value for part in nodes if part.op == "param"}
    for parameter in CORPUS.parameters.values():
        if isinstance(parameter, AgeReached):
            params.add(parameter.table.name)
    assert set(CORPUS.facts) == facts
    assert set(CORPUS.parameters) == params

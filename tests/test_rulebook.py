"""Every example in every article of the rulebook, and what every article must carry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from canbo.rules.article import Article, possible_outcomes
from canbo.rules.check import examples
from canbo.rules.corpus import load
from canbo.rules.explain import ArticleVerdict
from canbo.rules.findings import KINDS
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.prove import Proof, prove
from canbo.rules.words import LANGUAGES

CORPUS = load()
# No article asks for it yet; it is in the catalogue because files of cases hand it over, and nothing may guess it.
UNASKED = {"person.ethnicity"}
COUNTED = {"majority_group"}  # no article decides by it; the board of succession counts its shares with it
ARTICLES = list(CORPUS.articles.values())
KNOWN = Path(__file__).resolve().parents[1] / "docs/guide/contradictions.md"


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_every_example_comes_out_as_its_jurist_wrote_it(article: Article) -> None:
    assert [mistake.say() for mistake in examples(CORPUS, [article])] == []


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_every_article_has_a_source_and_an_example_for_each_outcome(article: Article) -> None:
    assert article.source.instrument["en"] and article.source.instrument["vi"]
    assert article.source.article or article.source.url
    assert possible_outcomes(article, CORPUS.scope) <= {example.expect for example in article.examples}


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_every_reason_is_filled_in_each_language(article: Article) -> None:
    for example in article.examples:
        mine = ArticleVerdict(judge(article, Scene(CORPUS, example.given, example.on)), False)
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
    from canbo.rules import derive
    from canbo.rules.params import AgeReached
    from canbo.rules.syntax import walk

    nodes = [part for article in ARTICLES for node in article.nodes() for part in walk(node)]
    nodes += [part for spec in CORPUS.facts.values() if spec.otherwise for part in walk(spec.otherwise)]
    nodes += [part for axiom in CORPUS.facts.axioms for part in walk(axiom.holds)]
    facts = {CORPUS.facts[str(part.value)].base for part in nodes if part.op == "fact"}
    facts |= {need for needs, _rule in derive.RULES.values() for need in needs}
    params = {part.value for part in nodes if part.op == "param"}
    for parameter in CORPUS.parameters.values():
        if isinstance(parameter, AgeReached):
            params.add(parameter.table.name)
    assert set(CORPUS.facts) == facts | UNASKED
    assert set(CORPUS.parameters) == params | COUNTED


@pytest.fixture(scope="module")
def proof() -> Proof:
    """The whole rulebook proved once."""
    return prove(CORPUS)


def test_every_contradiction_that_the_prover_finds_has_been_answered_for(proof: Proof) -> None:
    """A new one is mended, or accepted in findings.yaml with a reason and a day on which it is new again."""
    assert [finding.say("en") for finding in proof.new] == []
    assert not proof.undecided
    assert len(proof.findings) > 50


def test_every_contradiction_noted_by_those_who_read_the_texts_is_found_by_the_prover(proof: Proof) -> None:
    found = [(finding.kind, set(finding.articles)) for finding in proof.findings]
    rows = [line.split("|") for line in KNOWN.read_text(encoding="utf-8").splitlines() if re.match(r"\| (13\.|S|A|E)\d", line)]
    assert len(rows) == 29
    for _, noted, _, cell, _ in rows:
        findings = [re.findall(r"`([^`]+)`", part) for part in cell.split(";")]
        if noted.strip() == "S7":
            continue
        for kind, *articles in findings:
            assert kind in KINDS and len(articles) in (1, 2), (noted, kind)
            assert any(kind == other and set(articles) <= names for other, names in found), (noted, kind, articles)


def test_leaving_at_ones_own_wish_excludes_every_other_way_of_leaving() -> None:
    """What is not found is proved not to be, as long as nothing stayed undecided."""
    proof = prove(CORPUS, topics=["leaving"], everything=True)
    ways = {article.id for article in ARTICLES if article.topic == "leaving" and article.effect == "ground"}
    together = [
        set(finding.articles) for finding in proof.findings if finding.kind == "overlap" and ways >= set(finding.articles)
    ]
    assert len(together) >= 3 and not proof.undecided
    for own_wish in ("vn/state/decree-170-2025/art-58/open", "vn/state/decree-300-2026/art-29/open"):
        assert own_wish in ways
        assert not any(own_wish in pair for pair in together)

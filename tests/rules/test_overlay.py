"""An installation's own articles over the library: which decide, when they are noticed, and what a draft is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from canbo.rules import corpus, drafts
from canbo.rules.corpus import Corpus, Overlay, RulebookRefused
from canbo.rules.explain import explain
from canbo.rules.params import OutsideTable

THEORY = "vn/state/decree-29-2024/theory"
ON = date(2025, 9, 15)


@pytest.fixture(scope="module")
def law() -> Corpus:
    return corpus.load()


@pytest.fixture
def stricter(law: Corpus) -> str:
    """The article on theory, which now asks deputies for the advanced level too."""
    text = law.text(THEORY).replace(" || step.needed == 'intermediate' && person.theory == 'intermediate'", "")
    return text.replace(
        "department_deputy, person.theory: intermediate}, expect: pass",
        "department_deputy, person.theory: intermediate}, expect: fail",
    )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def laid(law: Corpus, folder: Path, text: str, passed: set[str] | None = None) -> Corpus:
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return corpus.laid_over(law, folder, passed)


def outcome(law: Corpus) -> str:
    facts = {"post.title": "department_deputy", "person.theory": "intermediate"}
    verdict = explain(law, topic="appointment", facts=facts, on=ON, changes=False)
    return next(article.outcome for article in verdict.articles if article.id == THEORY)


def test_an_own_article_takes_the_place_of_the_shipped_one(law: Corpus, tmp_path: Path, stricter: str) -> None:
    own = laid(law, tmp_path, stricter)
    assert own.problems == ()
    assert (outcome(law), outcome(own)) == ("pass", "fail")
    assert len(own.articles) == len(law.articles)
    assert own.text(THEORY) == stricter != law.text(THEORY)


def test_an_own_article_stands_beside_the_shipped_ones(law: Corpus, tmp_path: Path) -> None:
    own = laid(law, tmp_path, law.text(THEORY).replace(f"id: {THEORY}", "id: own/theory"))
    assert set(own.articles) - set(law.articles) == {"own/theory"}
    assert own.own == {"own/theory": tmp_path / "own.yaml"}


def test_the_hash_of_the_rulebook_tells_an_own_article(law: Corpus, tmp_path: Path, stricter: str) -> None:
    assert laid(law, tmp_path, stricter).hash != law.hash
    assert laid(law, tmp_path, stricter, set()).hash == law.hash


def test_a_text_for_which_nobody_answers_does_not_decide_and_is_named(law: Corpus, tmp_path: Path, stricter: str) -> None:
    own = laid(law, tmp_path, stricter, {digest("another text")})
    assert outcome(own) == "pass"
    assert own.unpassed == (tmp_path / "own.yaml",)
    assert outcome(laid(law, tmp_path, stricter, {digest(stricter)})) == "fail"


def test_a_mistake_in_an_own_article_refuses_the_rulebook_with_its_place(law: Corpus, tmp_path: Path, stricter: str) -> None:
    own = laid(law, tmp_path, stricter.replace("post.title in", "post.titel in"))
    assert "own.yaml:" in own.problems[0].say("en") and "post.titel" in own.problems[0].say("en")
    with pytest.raises(RulebookRefused):
        corpus.load(law.path, over=tmp_path)


def test_one_id_stands_once_among_the_own_articles(law: Corpus, tmp_path: Path, stricter: str) -> None:
    (tmp_path / "other.yaml").write_text(stricter, encoding="utf-8")
    assert [problem.message.key for problem in laid(law, tmp_path, stricter).problems] == ["id_twice"]


def test_an_own_article_may_not_name_a_topic_that_is_not_listed(law: Corpus, tmp_path: Path, stricter: str) -> None:
    own = laid(law, tmp_path, stricter.replace("topic: appointment", "topic: apointment"))
    assert [problem.message.key for problem in own.problems] == ["topic_not_listed"]


# --- noticed without a restart --------------------------------------------------------------------------------------


@pytest.fixture
def overlaid(law: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """`opened` looks into a folder of this test; what it gives are the texts that decide."""
    passed: set[str] = set()
    monkeypatch.setattr(corpus, "_shipped", lambda name: law)
    before = corpus._overlay
    corpus.lay_over(Overlay(lambda: tmp_path, lambda: passed))
    yield passed
    corpus.lay_over(before)


def test_an_opened_rulebook_notices_what_is_written_changed_and_taken_away(
    law: Corpus, tmp_path: Path, stricter: str, overlaid: set[str]
) -> None:
    assert corpus.opened() is law
    overlaid |= {digest(stricter), digest(stricter + "# again\n")}
    (tmp_path / "own.yaml").write_text(stricter, encoding="utf-8")
    first = corpus.opened()
    assert outcome(first) == "fail"
    assert corpus.opened() is first
    (tmp_path / "own.yaml").write_text(stricter + "# again\n", encoding="utf-8")
    assert corpus.opened().hash not in (first.hash, law.hash)
    (tmp_path / "own.yaml").unlink()
    assert corpus.opened() is law


def test_a_text_that_is_approved_after_it_was_seen_decides_soon(
    tmp_path: Path, stricter: str, overlaid: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(corpus.time, "monotonic", lambda: clock[0])
    (tmp_path / "own.yaml").write_text(stricter, encoding="utf-8")
    assert outcome(corpus.opened()) == "pass"
    overlaid.add(digest(stricter))
    clock[0] += 2 * corpus._PATIENCE
    assert outcome(corpus.opened()) == "fail"


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_a_draft_that_loads_brings_its_examples_and_the_rulebook_with_it(law: Corpus, stricter: str) -> None:
    tried = drafts.attempt(law, stricter)
    assert tried.holds and tried.article is not None and tried.article.id == THEORY
    assert outcome(tried.law) == "fail" and outcome(law) == "pass"
    assert tried.law.hash != law.hash


def test_a_typing_error_is_told_with_line_column_and_the_underlined_word(law: Corpus) -> None:
    tried = drafts.attempt(law, law.text(THEORY).replace("post.title in", "post.titel in"))
    (problem,) = tried.problems
    assert tried.article is None and not tried.loads
    assert problem.place is not None and (problem.place.line, problem.place.column) == (21, 15)
    assert problem.excerpt().splitlines()[-1].strip() == "^" * len("post.titel")
    assert all("post.titel" in problem.say(language) for language in ("en", "vi", "fa"))


def test_an_example_that_comes_out_otherwise_is_named_and_the_draft_does_not_hold(law: Corpus) -> None:
    tried = drafts.attempt(
        law, law.text(THEORY).replace("person.theory: advanced}, expect: pass}", "person.theory: advanced}, expect: fail}")
    )
    assert tried.loads and not tried.holds
    assert [shown.example.expect for shown in tried.examples if shown.wrong] == ["fail"]


@pytest.mark.parametrize("text", ["", "- a list", "id: [", "id: x\n" * 20_000, "{" * 10_000, "id: a/b\nid: a/b\n"])
def test_whatever_is_typed_gets_one_sentence(law: Corpus, text: str) -> None:
    tried = drafts.attempt(law, text)
    assert not tried.loads and len(tried.problems) == 1
    assert tried.problems[0].say("vi")


def test_an_unlisted_issuer_is_told_at_the_line_of_the_issuer(law: Corpus) -> None:
    (problem,) = drafts.attempt(law, law.text(THEORY).replace("body: government", "body: goverment")).problems
    assert problem.message.key == "body_not_listed" and problem.place is not None and problem.place.line == 11


def test_the_prover_finds_what_a_draft_repeats_and_nothing_where_nothing_changes(law: Corpus) -> None:
    same = drafts.attempt(law, law.text(THEORY) + "\n# a remark\n")
    assert drafts.consequences(law, same.law, [THEORY]) == []
    twice = drafts.attempt(law, law.text(THEORY).replace(f"id: {THEORY}", "id: own/theory"))
    found = drafts.consequences(law, twice.law, ["own/theory"])
    assert {finding["kind"] for finding in found} == {"duplicate"}
    assert set(found[0]["articles"]) == {THEORY, "own/theory"}


def test_the_difference_shows_what_goes_and_what_comes(law: Corpus, stricter: str) -> None:
    lines = drafts.difference(law.text(THEORY), stricter)
    assert [sign for sign, _line in lines if sign in "+-"].count("+") == 2
    assert all("== 'advanced'\"" in line or "expect: fail" in line for sign, line in lines if sign == "+")
    assert drafts.difference(stricter, stricter) == []


# --- one figure changed -----------------------------------------------------------------------------------------------


def test_another_figure_holds_in_its_step_only_and_reaches_what_is_worked_out_from_it(law: Corpus) -> None:
    before = law.parameters
    after = before.with_figure("retirement_age", date(2026, 7, 1), ("M",), 700)
    assert after["retirement_age"].lookup(date(2026, 7, 1), "M") == 700  # type: ignore[union-attr]
    for day, sex in ((date(2025, 7, 1), "M"), (date(2027, 7, 1), "M"), (date(2026, 7, 1), "F")):
        assert after["retirement_age"].lookup(day, sex) == before["retirement_age"].lookup(day, sex)  # type: ignore[union-attr]
    assert after["retirement_day"].table is after["retirement_age"]  # type: ignore[union-attr]
    assert before["retirement_age"].lookup(date(2026, 7, 1), "M") != 700  # type: ignore[union-attr]


def test_no_figure_is_changed_where_the_table_says_nothing(law: Corpus) -> None:
    with pytest.raises(OutsideTable):
        law.parameters.with_figure("retirement_age", date(1900, 1, 1), ("M",), 700)
    with pytest.raises(OutsideTable):
        law.parameters.with_figure("retirement_age", date(2026, 7, 1), ("X",), 700)
    with pytest.raises(KeyError):
        law.parameters.with_figure("retirement_day", date(2026, 7, 1), ("M",), 700)

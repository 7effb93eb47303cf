"""Search over the law, conditions in words, versions of a rule, proofs that are kept: read from the shipped rulebook."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from canbo.rules import corpus, inwords, passages, proofs, versions
from canbo.rules.corpus import Corpus

ON = date(2026, 11, 28)


@pytest.fixture(scope="module")
def law() -> Corpus:
    return corpus.opened("vn")


def names(law: Corpus, question: str, most: int = 5) -> list[str]:
    return [passage.name for passage in passages.of(law).find(question, on=ON, most=most)]


# ---- search


@pytest.mark.parametrize(
    "question", ["tuổi nghỉ hưu", "tuoi nghi huu", "TUOI NGHI HUU", "سن بازنشستگی", "سن بازنشستگي", "retirement age"]
)
def test_a_question_finds_the_retirement_age_in_each_language_with_or_without_marks(law: Corpus, question: str) -> None:
    assert any("retirement" in name for name in names(law, question)[:3])


def test_a_question_in_words_finds_the_article_that_answers_it(law: Corpus) -> None:
    assert "vn/party/210-kl-tw/leader-not-local-commune" in names(law, "may a local person be secretary of a commune?")
    assert "vn/party/210-kl-tw/leader-not-local-commune" in names(law, "người địa phương có được làm bí thư xã không")


def test_the_number_of_an_instrument_and_of_an_article_is_matched(law: Corpus) -> None:
    found = passages.of(law).find("nghị định 170/2025 điều 29", on=ON, most=4, kinds=("article",))
    assert all("170/2025" in passage.source["en"] and "29" in passage.source["en"] for passage in found)


def test_digits_of_other_scripts_are_the_same_digits() -> None:
    assert passages.terms("مادهٔ ۲۹")[-1] == "29"
    assert passages.terms("170/2025/NĐ-CP") == ("170/2025", "170/2025/nd", "170/2025/nd-cp", "170", "2025", "nd", "cp")


def test_words_typed_with_their_marks_come_first_by_them(law: Corpus) -> None:
    typed, bare = (passages.of(law)._wanted(words) for words in ("phép", "phep"))
    assert "~phép" in typed
    assert "~phép" not in bare


def test_what_no_passage_says_is_not_found_and_a_question_of_empty_words_finds_nothing(law: Corpus) -> None:
    assert names(law, "xyzzyplugh") == []
    assert names(law, "what is the of to") == []
    assert names(law, "") == []


def test_an_article_in_force_comes_before_its_former_version(law: Corpus) -> None:
    found = names(law, "age for one full term", most=12)
    assert found.index("vn/state/decree-300-2026/art-29-7/full-term") < found.index("vn/state/decree-170-2025/art-29-5/full-term")


def test_marked_stretches_put_together_are_the_text() -> None:
    text = "Tuổi nghỉ hưu của người lao động, theo Điều 169."
    cut = passages.highlighted(text, "tuoi nghi huu 169")
    assert "".join(piece for piece, _hit in cut) == text
    assert [piece for piece, hit in cut if hit] == ["Tuổi", "nghỉ", "hưu", "169"]


def test_an_excerpt_begins_with_the_sentence_that_has_most_words() -> None:
    assert passages.excerpt("One thing. Another about votes and quorum. Last.", "quorum of votes").startswith("Another")


def test_every_article_parameter_and_fact_is_found_by_its_own_title(law: Corpus) -> None:
    index = passages.of(law)
    assert len(index.entries) == len(law.articles) + len(law.parameters) + len(law.facts)
    for name in list(law.articles)[::25]:
        title = law.articles[name].title["vi"]
        found = index.find(title, on=ON, most=20, kinds=("article",))
        assert any(passage.title["vi"] == title for passage in found), name


# ---- conditions in words


@pytest.mark.parametrize("language", ["en", "vi", "fa"])
def test_every_condition_of_the_rulebook_can_be_told_in_words(law: Corpus, language: str) -> None:
    for article in law.articles.values():
        if article.scope is not None:
            assert inwords.said(law, article, article.scope, on=ON, language=language).kind in ("say", "all", "any", "if")
        assert inwords.brief(law, article, on=ON, language=language)
        for step in article.steps.values():
            assert inwords.figure(law, article, step.node, on=ON, language=language)


def test_a_condition_is_told_part_by_part_with_the_figure_of_the_day(law: Corpus) -> None:
    article = law.articles["vn/state/law-36-2018/art-35-1b/movables"]
    assert article.scope is not None
    whole = inwords.said(law, article, article.scope, on=ON, language="en")
    assert "at least 50,000,000 đồng" in " ".join(text for _depth, text in whole.lines())


def test_what_is_denied_is_told_by_its_opposite(law: Corpus) -> None:
    article = law.articles["vn/party/210-kl-tw/leader-not-local-commune"]
    held, denied = (inwords._Teller(law, article, ON, "en").clause(article.condition, way) for way in (True, False))
    assert (held.kind, denied.kind) == ("any", "all")
    assert [part.text for part in held.parts] == ["a local person: no", "a local person accepted for this post: yes"]
    assert [part.text for part in denied.parts] == ["a local person: yes", "a local person accepted for this post: no"]


# ---- versions


def test_a_rule_that_was_replaced_twice_is_one_chain_of_three(law: Corpus) -> None:
    chain = versions.versions(law).chain("vn/state/decree-170-2025/art-29-5/full-term")
    assert chain == [
        "vn/state/decree-138-2020/art-42/full-term",
        "vn/state/decree-170-2025/art-29-5/full-term",
        "vn/state/decree-300-2026/art-29-7/full-term",
    ]


def test_versions_adjoin_in_time_within_one_family_and_topic(law: Corpus) -> None:
    found = versions.versions(law)
    assert len(found.after) >= 50
    for earlier, later in found.after.items():
        one, other = law.articles[earlier], law.articles[later]
        assert one.end == other.start
        assert (law.family(one), one.topic, one.effect) == (law.family(other), other.topic, other.effect)


def test_days_of_change_name_what_begins_and_ends(law: Corpus) -> None:
    days = versions.change_days(law)
    assert "vn/state/decree-300-2026/art-29-7/full-term" in days[date(2026, 8, 1)]["begin"]
    assert "vn/state/decree-170-2025/art-29-5/full-term" in days[date(2026, 8, 1)]["end"]
    assert list(days) == sorted(days)


# ---- proofs that are kept


def test_a_proof_is_begun_once_and_read_when_it_is_there(law: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(proofs.subprocess, "Popen", lambda command, **_rest: started.append(command))
    assert proofs.state(law, tmp_path) == "none"
    proofs.begin(law, tmp_path)
    proofs.begin(law, tmp_path)
    assert len(started) == 1
    assert proofs.state(law, tmp_path) == "running"
    assert proofs.kept(law, tmp_path) is None
    (tmp_path / f"{law.hash}.json").write_text(json.dumps({"findings": []}))
    assert proofs.state(law, tmp_path) == "proved"
    assert proofs.kept(law, tmp_path) == {"findings": []}


def test_a_proof_that_fails_says_why_and_leaves_nobody_waiting(
    law: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from canbo.rules import prove

    def breaks(_corpus: Corpus) -> None:
        raise ValueError("the solver is not there")

    monkeypatch.setattr(prove, "prove", breaks)
    (tmp_path / f"{law.hash}.running").touch()
    proofs.prove_and_keep(law, tmp_path)
    assert proofs.state(law, tmp_path) == "failed"
    assert "the solver is not there" in proofs.trouble(law, tmp_path)

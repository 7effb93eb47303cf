"""Accepted findings: signed, bound to the text, and for a time only."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from canbo.rules.corpus import Corpus
from canbo.rules.findings import KINDS, finding_hash
from canbo.rules.prove import prove
from canbo.rules.words import LANGUAGES, RuleError, message
from tests.rules.books import SAID, article, book

HORIZON = (date(2024, 1, 1), date(2026, 1, 1))
MAY = article("may", "permit", "person.points >= 50", scope="post.title == 'deputy'")
NEVER = article("never", "forbid", "person.degree == 'none'", scope="person.sex == 'F'")


def accept(corpus: Corpus, **changed: Any) -> None:
    """Write an acceptance of the conflict as the rulebook now stands."""
    entry = {
        "kind": "conflict",
        "articles": ["may", "never"],
        "hash": finding_hash(corpus, ["may", "never"]),
        "reason": {"en": "the draft decree settles it", "vi": "dự thảo nghị định sẽ giải quyết"},
        "signer": "legal department",
        "accepted_on": date(2024, 2, 1),
        "expires": date(2024, 8, 1),
        **changed,
    }
    (corpus.path / "findings.yaml").write_text(yaml.safe_dump({"accepted": [entry]}, allow_unicode=True), encoding="utf-8")


def new(corpus: Corpus, today: date = date(2024, 6, 1)) -> list[str]:
    return [finding.kind for finding in prove(corpus, horizon=HORIZON, today=today).new]


def test_an_accepted_finding_is_no_longer_new_and_says_who_accepted_it(tmp_path: Path) -> None:
    corpus = book(tmp_path, MAY, NEVER)
    assert new(corpus) == ["conflict"]
    accept(corpus)
    (finding,) = prove(corpus, horizon=HORIZON, today=date(2024, 6, 1)).findings
    assert finding.accepted is not None
    assert (finding.accepted.signer, finding.new) == ("legal department", False)


def test_an_acceptance_does_not_hold_before_it_is_signed_nor_from_the_day_it_expires(tmp_path: Path) -> None:
    corpus = book(tmp_path, MAY, NEVER)
    accept(corpus)
    days = (date(2024, 1, 31), date(2024, 2, 1), date(2024, 7, 31), date(2024, 8, 1))
    assert [new(corpus, today) for today in days] == [["conflict"], [], [], ["conflict"]]


@pytest.mark.parametrize(
    ("edit", "stands"),
    [
        ({"condition": "person.points >= 51"}, False),
        ({"applies_when": "post.title == 'chair'"}, False),
        ({"condition": "(person.points >= 50)"}, True),
        ({"title": {"en": "another title", "vi": "tên khác", "fa": "نام دیگر"}}, True),
    ],
)
def test_editing_what_an_article_says_voids_the_acceptance_and_rewording_its_title_does_not(
    tmp_path: Path, edit: dict[str, Any], stands: bool
) -> None:
    accept(book(tmp_path, MAY, NEVER))
    assert new(book(tmp_path, {**MAY, **edit}, NEVER)) == ([] if stands else ["conflict"])


def test_a_changed_figure_voids_the_acceptance(tmp_path: Path) -> None:
    source = {"instrument": SAID, "mark": "T", "confidence": "high"}
    least: dict[str, Any] = {
        "title": SAID,
        "type": "int",
        "unit": "points",
        "source": source,
        "steps": [{"from": "2024-01-01", "value": 50}],
    }
    may = {**MAY, "condition": "person.points >= param.least()"}
    accept(book(tmp_path, may, NEVER, parameters={"least": least}))
    assert new(book(tmp_path, may, NEVER, parameters={"least": least})) == []
    least["steps"][0]["value"] = 40
    assert new(book(tmp_path, may, NEVER, parameters={"least": least})) == ["conflict"]


def test_an_acceptance_covers_its_own_kind_only(tmp_path: Path) -> None:
    corpus = book(tmp_path, MAY, NEVER)
    accept(corpus, kind="duplicate")
    assert new(corpus) == ["conflict"]


@pytest.mark.parametrize("name", ["reason", "signer", "expires", "hash"])
def test_an_acceptance_without_reason_signer_or_end_is_refused(tmp_path: Path, name: str) -> None:
    corpus = book(tmp_path, MAY, NEVER)
    accept(corpus)
    file = corpus.path / "findings.yaml"
    entry = yaml.safe_load(file.read_text(encoding="utf-8"))
    del entry["accepted"][0][name]
    file.write_text(yaml.safe_dump(entry), encoding="utf-8")
    with pytest.raises(RuleError, match=name):
        new(corpus)


def test_every_kind_has_its_sentence_in_every_language() -> None:
    for kind in KINDS:
        said = {message(f"finding_{kind}", first="A", others="B", topic="t").say(language) for language in LANGUAGES}
        assert len(said) == len(LANGUAGES)


def test_a_proof_is_plain_json(tmp_path: Path) -> None:
    told = json.loads(json.dumps(prove(book(tmp_path, MAY, NEVER), horizon=HORIZON).to_dict()))
    (finding,) = told["findings"]
    assert (finding["kind"], finding["articles"], finding["accepted"]) == ("conflict", ["may", "never"], None)
    assert finding["witness"] == {
        "person.degree": "none",
        "person.points": finding["witness"]["person.points"],
        "person.sex": "F",
        "post.title": "deputy",
    }
    assert set(finding["text"]) == set(LANGUAGES)
    assert told["pairs"] >= 1

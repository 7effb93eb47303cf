"""The difference of two rulebooks, as persons whose answer changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from canbo.rules.corpus import Corpus
from canbo.rules.diff import Change, diff
from canbo.rules.explain import explain, find_value
from canbo.rules.words import LANGUAGES
from tests.rules.books import article, book

DAY = date(2024, 6, 1)
DEMAND = article("demand", "require", "person.points >= 50")
DEGREE = article("degree", "forbid", "person.degree == 'none'", scope="post.title == 'chair'")


def books(path: Path, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> tuple[Corpus, Corpus]:
    return book(path / "old", *old), book(path / "new", *new)


def words(pair: tuple[Corpus, Corpus], change: Change) -> tuple[str, str]:
    """What explain says of the witness in each book, from plain values."""
    facts: Any = change.to_dict()["witness"]
    one, other = (explain(corpus, topic=change.topic, facts=facts, on=DAY, changes=False).word for corpus in pair)
    return one, other


def test_a_higher_demand_refuses_somebody_who_was_allowed(tmp_path: Path) -> None:
    pair = books(tmp_path, [DEMAND, DEGREE], [{**DEMAND, "condition": "person.points >= 60"}, DEGREE])
    difference = diff(*pair, on=DAY)
    (change,) = difference.changes
    assert (change.articles, change.before, change.after) == (("demand",), "allowed", "refused")
    assert words(pair, change) == ("allowed", "refused")
    assert 50 <= change.witness["person.points"] < 60  # type: ignore[operator]
    assert all("demand" in difference.say(language) for language in LANGUAGES)


def test_an_article_added_and_one_removed_each_change_somebodys_answer(tmp_path: Path) -> None:
    pair = books(tmp_path, [DEMAND], [DEGREE])
    changes = diff(*pair, on=DAY).changes
    assert {(change.articles[0], change.before, change.after) for change in changes} == {
        ("degree", "allowed", "refused"),
        ("demand", "refused", "allowed"),
    }
    assert all(words(pair, change) == (change.before, change.after) for change in changes)


def test_the_same_law_in_other_words_changes_nobodys_answer(tmp_path: Path) -> None:
    pair = books(tmp_path, [DEMAND], [{**DEMAND, "condition": "!(person.points < 50)"}])
    difference = diff(*pair, on=DAY)
    assert (list(difference.edited), list(difference.changes)) == (["demand"], [])


def test_equal_books_do_not_differ(tmp_path: Path) -> None:
    assert diff(*books(tmp_path, [DEMAND], [DEMAND]), on=DAY).to_dict()["articles"] == []


def test_a_ground_taken_away_is_somebody_who_stays(tmp_path: Path) -> None:
    failed = article("failed", "ground", "person.failed", topic="removal")
    bad = article("bad", "ground", "person.grades[0] == 'bad'", topic="removal")
    pair = books(tmp_path, [failed, bad], [bad])
    (change,) = diff(*pair, on=DAY).changes
    assert words(pair, change) == ("allowed", "refused")


def test_a_formula_amended_is_shown_with_both_figures(tmp_path: Path) -> None:
    pay = article("pay", "value", "leave.months * pay.rate", gives="pay", topic="leaving")
    pair = books(
        tmp_path, [pay], [{**pay, "value": "leave.months >= 24 ? leave.months * pay.rate * 2 : leave.months * pay.rate"}]
    )
    (change,) = diff(*pair, on=DAY).changes
    facts: Any = change.to_dict()["witness"]
    figures = [find_value(corpus, name="pay", facts=facts, on=DAY).value for corpus in pair]
    assert [change.before, change.after] == [str(figure) for figure in figures]
    assert figures[1] == 2 * figures[0]  # type: ignore[operator]
    assert facts["leave.months"] >= 24

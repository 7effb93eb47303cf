"""Ratings are read whole or refused with every row that is wrong, in the reader's language; the command and the guide."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from canbo.modelling.severity.ratings import TOLD, RatingsRefused, of_table, read
from canbo.modelling.severity.words import LANGUAGES, SENTENCES
from canbo.project.commands.severity import severity
from tests.modelling.rating_worlds import world

HOUSE = Path(__file__).resolve().parents[2]
EXAMPLE = HOUSE / "examples" / "severity" / "ratings.csv"


def run(*words: str | Path, language: str = "en") -> Result:
    return CliRunner(env={"CANBO_LANG": language}).invoke(severity, [str(word) for word in words], catch_exceptions=False)


def mistakes(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    with pytest.raises(RatingsRefused) as refused:
        of_table(pl.DataFrame(rows))
    return [(mistake.said.key, mistake.row) for mistake in refused.value.mistakes]


GOOD = {"rater": "a", "ratee": "b", "score": 70.0}


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"score": 101.0}, "score_outside"),
        ({"score": -1.0}, "score_outside"),
        ({"score": None}, "score_unreadable"),
        ({"score": float("nan")}, "score_unreadable"),
        ({"rater": "b"}, "rates_self"),
        ({"rater": " "}, "cell_empty"),
        ({"rater": "a", "ratee": "b"}, "rated_twice"),
    ],
)
def test_a_row_that_cannot_stand_is_named_with_its_reason(row: dict[str, Any], key: str) -> None:
    assert mistakes([GOOD, {**GOOD, "rater": "c", **row}]) == [(key, 2)]


def test_all_mistakes_are_told_at_once_up_to_a_number() -> None:
    assert mistakes([{**GOOD, "score": 200.0, "ratee": f"p{each}"} for each in range(50)]) == [
        ("score_outside", each + 1) for each in range(TOLD)
    ]
    assert mistakes([{**GOOD, "score": 200.0}, {"rater": "x", "ratee": "x", "score": 1.0}]) == [
        ("score_outside", 1),
        ("rates_self", 2),
    ]


def test_an_anonymous_rating_in_a_body_of_two_is_refused_and_one_in_a_body_of_three_is_not() -> None:
    two = [{**GOOD, "body": "office", "anonymous": True}]
    assert mistakes(two) == [("body_of_two", 1)]
    three = [*two, {"rater": "c", "ratee": "b", "score": 60.0, "body": "office", "anonymous": True}]
    assert of_table(pl.DataFrame(three)).anonymous.all()


def test_one_ratee_in_two_bodies_or_with_two_results_in_one_period_is_refused() -> None:
    other = {"rater": "c", "ratee": "b", "score": 60.0}
    assert mistakes([{**GOOD, "body": "x"}, {**other, "body": "y"}]) == [("body_twice", 2)]
    assert mistakes([{**GOOD, "result": 1.0}, {**other, "result": 2.0}]) == [("result_twice", 2)]
    assert mistakes([{**GOOD, "result": "good"}]) == [("result_unreadable", 1)]
    assert mistakes([{**GOOD, "anonymous": "perhaps"}]) == [("anonymous_unreadable", 1)]


def test_a_strange_a_missing_column_and_an_empty_table_are_refused() -> None:
    assert mistakes([{**GOOD, "sex": "F"}]) == [("column_unknown", 0)]
    assert mistakes([{"rater": "a", "ratee": "b"}]) == [("column_missing", 0)]
    with pytest.raises(RatingsRefused, match="no ratings"):
        of_table(pl.DataFrame(GOOD).clear())


def test_the_same_ratings_are_read_from_csv_parquet_and_json(tmp_path: Path) -> None:
    table = world(1, people=40).table
    table.write_csv(tmp_path / "r.csv")
    table.write_parquet(tmp_path / "r.parquet")
    (tmp_path / "r.json").write_text(json.dumps({"scale": [0, 120], "ratings": table.to_dicts()}))
    found = [read(tmp_path / name) for name in ("r.csv", "r.parquet", "r.json")]
    assert found[0].people == found[1].people == found[2].people
    assert found[0].score.tolist() == found[1].score.tolist() == found[2].score.tolist()
    assert [each.scale for each in found] == [(0, 100), (0, 100), (0, 120)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mistake_is_said_in_the_readers_language(language: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("rater,ratee,score\na,a,50\nb,c,500\n")
    ran = run(tmp_path / "bad.csv", language=language)
    assert ran.exit_code == 1 and not ran.stdout
    assert len(ran.stderr.splitlines()) == 2 and "500" in ran.stderr


@pytest.mark.parametrize("words", [("--scale", "high"), ("--scale", "100-0"), ("--least", "2"), ("--false-alarms", "0")])
def test_an_option_that_makes_no_sense_is_refused_in_one_sentence(words: tuple[str, str]) -> None:
    ran = run(EXAMPLE, *words)
    assert ran.exit_code == 1 and len(ran.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_or_holds_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "odd.json").write_text('{"ratings": 3}')
    for name in ("none.csv", "empty.csv", "odd.json"):
        assert run(tmp_path / name).exit_code == 1


def test_every_sentence_exists_in_every_language_with_the_same_places() -> None:
    for key, said in SENTENCES.items():
        places = {language: set(re.findall(r"{(\w+)}", said[language])) for language in LANGUAGES}
        assert set(said) == set(LANGUAGES) and places["en"] == places["vi"] == places["fa"], key


def test_the_guide_shows_what_the_command_answers() -> None:
    text = (HOUSE / "docs" / "guide" / "severity.md").read_text(encoding="utf-8")
    (below,) = re.findall(r"(?ms)^\$ canbo severity examples/severity/ratings.csv\n(.*?)^```", text)
    answered = iter(run(EXAMPLE).stdout.splitlines())
    for line in below.rstrip("\n").splitlines():
        assert line.strip() == "..." or line in answered, f"no longer answers {line!r}"


def test_json_gives_fair_beside_given_and_null_where_nothing_is_known() -> None:
    answer = json.loads(run(EXAMPLE, "--least", "9", "--json").stdout)
    assert {"ratings", "raters", "ratees", "groups", "questions", "false_alarms", "least", "noise"} <= set(answer)
    silent = [row for row in answer["raters"] if row["ratings"] < 9]
    assert silent and all(row["severity"] is None and row["state"] == "too_few" for row in silent)
    few = [row for row in answer["ratees"] if row["raters"] < 9]
    assert few and all(row["fair"] is None and row["given"] is None for row in few)
    assert [each["kind"] for each in answer["questions"]] == ["ring"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_is_given_in_every_language(language: str) -> None:
    ran = run(EXAMPLE, language=language)
    assert ran.exit_code == 0 and "r15, r17, r20, r22" in ran.stdout
    assert SENTENCES["not_applied"][language] in ran.stdout

"""People from a file: what the scan counts is what explain says of each."""

from __future__ import annotations

import csv
import random
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from canbo.rules import corpus as rulebooks
from canbo.rules.corpus import Corpus
from canbo.rules.explain import explain
from canbo.rules.people import read_people, scan_people
from canbo.rules.schema import Fact
from canbo.rules.words import RuleError
from tests.rules.test_program import some_case

ON = date(2026, 7, 1)
FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "rulebook"


@pytest.fixture(scope="module")
def law() -> Corpus:
    return rulebooks.load(FILE)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(map(str, value)) if isinstance(value, (list, tuple, frozenset)) else str(value)


def cases(law: Corpus, number: int) -> list[dict[str, Any]]:
    dice = random.Random(3)
    people = [some_case(law, dice) for _ in range(number)]
    # What is left out may take its legal default; an empty cell is unknown, as a null is in a case's file.
    return [{name: person.get(name) for name in law.facts} for person in people]


def as_csv(law: Corpus, people: list[dict[str, Any]], file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines)
        out.writerow(law.facts)
        out.writerows(["" if value is None else written(value) for value in person.values()] for person in people)
    return file


def test_the_counts_are_what_explain_says_of_each_person(law: Corpus, tmp_path: Path) -> None:
    people = cases(law, 300)
    expected: dict[str, Counter[str]] = {name: Counter() for name in law.articles}
    for person in people:
        facts = {name: value or None if isinstance(value, list) else value for name, value in person.items()}
        for article in explain(law, topic="holding", facts=facts, on=ON, changes=False).articles:
            expected[article.id][article.outcome] += 1
    frame = read_people(as_csv(law, people, tmp_path / "people.csv"), law.facts)
    for count in scan_people(law, frame, ["holding"], ON):
        found = Counter(
            {"pass": count.passed, "fail": count.failed, "unknown": count.unknown, "not_applicable": count.not_applicable}
        )
        assert +found == expected[count.article], count.article
    frame.write_parquet(tmp_path / "people.parquet")
    again = read_people(tmp_path / "people.parquet", law.facts)
    assert scan_people(law, again, [], ON) == scan_people(law, frame, [], ON)


def test_what_is_the_same_for_everybody_is_given_once(law: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("person.degree,person.minority\nuniversity,false\ncollege,false\n,true\n", encoding="utf-8")
    fixed = {"post.level": Fact("province"), "post.title": Fact("chair")}
    (count,) = [c for c in scan_people(law, read_people(file, law.facts), ["holding"], ON, fixed=fixed) if "degree" in c.article]
    assert (count.passed, count.failed, count.unknown) == (1, 1, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person.degre\nmaster", "Did you mean ‘person.degree’?"),
        ("person.degree\nmaster\nmasters", "people.csv:3: The fact ‘person.degree’ was given as masters"),
        ("person.born\n1975-02-30", "‘person.born’ was given as 1975-02-30"),
        ("unit.deputies\nfew", "‘unit.deputies’ was given as few"),
        ("person.grades\ngood;well", "‘person.grades’ was given as well"),
    ],
)
def test_a_column_or_a_value_that_cannot_be_is_refused_with_its_row(law: Corpus, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(RuleError) as raised:
        read_people(file, law.facts)
    assert said in raised.value.say("en")


def test_people_of_whom_nothing_is_known_that_matters_are_counted_as_open(law: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("unit.deputies\n1\n2\n", encoding="utf-8")
    assert {count.unknown for count in scan_people(law, read_people(file, law.facts), [], ON)} == {2}


def test_a_file_that_is_not_there_is_said(law: Corpus) -> None:
    with pytest.raises(RuleError, match="none.csv"):
        read_people(Path("none.csv"), law.facts)


def test_a_parquet_file_keeps_its_own_types(law: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "people.parquet"
    typed = {"person.born": [date(1975, 5, 1)], "person.planned": [True], "person.grades": [["good", "good", "good"]]}
    pl.DataFrame(typed).write_parquet(file)
    assert read_people(file, law.facts).row(0) == ("1975-05-01", "true", "good;good;good")

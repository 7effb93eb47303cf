"""A whole service from records: everybody's scores and grades are those that the explaining reader gives one by one."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from canbo.project.commands.evaluation import evaluate
from canbo.rules import corpus
from canbo.rules.evaluation import caps as one_cap
from canbo.rules.evaluation import everybody, records
from canbo.rules.evaluation.given import GRADES, Rated, Rating
from canbo.rules.evaluation.periods import Period
from canbo.rules.words import RuleError
from tests.rules.records_told import explained

ON = date(2027, 1, 20)
YEAR = Period(date(2026, 1, 1), "year")
MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]
QUARTERS = [f"2026-Q{number}" for number in range(1, 5)]
ORGANISING = (None, "all_with_initiative", "between", "lasting_shortcomings")
COHESION = (None, "united", "between", "lasting_disunity")
BODIES: list[dict[str, Any]] = [
    {"body": 1, "delay": None, "beyond_assigned": None, "outstanding": False, "weight_a": None, "weight_b": None, "weight_c": None},
    {"body": 2, "delay": "day", "beyond_assigned": "capped", "outstanding": True, "weight_a": 30.5, "weight_b": 20.0, "weight_c": 19.5},
    {
        "body": 3, "delay": None, "beyond_assigned": None, "outstanding": False, "weight_a": 50.0, "weight_b": 10.0, "weight_c": 10.0, "leading_weight_a": 20.0,
        "leading_weight_b": 10.0, "leading_weight_c": 10.0, "leading_weight_d": 15.0, "leading_weight_dd": 5.5, "leading_weight_e": 9.5,
    },
    {"body": 4, "leading_weight_a": 40.0, "leading_weight_b": 20.0, "leading_weight_c": 10.0},
]  # fmt: skip


def product(draw: Random, first: bool) -> dict[str, Any]:
    """One product; the first is large and assigned, so that nobody does more than ten times of it, which is refused."""
    late = draw.choice([0, 0, 0, 1, 2, 5])
    return {
        "coefficient": 2.7 if first else draw.choice([1.0, 2.7, 3.7, 0.5, 1.25]), "assigned": float(draw.randint(2, 6)), "done": draw.choice([1.0, 2.0, 3.5, 0.8]),
        "quality_failures": draw.choice([None, 0, 0, 1, 5]), "delays": draw.choice([None, late and 1]), "days_late": late or None,
        "objective_cause": draw.random() < 0.2, "confirmed": draw.random() < 0.5, "extra": None if first else draw.choice([None, None, "unexpected", "taken_over"]),
    }  # fmt: skip


def somebody(draw: Random, number: int) -> dict[str, Any]:
    """One invented person: months, quarters, both, or some of them."""
    kind = draw.choice(["months", "quarters", "mixed", "some", "none", "quarters"])
    named = {
        "months": MONTHS, "quarters": QUARTERS, "mixed": MONTHS[:7] + QUARTERS[2:], "some": draw.sample(MONTHS, 7), "none": [],
    }[kind]  # fmt: skip
    sparse = draw.random() < 0.2
    works = {
        name: {
            "general": None if draw.random() < 0.02 else draw.choice([20.0, 27.5, 30.0]),
            "score": 88.4 if draw.random() < 0.1 else None,
            "organising": draw.choice(ORGANISING[1:3]), "cohesion": draw.choice(COHESION[1:3]) if draw.random() < 0.3 else "united",
            "products": [product(draw, not at) for at in range(draw.randint(0 if sparse else 1, 3))],
        }
        for name in sorted(named)
    }  # fmt: skip
    return {
        "person": 100 + number, "body": draw.choice([1, 2, 3, 3, 4]), "category": draw.choice(["civil_servant", "civil_servant", "public_employee"]),
        "leader": draw.random() < 0.25, "head": draw.random() < 0.2, "eval.months_worked": draw.choice([None, None, 12, 7, 5]),
        "eval.disciplined_for_duty": draw.choice([None, None, False, True]), "eval.organization_grade": draw.choice([None, "good"]),
        "works": works,
    }  # fmt: skip


def written(folder: Path, people: list[dict[str, Any]]) -> Path:
    """The records of these people as a folder."""
    facts = [name for name in people[0] if name != "works"]
    pl.DataFrame([{name: each[name] for name in facts} for each in people], infer_schema_length=None).write_parquet(
        folder / "people.parquet"
    )
    pl.DataFrame(BODIES, infer_schema_length=None).write_parquet(folder / "bodies.parquet")
    works = [
        {"person": each["person"], "period": name, **{key: value for key, value in work.items() if key != "products"}}
        for each in people for name, work in each["works"].items()
    ]  # fmt: skip
    pl.DataFrame(works, infer_schema_length=None).write_parquet(folder / "periods.parquet")
    rows = [
        {"person": each["person"], "period": name, **one}
        for each in people for name, work in each["works"].items() for one in work["products"]
    ]  # fmt: skip
    half = len(rows) // 2  # a person may go on in the next file
    for number, part in enumerate((rows[:half], rows[half:])):
        pl.DataFrame(part, schema=pl.DataFrame(rows, infer_schema_length=None).schema).write_parquet(
            folder / f"products-{number}.parquet"
        )
    return folder


@pytest.mark.parametrize("seed", range(3))
def test_everybody_is_scored_and_graded_as_the_explaining_reader_does_one_by_one(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)
    people = [somebody(draw, number) for number in range(14)]
    law = corpus.opened("vn")
    scores: list[pl.DataFrame] = []
    held = records.opened(written(tmp_path, people), law, YEAR)
    small = held.pieces(9)
    assert sum(piece.height for _rows, piece in small) == sum(
        len(w["products"]) for each in people for w in each["works"].values()
    )
    found = everybody.reckon(law, held, on=ON, told=scores.append)
    one_by_one = explained(people, {each["body"]: each for each in BODIES}, ON)
    for row in found.people.iter_rows(named=True):
        told = one_by_one[row["person"]]
        assert (row["score"], row["grade"]) == (None if told.score is None else float(told.score), told.grade), row
        assert (row["open"] == "") == (row["grade"] != "undetermined")
    by_period = {(row["person"], row["period"]): row for row in pl.concat(scores).iter_rows(named=True)}
    for number, told in one_by_one.items():
        for work, scored in told.settled.periods:
            row = by_period[number, str(work.period)]
            assert row["score"] == (None if scored.score is None else float(scored.score)), (number, row)
            for name in ("general", "a", "b", "c", "d", "dd", "e", "result"):
                part = scored.parts[name]
                assert row[name] == (None if part is None else float(part)), (number, name, row)


def year(tmp_path: Path, scores: list[tuple[int, float, str]]) -> everybody.Found:
    """A year of people of one body with settled quarters: person, score, category."""
    pl.DataFrame([{"person": who, "body": "X", "category": kind} for who, _score, kind in scores]).write_parquet(
        tmp_path / "people.parquet"
    )
    works = [{"person": who, "period": name, "score": score} for who, score, _kind in scores for name in QUARTERS]
    pl.DataFrame(works).write_parquet(tmp_path / "periods.parquet")
    nothing = {"person": pl.Int64, "period": pl.String, "coefficient": pl.Float64, "assigned": pl.Float64, "done": pl.Float64}
    pl.DataFrame(schema=nothing).write_parquet(tmp_path / "products.parquet")
    law = corpus.opened("vn")
    return everybody.reckon(law, records.opened(tmp_path, law, YEAR), on=ON)


@pytest.mark.parametrize("points", [[95, 94, 93, 92, 91, 75, 75], [95, 91, 91, *[72] * 9], [91] * 4 + [70] * 30, [80] * 3])
def test_caps_of_all_bodies_are_those_of_each_alone_and_name_who_keeps_who_loses_who_is_tied(
    tmp_path: Path, points: list[int]
) -> None:
    found = year(tmp_path, [(number, float(score), "civil_servant") for number, score in enumerate(points)])
    grades = {row["person"]: row["grade"] for row in found.people.iter_rows(named=True)}
    rated = tuple(Rated(str(who), grades[who], {"score": Decimal(points[who])}) for who in grades)
    counts = {grade: list(grades.values()).count(grade) for grade in GRADES}
    alone = one_cap.caps(
        corpus.opened("vn"), Rating("persons", False, {"staff": counts}, {"staff": rated}), on=date(2026, 12, 31)
    )[0]
    row = found.caps.row(0, named=True)
    assert {name: row[f"allowed_{name}"] for name in alone.allowed} == alone.allowed
    assert {name: row[f"settled_{name}"] for name in alone.settled} == alone.settled
    said = {str(each["person"]): each["in_group"] for each in found.people.iter_rows(named=True) if each["in_group"]}
    assert said == dict.fromkeys(alone.keep, "keeps") | dict.fromkeys(alone.lose, "loses") | dict.fromkeys(alone.tied, "tied")


def test_nothing_is_said_of_public_employees_whose_unit_has_no_regulation(tmp_path: Path) -> None:
    folder = tmp_path
    pl.DataFrame({"person": [1], "body": [7], "category": ["public_employee"]}).write_parquet(folder / "people.parquet")
    pl.DataFrame({"person": [1] * 4, "period": QUARTERS, "general": [30.0] * 4}).write_parquet(folder / "periods.parquet")
    rows = {"person": [1] * 4, "period": QUARTERS, "coefficient": [1] * 4, "assigned": [2] * 4, "done": [2] * 4}
    pl.DataFrame(rows).write_parquet(folder / "products.parquet")
    law = corpus.opened("vn")
    row = everybody.reckon(law, records.opened(folder, law, YEAR), on=ON).people.row(0, named=True)
    assert (row["score"], row["grade"], row["open"]) == (None, "undetermined", "regulation")


WRONG: dict[str, dict[str, Any]] = {
    "records_not_ordered": {"person": [2, 1]},
    "records_unknown": {"person": [1, 9]},
    "records_period": {"period": ["2026-Q1", "2026"]},
    "records_out_of_range": {"coefficient": [1.0, 2.705]},
    "records_empty": {"assigned": [1.0, None]},
    "records_word": {"extra": ["unexpected", "gift"]},
    "records_wrong_type": {"done": ["1", "2"]},
    "records_unknown_column": {"colour": [1, 2]},
    "records_assigned_after": {"assigned_on": [date(2026, 2, 1), date(2026, 4, 1)]},
}


@pytest.mark.parametrize("key", WRONG)
def test_a_record_that_cannot_be_is_refused_with_its_file(tmp_path: Path, key: str) -> None:
    pl.DataFrame({"person": [1, 2], "body": [7, 7]}).write_parquet(tmp_path / "people.parquet")
    pl.DataFrame({"person": [1, 2], "period": ["2026-Q1"] * 2, "general": [30.0] * 2}).write_parquet(tmp_path / "periods.parquet")
    rows: dict[str, Any] = {
        "person": [1, 2],
        "period": ["2026-Q1"] * 2,
        "coefficient": [1.0] * 2,
        "assigned": [2.0] * 2,
        "done": [2.0] * 2,
    }
    pl.DataFrame(rows | WRONG[key]).write_parquet(tmp_path / "products.parquet")
    law = corpus.opened("vn")
    with pytest.raises(RuleError) as refused:
        everybody.reckon(law, records.opened(tmp_path, law, YEAR), on=ON)
    assert refused.value.message.key == key
    assert "products.parquet" in refused.value.message.say("en")


@pytest.mark.parametrize("prefix", ["", "leading_"])
def test_weights_of_either_set_that_do_not_sum_to_seventy_are_refused(tmp_path: Path, prefix: str) -> None:
    law = corpus.opened("vn")
    written(tmp_path, [somebody(Random(1), number) for number in range(3)])
    pl.DataFrame([{"body": 4, f"{prefix}weight_a": 50.0, f"{prefix}weight_b": 19.9}]).write_parquet(tmp_path / "bodies.parquet")
    with pytest.raises(RuleError, match=r"sum to 69\.9; they must sum to 70"):
        records.opened(tmp_path, law, YEAR)


@pytest.mark.parametrize("kind", [pl.Int8, pl.UInt8, pl.Int16, pl.UInt64])
def test_numbers_are_read_from_columns_however_narrow(tmp_path: Path, kind: type[pl.DataType]) -> None:
    found = records._number(pl.Series("delays", [0, 3, 7], dtype=kind), records.Number(1000, 0), tmp_path / "products.parquet")
    assert found.to_list() == [0, 3, 7]
    with pytest.raises(RuleError):
        records._number(pl.Series("delays", [0, 3, 99], dtype=kind), records.Number(50, 0), tmp_path / "products.parquet")


def test_a_period_has_one_row_and_a_person_too(tmp_path: Path) -> None:
    law = corpus.opened("vn")
    with pytest.raises(RuleError, match="twice"):
        year(tmp_path, [(1, 90.0, "civil_servant"), (1, 91.0, "civil_servant")])
    pl.DataFrame({"person": [1], "body": [7]}).write_parquet(tmp_path / "people.parquet")
    pl.DataFrame({"person": [1, 1], "period": ["2026-01"] * 2, "general": [30.0] * 2}).write_parquet(tmp_path / "periods.parquet")
    with pytest.raises(RuleError, match="2026-01"):
        records.opened(tmp_path, law, YEAR)


def test_the_command_writes_results_all_at_once_and_tells_what_came_out(tmp_path: Path) -> None:
    source, out = tmp_path / "records", tmp_path / "out"
    source.mkdir()
    year(source, [(1, 95.0, "civil_servant"), (2, 75.0, "civil_servant"), (3, 80.0, "public_employee")])
    asked = ["--records", str(source), "--period", "2026", "--on", str(ON), "--out", str(out), "--json"]
    done = CliRunner().invoke(evaluate, asked)
    told = json.loads(done.output)
    assert (done.exit_code, told["undetermined"]) == (4, {"grade": 1})  # no regulation: which decree holds is not known
    assert told["grades"] == {"civil_servant": {"excellent": 1, "good": 1}, "public_employee": {"undetermined": 1}}
    assert sorted(each.name for each in out.iterdir()) == sorted(told["files"])
    kept = pl.read_parquet(out / "people.parquet")
    assert kept["score"].to_list() == [95.0, 75.0, 80.0]
    assert pl.read_parquet(out / "scores-*.parquet").height == 12
    pl.DataFrame({"person": [1], "body": [7], "colour": ["red"]}).write_parquet(source / "people.parquet")
    refused = CliRunner().invoke(evaluate, asked)
    assert refused.exit_code == 1
    assert "colour" in refused.output
    assert pl.read_parquet(out / "people.parquet").equals(kept)
    shown = CliRunner().invoke(evaluate, [*asked[:2], "--period", "2027", "--on", "2026-11-28"])
    assert shown.exit_code == 1
    assert "2027" in shown.output

"""Many at once say what is said of one: columns and explanations agree on every score and grade."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
import yaml
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from canbo.rules import corpus
from canbo.rules.evaluation import few, person
from canbo.rules.evaluation import given as files
from canbo.rules.evaluation import many as many_people
from canbo.rules.evaluation.many import Many
from canbo.rules.evaluation.readings import ways_of

ON = date(2026, 11, 28)
ORGANISING = ("all_with_initiative", "between", "lasting_shortcomings")
COHESION = ("united", "between", "lasting_disunity")

PRODUCT = st.fixed_dictionaries(
    {
        "coefficient": st.decimals("0.5", 20, places=1), "assigned": st.integers(1, 20), "done": st.decimals(0, 22, places=1),
        "quality_failures": st.integers(0, 6), "days_late": st.integers(0, 9), "cause": st.booleans(), "extra": st.booleans(),
    }
)  # fmt: skip
PERSON = st.fixed_dictionaries(
    {
        "products": st.lists(PRODUCT, max_size=5), "general": st.none() | st.decimals(0, 30, places=1), "leader": st.booleans(),
        "staff": st.none() | st.booleans(), "organising": st.none() | st.sampled_from(ORGANISING),
        "cohesion": st.none() | st.sampled_from(COHESION),
    }
)  # fmt: skip
WAYS = st.fixed_dictionaries(
    {
        "delay": st.sampled_from(["occurrence", "day"]),
        "cut": st.sampled_from(["product", "item"]),
        "beyond_assigned": st.sampled_from(["counted", "capped"]),
    }
)


def by_one(case: dict[str, Any], ways: dict[str, str]) -> tuple[Any, ...]:
    """What is said of one person from a file."""
    products = [
        {
            "coefficient": float(p["coefficient"]), "assigned": p["assigned"], "done": float(p["done"]),
            "quality_failures": p["quality_failures"], "delays": int(p["days_late"] > 0), "days_late": p["days_late"],
            **({"objective_cause": True} if p["cause"] else {}), **({"extra": "unexpected"} if p["extra"] else {}),
        }
        for p in case["products"]
    ]  # fmt: skip
    told: dict[str, Any] = {"period": "2026-03", "leader": case["leader"], "readings": ways}
    if products:
        told["products"] = products
    if case["general"] is not None:
        told["general"] = float(case["general"])
    unit = {name: case[name] for name in ("organising", "cohesion") if case[name]}
    if case["staff"] is not None:
        unit["staff_all_completed"] = case["staff"]
    if case["leader"] and unit:
        told["unit"] = unit
    law = corpus.opened("vn")
    read = files.read_person(yaml.safe_dump(told), law.facts, ways_of(law.path).names(), file=Path("x"))
    found = person.evaluate(law, read, on=ON)
    parts = found.settled.scored.parts
    return found.score, found.grade, *(parts[name] for name in ("a", "b", "c", "d", "dd", "e", "result"))


def by_columns(cases: list[dict[str, Any]], ways: dict[str, str]) -> list[tuple[Any, ...]]:
    """What is said of them all at once."""
    rows = [
        (n, int(p["coefficient"] * 100), p["assigned"] * 10_000, int(p["done"] * 10_000), p["quality_failures"], int(p["days_late"] > 0),
         p["days_late"], p["cause"], p["extra"])
        for n, case in enumerate(cases) for p in case["products"]
    ]  # fmt: skip
    names = ["work", "coefficient", "assigned", "done", "failures", "times", "days", "cause", "extra"]
    shape = {name: pl.Boolean if name in ("cause", "extra") else pl.Int64 for name in names}
    many = Many(corpus.opened("vn"), date(2026, 3, 31), ways)
    works = pl.DataFrame(
        {
            "work": range(len(cases)),
            "general": [None if c["general"] is None else int(c["general"] * 10) for c in cases],
            "leader": [c["leader"] for c in cases],
            "staff_completed": [c["staff"] if c["leader"] else None for c in cases],
            "organising": [None if c["organising"] is None else ORGANISING.index(c["organising"]) for c in cases],
            "cohesion": [None if c["cohesion"] is None else COHESION.index(c["cohesion"]) for c in cases],
        },
        schema={
            "work": pl.Int64,
            "general": pl.Int64,
            "leader": pl.Boolean,
            "staff_completed": pl.Boolean,
            "organising": pl.Int64,
            "cohesion": pl.Int64,
        },
    )
    counted = many.products(pl.DataFrame(rows, schema=shape, orient="row"))
    scored = many.works(works, counted)
    one_by_one = few.products(many, [dict(zip(names, row, strict=True)) for row in rows])
    assert one_by_one == [{name: row[name] for name in each} for each, row in zip(one_by_one, counted.to_dicts(), strict=True)]
    in_rows = few.works(many, works.to_dicts(), one_by_one)
    assert in_rows == [{name: row[name] for name in each} for each, row in zip(in_rows, scored.to_dicts(), strict=True)]
    grades = many.grades(
        scored.select("score", leader=pl.col("eval.leader"), head=pl.lit(False)), regime="civil_servant", year=2026
    )
    tenths = ["score", "a", "b", "c", "d", "dd", "e", "result"]
    return [
        (*(None if row[name] is None else Decimal(row[name]).scaleb(-1) for name in tenths[:1]), grade,
         *(None if row[name] is None else Decimal(row[name]).scaleb(-1) for name in tenths[1:]))
        for row, grade in zip(scored.iter_rows(named=True), grades, strict=True)
    ]  # fmt: skip


def within_ten_times(case: dict[str, Any]) -> bool:
    """Whether no more than ten times as much was done as was assigned."""
    done = sum(p["done"] * p["coefficient"] for p in case["products"])
    assigned = sum(p["assigned"] * p["coefficient"] for p in case["products"] if not p["extra"])
    return not assigned or done <= 10 * assigned


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))  # each takes a good part of a second
@given(cases=st.lists(PERSON, min_size=1, max_size=4), ways=WAYS)
def test_columns_say_of_everybody_what_is_said_of_one(cases: list[dict[str, Any]], ways: dict[str, str]) -> None:
    assume(all(within_ten_times(case) for case in cases))  # more than a thousand per cent is refused as no percentage
    told = [by_one(case, ways) for case in cases]
    for most in (0, 1_000):  # as columns, and row by row
        with patch.object(many_people, "FEW", most):
            assert by_columns(cases, ways) == told


@pytest.mark.parametrize("most", [0, 1_000])
def test_the_handbooks_example_comes_out_of_columns(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_people, "FEW", most)

    def product(coefficient: str, assigned: int, done: str, failures: int, days: int) -> dict[str, Any]:
        return {
            "coefficient": Decimal(coefficient), "assigned": assigned, "done": Decimal(done), "quality_failures": failures,
            "days_late": days, "cause": False, "extra": False,
        }  # fmt: skip

    case = {
        "products": [product("1", 5, "4", 0, 4), product("2.7", 3, "3", 1, 2), product("3.7", 1, "0.8", 2, 0)],
        "general": Decimal(30), "leader": False, "staff": None, "organising": None, "cohesion": None,
    }  # fmt: skip
    score, grade, a, b, c, *_rest, result = by_columns([case], {"delay": "day"})[0]
    assert [float(each) for each in (a, b, c, result, score)] == [89.6, 68.8, 41.7, 66.7, 76.7]
    assert grade == "good"

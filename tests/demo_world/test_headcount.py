"""The headcount of the term in the invented world: it comes down from one total, and there is something to see."""

from __future__ import annotations

from datetime import date
from typing import Any

from canbo.registry import queries, quotas
from canbo.reports import headcount

ON = date(2026, 11, 22)


def test_what_is_allotted_and_kept_back_is_what_was_given(loaded: dict[str, Any]) -> None:
    for code in ("centre", "31.party"):
        rows = quotas.position(queries.unit(code, on=ON).id, on=ON)
        assert {row["staff"] for row in rows} >= {"officials"}
        for row in rows:
            assert row["free"] == 0 and row["given"] == row["delegated"] + row["allotted"] + row["reserved"]
    assert any(row["reserved"] for row in rows)


def test_one_body_has_too_many_and_the_years_to_come_ask_for_fewer(loaded: dict[str, Any]) -> None:
    found = headcount.of("31", on=ON)
    assert "31.executive.finance" in {body.code for body in found.bodies if body.over}
    numbers = [year.allotted for year in found.years]
    assert len(numbers) == 5 and numbers == sorted(numbers, reverse=True) and numbers[-1] < numbers[0] * 0.85

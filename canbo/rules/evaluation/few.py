"""A few people at once: what `many` says, row by row. A query over columns takes longer to plan than a few rows to read.

Rows have the names and units of the columns of `many`. A test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from canbo.rules.evaluation.given import CRITERIA
from canbo.rules.evaluation.many import LEADERS, PRODUCT, WORK, Many, figure_of

Row = dict[str, Any]
SUMS = {"assigned": "assigned counted", "done": "done counted", "quality_lost": "quality_lost", "delay_lost": "delay_lost"}


def products(many: Many, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """What each product counts and loses, as `Many.products`."""
    found = []
    for row in rows:
        told = {PRODUCT.get(name, name): value for name, value in row.items()}
        for name in ("assigned", "done"):
            counted = _figure(many, "product_converted", {**told, "product.quantity": told[name]})
            told[f"{name} counted"] = counted or 0
        told["product.converted"] = told["done counted"]
        lost = {name: _figure(many, f"product_{name}", told) for name in ("quality_lost", "delay_lost")}
        found.append(told | lost)
    return found


def works(many: Many, rows: Sequence[Mapping[str, Any]], counted: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The score of each period of each person, with its parts, as `Many.works`."""
    by_work: dict[int, list[Mapping[str, Any]]] = {}
    for each in counted:
        by_work.setdefault(each["work"], []).append(each)
    return [_work(many, row, by_work.get(row["work"], ())) for row in rows]


def _work(many: Many, row: Mapping[str, Any], counted: Sequence[Mapping[str, Any]]) -> Row:
    told = {WORK.get(name, name): value for name, value in row.items()}
    for name, column in SUMS.items():
        parts = [0 if name == "assigned" and each["extra"] else each[column] for each in counted]
        told[f"eval.{name}"] = None if None in parts else sum(parts)
    told["eval.general"] = told["general"]
    for part in ("a", "b", "c"):
        told[f"eval.{part}"] = _figure(many, f"evaluation_{part}", told)
    for part, name in LEADERS.items():
        told[f"eval.{part}"] = _figure(many, name, told) if told["eval.leader"] else None
    asked = CRITERIA if told["eval.leader"] else ("a", "b", "c")
    known = all(told[f"eval.{part}"] is not None for part in asked)
    told["eval.result"] = _figure(many, "evaluation_result", told) if known else None
    whole = told["eval.general"] is not None and told["eval.result"] is not None
    told["score"] = _figure(many, "evaluation_total", told) if whole else None
    return told | {part: told.pop(f"eval.{part}") for part in (*CRITERIA, "result")}


def _figure(many: Many, name: str, told: Mapping[str, Any]) -> int | None:
    return figure_of(many.law_of(name, tuple(told)), told)


__all__ = ["products", "works"]

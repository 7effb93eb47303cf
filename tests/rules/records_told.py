"""Records of a whole service as files of the explaining reader, one for each person: what tests and benchmarks compare with."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from canbo.rules import corpus
from canbo.rules.evaluation import given as files
from canbo.rules.evaluation import person
from canbo.rules.evaluation.given import CRITERIA
from canbo.rules.evaluation.readings import ways_of


def told_of(each: dict[str, Any], body: dict[str, Any], staff: dict[tuple[int, str], list[Decimal | None]]) -> dict[str, Any]:
    """The same person as a file of the explaining reader."""
    told: dict[str, Any] = {"id": str(each["person"]), "category": each["category"], "leader": each["leader"], "period": "2026"}
    told["facts"] = {"eval.head": each["head"]}
    told["facts"] |= {name: value for name, value in each.items() if name.startswith("eval.") and value is not None}
    told["readings"] = {name: body[name] for name in ("delay", "beyond_assigned") if body.get(name)}
    apart = "leading_" if each["leader"] and body.get("leading_weight_a") else ""
    if each["category"] == "public_employee" and body.get(f"{apart}weight_a"):
        weights = {name: body.get(f"{apart}weight_{name}") for name in CRITERIA}
        told["regulation"] = {"weights": {name: points for name, points in weights.items() if points}}
    told["periods"] = []
    for name, work in each["works"].items():
        unit = {key: work[key] for key in ("organising", "cohesion")}
        scores = staff.get((each["body"], name), [])
        if scores and None not in scores:
            unit["staff_scores"] = [float(score) for score in scores if score is not None]
        products = [{key: value for key, value in one.items() if value is not None} for one in work["products"]]
        entry = {"period": name, "general": work["general"], "products": products, "unit": unit if each["leader"] else None}
        if work["score"] is not None:
            entry = {"period": name, "score": work["score"]}
        told["periods"].append({key: value for key, value in entry.items() if value is not None and value != []})
    if not told["periods"]:
        del told["periods"]
    return told


def explained(people: list[dict[str, Any]], bodies: dict[int, dict[str, Any]], on: date) -> dict[int, person.Evaluated]:
    """What the explaining reader says of each, staff first."""
    law, found = corpus.opened("vn"), {}
    staff: dict[tuple[int, str], list[Decimal | None]] = {}
    for each in sorted(people, key=lambda each: each["leader"]):
        text = json.dumps(told_of(each, bodies[each["body"]], staff))
        read = files.read_person(text, law.facts, ways_of(law.path).names(), file=Path("x"))
        found[each["person"]] = told = person.evaluate(law, read, on=on, compared=False)
        for work, scored in told.settled.periods if not each["leader"] else ():
            staff.setdefault((each["body"], str(work.period)), []).append(scored.score)
    return found

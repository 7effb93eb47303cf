"""What a scenario costs and whether its deputies keep within the caps: figures of this floor for `acting.compare`."""

from __future__ import annotations

from datetime import date
from typing import Any

from canbo.procedures.models import Scenario
from canbo.registry import authority, queries
from canbo.registry.models import Account
from canbo.reports import deputies, running_cost
from canbo.reports.entitlements import people as due
from canbo.reports.entitlements import sums


def of(body: int, *, on: date, priced_on: date) -> dict[str, Any]:
    """`running_cost.of`, and of the deputies beneath the body `deputies_cap`, `deputies_over`: how many the articles allow, and
    how many serve beyond that. Everything must be in sight."""
    found = deputies.path_of(queries.unit_by_id(body, on=on).code, on=on, to=on)
    return running_cost.of(body, on=on, priced_on=priced_on) | {"deputies_cap": found.cap, "deputies_over": found.over}


def one_off(scenario: Scenario, *, reader: Account) -> dict[str, int] | None:
    """What is due once to those who leave: `stated` by its lines, `possible` if those who wait left, in đồng, and `unknown`: how
    many people's sum cannot be told yet. None where the reader may not know it."""
    if not authority.allows(reader, due.ACT, over=scenario.body_id):
        return None
    found = sums.of(due.of_scenario(scenario=scenario, reader=reader).lines)
    return {
        "stated": found.stated.amount, "possible": found.possible.amount, "unknown": found.stated.unknown + found.possible.unknown,
    }  # fmt: skip

"""`canbo holdings CODE`: what a body holds on a day; with --scenario, what would go from it, and to whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from django.utils.translation import gettext as _

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, handovers
from canbo.procedures.scenarios.holdings import kind_word, kinds
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.project.commands.scenario import _account, _refused, as_option
from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, queries
from canbo.registry.asking import Row
from canbo.registry.days import day_before
from canbo.registry.models import Account

LACKING = 1
MOST = 100_000  # rows; a list so long is for a program


@click.command()
@click.argument("code")
@on_option
@click.option("--kind", default=None, help="Only holdings of this kind (rulebook, holdings.yaml).")
@click.option("--scenario", "name", default=None, help="What would go from it by this scenario, and to whom.")
@as_option
@json_option
def holdings(code: str, on: date, kind: str | None, name: str | None, name_of_account: str | None, as_json: bool) -> None:
    """What the body with CODE holds on the day: buildings, vehicles, equipment, seals, records, open files, accounts, contracts.
    With --scenario: what would go from it on the day of that scenario, and to whom.

    Exit code: 0 found, 1 a holding would have no heir, or it is not found or refused, 2 the command line is wrong.
    """
    if kind is not None and kind not in kinds():
        why = _("There is no kind of holding called %(kind)s.") % {"kind": kind}
        raise click.UsageError(f"{why} " + _("The kinds are: %(kinds)s.") % {"kinds": ", ".join(kinds())})
    account = _account(name_of_account)
    with authority.sight(account):
        if name is None:
            told: dict[str, Any] = {
                "unit": code,
                "on": on,
                "holdings": handovers.of_body(queries.unit(code, on=on).id, on=on, reader=account),
            }
        else:
            try:
                told = _handed(code, acting.named(name, reader=account), account)
            except ScenarioRefused as refusal:
                _refused(refusal, as_json)
                return
    told["holdings"] = [row for row in told["holdings"] if kind in (None, row["kind"])]
    show_json(told) if as_json else _show(told["holdings"])
    if any(row.get("to", code) is None for row in told["holdings"]):
        raise SystemExit(LACKING)


def _handed(code: str, found: Scenario, reader: Account) -> dict[str, Any]:
    """What a scenario would take from a body: each holding with `to`, the code of its heir, or None. Raises ScenarioRefused."""
    if found.state not in acting.OPEN:
        raise ScenarioRefused(_("This scenario was carried out: what went over stands in the minutes on its page."))
    queries.unit(code, on=day_before(found.on))
    listed, _files = handovers.told(scenario=found, reader=reader, most=MOST)
    words = ("holding", "kind", "number", "name", "quantity", "unit", "condition")
    rows = [{**{word: row[word] for word in words}, "to": row["to_code"]} for row in listed if row["unit_code"] == code]
    return {"unit": code, "on": found.on, "scenario": found.name, "holdings": rows}


def _show(found: list[Row]) -> None:
    if not found:
        click.echo(_("It holds nothing that is written down."))
        return
    handed = "to" in found[0]
    table(
        ["№", _("kind"), _("number"), _("name"), _("quantity"), _("condition"), _("goes to") if handed else _("since")],
        [
            [
                row["holding"], kind_word(row["kind"]), row["number"], row["name"], f"{row['quantity']} {row['unit']}".strip(),
                row["condition"], (row["to"] or "–") if handed else row["since"],
            ]
            for row in found
        ],
    )  # fmt: skip

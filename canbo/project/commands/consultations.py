"""`canbo consultations SCENARIO`: the rounds in which those concerned were asked, with their counts and what is missing."""

from __future__ import annotations

from typing import Any

import click
from django.db import transaction
from django.utils.translation import gettext as _

from canbo.procedures.models import Consultation, Opinion, Scenario
from canbo.procedures.scenarios import acting, consulting, sketch
from canbo.project.commands.scenario import _account, as_option
from canbo.project.commands.shown import json_option, show_json, table
from canbo.registry import authority, queries
from canbo.registry.days import day_before

LACKING = 1


@click.command()
@click.argument("name")
@as_option
@json_option
def consultations(name: str, name_of_account: str | None, as_json: bool) -> None:
    """The consultations on the scenario called NAME, round by round: how many were asked, answered, are for it or against it, and
    whether one is missing that the rulebook wants. Of fewer than five answers no views are told; what somebody said is read on
    the page.

    Exit code: 0 nothing keeps it from being approved here, 1 a round is open or missing, or it is refused, 2 the command line
    is wrong.
    """
    account = _account(name_of_account)
    with authority.sight(account):
        told = _told(acting.named(name, reader=account))
    if as_json:
        show_json(told)
    else:
        _show(told)
    if not told["ok"]:
        raise SystemExit(LACKING)


@transaction.atomic
def _told(found: Scenario) -> dict[str, Any]:
    digest = acting.digest_of(found)
    rounds = [_round(each, digest) for each in found.consultations.order_by("round")]
    missing: list[str] = []
    if found.state in (Scenario.State.DRAFT, Scenario.State.PROPOSED):
        with authority.everything_in_sight():
            drawn = sketch.draw(acting.lines_of(found), body=found.body_id, on=found.on)
            consulting.lay(drawn)
            missing = consulting.missing(found, drawn)
    return {"scenario": found.name, "on": found.on, "state": found.state, "ok": not missing, "missing": missing, "rounds": rounds}


def _round(each: Consultation, digest: str) -> dict[str, Any]:
    """One round; `same_lines`: whether the lines are still those that were shown."""
    counts = consulting.tally(each)
    ids = sorted({body for group in counts["groups"] for body in group["bodies"]})
    codes = {unit.id: unit.code for unit in queries.units(ids, on=day_before(each.scenario.on))}
    groups = [{**group, "bodies": [codes.get(body, str(body)) for body in group["bodies"]]} for group in counts["groups"]]
    return {
        "round": each.round, "question": each.question, "opens": each.opens, "closes": each.closes, "open": each.closed_at is None,
        "same_lines": each.digest == digest, **counts, "groups": groups,
    }  # fmt: skip


def _show(told: dict[str, Any]) -> None:
    if not told["rounds"]:
        click.echo(_("Nobody was asked about this scenario."))
    else:
        counted = ["asked", "answered", *Opinion.View.values]
        table(
            [_("round"), _("from"), _("until"), _("state"), _("asked"), _("answered"), _("for it"), _("against it"), _("something else")],
            [
                [each["round"], each["opens"], each["closes"], _("open") if each["open"] else _("closed"), *("–" if each[word] is None else each[word] for word in counted)]
                for each in told["rounds"]
            ],
        )  # fmt: skip
        if not told["rounds"][-1]["same_lines"]:
            click.echo(_("The lines have changed since they were asked."))
    for why in told["missing"]:
        click.echo(why)

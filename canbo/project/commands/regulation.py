"""Of `canbo work` what concerns the regulation of a public service unit: what holds, draft, approve, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from canbo.evaluation import regulations
from canbo.evaluation.models import Regulation
from canbo.evaluation.refusals import Refused
from canbo.pages.words import word
from canbo.project.commands.shown import Day, json_option, on_option, show_json, table
from canbo.project.commands.sides import work_group
from canbo.project.commands.work import acting, say_done
from canbo.registry import authority, intake, queries
from canbo.registry.models import Account, Organization
from canbo.rules.words import RuleError


@work_group.command("regulation")
@click.argument("code")
@json_option
@on_option
def regulation(code: str, on: date, as_json: bool) -> None:
    """By which regulation body CODE weighs its public employees on a day, what waits, and what held before."""
    with authority.sight(intake.console()):
        unit = queries.unit(code, on=on)
        held, draft = regulations.in_force(unit.id, on), regulations.waiting(unit.id)
        told = {
            "organization": unit.code, "on": on, "in_force": _told(held), "waiting": _told(draft),
            "history": [_told(each) for each in regulations.history(unit.id)],
        }  # fmt: skip
    if as_json:
        show_json(told)
    elif held is None:
        click.echo(_("No regulation is in force here: how points are given is not known, and nobody gets a grade by points."))
    else:
        click.echo(_("Regulation %(number)s of %(day)s") % {"number": held.number, "day": held.dated})
        head = [_("Criterion"), _("Whoever does not lead"), _("Whoever leads")]
        weights = (held.weighing(leads=False), held.weighing(leads=True))
        table(head, [[str(word(name, "part of a score")), *(f"{each[name]:f}" if name in each else "–" for each in weights)]
                     for name in regulations.LEADING])  # fmt: skip


def _told(one: Regulation | None) -> dict[str, Any] | None:
    if one is None:
        return None
    names = ("id", "number", "dated", "since", "until", "state", "weights", "leading", "general")
    return {name: getattr(one, name) for name in names}


@work_group.command("draft-regulation")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting
def draft_regulation(code: str, file: Path, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Draft the regulation of public service unit CODE from FILE: number, dated, since, weights, leading, and general if it says so."""

    def put(by: Account) -> Regulation:
        body = Organization.objects.get(pk=queries.unit(code, on=on).id)
        try:
            told = regulations.read(file.read_text(encoding="utf-8"), file)
        except RuleError as problem:
            raise Refused("file", str(problem)) from None
        return regulations.draft(organization=body, by=by, on=on, key=key, **told)

    say_done(name, as_json, put)


@work_group.command("approve-regulation")
@click.argument("number", type=int)
@acting
def approve_regulation(number: int, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Put drafted regulation NUMBER in force from its day, as somebody who did not draft it."""
    say_done(name, as_json, _about(number, lambda held, by: regulations.approve(
        organization=held.organization, regulation=held, by=by, on=on, key=key
    )))  # fmt: skip


@work_group.command("withdraw-regulation")
@click.argument("number", type=int)
@click.option("--until", type=Day(), required=True, help="The first day on which it holds no more.")
@click.option("--basis", required=True, help="The text by which it is withdrawn.")
@acting
def withdraw_regulation(number: int, until: date, basis: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Let approved regulation NUMBER hold no more from a day on; what was decided by it stays."""
    told = {"until": until, "basis": basis}
    say_done(name, as_json, _about(number, lambda held, by: regulations.withdraw(
        organization=held.organization, regulation=held, by=by, on=on, key=key, **told
    )))  # fmt: skip


def _about(number: int, act: Callable[[Regulation, Account], Regulation]) -> Callable[[Account], Regulation]:
    def put(by: Account) -> Regulation:
        held = Regulation.objects.select_related("organization").filter(pk=number).first()
        if held is None:
            raise queries.NotInRegister(_("There is no regulation %(number)s.") % {"number": number})
        return act(held, by)

    return put

"""`canbo mirror CODE`: beneath which units a body is missing that a text wants there."""

from __future__ import annotations

from datetime import date

import click
from django.utils.translation import gettext as _

from canbo.procedures.scenarios import mirror as asked
from canbo.project.commands.scenario import _account, as_option
from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, queries

LACKING = 1


@click.command()
@click.argument("code")
@on_option
@as_option
@json_option
def mirror(code: str, on: date, name_of_account: str | None, as_json: bool) -> None:
    """Beneath which units, of the one with CODE and all beneath it, a Party organisation, a council, a committee or the Front is
    missing that a text wants there (rulebook, mirror.yaml).

    Exit code: 0 none is missing, 1 some are, or it is refused, 2 the command line is wrong.
    """
    account = _account(name_of_account)
    with authority.sight(account):
        unit = queries.unit(code, on=on)
        authority.require(account, "organization.read", over=unit.id)
        found = asked.lacking(queries.subtree(unit.id, on=on), on=on)
    if as_json:
        show_json({"unit": code, "on": on, "ok": not found, "lacking": [each.as_json() for each in found]})
    elif found:
        table(
            [_("unit"), _("name"), _("missing"), _("by")],
            [[each.unit["code"], queries.in_language(each.unit["name"]), each.rule.name, each.rule.citation] for each in found],
        )
    else:
        click.echo(_("Nothing is missing that a text wants beneath a unit here."))
    if found:
        raise SystemExit(LACKING)

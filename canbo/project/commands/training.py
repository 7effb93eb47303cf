"""`canbo training due CODE`: who must have reached which level of political theory by when, and by which article."""

from __future__ import annotations

from collections import Counter
from datetime import date

import click
from django.utils.translation import gettext as _

from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, intake, looking, queries
from canbo.registry.saying import language
from canbo.reports import training as reports

NOT_REACHED, OPEN = 3, 4


def words() -> dict[str, str]:
    """The states in the reader's language."""
    return {"met": _("kept"), "late": _("late"), "soon": _("due soon"), "later": _("not due yet"), "unknown": _("unknown")}


@click.group("training")
def training() -> None:
    """What the law asks people to have learned, and by when."""


@training.command("due")
@click.argument("code")
@json_option
@on_option
def due(code: str, on: date, as_json: bool) -> None:
    """The level of political theory that those with a term in body CODE and beneath need by its end, and who lacks it.

    Exit code: 0 all have it or have time, 3 somebody is late, 4 of somebody it is not known.
    """
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=on)
        found = reports.due(by=by, root=unit.id, on=on)
        looking.looked_at_list(unit.id, by=by, on=on, persons=[each.person for each in found])
        told = [each.to_dict(language()) for each in found]
    counts = Counter(each.state for each in found)
    if as_json:
        show_json({"organization": unit.code, "on": on, "counts": counts, "due": told})
    else:
        heads = [_("person"), _("Day"), _("State"), _("Article"), _("Why")]
        table(heads, [[each["id"], each["by"] or "–", words()[each["state"]], each["cites"], each["reason"]] for each in told])
    raise SystemExit(NOT_REACHED if counts[reports.LATE] else OPEN if counts[reports.UNKNOWN] else 0)

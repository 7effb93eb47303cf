"""`canbo count`: how many serve, by sex, age and degree."""

from __future__ import annotations

from datetime import date

import click
from django.utils.translation import gettext as _

from canbo.project.cli import fail
from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, intake, queries
from canbo.reports import counts, snapshot, wording


@click.command()
@click.argument("code", required=False)
@on_option
@click.option("--by", "by", default="sex,age,degree", show_default=True, help="What to count by, in this order.")
@click.option("--refresh", is_flag=True, help="First pack the columns for fast counting anew.")
@json_option
def count(code: str | None, on: date, by: str, refresh: bool, as_json: bool) -> None:
    """How many people serve in the unit with CODE, and in all bodies beneath it, on a day.

    Each person counts once, with however many posts. Unknown is a value of its own. With --refresh and no CODE
    the columns for counting are packed anew, and nothing is counted: do so after a bulk load.
    """
    dimensions = tuple(word.strip() for word in by.split(",") if word.strip())
    try:
        counts.refuse_unknown(dimensions)
        built = snapshot.build() if refresh else None
    except (counts.UnknownDimension, snapshot.SnapshotBusy) as refusal:
        fail(str(refusal))
        return
    if built and not as_json:
        click.echo(
            _("Packed: %(memberships)s memberships of %(people)s people, %(size)s MB.")
            % {"memberships": built.memberships, "people": built.people, "size": round(built.bytes / 1e6, 1)}
        )
    if code is None:
        if not built:
            raise click.UsageError(_("Say which unit to count, such as: canbo count 31 --on 2025-10-07"))
        if as_json:
            show_json({"people": built.people, "memberships": built.memberships, "bytes": built.bytes})
        return
    with authority.sight(intake.console()):
        unit = queries.unit(code, on=on)
        found = counts.count(queries.subtree(unit.id, on=on), on=on, by=dimensions)
    if as_json:
        show_json({"unit": unit.code, "name": unit.label, **found.to_dict()})
        return
    click.echo(f"{unit.code}  {unit.label}, {wording.day(on)}")
    _show(found)


def _show(found: counts.Table) -> None:
    average = _("unknown") if found.average_age is None else wording.number(found.average_age, 1)
    click.echo(
        _("%(people)s people in %(memberships)s memberships, average age %(average)s")
        % {"people": wording.number(found.people), "memberships": wording.number(found.memberships), "average": average}
    )
    for dimension in found.by:
        click.echo()
        table(
            [str(counts.DIMENSION_LABELS[dimension]), _("people"), "%"],
            [
                [str(counts.LABELS[dimension][value]), wording.number(people), _share(people, found.people)]
                for value, people in found.margin(dimension).items()
            ],
        )


def _share(part: int, whole: int) -> str:
    from fractions import Fraction

    return wording.number(Fraction(100 * part, whole), 1) if whole else "-"

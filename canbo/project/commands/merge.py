"""`canbo merge`: merge units into one on a day, through the act that replays the national reform."""

from __future__ import annotations

from datetime import date

import click
from django.utils.translation import gettext as _

from canbo.project.commands.shown import json_option, on_option, show_json
from canbo.registry import authority, changes, intake, queries
from canbo.registry.changes import Outcome
from canbo.registry.days import day_before
from canbo.registry.models import Decision, Source


@click.command()
@click.argument("codes", nargs=-1, required=True)
@click.option("--into", required=True, help="Code of the new unit.")
@click.option("--name", required=True, help="Its name.")
@click.option("--decision", "number", required=True, help="Number of the deciding document.")
@click.option("--issuer", required=True, help="Who issued it.")
@on_option
@json_option
def merge(codes: tuple[str, ...], into: str, name: str, number: str, issuer: str, on: date, as_json: bool) -> None:
    """Merge the units with CODES into a new one on a day. All of it happens, or nothing.

    The new unit takes kind and parent of the first. Bodies, remits, posts and people go over to it.
    Saying the same decision and code twice changes nothing the second time.
    """
    console = intake.console()
    with authority.sight(console):
        first = None
        ids = []
        for code in codes:
            unit = queries.unit(code, on=day_before(on))
            first = first or unit
            ids.append(unit.id)
        assert first is not None
        document, _made = Decision.objects.get_or_create(
            issuer=issuer, number=number, defaults={"kind": Decision.Kind.RESOLUTION, "title": {}, "effective_on": on}
        )
        source, _made = Source.objects.get_or_create(code="register", defaults={"title": "The register itself"})
        outcome = Outcome(into, {"vi": name}, first.kind, first.parent)
        carried = changes.merge(
            ids, into=outcome, on=on, decision=document, source=source, by=console, key=f"merge:{issuer}:{number}:{into}"
        )
    if as_json:
        show_json({"unit": into, "on": on, "origins": list(codes), "events": [event.pk for event in carried.events]})
        return
    click.echo(_("%(codes)s became %(into)s on %(on)s.") % {"codes": ", ".join(codes), "into": into, "on": on})

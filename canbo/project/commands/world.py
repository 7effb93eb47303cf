"""`canbo world`: fill an empty register with an invented world on real units."""

from __future__ import annotations

import time

import click
from django.utils.translation import gettext as _

from canbo.project.commands.serve import bring_up_to_date
from canbo.project.commands.shown import json_option, show_json
from canbo.project.world import filling


@click.command()
@click.option(
    "--people", type=int, default=None, help="How many, exactly. Not said: one city fully staffed, elsewhere those who lead."
)
@click.option("--seed", default=1, show_default=True, help="The same seed, the same world; another seed, other people.")
@json_option
def world(people: int | None, seed: int, as_json: bool) -> None:
    """Fill an empty register with invented people on the real administrative units.

    Whole or not at all: a load that is killed leaves a register without people, and the command can be given again.
    """
    started = time.monotonic()
    bring_up_to_date()
    found = filling.fill(people=people, seed=seed, say=(lambda said: click.echo(said, err=True)) if as_json else click.echo)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        show_json({**found, "seconds": seconds})
    else:
        click.echo(
            _("The register holds %(people)s invented people with %(memberships)s memberships, after %(seconds)s s.")
            % {"people": f"{found['people']:,}", "memberships": f"{found['memberships']:,}", "seconds": seconds}
        )

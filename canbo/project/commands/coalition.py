"""`canbo coalition`: how few people, from how few bodies, can make the act of each procedure effective by themselves."""

from __future__ import annotations

import json
import sys

import click

from canbo.project.commands.rules import folder, language, refusals, rulebook_option, say
from canbo.project.commands.shown import json_option
from canbo.rules.coalition import GOAL, Coalition, all_of
from canbo.rules.procedure import Procedure, opened


@click.command()
@rulebook_option
@json_option
def coalition(rulebook: str, as_json: bool) -> None:
    """The smallest coalition of every procedure and version, found by searching all states; exit code 1 below the goal."""
    with refusals():
        place = folder(rulebook)
        found, known = all_of(place), opened(place)
    if as_json:
        shown = [
            {"procedure": each.procedure, "version": each.version, "persons": each.persons, "bodies": each.bodies}
            for each in found
        ]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        click.echo(say("coalition_method"))
        for each in found:
            _show(each, known[each.procedure])
    if not all(each.reaches for each in found):
        sys.exit(1)


def _show(found: Coalition, procedure: Procedure) -> None:
    title = procedure.title[language()]
    line = say("coalition_figure", title=title, version=found.version, persons=found.persons, bodies=found.bodies)
    if found.mark == "K":
        line += f" ({say('coalition_hearsay')})"
    click.secho(line, fg=None if found.reaches else "red")
    votes = ", ".join(f"{step} {number}" for step, _, number in found.way if _is_vote(procedure, found.version, step))
    if votes:
        click.echo(f"    {say('coalition_votes', votes=votes)}")
    if not found.reaches:
        click.echo(f"    {say('coalition_too_small', persons=GOAL[0], bodies=GOAL[1])}")


def _is_vote(procedure: Procedure, version: str, step: str) -> bool:
    return procedure.version(version).step(step).does == "vote"

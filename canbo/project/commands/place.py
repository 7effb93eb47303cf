"""`canbo place FILE`: who goes where, from a file alone. The solver is loaded when it is asked, never before."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from canbo.modelling.placement.answers import Answer
    from canbo.modelling.placement.why import Why

FILE = click.Path(dir_okay=False, path_type=Path)
EXPLAINED = 60  # so many people are explained unasked


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--fix", "hands", multiple=True, metavar="PERSON=POST", help="Put a person into a post by hand, and say what it costs."
)
@click.option("--explain", "asked", multiple=True, metavar="PERSON", help="Explain the place of this person; `all` for everyone.")
@click.option(
    "--limit", default=60.0, show_default=True, type=click.FloatRange(1, 86_400), help="Seconds of work on an idle machine."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def place(file: Path, hands: tuple[str, ...], asked: tuple[str, ...], limit: float, as_json: bool) -> None:
    """Place the people of FILE in its posts: the greatest worth under what must hold, with its proof and its reasons.

    Exit code: 0 placed, 1 the file is wrong, 3 what must hold cannot hold together, 4 nothing found within the limit.
    """
    from canbo.modelling.placement import answers, reading, shown
    from canbo.modelling.placement.sentences import LANGUAGES, Refused, say

    wanted = (os.environ.get("CANBO_LANG") or os.environ.get("LANG", "en"))[:2]
    language = wanted if wanted in LANGUAGES else "en"
    try:
        problem = reading.read(file)
        problem = answers.fix(problem, reading.hands(problem, hands))
        for person in asked:
            if person != "all" and person not in problem.people:
                raise Refused("no_such_person", at="--explain", found=person)
    except Refused as refusal:
        click.echo(refusal.say(language), err=True)
        sys.exit(1)
    answer = answers.place(problem, limit)
    whys = _explanations(answer, asked)
    if as_json:
        click.echo(json.dumps(shown.as_data(answer, whys), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(shown.lines(answer, whys, language)))
        for person in sorted(set(asked) - {"all"} - {each.person for each in whys}) if answer.found else ():
            click.echo(say("nothing_better", language, person=person))
    if not answer.found:
        sys.exit(3 if answer.solution.impossible else 4)


def _explanations(answer: Answer, asked: tuple[str, ...]) -> list[Why]:
    from canbo.modelling.placement.why import wanted, why

    people = list(answer.problem.people)
    everyone = "all" in asked or (not asked and len(people) <= EXPLAINED)
    named = people if everyone else [person for person in people if person in asked]
    return [why(answer, person, post) for person in named for post in wanted(answer, person)] if answer.found else []

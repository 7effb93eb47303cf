"""`canbo projection`: the workforce of a unit to 2035, with its uncertainty, its levers and its back-test."""

from __future__ import annotations

import re
from datetime import date

import click
from django.utils.translation import gettext as _

from canbo.modelling.projection.course import MEASURES, Levers
from canbo.modelling.projection.search import NAMES, Target
from canbo.project.cli import fail
from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, intake
from canbo.reports import projection as reports
from canbo.reports import projection_words, wording

_TARGET = re.compile(r"\s*([a-z]+)\s*(>=|<=)\s*([0-9.]+)\s*@\s*([0-9]{4})\s*")


@click.command()
@click.argument("code")
@click.option("--to", "to", type=int, default=2035, show_default=True, help="The last year.")
@click.option("--runs", type=int, default=200, show_default=True, help="How often the years are played.")
@click.option(
    "--seed", type=click.IntRange(0), default=reports.SEED, show_default=True, help="The same seed gives the same figures."
)
@on_option
@click.option("--recruit", type=float, default=0.0, help="Lever: so many people more a year, as far as places are open.")
@click.option("--train", type=float, default=0.0, help="Lever: so many people more a year gain a master's degree.")
@click.option(
    "--later", type=float, default=0.0, help="Lever: so many per cent of those reaching the age serve to the latest month."
)
@click.option("--rotate", type=float, default=None, help="Lever: so many per cent of leaders move on when a term ends.")
@click.option("--target", "targets", multiple=True, metavar="MEASURE>=VALUE@YEAR", help="Find the cheapest levers that reach it.")
@click.option("--cost", "costs", multiple=True, metavar="LEVER=COST", help="Cost of one person a year, or of one per cent.")
@json_option
def projection(
    code: str, to: int, runs: int, seed: int, on: date, recruit: float, train: float, later: float, rotate: float | None,
    targets: tuple[str, ...], costs: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Project the workforce of the unit with CODE, and of all beneath it, year by year: p10, p50, p90 of many runs.

    Measures, levers, what the interval holds and what it does not: docs/guide/projection.md.
    """
    levers = Levers(recruit, train, later / 100, None if rotate is None else rotate / 100)
    try:
        asked = reports.Asked(to, runs, seed, levers, [_target(text) for text in targets], dict(map(_cost, costs)))
        reports.check(asked, on=on)
        with authority.sight(intake.console()):
            ground = reports.read(code, on=on)
        found = reports.project(ground, asked)
    except reports.ProjectionRefused as refusal:
        fail(str(refusal))
        return
    if as_json:
        show_json(found.to_dict())
    else:
        _show(found)


def _target(text: str) -> Target:
    """A target as it is written: degree>=0.5@2030."""
    match = _TARGET.fullmatch(text)
    if match is None or match[1] not in MEASURES or match[3].count(".") > 1 or match[3] == ".":
        raise reports.ProjectionRefused(
            _("“%(found)s” is no target. Write one as degree>=0.5@2030; the measures are %(known)s.")
            % {"found": text, "known": ", ".join(MEASURES)}
        )
    return Target(match[1], int(match[4]), float(match[3]), match[2] == ">=")


def _cost(text: str) -> tuple[str, float]:
    """A cost as it is written: recruit=3. That of a share is for one per cent."""
    name, _equals, value = text.partition("=")
    try:
        cost = float(value)
    except ValueError:
        cost = -1.0
    if name not in NAMES or not 0 < cost < 10**9:
        raise reports.ProjectionRefused(
            _("“%(found)s” is no cost. Write one as recruit=3; the levers are %(known)s.")
            % {"found": text, "known": ", ".join(NAMES)}
        )
    return name, cost * (100 if name in ("later", "rotate") else 1)


def _show(found: reports.Projected) -> None:
    ground, told = found.ground, found.told()
    click.echo(f"{ground.unit.code}  {ground.unit.label}, {wording.day(ground.on)}")
    click.echo(
        _("%(people)s people, %(runs)s runs; half of the runs lie at or below p50, 8 of 10 between p10 and p90.")
        % {"people": wording.number(len(found.staff)), "runs": wording.number(found.asked.runs)}
    )
    for name in MEASURES:
        click.echo()
        table(
            [str(projection_words.LABELS[name]), "p50", "p10", "p90"],
            [
                [str(year), *(projection_words.figure(name, told[name][year][level]) for level in ("p50", "p10", "p90"))]
                for year in told[name]
            ],
        )
    click.echo()
    for line in (*projection_words.searched(found), *projection_words.tested(found), *reports.assumptions(found)):
        click.echo(f"- {line}")

"""`canbo severity`: how severe raters are, scores without it beside the given ones, and what to ask about.

It needs no register: Django is not loaded, and every sentence comes from the modelling floor itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import isfinite
from pathlib import Path

import click

from canbo.modelling.severity.chances import RATE
from canbo.modelling.severity.estimate import LEAST
from canbo.modelling.severity.ratings import Mistake, RatingsRefused, read
from canbo.modelling.severity.report import Plain, Report, report
from canbo.modelling.severity.words import Said
from canbo.project.commands.rules import json_option, language, show_json

LINES = 20  # so many of each list are shown; all of them in JSON


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scale", metavar="LOW-HIGH", help="Lowest and highest score; that of the file, else 0-100, if not said.")
@click.option(
    "--least",
    type=click.IntRange(1, 1_000_000),
    default=LEAST,
    show_default=True,
    help="Nothing is said of anybody from fewer answers.",
)
@click.option(
    "--false-alarms", "rate", type=float, default=RATE, show_default=True, help="Share of questions that may be false alarms."
)
@json_option
def severity(file: Path, scale: str | None, least: int, rate: float, as_json: bool) -> None:
    """Rater severity from the ratings in FILE (CSV, Parquet or JSON), fair scores beside the given ones, and questions.

    Columns: rater, ratee, score; also criterion, period, body, rater_body, anonymous, text, result where there are any.
    How a file is written, what the figures mean and what they must not be used for: docs/guide/severity.md.
    """
    try:
        found = report(read(file, _scale(scale)), least=least, rate=rate)
    except RatingsRefused as refusal:
        for mistake in refusal.mistakes:
            click.echo(mistake.said.say(language()), err=True)
        sys.exit(1)
    if as_json:
        show_json(found.to_dict(language()))
    else:
        _show(found)


def _scale(written: str | None) -> tuple[float, float] | None:
    if written is None:
        return None
    low, _, high = written.replace("–", "-").partition("-")
    try:
        return float(low), float(high)
    except ValueError:
        raise RatingsRefused([Mistake(0, Said("scale_unreadable", found=written))]) from None


def _say(key: str, **args: object) -> str:
    return Said(key, **args).say(language())


def _show(found: Report) -> None:
    raters, ratees, figures = found.raters(), found.ratees(), found.found
    low, high = found.ratings.scale
    people = len({row["id"] for row in ratees})
    click.echo(_say("head", ratings=len(found.ratings), ratees=people, raters=len(raters), low=f"{low:g}", high=f"{high:g}"))
    if isfinite(figures.noise) and isfinite(figures.reliability):
        click.echo(
            _say(
                "spread", scatter=f"{figures.scatter:.1f}", noise=f"{figures.noise:.1f}", reliability=f"{figures.reliability:.2f}"
            )
        )
    groups = found.groups()
    if len(groups) > 1:
        click.secho(_say("groups_apart", groups=len(groups)), fg="yellow")
        for group in groups[:LINES]:
            click.echo(f"  {_group(group)}")
        _more(len(groups))
    _table([_say("rater"), _say("answers"), _say("severity")], sorted(raters, key=_by("severity")), _rater)
    _table([_say("ratee"), _say("period"), _say("answers"), _say("given"), _say("fair")], sorted(ratees, key=_by("fair")), _ratee)
    silent = [sum(row["state"] != "known" for row in rows) for rows in (raters, ratees)]
    if any(silent):
        click.echo(_say("withheld", raters=silent[0], ratees=silent[1], least=figures.least))
    surer, known = found.surer()
    if known:
        click.echo(_say("closer", fair=surer, known=known))
    click.echo(_say("not_applied"))
    _questions(found)


def _group(group: Plain) -> str:
    raters, ratees = group["raters"], group["ratees"]
    assert isinstance(raters, list) and isinstance(ratees, list)
    names = sorted({*raters, *ratees})
    members = ", ".join(names[:LINES]) + (" …" if len(names) > LINES else "")
    return _say("group", number=group["group"], raters=len(raters), ratees=len(ratees), members=members)


def _by(name: str) -> Callable[[Plain], tuple[bool, float, str]]:
    """Known ones first, highest first."""
    return lambda row: (row[name] is None, -float(str(row[name] or 0)), str(row["id"]))


def _rater(row: Plain) -> list[str]:
    return [str(row["id"]), str(row["ratings"]), _with_error(row, "severity", "error")]


def _ratee(row: Plain) -> list[str]:
    given = _say("unknown") if row["given"] is None else f"{row['given']:.1f}"
    return [str(row["id"]), str(row["period"] or ""), str(row["raters"]), given, _with_error(row, "fair", "fair_error")]


def _with_error(row: Plain, name: str, error: str) -> str:
    if row[name] is None:
        return f"{_say('unknown')}: {_say(str(row['state']))}"
    return f"{row[name]:.1f} ± {row[error]:.1f}"


def _table(heads: list[str], rows: list[Plain], cells: Callable[[Plain], list[str]]) -> None:
    lines = [heads, *(cells(row) for row in rows[:LINES])]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    click.echo()
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    _more(len(rows))
    click.echo()


def _more(number: int) -> None:
    if number > LINES:
        click.echo(_say("and_more", number=number - LINES))


def _questions(found: Report) -> None:
    click.echo()
    if not found.questions:
        click.echo(_say("no_questions"))
    else:
        click.echo(_say("questions", number=len(found.questions), rate=f"{found.rate:.0%}"))
    for question in found.questions[:LINES]:
        click.secho(f"  ? {question.said.say(language())}", fg="yellow")
    _more(len(found.questions))
    if found.templates:
        click.echo(_say("stock", number=found.templates))
    hidden = int(found.ratings.anonymous.sum())
    if hidden:
        click.echo(_say("anonymous_left_out", number=hidden))

"""`canbo claims`: whether published figures are true."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from canbo.pages.words import word
from canbo.project.cli import fail
from canbo.project.commands.shown import json_option, show_json
from canbo.registry import authority, intake
from canbo.reports.claims import ClaimsRefused, ClaimsReport, Verdict, check, read_file
from canbo.reports.claims_file import parse

MARKS = {Verdict.AGREES_ROUNDED: "=", Verdict.AGREES_CUT: "~", Verdict.DISAGREES: "X", Verdict.NOT_CHECKABLE: "?"}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def claims(file: Path, as_json: bool) -> None:
    """Check the published figures in FILE (YAML or JSON): shares, sums, and counts against the register.

    Verdicts: agrees_rounded, agrees_cut, disagrees, not_checkable. The note says what would be true.
    How a file is written: docs/guide/claims.md; an example: examples/claims/newspapers.yaml.
    """
    try:
        text = read_file(file)
        asks_register = any(claim.form == "register" for claim in parse(text).claims)
        with authority.sight(intake.console()) if asks_register else nullcontext():
            report = check(text)
    except ClaimsRefused as refusal:
        fail(str(refusal))
        return
    if as_json:
        show_json(report.to_dict())
    else:
        _show(report)


def _show(report: ClaimsReport) -> None:
    for answer in report.answers:
        colour = {Verdict.DISAGREES: "red", Verdict.NOT_CHECKABLE: "yellow"}.get(answer.verdict)
        head = f"{MARKS[answer.verdict]} {answer.id}: {word(str(answer.verdict), 'claim')}"
        click.secho(f"{head}  [{answer.printed}]" if answer.printed else head, fg=colour)
        if answer.says:
            click.echo(f"    {answer.says}")
        click.echo(f"    {answer.note}")
    wrong = ", ".join(answer.id for answer in report.wrong)
    number = len(report.wrong)
    click.echo()
    if not number:
        click.echo(_("None of %(all)s claims is wrong.") % {"all": len(report.answers)})
        return
    click.echo(
        ngettext(
            "%(wrong)s of %(all)s claims does not agree: %(ids)s.", "%(wrong)s of %(all)s claims do not agree: %(ids)s.", number
        )
        % {"wrong": number, "all": len(report.answers), "ids": wrong}
    )

"""`canbo headcount`, `canbo deputies`, `canbo allot`: how many there are, may be, and are handed down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from canbo.modelling.staffing.workload import Range
from canbo.project.cli import fail
from canbo.project.commands.shown import Day, json_option, on_option, show_json, table
from canbo.registry import authority, intake, queries, quotas
from canbo.registry.delegation import based_on
from canbo.registry.models import Allotment, Organization
from canbo.reports import deputies as reported
from canbo.reports import headcount as counted
from canbo.reports import wording
from canbo.reports import workload as worked

Number = tuple[str, int]


class Changed(click.ParamType[Number]):
    """BODY=NUMBER."""

    name = "BODY=NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Number:
        body, sign, number = str(value).rpartition("=")
        if not sign or not number.isdecimal():
            self.fail(_("Write a body and a number, such as 31.executive.finance=55."), param, ctx)
        return body, int(number)


class Either(click.Group):
    """A group whose first word may also be what its main command, `places`, is about: `canbo headcount 31`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


@click.group(cls=Either)
def headcount() -> None:
    """Places, who fills them and what was allotted (`canbo headcount CODE`); how many posts the work asks for (`workload`)."""


@headcount.command()
@click.argument("code")
@on_option
@click.option("--what-if", "what_if", type=Changed(), help="What if this body were allotted so many officials from that day on?")
@json_option
def places(code: str, on: date, what_if: Number | None, as_json: bool) -> None:
    """Places, who fills them and what was allotted, in the unit with CODE and all beneath it, on a day."""
    with authority.sight(intake.console()):
        found = counted.of(code, on=on)
        asked = None if what_if is None else _what_if(*what_if, on)
    if as_json:
        told = counted.to_dict(found, get_language() or "en")
        show_json(told if asked is None else {**told, "what_if": asked})
        return
    click.echo(f"{found.unit.code}  {found.unit.label}, {wording.day(on)}")
    headings = ["", _("quota"), _("filled"), _("vacant")]
    table(headings, [_line(queries.in_language(line.names), line) for line in (*found.kinds, *found.jobs)])
    click.echo()
    click.echo(
        _("%(quota)s places, %(filled)s filled, %(vacant)s vacant; %(over)s beyond what was allotted")
        % {"quota": found.quota, "filled": found.filled, "vacant": found.vacant, "over": found.over}
    )
    for body in found.bodies:
        if body.over:
            click.echo(
                _("%(code)s: %(people)s where %(number)s were allotted")
                % {"code": body.code, "people": body.people, "number": body.number}
            )
    if asked is not None:
        click.echo(asked["refused"] or _("What if: it can be given."))


def _line(name: str, line: counted.Line) -> list[Any]:
    return [name, line.quota, line.filled, line.vacant]


def _what_if(code: str, number: int, on: date) -> dict[str, Any]:
    """Whether a body could be allotted that number from the day on, by whoever allots to it; and who would be too many."""
    unit = queries.unit(code, on=on)
    row = Allotment.objects.filter(body_id=unit.id, use="allotted", staff="officials", valid__contains=on).first()
    if row is None:
        fail(_("Nothing was allotted to %(code)s on %(on)s, so there is nothing to change.") % {"code": code, "on": on})
        raise AssertionError
    overdrawn = quotas.what_if(
        giver=row.giver, body=row.body, use="allotted", staff="officials", path=[(on, number)], until=row.valid.upper,
        decision=row.decision, source=row.source, reader=intake.console(),
    )  # fmt: skip
    people = next((body.people for body in counted.of(code, on=on).bodies if body.code == code and body.staff == "officials"), 0)
    return {
        "body": code, "number": number, "was": row.number, "over": max(0, people - number),
        "refused": None if overdrawn is None else str(overdrawn),
        "overdrawn": None if overdrawn is None else {"from": overdrawn.day, "given": overdrawn.given, "out": overdrawn.out},
    }  # fmt: skip


@headcount.command("workload")
@click.argument("code")
@on_option
@click.option(
    "--study", type=click.Path(dir_okay=False, path_type=Path), help="A file of hours and further work (examples/staffing)."
)
@click.option("--standard-hours", type=click.FloatRange(0.01, 10_000), help="Hours that the standard product takes.")
@click.option("--hours-of-year", type=click.FloatRange(1, 8784), help="Hours that one person works in a year.")
@click.option(
    "--factor", type=click.FloatRange(0, 1000), default=1.0, help="What if all that was counted came so many times over?"
)
@click.option("--volume", "volumes", multiple=True, type=Changed(), help="What if a product were needed so often a year?")
@json_option
def workload_of(
    code: str, on: date, study: Path | None, standard_hours: float | None, hours_of_year: float | None, factor: float,
    volumes: tuple[Number, ...], as_json: bool,
) -> None:  # fmt: skip
    """How many posts the work of the unit with CODE and beneath it asks for, by job, with every step of the reckoning."""
    told = worked.read(study) if study else worked.Study()
    told = replace(
        told, standard_hours=standard_hours or told.standard_hours, hours_of_year=hours_of_year or told.hours_of_year, factor=factor,
        products={**told.products, **{name: float(number) for name, number in volumes}},
    )  # fmt: skip
    with authority.sight(intake.console()):
        found = worked.of(code, on=on, study=told)
    if as_json:
        show_json(worked.to_dict(found))
        return
    click.echo(f"{found.unit.code}  {found.unit.label}, {wording.day(on)}")
    table([_("work"), _("reckoning")], [[line.name, worked.arithmetic(line, found.year)] for line in found.lines])
    click.echo()
    table(
        ["", _("posts by workload"), _("quota"), _("filled")],
        [[queries.in_language(job.names) or job.code, _between(job.posts), job.quota, job.filled] for job in found.jobs],
    )
    if found.posts is None and found.implied is not None:
        click.echo(
            _("The hours of the standard product are not known (--standard-hours). If nothing else was done, they are %(hours)s.")
            % {"hours": f"{found.implied:.1f}"}
        )
    elif found.posts is None:
        click.echo(_("No work was accepted here in the last twelve months, and no study was handed over."))


def _between(found: Range | None) -> str:
    if found is None:
        return "–"
    ends = "?" if found.low is None or found.high is None else f"{found.low:.1f} – {found.high:.1f}"
    return f"{found.middle:.1f} ({ends})"


@click.command()
@click.argument("code")
@on_option
@click.option(
    "--to", "to", type=Day(), default=lambda: date(2030, 12, 31), show_default="2030-12-31", help="The last day of the path."
)
@json_option
def deputies(code: str, on: date, to: date, as_json: bool) -> None:
    """Deputies in the unit with CODE and beneath it: the cap by its article, how many, the path to the days of the law."""
    if to < on:
        fail(_("The path ends on %(to)s, before it begins on %(on)s. Name a later last day.") % {"to": to, "on": on})
    with authority.sight(intake.console()):
        found = reported.path_of(code, on=on, to=to)
    if as_json:
        show_json(reported.to_dict(found, get_language() or "en"))
        return
    click.echo(f"{found.unit.code}  {found.unit.label}, {wording.day(on)}")
    click.echo(_("%(now)s deputies, cap %(cap)s, %(over)s too many") % {"now": found.now, "cap": found.cap, "over": found.over})
    language = get_language() or "en"
    for each in found.deadlines:
        moves = sum(move.number for move in found.moves(each.day))
        click.echo(
            _("by %(day)s (%(article)s): %(moves)s moves still needed")
            % {"day": wording.day(each.day), "article": each.to_dict(language)["citation"], "moves": moves}
        )
    table(
        [_("month"), _("deputies"), _("too many"), _("retired"), _("ended"), _("terms that end")],
        [
            [month.month.isoformat()[:7], month.count, over, month.retired, month.ended, month.terms]
            for month, over in zip(found.path, found.over_by_month, strict=True)
        ],
    )


@click.command()
@click.argument("body")
@click.argument("steps", nargs=-1, required=True, metavar="DAY=NUMBER ...")
@click.option("--until", type=Day(), required=True, help="The day on which the last number ends.")
@click.option("--from", "giver", default=None, help="Code of the body that gives; not said: the total of a term.")
@click.option("--use", type=click.Choice(Allotment.Use.values), required=True, help="What for.")
@click.option("--staff", type=click.Choice(Allotment.Staff.values), default="officials", show_default=True, help="Which staff.")
@click.option("--decision", "number", required=True, help="Number of the deciding document.")
@click.option("--issuer", required=True, help="Who issued it.")
@click.option("--key", default=None, help="A key of this act: given twice it is done once.")
@click.option("--dry-run", is_flag=True, help="Only say whether it could be done.")
@json_option
def allot(
    body: str, steps: tuple[str, ...], until: date, giver: str | None, use: str, staff: str, number: str, issuer: str,
    key: str | None, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Hand headcount down to BODY: from each DAY on that NUMBER. A path of reduction is several steps in one act.

    Refused, with the first day, where a body would give more than it was given.
    """
    told = [Changed().convert(step, None, None) for step in steps]
    path = sorted((Day().convert(day, None, None), people) for day, people in told)
    console = intake.console()
    with authority.sight(console):
        asked: dict[str, Any] = {
            "giver": _organization(giver, path[0][0]) if giver else None, "body": _organization(body, path[0][0]), "use": use,
            "staff": staff, "path": path, "until": until, **based_on(number, issuer),
        }  # fmt: skip
        if dry_run:
            overdrawn = quotas.what_if(**asked, reader=console)
            if overdrawn is not None:
                raise overdrawn
            transaction.set_rollback(True)
            made: list[Allotment] = []
        else:
            made = quotas.allot(**asked, by=console, key=key)
    if as_json:
        show_json({"body": body, "steps": path, "until": until, "written": len(made)})
    else:
        click.echo(
            _("It can be given; nothing was written.") if dry_run else _("Handed down: %(rows)s numbers.") % {"rows": len(made)}
        )


def _organization(code: str, on: date) -> Organization:
    return Organization.objects.get(pk=queries.unit(code, on=on).id)

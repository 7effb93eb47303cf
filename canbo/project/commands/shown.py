"""How commands show what they found: JSON with --json, else plain lines; and the options they share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click
from django.utils.translation import gettext as _

LAST_YEAR = 2200  # far beyond what any article or career reaches; terms reckoned from a day still end within the calendar


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(_("%(value)s is not a day. Write it as 2025-07-01.") % {"value": value}, param, ctx)
        if day.year > LAST_YEAR:
            self.fail(
                _("%(value)s lies too far ahead: days are told to the end of %(year)s.") % {"value": value, "year": LAST_YEAR},
                param,
                ctx,
            )
        return day


class Moment(click.ParamType[datetime]):
    """A moment written 2026-11-22T08:00 (in the register's time zone unless it says another)."""

    name = "MOMENT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from django.utils import timezone

        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(_("%(value)s is not a moment. Write it as 2026-11-22T08:00.") % {"value": value}, param, ctx)
        return moment if moment.tzinfo else timezone.make_aware(moment)


Command = Callable[..., Any]


def on_option(command: Command) -> Command:
    return click.option("--on", "on", type=Day(), default=lambda: date.today(), help="The day asked about; today if not said.")(
        command
    )


def known_at_option(command: Command) -> Command:
    return click.option("--known-at", type=Moment(), default=None, help="Answer as the register would have at that moment.")(
        command
    )


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def show_json(found: Any) -> None:
    click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"Cannot write {type(value).__name__} as JSON.")


def table(headings: list[str], lines: list[list[Any]]) -> None:
    """Columns as wide as what they hold; one sentence where there is no line."""
    if not lines:
        click.echo(_("There is nothing to list."))
        return
    cells = [[("" if cell is None else str(cell)) for cell in line] for line in (headings, *lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    for line in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

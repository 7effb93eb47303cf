"""`canbo unit|lineage|staff|person`: ask the register about any day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click
from django.utils.translation import gettext as _

from canbo.project.commands.shown import json_option, known_at_option, on_option, show_json, table
from canbo.registry import authority, intake, looking, people, queries
from canbo.registry.models import Membership, Person
from canbo.registry.queries import in_language


@click.command()
@click.argument("code")
@on_option
@known_at_option
@json_option
def unit(code: str, on: date, known_at: datetime | None, as_json: bool) -> None:
    """What the unit with CODE is on a day: code, name, level, parent, from, to.

    Codes: 31 (province), 31/11311 (commune), 31/11311.executive (a body); before July 2025
    old:31, old:31/303, old:31/303/11296. `to` is the first day on which it no longer is so.
    """
    with authority.sight(intake.console()):
        found = queries.unit(code, on=on, known_at=known_at)
    if as_json:
        show_json(found.as_json())
        return
    click.echo(f"{found.code}  {found.label}")
    click.echo(f"  {_('kind')}: {in_language(found.kind_names)}")
    click.echo(f"  {_('parent')}: {found.parent or '-'}  {in_language(found.parent_name)}")
    click.echo(f"  {_('from')}: {found.valid_from or _('not known')}   {_('to')}: {found.valid_to or _('still')}")


@click.command()
@click.argument("code")
@json_option
def lineage(code: str, as_json: bool) -> None:
    """What the unit with CODE came from (origins) and what it became (heirs), one step each way."""
    with authority.sight(intake.console()):
        found = queries.lineage(code)
        drawn = queries.lineage_drawn(code, on=date.today())
    if as_json:
        show_json(found)
        return
    click.echo(code)
    for key, heading in (("origins", _("came from")), ("heirs", _("became"))):
        click.echo(f"  {heading}: {len(drawn[key]) or '-'}")
        for row in drawn[key]:
            part = "" if row["whole"] else _(" (part)")
            click.echo(f"    {row['code']}  {in_language(row['name'])}{part}  [{row['kind']}, {row['on']}, {row['decision']}]")


@click.command()
@click.argument("code")
@on_option
@known_at_option
@json_option
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="At most so many rows.")
def staff(code: str, on: date, known_at: datetime | None, as_json: bool, limit: int) -> None:
    """Who serves in the unit with CODE, and in all bodies beneath it, on a day."""
    console = intake.console()
    with authority.sight(console):
        found = queries.unit(code, on=on, known_at=known_at)
        ids = queries.subtree(found.id, on=on)
        rows = people.staff(ids, on=on, limit=limit, known_at=known_at)
        looking.looked_at_list(found.id, by=console, on=on, persons=[row["person_id"] for row in rows])
        quota = queries.quota(ids, on=on)
    if as_json:
        show_json(
            {"unit": code, "on": on, "memberships": quota["filled"], "seats": quota["seats"], "staff": [_member(r) for r in rows]}
        )
        return
    table(
        [_("number"), _("name"), _("post"), _("in"), _("since")],
        [
            [
                r["identification_number"],
                f"{r['family']} {r['given']}",
                in_language(r["job_names"]),
                r["organization"],
                r["since"],
            ]
            for r in rows
        ],
    )
    click.echo(_("%(shown)s of %(all)s memberships shown; %(seats)s seats.") % {
        "shown": len(rows), "all": quota["filled"], "seats": quota["seats"],
    })  # fmt: skip


def _member(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "person": row["identification_number"],
        "name": f"{row['family']} {row['given']}",
        "sex": row["sex"],
        "post": row["job"],
        "title": in_language(row["job_names"]),
        "organization": row["organization"],
        "category": Membership.Category(row["category"]).label,
        "kind": Membership.Kind(row["kind"]).label,
        "from": row["since"],
        "to": row["until"],
    }


@click.command()
@click.argument("number")
@on_option
@known_at_option
@json_option
def person(number: str, on: date, known_at: datetime | None, as_json: bool) -> None:
    """The file of the person with identification NUMBER (or the register's own #number)."""
    console = intake.console()
    with authority.sight(console):
        found = people.find(number)
        authority.require(console, "person.read", over=Person(pk=found))
        file = people.file(found, on=on, known_at=known_at)
        looking.looked_at_file(Person(pk=found), by=console, on=on)
    if as_json:
        show_json(file)
        return
    about = file["person"]
    shown = {"D": 10, "M": 7, "Y": 4}.get(about["birth_precision"] or "", 0)
    click.echo(f"{about['identification_number']}  {about['family']} {about['given']}")
    click.echo(
        f"  {_('born')}: {str(about['birth_on'])[:shown] if shown else _('unknown')}   {_('sex')}: {about['sex'] or _('unknown')}"
    )
    click.echo(f"  {_('native place')}: {about['native_area_name'] or _('unknown')}")
    table(
        [_("since"), _("until"), _("post"), _("in"), _("decision")],
        [
            [
                r["since"],
                r["until"] or _("still"),
                in_language(r["job_names"]),
                in_language(r["organization_name"]),
                r["decision"],
            ]
            for r in file["career"]
        ],
    )
    none = set(file["declared_none"])
    for kind, rows in file["records"].items():
        state = len(rows) or (_("none, as declared") if people.TOPICS.get(kind) in none else _("unknown"))
        click.echo(f"  {kind}: {state}")

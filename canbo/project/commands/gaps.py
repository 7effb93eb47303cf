"""`canbo gaps CODE`: in which places nobody has a degree in a field, and what jobs ask for less what was confirmed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import click
from django.utils.translation import gettext as _

from canbo.development import gaps as development
from canbo.development.assessing import framework
from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, intake, queries
from canbo.reports import shortage

LACKING, OPEN = 3, 4


@click.command("gaps")
@click.argument("code")
@json_option
@on_option
def gaps(code: str, on: date, as_json: bool) -> None:
    """What is short in body CODE and beneath: fields of expertise that nobody has, levels of competency; unknown apart.

    Exit code: 0 every place has somebody in every field, 3 a place has nobody, 4 of a place it is not known.
    """
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=on)
        found = shortage.places(by=by, root=unit.id, on=on)
        levels = development.counted(by=by, root=unit.id, on=on)
        codes = {one.id: one for one in queries.units([each.organization for each in found], on=on)}
    states = {field.code: Counter(each.state(field.code) for each in found) for field in shortage.fields()}
    if as_json:
        show_json(
            {
                "organization": unit.code, "on": on, "least_level": shortage.least_level(),
                "fields": {field: {"people": _people(found, field), **_counted(count)} for field, count in states.items()},
                "places": [_told(each, codes[each.organization].code) for each in found],
                "competencies": {line.competency: _level(line) for line in levels},
            }
        )  # fmt: skip
    else:
        heads = [_("Field"), _("people"), _("places with nobody"), _("places not known")]
        names = {field.code: queries.in_language(dict(field.names)) for field in shortage.fields()}
        table(
            heads,
            [[names[one], _people(found, one), count[shortage.NONE], count[shortage.UNKNOWN]] for one, count in states.items()],
        )
        titles = {code: queries.in_language(dict(each.title)) for code, each in framework().competencies.items()}
        click.echo()
        table(
            [_("Competency"), _("people"), _("reached"), _("falls short"), _("unknown")],
            [[titles[line.competency], line.people, line.met, line.short, line.unknown] for line in levels],
        )
    lacking = any(count[shortage.NONE] for count in states.values())
    open_still = any(count[shortage.UNKNOWN] for count in states.values())
    raise SystemExit(LACKING if lacking else OPEN if open_still else 0)


def _level(line: development.Line) -> dict[str, Any]:
    """Plain values of one competency for JSON."""
    competency = framework().competencies[line.competency]
    return {
        "group": competency.group, "field": competency.field, "people": line.people, development.MET: line.met,
        development.SHORT: line.short, development.UNKNOWN: line.unknown,
    }  # fmt: skip


def _people(found: list[shortage.Place], field: str) -> int:
    """People with a degree in the field, over all places; who serves in two places counts in each."""
    return sum(each.holders.get(field, 0) for each in found)


def _counted(count: Counter[str]) -> dict[str, int]:
    return {state: count[state] for state in (shortage.COVERED, shortage.NONE, shortage.UNKNOWN)}


def _told(place: shortage.Place, code: str) -> dict[str, Any]:
    """Plain values of one place for JSON."""
    fields = {
        field.code: {
            "state": place.state(field.code), "people": place.holders.get(field.code, 0),
            "verified": place.verified.get(field.code, 0),
        }
        for field in shortage.fields()
    }  # fmt: skip
    return {"organization": code, "people": place.people, "not_known": place.unsaid, "fields": fields}

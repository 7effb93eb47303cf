"""`canbo talent`: who is proposed and recognised, what was promised and kept, national targets, who stays."""

from __future__ import annotations

from datetime import date

import click
from django.utils.translation import gettext as _

from canbo.development import retention, talent
from canbo.development.models import Promise, Talent
from canbo.pages.words import word
from canbo.project.commands.shown import Day, json_option, on_option, show_json, table
from canbo.project.commands.work import acting, say_done
from canbo.registry import authority, intake, looking, people, queries
from canbo.registry.models import Organization, Person

OVERDUE, HIDDEN = 3, 4


@click.group("talent")
def talent_group() -> None:
    """Talents: open criteria, recognition by a second person, promises with their days, national targets, who stays."""


@talent_group.command("board")
@click.argument("code")
@json_option
@on_option
def board(code: str, on: date, as_json: bool) -> None:
    """Talents, promises and targets of body CODE and beneath it; exit code 3 where a promise is overdue."""
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=on)
        found = talent.board(by=by, root=unit.id, on=on)
        looking.looked_at_list(unit.id, by=by, on=on, persons=[each.person_id for each in found.talents if each.person_id])
    promises = [
        {"talent": each.talent_id, "kind": each.kind, "due_on": each.due_on, "state": each.state(on)} for each in found.promises
    ]
    if as_json:
        told = [
            {"id": each.pk, "person": each.person_id, "kind": each.kind, "way": each.way, "state": each.state}
            for each in found.talents
        ]
        targets = [{"name": each.name, "share": each.share, "among": each.among, "said": each.said["outcome"], "article": each.said["id"]} for each in found.targets]  # fmt: skip
        show_json({"organization": unit.code, "on": on, "talents": told, "promises": promises, "targets": targets})
    else:
        lines = [[each["talent"], each["kind"], each["due_on"], word(each["state"], "state of a promise")] for each in promises]
        table([_("Talent"), _("Promise"), _("Day"), _("State")], lines)
    raise SystemExit(OVERDUE if any(each["state"] == "overdue" for each in promises) else 0)


@talent_group.command("propose")
@click.argument("code")
@click.option("--person", default=None, help="Who serves: a number of the file, or #id.")
@click.option("--name", "called", default="", help="Or the name of somebody from outside.")
@click.option("--from", "comes_from", default="", help="Where that person comes from.")
@click.option("--way", type=click.Choice(Talent.Way.values), default=Talent.Way.SERVING.value, help="How the person comes.")
@click.option("--kind", required=True, help="serving, graduate or expert.")
@click.option("--field", required=True, help="In which field.")
@click.option("--shows", nargs=2, multiple=True, help="A criterion and what shows it; give several.")
@click.option("--years", type=int, default=None, help="Years of continuous experience.")
@click.option("--salary", type=int, default=None, help="Salary of a month in đồng.")
@acting
def propose(
    code: str, person: str | None, called: str, comes_from: str, way: str, kind: str, field: str, shows: tuple[tuple[str, str], ...],
    years: int | None, salary: int | None, name: str, on: date, key: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Propose to recognise somebody in body CODE by the open criteria."""
    say_done(
        name, as_json,
        lambda by: talent.propose(
            organization=Organization(pk=queries.unit(code, on=on).id), kind=kind, way=way, field=field, criteria=dict(shows),
            person=Person.objects.get(pk=people.find(person)) if person else None, name=called, comes_from=comes_from,
            experience_years=years, salary=salary, by=by, on=on, key=key,
        ),
    )  # fmt: skip


@talent_group.command("recognise")
@click.argument("number", type=int)
@click.option("--basis", required=True, help="Number of the decision.")
@click.option("--decline", is_flag=True, help="Do not recognise.")
@acting
def recognise(number: int, basis: str, decline: bool, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Recognise the talent NUMBER as a second person, or not."""
    say_done(
        name, as_json,
        lambda by: talent.recognise(talent=_talent(number), recognised=not decline, basis=basis, by=by, on=on, key=key),
    )  # fmt: skip


@talent_group.command("promise")
@click.argument("number", type=int)
@click.option("--kind", required=True, help="allowance, housing, equipment, study or post.")
@click.option("--text", required=True, help="What is promised, in words.")
@click.option("--due", type=Day(), required=True, help="By which day.")
@acting
def promise(number: int, kind: str, text: str, due: date, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Promise something to the recognised talent NUMBER."""
    say_done(
        name, as_json,
        lambda by: talent.promise(talent=_talent(number), kind=kind, text=text, due_on=due, by=by, on=on, key=key),
    )  # fmt: skip


@talent_group.command("keep")
@click.argument("number", type=int)
@click.option("--evidence", required=True, help="What shows it: the number of a document.")
@acting
def keep(number: int, evidence: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Enter that the promise NUMBER was kept."""
    say_done(name, as_json, lambda by: talent.keep(promise=_promise(number), evidence=evidence, by=by, on=on, key=key))


@talent_group.command("stay")
@click.argument("code")
@click.option("--years", type=click.IntRange(1, 50), default=retention.YEARS, help="Years watched until the day.")
@json_option
@on_option
def stay(code: str, years: int, on: date, as_json: bool) -> None:
    """Which share of groups in body CODE still serves after some years; exit code 4 where too few served."""
    by = intake.console()
    with authority.sight(by):
        found = retention.retention(by=by, root=queries.unit(code, on=on).id, on=on, years=years)
    shown = [each for each in found.groups if each.stay.shown]
    if as_json:
        groups = [
            {"by": each.kind, "group": each.value, "people": each.stay.people, "left": each.stay.left, "share": each.stay.share,
             "low": each.stay.low, "high": each.stay.high, "chance": each.chance, "lower": each.lower} for each in shown
        ]  # fmt: skip
        everyone = {"people": found.everyone.people, "left": found.everyone.left, "share": found.everyone.share}
        show_json({"since": found.since, "until": found.until, "everyone": everyone, "groups": groups, "hidden": found.hidden,
                   "moved": found.moved, "distance_unknown": found.unknown})  # fmt: skip
    else:
        lines = [
            [word(each.value, "group of people"), each.stay.people, each.stay.left, f"{each.stay.share:.3f}"] for each in shown
        ]
        table([_("Group"), _("People"), _("Left"), _("Still serve")], lines)
    raise SystemExit(0 if found.everyone.shown else HIDDEN)


def _talent(number: int) -> Talent:
    found = Talent.objects.filter(pk=number).first()
    if found is None:
        raise queries.NotInRegister(_("There is no talent %(number)s.") % {"number": number})
    return found


def _promise(number: int) -> Promise:
    found = Promise.objects.select_related("talent").filter(pk=number).first()
    if found is None:
        raise queries.NotInRegister(_("There is no promise %(number)s.") % {"number": number})
    return found

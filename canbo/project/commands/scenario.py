"""`canbo scenario list|new|load|show|suggest|check|compare|propose|approve|apply|undo`: a reorganisation before it is true."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, comparing, lines, suggesting
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.project.commands.shown import Day, json_option, show_json, table
from canbo.registry import authority, intake, queries
from canbo.registry.models import Account, Organization
from canbo.reports import scenario_figures

as_option = click.option(
    "--as", "name_of_account", default=None, help="The account that acts; the command line itself if not said."
)


@click.group()
def scenario() -> None:
    """Reorganisations that are rehearsed, checked, compared, carried out in one moment, and undone.

    Exit code: 0 done, or nothing blocks; 1 refused, not found, or something blocks; 2 the command line is written wrong.
    """


def _account(name: str | None) -> Account:
    if name is None:
        return intake.console()
    found = Account.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise click.UsageError(_("There is no account called %(name)s.") % {"name": name})
    return found


def _told(each: Scenario) -> dict[str, Any]:
    return {
        "name": each.name, "title": each.title, "state": each.state, "base": each.base, "on": each.on, "body": _code(each),
        "owner": each.owner.username, "approved_by": each.approved_by.username if each.approved_by else None,
        "lines": each.lines.count(), "undone_on": each.undone_on,
    }  # fmt: skip


def _code(each: Scenario) -> str:
    found = each.body.codes.filter(valid__contains=each.base).first()
    return str(found.code) if found else str(each.body_id)


def _say(each: Scenario, as_json: bool) -> None:
    if as_json:
        show_json(_told(each))
    else:
        click.echo(_("%(name)s: %(state)s, for %(day)s.") % {"name": each.name, "state": each.state, "day": each.on})


def _refused(refusal: ScenarioRefused, as_json: bool) -> None:
    """Say every reason, and end with what stands for a no."""
    if as_json:
        show_json({"ok": False, "refused": refusal.reasons, "blocking": refusal.problems})
    else:
        click.echo("\n".join(refusal.reasons), err=True)
    sys.exit(1)


@scenario.command("list")
@as_option
@json_option
def list_(name_of_account: str | None, as_json: bool) -> None:
    """The scenarios, the one touched last first."""
    account = _account(name_of_account)
    with authority.sight(account):
        found = [_told(each) for each in acting.all_of(reader=account)]
    if as_json:
        show_json(found)
        return
    heads = ["name", "state", "on", "body", "owner", "lines"]
    table(heads, [[each[head] for head in heads] for each in found])


@scenario.command()
@click.argument("name")
@click.option("--body", required=True, help="Code of the body beneath which it changes something.")
@click.option("--on", "on", type=Day(), required=True, help="First day of the new state.")
@click.option("--base", type=Day(), default=None, help="The day whose register it starts from.")
@click.option("--title", default="", help="A title for people.")
@as_option
@json_option
def new(name: str, body: str, on: date, base: date | None, title: str, name_of_account: str | None, as_json: bool) -> None:
    """Begin a scenario called NAME, empty."""
    account = _account(name_of_account)
    with authority.sight(account):
        unit = queries.unit(body, on=base or min(on, date.today()))
        try:
            _say(acting.begin(name=name, body=Organization(pk=unit.id), on=on, base=base, title=title, by=account), as_json)
        except ScenarioRefused as refusal:
            _refused(refusal, as_json)


@scenario.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, exists=True))
@click.option("--replace", is_flag=True, help="Put its lines in place of those there are.")
@as_option
@json_option
def load(name: str, file: Path, replace: bool, name_of_account: str | None, as_json: bool) -> None:
    """Add the lines of FILE (YAML or JSON, see docs/guide/scenarios.md): all of them, or none."""
    account = _account(name_of_account)
    with authority.sight(account):
        try:
            said = lines.read(file.read_text(encoding="utf-8"))
            _say(acting.load(scenario=acting.named(name, reader=account), said=said, by=account, replace=replace), as_json)
        except UnicodeDecodeError:
            _refused(ScenarioRefused(_("The file is not text in UTF-8.")), as_json)
        except ScenarioRefused as refusal:
            _refused(refusal, as_json)


@scenario.command()
@click.argument("name")
@as_option
@json_option
def show(name: str, name_of_account: str | None, as_json: bool) -> None:
    """What it says, line by line."""
    account = _account(name_of_account)
    with authority.sight(account):
        found = acting.named(name, reader=account)
        said = [
            {"place": line.place, "kind": line.kind, **line.says, **({"person": line.person} if line.person else {})}
            for line in acting.lines_of(found)
        ]
        told = {**_told(found), "says": said}
    if as_json:
        show_json(told)
        return
    click.echo(_("%(name)s: %(state)s, for %(day)s.") % {"name": found.name, "state": found.state, "day": found.on})
    for row in said:
        click.echo(
            f"{row.pop('place'):>5}  {row.pop('kind'):<9} " + ", ".join(f"{word}: {_plain(value)}" for word, value in row.items())
        )


def _plain(value: Any) -> str:
    """A value of a line as it is read: of a new body its code and its name in the reader's language."""
    if isinstance(value, dict):
        names = value.get("name")
        said = queries.in_language(names) if isinstance(names, dict) else names
        return " ".join(str(each) for each in (value.get("code"), said) if each) or ", ".join(
            f"{k} {_plain(v)}" for k, v in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(_plain(each) for each in value)
    return str(value)


@scenario.command()
@click.argument("name")
@click.option("--accept", "rule", type=click.Choice(["all", *suggesting.RULES]), default=None, help="Add the lines of this rule.")
@as_option
@json_option
def suggest(name: str, rule: str | None, name_of_account: str | None, as_json: bool) -> None:
    """Lines for what it leaves open: same bodies, same task, same job, lineage; each with its reason."""
    account = _account(name_of_account)
    with authority.sight(account):
        found = acting.named(name, reader=account)
        try:
            if rule is not None:
                added = suggesting.accept(scenario=found, rule=rule, by=account)
                show_json({"added": added}) if as_json else click.echo(_("%(count)s lines added.") % {"count": added})
                return
            told = suggesting.suggest(scenario=found, reader=account)
        except ScenarioRefused as refusal:
            _refused(refusal, as_json)
            return
    if as_json:
        show_json([each.as_json() for each in told])
        return
    for each in told:
        says = ", ".join(f"{word}: {value}" for word, value in each.line.says.items())
        click.echo(f"{each.rule:<10} {each.line.kind:<7} {says}\n           {each.why}")


@scenario.command()
@click.argument("name")
@as_option
@json_option
def check(name: str, name_of_account: str | None, as_json: bool) -> None:
    """Everything that is wrong with it: what, whom, and what to do."""
    account = _account(name_of_account)
    with authority.sight(account):
        report = acting.check(scenario=acting.named(name, reader=account), reader=account)
    if as_json:
        show_json(report.as_json())
    else:
        for heading, found in ((_("blocks"), report.blocking), (_("warning"), report.warnings)):
            for each in found:
                click.echo(f"{heading}: {each.what} {each.do}")
        click.echo(_("Nothing blocks.") if report.ok else _("%(count)s things block.") % {"count": len(report.blocking)})
    if not report.ok:
        sys.exit(1)


@scenario.command()
@click.argument("names", nargs=-1, required=True)
@as_option
@json_option
def compare(names: tuple[str, ...], name_of_account: str | None, as_json: bool) -> None:
    """Figures before, and after each of NAMES: units, layers, spans, posts, people, deputies against their caps, pay and what is
    due once, distance; what the checks say; which lines differ."""
    account = _account(name_of_account)
    with authority.sight(account):
        try:
            found = [acting.named(name, reader=account) for name in names]
            told = comparing.side_by_side(scenarios=found, reader=account, also=scenario_figures.of)
            told["one_off"] = {each.name: scenario_figures.one_off(each, reader=account) for each in found}
        except ScenarioRefused as refusal:
            _refused(refusal, as_json)
            return
    if as_json:
        show_json(told)
        return
    after = told["after"]
    table(
        ["", "before", *after],
        [[head, told["before"][head], *(each[head] for each in after.values())] for head in told["before"]],
    )
    for name, why in told["refused"].items():
        click.echo(_("%(name)s cannot be carried out: %(why)s") % {"name": name, "why": " ".join(why[:3])})
    click.echo(_("%(count)s lines are in all of them.") % {"count": told["shared"]})
    for name, only in told["only"].items():
        for row in only if len(names) > 1 else []:
            click.echo(f"{name}: " + ", ".join(f"{word}: {value}" for word, value in row.items() if value))


@scenario.command()
@click.argument("name")
@click.option("--reason", default="", help="Why.")
@as_option
@json_option
def propose(name: str, reason: str, name_of_account: str | None, as_json: bool) -> None:
    """Hand it to a second person; only what nothing blocks."""
    _act(name, name_of_account, as_json, acting.propose, reason=reason)


@scenario.command()
@click.argument("name")
@click.option("--decision", "number", default="", help="Number of the deciding document.")
@click.option("--issuer", default="", help="Who issued it.")
@as_option
@json_option
def approve(name: str, number: str, issuer: str, name_of_account: str | None, as_json: bool) -> None:
    """Approve what was proposed: another account than its owner, with authority over the whole of it."""
    _act(name, name_of_account, as_json, acting.approve, number=number, issuer=issuer)


@scenario.command()
@click.argument("name")
@as_option
@json_option
def apply(name: str, name_of_account: str | None, as_json: bool) -> None:
    """Carry it out: all of it in one moment, or nothing."""
    _act(name, name_of_account, as_json, acting.apply)


@scenario.command()
@click.argument("name")
@click.option(
    "--on", "on", type=Day(), default=lambda: date.today(), help="From which day on the former state is back; today if not said."
)
@click.option("--reason", default="", help="Why.")
@as_option
@json_option
def undo(name: str, on: date, reason: str, name_of_account: str | None, as_json: bool) -> None:
    """Take back what was carried out; what was true in between stays known."""
    _act(name, name_of_account, as_json, acting.undo, on=on, reason=reason)


def _act(name: str, account_name: str | None, as_json: bool, service: Any, **asked: Any) -> None:
    account = _account(account_name)
    try:
        with authority.sight(account):
            found = acting.named(name, reader=account)
            if service is not acting.undo:
                _say(service(scenario=found, by=account, **asked), as_json)
                return
        _say(service(scenario=found, by=account, **asked), as_json)  # it opens its own transactions, the keeper's among them
    except ScenarioRefused as refusal:
        _refused(refusal, as_json)

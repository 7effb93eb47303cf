"""`canbo entitlements`: what is due to whom a reorganisation touches, in sum and one by one; and to one person alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from canbo.procedures.scenarios import acting
from canbo.project.commands.scenario import _account, as_option
from canbo.project.commands.shown import Day, json_option, show_json, table
from canbo.registry import authority, people
from canbo.registry.models import Account, Person
from canbo.reports import wording
from canbo.reports.entitlements import payments, sums, words
from canbo.reports.entitlements import people as due
from canbo.reports.entitlements.people import Line
from canbo.rules.words import RuleError


class Given(click.ParamType[tuple[str, Any]]):
    """FACT=VALUE."""

    name = "FACT=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        if isinstance(value, tuple):
            return value
        name, sign, text = str(value).partition("=")
        if not sign or not text:
            self.fail(_("Write a fact and its value, such as pay.coefficient=4.65."), param, ctx)
        return name, {"true": True, "false": False}.get(text, int(text) if text.isdecimal() else text)


@click.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--person", default=None, help="One person alone, by identification number or #number; then without SCENARIO.")
@click.option("--on", "on", type=Day(), default=None, help="First day without service, of one person.")
@click.option("--reorganised", type=Day(), default=None, help="First day of a reorganisation that touches the person.")
@click.option("--reason", default="", help="The ground that the authority finds, such as staff_cut, for one person.")
@click.option("--fact", "given", type=Given(), multiple=True, help="A fact that the register does not know, for one person.")
@click.option(
    "--csv", "file", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write the list for the finance system."
)
@as_option
@json_option
def entitlements(
    scenarios: tuple[str, ...], person: str | None, on: date | None, reorganised: date | None, reason: str, given: tuple[tuple[str, Any], ...],
    file: Path | None, name_of_account: str | None, as_json: bool,
) -> None:  # fmt: skip
    """What is due to those whom SCENARIO leaves without their post: each policy, its amount, the highest lawful one.

    Several scenarios are compared. It proposes only. Exit code: 0 done, 1 not found or refused, 2 the command line is written
    wrong, 4 (of one person) something is due that cannot be told yet.
    """
    account = _account(name_of_account)
    if (person is None) == (not scenarios):
        raise click.UsageError(_("Name a scenario, or a person with --person."))
    if file is not None and len(scenarios) != 1:
        raise click.UsageError(_("A list is written of one scenario."))
    if person is not None:
        if reason and reason not in due.ALONE:
            raise click.UsageError(_("The ground is one of these: %(known)s.") % {"known": ", ".join(due.ALONE)})
        _alone(account, person, on or date.today(), as_json, reorganised=reorganised, reason=reason, given=dict(given))
        return
    with authority.sight(account):
        found = [due.of_scenario(scenario=acting.named(name, reader=account), reader=account) for name in scenarios]
        compared = sums.compared(found)
        _tell(found, compared, as_json)
        if file is not None:
            file.write_text(payments.as_csv(found[0].lines, get_language() or "en"), encoding="utf-8", newline="")


def _alone(account: Account, number: str, on: date, as_json: bool, **asked: Any) -> None:
    with authority.sight(account):
        subject = Person.objects.get(pk=people.find(number))
        try:
            line = due.of_person(person=subject, on=on, reader=account, **asked)
        except RuleError as wrong:
            raise click.UsageError(wrong.message.say(get_language() or "en")) from wrong
        told = words.to_dict(line, get_language() or "en")
    show_json(told) if as_json else _person(line, told)
    if line.open:
        raise SystemExit(4)


def _tell(found: list[due.Due], compared: dict[str, sums.Sums], as_json: bool) -> None:
    language = get_language() or "en"
    if as_json:
        told = [
            {
                "scenario": each.scenario.name, "on": each.scenario.on, "hidden": each.hidden,
                **compared[each.scenario.name].to_dict(), "people": [words.to_dict(line, language) for line in each.lines],
            }
            for each in found
        ]  # fmt: skip
        show_json(told[0] if len(told) == 1 else {"scenarios": told})
        return
    heads = [_("scenario"), _("people"), _("stated"), _("if those who wait leave"), _("cannot be told yet")]
    table(heads, [_summed(name, each) for name, each in compared.items()])
    if len(found) > 1:
        return
    click.echo()
    table(
        [_("body"), _("name"), _("what is said"), _("policy"), _("amount")],
        [
            [line.row["unit"], line.name, words.FATES[line.fate], line.due.policy.name if line.due else "", _amount(line)]
            for line in found[0].lines
        ],
    )
    if found[0].hidden:
        click.echo(_("%(count)s more people, whose files you may not see, are not in these sums.") % {"count": found[0].hidden})


def _summed(name: str, each: sums.Sums) -> list[Any]:
    people_ = each.stated.people + each.possible.people
    unknown = each.stated.unknown + each.possible.unknown
    return [name, people_, wording.number(each.stated.amount), wording.number(each.possible.amount), unknown]


def _amount(line: Line) -> str:
    return wording.number(line.amount) if line.amount is not None else _("cannot be told yet") if line.open else "-"


def _person(line: Line, told: dict[str, Any]) -> None:
    click.echo(f"{told['person']}  {line.name}, {wording.day(line.on)}")
    click.echo(f"{_amount(line)}  {told['policy'] or ''}  {told['why']}".rstrip())
    if told["may_be_kept"]:
        click.echo(str(words.STAYS))
    for each in told["policies"]:
        click.echo(f"\n{each['policy']:<5} {words.STATES[each['state']]}: {each['title']}")
        click.echo(f"      {each['formula']}")
        for reading, amount in each["readings"].items():
            click.echo(f"      {words.READINGS.get(reading, reading)}: {wording.number(amount)}")
        click.echo("      " + "; ".join(each["articles"].values()))

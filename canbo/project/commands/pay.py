"""`canbo pay FILE`: what a reform of pay would cost; `canbo pay due CODE`: whose next step is due."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import click
from django.utils.translation import gettext as _

from canbo.modelling.staffing.pay import named
from canbo.project.commands.headcount import Either
from canbo.project.commands.scenario import _account, as_option
from canbo.project.commands.shown import Day, json_option, on_option, show_json, table
from canbo.registry import authority, looking, people, queries
from canbo.registry.models import Person
from canbo.registry.saying import language
from canbo.reports import pay_reform, steps_due, wording
from canbo.reports.caps import law

OPEN = 4


@click.group(cls=Either)
def pay() -> None:
    """What a reform of pay would cost (`canbo pay FILE`); whose next step is due (`due`)."""


@pay.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--person", default=None, help="Explain the pay of this person alone, by identification number or #number.")
@as_option
@json_option
def reform(file: Path, person: str | None, name_of_account: str | None, as_json: bool) -> None:
    """What the reform of pay in FILE costs (examples/pay): by month, year and body, and how many gain or lose, without names.

    Exit code: 0 done, 1 the file is wrong or it is refused, 2 the command line is wrong, 4 (of one person) no article tells the pay.
    """
    account = _account(name_of_account)
    with authority.sight(account):
        asked = pay_reform.read(file, today=date.today())
        if person is not None:
            subject = Person.objects.get(pk=people.find(person))
            row, prices = pay_reform.of_person(reform=asked, person=subject, reader=account)
            told = pay_reform.explained(asked, row, prices, language())
        else:
            found = pay_reform.of(reform=asked, reader=account)
            told = pay_reform.to_dict(found, language())
    if as_json:
        show_json(told)
    elif person is not None:
        days = [_("today"), *(wording.day(day) for day, _table in asked.steps)]
        amounts = [wording.number(each.amount) if each.amount is not None else _("cannot be told yet") for each in prices]
        table(
            [_("from"), _("a month"), _("reckoning")],
            [[*each[:2], " ".join(each[2].parts)] for each in zip(days, amounts, prices, strict=True)],
        )
    else:
        _tell(found)
    if person is not None and any(each.amount is None for each in prices):
        raise SystemExit(OPEN)


def _tell(found: pay_reform.Found) -> None:
    click.echo(f"{found.unit.code}  {found.unit.label}, {wording.day(found.reform.on)}")
    click.echo(
        _("%(priced)s people are reckoned; of %(unpriced)s no article tells the pay, and they are in no sum.")
        % {"priced": wording.number(found.priced), "unpriced": wording.number(found.unpriced)}
    )
    heads = [_("from"), _("a month today"), _("a month then"), _("kept"), _("gain"), _("lose"), _("the same")]
    table(heads, [[
        wording.day(step.day), *(wording.number(int(sums.sum())) for sums in (step.sums.before, step.sums.after, step.sums.kept)),
        *(wording.number(each) for each in (step.sums.winners, step.sums.losers, step.sums.unchanged)),
    ] for step in found.steps])  # fmt: skip
    click.echo()
    table([_("year"), _("today"), _("then"), _("kept")], [[year, *map(wording.number, sums)] for year, *sums in found.years])
    click.echo()
    ends = [f"{'' if low is None else low} … {'' if high is None else high} %" if low or high else "0 %" for low, high in named()]
    table(
        [_("change"), _("people")],
        [[end, wording.number(many)] for end, many in zip(ends, found.steps[-1].sums.classes, strict=True)],
    )


@pay.command("due")
@click.argument("code")
@on_option
@click.option("--until", type=Day(), default=None, help="Steps due by this day too; the day asked about if not said.")
@as_option
@json_option
def due(code: str, on: date, until: date | None, name_of_account: str | None, as_json: bool) -> None:
    """Whose next step of pay is due in the unit with CODE and beneath it, and who stands beyond the last step."""
    account = _account(name_of_account)
    with authority.sight(account):
        unit = queries.unit(code, on=on)
        found = steps_due.due(code=code, on=on, until=until or on, reader=account)
        looking.looked_at_list(unit.id, by=account, on=on, persons=[each.person for each in found])
    book = law()
    told = [each.to_dict(language(), book) for each in found]
    counts = Counter(each.kind for each in found)
    if as_json:
        show_json({"unit": code, "on": on, "until": until or on, "counts": counts, "due": told})
        return
    table(
        [_("body"), _("name"), _("scale"), _("step"), _("since"), _("due on"), _("next coefficient"), _("beyond, %")],
        [[each.unit, each.name, each.scale, each.step, each.since and wording.day(each.since), each.day and wording.day(each.day),
          each.following, each.percent] for each in found],
    )  # fmt: skip
    cited = {one["article"]: one["citation"] for each in told for one in each["articles"]}
    click.echo("\n".join(sorted(set(cited.values()))))
    click.echo(
        _("Time on the step is reckoned; work done and discipline, which the article asks for too, are for people to check.")
    )

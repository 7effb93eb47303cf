"""`canbo work`: what people do about work and evaluations; `canbo evaluate CODE`: a whole body of a period."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
import yaml
from django.utils.translation import gettext as _

from canbo.evaluation import board, catalogue, grading, limits, outbox, schemes, sheets, work
from canbo.evaluation.models import Assignment, Catalogue, Evaluation, Limit, Outgoing, Product
from canbo.evaluation.refusals import Refused
from canbo.pages.words import word
from canbo.project.commands.shown import json_option, on_option, show_json, table
from canbo.registry import authority, intake, looking, people, queries
from canbo.registry.models import Account, Organization, Person
from canbo.registry.saying import language
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.evaluation.person import UNDETERMINED
from canbo.rules.words import message

REFUSED, OPEN = 3, 4
Command = Callable[..., Any]


class Amount(click.ParamType[Decimal]):
    """A decimal number."""

    name = "NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            return Decimal(str(value))
        except InvalidOperation:
            self.fail(_("%(value)s is no number.") % {"value": value}, param, ctx)


def acting(command: Command) -> Command:
    """The options of every act: who acts, on which day, with which key."""
    for option in (
        click.option("--as", "name", required=True, help="The account that acts: its user name."),
        click.option("--key", default=None, help="Idempotency key: the same key acts once."),
        json_option,
        on_option,
    ):
        command = option(command)
    return command


@click.group("work")
def work_group() -> None:
    """Work and evaluations: catalogues, assignments, the work log, acceptance, and evaluations up to their publication."""


def _account(name: str) -> Account:
    found = Account.objects.filter(username=name).first()
    if found is None:
        raise queries.NotInRegister(_("There is no account %(name)s.") % {"name": name})
    return found


def say_done(name: str, as_json: bool, act: Callable[[Account], Any]) -> None:
    """Do an act as an account, and say what stands now. Exit code: 0 done, 3 refused; the attempt stays in the journal."""
    with authority.sight(intake.console()):  # whoever may run commands here sees all; whether `by` may act is asked by the act
        try:
            made, refusal = act(_account(name)), None
        except Refused as problem:
            made, refusal = None, problem
    told = {"done": refusal is None, "why": refusal and refusal.why, "said": refusal and str(refusal)}
    told |= {"id": made.pk, "what": str(made)} if made is not None else {}
    if as_json:
        show_json(told)
    else:
        click.echo(numbered(made) if made is not None else str(refusal), err=made is None)
    raise SystemExit(REFUSED if refusal else 0)


def numbered(made: Any) -> str:
    """What was made, with the number by which the next command asks for it."""
    said = str(made)
    return said if str(made.pk) in re.findall(r"[0-9]+", said) else f"{said} ({made.pk})"


def _person(reference: str) -> Person:
    return Person.objects.get(pk=people.find(reference))


def _assignment(number: int) -> Assignment:
    found = Assignment.objects.select_related("person").filter(pk=number).first()
    if found is None:
        raise queries.NotInRegister(_("There is no assignment %(number)s.") % {"number": number})
    return found


def _evaluation(number: int) -> Evaluation:
    found = Evaluation.objects.select_related("person").filter(pk=number).first()
    if found is None:
        raise queries.NotInRegister(_("There is no evaluation %(number)s.") % {"number": number})
    return found


# ---- catalogues and periods


@work_group.command("catalogue")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, required=True, help="The year for which the catalogue is drafted.")
@acting
def catalogue_(code: str, file: Path, year: int, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Draft the catalogue of body CODE from FILE: a list of products with code, name, group (n1-n5), points, standard.

    FILE is YAML or a workbook (.xlsx) in the form that `canbo work products CODE --xlsx FILE` gives.
    """

    def lines() -> list[catalogue.Line]:
        if file.suffix.lower() == ".xlsx":
            return sheets.read(file.read_bytes())
        try:
            rows = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as problem:
            why = " ".join(str(problem).split())
            raise Refused(
                "unreadable", _("The file %(name)s cannot be read as YAML: %(why)s.") % {"name": file.name, "why": why}
            ) from None
        rows = rows.get("products", []) if isinstance(rows, dict) else rows
        return catalogue.lines_of(rows or [])

    def draft(by: Account) -> Catalogue:
        body = Organization.objects.get(pk=queries.unit(code, on=on).id)
        return catalogue.draft(organization=body, year=year, lines=lines(), by=by, on=on, key=key)

    say_done(name, as_json, draft)


@work_group.command("products")
@click.argument("code")
@click.option("--year", type=int, default=None, help="The year; not said: that of the day.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write a workbook to fill in.")
@json_option
@on_option
def products(code: str, year: int | None, xlsx: Path | None, on: date, as_json: bool) -> None:
    """The products that body CODE assigns in a year, by its catalogue in force or that of the nearest body above."""
    with authority.sight(intake.console()):
        unit, year = queries.unit(code, on=on), year or on.year
        found = list(catalogue.products_of(unit.id, year, on=on))
        if xlsx is not None:
            xlsx.write_bytes(sheets.written(found, catalogue.frames(on), title=f"{code} {year}"))
    if as_json:
        columns = ("code", "name", "output", "group", "points", "standard")
        show_json([{**{name: getattr(each, name) for name in columns}, "coefficient": float(each.coefficient)} for each in found])
        return
    for each in found:
        click.echo(f"{each.group}  {each.points:>4}  {each.coefficient:>6}  {each.code}  {each.name}")
    if not found:
        click.echo(_("No catalogue is in force here for %(year)s.") % {"year": year})


@work_group.command()
@click.argument("number", type=int)
@click.option("--basis", required=True, help="The text by which the body approves.")
@acting
def approve(number: int, basis: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Approve the drafted catalogue NUMBER, as somebody who did not draft it."""

    def put(by: Account) -> Catalogue:
        held = Catalogue.objects.select_related("organization").filter(pk=number).first()
        if held is None:
            raise queries.NotInRegister(_("There is no catalogue %(number)s.") % {"number": number})
        return catalogue.approve(organization=held.organization, catalogue=held, basis=basis, by=by, on=on, key=key)

    say_done(name, as_json, put)


@work_group.command()
@click.argument("code")
@click.argument("kind", type=click.Choice(["month", "quarter", "year"]))
@click.option("--since", required=True, help="The day from which; in the middle of a period it takes hold with the next.")
@click.option("--basis", required=True, help="The text by which the body decided so.")
@click.option("--delay", type=click.Choice(["occurrence", "day"]), default=None, help="What each cut for delay is counted by.")
@acting
def scheme(
    code: str, kind: str, since: str, basis: str, delay: str | None, name: str, on: date, key: str | None, as_json: bool
) -> None:
    """Let body CODE score by month, quarter or year from a day on. Closed periods stay as they are."""

    def put(by: Account) -> Any:
        body = Organization.objects.get(pk=queries.unit(code, on=on).id)
        told = {"organization": body, "kind": kind, "since": date.fromisoformat(since), "basis": basis}
        return schemes.set_scheme(**told, readings={"delay": delay} if delay else {}, by=by, on=on, key=key)

    say_done(name, as_json, put)


@work_group.command()
@click.argument("code")
@click.option("--among", type=click.Choice(["good", "good_or_better", "all"]), required=True, help="Of whom the share is taken.")
@click.option("--rounding", type=click.Choice(["down", "nearest", "up"]), default="down", help="What becomes of a fraction.")
@click.option("--groups", type=click.Choice(Limit.Groups.values), default="leading", help="Who has similar tasks.")
@click.option("--periods", type=click.Choice(Limit.Periods.values), default="year", help="Which grades the share binds.")
@click.option("--since", required=True, help="The day from which.")
@click.option("--basis", required=True, help="The text by which the body decided so.")
@acting
def limit(
    code: str, among: str, rounding: str, groups: str, periods: str, since: str, basis: str, name: str, on: date, key: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Let body CODE and all beneath it count by a reading how many may be excellent, from a day on."""
    told = {"among": among, "rounding": rounding, "groups": groups, "periods": periods, "basis": basis}

    def put(by: Account) -> Limit:
        body = Organization.objects.get(pk=queries.unit(code, on=on).id)
        return limits.set_limit(organization=body, since=date.fromisoformat(since), by=by, on=on, key=key, **told)

    say_done(name, as_json, put)


@work_group.command()
@click.argument("code")
@click.argument("year", type=int)
@click.option("--basis", required=True, help="The text by which the authority above decided so.")
@acting
def outstanding(code: str, year: int, basis: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Recognise the results of body CODE in YEAR as outstanding: the higher share of excellent then holds there."""

    def put(by: Account) -> Any:
        body = Organization.objects.get(pk=queries.unit(code, on=on).id)
        return limits.recognise(organization=body, year=year, basis=basis, by=by, on=on, key=key)

    say_done(name, as_json, put)


# ---- work


@work_group.command()
@click.argument("person")
@click.argument("product")
@click.argument("number", type=Amount())
@click.option("--period", required=True, help="2026-03, 2026-Q1 or 2026, as the body scores.")
@click.option("--task", default="", help="What it is about: a number, a matter. It has one main owner.")
@click.option("--helps", is_flag=True, help="The person helps; somebody else is the main owner.")
@click.option(
    "--extra", type=click.Choice(["unexpected", "taken_over"]), default=None, help="It came later, outside the denominator."
)
@click.option("--from", "taken_from", type=int, default=None, help="Number of the assignment that it is taken over from.")
@acting
def assign(
    person: str, product: str, number: Decimal, period: str, task: str, helps: bool, extra: str | None, taken_from: int | None,
    name: str, on: date, key: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Give PERSON so many of PRODUCT (its code in the catalogue in force) for a period."""

    def give(by: Account) -> Assignment:
        who = _person(person)
        span = parse(period)
        listed = catalogue.products_of(work.serves_in(who, on).pk, span.year if span else on.year, on=on)
        found = listed.filter(code=product).first() or Product.objects.filter(code=product).order_by("-pk").first()
        if found is None:
            raise queries.NotInRegister(_("There is no product %(code)s.") % {"code": product})
        told = {
            "task": task,
            "main": not helps,
            "extra": extra or "",
            "taken_from": _assignment(taken_from) if taken_from else None,
        }
        return work.assign(person=who, product=found, number=number, period=period, by=by, on=on, key=key, **told)

    say_done(name, as_json, give)


@work_group.command()
@click.argument("assignment", type=int)
@click.argument("done", type=Amount())
@click.option("--day", default=None, help="The day on which it was done; today if not said.")
@click.option("--text", required=True, help="What was done, in a few words.")
@click.option("--evidence", default="", help="Number of the document or record that shows it.")
@click.option("--link", default="", help="Where it can be seen.")
@acting
def log(
    assignment: int, done: Decimal, day: str | None, text: str, evidence: str, link: str, name: str, on: date, key: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Write into the own work log: so much of ASSIGNMENT was done."""
    told = {"done": done, "day": date.fromisoformat(day) if day else on, "text": text, "evidence": evidence, "link": link}
    say_done(name, as_json, lambda by: work.log(assignment=_assignment(assignment), by=by, on=on, key=key, **told))


@work_group.command()
@click.argument("assignment", type=int)
@click.argument("done", type=Amount())
@click.option("--failures", type=int, default=0, help="Failed assessments.")
@click.option("--delays", type=int, default=0, help="How many times late.")
@click.option("--days-late", type=int, default=0, help="How many days late in all.")
@click.option("--cause", default="", help="An objective cause, to be confirmed by another person.")
@click.option("--remark", default="", help="What there is to say.")
@acting
def accept(
    assignment: int, done: Decimal, failures: int, delays: int, days_late: int, cause: str, remark: str, name: str, on: date,
    key: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Take so much of ASSIGNMENT as done, as whoever gave it."""
    told: dict[str, Any] = {
        "quality_failures": failures,
        "delays": delays,
        "days_late": days_late,
        "cause": cause,
        "remark": remark,
    }
    say_done(name, as_json, lambda by: work.accept(assignment=_assignment(assignment), done=done, by=by, on=on, key=key, **told))


@work_group.command()
@click.argument("assignment", type=int)
@click.option("--confirmed/--rejected", required=True, help="Whether the cause lay outside the person's power.")
@acting
def cause(assignment: int, confirmed: bool, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Confirm or not the objective cause claimed for ASSIGNMENT, as another person than who accepted it."""
    say_done(
        name, as_json, lambda by: work.judge_cause(assignment=_assignment(assignment), confirmed=confirmed, by=by, on=on, key=key)
    )


# ---- evaluations


@work_group.command()
@click.argument("person")
@click.option("--period", required=True, help="The period that is assessed.")
@click.option("--general", required=True, help="Points of the three groups, such as 10,9.5,8.")
@click.option("--text", default="", help="What there is to say.")
@acting
def assess(person: str, period: str, general: str, text: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Assess the own work of a period."""
    told = {"period": period, "general": _groups(general), "text": text}
    say_done(name, as_json, lambda by: grading.assess(person=_person(person), by=by, on=on, key=key, **told))


def _groups(text: str) -> dict[str, Decimal]:
    try:
        return {str(number): Decimal(part.strip()) for number, part in enumerate(text.split(","), 1)}
    except InvalidOperation:
        raise click.BadParameter(_("%(value)s is no number.") % {"value": text}) from None


@work_group.command()
@click.argument("evaluation", type=int)
@click.option("--general", default=None, help="Points of the three groups, where they are changed.")
@click.option("--opinion", default="", help="What the head has to say.")
@acting
def opine(evaluation: int, general: str | None, opinion: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Say as head what there is to say of EVALUATION."""
    points = _groups(general) if general else None
    say_done(
        name, as_json,
        lambda by: grading.opine(evaluation=_evaluation(evaluation), opinion=opinion, general=points, by=by, on=on, key=key),
    )  # fmt: skip


@work_group.command()
@click.argument("evaluation", type=int)
@click.option("--grade", default=None, help="Only where the law has no answer: the grade that the authority gives.")
@click.option("--why", default="", help="Only where the law has no answer: why.")
@acting
def decide(evaluation: int, grade: str | None, why: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Decide on EVALUATION: reckoned by the law, kept with what it was reckoned from."""
    say_done(
        name, as_json, lambda by: grading.decide(evaluation=_evaluation(evaluation), grade=grade, why=why, by=by, on=on, key=key)
    )


@work_group.command()
@click.argument("evaluation", type=int)
@acting
def publish(evaluation: int, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Publish the decided EVALUATION."""
    say_done(name, as_json, lambda by: grading.publish(evaluation=_evaluation(evaluation), by=by, on=on, key=key))


@work_group.command()
@click.argument("code")
@json_option
@on_option
def queue(code: str, on: date, as_json: bool) -> None:
    """What body CODE and all beneath it still have to send to the national database, as a file of results with --json.

    Exit code: 0, or 4 where a result is late.
    """
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=on)
        waiting = outbox.waiting(by=by, root=unit.id, on=on)
        looking.looked_at_list(unit.id, by=by, on=on, persons=[each.evaluation.person_id for each in waiting])
        found = outbox.exported(waiting, on=on)
    if as_json:
        show_json({"organization": unit.code, "on": on, "results": found})
    else:
        head = [_("number"), _("person"), _("period"), _("grade"), _("to be sent by"), _("sent")]
        table(head, [[str(each["id"]), each["person"], each["period"], str(word(each["grade"], "grade of work")), str(each["due_on"]),
                      str(each["sent_on"] or "–")] for each in found])  # fmt: skip
    raise SystemExit(OPEN if any(each["late"] for each in found) else 0)


@work_group.command()
@click.argument("number", type=int)
@click.option(
    "--receipt", default="", help="The receipt of the national database; without it the result is written down as sent."
)
@acting
def sent(number: int, receipt: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Write down that result NUMBER of the queue was sent to the national database, or acknowledged by it."""

    def move(by: Account) -> Outgoing:
        held = Outgoing.objects.select_related("evaluation").filter(pk=number).first()
        if held is None:
            raise queries.NotInRegister(_("There is no result %(number)s in the queue.") % {"number": number})
        if receipt:
            return outbox.acknowledge(outgoing=held, receipt=receipt, by=by, on=on, key=key)
        return outbox.send(outgoing=held, by=by, on=on, key=key)

    say_done(name, as_json, move)


# ---- a whole body


def evaluate_body(code: str, period: str | None, on: date, *, dry_run: bool, as_json: bool) -> None:
    """`canbo evaluate CODE --period PERIOD`: everybody's score and grade. Exit code: 0, or 4 where somebody's is undetermined."""
    span = parse(period or str(on.year))
    if span is None:
        raise click.BadParameter(_("A period looks like 2026, 2026-Q1 or 2026-03."))
    by = intake.console()
    with authority.sight(by):
        unit = queries.unit(code, on=min(on, span.last))
        rows = board.of_body(by=by, root=unit.id, period=span, on=on, anew=dry_run)
        looking.looked_at_list(unit.id, by=by, on=on, persons=[row.member.person for row in rows])
        numbers = dict(
            Person.objects.filter(pk__in=[row.member.person for row in rows]).values_list("pk", "identification_number")
        )
        found = [told(row, numbers[row.member.person]) for row in rows]
    if as_json:
        show_json({"organization": unit.code, "period": str(span), "people": found})
    else:
        _show(found, span)
    raise SystemExit(OPEN if any(each["grade"] == UNDETERMINED for each in found) else 0)


def told(row: board.Row, number: str) -> dict[str, Any]:
    """One person of a body as plain values."""
    undetermined = row.grade == UNDETERMINED
    return {
        "id": number,
        "score": None if row.score is None else float(row.score),
        "grade": row.grade,
        "parts": {name: None if value is None else float(value) for name, value in row.parts.items()},
        "formula": row.formula,
        "articles": list(row.articles),
        "regulations": row.regulations,
        "decided": row.decided,
        "was": row.was,
        "missing": list(row.missing),
        "undetermined": {"decided_by": message("eval_authority").say(language()), "what": ", ".join(row.missing)}
        if undetermined
        else None,
    }


def _show(found: list[dict[str, Any]], span: Period) -> None:
    head = [_("number"), *("general", "a", "b", "c", "d", "đ", "e"), _("result"), _("score"), _("grade"), _("missing")]
    table(head, [_line(each) for each in found])


def _line(each: dict[str, Any]) -> list[str]:
    parts = ["–" if value is None else f"{value:g}" for value in each["parts"].values()]
    score = "–" if each["score"] is None else f"{each['score']:g}"
    return [each["id"], *parts, score, str(word(each["grade"], "grade of work")), ", ".join(each["missing"])]

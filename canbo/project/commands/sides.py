"""`canbo sides CODE`: what many sides said of a body's people; and of `canbo work` what leads there, and what grades lead to."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from canbo.evaluation import opinions, sides, sides_shown
from canbo.evaluation.models import Asked, Doubt, Round
from canbo.evaluation.refusals import Refused
from canbo.procedures import consequences, refusals
from canbo.procedures.models import Case
from canbo.project.commands.shown import Day, json_option, on_option, show_json, table
from canbo.project.commands.work import _evaluation, acting, say_done
from canbo.project.commands.work import work_group as work_group
from canbo.registry import authority, intake, looking, queries
from canbo.registry.models import Account, Organization, Person, Post
from canbo.registry.saying import language
from canbo.rules.evaluation.periods import Period, parse

OPEN = 4


def span_of(period: str | None, on: date) -> Period:
    """The period asked about; the year of the day if none was said."""
    span = parse(period or str(on.year))
    if span is None:
        raise click.BadParameter(_("A period looks like 2026, 2026-Q1 or 2026-03."))
    return span


@click.command("sides")
@click.argument("code")
@click.option("--period", default=None, help="2026, 2026-Q1 or 2026-03; this year if not said.")
@json_option
@on_option
def sides_(code: str, period: str | None, on: date, as_json: bool) -> None:
    """What many sides said of the people of body CODE in a period, and how satisfied the served were: beside the score.

    Of a side with too few answers only their number is told. Exit code: 0, or 4 where a question to people waits for an answer.
    """
    by = intake.console()
    with authority.sight(by):
        span = span_of(period, on)
        unit = queries.unit(code, on=min(on, span.last))
        whole = sides_shown.of_body(by=by, root=unit.id, period=span, on=on)
        persons = [each.person for each in whole.people]
        looking.looked_at_list(unit.id, by=by, on=on, persons=persons)
        numbers = dict(Person.objects.filter(pk__in=persons).values_list("pk", "identification_number"))
        told = {"organization": unit.code, "period": str(span), **plain(whole, numbers, language())}
    if as_json:
        show_json(told)
    else:
        _show(told)
    raise SystemExit(OPEN if any(not each["answer"] for each in told["questions"]) else 0)


def plain(whole: sides_shown.Whole, numbers: dict[int, str], shown_in: str) -> dict[str, Any]:
    """All of it as plain values; people by their numbers, and of an anonymous round no rater at all."""
    people = [{**sides_shown.plain(each, shown_in), "id": numbers.get(each.person)} for each in whole.people]
    for each in people:
        for side in each["sides"]:
            side["signed"] = len(side["signed"])
    return {
        "rounds": [
            {"round": each.pk, "state": each.state, "anonymous": each.anonymous, "opened_on": each.opened_on, "closes_on": each.closes_on,
             "asked": each.wanted, "answered": each.came, "left_out": each.left_out, "result": each.result}  # type: ignore[attr-defined]
            for each in whole.rounds
        ],
        "people": people,
        "served": [
            {"counter": held.counter, "n": each.number, "mean": sides_shown.rounded(each.mean), "error": sides_shown.rounded(each.error),
             "counts": list(each.counts), "no_mark": each.cannot, "basis": held.basis}
            for held, each in whole.served
        ],
        "questions": [
            {"number": each.pk, "kind": each.kind, "evidence": each.evidence, "answer": each.answer or None} for each in whole.doubts
        ],
    }  # fmt: skip


def _show(told: dict[str, Any]) -> None:
    head = [_("person"), _("side"), _("asked"), _("answers"), _("given"), _("fair")]
    lines = []
    for each in told["people"]:
        for side in each["sides"]:
            lines.append([str(each["id"]), side["title"], str(side["asked"]), str(side["answered"]), "", ""])
        lines.append(
            [str(each["id"]), _("All sides shown"), "", str(each["answers"]), _figure(each["given"]), _figure(each["fair"])]
        )
    table(head, lines)
    for each in told["served"]:
        click.echo(f"{each['counter']}: {_figure(each['mean'])} ({each['n']})")
    for each in told["questions"]:
        click.secho(f"? {each['number']} {each['kind']}: {each['answer'] or _('waits for an answer')}", fg="yellow")


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


@work_group.command("ask")
@click.argument("code")
@click.option("--period", required=True, help="2026-03, 2026-Q1 or 2026.")
@click.option("--closes", type=Day(), required=True, help="The last day on which answers are taken.")
@click.option("--signed", is_flag=True, help="Every answer bears its name; not said: nothing is kept of who said what.")
@click.option("--beneath", is_flag=True, help="Also about the people of the bodies beneath.")
@acting
def ask(
    code: str, period: str, closes: date, signed: bool, beneath: bool, name: str, on: date, key: str | None, as_json: bool
) -> None:
    """Ask many sides about everybody evaluated in body CODE; whom, the register says."""

    def put(by: Account) -> Round:
        body = Organization.objects.get(pk=queries.unit(code, on=on).id)
        told = {"organization": body, "period": period, "closes_on": closes, "anonymous": not signed, "beneath": beneath}
        return sides.open_round(**told, by=by, on=on, key=key)

    say_done(name, as_json, put)


@work_group.command("asked")
@click.argument("number", type=int)
@click.argument("marks", nargs=-1, required=True, metavar="QUESTION=MARK...")
@click.option("--text", default="", help="What there is to say beside the marks.")
@acting
def asked(number: int, marks: tuple[str, ...], text: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Answer question NUMBER of a round: values=4 cooperation=5 results=- (a dash: I cannot say)."""
    given = {
        each.partition("=")[0]: None if each.partition("=")[2] == "-" else _whole(each.partition("=")[2]) for each in marks
    }  # fmt: skip

    def put(by: Account) -> Asked:
        one = Asked.objects.filter(pk=number).first()
        if one is None:
            raise queries.NotInRegister(_("There is no such question."))
        return sides.answer(asked=one, marks=given, text=text, by=by, on=on, key=key)

    say_done(name, as_json, put)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise click.BadParameter(_("%(value)s is no number.") % {"value": text}) from None


@work_group.command("close-round")
@click.argument("number", type=int)
@acting
def close_round(number: int, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Close round NUMBER: its answers are added up and destroyed."""

    def put(by: Account) -> Round:
        held = Round.objects.filter(pk=number).first()
        if held is None:
            raise queries.NotInRegister(_("There is no such round."))
        return sides.close(round=held, by=by, on=on, key=key)

    say_done(name, as_json, put)


@work_group.command("give-up-round")
@click.argument("number", type=int)
@click.option("--why", required=True, help="The reason; everybody who was asked reads it.")
@acting
def give_up_round(number: int, why: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Give up round NUMBER, whose key is lost or which should not have been opened: its answers are destroyed unread."""

    def put(by: Account) -> Round:
        held = Round.objects.filter(pk=number).first()
        if held is None:
            raise queries.NotInRegister(_("There is no such round."))
        return sides.abandon(round=held, why=why, by=by, on=on, key=key)

    say_done(name, as_json, put)


@work_group.command("settle")
@click.argument("number", type=int)
@click.option("--text", required=True, help="What was found out.")
@acting
def settle(number: int, text: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Answer question NUMBER that the answers of a round made people ask."""

    def put(by: Account) -> Doubt:
        held = Doubt.objects.filter(pk=number).first()
        if held is None:
            raise queries.NotInRegister(_("There is no such question."))
        return sides.settle(doubt=held, text=text, by=by, on=on, key=key)

    say_done(name, as_json, put)


@work_group.command("served")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--period", required=True, help="2026-03, 2026-Q1 or 2026.")
@click.option("--basis", required=True, help="Where the figures come from.")
@acting
def served(code: str, file: Path, period: str, basis: str, name: str, on: date, key: str | None, as_json: bool) -> None:
    """Take in how satisfied those were whom body CODE served: FILE is CSV with a line for each counter.

    Columns: counter, one for each mark from the lowest (1, 2, 3, 4, 5), and none: how many gave no mark.
    """

    def put(by: Account) -> Any:
        body, low, made = Organization.objects.get(pk=queries.unit(code, on=on).id), sides.law(), None
        columns = [*(str(mark) for mark in range(low.low, low.high + 1)), "none"]
        with file.open(encoding="utf-8-sig", newline="") as text:
            for number, row in enumerate(csv.DictReader(text), start=1):
                counts = [_whole((row.get(column) or "0").strip()) for column in columns]
                told = {
                    "organization": body,
                    "period": period,
                    "counter": row.get("counter") or "",
                    "counts": counts,
                    "basis": basis,
                }
                made = sides.take_served(**told, by=by, on=on, key=f"{key} {number}" if key else None)
        if made is None:
            raise queries.NotInRegister(_("The file has no line."))
        return made

    say_done(name, as_json, put)


@work_group.command("party-opinion")
@click.argument("evaluation", type=int)
@click.option("--body", required=True, help="Which organisation of the Party.")
@click.option("--author", required=True, help="Who signed it for that organisation.")
@click.option("--said", type=Day(), required=True, help="The day of the opinion.")
@click.option("--text", required=True, help="What it says.")
@click.option("--grade", default="", help="The grade that it names, where it names one; it binds nobody.")
@acting
def party_opinion(
    evaluation: int,
    body: str,
    author: str,
    said: date,
    text: str,
    grade: str,
    name: str,
    on: date,
    key: str | None,
    as_json: bool,
) -> None:
    """Record what a Party organisation said of EVALUATION, before it is decided."""
    told = {"body": body, "author": author, "said_on": said, "text": text, "grade": grade}
    say_done(name, as_json, lambda by: opinions.record(evaluation=_evaluation(evaluation), by=by, on=on, key=key, **told))


# ---- what grades lead to


@work_group.command("consequences")
@click.argument("code")
@click.option("--period", default=None, help="2026, 2026-Q1 or 2026-03; this year if not said.")
@json_option
@on_option
def consequences_(code: str, period: str | None, on: date, as_json: bool) -> None:
    """What the published grades of body CODE propose: who, by which article, until when, and which case was opened.

    Nothing is opened by it. Exit code: 0, or 4 where a last day is over and nothing was opened.
    """
    by = intake.console()
    with authority.sight(by):
        span = span_of(period, on)
        unit = queries.unit(code, on=min(on, span.last))
        found = consequences.of_body(by=by, root=unit.id, period=span, on=on)
        looking.looked_at_list(unit.id, by=by, on=on, persons=[each.person for each in found])
        numbers = dict(Person.objects.filter(pk__in={each.person for each in found}).values_list("pk", "identification_number"))
        told = [proposal(each, numbers, language(), on) for each in found]
    if as_json:
        show_json({"organization": unit.code, "period": str(span), "proposals": told})
    else:
        head = [_("evaluation"), _("person"), _("proposal"), _("post"), _("until"), _("case")]
        table(head, [[str(each["evaluation"]), str(each["id"]), each["title"], str(each["post"] or "–"), str(each["due"] or "–"),
                      str(each["case"] or "–")] for each in told])  # fmt: skip
    raise SystemExit(OPEN if any(each["late"] for each in told) else 0)


def proposal(each: consequences.Proposed, numbers: dict[int, str], shown_in: str, on: date) -> dict[str, Any]:
    """One proposal as plain values."""
    return {
        "evaluation": each.evaluation, "id": numbers.get(each.person), "what": each.name, "title": each.title.get(shown_in) or each.title["en"],
        "post": each.post, "procedure": each.procedure or None, "since": each.since, "due": each.due, "place": each.place, "of": each.of,
        "articles": [{"id": one.id, "outcome": one.outcome, "cites": one.ruling.article.source.cite(shown_in), "why": one.reason(shown_in)}
                     for one in each.grounds],
        "source": each.source.cite(shown_in) if each.source else None, "case": each.opened and each.opened.pk,
        "late": bool(each.due and each.due < on and each.opened is None),
    }  # fmt: skip


@work_group.command("open-case")
@click.argument("evaluation", type=int)
@click.argument("procedure")
@click.argument("post", type=int)
@click.option("--to-post", type=int, default=None, help="Where the procedure asks for it: the lower post.")
@acting
def open_case(
    evaluation: int, procedure: str, post: int, to_post: int | None, name: str, on: date, key: str | None, as_json: bool
) -> None:
    """Open the case that the published EVALUATION proposes, by PROCEDURE, for POST (its number in `canbo work consequences`)."""

    def put(by: Account) -> Case:
        held = Post.objects.filter(pk=post).first()
        if held is None:
            raise queries.NotInRegister(_("There is no such post."))
        told = {
            "evaluation": _evaluation(evaluation),
            "procedure": procedure,
            "post": held,
            "terms": {"to_post": to_post} if to_post else {},
        }
        try:
            return consequences.open(**told, by=by, on=on, key=key)
        except (refusals.Refused, authority.NotAllowed) as problem:
            raise Refused(getattr(problem, "why", "not_allowed"), str(problem)) from None

    say_done(name, as_json, put)

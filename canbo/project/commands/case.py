"""`canbo case list|show|open|step|state|effect`: procedures from the command line, in the name of somebody who may."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from canbo.procedures import bodies, cases, effects, grounds, rulings, signing, stating, steps, voting
from canbo.procedures.models import Candidate, Case, Ruling, Step
from canbo.procedures.refusals import Refused
from canbo.project.commands.may import find_post
from canbo.project.commands.shown import Day, json_option, on_option, show_json, table
from canbo.registry import authority, intake, people, queries, saying
from canbo.registry.models import Account, Organization, Person
from canbo.rules import procedure as law

who_option = click.option("--as", "name", required=True, help="The account that acts: its user name.")


@click.group()
def case() -> None:
    """Cases of procedures: list and show them, open one, take a step, let decisions take effect."""


def _account(name: str) -> Account:
    found = Account.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise click.UsageError(_("There is no account called %(name)s.") % {"name": name})
    return found


def _case(number: int) -> Case:
    found = Case.objects.select_related("post", "organization").filter(pk=number).first()
    if found is None:
        raise click.UsageError(_("There is no case number %(number)s.") % {"number": number})
    return found


def _title(named: Any) -> str:
    return str(named.get(get_language() or "en") or named["en"])


def _told(each: Case) -> dict[str, Any]:
    """A case in one row."""
    kind = law.opened(bodies.rulebook()).get(each.procedure)
    step = cases.current(each) if each.version else None
    return {
        "case": each.pk, "procedure": each.procedure, "title": _title(kind.title) if kind else each.procedure,
        "state": each.state, "step": step.name if step else None, "due_on": step.due_on.isoformat() if step and step.due_on else None,
        "post": each.post_id, "organization": each.organization_id, "person": each.person_id, "turn": each.turn,
    }  # fmt: skip


@case.command("list")
@click.option("--state", default=None, help="Only cases in this state.")
@click.option("--procedure", default=None, help="Only cases of this procedure.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many, the newest first.")
@json_option
def list_(state: str | None, procedure: str | None, limit: int, as_json: bool) -> None:
    """The cases of the register, the newest first."""
    with authority.sight(intake.console()):
        found = Case.objects.order_by("-pk")
        found = found.filter(state=state) if state else found
        found = found.filter(procedure=procedure) if procedure else found
        rows = [_told(each) for each in found[:limit]]
    if as_json:
        show_json(rows)
    elif rows:
        table([_("case"), _("procedure"), _("state"), _("step"), _("due")],
              [[row["case"], row["title"], row["state"], row["step"] or "-", row["due_on"] or "-"] for row in rows])  # fmt: skip
    else:
        click.echo(_("There is no such case."))


@case.command()
@click.argument("number", type=int)
@json_option
def show(number: int, as_json: bool) -> None:
    """One case: its steps, who acted, votes, and what it waits for."""
    with authority.sight(intake.console()):
        found = _case(number)
        rows = [
            {"turn": s.turn, "step": s.name, "state": s.state, "outcome": s.outcome, "due_on": s.due_on and s.due_on.isoformat(),
             "closed_on": s.closed_on and s.closed_on.isoformat(),
             "said": {**s.said, **({"why": saying.again(s.said["why"])} if "why" in s.said else {})},
             "actors": [{"capacity": a.capacity, "account": a.account.label} for a in s.actors.select_related("account")]}
            for s in found.steps.order_by("turn")
        ]  # fmt: skip
        ruling = Ruling.objects.filter(case=found).first()
        told = _told(found) | {
            "version": found.version, "reason": saying.again(found.reason), "steps": rows, "stated": grounds.statements(found),
            "names": [{"person": c.person_id, "state": c.state, "result": c.result} for c in found.candidates.order_by("pk")],
            "ruling": ruling and {"state": ruling.state, "number": ruling.number, "digest": ruling.digest, "reason": saying.again(ruling.reason)},
        }  # fmt: skip
    if as_json:
        show_json(told)
        return
    click.echo(f"{told['title']} · #{found.pk} · {told['state']}" + (f" · {told['reason']}" if found.reason else ""))
    table([_("turn"), _("step"), _("state"), _("outcome"), _("closed on"), _("by")],
          [[r["turn"], r["step"], r["state"], r["outcome"] or "-", r["closed_on"] or "-",
            ", ".join(a["account"] for a in r["actors"]) or "-"] for r in rows])  # fmt: skip
    if ruling:
        click.echo(f"{ruling.number or '-'} · {ruling.state}" + (f" · {saying.again(ruling.reason)}" if ruling.reason else ""))


def facts_option(command: Any) -> Any:
    """The options by which facts are stated."""
    paper = "The paper on which a stated fact rests, as its number and, after a comma, its day: name=12/KL-UBKT,2026-10-01."
    command = click.option("--document", "documents", metavar="NAME=NUMBER,DAY", multiple=True, help=paper)(command)
    stated = "A fact that the register does not hold, such as finding.degraded=yes; as often as needed."
    return click.option("--fact", "facts", metavar="NAME=VALUE", multiple=True, help=stated)(command)


def _stated(facts: tuple[str, ...], documents: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """What was written with --fact and --document. Raises Refused."""
    papers = {}
    for name, text in map(_pair, documents):
        number, _comma, day = text.rpartition(",")
        papers[name] = {"number": number.strip(), "on": day.strip()} if number else {"number": text}
    return {"facts": {name: grounds.read_in(name, text) for name, text in map(_pair, facts)}, "documents": papers}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise click.UsageError(_("Write it as NAME=VALUE; “%(found)s” is not that.") % {"found": text})
    return name.strip(), value.strip()


def _terms(
    on: date, facts: tuple[str, ...], documents: tuple[str, ...], *, to_post: str | None, for_post: str | None,
    seats: int | None, criteria: str | None,
) -> dict[str, Any]:  # fmt: skip
    """The terms of a case as the options give them."""
    posts = {"to_post": to_post, "post": for_post}
    terms = {name: find_post(written, on=on).pk for name, written in posts.items() if written}
    stated = {name: said for name, said in _stated(facts, documents).items() if said}
    return {**terms, **stated, **({"seats": seats} if seats else {}), **({"criteria": criteria} if criteria else {})}


@case.command("open")
@click.argument("procedure")
@who_option
@on_option
@click.option("--post", default=None, help="UNIT:JOB or #number.")
@click.option("--organization", default=None, help="Code of the body that the case is about.")
@click.option("--person", default=None, help="Identification number, where the person is known from the beginning.")
@click.option("--effective-on", type=Day(), default=None, help="The day from which the decision is to hold.")
@click.option("--until", type=Day(), default=None, help="The last day, where the law limits it.")
@click.option(
    "--to-post", default=None, help="UNIT:JOB or #number: where the person is placed, as in a placement in a lower position."
)
@click.option("--for-post", default=None, help="UNIT:JOB or #number: the post for which a body elects or introduces.")
@click.option("--seats", type=click.IntRange(1, 99), default=None, help="How many names may go through.")
@click.option("--criteria", default=None, help="What decides among those who may, if anything more.")
@facts_option
@click.option("--key", default=None, help="Idempotency key: the same key opens the case once.")
@json_option
def open_(
    procedure: str, name: str, on: date, post: str | None, organization: str | None, person: str | None,
    effective_on: date | None, until: date | None, facts: tuple[str, ...], documents: tuple[str, ...], key: str | None, as_json: bool,
    **said: Any,
) -> None:  # fmt: skip
    """Open a case of PROCEDURE (see `canbo coalition` for their names); its terms are sealed from here on."""
    by = _account(name)
    with authority.sight(by):
        try:
            opened = cases.open_case(
                procedure=procedure, by=by, on=on, post=find_post(post, on=on) if post else None,
                organization=Organization.objects.get(pk=queries.unit(organization, on=on).id) if organization else None,
                person=Person.objects.get(pk=people.find(person)) if person else None, effective_on=effective_on, until=until, key=key,
                terms=_terms(on, facts, documents, **said),
            )  # fmt: skip
        except (Refused, authority.NotAllowed) as problem:
            raise click.ClickException(str(problem)) from None
        told = _told(opened)
    show_json(told) if as_json else click.echo(f"#{told['case']} {told['title']} · {told['state']} · {told['step'] or '-'}")
    raise SystemExit(0 if opened.state in cases.RUNNING else 3)


@case.command()
@click.argument("number", type=int)
@who_option
@on_option
@click.option("--outcome", default="done", show_default=True, help="How an act ends: done, or refuse with --text.")
@click.option("--text", default="", help="What is said, or why it is refused.")
@click.option("--name", "names", multiple=True, help="A name to put: identification number or #number; as often as needed.")
@click.option("--tier", default="T0", show_default=True, help="How a vote is held: T0 paper, T1 tokens.")
@click.option("--sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None, help="Tally sheet as JSON.")
@click.option("--confirm", is_flag=True, help="Confirm the tally sheet, as one of three counters.")
@click.option("--close", is_flag=True, help="Close a vote held with tokens.")
@click.option("--choose", default=None, help="The head's choice between level names.")
@click.option("--turn", type=int, default=None, help="The turn you saw: refused when the case has moved on.")
@click.option("--key", default=None, help="Idempotency key: the same key takes the step once.")
@json_option
def step(number: int, name: str, on: date, turn: int | None, key: str | None, as_json: bool, **asked: Any) -> None:
    """Take the step that case NUMBER is at. Exit code: 0 taken, 3 refused (the attempt stays in the journal)."""
    by = _account(name)
    with authority.sight(intake.console()):  # whoever may run commands here sees all; whether `by` may act is asked by the act
        found = _case(number)
        try:
            _take(found, by, {"on": on, "turn": turn, "key": key}, asked)
            refusal = None
        except Refused as problem:
            refusal = problem
        found.refresh_from_db()
        told = _told(found) | ({"refused": refusal.why, "says": str(refusal)} if refusal else {})
    _say(told, refusal, as_json)


@case.command()
@click.argument("number", type=int)
@who_option
@on_option
@click.option(
    "--name", "person", default=None, help="Whose facts: identification number or #number; not needed where one name waits."
)
@facts_option
@click.option("--turn", type=int, default=None, help="The turn you saw: refused when the case has moved on.")
@click.option("--key", default=None, help="Idempotency key: the same key states it once.")
@json_option
def state(
    number: int, name: str, on: date, person: str | None, facts: tuple[str, ...], documents: tuple[str, ...], turn: int | None,
    key: str | None, as_json: bool,
) -> None:  # fmt: skip
    """State facts for which a name of case NUMBER waits; the articles are asked again. Exit code: 0 stated, 3 refused."""
    by = _account(name)
    with authority.sight(intake.console()):
        found = _case(number)
        waits = found.candidates.filter(state=Candidate.State.INCOMPLETE).values_list("person_id", flat=True)
        about = Person(pk=people.find(person) if person else waits[0] if len(waits) == 1 else 0)
        try:
            stating.state(case=found, by=by, on=on, person=about, turn=turn, key=key, **_stated(facts, documents))
            refusal = None
        except Refused as problem:
            refusal = problem
        found.refresh_from_db()
        told = _told(found) | ({"refused": refusal.why, "says": str(refusal)} if refusal else {})
    _say(told, refusal, as_json)


def _say(told: dict[str, Any], refusal: Refused | None, as_json: bool) -> None:
    """How the case stands after what was tried; the exit code is 0 where it was done, 3 where it was refused."""
    if as_json:
        show_json(told)
    elif refusal:
        click.echo(str(refusal), err=True)
    else:
        click.echo(f"#{told['case']} {told['title']} · {told['state']} · {told['step'] or '-'}")
    raise SystemExit(3 if refusal else 0)


def _take(found: Case, by: Account, common: dict[str, Any], asked: dict[str, Any]) -> Step | None:
    """The one call that the step asks for."""
    at = cases.current(found)
    if at is None:
        raise Refused("ended", _("This case has ended; nothing more is done in it."))
    does = cases.rules_of(found)[1].step(at.name).does
    given = {"case": found, "by": by, **common}
    if does == "name":
        return steps.put_names(persons=[Person.objects.get(pk=people.find(each)) for each in asked["names"]], **given)
    if does == "vote":
        return _vote(at, given, asked)
    if does == "sign":
        return steps.sign(signature=None if asked["outcome"] == "refuse" else _signature(found, by, common["on"]), reason=asked["text"],
                          **given)  # fmt: skip
    if does == "publish":
        return steps.publish(**given)
    return steps.act(outcome=asked["outcome"], text=asked["text"], **given)


def _vote(at: Step, given: dict[str, Any], asked: dict[str, Any]) -> Step:
    if asked["sheet"]:
        sheet = json.loads(asked["sheet"].read_text(encoding="utf-8"))
        return voting.enter_sheet(figures=sheet["figures"], votes=sheet["votes"], photo=sheet["photo"], **given)
    if asked["choose"]:
        return voting.choose(person=Person.objects.get(pk=people.find(asked["choose"])), reason=asked["text"], **given)
    if asked["confirm"]:
        return voting.confirm_sheet(**given)
    if asked["close"]:
        return voting.close_vote(**given)
    return voting.convene(tier=asked["tier"], **given)


def _signature(found: Case, by: Account, on: date) -> signing.Signature:
    """On the command line only practice keys sign, and only in a demonstration: a passkey needs its page."""
    with transaction.atomic():
        ruling = rulings.drawn(found, on=on)
    try:
        return signing.sign_for_practice(account=by, decision=json.loads(ruling.text))
    except signing.SignatureRefused as problem:
        raise Refused("signature", str(problem)) from None


@case.command()
@on_option
@json_option
def effect(on: date, as_json: bool) -> None:
    """Let every decision take effect that is published, witnessed and due; end those that lapse."""
    touched = effects.take_all(on=on)
    rows = [{"case": r.case_id, "state": r.state, "number": r.number, "reason": saying.again(r.reason)} for r in touched]
    if as_json:
        show_json(rows)
    elif rows:
        table(
            [_("case"), _("number"), _("state"), _("why")],
            [[r["case"], r["number"], r["state"], r["reason"] or "-"] for r in rows],
        )
    else:
        click.echo(_("No decision is due."))


@case.command("keep-from")
@click.argument("day", type=Day())
@json_option
def keep_from(day: date, as_json: bool) -> None:
    """From DAY on, leading posts are filled and vacated by decisions of cases only. It is not taken back once it has come."""
    effects.keep_from(day)
    if as_json:
        show_json({"kept_from": day.isoformat()})
        return
    click.echo(_("From %(day)s on, leading posts are filled and vacated by decisions of cases only.") % {"day": day})

"""`canbo may|nominate`: may this person hold this post on this day, by which article."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from canbo.procedures import appointment
from canbo.project.commands.shown import json_option, on_option, show_json
from canbo.registry import authority, facts, intake, people, queries
from canbo.registry.models import Account, Person, Post
from canbo.registry.queries import NotInRegister


def find_post(reference: str, *, on: date) -> Post:
    """A post by `#number`, or by `ORGANIZATION:JOB` such as 31/11311.party:commune-secretary."""
    if reference.startswith("#") and reference[1:].isascii() and reference[1:].isdigit():
        found = Post.objects.filter(pk=int(reference[1:])).first()
    else:
        organization, _colon, job = reference.partition(":")
        unit = queries.unit(organization, on=on)
        found = Post.objects.filter(organization_id=unit.id, job__code=job, valid__contains=on).order_by("pk").first()
        if found is None and not job:
            jobs = ", ".join(sorted({row["job"] for row in queries.posts(unit.id, on=on)}))
            if not jobs:
                bodies = ", ".join(row["code"] for row in queries.children(unit.id, on=on) if row["structure"] != "unit")
                raise NotInRegister(
                    _("%(unit)s has no posts of its own on %(on)s. Bodies beneath it: %(bodies)s.")
                    % {"unit": organization, "on": on, "bodies": bodies or "-"}
                )
            raise NotInRegister(
                _("Say which post of %(unit)s: %(unit)s:JOB, where JOB is one of: %(jobs)s.")
                % {"unit": organization, "jobs": jobs or "-"}
            )
    if found is None:
        raise NotInRegister(
            _("There is no post %(post)s on %(on)s. Write it as UNIT:JOB or #number.") % {"post": reference, "on": on}
        )
    return found


def asked(person: str, post: str, on: date) -> tuple[Account, Person, Post]:
    return intake.console(), Person.objects.get(pk=people.find(person)), find_post(post, on=on)


@click.command()
@click.argument("person")
@click.argument("post")
@on_option
@click.option("--all", "whole", is_flag=True, help="Tell the articles that are met as fully as the others.")
@json_option
def may(person: str, post: str, on: date, whole: bool, as_json: bool) -> None:
    """May PERSON hold POST on a day: allowed, refused or incomplete, with the articles and the facts used.

    PERSON is an identification number (or #number); POST is UNIT:JOB, such as 31/11311.party:commune-secretary.
    Exit code: 0 allowed, 1 an error, 3 refused, 4 incomplete.
    """
    with authority.sight(intake.console()):
        by, who, where = asked(person, post, on)
        verdict = appointment.may(person=who, post=where, by=by, on=on)
    if as_json:
        show_json({"person": person, "post": post, **verdict.to_dict()})
    else:
        show_verdict(verdict.to_dict(), whole=whole)
    raise SystemExit({"pass": 0, "fail": 3, "unknown": 4}[verdict.outcome])


@click.command()
@click.argument("person")
@click.argument("post")
@on_option
@click.option("--key", default=None, help="Idempotency key: the same key opens the case once.")
@json_option
def nominate(person: str, post: str, on: date, key: str | None, as_json: bool) -> None:
    """Open an appointment case by naming PERSON for POST. A refused nomination is kept, with its reasons."""
    with authority.sight(intake.console()):
        by, who, where = asked(person, post, on)
        case = appointment.nominate(person=who, post=where, by=by, on=on, key=key)
    if as_json:
        show_json({"case": case.pk, "state": case.state, "entry": case.entry_id, "verdict": case.verdict})
        return
    click.echo(_("Case %(case)s is open in the state: %(state)s.") % {"case": case.pk, "state": case.get_state_display()})
    show_verdict(case.verdict)


def show_verdict(verdict: dict[str, Any], *, whole: bool = False) -> None:
    """A verdict as lines: the word, what each family of rules says, then what keeps the person out or is not known.

    Each such article with its citation, its reason, the facts it used and what would change it; articles that are met
    with their citation only, unless `whole`; of those that do not apply, how many.
    """
    language = (get_language() or "en")[:2]
    click.echo(f"{verdict['summary'].get(language) or verdict['summary']['en']}  ({verdict['on']})")
    for family in verdict.get("families", []):
        click.echo(f"  {said(family['title'], language)}: {_family(family['outcome'])}")
    if verdict.get("disagreement"):
        click.echo(f"  {said(verdict['disagreement'], language)}")
    order = {"fail": 0, "unknown": 1, "pass": 2}
    shown = [article for article in verdict["articles"] if article["outcome"] in order]
    for article in sorted(shown, key=lambda article: order[article["outcome"]]):
        cite = said(article["citation"]["text"], language)
        if article["outcome"] == "pass" and not whole:
            click.echo(f"  [pass] {said(article['title'], language)}  ({cite})")
            continue
        click.echo(f"  [{article['outcome']}] {said(article['title'], language)}")
        click.echo(f"      {cite}")
        click.echo(f"      {said(article['reason'], language)}")
        for fact in article["facts"]:
            origin = facts.source_said(fact["source"]) or {"missing": _("missing"), "default": _("by law")}.get(
                fact["origin"], fact["origin"]
            )
            click.echo(f"      - {said(fact['label'], language)}: {said(fact['shown'], language)}  ({origin})")
        for change in article["changes"]:
            click.echo(f"      > {said(change['text'], language)}")
    idle = sum(article["outcome"] == "not_applicable" for article in verdict["articles"])
    if idle:
        click.echo(
            ngettext("  %(number)s more article does not apply.", "  %(number)s more articles do not apply.", idle)
            % {"number": idle}
        )


def _family(word: str) -> str:
    return {
        "allowed": _("allowed"), "refused": _("refused"), "incomplete": _("incomplete"), "not_applicable": _("says nothing"),
    }[word]  # fmt: skip


def said(texts: Any, language: str) -> str:
    if isinstance(texts, dict):
        return str(texts.get(language) or texts.get("en") or next(iter(texts.values()), ""))
    return str(texts)

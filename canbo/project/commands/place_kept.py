"""`canbo place --rotation`, `--vacancies`, `--scenario … --keep`: asked of the register, kept as a proposal, accepted whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from canbo.modelling.placement.why import Why
    from canbo.procedures.models import Proposal, Round
    from canbo.procedures.proposals import Solved
    from canbo.registry.models import Account


def kept(
    *, rotation: str | None, vacancies: str | None, scenario: str | None, on: date | None, account: str | None, lot: str,
    moves: int | None, longest: int | None, limit: float, accept: bool, key: str | None,
    explain: Callable[[Any], list[Why]], as_json: bool,
) -> None:  # fmt: skip
    """Ask, keep, tell; with `accept` open the cases, or make the lines."""
    from canbo.procedures import chains, proposals
    from canbo.procedures.refusals import Refused
    from canbo.procedures.scenarios.lines import ScenarioRefused
    from canbo.project.commands.scenario import _account
    from canbo.registry import authority
    from canbo.reports.placed import deputies_left

    by, day = _account(account), on or date.today()
    try:
        with authority.sight(by):
            found = _round(rotation, vacancies, scenario, day, by)
            within = chains.bounds(moves, longest) if vacancies else None
            asked = proposals.question(found, by=by, limits=deputies_left, within=within)
            done = proposals.solve(found, asked, lot, limit)
            made = proposals.propose(round=found, by=by, done=done, within=within, limit=limit, key=key)
            whys = explain(done.answer)
            told = _told(found, made, done, whys)
            if accept and made.found["possible"]:
                made = proposals.accept(proposal=made, by=by, on=date.today(), limits=deputies_left, key=key and f"{key}:accept")
                told["accepted"], told["cases"] = True, _cases(made)
    except (ScenarioRefused, proposals.NotAccepted, Refused) as refusal:
        reasons = getattr(refusal, "reasons", None) or [refusal]
        click.echo("\n".join(map(str, reasons)), err=True)
        sys.exit(1)
    _say(told, done, whys, as_json)
    if not done.answer.found:
        sys.exit(3 if done.answer.solution.impossible else 4)


def _round(rotation: str | None, vacancies: str | None, scenario: str | None, on: date, by: Account) -> Round:
    from canbo.procedures import proposals
    from canbo.procedures.models import Round
    from canbo.procedures.scenarios import acting
    from canbo.registry import queries
    from canbo.registry.models import Organization

    if scenario is not None:
        return proposals.round_of(kind=Round.Kind.SCENARIO, scenario=acting.named(scenario, reader=by))
    unit = queries.unit(str(rotation or vacancies), on=on)
    kind = Round.Kind.ROTATION if rotation else Round.Kind.VACANCIES
    return proposals.round_of(kind=kind, body=Organization.objects.get(pk=unit.id), on=on)


def _told(found: Round, made: Proposal, done: Solved, whys: list[Why]) -> dict[str, Any]:
    """For `--json`: as of a file, with what only the register knows."""
    from canbo.modelling.placement import shown
    from canbo.procedures import chains
    from canbo.procedures.models import Round

    told = shown.as_data(done.answer, whys)
    if found.kind == Round.Kind.VACANCIES:
        told["unplaced"] = []  # whoever is considered and not moved stays
        told["chains"] = [
            [{"person": person, "post": post.partition("@")[0]} for person, post in chain]
            for chain in chains.chains(done.asked, done.answer.assignment)
        ]
        told["open"] = made.found["open"]
        told["assignment"] = {person: post.partition("@")[0] for person, post in (told["assignment"] or {}).items()}
    taken = (done.answer.assignment or {}).items()
    told["needs"] = [
        {"person": key[0], "post": key[1].partition("@")[0], "articles": list(done.asked.needs[key])}
        for key in taken
        if key in done.asked.needs
    ]
    told["hands"] = [
        {"hand": hand.pk, "says": hand.says, "post": hand.post, "cost": made.found["costs"].get(str(hand.pk))}
        for hand in done.heeded
    ] + [{"hand": pk, "broken": list(said)} for pk, said in done.broken.items()]
    return told | {"proposal": made.pk, "question": made.question, "alone": made.found["alone"], "accepted": False}


def _cases(made: Proposal) -> list[int]:
    return list(made.rows.exclude(case=None).values_list("case", flat=True))


def _say(told: dict[str, Any], done: Solved, whys: list[Why], as_json: bool) -> None:
    from canbo.modelling.placement import shown
    from canbo.modelling.placement.sentences import say
    from canbo.project.commands.place import _language

    language = _language()
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if "chains" not in told:
        click.echo("\n".join(shown.lines(done.answer, whys, language)))
    elif done.answer.found:
        worth = {name: f"{told[name]:,.2f}" for name in ("objective", "bound")}
        click.echo(say("moves", language, moves=len(told["assignment"]), worth=worth["objective"], bound=worth["bound"]))
        for number, chain in enumerate(told["chains"], 1):
            click.echo(say("chain", language, number=number))
            for link in chain:
                click.echo("  " + say("goes", language, **link))
        for left in told["open"]:
            click.echo(say(f"open_{left['why']}", language, post=left["post"]))
        for why in whys:
            click.echo("\n".join(shown.explained(done.answer.problem, why, language)))
    for each in told["needs"]:
        click.echo(say("needs_facts", language, person=each["person"], post=each["post"], articles=", ".join(each["articles"])))
    click.echo(say("kept", language, number=told["proposal"]))
    for case in told.get("cases", ()):
        click.echo(say("case_opened", language, number=case))

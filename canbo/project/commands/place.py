"""`canbo place FILE`: who goes where, from a file alone; or from the register and its articles: of a scenario, of a round of
rotation (`--rotation CODE`), of vacancies filled in chains (`--vacancies CODE`).

The solver is loaded when it is asked, never before; the register only for a scenario.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from canbo.modelling.placement.answers import Answer
    from canbo.modelling.placement.problem import Problem
    from canbo.modelling.placement.why import Why

FILE = click.Path(dir_okay=False, path_type=Path)
EXPLAINED = 60  # so many people are explained unasked


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--scenario", "name", help="Place the people whom this scenario leaves without a post, from the register.")
@click.option("--rotation", metavar="CODE", help="Place all who have to move beneath this body by --on, among their posts.")
@click.option("--vacancies", metavar="CODE", help="Fill the vacancies beneath this body, and the posts that this leaves.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of a round; today if not said.")
@click.option("--moves", type=click.IntRange(1, 500), help="So many moves at most. With --vacancies.")
@click.option("--longest", type=click.IntRange(1, 6), help="So many moves in one chain at most. With --vacancies.")
@click.option("--keep", is_flag=True, help="Keep the answer as a proposal that heeds what was put by hand. With --scenario.")
@click.option("--as", "account", help="The account that asks; the command line itself if not said.")
@click.option("--lot", default="", help="The published word that decides between equals; else it comes from what is asked.")
@click.option("--not", "apart", multiple=True, metavar="PERSON=POST", help="Rule this post out for this person. With --scenario.")
@click.option("--anew", is_flag=True, help="Place also those whom a line of their own puts somewhere. With --scenario.")
@click.option("--accept", is_flag=True, help="Accept it whole: as lines of the scenario, or by a case for each move.")
@click.option("--key", help="Idempotency key: the same key accepts once.")
@click.option(
    "--fix", "hands", multiple=True, metavar="PERSON=POST", help="Put a person into a post by hand, and say what it costs."
)
@click.option("--explain", "asked", multiple=True, metavar="PERSON", help="Explain the place of this person; `all` for everyone.")
@click.option(
    "--limit", default=60.0, show_default=True, type=click.FloatRange(1, 86_400), help="Seconds of work on an idle machine."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def place(file: Path | None, name: str | None, rotation: str | None, vacancies: str | None, hands: tuple[str, ...], asked: tuple[str, ...], limit: float, as_json: bool, **more: Any) -> None:  # fmt: skip
    """Place the people of FILE, or of a scenario, in its posts: the greatest worth under what must hold, proved and explained.

    Exit code: 0 placed, 1 the file is wrong or it is refused, 2 the command line is wrong, 3 what must hold cannot hold
    together, 4 nothing found within the limit.
    """
    from canbo.modelling.placement.sentences import say

    if sum(each is not None for each in (file, name, rotation, vacancies)) != 1:
        raise click.UsageError(say("file_or_scenario", _language()))
    if file is not None and any(more.values()):
        raise click.UsageError(say("only_with_scenario", _language()))
    keep, of_round = more.pop("keep"), {word: more.pop(word) for word in ("on", "moves", "longest")}
    if rotation or vacancies or (name and keep):
        if hands or more.pop("apart") or more.pop("anew"):
            raise click.UsageError(say("kept_by_hand", _language()))
        _kept(name, rotation, vacancies, asked, limit, as_json, **of_round, **more)
        return
    if name is not None:
        _in_scenario(name, hands, asked, limit, as_json, **more)
        return
    from canbo.modelling.placement import reading

    assert file is not None
    _show(_answer(lambda: reading.read(file), hands, asked, limit), asked, as_json)


def _kept(name: str | None, rotation: str | None, vacancies: str | None, asked: tuple[str, ...], limit: float, as_json: bool, *, on: Any, **more: Any) -> None:  # fmt: skip
    """A round of the register, kept as a proposal."""
    from canbo.project.cli import prepare

    prepare()
    from canbo.project.commands.place_kept import kept

    more = {word: value for word, value in more.items() if word not in ("apart", "anew")}
    day = on.date() if on else None
    kept(
        rotation=rotation, vacancies=vacancies, scenario=name, on=day, limit=limit, as_json=as_json,
        explain=lambda answer: _explanations(answer, asked), **more,
    )  # fmt: skip


def _language() -> str:
    from canbo.modelling.placement.sentences import LANGUAGES

    wanted = (os.environ.get("CANBO_LANG") or os.environ.get("LANG", "en"))[:2]
    return wanted if wanted in LANGUAGES else "en"


def _answer(read: Callable[[], Problem], hands: tuple[str, ...], asked: tuple[str, ...], limit: float) -> Answer:
    """The problem solved; what is wrong with it, or with what is asked of it, ends with 1."""
    from canbo.modelling.placement import answers, reading
    from canbo.modelling.placement.sentences import Refused

    try:
        problem = read()
        problem = answers.fix(problem, reading.hands(problem, hands))
        for person in asked:
            if person != "all" and person not in problem.people:
                raise Refused("no_such_person", at="--explain", found=person)
    except Refused as refusal:
        click.echo(refusal.say(_language()), err=True)
        sys.exit(1)
    return answers.place(problem, limit)


def _show(answer: Answer, asked: tuple[str, ...], as_json: bool, more: dict[str, Any] | None = None) -> None:
    """Print the answer; where nothing was found, end with 3 or 4. `more`: what JSON tells beside it."""
    from canbo.modelling.placement import shown
    from canbo.modelling.placement.sentences import say

    whys, language = _explanations(answer, asked), _language()
    if as_json:
        click.echo(json.dumps(shown.as_data(answer, whys) | (more or {}), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(shown.lines(answer, whys, language)))
        for person in sorted(set(asked) - {"all"} - {each.person for each in whys}) if answer.found else ():
            click.echo(say("nothing_better", language, person=person))
    if not answer.found:
        sys.exit(3 if answer.solution.impossible else 4)


def _in_scenario(
    name: str, hands: tuple[str, ...], asked: tuple[str, ...], limit: float, as_json: bool, *, account: str | None, lot: str,
    apart: tuple[str, ...], anew: bool, accept: bool, key: str | None,
) -> None:  # fmt: skip
    """The same from the register; `accept` makes lines of it."""
    from canbo.project.cli import prepare

    prepare()
    from canbo.modelling.placement.problem import UNIT
    from canbo.modelling.placement.sentences import say
    from canbo.procedures import placing
    from canbo.procedures.scenarios import acting
    from canbo.procedures.scenarios.lines import ScenarioRefused
    from canbo.project.commands.scenario import _account
    from canbo.registry import authority
    from canbo.reports.placed import deputies_left

    by = _account(account)
    try:
        with authority.sight(by):
            scenario = acting.named(name, reader=by)
            found = placing.ask(
                scenario=scenario, by=by, lot=lot, anew=anew, apart=[_pair(each) for each in apart], limits=deputies_left
            )  # fmt: skip
            answer = _answer(lambda: found.problem, hands, asked, limit)
            if accept and answer.found:
                figures = {
                    "objective": answer.solution.worth / UNIT, "bound": answer.solution.bound / UNIT, "gap": answer.gap,
                    "lot": answer.problem.lot,
                }  # fmt: skip
                placing.accept(
                    scenario=scenario, assignment=answer.assignment, told=figures, by=by, key=key, limits=deputies_left
                )
    except ScenarioRefused as refusal:
        click.echo("\n".join(map(str, refusal.reasons)), err=True)
        sys.exit(1)
    needs = {key: found.needs[key] for key in answer.assignment.items() if key in found.needs}
    if not as_json:
        for (person, post), articles in needs.items():
            click.echo(say("needs_facts", _language(), person=person, post=post, articles=", ".join(articles)))
    told = [{"person": person, "post": post, "articles": list(articles)} for (person, post), articles in needs.items()]
    _show(answer, asked, as_json, {"needs": told, "accepted": accept and answer.found})


def _pair(text: str) -> tuple[str, str]:
    person, _sign, post = text.partition("=")
    return person, post


def _explanations(answer: Answer, asked: tuple[str, ...]) -> list[Why]:
    from canbo.modelling.placement.why import wanted, why

    people = list(answer.problem.people)
    everyone = "all" in asked or (not asked and len(people) <= EXPLAINED)
    named = people if everyone else [person for person in people if person in asked]
    return [why(answer, person, post) for person in named for post in wanted(answer, person)] if answer.found else []

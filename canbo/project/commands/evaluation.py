"""`canbo evaluate` and `canbo caps`: what the law of evaluation says of a file of facts, each figure with its working.

Neither needs the register: the law is read from the rulebook, the case from the file.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from canbo.project.commands.rules import day_option, json_option, language, opened, refusals, rulebook_option, say, show_json
from canbo.rules.corpus import Corpus
from canbo.rules.evaluation import bodies, caps, given, person, told
from canbo.rules.evaluation.readings import ways_of
from canbo.rules.evaluation.scoring import SHOWN
from canbo.rules.words import error, message

OPEN = 4  # the law cannot say yet


@click.command()
@click.argument("what", required=False, metavar="[organisation | CODE]")
@click.option(
    "--facts", default=None, metavar="FILE", help="File of one person or organisation, YAML or JSON; - reads standard input."
)
@click.option("--period", default=None, help="With CODE: 2026, 2026-Q1 or 2026-03; this year if not said.")
@click.option("--records", default=None, metavar="FOLDER", help="Everybody of a whole service, from a folder of Parquet files.")
@click.option(
    "--out", default=None, metavar="FOLDER", help="With --records: where results are written; RECORDS/evaluated if not said."
)
@click.option(
    "--dry-run", is_flag=True, help="With CODE: reckon also what was decided anew, beside what it was. Nothing is written."
)
@day_option
@rulebook_option
@json_option
def evaluate(
    what: str | None, facts: str | None, period: str | None, records: str | None, out: str | None, dry_run: bool, on: date, rulebook: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Score and grade one person, or with `organisation` one organisation, from a file: every part, formula and reading.

    With the CODE of a body, everybody in it and beneath it in a period, from the register. With --records, everybody of a whole
    service from a folder of Parquet files. People decide; this decides nothing.

    Exit code: 0 graded, 1 an error, 4 undetermined: facts are missing, or the law leaves it to the authority.
    """
    if records is not None:
        from canbo.project.commands.records import evaluate_records

        evaluate_records(records, out, period, on, rulebook, as_json=as_json)
        return
    if what is not None and what != "organisation":
        from canbo.project.cli import prepare

        prepare()
        from canbo.project.commands.work import evaluate_body

        evaluate_body(what, period, on, dry_run=dry_run, as_json=as_json)
        return
    with refusals():
        if facts is None:
            raise error("eval_needs_facts")
        law, (text, file) = opened(rulebook), _read(facts)
        found = _body(law, text, file, on) if what else _person(law, text, file, on)
    if as_json:
        show_json(found)
    else:
        _show(found)
    sys.exit(OPEN if found["grade"] == person.UNDETERMINED else 0)


def _person(law: Corpus, text: str, file: Path, on: date) -> dict[str, Any]:
    case = given.read_person(text, law.facts, ways_of(law.path).names(), file=file)
    return told.person(person.evaluate(law, case, on=on), language())


def _body(law: Corpus, text: str, file: Path, on: date) -> dict[str, Any]:
    return told.body(bodies.grade_body(law, given.read_body(text, law.facts, file=file), on=on), language())


def _read(name: str) -> tuple[str, Path]:
    """The text of a file, and the name by which errors call it."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as trouble:
        raise error("facts_missing", name=name, why=trouble.strerror or trouble) from None
    except UnicodeDecodeError:
        raise error("facts_missing", name=name, why=message("file_not_utf8")) from None
    if not text.strip():
        raise error("facts_empty", name=name)
    return text, Path("stdin" if name == "-" else name)


def _show(found: dict[str, Any]) -> None:
    """The grade and the score, the working, then what is open, each reading and regime, and the articles."""
    score = "–" if found["score"] is None else f"{found['score']:g}"
    click.echo(f"{found['id']}: {score}  {say('eval_grade_' + found['grade'])}  ({found['on']})")
    for line in found["formula"].splitlines():
        click.echo(f"  {line}")
    for left in found["undetermined"]:
        click.echo(f"  {say('eval_undetermined', who=left['decided_by'], what=left['what'])}")
    if found["missing"]:
        click.echo(f"  {say('eval_missing', names=', '.join(found['missing']))}")
    for unmet in found.get("unmet", ()):
        click.echo(f"  ! {unmet['reason']}  ({unmet['citation']})")
    head = found.get("head")
    if head:
        score = f"{head['score']:g}"
        click.echo(f"  {say('eval_head', score=score, grade=say('eval_grade_' + head['grade']))}")
    for note in found.get("notes", ()):
        click.echo(f"  {note}")
    _show_readings(found)
    click.echo(f"  {say('eval_articles')}")
    sources = found["sources"].items() if isinstance(found["sources"], dict) else [("", each) for each in found["sources"]]
    for part, source in sources:
        click.echo(f"    {SHOWN.get(part, part):8}{source['citation']}  ({source['article']})")


def _show_readings(found: dict[str, Any]) -> None:
    if found.get("readings"):
        click.echo(f"  {say('eval_readings')}")
    for each in found.get("readings", ()):
        score = "–" if each["score"] is None else f"{each['score']:g}"
        used = f"  [{say('eval_used')}]" if each["used"] else ""
        click.echo(f"    {each['asks']}: {each['says']}: {score} {say('eval_grade_' + each['grade'])}{used}")
    for regime in found.get("regimes", ())[1:]:
        score = "–" if regime["score"] is None else f"{regime['score']:g}"
        click.echo(f"    {regime['title']}: {score} {say('eval_grade_' + regime['grade'])}  ({regime['known']})")
    if found.get("disagreement"):
        click.echo(f"  {found['disagreement']}")


# ---- caps


@click.command("caps")
@click.argument("file", metavar="FILE")
@day_option
@rulebook_option
@json_option
def caps_of(file: str, on: date, rulebook: str, as_json: bool) -> None:
    """How many may be excellent in each group of FILE by each reading of the share, and a fair order where too many are.

    Exit code: 0 no group is over its cap, 1 an error, 3 some group is.
    """
    with refusals():
        law, (text, path) = opened(rulebook), _read(file)
        rating = given.read_rating(text, tuple(ways_of(law.path).order), file=path)
        found = caps.caps(law, rating, on=on)
    if as_json:
        groups = [told.cap(each, language()) for each in found]
        show_json({"on": on, "of": rating.of, "outstanding": rating.outstanding, "groups": groups})
    else:
        for each in found:
            _show_cap(each)
    sys.exit(3 if any(each.over for each in found) else 0)


def _show_cap(found: caps.Cap) -> None:
    group = say("eval_cap_whole") if found.group in ("*", "-") else found.group
    figures = {"reached": found.reached, "allowed": found.allowed[found.used], "settled": found.settled[found.used]}
    click.echo(say("eval_cap_line", group=group, used=found.used, **figures))
    readings = ", ".join(f"{name} {_counted(found, name)}" for name in found.allowed)
    click.echo(f"  {say('eval_cap_readings', readings=readings)}")
    if found.over and found.order:
        click.echo(f"  {say('eval_cap_order', keep=', '.join(found.keep) or '–', lose=', '.join(found.lose) or '–')}")
    if found.tied:
        click.echo(f"  {say('eval_tied', names=', '.join(found.tied))}")


def _counted(found: caps.Cap, name: str) -> str:
    """The number allowed by one reading, with those of other ways to round where they differ."""
    others = {str(number) for number in found.roundings[name].values()}
    return _with_others(str(found.allowed[name]), others)


def _with_others(number: str, others: set[str]) -> str:
    """4, or 4 (4/5) where other ways of rounding give other numbers."""
    return number if len(others) < 2 else f"{number} ({'/'.join(sorted(others, key=int))})"

"""`canbo rules`: check, test and prove the rulebook; explain a decision or work out a figure from a file of facts.

None of it needs the register: Django is not loaded, and every sentence comes from the rules floor itself.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from canbo.project.kept import kept
from canbo.rules import corpus as rulebooks
from canbo.rules.casefile import read_case
from canbo.rules.check import Mistake, examples
from canbo.rules.corpus import Corpus, RulebookRefused
from canbo.rules.derive import derive
from canbo.rules.explain import ArticleVerdict, Verdict, find_values
from canbo.rules.explain import explain as explain_case
from canbo.rules.reading import nearest
from canbo.rules.schema import Fact
from canbo.rules.words import LANGUAGES, RuleError, error, message

EXITS = {"pass": 0, "value": 0, "fail": 3, "not_applicable": 3, "unknown": 4}
Command = Callable[..., Any]


@click.group()
def rules() -> None:
    """Law as text: check it, test it, prove it, and ask what it says of one case."""


# ---- what the commands share


def language() -> str:
    """The reader's language: CANBO_LANG, else LANG, else English."""
    wanted = (os.environ.get("CANBO_LANG") or os.environ.get("LANG", "en"))[:2]
    return wanted if wanted in LANGUAGES else "en"


def say(key: str, **args: object) -> str:
    return message(key, **args).say(language())


@contextmanager
def refusals() -> Iterator[None]:
    """A rulebook or a case that cannot be read is said on stderr, in the reader's words; exit code 1."""
    try:
        yield
    except (RuleError, RulebookRefused) as refusal:
        click.echo(refusal.say(language()), err=True)
        sys.exit(1)
    except ModuleNotFoundError as missing:  # the solver and the columns are parts that one may leave out
        click.echo(say("reader_missing", package=missing.name), err=True)
        sys.exit(1)


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(say("day_not_readable", found=value), param, ctx)


def day_option(command: Command) -> Command:
    shown = "The day asked about; today if not said."
    return click.option("--on", "on", type=Day(), default=lambda: date.today(), help=shown)(command)


def facts_option(command: Command) -> Command:
    shown = "File of facts in YAML or JSON, such as person.sex: F; - reads standard input."
    return click.option("--facts", "facts", required=True, metavar="FILE", help=shown)(command)


def rulebook_option(command: Command) -> Command:
    shown = "Name of a rulebook, or the path of its folder."
    return click.option("--rulebook", default="vn", show_default=True, metavar="PATH|NAME", help=shown)(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def show_json(found: object) -> None:
    click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))


def folder(rulebook: str) -> Path:
    """The folder of a rulebook given by path or by name."""
    path = Path(rulebook)
    return path if (path / rulebooks.FACTS).is_file() or len(path.parts) > 1 else rulebooks.find(rulebook)


def opened(rulebook: str) -> Corpus:
    """The rulebook of that path or name, which may decide."""
    return kept(folder(rulebook))


def case(law: Corpus, file: str, on: date) -> dict[str, Fact]:
    """The facts of the file and what follows from them."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as trouble:
        raise error("facts_missing", name=file, why=trouble.strerror or trouble) from None
    except UnicodeDecodeError:
        raise error("facts_missing", name=file, why=message("file_not_utf8")) from None
    if not text.strip():
        raise error("facts_empty", name="stdin" if file == "-" else file)
    return derive(law, read_case(text, law.facts, file=Path("stdin" if file == "-" else file)), on, language=language())


# ---- one case


@rules.command()
@click.argument("decision")
@facts_option
@day_option
@rulebook_option
@json_option
def explain(decision: str, facts: str, on: date, rulebook: str, as_json: bool) -> None:
    """What the law says of DECISION (appointment, reappointment, planning, rotation, removal ...) in one case.

    Exit code: 0 allowed, 1 an error, 3 refused, 4 incomplete.
    """
    with refusals():
        law = opened(rulebook)
        verdict = explain_case(law, topic=decision, facts=case(law, facts, on), on=on)
    if as_json:
        show_json(verdict_as_json(verdict))
    else:
        show_verdict(verdict)
    sys.exit(EXITS[verdict.outcome])


@rules.command()
@click.argument("name")
@facts_option
@day_option
@rulebook_option
@json_option
def value(name: str, facts: str, on: date, rulebook: str, as_json: bool) -> None:
    """The figure NAME (retirement_month, retirement_age_months, severance, evaluation_grade ...) with its working.

    Exit code: 0 worked out, 1 an error, 3 it does not apply to this case, 4 facts are missing.
    """
    with refusals():
        law = opened(rulebook)
        givers = find_values(law, name=name, facts=case(law, facts, on), on=on)
    givers = [giver for giver in givers if giver.outcome != "not_applicable"] or givers[:1]
    if as_json:
        show_json(figure_as_json(name, givers, on))
    else:
        for giver in givers:
            click.echo(f"{name}: {giver.shown(language())}")
            show_article(giver)
    sys.exit(EXITS[givers[0].outcome])


def verdict_as_json(verdict: Verdict) -> dict[str, object]:
    """The verdict in the reader's language; fact names are those to hand over."""
    return {
        "outcome": verdict.word,
        "topic": verdict.topic,
        "on": verdict.on,
        "articles": [article_as_json(article) for article in verdict.articles],
        "missing": names(verdict),
        "families": [{key: told(entry) for key, entry in family.to_dict().items()} for family in verdict.families],
        "disagreement": verdict.disagreement.say(language()) if verdict.disagreement else None,
        "notes": [note.say(language()) for note in verdict.notes],
        "corpus": verdict.corpus,
    }


def article_as_json(article: ArticleVerdict) -> dict[str, object]:
    law = article.ruling.article
    return {
        "id": article.id,
        "outcome": article.outcome,
        "missing": names(article),
        "citation": law.source.cite(language()),
        "reason": article.reason(language()),
        "title": law.title.get(language()) or law.title["en"],
        "effect": law.effect,
        "value": article.value,
        "facts": [{key: told(entry) for key, entry in used.to_dict().items()} for used in article.facts],
        "steps": steps_as_json(article),
        "changes": [{key: told(entry) for key, entry in change.to_dict().items()} for change in article.changes],
        "notes": [note.say(language()) for note in article.notes()],
    }


def figure_as_json(name: str, givers: list[ArticleVerdict], on: date) -> dict[str, object]:
    """The figure by the superior issuer, the articles that give the same, and those that give another."""
    found = givers[0]
    others = [giver for giver in givers if giver.value != found.value]
    return {
        "name": name,
        "value": found.value,
        "unit": found.ruling.article.unit or found.ruling.article.type.unit,
        "on": on,
        "outcome": found.outcome,
        "articles": [giver.id for giver in givers if giver not in others],
        "others": [{"article": giver.id, "value": giver.value, "outcome": giver.outcome} for giver in others],
        "steps": steps_as_json(found),
        "missing": names(found),
        "citation": found.ruling.article.source.cite(language()),
        "reason": found.reason(language()),
        "notes": [note.say(language()) for note in found.notes()],
    }


def steps_as_json(article: ArticleVerdict) -> list[dict[str, object]]:
    return [{key: told(entry) for key, entry in step.items()} for step in article.steps()]


def names(found: Verdict | ArticleVerdict) -> list[str]:
    """Names of the facts that still matter, as they are handed over."""
    return list(dict.fromkeys(entry.spec.base for entry in found.missing))


def told(entry: Any) -> object:
    """A text in the reader's language, where the entry is a text in several."""
    if isinstance(entry, dict) and "en" in entry:
        return entry.get(language()) or entry["en"]
    return entry


def show_verdict(verdict: Verdict) -> None:
    """The word, then each article with its reason, the facts it used, what is missing and what would change it."""
    click.echo(f"{verdict.summary(language())}  ({verdict.on})")
    for note in [*verdict.notes, *([verdict.disagreement] if verdict.disagreement else [])]:
        click.echo(f"  {note.say(language())}")
    for article in sorted(verdict.articles, key=lambda article: article.outcome == "not_applicable"):
        show_article(article)


def show_article(article: ArticleVerdict) -> None:
    law = article.ruling.article
    click.echo(f"  [{article.outcome}] {law.title.get(language()) or law.title['en']}")
    click.echo(f"      {law.source.cite(language())}  ({article.id})")
    click.echo(f"      {article.reason(language())}")
    if article.outcome == "not_applicable":
        return
    for used in article.facts:
        shown = used.to_dict()
        origin = shown["source"] or told(shown["because"]) or say("reason_not_recorded")
        click.echo(f"      - {told(shown['label'])}: {told(shown['shown'])}  ({origin})")
    for entry in article.missing:
        click.echo(f"      ? {told(dict(entry.spec.label))} ({entry.spec.base})")
    for step in article.steps():
        click.echo(f"      = {told(step['label'])}: {told(step['shown'])}")
    for change in article.changes:
        click.echo(f"      > {change.say(language())}")


# ---- the rulebook itself


@rules.command()
@click.argument("within", required=False, metavar="[FOLDER]")
@rulebook_option
@json_option
def check(within: str | None, rulebook: str, as_json: bool) -> None:
    """List every mistake of the rulebook, or of one FOLDER or file of it, with file and line.

    Of a FOLDER or file what is wrong elsewhere is counted. Exit code: 0 none, 1 some. What can be read is still read; a rulebook with mistakes never decides.
    """
    with refusals():
        path, part = place_in(within, rulebook)
        law = rulebooks.read(path)
    problems = [problem for problem in law.problems if part is None or lies_in(problem, part)]
    elsewhere = [problem for problem in law.problems if problem not in problems]
    warnings = [] if within or rulebook != "vn" else unvouched()
    for warning in warnings:
        click.echo(warning, err=True)
    if as_json:
        show_json(
            {
                "rulebook": str(path),
                "hash": law.hash,
                "articles": len(law.articles),
                "facts": len(law.facts),
                "parameters": len(law.parameters),
                "problems": [problem_as_json(problem) for problem in problems],
                "elsewhere": len(elsewhere),
                "warnings": warnings,
            }
        )
    else:
        for problem in problems:
            click.echo(problem.say(language()))
        read = {"articles": len(law.articles), "facts": len(law.facts), "parameters": len(law.parameters)}
        click.echo(say("rulebook_counted", path=path, problems=len(problems), **read))
        if elsewhere:
            first = elsewhere[0].place
            click.echo(say("mistakes_elsewhere", problems=len(elsewhere), file=first.file if first else path))
    sys.exit(1 if law.problems else 0)


def unvouched() -> list[str]:
    """What is wrong with this installation's own articles; the register is asked only where there are any."""
    from canbo.project.database.provider import state_home

    if not rulebooks.own_files(Path(os.environ.get("CANBO_RULEBOOK_OWN") or state_home() / "rulebook")):
        return []
    from canbo.project.cli import prepare

    prepare()
    from canbo.procedures import drafting

    return drafting.unvouched()


def problem_as_json(problem: RuleError) -> dict[str, object]:
    place = problem.place
    return {
        "file": str(place.file) if place and place.file else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "key": problem.message.key,
        "text": problem.message.say(language()),
        "excerpt": problem.excerpt().strip("\n") or None,
    }


def place_in(within: str | None, rulebook: str) -> tuple[Path, Path | None]:
    """(the rulebook's folder, the folder or file inside it that is asked about)."""
    if within is None:
        return folder(rulebook), None
    asked = Path(within).resolve()
    for above in (asked, *asked.parents):
        if (above / rulebooks.FACTS).is_file():
            return above, (asked.relative_to(above) if asked != above else None)
    path = folder(rulebook)
    inside = (path / within).resolve()
    if not (inside.exists() and inside.is_relative_to(path.resolve())):
        raise error("folder_missing", name=within, path=path)
    return path, inside.relative_to(path.resolve())


def lies_in(problem: RuleError, part: Path) -> bool:
    file = problem.place.file if problem.place else None
    return file is not None and (file == part or part in file.parents)


@rules.command()
@click.argument("within", required=False, metavar="[FOLDER]")
@rulebook_option
@json_option
def test(within: str | None, rulebook: str, as_json: bool) -> None:
    """Run every example of every article, or of those in one FOLDER or file. Exit code: 0 all hold, 1 some do not."""
    with refusals():
        path, part = place_in(within, rulebook)
        law = kept(path)
    articles = [a for a in law.articles.values() if part is None or a.file == part or part in a.file.parents]
    failed = list(examples(law, articles))
    count = sum(len(article.examples) for article in articles)
    if as_json:
        show_json({"articles": len(articles), "examples": count, "failed": [mistake_as_json(miss) for miss in failed]})
    else:
        for miss in failed:
            click.echo(miss.say(language()))
        click.echo(say("examples_counted", examples=count, articles=len(articles), failed=len(failed)))
    sys.exit(1 if failed else 0)


def mistake_as_json(mistake: Mistake) -> dict[str, object]:
    article, example = mistake.article, mistake.example
    text = mistake.said.say(language())
    return {"article": article.id, "file": str(article.file), "line": example.line, "expected": example.expect, "text": text}


@rules.command()
@click.option("--topic", "topics", multiple=True, help="Only this topic; may be given several times.")
@rulebook_option
@json_option
def prove(topics: tuple[str, ...], rulebook: str, as_json: bool) -> None:
    """Find conflicts, gaps, dead and doubled articles, each with a case that shows it. Exit code 1: one is not accepted."""
    with refusals():
        from canbo.rules.prove import prove as prove_rulebook

        proof = prove_rulebook(opened(rulebook), topics=topics or None)
    if as_json:
        show_json(proof.to_dict())
    else:
        for finding in proof.findings:
            if finding.accepted is None:
                click.echo(finding.say(language()))
                click.echo(f"    {' · '.join(finding.articles)}")
        counted = {"findings": len(proof.findings), "new": len(proof.new), "pairs": proof.pairs}
        click.echo(say("proof_counted", seconds=round(proof.seconds, 1), **counted))
    sys.exit(1 if proof.new else 0)


@rules.command()
@click.argument("topics", nargs=-1, metavar="[DECISION ...]")
@click.option(
    "--people", required=True, metavar="FILE", help="People as CSV or Parquet: a column for each fact, such as person.sex."
)
@click.option("--facts", default=None, metavar="FILE", help="Facts that are the same for everybody, such as those of the post.")
@day_option
@rulebook_option
@json_option
def scan(topics: tuple[str, ...], people: str, facts: str | None, on: date, rulebook: str, as_json: bool) -> None:
    """How many people of a file each article lets pass, refuses or leaves open; for all decisions or those named."""
    with refusals():
        from canbo.rules.people import read_people, scan_people

        law = opened(rulebook)
        fixed = case(law, facts, on) if facts else {}
        counts = scan_people(law, read_people(Path(people), law.facts), known_topics(law, topics), on, fixed=fixed)
    if as_json:
        show_json([vars(count) for count in counts])
        return
    for count in counts:
        click.echo(f"{count.passed:>10,} {count.failed:>10,} {count.unknown:>10,} {count.not_applicable:>10,}  {count.article}")


def known_topics(law: Corpus, topics: tuple[str, ...]) -> tuple[str, ...]:
    for topic in topics:
        if topic not in law.topics:
            raise error("topic_unknown", name=topic, hint=nearest(topic, law.topics), known=", ".join(law.topics))
    return topics


@rules.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@day_option
@json_option
def diff(old: str, new: str, on: date, as_json: bool) -> None:
    """Cases that the rulebook NEW decides otherwise than OLD (paths or names), each as a person one can look at.

    Exit code: 0 all was decided, 1 an error, 4 the solver gave up on a question.
    """
    with refusals():
        from canbo.rules.diff import diff as compare

        found = compare(opened(old), opened(new), on=on)
    if as_json:
        show_json(found.to_dict())
    else:
        click.echo(found.say(language()))
        if found.undecided:
            click.echo(say("diff_undecided", topics=", ".join(found.undecided)))
    sys.exit(EXITS["unknown"] if found.undecided else 0)

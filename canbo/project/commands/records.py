"""`canbo evaluate --records FOLDER`: everybody of a whole service, from records in Parquet into results in Parquet."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import click
import polars as pl

from canbo.project.commands.rules import opened, refusals, say, show_json
from canbo.rules.evaluation import everybody, records
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.words import error

OPEN = 4  # the law cannot say of everybody yet
CAP = ("body", "category", "group")


@dataclass
class _Parts:
    """Scores of periods, a file for each piece, in the order in which they are told."""

    folder: Path
    names: list[str] = field(default_factory=list)

    def __call__(self, scores: pl.DataFrame) -> None:
        self.names.append(f"scores-{len(self.names):04d}.parquet")
        scores.write_parquet(self.folder / self.names[-1], compression="lz4")


def evaluate_records(folder: str, out: str | None, period: str | None, on: date, rulebook: str, *, as_json: bool) -> None:
    """Score and grade everybody in FOLDER in a period, write the results, tell what came out. Exit code: 0, or 4."""
    begun = time.perf_counter()
    with refusals():
        asked = parse(period or str(on.year))
        if asked is None:
            raise error("eval_not_a_period", found=period)
        source, target = Path(folder), Path(out) if out else Path(folder) / "evaluated"
        told = _evaluated(source, target, asked, on, rulebook)
    told["seconds"] = round(time.perf_counter() - begun, 1)
    if as_json:
        show_json(told)
    else:
        _show(told)
    sys.exit(OPEN if told["undetermined"] else 0)


def _evaluated(source: Path, target: Path, asked: Period, on: date, rulebook: str) -> dict[str, Any]:
    """Everything is written beside its place first, so that a run that ends early leaves what was there."""
    if asked.first > on:
        raise error("eval_not_begun", period=str(asked), on=on)
    law = opened(rulebook)
    held = records.opened(source, law, asked)
    beside = target.with_name(f"{target.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        parts = _Parts(beside)
        found = everybody.reckon(law, held, on=on, told=parts)
        found.people.write_parquet(beside / "people.parquet")
        found.caps.write_parquet(beside / "caps.parquet")
        shutil.rmtree(target, ignore_errors=True)
        beside.rename(target)
    except OSError as trouble:
        raise error("facts_missing", name=target, why=trouble.strerror or trouble) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return _told(found, asked, on, target, parts.names)


def _told(found: everybody.Found, asked: Period, on: date, target: Path, names: list[str]) -> dict[str, Any]:
    people = found.people
    counted = people.group_by("category", "grade").len().sort("category", "grade")
    grades: dict[str, dict[str, int]] = {}
    for category, grade, number in counted.iter_rows():
        grades.setdefault(category, {})[grade] = number
    left = people.filter(pl.col("grade") == "undetermined").group_by("open").len().sort("open")
    groups = found.caps
    over = groups.filter(pl.col("excellent") > pl.col("settled"))
    room = people.group_by("in_group").len().drop_nulls("in_group").sort("in_group")
    return {
        "period": str(asked), "on": on, "people": people.height, "periods": found.works, "products": found.products, "grades": grades,
        "undetermined": dict(left.iter_rows()), "groups": groups.height, "groups_over": over.height, "excellent": dict(room.iter_rows()),
        "articles": list(found.articles), "out": str(target), "files": ["people.parquet", "caps.parquet", *names],
    }  # fmt: skip


def _show(told: dict[str, Any]) -> None:
    counts = {name: f"{told[name]:,}" for name in ("people", "periods", "products")}
    click.echo(say("records_told", period=told["period"], on=told["on"], seconds=told["seconds"], **counts))
    for category, grades in told["grades"].items():
        listed = ", ".join(f"{say('eval_grade_' + grade)} {number:,}" for grade, number in grades.items())
        click.echo(f"  {say('records_' + category)}: {listed}")
    for reason, number in told["undetermined"].items():
        click.echo(f"  {say('records_open_' + reason)}: {number:,}")
    click.echo(f"  {say('records_over', groups=told['groups'], over=told['groups_over'])}")
    click.echo(f"  {say('records_written', folder=told['out'])}")

"""Scores and grades of millions for a year from 100 million records of products in Parquet, by the command that people use.

    .venv/bin/python benchmarks/records.py [--people 2500000] [--folder FOLDER] [--write]

Invented: 20 people in a body, two of them leaders; half of the bodies score by month, half by quarter; a third are public service
units, nine in ten of these with weights of their own; one body in ten counts delays by the day. 40 products for each person,
files by 100,000 people in the order of persons. They are written to a temporary folder and removed afterwards. The limit is
physical: the same files, the same columns, summed by person with Polars and nothing else. Of some bodies everybody is evaluated
anew by the explaining reader, from the same records, and must come out the same.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results import put
from tests.rules.records_told import explained

HEADING = "Evaluation of a whole service"
LIMIT, ON = 60.0, date(2027, 1, 20)
BODY, EACH, FILE, SAMPLE = 20, 40, 100_000, 12
MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]
QUARTERS = [f"2026-Q{number}" for number in range(1, 5)]
NAMED = pl.Series([*MONTHS, *QUARTERS], dtype=pl.Enum([*MONTHS, *QUARTERS]))
PARTS = ("general", "a", "b", "c", "d", "dd", "e", "result", "score")


def invented(folder: Path, people: int) -> None:
    """The records of so many people, file by file."""
    rng = np.random.default_rng(1)
    who = np.arange(people)
    bodies = who // BODY
    some = pl.DataFrame({"body": np.unique(bodies)})
    number = some["body"].to_numpy()
    weighed = (number % 3 == 0) & (rng.random(len(number)) < 0.9)
    by_day = rng.random(len(number)) < 0.1
    some = some.with_columns(
        pl.Series("delay", np.where(by_day, "day", "occurrence")),
        pl.Series("outstanding", rng.random(len(number)) < 0.05),
        *(
            pl.when(pl.Series(weighed)).then(points).alias(f"weight_{name}")
            for name, points in zip("abc", (30.0, 25.0, 15.0), strict=True)
        ),
    )
    some.write_parquet(folder / "bodies.parquet")
    head, leader = who % BODY == 0, who % BODY < 2
    grades = np.array(["excellent", "good", "completed"])[rng.integers(0, 3, people)]
    pl.DataFrame(
        {
            "person": who, "body": bodies, "category": np.where(bodies % 3 == 0, "public_employee", "civil_servant"), "leader": leader,
            "head": head, "eval.disciplined_for_duty": rng.random(people) < 0.002,
            "eval.months_worked": rng.choice([12, 12, 12, 12, 12, 12, 12, 12, 12, 5], people),
        }
    ).with_columns(pl.when(pl.Series(head)).then(pl.Series(grades)).alias("eval.organization_grade")).write_parquet(folder / "people.parquet")  # fmt: skip
    for begun in range(0, people, FILE):
        part = who[begun : begun + FILE]
        _periods(rng, part).write_parquet(folder / f"periods-2026-{begun:08d}.parquet")
        _products(rng, part).write_parquet(folder / f"products-2026-{begun:08d}.parquet", row_group_size=1_000_000)


def _quarterly(who: np.ndarray) -> np.ndarray:
    return np.asarray(who // BODY % 2 == 1)


def _periods(rng: np.random.Generator, who: np.ndarray) -> pl.DataFrame:
    """A row for each month, or quarter, of each person; one in a thousand has no general points yet."""
    sizes = np.where(_quarterly(who), 4, 12)
    person = np.repeat(who, sizes)
    within = np.arange(len(person)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    codes = np.where(_quarterly(person), 12 + within, within)
    leader = person % BODY < 2
    general = np.where(rng.random(len(person)) < 0.001, np.nan, rng.integers(36, 59, len(person)) / 2)
    held = pl.DataFrame({"person": person, "period": NAMED[codes], "general": general}).with_columns(
        pl.col("general").fill_nan(None)
    )
    words = {
        "organising": ("all_with_initiative", "lasting_shortcomings"),
        "cohesion": ("united", "lasting_disunity"),
    }
    told = [
        pl.when(pl.Series(leader))
        .then(pl.when(pl.Series(rng.random(len(person)) < 0.9)).then(pl.lit(known[0])).otherwise(pl.lit(known[1])))
        .alias(name)
        for name, known in words.items()
    ]
    return held.with_columns(told)


def _products(rng: np.random.Generator, who: np.ndarray) -> pl.DataFrame:
    size = len(who) * EACH
    person = np.repeat(who, EACH)
    turn = np.arange(size) % EACH
    codes = np.where(_quarterly(person), 12 + turn * 4 // EACH, turn * 12 // EACH)
    assigned = rng.integers(1, 6, size).astype(np.float64)
    days = np.where(rng.random(size) < 0.15, rng.integers(1, 9, size), 0)
    return pl.DataFrame(
        {
            "person": person, "period": NAMED[codes], "coefficient": rng.integers(5, 41, size) / 10,
            "assigned": assigned, "done": np.maximum(0.0, assigned - rng.choice([0, 0, 0, 0, 0, 0, 0, 0.5, 1], size)),
            "quality_failures": (rng.random(size) < 0.12).astype(np.int8), "delays": (days > 0).astype(np.int8), "days_late": days.astype(np.int8),
            "objective_cause": rng.random(size) < 0.02,
            "extra": pl.select(pl.when(pl.Series(rng.random(size) < 0.03)).then(pl.lit("unexpected"))).to_series(),
        }
    )  # fmt: skip


def by_command(folder: Path, out: Path) -> tuple[dict[str, Any], float, float, float]:
    """What the command tells; seconds of the clock and of the processors, and its memory in GB: from nothing, as anybody runs it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    asked = ["evaluate", "--records", str(folder), "--period", "2026", "--on", str(ON), "--out", str(out), "--json"]
    done = subprocess.run([sys.executable, "-m", "canbo.project.cli", *asked], capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 4):
        raise SystemExit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), wall, cpu, after.ru_maxrss / 1024**2


def summed(folder: Path) -> tuple[float, float]:
    """The same columns of the same files, read and summed by person: seconds of the clock and of the processors."""
    begun, cpu = time.perf_counter(), time.process_time()
    files = pl.scan_parquet(folder / "products-*.parquet")
    numbers = ("coefficient", "assigned", "done", "quality_failures", "delays", "days_late", "objective_cause")
    sums = files.group_by("person").agg(*(pl.col(name).sum() for name in numbers), pl.col("period", "extra").count())
    assert sums.collect(engine="streaming").height
    return time.perf_counter() - begun, time.process_time() - cpu


def compared(folder: Path, out: Path, people: int) -> int:
    """How many periods and years of some bodies were found the same by the explaining reader. Raises where one differs."""
    bodies = np.random.default_rng(2).choice(people // BODY, SAMPLE, replace=False).tolist()
    members = pl.scan_parquet(folder / "people.parquet").filter(pl.col("body").is_in(bodies)).collect()
    chosen = pl.col("person").is_in(members["person"].implode())
    works = pl.scan_parquet(folder / "periods-*.parquet").filter(chosen).collect()
    products = pl.scan_parquet(folder / "products-*.parquet").filter(chosen).collect()
    known = pl.read_parquet(folder / "bodies.parquet").filter(pl.col("body").is_in(bodies))
    made: dict[int, dict[str, Any]] = {row["person"]: {**row, "works": {}} for row in members.iter_rows(named=True)}
    for row in works.iter_rows(named=True):
        made[row["person"]]["works"][row["period"]] = {"score": None, **row, "products": []}
    for row in products.iter_rows(named=True):
        entry = {name: value for name, value in row.items() if name not in ("person", "period")}
        made[row["person"]]["works"][row["period"]]["products"].append(entry)
    told = explained(list(made.values()), {row["body"]: row for row in known.iter_rows(named=True)}, ON)
    years = {row["person"]: row for row in pl.scan_parquet(out / "people.parquet").filter(chosen).collect().iter_rows(named=True)}
    scores = pl.scan_parquet(out / "scores-*.parquet").filter(chosen).collect()
    found = {(row["person"], row["period"]): row for row in scores.iter_rows(named=True)}
    for who, each in told.items():
        score = None if each.score is None else float(each.score)
        assert (years[who]["score"], years[who]["grade"]) == (score, each.grade), (who, years[who], score, each.grade)
        for work, scored in each.settled.periods:
            row = found.pop((who, str(work.period)))
            parts = scored.parts | {"score": scored.score}
            assert all(row[name] == (None if parts[name] is None else float(str(parts[name]))) for name in PARTS), (row, parts)
    assert not found
    return scores.height + len(years)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=2_500_000)
    parser.add_argument("--folder", default="", help="keep the records here, and use them where they are there")
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/RESULTS.md")
    asked = parser.parse_args()
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="canbo-records-"))
    out = folder / "evaluated"
    try:
        if not (folder / "people.parquet").exists():
            folder.mkdir(exist_ok=True)
            invented(folder, asked.people)
        size = sum(file.stat().st_size for file in folder.glob("*.parquet")) / 1e9
        load = os.getloadavg()[0]
        bare, bare_cpu = summed(folder)
        told, wall, cpu, memory = by_command(folder, out)
        again, again_cpu = summed(folder)
        same = compared(folder, out, told["people"])
    finally:
        if not asked.folder:
            shutil.rmtree(folder, ignore_errors=True)
    bare, bare_cpu = min(bare, again), min(bare_cpu, again_cpu)
    text = _text(told, (wall, cpu, bare, bare_cpu), size, memory, load, same)
    print(text)
    if asked.write:
        put(HEADING, text)
    return int(wall >= LIMIT)


def _text(
    told: dict[str, Any], took: tuple[float, float, float, float], size: float, memory: float, load: float, same: int
) -> str:
    wall, cpu, bare, bare_cpu = took
    grades = "; ".join(
        f"{category.replace('_', ' ')}s: " + ", ".join(f"{grade.replace('_', ' ')} {number:,}" for grade, number in each.items())
        for category, each in told["grades"].items()
    )
    return "\n".join(
        [
            f"`python benchmarks/records.py`, {date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, Polars"
            f" {pl.__version__}, load average {load:.1f} before. {told['products']:,} records of products of {told['people']:,} people in"
            f" Parquet ({size:.1f} GB), {told['periods']:,} months and quarters; `canbo evaluate --records` in a process of its own, results"
            " written out.",
            "",
            "| | s of the clock | s of the processors |", "|---|---|---|",
            f"| every period scored, every year graded, caps of {told['groups']:,} groups (asked for: under {LIMIT:.0f}) | **{wall:.1f}** |"
            f" {cpu:.1f} |",
            f"| the same columns read and summed by person with Polars, nothing else | {bare:.1f} | {bare_cpu:.1f} |",
            f"| ratio | **{wall / bare:.1f}** | {cpu / bare_cpu:.1f} |",
            "",
            f"Memory at most {memory:.1f} GB. Of {SAMPLE} bodies drawn by lot, {same:,} scores and grades were found again by the explaining"
            f" reader, all equal. {grades}; {told['groups_over']:,} groups over their cap.",
        ]
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

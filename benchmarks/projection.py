"""How long it takes to project millions of people, held against drawing as many numbers, in the same run.

    .venv/bin/python benchmarks/projection.py [--people 2500000] [--runs 100] [--years 10] [--write]

Made-up staff of the shape of a whole service: ages 22 to 61, both sexes, a tenth leading, a twentieth in plans. The limit is
physical: NumPy draws one number for each person and run, with the same generator and threads, and does nothing with it.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results import put
from canbo.modelling.projection import course, draws, rates
from canbo.modelling.projection.course import Levers, Places
from canbo.modelling.projection.rates import CELLS, Rates, certain
from canbo.modelling.projection.record import NEVER, Horizon, Staff

HEADING = "Projection"
LIMIT = 60.0


def staff(people: int, horizon: Horizon, seed: int = 1) -> Staff:
    """So many people; the lawful month is taken as 62 and 60 years, which costs what any table costs."""
    chance = np.random.default_rng(seed)
    old = chance.integers(22 * 12, 62 * 12, people).astype(np.int16)
    sex = chance.integers(0, 2, people).astype(np.int8)
    ahead = np.where(sex == 1, 60 * 12, 62 * 12) - old
    unsure = (ahead < 0) | (chance.random(people) < 0.01)
    retires = np.where(unsure | (ahead >= horizon.months), NEVER, ahead).astype(np.int16)
    leading = chance.random(people) < 0.1
    return Staff(
        age=(old // 12).astype(np.int8), months_old=old, sex=sex, master=chance.integers(-1, 2, people).astype(np.int8),
        retires=retires, latest=retires, unsure=unsure, leading=leading, plans=(chance.random(people) < 0.05).astype(np.int16),
        term=np.where(leading, chance.integers(0, 60, people), NEVER).astype(np.int16),
        term_months=np.where(leading, 60, 0).astype(np.int16),
    )  # fmt: skip


def past(people: int) -> Rates:
    """Two in a hundred leave in a year, give or take a fifth."""
    size = np.full(CELLS, people / 3)
    years = np.column_stack([np.linspace(0.8, 1.2, 9), np.linspace(0.5, 0.9, 9), np.full(9, 0.8), np.full(9, 0.01)])
    return Rates(size * 0.02, size, years, certain(300, 400), certain(5_000, 10_000), certain(3_000, 10_000), 27.0 * 12,
                 np.zeros(rates.REACH + 1), tuple(range(2017, 2026)))  # fmt: skip


def only_draws(people: int, runs: int) -> tuple[float, float]:
    """Seconds of the clock and of the processors to draw one number for each person and run."""

    def one(run: int) -> None:
        draws.stream(1, run, 0).random(people, dtype=np.float32)

    wall, processor = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(draws.THREADS) as pool:
        list(pool.map(one, range(runs)))
    return time.perf_counter() - wall, time.process_time() - processor


def measured(people: int, runs: int, years: int, rounds: int) -> tuple[list[str], float]:
    """The lines to be told, and the seconds of the projection."""
    horizon = Horizon(date(2026, 1, 1), 2025 + years)
    everybody, known = staff(people, horizon), past(people)
    places = Places(np.full(years, int(people * 1.03)), 1.0, int(everybody.leading.sum()), 0)
    walls, processors, limits = [], [], []
    for _ in range(rounds):
        limits.append(only_draws(people, runs))
        wall, processor = time.perf_counter(), time.process_time()
        found = course.run(everybody, horizon, known, places, runs=runs, seed=1)
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
        limits.append(only_draws(people, runs))
    balance = people + sum(found.runs["recruits"].T) - sum(found.runs["retirements"].T) - sum(found.runs["leaving"].T)
    assert (balance == found.runs["headcount"][:, -1]).all(), "people were lost"
    wall, processor = statistics.median(walls), statistics.median(processors)
    limit, limit_processor = (statistics.median(column) for column in zip(*limits, strict=True))
    start = time.perf_counter()
    course.run(everybody, horizon, known, places, runs=2, seed=1, levers=Levers(later=0.1, rotate=0.5))
    levers = (time.perf_counter() - start) / 2 * runs
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    lines = [
        f"{people:,} people, {years} years, {runs} runs, {draws.THREADS} threads; median of {rounds} rounds.",
        "",
        "| | s of the clock | s of the processors |",
        "|---|---|---|",
        f"| projection by person, all measures (asked for: under {LIMIT:.0f}) | **{wall:.1f}** | {processor:.1f} |",
        f"| NumPy draws the same {people * runs / 1e6:,.0f} million numbers and nothing else | {limit:.1f} | {limit_processor:.1f} |",
        f"| ratio | {wall / limit:.1f} | **{processor / limit_processor:.1f}** |",
        f"| with one in ten kept longer and half of the leaders moved on (from 2 runs) | {levers:.1f} | |",
        f"| person-years a second, in millions | {people * runs * years / wall / 1e6:,.0f} | |",
        "",
        f"Memory at most {memory:.1f} GB. In every run nobody is lost: start and newcomers less retirements and leaving is the end.",
    ]
    return lines, wall


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=2_500_000)
    options.add_argument("--runs", type=int, default=100)
    options.add_argument("--years", type=int, default=10)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--write", action="store_true", help="put the figures into benchmarks/RESULTS.md")
    asked = options.parse_args()
    before = os.getloadavg()[0]
    lines, wall = measured(asked.people, asked.runs, asked.years, asked.rounds)
    head = (
        f"`python benchmarks/projection.py`, {date.today()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" NumPy {np.__version__}, load average {before:.1f} before."
    )
    text = "\n".join([head, "", *lines])
    print(text)
    if asked.write:
        put(HEADING, text)
    sys.exit(0 if wall <= LIMIT or asked.people < 2_500_000 else 1)


if __name__ == "__main__":
    main()

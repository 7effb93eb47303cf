"""What a reform of pay costs over 2.5 million people, from packed columns: sums by province, who gains, who loses.

    .venv/bin/python benchmarks/pay_reform.py [--write]

Jobs and bodies come from the packed columns of the register where it has some, else they are drawn; they hold no pay steps, so
these are drawn, and bodies are gathered into 34 by chance. No database is asked. Beside it the same sums with numpy person by
person, and one count of one column, below which nobody can go that looks at everybody.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
PEOPLE, PROVINCES, JOBS, STEPS, TURNS = 2_500_000, 34, 44, 12, 7
TITLE = "A reform of pay for everybody"
GOAL = 1.0


def columns(chance: np.random.Generator) -> tuple[Any, Any, str]:
    """Job and province of each person, and where they are from."""
    home = Path(os.environ.get("CANBO_HOME", "."), "snapshots")
    for folder in sorted(home.glob("*/*/facts")):
        job, body = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("job", "organization"))
        held = np.where(job < 0, job.max() + 1, job).astype(np.int64)  # who holds no post is paid by a sort of its own
        return held, np.where(body < 0, 0, body).astype(np.int64) % PROVINCES, "packed columns"
    return chance.integers(0, JOBS, PEOPLE), chance.integers(0, PROVINCES, PEOPLE), "drawn columns"


def main() -> int:
    from benchmarks.results import put
    from canbo.modelling.staffing.pay import summed

    chance = np.random.default_rng(29)
    job, body, told = columns(chance)
    sort = job * STEPS + chance.integers(0, STEPS, len(job))
    sorts = int(job.max() + 1) * STEPS
    before = chance.integers(150, 1000, sorts).astype(np.int64) * 25_300 * 5 // 4
    after = before * chance.integers(90, 120, sorts) // 100

    def whole() -> Any:
        return summed(sort, body, before, after, bodies=PROVINCES, keep=True)

    def plain() -> Any:
        """Person by person with numpy, in whole đồng: a sum for each province of three columns, and who gains."""
        one, two = before[sort], after[sort]
        kept = np.maximum(one - two, 0)
        sums = [np.zeros(PROVINCES, dtype=np.int64) for _column in range(3)]
        for total, column in zip(sums, (one, two, kept), strict=True):
            np.add.at(total, body, column)
        return sums, int((two + kept > one).sum())

    def floor() -> Any:
        return np.bincount(body, minlength=PROVINCES)

    found, (sums, winners) = whole(), plain()
    same = all((mine == theirs).all() for mine, theirs in zip((found.before, found.after, found.kept), sums, strict=True))
    assert same and found.winners == winners
    ours, theirs, least = (min(clock(act) for _turn in range(TURNS)) for act in (whole, plain, floor))
    text = (
        f"{len(job):,} people, {sorts:,} sorts, {PROVINCES} bodies, {told}; load {os.getloadavg()[0]:.1f}. Equal to the đồng.\n\n"
        f"| what | milliseconds |\n|---|---|\n| sums, kept differences, classes of change | {ours * 1000:.0f} |\n"
        f"| the same sums with numpy, person by person | {theirs * 1000:.0f} |\n| one count of one column | {least * 1000:.1f} |\n\n"
        f"{theirs / ours:.1f} times as fast as person by person, {ours / least:.1f} times one count."
    )
    print(text)
    if "--write" in sys.argv:
        put(TITLE, f"`benchmarks/pay_reform.py`, {date.today().isoformat()}\n\n{text}")
    return 0 if ours <= GOAL else 1


def clock(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())

"""From a stopped program to verdicts on everybody: how long a new process takes once the columns are packed.

    .venv/bin/python benchmarks/cold.py [--repeat 7] [--write]

Runs on whatever world is loaded, once its columns are packed (`canbo count --refresh`): else each process reads them from
the tables, which takes 43 s for 500,000 people, and the whole many minutes. Each turn is a process of its own: it starts Python, opens the register and the kept
rulebook, maps the packed columns, asks PostgreSQL what changed since, lowers the articles of appointment for a leading post,
takes the compiled kernel from disk and judges everybody. Beside it the octets of the packed columns are read once in the
same process, which is the least that any judgement of everybody must do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
GOAL = 1.2
STAGES = ("program and register opened", "rulebook opened", "columns mapped, changes asked", "articles lowered", "judged")


def child() -> None:
    """One process: seconds of each stage since it was asked, how many were judged, and what reading the columns takes."""
    took, since = [], float(os.environ["CANBO_ASKED_AT"])

    def done() -> None:
        nonlocal since
        took.append(time.time() - since)
        since = time.time()

    import django

    django.setup()
    from canbo.procedures import candidates
    from canbo.registry import authority, fact_columns, fact_frames, intake
    from canbo.registry.models import Post
    from canbo.rules import corpus, kernel

    on = date.today()
    with authority.sight(intake.console()):
        post = (
            Post.objects.select_related("job", "organization").filter(job__standing="head", valid__contains=on).order_by("pk")[0]
        )
        done()
        law = corpus.opened("vn")
        done()
        people = fact_columns.people(on)
        done()
        held = people.about(law, post.pk)
        lowered = candidates.articles(law, post, on=on, held=held)
        snapshot = fact_frames.snapshot(held, lowered)
        done()
        counts = kernel.scan(lowered, snapshot).counts
        done()
    columns = [held[name].packed.values for name in fact_frames.asked_of(lowered)]
    begun = time.perf_counter()
    read = sum(int(each.view("i1").sum()) for each in columns)
    floor = time.perf_counter() - begun
    first = counts[0]
    print(json.dumps({
        "took": took, "people": len(people), "articles": len(lowered), "floor": floor, "octets": sum(each.nbytes for each in columns),
        "check": [read, first.passed, first.failed, first.unknown], "kernel": kernel.available(),
    }))  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--repeat", type=int, default=7)
    asked.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    asked.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = asked.parse_args()
    if chosen.child:
        child()
        return
    turns = []
    for _turn in range(chosen.repeat + 1):  # the first compiles what is kept on disk after it
        environment = {**os.environ, "CANBO_ASKED_AT": str(time.time())}
        told = subprocess.run(
            [sys.executable, __file__, "--child"], env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        turns.append(json.loads(told.stdout.splitlines()[-1]))
    first, *rest = turns
    if len({tuple(turn["check"]) for turn in turns}) != 1:
        raise SystemExit("the turns do not agree about the same people")
    whole = [sum(turn["took"]) for turn in rest]

    verdicts = [sum(turn["took"][1:]) for turn in rest]
    floor = median(turn["floor"] for turn in rest)
    lines = [
        "`python benchmarks/cold.py`", "",
        f"{date.today()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; {first['people']:,} people, {first['articles']} articles,"
        f" {first['octets'] / 1e6:.0f} MB of columns; {len(rest)} processes, each new; with the kernel: {'yes' if first['kernel'] else 'no'}.", "",
        "| from the asking on | s, median |", "|---|---|",
        *(f"| {name} | {median(turn['took'][number] for turn in rest):.2f} |" for number, name in enumerate(STAGES)),
        f"| **register opened to verdicts** (goal {GOAL}) | **{median(verdicts):.2f}** |",
        f"| whole process, Python and its libraries included | {median(whole):.2f} (first time, kernel compiled: {sum(first['took']):.1f}) |",
        f"| the same columns read once | {floor:.3f} |",
        f"| register opened to verdicts, in readings of the columns | {median(verdicts) / floor:.0f} |",
    ]  # fmt: skip
    section = "\n".join(lines)
    print(section)
    if chosen.write:
        from benchmarks.results import put

        put("Cold start", section)


if __name__ == "__main__":
    main()

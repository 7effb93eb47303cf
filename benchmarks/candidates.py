"""How fast candidates for a post are found among millions, with reasons for the first fifty.

    .venv/bin/python benchmarks/candidates.py [--people 2500000] [--repeat 20] [--write]

Runs on whatever world is loaded: its people are repeated until they are as many as asked, so that the articles, the
post and the mixture of what is known are real. Beside it the same columns are read once and compared with a number,
which is the least that any scan must do; the ratio means the same on any machine.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
GOAL = 300


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=2_500_000)
    asked.add_argument("--repeat", type=int, default=20)
    asked.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    chosen = asked.parse_args()
    import django

    django.setup()
    from benchmarks.many import clock, repeated
    from canbo.procedures import candidates
    from canbo.registry import authority, fact_columns, intake, packed, vacancies
    from canbo.registry.models import Organization, Post

    console = intake.console()
    with authority.sight(console):
        on = date.today()
        if packed.current() is None or fact_columns._day_of(packed.current()) != on:  # type: ignore[arg-type]
            packed.build()
        few = fact_columns.people(on)
        many = repeated(few, chosen.people)
        fact_columns.people = lambda _on, within=None: many  # type: ignore[assignment]
        free = vacancies.vacant(list(Organization.objects.values_list("pk", flat=True)), on=on, limit=5)
        searches = [
            candidates.seal(post=Post.objects.get(pk=row["post"]), weights=candidates.USUAL, within=None, by=console, on=on)
            for row in free
        ]
        first = clock(lambda: candidates.find(searches[0], by=console))
        found = [candidates.find(search, by=console) for search in searches]
        taken = sorted(
            clock(lambda s=search: candidates.find(s, by=console)) for _ in range(chosen.repeat) for search in searches
        )
        least = min(clock(lambda: [int((column > 3).sum()) for column in many.raw.values()]) for _ in range(5))
    p50, p95 = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
    section = "\n".join([
        "`python benchmarks/candidates.py`", "",
        f"{date.today()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; {len(many):,} people, {len(found[0].counts)} articles"
        f" that can touch a candidate, {len(taken)} searches of {len(searches)} posts; {found[0].considered:,} considered,"
        f" {found[0].passed:,} pass, {found[0].open:,} wait for facts.", "",
        "| | ms |", "|---|---|", f"| first search of a post | {first:.0f} |", f"| p50 | {p50:.0f} |",
        f"| p95 (goal {GOAL}) | {p95:.0f} |", f"| reading every column once | {least:.0f} |", f"| p50 in readings of every column | {p50 / least:.1f} |",
    ])  # fmt: skip
    print(section)
    if chosen.write:
        from benchmarks.results import put

        put("Candidates", section)


if __name__ == "__main__":
    main()

"""How long the demo world takes, step by step: inventing, the reform, loading, every constraint checked.

    python benchmarks/world.py [--people 2500000] [--seed 1] [--write]

In a database of its own in a new folder, which is removed at the end. Steps that run at the same time on two
connections are given together. `--write` puts the figures into benchmarks/RESULTS.md, beside those of other sizes.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def measure(people: int | None, seed: int) -> Figures:
    """Do what `canbo world` does, with a clock on each part. Seconds by part, rows by table, sizes."""
    from django.db import connections

    from canbo.project.commands.serve import bring_up_to_date
    from canbo.project.world import invention, loading, loading_large, reform
    from canbo.registry import authority, intake

    parts: dict[str, float] = {}
    clock = [time.perf_counter()]

    def lap(name: str) -> None:
        now = time.perf_counter()
        parts[name] = now - clock[0]
        clock[0] = now

    bring_up_to_date()
    lap("tables made")
    world = invention.invent(people_wanted=people, seed=seed)
    lap("invented")
    console = intake.console()
    with authority.sight(console):
        reform.replay(by=console)
    lap("reform replayed")
    chosen = loading_large if world.people >= loading_large.LARGE else loading
    loaded = chosen.load(world, loading.Asked(people, seed, console), say=print)
    lap("loaded")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conrelid::regclass::text LIKE 'registry_%' AND NOT convalidated")
        unchecked = cursor.fetchone()[0]
        cursor.execute("SELECT pg_database_size(current_database()) / 1000000")
        size = cursor.fetchone()[0]
    if unchecked:
        raise SystemExit(f"{unchecked} constraints are not validated: the load is not what it should be.")
    return {"parts": parts, "steps": loaded.seconds, "rows": loaded.rows, "megabytes": size, "people": world.people}


def report(found: Figures, load_average: str) -> str:
    """The figures as a part of RESULTS.md."""
    rows, parts = found["rows"], found["parts"]
    lines = [
        f"### {found['people']:,} people, {rows['registry_membership']:,} memberships, {rows['registry_post']:,} posts",
        "",
        f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}, load average {load_average} before and after.",
        "",
        "| part | s |",
        "|---|---|",
        *(f"| {name} | {seconds:.1f} |" for name, seconds in parts.items()),
        f"| **all** | **{sum(parts.values()):.1f}** |",
        "",
        f"{sum(rows.values()):,} rows in {len(rows)} tables, {found['megabytes']:,} MB; every constraint validated. The longest steps of the load:",
        "",
        "| step | s |",
        "|---|---|",
    ]
    longest = sorted(found["steps"].items(), key=lambda step: -step[1])[:9]
    return "\n".join(
        [
            *lines,
            *(
                f"| {name.replace('ALTER TABLE ', '').replace('ADD CONSTRAINT ', '')} | {seconds:.1f} |"
                for name, seconds in longest
            ),
        ]
    )


def write(section: str) -> None:
    """Put a size into the world's own section of RESULTS.md, in the place of an earlier run of that size."""
    file = Path(__file__).with_name("RESULTS.md")
    text = file.read_text(encoding="utf-8") if file.exists() else "# Results\n"
    own = re.compile(r"^## World\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    found = own.search(text)
    sizes = re.findall(r"^### .*?(?=^### |\Z)", found.group() if found else "", re.DOTALL | re.MULTILINE)
    title = section.splitlines()[0].partition(" people")[0] + " people"
    kept = [part.strip() for part in sizes if not part.startswith(title)]
    mine = "\n\n".join(["## World", "`python benchmarks/world.py`", *kept, section]) + "\n\n"
    after = own.sub(lambda _: mine, text) if found else f"{text.rstrip()}\n\n{mine}"
    file.write_text(after.rstrip() + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=None, help="how many; not said: the usual demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    chosen = parser.parse_args()
    home = tempfile.mkdtemp(prefix="canbo-bench-world-")
    os.environ.update(CANBO_HOME=home, DJANGO_SETTINGS_MODULE="canbo.project.settings")
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from django.db import connections

    from canbo.project.database.provider import provider

    load_average = f"{os.getloadavg()[0]:.1f}"
    try:
        found = measure(chosen.people, chosen.seed)
        section = report(found, f"{load_average} and {os.getloadavg()[0]:.1f}")
        print(section)
        if chosen.write:
            write(section)
    finally:
        connections.close_all()
        provider().remove()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()

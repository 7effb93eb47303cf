"""How long the reform of 2025 takes to be carried out, against writing the same rows without any of canbo's work.

    .venv/bin/python benchmarks/reform.py

Makes a register of its own in a temporary place, replays, and copies the rows it wrote into bare tables.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["CANBO_HOME"] = tempfile.mkdtemp(prefix="canbo-bench-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")

TABLES = [
    "area", "organization", "organizationname", "organizationcode", "organizationstatus", "organizationparent",
    "changeevent", "original", "resulting",
]  # fmt: skip


def main() -> int:
    import django

    django.setup()
    from django.db import connections

    from canbo.project.commands.serve import bring_up_to_date
    from canbo.project.database.provider import provider
    from canbo.project.world import reform
    from canbo.registry import authority, intake

    try:
        bring_up_to_date()
        console = intake.console()
        begun = time.perf_counter()
        with authority.sight(console):
            reform.replay(by=console)
        replay = time.perf_counter() - begun
        begun = time.perf_counter()
        with authority.sight(console):
            reform.replay(by=console)
        again = time.perf_counter() - begun
        rows, bare = copied(connections["owner"])
        print("| what | seconds | rows | times the bare copy |\n|---|---|---|---|")
        print(f"| enter 10,794 units and carry the reform out | {replay:.1f} | {rows:,} | {replay / bare:.0f} |")
        print(f"| the same again (changes nothing) | {again:.2f} | 0 | {again / bare:.1f} |")
        print(f"| bare copy of the rows written | {bare:.2f} | {rows:,} | 1 |")
        return 0
    finally:
        connections.close_all()
        provider().remove()


def copied(connection: object) -> tuple[int, float]:
    """Rows of the tables, and the seconds to send them again from here into tables without any constraint."""
    total, seconds = 0, 0.0
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        raw = cursor.cursor if hasattr(cursor, "cursor") else cursor
        for table in TABLES:
            with raw.copy(f"COPY registry_{table} TO STDOUT") as out:
                data = b"".join(bytes(block) for block in out)
            total += data.count(b"\n")
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE registry_{table})")
            begun = time.perf_counter()
            with raw.copy(f"COPY bare_{table} FROM STDIN") as into:
                into.write(data)
            seconds += time.perf_counter() - begun
            cursor.execute(f"DROP TABLE bare_{table}")
    return total, seconds


if __name__ == "__main__":
    sys.exit(main())

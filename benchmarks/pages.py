"""How fast pages come, how many questions they ask the database, how large they are.

    .venv/bin/python benchmarks/pages.py [--repeat 40]

Runs on whatever world is loaded, in one process, as the central officer; beside each page the bare shell (the
pattern of a page without content) is timed in the same run.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
os.environ["CANBO_DEMO"] = "1"

MOST_QUERIES, MOST_BYTES, MOST_MS = 14, 100_000, 200  # as many questions as the tests of pages allow


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--repeat", type=int, default=40)
    repeat = asked.parse_args().repeat
    import django

    django.setup()
    from django.test import Client

    client = Client()
    client.cookies["django_language"] = "en"
    account, addresses = places()
    client.force_login(account)
    _least, shell, _slow = timed(client, "/journal?bare=1", 10)
    print(f"world: {size()}; load average {os.getloadavg()[0]:.1f}")
    print(
        "| page | least ms | p50 ms | p95 ms | queries | kB | times the journal page | within |\n|---|---|---|---|---|---|---|---|"
    )
    worst = 0
    for name, address in addresses.items():
        least, median, slow, queries, length, status = measured(client, address, repeat)
        fine = status == 200 and queries <= MOST_QUERIES and length <= MOST_BYTES and slow <= MOST_MS
        worst += not fine
        print(
            f"| {name} | {least:.0f} | {median:.0f} | {slow:.0f} | {queries} | {length / 1000:.0f} | {median / max(shell, 0.1):.1f} |"
            f" {'yes' if fine else 'NO'} |"
        )
    print(f"Limits: {MOST_QUERIES} queries, {MOST_BYTES // 1000} kB, p95 {MOST_MS} ms; {worst} pages beyond them.")
    return 0


def places() -> tuple[Any, dict[str, str]]:
    """The account that reads, and an address of each kind of page that this world has."""
    from canbo.registry import authority, intake
    from canbo.registry.asking import one
    from canbo.registry.models import Account

    with authority.sight(intake.console()):
        busy = one(
            "SELECT c.code FROM {membership} m JOIN {organizationcode} c ON c.organization_id = m.organization_id"
            " AND upper_inf(c.valid) WHERE upper_inf(m.valid) LIMIT 1"
        )
        person = one("SELECT person_id AS id FROM {membership} WHERE upper_inf(valid) LIMIT 1")
        family = one("SELECT family, given FROM {personname} LIMIT 1")
    if busy is None or person is None or family is None:
        raise SystemExit("This register holds nobody. Load a world first: canbo world")
    account = Account.objects.get(username="central-officer")
    unit = busy["code"].split(".")[0]
    return account, {
        "home": "/",
        "organizations": "/organizations",
        "a province": f"/organizations/{unit.split('/')[0]}",
        "a commune": f"/organizations/{unit}",
        "an office": f"/organizations/{busy['code']}",
        "people": "/people",
        "people of a province": f"/people?in={unit.split('/')[0]}",
        "a person": f"/people/{person['id']}",
        "search": f"/search?q={family['given'].split()[-1]}+{family['family']}",
        "claims": "/claims",
        "changes": "/changes",
        "rules": "/rules",
        "journal": "/journal",
    }


def size() -> str:
    from canbo.registry import authority, intake
    from canbo.registry.asking import one

    with authority.sight(intake.console()):
        row = one("SELECT (SELECT count(*) FROM {person}) AS people, (SELECT count(*) FROM {membership}) AS memberships")
    assert row is not None
    return f"{row['people']:,} people, {row['memberships']:,} memberships"


def timed(client: Any, address: str, repeat: int) -> tuple[float, float, float]:
    """Least, median and 95th ms of a page."""
    taken = []
    for _ in range(3):
        client.get(address)
    for _ in range(repeat):
        begun = time.perf_counter()
        client.get(address)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return taken[0], taken[len(taken) // 2], taken[int(len(taken) * 0.95) if len(taken) > 20 else -1]


def measured(client: Any, address: str, repeat: int) -> tuple[float, float, float, int, int, int]:
    """Least, median and 95th ms, queries, bytes and status of a page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    least, median, slow = timed(client, address, repeat)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    asked = [
        query for query in captured.captured_queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
    ]
    return least, median, slow, len(asked), len(answer.content), answer.status_code


if __name__ == "__main__":
    sys.exit(main())

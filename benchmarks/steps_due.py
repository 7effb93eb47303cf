"""How long it takes to say whose step of pay is due in the province with most people, and what the province pays a month.

    .venv/bin/python benchmarks/steps_due.py [--write]

Runs on whatever world is loaded: as the command line, which sees everybody, and as an officer of the province, of whose people
the wall of the database is asked. Beside it the rows of people with their steps alone, with the driver. Seconds of the
processor are those of this process and of the server's process that works for it.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
TURNS = 5
TITLE = "Steps due of a province"
BARE = """
    SELECT m.person_id, m.category, s.scale, s.step, lower(s.valid) FROM registry_membership m
    JOIN registry_salarystep s ON s.person_id = m.person_id AND s.valid @> %s::date
    WHERE m.organization_id = ANY (%s::bigint[]) AND m.valid @> %s::date AND m.kind <> 8
"""


def main() -> int:
    import django

    django.setup()
    from django.db import transaction

    from canbo.registry import authority, intake, queries
    from canbo.reports import caps, pay_reform, steps_due

    on = date.today()
    until = date(on.year + 1, on.month, min(on.day, 28))
    caps.law()
    console = intake.console()
    with authority.sight(console):
        code, bodies, people = largest(on)
        unit = queries.unit(code, on=on)
    with transaction.atomic():
        officer = of_the_province(unit.id)
        told = {
            "steps due, as the command line": measured(
                console, lambda: steps_due.due(code=code, on=on, until=until, reader=console)
            ),
            "steps due, as an officer of the province": measured(
                officer, lambda: steps_due.due(code=code, on=on, until=until, reader=officer)
            ),
            "pay of a month by part, body and job": measured(
                officer, lambda: pay_reform.of(reform=pay_reform.unchanged(code, on), reader=officer)
            ),
            "people with their steps alone, with the driver": measured(console, lambda: bare(bodies, on)),
        }
        with authority.sight(console):
            found = len(steps_due.due(code=code, on=on, until=until, reader=console))
        transaction.set_rollback(True)  # the officer was made up
    lines = "\n".join(f"| {name} | {row[0]:.2f} | {row[1]:.2f} | {row[2]:.2f} |" for name, row in told.items())
    text = (
        f"{people:,} people in {len(bodies):,} bodies of the largest province, {found:,} due within a year, beyond the last step, or not to be told. "
        f"Medians of {TURNS}; load average {os.getloadavg()[0]:.1f}.\n\n"
        "| what | seconds by the clock | of the processor: the program | the database |\n|---|---|---|---|\n" + lines
    )
    print(text)
    if "--write" in sys.argv:
        from benchmarks.results import put

        put(TITLE, f"`benchmarks/steps_due.py`, {on.isoformat()}, 2 cores\n\n{text}")
    return 0


def largest(on: date) -> tuple[str, list[int], int]:
    """The province where most people serve: its code, its bodies, how many people."""
    from canbo.registry import queries
    from canbo.registry.asking import rows

    provinces = rows(
        "SELECT c.code, s.organization_id AS id FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id"
        " JOIN {organizationcode} c ON c.organization_id = s.organization_id AND c.valid @> %(on)s::date"
        " WHERE k.structure = 'unit' AND k.level = 1 AND s.valid @> %(on)s::date",
        {"on": on},
    )
    beneath = {row["code"]: queries.subtree(row["id"], on=on) for row in provinces}
    code = max(beneath, key=lambda each: len(beneath[each]))
    (row,) = rows(
        "SELECT count(DISTINCT person_id) AS people FROM {membership} WHERE organization_id = ANY (%(ids)s) AND valid @> %(on)s::date",
        {"ids": beneath[code], "on": on},
    )
    return code, beneath[code], row["people"]


def of_the_province(unit: int) -> Any:
    """An account that may read the pay of that province alone; the transaction is rolled back."""
    from canbo.registry.days import since
    from canbo.registry.intake import decision
    from canbo.registry.models import Account, Grant, Source

    account = Account.objects.create(username=f"measuring-{os.getpid()}", label="Measuring")
    source = Source.objects.get(code="register")
    Grant.objects.create(
        account=account, role=Grant.Role.OFFICER, organization_id=unit, valid=since(None), source=source,
        decision=decision(source),
    )  # fmt: skip
    return account


def bare(bodies: list[int], on: date) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE, [on, bodies, on])
        return list(cursor.fetchall())


def measured(reader: Any, act: Callable[[], Any]) -> tuple[float, float, float]:
    """Medians: seconds of the clock, of this process, of the server's process that answers it."""
    from canbo.registry import authority

    rounds = []
    for _turn in range(TURNS + 1):
        with authority.sight(reader):
            server, own, begun = of_the_server(), time.process_time(), time.perf_counter()
            act()
            rounds.append((time.perf_counter() - begun, time.process_time() - own, of_the_server() - server))
    return tuple(statistics.median(each) for each in zip(*rounds[1:], strict=True))  # type: ignore[return-value]


def of_the_server() -> float:
    """Seconds of a processor that the server's process of this connection has worked (Linux; 0 elsewhere)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        worked = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not worked.exists():
        return 0.0
    fields = worked.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())

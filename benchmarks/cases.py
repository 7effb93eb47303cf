"""What a step of a case costs: beside the bare writes of the same rows, and by the clock in a register of any size.

    python benchmarks/cases.py [--writers 8] [--steps 60] [--cases 3] [--home FOLDER] [--write]

Writes: so many processes take steps of cases of their own, each a commit: once in the tables as they are - journal,
constraints, triggers, row-level security - and once the same statements on bare copies without them, in turns of a few,
so that whatever else the machine does falls on both. Steps: whole cases of the longest procedure in the register at
`--home` (a new one where it is not named), documents written out; everything is undone afterwards. `--write` puts the
figures into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

GOAL_TIMES, GOAL_MS = 2.0, 150
ON = date(2026, 9, 1)
TURN = 5  # steps of one kind before the other kind has its turn
COPIES = ("case", "step", "actor")
STATEMENTS = (
    'SELECT id FROM {case} WHERE id = %(case)s FOR UPDATE',
    "INSERT INTO {actor} (case_id, step_id, account_id, person_id, capacity, at, entry_id)"
    " VALUES (%(case)s, %(step)s, %(account)s, %(person)s, 'drafter', now(), %(entry)s)",
    "UPDATE {step} SET state = 'done', outcome = 'done', closed_at = now(), closed_on = %(on)s, entry_id = %(entry)s WHERE id = %(step)s",
    "UPDATE {case} SET turn = turn + 1 WHERE id = %(case)s",
    "INSERT INTO {step} (case_id, turn, name, state, outcome, said, opened_at)"
    " VALUES (%(case)s, %(turn)s, 'request', 'open', '', '{{}}', now()) RETURNING id",
)  # fmt: skip


def begin(home: str) -> None:
    os.environ.update(CANBO_HOME=home, DJANGO_SETTINGS_MODULE="canbo.project.settings")
    import django

    django.setup()


# --- beside the bare writes


def prepare(writers: int) -> list[tuple[int, int, int, int]]:
    """A case for each writer with its first step open, and bare copies of the tables: (case, step, account, person)."""
    from django.core.management import call_command
    from django.db import connections

    from canbo.procedures import cases
    from canbo.registry import authority, intake
    from tests import world as worlds
    from tests.procedures import office as offices

    call_command("migrate", database="owner", verbosity=0)
    from django.conf import settings

    intake.lists(settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK)
    with authority.sight(intake.console()):
        office = offices.build(worlds.build())
        opened = [office.open() for _number in range(writers)]
        found = [(case.pk, cases.current(case).pk, office.drafter.pk, office.drafter.person_id) for case in opened]
    with connections["owner"].cursor() as cursor:
        for name in COPIES:
            cursor.execute(
                f"CREATE TABLE bare_{name} (LIKE procedures_{name} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES)"
            )
            cursor.execute(f"INSERT INTO bare_{name} OVERRIDING SYSTEM VALUE SELECT * FROM procedures_{name}")
            cursor.execute(f"GRANT ALL ON bare_{name} TO canbo_app")
        cursor.execute("SELECT setval(pg_get_serial_sequence('bare_step', 'id'), 1000000)")
    connections.close_all()
    return found


def write(home: str, mine: tuple[int, int, int, int], steps: int, start: Any) -> dict[str, list[float]]:
    """Seconds of each step of one writer, as it is and bare, in turns."""
    begin(home)
    at = {"as it is": (mine[1], 1), "bare": (mine[1], 1)}
    took: dict[str, list[float]] = {"as it is": [], "bare": []}
    from canbo.registry import authority, intake

    reach = authority.reach_of(intake.console())  # asked once, as by a page
    start.wait()
    for number in range(2 * steps):
        kind = ("as it is", "bare")[number // TURN % 2]
        step, turn = at[kind]
        began = time.perf_counter()
        at[kind] = (one(kind, mine, step, turn, reach), turn + 1)
        took[kind].append(time.perf_counter() - began)
    return took


def one(kind: str, mine: tuple[int, int, int, int], step: int, turn: int, reach: Any) -> int:
    """One step taken; the number of the next."""
    from django.db import connection, transaction

    from canbo.journal import entries
    from canbo.registry import authority
    from canbo.registry.models import Account

    real = kind == "as it is"
    given = {"case": mine[0], "step": step, "account": mine[2], "person": mine[3], "on": ON, "turn": turn + 1, "entry": None}
    tables = {name: f"{'procedures' if real else 'bare'}_{name}" for name in COPIES}
    with transaction.atomic():
        if real:
            authority.open_sight(reach)
            told = {"step": "request", "turn": turn, "outcome": "done", "text": ""}
            by = Account(pk=mine[2], label="A")
            given["entry"] = entries.record("case.acted", by=by, about=("procedures.case", mine[0]), on=ON, payload=told).pk
        with connection.cursor() as cursor:
            for statement in STATEMENTS:
                cursor.execute(statement.format(**tables), given)
            return int(cursor.fetchone()[0])


def writes(writers: int, steps: int) -> tuple[float, float, float]:
    """Median seconds of a step as it is and bare with so many writers, and their ratio by the sums."""
    home = tempfile.mkdtemp(prefix="canbo-bench-cases-")
    os.environ["CANBO_HOME"] = home
    try:
        with mp.get_context("spawn").Pool(1) as pool:
            cases = pool.apply(_prepared, (home, writers))
        context = mp.get_context("spawn")
        with context.Manager() as manager, context.Pool(writers) as pool:
            start = manager.Barrier(writers)
            found = pool.starmap(write, [(home, mine, steps, start) for mine in cases])
    finally:
        from canbo.project.database.embedded import Embedded

        database = Embedded(Path(home))
        database.stop(now=True)
        database.remove()
        shutil.rmtree(home, ignore_errors=True)
    real = [each for took in found for each in took["as it is"][TURN:]]
    bare = [each for took in found for each in took["bare"][TURN:]]
    return statistics.median(real), statistics.median(bare), sum(real) / sum(bare)


def _prepared(home: str, writers: int) -> list[tuple[int, int, int, int]]:
    begin(home)
    return prepare(writers)


# --- by the clock


@contextmanager
def clocked(took: dict[str, list[float]]) -> Any:
    """Every service of a case is timed while it runs, without its commit."""
    from canbo.procedures import steps, voting

    services = [(steps, "act"), (steps, "put_names"), (steps, "sign"), (steps, "publish"), (voting, "convene"),
                (voting, "enter_sheet"), (voting, "confirm_sheet")]  # fmt: skip
    kept = [(room, name, getattr(room, name)) for room, name in services]

    def timed(name: str, service: Any) -> Any:
        def call(**asked: Any) -> Any:
            began = time.perf_counter()
            try:
                return service(**asked)
            finally:
                took[name].append(time.perf_counter() - began)

        return call

    for room, name, service in kept:
        setattr(room, name, timed(name, service))
    try:
        yield
    finally:
        for room, name, service in kept:
            setattr(room, name, service)


def by_the_clock(cases: int) -> dict[str, list[float]]:
    """Seconds of each service over whole cases, documents included; the first case warms up and is not counted."""
    from tests.procedures import machine

    took: dict[str, list[float]] = defaultdict(list)
    with machine.stage(papers_too=True) as office:
        for number in range(cases + 1):
            with machine.undone(), clocked(took if number else defaultdict(list)):
                case = office.open(post=office.free)
                office.carry(case, on=ON)
                assert case.state == "decided", case.reason
    return took


def people() -> int:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_person")
        return int(cursor.fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--cases", type=int, default=3)
    parser.add_argument("--home")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    lines = [f"`python benchmarks/cases.py`, {date.today()}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, load average {load:.1f}.", ""]  # fmt: skip
    if asked.steps:
        real, bare, times = writes(asked.writers, asked.steps)
        lines += [f"{asked.writers} writers, a commit each step, {asked.steps} steps each, in turns of {TURN}.", "",
                  "| | ms, median |", "|---|---|", f"| as it is: journal, constraints, row-level security | {real * 1000:.1f} |",
                  f"| the same statements on bare tables | {bare * 1000:.1f} |",
                  f"| times, by the sums (goal {GOAL_TIMES}) | **{times:.2f}** |", ""]  # fmt: skip
    if asked.cases and asked.home:
        begin(asked.home)
        took = by_the_clock(asked.cases)
        lines += [f"Steps in a register of {people():,} people, documents written out, without the commit, {asked.cases} cases.", "",
                  "| | times | ms, median | ms, p95 |", "|---|---|---|---|"]  # fmt: skip
        for name, each in [*took.items(), ("any", [one for group in took.values() for one in group])]:
            p95 = sorted(each)[max(0, int(len(each) * 0.95) - 1)] if len(each) < 20 else statistics.quantiles(each, n=20)[-1]
            lines.append(f"| {name} | {len(each)} | {statistics.median(each) * 1000:.0f} | {p95 * 1000:.0f} |")
        lines += ["", f"Goal: p95 of any step {GOAL_MS} ms."]
    print("\n".join(lines))
    if asked.write:
        import results

        results.put("Steps of cases", "\n".join(lines))


if __name__ == "__main__":
    main()

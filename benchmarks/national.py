"""A country's reform as one scenario: checked, and carried out in one transaction while pages are read.

    python benchmarks/national.py [--people 2500000] [--provinces N] [--home FOLDER] [--rehearse] [--write]

The 63 provinces, 696 districts and 10,035 communes of the day before, each with posts, tasks and people of its own: 500,000
posts in all, each decided on by the unit itself. The lines are those of the reform itself (`reform_lines`); what a unit had goes to the unit that takes over.
`--provinces`: only what becomes the first N provinces. `--home`: a folder that is kept, and filled only once; with `--provinces`
afterwards, so many provinces of the whole country that is there. `--rehearse`:
proposed as usual, which carries it out once more and rolls it back; without it the lines are taken as proposed.

Seconds by the clock, and seconds of a processor that the server spent on it: on a machine that others use as well only the
latter can be compared.

Beside it, in the same run: reading with the driver the memberships that a check need not read any more; and the bare rows, of
one post in twenty: posts, who decides on them, seats and memberships in tables of their own with the same indexes, without a trigger, foreign key
or log, closed and begun again. While the scenario is carried out another connection reads pages, each read once before. All is
rolled back.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]
TITLE = "A country's reform as one scenario"
CHECKED, CARRIED = 30.0, 600.0
POSTS, SEATS = 48, 5
PART = 20
JOBS = ["specialist", "senior-specialist", "officer", "support", "teacher", "doctor", "nurse", "activist"]
FILL = """
    INSERT INTO registry_post (organization_id, job_id, valid, source_id, decision_id)
    SELECT c.organization_id, j.id, '[2015-01-01,)', %(source)s, %(decision)s
    FROM registry_organizationcode c, registry_job j, generate_series(1, %(posts)s / %(jobs)s) n WHERE c.code <> 'centre' AND j.code = ANY (%(named)s);
    INSERT INTO registry_postmanager (post_id, manager_id, valid, source_id, decision_id)
    SELECT p.id, p.organization_id, p.valid, %(source)s, %(decision)s FROM registry_post p;
    INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id)
    SELECT p.id, n, p.valid, %(source)s, %(decision)s FROM registry_post p, generate_series(1, %(seats)s) n;
    INSERT INTO registry_person (identification_number, sex, source_id, decision_id)
    SELECT lpad(n::text, 12, '0'), 'F', %(source)s, %(decision)s FROM generate_series(1, %(people)s) n;
    INSERT INTO registry_personname (person_id, family, given, sort_key, search_key, valid, source_id, decision_id)
    SELECT id, 'N', id::text, '', '', '(,)', %(source)s, %(decision)s FROM registry_person;
    INSERT INTO registry_membership (person_id, post_id, seat, organization_id, category, kind, valid, source_id, decision_id)
    SELECT q.id, s.post_id, s.number, s.organization_id, 2, 5, '[2020-01-01,)', %(source)s, %(decision)s
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM registry_person) q
    JOIN (SELECT s.post_id, s.number, p.organization_id, row_number() OVER (ORDER BY s.number, s.post_id) AS nth
          FROM registry_seat s JOIN registry_post p ON p.id = s.post_id) s USING (nth);
    INSERT INTO registry_remit (task_id, organization_id, valid, source_id, decision_id)
    SELECT t.id, c.organization_id, '[2015-01-01,)', %(source)s, %(decision)s
    FROM registry_organizationcode c JOIN (SELECT id, row_number() OVER (ORDER BY code) AS nth FROM registry_task) t
      ON t.nth %% 5 = length(c.code) %% 5 WHERE c.code <> 'centre';
"""
BARE = """
    SELECT m.id, m.person_id, m.post_id, m.organization_id, m.seat, m.kind, m.valid FROM registry_membership m
    JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id WHERE m.valid @> %s::date
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2_500_000)
    parser.add_argument("--provinces", type=int, default=0)
    parser.add_argument("--home", default="")
    parser.add_argument("--rehearse", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    home = given.home or tempfile.mkdtemp(prefix="canbo-national-")
    os.environ.update(CANBO_HOME=home, DJANGO_SETTINGS_MODULE="canbo.project.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from canbo.project.database.provider import provider

    try:
        call_command("migrate", database="owner", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        begun = time.perf_counter()
        chosen = fill(given.people, given.provinces)
        print(f"filled in {time.perf_counter() - begun:.0f} s", flush=True)
        text, good = measured(chosen, rehearse=given.rehearse)
        print(text)
        if given.write:
            from benchmarks.results import put

            load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
            named = f"`python benchmarks/national.py --people {given.people}`, {date.today().isoformat()}, {os.cpu_count()} cores, load average {load} after."
            put(TITLE, f"{named}\n\n{text}")
        return 0 if good else 1
    finally:
        if not given.home:
            provider().remove()


# ---- the country of the day before


def fill(people: int, provinces: int) -> set[str] | None:
    """The units of the day before with tasks, posts and people, committed by the owner of the tables; the codes of the provinces that are meant."""
    from django.conf import settings

    from canbo.project.world import reform, tasks
    from canbo.registry import authority, intake
    from canbo.registry.models import Account, Decision, Grant, Person, Source

    chosen = set(sorted(code for code in reform.read("after") if "/" not in code)[:provinces]) if provinces else None
    if Person.objects.using("owner").exists():
        return chosen
    intake.lists(settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK)
    console = intake.console()
    with authority.sight(console):
        reform.enter_before(by=console, into=chosen)
        tasks.enter(using="default")
        other, _made = Account.objects.get_or_create(username="second", defaults={"label": "Second"})
        source, decision = Source.objects.first(), Decision.objects.first()
        assert source is not None and decision is not None  # noqa: S101 (they came with the units)
        Grant.objects.create(
            account=other, role="leader", organization=None, valid="[2015-01-01,)", source=source, decision=decision
        )
    told = {
        "source": source.pk,
        "decision": decision.pk,
        "people": people,
        "posts": POSTS,
        "jobs": len(JOBS),
        "named": JOBS,
        "seats": SEATS,
    }
    _pour(told)
    return chosen


def _pour(told: dict[str, Any]) -> None:
    """Run what fills the tables; on a server of our own without the triggers of each row, for what is made here fits together."""
    import psycopg

    from canbo.project.database.provider import urls

    found = urls()
    with psycopg.connect(str(found["superuser"] or found["owner"]), autocommit=True) as connection:
        if found["superuser"]:
            connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for statement in filter(str.strip, FILL.split(";\n")):
            begun = time.perf_counter()
            connection.execute(statement, told)
            connection.execute("ANALYZE")
            print(f"  {statement.split()[2]} {time.perf_counter() - begun:.0f} s", flush=True)


def said(chosen: set[str] | None) -> list[Any]:
    """The lines: those of the reform, and where tasks and posts of each unit that ends go."""
    from canbo.procedures.scenarios.lines import Line
    from canbo.project.world import reform_lines

    found = reform_lines.lines(chosen)
    lines = [Line(kind, row) for kind, each in found.items() for row in each]
    heirs: dict[str, list[str]] = {}
    for row in found["merge"]:
        for code in (*row.get("units", ()), *row.get("parts", ())):
            heirs.setdefault(code, []).append(row["into"]["code"])
    for row in found["dissolve"]:
        heirs.setdefault(row["unit"], row["heirs"][:1])
    for code, receivers in sorted(heirs.items()):  # each part of a divided unit needs the tasks; posts go to the first
        lines += [Line("tasks", {"from": code, "to": heir}) for heir in receivers]
        lines.append(Line("posts", {"from": code, "to": receivers[0]}))
    return lines


# ---- what is measured


def measured(chosen: set[str] | None, *, rehearse: bool) -> tuple[str, bool]:
    """The table of figures, and whether both goals were met."""
    from django.db import transaction

    from canbo.procedures.scenarios import acting
    from canbo.project.world import reform
    from canbo.registry import authority, intake, queries
    from canbo.registry.models import Account, Organization

    console, on, proposing = intake.console(), reform.day(), None
    with authority.sight(console):
        centre = Organization.objects.get(pk=queries.unit("centre", on=on - timedelta(days=1)).id)
        sizes = size()
        scenario = acting.begin(name=f"country-{os.getpid()}", body=centre, on=on, base=on - timedelta(days=1), by=console)
        loading, scenario = clock(lambda: acting.load(scenario=scenario, said=said(chosen), by=console))
        checked, report = clock(lambda: acting.check(scenario=scenario, reader=console))
        assert report.ok, (len(report.blocking), report.as_json()["blocking"][:3])
        reading, _rows = clock(lambda: bare(on))
        print(f"loaded {loading}, checked {checked}, bare read {reading}", flush=True)
        floor = floor_of_part()
        print(f"bare rows, one in {PART} {floor}", flush=True)
        if rehearse:
            proposing, scenario = clock(lambda: acting.propose(scenario=scenario, by=console, reason="to measure"))
        else:
            scenario.state, scenario.digest = acting.State.PROPOSED, acting.digest_of(scenario)
            scenario.save()
        scenario = acting.approve(scenario=scenario, by=Account.objects.get(username="second"))
        count = scenario.lines.count()
    with authority.sight(console), pages_read() as waits:
        carried, scenario = clock(lambda: acting.apply(scenario=scenario, by=console))
        print(f"carried out {carried}", flush=True)
        after = size()
        transaction.set_rollback(True)
    assert after["people"] == sizes["people"], (sizes, after)
    waits.sort()
    floors = PART * floor.spent * after["over"] / sizes["posts"]
    p95 = waits[int(len(waits) * 0.95)] if waits else float("nan")
    lines = [
        _row("everything checked", checked, CHECKED, f"{checked.spent / reading.spent:.1f} times reading the bare memberships ({reading})"),
        *([_row("proposed: checked, carried out and rolled back", proposing)] if proposing else []),
        _row("carried out in one transaction, constraints checked", carried, CARRIED, f"{carried.spent / floors:.1f} times the bare rows ({floors:.0f} s: those of one post in {PART} took {floor.spent:.1f} s)"),
    ]  # fmt: skip
    text = (
        f"{sizes['units']:,} units become {after['units']:,}; {sizes['posts']:,} posts, of which {after['over']:,} go over, {sizes['people']:,} people, {sizes['remits']:,} remits; {count:,} lines.\n\n"
        "| what | seconds | of a processor of the server | goal | | beside, in seconds of a processor |\n|---|---|---|---|---|---|\n"
        + "".join(lines)
        + f"\nWhile it was carried out {len(waits)} pages were read (units, people, the scenarios) by another connection: median {statistics.median(waits) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, longest {waits[-1] * 1000:.0f} ms."
    )
    return text, checked.seconds <= CHECKED and carried.seconds <= CARRIED


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and those of a processor that the server's process spent; not known of a server elsewhere."""

    seconds: float
    spent: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.spent:.1f} s of a processor"


def clock(act: Callable[[], Any]) -> tuple[Took, Any]:
    begun, spent = time.perf_counter(), _spent()
    found = act()
    return Took(time.perf_counter() - begun, _spent() - spent), found


def _spent() -> float:
    """Seconds that the server's process of this connection has had of a processor."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        told = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    try:
        fields = told.read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _row(what: str, took: Took, goal: float | None = None, beside: str = "") -> str:
    met = "" if goal is None else "met" if took.seconds <= goal else "**not met**"
    return f"| {what} | {took.seconds:.1f} | {took.spent:.1f} | {'' if goal is None else f'{goal:.0f}'} | {met} | {beside} |\n"


@contextmanager
def pages_read() -> Iterator[list[float]]:
    """Another thread with a connection of its own that opens pages, half a second between two; how long each took, in seconds."""
    from django.db import connections
    from django.test import Client

    from canbo.registry.models import Account

    second = Account.objects.get(username="second")
    waits: list[float] = []
    ready, over = threading.Event(), threading.Event()

    def read() -> None:
        client = Client(headers={"host": "localhost"})
        client.force_login(second, backend="allauth.account.auth_backends.AuthenticationBackend")
        pages = ("/organizations", "/people", "/scenarios")
        try:
            for page in pages:  # who is first loads the pages' modules
                client.get(page)
            ready.set()
            while not over.is_set():
                for page in pages:
                    begun = time.perf_counter()
                    answer = client.get(page)
                    assert answer.status_code == 200, (page, answer.status_code)
                    waits.append(time.perf_counter() - begun)
                    over.wait(0.5)
        finally:
            ready.set()
            connections.close_all()

    reader = threading.Thread(target=read)
    reader.start()
    ready.wait()
    try:
        yield waits
    finally:
        over.set()
        reader.join()


def size() -> dict[str, int]:
    """Units, posts, people in posts and remits of the day after, and posts that follow another."""
    from django.db import connection

    from canbo.project.world import reform

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM registry_organization WHERE upper_inf(life)) - 1, (SELECT count(*) FROM registry_post WHERE upper_inf(valid)),"
            " (SELECT count(DISTINCT person_id) FROM registry_membership WHERE upper_inf(valid)),"
            " (SELECT count(*) FROM registry_remit WHERE upper_inf(valid)),"
            " (SELECT count(*) FROM registry_post WHERE successor_of_id IS NOT NULL AND upper_inf(valid)), %s::date",
            [reform.day()],
        )
        units, posts, people, remits, over, _day = cursor.fetchone()
    return {"units": units, "posts": posts, "people": people, "remits": remits, "over": over}


_LAID = """
    CREATE TEMPORARY TABLE bare_{0} (LIKE registry_{0} INCLUDING INDEXES INCLUDING DEFAULTS) ON COMMIT DROP;
    INSERT INTO bare_{0} SELECT * FROM registry_{0} WHERE {1} % {2} = 0 AND upper_inf(valid);
    CREATE TEMPORARY TABLE next_{0} ON COMMIT DROP AS SELECT * FROM bare_{0};
    UPDATE next_{0} SET valid = '[2025-07-01,)', id = id + 1000000000{3};
    CREATE TEMPORARY TABLE past_{0} (LIKE registry_{0}_past INCLUDING INDEXES) ON COMMIT DROP
"""
_WRITTEN = """
    INSERT INTO past_{0} SELECT b.*, now() FROM bare_{0} b;
    UPDATE bare_{0} SET valid = daterange(lower(valid), '2025-07-01');
    INSERT INTO bare_{0} SELECT * FROM next_{0}
"""


def floor_of_part() -> Took:
    """The rows of one post in so many written bare: remembered, closed and begun again."""
    from django.db import connection

    follows = ("post_id", ", post_id = post_id + 1000000000")
    tables = {"post": ("id", ""), "postmanager": follows, "seat": follows, "membership": follows}
    with connection.cursor() as cursor:
        for table, (by, also) in tables.items():
            cursor.execute(_LAID.format(table, by, PART, also))
        return clock(lambda: [cursor.execute(_WRITTEN.format(table)) for table in tables])[0]


def bare(on: date) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE, [on - timedelta(days=1)])
        return sum(len(part) for part in iter(lambda: cursor.fetchmany(50_000), []))


if __name__ == "__main__":
    sys.exit(main())

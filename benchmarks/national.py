"""A country's reform as one scenario: checked, and carried out in one transaction while pages are read.

    python benchmarks/national.py [--people 2500000] [--provinces N] [--home FOLDER] [--write]

The 63 provinces, 696 districts and 10,035 communes of the day before, each with posts, tasks and people of its own: 500,000
posts in all. The lines are those of the reform itself (`reform_lines`); what a unit had goes to the unit that takes over.
`--provinces`: only what becomes the first N provinces. `--home`: a folder that is kept, and filled only once.

Beside it, in the same run: reading with the driver the memberships that a check must at least read, and a bare UPDATE of
them all, which is less than the day must write: for each membership one row is closed and another begins. While the scenario
is carried out another connection reads pages. All is rolled back.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]
TITLE = "A country's reform as one scenario"
CHECKED, CARRIED = 30.0, 600.0
POSTS, SEATS = 48, 5
JOBS = ["specialist", "senior-specialist", "officer", "support", "teacher", "doctor", "nurse", "activist"]
FILL = """
    INSERT INTO registry_post (organization_id, job_id, valid, source_id, decision_id)
    SELECT c.organization_id, j.id, '[2015-01-01,)', %(source)s, %(decision)s
    FROM registry_organizationcode c, registry_job j, generate_series(1, %(posts)s / %(jobs)s) n WHERE c.code <> 'centre' AND j.code = ANY (%(named)s);
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
        begun = time.perf_counter()
        chosen = fill(given.people, given.provinces)
        print(f"filled in {time.perf_counter() - begun:.0f} s", flush=True)
        text, good = measured(chosen)
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
    from django.db import connections, transaction

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
    for statement in FILL.split(";\n"):
        if statement.strip():
            with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
                cursor.execute(statement, told)
            with connections["owner"].cursor() as cursor:
                cursor.execute("ANALYZE")
            print(f"  {statement.split()[2]}", flush=True)
    return chosen


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


def measured(chosen: set[str] | None) -> tuple[str, bool]:
    """The table of figures, and whether both goals were met."""
    from django.db import transaction

    from benchmarks.scenario import clock, rewritten
    from canbo.procedures.scenarios import acting
    from canbo.project.world import reform
    from canbo.registry import authority, intake, queries
    from canbo.registry.models import Account, Organization

    console, on = intake.console(), reform.day()
    with authority.sight(console):
        centre = Organization.objects.get(pk=queries.unit("centre", on=on - timedelta(days=1)).id)
        sizes = size()
        scenario = acting.begin(name="country", body=centre, on=on, base=on - timedelta(days=1), by=console)
        loading, scenario = clock(lambda: acting.load(scenario=scenario, said=said(chosen), by=console))
        checked, report = clock(lambda: acting.check(scenario=scenario, reader=console))
        assert report.ok, (len(report.blocking), report.as_json()["blocking"][:3])
        reading = clock(lambda: bare(on))[0]
        print(f"loaded {loading:.1f} s, checked {checked:.1f} s, bare read {reading:.1f} s", flush=True)
        rewriting = clock(rewritten)[0]
        proposing, scenario = clock(lambda: acting.propose(scenario=scenario, by=console, reason="to measure"))
        print(f"bare update {rewriting:.1f} s, proposed {proposing:.1f} s", flush=True)
        scenario = acting.approve(scenario=scenario, by=Account.objects.get(username="second"))
        count = scenario.lines.count()
        transaction.set_rollback(False)
    with authority.sight(console), pages_read() as waits:
        carried, scenario = clock(lambda: acting.apply(scenario=scenario, by=console))
        after = size()
        transaction.set_rollback(True)
    assert after["people"] == sizes["people"], (sizes, after)
    waits.sort()
    p95 = waits[int(len(waits) * 0.95)] if waits else float("nan")
    text = (
        f"{sizes['units']:,} units become {after['units']:,}; {sizes['posts']:,} posts, {sizes['people']:,} people, {sizes['remits']:,} remits; {count:,} lines.\n\n"
        "| what | seconds | goal | | beside |\n|---|---|---|---|---|\n"
        f"| everything checked | {checked:.1f} | {CHECKED:.0f} | {'met' if checked <= CHECKED else '**not met**'} | {checked / reading:.1f} times reading the bare memberships ({reading:.1f} s) |\n"
        f"| proposed: checked, carried out and rolled back | {proposing:.1f} | | | |\n"
        f"| carried out in one transaction, constraints checked | {carried:.1f} | {CARRIED:.0f} | {'met' if carried <= CARRIED else '**not met**'} | {carried / rewriting:.1f} times one bare UPDATE of the memberships ({rewriting:.1f} s) |\n\n"
        f"While it was carried out {len(waits)} pages were read (a unit, its staff, the scenarios) by another connection: median {statistics.median(waits) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, longest {waits[-1] * 1000:.0f} ms."
    )
    return text, checked <= CHECKED and carried <= CARRIED


@contextmanager
def pages_read() -> Iterator[list[float]]:
    """Another thread with a connection of its own that opens pages, half a second between two; how long each took, in seconds."""
    from django.db import connections
    from django.test import Client

    from canbo.registry.models import Account

    second = Account.objects.get(username="second")
    waits: list[float] = []
    over = threading.Event()

    def read() -> None:
        client = Client(headers={"host": "localhost"})
        client.force_login(second, backend="django.contrib.auth.backends.ModelBackend")
        while not over.is_set():
            for page in ("/organizations/", "/people/", "/scenarios/"):
                begun = time.perf_counter()
                answer = client.get(page)
                assert answer.status_code == 200, (page, answer.status_code)
                waits.append(time.perf_counter() - begun)
                over.wait(0.5)
        connections.close_all()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield waits
    finally:
        over.set()
        reader.join()


def size() -> dict[str, int]:
    """Units, posts, people in posts and remits of the day after."""
    from django.db import connection

    from canbo.project.world import reform

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM registry_organization WHERE upper_inf(life)) - 1, (SELECT count(*) FROM registry_post WHERE upper_inf(valid)),"
            " (SELECT count(DISTINCT person_id) FROM registry_membership WHERE upper_inf(valid)),"
            " (SELECT count(*) FROM registry_remit WHERE upper_inf(valid)), %s::date",
            [reform.day()],
        )
        units, posts, people, remits, _day = cursor.fetchone()
    return {"units": units, "posts": posts, "people": people, "remits": remits}


def bare(on: date) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(BARE, [on - timedelta(days=1)])
        return sum(len(part) for part in iter(lambda: cursor.fetchmany(50_000), []))


if __name__ == "__main__":
    sys.exit(main())

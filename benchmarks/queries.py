"""How fast the register answers: staff of an office, a commune's subtree, counts, one person's history.

    .venv/bin/python benchmarks/queries.py [--repeat 200] [--rebuild]

Runs on whatever world is loaded, warm, and prints p50 and p95 beside a limit measured in the same run: the same
rows or columns read raw, without any of canbo's work. A ratio says how far from the possible an answer is; it
means the same on any machine, which milliseconds do not.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")

ON = date(2025, 10, 7)


@dataclass(frozen=True)
class Timed:
    """Milliseconds: half of the runs were faster than p50, all but one in twenty faster than p95, none faster than least."""

    least: float
    p50: float
    p95: float


def timed(work: Callable[[Any], Any], arguments: list[Any]) -> Timed:
    """Time `work` once for each argument, after one round that warms up."""
    for argument in arguments[: max(3, len(arguments) // 10)]:
        work(argument)
    taken = []
    for argument in arguments:
        begun = time.perf_counter()
        work(argument)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return Timed(taken[0], taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.95))])


def row(name: str, size: str, goal: float | None, answer: Timed, limit: Timed, what: str) -> None:
    met = "" if goal is None else ("met" if answer.p95 <= goal else "MISSED")
    aim = "" if goal is None else f"{goal:g}"
    print(
        f"| {name} | {size} | {answer.least:.1f} | {answer.p50:.1f} | {answer.p95:.1f} | {aim} | {met} | {limit.p50:.1f} | "
        f"{answer.p50 / max(limit.p50, 1e-6):.1f} | {what} |"
    )


@dataclass(frozen=True)
class Sample:
    """What is asked about: ids of offices with staff, commune units, provinces, the top, and persons."""

    offices: list[int]
    communes: list[int]
    provinces: list[int]
    top: int
    people: list[int]


def sample(count: int) -> Sample:
    """A random sample of the world, the same in each run."""
    from canbo.registry.asking import rows

    def ids(sql: str) -> list[int]:
        return [found["id"] for found in rows(sql, {"on": ON})]

    chance = random.Random(1)  # noqa: S311

    def some(found: list[int]) -> list[int]:
        return [chance.choice(found) for _ in range(count)] if found else []

    units = (
        "SELECT s.organization_id AS id FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id"
        " WHERE s.valid @> %(on)s AND k.structure = 'unit' AND k.level = "
    )
    staffed = [
        found["id"]
        for found in rows("SELECT organization_id AS id FROM {membership} WHERE valid @> %(on)s GROUP BY 1", {"on": ON})
    ]
    provinces = ids(units + "1")
    from canbo.registry.queries import subtree

    held = set(staffed)
    full = sorted(provinces, key=lambda unit: -len(held & set(subtree(unit, on=ON))))[:5]
    people = ids("SELECT person_id AS id FROM {membership} WHERE valid @> %(on)s ORDER BY id LIMIT 100000")
    return Sample(some(staffed), some(ids(units + "3")), full, ids(units + "0")[0], some(people))


def staff_of_offices(chosen: Sample) -> None:
    from django.db import connection

    from canbo.registry import people
    from canbo.registry.asking import rows

    def raw(office: int) -> None:
        rows("SELECT * FROM {membership} WHERE organization_id = %(id)s", {"id": office})

    answer = timed(lambda office: people.staff([office], on=ON, limit=1000), chosen.offices)
    size = (
        f"{sum(len(people.staff([o], on=ON, limit=1000)) for o in chosen.offices[:50]) / min(50, len(chosen.offices)):.0f} people"
    )
    row("staff of an office on a day", size, 10, answer, timed(raw, chosen.offices), "its membership rows of all days, unjoined")
    assert connection.in_atomic_block


def subtree_of_communes(chosen: Sample) -> None:
    from canbo.registry import people, queries
    from canbo.registry.asking import rows

    def ask(commune: int) -> list[Any]:
        return people.staff(queries.subtree(commune, on=ON), on=ON, limit=1000)

    bodies = {commune: queries.subtree(commune, on=ON) for commune in set(chosen.communes)}

    def raw(commune: int) -> None:
        rows("SELECT * FROM {membership} WHERE organization_id = ANY (%(ids)s)", {"ids": bodies[commune]})

    answer = timed(ask, chosen.communes)
    size = f"{sum(len(ask(c)) for c in chosen.communes[:50]) / min(50, len(chosen.communes)):.0f} people"
    row(
        "staff of a commune and all beneath",
        size,
        50,
        answer,
        timed(raw, chosen.communes),
        "its membership rows of all days, unjoined",
    )


def history_of_people(chosen: Sample) -> None:
    from canbo.registry import people
    from canbo.registry.asking import rows

    def raw(person: int) -> None:
        rows("SELECT * FROM {membership} WHERE person_id = %(id)s", {"id": person})

    row(
        "one person's career",
        "",
        10,
        timed(people.career, chosen.people),
        timed(raw, chosen.people),
        "the person's membership rows",
    )
    row(
        "one person's whole file", "", None, timed(lambda person: people.file(person, on=ON), chosen.people),
        timed(raw, chosen.people), "the person's membership rows",
    )  # fmt: skip


def counts_of(name: str, units: list[int], goal: float, repeat: int) -> None:
    """Counts by sex, age and degree, subtree included, against a pass over the same columns."""
    import numpy as np

    from canbo.registry.queries import subtree
    from canbo.reports import counts, snapshot

    def ask(unit: int) -> counts.Table:
        return counts.count(subtree(unit, on=ON), on=ON)

    size = f"{ask(units[0]).people:,} people"
    asked = [units[index % len(units)] for index in range(repeat)]
    answer = timed(ask, asked)
    columns = snapshot.current()
    if columns is None:
        ids = {unit: subtree(unit, on=ON) for unit in units}
        from canbo.registry.asking import rows

        def scan(unit: int) -> None:
            rows(
                "SELECT sum(person_id) FROM {membership} WHERE organization_id = ANY (%(ids)s) AND valid @> %(on)s",
                {"ids": ids[unit], "on": ON},
            )

        row(name, size, goal, answer, timed(scan, asked[:10]), "its memberships of the day summed in SQL (no columns packed)")
        return
    share = max(ask(unit).people for unit in units) / max(1, len(columns.people))
    rows_read = int(len(columns.person) * min(1.0, share))
    people_read = int(len(columns.people) * min(1.0, share))

    def scan_columns(_unit: int) -> None:
        for column, length in ((columns.person, rows_read), (columns.since, rows_read), (columns.until, rows_read),
                               (columns.sex, people_read), (columns.birth, people_read)):  # fmt: skip
            np.add.reduce(column[:length], dtype=np.int64)
        for level in range(len(columns.degree_since)):
            np.add.reduce(columns.degree_since[level][:people_read], dtype=np.int64)
            np.add.reduce(columns.degree_until[level][:people_read], dtype=np.int64)

    row(name, size, goal, answer, timed(scan_columns, asked), "as many values of the same columns, summed")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast the register answers.")
    parser.add_argument("--repeat", type=int, default=200, help="how often each small question is asked")
    parser.add_argument("--rebuild", action="store_true", help="pack the columns for counting first")
    given = parser.parse_args()
    import django

    django.setup()
    from django.utils import translation

    from canbo.registry import authority, intake
    from canbo.registry.asking import rows
    from canbo.reports import snapshot

    translation.activate("en")
    if given.rebuild:
        begun = time.perf_counter()
        built = snapshot.build()
        print(f"Packed {built.memberships:,} memberships, {built.bytes / 1e6:.0f} MB, in {time.perf_counter() - begun:.1f} s.\n")
    with authority.sight(intake.console()):
        held = rows("SELECT count(*) AS n FROM {membership}")[0]["n"]
        people = rows("SELECT count(*) AS n FROM {person}")[0]["n"]
        print(
            f"{people:,} people, {held:,} memberships, on {ON}, {os.cpu_count()} processors. Milliseconds; load average {os.getloadavg()[0]:.1f}.\n"
        )
        if not held:
            sys.exit("The register holds nobody: load a world first, such as `canbo world --people 20000 --seed 1`.")
        print("| question | size | least | p50 | p95 | goal | | limit p50 | ratio | the limit is |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        chosen = sample(given.repeat)
        staff_of_offices(chosen)
        subtree_of_communes(chosen)
        history_of_people(chosen)
        counts_of("a province by sex, age, degree", chosen.provinces, 300, max(10, given.repeat // 5))
        counts_of("the country by sex, age, degree", [chosen.top], 1000, max(10, given.repeat // 10))


if __name__ == "__main__":
    main()

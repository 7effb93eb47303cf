"""Who goes where, asked from a register: inside a scenario, in a round of rotation, in chains of vacancies.

    .venv/bin/python benchmarks/placement_register.py [--people 2000] [--communes 300] [--limit 60] [--write]

A register of its own. Inside a scenario: communes of 100 people merge in pairs, all their posts end, and as many seats as there
are people begin anew in the heirs. Rotation: the chair of each commune is native to its ground and has to move. Chains: in
each commune one of two seats of vice chair is vacant; chairs, vice chairs and specialists of ten bodies may fill them and leave
what they held. Asked: from the register and the articles to the problem; solved: to the placement with its bound. Beside it the
bound of the linear program over all pairs and rows, and, all rows left out, SciPy's `linear_sum_assignment` on the dense table.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]
ON, TITLE, DENSE = date(2026, 3, 1), "Placement asked from a register", 30_000_000
LINEAR = 500_000  # of more pairs the linear program is left out: it takes longer than all else
TODAY = date(2026, 11, 2)
LEADERS = """
    INSERT INTO registry_area (code, name, traits, latitude, longitude)
    SELECT c.code, c.code, '[]', 10 + c.id %% 97 / 10.0, 105 + c.id %% 89 / 10.0 FROM registry_organizationcode c WHERE c.code LIKE 'R/%%';
    UPDATE registry_organization o SET area_id = a.id FROM registry_organizationcode c, registry_area a
    WHERE c.organization_id = o.id AND a.code = c.code AND c.code LIKE 'R/%%';
    INSERT INTO registry_post (organization_id, job_id, valid, source_id, decision_id)
    SELECT c.organization_id, j.id, '[2015-01-01,)', %(source)s, %(decision)s FROM registry_organizationcode c, registry_job j
    WHERE c.code LIKE 'R/%%' AND j.code IN ('commune-chair', 'commune-vice-chair', 'specialist');
    INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id)
    SELECT p.id, n, p.valid, %(source)s, %(decision)s FROM registry_post p JOIN registry_organizationcode c USING (organization_id)
    JOIN registry_job j ON j.id = p.job_id, generate_series(1, 2) n
    WHERE c.code LIKE 'R/%%' AND (n = 1 OR j.code <> 'commune-chair');
    INSERT INTO registry_person (identification_number, sex, birth_on, birth_precision, native_area_id, source_id, decision_id)
    SELECT lpad((500000000 + s.id)::text, 12, '0'), 'M', date '1975-01-01' + (s.id %% 4000)::int, 'D',
           CASE WHEN j.code = 'commune-chair' THEN o.area_id END, %(source)s, %(decision)s
    FROM registry_seat s JOIN registry_post p ON p.id = s.post_id JOIN registry_job j ON j.id = p.job_id
    JOIN registry_organization o ON o.id = p.organization_id JOIN registry_organizationcode c ON c.organization_id = o.id
    WHERE c.code LIKE 'R/%%' AND (s.number = 1 OR j.code = 'specialist');
    INSERT INTO registry_personname (person_id, family, given, sort_key, search_key, valid, source_id, decision_id)
    SELECT q.id, 'N', q.id::text, '', '', '(,)', %(source)s, %(decision)s FROM registry_person q
    WHERE q.identification_number >= '000500000000';
    INSERT INTO registry_membership (person_id, post_id, seat, organization_id, category, kind, valid, source_id, decision_id)
    SELECT q.id, s.post_id, s.number, p.organization_id, 2, 5, '[2020-01-01,)', %(source)s, %(decision)s
    FROM registry_person q JOIN registry_seat s ON q.identification_number = lpad((500000000 + s.id)::text, 12, '0')
    JOIN registry_post p ON p.id = s.post_id;
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, action="append", help="placed inside a scenario")
    parser.add_argument("--communes", type=int, action="append", help="whose chairs rotate, and where a vice chair is vacant")
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    lines = []
    for people in given.people or ([] if given.communes else [2_000]):
        lines += asked_apart("scenario", people, given.limit)
    for communes in given.communes or ([] if given.people else [300]):
        lines += asked_apart("leaders", communes, given.limit)
    text = (
        "Seconds of the processor, in brackets by the clock; worth in points. Gap: of the bound to the worth. The linear program"
        " is that over all pairs and rows (HiGHS); `linear_sum_assignment` is of the dense table with all rows left out.\n\n"
        "| asked | people | seats | pairs | asked, s | solved, s | gap | our bound to that of the linear program | assignment alone: SciPy's seconds to ours, its worth to ours | load average |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n" + "\n".join(lines)
    )
    print(text)
    if given.write:
        from benchmarks.results import put

        put(TITLE, f"`benchmarks/placement_register.py`, {date.today().isoformat()}, 2 cores\n\n{text}")
    return 0


def asked_apart(what: str, size: int, limit: float) -> list[str]:
    """One size in a process and a register of its own."""
    import subprocess

    with tempfile.TemporaryDirectory(prefix="canbo-placement-") as home:
        code = f"from benchmarks import placement_register as b; b.one({what!r}, {size}, {limit})"
        told = subprocess.run(
            [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
            env={**os.environ, "CANBO_HOME": home, "DJANGO_SETTINGS_MODULE": "canbo.project.settings"},
        )  # fmt: skip
    print(told.stdout, flush=True)
    return [line for line in told.stdout.splitlines() if line.startswith("| ")]


def one(what: str, size: int, limit: float) -> None:
    """Fill the register, ask, solve, print the lines of the table."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction

    from canbo.project.database.provider import provider
    from canbo.registry import authority, intake

    try:
        call_command("migrate", database="owner", verbosity=0)
        intake.lists(settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK)
        if what == "scenario":
            from benchmarks.scenario import fill

            fill(size)
        else:
            fill_leaders(size)
        with authority.sight(intake.console()):
            for name, ask in questions(what, size):
                print(measured(name, ask, limit), flush=True)
            transaction.set_rollback(True)
    finally:
        provider().remove()


def questions(what: str, size: int) -> list[tuple[str, Callable[[], Any]]]:
    from canbo.procedures import chains, placing, rotating
    from canbo.registry import intake
    from canbo.registry.models import Organization

    console = intake.console()
    if what == "scenario":
        scenario = merging(size)
        return [("inside a scenario", lambda: placing.ask(scenario=scenario, by=console, lot="measured"))]
    body = Organization.objects.get(codes__code="R")
    many = chains.bounds(moves=size, longest=2)
    return [
        ("a round of rotation", lambda: rotating.ask(body=body, by=console, on=TODAY)),
        ("chains of vacancies", lambda: chains.ask(body=body, by=console, on=TODAY, within=many)),
    ]


def merging(people: int) -> Any:
    """A scenario in which communes merge in pairs, every post ends, and as many seats begin anew."""
    from canbo.procedures.scenarios import acting
    from canbo.procedures.scenarios.lines import Line
    from canbo.registry import intake
    from canbo.registry.models import Organization

    console = intake.console()
    said = []
    for n in range(0, people // 100, 2):
        into = {"code": f"P/{n}-{n + 1}", "name": {"en": f"Commune {n} and {n + 1}"}, "kind": "commune", "parent": "P"}
        said.append(Line("merge", {"units": [f"P/{n}", f"P/{n + 1}"], "into": into}))
        for code in (f"P/{n}", f"P/{n + 1}"):
            said.append(Line("tasks", {"from": code, "to": into["code"]}))
            said += [Line("posts", {"from": code, "job": job, "end": True}) for job in ("specialist", "officer")]
        said += [Line("posts", {"unit": into["code"], "job": job, "seats": 100}) for job in ("specialist", "officer")]
    province = Organization.objects.get(codes__code="P")
    scenario = acting.begin(name="measured", body=province, on=ON, base=ON, by=console)
    return acting.load(scenario=scenario, said=said, by=console)


def fill_leaders(communes: int) -> None:
    """A province of so many communes with a chair, two seats of vice chairs of which one is held, and two specialists."""
    from django.db import connections, transaction

    from canbo.registry import authority, intake
    from canbo.registry.changes import Outcome, take_in
    from canbo.registry.models import Source

    console = intake.console()
    with authority.sight(console):
        source, _made = Source.objects.get_or_create(code="measured", defaults={"title": "To measure", "invented": True})
        decision = intake.decision(source)
        outcomes = [Outcome("R", {"en": "Province"}, "province", None)]
        outcomes += [Outcome(f"R/{n}", {"en": f"Commune {n}"}, "commune", "R") for n in range(communes)]
        take_in(outcomes, decision=decision, source=source, by=console, key="measured", valid_from=date(2015, 1, 1))
    given = {"source": source.pk, "decision": decision.pk}
    for statement in LEADERS.split(";\n"):
        if statement.strip():
            with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
                cursor.execute(statement, given)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def measured(name: str, ask: Callable[[], Any], limit: float) -> str:
    from benchmarks.placement import linear_bound
    from canbo.modelling.placement.rows import model
    from canbo.modelling.placement.solve import solve

    load = os.getloadavg()[0]
    asking, found = clocked(ask)
    made = model(found.problem)
    solving, solved = clocked(lambda: solve(made, limit))
    assert solved.chosen is not None and made.worth(solved.chosen) == solved.worth, "what must hold is broken"
    gap = (solved.bound - solved.worth) / max(1, abs(solved.worth))
    linear = f"{solved.bound / linear_bound(made)[0]:.6f}" if len(made.value) <= LINEAR else "–"
    seats = int(made.seats.sum())
    assignment = against_scipy(made) if len(made.people) * seats <= DENSE else "–"
    return (
        f"| {name} | {len(made.people):,} | {seats:,} | {len(made.value):,} | {asking} | {solving} | **{gap:.3%}** | "
        f"{linear} | {assignment} | {load:.1f} |"
    )


def against_scipy(made: Any) -> str:
    """Assignment alone, rows left out, a column for each seat: SciPy's seconds to those of the flow, its worth to ours."""
    import numpy as np
    from scipy import optimize

    from canbo.modelling.placement.flow import assign, chosen

    free = replace(made, rows=())
    begun = time.process_time()
    ours = float(free.value @ chosen(free, assign(free, free.value)))
    flow = time.process_time() - begun
    worth = np.zeros((len(made.people), len(made.posts)))
    np.maximum.at(worth, (made.person, made.post), made.value.astype(float))
    worth = np.repeat(worth, made.seats, axis=1)
    begun = time.process_time()
    theirs = float(worth[optimize.linear_sum_assignment(worth, maximize=True)].sum())
    return f"{(time.process_time() - begun) / flow:.1f}, {theirs / ours:.9f}"


def clocked(act: Callable[[], Any]) -> tuple[str, Any]:
    """What an act gives, and its seconds: of this process and of the server's, in brackets by the clock."""
    from benchmarks.steps_due import of_the_server

    worked, server, begun = time.process_time(), of_the_server(), time.perf_counter()
    found = act()
    took = time.perf_counter() - begun
    return f"{time.process_time() - worked + of_the_server() - server:.1f} ({took:.1f})", found


if __name__ == "__main__":
    sys.exit(main())

"""How long the path of deputies takes for the whole country: all communes, their departments, provinces, month by month.

    .venv/bin/python benchmarks/deputies.py [--write]

Runs on whatever world is loaded. Beside it the same rows read with the driver alone, which nobody can go below; and the
caps counted without asking the articles anything, which shows what asking them costs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
GOAL, TURNS = 10.0, 3
TITLE = "Deputies of the whole country"
BARE = """
    SELECT m.organization_id, lower(m.valid), upper(m.valid), j.term_months, w.sex, w.birth_on, w.birth_precision
    FROM registry_membership m JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id
    JOIN registry_person w ON w.id = m.person_id WHERE j.standing = 'deputy' AND m.valid @> %s::date
"""


def main() -> int:
    import django

    django.setup()
    from django.db import connection

    from benchmarks.results import put
    from benchmarks.steps_due import of_the_server
    from canbo.registry import authority, intake, queries
    from canbo.reports import caps, deputies

    on, to = date.today(), date(2030, 12, 31)
    caps.law()
    load = os.getloadavg()[0]

    def bare() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(BARE, [on])
            return list(cursor.fetchall())

    def whole() -> dict[str, Any]:
        return deputies.to_dict(deputies.path_of(top, on=on, to=to), "en")

    with authority.sight(intake.console()):
        top = queries.children(None, on=on)[0]["code"]
        begun, asked = time.process_time(), of_the_server()
        first, told = clock(whole)
        begun, asked = time.process_time() - begun, of_the_server() - asked
        busy, server = time.process_time(), of_the_server()
        whole()
        busy, server = time.process_time() - busy, of_the_server() - server
        pairs = [(clock(whole)[0], clock(bare)[0]) for _turn in range(TURNS)]
        found = deputies.path_of(top, on=on, to=to)
        serving = len(bare())
    ours, floor = min(one for one, _other in pairs), min(other for _one, other in pairs)
    communes = sum(len(group.bodies) for group in found.groups if group.word == "commune_committee")
    text = (
        f"{communes:,} communes, {sum(len(group.bodies) for group in found.groups):,} bodies in {len(found.groups):,} sets, "
        f"{serving:,} deputies, {len(found.path)} months, {len(told['needed'])} days of the law.\n\n"
        f"| what | seconds |\n|---|---|\n| first time, each cap asked of the articles | {first:.2f} |\n"
        f"| of these, on the processor outside the database | {begun:.2f} |\n| of the server's process on the processor | {asked:.2f} |\n"
        f"| again (least of {TURNS}) | {ours:.2f} |\n| of these, on the processor outside the database | {busy:.2f} |\n| of the server's process on the processor, its two helpers left out | {server:.2f} |\n| the rows of deputies alone, with the driver | {floor:.2f} |\n\n"
        f"{ours / floor:.1f} times what reading the rows alone takes; goal {GOAL:.0f} s. Load average {load:.1f} before, {os.getloadavg()[0]:.1f} after."
    )
    print(text)
    if "--write" in sys.argv:
        put(TITLE, f"`benchmarks/deputies.py`, {on.isoformat()}\n\n{text}")
    return 0 if first <= GOAL else 1


def clock(act: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    found = act()
    return time.perf_counter() - begun, found


if __name__ == "__main__":
    sys.exit(main())

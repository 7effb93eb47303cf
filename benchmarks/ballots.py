"""How long a vote with anonymous tokens takes: 2,000 voters convened, present, given ballots, cast, closed, counted.

    python benchmarks/ballots.py [--voters 2000] [--workers 4] [--write]

Everything is as in a real vote, with keys of 3,072 bits and the real tables: each voter is marked present, blinds for two
bodies, has both sign, unblinds, casts; each step is a commit of its own. Voters come in as many at a time as there are
workers; what their devices do (blinding, unblinding, checking) is done here too and timed apart, since in a vote every
voter brings a device. The random wait of devices is left out. `--write` puts the figures into benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

GOAL = 120
BODIES = (7, 8)
OPTIONS = [{"id": name, "label": name.title()} for name in ("an", "binh", "chi", "dung")]


class Clerk:
    pk = 5
    label = "Office"


def begin(home: str) -> None:
    os.environ.update(CANBO_HOME=home, DJANGO_SETTINGS_MODULE="canbo.project.settings")
    import django

    django.setup()


def vote_of(number: int, voters: list[int]) -> tuple[list[float], list[float], float]:
    """These voters one after the other; seconds of each signature, of each casting, and of all their devices."""
    from canbo.ballots import device, elections
    from canbo.ballots.models import Election

    terms = json.loads(Election.objects.get(pk=number).terms)
    signing, casting, at_devices = [], [], 0.0
    for voter in voters:
        elections.mark_present(election=number, voter=voter, by=Clerk)
        started = time.perf_counter()
        mine = device.Vote(terms, {OPTIONS[voter % 4]["id"]: "yes"} if voter % 20 else {})
        at_devices += time.perf_counter() - started
        for body in BODIES:
            started = time.perf_counter()
            blinded = mine.blinded(body)
            asked = time.perf_counter()
            signature = elections.issue(election=number, voter=voter, issuer=body, blinded=blinded, by=Clerk)
            answered = time.perf_counter()
            mine.finish(body, signature)
            at_devices += asked - started + time.perf_counter() - answered
            signing.append(answered - asked)
        started = time.perf_counter()
        elections.cast(election=number, **mine.ballot())
        casting.append(time.perf_counter() - started)
    return signing, casting, at_devices


def held(voters: int, workers: int) -> dict[str, float]:
    """Hold the vote; seconds of each part."""
    from django.db import connections
    from django.utils import timezone

    from canbo.ballots import elections, recount

    times: dict[str, float] = {}
    began = at = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal at
        times[name], at = time.perf_counter() - at, time.perf_counter()

    roll = [(1000 + number, BODIES[0]) for number in range(voters)]
    now = timezone.now()
    number = elections.prepare(
        about="benchmark", title="Benchmark", options=OPTIONS, choose={"kind": "one"}, tier="T1", roll=roll, issuers=BODIES,
        opens=now, closes=now + timedelta(hours=4), by=Clerk,
    ).pk  # fmt: skip
    elections.open(election=number, by=Clerk)
    lap("prepared and opened")
    connections.close_all()
    with mp.get_context("spawn").Pool(workers, begin, [os.environ["CANBO_HOME"]]) as pool:
        pool.map(abs, range(workers))  # whoever serves is running before the vote opens
        at = time.perf_counter()
        parts = pool.starmap(vote_of, [(number, [1000 + n for n in range(w, voters, workers * 5)]) for w in range(workers * 5)])
    lap("present, signed twice, cast")
    elections.close(election=number, by=Clerk)
    lap("closed: opened, counted, counted again, written")
    count = elections.count(election=number)
    file = elections.ballots_file(election=number)
    lap("count and file read again")
    assert count.collected == count.issued == count.present == voters, count
    again = recount.recount(json.loads(file))
    assert again["ok"] and again["count"]["valid"] == count.valid
    lap("recount.py")
    signing, casting = [s for part in parts for s in part[0]], [s for part in parts for s in part[1]]
    times["whole"] = sum(times.values())
    times["of it the voters' devices (CPU of this machine, over all workers)"] = sum(part[2] for part in parts)
    times["one signature, median"], times["one signature, p95"] = (
        statistics.median(signing),
        statistics.quantiles(signing, n=20)[-1],
    )
    times["one casting, median"], times["one casting, p95"] = statistics.median(casting), statistics.quantiles(casting, n=20)[-1]
    times["megabytes of the file"] = len(file) / 1e6
    assert began < at
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voters", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    home = tempfile.mkdtemp(prefix="canbo-bench-")
    begin(home)
    from django.core.management import call_command

    from canbo.project.database.provider import provider

    load = os.getloadavg()[0]
    try:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        times = held(asked.voters, asked.workers)
    finally:
        from django.db import connections

        connections.close_all()
        provider().remove()
        shutil.rmtree(home, ignore_errors=True)
    rows = "\n".join(f"| {name} | {value:,.3f} |" for name, value in times.items())
    text = f"""`python benchmarks/ballots.py --voters {asked.voters} --workers {asked.workers}`, {date.today()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, load average {load:.1f} before, {os.getloadavg()[0]:.1f} after. Keys of 3,072 bits; the random wait of devices is left out.

| part | seconds |
|---|---|
{rows}

| target | wanted | found |
|---|---|---|
| T1 vote of {asked.voters:,} voters opened, cast, closed, counted, seconds | ≤ {GOAL} for 2,000 | **{times["whole"]:.0f}** |"""
    print(text)
    if asked.write:
        import results

        results.put("Ballots", text)


if __name__ == "__main__":
    main()

"""Ten thousand plays of cases, each replayable by its number; and writers of cases that are killed in the middle.

`CANBO_PLAYS=FROM:TO` plays some of the numbers: several processes with databases of their own share the work.
The file is also the program of a writer: `python -m tests.soak.test_case_machine_soak DATABASE DIARY SEED`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.soak
KILLS = 20
STAGE = 200  # plays upon one office, in one transaction
# What is between before and after, in all cases at once; every line must be empty.
BETWEEN = """
SELECT 'two open steps', case_id FROM procedures_step WHERE closed_at IS NULL GROUP BY case_id HAVING count(*) > 1
UNION ALL SELECT 'turn is not the number of steps', c.id FROM procedures_case c WHERE c.version <> ''
   AND c.turn <> (SELECT count(*) FROM procedures_step s WHERE s.case_id = c.id)
UNION ALL SELECT 'a running case without a step', c.id FROM procedures_case c WHERE c.state IN ('open', 'incomplete') AND c.version <> ''
   AND NOT EXISTS (SELECT FROM procedures_step s WHERE s.case_id = c.id AND s.closed_at IS NULL)
UNION ALL SELECT 'a step without its entry', s.case_id FROM procedures_step s WHERE s.state = 'done' AND s.entry_id IS NULL
UNION ALL SELECT 'an act without its actor', e.about_id::bigint FROM journal_entry e
   WHERE e.act IN ('case.acted', 'case.named', 'case.signed', 'case.published', 'case.convened')
   AND NOT EXISTS (SELECT FROM procedures_actor a WHERE a.entry_id = e.id)
UNION ALL SELECT 'a case without its opening', c.id FROM procedures_case c WHERE c.version <> '' AND c.entry_id IS NULL
UNION ALL SELECT 'effective without a ruling in effect', c.id FROM procedures_case c WHERE c.state = 'effective'
   AND NOT EXISTS (SELECT FROM procedures_ruling r WHERE r.case_id = c.id AND r.state IN ('effective', 'lapsed'))
"""


def test_ten_thousand_plays_keep_every_invariant(django_db_setup: None, django_db_blocker: Any) -> None:
    from tests.procedures import machine

    first, last = (int(each) for each in os.environ.get("CANBO_PLAYS", "0:10000").split(":"))
    ended: Counter[str] = Counter()
    began = time.monotonic()
    for start in range(first, last, STAGE):  # nothing is cleaned away while a transaction lasts: a new one, before it is slow
        with django_db_blocker.unblock(), machine.stage() as office:
            for seed in range(start, min(start + STAGE, last)):
                try:
                    ended[machine.played(office, seed).case.state] += 1
                except BaseException as problem:
                    raise AssertionError(f"play {seed} broke: play it again with CANBO_PLAY={seed}") from problem
        print(f"{sum(ended.values())} plays in {time.monotonic() - began:.0f} s: {dict(ended)}", flush=True)
    assert sum(ended.values()) == last - first


def test_a_killed_writer_leaves_every_case_before_or_after_its_step(own_register: str, tmp_path: Path) -> None:
    """What was acknowledged is there once, what was not is there whole or not at all, and the key of a lost answer is good."""
    from django.db import connections

    from canbo.registry import authority, intake
    from tests import world as worlds
    from tests.procedures import office as offices

    with authority.sight(intake.console()):
        offices.build(worlds.build())
    diary, chance = tmp_path / "diary", random.Random(5)
    environment = {**os.environ, "CANBO_DEBUG": "0", "CANBO_DEMO": "1", "PYTHONPATH": str(ROOT)}
    for number in range(KILLS + 1):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.test_case_machine_soak", own_register, str(diary), str(number)], cwd=ROOT,
            env=environment,
        )  # fmt: skip
        lines, until = _lines(diary), time.monotonic() + 120
        while len(_lines(diary)) < len(lines) + 4 and time.monotonic() < until:
            time.sleep(0.05)
        assert writer.poll() is None, "the writer ended by itself"
        time.sleep(chance.uniform(0, 0.5))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        with connections["owner"].cursor() as cursor:
            cursor.execute(BETWEEN)
            assert cursor.fetchall() == [], (number, _lines(diary)[-3:])
            cursor.execute("SELECT key FROM journal_entry WHERE key IS NOT NULL")
            kept = Counter(row[0] for row in cursor.fetchall())
        done = [line["done"] for line in _lines(diary) if "done" in line]
        assert [key for key in done if kept[key] != 1] == [], "acknowledged, and not there once"
    assert len(done) > KILLS
    print(f"{KILLS + 1} kills; {len(done)} steps acknowledged; lost 0, doubled 0, partial 0")


def _lines(diary: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in diary.read_text().splitlines() if line.endswith("}")] if diary.exists() else []


def write(database: str, diary: Path, seed: int) -> None:
    """Carry cases on until somebody kills the process; first the step whose answer was lost, with its key."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "canbo.project.settings"
    import django

    django.setup()
    from django.db import connections

    from canbo.procedures import cases, steps
    from canbo.procedures.models import Case
    from canbo.registry import authority, intake
    from canbo.registry.models import Account, Post

    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = database

    def say(**line: str) -> None:
        with diary.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def by(role: str) -> Account:
        return Account.objects.filter(person__names__given=role).get()

    with authority.sight(intake.console()):
        post = Post.objects.get(organization__codes__code="P/1.executive", job__code="commune-vice-chair")
        drafter, manager = by("Người soạn"), by("Cho chủ trương")
    told = _lines(diary)
    done = {line["done"] for line in told if "done" in line}
    lost = [line for line in told if "does" in line and line["does"] not in done]
    for number in range(10_000):
        with authority.sight(intake.console()):
            if number == 0 and lost:
                deed = lost[-1]
            else:
                waits = Case.objects.filter(procedure="appointment-on-site", state="open", turn__lt=3).order_by("pk").first()
                opens = waits is None or number % 3 == 0
                deed = {
                    "does": f"{seed}-{number}",
                    "case": "" if opens else str(waits.pk),
                    "turn": "" if opens else str(waits.turn),
                }
        say(**deed)
        with authority.sight(intake.console()):
            if not deed["case"]:
                cases.open_case(procedure="appointment-on-site", post=post, by=drafter, on=_ON, key=deed["does"])
            else:
                case = Case.objects.get(pk=int(deed["case"]))
                steps.act(case=case, by=drafter if deed["turn"] == "1" else manager, on=_ON, key=deed["does"])
        say(done=deed["does"])


if __name__ == "__main__":
    from datetime import date

    _ON = date(2026, 9, 1)
    write(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))

"""The processes of the kill test: one prepares a register, some act upon it until they are killed, one looks at it.

    python -m tests.soak.worker prepare COMMUNES PEOPLE
    python -m tests.soak.worker act DIARY SEED
    python -m tests.soak.worker look DIARIES

An actor writes into its diary, which lies outside the database: the act it is about to do, with its key, and after
the database has acknowledged the commit, that it is done. Whoever comes after a killed actor first does the last act
of its diary again, with the same key.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, InterfaceError, connection, connections, transaction  # noqa: E402

from canbo.journal import keys, sealing, verification  # noqa: E402
from canbo.journal.models import Entry  # noqa: E402
from canbo.procedures import appointment  # noqa: E402
from canbo.project.connections import as_django  # noqa: E402
from canbo.project.database.provider import provider  # noqa: E402
from canbo.registry import authority, changes, entering, intake  # noqa: E402
from canbo.registry.changes import Change, EventKind, Outcome, Part, Plan, PlanRefused, take_in  # noqa: E402
from canbo.registry.days import since  # noqa: E402
from canbo.registry.models import (  # noqa: E402
    Decision,
    Job,
    Membership,
    Organization,
    OrganizationCode,
    Person,
    PersonName,
    Post,
    Remit,
    SalaryStep,
    Seat,
    Source,
    Task,
)
from tests.registry import invariants  # noqa: E402

FOUNDED, HIRED, LATER = date(2015, 1, 1), date(2020, 1, 1), date(2090, 1, 1)
PROVINCE = "P"


# --- prepare --------------------------------------------------------------------------------------------------------


def prepare(communes: int, people: int) -> None:
    """A province with communes, each with posts, free seats, a remit and people; committed in one transaction."""
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    intake.lists(settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK)
    with authority.sight(intake.console()):
        source, _ = Source.objects.get_or_create(code="kills", defaults={"title": "A register to be killed", "invented": True})
        mark = {"source": source, "decision": intake.decision(source)}
        outcomes = [Outcome(PROVINCE, {"en": "Province"}, "province", None)]
        outcomes += [Outcome(f"P/{n}", {"en": f"Commune {n}"}, "commune", PROVINCE) for n in range(communes)]
        ids = take_in(outcomes, by=intake.console(), key="prepared", valid_from=FOUNDED, **mark)
        task = Task.objects.create(code="land", names={"en": "Land"}, field="land")
        job, number = Job.objects.get(code="specialist"), 0
        for code, organization in ids.items():
            if code == PROVINCE:
                continue
            Remit.objects.create(task=task, organization_id=organization, valid=since(FOUNDED), **mark)
            post = Post.objects.create(organization_id=organization, job=job, valid=since(FOUNDED), **mark)
            Seat.objects.bulk_create(
                [Seat(post=post, number=seat, valid=since(FOUNDED), **mark) for seat in range(1, people + 2)]
            )
            for seat in range(1, people + 1):
                number += 1
                person = Person.objects.create(
                    identification_number=f"{number:012d}", sex="F", birth_on=date(1985, 1, 1), birth_precision="D", **mark
                )
                PersonName.objects.create(
                    person=person, family="N", given=str(number), sort_key="", search_key="", valid=since(None), **mark
                )
                Membership.objects.create(
                    person=person,
                    post=post,
                    seat=seat,
                    organization_id=organization,
                    category=2,
                    kind=2,
                    valid=since(HIRED),
                    **mark,
                )
    keys.signer()


# --- act ------------------------------------------------------------------------------------------------------------


class Diary:
    """What an actor was about to do, and what it knows to be done; lines of JSON, on the disk before the act."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[dict[str, Any]] = read(path)

    def write(self, **line: Any) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.lines.append(line)

    def unfinished(self) -> dict[str, Any] | None:
        """The last act, unless it was acknowledged or refused."""
        return self.lines[-1] if self.lines and "does" in self.lines[-1] else None


def read(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a diary; the last one may have been cut off by a kill."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


@contextmanager
def seeing() -> Iterator[None]:
    with authority.sight(intake.console()):
        yield


def act(path: Path, seed: int) -> None:
    """Act until killed, or until told by a closed input to stop."""
    diary, chance = Diary(path), random.Random(f"{seed} {path} {time.time()}")
    sealer = sealing.Sealer(every=0.2, checkpoint_every=2.0).start()
    while not (path.parent / "stop").exists():
        if (path.parent / "hold").exists():  # somebody looks
            time.sleep(0.01)
            continue
        line = diary.unfinished()
        if line is None:
            line = persistently(lambda: draw(chance, f"{path.stem}:{len(diary.lines)}"))
            diary.write(**line)
        try:
            persistently(lambda line=line: carry(line))  # type: ignore[misc]
            diary.write(done=line["does"], key=line["key"])
        except PlanRefused as refusal:  # another actor was quicker with one of the units
            diary.write(refused=str(refusal), key=line["key"])
    sealer.stop()


def persistently(call: Callable[[], Any]) -> Any:
    """The call, again and again until the database answers; it is started where it has died."""
    while True:
        try:
            return call()
        except (InterfaceError, DatabaseError) as problem:
            if not is_a_loss(problem):
                raise
            reconnect()


def is_a_loss(problem: Exception) -> bool:
    """Whether the connection was lost or two acts locked each other out: what one tries again."""
    code = getattr(problem.__cause__, "sqlstate", None)
    return code is None or code[:2] in {"08", "57", "40"} or code == "55P03"


def reconnect() -> None:
    connections.close_all()
    time.sleep(0.05)
    urls = provider().ensure_running()
    for alias, url in (("default", urls.app), ("owner", urls.owner)):
        connections[alias].settings_dict.update(PORT=as_django(url)["PORT"])


def draw(chance: random.Random, key: str) -> dict[str, Any]:
    """An act, drawn upon what stands in the register now."""
    kind = chance.choice(["merge", "split", "enter", "enter", "nominate"])
    with seeing():
        units = list(
            Organization.objects.filter(life__endswith__isnull=True, codes__code__startswith="P/")
            .order_by("pk")
            .values_list("pk", "life")
            .distinct()
        )
        if kind == "merge" and len(units) < 6 or kind == "split" and len(units) > 60:
            kind = "split" if kind == "merge" else "merge"
        if kind in ("merge", "split"):
            chosen = chance.sample(units, 2 if kind == "merge" else 1)
            on = max(life.lower for _pk, life in chosen) + timedelta(days=chance.randrange(1, 4))
            return {"does": kind, "key": key, "units": [pk for pk, _life in chosen], "on": max(on, date(2025, 1, 1)).isoformat()}
        person = chance.choice(list(Person.objects.order_by("pk").values_list("pk", flat=True)))
        if kind == "enter":
            return {"does": kind, "key": key, "person": person, "step": chance.randrange(1, 13)}
        post = chance.choice(list(Post.objects.filter(valid__endswith__isnull=True).order_by("pk").values_list("pk", flat=True)))
        return {"does": kind, "key": key, "person": person, "post": post}


def carry(line: dict[str, Any]) -> None:
    """Do an act of the diary through the doors of the register."""
    with seeing():
        console, source = intake.console(), Source.objects.get(code="kills")
        word: dict[str, Any] = {
            "decision": Decision.objects.get(number="intake/kills"),
            "source": source,
            "by": console,
            "key": line["key"],
        }
        if line["does"] == "merge":
            changes.merge(line["units"], into=new_unit(line["key"]), on=date.fromisoformat(line["on"]), **word)
        elif line["does"] == "split":
            parts = (Part(line["units"][0], whole=False),)
            halves = [Change(EventKind.SPLIT, parts, (new_unit(f"{line['key']}.{half}"),)) for half in "ab"]
            plan = Plan(date.fromisoformat(line["on"]), word["decision"], source, halves)
            changes.carry_out(plan, by=console, key=line["key"])
        elif line["does"] == "enter":
            person = Person.objects.get(pk=line["person"])
            entering.enter(SalaryStep, **word, person=person, scale="A1", step=line["step"], coefficient=2, valid=since(HIRED))
        else:
            appointment.nominate(
                person=Person.objects.get(pk=line["person"]),
                post=Post.objects.get(pk=line["post"]),
                by=console,
                on=date(2026, 3, 2),
                key=line["key"],
            )


def new_unit(key: str) -> Outcome:
    return Outcome(f"P/{key}", {"en": f"Commune {key}"}, "commune", PROVINCE)


# --- look -----------------------------------------------------------------------------------------------------------


def look(diaries: Path) -> None:
    """For each line of input, look at the register and say as one line of JSON what is wrong."""
    for asked in sys.stdin:
        print(json.dumps(persistently(lambda asked=asked: found(diaries, seal="seal" in asked))), flush=True)  # type: ignore[misc]
        connections.close_all()


def found(diaries: Path, *, seal: bool) -> dict[str, Any]:
    """What is wrong in one moment of the register, and how much there is."""
    if seal:
        sealing.seal()
    lines = [line for path in sorted(diaries.glob("*.diary")) for line in read(path)]  # before the moment is taken
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        authority.open_sight(authority.reach_of(intake.console()))
        report = compared(lines)
        verified = verification.verify(key=keys.known_key())
    report["journal"] = {
        "ok": verified.ok,
        "entries": verified.entries,
        "unsealed": verified.unsealed,
        "problem": verified.problem,
    }
    if not verified.ok:
        report["wrong"]["the journal does not verify"] = verified.problem
    return report


#: Acts of the journal and the rows that each must have written: exactly so many, in the same commit.
EFFECTS = {
    "organization.changed": "SELECT entry_id FROM registry_changeevent",
    "salarystep.entered": "SELECT entry_id FROM registry_salarystep",
    "appointment.nominated": "SELECT entry_id FROM procedures_case",
}
ACTS = {
    "merge": "organization.changed",
    "split": "organization.changed",
    "enter": "salarystep.entered",
    "nominate": "appointment.nominated",
}


def compared(lines: list[dict[str, Any]]) -> dict[str, Any]:
    wrong: dict[str, Any] = dict(invariants.wrong())
    recorded = {entry.key: entry for entry in Entry.objects.filter(act__in=EFFECTS)}
    tried = {line["key"]: line for line in lines if "does" in line}
    done = {line["key"] for line in lines if "done" in line}
    refused = {line["key"] for line in lines if "refused" in line}
    wrong["acknowledged and lost"] = sorted(done - set(recorded))
    wrong["refused and yet there"] = sorted(refused & set(recorded))
    wrong["there under another act"] = sorted(
        k for k in recorded.keys() & tried.keys() if recorded[k].act != ACTS[tried[k]["does"]]
    )
    with connection.cursor() as cursor:
        for act_, sql in EFFECTS.items():
            cursor.execute(
                f"SELECT e.id, count(x.entry_id) FROM journal_entry e LEFT JOIN ({sql}) x ON x.entry_id = e.id WHERE e.act = %s GROUP BY 1",
                [act_],
            )
            rows = dict(cursor.fetchall())
            splits = {recorded[key].pk for key, line in tried.items() if line["does"] == "split" and key in recorded}
            wrong[f"{act_}: not once what it says"] = sorted(
                pk for pk, times in rows.items() if times != (2 if pk in splits else 1)
            )
            cursor.execute(
                f"SELECT count(*) FROM ({sql}) x WHERE x.entry_id IS NULL OR x.entry_id NOT IN (SELECT id FROM journal_entry WHERE act = %s)",
                [act_],
            )
            wrong[f"{act_}: without its entry"] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM registry_person p WHERE (SELECT count(*) FROM registry_membership m WHERE m.person_id = p.id AND m.valid @> %s::date) <> 1",
            [LATER],
        )
        wrong["serves not exactly once"] = cursor.fetchone()[0]
    wrong["codes borne twice"] = (
        len(dict(OrganizationCode.objects.values_list("code", "organization_id"))) - OrganizationCode.objects.count()
    )
    counts = {kind: sum(1 for key in done if tried.get(key, {}).get("does") == kind) for kind in ACTS}
    return {
        "wrong": {what: which for what, which in wrong.items() if which},
        "done": counts,
        "tried": len(tried),
        "recorded": len(recorded),
    }


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(int(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1] == "act":
        act(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        look(Path(sys.argv[2]))

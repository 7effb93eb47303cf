"""What the tests of reorganisations share: a populated pair of communes, short plans, and a look at who serves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import OperationalError, connection, connections

from canbo.registry import authority, changes
from canbo.registry.changes import Carried, Change, EventKind, Outcome, Part, Plan
from canbo.registry.days import since
from canbo.registry.models import Decision, Membership, Organization, Remit, Task
from tests.registry import invariants
from tests.world import FOUNDED, World

ON = date(2026, 1, 1)
EVE = date(2025, 12, 31)


def outcome(code: str, *, kind: str = "commune", parent: str | None = "P", name: str = "", **fields: Any) -> Outcome:
    return Outcome(code, {"en": name or f"Unit {code}"}, kind, parent, **fields)


def part(world: World, code: str, **fields: Any) -> Part:
    return Part(world.organizations[code].pk, **fields)


def parts(world: World, *codes: str) -> tuple[Part, ...]:
    return tuple(part(world, code) for code in codes)


def carry_out(world: World, *plan: Change, on: date = ON, key: str = "act", by: Any = None) -> Carried:
    """Carry the changes out as the console, and have every constraint checked as at commit."""
    carried = changes.carry_out(Plan(on, world.decision, world.source, plan), by=by or world.console, key=key)
    settled()
    return carried


def merge(world: World, *codes: str, into: Outcome, on: date = ON, key: str = "act") -> Carried:
    return carry_out(world, Change(EventKind.MERGE, parts(world, *codes), (into,)), on=on, key=key)


def settled() -> None:
    """Every deferred constraint is checked as at commit, and every invariant holds."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert invariants.wrong() == {}


def populate(world: World) -> dict[str, Any]:
    """Posts with people and free seats, remits alone and shared, and facts already known for later days."""
    made: dict[str, Any] = {"people": []}
    for code, job, seats in (
        ("P/1", "commune-secretary", 1), ("P/1", "specialist", 3), ("P/2", "commune-secretary", 1),
        ("P/2", "specialist", 2), ("P/1.executive", "commune-chair", 1), ("P/2.executive", "commune-chair", 1),
    ):  # fmt: skip
        post = world.post(code, job, seats=seats)
        made[f"{code}:{job}"] = post
        for seat in range(1, max(seats, 2)):  # the last of several seats stays free
            person = world.person(f"{code} {seat}")
            made["people"].append(person)
            world.serve(person, post, seat=seat)
    for task, owners in (("land", ["P/1"]), ("water", ["P/1", "P/2"]), ("roads", ["P/2"])):
        row = Task.objects.create(code=task, names={"en": task}, field="field")
        for owner in owners:
            Remit.objects.create(task=row, organization=world.organizations[owner], valid=since(FOUNDED), **world.mark)
    made["managed"] = world.post("P.party", "specialist")
    world.manage(made["managed"], "P/1")
    return made


def serving(on: date) -> dict[int, list[tuple[str, int]]]:
    """Person -> (job, seat) of every place held on the day."""
    found: dict[int, list[tuple[str, int]]] = {}
    for person, job, seat in Membership.objects.filter(valid__contains=on).values_list("person_id", "post__job__code", "seat"):
        found.setdefault(person, []).append((job, seat))
    return {person: sorted(places) for person, places in found.items()}


def seats(on: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_seat WHERE valid @> %s::date", [on])
        return int(cursor.fetchone()[0])


def tasks(organization: Organization | int, on: date) -> set[str]:
    pk = organization if isinstance(organization, int) else organization.pk
    return set(Remit.objects.filter(organization_id=pk, valid__contains=on).values_list("task__code", flat=True))


def beneath(organization: Organization | int, on: date) -> set[int]:
    pk = organization if isinstance(organization, int) else organization.pk
    return set(Organization.objects.filter(parents__parent_id=pk, parents__valid__contains=on).values_list("pk", flat=True))


def another_decision(number: str) -> Decision:
    return Decision.objects.create(kind="decision", number=number, issuer="test")


def lifetimes(organizations: Iterable[Organization]) -> list[tuple[date | None, date | None]]:
    rows = Organization.objects.in_bulk([each.pk for each in organizations])
    return [(rows[each.pk].life.lower, rows[each.pk].life.upper) for each in organizations]


def as_console(world: World, act: Callable[[], Any]) -> Callable[[], Any]:
    """The act in a transaction of its own that sees everything."""

    def call() -> Any:
        with authority.sight(world.console):
            return act()

    return call


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What calls return or raise, each in a thread and on a connection of its own, started together."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[place] = call()
        except Exception as problem:  # handed over to the test
            results[place] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Broken(OperationalError):
    """The statement that was made to fail, as the loss of the server would."""


@contextmanager
def failing_at(number: int, *, after: bool = False) -> Iterator[list[str]]:
    """Make the n-th statement fail, before it reaches the database or after it was done; gives the statements run.

    What ends a transaction is not counted among the second: after it, the act is done.
    """
    run: list[str] = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if after and str(sql).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return execute(sql, params, many, context)
        run.append(str(sql))
        if len(run) == number and not after:
            raise Broken(str(sql))
        result = execute(sql, params, many, context)
        if len(run) == number:
            raise Broken(str(sql))
        return result

    with connection.execute_wrapper(wrapper):
        yield run

"""What the tests of scenarios share: a populated province, two accounts who decide, and a look at the register on a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection

from canbo.procedures import placing
from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, lines, suggesting
from canbo.registry.days import since as days
from canbo.registry.models import Account, Task
from tests.procedures import case_trials
from tests.registry import acts
from tests.world import World

__all__ = ["days"]
ON = date(2026, 3, 1)
LATER = date(2026, 6, 1)
MERGER = """
merge:
  - units: [P/1, P/2]
    into: {code: P/9, name: {en: Commune nine, vi: Xã chín}, kind: commune, parent: P}
"""
ALL = """
tasks:
  - {from: P/1, to: P/9}
  - {from: P/2, to: P/9}
posts:
  - {from: P/1, to: P/9}
  - {from: P/2, to: P/9}
"""
ENDING = "  - {from: P/1, job: specialist, end: yes}\n"


def begun(world: World, text: str, *, name: str = "a", on: date = ON, body: str = "P", by: Account | None = None) -> Scenario:
    """A scenario with the lines of a text."""
    by = by or owner(world)
    scenario = acting.begin(name=name, body=world.organizations[body], on=on, by=by, base=min(on, date(2026, 2, 1)))
    return acting.load(scenario=scenario, said=lines.read(text), by=by)


def owner(world: World) -> Account:
    return account(world, "drafter", "registrar")


def second(world: World) -> Account:
    return account(world, "chair", "leader")


def account(world: World, name: str, role: str, over: str | None = None) -> Account:
    found = Account.objects.filter(username=name).first()
    return found or world.account(name, role, over)


def approved(world: World, scenario: Scenario) -> Scenario:
    scenario = acting.propose(scenario=scenario, by=owner(world), reason="so that it is simpler")
    return acting.approve(scenario=scenario, by=second(world), number=f"1/{scenario.name}", issuer="P")


def carried(world: World, text: str, **asked: Any) -> Scenario:
    """A scenario worked out, decided and carried out."""
    scenario = acting.apply(scenario=approved(world, begun(world, text, **asked)), by=world.console)
    settled()
    return scenario


def settled() -> None:
    """Every deferred constraint is checked as at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def problems(scenario: Scenario, world: World) -> set[str]:
    return {each.kind for each in acting.check(scenario=scenario, reader=world.console).blocking}


def _asked(sql: str, day: date) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"on": day})
        return sorted(cursor.fetchall(), key=str)


def units(day: date) -> list[tuple[Any, ...]]:
    """Code, name, kind and code of the parent of every body."""
    return _asked(
        """
        SELECT c.code, n.name::text, s.kind_id, pc.code FROM registry_organizationcode c
        JOIN registry_organizationname n ON n.organization_id = c.organization_id AND n.valid @> %(on)s::date
        JOIN registry_organizationstatus s ON s.organization_id = c.organization_id AND s.valid @> %(on)s::date
        LEFT JOIN registry_organizationparent p ON p.organization_id = c.organization_id AND p.valid @> %(on)s::date
        LEFT JOIN registry_organizationcode pc ON pc.organization_id = p.parent_id AND pc.valid @> %(on)s::date
        WHERE c.valid @> %(on)s::date""",
        day,
    )


def remits(day: date) -> list[tuple[Any, ...]]:
    """Task and code of its owner."""
    return _asked(
        "SELECT t.code, c.code FROM registry_remit r JOIN registry_task t ON t.id = r.task_id JOIN registry_organizationcode c"
        " ON c.organization_id = r.organization_id AND c.valid @> %(on)s::date WHERE r.valid @> %(on)s::date",
        day,
    )


def serving(day: date) -> list[tuple[Any, ...]]:
    """Person, code of the body, job."""
    return _asked(
        "SELECT m.person_id, c.code, j.code FROM registry_membership m JOIN registry_post p ON p.id = m.post_id"
        " JOIN registry_job j ON j.id = p.job_id JOIN registry_organizationcode c ON c.organization_id = m.organization_id"
        " AND c.valid @> %(on)s::date WHERE m.valid @> %(on)s::date",
        day,
    )


def seats(day: date) -> list[tuple[Any, ...]]:
    """Code of the body, job, how many seats."""
    return _asked(
        "SELECT c.code, j.code, count(*) FROM registry_seat s JOIN registry_post p ON p.id = s.post_id JOIN registry_job j"
        " ON j.id = p.job_id JOIN registry_organizationcode c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date"
        " WHERE s.valid @> %(on)s::date GROUP BY 1, 2",
        day,
    )


def deciding(day: date) -> list[tuple[Any, ...]]:
    """Code of the body, job, and code of the body that decides on the post."""
    return _asked(
        "SELECT c.code, j.code, coalesce(mc.code, 'one that ended'), count(*) FROM registry_postmanager g"
        " JOIN registry_post p ON p.id = g.post_id AND p.valid @> %(on)s::date JOIN registry_job j ON j.id = p.job_id"
        " JOIN registry_organizationcode c ON c.organization_id = p.organization_id AND c.valid @> %(on)s::date"
        " LEFT JOIN registry_organizationcode mc ON mc.organization_id = g.manager_id AND mc.valid @> %(on)s::date"
        " WHERE g.valid @> %(on)s::date GROUP BY 1, 2, 3",
        day,
    )


def picture(day: date) -> list[list[tuple[Any, ...]]]:
    return [units(day), remits(day), serving(day), seats(day), deciding(day)]


def populated(world: World) -> dict[str, Any]:
    found = acts.populate(world)
    settled()
    return found


def trials(world: World) -> dict[str, case_trials.Trial]:
    """For each service of scenarios: the acts that must stand in the journal, and a call that does them."""
    if not Task.objects.filter(code="land").exists():  # another room of trials may have populated this world
        populated(world)
    by, boss = owner(world), second(world)

    def one(act: str, who: Account, do: Callable[[], Any], *more: str) -> case_trials.Trial:
        return case_trials.Trial((f"scenario.{act}", *more), who, do)

    first, draft, again = (
        begun(world, MERGER, name="first"),
        begun(world, MERGER + ALL, name="draft"),
        begun(world, MERGER + ALL, name="again"),
    )
    waits = acting.propose(scenario=again, by=by, reason="why")
    ready = approved(world, begun(world, MERGER + ALL, name="ready"))
    staff, fewer = account(world, "personnel", "officer"), begun(world, MERGER + ALL + ENDING, name="fewer")
    figures = ("organization.changed", "scenario.carried_out_in_figures")
    lines_of = lines.read(ALL)
    return {
        "acting.begin": one("begun", by, lambda: acting.begin(name="new", body=world.organizations["P"], on=ON, base=ON, by=by)),
        "acting.load": one("lines_changed", by, lambda: acting.load(scenario=first, said=lines_of, by=by)),
        "acting.remove": one("lines_changed", by, lambda: acting.remove(scenario=first, places=[1], by=by)),
        "acting.propose": one("proposed", by, lambda: acting.propose(scenario=draft, by=by, reason="why")),
        "acting.approve": one("approved", boss, lambda: acting.approve(scenario=waits, by=boss)),
        "acting.turn_down": one("turned_down", boss, lambda: acting.turn_down(scenario=waits, by=boss, reason="no")),
        "acting.apply": one("carried_out", by, lambda: acting.apply(scenario=ready, by=by), *figures),
        "acting.undo": _undone(world, by, ready),
        "placing.ask": case_trials.Trial(("placement.read",), staff, lambda: placing.ask(scenario=fewer, by=staff)),
        "placing.accept": case_trials.Trial(
            ("placement.read", "scenario.lines_changed", "scenario.placement_accepted"),
            staff,
            lambda: placing.accept(scenario=fewer, assignment={}, told={}, by=staff),
        ),
        "suggesting.accept": one("lines_changed", by, lambda: suggesting.accept(scenario=first, rule="bodies", by=by)),
    }


def _undone(world: World, by: Account, ready: Scenario) -> case_trials.Trial:
    acts = ("scenario.carried_out", "organization.changed", "scenario.carried_out_in_figures")
    back = ("scenario.undone", "organization.changed", "scenario.undone_in_figures")

    def do() -> None:
        acting.undo(scenario=acting.apply(scenario=ready, by=by), by=by, on=LATER)

    return case_trials.Trial((*acts, *back), by, do)

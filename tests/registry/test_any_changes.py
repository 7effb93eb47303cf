"""Any sequence of reorganisations, sensible or not: refused, or carried out with nobody and nothing lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from canbo.registry import changes, constraints
from canbo.registry.changes import Change, EventKind, Outcome, Part, Plan, PlanRefused
from canbo.registry.days import since
from canbo.registry.models import Organization, OrganizationCode, OrganizationParent, Post, Remit, Seat, Task
from tests.registry import acts, invariants
from tests.world import FOUNDED, World

START = date(2026, 1, 1)
KINDS = ["merge", "split", "dissolve", "rename", "move", "found", "give", "divide between two"]
# What a plan that was not refused by itself may still be refused by, and nothing else.
BY_THE_DATABASE = {"organization_not_in_circle", "parent_within_organization"}

numbers = st.integers(0, 10**6)
steps = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(KINDS), "days": st.integers(-40, 60), "units": st.lists(numbers, min_size=3, max_size=3),
         "parent": st.none() | numbers, "heir": numbers, "same_code": st.booleans(), "arrival": st.none() | st.integers(-200, 200)}
    ), min_size=1, max_size=5,
)  # fmt: skip


def living(on: date) -> dict[int, str]:
    rows = OrganizationCode.objects.filter(valid__contains=on - timedelta(days=1)).order_by("organization_id")
    return dict(rows.values_list("organization_id", "code"))


def chosen(units: dict[int, str], numbers: list[int]) -> list[int]:
    """Different units, by numbers drawn from anywhere."""
    ids = sorted(units)
    return list(dict.fromkeys(ids[number % len(ids)] for number in numbers))


def planned(world: World, step: dict[str, Any], on: date, units: dict[int, str], place: int) -> Plan:
    """A plan from drawn numbers. Nothing keeps it from being foolish."""
    ids = chosen(units, step["units"])
    first, second = ids[0], ids[-1]
    parent = None if step["parent"] is None else units[sorted(units)[step["parent"] % len(units)]]
    heir = units[sorted(units)[step["heir"] % len(units)]]
    code = units[first] if step["same_code"] else f"N{place}"

    def out(name: str, **fields: Any) -> Outcome:
        return Outcome(name, {"en": name}, "commune", parent, **fields)

    def share(organization: int, *, ends: bool = True) -> Part:
        return Part(organization, whole=False, ends=ends)

    built = {
        "merge": lambda: [Change(EventKind.MERGE, tuple(map(Part, ids)), (out(code),))],
        "split": lambda: [Change(EventKind.SPLIT, (share(first),), (out(f"N{place}a"),)), Change(EventKind.SPLIT, (share(first),), (out(f"N{place}b"),))],
        "dissolve": lambda: [Change(EventKind.DISSOLVE, (Part(first),), heirs=(heir,))],
        "rename": lambda: [Change(EventKind.RENAME, (Part(first),), (out(code, continues=first),))],
        "move": lambda: [Change(EventKind.MOVE, (Part(first),), (out(units[first], continues=first),))],
        "found": lambda: [Change(EventKind.FOUND, (), (out(f"N{place}"),))],
        "give": lambda: [Change(EventKind.SPLIT, (share(first, ends=False),), (out(f"N{place}"),))],
        "divide between two": lambda: [Change(EventKind.SPLIT, (share(first),), (out(f"N{place}"),)), Change(EventKind.MERGE, (share(first), Part(second)), (out(code),))],
    }  # fmt: skip
    return Plan(on, world.decision, world.source, built[step["kind"]]())


def picture(days: list[date]) -> list[Any]:
    """Who serves as what in which seat, how many seats there are, and which tasks are somebody's, on each day."""
    return [
        (acts.serving(day), acts.seats(day), set(Remit.objects.filter(valid__contains=day).values_list("task__code", flat=True)))
        for day in days
    ]


def managed(world: World, made: dict[str, Any]) -> None:
    """Bodies that may end decide on posts, one of them until another does, and one on a post of its own."""
    turn = date(2026, 1, 20)
    for post, by in (("P/1:specialist", "P/2"), ("P/2:commune-secretary", "P/1.party"), ("P/1.executive:commune-chair", "P/1")):
        world.manage(made[post], by)
    world.manage(made["P/2:specialist"], "P/1.executive", valid=since(FOUNDED, turn))
    world.manage(made["P/2:specialist"], "P/2", valid=since(turn))


def deciding(days: list[date]) -> dict[date, dict[int, int]]:
    """On each day the body that decides on each post; of a post that follows another, by the number of the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE line (id, first) AS (SELECT id, id FROM registry_post WHERE successor_of_id IS NULL UNION ALL"
            " SELECT p.id, l.first FROM line l JOIN registry_post p ON p.successor_of_id = l.id)"
            " SELECT d, l.first, m.manager_id FROM unnest(%s::date[]) AS d, registry_postmanager m JOIN line l ON l.id = m.post_id"
            " WHERE m.valid @> d",
            [days],
        )
        found: dict[date, dict[int, int]] = {day: {} for day in days}
        for day, post, manager in cursor.fetchall():
            assert post not in found[day], "two bodies decide on one post"
            found[day][post] = manager
    return found


def goes_on_deciding(plan: Plan, before: dict[date, dict[int, int]]) -> None:
    """Who decided until the day still did; from the day on whoever ended decides no more, and the others do."""
    ending = plan.ending()
    for day, now in deciding(list(before)).items():
        if day < plan.on:
            assert now == before[day]
            continue
        assert now.keys() == before[day].keys()
        assert not ending & set(now.values())
        assert all(now[post] == body for post, body in before[day].items() if body not in ending)


def housed(on: date) -> set[int]:
    """Bodies that stand beneath another on the day."""
    return set(OrganizationParent.objects.filter(valid__contains=on).values_list("organization_id", flat=True))


def arrive(world: World, day: date, on: date, place: int) -> None:
    """Somebody comes to a post of some living unit on a day before or after the next reorganisation."""
    post = Post.objects.filter(valid__contains=on, valid__endswith__isnull=True).order_by("pk").last()
    if post is None:
        return
    number, days = 50 + place, since(max(day, post.valid.lower))
    Seat.objects.create(post=post, number=number, valid=days, **world.mark)
    world.serve(world.person(), post, seat=number, valid=days)


COMMON: dict[str, Any] = {
    "deadline": None, "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}  # fmt: skip


@given(steps)
@settings(max_examples=50, derandomize=True, **COMMON)
def test_after_any_sequence_of_acts_nothing_is_lost_doubled_or_left_behind(world: World, plan: list[dict[str, Any]]) -> None:
    sequence(world, plan)


@pytest.mark.soak
@given(steps)
@settings(max_examples=600, **COMMON)
def test_after_any_of_very_many_sequences_nothing_is_lost(world: World, plan: list[dict[str, Any]]) -> None:
    sequence(world, plan)


def sequence(world: World, plan: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        managed(world, acts.populate(world))
        task = Task.objects.create(code="later", names={"en": "later"}, field="field")
        Remit.objects.create(
            task=task, organization=world.organizations["P/1.executive"], valid=since(date(2026, 2, 10)), **world.mark
        )
        world.serve(world.person(), world.post("P/2", "officer", valid=since(date(2026, 2, 20))), valid=since(date(2026, 3, 1)))
        acts.settled()
        on = START
        for place, step in enumerate(plan):
            on += timedelta(days=step["days"])
            if step["arrival"] is not None:
                arrive(world, on + timedelta(days=step["arrival"]), on, place)
                acts.settled()
            one_act(world, planned(world, step, on, living(on), place), place)
        transaction.set_rollback(True)


def one_act(world: World, plan: Plan, place: int) -> None:
    """Carried out: who serves as what stays the same on every day. Refused: nothing was written."""
    days = [plan.on + timedelta(days=d) for d in (-400, -30, -1, 0, 1, 30, 400)]
    before, decided, stood, everything = picture(days), deciding(days), housed(plan.on), invariants.state()
    try:
        with transaction.atomic():
            carried = changes.carry_out(plan, by=world.console, key=f"act {place}")
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (PlanRefused, IntegrityError) as refusal:
        if isinstance(refusal, IntegrityError):
            assert constraints.name_of(refusal) in BY_THE_DATABASE, refusal
        assert invariants.state() == everything
        event("refused")
        return
    event("carried out")
    assert invariants.wrong() == {}
    assert picture(days) == before
    goes_on_deciding(plan, decided)
    heirs = set(
        OrganizationCode.objects.filter(code__in={c for change in plan.changes for c in change.heirs}).values_list(
            "organization_id", flat=True
        )
    )
    alive = set(Organization.objects.filter(life__contains=plan.on).values_list("pk", flat=True))
    assert stood & alive <= housed(plan.on) | plan.involved() | heirs | set(carried.by_code.values())

"""Any scenario, sensible or not: it blocks, or on every day each task, person and open case has its place; and back again."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st

from canbo.procedures.models import Case, Scenario, Waiting
from canbo.procedures.scenarios import acting, suggesting
from canbo.procedures.scenarios.lines import Line, ScenarioRefused
from canbo.registry.models import Job, Membership, Organization, Post, Remit, Seat
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import LATER, ON
from tests.world import World

EVE = ON - timedelta(days=1)
UNITS = ["P/1", "P/2"]
BODIES = ["P/1.executive", "P/2.executive", "P/1.executive.office", "P/1.party"]

picks = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["merge", "absorb", "divide", "give", "dissolve", "move", "create", "tasks", "posts", "people", "end"]),
        "one": st.integers(0, 9), "two": st.integers(0, 9), "number": st.integers(1, 7), "units": st.booleans(),
    }
)  # fmt: skip


def unit(code: str, kind: str = "commune", parent: str = "P") -> dict[str, Any]:
    return {"code": code, "name": {"en": f"Unit {code}"}, "kind": kind, "parent": parent}


def line(pick: dict[str, Any], place: int) -> Line:
    """A line from drawn numbers. Nothing keeps it from being foolish."""
    among = UNITS if pick["units"] else BODIES
    one, two = among[pick["one"] % len(among)], among[pick["two"] % len(among)]
    kind = "commune" if pick["units"] else "commune-department"
    new, other = unit(f"P/{70 + place}", kind), unit(f"P/{80 + place}", kind)
    return {
        "merge": Line("merge", {"units": [one, two], "into": new}),
        "absorb": Line("merge", {"units": [one], "into": two}),
        "divide": Line("divide", {"unit": one, "into": [new, other]}),
        "give": Line("divide", {"unit": one, "into": [new], "keep": "yes"}),
        "dissolve": Line("dissolve", {"unit": one, "heirs": [two]}),
        "move": Line("move", {"unit": one, "parent": two if not pick["units"] else "P", "name": {"en": "Other"}}),
        "create": Line("create", new),
        "tasks": Line("tasks", {"from": one, "to": two, "task": ["land", "water", "roads"][pick["number"] % 3]}),
        "posts": Line("posts", {"from": one, "to": two}),
        "people": Line("people", {"person": f"{pick['number']:012d}", "waiting": "placement"}),
        "end": Line("posts", {"from": one, "job": "specialist", "end": "yes"}),
    }[pick["kind"]]


def above(day: date) -> dict[str, str | None]:
    return {code: parent for code, _name, _kind, parent in trials.units(day)}


def owners(day: date) -> dict[tuple[str, str], set[str]]:
    """(administrative unit, task) -> who has it there, reckoned from the units of the day alone."""
    kinds = {code: kind for code, _name, kind, _parent in trials.units(day)}
    parents, found = above(day), defaultdict(set)
    for task, owner in trials.remits(day):
        at: str | None = owner
        while at is not None and kinds[at] not in ("commune", "province"):
            at = parents[at]
        found[at or "", task].add(owner)
    return found


def main_posts(day: date) -> Counter[int]:
    held = Membership.objects.filter(valid__contains=day).exclude(kind=Membership.Kind.CONCURRENT)
    return Counter(held.values_list("person_id", flat=True))


def holds(day: date, before: Counter[int], tasks: set[str]) -> None:
    """Everybody has the main post or a stated waiting state, every task somebody, every open case a body that exists."""
    now, waits = main_posts(day), set(Waiting.objects.filter(valid__contains=day).values_list("person_id", flat=True))
    assert all(now[person] <= times for person, times in before.items())
    assert {person for person in before if not now[person]} <= waits
    assert {task for _unit, task in owners(day)} == tasks
    assert all(len(each) == 1 for each in owners(day).values())
    alive = set(Organization.objects.filter(life__contains=day).values_list("pk", flat=True))
    for case in Case.objects.filter(state="open"):
        assert {case.organization_id, case.manager_id} <= alive
        assert case.post is None or case.post.organization_id == case.organization_id


def turning_days(since: date) -> list[date]:
    """A day, and every later day on which a body, task, post, seat, membership or waiting begins or ends."""
    found = {since}
    for model, word in ((Organization, "life"), *((each, "valid") for each in (Remit, Post, Seat, Membership, Waiting))):
        for stretch in model.objects.values_list(word, flat=True):
            found |= {day for day in (stretch.lower, stretch.upper) if day is not None and day > since}
    return sorted(found)


#: Ends what is not there: it changes nothing, and nothing leads back from it.
NOTHING = [{"kind": "end", "one": 1, "two": 0, "number": 1, "units": False}]


@example(NOTHING, True)
@given(st.lists(picks, min_size=1, max_size=3), st.sampled_from([True, True, True, False]))
@settings(
    max_examples=12, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_any_scenario_blocks_or_keeps_every_task_person_and_case_and_leads_back(
    world: World, drawn: list[dict[str, Any]], fill: bool
) -> None:
    any_scenario(world, drawn, fill)


@pytest.mark.soak
@given(st.lists(picks, min_size=1, max_size=4), st.sampled_from([True, True, True, False]))
@settings(max_examples=400, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
def test_any_of_very_many_scenarios_blocks_or_leads_there_and_back(world: World, drawn: list[dict[str, Any]], fill: bool) -> None:
    any_scenario(world, drawn, fill)


def any_scenario(world: World, drawn: list[dict[str, Any]], fill: bool) -> None:
    with transaction.atomic():
        found = trials.populated(world)
        post = found["P/1:specialist"]
        for name, by in (("P/1:specialist", "P/1.party"), ("P/2:specialist", "P/1"), ("P/1.executive:commune-chair", "P/2")):
            world.manage(found[name], by)
        Case.objects.create(
            procedure="appointment", version="v", state="open", post=post, organization_id=post.organization_id,
            manager=world.organizations["P/1"], on=ON, rulebook="", opened_by=world.console,
        )  # fmt: skip
        scenario = trials.begun(world, "tasks: []")
        said = [line(pick, place) for place, pick in enumerate(drawn)]
        acting.load(scenario=scenario, said=said, by=trials.owner(world))
        if fill:
            suggesting.accept(scenario=scenario, rule="all", by=trials.owner(world))
        there_and_back(world, scenario)
        transaction.set_rollback(True)


def there_and_back(world: World, scenario: Scenario) -> None:
    pictures = {day: trials.picture(day) for day in (EVE, ON, LATER)}
    before, tasks = main_posts(EVE), {task for _unit, task in owners(EVE)}
    try:
        with transaction.atomic():
            scenario = acting.apply(scenario=trials.approved(world, scenario), by=world.console)
            trials.settled()
    except (ScenarioRefused, IntegrityError):
        event("blocked")
        assert {day: trials.picture(day) for day in pictures} == pictures
        return
    event("carried out")
    assert trials.picture(EVE) == pictures[EVE]
    for day in {*turning_days(ON), ON + timedelta(days=40), LATER}:
        holds(day, before, tasks)
    middle = trials.picture(ON)
    acting.undo(scenario=scenario, by=world.console, on=LATER)
    trials.settled()
    for day in turning_days(LATER):
        holds(day, before, tasks)
    assert trials.picture(EVE) == pictures[EVE] and trials.picture(ON) == middle
    assert trials.units(LATER) == pictures[EVE][0]
    assert trials.remits(LATER) == pictures[EVE][1]
    leading = set(Job.objects.exclude(standing="staff").values_list("code", flat=True))
    assert [row for row in trials.serving(LATER) if row[2] not in leading] == [
        row for row in pictures[EVE][2] if row[2] not in leading
    ]
    assert trials.deciding(LATER) == pictures[EVE][4]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

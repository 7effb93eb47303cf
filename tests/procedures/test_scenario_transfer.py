"""A division that moves whole from one department to another, as in Lâm Đồng on 1 October 2026: with its eleven posts, its
tasks, those of a third department, its files in hand, which keep their deadlines, and one who leads where no line names a receiver."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from canbo.procedures.models import Case, Step
from canbo.procedures.scenarios import acting
from canbo.registry import queries
from canbo.registry.changes import Outcome, take_in
from canbo.registry.days import since
from canbo.registry.models import Membership, Organization, Post, Remit, Task
from tests.procedures import scenario_trials as trials
from tests.world import FOUNDED, World

pytestmark = pytest.mark.django_db
ON, EVE = date(2026, 10, 1), date(2026, 9, 30)
FROM, TO, THIRD = "P.executive.environment", "P.executive.industry", "P.executive.construction"
DIVISION, MOVED = f"{FROM}.geology", f"{TO}.geology"
#: Task -> who has it before, who after.
TASKS = {
    "licences": (DIVISION, MOVED), "surveys": (DIVISION, MOVED), "materials": (THIRD, MOVED), "shores": (THIRD, TO),
    "prices": (THIRD, THIRD), "water": (FROM, FROM),
}  # fmt: skip
LINES = f"""
move:
  - {{unit: {DIVISION}, parent: {TO}, code: {MOVED}}}
tasks:
  - {{from: {THIRD}, task: materials, to: {MOVED}}}
  - {{from: {THIRD}, task: shores, to: {TO}}}
"""


@pytest.fixture
def division(world: World) -> list[Membership]:
    """The three departments with their tasks; the eleven who serve in the division."""
    bodies = [(code, "province-department", "P.executive") for code in (FROM, TO, THIRD)] + [(DIVISION, "division", FROM)]
    outcomes = [Outcome(code, {"en": code}, kind, parent) for code, kind, parent in bodies]
    made = take_in(
        outcomes, decision=world.decision, source=world.source, by=world.console, key="departments", valid_from=FOUNDED
    )
    world.organizations |= {code: Organization.objects.get(pk=pk) for code, pk in made.items()}
    for code, (owner, _after) in TASKS.items():
        task = Task.objects.create(code=code, names={"en": code}, field="minerals", citation="")
        Remit.objects.create(task=task, organization=world.organizations[owner], valid=since(FOUNDED), **world.mark)
    head, staff = world.post(DIVISION, "division-head"), world.post(DIVISION, "specialist", seats=10)
    served = [world.serve(world.person("Trưởng phòng"), head)]
    served += [world.serve(world.person(f"Văn {seat}"), staff, seat=seat) for seat in range(1, 11)]
    for post in (head, staff):
        world.manage(post, FROM)
    trials.settled()
    return served


def a_case(world: World, membership: Membership, due: date) -> Step:
    """A case in hand about a post of the division, which the department decides, with a step that is due on a day."""
    case = Case.objects.create(
        procedure="appointment", version="v", state="open", post=membership.post, organization_id=membership.organization_id,
        manager=world.organizations[FROM], on=EVE, rulebook="", opened_by=world.console,
    )  # fmt: skip
    return Step.objects.create(case=case, turn=1, name="propose", due_on=due)


def owners(day: date) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task, owner in trials.remits(day):
        found.setdefault(task, []).append(owner)
    return {task: found[task] for task in TASKS}


def test_a_division_moves_whole_with_its_posts_people_tasks_and_files(world: World, division: list[Membership]) -> None:
    due = ON + timedelta(days=9)
    step = a_case(world, division[0], due)
    trials.carried(world, LINES, on=ON)
    moved = queries.unit(MOVED, on=ON)
    assert [each["code"] for each in queries.path(moved.id, on=ON)][-2:] == [TO, MOVED]
    serving = {person: code for person, code, _job in trials.serving(ON)}
    assert [serving[each.person_id] for each in division] == [MOVED] * 11
    before = {each.pk for each in division}
    now = set(
        Membership.objects.filter(person__in=[each.person_id for each in division], valid__contains=ON).values_list(
            "pk", flat=True
        )
    )
    assert now == before, "the seats go with the division: nobody is appointed anew"
    assert owners(EVE) == {task: [old] for task, (old, _new) in TASKS.items()}
    assert owners(ON) == {task: [new] for task, (_old, new) in TASKS.items()}
    step.refresh_from_db()
    case = step.case
    assert step.due_on == due, "what was in hand begins no new time limit"
    assert case.state == "open" and case.organization_id == moved.id
    assert case.post_id == division[0].post_id
    assert case.manager_id == world.organizations[TO].pk, "the department to which it went is competent now"
    posts = Post.objects.filter(organization=moved.id)
    assert {queries.manager(post.pk, on=ON) for post in posts} == {world.organizations[TO].pk}
    assert {queries.manager(post.pk, on=EVE) for post in posts} == {world.organizations[FROM].pk}, "and the other one until then"


def test_whoever_looks_up_the_division_finds_it_under_both_departments_each_in_its_time(
    world: World, division: list[Membership]
) -> None:
    trials.carried(world, LINES, on=ON)
    assert queries.unit(DIVISION, on=EVE).id == queries.unit(MOVED, on=ON).id
    with pytest.raises(queries.NotInRegister):
        queries.unit(DIVISION, on=ON)


def test_a_task_without_a_line_stays_where_it_is_and_a_department_that_ends_needs_a_receiver_of_the_rest(
    world: World, division: list[Membership]
) -> None:
    ends = LINES + "dissolve:\n  - {unit: P.executive.construction, heirs: [P.executive.industry]}\n"
    scenario = trials.begun(world, ends, on=ON)
    [lost] = [
        each for each in acting.check(scenario=scenario, reader=world.console).blocking if each.kind == "task_without_owner"
    ]
    assert "prices" in lost.what
    scenario = acting.load(
        scenario=scenario, said=trials.lines.read(f"tasks:\n  - {{from: {THIRD}, to: {TO}}}"), by=trials.owner(world)
    )
    assert trials.problems(scenario, world) == set()
    acting.apply(scenario=trials.approved(world, scenario), by=world.console)
    trials.settled()
    assert owners(ON) == {**{task: [new] for task, (_old, new) in TASKS.items()}, "prices": [TO]}, (
        "who is not named leads: the new department"
    )


def test_it_goes_back_whole(world: World, division: list[Membership]) -> None:
    step = a_case(world, division[0], ON + timedelta(days=9))
    before = trials.picture(EVE)
    scenario = trials.carried(world, LINES, on=ON)
    back = ON + timedelta(days=40)
    acting.undo(scenario=scenario, by=world.console, on=back)
    trials.settled()
    assert trials.picture(back) == before
    step.refresh_from_db()
    assert step.due_on == ON + timedelta(days=9)
    assert step.case.manager_id == world.organizations[FROM].pk


def test_the_demo_tells_such_a_transfer(world: World) -> None:
    from canbo.project.world import rehearsals

    story: Any = next(each for each in rehearsals.recipe()["scenarios"] if "lines" in each)
    assert story["lines"]["move"]

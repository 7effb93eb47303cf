"""Scenarios in a register with real commits: undone on the same day, what is under way, and kills in the middle of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from canbo.journal.models import Entry
from canbo.procedures.models import Case, Scenario, Step
from canbo.procedures.scenarios import acting
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import authority, delegation, queries
from canbo.registry.days import since
from canbo.registry.models import Delegation, Succession
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, LATER, MERGER, ON
from tests.registry import invariants
from tests.world import World

KILLS = 4


def seen(world: World, act: Callable[[], Any]) -> Any:
    """The act in a transaction that sees everything, committed."""
    with authority.sight(world.console):
        return act()


@pytest.fixture
def ready(committed: World) -> tuple[World, Scenario]:
    """A merger that was approved."""
    scenario = seen(committed, lambda: trials.approved(committed, trials.begun(committed, MERGER + ALL)))
    return committed, scenario


def rows_of_the_register() -> dict[str, Any]:
    """Every row of the register that is believed now, without the moment since when."""
    kept = {table: rows for table, rows in invariants.state(journal=False).items() if not table.endswith("_past")}
    return {
        table: rows
        for table, rows in kept.items()
        if table.startswith("registry_") and table not in ("registry_personfeed", "registry_snapshot", "registry_decision")
    }


def without_moments(world: World) -> list[Any]:
    return seen(world, lambda: [trials.picture(day) for day in (date(2026, 2, 28), ON, LATER)])


def test_undone_on_its_own_day_the_register_is_as_it_was_and_remembers_what_it_believed(ready: tuple[World, Scenario]) -> None:
    world, scenario = ready
    seen(
        world, lambda: [world.manage(post, "P/1") for post in world.organizations["P/1"].posts.all()]
    )  # its manager ends with it
    before = without_moments(world)
    scenario = seen(world, lambda: acting.apply(scenario=scenario, by=world.console))
    between = timezone.now()
    assert without_moments(world) != before
    undone = acting.undo(scenario=scenario, by=world.console, on=ON, reason="a mistake")
    assert (undone.state, undone.undone_on) == (Scenario.State.UNDONE, ON)
    assert without_moments(world) == before
    assert seen(world, lambda: invariants.wrong()) == {}
    assert seen(world, lambda: queries.unit("P/9", on=ON, known_at=between).code) == "P/9"
    assert Entry.objects.filter(act="scenario.undone").count() == 1


def test_what_was_done_since_is_not_swept_away_with_it(ready: tuple[World, Scenario]) -> None:
    world, scenario = ready
    scenario = seen(world, lambda: acting.apply(scenario=scenario, by=world.console))
    world.organizations["P/9"] = seen(world, lambda: _organization("P/9"))
    seen(world, lambda: world.post("P/9", "officer", valid=since(LATER)))
    after = without_moments(world)
    with pytest.raises(ScenarioRefused, match="done since"):
        acting.undo(scenario=scenario, by=world.console, on=ON)
    assert without_moments(world) == after


def _organization(code: str) -> Any:
    from canbo.registry.models import Organization

    return Organization.objects.get(codes__code=code)


def test_open_cases_plans_and_lent_power_go_along_and_a_vote_stops_it(committed: World) -> None:
    world = committed
    scenario = seen(world, lambda: trials.begun(world, MERGER + ALL))

    def under_way() -> tuple[Case, Delegation]:
        post = world.organizations["P/1"].posts.get(job__code="specialist")
        person = world.person("candidate")
        case = Case.objects.create(
            procedure="appointment", version="v", state="open", post=post, organization_id=post.organization_id,
            manager=world.organizations["P/1"], on=ON, rulebook="", opened_by=world.console,
        )  # fmt: skip
        Succession.objects.create(person=person, post=post, valid=since(date(2025, 1, 1)), **world.mark)
        giver, receiver = trials.account(world, "giver", "officer"), world.account("receiver")
        today = date.today()
        lent = delegation.give(
            receiver=receiver, acts=["person.read"], organization=world.organizations["P/1"], valid_from=today,
            valid_to=today + timedelta(days=90), basis="rule 1", by=giver, **world.mark,
        )  # fmt: skip
        return case, delegation.accept(lent, by=receiver)

    case, lent = seen(world, under_way)
    step = seen(world, lambda: Step.objects.create(case=case, turn=1, name="vote", state="convened"))
    assert "vote_open" in seen(world, lambda: trials.problems(scenario, world))
    seen(world, lambda: Step.objects.filter(pk=step.pk).update(state="done", closed_at=timezone.now()))
    scenario = seen(world, lambda: trials.approved(world, scenario))
    scenario = seen(world, lambda: acting.apply(scenario=scenario, by=world.console))
    heir = seen(world, lambda: _organization("P/9").pk)

    def after() -> None:
        moved = Case.objects.select_related("post").get(pk=case.pk)
        assert (moved.organization_id, moved.manager_id, moved.post.successor_of_id) == (heir, heir, case.post_id)
        assert Succession.objects.get(valid__contains=ON).post_id == moved.post_id
        again = Delegation.objects.get(revoked_at__isnull=True)
        assert (again.organization_id, again.acts, again.accepted_at, again.valid.upper) == (
            heir, ["person.read"], lent.accepted_at, lent.valid.upper,
        )  # fmt: skip

    seen(world, after)
    with pytest.raises(ScenarioRefused, match="done since"):
        acting.undo(scenario=scenario, by=world.console, on=ON)  # lent power stays as it was given
    acting.undo(scenario=scenario, by=world.console, on=LATER)

    def back() -> None:
        moved = Case.objects.select_related("post").get(pk=case.pk)
        stands = queries.unit("P/1", on=LATER).id
        assert (moved.organization_id, moved.manager_id) == (stands, stands)

    seen(world, back)


def test_whoever_leads_goes_along_through_the_wall_of_leading_posts(ready: tuple[World, Scenario]) -> None:
    from canbo.procedures import effects

    world, scenario = ready
    effects.keep_from(date(2025, 1, 1))
    scenario = seen(world, lambda: acting.apply(scenario=scenario, by=world.console))
    leads = [row for row in seen(world, lambda: trials.serving(ON)) if row[2] == "commune-secretary"]
    assert sorted(row[1] for row in leads) == ["P/9", "P/9"]
    acting.undo(scenario=scenario, by=world.console, on=ON)
    leads = [row for row in seen(world, lambda: trials.serving(ON)) if row[2] == "commune-secretary"]
    assert sorted(row[1] for row in leads) == ["P/1", "P/2"]
    assert not Entry.objects.filter(act="breach.attempted").exists()


def test_with_one_key_it_is_carried_out_once(ready: tuple[World, Scenario]) -> None:
    world, scenario = ready
    first = seen(world, lambda: acting.apply(scenario=scenario, by=world.console, key="once"))
    again = seen(world, lambda: acting.apply(scenario=scenario, by=world.console, key="once"))
    assert first.pk == again.pk
    assert Entry.objects.filter(act="scenario.carried_out").count() == 1


def test_after_each_kill_all_of_it_holds_or_nothing(own_register: str, ready: tuple[World, Scenario], tmp_path: Path) -> None:
    world, scenario = ready
    kill_and_look(own_register, world, scenario, KILLS, tmp_path)


def kill_and_look(register: str, world: World, scenario: Scenario, kills: int, folder: Path) -> None:
    """Kill the carrying-out at ever later statements; then let it through."""
    before, done = without_moments(world), 0
    for kill in range(kills):
        diary = folder / f"{kill}.diary"
        actor = subprocess.Popen([sys.executable, "-m", "tests.procedures.scenario_actor", register, scenario.name, str(diary)])
        wanted, deadline = 12 + kill * 90 // kills, time.monotonic() + 60
        while (not diary.exists() or diary.stat().st_size < wanted) and actor.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        actor.kill()
        assert actor.wait() == -9
        carried = seen(world, lambda: Scenario.objects.get(pk=scenario.pk).state) == Scenario.State.CARRIED_OUT
        assert (without_moments(world) == before) is not carried
        assert Entry.objects.filter(act="scenario.carried_out").count() == int(carried)
        assert seen(world, invariants.wrong) == {}
        if carried:  # the kill came after the commit
            acting.undo(scenario=Scenario.objects.get(pk=scenario.pk), by=world.console, on=ON)
            return
        done += 1
    assert done == kills, "nothing was killed in the middle"
    with transaction.atomic():
        seen(world, lambda: acting.apply(scenario=scenario, by=world.console))
    assert without_moments(world) != before


def test_a_registrar_who_sees_nobody_carries_out_what_an_officer_worked_out_and_sees_no_line_about_a_person(
    committed: World,
) -> None:
    from canbo.procedures.scenarios import lines

    world = committed
    registrar, officer, chair = seen(
        world, lambda: [trials.account(world, *who) for who in (("r", "registrar"), ("o", "officer"), ("l", "leader"))]
    )
    waits = "people: [{person: '000000000002', waiting: training}]"

    def worked_out() -> Scenario:
        scenario = acting.begin(name="a", body=world.organizations["P"], on=ON, base=ON, by=officer)
        said = [*lines.read(MERGER + ALL), *lines.read(waits)]
        return acting.propose(scenario=acting.load(scenario=scenario, said=said, by=officer), by=officer, reason="why")

    with authority.sight(officer):
        scenario = worked_out()
    with authority.sight(chair):
        acting.approve(scenario=scenario, by=chair)
    with authority.sight(registrar):
        shown = acting.lines_of(acting.named("a", reader=registrar))
        assert [line.kind for line in shown if line.person] == [] and len(shown) == 5
        acting.apply(scenario=scenario, by=registrar)
    assert seen(world, lambda: Scenario.objects.get().state) == "carried_out"

"""What bodies hold: one holder on every day, an heir in every scenario, a handover until the receiver has counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.journal.models import Entry
from canbo.procedures.models import Case, Custody, Handover, Holding, Scenario
from canbo.procedures.scenarios import acting, handovers, suggesting
from canbo.procedures.scenarios.handovers import Thing
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import authority
from canbo.registry.authority import NotAllowed
from canbo.registry.changes import Change, EventKind
from canbo.registry.days import since
from canbo.registry.models import Remit
from tests.procedures import scenario_trials as trials
from tests.procedures.scenario_trials import ALL, LATER, MERGER, ON
from tests.registry import acts
from tests.world import World

DAY = date(2026, 1, 5)
EVE = date(2026, 2, 28)
SHEET = """kind;number;name;quantity;unit
seal;01;Con dấu;1;cái
Tài liệu lưu trữ;HS-12;Hồ sơ địa chính;240;tập
xe;31A-001;Xe ô tô;1,5;chiếc
"""
WHOLE = "holdings:\n  - {from: P/1, to: P/9}\n  - {from: P/2, to: P/9}\n"


def held(world: World, code: str, *things: Thing | str) -> list[Holding]:
    listed = [thing if isinstance(thing, Thing) else Thing("equipment", thing) for thing in things]
    return handovers.enter(body=world.organizations[code], things=listed, by=world.console, on=DAY)


def holders(day: date) -> list[tuple[str, str]]:
    """Name of each holding and code of whoever has it on the day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.name, c.code FROM procedures_custody u JOIN procedures_holding h ON h.id = u.holding_id JOIN registry_organizationcode c"
            " ON c.organization_id = u.organization_id AND c.valid @> %(on)s::date WHERE u.valid @> %(on)s::date ORDER BY 1, 2",
            {"on": day},
        )
        return cursor.fetchall()


def blocking(world: World, text: str, name: str = "a") -> list[str]:
    return sorted(
        each.kind for each in acting.check(scenario=trials.begun(world, text, name=name), reader=world.console).blocking
    )


def test_a_sheet_is_read_by_the_names_of_its_columns_and_kinds_in_any_language() -> None:
    one, two = handovers.read("\n".join(SHEET.splitlines()[:3]))
    assert (one.kind, one.name, one.quantity) == ("seal", "Con dấu", Decimal(1))
    assert (two.kind, two.number, two.quantity, two.unit) == ("records", "HS-12", Decimal(240), "tập")
    assert handovers.read("kind\tname\nseal\tCon dấu")[0].kind == "seal"
    with pytest.raises(ScenarioRefused) as refusal:
        handovers.read(SHEET + "gold;;Vàng;1;\nseal;;;1;\nseal;;Con dấu;-1;\n")
    assert [reason.split(":")[0] for reason in refusal.value.reasons] == ["Row 5", "Row 6", "Row 7"]
    for text in ("", "name\nx", "kind,name,colour\nseal,x,red", "kind;name\n"):
        with pytest.raises(ScenarioRefused):
            handovers.read(text)


def test_a_body_that_ends_leaves_no_holding_without_an_heir(world: World) -> None:
    trials.populated(world)
    held(world, "P/1", "desk", Thing("seal", "seal"))
    scenario = trials.begun(world, MERGER + ALL)
    report = acting.check(scenario=scenario, reader=world.console).as_json()
    assert [each["kind"] for each in report["blocking"]] == ["holding_without_heir", "holding_without_heir"]
    assert [(row["unit"], row["name"]) for row in report["holdings_without_heir"]] == [("P/1", "desk"), ("P/1", "seal")]
    suggesting.accept(scenario=scenario, rule="all", by=trials.owner(world))
    assert acting.check(scenario=scenario, reader=world.console).ok


def test_two_heirs_an_unknown_kind_and_a_thing_held_elsewhere_block(world: World) -> None:
    trials.populated(world)
    (desk,) = held(world, "P/1", "desk")
    twice = MERGER + ALL + WHOLE + "  - {from: P/1, to: P.party}\n"
    assert blocking(world, twice, "twice") == ["holding_with_two_heirs"]
    assert blocking(world, MERGER + ALL + WHOLE + "  - {from: P/1, kind: gold, to: P.party}\n", "gold") == [
        "unknown_kind_of_holding"
    ]
    elsewhere = f"  - {{from: P/2, holding: '{desk.pk}', to: P/9}}\n"
    assert blocking(world, MERGER + ALL + WHOLE + elsewhere, "elsewhere") == ["unknown_holding"]
    exact = f"  - {{from: P/1, holding: '{desk.pk}', to: P.party}}\n  - {{from: P/1, kind: seal, to: P/9}}\n"
    assert blocking(world, MERGER + ALL + WHOLE + exact, "exact") == []


def test_a_holding_follows_the_task_that_it_serves(world: World) -> None:
    trials.populated(world)
    held(world, "P/1", "desk", Thing("records", "land records", task="land"))
    text = "dissolve:\n  - {unit: P/1, heirs: [P/2, P.executive]}\ntasks:\n  - {from: P/1, task: land, to: P.executive}\n"
    scenario = trials.begun(world, text)
    offered = [each for each in suggesting.suggest(scenario=scenario, reader=world.console) if each.rule == "holdings"]
    land = Holding.objects.get(name="land records")
    assert [dict(each.line.says) for each in offered] == [
        {"from": "P/1", "holding": str(land.pk), "to": "P.executive"}, {"from": "P/1", "to": "P/2"},
    ]  # fmt: skip


def test_it_goes_over_on_the_day_and_waits_until_the_receiver_has_counted(world: World) -> None:
    trials.populated(world)
    held(world, "P/1", Thing("equipment", "desks", quantity=Decimal(12)))
    held(world, "P/2", "car")
    scenario = trials.carried(world, MERGER + ALL + WHOLE)
    assert holders(EVE) == [("car", "P/2"), ("desks", "P/1")] and holders(ON) == [("car", "P/9"), ("desks", "P/9")]
    waiting = handovers.open_of(scenario)
    assert [(each.custody.holding.name, each.listed, each.confirmed_at) for each in waiting] == [
        ("desks", 12, None),
        ("car", 1, None),
    ]
    desks = waiting[0]
    assert desks.giver == world.organizations["P/1"]
    asked: dict[str, Any] = {"scenario": scenario, "giver": desks.giver, "receiver": desks.receiver, "by": world.console}
    names = {"given_by": "Trần Văn B", "received_by": "Lê Thị C"}
    for counted, refused in (
        ({}, "how much of desks"), ({desks.pk: (Decimal(11), "")}, "listed 12.00, found 11"),
    ):  # fmt: skip
        with pytest.raises(ScenarioRefused, match=refused):
            handovers.confirm(counted=counted, **names, **asked)
    with pytest.raises(ScenarioRefused, match="Name who handed over"):
        handovers.confirm(counted={desks.pk: (Decimal(12), "")}, given_by="B", received_by=" ", **asked)
    with pytest.raises(NotAllowed):
        handovers.confirm(
            counted={desks.pk: (Decimal(12), "")}, **names, **asked | {"by": trials.account(world, "far", "leader", "Q")}
        )
    handovers.confirm(counted={desks.pk: (Decimal(11), "One is broken.")}, **names, **asked)
    assert [each.custody.holding.name for each in handovers.open_of(scenario) if each.confirmed_at is None] == ["car"]
    entry = Entry.objects.get(act="handover.confirmed")
    assert entry.about_kind == "procedures.scenario" or entry.about_id == str(scenario.pk)
    with pytest.raises(DatabaseError, match="stays as it was confirmed"), transaction.atomic():
        Handover.objects.filter(pk=desks.pk).update(remark="None is broken.")


def test_an_undone_scenario_gives_back_what_it_took_on_a_later_day(world: World) -> None:
    trials.populated(world)
    held(world, "P/1", "desk")
    scenario = trials.carried(world, MERGER + ALL + WHOLE)
    new = Custody.objects.get(valid__startswith=ON).organization
    handovers.enter(body=new, things=[Thing("vehicle", "new car")], by=world.console, on=date(2026, 4, 1))
    acting.undo(scenario=scenario, by=world.console, on=LATER)
    trials.settled()
    assert holders(LATER) == [("desk", "P/1"), ("new car", "P/1")]
    assert holders(ON) == [("desk", "P/9")] and holders(EVE) == [("desk", "P/1")]
    assert [(each.custody.holding.name, each.lapsed) for each in handovers.open_of(scenario)] == [
        ("desk", True), ("desk", False), ("new car", False),
    ]  # fmt: skip


def test_what_was_carried_out_and_unsaid_on_its_day_leaves_no_trace_in_the_inventory(committed: World) -> None:
    with authority.sight(committed.console):
        held(committed, "P/1", "desk")
        scenario = trials.approved(committed, trials.begun(committed, MERGER + ALL + WHOLE))
    with authority.sight(committed.console):
        scenario = acting.apply(scenario=scenario, by=committed.console)
    acting.undo(scenario=scenario, by=committed.console, on=ON)
    with authority.sight(committed.console):
        assert holders(ON) == [("desk", "P/1")] == holders(EVE)
        assert Custody.objects.count() == 1 and not Handover.objects.exists()


def test_a_confirmed_handover_is_something_that_was_done_since(committed: World) -> None:
    with authority.sight(committed.console):
        held(committed, "P/1", "desk")
        scenario = trials.approved(committed, trials.begun(committed, MERGER + ALL + WHOLE))
    with authority.sight(committed.console):
        scenario = acting.apply(scenario=scenario, by=committed.console)
    with authority.sight(committed.console):
        (one,) = handovers.open_of(scenario)
        handovers.confirm(
            scenario=scenario, giver=one.giver, receiver=one.receiver, counted={one.pk: (Decimal(1), "")}, given_by="B",
            received_by="C", by=committed.console,
        )  # fmt: skip
    with pytest.raises(ScenarioRefused, match="Something was done since"):
        acting.undo(scenario=scenario, by=committed.console, on=ON)


def test_no_day_is_without_a_holder_and_none_has_two(world: World) -> None:
    (desk,) = held(world, "P/1", "desk")
    custody = Custody.objects.get()
    for statement in (
        lambda: Custody.objects.filter(pk=custody.pk).delete(),
        lambda: Custody.objects.filter(pk=custody.pk).update(valid=since(DAY, LATER)),
        lambda: Custody.objects.create(holding=desk, organization=world.organizations["P/2"], valid=since(ON), **world.mark),
        lambda: Custody.objects.filter(pk=custody.pk).update(organization=world.organizations["P/2"], valid=since(ON)),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            statement()
            trials.settled()


def test_a_merger_outside_a_scenario_does_not_leave_things_behind(world: World) -> None:
    acts.populate(world)
    held(world, "P/1", "desk")
    with pytest.raises(IntegrityError, match="custody_within_organization"), transaction.atomic():
        acts.carry_out(world, Change(EventKind.MERGE, acts.parts(world, "P/1", "P/2"), (acts.outcome("P/9"),)))


def test_what_was_sold_is_taken_off_the_list_from_that_day_with_a_reason(world: World) -> None:
    (desk,) = held(world, "P/1", "desk")
    with pytest.raises(ScenarioRefused, match="Say why"):
        handovers.end(holding=desk, by=world.console, on=ON, reason=" ")
    handovers.end(holding=desk, by=world.console, on=ON, reason="sold")
    assert holders(EVE) == [("desk", "P/1")] and holders(ON) == []
    with pytest.raises(ScenarioRefused, match="Nobody holds it"):
        handovers.end(holding=desk, by=world.console, on=LATER, reason="sold")


def test_the_open_cases_that_follow_stand_beside_the_holdings(world: World) -> None:
    people = trials.populated(world)
    case = Case.objects.create(
        procedure="appointment", person=people["people"][0], post=people["P/1:specialist"], organization=world.organizations["P/1"],
        manager=world.organizations["P"], on=DAY, opened_by=world.console, state="open",
    )  # fmt: skip
    held(world, "P/1", "desk")
    listed, files = handovers.told(scenario=trials.begun(world, MERGER + ALL + WHOLE), reader=world.console)
    assert [(row["name"], row["unit_code"], row["to_code"]) for row in listed] == [("desk", "P/1", "P/9")]
    assert [(row["number"], row["unit_code"], row["to_code"]) for row in files] == [(case.pk, "P/1", "P/9")]


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_on_every_day_of_any_scenario_and_its_way_back_each_holding_has_one_holder(world: World, data: st.DataObject) -> None:
    with transaction.atomic():
        trials.populated(world)
        number = data.draw(st.integers(1, 4))
        made = [
            held(
                world,
                data.draw(st.sampled_from(["P/1", "P/2", "P.party"])),
                Thing(data.draw(st.sampled_from(["seal", "files"])), f"h{n}"),
            )[0]
            for n in range(number)
        ]
        text = MERGER + ALL + WHOLE
        for each in made:
            code = holders(DAY)[[name for name, _code in holders(DAY)].index(each.name)][1]
            if data.draw(st.booleans()):
                to = data.draw(st.sampled_from(["P/9", "P.executive"]))
                text += f"  - {{from: {code}, holding: '{each.pk}', to: {to}}}\n"
        scenario = trials.carried(world, text)
        acting.undo(scenario=scenario, by=world.console, on=LATER)
        trials.settled()
        assert scenario.state == Scenario.State.CARRIED_OUT and Remit.objects.exists()
        for day in (DAY, EVE, ON, date(2026, 4, 1), LATER, date(2026, 12, 1)):
            assert [name for name, _code in holders(day)] == sorted(each.name for each in made), day
        assert holders(LATER) == holders(EVE)
        transaction.set_rollback(True)

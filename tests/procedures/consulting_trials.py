"""Each act of a consultation once, for the test that every act leaves its entry."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, handovers, rounds
from canbo.procedures.scenarios.handovers import Thing
from canbo.registry.models import Task
from tests.procedures import case_trials
from tests.procedures import scenario_trials as scenarios
from tests.procedures.scenario_trials import ALL, MERGER
from tests.world import World

DAY = date(2026, 2, 1)
LAST = DAY + timedelta(days=10)


def trials(world: World) -> dict[str, case_trials.Trial]:
    """For each service: the act that must stand in the journal, and a call that does it."""
    if not Task.objects.filter(code="land").exists():
        scenarios.populated(world)
    by = scenarios.owner(world)
    asked: dict[str, Any] = {"question": "What do you think?", "closes": LAST, "on": DAY, "by": by}
    first, second = (scenarios.begun(world, MERGER + ALL, name=name) for name in ("one", "two"))
    round_ = rounds.ask(scenario=first, **asked)
    one, other = round_.consulted.filter(person__isnull=False).order_by("pk")[:2]
    who = {each.pk: world.account(f"asked-{each.pk}", person_id=each.person_id) for each in (one, other)}
    rounds.answer(consulted=other, view="agree", by=who[other.pk], on=DAY)

    def trial(act: str, who: Any, do: Any) -> case_trials.Trial:
        return case_trials.Trial((f"consultation.{act}",), who, do)

    things = [Thing("seal", "seal")]
    ((old,), ready) = handovers.enter(body=world.organizations["P/1"], things=things, by=by, on=DAY), _handing(world)
    to = world.organizations["P.party"]
    made = handovers.open_of(ready)[0]

    def counts() -> Any:
        return handovers.confirm(
            scenario=ready, giver=made.giver, receiver=to, counted={made.pk: (Decimal(1), "")}, given_by="A", received_by="B",
            by=scenarios.second(world),
        )  # fmt: skip

    return {
        "handovers.enter": case_trials.Trial(
            ("holding.entered",), by, lambda: handovers.enter(body=world.organizations["P/2"], things=things, by=by, on=DAY)
        ),
        "handovers.end": case_trials.Trial(
            ("holding.ended",), by, lambda: handovers.end(holding=old, by=by, on=LAST, reason="broken")
        ),
        "handovers.give": case_trials.Trial(
            ("scenario.lines_changed",), by, lambda: handovers.give(scenario=second, chosen={old.pk: "P/1"}, to="P/9", by=by)
        ),
        "handovers.confirm": case_trials.Trial(("handover.confirmed",), scenarios.second(world), counts),
        "rounds.ask": trial("opened", by, lambda: rounds.ask(scenario=second, **asked)),
        "rounds.answer": trial(
            "answered", who[one.pk], lambda: rounds.answer(consulted=one, view="other", by=who[one.pk], on=DAY)
        ),
        "rounds.withdraw": trial("withdrawn", who[other.pk], lambda: rounds.withdraw(consulted=other, by=who[other.pk], on=DAY)),
        "rounds.close": trial("closed", by, lambda: rounds.close(consultation=round_, by=by, on=LAST + timedelta(days=1))),
    }


def _handing(world: World) -> Scenario:
    """A scenario by which one thing went over, and waits to be counted."""
    handovers.enter(body=world.organizations["P.executive"], things=[Thing("vehicle", "car")], by=world.console, on=DAY)
    text = "holdings:\n  - {from: P.executive, to: P.party}\n"
    return acting.apply(scenario=scenarios.approved(world, scenarios.begun(world, text, name="handing")), by=world.console)

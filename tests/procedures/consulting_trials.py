"""Each act of a consultation once, for the test that every act leaves its entry."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from canbo.procedures.scenarios import rounds
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

    return {
        "rounds.ask": trial("opened", by, lambda: rounds.ask(scenario=second, **asked)),
        "rounds.answer": trial(
            "answered", who[one.pk], lambda: rounds.answer(consulted=one, view="other", by=who[one.pk], on=DAY)
        ),
        "rounds.withdraw": trial("withdrawn", who[other.pk], lambda: rounds.withdraw(consulted=other, by=who[other.pk], on=DAY)),
        "rounds.close": trial("closed", by, lambda: rounds.close(consultation=round_, by=by, on=LAST + timedelta(days=1))),
    }

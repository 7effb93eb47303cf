"""Cases driven by chance: any deed, by anybody, on any day, with crashes between; what must hold of a case holds after each.

Every play follows from its number: `CANBO_PLAY=4711 pytest tests/procedures/test_case_machine.py -k number` plays one again
and says what happened. The long form is tests/soak/test_case_machine_soak.py.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from canbo.procedures import cases
from canbo.procedures.models import Case
from tests.procedures import machine
from tests.procedures.machine import Play
from tests.procedures.office import Wide

SEEDS = 40


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Any) -> Iterator[Wide]:
    """The wide office, built once; each play is undone after it."""
    with django_db_blocker.unblock(), machine.stage() as wide:
        yield wide


def test_a_play_of_any_number_keeps_every_invariant(office: Wide) -> None:
    seeds = [int(os.environ["CANBO_PLAY"])] if "CANBO_PLAY" in os.environ else range(SEEDS)
    ended: Counter[str] = Counter()
    for seed in seeds:
        try:
            play = machine.played(office, seed)
        except BaseException as problem:
            raise AssertionError(f"play {seed} broke: play it again with CANBO_PLAY={seed}") from problem
        ended[play.case.state] += 1
        if len(list(seeds)) == 1:
            print("\n".join(play.log))
    if len(list(seeds)) > 1:
        assert {Case.State.EFFECTIVE, Case.State.STOPPED, Case.State.WITHDRAWN} <= set(ended), ended


def test_the_same_number_is_the_same_play(office: Wide) -> None:
    assert machine.played(office, 7).log == machine.played(office, 7).log


def test_hypothesis_finds_no_way_around_an_invariant(office: Wide) -> None:
    chances = st.randoms(use_true_random=False)

    class Cases(RuleBasedStateMachine):
        """Hypothesis chooses what happens, and every choice within it, and makes what fails as short as it can."""

        def __init__(self) -> None:
            super().__init__()
            self.undo = machine.undone()
            self.undo.__enter__()
            self.play: Play | None = None

        @rule(chance=chances, deed=st.sampled_from(sorted(machine.WEIGHTS)))
        def something_happens(self, chance: Random, deed: str) -> None:
            if self.play is None:
                self.play = Play(office, chance)
            self.play.chance = chance
            getattr(self.play, deed)()
            self.play.case.refresh_from_db()

        @rule(chance=chances)
        def the_step_is_taken(self, chance: Random) -> None:
            self.something_happens(chance, "right")

        @invariant()
        def all_holds(self) -> None:
            if self.play is not None:
                self.play.check()

        def teardown(self) -> None:
            self.undo.__exit__()

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Cases,
        settings=settings(
            max_examples=6, stateful_step_count=12, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_a_case_keeps_the_law_under_which_it_was_opened(office: Wide) -> None:
    """Opened on the last day of July with five meetings, carried on in August under the same steps."""
    with machine.undone():
        case = cases.open_case(procedure="appointment-on-site", post=office.free, by=office.drafter, on=date(2026, 7, 31))
        assert case.version == "five-steps"
        office.carry(case, on=date(2026, 8, 3))
        assert case.state == Case.State.DECIDED
        assert [step.name for step in case.steps.order_by("turn")].count("leadership-3") == 1
        assert machine.take(case.pk, on=date(2026, 8, 3)).state == "effective"

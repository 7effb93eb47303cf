"""Two who act on one case in the same moment, each with a connection of its own: one takes the step."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from canbo.procedures import effects, steps
from canbo.procedures.models import Case, Step
from canbo.procedures.refusals import Refused
from canbo.registry import authority, intake
from tests import world as worlds
from tests.procedures import office as offices
from tests.procedures.office import ON, Office


@pytest.fixture
def committed(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    settings.CANBO_DEMO = True
    monkeypatch.setattr(effects.witnessing, "witnessed", lambda entry, using="default": object())
    with authority.sight(intake.console()):
        built = offices.build(worlds.build())
    yield built


def test_of_two_at_once_one_takes_the_step(committed: Office) -> None:
    """Two pages show the same step; both act in the same moment. With one key both see one step, with two one is stale."""
    with authority.sight(intake.console()):
        case = committed.open()
    other = committed.leaders[1]
    for number, keys in enumerate((("one", "two"), ("three", "three"))):
        turn = number + 1
        by = [committed.drafter, other] if number == 0 else [committed.manager, committed.manager]
        found = at_once(case, by, keys, turn)
        done = [each for each in found if isinstance(each, Step)]
        refused = [each.why for each in found if isinstance(each, Refused)]
        assert len({step.pk for step in done}) == 1, found
        assert refused == (["stale"] if number == 0 else []), found
    with authority.sight(intake.console()):
        case.refresh_from_db()
        assert (case.turn, case.steps.filter(closed_at=None).count()) == (3, 1)
        assert offices.acts_of(case).count("case.acted") == 2


def at_once(case: Case, by: list[Any], keys: tuple[str, str], turn: int) -> list[Any]:
    """What two threads get that take the same step in the same moment."""
    start, found = threading.Barrier(2), []

    def take(account: Any, key: str) -> None:
        start.wait()
        try:
            with authority.sight(intake.console()):
                found.append(steps.act(case=case, by=account, on=ON, turn=turn, key=key))
        except Exception as problem:  # noqa: BLE001 (looked at below)
            found.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=each) for each in zip(by, keys, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found

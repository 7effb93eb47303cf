"""Forty kills while a reorganisation is carried out: all of it holds, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbo.procedures.models import Scenario
from tests.procedures.test_scenarios_kept import kill_and_look, ready
from tests.world import World

__all__ = ["ready"]


@pytest.mark.soak
def test_after_each_of_forty_kills_all_of_it_holds_or_nothing(
    own_register: str,
    ready: tuple[World, Scenario],  # noqa: F811 (the fixture)
    tmp_path: Path,
) -> None:
    world, scenario = ready
    kill_and_look(own_register, world, scenario, 40, tmp_path)

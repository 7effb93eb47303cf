"""A register of the test's own, with real commits: for acts at one moment, and for what was known at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """These tests read sentences."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture
def committed(own_register: str) -> Any:
    """The small province with its people (a tests.world.World), really committed, in a database of the test's own."""
    from canbo.registry import authority, intake
    from tests import world as made_up
    from tests.registry import acts

    with authority.sight(intake.console()):
        world = made_up.build()
        acts.populate(world)
    return world

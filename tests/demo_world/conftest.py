"""A small invented world (the showcase's offices), as arrays and loaded into a database of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from canbo.project.world.invention import World

SMALL = 22_000


@pytest.fixture(scope="session")
def small() -> World:
    """The smallest world, of seed 1."""
    from canbo.project.world import invention

    return invention.invent(people_wanted=SMALL, seed=1)


@pytest.fixture(scope="session")
def usual() -> World:
    """The world of `make demo`."""
    from canbo.project.world import invention

    return invention.invent(people_wanted=None, seed=1)


@pytest.fixture(scope="session")
def _loaded_template(_country_template: str, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """A register with the small world, made once; and its tables' definitions before and after the load."""
    from canbo.project.world import filling
    from tests.conftest import _connected_to, _create, _owner_says

    name = f"test_small_world_{os.getpid()}"
    with django_db_blocker.unblock():
        _create(name, _country_template)
        with _connected_to(name):
            before = definitions()
            told = filling.fill(people=SMALL, seed=1, say=lambda _said: None)
            made = {"name": name, "told": told, "before": before, "after": definitions()}
    yield made
    with django_db_blocker.unblock():
        _owner_says(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def loaded(_loaded_template: dict[str, Any], django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The register with the small world, everything in sight; what a test writes is rolled back."""
    from django.db import transaction

    from canbo.registry import authority, intake
    from tests.conftest import _connected_to

    with django_db_blocker.unblock(), _connected_to(_loaded_template["name"]), transaction.atomic():
        authority.open_sight(authority.reach_of(intake.console()))
        yield _loaded_template
        transaction.set_rollback(True)


def definitions() -> list[tuple[str, ...]]:
    """Every constraint, index and trigger of the register, as the catalogue defines it."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text FROM pg_constraint
            WHERE conrelid::regclass::text LIKE 'registry_%'
            UNION ALL SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid::text
            FROM pg_index WHERE indrelid::regclass::text LIKE 'registry_%'
            UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger
            WHERE tgrelid::regclass::text LIKE 'registry_%' AND NOT tgisinternal
            ORDER BY 1, 2, 3
            """
        )
        return [tuple(row) for row in cursor.fetchall()]

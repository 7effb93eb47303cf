"""One real PostgreSQL for the whole run, in a folder of its own that is removed at the end.

* Tests marked `django_db` run in a transaction that is rolled back, on an empty register with the rulebook's lists.
* The fixture `own_register` gives a database of the test's own, with real commits, cloned in a moment.
* The fixture `country` gives the register after the reform was replayed; read it, do not write it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import preparation

# A landing does not hang on chance: it tries the same examples each time. Whoever works on the code tries new ones.
# A soak tries far more of them, see tests/trying.py.
hypothesis.settings.register_profile("landing", derandomize=True)
hypothesis.settings.register_profile("soak", print_blob=True)
hypothesis.settings.load_profile(os.environ.get("CANBO_EXAMPLES", "default"))

if os.environ.get("DATABASE_URL") and "test" not in os.environ["DATABASE_URL"].rsplit("/", 1)[-1]:
    raise pytest.UsageError("The tests empty their database: DATABASE_URL must name one with `test` in its name.")

if "CANBO_HOME" not in os.environ:
    os.environ["CANBO_HOME"] = tempfile.mkdtemp(prefix="canbo-tests-")
HOME = Path(os.environ["CANBO_HOME"])
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
os.environ["CANBO_DEBUG"] = "0"
os.environ["CANBO_LANG"] = "en"


def pytest_configure() -> None:
    """Make the models importable before tests are collected; this starts the database."""
    import django

    django.setup()
    from canbo.rules import drafts

    drafts.LONGEST = 600  # a machine that runs a suite is busy; what a person waits for is no matter of these tests


def pytest_unconfigure() -> None:
    """Stop the database that this run started, and remove its folder."""
    from canbo.project.database.provider import provider

    if HOME.name.startswith("canbo-tests-"):
        from django.db import connections

        connections.close_all()
        provider().remove()  # root's cluster lies outside HOME: see canbo/project/database/home.py
        shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object) -> None:
    """The tables, and the lists of the rulebook; there already, where the folder is a copy of one that was prepared."""
    if (HOME / preparation.MARK).is_file():
        return
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        preparation.fill()


@pytest.fixture
def own_register(django_db_setup: None, django_db_blocker: object) -> Iterator[str]:
    """A database of this test's own, with the rulebook's lists; commits are real. Gives its name."""
    with django_db_blocker.unblock(), _clone("canbo", f"test_own_{os.getpid()}") as name:  # type: ignore[attr-defined]
        yield name


@pytest.fixture(scope="session")
def _country_template(django_db_setup: None, django_db_blocker: object) -> str:
    """The register with the reform replayed, made once a run."""
    from canbo.project.world import reform
    from canbo.registry import authority, intake

    template = "canbo"
    name = f"test_country_{os.getpid()}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _create(name, template)
        with _connected_to(name):
            console = intake.console()
            with authority.sight(console):
                reform.replay(by=console)
    return name


@pytest.fixture
def country(_country_template: str, django_db_blocker: object) -> Iterator[str]:
    """The register with the reform replayed, everything in sight. Read it; what a test writes is rolled back."""
    from django.db import transaction

    from canbo.registry import authority, intake

    with django_db_blocker.unblock(), _connected_to(_country_template), transaction.atomic():  # type: ignore[attr-defined]
        authority.open_sight(authority.reach_of(intake.console()))
        yield _country_template
        transaction.set_rollback(True)


@pytest.fixture
def own_country(_country_template: str, django_db_blocker: object) -> Iterator[str]:
    """A copy of the register with the reform replayed; commits are real."""
    with django_db_blocker.unblock(), _clone(_country_template, f"test_copy_{os.getpid()}") as name:  # type: ignore[attr-defined]
        yield name


@contextmanager
def _clone(template: str, name: str) -> Iterator[str]:
    _create(name, template)
    try:
        with _connected_to(name):
            yield name
    finally:
        _owner_says(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _create(name: str, template: str) -> None:
    from django.db import connections

    connections.close_all()
    _owner_says(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _owner_says(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    _owner_says(f'GRANT CONNECT ON DATABASE "{name}" TO canbo_app')


def _owner_says(statement: str) -> None:
    """Run a statement about databases, from the maintenance database."""
    import psycopg

    from canbo.project.database.provider import urls

    # Dropping by force ends whoever is connected, also the server's own cleaner, which only its superuser may.
    dropping = statement.startswith("DROP")
    owner = str((urls()["superuser"] if dropping else None) or urls()["owner"])
    parts = psycopg.conninfo.conninfo_to_dict(owner) | {"dbname": "postgres"}
    with psycopg.connect(**parts, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    """Point Django at another database of the same server."""
    from django.db import connections

    before = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    connections.close_all()
    for alias in before:
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        for alias, old in before.items():
            connections[alias].settings_dict["NAME"] = old


@pytest.fixture
def world(db: None) -> object:
    """The small made-up province of tests/world.py, everything in sight, rolled back at the end."""
    from canbo.registry import authority, intake
    from tests import world as made_up

    authority.open_sight(authority.reach_of(intake.console()))
    return made_up.build()


@pytest.fixture(autouse=True)
def read_in_english() -> Iterator[None]:
    """Sentences are compared in English; a test of another language overrides it."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture
def committed(own_register: str) -> object:
    """The small made-up province with its people, really committed, in a database of the test's own."""
    from canbo.registry import authority, intake
    from tests import world as made_up
    from tests.registry import acts

    with authority.sight(intake.console()):
        world = made_up.build()
        acts.populate(world)
    return world


@pytest.fixture
def own_folder(settings: Any, tmp_path: Path) -> Path:
    """A folder of the test's own for the articles that this installation made law."""
    from canbo.rules import corpus

    settings.CANBO_RULEBOOK_OWN = tmp_path / "own"
    corpus.look_again()
    return tmp_path / "own"

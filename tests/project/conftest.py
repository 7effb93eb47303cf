"""Databases of a test's own: each in a state folder of its own, removed at the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from canbo.project.database.embedded import Embedded


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder as pytest gives it: closed to all others, like a checkout that only its owner can read."""
    return tmp_path / "state"


@pytest.fixture
def database(home: Path) -> Iterator[Embedded]:
    """A database that is made at its first `ensure_running`."""
    made = Embedded(home)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One database for all tests of a module that leave it as they found it."""
    made = Embedded(tmp_path_factory.mktemp("standing") / "state")
    made.ensure_running()
    yield made
    made.remove()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="canbo-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)

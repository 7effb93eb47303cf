"""Keys of votes lie in a folder of the test's own; weak keys are drawn where a test holds many votes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def keys_apart(settings: Any, tmp_path: Path) -> Path:
    settings.CANBO_BALLOT_KEYS = tmp_path / "ballots"
    return tmp_path / "ballots"


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of 1,024 bits: for tests of what is written where, not of how hard a key is to break."""
    from canbo.ballots import keys

    monkeypatch.setattr(keys, "BITS", 1024)

"""The same property tests with thousands of examples, each a new one: `pytest -m soak tests/rules`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.soak
def test_readers_agree_on_thousands_of_made_up_articles_and_half_known_people() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/rules", "-m", "hypothesis", "-q", "--hypothesis-show-statistics"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("CANBO_", "PYTEST_"))}
        | {"CANBO_EXAMPLES": "soak"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-20_000:]
    print("\n".join(line for line in told.stdout.splitlines() if "::" in line or "passing examples" in line or " passed" in line))

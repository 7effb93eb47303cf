"""How hard the tests try: what a landing may not skip, and how many examples a soak makes."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

from canbo.project.browser import found

EXAMPLES = os.environ.get("CANBO_EXAMPLES", "default")
# Where nobody reads what was skipped, a test that cannot run is a test that fails.
LANDING = bool(os.environ.get("CI")) or EXAMPLES == "landing"


def needs(there: bool, reason: str) -> pytest.MarkDecorator:
    """Skip where something is not installed; in a landing run, and fail."""
    return pytest.mark.skipif(not there and not LANDING, reason=reason)


needs_a_browser = needs(found() is not None, "No Chromium here: install the system's package `chromium`.")


def imported(name: str, reason: str) -> Any:
    """A module, or the tests of this file are skipped; in a landing they fail."""
    return importlib.import_module(name) if LANDING else pytest.importorskip(name, reason=reason)


def examples(usual: int) -> int:
    """How many random examples: in a soak twenty times as many, up to two thousand."""
    return max(usual, min(20 * usual, 2000)) if EXAMPLES == "soak" else usual

"""A call of the service of handing down headcount, for the test that every act leaves an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from canbo.registry import quotas


def trials(world: Any) -> dict[str, tuple[str, Callable[[], Any]]]:
    """For each service: the act that must stand in the journal, and a call that does it."""
    asked: dict[str, Any] = {
        "giver": None, "body": world.organizations["P"], "use": "total", "staff": "officials", "path": [(date(2027, 1, 1), 9)],
        "until": date(2028, 1, 1), **world.mark,
    }  # fmt: skip
    return {"quotas.allot": ("quota.allotted", lambda: quotas.allot(by=world.console, **asked))}

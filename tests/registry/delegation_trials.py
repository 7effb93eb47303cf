"""A call of each service of lending power, for the test that every act leaves an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from canbo.registry import delegation
from canbo.registry.days import since
from canbo.registry.models import Delegation


def trials(world: Any) -> dict[str, tuple[str, Callable[[], Any]]]:
    """For each service: the act that must stand in the journal, and a call that does it."""
    by, stands_in = world.console, world.account("stands in")
    today = date.today()

    asked: dict[str, Any] = {
        "acts": ["person.read"],
        "organization": world.organizations["P/2"],
        "basis": "Decision 12",
        **world.mark,
    }
    days = {"valid_from": today, "valid_to": today + timedelta(days=9)}
    lender = world.account("lends", "officer", "P")
    offered = Delegation.objects.create(giver=lender, receiver=by, valid=since(*days.values()), **asked)
    return {
        "delegation.give": ("delegation.given", lambda: delegation.give(receiver=stands_in, by=by, **asked, **days)),
        "delegation.accept": ("delegation.accepted", lambda: delegation.accept(offered, by=by)),
        "delegation.revoke": ("delegation.revoked", lambda: delegation.revoke(offered, reason="back at work", by=by)),
    }

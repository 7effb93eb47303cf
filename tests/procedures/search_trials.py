"""A call of each service of finding candidates, for the test that every act leaves an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from canbo.procedures import candidates
from canbo.procedures.models import Search
from canbo.registry import looking


def trials(world: Any) -> dict[str, tuple[str, Callable[[], Any]]]:
    """For each service: the act that must stand in the journal, and a call that does it."""
    by, on = world.console, date(2026, 11, 1)
    post, person = world.post("P/2.executive", "commune-chair"), world.person()
    world.serve(person, world.post("P/2.executive", "specialist"))
    search = Search.objects.create(post=post, weights=candidates.USUAL, on=on, sealed_by=by)
    return {
        "candidates.seal": (
            candidates.SEALED, lambda: candidates.seal(post=post, weights=candidates.USUAL, within=None, by=by, on=on),
        ),
        "candidates.find": (candidates.FOUND, lambda: candidates.find(search, by=by)),
        "candidates.reasons": (looking.FILE, lambda: candidates.reasons(search, person.pk, by=by)),
        "candidates.openings": (looking.FILE, lambda: candidates.openings(person, by=by, on=on)),
        "looking.looked_at_candidates": (
            candidates.FOUND, lambda: looking.looked_at_candidates(search, by=by, on=on, persons=[person.pk]),
        ),
    }  # fmt: skip

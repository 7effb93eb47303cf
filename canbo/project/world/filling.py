"""Filling a register: the real units through their reform, then the invented people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from canbo.procedures import effects
from canbo.project.world import accounts, invention, loading, loading_large, reform
from canbo.registry import authority, intake

Say = Callable[[str], object]


def fill(*, people: int | None, seed: int, say: Say) -> dict[str, Any]:
    """Make the register hold the units and the world of this size and seed; what the journal says of it.

    Doing it twice changes nothing. Raises sizes.TooFew and loading.NotEmpty.
    """
    console = intake.console()
    loading_large.clear(say=say)
    found = loading.was_loaded()
    if found is not None and (found["asked"], found["seed"]) == (people, seed):
        say(_("The invented world is there already: %(people)s people.") % {"people": f"{found['people']:,}"})
        return found
    if found is not None:
        raise loading.NotEmpty(
            _(
                "This register holds another invented world (seed %(seed)s, %(people)s people). Name an empty place with CANBO_HOME."
            )
            % {"seed": found["seed"], "people": f"{found['people']:,}"}
        )
    say(_("Inventing people ..."))
    world = invention.invent(people_wanted=people, seed=seed)
    say(_("Replaying the reform of 1 July 2025 on the real units ..."))
    with authority.sight(console):
        reform.replay(by=console)
    say(
        _("Loading %(people)s people and %(memberships)s memberships ...")
        % {"people": f"{world.people:,}", "memberships": f"{len(world.memberships.person):,}"}
    )
    chosen = loading_large if world.people >= loading_large.LARGE else loading
    chosen.load(world, loading.Asked(people, seed, console), say=say)
    told = loading.was_loaded()
    assert told is not None
    return told


def fill_demo(*, people: int | None, seed: int, say: Say) -> None:
    """What `canbo demo` does before it serves."""
    fill(people=people, seed=seed, say=say)
    effects.keep_from(date.today())
    if settings.CANBO_DEMO:
        say(_("Password of all demo accounts: %(word)s") % {"word": accounts.password()})

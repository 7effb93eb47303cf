"""A call of each service of lending power and of declaring, for the test that every act leaves an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from canbo.registry import delegation, disclosing
from canbo.registry.days import since
from canbo.registry.models import Account, Delegation, Interest, PersonName


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
        **declared(world),
    }


def declared(world: Any) -> dict[str, tuple[str, Callable[[], Any]]]:
    """The same for a person's own declarations: the actor becomes a person just before declaring."""
    person, relative = world.person("Thị Khai"), world.person("Thị Kin")
    today = date.today()
    name = str(PersonName.objects.get(person=relative))
    held = Interest.objects.create(person=person, enterprise="0100", role="owner", valid=since(date(2020, 1, 1)), **world.mark)
    asked = {"by": world.console, "on": today}

    def as_the_person(service: Callable[..., Any], *args: Any, **more: Any) -> Callable[[], Any]:
        def do() -> Any:
            Account.objects.filter(pk=world.console.pk).update(person=person)
            world.console.refresh_from_db()
            return service(*args, **asked, **more)

        return do

    kin = {"number": relative.identification_number, "name": name, "relation": "sibling"}
    part = {"enterprise": "0200", "role": "manager", "share": None}
    return {
        "disclosing.name_relative": ("kinship.disclosed", as_the_person(disclosing.name_relative, **kin)),
        "disclosing.name_interest": ("interest.disclosed", as_the_person(disclosing.name_interest, **part)),
        "disclosing.give_up": ("interest.given_up", as_the_person(disclosing.give_up, held)),
        "disclosing.declare": ("topic.disclosed", as_the_person(disclosing.declare, topic="kinship", none=True)),
    }

"""What the tests of proposals share: two communes whose heads change places, a vacancy that is filled in a chain, one call of each act."""

from __future__ import annotations

from datetime import date

from canbo.procedures import chains, proposals, rotating
from canbo.procedures.models import Hand, Proposal, Round
from canbo.registry.days import since
from canbo.registry.models import Account, Person
from tests.procedures import case_trials
from tests.world import World

ON = date(2026, 11, 2)
CHAIR = "commune-chair"


def moving(world: World) -> dict[str, Person]:
    """The chair of each commune is native to its ground, so that both have to move; by code of the body."""
    found = {}
    for code in ("P/1", "P/2"):
        found[code] = world.person(f"Chair {code}", native_area=world.areas[code])
        world.serve(found[code], world.post(f"{code}.executive", CHAIR), valid=since(date(2024, 1, 1)))
    return found


def vacant(world: World) -> dict[str, Person]:
    """The chair of P/1 is vacant; a deputy stands in P/2, and a specialist in each: native to the other province, none of them local."""
    far = world.areas["Q"]
    world.post("P/1.executive", CHAIR)
    found = {}
    for name, code, job in (("deputy", "P/2.executive", "commune-vice-chair"), ("clerk", "P/2", "specialist")):
        found[name] = world.person(name.title(), native_area=far)
        world.serve(found[name], world.post(code, job), valid=since(date(2016, 1, 1)))
    return found


def officer(world: World) -> Account:
    return Account.objects.filter(username="mover").first() or world.account("mover", "officer", "P")


def round_of(world: World, kind: str) -> Round:
    return proposals.round_of(kind=kind, body=world.organizations["P"], on=ON)


def proposed(world: World, kind: str) -> Proposal:
    return proposals.propose(round=round_of(world, kind), by=officer(world))


def trials(world: World) -> dict[str, case_trials.Trial]:
    """For each service of proposals: the acts that must stand in the journal, and a call that does them."""
    people, by, body = moving(world), officer(world), world.organizations["P"]
    world.post("P.executive", "province-vice-chair")
    found = proposed(world, "rotation")
    handed: Hand = proposals.put(
        round=found.round, person=people["P/2"], post="P/1.executive:commune-chair", says="apart", reason="why", by=by
    )
    read = "placement.read"

    def one(do: object, *acts: str) -> case_trials.Trial:
        return case_trials.Trial(acts, by, do)  # type: ignore[arg-type]

    return {
        "rotating.ask": one(lambda: rotating.ask(body=body, by=by, on=ON), read),
        "chains.ask": one(lambda: chains.ask(body=body, by=by, on=ON), read),
        "proposals.question": one(lambda: proposals.question(found.round, by=by), read),
        "proposals.propose": one(lambda: proposed(world, "rotation"), read, "placement.proposed"),
        "proposals.put": one(
            lambda: proposals.put(round=found.round, person=people["P/1"], post="x", says="apart", reason="why", by=by),
            "placement.hand_put",
        ),
        "proposals.lift": one(lambda: proposals.lift(hand=handed, by=by), "placement.hand_lifted"),
        "proposals.show": one(lambda: proposals.show(proposal=found, by=by), read),
        "proposals.accept": one(
            lambda: proposals.accept(proposal=found, by=by, on=ON), read, "case.opened", "case.opened", "placement.accepted"
        ),
    }

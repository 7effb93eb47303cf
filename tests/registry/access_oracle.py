"""The third opinion on access: the guide's table and its rules as Cedar policies, the province as Cedar entities.

Nothing here is made from `authority.ACTS` or from the code that reads it: the table is parsed from the guide, the rules
stand in authority.cedar, and what stands beneath what is written out by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import cedarpy

from tests import province as described
from tests.province import ROLES, Actor, ever, file_lies_with

HOUSE = Path(__file__).resolve().parents[2]
GUIDE = HOUSE / "docs" / "guide" / "authority.md"
POLICY = Path(__file__).with_suffix("").with_name("authority.cedar").read_text(encoding="utf-8")
TODAY = date.today()
ALWAYS = (date.min, date.max)

# Beneath what each body of the province stands, ended, or went whole into (see the story in tests/province.py).
ABOVE: dict[str, tuple[str, ...]] = {
    "P": (), "Q": (), "P.party": ("P",), "P.executive": ("P",), "P/1": ("P",), "P/2": ("P",), "P/4": ("P",), "P/6": ("P",),
    "P/7": ("P", "P/9"), "P/8": ("P", "P/9"), "P/9": ("P",), "P/10": ("P",), "P/1.party": ("P/1",), "P/1.executive": ("P/1",),
    "P/1.executive.office": ("P/1.executive",), "P/2.executive": ("P/2",), "P/7.executive": ("P/9",), "P/8.executive": ("P/8",),
    "Q/1": ("Q",), "Q/1.executive": ("Q/1",), "Q/5": ("Q",), "Q/6": ("Q",),
}  # fmt: skip


@dataclass(frozen=True)
class Loan:
    """Acts lent to an actor: by whom, over what (None: all), and how far the lending got."""

    giver: Actor
    acts: tuple[str, ...]
    within: str | None = "P/9"
    days: tuple[date, date] = (TODAY - timedelta(days=3), TODAY + timedelta(days=3))
    accepted: bool = True
    revoked: bool = False


@dataclass(frozen=True)
class Asker:
    """Somebody who asks, with a name for the reader: an actor of the description, the days of its grants, what was lent."""

    name: str
    actor: Actor
    days: tuple[date, date] = ALWAYS
    loans: tuple[Loan, ...] = ()
    signed_in: bool = True


# Whose accounts the askers are, besides those of the description: a person has one account.
OWNERS = ("beneath the unit", "in another province", "in the body that moved", "in two provinces", "retired from an origin",
          "retired beneath an origin", "never served")  # fmt: skip
LENDERS = {"officer": "above the unit"}


def askers() -> Iterator[Asker]:
    """Every kind of asker: by role and extent, own file, out of time, closed, a visitor, lent in every state."""
    for number, actor in enumerate(described.actors()):
        told = " and ".join(f"{role} over {over or 'all'}" for role, over in actor.grants) or "nothing granted"
        yield Asker(f"{number} {told}", actor)
    for role, own in zip(ROLES, OWNERS, strict=True):
        yield Asker(f"{role} in the own file", Actor(((role, None),), own=own))
        yield Asker(f"lent by {role}", Actor(), loans=(Loan(Actor(((role, "P"),)), tuple(table()), "P/9"),))
    for role in ("officer", "auditor"):
        yield Asker(f"{role} expired today", Actor(((role, None),)), (date.min, TODAY))
        yield Asker(f"{role} from tomorrow", Actor(((role, None),)), (TODAY + timedelta(days=1), date.max))
        yield Asker(f"{role} from today until tomorrow", Actor(((role, "P"),)), (TODAY, TODAY + timedelta(days=1)))
    yield from lent_by("officer")
    yield Asker("a visitor", Actor(), signed_in=False)
    officer = Actor((("officer", "P"),))
    lent = Loan(officer, LENDABLE, "P/2")
    yield Asker("lent over one body, granted over another", Actor((("leader", "Q"),)), loans=(lent,))
    yield Asker("lent by two", Actor(), loans=(lent, replace(lent, giver=Actor((("auditor", None),)), within=None)))
    yield Asker("lent, closed", Actor(active=False), loans=(lent,))
    yield Asker("lent, own file beneath", Actor(own="is to come"), loans=(lent,))
    yield Asker("lent by who holds elsewhere", Actor(), loans=(replace(lent, giver=Actor((("officer", "Q"),))),))
    yield Asker(
        "lent by two roles", Actor(), loans=(replace(lent, giver=Actor((("officer", "P/9"), ("registrar", "P"))), within="P"),)
    )


LENDABLE = (
    "staff.read", "person.read", "person.read_family", "person.enter", "person.change", "person.correct", "count.read",
    "journal.read", "appointment.nominate", "candidates.find", "case.read", "organization.change", "register.intake", "rules.draft",
)  # fmt: skip


def lent_by(role: str) -> Iterator[Asker]:
    """A role lent in every state, with all acts there are: also those that are never lent, which only a mistake could write."""
    over = Actor(((role, "P"),), own=LENDERS[role])
    whole = Loan(over, tuple(table()))
    told = {
        "lent": whole, "not accepted": replace(whole, accepted=False), "withdrawn": replace(whole, revoked=True),
        "over": replace(whole, days=(TODAY - timedelta(days=9), TODAY)),
        "from tomorrow": replace(whole, days=(TODAY + timedelta(days=1), TODAY + timedelta(days=9))),
        "from today": replace(whole, days=(TODAY, TODAY + timedelta(days=1))),
        "all that the giver reaches": replace(whole, within=None), "beyond the giver": replace(whole, within="Q"),
        "by a closed account": replace(whole, giver=replace(over, own=None, active=False)),
        "by who holds it over everything": replace(whole, giver=Actor(((role, None),)), within=None),
        "by who holds it over everything, over one body": replace(whole, giver=Actor(((role, None),))),
        "one act": replace(whole, acts=("candidates.find",)), "reading alone": replace(whole, acts=("person.read",)),
        "listing alone": replace(whole, acts=("staff.read",)), "counting alone": replace(whole, acts=("count.read",)),
    }  # fmt: skip
    for name, loan in told.items():
        yield Asker(f"lent by {role}, {name}", Actor(), loans=(loan,))


# ---- the guide


@cache
def table() -> dict[str, frozenset[str]]:
    """Act -> roles (or "everyone") of the table in the guide."""
    rows = re.findall(r"(?m)^\| `([a-z_.]+)` \|(.*)\|$", GUIDE.read_text(encoding="utf-8"))
    columns = [*ROLES, "everyone"]
    return {
        act: frozenset(c for c, cell in zip(columns, line.split("|"), strict=True) if cell.strip() == "yes") for act, line in rows
    }


def group(title: str) -> list[str]:
    """The acts that a rule of the guide names in its first sentence, after its bold or leading words."""
    found = re.search(rf"(?m)^\* (?:\*\*)?{title}(?:\*\*)?[^:.]*:((?: `[a-z_.]+`,?)+)", GUIDE.read_text(encoding="utf-8"))
    assert found, f"docs/guide/authority.md has no rule that begins with {title!r}"
    return re.findall(r"`([a-z_.]+)`", found[1])


GROUPS = {
    "own file": "One's own file", "never in the own file": "Never in one's own file", "without a place": "Without a place",
    "never lent": "never lent",
}  # fmt: skip


# ---- entities


def uid(kind: str, name: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": name}}


def entity(kind: str, name: str, attrs: dict[str, Any] | None = None, parents: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    return {
        "uid": {"type": kind, "id": name}, "attrs": attrs or {}, "parents": [{"type": type_, "id": id_} for type_, id_ in parents],
    }  # fmt: skip


def place(code: str | None) -> tuple[str, str]:
    return ("Register", "all") if code is None else ("Organization", code)


def actions() -> list[dict[str, Any]]:
    """Every act in the groups of its roles and of the rules that name it, and in the sets in which acts are lent."""
    named = {title: set(group(begins)) for title, begins in GROUPS.items()}
    parents = {
        act: {f"role:{role}" for role in roles} | {t for t, acts in named.items() if act in acts}
        for act, roles in table().items()
    }
    lent = sorted({loan.acts for asker in askers() for loan in asker.loans})
    for number, acts in enumerate(lent):
        for act in acts:
            parents[act].add(f"lent:{number}")
    groups = {*(f"role:{role}" for role in (*ROLES, "everyone")), *GROUPS, *(f"lent:{n}" for n in range(len(lent)))}
    return [
        *(entity("Action", name) for name in sorted({*groups, "see the row", "act upon"})),
        *(entity("Action", act, parents=[("Action", each) for each in sorted(above)]) for act, above in parents.items()),
    ]


def lent_set(acts: tuple[str, ...]) -> dict[str, Any]:
    lent = sorted({loan.acts for asker in askers() for loan in asker.loans})
    return uid("Action", f"lent:{lent.index(acts)}")


BODIES = (
    "P",
    "P.executive",
    "P/2",
    "P/4",
    "P/6",
    "P/7",
    "P/8.executive",
    "P/9",
    "P/10",
    "P/1.executive.office",
    "Q/1",
    "Q/5",
    "Q/6",
)
#: What every act is asked about.
ASKED = [
    ("Register", "all"), *(("Organization", code) for code in BODIES), ("Post", "P/9"), ("Post", "Q/5"),
    *(("Person", who) for who in described.SERVES if who != "retired from a divided unit"),
]  # fmt: skip


def things() -> list[dict[str, Any]]:
    """The register, its bodies, posts, persons, and the rows about them."""
    found = [entity("Register", "all")]
    found += [entity("Organization", code, parents=[place(None), *map(place, above)]) for code, above in ABOVE.items()]
    found += [entity("Post", code, parents=[place(code)]) for code in ("P/9", "P/2", "Q/1", "Q/5", "P")]
    for who in described.SERVES:
        file, served = map(sorted, (file_lies_with(who), ever(who)))
        own = {"person": uid("Person", who)}
        found.append(entity("Person", who, PLAIN_TIES, [place(None), *map(place, file)]))
        found.append(entity("Row", f"file of {who}", own, [place(None), *map(place, file)]))
        found.append(entity("Row", f"name of {who}", own, [place(None), *map(place, served)]))
        for body in served:
            found.append(entity("Row", f"{who} in {body}", own, [place(None), place(body), *map(place, file)]))
            found.append(entity("Row", f"change of {who} in {body}", parents=[place(None), place(body)]))
    found.append(entity("Row", "removal", parents=[place(None)]))
    return found


PLAIN_TIES: dict[str, Any] = {"near": [], "partners": [], "declared": True}


def day(number: date) -> int:
    return number.toordinal()


def grant(name: str, holder: str, role: str, over: str | None, days: tuple[date, date]) -> dict[str, Any]:
    attrs = {
        "holder": uid("Account", holder), "role": uid("Action", f"role:{role}"), "over": uid(*place(over)), "from": day(days[0]),
        "to": day(days[1]),
    }  # fmt: skip
    return entity("Grant", name, attrs)


def account(name: str, actor: Actor, *, signed_in: bool = True) -> dict[str, Any]:
    own = {"person": uid("Person", actor.own)} if actor.own else {}
    return entity("Account", name, {"signed_in": signed_in, "active": actor.active, **own})


def shown_by(asker: Asker) -> tuple[list[str], list[dict[str, Any]]]:
    """What an asker has to show, as principals, and the entities that say what they are."""
    holder = asker.name
    found = [account(holder, asker.actor, signed_in=asker.signed_in), entity("Plain", holder, {"holder": uid("Account", holder)})]
    principals = [named("Plain", holder)]
    for number, (role, over) in enumerate(asker.actor.grants):
        found.append(grant(f"{holder} #{number}", holder, role, over, asker.days))
        principals.append(named("Grant", f"{holder} #{number}"))
    for number, loan in enumerate(asker.loans):
        giver = f"{holder} giver {number}"
        found.append(account(giver, loan.giver))
        for part, (role, over) in enumerate(loan.giver.grants):
            found.append(grant(f"{giver} #{part}", giver, role, over, ALWAYS))
            attrs = {
                "holder": uid("Account", holder), "giver": uid("Account", giver), "grant": uid("Grant", f"{giver} #{part}"),
                "acts": lent_set(loan.acts), "within": uid(*place(loan.within)), "accepted": loan.accepted, "revoked": loan.revoked,
                "from": day(loan.days[0]), "to": day(loan.days[1]),
            }  # fmt: skip
            found.append(entity("Loan", f"{giver} {part}", attrs))
            principals.append(named("Loan", f"{giver} {part}"))
    return principals, found


def named(kind: str, name: str) -> str:
    return f"{kind}::{json.dumps(name)}"


# ---- asking


Cell = tuple[str, str, tuple[str, str]]  # asker, act, thing


def answers(acts: Iterable[str], about: list[tuple[str, str]]) -> dict[Cell, bool]:
    """What Cedar says of every asker, act and thing: allowed if any of what the asker has to show allows it."""
    cells: list[Cell] = []
    requests, entities = [], [*actions(), *things()]
    for asker in askers():
        principals, known = shown_by(asker)
        entities += known
        for act in acts:
            for thing in about:
                for principal in principals:
                    cells.append((asker.name, act, thing))
                    requests.append(request(principal, act, thing))
    found: dict[Cell, bool] = {}
    for cell, said in zip(cells, decided(requests, entities), strict=True):
        found[cell] = found.get(cell, False) or said
    return found


def request(principal: str, act: str, thing: tuple[str, str]) -> dict[str, Any]:
    return {
        "principal": principal, "action": named("Action", act), "resource": named(*thing), "context": {"today": day(TODAY)},
    }  # fmt: skip


def decided(requests: list[dict[str, Any]], entities: list[dict[str, Any]]) -> list[bool]:
    """Cedar's answers; an error in any policy is a failure of the oracle, not a refusal."""
    results = cedarpy.is_authorized_batch(requests, POLICY, entities)
    wrong = [result.diagnostics.errors for result in results if result.diagnostics.errors]
    assert not wrong, wrong[:3]
    return [result.allowed for result in results]

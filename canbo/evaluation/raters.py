"""Who is asked about whom: computed from the register, never chosen by the rated person or by whoever rates.

Colleagues are those of the same body and standing; of whoever leads, the people led and the heads of the bodies directly
beneath; of a head, the heads of the bodies beside the own. Kin, and who has a part in the same enterprise, are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from canbo.evaluation import inputs
from canbo.evaluation.inputs import Member
from canbo.registry import conflict
from canbo.registry.asking import numbers, rows
from canbo.rules.evaluation.periods import Period
from canbo.rules.evaluation.sides import Sides


@dataclass(frozen=True)
class Rater:
    """Somebody who is asked about somebody as one of a side, or is left out, with the reason."""

    rater: int
    ratee: int
    organization: int
    side: str
    excluded: str = ""


@dataclass
class Drawn:
    """Who is asked in a round; `small`: the sides that are too small to be asked, as (person, side, how many there are)."""

    asked: list[Rater] = field(default_factory=list)
    small: list[tuple[int, str, int]] = field(default_factory=list)


def drawn(bodies: Sequence[int], period: Period, law: Sides, *, ident: str, anonymous: bool, on: date) -> Drawn:
    """Who is asked about everybody evaluated in these bodies. The caller has opened what it must see.

    ident  the random name of the round: where a side has more people than are asked, it draws among them
    """
    found = Drawn()
    members = inputs.members(bodies, period)
    near = _near(bodies, on)
    others = {each.person: each for each in inputs.members({one for pair in near for one in pair[:2]}, period)}
    everybody = {**others, **{each.person: each for each in members}}
    for ratee in members:
        for side, raters in _sides(ratee, everybody.values(), near).items():
            _ask(found, ratee, side, raters, law, ident, anonymous, on)
    return found


def _near(bodies: Sequence[int], on: date) -> list[tuple[int, int, str]]:
    """(body, another, how it stands to it: beneath or beside) of these bodies on a day."""
    found = rows(
        """
        SELECT p.parent_id AS body, p.organization_id AS other, 'beneath' AS how FROM {organizationparent} p
        WHERE p.parent_id = ANY (%(ids)s::bigint[]) AND p.valid @> %(on)s::date
        UNION ALL
        SELECT own.organization_id, p.organization_id, 'beside' FROM {organizationparent} own
        JOIN {organizationparent} p ON p.parent_id = own.parent_id AND p.organization_id <> own.organization_id AND p.valid @> %(on)s::date
        WHERE own.organization_id = ANY (%(ids)s::bigint[]) AND own.valid @> %(on)s::date
        """,
        {"ids": numbers(bodies), "on": on},
    )
    return [(row["body"], row["other"], row["how"]) for row in found]


def _sides(ratee: Member, everybody: Iterable[Member], near: Sequence[tuple[int, int, str]]) -> dict[str, list[int]]:
    beneath = {other for body, other, how in near if body == ratee.organization and how == "beneath"}
    beside = {other for body, other, how in near if body == ratee.organization and how == "beside"}
    found: dict[str, list[int]] = {}
    for each in everybody:
        if each.person == ratee.person:
            continue
        same = each.organization == ratee.organization
        if same and each.leads == ratee.leads:
            found.setdefault("peer", []).append(each.person)
        elif ratee.leads and (same or (each.organization in beneath and each.standing == "head")):
            found.setdefault("subordinate", []).append(each.person)
        elif ratee.standing == "head" and each.standing == "head" and each.organization in beside:
            found.setdefault("other", []).append(each.person)
    return found


def _ask(found: Drawn, ratee: Member, side: str, raters: list[int], law: Sides, ident: str, anonymous: bool, on: date) -> None:
    """Leave out who is tied, draw among the rest, and ask nobody where a side could never be shown."""
    tied = conflict.among(raters, [ratee.person], on)
    free = sorted((each for each in raters if each not in tied), key=lambda each: _lot(ident, ratee.person, each))[: law.most]
    found.asked += [Rater(each, ratee.person, ratee.organization, side, tied[each].reason) for each in raters if each in tied]
    if anonymous and len(free) < law.least:
        found.small.append((ratee.person, side, len(free)))
        return
    found.asked += [Rater(each, ratee.person, ratee.organization, side) for each in free]


def _lot(ident: str, ratee: int, rater: int) -> bytes:
    return hashlib.sha256(f"{ident} {ratee} {rater}".encode()).digest()

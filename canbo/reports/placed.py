"""What the articles on deputies leave for a placement: asked of the register as the scenario would make it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from canbo.procedures.placing import Limit
from canbo.registry import queries
from canbo.reports import deputies
from canbo.reports.caps import Cap


def deputies_left(body: int, on: date) -> list[Limit]:
    """How many deputies may yet be placed in each body beneath a body, and over each set of which an average is asked.

    Who serves as deputy on the day counts already. A limit binds from the first of the days by which the articles want
    numbers to conform, and where they name no such day; until then it is a target. Nothing that the articles leave open is a limit.
    """
    found = deputies.path_of(queries.unit_by_id(body, on=on).code, on=on, to=on)
    binds = not found.deadlines or on >= found.deadlines[0].day
    return list(_limits(found, binds))


def _limits(found: deputies.Found, binds: bool) -> Iterator[Limit]:
    for group in found.groups:
        serving = Counter(deputy.body for deputy in group.deputies)
        code = {each.id: each.code for each in group.bodies}
        for body, cap in group.each.items():
            if cap.number is not None:
                yield _limit(code[body], {body}, cap, cap.number - serving[body], binds)
        if group.together is not None and group.together.number is not None:
            yield _limit(f"{group.unit}:{group.word}", set(code), group.together, group.together.number - group.now, binds)


def _limit(name: str, bodies: set[int], cap: Cap, left: int, binds: bool) -> Limit:
    return Limit(name, frozenset(bodies), max(0, left), cap.binding, binds)

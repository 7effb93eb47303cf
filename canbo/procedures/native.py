"""Whether people are native to the ground of their posts, for thousands of posts at once.

`registry/ground.sql` says it of one post and all native places; here the same relation is read once for a day and asked
from memory. tests/procedures/test_rotation.py holds both against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from canbo.registry import facts
from canbo.registry.asking import one


@dataclass(frozen=True)
class Grounds:
    """The units of a day and where they came from; all numbers are those of organizations, `places` by areas.

    parents  the body above each
    units    administrative units
    living   organizations that there are on the day
    heirs    what an organization became, in one step
    places   organizations known by the ground or by any code of an area
    """

    parents: Mapping[int, int]
    units: Collection[int]
    living: Collection[int]
    heirs: Mapping[int, list[int]]
    places: Mapping[int, list[int]]
    _became: dict[int, frozenset[int]] = field(default_factory=dict)
    _above: dict[int, list[int]] = field(default_factory=dict)

    def above(self, organization: int) -> list[int]:
        """An organization and all above it, from the bottom up."""
        if organization not in self._above:
            chain = [organization]
            while (parent := self.parents.get(chain[-1])) is not None and len(chain) < 64:
                chain.append(parent)
            self._above[organization] = chain
        return self._above[organization]

    def unit_of(self, organization: int) -> int | None:
        """The unit whose ground an organization serves: the nearest at or above it."""
        return next((one for one in self.above(organization) if one in self.units), None)

    def became(self, area: int) -> frozenset[int]:
        """The units that a native place has become by the day."""
        if area not in self._became:
            seen = set(self.places.get(area, ()))
            waiting = list(seen)
            while waiting:
                fresh = set(self.heirs.get(waiting.pop(), ())) - seen
                seen |= fresh
                waiting += fresh
            self._became[area] = frozenset(seen.intersection(self.living))
        return self._became[area]

    def native(self, area: int | None, organization: int) -> bool | None:
        """Whether a native place lies in the ground that an organization serves; None where nobody can say."""
        parts = self.became(area) if area is not None else frozenset()
        unit = self.unit_of(organization)
        if not parts or unit is None:
            return None
        within = {part for part in parts if unit in self.above(part)}
        around = parts.intersection(self.above(organization)) - within
        return facts.native_value(len(within), len(around), len(parts))

    def natives(self, areas: Sequence[int | None], organizations: Sequence[int]) -> NDArray[np.int8]:
        """The same for every organization (rows) and every native place (columns): 1, 0, or -1 where nobody can say.

        Only bodies in a line with what a place became are looked at: everywhere else it is foreign.
        """
        units = [self.unit_of(one) for one in organizations]
        serving, beneath = defaultdict(list), defaultdict(list)
        for row, (organization, unit) in enumerate(zip(organizations, units, strict=True)):
            serving[unit].append(row)
            for body in self.above(organization) if unit is not None else ():
                beneath[body].append(row)
        found = np.full((len(organizations), len(areas)), -1, np.int8)
        known = np.array([unit is not None for unit in units], dtype=bool)
        for column, area in enumerate(areas):
            parts = self.became(area) if area is not None else frozenset()
            if parts:
                found[known, column] = 0
                near = {row for part in parts for row in beneath[part]}
                near.update(row for part in parts for body in self.above(part) for row in serving[body])
                for row in near:
                    found[row, column] = _TOLD[self.native(area, organizations[row])]
        return found


_TOLD = {None: -1, False: 0, True: 1}


def read(on: date) -> Grounds:
    """The units of a day, in five readings of one row each: a row for every unit costs more than finding it."""
    parents = _pairs("SELECT organization_id AS a, parent_id AS b FROM {organizationparent} WHERE valid @> %(on)s::date", on)
    units = _pairs(
        "SELECT s.organization_id AS a, 0 AS b FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id"
        " WHERE k.structure = 'unit' AND s.valid @> %(on)s::date",
        on,
    )
    living = _pairs("SELECT id AS a, 0 AS b FROM {organization} WHERE life @> %(on)s::date", on)
    heirs = _pairs(
        "SELECT o.organization_id AS a, r.organization_id AS b FROM {original} o JOIN {resulting} r ON r.event_id = o.event_id"
        " JOIN {changeevent} e ON e.id = o.event_id WHERE e.on <= %(on)s::date",
        on,
    )
    places = _pairs(
        "SELECT area_id AS a, id AS b FROM {organization} WHERE area_id IS NOT NULL"
        " UNION SELECT a.id, c.organization_id FROM {area} a JOIN {organizationcode} c ON c.code = a.code",
        on,
    )
    return Grounds(
        dict(parents), frozenset(unit for unit, _zero in units), frozenset(body for body, _zero in living),
        _grouped(heirs), _grouped(places),
    )  # fmt: skip


def _pairs(query: str, on: date) -> list[tuple[int, int]]:
    found = one(f"SELECT string_agg(a || ' ' || b, ' ') AS pairs FROM ({query}) AS pair", {"on": on})
    told = map(int, ((found and found["pairs"]) or "").split())
    return list(zip(told, told, strict=True))


def _grouped(pairs: list[tuple[int, int]]) -> dict[int, list[int]]:
    grouped: dict[int, list[int]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped

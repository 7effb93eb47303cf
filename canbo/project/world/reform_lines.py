"""The reform of a country's units as the lines of a scenario: to be rehearsed, checked, carried out and taken back.

`reform.replay` carries the same facts out at once, to fill a register. Here one province, or the whole country, is worked
out as any reorganisation is (docs/guide/scenarios.md), upon a register of the day before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from canbo.project.world import reform

Lines = dict[str, list[dict[str, Any]]]


def lines(provinces: Collection[str] | None = None) -> Lines:
    """Merges, moves and dissolutions of units that lead to the provinces of these codes after the reform; None: to all.

    A district ends, and the communes on its ground take over; of a commune that was divided each part is named where it went.
    """
    before, after = reform.read("before"), reform.read("after")
    pairs = [pair for pair in reform.read_became() if provinces is None or pair[1].partition("/")[0] in provinces]
    counts = Counter(old for old, _new in pairs)
    origins: dict[str, list[str]] = defaultdict(list)
    districts: dict[str, dict[str, None]] = defaultdict(dict)
    for old, new in pairs:
        origins[new].append(old)
        if old.count("/") == 2:
            districts[old.rpartition("/")[0]][new] = None
    found: Lines = {"merge": [], "dissolve": [], "move": []}
    for new, olds in sorted(origins.items()):
        unit = _said(after[new])
        if len(olds) == 1 and counts[olds[0]] == 1:
            if unit != _said(before[olds[0]]):
                found["move"].append({"unit": olds[0], **unit})
            continue
        whole = [old for old in olds if counts[old] == 1]
        parts = [old for old in olds if counts[old] > 1]
        found["merge"].append({**({"units": whole} if whole else {}), **({"parts": parts} if parts else {}), "into": unit})
    found["dissolve"] = [{"unit": district, "heirs": list(heirs)} for district, heirs in sorted(districts.items())]
    return found


def _said(unit: reform.Unit) -> dict[str, Any]:
    """A unit as a line of a scenario says it."""
    return {"code": unit.code, "name": {reform.facts()["language"]: unit.name}, "kind": unit.kind, "parent": unit.parent}

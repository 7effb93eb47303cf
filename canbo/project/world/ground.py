"""The ground of the world: the real units before and after the reform, and which of them became which."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache

from canbo.project.world import reform
from canbo.project.world.reform import Unit


@dataclass
class Ground:
    """Units by code, sorted; `origins` and `heirs` by code; `continues`: new code -> the old code of the same unit."""

    before: dict[str, Unit]
    after: dict[str, Unit]
    origins: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    heirs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    divided: set[str] = field(default_factory=set)
    continues: dict[str, str] = field(default_factory=dict)
    district_heirs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def provinces(self) -> list[str]:
        return [code for code in self.after if "/" not in code]

    @property
    def communes(self) -> list[str]:
        return [code for code in self.after if "/" in code]

    def communes_of(self, province: str) -> list[str]:
        return [code for code in self.after if code.startswith(province + "/")]

    def old_provinces_of(self, province: str) -> list[str]:
        return self.origins[province]

    def districts(self) -> list[str]:
        return [code for code in self.before if code.count("/") == 1]

    def old_communes(self) -> list[str]:
        return [code for code in self.before if code.count("/") == 2]


@cache
def read() -> Ground:
    """The ground as the rulebook's unit files give it, in the order of their codes."""
    before, after = reform.read("before"), reform.read("after")
    ground = Ground(dict(sorted(before.items())), dict(sorted(after.items())))
    pairs = sorted(reform.read_became())
    times = Counter(old for old, _new in pairs)
    ground.divided = {old for old, number in times.items() if number > 1}
    for old, new in pairs:
        ground.origins[new].append(old)
        ground.heirs[old].append(new)
        if old.count("/") == 2 and new not in ground.district_heirs[old.rpartition("/")[0]]:
            ground.district_heirs[old.rpartition("/")[0]].append(new)
        if old.count("/") == 1:  # an island district without communes became a unit itself
            ground.district_heirs[old].append(new)
    for new, olds in ground.origins.items():
        if len(olds) == 1 and olds[0] not in ground.divided:
            ground.continues[new] = olds[0]
    return ground

"""Facts that follow from others of the same case, where they are not given themselves.

Whether a person is native to the area of a post follows from two codes and the lineage of the units; whether the
person is planned for it, from the list of posts; the kind of move, from two ranks. What is derived says in
`source` what it was derived from, and is never put in the place of what was given.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from canbo.rules.corpus import Corpus
from canbo.rules.reading import nearest, read
from canbo.rules.schema import Fact
from canbo.rules.words import error, message

Facts = Mapping[str, Fact]
OLD = "old:"
CENTRE = "centre"


def derive(corpus: Corpus, facts: Facts, on: date, *, language: str = "en") -> dict[str, Fact]:
    """The facts, and what follows from them on the day `on`; sources are worded in `language`.

    Raises RuleError for the code of an area that no unit has ever borne.
    """
    case = dict(facts)
    for name, (needs, work_out) in _RULES.items():
        known = [case[need].value for need in needs if need in case and case[need].value is not None]
        if name not in corpus.facts or len(known) < len(needs) or (name in case and case[name].value is not None):
            continue
        found = work_out(corpus, on, language, *known)
        if found is not None:
            given = ", ".join(f"{need} ({_shown(value)})" for need, value in zip(needs, known, strict=True))
            source = found.source or message("derived_from", facts=given).say(language)
            case[name] = Fact(found.value, source, on, found.reason_unknown)
    return case


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (tuple, frozenset)) else str(value)


def _native_in_area(corpus: Corpus, on: date, language: str, native: object, area: object) -> Fact | None:
    if not (corpus.path / "units" / "became.csv").is_file():
        return None
    units = lineage(corpus.path)
    codes = units.known("person.native_area", str(native)), units.known("post.area", str(area))
    inside, why = units.inside(*codes, on)
    now = ", ".join(units.titled(code) for code in units.on(codes[0], on))
    given = f"person.native_area ({codes[0]}), post.area ({codes[1]})"
    return Fact(inside, message("derived_area", facts=given, now=now).say(language), on, why)


def _planned(_corpus: Corpus, _on: date, _language: str, posts: object, title: object) -> Fact:
    return Fact(isinstance(posts, (tuple, frozenset)) and title in posts)


def _move(_corpus: Corpus, _on: date, _language: str, held: object, rank: object) -> Fact | None:
    """The larger number is the higher post; 0 is no leading post."""
    if not isinstance(held, int) or not isinstance(rank, int):
        return None
    if held == 0 and rank > 0:
        return Fact("first")
    return Fact("equal" if rank == held else ("higher" if rank > held else "lower"))


_RULES: Mapping[str, tuple[tuple[str, ...], Callable[..., Fact | None]]] = {
    "case.native_in_area": (("person.native_area", "post.area"), _native_in_area),
    "case.planned": (("person.planned_for", "post.title"), _planned),
    "case.move": (("person.rank", "post.rank"), _move),
}


# ---- the lineage of the units


@dataclass(frozen=True)
class Lineage:
    """Which unit became which on the day of the reform.

    names   every code ever borne, with the unit's name
    heirs   the old codes that have heirs of their own; a district's heirs are those of its communes
    day     the first day of the new units
    """

    names: Mapping[str, str]
    heirs: Mapping[str, tuple[str, ...]]
    day: date

    def known(self, name: str, code: str) -> str:
        """The code of the unit; of a body inside a unit, that of the unit."""
        unit = code.strip().partition(".")[0]
        if unit != CENTRE and unit not in self.names:
            close = [known for known in self.names if known.rpartition("/")[0] == unit.rpartition("/")[0]]
            raise error("unit_unknown", name=name, found=code, hint=nearest(unit, close))
        return unit

    def titled(self, code: str) -> str:
        """Name and code, such as Phường Hồng Bàng (31/11311)."""
        return f"{self.names[code]} ({code})" if code in self.names else code

    def became(self, code: str) -> tuple[str, ...]:
        """The units since the reform on whose ground this one lies; a new unit is itself."""
        if not code.startswith(OLD):
            return (code,)
        if code in self.heirs:
            return self.heirs[code]
        below = [heir for old, heirs in self.heirs.items() if old.startswith(f"{code}/") for heir in heirs]
        return tuple(dict.fromkeys(below))

    def on(self, code: str, on: date) -> tuple[str, ...]:
        """The units that it is, or has become, on a day."""
        return (code,) if on < self.day else self.became(code)

    def inside(self, native: str, area: str, on: date) -> tuple[bool | None, str]:
        """Whether one unit lies in another, and why where it cannot be told.

        Disputed: the native unit was divided, and only a part of it lies in the area. Imprecise: the native
        place is known only as a larger unit, of which the area is a part.
        """
        if area == CENTRE or _within(native, area):
            return True, ""
        if _within(area, native):
            return None, "imprecise"
        if on < self.day and native.startswith(OLD) and area.startswith(OLD):
            return False, ""
        parts, ground = self.became(native), self.became(area)
        inside = [part for part in parts if any(_within(part, unit) for unit in ground)]
        if not inside:
            wider = any(_within(unit, part) for unit in ground for part in parts)
            return (None, "imprecise") if wider else (False, "")
        # An area named by an old code shares its heirs with others, so that having one of them in common proves nothing.
        return (True, "") if ground == (area,) and len(inside) == len(parts) else (None, "disputed")


def _within(code: str, area: str) -> bool:
    return code == area or code.startswith(f"{area}/")


@cache
def lineage(rulebook: Path) -> Lineage:
    """The lineage of a rulebook's units, read once for the process (about 20 ms)."""
    names: dict[str, str] = {}
    for file in ("before.csv", "after.csv"):
        with (rulebook / "units" / file).open(encoding="utf-8", newline="") as lines:
            names |= {row[0]: row[2] for row in csv.reader(lines)}
    heirs: dict[str, list[str]] = {}
    with (rulebook / "units" / "became.csv").open(encoding="utf-8", newline="") as lines:
        for before, after in csv.reader(lines):
            heirs.setdefault(before, []).append(after)
    day = read(rulebook / "reform.yaml").at("day").day()
    return Lineage(names, {old: tuple(new) for old, new in heirs.items()}, day)

"""What became of the bodies on the day of the reform: they follow the ground they stood on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from canbo.project.world.ground import Ground
from canbo.project.world.structure import Structure


@dataclass(frozen=True)
class Event:
    """An event among bodies: `originals` (body, code, whole), `resulting` (body, code), formed from them or only heirs."""

    kind: str
    originals: tuple[tuple[int, str, bool], ...]
    resulting: tuple[tuple[int, str], ...]
    forms: bool = True


def events(structure: Structure, ground: Ground) -> Iterator[Event]:
    """All events, in the order of the codes: of provinces and communes, then of the districts, which have only heirs."""
    by_unit = _by_unit(structure)
    for new, olds in sorted(ground.origins.items()):
        if new not in by_unit:
            continue
        level = new.count("/") * 2  # an old commune has two strokes in its code, an old province none
        for suffix, body in by_unit[new].items():
            parts = [
                (by_unit[old][suffix], f"{old}.{suffix}", old not in ground.divided)
                for old in olds
                if old.count("/") == level and suffix in by_unit.get(old, {})
            ]
            if parts:
                kind = "recode" if ground.continues.get(new) == olds[0] else "consolidate" if len(parts) > 1 else "split"
                yield Event(kind, tuple(parts), ((body, f"{new}.{suffix}"),))
    for district, heirs in sorted(ground.district_heirs.items()):
        for suffix, body in by_unit.get(district, {}).items():
            takers = tuple((by_unit[heir][suffix], f"{heir}.{suffix}") for heir in heirs if suffix in by_unit.get(heir, {}))
            if takers:
                yield Event("dissolve", ((body, f"{district}.{suffix}", True),), takers, forms=False)


def _by_unit(structure: Structure) -> dict[str, dict[str, int]]:
    """Bodies by the code of their unit and their suffix, without the service units, which only changed place."""
    found: dict[str, dict[str, int]] = {}
    for number, body in enumerate(structure.bodies):
        if body.now is not None and body.then is not None and body.then.code.partition(".")[2] != body.now.code.partition(".")[2]:
            continue
        for state in (body.then, body.now):
            if state is not None:
                unit, _, suffix = state.code.partition(".")
                if not suffix.startswith("service."):
                    found.setdefault(unit, {})[suffix] = number
    return found

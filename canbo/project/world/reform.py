"""The reform of a country's units, replayed: for the rulebook vn, 63 provinces, 696 districts and 10,035 communes
become 34 and 3,321 on 1 July 2025.

The facts lie in the rulebook's reform.yaml and units/*.csv, with their source. They are carried out as ChangeEvents through
`registry.changes.carry_out`, the same act that merges two wards for a user.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction

from canbo.registry import intake
from canbo.registry.bulk import insert
from canbo.registry.changes import Change, EventKind, Outcome, Part, Plan, carry_out, take_in
from canbo.registry.models import Account, Area, Decision, Source

COUNTRY = "centre"


@lru_cache(maxsize=1)
def facts() -> dict[str, Any]:
    """What the rulebook says of its reform: the day, the source, the decisions, the words that name kinds."""
    found: dict[str, Any] = yaml.safe_load((folder().parent / "reform.yaml").read_text(encoding="utf-8"))
    return found


def folder() -> Path:
    return Path(settings.LIBRARY) / "rulebook" / str(settings.CANBO_RULEBOOK) / "units"


def day() -> date:
    """The day on which the reform took effect."""
    found: date = facts()["day"]
    return found


@dataclass(frozen=True)
class Unit:
    """A row of before.csv or after.csv."""

    code: str
    kind: str
    name: str
    latitude: float | None
    longitude: float | None
    square_kilometres: float | None

    @property
    def parent(self) -> str:
        head, _, _tail = self.code.rpartition("/")
        return head or COUNTRY

    @property
    def proper_name(self) -> str:
        """The name without the word for its kind: in a rulebook whose wards are called Ward X, `X`."""
        for word in facts()["words"]:
            if self.name.casefold().startswith(f"{word} ".casefold()):
                return self.name[len(word) + 1 :]
        return self.name


def read(name: str) -> dict[str, Unit]:
    """The units of one file, by code."""
    with (folder() / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: _unit(row) for row in csv.DictReader(lines)}


def _unit(row: dict[str, str]) -> Unit:
    def number(key: str) -> float | None:
        return float(row[key]) if row.get(key) else None

    return Unit(row["code"], row["kind"], row["name"], number("latitude"), number("longitude"), number("square_kilometres"))


def read_became() -> list[tuple[str, str]]:
    """Pairs (code before, code after); a unit that was divided stands in several."""
    with (folder() / "became.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["before"], row["after"]) for row in csv.DictReader(lines)]


@transaction.atomic
def replay(*, by: Account) -> None:
    """Enter the units as they were, then carry the reform out in one moment. Doing it twice changes nothing."""
    source, _ = Source.objects.get_or_create(code=facts()["source"]["code"], defaults=facts()["source"])
    before, after, became = read("before"), read("after"), read_became()
    ids = _enter_before(before, after, source=source, by=by)
    areas = dict(Area.objects.filter(code__in=after).values_list("code", "pk"))
    changes = [
        *_provinces(before, after, became, ids, areas),
        *_communes(before, after, became, ids, areas),
    ]
    carry_out(Plan(day(), _decision("provinces"), source, changes), by=by, key="units-2025")


@transaction.atomic
def enter_before(*, by: Account, into: Collection[str] | None = None) -> None:
    """Enter the units as they were on the day before, and nothing more. `into`: only what became these provinces; None: all."""
    source, _ = Source.objects.get_or_create(code=facts()["source"]["code"], defaults=facts()["source"])
    before, after = read("before"), read("after")
    if into is not None:
        olds = {old for old, new in read_became() if new.partition("/")[0] in into}
        olds |= {old.rpartition("/")[0] for old in olds if old.count("/") == 2}
        before = {code: unit for code, unit in before.items() if code in olds}
        after = {code: unit for code, unit in after.items() if code.partition("/")[0] in into}
    _enter_before(before, after, source=source, by=by)


def _enter_before(before: dict[str, Unit], after: dict[str, Unit], *, source: Source, by: Account) -> dict[str, int]:
    """Areas of all units, and the organizations as they stood before the reform."""
    areas = {unit.code: unit for unit in (*before.values(), *after.values())}
    known = set(Area.objects.filter(code__in=areas).values_list("code", flat=True))
    fields = ("code", "name", "latitude", "longitude", "square_kilometres")
    insert(Area, [{**{f: getattr(unit, f) for f in fields}, "traits": []} for unit in areas.values() if unit.code not in known])
    area_ids = dict(Area.objects.values_list("code", "pk"))
    country = Outcome(COUNTRY, facts()["country"], "country", None)
    outcomes = [country, *(_outcome(unit, area_ids) for unit in before.values())]
    return take_in(outcomes, decision=intake.decision(source), source=source, by=by, key="units-2025:before")


def _outcome(unit: Unit, areas: dict[str, int], continues: int | None = None) -> Outcome:
    return Outcome(
        code=unit.code,
        name={facts()["language"]: unit.name},
        kind=unit.kind,
        parent=unit.parent,
        continues=continues,
        area=areas[unit.code],
    )


def _provinces(
    before: dict[str, Unit], after: dict[str, Unit], became: list[tuple[str, str]], ids: dict[str, int], areas: dict[str, int]
) -> list[Change]:
    """The provincial level: 52 provinces into 23; 11 go on under a new code."""
    origins = _origins(pair for pair in became if "/" not in pair[0])
    return [_change(after[code], [before[o] for o in olds], ids, areas, set()) for code, olds in sorted(origins.items())]


def _communes(
    before: dict[str, Unit], after: dict[str, Unit], became: list[tuple[str, str]], ids: dict[str, int], areas: dict[str, int]
) -> list[Change]:
    """The commune level, and the districts: each ends, and the communes on its ground take over from it."""
    pairs = [pair for pair in became if "/" in pair[0]]
    origins = _origins(pairs)
    counts = Counter(old for old, _new in pairs)
    divided = {old for old, times in counts.items() if times > 1}
    decision = _decision("communes")
    changes = [
        _change(after[code], [before[o] for o in olds], ids, areas, divided, decision) for code, olds in sorted(origins.items())
    ]
    took: dict[str, dict[str, None]] = defaultdict(dict)
    for old, new in pairs:
        if old.count("/") == 2:
            took[old.rpartition("/")[0]][new] = None
    changes += [
        Change(EventKind.DISSOLVE, (Part(ids[district]),), heirs=tuple(codes), decision=decision)
        for district, codes in sorted(took.items())
    ]
    return changes


def _origins(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    origins: dict[str, list[str]] = defaultdict(list)
    for old, new in pairs:
        origins[new].append(old)
    return origins


def _change(
    new: Unit, olds: list[Unit], ids: dict[str, int], areas: dict[str, int], divided: set[str], decision: Decision | None = None
) -> Change:
    """What happened to make a unit of the units it came from, as an event of the register."""
    parts = tuple(Part(ids[old.code], whole=old.code not in divided) for old in olds)
    alone = olds[0] if len(olds) == 1 and olds[0].code not in divided else None
    if alone is not None:
        if alone.kind != new.kind:
            kind = EventKind.RAISE
        elif alone.proper_name != new.proper_name:
            kind = EventKind.RENAME
        else:
            kind = EventKind.RECODE if "/" not in new.code else EventKind.MOVE
        return Change(kind, parts, (_outcome(new, areas, continues=ids[alone.code]),), decision=decision)
    if len(olds) == 1:
        kind = EventKind.SPLIT
    elif any(old.proper_name == new.proper_name for old in olds):
        kind = EventKind.MERGE
    else:
        kind = EventKind.CONSOLIDATE
    return Change(kind, parts, (_outcome(new, areas),), decision=decision)


def _decision(level: str) -> Decision:
    known = facts()["decisions"][level]
    made, _ = Decision.objects.get_or_create(issuer=known["issuer"], number=known["number"], defaults=known)
    return made

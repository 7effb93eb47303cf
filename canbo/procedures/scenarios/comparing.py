"""Scenarios side by side: figures before and after, what the checks say, who goes where, who has farther to go, what differs.

Nothing is kept: each is drawn, checked, carried out and rolled back for whoever looks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from canbo.procedures.models import Scenario
from canbo.procedures.scenarios import acting, checking, distance, sketch
from canbo.procedures.scenarios.distance import Way
from canbo.procedures.scenarios.lines import Line
from canbo.procedures.scenarios.problems import Report
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import authority
from canbo.registry.asking import rows
from canbo.registry.models import Account

_PEOPLE = """
SELECT CASE WHEN place IS NULL THEN 'along' ELSE coalesce(state, 'placed') END AS goes, count(DISTINCT person) AS people
FROM sc_person WHERE place IS NOT NULL OR fate = 'move' GROUP BY 1
"""


@dataclass(frozen=True)
class Seen:
    """One scenario as it stands.

    report   what the checks found; None once it was carried out
    people   how many go along with their post (`along`), to another post (`placed`), or wait, by what for; and `unplaced`
    ways     of every unit that serves citizens
    """

    scenario: Scenario
    said: list[Line]
    drawn: Sketch
    report: Report | None
    people: dict[str, int]
    ways: list[Way]

    def farther(self) -> list[Way]:
        """Whoever has another seat from the day on, the farthest first; where the distance is unknown, last."""
        changed = [way for way in self.ways if way.changes and way.kilometres != 0]
        return sorted(changed, key=lambda way: (-(way.kilometres or 0), way.code))


@transaction.atomic
def seen(*, scenario: Scenario, reader: Account) -> Seen:
    """Look at one scenario without carrying it out. Raises NotAllowed."""
    authority.require(reader, "scenario.read", over=scenario.body_id)
    said = acting.lines_of(scenario)
    with authority.everything_in_sight():
        drawn = sketch.draw(said, body=scenario.body_id, on=scenario.on)
        report, people = None, {}
        if scenario.state in acting.OPEN:
            report = checking.check(drawn, everybody=True)
            people = {row["goes"]: row["people"] for row in rows(_PEOPLE)} | {"unplaced": len(report.people_unplaced)}
        return Seen(scenario, said, drawn, report, people, distance.ways(drawn, said))


def difference(told: Mapping[str, Sequence[Line]]) -> tuple[int, dict[str, list[tuple[Line, list[str]]]]]:
    """How many lines all have; and of each its other lines, in their order, each with the others that have it too."""
    keys = {name: [_key(line) for line in said] for name, said in told.items()}
    has = {name: set(found) for name, found in keys.items()}
    shared = set.intersection(*has.values()) if has else set()
    only = {
        name: [
            (line, [other for other in told if other != name and key in has[other]])
            for line, key in zip(said, keys[name], strict=True)
            if key not in shared
        ]
        for name, said in told.items()
    }
    return len(shared), only


def _key(line: Line) -> str:
    return json.dumps([line.kind, line.person, line.says], sort_keys=True, ensure_ascii=False)


def side_by_side(*, scenarios: Sequence[Scenario], reader: Account, also: acting.Also | None = None) -> dict[str, Any]:
    """What `acting.compare` gives, and of each scenario by its name:

    `checks`: `{"ok", "blocking", "warnings", "remits_without_owner"}` in numbers, `people`: see `Seen`, `travel`:
    `[{"unit", "to", "kilometres"}]`, `only`: lines that not all of them have; and `shared`: how many all have.
    Raises NotAllowed, and ScenarioRefused where they are not of one body.
    """
    told = acting.compare(scenarios=scenarios, reader=reader, also=also)
    found = [seen(scenario=each, reader=reader) for each in scenarios]
    shared, only = difference({each.scenario.name: each.said for each in found})
    return told | {
        "checks": {each.scenario.name: _checks(each.report) for each in found},
        "people": {each.scenario.name: each.people for each in found},
        "travel": {each.scenario.name: [_way(way) for way in each.farther()] for each in found},
        "shared": shared,
        "only": {name: [_line(line, others) for line, others in lines] for name, lines in only.items()},
    }


def _checks(report: Report | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {
        "ok": report.ok, "blocking": len(report.blocking), "warnings": len(report.warnings),
        "remits_without_owner": len(report.remits_without_owner),
    }  # fmt: skip


def _way(way: Way) -> dict[str, Any]:
    return {"unit": way.code, "to": way.to, "kilometres": None if way.kilometres is None else round(way.kilometres, 1)}


def _line(line: Line, others: list[str]) -> dict[str, Any]:
    return {"kind": line.kind, **line.says, **({"person": line.person} if line.person else {}), "also": others}

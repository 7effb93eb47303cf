"""Which bodies must stand beneath each unit: a Party organisation, a council, a committee, the Front, as mirror.yaml of the
rulebook says. Asked of the register as it stands, and of a scenario for every unit that it touches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml
from django.conf import settings

from canbo.procedures.scenarios.problems import Problem
from canbo.procedures.scenarios.sketch import Sketch
from canbo.registry import queries
from canbo.registry.asking import Row, numbers, rows
from canbo.registry.saying import language
from canbo.registry.saying import sentence as _
from canbo.rules.provenance import Source


@dataclass(frozen=True)
class Rule:
    """One body that must be there: kind of unit -> kinds of body of which one is enough; `problem`: its word for programs."""

    word: str
    problem: str
    since: date
    names: Mapping[str, str]
    needs: Mapping[str, Collection[str]]
    source: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What must be there, in the language that is spoken."""
        return queries.in_language(dict(self.names))

    @property
    def citation(self) -> str:
        """The text that says so."""
        told = self.source
        article, clause = (str(told.get(name) or "") for name in ("article", "clause"))
        return Source(told["instrument"], article, clause, "", told["mark"], told["confidence"], told.get("note") or {}).cite(
            language()
        )


@dataclass(frozen=True)
class Lack:
    """A unit beneath which a body is missing on a day."""

    unit: Row
    rule: Rule

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "unit": self.unit["code"], "name": queries.in_language(self.unit["name"]), "lacks": self.rule.word, "kind": self.rule.problem,
            "what": self.rule.name, "source": self.rule.citation,
        }  # fmt: skip


@cache
def _all() -> tuple[Rule, ...]:
    file = settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK / "mirror.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return tuple(
        Rule(word, row["problem"], row["from"], row["names"], row["needs"], row["source"])
        for word, row in (told.get("mirror") or {}).items()
    )


def rules(on: date) -> list[Rule]:
    """The rules that hold on a day."""
    return [rule for rule in _all() if rule.since <= on]


_LACKING = """
SELECT want.word, s.organization_id AS id, c.code, n.name FROM {organizationstatus} s
JOIN unnest(%(words)s::text[], %(kinds)s::text[], %(needs)s::text[]) AS want (word, kind, needs) ON want.kind = s.kind_id
JOIN {organizationcode} c ON c.organization_id = s.organization_id AND c.valid @> %(on)s::date
JOIN {organizationname} n ON n.organization_id = s.organization_id AND n.valid @> %(on)s::date
WHERE s.organization_id = ANY (%(ids)s::bigint[]) AND s.valid @> %(on)s::date AND NOT EXISTS (
    SELECT FROM {organizationparent} p JOIN {organizationstatus} b ON b.organization_id = p.organization_id AND b.valid @> %(on)s::date
    WHERE p.parent_id = s.organization_id AND p.valid @> %(on)s::date AND b.kind_id = ANY (string_to_array(want.needs, ' '))
) ORDER BY c.code
"""


def lacking(ids: Collection[int], *, on: date) -> list[Lack]:
    """What is missing beneath each of these units in the register on a day, by code and rule. Other bodies need nothing."""
    held = {rule.word: rule for rule in rules(on)}
    wanted = [(word, kind, " ".join(needs)) for word, rule in held.items() for kind, needs in rule.needs.items()]
    words, kinds, needs = map(list, zip(*wanted, strict=True)) if wanted else ([], [], [])
    found = rows(_LACKING, {"ids": numbers(ids), "on": on, "words": words, "kinds": kinds, "needs": needs})
    order = list(held)
    return [
        Lack({name: row[name] for name in ("id", "code", "name")}, held[row["word"]])
        for row in sorted(found, key=lambda row: (str(row["code"]), order.index(row["word"])))
    ]


# ---- in a scenario


_BENEATH = """
SELECT p.parent_id AS unit, s.kind_id AS kind FROM {organizationparent} p
JOIN {organizationstatus} s ON s.organization_id = p.organization_id AND s.valid @> %(on)s::date
WHERE p.parent_id = ANY (%(units)s::bigint[]) AND p.valid @> %(on)s::date AND NOT p.organization_id = ANY (%(gone)s::bigint[])
"""
_ABOVE = """
SELECT c.code, c.organization_id AS id, s.kind_id AS kind FROM {organizationcode} c
JOIN {organizationstatus} s ON s.organization_id = c.organization_id AND s.valid @> %(on)s::date
WHERE c.code = ANY (%(codes)s) AND c.valid @> %(on)s::date
"""


def problems(sketch: Sketch) -> Iterator[Problem]:
    """Every unit that a scenario makes, or whose bodies it takes, gives or ends, beneath which one would be missing on its day."""
    held = rules(sketch.on)
    units = _touched(sketch, {kind for rule in held for kind in rule.needs})
    if not units:
        return
    beneath = _beneath(sketch, units)
    for rule in held:
        for code, (kind, _ids) in sorted(units.items()):
            needs = rule.needs.get(kind)
            if needs and not beneath[code] & set(needs):
                what = {"code": code, "what": rule.name, "law": rule.citation}
                said = (
                    _("Beneath %(code)s there is no organisation of the party.") % {"code": code}
                    if rule.problem == "no_party_organisation"
                    else _("Beneath %(code)s there is no %(what)s (%(law)s).") % what
                )
                yield Problem(rule.problem, said, _("Create it, or let one of the former units go on there."), [code])


def _touched(sketch: Sketch, kinds: Collection[str]) -> dict[str, tuple[str, set[int]]]:
    """Code on the day -> kind, and the bodies of the day before whose bodies beneath stay or come there."""
    ending = sketch.ending()
    renewed = {outcome.continues: outcome for outcome in sketch.outcomes.values() if outcome.continues is not None}
    coming: dict[str, set[int]] = {}
    for body, heirs in sketch.heirs.items():
        if heirs:
            coming.setdefault(heirs[0], set()).add(body)
    found: dict[str, tuple[str, set[int]]] = {}
    for code, outcome in sketch.outcomes.items():
        if outcome.kind in kinds:
            own = set() if outcome.continues is None else {outcome.continues}
            found[code] = (outcome.kind, own | coming.get(code, set()))
    changed = [
        body.parent for body in sketch.bodies.values() if body.kind not in kinds and (body.id in ending or body.id in renewed)
    ]
    given = [outcome.parent for outcome in sketch.outcomes.values() if outcome.kind not in kinds]
    above = {code for code in (*changed, *given, *coming) if code}
    for row in rows(_ABOVE, {"codes": sorted(above), "on": sketch.eve}):
        if row["kind"] in kinds and row["id"] not in ending and row["id"] not in renewed:
            found.setdefault(row["code"], (row["kind"], {row["id"]} | coming.get(row["code"], set())))
    return found


def _beneath(sketch: Sketch, units: Mapping[str, tuple[str, set[int]]]) -> dict[str, set[str]]:
    """Code -> kinds of the bodies directly beneath it on the day."""
    placed = {outcome.continues for outcome in sketch.outcomes.values() if outcome.continues is not None}
    ids = {id for _kind, held in units.values() for id in held}
    given = {"units": numbers(ids), "gone": numbers(sketch.ending() | placed), "on": sketch.eve}
    stay: dict[int, set[str]] = {}
    for row in rows(_BENEATH, given):
        stay.setdefault(row["unit"], set()).add(row["kind"])
    found = {code: {kind for id in held for kind in stay.get(id, ())} for code, (_kind, held) in units.items()}
    for outcome in sketch.outcomes.values():
        if outcome.parent in found:
            found[outcome.parent].add(outcome.kind)
    return found

"""Who could follow whom: lines for what a scenario leaves open, each with its reason. Nothing holds before a person accepts it.

Rules, in this order; `accept` takes those of one rule, or all:
    bodies      bodies of one kind beneath units that merge become one
    same_task   an heir that has the task already, or is given it by a line, takes it
    same_field  of several heirs, none of which has the task, the one that has most tasks of its field
    same_job    posts of the job that an heir has already go there; of several heads only the first, the others wait
    lineage     what has one heir only goes to it
    waiting     whoever has no place waits to be placed
    holdings    what a body holds follows the task it serves, or goes to the heir that takes over first
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from canbo.procedures.models import Scenario, ScenarioLine
from canbo.procedures.scenarios import acting, checking, sketch
from canbo.procedures.scenarios.lines import Line
from canbo.procedures.scenarios.problems import Report
from canbo.procedures.scenarios.sketch import Body, Sketch
from canbo.registry import authority
from canbo.registry.asking import rows
from canbo.registry.models import Account
from canbo.registry.saying import sentence as _

Kind = ScenarioLine.Kind
RULES = ("bodies", "same_task", "same_field", "same_job", "lineage", "waiting", "holdings")


@dataclass(frozen=True)
class Suggestion:
    """A line that could be added, by which rule, and why."""

    rule: str
    line: Line
    why: str

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "kind": self.line.kind,
            "line": dict(self.line.says),
            "person": self.line.person,
            "why": str(self.why),
        }


@transaction.atomic
def suggest(*, scenario: Scenario, reader: Account) -> list[Suggestion]:
    """What could be said of all that is left open. Raises NotAllowed."""
    authority.require(reader, "scenario.read", over=scenario.body_id)
    with authority.everything_in_sight():
        drawn = sketch.draw(acting.lines_of(scenario), body=scenario.body_id, on=scenario.on)
        found = list(_bodies(drawn))
        if found:
            return found  # the rest depends on which bodies there are
        checking.check(drawn)
        return _left_open(drawn)


def _left_open(drawn: Sketch) -> list[Suggestion]:
    """What could be said of tasks, posts, people and holdings, of a sketch that was just checked."""
    codes = {row["org"]: row["code"] for row in rows(_CODES, {"eve": drawn.eve})}
    return [*_tasks(drawn, codes), *_posts(drawn, codes), *_people(drawn), *_holdings(drawn, codes)]


@dataclass(frozen=True)
class Seen:
    """A scenario as a page tells it: how its lines read upon the register, what is wrong, what could be said of what is open."""

    drawn: Sketch
    report: Report
    offered: list[Suggestion]


@transaction.atomic
def seen(*, scenario: Scenario, reader: Account) -> Seen:
    """A scenario drawn and checked once for all that a page tells of it. Raises NotAllowed.

    Nothing is wrong and nothing offered where it was carried out; what is decided on is offered nothing.
    """
    authority.require(reader, "scenario.read", over=scenario.body_id)
    with authority.everything_in_sight():
        drawn = acting.drawn_for(scenario, reader)
        if scenario.state not in acting.OPEN:
            return Seen(drawn, Report(), [])
        report = acting.checked(scenario, drawn)
        draft = scenario.state == Scenario.State.DRAFT
        return Seen(drawn, report, (list(_bodies(drawn)) or _left_open(drawn)) if draft else [])


@transaction.atomic
def accept(*, scenario: Scenario, rule: str, by: Account, key: str | None = None) -> int:
    """Add the lines of one rule (`all`: of every rule, again and again until nothing is left to suggest); how many."""
    added = 0
    for turn in range(12):
        found = [each.line for each in suggest(scenario=scenario, reader=by) if rule in ("all", each.rule)]
        if not found:
            break
        scenario = acting.load(scenario=scenario, said=found, by=by, key=f"{key}:{turn}" if key else None)
        added += len(found)
        if rule != "all":
            break
    return added


_CODES = """
SELECT e.org, c.code FROM sc_ending e JOIN {organizationcode} c ON c.organization_id = e.org AND c.valid @> %(eve)s::date
"""

_BENEATH = """
WITH RECURSIVE beneath (id, unit, depth) AS (
    SELECT unnest(%(units)s::bigint[]), unnest(%(units)s::bigint[]), 0
    UNION ALL
    SELECT p.organization_id, b.unit, b.depth + 1 FROM beneath b
    JOIN {organizationparent} p ON p.parent_id = b.id AND p.valid @> %(eve)s::date
    JOIN {organizationstatus} s ON s.organization_id = p.organization_id AND s.valid @> %(eve)s::date
    JOIN {kind} k ON k.code = s.kind_id AND k.structure <> 'unit' WHERE b.depth < 8
)
SELECT b.id, b.unit, b.depth, c.code, n.name, s.kind_id AS kind, pc.code AS parent FROM beneath b
JOIN {organizationcode} c ON c.organization_id = b.id AND c.valid @> %(eve)s::date
JOIN {organizationname} n ON n.organization_id = b.id AND n.valid @> %(eve)s::date
JOIN {organizationstatus} s ON s.organization_id = b.id AND s.valid @> %(eve)s::date
LEFT JOIN {organizationparent} p ON p.organization_id = b.id AND p.valid @> %(eve)s::date
LEFT JOIN {organizationcode} pc ON pc.organization_id = p.parent_id AND pc.valid @> %(eve)s::date
WHERE b.depth > 0 ORDER BY b.depth, c.code
"""


def _bodies(drawn: Sketch) -> Iterator[Suggestion]:
    """Mergers of the bodies of one kind and suffix beneath units that merge."""
    named = {body.id: body for body in drawn.bodies.values() if body.structure == "unit"}
    joined: dict[str, list[Body]] = defaultdict(list)
    for outcome in drawn.outcomes.values():
        originals = [
            part.organization for change in drawn.changes if outcome in change.outcomes for part in change.originals if part.whole
        ]  # what stands beneath a divided unit goes to its first heir
        if len(originals) > 1 and all(each in named for each in originals):
            joined[outcome.code] = [named[each] for each in originals]
    taken = {part.organization for change in drawn.changes for part in change.originals}
    for code, units in joined.items():
        yield from _bodies_of(drawn, code, units, taken)


def _bodies_of(drawn: Sketch, code: str, units: list[Body], taken: set[int]) -> Iterator[Suggestion]:
    by_id = {unit.id: unit for unit in units}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    merged = {unit.code: code for unit in units}
    for row in rows(_BENEATH, {"units": list(by_id), "eve": drawn.eve}):
        unit = by_id[row["unit"]]
        if row["id"] not in taken and row["code"].startswith(f"{unit.code}."):
            groups[row["kind"], row["code"][len(unit.code) + 1 :]].append(row)
    goes_on = drawn.outcomes[code].continues
    for (kind, suffix), bodies in sorted(groups.items(), key=lambda each: each[1][0]["depth"]):
        if len(bodies) < 2:
            continue
        stays = next((row for row in bodies if row["unit"] == goes_on), None)
        new = stays["code"] if stays else f"{code}.{suffix}"
        first = bodies[0]
        name = {
            language: text.replace(by_id[first["unit"]].name.get(language, "\0"), drawn.outcomes[code].name.get(language, ""))
            for language, text in first["name"].items()
        }
        into = new if stays else {"code": new, "name": name, "kind": kind, "parent": merged.get(first["parent"], first["parent"])}
        merged |= {row["code"]: new for row in bodies}
        units_of = [row["code"] for row in bodies if row is not stays]
        yield Suggestion(
            "bodies", Line(Kind.MERGE, {"units": units_of, "into": into}),
            _("%(count)s bodies of one kind stand beneath units that become %(code)s.") % {"count": len(bodies), "code": code},
        )  # fmt: skip


def _tasks(drawn: Sketch, codes: dict[int, str]) -> Iterator[Suggestion]:
    open_ones = rows(
        "SELECT r.org, t.code AS task, t.field, r.task AS id FROM sc_remit r JOIN {task} t ON t.id = r.task WHERE r.to_code IS NULL ORDER BY 1, 2"
    )
    had = rows(
        "SELECT h.task, h.code, t.field FROM (SELECT r.task_id AS task, c.code FROM sc_code c"
        " JOIN {remit} r ON r.organization_id = c.org AND r.valid @> %(on)s::date"
        " UNION SELECT task, to_code FROM sc_remit WHERE to_code IS NOT NULL) AS h JOIN {task} t ON t.id = h.task",
        {"on": drawn.on},
    )
    has = {(row["task"], row["code"]) for row in had}
    fields = Counter((row["field"], row["code"]) for row in had)
    whole: dict[int, int] = defaultdict(int)
    for row in open_ones:
        fitting = [heir for heir in drawn.heirs[row["org"]] if (row["id"], heir) in has]
        if len(fitting) == 1 and len(drawn.heirs[row["org"]]) > 1:
            yield Suggestion(
                "same_task", Line(Kind.TASKS, {"from": codes[row["org"]], "task": row["task"], "to": fitting[0]}),
                _("%(heir)s has the same task.") % {"heir": fitting[0]},
            )  # fmt: skip
        elif len(drawn.heirs[row["org"]]) == 1:
            whole[row["org"]] += 1
        elif not fitting and (nearest := _nearest(row["field"], drawn.heirs[row["org"]], fields)):
            heir, count = nearest
            yield Suggestion(
                "same_field", Line(Kind.TASKS, {"from": codes[row["org"]], "task": row["task"], "to": heir}),
                _("%(heir)s has most tasks of its field (%(count)s).") % {"heir": heir, "count": count},
            )  # fmt: skip
    for body, count in whole.items():
        heir = drawn.heirs[body][0]
        yield Suggestion(
            "lineage", Line(Kind.TASKS, {"from": codes[body], "to": heir}),
            _("%(heir)s is the only heir of %(code)s (%(count)s tasks).") % {"heir": heir, "code": codes[body], "count": count},
        )  # fmt: skip


def _nearest(field: str, heirs: Sequence[str], fields: Mapping[tuple[str, str], int]) -> tuple[str, int] | None:
    """The heir that has most tasks of a field, and how many; None where none has one, or two have equally many."""
    best = sorted(((fields.get((field, heir), 0), heir) for heir in heirs), reverse=True)
    return None if not best[0][0] or (len(best) > 1 and best[1][0] == best[0][0]) else (best[0][1], best[0][0])


def _posts(drawn: Sketch, codes: dict[int, str]) -> Iterator[Suggestion]:
    open_ones = rows(
        "SELECT p.org, p.post, p.job, j.code, j.standing FROM sc_post p JOIN {job} j ON j.id = p.job WHERE p.fate IS NULL ORDER BY p.org, j.rank NULLS LAST, p.post"
    )
    has = {(row["job"], row["code"]) for row in rows(
        "SELECT p.job_id AS job, c.code FROM sc_code c JOIN {post} p ON p.organization_id = c.org AND p.valid @> %(on)s::date"
        " WHERE p.id NOT IN (SELECT post FROM sc_post WHERE fate IN ('move', 'end')) UNION SELECT job, to_code FROM sc_post WHERE fate = 'move'",
        {"on": drawn.on},
    )}  # fmt: skip
    told: set[tuple[int, int]] = set()
    for row in open_ones:
        heirs, body = drawn.heirs[row["org"]], codes[row["org"]]
        fitting = [heir for heir in heirs if (row["job"], heir) in has] or (heirs if len(heirs) == 1 else [])
        if len(fitting) != 1 or (row["org"], row["job"]) in told:
            continue
        told.add((row["org"], row["job"]))
        heir, says = fitting[0], {"from": body, "job": row["code"]}
        if row["standing"] == "head" and (row["job"], heir) in has:
            yield Suggestion(
                "same_job", Line(Kind.POSTS, {**says, "end": "yes"}), _("%(heir)s has one who leads it already.") % {"heir": heir}
            )
            continue
        rule = "same_job" if (row["job"], heir) in has else "lineage"
        has.add((row["job"], heir))
        why = _("%(heir)s has the same job.") if rule == "same_job" else _("%(heir)s is the only heir of %(code)s.")
        yield Suggestion(rule, Line(Kind.POSTS, {**says, "to": heir}), why % {"heir": heir, "code": body})


def _people(drawn: Sketch) -> Iterator[Suggestion]:
    found = rows(
        "SELECT p.person, j.code AS job, c.code AS unit FROM sc_person p JOIN {job} j ON j.id = p.job"
        " JOIN {organizationcode} c ON c.organization_id = p.org AND c.valid @> %(eve)s::date"
        " WHERE p.place IS NULL AND p.fate = 'end' ORDER BY p.person",
        {"eve": drawn.eve},
    )
    for row in found:
        yield Suggestion(
            "waiting", Line(Kind.PEOPLE, {"waiting": sketch.PLACEMENT}, person=row["person"]),
            _("The post (%(job)s of %(unit)s) ends.") % {"job": row["job"], "unit": row["unit"]},
        )  # fmt: skip


def _holdings(drawn: Sketch, codes: dict[int, str]) -> Iterator[Suggestion]:
    """A line for each holding that serves a task which goes elsewhere than the rest, and one for all the others of a body."""
    found = rows(
        "SELECT s.holding, s.org, t.code AS task, CASE WHEN count(DISTINCT r.to_code) = 1 THEN min(r.to_code) END AS follows"
        " FROM sc_holding s LEFT JOIN {task} t ON t.id = s.task LEFT JOIN sc_remit r ON r.task = s.task AND r.org = s.org AND r.to_code IS NOT NULL"
        " WHERE s.to_code IS NULL GROUP BY 1, 2, 3 ORDER BY 2, 1"
    )
    rest: dict[int, int] = defaultdict(int)
    for row in found:
        first = next(iter(drawn.heirs[row["org"]]), None)
        if row["follows"] and row["follows"] != first:
            yield Suggestion(
                "holdings", Line(Kind.HOLDINGS, {"from": codes[row["org"]], "holding": str(row["holding"]), "to": row["follows"]}),
                _("It serves the task %(task)s, which goes to %(heir)s.") % {"task": row["task"], "heir": row["follows"]},
            )  # fmt: skip
        elif first:
            rest[row["org"]] += 1
    for body, count in rest.items():
        heir = drawn.heirs[body][0]
        yield Suggestion(
            "holdings", Line(Kind.HOLDINGS, {"from": codes[body], "to": heir}),
            _("%(heir)s takes over first from %(code)s (%(count)s holdings).") % {"heir": heir, "code": codes[body], "count": count},
        )  # fmt: skip

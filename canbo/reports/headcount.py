"""Headcount of a unit and all beneath it on a day: places, who fills them, what was allotted, and the years to come.

A place is a seat of a post. What a decision allotted (registry/quotas.py) counts people, by kind of staff: whoever holds a
seat beside another post is not counted again. A number that was allotted to a body is for it and all beneath it, except
where a body beneath has a number of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbo.registry import queries, quotas
from canbo.registry.asking import Row, rows
from canbo.registry.models import Allotment, Membership
from canbo.reports import caps, counts
from canbo.rules.explain import find_values
from canbo.rules.schema import Fact

STAFF, Staff = quotas.STAFF, Allotment.Staff
SENIOR_SCALE = "A3"  # the scales of senior specialists, domain: rank 01.001 draws A3.1


@dataclass(frozen=True)
class Line:
    """Places of one kind of body or one job: quota (seats), filled, vacant."""

    key: str
    names: dict[str, str]
    quota: int
    filled: int

    @property
    def vacant(self) -> int:
        return self.quota - self.filled

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.key, "quota": self.quota, "filled": self.filled, "vacant": self.vacant}


@dataclass(frozen=True)
class Allotted:
    """A body that was allotted a number: how many serve in it (and beneath it, where no other number holds)."""

    id: int
    code: str
    name: dict[str, str]
    staff: str
    number: int
    people: int

    @property
    def over(self) -> int:
        return max(0, self.people - self.number)

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "staff": self.staff, "allotted": self.number, "people": self.people, "over": self.over}


@dataclass(frozen=True)
class Year:
    """A day on which a number changes, or a year begins: what is allotted from then on, and who would still serve."""

    day: date
    allotted: int
    staying: int

    @property
    def to_go(self) -> int:
        return max(0, self.staying - self.allotted)


@dataclass(frozen=True)
class Found:
    """What was asked. `allotted` None: nothing was allotted to the unit or beneath it on the day."""

    unit: queries.Unit
    on: date
    kinds: tuple[Line, ...]
    jobs: tuple[Line, ...]
    bodies: tuple[Allotted, ...]
    position: tuple[Row, ...]
    years: tuple[Year, ...]
    ranks: tuple[dict[str, Any], ...]
    planned: tuple[dict[str, Any], ...] = field(default=())

    @property
    def quota(self) -> int:
        return sum(line.quota for line in self.kinds)

    @property
    def filled(self) -> int:
        return sum(line.filled for line in self.kinds)

    @property
    def vacant(self) -> int:
        return self.quota - self.filled

    @property
    def allotted(self) -> int | None:
        return sum(body.number for body in self.bodies) if self.bodies else None

    @property
    def people(self) -> int:
        return sum(body.people for body in self.bodies)

    @property
    def over(self) -> int:
        """Beyond what each body was allotted: what is free in one makes no room in another."""
        return sum(body.over for body in self.bodies)


def of(code: str, *, on: date) -> Found:
    """Headcount of the unit with `code` and of all beneath it. Raises NotInRegister.

    Counts those whom the transaction may see; a body out of sight is not in the places either.
    """
    unit = queries.unit(code, on=on)
    ids = queries.subtree(unit.id, on=on)
    with counts.counting(ids) as seen:
        seats = places(seen, on=on)
        bodies, under = _allotted(seen, seats, on=on)
        years = _years(under, {(body.id, body.staff) for body in bodies}, on=on) if bodies else []
        senior = _senior(seen, on=on)
    headcount = sum(body.number for body in bodies) or sum(row["seats"] for row in seats)
    return Found(
        unit, on, _lines(seats, "kind", "kind_names"), _lines(seats, "job", "job_names"), tuple(bodies),
        tuple(_position(unit, ids, on=on)), tuple(years), tuple(_ranks(senior, headcount, on=on)), tuple(_planned(unit, seen, on=on)),
    )  # fmt: skip


def places(ids: Sequence[int], *, on: date) -> list[Row]:
    """Seats by body and job: how many, how many filled, and people by kind of staff whose own post it is."""
    people = ", ".join(
        f"count(m.id) FILTER (WHERE m.kind <> {Membership.Kind.CONCURRENT} AND m.category IN"
        f" ({', '.join(str(int(category)) for category, kind in STAFF.items() if kind == staff)})) AS {staff}"
        for staff in Staff.values
    )
    return rows(
        f"""
        SELECT b.*, s.kind_id AS kind, k.names AS kind_names, j.code AS job, j.names AS job_names, a.parent_id AS parent FROM (
            SELECT p.organization_id AS body, p.job_id, count(*) AS seats, count(m.id) AS filled, {people}
            FROM {{post}} p JOIN {{seat}} s ON s.post_id = p.id AND s.valid @> %(on)s::date
            LEFT JOIN {{membership}} m ON m.post_id = s.post_id AND m.seat = s.number AND m.valid @> %(on)s::date
            WHERE p.organization_id = ANY (%(ids)s) GROUP BY 1, 2
        ) b JOIN {{organizationstatus}} s ON s.organization_id = b.body AND s.valid @> %(on)s::date
        JOIN {{kind}} k ON k.code = s.kind_id JOIN {{job}} j ON j.id = b.job_id
        LEFT JOIN {{organizationparent}} a ON a.organization_id = b.body AND a.valid @> %(on)s::date
        ORDER BY k.level, s.kind_id, j.rank NULLS LAST, j.code, b.body
        """,
        {"ids": list(ids), "on": on},
    )


def _lines(places: Sequence[Row], by: str, names: str) -> tuple[Line, ...]:
    quota, filled, told = Counter[str](), Counter[str](), dict[str, dict[str, str]]()
    for row in places:
        quota[row[by]] += row["seats"]
        filled[row[by]] += row["filled"]
        told.setdefault(row[by], row[names])
    return tuple(Line(key, told[key], quota[key], filled[key]) for key in told)


def _allotted(ids: Sequence[int], places: Sequence[Row], *, on: date) -> tuple[list[Allotted], dict[int, int]]:
    """The bodies that were allotted numbers, with who serves there; and body -> the body whose number it falls under."""
    numbers = quotas.allotted(ids, on=on)
    if not numbers:
        return [], {}
    above = {row["id"]: row["parent"] for row in rows(
        "SELECT organization_id AS id, parent_id AS parent FROM {organizationparent} WHERE organization_id = ANY (%(ids)s)"
        " AND valid @> %(on)s::date", {"ids": list(ids), "on": on})}  # fmt: skip
    under: dict[int, int] = {}
    for body in ids:
        at: int | None = body
        while at is not None and at not in numbers:
            at = above.get(at)
        if at is not None:
            under[body] = at
    people: Counter[tuple[int, str]] = Counter()
    for row in places:
        for staff in Staff.values:
            if row["body"] in under:
                people[under[row["body"]], staff] += row[staff]
    units = {unit.id: unit for unit in queries.units(sorted(numbers), on=on)}
    found = [
        Allotted(body, units[body].code, units[body].name, staff, number, people[body, staff])
        for body, by_staff in numbers.items() for staff, number in by_staff.items() if body in units
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.over, each.code, each.staff)), under


def _years(under: Mapping[int, int], counted: Set[tuple[int, str]], *, on: date) -> list[Year]:
    """What is allotted from each day on which it changes, beside those who would still serve if nobody came.

    under    body -> the body whose number it falls under
    counted  the bodies with the kinds of staff for which they have a number: others are not set against it
    """
    steps = rows(
        "SELECT lower(valid) AS since, upper(valid) AS until, sum(number)::bigint AS number FROM {allotment}"
        " WHERE body_id = ANY (%(ids)s) AND use = 'allotted' AND upper(valid) > %(on)s::date GROUP BY 1, 2",
        {"ids": sorted(set(under.values())), "on": on},
    )
    last = max(row["until"] for row in steps)
    days = sorted({on, *(row["since"] for row in steps if row["since"] > on)} - {last})
    kinds = ", ".join(f"({int(category)}, '{staff}')" for category, staff in STAFF.items())
    staying = rows(
        f"""
        SELECT m.organization_id AS body, k.staff, w.sex, w.birth_precision AS precision, upper(m.valid) AS until,
               date_trunc('month', w.birth_on)::date AS born, count(*) AS people
        FROM {{membership}} m JOIN {{person}} w ON w.id = m.person_id
        JOIN (VALUES {kinds}) AS k (category, staff) ON k.category = m.category
        WHERE m.organization_id = ANY (%(ids)s) AND m.valid @> %(on)s::date AND m.kind <> {Membership.Kind.CONCURRENT}
        GROUP BY 1, 2, 3, 4, 5, 6
        """,
        {"ids": list(under), "on": on},
    )
    pensions, leaves = caps.Pensions(on), Counter[date]()
    for row in staying:
        if (under[row["body"]], row["staff"]) not in counted:
            continue
        pension = pensions.first_day(row["sex"], row["born"], row["precision"])
        ends = min(
            (day for day in (pension if pension and pension > on else None, row["until"]) if day is not None), default=None
        )
        leaves[ends or date.max] += row["people"]
    return [
        Year(
            day, sum(row["number"] for row in steps if row["since"] <= day < row["until"]),
            sum(people for end, people in leaves.items() if end > day),
        )
        for day in days
    ]  # fmt: skip


def _position(unit: queries.Unit, ids: Sequence[int], *, on: date) -> list[Row]:
    """How the unit itself, or the one body directly beneath it that hands headcount on, stands as a managing body."""
    own = quotas.position(unit.id, on=on)
    if own:
        return [{**row, "body": unit.code} for row in own]
    managing = rows(
        "SELECT DISTINCT a.body_id AS id FROM {allotment} a JOIN {organizationparent} p ON p.organization_id = a.body_id"
        " AND p.parent_id = %(unit)s AND p.valid @> %(on)s::date WHERE a.use = 'delegated' AND a.valid @> %(on)s::date",
        {"unit": unit.id, "on": on},
    )
    bodies = queries.units([row["id"] for row in managing], on=on)
    return [{**row, "body": body.code} for body in bodies for row in quotas.position(body.id, on=on)]


def _senior(ids: Sequence[int], *, on: date) -> int:
    """How many in these bodies draw the scale of a senior specialist."""
    found = rows(
        "SELECT count(DISTINCT p.person_id) AS people FROM {salarystep} p JOIN {membership} m ON m.person_id = p.person_id"
        " AND m.organization_id = ANY (%(ids)s) AND m.valid @> %(on)s::date WHERE p.valid @> %(on)s::date AND p.scale LIKE %(scale)s",
        {"ids": list(ids), "on": on, "scale": f"{SENIOR_SCALE}%"},
    )
    return int(found[0]["people"])


def _ranks(senior: int, headcount: int, *, on: date) -> list[dict[str, Any]]:
    """What the articles allow of senior specialists, for each kind of organization that they know: the register does not
    say which of them a body is. From the day on which the first such article holds."""
    words = caps.law().facts["positions.kind"].type.values
    found = []
    for kind in words:
        facts: dict[str, caps.Value] = {"positions.kind": str(kind), "positions.headcount": headcount}
        for day in (on, *caps.later("job_positions", on=on)):
            most = caps.cap(facts, asked="positions.senior", on=day, topic="job_positions")
            if most.number is not None:
                found.append({"kind": str(kind), "most": most.number, "senior": senior, "from": day, "by": list(most.binding)})
                break
    return found


def _planned(unit: queries.Unit, ids: Sequence[int], *, on: date) -> list[dict[str, Any]]:
    """What articles plan for the communes of the unit: figures of the law that need not agree, each with its article."""
    found = rows(
        "SELECT count(*) AS communes FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'unit'"
        " AND k.level = 3 WHERE s.organization_id = ANY (%(ids)s) AND s.valid @> %(on)s::date",
        {"ids": list(ids), "on": on},
    )
    communes = int(found[0]["communes"])
    if not communes:
        return []
    names = ("commune_headcount_planned",) if communes > 1 else ("commune_headcount_planned", "commune_positions")
    return [
        {"figure": name, "value": each.value, "article": each.id, "source": each.ruling.article.source}
        for name in names
        for each in find_values(caps.law(), name=name, facts={"commune.count": Fact(communes)}, on=on)
        if each.outcome == "value"
    ]


def to_dict(found: Found, language: str) -> dict[str, Any]:
    """For `--json`: places in the head, then by kind of body and by job, then what was allotted."""
    return {
        "unit": found.unit.code, "name": found.unit.label, "on": found.on.isoformat(),
        "quota": found.quota, "filled": found.filled, "vacant": found.vacant, "over": found.over,
        "allotted": found.allotted, "people": found.people if found.bodies else None,
        "by_kind": [line.to_dict() for line in found.kinds], "by_job": [line.to_dict() for line in found.jobs],
        "bodies": [body.to_dict() for body in found.bodies],
        "managing": list(found.position),
        "path": [{"from": year.day.isoformat(), "allotted": year.allotted, "staying": year.staying, "to_go": year.to_go}
                 for year in found.years],
        "senior": [{**rank, "from": rank["from"].isoformat()} for rank in found.ranks],
        "planned": [{**row, "source": row["source"].cite(language)} for row in found.planned],
    }  # fmt: skip

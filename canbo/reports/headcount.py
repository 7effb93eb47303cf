"""Headcount of a unit and all beneath it on a day: places, who fills them, what was allotted, and the years to come.

A place is a seat of a post. What a decision allotted (registry/quotas.py) counts people, by kind of staff: whoever holds a
seat beside another post is not counted again. A number that was allotted to a body is for it and all beneath it, except
where a body beneath has a number of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from canbo.registry import queries, quotas
from canbo.registry.asking import Row, rows
from canbo.registry.models import Allotment, Membership
from canbo.reports import caps, counts, limits
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
class Month:
    """The last day of a month: what is allotted then, who would still serve, and how many too many, body by body; `worst`:
    the body (id) with the most too many, None where all fit."""

    day: date
    allotted: int
    staying: int
    over: int
    worst: int | None


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
    months: tuple[Month, ...] = field(default=())
    staff: tuple[limits.Staffed, ...] = field(default=())
    villages: tuple[limits.Villages, ...] = field(default=())
    autonomy: limits.Autonomy | None = None

    @property
    def overdrawn(self) -> Month | None:
        """The first month in which more would serve somewhere than are allotted there, if nobody came."""
        return next((month for month in self.months if month.over), None)

    @property
    def settled(self) -> date | None:
        """The last day of the month from which on all fit; None where the last month does not."""
        late = [place for place, month in enumerate(self.months) if month.over]
        first = late[-1] + 1 if late else 0
        return self.months[first].day if first < len(self.months) else None

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
        years, months = _years(under, {(body.id, body.staff) for body in bodies}, on=on) if bodies else ([], [])
        staff = limits.staffed(seats, bodies)
        villages, autonomy = limits.villages(seen, on=on), limits.autonomy(seen, on=on)
        senior = _senior(seen, on=on)
    headcount = sum(body.number for body in bodies) or sum(row["seats"] for row in seats)
    return Found(
        unit, on, _lines(seats, "kind", "kind_names"), _lines(seats, "job", "job_names"), tuple(bodies),
        tuple(_position(unit, ids, on=on)), tuple(years), tuple(_ranks(senior, headcount, on=on)), tuple(_planned(unit, seen, on=on)),
        tuple(months), tuple(staff), tuple(villages), autonomy,
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


def _years(under: Mapping[int, int], counted: Set[tuple[int, str]], *, on: date) -> tuple[list[Year], list[Month]]:
    """What is allotted from each day on which it changes, and at the end of each month, beside those who would still serve if
    nobody came.

    under    body -> the body whose number it falls under
    counted  the bodies with the kinds of staff for which they have a number: others are not set against it
    """
    steps = rows(
        "SELECT body_id AS body, staff, lower(valid) AS since, upper(valid) AS until, sum(number)::bigint AS number FROM {allotment}"
        " WHERE body_id = ANY (%(ids)s) AND use = 'allotted' AND upper(valid) > %(on)s::date GROUP BY 1, 2, 3, 4",
        {"ids": sorted(set(under.values())), "on": on},
    )
    last = max(row["until"] for row in steps)
    leaves = _leaves(under, counted, on=on)

    def staying(day: date) -> dict[tuple[int, str], int]:
        return {key: sum(people for end, people in ends.items() if end > day) for key, ends in leaves.items()}

    def allotted(day: date) -> Counter[tuple[int, str]]:
        found = Counter[tuple[int, str]]()
        for row in steps:
            if row["since"] <= day < row["until"]:
                found[row["body"], row["staff"]] += row["number"]
        return found

    days = sorted({on, *(row["since"] for row in steps if row["since"] > on)} - {last})
    years = [Year(day, sum(allotted(day).values()), sum(staying(day).values())) for day in days]
    months = []
    for day in _month_ends(on, last):
        given, people = allotted(day), staying(day)
        over = {key: many - given[key] for key, many in people.items() if many > given[key]}
        worst = max(over, key=lambda key: (over[key], key))[0] if over else None
        months.append(Month(day, sum(given.values()), sum(people.values()), sum(over.values()), worst))
    return years, months


def _month_ends(on: date, last: date) -> list[date]:
    """The last days of the months from the one of `on` to the last that ends before `last`."""
    found: list[date] = []
    first = on.replace(day=1)
    while True:
        first = (first + timedelta(days=32)).replace(day=1)
        if first > last:
            return found
        found.append(first - timedelta(days=1))


def _leaves(under: Mapping[int, int], counted: Set[tuple[int, str]], *, on: date) -> dict[tuple[int, str], Counter[date]]:
    """By numbered body and kind of staff: on which days how many go, by the month of the law or an end that is known."""
    kinds = ", ".join(f"({int(category)}, '{staff}')" for category, staff in STAFF.items())
    found = rows(
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
    pensions, leaves = caps.Pensions(on), {key: Counter[date]() for key in counted}
    for row in found:
        key = (under[row["body"]], row["staff"])
        if key not in counted:
            continue
        pension = pensions.first_day(row["sex"], row["born"], row["precision"])
        ends = min(
            (day for day in (pension if pension and pension > on else None, row["until"]) if day is not None), default=None
        )
        leaves[key][ends or date.max] += row["people"]
    return leaves


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
        "months": [{"month": month.day.isoformat()[:7], "allotted": month.allotted, "staying": month.staying, "over": month.over}
                   for month in found.months],
        "overdrawn_in": found.overdrawn.day.isoformat()[:7] if found.overdrawn else None,
        "fits_from": found.settled.isoformat()[:7] if found.settled else None,
        **limits.to_dict(found.staff, found.villages, found.autonomy, language),
        "planned": [{**row, "source": row["source"].cite(language)} for row in found.planned],
    }  # fmt: skip

"""Deputies of a unit and its bodies: how many there are, the cap of each article, and the path to the days of the law.

An average is a cap over a set: the set is read whole, also where a part of it is asked about, as far as the transaction
may see. Retirements are by the month that the rulebook gives for sex and birth; who is too little known stays counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from canbo.registry import queries, quotas
from canbo.registry.asking import Row, rows
from canbo.reports import caps, counts, glide
from canbo.reports.caps import Cap, Deadline
from canbo.reports.glide import Deputy, Month, Move
from canbo.rules.dates import first_of_month, month_index

OTHER = "other"


@dataclass(frozen=True)
class Body:
    """A body with deputies: its word in the articles, its seats for deputies, what was allotted to it (None: nothing)."""

    id: int
    code: str
    word: str
    parent: int | None
    seats: int
    headcount: int | None


@dataclass(frozen=True)
class Group:
    """Bodies of one kind that the articles look at together, or one by one where no average is taken.

    unit      the code of the province or commune over which an average is taken; of the body itself where none is
    place     the number of that organization
    together  the cap over all of them; None where each has only its own
    each      body -> the cap of its own
    whole     whether all bodies of the set were seen, and lie beneath what was asked about
    """

    word: str
    unit: str
    place: int
    bodies: tuple[Body, ...]
    deputies: tuple[Deputy, ...]
    together: Cap | None
    each: Mapping[int, Cap]
    whole: bool

    @property
    def now(self) -> int:
        return len(self.deputies)

    @cached_property
    def most(self) -> int | None:
        """The most that all may have: of the set, or of its bodies one by one; None where an article cannot say."""
        own = [cap.number for cap in self.each.values()]
        summed = None if any(number is None for number in own) or not own else sum(number for number in own if number is not None)
        if self.together is None or self.together.number is None:
            return summed if self.together is None else None
        return self.together.number if summed is None else min(self.together.number, summed)

    @cached_property
    def limits(self) -> dict[int, int]:
        return {body: cap.number for body, cap in self.each.items() if cap.number is not None}

    @cached_property
    def _over(self) -> dict[date, int]:
        return {}

    def over(self, on: date) -> int:
        """How many too many serve on the day, all moves left undone."""
        if on not in self._over:
            self._over[on] = glide.excess(
                self.deputies, on=on, most=self.together.number if self.together else None, each=self.limits
            )
        return self._over[on]

    def over_on(self, days: Sequence[date]) -> list[int]:
        """The same of days one after the other."""
        return glide.excesses(self.deputies, days=days, most=self.together.number if self.together else None, each=self.limits)

    def moves(self, *, on: date, by: date) -> list[Move]:
        return glide.moves(self.deputies, on=on, by=by, most=self.together.number if self.together else None, each=self.limits)


@dataclass(frozen=True)
class Found:
    """What was asked: the groups, the days of the law that disagree, and the path over all groups together."""

    unit: queries.Unit
    on: date
    to: date
    groups: tuple[Group, ...]
    deadlines: tuple[Deadline, ...]

    @cached_property
    def capped(self) -> list[Group]:
        """What the figures of the head are of: whole groups of bodies that the articles name and cap, and of other bodies,
        which have no cap but half of their headcount, those that exceed it."""
        whole = [group for group in self.groups if group.most is not None and group.whole]
        return [group for group in whole if group.word != OTHER or group.over(self.on)]

    @property
    def now(self) -> int:
        return sum(group.now for group in self.capped)

    @property
    def cap(self) -> int:
        return sum(group.most or 0 for group in self.capped)

    @property
    def over(self) -> int:
        return sum(group.over(self.on) for group in self.capped)

    @cached_property
    def path(self) -> list[Month]:
        return glide.path([each for group in self.capped for each in group.deputies], on=self.on, to=self.to)

    @cached_property
    def over_by_month(self) -> list[int]:
        """How many too many serve at the end of each month of the path."""
        ends = [date.fromordinal(first_of_month(month_index(month.month) + 1).toordinal() - 1) for month in self.path]
        tight = [group for group in self.capped if group.over(self.on)]  # who keeps the number today only comes down
        return [sum(many) for many in zip(*(group.over_on(ends) for group in tight), strict=True)] if tight else [0] * len(ends)

    def moves(self, by: date) -> list[Move]:
        return [move for group in self.capped if group.over(by) for move in group.moves(on=self.on, by=by)]


def path_of(code: str, *, on: date, to: date) -> Found:
    """Caps, deputies and the path of the unit with `code` and all beneath it. Raises NotInRegister.

    Reads whole files of those whom the transaction may see; what it gives names nobody.
    """
    unit = queries.unit(code, on=on)
    asked = set(queries.subtree(unit.id, on=on))
    around = _province_of(unit.id, on=on)
    everything = asked if around is None else set(queries.subtree(around, on=on))
    with counts.counting(everything) as seen:
        bodies = _bodies(sorted(everything), on=on)
        serving: dict[int, list[Deputy]] = defaultdict(list)
        for deputy in _deputies(seen, on=on):
            serving[deputy.body].append(deputy)
    units = _units(sorted(everything), on=on)
    groups = _grouped(bodies, units, serving, asked, set(seen), on)
    return Found(unit, on, to, tuple(groups), tuple(caps.deadlines(on=on)))


def _province_of(organization: int, *, on: date) -> int | None:
    """The province in which a body stands; None for what stands above provinces."""
    above = queries.path(organization, on=on)
    found = queries.units([row["id"] for row in above], on=on)
    return next((unit.id for unit in found if unit.level == 1 and unit.structure == "unit"), None)


def _bodies(ids: list[int], *, on: date) -> list[Body]:
    """The bodies that have seats for deputies, with what the articles know them as."""
    words = {kind: word for word, row in caps.bodies()["bodies"].items() for kind in row["kinds"]}
    found = rows(
        """
        SELECT s.organization_id AS id, s.kind_id AS kind, p.parent_id, c.code, d.seats FROM {organizationstatus} s
        JOIN (SELECT p.organization_id, count(*) AS seats FROM {post} p
              JOIN {job} j ON j.id = p.job_id AND j.standing = 'deputy'
              JOIN {seat} s ON s.post_id = p.id AND s.valid @> %(on)s::date
              WHERE p.organization_id = ANY (%(ids)s) GROUP BY 1) d ON d.organization_id = s.organization_id
        JOIN {organizationcode} c ON c.organization_id = s.organization_id AND c.valid @> %(on)s::date
        LEFT JOIN {organizationparent} p ON p.organization_id = s.organization_id AND p.valid @> %(on)s::date
        WHERE s.valid @> %(on)s::date ORDER BY c.code
        """,
        {"ids": ids, "on": on},
    )
    allotted = quotas.allotted([row["id"] for row in found], on=on)
    return [
        Body(row["id"], row["code"], words.get(row["kind"], OTHER), row["parent_id"], row["seats"],
             sum(allotted[row["id"]].values()) if row["id"] in allotted else None)
        for row in found
    ]  # fmt: skip


def _deputies(ids: Sequence[int], *, on: date) -> list[Deputy]:
    """Who serves as deputy in these organizations, and until when."""
    found = rows(
        """
        SELECT m.organization_id AS body, lower(m.valid) AS since, upper(m.valid) AS until, j.term_months AS term,
               w.sex, w.birth_on AS born, w.birth_precision AS precision
        FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id AND j.standing = 'deputy'
        JOIN {person} w ON w.id = m.person_id WHERE m.organization_id = ANY (%(ids)s) AND m.valid @> %(on)s::date
        """,
        {"ids": list(ids), "on": on},
    )
    pensions = caps.Pensions(on)
    return [_deputy(row, pensions, on) for row in found]


def _deputy(row: Row, pensions: caps.Pensions, on: date) -> Deputy:
    pension, until = pensions.first_day(row["sex"], row["born"], row["precision"]), row["until"]
    if pension is not None and pension <= on:
        pension = None  # serves beyond the age today: by which decision, and until when, is for that decision to say
    ends = min((day for day in (until, pension) if day is not None), default=None)
    why = "" if ends is None else "end" if ends == until else "retirement"
    return Deputy(row["body"], ends, why, _term(row["since"], row["term"], on))


def _term(since: date | None, months: int | None, on: date) -> date | None:
    """The next end of a term that began on a day, after `on`: who served longer was appointed anew."""
    if since is None or not months:
        return None
    served = month_index(on) - month_index(since)
    for turns in (served // months, served // months + 1, served // months + 2):
        first = first_of_month(month_index(since) + turns * months)
        end = date.fromordinal(min(first.toordinal() + since.day - 1, first_of_month(month_index(first) + 1).toordinal() - 1))
        if end > on:
            return end
    return None


@dataclass(frozen=True)
class _Unit:
    """A province or commune: what the articles ask of it."""

    id: int
    code: str
    level: int
    kind: str
    parent: int | None
    merged: int


def _units(ids: list[int], *, on: date) -> dict[int, _Unit | int | None]:
    """Organization -> the unit that it is, else what it stands under."""
    found = rows(
        """
        SELECT s.organization_id AS id, p.parent_id AS parent, c.code, k.level, s.kind_id AS kind, k.structure,
               (SELECT count(DISTINCT o.organization_id) FROM {resulting} r JOIN {original} o ON o.event_id = r.event_id
                JOIN {organizationstatus} was ON was.organization_id = o.organization_id JOIN {kind} wk ON wk.code = was.kind_id
                WHERE k.structure = 'unit' AND k.level = 1 AND r.organization_id = s.organization_id AND r.forms AND o.whole
                AND wk.structure = 'unit' AND wk.level = 1) AS merged
        FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id
        JOIN {organizationcode} c ON c.organization_id = s.organization_id AND c.valid @> %(on)s::date
        LEFT JOIN {organizationparent} p ON p.organization_id = s.organization_id AND p.valid @> %(on)s::date
        WHERE s.organization_id = ANY (%(ids)s) AND s.valid @> %(on)s::date
        """,
        {"ids": ids, "on": on},
    )
    return {
        row["id"]: _Unit(row["id"], row["code"], row["level"], row["kind"], row["parent"], max(1, row["merged"]))
        if row["structure"] == "unit" else row["parent"]
        for row in found
    }  # fmt: skip


def _above(organization: int, level: int, units: Mapping[int, _Unit | int | None]) -> _Unit | None:
    """The unit of a level in which a body stands."""
    at: int | None = organization
    for _step in range(64):
        there = units.get(at) if at is not None else None
        if isinstance(there, _Unit) and there.level <= level:
            return there if there.level == level else None
        at = there.parent if isinstance(there, _Unit) else there
    return None


def _grouped(
    bodies: Iterable[Body], units: Mapping[int, _Unit | int | None], serving: Mapping[int, list[Deputy]], asked: set[int],
    seen: set[int], on: date,
) -> list[Group]:  # fmt: skip
    """The sets over which the articles take averages, and single bodies, of which something was asked about."""
    known, book = caps.bodies(), caps.law()
    sets: dict[tuple[str, int], list[Body]] = defaultdict(list)
    homes: dict[int, _Unit | None] = {}
    for body in bodies:
        average = known["bodies"].get(body.word, {}).get("average")
        home = _above(body.id, known["levels"][average], units) if average else None
        sets[body.word, home.id if home else body.id].append(body)
        homes[body.id] = home
    seats = {body.id: body.seats for body in bodies}
    made = []
    for (word, _place), members in sets.items():
        if not any(body.id in asked for body in members):
            continue
        home = homes[members[0].id]
        province = _above(members[0].id, known["levels"]["province"], units)
        facts = _facts(word, province)
        each = {body.id: caps.cap(facts | _own(body, seats), asked=caps.EACH, on=on, book=book) for body in members}
        made.append(
            Group(
                word, home.code if home else members[0].code, home.id if home else members[0].id, tuple(members),
                tuple(deputy for body in members for deputy in serving.get(body.id, ())),
                caps.cap({**facts, "deputies.bodies": len(members)}, asked=caps.TOGETHER, on=on, book=book) if home else None,
                each if not home or any(cap.number is not None for cap in each.values()) else {},
                all(body.id in asked and body.id in seen for body in members),
            )
        )  # fmt: skip
    return sorted(made, key=lambda group: (group.word == OTHER, group.unit, group.word))


def _facts(word: str, province: _Unit | None) -> dict[str, caps.Value]:
    facts: dict[str, caps.Value] = {"deputies.body": word}
    if province is not None:
        table = caps.bodies()["provinces"]
        kind = table["codes"].get(province.code) or table["kinds"].get(province.kind)
        facts |= {"deputies.merged_from": min(province.merged, 9)} | ({"province.kind": kind} if kind else {})
    return facts


def _own(body: Body, seats: Mapping[int, int]) -> dict[str, caps.Value]:
    """What the articles ask of one body: what it was allotted, and how many deputies the body above may have."""
    own: dict[str, caps.Value] = {}
    if body.headcount is not None:
        own["deputies.headcount"] = body.headcount
    if body.parent is not None and body.parent in seats:
        own["deputies.superior_count"] = seats[body.parent]
    return own


def by_body(moves: Iterable[Move]) -> list[tuple[date, str, int]]:
    """Moves without their bodies: by which day, how, how many."""
    summed: Counter[tuple[date, str]] = Counter()
    for move in moves:
        summed[move.by, move.how] += move.number
    return [(day, how, number) for (day, how), number in sorted(summed.items())]


def to_dict(found: Found, language: str) -> dict[str, Any]:
    """For `--json`: the head over all groups that an article caps, then each group; months as YYYY-MM."""
    days = found.deadlines
    return {
        "unit": found.unit.code, "name": found.unit.label, "on": found.on.isoformat(), "to": found.to.isoformat(),
        "cap": found.cap, "now": found.now, "over": found.over,
        "path": [
            {"month": month.month.isoformat()[:7], "count": month.count, "over": over, "retired": month.retired,
             "ended": month.ended, "terms": month.terms}
            for month, over in zip(found.path, found.over_by_month, strict=True)
        ],
        "deadlines": [each.to_dict(language) for each in days],
        "deadlines_agree": len({each.day for each in days}) < 2,
        "needed": [_needed(found, each.day) for each in days],
        "groups": [_group(found, group) for group in found.groups],
    }  # fmt: skip


def _needed(found: Found, day: date) -> dict[str, Any]:
    made = found.moves(day)
    return {
        "by": day.isoformat(), "moves": sum(move.number for move in made),
        "steps": [{"by": by.isoformat(), "how": how, "number": number} for by, how, number in by_body(made)],
    }  # fmt: skip


def _group(found: Found, group: Group) -> dict[str, Any]:
    own = Counter(article for cap in group.each.values() for article in cap.binding)
    between = next((cap.between for cap in group.each.values() if cap.between), None)
    unsaid = sorted(
        {name for cap in (*group.each.values(), *filter(None, (group.together,))) for _a, names in cap.unsaid for name in names}
    )
    return {
        "body": group.word, "unit": group.unit, "bodies": len(group.bodies), "whole": group.whole,
        "cap": group.most if group.whole else None, "between": between, "now": group.now,
        "over": group.over(found.on) if group.whole and group.most is not None else None,
        "by": [*(group.together.binding if group.together else ()), *sorted(own)], "unknown": unsaid,
        "leave_by_end": group.now - sum(each.serves(found.to) for each in group.deputies),
    }  # fmt: skip

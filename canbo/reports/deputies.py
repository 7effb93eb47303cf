"""Deputies of a unit and its bodies: how many there are, the cap of each article, and the path to the days of the law.

An average is a cap over a set: the set is read whole, also where a part of it is asked about, as far as the transaction
may see. Retirements are by the month that the rulebook gives for sex and birth; who is too little known stays counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection

from canbo.registry import queries, quotas
from canbo.registry.asking import Row, in_bulk, rows
from canbo.reports import caps, counts, glide
from canbo.reports.caps import Cap, Deadline
from canbo.reports.glide import Deputy, Month, Move
from canbo.rules.dates import first_of_month, month_index

OTHER = "other"
#: From so many organizations on, what a question needs is read from end to end and joined as sets.
MANY = 20_000
#: That a range of days holds a day, in words that no index answers.
READ_THROUGH = "coalesce(lower(s.valid) <= %(on)s::date, true) AND coalesce(upper(s.valid) > %(on)s::date, true)"


class Body(NamedTuple):
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
        if self.together is None and len(self.each) == 1:  # nearly all of a country's groups are one body
            return next(iter(self.each.values())).number
        own = [cap.number for cap in self.each.values()]
        summed = None if any(number is None for number in own) or not own else sum(number for number in own if number is not None)
        if self.together is None or self.together.number is None:
            return summed if self.together is None else None
        return self.together.number if summed is None else min(self.together.number, summed)

    @cached_property
    def limits(self) -> dict[int, int]:
        return {body: cap.number for body, cap in self.each.items() if cap.number is not None}

    def over(self, on: date) -> int:
        """How many too many serve on the day, all moves left undone."""
        most, each = self.together.number if self.together else None, self.limits
        if most is None and len(self.deputies) <= min(each.values(), default=len(self.deputies)):
            return 0
        return glide.excess(self.deputies, on=on, most=most, each=each)

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
        return [group for group in whole if group.word != OTHER or self.too_many[id(group)]]

    @cached_property
    def too_many(self) -> dict[int, int]:
        """Of each group, by its identity, how many too many serve today."""
        return {id(group): group.over(self.on) for group in self.groups}

    @property
    def now(self) -> int:
        return sum(group.now for group in self.capped)

    @property
    def cap(self) -> int:
        return sum(group.most or 0 for group in self.capped)

    @property
    def over(self) -> int:
        return sum(self.too_many[id(group)] for group in self.capped)

    @cached_property
    def path(self) -> list[Month]:
        return glide.path([each for group in self.capped for each in group.deputies], on=self.on, to=self.to)

    @cached_property
    def over_by_month(self) -> list[int]:
        """How many too many serve at the end of each month of the path."""
        ends = [date.fromordinal(first_of_month(month_index(month.month) + 1).toordinal() - 1) for month in self.path]
        tight = [group for group in self.capped if self.too_many[id(group)]]  # who keeps the number today only comes down
        return [sum(many) for many in zip(*(group.over_on(ends) for group in tight), strict=True)] if tight else [0] * len(ends)

    def moves(self, by: date) -> list[Move]:
        tight = [group for group in self.capped if self.too_many[id(group)]]  # who keeps the number today only comes down
        return [move for group in tight if group.over(by) for move in group.moves(on=self.on, by=by)]


@in_bulk()
def path_of(code: str, *, on: date, to: date) -> Found:
    """Caps, deputies and the path of the unit with `code` and all beneath it. Raises NotInRegister.

    Reads whole files of those whom the transaction may see; what it gives names nobody.
    """
    unit = queries.unit(code, on=on)
    asked = set(queries.subtree(unit.id, on=on))
    around = _province_of(unit.id, on=on)
    everything = asked if around is None else set(queries.subtree(around, on=on))
    with counts.counting(everything) as seen:
        standing, held = _standing(sorted(everything), on=on), _seats(sorted(everything), on=on)
        bodies = _bodies(standing, held, on=on)
        serving: dict[int, list[Deputy]] = defaultdict(list)
        for deputy in _deputies(seen, on=on):
            serving[deputy.body].append(deputy)
    units = _units(standing, on=on)
    groups = _grouped(bodies, units, serving, asked, set(seen), on)
    return Found(unit, on, to, tuple(groups), tuple(caps.deadlines(on=on)))


def _province_of(organization: int, *, on: date) -> int | None:
    """The province in which a body stands; None for what stands above provinces."""
    above = queries.path(organization, on=on)
    found = queries.units([row["id"] for row in above], on=on)
    return next((unit.id for unit in found if unit.level == 1 and unit.structure == "unit"), None)


def _standing(ids: list[int], *, on: date) -> list[Row]:
    """What these organizations are on the day and where they stand, by code."""
    return rows(
        """
        SELECT s.organization_id AS id, p.parent_id AS parent, c.code, k.level, s.kind_id AS kind, k.structure
        FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id
        JOIN {organizationcode} c ON c.organization_id = s.organization_id AND c.valid @> %(on)s::date
        LEFT JOIN {organizationparent} p ON p.organization_id = s.organization_id AND p.valid @> %(on)s::date
        WHERE s.organization_id = ANY (%(ids)s::bigint[]) AND s.valid @> %(on)s::date ORDER BY c.code
        """,
        {"ids": ids, "on": on},
    )


def _seats(ids: list[int], *, on: date) -> dict[int, int]:
    """How many seats for deputies each of these organizations has. Of a whole country seats are read from end to end."""
    valid = "s.valid @> %(on)s::date" if len(ids) < MANY else READ_THROUGH
    found = rows(
        f"""
        SELECT p.organization_id AS id, count(*) AS seats FROM {{post}} p
        JOIN {{job}} j ON j.id = p.job_id AND j.standing = 'deputy' JOIN {{seat}} s ON s.post_id = p.id AND {valid}
        WHERE p.organization_id = ANY (%(ids)s::bigint[]) GROUP BY 1
        """,
        {"ids": ids, "on": on},
    )
    return {row["id"]: row["seats"] for row in found}


def _bodies(standing: Iterable[Row], seats: Mapping[int, int], *, on: date) -> list[Body]:
    """The bodies that have seats for deputies, with what the articles know them as."""
    words = {kind: word for word, row in caps.bodies()["bodies"].items() for kind in row["kinds"]}
    allotted = quotas.allotted(list(seats), on=on)
    return [
        Body(row["id"], row["code"], words.get(row["kind"], OTHER), row["parent"], seats[row["id"]],
             sum(allotted[row["id"]].values()) if row["id"] in allotted else None)
        for row in standing if row["id"] in seats
    ]  # fmt: skip


def _deputies(ids: Sequence[int], *, on: date) -> list[Deputy]:
    """Who serves as deputy in these organizations, and until when.

    Of a whole country all memberships are read once from end to end, and whoever they are of after that: the planner expects
    a handful to hold on a day, and would look up the post and the person of each of millions.
    """
    with _in_sets(len(ids) >= MANY):
        found = rows(
            """
            SELECT held.body, held.since, held.until, held.term, w.sex, w.birth_on AS born, w.birth_precision AS precision
            FROM (SELECT m.organization_id AS body, lower(m.valid) AS since, upper(m.valid) AS until, j.term_months AS term, m.person_id
                  FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id AND j.standing = 'deputy'
                  WHERE m.valid @> %(on)s::date AND (%(many)s OR m.organization_id = ANY (%(ids)s::bigint[])) OFFSET 0) AS held
            JOIN {person} w ON w.id = held.person_id WHERE held.body = ANY (%(ids)s::bigint[])
            """,
            {"ids": list(ids), "on": on, "many": len(ids) >= MANY},
        )
    pensions = caps.Pensions(on)
    terms: dict[tuple[date | None, int | None], date | None] = {}
    made = []
    for row in found:
        key = row["since"], row["term"]
        if key not in terms:
            terms[key] = _term(*key, on)
        made.append(_deputy(row, pensions, terms[key], on))
    return made


@contextmanager
def _in_sets(whole: bool) -> Iterator[None]:
    """Within, rows are joined as sets and not looked up one by one, where `whole`."""
    if not whole:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def _deputy(row: Row, pensions: caps.Pensions, term: date | None, on: date) -> Deputy:
    pension, until = pensions.first_day(row["sex"], row["born"], row["precision"]), row["until"]
    if pension is not None and pension <= on:
        pension = None  # serves beyond the age today: by which decision, and until when, is for that decision to say
    ends = until if pension is None or (until is not None and until <= pension) else pension
    return Deputy(row["body"], ends, "" if ends is None else "end" if ends == until else "retirement", term)


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


_MERGED = """
SELECT r.organization_id AS id, count(DISTINCT o.organization_id) AS merged FROM {resulting} r
JOIN {original} o ON o.event_id = r.event_id AND o.whole JOIN {organizationstatus} was ON was.organization_id = o.organization_id
JOIN {kind} k ON k.code = was.kind_id AND k.structure = 'unit' AND k.level = 1
WHERE r.organization_id = ANY (%(ids)s::bigint[]) AND r.forms GROUP BY 1
"""


def _units(standing: Iterable[Row], *, on: date) -> dict[int, _Unit | int | None]:
    """Organization -> the unit that it is, else what it stands under."""
    units = {row["id"]: row["parent"] if row["structure"] != "unit" else row for row in standing}
    provinces = [row["id"] for row in units.values() if isinstance(row, dict) and row["level"] == 1]
    merged = {row["id"]: row["merged"] for row in rows(_MERGED, {"ids": provinces})} if provinces else {}
    return {
        place: _Unit(place, row["code"], row["level"], row["kind"], row["parent"], merged.get(place, 1)) if isinstance(row, dict) else row
        for place, row in units.items()
    }  # fmt: skip


class _Above:
    """The unit of a level in which a body stands, found once for all that stand beneath one another."""

    def __init__(self, level: int, units: Mapping[int, _Unit | int | None]) -> None:
        self.level, self.units = level, units
        self._found: dict[int, _Unit | None] = {}

    def of(self, organization: int) -> _Unit | None:
        way: list[int] = []
        at: int | None = organization
        found = None
        while at is not None and len(way) < 64:
            if at in self._found:
                found = self._found[at]
                break
            way.append(at)
            there = self.units.get(at)
            if isinstance(there, _Unit) and there.level <= self.level:
                found = there if there.level == self.level else None
                break
            at = there.parent if isinstance(there, _Unit) else there
        self._found.update(dict.fromkeys(way, found))
        return found


def _grouped(
    bodies: Iterable[Body], units: Mapping[int, _Unit | int | None], serving: Mapping[int, list[Deputy]], asked: set[int],
    seen: set[int], on: date,
) -> list[Group]:  # fmt: skip
    """The sets over which the articles take averages, and single bodies, of which something was asked about."""
    known = caps.bodies()
    above = {name: _Above(level, units) for name, level in known["levels"].items()}
    sets: dict[tuple[str, int], list[Body]] = defaultdict(list)
    homes: dict[tuple[str, int], _Unit] = {}
    for body in bodies:
        average = known["bodies"].get(body.word, {}).get("average")
        home = above[average].of(body.id) if average else None
        key = body.word, home.id if home else body.id
        sets[key].append(body)
        if home:
            homes[key] = home
    limits = _Limits({body.id: body.seats for body in bodies}, on)
    made = []
    for (word, place), members in sets.items():
        first, home = members[0], homes.get((word, place))
        if len(members) == 1 and home is None:
            if first.id in asked:
                cap = limits.of(first, above["province"].of(place))
                made.append(
                    Group(word, first.code, place, (first,), tuple(serving.get(place, ())), None, {place: cap}, place in seen)
                )
            continue
        if not any(body.id in asked for body in members):
            continue
        province = above["province"].of(first.id)
        each = {body.id: limits.of(body, province) for body in members}
        made.append(
            Group(
                word, home.code if home else first.code, place, tuple(members),
                tuple(deputy for body in members for deputy in serving.get(body.id, ())),
                limits.together(word, province, len(members)) if home else None,
                each if not home or any(cap.number is not None for cap in each.values()) else {},
                all(body.id in asked and body.id in seen for body in members),
            )
        )  # fmt: skip
    return sorted(made, key=lambda group: (group.word == OTHER, group.unit, group.word))


class _Limits:
    """What the articles allow of bodies, asked once for all that are alike to them."""

    def __init__(self, seats: Mapping[int, int], on: date) -> None:
        self.seats, self.on, self.book = seats, on, caps.law()
        self._each: dict[tuple[str, int | None, int | None, int | None], Cap] = {}

    def of(self, body: Body, province: _Unit | None) -> Cap:
        """Of one body: what it was allotted counts, and how many deputies the body above may have."""
        superior = self.seats.get(body.parent) if body.parent is not None else None
        key = body.word, province.id if province else None, body.headcount, superior
        if key not in self._each:
            facts = _facts(body.word, province)
            if body.headcount is not None:
                facts["deputies.headcount"] = body.headcount
            if superior is not None:
                facts["deputies.superior_count"] = superior
            self._each[key] = caps.cap(facts, asked=caps.EACH, on=self.on, book=self.book)
        return self._each[key]

    def together(self, word: str, province: _Unit | None, bodies: int) -> Cap:
        """Of so many bodies together."""
        return caps.cap({**_facts(word, province), "deputies.bodies": bodies}, asked=caps.TOGETHER, on=self.on, book=self.book)


def _facts(word: str, province: _Unit | None) -> dict[str, caps.Value]:
    facts: dict[str, caps.Value] = {"deputies.body": word}
    if province is not None:
        table = caps.bodies()["provinces"]
        kind = table["codes"].get(province.code) or table["kinds"].get(province.kind)
        facts |= {"deputies.merged_from": min(province.merged, 9)} | ({"province.kind": kind} if kind else {})
    return facts


def by_body(moves: Iterable[Move]) -> list[tuple[date, str, int]]:
    """Moves without their bodies: by which day, how, how many."""
    summed: Counter[tuple[date, str]] = Counter()
    for move in moves:
        summed[move.by, move.how] += move.number
    return [(day, how, number) for (day, how), number in sorted(summed.items())]


@in_bulk()
def to_dict(found: Found, language: str) -> dict[str, Any]:
    """For `--json`: the head over all groups that an article caps, then each group; months as YYYY-MM."""
    days, said = found.deadlines, dict[Any, tuple[list[str], Any, list[str]]]()
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
        "groups": [_group(found, group, said) for group in found.groups],
    }  # fmt: skip


def _needed(found: Found, day: date) -> dict[str, Any]:
    made = found.moves(day)
    return {
        "by": day.isoformat(), "moves": sum(move.number for move in made),
        "steps": [{"by": by.isoformat(), "how": how, "number": number} for by, how, number in by_body(made)],
    }  # fmt: skip


def _group(found: Found, group: Group, said: dict[Any, tuple[list[str], Any, list[str]]]) -> dict[str, Any]:
    different = {id(cap): cap for cap in group.each.values()}
    key = (id(group.together), *sorted(different))
    if key not in said:
        said[key] = _said(group.together, list(different.values()))
    by, between, unsaid = said[key]
    return {
        "body": group.word, "unit": group.unit, "bodies": len(group.bodies), "whole": group.whole,
        "cap": group.most if group.whole else None, "between": between, "now": group.now,
        "over": found.too_many[id(group)] if group.whole and group.most is not None else None,
        "by": by, "unknown": unsaid,
        "leave_by_end": sum(not each.serves(found.to) for each in group.deputies),
    }  # fmt: skip


def _said(together: Cap | None, each: Sequence[Cap]) -> tuple[list[str], Any, list[str]]:
    """The articles that bind, between what and what a cap lies, and the facts that are missing."""
    unsaid = {name for cap in (*each, *filter(None, (together,))) for _article, names in cap.unsaid for name in names}
    own = sorted({article for cap in each for article in cap.binding})
    return (
        [*(together.binding if together else ()), *own], next((cap.between for cap in each if cap.between), None), sorted(unsaid)
    )  # fmt: skip

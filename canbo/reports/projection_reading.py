"""Reads the register for a projection: persons, their service, leading posts and plans, and seats by day, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from canbo.modelling.projection.record import FAR, OTHER, RETIRED, Record, day_of, months_of
from canbo.registry import authority, packed, queries
from canbo.registry.asking import numbers, rows
from canbo.registry.models import Membership

#: So many days between two posts are no departure: a decision takes effect on the first of a month, or after a handover.
GAP = 92
EPOCH = "DATE '1970-01-01'"
MASTER = 5
BROKEN = 0.1  # of those who serve: with so many posts ended by reorganisation in a year, the year is no measure of others
BACK = 12  # years of the past for which seats are counted
_SINCE = f"CASE WHEN lower_inf({{0}}) OR NOT isfinite(lower({{0}})) THEN -200000 ELSE lower({{0}}) - {EPOCH} END"
_UNTIL = f"CASE WHEN upper_inf({{0}}) OR NOT isfinite(upper({{0}})) THEN {FAR} ELSE upper({{0}}) - {EPOCH} END"

Months = Mapping[tuple[int, int], int]
Array = NDArray[Any]


def beneath(unit: int, *, on: date) -> list[int]:
    """Ids of what stands beneath a unit on a day, and of what stood there before or went into it whole."""
    now = set(queries.subtree(unit, on=on))
    ever = now | authority.organizations_beneath([unit])
    there = rows(
        "SELECT id FROM {organization} WHERE id = ANY (%(ids)s) AND life @> %(on)s::date", {"ids": sorted(ever), "on": on}
    )
    return sorted(ever - ({row["id"] for row in there} - now))


def record(organizations: Sequence[int], *, on: date, until: int, retires: Callable[[], tuple[Months, Months]]) -> Record:
    """What the register knows of these organizations. The caller has decided whose people may be counted (counts.counting).

    until    the last year whose seats may be asked for
    retires  gives by sex and month of birth the lawful months of retirement
    """
    connection.ensure_connection()
    session, ids = connection.connection, f"'{numbers(organizations)}'::bigint[]"
    held = packed.read(
        session,
        f"SELECT m.person_id, {_SINCE.format('m.valid')}, {_UNTIL.format('m.valid')}, coalesce(m.ending, 0)::int4,"
        " (j.standing IN ('head', 'deputy'))::int4, coalesce(j.term_months, 0)::int4"
        " FROM registry_membership m JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id"
        f" WHERE m.organization_id = ANY ({ids}) AND NOT isempty(m.valid)",
        person="i8", since="i4", until="i4", ending="i4", leading="i4", term="i4",
    )  # fmt: skip
    persons, place = np.unique(held["person"], return_inverse=True)
    place = place.astype(np.int32)
    leads = held["leading"] == 1
    told = _persons(session, persons, retires)
    plans = _plans(session, persons, ids)
    person, since, till, ending = _spells(place, held["since"], held["until"], held["ending"])
    early = (
        (ending == RETIRED)
        & (months_of(np.where(till == FAR, 0, till) - 1) < told["retires"][person])
        & (told["retires"][person] != FAR)
    )
    ending = np.where(early, OTHER, ending).astype(np.int8)  # before the lawful month nobody goes by age
    return Record(
        **told, person=person, since=since, until=till, ending=ending,
        lead_person=place[leads], lead_since=held["since"][leads], lead_until=held["until"][leads],
        lead_term=np.clip(held["term"][leads], 0, 120).astype(np.int8), **plans,
        broken=_broken(place, held), seats=_seats(session, ids, held, on, until),
    )  # fmt: skip


def _broken(person: Array, held: Mapping[str, Array]) -> frozenset[int]:
    """Years in which many lost their post because bodies were reorganised."""
    moved = held["ending"] == Membership.Ending.REORGANIZATION
    years = (held["until"][moved] - 1).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    told = set()
    for year in np.unique(years).tolist():
        start = day_of(date(year, 1, 1))
        serving = len(np.unique(person[(held["since"] < start) & (start < held["until"])]))
        if len(np.unique(person[moved][years == year])) >= BROKEN * max(serving, 1):
            told.add(year)
    return frozenset(told)


def _spells(person: Array, since: Array, until: Array, ending: Array) -> tuple[Array, Array, Array, Array]:
    """Memberships run together into times of service, and why each ended."""
    if not len(person):
        return person, since, until, np.zeros(0, np.int8)
    order = np.lexsort((since, person))
    person, since, until, ending = person[order], since[order], until[order], ending[order]
    offset = person.astype(np.int64) << 33
    reached = np.maximum.accumulate(offset + until)  # the latest end so far of the same person
    fresh = np.ones(len(person), bool)
    fresh[1:] = offset[1:] + since[1:] > reached[:-1] + GAP
    first = np.flatnonzero(fresh)
    end = np.maximum.reduceat(until, first)
    number = np.cumsum(fresh) - 1
    last = until == end[number]
    why = np.zeros(len(first), np.int32)
    np.maximum.at(why, number[last], np.where(ending[last] == Membership.Ending.RETIREMENT, RETIRED, 0))
    kind = np.where(end == FAR, 0, np.where(why == RETIRED, RETIRED, OTHER)).astype(np.int8)
    return person[first], since[first], end, kind


def _persons(session: Any, persons: Array, retires: Callable[[], tuple[Months, Months]]) -> dict[str, Array]:
    """What is known of each person, in the order of `persons` (ids, ascending)."""
    asked = f"'{numbers(persons.tolist())}'::bigint[]"
    rows_ = packed.read(
        session,
        "SELECT p.id, (CASE sex WHEN 'F' THEN 1 WHEN 'M' THEN 0 ELSE -1 END)::int4,"
        f" coalesce(birth_on - {EPOCH}, {FAR}),"
        f" coalesce((SELECT min({_SINCE.format('c.valid')}) FROM registry_credential c WHERE c.person_id = p.id AND c.level >= {MASTER}), {FAR}),"
        " (EXISTS (SELECT FROM registry_credential c WHERE c.person_id = p.id) OR EXISTS (SELECT FROM registry_nonedeclared n"
        "  WHERE n.person_id = p.id AND n.topic = 'credential'))::int4"
        f" FROM registry_person p WHERE p.id = ANY ({asked}) ORDER BY p.id",
        id="i8", sex="i4", birth="i4", master="i4", degree="i4",
    )  # fmt: skip
    known = rows_["birth"] != FAR
    born = np.where(known, months_of(np.where(known, rows_["birth"], 0)), FAR).astype(np.int32)
    usual, latest = retires()
    return {
        "born": born, "sex": rows_["sex"].astype(np.int8), "master": rows_["master"], "degree": rows_["degree"] == 1,
        "retires": _lawful(born, rows_["sex"], usual), "latest": _lawful(born, rows_["sex"], latest),
    }  # fmt: skip


def _lawful(born: Array, sex: Array, months: Months) -> Array:
    """The lawful month of each; FAR where birth or sex is unknown, or the law has no answer."""
    first = min((month for _sex, month in months), default=0)
    size = max((month for _sex, month in months), default=-1) - first + 1
    table = np.full((2, size + 1), FAR, np.int64)  # the last place: outside
    for (of, month), answer in months.items():
        table[of, month - first] = answer
    within = (born >= first) & (born < first + size) & (sex >= 0)
    return np.where(within, table[np.where(sex < 0, 0, sex), np.where(within, born - first, size)], FAR).astype(np.int32)


def _plans(session: Any, persons: Array, ids: str) -> dict[str, Array]:
    found = packed.read(
        session,
        f"SELECT s.person_id, {_SINCE.format('s.valid')}, {_UNTIL.format('s.valid')} FROM registry_succession s"
        f" JOIN registry_post p ON p.id = s.post_id JOIN registry_job j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')"
        f" WHERE p.organization_id = ANY ({ids}) AND NOT isempty(s.valid)",
        person="i8", since="i4", until="i4",
    )  # fmt: skip
    inside = np.isin(found["person"], persons)
    place = np.searchsorted(persons, found["person"][inside]).astype(np.int32)
    return {"plan_person": place, "plan_since": found["since"][inside], "plan_until": found["until"][inside]}


def _seats(session: Any, ids: str, held: Mapping[str, Array], on: date, until: int) -> dict[int, tuple[int, int, int]]:
    """Seats, seats held, and leading seats: on the day, and on the last day of each year before and after."""
    found = packed.read(
        session,
        f"SELECT {_SINCE.format('s.valid')}, {_UNTIL.format('s.valid')}, (j.standing IN ('head', 'deputy'))::int4"
        " FROM registry_seat s JOIN registry_post p ON p.id = s.post_id JOIN registry_job j ON j.id = p.job_id"
        f" WHERE p.organization_id = ANY ({ids}) AND NOT isempty(s.valid)",
        since="i4", until="i4", leading="i4",
    )  # fmt: skip
    leads = found["leading"] == 1
    series = [
        (np.sort(since), np.sort(till))
        for since, till in (
            (found["since"], found["until"]), (held["since"], held["until"]), (found["since"][leads], found["until"][leads])
        )
    ]  # fmt: skip
    days = {day_of(on), *(day_of(date(year, 12, 31)) for year in range(on.year - BACK, until + 1))}

    def there(since: Array, till: Array, day: int) -> int:
        return int(np.searchsorted(since, day, side="right") - np.searchsorted(till, day, side="right"))

    return {day: (there(*series[0], day), there(*series[1], day), there(*series[2], day)) for day in sorted(days)}

"""Columns for counting: what a count needs of every person and membership, packed into files.

    build()                       writes them, as the owner of the register; after a bulk load, or when many changed
    tally(organizations, on=...)  counts from them, or returns None where there are none that hold

The columns are taken at one moment of the database. Persons written about since then stand in the feed
(registry/migrations/person_feed.sql); a count leaves them out of the columns and reads them from the tables, in
one statement, so that its result equals a count of the tables. See docs/decisions/0006.

Files lie in settings.CANBO_SNAPSHOTS, readable by their owner only: they hold sex, birth and degree by number.
Days are whole numbers since EPOCH.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from canbo.registry import packed
from canbo.registry.asking import numbers
from canbo.registry.packed import SnapshotBusy, place, read
from canbo.reports.counts import DEGREES, GROUPS, OLDEST, Group, Tally, as_tally

EPOCH = date(2000, 1, 1)
ALWAYS, OPEN = -(2**31), 2**31 - 1
#: Below this many memberships in the organizations asked for, the tables answer as fast.
SMALL = 2_000
#: Where at least one value in so many is asked for, reading all from end to end is faster than picking.
MANY = 4
PACK = "counting"
SEX_CODES = {None: 0, "F": 1, "M": 2}

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Columns:
    """The columns of one moment, mapped from their files.

    organizations  int64, ascending          starts  int64, one longer: rows of organization i are starts[i]:starts[i+1]
    person         int32, place in `people`  since, until  int32 days [since, until) of each membership
    people         int64 ids, ascending      sex int8 (SEX_CODES)    birth int32 days, ALWAYS = unknown
    degree_since, degree_until  int32 [level 0-6, person]; OPEN in both where the level was never reached
    irregular      int64 ids of persons whose degrees these columns cannot hold (a level lost and gained again)
    """

    token: str
    organizations: NDArray[np.int64]
    starts: NDArray[np.int64]
    person: Ints
    since: Ints
    until: Ints
    people: NDArray[np.int64]
    sex: NDArray[np.int8]
    birth: Ints
    degree_since: Ints
    degree_until: Ints
    irregular: NDArray[np.int64]


def tally(organizations: Sequence[int], *, on: date) -> Tally | None:
    """Count from the columns what changed not since, and the rest from the tables; None: ask the tables for all.

    Called inside `counts.counting`, which has decided whose people may be counted.
    """
    columns = current(most_changed=packed.SHARE)
    if columns is None:
        return None
    places = _places(columns, organizations)
    if _rows_of(columns, places) < SMALL:
        return None
    later = _read_changed(columns, organizations, on)
    if later is None:
        return None
    changed, tables = later
    kept = _tally_columns(columns, places, on=on, without=changed)
    return Tally(kept.people + tables.people, kept.memberships + tables.memberships)


def current(*, most_changed: float = 1.0) -> Columns | None:
    """The columns that belong to the register as it is; None where there are none.

    None, too, when more was written since than packed.FEW_CHANGED and the share `most_changed` of all people.
    """
    pack = packed.current(most_changed=most_changed)
    if pack is None:
        return None
    try:
        return Columns(token=pack.token, **pack.arrays(PACK))
    except (OSError, TypeError):
        return None  # built by a program of another version


# Counting.


def _places(columns: Columns, organizations: Sequence[int]) -> NDArray[np.intp]:
    """Where the organizations stand in the columns; those without a membership stand nowhere."""
    asked = np.sort(np.asarray(organizations, dtype=np.int64))
    places = np.searchsorted(columns.organizations, asked)
    inside = places < len(columns.organizations)
    places, asked = places[inside], asked[inside]
    found: NDArray[np.intp] = places[columns.organizations[places] == asked]
    return found


def _rows_of(columns: Columns, places: NDArray[np.intp]) -> int:
    return int((columns.starts[places + 1] - columns.starts[places]).sum())


def _tally_columns(columns: Columns, places: NDArray[np.intp], *, on: date, without: NDArray[np.int64]) -> Tally:
    """The tally of the columns, leaving out the persons `without` (ids)."""
    day = (on - EPOCH).days
    serving = _serving(columns, places, day)
    left_out = np.searchsorted(columns.people, without)
    left_out = left_out[left_out < len(columns.people)]
    left_out = left_out[np.isin(columns.people[left_out], without)]
    if len(left_out):
        kept = np.ones(len(columns.people), dtype=bool)
        kept[left_out] = False
        serving = serving[kept[serving]]
    chosen = _distinct(serving, len(columns.people))
    groups = _groups(columns, chosen, on, day)
    return Tally(groups, len(serving))


def _serving(columns: Columns, places: NDArray[np.intp], day: int) -> Ints:
    """The persons (places) of all memberships of the organizations that hold on the day; one each membership."""
    first = columns.starts[places]
    sizes = columns.starts[places + 1] - first
    if MANY * sizes.sum() > len(columns.person):
        asked = np.zeros(len(columns.organizations), dtype=bool)
        asked[places] = True
        holds = np.repeat(asked, np.diff(columns.starts)) & (columns.since <= day) & (day < columns.until)
        return np.asarray(columns.person[holds])
    rows = np.repeat(first - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes) + np.arange(sizes.sum())
    return np.asarray(columns.person[rows[(columns.since[rows] <= day) & (day < columns.until[rows])]])


def _distinct(serving: Ints, people: int) -> NDArray[np.intp] | NDArray[np.bool_]:
    """Each person once: places in ascending order; of many, whether each is one."""
    if len(serving) * 20 < people:
        return np.unique(serving).astype(np.intp)
    seen = np.zeros(people, dtype=bool)
    seen[serving] = True
    return seen if MANY * len(serving) > people else np.flatnonzero(seen)


def _groups(columns: Columns, who: NDArray[np.intp] | NDArray[np.bool_], on: date, day: int) -> Counter[Group]:
    ages = _age_table(on)
    everyone = who.dtype == bool  # many: all columns are read from end to end, and those not meant left out at the end
    chosen: Any = slice(None) if everyone else who
    oldest = day - len(ages) + 1
    birth = columns.birth[chosen]
    age = ages[np.clip(birth, oldest, day) - oldest]
    age[(birth == ALWAYS) | (birth > day)] = -1
    degree = np.full(len(birth), -1, dtype=np.int16)
    for level in DEGREES:
        since, until = columns.degree_since[level][chosen], columns.degree_until[level][chosen]
        degree[(since <= day) & (day < until)] = level
    key = (columns.sex[chosen].astype(np.int16) * (OLDEST + 2) + age + 1) * (len(DEGREES) + 1) + degree + 1
    sexes = {code: sex for sex, code in SEX_CODES.items()}
    groups: Counter[Group] = Counter()
    counted = np.bincount(key[who] if everyone else key)
    for value in np.flatnonzero(counted):
        rest, degree_code = divmod(int(value), len(DEGREES) + 1)
        sex_code, age_code = divmod(rest, OLDEST + 2)
        group = Group(sexes[sex_code], age_code - 1 if age_code else None, degree_code - 1 if degree_code else None)
        groups[group] = int(counted[value])
    return groups


@lru_cache(maxsize=16)
def _age_table(on: date) -> NDArray[np.int16]:
    """Completed years on the day by birthday: the last entry for one born on the day, one entry a day backwards.

    Goes back as far as people can be OLDEST years old; whoever is older is OLDEST, as in the tables' count.
    """
    turned = [(_years_before(on, years) - EPOCH).days for years in range(OLDEST, -1, -1)]
    days = np.arange(turned[0], turned[-1] + 1)
    return (OLDEST - np.searchsorted(turned, days, side="left")).astype(np.int16)


def _years_before(on: date, years: int) -> date:
    """The latest birthday with which one is that many years old on the day."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February, in a common year
        return on.replace(year=on.year - years, day=28)


# What changed since.

_CHANGED = (
    """
WITH snapshot AS (SELECT taken FROM registry_snapshot WHERE token = %(token)s AND taken IS NOT NULL),
changed AS MATERIALIZED (
    SELECT feed.person_id FROM registry_personfeed feed, snapshot
    WHERE feed.xid >= pg_snapshot_xmin(snapshot.taken) AND NOT pg_visible_in_snapshot(feed.xid, snapshot.taken)
    UNION SELECT unnest(%(irregular)s::bigint[])
),
groups AS ("""
    # IS TRUE keeps it a question to a hash: as an array or a join of a hundred thousand, planning or asking takes a second.
    + GROUPS.format(
        there="person_id = ANY (ARRAY(SELECT person_id FROM changed))"
        " AND (organization_id IN (SELECT unnest(%(organizations)s::bigint[]))) IS TRUE"
    )
    + """)
SELECT EXISTS (SELECT FROM snapshot),
       ARRAY(SELECT person_id FROM changed ORDER BY person_id),
       (SELECT coalesce(jsonb_agg(jsonb_build_array(sex, age, degree, people, memberships)), '[]') FROM groups)
"""
)


def _read_changed(columns: Columns, organizations: Sequence[int], on: date) -> tuple[NDArray[np.int64], Tally] | None:
    """Ids of the persons whom the columns may have wrong, and their tally from the tables, as of one moment.

    None: other columns were built in the meantime.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGED,
            {
                "token": columns.token,
                "irregular": numbers(columns.irregular),
                "organizations": numbers(organizations),
                "on": on,
            },
        )
        valid, changed, groups = cursor.fetchone()
    if not valid:
        return None
    return np.asarray(changed, dtype=np.int64), as_tally(json.loads(groups) if isinstance(groups, str) else groups)


# Building.


@dataclass(frozen=True)
class Built:
    """What was packed, and how large it is."""

    people: int
    memberships: int
    bytes: int
    irregular: int


def refresh() -> Built | None:
    """Build the columns where they are of use and stale; else None. See packed.refresh."""
    built = packed.refresh()
    return None if built is None else _told(built)


def build() -> Built:
    """Take the columns anew, as the owner of the register. Raises SnapshotBusy when another process is at it."""
    return _told(packed.build())


def _told(built: packed.Built) -> Built:
    mine = built.arrays[PACK]
    return Built(built.people, len(mine["person"]), built.bytes, len(mine["irregular"]))


_DAYS = (
    "CASE WHEN lower_inf({0}) OR NOT isfinite(lower({0})) THEN -2147483648 ELSE lower({0}) - DATE '2000-01-01' END, "
    "CASE WHEN upper_inf({0}) OR NOT isfinite(upper({0})) THEN 2147483647 ELSE upper({0}) - DATE '2000-01-01' END"
)
_PEOPLE = """
SELECT id, (CASE sex WHEN 'F' THEN 1 WHEN 'M' THEN 2 ELSE 0 END)::int4,
       coalesce(birth_on - DATE '2000-01-01', -2147483648) FROM registry_person ORDER BY id
"""
_MEMBERSHIPS = f"SELECT organization_id, person_id, {_DAYS.format('valid')} FROM registry_membership WHERE NOT isempty(valid)"
_LEVELS = f"""
SELECT person_id, level::int4, (SELECT count(*) FROM unnest(held))::int4, {_DAYS.format("held")} FROM (
    SELECT person_id, level, range_agg(valid) AS held FROM (
        SELECT person_id, level, valid FROM registry_credential
        UNION ALL SELECT person_id, 0, valid FROM registry_nonedeclared WHERE topic = 'credential'
    ) AS stated WHERE NOT isempty(valid) GROUP BY person_id, level
) AS reached
"""


@packed.packs(PACK)
def _pack(session: Any) -> dict[str, NDArray[Any]]:
    """All columns, read in the one transaction that `session` has open."""
    people = read(session, _PEOPLE, id="i8", sex="i4", birth="i4")
    ids = people["id"]
    levels = read(session, _LEVELS, person="i8", level="i4", spells="i4", since="i4", until="i4")
    degree_since = np.full((len(DEGREES), len(ids)), OPEN, dtype=np.int32)
    degree_until = np.full((len(DEGREES), len(ids)), OPEN, dtype=np.int32)
    where = levels["level"], place(ids, levels["person"])
    degree_since[where], degree_until[where] = levels["since"], levels["until"]
    irregular = np.unique(levels["person"][levels["spells"] > 1])
    del levels
    held = read(session, _MEMBERSHIPS, organization="i8", person="i8", since="i4", until="i4")
    organizations, where_held = np.unique(held["organization"], return_inverse=True)
    order = np.argsort(where_held.astype(np.int32), kind="stable")
    return {
        "organizations": organizations,
        "starts": np.concatenate(([0], np.cumsum(np.bincount(where_held, minlength=len(organizations))))).astype(np.int64),
        "person": place(ids, held["person"])[order],
        "since": held["since"][order],
        "until": held["until"][order],
        "people": ids,
        "sex": people["sex"].astype(np.int8),
        "birth": people["birth"],
        "degree_since": degree_since,
        "degree_until": degree_until,
        "irregular": irregular,
    }


__all__ = ["Built", "Columns", "SnapshotBusy", "build", "current", "refresh", "tally"]

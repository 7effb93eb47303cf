"""How many people serve, by sex, age and degree, on a day.

A person is counted once, with however many posts. Unknown is a value of its own and never added to another;
`none` as a degree means that somebody stated there is none. The degree is the highest that holds on the day.

Only counts come out, so facts of the people counted are read whole; but only people of organizations that the
running transaction may see (authority.open_sight) are counted.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from canbo.registry.asking import numbers

OLDEST = 150
UNKNOWN = "unknown"
#: Age bands of the statistics form 8B: upper ends, both ends inclusive.
BANDS = ((30, "<=30"), (35, "31-35"), (40, "36-40"), (45, "41-45"), (50, "46-50"), (55, "51-55"), (60, "56-60"), (OLDEST, ">60"))
SEXES = {"F": "female", "M": "male"}
DEGREES = {0: "none", 1: "secondary", 2: "intermediate", 3: "college", 4: "university", 5: "master", 6: "doctor"}
VALUES: dict[str, tuple[str, ...]] = {
    "sex": (*SEXES.values(), UNKNOWN),
    "age": (*(name for _, name in BANDS), UNKNOWN),
    "degree": (*DEGREES.values(), UNKNOWN),
}
LABELS: dict[str, dict[str, str | Promise]] = {
    "sex": {"female": gettext_lazy("women"), "male": gettext_lazy("men"), UNKNOWN: gettext_lazy("unknown")},
    "age": {
        "<=30": gettext_lazy("30 and younger"), "31-35": "31–35", "36-40": "36–40", "41-45": "41–45", "46-50": "46–50",
        "51-55": "51–55", "56-60": "56–60", ">60": gettext_lazy("over 60"), UNKNOWN: gettext_lazy("unknown"),
    },
    "degree": {
        "none": gettext_lazy("none"), "secondary": gettext_lazy("general education"),
        "intermediate": gettext_lazy("vocational intermediate"), "college": gettext_lazy("college"),
        "university": gettext_lazy("university"), "master": gettext_lazy("master"), "doctor": gettext_lazy("doctor"),
        UNKNOWN: gettext_lazy("unknown"),
    },
}  # fmt: skip
DIMENSION_LABELS: dict[str, str | Promise] = {
    "sex": gettext_lazy("Sex"), "age": gettext_lazy("Age"), "degree": gettext_lazy("Highest degree"),
}  # fmt: skip


class UnknownDimension(ValueError):
    """Counting was asked by something that it does not know; the text names what it knows."""


class Group(NamedTuple):
    """People alike: sex "F", "M" or None; age in completed years or None; degree 0-6 (0: none) or None."""

    sex: str | None
    age: int | None
    degree: int | None


@dataclass(frozen=True)
class Tally:
    """What was counted: people by group, and how many memberships they hold in the organizations asked for."""

    people: Counter[Group]
    memberships: int


@dataclass(frozen=True)
class Table:
    """Counts of people on a day.

    `cells`: people by their values in the order of `by`, only those that occur. `outside`: organizations asked
    for that this transaction may not see, and whose people are therefore not in the counts.
    """

    on: date
    by: tuple[str, ...]
    people: int
    memberships: int
    average_age: Fraction | None
    cells: dict[tuple[str, ...], int]
    outside: int = 0

    def margin(self, dimension: str) -> dict[str, int]:
        """People by one dimension, every value named, also those that nobody has."""
        place = self.by.index(dimension)
        totals = dict.fromkeys(VALUES[dimension], 0)
        for values, people in self.cells.items():
            totals[values[place]] += people
        return totals

    def to_dict(self) -> dict[str, Any]:
        """For `--json`: codes, not labels; the average age to two decimals."""
        return {
            "on": self.on.isoformat(),
            "people": self.people,
            "memberships": self.memberships,
            "average_age": None if self.average_age is None else round(float(self.average_age), 2),
            "by": {dimension: self.margin(dimension) for dimension in self.by},
            "cells": [{**dict(zip(self.by, values, strict=True)), "people": n} for values, n in self.cells.items()],
            "outside": self.outside,
        }


def count(organizations: Sequence[int], *, on: date, by: Sequence[str] = ("sex", "age", "degree"), columns: bool = True) -> Table:
    """Count the people who serve in `organizations` (ids) on a day.

    `by`: any of sex, age, degree. Where a register has columns for counting they are used, with the same result;
    `columns=False` asks the tables themselves. Raises UnknownDimension.
    """
    refuse_unknown(by)
    with counting(organizations) as seen:
        tally = None
        if columns:
            from canbo.reports import snapshot

            tally = snapshot.tally(seen, on=on)
        if tally is None:
            tally = tally_tables(seen, on=on)
    return tabulate(tally, on=on, by=by, outside=len(set(organizations)) - len(seen))


def refuse_unknown(by: Sequence[str]) -> None:
    """Raise UnknownDimension for a word that is none, or one that stands twice."""
    for dimension in by:
        if dimension not in VALUES:
            near = difflib.get_close_matches(dimension, VALUES, n=1)
            raise UnknownDimension(
                gettext("People are counted by %(known)s, not by “%(asked)s”.") % {"known": ", ".join(VALUES), "asked": dimension}
                + (" " + gettext("Did you mean “%(near)s”?") % {"near": near[0]} if near else "")
            )
    if len(set(by)) < len(by):
        raise UnknownDimension(gettext("Each of %(asked)s can be named once.") % {"asked": ", ".join(by)})


@contextmanager
def counting(organizations: Iterable[int]) -> Iterator[list[int]]:
    """Those of `organizations` that the transaction may see; inside, facts of their people are read whole.

    What runs inside must give out counts only.
    """
    asked = set(organizations)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT canbo_sees_all(), canbo_scope()")
        everything, scope = cursor.fetchone()
        if not everything:
            cursor.execute("SELECT set_config('canbo.sees_all', 'on', true)")
        yield sorted(asked if everything else asked & set(scope))
        if not everything:
            cursor.execute("SELECT set_config('canbo.sees_all', 'off', true)")


#: Groups of the people who serve on %(on)s in what {there} says of a membership.
GROUPS = """
    SELECT person.sex, registry_age(person.birth_on, %(on)s) AS age, reached.degree,
           count(*) AS people, sum(serving.memberships)::bigint AS memberships
    FROM (SELECT person_id, count(*) AS memberships FROM registry_membership
          WHERE {there} AND valid @> %(on)s::date GROUP BY person_id) AS serving
    JOIN registry_person person ON person.id = serving.person_id
    LEFT JOIN LATERAL (
        SELECT max(level) AS degree FROM (
            SELECT level FROM registry_credential WHERE person_id = serving.person_id AND valid @> %(on)s::date
            UNION ALL
            SELECT 0 FROM registry_nonedeclared
            WHERE person_id = serving.person_id AND topic = 'credential' AND valid @> %(on)s::date
        ) AS levels
    ) AS reached ON true
    GROUP BY 1, 2, 3
"""


def tally_tables(organizations: Sequence[int], *, on: date) -> Tally:
    """The tally straight from the tables: what every other way of counting must equal."""
    with connection.cursor() as cursor:
        cursor.execute(
            GROUPS.format(there="organization_id = ANY (%(organizations)s)"), {"organizations": numbers(organizations), "on": on}
        )
        return as_tally(cursor.fetchall())


def as_tally(rows: Iterable[Sequence[Any]]) -> Tally:
    """A tally from rows of sex, age, degree, people, memberships."""
    people: Counter[Group] = Counter()
    memberships = 0
    for sex, age, degree, number, held in rows:
        people[Group(sex, None if age is None else min(age, OLDEST), degree)] += number
        memberships += held
    return Tally(people, memberships)


def tabulate(tally: Tally, *, on: date, by: Sequence[str], outside: int = 0) -> Table:
    """A table from a tally: ages into bands, codes into names, groups into cells."""
    cells: Counter[tuple[str, ...]] = Counter()
    known = years = 0
    for group, number in tally.people.items():
        values = {"sex": SEXES.get(group.sex or "", UNKNOWN), "age": band(group.age), "degree": degree(group.degree)}
        cells[tuple(values[dimension] for dimension in by)] += number
        if group.age is not None:
            known, years = known + number, years + number * group.age
    order = [VALUES[dimension] for dimension in by]
    ordered = sorted(cells.items(), key=lambda cell: [order[i].index(value) for i, value in enumerate(cell[0])])
    return Table(
        on=on, by=tuple(by), people=sum(tally.people.values()), memberships=tally.memberships,
        average_age=Fraction(years, known) if known else None, cells=dict(ordered) if by else {}, outside=outside,
    )  # fmt: skip


def band(age: int | None) -> str:
    """The age band of form 8B for completed years."""
    return UNKNOWN if age is None else next(name for upper, name in BANDS if age <= upper)


def degree(level: int | None) -> str:
    return UNKNOWN if level is None else DEGREES[level]

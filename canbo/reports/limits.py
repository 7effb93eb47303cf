"""Who else serves, and what limits them: kinds of staff against their numbers, part-time activists of villages and residential
groups against the article, service units by their group of financial autonomy. No figure of an article stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from canbo.registry.asking import Row, rows
from canbo.registry.models import Allotment
from canbo.reports import caps

VILLAGE, ACTIVISTS = "village", "village.activists"
AUTONOMY = "autonomy_group"
SHOWN = 50  # villages with too many that are named


class Numbered(Protocol):
    """A body that was allotted a number of a kind of staff."""

    @property
    def staff(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def people(self) -> int: ...


@dataclass(frozen=True)
class Staffed:
    """One kind of staff: how many serve, how many were allotted (None: no decision), how many fall under a number."""

    staff: str
    people: int
    allotted: int | None
    counted: int


@dataclass(frozen=True)
class Villages:
    """Villages, or residential groups: how many, their part-time activists, the most that the article allows each (None: no
    article of the day does) with the articles, and those with more: code, name, number."""

    kind: str
    names: dict[str, str]
    number: int
    activists: int
    most: int | None
    by: tuple[str, ...]
    over: tuple[Row, ...]


@dataclass(frozen=True)
class Autonomy:
    """Service units by group (None: not on record), and the articles that give group, band and rate, with what they ask."""

    groups: tuple[tuple[int | None, int], ...]
    by: tuple[str, ...]
    asks: tuple[str, ...]


def staffed(places: Sequence[Row], bodies: Iterable[Numbered]) -> list[Staffed]:
    """Every kind of staff that serves or was allotted somewhere."""
    numbers, under = Counter[str](), Counter[str]()
    for body in bodies:
        numbers[body.staff] += body.number
        under[body.staff] += body.people
    found = []
    for staff in Allotment.Staff.values:
        people = sum(row[staff] for row in places)
        if people or staff in numbers:
            found.append(Staffed(staff, people, numbers.get(staff), under[staff]))
    return found


def villages(ids: Sequence[int], *, on: date) -> list[Villages]:
    """Villages and residential groups among these bodies, by kind."""
    found = rows(
        """
        SELECT s.kind_id AS kind, k.names, c.code, n.name,
               (SELECT count(*) FROM {membership} m WHERE m.organization_id = s.organization_id AND m.valid @> %(on)s::date) AS people
        FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'residential'
        JOIN {organizationcode} c ON c.organization_id = s.organization_id AND c.valid @> %(on)s::date
        JOIN {organizationname} n ON n.organization_id = s.organization_id AND n.valid @> %(on)s::date
        WHERE s.organization_id = ANY (%(ids)s) AND s.valid @> %(on)s::date ORDER BY s.kind_id, c.code
        """,
        {"ids": list(ids), "on": on},
    )
    cap = caps.cap({"village.matter": VILLAGE}, asked=ACTIVISTS, on=on, topic=VILLAGE)
    told = []
    for kind in dict.fromkeys(row["kind"] for row in found):
        mine = [row for row in found if row["kind"] == kind]
        over = [
            {"code": row["code"], "name": row["name"], "people": row["people"]}
            for row in mine if cap.number is not None and row["people"] > cap.number
        ]  # fmt: skip
        told.append(
            Villages(
                kind, mine[0]["names"], len(mine), sum(row["people"] for row in mine), cap.number,
                cap.binding if cap.number is not None else (), tuple(over),
            )
        )  # fmt: skip
    return told


def autonomy(ids: Sequence[int], *, on: date) -> Autonomy | None:
    """Service units among these bodies by group; None where there are none."""
    found = rows(
        'SELECT s.autonomy_group AS "group", count(*) AS units FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id'
        " AND k.structure = 'service' WHERE s.organization_id = ANY (%(ids)s) AND s.valid @> %(on)s::date GROUP BY 1 ORDER BY 1 NULLS LAST",
        {"ids": list(ids), "on": on},
    )
    if not found:
        return None
    articles = [article for article in caps.law().in_force(on, "autonomy") if article.gives]
    asks = sorted(name for name in caps.law().facts if name.startswith(("unit.own", "unit.recurrent")))
    return Autonomy(tuple((row["group"], row["units"]) for row in found), tuple(article.id for article in articles), tuple(asks))


def to_dict(staff: Iterable[Staffed], places: Iterable[Villages], groups: Autonomy | None, language: str) -> dict[str, Any]:
    """For `--json`."""
    return {
        "staff": [{"kind": each.staff, "people": each.people, "allotted": each.allotted} for each in staff],
        "villages": [
            {"kind": each.kind, "number": each.number, "activists": each.activists, "most_each": each.most,
             "articles": _cited(each.by, language), "over": [{"code": row["code"], "activists": row["people"]} for row in each.over[:SHOWN]]}
            for each in places
        ],
        "autonomy": None if groups is None else {
            "groups": [{"group": group, "units": units} for group, units in groups.groups], "articles": _cited(groups.by, language),
            "not_in_register": list(groups.asks),
        },
    }  # fmt: skip


def _cited(articles: Iterable[str], language: str) -> list[dict[str, str]]:
    return [{"article": name, "citation": caps.law().articles[name].source.cite(language)} for name in articles]

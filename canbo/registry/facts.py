"""The facts that articles ask for, read from the register: for one person and one post, or for many at once.

`facts.sql` defines each fact of persons once, `post_facts.sql` those of a post, `ground.sql` the relation of native
places to the ground of a post. Here rows become the rulebook's facts with their provenance; unknown stays unknown,
with the reason. `fact_columns.py` packs the same rows for scanning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from canbo.registry.asking import numbers
from canbo.registry.models import Person, Post
from canbo.registry.queries import NotInRegister
from canbo.rules import corpus
from canbo.rules.dates import PartialDate
from canbo.rules.schema import Fact

Row = dict[str, Any]

LEVELS = {0: "central", 1: "province", 3: "commune"}
STRUCTURES = {
    "government": "government",
    "party": "party",
    "front": "front",
    "service": "service_unit",
    "enterprise": "enterprise",
}
# The words of the rulebook by the numbers of facts.sql.
DEGREES = ("none", "college", "university", "master", "doctor")
THEORIES = ("none", "elementary", "intermediate", "advanced")
MEASURES = ("none", "reprimand", "warning", "removal")
GRADES = {1: "not_completed", 2: "completed", 3: "good", 4: "excellent"}
ASSETS = ("verified", "submitted", "missing")
YEARS = 5
# Where the numbers of records in a row of facts.sql come from.
RECORDS = {
    "degree_from": "credential",
    "theory_from": "politicaltheory",
    "membership": "membership",
    "discipline_from": "sanction",
    "grades_from": "rating",
    "assets_from": "declaration",
    "planned_from": "succession",
    "none_from": "nonedeclared",
}


def about(person: Person, post: Post, *, on: date, received_on: date | None = None) -> dict[str, Fact]:
    """The facts of naming `person` for `post` on a day, by the names of the rulebook's facts.yaml.

    `received_on`: the day the personnel body received the proposal with its file; `on` when not said.
    Raises NotInRegister when the asker may not see the person or the post does not exist.
    """
    found = about_each(person, [post.pk], on=on, received_on=received_on)
    if not found:
        raise NotInRegister(_("The person or the post is not in the register, or you may not see it."))
    return found[post.pk]


def about_each(person: Person, posts: Iterable[int], *, on: date, received_on: date | None = None) -> dict[int, dict[str, Fact]]:
    """As `about`, for many posts (ids) with a handful of queries; posts that are not there are left out."""
    row, numbers = _one(person.pk, on), list(posts)
    told = _Provenance(row)
    alone = {**_of_person(row, told, on), **of_case(on=on, received_on=received_on)}
    native, found = _native_of(row), _grounds(numbers, on, [row["native_area_id"]])
    return {
        post: {
            **alone, **of_post_row(place, on), **_of_both(row, told, place["rank"], post in row["plans"], on),
            "case.native_in_area": _native(row, native, found.get(post, {}), on),
        }
        for post, place in post_rows(numbers, on).items()
    }  # fmt: skip


def of_person(person: Person, *, on: date) -> dict[str, Fact]:
    """The facts of a person alone: for what needs no post, such as the month of retirement."""
    row = _one(person.pk, on)
    return _of_person(row, _Provenance(row), on)


def _of_person(row: Row, told: _Provenance, on: date) -> dict[str, Fact]:
    facts = {
        "person.sex": told.person(row["sex"]),
        "person.born": told.person(born(row["birth_on"], row["birth_precision"])),
        "person.native_area": told.person(row["native_code"]),
        "person.ethnicity": told.person(row["ethnicity"]),
        "person.degree": told.record("degree_from", _word(DEGREES, row["degree"]), on),
        "person.theory": told.record("theory_from", _word(THEORIES, row["theory"]), on),
        "person.rank": told.record("membership", row["rank"], on),
        "person.post_since": told.record("membership", row["post_since"], on),
        "person.terms_in_post": told.record("membership", row["terms"], on),
        "person.discipline": told.record("discipline_from", _word(MEASURES, row["discipline"]), on),
        "person.grades": told.record("grades_from", tuple(GRADES.get(row[f"grade{year}"]) for year in range(YEARS)), on),
        "person.assets_declared": told.record("assets_from", _word(ASSETS, row["assets"]), on),
    }
    if row["discipline_on"] is not None:
        facts["person.discipline_on"] = told.record("discipline_from", row["discipline_on"], on)
    return facts


def of_post(post: Post, *, on: date) -> dict[str, Fact]:
    """The facts of a post. Raises NotInRegister where there is none."""
    return of_post_row(post_row(post.pk, on), on)


def of_post_row(row: Row, on: date) -> dict[str, Fact]:
    """The same from its row of post_facts.sql."""
    source = f"{row['source']}; {row['decision']}"
    facts = {"post.rank": Fact(row["rank"], source, on)}
    if row["title_kind"] in _titles():
        facts["post.title"] = Fact(row["title_kind"], source, on)
    if row["ground"]:
        facts["post.area"] = Fact(row["ground"], source, on)
    if row["province"]:
        facts["post.province"] = Fact(row["province"], source, on)
    if row["level"] in LEVELS:
        facts["post.level"] = Fact(LEVELS[row["level"]], source, on)
    if row["structure"] in STRUCTURES:
        facts["post.structure"] = Fact(STRUCTURES[row["structure"]], source, on)
    if row["term_months"] is not None:
        facts["post.term_months"] = Fact(row["term_months"], source, on)
    return facts


@cache
def _titles() -> tuple[str, ...]:
    """The titles for which the rulebook has a word; of another, such as a deputy of a council, the kind of post is unknown."""
    return tuple(corpus.opened().facts["post.title"].type.values)


def of_case(*, on: date, received_on: date | None = None) -> dict[str, Fact]:
    """The facts of a case itself: its days."""
    day = Fact(received_on or on, gettext_noop("this case"), on)
    return {"case.received_on": day, "case.process_started_on": day}


def source_said(source: str) -> str:
    """Where a fact comes from, in the reader's language; it is kept in English, whoever asked first.

    What follows a colon or a semicolon (a name, the number of a decision) is the same in every language.
    """
    for sign in ("; ", ": "):
        head, found, rest = source.partition(sign)
        if found and _(head) != head:
            return _(head) + sign + rest
    return _(source) if source else ""


def _of_both(row: Row, told: _Provenance, rank: int, this_post: bool, on: date) -> dict[str, Fact]:
    """The facts that need both: the kind of move, planned for the post or for others."""
    return {
        "case.move": Fact(move_word(row["rank"], rank), gettext_noop("career and ranks of posts"), on),
        "case.planned": told.record("planned_from", plan_word(row["planned_rank"], rank, this_post), on),
    }


# ---- rows


def rows(on: date, people: Iterable[int] | None = None) -> tuple[str, dict[str, Any]]:
    """The query of facts.sql for some people (ids) or for all, with its parameters: one row a person."""
    ids = None if people is None else numbers(people)
    only = "" if ids is None else "AND person_id = ANY (%(people)s)"
    person = "true" if ids is None else "person.id = ANY (%(people)s)"
    return _sql("facts").format(only=only, person=person), {"on": on, "people": ids}


def post_row(post: int, on: date) -> Row:
    """The row of post_facts.sql. Raises NotInRegister where there is no such post."""
    found = post_rows([post], on)
    if not found:
        raise NotInRegister(_("The person or the post is not in the register, or you may not see it."))
    return found[post]


def post_rows(posts: Iterable[int], on: date) -> dict[int, Row]:
    """The rows of post_facts.sql, by the ids of the posts."""
    return {row["post"]: row for row in _fetch(_sql("post_facts"), {"posts": list(posts), "on": on})}


def grounds(post: int, on: date) -> dict[int, tuple[int, int, int]]:
    """Of every native place (id of an area): of the units it has become, how many lie within the post's ground, around it, and in all."""
    return _grounds([post], on, None).get(post, {})


def born(day: date | None, precision: str | None) -> date | PartialDate | None:
    """A birth as far as it is known: to the day, the month, or the year."""
    if day is None or precision == "D":
        return day
    return PartialDate(day.year, day.month if precision == "M" else None)


def plan_word(planned_rank: int | None, post_rank: int, this_post: bool) -> str | None:
    """How the plans in which a person stands compare with a post; None where nothing is on record."""
    if this_post:
        return "this_post"
    if planned_rank is None:
        return None
    if planned_rank == 0:
        return "none"
    return "equal_or_higher" if planned_rank >= post_rank else "other"


def move_word(held: int | None, rank: int) -> str:
    """The post compared with the highest leading post held, by rank (larger is higher; none held: the first)."""
    if not held:
        return "first"
    return "equal" if rank == held else ("higher" if rank > held else "lower")


def native_value(within: int, around: int, all_parts: int) -> bool | None:
    """Whether a native place lies in a ground.

    None where it was divided and only some of its parts do, and where only a larger unit is known, which the ground
    lies in: nobody can say on which side of the line a person is native.
    """
    if not all_parts or around:
        return None
    return {0: False, all_parts: True}.get(within)


def _one(person: int, on: date) -> Row:
    """The row of one person, with the code and name of the native place and the posts for which the person is planned."""
    query, parameters = rows(on, [person])
    found = _fetch(
        f"SELECT told.*, a.code AS native_code, a.name AS native_name, ARRAY(SELECT s.post_id FROM registry_succession s"
        f" WHERE s.person_id = told.id AND s.valid @> %(on)s::date) AS plans"
        f" FROM ({query}) AS told LEFT JOIN registry_area a ON a.id = told.native_area_id",
        parameters,
    )
    if not found:
        raise NotInRegister(_("The person or the post is not in the register, or you may not see it."))
    return found[0]


def _grounds(posts: list[int], on: date, areas: list[int | None] | None) -> dict[int, dict[int, tuple[int, int, int]]]:
    only = {"only_organization": "", "only_area": ""}
    if areas is not None:
        only = {"only_organization": "AND o.area_id = ANY (%(areas)s)", "only_area": "AND a.id = ANY (%(areas)s)"}
    found: dict[int, dict[int, tuple[int, int, int]]] = {}
    for row in _fetch(_sql("ground").format(**only), {"posts": posts, "on": on, "areas": areas}):
        found.setdefault(row["post"], {})[row["area"]] = (row["within"], row["around"], row["all_parts"])
    return found


def _native_of(row: Row) -> str:
    """The native place of a person, as the source of what is concluded from it."""
    name, code = row["native_name"] or "?", row["native_code"] or "-"
    return gettext_noop("native place followed through the lineage of units") + f": {name} ({code})"


def _native(row: Row, source: str, found: Mapping[int, tuple[int, int, int]], on: date) -> Fact:
    """Whether the native place lies in the post's ground, followed through every change of units."""
    area = row["native_area_id"]
    if area not in found or not found[area][2]:
        return Fact(None, source, on, "not_recorded")
    if found[area][1]:
        return Fact(None, source, on, "imprecise")
    value = native_value(*found[area])
    # Where the native unit was divided, and only some of its parts lie in this ground, nobody can say.
    return Fact(None, source, on, "disputed") if value is None else Fact(value, source, on, confirmed=row["confirmed"])


def _word(words: tuple[str, ...], number: int | None) -> str | None:
    return None if number is None else words[number]


def _fetch(query: str, parameters: Mapping[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@cache
def _sql(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")


# ---- on whose word


@dataclass(frozen=True)
class _Told:
    source: str
    confirmed: bool


class _Provenance:
    """On whose word each fact of a row stands: the person's own line, or the record it was read from."""

    def __init__(self, row: Row) -> None:
        self.row = row
        found = _fetch(_query_of_sources(row), {"person": row["id"], **{name: row[name] for name in RECORDS}})
        self.told = {each["name"]: _Told(f"{each['source']}; {each['decision']}", each["confirmed"]) for each in found}

    def person(self, value: Any) -> Fact:
        """A fact of the person's own line."""
        return self._fact("person", value, None)

    def record(self, name: str, value: Any, on: date) -> Fact:
        """A fact read from a record; where there is none, the statement that there is none is what it rests on."""
        return self._fact(name if name in self.told else "none_from", value, on)

    def _fact(self, name: str, value: Any, on: date | None) -> Fact:
        told = self.told.get(name)
        if value is None or told is None:
            return Fact(value, "" if told is None else told.source, on, "" if value is not None else "not_recorded")
        return Fact(value, told.source, on, confirmed=told.confirmed)


def _query_of_sources(row: Row) -> str:
    """One query for the sources and decisions behind a row of facts.sql."""
    parts = [
        f"SELECT '{name}' AS name, r.source_id, r.decision_id, r.confirmed_by_id FROM registry_{table} r WHERE r.id = %({name})s"
        for name, table in RECORDS.items()
        if row[name] is not None
    ]
    parts.append(
        "SELECT 'person' AS name, r.source_id, r.decision_id, r.confirmed_by_id FROM registry_person r WHERE r.id = %(person)s"
    )
    return (
        "SELECT t.name, s.title AS source, d.number AS decision, t.confirmed_by_id IS NOT NULL AS confirmed"
        f" FROM ({' UNION ALL '.join(parts)}) t"
        " JOIN registry_source s ON s.id = t.source_id JOIN registry_decision d ON d.id = t.decision_id"
    )

"""The world's arrays as columns of the register's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canbo.project.world import kin, lineage, records, tasks
from canbo.project.world.book import FOREVER, NEVER
from canbo.project.world.copying import Always, Column, Day, Hundredths, Number, Period, Text, Truth, one_each, words
from canbo.project.world.invention import World
from canbo.project.world.structure import Body
from canbo.registry.names import search_key

Table = tuple[str, dict[str, Column], int]
JSONB = b"\x01"
LETTERS = {"sex": ["M", "F"], "precision": ["", "Y", "M", "D"]}


@dataclass(frozen=True)
class Place:
    """Where the world goes: what every row carries, the ids that are free, the ids of what is there already."""

    source: int
    decision: int
    entry: int
    first: dict[str, int]  # table -> the first id that is free
    organizations: dict[str, int]  # code -> id of the units
    areas: dict[str, int]
    jobs: dict[str, int]
    task_ids: dict[str, int]


class Tables:
    """Columns of each table for one world in one place. Ids are given here: the first free one onward."""

    def __init__(self, world: World, place: Place) -> None:
        self.world, self.place = world, place
        self.body_ids = np.arange(len(world.structure.bodies), dtype=np.int64) + place.first["registry_organization"]

    def _fact(self, table: str, size: int) -> dict[str, Column]:
        first = self.place.first[table]
        return {
            "id": Number(np.arange(first, first + size), 8), "source_id": Always(self.place.source),
            "decision_id": Always(self.place.decision), "entry_id": Always(self.place.entry),
        }  # fmt: skip

    # --- bodies -----------------------------------------------------------------------------------------------

    def bodies(self) -> Iterator[Table]:
        """Organizations with what they are called, coded, what they are and stand under, by date; their events."""
        made = self.world.structure.bodies
        start = np.array([NEVER if body.then else self.world.book.reform for body in made], dtype=np.int32)
        end = np.array([FOREVER if body.now else self.world.book.reform for body in made], dtype=np.int32)
        yield self._table("registry_organization", len(made), {"life": Period(start, end)})
        kinds = self._words([body.kind for body in made])
        autonomy = np.array([body.autonomy or 0 for body in made])
        status: dict[str, Column] = {
            "organization_id": Number(self.body_ids, 8), "valid": Period(start, end), "kind_id": kinds,
            "autonomy_group": Number(autonomy, 2, autonomy == 0),
        }  # fmt: skip
        yield self._table("registry_organizationstatus", len(made), status)
        yield self._described("registry_organizationcode", [(n, a, z, code) for n, a, z, code in self._codes()], "code")
        names = [(number, a, z, name, code) for number, a, z, name, code in self._names()]
        columns = self._of_body([row[:3] for row in names])
        columns["name"] = one_each([json.dumps(row[3], ensure_ascii=False) for row in names], JSONB)
        columns["search_key"] = one_each([findable(*row[3].values(), row[4]) for row in names])
        yield self._table("registry_organizationname", len(names), columns)
        parents = list(self._parents())
        columns = self._of_body([row[:3] for row in parents])
        columns["parent_id"] = Number(np.array([row[3] for row in parents]), 8)
        yield self._table("registry_organizationparent", len(parents), columns)
        yield from self._events()

    def _codes(self) -> Iterator[tuple[int, int, int, str]]:
        for number, body in enumerate(self.world.structure.bodies):
            for start, end, state in self._states(body):
                yield number, start, end, state.code

    def _names(self) -> Iterator[tuple[int, int, int, dict[str, str], str]]:
        for number, body in enumerate(self.world.structure.bodies):
            states = list(self._states(body))
            if len(states) == 2 and states[0][2].names == states[1][2].names:
                yield number, int(NEVER), int(FOREVER), states[1][2].names, states[1][2].code
                continue
            for start, end, state in states:
                yield number, start, end, state.names, state.code

    def _parents(self) -> Iterator[tuple[int, int, int, int]]:
        for number, body in enumerate(self.world.structure.bodies):
            rows = [[start, end, self._id_of(state.parent)] for start, end, state in self._states(body)]
            if len(rows) == 2 and rows[0][2] == rows[1][2]:
                rows = [[int(NEVER), int(FOREVER), rows[0][2]]]
            for start, end, parent in rows:
                yield number, start, end, parent

    def _states(self, body: Body) -> Iterator[tuple[int, int, Any]]:
        reform = self.world.book.reform
        if body.then is not None:
            yield int(NEVER), reform, body.then
        if body.now is not None:
            # a body that existed before under no other code has had this one from the reform on
            yield reform, int(FOREVER), body.now

    def _id_of(self, code: str) -> int:
        """The id of a body of the world, else of a unit of the register. Raises KeyError."""
        body = self.world.structure.index.get(code)
        return int(self.body_ids[body]) if body is not None else self.place.organizations[code]

    def _of_body(self, rows: list[tuple[int, int, int]]) -> dict[str, Column]:
        numbers, start, end = (np.array(column) for column in zip(*rows, strict=True))
        return {
            "organization_id": Number(self.body_ids[numbers], 8),
            "valid": Period(start.astype(np.int32), end.astype(np.int32)),
        }

    def _described(self, table: str, rows: list[tuple[int, int, int, str]], name: str) -> Table:
        columns = self._of_body([row[:3] for row in rows])
        columns[name] = one_each([row[3] for row in rows])
        return self._table(table, len(rows), columns)

    def _events(self) -> Iterator[Table]:
        happened = list(lineage.events(self.world.structure, self.world.ground))
        if not happened:
            return
        kinds = self._words([event.kind for event in happened])
        on = Day(np.full(len(happened), self.world.book.reform, dtype=np.int32))
        yield self._table("registry_changeevent", len(happened), {"kind": kinds, "on": on})
        first = self.place.first["registry_changeevent"]
        for table, parts in (
            ("registry_original", [(n, body, code, whole) for n, e in enumerate(happened) for body, code, whole in e.originals]),
            ("registry_resulting", [(n, body, code, e.forms) for n, e in enumerate(happened) for body, code in e.resulting]),
        ):
            number, body, code, flag = zip(*parts, strict=True)
            ids = np.arange(self.place.first[table], self.place.first[table] + len(parts))
            columns: dict[str, Column] = {
                "id": Number(ids, 8), "event_id": Number(np.array(number) + first, 8),
                "organization_id": Number(self.body_ids[np.array(body)], 8), "code": one_each(code),
                "whole" if table.endswith("original") else "forms": Truth(np.array(flag).astype(np.int8)),
            }  # fmt: skip
            yield table, columns, len(parts)

    def remits(self) -> Table:
        """Tasks of the bodies of fully staffed communes, from the reform on."""
        made, ground = self.world.structure, self.world.ground
        staffed = {code for code, scope in zip(made.pools, made.pool_scope, strict=True) if scope == "staffed"}
        rows = []
        for number, body in enumerate(made.bodies):
            unit, _, suffix = body.now.code.partition(".") if body.now is not None else ("", "", "")
            if unit in staffed and "/" in unit:
                rows += [(number, task) for task in tasks.of(suffix, ground.after[unit].kind)]
        size = len(rows)
        period = Period(np.full(size, self.world.book.reform, np.int32), np.full(size, FOREVER, np.int32))
        columns: dict[str, Column] = {
            "task_id": Number(np.array([self.place.task_ids[task] for _body, task in rows], dtype=np.int64), 8),
            "organization_id": Number(self.body_ids[np.array([body for body, _task in rows], dtype=np.int64)], 8), "valid": period,
        }  # fmt: skip
        return self._table("registry_remit", size, columns)

    # --- posts and seats --------------------------------------------------------------------------------------

    def posts(self) -> Iterator[Table]:
        made, first = self.world.structure, self.place.first["registry_post"]
        size = len(made.post_body)
        start, end = np.array(made.post_from, dtype=np.int32), np.array(made.post_until, dtype=np.int32)
        jobs = np.array([self.place.jobs[code] for code in self.world.book.jobs])
        managers = {code: self._manager(code) for code in set(made.post_managed_by)}
        manager = np.array([managers[code] for code in made.post_managed_by])
        after = np.array(made.post_after)
        post: dict[str, Column] = {
            "valid": Period(start, end), "organization_id": Number(self.body_ids[np.array(made.post_body)], 8),
            "job_id": Number(jobs[np.array(made.post_job)], 8),
            "successor_of_id": Number(after + first, 8, after < 0),
        }  # fmt: skip
        yield self._table("registry_post", size, post)
        known = np.flatnonzero(manager)
        managed: dict[str, Column] = {
            "post_id": Number(known.astype(np.int64) + first, 8), "manager_id": Number(manager[known], 8),
            "valid": Period(start[known], end[known]),
        }  # fmt: skip
        yield self._table("registry_postmanager", len(known), managed)
        seats = made.seats
        order = np.lexsort((seats.number, seats.post))
        of = seats.post[order]
        seat: dict[str, Column] = {
            "post_id": Number(of.astype(np.int64) + first, 8), "number": Number(seats.number[order], 2),
            "valid": Period(start[of], end[of]),
        }  # fmt: skip
        yield self._table("registry_seat", len(of), seat)

    def _manager(self, code: str) -> int:
        body = self.world.structure.index.get(code)
        return 0 if body is None else int(self.body_ids[body])

    def memberships(self, rows: slice = slice(None)) -> Table:
        """Memberships of some rows, which are sorted by post and seat: the order keeps neighbours on one page."""
        all_rows = self.world.memberships
        told = {name: column[rows] for name, column in vars(all_rows).items()}
        size = len(told["person"])
        bodies = self.body_ids[np.array(self.world.structure.post_body)]
        first = self.place.first["registry_membership"] + (rows.start or 0)
        columns: dict[str, Column] = {
            "id": Number(np.arange(first, first + size), 8), "source_id": Always(self.place.source),
            "decision_id": Always(self.place.decision), "entry_id": Always(self.place.entry),
            "valid": Period(told["start"], told["end"]),
            "person_id": Number(told["person"].astype(np.int64) + self.place.first["registry_person"], 8),
            "post_id": Number(told["post"].astype(np.int64) + self.place.first["registry_post"], 8),
            "organization_id": Number(bodies[told["post"]], 8), "seat": Number(told["seat"], 2),
            "category": Number(told["category"], 2), "kind": Number(told["kind"], 2),
            "ending": Number(told["ending"], 2, told["ending"] == 0),
        }  # fmt: skip
        return "registry_membership", columns, size

    # --- persons ----------------------------------------------------------------------------------------------

    def persons(self) -> Iterator[Table]:
        facts = self.world.facts
        areas = np.array([self.place.areas[code] for code in facts.areas])
        precision = facts.precision
        person: dict[str, Column] = {
            "identification_number": Text([(facts.number, np.arange(len(facts.number)))]),
            "sex": Text([(words(LETTERS["sex"]), facts.sex)]),
            "birth_on": Day(facts.birth_told, precision == 0),
            "birth_precision": Text([(words(LETTERS["precision"]), precision)], null=precision == 0),
            "native_area_id": Number(areas[np.maximum(facts.native, 0)], 8, facts.native < 0),
            "ethnicity": Text([(words(facts.peoples), np.maximum(facts.people, 0))], null=facts.people < 0),
        }  # fmt: skip
        yield self._table("registry_person", self.world.people, person)
        names = facts.names
        written, sorting, finding = names.words.tables()
        name: dict[str, Column] = {
            "person_id": self._person(np.arange(self.world.people)), "valid": self._always(self.world.people),
            "family": Text([(written, names.family)]), "given": Text([(written, names.middle), (written, names.given)]),
            "sort_key": Text([(sorting, names.given), (sorting, names.family), (sorting, names.middle)]),
            "search_key": Text([(finding, names.family), (finding, names.middle), (finding, names.given)]),
        }  # fmt: skip
        yield self._table("registry_personname", self.world.people, name)

    def records(self) -> Iterator[Table]:
        """Everything dated that is told of persons."""
        for name, columns in self._record_columns().items():
            told = self.world.records[name]
            size = len(told["person"])
            until = told.get("until", np.full(size, FOREVER, dtype=np.int32))
            common: dict[str, Column] = {
                "person_id": self._person(told["person"]),
                "valid": Period(told["from"] if "from" in told else np.full(size, NEVER, np.int32), until),
            }
            yield self._table(f"registry_{name}", size, {**common, **columns})

    def _record_columns(self) -> dict[str, dict[str, Column]]:
        told = self.world.records

        def number(table: str, column: str, octets: int = 2) -> Number:
            return Number(told[table][column], octets)

        def word(table: str, column: str, chosen: list[str]) -> Text:
            return Text([(words(chosen), told[table][column])])

        courses, titles = records.COURSES, records.TITLES
        subject = told["credential"]["subject"].astype(np.int64)
        hours, level = np.array([course[2] for course in courses]), np.array([title[1] for title in titles])
        return {
            "credential": {
                "level": number("credential", "level"), "institution": self._words([""] * len(subject)),
                "subject": Text([(words(records.SUBJECTS), np.maximum(subject, 0))], null=subject < 0),
                "verified": Truth(told["credential"]["verified"]),
            },
            "politicaltheory": {"level": number("politicaltheory", "level")},
            "languageskill": {"language": word("languageskill", "language", records.LANGUAGES), "level": word("languageskill", "level", records.LEVELS)},
            "training": {
                "stream": word("training", "course", [course[0] for course in courses]),
                "title": word("training", "course", [course[1] for course in courses]),
                "hours": Number(hours[told["training"]["course"]], 2),
            },
            "rating": {"grade": number("rating", "grade"), "regime": word("rating", "regime", records.REGIMES)},
            "reward": {"title": word("reward", "title", [title[0] for title in titles]), "level": Number(level[told["reward"]["title"]], 2)},
            "sanction": {"measure": number("sanction", "measure")},
            "declaration": {"year": number("declaration", "year"), "verified": Truth(told["declaration"]["verified"])},
            "salarystep": {
                "scale": word("salarystep", "scale", list(records.SCALES)), "step": number("salarystep", "step"),
                "coefficient": Hundredths(told["salarystep"]["hundredths"]),
            },
            "succession": {"post_id": Number(told["succession"]["post"].astype(np.int64) + self.place.first["registry_post"], 8)},
            "kinship": {"relative_id": self._person(told["kinship"]["relative"]), "relation": word("kinship", "relation", kin.RELATIONS)},
            "nonedeclared": {"topic": word("nonedeclared", "topic", ["kinship", "sanction", "succession"])},
        }  # fmt: skip

    # --- small things -----------------------------------------------------------------------------------------

    def _table(self, table: str, size: int, columns: dict[str, Column]) -> Table:
        return table, {**self._fact(table, size), **columns}, size

    def _person(self, numbers: NDArray[Any]) -> Number:
        return Number(numbers.astype(np.int64) + self.place.first["registry_person"], 8)

    def _always(self, size: int) -> Period:
        return Period(np.full(size, NEVER, np.int32), np.full(size, FOREVER, np.int32))

    def _words(self, texts: list[str]) -> Text:
        """Texts of which many are the same."""
        kept = sorted(set(texts))
        number = {text: place for place, text in enumerate(kept)}
        return Text([(words(kept), np.array([number[text] for text in texts], dtype=np.int64))])


def findable(*texts: str) -> str:
    """The key under which several texts are found; each word is folded once."""
    return " ".join(filter(None, (_folded(word) for text in texts for word in text.split())))


@cache
def _folded(word: str) -> str:
    return search_key(word)

"""The facts of all persons as columns, for scanning: the rows of facts.sql packed beside the database.

    people(corpus, on=...)   every person's facts on a day, from the pack and, for whom it has wrong, from the tables
    People.about(post, ...)  the same with the facts that need a post as well: native to its ground, planned for it

A column holds the numbers that lowered articles read (canbo/rules/lower.py): words by their number in the catalogue,
days since 1970-01-01. Packed, a person takes about 60 octets. Unknown is a sentinel in the files and masked when read.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl
from django.db import connection, transaction
from numpy.typing import NDArray

from canbo.registry import authority, facts, packed
from canbo.registry.asking import numbers
from canbo.registry.models import Job
from canbo.rules import kernel
from canbo.rules.corpus import Corpus

PACK = "facts"
NONE = -(2**31)  # unknown, in the files
EPOCH = "DATE '1970-01-01'"
Array = NDArray[Any]

# column of the pack -> (expression over a row of facts.sql, type in the file). Null becomes NONE, or -1 in octets.
_FIELDS: dict[str, tuple[str, str]] = {
    "sex": ("CASE sex WHEN 'F' THEN 0 WHEN 'M' THEN 1 END", "i1"),
    "born": (f"birth_on - {EPOCH}", "i4"),
    "born_until": (
        "(CASE birth_precision WHEN 'M' THEN birth_on + interval '1 month - 1 day'"
        f" WHEN 'Y' THEN birth_on + interval '1 year - 1 day' ELSE birth_on END)::date - {EPOCH}",
        "i4",
    ),
    "area": ("native_area_id", "i4"),
    "degree": ("degree", "i1"),
    "theory": ("theory", "i1"),
    "organization": ("organization_id", "i4"),
    "post": ("post_id", "i4"),
    "job": ("job_id", "i4"),
    "level": ("level", "i1"),
    "structure": (
        "CASE structure " + " ".join(f"WHEN '{name}' THEN {number}" for number, name in enumerate(facts.STRUCTURES)) + " END",
        "i1",
    ),
    "rank": ("rank", "i1"),
    "post_since": (f"post_since - {EPOCH}", "i4"),
    "terms": ("terms", "i1"),
    "discipline": ("discipline", "i1"),
    "discipline_on": (f"discipline_on - {EPOCH}", "i4"),
    **{f"grade{year}": (f"grade{year}", "i1") for year in range(facts.YEARS)},
    "assets": ("assets", "i1"),
    "planned_rank": ("planned_rank", "i1"),
}
_PLANS = "SELECT post_id, person_id FROM registry_succession, (SELECT %(on)s::date AS on) AS day WHERE valid @> day.on"


def _query(on: date, people: Collection[int] | None = None) -> tuple[str, dict[str, Any]]:
    query, parameters = facts.rows(on, people)
    fields = ", ".join(f"coalesce(({expression})::int4, {NONE}) AS {name}" for name, (expression, _kind) in _FIELDS.items())
    return f"SELECT id, {fields} FROM ({query}) AS told ORDER BY id", parameters


@packed.packs(PACK)
def _pack(session: Any) -> packed.Arrays:
    """Every person's facts of today, and who is planned for which post."""
    on = date.today()
    query, _parameters = _query(on)
    day = f"'{on.isoformat()}'"
    rows = packed.read(session, query.replace("%(on)s", day), id="i8", **dict.fromkeys(_FIELDS, "i4"))
    plans = packed.read(session, f"{_PLANS.replace('%(on)s', day)} ORDER BY post_id, person_id", post="i8", person="i8")
    return {
        "people": rows["id"], "day": np.array([on.toordinal()]), "plan_post": plans["post"], "plan_person": plans["person"],
        **{name: _narrow(rows[name], kind) for name, (_expression, kind) in _FIELDS.items()},
    }  # fmt: skip


packed.FRESH.append(lambda pack: _day_of(pack) == date.today())


def _narrow(values: Array, kind: str) -> Array:
    return values if kind == "i4" else np.where(values == NONE, -1, values).astype(np.int8)


def _day_of(pack: packed.Pack) -> date | None:
    try:
        return date.fromordinal(int(pack.arrays(PACK)["day"][0]))
    except (OSError, KeyError):
        return None


# ---- reading


@dataclass(frozen=True, eq=False)
class Column:
    """Values with a mask of those that are known; `known` None: all are. What the readers make of it is made once."""

    values: Array
    known: NDArray[np.bool_] | None

    @cached_property
    def series(self) -> pl.Series:
        """As Polars reads it: null is unknown."""
        values = pl.Series(self.values)
        return values if self.known is None else pl.select(pl.when(pl.Series(self.known)).then(values)).to_series()

    @cached_property
    def packed(self) -> kernel.Column:
        """As the compiled kernel reads it."""
        return kernel.pack(self.values, None if self.known is None else ~self.known)


def _known(values: Array) -> Column:
    return Column(values, values >= 0)


@dataclass(frozen=True, eq=False)
class People:
    """The facts of persons on a day. `ids` ascending; `raw`: the columns of the pack, one value a person."""

    on: date
    ids: NDArray[np.int64]
    raw: Mapping[str, Array]
    plan_post: NDArray[np.int64]
    plan_person: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def columns(self, corpus: Corpus) -> dict[str, Column]:
        """The columns of the facts of persons alone, by the names that lowered articles read."""
        if corpus.hash not in self._by_law:
            self._by_law.clear()
            self._by_law[corpus.hash] = self._columns(corpus)
        return dict(self._by_law[corpus.hash])

    @cached_property
    def _by_law(self) -> dict[str, dict[str, Column]]:
        return {}

    @cached_property
    def in_service(self) -> People:
        """Those who serve on the day."""
        return _chosen(self, self.raw["post"] != NONE)

    def _columns(self, corpus: Corpus) -> dict[str, Column]:
        column = self._numbers
        found = {
            "person.sex": self._words(corpus, "person.sex", "sex", ("F", "M")),
            "person.born.lo": column("born"), "person.born.hi": column("born_until"), "person.born.month": self._months("born"),
            "person.degree": self._words(corpus, "person.degree", "degree", facts.DEGREES),
            "person.theory": self._words(corpus, "person.theory", "theory", facts.THEORIES),
            "person.rank": column("rank"), "person.terms_in_post": column("terms"),
            "person.post_since.lo": column("post_since"), "person.post_since.hi": column("post_since"),
            "person.discipline": self._words(corpus, "person.discipline", "discipline", facts.MEASURES),
            "person.discipline_on.lo": column("discipline_on"), "person.discipline_on.hi": column("discipline_on"),
            "person.assets_declared": self._words(corpus, "person.assets_declared", "assets", facts.ASSETS),
        }  # fmt: skip
        grades = tuple(facts.GRADES.get(number, "") for number in range(5))
        for year in range(facts.YEARS):
            found[f"person.grades[{year}]"] = self._words(corpus, f"person.grades[{year}]", f"grade{year}", grades)
        return found

    def about(self, corpus: Corpus, post: int) -> dict[str, Column]:
        """The columns with those that need the post as well. Raises NotInRegister where there is no such post."""
        place = facts.post_row(post, self.on)
        return {
            **self.columns(corpus),
            **self._move(corpus, place["rank"]),
            **self._planned(corpus, place["rank"], self.planned_for(post)),
            **self._native(post),
        }

    def about_rank(self, corpus: Corpus, rank: int, *, native: Array, mine: NDArray[np.bool_]) -> dict[str, Column]:
        """The same of whatever post of a rank: of each whether native to its ground (1, 0, or -1 where nobody can say), and
        planned for it (`mine`)."""
        ground = {"case.native_in_area": Column(native == 1, native >= 0)}
        return {**self.columns(corpus), **self._move(corpus, rank), **self._planned(corpus, rank, mine), **ground}

    def compared(self, corpus: Corpus, rank: int) -> dict[str, Column]:
        """The columns with how a post of that rank compares with the one held: enough for a plan, which asks no ground."""
        return {**self.columns(corpus), **self._move(corpus, rank)}

    def in_office(self, corpus: Corpus) -> dict[str, Column]:
        """The columns with those of the post that each person holds: as if each were named today for the same post.

        For asking whom an article touches. Whether somebody is native to the ground of the own post is not among them.
        """
        titles, terms = self._jobs(corpus)
        job = np.clip(self.raw["job"], 0, len(titles) - 1)
        levels = {name: number for number, name in facts.LEVELS.items()}
        level = np.full(max(levels.values()) + 2, -1, np.int8)
        for word, number in levels.items():
            level[number] = corpus.facts["post.level"].type.values.index(word)
        words = corpus.facts["post.structure"].type.values
        structure = np.array([*(words.index(word) for word in facts.STRUCTURES.values()), -1], np.int8)
        day = np.full(len(self), (self.on - date(1970, 1, 1)).days, np.int32)
        equal = np.full(len(self), corpus.facts["case.move"].type.values.index("equal"), np.int8)
        rank = np.where(self.raw["rank"] < 1, 1, self.raw["rank"]).astype(np.int8)
        return {
            **self.columns(corpus), "post.title": _known(titles[job]), "post.term_months": _known(terms[job]),
            "post.level": _known(level[self.raw["level"]]), "post.structure": _known(structure[self.raw["structure"]]),
            "post.rank": Column(rank, None), "case.move": Column(equal, None),
            **{f"case.{name}.{end}": Column(day, None) for name in ("received_on", "process_started_on") for end in ("lo", "hi")},
        }  # fmt: skip

    def _jobs(self, corpus: Corpus) -> tuple[Array, Array]:
        """By the number of a job: the word of its title, the months of its term; -1 where there is none."""
        words = corpus.facts["post.title"].type.values
        jobs = list(Job.objects.values_list("pk", "title_kind", "term_months"))
        size = max((pk for pk, _title, _term in jobs), default=0) + 1
        titles, terms = np.full(size, -1, np.int8), np.full(size, -1, np.int16)
        for pk, title, term in jobs:
            titles[pk] = words.index(title) if title in words else -1
            terms[pk] = -1 if term is None else term
        return titles, terms

    def chosen(self, which: Array) -> People:
        """Those persons for whom `which` is true; or at the places that it names, somebody also more than once."""
        return _chosen(self, which)

    def planned_for(self, post: int) -> NDArray[np.bool_]:
        """Who is planned for the post."""
        start, end = np.searchsorted(self.plan_post, [post, post + 1])
        asked = self.plan_person[start:end]
        found = np.zeros(len(self), bool)
        places = np.searchsorted(self.ids, asked)
        inside = places < len(self)
        places, asked = places[inside], asked[inside]
        found[places[self.ids[places] == asked]] = True
        return found

    def serving(self, organizations: Collection[int]) -> NDArray[np.bool_]:
        """Who serves in one of the organizations on the day, by the best post held."""
        return np.isin(self.raw["organization"], np.fromiter(organizations, dtype=np.int64))

    def _numbers(self, name: str) -> Column:
        values = self.raw[name]
        missing = values == (NONE if values.dtype == np.int32 else -1)
        return Column(values, ~missing if missing.any() else None)

    def _words(self, corpus: Corpus, fact: str, name: str, words: tuple[str, ...]) -> Column:
        """The numbers of the pack turned into the numbers of the catalogue's words; mostly they are the same."""
        known = self._numbers(name)
        values = corpus.facts[fact].type.values
        turned = np.array([values.index(word) if word in values else -1 for word in words], dtype=np.int8)
        if np.array_equal(turned, np.arange(len(words))):
            return known
        return Column(np.where(known.values < 0, -1, turned[known.values]).astype(np.int8), known.known)

    def _months(self, name: str) -> Column:
        days = self._numbers(name)
        months = days.values.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32) + 1970 * 12
        return Column(months.astype(np.int32), days.known)

    def _move(self, corpus: Corpus, rank: int) -> dict[str, Column]:
        words = corpus.facts["case.move"].type.values
        number = {word: words.index(word) for word in words}
        ranks = np.arange(-1, 128)
        first, equal, higher, lower = (number[word] for word in ("first", "equal", "higher", "lower"))
        move = np.select([ranks <= 0, ranks == rank, ranks < rank], [first, equal, higher], lower).astype(np.int8)
        return {"case.move": Column(move[self.raw["rank"] + np.int16(1)], None)}

    def _planned(self, corpus: Corpus, rank: int, mine: NDArray[np.bool_]) -> dict[str, Column]:
        words = corpus.facts["case.planned"].type.values
        number = {word: words.index(word) for word in words}
        ranks = np.arange(-1, 128)
        word = np.select([ranks == 0, ranks >= rank], [number["none"], number["equal_or_higher"]], number["other"]).astype(
            np.int8
        )
        best = self.raw["planned_rank"]
        told, known = word[best + np.int16(1)], best >= 0
        told[mine], known[mine] = number["this_post"], True
        return {"case.planned": Column(told, known)}

    def _native(self, post: int) -> dict[str, Column]:
        """By native place: in the ground, outside it, or not to be told (divided, or unknown)."""
        areas, value = _grounds(post, self.on, connection.alias, connection.settings_dict["NAME"], _shape())
        by_number = np.full(self._nowhere + 1, -1, np.int8)
        listed = areas < self._nowhere
        by_number[areas[listed]] = value[listed]
        found = by_number[self._area]
        return {"case.native_in_area": Column(found == 1, found >= 0)}

    @cached_property
    def _nowhere(self) -> int:
        """A number that no native place has."""
        return int(max(self.raw["area"].max(initial=0), 0)) + 1

    @cached_property
    def _area(self) -> Array:
        """The number of the native place."""
        held = self.raw["area"]
        return np.where(held == NONE, self._nowhere, held)


@lru_cache(maxsize=64)
def _grounds(post: int, on: date, _alias: str, _name: str, _shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Areas (ids, ascending) and whether each lies in the post's ground: 1, 0, or -1 where nobody can say."""
    found = facts.grounds(post, on)
    areas = np.array(sorted(found), dtype=np.int64)
    value = [{None: -1, False: 0, True: 1}[facts.native_value(*found[area])] for area in areas.tolist()]
    return areas, np.array(value, np.int8)


def _shape() -> tuple[int, ...]:
    """What tells one state of the units from another, for a minute: a correction that rewrites a row shows after that.

    A scan may be so much behind; the explanation of a person, on which a case rests, asks the tables each time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(id) FROM registry_changeevent), 0), coalesce((SELECT max(id) FROM registry_organizationparent), 0),"
            " coalesce((SELECT max(id) FROM registry_organizationcode), 0)"
        )
        return (*cursor.fetchone(), int(time.monotonic() // 60))


def people(on: date, *, within: Collection[int] | None = None) -> People:
    """The facts of persons on a day: from the pack where it is of that day, else from the tables.

    within  only those who serve in these organizations; None: everybody, whoever asks. The caller has decided before
            whom the asker may see: neither a pack nor this reading stands behind the second wall.
    """
    pack = packed.current(most_changed=packed.SHARE)
    whole = _whole(pack, on) if pack is not None else None
    if whole is None:
        # The walls' own conditions would be asked of every record anew; the caller names whom the asker may see.
        with transaction.atomic(), authority.everything_in_sight():
            whole = _from_tables(on, None if within is None else _ids(within))
    return whole if within is None else _chosen(whole, whole.serving(within))


def _whole(pack: packed.Pack, on: date) -> People | None:
    """The pack with those who changed read anew, whoever asks: the caller cuts it to whom the asker may see."""
    if _day_of(pack) != on:
        return None
    stale = packed.changed(pack)
    if stale is None:
        return None
    held = _held(pack.token, pack, on)
    return held if not stale.persons else _patched(held, stale)


def _patched(held: People, stale: packed.Changed) -> People:
    """As `_held`, with the persons of the feed as they are now; kept until more is written."""
    key, kept = (held, stale), _PATCHED.get("last")
    if kept is None or kept[0] != key:
        with transaction.atomic(), authority.everything_in_sight():
            fresh = _from_tables(held.on, stale.persons)
        whole = _joined(_chosen(held, ~np.isin(held.ids, np.array(stale.persons))), fresh)
        kept = (key, whole)
        if not connection.in_atomic_block or not _wrote_itself():
            _PATCHED["last"] = kept
    return kept[1]


_PATCHED: dict[str, tuple[tuple[People, packed.Changed], People]] = {}


def _wrote_itself() -> bool:
    """Whether this transaction is among those that wrote: what it saw of itself is not for others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM registry_personfeed WHERE xid = pg_current_xact_id_if_assigned())")
        return bool(cursor.fetchone()[0])


@lru_cache(maxsize=1)
def _held(_token: str, pack: packed.Pack, on: date) -> People:
    arrays = pack.arrays(PACK)
    raw = {name: arrays[name] for name in _FIELDS}
    return People(on, arrays["people"], raw, arrays["plan_post"], arrays["plan_person"])


def _from_tables(on: date, ids: Collection[int] | None) -> People:
    query, parameters = _query(on, ids)
    plans = _PLANS + ("" if ids is None else " AND person_id = ANY (%(people)s)") + " ORDER BY post_id, person_id"
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 1 + len(_FIELDS))
        cursor.execute(plans, parameters)
        pairs = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    raw = {
        name: _narrow(rows[:, 1 + number].astype(np.int32), kind)
        for number, (name, (_expression, kind)) in enumerate(_FIELDS.items())
    }
    return People(on, rows[:, 0], raw, pairs[:, 0], pairs[:, 1])


def _ids(organizations: Collection[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT person_id FROM registry_membership WHERE organization_id = ANY (%s::bigint[])",
            [numbers(organizations)],
        )
        return [row[0] for row in cursor.fetchall()]


def _chosen(some: People, which: Array) -> People:
    raw = {name: values[which] for name, values in some.raw.items()}
    return People(some.on, some.ids[which], raw, some.plan_post, some.plan_person)


def _joined(kept: People, fresh: People) -> People:
    """Both, in the order of their ids; the plans of the fresh are read anew."""
    ids = np.concatenate([kept.ids, fresh.ids])
    order = np.argsort(ids, kind="stable")
    raw = {name: np.concatenate([kept.raw[name], fresh.raw[name]])[order] for name in _FIELDS}
    still = ~np.isin(kept.plan_person, fresh.ids)
    posts = np.concatenate([kept.plan_post[still], fresh.plan_post])
    persons = np.concatenate([kept.plan_person[still], fresh.plan_person])
    by_post = np.argsort(posts, kind="stable")
    return People(kept.on, ids[order], raw, posts[by_post], persons[by_post])

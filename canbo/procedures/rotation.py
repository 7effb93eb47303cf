"""The board of rotation: heads who are native to the ground of their post, who has to move, who is on rotation and till when.

What "local" means is the rulebook's (parameter `makes_local`), and so is of which posts it is asked (the articles that
read `case.native_in_area`). Unknown is never counted as not local.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection

from canbo.procedures import boards, deadlines, native
from canbo.procedures.cases import RUNNING
from canbo.procedures.models import Case, Step
from canbo.registry import authority, fact_columns, facts
from canbo.registry.asking import Row, rows
from canbo.registry.models import Account, Membership
from canbo.rules import corpus
from canbo.rules.corpus import Corpus
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.params import OutsideTable
from canbo.rules.procedure import Norm

ACT = "rotation.read"
TOPIC, NATIVE = "appointment", "case.native_in_area"
GROUNDS = ("native_place", "birthplace", "residence", "career")  # of which the register knows the first
SOON = 6  # months before the end of a rotation in which its return is prepared
YOUNG = "province"  # the only level for which an age of the young is in force


# ---- what the law says


def local(makes: Mapping[str, bool], native_place: bool | None) -> bool | None:
    """Whether somebody is local: by any ground that counts; unknown where one that counts is unknown and none holds."""
    told = [native_place if ground == "native_place" else None for ground in GROUNDS if makes.get(ground)]
    if True in told:
        return True
    return None if not told or None in told else False


def makes_local(law: Corpus, on: date) -> dict[str, bool]:
    """What makes a person local on a day; before a text says so, the native place alone."""
    try:
        return {ground: bool(law.parameters.lookup("makes_local", on, by=ground)) for ground in GROUNDS}
    except OutsideTable:
        return {"native_place": True}


def figure(law: Corpus, name: str, on: date, **keys: object) -> int | None:
    """A whole number of the rulebook on a day; None where no text in force gives it."""
    try:
        return int(law.parameters.lookup(name, on, **keys))  # type: ignore[arg-type]
    except (OutsideTable, KeyError):
        return None


@lru_cache(maxsize=4096)
def asking(_hash: str, title: str, level: str, province: str | None, on: date) -> tuple[str, ...]:
    """The articles that ask whoever holds such a post not to be local; the province None: whichever."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    told = {"post.title": title, "post.level": level, "post.province": province, NATIVE: True}
    given = {name: value for name, value in told.items() if value is not None}
    found = [article for article in law.in_force(on, TOPIC) if NATIVE in article.facts() and not article.off]
    return tuple(each.id for each in found if judge(each, Scene(law, given, on)).outcome != "not_applicable")


def titles_asked(law: Corpus, on: date) -> list[tuple[str, str]]:
    """Titles with their levels of which some article asks it, the higher level first."""
    titles = [word for word in law.facts["post.title"].type.values if word != "specialist"]
    return [(title, level) for level in facts.LEVELS.values() for title in titles if asking(law.hash, title, level, None, on)]


# ---- heads


@dataclass(frozen=True)
class Head:
    """A post of a head, and who holds it. `local`: None also where nobody can say; `articles` ask that it be not."""

    post: int
    organization: int
    unit: int | None
    title: str
    level: str
    person: int | None
    since: date | None
    local: bool | None
    articles: tuple[str, ...]

    @property
    def state(self) -> str:
        """vacant, local, not_local or unknown."""
        if self.person is None:
            return "vacant"
        return {True: "local", False: "not_local", None: "unknown"}[self.local]


@dataclass(frozen=True)
class Tally:
    """Posts of one title at one level: how their holders stand, and how many are asked not to be local."""

    title: str
    level: str
    posts: int
    asked: int
    local: int
    not_local: int
    unknown: int
    vacant: int


@dataclass(frozen=True)
class Board:
    """Heads of the titles of which the law asks it, counted by title and level."""

    on: date
    makes: Mapping[str, bool]
    heads: Sequence[Head]
    tallies: Sequence[Tally]

    def state_of_units(self, title: str, level: str) -> dict[int, str]:
        """How the holder of that post stands, by the unit whose ground it serves."""
        return {
            head.unit: head.state for head in self.heads if head.unit is not None and (head.title, head.level) == (title, level)
        }


def board(*, by: Account, root: int, on: date) -> Board:
    """Who heads what beneath a body on a day, and whether those who hold it are local. Raises NotAllowed."""
    places = boards.within(by, ACT, root=root, on=on)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    wanted, makes = titles_asked(law, on), makes_local(law, on)
    with authority.everything_in_sight():
        found, grounds = _heads(wanted, places, on), grounds_of(on)
        provinces = _provinces(on)
    heads = [_head(row, grounds, provinces, makes, law.hash, on) for row in found]
    return Board(on, makes, heads, tallied(heads, wanted))


def tallied(heads: Iterable[Head], order: Iterable[tuple[str, str]]) -> list[Tally]:
    """Heads counted by title and level, in that order; what has no post is left out."""
    states: dict[tuple[str, str], Counter[str]] = {}
    asked: Counter[tuple[str, str]] = Counter()
    for head in heads:
        states.setdefault((head.title, head.level), Counter())[head.state] += 1
        asked[head.title, head.level] += bool(head.articles)
    return [
        Tally(*kind, states[kind].total(), asked[kind], *(states[kind][s] for s in ("local", "not_local", "unknown", "vacant")))
        for kind in order
        if kind in states
    ]


def grounds_of(on: date) -> native.Grounds:
    """The units of a day; kept for a minute at most, and anew where units changed."""
    return _grounds(on, connection.settings_dict["NAME"], fact_columns._shape())


@lru_cache(maxsize=4)
def _grounds(on: date, _name: str, _shape: tuple[int, ...]) -> native.Grounds:
    return native.read(on)


def _heads(wanted: list[tuple[str, str]], places: list[int] | None, on: date) -> list[Row]:
    """Posts of heads with these titles at these levels, and who holds them."""
    numbers = {word: number for number, word in facts.LEVELS.items()}
    return rows(
        f"""
        WITH body AS MATERIALIZED (
            SELECT s.organization_id AS id, k.level FROM {{organizationstatus}} s JOIN {{kind}} k ON k.code = s.kind_id
            WHERE s.valid @> %(on)s::date AND {boards.only("s.organization_id", places)}
        )
        SELECT p.id AS post, p.organization_id AS organization, j.title_kind AS title, body.level, m.person_id AS person,
               lower(m.valid) AS since, person.native_area_id AS area
        FROM {{post}} p JOIN {{job}} j ON j.id = p.job_id AND j.standing = 'head' JOIN body ON body.id = p.organization_id
        LEFT JOIN {{membership}} m ON m.post_id = p.id AND m.valid @> %(on)s::date
        LEFT JOIN {{person}} person ON person.id = m.person_id
        WHERE p.valid @> %(on)s::date AND j.title_kind || ' ' || body.level = ANY (%(wanted)s)
        ORDER BY body.level, j.rank, p.id
        """,
        {"on": on, "places": places or [], "wanted": [f"{title} {numbers[level]}" for title, level in wanted]},
    )


def _provinces(on: date) -> dict[int, str]:
    """The codes of the provinces by their ids."""
    found = rows(
        "SELECT c.organization_id AS id, c.code FROM {organizationstatus} s JOIN {kind} k ON k.code = s.kind_id"
        " JOIN {organizationcode} c ON c.organization_id = s.organization_id AND c.valid @> %(on)s::date"
        " WHERE k.structure = 'unit' AND k.level = 1 AND s.valid @> %(on)s::date",
        {"on": on},
    )
    return {row["id"]: row["code"] for row in found}


def _head(row: Row, grounds: native.Grounds, provinces: Mapping[int, str], makes: Mapping[str, bool], law: str, on: date) -> Head:
    place, level = row["organization"], facts.LEVELS[row["level"]]
    province = next((provinces[one] for one in grounds.above(place) if one in provinces), None)
    lives_there = None if row["person"] is None else local(makes, grounds.native(row["area"], place))
    return Head(
        row["post"], place, grounds.unit_of(place), row["title"], level, row["person"], row["since"], lives_there,
        asking(law, row["title"], level, province, on),
    )  # fmt: skip


def dots(states: Mapping[int, str], on: date) -> list[tuple[float, float, str]]:
    """(latitude, longitude, state) of those units of which a state is told and the middle point is known."""
    found = rows(
        "SELECT o.id, a.latitude, a.longitude FROM {organization} o JOIN {area} a ON a.id = o.area_id"
        " WHERE o.id = ANY (%(ids)s) AND a.latitude IS NOT NULL AND o.life @> %(on)s::date",
        {"ids": sorted(states), "on": on},
    )
    return [(row["latitude"], row["longitude"], states[row["id"]]) for row in found]


# ---- who has to move


@dataclass(frozen=True)
class Mover:
    """Somebody who is to be moved, and why: `not_local` (the post asks for somebody who is not local), `two_terms`."""

    head: Head
    reasons: tuple[str, ...]
    terms: int | None


def movers(found: Board) -> list[Mover]:
    """The heads who are to be moved: local where an article asks for somebody who is not, or too many terms in a row."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    most = figure(law, "terms_as_head", found.on)
    terms = _terms(found.heads, most, found.on) if most is not None else {}
    listed = []
    for head in found.heads:
        served = terms.get(head.person or 0)
        reasons = [
            *(["not_local"] if head.local and head.articles else []),
            *(["two_terms"] if most is not None and served is not None and served >= most else []),
        ]
        if reasons:
            listed.append(Mover(head, tuple(reasons), served))
    return listed


def _terms(heads: Sequence[Head], most: int, on: date) -> dict[int, int]:
    """Terms in a row of those who served long enough for that many, as the facts of a person count them."""
    with authority.everything_in_sight():
        persons = sorted({head.person for head in heads if head.person is not None})
        early = rows(
            "SELECT DISTINCT m.person_id FROM {membership} m JOIN {post} p ON p.id = m.post_id"
            " JOIN {job} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')"
            " WHERE m.person_id = ANY (%(persons)s) AND lower(m.valid) <= %(on)s::date - make_interval(months =>"
            " %(most)s * (SELECT min(coalesce(term_months, 60)) FROM {job})::int)",
            {"persons": persons, "on": on, "most": most},
        )
        query, parameters = facts.rows(on, [row["person_id"] for row in early])
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id, terms FROM ({query}) AS told WHERE terms IS NOT NULL", parameters)
            return dict(cursor.fetchall())


# ---- who is on rotation


@dataclass(frozen=True)
class Rotated:
    """Somebody on rotation or seconded.

    due      the first day on which the least length (rotation) or the most (secondment) is over
    state    running, soon, returning (a case of return is open), overdue
    use      what the plan of the rotation says of the time after it; empty where the register has no such case
    """

    person: int
    post: int
    organization: int
    level: int | None
    kind: int
    since: date
    due: date | None
    state: str
    use: str
    young: bool | None
    traits: tuple[str, ...]


def rotated(*, by: Account, root: int, on: date) -> list[Rotated]:
    """Who is on rotation or seconded beneath a body on a day, the longest first. Raises NotAllowed."""
    places = boards.within(by, ACT, root=root, on=on)
    law = corpus.opened(settings.CANBO_RULEBOOK)
    lengths = {
        Membership.Kind.ROTATED: figure(law, "rotation_months", on),
        Membership.Kind.SECONDED: figure(law, "secondment_months", on),
    }
    with authority.everything_in_sight():
        found = _rotations(places, on)
        persons = [row["person"] for row in found]
        returning, uses = _returning(persons), _uses(persons)
    age = figure(law, "young_age", on, level=YOUNG)
    return [_rotated(row, lengths, returning, uses, age, on) for row in found]


def state_of(due: date | None, *, returning: bool, on: date) -> str:
    """How a rotation stands on a day."""
    if returning:
        return "returning"
    if due is None or on < _months_before(due, SOON):
        return "running"
    return "soon" if on < due else "overdue"


def _months_before(day: date, months: int) -> date:
    back = day.year * 12 + day.month - 1 - months
    return date(back // 12, back % 12 + 1, min(day.day, 28))


def young_on(born: date | None, age: int | None, on: date) -> bool | None:
    """Whether somebody has not completed so many years of age on a day."""
    if born is None or age is None:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) < age


def _rotations(places: list[int] | None, on: date) -> list[Row]:
    return rows(
        f"""
        SELECT m.person_id AS person, m.post_id AS post, m.organization_id AS organization, k.level, m.kind,
               lower(m.valid) AS since, upper(m.valid) AS until, person.birth_on,
               (WITH RECURSIVE above (id, depth) AS (
                    SELECT m.organization_id, 0
                    UNION ALL SELECT p.parent_id, a.depth + 1 FROM above a
                    JOIN {{organizationparent}} p ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
                ) SELECT area.traits FROM above a JOIN {{organization}} o ON o.id = a.id JOIN {{area}} area ON area.id = o.area_id
                  ORDER BY a.depth LIMIT 1) AS traits
        FROM {{membership}} m JOIN {{person}} person ON person.id = m.person_id
        LEFT JOIN {{organizationstatus}} s ON s.organization_id = m.organization_id AND s.valid @> %(on)s::date
        LEFT JOIN {{kind}} k ON k.code = s.kind_id
        WHERE m.kind = ANY (%(kinds)s) AND m.valid @> %(on)s::date AND {boards.only("m.organization_id", places)}
        ORDER BY lower(m.valid), m.id
        """,
        {"on": on, "places": places or [], "kinds": [int(Membership.Kind.ROTATED), int(Membership.Kind.SECONDED)]},
    )


def _returning(persons: list[int]) -> set[int]:
    """Those of whom a case of return is running."""
    running = Case.objects.filter(procedure="return-from-rotation", state__in=RUNNING, person_id__in=persons)
    return set(running.values_list("person_id", flat=True))


def _uses(persons: list[int]) -> dict[tuple[int, int], str]:
    """By person and post: what the plan of the case of rotation says, which holds the expected use."""
    steps = Step.objects.filter(
        case__procedure="rotation", case__state=Case.State.EFFECTIVE, name="plan", case__candidates__person_id__in=persons,
        case__candidates__state="through",
    )  # fmt: skip
    found = steps.values_list("case__candidates__person_id", "case__post_id", "said")
    return {(person, post): str(said.get("text", "")) for person, post, said in found}


def _rotated(
    row: Row,
    lengths: Mapping[Any, int | None],
    returning: set[int],
    uses: Mapping[tuple[int, int], str],
    age: int | None,
    on: date,
) -> Rotated:
    months = lengths[Membership.Kind(row["kind"])]
    due = row["until"] or (None if months is None else deadlines.after(row["since"], Norm(months, "months")))
    return Rotated(
        row["person"], row["post"], row["organization"], row["level"], row["kind"], row["since"], due,
        state_of(due, returning=row["person"] in returning, on=on), uses.get((row["person"], row["post"]), ""),
        young_on(row["birth_on"], age, on), tuple(row["traits"] or ()),
    )  # fmt: skip


# ---- young people at the grassroots, difficult areas


@dataclass(frozen=True)
class Grassroots:
    """Leaders of communes by age, and the classes of areas: how many leading posts lie there, and how many are held.

    traits   by class of area (border, island, ...): (posts, held); empty where the register gives no area a class
    """

    leaders: int
    young: int
    unknown: int
    age: int | None
    traits: Mapping[str, tuple[int, int]]


def grassroots(*, by: Account, root: int, on: date) -> Grassroots:
    """Who leads at the grassroots beneath a body, counted. Raises NotAllowed."""
    places = boards.within(by, ACT, root=root, on=on)
    age = figure(corpus.opened(settings.CANBO_RULEBOOK), "young_age", on, level=YOUNG)
    with authority.everything_in_sight():
        found = rows(
            f"""
            SELECT count(DISTINCT m.person_id) AS leaders,
                   count(DISTINCT m.person_id) FILTER (WHERE person.birth_on > %(since)s::date) AS young,
                   count(DISTINCT m.person_id) FILTER (WHERE person.birth_on IS NULL) AS unknown
            FROM {{membership}} m JOIN {{post}} p ON p.id = m.post_id
            JOIN {{job}} j ON j.id = p.job_id AND j.standing IN ('head', 'deputy')
            JOIN {{organizationstatus}} s ON s.organization_id = m.organization_id AND s.valid @> %(on)s::date
            JOIN {{kind}} k ON k.code = s.kind_id AND k.level >= 3
            JOIN {{person}} person ON person.id = m.person_id
            WHERE m.valid @> %(on)s::date AND {boards.only("m.organization_id", places)}
            """,
            {"on": on, "places": places or [], "since": date(on.year - (age or 0), on.month, min(on.day, 28))},
        )[0]
        traits = _traits(places, on)
    return Grassroots(found["leaders"], found["young"] if age is not None else 0, found["unknown"], age, traits)


def _traits(places: list[int] | None, on: date) -> dict[str, tuple[int, int]]:
    """Heads' posts of units in areas of each class, and how many of them are held."""
    if not rows("SELECT FROM {area} WHERE traits <> '[]' LIMIT 1"):
        return {}
    found = rows(
        f"""
        SELECT trait, count(*) AS posts, count(m.id) AS held
        FROM {{organization}} o JOIN {{area}} a ON a.id = o.area_id CROSS JOIN LATERAL jsonb_array_elements_text(a.traits) AS trait
        JOIN {{organizationparent}} up ON (up.parent_id = o.id OR up.organization_id = o.id) AND up.valid @> %(on)s::date
        JOIN {{post}} p ON p.organization_id = up.organization_id AND p.valid @> %(on)s::date
        JOIN {{job}} j ON j.id = p.job_id AND j.standing = 'head'
        LEFT JOIN {{membership}} m ON m.post_id = p.id AND m.valid @> %(on)s::date
        WHERE o.life @> %(on)s::date AND {boards.only("p.organization_id", places)} GROUP BY trait ORDER BY trait
        """,
        {"on": on, "places": places or []},
    )
    return {row["trait"]: (row["posts"], row["held"]) for row in found}

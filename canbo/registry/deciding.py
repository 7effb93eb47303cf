"""Which body decides on a post, and who holds the powers of its head: the law of `rulebook/.../authority` read upon
the facts of the register."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from canbo.registry.asking import Row, rows
from canbo.registry.days import holds
from canbo.registry.models import Membership, Organization, Post
from canbo.registry.saying import sentence as _
from canbo.rules import corpus, powers
from canbo.rules.params import OutsideTable, Table
from canbo.rules.powers import Power
from canbo.rules.provenance import Source


@dataclass(frozen=True)
class Body:
    """An organization as it is on the day."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Decider:
    """The body that decides, the article that says so, and who proposes and verifies (None: the register does not know)."""

    organization: Body
    power: Power
    proposes: Body | None
    verifies: Body | None

    @property
    def source(self) -> Source:
        """The text on which it rests."""
        return self.power.source


@dataclass(frozen=True)
class NotKnown:
    """Nobody can say which body decides; `reason` says what is missing, for the reader."""

    reason: str


@dataclass(frozen=True)
class Head:
    """A person who holds the powers of a body's head on a day.

    acting  as acting head, until at the latest `until` (exclusive) by `source`; None: the law of the day sets no limit
    """

    person: int
    membership: int
    acting: bool
    until: date | None
    source: Source | None


def deciding_body(post: Post, act: str, on: date) -> Decider | NotKnown:
    """The body that decides whether somebody is appointed to, dismissed from or suspended in a post on a day.

    `act`: appoint, dismiss, suspend; KeyError for another.
    """
    return deciding_bodies(post, (act,), on)[act]


def deciding_bodies(post: Post, acts: Iterable[str], on: date) -> dict[str, Decider | NotKnown]:
    """The same for several acts, asked of the register once."""
    found = around(post, on) if holds(post.valid, on) else {}
    own = found.get("own")
    if own is None or own["code"] is None:
        return dict.fromkeys(acts, NotKnown(_("The post or its body does not exist on %(on)s.") % {"on": on}))
    kinds = {
        "title_kind": post.job.title_kind, "standing": post.job.standing, "level": own["level"], "structure": own["structure"],
    }  # fmt: skip
    return {act: _decider(powers.power(act, kinds, on), found, on) for act in acts}


def _decider(power: Power | None, found: dict[str, Row], on: date) -> Decider | NotKnown:
    """Who decides by an entry of the rulebook, or why nobody can say."""
    if power is None:
        return NotKnown(_("The rulebook does not say who decides this on %(on)s.") % {"on": on})
    bodies = {word: Body(row["id"], row["code"], row["name"]) for word, row in found.items() if row["code"] is not None}
    body = bodies.get(power.decides)
    if body is not None:
        return Decider(body, power, bodies.get(power.proposes), bodies.get(power.verifies))
    if power.decides == "manager" and "manager" not in found:
        return NotKnown(_("The register does not say which body manages this post: enter it first."))
    return NotKnown(_("The body that decided on this post does not exist on %(on)s: enter who manages it now.") % {"on": on})


def around(post: Post, on: date) -> dict[str, Row]:
    """The bodies that an entry means by a word (powers.BODIES), seen from a post: id, code, name, level, structure.

    own, manager, superior (above the manager), party and council (of the unit in which the body of the post lies, where
    there is exactly one). A word for which the register has nothing is left out; a body that does not exist on the day
    has no code. One question for all of them, since a page asks it for each act.
    """
    found = rows(
        """
        WITH RECURSIVE managing (id) AS (
            SELECT manager_id FROM {postmanager} WHERE post_id = %(post)s AND valid @> %(on)s::date
        ), above (id, depth) AS (
            SELECT %(own)s::bigint, 0
            UNION ALL SELECT p.parent_id, a.depth + 1 FROM above a JOIN {organizationparent} p
                      ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
        ), unit (id) AS (
            SELECT a.id FROM above a JOIN {organizationstatus} s ON s.organization_id = a.id AND s.valid @> %(on)s::date
            JOIN {kind} k ON k.code = s.kind_id AND k.structure = 'unit' ORDER BY a.depth LIMIT 1
        ), beneath (id, kind) AS (
            SELECT p.organization_id, s.kind_id FROM unit u
            JOIN {organizationparent} p ON p.parent_id = u.id AND p.valid @> %(on)s::date
            JOIN {organizationstatus} s ON s.organization_id = p.organization_id AND s.valid @> %(on)s::date
        ), named (word, id) AS (
            SELECT 'own', %(own)s::bigint
            UNION ALL SELECT 'manager', id FROM managing
            UNION ALL SELECT 'superior', p.parent_id FROM managing m
                      JOIN {organizationparent} p ON p.organization_id = m.id AND p.valid @> %(on)s::date
            UNION ALL SELECT 'party', min(id) FROM beneath WHERE kind LIKE '%%party-committee' HAVING count(*) = 1
            UNION ALL SELECT 'council', min(id) FROM beneath WHERE kind LIKE '%%council' HAVING count(*) = 1
        )
        SELECT w.word, w.id, c.code, n.name, k.level, k.structure FROM named w
        LEFT JOIN {organizationcode} c ON c.organization_id = w.id AND c.valid @> %(on)s::date
        LEFT JOIN {organizationname} n ON n.organization_id = w.id AND n.valid @> %(on)s::date
        LEFT JOIN {organizationstatus} s ON s.organization_id = w.id AND s.valid @> %(on)s::date
        LEFT JOIN {kind} k ON k.code = s.kind_id
        """,
        {"post": post.pk, "own": post.organization_id, "on": on},
    )
    return {row["word"]: row for row in found}


def heads_of(organization: Organization | int, on: date) -> list[Head]:
    """Who holds the powers of a body's head on a day: whoever holds a head's post, or acts as head within the law's months.

    Nobody else does: whose period as acting head is over, or longer than the law allows, holds none. Sees what the
    running transaction may see.
    """
    pk = organization if isinstance(organization, int) else organization.pk
    return heads_of_each([pk], on)[pk]


def heads_of_each(organizations: Iterable[int], on: date) -> dict[int, list[Head]]:
    """The heads of several bodies by their numbers, asked of the register once."""
    limit, source = _acting_limit(on)
    found: dict[int, list[Head]] = {pk: [] for pk in organizations}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.organization_id, m.person_id, m.id, m.kind = %(acting)s,
                      (lower(m.valid) + make_interval(months => %(months)s))::date
               FROM registry_membership m JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id
               WHERE m.organization_id = ANY (%(bodies)s) AND j.standing = 'head' AND m.valid @> %(on)s::date ORDER BY j.rank, m.id""",
            {"acting": Membership.Kind.ACTING, "months": limit, "bodies": list(found), "on": on},
        )
        for body, person, membership, acting, until in cursor.fetchall():
            if not acting or limit is None or (until is not None and on < until):
                found[body].append(Head(person, membership, acting, until if acting else None, source if acting else None))
    return found


def _acting_limit(on: date) -> tuple[int | None, Source | None]:
    """For how many months at most one acts as head by the law of a day; None where it sets no limit."""
    table = corpus.opened().parameters["acting_months"]
    assert isinstance(table, Table)
    try:
        return int(table.lookup(on)), table.source  # type: ignore[arg-type]
    except OutsideTable:
        return None, None

"""Which body decides on a post, and who holds the powers of its head: the law of `rulebook/.../authority` read upon
the facts of the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from canbo.registry import queries
from canbo.registry.days import holds
from canbo.registry.models import Membership, Organization, Post
from canbo.registry.queries import NotInRegister, Unit
from canbo.registry.saying import sentence as _
from canbo.rules import corpus, powers
from canbo.rules.params import OutsideTable, Table
from canbo.rules.powers import Power
from canbo.rules.provenance import Source


@dataclass(frozen=True)
class Decider:
    """The body that decides, the article that says so, and who proposes and verifies (None: the register does not know)."""

    organization: Organization
    power: Power
    proposes: Organization | None
    verifies: Organization | None

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
    kinds = _kinds(post, on)
    if kinds is None:
        return NotKnown(_("The post or its body does not exist on %(on)s.") % {"on": on})
    power = powers.power(act, kinds, on)
    if power is None:
        return NotKnown(_("The rulebook does not say who decides this on %(on)s.") % {"on": on})
    manager = queries.manager(post.pk, on=on)
    body = _body(power.decides, post, manager, on)
    if body is None:
        if power.decides == "manager" and manager is None:
            return NotKnown(_("The register does not say which body manages this post: enter it first."))
        return NotKnown(_("The body that decided on this post does not exist on %(on)s: enter who manages it now.") % {"on": on})
    return Decider(body, power, _body(power.proposes, post, manager, on), _body(power.verifies, post, manager, on))


def heads_of(organization: Organization | int, on: date) -> list[Head]:
    """Who holds the powers of a body's head on a day: whoever holds a head's post, or acts as head within the law's months.

    Nobody else does: whose period as acting head is over, or longer than the law allows, holds none. Sees what the
    running transaction may see.
    """
    pk = organization if isinstance(organization, int) else organization.pk
    limit, source = _acting_limit(on)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.person_id, m.id, m.kind = %(acting)s, (lower(m.valid) + make_interval(months => %(months)s))::date
               FROM registry_membership m JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id
               WHERE m.organization_id = %(body)s AND j.standing = 'head' AND m.valid @> %(on)s::date ORDER BY j.rank, m.id""",
            {"acting": Membership.Kind.ACTING, "months": limit, "body": pk, "on": on},
        )
        rows = cursor.fetchall()
    return [
        Head(person, membership, acting, until if acting else None, source if acting else None)
        for person, membership, acting, until in rows
        if not acting or limit is None or (until is not None and on < until)
    ]


def _acting_limit(on: date) -> tuple[int | None, Source | None]:
    """For how many months at most one acts as head by the law of a day; None where it sets no limit."""
    table = corpus.opened().parameters["acting_months"]
    assert isinstance(table, Table)
    try:
        return int(table.lookup(on)), table.source  # type: ignore[arg-type]
    except OutsideTable:
        return None, None


def _kinds(post: Post, on: date) -> dict[str, object] | None:
    """What the rulebook asks of a post, on a day on which it exists."""
    if not holds(post.valid, on):
        return None
    try:
        body = queries.unit_by_id(post.organization_id, on=on)
    except NotInRegister:
        return None
    return {
        "title_kind": post.job.title_kind, "standing": post.job.standing, "level": body.level, "structure": body.structure,
    }  # fmt: skip


def _body(word: str, post: Post, manager: int | None, on: date) -> Organization | None:
    """The body that an entry means by a word, as it is on the day; `manager`: who manages the post on that day."""
    if word == "own":
        found: int | None = post.organization_id
    elif word == "manager":
        found = manager
    elif word == "superior":
        managing = _unit(manager, on)
        found = managing.parent_id if managing else None
    else:
        found = _of_the_unit(word, post.organization_id, on)
    return None if found is None else Organization.objects.filter(pk=found, life__contains=on).first()


def _unit(organization: int | None, on: date) -> Unit | None:
    try:
        return None if organization is None else queries.unit_by_id(organization, on=on)
    except NotInRegister:
        return None


def _of_the_unit(word: str, organization: int, on: date) -> int | None:
    """The Party committee or the council of the unit in which a body lies; None where there is not exactly one."""
    above = [_unit(row["id"], on) for row in queries.path(organization, on=on)]
    unit = next((each for each in reversed(above) if each is not None and each.structure == "unit"), None)
    if unit is None:
        return None
    ending = "party-committee" if word == "party" else "council"
    found = [row["id"] for row in queries.children(unit.id, on=on) if row["kind"].endswith(ending)]
    return found[0] if len(found) == 1 else None

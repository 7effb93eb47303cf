"""Who may do what over whom.

A grant gives an account a role over an organization. It reaches everything that ever stood beneath that
organization, and beneath the units that went whole into it, so that the office of a merged province answers
for the files of the provinces it was made from. Deny is the default: an act that is not listed is nobody's.

Two walls: `require` and `allows` here, and row-level security in the database, which `sight` opens for one
transaction only as far as the account's grants reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils.translation import gettext as _

from canbo.registry.models import Account, Grant, Membership, Organization, Person, Post

Role = Grant.Role
EVERY_ROLE = frozenset(Role)
PERSONNEL = frozenset({Role.CENTRAL_OFFICER, Role.OFFICER})

# act -> roles that may do it. None in place of roles: every account that is signed in.
ACTS: dict[str, frozenset[Role] | None] = {
    "organization.read": None,
    "claims.check": None,
    "rules.read": None,
    "staff.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "person.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "person.read_family": PERSONNEL | {Role.INSPECTOR},
    "person.enter": PERSONNEL,
    "person.change": PERSONNEL,
    "person.correct": PERSONNEL,
    "count.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR, Role.STATISTICIAN},
    "journal.read": frozenset({Role.CENTRAL_OFFICER, Role.INSPECTOR, Role.AUDITOR}),
    "appointment.nominate": PERSONNEL | {Role.LEADER},
    "case.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "organization.change": frozenset({Role.REGISTRAR}),
    "register.intake": frozenset({Role.REGISTRAR}),
}
# What everyone may do with the file that is their own.
OWN_FILE = frozenset({"person.read", "person.read_family", "case.read"})
# Acts that concern the register as a whole, or only what the asker may see of it anyway: any grant of the
# right role opens them, however far it reaches; what is shown is then cut to that reach.
CUT_TO_REACH = frozenset({"journal.read", "count.read"})

About = Organization | Post | Person | int | None


class NotAllowed(Exception):
    """You may not. Carries the act and the sentence for the reader."""

    def __init__(self, act: str, sentence: str) -> None:
        super().__init__(sentence)
        self.act = act


@dataclass(frozen=True)
class Reach:
    """How far an account sees: the whole register, or these organizations, and its own file."""

    everything: bool
    organizations: frozenset[int]
    own_person: int | None

    def covers(self, organization: int | None) -> bool:
        return self.everything or (organization is not None and organization in self.organizations)


def require(by: Account, act: str, *, over: About = None, on: date | None = None) -> None:
    """Raise NotAllowed unless `by` may do `act` over `over` today.

    `over`: an organization (or its id), a post (its organization counts), a person (where the person serves
    today, or served last), or None for the register as a whole. `on` is the day whose grants count: today.
    """
    if not allows(by, act, over=over, on=on):
        raise NotAllowed(
            act,
            _("%(who)s may not do this here (%(act)s). Ask the office that manages this body for a grant.")
            % {"who": by.label if by.is_authenticated else _("A visitor who has not signed in"), "act": act},
        )


def allows(by: Account, act: str, *, over: About = None, on: date | None = None) -> bool:
    """Whether `require` would let `by` pass. Raises KeyError for an act that is not listed."""
    roles = ACTS[act]
    if not by.is_authenticated or not by.is_active:
        return False
    if roles is None:
        return True
    if isinstance(over, Person) and act in OWN_FILE and by.person_id == over.pk:
        return True
    grants = [grant for grant in grants_of(by, on=on) if grant.role in roles]
    if not grants:
        return False
    if any(grant.organization_id is None for grant in grants):
        return True
    if over is None:
        return act in CUT_TO_REACH
    reached = organizations_beneath([grant.organization_id for grant in grants if grant.organization_id is not None])
    return bool(reached & places_of(over))


def grants_of(account: Account, *, on: date | None = None) -> list[Grant]:
    """The grants of an account in force on a day (today when not said), read once per account object."""
    if on is None and hasattr(account, "_grants_today"):
        return account._grants_today  # type: ignore[no-any-return]
    grants = list(Grant.objects.filter(account_id=account.pk, valid__contains=on or date.today()))
    if on is None:
        account._grants_today = grants  # type: ignore[attr-defined]
    return grants


def places_of(over: Organization | Post | Person | int) -> frozenset[int]:
    """The organizations whose authority covers a thing."""
    if isinstance(over, int):
        return frozenset({over})
    if isinstance(over, Organization):
        return frozenset({over.pk})
    if isinstance(over, Post):
        return frozenset({over.organization_id})
    today = date.today()
    with connection.cursor() as cursor:
        cursor.execute("SELECT canbo_in_service(%s)", [over.pk])
        serves = cursor.fetchone()[0]
    memberships = Membership.objects.filter(person_id=over.pk)
    if serves:
        memberships = memberships.filter(valid__endswith__isnull=True) | memberships.filter(valid__endswith__gt=today)
    return frozenset(memberships.values_list("organization_id", flat=True))


def organizations_beneath(roots: list[int]) -> frozenset[int]:
    """Ids of all that ever stood beneath `roots`, and beneath what went whole into them; the roots too."""
    with connection.cursor() as cursor:
        cursor.execute(_BENEATH, [roots])
        return frozenset(row[0] for row in cursor.fetchall())


_BENEATH = """
WITH RECURSIVE beneath (id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT found.id FROM beneath b CROSS JOIN LATERAL (
        SELECT organization_id AS id FROM registry_organizationparent WHERE parent_id = b.id
        UNION ALL
        SELECT o.organization_id FROM registry_resulting r JOIN registry_original o ON o.event_id = r.event_id
        WHERE r.organization_id = b.id AND r.forms AND o.whole
    ) AS found
) SELECT id FROM beneath
"""


def reach_of(account: Account, *, act: str | None = None) -> Reach:
    """How far the grants of an account reach today; with `act`, only the grants whose role allows it."""
    roles = EVERY_ROLE if act is None else (ACTS[act] if ACTS[act] is not None else EVERY_ROLE)
    grants = [grant for grant in grants_of(account) if grant.role in (roles or ())]
    if any(grant.organization_id is None for grant in grants):
        return Reach(True, frozenset(), account.person_id)
    roots = [grant.organization_id for grant in grants if grant.organization_id is not None]
    return Reach(False, organizations_beneath(roots) if roots else frozenset(), account.person_id)


def open_sight(reach: Reach) -> None:
    """Open the second wall for the transaction that is running, as far as `reach` says, and no further."""
    if not connection.in_atomic_block:
        raise RuntimeError("open_sight() needs a transaction: what it opens closes with the transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('canbo.sees_all', %s, true), set_config('canbo.scope', %s, true),"
            " set_config('canbo.self', %s, true)",
            [
                "on" if reach.everything else "off",
                ",".join(map(str, sorted(reach.organizations))),
                "" if reach.own_person is None else str(reach.own_person),
            ],
        )


@contextmanager
def sight(account: Account) -> Iterator[Reach]:
    """A transaction that sees as far as the account's grants reach: for commands and programs."""
    with transaction.atomic():
        reach = reach_of(account)
        open_sight(reach)
        yield reach

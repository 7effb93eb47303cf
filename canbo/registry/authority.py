"""Who may do what over whom.

A grant gives an account a role over an organization. It reaches what stands beneath that organization today,
what stood there when it ended, and the same of the units that went whole into it, so that the office of a merged
province answers for the files of the provinces it was made from. A body that moved away is reached from its new
place only. Deny is the default: an act that is not listed is nobody's; and nobody writes in a file that is his own.

What an account was granted it may lend by delegation (registry/delegation.py). Lent power counts here like granted
power, cut three ways on the day itself: to the acts that were lent, to what stands beneath the organization that was
named, and to what the giver is granted that day. It cannot be lent on, and it opens no matter of the giver's own.

Two walls: `require` and `allows` here, and row-level security in the database, which `sight` opens for one
transaction only as far as the account may see people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from canbo.registry.compiled import Compiled
from canbo.registry.models import Account, Delegation, Grant, Organization, Person, Post
from canbo.registry.planned import ask
from canbo.registry.saying import sentence as _

Role = Grant.Role
EVERY_ROLE = frozenset(Role)
PERSONNEL = frozenset({Role.CENTRAL_OFFICER, Role.OFFICER})

# act -> roles that may do it. None in place of roles: every account that is signed in.
ACTS: dict[str, frozenset[Role] | None] = {
    "organization.read": None,
    "claims.check": None,
    "rules.read": None,
    "rules.draft": frozenset({Role.CENTRAL_OFFICER, Role.INSPECTOR}),
    "rules.approve": frozenset({Role.CENTRAL_OFFICER, Role.INSPECTOR}),
    "staff.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "person.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "person.read_family": PERSONNEL | {Role.INSPECTOR},
    "person.enter": PERSONNEL,
    "person.change": PERSONNEL,
    "person.correct": PERSONNEL,
    "count.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR, Role.STATISTICIAN},
    "journal.read": frozenset({Role.CENTRAL_OFFICER, Role.INSPECTOR, Role.AUDITOR}),
    "appointment.nominate": PERSONNEL | {Role.LEADER},
    "candidates.find": PERSONNEL | {Role.LEADER},
    "succession.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "rotation.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "vacancy.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "headcount.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "quota.allot": PERSONNEL,
    "case.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "case.open": PERSONNEL | {Role.LEADER},
    "case.draft": PERSONNEL | {Role.LEADER},
    "case.verify": PERSONNEL | {Role.INSPECTOR},
    "case.opine": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "case.chair": PERSONNEL | {Role.LEADER},
    "case.approve": frozenset({Role.LEADER}),
    "case.publish": PERSONNEL,
    "appeal.answer": frozenset({Role.LEADER, Role.INSPECTOR}),
    "document.issue": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "dossier.add": PERSONNEL,
    "scheme.set": PERSONNEL | {Role.LEADER},
    "catalogue.draft": PERSONNEL | {Role.LEADER},
    "catalogue.approve": frozenset({Role.LEADER}),
    "regulation.draft": PERSONNEL | {Role.LEADER},
    "regulation.approve": frozenset({Role.LEADER}),
    "work.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "work.log": frozenset(),  # no role opens it: each logs and assesses the own work, and nobody for another
    "work.assign": frozenset({Role.LEADER}),
    "work.confirm": frozenset({Role.LEADER, Role.INSPECTOR}),
    "evaluation.meet": PERSONNEL | {Role.LEADER},
    "evaluation.decide": frozenset({Role.LEADER}),
    "evaluation.publish": PERSONNEL,
    "petition.answer": frozenset({Role.LEADER, Role.INSPECTOR}),
    "competency.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "competency.claim": frozenset(),  # no role opens it: each assesses himself or herself, and objects, and nobody for another
    "competency.assess": frozenset({Role.LEADER}),
    "competency.confirm": PERSONNEL | {Role.LEADER},
    "competency.answer": frozenset({Role.LEADER, Role.INSPECTOR}),
    "sides.open": PERSONNEL,
    "sides.answer": frozenset(),  # no role opens it: each answers what is asked of himself or herself
    "sides.settle": frozenset({Role.LEADER, Role.INSPECTOR}),
    "course.propose": PERSONNEL | {Role.LEADER},
    "course.approve": frozenset({Role.LEADER}),
    "training.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "training.plan": PERSONNEL,
    "training.approve": frozenset({Role.LEADER}),
    "training.enrol": PERSONNEL | {Role.LEADER},
    "training.result": PERSONNEL,
    "study.log": frozenset(),  # no role opens it: each logs the own study, and nobody for another
    "study.confirm": frozenset({Role.LEADER}),
    "talent.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "talent.propose": PERSONNEL | {Role.LEADER},
    "talent.recognise": frozenset({Role.LEADER}),
    "promise.give": PERSONNEL | {Role.LEADER},
    "entitlements.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR},
    "scenario.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR, Role.REGISTRAR},
    "scenario.draft": PERSONNEL | {Role.REGISTRAR},
    "scenario.approve": frozenset({Role.LEADER, Role.REGISTRAR}),
    "holding.read": PERSONNEL | {Role.LEADER, Role.INSPECTOR, Role.REGISTRAR},
    "holding.enter": PERSONNEL | {Role.REGISTRAR},
    "handover.confirm": PERSONNEL | {Role.LEADER},
    "organization.change": frozenset({Role.REGISTRAR}),
    "register.intake": frozenset({Role.REGISTRAR}),
    "account.manage": frozenset({Role.REGISTRAR}),
    "delegation.give": EVERY_ROLE,
    "delegation.accept": None,
    "delegation.revoke": None,
    "delegation.read": frozenset({Role.CENTRAL_OFFICER, Role.INSPECTOR, Role.REGISTRAR}),
    "disclosure.make": frozenset(),  # no role opens it: each declares in the own file, and nobody for another
}
# What everyone may do with the file that is their own, and what nobody may, whatever was granted.
OWN_FILE = frozenset(
    {
        "person.read",
        "person.read_family",
        "entitlements.read",
        "case.read",
        "disclosure.make",
        "work.read",
        "work.log",
        "competency.read",
        "competency.claim",
        "sides.answer",
        "study.log",
    }  # fmt: skip
)
NEVER_OWN_FILE = frozenset(
    {
        "person.enter",
        "person.change",
        "person.correct",
        "appointment.nominate",
        "document.issue",
        "dossier.add",
        "work.assign",
        "work.confirm",
        "evaluation.decide",
        "evaluation.publish",
        "petition.answer",
        "competency.assess",
        "competency.confirm",
        "competency.answer",
        "training.enrol",
        "training.result",
        "study.confirm",
        "talent.propose",
        "talent.recognise",
    }  # fmt: skip
)
# Roles to which the second wall shows people, row by row. Others see none; a statistician's rows are opened for
# the act of counting alone, from which only counts come out.
SEE_PEOPLE = PERSONNEL | {Role.LEADER, Role.INSPECTOR}
COUNTING = "count.read"
# The act whose delegation shows people, row by row, to whoever received it.
SEEING = "person.read"
# What is never lent: who lets people in, who decides on law, and lending itself.
NEVER_LENT = frozenset({"account.manage", "rules.approve", "delegation.give", "delegation.accept", "delegation.revoke"})
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
class Power:
    """A role over an organization and all beneath it (None: the whole register): granted, or lent by who was granted it.

    `acts`: what alone was lent; None: a grant of one's own, which is good for all that its role may do.
    `within`: the organization for which it was lent (None: all that the giver reaches). `lender`: whose person lent it.
    """

    role: str
    root: int | None
    acts: frozenset[str] | None = None
    within: int | None = None
    lender: int | None = None

    def serves(self, act: str, roles: frozenset[Role]) -> bool:
        """Whether it lets the act be done somewhere."""
        return self.role in roles and (self.acts is None or (act in self.acts and act not in NEVER_LENT))


@dataclass(frozen=True)
class Reach:
    """How far an account's grants reach: the whole register, or these organizations, and its own file.

    `sees_everything` and `sees` say the same of the people there whom it may see: an auditor reaches far and sees none.
    """

    everything: bool
    organizations: frozenset[int]
    own_person: int | None
    sees_everything: bool
    sees: frozenset[int]

    def covers(self, organization: int | None) -> bool:
        return self.everything or (organization is not None and organization in self.organizations)


def require(by: Account, act: str, *, over: About = None, on: date | None = None) -> None:
    """Raise NotAllowed unless `by` may do `act` over `over` today.

    `over`: an organization (or its id), a post (its organization counts), a person (where the person serves
    today, or served last), or None for the register as a whole. `on` is the day whose grants count: today.
    """
    if isinstance(over, Person):
        refuse_own_file(by, act, over)
    if not allows(by, act, over=over, on=on):
        raise NotAllowed(
            act,
            _("%(who)s may not do this here. Ask the office that manages this body for a grant.")
            % {"who": _(by.label) if by.is_authenticated else _("A visitor who has not signed in")},
        )


def refuse_own_file(by: Account, act: str, person: Person) -> None:
    """Raise NotAllowed where `by` would act upon the file that is his or her own, whatever was granted; or upon the
    own file of whoever lent the act, who may not do it either."""
    if act not in NEVER_OWN_FILE or person.pk is None:
        return
    if by.person_id == person.pk:
        raise NotAllowed(act, _("Nobody does this in a matter that is his or her own. Ask another officer."))
    fitting = powers_for(by, act)
    if fitting and all(power.lender == person.pk for power in fitting):
        raise NotAllowed(act, _("Nobody lends a power for a matter that is his or her own. Ask another officer."))


def require_each(by: Account, act: str, *, over: Iterable[int | None]) -> None:
    """Raise NotAllowed unless `by` may do `act` over every one of these organizations (None: the whole register)."""
    reach = reach_of(by, act=act)
    for organization in sorted(over, key=lambda each: each or 0):
        if not reach.covers(organization):
            require(by, act, over=organization)


def allows(by: Account, act: str, *, over: About = None, on: date | None = None) -> bool:
    """Whether `require` would let `by` pass. Raises KeyError for an act that is not listed."""
    roles = ACTS[act]
    if not by.is_authenticated or not by.is_active:
        return False
    if roles is None:
        return True
    if isinstance(over, Person) and over.pk is not None and by.person_id == over.pk:
        if act in OWN_FILE:
            return True
        if act in NEVER_OWN_FILE:
            return False
    powers = powers_for(by, act, on=on)
    if isinstance(over, Person) and act in NEVER_OWN_FILE:
        powers = [power for power in powers if power.lender is None or power.lender != over.pk]
    if not powers:
        return False
    if any(power.root is None and power.within is None for power in powers):
        return True
    if over is None:
        return act in CUT_TO_REACH
    _everything, reached = _extent(by, powers)
    places = _kept(by, ("places", over.pk), lambda: places_of(over)) if isinstance(over, Person) else places_of(over)
    return bool(reached & places)


def holds(by: Account, act: str, *, over: Organization | None) -> bool:
    """Whether `by` may do `act` over an organization (None: the whole register) by what was granted, not lent, to it."""
    own = [power for power in powers_for(by, act) if power.acts is None] if _may_act(by) else []
    everything, reached = _extent(by, own)
    return everything or (over is not None and over.pk in reached)


def powers_for(account: Account, act: str, *, on: date | None = None) -> list[Power]:
    """The powers, own and lent, by which an account may do an act somewhere."""
    roles = EVERY_ROLE if ACTS[act] is None else ACTS[act]
    return [power for power in powers_of(account, on=on) if power.serves(act, roles or frozenset())]


def powers_of(account: Account, *, on: date | None = None) -> list[Power]:
    """All that an account was granted, and all that was lent to it and accepted, in force on a day (today)."""
    own = [Power(grant.role, grant.organization_id) for grant in grants_of(account, on=on)]
    return own + _lent(account, on=on)


def _delegations(receiver: int, day: date) -> QuerySet[Delegation]:
    return Delegation.objects.filter(
        Q(revoked_at__isnull=True) | Q(revoked_at__date__gt=day),
        receiver_id=receiver, giver__is_active=True, valid__contains=day, accepted_at__date__lte=day,
    ).select_related("giver")  # fmt: skip


#: What every page asks of its reader.
_granted = Compiled(lambda account, day: Grant.objects.filter(account_id=account, valid__contains=day))
_running = Compiled(_delegations)


def _lent(account: Account, *, on: date | None) -> list[Power]:
    """What was lent to an account and accepted, as far as the giver is granted it on the day; read once per account object."""
    if on is None and hasattr(account, "_lent_today"):
        return account._lent_today  # type: ignore[no-any-return]
    day = on or date.today()
    powers = [
        Power(grant.role, grant.organization_id, frozenset(lent.acts), lent.organization_id, lent.giver.person_id)
        for lent in _running(receiver=account.pk, day=day)
        for grant in _granted(account=lent.giver_id, day=day)
    ]
    if on is None:
        account._lent_today = powers  # type: ignore[attr-defined]
    return powers


def grants_of(account: Account, *, on: date | None = None) -> list[Grant]:
    """The grants of an account in force on a day (today when not said), read once per account object."""
    if on is None and hasattr(account, "_grants_today"):
        return account._grants_today  # type: ignore[no-any-return]
    grants = _granted(account=account.pk, day=on or date.today()) if account.pk is not None else []
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
    return frozenset(row[0] for row in ask(_SERVED, {"person": over.pk, "today": date.today()}).rows)


#: Where somebody serves today or will; of somebody who serves nowhere any more, where the person served.
_SERVED = """
SELECT organization_id FROM registry_membership WHERE person_id = %(person)s
AND (upper_inf(valid) OR upper(valid) > %(today)s::date OR NOT canbo_in_service(%(person)s))
"""


def organizations_beneath(roots: list[int]) -> frozenset[int]:
    """Ids of all that stands beneath `roots` or ended there, and beneath what went whole into them; the roots too."""
    return frozenset(row[0] for row in ask(_BENEATH, {"roots": roots, "today": date.today()}).rows)


_BENEATH = """
WITH RECURSIVE beneath (id) AS (
    SELECT unnest(%(roots)s::bigint[])
    UNION
    SELECT found.id FROM beneath b CROSS JOIN LATERAL (
        SELECT p.organization_id AS id FROM registry_organizationparent p
        JOIN registry_organization child ON child.id = p.organization_id
        WHERE p.parent_id = b.id AND (
            (child.life @> %(today)s::date AND p.valid @> %(today)s::date)
            OR (upper(child.life) <= %(today)s AND upper(p.valid) = upper(child.life))  -- ended there
            OR (lower(child.life) > %(today)s AND lower(p.valid) = lower(child.life)))  -- will begin there
        UNION ALL
        SELECT o.organization_id FROM registry_resulting r JOIN registry_original o ON o.event_id = r.event_id
        JOIN registry_changeevent e ON e.id = r.event_id
        WHERE r.organization_id = b.id AND r.forms AND o.whole AND e.on <= %(today)s
    ) AS found
) SELECT id FROM beneath
"""


def reach_of(account: Account, *, act: str | None = None) -> Reach:
    """How far the powers of an account reach today; with `act`, only those that allow it."""
    if not _may_act(account):
        return Reach(False, frozenset(), None, False, frozenset())
    powers = powers_of(account) if act is None else powers_for(account, act)
    seeing = [power for power in powers if act == COUNTING or (power.role in SEE_PEOPLE and power.serves(SEEING, SEE_PEOPLE))]
    everything, organizations = _extent(account, powers)
    sees_everything, sees = (everything, organizations) if len(seeing) == len(powers) else _extent(account, seeing)
    return Reach(everything, organizations, account.person_id, sees_everything, sees)


def _may_act(account: Account) -> bool:
    return bool(account.is_authenticated and account.is_active)


def _extent(account: Account, powers: list[Power]) -> tuple[bool, frozenset[int]]:
    """Whether these powers reach the whole register, else the organizations that they reach."""
    if any(power.root is None and power.within is None for power in powers):
        return True, frozenset()
    reached: set[int] = set()
    for within in {power.within for power in powers}:
        roots = [power.root for power in powers if power.within == within]
        granted = [] if None in roots else [_beneath(account, [root for root in roots if root is not None])]
        named = [] if within is None else [_beneath(account, [within])]
        reached |= frozenset.intersection(*granted, *named)
    return False, frozenset(reached)


def _beneath(account: Account, roots: list[int]) -> frozenset[int]:
    """What stands beneath these organizations; see `organizations_beneath`."""
    roots = sorted(set(roots))
    return _kept(account, ("beneath", *roots), lambda: organizations_beneath(roots)) if roots else frozenset()


def remember(account: Account) -> None:
    """From here on, answer for this account object from memory: for a page that only reads, and asks several times."""
    account._remembered = {}  # type: ignore[attr-defined]


def _kept(account: Account, key: tuple[Any, ...], read: Callable[[], frozenset[int]]) -> frozenset[int]:
    """What `read` says; read once where `remember` was asked for, anew each time elsewhere."""
    remembered: dict[tuple[Any, ...], frozenset[int]] | None = getattr(account, "_remembered", None)
    if remembered is None:
        return read()
    if key not in remembered:
        remembered[key] = read()
    return remembered[key]


_everything: ContextVar[bool] = ContextVar("everything_in_sight", default=False)


def open_sight(reach: Reach, *, one_plan: bool = False) -> None:
    """Open the second wall for the transaction that is running, as far as `reach` sees people, and no further.

    `one_plan`: for a page that reads: what the database planned before (registry/planned.py) is good for any values. Not for
    acts that move much: they may be worth a plan of their own.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("open_sight() needs a transaction: what it opens closes with the transaction.")
    _everything.set(False)  # whoever wants everything after this opens it again
    ask(
        "SELECT set_config('canbo.sees_all', %s, true), set_config('canbo.scope', %s, true),"
        " set_config('canbo.self', %s, true), set_config('plan_cache_mode', %s, true)",
        [
            "on" if reach.sees_everything else "off",
            ",".join(map(str, sorted(reach.sees))),
            "" if reach.own_person is None else str(reach.own_person),
            "force_generic_plan" if one_plan else "auto",
        ],
    )


@contextmanager
def everything_in_sight() -> Iterator[None]:
    """For a step of an act that was allowed, and that must reach rows which its actor may not look at.

    Whoever dissolves a body may see none of its people, yet all of them must go over to the heir. After a failure
    nothing is put back: the rollback that follows does it.
    """
    if _everything.get():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT before, set_config('canbo.sees_all', 'on', true) FROM (SELECT canbo_sees_all() AS before OFFSET 0) AS was"
        )
        before = cursor.fetchone()[0]
        within = _everything.set(True)
        try:
            yield
        finally:
            _everything.reset(within)
        if not before:
            cursor.execute("SELECT set_config('canbo.sees_all', 'off', true)")


@contextmanager
def whole_sight(back: Reach) -> Iterator[None]:
    """Everything in sight, and afterwards, also after a failure, what `back` sees: for a page, which goes on to tell of it.

    Within another such stretch nothing is opened or closed: a page that asks of fifty steps whether they may be taken does
    it in one sight.
    """
    if _everything.get():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('canbo.sees_all', 'on', true)")
    within = _everything.set(True)
    try:
        yield
    finally:
        _everything.reset(within)
        if not connection.needs_rollback:
            open_sight(back)


@contextmanager
def sight(account: Account) -> Iterator[Reach]:
    """A transaction that sees as many people as the account may: for commands and programs."""
    within = _everything.set(False)
    try:
        with transaction.atomic():
            reach = reach_of(account)
            open_sight(reach)
            yield reach
    finally:
        _everything.reset(within)

"""Who may do what over whom, described by hand in plain sets, and the same province in the register.

The description is written from the words of docs/decisions/0001 and registry/authority.py and shares no code with
either: which role does what, what each grant reaches in this province, who serves where. Tests hold the code, the
database and the pages against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbo.procedures import appointment
from canbo.procedures.models import Case
from canbo.registry.changes import Change, EventKind, take_in
from canbo.registry.days import since
from canbo.registry.models import (
    Account,
    Credential,
    Declaration,
    Disclosure,
    Grant,
    Interest,
    Kinship,
    LanguageSkill,
    Membership,
    NoneDeclared,
    Organization,
    Person,
    PersonName,
    PoliticalTheory,
    Post,
    Rating,
    Reward,
    SalaryStep,
    Sanction,
    Training,
)
from tests.registry.acts import carry_out, outcome, part, parts
from tests.world import FOUNDED, World

# --- the description ----------------------------------------------------------------------------------------------

ROLES = ["central_officer", "officer", "leader", "inspector", "statistician", "registrar", "auditor"]
# Act, then one mark for each role in that order. "*": every account that is signed in, granted or not.
TABLE: dict[str, str] = dict(
    line.split()  # type: ignore[misc]
    for line in """
    organization.read     *
    claims.check          *
    rules.read            *
    rules.draft           +--+---
    rules.approve         +--+---
    staff.read            ++++---
    person.read           ++++---
    person.read_family    ++-+---
    person.enter          ++-----
    person.change         ++-----
    person.correct        ++-----
    count.read            +++++--
    journal.read          +--+--+
    appointment.nominate  +++----
    candidates.find       +++----
    succession.read       ++++---
    rotation.read         ++++---
    vacancy.read          ++++---
    headcount.read        ++++---
    quota.allot           ++-----
    case.read             ++++---
    case.open             +++----
    case.draft            +++----
    case.verify           ++-+---
    case.opine            ++++---
    case.chair            +++----
    case.approve          --+----
    case.publish          ++-----
    appeal.answer         --++---
    document.issue        ++++---
    dossier.add           ++-----
    scheme.set            +++----
    catalogue.draft       +++----
    catalogue.approve     --+----
    regulation.draft      +++----
    regulation.approve    --+----
    work.read             ++++---
    work.log              -------
    work.assign           --+----
    work.confirm          --++---
    evaluation.meet       +++----
    evaluation.decide     --+----
    evaluation.publish    ++-----
    petition.answer       --++---
    competency.read       ++++---
    competency.claim      -------
    competency.assess     --+----
    competency.confirm    +++----
    competency.answer     --++---
    sides.open            ++-----
    sides.answer          -------
    sides.settle          --++---
    course.propose        +++----
    course.approve        --+----
    training.read         ++++---
    training.plan         ++-----
    training.approve      --+----
    training.enrol        +++----
    training.result       ++-----
    study.log             -------
    study.confirm         --+----
    talent.read           ++++---
    talent.propose        +++----
    talent.recognise      --+----
    promise.give          +++----
    entitlements.read     ++++---
    scenario.read         ++++-+-
    scenario.draft        ++---+-
    scenario.approve      --+--+-
    holding.read          ++++-+-
    holding.enter         ++---+-
    handover.confirm      +++----
    organization.change   -----+-
    register.intake       -----+-
    account.manage        -----+-
    delegation.give       +++++++
    delegation.accept     *
    delegation.revoke     *
    delegation.read       +--+-+-
    disclosure.make       -------
    """.strip().splitlines()
)
SEE_PEOPLE = set(ROLES[:4])
WITHOUT_A_PLACE = {"journal.read", "count.read"}  # opened by a grant of any extent, shown as far as it reaches
ON_ONES_OWN_FILE = {
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
}
NEVER_ON_ONES_OWN = {
    "person.enter", "person.change", "person.correct", "appointment.nominate", "document.issue", "dossier.add",
    "work.assign", "work.confirm", "evaluation.decide", "evaluation.publish", "petition.answer",
    "competency.assess", "competency.confirm", "competency.answer", "training.enrol",
    "training.result", "study.confirm", "talent.propose", "talent.recognise",
}  # fmt: skip

# What happened: P/7, P/8 and a part of P/6 became P/9; the rest of P/6 became P/10. The executive of P/7 went over to
# P/9, that of P/8 was dissolved. P/4 was dissolved and P/9 is its heir. P/5 moved to the other province.
REACH = {
    "P/9": {"P/9", "P/7", "P/8", "P/7.executive", "P/8.executive"},
    "P": {"P", "P.party", "P.executive", "P/1", "P/1.party", "P/1.executive", "P/1.executive.office", "P/2", "P/2.executive",
          "P/4", "P/6", "P/7", "P/8", "P/9", "P/10", "P/7.executive", "P/8.executive"},
    "Q": {"Q", "Q/1", "Q/1.executive", "Q/5"},
    "P/7": {"P/7"},  # what was granted over a unit that ended does not go over to what it became
}  # fmt: skip
SERVES = {
    "in the unit": {"P/9"},
    "beneath the unit": {"P/7.executive"},
    "in a sibling": {"P/2"},
    "above the unit": {"P"},
    "in another province": {"Q/1"},
    "in the body that moved": {"Q/5"},
    "went to another province": {"Q/1"},
    "in two provinces": {"P/9", "Q/1"},
    "is to come": {"P/2"},
    "retired from an origin": set(),
    "retired beneath an origin": set(),
    "retired from a divided unit": set(),
    "retired from a dissolved unit": set(),
    "retired from two provinces": set(),
    "never served": set(),
}
SERVED = {
    "in the unit": {"P/7", "P/9"},
    "went to another province": {"P/7", "Q/1"},
    "in two provinces": {"P/7", "P/9", "Q/1"},
    "retired from an origin": {"P/7"},
    "retired beneath an origin": {"P/8.executive"},
    "retired from a divided unit": {"P/6"},
    "retired from a dissolved unit": {"P/4"},
    "retired from two provinces": {"P/7", "Q/1"},
}


def ever(who: str) -> set[str]:
    return SERVED.get(who, SERVES[who])


def file_lies_with(who: str) -> set[str]:
    """The bodies that have the file: where the person serves, or served who serves nowhere."""
    return SERVES[who] or ever(who)


@dataclass(frozen=True)
class Actor:
    """An account as the description knows it: roles with what they are over (None: everything), and whose it is."""

    grants: tuple[tuple[str, str | None], ...] = ()
    own: str | None = None
    active: bool = True

    def reaches(self, roles: set[str]) -> set[str] | None:
        """Codes reached by grants of these roles; None: everything."""
        fitting = [over for role, over in self.grants if role in roles]
        return None if None in fitting else set().union(*(REACH[str(over)] for over in fitting))


def roles_for(act: str) -> set[str]:
    return {role for role, mark in zip(ROLES, TABLE[act], strict=True) if mark == "+"}


def expected(actor: Actor, act: str, *, codes: set[str] | None = None, who: str | None = None) -> bool:
    """Whether the actor may, by the description. `codes` None: asked of the register as a whole."""
    if not actor.active:
        return False
    if TABLE[act] == "*":
        return True
    if who is not None and who == actor.own and act in ON_ONES_OWN_FILE | NEVER_ON_ONES_OWN:
        return act in ON_ONES_OWN_FILE
    if not any(role in roles_for(act) for role, _over in actor.grants):
        return False
    reached = actor.reaches(roles_for(act))
    if reached is None:
        return True
    return act in WITHOUT_A_PLACE if codes is None else bool(reached & codes)


# --- the same province in the register ----------------------------------------------------------------------------

RECORDS = (
    (Credential, {"level": 5}, "institution"), (PoliticalTheory, {"level": 3}, None), (LanguageSkill, {"language": "en", "level": "B1"}, None),
    (Training, {"hours": 8, "stream": "law"}, "title"), (Rating, {"grade": 3, "regime": "r"}, None), (Reward, {}, "title"),
    (Sanction, {"measure": 2}, None), (Declaration, {"year": 2024}, None), (SalaryStep, {"step": 3, "coefficient": 3}, "scale"),
    (NoneDeclared, {"topic": "reward"}, None), (Interest, {"role": "owner"}, "enterprise"), (Disclosure, {"topic": "kinship"}, None),
)  # fmt: skip
SEEN_WHERE_EVER_SERVED = (Person, PersonName, Credential, PoliticalTheory)
SEEN_WITH_THE_FILE = (
    LanguageSkill,
    Training,
    Rating,
    Reward,
    Sanction,
    Declaration,
    SalaryStep,
    NoneDeclared,
    Kinship,
    Interest,
    Disclosure,
)


@dataclass
class Province:
    world: World
    codes: dict[int, str]
    persons: dict[str, Person]
    posts: dict[str, Post]
    lines: list[tuple[int, int]]  # person and organization of every membership there is

    @property
    def who(self) -> dict[int, str]:
        return {person.pk: who for who, person in self.persons.items()}

    def account(self, actor: Actor, **fields: Any) -> Account:
        own = self.persons[actor.own] if actor.own else None
        account = Account.objects.create(
            username=f"account {Account.objects.count()}", label="Somebody", person=own, is_active=actor.active
        )
        for role, over in actor.grants:
            organization = self.world.organizations[over] if over else None
            Grant.objects.create(
                account=account, role=role, organization=organization, **{"valid": since(None), **self.world.mark, **fields}
            )
        return account


def build(world: World) -> Province:
    """The province of the description; needs everything in sight."""
    new = [outcome(f"P/{number}") for number in (4, 5, 6, 7, 8)]
    new += [outcome(f"P/{number}.executive", kind="commune-executive", parent=f"P/{number}") for number in (7, 8)]
    take_in(new, decision=world.decision, source=world.source, by=world.console, key="more", valid_from=FOUNDED)
    by_code(world)
    persons = {who: world.person(f"Thị {number}") for number, who in enumerate(SERVES)}
    serve_before(world, persons)
    reorganise(world)
    posts = {
        code: world.post(code, "support", seats=3, valid=since(date(2025, 7, 1))) for code in ("P/9", "P/2", "Q/1", "Q/5", "P")
    }
    world.serve(persons["above the unit"], posts["P"], valid=since(date(2025, 8, 1)))
    for person in persons.values():
        for model, fields, canary in RECORDS:
            told = (
                {
                    canary: f"canary-{person.pk}-{model.__name__}"[:12]
                    if canary in {"scale", "enterprise"}
                    else f"canary-{person.pk}-{model.__name__}"
                }
                if canary
                else {}
            )
            model.objects.create(person=person, valid=since(date(2020, 1, 1)), **fields, **told, **world.mark)
        Kinship.objects.create(
            person=person, relative=persons["never served"] if person != persons["never served"] else persons["in a sibling"],
            relation="sibling", valid=since(None), **world.mark,
        )  # fmt: skip
    asked = {"post": posts["P/9"], "on": date(2026, 1, 1), "by": world.console}
    verdict = appointment.may(person=persons["in the unit"], **asked).to_dict()
    for post in posts.values():
        for person in persons.values():
            told = [{**article, "reason": {"en": f"canary-{person.pk}-Case"}} for article in verdict["articles"]]
            Case.objects.create(
                procedure="appointment", state="open", person=person, post=post, on=date(2026, 1, 1), rulebook="0" * 64,
                verdict={**verdict, "articles": told}, opened_by=world.console,
            )  # fmt: skip
    codes = {pk: code for code, pk in ids(world).items()}
    return Province(world, codes, persons, posts, list(Membership.objects.values_list("person_id", "organization_id")))


def ids(world: World) -> dict[str, int]:
    return {code: organization.pk for code, organization in world.organizations.items()}


def by_code(world: World) -> None:
    """Every organization under the last code it bore."""
    for organization in Organization.objects.all():
        world.organizations[organization.codes.order_by("valid").last().code] = organization


def serve_before(world: World, persons: dict[str, Person]) -> None:
    """Who serves, and who served, before anything is reorganised."""
    long_ago, left = date(2016, 1, 1), date(2022, 1, 1)
    now_in = {"in the unit": "P/7", "beneath the unit": "P/7.executive", "in a sibling": "P/2", "in another province": "Q/1",
              "in the body that moved": "P/5", "went to another province": "Q/1"}  # fmt: skip
    for who, code in now_in.items():
        world.serve(persons[who], world.post(code, "specialist"), valid=since(left))
    world.serve(persons["went to another province"], world.post("P/7", "officer"), valid=since(long_ago, left))
    for code in ("P/7", "Q/1"):
        world.serve(persons["in two provinces"], world.post(code, "teacher"))
        world.serve(persons["retired from two provinces"], world.post(code, "nurse"), valid=since(long_ago, left))
    retired = {"retired from an origin": "P/7", "retired beneath an origin": "P/8.executive", "retired from a divided unit": "P/6",
               "retired from a dissolved unit": "P/4"}  # fmt: skip
    for who, code in retired.items():
        world.serve(persons[who], world.post(code, "doctor"), valid=since(long_ago, left))
    world.serve(persons["is to come"], world.post("P/2", "officer"), valid=since(date(2090, 1, 1)))


def reorganise(world: World) -> None:
    moved = world.organizations["P/5"].pk
    carry_out(world, Change(EventKind.MOVE, parts(world, "P/5"), (outcome("Q/5", parent="Q", continues=moved),)),
              on=date(2024, 1, 1), key="move")  # fmt: skip
    carry_out(
        world,
        Change(EventKind.MERGE, (*parts(world, "P/7", "P/8"), part(world, "P/6", whole=False)), (outcome("P/9"),)),
        Change(EventKind.SPLIT, (part(world, "P/6", whole=False),), (outcome("P/10"),)),
        Change(EventKind.DISSOLVE, parts(world, "P/8.executive"), heirs=("P/9",)),
        Change(EventKind.DISSOLVE, parts(world, "P/4"), heirs=("P/9",)),
        on=date(2025, 1, 1), key="merge",
    )  # fmt: skip
    by_code(world)
    for code in ("P/5",):
        world.organizations.pop(code)


def actors() -> Iterator[Actor]:
    for role in ROLES:
        for over in (None, "P", "P/9"):
            yield Actor(((role, over),))
    yield Actor((("officer", "Q"),))
    yield Actor((("officer", "P/7"),))
    yield Actor()
    yield Actor(own="retired from a dissolved unit")
    yield Actor((("officer", "P"),), own="in a sibling")
    yield Actor((("leader", "P/9"), ("auditor", None)), own="went to another province")
    yield Actor((("officer", "P/9"), ("inspector", "Q")))
    yield Actor((("statistician", "P"), ("leader", "Q")))
    yield Actor((("officer", None),), active=False)
    yield Actor((("officer", "P"),), own="in the unit", active=False)


def may_see(actor: Actor, *, act: str | None = None) -> set[str] | None:
    """The codes whose people the database should show; None: all. Counting opens what counters reach."""
    if not actor.active:
        return set()
    return actor.reaches((SEE_PEOPLE & roles_for(act)) | roles_for(act) if act == "count.read" else SEE_PEOPLE)


def visible(actor: Actor, codes: set[str] | None, where: Any, province: Province) -> set[int]:
    """Ids of the persons of whom a body among `codes` may see this kind of row, and the actor's own."""
    own = actor.own if actor.active else None
    return {person.pk for who, person in province.persons.items() if codes is None or codes & where(who) or who == own}

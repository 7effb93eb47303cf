"""Who may do what over whom: the code, a description in plain sets, and the database are three opinions that agree.

The description below is written by hand from the words of docs/decisions/0001 and registry/authority.py, and shares
no code with either: which role does what, what each grant reaches in the province of these tests, who serves where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from canbo.procedures.models import Case
from canbo.registry import authority, people, queries
from canbo.registry.changes import Change, EventKind, take_in
from canbo.registry.days import since
from canbo.registry.models import (
    Account,
    Credential,
    Declaration,
    Grant,
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
from canbo.registry.queries import NotInRegister
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
    staff.read            ++++---
    person.read           ++++---
    person.read_family    ++-+---
    person.enter          ++-----
    person.change         ++-----
    person.correct        ++-----
    count.read            +++++--
    journal.read          +--+--+
    appointment.nominate  +++----
    case.read             ++++---
    organization.change   -----+-
    register.intake       -----+-
    account.manage        -----+-
    """.strip().splitlines()
)
SEE_PEOPLE = set(ROLES[:4])
WITHOUT_A_PLACE = {"journal.read", "count.read"}  # opened by a grant of any extent, shown as far as it reaches
ON_ONES_OWN_FILE = {"person.read", "person.read_family", "case.read"}
NEVER_ON_ONES_OWN = {"person.enter", "person.change", "person.correct", "appointment.nominate"}

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
    (NoneDeclared, {"topic": "reward"}, None),
)  # fmt: skip
SEEN_WHERE_EVER_SERVED = (Person, PersonName, Credential, PoliticalTheory)
SEEN_WITH_THE_FILE = (LanguageSkill, Training, Rating, Reward, Sanction, Declaration, SalaryStep, NoneDeclared, Kinship)


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


@pytest.fixture
def province(world: World) -> Province:
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
                    if canary == "scale"
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
    for code, post in posts.items():
        for person in persons.values():
            Case.objects.create(
                procedure="appointment", state="open", person=person, post=post, on=date(2026, 1, 1), rulebook="0" * 64,
                verdict={"canary": f"canary-{person.pk}-Case-{code}"}, opened_by=world.console,
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


# --- first and second opinion: the code and the description ----------------------------------------------------------


def test_the_description_knows_every_act_and_role() -> None:
    assert set(TABLE) == set(authority.ACTS)
    assert set(ROLES) == {str(role) for role in Grant.Role}


def test_code_and_description_agree_on_every_actor_act_and_thing(province: Province) -> None:
    asked, disagreements = 0, []
    for actor in actors():
        account = province.account(actor)
        things: list[tuple[str, Any, dict[str, Any]]] = [("the register", None, {})]
        things += [(code, pk, {"codes": {code}}) for pk, code in province.codes.items()]
        things += [(f"post in {code}", post, {"codes": {code}}) for code, post in province.posts.items()]
        things += [(who, person, {"codes": file_lies_with(who), "who": who}) for who, person in province.persons.items()]
        for name, thing, told in things:
            for act in TABLE:
                asked += 1
                if authority.allows(account, act, over=thing) != expected(actor, act, **told):
                    disagreements.append((actor, act, name))
    assert disagreements == []
    assert asked > 20_000


def test_what_is_refused_is_refused_aloud(province: Province) -> None:
    account = province.account(Actor((("leader", "P/9"),)))
    authority.require(account, "person.read", over=province.persons["in the unit"])
    with pytest.raises(authority.NotAllowed) as caught:
        authority.require(account, "person.read", over=province.persons["in a sibling"])
    assert caught.value.act == "person.read"
    assert "Somebody may not do this here" in str(caught.value)
    with pytest.raises(KeyError):
        authority.allows(account, "person.burn", over=None)


def test_visitors_and_grants_out_of_their_time_open_nothing(province: Province) -> None:
    today = date.today()
    expired = province.account(Actor((("officer", None),)), valid=since(None, today))
    coming = province.account(Actor((("officer", None),)), valid=since(today + timedelta(days=1)))
    for account in (AnonymousUser(), expired, coming):
        signed_in = account.is_authenticated
        for act in TABLE:
            for over in (None, province.persons["in the unit"], province.world.organizations["P/9"]):
                assert authority.allows(account, act, over=over) == (signed_in and TABLE[act] == "*")  # type: ignore[arg-type]
    assert not authority.reach_of(expired).everything
    last_day = province.account(Actor((("officer", None),)), valid=since(today, today + timedelta(days=1)))
    assert authority.allows(last_day, "person.read", over=province.persons["in the unit"])


def test_reaching_each_of_many_is_what_reaching_one_by_one_is(province: Province) -> None:
    for actor in (Actor((("registrar", "P"),)), Actor((("registrar", None),)), Actor((("officer", "P"),))):
        account = province.account(actor)
        for pk in [*province.codes, None]:
            alone = authority.allows(account, "organization.change", over=pk)
            try:
                authority.require_each(account, "organization.change", over=[pk])
                assert alone
            except authority.NotAllowed:
                assert not alone


# --- third opinion: row-level security, asked as the role the programs have --------------------------------------------


def seen_rows(table: str, column: str = "person_id") -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {column} FROM {table}")
        return {row[0] for row in cursor.fetchall()}


def may_see(actor: Actor, *, act: str | None = None) -> set[str] | None:
    """The codes whose people the database should show; None: all. Counting opens what counters reach."""
    if not actor.active:
        return set()
    return actor.reaches((SEE_PEOPLE & roles_for(act)) | roles_for(act) if act == "count.read" else SEE_PEOPLE)


def visible(actor: Actor, codes: set[str] | None, where: Any, province: Province) -> set[int]:
    """Ids of the persons of whom a body among `codes` may see this kind of row, and the actor's own."""
    own = actor.own if actor.active else None
    return {person.pk for who, person in province.persons.items() if codes is None or codes & where(who) or who == own}


def test_the_database_runs_these_tests_as_the_role_of_the_programs(province: Province) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("canbo_app", False, False)
        cursor.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'person_id'
               WHERE c.relkind = 'r' AND NOT c.relrowsecurity AND c.relnamespace = 'public'::regnamespace"""
        )
        # Whose account is whose, and which numbers to count again, is no fact of a file.
        assert {row[0] for row in cursor.fetchall()} == {"registry_account", "registry_personfeed"}


def test_the_database_shows_exactly_the_rows_that_the_description_allows(province: Province) -> None:
    for actor in actors():
        account = province.account(actor)
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            codes = may_see(actor)
            for model in SEEN_WHERE_EVER_SERVED:
                column = "id" if model is Person else "person_id"
                assert seen_rows(model._meta.db_table, column) == visible(actor, codes, ever, province), (actor, model)
            for model in SEEN_WITH_THE_FILE:
                assert seen_rows(model._meta.db_table) == visible(actor, codes, file_lies_with, province), (actor, model)
            memberships = {(row.person_id, row.organization_id) for row in Membership.objects.all()}
            assert memberships == expected_memberships(actor, codes, province), actor
            cases = {(case.person_id, case.post_id) for case in Case.objects.all()}
            assert cases == {
                (person.pk, post.pk) for who, person in province.persons.items() for code, post in province.posts.items()
                if codes is None or code in codes or (who == actor.own and actor.active)
            }  # fmt: skip
        authority.open_sight(authority.reach_of(province.world.console))


def expected_memberships(actor: Actor, codes: set[str] | None, province: Province) -> set[tuple[int, int]]:
    """A body sees its own lines; who has the file sees the whole career; everybody sees his own."""
    files = visible(actor, codes, file_lies_with, province)
    return {
        (person, body) for person, body in province.lines if codes is None or person in files or province.codes[body] in codes
    }


def test_code_and_database_agree_on_every_file(province: Province) -> None:
    for actor in actors():
        account = province.account(actor)
        allowed = {person.pk for person in province.persons.values() if authority.allows(account, "person.read", over=person)}
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            assert seen_rows("registry_sanction") == allowed, actor
            assert {pk for pk in province.who if _opens(pk)} >= allowed
        authority.open_sight(authority.reach_of(province.world.console))


def _opens(person: int) -> bool:
    try:
        people.file(person, on=date.today())
    except NotInRegister:
        return False
    return True


def test_lists_and_search_show_exactly_whom_the_description_allows(province: Province) -> None:
    everywhere = list(province.codes)
    for actor in actors():
        account = province.account(actor)
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            codes = may_see(actor)
            found = {row["person_id"] for row in people.search("nguyen thi", on=date.today(), limit=100)}
            assert found == visible(actor, codes, ever, province), actor
            by_number = {row["person_id"] for row in people.search("000000000", on=date.today(), limit=100)}
            assert by_number == found
            for day in (date(2021, 1, 1), date.today()):
                for row in people.staff(everywhere, on=day, limit=1000):
                    who = province.who[row["person_id"]]
                    assert codes is None or row["organization"] in codes or codes & file_lies_with(who) or who == actor.own
        authority.open_sight(authority.reach_of(province.world.console))


def test_counting_opens_rows_only_to_those_who_count(province: Province) -> None:
    for over, reached in (("P", REACH["P"]), (None, None)):
        counter = province.account(Actor((("statistician", over),)))
        with transaction.atomic():
            authority.open_sight(authority.reach_of(counter))
            assert Membership.objects.count() == 0
            authority.open_sight(authority.reach_of(counter, act="count.read"))
            seen = {province.codes[row.organization_id] for row in Membership.objects.all()}
            assert seen and (reached is None or seen & reached)
            authority.open_sight(authority.reach_of(counter, act="person.read"))
            assert Membership.objects.count() == 0
        authority.open_sight(authority.reach_of(province.world.console))


def test_no_canary_of_a_file_is_anywhere_where_it_may_not_be(province: Province) -> None:
    """The whole of every table, twins too, as text: nothing of a file that the actor may not open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'm') AND relnamespace = 'public'::regnamespace"
                       " AND relname NOT LIKE 'journal%' AND has_table_privilege(oid, 'SELECT')")  # fmt: skip
        tables = [row[0] for row in cursor.fetchall()]
    for actor in actors():
        account = province.account(actor)
        with transaction.atomic(), connection.cursor() as cursor:
            authority.open_sight(authority.reach_of(account))
            text = ""
            for table in tables:
                cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
                text += cursor.fetchone()[0] or ""
            opened = visible(actor, may_see(actor), file_lies_with, province)
            listed = visible(actor, may_see(actor), ever, province)
            for person in province.persons.values():
                for kind, persons in (("Training", opened), ("Reward", opened), ("Credential", listed)):
                    assert (f"canary-{person.pk}-{kind}" in text) == (person.pk in persons), (actor, person, kind)
        authority.open_sight(authority.reach_of(province.world.console))


def test_nothing_is_seen_where_no_sight_was_opened(province: Province) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('canbo.sees_all', '', true), set_config('canbo.scope', '', true), set_config('canbo.self', '', true)"
        )
        for model in (*SEEN_WHERE_EVER_SERVED, *SEEN_WITH_THE_FILE, Membership, Case):
            assert model.objects.count() == 0, model
        assert people.search("nguyen thi", on=date.today()) == []
        cursor.execute("SELECT canbo_find_people(ARRAY['%%'], NULL, 100)")
        assert cursor.fetchall() == []
    authority.open_sight(authority.reach_of(province.world.console))


def test_only_who_has_the_file_changes_it_and_nobody_removes(province: Province) -> None:
    officer = province.account(Actor((("officer", "P"),)))
    gone = province.persons["went to another province"]
    with transaction.atomic():
        authority.open_sight(authority.reach_of(officer))
        assert PersonName.objects.filter(person=gone).count() == 1
        assert PersonName.objects.filter(person=gone).update(given="X") == 0
        assert Credential.objects.filter(person=gone).update(level=1) == 0
        own = province.persons["in the unit"]
        assert Credential.objects.filter(person=own).update(level=1) == 1
        for model in (Credential, Sanction, Membership, PersonName):
            assert model.objects.filter(person=own)._raw_delete("default") == 0
    authority.open_sight(authority.reach_of(province.world.console))


def test_todays_day_is_one_day_in_both_walls(province: Province) -> None:
    """Who left today serves nowhere today, by the clock of the program and by that of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_DATE, current_setting('TimeZone')")
        assert cursor.fetchone() == (date.today(), "Asia/Ho_Chi_Minh")


def test_a_subtree_is_reached_through_any_depth(province: Province) -> None:
    beneath = {province.codes[pk] for pk in authority.organizations_beneath([province.world.organizations["P"].pk])}
    assert beneath == REACH["P"]
    assert queries.unit("Q/5", on=date.today()).id not in authority.organizations_beneath([province.world.organizations["P"].pk])

"""Who may do what over whom: the code, a description in plain sets, and the database are three opinions that agree.

The description, and why it is an opinion of its own, stands in tests/province.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from canbo.procedures.models import Case
from canbo.registry import authority, intake, people, queries
from canbo.registry.days import since
from canbo.registry.models import (
    Credential,
    Grant,
    Membership,
    Person,
    PersonName,
    Sanction,
)
from canbo.registry.queries import NotInRegister
from canbo.reports.entitlements.facts import seen
from tests import world as made_up
from tests.conftest import _clone
from tests.province import (
    REACH,
    ROLES,
    SEEN_WHERE_EVER_SERVED,
    SEEN_WITH_THE_FILE,
    TABLE,
    Actor,
    Province,
    actors,
    build,
    ever,
    expected,
    file_lies_with,
    may_see,
    visible,
)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Province]:
    """The province, committed once for all tests of this file in a database of their own: building it takes longest."""
    with django_db_blocker.unblock(), _clone("canbo", f"test_authority_{os.getpid()}"):
        with authority.sight(intake.console()):
            province = build(made_up.build())
        yield province


@pytest.fixture
def province(built: Province) -> Iterator[Province]:
    """The same for one test, everything in sight; what it writes is rolled back."""
    with transaction.atomic():
        authority.open_sight(authority.reach_of(built.world.console))
        yield built
        transaction.set_rollback(True)


# --- first and second opinion: the code and the description ----------------------------------------------------------


def test_the_description_knows_every_act_and_role() -> None:
    assert set(TABLE) == set(authority.ACTS)
    assert set(ROLES) == {str(role) for role in Grant.Role}


def test_code_and_description_agree_on_every_actor_act_and_thing(province: Province) -> None:
    asked, disagreements = 0, []
    for actor in actors():
        account = province.account(actor)
        authority.remember(account)  # asked anew each time by the tests below, and without an answer that differs
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


def test_of_many_files_those_are_seen_that_the_wall_shows_one_by_one(province: Province) -> None:
    persons = sorted(person.pk for person in province.persons.values())
    several = set()
    for actor in actors():
        account = province.account(actor)
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM unnest(%s::bigint[]) AS asked (id) WHERE canbo_sees_all() OR id = canbo_self()"
                    " OR canbo_file_within(id, canbo_scope()) ORDER BY id",
                    [persons],
                )
                shown = [row[0] for row in cursor.fetchall()]
            assert seen(persons) == shown, actor
            several.add(len(shown))
        authority.open_sight(authority.reach_of(province.world.console))
    assert len(several) > 2, "some see nobody, some a few, some everybody"


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

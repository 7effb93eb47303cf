"""Headcount that is handed down: no body gives more than it was given on any day, whoever writes and however."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from canbo.journal.models import Entry
from canbo.registry import authority, intake, quotas
from canbo.registry.days import since
from canbo.registry.models import Allotment, Membership, Organization
from canbo.registry.quotas import Overdrawn, QuotaRefused
from tests import world as made_up
from tests.registry.test_constraints import refused_as
from tests.world import World

TERM, END = date(2026, 7, 1), date(2031, 7, 1)


def allot(world: World, giver: str | None, body: str, use: str, *path: tuple[date, int], **other: Any) -> list[Allotment]:
    """So many officials for the term, unless said otherwise."""
    asked: dict[str, Any] = {
        "giver": world.organizations[giver] if giver else None, "body": world.organizations[body], "use": use,
        "staff": "officials", "path": path, "until": END, **world.mark, "by": world.console,
    }  # fmt: skip
    return quotas.allot(**{**asked, **other})


def row(world: World, giver: str | None, body: str, use: str, number: int, valid: Any = None) -> Allotment:
    """A row as SQL of the application writes it, past every service."""
    return Allotment.objects.create(
        giver=world.organizations[giver] if giver else None, body=world.organizations[body], use=use, staff="officials",
        number=number, valid=valid or since(TERM, END), **world.mark,
    )  # fmt: skip


@pytest.fixture
def handed_down(world: World) -> World:
    """A hundred for the province, 60 of them for its Party committee to hand on."""
    allot(world, None, "P", "total", (TERM, 100))
    allot(world, "P", "P.party", "delegated", (TERM, 60))
    return world


def test_a_total_is_handed_down_and_each_body_knows_what_is_left(handed_down: World) -> None:
    allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 25))
    allot(handed_down, "P.party", "P.party", "reserved", (TERM, 5))
    [there] = quotas.position(handed_down.organizations["P.party"].pk, on=TERM)
    assert (there["given"], there["allotted"], there["reserved"], there["free"]) == (60, 25, 5, 30)
    ids = [organization.pk for organization in handed_down.organizations.values()]
    assert quotas.allotted(ids, on=TERM) == {handed_down.organizations["P/1.executive"].pk: {"officials": 25}}
    assert quotas.allotted(ids, on=END) == {}


def test_an_overdraft_in_one_month_of_2028_is_refused_and_the_month_is_told(handed_down: World) -> None:
    allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 30))
    with pytest.raises(Overdrawn) as caught:
        allot(handed_down, "P.party", "P/2.executive", "allotted", (TERM, 30), (date(2028, 3, 1), 31), (date(2028, 4, 1), 29))
    assert (caught.value.day, caught.value.given, caught.value.out) == (date(2028, 3, 1), 60, 61)
    assert "P.party" in str(caught.value) and "61" in str(caught.value)
    assert not Allotment.objects.filter(body=handed_down.organizations["P/2.executive"]).exists()


def test_a_giver_is_not_cut_below_what_it_already_gave(handed_down: World) -> None:
    allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 58))
    with pytest.raises(Overdrawn) as caught:
        allot(handed_down, "P", "P.party", "delegated", (date(2029, 1, 1), 57))
    assert (caught.value.body, caught.value.day) == (handed_down.organizations["P.party"].pk, date(2029, 1, 1))
    allot(handed_down, "P.party", "P/1.executive", "allotted", (date(2029, 1, 1), 50))
    allot(handed_down, "P", "P.party", "delegated", (date(2029, 1, 1), 57))


def test_a_later_decision_replaces_the_days_it_is_about_and_no_others(handed_down: World) -> None:
    first = allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 30), (date(2028, 1, 1), 28), (date(2030, 1, 1), 20))
    allot(handed_down, "P.party", "P/1.executive", "allotted", (date(2027, 1, 1), 25), until=date(2029, 1, 1))
    there = Allotment.objects.filter(body=first[0].body).order_by("valid")
    assert [(each.valid.lower, each.valid.upper, each.number) for each in there] == [
        (TERM, date(2027, 1, 1), 30), (date(2027, 1, 1), date(2029, 1, 1), 25), (date(2029, 1, 1), date(2030, 1, 1), 28),
        (date(2030, 1, 1), END, 20),
    ]  # fmt: skip


def test_an_allotment_with_a_key_is_made_once_and_leaves_one_entry(handed_down: World) -> None:
    before = Entry.objects.filter(act="quota.allotted").count()
    first = allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 9), key="nine")
    assert allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 9), key="nine") == first
    assert Entry.objects.filter(act="quota.allotted").count() == before + 1


def test_what_if_says_what_would_be_refused_and_writes_nothing(handed_down: World) -> None:
    asked = {
        "giver": handed_down.organizations["P.party"], "body": handed_down.organizations["P/1.executive"], "use": "allotted",
        "staff": "officials", "until": END, **handed_down.mark, "reader": handed_down.console,
    }  # fmt: skip
    assert quotas.what_if(path=[(TERM, 60)], **asked) is None
    overdrawn = quotas.what_if(path=[(TERM, 61)], **asked)
    assert overdrawn is not None and overdrawn.out - overdrawn.given == 1
    assert not Allotment.objects.filter(use="allotted").exists()


def test_only_an_officer_above_the_giver_hands_down(handed_down: World) -> None:
    for name, role, over in (("leads", "leader", "P"), ("elsewhere", "officer", "Q"), ("below", "officer", "P/1")):
        with pytest.raises(authority.NotAllowed):
            allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 1), by=handed_down.account(name, role, over))
    allot(handed_down, "P.party", "P/1.executive", "allotted", (TERM, 1), by=handed_down.account("of it", "officer", "P"))


@pytest.mark.parametrize(
    ("giver", "use", "path"),
    [(None, "delegated", [(TERM, 1)]), ("P", "total", [(TERM, 1)]), ("P", "delegated", []), ("P", "delegated", [(TERM, -1)]),
     ("P", "lent", [(TERM, 1)]), ("P", "delegated", [(END, 1)]), ("P", "delegated", [(date(2028, 1, 1), 1), (TERM, 1)])],
)  # fmt: skip
def test_what_is_no_path_is_refused(handed_down: World, giver: str | None, use: str, path: list[Any]) -> None:
    with pytest.raises(QuotaRefused):
        allot(handed_down, giver, "P.party", use, *path)


# --- the database, whoever writes: SQL as the application


def test_sql_as_the_application_cannot_overdraw_one_month(handed_down: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("canbo_app",)
    row(handed_down, "P.party", "P/1.executive", "allotted", 60)
    month = since(date(2028, 3, 1), date(2028, 4, 1))
    refused_as("within_what_was_given", lambda: row(handed_down, "P.party", "P/2.executive", "allotted", 1, month))


def test_sql_cannot_take_away_what_was_handed_on(handed_down: World) -> None:
    row(handed_down, "P.party", "P/1.executive", "allotted", 60)
    given = Allotment.objects.filter(use="delegated")
    refused_as("within_what_was_given", lambda: given.update(number=59))
    refused_as("within_what_was_given", lambda: given.update(valid=since(TERM, date(2031, 6, 1))))
    refused_as("within_what_was_given", lambda: given.update(body=handed_down.organizations["P/2.executive"]))
    refused_as("within_what_was_given", lambda: given.delete())


def test_two_bodies_cannot_hand_each_other_people_that_nobody_gave(world: World) -> None:
    def circle() -> None:
        row(world, "P.party", "P.executive", "delegated", 10)
        row(world, "P.executive", "P.party", "delegated", 10)

    refused_as("given_from_the_top_down", circle)


def test_a_total_goes_to_the_top_alone(world: World) -> None:
    refused_as("total_is_of_the_top", lambda: row(world, None, "P/1", "total", 5))


def test_each_other_rule_of_the_table_holds(handed_down: World) -> None:
    refused_as("allotted_once_at_a_time", lambda: row(handed_down, "P", "P.party", "delegated", 1))
    refused_as("allotment_is_not_negative", lambda: row(handed_down, "P.party", "P/1.executive", "allotted", -1))
    refused_as("only_a_total_has_no_giver", lambda: row(handed_down, None, "P.party", "delegated", 1))
    refused_as("a_body_reserves_for_itself", lambda: row(handed_down, "P", "P.party", "reserved", 1))
    refused_as("nobody_hands_on_to_oneself", lambda: row(handed_down, "P", "P", "delegated", 1))
    refused_as("allotment_has_first_and_last_day", lambda: row(handed_down, "P", "P.party", "allotted", 1, since(TERM)))
    refused_as("allotment_within_organization",
               lambda: row(handed_down, "P", "P.party", "allotted", 1, since(date(2001, 1, 1), date(2002, 1, 1))))  # fmt: skip


def test_two_at_the_same_moment_cannot_break_together_what_each_keeps(own_register: str) -> None:
    """Each alone stays within the whole; the one who waits sees what the other wrote."""
    import psycopg

    with authority.sight(intake.console()):
        world = made_up.build()
        allot(world, None, "P", "total", (TERM, 10))
    given = {
        "source": world.source.pk, "decision": world.decision.pk, "giver": world.organizations["P"].pk,
        "one": world.organizations["P.party"].pk, "other": world.organizations["P.executive"].pk,
    }  # fmt: skip
    insert = (
        "INSERT INTO registry_allotment (source_id, decision_id, giver_id, body_id, use, staff, number, valid)"
        " VALUES (%(source)s, %(decision)s, %(giver)s, {}, 'allotted', 'officials', 6, '[2027-01-01,2028-01-01)')"
    )
    parameters = {**connection.get_connection_params(), "dbname": own_register}
    parameters = {name: value for name, value in parameters.items() if name in ("host", "port", "user", "password", "dbname")}
    with psycopg.connect(**parameters) as first, psycopg.connect(**parameters) as second:
        first.execute(insert.format("%(one)s"), given)
        second.execute(insert.format("%(other)s"), given)
        first.commit()
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            second.commit()
        assert caught.value.diag.constraint_name == "within_what_was_given"


# --- any hand-down whatever

MONTHS = st.integers(0, 59).map(lambda month: date(2026 + (month + 6) // 12, (month + 6) % 12 + 1, 1))
ACTS = st.tuples(
    st.sampled_from([("P", "P.party"), ("P.party", "P/1.executive"), ("P.party", "P/2.executive"), ("P.party", "P.party"),
                     ("P", "P.executive"), ("P.executive", "P/1.executive")]),
    st.sampled_from(["delegated", "allotted", "reserved"]),
    st.dictionaries(MONTHS, st.integers(0, 40), min_size=1, max_size=3),
)  # fmt: skip


class AnyHandingDown(TestCase):
    """Whatever is asked in whatever order: it is done whole or refused, and no body gives too much on any month."""

    @settings(max_examples=15, deadline=None)
    @given(st.lists(ACTS, min_size=1, max_size=8))
    def test_no_body_gives_more_than_it_was_given_on_any_month(self, asked: list[Any]) -> None:
        authority.open_sight(authority.reach_of(intake.console()))
        world = made_up.build()
        allot(world, None, "P", "total", (TERM, 50), (date(2029, 1, 1), 40))
        for (giver, body), use, path in asked:
            if (use == "reserved") != (giver == body):
                continue
            try:
                allot(world, giver, body, use, *sorted(path.items()))
            except Overdrawn as overdrawn:
                assert overdrawn.out > overdrawn.given
        everything = list(Allotment.objects.all())
        for month in range(60):
            on = date(2026 + (month + 6) // 12, (month + 6) % 12 + 1, 1)
            now = [each for each in everything if each.valid.lower <= on < each.valid.upper]
            for body in Organization.objects.filter(pk__in={each.body_id for each in now} | {each.giver_id for each in now}):
                came = sum(each.number for each in now if each.body_id == body.pk and each.use in ("total", "delegated"))
                went = sum(each.number for each in now if each.giver_id == body.pk)
                assert went <= came
            used = sum(each.number for each in now if each.use in ("allotted", "reserved"))
            assert used <= (50 if on < date(2029, 1, 1) else 40)


def test_one_more_than_was_allotted_is_one_too_many_unless_somebody_moves_within(handed_down: World) -> None:
    world, on = handed_down, date(2026, 9, 1)
    office, executive = world.organizations["P/1.executive.office"], world.organizations["P/1.executive"]
    within, outside = world.person("Bên trong"), world.person("Bên ngoài")
    world.serve(within, world.post("P/1.executive.office", "specialist", seats=9))

    def full(body: Organization, person: Any, category: Membership.Category = Membership.Category.CIVIL_SERVANT) -> Any:
        return quotas.full(body=body.pk, person=person.pk, category=category, on=on, using="default")

    assert full(office, outside) is None, "nobody allotted anything"
    allot(world, "P", "P/1.executive", "allotted", (TERM, 1))
    assert full(office, outside) == quotas.Full("P/1.executive", 1, 1)
    assert full(executive, within) is None, "who moves within is no one more"
    assert full(office, outside, Membership.Category.PUBLIC_EMPLOYEE) is None, "of these nobody was allotted"
    allot(world, "P", "P/1.executive.office", "allotted", (TERM, 5))
    assert full(office, outside) is None and full(executive, outside) is None, "each with a number of its own"
    assert full(executive, within) is None
    allot(world, "P", "P/1.executive", "allotted", (TERM, 0))
    assert full(executive, within) == quotas.Full("P/1.executive", 0, 0), "from the office's number into another"

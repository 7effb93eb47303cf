"""May this person hold this post, and the nomination that opens a case: allowed, refused, incomplete; kept, and once."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.urls import reverse

from canbo.journal import entries
from canbo.journal.models import Content
from canbo.pages.verdicts import nomination_key
from canbo.procedures import appointment
from canbo.procedures.models import Case
from canbo.project.commands import may as commands
from canbo.registry import authority, facts, once
from canbo.registry.changes import Change, EventKind
from canbo.registry.days import since
from canbo.registry.models import (
    Account,
    Area,
    Credential,
    Declaration,
    Membership,
    NoneDeclared,
    Organization,
    Person,
    PoliticalTheory,
    Post,
    Rating,
    Succession,
)
from canbo.registry.queries import NotInRegister
from canbo.rules import corpus
from tests.registry import acts, invariants
from tests.registry.acts import carry_out, outcome, parts
from tests.world import World

ON = date(2026, 3, 2)


@pytest.fixture
def chair(world: World) -> Post:
    """The post of chair of the province, which nobody native to it may hold."""
    return world.post("P.executive", "province-chair")


def native(world: World, area: str | None, **fields: Any) -> Person:
    """Somebody in service in the province, native to an area."""
    person = world.person(native_area=world.areas[area] if area else None, **fields)
    world.serve(person, world.post("P.party", "specialist"))
    qualify(world, person)
    return person


def qualify(world: World, person: Person) -> None:
    """Records with which every other article on appointment is met, and a place in the plan of every leading post."""
    mark = {"person": person, **world.mark}
    Credential.objects.create(level=Credential.Level.MASTER, valid=since(date(2008, 7, 1)), **mark)
    PoliticalTheory.objects.create(level=PoliticalTheory.Level.ADVANCED, valid=since(date(2015, 1, 1)), **mark)
    for year in (2023, 2024, 2025):
        whole = DateRange(date(year, 1, 1), date(year + 1, 1, 1))
        Rating.objects.create(grade=Rating.Grade.GOOD, regime="x", valid=whole, **mark)
    Declaration.objects.create(year=2025, verified=True, valid=since(date(2025, 12, 15)), **mark)
    NoneDeclared.objects.create(topic=NoneDeclared.Topic.SANCTION, valid=since(date(2016, 1, 1)), **mark)
    for post in Post.objects.filter(job__standing="head"):
        plan(world, person, post)


def plan(world: World, person: Person, post: Post) -> None:
    Succession.objects.create(person=person, post=post, valid=since(date(2025, 10, 1)), **world.mark)


def nominate(world: World, person: Person, post: Post, *, by: Account | None = None, key: str | None = None) -> Case:
    return appointment.nominate(person=person, post=post, by=by or world.console, on=ON, key=key)


def outcomes(case: Case) -> dict[str, str]:
    return {article["id"]: article["outcome"] for article in case.verdict["articles"]}


# --- what the rulebook says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "word", "state"), [("Q/1", "pass", "open"), ("P/1", "fail", "refused"), (None, "unknown", "incomplete")]
)
def test_allowed_refused_and_incomplete_are_three_answers(
    world: World, chair: Post, area: str | None, word: str, state: str
) -> None:
    person = native(world, area)
    assert appointment.may(person=person, post=chair, by=world.console, on=ON).outcome == word
    case = nominate(world, person, chair)
    assert case.state == state
    assert outcomes(case)["vn/party/201-kl-tw/leader-not-local-province"] == word
    reasons = [article["reason"] for article in case.verdict["articles"] if article["outcome"] == word]
    assert all(reason["en"] and reason["vi"] and reason["fa"] for reason in reasons)


def test_what_is_missing_is_named_with_who_can_state_it(world: World, chair: Post) -> None:
    case = nominate(world, native(world, "Q/1", birth_on=None, birth_precision=None), chair)
    assert case.state == Case.State.INCOMPLETE
    assert "person.born" in [lack["name"] for lack in case.verdict["missing"]]


def test_the_same_person_may_be_allowed_elsewhere(world: World, chair: Post) -> None:
    person = native(world, "P/1")
    elsewhere = world.post("Q/1.executive", "commune-chair")
    plan(world, person, elsewhere)
    assert appointment.may(person=person, post=chair, by=world.console, on=ON).outcome == "fail"
    assert appointment.may(person=person, post=elsewhere, by=world.console, on=ON).outcome == "pass"


def test_a_native_place_is_followed_through_mergers_and_new_codes(world: World) -> None:
    """The chair of the unit that a native place became is held by a native, whatever the unit is called now."""
    person = native(world, "P/1")
    carry_out(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),)), on=date(2025, 1, 1), key="merge")
    merged = Post.objects.create(
        organization_id=Organization.objects.get(codes__code="P/3").pk, job=world.post("P/2.executive", "commune-chair").job,
        valid=since(date(2025, 1, 1)), **world.mark,
    )  # fmt: skip
    about = facts.about(person, merged, on=ON)
    assert about["case.native_in_area"].value is True
    assert (about["post.area"].value, about["post.province"].value) == ("P/3", "P")
    assert facts.about(native(world, "Q/1"), merged, on=ON)["case.native_in_area"].value is False


def test_a_unit_that_goes_on_under_a_new_code_is_the_native_place_under_both(world: World) -> None:
    person, one = native(world, "P/1"), world.organizations["P/1"].pk
    carry_out(
        world, Change(EventKind.RENAME, parts(world, "P/1"), (outcome("P/2x", continues=one),)), on=date(2025, 1, 1), key="new"
    )
    world.areas["P/2x"] = Area.objects.create(code="P/2x", name="the same ground under its new code")
    post = world.post("P/1.executive", "commune-chair")
    for someone in (person, native(world, "P/2x")):
        assert facts.about(someone, post, on=ON)["case.native_in_area"].value is True


def test_a_native_place_that_was_divided_is_disputed(world: World) -> None:
    person = native(world, "P/1")
    halves = [
        Change(EventKind.SPLIT, (acts.part(world, "P/1", whole=False),), (outcome(code, parent=parent),))
        for code, parent in (("P/8", "P"), ("Q/8", "Q"))
    ]
    carry_out(world, *halves, on=date(2025, 1, 1), key="split")
    fact = facts.about(person, world.post("P.executive", "province-chair"), on=ON)["case.native_in_area"]
    assert (fact.value, fact.reason_unknown) == (None, "disputed")


def test_a_native_place_known_only_as_a_larger_unit_leaves_it_open(world: World, chair: Post) -> None:
    """Native to the province says nothing of its communes; native to another province does."""
    commune, person = world.post("Q/1.executive", "commune-chair"), native(world, "Q")
    fact = facts.about(person, commune, on=ON)["case.native_in_area"]
    assert (fact.value, fact.reason_unknown) == (None, "imprecise")
    assert facts.about(person, chair, on=ON)["case.native_in_area"].value is False


def test_facts_do_not_depend_on_how_far_the_asker_sees(world: World, chair: Post) -> None:
    """Whether a post is higher is judged by the whole career, also where part of it lies outside the asker's reach."""
    person = native(world, "Q/1")
    world.serve(person, world.post("Q/1.executive", "commune-chair"), kind=Membership.Kind.CONCURRENT)
    whole = {name: fact.value for name, fact in facts.about(person, chair, on=ON).items()}
    officer = world.account("officer", "officer", "P")
    authority.open_sight(authority.reach_of(officer))
    assert {name: fact.value for name, fact in facts.about(person, chair, on=ON).items()} == whole
    assert whole["case.move"] == "higher"


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_a_refused_nomination_is_kept_with_its_reasons_and_its_entry(world: World, chair: Post) -> None:
    case = nominate(world, native(world, "P/1"), chair)
    case.refresh_from_db()
    assert (case.state, case.opened_by, case.on) == (Case.State.REFUSED, world.console, ON)
    entry = case.entry
    assert (entry.act, entry.about_kind, entry.about_id, entry.on_day) == (
        "appointment.nominated",
        "procedures.case",
        str(case.pk),
        ON,
    )
    told = json.loads(Content.objects.get(entry=entry).payload)
    assert (told["state"], told["verdict"]) == ("refused", case.verdict)


def test_a_verdict_names_the_rulebook_that_gave_it(world: World, chair: Post) -> None:
    case = nominate(world, native(world, "Q/1"), chair)
    assert case.rulebook == corpus.opened(settings.CANBO_RULEBOOK).hash
    assert case.rulebook in json.dumps(case.verdict)


def test_a_case_cannot_be_removed_by_the_programs(world: World, chair: Post) -> None:
    case = nominate(world, native(world, "P/1"), chair)
    assert Case.objects.filter(pk=case.pk)._raw_delete("default") == 0
    assert Case.objects.filter(pk=case.pk).exists()


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "over", "may"), [("officer", "P", True), ("leader", "P", True), ("inspector", "P", False),
                                                    ("registrar", "P", False), ("officer", "Q", False), ("officer", "P.executive", False)])  # fmt: skip
def test_one_nominates_only_over_the_post_and_the_person(world: World, chair: Post, role: str, over: str, may: bool) -> None:
    person, account, before = native(world, "Q/1"), world.account("somebody", role, over), None
    before = invariants.state()
    if may:
        assert nominate(world, person, chair, by=account).opened_by == account
        return
    with pytest.raises(authority.NotAllowed):
        nominate(world, person, chair, by=account)
    assert invariants.state() == before


def test_who_may_not_read_the_file_is_not_told_what_the_rulebook_says(world: World, chair: Post) -> None:
    with pytest.raises(authority.NotAllowed):
        appointment.may(person=native(world, "P/1"), post=chair, by=world.account("other", "officer", "Q"), on=ON)


def test_nobody_nominates_himself(world: World, chair: Post) -> None:
    person = native(world, "Q/1")
    officer = world.account("officer", "officer", None, person=person)
    with pytest.raises(authority.NotAllowed, match="his or her own"):
        nominate(world, person, chair, by=officer)
    assert appointment.may(person=person, post=chair, by=officer, on=ON).outcome == "pass"


def test_asking_leaves_a_mark_that_the_person_may_see(world: World, chair: Post) -> None:
    person, officer = native(world, "Q/1"), world.account("officer", "officer", "P")
    appointment.may(person=person, post=chair, by=officer, on=ON)
    assert [(entry.act, entry.by_id) for entry in entries.about(person)] == [("person.read", officer.pk)]


def test_what_is_not_there_is_said_so(world: World, chair: Post) -> None:
    with pytest.raises(NotInRegister):
        appointment.may(person=Person(pk=987_654_321), post=chair, by=world.console, on=ON)


# --- once, all or nothing, one function -------------------------------------------------------------------------------


def test_a_nomination_happens_once_for_a_key(world: World, chair: Post) -> None:
    person = native(world, "Q/1")
    first = nominate(world, person, chair, key="once")
    before = invariants.state()
    assert nominate(world, person, chair, key="once") == first
    assert invariants.state() == before
    with pytest.raises(once.KeyUsed, match="another nomination"):
        nominate(world, native(world, "Q/1"), chair, key="once")
    with pytest.raises(once.KeyUsed, match="another act"):
        nominate(world, person, chair, key="test-world")


def test_two_presses_at_one_moment_open_one_case(committed: World) -> None:
    world = committed
    with authority.sight(world.console):
        chair = world.post("P.executive", "province-chair")
        person = native(world, "Q/1")
    press = acts.as_console(world, lambda: nominate(world, person, chair, key="pressed"))
    first, second = acts.at_once(press, press)
    assert first == second
    with authority.sight(world.console):
        assert Case.objects.count() == 1


def test_two_nominations_with_one_key_at_one_moment_are_not_taken_for_each_other(committed: World) -> None:
    world = committed
    with authority.sight(world.console):
        posts = [world.post("P.executive", "province-chair"), world.post("P.executive", "province-vice-chair")]
        person = native(world, "Q/1")
    results = acts.at_once(
        *[acts.as_console(world, lambda post=post: nominate(world, person, post, key="same")) for post in posts]
    )
    assert sorted(type(result).__name__ for result in results) == ["Case", "KeyUsed"]


def test_a_nomination_that_fails_at_any_statement_leaves_nothing(world: World, chair: Post) -> None:
    person, before, number = native(world, "Q/1"), None, 1
    before = invariants.state()
    while True:
        try:
            with acts.failing_at(number):
                nominate(world, person, chair, key="k")
            break
        except OperationalError:
            assert invariants.state() == before
            number += 1
    assert number > 10
    assert Case.objects.count() == 1


def test_page_command_and_program_open_the_same_case(world: World, chair: Post) -> None:
    person = native(world, "P/1")
    by_program = nominate(world, person, chair)
    told = CliRunner().invoke(commands.nominate, [person.identification_number, f"#{chair.pk}", "--on", ON.isoformat(), "--json"])
    assert told.exit_code == 0, told.output
    by_command = Case.objects.get(pk=json.loads(told.stdout)["case"])
    officer = world.account("officer", "officer", "P")
    client = Client()
    client.force_login(officer, backend="allauth.account.auth_backends.AuthenticationBackend")
    sent = {"post": chair.pk, "on": ON.isoformat(), "key": nomination_key(officer, person.pk, chair.pk, ON) + "x"}
    answers = [client.post(reverse("nominate", args=[person.pk]), sent) for _press in range(2)]
    authority.open_sight(authority.reach_of(world.console))
    assert len({answer["Location"] for answer in answers}) == 1
    by_page = Case.objects.get(pk=int(answers[0]["Location"].rstrip("/").rpartition("/")[2].partition("?")[0]))
    cases = [by_program, by_command, by_page]
    assert len({json.dumps(case.verdict, sort_keys=True) for case in cases}) == 1
    assert {case.state for case in cases} == {"refused"}
    assert [case.opened_by for case in cases] == [world.console, world.console, officer]
    assert Case.objects.count() == 3


@pytest.mark.parametrize(("area", "code"), [("Q/1", 0), ("P/1", 3), (None, 4)])
def test_the_command_answers_with_its_exit_code(world: World, chair: Post, area: str | None, code: int) -> None:
    person = native(world, area)
    told = CliRunner().invoke(commands.may, [person.identification_number, f"#{chair.pk}", "--on", ON.isoformat(), "--json"])
    assert told.exit_code == code
    assert json.loads(told.stdout)["outcome"] == {0: "pass", 3: "fail", 4: "unknown"}[code]


def test_a_case_is_about_a_person_and_a_post_that_exist(world: World, chair: Post) -> None:
    with pytest.raises(IntegrityError):
        Case.objects.create(
            procedure="appointment",
            state="open",
            person_id=987_654_321,
            post=chair,
            on=ON,
            verdict={},
            rulebook="",
            opened_by=world.console,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

"""Enter, change, correct: three acts, what each leaves, whom each refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection

from canbo.journal import entries
from canbo.journal.models import Content
from canbo.registry import authority, entering, once, people, queries
from canbo.registry.authority import NotAllowed
from canbo.registry.changes import Change, EventKind
from canbo.registry.days import since
from canbo.registry.entering import NotAChange
from canbo.registry.models import (
    Account,
    Credential,
    Grant,
    Membership,
    NoneDeclared,
    OrganizationCode,
    OrganizationName,
    Person,
    PersonName,
    Post,
    PostManager,
    SalaryStep,
    Sanction,
    Seat,
)
from canbo.registry.queries import NotInRegister
from tests.registry import acts, invariants
from tests.registry.acts import as_console, at_once, outcome, parts
from tests.world import World

FROM, ON = date(2020, 1, 1), date(2024, 1, 1)


@pytest.fixture
def served(world: World) -> Person:
    """A person in service in P/1."""
    person = world.person()
    world.serve(person, world.post("P/1", "specialist"))
    return person


def step(
    world: World, person: Person, number: int = 1, *, by: Account | None = None, key: str | None = None, **fields: Any
) -> SalaryStep:
    given = {"scale": "A1", "coefficient": Decimal("2.34"), "valid": since(FROM), **fields}
    return entering.enter(SalaryStep, by=by or world.console, **world.mark, key=key, person=person, step=number, **given)


def steps(world: World, person: Person, *numbers: int, scales: str = "") -> list[SalaryStep]:
    """Salary steps that follow each other by years, the last one open."""
    days = [*(date(2020 + place, 1, 1) for place in range(len(numbers))), None]
    given = [{"valid": since(days[place], days[place + 1])} for place in range(len(numbers))]
    for place, scale in enumerate(scales):
        given[place]["scale"] = scale  # type: ignore[assignment]
    return [step(world, person, number, **given[place]) for place, number in enumerate(numbers)]


def correct(world: World, row: Any, *, by: Account | None = None, key: str | None = None, **fields: Any) -> list[Any]:
    return entering.correct(row, by=by or world.console, decision=world.decision, reason="misread", key=key, **fields)


def change(world: World, row: Any, *, on: date = ON, by: Account | None = None, key: str | None = None, **fields: Any) -> Any:
    return entering.change(row, on=on, by=by or world.console, decision=world.decision, key=key, **fields)


def history(person: Person) -> list[tuple[date | None, date | None, int]]:
    rows = SalaryStep.objects.filter(person=person).order_by("valid")
    return [(row.valid.lower, row.valid.upper, row.step) for row in rows]


# --- enter --------------------------------------------------------------------------------------------------------


def test_an_entered_row_says_on_whose_word_it_stands(world: World, served: Person) -> None:
    row = step(world, served)
    entry = entries.about(served).get(act="salarystep.entered")
    row.refresh_from_db()
    assert (row.source, row.decision, row.entry_id, row.confirmed_by) == (world.source, world.decision, entry.pk, None)
    assert row.known_from is not None
    assert entry.by_id == world.console.pk
    assert '"coefficient":"2.34"' in Content.objects.get(entry_id=entry.pk).payload


def test_a_name_is_found_and_sorted_by_what_it_is_now(world: World, served: Person) -> None:
    name = served.names.get()
    correct(world, name, family="Đặng", given="Thị Hoà")
    assert [row["person_id"] for row in people.search("dang thi hoa", on=ON)] == [served.pk]
    assert people.search("nguyen van an", on=ON) == []
    [row] = correct(world, OrganizationName.objects.get(organization=world.organizations["P/2"]), name={"en": "Seaside"})
    assert row.search_key == "seaside p/2"
    assert [unit["code"] for unit in queries.search_units("seaside", on=ON)] == ["P/2"]


@pytest.mark.parametrize("model", [Grant, Account])
def test_grants_and_accounts_are_not_written_as_facts(world: World, model: Any) -> None:
    registrar = world.account("registrar", "registrar", "P")
    with pytest.raises(NotAChange):
        entering.enter(
            model,
            by=registrar,
            **world.mark,
            account=registrar,
            role="officer",
            organization=world.organizations["P"],
            valid=since(FROM),
        )


@pytest.mark.parametrize("field", ["confirmed_by", "confirmed_by_id", "entry", "known_from", "id", "pk", "height"])
def test_nobody_writes_what_the_act_itself_writes(world: World, served: Person, field: str) -> None:
    row, before = step(world, served), invariants.state()
    value = world.console if field == "confirmed_by" else 1
    for attempt in (
        lambda: step(world, served, 2, **{field: value}),
        lambda: change(world, row, **{field: value}),
        lambda: correct(world, row, **{field: value}),
    ):
        with pytest.raises(NotAChange, match=field):
            attempt()
    with pytest.raises(NotAChange, match="valid"):
        change(world, row, valid=since(FROM))
    assert invariants.state() == before


# --- change -------------------------------------------------------------------------------------------------------


def test_a_change_leaves_the_old_value_true_for_its_days(world: World, served: Person) -> None:
    row = step(world, served)
    fresh = change(world, row, step=2)
    assert history(served) == [(FROM, ON, 1), (ON, None, 2)]
    assert (fresh.scale, fresh.coefficient, fresh.source) == ("A1", Decimal("2.34"), world.source)
    payload = Content.objects.get(entry_id=fresh.entry_id).payload
    assert '"before":{"step":1}' in payload
    assert '"after":{"step":2}' in payload


@pytest.mark.parametrize("on", [FROM, FROM - timedelta(days=1), date(2030, 1, 1)])
def test_a_fact_changes_only_between_two_of_its_days(world: World, served: Person, on: date) -> None:
    row = step(world, served, valid=since(FROM, date(2030, 1, 1)))
    with pytest.raises(NotAChange, match="A mistake is corrected, not changed"):
        change(world, row, on=on, step=2)
    assert history(served) == [(FROM, date(2030, 1, 1), 1)]


def test_a_change_of_nothing_is_refused(world: World, served: Person) -> None:
    row = step(world, served)
    with pytest.raises(NotAChange, match="Nothing differs"):
        change(world, row, step=1, scale="A1")
    with pytest.raises(NotAChange, match="Nothing differs"):
        correct(world, row, step=1)
    with pytest.raises(NotAChange, match="needs a reason"):
        entering.correct(row, by=world.console, decision=world.decision, reason=" ", step=2)


def test_what_is_not_there_any_more_is_said_so(world: World, served: Person) -> None:
    row = step(world, served)
    SalaryStep.objects.all().delete()
    with pytest.raises(NotInRegister):
        change(world, row, step=2)


# --- correct ------------------------------------------------------------------------------------------------------


def test_a_correction_goes_forward_and_stops_where_another_value_was_entered(world: World, served: Person) -> None:
    rows = steps(world, served, 3, 3, 3, 4, 3)
    rewritten = correct(world, rows[1], step=2)
    assert [row.pk for row in rewritten] == [rows[1].pk, rows[2].pk]
    assert [number for *_days, number in history(served)] == [3, 2, 2, 4, 3]
    assert {row.entry_id for row in rewritten} == {entries.about(rows[1]).get().pk}


def test_each_field_of_a_correction_goes_forward_by_itself(world: World, served: Person) -> None:
    rows = steps(world, served, 3, 4, 3, scales="BBC")
    correct(world, rows[0], step=2, scale="A")
    assert list(SalaryStep.objects.order_by("valid").values_list("step", "scale")) == [(2, "A"), (4, "A"), (3, "C")]


def test_a_field_that_was_right_does_not_stop_the_others(world: World, served: Person) -> None:
    rows = steps(world, served, 3, 4, scales="BB")
    correct(world, rows[0], step=3, scale="A")
    assert list(SalaryStep.objects.order_by("valid").values_list("step", "scale")) == [(3, "A"), (4, "A")]


def test_days_are_corrected_in_the_one_row(world: World, served: Person) -> None:
    rows = steps(world, served, 3, 3)
    correct(world, rows[0], valid=since(date(2019, 1, 1), date(2021, 1, 1)))
    assert history(served) == [(date(2019, 1, 1), date(2021, 1, 1), 3), (date(2021, 1, 1), None, 3)]


def test_a_correction_follows_the_person_through_a_reorganisation(world: World, served: Person) -> None:
    acts.merge(world, "P/1", "P/2", into=outcome("P/3"))
    old = Membership.objects.get(person=served, ending=Membership.Ending.REORGANIZATION)
    assert old.category == Membership.Category.CIVIL_SERVANT
    correct(world, old, category=Membership.Category.PUBLIC_EMPLOYEE)
    assert list(Membership.objects.filter(person=served).values_list("category", flat=True)) == [3, 3]
    acts.settled()


def test_who_decides_on_a_post_is_corrected_in_the_post_that_follows_it_too(world: World, served: Person) -> None:
    post, other = Post.objects.get(organization=world.organizations["P/1"]), world.organizations["P.party"]
    wrong = world.manage(post, "P.executive")
    acts.merge(world, "P/1", "P/2", into=outcome("P/3"))
    correct(world, PostManager.objects.get(pk=wrong.pk), manager=other)
    assert [*PostManager.objects.order_by("valid").values_list("post__successor_of", "manager")] == [
        (None, other.pk),
        (post.pk, other.pk),
    ]
    acts.settled()


def test_who_decides_on_a_post_changes_from_a_day_on_and_both_answers_stay(world: World, served: Person) -> None:
    post, between = Post.objects.get(organization=world.organizations["P/1"]), date(2024, 7, 1)
    first = world.manage(post, "P.executive")
    entering.change(first, on=between, by=world.console, decision=world.decision, manager=world.organizations["P.party"])
    assert queries.manager(post.pk, on=between - timedelta(days=1)) == world.organizations["P.executive"].pk
    assert queries.manager(post.pk, on=between) == world.organizations["P.party"].pk
    later = PostManager.objects.get(post=post, valid__contains=between)
    assert later.entry is not None and later.entry.act == "postmanager.changed"


def test_who_decides_on_a_post_is_changed_by_whoever_reaches_the_post_and_both_bodies(world: World, served: Person) -> None:
    row = world.manage(Post.objects.get(organization=world.organizations["P/1"]), "P/1.party")
    near = world.account("registrar", "registrar", "P/1")
    with pytest.raises(NotAllowed):
        entering.change(row, on=date(2024, 7, 1), by=near, decision=world.decision, manager=world.organizations["P.party"])
    entering.change(row, on=date(2024, 7, 1), by=near, decision=world.decision, manager=world.organizations["P/1.executive"])


def test_another_history_is_left_alone(world: World, served: Person) -> None:
    other = world.person("Thị Bình")
    world.serve(other, world.post("P/1", "officer"))
    rows, theirs = steps(world, served, 3, 3), steps(world, other, 3, 3)
    correct(world, rows[0], step=2)
    assert [row.step for row in SalaryStep.objects.filter(pk__in=[row.pk for row in theirs])] == [3, 3]


# --- none is not unknown ------------------------------------------------------------------------------------------


def test_none_unknown_and_some_are_three_answers(world: World, served: Person) -> None:
    def answer() -> tuple[int, bool]:
        file = people.file(served.pk, on=ON)
        return len(file["records"]["sanction"]), "sanction" in file["declared_none"]

    assert answer() == (0, False)  # unknown
    entering.enter(
        NoneDeclared, by=world.console, **world.mark, person=served, topic="sanction", valid=since(FROM, date(2025, 1, 1))
    )
    assert answer() == (0, True)  # none
    assert "sanction" not in people.file(served.pk, on=date(2025, 1, 1))["declared_none"]  # and only while stated
    entering.enter(Sanction, by=world.console, **world.mark, person=served, measure=1, valid=since(date(2025, 2, 1)))
    assert len(people.file(served.pk, on=date(2025, 2, 1))["records"]["sanction"]) == 1


def test_an_unknown_scalar_is_null_and_becomes_known(world: World) -> None:
    person = world.person(sex=None, birth_on=None, birth_precision=None, native_area=None)
    assert {people.person(person.pk, on=ON)[name] for name in ("sex", "birth_on", "birth_precision", "native_area")} == {None}
    correct(world, person, birth_on=date(1980, 1, 1), birth_precision="Y")
    found = people.person(person.pk, on=ON)
    assert (found["birth_on"], found["birth_precision"]) == (date(1980, 1, 1), "Y")


# --- who may ------------------------------------------------------------------------------------------------------


@pytest.fixture
def theirs(world: World) -> Person:
    """A person in service in another province."""
    person = world.person("Thị Xa")
    world.serve(person, world.post("Q/1", "specialist"))
    return person


def test_a_row_is_not_taken_over_by_naming_a_person_of_ones_own(world: World, served: Person, theirs: Person) -> None:
    row, officer, before = step(world, theirs), world.account("officer", "officer", "P"), invariants.state()
    attempts: list[Callable[[], Any]] = [
        lambda: change(world, row, by=officer, person=served),
        lambda: correct(world, row, by=officer, person=served),
        lambda: correct(world, row, by=officer, person_id=served.pk, step=9),
        lambda: change(world, row, by=officer, step=9),
    ]
    for attempt in attempts:
        with pytest.raises(authority.NotAllowed):
            attempt()
    own = step(world, served)
    before = invariants.state()
    with pytest.raises(authority.NotAllowed):
        correct(world, own, by=officer, person=theirs)
    assert invariants.state() == before


def test_nobody_of_another_body_is_taken_in_without_authority_there(world: World, served: Person, theirs: Person) -> None:
    officer, post = world.account("officer", "officer", "P"), world.post("P/1", "officer", seats=3)
    place = {"post": post, "organization": world.organizations["P/1"], "category": 2, "kind": 2, "valid": since(ON)}

    def take(person: Person, seat: int) -> Membership:
        return entering.enter(Membership, by=officer, **world.mark, person=person, seat=seat, **place)

    authority.open_sight(authority.reach_of(officer))  # which sees nothing of the other's service
    with pytest.raises(authority.NotAllowed):
        take(theirs, 1)
    assert take(served, 1).person == served


def test_a_newcomer_is_taken_in_by_the_body_that_has_the_post(world: World) -> None:
    officer, newcomer = world.account("officer", "officer", "P"), world.person("Thị Mới")
    post = world.post("P/1", "officer")
    row = entering.enter(
        Membership, by=officer, **world.mark, person=newcomer, post=post, organization=world.organizations["P/1"], seat=1,
        category=2, kind=5, valid=since(ON),
    )  # fmt: skip
    assert row.person == newcomer
    other = world.post("Q/1", "officer")
    with pytest.raises(authority.NotAllowed):
        entering.enter(
            Membership, by=officer, **world.mark, person=world.person("Thị Khác"), post=other,
            organization=world.organizations["Q/1"], seat=1, category=2, kind=5, valid=since(ON),
        )  # fmt: skip


def test_an_officer_writes_nothing_in_the_file_that_is_his_own(world: World, served: Person) -> None:
    officer = world.account("officer", "officer", "P", person=served)
    row = step(world, served)
    for attempt in (
        lambda: step(world, served, 9, by=officer),
        lambda: change(world, row, by=officer, step=9),
        lambda: correct(world, row, by=officer, step=9),
    ):
        with pytest.raises(authority.NotAllowed, match="his or her own"):
            attempt()


def test_structure_is_written_by_registrars_over_all_that_it_touches(world: World) -> None:
    officer, registrar = world.account("officer", "officer", "P"), world.account("registrar", "registrar", "P")
    given = {"job_id": world.post("P", "specialist").job_id, "valid": since(ON)}
    with pytest.raises(authority.NotAllowed):
        entering.enter(Post, by=officer, **world.mark, organization=world.organizations["P/1"], **given)
    post = entering.enter(Post, by=registrar, **world.mark, organization=world.organizations["P/1"], **given)
    entering.enter(Seat, by=registrar, **world.mark, post=post, number=1, valid=since(ON))
    with pytest.raises(authority.NotAllowed):
        correct(world, post, by=registrar, organization=world.organizations["Q/1"])
    with pytest.raises(authority.NotAllowed):
        entering.enter(Post, by=registrar, **world.mark, organization_id=world.organizations["Q/1"].pk, **given)
    parent = world.organizations["P/1.executive.office"].parents.get()
    with pytest.raises(authority.NotAllowed):
        change(world, parent, by=registrar, parent=world.organizations["Q/1"])
    with pytest.raises(authority.NotAllowed):
        correct(world, OrganizationCode.objects.get(organization=world.organizations["Q/1"]), by=registrar, code="P/9")


def test_a_key_opens_nothing_to_whom_the_act_is_not_allowed(world: World, theirs: Person) -> None:
    row = step(world, theirs, key="theirs")
    officer = world.account("officer", "officer", "P")
    with pytest.raises(authority.NotAllowed):
        step(world, theirs, key="theirs", by=officer)
    with pytest.raises(authority.NotAllowed):
        correct(world, row, by=officer, key="theirs", step=2)


# --- once, and all or nothing -------------------------------------------------------------------------------------


def test_each_act_happens_once_for_a_key_whatever_came_after(committed: World) -> None:
    world = committed

    def alone(act: Callable[[], Any]) -> Any:
        return as_console(world, act)()

    person = alone(lambda: Person.objects.order_by("pk").first())
    first = alone(lambda: step(world, person, 1, key="enter"))
    second = alone(lambda: change(world, first, step=2, key="change"))
    rewritten = alone(lambda: correct(world, first, key="correct", step=7, coefficient=Decimal("3.00")))
    alone(lambda: correct(world, second, key="again", step=8))
    before = alone(invariants.state)
    assert alone(lambda: step(world, person, 1, key="enter")) == first
    assert alone(lambda: change(world, first, step=2, key="change")) == second
    assert alone(lambda: correct(world, first, key="correct", step=7)) == rewritten
    assert alone(invariants.state) == before
    with pytest.raises(once.KeyUsed):
        alone(lambda: step(world, person, 1, key="change"))


def test_two_entries_with_one_key_at_one_moment_write_one_row(committed: World) -> None:
    with authority.sight(committed.console):
        person = Person.objects.order_by("pk").first()
    assert person is not None
    first, second = at_once(*[as_console(committed, lambda: step(committed, person, 1, key="once"))] * 2)
    assert first == second
    with authority.sight(committed.console):
        assert SalaryStep.objects.count() == 1


def test_an_act_that_fails_at_any_statement_leaves_nothing(world: World, served: Person) -> None:
    rows = steps(world, served, 3, 3)
    before = invariants.state()
    done = 0
    for act in (
        lambda: step(world, served, 9, key="k", valid=since(date(2010, 1, 1), date(2011, 1, 1))),
        lambda: change(world, rows[1], step=4),
        lambda: correct(world, rows[0], step=2),
        lambda: correct(world, served.names.get(), given="Thị Hoà"),
    ):
        number = 1
        while True:
            try:
                with acts.failing_at(number):
                    act()
                break
            except OperationalError:
                assert invariants.state() == before
                number += 1
        done += number
        before = invariants.state()
    assert done > 30


def test_an_entry_without_its_facts_is_refused_with_all(world: World, served: Person) -> None:
    before = invariants.state()
    with pytest.raises(Exception, match="level"), connection.cursor():
        from django.db import transaction

        with transaction.atomic():
            entering.enter(Credential, by=world.console, **world.mark, person=served, valid=since(ON))
    assert invariants.state() == before


def test_correcting_a_name_of_a_unit_is_not_renaming_it(world: World) -> None:
    name = OrganizationName.objects.get(organization=world.organizations["P/1"])
    correct(world, name, name={"en": "Right"})
    assert queries.unit("P/1", on=date(2016, 1, 1)).name == {"en": "Right"}
    one = world.organizations["P/1"].pk
    acts.carry_out(world, Change(EventKind.RENAME, parts(world, "P/1"), (outcome("P/1", name="New", continues=one),)))
    assert queries.unit("P/1", on=date(2016, 1, 1)).name == {"en": "Right"}
    assert PersonName.objects.count() == 0

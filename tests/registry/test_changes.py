"""Reorganisations through the one act that carries them out: what is handed over, what is refused, once or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from canbo.journal import entries
from canbo.registry import authority, changes, constraints, intake, once, queries
from canbo.registry.changes import Change, EventKind, Outcome, Part, Plan, PlanRefused
from canbo.registry.days import since
from canbo.registry.models import (
    ChangeEvent,
    Membership,
    Organization,
    OrganizationCode,
    OrganizationName,
    OrganizationParent,
    OrganizationStatus,
    Post,
    Remit,
    Seat,
    Task,
)
from tests.registry import acts, invariants
from tests.registry.acts import EVE, ON, as_console, at_once, carry_out, merge, outcome, part, parts
from tests.world import FOUNDED, World

# --- what is handed over ----------------------------------------------------------------------------------------


def test_a_merger_hands_everything_over_and_nobody_is_lost_or_doubled(world: World) -> None:
    acts.populate(world)
    before, places = acts.serving(EVE), acts.seats(EVE)
    bodies = acts.beneath(world.organizations["P/1"], EVE) | acts.beneath(world.organizations["P/2"], EVE)
    new = merge(world, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
    assert acts.serving(ON) == before
    assert acts.seats(ON) == places
    assert acts.beneath(new, ON) == bodies
    assert acts.tasks(new, ON) == {"land", "water", "roads"}
    assert acts.lifetimes([world.organizations["P/1"], world.organizations["P/2"]]) == [(FOUNDED, ON)] * 2
    assert acts.serving(EVE) == before


def test_a_membership_ends_by_reorganisation_and_goes_on_the_same_day(world: World) -> None:
    made = acts.populate(world)
    new = merge(world, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
    old = Membership.objects.get(post=made["P/1:commune-secretary"])
    assert (old.valid.upper, old.ending) == (ON, Membership.Ending.REORGANIZATION)
    going_on = Membership.objects.get(person=old.person, valid__contains=ON)
    assert (going_on.valid.lower, going_on.valid.upper, going_on.ending) == (ON, None, None)
    assert (going_on.organization_id, going_on.seat, going_on.category, going_on.kind) == (new, old.seat, old.category, old.kind)
    assert going_on.post.successor_of == made["P/1:commune-secretary"]
    assert going_on.entry_id == entries.once("act").pk  # type: ignore[union-attr]


def test_a_post_without_a_first_day_on_record_goes_on_with_its_holder(world: World) -> None:
    bodies = [world.organizations["P"], world.organizations["P/1"]]
    Organization.objects.filter(pk__in=[body.pk for body in bodies]).update(life=since(None))
    for facts in (OrganizationCode, OrganizationName, OrganizationStatus, OrganizationParent):
        facts.objects.filter(organization__in=bodies).update(valid=since(None))
    post = world.post("P/1", "commune-secretary", valid=since(None))
    holder = world.serve(world.person(), post)
    new = merge(world, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
    acts.settled()
    on = Membership.objects.get(person=holder.person, valid__contains=ON)
    assert (on.organization_id, on.post.successor_of_id) == (new, post.pk)
    assert Post.objects.get(pk=post.pk).valid.upper == ON


def test_who_was_to_leave_later_leaves_then_and_for_that_reason(world: World) -> None:
    post, person = world.post("P/1", "specialist"), world.person()
    leaving = since(date(2020, 1, 1), date(2026, 6, 1))
    world.serve(person, post, valid=leaving, ending=Membership.Ending.RETIREMENT)
    merge(world, "P/1", "P/2", into=outcome("P/3"))
    rows = Membership.objects.filter(person=person).order_by("valid")
    assert [(row.valid.lower, row.valid.upper, row.ending) for row in rows] == [
        (date(2020, 1, 1), ON, Membership.Ending.REORGANIZATION),
        (ON, date(2026, 6, 1), Membership.Ending.RETIREMENT),
    ]


def test_what_was_entered_for_later_days_goes_over_too(world: World) -> None:
    later = date(2026, 9, 1)
    post, old_person, new_person, third = world.post("P/1", "specialist"), world.person(), world.person(), world.person()
    world.serve(old_person, post, valid=since(date(2020, 1, 1), later))
    world.serve(new_person, post, valid=since(later))
    coming = world.post("P/1", "commune-vice-chair", valid=since(later))
    world.serve(third, coming, valid=since(later))
    task = Task.objects.create(code="archives", names={"en": "Archives"}, field="office")
    Remit.objects.create(task=task, organization=world.organizations["P/1"], valid=since(later), **world.mark)
    new = merge(world, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
    assert set(acts.serving(later)) == {new_person.pk, third.pk}
    assert Membership.objects.filter(valid__contains=later).exclude(organization_id=new).count() == 0
    assert Post.objects.get(pk=coming.pk).organization_id == new
    assert (acts.tasks(new, ON), acts.tasks(new, later)) == (set(), {"archives"})


def test_an_arrival_on_the_very_day_arrives_at_the_heir(world: World) -> None:
    post, person = world.post("P/1", "specialist"), world.person()
    world.serve(person, post, valid=since(ON))
    merge(world, "P/1", "P/2", into=outcome("P/3"))
    only = Membership.objects.get(person=person)
    assert (only.valid.lower, only.ending) == (ON, None)
    assert only.organization_id == queries.unit("P/3", on=ON).id


def test_a_task_that_the_heir_has_for_a_while_stays_its_own_and_is_kept_beyond(world: World) -> None:
    task = Task.objects.create(code="water", names={"en": "Water"}, field="field")
    until = date(2026, 7, 1)
    Remit.objects.create(task=task, organization=world.organizations["P/1"], valid=since(FOUNDED), **world.mark)
    Remit.objects.create(task=task, organization=world.organizations["P/2"], valid=since(FOUNDED, until), **world.mark)
    carry_out(world, Change(EventKind.DISSOLVE, parts(world, "P/1"), heirs=("P/2",)))
    assert acts.tasks(world.organizations["P/2"], until - timedelta(days=1)) == {"water"}
    assert acts.tasks(world.organizations["P/2"], until) == {"water"}


def test_bodies_that_the_ending_unit_managed_elsewhere_are_managed_by_its_heir(world: World) -> None:
    made = acts.populate(world)
    new = merge(world, "P/1", "P/2", into=outcome("P/3")).by_code["P/3"]
    assert queries.manager(made["managed"].pk, on=ON) == new
    assert queries.manager(made["managed"].pk, on=EVE) == world.organizations["P/1"].pk, "and by itself until then"


def test_the_new_unit_may_bear_the_code_and_name_of_an_old_one(world: World) -> None:
    acts.populate(world)
    before = acts.serving(EVE)
    new = merge(world, "P/1", "P/2", into=outcome("P/1")).by_code["P/1"]
    assert new != world.organizations["P/1"].pk
    assert (queries.unit("P/1", on=EVE).id, queries.unit("P/1", on=ON).id) == (world.organizations["P/1"].pk, new)
    assert acts.serving(ON) == before


def test_two_units_may_exchange_their_codes(world: World) -> None:
    one, other = world.organizations["P/1"].pk, world.organizations["P/2"].pk
    carry_out(
        world,
        Change(EventKind.RECODE, parts(world, "P/1"), (outcome("P/2", continues=one),)),
        Change(EventKind.RECODE, parts(world, "P/2"), (outcome("P/1", continues=other),)),
    )
    assert (queries.unit("P/2", on=ON).id, queries.unit("P/1", on=ON).id) == (one, other)


def test_a_divided_unit_leaves_what_is_not_divisible_to_the_first_named(world: World) -> None:
    acts.populate(world)
    before = acts.serving(EVE)
    carried = carry_out(
        world,
        Change(EventKind.SPLIT, (part(world, "P/1", whole=False),), (outcome("P/3"),)),
        Change(EventKind.MERGE, (part(world, "P/1", whole=False), part(world, "P/2")), (outcome("P/4"),)),
    )
    assert acts.serving(ON) == before
    assert acts.tasks(carried.by_code["P/3"], ON) == {"land", "water"}
    assert acts.tasks(carried.by_code["P/4"], ON) == {"water", "roads"}
    assert queries.lineage("P/1")["heirs"] == ["P/3", "P/4"]


def test_a_unit_that_gives_a_part_away_lives_on(world: World) -> None:
    acts.populate(world)
    before = acts.serving(EVE)
    carry_out(world, Change(EventKind.SPLIT, (part(world, "P/1", whole=False, ends=False),), (outcome("P/3"),)))
    assert (acts.serving(ON), acts.lifetimes([world.organizations["P/1"]])) == (before, [(FOUNDED, None)])
    assert queries.lineage("P/3")["origins"] == ["P/1"]


def test_a_dissolved_unit_leaves_all_to_its_heir_which_is_not_formed_from_it(world: World) -> None:
    acts.populate(world)
    before = acts.serving(EVE)
    carry_out(world, Change(EventKind.DISSOLVE, parts(world, "P/1"), heirs=("P/2",)))
    assert acts.serving(ON) == before
    assert acts.tasks(world.organizations["P/2"], ON) == {"land", "water", "roads"}
    assert queries.lineage("P/1")["heirs"] == ["P/2"]
    assert queries.lineage("P/2")["origins"] == []


def test_an_heir_that_stood_beneath_takes_the_place_of_the_unit_that_ends(world: World) -> None:
    office, executive = world.organizations["P/1.executive.office"], world.organizations["P/1.executive"]
    carry_out(world, Change(EventKind.DISSOLVE, parts(world, "P/1"), heirs=("P/1.executive",)))
    assert acts.beneath(world.organizations["P"], ON) >= {executive.pk}
    carry_out(world, Change(EventKind.DISSOLVE, parts(world, "P/1.executive"), heirs=("P/1.executive.office",)),
              on=date(2026, 2, 1), key="next")  # fmt: skip
    assert office.pk in acts.beneath(world.organizations["P"], date(2026, 2, 1))


def test_a_whole_branch_may_end_with_its_last_leaf_as_heir(world: World) -> None:
    change = [
        Change(EventKind.DISSOLVE, parts(world, code), heirs=("P/1.executive.office",)) for code in ("P/1", "P/1.executive")
    ]
    carry_out(world, *change)
    office, party = world.organizations["P/1.executive.office"], world.organizations["P/1.party"]
    assert office.pk in acts.beneath(world.organizations["P"], ON)
    assert acts.beneath(office, ON) == {party.pk}


def test_a_founded_unit_has_no_origin(world: World) -> None:
    carry_out(world, Change(EventKind.FOUND, (), (outcome("P.front", kind="province-front"),)))
    unit = queries.unit("P.front", on=ON)
    assert (unit.parent, unit.life_from, queries.lineage("P.front")["origins"]) == ("P", ON, [])


def test_a_renamed_unit_goes_on_with_its_people(world: World) -> None:
    acts.populate(world)
    before, one = acts.serving(EVE), world.organizations["P/1"].pk
    carry_out(world, Change(EventKind.RENAME, parts(world, "P/1"), (outcome("P/1", name="Another", continues=one),)))
    assert acts.serving(ON) == before
    assert (queries.unit("P/1", on=EVE).name["en"], queries.unit("P/1", on=ON).name["en"]) == ("Unit P/1", "Another")
    assert queries.unit("P/1", on=ON).id == one
    assert Membership.objects.filter(ending__isnull=False).count() == 0
    assert [row["code"] for row in queries.search_units("another", on=ON)] == ["P/1"]


def test_a_unit_moves_under_another_with_all_beneath_it(world: World) -> None:
    one = world.organizations["P/1"].pk
    carry_out(world, Change(EventKind.MOVE, parts(world, "P/1"), (outcome("Q/2", parent="Q", continues=one),)))
    assert one in queries.subtree(world.organizations["Q"].pk, on=ON)
    assert world.organizations["P/1.executive.office"].pk in queries.subtree(world.organizations["Q"].pk, on=ON)
    assert one in queries.subtree(world.organizations["P"].pk, on=EVE)


def test_a_unit_is_raised_to_another_kind(world: World) -> None:
    one = world.organizations["P/1"].pk
    carry_out(world, Change(EventKind.RAISE, parts(world, "P/1"), (outcome("P/1", kind="ward", continues=one),)))
    assert (queries.unit("P/1", on=EVE).kind, queries.unit("P/1", on=ON).kind) == ("commune", "ward")


def test_whole_provinces_merge_with_all_that_is_beneath_them(world: World) -> None:
    acts.populate(world)
    before = acts.serving(EVE)
    merge(world, "P", "Q", into=outcome("R", kind="province", parent=None))
    top = queries.unit("R", on=ON).id
    assert queries.subtree(top, on=ON).__len__() == 1 + 10  # all but P and Q themselves
    assert acts.serving(ON) == before


def test_reorganisations_follow_each_other_and_lineage_stays_whole(world: World) -> None:
    acts.populate(world)
    before = acts.serving(EVE)
    merge(world, "P/1", "P/2", into=outcome("P/3"))
    world.organizations["P/3"] = Organization.objects.get(pk=queries.unit("P/3", on=ON).id)
    carry_out(world, Change(EventKind.SPLIT, (part(world, "P/3", whole=False),), (outcome("P/4"),)),
              Change(EventKind.SPLIT, (part(world, "P/3", whole=False),), (outcome("P/5"),)),
              on=date(2026, 3, 1), key="split")  # fmt: skip
    assert acts.serving(date(2026, 3, 1)) == before
    assert [queries.lineage(code)["heirs"] for code in ("P/1", "P/3")] == [["P/3"], ["P/4", "P/5"]]


# --- what is refused, with every reason ---------------------------------------------------------------------------


def refused(world: World, *plan: Change, on: date = ON) -> list[str]:
    """The reasons for which a plan is refused; nothing is written."""
    before = invariants.state()
    with pytest.raises(PlanRefused) as caught, transaction.atomic():
        changes.carry_out(Plan(on, world.decision, world.source, plan), by=world.console, key="refused")
    assert invariants.state() == before
    assert entries.once("refused") is None
    for reason in caught.value.reasons:
        assert reason.endswith(".")
        assert "%" not in reason
        assert reason in str(caught.value)
    return caught.value.reasons


def test_a_unit_does_not_end_without_an_heir(world: World) -> None:
    reasons = refused(world, Change(EventKind.DISSOLVE, parts(world, "P/1")))
    assert reasons == ["P/1 would end without an heir: say which unit takes over its tasks, posts and people."]


def test_a_unit_that_does_not_exist_the_day_before_cannot_change(world: World) -> None:
    [reason] = refused(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),)), on=FOUNDED)[:1]
    assert "does not exist on 31 Dec 2014" in reason
    [reason] = refused(world, Change(EventKind.RENAME, (Part(999_999),), (outcome("P/3", continues=999_999),)))
    assert "Organization 999999 does not exist on 31 Dec 2025" in reason


def test_a_unit_does_not_go_whole_into_one_change_and_in_part_into_another(world: World) -> None:
    reasons = refused(
        world,
        Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),)),
        Change(EventKind.SPLIT, (part(world, "P/1", whole=False),), (outcome("P/4"),)),
    )
    assert reasons == ["P/1 goes wholly into one change and appears in another: mark its shares as parts."]


def test_a_unit_does_not_go_whole_into_a_change_and_live_on(world: World) -> None:
    [reason] = refused(world, Change(EventKind.SPLIT, (part(world, "P/1", ends=False),), (outcome("P/3"),)))
    assert "goes wholly into a change and yet lives on" in reason


def test_a_unit_does_not_both_end_and_live_on(world: World) -> None:
    [reason] = refused(
        world,
        Change(EventKind.SPLIT, (part(world, "P/1", whole=False),), (outcome("P/3"),)),
        Change(EventKind.SPLIT, (part(world, "P/1", whole=False, ends=False),), (outcome("P/4"),)),
    )
    assert "decide which" in reason


def test_two_results_do_not_bear_one_code(world: World) -> None:
    reasons = refused(
        world,
        Change(EventKind.SPLIT, (part(world, "P/1", whole=False),), (outcome("P/3"),)),
        Change(EventKind.SPLIT, (part(world, "P/1", whole=False),), (outcome("P/3"),)),
    )
    assert reasons == ["Two results of the plan bear the code P/3. Give each its own."]


def test_a_result_does_not_bear_the_code_of_another_unit_now_or_later(world: World) -> None:
    [reason] = refused(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("Q/1"),)))
    assert reason == "The code Q/1 is borne by another unit on that day. Choose another."
    [reason] = refused(world, Change(EventKind.SPLIT, (part(world, "P/1", whole=False, ends=False),), (outcome("P/1"),)))
    assert "P/1 is borne by another" in reason
    carry_out(world, Change(EventKind.FOUND, (), (outcome("P/9"),)), on=date(2027, 1, 1), key="later")
    [reason] = refused(world, Change(EventKind.FOUND, (), (outcome("P/9"),)))
    assert "P/9 is borne by another" in reason


def test_kinds_of_units_and_of_changes_must_exist(world: World) -> None:
    reasons = refused(world, Change("absorb", parts(world, "P/1", "P/2"), (outcome("P/3", kind="kingdom"),)))
    assert len(reasons) == 2
    assert "no change called absorb" in reasons[0]
    assert reasons[1] == "There is no kind of organization called kingdom. See the list of kinds."


@pytest.mark.parametrize("table", ["name", "code", "parent"])
def test_a_unit_of_which_something_later_is_known_does_not_change_before(world: World, table: str) -> None:
    one = world.organizations["P/1"].pk
    later = {
        "name": outcome("P/1", name="Later", continues=one),
        "code": outcome("P/7", continues=one),
        "parent": outcome("P/1", parent="Q", continues=one),
    }[table]
    carry_out(world, Change(EventKind.RENAME, parts(world, "P/1"), (later,)), on=date(2026, 5, 1), key="later")
    [reason] = refused(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),)))
    assert reason == "Something is already entered for P/1 on or after 1 Jan 2026. Undo that first, or choose a later day."


def test_a_unit_whose_end_is_known_does_not_end_twice(world: World) -> None:
    merge(world, "P/1", "P/2", into=outcome("P/3"), on=date(2026, 5, 1), key="later")
    reasons = refused(world, Change(EventKind.DISSOLVE, parts(world, "P/1"), heirs=("P",)))
    assert reasons == ["Something is already entered for P/1 on or after 1 Jan 2026. Undo that first, or choose a later day."]


def test_parents_and_heirs_must_be_there_and_stay(world: World) -> None:
    [reason] = refused(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3", parent="X"),)))
    assert reason == "No unit bears the code X on that day."
    [reason] = refused(world, Change(EventKind.DISSOLVE, parts(world, "P/1"), heirs=("X",)))
    assert reason == "No unit bears the code X on that day."
    reasons = refused(
        world,
        Change(EventKind.DISSOLVE, parts(world, "P/1"), heirs=("P/2",)),
        Change(EventKind.DISSOLVE, parts(world, "P/2"), heirs=("P",)),
    )
    assert reasons == ["P/2 itself ends or changes its code on that day, so it can be neither parent nor heir under this code."]
    carry_out(world, Change(EventKind.DISSOLVE, parts(world, "Q/1"), heirs=("Q",)), on=date(2026, 5, 1), key="later")
    [reason] = refused(world, Change(EventKind.DISSOLVE, parts(world, "P/1"), heirs=("Q/1",)))
    assert reason == "Q/1 ends on 1 May 2026, so it can be neither parent nor heir beyond. Choose a unit that lives on."


def test_a_result_continues_one_of_its_own_originals_and_only_once(world: World) -> None:
    other = world.organizations["Q/1"].pk
    [reason] = refused(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3", continues=other),)))
    assert "which does not go into that change" in reason
    one = world.organizations["P/1"].pk
    [reason] = refused(
        world, Change(EventKind.SPLIT, parts(world, "P/1"), (outcome("P/1", continues=one), outcome("P/3", continues=one)))
    )
    assert "cannot go on as two units" in reason


def test_a_merger_takes_two_and_a_plan_says_something(world: World) -> None:
    [reason] = refused(world, Change(EventKind.MERGE, parts(world, "P/1"), (outcome("P/3"),)))
    assert "at least two units; 1 is named" in reason
    [reason] = refused(world, Change(EventKind.MERGE, parts(world, "P/1", "P/1"), (outcome("P/3"),)))
    assert "goes wholly into one change and appears in another" in reason
    assert refused(world) == ["The plan is empty: say what becomes of which unit."]
    [reason] = refused(world, Change(EventKind.FOUND))
    assert "names no unit" in reason
    [reason] = refused(world, Change(EventKind.FOUND, (), (Outcome(" ", {"en": ""}, "commune", "P"),)))
    assert "needs a code and a name" in reason


def test_everything_that_is_wrong_is_said_at_once(world: World) -> None:
    reasons = refused(
        world,
        Change(EventKind.DISSOLVE, parts(world, "P/1")),
        Change(EventKind.MERGE, parts(world, "P/2"), (outcome("Q/1", kind="kingdom", parent="X"),)),
    )
    assert len(reasons) == 5


def test_what_only_the_database_can_see_is_refused_by_its_constraint(world: World) -> None:
    before = invariants.state()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        merge(world, "P", "Q", into=outcome("R", kind="province", parent="P/1"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert constraints.name_of(caught.value) == "organization_not_in_circle"
    assert invariants.state() == before


# --- who may ------------------------------------------------------------------------------------------------------


def test_a_reorganisation_needs_authority_over_all_that_goes_in(world: World) -> None:
    registrar = world.account("registrar", "registrar", "P/1")
    with pytest.raises(authority.NotAllowed):
        carry_out(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),)), by=registrar)
    both = world.account("both", "registrar", "P")
    carry_out(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),)), by=both)


@pytest.mark.parametrize(
    "change",
    [
        lambda w: Change(EventKind.MOVE, parts(w, "P/1"), (outcome("Q/9", parent="Q", continues=w.organizations["P/1"].pk),)),
        lambda w: Change(EventKind.DISSOLVE, parts(w, "P/1"), heirs=("Q/1",)),
        lambda w: Change(EventKind.FOUND, (), (outcome("Q/9", parent="Q"),)),
        lambda w: Change(EventKind.FOUND, (), (outcome("Z", parent=None),)),
        lambda w: Change(EventKind.RENAME, parts(w, "P/1"), (outcome("P/1", parent=None, continues=w.organizations["P/1"].pk),)),
    ],
    ids=["place under another's", "leave to another's", "found at another's", "found at the top", "move to the top"],
)
def test_nobody_places_or_leaves_anything_where_he_has_no_authority(world: World, change: Callable[[World], Change]) -> None:
    registrar = world.account("registrar", "registrar", "P")
    before = invariants.state()
    with pytest.raises(authority.NotAllowed), transaction.atomic():
        carry_out(world, change(world), by=registrar)
    assert invariants.state() == before


def test_a_registrar_of_the_unit_founds_beneath_it(world: World) -> None:
    registrar = world.account("registrar", "registrar", "P/1")
    carry_out(world, Change(EventKind.FOUND, (), (outcome("P/1.front", kind="commune-front", parent="P/1"),)), by=registrar)


def test_a_registrar_who_sees_no_people_still_loses_none(world: World) -> None:
    acts.populate(world)
    later = world.person()
    world.serve(later, world.post("P/2", "specialist"), valid=since(date(2026, 9, 1)))
    before, then = acts.serving(EVE), acts.serving(date(2026, 9, 1))
    registrar = world.account("registrar", "registrar", "P")
    authority.open_sight(authority.reach_of(registrar))
    assert acts.serving(EVE) == {}
    plan = Plan(ON, world.decision, world.source, [Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),))])
    changes.carry_out(plan, by=registrar, key="act")
    assert acts.serving(ON) == {}  # the sight that the act needed was closed again
    authority.open_sight(authority.reach_of(intake.console()))
    acts.settled()
    assert (acts.serving(ON), acts.serving(date(2026, 9, 1))) == (before, then)


# --- once ---------------------------------------------------------------------------------------------------------


def test_the_second_call_with_a_key_changes_nothing_and_answers_the_same(world: World) -> None:
    acts.populate(world)
    first = merge(world, "P/1", "P/2", into=outcome("P/3"))
    before = invariants.state()
    second = merge(world, "P/1", "P/2", into=outcome("P/3"))
    assert second == first
    assert invariants.state() == before


def test_a_key_that_was_used_for_another_act_is_refused(world: World) -> None:
    with pytest.raises(once.KeyUsed, match="another act"):
        merge(world, "P/1", "P/2", into=outcome("P/3"), key="test-world")
    assert ChangeEvent.objects.count() == 0


def test_a_key_opens_nothing_to_whom_the_act_is_not_allowed(world: World) -> None:
    merge(world, "P/1", "P/2", into=outcome("P/3"))
    with pytest.raises(authority.NotAllowed):
        carry_out(world, Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),)), by=world.account("nobody"))


def test_two_calls_with_one_key_at_one_moment_do_it_once(committed: World) -> None:
    act = as_console(committed, lambda: merge(committed, "P/1", "P/2", into=outcome("P/3")))
    first, second = at_once(act, act)
    assert first == second
    with authority.sight(committed.console):
        assert ChangeEvent.objects.count() == 1
        assert invariants.wrong() == {}


def test_two_foundings_with_one_key_at_one_moment_found_once(committed: World) -> None:
    act = as_console(committed, lambda: carry_out(committed, Change(EventKind.FOUND, (), (outcome("P/8"),))))
    first, second = at_once(act, act)
    assert first == second
    with authority.sight(committed.console):
        assert OrganizationCode.objects.filter(code="P/8").count() == 1


def test_two_different_plans_for_one_unit_at_one_moment_are_not_both_carried_out(committed: World) -> None:
    plans = [
        as_console(committed, partial(merge, committed, "P/1", "P/2", into=outcome(code), key=code)) for code in ("P/3", "P/4")
    ]
    results = at_once(*plans)
    assert sorted(type(result).__name__ for result in results) == ["Carried", "PlanRefused"]
    with authority.sight(committed.console):
        assert invariants.wrong() == {}
        assert ChangeEvent.objects.count() == 1


def test_who_is_entered_while_the_unit_merges_is_not_lost(committed: World) -> None:
    """Either the entry comes first and goes over, or the merger does and the entry is refused by name."""
    world = committed
    with authority.sight(world.console):
        post = Post.objects.get(organization=world.organizations["P/1"], job__code="specialist")
        person = world.person("Late Comer")
    entered, merged = at_once(
        as_console(world, lambda: world.serve(person, post, seat=3)),
        as_console(world, lambda: merge(world, "P/1", "P/2", into=outcome("P/3"))),
    )
    with authority.sight(world.console):
        assert invariants.wrong() == {}
        serves = Membership.objects.filter(person=person, valid__contains=ON).count()
    refusals = [result for result in (entered, merged) if isinstance(result, IntegrityError | OperationalError)]
    assert len(refusals) <= 1
    assert serves == (0 if refusals and refusals[0] is entered else 1)


# --- all or nothing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before the statement", "after it"])
def test_a_merger_that_fails_at_any_statement_leaves_nothing(world: World, after: bool) -> None:
    acts.populate(world)
    before = invariants.state()
    plan = Plan(ON, world.decision, world.source, [Change(EventKind.MERGE, parts(world, "P/1", "P/2"), (outcome("P/3"),))])
    number, broken = 1, []
    while True:
        try:
            with acts.failing_at(number, after=after):
                changes.carry_out(plan, by=world.console, key="act")
            break
        except acts.Broken as problem:
            broken.append(str(problem))
            assert invariants.state() == before, problem
        number += 1
    assert len(broken) > 40
    assert any("registry_membership" in sql for sql in broken)
    acts.settled()
    assert ChangeEvent.objects.count() == 1


def test_nothing_but_the_plan_is_written(world: World) -> None:
    acts.populate(world)
    others = {world.organizations[code].pk for code in ("Q", "Q/1", "Q/1.executive", "P.party")}
    tables = (OrganizationName, OrganizationCode, OrganizationParent)
    before = [list(table.objects.filter(organization_id__in=others).values()) for table in tables]
    merge(world, "P/1", "P/2", into=outcome("P/3"))
    assert [list(table.objects.filter(organization_id__in=others).values()) for table in tables] == before
    assert Seat.objects.filter(post__organization_id__in=others).exclude(valid=since(FOUNDED)).count() == 0

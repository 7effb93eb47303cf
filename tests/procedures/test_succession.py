"""Succession plans in figures and person by person, and the time that vacancies take."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbo.procedures import cases, deadlines, succession, vacating
from canbo.procedures.succession import Committee
from canbo.registry import intake
from canbo.registry.authority import NotAllowed
from canbo.registry.days import since
from canbo.registry.models import (
    Credential,
    Membership,
    NoneDeclared,
    Person,
    PersonName,
    PoliticalTheory,
    Post,
    Sanction,
    Succession,
    Training,
)  # fmt: skip
from canbo.rules import corpus
from canbo.rules.procedure import Norm
from tests.world import World

pytestmark = pytest.mark.django_db
ON, LISTED = date(2026, 11, 2), date(2026, 2, 1)
LAW = corpus.opened("vn")


@pytest.fixture
def planned(world: World) -> tuple[World, Post, Person]:
    """The vice chair of a commune in the plan for its chair, with everything that the articles ask."""
    chair = world.post("P/1.executive", "commune-chair")
    person = vice(world, "Văn An", date(1992, 3, 1))
    enter(world, person, chair)
    return world, chair, person


def vice(world: World, given: str, born: date, **more: Any) -> Person:
    person = world.person(given, birth_on=born, ethnicity="kinh", **more)
    world.serve(person, world.post("P/1.executive", "commune-vice-chair"), valid=since(date(2021, 1, 1)))
    Credential.objects.create(person=person, level=4, subject="law", valid=since(date(2014, 1, 1)), **world.mark)
    PoliticalTheory.objects.create(person=person, level=3, valid=since(date(2016, 1, 1)), **world.mark)
    NoneDeclared.objects.create(person=person, topic="sanction", valid=since(date(2020, 1, 1)), **world.mark)
    return person


def enter(world: World, person: Person, post: Post, on: date = LISTED) -> Succession:
    return Succession.objects.create(person=person, post=post, valid=since(on), **world.mark)


def plan(world: World, code: str = "P/1", on: date = ON, by: Any = None) -> succession.Plan:
    return succession.plan(by=by or intake.console(), root=world.organizations[code].pk, on=on)


def detail(world: World, code: str = "P/1", **asked: Any) -> list[succession.Post_]:
    found = succession.in_detail(by=intake.console(), root=world.organizations[code].pk, on=ON, **asked)
    assert found is not None
    return found


def listed(world: World, person: Person, **asked: Any) -> succession.Listed:
    return next(each for post in detail(world, **asked) for each in post.planned if each.person == person.pk)


# ---- numbers


@pytest.mark.parametrize(("seats", "bounds"), [(50, (50, 75)), (15, (15, 23)), (9, (9, 14))])
def test_a_committee_is_planned_once_to_one_and_a_half_times_halves_up(seats: int, bounds: tuple[int, int]) -> None:
    assert succession.numbers(LAW, seats, ON) == bounds


@given(st.integers(1, 400))
def test_the_numbers_of_a_committee_are_the_half_up_rounding_of_its_seats(seats: int) -> None:
    assert succession.numbers(LAW, seats, ON) == (seats, (seats * 3 + 1) // 2)


def test_no_number_is_told_before_a_law_gives_one() -> None:
    assert succession.numbers(LAW, 15, date(2024, 1, 1)) is None
    assert succession.counting_days(LAW, date(2024, 1, 1)) == {}


def test_the_age_is_counted_from_another_month_at_each_level() -> None:
    days = succession.counting_days(LAW, ON)
    assert (days["party_base"], days["party_province"], days["state"]) == (date(2030, 4, 1), date(2030, 9, 1), date(2031, 3, 1))


def test_no_share_is_asked_that_nobody_entered() -> None:
    assert [succession.target(LAW, group, ON) for group in succession.GROUPS] == [None] * 4


@given(st.integers(0, 60), st.integers(1, 40))
def test_the_plan_of_a_committee_is_kept_exactly_between_its_bounds(people: int, seats: int) -> None:
    bounds = (seats, (seats * 3 + 1) // 2)
    state = Committee(1, {}, 1, seats, people, None, bounds).state
    assert (state == "kept") == (people > 0 and bounds[0] <= people <= bounds[1])
    assert (state == "missing") == (people == 0)


@given(st.dates(date(1940, 1, 1), date(2008, 12, 31)), st.dates(date(2025, 1, 1), date(2035, 12, 31)), st.integers(18, 60))
def test_whoever_was_born_on_the_bound_or_before_has_completed_the_years(born: date, on: date, age: int) -> None:
    completed = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    bound = succession.birth_before(on, age)
    if (on.month, on.day) != (2, 29) and (born.month, born.day) != (2, 29):
        assert (born <= bound) == (completed >= age)


# ---- the plan in figures


def test_coverage_structure_and_bodies_are_counted(planned: tuple[World, Post, Person]) -> None:
    world, chair, _person = planned
    woman = vice(world, "Thị Bình", date(1980, 1, 1), sex="F")
    Person.objects.filter(pk=woman.pk).update(ethnicity="tay")
    enter(world, woman, chair)
    found = plan(world)
    assert (found.persons, found.rows, found.posts, found.by_number) == (2, 2, 3, (2, 0, 1, 0))
    shares = {one.group: (one.people, one.known) for one in found.shares}
    assert shares == {"women": (1, 2), "young": (1, 2), "minority": (1, 2), "science": (None, 0)}
    assert (found.bands["lower"], found.bands["middle"], found.bands["upper"]) == (1, 1, 0)
    assert found.upward == 0 and found.disciplined == [] and found.committee_first is None


def test_more_than_three_for_a_post_and_more_than_three_posts_for_a_person_are_told(planned: tuple[World, Post, Person]) -> None:
    world, chair, person = planned
    for number in range(3):
        enter(world, vice(world, f"Văn {number}", date(1990, 1, 1)), chair)
        enter(world, person, world.post("P/2.executive", "commune-chair"))
    found = plan(world, "P")
    assert [(row["post"], row["people"], row["most"]) for row in found.crowded] == [(chair.pk, 4, 3)]
    assert [(row["person"], row["posts"]) for row in found.many] == [(person.pk, 4)]


def test_a_committee_planned_after_the_leading_posts_is_told(planned: tuple[World, Post, Person]) -> None:
    world, _chair, person = planned
    member = world.post("P/1", "commune-committee-member", seats=9)
    enter(world, person, member, date(2026, 3, 1))
    found = plan(world)
    assert (found.committee_first, found.committees[0].state, found.committees[0].bounds) == (False, "short", (9, 14))
    Succession.objects.filter(post=member).update(valid=since(date(2026, 1, 5)))
    assert plan(world).committee_first is True


def test_an_officer_counts_the_plan_of_his_province_alone(planned: tuple[World, Post, Person]) -> None:
    world, _chair, _person = planned
    officer = world.account("officer", "officer", "Q")
    with pytest.raises(NotAllowed):
        plan(world, "P", by=officer)
    assert plan(world, "Q", by=officer).persons == 0


# ---- person by person


def test_who_meets_the_articles_stays(planned: tuple[World, Post, Person]) -> None:
    world, _chair, person = planned
    one = listed(world, person)
    assert (one.planning.outcome, one.out, one.since) == ("pass", "", LISTED)
    assert (one.trained, one.rotated, one.used) == (0, False, False)


def test_who_was_disciplined_since_is_out_at_once(planned: tuple[World, Post, Person]) -> None:
    world, chair, person = planned
    Sanction.objects.create(person=person, measure=1, valid=since(LISTED + timedelta(days=30), date(2027, 3, 1)), **world.mark)
    assert listed(world, person).out == "at_once"
    assert [(row["person"], row["post"]) for row in plan(world).disciplined] == [(person.pk, chair.pk)]


def test_who_was_disciplined_before_is_not_out_at_once(planned: tuple[World, Post, Person]) -> None:
    world, _chair, person = planned
    Sanction.objects.create(person=person, measure=1, valid=since(date(2018, 1, 1), date(2019, 1, 1)), **world.mark)
    assert listed(world, person).out == ""
    assert plan(world).disciplined == []


def test_a_plan_for_a_post_no_higher_is_out_at_the_review(planned: tuple[World, Post, Person]) -> None:
    world, _chair, person = planned
    equal = world.post("P/1.executive", "commune-vice-chair")
    enter(world, person, equal)
    found = next(each for post in detail(world) if post.post == equal.pk for each in post.planned)
    assert found.out == "review"
    assert any("upward" in each.id for each in found.planning.with_outcome("fail"))
    assert plan(world).upward == 1


def test_the_next_term_asks_for_more_years_than_the_present_one(planned: tuple[World, Post, Person]) -> None:
    world, chair, _person = planned
    older = vice(world, "Văn Cũ", date(1972, 1, 1))  # retires in 2034; in which group is not in the register
    enter(world, older, chair)
    present, later = listed(world, older), listed(world, older, term="next")
    assert (present.planning.outcome, present.out) == ("unknown", "") and later.out == "review"
    assert [each.id for each in later.planning.with_outcome("fail")] == ["vn/party/45-hd-btctw/art-ii-5-2/age-next-term"]


def test_training_rotation_and_use_are_tracked_since_entering_the_plan(planned: tuple[World, Post, Person]) -> None:
    world, chair, person = planned
    for begun in (date(2025, 1, 1), date(2026, 5, 1)):
        Training.objects.create(person=person, stream="state-management", title="A course", valid=since(begun), **world.mark)
    world.serve(person, world.post("Q/1.executive", "commune-vice-chair"), kind=Membership.Kind.ROTATED,
                valid=since(date(2026, 4, 1), date(2026, 6, 1)))  # fmt: skip
    assert (listed(world, person).trained, listed(world, person).rotated, listed(world, person).used) == (1, True, False)
    world.serve(person, chair, valid=since(date(2026, 10, 1)))
    assert listed(world, person).used


def test_who_could_be_added_is_counted_without_those_who_stand_in_the_plan(planned: tuple[World, Post, Person]) -> None:
    world, chair, _person = planned
    before = next(post.addable for post in detail(world, additions=True) if post.post == chair.pk)
    vice(world, "Văn Mới", date(1991, 1, 1))
    after = next(post.addable for post in detail(world, additions=True) if post.post == chair.pk)
    assert before == (0, 0) and after == (1, 0)


def test_too_many_posts_are_not_judged_one_by_one(planned: tuple[World, Post, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    world, _chair, _person = planned
    monkeypatch.setattr(succession, "DETAIL", 1)
    assert succession.in_detail(by=intake.console(), root=world.organizations["P/1"].pk, on=ON) is None


# ---- vacancies


def vacant(world: World, code: str = "P", on: date = ON) -> vacating.Board:
    return vacating.board(by=intake.console(), root=world.organizations[code].pk, on=on)


def test_a_post_is_vacant_from_the_day_its_holder_left_and_overdue_after_the_norm(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair")
    world.serve(world.person(), post, valid=since(date(2020, 1, 1), date(2026, 9, 1)), ending=4)
    norm = vacating.norm_days(ON)
    assert norm is not None
    due = deadlines.after(date(2026, 9, 1), Norm(norm, "working_days"))
    [one] = vacant(world).vacancies
    assert (one.post, one.since, one.due, one.never, one.overdue) == (post.pk, date(2026, 9, 1), due, False, True)
    assert not vacant(world, on=due).vacancies[0].overdue and vacant(world, on=due + timedelta(days=1)).vacancies[0].overdue
    assert vacant(world, on=date(2026, 8, 31)).vacancies == []


def test_who_acts_as_head_does_not_fill_the_post(world: World) -> None:
    post = world.post("P/1.executive", "commune-chair")
    world.serve(world.person(), post, kind=Membership.Kind.ACTING, valid=since(date(2026, 8, 1)))
    [one] = vacant(world).vacancies
    assert one.acting and one.never and one.since == date(2015, 1, 1)


def test_the_plan_and_the_case_of_a_vacancy_are_told(planned: tuple[World, Post, Person]) -> None:
    world, chair, _person = planned
    board = vacant(world)
    [one] = board.vacancies
    assert (one.planned, one.case, board.without_case, board.without_plan) == (1, None, 1, 0)
    opened = cases.open_case(procedure="vacancy", post=chair, by=intake.console(), on=ON)
    assert vacant(world).vacancies[0].case == (opened.pk, "vacancy")


def test_the_time_to_fill_is_the_median_of_the_seats_that_stood_empty(world: World) -> None:
    gaps = {"P/1.executive": 10, "P/2.executive": 30, "Q/1.executive": 100}
    left = date(2025, 1, 1)
    for code, days in gaps.items():
        post = world.post(code, "commune-chair")
        world.serve(world.person(), post, valid=since(date(2020, 1, 1), left), ending=4)
        world.serve(world.person(), post, valid=since(left + timedelta(days=days)))
    at_once = world.post("P.executive", "province-chair")
    world.serve(world.person(), at_once, valid=since(date(2020, 1, 1), left), ending=4)
    world.serve(world.person(), at_once, valid=since(left))
    filled = vacant(world).filled
    assert (filled.count, filled.median, filled.at_once, filled.by_year) == (2, 20.0, 1, [(2025, 20.0, 2)])
    assert PersonName.objects.count() >= 8

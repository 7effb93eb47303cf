"""How many may be excellent: a reading that a body decided on, held when people are decided on; a stated way where too many reach it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from canbo.evaluation import board, grading, inputs, limits
from canbo.evaluation.models import Evaluation, Outstanding
from canbo.registry import constraints
from canbo.registry.models import Account
from canbo.rules.evaluation.periods import parse
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER, GENERAL, MARCH, Office
from tests.evaluation.test_work import refused

pytestmark = pytest.mark.django_db
EARLY = date(2026, 1, 5)
FULL = {name: Decimal(10) for name in GENERAL}


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world, people=12)


def every_period(office: Office, among: str = "all", **asked: Any) -> limits.Limit:
    """The province counts of all graded, in every period."""
    told = {"organization": office.world.organizations["P"], "among": among, "rounding": "down", "groups": "leading",
            "periods": "every", "since": EARLY, "basis": "Decision 7", "by": office.officer, "on": EARLY}  # fmt: skip
    return limits.set_limit(**{**told, **asked})


def opined(office: Office, number: int, *, done: object = 2) -> tuple[Account, Evaluation]:
    """One more of the staff, who made two letters, up to the head's opinion; 100 points, fewer where less was done."""
    person = office.world.person(given=f"Star {number}")
    office.world.serve(person, office.post, seat=number + 8)
    offices.declared(office.world, person)
    own = office.world.account(f"star {number}", person=person)
    held = office.assign(person=person)
    if done:
        office.log(held, done, by=own)
    office.accept(held, done)
    evaluation = grading.assess(person=person, period=MARCH, general=FULL, by=own, on=AFTER)
    return own, grading.opine(evaluation=evaluation, opinion="", by=office.head, on=AFTER)


def several(office: Office, *done: object) -> list[Evaluation]:
    return [opined(office, number, done=each)[1] for number, each in enumerate(done)]


def decide(office: Office, evaluation: Evaluation, **told: Any) -> Evaluation:
    return grading.decide(evaluation=evaluation, by=office.head, on=AFTER, **told)


def grades(office: Office, done: Sequence[object]) -> list[str]:
    return [decide(office, each).grade for each in several(office, *done)]


def test_the_share_of_the_decree_binds_the_grade_of_the_year_and_no_month(office: Office) -> None:
    assert grades(office, [2, 2]) == ["excellent", "excellent"]
    assert limits.limit_on(office.place.pk, AFTER).periods == "year"


def test_deciding_beyond_the_share_is_refused_with_how_many_and_who(office: Office) -> None:
    every_period(office)
    first, second, *_others = several(office, 2, 2, "1.5", "1.5", "1.5", "1.5")
    # six are graded, so one may be excellent
    assert decide(office, first, why="She made the harder letters.").grade == "excellent"
    with pytest.raises(limits.Refused) as refusal:
        decide(office, second, why="A good colleague.")
    assert refusal.value.why == "beyond_cap"
    assert "2 reached excellent and 1 may be" in str(refusal.value) and "Star 0" in str(refusal.value)
    held = decide(office, second, grade="good", why="No more than one of six.")
    assert (held.grade, held.below, held.score) == ("good", True, Decimal("100.0"))
    assert held.cap["most"] == 1 and held.cap["reached"] == 2 and held.cap["among"] == "all"
    assert inputs.recomputed(held).grade == "excellent"  # what the score reached stays to be seen


def test_of_several_who_are_equal_people_decide_and_say_why(office: Office) -> None:
    every_period(office)
    first, *_others = several(office, 2, 2, "1.5", "1.5", "1.5", "1.5")
    assert refused(lambda: decide(office, first)) == "cap_order"
    assert refused(lambda: decide(office, first, grade="good")) == "cap_order"
    assert refused(lambda: decide(office, first, grade="completed", why="No.")) == "grade_follows"
    assert limits.room_for(first, on=AFTER).place == "tied"
    assert decide(office, first, why="Drawn by the meeting.").grade == "excellent"


def test_whoever_the_order_puts_first_keeps_it_without_a_word_and_another_only_with_one(office: Office) -> None:
    every_period(office)
    less, most, *_others = several(office, "1.9", 2, "1.5", "1.5", "1.5", "1.5")
    assert limits.room_for(less, on=AFTER).place == "loses"
    with pytest.raises(limits.Refused) as refusal:
        decide(office, less)
    assert refusal.value.why == "cap_order" and "Star 1" in str(refusal.value)
    assert decide(office, most).grade == "excellent"
    assert refused(lambda: decide(office, less, why="He deserves it.")) == "beyond_cap"


def test_no_reason_lowers_a_grade_for_which_there_is_room(office: Office) -> None:
    every_period(office)
    first, *_others = several(office, 2, "1.5", "1.5", "1.5", "1.5")
    assert refused(lambda: decide(office, first, grade="good", why="Too young.")) == "grade_follows"


def test_whoever_the_law_leaves_open_takes_a_place_as_well(office: Office) -> None:
    every_period(office)
    held = office.opined()
    assert refused(lambda: decide(office, held, grade="excellent", why="Seconded.")) == "beyond_cap"
    several(office, "1.5", "1.5", "1.5", "1.5", "1.5")
    assert decide(office, held, grade="excellent", why="Seconded.").grade == "excellent"


@pytest.mark.parametrize(
    ("among", "rounding", "most"), [("good", "down", 0), ("good", "up", 1), ("good_or_better", "down", 1), ("all", "down", 1)]
)
def test_each_reading_comes_to_its_own_number(office: Office, among: str, rounding: str, most: int) -> None:
    every_period(office, among, rounding=rounding)
    first, *_others = several(office, 2, "1.5", "1.5", "1.5", "1.5")  # one excellent, four good
    assert first.grade == ""
    rows = board.reckoned(inputs.members([office.place.pk], period()), period(), on=AFTER)
    told = limits.counted(rows, office.place.pk, period(), on=AFTER)
    cap = next(each for each in told.caps if each.group == "staff")
    assert (cap.used, cap.allowed[cap.used], told.binding) == (among, most, True)


def period() -> Any:
    found = parse(MARCH)
    assert found is not None
    return found


def test_the_higher_share_is_open_only_to_recognised_results(office: Office) -> None:
    every_period(office, "all")
    first, second, third, *_others = several(office, 2, 2, 2, "1.5", "1.5", "1.5", "1.5", "1.5")
    assert limits.room_for(first, on=AFTER).most == 1  # a fifth of eight
    told = {"organization": office.place, "year": 2026, "basis": "Decision 90", "on": AFTER}
    assert refused(lambda: limits.recognise(**told, by=office.head)) == "own_body"
    assert refused(lambda: limits.recognise(**told, by=office.officer)) == "not_allowed"
    above = office.world.account("chair", "leader", "P", person=office.world.person(given="Chair"))
    assert refused(lambda: limits.recognise(**{**told, "basis": " "}, by=above)) == "no_basis"
    limits.recognise(**told, by=above)
    assert limits.room_for(first, on=AFTER).most == 2  # a quarter


def test_a_reading_holds_from_its_day_on_for_all_beneath_and_never_backwards(office: Office) -> None:
    every_period(office, "good", since=date(2026, 2, 1))
    assert limits.limit_on(office.place.pk, date(2026, 1, 31)).periods == "year"
    assert limits.limit_on(office.place.pk, date(2026, 2, 1)).periods == "every"
    assert refused(lambda: every_period(office, since=EARLY, on=date(2026, 1, 6))) == "retroactive"
    assert refused(lambda: every_period(office, since=date(2026, 1, 20))) == "later_scheme"
    assert refused(lambda: every_period(office, "some")) == "reading"
    assert refused(lambda: every_period(office, basis="")) == "no_basis"
    assert refused(lambda: every_period(office, by=office.worker)) == "not_allowed"
    every_period(office, "all", organization=office.place, since=date(2026, 3, 1))
    assert limits.limit_on(office.place.pk, AFTER).among == "all"
    assert limits.limit_on(office.world.organizations["P"].pk, AFTER).among == "good"


def test_what_was_decided_on_the_share_is_neither_rewritten_nor_removed(office: Office) -> None:
    held = every_period(office)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE evaluation_limit SET among = 'good' WHERE id = %s", [held.pk])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evaluation_limit")


def test_the_database_lets_nobody_recognise_the_own_body(office: Office) -> None:
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Outstanding.objects.create(organization=office.place, year=2026, basis="x", decided_by=office.head, decided_on=AFTER)
    assert constraints.name_of(problem.value) == "outstanding_by_another_body"


def test_a_grade_below_what_was_reached_says_why_in_the_database_too(office: Office) -> None:
    [held] = several(office, 2)
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Evaluation.objects.filter(pk=held.pk).update(below=True)
    assert constraints.name_of(problem.value) == "below_is_good_and_says_why"

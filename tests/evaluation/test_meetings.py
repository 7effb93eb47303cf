"""Meetings on evaluations: summoned, minuted by one, adopted by another; the grade of a year is decided after one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from canbo.evaluation import grading, meetings
from canbo.evaluation.meetings import Matter
from canbo.evaluation.models import Evaluation, Meeting
from canbo.registry import authority, constraints
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER, GENERAL, MARCH, PLACE, Office
from tests.evaluation.test_grading import handbook
from tests.evaluation.test_work import refused
from tests.pages.test_work_pages import everything, reader

pytestmark = pytest.mark.django_db
DECEMBER = date(2026, 12, 7)


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def year(office: Office) -> Evaluation:
    """The evaluation of a year, as far as the head's opinion."""
    held = grading.assess(person=office.person, period="2026", general=GENERAL, by=office.worker, on=DECEMBER)
    return grading.opine(evaluation=held, opinion="", by=office.head, on=DECEMBER)


def test_what_the_meeting_said_stands_with_the_evaluation_and_the_decision_refers_to_it(office: Office) -> None:
    handbook(office)
    held = office.opined()
    meeting = office.minuted(office.convened(), held)
    meetings.adopt(meeting=meeting, by=office.head, on=AFTER)
    decided = grading.decide(evaluation=held, by=office.head, on=AFTER)
    assert decided.meeting == meeting
    assert (decided.met["opinion"], decided.met["votes"], decided.met["present"]) == ("Agreed.", [4, 1, 0], 5)
    assert decided.entry.payload["minutes"] == meeting.digest == meetings.digest_of(meeting, meeting.minutes)


def test_the_grade_of_a_year_is_decided_after_the_meeting(office: Office) -> None:
    held = year(office)
    told = {"evaluation": held, "by": office.head, "on": DECEMBER, "grade": "good", "why": "Months wait."}
    assert refused(lambda: grading.decide(**told)) == "no_meeting"
    meeting = office.convened(period="2026", day=DECEMBER, on=DECEMBER)
    meetings.adopt(meeting=office.minuted(meeting, held), by=office.head, on=DECEMBER)
    assert grading.decide(**told).grade == "good"


def test_the_database_takes_no_grade_of_a_year_without_a_meeting_nor_minutes_of_another_body(office: Office) -> None:
    held, march = year(office), office.opined()
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Evaluation.objects.filter(pk=held.pk).update(
            state="decided", grade="good", inputs="x", law_day=DECEMBER, decided_by=office.head
        )
    assert constraints.name_of(problem.value) == "year_needs_a_meeting"
    meeting = office.minuted(office.convened(), march)
    for wrong in (march, held):  # not adopted; of another period
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Evaluation.objects.filter(pk=wrong.pk).update(meeting=meeting)
        assert constraints.name_of(problem.value) == "refers_to_adopted_minutes"


def test_whoever_wrote_the_minutes_does_not_adopt_them(office: Office) -> None:
    meeting = office.minuted(office.convened(), office.opined())
    assert refused(lambda: meetings.adopt(meeting=meeting, by=office.officer, on=AFTER)) == "second_person"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(state="adopted", adopted_by=office.officer)
    assert constraints.name_of(problem.value) == "minutes_adopted_by_another"
    assert refused(lambda: meetings.adopt(meeting=meeting, by=office.worker, on=AFTER)) == "not_allowed"


def test_adopted_minutes_stay(office: Office) -> None:
    held = office.opined()
    meeting = meetings.adopt(meeting=office.minuted(office.convened(), held), by=office.head, on=AFTER)
    assert refused(lambda: office.minuted(meeting, held)) == "adopted"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(minutes={})
    assert constraints.name_of(problem.value) == "adopted_minutes_stay"


def test_a_meeting_is_summoned_with_two_people_who_lead_and_write_it(office: Office) -> None:
    assert refused(lambda: office.convened(secretary=office.head.person)) == "chair"
    assert refused(lambda: office.convened(secretary=office.world.person())) == "chair"
    assert refused(lambda: office.convened(day=date(2026, 4, 1))) == "retroactive"
    assert refused(lambda: office.convened(by=office.worker)) == "not_allowed"
    assert len(office.convened().summoned) == 5


def test_minutes_say_only_what_can_be(office: Office) -> None:
    held, meeting = office.opined(), office.convened(day=date(2026, 4, 3))
    on = date(2026, 4, 3)
    assert refused(lambda: office.minuted(meeting, held, on=AFTER)) == "not_held"
    assert refused(lambda: office.minuted(meeting, held, present=[office.person.pk])) == "chair"
    assert refused(lambda: office.minuted(meeting, held, present=[*meeting.summoned, 1])) == "not_summoned"
    assert refused(lambda: office.minuted(meeting)) == "no_matter"
    assert refused(lambda: office.minuted(meeting, held, matters=[Matter(held, "Yes.", (5, 1, 0))])) == "votes"
    assert refused(lambda: office.minuted(meeting, held, matters=[Matter(held, " ")])) == "no_opinion"
    own = office.convened(day=on, chair=office.person)
    assert refused(lambda: office.minuted(own, held)) == "own_matter"
    other = year(office)
    assert refused(lambda: office.minuted(meeting, other)) == "other_matter"
    assert office.minuted(meeting, held).state == "minuted"


def test_an_evaluation_that_was_decided_meanwhile_is_found_out(office: Office) -> None:
    handbook(office)
    held = office.opined()
    meeting = office.minuted(office.convened(), held)
    grading.decide(evaluation=held, by=office.head, on=AFTER)
    assert refused(lambda: meetings.adopt(meeting=meeting, by=office.head, on=AFTER)) == "moved"
    assert Meeting.objects.get().state == "minuted"


def test_only_the_body_sees_a_meeting(office: Office) -> None:
    office.minuted(office.convened(), office.opined())

    def count(account: Any) -> int:
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM evaluation_meeting")
                return int(cursor.fetchone()[0])

    assert count(office.head) == count(office.inspector) == 1
    assert count(office.worker) == count(office.world.account("auditor", "auditor", "P")) == 0


def test_a_meeting_is_carried_from_the_summons_to_its_adoption_on_the_page(office: Office) -> None:
    held = office.opined()
    address = f"/evaluations/meetings?in={PLACE}&period={MARCH}"

    def does(account: Any, do: str, **told: Any) -> int:
        client = reader(account)
        page = client.get(address).content.decode()
        key = page.split('name="key" value="')[1].split('"')[0]
        return client.post(address, {"do": do, "key": key, **told}).status_code

    people = {"chair": office.head.person.pk, "secretary": office.colleague.person.pk, "day": date.today().isoformat()}
    assert does(office.officer, "convene", **people) == 302
    everything()
    meeting = Meeting.objects.get()
    there = {f"present_{number}": "on" for number in meeting.summoned}
    said = {f"opinion_{held.pk}": "Agreed.", f"for_{held.pk}": "5"}
    assert does(office.officer, "minute", meeting=meeting.pk, **there, **said) == 302
    assert does(office.officer, "adopt", meeting=meeting.pk) == 422
    assert does(office.head, "adopt", meeting=meeting.pk) == 302
    everything()
    assert Evaluation.objects.get().met["votes"] == [5, 0, 0]
    page = reader(office.worker).get(f"/evaluations/{office.person.pk}?period={MARCH}").content.decode()
    assert "Agreed." in page

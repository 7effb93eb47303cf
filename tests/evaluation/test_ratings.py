"""The grade of a published year stands in the person's file, where articles on appointment and removal read it."""

from __future__ import annotations

from datetime import date

import pytest

from canbo.evaluation import grading, meetings
from canbo.evaluation.models import Evaluation
from canbo.journal import entries
from canbo.registry import facts
from canbo.registry.models import Rating
from tests.evaluation import office as offices
from tests.evaluation.office import Office
from tests.evaluation.test_grading import handbook
from tests.evaluation.test_meetings import DECEMBER, year
from tests.world import World

pytestmark = pytest.mark.django_db
NEXT = date(2027, 3, 1)


@pytest.fixture
def office(world: World) -> Office:
    return offices.build(world)


def published(office: Office, grade: str = "not_completed") -> Evaluation:
    """The year of somebody to whom nothing was assigned, graded by the authority after the meeting."""
    held = year(office)
    meeting = office.minuted(office.convened(period="2026", day=DECEMBER, on=DECEMBER), held)
    meetings.adopt(meeting=meeting, by=office.head, on=DECEMBER)
    held = grading.decide(evaluation=held, by=office.head, on=DECEMBER, grade=grade, why="Nothing was done all year.")
    return grading.publish(evaluation=held, by=office.officer, on=DECEMBER)


def grades(office: Office, on: date = NEXT) -> tuple[str | None, ...]:
    return tuple(facts.of_person(office.person, on=on)["person.grades"].value)  # type: ignore[arg-type]


def test_a_published_year_is_read_by_the_articles(office: Office) -> None:
    before = grades(office)
    held = published(office)
    rating = Rating.objects.get(person=office.person, decision__number=f"evaluation/{held.pk}")
    assert (rating.entry_id, rating.confirmed_by, rating.regime) == (held.entry_id, held.decided_by, "civil-servant")
    assert grades(office) == ("not_completed", *before[1:])


def test_a_shorter_period_leaves_no_grade_in_the_file(office: Office) -> None:
    handbook(office)
    office.published()
    assert not Rating.objects.filter(person=office.person, source__code="evaluations").exists()


def test_a_cancelled_year_is_taken_out_of_the_file_and_the_register_remembers(office: Office) -> None:
    before = grades(office)
    held = published(office)
    grading.cancel(evaluation=held, why="The leave was not counted.", by=office.head, on=DECEMBER)
    assert grades(office) == before
    assert [entry.act for entry in entries.about(held)][-2:] == ["evaluation.published", "evaluation.cancelled"]

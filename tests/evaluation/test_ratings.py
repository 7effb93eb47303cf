"""The grade of a published year stands in the person's file, where articles on appointment and removal read it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from canbo.evaluation import grading, meetings
from canbo.evaluation.models import Evaluation
from canbo.journal import entries
from canbo.procedures import consequences
from canbo.registry import facts
from canbo.registry.days import since
from canbo.registry.models import Rating
from tests.evaluation import office as offices
from tests.evaluation.office import Office
from tests.evaluation.test_grading import handbook
from tests.evaluation.test_meetings import DECEMBER, year
from tests.pages.test_work_pages import reader
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


def test_the_page_of_a_published_year_tells_what_the_grade_opens(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    held = published(office)
    ended = DateRange(date(2025, 1, 1), date(2026, 1, 1))
    Rating.objects.create(
        person=office.person, grade=Rating.Grade.NOT_COMPLETED, regime="civil-servant", valid=ended, **office.world.mark
    )
    office.world.serve(
        office.person, office.world.post("P.executive", "commune-department-head"), valid=since(date(2026, 12, 20))
    )
    monkeypatch.setattr("canbo.pages.evaluations.today", lambda: NEXT)
    opened = [each.procedure for each in consequences.of_person(person=office.person, by=office.officer, on=NEXT)]
    page = asked(reader(office.officer), f"/evaluations/{office.person.pk}?period={held.period}")
    assert opened and all(f"procedure={name}" in page for name in opened)
    assert "What this grade opens" not in asked(reader(office.worker), f"/evaluations/{office.person.pk}?period={held.period}")


def asked(client: Client, path: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('canbo.sees_all', '', true)")
    return str(client.get(path).content.decode())

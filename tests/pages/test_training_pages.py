"""Pages of training and talent: the plan with its reasons, by hand, approved by another; my courses; promises."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from canbo.development import courses, talent
from canbo.development.models import Enrolment, Place, Plan, SelfStudy
from tests.development import school as schools
from tests.development.school import School
from tests.development.training_trials import NEW
from tests.pages.test_work_pages import everything, reader, sent

pytestmark = pytest.mark.django_db
TODAY = date.today()
PLAN = f"/training?in={schools.PLACE}&year={TODAY.year}"


@pytest.fixture
def school(world: Any) -> School:
    return schools.build(world)


def posted(client: Any, address: str, **told: Any) -> Any:
    """What the page answers to a form that it made itself."""
    return client.post(address, {"key": sent(client.get(address).content.decode()), **told})


def test_a_plan_is_proposed_changed_by_hand_and_approved_by_another_on_the_page(school: School) -> None:
    officer, chief = reader(school.officer), reader(school.chief)
    assert posted(officer, PLAN, do="propose", budget="8000000", each="2").status_code == 302
    page = officer.get(PLAN).content.decode()
    assert "asked by law, overdue" in page and "the budget does not reach" in page and "Decree 334/2025" in page
    everything()
    plan = Plan.objects.get()
    told = {"do": "out", "plan": plan.pk, "person": school.late.pk, "course": "theory-intermediate", "remark": "On leave."}
    assert posted(officer, PLAN, **told).status_code == 302
    answer = posted(officer, PLAN, do="approve", plan=plan.pk, basis="Decision 1")
    assert answer.status_code == 422
    assert posted(chief, PLAN, do="approve", plan=plan.pk, basis="Decision 1").status_code == 302
    everything()
    place = Place.objects.get(plan=plan, taken=True, person=school.soon, course="theory-intermediate")
    starts = max(TODAY, min(TODAY + timedelta(days=3), date(TODAY.year, 12, 31)))
    assert posted(officer, PLAN, do="send", place=place.pk, starts=starts.isoformat()).status_code == 302
    everything()
    assert Enrolment.objects.get().place == place


def test_a_person_reads_the_own_courses_and_logs_self_study(school: School) -> None:
    school.enrol(on=TODAY, starts=TODAY)
    client = reader(school.own)
    assert "Digital skills" in client.get("/training/mine").content.decode()
    told = {"topic": "Statistics", "field": "data", "hours": "12", "day": TODAY.isoformat(), "evidence": "7/CN"}
    assert posted(client, "/training/mine", **told).status_code == 302
    everything()
    study = SelfStudy.objects.get()
    assert posted(reader(school.chief), PLAN, do="confirm", study=study.pk).status_code == 302
    assert client.get(PLAN).status_code == 403


def test_the_catalogue_names_the_articles_and_takes_a_proposal_from_below(school: School) -> None:
    client = reader(school.chief)
    page = client.get("/training/courses").content.decode()
    assert "asked by law" in page and "Decree 171/2025" in page
    assert posted(client, "/training/courses", **{**NEW, "do": "propose", "in": schools.PLACE}).status_code == 302
    assert "GIS for land officers" in client.get("/training/courses").content.decode()
    assert "GIS" not in reader(school.own).get("/training/courses").content.decode()
    everything()
    assert "gis" not in courses.known(school.place.pk, on=TODAY)


def test_an_overdue_promise_shows_on_the_talent_page(school: School) -> None:
    held, ago = school.recognised(), TODAY - timedelta(days=20)
    made = talent.promise(
        talent=held, kind="housing", text="A flat", due_on=max(ago, schools.ON), by=school.officer, on=schools.ON
    )
    page = reader(school.officer).get(f"/talent?in={schools.PLACE}").content.decode()
    assert "A flat" in page and ("overdue" in page or made.due_on >= TODAY)
    assert "Too few people served here then" in page and "closed" in page

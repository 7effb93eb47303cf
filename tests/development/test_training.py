"""Training: places from needs within a budget, approved by another; sent by the articles; results, service owed, self-study."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from canbo.development import courses, enrolment, following, plans, study
from canbo.development.models import Course, Enrolment, Place, Plan
from canbo.journal.models import Entry
from canbo.registry import authority, constraints
from canbo.registry.models import Credential, PoliticalTheory, Training
from canbo.rules import courses as catalogue
from tests.development import school as schools
from tests.development.school import DONE, ON, STARTS, School
from tests.evaluation.test_work import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(world: Any) -> School:
    return schools.build(world)


# ---- the catalogue


def test_every_course_names_articles_that_exist_and_a_stream_of_the_decree_or_a_degree() -> None:
    law = courses.law()
    told = courses.listed()
    streams = law.facts["training.kind"].type.values
    assert {each.field for each in told.courses.values()} == set(told.fields)
    for each in told.courses.values():
        assert each.stream in streams and each.stream != "other"
        assert set(each.asked_by) | ({each.said_by} if each.said_by else set()) <= set(law.articles)


def test_a_course_is_compulsory_on_the_days_on_which_an_article_asks_for_it() -> None:
    law, theory = courses.law(), courses.listed().courses["theory-intermediate"]
    assert "vn/state/decree-334-2025/theory-again" in catalogue.asked_on(theory, law, ON)
    assert catalogue.asked_on(theory, law, date(2010, 1, 1)) == []
    assert catalogue.asked_on(courses.listed().courses["ai-work"], law, ON) == []


def test_the_weeks_of_the_course_for_leaders_are_those_of_the_article(school: School) -> None:
    leaders = courses.listed().courses["division-leader"]
    said = enrolment.judged(school.late, leaders, starts=STARTS, committed_months=None, fits_position=None, on=ON)
    assert [each.outcome for each in said.articles if each.id == leaders.said_by] == ["pass"]


NEW = {"code": "gis", "title": "GIS for land officers", "field": "technology", "stream": "digital", "hours": 24, "cost": 1_000_000,
       "provider": "The university", "why": "Land files are drawn on maps."}  # fmt: skip


def test_a_course_proposed_from_below_is_offered_once_a_second_person_approved_it(school: School) -> None:
    told = {**NEW, "organization": school.place}
    made = courses.propose(**told, by=school.chief, on=ON)
    assert "gis" not in courses.known(school.place.pk, on=ON)
    assert refused(lambda: courses.decide(course=made, approved=True, by=school.chief, on=ON)) == "second_person"
    above = school.world.account("above", "leader", "P", person=school.world.person())
    courses.decide(course=made, approved=True, by=above, on=ON)
    assert courses.known(school.place.pk, on=ON)["gis"].own == made.pk
    assert "gis" not in courses.known(school.world.organizations["P/2"].pk, on=ON)
    assert refused(lambda: courses.propose(**{**told, "field": "magic"}, by=school.chief, on=ON)) == "field"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Course.objects.filter(pk=made.pk).update(cost=1)
    assert constraints.name_of(problem.value) == "decided_development_stays"


# ---- the plan


def taken(plan: Plan) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for each in Place.objects.filter(plan=plan, taken=True).order_by("course"):
        found.setdefault(each.person_id, []).append(each.course)
    return found


def test_whom_the_law_asks_and_is_late_comes_first_and_the_article_stands_with_the_place(school: School) -> None:
    plan = school.plan(budget=8_000_000)
    assert "theory-intermediate" in taken(plan)[school.late.pk]
    place = plan.places.get(person=school.late, course="theory-intermediate")
    assert place.needs[0] == {"kind": "law_late", "wants": {"theory": "intermediate"}, "weight": 1, "by": "2026-03-01",
                              "article": "vn/state/decree-334-2025/theory-again", "post": place.needs[0]["post"]}  # fmt: skip
    out = plan.places.get(person=school.soon, course="theory-intermediate")
    assert (out.taken, out.why, out.over) == (False, ["budget"], 8_000_000)
    assert plan.proved


def test_with_a_larger_budget_all_get_their_place(school: School) -> None:
    plan = school.plan()
    assert {school.late.pk, school.soon.pk} <= set(taken(plan))
    assert plans.summed(plan.places.all())["cost"] <= plan.budget


def test_what_is_decided_by_hand_stays_and_the_rest_is_chosen_anew(school: School) -> None:
    plan = school.plan(budget=8_000_000)
    told = {"plan": plan, "by": school.officer, "on": ON}
    plans.change(**told, person=school.late, course="theory-intermediate", taken=False, remark="On leave.")
    assert school.late.pk not in taken(plan) and "theory-intermediate" in taken(plan)[school.soon.pk]
    plans.change(**told, person=school.worker, course="ai-work", taken=True, remark="Asked for by the office.")
    assert "ai-work" in taken(plan)[school.worker.pk] and school.soon.pk not in taken(plan)
    asked = plan.places.get(person=school.worker, course="ai-work")
    assert (asked.needs[0]["kind"], asked.why, asked.remark) == ("asked", ["by_hand"], "Asked for by the office.")


def test_a_plan_beyond_its_budget_is_refused_by_hand_and_by_the_database(school: School) -> None:
    plan = school.plan(budget=8_000_000)
    told = {"plan": plan, "by": school.officer, "on": ON, "remark": "It must be."}
    assert refused(lambda: plans.change(**told, person=school.worker, course="master", taken=True)) == "budget"
    assert [each.payload["why"] for each in Entry.objects.filter(act="work.attempted")] == ["budget"]
    Place.objects.filter(plan=plan).update(taken=True)
    assert refused(lambda: plans.approve(plan=plan, basis="Decision 1", by=school.chief, on=ON)) == "budget"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(state="approved", approved_by=school.chief, approved_on=ON)
    assert constraints.name_of(problem.value) == "plan_within_budget"


def test_whoever_proposed_the_plan_does_not_approve_it_and_an_approved_plan_stays(school: School) -> None:
    twin = school.granted(school.officer, "leader")
    plan = school.plan()
    assert refused(lambda: plans.approve(plan=plan, basis="Decision 1", by=twin, on=ON)) == "second_person"
    assert refused(lambda: plans.approve(plan=plan, basis="", by=school.chief, on=ON)) == "no_basis"
    plans.approve(plan=plan, basis="Decision 1", by=school.chief, on=ON)
    told = {
        "plan": plan,
        "person": school.late,
        "course": "theory-intermediate",
        "taken": False,
        "remark": "No.",
        "by": school.officer,
    }
    assert refused(lambda: plans.change(**told, on=ON)) == "approved"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Place.objects.filter(plan=plan).update(cost=1)
    assert constraints.name_of(problem.value) == "approved_plan_stays"
    assert school.plan().version == 2 and plans.in_force(school.place.pk, 2026).version == 1


def test_the_same_key_proposes_once_and_a_year_that_is_over_is_not_planned(school: School) -> None:
    assert school.plan(key="once").pk == school.plan(key="once").pk
    assert refused(lambda: school.plan(year=2025)) == "year_is_over"
    assert refused(lambda: school.plan(by=school.inspector)) == "not_allowed"


# ---- sent by the articles


def test_a_person_is_sent_to_a_place_of_the_plan_and_what_the_articles_said_is_kept(school: School) -> None:
    place = school.approved().places.get(person=school.late, course="theory-intermediate")
    sent = school.enrol(person=school.late, course="theory-intermediate", place=place, key="late")
    assert (sent.state, sent.verdict["outcome"], sent.place) == ("enrolled", "pass", place)
    assert "vn/state/decree-171-2025/content" in [each["id"] for each in sent.verdict["articles"]]
    assert school.enrol(person=school.late, course="theory-intermediate", place=place, key="late") == sent
    assert refused(lambda: school.enrol(person=school.soon, course="theory-intermediate", place=place)) == "no_place"


def test_who_is_past_the_age_is_refused_with_the_article_and_the_refusal_is_kept(world: Any) -> None:
    school = schools.build(world, born=date(1980, 1, 1))
    school.graded(school.worker, 3, 4)
    sent = school.degree(key="too old")
    assert sent.state == "refused"
    failed = [each for each in sent.verdict["articles"] if each["outcome"] == "fail"]
    assert [each["id"] for each in failed] == ["vn/state/decree-171-2025/postgraduate/age"]
    assert "older than 45" in failed[0]["reason"]["en"] and sent.entry.act == "training.refused"
    assert school.degree(key="too old") == sent
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Enrolment.objects.create(
            person=school.worker, organization=school.place, course="master", told=sent.told, sent_on=ON, starts=STARTS,
            verdict=sent.verdict, state="enrolled", sent_by=school.officer,
        )  # fmt: skip
    assert constraints.name_of(problem.value) == "sent_by_the_articles"


def test_the_promise_of_service_and_two_good_years_are_asked_for(school: School) -> None:
    assert refused(lambda: school.degree(committed_months=None)) == "incomplete"
    school.graded(school.worker, 3, 2)
    sent = school.degree(committed_months=71)
    assert {each["id"].rsplit("/", 1)[1] for each in sent.verdict["articles"] if each["outcome"] == "fail"} == {
        "commitment",
        "two-good-years",
    }


def test_nobody_sends_oneself_nor_kin_nor_into_a_course_that_is_not_offered(school: School) -> None:
    assert refused(lambda: school.enrol(person=school.officer.person)) == "not_allowed"
    assert refused(lambda: school.enrol(course="alchemy")) == "no_course"
    assert refused(lambda: school.enrol(starts=date(2026, 1, 1))) == "retroactive"


# ---- results, service owed


def test_a_passed_course_becomes_a_record_that_the_articles_read(school: School) -> None:
    sent = school.enrol(person=school.late, course="theory-intermediate")
    done = enrolment.pass_(enrolment=sent, certificate="TC-15", by=school.second, on=DONE)
    held = PoliticalTheory.objects.get(pk=done.record["number"])
    assert (held.level, held.entry.act, held.decision.number) == (2, "training.passed", f"training/{sent.pk}")
    assert done.owed_until is None
    digital = enrolment.pass_(enrolment=school.enrol(), certificate="KS-1", by=school.second, on=DONE)
    assert Training.objects.get(pk=digital.record["number"]).stream == "digital"


def test_a_degree_is_served_for_three_times_as_long_and_the_end_is_shown(school: School) -> None:
    school.graded(school.worker, 3, 4)
    done = enrolment.pass_(enrolment=school.degree(), certificate="M-1", by=school.second, on=date(2028, 12, 20))
    assert (done.owed_months, done.owed_until) == (72, date(2034, 12, 20))
    assert Credential.objects.get(pk=done.record["number"]).level == Credential.Level.MASTER
    owed = enrolment.owing(by=school.officer, root=school.place.pk, on=date(2029, 12, 20))
    assert [(each.months_left, each.gone) for each in owed] == [(60, False)]
    assert "formula that was not read" in owed[0].leaving.reason("en")  # no figure is invented


def test_who_breaks_off_a_degree_repays_all_of_it_by_the_article(school: School) -> None:
    school.graded(school.worker, 3, 4)
    done = enrolment.leave(enrolment=school.degree(), how="dropped_out", by=school.second, on=DONE)
    assert (done.state, done.repay["value"], done.repay["id"]) == ("left", 60_000_000, "vn/state/decree-171-2025/repayment")
    assert refused(lambda: enrolment.pass_(enrolment=done, certificate="x", by=school.second, on=DONE)) == "ended"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Enrolment.objects.filter(pk=done.pk).update(state="passed", certificate="x")
    assert constraints.name_of(problem.value) == "result_stays"


def test_a_result_needs_a_certificate_a_course_that_has_begun_and_another_person(school: School) -> None:
    sent = school.enrol()
    told = {"enrolment": sent, "by": school.second}
    assert refused(lambda: enrolment.pass_(**told, certificate="", on=DONE)) == "no_certificate"
    assert refused(lambda: enrolment.pass_(**told, certificate="x", on=ON)) == "not_begun"
    own = school.granted(school.own, "officer")
    assert refused(lambda: enrolment.pass_(enrolment=sent, certificate="x", by=own, on=DONE)) == "not_allowed"


# ---- self-study, and what followed


STUDY = {"topic": "Statistics", "field": "data", "hours": 12, "day": ON, "evidence": "https://example.org/certificate"}


def test_self_study_is_logged_by_the_person_and_confirmed_by_another(school: School) -> None:
    held = study.log(person=school.worker, **STUDY, by=school.own, on=ON)
    assert refused(lambda: study.log(person=school.worker, **STUDY, by=school.officer, on=ON)) == "not_allowed"
    study.confirm(study=held, confirmed=True, by=school.chief, on=ON)
    mine = study.log(person=school.chief.person, **STUDY, by=school.chief, on=ON)
    assert refused(lambda: study.confirm(study=mine, confirmed=True, by=school.chief, on=ON)) == "not_allowed"


def test_what_followed_a_course_is_not_told_of_too_few(school: School) -> None:
    enrolment.pass_(enrolment=school.enrol(), certificate="KS-1", by=school.second, on=DONE)
    found = following.effect(by=school.officer, root=school.place.pk, on=DONE)
    assert (found.trained, found.points) == (0, None)


def test_a_person_sees_the_own_enrolment_and_a_colleague_does_not(school: School) -> None:
    school.enrol()
    with authority.sight(school.own):
        assert Enrolment.objects.count() == 1
    with authority.sight(school.world.account("colleague", None, None, person=school.soon)):
        assert Enrolment.objects.count() == 0

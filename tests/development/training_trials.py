"""A call of each service on training and talent, for the test that every act leaves an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from canbo.development import courses, enrolment, plans, study, talent
from tests.development import school as schools
from tests.development.school import DONE, ON, School
from tests.procedures.case_trials import Trial

NEW = {"code": "gis", "title": "GIS for land officers", "field": "technology", "stream": "digital", "hours": 24, "cost": 1_000_000,
       "provider": "The university", "why": "Land files are drawn on maps."}  # fmt: skip
STUDY = {"topic": "Statistics", "field": "data", "hours": 12, "day": ON, "evidence": "https://example.org/certificate"}
DUE = date(2026, 12, 31)


def propose_course(school: School) -> Trial:
    told = {**NEW, "organization": school.place, "by": school.officer, "on": ON}
    return Trial(("course.proposed",), school.officer, lambda: courses.propose(**told))


def decide_course(school: School) -> Trial:
    made = courses.propose(**NEW, organization=school.place, by=school.officer, on=ON)
    return Trial(("course.decided",), school.chief, lambda: courses.decide(course=made, approved=True, by=school.chief, on=ON))


def propose_plan(school: School) -> Trial:
    return Trial(("plan.proposed",), school.officer, school.plan)


def change_plan(school: School) -> Trial:
    told = {"plan": school.plan(), "person": school.late, "course": "theory-intermediate", "taken": False, "remark": "On leave."}
    return Trial(("plan.changed",), school.officer, lambda: plans.change(**told, by=school.officer, on=ON))


def approve_plan(school: School) -> Trial:
    told = {"plan": school.plan(), "basis": "Decision 40", "by": school.chief, "on": ON}
    return Trial(("plan.approved",), school.chief, lambda: plans.approve(**told))


def enrol(school: School) -> Trial:
    return Trial(("training.sent",), school.officer, school.enrol)


def pass_(school: School) -> Trial:
    told = {"enrolment": school.enrol(), "certificate": "KS-1", "by": school.second, "on": DONE}
    return Trial(("training.passed",), school.second, lambda: enrolment.pass_(**told))


def fail(school: School) -> Trial:
    told = {"enrolment": school.enrol(), "by": school.second, "on": DONE}
    return Trial(("training.failed",), school.second, lambda: enrolment.fail(**told))


def leave(school: School) -> Trial:
    told = {"enrolment": school.enrol(), "how": "dropped_out", "by": school.second, "on": DONE}
    return Trial(("training.left",), school.second, lambda: enrolment.leave(**told))


def log_study(school: School) -> Trial:
    return Trial(("study.logged",), school.own, lambda: study.log(person=school.worker, **STUDY, by=school.own, on=ON))


def confirm_study(school: School) -> Trial:
    held = study.log(person=school.worker, **STUDY, by=school.own, on=ON)
    return Trial(("study.confirmed",), school.chief, lambda: study.confirm(study=held, confirmed=True, by=school.chief, on=ON))


def propose_talent(school: School) -> Trial:
    return Trial(("talent.proposed",), school.officer, school.proposed)


def recognise(school: School) -> Trial:
    told = {"talent": school.proposed(), "recognised": True, "basis": "Decision 7", "by": school.chief, "on": ON}
    return Trial(("talent.decided",), school.chief, lambda: talent.recognise(**told))


def end(school: School) -> Trial:
    held = school.recognised()
    return Trial(("talent.ended",), school.officer, lambda: talent.end(talent=held, by=school.officer, on=ON))


def promise(school: School) -> Trial:
    told = {"talent": school.recognised(), "kind": "housing", "text": "A flat", "due_on": DUE, "by": school.officer, "on": ON}
    return Trial(("promise.given",), school.officer, lambda: talent.promise(**told))


def keep(school: School) -> Trial:
    made = talent.promise(talent=school.recognised(), kind="housing", text="A flat", due_on=DUE, by=school.officer, on=ON)
    return Trial(
        ("promise.kept",), school.officer, lambda: talent.keep(promise=made, evidence="Lease 3", by=school.officer, on=ON)
    )


def nominate(school: School) -> Trial:
    told = {"person": school.worker, "group": "young", "why": "Learns fast.", "by": school.officer, "on": ON}
    return Trial(("potential.proposed",), school.officer, lambda: talent.nominate(**told))


def take(school: School) -> Trial:
    held = talent.nominate(person=school.worker, group="young", why="Learns fast.", by=school.officer, on=ON)
    return Trial(("potential.decided",), school.chief, lambda: talent.take(potential=held, taken=True, by=school.chief, on=ON))


STORIES: dict[str, Callable[[School], Trial]] = {
    "courses.propose": propose_course, "courses.decide": decide_course, "plans.propose": propose_plan, "plans.change": change_plan,
    "plans.approve": approve_plan, "enrolment.enrol": enrol, "enrolment.pass_": pass_, "enrolment.fail": fail, "enrolment.leave": leave,
    "study.log": log_study, "study.confirm": confirm_study, "talent.propose": propose_talent, "talent.recognise": recognise,
    "talent.end": end, "talent.promise": promise, "talent.keep": keep, "talent.nominate": nominate, "talent.take": take,
}  # fmt: skip


class _Asked(dict[str, Any]):
    """Trials by service, each prepared when it is asked for."""

    def __init__(self, world: Any) -> None:
        super().__init__(STORIES)
        self.world = world

    def __getitem__(self, service: str) -> Trial:
        return STORIES[service](schools.build(self.world))


def trials(world: Any) -> dict[str, Any]:
    """For each service: the act that must stand in the journal, who does it, and a call that does it."""
    return _Asked(world)

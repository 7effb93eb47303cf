"""A call of each service on work and evaluations, for the test that every act leaves an entry.

Each is carried to where the act belongs only when it is asked for: what leads there leaves entries of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from canbo.evaluation import (
    catalogue,
    grading,
    limits,
    meetings,
    opinions,
    outbox,
    regulations,
    schemes,
    sides,
    sides_shown,
    work,
)
from canbo.evaluation.models import Evaluation, Regulation
from canbo.procedures import consequences, evidence
from canbo.registry.models import Membership
from canbo.rules.evaluation.periods import Period
from tests.evaluation import office as offices
from tests.evaluation import school as schools
from tests.evaluation import sides_office
from tests.evaluation.office import AFTER, DUE, GENERAL, LINES, MARCH, Office
from tests.evaluation.school import School
from tests.procedures.case_trials import Trial

ON = date(2026, 1, 6)


def set_scheme(office: Office) -> Trial:
    told = {"organization": office.world.organizations["P"], "kind": "quarter", "since": date(2026, 7, 1), "basis": "Letter 9"}
    return Trial(("scheme.set",), office.officer, lambda: schemes.set_scheme(**told, by=office.officer, on=ON))


def set_limit(office: Office) -> Trial:
    told = {"organization": office.world.organizations["P"], "among": "all", "rounding": "down", "groups": "leading", "periods": "every",
            "since": date(2026, 7, 1), "basis": "Decision 7", "by": office.officer, "on": ON}  # fmt: skip
    return Trial(("limit.set",), office.officer, lambda: limits.set_limit(**told))


def recognise(office: Office) -> Trial:
    chair = office.world.account("chair", "leader", "P", person=office.world.person())
    told = {"organization": office.place, "year": 2026, "basis": "Decision 90", "by": chair, "on": AFTER}
    return Trial(("outstanding.recognised",), chair, lambda: limits.recognise(**told))


def draft(office: Office) -> Trial:
    told = {"organization": office.world.organizations["P"], "year": 2027, "lines": LINES, "by": office.officer, "on": ON}
    return Trial(("catalogue.drafted",), office.officer, lambda: catalogue.draft(**told))


def approve(office: Office) -> Trial:
    province = office.world.organizations["P"]
    made = catalogue.draft(organization=province, year=2026, lines=LINES, by=office.officer, on=ON)
    told = {"organization": province, "catalogue": made, "basis": "Decision 1", "by": office.above, "on": ON}
    return Trial(("catalogue.approved",), office.above, lambda: catalogue.approve(**told))


def _regulated(office: Office) -> tuple[School, Regulation]:
    school = schools.build(office.world, products=office.products)
    return school, school.drafted()


def draft_regulation(office: Office) -> Trial:
    school = schools.build(office.world, products=office.products)
    return Trial(("regulation.drafted",), school.officer, school.drafted)


def approve_regulation(office: Office) -> Trial:
    school, made = _regulated(office)
    told = {"organization": school.place, "regulation": made, "by": school.head, "on": schools.ISSUED}
    return Trial(("regulation.approved",), school.head, lambda: regulations.approve(**told))


def withdraw_regulation(office: Office) -> Trial:
    school = schools.build(office.world, products=office.products)
    told = {"organization": school.place, "regulation": school.approved(), "by": school.head, "on": schools.ISSUED}
    asked = {"until": date(2026, 11, 1), "basis": "Letter 3"}
    return Trial(("regulation.withdrawn",), school.head, lambda: regulations.withdraw(**told, **asked))


def assign(office: Office) -> Trial:
    return Trial(("work.assigned",), office.head, office.assign)


def log(office: Office) -> Trial:
    held = office.assign()
    return Trial(("work.logged",), office.worker, lambda: office.log(held, 1))


def attach(office: Office) -> Trial:
    held = office.assign()
    return Trial(("work.logged", "evidence.attached"), office.worker, lambda: office.attached(held))


def opened(office: Office) -> Trial:
    found = office.attached(office.assign())
    return Trial(("person.read",), office.head, lambda: evidence.opened(found, by=office.head, on=DUE))


def accept(office: Office) -> Trial:
    held = office.assign()
    office.log(held, 1)
    return Trial(("work.accepted",), office.head, lambda: office.accept(held, 1))


def judge_cause(office: Office) -> Trial:
    told = {"assignment": office.made(delays=1, days_late=2, cause="Flood"), "confirmed": True, "by": office.deputy, "on": AFTER}
    return Trial(("work.cause_judged",), office.deputy, lambda: work.judge_cause(**told))


def assess(office: Office) -> Trial:
    told = {"person": office.person, "period": MARCH, "general": GENERAL, "by": office.worker, "on": AFTER}
    return Trial(("evaluation.assessed",), office.worker, lambda: grading.assess(**told))


def opine(office: Office) -> Trial:
    held = grading.assess(person=office.person, period=MARCH, general=GENERAL, by=office.worker, on=AFTER)
    told = {"evaluation": held, "opinion": "So it was.", "by": office.head, "on": AFTER}
    return Trial(("evaluation.opined",), office.head, lambda: grading.opine(**told))


def convene(office: Office) -> Trial:
    return Trial(("meeting.convened",), office.officer, office.convened)


def minute(office: Office) -> Trial:
    held, meeting = office.opined(), office.convened()
    return Trial(("meeting.minuted",), office.officer, lambda: office.minuted(meeting, held))


def adopt(office: Office) -> Trial:
    meeting = office.minuted(office.convened(), office.opined())
    return Trial(("meeting.adopted",), office.head, lambda: meetings.adopt(meeting=meeting, by=office.head, on=AFTER))


def decide(office: Office) -> Trial:
    office.made()
    held = office.opined()
    return Trial(("evaluation.decided",), office.head, lambda: grading.decide(evaluation=held, by=office.head, on=AFTER))


def _published(office: Office) -> Evaluation:
    office.made()
    return office.published()


def publish(office: Office) -> Trial:
    office.made()
    held = office.decided()
    return Trial(("evaluation.published",), office.officer, lambda: grading.publish(evaluation=held, by=office.officer, on=AFTER))


def send(office: Office) -> Trial:
    waiting = _published(office).outgoing.get()
    return Trial(("result.sent",), office.officer, lambda: outbox.send(outgoing=waiting, by=office.officer, on=AFTER))


def acknowledge(office: Office) -> Trial:
    waiting = outbox.send(outgoing=_published(office).outgoing.get(), by=office.officer, on=AFTER)
    told = {"outgoing": waiting, "receipt": "CSDL-1", "by": office.officer, "on": AFTER}
    return Trial(("result.acknowledged",), office.officer, lambda: outbox.acknowledge(**told))


def cancel(office: Office) -> Trial:
    told = {"evaluation": _published(office), "why": "Miscounted.", "by": office.head, "on": AFTER}
    return Trial(("evaluation.cancelled",), office.head, lambda: grading.cancel(**told))


def petition(office: Office) -> Trial:
    told = {"evaluation": _published(office), "ground": "I did more.", "by": office.worker, "on": AFTER}
    return Trial(("petition.filed",), office.worker, lambda: grading.petition(**told))


def answer(office: Office) -> Trial:
    held = _published(office)
    grading.petition(evaluation=held, ground="I did more.", by=office.worker, on=AFTER)
    told = {"evaluation": held, "upheld": False, "text": "No.", "by": office.inspector, "on": AFTER}
    return Trial(("petition.answered",), office.inspector, lambda: grading.answer(**told))


def open_round(office: Office) -> Trial:
    return Trial(("sides.opened",), office.officer, lambda: sides_office.opened(office, anonymous=False))


def say(office: Office) -> Trial:
    one = sides_office.opened(office, anonymous=False).asked.filter(excluded="").select_related("rater").first()
    assert one is not None
    return Trial(("sides.answered",), sides_office.account_of(one.rater), lambda: sides_office.answer(one))


def close_round(office: Office) -> Trial:
    held = sides_office.opened(office, anonymous=False)
    return Trial(("sides.closed",), office.officer, lambda: sides_office.closed(office, held))


def give_up_round(office: Office) -> Trial:
    held = sides_office.opened(office, anonymous=False)
    told = {"round": held, "why": "The key is lost.", "by": office.officer, "on": AFTER}
    return Trial(("sides.abandoned",), office.officer, lambda: sides.abandon(**told))


def settle(office: Office) -> Trial:
    held = sides_office.opened(office, anonymous=False)
    doubt = held.doubts.create(organization=office.place, kind="ring", persons=[office.person.pk], evidence={})
    told = {"doubt": doubt, "text": "They share one task.", "by": office.inspector, "on": AFTER}
    return Trial(("doubt.answered",), office.inspector, lambda: sides.settle(**told))


def take_served(office: Office) -> Trial:
    told = {
        "organization": office.place,
        "period": MARCH,
        "counter": "1",
        "counts": [1, 2, 3, 4, 5, 6],
        "basis": "Portal",
        "by": office.officer,
    }
    return Trial(("served.taken",), office.officer, lambda: sides.take_served(**told, on=AFTER))


def sides_of_person(office: Office) -> Trial:
    told = {"person": office.person, "period": Period(date(2026, 1, 1), "year"), "by": office.officer, "on": AFTER}
    return Trial(("person.read",), office.officer, lambda: sides_shown.of_person(**told))


def party(office: Office) -> Trial:
    told = {
        "evaluation": office.opined(),
        "body": "Party cell",
        "author": "Secretary",
        "said_on": AFTER,
        "text": "Good.",
        "by": office.officer,
    }
    return Trial(("opinion.recorded",), office.officer, lambda: opinions.record(**told, on=AFTER))


def of_person(office: Office) -> Trial:
    told = {"person": office.person, "by": office.officer, "on": AFTER}
    return Trial(("person.read",), office.officer, lambda: consequences.of_person(**told))


def propose(office: Office) -> Trial:
    held = _published(office)
    return Trial(("person.read",), office.officer, lambda: consequences.propose(evaluation=held, by=office.officer, on=AFTER))


def open_consequence(office: Office) -> Trial:
    from canbo.registry.models import Rating
    from tests.evaluation.test_ratings import published
    from tests.procedures.test_consequences import ON as later
    from tests.procedures.test_consequences import graded

    post = office.world.post("P/1.executive.office", "commune-department-head")
    Membership.objects.filter(person=office.person).update(post=post, seat=1)
    graded(office.world, office.person, y2025=Rating.Grade.NOT_COMPLETED)
    told = {"evaluation": published(office), "procedure": "dismissal", "post": post, "by": office.officer, "on": later}
    return Trial(("case.opened",), office.officer, lambda: consequences.open(**told))


STORIES: dict[str, Callable[[Office], Trial]] = {
    "schemes.set_scheme": set_scheme, "evidence.attach": attach, "evidence.opened": opened, "outbox.send": send, "outbox.acknowledge": acknowledge, "meetings.convene": convene, "meetings.minute": minute, "meetings.adopt": adopt, "limits.set_limit": set_limit, "limits.recognise": recognise, "catalogue.draft": draft, "catalogue.approve": approve, "work.assign": assign, "work.log": log,
    "regulations.draft": draft_regulation, "regulations.approve": approve_regulation, "regulations.withdraw": withdraw_regulation,
    "work.accept": accept, "work.judge_cause": judge_cause, "grading.assess": assess, "grading.opine": opine, "grading.decide": decide,
    "sides.open_round": open_round, "sides.answer": say, "sides.close": close_round, "sides.abandon": give_up_round, "sides.settle": settle, "sides.take_served": take_served,
    "sides_shown.of_person": sides_of_person, "opinions.record": party, "consequences.of_person": of_person, "consequences.propose": propose, "consequences.open": open_consequence,
    "grading.publish": publish, "grading.cancel": cancel, "grading.petition": petition, "grading.answer": answer,
}  # fmt: skip


class _Asked(dict[str, Any]):
    """Trials by service, each prepared when it is asked for."""

    def __init__(self, world: Any) -> None:
        super().__init__(STORIES)
        self.world = world

    def __getitem__(self, service: str) -> Trial:
        return STORIES[service](offices.build(self.world))


def trials(world: Any) -> dict[str, Any]:
    """For each service: the act that must stand in the journal, who does it, and a call that does it."""
    return _Asked(world)

"""A department with a head, people, an officer and an inspector; a catalogue in force: what the tests of work begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from canbo.evaluation import catalogue, grading, meetings, work
from canbo.evaluation.catalogue import Line
from canbo.evaluation.meetings import Matter
from canbo.evaluation.models import Acceptance, Assignment, Evaluation, Meeting, Product
from canbo.procedures import evidence
from canbo.procedures.models import Evidence
from canbo.registry.days import since
from canbo.registry.models import Account, Disclosure, Grant, Organization, Person, Post
from tests.world import World

PLACE = "P/1.executive.office"
MARCH, AFTER = "2026-03", date(2026, 4, 2)
FIRST, DUE = date(2026, 3, 2), date(2026, 3, 20)
GENERAL = {"1": Decimal(10), "2": Decimal(10), "3": Decimal("9.5")}
LINES = [
    Line("letter", "Opinion letter", "n1", 10, "letter", standard=True),
    Line("answer", "Answer to a citizen", "n1", 27, "answer"),
    Line("report", "Report", "n2", 37, "report"),
]


@dataclass
class Office:
    """The accounts of those who act, and the people whose work it is."""

    world: World
    place: Organization
    head: Account
    deputy: Account
    officer: Account
    inspector: Account
    above: Account
    worker: Account
    colleague: Account
    products: dict[str, Product]
    post: Post

    @property
    def person(self) -> Person:
        assert self.worker.person is not None
        return self.worker.person

    def granted(self, account: Account, role: str, over: str = "P") -> Account:
        """The account with one more role."""
        Grant.objects.create(
            account=account, role=role, organization=self.world.organizations[over], valid=since(None), **self.world.mark
        )
        return Account.objects.get(pk=account.pk)  # what it was granted before is remembered by the other

    def assign(self, code: str = "letter", number: object = 2, **asked: Any) -> Assignment:
        told = {
            "person": self.person,
            "product": self.products[code],
            "number": Decimal(str(number)),
            "period": MARCH,
            "by": self.head,
            "on": FIRST,
        }
        return work.assign(**{**told, **asked})

    def log(self, assignment: Assignment, done: object, **asked: Any) -> Any:
        told = {
            "assignment": assignment,
            "done": Decimal(str(done)),
            "day": DUE,
            "text": "Drafted and sent.",
            "evidence": "12/CV",
            "by": self.worker,
            "on": DUE,
        }
        return work.log(**{**told, **asked})

    def attached(self, assignment: Assignment, body: bytes = b"%PDF-1.7 letter %%EOF", **asked: Any) -> Evidence:
        """One done, logged with a file."""
        told = {
            "assignment": assignment,
            "body": body,
            "name": "letter.pdf",
            "done": Decimal(1),
            "day": DUE,
            "text": "Sent.",
            "by": self.worker,
        }
        return evidence.attach(**{**told, "on": DUE, **asked})

    def accept(self, assignment: Assignment, done: object, **asked: Any) -> Acceptance:
        return work.accept(**{"assignment": assignment, "done": Decimal(str(done)), "by": self.head, "on": AFTER, **asked})

    def made(self, code: str = "letter", number: object = 2, done: object = 2, **counted: Any) -> Assignment:
        """An assignment that was logged and accepted."""
        held = self.assign(code, number)
        self.log(held, done)
        self.accept(held, done, **counted)
        return held

    def opined(self, **asked: Any) -> Evaluation:
        held = grading.assess(
            person=self.person, period=asked.pop("period", MARCH), general=GENERAL, by=self.worker, on=asked.pop("on", AFTER)
        )
        return grading.opine(evaluation=held, opinion="So it was.", by=self.head, on=AFTER, **asked)

    def decided(self, **asked: Any) -> Evaluation:
        return grading.decide(**{"evaluation": self.opined(), "by": self.head, "on": AFTER, **asked})

    def convened(self, **asked: Any) -> Meeting:
        """A meeting on the period, chaired by the head, with the colleague as secretary."""
        told = {
            "organization": self.place, "period": MARCH, "day": AFTER, "place": "Room 2", "chair": self.head.person,
            "secretary": self.colleague.person, "by": self.officer, "on": AFTER,
        }  # fmt: skip
        return meetings.convene(**{**told, **asked})

    def minuted(self, meeting: Meeting, *evaluations: Evaluation, **asked: Any) -> Meeting:
        """Its minutes, written by the officer: everybody was present, and said the same of each."""
        matters = [Matter(each, "Agreed.", (4, 1, 0)) for each in evaluations]
        told = {"meeting": meeting, "present": meeting.summoned, "matters": matters, "by": self.officer, "on": meeting.day}
        return meetings.minute(**{**told, **asked})

    def published(self) -> Evaluation:
        return grading.publish(evaluation=self.decided(), by=self.officer, on=AFTER)


def build(world: World, *, people: int = 2) -> Office:
    """The department in the small province, everything in sight."""
    place = world.organizations[PLACE]
    staff = world.post(PLACE, "specialist", seats=people + 4)
    lead = world.post(PLACE, "division-head")
    seats = iter(range(1, people + 5))

    def somebody(name: str, role: str | None, over: str | None, post: Any = None) -> Account:
        person = world.person(given=name)
        world.serve(person, post or staff, seat=1 if post else next(seats))
        declared(world, person)
        return world.account(name.lower(), role, over, person=person)

    head = somebody("Head", "leader", PLACE, lead)
    deputy, inspector = somebody("Deputy", "leader", PLACE), somebody("Inspector", "inspector", "P")
    officer, above = world.account("officer of work", "officer", "P"), world.account("above", "leader", "P")
    worker, colleague = somebody("Worker", None, None), somebody("Colleague", None, None)
    return Office(world, place, head, deputy, officer, inspector, above, worker, colleague, listed(world, officer, above), staff)


def declared(world: World, person: Person) -> None:
    """The person has said who is kin, and that there is no interest."""
    for topic in Disclosure.Topic.values:
        Disclosure.objects.create(person=person, topic=topic, valid=since(date(2026, 1, 5)), **world.mark)


def listed(world: World, drafter: Account, approver: Account, *, year: int = 2026) -> dict[str, Product]:
    """The products of the province's catalogue of a year."""
    province, on = world.organizations["P"], date(2026, 1, 5)
    made = catalogue.draft(organization=province, year=year, lines=LINES, by=drafter, on=on)
    catalogue.approve(organization=province, catalogue=made, basis="Decision 283", by=approver, on=on)
    return {each.code: each for each in made.products.all()}


__all__ = ["AFTER", "DUE", "FIRST", "GENERAL", "LINES", "MARCH", "Office", "build", "declared", "listed"]

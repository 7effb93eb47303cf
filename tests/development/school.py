"""A department whose people are taught: heads without the theory their title asks for, staff, and who plans and approves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from canbo.development import enrolment, plans, talent
from canbo.development.models import Enrolment, Plan, Talent
from canbo.registry.days import since
from canbo.registry.models import Account, Grant, Organization, Person, PoliticalTheory, Post, Rating
from tests.evaluation.office import declared
from tests.world import World

PLACE, ON, STARTS = "P/1.executive.office", date(2026, 11, 2), date(2026, 11, 16)
DONE = date(2026, 12, 20)
CRITERIA = {"result": "Products 12 and 14", "solution": "Used in three communes"}


@dataclass
class School:
    """The accounts of those who act, and the people who learn."""

    world: World
    place: Organization
    officer: Account
    second: Account
    chief: Account
    inspector: Account
    late: Person
    soon: Person
    worker: Person
    own: Account
    post: Post

    def granted(self, account: Account, role: str) -> Account:
        """The account with one more role over the province."""
        Grant.objects.create(
            account=account, role=role, organization=self.world.organizations["P"], valid=since(None), **self.world.mark
        )
        return Account.objects.get(pk=account.pk)  # what it was granted before is remembered by the other

    def plan(self, **asked: Any) -> Plan:
        told = {"organization": self.place, "year": 2026, "budget": 50_000_000, "by": self.officer, "on": ON}
        return plans.propose(**{**told, **asked})

    def approved(self, **asked: Any) -> Plan:
        return plans.approve(plan=self.plan(**asked), basis="Decision 40", by=self.chief, on=ON)

    def enrol(self, **asked: Any) -> Enrolment:
        told = {"person": self.worker, "course": "digital-basic", "starts": STARTS, "by": self.officer, "on": ON}
        return enrolment.enrol(**{**told, **asked})

    def degree(self, **asked: Any) -> Enrolment:
        """Sent to the two years of a master's degree, as the articles ask."""
        return self.enrol(**{"course": "master", "committed_months": 72, "fits_position": True, **asked})

    def proposed(self, **asked: Any) -> Talent:
        told = {"organization": self.place, "person": self.worker, "kind": "serving", "way": "serving", "field": "land", "criteria": CRITERIA,
                "salary": 10_000_000, "by": self.officer, "on": ON}  # fmt: skip
        return talent.propose(**{**told, **asked})

    def recognised(self, **asked: Any) -> Talent:
        return talent.recognise(talent=self.proposed(**asked), recognised=True, basis="Decision 7", by=self.chief, on=ON)

    def graded(self, person: Person, *grades: int) -> None:
        """Yearly grades on record, the newest first."""
        for back, grade in enumerate(grades, start=1):
            year = since(date(ON.year - back, 1, 1), date(ON.year - back + 1, 1, 1))
            Rating.objects.create(person=person, grade=grade, regime="civil-servant", valid=year, **self.world.mark)


def build(world: World, *, born: date = date(1990, 5, 1)) -> School:
    """The department in the small province; everybody has declared."""
    staff, lead = world.post(PLACE, "specialist", seats=9), world.post(PLACE, "division-head", seats=4)

    def somebody(name: str, post: Post, seat: int, began: date, theory: int | None = None) -> Person:
        person = world.person(given=name, birth_on=born)
        world.serve(person, post, valid=since(began), seat=seat)
        declared(world, person)
        if theory is not None:
            PoliticalTheory.objects.create(person=person, level=theory, valid=since(date(2015, 1, 1)), **world.mark)
        return person

    late = somebody("Late", lead, 1, date(2021, 3, 1), 1)
    soon = somebody("Soon", lead, 2, date(2022, 2, 1), 1)
    chief, officer = somebody("Chief", lead, 3, date(2024, 1, 1), 2), somebody("Officer", staff, 1, date(2018, 1, 1))
    second, inspector = somebody("Second", staff, 2, date(2018, 1, 1)), somebody("Inspector", staff, 3, date(2018, 1, 1))
    worker = somebody("Worker", staff, 4, date(2015, 1, 1))
    return School(
        world, world.organizations[PLACE], world.account("planner", "officer", "P", person=officer),
        world.account("second planner", "officer", "P", person=second), world.account("chief", "leader", "P", person=chief),
        world.account("inspects", "inspector", "P", person=inspector), late, soon, worker,
        world.account("worker", None, None, person=worker), staff,
    )  # fmt: skip


__all__ = ["CRITERIA", "DONE", "ON", "PLACE", "STARTS", "School", "build"]

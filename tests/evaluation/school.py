"""A school with a head, teachers and a part of it; its catalogue in force: what the tests of a unit's own regulation begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from canbo.evaluation import grading, regulations, work
from canbo.evaluation.models import Evaluation, Product, Regulation
from canbo.registry.changes import Outcome, take_in
from canbo.registry.models import Account, Membership, Organization, Person
from tests.evaluation.office import GENERAL, declared, listed
from tests.world import FOUNDED, World

SCHOOL, TEAM = "P/1.school", "P/1.school.team"
SEPTEMBER, OCTOBER = "2026-09", date(2026, 10, 2)
ISSUED, FIRST, DUE = date(2026, 8, 20), date(2026, 9, 2), date(2026, 9, 20)
STAFF = {"a": Decimal(30), "b": Decimal("25.5"), "c": Decimal("14.5")}
LEADING = {"a": Decimal(15), "b": Decimal(15), "c": Decimal(10), "d": Decimal(15), "dd": Decimal(10), "e": Decimal(5)}
PUBLIC = Membership.Category.PUBLIC_EMPLOYEE


@dataclass
class School:
    """The accounts of those who act, and the people whose work it is."""

    world: World
    place: Organization
    team: Organization
    head: Account
    officer: Account
    above: Account
    teacher: Account
    member: Account
    clerk: Account
    products: dict[str, Product]

    @property
    def person(self) -> Person:
        assert self.teacher.person is not None
        return self.teacher.person

    def drafted(self, **asked: Any) -> Regulation:
        told = {
            "organization": self.place, "since": date(2026, 9, 1), "number": "12/QC", "dated": ISSUED, "weights": STAFF,
            "leading": LEADING, "by": self.officer, "on": ISSUED,
        }  # fmt: skip
        return regulations.draft(**{**told, **asked})

    def approved(self, **asked: Any) -> Regulation:
        on = asked.get("on", ISSUED)
        return regulations.approve(organization=self.place, regulation=self.drafted(**asked), by=self.head, on=on)

    def made(self, account: Account, number: object = 2, done: object = 2, *, period: str = SEPTEMBER, **counted: Any) -> None:
        """So many letters assigned, logged and accepted."""
        held = work.assign(
            person=account.person, product=self.products["letter"], number=Decimal(str(number)), period=period, by=self.above, on=FIRST
        )  # fmt: skip
        if Decimal(str(done)):
            day = date.fromisoformat(f"{period}-20")
            told = {"day": day, "text": "Taught.", "evidence": "7/GV", "by": account, "on": day}
            work.log(assignment=held, done=Decimal(str(done)), **told)
        work.accept(assignment=held, done=Decimal(str(done)), by=self.above, on=date(2026, 11, 2), **counted)

    def opined(self, account: Account, *, period: str = SEPTEMBER, on: date = OCTOBER, **asked: Any) -> Evaluation:
        held = grading.assess(person=account.person, period=period, general=GENERAL, by=account, on=on)
        return grading.opine(evaluation=held, opinion="So it was.", by=self.above, on=on, **asked)

    def decided(self, account: Account, *, on: date = OCTOBER, **asked: Any) -> Evaluation:
        return grading.decide(evaluation=self.opined(account, on=on), by=self.chair, on=on, **asked)

    @property
    def chair(self) -> Account:
        """Who stands above the school, with a person behind the account."""
        held = Account.objects.filter(username="chair").first()
        if held is None:
            person = self.world.person(given="Chair")
            declared(self.world, person)
            held = self.world.account("chair", "leader", "P", person=person)
        return held


def build(world: World, *, products: dict[str, Product] | None = None) -> School:
    """The school in the small province, everything in sight; with the products of the province, where they are listed already."""
    wanted = [(SCHOOL, "commune-service-unit", "P/1.executive"), (TEAM, "division", SCHOOL)]
    outcomes = [Outcome(code, {"en": f"Unit {code}", "vi": f"Đơn vị {code}"}, kind, parent) for code, kind, parent in wanted]
    ids = take_in(outcomes, decision=world.decision, source=world.source, by=world.console, key="test-school", valid_from=FOUNDED)
    place, team = (Organization.objects.get(pk=ids[code]) for code in (SCHOOL, TEAM))
    world.organizations |= {SCHOOL: place, TEAM: team}
    teachers, lead, members = (
        world.post(SCHOOL, "teacher", seats=9),
        world.post(SCHOOL, "unit-director"),
        world.post(TEAM, "teacher", seats=5),
    )
    seats = iter(range(1, 9))

    def somebody(name: str, post: Any = None, category: Any = PUBLIC, role: str | None = None) -> Account:
        person = world.person(given=name)
        world.serve(person, post or teachers, seat=1 if post else next(seats), category=category)
        declared(world, person)
        return world.account(name.lower(), role, SCHOOL if role else None, person=person)

    head = somebody("Director", lead, role="leader")
    officer, above = world.account("officer of schools", "officer", "P"), world.account("above the school", "leader", "P")
    teacher, member = somebody("Teacher"), somebody("Member", members)
    clerk = somebody("Clerk", category=Membership.Category.CIVIL_SERVANT)
    return School(world, place, team, head, officer, above, teacher, member, clerk, products or listed(world, officer, above))


__all__ = ["DUE", "FIRST", "ISSUED", "LEADING", "OCTOBER", "PUBLIC", "SCHOOL", "SEPTEMBER", "STAFF", "TEAM", "School", "build"]

"""One small made-up province that all tests share: a province, two communes, bodies, posts, a few people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbo.registry import intake
from canbo.registry.changes import Outcome, take_in
from canbo.registry.days import since
from canbo.registry.models import (
    Account,
    Area,
    Decision,
    Grant,
    Job,
    Membership,
    Organization,
    Person,
    PersonName,
    Post,
    PostManager,
    Seat,
    Source,
)
from canbo.registry.names import search_key, sort_key

FOUNDED = date(2015, 1, 1)


@dataclass
class World:
    """Handles to what the tests ask about."""

    console: Account
    source: Source
    decision: Decision
    organizations: dict[str, Organization] = field(default_factory=dict)
    areas: dict[str, Area] = field(default_factory=dict)
    _next: int = 1

    def post(self, organization: str, job: str, *, seats: int = 1, valid: Any = None, seat_days: Any = None) -> Post:
        """A post with its seats; `seat_days` where the seats live shorter than the post."""
        days = valid or since(FOUNDED)
        post = Post.objects.create(
            organization=self.organizations[organization], job=Job.objects.get(code=job), valid=days, **self.mark
        )
        for number in range(1, seats + 1):
            Seat.objects.create(post=post, number=number, valid=seat_days or days, **self.mark)
        return post

    def manage(self, post: Post, by: str, *, valid: Any = None) -> PostManager:
        """Let a body decide on a post; for all its life unless said otherwise."""
        return PostManager.objects.create(post=post, manager=self.organizations[by], valid=valid or post.valid, **self.mark)

    def person(self, given: str = "Văn An", family: str = "Nguyễn", **fields: Any) -> Person:
        """A person with a name; birth, sex and native area unless given otherwise."""
        number = f"{self._next:012d}"
        self._next += 1
        known = {"sex": "M", "birth_on": date(1980, 5, 14), "birth_precision": "D", "native_area": self.areas.get("P/1")}
        person = Person.objects.create(identification_number=number, **{**known, **fields}, **self.mark)
        PersonName.objects.create(
            person=person, family=family, given=given, valid=since(None), sort_key=sort_key(given, family),
            search_key=search_key(f"{family} {given}"), **self.mark,
        )  # fmt: skip
        return person

    def serve(self, person: Person, post: Post, *, valid: Any = None, seat: int = 1, **fields: Any) -> Membership:
        """A membership; from 2020 on unless said otherwise."""
        known = {"category": Membership.Category.CIVIL_SERVANT, "kind": Membership.Kind.APPOINTED}
        return Membership.objects.create(
            person=person, post=post, seat=seat, organization_id=post.organization_id,
            valid=valid or since(date(2020, 1, 1)), **{**known, **fields}, **self.mark,
        )  # fmt: skip

    def account(self, username: str, role: str | None = None, over: str | None = None, **fields: Any) -> Account:
        """An account, with a role over an organization (None: over everything) when given one."""
        account = Account.objects.create(username=username, label=username.title(), **fields)
        if role:
            organization = self.organizations[over] if over else None
            Grant.objects.create(account=account, role=role, organization=organization, valid=since(None), **self.mark)
        return account

    @property
    def mark(self) -> dict[str, Any]:
        return {"source": self.source, "decision": self.decision}


def build() -> World:
    """Build the small province. Needs the rulebook's lists, a transaction, and everything in sight."""
    source, _ = Source.objects.get_or_create(code="test-world", defaults={"title": "A made-up province", "invented": True})
    world = World(intake.console(), source, intake.decision(source))
    for code, latitude in (("P", 20.0), ("P/1", 20.1), ("P/2", 20.2), ("Q", 21.0), ("Q/1", 21.1)):
        world.areas[code] = Area.objects.create(code=code, name=f"Area {code}", latitude=latitude, longitude=106.0)
    units = [
        ("P", "province", None), ("P/1", "commune", "P"), ("P/2", "commune", "P"), ("Q", "province", None), ("Q/1", "commune", "Q"),
        ("P.party", "province-party-committee", "P"), ("P.executive", "province-executive", "P"),
        ("P/1.party", "commune-party-committee", "P/1"), ("P/1.executive", "commune-executive", "P/1"),
        ("P/1.executive.office", "commune-department", "P/1.executive"), ("P/2.executive", "commune-executive", "P/2"),
        ("Q/1.executive", "commune-executive", "Q/1"),
    ]  # fmt: skip
    outcomes = [
        Outcome(
            code,
            {"en": f"Unit {code}", "vi": f"Đơn vị {code}"},
            kind,
            parent,
            area=world.areas[code].pk if code in world.areas else None,
        )
        for code, kind, parent in units
    ]
    ids = take_in(outcomes, decision=world.decision, source=source, by=world.console, key="test-world", valid_from=FOUNDED)
    world.organizations = {code: Organization.objects.get(pk=pk) for code, pk in ids.items()}
    return world

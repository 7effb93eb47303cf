"""A commune's executive with its leadership, the body that manages its posts, and everybody who acts in a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.procedures import cases, dossier, effects, rulings, signing, steps, voting
from canbo.procedures.models import Case, Step
from canbo.registry import authority
from canbo.registry.days import since
from canbo.registry.models import (
    Account,
    Credential,
    Declaration,
    Disclosure,
    NoneDeclared,
    Person,
    PoliticalTheory,
    Post,
    Rating,
    Succession,
)
from tests.world import World

ON = date(2026, 9, 1)
PHOTO = "ab" * 32
PAPER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass
class Office:
    """The people of the story and the post to be filled, with the steps as one call each."""

    world: World
    post: Post
    candidate: Person
    leaders: list[Account] = field(default_factory=list)
    drafter: Any = None
    manager: Any = None
    verifier: Any = None
    approver: Any = None
    publisher: Any = None

    def open(self, **more: Any) -> Case:
        return cases.open_case(**{"procedure": "appointment-on-site", "post": self.post, "by": self.drafter, "on": ON, **more})

    def act(self, case: Case, by: Account, **more: Any) -> Step:
        return steps.act(case=case, by=by, **{"on": ON, **more})

    def names(self, case: Case, *persons: Person, **more: Any) -> Step:
        return steps.put_names(case=case, persons=persons or [self.candidate], **{"by": self.drafter, "on": ON, **more})

    def vote(self, case: Case, votes: dict[Person, int] | None = None, *, absent: int = 0, blank: int = 0, on: date = ON) -> Step:
        """A whole vote on paper: all convened are present but `absent`; all for the candidate unless said otherwise."""
        step = voting.convene(case=case, by=self.leaders[0], on=on)
        called = step.electors.filter(state="convened")
        present = called.count() - absent
        given = {str(person.pk): n for person, n in (votes or {self.candidate: present - blank}).items()}
        for name in cases.names(case):
            given.setdefault(str(name.person_id), 0)
        figures = {"present": present, "issued": present, "collected": present, "blank": blank, "invalid": 0}
        figures["valid"] = present - blank
        voting.enter_sheet(case=case, by=self.leaders[0], on=on, figures=figures, votes=given, photo=PHOTO)
        sworn = [a for a in self.leaders if called.filter(person_id=a.person_id).exists()]
        for counter in sworn[:3]:
            step = voting.confirm_sheet(case=case, by=counter, on=on)
        step.refresh_from_db()
        return step

    def to_the_signature(self, case: Case, *, until: str = "sign") -> Case:
        """From where it stands to the step in which the decision is signed; everybody is for the candidate."""
        people = {"drafter": self.drafter, "opinion": self.manager, "verifier": self.verifier, "publisher": self.publisher}
        while (step := cases.current(case)) is not None:
            rule = cases.rules_of(case)[1].step(step.name)
            if until in (rule.does, rule.id):
                break
            if rule.does == "vote":
                self.vote(case)
            elif rule.does == "name":
                self.names(case, by=people[rule.capacity])
            else:
                self.act(case, people[rule.capacity])
            case.refresh_from_db()
        return case

    def sign(self, case: Case, *, by: Account | None = None, on: date = ON) -> Step:
        by = by or self.approver
        import json

        from django.db import transaction

        with transaction.atomic():
            ruling = rulings.drawn(Case.objects.get(pk=case.pk), on=on)
        signature = signing.sign_for_practice(account=by, decision=json.loads(ruling.text))
        return steps.sign(case=case, by=by, on=on, signature=signature)

    def decided(self, **more: Any) -> Case:
        """A case that was carried through to its publication."""
        case = self.to_the_signature(self.open(**more))
        self.sign(case)
        steps.publish(case=case, by=self.publisher, on=ON)
        case.refresh_from_db()
        return case


def declare(world: World, person: Person, on: date = date(2026, 3, 1)) -> None:
    """The person has told of relatives and interests, and has none."""
    for topic in Disclosure.Topic.values:
        Disclosure.objects.create(person=person, topic=topic, valid=since(on), **world.mark)
        NoneDeclared.objects.create(person=person, topic=topic, valid=since(on), **world.mark)


def qualify(world: World, person: Person, *posts: Post) -> None:
    """Records with which the articles on appointment are met, and a place in the plan of these posts."""
    mark = {"person": person, **world.mark}
    Credential.objects.create(level=Credential.Level.MASTER, valid=since(date(2008, 7, 1)), **mark)
    PoliticalTheory.objects.create(level=PoliticalTheory.Level.ADVANCED, valid=since(date(2015, 1, 1)), **mark)
    for year in (2023, 2024, 2025):
        whole = DateRange(date(year, 1, 1), date(year + 1, 1, 1))
        Rating.objects.create(grade=Rating.Grade.GOOD, regime="x", valid=whole, **mark)
    Declaration.objects.create(year=2025, verified=True, valid=since(date(2025, 12, 15)), **mark)
    NoneDeclared.objects.create(topic=NoneDeclared.Topic.SANCTION, valid=since(date(2016, 1, 1)), **mark)
    for item in (
        "cv",
        "assessment-body",
        "assessment-party",
        "residence",
        "self-assessment",
        "political",
        "assets",
        "degrees",
        "health",
    ):
        dossier.add(
            person=person, item=item, body=PAPER, name=f"{item}.pdf", dated_on=date(2026, 8, 15), signed=True,
            authority_body=world.organizations["P.executive"], by=world.console, on=date(2026, 8, 20),
        )  # fmt: skip
    for post in posts:
        Succession.objects.create(person=person, post=post, valid=since(date(2025, 10, 1)), **world.mark)


def somebody(world: World, given: str, *, area: str = "Q/1") -> Person:
    person = world.person(given, native_area=world.areas[area])
    declare(world, person)
    return person


def account(world: World, person: Person, role: str | None = None, over: str | None = None) -> Account:
    return world.account(f"a{person.pk}", role, over, person=person)


def build(world: World) -> Office:
    """The office, in the register that is connected. Needs everything in sight."""
    vice = world.post("P/1.executive", "commune-vice-chair", seats=2)
    chair = world.post("P/1.executive", "commune-chair")
    vice.managed_by = world.organizations["P.executive"]
    vice.save()
    seated = {"P/1.executive": [(chair, 1), (vice, 1)]}
    office = Office(world, vice, somebody(world, "Thị Bình"))
    for post, seat in seated["P/1.executive"]:
        leader = somebody(world, f"Lãnh đạo {seat} {post.job.code}")
        world.serve(leader, post, seat=seat)
        office.leaders.append(account(world, leader, "leader", "P/1"))
    head = world.post("P/1.executive.office", "commune-department-head")
    party = world.post("P/1.party", "commune-secretary")
    member = world.post("P/1.party", "commune-committee-member", seats=3)
    for post, seat in ((head, 1), (party, 1), (member, 1), (member, 2)):
        leader = somebody(world, f"Cán bộ {seat} {post.job.code}")
        world.serve(leader, post, seat=seat)
        office.leaders.append(account(world, leader))
    third = world.post("P/1.executive", "commune-council-vice-chair")
    leader = somebody(world, "Thứ ba")
    world.serve(leader, third)
    office.leaders.insert(2, account(world, leader))
    home = world.post("P/1.executive.office", "commune-department-deputy-head")
    world.serve(office.candidate, home)
    qualify(world, office.candidate, vice)
    office.drafter = account(world, somebody(world, "Người soạn"), "officer", "P/1")
    office.manager = account(world, somebody(world, "Cho chủ trương"), "leader", "P")
    office.verifier = account(world, somebody(world, "Thẩm định"), "officer", "P")
    office.approver = account(world, somebody(world, "Người ký"), "leader", "P")
    office.publisher = account(world, somebody(world, "Công bố"), "officer", "P")
    return office


def keep_from(day: date) -> None:
    """From this day on leading posts are filled and vacated by rulings only."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("INSERT INTO procedures_keeping (since) VALUES (%s)", [day])


def take(case: Case, on: date = ON) -> Any:
    return effects.take(case=case.pk, on=on)


def acts_of(case: Case) -> list[str]:
    """The acts about a case in the journal, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT act FROM journal_entry WHERE about_kind = 'procedures.case' AND about_id = %s ORDER BY id", [str(case.pk)]
        )
        return [row[0] for row in cursor.fetchall()]


def in_sight() -> None:
    from canbo.registry import intake

    authority.open_sight(authority.reach_of(intake.console()))

"""A commune's executive with its leadership, the body that manages its posts, and everybody who acts in a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.procedures import acting, bodies, cases, dossier, effects, rulings, signing, steps, voting
from canbo.procedures.models import Case, Step
from canbo.registry import authority
from canbo.registry.changes import Outcome, take_in
from canbo.registry.days import since
from canbo.registry.models import (
    Account,
    Credential,
    Declaration,
    Disclosure,
    NoneDeclared,
    Organization,
    Person,
    PoliticalTheory,
    Post,
    Rating,
    Succession,
)
from tests.world import FOUNDED, World

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
            person=person, item=item, body=PAPER, name=f"{item}.pdf", dated_on=date(2026, 5, 15), signed=True,
            authority_body=world.organizations["P.executive"], by=world.console, on=date(2026, 5, 20),
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
    world.manage(vice, "P.executive")
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


# --- a wider office, in which every procedure has somebody to be about --------------------------------------------------

SEVERAL = 12


@dataclass
class Wide(Office):
    """The office with what the other procedures need: a holder, somebody who retires, a whole committee, a council, a Front."""

    holder: Any = None  # a vice chair in the second seat, since 2023-12-01
    retiring: Any = None
    rotating: Any = None
    rotated: Any = None
    newcomer: Any = None  # not yet in the committee
    acting: Any = None  # a deputy where the head's post is vacant
    vacant_head: Any = None
    chair_post: Any = None
    lower: Any = None
    free: Any = None  # a post like the first with free seats
    members: list[Account] = field(default_factory=list)
    below: dict[str, Account] = field(default_factory=dict)
    above: dict[str, Account] = field(default_factory=dict)

    def who(self, case: Case, rule: Any, *, on: date) -> Account:
        """Somebody entitled to take the step, at the level of the body for which one acts there."""
        if rule.capacity == "subject":
            return self.of(Person.objects.get(pk=acting._subject(case)))
        body = bodies.of_step(case, rule.body, on=on)
        near = body in {org.pk for code, org in self.world.organizations.items() if code.startswith("P/1")}
        return (self.below if near else self.above)[rule.capacity]

    def of(self, person: Person) -> Account:
        """The account of a person, opened when it is first asked for."""
        return Account.objects.filter(person=person).first() or account(self.world, person)

    def carry(self, case: Case, *, on: date, stop: str | None = None, refuse: str | None = None, **vote: Any) -> Case:
        """Take one step after another, by whoever is entitled, until the case ends or reaches the step `stop`.

        `refuse`: the step in which whoever acts refuses, with a reason.
        """
        names = vote.pop("names", [self.candidate])
        case.refresh_from_db()
        taken = 0
        while case.state == Case.State.OPEN and (step := cases.current(case)) is not None and step.name != stop:
            assert step.turn < 30, [(each.name, each.outcome, each.said) for each in case.steps.order_by("turn")]
            assert step.turn != taken, (step.name, [(n.state, n.verdict and n.verdict["missing"]) for n in case.candidates.all()])
            taken = step.turn
            rule = cases.rules_of(case)[1].step(step.name)
            by = self.who(case, rule, on=on)
            if rule.does == "vote":
                self.held(case, by, on=on, **vote)
            elif rule.does == "name":
                steps.put_names(case=case, by=by, on=on, persons=names)
            elif rule.does == "sign":
                self.sign(case, by=by, on=on)
            elif rule.does == "publish":
                steps.publish(case=case, by=by, on=on)
            elif rule.id == refuse:
                steps.act(case=case, by=by, on=on, outcome="refuse", text="Không đồng ý.")
            else:
                steps.act(case=case, by=by, on=on, text="Đồng ý.")
            case.refresh_from_db()
        return case

    def held(self, case: Case, chair: Account, *, on: date, level: dict[int, str] | None = None) -> Step:
        """A vote on paper in which all called are present and all are for every name (or give it one level)."""
        step = voting.convene(case=case, by=chair, on=on)
        rule = cases.rules_of(case)[1].step(step.name).vote
        assert rule is not None
        called = list(step.electors.filter(state="convened").select_related("person").order_by("person_id"))
        put, here = cases.names(case), len(called)
        share = here if rule.choose != "one" else here // len(put)
        given: dict[str, Any] = {str(name.person_id): share for name in put}
        if rule.choose == "one":
            given[str(put[0].person_id)] = here - share * (len(put) - 1)
        if rule.choose == "levels":
            given = {
                str(name.person_id): {(level or {}).get(name.person_id, rule.levels[0]): here} for name in put
            }  # fmt: skip
        figures = {"present": here, "issued": here, "collected": here, "valid": here, "blank": 0, "invalid": 0}
        voting.enter_sheet(case=case, by=chair, on=on, figures=figures, votes=given, photo=PHOTO)
        for counter in [self.of(elector.person) for elector in called[:3]]:
            step = voting.confirm_sheet(case=case, by=counter, on=on)
        return step


def widen(office: Office) -> Wide:
    """The same office with all its people, and the others that the procedures are about. Needs everything in sight."""
    world = office.world
    wide = Wide(**{name: getattr(office, name) for name in office.__dataclass_fields__})
    _more_bodies(world)
    wide.below = {
        "drafter": wide.drafter, "chair": wide.leaders[0], "opinion": wide.leaders[0],
        "verifier": account(world, somebody(world, "Xác nhận"), "officer", "P/1"),
        "approver": account(world, somebody(world, "Mặt trận ký"), "leader", "P/1"),
        "publisher": account(world, somebody(world, "Xã công bố"), "officer", "P/1"),
    }  # fmt: skip
    wide.above = {
        "drafter": account(world, somebody(world, "Tham mưu tỉnh"), "officer", "P"), "chair": account(world, somebody(world, "Chủ trì"), "leader", "P"),
        "opinion": wide.manager, "verifier": wide.verifier, "approver": wide.approver, "publisher": wide.publisher,
    }  # fmt: skip
    _people_of_the_stories(wide)
    return wide


def _more_bodies(world: World) -> None:
    """The Front and the council of the commune, which the small province has not."""
    outcomes = [Outcome("P/1.front", {"en": "Front", "vi": "Mặt trận"}, "commune-front", "P/1"),
                Outcome("P/1.council", {"en": "Council", "vi": "Hội đồng"}, "commune-council", "P/1")]  # fmt: skip
    ids = take_in(outcomes, decision=world.decision, source=world.source, by=world.console, key="wide", valid_from=FOUNDED)
    world.organizations |= {code: Organization.objects.get(pk=pk) for code, pk in ids.items()}
    council = world.post("P/1.council", "commune-council-vice-chair", seats=SEVERAL)
    for seat in range(1, SEVERAL + 1):
        world.serve(somebody(world, f"Đại biểu {seat}"), council, seat=seat)


def _people_of_the_stories(wide: Wide) -> None:
    world, since_2023 = wide.world, since(date(2023, 12, 1))
    wide.chair_post = Post.objects.get(organization=world.organizations["P/1.executive"], job__code="commune-chair")
    wide.holder = somebody(world, "Đương chức")
    world.serve(wide.holder, wide.post, seat=2, valid=since_2023)
    wide.lower = world.post("P/1.executive.office", "commune-department-deputy-head", seats=3)
    old = world.person("Sắp nghỉ", native_area=world.areas["Q/1"], birth_on=date(1964, 10, 5))
    declare(world, old)
    world.serve(old, world.post("P/1.executive.office", "specialist"))
    wide.retiring = old
    other = world.post("P/2.executive", "commune-vice-chair", seats=4)
    for seat in (1, 2, 3):
        world.serve(somebody(world, f"Xã bên {seat}"), other, seat=seat)
    wide.rotating = somebody(world, "Luân chuyển")
    world.serve(wide.rotating, other, seat=4)
    wide.vacant_head = world.post("P/2.executive", "commune-chair")
    world.manage(wide.vacant_head, "P.executive")
    wide.acting = wide.rotating
    wide.rotated = somebody(world, "Đã luân chuyển")
    world.serve(wide.rotated, world.post("P/2.executive", "commune-council-vice-chair"), kind=6, valid=since_2023)
    deputies = world.post("P/1.party", "commune-deputy-secretary", seats=2)
    for seat in (1, 2):
        world.serve(somebody(world, f"Phó bí thư {seat}"), deputies, seat=seat)
    member = world.post("P/1.party", "commune-committee-member", seats=SEVERAL)
    wide.newcomer = somebody(world, "Mới vào")
    for seat in range(1, SEVERAL - 1):
        person = somebody(world, f"Ủy viên {seat}")
        world.serve(person, member, seat=seat)
        wide.members.append(wide.of(person))
    for person in (wide.holder, wide.rotating, wide.rotated, wide.newcomer, wide.members[0].person):
        qualify(world, person, wide.post)

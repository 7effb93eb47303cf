"""Who acts in the stories of the demo world: the people of a unit, by the office that they hold.

A few people carry all cases of their unit: three of its staff draft, verify and publish, the heads of its bodies agree,
chair and sign. They appear on the sign-in page of the demo, so that whoever looks at a case can go on with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from django.contrib.auth.hashers import make_password

from canbo.procedures import bodies
from canbo.project.world.accounts import password
from canbo.registry import accounts, intake, people, queries
from canbo.registry.asking import rows
from canbo.registry.days import since
from canbo.registry.models import Account, Disclosure, NoneDeclared, Organization, Person, Source

BEGUN = date(2025, 7, 1)
VOTERS_UNTIL = date(2025, 10, 1)
STAFF = ("drafter", "verifier", "publisher")


@dataclass
class Cast:
    """The people who act in cases, found in the register and given an account when first needed."""

    on: date
    source: Source
    console: Account
    used: set[int] = field(default_factory=set)
    played: dict[tuple[str, int, int], Account] = field(default_factory=dict)

    def plays(self, capacity: str, body: int, *, never: Collection[int] = ()) -> Account:
        """The account that acts in a capacity for a body; heads sign, chair and give opinions, staff does the rest.

        `never`: whom the case is about, who does not act in it.
        """
        if capacity in STAFF:
            unit = bodies.unit_of(body, on=self.on) or body
            number = STAFF.index(capacity)
            if (capacity, unit, 0) not in self.played:
                self.played[capacity, unit, 0] = self.account(self._staff(unit, number), role="officer", over=unit)
            return self.played[capacity, unit, 0]
        head = self._head(body, never)
        if ("leader", body, head) not in self.played:
            self.played["leader", body, head] = self.account(head, role="leader", over=body)
        return self.played["leader", body, head]

    def account(self, person: int, *, role: str | None = None, over: int | None = None) -> Account:
        """The account of a person of the story, with a role over a body where one is needed."""
        self.declare(person)
        account = Account.objects.filter(person_id=person).order_by("pk").first()
        if account is None:
            brief = people.brief([person], on=self.on)[person]
            account = accounts.open_account(
                username=f"nhan-vat-{person}", label=f"{brief['family']} {brief['given']}", by=self.console, person=Person(pk=person),
                key=f"story:account:{person}",
            )  # fmt: skip
            account.password = _hashed(password())
            account.save(update_fields=["password"])
        if role is not None:
            self._give(account, role, over, until=None)
        return account

    def voter(self, person: int, body: int) -> Account:
        """The account of somebody who is called to a vote that is open, so that he or she can be tried on the sign-in page.

        A role of last year, long over, gives nothing (as to the civil servant of the demo).
        """
        account = self.account(person)
        self._give(account, "statistician", body, until=VOTERS_UNTIL)
        return account

    def _give(self, account: Account, role: str, over: int | None, *, until: date | None) -> None:
        accounts.give_role(
            account, role=role, organization=Organization(pk=over), valid_from=BEGUN, valid_to=until,
            decision=intake.decision(self.source), source=self.source, by=self.console, key=f"story:role:{account.pk}:{role}:{over}",
        )  # fmt: skip
        account.__dict__.pop("_grants_today", None)

    def declare(self, person: int) -> None:
        """The person has told of relatives and interests this year."""
        mark = {"person_id": person, "source": self.source, "decision": intake.decision(self.source)}
        told = self.on - timedelta(days=120)
        recent = (told - timedelta(days=90), told)
        for topic in Disclosure.Topic.values:
            if not Disclosure.objects.filter(person_id=person, topic=topic, valid__startswith__range=recent).exists():
                Disclosure.objects.create(topic=topic, valid=since(told), **mark)
            if topic == Disclosure.Topic.INTEREST and not NoneDeclared.objects.filter(person_id=person, topic=topic).exists():
                NoneDeclared.objects.create(topic=topic, valid=since(told), **mark)

    def _head(self, body: int, never: Collection[int]) -> int:
        """Who heads a body, else what stands above it: at last the executive of its unit, then the committee above that."""
        own = bodies.unit_of(body, on=self.on)
        place: int | None = body
        while place is not None:
            if place == body:
                here = [place]
            else:
                here = self._part(place, "executive") if place == own else [place, *self._part(place, "party")]
            found = [person for person in self.holders(here, ["head"]) if person not in never]
            if found:
                return found[0]
            place = bodies.parent_of(place, on=self.on)
        raise LookupError(f"nobody heads {body} or what stands above it")

    def _part(self, unit: int, part: str) -> list[int]:
        """A body of a unit, such as its party committee; nothing for what is no unit."""
        code = queries.unit_by_id(unit, on=self.on).code
        return [] if "." in code else [queries.unit(f"{code}.{part}", on=self.on).id]

    def _staff(self, unit: int, number: int) -> int:
        """Somebody on the staff of a unit's own bodies who leads nothing: the first for the first number, and so on."""
        free = self.holders(self._own_bodies(unit), ["staff"])
        if len(free) <= number:
            raise LookupError(f"nobody is left to act for {unit}")
        return free[number]

    def _own_bodies(self, unit: int) -> list[int]:
        """The bodies of a unit and those beneath them, without the units beneath it and without schools and the like."""
        found = rows(
            "SELECT c.organization_id AS id FROM {organizationcode} c WHERE c.valid @> %(on)s::date AND c.code LIKE ANY (%(like)s)",
            {"on": self.on, "like": [f"{queries.unit_by_id(unit, on=self.on).code}.{part}%" for part in ("party", "executive")]},
        )
        return [row["id"] for row in found]

    def holders(self, places: list[int], standing: list[str], *, ranks: tuple[int, int] = (0, 1000), born: int = 0) -> list[int]:
        """Who holds posts of these standings there, the highest first: in posts of these ranks, born in that year or later."""
        found = rows(
            "SELECT m.person_id, min(j.rank) AS best FROM {membership} m JOIN {post} p ON p.id = m.post_id"
            " JOIN {job} j ON j.id = p.job_id JOIN {person} h ON h.id = m.person_id"
            " WHERE m.organization_id = ANY (%(places)s) AND m.valid @> %(on)s::date AND j.standing = ANY (%(standing)s)"
            " AND coalesce(extract(year FROM h.birth_on), 9999) >= %(born)s"
            " GROUP BY m.person_id HAVING coalesce(min(j.rank), 1000) BETWEEN %(first)s AND %(last)s"
            " ORDER BY best NULLS LAST, m.person_id LIMIT 40",
            {"places": places, "on": self.on, "standing": standing, "first": ranks[0], "last": ranks[1], "born": born},
        )
        return [row["person_id"] for row in found]


@cache
def _hashed(word: str) -> str:
    """The password of the demo's accounts as it is kept; hashing is slow on purpose, so it is done once."""
    return make_password(word)

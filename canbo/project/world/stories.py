"""The cases of the demo world: procedures carried by invented people, some to their end, some refused, some still open.

They go through the same services as the cases of an office, each act with a key of its own, so that a demo that was
stopped in the middle goes on where it was. What is decided waits for its witnesses, who sign while the demo is served.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connections, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from canbo.procedures import bodies, cases, deadlines, dossier, rulings, signing, steps, voting
from canbo.procedures.models import Case, Elector, Step
from canbo.procedures.refusals import Refused
from canbo.project.world.accounts import password
from canbo.registry import accounts, authority, intake, people, queries
from canbo.registry.asking import rows
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
    Source,
    Succession,
)
from canbo.rules.procedure import StepRule

log = logging.getLogger("canbo.stories")
BEGUN = date(2025, 7, 1)
ROLES = {
    "drafter": "officer",
    "verifier": "officer",
    "publisher": "officer",
    "opinion": "leader",
    "approver": "leader",
    "chair": "leader",
}
WANTED = ("cv", "assessment-body", "assessment-party", "residence", "self-assessment", "political", "assets", "degrees", "health")


@dataclass
class Cast:
    """The people of one unit who act in its cases, found in its staff and given an account when first needed."""

    unit: str
    on: date
    source: Source
    console: Account
    used: set[int] = field(default_factory=set)
    played: dict[tuple[str, str], Account] = field(default_factory=dict)

    def plays(self, capacity: str, body: int) -> Account:
        """The account that acts in a capacity for a body; heads sign, chair and give opinions, staff does the rest."""
        code = queries.unit_by_id(body, on=self.on).code
        role = ROLES[capacity]
        known = self.played.get((capacity if role == "officer" else role, code))
        if known is not None:
            return known
        found = self._head(body) if role == "leader" else self._staff(body)
        account = self.account(found, role=role, over=body)
        self.played[(capacity if role == "officer" else role, code)] = account
        return account

    def account(self, person: int, *, role: str | None = None, over: int | None = None) -> Account:
        """The account of a person of the story, with a role over a body where one is needed."""
        self.declare(person)
        account = Account.objects.filter(person_id=person).first()
        if account is None:
            brief = people.brief([person], on=self.on)[person]
            account = accounts.open_account(
                username=f"nhan-vat-{person}", label=f"{brief['family']} {brief['given']}", by=self.console, person=Person(pk=person),
                key=f"story:account:{person}",
            )  # fmt: skip
            account.password = make_password(password())
            account.save(update_fields=["password"])
        if role is not None:
            accounts.give_role(
                account, role=role, organization=Organization(pk=over), valid_from=BEGUN, valid_to=None,
                decision=intake.decision(self.source), source=self.source, by=self.console, key=f"story:role:{account.pk}:{role}:{over}",
            )  # fmt: skip
            account.__dict__.pop("_grants_today", None)
        return account

    def declare(self, person: int) -> None:
        """The person has told of relatives and interests this year."""
        mark = {"person_id": person, "source": self.source, "decision": intake.decision(self.source)}
        told = self.on - timedelta(days=120)
        for topic in Disclosure.Topic.values:
            if not Disclosure.objects.filter(person_id=person, topic=topic).exists():
                Disclosure.objects.create(topic=topic, valid=since(told), **mark)
            if topic == Disclosure.Topic.INTEREST and not NoneDeclared.objects.filter(person_id=person, topic=topic).exists():
                NoneDeclared.objects.create(topic=topic, valid=since(told), **mark)

    def _head(self, body: int) -> int:
        """Who heads a body, or the nearest body above that has a head."""
        place: int | None = body
        while place is not None:
            found = self.holders([place], ["head"])
            if found:
                return found[0]
            place = bodies.parent_of(place, on=self.on)
        raise LookupError(f"nobody heads {body} or what stands above it")

    def _staff(self, body: int) -> int:
        """Somebody on the staff of a body, or of one beneath it, who plays nothing yet."""
        within = queries.subtree(body, on=self.on)
        for standing in (["staff"], ["deputy"], ["head"]):
            free = [person for person in self.holders(within, standing) if person not in self.used]
            if free:
                self.used.add(free[0])
                return free[0]
        raise LookupError(f"nobody is left to act for {body}")

    def holders(self, places: list[int], standing: list[str], *, after_rank: int = -1) -> list[int]:
        """Who holds posts of these standings there, the highest first; with `after_rank`, only lower ones than that."""
        found = rows(
            "SELECT m.person_id, min(j.rank) AS best FROM {membership} m JOIN {post} p ON p.id = m.post_id"
            " JOIN {job} j ON j.id = p.job_id"
            " WHERE m.organization_id = ANY (%(places)s) AND m.valid @> %(on)s::date AND j.standing = ANY (%(standing)s)"
            " GROUP BY m.person_id HAVING coalesce(min(j.rank), 1000) > %(after)s ORDER BY best NULLS LAST, m.person_id LIMIT 80",
            {"places": places, "on": self.on, "standing": standing, "after": after_rank},
        )
        return [row["person_id"] for row in found]


def recipe() -> list[dict[str, Any]]:
    """The stories as the rulebook's folder lists them."""
    file = Path(settings.LIBRARY) / "rulebook" / settings.CANBO_RULEBOOK / "stories.yaml"
    return list(yaml.safe_load(file.read_text(encoding="utf-8"))["cases"]) if file.is_file() else []


def tell_all(*, today: date, say: Callable[[str], object] = log.info) -> int:
    """Carry every story as far as it goes; how many were told. One that fails is logged, and the others are told."""
    told = 0
    console, source = intake.console(), Source.objects.filter(invented=True).order_by("pk").first()
    if source is None:
        return 0
    casts: dict[str, Cast] = {}
    for story in recipe():
        cast = casts.setdefault(story["unit"], Cast(story["unit"], today, source, console))
        try:
            with translation.override(settings.LANGUAGE_CODE):
                case = tell(story, cast, today=today)
            say(_("Case %(number)s: %(procedure)s, %(state)s.") % {
                "number": case.pk, "procedure": case.procedure, "state": case.state
            })  # fmt: skip
            told += 1
        except (Refused, LookupError, DatabaseError, ValueError) as problem:
            log.warning("The story %s was not told: %s", story["key"], problem)
    return told


def tell(story: dict[str, Any], cast: Cast, *, today: date) -> Case:
    """Open the case of one story and carry it to where the story leaves it."""
    day = today - timedelta(days=int(story.get("days", 30)))
    with authority.sight(cast.console):
        case = _open(story, cast, on=day)
        done = case.steps.filter(closed_on__isnull=False).order_by("-turn").values_list("closed_on", flat=True).first()
    day = max(day, done or day)  # a story that was broken off goes on from where it was
    for turn in range(60):
        with authority.sight(cast.console):
            case = Case.objects.get(pk=case.pk)
            step = cases.current(case)
            if step is None or case.state != Case.State.OPEN or step.name == story.get("until"):
                return case
            rule = cases.rules_of(case)[1].step(step.name)
            day = _next_day(day, today)
            _take(story, cast, case, step, rule, on=day, key=f"story:{story['key']}:{turn}")
    return case


def _next_day(day: date, today: date) -> date:
    """The next working day, but not beyond today."""
    following = day + timedelta(days=1)
    while not deadlines.works(following):
        following += timedelta(days=1)
    return min(following, today)


def _open(story: dict[str, Any], cast: Cast, *, on: date) -> Case:
    post = _post(story["post"], on) if "post" in story else None
    place = post.organization if post else Organization.objects.get(pk=queries.unit(story["organization"], on=on).id)
    person = _person(story, post, on) if story.get("who") and story.get("named", "open") == "open" else None
    drafter = cast.plays("drafter", place.pk)
    by = cast.account(person) if story.get("by") == "subject" and person else drafter
    if person is not None:
        cast.declare(person)
        _hand_in(person, cast, manager=bodies.manager_of(post, place, on=on), on=on)
    return cases.open_case(
        procedure=story["procedure"], post=post, organization=None if post else place, person=Person(pk=person) if person else None,
        by=by, on=on, effective_on=on + timedelta(days=int(story["effective_after"])) if "effective_after" in story else None,
        until=on + timedelta(days=int(story["lasts"])) if "lasts" in story else None, terms=story.get("terms"),
        key=f"story:{story['key']}",
    )  # fmt: skip


def _post(reference: str, on: date) -> Post:
    organization, job = reference.rsplit("/", 1)
    unit = queries.unit(organization, on=on)
    return Post.objects.select_related("organization", "job").filter(
        organization_id=unit.id, job__code=job, valid__contains=on
    ).order_by("pk")[:1].get()  # fmt: skip


def _person(story: dict[str, Any], post: Post | None, on: date) -> int:
    """Whom a story is about: by number, the holder of its post, or of another."""
    who = story["who"]
    if who.isdigit():
        return Person.objects.get(identification_number=who).pk
    place = post if who == "holder" else _post(who, on)
    assert place is not None  # noqa: S101 (a holder is asked for where there is a post)
    held = place.memberships.filter(valid__contains=on).order_by("seat").first()
    if held is None:
        raise LookupError(f"nobody holds {who} on {on}")
    return int(held.person_id)


def _named(who: str, cast: Cast, case: Case, on: date) -> int:
    """A name to put: somebody in particular, or `fit`: whoever leads beneath the body and meets the articles.

    The records of somebody fit are completed (declaration, grades, a place in the plan), as for the other people of the
    story; `unfit` is the next one, whose records stay as they were invented.
    """
    if who not in ("fit", "unfit"):
        return _person({"who": who}, case.post, on)
    assert case.post is not None and case.organization_id is not None  # noqa: S101 (names are put for a post)
    taken = set(case.candidates.values_list("person_id", flat=True)) | cast.used
    unit = bodies.unit_of(case.organization_id, on=on) or case.organization_id
    kind, _version = cases.rules_of(case)
    acting = {account.person_id for account in cast.played.values()}
    for person in cast.holders(queries.subtree(unit, on=on), ["head", "deputy"], after_rank=case.post.job.rank or 0):
        if person in taken | acting:
            continue
        with transaction.atomic():
            if who == "fit":
                _qualify(person, case.post, cast, on=on)
            outcome = cases.judged(case, Person.objects.get(pk=person), kind.topic or "appointment", on=on).outcome
            if (outcome == "pass") == (who == "fit"):
                cast.used.add(person)
                return person
            transaction.set_rollback(True)
    raise LookupError(f"nobody beneath {cast.unit} is {who} for the post")


def _qualify(person: int, post: Post, cast: Cast, *, on: date) -> None:
    """Complete the records by which an office usually knows that somebody qualifies."""
    mark = {"person_id": person, "source": cast.source, "decision": intake.decision(cast.source)}
    for year in (on.year - 3, on.year - 2, on.year - 1):
        whole = since(date(year, 1, 1), date(year + 1, 1, 1))
        Rating.objects.filter(person_id=person, valid=whole).delete()
        Rating.objects.create(grade=Rating.Grade.GOOD, regime="civil-servant", valid=whole, **mark)
    Declaration.objects.filter(person_id=person, year=on.year - 1).delete()
    Declaration.objects.create(year=on.year - 1, verified=True, valid=since(date(on.year - 1, 12, 15)), **mark)
    PoliticalTheory.objects.create(level=PoliticalTheory.Level.ADVANCED, valid=since(date(2018, 6, 1)), **mark)
    if not Credential.objects.filter(person_id=person).exists():
        Credential.objects.create(level=Credential.Level.UNIVERSITY, verified=True, valid=since(date(2004, 7, 1)), **mark)
    NoneDeclared.objects.get_or_create(
        topic=NoneDeclared.Topic.SANCTION, person_id=person, defaults={**mark, "valid": since(BEGUN)}
    )
    if not Succession.objects.filter(person_id=person, post=post).exists():
        Succession.objects.create(post=post, valid=since(date(2025, 10, 15)), **mark)


def _take(story: dict[str, Any], cast: Cast, case: Case, step: Step, rule: StepRule, *, on: date, key: str) -> None:
    """One step, as the story has it go."""
    given: dict[str, Any] = {"case": case, "on": on, "key": key}
    body = bodies.of_step(case, rule.body, on=on)
    if rule.capacity == "subject":
        by = cast.account(case.person_id or case.candidates.get(state="through").person_id)
    else:
        by = cast.plays(rule.capacity, body)
    refuses = story.get("refuse", {}).get(rule.id)
    if rule.does == "act":
        steps.act(by=by, outcome="refuse" if refuses else "done", text=refuses or story.get("says", {}).get(rule.id, ""), **given)
    elif rule.does == "name":
        persons = [_named(who, cast, case, on) for who in story["names"]]
        for person in persons:
            cast.declare(person)
            _hand_in(person, cast, manager=case.manager_id or body, on=on)
        steps.put_names(by=by, persons=[Person(pk=person) for person in persons], **given)
    elif rule.does == "vote":
        _vote(story, cast, case, step, by=by, on=on, key=key)
    elif rule.does == "sign":
        steps.sign(by=by, signature=None if refuses else _signature(case, by, on), reason=refuses or "", **given)
    else:
        steps.publish(by=by, **given)


def _signature(case: Case, by: Account, on: date) -> signing.Signature:
    with transaction.atomic():
        ruling = rulings.drawn(case, on=on)
    return signing.sign_for_practice(account=by, decision=json.loads(ruling.text))


def _vote(story: dict[str, Any], cast: Cast, case: Case, step: Step, *, by: Account, on: date, key: str) -> None:
    """A vote on paper: most are for the first name, one leaves the ballot blank; three count."""
    given: dict[str, Any] = {"case": case, "on": on}
    rule = cases.rules_of(case)[1].step(step.name).vote
    assert rule is not None  # noqa: S101 (asked only in a vote)
    if step.state == Step.State.OPEN:
        step = voting.convene(by=by, key=f"{key}:convene", **given)
    called = list(step.electors.filter(state=Elector.State.CONVENED).order_by("pk"))
    named = [str(name.person_id) for name in cases.names(case)]
    present = len(called)
    against = story.get("against", {}).get(step.name)
    blank = present - 1 if against else (1 if present > 4 else 0)
    valid = present - blank
    votes: dict[str, Any] = {name: valid if rule.choose != "one" or name == named[0] else 0 for name in named}
    if rule.choose == "levels":
        votes = {name: _levels(rule.levels, valid, story.get("low", {}).get(name, 0)) for name in named}
    figures = {"present": present, "issued": present, "collected": present, "valid": valid, "blank": blank, "invalid": 0}
    voting.enter_sheet(by=by, figures=figures, votes=votes, photo="0" * 64, key=f"{key}:sheet", **given)
    counters = [by, *(cast.account(each.person_id) for each in called if each.person_id != by.person_id)][:3]
    while len(counters) < voting.COUNTERS:
        counters.append(
            cast.plays("drafter", case.organization_id or 0)
            if len(counters) == 2
            else cast.plays("publisher", case.organization_id or 0)
        )
    for number, counter in enumerate(counters):
        case.refresh_from_db()
        if case.turn == step.turn:
            voting.confirm_sheet(by=counter, key=f"{key}:confirm:{number}", **given)


def _levels(levels: tuple[str, ...], valid: int, low: int) -> dict[str, int]:
    """Most ballots at the first level, a few at the second, `low` at the last."""
    middle = valid // 5
    return {levels[0]: valid - middle - low, levels[1]: middle, **({levels[2]: low} if len(levels) > 2 else {})}


def _hand_in(person: int, cast: Cast, *, manager: int, on: date) -> None:
    """The papers of a dossier, as files that say that they are invented."""
    for item in WANTED:
        dossier.add(
            person=Person(pk=person), item=item, body=_paper(), name=f"{item}.pdf", dated_on=on - timedelta(days=20), signed=True,
            authority_body=Organization(pk=manager), by=cast.console, on=on, key=f"story:paper:{person}:{item}",
        )  # fmt: skip


_made: list[bytes] = []


def _paper() -> bytes:
    """One page that says what it is."""
    if not _made:
        import typst

        _made.append(
            bytes(typst.compile(b"#set page(width: 12cm, height: 6cm)\nInvented paper of an invented person.", format="pdf"))
        )
    return _made[0]


class Teller:
    """Tells the stories beside the pages, once, after the demo was opened."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="canbo-stories", daemon=True)

    def start(self) -> Teller:
        """Begin, in a thread of its own; returns at once."""
        self._thread.start()
        return self

    def stop(self, timeout: float = 1.0) -> None:
        """Leave the rest for the next time: every act has its key."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            tell_all(today=date.today())
        finally:
            connections.close_all()

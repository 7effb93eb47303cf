"""The records that a story needs: files completed as an office completes them, papers of a dossier, seats of a council."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from canbo.procedures import dossier, effects
from canbo.procedures.models import Case
from canbo.project.world.story_cast import BEGUN, Cast
from canbo.registry import intake, queries
from canbo.registry.days import since
from canbo.registry.models import (
    Credential,
    Declaration,
    Job,
    Membership,
    NoneDeclared,
    Organization,
    Person,
    PoliticalTheory,
    Post,
    PostManager,
    Rating,
    Seat,
    Succession,
)

WANTED = ("cv", "assessment-body", "assessment-party", "residence", "self-assessment", "political", "assets", "degrees", "health")
HIDDEN: dict[str, Any] = {"rating": Rating, "declaration": Declaration, "theory": PoliticalTheory, "credential": Credential}


def complete(person: int, post: Post, cast: Cast, *, on: date, planned: bool = True) -> None:
    """Complete the records by which an office usually knows that somebody qualifies."""
    mark = {"person_id": person, "source": cast.source, "decision": intake.decision(cast.source)}
    for year in (on.year - 3, on.year - 2, on.year - 1):
        whole = since(date(year, 1, 1), date(year + 1, 1, 1))
        if not Rating.objects.filter(person_id=person, valid=whole, grade=Rating.Grade.GOOD).exists():
            Rating.objects.filter(person_id=person, valid=whole).delete()
            Rating.objects.create(grade=Rating.Grade.GOOD, regime="civil-servant", valid=whole, **mark)
    if not Declaration.objects.filter(person_id=person, year=on.year - 1, verified=True).exists():
        Declaration.objects.filter(person_id=person, year=on.year - 1).delete()
        Declaration.objects.create(year=on.year - 1, verified=True, valid=since(date(on.year - 1, 12, 15)), **mark)
    if not PoliticalTheory.objects.filter(person_id=person, level=PoliticalTheory.Level.ADVANCED).exists():
        PoliticalTheory.objects.create(level=PoliticalTheory.Level.ADVANCED, valid=since(date(2018, 6, 1)), **mark)
    if not Credential.objects.filter(person_id=person).exists():
        Credential.objects.create(level=Credential.Level.UNIVERSITY, verified=True, valid=since(date(2004, 7, 1)), **mark)
    NoneDeclared.objects.get_or_create(
        topic=NoneDeclared.Topic.SANCTION, person_id=person, defaults={**mark, "valid": since(BEGUN)}
    )
    if planned and not Succession.objects.filter(person_id=person, post=post).exists():
        Succession.objects.create(post=post, valid=since(date(2025, 10, 15)), **mark)


def hide(person: int, tables: Iterable[str]) -> None:
    """Take records out of a file, so that what they would say is not known."""
    for table in tables:
        HIDDEN[table].objects.filter(person_id=person).delete()


def hand_in(person: int, cast: Cast, *, manager: int, on: date, lacks: Collection[str] = ()) -> None:
    """The papers of a dossier, as files that say that they are invented."""
    for item in WANTED:
        if item not in lacks:
            dossier.add(
                person=Person(pk=person), item=item, body=_paper(), name=f"{item}.pdf", dated_on=on - timedelta(days=20), signed=True,
                authority_body=Organization(pk=manager), by=cast.console, on=on, key=f"story:paper:{person}:{item}:{on}",
            )  # fmt: skip


def hand_in_proposal(person: Person, case: Case, cast: Cast, *, on: date) -> None:
    """The proposal with the minutes on paper, where the steps of a procedure do not make all of them themselves."""
    for item in dossier.state(person, case.procedure, on, case.manager_id):
        if item.code == "proposal" and item.blocks:
            dossier.add(
                person=person, item=item.code, body=_paper(), name="to-trinh.pdf", dated_on=on, signed=True,
                authority_body=case.manager_id and Organization(pk=case.manager_id), by=cast.console, on=on,
                key=f"story:paper:{person.pk}:{item.code}:{case.pk}",
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


def seat(row: dict[str, Any], cast: Cast) -> None:
    """Seat people of a unit in posts that the invented world leaves out, once: deputies of a council, somebody on rotation.

    `row`: organization, job (with its words where the register has none), seats, from (a unit or body), kind.
    """
    place = queries.unit(row["organization"], on=cast.on).id
    job = Job.objects.filter(code=row["job"]).first()
    if job is None:  # the list of jobs is the owner's
        job = Job.objects.using(effects.KEEPER).create(code=row["job"], **row["words"])
    mark = {"source": cast.source, "decision": intake.decision(cast.source)}
    begun = row.get("since", BEGUN)
    post, fresh = Post.objects.get_or_create(organization_id=place, job_id=job.pk, valid=since(begun), defaults=mark)
    if not fresh:
        return
    PostManager.objects.create(post=post, manager_id=place, valid=since(begun), **mark)
    home = queries.subtree(queries.unit(row["from"], on=cast.on).id, on=cast.on)
    persons = cast.holders(home, row.get("standing", ["head", "deputy"]), born=cast.on.year - 50)[: int(row["seats"])]
    for number, person in enumerate(persons, start=1):
        Seat.objects.create(post=post, number=number, valid=since(begun), **mark)
        Membership.objects.create(
            person_id=person, post=post, seat=number, organization_id=place, kind=Membership.Kind[row["kind"].upper()],
            category=Membership.Category.CIVIL_SERVANT, valid=since(begun), **mark,
        )  # fmt: skip

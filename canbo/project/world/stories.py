"""The cases of the demo world: procedures carried by invented people, some to their end, some refused, some still open.

They go through the same services as the cases of an office, each act with a key of its own, so that a demo that was
stopped in the middle goes on where it was. What is decided waits for its witnesses, who sign while the demo is served.
`stories.yaml` of the rulebook lists them; people are named there by the posts they hold.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connections, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from canbo.procedures import appeals, bodies, cases
from canbo.procedures.models import Case
from canbo.procedures.refusals import Refused
from canbo.project.world import (
    levels,
    quarter_of_schools,
    rehearsals,
    retirement,
    story_steps,
    year_of_sides,
    year_of_training,
    year_of_work,
)
from canbo.project.world import story_records as records
from canbo.project.world.story_cast import Cast
from canbo.registry import authority, intake, once, queries
from canbo.registry.models import Membership, Organization, Person, Post, Source
from canbo.rules import procedure as law

log = logging.getLogger("canbo.stories")
NOTICE = (210, 400)  # days that retirement is told ahead


def recipe() -> dict[str, Any]:
    """The stories as the rulebook's folder lists them: `cases`, `seats` to be filled first, `usual` words by step."""
    file = Path(settings.LIBRARY) / "rulebook" / settings.CANBO_RULEBOOK / "stories.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def tell_all(*, today: date, say: Callable[[str], object] = log.info, only: frozenset[str] = frozenset()) -> int:
    """Carry every story as far as it goes; how many were told. One that fails is logged, and the others are told.

    `only`: keys of stories, where not all are to be told.
    """
    told, book, cast = 0, recipe(), cast_of(today)
    if cast is None or not book:
        return 0
    prepare(book, cast)
    for story in book["cases"]:
        if only and story["key"] not in only:
            continue
        try:
            with translation.override(settings.LANGUAGE_CODE):
                case = tell({"usual": book.get("usual", {}), **story}, cast, today=today)
            say(_("Case %(number)s: %(procedure)s, %(state)s.") % {
                "number": case.pk, "procedure": case.procedure, "state": case.state
            })  # fmt: skip
            told += 1
        except (Refused, authority.NotAllowed, LookupError, ObjectDoesNotExist, DatabaseError, ValueError) as problem:
            log.warning("The story %s was not told: %s", story["key"], problem)
            cast.played.clear()  # an account that was made in what was undone is none
    return told


def prepare(book: dict[str, Any], cast: Cast) -> None:
    """Fill the seats that the stories need, and keep whom a story names by the post from being put in another."""
    for row in book.get("seats", []):
        try:
            with authority.sight(cast.console):
                records.seat(row, cast)
        except (LookupError, DatabaseError) as problem:
            log.warning("The posts of %s in %s were not filled: %s", row["job"], row["organization"], problem)
    with authority.sight(cast.console):
        for story in book["cases"]:
            for who in (story.get("who"), *story.get("names", ())):
                post = story.get("post") if who == "holder" else who
                if post is not None and "/" in post:
                    cast.used.update(_held(post, cast.on))


def _held(reference: str, on: date) -> list[int]:
    try:
        return story_steps.holders(story_steps.post_of(reference, on), on)
    except (LookupError, ObjectDoesNotExist):
        return []  # a smaller world has not every post


def cast_of(today: date) -> Cast | None:
    """Nobody yet, for the stories of one telling; None in a register of real people."""
    source = Source.objects.filter(invented=True).order_by("pk").first()
    return Cast(today, source, intake.console()) if source else None


def tell(story: dict[str, Any], cast: Cast, *, today: date) -> Case:
    """Open the case of one story and carry it to where the story leaves it."""
    day = today - timedelta(days=int(story.get("days", 30)))
    with authority.sight(cast.console):
        case = _opened(story, cast, on=day)
        done = case.steps.filter(closed_on__isnull=False).order_by("-turn").values_list("closed_on", flat=True).first()
    day = max(day, done or day)  # a story that was broken off goes on from where it was
    day = story_steps.carry(story, cast, case, today=today, day=day)
    if "appeal" in story:
        _appeal(story, cast, case, on=story_steps.next_day(day, today))
    with authority.sight(cast.console):
        return Case.objects.get(pk=case.pk)


def _appeal(story: dict[str, Any], cast: Cast, case: Case, *, on: date) -> None:
    """The person of a decision appeals; where the story has an answer, the body above gives it."""
    key = f"story:{story['key']}:appeal"
    with authority.sight(cast.console):
        person = case.person_id or case.candidates.get(state="through").person_id
        appeal = appeals.file(case=case, by=cast.account(person), on=on, ground=story["appeal"], key=key)
        by = cast.plays("approver", appeal.body_id)
        if "answer" in story:
            appeals.answer(case=case, by=by, on=on, upheld=False, text=story["answer"], key=f"{key}:answer")


# --- how a case is opened -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Subject:
    """What a case is about: a body, a post in it, somebody; and the day that the person brings with it."""

    place: Organization
    post: Post | None
    person: int | None = None
    effective: date | None = None


def _opened(story: dict[str, Any], cast: Cast, *, on: date) -> Case:
    """The case of a story, opened now or before. Of those who may be meant it takes the first as whom the law sees it."""
    key = f"story:{story['key']}"
    earlier = once.earlier(key, cases.OPENED)
    if earlier is not None:
        case = Case.objects.get(entry=earlier)
        if story_steps.binds(story):
            cast.used.update(case.candidates.exclude(state="refused").values_list("person_id", flat=True))
        return case
    wanted, subjects = story.get("expects", Case.State.OPEN), _subjects(story, cast, on)
    for subject in subjects[:1]:
        cast.plays("drafter", subject.place.pk)  # before what may be undone
    for subject in subjects:
        with transaction.atomic():
            case = _open(story, subject, cast, on=on, key=key)
            if case.state == wanted:
                if subject.person is not None and story_steps.binds(story):
                    cast.used.add(subject.person)
                return case
            transaction.set_rollback(True)
    raise LookupError(f"nobody is found for whom {story['procedure']} begins as {wanted}")


def _subjects(story: dict[str, Any], cast: Cast, on: date) -> list[_Subject]:
    """What a case may be about, in the order in which it is tried."""
    who = story.get("who")
    if who == "retiring":
        return _retiring(story, cast, on)
    post = story_steps.post_of(story["post"], on) if "post" in story else None
    place = post.organization if post else Organization.objects.get(pk=queries.unit(story["organization"], on=on).id)
    if who is None:
        return [_Subject(place, post)]
    if who == "fit":
        within = queries.subtree(queries.unit(story["from"], on=on).id, on=on)
        leaders = cast.holders(within, ["head", "deputy"], born=on.year - story_steps.YOUNG)
        return [_Subject(place, post, person) for person in leaders if person not in cast.used]
    of = post if who == "holder" or post is None else story_steps.post_of(who, on)
    assert of is not None  # noqa: S101 (whoever names a holder names a post)
    case = once.earlier(f"story:{story['same']}", cases.OPENED) if "same" in story else None
    held = [Case.objects.get(entry=case).person_id] if case is not None else story_steps.holders(of, on)
    held.sort(key=lambda person: person in cast.used)
    return [_Subject(place, post, person) for person in held]


def _retiring(story: dict[str, Any], cast: Cast, on: date) -> list[_Subject]:
    """Who draws a pension soon enough to be told now, in the bodies of a unit."""
    unit = queries.unit(story["organization"], on=on).id
    acting = {cast.plays(capacity, unit).person_id for capacity in ("drafter", "verifier", "publisher")} | cast.used
    within = queries.subtree(unit, on=on)
    serve = Membership.objects.select_related("post", "person", "organization").filter(
        organization_id__in=within, valid__contains=on, person__birth_on__lt=date(on.year - 54, 1, 1), person__birth_precision="D",
        post__job__standing="staff",
    )  # fmt: skip
    found = []
    for member in serve.exclude(kind=Membership.Kind.CONCURRENT).order_by("pk"):
        sex, birth = np.array([member.person.sex == "F"], np.int8), np.array([member.person.birth_on], "datetime64[D]")
        day = date(1970, 1, 1) + timedelta(days=int(retirement.day_of(sex, birth.astype(np.int32))[0]))
        if NOTICE[0] <= (day - on).days <= NOTICE[1] and member.person_id not in acting:
            found.append(_Subject(member.organization, member.post, member.person_id, day))
    return found


def _open(story: dict[str, Any], subject: _Subject, cast: Cast, *, on: date, key: str) -> Case:
    """Open it about one subject, whose file is completed first where the story says so."""
    place, post, person = subject.place, subject.post, subject.person
    if person is not None:
        cast.declare(person)
        if story.get("complete") and post is not None:
            records.complete(person, post, cast, on=on)
        records.hide(person, story.get("hides", ()))
        version = law.on_day(bodies.rulebook(), story["procedure"], on)[1]
        if any(step.dossier for step in version.steps):
            manager = bodies.manager_of(post, place, on=on)
            records.hand_in(person, cast, manager=manager, on=on, lacks=story.get("lacks", ()))
    effective = on + timedelta(days=int(story["effective_after"])) if "effective_after" in story else subject.effective
    return cases.open_case(
        procedure=story["procedure"], post=post, organization=None if post else place, person=Person(pk=person) if person else None,
        by=cast.plays("drafter", place.pk), on=on, effective_on=effective,
        until=on + timedelta(days=int(story["lasts"])) if "lasts" in story else None, terms=_terms(story, on), key=key,
    )  # fmt: skip


def _terms(story: dict[str, Any], on: date) -> dict[str, Any]:
    """The terms of a case; posts in them are named as elsewhere, and sealed by their numbers."""
    terms = dict(story.get("terms", {}))
    return terms | {name: story_steps.post_of(terms[name], on).pk for name in ("post", "to_post") if name in terms}


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
            rehearsals.tell_all(today=date.today())
            cast = cast_of(date.today())
            if cast is not None:
                year_of_work.tell(cast)
                quarter_of_schools.tell(cast)
                levels.tell(cast)
                year_of_training.tell(cast)
                year_of_sides.tell(cast)
        finally:
            connections.close_all()


__all__ = ["Teller", "cast_of", "recipe", "tell", "tell_all"]

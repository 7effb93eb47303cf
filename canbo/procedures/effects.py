"""What a signed decision brings about, written by the keeper alone, after the whole case was verified from its beginning.

The keeper is the owner of the tables, as whom nothing else of the program acts: the application's role can fill in every
step of a case and still not put anybody into a leading post (migrations/cases.sql). It runs beside the pages (`Keeper`),
and once by `canbo case effect`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from canbo.journal import entries, witnessing
from canbo.procedures import grounds
from canbo.procedures.models import Case, Ruling
from canbo.procedures.verified import problems_of
from canbo.registry import constraints, quotas, saying
from canbo.registry.days import since
from canbo.registry.models import Membership, Organization, Post, Seat, Source, Succession
from canbo.registry.saying import sentence as _
from canbo.rules import procedure as law

KEEPER = "owner"
EFFECTIVE, FAILED, LAPSED = "case.effective", "case.failed", "case.lapsed"
Kind, Ending = Membership.Kind, Membership.Ending


class NotYet(Exception):
    """The decision holds, but what it brings about is not possible on this day; it is tried again."""


def keep_from(day: date) -> None:
    """From this day on nobody enters or leaves a leading post but by a ruling; it cannot be put off once it has come."""
    with transaction.atomic(using=KEEPER), connections[KEEPER].cursor() as cursor:
        cursor.execute("SELECT since FROM procedures_keeping FOR UPDATE")
        known = cursor.fetchone()
        if known is not None and known[0] <= min(day, date.today()):
            return
        cursor.execute(
            "INSERT INTO procedures_keeping (since) VALUES (%s) ON CONFLICT (one) DO UPDATE SET since = excluded.since", [day]
        )
        entries.record("cases.kept_from", by=None, on=day, using=KEEPER)


def due(*, on: date) -> list[int]:
    """Numbers of the cases whose decision is published and whose day has come, in the order of their signing."""
    waiting = Ruling.objects.using(KEEPER).filter(state=Ruling.State.PUBLISHED, effective_on__lte=on)
    return list(waiting.order_by("signed_at").values_list("case_id", flat=True))


def take_all(*, on: date) -> list[Ruling]:
    """Let take effect whatever is due, each in its own transaction; end what has lapsed. The rulings that were touched."""
    touched = [take(case=number, on=on) for number in due(on=on)]
    return touched + lapse(on=on)


def take(*, case: int, on: date) -> Ruling:
    """Let one published decision take effect, if it may.

    Not witnessed, its day not come, no seat free: it waits, and `reason` says for what. A case that does not hold when
    verified from its beginning fails for good, and the journal says why.
    """
    with transaction.atomic(using=KEEPER):
        held = Case.objects.using(KEEPER).select_for_update(of=("self",)).get(pk=case)
        ruling = Ruling.objects.using(KEEPER).select_for_update(of=("self",)).get(case_id=case)
        if ruling.state != Ruling.State.PUBLISHED:
            return ruling
        waits = _waits_for(ruling, on)
        if waits:
            return _told(ruling, waits)
        wrong = problems_of(case, on=on)
        if wrong:
            return _fail(held, ruling, wrong, on=on)
        try:
            with transaction.atomic(using=KEEPER):
                return _take(held, ruling, on=on)
        except NotYet as reason:
            return _told(ruling, saying.of(reason))
        except IntegrityError as problem:
            return _told(ruling, constraints.explained(problem))


def _waits_for(ruling: Ruling, on: date) -> str:
    """What a decision waits for, or nothing."""
    if ruling.effective_on > on:
        return _("It takes effect on %(day)s.") % {"day": ruling.effective_on}
    if witnessing.witnessed(ruling.entry_id or 0, using=KEEPER) is None:
        return _("It is not yet witnessed by enough other bodies.")
    return ""


def _told(ruling: Ruling, why: str) -> Ruling:
    if ruling.reason != saying.kept(why):
        ruling.reason = saying.kept(why)
        ruling.save(using=KEEPER, update_fields=["reason"])
    return ruling


def _fail(case: Case, ruling: Ruling, wrong: list[str], *, on: date) -> Ruling:
    entry = entries.record(FAILED, by=None, about=case, on=on, payload={"why": wrong}, using=KEEPER)
    ruling.state, ruling.reason, ruling.effect_entry = Ruling.State.FAILED, saying.kept(saying.together(wrong)), entry
    ruling.save(using=KEEPER, update_fields=["state", "reason", "effect_entry"])
    case.state, case.ended_at, case.reason = Case.State.STOPPED, timezone.now(), ruling.reason
    case.save(using=KEEPER, update_fields=["state", "ended_at", "reason"])
    return ruling


def _take(case: Case, ruling: Ruling, *, on: date) -> Ruling:
    entry = entries.record(
        EFFECTIVE, by=None, about=case, on=ruling.effective_on, key=f"case:{case.pk}:effective", using=KEEPER,
        payload={"digest": ruling.digest, "number": ruling.number},
    )  # fmt: skip
    kind = law.opened(_rulebook())[case.procedure]
    persons = list(case.candidates.using(KEEPER).filter(state="through").order_by("pk").values_list("person_id", flat=True))
    EFFECTS[kind.effect](_Effect(case, ruling, entry.pk), persons)
    ruling.state, ruling.reason, ruling.effective_at, ruling.effect_entry = (
        Ruling.State.EFFECTIVE, "", timezone.now(), entry,
    )  # fmt: skip
    ruling.save(using=KEEPER, update_fields=["state", "reason", "effective_at", "effect_entry"])
    case.state, case.ended_at = Case.State.EFFECTIVE, timezone.now()
    case.save(using=KEEPER, update_fields=["state", "ended_at"])
    with connections[KEEPER].cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is checked at commit is checked while it can still wait
    return ruling


def _rulebook() -> Any:
    from canbo.procedures import bodies

    return bodies.rulebook()


def lapse(*, on: date) -> list[Ruling]:
    """End the effective decisions whose last day is over, such as a suspension that nobody prolonged."""
    with transaction.atomic(using=KEEPER):
        over = list(
            Ruling.objects.using(KEEPER).select_for_update(of=("self",)).filter(state=Ruling.State.EFFECTIVE, until__lt=on)
        )
        for ruling in over:
            entries.record(
                LAPSED, by=None, about=("procedures.case", ruling.case_id), on=ruling.until, using=KEEPER,
                key=f"case:{ruling.case_id}:lapsed", payload={"digest": ruling.digest},
            )  # fmt: skip
            ruling.state = Ruling.State.LAPSED
            ruling.save(using=KEEPER, update_fields=["state"])
    return over


# --- what each kind of decision writes ---------------------------------------------------------------------------------


class _Effect:
    """A decision as the writers below need it: the case, its day, its last day, and on whose word the rows stand."""

    def __init__(self, case: Case, ruling: Ruling, entry: int) -> None:
        self.case, self.ruling = case, ruling
        self.day, self.post = ruling.effective_on, case.post_id
        self.until = ruling.until + timedelta(days=1) if ruling.until else None  # ranges of days end before their end
        source, _made = Source.objects.using(KEEPER).get_or_create(code="cases", defaults={"title": "Decisions of cases"})
        self.mark = {
            "source_id": source.pk,
            "decision_id": ruling.decision_id,
            "entry_id": entry,
            "confirmed_by_id": ruling.signed_by_id,
        }

    def memberships(self, person: int) -> Any:
        """The memberships of a person that are true on the day."""
        return Membership.objects.using(KEEPER).filter(person_id=person, valid__contains=self.day)

    def seat(self, post: int) -> int:
        """The lowest free seat of a post from the day on. Raises NotYet."""
        seats = Seat.objects.using(KEEPER).filter(post_id=post, valid__contains=self.day).order_by("number")
        taken = set(
            Membership.objects.using(KEEPER)
            .filter(post_id=post, valid__overlap=since(self.day, self.until))
            .values_list("seat", flat=True)
        )  # fmt: skip
        free = next((seat.number for seat in seats if seat.number not in taken), None)
        if free is None:
            raise NotYet(_("No seat of this post is free on %(day)s: its holder must leave first.") % {"day": self.day})
        return free

    def leave(self, membership: Membership, ending: int) -> None:
        """Close a membership on the day; one that begins on the day or later never was."""
        if membership.valid.lower is not None and membership.valid.lower >= self.day:
            raise NotYet(_("The person began there on the same day or later."))
        membership.valid = DateRange(membership.valid.lower, self.day, "[)")
        membership.ending = ending
        membership.save(using=KEEPER, update_fields=["valid", "ending"])

    def enter(self, person: int, post: int, kind: int, *, until: date | None = None, seat: int | None = None) -> None:
        """Put a person into a post from the day on. Raises NotYet."""
        place = Post.objects.using(KEEPER).get(pk=post)
        last = Membership.objects.using(KEEPER).filter(person_id=person).order_by("-valid").first()
        category = last.category if last else Membership.Category.CIVIL_SERVANT
        if kind != Kind.ACTING:  # who acts keeps the own post, and is counted there
            self.require_room(person, place.organization_id, category)
        Membership.objects.using(KEEPER).create(
            person_id=person, post_id=post, seat=seat or self.seat(post), organization_id=place.organization_id, kind=kind,
            category=category, valid=since(self.day, until), **self.mark,
        )  # fmt: skip

    def require_room(self, person: int, body: int, category: int) -> None:
        """Nobody comes into a body beyond the headcount that was allotted to it. Raises NotYet."""
        full = quotas.full(body=body, person=person, category=category, on=self.day, using=KEEPER)
        if full is not None:
            raise NotYet(
                _("Headcount is used up: %(body)s was allotted %(number)s and %(people)s serve there on %(day)s.")
                % {"body": full.code, "number": full.number, "people": full.people, "day": self.day}
            )


def _structure(organization: int) -> str | None:
    return (
        Organization.objects.using(KEEPER).filter(pk=organization).values_list("statuses__kind__structure", flat=True)
        .order_by("-statuses__valid").first()
    )  # fmt: skip


def _appoint(effect: _Effect, persons: list[int], kind: int = Kind.APPOINTED) -> None:
    """Into the post; a new leading post ends the former ones of the same structure (the law says so), unless kept."""
    assert effect.post is not None  # noqa: S101 (a procedure about a post)
    keep = set(effect.case.terms.get("keeps", ()))
    place = _structure(Post.objects.using(KEEPER).get(pk=effect.post).organization_id)
    for person in persons:
        for former in effect.memberships(person).select_related("post"):
            if former.pk not in keep and former.kind != Kind.CONCURRENT and _structure(former.organization_id) == place:
                effect.leave(former, Ending.MOVE)
        effect.enter(person, effect.post, kind)


def _acting(effect: _Effect, persons: list[int]) -> None:
    """Acting head beside the post that the person keeps, until the last day."""
    assert effect.post is not None  # noqa: S101
    for person in persons:
        effect.enter(person, effect.post, Kind.ACTING, until=effect.until)


def _again(effect: _Effect, persons: list[int]) -> None:
    """A new term in the same seat."""
    assert effect.post is not None  # noqa: S101
    for person in persons:
        held = effect.memberships(person).filter(post_id=effect.post).first()
        if held is None:
            raise NotYet(_("The person does not hold the post on %(day)s, so it cannot be held again.") % {"day": effect.day})
        effect.leave(held, Ending.TERM)
        effect.enter(person, effect.post, held.kind, seat=held.seat)


def _end(ending: int) -> Callable[[_Effect, list[int]], None]:
    def end(effect: _Effect, persons: list[int]) -> None:
        for person in persons:
            held = effect.memberships(person).filter(post_id=effect.post)
            if not held:
                raise NotYet(_("The person does not hold the post on %(day)s any more.") % {"day": effect.day})
            for membership in held:
                effect.leave(membership, ending)
            if effect.case.terms.get("to_post"):
                effect.enter(person, int(effect.case.terms["to_post"]), Kind.APPOINTED)

    return end


def _retire(effect: _Effect, persons: list[int]) -> None:
    for person in persons:
        for membership in effect.memberships(person):
            effect.leave(membership, Ending.RETIREMENT)


def _elect(effect: _Effect, persons: list[int]) -> None:
    """Into the post; where a body elects its committee, the whole of it: who is not among the elected leaves it."""
    if effect.post is not None:
        _appoint(effect, persons, Kind.ELECTED)
        return
    post = grounds.committee_post(effect.case, using=KEEPER)
    if post is None:
        raise NotYet(_("The body has no post for the members of its committee."))
    outgoing = Membership.objects.using(KEEPER).filter(post_id=post, valid__contains=effect.day)
    seats = {member.person_id: member.seat for member in outgoing}
    for member in outgoing:
        effect.leave(member, Ending.TERM)
    for person in sorted(persons, key=lambda each: each not in seats):  # who sits there keeps the seat
        effect.enter(person, post, Kind.ELECTED, seat=seats.get(person))


def _return(effect: _Effect, persons: list[int]) -> None:
    """From where the rotation led into the post; who stays where it led stays in the same seat and is rotated no more."""
    assert effect.post is not None  # noqa: S101
    for person in persons:
        rotated = list(effect.memberships(person).filter(kind=Kind.ROTATED))
        if not rotated:
            raise NotYet(_("The person is not on rotation on %(day)s any more.") % {"day": effect.day})
        for membership in rotated:
            effect.leave(membership, Ending.MOVE)
        seat = next((membership.seat for membership in rotated if membership.post_id == effect.post), None)
        effect.enter(person, effect.post, Kind.APPOINTED, seat=seat)


def _resume(effect: _Effect, persons: list[int]) -> None:
    """The suspension of the person ends on the day."""
    running = (
        Ruling.objects.using(KEEPER)
        .select_for_update(of=("self",))
        .filter(state=Ruling.State.EFFECTIVE, case__procedure="suspension", case__person_id__in=persons)
    )
    if not running:
        raise NotYet(_("The person is not suspended on %(day)s.") % {"day": effect.day})
    for ruling in running:
        entries.record(
            LAPSED, by=None, about=("procedures.case", ruling.case_id), on=effect.day, using=KEEPER,
            key=f"case:{ruling.case_id}:lapsed", payload={"digest": ruling.digest, "lifted_by": effect.case.pk},
        )  # fmt: skip
        ruling.state, ruling.reason = Ruling.State.LAPSED, saying.kept(_("Lifted on %(day)s.") % {"day": effect.day})
        ruling.save(using=KEEPER, update_fields=["state", "reason"])


def _plan(effect: _Effect, persons: list[int]) -> None:
    """Into the plan for the post; who stands in it already stays as he stands. A review takes out whom its vote put out."""
    results = dict(effect.case.candidates.using(KEEPER).values_list("person_id", "result"))
    _unplan(effect, [person for person in persons if results.get(person) == "taken_out"])
    for person in persons:
        if results.get(person) not in ("", "planned"):
            continue
        planned = Succession.objects.using(KEEPER).filter(person_id=person, post=effect.post, valid__contains=effect.day)
        if not planned.exists():
            Succession.objects.using(KEEPER).create(
                person_id=person, post_id=effect.post or 0, valid=since(effect.day, effect.until), **effect.mark
            )


def _unplan(effect: _Effect, persons: list[int]) -> None:
    for person in persons:
        for planned in Succession.objects.using(KEEPER).filter(person_id=person, post=effect.post, valid__contains=effect.day):
            planned.valid = DateRange(planned.valid.lower, effect.day, "[)")
            planned.save(using=KEEPER, update_fields=["valid"])


def _nothing(effect: _Effect, persons: list[int]) -> None:
    """What the decision says stands in the case alone: nothing in the register changes by it."""


EFFECTS: dict[str, Callable[[_Effect, list[int]], None]] = {
    "appoint": _appoint,
    "elect": _elect,
    "rotate": lambda effect, persons: _appoint(effect, persons, Kind.ROTATED),
    "second": lambda effect, persons: _acting_as(effect, persons, Kind.SECONDED),
    "return": _return,
    "reappoint": _again,
    "acting": _acting,
    "remove": _end(Ending.REMOVAL),
    "dismiss": _end(Ending.REMOVAL),
    "demote": _end(Ending.REMOVAL),
    "resign": _end(Ending.RESIGNATION),
    "retire": _retire,
    "plan": _plan,
    "unplan": _unplan,
    "confidence": _nothing,
    "introduce": _nothing,
    "suspend": _nothing,
    "resume": _resume,
    "fill": _nothing,
}


def _acting_as(effect: _Effect, persons: list[int], kind: int) -> None:
    """Beside the post that the person keeps at home, until the last day."""
    assert effect.post is not None  # noqa: S101
    for person in persons:
        effect.enter(person, effect.post, kind, until=effect.until)

"""Levels of competency: somebody assesses with what shows it, another confirms; the person sees all and may object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from canbo.development.models import Assessment, Objection, Proof
from canbo.evaluation.models import Acceptance
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time, require_no_tie
from canbo.evaluation.work import serves_in
from canbo.journal import entries
from canbo.procedures import dossier
from canbo.registry import authority, looking, once
from canbo.registry.models import Account, Credential, LanguageSkill, Person, Training
from canbo.registry.saying import sentence as _
from canbo.rules import competencies, corpus, workdays
from canbo.rules.competencies import LEVELS, Framework
from canbo.rules.dates import days_in, first_of_month, month_index

ASSESSED, CONFIRMED, CANCELLED = "competency.assessed", "competency.confirmed", "competency.cancelled"
OBJECTED, ANSWERED = "competency.objected", "competency.answered"
MOST_PROOFS = 10
State = Assessment.State


@dataclass(frozen=True)
class Shown:
    """What is to show a level: the number of a record of the register, or the bytes of a file with its name."""

    kind: str
    number: int | None = None
    body: bytes = b""
    name: str = ""


def framework() -> Framework:
    """The framework of this installation's rulebook."""
    return competencies.framework_of(corpus.find(settings.CANBO_RULEBOOK))


@kept_when_refused("person")
def assess(
    *, person: Person, competency: str, level: int, by: Account, on: date, shown: Sequence[Shown] = (), remark: str = "",
    key: str | None = None,
) -> Assessment:  # fmt: skip
    """Say which level of a competency a person has: the person of himself or herself, or who leads of the people there.

    It counts once a second person confirmed it. From the level that the framework says it names what shows it: a product
    that was accepted, a course, a degree, a certificate of a language, or a file. Raises Refused.
    """
    own = by.person_id is not None and by.person_id == person.pk
    authority.require(by, "competency.claim" if own else "competency.assess", over=person)
    if not own:
        require_no_tie(by, person, on=on, known=False)
    one_at_a_time(f"competency {person.pk} {competency}")
    earlier = once.earlier(key, ASSESSED)
    if earlier is not None:
        return Assessment.objects.get(entry=earlier)
    law = framework()
    known = law.on(on).get(competency)
    if known is None:
        raise Refused(
            "no_competency", _("The framework of %(day)s has no competency “%(code)s”.") % {"day": on, "code": competency}
        )
    if not 1 <= level <= LEVELS:
        raise Refused("level", _("A level is 1 to 5."))
    if level >= law.evidence_from and not shown:
        raise Refused("no_evidence", _("From level %(level)s on, name what shows it.") % {"level": law.evidence_from})
    if Assessment.objects.filter(person=person, competency=competency, assessed_by=by, state=State.GIVEN).exists():
        raise Refused("waits", _("Your earlier assessment of this still waits for a second person."))
    named = _named(person, shown, on)
    body = serves_in(person, on)
    told = {"competency": competency, "level": level, "shown": [each.told() for each in named], "remark": remark.strip()[:1000]}
    entry = entries.record(ASSESSED, by=by, about=person, on=on, key=key, payload=told)
    made = Assessment.objects.create(
        person=person, organization=body, competency=competency, level=level, side="self" if own else "superior",
        remark=remark.strip()[:1000], assessed_on=on, expires_on=_months_after(on, known.months) if known.months else None,
        assessed_by=by, entry=entry,
    )  # fmt: skip
    for each in named:
        Proof.objects.create(assessment=made, kind=each.kind, number=each.number, called=each.called, body_id=each.stored)
    return made


def _months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    first = first_of_month(month_index(day) + months)
    return first.replace(day=min(day.day, days_in(first.year, first.month)))


@dataclass(frozen=True)
class _Named:
    """A proof that was found, with what it is called; `stored`: where a file lies."""

    kind: str
    number: int | None
    called: str
    stored: str | None = None

    def told(self) -> dict[str, Any]:
        return {"kind": self.kind, "number": self.number, "called": self.called, "sha256": self.stored}


def _named(person: Person, shown: Sequence[Shown], on: date) -> list[_Named]:
    if len(shown) > MOST_PROOFS:
        raise Refused("too_much_evidence", _("At most %(most)s pieces of evidence.") % {"most": MOST_PROOFS})
    return [_file(each) if each.kind == Proof.Kind.FILE else _record(person, each, on) for each in shown]


def _file(shown: Shown) -> _Named:
    try:
        media = dossier.media_of(shown.body)
    except dossier.PaperRefused as problem:
        raise Refused("file", str(problem)) from None
    return _Named(Proof.Kind.FILE, None, dossier.file_name(shown.name), dossier.keep(shown.body, media))


def _record(person: Person, shown: Shown, on: date) -> _Named:
    """A record of the person's own: what is of another, or of a later day, shows nothing."""
    called = dict(showing(person, on)).get((str(shown.kind), shown.number or 0))
    if called is None:
        raise Refused("not_own_record", _("The register holds no such product, course, degree or certificate of this person."))
    return _Named(shown.kind, shown.number, called[:300])


def showing(person: Person, on: date) -> list[tuple[tuple[str, int], str]]:
    """What the register holds of a person that may show a level, newest first: (kind, number), and what it is called."""
    accepted = Acceptance.objects.filter(assignment__person=person, accepted_on__lte=on, done__gt=0)
    found: list[tuple[tuple[str, int], str]] = []
    latest: set[int] = set()
    for each in accepted.select_related("assignment__product").order_by("-pk")[:200]:
        if each.assignment_id not in latest:
            latest.add(each.assignment_id)
            task = each.assignment.task
            found.append(((Proof.Kind.PRODUCT.value, each.pk), f"{each.assignment.product.name}{': ' if task else ''}{task}"))
    for course in Training.objects.filter(person=person, valid__startswith__lte=on).order_by("-valid"):
        found.append(((Proof.Kind.COURSE.value, course.pk), course.title))
    for degree in Credential.objects.filter(person=person, valid__startswith__lte=on).order_by("-level"):
        words = (degree.get_level_display(), degree.subject, degree.institution)
        found.append(((Proof.Kind.CERTIFICATE.value, degree.pk), " · ".join(filter(None, words))))
    for skill in LanguageSkill.objects.filter(person=person, valid__startswith__lte=on).order_by("pk"):
        found.append(((Proof.Kind.LANGUAGE.value, skill.pk), f"{skill.language} · {skill.level}"))
    return found


@kept_when_refused("assessment")
def confirm(
    *, assessment: Assessment, confirmed: bool, by: Account, on: date, why: str = "", key: str | None = None
) -> Assessment:
    """Confirm a level or not, as another person than who assessed and who was assessed. Not confirming needs a reason."""
    authority.require(by, "competency.confirm", over=assessment.person)
    require_no_tie(by, assessment.person, on=on, known=False)
    held = _locked(assessment)
    earlier = once.earlier(key, CONFIRMED)
    if earlier is not None:
        return Assessment.objects.get(pk=(earlier.payload or {})["assessment"])
    if held.state != State.GIVEN:
        raise Refused("not_waiting", _("This level does not wait for a second person."))
    if held.assessed_by_id == by.pk or (by.person_id is not None and held.assessed_by.person_id == by.person_id):
        raise Refused("second_person", _("A level is confirmed by a second person."))
    if not confirmed and not why.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the assessment."))
    entries.record(
        CONFIRMED, by=by, about=held.person, on=on, key=key,
        payload={"assessment": held.pk, "competency": held.competency, "level": held.level, "confirmed": confirmed, "why": why.strip()},
    )  # fmt: skip
    held.state, held.why = State.CONFIRMED if confirmed else State.TURNED_DOWN, why.strip()[:1000]
    held.confirmed_by, held.confirmed_on = by, on
    held.save(update_fields=["state", "why", "confirmed_by", "confirmed_on"])
    return held


@kept_when_refused("assessment")
def cancel(*, assessment: Assessment, why: str, by: Account, on: date, key: str | None = None) -> Assessment:
    """Cancel a level that was wrong: it counts no more, on no day, and stays to be read with the reason."""
    authority.require(by, "competency.confirm", over=assessment.person)
    require_no_tie(by, assessment.person, on=on, known=False)
    held = _locked(assessment)
    earlier = once.earlier(key, CANCELLED)
    if earlier is not None:
        return Assessment.objects.get(pk=(earlier.payload or {})["assessment"])
    return _cancelled(held, why, by=by, on=on, key=key)


def _cancelled(held: Assessment, why: str, *, by: Account, on: date, key: str | None) -> Assessment:
    if held.state not in (State.GIVEN, State.CONFIRMED):
        raise Refused("not_standing", _("This level does not stand any more."))
    if not why.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the assessment."))
    told = {"assessment": held.pk, "competency": held.competency, "level": held.level, "why": why.strip()}
    entries.record(CANCELLED, by=by, about=held.person, on=on, key=key, payload=told)
    held.state, held.why, held.cancelled_by = State.CANCELLED, why.strip()[:1000], by
    held.save(update_fields=["state", "why", "cancelled_by"])
    return held


@kept_when_refused("assessment")
def object_to(*, assessment: Assessment, ground: str, by: Account, on: date, key: str | None = None) -> Objection:
    """Object to an assessment of one's own competency that another made or did not confirm. Its answer has a last day."""
    if by.person_id != assessment.person_id:
        raise Refused("not_own", _("Each objects in his or her own matter."))
    authority.require(by, "competency.claim", over=assessment.person)
    one_at_a_time(f"objection {assessment.pk}")
    earlier = once.earlier(key, OBJECTED)
    if earlier is not None:
        return Objection.objects.get(entry=earlier)
    held = Assessment.objects.get(pk=assessment.pk)
    if held.state == State.CANCELLED:
        raise Refused("not_standing", _("This level does not stand any more."))
    if not ground.strip():
        raise Refused("no_reason", _("Say on what ground you object."))
    due = workdays.after(corpus.find(settings.CANBO_RULEBOOK), on, framework().answer_days)
    told = {"assessment": held.pk, "competency": held.competency, "ground": ground.strip(), "due_on": str(due)}
    entry = entries.record(OBJECTED, by=by, about=held.person, on=on, key=key, payload=told)
    return Objection.objects.create(assessment=held, ground=ground.strip(), filed_on=on, due_on=due, entry=entry)


@kept_when_refused("assessment")
def answer(
    *, assessment: Assessment, upheld: bool, text: str, by: Account, on: date, key: str | None = None
) -> Objection:  # fmt: skip
    """Answer the objection that waits, as somebody who had no part in the assessment. One that is upheld cancels it."""
    authority.require(by, "competency.answer", over=assessment.person)
    require_no_tie(by, assessment.person, on=on, known=False)
    held = _locked(assessment)
    earlier = once.earlier(key, ANSWERED)
    if earlier is not None:
        return Objection.objects.get(pk=(earlier.payload or {})["objection"])
    waiting = Objection.objects.filter(assessment=held, state=Objection.State.FILED).first()
    if waiting is None:
        raise Refused("no_objection", _("No objection waits for an answer here."))
    part = {held.assessed_by.person_id, held.confirmed_by.person_id if held.confirmed_by else None} - {None}
    if by.pk in (held.assessed_by_id, held.confirmed_by_id) or by.person_id in part:
        raise Refused("second_person", _("An objection is answered by somebody who had no part in the assessment."))
    if not text.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the objection."))
    told = {"objection": waiting.pk, "assessment": held.pk, "upheld": upheld, "text": text.strip(), "late": on > waiting.due_on}
    entries.record(ANSWERED, by=by, about=held.person, on=on, key=key, payload=told)
    waiting.state = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    waiting.answer, waiting.answered_by, waiting.answered_on = text.strip(), by, on
    waiting.save(update_fields=["state", "answer", "answered_by", "answered_on"])
    if upheld and held.state in (State.GIVEN, State.CONFIRMED):
        _cancelled(held, text, by=by, on=on, key=None)
    return waiting


def opened(proof: Proof, *, by: Account, on: date) -> tuple[bytes, str]:
    """The bytes of a file that shows a level, and their media type; that it was opened is entered. Raises NotAllowed."""
    person = proof.assessment.person
    authority.require(by, "competency.read", over=person)
    if proof.body is None:
        raise Refused("no_file", _("There is no file: it is a record of the register."))
    looking.looked_at_file(person, by=by, on=on, classes=["competencies", "evidence"])
    return bytes(proof.body.body), proof.body.media


def _locked(assessment: Assessment) -> Assessment:
    return (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("person", "assessed_by", "confirmed_by")
        .get(pk=assessment.pk)
    )

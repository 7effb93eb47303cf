"""An evaluation from the person's own word to its publication; cancelled and decided anew; petitions and their clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from canbo.evaluation import forms, inputs, limits, outbox, ratings, regulations, schemes
from canbo.evaluation.inputs import CATEGORIES
from canbo.evaluation.limits import Room
from canbo.evaluation.models import Evaluation, Outgoing, Petition
from canbo.evaluation.models_regulation import exactly
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time, require_no_tie
from canbo.evaluation.work import serves_in
from canbo.journal import entries
from canbo.registry import authority, once, people, saying
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _
from canbo.rules import corpus, workdays
from canbo.rules.evaluation.given import GRADES
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.evaluation.person import UNDETERMINED, Evaluated

ASSESSED, OPINED, DECIDED, PUBLISHED = "evaluation.assessed", "evaluation.opined", "evaluation.decided", "evaluation.published"
CANCELLED, FILED, ANSWERED = "evaluation.cancelled", "petition.filed", "petition.answered"
GROUPS = ("1", "2", "3")  # of the general points, each of 10: Form 01 of the decree
FULL = Decimal(10)
Most = Mapping[str, Decimal]
UNIT = {
    "organising": ("all_with_initiative", "between", "lasting_shortcomings"),
    "cohesion": ("united", "between", "lasting_disunity"),
}
State = Evaluation.State
EXCELLENT = "excellent"


@kept_when_refused("person")
def assess(
    *, person: Person, period: str, general: Mapping[str, Decimal], by: Account, on: date, text: str = "", shortcomings: str = "",
    grade: str = "", key: str | None = None,
) -> Evaluation:  # fmt: skip
    """Assess the own work of a period: points of general criteria, strengths and shortcomings; of a year also the grade proposed.

    general  points of the three groups, or of the lines of Form 01 that they add up to (1.1, 1.2, 2.1 ...)

    Before the head has said anything it may be done anew. Nobody assesses for another. Raises Refused.
    """
    authority.require(by, "work.log", over=person)
    earlier = once.earlier(key, ASSESSED)
    if earlier is not None:
        return Evaluation.objects.get(pk=(earlier.payload or {})["evaluation"])
    body = serves_in(person, on)
    span = _span(period, body.pk)
    if on < span.first:
        raise Refused("not_begun", _("%(period)s has not begun.") % {"period": period})
    lines, points = _own_points(general, _most(person, body.pk, span, on))
    if grade and (span.kind != "year" or grade not in GRADES):
        raise Refused("own_grade", _("A grade is proposed for a year, in one of the four words of the decree."))
    held = (
        Evaluation.objects.select_for_update(of=("self",))
        .filter(person=person, period=period)
        .exclude(state=State.CANCELLED)
        .first()
    )
    if held is not None and held.state != State.ASSESSED:
        raise Refused("opined", _("The head has said what there is to say; the own assessment stays as it is."))
    held = held or Evaluation(person=person, organization=body, period=period, first=span.first, last=span.last)
    held.own_general, held.own_lines, held.own_grade = points, lines, grade
    held.own_text, held.own_shortcomings = text.strip(), shortcomings.strip()
    held.save()
    told = {
        "evaluation": held.pk, "period": period, "general": lines or points, "text": held.own_text, "shortcomings": held.own_shortcomings,
        "grade": grade,
    }  # fmt: skip
    held.entry = entries.record(ASSESSED, by=by, about=held, on=on, key=key, payload=told)
    held.save(update_fields=["entry"])
    return held


def _own_points(general: Mapping[str, Decimal], groups_most: Most) -> tuple[dict[str, float] | None, dict[str, float]]:
    """The lines of Form 01, where the person gave them, and the groups that they add up to."""
    most = forms.most_of()
    if not set(general) & set(most):
        return None, _points(general, groups_most)
    if set(general) != set(most) or any(
        not number.is_finite() or not 0 <= number <= most[line] for line, number in general.items()
    ):
        raise Refused("general", _("Give each line of the form from 0 up to its most points."))
    groups = {name: sum((number for line, number in general.items() if line[0] == name), Decimal(0)) for name in GROUPS}
    return {line: float(general[line]) for line in most}, _points(groups, groups_most)


def _span(period: str, body: int) -> Period:
    """A period that is scored here, or the year, which is graded everywhere."""
    span = parse(period)
    return span if span is not None and span.kind == "year" else schemes.period_of(period, body)


def _most(person: Person, organization: int, span: Period, on: date) -> Most:
    """The most points of each group: ten, or what the unit's regulation gives a public employee in the period."""
    held = regulations.in_force(organization, span.law_day(on))
    if held is None or held.general is None:
        return dict.fromkeys(GROUPS, FULL)
    with authority.everything_in_sight():
        members = inputs.members([organization], span)
    public = any(each.person == person.pk and CATEGORIES[each.category] == "public_employee" for each in members)
    return exactly(held.general) if public else dict.fromkeys(GROUPS, FULL)


def _points(general: Mapping[str, Decimal], most: Most) -> dict[str, float]:
    whole = set(general) == set(GROUPS) and all(
        number.is_finite() and 0 <= number <= most[name] and number == number.quantize(Decimal("0.1"))
        for name, number in general.items()
    )
    if not whole and set(most.values()) == {FULL}:
        raise Refused("general", _("The general points have three groups, each of at most 10."))
    if not whole:
        told = {"most": ", ".join(f"{most[name]:g}" for name in GROUPS)}
        raise Refused("general", _("By the regulation of the unit the three groups have at most %(most)s points.") % told)
    return {name: float(general[name]) for name in GROUPS}


@kept_when_refused("evaluation")
def opine(
    *, evaluation: Evaluation, opinion: str, by: Account, on: date, general: Mapping[str, Decimal] | None = None,
    unit: Mapping[str, str] | None = None, key: str | None = None,
) -> Evaluation:  # fmt: skip
    """Say as head what there is to say of somebody's period: the general points confirmed or changed, and why.

    general  None: as the person assessed them. Points that are changed need an opinion that says why.
    unit     of a leader: `organising` and `cohesion` in the words of the decree
    """
    authority.require(by, "work.assign", over=evaluation.person)
    require_no_tie(by, evaluation.person, on=on, known=False)
    held = _locked(evaluation)
    earlier = once.earlier(key, OPINED)
    if earlier is not None:
        return held
    if held.state not in (State.ASSESSED, State.OPINED):
        raise _moved(held)
    span = parse(held.period)
    assert span is not None
    most = _most(held.person, held.organization_id, span, on)
    points = _points(general, most) if general is not None else dict(held.own_general)
    if points != held.own_general and not opinion.strip():
        raise Refused("no_opinion", _("You change the points that the person gave: say why."))
    for name, word in (unit or {}).items():
        if word not in UNIT.get(name, ()):
            raise Refused("unit", _("Choose one of the cases of the decree."))
    told = {"general": points, "opinion": opinion.strip(), "unit": dict(unit or {})}
    held.entry = entries.record(OPINED, by=by, about=held, on=on, key=key, payload=told)
    held.general, held.opinion, held.opinion_by, held.unit, held.state = (
        points,
        opinion.strip(),
        by,
        dict(unit or {}),
        State.OPINED,
    )
    held.save(update_fields=["general", "opinion", "opinion_by", "unit", "state", "entry"])
    return held


@kept_when_refused("evaluation")
def decide(
    *, evaluation: Evaluation, by: Account, on: date, grade: str | None = None, why: str = "", key: str | None = None
) -> Evaluation:
    """Decide on an evaluation: the score is reckoned by the law, and what it was reckoned from is kept with it.

    grade, why  only where the law has no answer: then the authority says which grade, and why, and that stays written;
                or where more reached excellent than may be: `good` for whom it does not keep, with the reason

    A month or quarter is decided when it is over, a year in its last month. Whoever decides is nobody's kin and has
    declared so. Raises Refused: nothing accepted, no evidence, a grade that the law gives otherwise.
    """
    authority.require(by, "evaluation.decide", over=evaluation.person)
    require_no_tie(by, evaluation.person, on=on, known=True)
    held = _locked(evaluation)
    earlier = once.earlier(key, DECIDED)
    if earlier is not None:
        return held
    if held.state != State.OPINED:
        raise _moved(held)
    if on <= (held.last - timedelta(days=31) if len(held.period) == 4 else held.last):
        raise Refused("not_over", _("%(period)s is not over: it is decided when it is.") % {"period": held.period})
    if len(held.period) == 4 and held.meeting_id is None:
        raise Refused("no_meeting", _("The grade of a year is decided after the meeting, to whose minutes it refers."))
    text = inputs.written(_file(held, on))
    found = inputs.reckoned(text, on=on)
    room = None
    if EXCELLENT in (found.grade, grade):
        one_at_a_time(f"excellent {held.organization_id} {held.period}")  # two who decide at once see one another
        room = limits.room_for(held, on=on)
    word = _grade(found, grade, why, room)
    told: dict[str, Any] = {
        "digest": inputs.digest(text), "law": inputs.hash_of_law(), "score": str(found.score), "grade": word,
        "undetermined": found.grade == UNDETERMINED, "why": why.strip(), "cap": room and room.kept(), "minutes": (held.met or {}).get("digest"),
    }  # fmt: skip
    held.entry = entries.record(DECIDED, by=by, about=held, on=on, key=key, payload=told)
    held.inputs, held.digest, held.law, held.law_day = text, told["digest"], told["law"], on
    held.score, held.grade, held.found = found.score, word, kept(found)
    held.undetermined, held.why = found.grade == UNDETERMINED, why.strip()
    held.cap, held.below = room and room.kept(), word != found.grade and not held.undetermined
    held.decided_by, held.decided_on, held.state = by, on, State.DECIDED
    held.save()
    return held


def _file(held: Evaluation, on: date) -> dict[str, Any]:
    """The facts of the person and period, once every assignment was looked at by whoever gave it."""
    period = parse(held.period)
    assert period is not None
    with authority.everything_in_sight():
        member = next(iter(inputs.members([held.organization_id], period, person=held.person_id)), None)
        if member is None:
            raise Refused(
                "served_elsewhere", _("This person did not serve in this body in %(period)s.") % {"period": held.period}
            )
        told = inputs.held([held.person_id], period)
        waiting = sum(row["done"] is None for listed in told.products.values() for row in listed)
        if waiting:
            raise Refused("not_accepted", _("%(count)s assignments wait to be accepted or not.") % {"count": waiting})
        staff = staff_scores(member, period) if member.leads else None
        return inputs.file_of(member, period, told, on=on, staff=staff, settled=True)


def staff_scores(leader: inputs.Member, period: Period) -> list[Decimal] | None:
    """The decided scores of everybody whom a leader leads in the own body; None where one of them is not decided yet."""
    led = [each.person for each in inputs.members([leader.organization], period) if not each.leads]
    scores = dict(
        Evaluation.objects.filter(person_id__in=led, period=str(period), state__in=inputs.CLOSED).values_list(
            "person_id", "score"
        )
    )
    found = [scores.get(person) for person in led]
    return [score for score in found if score is not None] if led and None not in found else None


def _grade(found: Evaluated, grade: str | None, why: str, room: Room | None) -> str:
    if found.grade == EXCELLENT and room is not None and room.over:
        return _kept_or_not(grade or EXCELLENT, why, room)
    if found.grade != UNDETERMINED:
        if grade not in (None, "", found.grade):
            raise Refused("grade_follows", _("The grade follows from the score; the law leaves nothing to decide here."))
        return found.grade
    if grade not in GRADES:
        raise Refused(
            "undetermined",
            _("The law has no answer here: %(why)s. Say which grade the authority gives, and why.") % {"why": left(found)},
        )
    if not why.strip():
        raise Refused("no_reason", _("Say why: the reason stays with the evaluation."))
    return _kept_or_not(grade, why, room) if grade == EXCELLENT and room is not None and room.over else grade


def _kept_or_not(grade: str, why: str, room: Room) -> str:
    """The grade of somebody who reached excellent where more did than may: excellent while there is room, else good."""
    if grade not in (EXCELLENT, "good"):
        raise Refused("grade_follows", _("The grade follows from the score; the law leaves nothing to decide here."))
    told = {"most": room.most, "reached": room.reached, "waiting": room.waiting}
    if grade == EXCELLENT and len(room.taken) >= room.most:
        raise Refused(
            "beyond_cap",
            _("%(reached)s reached excellent and %(most)s may be; given already to: %(who)s. %(waiting)s of the group have no grade yet. Decide good and say why.")
            % {**told, "who": _names(room.taken)},
        )  # fmt: skip
    if not why.strip() and grade == EXCELLENT and room.place == "keeps":
        return grade
    if not why.strip():
        raise Refused(
            "cap_order",
            _("%(reached)s reached excellent and %(most)s may be. By points, result, quality, progress and quantity these come before: %(who)s. The law names no order: decide, and say why.")
            % {**told, "who": _names(room.ahead)},
        )  # fmt: skip
    return grade


def _names(persons: Sequence[int]) -> str:
    """Family and given names, as whoever decides in this body knows them."""
    with authority.everything_in_sight():
        known = people.brief(persons, on=date.today())
    return (
        ", ".join(f"{known[each]['family'] or ''} {known[each]['given'] or ''}".strip() for each in persons if each in known)
        or "–"
    )


def left(found: Evaluated) -> str:
    """What the law leaves open in this case, in the reader's language; else which facts are missing."""
    own = found.grades[0]
    language = saying.language()
    said = [each.what.get(language) or each.what["en"] for each in own.open]
    return "; ".join(dict.fromkeys(text.rstrip(".") for text in said)) or ", ".join(own.missing) or "–"


def kept(found: Evaluated) -> dict[str, Any]:
    """What is told of a decided evaluation beside its inputs: parts, the working in numbers, the articles."""
    told = inputs.shown(found, "en")
    names = ("score", "grade", "parts", "formula", "articles", "undetermined", "missing")
    return {name: told[name] for name in names} | ({"regulations": told["regulations"]} if told["regulations"] else {})


@kept_when_refused("evaluation")
def publish(*, evaluation: Evaluation, by: Account, on: date, key: str | None = None) -> Evaluation:
    """Publish a decided evaluation to the person and the body, as another person than who decided. Raises Refused."""
    authority.require(by, "evaluation.publish", over=evaluation.person)
    held = _locked(evaluation)
    earlier = once.earlier(key, PUBLISHED)
    if earlier is not None:
        return held
    if held.state != State.DECIDED:
        raise _moved(held)
    assert held.decided_by is not None
    if by.pk == held.decided_by.pk or (by.person_id is not None and by.person_id == held.decided_by.person_id):
        raise Refused("second_person", _("Whoever decided does not publish: it takes a second person."))
    held.entry = entries.record(
        PUBLISHED, by=by, about=held, on=on, key=key, payload={"digest": held.digest, "grade": held.grade}
    )
    held.state, held.published_by, held.published_on = State.PUBLISHED, by, on
    held.save(update_fields=["state", "published_by", "published_on", "entry"])
    with authority.everything_in_sight():  # who publishes here need not enter records elsewhere
        ratings.put(held, entry=held.entry)
    outbox.put(held, Outgoing.Kind.PUBLISHED, result=on, entry=held.entry)
    return held


@kept_when_refused("evaluation")
def cancel(*, evaluation: Evaluation, why: str, by: Account, on: date, key: str | None = None) -> Evaluation:
    """Cancel a decided evaluation that was wrong or dishonest; what takes its place waits for the head, and is returned."""
    authority.require(by, "evaluation.decide", over=evaluation.person)
    require_no_tie(by, evaluation.person, on=on, known=True)
    held = _locked(evaluation)
    earlier = once.earlier(key, CANCELLED)
    if earlier is not None:
        return Evaluation.objects.get(replaces=held)
    if held.state not in inputs.CLOSED:
        raise Refused("not_decided", _("Nothing was decided here that could be cancelled."))
    if not why.strip():
        raise Refused("no_reason", _("Say why: the reason stays with the evaluation."))
    entry = entries.record(CANCELLED, by=by, about=held, on=on, key=key, payload={"why": why.strip(), "digest": held.digest})
    if held.state == State.PUBLISHED:
        with authority.everything_in_sight():
            ratings.take_out(held)
        outbox.put(held, Outgoing.Kind.CANCELLED, result=on, entry=entry)
    held.entry, held.state, held.cancelled_by, held.cancelled_why = entry, State.CANCELLED, by, why.strip()
    held.save(update_fields=["state", "cancelled_by", "cancelled_why", "entry"])
    return Evaluation.objects.create(
        person=held.person, organization=held.organization, period=held.period, first=held.first, last=held.last,
        own_general=held.own_general, own_lines=held.own_lines, own_text=held.own_text, own_shortcomings=held.own_shortcomings,
        own_grade=held.own_grade, replaces=held, entry=entry,
    )  # fmt: skip


# ---- petitions


@kept_when_refused("evaluation")
def petition(*, evaluation: Evaluation, ground: str, by: Account, on: date, key: str | None = None) -> Petition:
    """Petition against the own published evaluation. The law sets no last day for it; the answer has one."""
    authority.require(by, "work.log", over=evaluation.person)
    held = _locked(evaluation)
    earlier = once.earlier(key, FILED)
    if earlier is not None:
        return Petition.objects.get(entry=earlier)
    if held.state != State.PUBLISHED:
        raise Refused("not_published", _("A petition is against an evaluation that was published."))
    if not ground.strip():
        raise Refused("no_reason", _("Say on what ground you petition."))
    due = answer_by(on)
    entry = entries.record(FILED, by=by, about=held, on=on, key=key, payload={"ground": ground.strip(), "due_on": str(due)})
    return Petition.objects.create(evaluation=held, ground=ground.strip(), filed_on=on, due_on=due, entry=entry)


def answer_by(on: date) -> date:
    """The last day on which a petition received on a day is answered: so many working days after it as the rulebook says."""
    law = corpus.opened(settings.CANBO_RULEBOOK)
    return workdays.after(law.path, on, int(str(law.parameters.lookup("petition_answer_days", on))))


@kept_when_refused("evaluation")
def answer(*, evaluation: Evaluation, upheld: bool, text: str, by: Account, on: date, key: str | None = None) -> Petition:
    """Answer the petition that waits. One that is upheld changes nothing by itself: the evaluation is cancelled then."""
    authority.require(by, "petition.answer", over=evaluation.person)
    require_no_tie(by, evaluation.person, on=on, known=False)
    held = _locked(evaluation)
    earlier = once.earlier(key, ANSWERED)
    if earlier is not None:
        return Petition.objects.get(pk=(earlier.payload or {})["petition"])
    waiting = Petition.objects.select_for_update(of=("self",)).filter(evaluation=held, state=Petition.State.FILED).first()
    if waiting is None:
        raise Refused("no_petition", _("No petition waits for an answer here."))
    if not text.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the petition."))
    told = {"petition": waiting.pk, "upheld": upheld, "text": text.strip(), "late": on > waiting.due_on}
    entries.record(ANSWERED, by=by, about=held, on=on, key=key, payload=told)
    waiting.state = Petition.State.UPHELD if upheld else Petition.State.DISMISSED
    waiting.answer, waiting.answered_by, waiting.answered_on = text.strip(), by, on
    waiting.save(update_fields=["state", "answer", "answered_by", "answered_on"])
    return waiting


def _locked(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.select_for_update(of=("self",)).select_related("person", "decided_by").get(pk=evaluation.pk)


def _moved(held: Evaluation) -> Refused:
    return Refused(
        "state",
        _("This evaluation stands elsewhere by now: %(state)s. Look at it again.") % {"state": _(STATES[State(held.state)])},
    )


STATES = {
    State.ASSESSED: gettext_noop("assessed by the person"), State.OPINED: gettext_noop("seen by the head"),
    State.DECIDED: gettext_noop("decided"), State.PUBLISHED: gettext_noop("published"), State.CANCELLED: gettext_noop("cancelled"),
}  # fmt: skip

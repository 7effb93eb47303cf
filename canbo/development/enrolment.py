"""Sending people to courses by the articles, results that become records of the file, service owed, and what is repaid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from canbo.development import courses
from canbo.development.models import Enrolment, Place, Plan
from canbo.development.theory import later
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time, require_no_tie
from canbo.evaluation.work import serves_in
from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.registry import authority, facts, once, queries
from canbo.registry.asking import numbers, rows
from canbo.registry.days import since
from canbo.registry.models import (
    Account,
    Credential,
    Decision,
    LanguageSkill,
    Membership,
    Person,
    PoliticalTheory,
    Source,
    Training,
)
from canbo.registry.saying import sentence as _
from canbo.rules.courses import Course
from canbo.rules.dates import complete_months
from canbo.rules.explain import ArticleVerdict, Verdict, explain, find_value
from canbo.rules.words import LANGUAGES

SENT, REFUSED, PASSED, FAILED, LEFT = (
    "training.sent", "training.refused", "training.passed", "training.failed", "training.left",
)  # fmt: skip
TOPIC = "training"
READ = "training.read"
POSTGRADUATE = "postgraduate"
SOURCE = {"code": "training", "title": "Results of training entered in this register"}
HOW = ("dropped_out", "dismissed_during")
State = Enrolment.State


# ---- sending


@kept_when_refused("person")
def enrol(
    *, person: Person, course: str, starts: date, by: Account, on: date, place: Place | None = None,
    committed_months: int | None = None, fits_position: bool | None = None, key: str | None = None,
) -> Enrolment:  # fmt: skip
    """Send a person to a course. The rules are asked, and what they say is kept, also where they refuse: state `refused`.

    place             the place of an approved plan; None: outside any plan
    committed_months  service that the person promised in writing; asked for by the articles on postgraduate degrees
    fits_position     whether the subject fits the job position, as whoever sends says
    Raises Refused where facts are missing that the articles need, or the course or place does not fit.
    """
    authority.require(by, "training.enrol", over=person)
    require_no_tie(by, person, on=on, known=False)
    one_at_a_time(f"enrolment {person.pk}")
    earlier = None if key is None else entries.once(key)
    if earlier is not None:
        once.same(earlier, REFUSED if earlier.act == REFUSED else SENT)
        return Enrolment.objects.get(entry=earlier)
    body = serves_in(person, on)
    offered = courses.known(body.pk, on=on).get(course)
    if offered is None:
        raise Refused("no_course", _("No such course is offered here on %(day)s.") % {"day": on})
    if starts < on:
        raise Refused("retroactive", _("A person is sent before the course begins."))
    if place is not None:
        _require_place(place, person, course, starts)
    verdict = judged(person, offered, starts=starts, committed_months=committed_months, fits_position=fits_position, on=on)
    if verdict.outcome == "unknown":
        lacking = ", ".join(each.spec.label["en"] for each in verdict.missing) or "?"
        raise Refused("incomplete", _("The articles need facts that are not known: %(facts)s.") % {"facts": lacking})
    allowed = verdict.outcome == "pass"
    told = {"course": course, "starts": str(starts), "place": place and place.pk, "outcome": verdict.outcome,
            "articles": [each.id for each in verdict.with_outcome("fail")]}  # fmt: skip
    entry = entries.record(SENT if allowed else REFUSED, by=by, about=person, on=on, key=key, payload=told)
    return Enrolment.objects.create(
        person=person, organization=body, place=place if allowed else None, course=course, told=offered.to_dict(), sent_on=on,
        starts=starts, committed_months=committed_months, verdict=kept(verdict), sent_by=by, entry=entry,
        state=State.ENROLLED if allowed else State.REFUSED,
    )  # fmt: skip


def _require_place(place: Place, person: Person, course: str, starts: date) -> None:
    plan = place.plan
    if not place.taken or plan.state != Plan.State.APPROVED or (place.person_id, place.course) != (person.pk, course):
        raise Refused("no_place", _("The approved plan has no such place for this person."))
    if starts.year != plan.year:
        raise Refused("other_year", _("This place is of the year %(year)s.") % {"year": str(plan.year)})


def judged(
    person: Person, course: Course, *, starts: date, committed_months: int | None, fits_position: bool | None, on: date
) -> Verdict:
    """What the articles on training say of sending a person to a course."""
    told: dict[str, Any] = {
        **facts.of_person(person, on=on), "training.kind": course.stream, "training.sent_on": starts, "training.course": course.kind,
        "training.cost": course.cost, "training.first_time": not _degrees_before(person),
    }  # fmt: skip
    worked = months_worked(person, starts)
    more = {
        "training.weeks": course.weeks, "training.months": course.months, "training.committed_months": committed_months,
        "training.fits_position": fits_position, "training.service_months": worked,
    }  # fmt: skip
    told |= {name: value for name, value in more.items() if value is not None}
    return explain(courses.law(), topic=TOPIC, facts=told, on=on, changes=False)


def _degrees_before(person: Person) -> bool:
    return any(
        told.get("stream") == POSTGRADUATE
        for told in Enrolment.objects.filter(person=person).exclude(state=State.REFUSED).values_list("told", flat=True)
    )


def months_worked(person: Person, until: date) -> int | None:
    """Whole months in posts until a day, each day counted once; None where the beginning of a post is not known."""
    spans = Membership.objects.filter(person=person).values_list("valid", flat=True)
    if any(each.lower is None for each in spans):
        return None
    total, last = 0, date.min
    for each in sorted(spans, key=lambda span: span.lower):
        begins, ends = max(each.lower, last), min(each.upper or until, until)
        if begins < ends:
            total += complete_months(begins, ends)
            last = ends
    return total


def kept(verdict: Verdict) -> dict[str, Any]:
    """A verdict as an enrolment keeps it: the articles that had something to say, in every language, and which rulebook."""
    said = [each for each in verdict.articles if each.outcome in ("pass", "fail", "value")]
    return {"outcome": verdict.outcome, "corpus": verdict.corpus, "on": verdict.on.isoformat(), "articles": [line(each) for each in said]}  # fmt: skip


def line(said: ArticleVerdict) -> dict[str, Any]:
    """One article as it is kept."""
    source = said.ruling.article.source
    return {
        "id": said.id, "outcome": said.outcome, "reason": {each: said.reason(each) for each in LANGUAGES},
        "cites": {each: source.cite(each) for each in LANGUAGES}, "value": said.value if said.outcome == "value" else None,
    }  # fmt: skip


# ---- results


@kept_when_refused("enrolment")
def pass_(*, enrolment: Enrolment, certificate: str, by: Account, on: date, key: str | None = None) -> Enrolment:
    """Enter that a person passed, with the number of the certificate: it becomes a record of the file, and service is owed.

    The record carries the entry of this act. Raises Refused without a certificate, before the course began, or for oneself.
    """
    held = _running(enrolment, "training.result", by=by)
    earlier = once.earlier(key, PASSED)
    if earlier is not None:
        return held
    _require_running(held, on)
    if not certificate.strip():
        raise Refused("no_certificate", _("Give the number of the certificate."))
    told = {"enrolment": held.pk, "course": held.course, "certificate": certificate.strip()}
    entry = entries.record(PASSED, by=by, about=held.person, on=on, key=key, payload=told)
    held.state, held.result_on, held.result_by, held.certificate = State.PASSED, on, by, certificate.strip()[:120]
    held.record = _record(held, entry)
    owed = _figure("training_service_owed", {"training.kind": held.told["stream"], "training.months": held.told["months"]}, on)
    if owed is not None and owed.outcome == "value":
        months = int(str(owed.value))
        held.owed_months, held.owed_until = months, later(on, months)
    held.save(update_fields=["state", "result_on", "result_by", "certificate", "record", "owed_months", "owed_until"])
    return held


def _record(held: Enrolment, entry: Entry) -> dict[str, Any]:
    """The result as a record of the person: a level of theory, a degree, a language, else a training."""
    assert held.result_on is not None
    source, _made = Source.objects.get_or_create(code=SOURCE["code"], defaults=SOURCE)
    decision, _made = Decision.objects.get_or_create(
        issuer=queries.unit_by_id(held.organization_id, on=held.result_on).label, number=f"training/{held.pk}",
        defaults={"kind": Decision.Kind.DECISION, "signed_on": held.result_on, "effective_on": held.result_on},
    )  # fmt: skip
    mark = {"person": held.person, "valid": since(held.result_on), "source": source, "decision": decision, "entry_id": entry.pk, "confirmed_by": held.result_by}  # fmt: skip
    leads = held.told["leads_to"]
    made: Any
    if "theory" in leads:
        made = PoliticalTheory.objects.create(level=courses.listed().levels["theory"].index(leads["theory"]), **mark)
    elif "degree" in leads:
        made = Credential.objects.create(level=leads["degree"], subject=leads.get("subject"), verified=True, **mark)
    elif "language" in leads:
        made = LanguageSkill.objects.create(language=leads["language"], level=leads["at"], **mark)
    else:
        title = held.told["title"].get("vi") or held.told["title"]["en"]
        made = Training.objects.create(stream=held.told["stream"], title=title[:200], hours=held.told["hours"], **mark)
    return {"kind": made._meta.model_name, "number": made.pk}


@kept_when_refused("enrolment")
def fail(*, enrolment: Enrolment, by: Account, on: date, key: str | None = None) -> Enrolment:
    """Enter that a person did not pass; where a degree was the aim, the article on repayment is asked. Raises Refused."""
    return _ended(enrolment, State.FAILED, "no_degree", FAILED, by=by, on=on, key=key)


@kept_when_refused("enrolment")
def leave(*, enrolment: Enrolment, how: str, by: Account, on: date, key: str | None = None) -> Enrolment:
    """Enter that a course was broken off: dropped_out or dismissed_during. The article on repayment is asked. Raises Refused."""
    if how not in HOW:
        raise Refused("how", _("Say how it ended: broken off, or dismissed meanwhile."))
    return _ended(enrolment, State.LEFT, how, LEFT, by=by, on=on, key=key)


def _ended(enrolment: Enrolment, state: str, how: str, act: str, *, by: Account, on: date, key: str | None) -> Enrolment:
    held = _running(enrolment, "training.result", by=by)
    if once.earlier(key, act) is not None:
        return held
    _require_running(held, on)
    told: dict[str, Any] = {"training.kind": held.told["stream"], "training.ended": how, "training.cost": held.told["cost"]}
    said = _figure("training_repayment", told, on) if held.told["stream"] == POSTGRADUATE else None
    held.state, held.result_on, held.result_by = state, on, by
    held.repay = line(said) if said is not None else None
    entries.record(act, by=by, about=held.person, on=on, key=key, payload={"enrolment": held.pk, "how": how})
    held.save(update_fields=["state", "result_on", "result_by", "repay"])
    return held


def _running(enrolment: Enrolment, act: str, *, by: Account) -> Enrolment:
    authority.require(by, act, over=enrolment.person)
    return Enrolment.objects.select_for_update(of=("self",)).select_related("person").get(pk=enrolment.pk)


def _require_running(held: Enrolment, on: date) -> None:
    if held.state != State.ENROLLED:
        raise Refused("ended", _("This course has its result already."))
    if on < held.starts:
        raise Refused("not_begun", _("The course begins on %(day)s.") % {"day": held.starts})


def _figure(name: str, told: dict[str, Any], on: date) -> ArticleVerdict | None:
    """What the article that gives a figure says; None where a fact it needs was not handed over."""
    return find_value(courses.law(), name=name, facts={each: value for each, value in told.items() if value is not None}, on=on)


# ---- service owed


@dataclass(frozen=True)
class Owed:
    """Service that somebody still owes. `gone`: the person serves in no body today; `leaving`: what the article says of that."""

    enrolment: Enrolment
    months_left: int
    gone: bool
    leaving: ArticleVerdict | None


def owed_by(person: int, *, on: date) -> list[Owed]:
    """What one person still owes on a day."""
    return _owed(list(Enrolment.objects.filter(person=person, owed_until__gt=on).order_by("owed_until")), on)


def owing(*, by: Account, root: int, on: date) -> list[Owed]:
    """Who was taught for service still owed to a body or one beneath it; those who are gone first. Raises NotAllowed."""
    authority.require(by, READ, over=root)
    below = queries.subtree(root, on=on)
    found = _owed(list(Enrolment.objects.filter(organization__in=below, owed_until__gt=on).order_by("owed_until", "pk")), on)
    return sorted(found, key=lambda each: not each.gone)


def _owed(held: list[Enrolment], on: date) -> list[Owed]:
    people = [each.person_id for each in held]
    serving = {
        row["person"]
        for row in rows(
            "SELECT DISTINCT m.person_id AS person FROM {membership} m WHERE m.person_id = ANY (%(people)s::bigint[]) AND m.valid @> %(on)s::date",
            {"people": numbers(people), "on": on},
        )
    }
    told = {"training.kind": POSTGRADUATE, "training.ended": "left_early"}
    said = _figure("training_repayment", told, on) if held else None
    return [
        Owed(each, complete_months(on, each.owed_until), each.person_id not in serving, said)
        for each in held
        if each.owed_until is not None
    ]

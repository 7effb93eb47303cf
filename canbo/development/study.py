"""Self-study: what a person learned alone, logged by that person and confirmed by whoever leads there."""

from __future__ import annotations

from datetime import date

from canbo.development import courses
from canbo.development.models import SelfStudy
from canbo.evaluation.refusals import Refused, kept_when_refused, require_no_tie
from canbo.evaluation.work import serves_in
from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _

LOGGED, CONFIRMED = "study.logged", "study.confirmed"
State = SelfStudy.State


@kept_when_refused("person")
def log(
    *, person: Person, topic: str, field: str, hours: int, day: date, evidence: str, by: Account, on: date, key: str | None = None
) -> SelfStudy:
    """Log what one learned, in how many hours, and what shows it. Nobody logs for another. Raises Refused."""
    authority.require(by, "study.log", over=person)
    earlier = once.earlier(key, LOGGED)
    if earlier is not None:
        return SelfStudy.objects.get(entry=earlier)
    if not topic.strip() or not evidence.strip() or field not in courses.listed().fields:
        raise Refused("no_text", _("Say what was learned, in which field, and what shows it."))
    if not 0 < hours <= 1000 or day > on:
        raise Refused("numbers", _("Hours from 1 to 1,000, and a day that has come."))
    told = {"topic": topic.strip(), "field": field, "hours": hours, "day": str(day), "evidence": evidence.strip()}
    entry = entries.record(LOGGED, by=by, about=person, on=on, key=key, payload=told)
    return SelfStudy.objects.create(
        person=person, organization=serves_in(person, on), topic=topic.strip()[:300], field=field, hours=hours, day=day,
        evidence=evidence.strip()[:500], logged_by=by, entry=entry,
    )  # fmt: skip


@kept_when_refused("study")
def confirm(*, study: SelfStudy, confirmed: bool, by: Account, on: date, key: str | None = None) -> SelfStudy:
    """Confirm what somebody logged, or not, after looking at what shows it. Nobody confirms the own. Raises Refused."""
    authority.require(by, "study.confirm", over=study.person)
    require_no_tie(by, study.person, on=on, known=False)
    held = SelfStudy.objects.select_for_update(of=("self",)).get(pk=study.pk)
    if once.earlier(key, CONFIRMED) is not None:
        return held
    if held.state != State.LOGGED:
        raise Refused("decided", _("This was decided on already."))
    held.state, held.confirmed_by, held.confirmed_on = State.CONFIRMED if confirmed else State.DECLINED, by, on
    entries.record(CONFIRMED, by=by, about=held, on=on, key=key, payload={"confirmed": confirmed, "topic": held.topic})
    held.save(update_fields=["state", "confirmed_by", "confirmed_on"])
    return held

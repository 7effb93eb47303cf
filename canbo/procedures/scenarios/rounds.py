"""What is done in a consultation on a scenario: a round is opened, answered, changed, withdrawn, closed (consulting.py says who is asked)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from canbo.journal import entries
from canbo.procedures.models import Consultation, Consulted, Opinion, Scenario
from canbo.procedures.scenarios import acting, consulting, sketch
from canbo.procedures.scenarios.consulting import View
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.registry import authority, constraints, once
from canbo.registry.models import Account
from canbo.registry.saying import sentence as _

OPENED, ANSWERED, CHANGED, WITHDRAWN, CLOSED = (
    "consultation.opened", "consultation.answered", "consultation.changed", "consultation.withdrawn", "consultation.closed",
)  # fmt: skip
MOST_WISHES, MOST_WORDS = 10, 4000
LONGEST = 366  # days of one round


@transaction.atomic
def ask(
    *, scenario: Scenario, question: str, closes: date, by: Account, bodies: bool = True, on: date | None = None,
    key: str | None = None,
) -> Consultation:  # fmt: skip
    """Open a round: everybody concerned is asked, and (`bodies`) each body that changes, until the day `closes`, that day too.

    Raises NotAllowed, KeyUsed, ScenarioRefused where it is approved already, a round is open, or nobody is concerned.
    """
    authority.require(by, "scenario.draft", over=scenario.body_id)
    scenario, on = acting.locked(scenario), on or date.today()
    if (earlier := once.earlier(key, OPENED)) is not None:
        return Consultation.objects.get(pk=int(earlier.about_id or 0))
    _refuse_unaskable(scenario, question, closes, on)
    with authority.everything_in_sight():
        drawn = sketch.draw(acting.lines_of(scenario), body=scenario.body_id, on=scenario.on)
        consulting.lay(drawn)
        people = consulting.people_of(drawn)
        if not people:
            raise ScenarioRefused(_("Nobody's post or body changes by this scenario: there is nobody to ask."))
        changed = sorted({part.organization for change in drawn.changes for part in change.originals}) if bodies else []
        telling = consulting.Telling(drawn, {*changed, *(row["org"] for row in people)})
        last = consulting.latest(scenario)
        made = Consultation.objects.create(
            scenario=scenario, round=last.round + 1 if last else 1, question=question.strip()[:MOST_WORDS], opens=on, closes=closes,
            digest=acting.digest_of(scenario), offers=consulting.offers(drawn, telling, people), opened_by=by,
        )  # fmt: skip
        asked = [Consulted(consultation=made, organization_id=body, told={"body": telling.body(body)}) for body in changed]
        asked += [
            Consulted(consultation=made, organization_id=row["org"], person_id=row["person"], told=telling.person(row))
            for row in people
        ]
        Consulted.objects.bulk_create(asked, batch_size=5000)
    told = {
        "scenario": scenario.name,
        "round": made.round,
        "people": len(people),
        "bodies": len(changed),
        "closes": closes.isoformat(),
    }
    return _acted(made, OPENED, by, on, key, told)


def _refuse_unaskable(scenario: Scenario, question: str, closes: date, on: date) -> None:
    if scenario.state not in (Scenario.State.DRAFT, Scenario.State.PROPOSED):
        raise ScenarioRefused(_("Those concerned are asked before a scenario is approved."))
    if not question.strip():
        raise ScenarioRefused(_("Say what they are asked."))
    if closes < on:
        raise ScenarioRefused(_("The last day on which one answers is today or later."))
    if (closes - on).days > LONGEST:
        raise ScenarioRefused(_("A consultation lasts at most %(days)s days.") % {"days": LONGEST})
    found = consulting.latest(scenario)
    if found is not None and found.closed_at is None:
        raise ScenarioRefused(_("A consultation is open until %(day)s. Close it before the next round.") % {"day": found.closes})


# ---- to answer


@transaction.atomic
def answer(
    *, consulted: Consulted, view: str, by: Account, words: str = "", far: bool = False, wishes: Sequence[str] = (),
    on: date | None = None, key: str | None = None,
) -> Opinion:  # fmt: skip
    """Say what one thinks, and where one wishes to go, the dearest first; another answer takes the place of the one before.

    `wishes`: CODE or CODE:JOB of what the scenario opens. Raises KeyUsed; ScenarioRefused where it is too late, where
    somebody else is asked, or for a wish that is not open.
    """
    round_, on = _locked(consulted), on or date.today()
    _refuse_foreign(consulted, by, on)
    if (earlier := _answered(consulted, key)) is not None:
        return earlier
    _refuse_late(round_, on)
    if view not in View.values:
        raise ScenarioRefused(_("An opinion is one of: %(views)s.") % {"views": ", ".join(View.values)})
    chosen = _wished(consulted, round_, wishes)
    with authority.everything_in_sight():
        before = consulted.opinions.order_by("-place").first()
        _end(consulted)
        made = Opinion.objects.create(
            consulted=consulted, place=before.place + 1 if before else 1, view=view, words=words.strip()[:MOST_WORDS], far=far,
            wishes=chosen, said_by=by,
        )  # fmt: skip
        act = CHANGED if before and before.ended_at is None else ANSWERED
        _entered(made, act, by, round_, on, key)
    return made


def _answered(consulted: Consulted, key: str | None) -> Opinion | None:
    """What was answered here with this key already. Raises KeyUsed."""
    earlier = None if key is None else entries.once(key)
    if earlier is None:
        return None
    once.same(earlier, CHANGED if earlier.act == CHANGED else ANSWERED)
    with authority.everything_in_sight():
        return consulted.opinions.get(entry=earlier)


@transaction.atomic
def withdraw(*, consulted: Consulted, by: Account, on: date | None = None, key: str | None = None) -> None:
    """Take back what one said, while the round is open. Raises KeyUsed, ScenarioRefused."""
    round_, on = _locked(consulted), on or date.today()
    _refuse_foreign(consulted, by, on)
    if once.earlier(key, WITHDRAWN) is not None:
        return
    _refuse_late(round_, on)
    with authority.everything_in_sight():
        if not _end(consulted):
            raise ScenarioRefused(_("There is no answer of yours to take back."))
        entries.record(WITHDRAWN, by=by, about=round_, on=on, key=key, payload={"asked": consulted.pk})


def _end(consulted: Consulted) -> int:
    return consulted.opinions.filter(ended_at__isnull=True).update(ended_at=timezone.now())


def _entered(made: Opinion, act: str, by: Account, round_: Consultation, on: date, key: str | None) -> None:
    """The entry says that somebody answered, and nothing of what."""
    made.entry = entries.record(
        act, by=by, about=round_, on=on, key=key, payload={"asked": made.consulted_id, "answer": made.place}
    )
    Opinion.objects.filter(pk=made.pk).update(entry=made.entry)


def _refuse_foreign(consulted: Consulted, by: Account, on: date) -> None:
    if not consulting.answers_for(consulted, by, on=on):
        raise ScenarioRefused(_("Somebody else is asked here: each answers for himself or herself, and for a body its head."))


def _refuse_late(round_: Consultation, on: date) -> None:
    if round_.closed_at is not None or on > round_.closes:
        raise ScenarioRefused(_("Answers were taken until %(day)s: it is too late.") % {"day": round_.closes})
    if round_.scenario.state not in acting.OPEN:
        raise ScenarioRefused(_("This scenario was carried out: its lines stay. Begin another one."))


def _wished(consulted: Consulted, round_: Consultation, wishes: Sequence[str]) -> list[str]:
    """The wishes in their order, each open in the scenario. Raises ScenarioRefused."""
    chosen = list(dict.fromkeys(wish for wish in wishes if wish))
    if chosen and consulted.person_id is None:
        raise ScenarioRefused(_("A body says its opinion; where to go is wished by people."))
    if len(chosen) > MOST_WISHES:
        raise ScenarioRefused(_("At most %(most)s wishes, the dearest first.") % {"most": MOST_WISHES})
    jobs = {each["code"]: set(each["jobs"]) for each in round_.offers}
    for wish in chosen:
        code, _colon, job = wish.partition(":")
        if code not in jobs or (job and job not in jobs[code]):
            raise ScenarioRefused(_("%(wish)s is not open in this scenario. Choose among what is offered.") % {"wish": wish})
    return chosen


# ---- to close


@transaction.atomic
def close(*, consultation: Consultation, by: Account, on: date | None = None, key: str | None = None) -> Consultation:
    """Close a round once its last day is over, or everybody has answered; its counts are kept with it.

    Raises NotAllowed, KeyUsed, ScenarioRefused.
    """
    authority.require(by, "scenario.draft", over=consultation.scenario.body_id)
    consultation, on = Consultation.objects.select_for_update(of=("self",)).get(pk=consultation.pk), on or date.today()
    if once.earlier(key, CLOSED) is not None:
        return consultation
    if consultation.closed_at is not None:
        raise ScenarioRefused(_("This consultation was closed already."))
    with authority.everything_in_sight():
        summary = consulting.summed(consultation)
    if on <= consultation.closes and summary["answered"] < summary["asked"]:
        raise ScenarioRefused(
            _("It runs until %(day)s. Before that it is closed only once everybody has answered.") % {"day": consultation.closes}
        )
    consultation.closed_at, consultation.closed_by, consultation.summary = timezone.now(), by, summary
    return _acted(consultation, CLOSED, by, on, key, {"round": consultation.round, **_counts(summary)})


def _counts(summary: Mapping[str, Any]) -> dict[str, Any]:
    return {word: summary[word] for word in ("asked", "answered", *View.values)}


# ---- what they share


def _locked(consulted: Consulted) -> Consultation:
    """The round, locked: whoever closes it waits, or is waited for."""
    with authority.everything_in_sight():
        asked = Consultation.objects.select_for_update(of=("self",)).select_related("scenario")
        return asked.get(pk=consulted.consultation_id)


def _acted(made: Consultation, act: str, by: Account, on: date, key: str | None, told: Mapping[str, Any]) -> Consultation:
    """Write the round with the entry of the act. A key that a call at the same moment used first gives back what it did."""
    try:
        with transaction.atomic():
            made.save()
            made.entry = entries.record(act, by=by, about=made, on=on, key=key, payload=dict(told))
            made.save(update_fields=["entry"])
    except entries.AlreadyRecorded as first:
        once.same(first.entry, act)
        return Consultation.objects.get(pk=int(first.entry.about_id or 0))
    except IntegrityError as problem:
        raise ScenarioRefused(constraints.explained(problem)) from problem
    return made

"""The queue to the national database: every published result, and every one cancelled after, with its clock.

The interface of the national database is not published, so nothing is sent from here by itself: the office exports what
waits, says that it was sent, and enters the receipt. The law gives a number of days from the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from canbo.evaluation.models import Evaluation, Outgoing
from canbo.evaluation.refusals import Refused, kept_when_refused
from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.registry import authority, once, queries
from canbo.registry.models import Account
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation.periods import Period
from canbo.rules.params import OutsideTable

ACT = "evaluation.publish"
SENT, ACKNOWLEDGED = "result.sent", "result.acknowledged"


def put(evaluation: Evaluation, kind: str, *, result: date, entry: Entry) -> Outgoing | None:
    """Queue a result that was just published, or cancelled after that: part of that act, in its transaction.

    None: on that day the law did not ask for it yet.
    """
    law = corpus.opened(settings.CANBO_RULEBOOK)
    try:
        due = result + timedelta(days=int(str(law.parameters.lookup("database_days", result))))
    except OutsideTable:
        return None
    return Outgoing.objects.create(evaluation=evaluation, kind=kind, result_on=result, due_on=due, entry=entry)


@kept_when_refused("outgoing")
def send(*, outgoing: Outgoing, by: Account, on: date, key: str | None = None) -> Outgoing:
    """Say that a result was sent to the national database. Raises Refused."""
    authority.require(by, ACT, over=outgoing.evaluation.organization_id)
    held = _locked(outgoing)
    if once.earlier(key, SENT) is not None:
        return held
    if held.sent_on is not None:
        raise Refused("sent", _("This result was sent already."))
    entries.record(SENT, by=by, about=held.evaluation, on=on, key=key, payload={"outgoing": held.pk, "late": on > held.due_on})
    held.sent_on, held.sent_by = on, by
    held.save(update_fields=["sent_on", "sent_by"])
    return held


@kept_when_refused("outgoing")
def acknowledge(*, outgoing: Outgoing, receipt: str, by: Account, on: date, key: str | None = None) -> Outgoing:
    """Enter the receipt by which the national database acknowledged a result. Raises Refused."""
    authority.require(by, ACT, over=outgoing.evaluation.organization_id)
    held = _locked(outgoing)
    if once.earlier(key, ACKNOWLEDGED) is not None:
        return held
    if held.sent_on is None or held.acknowledged_on is not None:
        raise Refused("not_sent", _("Only a result that was sent, and has no receipt yet, is acknowledged."))
    if not receipt.strip():
        raise Refused("no_receipt", _("Give the number of the receipt."))
    told = {"outgoing": held.pk, "receipt": receipt.strip()}
    entries.record(ACKNOWLEDGED, by=by, about=held.evaluation, on=on, key=key, payload=told)
    held.acknowledged_on, held.receipt = on, receipt.strip()[:100]
    held.save(update_fields=["acknowledged_on", "receipt"])
    return held


def waiting(*, by: Account, root: int, on: date, period: Period | None = None) -> list[Outgoing]:
    """What a body and all beneath it still have to send or to get a receipt for, the most urgent first. Raises NotAllowed."""
    authority.require(by, ACT, over=root)
    places = queries.subtree(root, on=on)
    found = Outgoing.objects.filter(evaluation__organization_id__in=places, acknowledged_on__isnull=True)
    found = found if period is None else found.filter(evaluation__period=str(period))
    return list(found.select_related("evaluation", "evaluation__person").order_by("due_on", "pk"))


def exported(outgoing: Iterable[Outgoing], *, on: date) -> list[dict[str, Any]]:
    """Results as plain values: whose, of which body and period, the grade, what it was reckoned from by its hash, the clock."""
    listed = list(outgoing)
    codes = {unit.id: unit.code for unit in queries.units(list({each.evaluation.organization_id for each in listed}), on=on)}
    return [_plain(each, codes, on) for each in listed]


def _plain(each: Outgoing, codes: dict[int, str], on: date) -> dict[str, Any]:
    evaluation = each.evaluation
    return {
        "id": each.pk, "kind": each.kind, "person": evaluation.person.identification_number,
        "organization": codes.get(evaluation.organization_id), "period": evaluation.period,
        "score": None if evaluation.score is None else float(evaluation.score), "grade": evaluation.grade, "decided_on": evaluation.decided_on,
        "result_on": each.result_on, "due_on": each.due_on, "late": each.late(on), "sent_on": each.sent_on, "receipt": each.receipt or None,
        "digest": evaluation.digest, "law": evaluation.law, "replaces": evaluation.replaces_id, "evaluation": evaluation.pk,
    }  # fmt: skip


def _locked(outgoing: Outgoing) -> Outgoing:
    return Outgoing.objects.select_for_update(of=("self",)).select_related("evaluation").get(pk=outgoing.pk)

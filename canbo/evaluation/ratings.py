"""The grade of a published year as a record of the person: what articles on appointment, planning and removal read."""

from __future__ import annotations

from datetime import timedelta

from canbo.evaluation.inputs import CATEGORIES
from canbo.evaluation.models import Evaluation
from canbo.journal.models import Entry
from canbo.registry import queries
from canbo.registry.days import since
from canbo.registry.models import Decision, Membership, Rating, Source
from canbo.rules.evaluation.given import GRADES
from canbo.rules.evaluation.periods import parse

SOURCE = {"code": "evaluations", "title": "Evaluations published in this register"}
GRADED = {
    "excellent": Rating.Grade.EXCELLENT, "good": Rating.Grade.GOOD, "completed": Rating.Grade.COMPLETED,
    "not_completed": Rating.Grade.NOT_COMPLETED,
}  # fmt: skip


def put(held: Evaluation, *, entry: Entry) -> Rating | None:
    """Write the grade of a year into the person's file, under the entry of its publication; of a shorter period nothing."""
    span = parse(held.period)
    if span is None or span.kind != "year" or held.grade not in GRADES:
        return None
    source, _made = Source.objects.get_or_create(code=SOURCE["code"], defaults=SOURCE)
    return Rating.objects.create(
        person=held.person, grade=GRADED[held.grade], regime=_regime(held), valid=since(held.first, held.last + timedelta(days=1)),
        source=source, decision=_decision(held), entry_id=entry.pk, confirmed_by=held.decided_by,
    )  # fmt: skip


def take_out(held: Evaluation) -> None:
    """Take the grade out of the file again: the evaluation was cancelled. The register remembers that it stood there."""
    Rating.objects.filter(person=held.person, decision__number=_number(held), source__code=SOURCE["code"]).delete()


def _number(held: Evaluation) -> str:
    return f"evaluation/{held.pk}"


def _decision(held: Evaluation) -> Decision:
    issuer = queries.unit_by_id(held.organization_id, on=held.last).label
    made, _made = Decision.objects.get_or_create(
        issuer=issuer, number=_number(held),
        defaults={"kind": Decision.Kind.DECISION, "signed_on": held.decided_on, "effective_on": held.published_on},
    )  # fmt: skip
    return made


def _regime(held: Evaluation) -> str:
    """By which rules the person was graded, as a word of the record: those of the category in which he or she served."""
    served = Membership.objects.filter(
        person=held.person, organization=held.organization, category__in=CATEGORIES, valid__overlap=(held.first, held.last)
    )
    category = served.order_by("-valid").values_list("category", flat=True).first()
    return CATEGORIES[category].replace("_", "-") if category is not None else "unknown"

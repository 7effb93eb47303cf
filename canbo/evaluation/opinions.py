"""The opinion of a Party organisation on an evaluation, and the regimes under which one person stands, side by side.

The decree asks for the opinion of the Party committee before heads and deputies are graded: it is recorded with its day and
its author, and binds nobody. Where several regimes hold for one person all are shown, and where they disagree that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import yaml
from django.conf import settings

from canbo.evaluation import inputs
from canbo.evaluation.models import Evaluation, Opinion
from canbo.evaluation.refusals import Refused, kept_when_refused, require_no_tie
from canbo.journal import entries
from canbo.registry import authority, once, saying
from canbo.registry.models import Account, Membership
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation.given import GRADES
from canbo.rules.evaluation.readings import ways_of
from canbo.rules.words import RuleError

RECORDED = "opinion.recorded"
ACT = "evaluation.meet"
LONGEST = 4000


@kept_when_refused("evaluation")
def record(
    *, evaluation: Evaluation, body: str, author: str, said_on: date, text: str, by: Account, on: date, grade: str = "",
    key: str | None = None,
) -> Opinion:  # fmt: skip
    """Record what a Party organisation said of an evaluation, before it is decided. Raises Refused.

    body, author  which organisation, and who signed it for that organisation
    grade         the grade that the organisation names, where it names one; it stands beside and binds nobody
    """
    authority.require(by, ACT, over=evaluation.person)
    require_no_tie(by, evaluation.person, on=on, known=False)
    if by.person_id == evaluation.person_id:
        raise Refused("own_matter", _("Nobody does this in a matter that is his or her own. Ask another officer."))
    earlier = once.earlier(key, RECORDED)
    if earlier is not None:
        return Opinion.objects.get(entry=earlier)
    held = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    if held.state not in (Evaluation.State.ASSESSED, Evaluation.State.OPINED):
        raise Refused("decided", _("The opinion of the Party organisation comes before the decision; this was decided."))
    if not (body.strip() and author.strip() and text.strip()) or len(text) > LONGEST:
        raise Refused("no_author", _("Name the organisation and who signed for it, and write what it said."))
    if not held.first <= said_on <= on:
        raise Refused("day", _("A day between the beginning of the period and today: %(day)s.") % {"day": said_on})
    if grade and grade not in GRADES:
        raise Refused("grade", _("A grade is one of the four words of the decree."))
    told = {"body": body.strip(), "author": author.strip(), "said_on": str(said_on), "text": text.strip(), "grade": grade}
    entry = entries.record(RECORDED, by=by, about=held, on=on, key=key, payload=told)
    return Opinion.objects.create(
        evaluation=held, body=body.strip()[:200], author=author.strip()[:200], said_on=said_on, text=text.strip(), grade=grade,
        recorded_by=by, recorded_on=on, entry=entry,
    )  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What one regime, or one organisation, says of the same work.

    seen  how its text is known; `off`: a regime whose text nobody here has read is shown and says nothing
    """

    title: Mapping[str, str]
    seen: Mapping[str, str]
    grade: str
    score: Decimal | None
    off: bool = False


def side_by_side(evaluation: Evaluation, *, on: date) -> list[Standing]:
    """What each regime under which the person served says, the own first; then the Party's, and its organisations' opinions."""
    served = Membership.objects.filter(
        person_id=evaluation.person_id, category__in=inputs.CATEGORIES, valid__overlap=(evaluation.first, evaluation.last)
    ).values_list("category", flat=True)
    ways = ways_of(corpus.opened(settings.CANBO_RULEBOOK).path)
    file = yaml.safe_load(evaluation.inputs) if evaluation.inputs else None
    own = file["category"] if file else None
    categories = sorted({inputs.CATEGORIES[each] for each in served} | ({own} if own else set()), key=lambda each: each != own)
    found: list[Standing] = []
    for category in categories:
        for regime in (each for each in ways.regimes.values() if each.category == category):
            grade, score = (evaluation.grade, evaluation.score) if category == own else _by(file, category, evaluation, on)
            found.append(Standing(regime.title, regime.seen, grade, score))
    if file and file.get("leader"):
        found += [Standing(each.title, each.seen, "", None, True) for each in ways.regimes.values() if each.category == "party"]
    return found + [
        Standing({"en": f"{each.body} ({each.author})"}, {"en": saying.day(each.said_on)}, each.grade, None)
        for each in evaluation.opinions.order_by("said_on", "pk") if each.grade
    ]  # fmt: skip


def _by(file: dict[str, object] | None, category: str, evaluation: Evaluation, on: date) -> tuple[str, Decimal | None]:
    """The grade of the same facts by the regime of another category."""
    if file is None:
        return "", None
    try:
        told = inputs.reckoned(inputs.written({**file, "category": category}), on=evaluation.law_day or on)
    except RuleError:
        return "undetermined", None
    return told.grade, told.score


def disagree(standings: list[Standing]) -> bool:
    """Whether two of those that say a grade say different ones."""
    return len({each.grade for each in standings if each.grade in GRADES}) > 1

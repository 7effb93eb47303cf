"""Whether somebody may act in a step of a case: by authority over the body, apart from who acted before, without a tie."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from canbo.journal.models import Entry
from canbo.procedures import bodies
from canbo.procedures.models import Actor, Case, Step
from canbo.procedures.refusals import Refused
from canbo.registry import authority, conflict
from canbo.registry.models import Account, Membership, Organization, Person
from canbo.registry.saying import sentence as _
from canbo.rules.procedure import SEPARATE, StepRule

ACTS = {
    "drafter": "case.draft", "verifier": "case.verify", "approver": "case.approve", "publisher": "case.publish",
    "opinion": "case.opine", "chair": "case.chair",
}  # fmt: skip


def entitled(case: Case, rule: StepRule, by: Account, *, on: date) -> int:
    """The body for which `by` may act in this step. Raises NotAllowed or Refused with the sentence that says why not."""
    body = bodies.of_step(case, rule.body, on=on)
    if rule.capacity == "subject":
        if by.person_id is None or by.person_id != _subject(case):
            raise Refused("not_the_subject", _("This step belongs to the person whom the case is about."))
        return body
    authority.require(by, ACTS[rule.capacity], over=Organization(pk=body))
    if rule.capacity in SEPARATE and by.person_id is None:
        raise Refused("no_person", _("Nobody stands behind this account; in a case only people draft, verify, sign and publish."))
    _require_apart(case, rule, by)
    if by.person_id is not None:
        _require_no_tie(case, rule, by.person_id, on=on)
    return body


def stating(case: Case, rule: StepRule, by: Account, *, on: date) -> StepRule:
    """The step as somebody stands in it who states facts of a case: its drafter, or whom it is about.

    So nobody verifies, signs or publishes what rests on the own word. Raises Refused.
    """
    if by.person_id is None:
        raise Refused("no_person", _("Nobody stands behind this account; facts of a case are stated by people only."))
    if by.person_id == case.person_id:
        return replace(rule, capacity="subject", apart_from=())
    drafts = replace(rule, capacity="drafter", apart_from=())
    _require_apart(case, drafts, by)
    _require_no_tie(case, drafts, by.person_id, on=on)
    return drafts


def _subject(case: Case) -> int | None:
    if case.person_id is not None:
        return case.person_id
    only = list(case.candidates.filter(state="through").values_list("person_id", flat=True)[:2])
    return only[0] if len(only) == 1 else None


def _require_apart(case: Case, rule: StepRule, by: Account) -> None:
    """Capacities that must differ, and steps from which the law keeps this one apart."""
    mine = case.actors.filter(account=by)
    if rule.capacity in SEPARATE:
        other = mine.filter(capacity__in=SEPARATE).exclude(capacity=rule.capacity).first()
        if other is not None:
            raise Refused(
                "capacities_apart",
                _("You acted in this case already (%(step)s). Who drafts, verifies, signs and publishes are different people.")
                % {"step": other.step.name},
            )
    if rule.apart_from and mine.filter(step__name__in=rule.apart_from).exists():
        raise Refused("steps_apart", _("The law keeps this step apart from one that you took in this case."))


def _require_no_tie(case: Case, rule: StepRule, person: int, *, on: date) -> None:
    """No kinship and no common interest with any name of the case; what is not declared blocks as a tie does."""
    for named in _names(case):
        tie = conflict.between(Person(pk=person), Person(pk=named), on)
        if isinstance(tie, conflict.Conflict):
            raise Refused("conflict", tie.sentence)
        if isinstance(tie, conflict.Unknown) and rule.capacity in SEPARATE:
            raise Refused("conflict_unknown", tie.sentence)


def _names(case: Case) -> list[int]:
    named = list(case.candidates.exclude(state="refused").values_list("person_id", flat=True))
    return sorted({*named, *([case.person_id] if case.person_id else [])})


def wrote(case: Case, step: Step, rule: StepRule, by: Account, body: int, entry: Entry) -> Actor:
    """Write down who acted, in what capacity, for which body."""
    return Actor.objects.create(
        case=case, step=step, account=by, person_id=by.person_id, organization_id=body, capacity=rule.capacity, entry=entry
    )


def is_head(person: int | None, organization: int, *, on: date) -> bool:
    """Whether a person heads a body on a day, also as acting head."""
    with authority.everything_in_sight():
        return person is not None and Membership.objects.filter(
            person_id=person, organization_id=organization, valid__contains=on, post__job__standing="head"
        ).exists()  # fmt: skip

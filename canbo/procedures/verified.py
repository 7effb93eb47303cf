"""A case verified from its beginning, as if nobody had done so before: by the keeper, and by whoever asks.

Every step is taken again in thought: it follows from the one before, its vote is counted again from the ballots, its
actors were apart, the terms were sealed before the first name, the articles still allow it on the day, no tie has come up
since, and the signature is over the text that the case draws.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction

from canbo.ballots import elections
from canbo.ballots.refused import Refused as BallotRefused
from canbo.journal.models import Entry
from canbo.procedures import cases, grounds, rulings, signers, signing, voting
from canbo.procedures.models import Candidate, Case, Ruling, Step
from canbo.procedures.refusals import Refused
from canbo.procedures.stating import STATED
from canbo.registry import authority, conflict, saying
from canbo.registry.models import Person
from canbo.registry.saying import sentence as _
from canbo.rules import procedure as law
from canbo.rules.procedure import SEPARATE, Version
from canbo.rules.words import RuleError

SIGNED = "case.signed"


def problems_of(case: int, *, on: date) -> list[str]:
    """Why the decision of a case does not hold on a day; empty where it holds. Reads, and writes nothing."""
    with transaction.atomic(), authority.everything_in_sight():
        found = Case.objects.filter(pk=case).first()
        if found is None:
            return [_("There is no such case.")]
        try:
            kind, version = cases.rules_of(found)
        except Refused as problem:
            return [saying.of(problem)]
        ruling = Ruling.objects.filter(case=found).first()
        if ruling is None:
            return [_("Nothing was decided in this case.")]
        return [
            *_path(found, version), *_votes(found, version), *_actors(found, version), *_terms(found),
            *_persons(found, kind, version, on), *_signature(found, ruling),
        ]  # fmt: skip


def _course(case: Case) -> list[Step]:
    """The steps that count: those since the case last began anew because its law had changed."""
    steps = list(case.steps.order_by("turn"))
    begun = max((number + 1 for number, step in enumerate(steps) if step.state == Step.State.VOID), default=0)
    return steps[begun:]


def _path(case: Case, version: Version) -> Iterator[str]:
    """The steps follow each other as the law leads, from the first to the end."""
    steps = _course(case)
    expected = version.steps[0].id
    for step in steps:
        if step.name != expected or step.state != Step.State.DONE:
            yield _("The step “%(step)s” does not follow from the one before it.") % {"step": step.name}
            return
        try:
            expected = version.step(step.name).leads(step.outcome)
        except KeyError:
            yield _("The step “%(step)s” ended in a way that the law does not know.") % {"step": step.name}
            return
    if expected != "ended":
        yield _("The case did not come to its end: “%(step)s” is missing.") % {"step": expected}


def _votes(case: Case, version: Version) -> Iterator[str]:
    """Each count is that of its ballots or minutes, and its outcome is what the law makes of it."""
    course = {step.pk for step in _course(case)}
    for count in case.counts.select_related("step").filter(step__in=course):
        step, rule = count.step, version.step(count.step.name)
        if rule.vote is None:
            yield _("A vote was counted in “%(step)s”, where the law knows none.") % {"step": step.name}
            continue
        try:
            tally = voting.tally_of(step, elections.count(election=int(count.election)), rule.vote)
        except (BallotRefused, ValueError) as problem:
            yield _("The vote of “%(step)s” cannot be counted again: %(why)s") % {"step": step.name, "why": problem}
            continue
        kept = (count.convened, count.present, count.issued, count.collected, count.valid, count.blank, count.invalid)
        again = (tally.convened, tally.present, tally.issued, tally.collected, tally.valid, tally.blank, tally.invalid)
        if kept != again or count.votes != dict(tally.levels or tally.votes):
            yield _("The count of “%(step)s” is not that of its ballots.") % {"step": step.name}
        if voting.outcome_again(case, step, rule, tally) != step.outcome:
            yield _("The vote of “%(step)s” did not end as its count says.") % {"step": step.name}
    for step in case.steps.filter(state=Step.State.DONE, pk__in=course):
        rule = version.step(step.name)
        if rule.vote is not None and step.outcome != "no_quorum" and not hasattr(step, "count"):
            yield _("The vote of “%(step)s” was never counted.") % {"step": step.name}


def _actors(case: Case, version: Version) -> Iterator[str]:
    """Each step was taken by somebody in its capacity; the capacities that must differ are different people."""
    held: dict[str, set[int]] = {}
    for step in _course(case):
        capacity = version.step(step.name).capacity
        actors = list(step.actors.filter(capacity=capacity))
        if not actors:
            yield _("Nobody acted in “%(step)s” in the capacity that the law asks for.") % {"step": step.name}
        if capacity in SEPARATE:
            held.setdefault(capacity, set()).update(actor.person_id or 0 for actor in actors)
    stated = {actor.person_id or 0 for actor in case.actors.filter(capacity="drafter")}  # who stated facts drafted as well
    stated |= {case.opened_by.person_id or 0} if case.terms.get("facts") and case.opened_by.person_id != case.person_id else set()
    held.setdefault("drafter", set()).update(stated)
    everybody = [person for persons in held.values() for person in persons]
    if 0 in everybody or len(set(everybody)) != len(everybody):
        yield _("Drafter, verifier, signer and publisher are not different people.")


def _terms(case: Case) -> Iterator[str]:
    """The terms are those that were sealed, and were sealed before the first name."""
    sealed = Entry.objects.filter(pk=case.entry_id or 0).first()
    payload = sealed.payload if sealed else None
    if payload is None or payload.get("terms") != case.terms or payload.get("procedure") != case.procedure:
        yield _("The terms of the case are not those that were sealed when it was opened.")
    for later in grounds.statements(case):
        if later["person"] is not None and not _in_the_journal(case, later):
            yield _("A fact that was stated later is not as it stands in the journal.")
    first = case.candidates.exclude(entry=None).order_by("entry_id").values_list("entry_id", flat=True).first()
    if sealed is not None and first is not None and first < sealed.pk:
        yield _("A name was put before the terms were sealed.")


def _in_the_journal(case: Case, said: dict[str, Any]) -> bool:
    """Whether a statement is the one that its entry holds, by whom it says."""
    entry = Entry.objects.filter(pk=said["entry"], act=STATED, by_id=said["by"], about_id=str(case.pk)).first()
    payload = (entry.payload or {}) if entry else {}
    return {name: payload.get(name) for name in ("person", "facts", "documents")} == {
        name: said[name] for name in ("person", "facts", "documents")
    }


def _persons(case: Case, kind: law.Procedure, version: Version, on: date) -> Iterator[str]:
    """On the day of effect the articles still allow it, and no tie has come up with anybody who acted."""
    topic = kind.topic
    acted = set(case.actors.filter(capacity__in=SEPARATE).exclude(person=None).values_list("person_id", flat=True))
    for name in case.candidates.select_related("person").filter(state=Candidate.State.THROUGH):
        if topic is not None:
            try:
                verdict = cases.judged(case, name.person, topic, on=on)
            except RuleError as problem:
                yield saying.ruled(problem.message)
                continue
            if verdict.outcome != "pass":
                yield _("The articles no longer allow it on %(on)s.") % {"on": on}
        for actor in sorted(acted):
            tie = conflict.between(Person(pk=actor), name.person, on)
            if tie is not None:
                yield tie.sentence


def _signature(case: Case, ruling: Ruling) -> Iterator[str]:
    """The text is that of the case, and its signature holds and is of the approver."""
    if hashlib.sha256(ruling.text.encode()).hexdigest() != ruling.digest or ruling.signature is None:
        yield _("The decision bears no signature over its own text.")
        return
    words = json.loads(ruling.text)
    persons = sorted(person["id"] for person in words["persons"])
    through = sorted(case.candidates.filter(state=Candidate.State.THROUGH).values_list("person_id", flat=True))
    about = (words["case"], words["procedure"], words["organization"]["id"], (words["post"] or {}).get("id"))
    if persons != through or about != (case.pk, case.procedure, case.organization_id, case.post_id):
        yield _("What was signed is not what the case says.")
    signature = signing.Signature(**ruling.signature)
    if not case.actors.filter(capacity="approver", account_id=signature.by_account).exists():
        yield _("Whoever signed did not act as the signer of this case.")
    signed = Entry.objects.filter(pk=ruling.entry_id or 0, act=SIGNED, by_id=signature.by_account, about_id=str(case.pk)).first()
    if signed is None or (signed.payload or {}).get("digest") != ruling.digest or ruling.signed_by_id != signature.by_account:
        yield _("The journal does not say that this decision was signed by this person.")
    if not signers.signs(signature):
        yield _("The decision was signed with a key that nobody confirmed to be the signer's.")
    try:
        signing.verify(signature, words, rulings.file_of(ruling))
    except signing.SignatureRefused as problem:
        yield saying.of(problem)

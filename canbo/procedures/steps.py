"""The steps of a case that are no votes: to act, to put names, to sign, to publish."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from canbo.journal import entries
from canbo.procedures import acting, documents, dossier, papers, rulings, signers, signing
from canbo.procedures.cases import STATES, judged, law_ended, locked, move_on, require_facts, restart, rules_of
from canbo.procedures.models import Candidate, Case, Ruling, Step
from canbo.procedures.refusals import Refused, kept_when_refused
from canbo.registry import once, saying
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _
from canbo.rules.explain import Verdict
from canbo.rules.procedure import StepRule
from canbo.rules.words import LANGUAGES

ACTED, NAMED, SIGNED, PUBLISHED = "case.acted", "case.named", "case.signed", "case.published"


def reached(case: Case, does: str, *, by: Account, on: date, turn: int | None) -> tuple[Case, Step, StepRule]:
    """The case at its step, which must be of this kind; begun anew where its law has ended. Raises Refused."""
    held, step, rule = locked(case, turn=turn, on=on)
    if law_ended(held, on=on):
        raise Refused(
            "law_changed", _("The law of this procedure changed while the case ran; it has begun anew."),
            instead=lambda: restart(Case.objects.select_for_update(of=("self",)).get(pk=held.pk), by=by, on=on),
        )  # fmt: skip
    if rule.does != does:
        raise Refused("other_step", _("The case is at the step “%(step)s”; this is not done there.") % {"step": rule.title})
    return held, step, rule


@kept_when_refused
def act(
    *, case: Case, by: Account, on: date, outcome: str = "done", text: str = "", turn: int | None = None, key: str | None = None,
) -> Step:  # fmt: skip
    """Take a step that is an act: propose, verify, give an opinion. `outcome`: done, or refuse with its reasons in `text`.

    A step that asks articles or the dossier is not done while a name fails them: it is refused with what is missing.
    """
    earlier = once.earlier(key, ACTED)
    if earlier is not None:
        return Step.objects.get(entry=earlier)
    held, step, rule = reached(case, "act", by=by, on=on, turn=turn)
    body = acting.entitled(held, rule, by, on=on)
    if outcome not in rule.ways:
        raise Refused("outcome", _("This step ends with one of: %(ways)s.") % {"ways": ", ".join(rule.ways)})
    if outcome == "refuse" and not text.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the case."))
    if outcome != "refuse":
        require_facts(held, rule)
    if outcome == "done":
        require_in_order(held, rule, on=on)
    entry = entries.record(
        ACTED, by=by, about=held, on=on, key=key, payload={"step": step.name, "turn": step.turn, "outcome": outcome, "text": text}
    )
    acting.wrote(held, step, rule, by, body, entry)
    move_on(held, step, rule, outcome, on=on, entry=entry, said={"text": text, "why": text if outcome == "refuse" else ""})
    if outcome == "done":
        papers.made(held, step, rule, by=by, on=on)
    return step


def require_in_order(case: Case, rule: StepRule, *, on: date) -> None:
    """Refuse a step while a name in it fails the articles that the step asks, or while its dossier lacks something."""
    for name in case.candidates.select_related("person").defer("verdict").filter(state=Candidate.State.THROUGH):
        for topic in rule.topics:
            verdict = judged(case, name.person, topic, on=on)
            if verdict.outcome != "pass":
                raise Refused("articles", _("The articles do not allow it: %(why)s") % {"why": told(verdict)})
        if rule.dossier:
            lacking = [item for item in dossier.state(name.person, case.procedure, on, case.manager_id) if item.blocks]
            if lacking:
                raise Refused("dossier", _("The dossier lacks: %(what)s") % {"what": "; ".join(item.why for item in lacking)})


def told(verdict: Verdict) -> saying.Said:
    """The reasons of the articles that stand in the way, one after the other."""
    ways = [article.reason for article in (*verdict.with_outcome("fail"), *verdict.with_outcome("unknown"))] or [verdict.summary]
    return saying.together({language: say(language) for language in LANGUAGES} for say in ways)


@kept_when_refused
def put_names(
    *, case: Case, by: Account, on: date, persons: Iterable[Person], turn: int | None = None, key: str | None = None,
) -> Step:  # fmt: skip
    """Put names in a case whose terms are sealed; each is judged by the articles, and a refused name stays with its reasons.

    The step is done when one name may go on at least; with none the case ends where the law says. A name whose facts are
    missing waits for them (`cases.judge_again`) and goes no further until then.
    """
    earlier = once.earlier(key, NAMED)
    if earlier is not None:  # while names wait for facts the step is not closed, so it does not bear the entry yet
        return case.steps.get(turn=(earlier.payload or {})["turn"])
    held, step, rule = reached(case, "name", by=by, on=on, turn=turn)
    body = acting.entitled(held, rule, by, on=on)
    persons = list({person.pk: person for person in persons}.values())
    if not persons:
        raise Refused("no_names", _("Put at least one name."))
    kind, _version = rules_of(held)
    topic = next(iter(rule.topics), kind.topic)  # in a procedure without articles every name goes on
    verdicts = {person.pk: judged(held, person, topic, on=on) if topic else None for person in persons}
    said = {pk: verdict.outcome if verdict else "pass" for pk, verdict in verdicts.items()}
    entry = entries.record(
        NAMED, by=by, about=held, on=on, key=key,
        payload={"step": step.name, "turn": step.turn, "names": {str(pk): outcome for pk, outcome in said.items()}},
    )  # fmt: skip
    acting.wrote(held, step, rule, by, body, entry)
    for person in persons:
        _put(held, step, person, verdicts[person.pk], by, entry)
    outcomes = set(said.values())
    if "pass" in outcomes:
        move_on(held, step, rule, "done", on=on, entry=entry, said={})
        papers.made(held, step, rule, by=by, on=on)
    elif outcomes == {"fail"}:
        move_on(held, step, rule, "none", on=on, entry=entry, said={"why": _("The rulebook refuses every name that was put.")})
    return step


def _put(case: Case, step: Step, person: Person, verdict: Any, by: Account, entry: Any) -> None:
    """A name in the case, put for the first time or again."""
    written = {"state": STATES[verdict.outcome if verdict else "pass"], "verdict": verdict and verdict.to_dict(), "entry": entry}
    known = case.candidates.filter(person=person).first()
    if known is None:
        Candidate.objects.create(case=case, person=person, put_in=step, put_by=by, **written)
    else:
        case.candidates.filter(pk=known.pk).update(**written)


@kept_when_refused
def sign(
    *, case: Case, by: Account, on: date, signature: signing.Signature | None, reason: str = "", turn: int | None = None,
    key: str | None = None, pdf: bytes | None = None,
) -> Step:  # fmt: skip
    """Sign the decision, or refuse to (`signature` None, with a reason).

    The signature must be of `by`, over the text that was drawn when the step was reached (`rulings.drawn`), and hold.
    `pdf`: the file that a certificate signed; it is kept with the ruling.
    """
    earlier = once.earlier(key, SIGNED)
    if earlier is not None:
        return Step.objects.get(entry=earlier)
    held, step, rule = reached(case, "sign", by=by, on=on, turn=turn)
    body = acting.entitled(held, rule, by, on=on)
    if signature is None:
        if not reason.strip():
            raise Refused("no_reason", _("Say why; the reason stays with the case."))
        entry = entries.record(
            SIGNED, by=by, about=held, on=on, key=key, payload={"step": step.name, "outcome": "refuse", "text": reason}
        )
        acting.wrote(held, step, rule, by, body, entry)
        move_on(held, step, rule, "refuse", on=on, entry=entry, said={"why": reason})
        return step
    require_facts(held, rule)
    require_in_order(held, rule, on=on)
    ruling = rulings.drawn(held, on=on)
    _require_signature(ruling, signature, by, pdf)
    entry = entries.record(
        SIGNED, by=by, about=held, on=on, key=key, payload={"step": step.name, "digest": ruling.digest, "kind": signature.kind}
    )
    ruling.state, ruling.signed_by, ruling.signature = Ruling.State.SIGNED, by, signature.as_dict()
    ruling.signed_at, ruling.entry = timezone.now(), entry
    if pdf is not None:
        ruling.signed_file_id = dossier.keep(pdf, documents.PDF)
    ruling.save(update_fields=["state", "signed_by", "signature", "signed_at", "entry", "signed_file"])
    acting.wrote(held, step, rule, by, body, entry)
    move_on(held, step, rule, "signed", on=on, entry=entry, said={"digest": ruling.digest})
    return step


def _require_signature(ruling: Ruling, signature: signing.Signature, by: Account, pdf: bytes | None) -> None:
    if signature.by_account != by.pk or signature.digest != ruling.digest:
        raise Refused("signature", _("The signature is not over this decision, or not by you. Open the page again and sign."))
    if not signers.signs(signature):
        raise Refused(
            "unconfirmed_key",
            _("This key was not confirmed as yours, so it signs no decisions. Let the registrar confirm it face to face."),
        )
    try:
        signing.verify(signature, json.loads(ruling.text), pdf)
    except signing.SignatureRefused as problem:
        raise Refused("signature", str(problem)) from None


@kept_when_refused
def publish(*, case: Case, by: Account, on: date, turn: int | None = None, key: str | None = None) -> Step:
    """Number the decision and publish it. It takes effect when witnessed, on its day (`effects.take`)."""
    earlier = once.earlier(key, PUBLISHED)
    if earlier is not None:
        return Step.objects.get(entry=earlier)
    held, step, rule = reached(case, "publish", by=by, on=on, turn=turn)
    body = acting.entitled(held, rule, by, on=on)
    ruling = held.ruling
    entry = entries.record(PUBLISHED, by=by, about=held, on=on, key=key, payload={"step": step.name, "digest": ruling.digest})
    acting.wrote(held, step, rule, by, body, entry)
    issued = papers.decision(held, step, by=by, on=on)
    rulings.number(ruling, symbol=issued[0].symbol, on=on)
    move_on(held, step, rule, "done", on=on, entry=entry, said={"number": ruling.number})
    return step

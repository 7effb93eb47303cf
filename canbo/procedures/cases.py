"""A case from its opening to its end: which step it is at, by which law, and how one step leads to the next.

What is done in each kind of step is in `steps` and `voting`; what a signed decision brings about is in `effects`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from canbo.journal import entries
from canbo.procedures import acting, bodies, deadlines, grounds
from canbo.procedures.models import Candidate, Case, Step
from canbo.procedures.refusals import Refused, kept_when_refused, stale
from canbo.registry import authority, facts, once, saying
from canbo.registry.models import Account, Membership, Organization, Person, Post
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules import procedure as law
from canbo.rules.explain import Verdict, explain
from canbo.rules.procedure import Procedure, StepRule, Version
from canbo.rules.words import RuleError

OPENED, RESTARTED, WITHDRAWN, JUDGED = "case.opened", "case.restarted", "case.withdrawn", "case.judged"
RUNNING = (Case.State.OPEN, Case.State.INCOMPLETE)
STATES = {"pass": Candidate.State.THROUGH, "fail": Candidate.State.REFUSED, "unknown": Candidate.State.INCOMPLETE}
ENDS = {"refused": Case.State.REFUSED, "stopped": Case.State.STOPPED, "ended": Case.State.DECIDED}


@transaction.atomic
def open_case(
    *, procedure: str, by: Account, on: date, post: Post | None = None, organization: Organization | None = None,
    person: Person | None = None, effective_on: date | None = None, until: date | None = None,
    terms: Mapping[str, Any] | None = None, leads_from: Case | None = None, key: str | None = None,
) -> Case:  # fmt: skip
    """Open a case of a procedure about a post, a membership (post and person) or a body, and its first step.

    Its terms - seats, criteria, day of effect, and by the hash of the rulebook the steps, electorates and thresholds -
    are sealed in the journal before any name is put. Where the person is known from the beginning the articles are
    asked at once: a refusal is a case too. Raises NotAllowed, Refused, KeyUsed.
    """
    kind, version = _law(procedure, on)
    place = _place(kind, post, organization, person)
    authority.require(by, "case.open", over=place)
    earlier = once.earlier(key, OPENED)
    if earlier is not None:
        return Case.objects.get(entry=earlier)
    require_not_own(person, by, version)
    sealed = grounds.sealed(kind, version, terms or {}, until=until, on=on, post=post)
    case = Case(
        procedure=kind.id, version=version.id, state=Case.State.OPEN, person=person, post=post, organization=place,
        manager_id=bodies.manager_of(post, place, on=on), on=on, terms=sealed, rulebook=hash_of_the_law(),
        effective_on=effective_on, leads_from=leads_from, opened_by=by,
    )  # fmt: skip
    case.save(force_insert=True)
    case.entry = entries.record(
        OPENED, by=by, about=case, on=on, key=key,
        payload={
            "procedure": kind.id, "version": version.id, "post": post and post.pk, "organization": place.pk,
            "person": person and person.pk, "terms": sealed, "rulebook": case.rulebook,
            "effective_on": effective_on.isoformat() if effective_on else None,
        },
    )  # fmt: skip
    case.save(update_fields=["entry"])
    step = begin(case, version.steps[0], on=on)
    if "facts" in sealed:
        acting.wrote(case, step, acting.stating(case, version.steps[0], by, on=on), by, place.pk, case.entry)
    if person is not None:
        _known_person(case, kind, person, by=by, on=on, step=step)
    return case


def _known_person(case: Case, kind: Procedure, person: Person, *, by: Account, on: date, step: Step) -> None:
    """Put the one name that the case is about, as the articles judge it today."""
    verdict = judged(case, person, kind.topic, on=on) if kind.topic else None
    outcome = verdict.outcome if verdict else "pass"
    Candidate.objects.create(
        case=case, person=person, state=STATES[outcome], verdict=verdict and verdict.to_dict(), put_by=by, entry=case.entry
    )
    case.verdict = verdict and verdict.to_dict()
    if outcome == "fail":
        finish(case, step, "refused", on=on, reason=_("The rulebook refuses it."))
    elif outcome == "unknown":
        case.state = Case.State.INCOMPLETE
    case.save(update_fields=["verdict", "state", "ended_at", "reason"])


def _law(procedure: str, on: date) -> tuple[Procedure, Version]:
    try:
        return law.on_day(bodies.rulebook(), procedure, on)
    except RuleError as problem:
        raise Refused("no_procedure", problem.say(translation.get_language() or "en")) from None


def _place(kind: Procedure, post: Post | None, organization: Organization | None, person: Person | None) -> Organization:
    """The body a case is about; the case must name what its procedure is about."""
    if kind.about in ("post", "membership") and post is None:
        raise Refused("no_post", _("This procedure is about a post: name the post."))
    if (kind.about == "membership" or kind.names == "known") and person is None:
        raise Refused("no_person", _("This procedure is about somebody: name the person."))
    if kind.names != "known" and person is not None:
        raise Refused("name_too_early", _("In this procedure names are put in a step of their own, after its terms were sealed."))
    place = post.organization if post is not None else organization
    if place is None:
        raise Refused("no_body", _("This procedure is about a body: name the body."))
    return place


def require_not_own(person: Person | None, by: Account, version: Version) -> None:
    """Refuse whom a case is about as somebody who moves it, unless the law lets that person begin it."""
    if person is not None and by.person_id == person.pk and version.steps[0].capacity != "subject":
        raise Refused("own_case", _("Nobody opens a case that is about himself or herself. Ask another officer."))


def hash_of_the_law() -> str:
    """SHA-256 over the articles and the procedures of the rulebook as they are read today."""
    files = sorted((bodies.rulebook() / law.FOLDER).glob("*.yaml"))
    seen = tuple((file, (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)
    return _hash_of(corpus.opened(settings.CANBO_RULEBOOK).hash, seen)


@lru_cache(maxsize=4)
def _hash_of(articles: str, seen: tuple[tuple[Path, int, int], ...]) -> str:
    """The hash of files that stand as they were seen; read anew when one of them changes."""
    whole = hashlib.sha256(articles.encode())
    for file, _moment, _size in seen:
        whole.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def rules_of(case: Case) -> tuple[Procedure, Version]:
    """The procedure of a case and the version it keeps. Raises Refused where the rulebook has it no more."""
    try:
        kind = law.opened(bodies.rulebook())[case.procedure]
        return kind, kind.version(case.version)
    except KeyError:
        raise Refused(
            "no_procedure", _("The rulebook no longer has the steps by which this case was opened (%(procedure)s, %(version)s).")
            % {"procedure": case.procedure, "version": case.version or "-"}
        ) from None  # fmt: skip


def current(case: Case) -> Step | None:
    """The step that a case is at; None when it has ended."""
    return case.steps.filter(closed_at__isnull=True).order_by("-turn").first()


def locked(case: Case, *, turn: int | None, on: date) -> tuple[Case, Step, StepRule]:
    """The case, held until the end of the transaction, its step and the step's law.

    Raises Refused when it has ended, when `turn` (the turn that a page showed) is not the turn it is at, or when the
    day lies before what was done already.
    """
    held = Case.objects.select_for_update(of=("self",)).defer("verdict").filter(pk=case.pk).first()
    if held is None:
        raise Refused("not_there", _("There is no such case, or you may not act in it."))
    step = current(held)
    if step is None or held.state not in RUNNING:
        raise Refused("ended", _("This case has ended; nothing more is done in it."))
    stale(turn, held.turn)
    last = held.steps.filter(closed_on__isnull=False).order_by("-turn").values_list("closed_on", flat=True).first()
    if on < max(last or held.on, held.on):
        raise Refused("too_early", _("%(on)s lies before what was already done in this case.") % {"on": on})
    _require_alive(held, on)
    return held, step, rules_of(held)[1].step(step.name)


def _require_alive(case: Case, on: date) -> None:
    """Where the person of a case has died, the case goes no further than being withdrawn."""
    if case.person_id is None:
        return
    with authority.everything_in_sight():
        died = Membership.objects.filter(
            person_id=case.person_id, ending=Membership.Ending.DEATH, valid__endswith__lte=on
        ).exists()  # fmt: skip
    if died:
        raise Refused("died", _("The person of this case has died. Withdraw the case."))


def begin(case: Case, rule: StepRule, *, on: date) -> Step:
    """Open the next step, with the last day of its norm."""
    case.turn += 1
    case.save(update_fields=["turn"])
    due = deadlines.after(on, rule.norm) if rule.norm else None
    return Step.objects.create(case=case, turn=case.turn, name=rule.id, due_on=due)


def move_on(
    case: Case, step: Step, rule: StepRule, outcome: str, *, on: date, entry: Any, said: Mapping[str, Any]
) -> Step | None:
    """Close a step with its outcome and open the one it leads to; None when the case ends there."""
    _close(step, Step.State.DONE, outcome, on=on, entry=entry, said=said)
    to = rule.leads(outcome)
    if to not in law.END:
        return begin(case, rules_of(case)[1].step(to), on=on)
    case.state = ENDS[to]
    case.reason = saying.kept(said.get("why", "")) if to != "ended" else ""
    if to != "ended":
        case.ended_at = timezone.now()
    case.save(update_fields=["state", "reason", "ended_at"])
    return None


def finish(case: Case, step: Step, end: str, *, on: date, reason: str) -> None:
    """End a case at a step that is not done any more. The caller saves the case."""
    _close(step, Step.State.VOID, "", on=on, entry=case.entry, said={"why": reason})
    case.state, case.ended_at, case.reason = ENDS[end], timezone.now(), saying.kept(reason)


def _close(step: Step, state: str, outcome: str, *, on: date, entry: Any, said: Mapping[str, Any]) -> None:
    told = {**said, "why": saying.kept(said["why"])} if "why" in said else said
    step.state, step.outcome, step.said = state, outcome, {**step.said, **told}
    step.closed_at, step.closed_on, step.entry = timezone.now(), on, entry
    step.save(update_fields=["state", "outcome", "said", "closed_at", "closed_on", "entry"])


def judged(case: Case, person: Person, topic: str, *, on: date) -> Verdict:
    """What the articles of a topic say of a person in the case's post, for the day on which the case is to hold.

    The law is that of the day of asking; where the case keeps an earlier law, that of the day it was opened. It is
    asked in the register's own language, so that what is kept does not depend on who reads. What only the vote of the
    case itself will show is not asked before it.
    """
    kind, version = rules_of(case)
    day = case.on if version.running == "kept" and not version.in_force(on) else on
    with authority.everything_in_sight(), translation.override(settings.LANGUAGE_CODE):
        post = case.post or grounds.elected_to(case, kind)
        about = facts.about(person, post, on=on) if post is not None else facts.of_person(person, on=on)
        about = {**about, **grounds.of_case(case, kind, person, on=on)}
        verdict = explain(corpus.opened(settings.CANBO_RULEBOOK), topic=topic, facts=about, on=day)
    if verdict.outcome == "unknown" and {lack.spec.name for lack in verdict.missing} <= grounds.SHOWN_BY_VOTE:
        return replace(verdict, outcome="pass") if not case.counts.exists() else verdict
    return verdict


def require_facts(case: Case, rule: StepRule) -> None:
    """Refuse a vote, a signature or a step that asks the articles while they cannot be answered. Raises Refused.

    What prepares the case goes on meanwhile: a notice is due on its day, whatever is still missing.
    """
    if case.state != Case.State.INCOMPLETE or not (rule.topics or rule.does in ("vote", "sign")):
        return
    lacking = [article["reason"] for article in (case.verdict or {}).get("articles", []) if article["outcome"] == "unknown"]
    raise Refused(
        "waits_for_facts",
        _(
            "The case waits for facts. Before they are there nobody votes or signs, and no step is done that asks the articles. %(why)s"
        )
        % {"why": saying.together(lacking)},
    )


@kept_when_refused
def judge_again(*, case: Case, by: Account, on: date, turn: int | None = None, key: str | None = None) -> Case:
    """Ask the articles again of every name whose facts were missing, after somebody entered them."""
    authority.require(by, "case.draft", over=case.organization)
    if once.earlier(key, JUDGED) is not None:
        return Case.objects.get(pk=case.pk)
    held, step, _rule = locked(case, turn=turn, on=on)
    told = ask_again(held, step, held.candidates.select_for_update().filter(state=Candidate.State.INCOMPLETE), on=on)
    entries.record(JUDGED, by=by, about=held, on=on, key=key, payload={"outcomes": told})
    return held


def ask_again(case: Case, step: Step, waiting: Iterable[Candidate], *, on: date) -> dict[str, str]:
    """Judge names again that waited for facts; the outcome of each by the number of its person."""
    kind, _version = rules_of(case)
    told: dict[str, str] = {}
    for name in waiting:
        verdict = judged(case, name.person, kind.topic or "appointment", on=on)
        name.state, name.verdict = STATES[verdict.outcome], verdict.to_dict()
        name.save(update_fields=["state", "verdict"])
        told[str(name.person_id)] = verdict.outcome
    if case.person_id is not None:
        _known_again(case, step, on=on)
    return told


def _known_again(case: Case, step: Step, *, on: date) -> None:
    """How a case about one known person stands after its name was judged again."""
    name = case.candidates.get(person=case.person)
    case.verdict = name.verdict
    if name.state == Candidate.State.REFUSED:
        finish(case, step, "refused", on=on, reason=_("The rulebook refuses it."))
    elif name.state == Candidate.State.THROUGH:
        case.state = Case.State.OPEN
    case.save(update_fields=["verdict", "state", "ended_at", "reason"])


@kept_when_refused
def withdraw(*, case: Case, by: Account, on: date, reason: str, turn: int | None = None, key: str | None = None) -> Case:
    """Take a case back before it is decided, with a reason that stays."""
    authority.require(by, "case.open", over=case.organization)
    if once.earlier(key, WITHDRAWN) is not None:
        return Case.objects.get(pk=case.pk)
    if not reason.strip():
        raise Refused("no_reason", _("Say why the case is taken back; the reason stays with it."))
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    step = current(held)
    if step is None or held.state not in RUNNING:
        raise Refused("ended", _("This case has ended; nothing more is done in it."))
    stale(turn, held.turn)
    entry = entries.record(WITHDRAWN, by=by, about=held, on=on, key=key, payload={"reason": reason})
    _close(step, Step.State.VOID, "", on=on, entry=entry, said={"why": reason})
    held.state, held.ended_at, held.reason = Case.State.WITHDRAWN, timezone.now(), reason.strip()
    held.save(update_fields=["state", "ended_at", "reason"])
    return held


def law_ended(case: Case, *, on: date) -> bool:
    """Whether the version that a case keeps has ended, and says that running cases begin anew."""
    _kind, version = rules_of(case)
    return version.running == "restarted" and not version.in_force(on)


def restart(case: Case, *, by: Account, on: date) -> Step:
    """Begin a running case anew under the law of the day; what was done stays, as it was done, and counts no more."""
    kind, version = rules_of(case)
    fresh, step = kind.on(on), current(case)
    if fresh is None or step is None:
        raise Refused("no_procedure", _("The law of this procedure has ended, and no other has taken its place."))
    entry = entries.record(RESTARTED, by=by, about=case, on=on, payload={"from": version.id, "to": fresh.id})
    _close(step, Step.State.VOID, "", on=on, entry=entry, said={"why": _("The law changed while the case ran: it begins anew.")})
    case.candidates.exclude(person=case.person).filter(state=Candidate.State.THROUGH).update(state=Candidate.State.OUT)
    case.version = fresh.id
    case.save(update_fields=["version"])
    return begin(case, fresh.steps[0], on=on)


def said(title: Mapping[str, str]) -> str:
    """A title of the rulebook in the reader's language."""
    return title.get(translation.get_language() or "en") or title["en"]


def names(case: Case) -> list[Candidate]:
    """The names that are still in, in the order in which they were put."""
    return list(case.candidates.filter(state=Candidate.State.THROUGH).defer("verdict").order_by("pk"))

"""Drafts of law: written by one person, passed by another, and from then on law in this installation.

    draft = save(...)      kept as it stands, also with mistakes
    submit(draft, ...)     only what loads, whose examples come out, and which contradicts nothing without a reason
    approve(draft, ...)    by a second person: the text goes into the installation's own folder, its hash into the journal

A text is law because the journal says so: a file for which no approval is recorded decides nothing (`passed`). So the
file is written first and the act committed after it; a crash in between leaves a file that is passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from canbo.journal import entries, verifier
from canbo.journal.models import Content, Entry
from canbo.procedures.models import Draft
from canbo.registry import authority, once
from canbo.registry.constraints import name_of
from canbo.registry.models import Account
from canbo.rules import corpus, drafts
from canbo.rules.corpus import Corpus
from canbo.rules.drafts import Attempt
from canbo.rules.findings import FILE as FINDINGS

SAVED, SUBMITTED, APPROVED, REJECTED, WITHDRAWN = (
    f"rules.draft_{act}" for act in ("saved", "submitted", "approved", "rejected", "withdrawn")
)
OPEN = (Draft.State.DRAFT, Draft.State.REJECTED, Draft.State.WITHDRAWN)
#: For how long a finding that was accepted with an article need not be looked at again.
ACCEPTED_FOR = timedelta(days=365)
LONGEST_ID = 180  # the name of a file holds it, with a hash and an ending
SECOND_PERSON = "draft_decided_by_another"


class DraftRefused(ValueError):
    """What a draft cannot do now; the text says why. `findings` are those that want a reason first."""

    def __init__(self, sentence: str, findings: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(sentence)
        self.findings = tuple(findings)


# ---- what an author does


@transaction.atomic
def save(*, draft: Draft | None, title: str, text: str, reason: str, by: Account, key: str | None = None) -> Draft:
    """Keep a draft as it stands, new or once more; it may be full of mistakes. Only its author changes it.

    Raises NotAllowed, DraftRefused, KeyUsed.
    """
    authority.require(by, "rules.draft")
    if draft is not None:
        draft = _locked(draft)
    if (earlier := once.earlier(key, SAVED)) is not None:
        return _of(earlier)
    draft = draft or Draft(author=by)
    if draft.author_id != by.pk:
        raise DraftRefused(_("This draft is somebody else’s. Start one of your own from its text."))
    if draft.state not in OPEN:
        raise DraftRefused(_("This draft is no longer open. Take it back first, or start a new one from its text."))
    if not title.strip():
        raise DraftRefused(_("A draft needs a title by which others find it."))
    if len(text) > drafts.LARGEST:
        raise DraftRefused(
            _("The text has %(found)s characters; an article has at most %(most)s.")
            % {"found": len(text), "most": drafts.LARGEST}
        )
    draft.title, draft.text, draft.reason = title.strip()[:200], text.replace("\r\n", "\n"), reason.strip()
    draft.article = drafts.name_in(draft.text)
    draft.state, draft.decided_by, draft.decision_reason, draft.acceptances = Draft.State.DRAFT, None, "", []
    return _acted(draft, SAVED, by, key, {"title": draft.title, "sha256": digest(draft.text)})


@transaction.atomic
def submit(*, draft: Draft, by: Account, accept: Mapping[str, str] | None = None, key: str | None = None) -> Draft:
    """Hand a draft over to a second person. `accept`: a reason for each new finding, by `finding_key`.

    Raises NotAllowed, KeyUsed; DraftRefused where it does not load, where an example comes out otherwise, where it changes
    nothing, or where the prover finds something new for which no reason is given.
    """
    authority.require(by, "rules.draft")
    draft = _locked(draft)
    if (earlier := once.earlier(key, SUBMITTED)) is not None:
        return _of(earlier)
    if draft.author_id != by.pk:
        raise DraftRefused(_("Only its author submits a draft."))
    if draft.state not in OPEN:
        raise DraftRefused(_("This draft has been submitted already."))
    if not draft.reason:
        raise DraftRefused(_("Say first why the law should say so: the second person decides by that."))
    tried = ready(draft.text)
    found = consequences(tried)
    reasons = {name: said.strip() for name, said in (accept or {}).items() if said.strip()}
    lacking = [finding for finding in found if finding_key(finding) not in reasons]
    if lacking:
        raise DraftRefused(_("The prover finds something new. Change the draft, or say why it may stand."), lacking)
    draft.acceptances = [
        {**{name: each[name] for name in ("kind", "articles", "hash", "text")}, "reason": reasons[finding_key(each)]}
        for each in found
    ]
    draft.state, draft.base = Draft.State.SUBMITTED, in_force(tried)
    told = {"article": draft.article, "sha256": digest(draft.text), "accepted": draft.acceptances}
    return _acted(draft, SUBMITTED, by, key, told)


@transaction.atomic
def withdraw(*, draft: Draft, by: Account, key: str | None = None) -> Draft:
    """Take a draft back that nobody has decided yet. Raises NotAllowed, DraftRefused, KeyUsed."""
    authority.require(by, "rules.draft")
    draft = _locked(draft)
    if (earlier := once.earlier(key, WITHDRAWN)) is not None:
        return _of(earlier)
    if draft.author_id != by.pk:
        raise DraftRefused(_("Only its author takes a draft back."))
    if draft.state not in (Draft.State.DRAFT, Draft.State.SUBMITTED):
        raise DraftRefused(_("Nothing of this draft is open any more."))
    draft.state = Draft.State.WITHDRAWN
    return _acted(draft, WITHDRAWN, by, key, {})


# ---- what the second person does


@transaction.atomic
def reject(*, draft: Draft, by: Account, reason: str, key: str | None = None) -> Draft:
    """Turn a draft down, with the reason. Raises NotAllowed, DraftRefused, KeyUsed."""
    draft, earlier = _to_decide(draft, by, REJECTED, key)
    if earlier is not None:
        return earlier
    if not reason.strip():
        raise DraftRefused(_("Say why: a draft is turned down with a reason."))
    draft.state, draft.decided_by, draft.decision_reason = Draft.State.REJECTED, by, reason.strip()
    return _acted(draft, REJECTED, by, key, {"reason": draft.decision_reason})


@transaction.atomic
def approve(*, draft: Draft, by: Account, reason: str = "", key: str | None = None) -> Draft:
    """Make a draft law in this installation; what was true when it was submitted must be true still.

    Raises NotAllowed, DraftRefused, KeyUsed; OSError where the text cannot be written.
    """
    draft, earlier = _to_decide(draft, by, APPROVED, key)
    if earlier is not None:
        return earlier
    with connection.cursor() as cursor:  # of two approvals at one moment the second sees what the first made law
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rules.draft_approved'))")
    corpus.look_again()
    tried = ready(draft.text)
    if in_force(tried) != draft.base:
        raise DraftRefused(
            _("The article in force has changed since this was submitted. Turn it down, and let it be drafted anew.")
        )
    signed = {(each["kind"], tuple(each["articles"]), each["hash"]) for each in draft.acceptances}
    fresh = [each for each in consequences(tried) if (each["kind"], tuple(each["articles"]), each["hash"]) not in signed]
    if fresh:
        raise DraftRefused(_("Since it was submitted the law has changed; the prover now finds something new."), fresh)
    _write(draft, by)
    draft.state, draft.decided_by, draft.decision_reason = Draft.State.APPROVED, by, reason.strip()
    told = {"article": draft.article, "sha256": digest(draft.text), "author": draft.author_id, "accepted": draft.acceptances}
    decided = _acted(draft, APPROVED, by, key, {**told, "reason": draft.decision_reason})
    transaction.on_commit(lambda: _tidy(draft))
    return decided


def _to_decide(draft: Draft, by: Account, act: str, key: str | None) -> tuple[Draft, Draft | None]:
    """The draft, locked and fit to be decided by this person; or what the same key did before."""
    authority.require(by, "rules.approve")
    draft = _locked(draft)
    if (earlier := once.earlier(key, act)) is not None:
        return draft, _of(earlier)
    if draft.author_id == by.pk:
        raise DraftRefused(_("Nobody decides on a draft of his or her own: it takes a second person."))
    if draft.state != Draft.State.SUBMITTED:
        raise DraftRefused(_("This draft does not wait for a decision."))
    return draft, None


def _locked(draft: Draft) -> Draft:
    return Draft.objects.select_for_update(of=("self",)).select_related("author").get(pk=draft.pk)


def _of(entry: Entry) -> Draft:
    return Draft.objects.get(pk=int(entry.about_id or 0))


def _acted(draft: Draft, act: str, by: Account, key: str | None, told: Mapping[str, Any]) -> Draft:
    """Write the draft with the entry of the act. A key that a call at the same moment used first gives back what it did."""
    try:
        with transaction.atomic():
            draft.save()
            draft.entry = entries.record(act, by=by, about=draft, key=key, payload={"draft": draft.pk, **told})
            draft.save(update_fields=["entry"])
    except entries.AlreadyRecorded as first:
        once.same(first.entry, act)
        return _of(first.entry)
    except IntegrityError as problem:
        if name_of(problem) == SECOND_PERSON:
            raise DraftRefused(_("Nobody decides on a draft of his or her own: it takes a second person.")) from problem
        raise
    return draft


# ---- what a draft is held against


def law() -> Corpus:
    """The law of this installation as it is now."""
    return corpus.opened(settings.CANBO_RULEBOOK)


def ready(text: str) -> Attempt:
    """A text that could be law. Raises DraftRefused with the first thing that stands in the way."""
    tried, language = drafts.attempt(law(), text), get_language()[:2]
    if not tried.loads:
        raise DraftRefused(_("The text cannot be law as it stands: %(why)s") % {"why": tried.problems[0].say(language)})
    wrong = next((shown for shown in tried.examples if shown.wrong is not None), None)
    if wrong is not None and wrong.wrong is not None:
        raise DraftRefused(
            _("The example in line %(line)s comes out otherwise: %(why)s")
            % {"line": wrong.example.line, "why": wrong.wrong.say(language)}
        )
    article = tried.article
    if article is None or len(article.id) > LONGEST_ID:
        raise DraftRefused(_("The id is too long: at most %(most)s characters.") % {"most": LONGEST_ID})
    if article.id in law().articles and law().text(article.id).strip() == text.strip():
        raise DraftRefused(_("This is word for word the article in force: there is nothing to decide."))
    return tried


def consequences(tried: Attempt) -> list[dict[str, Any]]:
    """What the prover finds with this text that it does not find without it."""
    return drafts.consequences(law(), tried.law, [tried.article.id]) if tried.article is not None else []


def in_force(tried: Attempt) -> str:
    """The hash of the text that the draft would replace; empty where it is new."""
    name = tried.article.id if tried.article is not None else ""
    return digest(law().text(name)) if name in law().articles else ""


def finding_key(finding: Mapping[str, Any]) -> str:
    """What names a finding in a form."""
    return ":".join([finding["kind"], *finding["articles"]])


def digest(text: str) -> str:
    """SHA-256 of a text as it stands in a file."""
    return hashlib.sha256(text.encode()).hexdigest()


# ---- the installation's own folder


def folder() -> Path:
    """Where own articles lie."""
    return Path(settings.CANBO_RULEBOOK_OWN)


def passed() -> Collection[str]:
    """SHA-256 of each text that is law here: of each article the one approved last, as the journal has it."""
    latest: dict[str, str] = {}
    kept = Content.objects.filter(entry__act=APPROVED).select_related("entry").order_by("entry_id")
    for each in kept:
        if verifier.commitment(bytes(each.salt), each.payload) == bytes(each.entry.commitment or b""):
            told = json.loads(each.payload)
            latest[told["article"]] = told["sha256"]
    return latest.values()


def unvouched() -> list[str]:
    """What is wrong with the own folder, one sentence each: texts that nobody approved, and approved ones that are gone."""
    approved = set(passed())
    found = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in corpus.own_files(folder())}
    wrong = [
        _("%(file)s is not in the journal as approved: it decides nothing. Remove it, or submit its text as a draft.")
        % {"file": file}
        for sha, file in found.items()
        if sha not in approved
    ]
    gone = Draft.objects.filter(state=Draft.State.APPROVED).order_by("pk")
    lost = [each for each in gone if (sha := digest(each.text)) in approved and sha not in found]
    return wrong + [
        _("The approved text of %(article)s (draft %(number)s) is not in %(folder)s: the shipped law decides in its place.")
        % {"article": each.article, "number": each.pk, "folder": folder()}
        for each in lost
    ]


def file_of(article: str, sha: str) -> Path:
    """The file of a text: the article's id with its strokes doubled, and the beginning of the text's hash."""
    return folder() / f"{article.replace('/', '__')}.{sha[:16]}.yaml"


def _write(draft: Draft, by: Account) -> None:
    _put(file_of(draft.article, digest(draft.text)), draft.text)
    if draft.acceptances:
        file = folder() / FINDINGS
        held = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {"accepted": []}
        today = date.today()
        held["accepted"] += [
            {
                "kind": each["kind"], "articles": list(each["articles"]), "hash": each["hash"],
                "reason": {"en": each["reason"], "vi": each["reason"]}, "signer": f"{draft.author.label}; {by.label}",
                "accepted_on": today, "expires": today + ACCEPTED_FOR,
            }
            for each in draft.acceptances
        ]  # fmt: skip
        _put(file, yaml.safe_dump(held, allow_unicode=True, sort_keys=False))


def _put(file: Path, text: str) -> None:
    """Write a file whole or not at all, and so that it outlives the loss of power."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8", newline="\n") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tidy(draft: Draft) -> None:
    """Once the act is committed: the versions before it go, and this process looks anew."""
    kept = file_of(draft.article, digest(draft.text))
    for file in folder().glob(f"{draft.article.replace('/', '__')}.*.yaml"):
        if file != kept:
            file.unlink(missing_ok=True)
    corpus.look_again()

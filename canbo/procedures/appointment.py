"""Appointment: may this person hold this post, and the nomination that opens a case."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import translation

from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.procedures.models import Case
from canbo.registry import authority, facts, looking, once
from canbo.registry.models import Account, Person, Post
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.explain import Verdict, explain

TOPIC = "appointment"
NOMINATED = "appointment.nominated"
STATES = {"pass": Case.State.OPEN, "fail": Case.State.REFUSED, "unknown": Case.State.INCOMPLETE}


def may(*, person: Person, post: Post, by: Account, on: date) -> Verdict:
    """What the rulebook says of this person in this post on the day: allowed, refused or incomplete, with reasons.

    Asking changes nothing but the log of who looked. Raises NotAllowed when `by` may not read the file.
    """
    authority.require(by, "person.read", over=person)
    looking.looked_at_file(person, by=by, on=on, classes=["verdict"])
    return _verdict(person=person, post=post, on=on)


@transaction.atomic
def nominate(*, person: Person, post: Post, by: Account, on: date, key: str | None = None) -> Case:
    """Open an appointment case by naming one person for one post.

    A nomination that the rulebook refuses is still a case: it stays on record with its reasons, so that anyone
    entitled may later read who tried and why it failed. `key` makes it happen once. Nobody nominates himself.
    Raises NotAllowed, NotInRegister, KeyUsed.
    """
    authority.require(by, "appointment.nominate", over=post)
    authority.require(by, "person.read", over=person)
    authority.refuse_own_file(by, "appointment.nominate", person)
    post = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    earlier = once.earlier(key, NOMINATED)
    if earlier is not None:
        return _opened_earlier(earlier, person, post)
    with translation.override(settings.LANGUAGE_CODE):  # what is kept does not depend on who reads in which language
        verdict = _verdict(person=person, post=post, on=on)
    case = Case(
        procedure=TOPIC, state=STATES[verdict.outcome], person=person, post=post, on=on,
        verdict=verdict.to_dict(), rulebook=verdict.corpus, opened_by=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            case.save(force_insert=True)
            case.entry = entries.record(
                NOMINATED, by=by, about=case, on=on, key=key,
                payload={"person": person.pk, "post": post.pk, "state": case.state, "verdict": case.verdict},
            )  # fmt: skip
            case.save(update_fields=["entry"])
    except entries.AlreadyRecorded as first:
        once.same(first.entry, NOMINATED)
        return _opened_earlier(first.entry, person, post)
    return case


def _opened_earlier(entry: Entry, person: Person, post: Post) -> Case:
    """The case that this entry opened; it must be about the same person and post. Raises KeyUsed."""
    case = Case.objects.filter(entry=entry, person=person, post=post).first()
    if case is None:
        raise once.KeyUsed(
            _("The key %(key)s was used for another nomination (entry %(entry)s). Give every act a key of its own.")
            % {"key": entry.key, "entry": entry.pk}
        )
    return case


def _verdict(*, person: Person, post: Post, on: date) -> Verdict:
    rulebook = corpus.opened(settings.CANBO_RULEBOOK)
    return explain(rulebook, topic=TOPIC, facts=facts.about(person, post, on=on), on=on)

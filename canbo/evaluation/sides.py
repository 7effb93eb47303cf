"""Opinions from many sides on the people of a body: a round is opened, answered, closed; beside the score, never in it.

An answer is sealed the moment it comes, under a key outside the database that is destroyed when the round is closed. What is
left then are sums of sides that are large enough (docs/decisions/0032-many-sides.md: what this holds against, and what not).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from canbo.ballots import keys
from canbo.ballots.refused import Refused as KeyGone
from canbo.evaluation import inputs, raters, tallying
from canbo.evaluation.models import Asked, Doubt, Round, Sealed, Served
from canbo.evaluation.refusals import Refused, kept_when_refused, one_at_a_time, require_no_tie
from canbo.journal import entries
from canbo.journal.models import Entry
from canbo.registry import authority, once, queries
from canbo.registry.models import Account, Organization
from canbo.registry.saying import sentence as _
from canbo.rules import corpus
from canbo.rules.evaluation.periods import Period, parse
from canbo.rules.evaluation.sides import Sides, sides_of

OPENED, ANSWERED, CLOSED, TAKEN, SETTLED = "sides.opened", "sides.answered", "sides.closed", "served.taken", "doubt.answered"
ABANDONED = "sides.abandoned"
OPEN, ANSWER, SETTLE = "sides.open", "sides.answer", "sides.settle"
KEY = "holding"
ROOM = 8192  # octets of every answer before it is sealed: marks, and the longest text in any script


def law() -> Sides:
    """What the rulebook asks of many sides."""
    return sides_of(corpus.opened(settings.CANBO_RULEBOOK).path)


@kept_when_refused("organization")
def open_round(
    *, organization: Organization, period: str, closes_on: date, by: Account, on: date, anonymous: bool = True, beneath: bool = False,
    key: str | None = None,
) -> Round:  # fmt: skip
    """Ask many sides about everybody evaluated in a body in a period; whom, the register says.

    anonymous  nothing is kept of who said what, and no side with fewer answers than the rulebook's least is shown; else every
               answer is signed, and everybody is told so before answering
    beneath    also about the people of the bodies beneath

    Raises Refused: a body of two (each knows who the other is), nobody who could be asked, a round that is open already.
    """
    authority.require(by, OPEN, over=organization)
    earlier = once.earlier(key, OPENED)
    if earlier is not None:
        return _opened(earlier)
    told, span = law(), _span(period, on)
    if not on < closes_on <= on + timedelta(days=told.days):
        raise Refused("closes", _("A round is open from tomorrow on, for at most %(days)s days.") % {"days": told.days})
    one_at_a_time(f"round {organization.pk}")
    ident = secrets.token_hex(16)
    with authority.everything_in_sight():  # whoever asks need not see the heads of the bodies beside
        bodies = queries.subtree(organization.pk, on=min(on, span.last)) if beneath else [organization.pk]
        if anonymous and not beneath and (there := len(inputs.members(bodies, span))) <= 2:
            raise Refused(
                "body_of_two",
                _("%(count)s people serve here: whoever is rated would know who answered. Nobody is asked anonymously in a body of two.")
                % {"count": there},
            )  # fmt: skip
        found = raters.drawn(bodies, span, told, ident=ident, anonymous=anonymous, on=on)
        if not any(not each.excluded for each in found.asked):
            raise Refused(
                "nobody_asked",
                _("No side here has %(least)s people who could be asked: with fewer nothing would be shown, and nobody is asked.")
                % {"least": told.least if anonymous else 1},
            )  # fmt: skip
        questions = [{"name": name, "title": dict(each.title), "sides": each.sides} for name, each in told.questions.items()]
        excluded = sum(bool(each.excluded) for each in found.asked)
        payload = {
            "period": period, "closes_on": str(closes_on), "anonymous": anonymous, "beneath": beneath, "least": told.least,
            "asked": len(found.asked) - excluded, "excluded": excluded, "too_small": len(found.small),
        }  # fmt: skip
        entry = entries.record(OPENED, by=by, about=organization, on=on, key=key, payload=payload)
        made = Round.objects.create(
            organization=organization, beneath=beneath, period=period, anonymous=anonymous, questions=questions, least=told.least,
            ident=ident, opened_by=by, opened_on=on, closes_on=closes_on, entry=entry,
        )  # fmt: skip
        Asked.objects.bulk_create(
            Asked(round=made, organization_id=one.organization, rater_id=one.rater, ratee_id=one.ratee, side=one.side, excluded=one.excluded)
            for one in found.asked
        )  # fmt: skip
    keys.make(ident, KEY)
    return made


def _opened(earlier: Entry) -> Round:
    """The round that an entry opened; once it is closed, it stands under the entry of its closing."""
    told = earlier.payload or {}
    held = Round.objects.filter(Q(entry=earlier) | Q(
        state=Round.State.CLOSED, organization_id=earlier.about_id, period=told["period"], closes_on=told["closes_on"], anonymous=told["anonymous"],
    ))  # fmt: skip
    return held.order_by("-pk")[:1].get()


def _span(period: str, on: date) -> Period:
    span = parse(period)
    if span is None:
        raise Refused("period", _("A period looks like 2026, 2026-Q1 or 2026-03."))
    if on < span.first:
        raise Refused("not_begun", _("%(period)s has not begun.") % {"period": period})
    return span


@kept_when_refused("asked")
def answer(
    *, asked: Asked, marks: Mapping[str, int | None], by: Account, on: date, text: str = "", key: str | None = None
) -> Asked:
    """Answer what one is asked about somebody, once: a mark for each question of the side, None for "I cannot say".

    The entry in the journal says that an answer came, and nothing of what it says. Raises Refused: kin of the rated person,
    answered already, a round that is over, marks that do not fit.
    """
    authority.require(by, ANSWER, over=asked.rater)
    if once.earlier(key, ANSWERED) is not None:
        return Asked.objects.get(pk=asked.pk)
    with authority.everything_in_sight():
        held = _sharing(asked)
        if held.excluded:
            raise Refused("conflict", _(EXCLUDED[held.excluded]))
        require_no_tie(by, held.ratee, on=on, known=False)
        if held.answered:
            raise Refused("answered", _("You answered this already. What you said lies sealed, and cannot be taken back."))
        _require_running(held.round)
        if held.round.state != Round.State.OPEN or on > held.round.closes_on:
            raise Refused("closed", _("This round ended on %(day)s.") % {"day": held.round.closed_on or held.round.closes_on})
        given = _marks(held, marks)
        said = {"side": held.side, "ratee": held.ratee_id, "marks": given, "text": _plain(text)}
        secret = _secret(held.round)
        said["rater"] = keys.mark(secret, str(held.rater_id).encode()).hex()
        sealed = keys.seal(secret, json.dumps(said, ensure_ascii=False).encode().ljust(ROOM), about=held.round.ident.encode())
        entries.record(ANSWERED, by=by, about=held, on=on, key=key, payload={"round": held.round_id})
        held.answered = True
        held.save(update_fields=["answered"])
        Sealed.objects.bulk_create([Sealed(id=os.urandom(16), round=held.round, text=sealed)])
    return held


EXCLUDED = {
    "self": gettext_noop("Nobody acts in a matter that is his or her own."),
    "kinship": gettext_noop("You are a relative of this person: you are not asked, and nothing of you counts here."),
    "interest": gettext_noop(
        "You and this person have a part in the same enterprise: you are not asked, and nothing of you counts here."
    ),
}


def _sharing(asked: Asked) -> Asked:
    """The line of whoever answers, alone; its round, which cannot close before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM evaluation_round WHERE id = %s FOR SHARE", [asked.round_id])
    return (
        Asked.objects.select_for_update(no_key=True, of=("self",))
        .select_related("round", "ratee", "rater").get(pk=asked.pk)
    )  # fmt: skip


def _marks(held: Asked, marks: Mapping[str, int | None]) -> dict[str, int | None]:
    told = law()
    wanted = [each["name"] for each in held.round.questions if held.side in each["sides"]]
    if set(marks) != set(wanted) or any(
        mark is not None and (isinstance(mark, bool) or mark not in range(told.low, told.high + 1)) for mark in marks.values()
    ):
        raise Refused(
            "marks",
            _("Give each question a mark from %(low)s to %(high)s, or say that you cannot tell.") % {"low": told.low, "high": told.high},
        )  # fmt: skip
    return {name: marks[name] for name in wanted}


def _plain(text: str) -> str:
    """What was written beside the marks, without what no reader could see."""
    most = law().letters
    found = "".join(letter for letter in text.strip() if letter.isprintable() or letter == "\n")
    if len(found) > most:
        raise Refused("text", _("At most %(most)s letters beside the marks.") % {"most": most})
    return found


def _secret(round_: Round) -> bytes:
    try:
        return keys.read(round_.ident, KEY)
    except KeyGone as problem:
        lost = _("Where that cannot be done, the answers can no longer be read: give the round up, and ask anew.")
        raise Refused("key", f"{problem} {lost}") from None


@kept_when_refused("round")
def close(*, round: Round, by: Account, on: date, key: str | None = None) -> Round:
    """Close a round on its last day or later, or once everybody answered: add up what was said, destroy the answers and the key.

    Severity is estimated and shown beside; what looks like a ring, inflation or a copied text becomes a question to people.
    Raises Refused: too early, a key that is gone.
    """
    authority.require(by, OPEN, over=round.organization)
    with authority.everything_in_sight():
        held = Round.objects.select_for_update(no_key=True, of=("self",)).get(pk=round.pk)
        if once.earlier(key, CLOSED) is not None or held.state == Round.State.CLOSED:
            return held
        _require_running(held)
        waiting = held.asked.filter(excluded="", answered=False).count()
        if waiting and on < held.closes_on:
            raise Refused(
                "early", _("%(count)s answers are still to come, and the round is open until %(day)s.") % {"count": waiting, "day": held.closes_on}
            )  # fmt: skip
        secret = _secret(held)
        plain = [
            keys.unseal(secret, bytes(each), about=held.ident.encode()) for each in held.sealed.values_list("text", flat=True)
        ]
        answers = [json.loads(each) for each in plain if each is not None]
        known = {keys.mark(secret, str(each).encode()).hex(): each for each in held.asked.values_list("rater_id", flat=True)}
        tallying.tally(held, [{**each, "rater": known[each["rater"]]} for each in answers])
        told = {"answers": len(answers), "damaged": len(plain) - len(answers), "waited": waiting, **(held.result or {})}
        held.entry = entries.record(CLOSED, by=by, about=held, on=on, key=key, payload={**told, "doubts": held.doubts.count()})
        held.sealed.all().delete()
        held.result, held.state, held.closed_by, held.closed_on = told, Round.State.CLOSED, by, on
        held.save(update_fields=["result", "state", "closed_by", "closed_on", "entry"])
    transaction.on_commit(partial(keys.destroy, held.ident))
    return held


@kept_when_refused("round")
def abandon(*, round: Round, why: str, by: Account, on: date, key: str | None = None) -> Round:
    """Give up a round: its answers and its key are destroyed unread, nothing is shown, and the body may ask anew.

    For a round that cannot be closed because its key file is lost, or that should not have been opened. The entry says
    whether the key was there. Whoever was asked reads the reason. Raises Refused.
    """
    authority.require(by, OPEN, over=round.organization)
    with authority.everything_in_sight():
        held = Round.objects.select_for_update(no_key=True, of=("self",)).get(pk=round.pk)
        if once.earlier(key, ABANDONED) is not None:
            return held
        _require_running(held)
        if held.state == Round.State.CLOSED:
            raise Refused("closed_already", _("This round was closed and its answers were added up; what it says stays."))
        if not why.strip():
            raise Refused("no_reason", _("Say why the round is given up: everybody who was asked reads it."))
        there = True
        try:
            _secret(held)
        except Refused:
            there = False
        reason = why.strip()[:1000]
        told = {"why": reason, "key": there, "answers": held.sealed.count()}
        held.entry = entries.record(ABANDONED, by=by, about=held, on=on, key=key, payload=told)
        held.sealed.all().delete()
        held.state, held.why, held.closed_by, held.closed_on = Round.State.ABANDONED, reason, by, on
        held.save(update_fields=["state", "why", "closed_by", "closed_on", "entry"])
    transaction.on_commit(partial(keys.destroy, held.ident))
    return held


def _require_running(held: Round) -> None:
    if held.state == Round.State.ABANDONED:
        raise Refused(
            "given_up", _("This round was given up on %(day)s; nothing of it is shown. A new one may be opened.") % {"day": held.closed_on}
        )  # fmt: skip


@kept_when_refused("doubt")
def settle(*, doubt: Doubt, text: str, by: Account, on: date, key: str | None = None) -> Doubt:
    """Answer what the answers of a round made people ask: what was found out, and what it means. It changes no figure."""
    authority.require(by, SETTLE, over=doubt.organization)
    held = Doubt.objects.select_for_update(of=("self",)).get(pk=doubt.pk)
    if once.earlier(key, SETTLED) is not None:
        return held
    if by.person_id is not None and by.person_id in held.persons:
        raise Refused("own_matter", _("This question names you: somebody else answers it."))
    if held.answered_by_id is not None:
        raise Refused("answered", _("This question was answered; the answer stays."))
    if not text.strip():
        raise Refused("no_reason", _("Say what was found out; it stays with the question."))
    held.entry = entries.record(SETTLED, by=by, about=held, on=on, key=key, payload={"kind": held.kind, "text": text.strip()})
    held.answer, held.answered_by, held.answered_on = text.strip(), by, on
    held.save(update_fields=["answer", "answered_by", "answered_on", "entry"])
    return held


@kept_when_refused("organization")
def take_served(
    *, organization: Organization, period: str, counter: str, counts: list[int], basis: str, by: Account, on: date,
    key: str | None = None,
) -> Served:  # fmt: skip
    """Take in how satisfied those were whom a body served at a counter: how many gave each mark, the last: no mark.

    Told once for a counter and period; what was wrong is not rewritten. Raises Refused.
    """
    authority.require(by, OPEN, over=organization)
    earlier = once.earlier(key, TAKEN)
    if earlier is not None:
        return Served.objects.get(entry=earlier)
    told = law()
    _span(period, on)
    if len(counts) != told.high - told.low + 2 or any(number < 0 for number in counts) or not sum(counts):
        raise Refused("counts", _("Say for each mark from %(low)s to %(high)s how many gave it, and how many gave none.")
                      % {"low": told.low, "high": told.high})  # fmt: skip
    if not counter.strip() or not basis.strip():
        raise Refused("no_basis", _("Name the counter, and where the figures come from."))
    payload = {"period": period, "counter": counter.strip(), "counts": counts, "basis": basis.strip()}
    entry = entries.record(TAKEN, by=by, about=organization, on=on, key=key, payload=payload)
    return Served.objects.create(
        organization=organization, period=period, counter=counter.strip(), counts=counts, basis=basis.strip(), taken_by=by, taken_on=on,
        entry=entry,
    )  # fmt: skip

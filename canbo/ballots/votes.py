"""A vote as a row: found, locked, asked whether its state allows an act, moved on, and told to the journal."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from canbo.ballots import keys
from canbo.ballots.models import Election, Voter
from canbo.ballots.refused import Refused
from canbo.journal import entries
from canbo.journal.entries import Actor

State, Tier = Election.State, Election.Tier


def require_state(vote: Election, *states: str) -> None:
    """Raise Refused (state) unless the vote is in one of these states."""
    if vote.state not in states:
        sentences = {
            State.PREPARED: _("This vote has not been opened yet."),
            State.OPEN: _("This vote is open; that is done before or after."),
            State.CLOSED: _("This vote is closed."),
            State.ABANDONED: _("This vote was ended without a count."),
        }
        raise Refused("state", sentences[State(vote.state)])


def require_in_time(vote: Election) -> None:
    """Raise Refused (late) after the hour of closing."""
    if timezone.now() >= vote.closes:
        raise Refused("late", _("The hour of closing has passed; nothing is accepted any more."))


def require_open(vote: Election) -> None:
    """Raise Refused (state, late) unless ballots are given and taken now."""
    require_state(vote, State.OPEN)
    require_in_time(vote)


def require_tier(vote: Election, tier: str) -> None:
    """Raise Refused (state) for a vote of the other tier."""
    if vote.tier != tier:
        raise Refused(
            "state", _("This vote is held on paper.") if vote.tier == Tier.PAPER else _("This vote is not held on paper.")
        )


def found(election: int) -> Election:
    """The vote with this number. Raises Refused (state)."""
    vote = Election.objects.filter(pk=election).first()
    if vote is None:
        raise Refused("state", _("There is no such vote."))
    return vote


def locked(election: int) -> Election:
    """The vote, alone until this transaction ends: nobody casts meanwhile."""
    return found(Election.objects.select_for_update(no_key=True).filter(pk=election).values_list("pk", flat=True).first() or 0)


def sharing(election: int) -> Election:
    """The vote, which cannot close before this transaction ends; others may share it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM ballots_election WHERE id = %s FOR SHARE", [election])
    return found(election)


def line_of(vote: Election, voter: int) -> Voter:
    """The locked line of a voter on the roll. Raises Refused (roll)."""
    line = Voter.objects.select_for_update(no_key=True).filter(election=vote, person=voter).first()
    if line is None:
        raise Refused("roll", _("You do not stand on the roll of this vote."))
    return line


def move(vote: Election, state: str, *more: str) -> None:
    """Write another state; the database refuses one that goes back."""
    vote.state = state
    vote.save(update_fields=["state", *more])


def forget_keys(vote: Election) -> None:
    """Destroy the keys once this is committed, and not before; a crash in between is made good by closing again."""
    transaction.on_commit(partial(keys.destroy, vote.ident))


def record(act: str, vote: Election, *, by: Actor | None, key: str | None, **payload: Any) -> None:
    """Leave the entry of an act. Raises Refused (used) where its key was used in the same moment."""
    try:
        entries.record(act, by=by, about=vote, on=timezone.localdate(), payload=payload, key=key)
    except entries.AlreadyRecorded as first:
        raise Refused(
            "used", _("This was done already, in the same moment (entry %(entry)s).") % {"entry": first.entry.pk}
        ) from first


def done(key: str | None, act: str) -> Election | None:
    """The vote upon which this act was done with this key. Raises Refused where the key belongs to another act."""
    entry = None if key is None else entries.once(key)
    if entry is None:
        return None
    if entry.act != act:
        raise Refused("used", _("The key of this act was used for another one (entry %(entry)s).") % {"entry": entry.pk})
    return found(int(entry.about_id or 0))

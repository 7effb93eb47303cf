"""A hall full of voters: votes are prepared, opened and cast here as a procedure and its voters' devices would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from canbo.ballots import device, elections
from canbo.ballots.models import Election

OFFICE, FRONT = 7, 8
OPTIONS = [{"id": "an", "label": "Nguyễn Văn An"}, {"id": "binh", "label": "Trần Thị Bình"}, {"id": "chi", "label": "Lê Chi"}]
ONE = {"kind": "one"}


class Clerk:
    """By whom votes are prepared here."""

    pk = 5
    label = "Office of the committee"


def prepared(voters: int = 3, *, choose: dict[str, Any] = ONE, tier: str = "T1", **more: Any) -> Election:
    now = timezone.now()
    given: dict[str, Any] = {
        "about": "case:1", "title": "Chair of the committee", "options": OPTIONS, "choose": choose, "tier": tier,
        "roll": [(1000 + number, OFFICE) for number in range(voters)], "issuers": [OFFICE, FRONT] if tier == "T1" else [],
        "opens": now - timedelta(minutes=1), "closes": now + timedelta(hours=1), "by": Clerk,
    }  # fmt: skip
    return elections.prepare(**given | more)


def opened(voters: int = 3, *, present: int | None = None, **more: Any) -> Election:
    vote = elections.open(election=prepared(voters, **more).pk, by=Clerk)
    if present is None:  # all of them at one stroke: many votes of many voters are held here
        vote.roll.update(present=True)
    for number in range(present or 0):
        elections.mark_present(election=vote.pk, voter=1000 + number, by=Clerk)
    return vote


def terms(vote: Election) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(vote.terms)
    return found


def signed(vote: Election, voter: int, choice: dict[str, str], **more: Any) -> dict[str, Any]:
    """A ballot that both issuers signed for this voter, ready to be cast."""
    mine = device.Vote(terms(vote), choice, **more)
    for body in (OFFICE, FRONT):
        mine.finish(body, elections.issue(election=vote.pk, voter=voter, issuer=body, blinded=mine.blinded(body), by=Clerk))
    return mine.ballot()


def voted(vote: Election, voter: int, choice: dict[str, str]) -> str:
    return elections.cast(election=vote.pk, **signed(vote, voter, choice))


def at(monkeypatch: Any, moment: datetime) -> None:
    """From here on it is this moment."""
    monkeypatch.setattr(timezone, "now", lambda: moment)


def after_closing(monkeypatch: Any, vote: Election) -> None:
    at(monkeypatch, vote.closes + timedelta(seconds=1))

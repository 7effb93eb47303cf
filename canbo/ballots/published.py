"""What is published of a closed vote: one file that anyone can recount with recount.py, and no voter in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from canbo.ballots import forms
from canbo.ballots.models import Ballot, Election


def text(vote: Election, ballots: Sequence[Ballot], count: forms.Count) -> str:
    """The file as canonical JSON: the terms, every ballot in the order of receipts, and what we counted."""
    content = {
        "kind": "canbo ballots", "v": 1, "terms": json.loads(vote.terms), "terms_sha256": bytes(vote.terms_hash).hex(),
        "ballots": [_ballot(ballot) for ballot in sorted(ballots, key=lambda ballot: ballot.receipt)], "count": count.as_dict(),
    }  # fmt: skip
    return forms.canonical(content)


def fingerprint(vote: Election) -> str:
    """The first 64 bits of the hash of the terms, in groups: the same on every voter's screen, or somebody cheats."""
    code = bytes(vote.terms_hash).hex().upper()[:16]
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


def _ballot(ballot: Ballot) -> dict[str, Any]:
    return {
        "receipt": ballot.receipt, "serial": ballot.serial, "choice": ballot.choice, "signatures": ballot.signatures,
    }  # fmt: skip

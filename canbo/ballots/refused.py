"""What this room answers when it does not do what was asked."""

from __future__ import annotations


class Refused(ValueError):
    """A clear no: `reason` for programs, the sentence for people.

    Reasons: state, early, late, roll, present, issuer, issued, unreadable, choice, forged, reused, terms, sheet, key, used.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason

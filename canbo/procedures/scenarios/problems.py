"""What is wrong with a scenario: what, whom it hits, what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `kind` is a word for programs; `what` and `do` are sentences; `whom`: codes and names."""

    kind: str
    what: str
    do: str
    whom: Sequence[str] = ()
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "what": str(self.what), "whom": list(self.whom), "do": str(self.do), "line": self.line}


@dataclass
class Report:
    """What a check found."""

    blocking: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    remits_without_owner: list[dict[str, Any]] = field(default_factory=list)
    people_unplaced: list[dict[str, Any]] = field(default_factory=list)
    holdings_without_heir: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing blocks."""
        return not self.blocking

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "blocking": [each.as_json() for each in self.blocking],
            "warnings": [each.as_json() for each in self.warnings],
            "remits_without_owner": self.remits_without_owner,
            "people_unplaced": self.people_unplaced,
            "holdings_without_heir": self.holdings_without_heir,
        }

"""What is due to one person, and to everybody whom a scenario concerns. It proposes only: people decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from canbo.procedures.models import Scenario, Waiting
from canbo.procedures.scenarios import people as concerned
from canbo.registry import authority
from canbo.registry.asking import Row
from canbo.registry.models import Account, Person
from canbo.registry.queries import NotInRegister
from canbo.registry.saying import sentence as _
from canbo.reports.caps import law
from canbo.reports.entitlements import facts
from canbo.rules.entitlements import EARLY, LEAVING, QUIT, TRAINING, Entitlement, Found, Policies, policies_of, reckon
from canbo.rules.schema import Fact

ACT = "entitlements.read"
STATED, POSSIBLE = "stated", "possible"
#: What the lines of a scenario say -> the kinds of policies among which one is chosen; the others leave only if they want to.
KINDS = {"retirement": (EARLY,), "severance": (QUIT,), "training": (TRAINING,)}
#: On which grounds somebody who is touched by a reorganisation may leave; and somebody who is not.
OWN_WISH = "own_wish"
TOUCHED = ("reorganisation", "staff_cut", OWN_WISH)
#: Only somebody who holds a post by term can be the one who is not taken for another.
NOT_REELECTED = "not_reelected"
ALONE = ("restructuring", "staff_cut", NOT_REELECTED, OWN_WISH)


@dataclass(frozen=True)
class Line:
    """One person: who, where, what the scenario says, and what the law gives.

    due     what is in the sums: the policy chosen; of somebody who is placed, the allowance that is kept; None where nothing is
            due, or where it cannot be told yet
    open    whether something is due that cannot be told yet
    """

    row: Row
    fate: str
    on: date
    found: Found | None

    @property
    def due(self) -> Entitlement | None:
        if self.found is None:
            return None
        if self.fate != concerned.PLACED:
            return self.found.chosen
        kept = self.found.kept
        return kept if kept is not None and kept.amount is not None else None

    @property
    def open(self) -> bool:
        if self.due is not None:
            return False
        if self.found is None:
            return self.fate != concerned.PLACED
        if self.fate == concerned.PLACED:
            return self.found.kept is not None
        return self.found.because == "unknown"

    @property
    def amount(self) -> int | None:
        """In đồng; None where nothing is due or it cannot be told."""
        return self.due.amount if self.due else None

    @property
    def group(self) -> str:
        """Whether the lines say that the person goes, or it is what would follow if he or she did."""
        return STATED if self.fate in KINDS or self.fate == concerned.PLACED else POSSIBLE

    @property
    def missing(self) -> dict[str, Mapping[str, str]]:
        """The facts that are still needed for the first of what might be due: name -> label."""
        if not self.open or self.found is None:
            return {}
        doubts = self.found.doubts
        asked = [
            each for each in doubts if (each.policy.kind, each.policy.reason) == (doubts[0].policy.kind, doubts[0].policy.reason)
        ]
        if self.fate == concerned.PLACED and self.found.kept is not None:
            asked = [self.found.kept]
        return {name: label for each in asked for name, label in each.missing.items()}

    @property
    def name(self) -> str:
        """Family and given name; without a name, the number."""
        return " ".join(filter(None, (self.row["family"], self.row["given"]))) or self.row["identification_number"]


@dataclass(frozen=True)
class Due:
    """Everybody whom a scenario concerns. `hidden`: how many more there are whose files the reader may not see."""

    scenario: Scenario
    lines: Sequence[Line]
    hidden: int


def of_person(
    *, person: Person, on: date, reader: Account, reorganised: date | None = None, reason: str = "",
    given: Mapping[str, Any] | None = None,
) -> Line:  # fmt: skip
    """What would be due to one person who leaves on a day. Raises NotAllowed, NotInRegister; RuleError for a given fact.

    `reorganised`: first day of a reorganisation that touches the person. `reason`: the ground that the authority finds; without
    both, one is chosen among what one's own wish opens, and the rest is only shown. `given`: facts of the catalogue, handed
    over by the asker, which prevail over the register.
    """
    authority.require(reader, ACT, over=person)
    told = facts.of([person.pk], on=on, reorganised=reorganised).get(person.pk)
    if told is None:
        raise NotInRegister(_("No person has the number %(id)s, or you may not see the file.") % {"id": person.pk})
    handed = {name: Fact(value, "handed over") for name, value in (given or {}).items()}
    if reorganised is not None:
        return _line(told, "unplaced", on, TOUCHED, given=handed)
    grounds = [each for each in ALONE if each != NOT_REELECTED or told.by_term or each == reason]
    return _line(told, "unplaced", on, grounds, (OWN_WISH, reason), handed)


def leaving_day(day: date) -> date:
    """First day without service of whoever loses the post on a day: the first of a month, from which a pension is drawn."""
    return day if day.day == 1 else (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def policies() -> Policies:
    """The policies of the rulebook that decides."""
    return policies_of(law().path)


def touched_on(person: Person, *, on: date) -> date | None:
    """First day of the reorganisation, carried out, that left a person waiting on a day; None: there was none."""
    waiting = Waiting.objects.filter(person=person, valid__contains=on).order_by("-pk").select_related("scenario").first()
    return waiting.scenario.on if waiting is not None else None


def of_scenario(*, scenario: Scenario, reader: Account, only: int | None = None) -> Due:
    """What would be due to each whom a scenario concerns; `only`: to this person (id) alone. Raises NotAllowed."""
    authority.require(reader, ACT, over=scenario.body_id)
    fates = {row["person"]: row for row in concerned.concerned(scenario=scenario, reader=reader)}
    fates = {person: row for person, row in fates.items() if only in (None, person)}
    jobs = {person: row["to_job"] for person, row in fates.items() if row["fate"] == concerned.PLACED}
    on = leaving_day(scenario.on)
    told = facts.of(fates, on=on, reorganised=scenario.on, next_jobs=jobs)
    lines = [_line(each, fates[person]["fate"], on, TOUCHED) for person, each in told.items()]
    lines.sort(key=lambda line: (line.row["unit"] or "", line.name, line.row["id"]))
    return Due(scenario, lines, len(fates) - len(lines))


def _line(
    told: facts.Known, fate: str, on: date, reasons: Collection[str], stated: Collection[str] | None = None,
    given: Mapping[str, Fact] | None = None,
) -> Line:  # fmt: skip
    if not told.covered:
        return Line(told.row, fate, on, None)
    asked = {**told.facts, **(given or {})}
    kinds = KINDS.get(fate, LEAVING)
    return Line(told.row, fate, on, reckon(law(), facts=asked, on=on, reasons=reasons, stated=stated, kinds=kinds))

"""Stating what a name still lacks: a fact that no register holds, by somebody who answers for it as a drafter does.

What was stated when the case was opened is sealed and is not said otherwise. Only what the articles are waiting for can
be stated later, once; it stands in the journal, and who stated it neither verifies nor signs nor publishes in the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from canbo.journal import entries
from canbo.procedures import acting, grounds
from canbo.procedures.cases import ask_again, locked, require_not_own, rules_of
from canbo.procedures.models import Candidate, Case
from canbo.procedures.refusals import Refused, kept_when_refused
from canbo.registry import authority, once
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _
from canbo.rules.procedure import Procedure

STATED = "case.stated"


def lacking(kind: Procedure, name: Candidate) -> list[str]:
    """The facts for which a name waits and which may be stated; the others it lacks are entered in the register."""
    missing = {each["name"] for each in (name.verdict or {}).get("missing", [])}
    return [fact for fact in (*kind.states, *kind.states_name) if fact in missing]


@kept_when_refused
def state(
    *, case: Case, by: Account, on: date, person: Person, facts: Mapping[str, Any],
    documents: Mapping[str, Mapping[str, Any]] | None = None, turn: int | None = None, key: str | None = None,
) -> Candidate:  # fmt: skip
    """State facts for which a name of a case waits, each by its name in the rulebook; the articles are asked again at once.

    `documents`: by fact the number and day of the paper on which it rests. Raises Refused.
    """
    authority.require(by, "case.draft", over=case.organization)
    if once.earlier(key, STATED) is not None:
        return case.candidates.get(person=person)
    held, step, rule = locked(case, turn=turn, on=on)
    kind, version = rules_of(held)
    require_not_own(person, by, version)
    name = held.candidates.select_for_update(of=("self",)).filter(person=person, state=Candidate.State.INCOMPLETE).first()
    if name is None:
        raise Refused("not_waiting", _("No such name waits for facts in this case."))
    given = {"facts": {}, "documents": {}, **grounds.accepted(facts, documents or {}, among=lacking(kind, name), on=on)}
    if not given["facts"]:
        raise Refused("no_facts", _("State at least one of the facts that are missing."))
    stands = acting.stating(held, rule, by, on=on)
    entry = entries.record(
        STATED, by=by, about=held, on=on, key=key, payload={"step": step.name, "turn": step.turn, "person": person.pk, **given}
    )
    acting.wrote(held, step, stands, by, held.organization_id or 0, entry)
    told = {"person": person.pk, **given, "by": by.pk, "on": on.isoformat(), "entry": entry.pk}
    step.said = {**step.said, "stated": [*step.said.get("stated", []), told]}
    step.save(update_fields=["said"])
    ask_again(held, step, [name], on=on)
    return held.candidates.get(pk=name.pk)

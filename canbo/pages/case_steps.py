"""The steps of a case as its page shows them: what was done, what is being done, what is to come, against the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from canbo.pages import figures
from canbo.procedures import deadlines
from canbo.procedures.models import Actor, Case, Count, Document, Step
from canbo.registry import authority, people, queries, saying
from canbo.rules.procedure import END, Norm, StepRule, Version
from canbo.rules.words import message

DONE, NOW, NEXT, VOID = "done", "now", "next", "void"


@dataclass
class Row:
    """One step: its law, how far it is, who took it, what came of it, and its days against the norm.

    `took` and `norm` are in the unit of the norm, working days where there is none; `late` counts days beyond the norm.
    """

    rule: StepRule
    stands: str
    step: Step | None = None
    actors: list[dict[str, Any]] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    count: dict[str, Any] | None = None
    votes: bool = False  # whether there is a count at all, shown or not
    took: int | None = None
    norm: Norm | None = None
    late: int = 0
    repeated: bool = False

    @property
    def title(self) -> str:
        return figures.named(dict(self.rule.title))

    @property
    def why(self) -> str:
        """Why it ended as it did: of a vote in the reader's language, of a person as it was written."""
        said = self.step.said if self.step is not None else {}
        key = said.get("key")  # of votes counted before sentences were kept
        return message(key).say(figures.language()) if key else saying.again(said.get("why"))


def rows(case: Case, version: Version, *, on: date, shows_counts: bool, shows_names: bool) -> list[Row]:
    """All steps of the case's version: as they were taken, then those that follow where all goes well."""
    taken = list(case.steps.order_by("turn"))
    actors, documents = _actors(case, on=on), _by_step(case.documents.order_by("pk"))
    counts = {count.step_id: count for count in case.counts.all()}
    begun, seen, found = case.on, set(), []
    for step in taken:
        if step.name not in version.order:
            continue  # of the law under which the case began before it was restarted
        rule = version.step(step.name)
        row = Row(rule, _stands(step), step, actors.get(step.pk, []), documents.get(step.pk, []), norm=rule.norm)
        row.repeated = rule.id in seen
        row.took, row.late = _clock(rule, begun, step, on)
        row.votes = step.pk in counts
        if row.votes and (shows_counts or (rule.vote is not None and rule.vote.announced)):
            row.count = counted(case, counts[step.pk], rule, on=on, names=shows_names)
        begun = step.closed_on or begun
        seen.add(rule.id)
        found.append(row)
    return found + [Row(rule, NEXT, norm=rule.norm) for rule in _to_come(case, version, taken)]


def _stands(step: Step) -> str:
    if step.state == Step.State.VOID:
        return VOID
    return DONE if step.state == Step.State.DONE else NOW


def _clock(rule: StepRule, begun: date, step: Step, on: date) -> tuple[int, int]:
    """Days that a step took or has been open, in the unit of its norm, and by how many days it is or was late."""
    until = step.closed_on or on
    took = deadlines.working_days(begun, until) if rule.norm is None or rule.norm.unit == "working_days" else (until - begun).days
    return max(took, 0), max((until - step.due_on).days, 0) if step.due_on else 0


def _to_come(case: Case, version: Version, taken: list[Step]) -> Iterator[StepRule]:
    """The steps that follow the one the case is at, where each goes well; none once the case has ended."""
    if not taken or taken[-1].closed_at is not None or taken[-1].name not in version.order:
        return
    rule, passed = version.step(taken[-1].name), {taken[-1].name}
    while True:
        to = next(iter(rule.ways.values()))
        if to in END or to in passed:
            return
        passed.add(to)
        rule = version.step(to)
        yield rule


def _actors(case: Case, *, on: date) -> dict[int, list[dict[str, Any]]]:
    """Who acted in each step: the label, the name where it may be seen, capacity and body."""
    acted = list(Actor.objects.filter(case=case).select_related("account").order_by("pk"))
    brief = people.brief([actor.person_id for actor in acted if actor.person_id], on=on)
    bodies = names_of_bodies([actor.organization_id for actor in acted if actor.organization_id], on=on)
    found: dict[int, list[dict[str, Any]]] = {}
    for actor in acted:
        found.setdefault(actor.step_id, []).append(
            {
                "name": full_name(brief[actor.person_id]) if actor.person_id in brief else actor.account.label,
                "capacity": actor.capacity, "body": bodies.get(actor.organization_id or 0, ""), "at": actor.at,
            }
        )  # fmt: skip
    return found


def full_name(brief: dict[str, Any]) -> str:
    """Family and given name as written."""
    return f"{brief['family']} {brief['given']}".strip()


def names_of_bodies(numbers: list[int], *, on: date) -> dict[int, str]:
    """The names of organizations on a day in the reader's language."""
    return {unit.id: queries.in_language(unit.name) for unit in queries.units(sorted(set(numbers)), on=on)}


def _by_step(documents: Any) -> dict[int, list[Document]]:
    found: dict[int, list[Document]] = {}
    for document in documents:
        found.setdefault(document.step_id or 0, []).append(document)
    return found


def counted(case: Case, count: Count, rule: StepRule, *, on: date, names: bool) -> dict[str, Any]:
    """A count as shown: its figures in the order in which each bounds the next, and the votes of each name."""
    persons = [int(number) for number in count.votes]
    if names:
        brief = people.brief(persons, on=on)
    else:  # a count that was announced was announced with its names
        with authority.everything_in_sight():
            brief = people.brief(persons, on=on)
    least = rule.vote.over.least(getattr(count, rule.vote.over.of)) if rule.vote and rule.vote.choose != "levels" else None
    listed = [
        {
            "name": full_name(brief[number]) if number in brief else "",
            "person": number,
            "votes": votes if isinstance(votes, int) else None,
            "levels": list(votes.items()) if isinstance(votes, dict) else [],
            "carried": least is not None and isinstance(votes, int) and votes >= least,
        }
        for number, votes in ((int(key), votes) for key, votes in count.votes.items())
    ]
    listed.sort(key=lambda row: row["votes"] if isinstance(row["votes"], int) else 0, reverse=True)
    shown = ("members", "convened", "present", "issued", "collected", "valid", "blank", "invalid")
    return {
        "figures": [(name, getattr(count, name)) for name in shown], "rows": listed, "least": least, "over": rule.vote and rule.vote.over,
        "most": max((row["votes"] or 0 for row in listed), default=0) or 1, "whole": rule.vote and getattr(count, rule.vote.over.of),
        "tier": count.tier, "election": count.election, "sheet": count.sheet,
    }  # fmt: skip


def clock(case: Case, version: Version, *, on: date) -> dict[str, Any]:
    """The clock of the whole case: since when it counts, its last day, days left (negative: late). Empty: not limited."""
    if version.total is None:
        return {}
    start = case.on
    if version.total_from:
        closed = case.steps.filter(name=version.total_from, closed_on__isnull=False).order_by("-turn").first()
        if closed is None or closed.closed_on is None:
            return {"norm": version.total, "from": figures.named(dict(version.step(version.total_from).title))}
        start = closed.closed_on
    due = deadlines.after(start, version.total)
    ended = case.steps.filter(closed_on__isnull=False).order_by("-turn").values_list("closed_on", flat=True).first()
    until = on if case.state in ("open", "incomplete") else (ended or on)
    took = deadlines.working_days(start, until) if version.total.unit == "working_days" else (until - start).days
    return {
        "norm": version.total, "start": start, "due": due, "took": max(took, 0), "late": max((until - due).days, 0),
        "share": min(100, round(100 * max(took, 0) / version.total.number)),
    }  # fmt: skip

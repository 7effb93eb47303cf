"""The votes of a case: the roll is frozen, the vote is held on paper or with tokens, the law says who goes on.

How ballots are given, cast and counted is the matter of `canbo/ballots`; here stands who may vote, and what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone, translation

from canbo.ballots import elections, paper
from canbo.ballots.forms import Count as Counted
from canbo.ballots.models import Election
from canbo.ballots.refused import Refused as BallotRefused
from canbo.journal import entries
from canbo.procedures import acting, bodies, papers
from canbo.procedures.cases import move_on, names, require_facts, rules_of
from canbo.procedures.models import Candidate, Case, Count, Elector, Step
from canbo.procedures.refusals import Refused, kept_when_refused
from canbo.procedures.steps import reached
from canbo.registry import authority, conflict, once, people, saying
from canbo.registry.models import Account, Person
from canbo.registry.saying import sentence as _
from canbo.rules import carrying
from canbo.rules.procedure import StepRule, VoteRule
from canbo.rules.words import message

CONVENED, COUNTED, CHOSEN, CONFIRMED, ABANDONED = (
    "case.convened", "case.counted", "case.chosen", "case.count_confirmed", "case.vote_abandoned",
)  # fmt: skip
COUNTERS = 3
OPEN_HOURS = 2


@kept_when_refused
def convene(
    *, case: Case, by: Account, on: date, tier: str = "T0", excused: Mapping[int, str] | None = None, hours: int = OPEN_HOURS,
    turn: int | None = None, key: str | None = None,
) -> Step:  # fmt: skip
    """Freeze the roll of the vote that the case is at, and open the vote.

    The roll is read from the register: everybody whom the law names. Who is a name of the case or a relative of one is
    kept away, with the reason; `excused` (number of the person -> why) are absent by force majeure. Neither counts.
    """
    earlier = once.earlier(key, CONVENED)
    if earlier is not None:
        return Step.objects.get(said__convened=earlier.pk, case=case)
    held, step, rule = reached(case, "vote", by=by, on=on, turn=turn)
    body = acting.entitled(held, rule, by, on=on)
    require_facts(held, rule)
    vote = _vote(rule)
    if tier not in vote.tiers:
        raise Refused("tier", _("The law allows this vote to be held as: %(tiers)s.") % {"tiers": ", ".join(vote.tiers)})
    if step.state != Step.State.OPEN:
        raise Refused("convened", _("This vote is held already."))
    electors = _roll(held, step, vote, excused or {}, on=on)
    calls = [each for each in electors if each.state == Elector.State.CONVENED]
    if len(calls) < 2:
        raise Refused("no_electorate", _("Fewer than two people may vote here; a secret vote of one is none."))
    Elector.objects.bulk_create(electors)
    entry = entries.record(
        CONVENED, by=by, about=held, on=on, key=key,
        payload={
            "step": step.name, "turn": step.turn, "tier": tier,
            "roll": {state: sorted(e.person_id for e in electors if e.state == state) for state in Elector.State.values},
        },
    )  # fmt: skip
    election = _election(held, step, rule, calls, tier=tier, hours=hours, body=body, by=by, on=on)
    acting.wrote(held, step, rule, by, body, entry)
    step.state, step.said = Step.State.CONVENED, {**step.said, "convened": entry.pk, "election": election, "tier": tier}
    step.save(update_fields=["state", "said"])
    return step


def _vote(rule: StepRule) -> VoteRule:
    if rule.vote is None:
        raise Refused("other_step", _("The case is at the step “%(step)s”; this is not done there.") % {"step": rule.title})
    return rule.vote


def _roll(case: Case, step: Step, vote: VoteRule, excused: Mapping[int, str], *, on: date) -> list[Elector]:
    """The roll with the state of each; an excuse for somebody who is not on it is refused."""
    voters = bodies.roll(case, vote.electorate, on=on)
    strangers = sorted(set(excused) - {voter.person for voter in voters})
    if strangers:
        raise Refused("not_on_the_roll", _("Somebody is excused who is not on the roll: #%(who)s.") % {"who": strangers[0]})
    named = [candidate.person_id for candidate in names(case)]
    confidence = vote.choose == "levels"  # all leaders vote on all leaders, each on the others' sheet as on his own
    ties = {} if confidence else conflict.among([voter.person for voter in voters], named, on)
    electors = []
    for voter in voters:
        state, why = Elector.State.CONVENED, ""
        if voter.person in ties:
            state, why = Elector.State.RECUSED, saying.kept(ties[voter.person].sentence)
        elif voter.person in excused:
            # Where the law counts also who is away by force majeure, the excused stays among the convened.
            stays, why = vote.excused == "stay", excused[voter.person].strip()
            state = Elector.State.CONVENED if stays else Elector.State.EXCUSED
            if not why:
                raise Refused("no_reason", _("Say why somebody is excused; it stays in the minutes."))
        electors.append(
            Elector(case=case, step=step, person_id=voter.person, organization_id=voter.organization, state=state, why=why)
        )
    return electors


def _election(
    case: Case, step: Step, rule: StepRule, calls: Sequence[Elector], *, tier: str, hours: int, body: int, by: Account, on: date
) -> int:
    """Prepare and open the vote among those who are called; the number of the election."""
    vote = _vote(rule)
    kinds: dict[str, dict[str, Any]] = {"one": {"kind": "one"}, "levels": {"kind": "levels", "levels": list(vote.levels)}}
    choose: dict[str, Any] = kinds.get(vote.choose, {"kind": "approve_each"})
    persons = [candidate.person_id for candidate in names(case)]
    if vote.choose in ("each", "all"):
        choose["at_most"] = len(persons)
    with authority.everything_in_sight():
        called = people.brief(persons, on=on)
    opens = timezone.now()
    try:
        election = elections.prepare(
            about=f"case {case.pk} step {step.turn}", title=rule.title.get(translation.get_language() or "en", rule.title["en"]),
            options=[{"id": str(n), "label": f"{called[n]['family']} {called[n]['given']}"} for n in persons],
            choose=choose, tier=tier, roll=[(e.person_id, e.organization_id or body) for e in calls],
            opens=opens, closes=opens + timedelta(hours=hours), issuers=_issuers(case, body, on) if tier == "T1" else (), by=by,
        )  # fmt: skip
        elections.open(election=election.pk, by=by)
    except BallotRefused as problem:
        raise Refused(problem.reason, str(problem)) from None
    return int(election.pk)


def _issuers(case: Case, body: int, on: date) -> tuple[int, int]:
    """The two bodies that must both sign each ballot: the body of the vote, and the front at its level or the manager."""
    front = bodies.of_step(case, "front", on=on)
    other = front if front != body else (case.manager_id or body)
    if other == body:
        raise Refused("issuers", _("Two bodies must sign each ballot, and the register knows one here. Vote on paper."))
    return body, other


@kept_when_refused
def enter_sheet(
    *, case: Case, by: Account, on: date, figures: Mapping[str, int], votes: Mapping[str, Any], photo: str, turn: int | None = None,
    key: str | None = None,
) -> Step:  # fmt: skip
    """Enter the tally sheet of a vote on paper: present, issued, collected, valid, blank, invalid, and votes by name.

    It counts once three counters have confirmed it (`confirm_sheet`); until then it may be entered again.
    `votes`: number of the person -> votes, or -> votes by level. `photo`: SHA-256 of the picture of the sheet.
    """
    earlier = once.earlier(key, "case.sheet_entered")
    if earlier is not None:
        return Step.objects.get(pk=earlier.payload["id"] if earlier.payload else 0)
    held, step, rule = reached(case, "vote", by=by, on=on, turn=turn)
    acting.entitled(held, rule, by, on=on)
    _require_held(step, "T0")
    vote = _vote(rule)
    per_option = {name: _marks(vote, row, int(figures["valid"])) for name, row in votes.items()}
    sheet = paper.sheet(election=step.said["election"], per_option=per_option, photo=photo, **figures)
    try:  # figures that do not fit are told to who enters them, not to the third who confirms
        paper.require_figures(Election.objects.get(pk=step.said["election"]), sheet)
    except BallotRefused as problem:
        raise Refused(problem.reason, str(problem)) from None
    step.said = {**step.said, "sheet": sheet, "confirmed": []}
    step.save(update_fields=["said"])
    entries.record("case.sheet_entered", by=by, about=held, on=on, key=key, payload={"id": step.pk, "sheet": sheet})
    return step


def _marks(vote: VoteRule, row: Any, valid: int) -> dict[str, int]:
    """The marks of one name on the sheet: by level; yes; or yes, and no on all other valid ballots."""
    if vote.choose == "levels":
        return {level: int(row.get(level, 0)) for level in vote.levels}
    return {"yes": int(row)} if vote.choose == "one" else {"yes": int(row), "no": valid - int(row)}


@kept_when_refused
def confirm_sheet(*, case: Case, by: Account, on: date, turn: int | None = None, key: str | None = None) -> Step:
    """Confirm the sheet that was entered, as one of three counters; the third closes the vote.

    Counters are those on the roll, and where the meeting is small whoever may chair it: never a name of the case or a relative.
    """
    earlier = once.earlier(key, CONFIRMED)
    if earlier is not None:
        return Step.objects.get(pk=earlier.payload["id"] if earlier.payload else 0)
    held, step, rule = reached(case, "vote", by=by, on=on, turn=turn)
    _require_held(step, "T0")
    sheet = step.said.get("sheet")
    if sheet is None:
        raise Refused("no_sheet", _("No tally sheet was entered yet."))
    body = _counts_for(held, step, rule, by, on=on)
    confirmed = step.said["confirmed"]
    if any(each["person"] == by.person_id for each in confirmed):
        raise Refused("confirmed", _("You have confirmed this sheet already."))
    entries.record(CONFIRMED, by=by, about=held, on=on, key=key, payload={"id": step.pk, "sheet": paper.to_confirm(sheet)})
    confirmed = [*confirmed, {"person": by.person_id, "body": body, "confirms": paper.to_confirm(sheet)}]
    step.said = {**step.said, "confirmed": confirmed}
    step.save(update_fields=["said"])
    if len(confirmed) < COUNTERS:
        return step
    try:
        counted = paper.record_paper(election=step.said["election"], found=sheet, committee=confirmed, by=by)
    except BallotRefused as problem:
        raise Refused(problem.reason, str(problem)) from None
    _counted(held, step, rule, counted, by=by, on=on, committee=confirmed, sheet=sheet["photo"])
    return step


def _counts_for(case: Case, step: Step, rule: StepRule, by: Account, *, on: date) -> int:
    """The body for which `by` counts. Raises Refused for who is neither on the roll nor may chair the meeting."""
    on_roll = step.electors.filter(person_id=by.person_id).first() if by.person_id is not None else None
    if on_roll is not None and on_roll.state == Elector.State.CONVENED:
        return int(on_roll.organization_id or case.organization_id or 0)
    if by.person_id is None or on_roll is not None:
        raise Refused("not_on_the_roll", _("The counters of a vote are chosen among those on its roll."))
    try:
        return acting.entitled(case, rule, by, on=on)
    except authority.NotAllowed:
        raise Refused("not_on_the_roll", _("The counters of a vote are chosen among those on its roll.")) from None


@kept_when_refused
def close_vote(*, case: Case, by: Account, on: date, turn: int | None = None, key: str | None = None) -> Step:
    """Close a vote that was held with tokens, and let the law say what follows from its count."""
    earlier = once.earlier(key, COUNTED)
    if earlier is not None:
        return Step.objects.get(entry=earlier)
    held, step, rule = reached(case, "vote", by=by, on=on, turn=turn)
    acting.entitled(held, rule, by, on=on)
    _require_held(step, "T1")
    try:
        elections.close(election=step.said["election"], by=by)
        counted = elections.count(election=step.said["election"])
    except BallotRefused as problem:
        raise Refused(problem.reason, str(problem)) from None
    _counted(held, step, rule, counted, by=by, on=on, key=key)
    return step


def _require_held(step: Step, tier: str) -> None:
    if step.state != Step.State.CONVENED:
        raise Refused("not_convened", _("The vote has not been convened, or it has ended."))
    if step.said.get("tier") != tier:
        raise Refused("tier", _("This vote is not held in that way."))


def tally_of(step: Step, counted: Counted, vote: VoteRule) -> carrying.Tally:
    """The figures of a count in the words of the law."""
    by_level = vote.choose == "levels"
    members = step.electors.exclude(state=Elector.State.RECUSED).count()
    return carrying.Tally(
        convened=counted.convened, present=counted.present, issued=counted.issued, collected=counted.collected,
        valid=counted.valid, blank=counted.blank, invalid=counted.invalid, members=members,
        votes={} if by_level else {name: row["yes"] for name, row in counted.per_option.items()},
        levels={name: dict(row) for name, row in counted.per_option.items()} if by_level else {},
    )  # fmt: skip


def _counted(
    case: Case, step: Step, rule: StepRule, counted: Counted, *, by: Account, on: date, committee: Sequence[Any] = (),
    sheet: str = "", key: str | None = None,
) -> None:  # fmt: skip
    """Write the count and go on as the law of the vote says."""
    vote = _vote(rule)
    tally = tally_of(step, counted, vote)
    ended = outcome_of(case, step, rule, tally)
    entry = entries.record(
        COUNTED, by=by, about=case, on=on, key=key,
        payload={
            "step": step.name, "turn": step.turn, "outcome": ended.outcome, "through": list(ended.through), "why": ended.why,
            "election": step.said["election"], "results": dict(ended.results),
        },
    )  # fmt: skip
    Count.objects.create(
        case=case, step=step, tier=step.said["tier"], members=tally.members, convened=tally.convened, present=tally.present,
        issued=tally.issued, collected=tally.collected, valid=tally.valid, blank=tally.blank, invalid=tally.invalid,
        votes=dict(tally.levels or tally.votes), election=str(step.said["election"]), committee=list(committee), sheet=sheet,
    )  # fmt: skip
    if ended.outcome == "tie" and vote.tie == "head":
        step.state, step.said = Step.State.TIED, {**step.said, "tied": list(ended.tied), "sure": list(ended.through)}
        step.save(update_fields=["state", "said"])
        return
    carry_on(case, step, rule, ended, by=by, on=on, entry=entry)


def outcome_of(case: Case, step: Step, rule: StepRule, tally: carrying.Tally) -> carrying.Carried:
    """What the law says of a count, for the names that were voted on; a vote that was repeated often enough ends."""
    vote = _vote(rule)
    persons = [str(candidate.person_id) for candidate in names(case)]
    fresh = frozenset(
        str(n) for n in case.candidates.filter(put_in__turn__gt=_named_first(case)).values_list("person_id", flat=True)
    )  # fmt: skip
    ended = carrying.carried(vote, tally, persons, fresh=fresh, seats=int(case.terms.get("seats", 1)))
    taken = case.steps.filter(name=step.name, turn__lte=step.turn).count()
    if ended.outcome == "tie" and vote.tie != "head" and (vote.tie == "stop" or taken > vote.rounds):
        return carrying.Carried("none", (), ended.why, {})
    return ended


def outcome_again(case: Case, step: Step, rule: StepRule, tally: carrying.Tally) -> str:
    """The outcome that a closed vote had to have; a tie that the head decided ended with names that went on.

    The names on which it was held are those of its count: who went out later was still in then.
    """
    vote = _vote(rule)
    voted = sorted((tally.levels or tally.votes), key=int)
    fresh = frozenset(
        str(n) for n in case.candidates.filter(put_in__turn__gt=_named_first(case)).values_list("person_id", flat=True)
    )  # fmt: skip
    ended = carrying.carried(vote, tally, voted, fresh=fresh, seats=int(case.terms.get("seats", 1)))
    if ended.outcome != "tie":
        return ended.outcome
    if vote.tie == "head":
        return "through"
    taken = case.steps.filter(name=step.name, turn__lte=step.turn).count()
    return "none" if vote.tie == "stop" or taken > vote.rounds else "tie"


def _named_first(case: Case) -> int:
    """The turn in which the first names were put; a name put later is new in its vote."""
    return min(case.candidates.filter(put_in__isnull=False).values_list("put_in__turn", flat=True), default=10_000)


def carry_on(case: Case, step: Step, rule: StepRule, ended: carrying.Carried, *, by: Account, on: date, entry: Any) -> None:
    """Mark who goes on and who does not, and take the way of the outcome."""
    if ended.outcome == "through":
        staying = {int(name) for name in ended.through}
        case.candidates.filter(state=Candidate.State.THROUGH).exclude(person_id__in=staying).update(state=Candidate.State.OUT)
        for name, result in ended.results.items():
            case.candidates.filter(person_id=int(name)).update(result=result)
    elif ended.outcome == "none":
        case.candidates.filter(state=Candidate.State.THROUGH).update(state=Candidate.State.OUT)
    told = {"why": saying.ruled(message(ended.why)), "through": list(ended.through)}
    move_on(case, step, rule, ended.outcome, on=on, entry=entry, said=told)
    chair = step.actors.select_related("account").filter(capacity=rule.capacity).first()  # the minutes are the chair's
    papers.made(case, step, rule, by=chair.account if chair else by, on=on)


@kept_when_refused
def choose(
    *, case: Case, by: Account, on: date, person: Person, reason: str, turn: int | None = None, key: str | None = None
) -> Step:
    """Decide between names that stand level, as the head of the body, where the law gives the head that choice."""
    earlier = once.earlier(key, CHOSEN)
    if earlier is not None:
        return Step.objects.get(entry=earlier)
    held, step, rule = reached(case, "vote", by=by, on=on, turn=turn)
    body = bodies.of_step(held, rule.body, on=on)
    if not acting.is_head(by.person_id, body, on=on):
        raise Refused("not_the_head", _("Between level names the head of the body decides, and nobody else."))
    acting.entitled(held, rule, by, on=on)
    if step.state != Step.State.TIED or str(person.pk) not in step.said["tied"]:
        raise Refused("not_tied", _("There is nothing to decide between, or this name is not among the level ones."))
    if not reason.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the case."))
    entry = entries.record(
        CHOSEN, by=by, about=held, on=on, key=key, payload={"step": step.name, "person": person.pk, "reason": reason}
    )
    through = (*step.said.get("sure", ()), str(person.pk)) if _vote(rule).choose == "each" else (str(person.pk),)
    carry_on(held, step, rule, carrying.Carried("through", through, "vote_at_the_share", {}), by=by, on=on, entry=entry)
    return step


@kept_when_refused
def abandon_vote(
    *, case: Case, by: Account, on: date, reason: str, turn: int | None = None, key: str | None = None
) -> Step | None:
    """End a vote that cannot be finished, as when the quorum is lost midway; the step is taken again from its beginning."""
    if once.earlier(key, ABANDONED) is not None:
        return None
    held, step, rule = reached(case, "vote", by=by, on=on, turn=turn)
    acting.entitled(held, rule, by, on=on)
    if step.state != Step.State.CONVENED:
        raise Refused("not_convened", _("The vote has not been convened, or it has ended."))
    if not reason.strip():
        raise Refused("no_reason", _("Say why; the reason stays with the case."))
    try:
        elections.abandon(election=step.said["election"], reason=reason, by=by)
    except BallotRefused as problem:
        raise Refused(problem.reason, str(problem)) from None
    entry = entries.record(ABANDONED, by=by, about=held, on=on, key=key, payload={"step": step.name, "reason": reason})
    return move_on(held, step, rule, "no_quorum", on=on, entry=entry, said={"why": reason})


__all__ = ["abandon_vote", "choose", "close_vote", "confirm_sheet", "convene", "enter_sheet", "outcome_of", "rules_of"]

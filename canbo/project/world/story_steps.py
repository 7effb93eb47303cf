"""One step of a story, taken as the story has it go: what is said, who is put, how a vote ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from canbo.procedures import bodies, cases, deadlines, rulings, signing, steps, voting
from canbo.procedures.models import Case, Elector, Step
from canbo.project.world import story_records as records
from canbo.project.world.story_cast import Cast
from canbo.registry import authority, conflict, people, queries
from canbo.registry.models import Account, Person, Post
from canbo.rules.procedure import StepRule

OPEN_HOURS = 24 * 14
OUTCOMES = {"fit": "pass", "unfit": "fail", "unclear": "unknown"}
LONGEST = 60  # steps of one story
YOUNG = 53  # nobody older is asked for who is fit: too few years are left


def carry(story: dict[str, Any], cast: Cast, case: Case, *, today: date, day: date) -> date:
    """Carry an open case to where its story leaves it, a step each working day; the day of the last."""
    for _turn in range(LONGEST):
        with authority.sight(cast.console):
            case = Case.objects.get(pk=case.pk)
            step = cases.current(case)
            if step is None or case.state != Case.State.OPEN or step.name == story.get("until"):
                break
            if case.candidates.filter(put_in=step).exists():
                break  # names were put, and wait for facts
            key = f"story:{story['key']}:{case.turn}"
            day = next_day(day, today)
            if step.name in story.get("withdraw", {}):
                drafter = cast.plays("drafter", case.organization_id or 0)
                cases.withdraw(case=case, by=drafter, on=day, reason=story["withdraw"][step.name], key=f"{key}:back")
                break
            take(story, cast, case, step, cases.rules_of(case)[1].step(step.name), on=day, key=key)
            if cases.current(case) == step:
                break  # a name waits for facts, a vote is open, a sheet lacks a signature
    return day


def next_day(day: date, today: date) -> date:
    """The next working day, but not beyond today."""
    following = day + timedelta(days=1)
    while not deadlines.works(following):
        following += timedelta(days=1)
    return min(following, today)


def take(story: dict[str, Any], cast: Cast, case: Case, step: Step, rule: StepRule, *, on: date, key: str) -> None:
    """One step, as the story has it go."""
    given: dict[str, Any] = {"case": case, "on": on, "key": key}
    if rule.capacity == "subject":
        by = cast.account(case.person_id or case.candidates.get(state="through").person_id)
    else:
        by = cast.plays(rule.capacity, bodies.of_step(case, rule.body, on=on), never=_about(case))
    refuses = story.get("refuse", {}).get(rule.id)
    if rule.dossier:
        for name in cases.names(case):
            records.hand_in_proposal(name.person, case, cast, on=on)
    if rule.does == "act":
        text = refuses or _said(story, case, rule.id, on)
        steps.act(by=by, outcome="refuse" if refuses else "done", text=text, **given)
    elif rule.does == "name":
        persons = [_named(who, story, cast, case, on) for who in story["names"]]
        for person in persons:
            cast.declare(person)
            records.hand_in(person, cast, manager=case.manager_id or 0, on=on, lacks=story.get("lacks", ()))
        steps.put_names(by=by, persons=[Person(pk=person) for person in persons], **given)
    elif rule.does == "vote":
        _vote(story, cast, case, step, rule, by=by, on=on, key=key)
    elif rule.does == "sign":
        steps.sign(by=by, signature=None if refuses else _signature(case, by, on), reason=refuses or "", **given)
    else:
        steps.publish(by=by, **given)


def _about(case: Case) -> set[int]:
    """Whom a case is about."""
    named = set(case.candidates.exclude(state="refused").values_list("person_id", flat=True))
    return named | ({case.person_id} if case.person_id else set())


def _said(story: dict[str, Any], case: Case, step: str, on: date) -> str:
    """What is written in a step: the story's words, else those that an office uses for it."""
    template = story.get("says", {}).get(step) or story["usual"].get(step, "")
    names = people.brief(_about(case), on=on).values()
    body = queries.unit_by_id(case.organization_id or 0, on=on)
    return str(template).format(
        name=", ".join(f"{name['family']} {name['given']}" for name in names),
        post=case.post.job.names["vi"] if case.post else "", body=body.name.get("vi", body.code),
    )  # fmt: skip


def binds(story: dict[str, Any]) -> bool:
    """Whether a story may come to something, so that whom it is about is put in no other."""
    return not story.keys() & {"against", "refuse", "withdraw"}


# --- names --------------------------------------------------------------------------------------------------------------


def post_of(reference: str, on: date) -> Post:
    """The post that `organization/job` means on a day."""
    organization, job = reference.rsplit("/", 1)
    unit = queries.unit(organization, on=on)
    return Post.objects.select_related("organization", "job").filter(
        organization_id=unit.id, job__code=job, valid__contains=on
    ).order_by("pk")[:1].get()  # fmt: skip


def holders(post: Post, on: date) -> list[int]:
    """Who holds a post, by seat."""
    return list(post.memberships.filter(valid__contains=on).order_by("seat").values_list("person_id", flat=True))


def _named(who: str | int, story: dict[str, Any], cast: Cast, case: Case, on: date) -> int:
    """A name to put: the number of a person, `holder`, the holder of a post, or by how the articles judge: `fit`, `unfit`, `unclear`.

    The records of somebody fit are completed, as for the other people of the story; the others' stay as they were invented.
    """
    taken = set(case.candidates.values_list("person_id", flat=True)) | cast.used
    kind, _version = cases.rules_of(case)
    leaders = cast.holders([case.organization_id or 0], ["head", "deputy"])
    for person in _asked(who, story, cast, case, on):
        if who in OUTCOMES and (person in taken or conflict.among(leaders, [person], on)):
            continue  # relatives of a leader are kept away from the vote, and of two leaders one is left
        if who not in OUTCOMES and not story.get("complete"):
            return person
        with transaction.atomic():
            if who == "fit" or story.get("complete"):
                records.complete(person, case.post, cast, on=on, planned=kind.effect != "plan") if case.post else None
            if who == "unclear":
                records.complete(person, case.post, cast, on=on) if case.post else None
                records.hide(person, story.get("hides", ()))
            outcome = cases.judged(case, Person(pk=person), kind.topic or "appointment", on=on).outcome if kind.topic else "pass"
            if outcome == OUTCOMES.get(str(who), "pass"):
                if binds(story) and who != "unfit":
                    cast.used.add(person)
                return person
            transaction.set_rollback(True)
    raise LookupError(f"nobody in {story.get('from', story['key'])} is {who}")


def _asked(who: str | int, story: dict[str, Any], cast: Cast, case: Case, on: date) -> Iterator[int]:
    """Who comes into question, in the order in which they are asked."""
    if isinstance(who, int):
        yield who
    elif who == "holder" and case.post is not None:
        yield from holders(case.post, on)
    elif who not in OUTCOMES:
        yield from holders(post_of(who, on), on)
    else:
        own = case.organization_id or 0
        unit = queries.unit(story["from"], on=on).id if "from" in story else bodies.unit_of(own, on=on) or own
        rank = case.post.job.rank or 0 if case.post else 0
        acting = {account.person_id for account in cast.played.values()}
        born = on.year - YOUNG if who != "unfit" else 0
        for person in cast.holders(
            queries.subtree(unit, on=on),
            story.get("standing", ["head", "deputy"]),
            ranks=(rank + story.get("below", 1), 1000),
            born=born,
        ):
            if person not in acting:
                yield person


# --- signatures and votes -----------------------------------------------------------------------------------------------


def _signature(case: Case, by: Account, on: date) -> signing.Signature:
    with transaction.atomic():
        ruling = rulings.drawn(case, on=on)
    return signing.sign_for_practice(account=by, decision=json.loads(ruling.text))


def _vote(story: dict[str, Any], cast: Cast, case: Case, step: Step, rule: StepRule, *, by: Account, on: date, key: str) -> None:
    """A vote on paper, counted by three; or one with tokens, which stays open for whoever tries the demo."""
    given: dict[str, Any] = {"case": case, "on": on}
    again = case.steps.filter(name=step.name).count() > 1
    if step.state == Step.State.OPEN:
        tier = story.get("tier", {}).get(step.name, "T0")
        step = voting.convene(by=by, tier=tier, hours=OPEN_HOURS, key=f"{key}:convene", **given)
        if tier == "T1":
            for elector in step.electors.filter(state=Elector.State.CONVENED).order_by("pk"):
                cast.voter(elector.person_id, elector.organization_id or case.organization_id or 0)
            return
    if step.said.get("tier") == "T1":
        return
    if not again and step.name in story.get("lost", {}):
        voting.abandon_vote(by=by, reason=story["lost"][step.name], key=f"{key}:lost", **given)
        return
    called = list(step.electors.filter(state=Elector.State.CONVENED).order_by("pk"))
    few = not again and step.name in story.get("few", ())
    present = len(called) // 2 if few else len(called)
    figures, votes = _figures(story, case, step, rule, present)
    voting.enter_sheet(by=by, figures=figures, votes=votes, photo="0" * 64, key=f"{key}:sheet", **given)
    _counted(story, cast, case, step, called, by=by, on=on, key=key)


def _figures(
    story: dict[str, Any], case: Case, step: Step, rule: StepRule, present: int
) -> tuple[dict[str, int], dict[str, Any]]:
    """The tally sheet: most are for the names; `against`: nearly nobody; `low`: the share of ballots at the last level."""
    vote = rule.vote
    assert vote is not None  # noqa: S101 (asked only in a vote)
    named = [str(name.person_id) for name in cases.names(case)]
    against = step.name in story.get("against", ())
    blank = present - 1 if against else (1 if present > 4 else 0)
    valid = present - blank
    votes: dict[str, Any] = {name: valid if vote.choose != "one" or name == named[0] else 0 for name in named}
    if vote.choose == "levels":
        shares = [*story.get("low", ()), *[0.0] * len(named)]
        votes = {name: _levels(vote.levels, valid, round(valid * shares[n])) for n, name in enumerate(named)}
    figures = {"present": present, "issued": present, "collected": present, "valid": valid, "blank": blank, "invalid": 0}
    return figures, votes


def _levels(levels: tuple[str, ...], valid: int, low: int) -> dict[str, int]:
    """`low` ballots at the last level, of the rest some at the level between, most at the first."""
    middle = (valid - low) // 5 if len(levels) > 2 else 0
    told = {levels[0]: valid - low - middle, levels[-1]: low}
    return told | ({levels[1]: middle} if middle else {})


def _counted(
    story: dict[str, Any], cast: Cast, case: Case, step: Step, called: list[Elector], *, by: Account, on: date, key: str
) -> None:
    """Three count: whoever chairs, others who were called, and where these are too few, who may chair as well."""
    counters = [by, *(cast.account(each.person_id) for each in called[:3] if each.person_id != by.person_id)][: voting.COUNTERS]
    for spare in ("drafter", "publisher"):
        if len(counters) < voting.COUNTERS:
            counters.append(cast.plays(spare, case.organization_id or 0))
    if step.name == story.get("uncounted"):
        counters = counters[:-1]  # one signature is missing, so the sheet does not count yet
    for number, counter in enumerate(counters):
        case.refresh_from_db()
        if case.turn == step.turn:
            voting.confirm_sheet(by=counter, case=case, on=on, key=f"{key}:confirm:{number}")

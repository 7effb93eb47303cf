"""Every procedure of the rulebook in a real browser, from its opening to its publication, by the forms of its pages alone.

Each also has a story in which somebody refuses, and, where the articles ask for facts, one that waits for them. One browser,
one server and one office serve them all, in Vietnamese and English by turns, most of them at the width of a phone.

A landing opens each once by its own form and takes to their end as few as have every kind of step between them; a soak takes
each through all its stories. Without a browser each goes through all of them in tests/procedures/test_every_procedure.py.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from canbo.procedures import bodies, cases
from canbo.procedures.models import Candidate, Case, Ruling, Step
from canbo.registry import authority, intake
from canbo.registry.models import Account
from canbo.rules import corpus
from canbo.rules import procedure as law
from tests.conftest import _clone
from tests.pages.clerk import DESK, PHONE, Clerk, sits_down
from tests.procedures.office import ON
from tests.procedures.test_every_procedure import ASKED, BORN, STORIES, UNKNOWN, Story, stopped_by_facts, votes
from tests.trying import needs_a_browser

pytestmark = needs_a_browser
PROCEDURES = sorted(STORIES)


def kind_of(name: str) -> law.Procedure:
    return law.opened(bodies.rulebook())[name]


def version_of(name: str) -> law.Version:
    version = kind_of(name).on(ON)
    assert version is not None
    return version


def kinds(name: str) -> set[Any]:
    """What the pages of a procedure are made of: the kinds of its steps, as far as their forms differ."""
    found: set[Any] = set()
    for step in version_of(name).steps:
        vote = step.vote and (step.vote.choose, step.vote.tie, step.vote.advises, step.vote.tiers, step.vote.rounds)
        found |= {
            (step.does, step.capacity),
            (step.does, step.body == "manager", vote),
            (step.does, step.dossier, bool(step.says)),
        }
    return found


def covering() -> list[str]:
    """As few procedures as have every kind of step between them, each time the one that adds most."""
    left, chosen = set[Any]().union(*map(kinds, PROCEDURES)), list[str]()
    while left:
        best = max(PROCEDURES, key=lambda name: len(kinds(name) & left))
        chosen.append(best)
        left -= kinds(best)
    return chosen


def shared_out(*, names: Collection[str] = PROCEDURES, landing: Collection[str]) -> list[Any]:
    """All names as parameters, those that are not for a landing left to the soak."""
    return [pytest.param(name, marks=[] if name in landing else [pytest.mark.soak]) for name in names]


TO_THE_END = covering()


@pytest.fixture(scope="module")
def hall(django_db_setup: None, django_db_blocker: Any) -> Iterator[Clerk]:
    """The office with its server and its browser, for all of these tests; what they do is really committed."""
    with django_db_blocker.unblock(), _clone("canbo", f"test_halls_{os.getpid()}"), sits_down() as clerk:
        yield clerk


@pytest.fixture
def clerk(hall: Clerk, request: pytest.FixtureRequest) -> Clerk:
    """The clerk at the next story: each language for every other procedure, a desk now and then, else a phone."""
    turn = PROCEDURES.index(request.node.callspec.params["name"]) if hasattr(request.node, "callspec") else 0
    hall.wrong.clear()
    hall.speaks("vi" if turn % 2 else "en", DESK if turn % 5 == 0 else PHONE)
    return hall


def by_whom(clerk: Clerk, name: str, about: dict[str, Any]) -> Account:
    """Who opens it: an officer of the body, or of the managing body where that one begins, the body has none, or the person
    serves elsewhere, in sight of the managing body alone."""
    above = version_of(name).steps[0].body == "manager" or about.get("post") == clerk.wide.vacant_head
    if (person := about.get("person")) is not None:
        with authority.sight(intake.console()):
            near = [org.pk for code, org in clerk.wide.world.organizations.items() if code.startswith("P/1")]
            above |= not person.memberships.filter(organization_id__in=near, valid__contains=ON).exists()
    return clerk.wide.above["drafter"] if above else clerk.wide.drafter


def told_at_opening(clerk: Clerk, name: str) -> dict[str, Any]:
    """What the form of the opening is filled in with, as the story of the procedure says."""
    story = STORIES[name]
    with authority.sight(intake.console()):
        about: dict[str, Any] = {"terms": story.terms, "effective_on": story.effective, **story.about(clerk.wide)}
    facts = {**about["terms"].get("facts", {}), **(story.facts_on(ON) if story.facts_on else {})}
    return {**about, "terms": {**about["terms"], "facts": facts}, "until": ON + story.until if story.until else None}


def opened(clerk: Clerk, name: str, *, without: Collection[str] = ()) -> int:
    """A case of the procedure, opened by the form, in which some facts are not stated; its number."""
    about = told_at_opening(clerk, name)
    about["terms"]["facts"] = {fact: value for fact, value in about["terms"]["facts"].items() if fact not in without}
    return clerk.opens(name, by_whom(clerk, name, about), about)


def ballots(clerk: Clerk, story: Story) -> dict[str, Any]:
    return {
        "names": story.names(clerk.wide) if story.names else [],
        "level": story.level(clerk.wide) if story.level else None,
    }


@pytest.mark.parametrize("name", shared_out(landing=TO_THE_END))
def test_a_procedure_runs_from_its_opening_to_its_publication(clerk: Clerk, name: str) -> None:
    number = opened(clerk, name)
    case = clerk.carry(number, **ballots(clerk, STORIES[name]))
    assert case.state == Case.State.DECIDED, clerk.told()
    case = clerk.read(number)
    assert case.ruling.state == Ruling.State.PUBLISHED
    assert case.ruling.number in clerk.told()
    assert kind_of(name).title[clerk.language] in clerk.page.locator("h1").inner_text()
    assert clerk.wrong == []


def refuser(name: str) -> tuple[law.StepRule, str]:
    """From the procedure's data: the first step on its way in which somebody who neither drafts nor is the subject ends it."""
    step = version_of(name).steps[0]
    while True:
        alone = step.vote is not None and (step.vote.choose == "levels" or step.vote.advises)  # blank ballots do not end it
        for outcome in ("refuse", "none"):
            if step.capacity not in ("drafter", "subject") and not alone and step.ways.get(outcome) in ("refused", "stopped"):
                return step, outcome
        step = version_of(name).step(next(iter(step.ways.values())))  # KeyError: there is a procedure that nobody can refuse


@pytest.mark.parametrize("name", shared_out(landing=set(PROCEDURES) - {*TO_THE_END}))
def test_a_procedure_that_somebody_refuses_ends_there_with_the_reason_on_its_page(clerk: Clerk, name: str) -> None:
    """The pages of the steps before it are those of the procedure that runs to its end, so they are taken without a browser."""
    rule, outcome = refuser(name)
    number = opened(clerk, name)
    with authority.sight(intake.console()):
        clerk.wide.carry(Case.objects.get(pk=number), on=ON, stop=rule.id, **votes(clerk.wide, STORIES[name]))
    case, step, now, by = clerk.standing(number)
    assert now == rule and by is not None, clerk.told()
    if outcome == "none":
        clerk.vote_on_paper(number, by, nobody=True)
    else:
        clerk.refuse(number, rule, by)
        assert "Không đồng ý." in clerk.told()
    case = clerk.read(number)
    assert case.state == {"refused": Case.State.REFUSED, "stopped": Case.State.STOPPED}[rule.ways[outcome]]
    with authority.sight(intake.console()):
        assert not Ruling.objects.filter(case=case).exclude(state=Ruling.State.DRAWN)
    assert clerk.wrong == []


@pytest.mark.parametrize("name", shared_out(names=ASKED, landing={*TO_THE_END} & {*ASKED} or {*ASKED}))
def test_a_procedure_whose_facts_are_missing_waits_on_its_page_until_the_articles_are_asked_again(
    clerk: Clerk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is to be stated in the case is left out and stated on its page; what the register holds is unknown for a while,
    and so is what the law presumes where nobody states it.

    Where the articles give figures and time limits (`PROVISIONAL`) nothing waits; without articles nothing is asked.
    """
    story, real, unknown = STORIES[name], cases.explain, UNKNOWN.get(name, BORN)
    stated, known = told_at_opening(clerk, name)["terms"]["facts"], corpus.opened(bodies.rulebook()).facts
    left_out = {fact: value for fact, value in stated.items() if fact in unknown and known[fact].otherwise is None}
    if not left_out:
        blind = dict.fromkeys(unknown)
        monkeypatch.setattr(cases, "explain", lambda *args, facts, **more: real(*args, facts={**facts, **blind}, **more))
    number = opened(clerk, name, without=left_out)
    if story.names:
        clerk.carry(number, until=next(step.id for step in version_of(name).steps if step.does == "name"))
        _case, _step, rule, by = clerk.standing(number)
        assert rule is not None and by is not None
        clerk.take(number, rule, by, story.names(clerk.wide))
    clerk.go(clerk.wide.above["drafter"], f"/cases/{number}")
    assert clerk.says("waits for facts") in clerk.told()
    assert states(number) == {Candidate.State.INCOMPLETE}
    if not story.names:
        with authority.sight(intake.console()):
            stopped_by_facts(clerk.wide, Case.objects.get(pk=number))
        by = clerk.standing(number)[3]
        assert by is not None
        clerk.go(by, f"/cases/{number}")
        assert clerk.says("This step waits for facts") in clerk.told()
        assert not clerk.page.locator("button[name=outcome][value=done]").count(), "nobody takes it on meanwhile"
        clerk.go(clerk.wide.above["drafter"], f"/cases/{number}")
    monkeypatch.setattr(cases, "explain", real)
    if left_out:
        clerk.state(clerk.form("state"), left_out)
    clerk.done("state" if left_out else "judge")
    assert states(number) == {Candidate.State.THROUGH}
    assert clerk.says("waits for facts") not in clerk.told()
    assert clerk.wrong == []


def states(number: int) -> set[str]:
    """How the names of a case stand."""
    with authority.sight(intake.console()):
        return set(Candidate.objects.filter(case=number).values_list("state", flat=True))


def test_names_that_stand_level_are_decided_by_the_head_on_the_page(clerk: Clerk) -> None:
    """Half of those present are for the person, the others leave their ballots blank: the law lets the head decide."""
    name = "reappointment"
    number = opened(clerk, name)
    rule = next(step for step in version_of(name).steps if step.vote and step.vote.tie == "head")
    clerk.carry(number, until=rule.id)
    chair = clerk.standing(number)[3]
    assert chair is not None
    clerk.vote_on_paper(number, chair, tie=True)
    step = clerk.standing(number)[1]
    assert step is not None and step.state == Step.State.TIED, clerk.told()
    clerk.decide_between(number, clerk.wide.leaders[0], clerk.wide.holder)
    assert clerk.carry(number).state == Case.State.DECIDED
    assert clerk.wrong == []


def test_a_vote_by_tokens_is_held_on_the_page_of_each_voter_and_closed_on_that_of_the_case(clerk: Clerk) -> None:
    number = opened(clerk, "extension")
    case = clerk.carry(number, tokens=True)
    assert case.state == Case.State.DECIDED, clerk.told()
    with authority.sight(intake.console()):
        count = case.counts.get()
        assert (count.tier, count.votes[str(clerk.wide.holder.pk)]) == ("T1", count.convened)
    assert clerk.wrong == []


def test_a_case_is_read_on_in_another_language_where_it_was_left_in_the_first(clerk: Clerk) -> None:
    number = opened(clerk, "vacancy")
    clerk.carry(number, until="verify")
    clerk.speaks("en" if clerk.language == "vi" else "vi", PHONE)
    assert clerk.carry(number).state == Case.State.DECIDED
    assert kind_of("vacancy").title[clerk.language] in clerk.page.locator("h1").inner_text()
    assert clerk.wrong == []

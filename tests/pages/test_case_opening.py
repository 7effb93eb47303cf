"""Opening a case with what only people can state: by its page, by the command, and stated later where a name waits for it."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.journal import entries
from canbo.pages import case_acts, case_files, case_open, tasks
from canbo.pages import cases as case_pages
from canbo.procedures import bodies, cases, grounds, stating, steps, verified
from canbo.procedures.models import Actor, Candidate, Case
from canbo.procedures.refusals import Refused
from canbo.project.commands.case import case as command
from canbo.registry import people
from canbo.registry.days import since
from canbo.registry.models import Kinship, Membership, Person, Post
from canbo.rules import procedure as law
from tests.pages.test_case_pages import Desk, told
from tests.procedures import office as offices
from tests.procedures.office import Office

AFTER = date(2026, 9, 1)
PAPER = {"number": "12/KL-UBKT", "on": "2026-08-20"}
BARS = ("on_critical_duty", "under_inspection", "under_audit", "prosecuted")


@pytest.fixture
def office(world: object, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Office:
    settings.CANBO_DEMO = True  # practice keys sign
    for module in (case_acts, case_files, case_open, case_pages, tasks):
        monkeypatch.setattr(module, "today", lambda: AFTER)
    return offices.build(world)  # type: ignore[arg-type]


def held(office: Office) -> tuple[Person, Post]:
    """A vice chair in the seat that is free in the office, since 2023."""
    person = offices.somebody(office.world, "Đương chức")
    office.world.serve(person, office.post, seat=2, valid=since(date(2023, 12, 1)))
    return person, office.post


def lower(office: Office) -> Post:
    return office.world.post("P/1.executive.office", "specialist", seats=9)


def open_(office: Office, procedure: str, **more: Any) -> Case:
    person, post = held(office)
    return cases.open_case(procedure=procedure, person=person, post=post, by=office.drafter, on=AFTER, **more)


def refused(why: str, act: Any, **asked: Any) -> str:
    with pytest.raises(Refused) as refusal:
        act(**asked)
    assert refusal.value.why == why, str(refusal.value)
    return str(refusal.value)


# --- the terms -----------------------------------------------------------------------------------------------------------


def test_what_is_stated_is_sealed_with_its_document_and_whoever_stated_it_drafts(office: Office) -> None:
    case = open_(office, "dismissal", terms={"facts": {"finding.degraded": True}, "documents": {"finding.degraded": PAPER}})
    assert case.state == Case.State.OPEN
    sealed = entries.about(case)[0].payload["terms"]
    assert sealed == case.terms == {"seats": 1, "facts": {"finding.degraded": True}, "documents": {"finding.degraded": PAPER}}
    assert [(a.capacity, a.account) for a in case.actors.all()] == [("drafter", office.drafter)]
    fact = grounds.of_case(case, law.opened(bodies.rulebook())["dismissal"], case.person, on=AFTER)["finding.degraded"]
    assert (fact.value, fact.source, fact.as_of) == (True, "this case: 12/KL-UBKT", date(2026, 8, 20))


def test_no_is_another_answer_than_nothing(office: Office) -> None:
    kind = law.opened(bodies.rulebook())["resignation"]
    facts = {"resignation.reason": "other", **{f"resignation.{bar}": False for bar in BARS}}
    given = {"facts": facts | {"resignation.under_audit": None}, "documents": {}}
    said = grounds.accepted(given["facts"], {}, among=kind.asked, on=AFTER)
    assert "resignation.under_audit" not in said["facts"]
    person, post = held(office)
    asked = {"procedure": "resignation", "person": person, "post": post, "by": office.drafter, "on": AFTER}
    waits = cases.open_case(**asked, terms=given)
    goes = cases.open_case(**asked, terms={"facts": facts})
    assert (waits.state, goes.state) == (Case.State.INCOMPLETE, Case.State.OPEN)


def test_terms_that_cannot_be_are_told_what_is_wrong(office: Office) -> None:
    person, post = held(office)
    asked = {"act": cases.open_case, "person": person, "post": post, "by": office.drafter, "on": AFTER}
    dismiss = {**asked, "procedure": "dismissal"}

    def terms(facts: Any, documents: Any = None) -> dict[str, Any]:
        return {"facts": facts, "documents": documents or {}}

    said = refused("fact", **dismiss, terms=terms({"suspension.cause": "conduct"}))
    assert "finding.degraded" in said  # what may be stated instead
    refused("fact", **dismiss, terms=terms({"finding.corruption": "huge"}))
    refused("registered_fact", **dismiss, terms=terms({"person.born": "1990-01-01"}))
    fine = {"finding.degraded": True}
    refused("document", **dismiss, terms=terms(fine, {"finding.relatives": PAPER}))
    refused("document", **dismiss, terms=terms(fine, {"finding.degraded": {"number": " "}}))
    refused("document", **dismiss, terms=terms(fine, {"finding.degraded": {"number": "1", "on": "2026-09-02"}}))
    refused("day", **dismiss, terms=terms(fine, {"finding.degraded": {"number": "1", "on": "31/8/2026"}}))
    refused("terms", **dismiss, until=date(2026, 12, 1))
    refused("no_until", **{**asked, "procedure": "suspension"})
    demote = {**asked, "procedure": "demotion"}
    refused("no_to_post", **demote)
    refused("to_post", **demote, terms={"to_post": 10**9})
    refused("to_post", **demote, terms={"to_post": post.pk})
    chair = Post.objects.get(organization=post.organization, job__code="commune-chair")
    refused("not_lower", **demote, terms={"to_post": chair.pk})
    assert not Case.objects.filter(person=person).exists()


def test_whoever_stated_the_facts_does_not_verify_them(office: Office) -> None:
    both = office.world.account("both", "officer", "P", person=offices.somebody(office.world, "Hai vai"))
    person, post = held(office)
    case = cases.open_case(procedure="demotion", person=person, post=post, by=both, on=AFTER,
                           terms={"to_post": lower(office).pk, "facts": {"job.requirements_unmet": True}})  # fmt: skip
    steps.act(case=case, by=office.drafter, on=AFTER, text="Đề nghị.")
    steps.act(case=case, by=office.leaders[0], on=AFTER, text="Đã nghe.")
    refused("capacities_apart", steps.act, case=case, by=both, on=AFTER, text="Đã thẩm định.")
    steps.act(case=case, by=office.verifier, on=AFTER, text="Đã thẩm định.")


def test_nobody_states_facts_of_a_relative_or_through_an_account_without_a_person(office: Office) -> None:
    person, post = held(office)
    nameless = office.world.account("nameless", "officer", "P/1")
    asked = {
        "procedure": "dismissal",
        "person": person,
        "post": post,
        "on": AFTER,
        "terms": {"facts": {"finding.degraded": True}},
    }
    refused("no_person", cases.open_case, **asked, by=nameless)
    Kinship.objects.create(
        person=office.drafter.person, relative=person, relation="sibling", valid=since(date(2000, 1, 1)), **office.world.mark
    )
    refused("conflict", cases.open_case, **asked, by=office.drafter)


# --- stated later --------------------------------------------------------------------------------------------------------


def waiting(office: Office) -> Case:
    case = open_(office, "resignation", terms={"facts": {"resignation.reason": "other"}})
    assert case.state == Case.State.INCOMPLETE
    return case


def later(case: Case, office: Office, **facts: Any) -> Candidate:
    return stating.state(
        case=case,
        by=office.drafter,
        on=AFTER,
        person=case.person,
        facts={f"resignation.{name}": value for name, value in facts.items()},
    )


def test_a_fact_that_is_missing_is_stated_once_and_the_case_goes_on(office: Office) -> None:
    case = waiting(office)
    name = later(case, office, under_audit=False, prosecuted=False)
    assert name.state == Candidate.State.INCOMPLETE
    asked = {"act": stating.state, "case": case, "by": office.drafter, "on": AFTER, "person": case.person}
    refused("fact", **asked, facts={"resignation.under_audit": True})  # it is not missing any more
    refused("fact", **asked, facts={"resignation.reason": "own_wish"})  # it was sealed
    refused("no_facts", **asked, facts={})
    assert later(case, office, on_critical_duty=False, under_inspection=False).state == "through"
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert [a for a in offices.acts_of(case) if a == stating.STATED] == [stating.STATED] * 2
    assert list(verified._terms(case)) == []
    refused("not_waiting", **asked, facts={"resignation.under_audit": False})
    step = case.steps.get(turn=case.turn)
    forged = {**step.said, "stated": [{**step.said["stated"][0], "facts": {"resignation.under_audit": True}}]}
    case.steps.filter(pk=step.pk).update(said=forged)
    assert len(list(verified._terms(case))) == 1


def test_a_fact_stated_later_can_end_the_case(office: Office) -> None:
    case = waiting(office)
    assert later(case, office, under_inspection=True).state == Candidate.State.REFUSED
    case.refresh_from_db()
    assert case.state == Case.State.REFUSED


def test_who_verifies_signs_or_is_a_stranger_states_nothing(office: Office) -> None:
    case = waiting(office)
    facts = {"resignation.under_audit": False}
    asked = {"act": stating.state, "case": case, "on": AFTER, "person": case.person, "facts": facts}
    stranger = office.world.account("stranger", "officer", "P/2", person=offices.somebody(office.world, "Người lạ"))
    refused("not_allowed", **asked, by=stranger)
    Actor.objects.create(case=case, step=cases.current(case), account=office.verifier, person=office.verifier.person,
                         organization=case.organization, capacity="verifier")  # fmt: skip
    refused("capacities_apart", **asked, by=office.verifier)
    assert offices.acts_of(case).count("case.attempted") == 2


# --- the page ------------------------------------------------------------------------------------------------------------


def form(desk: Desk, procedure: str, **sent: Any) -> tuple[str, dict[str, Any]]:
    """The form of a procedure as a page shows it, and what its hidden fields send."""
    query = "&".join(f"{name}={value}" for name, value in {"procedure": procedure, **sent}.items())
    page = told(desk.open(f"/cases/new?{query}"))
    return page, dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.mark.parametrize("language", ["vi", "en", "fa"])
def test_a_form_asks_what_the_articles_of_its_procedure_read(office: Office, language: str) -> None:
    desk = Desk(office.drafter, language)
    kind = law.opened(bodies.rulebook())["dismissal"]
    page, _hidden = form(desk, "dismissal")
    known = set(re.findall(r'name="fact:([\w.]+)"', page))
    version = kind.on(AFTER)
    assert version is not None
    assert known == set(grounds.asked_at_opening(kind, version, on=AFTER)[0])
    label = {"en": "degradation", "vi": "suy thoái", "fa": "انحطاط"}[language]
    assert label in page
    assert form(desk, "vacancy")[0].count('name="fact:') == 0
    assert form(desk, "demotion")[0].count('name="to"') == 2  # what is searched, and what is kept for the form below


def test_a_placement_in_a_lower_post_is_opened_by_its_page(office: Office) -> None:
    person, post = held(office)
    below, desk = lower(office), Desk(office.drafter)
    page, hidden = form(desk, "demotion", post=post.pk, person=person.pk, to_post=below.pk)
    hidden.pop("to_post", None)  # of the form that chooses the language
    assert f'name="to_post" value="{below.pk}" required checked' in page
    sent = {**hidden, "do": "open", "post": post.pk, "person": person.pk, "fact:job.requirements_unmet": "yes",
            "number:job.requirements_unmet": "12/KL-UBKT", "dated:job.requirements_unmet": "2026-08-20"}  # fmt: skip
    without = desk.client.post("/cases/new", sent)
    offices.in_sight()
    assert without.status_code == 422
    assert 'value="12/KL-UBKT"' in told(without)  # what was typed is still there
    done = desk.client.post("/cases/new", {**sent, "to_post": below.pk})
    offices.in_sight()
    assert done.status_code == 302, told(done)
    case = Case.objects.get(pk=done["Location"].rsplit("/", 1)[1])
    assert case.terms["to_post"] == below.pk
    shown = desk.page(case)
    assert "What was stated" in shown
    assert "12/KL-UBKT" in shown
    assert office.drafter.label in shown


def test_a_wrong_value_is_told_and_what_was_left_alone_is_not_stated(office: Office) -> None:
    person, post = held(office)
    desk = Desk(office.drafter)
    _page, hidden = form(desk, "suspension", post=post.pk, person=person.pk)
    sent = {**hidden, "do": "open", "post": post.pk, "person": person.pk, "until": "2026-09-20", "fact:suspension.cause": ""}
    wrong = desk.client.post("/cases/new", {**sent, "fact:suspension.advice_days": "soon"})
    offices.in_sight()
    assert wrong.status_code == 422
    assert 'value="soon"' in told(wrong)
    done = desk.client.post("/cases/new", sent)
    offices.in_sight()
    case = Case.objects.get(pk=done["Location"].rsplit("/", 1)[1])
    assert "facts" not in case.terms
    assert case.state == Case.State.INCOMPLETE
    page = desk.page(case)
    assert 'name="do" value="state"' in page
    stated = desk.press(case, "state", **{"fact:suspension.cause": "conduct"})
    assert stated.status_code == 302, told(stated)
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert "stated later" in desk.page(case)


@pytest.mark.parametrize(("typed", "seats"), [("", 3), ("2", 2), ("4", None), ("two", None), ("0", None)])
def test_how_many_are_planned_is_the_laws_number_where_nobody_types_another(
    office: Office, typed: str, seats: int | None
) -> None:
    desk, code = Desk(office.drafter), "P/1.executive"
    page, hidden = form(desk, "succession-plan", organization=code)
    assert 'name="seats" inputmode="numeric" value="3"' in page
    hidden.pop("organization", None)
    answer = desk.client.post(
        "/cases/new", {**hidden, "do": "open", "organization": code, "seats": typed, "post": office.post.pk}
    )
    offices.in_sight()
    if seats is None:
        assert answer.status_code == 422
    else:
        assert answer.status_code == 302, told(answer)
        assert Case.objects.get(pk=answer["Location"].rsplit("/", 1)[1]).terms["seats"] == seats


# --- the command ---------------------------------------------------------------------------------------------------------


def run(*words: str) -> Any:
    done = CliRunner(env={"CANBO_LANG": "en"}).invoke(command, [*words, "--json"])
    offices.in_sight()
    return done


def test_the_command_opens_with_facts_and_states_what_is_missing(office: Office) -> None:
    person, post = held(office)
    number = f"#{person.pk}"
    assert people.find(number) == person.pk
    common = ["--as", office.drafter.username, "--on", AFTER.isoformat()]
    subject = ["--post", f"#{post.pk}", "--person", number]
    done = run("open", "demotion", *common, *subject, "--to-post", f"#{lower(office).pk}", "--fact", "job.requirements_unmet=yes",
               "--document", "job.requirements_unmet=12/KL-UBKT,2026-08-20")  # fmt: skip
    assert done.exit_code == 0, done.output
    case = Case.objects.get(pk=json.loads(done.output)["case"])
    assert case.terms["documents"] == {"job.requirements_unmet": PAPER}
    waits = run("open", "resignation", *common, *subject, "--fact", "resignation.reason=other")
    number = str(json.loads(waits.output)["case"])
    assert json.loads(waits.output)["state"] == "incomplete"
    wrong = run("state", number, *common, "--fact", "resignation.reason=own_wish")
    assert (wrong.exit_code, json.loads(wrong.output)["refused"]) == (3, "fact")
    facts = [word for bar in BARS for word in ("--fact", f"resignation.{bar}=no")]
    stated = run("state", number, *common, *facts)
    assert (stated.exit_code, json.loads(stated.output)["state"]) == (0, "open")
    assert len(json.loads(run("show", number).output)["stated"]) == 2
    assert run("open", "dismissal", *common, *subject, "--fact", "finding.degraded").exit_code == 2
    assert Membership.objects.filter(person=person, post=post).exists()

"""A case from its opening to its effect: the right people, one step after the other, refused where a rule is broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from canbo.procedures import acting, bodies, cases, effects
from canbo.procedures.models import Case, Ruling
from canbo.procedures.refusals import Refused
from canbo.registry import authority, intake
from canbo.registry.models import Membership
from canbo.rules import procedure as law
from tests import world as worlds
from tests.procedures import office as offices
from tests.procedures.office import ON, Office


@pytest.fixture
def office(world: object, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Office:
    settings.CANBO_DEMO = True  # practice keys sign

    return offices.build(world)  # type: ignore[arg-type]


@pytest.fixture
def kept(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The office in a register that keeps procedures; what is done is committed, and all is witnessed at once."""
    settings.CANBO_DEMO = True

    monkeypatch.setattr(effects.witnessing, "witnessed", lambda entry, using="default": object())
    with authority.sight(intake.console()):
        built = offices.build(worlds.build())
    offices.keep_from(date(2026, 7, 1))
    yield built


def in_one(office: Office, **more: Any) -> Case:
    with authority.sight(intake.console()):
        return office.decided(**more)


def test_a_case_is_carried_from_its_opening_to_its_publication(office: Office) -> None:
    case = office.decided()
    assert case.state == Case.State.DECIDED
    assert [step.name for step in case.steps.order_by("turn")] == list(cases.rules_of(case)[1].order)
    assert case.ruling.number == "01/QĐ-UBND"
    assert [act for act in offices.acts_of(case) if act.startswith("case.")][:3] == ["case.opened", "case.acted", "case.acted"]


def test_where_a_body_has_a_single_leader_the_leadership_of_the_body_above_meets(office: Office) -> None:
    deputy = office.world.post("P/1.executive.office", "commune-department-deputy-head")
    both = [voter.person for voter in bodies.roll(office.open(post=deputy), "leadership", on=ON)]
    assert office.candidate.pk in both and len(both) == 2  # the head and the deputy: the body meets by itself
    Membership.objects.filter(person=office.candidate).delete()
    case = office.open(post=deputy)
    above = {office.leaders[number].person_id for number in (0, 1, 2)}
    assert {voter.person for voter in bodies.roll(case, "leadership", on=ON)} == above
    assert above < {voter.person for voter in bodies.roll(case, "enlarged_leadership", on=ON)}
    rule = cases.rules_of(case)[1].step("leadership-1")
    assert acting.entitled(case, rule, office.leaders[0], on=ON) == case.organization_id  # who leads above convenes it


def test_a_step_out_of_order_is_refused_and_the_attempt_stands_in_the_journal(office: Office) -> None:
    case = office.open()
    with pytest.raises(Refused) as refusal:
        office.names(case)
    assert refusal.value.why == "other_step"
    assert offices.acts_of(case)[-1] == "case.attempted"
    assert cases.current(case).name == "request"  # type: ignore[union-attr]


def test_a_published_decision_puts_the_person_into_the_post_and_ends_the_former_one(kept: Office) -> None:
    case = in_one(kept)
    ruling = offices.take(case)
    assert (ruling.state, ruling.reason) == (Ruling.State.EFFECTIVE, "")
    with authority.sight(intake.console()):
        held = Membership.objects.filter(person=kept.candidate, valid__contains=ON)
        assert [(m.post.job.code, m.kind) for m in held] == [("commune-vice-chair", Membership.Kind.APPOINTED)]
        former = Membership.objects.get(person=kept.candidate, post__job__code="commune-department-deputy-head")
        assert (former.valid.upper, former.ending) == (ON, Membership.Ending.MOVE)


def test_a_case_begins_anew_where_its_law_ends_and_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    known = law.opened(bodies.rulebook())
    first, *later = known["appointment-on-site"].versions
    changed = replace(known["appointment-on-site"], versions=(replace(first, running="restarted"), *later))
    monkeypatch.setattr(law, "opened", lambda path: {**known, changed.id: changed})
    case = office.open(on=date(2026, 7, 20))
    office.act(case, office.drafter, on=date(2026, 7, 21))
    with pytest.raises(Refused) as refusal:
        office.act(case, office.manager, on=date(2026, 8, 3))
    assert refusal.value.why == "law_changed"
    case.refresh_from_db()
    assert (case.version, cases.current(case).name) == ("four-steps", "request")  # type: ignore[union-attr]
    assert [step.state for step in case.steps.order_by("turn")] == ["done", "void", "open"]
    assert {"case.attempted", "case.restarted"} <= set(offices.acts_of(case))

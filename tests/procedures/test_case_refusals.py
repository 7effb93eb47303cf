"""What a case does not let happen, by its services and by statements of the application itself; the attempt stays on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from canbo.journal import entries
from canbo.procedures import cases, effects, steps, voting
from canbo.procedures.models import Actor, Candidate, Case, Elector, Ruling, Step
from canbo.procedures.refusals import Refused
from canbo.registry import authority, constraints, intake, saying
from canbo.registry.days import since
from canbo.registry.models import Kinship, Membership
from tests import world as worlds
from tests.procedures import office as offices
from tests.procedures.office import ON, Office
from tests.registry.test_quotas import TERM, allot


@pytest.fixture
def office(world: object, settings: Any) -> Office:
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


def refused(why: str, act: Any, **asked: Any) -> None:
    """The act is refused for this reason."""
    with pytest.raises(Refused) as refusal:
        act(**asked)
    assert refusal.value.why == why, str(refusal.value)
    assert str(refusal.value)


# --- order, repetition, the wrong person ------------------------------------------------------------------------------


def test_the_same_key_takes_a_step_once(office: Office) -> None:
    case = office.open(key="open-1")
    assert office.open(key="open-1").pk == case.pk
    first = office.act(case, office.drafter, key="k")
    assert office.act(case, office.drafter, key="k").pk == first.pk
    case.refresh_from_db()
    assert case.turn == 2


def test_a_stale_page_is_refused(office: Office) -> None:
    case = office.open()
    office.act(case, office.drafter, turn=1)
    refused("stale", steps.act, case=case, by=office.manager, on=ON, turn=1)


def test_a_step_by_somebody_without_authority_is_refused(office: Office) -> None:
    case = office.open()
    refused("not_allowed", steps.act, case=case, by=office.leaders[4], on=ON)
    assert offices.acts_of(case)[-1] == "case.attempted"


def test_a_step_before_what_was_done_already_is_refused(office: Office) -> None:
    case = office.open()
    with translation.override("vi"), pytest.raises(Refused, match="01/08/2026"):
        steps.act(case=case, by=office.drafter, on=date(2026, 8, 1))
    attempt = entries.about(case).last().payload
    assert (attempt["act"], attempt["why"]) == ("act", "too_early")
    with translation.override("en"):
        assert saying.again(attempt["told"]).startswith("1 Aug 2026 lies before")


def test_whoever_drafted_does_not_verify(office: Office) -> None:
    case = office.to_the_signature(office.open(), until="verify")
    both = offices.account(office.world, offices.somebody(office.world, "Hai việc"), "central_officer")
    Actor.objects.create(case=case, step=case.steps.first(), account=both, person=both.person, capacity="drafter")
    refused("capacities_apart", steps.act, case=case, by=both, on=ON)


def test_nobody_is_a_name_in_a_case_in_which_he_acted(office: Office) -> None:
    case = office.to_the_signature(office.open(), until="names")
    offices.qualify(office.world, office.drafter.person, office.post)
    other = offices.account(office.world, offices.somebody(office.world, "Khác"), "officer", "P/1")
    refused("nobody_acts_in_own_case", steps.put_names, case=case, by=other, on=ON, persons=[office.drafter.person])


def test_a_relative_of_a_name_does_not_sign(office: Office) -> None:
    case = office.to_the_signature(office.open())
    Kinship.objects.create(
        person=office.approver.person,
        relative=office.candidate,
        relation="sibling",
        valid=since(date(2000, 1, 1)),
        **office.world.mark,
    )
    refused("conflict", office.sign, case=case)


def test_somebody_who_has_not_declared_relatives_does_not_verify(office: Office) -> None:
    case = office.to_the_signature(office.open(), until="verify")
    silent = offices.account(office.world, office.world.person("Chưa kê khai"), "officer", "P")
    refused("conflict_unknown", steps.act, case=case, by=silent, on=ON)


def test_a_program_does_not_draft(office: Office) -> None:
    case = office.open()
    refused("no_person", steps.act, case=case, by=office.world.console, on=ON)


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_name_that_the_articles_refuse_ends_the_case_and_stays_with_its_reasons(office: Office) -> None:
    case = office.to_the_signature(office.open(), until="names")
    young = offices.somebody(office.world, "Chưa đủ điều kiện")
    office.names(case, young)
    case.refresh_from_db()
    name = case.candidates.get()
    assert name.state in (Candidate.State.REFUSED, Candidate.State.INCOMPLETE)
    assert name.verdict["articles"]


def test_a_name_before_the_terms_is_impossible(office: Office) -> None:
    refused("name_too_early", office.open, person=office.candidate)


def test_terms_do_not_change_once_a_name_is_there(office: Office) -> None:
    case = office.to_the_signature(office.open(), until="leadership-1")
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Case.objects.filter(pk=case.pk).update(terms={"seats": 2})
    assert constraints.name_of(problem.value) == "terms_are_sealed"


# --- votes ------------------------------------------------------------------------------------------------------------


def at_the_first_vote(office: Office) -> Case:
    return office.to_the_signature(office.open(), until="leadership-1")


def test_a_roll_is_frozen_when_the_vote_is_convened(office: Office) -> None:
    case = at_the_first_vote(office)
    step = voting.convene(case=case, by=office.leaders[0], on=ON)
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Elector.objects.create(case=case, step=step, person=office.verifier.person)
    assert constraints.name_of(problem.value) == "roll_is_frozen"


def test_a_relative_of_a_name_is_kept_from_the_vote_and_does_not_count(office: Office) -> None:
    case = at_the_first_vote(office)
    Kinship.objects.create(
        person=office.leaders[1].person, relative=office.candidate, relation="spouse", valid=since(date(2000, 1, 1)),
        **office.world.mark,
    )  # fmt: skip
    step = voting.convene(case=case, by=office.leaders[0], on=ON)
    assert step.electors.get(person=office.leaders[1].person).state == Elector.State.RECUSED
    assert step.electors.filter(state="convened").count() == 2


def test_figures_that_cannot_be_are_refused_and_the_sheet_can_be_entered_again(office: Office) -> None:
    case = at_the_first_vote(office)
    voting.convene(case=case, by=office.leaders[0], on=ON)
    votes = {str(office.candidate.pk): 3}
    wrong = {"present": 3, "issued": 3, "collected": 4, "valid": 4, "blank": 0, "invalid": 0}
    sheet = {"case": case, "by": office.leaders[0], "on": ON, "photo": offices.PHOTO}
    refused("sheet", voting.enter_sheet, figures=wrong, votes={str(office.candidate.pk): 4}, **sheet)
    right = {**wrong, "collected": 3, "valid": 3}
    voting.enter_sheet(case=case, by=office.leaders[0], on=ON, figures=right, votes=votes, photo=offices.PHOTO)
    for counter in office.leaders[:3]:
        voting.confirm_sheet(case=case, by=counter, on=ON)
    assert cases.current(case).name == "enlarged"  # type: ignore[union-attr]


def test_one_counter_does_not_confirm_twice_and_a_stranger_not_at_all(office: Office) -> None:
    case = at_the_first_vote(office)
    voting.convene(case=case, by=office.leaders[0], on=ON)
    figures = {"present": 3, "issued": 3, "collected": 3, "valid": 3, "blank": 0, "invalid": 0}
    voting.enter_sheet(
        case=case, by=office.leaders[0], on=ON, figures=figures, votes={str(office.candidate.pk): 3}, photo=offices.PHOTO
    )
    voting.confirm_sheet(case=case, by=office.leaders[0], on=ON)
    refused("confirmed", voting.confirm_sheet, case=case, by=office.leaders[0], on=ON)
    refused("not_on_the_roll", voting.confirm_sheet, case=case, by=office.leaders[4], on=ON)


def test_exactly_half_in_the_last_vote_is_the_heads_choice_and_nobody_elses(office: Office) -> None:
    other = offices.somebody(office.world, "Người thứ hai")
    office.world.serve(other, office.world.post("P/1.executive.office", "specialist"))
    offices.qualify(office.world, other, office.post)
    case = at_the_first_vote(office)
    assert case.candidates.count() == 1


def test_a_quorum_lost_midway_takes_the_step_again(office: Office) -> None:
    case = at_the_first_vote(office)
    voting.convene(case=case, by=office.leaders[0], on=ON)
    again = voting.abandon_vote(case=case, by=office.leaders[0], on=ON, reason="Mất điện, không đủ số người.")
    assert again is not None
    assert (again.name, again.state) == ("leadership-1", Step.State.OPEN)
    refused("not_convened", voting.confirm_sheet, case=case, by=office.leaders[0], on=ON)


def test_nobody_votes_for_the_name_and_the_case_stops_with_its_reason(office: Office) -> None:
    case = at_the_first_vote(office)
    office.vote(case, {office.candidate: 0}, blank=3)
    case.refresh_from_db()
    assert (case.state, bool(case.reason)) == (Case.State.STOPPED, True)
    refused("ended", steps.act, case=case, by=office.drafter, on=ON)


# --- the signature and after it -----------------------------------------------------------------------------------------


def test_a_signature_over_another_decision_is_refused(office: Office) -> None:
    from canbo.procedures import signing

    case = office.to_the_signature(office.open())
    other = signing.sign_for_practice(account=office.approver, decision={"v": 1, "case": 999})
    refused("signature", steps.sign, case=case, by=office.approver, on=ON, signature=other)


def test_a_signature_of_another_leader_is_refused(office: Office) -> None:
    case = office.to_the_signature(office.open())
    other = offices.account(office.world, offices.somebody(office.world, "Ký thay"), "leader", "P")
    import json

    from canbo.procedures import rulings, signing

    ruling = rulings.drawn(case, on=ON)
    foreign = signing.sign_for_practice(account=other, decision=json.loads(ruling.text))
    refused("signature", steps.sign, case=case, by=office.approver, on=ON, signature=foreign)


def test_what_was_signed_stays_as_it_was_signed(office: Office) -> None:
    case = office.decided()
    for change in ({"effective_on": date(2027, 1, 1)}, {"signature": {}}, {"text": "{}"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ruling.objects.filter(case=case).update(**change)


def test_the_application_cannot_make_a_case_or_a_ruling_effective(office: Office) -> None:
    case = office.decided()
    for row, change in ((Case, {"state": "effective"}), (Ruling, {"state": "effective"})):
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            row.objects.filter(pk=case.pk if row is Case else case.ruling.pk).update(**change)
        assert constraints.name_of(problem.value) == "effect_by_the_keeper"


def test_a_decision_waits_for_its_day_and_for_witnesses(kept: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with authority.sight(intake.console()):
        case = kept.decided(effective_on=date(2026, 10, 1))
    assert effects.take(case=case.pk, on=ON).state == Ruling.State.PUBLISHED
    monkeypatch.setattr(effects.witnessing, "witnessed", lambda entry, using="default": None)
    waiting = effects.take(case=case.pk, on=date(2026, 10, 1))
    assert (waiting.state, bool(waiting.reason)) == (Ruling.State.PUBLISHED, True)


def test_a_tie_that_comes_up_before_the_day_makes_the_decision_fail_with_its_reason(kept: Office) -> None:
    with authority.sight(intake.console()):
        case = kept.decided(effective_on=date(2026, 10, 1))
        Kinship.objects.create(
            person=kept.approver.person,
            relative=kept.candidate,
            relation="spouse",
            valid=since(date(2026, 9, 15)),
            **kept.world.mark,
        )
    ruling = effects.take(case=case.pk, on=date(2026, 10, 1))
    assert (ruling.state, bool(ruling.reason)) == (Ruling.State.FAILED, True)
    with authority.sight(intake.console()):
        assert not Membership.objects.filter(person=kept.candidate, post=kept.post).exists()
        case.refresh_from_db()
        assert case.state == Case.State.STOPPED
    assert offices.acts_of(case)[-1] == "case.failed"


def test_nobody_comes_into_a_body_beyond_its_headcount_until_there_is_room(kept: Office) -> None:
    with authority.sight(intake.console()):
        case = kept.decided(effective_on=date(2026, 10, 1))
        allot(kept.world, None, "P", "total", (TERM, 100))
        allot(kept.world, "P", "P/1.executive", "allotted", (TERM, 3))
        allot(kept.world, "P", "P/1.executive.office", "allotted", (TERM, 2))  # where the candidate comes from
    waiting = effects.take(case=case.pk, on=date(2026, 10, 1))
    assert waiting.state == Ruling.State.PUBLISHED
    assert saying.again(waiting.reason) == "Headcount is used up: P/1.executive was allotted 3 and 3 serve there on 1 Oct 2026."
    with authority.sight(intake.console()):
        allot(kept.world, "P", "P/1.executive", "allotted", (TERM, 4))
    assert effects.take(case=case.pk, on=date(2026, 10, 1)).state == Ruling.State.EFFECTIVE


# --- by statement, as the application -----------------------------------------------------------------------------------


def test_a_leading_post_is_not_filled_by_statement_and_the_attempt_stands_in_the_journal(kept: Office) -> None:
    with authority.sight(intake.console()), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_membership (person_id, post_id, seat, organization_id, category, kind, valid, source_id, decision_id)"
            " VALUES (%s, %s, 2, %s, 2, 2, '[2026-09-01,)', %s, %s)",
            [kept.candidate.pk, kept.post.pk, kept.post.organization_id, kept.world.source.pk, kept.world.decision.pk],
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM journal_entry WHERE act = 'breach.attempted' AND about_id = %s", [str(kept.candidate.pk)]
        )
        assert cursor.fetchone()[0] == 1
    with authority.sight(intake.console()):
        assert not Membership.objects.filter(person=kept.candidate, post=kept.post).exists()
    from canbo.journal import sealing, verification

    sealing.seal()
    assert verification.verify().ok


def test_forged_steps_do_not_become_effective(kept: Office) -> None:
    """Whoever can run statements as the application fills in every row of a case, and the keeper finds it out."""
    with authority.sight(intake.console()):
        case = kept.to_the_signature(kept.open(), until="leadership-1")
        order = cases.rules_of(case)[1].order
        step = cases.current(case)
        assert step is not None
        for name in order[order.index("leadership-1") :]:
            Step.objects.filter(pk=step.pk).update(state="done", outcome="through", closed_at=case.opened_at, closed_on=ON)
            step = Step.objects.create(case=case, turn=step.turn + 1, name=name)
        from canbo.procedures import rulings

        with transaction.atomic():
            ruling = rulings.drawn(case, on=ON)
        entry = case.entry
        Ruling.objects.filter(pk=ruling.pk).update(
            state="published", signed_by=kept.approver, entry=entry, decision=kept.world.decision,
            signature={"kind": "practice", "by_account": kept.approver.pk, "digest": ruling.digest, "evidence": {}},
        )  # fmt: skip
        Case.objects.filter(pk=case.pk).update(state="decided")
    ruling = effects.take(case=case.pk, on=ON)
    assert ruling.state == Ruling.State.FAILED
    with authority.sight(intake.console()):
        assert not Membership.objects.filter(person=kept.candidate, post=kept.post).exists()

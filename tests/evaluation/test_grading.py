"""Evaluations: reckoned by the law from what was accepted, kept so that they come out the same again, never rewritten."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.evaluation import board, grading, inputs, limits, schemes
from canbo.evaluation.models import Evaluation, Scheme
from canbo.evaluation.refusals import Refused
from canbo.registry import authority, constraints
from canbo.registry.asking import remembered
from canbo.registry.days import since
from canbo.registry.models import Kinship
from canbo.rules.evaluation.periods import Period, parse
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER, GENERAL, MARCH, Office
from tests.evaluation.test_work import refused

pytestmark = pytest.mark.django_db
LATER = date(2031, 5, 6)


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def handbook(office: Office) -> None:
    """The worked example of the Ministry's handbook."""
    office.made("letter", 5, 4, delays=1, days_late=4)
    office.made("answer", 3, 3, quality_failures=1, delays=1, days_late=2)
    office.made("report", 1, "0.8", quality_failures=2)


def test_the_worked_example_comes_out_of_what_was_accepted(office: Office) -> None:
    handbook(office)
    held = office.decided()
    # each time late, by the words of the decree; general 29.5
    assert (held.score, held.grade) == (Decimal("83.2"), "good")
    assert held.found["parts"] == {
        "general": 29.5,
        "a": 89.6,
        "b": 68.8,
        "c": 71.6,
        "d": None,
        "dd": None,
        "e": None,
        "result": 76.7,
    }
    assert "15.06 / 16.8" in held.found["formula"]


def test_a_body_that_counts_by_the_day_comes_to_the_handbooks_score(office: Office) -> None:
    schemes.set_scheme(
        organization=office.world.organizations["P"], kind="month", since=date(2026, 2, 1), basis="Letter 1",
        readings={"delay": "day"}, by=office.officer, on=date(2026, 1, 20),
    )  # fmt: skip
    handbook(office)
    assert office.decided().found["parts"]["c"] == 41.7


def test_a_published_score_is_reckoned_again_years_later_to_the_same_value(office: Office) -> None:
    handbook(office)
    held = office.published()
    held = Evaluation.objects.get(pk=held.pk)
    assert held.digest == hashlib.sha256(held.inputs.encode()).hexdigest()
    again = inputs.recomputed(held)
    late = inputs.reckoned(held.inputs, on=LATER)
    for found in (again, late):
        assert (found.score, found.grade, grading.kept(found)) == (held.score, held.grade, held.found)


def test_inputs_that_were_altered_are_found_out(office: Office) -> None:
    handbook(office)
    held = office.published()
    held.inputs = held.inputs.replace("done: 4", "done: 5")
    with pytest.raises(Refused) as refusal:
        inputs.recomputed(held)
    assert refusal.value.why == "inputs"


def test_nothing_assigned_is_undetermined_and_the_authority_says_which_grade_and_why(office: Office) -> None:
    held = office.opined()
    told = {"evaluation": held, "by": office.head, "on": AFTER}
    assert refused(lambda: grading.decide(**told)) == "undetermined"
    assert refused(lambda: grading.decide(**told, grade="completed")) == "no_reason"
    decided = grading.decide(**told, grade="completed", why="On leave of training; nothing was assigned.")
    assert (decided.grade, decided.undetermined, decided.score, decided.decided_by) == ("completed", True, None, office.head)


def test_a_grade_other_than_the_law_gives_is_refused(office: Office) -> None:
    handbook(office)
    assert refused(lambda: office.decided(grade="excellent", why="A good colleague.")) == "grade_follows"


def test_a_period_is_decided_when_it_is_over_and_everything_was_looked_at(office: Office) -> None:
    held = office.assign()
    office.log(held, 2)
    evaluation = office.opined()
    told = {"evaluation": evaluation, "by": office.head}
    assert refused(lambda: grading.decide(**told, on=date(2026, 3, 31))) == "not_over"
    assert refused(lambda: grading.decide(**told, on=AFTER)) == "not_accepted"
    office.accept(held, 2)
    assert grading.decide(**told, on=AFTER).grade == "excellent"


def test_nobody_decides_on_kin_and_who_has_not_declared_decides_on_nobody(office: Office) -> None:
    handbook(office)
    held = office.opined()
    told = {"evaluation": held, "on": AFTER}
    silent = office.world.account("silent", "leader", "P", person=office.world.person())
    assert refused(lambda: grading.decide(**told, by=silent)) == "conflict_unknown"
    assert refused(lambda: grading.decide(**told, by=office.above)) == "no_person"
    kin = {"person": office.deputy.person, "relative": office.person, "relation": "parent"}
    Kinship.objects.create(**kin, valid=since(date(2000, 1, 1)), **office.world.mark)
    assert refused(lambda: grading.decide(**told, by=office.deputy)) == "conflict"


def test_points_that_the_head_changes_need_a_word(office: Office) -> None:
    held = grading.assess(person=office.person, period=MARCH, general=GENERAL, by=office.worker, on=AFTER)
    told = {"evaluation": held, "by": office.head, "on": AFTER, "general": {**GENERAL, "1": Decimal(7)}}
    assert refused(lambda: grading.opine(**told, opinion="")) == "no_opinion"
    assert grading.opine(**told, opinion="Late four times.").general["1"] == 7
    assert (
        refused(lambda: grading.assess(person=office.person, period=MARCH, general=GENERAL, by=office.worker, on=AFTER))
        == "opined"
    )


@pytest.mark.parametrize(
    "general", [{"1": Decimal(11), "2": Decimal(1), "3": Decimal(1)}, {"1": Decimal(1)}, {**GENERAL, "3": Decimal("NaN")}]
)
def test_general_points_are_three_groups_of_at_most_ten(office: Office, general: dict[str, Decimal]) -> None:
    told = {"person": office.person, "period": MARCH, "by": office.worker, "on": AFTER}
    assert refused(lambda: grading.assess(**told, general=general)) == "general"


def test_what_was_decided_is_closed_and_stays(office: Office) -> None:
    handbook(office)
    held = office.assign("letter", 1, task="after")
    office.log(held, 1)
    office.accept(held, 1)
    evaluation = office.published()
    assert refused(lambda: office.assign(on=date(2026, 3, 31))) == "period_closed"
    assert refused(lambda: office.log(held, 1)) == "period_closed"
    assert refused(lambda: office.accept(held, 0)) == "period_closed"
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Evaluation.objects.filter(pk=evaluation.pk).update(score=100)
    assert constraints.name_of(problem.value) == "decided_evaluation_stays"


def test_nobody_makes_the_own_evaluation_decided_by_statement(office: Office) -> None:
    held = office.opined()
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Evaluation.objects.filter(pk=held.pk).update(decided_by=office.worker)
    assert constraints.name_of(problem.value) == "nobody_grades_oneself"


def test_whoever_decided_does_not_publish(office: Office) -> None:
    handbook(office)
    held = office.decided()
    head, own = (office.granted(account, "officer") for account in (office.head, office.worker))
    assert refused(lambda: grading.publish(evaluation=held, by=head, on=AFTER)) == "second_person"
    assert refused(lambda: grading.publish(evaluation=held, by=own, on=AFTER)) == "not_allowed"
    assert grading.publish(evaluation=held, by=office.officer, on=AFTER).published_by == office.officer


def test_the_database_takes_no_publication_by_whoever_decided_nor_by_nobody(office: Office) -> None:
    handbook(office)
    held = office.decided()
    nobody, own = "published_by_another", "nobody_grades_oneself"
    for name, by in ((nobody, None), (nobody, office.head), (own, office.worker)):
        with pytest.raises(IntegrityError) as problem, transaction.atomic():
            Evaluation.objects.filter(pk=held.pk).update(state="published", published_by=by, published_on=AFTER)
        assert constraints.name_of(problem.value) == name
    grading.publish(evaluation=held, by=office.officer, on=AFTER)
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        Evaluation.objects.filter(pk=held.pk).update(published_by=office.above)
    assert constraints.name_of(problem.value) == "decided_evaluation_stays"


def test_no_evaluation_is_written_as_published_from_the_beginning(office: Office) -> None:
    handbook(office)
    held = office.published()
    held.pk, held.period, held.replaces = None, "2026-04", None
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        held.save(force_insert=True)
    assert constraints.name_of(problem.value) == "evaluation_begins_with_the_person"


def test_an_evaluation_is_cancelled_and_another_takes_its_place(office: Office) -> None:
    handbook(office)
    first = office.published()
    told = {"evaluation": first, "by": office.head, "on": AFTER}
    assert refused(lambda: grading.cancel(**told, why="")) == "no_reason"
    second = grading.cancel(**told, why="A delay was counted twice.")
    assert (second.replaces, second.state) == (first, "assessed")
    office.accept(office.products["answer"].assignments.get(), 3)
    grading.opine(evaluation=second, opinion="Corrected.", by=office.head, on=AFTER)
    again = grading.decide(evaluation=second, by=office.head, on=AFTER)
    first.refresh_from_db()
    assert first.state == "cancelled" and again.score > first.score
    assert inputs.recomputed(first).score == first.score


def test_a_petition_is_answered_within_seven_working_days(office: Office) -> None:
    handbook(office)
    held = office.published()
    told = {"evaluation": held, "on": date(2026, 4, 23)}
    assert refused(lambda: grading.petition(**told, ground="Why?", by=office.colleague)) == "not_allowed"
    filed = grading.petition(**told, ground="The flood was not counted.", by=office.worker)
    assert filed.due_on == grading.answer_by(date(2026, 4, 23))
    days = [
        d
        for d in (date.fromordinal(n) for n in range(date(2026, 4, 24).toordinal(), filed.due_on.toordinal() + 1))
        if d.weekday() < 5
    ]
    assert len(days) >= 7  # the holidays of the rulebook come on top
    assert refused(lambda: grading.petition(**told, ground="Again.", by=office.worker)) == "one_petition_at_a_time"
    answered = grading.answer(evaluation=held, upheld=True, text="It was.", by=office.inspector, on=filed.due_on)
    assert answered.state == "upheld"


# ---- the type of the period


def test_a_change_in_the_middle_of_a_period_takes_hold_with_the_next(office: Office) -> None:
    told = {"organization": office.world.organizations["P"], "basis": "Letter 21169", "by": office.officer}
    assert refused(lambda: schemes.set_scheme(**told, kind="quarter", since=date(2026, 3, 1), on=AFTER)) == "retroactive"
    held = schemes.set_scheme(**told, kind="quarter", since=date(2026, 8, 28), on=date(2026, 8, 23))
    assert held.since == date(2026, 10, 1)
    assert schemes.kind_on(office.place.pk, date(2026, 9, 30)) == "month"
    assert schemes.kind_on(office.place.pk, date(2026, 10, 1)) == "quarter"
    assert (
        refused(lambda: schemes.set_scheme(**told, kind="month", since=date(2026, 9, 1), on=date(2026, 8, 24))) == "later_scheme"
    )


@pytest.mark.parametrize(("day", "before", "after", "first"), [
    (date(2026, 3, 1), "month", "month", date(2026, 3, 1)), (date(2026, 3, 2), "month", "month", date(2026, 4, 1)),
    (date(2026, 4, 1), "month", "quarter", date(2026, 4, 1)), (date(2026, 12, 2), "quarter", "month", date(2027, 1, 1)),
    (date(2026, 1, 1), "month", "year", date(2026, 1, 1)), (date(2026, 1, 2), "year", "month", date(2027, 1, 1)),
])  # fmt: skip
def test_a_period_is_never_cut(day: date, before: str, after: str, first: date) -> None:
    assert schemes.takes_hold(day, before, after) == first


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(["month", "quarter", "year"]), st.integers(-60, 500), st.sampled_from(["occurrence", "day"])),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_no_change_of_the_period_alters_a_closed_result(office: Office, changes: list[tuple[str, int, str]]) -> None:
    """Whatever is set on whatever day: what was decided keeps its score, and comes to it again from what it keeps."""
    with transaction.atomic():
        if not Evaluation.objects.filter(period=MARCH).exists():
            handbook(office)
            office.published()
        held = Evaluation.objects.get(period=MARCH)
        before = (held.score, held.grade, held.inputs, held.digest)
        for number, (kind, days, way) in enumerate(changes):
            try:
                schemes.set_scheme(
                    organization=office.world.organizations["P"], kind=kind, since=date.fromordinal(AFTER.toordinal() + days),
                    basis=f"Letter {number}", readings={"delay": way}, by=office.officer, on=AFTER,
                )  # fmt: skip
            except Refused as refusal:
                assert refusal.why in ("retroactive", "later_scheme", "one_scheme_from_a_day")
        held.refresh_from_db()
        assert (held.score, held.grade, held.inputs, held.digest) == before
        assert inputs.recomputed(held).score == held.score
        assert schemes.kind_on(office.place.pk, date(2026, 3, 31)) == "month"
        for scheme in Scheme.objects.all():
            assert scheme.since >= AFTER


def test_a_year_is_graded_from_the_mean_of_its_decided_months(office: Office) -> None:
    handbook(office)
    office.published()
    file = year_file(office)
    assert {each["period"]: each.get("score") for each in file["periods"]} == {"2026-03": 83.2}
    found = inputs.reckoned(inputs.written(file), on=date(2026, 12, 10))
    assert found.grade == "undetermined"  # eleven months wait
    assert "2026-04" in " ".join(found.grades[0].missing)


def year_file(office: Office) -> dict[str, Any]:
    year = parse("2026")
    assert year is not None
    member = next(each for each in inputs.members([office.place.pk], year) if each.person == office.person.pk)
    return inputs.file_of(member, year, inputs.held([office.person.pk], year), on=AFTER, settled=True)


def test_of_a_leader_d_follows_from_the_decided_scores_of_the_staff(office: Office) -> None:
    handbook(office)
    office.published()
    march = parse(MARCH)
    assert march is not None
    leader = next(each for each in inputs.members([office.place.pk], march) if each.leads)
    assert grading.staff_scores(leader, march) is None  # others of the staff are not decided yet


def test_only_the_body_and_the_person_see_an_evaluation(office: Office) -> None:
    handbook(office)
    held = office.published()
    grading.petition(evaluation=held, ground="Why?", by=office.worker, on=AFTER)

    def count(account: Any) -> tuple[int, int]:
        with transaction.atomic():
            authority.open_sight(authority.reach_of(account))
            with connection.cursor() as cursor:
                cursor.execute("SELECT (SELECT count(*) FROM evaluation_evaluation), (SELECT count(*) FROM evaluation_petition)")
                return cursor.fetchone()

    assert count(office.worker) == count(office.head) == count(office.inspector) == (1, 1)
    assert count(office.colleague) == count(office.world.account("auditor", "auditor", "P")) == (0, 0)


# ---- a whole body at once


def test_a_body_says_of_each_person_what_is_reckoned_of_that_person(office: Office) -> None:
    handbook(office)
    office.opined()
    office.assign("report", 3, person=office.colleague.person)
    march = parse(MARCH)
    assert march is not None
    rows = {row.member.person: row for row in board.of_body(by=office.head, root=office.place.pk, period=march, on=AFTER)}
    assert set(rows) == {
        each.person.pk for each in (office.head, office.deputy, office.inspector, office.worker, office.colleague)
    }
    held = inputs.held(list(rows), march)
    for row in rows.values():
        found = inputs.reckoned(inputs.written(inputs.file_of(row.member, march, held, on=AFTER)), on=AFTER)
        assert (row.score, row.grade) == (found.score, found.grade)
        assert row.formula == "\n".join(line for line in found.settled.scored.lines if not line.startswith("general"))
    assert rows[office.person.pk].score == Decimal("83.2")
    assert rows[office.colleague.person.pk].missing == ["general"]
    assert rows[office.inspector.person.pk].missing[0] == "assigned"


def test_a_body_shows_what_was_decided_as_it_was_decided(office: Office) -> None:
    handbook(office)
    held = office.published()
    march = parse(MARCH)
    assert march is not None
    row = next(row for row in board.of_body(by=office.officer, root=office.place.pk, period=march, on=LATER) if row.decided)
    assert (row.score, row.grade, row.formula) == (held.score, held.grade, held.found["formula"])


def test_the_caps_of_a_body_are_counted_from_its_grades(office: Office) -> None:
    handbook(office)
    office.published()
    march = parse(MARCH)
    assert march is not None
    rows = board.of_body(by=office.head, root=office.place.pk, period=march, on=AFTER)
    found = limits.counted(rows, office.place.pk, march, on=AFTER)
    staff = next(cap for cap in found.caps if cap.group == "staff")
    assert (staff.counts["good"], staff.reached, found.binding) == (1, 0, False)
    assert set(staff.allowed) == {"good", "good_or_better", "all"}


def test_today_and_the_year_are_one_question_where_questions_are_remembered_and_say_the_same(office: Office) -> None:
    period = Period(AFTER.replace(day=1), "month")
    today = date.today()
    apart = schemes.kind_on(office.place.pk, today), schemes.how(office.place.pk, period)
    with remembered(), CaptureQueriesContext(connection) as questions:
        together = schemes.kind_on(office.place.pk, today), schemes.how(office.place.pk, Period(today.replace(day=1), "month"))
        assert len(questions) == 1
        assert schemes.how(office.place.pk, period) == apart[1]
    assert together[0] == apart[0]


def test_one_person_of_a_body_is_found_as_among_all(office: Office) -> None:
    period = Period(AFTER.replace(day=1), "month")
    everybody = inputs.members([office.place.pk], period)
    assert len(everybody) > 1
    for each in everybody:
        assert inputs.members([office.place.pk], period, person=each.person) == [each]
    assert inputs.members([office.place.pk], period, person=10**9) == []

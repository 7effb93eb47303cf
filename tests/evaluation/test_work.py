"""Work: what is assigned, logged and accepted; what is refused, and that the refusal is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from canbo.evaluation import catalogue, work
from canbo.evaluation.catalogue import Line
from canbo.evaluation.models import Assignment, Log
from canbo.evaluation.refusals import Refused
from canbo.journal.models import Entry
from canbo.registry import authority, constraints
from canbo.registry.days import since
from canbo.registry.models import Kinship
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER, FIRST, LINES, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def refused(do: Any) -> str:
    """The word of a refusal, once it was found in the journal as an attempt."""
    before = Entry.objects.filter(act="work.attempted").count()
    with pytest.raises(Refused) as refusal:
        do()
    assert str(refusal.value)
    kept = Entry.objects.filter(act="work.attempted").order_by("-pk")
    assert kept.count() == before + 1
    assert kept[0].payload["why"] == refusal.value.why
    return refusal.value.why


def test_a_coefficient_is_points_over_the_points_of_the_standard_product(office: Office) -> None:
    assert {code: product.coefficient for code, product in office.products.items()} == {
        "letter": Decimal("1.0"), "answer": Decimal("2.7"), "report": Decimal("3.7"),
    }  # fmt: skip


def test_a_catalogue_is_approved_by_a_second_person(office: Office) -> None:
    province = office.world.organizations["P"]
    made = catalogue.draft(organization=province, year=2027, lines=LINES, by=office.above, on=FIRST)
    told = {"organization": province, "catalogue": made, "basis": "Decision 1", "on": FIRST}
    assert refused(lambda: catalogue.approve(**told, by=office.above)) == "second_person"
    assert refused(lambda: catalogue.approve(**told, by=office.officer)) == "not_allowed"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (Line("letter", "Another", "n1", 1), "code"),
        (Line("other", "Opinion  LETTER", "n1", 1), "twice"),
        (Line("other", "Another", "n1", 101), "points"),
        (Line("other", "Another", "n1", 1, standard=True), "standard"),
    ],
)
def test_a_catalogue_that_cannot_stand_is_refused(office: Office, line: Line, why: str) -> None:
    told = {"organization": office.world.organizations["P"], "year": 2027, "by": office.officer, "on": FIRST}
    assert refused(lambda: catalogue.draft(lines=[*LINES, line], **told)) == why


def test_the_coefficient_is_frozen_when_it_is_assigned(office: Office) -> None:
    first = office.assign("report", 1)
    province = office.world.organizations["P"]
    dearer = [*LINES[:2], Line("report", "Report", "n2", 80)]
    made = catalogue.draft(organization=province, year=2026, lines=dearer, by=office.officer, on=FIRST)
    catalogue.approve(organization=province, catalogue=made, basis="Decision 2", by=office.above, on=FIRST)
    second = office.assign("report", 1, product=made.products.get(code="report"))
    first.refresh_from_db()
    assert (first.coefficient, second.coefficient) == (Decimal("3.7"), Decimal("8.0"))
    assert refused(lambda: office.assign("report", 1)) == "not_in_catalogue"


def test_what_is_done_is_accepted_only_as_far_as_evidence_shows_it(office: Office) -> None:
    held = office.assign("letter", 3)
    office.log(held, 1)
    office.log(held, 2, evidence="")
    assert refused(lambda: office.accept(held, 3)) == "no_evidence"
    office.log(held, 2, evidence="", link="https://documents.example/77")
    assert office.accept(held, 3).done == 3


def test_more_done_than_assigned_is_refused_and_says_how_to_count_it(office: Office) -> None:
    held = office.assign("letter", 2)
    office.log(held, 3)
    assert refused(lambda: office.accept(held, 3)) == "above_assigned"


def test_nothing_is_assigned_after_the_period(office: Office) -> None:
    assert refused(lambda: office.assign(on=AFTER)) == "after_period"


def test_a_period_that_the_body_does_not_score_by_is_refused(office: Office) -> None:
    assert refused(lambda: office.assign(period="2026-Q1")) == "other_period"
    assert refused(lambda: office.assign(period="March")) == "period"


def test_a_head_who_is_kin_assigns_and_accepts_nothing(office: Office) -> None:
    Kinship.objects.create(
        person=office.head.person, relative=office.person, relation="sibling", valid=since(date(2000, 1, 1)), **office.world.mark
    )
    assert refused(office.assign) == "conflict"


def test_nobody_assigns_to_oneself_logs_for_another_or_acts_elsewhere(office: Office) -> None:
    assert refused(lambda: office.assign(person=office.head.person)) == "not_allowed"
    held = office.assign()
    assert refused(lambda: office.log(held, 1, by=office.head)) == "not_allowed"
    assert refused(lambda: office.log(held, 1, by=office.colleague)) == "not_allowed"
    stranger = office.world.account("stranger", "leader", "P/2.executive")
    assert refused(lambda: office.accept(held, 0, by=stranger)) == "not_allowed"


def test_who_gave_the_work_accepts_it_and_another_only_once_the_giver_may_not(office: Office) -> None:
    held = office.assign()
    office.log(held, 2)
    assert refused(lambda: office.accept(held, 2, by=office.deputy)) == "not_the_giver"
    office.head.grants.all().delete()
    assert office.accept(held, 2, by=office.deputy).accepted_by == office.deputy


def test_an_objective_cause_is_confirmed_by_another_person_than_the_giver(office: Office) -> None:
    held = office.made(delays=1, days_late=4, cause="Flood")
    told = {"assignment": held, "confirmed": True, "on": AFTER}
    assert refused(lambda: work.judge_cause(**told, by=office.head)) == "second_person"
    assert work.judge_cause(**told, by=office.inspector).cause_state == "confirmed"
    assert refused(lambda: work.judge_cause(**told, by=office.deputy)) == "no_cause"


def test_a_task_has_one_main_owner_and_others_help(office: Office) -> None:
    office.assign(task="Plan 27")
    other = {"person": office.colleague.person, "task": "Plan 27"}
    assert refused(lambda: office.assign(**other)) == "one_main_owner"
    assert office.assign(**other, main=False).main is False


def test_what_is_taken_over_names_from_whom(office: Office) -> None:
    first = office.assign("report", 1, person=office.colleague.person)
    assert refused(lambda: office.assign("report", 1, extra="taken_over")) == "taken_from"
    assert office.assign("report", 1, extra="taken_over", taken_from=first).taken_from == first


def test_a_key_used_twice_gives_back_the_first(office: Office) -> None:
    one, other = office.assign(key="once"), office.assign(key="once")
    assert one == other
    assert Assignment.objects.count() == 1
    office.log(one, 2)
    accepted = office.accept(one, 2, delays=1, days_late=4, cause="Flood", key="accepted")
    judged = [work.judge_cause(assignment=one, confirmed=True, by=office.deputy, on=AFTER, key="judged") for _again in range(2)]
    assert office.accept(one, 2, key="accepted") == accepted == judged[0] == judged[1]


@pytest.mark.parametrize(("asked", "why"), [
    ({"day": date(2026, 2, 27)}, "day"), ({"day": date(2026, 3, 25)}, "day"), ({"text": " "}, "no_text"),
    ({"link": "javascript:alert(1)"}, "link"), ({"done": "0.00001"}, "number"), ({"done": "NaN"}, "number"),
])  # fmt: skip
def test_a_log_that_cannot_be_is_refused(office: Office, asked: dict[str, Any], why: str) -> None:
    held = office.assign()
    assert refused(lambda: office.log(held, asked.get("done", 1), **{k: v for k, v in asked.items() if k != "done"})) == why


def test_what_was_assigned_and_logged_is_not_rewritten_by_statement(office: Office) -> None:
    held = office.made()
    for change in (
        lambda: Assignment.objects.filter(pk=held.pk).update(coefficient=9),
        lambda: Log.objects.all().update(done=9),
        Log.objects.all().delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_coefficient_of_ones_own_is_refused_by_the_database(office: Office) -> None:
    held = office.assign()
    held.pk, held.coefficient, held.entry = None, Decimal(99), None
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        held.save(force_insert=True)
    assert constraints.name_of(problem.value) == "coefficient_is_the_catalogues"


def seen(account: Any) -> set[int]:
    """The persons whose assignments an account sees."""
    with transaction.atomic():
        authority.open_sight(authority.reach_of(account))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT person_id FROM evaluation_assignment WHERE id IN (SELECT assignment_id FROM evaluation_log)"
            )
            return {row[0] for row in cursor.fetchall()}


def test_a_person_sees_the_own_work_a_head_the_bodys_and_nobody_else_any(office: Office) -> None:
    held = office.assign(person=office.colleague.person)
    office.made()
    office.log(held, 1, by=office.colleague)
    own, other = office.person.pk, office.colleague.person.pk
    assert seen(office.worker) == {own}
    assert seen(office.colleague) == {other}
    assert seen(office.head) == {own, other}
    assert seen(office.world.account("statistics", "statistician", "P")) == set()
    assert seen(office.world.account("elsewhere", "leader", "P/2.executive")) == set()

"""What grades open: proposals by the articles that read them, never a case by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.evaluation import grading, schemes
from canbo.evaluation.models import Evaluation
from canbo.journal.models import Entry
from canbo.procedures import consequences
from canbo.procedures.consequences import Proposal
from canbo.procedures.models import Case
from canbo.procedures.refusals import Refused
from canbo.registry import authority
from canbo.registry.models import Membership, Person, Rating, Succession
from canbo.rules.evaluation.periods import Period
from tests.evaluation import office as offices
from tests.evaluation.office import Office
from tests.evaluation.test_meetings import DECEMBER
from tests.evaluation.test_ratings import published
from tests.world import World

pytestmark = pytest.mark.django_db
ON = date(2027, 3, 1)
GROUND = "vn/state/300-2026/art-53-1-d/two-failed-years"


def graded(world: World, person: Person, **grades: Rating.Grade) -> None:
    for year, grade in grades.items():
        days = DateRange(date(int(year[1:]), 1, 1), date(int(year[1:]) + 1, 1, 1))
        Rating.objects.create(person=person, grade=grade, regime="civil-servant", valid=days, **world.mark)


def proposals(world: World, person: Person) -> list[Proposal]:
    return consequences.of_person(person=person, by=world.account(f"o{person.pk}", "officer"), on=ON)


@pytest.fixture
def leader(world: World) -> Person:
    person = world.person("Thị Lan")
    world.serve(person, world.post("P/1.executive.office", "commune-department-head"))
    return person


def test_two_failed_years_propose_a_dismissal_with_its_article_and_open_nothing(world: World, leader: Person) -> None:
    graded(world, leader, y2025=Rating.Grade.NOT_COMPLETED, y2026=Rating.Grade.NOT_COMPLETED)
    found = {each.procedure: each for each in proposals(world, leader)}
    assert GROUND in [ground.id for ground in found["dismissal"].grounds]
    assert "not completed" in found["dismissal"].grounds[0].reason("en")
    assert not Case.objects.exists()


def test_one_failed_year_of_a_leader_and_good_years_propose_no_dismissal(world: World, leader: Person) -> None:
    graded(world, leader, y2025=Rating.Grade.GOOD, y2026=Rating.Grade.NOT_COMPLETED)
    assert GROUND not in [ground.id for each in proposals(world, leader) for ground in each.grounds]
    other = world.person("Văn Tốt")
    world.serve(other, world.post("P/2.executive", "commune-chair"))
    graded(world, other, y2025=Rating.Grade.GOOD, y2026=Rating.Grade.EXCELLENT)
    assert proposals(world, other) == []


def test_whoever_may_open_no_case_is_told_of_none(world: World, leader: Person) -> None:
    graded(world, leader, y2025=Rating.Grade.NOT_COMPLETED, y2026=Rating.Grade.NOT_COMPLETED)
    with pytest.raises(authority.NotAllowed):
        consequences.of_person(person=leader, by=world.account("nobody"), on=ON)


# ---- of a published evaluation


@pytest.fixture
def office(world: World) -> Office:
    return offices.build(world)


@pytest.fixture
def led(office: Office) -> Office:
    """The office whose evaluated person leads a department and failed in the year before too."""
    post = office.world.post("P/1.executive.office", "commune-department-head")
    Membership.objects.filter(person=office.person).update(post=post, seat=1)
    graded(office.world, office.person, y2025=Rating.Grade.NOT_COMPLETED)
    return office


def proposed(office: Office, held: Evaluation, on: date = ON) -> dict[str, Any]:
    return {each.name: each for each in consequences.propose(evaluation=held, by=office.officer, on=on)}


def opened(office: Office, held: Evaluation, **asked: Any) -> Case:
    post = Membership.objects.get(person=office.person).post
    told = {
        "procedure": "dismissal",
        "post": post,
        "by": office.officer,
        "on": ON,
    }
    return consequences.open(evaluation=held, **{**told, **asked})


def refusal(do: Any) -> str:
    with pytest.raises(Refused) as problem:
        do()
    assert Entry.objects.filter(act="case.attempted").latest("pk").payload["why"] == problem.value.why
    return problem.value.why


def test_one_failed_year_of_a_specialist_proposes_a_lower_position_or_letting_go_with_its_clock(office: Office) -> None:
    held = published(office)
    found = proposed(office, held)
    assert {"lower_post", "let_go"} <= set(found) and "dismissal" not in found
    assert found["lower_post"].procedure == "demotion" and "vn/state/80-2025/art-27-1-c/not-completed" in [
        each.id for each in found["lower_post"].grounds
    ]
    assert (found["let_go"].procedure, found["let_go"].since, found["let_go"].due) == ("", date(2027, 1, 1), date(2027, 1, 31))
    assert not Case.objects.exists()


def test_a_grade_proposes_within_the_day_of_its_publication(office: Office) -> None:
    held = published(office)
    assert held.published_on is not None and "lower_post" in proposed(office, held, on=held.published_on)


def test_two_failed_years_of_a_leader_open_a_dismissal_by_one_act_with_the_evaluation_as_ground(led: Office) -> None:
    held = published(led)
    assert refusal(lambda: opened(led, held, on=DECEMBER)) == "too_early"
    case = opened(led, held, key="by one act")
    assert opened(led, held, key="by one act") == case
    assert case.state == Case.State.OPEN
    assert case.terms["evaluation"]["digest"] == held.digest
    assert GROUND in case.terms["evaluation"]["articles"]
    assert refusal(lambda: opened(led, held)) == "opened"
    assert proposed(led, held)["dismissal"].opened == case


def test_only_whoever_may_open_cases_opens_one_and_only_what_is_proposed(led: Office) -> None:
    held = published(led)
    with pytest.raises(authority.NotAllowed):
        opened(led, held, by=led.inspector)
    assert refusal(lambda: opened(led, held, procedure="rotation")) == "not_proposed"
    assert not Case.objects.exists()


def test_a_cancelled_grade_proposes_nothing_and_marks_the_case_that_was_opened_on_it(led: Office) -> None:
    held = published(led)
    case = opened(led, held)
    assert not consequences.fallen(case) and consequences.ground_of(case) == held
    grading.cancel(evaluation=held, why="A month was left out.", by=led.head, on=DECEMBER)
    held.refresh_from_db()
    assert consequences.fallen(case)
    assert proposed(led, held) == {}
    assert refusal(lambda: opened(led, held)) == "no_grade"
    case.refresh_from_db()
    assert case.state == Case.State.OPEN  # nothing ends by itself either


def test_who_stands_in_a_plan_and_failed_is_proposed_for_a_review_of_that_post(office: Office) -> None:
    planned = office.world.post("P/2.executive", "commune-chair")
    Succession.objects.create(person=office.person, post=planned, valid=DateRange(date(2026, 2, 1), None), **office.world.mark)
    found = proposed(office, published(office))["plan_review"]
    assert (found.post, found.procedure) == (planned.pk, "succession-review") and found.source is not None


def test_results_are_told_in_their_order_for_a_higher_rank(office: Office) -> None:
    held = published(office, "good")
    whole = consequences.of_body(by=office.officer, root=office.place.pk, on=ON, period=Period(date(2026, 1, 1), "year"))
    assert [(each.name, each.place, each.of, each.evaluation) for each in whole] == [
        ("higher_rank", 1, 1, held.pk), ("income", 1, 1, held.pk)
    ]  # fmt: skip


# ---- two failed quarters on the Party's track


def quarters(office: Office, **grades: str) -> list[Evaluation]:
    """The quarters of 2026 of somebody to whom nothing was assigned, each graded by the authority after its end."""
    told = {"kind": "quarter", "since": date(2026, 1, 1), "basis": "Letter 1", "by": office.officer, "on": date(2025, 12, 20)}
    schemes.set_scheme(organization=office.place, **told)
    found = []
    for quarter, grade in grades.items():
        on = date(2026, 3 * int(quarter[1]) + 1, 5)
        held = grading.assess(person=office.person, period=f"2026-{quarter}", general=offices.GENERAL, by=office.worker, on=on)
        held = grading.opine(evaluation=held, opinion="So it was.", by=office.head, on=on)
        held = grading.decide(evaluation=held, by=office.head, on=on, grade=grade, why="Nothing was done.")
        found.append(grading.publish(evaluation=held, by=office.officer, on=on))
    return found


def test_two_failed_quarters_in_a_row_of_a_leader_propose_a_replacement_by_the_partys_guide(led: Office) -> None:
    first, second = quarters(led, Q1="not_completed", Q2="not_completed")
    assert "party_replacement" not in proposed(led, first, on=date(2026, 4, 6))
    found = proposed(led, second, on=date(2026, 7, 6))["party_replacement"]
    assert [each.id for each in found.grounds] == ["vn/party/02-hd-btctw/two-quarters"]
    assert found.procedure == "removal" and found.post == Membership.objects.get(person=led.person).post_id
    assert not Case.objects.exists()


def test_a_good_quarter_between_two_failed_ones_proposes_no_replacement(led: Office) -> None:
    *_before, last = quarters(led, Q1="not_completed", Q2="good", Q3="not_completed")
    assert "party_replacement" not in proposed(led, last, on=date(2026, 10, 6))


def test_two_failed_quarters_of_whoever_leads_nobody_propose_no_replacement(office: Office) -> None:
    *_before, last = quarters(office, Q1="not_completed", Q2="not_completed")
    assert "party_replacement" not in proposed(office, last, on=date(2026, 7, 6))


def test_a_cancelled_quarter_counts_no_more(led: Office) -> None:
    first, second = quarters(led, Q1="not_completed", Q2="not_completed")
    grading.cancel(evaluation=first, why="A product was left out.", by=led.head, on=date(2026, 7, 6))
    assert "party_replacement" not in proposed(led, second, on=date(2026, 7, 6))

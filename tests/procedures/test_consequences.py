"""What grades open: proposals by the articles that read them, never a case by itself."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.procedures import consequences
from canbo.procedures.consequences import Proposal
from canbo.procedures.models import Case
from canbo.registry import authority
from canbo.registry.models import Person, Rating
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

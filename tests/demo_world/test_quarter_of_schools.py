"""A quarter in two schools of the demo world: where a regulation gives the points grades follow from it, elsewhere they wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from canbo.evaluation import regulations
from canbo.evaluation.models import Acceptance, Evaluation
from canbo.project.world import quarter_of_schools as story
from canbo.project.world import stories
from canbo.registry import authority, intake
from canbo.registry.models import Organization
from tests.demo_world.test_stories import rows_of_everything

TODAY = date(2026, 11, 27)
QUARTER, LAST = "2026-Q3", date(2026, 9, 30)
State = Evaluation.State


@pytest.fixture(scope="module")
def published(_loaded_template: dict[str, Any], django_db_blocker: Any) -> Iterator[int]:
    """How many evaluations were published when the quarter was told once in the small world; all is taken back."""
    from tests.conftest import _connected_to

    with django_db_blocker.unblock(), _connected_to(_loaded_template["name"]), transaction.atomic():
        authority.open_sight(authority.reach_of(intake.console()))
        cast = stories.cast_of(TODAY)
        assert cast is not None
        made = story.tell(cast)
        authority.open_sight(authority.reach_of(intake.console()))
        yield made
        transaction.set_rollback(True)


def school(code: str) -> Organization:
    return Organization.objects.get(codes__code=code)


def evaluated(code: str) -> list[Evaluation]:
    return list(Evaluation.objects.filter(organization=school(code), period=QUARTER).order_by("pk"))


def test_the_school_with_a_regulation_publishes_every_teacher_and_the_other_nobody(published: int) -> None:
    graded, waiting = evaluated(story.WITH), evaluated(story.WITHOUT)
    assert published == len(graded) == len(waiting) == story.PEOPLE
    assert {each.state for each in graded} == {State.PUBLISHED}
    assert {each.state for each in waiting} == {State.OPINED}
    assert {(each.score, each.grade, each.inputs) for each in waiting} == {(None, "", "")}


def test_the_regulation_was_drafted_by_one_and_approved_by_another_and_the_other_school_has_none(published: int) -> None:
    held = regulations.in_force(school(story.WITH).pk, LAST)
    assert held is not None
    assert (held.number, held.state) == (story.NUMBER, held.State.APPROVED)
    assert held.drafted_by != held.approved_by
    assert held.weighing(leads=False) == story.WEIGHTS
    assert regulations.in_force(school(story.WITHOUT).pk, LAST) is None


def test_scores_follow_from_the_weights_of_the_regulation(published: int) -> None:
    graded = evaluated(story.WITH)
    for each in graded:
        assert each.found is not None and each.score is not None
        assert [held["number"] for held in each.found["regulations"]] == [story.NUMBER]
        shares = {name: Decimal(str(each.found["parts"][name])) for name in story.WEIGHTS}
        points = sum(shares[name] * weight / 100 for name, weight in story.WEIGHTS.items())
        assert abs(Decimal(str(each.found["parts"]["general"])) + points - each.score) < Decimal("0.1")
    assert len({each.score for each in graded}) > 1


def test_whoever_did_everything_in_time_has_all_points_of_the_result_and_the_others_as_they_worked(published: int) -> None:
    best, *others = evaluated(story.WITH)
    assert best.found is not None and best.score is not None
    assert {best.found["parts"][name] for name in story.WEIGHTS} == {100.0}
    assert all(each.score is not None and each.score < best.score for each in others)
    accepted = Acceptance.objects.filter(assignment__person=best.person_id, assignment__period=QUARTER)
    assert {(each.quality_failures, each.delays) for each in accepted} == {(0, 0)}


def test_nobody_decides_on_the_own_work_or_publishes_what_he_decided(published: int) -> None:
    for each in evaluated(story.WITH):
        assert each.decided_by is not None and each.published_by is not None
        assert each.decided_by != each.published_by
        assert each.person_id not in (each.decided_by.person_id, each.published_by.person_id)


def test_telling_it_again_changes_nothing(published: int) -> None:
    written, cast = rows_of_everything(), stories.cast_of(TODAY)
    assert cast is not None
    story.tell(cast)
    authority.open_sight(authority.reach_of(intake.console()))
    assert rows_of_everything() == written

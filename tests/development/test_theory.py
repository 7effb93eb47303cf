"""What people must have learned by the end of their term: by the article of the new appointment, and unknown apart."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.development import theory as reports
from canbo.project.commands.training import training
from canbo.registry import authority, facts
from canbo.registry.days import since
from canbo.registry.models import Job, Person, PoliticalTheory
from tests.world import World

pytestmark = pytest.mark.django_db
PLACE, ON = "P/1.executive.office", date(2026, 11, 1)
ARTICLE = "vn/state/decree-334-2025/theory-again"


def head(world: World, name: str, began: date | None, theory: int | None, seat: int) -> Person:
    """A head of a division there since a day, with a level of theory on record or none."""
    person = world.person(given=name)
    post = getattr(world, "_heads", None) or world.post(PLACE, "division-head", seats=6)
    world._heads = post  # type: ignore[attr-defined]
    world.serve(person, post, valid=since(began), seat=seat)
    if theory is not None:
        PoliticalTheory.objects.create(person=person, level=theory, valid=since(date(2015, 1, 1)), **world.mark)
    return person


def states(world: World, on: date = ON) -> dict[int, tuple[str, date | None, str]]:
    by = world.account("reader", "officer", "P")
    with authority.sight(by):
        found = reports.due(by=by, root=world.organizations["P"].pk, on=on)
    return {each.person: (each.state, each.by, each.article.id) for each in found}


def test_the_end_of_the_term_is_the_day_and_the_article_is_named(world: World) -> None:
    late = head(world, "Late", date(2021, 3, 1), 1, 1)
    soon = head(world, "Soon", date(2022, 2, 1), 1, 2)
    later = head(world, "Later", date(2025, 6, 1), 1, 3)
    met = head(world, "Met", date(2021, 3, 1), 2, 4)
    found = states(world)
    assert found[late.pk] == ("late", date(2026, 3, 1), ARTICLE)
    assert found[soon.pk] == ("soon", date(2027, 2, 1), ARTICLE)
    assert found[later.pk] == ("later", date(2030, 6, 1), ARTICLE)
    assert found[met.pk][0] == "met"


def test_a_level_that_is_not_on_record_is_unknown_and_never_late(world: World) -> None:
    person = head(world, "Silent", date(2021, 3, 1), None, 1)
    assert states(world)[person.pk] == ("unknown", date(2026, 3, 1), ARTICLE)


def test_before_the_decree_nothing_is_due_by_it(world: World) -> None:
    head(world, "Early", date(2020, 3, 1), 1, 1)
    assert states(world, date(2025, 11, 1)) == {}


def test_a_specialist_has_no_term_and_nothing_is_due(world: World) -> None:
    world.serve(world.person(given="Plain"), world.post(PLACE, "specialist"))
    assert states(world) == {}


def test_a_title_for_which_the_rulebook_has_no_word_is_unknown_and_stops_nobody_elses_answer(world: World) -> None:
    late = head(world, "Late", date(2021, 3, 1), 1, 1)
    words = {"title_kind": "council_member", "standing": Job.Standing.STAFF, "term_months": 60, "names": {"en": "Deputy"}}
    Job.objects.create(code="council-deputy", **words)
    post = world.post(PLACE, "council-deputy")
    deputy = world.person(given="Deputy")
    world.serve(deputy, post, valid=since(date(2021, 3, 1)))
    assert "post.title" not in facts.of_post(post, on=ON)
    found = states(world)
    assert found[late.pk] == ("late", date(2026, 3, 1), ARTICLE)
    assert deputy.pk not in found or found[deputy.pk][0] == "unknown"


def test_whoever_may_not_read_the_staff_is_refused(world: World) -> None:
    stranger = world.account("stranger", "officer", "Q")
    with authority.sight(stranger), pytest.raises(authority.NotAllowed):
        reports.due(by=stranger, root=world.organizations["P"].pk, on=ON)


def test_a_term_from_the_last_of_a_long_month_ends_on_the_last_of_a_short_one() -> None:
    assert reports.later(date(2024, 2, 29), 12) == date(2025, 2, 28)


def ran(*typed: str) -> tuple[int, Any]:
    result = CliRunner().invoke(training, ["due", PLACE, "--on", "2026-11-01", *typed])
    assert result.output, result.exception
    return result.exit_code, result.output


def test_the_command_counts_and_ends_with_3_where_somebody_is_late(world: World) -> None:
    person = head(world, "Late", date(2021, 3, 1), 1, 1)
    code, text = ran("--json")
    found = json.loads(text)
    assert (code, found["counts"]) == (3, {"late": 1})
    (one,) = found["due"]
    assert (one["id"], one["by"], one["article"]) == (person.identification_number, "2026-03-01", ARTICLE)
    assert "334/2025" in one["cites"] and one["reason"]
    assert "334/2025" in ran()[1]


def test_the_command_ends_with_4_where_it_is_not_known_and_with_0_where_there_is_time(world: World) -> None:
    head(world, "Later", date(2025, 6, 1), 1, 1)
    assert ran("--json")[0] == 0
    head(world, "Silent", date(2021, 3, 1), None, 2)
    assert ran("--json")[0] == 4

"""The first page: seats by kind of body, grades that were published, and what is due next, each for whoever may know it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory

from canbo.pages import home, staffing
from canbo.pages.charts import bars
from canbo.procedures.models import Step
from canbo.registry import authority, queries
from canbo.registry.days import since
from canbo.reports import caps
from tests.evaluation import office as offices
from tests.evaluation.office import AFTER
from tests.pages.test_case_pages import offices as case_offices
from tests.pages.test_case_pages import opened

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ON = date(2026, 11, 2)


def first_page(account: Any) -> str:
    cache.clear()
    client = Client(headers={"accept-language": "en"})
    client.force_login(account, backend=BACKEND)
    return str(client.get("/").content.decode())


def test_seats_by_kind_add_up_to_all_seats_and_leave_out_what_ended(province: Any) -> None:
    ids = queries.subtree(province.organizations["P"].pk, on=ON)
    province.post("P/2.executive", "specialist", seats=3, valid=since(date(2015, 1, 1), date(2026, 1, 1)))
    found = {row["kind"]: (row["seats"], row["filled"]) for row in queries.seats_by_kind(ids, on=ON)}
    whole = queries.quota(ids, on=ON)
    assert {name: sum(each[place] for each in found.values()) for place, name in enumerate(("seats", "filled"))} == whole
    assert found["commune-department"] == (60, 58) and found["commune-executive"] == (2, 1)


def test_many_kinds_are_shortened_and_nothing_is_lost() -> None:
    kinds = [{"kind": str(n), "names": {"en": str(n)}, "seats": 10 * n, "filled": 9 * n} for n in range(12, 0, -1)]
    lines = staffing.shortened(kinds)
    assert len(lines) == staffing.KINDS + 1 and lines[-1]["names"] is None
    assert sum(line["seats"] for line in lines) == 780 and sum(line["free"] for line in lines) == 78
    assert len(staffing.shortened(kinds[: staffing.KINDS + 1])) == staffing.KINDS + 1, "a rest of one has its own name"


def test_published_grades_stand_on_the_first_page_of_those_who_may_read_evaluations(world: Any) -> None:
    office = offices.build(world)
    office.made()
    assert "Grades of work" not in first_page(office.officer), "nothing is published yet"
    offices_sight()
    held = office.published()
    page = first_page(office.officer)
    assert "Grades of work" in page and f"{held.period}, 1 published" in page and "100.0%" in page
    assert "Grades of work" not in first_page(world.account("counter", "statistician", "P"))
    assert "Grades of work" not in first_page(world.account("elsewhere", "officer", "Q"))


def test_a_grade_of_a_period_that_is_not_over_on_the_day_asked_for_is_not_shown(world: Any) -> None:
    office = offices.build(world)
    office.made()
    office.published()
    ids = [office.place.pk]
    found = staffing.grades(ids, AFTER)
    assert found is not None and [(line["people"], sum(line["by"].values())) for line in found["lines"]] == [(1, 1)]
    assert staffing.grades(ids, date(2026, 3, 30)) is None


def test_what_is_late_comes_first_and_the_days_of_the_law_last(
    world: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CANBO_DEMO = True
    office = case_offices.build(world)
    case = opened(office)
    step = Step.objects.get(case=case, closed_at=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procedures_step SET due_on = %s WHERE id = %s", [ON - timedelta(days=3), step.pk])
    request = RequestFactory().get("/")
    request.user = world.account("of the province", "officer", "P")
    request.reach = authority.reach_of(request.user)  # type: ignore[attr-defined]
    due = home.due_soon(request, ON)
    assert due[0]["case"] == case.pk and due[0]["late"] and due[0]["post"]
    assert [each["day"] for each in due[1:]] == sorted(each["day"] for each in due[1:]) and all(each["law"] for each in due[1:])
    assert not home.due_soon(request, ON - timedelta(days=3))[0]["late"], "on the last day nothing is late"
    assert all("law" not in each for each in home.due_soon(request, date(2031, 1, 1))), "a day that is over is no deadline"
    assert caps.deadlines(on=date(2019, 6, 30)) == [], "no article set one then"


def test_a_bar_is_short_of_its_goal_from_the_share_on_that_was_given() -> None:
    assert [bars.bullet(value, 100, 100, near).tone for value, near in ((97, 0.97), (96, 0.97), (97, 1.0), (101, 0.97))] == [
        "f1", "f2", "f2", "ffail",
    ]  # fmt: skip


def offices_sight() -> None:
    """Everything in sight again, after a page closed it."""
    case_offices.in_sight()

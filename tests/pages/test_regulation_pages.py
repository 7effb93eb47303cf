"""The page of a unit's regulation: drafted, approved by another, replaced, withdrawn; and where else its name is read."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from canbo.evaluation import grading
from canbo.evaluation.models import Regulation
from canbo.journal.models import Entry
from canbo.registry import authority, intake
from canbo.registry.models import Account
from tests import world as worlds
from tests.evaluation import school as schools
from tests.evaluation.school import SCHOOL, SEPTEMBER, School
from tests.pages.browser import axe_script, chromium, complaints, overflow, serving, speak
from tests.pages.test_case_browser import BACKEND, is_fault
from tests.pages.test_pages import MOST_BYTES, MOST_QUERIES
from tests.pages.test_work_pages import everything, reader, sent
from tests.trying import needs_a_browser

SHOTS = os.environ.get("CANBO_SHOTS")  # a folder: a picture of each page is put there
PAGE, POINTS = f"/evaluations/regulation?in={SCHOOL}", {"s_a": "30", "s_b": "25,5", "s_c": "14.5"}
LEADING = {"l_a": "15", "l_b": "15", "l_c": "10", "l_d": "15", "l_dd": "10", "l_e": "5"}
TODAY = date(2026, 10, 20)


@pytest.fixture
def school(world: Any, monkeypatch: pytest.MonkeyPatch) -> School:
    for module in ("regulations", "evaluations", "work"):
        monkeypatch.setattr(importlib.import_module(f"canbo.pages.{module}"), "today", lambda: TODAY)
    return schools.build(world)


def drafted(school: School, **asked: str) -> Any:
    client = reader(school.officer)
    key = sent(client.get(PAGE).content.decode())
    told = {
        "do": "draft",
        "key": f"{key}:draft",
        "number": "12/QC",
        "dated": "2026-08-20",
        "since": "2026-09-01",
        **POINTS,
        **LEADING,
    }
    return client.post(PAGE, {**told, **asked})


@pytest.mark.django_db
def test_a_regulation_is_drafted_on_the_page_and_approved_by_another(school: School) -> None:
    assert drafted(school).status_code == 302
    everything()
    made = Regulation.objects.get()
    assert made.weights == {"a": 30, "b": 25.5, "c": 14.5} and made.general is None
    own = reader(school.officer).get(PAGE).content.decode()
    assert "12/QC" in own and 'value="approve"' not in own
    client = reader(school.head)
    page = client.get(PAGE).content.decode()
    assert "Drafted by Officer Of Schools" in page
    told = {"do": "approve", "key": sent(page), "regulation": made.pk}
    assert client.post(PAGE, told).status_code == client.post(PAGE, told).status_code == 302
    everything()
    assert Regulation.objects.get().state == "approved"
    assert Entry.objects.filter(act="regulation.approved").count() == 1
    page = client.get(PAGE).content.decode()
    assert "In force since" in page and "What was approved here" in page and "Director" in page
    assert "Decree 233/2026/ND-CP, article 18, clause 3" in page and "Issued on" in page


@pytest.mark.django_db
def test_weights_that_do_not_add_up_are_refused_on_the_page_with_what_was_written(school: School) -> None:
    answer = drafted(school, s_a="20")
    page = answer.content.decode()
    assert answer.status_code == 422 and "the points add up to 60; they must add up to 70" in page
    assert 'name="s_b" inputmode="decimal" value="25,5"' in page and 'value="12/QC"' in page
    assert drafted(school, l_dd="ten").status_code == 422
    assert drafted(school, g_1="12", g_2="12", g_3="7").status_code == 422
    everything()
    assert not Regulation.objects.exists()


@pytest.mark.django_db
def test_a_second_draft_shows_what_it_changes_and_the_first_is_withdrawn(school: School) -> None:
    held = school.approved()
    assert drafted(school, number="15/QC", since="2026-11-01", s_a="20", s_b="35.5").status_code == 302
    client = reader(school.head)
    page = client.get(PAGE).content.decode()
    assert "now 30" in page and "now 25.5" in page and "now 14.5" not in page
    told = {"do": "withdraw", "key": sent(page), "regulation": held.pk, "until": "2026-12-01", "text": "Letter 3"}
    assert client.post(PAGE, told).status_code == 302
    assert "withdrawn from" in client.get(PAGE).content.decode()


@pytest.mark.django_db
def test_a_part_shows_the_regulation_of_its_unit_and_an_office_says_why_it_has_none(school: School) -> None:
    school.approved()
    part = reader(school.head).get(f"/evaluations/regulation?in={schools.TEAM}").content.decode()
    assert "this body is a part of it" in part and "12/QC" in part and 'value="draft"' not in part
    office = reader(school.above).get("/evaluations/regulation?in=P/1.executive.office").content.decode()
    assert "no public service unit" in office and 'value="draft"' not in office
    assert "/evaluations/regulation" not in reader(school.above).get("/evaluations?in=P/1.executive.office").content.decode()


@pytest.mark.django_db
def test_a_persons_page_names_the_regulation_and_a_bodys_page_says_where_there_is_none(school: School) -> None:
    school.made(school.teacher)
    school.opined(school.teacher)
    body = reader(school.head).get(f"/evaluations?in={SCHOOL}&period={SEPTEMBER}").content.decode()
    assert "the unit has no regulation" in body and f"/evaluations/regulation?in={SCHOOL.replace('/', '%2F')}" in body
    school.approved()
    person = reader(school.head).get(f"/evaluations/{school.person.pk}?period={SEPTEMBER}").content.decode()
    assert "Regulation" in person and "12/QC" in person and "100 % × 25.5" in person
    assert (
        "the unit has no regulation"
        not in reader(school.head).get(f"/evaluations?in={SCHOOL}&period={SEPTEMBER}").content.decode()
    )


@pytest.mark.django_db
def test_general_points_follow_the_regulation_where_it_says_how_many_each_group_has(school: School) -> None:
    points = {"g_1": "12", "g_2": "12", "g_3": "6"}
    assert drafted(school, **points).status_code == 302
    everything()
    made = Regulation.objects.get()
    client = reader(school.head)
    client.post(PAGE, {"do": "approve", "key": sent(client.get(PAGE).content.decode()), "regulation": made.pk})
    school.made(school.teacher)
    own, address = reader(school.teacher), f"/work?period={SEPTEMBER}"
    page = own.get(address).content.decode()
    assert 'name="general_1"' in page and "0 to 12" in page and "line_1.1" not in page
    told = {"do": "assess", "key": sent(page), "general_1": "12", "general_2": "11", "general_3": "7"}
    refused = own.post(address, told)
    assert refused.status_code == 422 and "at most 12, 12, 6 points" in refused.content.decode()
    assert own.post(address, {**told, "general_3": "6"}).status_code == 302
    everything()
    assert grading.Evaluation.objects.get().own_general == {"1": 12, "2": 11, "3": 6}


@pytest.mark.django_db
def test_the_page_keeps_to_the_budget(school: School, django_assert_max_num_queries: Any) -> None:
    for month in (7, 8, 9):
        school.approved(since=date(2026, month, 1), number=f"{month}/QC")
    drafted(school, since="2026-11-01")
    client = reader(school.head)
    client.get(PAGE)
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(PAGE)
    assert page.status_code == 200 and len(page.content) < MOST_BYTES


# ---- in a browser


class Room:
    """A browser in a school; whoever sits down at it is signed in."""

    def __init__(self, base: str, school: School, context: Any) -> None:
        self.base, self.school, self.context, self.page = base, school, context, context.pages[0]
        self.script, self.wrong = axe_script(), []  # type: ignore[var-annotated]
        self.page.set_default_timeout(90_000)
        self.page.on("console", lambda message: self.wrong.append(message.text) if is_fault(message) else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def go(self, account: Account, path: str) -> None:
        from django.test import Client

        client = Client()
        client.force_login(account, backend=BACKEND)
        self.context.clear_cookies()
        self.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.base}])
        speak(self.context, self.base, "vi")
        self.page.goto(self.base + path)

    def look(self, name: str) -> None:
        """What is wrong with the page that is open, wide and narrow, in two scripts; with CANBO_SHOTS its pictures."""
        for width in (1440, 390):
            for language in ("vi", "fa"):
                speak(self.context, self.base, language)
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.reload()
                self.wrong += [f"{name} {language} {width}: {line}" for line in complaints(self.page, self.script)]
                if wide := overflow(self.page):
                    self.wrong.append(f"{name} {language} {width}: {wide} px too wide")
                if SHOTS:
                    Path(SHOTS).mkdir(parents=True, exist_ok=True)
                    self.page.screenshot(path=f"{SHOTS}/{name}.{language}-{width}.png", full_page=True)
        speak(self.context, self.base, "vi")


@pytest.fixture
def room(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    from django.core.cache import cache
    from django.db import connections

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    cache.clear()
    for module in ("regulations", "evaluations", "work"):
        monkeypatch.setattr(importlib.import_module(f"canbo.pages.{module}"), "today", lambda: TODAY)
    with authority.sight(intake.console()):
        school = schools.build(worlds.build())
        school.approved()
        school.made(school.teacher, 4, 3, delays=1, days_late=2)
        school.opined(school.teacher)
    with serving() as base, chromium(1440, 900) as context:
        connections.close_all()
        yield Room(base, school, context)
        connections.close_all()


@needs_a_browser
def test_a_regulation_is_replaced_in_a_browser(room: Room) -> None:
    room.go(room.school.officer, PAGE)
    told = {**POINTS, **LEADING, "s_a": "20", "s_b": "35.5", "g_1": "12", "g_2": "12", "g_3": "6", "number": "27/QC-THCS"}
    for name, value in told.items():
        room.page.locator(f"#{name}").fill(value)
    room.page.locator("#dated").fill("2026-10-19")
    room.page.locator("#since").fill("2026-11-01")
    room.page.locator("button[value=draft]").click()
    room.page.wait_for_load_state()
    room.go(room.school.head, PAGE)
    room.look("regulation-draft")
    room.page.locator("button[value=approve]").click()
    room.page.wait_for_load_state()
    room.look("regulation")
    with authority.sight(intake.console()):
        assert Regulation.objects.get(number="27/QC-THCS").state == "approved"
    room.go(room.school.head, f"/evaluations/{room.school.person.pk}?period={SEPTEMBER}")
    room.page.locator(".numbers summary").nth(4).click()
    room.look("evaluation-by-regulation")
    room.go(room.school.head, f"/evaluations?in={SCHOOL}&period={SEPTEMBER}")
    room.look("evaluations-of-school")
    assert not room.wrong, room.wrong

"""Many sides and what grades open in a real browser: asked on the page, answered on a phone, read by the rated person and the body,
and the proposals of published grades with their cases. Without a Chromium these tests are skipped; in a landing they fail."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from canbo.evaluation import grading, meetings, opinions, sides
from canbo.evaluation.models import Asked, Evaluation, Round
from canbo.procedures import consequences
from canbo.registry import authority, intake
from canbo.registry.models import Account, Membership, Rating, Succession
from tests import world as worlds
from tests.evaluation import sides_office
from tests.evaluation.office import GENERAL, Office
from tests.evaluation.test_meetings import DECEMBER
from tests.pages.browser import axe_script, chromium, complaints, overflow, serving, speak
from tests.pages.test_case_browser import BACKEND, is_fault
from tests.trying import needs_a_browser

pytestmark = needs_a_browser
SHOTS = os.environ.get("CANBO_SHOTS")  # a folder: a picture of each page is put there
TODAY = date(2027, 3, 1)
MODULES = (
    "sides",
    "consequences",
    "evaluations",
    "meetings",
    "reconciliation",
    "tasks",
    "cases",
    "case_files",
    "case_open",
    "work",
)


class Room:
    """A browser in a department with published grades; whoever sits down at it is signed in."""

    def __init__(self, base: str, office: Office, context: Any) -> None:
        self.base, self.office, self.context, self.page = base, office, context, context.pages[0]
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
        """What is wrong with the page that is open; with CANBO_SHOTS its pictures, wide and narrow, in two scripts."""
        self.wrong += [f"{name}: {line}" for line in complaints(self.page, self.script)]
        if wide := overflow(self.page):
            self.wrong.append(f"{name}: {wide} px too wide")
        for width in (1440, 390) if SHOTS else ():
            for language in ("vi", "fa"):
                speak(self.context, self.base, language)
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.reload()
                Path(SHOTS or ".").mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=f"{SHOTS}/{name}.{language}-{width}.png", full_page=True)
                if wide := overflow(self.page):
                    self.wrong.append(f"{name} {language} {width}: {wide} px too wide")
        if SHOTS:
            speak(self.context, self.base, "vi")
            self.page.set_viewport_size({"width": 390, "height": 844})
            self.page.reload()


@pytest.fixture
def room(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    from django.core.cache import cache
    from django.db import connections

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    cache.clear()
    for module in MODULES:
        monkeypatch.setattr(importlib.import_module(f"canbo.pages.{module}"), "today", lambda: TODAY)
    with authority.sight(intake.console()):
        office = sides_office.large(worlds.build())
        published(office)
    with serving() as base, chromium(390, 844) as context:
        connections.close_all()
        yield Room(base, office, context)
        connections.close_all()


def published(office: Office) -> None:
    """The year of two people: one who leads a department failed twice and stands in a plan, one did well."""
    post = office.world.post("P/1.executive.office", "commune-department-head")
    Membership.objects.filter(person=office.person).update(post=post, seat=1)
    before = {
        "grade": Rating.Grade.NOT_COMPLETED,
        "regime": "civil-servant",
        "valid": DateRange(date(2025, 1, 1), date(2026, 1, 1)),
    }
    Rating.objects.create(person=office.person, **before, **office.world.mark)
    planned = office.world.post("P/2.executive", "commune-chair")
    Succession.objects.create(person=office.person, post=planned, valid=DateRange(date(2026, 2, 1), None), **office.world.mark)
    held = []
    for account, grade in ((office.worker, "not_completed"), (office.colleague, "good")):
        one = grading.assess(person=account.person, period="2026", general=GENERAL, by=account, on=DECEMBER)  # type: ignore[arg-type]
        one = grading.opine(evaluation=one, opinion="Ý kiến của thủ trưởng.", by=office.head, on=DECEMBER)
        told = {"body": "Đảng ủy sở", "author": "Bí thư", "text": "Thống nhất với nhận xét.", "grade": "completed"}
        opinions.record(evaluation=one, said_on=DECEMBER, by=office.officer, on=DECEMBER, **told)
        held.append((one, grade))
    meeting = office.minuted(office.convened(period="2026", day=DECEMBER, on=DECEMBER), *(one for one, _grade in held))
    meetings.adopt(meeting=meeting, by=office.head, on=DECEMBER)
    for one, grade in held:
        decided = grading.decide(evaluation=one, grade=grade, why="Cả năm không có sản phẩm.", by=office.head, on=DECEMBER)
        grading.publish(evaluation=decided, by=office.officer, on=DECEMBER)


def test_many_sides_are_asked_answered_and_read(room: Room) -> None:
    office, path = room.office, "/evaluations/sides?in=P/1.executive.office&period=2026"
    room.go(office.officer, path)
    room.page.locator("button[value=ask]").click()
    room.page.wait_for_load_state()
    with authority.sight(intake.console()):
        held = Round.objects.get()
        first = (
            Asked.objects.select_related("round")
            .filter(round=held, rater=office.colleague.person, excluded="")
            .order_by("pk")
            .first()
        )
        assert first is not None
    room.go(office.colleague, "/tasks")
    room.look("asked-tasks")
    room.go(office.colleague, f"/sides/{first.pk}")
    room.look("asked")
    for question in sides_office.questions(first):
        room.page.locator(f"input[name=mark_{question}][value='4']").check(force=True)
    room.page.locator("textarea[name=text]").fill("Chia sẻ điều người khác cần.")
    room.page.locator("main form button.p").click()
    room.page.wait_for_load_state()
    with authority.sight(intake.console()):
        assert Asked.objects.get(pk=first.pk).answered
        severe = office.deputy.person
        for one in held.asked.filter(excluded="", answered=False).select_related("rater", "ratee", "round"):
            marks = dict.fromkeys(sides_office.questions(one), 2 if one.rater == severe else 3 + one.pk % 3)
            text = "Luôn hoàn thành tốt mọi nhiệm vụ, là tấm gương cho cả phòng noi theo." if one.rater == severe else ""
            sides.answer(asked=one, marks=marks, text=text, by=sides_office.account_of(one.rater), on=TODAY)
        told = {"organization": office.place, "period": "2026", "by": office.officer, "on": TODAY}
        sides.take_served(counter="Quầy số 3", counts=[2, 1, 7, 40, 50, 9], basis="Cổng dịch vụ công", **told)
    room.go(office.officer, path)
    room.page.locator("button[value=close]").click()
    room.page.wait_for_load_state()
    room.go(office.head, path)
    room.look("sides-body")
    room.go(office.worker, f"/evaluations/{office.person.pk}/sides?period=2026")
    room.look("sides-person")
    assert not room.wrong, room.wrong


def test_what_grades_open_is_told_and_a_case_on_a_cancelled_grade_says_so(room: Room) -> None:
    office = room.office
    room.go(office.officer, "/evaluations/consequences?in=P/1.executive.office&period=2026")
    room.look("opens")
    room.go(office.officer, f"/evaluations/{office.person.pk}?period=2026")
    room.look("evaluation-opens")
    with authority.sight(intake.console()):
        held = Evaluation.objects.get(person=office.person, period="2026")
        post = Membership.objects.get(person=office.person).post
        case = consequences.open(evaluation=held, procedure="dismissal", post=post, by=office.officer, on=TODAY)
        grading.cancel(evaluation=held, why="Một tháng bị bỏ sót.", by=office.head, on=DECEMBER)
    room.go(office.officer, f"/cases/{case.pk}")
    room.look("case-fallen")
    room.go(office.officer, "/evaluations/meetings?in=P/1.executive.office&period=2026")
    room.look("meetings")
    room.go(office.officer, "/evaluations/queue?in=P/1.executive.office")
    room.look("queue")
    assert not room.wrong, room.wrong

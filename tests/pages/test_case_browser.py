"""Cases in a real browser at the width of a phone: one appointment from its opening to its publication, one that is refused,
one that waits for facts. Without a Chromium these tests are skipped, and say so; in a landing they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from canbo.procedures import cases
from canbo.procedures.models import Case, Ruling
from canbo.registry import authority, intake
from canbo.registry.days import since
from canbo.registry.models import Account, Person, Succession
from tests import world as worlds
from tests.pages.browser import axe_script, chromium, complaints, overflow, serving, speak
from tests.pages.test_case_pages import on_the_day_of_the_office, too_old
from tests.procedures import office as offices
from tests.procedures.office import Office
from tests.trying import needs_a_browser

pytestmark = needs_a_browser
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PICTURE = {"name": "bien-ban.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nsheet"}
SHOTS = os.environ.get("CANBO_SHOTS")  # a folder: a picture of each page on the way is put there


@dataclass
class Hall:
    """A browser in the office: whoever sits down at it is signed in."""

    base: str
    office: Office
    page: Any
    context: Any
    script: str
    wrong: list[str]
    language: str = "vi"
    shot: int = 0

    def sit(self, account: Account) -> None:
        client = Client()
        client.force_login(account, backend=BACKEND)
        self.context.clear_cookies()
        self.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.base}])
        speak(self.context, self.base, self.language)

    def go(self, account: Account, path: str) -> None:
        self.sit(account)
        self.page.goto(self.base + path)

    def look(self, name: str) -> None:
        """What is wrong with the page that is open; with CANBO_SHOTS its picture."""
        self.wrong += [f"{name}: {line}" for line in complaints(self.page, self.script)]
        if wide := overflow(self.page):
            self.wrong.append(f"{name}: {wide} px too wide")
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            for width in (390, 1440):
                for language in ("vi", "fa"):
                    speak(self.context, self.base, language)
                    self.page.set_viewport_size({"width": width, "height": 900})
                    if "/act" not in self.page.url:
                        self.page.reload()
                    self.page.screenshot(path=f"{SHOTS}/{name}.{language}-{width}.png", full_page=True)
            speak(self.context, self.base, self.language)
            self.page.set_viewport_size({"width": 390, "height": 844})
            if "/act" not in self.page.url:
                self.page.reload()

    def press(self, do: str, **fields: str) -> None:
        """Fill in the form of a button and press it."""
        form = self.page.locator(f"form:has(input[name=do][value={do}])").first
        closed = form.locator("xpath=ancestor::details[not(@open)]")
        if closed.count():
            closed.first.locator("summary").click()
        for name, value in fields.items():
            form.locator(f"[name='{name}']").first.fill(value)
        form.locator("button:not([type=button]):not([name=do])").first.click()
        self.page.wait_for_load_state()

    def told(self) -> str:
        return str(self.page.locator("main").inner_text())


@pytest.fixture
def hall(own_register: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """The office, really committed, a server for it, and a browser of a phone's width."""
    from django.core.cache import cache
    from django.db import connections

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser runs a loop of its own beside the questions below
    settings.CANBO_DEMO = True
    cache.clear()
    on_the_day_of_the_office(monkeypatch)
    with authority.sight(intake.console()):
        office = offices.build(worlds.build())
    with serving() as base, chromium(390, 844) as context:
        connections.close_all()  # beside the browser's loop Django keeps connections of its own: none to a register that is gone
        page, wrong = context.pages[0], []
        page.set_default_timeout(90_000)  # a busy machine
        page.on("console", lambda message: wrong.append(message.text) if is_fault(message) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield Hall(base, office, page, context, axe_script(), wrong)
        connections.close_all()


def vi(words: str) -> str:
    """What the pages say in Vietnamese."""
    with translation.override("vi"):
        said = str(gettext(words))
    assert said != words
    return said


def is_fault(message: Any) -> bool:
    """A message of the browser that is a fault; that a refusal has the status of a refusal is none."""
    return bool(message.type == "error" and "status of 4" not in message.text)


def read(number: int) -> Case:
    """A case as it is committed."""
    with authority.sight(intake.console()):
        return Case.objects.select_related("ruling").get(pk=number)


def step_of(number: int) -> tuple[str, str, str]:
    """The step that a case is at: its kind, its name, in what capacity it is taken."""
    with authority.sight(intake.console()):
        case = Case.objects.get(pk=number)
        step = cases.current(case)
        assert step is not None
        rule = cases.rules_of(case)[1].step(step.name)
        return rule.does, rule.id, rule.capacity


def opened(hall: Hall) -> int:
    hall.go(hall.office.drafter, f"/cases/new?procedure=appointment-on-site&post={hall.office.post.pk}")
    hall.look("new")
    hall.press("open")
    return int(hall.page.url.rsplit("/", 1)[1])


def named(hall: Hall, number: int, *persons: Person) -> None:
    hall.go(hall.office.drafter, f"/cases/{number}")
    hall.look("names")
    for person in persons:
        hall.page.locator(f"input[name=person][value='{person.pk}']").check()
    hall.press("name")


def voted(hall: Hall, number: int, name: str) -> None:
    """The vote that the case is at: convened, counted on paper, the sheet confirmed by three; all for the candidate."""
    chair, candidate = hall.office.leaders[0], hall.office.candidate
    hall.go(chair, f"/cases/{number}")
    hall.press("convene")
    with authority.sight(intake.console()):
        step = cases.current(Case.objects.get(pk=number))
        assert step is not None
        called = list(step.electors.filter(state="convened").values_list("person_id", flat=True))
    n = str(len(called))
    hall.page.locator("input[name=photo]").set_input_files(PICTURE)  # type: ignore[arg-type]
    if name == "leadership-1":  # figures that do not fit come back with all that was typed
        hall.press("sheet", present=n, issued=n, collected=n, valid=n, blank="1", invalid="0", **{f"votes:{candidate.pk}": n})
        assert hall.page.locator("input[name=present]").input_value() == n
        assert hall.page.locator("#refusal").is_visible()
        hall.look("sheet-refused")
    hall.press("sheet", present=n, issued=n, collected=n, valid=n, blank="0", invalid="0", **{f"votes:{candidate.pk}": n})
    for leader in [account for account in hall.office.leaders if account.person_id in called][:3]:
        hall.go(leader, "/tasks")
        hall.page.locator(".todo a").first.click()
        if leader is hall.office.leaders[0] and name == "leadership-1":
            hall.look("confirm")
        hall.press("confirm")


def carried(hall: Hall, number: int, until: str) -> None:
    """Every step from its form, each found among the tasks of whoever takes it."""
    people = {"drafter": hall.office.drafter, "opinion": hall.office.manager, "verifier": hall.office.verifier}
    for _turn in range(20):
        does, name, capacity = step_of(number)
        if until in (does, name):
            return
        if does == "vote":
            voted(hall, number, name)
        elif does == "name":
            named(hall, number, hall.office.candidate)
        else:
            hall.go(people[capacity], "/tasks")
            if name in ("request", "verify"):
                hall.look(f"tasks-{name}")
            hall.page.locator(".todo a").first.click()
            if name == "verify":
                hall.look("verify")
            hall.press("act", text="Thống nhất.")
    raise AssertionError(f"the case never came to {until}")


def test_an_appointment_runs_from_its_opening_to_its_publication_on_a_phone_in_vietnamese(hall: Hall) -> None:
    number = opened(hall)
    carried(hall, number, "sign")
    hall.go(hall.office.approver, "/tasks")
    hall.page.locator(".todo a").first.click()
    assert vi("Demonstration only:") in hall.told()
    hall.look("sign")
    hall.page.locator("form.practice button").click()
    hall.go(hall.office.publisher, "/tasks")
    hall.page.locator(".todo a").first.click()
    hall.press("publish")
    hall.look("published")
    case = read(number)
    assert (case.state, case.ruling.state) == (Case.State.DECIDED, Ruling.State.PUBLISHED)
    assert case.ruling.number in hall.told()
    inspector = hall.office.world.account("inspector", "inspector", "P")
    hall.go(inspector, f"/cases/{number}")
    hall.look("inspected")
    assert vi("Tried and refused") in hall.told()
    assert hall.wrong == []


def test_a_name_that_the_articles_refuse_ends_the_case_with_its_reasons_and_one_without_facts_waits(hall: Hall) -> None:
    office = hall.office
    with authority.sight(intake.console()):
        old = too_old(office)
        unknown = offices.somebody(office.world, "Thiếu Hồ Sơ")
        Succession.objects.create(person=unknown, post=office.post, valid=since(worlds.FOUNDED), **office.world.mark)
        office.world.serve(unknown, office.world.post("P/1.party", "specialist"))
    refused = opened(hall)
    carried(hall, refused, "name")
    named(hall, refused, old)
    hall.look("refused")
    assert read(refused).state == Case.State.REFUSED
    assert vi("refused by the rules") in hall.told()
    waiting = opened(hall)
    carried(hall, waiting, "name")
    named(hall, waiting, unknown)
    hall.look("incomplete")
    assert step_of(waiting)[0] == "name"
    assert vi("waits for facts") in hall.told()
    hall.go(office.drafter, "/cases")
    hall.look("cases")
    assert hall.wrong == []

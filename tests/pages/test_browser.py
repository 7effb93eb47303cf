"""The pages in a real browser: axe finds nothing, nothing overflows, the policy is never broken, keys and branches work.

One Chromium and one server for all; without a Chromium these tests are skipped, and say so; in a landing they fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.pages.browser import LANGUAGES, axe_script, chromium, complaints, overflow, serving, speak
from tests.pages.conftest import READERS, people_in, searched
from tests.trying import needs_a_browser

pytestmark = needs_a_browser
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def served(own_register: str, settings: Any) -> Iterator[tuple[str, Any]]:
    """The small province with its people, really committed, and a server for it: (address, world)."""
    from django.core.cache import cache

    from canbo.registry import authority, intake
    from tests import world as made_up

    settings.CANBO_DEMO = True
    cache.clear()
    with authority.sight(intake.console()):
        world = made_up.build()
        world.people = people_in(world)  # type: ignore[attr-defined]
        world.search = searched(world)  # type: ignore[attr-defined]
        world.readers = {role: world.account(f"reader-{role}", role, over) for role, over in READERS.items()}  # type: ignore[attr-defined]
    with serving() as base:
        yield base, world


def key_of(world: Any, role: str) -> str:
    """The session of a reader who has signed in."""
    client = Client()
    client.force_login(world.readers[role], backend=BACKEND)
    return client.cookies["sessionid"].value


def pages_of(world: Any) -> list[str]:
    """Every kind of page, once."""
    person, post = world.people["leader"].pk, world.people["chair"].pk
    return [
        "/",
        "/organizations",
        "/organizations/P/1.executive",
        "/organizations/P/1.executive?tab=history",
        "/organizations/P?tab=counts",
        "/organizations/P/pay?base_salary=2800000&group=specialist",
        "/organizations/P/steps",
        "/changes",
        "/people?in=P/1",
        f"/people/{person}",
        f"/people/{person}?tab=family",
        f"/people/{person}?tab=looked",
        f"/people/{person}/may?post=chair",
        f"/people/{person}/may?post=%23{post}",
        f"/people/{person}/openings",
        f"/people/{person}/may/{post}/trace",
        f"/posts/{post}/candidates",
        "/candidates",
        f"/candidates/{world.search}",
        f"/candidates/{world.search}?show=near&names=hidden",
        "/cases",
        "/claims",
        "/rules",
        "/rules?state=no_longer&family=party",
        "/rules/topics/appointment",
        "/rules/vn/state/decree-300-2026/art-29-7/full-term",
        "/rules/findings",
        "/rules/search?q=retirement",
        "/rules/drafts",
        "/rules/drafts/new",
        "/rules/what-if?parameter=terms_as_head&value=3",
        "/journal",
        "/search?q=nguyen",
        "/accounts/2fa/",
        "/accounts/password/change/",
        "/_ui",
        "/nowhere",
        "/?on=31.12.2025",
    ]


def test_axe_finds_nothing_and_nothing_overflows_in_any_language(served: tuple[str, Any]) -> None:
    base, world = served
    script, key, wrong, said = axe_script(), key_of(world, "inspector"), [], []
    finder = key_of(world, "officer")  # an inspector finds no candidates
    jurist = key_of(world, "central_officer")  # whoever drafts law does so for the whole register
    paths = ["/accounts/login/", *pages_of(world)]
    with chromium() as context:
        page = context.pages[0]
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        for language in LANGUAGES:
            context.clear_cookies()
            speak(context, base, language)
            for path in paths:
                if "/accounts/login" not in path:
                    who = finder if path.startswith(("/posts", "/candidates")) else key
                    who = jurist if path.startswith("/rules/drafts") else who
                    context.add_cookies([{"name": "sessionid", "value": who, "url": base}])
                for width in (1440, 390):
                    page.set_viewport_size({"width": width, "height": 900})
                    if width == 1440:
                        page.goto(base + path, wait_until="load")
                    if width == 1440 or language == "vi":  # how wide a page is changes little that axe looks at
                        wrong += [f"{path} {language} {width}: {line}" for line in complaints(page, script)]
                    if wide := overflow(page):
                        wrong.append(f"{path} {language}: {wide} px wider than {width}")
    assert wrong == []
    assert [line for line in said if "404" not in line] == []


def test_pages_work_with_the_keyboard_and_fetch_branches_when_opened(served: tuple[str, Any]) -> None:
    base, world = served
    key = key_of(world, "inspector")
    with chromium() as context:
        page = context.pages[0]
        context.add_cookies([{"name": "sessionid", "value": key, "url": base}])
        speak(context, base, "en")
        page.goto(base + "/organizations")
        page.keyboard.press("Control+k")
        assert page.evaluate("document.activeElement.id") == "find"
        branch = page.locator("details:has(> summary b:text-is('Unit P/1')) > summary").first
        branch.focus()
        page.keyboard.press("Enter")
        page.get_by_text("Unit P/1.executive", exact=True).first.wait_for()
        page.locator("#live", has_text="beneath Unit P/1").wait_for(state="attached")
        page.locator("details.day > summary").focus()
        page.keyboard.press("Enter")
        assert page.locator("#on").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#on").is_visible()


def test_a_visitor_signs_in_by_one_click_and_switches_the_language(served: tuple[str, Any]) -> None:
    base, _world = served
    with chromium() as context:
        page = context.pages[0]
        speak(context, base, "en")
        page.goto(base + "/people?in=P")
        page.locator('button[name=account][value="reader-officer"]').click()
        page.get_by_role("heading", level=1, name="Staff list").wait_for()
        page.locator("header details:has(button[lang=fa]) > summary").click()
        page.locator("header button[lang=fa]").click()
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.dir") == "rtl"
        assert "/people" in page.url
        assert page.locator("nav.side").bounding_box()["x"] > 700  # type: ignore[index]

"""A vote on a phone, in a real browser: the device blinds, two bodies sign, the box takes, the list shows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from canbo.ballots import elections
from canbo.ballots.recount import recount
from tests.ballots import halls
from tests.pages.browser import LANGUAGES, axe_script, chromium, complaints, overflow, serving, speak
from tests.trying import needs_a_browser

pytestmark = [needs_a_browser, pytest.mark.browser]


@pytest.fixture
def hall(own_register: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any, list[Client]]]:
    """A server, an open vote of two issuing bodies of the register, and three voters who have signed in."""

    from canbo.pages import ballots
    from canbo.registry import authority, intake
    from tests import world as made_up

    monkeypatch.setattr(ballots, "WAIT", (0, 1))
    with authority.sight(intake.console()):
        world = made_up.build()
        office, front = world.organizations["P.executive"].pk, world.organizations["P.party"].pk
        accounts = [world.account(f"voter-{n}", person=world.person(f"Voter {n}")) for n in range(3)]
        roll = [(account.person_id, office) for account in accounts]
    monkeypatch.setattr(halls, "OFFICE", office)
    monkeypatch.setattr(halls, "FRONT", front)
    vote = halls.prepared(roll=roll, issuers=[office, front], by=accounts[0])
    elections.open(election=vote.pk, by=accounts[0])
    clients = [Client() for _ in accounts]
    for client, account in zip(clients, accounts, strict=True):
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    with serving() as base:
        yield base, vote, clients


def enter(context: Any, base: str, client: Client) -> None:
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])


def apart(act: Any) -> Any:
    """Do something with the database beside the browser, which keeps this thread for itself."""
    from django.db import connections

    def done() -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def the_others_vote(vote: Any) -> None:
    for line in vote.roll.filter(present=False):
        elections.mark_present(election=vote.pk, voter=line.person, by=halls.Clerk)
        halls.voted(vote, line.person, {"an": "yes"})
    elections.close(election=vote.pk, by=halls.Clerk)


def looked_at(page: Any, axe: str) -> None:
    assert overflow(page) == 0
    assert complaints(page, axe) == []


def test_a_voter_votes_with_one_hand_and_finds_the_receipt_in_the_list(hall: Any) -> None:
    base, vote, clients = hall
    sent: list[tuple[str, dict[str, str]]] = []
    faults: list[str] = []
    with chromium(390, 844) as context:
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on(
            "request", lambda request: sent.append((request.url, request.all_headers())) if request.method == "POST" else None
        )
        enter(context, base, clients[0])
        axe = axe_script()
        speak(context, base, "en")
        page.goto(f"{base}/ballots/{vote.pk}")
        looked_at(page, axe)
        page.get_by_role("button", name="I am present").click()
        page.wait_for_selector("[data-part=mark]:not([hidden])")
        assert page.locator("input:checked").count() == 0
        looked_at(page, axe)
        page.get_by_role("button", name="Look at it once more").click()
        assert page.locator("[data-wrong]").inner_text()
        page.get_by_label("Trần Thị Bình").check()
        if folder := os.environ.get("BALLOT_PICTURES"):
            page.screenshot(path=folder + "/mark.png", full_page=True)
        page.get_by_role("button", name="Look at it once more").click()
        assert "Trần Thị Bình" in page.locator("[data-told]").inner_text()
        looked_at(page, axe)
        page.get_by_role("button", name="Cast it").click()
        page.wait_for_selector("[data-part=receipt]:not([hidden])", timeout=30_000)
        receipt = page.locator("[data-receipt]").inner_text()
        looked_at(page, axe)
        if folder := os.environ.get("BALLOT_PICTURES"):
            page.screenshot(path=folder + "/receipt.png", full_page=True)
        page.reload()
        assert page.locator("[data-part=given]").is_visible()
        posts = {url.rsplit("/", 1)[-1]: headers for url, headers in sent}
        assert "cookie" in posts["issue"] and "cookie" not in posts["cast"] and "referer" not in posts["cast"]
        apart(lambda: the_others_vote(vote))
        for language in LANGUAGES:
            speak(context, base, language)
            page.goto(f"{base}/ballots/{vote.pk}")
            looked_at(page, axe)
            if folder := os.environ.get("BALLOT_PICTURES"):
                page.screenshot(path=folder + f"/closed-{language}.png", full_page=True)
        speak(context, base, "en")
        page.goto(f"{base}/ballots/{vote.pk}")
        page.locator("#receipt").fill(receipt.lower().replace("-", " "))
        page.get_by_role("button", name="Find").click()
        assert "Trần Thị Bình" in page.locator(".mine").inner_text()
        page.locator("#receipt").fill("AAAA-AAAA-AAAA-AAAA")
        page.get_by_role("button", name="Find").click()
        page.locator("[data-said]:not(:empty)").wait_for()
        assert "not in the list" in page.locator("[data-said]").inner_text()
    assert faults == []
    answer = recount(json.loads(elections.ballots_file(election=vote.pk)))
    assert answer["ok"] and answer["count"]["per_option"]["binh"] == {"yes": 1}


def test_a_device_that_lost_the_connection_goes_on_where_it_stopped(hall: Any) -> None:
    base, vote, clients = hall
    elections.mark_present(election=vote.pk, voter=vote.roll.order_by("person")[1].person, by=halls.Clerk)
    with chromium(390, 844) as context:
        page = context.new_page()
        enter(context, base, clients[1])
        speak(context, base, "vi")
        page.goto(f"{base}/ballots/{vote.pk}")
        page.route("**/cast", lambda route: route.abort())
        page.locator("input[value=an]").check()
        page.locator("form[data-ballot] button").click()
        with page.expect_request("**/cast"):
            page.locator("[data-cast]").click()
        page.close()
        page = context.new_page()
        page.goto(f"{base}/ballots/{vote.pk}")
        page.wait_for_selector("[data-part=receipt]:not([hidden])", timeout=30_000)
        assert page.evaluate("localStorage.length") == 0
    assert elections.attendance(vote) == (1, 1, 1)

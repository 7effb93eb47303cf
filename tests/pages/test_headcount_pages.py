"""Pages of headcount: what they show, who is let in, and that the form cannot overdraw a month."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from canbo.pages.charts import steps
from canbo.registry import quotas
from canbo.registry.models import Account, Allotment
from tests.world import World

TERM, END = date(2026, 7, 1), date(2031, 7, 1)


@pytest.fixture
def given(world: World) -> World:
    """Ten officials for the province to allot; one commune with four vice chairs, one with three."""
    quotas.allot(
        giver=None, body=world.organizations["P"], use="total", staff="officials", path=[(TERM, 10)], until=END, by=world.console,
        **world.mark,
    )  # fmt: skip
    for body, people in (("P/1.executive", 4), ("P/2.executive", 3)):
        post = world.post(body, "commune-vice-chair", seats=people)
        for seat in range(1, people + 1):
            world.serve(world.person(f"Văn {body[2]}{seat}"), post, seat=seat)
    return world


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def form(**changes: Any) -> dict[str, Any]:
    return {"body": "P/1.executive", "staff": "officials", "number": "3", "since": "2026-07-01", "until": "2031-07-01",
            "decision": "12", "issuer": "Committee of P", **changes}  # fmt: skip


def test_the_page_shows_places_and_the_deputies_page_the_three_days(given: World) -> None:
    client = signed_in(given.account("officer", "officer", "P"))
    page = client.get("/organizations/P/headcount")
    assert page.status_code == 200 and "Vice chair" in page.content.decode()
    deputies = client.get("/organizations/P/deputies").content.decode()
    for said in ("Conclusion 150-KL/TW", "Decree 300/2025", "Conclusion 210-KL/TW", "The articles do not agree on the day"):
        assert said in deputies
    assert 'aria-current="page">Deputies' in deputies
    assert "/organizations/P/deputies" in client.get("/organizations/P").content.decode()


def test_the_form_allots_and_cannot_overdraw_a_month(given: World) -> None:
    client = signed_in(given.account("officer", "officer", "P"))
    client.get("/organizations/P/headcount")
    done = client.post("/organizations/P/allot", form(), follow=True)
    assert "recorded in the journal" in done.content.decode()
    assert "P/1.executive" in done.content.decode()  # at once, although the page was kept
    assert Allotment.objects.get(use="allotted").number == 3
    refused = client.post(
        "/organizations/P/allot", form(body="P/2.executive", number="8", since="2028-03-01", until="2028-04-01"), follow=True
    )
    assert "1 Mar 2028" in refused.content.decode() and "would give 11" in refused.content.decode()
    assert refused.status_code == 422 and 'name="body" value="P/2.executive"' in refused.content.decode()
    assert Allotment.objects.filter(use="allotted").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"number": "many"}, {"since": "31/02/2027"}, {"decision": ""}, {"body": "nowhere"}, {"staff": "kings"}]
)
def test_what_the_form_cannot_read_is_told_and_nothing_is_written(given: World, wrong: dict[str, Any]) -> None:
    answer = signed_in(given.account("officer", "officer", "P")).post("/organizations/P/allot", form(**wrong), follow=True)
    assert answer.status_code == 422 and 'class="note fail' in answer.content.decode()
    assert not Allotment.objects.filter(use="allotted").exists()


def test_a_leader_sees_the_numbers_and_allots_nothing_and_a_statistician_sees_none(given: World) -> None:
    leader = signed_in(given.account("leads", "leader", "P"))
    assert leader.get("/organizations/P/headcount").status_code == 200
    assert "/organizations/P/allot" not in leader.get("/organizations/P/headcount").content.decode()
    assert leader.post("/organizations/P/allot", form()).status_code == 403
    counts = signed_in(given.account("counts", "statistician"))
    assert counts.get("/organizations/P/deputies").status_code == 403


def test_steps_join_months_of_one_number_and_run_from_the_right_in_persian() -> None:
    months = [(date(2026, 11, 1), 4), (date(2026, 12, 1), 4), (date(2027, 1, 1), 3), (date(2027, 2, 1), 1)]
    drawn = steps.place(months, cap=2, marks=[date(2027, 1, 16)])
    assert drawn is not None and [(run.x, run.length, run.count) for run in drawn.runs] == [
        (0.0, 50.0, 4),
        (50.0, 25.0, 3),
        (75.0, 25.0, 1),
    ]
    assert [x for _day, x in drawn.years] == [50.0] and 50 < drawn.marks[0].x < 75
    assert drawn.runs[0].y < drawn.runs[1].y < (drawn.cap or 0) < drawn.runs[2].y < drawn.floor
    mirrored = steps.place(months, cap=2, mirrored=True)
    assert mirrored is not None and [run.x for run in mirrored.runs] == [50.0, 25.0, 0.0]
    assert steps.place([], cap=None) is None

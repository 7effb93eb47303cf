"""Pages of pay and of steps due: what they show and to whom, what a reform says, and what can be taken along."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from canbo.journal.models import Entry
from canbo.registry.models import Account
from tests.pages.conftest import people_in
from tests.world import World

DAY = "2026-11-10"


@pytest.fixture
def given(world: World) -> World:
    """The small province with eight people on steps of A1."""
    people_in(world)
    return world


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def shown(client: Client, path: str, **sent: Any) -> str:
    answer = client.post(path, sent) if sent else client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_the_page_tells_pay_by_part_with_its_article_and_opens_a_group_to_its_people(given: World) -> None:
    client = signed_in(given.account("officer", "officer", "P"))
    hundredths = sum(234 + 33 * seat for seat in range(1, 9)) * 125
    page = shown(client, f"/organizations/P/pay?on={DAY}")
    assert f"{hundredths * 2_530_000 // 10_000:,}" in page and "Decree 204/2004" in page and "no pay step on record" in page
    assert "Nguyễn" not in page, "sums name nobody"
    before = Entry.objects.filter(act="staff.read").count()
    opened = shown(client, f"/organizations/P/pay?on={DAY}&group=specialist")
    assert "Nguyễn Văn 08" in opened and "(2.67 + 0) x 2530000 x 1.25" in opened
    assert Entry.objects.filter(act="staff.read").count() == before + 1


def test_a_reform_is_told_beside_today_and_one_that_cannot_be_read_is_refused_on_the_page(given: World) -> None:
    client = signed_in(given.account("officer", "officer", "P"))
    asked = shown(client, f"/organizations/P/pay?on={DAY}&base_salary=2.800.000&from=2027-01-01")
    assert "8 gain, 0 lose, 0 the same" in asked and "2027" in asked
    text = "steps: [{from: 2027-01-01, jobs: {specialist: 9000000}}]\nkeep: {article: vn/state/decree-178-2024/art-11/allowance-kept}"
    told = shown(client, f"/organizations/P/pay?on={DAY}", text=text)
    assert "By a table of jobs" in told and "Nobody is paid less" in told
    for wrong in ("unit: Q\nsteps: [{from: 2027-01-01}]", "steps: [{from: 2027-01-02}]", ": ["):
        answer = client.post(f"/organizations/P/pay?on={DAY}", {"text": wrong})
        assert answer.status_code == 422 and 'class="note fail' in answer.content.decode(), wrong
    assert client.get("/organizations/P/pay?base_salary=-3").status_code == 422
    assert client.get("/organizations/P/pay?on=2016-01-01").status_code == 200
    assert client.get("/organizations/P/pay.csv?on=2016-01-01").status_code == 404


def test_steps_are_told_by_month_with_what_is_missing(given: World) -> None:
    client = signed_in(given.account("officer", "officer", "P"))
    page = shown(client, f"/organizations/P/steps?on={DAY}&until=2027-06-30")
    assert "a year without a grade on record" in page and "Circular 08/2013" in page and "Nguyễn Văn 01" in page
    beyond = shown(client, f"/organizations/P/steps?on={DAY}&until=2027-06-30&show=beyond")
    assert "Nguyễn Văn 08" in beyond and "Nguyễn Văn 01" not in beyond


def test_lists_are_taken_along_as_csv_and_as_a_workbook_and_whoever_looked_is_kept(given: World) -> None:
    client = signed_in(given.account("officer", "officer", "P"))
    text = client.get(f"/organizations/P/steps.csv?on={DAY}&until=2027-06-30").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("body,number,name") and "Nguyễn Văn 01" in text
    book = load_workbook(io.BytesIO(client.get(f"/organizations/P/steps.xlsx?on={DAY}&until=2027-06-30").content))
    rows = list(book.worksheets[0].iter_rows(min_row=4, values_only=True))
    assert len(rows) == len(text.splitlines()) - 1 == 8 and rows[0][7].date() == date(2026, 11, 1)
    assert Entry.objects.filter(act="staff.read").count() == 2
    sums = client.get(f"/organizations/P/pay.csv?on={DAY}").content.decode("utf-8-sig")
    assert "Specialist" in sums and "Nguyễn" not in sums


def test_whoever_may_not_read_what_is_due_reads_no_pay(given: World) -> None:
    counts = signed_in(given.account("counts", "statistician"))
    for name in ("pay", "steps", "pay.csv", "steps.csv", "pay.xlsx", "steps.xlsx"):
        assert counts.get(f"/organizations/P/{name}").status_code == 403
    elsewhere = signed_in(given.account("elsewhere", "officer", "P/2"))
    assert elsewhere.get("/organizations/P/1/pay").status_code == 403
    assert "/pay" not in shown(counts, "/organizations/P")

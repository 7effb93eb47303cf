"""The boards of succession, rotation and vacancies as pages: who may open them, what they show, cases opened from them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from canbo.journal.models import Entry
from canbo.pages import boards
from canbo.procedures.models import Case
from canbo.registry import looking
from canbo.registry.days import since
from canbo.registry.models import Account, Membership, Post, Sanction, Succession

pytestmark = pytest.mark.django_db
BOARDS = ("succession", "rotation", "vacancies")


@pytest.fixture
def planned(province: Any) -> Any:
    """The leader of the province in the plan for the vacant chair, and somebody on rotation."""
    post = vacant(province)
    Succession.objects.create(person=province.people["leader"], post=post, valid=since(date(2026, 1, 5)), **province.mark)
    rotated = province.person("Quang Minh", "Phạm", birth_on=date(1990, 1, 1))
    province.serve(
        rotated, province.post("P/2.executive", "commune-vice-chair"), kind=Membership.Kind.ROTATED, valid=since(date(2021, 1, 1))
    )
    return province


def vacant(world: Any) -> Post:
    return Post.objects.get(organization=world.organizations["P/2.executive"], job__code="commune-chair")


def shown(answer: Any) -> str:
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_opens_for_those_who_were_given_it_and_for_nobody_else(visit: Any, board: str) -> None:
    for role in ("central_officer", "officer", "inspector"):
        assert visit(role, f"/{board}?in=P").status_code == 200, role
    assert visit("leader", f"/{board}").status_code == 200, "the leader opens the board of the own unit"
    assert visit("leader", f"/{board}?in=P").status_code == 403
    for role in ("statistician", "auditor", "registrar", "nobody"):
        assert visit(role, f"/{board}?in=P").status_code == 403, role
    assert visit(None, f"/{board}?in=P").status_code == 302


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("language", ["en", "vi", "fa"])
def test_a_board_is_written_in_every_language_and_for_any_day(visit: Any, planned: Any, board: str, language: str) -> None:
    for query in ("in=P", "in=P/2&on=2026-11-02", "in=P&on=2016-01-01"):
        assert visit("officer", f"/{board}?{query}", language).status_code == 200


def test_the_vacancy_tells_its_days_the_plan_and_what_could_be_done(visit: Any, planned: Any) -> None:
    text = shown(visit("officer", "/vacancies?in=P/2"))
    assert "Chair of the commune People's Committee" in text.replace("&#x27;", "'")
    assert "never held" in text and "over the norm" in text
    page = visit("officer", "/vacancies?in=P/2").content.decode()
    assert f'action="/posts/{vacant(planned).pk}/case"' in page and f"/posts/{vacant(planned).pk}/candidates" in page
    assert "No vacancy of this kind" in shown(visit("officer", "/vacancies?in=P/2&only=without_plan"))


def test_rotation_shows_who_is_local_and_who_is_overdue(visit: Any, planned: Any) -> None:
    text = shown(visit("officer", "/rotation?in=P&on=2026-11-02"))
    assert "Phạm Quang Minh" in text and "overdue" in text and "expected use not entered" in text
    assert "Lê Minh Khôi" in text and "local, and the post asks otherwise" in text
    assert "Trần Thu Hà" not in text, "the secretary is not native there"


def test_the_plan_names_who_stands_in_it_with_the_reasons(visit: Any, planned: Any) -> None:
    text = shown(visit("officer", "/succession?in=P/2"))
    assert "Trần Thu Hà" in text and "not used yet" in text and "in the plan since 5 Jan 2026" in text
    assert "ready" in shown(visit("officer", "/succession?in=P/2&term=next"))


def test_who_was_disciplined_since_is_named_at_once(visit: Any, planned: Any) -> None:
    leader = planned.people["leader"]
    Sanction.objects.create(person=leader, measure=1, valid=since(date(2026, 2, 1), date(2027, 2, 1)), **planned.mark)
    text = shown(visit("officer", "/succession?in=P/2&on=2026-11-02"))
    assert "out at once" in text and "reprimand on 1 Feb 2026" in text


def test_names_on_a_board_are_entries_of_the_journal(visit: Any, planned: Any) -> None:
    before = Entry.objects.filter(act=looking.LIST).count()
    visit("officer", "/succession?in=P/2")
    entry = Entry.objects.filter(act=looking.LIST).order_by("-pk").first()
    assert Entry.objects.filter(act=looking.LIST).count() == before + 1
    assert entry is not None and planned.people["leader"].pk in entry.payload["persons"]


def test_whom_the_reader_may_not_see_is_not_named_and_not_judged(visit: Any, planned: Any) -> None:
    world = planned
    stranger = world.person("Kín Đáo", "Ngô", birth_on=date(1950, 1, 1))
    world.serve(stranger, world.post("Q/1.executive", "commune-vice-chair"))
    Succession.objects.create(person=stranger, post=vacant(world), valid=since(date(2026, 1, 5)), **world.mark)
    page = visit("officer", "/succession?in=P/2").content.decode()
    assert "Kín Đáo" not in page and "outside what you may see" in page
    assert f"/people/{stranger.pk}" not in page
    assert "Service left" not in page.split("outside what you may see")[1].split("</tr>")[0], "no reason tells of the person"


@pytest.mark.parametrize(("procedure", "path"), [("vacancy", "/vacancies"), ("succession-plan", "/succession"),
                                                  ("succession-review", "/succession")])  # fmt: skip
def test_a_case_is_opened_from_the_board_once(visit: Any, planned: Any, procedure: str, path: str) -> None:
    query = "&review=1" if procedure == "succession-review" else ""
    page = visit("officer", f"{path}?in=P/2{query}").content.decode()
    [key] = set(re.findall(r'name="key" value="([^"]+)"', page))
    sent = {"procedure": procedure, "key": key}
    answers = [visit("officer", f"/posts/{vacant(planned).pk}/case", data=sent) for _time in range(2)]
    [case] = Case.objects.filter(post=vacant(planned), procedure=procedure)
    assert [answer.url for answer in answers] == [f"/cases/{case.pk}"] * 2


@pytest.mark.parametrize("path", ["/organizations/P/1.executive", "/vacancies?in=P"])
def test_a_post_leads_to_the_opening_of_a_case_about_it_for_those_who_may(visit: Any, planned: Any, path: str) -> None:
    shown = visit("officer", path).content.decode()
    found = re.search(r'href="(/cases/new\?post=(\d+))"', shown)
    assert found
    procedures = visit("officer", found[1]).content.decode()
    onward = re.search(rf'href="(/cases/new\?procedure=appointment-on-site&amp;post={found[2]})"', procedures)
    assert onward
    form = visit("officer", onward[1].replace("&amp;", "&")).content.decode()
    assert re.search(rf'name="post" value="{found[2]}" required checked', form)
    assert "/cases/new?post=" not in visit("inspector", path).content.decode()
    assert "/cases/new?post=" not in visit("officer", f"{path}{'&' if '?' in path else '?'}on=2026-01-01").content.decode()


def test_no_other_case_is_opened_from_a_board_and_none_by_those_who_may_not(visit: Any, planned: Any) -> None:
    address = f"/posts/{vacant(planned).pk}/case"
    assert visit("officer", address, data={"procedure": "dismissal", "key": "k"}).status_code == 404
    assert visit("inspector", address, data={"procedure": "vacancy", "key": "k"}).status_code == 403
    assert visit("officer", address).url == "/vacancies?in=P/2.executive"
    assert not Case.objects.exists()


def test_a_stretch_begins_where_it_is_asked_to(rf: Any) -> None:
    rows = list(range(60))
    for start, expected in (("", (0, 25)), ("25", (25, 50)), ("50", (50, None)), ("999", (60, None)), ("x", (0, 25))):
        found, at, more = boards.stretch(rf.get("/", {"start": start}), rows)
        assert (at, more) == expected and found == rows[at : at + 25]


def test_the_menu_leads_to_the_boards_for_those_who_may(visit: Any, province: Any) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(province.readers["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/").content.decode()
    assert all(f'href="/{board}"' in page for board in BOARDS)
    assert not any(f'href="/{board}"' in visit("auditor", "/").content.decode() for board in BOARDS)


def test_the_menu_leads_to_drafts_of_law_only_for_whoever_may_open_them(visit: Any, province: Any) -> None:
    for who, opens in (("inspector", False), ("central_officer", True)):
        assert (visit(who, "/rules/drafts").status_code == 200) is opens
        assert ('href="/rules/drafts"' in visit(who, "/rules").content.decode()) is opens


def test_the_menu_leads_to_the_own_record_only_for_whoever_is_a_person_of_the_register(visit: Any, province: Any) -> None:
    own, account = ("/work", "/competencies/mine", "/training/mine"), province.readers["officer"]
    assert account.person_id is None
    page = visit("officer", "/organizations").content.decode()
    assert not [path for path in own if f'href="{path}"' in page]
    Account.objects.filter(pk=account.pk).update(person=province.people["unknown"])
    page = visit("officer", "/organizations").content.decode()
    assert [path for path in own if f'href="{path}"' in page] == list(own)

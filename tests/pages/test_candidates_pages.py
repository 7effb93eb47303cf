"""The pages of finding candidates: sealed first, conditions before scores, names that can be hidden, reasons, openings, the trace."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from canbo.journal.models import Entry
from canbo.pages.candidates import mark_of
from canbo.procedures import candidates
from canbo.procedures.models import Case, Search
from canbo.registry.days import since
from canbo.registry.models import Person, Post, Succession
from tests.pages.conftest import searched
from tests.pages.test_pages import FRAME, MOST_BYTES, MOST_QUERIES

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def search(province: Any) -> Search:
    return Search.objects.get(pk=searched(province))


def vacant(world: Any) -> Post:
    return Post.objects.get(organization=world.organizations["P/2.executive"], job__code="commune-chair")


def clerk(world: Any) -> Person:
    """One of the office, of whom the birth is known."""
    return Person.objects.get(names__given="Văn 01")


def reader(world: Any, role: str, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(world.readers[role], backend=BACKEND)
    return client


def form(client: Client, post: Post) -> dict[str, str]:
    page = client.get(f"/posts/{post.pk}/candidates").content.decode()
    sent = dict(re.findall(r'name="(on|key)" value="([^"]*)"', page))
    return {**sent, **dict(re.findall(r'name="(weight_\w+)" value="(\d+)"', page))}


def test_the_weights_are_sealed_once_and_then_names_are_shown(province: Any) -> None:
    client, post = reader(province, "officer"), vacant(province)
    sent, cases = form(client, post), Case.objects.count()
    assert {name for name in sent if name.startswith("weight_")} == {f"weight_{name}" for name in candidates.CRITERIA}
    first, second = (client.post(f"/posts/{post.pk}/candidates", {**sent, "weight_grades": "70"}) for _time in range(2))
    assert first.status_code == 302 and first.url == second.url
    search = Search.objects.latest("pk")
    assert search.weights["grades"] == 70 and search.sealed_by == province.readers["officer"]
    assert first.url == f"/candidates/{search.pk}"
    before = Entry.objects.filter(act=candidates.FOUND).count()
    page = client.get(first.url).content.decode()
    assert "Trần Thu Hà" in page
    assert f"journal entry {search.entry_id:,}" in page
    assert Entry.objects.filter(act=candidates.FOUND).count() == before + 1
    assert Case.objects.count() == cases, "a search opens no case"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weight_grades": "charm"}, "“charm” is no weight for Ratings"),
        ({"weight_grades": "101"}, "Weights are whole numbers from 0 to 100"),
        ({f"weight_{name}": "0" for name in candidates.CRITERIA}, "at least one is above 0"),
        ({"within": "nowhere/at/all"}, "nowhere/at/all"),
    ],
)
def test_a_form_that_is_wrong_comes_back_with_one_sentence_and_seals_nothing(
    province: Any, wrong: dict[str, str], said: str
) -> None:
    client, post = reader(province, "officer"), vacant(province)
    answer = client.post(f"/posts/{post.pk}/candidates", {**form(client, post), **wrong})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page and page.count('role="alert"') == 1
    assert not Search.objects.exists()
    for name, value in wrong.items():
        assert f'name="{name}" value="{value}"' in page or name == "within", "what was sent is kept"


def test_a_form_made_for_another_post_or_by_another_reader_is_not_accepted(province: Any) -> None:
    client, post = reader(province, "officer"), vacant(province)
    sent = form(client, post)
    assert client.post(f"/posts/{province.people['chair'].pk}/candidates", sent).status_code == 404
    assert reader(province, "central_officer").post(f"/posts/{post.pk}/candidates", sent).status_code == 404
    assert not Search.objects.exists()


def test_who_is_kept_out_has_no_score_and_the_articles_in_the_way_are_named(province: Any, search: Search) -> None:
    Person.objects.filter(pk=clerk(province).pk).update(birth_on=date(1971, 3, 14))
    found = candidates.find(search, by=province.console)
    assert [one.person for one in found.near] == [clerk(province).pk]
    page = reader(province, "officer").get(f"/candidates/{search.pk}?show=near").content.decode()
    assert "Not eligible" in page and "Why not:" in page
    assert 'class="hc"' not in page, "no heat, no score"
    assert page.count('<tr class="more">') == len(found.near)
    assert 'class="m fail" role="img" aria-label="Not met"' in page or "alike for all shown" in page


def test_with_hidden_names_nothing_tells_who_somebody_is(province: Any, search: Search) -> None:
    client = reader(province, "officer")
    shown = [*(found := candidates.find(search, by=province.console)).eligible, *found.waiting, *found.near]
    page = client.get(f"/candidates/{search.pk}?names=hidden").content.decode()
    main = page.split('<main class="main"')[1].split("</main>")[0]
    assert "Candidate 1" in main
    for one in shown:
        assert f"/people/{one.person}" not in main
    for name in ("Trần", "Thu Hà", "Ngọc Lan", "woman", "years old", "P/1.party"):
        assert name not in main
    why = client.get(f"/candidates/{search.pk}/{mark_of(search, shown[0].person)}?names=hidden", headers={"HX-Request": "true"})
    assert why.status_code == 200
    assert "/people/" not in why.content.decode() and "To nominate, show the names" in why.content.decode()


def test_the_reasons_name_articles_what_is_missing_and_the_shortest_path(province: Any, search: Search) -> None:
    client = reader(province, "officer")
    client.get(f"/candidates/{search.pk}")
    leader = province.people["leader"]
    verdict = candidates.reasons(search, leader.pk, by=province.console)
    part = client.get(f"/candidates/{search.pk}/{mark_of(search, leader.pk)}", headers={"HX-Request": "true"}).content.decode()
    for article in verdict.articles:
        assert (f"/rules/{article.id}" in part) == (article.outcome in ("pass", "fail", "unknown")), article.id
    changes = [change for article in verdict.with_outcome("fail") for change in article.changes if change.say("en")]
    assert part.count("Shortest path:") == len(changes)
    assert part.count("Missing:") == sum(len(article.missing) for article in verdict.articles)
    assert f"/people/{leader.pk}/may?post=%23{search.post_id}" in part, "from here one nominates"
    whole = client.get(f"/candidates/{search.pk}/{mark_of(search, leader.pk)}").content.decode()
    assert "<html" in whole and "<html" not in part


def test_reasons_are_told_only_of_those_whom_the_search_has_shown_to_the_reader(province: Any, search: Search) -> None:
    client = reader(province, "officer")
    address = f"/candidates/{search.pk}/{mark_of(search, province.people['leader'].pk)}"
    assert client.get(address).status_code == 404, "nobody was shown yet"
    client.get(f"/candidates/{search.pk}")
    assert client.get(address).status_code == 200
    assert reader(province, "central_officer").get(address).status_code == 404
    assert client.get(f"/candidates/{search.pk}/0123456789abcdef").status_code == 404


def test_a_table_of_candidates_asks_few_questions_and_stays_light(province: Any, search: Search) -> None:
    client = reader(province, "officer")
    client.get(f"/candidates/{search.pk}")
    with CaptureQueriesContext(connection) as scanned:
        candidates.find(search, by=province.readers["officer"])
    for address in (f"/candidates/{search.pk}", f"/candidates/{search.pk}?show=waiting", f"/candidates/{search.pk}?show=near"):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        scan, whole = (
            [query["sql"] for query in each.captured_queries if not query["sql"].startswith(FRAME)] for each in (scanned, asked)
        )
        assert len(whole) - len(scan) <= MOST_QUERIES, [sql[:90] for sql in whole]
        assert len(answer.content) <= MOST_BYTES


def test_vacant_posts_lead_to_the_search_where_it_may_be_made(province: Any) -> None:
    post = vacant(province)
    link = f"/posts/{post.pk}/candidates"
    for address in ("/", "/organizations/P/2.executive", "/candidates"):
        assert link in reader(province, "officer").get(address).content.decode(), address
        assert link not in reader(province, "inspector").get(address).content.decode(), address


def test_ones_own_path_is_open_to_oneself_and_shows_what_is_lacking(province: Any) -> None:
    local = province.people["local"]
    page = reader(province, "own").get(f"/people/{local.pk}/openings").content.decode()
    assert "My path" in page and "commune" in page
    links = re.findall(r'href="/people/\d+/may\?post=%23(\d+)', page)
    assert str(vacant(province).pk) in links
    assert str(province.people["secretary"].pk) not in links, "a post that is held is not vacant, whoever looks"
    assert reader(province, "own").get(f"/people/{province.people['leader'].pk}/openings").status_code == 403


def test_the_trace_shows_every_fact_with_its_source_and_every_figure_with_its_law(province: Any) -> None:
    person, post = clerk(province), vacant(province)
    client = reader(province, "officer")
    page = client.get(f"/people/{person.pk}/may/{post.pk}/trace").content.decode()
    term = next(name for name in re.findall(r"article=([^\"&]+)", page) if "full-term" in name)
    part = client.get(f"/people/{person.pk}/may/{post.pk}/trace?article={term}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "What must be" in part and "in this form since" in part and 'class="nodes"' in part
    assert province.source.title in part, "a fact says on whose word it stands"


def test_a_place_in_a_succession_plan_is_shown_with_the_post(province: Any) -> None:
    leader, post = province.people["leader"], vacant(province)
    Succession.objects.create(person=leader, post=post, valid=since(date(2025, 1, 1)), **province.mark)
    page = html.unescape(reader(province, "officer").get(f"/people/{leader.pk}").content.decode())
    assert f"Planned for: {post.job.names['en']}" in page
    assert "/organizations/P/2.executive" in page


def test_the_journal_says_in_words_what_was_sealed_and_shown(province: Any, search: Search) -> None:
    reader(province, "officer").get(f"/candidates/{search.pk}")
    page = reader(province, "auditor").get("/journal").content.decode()
    assert "What orders the candidates for a post was sealed" in page
    assert "A search showed candidates for a post" in page
    assert "search for candidates" in page

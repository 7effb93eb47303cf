"""Every page, for readers of each role: what it shows, what it costs, what it refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

pytestmark = pytest.mark.django_db

MOST_QUERIES = 14  # two of them for every page: what was lent to the reader, how many tasks wait
# Where the rulebook is asked: the facts of the person, of the post and of both are read too, each with its source.
MOST_ASKING = 20
MOST_BYTES = 100_000
#: Statements that ask the database nothing.
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def paths(world: Any) -> list[str]:
    """The pages that a personnel officer of the province opens."""
    person, post = world.people["leader"].pk, world.people["chair"].pk
    return [
        "/",
        "/?on=2019-06-30",
        "/organizations",
        "/organizations/branch?of=P",
        "/organizations/P",
        "/organizations/P/1.party",
        "/organizations/P/1.executive?tab=history",
        "/organizations/P?tab=counts",
        "/changes",
        "/people",
        "/people?in=P/1.executive.office&only=here",
        f"/people/{person}",
        f"/people/{person}?tab=family",
        f"/people/{person}?tab=looked",
        f"/people/{person}/may",
        f"/people/{person}/may?post=chair+p/1",
        f"/people/{person}/may?post=%23{post}",
        f"/people/{person}/openings",
        f"/people/{person}/may/{post}/trace",
        f"/posts/{post}/candidates",
        "/candidates",
        "/cases",
        "/claims",
        "/rules",
        "/rules?state=no_longer&family=party",
        "/rules/topics/appointment",
        "/rules/vn/state/decree-300-2026/art-29-7/full-term",
        "/rules/findings",
        "/rules/search?q=retirement",
        "/search?q=nguyen",
        "/_ui",
    ]


def test_every_page_is_one_heading_in_the_readers_language(province: Any, visit: Any) -> None:
    for language, direction in (("en", "ltr"), ("vi", "ltr"), ("fa", "rtl")):
        for path in paths(province):
            answer = visit("officer", path, language)
            html = answer.content.decode()
            assert answer.status_code == 200, (path, language)
            if "branch" in path:
                continue
            assert f'<html lang="{language}" dir="{direction}">' in html, path
            assert len(re.findall(r"<h1[ >]", html)) == 1, path
            assert "unknown: nothing" not in html if language != "en" else True


def test_every_page_asks_at_most_fourteen_questions_and_weighs_at_most_100_kb(province: Any) -> None:
    client = Client()
    client.force_login(province.readers["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in paths(province):
        client.get(path)  # what is kept for some minutes is read once
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        questions = [query["sql"] for query in asked.captured_queries if not query["sql"].startswith(FRAME)]
        most = MOST_ASKING if re.search(r"/may\?post=%23|/trace|/openings", path) else MOST_QUERIES
        assert len(questions) <= most, (path, [sql[:90] for sql in questions])
        assert len(answer.content) <= MOST_BYTES, path


def test_a_file_opened_leaves_an_entry_that_the_file_shows(province: Any, visit: Any) -> None:
    person = province.people["leader"].pk
    visit("officer", f"/people/{person}")
    shown = visit("inspector", f"/people/{person}?tab=looked").content.decode()
    assert "The file was opened" in shown
    assert province.readers["officer"].label in shown


def test_a_nomination_is_opened_once_however_often_the_button_is_pressed(province: Any) -> None:
    from canbo.procedures.models import Case

    client = Client(headers={"accept-language": "en"})
    client.force_login(province.readers["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
    person, post = province.people["local"].pk, province.people["secretary"].pk
    page = client.get(f"/people/{person}/may?post=%23{post}&on=2026-03-02").content.decode()
    sent = dict(re.findall(r'<input type="hidden" name="(post|on|key)" value="([^"]*)"', page))
    first = client.post(f"/people/{person}/nominate", sent)
    second = client.post(f"/people/{person}/nominate", sent)
    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    assert Case.objects.filter(person_id=person).count() == 1
    shown = client.get(first.url).content.decode()
    assert "What the rulebook said" in shown
    assert "A person was nominated for a post" in shown


def test_a_refused_nomination_is_kept_and_listed_with_its_state(province: Any) -> None:
    from canbo.procedures import appointment

    person, post = province.people["local"], province.people["chair"]
    for by in ("officer",):
        appointment.nominate(person=person, post=post, by=province.readers[by], on=province_day())
    client = Client(headers={"accept-language": "en"})
    client.force_login(province.readers["leader"], backend="allauth.account.auth_backends.AuthenticationBackend")
    listed = client.get("/cases").content.decode()
    assert "Lê Minh Khôi" in listed
    assert re.search(r'class="tag (pass|fail|unk)', listed)


def province_day() -> Any:
    from tests.pages.conftest import ON

    return ON


def test_a_nomination_form_of_another_person_is_not_accepted(province: Any, visit: Any) -> None:
    post = province.people["secretary"].pk
    answer = visit("officer", f"/people/{province.people['local'].pk}/nominate", data={"post": post, "key": "nomination:1:2:3"})
    assert answer.status_code == 404


def test_the_chosen_day_is_carried_on_by_every_link(province: Any, visit: Any) -> None:
    html = visit("officer", "/organizations/P?on=2019-06-30").content.decode()
    main = html.split('<main class="main"')[1].split("</main>")[0]
    links = re.findall(r'href="(/organizations/[^"#]*)"', main)
    assert links
    assert [link for link in links if "on=2019-06-30" not in link.replace("&amp;", "&")] == []


def test_a_day_that_cannot_be_read_is_told_with_an_example(visit: Any) -> None:
    html = visit("officer", "/?on=31.12.2025").content.decode()
    assert "“31.12.2025” is not a day that can be shown" in html
    assert "2025-07-01" in html


@pytest.mark.parametrize(("path", "sentence"), [
    ("/organizations/P/99", "No organization bears the code P/99"),
    ("/people/999999999", "may not"),
    ("/cases/999", "There is no case number 999"),
    ("/rules/no/such/article", "There is no article no/such/article"),
    ("/nowhere", "There is no such page"),
])  # fmt: skip
def test_what_is_not_there_is_said_in_a_page_of_its_own(visit: Any, path: str, sentence: str) -> None:
    answer = visit("officer", path)
    assert answer.status_code in (403, 404)
    assert sentence in answer.content.decode()


def test_a_statistician_sees_counts_but_no_name_and_no_wrong_zero(province: Any, visit: Any) -> None:
    html = visit("statistician", "/").content.decode()
    assert "People in service" in html
    assert "Nguyễn" not in html
    assert not re.search(r"(?<!\d)0 of", html)


def test_family_is_shown_to_inspectors_and_not_to_leaders(province: Any, visit: Any) -> None:
    person = province.people["leader"].pk
    assert "brother or sister" in visit("inspector", f"/people/{person}?tab=family").content.decode()
    assert visit("leader", f"/people/{person}?tab=family").status_code == 403
    assert "tab=family" not in visit("leader", f"/people/{person}").content.decode()


def test_none_and_unknown_are_different_words_in_a_file(province: Any, visit: Any) -> None:
    html = visit("officer", f"/people/{province.people['leader'].pk}").content.decode()
    records = html[html.index("Salary" if "Salary:" in html else "Records") :]
    assert "none, as stated" in records
    assert "unknown: nothing is recorded" in records


def test_a_file_without_birth_and_sex_says_that_they_are_unknown(province: Any, visit: Any) -> None:
    html = visit("officer", f"/people/{province.people['unknown'].pk}").content.decode()
    assert html.count('class="unknown">unknown') >= 3


def test_the_staff_list_shows_everyone_once_page_by_page(province: Any, visit: Any) -> None:
    seen, path = [], "/people?in=P"
    for _page in range(5):
        html = visit("officer", path).content.decode()
        seen += re.findall(r'class="t" href="/people/(\d+)', html)
        onward = re.search(r'href="(/people\?[^"]*after=[^"]*)"', html)
        if onward is None:
            break
        path = onward.group(1).replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 60


def test_an_altered_page_mark_is_no_page(visit: Any) -> None:
    assert visit("officer", "/people?in=P&after=WyJhIiwxXQ:abc").status_code == 404


def test_claims_are_answered_and_a_wrong_file_is_told_what_is_wrong(visit: Any) -> None:
    right = visit("officer", "/claims", data={"text": 'claims: [{id: a, part: 7, whole: 3261, printed: "0.02 %"}]'})
    assert right.status_code == 200
    assert "Does not agree" in right.content.decode()
    wrong = visit("officer", "/claims", data={"text": "claims: [{id: a, part: 7}]"})
    assert wrong.status_code == 422
    assert "This file cannot be checked as it stands" in wrong.content.decode()


def test_the_journal_gives_a_proof_that_the_verifier_accepts(province: Any, visit: Any) -> None:
    import json

    from canbo.journal import entries, keys, sealing, verifier

    visit("officer", f"/people/{province.people['leader'].pk}")
    sealing.seal()
    answer = visit("auditor", f"/journal/{entries.recent(1)[0].pk}/proof")
    assert answer["Content-Disposition"].startswith("attachment")
    key = keys.known_key()
    assert key is not None
    assert verifier.check_inclusion(json.loads(answer.content), key)
    assert "The journal is whole" in visit("auditor", "/journal/verify", data={}).content.decode()


def test_an_inspector_of_a_part_sees_only_the_acts_of_that_part(province: Any, visit: Any) -> None:
    visit("central_officer", "/people?in=Q")
    visit("officer", f"/people/{province.people['leader'].pk}")
    html = visit("inspector", "/journal").content.decode()
    assert "The file was opened" in html
    assert "outside what you may see" in html


def test_every_answer_carries_the_policy_and_stays_out_of_caches(visit: Any) -> None:
    answer = visit("officer", "/")
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "style-src 'self'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_the_doors_of_the_demo_world_exist_only_there(province: Any, settings: Any) -> None:
    settings.CANBO_DEMO = False
    assert Client().post("/demo/sign-in", {"account": "reader-officer"}).status_code == 404
    assert b"demo/sign-in" not in Client().get("/accounts/login/").content
    settings.CANBO_DEMO = True
    assert b'value="reader-officer"' in Client().get("/accounts/login/").content
    answer = Client().post("/demo/sign-in", {"account": "reader-officer", "next": "https://elsewhere.example/"})
    assert (answer.status_code, answer.url) == (302, "/")


def test_an_address_without_an_act_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.urls import path

    from canbo.pages import access, urls

    assert access.undeclared() == []
    bare = path("bare", lambda request: None, name="bare")  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(access, "addresses", lambda: iter([*urls.urlpatterns, bare]))
    with pytest.raises(ImproperlyConfigured, match=r"bare \(bare\)"):
        access.Gate(lambda request: None)  # type: ignore[arg-type, return-value]


def test_the_language_switch_changes_the_page_and_is_kept(province: Any) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(province.readers["officer"], backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post("/language/setlang/", {"language": "fa", "next": "/"})
    assert '<html lang="fa" dir="rtl">' in client.get("/").content.decode()


@pytest.mark.parametrize("template", ["400.html", "403_csrf.html", "500.html"])
def test_pages_of_faults_need_nothing_that_could_fail_as_well(template: str) -> None:
    from django.template.loader import get_template

    for language in ("en", "vi", "fa"):
        with translation.override(language):
            html = get_template(template).render()
        assert f'<html lang="{language}"' in html


def test_the_first_page_leads_each_reader_where_he_may_go_and_nowhere_else(province: Any, visit: Any) -> None:
    assert 'href="/people"' not in visit("statistician", "/").content.decode()
    own = visit("own", "/").content.decode()
    assert f'href="/people/{province.people["local"].pk}"' in own
    assert "Who looked at my file" in own
    assert "Latest entries" in visit("auditor", "/").content.decode()

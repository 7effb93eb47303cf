"""The pages of law: what a reader finds, how it is worked out anew, and what is never told of few people."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from canbo.pages import rules_article, rules_book
from canbo.reports import touched
from canbo.reports.touched import Group
from canbo.rules import corpus

pytestmark = pytest.mark.django_db
AGE = "vn/state/decree-300-2026/art-29-7/full-term"
BEFORE = "vn/state/decree-170-2025/art-29-5/full-term"
TIME = "vn/party/377-qd-tw/art-34-3/time-in-post"
ON = "?on=2026-11-28"


def text_of(answer: Any) -> str:
    """What a reader reads: no tags, single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# ---- chapters and topics


def test_chapters_are_folded_and_count_what_is_in_force_on_the_day(province: Any, visit: Any) -> None:
    law, on = corpus.opened("vn"), date(2026, 11, 28)
    html = visit("officer", f"/rules{ON}").content.decode()
    assert html.count('<details class="chap">') == len(rules_book.chapters(law))
    in_force = sum(article.in_force(on) for article in law.articles.values())
    assert f">{in_force}</a>" in html
    earlier = visit("officer", "/rules?on=2019-01-01").content.decode()
    assert f">{sum(a.in_force(date(2019, 1, 1)) for a in law.articles.values())}</a>" in earlier


def test_a_filter_keeps_only_what_is_asked_for_and_opens_the_chapters(province: Any, visit: Any) -> None:
    law, on = corpus.opened("vn"), date(2026, 11, 28)
    wanted = [a for a in law.articles.values() if law.family(a) == "party" and rules_book.state(a, on) == "no_longer"]
    answer = visit("officer", f"/rules{ON}&family=party&state=no_longer")
    assert f"{len(wanted)} articles shown" in text_of(answer)
    assert '<details class="chap" open>' in answer.content.decode()


def test_a_choice_that_there_is_not_is_told_in_one_sentence(province: Any, visit: Any) -> None:
    answer = visit("officer", "/rules?family=guild")
    assert answer.status_code == 200
    assert "There is no choice “guild”; it was left out." in text_of(answer)


def test_a_topic_shows_the_versions_of_a_rule_side_by_side_and_once(province: Any, visit: Any) -> None:
    html = visit("officer", f"/rules/topics/appointment{ON}").content.decode()
    versions = re.findall(r'<ol class="vers">.*?</ol>', html, re.DOTALL)
    [chain] = [one for one in versions if f"/rules/{AGE}" in one]
    assert f"/rules/{BEFORE}" in chain
    assert chain.count("<li") == 3
    assert visit("officer", "/rules/topics/nothing").status_code == 404


@pytest.mark.parametrize("language", ["en", "vi", "fa"])
def test_each_page_of_law_asks_at_most_twelve_questions_and_weighs_at_most_100_kb(
    province: Any, visit: Any, language: str
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    law = corpus.opened("vn")
    longest = max(law.articles.values(), key=lambda article: len(article.examples))
    for path in (
        "/rules",
        "/rules?family=state",
        f"/rules/{AGE}",
        f"/rules/{longest.id}",
        f"/rules/touched/{TIME}",
        "/rules/search?q=decree",
    ):
        visit("officer", path, language)
        with CaptureQueriesContext(connection) as asked:
            answer = visit("officer", path, language)
        questions = [
            q["sql"] for q in asked.captured_queries if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
        ]
        signing_in = 6  # each visit signs in anew; and every page asks how many tasks wait
        assert len(questions) <= 13 + signing_in, (path, [sql[:80] for sql in questions])
        assert len(answer.content) <= 100_000, (path, len(answer.content))
    for topic in law.subjects:
        assert len(visit("officer", f"/rules/topics/{topic}", language).content) <= 100_000, topic


# ---- one article


def test_an_article_is_told_in_words_and_as_data_with_its_source_and_history(province: Any, visit: Any) -> None:
    answer = visit("officer", f"/rules/{AGE}{ON}")
    told, html = text_of(answer), answer.content.decode()
    assert "service left: at least term of the post" in told
    assert "step.months_left &gt;= post.term_months" in html
    assert "Decree 170/2025/ND-CP as amended by Decree 300/2026/ND-CP" in told
    assert "The text itself was read." in told
    assert f"/rules/{BEFORE}" in html
    assert "3 versions" in told
    assert "{case." not in told


@pytest.mark.parametrize(("language", "words"), [("vi", "ít nhất"), ("fa", "دست‌کم")])
def test_the_words_are_those_of_the_reader(province: Any, visit: Any, language: str, words: str) -> None:
    assert words in text_of(visit("officer", f"/rules/{AGE}{ON}", language))


def test_every_example_of_every_article_comes_out_on_the_page_as_its_jurist_wrote_it() -> None:
    law = corpus.opened("vn")
    for article in law.articles.values():
        if not article.off:
            assert all(rules_article.example(law, article, one, "en")["agrees"] for one in article.examples), article.id


def test_what_changed_between_two_versions_is_told_with_its_figures() -> None:
    law = corpus.opened("vn")
    old, new = (law.articles[name] for name in ("vn/party/80-qd-tw/art-18/time-in-post", TIME))
    changes = [(kind, line) for kind, _depth, line in rules_article.compared(law, old, new, "en") if kind != "same"]
    assert [(kind, line.split(" (")[0]) for kind, line in changes] == [
        ("gone", "time in post: at least 24 months"),
        ("new", "time in post: at least 12 months"),
    ]
    assert rules_article.compared(law, new, new, "en") == []


def test_an_article_that_is_switched_off_says_so_and_why(province: Any, visit: Any) -> None:
    law = corpus.opened("vn")
    off = next(article for article in law.articles.values() if article.off)
    told = text_of(visit("officer", f"/rules/{off.id}"))
    assert "it is shown and decides nothing" in told
    assert off.off["en"][:40] in told.replace("&#x27;", "'")


# ---- whom it touches


def test_whom_an_article_touches_is_counted_over_those_whom_the_reader_may_count(province: Any, visit: Any) -> None:
    answer = visit("officer", f"/rules/touched/{TIME}")
    assert answer.status_code == 200
    assert "Does not apply" in text_of(answer)
    assert visit("auditor", f"/rules/touched/{TIME}").status_code == 403
    assert "touched" not in visit("auditor", f"/rules/{TIME}").content.decode()
    assert "hx-get" in visit("officer", f"/rules/{TIME}").content.decode()


def test_a_reader_counts_only_within_the_own_reach(province: Any) -> None:
    from canbo.registry import authority

    law, on = corpus.opened("vn"), date(2026, 3, 2)
    sizes = {}
    for role in ("officer", "leader"):
        authority.open_sight(authority.reach_of(province.readers[role]))
        reach = authority.reach_of(province.readers[role], act=authority.COUNTING)
        found = touched.touched(law, law.articles[TIME], on=on, within=reach.sees)
        sizes[role] = sum(group.people or 0 for group in found.groups)
    assert sizes["officer"] >= sizes["leader"] > 0


def test_a_group_of_fewer_than_five_is_not_told_nor_can_it_be_worked_out() -> None:
    assert touched.guarded((103, 4, 0, 0)) == (
        Group("pass", 100, True),
        Group("fail", None),
        Group("unknown", 0),
        Group("not_applicable", 0),
    )
    assert touched.guarded((103, 4, 2, 0))[0] == Group("pass", 103)
    assert [group.people for group in touched.guarded((3, 0, 0, 0))] == [None, 0, 0, 0]
    assert [group.people for group in touched.guarded((12, 5, 0, 7))] == [12, 5, 0, 7]


def test_an_article_about_votes_or_one_that_gives_a_figure_touches_nobody(province: Any, visit: Any) -> None:
    law = corpus.opened("vn")
    vote = next(a for a in law.articles.values() if a.topic == "vote")
    assert not touched.can_be_asked(law, vote)
    assert visit("officer", f"/rules/touched/{vote.id}").status_code == 404


# ---- findings


def test_until_it_is_proved_the_page_says_that_it_is_being_proved(province: Any, visit: Any) -> None:
    assert "The rulebook is being proved." in visit("officer", "/rules/findings").content.decode()


def test_a_finding_shows_both_articles_the_imagined_case_and_both_verdicts(province: Any, visit: Any) -> None:
    law = corpus.opened("vn")
    case = {
        "person.sex": "M",
        "person.born": "1969-08-15",
        "case.received_on": "2026-09-15",
        "post.title": "department_deputy",
        "case.move": "higher",
    }
    finding = {
        "kind": "duplicate", "articles": [AGE, BEFORE], "topic": "appointment", "on": "2026-09-15", "until": None, "witness": case,
        "beside": {}, "says": {}, "text": {"en": "Both say the same.", "vi": "Giống nhau.", "fa": "یکی است."}, "hash": "0", "accepted": None,
    }  # fmt: skip
    folder = rules_article.folder()
    folder.mkdir(parents=True)
    proof = {"findings": [finding], "pairs": 7, "seconds": 1.0, "undecided": []}
    (folder / f"{law.hash}.json").write_text(json.dumps(proof))
    told = text_of(visit("officer", "/rules/findings"))
    assert "Both say the same." in told
    assert "sex: man" in told
    assert "Not met" in told
    assert "Open: nobody has accepted it." in told
    assert "Findings that concern it" in text_of(visit("officer", f"/rules/{AGE}"))
    assert "There are no findings of the kind “gap”." in text_of(visit("officer", "/rules/findings?kind=gap"))


# ---- search


def test_a_question_is_answered_with_marked_passages_and_nothing_of_them_is_markup(province: Any, visit: Any) -> None:
    html = visit("officer", "/rules/search?q=tuoi+nghi+huu", "vi").content.decode()
    assert re.search(r"<mark>nghỉ</mark>", html, re.IGNORECASE)
    evil = visit("officer", "/rules/search?q=%3Cscript%3Eretirement").content.decode()
    assert "<script>retirement" not in evil
    assert "No word of this is in the rulebook." in text_of(visit("officer", "/rules/search?q=xyzzyplugh"))


def test_a_question_in_another_language_than_the_page_shows_the_words_that_matched(province: Any, visit: Any) -> None:
    html = visit("officer", "/rules/search?q=tuổi+nghỉ+hưu", "en").content.decode()
    assert re.search(r'<p lang="vi" dir="auto">[^\n]*<mark>nghỉ</mark>', html, re.IGNORECASE)


def test_the_global_search_shows_the_best_three_passages(province: Any, visit: Any) -> None:
    html = visit("officer", "/search?q=retirement").content.decode()
    passages = html[html.index('<ul class="passages">') :]
    assert passages.count('<p class="ttl">') == 3

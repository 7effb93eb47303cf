"""The pages of drafts and of what-if: from an empty editor to law, and what a reader is told beforehand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from canbo.journal.models import Entry
from canbo.pages import drafts as pages
from canbo.procedures import drafting
from canbo.procedures.models import Draft
from canbo.registry.days import since
from canbo.registry.models import Sanction
from canbo.rules import corpus
from canbo.rules import drafts as trying

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
THEORY = "vn/state/decree-29-2024/theory"
TERMS = "/rules/what-if?parameter=terms_as_head"


@pytest.fixture
def second(province: Any) -> Any:
    province.readers["second"] = province.account("reader-second", "inspector")
    return province.readers["second"]


def text_of(answer: Any) -> str:
    """What a reader reads: no tags, single blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def law_text() -> str:
    return corpus.opened(configured.CANBO_RULEBOOK).text(THEORY)


def stricter() -> str:
    text = law_text().replace(" || step.needed == 'intermediate' && person.theory == 'intermediate'", "")
    return text.replace(
        "department_deputy, person.theory: intermediate}, expect: pass",
        "department_deputy, person.theory: intermediate}, expect: fail",
    )


def form(answer: Any, **fields: str) -> dict[str, str]:
    """The form of a page with its key."""
    found = re.search(r'name="key" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return {"key": found.group(1), **fields}


# --- writing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "vi", "fa"])
def test_the_template_is_a_whole_article_in_each_language(language: str) -> None:
    tried = trying.attempt(corpus.opened("vn"), pages.template(language))
    assert tried.holds, [problem.say(language) for problem in tried.problems]
    comments = [line for line in pages.template(language).splitlines() if line.startswith("#")]
    assert len(comments) >= 15


def test_the_editor_shows_a_mistake_in_its_place_and_in_the_readers_language(visit: Any) -> None:
    text = law_text().replace("post.title in", "post.titel in")
    for language in ("en", "vi", "fa"):
        answer = visit("central_officer", "/rules/drafts/check", language, {"text": text})
        html = answer.content.decode()
        assert answer.status_code == 200 and "<mark>post.titel</mark>" in html
        tried = trying.attempt(corpus.opened("vn"), text)
        assert tried.problems[0].message.say(language).split("‘")[0].split("post")[0].strip()[:12] in text_of(answer)


def test_the_editor_shows_examples_words_and_difference(visit: Any) -> None:
    told = text_of(visit("central_officer", "/rules/drafts/check", "en", {"text": stricter()}))
    assert "every example comes out" in told and "What it says, in words" in told
    assert "Difference to the version in force" in told and "− no longer" in told
    wrong = text_of(
        visit(
            "central_officer",
            "/rules/drafts/check",
            "en",
            {"text": stricter().replace("elementary}, expect: fail", "elementary}, expect: pass")},
        )
    )
    assert "1 example comes out otherwise" in wrong


@pytest.mark.parametrize("text", ["", "{", "- x", "id: [", "\t", "a: &x 1\nb: *x"])
def test_whatever_is_typed_gets_a_sentence_and_no_fault(visit: Any, text: str) -> None:
    answer = visit("central_officer", "/rules/drafts/check", "en", {"text": text})
    assert answer.status_code == 200 and "cannot be read as law yet" in text_of(answer)


def test_checking_without_a_script_keeps_what_was_typed_and_saves_nothing(visit: Any) -> None:
    answer = visit("central_officer", "/rules/drafts/new", "en", {"do": "check", "title": "T", "text": "id: [", "reason": "R"})
    html = answer.content.decode()
    assert "id: [" in html and 'value="T"' in html and ">R</textarea>" in html
    assert not Draft.objects.exists()


def test_a_draft_begins_from_an_article_or_from_another_draft(visit: Any) -> None:
    assert "id: " + THEORY in visit("central_officer", f"/rules/drafts/new?from={THEORY}").content.decode()
    assert visit("central_officer", "/rules/drafts/new?from=no/such").status_code == 404
    assert visit("central_officer", "/rules/drafts/new?copy=99").status_code == 404


# --- from an empty editor to law ----------------------------------------------------------------------------------------


def test_one_person_writes_and_submits_and_a_second_makes_it_law(visit: Any, province: Any, second: Any) -> None:
    made = form(
        visit("central_officer", "/rules/drafts/new"), do="save", title="Deputies", text=stricter(), reason="They lead too."
    )
    saved = [visit("central_officer", "/rules/drafts/new", "en", made) for _press in range(2)]
    assert saved[0].status_code == 302 and saved[0]["Location"] == saved[1]["Location"]
    address = saved[0]["Location"]
    sent = form(visit("central_officer", address), do="submit", title="Deputies", text=stricter(), reason="They lead too.")
    assert visit("central_officer", address, "en", sent).status_code == 302
    own = text_of(visit("central_officer", address))
    assert "waits for a second person" in own and "Approve" not in own
    seen = visit("second", address)
    assert "Your decision" in text_of(seen)
    assert visit("second", address, "en", form(seen, do="approve", decision="Agreed.")).status_code == 302
    assert "is law here" in text_of(visit("second", address)) and "Agreed." in text_of(visit("second", address))
    assert corpus.opened("vn").text(THEORY) == stricter()
    assert Entry.objects.get(act=drafting.APPROVED).by_id == second.pk


def test_what_the_prover_finds_asks_for_a_reason_in_the_form(visit: Any) -> None:
    twice = law_text().replace(f"id: {THEORY}", "id: own/theory")
    fields = {"title": "Twice", "text": twice, "reason": "A trial."}
    address = visit(
        "central_officer", "/rules/drafts/new", "en", form(visit("central_officer", "/rules/drafts/new"), do="save", **fields)
    )["Location"]
    refused = visit("central_officer", address, "en", form(visit("central_officer", address), do="submit", **fields))
    assert refused.status_code == 422 and "finds something new" in text_of(refused)
    name = re.search(r'name="(accept:[^"]+)"', refused.content.decode())
    assert name is not None
    sent = form(refused, do="submit", **fields, **{name.group(1): "Until the old one ends."})
    assert visit("central_officer", address, "en", sent).status_code == 302
    assert "Until the old one ends." in text_of(visit("central_officer", address))


def test_the_page_refuses_in_a_sentence_what_cannot_be_done(visit: Any, second: Any) -> None:
    draft = Draft.objects.create(title="A", text="id: a", author=second)
    address = f"/rules/drafts/{draft.pk}"
    page = visit("second", address)
    for fields, sentence in ((form(page, do="burn"), "one of these was expected"), ({"do": "withdraw", "key": "x"}, "incomplete"),
                             (form(page, do="approve"), "second person")):  # fmt: skip
        answer = visit("second", address, "en", fields)
        assert answer.status_code == 422 and sentence in text_of(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_file_that_nobody_approved_is_named_on_the_list(visit: Any, own_folder: Path) -> None:
    own_folder.mkdir()
    (own_folder / "smuggled.yaml").write_text(stricter(), encoding="utf-8")
    assert "smuggled.yaml is not in the journal as approved" in text_of(visit("central_officer", "/rules/drafts"))


def test_parts_that_come_later_say_what_they_found(visit: Any, second: Any) -> None:
    draft = Draft.objects.create(title="A", text=stricter(), author=second)
    assert "Nothing new" in text_of(visit("second", f"/rules/drafts/{draft.pk}/contradicts"))
    touched = text_of(visit("second", f"/rules/drafts/{draft.pk}/touches?on=2025-09-15"))
    assert "with the draft" in touched or "register holds none" in touched
    broken = Draft.objects.create(title="B", text="id: [", author=second)
    assert "once the text can be read" in text_of(visit("second", f"/rules/drafts/{broken.pk}/contradicts"))


# --- what if -----------------------------------------------------------------------------------------------------------


def test_the_law_in_force_changes_nobody_and_another_figure_is_answered(visit: Any) -> None:
    assert "This is the law in force" in text_of(visit("officer", TERMS))
    told = text_of(visit("officer", f"{TERMS}&value=0"))
    assert "People with a verdict that would change" in told


@pytest.mark.parametrize(("query", "sentence"), [("parameter=nothing", "There is no figure"), ("parameter=terms_as_head&value=x", "found ‘x’"),
                                                ("parameter=terms_as_head&on=1950-01-01", "no figure is in force")])  # fmt: skip
def test_what_cannot_be_asked_gets_a_sentence(visit: Any, query: str, sentence: str) -> None:
    answer = visit("officer", f"/rules/what-if?{query}")
    assert answer.status_code == 422 and sentence in text_of(answer)


def test_names_are_shown_to_whoever_may_read_files_and_the_showing_is_recorded(visit: Any, province: Any) -> None:
    leader = province.people["leader"]
    Sanction.objects.create(person=leader, measure=2, valid=since(date(2024, 1, 1), date(2025, 1, 1)), **province.mark)
    address = "/rules/what-if?parameter=discipline_wait&key=warning&value=0&who=1&on=2026-11-28"
    before = Entry.objects.filter(act="person.found").count()
    told = visit("statistician", address).content.decode()
    assert "fewer than 5" in told and f"/people/{leader.pk}" not in told and "Trần" not in told
    assert Entry.objects.filter(act="person.found").count() == before
    assert f"/people/{leader.pk}" in visit("officer", address).content.decode()
    assert Entry.objects.filter(act="person.found").count() == before + 1


def test_a_draft_is_taken_as_law_for_the_question_only(visit: Any, second: Any) -> None:
    draft = Draft.objects.create(title="Deputies", text=stricter(), author=second)
    told = text_of(visit("second", f"/rules/what-if?draft={draft.pk}"))
    assert "As if this draft were law" in told
    assert visit("officer", f"/rules/what-if?draft={draft.pk}").status_code == 403
    assert corpus.opened("vn").text(THEORY) == law_text() != stricter()


@pytest.mark.parametrize("path", ["/rules/drafts", "/rules/drafts/new", "/rules/drafts/{draft}", f"{TERMS}&value=3", "/rules/what-if/found?parameter=terms_as_head&value=3"])  # fmt: skip
def test_each_page_asks_little_and_is_light(visit: Any, second: Any, path: str) -> None:
    draft = Draft.objects.create(title="A", text=stricter(), author=second)
    path = path.format(draft=draft.pk)
    visit("second", path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = visit("second", path)
    own = [query for query in asked.captured_queries if "django_session" not in query["sql"] and "SAVEPOINT" not in query["sql"]]
    assert answer.status_code == 200
    assert len(own) <= 13, [query["sql"][:90] for query in own]  # one of them: how many tasks wait
    assert len(answer.content) <= 100_000

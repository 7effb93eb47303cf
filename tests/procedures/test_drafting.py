"""Drafts of law: what an author may hand over, that a second person decides, and what then decides here."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from canbo.journal import entries
from canbo.journal.models import Content
from canbo.procedures import drafting
from canbo.procedures.drafting import DraftRefused
from canbo.procedures.models import Draft
from canbo.registry import authority, once
from canbo.rules import corpus
from canbo.rules.explain import explain
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
THEORY = "vn/state/decree-29-2024/theory"
WHY = "Deputies lead departments too."


@pytest.fixture
def author(world: World) -> Any:
    return world.account("author", "central_officer")


@pytest.fixture
def second(world: World) -> Any:
    return world.account("second", "inspector")


def shipped() -> str:
    return corpus.opened(settings.CANBO_RULEBOOK).text(THEORY)


def stricter() -> str:
    """The article on theory, which now asks deputies for the advanced level too."""
    text = shipped().replace(" || step.needed == 'intermediate' && person.theory == 'intermediate'", "")
    return text.replace(
        "department_deputy, person.theory: intermediate}, expect: pass",
        "department_deputy, person.theory: intermediate}, expect: fail",
    )


def twice() -> str:
    """The same rule under another name."""
    return shipped().replace(f"id: {THEORY}", "id: own/theory")


def written(author: Any, text: str, *, reason: str = WHY, draft: Draft | None = None, key: str | None = None) -> Draft:
    return drafting.save(draft=draft, title="Theory of deputies", text=text, reason=reason, by=author, key=key)


def submitted(author: Any, text: str, **accept: str) -> Draft:
    return drafting.submit(draft=written(author, text), by=author, accept=accept)


def outcome() -> str:
    facts = {"post.title": "department_deputy", "person.theory": "intermediate"}
    law = corpus.opened(settings.CANBO_RULEBOOK)
    verdict = explain(law, topic="appointment", facts=facts, on=date(2025, 9, 15), changes=False)
    return next(article.outcome for article in verdict.articles if article.id == THEORY)


def told(draft: Draft) -> dict[str, Any]:
    return dict(json.loads(Content.objects.get(entry=draft.entry).payload))


# --- writing --------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_with_all_its_mistakes(author: Any) -> None:
    draft = written(author, "id: own/broken\ntitle: [")
    assert (draft.state, draft.article, draft.author) == ("draft", "own/broken", author)
    assert draft.entry is not None and draft.entry.act == "rules.draft_saved"
    again = written(author, "id: own/mended\n", draft=draft)
    assert (again.pk, again.article) == (draft.pk, "own/mended")
    assert [entry.act for entry in entries.about(draft)] == ["rules.draft_saved"] * 2


def test_nobody_writes_in_the_draft_of_another(author: Any, second: Any) -> None:
    draft = written(author, "id: a")
    with pytest.raises(DraftRefused, match="somebody else"):
        written(second, "id: b", draft=draft)
    draft.refresh_from_db()
    assert draft.text == "id: a"


@pytest.mark.parametrize(("role", "over"), [("officer", "P"), ("registrar", None), ("central_officer", "P"), ("inspector", "P")])
def test_only_who_answers_for_the_whole_register_drafts_law(world: World, role: str, over: str | None) -> None:
    with pytest.raises(authority.NotAllowed):
        written(world.account("other", role, over), "id: a")
    assert not Draft.objects.exists()


def test_a_draft_without_a_title_or_without_end_is_refused(author: Any) -> None:
    with pytest.raises(DraftRefused, match="title"):
        drafting.save(draft=None, title="  ", text="id: a", reason="", by=author)
    with pytest.raises(DraftRefused, match="at most 60000"):
        written(author, "x" * 60_001)


def test_pressing_twice_writes_once(author: Any) -> None:
    first, again = (written(author, "id: a", key="press") for _press in range(2))
    assert first == again and Draft.objects.count() == 1
    with pytest.raises(once.KeyUsed):
        drafting.withdraw(draft=first, by=author, key="press")


# --- handing over ---------------------------------------------------------------------------------------------------


def test_what_does_not_load_is_not_handed_over(author: Any) -> None:
    with pytest.raises(DraftRefused, match="post.titel"):
        submitted(author, stricter().replace("post.title in", "post.titel in"))


def test_what_comes_out_otherwise_is_not_handed_over(author: Any) -> None:
    with pytest.raises(DraftRefused, match="line 45"):
        submitted(author, stricter().replace("theory: elementary}, expect: fail", "theory: elementary}, expect: pass"))


def test_what_changes_nothing_is_not_handed_over(author: Any) -> None:
    with pytest.raises(DraftRefused, match="word for word"):
        submitted(author, shipped())


def test_nothing_is_handed_over_without_saying_why(author: Any) -> None:
    draft = written(author, stricter(), reason="")
    with pytest.raises(DraftRefused, match="why the law"):
        drafting.submit(draft=draft, by=author)


def test_a_new_finding_needs_a_reason_that_is_kept_with_the_draft(author: Any) -> None:
    draft = written(author, twice())
    with pytest.raises(DraftRefused, match="finds something new") as refusal:
        drafting.submit(draft=draft, by=author)
    (finding,) = refusal.value.findings
    assert finding["kind"] == "duplicate" and set(finding["articles"]) == {THEORY, "own/theory"}
    key = drafting.finding_key(finding)
    with pytest.raises(DraftRefused):
        drafting.submit(draft=draft, by=author, accept={key: "   "})
    handed = drafting.submit(draft=draft, by=author, accept={key: "Until the old one ends."})
    assert handed.state == "submitted"
    assert [(each["kind"], each["reason"]) for each in handed.acceptances] == [("duplicate", "Until the old one ends.")]
    assert told(handed)["accepted"][0]["reason"] == "Until the old one ends."


def test_what_was_handed_over_is_not_changed_until_it_is_taken_back(author: Any) -> None:
    draft = submitted(author, stricter())
    with pytest.raises(DraftRefused, match="no longer open"):
        written(author, "id: a", draft=draft)
    assert drafting.withdraw(draft=draft, by=author).state == "withdrawn"
    assert written(author, stricter(), draft=draft).state == "draft"


# --- deciding -------------------------------------------------------------------------------------------------------


def test_what_a_second_person_approves_decides_here_from_then_on(author: Any, second: Any, own_folder: Path) -> None:
    assert outcome() == "pass"
    draft = submitted(author, stricter())
    assert outcome() == "pass"
    decided = drafting.approve(draft=draft, by=second, reason="Agreed.", key="approve")
    assert (decided.state, decided.decided_by, decided.author) == ("approved", second, author)
    assert outcome() == "fail"
    (file,) = own_folder.glob("*.yaml")
    assert file.read_text(encoding="utf-8") == decided.text and file == drafting.file_of(THEORY, drafting.digest(decided.text))
    assert told(decided)["sha256"] == drafting.digest(decided.text) and told(decided)["author"] == author.pk
    assert drafting.approve(draft=draft, by=second, key="approve") == decided
    assert drafting.unvouched() == []


def test_the_author_does_not_decide(author: Any) -> None:
    draft = submitted(author, stricter())
    for act in (drafting.approve, drafting.reject):
        with pytest.raises(DraftRefused, match="second person"):
            act(draft=draft, by=author, reason="I am sure.")
    assert outcome() == "pass"


def test_the_database_holds_that_author_and_approver_are_two(author: Any, second: Any) -> None:
    draft = submitted(author, stricter())
    with pytest.raises(IntegrityError, match="draft_decided_by_another"), transaction.atomic():
        Draft.objects.filter(pk=draft.pk).update(state="approved", decided_by=author)
    for state, by in (("approved", None), ("draft", second)):
        with pytest.raises(IntegrityError, match="draft_decided_by_somebody"), transaction.atomic():
            Draft.objects.filter(pk=draft.pk).update(state=state, decided_by=by)


def test_a_draft_is_turned_down_with_a_reason_and_may_be_mended(author: Any, second: Any) -> None:
    draft = submitted(author, stricter())
    with pytest.raises(DraftRefused, match="Say why"):
        drafting.reject(draft=draft, by=second, reason=" ")
    turned = drafting.reject(draft=draft, by=second, reason="Not without a transition.")
    assert (turned.state, turned.decision_reason) == ("rejected", "Not without a transition.")
    assert outcome() == "pass"
    mended = written(author, stricter() + "# with a transition\n", draft=draft)
    assert (mended.state, mended.decided_by) == ("draft", None)


def test_only_what_waits_is_decided(author: Any, second: Any) -> None:
    draft = written(author, stricter())
    with pytest.raises(DraftRefused, match="does not wait"):
        drafting.approve(draft=draft, by=second)


def test_who_may_not_approve_makes_no_law(world: World, author: Any) -> None:
    draft = submitted(author, stricter())
    with pytest.raises(authority.NotAllowed):
        drafting.approve(draft=draft, by=world.account("leader", "leader"))
    assert outcome() == "pass"


def test_two_drafts_of_one_article_do_not_undo_each_other(author: Any, second: Any) -> None:
    first, later = submitted(author, stricter()), submitted(author, shipped() + "# a remark\n")
    drafting.approve(draft=first, by=second)
    with pytest.raises(DraftRefused, match="has changed since"):
        drafting.approve(draft=later, by=second)
    assert outcome() == "fail"


def test_a_version_approved_later_takes_the_place_of_the_earlier(
    author: Any, second: Any, own_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    original = shipped() + "# back again\n"
    with django_capture_on_commit_callbacks(execute=True):
        drafting.approve(draft=submitted(author, stricter()), by=second)
    assert outcome() == "fail"
    with django_capture_on_commit_callbacks(execute=True):
        drafting.approve(draft=submitted(author, original), by=second)
    assert outcome() == "pass"
    assert len(list(own_folder.glob("*.yaml"))) == 1


def test_an_accepted_finding_is_accepted_by_the_prover_from_then_on(author: Any, second: Any) -> None:
    draft = written(author, twice())
    with pytest.raises(DraftRefused) as refusal:
        drafting.submit(draft=draft, by=author)
    key = drafting.finding_key(refusal.value.findings[0])
    drafting.approve(draft=drafting.submit(draft=draft, by=author, accept={key: "Until the old one ends."}), by=second)
    from canbo.rules.prove import prove

    proof = prove(corpus.opened(settings.CANBO_RULEBOOK), articles=["own/theory"])
    (finding,) = [finding for finding in proof.findings if finding.kind == "duplicate"]
    assert finding.accepted is not None and finding.accepted.reason["en"] == "Until the old one ends."
    assert finding.accepted.signer == "Author; Second"


# --- what nobody approved -----------------------------------------------------------------------------------------------


def test_a_file_that_nobody_approved_decides_nothing_and_is_told_of(own_folder: Path, world: World) -> None:
    own_folder.mkdir()
    (own_folder / "smuggled.yaml").write_text(stricter(), encoding="utf-8")
    assert outcome() == "pass"
    (sentence,) = drafting.unvouched()
    assert "smuggled.yaml" in sentence and "not in the journal" in sentence


def test_an_approved_file_that_was_altered_decides_no_longer(author: Any, second: Any, own_folder: Path) -> None:
    decided = drafting.approve(draft=submitted(author, stricter()), by=second)
    file = drafting.file_of(THEORY, drafting.digest(decided.text))
    file.write_text(file.read_text(encoding="utf-8").replace("'advanced'", "'elementary'"), encoding="utf-8")
    assert outcome() == "pass"
    assert len(drafting.unvouched()) == 2
    file.unlink()
    assert ["is not in" in sentence for sentence in drafting.unvouched()] == [True]


def test_an_approval_that_is_undone_leaves_no_law(author: Any, second: Any, own_folder: Path) -> None:
    draft = submitted(author, stricter())
    with pytest.raises(RuntimeError), transaction.atomic():
        drafting.approve(draft=draft, by=second)
        raise RuntimeError("the power went")
    corpus.look_again()
    assert outcome() == "pass"
    assert len(drafting.unvouched()) == 1

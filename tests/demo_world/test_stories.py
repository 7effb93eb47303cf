"""The stories of the demo world: of every procedure, by the law in force, told once however often they are told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from canbo.procedures import bodies
from canbo.procedures.models import Case
from canbo.project.world import stories
from canbo.registry.models import Account
from canbo.rules import procedure as law

TODAY = date(2026, 11, 27)
WORDS = ("says", "refuse", "withdraw", "lost", "tier")  # step -> words
STEPS = ("against", "few")
BROKEN_OFF = {"until", "against", "withdraw", "expects", "tier", "uncounted"}
TOLD = ("fill-vacancy", "removal-without-ground", "suspension-unclear", "dismissed")
BOOK = stories.recipe()
KINDS = law.opened(bodies.rulebook())


def ends_it(story: dict[str, Any]) -> bool:
    """Whether a refusal in the story ends the case; some are only reported."""
    version = KINDS[story["procedure"]].on(TODAY)
    assert version is not None
    return any(version.step(step).leads("refuse") in law.END for step in story.get("refuse", ()))


def succeeds(story: dict[str, Any]) -> bool:
    return not story.keys() & BROKEN_OFF and not ends_it(story) and not {"unfit", "unclear"} & set(story.get("names", ()))


def lacks(story: dict[str, Any]) -> bool:
    """Whether facts, a paper or a signature under a tally sheet are missing in a story."""
    waits = story.get("expects") == "incomplete" or "unclear" in story.get("names", ())
    return waits or "uncounted" in story or {"lacks", "until"} <= story.keys()


def may_lack(kind: law.Procedure) -> bool:
    """Whether anything can be missing in a case of a procedure: a fact that articles read, a paper of a dossier, a count."""
    version = kind.on(TODAY)
    assert version is not None
    return bool(kind.topic) or any(step.topics or step.dossier or step.vote for step in version.steps)


def may_be_refused(kind: law.Procedure) -> bool:
    version = kind.on(TODAY)
    assert version is not None
    return any(step.ways.get(way) in law.END for step in version.steps for way in ("refuse", "none"))


def refused(story: dict[str, Any]) -> bool:
    return story.get("expects") == "refused" or "unfit" in story.get("names", ()) or ends_it(story) or "against" in story


@pytest.mark.parametrize("story", BOOK["cases"], ids=lambda story: story["key"])
def test_a_story_is_told_by_a_law_in_force_and_its_steps_are_those_of_the_law(story: dict[str, Any]) -> None:
    version = KINDS[story["procedure"]].on(TODAY)
    assert version is not None
    known = {step.id for step in version.steps}
    said = {step for word in WORDS for step in story.get(word, {})} | {step for word in STEPS for step in story.get(word, ())}
    assert said | ({story["until"]} if "until" in story else set()) <= known


def test_each_story_has_a_key_of_its_own() -> None:
    assert len({story["key"] for story in BOOK["cases"]}) == len(BOOK["cases"])


def test_every_procedure_has_a_story_that_succeeds() -> None:
    assert {story["procedure"] for story in BOOK["cases"] if succeeds(story)} == set(KINDS)


def test_every_procedure_has_a_story_that_is_refused() -> None:
    assert all(map(may_be_refused, KINDS.values()))
    assert {story["procedure"] for story in BOOK["cases"] if refused(story)} == set(KINDS)


def test_every_procedure_in_which_something_can_be_missing_has_a_story_of_that() -> None:
    missing = {story["procedure"] for story in BOOK["cases"] if lacks(story)}
    assert missing == {name for name, kind in KINDS.items() if may_lack(kind)}
    assert set(KINDS) - missing == {"suspension-lifting", "vacancy"}  # no article is asked, no paper, and nobody votes


@pytest.mark.parametrize("story", BOOK["cases"], ids=lambda story: story["key"])
def test_what_a_story_states_may_be_stated_by_its_procedure(story: dict[str, Any]) -> None:
    terms, kind = story.get("terms", {}), KINDS[story["procedure"]]
    assert set(terms.get("facts", {})) <= set(kind.asked)
    assert set(terms) - {"facts", "seats", "criteria", "documents"} <= set(kind.terms)


def test_stories_end_as_they_should_and_telling_them_again_changes_nothing(
    loaded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few short ones in the small world; all of them are told in the demo itself."""
    monkeypatch.setattr(settings, "CANBO_DEMO", True)  # practice keys sign
    assert stories.tell_all(today=TODAY, only=frozenset(TOLD)) == len(TOLD)
    ends = dict(Case.objects.values_list("procedure", "state"))
    assert ends == {"vacancy": "decided", "removal": "refused", "suspension": "incomplete", "dismissal": "decided"}
    dismissed = Case.objects.get(procedure="dismissal")
    assert dismissed.appeals.get().state == "dismissed"
    assert dismissed.actors.values("account").distinct().count() >= 4
    written = rows_of_everything()
    assert stories.tell_all(today=TODAY, only=frozenset(TOLD)) == len(TOLD)
    assert rows_of_everything() == written
    assert all(account.person_id for account in Account.objects.filter(username__startswith="nhan-vat-"))


def rows_of_everything() -> dict[str, int]:
    """How many rows the register, its cases, its evaluations and its journal have, by table."""
    tables = [
        name
        for name in connection.introspection.table_names()
        if name.startswith(("registry_", "procedures_", "journal_", "ballots_", "evaluation_", "development_"))
    ]
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found

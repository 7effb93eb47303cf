"""What rulings come to together: both families must be passed, one ground suffices, an exception decides nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canbo.rules.corpus import Corpus
from canbo.rules.explain import Verdict, explain
from canbo.rules.subjects import Body
from canbo.rules.words import LANGUAGES
from tests.rules import generated

ON = generated.ON
TITLES = dict.fromkeys(LANGUAGES, "x")


def asked(*articles: tuple[str, str, str], **facts: object) -> Verdict:
    """The verdict on articles given as (family, effect, condition), on facts p.yes and p.also."""
    laws = [
        replace(generated.article(f"{family}-{number}", effect, None, condition), issuer=family)
        for number, (family, effect, condition) in enumerate(articles)
    ]
    bodies = {family: Body(family, family, 1, TITLES) for family in ("party", "state")}
    book: Corpus = replace(generated.corpus(*laws), bodies=bodies)
    return explain(book, topic="t", facts={name.replace("__", "."): value for name, value in facts.items()}, on=ON)


def test_one_family_that_refuses_refuses_and_the_disagreement_is_told() -> None:
    verdict = asked(("party", "require", "p.yes"), ("state", "require", "p.also"), p__yes=True, p__also=False)
    assert verdict.outcome == "fail"
    assert {family.name: family.word for family in verdict.families} == {"party": "allowed", "state": "refused"}
    assert verdict.disagreement is not None
    for language in LANGUAGES:
        assert verdict.disagreement.say(language)


def test_families_that_agree_or_are_still_open_do_not_disagree() -> None:
    both = (("party", "require", "p.yes"), ("state", "require", "p.also"))
    assert asked(*both, p__yes=True, p__also=True).disagreement is None
    assert asked(*both, p__yes=True).disagreement is None
    assert asked(*both, p__yes=False, p__also=False).disagreement is None


@pytest.mark.parametrize(
    ("yes", "also", "outcome"),
    [(True, None, "pass"), (None, True, "pass"), (False, False, "fail"), (False, None, "unknown"), (None, None, "unknown")],
)
def test_one_ground_suffices_and_with_none_the_decision_is_refused(yes: bool | None, also: bool | None, outcome: str) -> None:
    verdict = asked(("party", "ground", "p.yes"), ("party", "ground", "p.also"), p__yes=yes, p__also=also)
    assert verdict.outcome == outcome
    assert [note.key for note in verdict.notes] == (["no_ground"] if outcome == "fail" else [])


def test_a_ground_does_not_help_where_something_required_fails() -> None:
    assert asked(("party", "ground", "p.yes"), ("state", "require", "p.also"), p__yes=True, p__also=False).outcome == "fail"


def test_a_family_none_of_whose_articles_applies_says_nothing() -> None:
    verdict = asked(("party", "ground", "p.yes"), ("state", "require", "p.also"), p__yes=False, p__also=True)
    assert {family.name: family.outcome for family in verdict.families} == {"party": "not_applicable", "state": "pass"}

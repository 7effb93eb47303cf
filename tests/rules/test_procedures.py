"""The procedures as law: their versions in time, what their steps need and make, what the reader refuses, their pages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from canbo.rules import corpus, diagram
from canbo.rules import procedure as law
from canbo.rules.procedure import END, Version
from canbo.rules.reading import read_text
from canbo.rules.words import LANGUAGES, RuleError

FOLDER = corpus.find()
BOOK = law.opened(FOLDER)
VERSIONS = [(name, version.id) for name, each in BOOK.items() for version in each.versions]
BEFORE, AFTER = date(2026, 7, 31), date(2026, 8, 1)
GIVEN = {"asset_declaration"}  # what a person brings; everything else is made in the case


def version(name: str, which: str) -> Version:
    return BOOK[name].version(which)


def on(name: str, day: date) -> str:
    found = BOOK[name].on(day)
    return found.id if found else ""


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("appointment-on-site", "five-steps", "four-steps"),
        ("appointment-external", "home-unit-votes", "home-unit-writes"),
        ("reappointment", "days", "working-days"),
        ("extension", "days", "working-days"),
        ("acting-head", "no-limit", "twelve-months"),
        ("removal", "guide-45", "decree-300"),
        ("resignation", "decree-170", "decree-300"),
        ("dismissal", "decree-170", "decree-300"),
        ("suspension", "fifteen-days", "thirty-days"),
        ("secondment", "two-bodies-agree", "four-steps"),
        ("demotion", "", "decree-300"),
        ("rotation", "decree-170", "decree-170"),
        ("confidence-vote", "regulation-96", "regulation-96"),
    ],
)
def test_the_law_changes_on_the_first_of_august_2026(name: str, before: str, after: str) -> None:
    assert (on(name, BEFORE), on(name, AFTER)) == (before, after)


def test_five_steps_and_two_thirds_become_four_steps_with_their_own_numbers() -> None:
    votes = {
        which: [(step.vote.over.of, step.vote.quorum is not None, step.vote.excused) for step in of.steps if step.vote]
        for which, of in ((of.id, of) for of in BOOK["appointment-on-site"].versions)
    }
    assert votes["five-steps"] == [("convened", True, "stay")] * 5
    assert [of for of, quorum, excused in votes["four-steps"] if not quorum and excused == "leave"] == [
        "convened", "convened", "present", "convened",
    ]  # fmt: skip


def test_figures_of_the_law_stand_beside_the_steps() -> None:
    assert version("reappointment", "days").limits["notice_days"] == 90
    new = version("reappointment", "working-days")
    assert new.limits["notice_working_days"] == 90
    assert (new.limits["months_left"], new.limits["months_left_of_short_term"]) == (24, 18)
    assert [str(new.step(name).norm) for name in ("self-report", "key-officials")] == [
        "Norm(number=15, unit='days')", "Norm(number=45, unit='days')",
    ]  # fmt: skip
    assert version("acting-head", "twelve-months").limits == {"months": 12, "renewals": 0}
    assert version("acting-head", "no-limit").limits == {}
    lengths = [
        (of.limits["working_days"], of.limits["extension_working_days"], of.step("sign").norm)
        for of in BOOK["suspension"].versions
    ]
    assert lengths == [(15, 15, law.Norm(2, "working_days")), (30, 30, law.Norm(1, "working_days"))]
    assert len(version("rotation", "decree-170").step("plan").says) == 7


def test_nobody_votes_on_a_suspension_and_its_head_signs_alone() -> None:
    for each in BOOK["suspension"].versions:
        assert [step.vote for step in each.steps if step.vote] == []
        assert [step.id for step in each.steps if step.capacity == "approver"] == ["sign"]


def test_a_sending_body_voted_and_now_writes() -> None:
    assert version("appointment-external", "home-unit-votes").step("home-vote").does == "vote"
    writes = version("appointment-external", "home-unit-writes").step("home-opinion")
    assert (writes.does, writes.body) == ("act", "home")
    assert writes.leads("refuse") == writes.leads("done") == "meet"


def test_what_is_hearsay_is_read_and_never_opened() -> None:
    assert version("demotion", "council").mark == "K"
    with pytest.raises(RuleError) as refused:
        law.on_day(FOLDER, "demotion", date(2025, 12, 1))
    assert "in force" in refused.value.say("en")
    assert all(each.mark in law.MARKS for procedure in BOOK.values() for each in procedure.versions)


@pytest.mark.parametrize(("name", "which"), VERSIONS)
def test_what_a_step_needs_was_made_before_it(name: str, which: str) -> None:
    made = set(GIVEN)
    for step in version(name, which).steps:
        assert set(step.needs) <= made, step.id
        made |= set(step.makes)
    assert "decision" in made


@pytest.mark.parametrize(("name", "which"), VERSIONS)
def test_a_step_is_the_laws_with_its_clause_or_ours_and_says_so(name: str, which: str) -> None:
    each = version(name, which)
    for step in each.steps:
        assert not (step.ours and step.clause), step.id
        if each.mark == "T":
            assert step.ours or step.clause, step.id


@pytest.mark.parametrize(("name", "which"), VERSIONS)
def test_drafter_verifier_approver_and_publisher_all_act_and_one_signature_precedes_one_publication(
    name: str, which: str
) -> None:
    steps = version(name, which).steps
    assert set(law.SEPARATE) <= {step.capacity for step in steps}
    assert [step.does for step in steps if step.does in ("sign", "publish")] == ["sign", "publish"]
    assert all(to in {*version(name, which).order, *END} for step in steps for to in step.ways.values())


def test_topics_and_electorates_are_those_that_exist() -> None:
    topics = set(yaml.safe_load((FOLDER / "topics.yaml").read_text(encoding="utf-8")))
    voters = law.electorates(FOLDER)
    for procedure in BOOK.values():
        assert procedure.topic is None or procedure.topic in topics
        for each in procedure.versions:
            for step in each.steps:
                assert set(step.topics) <= topics, (procedure.id, step.id)
                assert step.vote is None or step.vote.electorate in voters
    used = {step.vote.electorate for p in BOOK.values() for v in p.versions for step in v.steps if step.vote}
    assert used == set(voters)


def test_meetings_widen_and_a_leadership_has_two() -> None:
    voters = law.electorates(FOLDER)
    sizes = [voters[name].least for name in ("leadership", "enlarged_leadership", "key_officials")]
    assert sizes == [2, 3, 4]
    assert voters["key_officials"].whole_below == 30
    assert [voters[name].above for name in ("leadership", "enlarged_leadership", "key_officials")] == [True, True, False]


# ---- the pages that are drawn from them


def test_the_pages_of_the_procedures_are_those_of_the_rulebook() -> None:
    """If not: python -m canbo.rules.diagram."""
    folder = Path(diagram.__file__).parents[2] / "docs" / "procedures"
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")} == diagram.pages(FOLDER)


@pytest.mark.parametrize(("name", "which"), VERSIONS)
def test_a_diagram_shows_every_step_and_no_way_that_is_not_there(name: str, which: str) -> None:
    each = version(name, which)
    drawn = set(re.findall(r"^    (\w+) --> (\w+): (.+)$", "\n".join(diagram.diagram(each)), re.MULTILINE))
    node = {step.id.replace("-", "_"): step for step in each.steps}
    for start, to, outcome in drawn:
        assert node[start].ways[outcome.replace(" ", "_")].replace("-", "_") == to
    forward = sum(to != step.id for step in each.steps for to in step.ways.values())
    assert len(drawn) == forward


# ---- what the reader refuses

SMALL = """
procedure: small
title: {{en: a, vi: b, fa: c}}
family: f
about: post
names: known
effect: fill
versions:
  - id: one
    in_force: {{from: 2025-01-01, to: {end}}}
    source: {{instrument: {{en: a, vi: b, fa: c}}, article: "1", mark: {mark}}}
    running: kept
    steps:
      - {{id: draft, does: act, title: {{en: a, vi: b, fa: c}}, by: {{capacity: drafter, body: own}}, ways: {{{draft}}}}}
      - {{id: sign, does: sign, title: {{en: a, vi: b, fa: c}}, by: {{capacity: {signs}, body: manager}}, ways: {{{sign}}}}}
      - {{id: publish, does: publish, title: {{en: a, vi: b, fa: c}}, by: {{capacity: publisher, body: manager}}}}
"""
LATER = """
  - id: two
    in_force: {from: 2025-06-01, to: null}
    source: {instrument: {en: a, vi: b, fa: c}, article: "1", mark: T}
    running: kept
    steps:
      - {id: sign, does: sign, title: {en: a, vi: b, fa: c}, by: {capacity: approver, body: own}}
"""


def small(*, end: str = "null", mark: str = "T", draft: str = "", signs: str = "approver", sign: str = "", more: str = "") -> str:
    return SMALL.format(end=end, mark=mark, draft=draft, signs=signs, sign=sign) + more


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (small(draft="done: publish"), "procedure_step_unreachable"),
        (small(draft="refuse: publish"), "procedure_published_unsigned"),
        (small(sign="refuse: publish"), "procedure_published_unsigned"),
        (small(draft="done: draft, refuse: draft"), "procedure_step_unreachable"),
        (small(sign="signed: draft, refuse: publish"), "procedure_published_unsigned"),
        (small(signs="drafter"), "procedure_capacity"),
        (small(mark="Z"), "not_among"),
        (small(draft="passed: sign"), "not_among"),
        (small(more=LATER), "procedure_versions_overlap"),
        (small(end="2025-06-01", more=LATER), "procedure_versions_overlap"),
    ],
)
def test_a_procedure_that_cannot_be_is_refused_with_its_place(text: str, key: str) -> None:
    with pytest.raises(RuleError) as refused:
        law.procedure_of(read_text(text, Path("procedures/small.yaml")), {})
    assert refused.value.message.key == key
    assert refused.value.place is not None and refused.value.place.line
    assert all(refused.value.say(language) for language in LANGUAGES)


def test_hearsay_may_stand_beside_law_of_the_same_days() -> None:
    found = law.procedure_of(read_text(small(mark="K", more=LATER), Path("procedures/small.yaml")), {})
    assert found.on(date(2025, 3, 1)) is None
    held = found.on(date(2025, 7, 1))
    assert held is not None and held.id == "two"


def topics_of(name: str) -> set[str]:
    steps = [step for each in BOOK[name].versions for step in each.steps]
    return {topic for step in steps for topic in step.topics} | {topic for topic in [BOOK[name].topic] if topic}


@pytest.fixture(scope="module")
def book() -> corpus.Corpus:
    return corpus.load()


STATING = sorted(name for name, each in BOOK.items() if each.states or each.states_name)


@pytest.mark.parametrize("name", STATING)
def test_what_is_stated_is_read_by_an_article_and_told_in_every_language(book: corpus.Corpus, name: str) -> None:
    """So no form asks for what decides nothing, and every field has its words."""
    read = {fact for article in book.articles.values() if article.topic in topics_of(name) for fact in article.facts()}
    asked = [*BOOK[name].states, *BOOK[name].states_name]
    assert set(asked) <= read
    assert len(set(asked)) == len(asked)
    for fact in asked:
        spec = book.facts[fact]
        assert spec.type.kind in ("bool", "int", "enum", "date"), fact
        assert not fact.startswith(("person.", "post.")), f"{fact} is read from the register"
        texts = [spec.label, spec.meaning, *spec.words.values(), *([spec.because] if spec.otherwise else [])]
        assert all(set(text) >= {"en", "vi", "fa"} for text in texts), fact


@pytest.mark.parametrize("name", sorted(name for name, each in BOOK.items() if each.implies))
def test_what_a_procedure_implies_can_be_and_is_read_by_its_articles_and_asked_of_nobody(book: corpus.Corpus, name: str) -> None:
    implied = BOOK[name].implies
    book.facts.accept_all(dict(implied))
    assert implied.keys() <= {fact for each in book.articles.values() if each.topic in topics_of(name) for fact in each.facts()}
    assert not implied.keys() & {*BOOK[name].states, *BOOK[name].states_name}


def test_facts_without_which_a_person_known_from_the_start_would_wait_for_ever_can_be_stated() -> None:
    """What an article reads without a presumption, and neither the register nor the course of the case shows."""
    book, shown = (
        corpus.load(),
        ("person.", "post.", "case.", "bar.", "confidence.", "removal.act", "suspension.", "dossier.", "acting."),
    )
    for name in STATING:
        if BOOK[name].topic not in ("removal", "resignation", "suspension"):
            continue
        read = {fact for article in book.in_force(date(2026, 11, 27), BOOK[name].topic) for fact in article.facts()}
        open_ = {fact for fact in read if book.facts[fact].otherwise is None and not fact.startswith(shown)}
        assert open_ <= set(BOOK[name].states), name


def test_terms_are_those_that_decisions_of_the_procedure_use() -> None:
    known = {name: each.terms for name, each in BOOK.items() if each.terms}
    assert known["demotion"] == ("to_post",)
    assert known["suspension"] == known["secondment"] == ("until",)
    assert set(known["election"]) == {"post"}

"""What the prover finds in small made-up rulebooks, that each case it shows is real, and that a mended book is clean."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbo.rules import witness
from canbo.rules.corpus import Corpus
from canbo.rules.explain import explain, find_value
from canbo.rules.findings import Finding
from canbo.rules.prove import prove
from canbo.rules.witness import Case, NotReplayed, settle, shown
from canbo.rules.words import LANGUAGES, RuleError
from tests.rules.books import SAID, article, book, fact
from tests.trying import examples

HORIZON = (date(2024, 1, 1), date(2027, 1, 1))


def found(corpus: Corpus, **more: Any) -> dict[str, list[Finding]]:
    """Findings by kind."""
    kinds: dict[str, list[Finding]] = {}
    for finding in prove(corpus, horizon=HORIZON, **more).findings:
        kinds.setdefault(finding.kind, []).append(finding)
    return kinds


def outcomes(corpus: Corpus, finding: Finding) -> dict[str, str]:
    """What explain says of the witness, by article: asked anew, from plain values as in a file."""
    verdict = explain(corpus, topic=finding.topic, facts=shown(finding.witness), on=finding.on, changes=False)  # type: ignore[arg-type]
    return {entry.id: entry.outcome for entry in verdict.articles}


# ---- conflict and precedence

DEPUTY_MAY = article("may", "permit", "person.points >= 50", scope="post.title == 'deputy'")
NO_DEGREE = article("must-not", "forbid", "person.degree == 'none'", scope="person.sex == 'F'")
FOR_ALL = {name: value for name, value in NO_DEGREE.items() if name != "applies_when"}


def test_a_permit_and_a_prohibition_of_equals_on_one_day_are_a_conflict(tmp_path: Path) -> None:
    corpus = book(tmp_path, DEPUTY_MAY, NO_DEGREE)
    (conflict,) = found(corpus)["conflict"]
    assert conflict.articles == ("may", "must-not")
    assert outcomes(corpus, conflict) == {"may": "pass", "must-not": "fail"}
    assert conflict.new
    assert all("“may”" in conflict.say(language) for language in LANGUAGES)


def test_a_permit_kept_within_what_is_allowed_is_no_conflict(tmp_path: Path) -> None:
    mended = {**DEPUTY_MAY, "condition": "person.points >= 50 && person.degree != 'none'"}
    assert found(book(tmp_path, mended, NO_DEGREE)) == {}


def test_two_requirements_that_nobody_can_meet_together_are_a_conflict(tmp_path: Path) -> None:
    some = article("some", "require", "person.points >= 60", scope="post.title == 'deputy'")
    few = article("few", "forbid", "person.points >= 50", scope="person.sex == 'F'")
    corpus = book(tmp_path, some, few)
    (conflict,) = found(corpus)["conflict"]
    assert set(conflict.articles) == {"some", "few"}
    assert "fail" in outcomes(corpus, conflict).values()
    assert found(book(tmp_path, some, {**few, "condition": "person.points >= 70"})) == {}
    assert found(book(tmp_path, some, {**few, "applies_when": "post.title == 'chair'"})) == {}


def test_the_later_of_two_equals_prevails_and_is_information_only(tmp_path: Path) -> None:
    corpus = book(tmp_path, {**DEPUTY_MAY, "issued": "2024-03-01"}, NO_DEGREE)
    assert found(corpus) == {}
    (settled,) = found(corpus, everything=True)["opposition"]
    assert "later" in settled.say("en")
    assert not settled.new


def test_the_narrower_of_two_equals_prevails(tmp_path: Path) -> None:
    corpus = book(tmp_path, DEPUTY_MAY, FOR_ALL)
    assert found(corpus) == {}
    (settled,) = found(corpus, everything=True)["opposition"]
    assert "may prevails: its scope is narrower" in settled.say("en")


def test_narrower_and_later_that_disagree_are_reported_not_guessed(tmp_path: Path) -> None:
    # The permit is narrower (deputies only), the prohibition later.
    corpus = book(tmp_path, DEPUTY_MAY, {**FOR_ALL, "issued": "2024-03-01"})
    (conflict,) = found(corpus)["conflict"]
    assert "narrower scope speaks for one" in conflict.say("en")


def test_a_lower_body_that_grants_what_its_superior_refuses_acts_beyond_its_powers(tmp_path: Path) -> None:
    corpus = book(tmp_path, article("may", "permit", "person.points >= 50", body="province"), FOR_ALL)
    (finding,) = found(corpus)["ultra_vires"]
    assert finding.articles == ("may", "must-not")
    assert outcomes(corpus, finding) == {"may": "pass", "must-not": "fail"}


def test_an_exception_made_by_name_is_settled(tmp_path: Path) -> None:
    exception = article("exception", "permit", "true", scope="post.title == 'chair'", lifts=["must-not"])
    corpus = book(tmp_path, exception, FOR_ALL)
    assert found(corpus) == {}
    (settled,) = found(corpus, everything=True)["opposition"]
    assert "by name" in settled.say("en")


def test_two_families_that_differ_in_one_matter_are_shown(tmp_path: Path) -> None:
    state, party = (
        article(name, "require", f"person.points >= {least}", body=body)
        for name, least, body in (("state", 50, "government"), ("party", 60, "party"))
    )
    corpus = book(tmp_path, state, party)
    (finding,) = found(corpus)["family_disagreement"]
    assert finding.articles == ("party", "state")
    assert outcomes(corpus, finding) == {"party": "fail", "state": "pass"}
    assert 50 <= finding.witness["person.points"] < 60  # type: ignore[operator]
    assert found(book(tmp_path, state, {**party, "condition": "person.points >= 50"})) == {}


def test_grounds_of_two_families_that_differ_are_shown(tmp_path: Path) -> None:
    one = article("one-year", "ground", "person.grades[0] == 'bad'", topic="removal")
    two = article("two-years", "ground", "person.grades[0] == 'bad' && person.grades[1] == 'bad'", body="party", topic="removal")
    corpus = book(tmp_path, one, two)
    (finding,) = found(corpus)["family_disagreement"]
    assert shown(finding.witness) == {"person.grades": ["bad", "good"]}
    assert outcomes(corpus, finding) == {"one-year": "pass", "two-years": "not_applicable"}


# ---- figures


def test_two_figures_for_one_question_are_found_with_both(tmp_path: Path) -> None:
    one = article("half", "value", "leave.months / 12 + (leave.months % 12 >= 6 ? 1 : 0)", gives="years", topic="leaving")
    two = article("full", "value", "leave.months / 12", gives="years", topic="leaving")
    corpus = book(tmp_path, one, two)
    (finding,) = found(corpus)["different_figure"]
    facts = shown(finding.witness)
    assert finding.says["full"] != finding.says["half"]
    assert find_value(corpus, name="years", facts=facts, on=finding.on).outcome == "value"  # type: ignore[arg-type]
    assert facts["leave.months"] % 12 >= 6  # type: ignore[operator]
    assert "different_figure" not in found(book(tmp_path, one, {**two, "applies_when": "leave.months % 12 < 6"}))


def test_two_demands_of_one_shape_with_different_figures_are_found(tmp_path: Path) -> None:
    one, two = (article(f"a{least}", "require", f"person.points >= {least}") for least in (50, 60))
    kinds = found(book(tmp_path, one, two))
    assert [finding.articles for finding in kinds["different_figure"]] == [("a60", "a50")]


def test_a_figure_that_falls_while_its_fact_rises_is_found_with_both_points(tmp_path: Path) -> None:
    falls = "leave.months >= 240 ? 5 * pay.rate : 4 * pay.rate + (leave.months - 180) * pay.rate / 24"
    part = article("part-c", "value", falls, gives="part", rises_with=["leave.months"], topic="leaving")
    corpus = book(tmp_path, part)
    (finding,) = found(corpus)["not_monotone"]
    before, after = ({**shown(finding.witness), **more} for more in ({}, shown(finding.beside)))
    assert (before["leave.months"], after["leave.months"]) == (239, 240)
    first, second = (find_value(corpus, name="part", facts=facts, on=finding.on).value for facts in (before, after))  # type: ignore[arg-type]
    assert second < first  # type: ignore[operator]
    mended = falls.replace("5 * pay.rate", "6 * pay.rate + pay.rate / 2 + (leave.months - 240) * pay.rate / 24")
    assert "not_monotone" not in found(book(tmp_path, {**part, "value": mended}))


def test_bands_that_leave_out_the_point_where_they_meet_are_found(tmp_path: Path) -> None:
    resign = article("resign", "ground", "vote.low * 2 > vote.convened && vote.low * 3 < vote.convened * 2", topic="resignation")
    remove = article("remove", "ground", "vote.low * 3 > vote.convened * 2", topic="removal")
    corpus = book(tmp_path, resign, remove)
    (finding,) = found(corpus)["open_boundary"]
    assert finding.witness["vote.low"] * 3 == finding.witness["vote.convened"] * 2  # type: ignore[operator]
    assert "neither" in finding.say("en")
    closed = {**remove, "condition": "vote.low * 3 >= vote.convened * 2"}
    assert "open_boundary" not in found(book(tmp_path, resign, closed))


def test_bands_that_both_hold_at_their_meeting_point_are_found(tmp_path: Path) -> None:
    low = article("low", "ground", "person.points <= 70", topic="removal")
    high = article("high", "ground", "person.points >= 70", topic="removal")
    (finding,) = found(book(tmp_path, low, high))["open_boundary"]
    assert (finding.witness["person.points"], "both" in finding.say("en")) == (70, True)


# ---- what never speaks, says the same, or is not said


def test_an_article_for_nobody_is_found(tmp_path: Path) -> None:
    nobody = article(
        "nobody", "require", "person.failed", scope="months_since(person.born) > 600 && months_since(person.born) < 540"
    )
    (finding,) = found(book(tmp_path, nobody))["empty"]
    assert finding.articles == ("nobody",)
    somebody = {**nobody, "applies_when": "months_since(person.born) > 540 && months_since(person.born) < 600"}
    assert found(book(tmp_path, somebody)) == {}


def test_the_axioms_decide_whether_there_is_anybody(tmp_path: Path) -> None:
    # Nobody who serves is over 65, so an article for those over 70 is for nobody.
    old = article("old", "require", "person.failed", scope="months_since(person.born) > 840")
    assert "empty" in found(book(tmp_path, old))


def test_an_axiom_holds_of_the_facts_that_are_known_whatever_the_others_are(tmp_path: Path) -> None:
    # An axiom says that at least five are convened, and beside it something of a count that neither article mentions.
    few, none = (article(name, kind, "vote.convened < 5") for name, kind in (("few", "permit"), ("none", "forbid")))
    assert {kind: each[0].articles for kind, each in found(book(tmp_path, few, none)).items()} == {"empty": ("few",)}
    more, less = ({**each, "condition": "vote.convened < 6"} for each in (few, none))
    corpus = book(tmp_path, more, less)
    (conflict,) = found(corpus)["conflict"]
    assert conflict.witness == {"vote.convened": 5}
    assert outcomes(corpus, conflict) == {"few": "pass", "none": "fail"}


def test_a_fact_worked_out_from_others_that_an_axiom_speaks_of_may_be_on_record_as_something_else(tmp_path: Path) -> None:
    # Nobody is settled for so few points, but the merits may be more than the points from which they would be worked out.
    merits = fact("int", unit="points", range=[0, 100], otherwise="person.points", because=SAID)
    low, never = (article(name, kind, "person.points < 5") for name, kind in (("low", "permit"), ("never", "forbid")))
    corpus = book(tmp_path, low, never, facts={"person.merits": merits}, axioms=("person.merits >= 10",))
    (conflict,) = found(corpus)["conflict"]
    assert conflict.witness["person.points"] < 5 and conflict.witness["person.merits"] >= 10  # type: ignore[operator]
    assert outcomes(corpus, conflict) == {"low": "pass", "never": "fail"}
    assert Case(corpus, conflict.witness, conflict.on).sound()
    many = {**low, "condition": "person.points > 50"}, {**never, "condition": "person.points > 50"}
    (plain,) = found(book(tmp_path, *many, facts={"person.merits": merits}, axioms=("person.merits >= 10",)))["conflict"]
    assert plain.witness == {"person.points": 80}


def test_two_articles_that_say_the_same_in_other_words_are_duplicates(tmp_path: Path) -> None:
    one = article("one", "forbid", "person.points < 50", scope="post.title != 'clerk'")
    two = article("two", "forbid", "!(person.points >= 50)", scope="post.title in ['chair', 'deputy']")
    assert [finding.articles for finding in found(book(tmp_path, one, two))["duplicate"]] == [("one", "two")]
    assert "duplicate" not in found(book(tmp_path, one, {**two, "applies_when": "post.title == 'chair'"}))


def test_a_demand_that_a_stricter_one_makes_idle_is_dominated(tmp_path: Path) -> None:
    weak = article("weak", "require", "person.points >= 50", scope="post.title == 'chair'")
    strict = article("strict", "require", "person.points >= 60 && !person.failed", body="assembly")
    corpus = book(tmp_path, weak, strict)
    (finding,) = found(corpus)["dominated"]
    assert finding.articles == ("weak", "strict")
    assert outcomes(corpus, finding) == {"weak": "fail", "strict": "fail"}
    assert "dominated" not in found(book(tmp_path, weak, {**strict, "applies_when": "post.title == 'deputy'"}))


def test_a_permit_that_is_never_needed_is_dominated(tmp_path: Path) -> None:
    demand = article("demand", "require", "person.points >= 50")
    idle = article("idle", "permit", "person.points >= 80", lifts=["demand"])
    assert [finding.articles for finding in found(book(tmp_path, demand, idle))["dominated"]] == [("idle", "demand")]


def test_a_case_without_an_article_is_a_gap_where_every_case_must_have_one(tmp_path: Path) -> None:
    topics = {"appointment": {"title": SAID, "chapter": SAID, "total": True}}
    one = article("women", "require", "person.points >= 50", scope="person.sex == 'F'")
    two = article("men", "require", "person.points >= 50", scope="person.sex == 'M' && person.points != 70")
    corpus = book(tmp_path, one, two, topics=topics)
    (finding,) = found(corpus)["gap"]
    assert outcomes(corpus, finding) == {"women": "not_applicable", "men": "not_applicable"}
    assert shown(finding.witness) == {"person.points": 70, "person.sex": "M"}
    assert "gap" not in found(book(tmp_path, one, {**two, "applies_when": "person.sex == 'M'"}, topics=topics))


GRADE = {
    "title": SAID, "type": "enum", "values": ["good", "bad", "undetermined"], "keys": {"failed": "person.failed"},
    "source": {"instrument": SAID, "mark": "T", "confidence": "high"},
    "steps": [{"from": "2024-01-01", "values": {"true": "undetermined", "false": "good"}}],
}  # fmt: skip


def test_a_grade_left_undetermined_is_a_gap(tmp_path: Path) -> None:
    grade = article("grade", "value", "param.grade(person.failed)", gives="grade", topic="evaluation")
    corpus = book(tmp_path, grade, parameters={"grade": GRADE})
    (finding,) = found(corpus)["gap"]
    assert shown(finding.witness) == {"person.failed": True}
    whole = {**GRADE, "steps": [{"from": "2024-01-01", "values": {"true": "bad", "false": "good"}}]}
    assert found(book(tmp_path, grade, parameters={"grade": whole})) == {}


def test_a_post_that_nobody_can_hold_is_dead_with_the_articles_that_kill_it(tmp_path: Path) -> None:
    young = article("young", "require", "months_since(person.born) <= 480", scope="post.title == 'chair'")
    old = article("old", "require", "months_since(person.born) >= 540", scope="post.title != 'clerk'")
    other = article("other", "require", "person.degree != 'none'")
    (finding,) = found(book(tmp_path, young, old, other))["dead_post"]
    assert (finding.witness, set(finding.articles)) == ({"post.title": "chair"}, {"young", "old"})
    assert "dead_post" not in found(book(tmp_path, {**young, "condition": "months_since(person.born) <= 600"}, old, other))


def test_overlap_is_shown_only_when_everything_is_asked_for(tmp_path: Path) -> None:
    corpus = book(tmp_path, article("a", "require", "person.points >= 1"), article("b", "require", "!person.failed"))
    assert found(corpus) == {}
    assert [finding.articles for finding in found(corpus, everything=True)["overlap"]] == [("a", "b")]


def test_one_test_against_different_counts_is_found_though_no_case_is_in_both_scopes(tmp_path: Path) -> None:
    present = article("present", "require", "vote.low * 2 > vote.convened", scope="post.title == 'chair'", topic="vote")
    members = article("members", "require", "vote.low * 2 > vote.members", scope="post.title == 'clerk'", topic="vote")
    corpus = book(tmp_path, present, members)
    (finding,) = found(corpus)["different_measure"]
    assert set(finding.articles) == {"present", "members"} and set(finding.says.values()) == {"holds", "refuses"}
    first, second = finding.articles
    assert outcomes(corpus, finding) == {first: "pass", second: "not_applicable"}
    verdict = explain(corpus, topic="vote", facts=shown({**finding.witness, **finding.beside}), on=finding.on, changes=False)  # type: ignore[arg-type]
    assert {entry.id: entry.outcome for entry in verdict.articles} == {first: "not_applicable", second: "fail"}
    assert set(finding.beside) == {"post.title"}
    assert found(book(tmp_path, present, {**members, "condition": "vote.low * 2 > vote.convened"})) == {}
    assert found(book(tmp_path, present, {**members, "condition": "vote.low * 3 > vote.members"})) == {}


def test_the_same_votes_that_open_two_decisions_are_found_across_topics(tmp_path: Path) -> None:
    resign = article("resign", "ground", "vote.low * 2 > vote.convened", topic="resignation")
    dismiss = article("dismiss", "ground", "vote.low * 3 > vote.convened * 2", topic="removal")
    corpus = book(tmp_path, resign, dismiss)
    (finding,) = found(corpus)["two_consequences"]
    assert finding.articles == ("dismiss", "resign") and finding.new
    below = "vote.low * 2 > vote.convened && vote.low * 3 <= vote.convened * 2"
    assert "two_consequences" not in found(book(tmp_path, {**resign, "condition": below}, dismiss))
    assert "two_consequences" not in found(book(tmp_path, {**resign, "issuer": {"body": "party", "level": 1}}, dismiss))


def test_grounds_that_no_case_opens_together_are_no_overlap(tmp_path: Path) -> None:
    early = article("early", "ground", "leave.months >= 24 && leave.months <= 60", topic="leaving")
    late = article("late", "ground", "leave.months > 60", topic="leaving")
    assert "overlap" not in found(book(tmp_path, early, late), everything=True)
    assert "overlap" in found(book(tmp_path, early, {**late, "condition": "leave.months >= 60"}), everything=True)


# ---- epochs


def test_a_finding_lasts_as_long_as_both_articles_say_so(tmp_path: Path) -> None:
    corpus = book(tmp_path, {**DEPUTY_MAY, "effective": {"from": "2024-07-01", "to": "2025-07-01"}}, NO_DEGREE)
    (conflict,) = found(corpus)["conflict"]
    assert (conflict.on, conflict.until) == (date(2024, 7, 1), date(2025, 7, 1))


def test_a_figure_that_changes_ends_a_finding_and_only_then_is_the_pair_asked_again(tmp_path: Path) -> None:
    least = {
        "title": SAID, "type": "int", "unit": "points", "source": {"instrument": SAID, "mark": "T", "confidence": "high"},
        "steps": [{"from": "2024-01-01", "value": 50}, {"from": "2025-01-01", "value": 60}],
    }  # fmt: skip
    moving = article("moving", "require", "person.points >= param.least()", body="party")
    fixed = article("fixed", "require", "person.points >= 60")
    steady = article("steady", "require", "person.degree != 'none'", start="2024-05-01")
    corpus = book(tmp_path, moving, fixed, steady, parameters={"least": least})
    (finding,) = found(corpus)["family_disagreement"]
    assert (finding.on, finding.until) == (date(2024, 1, 1), date(2025, 1, 1))


def test_only_what_concerns_an_article_can_be_asked(tmp_path: Path) -> None:
    corpus = book(tmp_path, DEPUTY_MAY, NO_DEGREE, article("nobody", "require", "person.failed", scope="person.points < 0"))
    assert set(found(corpus, articles=["nobody"])) == {"empty"}
    assert set(found(corpus, articles=["may"])) == {"conflict"}
    with pytest.raises(RuleError, match="no article ‘mai’"):
        prove(corpus, articles=["mai"])


# ---- honesty


def test_a_case_that_the_deciding_reader_does_not_confirm_is_an_error_of_ours(tmp_path: Path) -> None:
    corpus = book(tmp_path, FOR_ALL)
    refused = corpus.articles["must-not"]
    with pytest.raises(NotReplayed):
        settle(corpus, {"person.degree": "doctor"}, date(2024, 6, 1), lambda case: case.says(refused) == "fail")


def test_nobody_is_shown_who_breaks_an_axiom(tmp_path: Path) -> None:
    corpus = book(tmp_path, FOR_ALL)
    with pytest.raises(NotReplayed):
        settle(corpus, {"person.born": date(1921, 1, 1)}, date(2024, 6, 1), lambda case: True)


def test_a_witness_is_small_and_plain(tmp_path: Path) -> None:
    corpus = book(tmp_path, FOR_ALL)
    refused = corpus.articles["must-not"]
    facts: witness.Facts = {"person.degree": "none", "person.points": 37, "person.born": date(1977, 3, 9)}
    kept = settle(corpus, facts, date(2024, 6, 1), lambda case: case.says(refused) == "fail")
    assert kept == {"person.degree": "none"}


CONDITIONS = st.sampled_from(
    (
        "person.points >= 50", "person.points < 20", "person.degree == 'doctor'", "!person.failed",
        "months_since(person.born) >= 480", "vote.low * 2 > vote.convened", "vote.convened + vote.low <= 60",
        "person.grades[0] == 'bad' || person.failed", "months_between(person.born, date('2020-01-31')) < 420",
    )
)  # fmt: skip
BOTH = st.builds(lambda one, sign, other: f"({one}) {sign} !({other})", CONDITIONS, st.sampled_from(("&&", "||")), CONDITIONS)


def anybody(chance: random.Random) -> dict[str, Any]:
    """Some person, each fact known or not."""
    convened = chance.randint(5, 60)
    person = {
        "person.points": chance.choice((0, 19, 20, 49, 50, 51, 60, chance.randint(0, 100))),
        "person.degree": chance.choice(("none", "university", "doctor")),
        "person.failed": chance.random() < 0.5,
        "person.born": date(chance.randint(1962, 2004), chance.randint(1, 12), chance.choice((1, 15, 28))),
        "vote.convened": convened,
        "vote.low": chance.randint(0, convened),
        "person.grades": [chance.choice(("good", "bad")) for _ in range(3)],
    }
    return {name: value for name, value in person.items() if chance.random() > 0.15}


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(may=BOTH, never=BOTH, seed=st.integers(0, 10_000))
def test_what_is_proved_apart_stays_apart_for_thousands(tmp_path: Path, may: str, never: str, seed: int) -> None:
    corpus = book(tmp_path, article("may", "permit", may), article("never", "forbid", never))
    kinds = found(corpus)
    on = date(2024, 1, 1)
    permit, forbid = corpus.articles["may"], corpus.articles["never"]
    if "conflict" in kinds:
        assert outcomes(corpus, kinds["conflict"][0]) == {"may": "pass", "never": "fail"}
        return
    chance = random.Random(seed)
    for _ in range(2000):
        case = Case(corpus, anybody(chance), on)
        assert not (case.sound() and case.says(permit) == "pass" and case.says(forbid) == "fail"), case.facts

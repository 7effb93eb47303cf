"""What the rulebook says of a case: outcomes, reasons, missing facts, and what would change them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.rules.corpus import load
from canbo.rules.dates import PartialDate
from canbo.rules.explain import ArticleVerdict, Fact, Verdict, explain, find_value
from canbo.rules.words import LANGUAGES, RuleError
from tests.trying import examples

WHOLE = load()
# The rules on age and on local persons, so that a few facts decide; the whole rulebook asks for far more.
FEW = ("leader-not-local", "full-term", "special-case", "months-left", "retirement", "pension-from")
CORPUS = replace(WHOLE, articles={name: each for name, each in WHOLE.articles.items() if name.rpartition("/")[2].startswith(FEW)})
DAY = date(2025, 11, 24)
PARTY_AGE = "vn/party/377-qd-tw/art-34-5/full-term"
NOT_LOCAL = "vn/party/201-kl-tw/leader-not-local-province"
FIT: dict[str, Any] = {
    "person.sex": "M",
    "person.born": "1975-03-02",
    "post.title": "chair",
    "post.level": "province",
    "case.move": "higher",
    "case.received_on": DAY,
    "case.native_in_area": False,
}


def ask(topic: str = "appointment", on: date = DAY, changes: bool = True, **changed: Any) -> Verdict:
    """Explain the fit case with some facts changed; a None takes the fact away."""
    facts = {**FIT, **{name.replace("__", "."): value for name, value in changed.items()}}
    return explain(
        CORPUS,
        topic=topic,
        facts={name: value for name, value in facts.items() if value is not None},
        on=on,
        changes=changes,
    )


def article(verdict: Verdict, name: str) -> ArticleVerdict:
    return next(entry for entry in verdict.articles if entry.id == name)


# ---- the answer


def test_who_meets_every_condition_is_allowed() -> None:
    verdict = ask()
    assert (verdict.outcome, verdict.word) == ("pass", "allowed")
    assert verdict.missing == []


def test_a_native_of_the_area_is_refused_with_the_article_and_the_fact() -> None:
    verdict = ask(case__native_in_area=Fact(True, source="intake 7/QD", as_of=DAY))
    assert verdict.word == "refused"
    refusal = verdict.with_outcome("fail")[0]
    assert refusal.id == NOT_LOCAL
    told = refusal.to_dict()
    used = {entry["name"]: entry for entry in told["facts"]}  # type: ignore[union-attr,index]
    assert used["case.native_in_area"]["value"] is True
    assert used["case.native_in_area"]["source"] == "intake 7/QD"
    assert "Kết luận 201-KL/TW" in refusal.ruling.article.source.cite("vi")


def test_an_unknown_native_place_leaves_it_open_and_says_who_can_close_it() -> None:
    verdict = ask(case__native_in_area=Fact(None, reason_unknown="disputed"))
    assert verdict.word == "incomplete"
    (lacking,) = verdict.missing
    assert lacking.spec.name == "case.native_in_area"
    assert lacking.reason == "disputed"
    assert lacking.would == {True: "fail", False: "pass"}


def test_one_refusal_refuses_whatever_else_is_unknown() -> None:
    assert ask(case__native_in_area=True, person__born=None).word == "refused"


def test_a_fact_that_cannot_matter_is_not_asked_for() -> None:
    """With ten years left the kind of move makes no difference to the age rule."""
    assert article(ask(case__move=None), PARTY_AGE).outcome == "pass"
    lacking = article(ask(case__move=None, person__born="1968-01"), PARTY_AGE).missing
    assert [entry.spec.name for entry in lacking] == ["person.rank", "post.rank"]  # from which the move would follow


def test_what_counts_as_local_is_set_by_the_parameter() -> None:
    """Only the native place counts today, so a birth in the area changes nothing and is not asked for."""
    assert ask(case__born_in_area=True, case__career_in_area=True).word == "allowed"


def test_a_day_before_every_article_concludes_nothing() -> None:
    verdict = ask(on=date(2019, 1, 1))
    assert verdict.word == "incomplete"
    assert "01/01/2019" in verdict.notes[0].say("vi")


@pytest.mark.parametrize(
    ("on", "party", "state"),
    [
        ("2025-06-30", "80-qd-tw", "decree-138-2020"),
        ("2025-07-01", "80-qd-tw", "decree-170-2025"),
        ("2025-10-07", "80-qd-tw", "decree-170-2025"),
        ("2025-10-08", "377-qd-tw", "decree-170-2025"),
        ("2026-07-31", "377-qd-tw", "decree-170-2025"),
        ("2026-08-01", "377-qd-tw", "decree-300-2026"),
    ],
)
def test_each_day_has_its_own_version_of_the_age_rule(on: str, party: str, state: str) -> None:
    ids = [entry.id for entry in ask(on=date.fromisoformat(on), changes=False).articles if "full-term" in entry.id]
    assert [name.split("/")[2] for name in ids] == [party, state]


# ---- what would change it


def test_a_yes_says_how_long_it_holds() -> None:
    (change,) = article(ask(), PARTY_AGE).changes
    assert (change.kind, change.outcome, change.on) == ("day", "fail", date(2032, 4, 1))
    assert change.say("vi") == "Đáp ứng đến hết ngày 31/03/2032, sau đó không còn."


def test_the_day_of_change_is_exact() -> None:
    turn = article(ask(), PARTY_AGE).changes[0].on
    assert turn is not None
    for on, outcome in ((turn - timedelta(days=1), "pass"), (turn, "fail")):
        assert article(ask(on=on, case__received_on=on), PARTY_AGE).outcome == outcome


def test_a_refusal_for_age_names_the_exception_and_the_limit() -> None:
    changes = article(ask(person__born="1968-05"), PARTY_AGE).changes
    assert [(change.kind, change.fact.name if change.fact else "", change.value) for change in changes] == [
        ("act", "case.age_exception", True),
        ("limit", "person.born", PartialDate(1968, 11)),
    ]
    assert "cấp có thẩm quyền bổ nhiệm" in changes[0].say("vi")


def test_no_exception_is_offered_where_it_would_not_help() -> None:
    changes = article(ask(person__born="1966-01"), PARTY_AGE).changes
    assert [change.kind for change in changes] == ["limit"]


def test_an_exception_lifts_the_article_and_is_cited() -> None:
    ruling = article(ask(person__born="1968-05", case__age_exception=True), PARTY_AGE)
    assert ruling.outcome == "not_applicable"
    assert "45-HD/BTCTW" in ruling.reason("en")


def test_a_leader_in_principle_not_local_is_left_to_the_body_that_decides() -> None:
    verdict = ask(on=date(2026, 3, 2), post__level="commune", case__native_in_area=True)
    assert verdict.word == "incomplete"
    assert [entry.spec.name for entry in verdict.missing] == ["case.local_leader_accepted"]
    assert verdict.missing[0].spec.asserted_by["vi"] == "tỉnh ủy, thành ủy"


# Limits published for the party committees of 2025-2030: level, candidacy, men, women, women who
# may retire at 60. The months of counting are those that Directive 45-CT/TW names.
PUBLISHED = [
    ("province", "first", "1968-09", "1972-05", "1970-09"),
    ("province", "again", "1967-09", "1971-09", "1969-09"),
    ("commune", "first", "1968-07", "1972-03", "1970-07"),
    ("commune", "again", "1967-07", "1971-07", "1969-07"),
]


@pytest.mark.parametrize(("level", "candidacy", "men", "women", "women_to_60"), PUBLISHED)
def test_published_birth_limits_come_out(level: str, candidacy: str, men: str, women: str, women_to_60: str) -> None:
    for sex, later, limit in (("M", False, men), ("F", False, women), ("F", True, women_to_60)):
        facts = {
            "person.sex": sex,
            "person.later_retirement": later,
            "person.born": "1963-01" if sex == "M" else "1966-01",
            "post.level": level,
            "case.candidacy": candidacy,
        }
        verdict = explain(CORPUS, topic="committee_election", facts=facts, on=date(2025, 8, 1))
        assert verdict.word == "refused"
        (change,) = [change for change in verdict.articles[0].changes if change.kind == "limit"]
        assert str(change.value) == limit


# ---- figures


def test_the_retirement_month_comes_with_its_table_and_its_steps() -> None:
    found = find_value(CORPUS, name="retirement_month", facts={"person.sex": "F", "person.born": "1969-05"}, on=DAY)
    assert found.value == "2026-05"
    told = found.to_dict()
    assert told["unit"] == "month"
    assert [step["name"] for step in told["steps"]] == ["age", "pension"]  # type: ignore[union-attr,index]
    tables = {entry["name"]: entry["table"] for entry in told["parameters"]}  # type: ignore[union-attr,index]
    assert tables["retirement_day"] == "retirement_age"


def test_a_birth_known_only_by_year_is_said_in_the_explanation() -> None:
    found = find_value(CORPUS, name="retirement_month", facts={"person.sex": "M", "person.born": "1964"}, on=DAY)
    assert found.value == "2025-04"
    assert ["01 tháng 01" in note.say("vi") for note in found.notes()] == [True]


def test_a_figure_that_cannot_be_told_says_what_is_missing() -> None:
    found = find_value(CORPUS, name="retirement_month", facts={"person.sex": "M"}, on=DAY)
    assert found.value is None
    assert [entry.spec.name for entry in found.missing] == ["person.born"]


# ---- what is handed over


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("person.gender", "F", "There is no fact ‘person.gender’"),
        ("person.sexe", "F", "Did you mean ‘person.sex’?"),
        ("person.sex", "female", "possible are: F, M"),
        ("person.born", "12/09/1968", "is not a date"),
        ("person.born", "1868-01-01", "outside 1 January 1920 to 31 December 2012"),
        ("person.born", True, "expected a date"),
        ("post.term_months", 600, "outside 1 to 120"),
        ("post.term_months", "sixty", "expected a number of months"),
        ("case.native_in_area", "yes", "expected yes or no"),
        ("person.sex", Fact(None, reason_unknown="lost"), "‘lost’ is no reason"),
    ],
)
def test_a_wrong_fact_is_refused_in_words(name: str, value: Any, said: str) -> None:
    with pytest.raises(RuleError) as refused:
        explain(CORPUS, topic="appointment", facts={name: value}, on=DAY)
    assert said in refused.value.say("en")
    assert refused.value.say("vi") != refused.value.say("en")


def test_an_unknown_topic_or_figure_names_the_nearest() -> None:
    with pytest.raises(RuleError, match="Did you mean ‘appointment’"):
        explain(CORPUS, topic="apointment", facts={}, on=DAY)
    with pytest.raises(RuleError, match="Did you mean ‘retirement_month’"):
        find_value(CORPUS, name="retirement_moth", facts={}, on=DAY)


# ---- the verdict as it is kept


def test_the_verdict_is_plain_json_with_every_language_and_the_hash_of_the_rulebook() -> None:
    told = json.loads(json.dumps(ask(case__native_in_area=True, person__born="1968").to_dict()))
    assert told["corpus"] == CORPUS.hash
    assert set(told["summary"]) == set(LANGUAGES)
    refusal = next(entry for entry in told["articles"] if entry["id"] == NOT_LOCAL)
    assert refusal["citation"]["mark"] == "F"
    assert set(refusal["reason"]) == set(LANGUAGES)
    assert refusal["undetermined"][0]["decided_by"]["en"]


def test_every_node_of_the_tree_points_into_the_text_of_its_article() -> None:
    told = ask().to_dict()
    for entry in told["articles"]:  # type: ignore[union-attr]
        assert isinstance(entry, dict)
        nodes = [entry["tree"]]
        while nodes:
            node = nodes.pop()
            start, end = node["span"]
            assert entry["text"]["condition"][start:end]
            nodes += node.get("args", [])


def test_the_same_question_has_the_same_answer() -> None:
    assert ask().to_dict() == ask().to_dict()


# ---- laws

KNOWN: Mapping[str, st.SearchStrategy[Any]] = {
    "person.sex": st.sampled_from(["F", "M"]),
    "person.born": st.dates(date(1961, 1, 1), date(1985, 12, 31)),
    "post.title": st.sampled_from(CORPUS.facts["post.title"].type.values),
    "post.level": st.sampled_from(["central", "province", "commune"]),
    "post.structure": st.sampled_from(["government", "party"]),
    "case.move": st.sampled_from(["first", "higher", "equal", "lower"]),
    "case.received_on": st.dates(date(2020, 12, 1), date(2027, 1, 1)),
    "case.process_started_on": st.dates(date(2020, 12, 1), date(2027, 1, 1)),
    "case.native_in_area": st.booleans(),
    "case.local_leader_accepted": st.booleans(),
}
cases = st.fixed_dictionaries(dict(KNOWN))
days = st.dates(date(2020, 12, 1), date(2027, 1, 1))
some_names = st.sets(st.sampled_from(sorted(KNOWN)), max_size=6)


@settings(max_examples=examples(150))
@given(case=cases, unknown=some_names, on=days)
def test_filling_in_a_fact_never_turns_a_pass_into_a_fail_or_back(case: dict[str, Any], unknown: set[str], on: date) -> None:
    half = {name: value for name, value in case.items() if name not in unknown}
    before = explain(CORPUS, topic="appointment", facts=half, on=on, changes=False)
    after = explain(CORPUS, topic="appointment", facts=case, on=on, changes=False)
    if before.outcome != "unknown" or not before.articles:
        assert after.outcome == before.outcome
    for one, other in zip(before.articles, after.articles, strict=True):
        allowed = {"pass": {"pass", "not_applicable"}, "fail": {"fail"}, "not_applicable": {"not_applicable"}}
        assert other.outcome in allowed.get(one.outcome, {"pass", "fail", "unknown", "not_applicable"})


@settings(max_examples=examples(150))
@given(case=cases, unknown=some_names, on=days)
def test_an_open_case_names_only_facts_that_are_not_known_and_at_least_one(
    case: dict[str, Any], unknown: set[str], on: date
) -> None:
    half = {name: value for name, value in case.items() if name not in unknown}
    verdict = explain(CORPUS, topic="appointment", facts=half, on=on, changes=False)
    named = {entry.spec.name for entry in verdict.missing}
    assert not named & set(half)
    if verdict.outcome == "unknown" and verdict.articles:
        # Either a fact is missing, or the table does not reach this birth: then a note says so.
        assert named or any(entry.notes() for entry in verdict.articles)


@settings(max_examples=examples(60))
@given(case=cases, on=days)
def test_every_change_that_is_offered_does_what_it_says(case: dict[str, Any], on: date) -> None:
    verdict = explain(CORPUS, topic="appointment", facts=case, on=on)
    for entry in verdict.articles:
        for change in entry.changes:
            if change.fact is not None:
                changed, day = {**case, change.fact.name: change.value}, on
            else:
                assert change.on is not None
                moved, day = change.on - on, change.on
                shifted = ("case.received_on", "case.process_started_on")
                changed = {**case, **{name: case[name] + moved for name in shifted}}
            again = explain(CORPUS, topic="appointment", facts=changed, on=day, changes=False)
            assert article(again, entry.id).outcome == change.outcome

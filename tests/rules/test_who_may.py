"""Who may get a post, asked with the facts that any register has: the same person under the law of different days."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from canbo.rules import corpus
from canbo.rules.casefile import read_case
from canbo.rules.derive import derive
from canbo.rules.explain import Verdict, explain, find_value

CORPUS = corpus.load()
WELL_FILLED: dict[str, Any] = {
    "person.sex": "F",
    "person.born": "1980-05-12",
    "person.native_area": "31/11311",
    "person.ethnicity": "Kinh",
    "person.degree": "master",
    "person.theory": "advanced",
    "person.rank": 20,
    "person.post_since": "2022-01-10",
    "person.terms_in_post": 0,
    "person.planned_for": ["department_director"],
    "person.discipline": "none",
    "person.grades": ["good", "excellent", "good"],
    "person.assets_declared": "verified",
    "post.title": "department_director",
    "post.level": "province",
    "post.area": "01",
    "post.rank": 30,
}
REPRIMAND = {"person.discipline": "reprimand", "person.discipline_on": "2024-09-01"}


def ask(topic: str, on: str, **changed: Any) -> Verdict:
    """The verdict on the well-filled person with some facts changed (`post__title=` is `post.title`); None leaves one out."""
    facts = WELL_FILLED | {"case.received_on": on} | {name.replace("__", "."): value for name, value in changed.items()}
    known = {name: value for name, value in facts.items() if value is not None}
    day = date.fromisoformat(on)
    case = derive(CORPUS, read_case(json.dumps(known), CORPUS.facts, file=Path("case.json")), day)
    return explain(CORPUS, topic=topic, facts=case, on=day, changes=False)


def broken(verdict: Verdict) -> set[str]:
    return {article.id for article in verdict.with_outcome("fail")}


@pytest.mark.parametrize("on", ["2025-09-15", "2025-11-24", "2026-03-02", "2026-09-15"])
def test_a_person_with_a_full_record_is_allowed_under_each_version_of_the_law(on: str) -> None:
    assert ask("appointment", on).word == "allowed"


@pytest.mark.parametrize("title", ["secretary", "chair", "vice_chair", "chief_inspector", "department_deputy", "head", "deputy"])
def test_whoever_is_planned_for_the_very_post_may_have_it(title: str) -> None:
    assert ask("appointment", "2026-09-15", post__title=title, person__planned_for=[title]).word == "allowed"


def test_a_reprimand_of_a_year_ago_stands_in_the_way_in_november_2025_but_not_in_september() -> None:
    changed = {name.replace(".", "__"): value for name, value in REPRIMAND.items()}
    assert ask("appointment", "2025-09-15", **changed).word == "allowed"
    refused = ask("appointment", "2025-11-24", **changed)
    assert refused.word == "refused"
    assert broken(refused) == {"vn/party/377-qd-tw/discipline"}


def test_a_year_that_was_only_completed_counts_against_a_leader_of_the_state_from_august_2026() -> None:
    grades = ["good", "completed", "good"]
    assert ask("appointment", "2026-07-31", person__grades=grades).word == "allowed"
    assert broken(ask("appointment", "2026-08-01", person__grades=grades)) == {
        "vn/state/decree-300-2026/art-29-5/three-good-years"
    }


def test_time_in_post_is_two_years_until_october_2025_and_then_one() -> None:
    changed = {"person__post_since": "2024-06-01"}
    assert broken(ask("appointment", "2025-09-15", **changed)) == {"vn/party/80-qd-tw/art-18/time-in-post"}
    assert ask("appointment", "2025-11-24", **changed).word == "allowed"


def test_who_is_in_no_plan_is_refused_by_party_and_state() -> None:
    refused = ask("appointment", "2026-09-15", person__planned_for=[])
    assert broken(refused) == {"vn/party/377-qd-tw/art-34/planned", "vn/state/decree-300-2026/art-29-2/planned"}


def test_a_declaration_not_verified_is_enough_for_the_state_of_2025_only() -> None:
    refused = ask("appointment", "2025-11-24", person__assets_declared="submitted")
    assert broken(refused) == {"vn/party/377-qd-tw/art-34/assets"}
    assert "vn/state/decree-300-2026/art-29-4/assets" in broken(
        ask("appointment", "2026-09-15", person__assets_declared="submitted")
    )


def test_a_fact_that_is_left_out_is_asked_for_and_nothing_else() -> None:
    open_case = ask("appointment", "2026-09-15", person__theory=None)
    assert open_case.word == "incomplete"
    assert {entry.spec.name for entry in open_case.missing} == {"person.theory"}


def test_the_third_term_as_head_is_refused_and_the_families_disagree() -> None:
    again = {"person__rank": 30, "person__post_since": "2021-01-10"}
    assert ask("reappointment", "2026-09-15", person__terms_in_post=1, **again).word == "allowed"
    third = ask("reappointment", "2026-09-15", person__terms_in_post=2, **again)
    assert broken(third) == {"vn/party/65-qd-tw/two-terms"}
    assert third.disagreement is not None


def test_one_is_planned_only_upwards() -> None:
    assert ask("planning", "2025-11-24").word == "allowed"
    assert broken(ask("planning", "2025-11-24", person__rank=30)) == {"vn/party/377-qd-tw/art-19-2-3/upward"}


def test_rotation_needs_ten_years_or_one_term_where_two_terms_or_locality_are_the_reason() -> None:
    changed = {"person__rank": 30, "person__sex": "M", "person__born": "1970-01-01"}
    assert broken(ask("rotation", "2025-11-24", **changed)) == {"vn/state/decree-170-2025/art-43-4/service-left"}
    moved = ask("rotation", "2025-11-24", rotation__reason="not_local", post__title="chair", **changed)
    assert moved.word == "allowed"


@pytest.mark.parametrize(("seats", "most"), [(50, 75), (15, 23), (9, 14)])
def test_the_plan_of_a_committee_rounds_a_half_up_as_the_guide_does(seats: int, most: int) -> None:
    facts = {"plan.whole": True, "plan.committee_size": seats}
    assert find_value(CORPUS, name="planning_numbers", facts=facts, on=date(2025, 11, 24)).value == most

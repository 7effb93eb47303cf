"""Mistakes in a rulebook: each refused with its file and line, what was found and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from canbo.rules import corpus
from canbo.rules.explain import explain
from canbo.rules.words import RuleError

REAL = corpus.find()
ARTICLE = "appointment/leader-not-local-province.yaml"
Edit = Callable[[str, str, str], Path]


KEPT = ("leader-not-local-province", "party-377-age", "party-377-age-exception", "state-300-age", "state-300-age-exception")


def others(folder: str, names: list[str]) -> set[str]:
    """What is left out of a copy: the units, and all articles but a few, so that a copy is read in a moment."""
    inside = Path(folder).relative_to(REAL).parts
    if inside in ((), ("facts",), ("parameters",)):
        return {name for name in names if name == "units"}
    return {name for name in names if inside[0] != "retirement" and Path(name).stem not in KEPT}


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Copy a small part of the rulebook and replace one text in one file."""
    book = tmp_path / "book"
    shutil.copytree(REAL, book, ignore=others)

    def change(file: str, old: str, new: str) -> Path:
        whole = (book / file).read_text(encoding="utf-8")
        assert old in whole
        (book / file).write_text(whole.replace(old, new, 1), encoding="utf-8")
        return book

    return change


def only_problem(book: Path) -> RuleError:
    problems = corpus.read(book).problems
    assert len(problems) == 1
    return problems[0]


CONDITION = "months_between(case.received_on, step.retires_on)"
AGE = "appointment/party-377-age.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "said"),
    [
        (
            ARTICLE,
            "case.native_in_area\n",
            "case.native_in_aera\n",
            "fact_unknown",
            "Did you mean ‘case.native_in_area’?",
        ),
        (
            ARTICLE,
            "'chief_inspector']",
            "'chief_inspecter']",
            "word_never",
            "Did you mean ‘chief_inspector’?",
        ),
        (ARTICLE, "'inspection_head'", "'inspection_head", "text_not_closed", "is not closed"),
        (
            ARTICLE,
            'condition: "step.local"',
            'condition: "step.locale"',
            "step_unknown",
            "Did you mean ‘local’?",
        ),
        (
            ARTICLE,
            'condition: "step.local"',
            'condition: "post.title"',
            "condition_not_bool",
            "must come to yes or no",
        ),
        (
            ARTICLE,
            "makes_local('career')",
            "make_local('career')",
            "param_unknown",
            "Did you mean ‘makes_local’?",
        ),
        (
            ARTICLE,
            "makes_local('career')",
            "makes_local('caree')",
            "other_type",
            "expected one of the fact's words",
        ),
        (ARTICLE, "makes_local('career')", "makes_local()", "wrong_count", "takes 1 value(s), found 0"),
        (ARTICLE, "effect: forbid", "effect: forbidden", "not_among", "Did you mean ‘forbid’?"),
        (ARTICLE, "mark: F", "mark: G", "not_among", "possible are: T, F, F2, X"),
        (ARTICLE, "mark: F", "mark: K", "hearsay_not_off", "must be switched off"),
        (ARTICLE, "  confidence: high\n", "", "entry_missing", "‘confidence’ is missing in source"),
        (ARTICLE, "undetermined:", "undetermind:", "entry_unknown", "Did you mean ‘undetermined’?"),
        (
            ARTICLE,
            "from: 2025-10-31",
            "from: soon",
            "expected_kind",
            "should be a day such as 2026-01-31, found soon",
        ),
        (ARTICLE, "from: 2025-10-31", "from: 2025-10-32", "date_not_a_day", "not a day of the calendar"),
        (
            ARTICLE,
            "  to: null",
            "  to: 2025-10-01",
            "ends_before_start",
            "first day on which it is no longer in force",
        ),
        (ARTICLE, '    fa: "بومی نیست', '    xx: "بومی نیست', "entry_unknown", "en, vi, fa"),
        (
            ARTICLE,
            "{case.native_in_area} to",
            "{case.native_area} to",
            "place_unknown",
            "neither a fact nor a step",
        ),
        (
            ARTICLE,
            "post.title: vice_chair",
            "post.title: vicechair",
            "not_among",
            "Did you mean ‘vice_chair’?",
        ),
        (
            ARTICLE,
            "case.native_in_area: false}",
            "case.native_in_area: perhaps}",
            "fact_of_other_type",
            "expected yes or no",
        ),
        (
            ARTICLE,
            "expect: pass}",
            "expect: passes}",
            "not_among",
            "pass, fail, unknown, not_applicable, value",
        ),
        (ARTICLE, "id: vn/party/201-kl-tw", "id: VN Party 201", "id_shape", "small letters"),
        (ARTICLE, "topic: appointment", "topic: appointment\ntopic: rotation", "key_twice", "given twice"),
        (ARTICLE, "topic: appointment", "topic: *appointment", "yaml_not_readable", "an alias"),
        (ARTICLE, "topic: appointment", "\ttopic: appointment", "tab_found", "A tab stands here; use spaces."),
        (
            ARTICLE,
            "topic: appointment",
            "lifts: [a]\ntopic: appointment",
            "permit_lifts",
            "no other article has ‘lifts’",
        ),
        (
            AGE,
            CONDITION,
            "years_since(step.retires_on)",
            "units_differ",
            "years and months are different units.",
        ),
        (
            AGE,
            CONDITION,
            "step.retires_on - case.received_on",
            "dates_not_subtracted",
            "use months_between(from, to)",
        ),
        (
            AGE,
            CONDITION,
            "months_between(case.received_on, 60)",
            "other_type",
            "Found a number, expected a date",
        ),
        (
            AGE,
            "step.months_left >= post.term_months",
            "step.months_left >= person.born",
            "types_differ",
            "cannot be",
        ),
        (
            AGE,
            "step.months_left >= post.term_months",
            "post.title < 'head'",
            "no_order",
            "list the words with in",
        ),
        (
            AGE,
            "step.months_left >= post.term_months",
            "step.months_left * post.term_months > 1",
            "constant_times",
            "plain",
        ),
        (
            AGE,
            "step.retires_on)",
            "step.months_left)",
            "step_unknown",
            "no step ‘months_left’ above this place",
        ),
        (
            "appointment/party-377-age-exception.yaml",
            "art-34-5/full-term",
            "art-34-5/full",
            "lifts_unknown",
            "Did you mean",
        ),
        (
            "facts.yaml",
            "otherwise: false",
            'otherwise: "person.sex"',
            "default_of_other_type",
            "expected yes or no",
        ),
        (
            "facts.yaml",
            "otherwise: false",
            "otherwise: person.later_retirement",
            "default_in_circle",
            "leads back",
        ),
        ("facts.yaml", "type: date", "type: day", "not_among", "possible are: bool, int"),
        ("facts.yaml", "  range: [1920-01-01, 2012-12-31]\n", "", "range_missing", "impossible values"),
        ("facts.yaml", "person.sex:", "sex:", "fact_name_shape", "named in two parts"),
        ("parameters/retirement.yaml", "{M: 723, F: 664}", "{M: 723}", "key_missing", "no figure for F"),
        (
            "parameters/retirement.yaml",
            "{M: 723, F: 664}",
            "{M: 723, F: sixty}",
            "expected_kind",
            "a whole number",
        ),
        (
            "parameters/retirement.yaml",
            "from: 2022-01-01",
            "from: 2020-01-01",
            "steps_out_of_order",
            "order of their days",
        ),
        (
            "parameters/retirement.yaml",
            "sex: person.sex}",
            "sex: person.sexe}",
            "fact_unknown",
            "‘person.sex’",
        ),
        (
            "parameters/retirement.yaml",
            "age: retirement_age\n",
            "age: makes_local\n",
            "derived_needs_table",
            "of months",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_what_to_do(
    edit: Edit, file: str, old: str, new: str, key: str, said: str
) -> None:
    problem, *others = corpus.read(edit(file, old, new)).problems
    # Where a name is gone, whatever used it can only say so.
    assert {other.message.key for other in others} <= ({"fact_unknown", "place_unknown"} if key == "fact_name_shape" else set())
    assert problem.message.key == key
    assert said in problem.say("en")
    assert problem.say("vi") != problem.say("en")
    assert problem.place is not None and str(problem.place.file) == file
    if key not in ("lifts_unknown", "default_of_other_type", "default_in_circle"):
        assert problem.place.line is not None


def test_a_mistake_in_an_expression_is_underlined(edit: Edit) -> None:
    problem = only_problem(edit(ARTICLE, "'chief_inspector']", "'chief_inspecter']"))
    _, text, marks = problem.say("en").splitlines()
    assert text[marks.index("^") :].startswith("'chief_inspecter'")
    assert marks.count("^") == len("'chief_inspecter'")


def test_an_article_without_an_example_for_an_outcome_is_refused(edit: Edit) -> None:
    book = edit(ARTICLE, "  - {on: 2025-11-24, given: {post.level: province, post.title: chair}, expect: unknown", "#")
    book = edit(
        ARTICLE,
        "  - {on: 2025-11-24, given: {post.title: secretary, case.native_in_area: true}, expect: unknown",
        "#",
    )
    problem = only_problem(book)
    assert problem.message.key == "example_missing"
    assert "has no example for: unknown" in problem.say("en")


def test_the_same_article_twice_is_refused(edit: Edit) -> None:
    book = edit(ARTICLE, "topic: appointment", "topic: appointment")
    shutil.copy(book / ARTICLE, book / "appointment" / "again.yaml")
    assert only_problem(book).message.key == "id_twice"


def test_a_broken_article_leaves_the_rest_for_reading_but_never_for_deciding(edit: Edit) -> None:
    book = edit(ARTICLE, "effect: forbid", "effect: forbidden")
    half = corpus.read(book)
    whole = corpus.read(edit(ARTICLE, "effect: forbidden", "effect: forbid"))
    assert len(half.articles) == len(whole.articles) - 1 > 3
    edit(ARTICLE, "effect: forbid", "effect: forbidden")
    with pytest.raises(corpus.RulebookRefused):
        explain(half, topic="appointment", facts={}, on=date(2026, 1, 1))
    with pytest.raises(corpus.RulebookRefused, match="1 mistake") as refused:
        corpus.load(book)
    assert "1 lỗi" in refused.value.say("vi")


def test_every_mistake_is_told_at_once(edit: Edit) -> None:
    book = edit(ARTICLE, "effect: forbid", "effect: forbidden")
    book = edit(AGE, "effect: require", "effect: requires")
    assert {str(problem.place.file) for problem in corpus.read(book).problems if problem.place} == {
        ARTICLE,
        AGE,
    }


def test_a_folder_without_facts_is_no_rulebook(tmp_path: Path) -> None:
    assert only_problem(tmp_path).message.key == "file_missing"


@pytest.mark.parametrize("body", ["[" * 100_000, "a: " * 400_000, "\x00", "- [unclosed", "just words", ""])
def test_a_file_that_is_no_article_is_refused(edit: Edit, body: str) -> None:
    book = edit(ARTICLE, "topic: appointment", "topic: appointment")
    (book / ARTICLE).write_text(body, encoding="utf-8")
    assert only_problem(book).say("en")


def test_a_file_that_is_not_utf8_is_refused(edit: Edit) -> None:
    book = edit(ARTICLE, "topic: appointment", "topic: appointment")
    (book / ARTICLE).write_bytes("tiếng Việt".encode("utf-16"))
    assert only_problem(book).message.key == "file_not_utf8"


def test_an_unknown_rulebook_says_where_it_was_looked_for() -> None:
    with pytest.raises(RuleError, match="rulebook/xx"):
        corpus.find("xx")


def test_the_hash_follows_every_byte(edit: Edit) -> None:
    before = corpus.content_hash(edit(ARTICLE, "topic: appointment", "topic: appointment"))
    book = edit(ARTICLE, "topic: appointment", "topic: appointment # a note")
    assert corpus.load(book).hash != before
    assert corpus.content_hash(edit(ARTICLE, " # a note", "")) == before


def test_exceptions_that_come_to_lift_each_other_are_refused(edit: Edit) -> None:
    one, other = "appointment/party-377-age-exception.yaml", "appointment/state-300-age-exception.yaml"
    book = edit(ARTICLE, "topic: appointment", "topic: appointment")
    ids = [found.id for found in corpus.read(book).articles.values() if str(found.file) in (one, other)]
    assert len(ids) == 2
    book = edit(one, "lifts: [", f"lifts: [{next(i for i in ids if '300' in i)}, ")
    (book / other).write_text(
        (book / other).read_text(encoding="utf-8").replace("lifts: [", f"lifts: [{next(i for i in ids if '300' not in i)}, "),
        encoding="utf-8",
    )
    problems = corpus.read(book).problems
    assert {problem.message.key for problem in problems} == {"lifts_in_circle"}
    assert "→" in problems[0].say("vi")

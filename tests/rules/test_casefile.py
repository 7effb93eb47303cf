"""A case from a file: how facts may be written, what is refused, and what follows from them."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import pytest

from canbo.rules import corpus
from canbo.rules.casefile import read_case
from canbo.rules.derive import derive
from canbo.rules.schema import Fact
from canbo.rules.words import LANGUAGES, RuleError

LAW = corpus.find()
ON, BEFORE = date(2025, 11, 24), date(2025, 6, 1)


@pytest.fixture(scope="module")
def law() -> corpus.Corpus:
    return corpus.read(LAW)


def case(law: corpus.Corpus, text: str) -> dict[str, Fact]:
    return read_case(text, law.facts, file=Path("case.yaml"))


def values(law: corpus.Corpus, text: str) -> dict[str, object]:
    return {name: fact.value for name, fact in law.facts.accept_all(case(law, text)).items()}


def refused(law: corpus.Corpus, text: str) -> RuleError:
    with pytest.raises(RuleError) as raised:
        case(law, text)
    return raised.value


# ---- writing facts


def test_flat_nested_and_json_say_the_same(law: corpus.Corpus) -> None:
    flat = "person.sex: F\nperson.born: 1975-03\nperson.grades: [good, null]\npost.area: 01\npay.coefficient: 4.65\n"
    nested = "person:\n  sex: F\n  born: 1975-03\n  grades:\n    - good\n    -\npost: {area: '01'}\npay:\n  coefficient: 4.65\n"
    data = {"person": {"sex": "F", "born": "1975-03", "grades": ["good", None]}, "post.area": "01", "pay": {"coefficient": 4.65}}
    assert values(law, flat) == values(law, nested) == values(law, json.dumps(data))
    assert values(law, flat)["post.area"] == "01"
    assert values(law, flat)["pay.coefficient"] == 465
    assert values(law, flat)["person.grades[0]"] == "good"


def test_a_key_without_a_value_is_unknown(law: corpus.Corpus) -> None:
    assert values(law, "person.sex:\nperson.born: null\nperson.theory: ~") == {
        "person.sex": None,
        "person.born": None,
        "person.theory": None,
    }
    assert case(law, "") == {}
    assert case(law, "person:") == {}


@pytest.mark.parametrize("written", ["25", "0.25", "25.0"])
def test_a_rate_may_be_written_as_per_cent_or_as_a_share(law: corpus.Corpus, written: str) -> None:
    assert values(law, f"pay.public_service_rate: {written}") == {"pay.public_service_rate": 25}


@pytest.mark.parametrize("born", ["1975", "1975-03", "1975-03-31"])
def test_a_birth_is_as_exact_as_it_is_written(law: corpus.Corpus, born: str) -> None:
    assert str(values(law, f"person.born: {born}")["person.born"]) == born


def test_each_fact_says_on_which_line_it_stands(law: corpus.Corpus) -> None:
    facts = case(law, "person.sex: M\npost:\n  title: chair\n")
    assert (facts["person.sex"].source, facts["post.title"].source) == ("case.yaml:1", "case.yaml:3")


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("person.sex: F\nperson.borm: 1975", "case.yaml:2:1", "Did you mean ‘person.born’?"),
        ("person: {sexx: F}", "case.yaml:1:10", "Did you mean ‘person.sex’?"),
        ("post.title: chiar", "case.yaml:1:1", "Did you mean ‘chair’?"),
        ("person.grades: [good, well]", "case.yaml:1:1", "well"),
        ("person.grades: good", "case.yaml:1:1", "expected a list of words"),
        ("person.sex: [F]", "case.yaml:1:1", "given as a list"),
        ("person.born: {year: 1975}", "case.yaml:1:1", "names with values"),
        ("person.born: 1975-02-30", "case.yaml:1:1", "is not a date"),
        ("person.born: 1875", "case.yaml:1:1", "outside"),
        ("person.terms_in_post: two", "case.yaml:1:1", "expected a number"),
        ("person.terms_in_post: 1.5", "case.yaml:1:1", "given as 1.5"),
        ("pay.coefficient: 4.655", "case.yaml:1:1", "at most 2 decimal places"),
        ("case.native_in_area: yes", "case.yaml:1:1", "expected yes or no"),
        ("person.sex: F\nperson.sex: M", "case.yaml:2:1", "given twice"),
        ("person.sex: F\nperson: {sex: M}", "case.yaml:2:10", "given twice"),
        ("- person.sex", "case.yaml:1:1", "names with values"),
        ("person: F", "case.yaml:1:9", "names with values"),
        ("person.sex: *other", "case.yaml:1:13", "an alias"),
        ("person.sex: 'F", "case.yaml:", "cannot be read here"),
    ],
)
def test_what_is_written_wrongly_is_refused_with_its_place(law: corpus.Corpus, text: str, place: str, said: str) -> None:
    told = refused(law, text).say("en")
    assert told.startswith(place)
    assert said in told


@pytest.mark.parametrize("text", ["person.sex: " + "(" * 10_000_000, "[" * 10_000_000, "[" * 900_000, "{a: " * 200_000])
def test_a_flood_of_brackets_is_refused_at_once(law: corpus.Corpus, text: str) -> None:
    started = time.perf_counter()
    assert str(refused(law, text).place).startswith("case.yaml")
    assert time.perf_counter() - started < 0.5


def test_every_refusal_of_a_case_is_said_in_each_language(law: corpus.Corpus) -> None:
    for text in ("person.borm: 1", "post.title: chiar", "person.sex: [F]", "person.born: 1875", "- a", "person.born: 1975-02-30"):
        said = {refused(law, text).say(language) for language in LANGUAGES}
        assert len(said) == len(LANGUAGES), text


# ---- what follows


def derived(law: corpus.Corpus, text: str, on: date = ON) -> dict[str, Fact]:
    return derive(law, case(law, text), on)


@pytest.mark.parametrize(
    ("native", "area", "on", "inside", "why"),
    [
        ("old:31/303/11296", "31/11602", ON, True, ""),
        ("old:31/303/11296", "31", ON, True, ""),
        ("old:31/303/11296", "31/11311", ON, False, ""),
        ("31/99999", "31", ON, True, ""),  # whatever unit that is, it lies in 31
        ("31/99999", "01", ON, False, ""),
        ("old:30/293/10798", "31/10804", ON, None, "disputed"),  # a divided commune
        ("old:30", "31", ON, True, ""),  # Hải Dương went into the new 31
        ("old:31", "01", ON, False, ""),
        ("31", "31/11311", ON, None, "imprecise"),
        ("31/11311", "31", ON, True, ""),
        ("31/11311", "centre", ON, True, ""),
        ("old:31/303/11296", "old:31", BEFORE, True, ""),
        ("old:31/303/11296", "old:30", BEFORE, False, ""),
    ],
)
def test_a_native_place_is_followed_to_what_became_of_it(
    law: corpus.Corpus, native: str, area: str, on: date, inside: bool | None, why: str
) -> None:
    fact = derived(law, f"person.native_area: {native}\npost.area: {area}", on)["case.native_in_area"]
    assert (fact.value, fact.reason_unknown) == (inside, why)
    assert native in fact.source and area in fact.source


@pytest.mark.parametrize(("native", "area"), [("31/99999", "31/11311"), ("31/11311", "31/11312"), ("Hanoi", "31"), ("31", "031")])
def test_a_code_that_no_unit_ever_bore_is_refused(law: corpus.Corpus, native: str, area: str) -> None:
    with pytest.raises(RuleError, match="not the code of any unit"):
        derived(law, f"person.native_area: {native}\npost.area: {area}")


def test_what_is_given_is_never_replaced(law: corpus.Corpus) -> None:
    facts = derived(law, "person.native_area: 31/11311\npost.area: 31\ncase.native_in_area: false")
    assert facts["case.native_in_area"].value is False
    assert "case.native_in_area" not in derived(law, "person.native_area: 31/11311")


@pytest.mark.parametrize(
    ("plans", "planned"),
    [
        ("[]", "none"),
        ("[vice_chair, chair]", "this_post"),
        ("[chair/province]", "this_post"),
        ("[secretary]", "equal_or_higher"),
        ("[chair/commune]", "other"),
        ("[vice_chair]", "other"),
    ],
)
def test_the_plan_is_compared_with_the_post(law: corpus.Corpus, plans: str, planned: str) -> None:
    facts = derived(law, f"person.planned_for: {plans}\npost: {{title: chair, level: province}}")
    assert facts["case.planned"].value == planned


def test_a_planned_post_that_does_not_exist_is_refused(law: corpus.Corpus) -> None:
    with pytest.raises(RuleError, match="chair"):
        derived(law, "person.planned_for: [chiar]\npost.title: chair")

"""Random articles and half-known people for the tests of every reader.

`conditions`, `numbers_of` and `days` are texts of the language, well typed over the small catalogue `FACTS`;
`people` are mappings from facts to values, some unknown, some left out, some dates known to the month only;
`corpora` are small rulebooks with permits that lift other articles. Nothing here is Vietnamese law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from canbo.rules.article import Article, NamedStep
from canbo.rules.corpus import Corpus
from canbo.rules.dates import PartialDate
from canbo.rules.judge import judge
from canbo.rules.kleene import UNKNOWN, Scene
from canbo.rules.params import Parameters, read_parameters
from canbo.rules.provenance import Source
from canbo.rules.reading import read
from canbo.rules.schema import Catalogue, Scope, check, load_facts
from canbo.rules.syntax import parse

ON = date(2026, 11, 22)
_ENTRY = "label: {en: x, vi: x}, meaning: {en: x, vi: x}, source: {en: x, vi: x}"
_KINDS = {
    "p.yes": "type: bool",
    "p.also": "type: bool",
    "p.granted": "type: bool, otherwise: false, because: {en: x, vi: x}",
    "p.few": "type: int, range: [-50, 50]",
    "p.more": "type: int, range: [-60, 60], otherwise: 'p.few + 3', because: {en: x, vi: x}",
    "p.left": "type: int, unit: months, range: [-50, 50]",
    "p.pay": "type: int, unit: coefficient, places: 2, range: [0, 13]",
    "p.sex": "type: enum, values: {F: {en: f, vi: f}, M: {en: m, vi: m}}",
    "q.title": "type: enum, values: {chair: {en: c, vi: c}, head: {en: h, vi: h}, deputy: {en: d, vi: d}}",
    "p.grades": "type: list, length: 3, values: {good: {en: g, vi: g}, fair: {en: f, vi: f}, poor: {en: p, vi: p}}",
    "p.born": "type: date, range: [1940-01-01, 2012-12-31]",
    "q.start": "type: date, range: [1900-01-01, 2100-01-01]",
    "p.planned": "type: set",
    "p.place": "type: text",
}
FACTS = "\n".join(f"{name}: {{{kind}, {_ENTRY}}}" for name, kind in _KINDS.items())
_TOLD = "source: {instrument: {en: x, vi: x}, mark: T, confidence: high, url: https://example.org, note: {en: x, vi: x}}"
PARAMETERS = f"""
term: {{title: {{en: x, vi: x}}, type: int, unit: months, {_TOLD}, steps: [{{from: 2020-01-01, value: 60}}]}}
later: {{title: {{en: x, vi: x}}, type: int, {_TOLD}, steps: [{{from: 2027-01-01, value: 60}}]}}
counted: {{title: {{en: x, vi: x}}, type: bool, keys: {{yes: p.yes}}, {_TOLD}, steps: [{{from: 2020-01-01, values: {{"true": false, "false": true}}}}]}}
floor: {{title: {{en: x, vi: x}}, type: int, keys: {{title: q.title, sex: p.sex}}, {_TOLD}, steps: [
  {{from: 2020-01-01, values: {{chair: {{F: 3, M: 5}}, head: {{F: 7, M: -2}}, deputy: {{F: 0, M: 1}}}}}}]}}
counts_from: {{title: {{en: x, vi: x}}, type: date, keys: {{title: q.title}}, {_TOLD}, steps: [
  {{from: 2020-01-01, values: {{chair: 2026-01-31, head: 2027-02-28, deputy: 1999-07-15}}}}]}}
age: {{title: {{en: x, vi: x}}, type: int, unit: months, keys: {{sex: p.sex}}, {_TOLD}, steps: [
  {{from: 2021-01-01, values: {{M: 723, F: 664}}}}, {{from: 2024-01-01, values: {{M: 732, F: 676}}}}, {{from: 2030-01-01, values: {{M: 744, F: 700}}}}]}}
goes_on: {{title: {{en: x, vi: x}}, derived: first_month_of_age, age: age, gives: last_day, keys: {{sex: p.sex, born: p.born}},
  earliest_birth: {{M: 1961-01, F: 1966-01-20}}, {_TOLD}}}
rests_from: {{title: {{en: x, vi: x}}, derived: first_month_of_age, age: age, gives: next_day, keys: {{sex: p.sex, born: p.born}}, {_TOLD},
  earliest_birth: {{M: 1961-01, F: 1966-01}}}}
age_then: {{title: {{en: x, vi: x}}, derived: first_month_of_age, age: age, gives: age, keys: {{sex: p.sex, born: p.born}}, {_TOLD},
  earliest_birth: {{M: 1961-01, F: 1966-01}}}}
"""


@cache
def vocabulary() -> tuple[Catalogue, Parameters]:
    """The catalogue and the parameters that the random articles speak of."""
    with TemporaryDirectory() as folder:
        facts, parameters = Path(folder) / "facts.yaml", Path(folder) / "parameters.yaml"
        facts.write_text(FACTS, encoding="utf-8")
        parameters.write_text(PARAMETERS, encoding="utf-8")
        catalogue = load_facts(read(facts))
        read_in, problems = read_parameters([read(parameters)], catalogue)
        assert not problems, [problem.say() for problem in problems]
        return catalogue, read_in


# ---- expressions of each type, as text


def _wrap(text: str) -> str:
    return f"({text})"


def _figure(number: int) -> str:
    return str(number) if number >= 0 else f"-{-number}"


def _either(one: st.SearchStrategy[str], other: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    asked = st.sampled_from(["p.yes", "p.also", "p.sex == 'F'", "p.granted"])
    return st.tuples(asked, one, other).map(lambda x: _wrap(f"{x[0]} ? {x[1]} : {x[2]}"))


figures = st.integers(-50, 50)
# Half of the days lie close together, so that dates known in part overlap, and on the edges of months.
_near = st.sampled_from([date(2000, 1, 31), date(2000, 2, 1), date(2000, 2, 29), date(2000, 12, 31), date(2026, 11, 22)])
dates = st.one_of(_near, st.dates(date(1960, 1, 1), date(2030, 12, 31)))
sexes = st.sampled_from(["p.sex", "'F'", "(p.also ? 'M' : p.sex)"])
titles = st.sampled_from(["q.title", "'head'", "(p.yes ? q.title : 'chair')"])
words = st.sampled_from(["chair", "head", "deputy"])
signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])

plain_days = st.one_of(st.sampled_from(["p.born", "q.start"]), dates.map(lambda day: f"date('{day}')"))
days = st.one_of(
    plain_days,
    _either(plain_days, plain_days),
    titles.map(lambda title: f"param.counts_from({title})"),
    st.tuples(sexes, plain_days).map(lambda x: f"param.goes_on({x[0]}, {x[1]})"),
    _either(st.just("param.rests_from('F', p.born)"), st.just("param.rests_from(p.sex, p.born)")),
)
_least = st.one_of(
    figures.map(_figure),
    st.sampled_from(["p.few", "p.more", "param.later()"]),
    st.tuples(titles, sexes).map(lambda x: f"param.floor({x[0]}, {x[1]})"),
)


def numbers_of(least: st.SearchStrategy[str], products: bool = False) -> st.SearchStrategy[str]:
    """Bare numbers; with `products`, facts may also be multiplied and divided by each other."""

    def wider(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        by = below if products else st.integers(0, 9).map(str)
        parts = [
            st.tuples(below, st.sampled_from("+-"), below).map(lambda x: _wrap(" ".join(x))),
            st.tuples(by, below).map(lambda x: _wrap(f"{x[0]} * {x[1]}")),
            st.tuples(below, st.sampled_from("/%"), below if products else st.integers(-9, 9).filter(bool).map(_figure)).map(
                lambda x: _wrap(f"{x[0]} {x[1]} {x[2]}")
            ),
            below.map(lambda x: _wrap(f"-{_wrap(x)}")),
            st.tuples(st.sampled_from(["min", "max"]), below, below).map(lambda x: f"{x[0]}({x[1]}, {x[2]})"),
            _either(below, below),
        ]
        # Divided by the number 0 itself is refused when the article is read.
        return st.one_of(parts).filter(lambda text: "/ 0" not in text and "% 0" not in text)

    return st.recursive(least, wider, max_leaves=4)


months = st.one_of(
    st.just("p.left"),
    st.just("param.term()"),
    days.map(lambda day: f"months_since({day})"),
    st.tuples(days, days).map(lambda two: f"months_between({two[0]}, {two[1]})"),
    st.tuples(sexes, plain_days).map(lambda x: f"param.age_then({x[0]}, {x[1]})"),
)
years = days.map(lambda day: f"years_since({day})")
ints = numbers_of(_least)


def compared(side: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Two things of one type, compared."""
    return st.tuples(side, signs, side).map(" ".join)


_atoms = st.one_of(
    st.sampled_from(
        ["true", "false", "p.yes", "p.also", "p.granted", "p.sex == 'F'", "'M' != p.sex", "'b1' in p.planned", "p.yes == p.also"]
    ),
    st.sampled_from(["q.title in p.planned", "p.place == 'here'", "'there' != p.place", "p.grades[0] != 'poor'"]),
    st.sampled_from(["p.grades[0] == p.grades[2]", "p.grades[1] in ['good', 'fair']", "param.counted(p.also)", "p.pay >= 465"]),
    st.sampled_from(["(p.yes ? 'F' : 'M') == p.sex", "p.sex == (p.also ? p.sex : 'M')", "(p.also ? p.place : 'here') == 'here'"]),
    compared(ints),
    compared(days),
    compared(months),
    st.tuples(months, signs, st.integers(-400, 400).map(_figure)).map(" ".join),
    st.tuples(years, signs, st.integers(-9, 60).map(_figure)).map(" ".join),
    st.lists(words, min_size=1, max_size=3).map(lambda some: f"q.title in {some}"),
    st.lists(st.integers(0, 9), min_size=1, max_size=3).map(lambda some: f"p.few in {some}"),
)


def joined(atoms: st.SearchStrategy[str], most: int = 10) -> st.SearchStrategy[str]:
    """Truth values put together from atoms."""
    return st.recursive(
        atoms,
        lambda below: st.one_of(
            st.tuples(below, st.sampled_from(["&&", "||"]), below).map(lambda x: _wrap(" ".join(x))),
            below.map(lambda x: f"!{_wrap(x)}"),
            st.tuples(below, below, below).map(lambda x: _wrap(f"{x[0]} ? {x[1]} : {x[2]}")),
        ),
        max_leaves=most,
    )


conditions = joined(_atoms)

# ---- people


def _partly(day: date) -> st.SearchStrategy[date | PartialDate]:
    return st.sampled_from([day, day, day, PartialDate(day.year, day.month), PartialDate(day.year)])


_whole = st.fixed_dictionaries(
    {
        "p.yes": st.booleans(),
        "p.also": st.booleans(),
        "p.granted": st.booleans(),
        "p.few": figures,
        "p.more": figures,
        "p.left": figures,
        "p.pay": st.sampled_from(["2.34", "4.65", "4.64", "6"]),
        "p.sex": st.sampled_from(["F", "M"]),
        "q.title": words,
        "p.grades": st.lists(st.sampled_from(["good", "fair", "poor"]), max_size=4).map(tuple),
        "p.born": st.one_of(_near.filter(lambda day: day.year < 2012), st.dates(date(1955, 1, 1), date(2012, 12, 31))).flatmap(
            _partly
        ),
        "q.start": dates.flatmap(_partly),
        "p.planned": st.frozensets(st.sampled_from(["b1", "b2", "chair", "head"])),
        "p.place": st.sampled_from(["here", "there", "elsewhere"]),
    }
)
_gaps = st.dictionaries(st.sampled_from(list(_KINDS)), st.booleans(), max_size=4)


def _with_gaps(two: tuple[dict[str, Any], dict[str, bool]]) -> dict[str, Any]:
    """Some facts are handed over as unknown, some are not handed over."""
    whole, gaps = two
    return {name: None if name in gaps else value for name, value in whole.items() if gaps.get(name, True)}


people = st.tuples(_whole, _gaps).map(_with_gaps)
several_people = st.lists(people, min_size=3, max_size=6)

# ---- articles


def article(name: str, effect: str, scope: str | None, condition: str, lifts: Sequence[str] = (), step: str = "") -> Article:
    """An article with nothing but its expressions; `step`, where given, is its step `s`, a truth value."""
    facts, parameters = vocabulary()
    spoken = Scope(facts, parameters.signatures(), {})
    steps: dict[str, NamedStep] = {}
    if step:
        steps["s"] = NamedStep("s", {"en": "s"}, parse(step), step, check(parse(step), spoken))
    spoken = Scope(facts, parameters.signatures(), {name: step.type for name, step in steps.items()}, effect == "value")
    body = parse(condition)
    return Article(
        id=name, title={"en": name}, source=Source({"en": name}, "", "", "", "T", "high", {}), issuer="x", level=1,
        issued=ON, start=date(2020, 1, 1), end=None, dates_note={}, topic="t", effect=effect,
        scope=parse(scope) if scope else None, scope_text=scope or "", condition=body, condition_text=condition,
        gives="x" if effect == "value" else "", unit="", steps=steps, lifts=tuple(lifts), on_unknown="refer",
        reasons={}, undetermined=(), note={}, examples=(), file=Path(name), type=check(body, spoken),
    )  # fmt: skip


def corpus(*articles: Article) -> Corpus:
    """A rulebook of these articles."""
    facts, parameters = vocabulary()
    return Corpus("small", Path(), facts, parameters, {article.id: article for article in articles}, "0")


_effects = st.sampled_from(["require", "forbid", "ground"])
_scopes = st.one_of(st.none(), joined(_atoms, 3))


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    """Two articles, a permit that lifts one of them, and steps."""
    one = article("one", draw(_effects), draw(_scopes), f"step.s || {draw(conditions)}", step=draw(joined(_atoms, 3)))
    two = article("two", draw(_effects), draw(_scopes), draw(joined(_atoms, 5)))
    permit = article("permit", "permit", draw(_scopes), draw(joined(_atoms, 4)), lifts=["one"])
    return corpus(one, two, permit)


def outcomes(book: Corpus, person: Mapping[str, Any], on: date = ON) -> dict[str, str]:
    """What explain says of one person: the outcome of each article by its name."""
    scene = Scene(book, person, on)
    return {name: judge(article, scene).outcome for name, article in book.articles.items()}


def value_of(book: Corpus, name: str, person: Mapping[str, Any], on: date = ON) -> Any:
    """The figure that explain gives, or None where it is unknown or the article does not apply."""
    ruling = judge(book.articles[name], Scene(book, person, on))
    return None if ruling.outcome != "value" or ruling.value is UNKNOWN else ruling.value

"""What if the law said otherwise: every verdict that moves is the one that explain gives, and nothing else moves."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from canbo.registry import authority, fact_columns
from canbo.registry.days import since
from canbo.registry.models import Rating, Sanction
from canbo.reports import whatif
from canbo.rules import corpus, kernel
from canbo.rules.judge import judge
from canbo.rules.kleene import Scene
from canbo.rules.words import RuleError
from tests.trying import needs
from tests.world import World

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 28)
WAIT = "discipline_wait"


@pytest.fixture
def crowd(world: World) -> whatif.Ground:
    """Forty in office, of whom nine were warned, one each year from 2018."""
    office = world.post("P/1.executive.office", "specialist", seats=40)
    for seat in range(1, 41):
        person = world.person(f"Văn {seat:02d}")
        world.serve(person, office, seat=seat)
        if seat <= 9:
            Sanction.objects.create(
                person=person, measure=2, valid=since(date(2017 + seat, 2, 1), date(2018 + seat, 2, 1)), **world.mark
            )
        Rating.objects.create(
            person=person, grade=3, regime="yearly", valid=since(date(2025, 1, 1), date(2026, 1, 1)), **world.mark
        )
    authority.open_sight(authority.reach_of(world.console))
    return whatif.Ground(fact_columns.people(ON).in_service, corpus.opened("vn"))


def asked(ground: whatif.Ground, months: int) -> tuple[whatif.Change, whatif.Found]:
    change = whatif.change(ground.law, WAIT, ON, ["warning"], str(months))
    return change, whatif.ask(ground, change.law(ground.law), whatif.reading(ground.law, WAIT, ON))


def test_the_law_in_force_moves_nothing(crowd: whatif.Ground) -> None:
    change, found = asked(crowd, whatif.change(crowd.law, WAIT, ON, ["warning"], "0").now)  # type: ignore[arg-type]
    assert change.law(crowd.law) is crowd.law
    assert (len(found.rows), found.articles, found.still) == (0, (), ())


def test_a_longer_wait_turns_passes_into_failures_and_says_where(crowd: whatif.Ground) -> None:
    _change, found = asked(crowd, 90)
    assert found.articles and set(found.moves) == {("pass", "fail")}
    assert 1 <= len(found.rows) <= 9
    assert sum(sum(moves.values()) for moves in found.levels().values()) == sum(found.moves.values())
    assert set(found.levels()) == {3}


def test_each_verdict_that_moves_is_the_one_that_the_deciding_reader_gives(crowd: whatif.Ground) -> None:
    change, found = asked(crowd, 90)
    other = change.law(crowd.law)
    checked = 0
    for moved in found.articles:
        for (before, after), rows in moved.moves.items():
            for row in rows.tolist():
                for law, expected in ((crowd.law, before), (other, after)):
                    assert judge(law.articles[moved.article.id], Scene(law, facts_of(crowd, row), ON)).outcome == expected
                    checked += 1
    assert checked >= 4


def facts_of(ground: whatif.Ground, row: int) -> dict[str, Any]:
    """The columns of one person as facts."""
    facts: dict[str, Any] = {}
    for name, column in ground.held.items():
        fact, _, end = name.partition(".lo")
        if name.endswith((".hi", ".month")) or "[" in name:
            continue
        known = column.known is None or bool(column.known[row])
        value = column.values[row].item()
        kind = ground.law.facts[fact].type
        if not known:
            facts[fact] = None
        elif kind.kind == "date":
            facts[fact] = date.fromordinal(date(1970, 1, 1).toordinal() + value)
        else:
            facts[fact] = kind.values[value] if kind.kind == "enum" else bool(value) if kind.kind == "bool" else value
    grades = [ground.held[f"person.grades[{year}]"] for year in range(5)]
    words = ground.law.facts["person.grades[0]"].type.values
    facts["person.grades"] = [words[c.values[row].item()] if c.known is None or c.known[row] else None for c in grades]
    return facts


@needs(kernel.available(), "The compiler is not installed: pip install canbo[fast].")
def test_kernel_and_polars_tell_the_same(crowd: whatif.Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    _change, by_kernel = asked(crowd, 90)
    monkeypatch.setattr(kernel, "available", lambda: False)
    _change, by_polars = asked(whatif.Ground(crowd.people, crowd.law), 90)
    assert by_kernel.moves == by_polars.moves and np.array_equal(by_kernel.rows, by_polars.rows)


def test_an_article_that_is_new_moves_those_to_whom_it_did_not_apply(crowd: whatif.Ground) -> None:
    from canbo.rules import drafts

    text = crowd.law.text("vn/party/377-qd-tw/art-34-3/time-in-post").replace(
        "id: vn/party/377-qd-tw/art-34-3/time-in-post", "id: own/time"
    )
    tried = drafts.attempt(
        crowd.law,
        text.replace("case.move == 'higher'", "case.move in ['higher', 'equal']")
        .replace("case.move: equal", "case.move: lower")
        .replace("post.title != 'specialist' && ", ""),
    )
    assert tried.loads, [problem.say() for problem in tried.problems]
    found = whatif.ask(crowd, tried.law, whatif.around(tried.law, ["own/time"], ON))
    assert found.moves == {("not_applicable", "pass"): 40}
    assert len(found.of(int(found.rows[0]))) == 1


@pytest.mark.parametrize(("name", "key", "value"), [("nothing", "", "1"), ("retirement_day", "M", "1"), (WAIT, "none_such", "1"),
                                                    (WAIT, "warning", "x"), (WAIT, "warning", "1.5"), (WAIT, "warning", "9" * 40)])  # fmt: skip
def test_what_cannot_be_changed_is_said_in_a_sentence(name: str, key: str, value: str) -> None:
    with pytest.raises(RuleError) as refusal:
        whatif.change(corpus.opened("vn"), name, ON, [key] if key else [], value)
    assert all(refusal.value.message.say(language) for language in ("en", "vi", "fa"))


def test_who_may_not_know_the_names_is_told_fives_and_no_small_group() -> None:
    assert [whatif.told(count, False) for count in (0, 1, 4, 5, 9, 12, 100)] == [0, None, None, 5, 5, 10, 100]
    assert [whatif.told(count, True) for count in (0, 1, 12)] == [0, 1, 12]


def test_the_command_tells_the_same_and_refuses_in_a_sentence(crowd: whatif.Ground) -> None:
    from canbo.project.commands.whatif import whatif as command

    told = CliRunner().invoke(command, [f"{WAIT}[warning]=90", "--on", ON.isoformat(), "--json"])
    assert told.exit_code == 0, told.output
    _change, found = asked(crowd, 90)
    assert json.loads(told.stdout)["changed"] == len(found.rows)
    wrong = CliRunner().invoke(command, [f"{WAIT}[warning]=soon"])
    assert wrong.exit_code == 1 and "soon" in wrong.output

"""`canbo rules`: one case and the whole rulebook from the command line, without a register."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from canbo.project.commands.rules import rules
from canbo.rules import corpus

REAL = corpus.find()
SMALL = REAL.parents[1] / "benchmarks" / "rulebook"
FULL = "vn/party/377-qd-tw/art-34-5/full-term"
LOCAL = "vn/party/201-kl-tw/leader-not-local-province"
CASE = """
person: {sex: F, born: 1975-03, native_area: old:31/303/11296, rank: 0}
post: {title: department_director, level: province, structure: government, area: "31", rank: 40}
case: {received_on: 2025-11-10, process_started_on: 2025-11-10}
"""


def run(*words: str, case: str = CASE, language: str = "en") -> Result:
    return CliRunner(env={"CANBO_LANG": language}).invoke(rules, words, input=case, catch_exceptions=False)


def explained(case: str = CASE, *, topic: str = "appointment", on: str = "2025-11-24", language: str = "en") -> dict[str, Any]:
    ran = run("explain", topic, "--facts", "-", "--on", on, "--json", case=case, language=language)
    assert ran.exit_code in (0, 3, 4), ran.output
    answer: dict[str, Any] = json.loads(ran.stdout)
    assert {"allowed": 0, "refused": 3, "incomplete": 4}[answer["outcome"]] == ran.exit_code
    return answer


def article(answer: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in answer["articles"] if entry["id"] == name)


# ---- one case


def test_an_article_answers_with_outcome_citation_and_reason() -> None:
    answer = explained()
    full = article(answer, FULL)
    assert full["outcome"] == "pass"
    assert full["citation"].startswith("Regulation 377-QD/TW")
    assert "108 months" in full["reason"]
    assert full["missing"] == []
    assert [step["name"] for step in full["steps"]] == ["retires_on", "months_left"]


def test_a_native_of_the_area_is_refused_and_told_how_it_was_found() -> None:
    answer = explained(CASE.replace("department_director", "chair"))
    assert answer["outcome"] == "refused"
    local = article(answer, LOCAL)
    assert local["outcome"] == "fail"
    source = next(fact["source"] for fact in local["facts"] if fact["name"] == "case.native_in_area")
    assert "old:31/303/11296" in source and "31/11602" in source


def test_a_fact_that_is_not_there_is_named_as_it_is_handed_over() -> None:
    answer = explained(CASE.replace("born: 1975-03, ", ""))
    assert answer["outcome"] == "incomplete"
    assert article(answer, FULL)["missing"] == ["person.born"]
    assert "person.born" in answer["missing"]


@pytest.mark.parametrize(("language", "said"), [("en", "needed"), ("vi", "thời hạn"), ("fa", "ماه")])
def test_the_reason_is_in_the_readers_language(language: str, said: str) -> None:
    assert said in article(explained(language=language), FULL)["reason"]


def test_without_json_the_answer_is_lines(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(CASE.replace("department_director", "chair"), encoding="utf-8")
    ran = run("explain", "appointment", "--facts", str(file), "--on", "2025-11-24")
    assert ran.exit_code == 3
    assert ran.stdout.splitlines()[0] == "Refused  (2025-11-24)"
    assert "(case.yaml:2)" in ran.stdout


def test_a_figure_comes_with_its_working() -> None:
    ran = run(
        "value",
        "retirement_month",
        "--facts",
        "-",
        "--on",
        "2025-11-24",
        "--json",
        case='{"person.sex":"F","person.born":"1975-03"}',
    )
    answer = json.loads(ran.stdout)
    assert ran.exit_code == 0
    assert (answer["value"], answer["unit"]) == ("2034-11", "month")
    assert answer["articles"] == ["vn/state/decree-135-2020/retirement-month"]
    assert {"name", "label", "value"} <= set(answer["steps"][0])
    assert run("value", "retirement_month", "--facts", "-", case="person.sex: F").exit_code == 4


# ---- what is refused


@pytest.mark.parametrize(
    ("words", "case", "said"),
    [
        (("explain", "apointment", "--facts", "-"), CASE, "Did you mean ‘appointment’?"),
        (("explain", "appointment", "--facts", "-"), "person.borm: 1975", "stdin:1:1: There is no fact ‘person.borm’"),
        (("explain", "appointment", "--facts", "-"), "a: " + "(" * 10_000_000, "stdin: "),
        (("explain", "appointment", "--facts", "none.yaml"), "", "‘none.yaml’ cannot be read"),
        (("explain", "appointment", "--facts", "-"), " \n", "‘stdin’ is empty"),
        (("value", "retirement", "--facts", "-"), CASE, "Did you mean ‘retirement_"),
        (("explain", "appointment", "--facts", "-", "--rulebook", "xx"), CASE, "rulebook ‘xx’ was not found"),
        (("explain", "appointment", "--facts", "-"), "person.native_area: Hanoi\npost.area: '31'", "not the code of any unit"),
        (("check", "nowhere"), "", "There is no ‘nowhere’"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_decided(words: tuple[str, ...], case: str, said: str) -> None:
    ran = run(*words, case=case)
    assert ran.exit_code == 1
    assert said in ran.stderr
    assert not ran.stdout


# ---- the rulebook itself


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A copy of a small rulebook, to be spoilt."""
    shutil.copytree(SMALL, tmp_path / "book")
    return tmp_path / "book"


AGE = "holding/term-left.yaml"
DEEP = "(" * 9_000 + "true"


def problems(book: Path, *words: str) -> list[dict[str, Any]]:
    ran = run("check", *words, "--rulebook", str(book), "--json")
    answer = json.loads(ran.stdout)
    assert ran.exit_code == (1 if answer["problems"] or answer["elsewhere"] else 0)
    assert answer["facts"] > 15
    found: list[dict[str, Any]] = answer["problems"]
    return found


def change(book: Path, file: str, old: str, new: str) -> None:
    text = (book / file).read_text(encoding="utf-8")
    assert old in text
    (book / file).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (AGE, "case.asked_on, step", "case.askd_on, step", "‘case.asked_on’"),
        (AGE, "months_between(case.asked_on, step.retires_on)", "years_since(step.retires_on)", "years"),
        (AGE, "months_between(case.asked_on, step.retires_on)", "step.months_left", "months_left"),
        (AGE, ", mark: X", "", "‘mark’ is missing in source"),
        (AGE, "expect: fail", "expect: pass", "no example for: fail"),
        (AGE, 'condition: "', f'condition: "{DEEP} || ', "levels"),
    ],
)
def test_a_mistake_in_an_article_is_listed_with_its_place_and_the_rest_is_read(
    book: Path, file: str, old: str, new: str, said: str
) -> None:
    change(book, file, old, new)
    if "no example" in said:
        text = (book / file).read_text(encoding="utf-8")
        (book / file).write_text(text.replace("expect: fail", "expect: pass"), encoding="utf-8")
    found = problems(book)
    assert [(problem["file"], said in problem["text"]) for problem in found] == [(file, True)], found
    assert found[0]["line"] > 1
    ran = run("explain", "holding", "--facts", "-", "--rulebook", str(book), case="")
    assert ran.exit_code == 1
    assert f"{file}:{found[0]['line']}" in ran.stderr


def test_a_default_that_leads_back_to_itself_is_listed(book: Path) -> None:
    change(book, "facts.yaml", "person.trained:\n", "person.trained:\n  otherwise: person.trained\n  because: {en: x, vi: x}\n")
    assert [problem["key"] for problem in problems(book)] == ["default_in_circle"]


def test_ten_megabytes_of_parentheses_in_an_article_are_refused_at_once(book: Path) -> None:
    (book / "holding" / "flood.yaml").write_text("condition: " + "(" * 10_000_000, encoding="utf-8")
    started = time.perf_counter()
    found = problems(book)
    assert time.perf_counter() - started < 5  # the whole rulebook was read as well
    assert [problem["file"] for problem in found] == ["holding/flood.yaml"]


def test_a_day_outside_the_table_is_unknown_and_said() -> None:
    answer = explained("person: {sex: M, born: 1940-01}", topic="appointment", on="2025-11-24")
    assert answer["outcome"] != "allowed"
    ran = run("value", "retirement_month", "--facts", "-", "--on", "2025-11-24", "--json", case="person: {sex: M, born: 1940-01}")
    assert ran.exit_code == 4
    assert json.loads(ran.stdout)["notes"]


def test_checking_a_folder_tells_only_what_stands_in_it(book: Path) -> None:
    (book / "rotation").mkdir()
    change(book, AGE, "case.asked_on, step", "case.askd_on, step")
    assert problems(book, str(book / "rotation")) == []
    assert len(problems(book, str(book / "holding"))) == 1
    assert len(problems(book, AGE)) == 1
    told = run("check", str(book / "rotation"), "--rulebook", str(book))
    assert told.exit_code == 1 and "1 mistake(s) more in other files of this rulebook" in told.output


def test_testing_runs_every_example_and_names_the_one_that_fails(book: Path) -> None:
    ran = run("test", "--rulebook", str(book), "--json")
    whole = json.loads(ran.stdout)
    assert ran.exit_code == 0 and whole["failed"] == [] and whole["examples"] > 20
    change(book, AGE, "person.born: 1975-05-20", "person.born: 1966-05-20")
    ran = run("test", "--rulebook", str(book), "--json")
    (failed,) = json.loads(ran.stdout)["failed"]
    assert ran.exit_code == 1
    assert (failed["article"], failed["expected"]) == ("bench/term-left", "pass") and failed["line"] > 1


def test_the_command_needs_no_register_and_loads_no_web_framework() -> None:
    ask = "import sys; from canbo.project.cli import group; group.get_command(None, 'rules'); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0


def test_a_file_of_people_is_counted_by_article(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("person.degree,person.minority\nuniversity,false\ncollege,false\n,\n", encoding="utf-8")
    case = "post.level: province"
    ran = run(
        "scan",
        "holding",
        "--people",
        str(people),
        "--facts",
        "-",
        "--rulebook",
        str(SMALL),
        "--on",
        "2026-07-01",
        "--json",
        case=case,
    )
    degree = next(count for count in json.loads(ran.stdout) if count["article"] == "bench/degree")
    assert degree == {"article": "bench/degree", "passed": 1, "failed": 1, "unknown": 1, "not_applicable": 0}
    people.write_text("person.degree\nmasters\n", encoding="utf-8")
    ran = run("scan", "--people", str(people), "--rulebook", str(SMALL))
    assert ran.exit_code == 1 and "people.csv:2" in ran.stderr


def test_both_families_are_told_and_a_disagreement_is_a_sentence() -> None:
    answer = explained(CASE.replace("department_director", "chair"))
    assert {family["name"]: family["outcome"] for family in answer["families"]}["party"] == "refused"
    assert answer["disagreement"] is None or "Party" in answer["disagreement"]


def test_proving_gives_findings_pairs_and_seconds_and_fails_on_what_nobody_accepted() -> None:
    ran = run("prove", "--rulebook", str(SMALL), "--json")
    answer = json.loads(ran.stdout)
    assert {"findings", "pairs", "seconds"} <= set(answer)
    assert ran.exit_code == (1 if any(not finding["accepted"] for finding in answer["findings"]) else 0)
    assert "appointmen" in run("prove", "--topic", "appointmen", "--rulebook", str(SMALL)).stderr


def test_an_amendment_is_shown_by_a_person_whose_answer_changes(book: Path) -> None:
    for file in book.glob("holding/*.yaml"):
        if file.stem not in ("planned", "degree"):
            file.unlink()
    before = Path(shutil.copytree(book, book.parent / "before"))
    change(book, "holding/planned.yaml", 'condition: "person.planned"', 'condition: "!person.planned"')
    ran = run("diff", str(before), str(book), "--on", "2026-07-01", "--json")
    answer = json.loads(ran.stdout)
    assert answer["articles"] == ["bench/planned"]
    assert answer["changes"][0]["witness"]
    assert ran.exit_code == run("diff", str(book), str(book)).exit_code == 0

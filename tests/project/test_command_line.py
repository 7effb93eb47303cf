"""The command `canbo` as a whole: what its exit codes mean, and what it says of a slip of the fingers."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from canbo.project.cli import COMMANDS, group
from canbo.project.commands import scenario, shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("linage", "31"), "Did you mean 'lineage'?"),
        (("rules", "chek"), "Did you mean 'check'?"),
        (("unit", "31", "--on", "31.12"), "is not a day"),
        (("whatif", "terms_as_head=3", "--on", "31.12"), "is not a day"),
        (("rules", "explain", "appointment", "--facts", "-", "--on", "31.12"), "is not a day"),
        (("count",), "Say which unit to count"),
        (("candidates", "#1", "--weights", "grades=much"), "is no weight"),
        (("unit", "31", "--on", "9999-12-31"), "lies too far ahead"),
        (("staff", "31", "--limit", "-1"), "is not in the range"),
        (("case", "list", "--limit", "99999999999999999999"), "is not in the range"),
        (("talent", "stay", "31", "--years", "999999"), "is not in the range"),
    ],
)
def test_a_command_line_that_is_written_wrong_ends_with_2_in_every_command(words: tuple[str, ...], said: str) -> None:
    ran = CliRunner(env={"CANBO_LANG": "en"}).invoke(group, words)
    assert ran.exit_code == 2, ran.output
    assert said in ran.stderr


def test_a_file_that_is_no_part_of_the_rulebook_is_not_said_to_be_without_mistakes(tmp_path: Path) -> None:
    elsewhere = tmp_path / "article.yaml"
    elsewhere.write_text("no: article\n")
    ran = CliRunner(env={"CANBO_LANG": "en"}).invoke(group, ["rules", "check", str(elsewhere)])
    assert ran.exit_code == 1
    assert "here or in the rulebook" in ran.stderr


def test_a_list_without_lines_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    shown.table(["body", "name"], [])
    assert capsys.readouterr().out == "There is nothing to list.\n"
    shown.table(["body", "name"], [["31", "Hải Phòng"]])
    assert capsys.readouterr().out == "body  name\n31    Hải Phòng\n"


def test_a_line_of_a_scenario_tells_a_new_body_by_its_code_and_name() -> None:
    new = {"code": "31/9", "name": {"en": "Nine", "vi": "Chín", "fa": "نه"}, "kind": "commune", "parent": "31"}
    assert scenario._plain(new) == "31/9 Nine"
    assert scenario._plain(["31/1", {"of": "31/2", "part": "east"}]) == "31/1, of 31/2, part east"


def test_each_command_says_what_it_does_and_is_told_in_the_list() -> None:
    ran = CliRunner().invoke(group, ["--help"])
    assert ran.exit_code == 0
    assert all(name in ran.stdout for name in COMMANDS)


def test_a_file_of_people_that_is_empty_is_told_what_belongs_into_it(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.touch()
    ran = CliRunner(env={"CANBO_LANG": "en"}).invoke(group, ["rules", "scan", "--people", str(people)])
    assert ran.exit_code == 1
    assert "Its first line names the facts" in ran.stderr

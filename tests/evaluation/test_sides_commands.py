"""The commands on many sides, gaps, training and talents: what they print as JSON, and what they answer to wrong words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.evaluation.models import Round
from canbo.project.commands.gaps import gaps
from canbo.project.commands.sides import sides_
from canbo.project.commands.talent import talent_group
from canbo.project.commands.training import training
from canbo.project.commands.work import work_group
from canbo.registry import queries
from tests.evaluation.office import PLACE, Office
from tests.evaluation.sides_office import PERIOD, answered, large, opened

pytestmark = pytest.mark.django_db
ON = ["--on", "2026-04-20"]


@pytest.fixture
def office(world: Any) -> Office:
    return large(world)


def ran(command: Any, *typed: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(command, [*typed, "--json"])
    assert result.output, result.exception
    return result.exit_code, json.loads(result.output)


def test_what_many_sides_said_is_told_as_json_without_any_rater(office: Office) -> None:
    answered(opened(office))
    held = Round.objects.get()
    assert ran(work_group, "close-round", str(held.pk), "--as", office.officer.username, *ON)[0] == 0
    code, told = ran(sides_, PLACE, "--period", PERIOD, *ON)
    assert code == 0 and (told["organization"], told["period"]) == (PLACE, PERIOD)
    (shown,) = told["rounds"]
    assert (shown["round"], shown["state"], shown["anonymous"]) == (held.pk, "closed", True)
    people = {each["id"]: each for each in told["people"]}
    (side,) = people[office.person.identification_number]["sides"]
    assert (side["asked"], side["answered"], side["signed"]) == (7, 7, 0)


def test_a_round_is_given_up_by_command_and_told_so(office: Office) -> None:
    held = opened(office)
    told = ["give-up-round", str(held.pk), "--why", "The key is lost."]
    assert ran(work_group, *told, "--as", office.head.username, *ON)[1]["why"] == "not_allowed"
    assert ran(work_group, *told, "--as", office.officer.username, *ON)[0] == 0
    code, refused = ran(work_group, *told, "--as", office.officer.username, *ON)
    assert (code, refused["why"]) == (3, "given_up")
    assert [each["state"] for each in ran(sides_, PLACE, "--period", PERIOD, *ON)[1]["rounds"]] == ["abandoned"]


def test_gaps_training_and_talents_of_a_body_are_told_as_json(office: Office) -> None:
    assert ran(gaps, PLACE, *ON)[1]["organization"] == PLACE
    code, due = ran(training, "due", PLACE, *ON)
    assert due["organization"] == PLACE and code in (0, 3, 4) and isinstance(due["due"], list)
    code, owed = ran(training, "owed", PLACE, *ON)
    assert (code, owed["organization"], owed["owed"]) == (0, PLACE, [])


@pytest.mark.parametrize(
    "command, typed, said",
    [
        (sides_, [], "CODE"),
        (sides_, [PLACE, "--period", "2026-Q5"], "2026-Q1"),
        (sides_, [PLACE, "--on", "yesterday"], "yesterday"),
        (work_group, ["ask", PLACE, "--period", PERIOD, "--closes", "soon", "--as", "x"], "soon"),
        (work_group, ["ask", PLACE, "--as", "x"], "--period"),
        (work_group, ["give-up-round", "3", "--as", "x"], "--why"),
        (work_group, ["give-up-round", "third", "--why", "Lost.", "--as", "x"], "third"),
        (gaps, [], "CODE"),
        (gaps, [PLACE, "--on", "2026-02-30"], "2026-02-30"),
        (training, ["due"], "CODE"),
        (training, ["plan", PLACE], "--year"),
        (training, ["plan", PLACE, "--year", "next"], "next"),
        (training, ["enrol", "000000000001", "ai", "--starts", "soon", "--as", "x"], "soon"),
        (talent_group, ["nothing"], "nothing"),
        (talent_group, ["board"], "CODE"),
    ],
)
def test_wrong_words_are_answered_with_what_is_wrong_and_nothing_is_done(command: Any, typed: list[str], said: str) -> None:
    result = CliRunner().invoke(command, typed)
    assert result.exit_code == 2 and said in result.output
    assert not Round.objects.exists()


@pytest.mark.parametrize("command, typed", [(sides_, []), (gaps, []), (training, ["due"])])
def test_a_body_that_is_not_in_the_register_is_said_to_be_none(office: Office, command: Any, typed: list[str]) -> None:
    result = CliRunner().invoke(command, [*typed, "P/none", *ON])
    assert isinstance(result.exception, queries.NotInRegister) and "P/none" in str(result.exception)

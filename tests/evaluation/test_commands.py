"""The commands on work and evaluations: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from canbo.evaluation.models import Acceptance, Assignment, Scheme
from canbo.project.commands.evaluation import evaluate
from canbo.project.commands.work import work_group
from canbo.registry import authority
from tests.evaluation import office as offices
from tests.evaluation.office import MARCH, PLACE, Office
from tests.evaluation.test_grading import handbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: Any) -> Office:
    return offices.build(world)


def ran(command: Any, *typed: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(command, [*typed, "--json"])
    assert result.output, result.exception
    return result.exit_code, json.loads(result.output)


def test_a_body_is_evaluated_with_the_working_of_every_score(office: Office) -> None:
    handbook(office)
    office.published()
    code, found = ran(evaluate, PLACE, "--period", MARCH, "--on", "2026-04-02", "--dry-run")
    people = {each["id"]: each for each in found["people"]}
    one = people[office.person.identification_number]
    assert code == 4  # others have no work yet
    assert (one["score"], one["grade"], one["parts"]["b"], one["was"]) == (83.2, "good", 68.8, {"score": 83.2, "grade": "good"})
    assert "15.06 / 16.8" in one["formula"]
    assert "vn/state/decree-335-2025/art-14/quality" in one["articles"]
    other = people[office.colleague.person.identification_number]
    assert (other["score"], other["grade"], other["missing"][0]) == (None, "undetermined", "assigned")
    assert other["undetermined"]["decided_by"]


def test_work_is_assigned_logged_and_accepted_by_command(office: Office) -> None:
    number = office.person.identification_number
    on = ["--on", "2026-03-20"]
    code, made = ran(work_group, "assign", number, "letter", "2", "--period", MARCH, "--as", office.head.username, *on)
    assert code == 0
    held = Assignment.objects.get(pk=made["id"])
    told = [str(held.pk), "2", "--text", "Sent.", "--evidence", "12/CV", *on]
    assert ran(work_group, "log", *told, "--as", office.worker.username)[0] == 0
    assert ran(work_group, "accept", str(held.pk), "3", "--as", office.head.username, *on)[1]["why"] == "above_assigned"
    code, refused = ran(work_group, "accept", str(held.pk), "2", "--as", office.colleague.username, *on)
    assert (code, refused["why"]) == (3, "not_allowed")
    assert ran(work_group, "accept", str(held.pk), "2", "--as", office.head.username, *on)[0] == 0
    assert Acceptance.objects.get().done == 2


def test_what_was_made_is_told_with_the_number_by_which_the_next_command_asks_for_it(office: Office) -> None:
    typed = ["scheme", "P", "quarter", "--since", "2027-01-01", "--basis", "Letter 9", "--as", office.officer.username]
    said = CliRunner().invoke(work_group, typed).output.strip()
    with authority.sight(office.world.console):
        assert said == f"quarter since 2027-01-01 ({Scheme.objects.latest('pk').pk})"


def test_a_catalogue_that_is_no_yaml_is_refused_in_a_sentence(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.txt"
    file.write_text("- code: `letter`\n")
    result = CliRunner().invoke(work_group, ["catalogue", PLACE, str(file), "--year", "2026", "--as", office.officer.username])
    assert result.exit_code == 3
    assert "catalogue.txt cannot be read as YAML" in result.output

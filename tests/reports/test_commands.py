"""`canbo claims` and `canbo count`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from canbo.project.commands.claims import claims
from canbo.project.commands.count import count
from tests.world import World

EXAMPLES = Path(__file__).parents[2] / "examples" / "claims"


def run(command: object, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))  # type: ignore[arg-type]


def test_the_shipped_claims_are_checked_without_a_register() -> None:
    told = run(claims, str(EXAMPLES / "newspapers.yaml"), "--json")
    wrong = [claim["id"] for claim in json.loads(told.stdout)["claims"] if claim["verdict"] == "disagrees"]
    assert wrong == ["committee-women", "committee-college", "committee-qualifications"]
    assert "3 of 19 claims do not agree" in run(claims, str(EXAMPLES / "newspapers.yaml")).stdout


@pytest.mark.parametrize("content", ["claims:\n  - {id: a, part: 1, hole: 2, printed: 50}", "", "\x00"])
def test_a_refused_file_is_one_sentence_and_exit_code_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(content)
    told = run(claims, str(path), "--json")
    assert (told.exit_code, told.stdout) == (1, "")
    assert len(told.stderr.strip().splitlines()) == 1


def test_the_units_before_and_after_the_reform_are_those_published(country: str, tmp_path: Path) -> None:
    told = run(claims, str(EXAMPLES / "register.yaml"), "--json")
    verdicts = {claim["id"]: (claim["verdict"], claim["exact"]) for claim in json.loads(told.stdout)["claims"]}
    expected = {"provinces-before": "63", "districts-before": "696", "communes-before": "10035", "provinces-after": "34",
                "districts-after": "0", "communes-after": "3321"}  # fmt: skip
    assert {name: verdicts[name] for name in expected} == {name: ("agrees_rounded", exact) for name, exact in expected.items()}
    assert verdicts["managed"] == ("not_checkable", None)  # nobody serves in this register


def test_a_count_names_all_values_and_sums_to_the_people(world: World) -> None:
    post = world.post("P/1.executive", "specialist", seats=2)
    world.serve(world.person(sex="F"), post, seat=1)
    world.serve(world.person(sex=None), post, seat=2)
    told = json.loads(run(count, "P", "--on", "2025-07-01", "--by", "sex,degree", "--json").stdout)
    assert (told["unit"], told["people"], told["memberships"]) == ("P", 2, 2)
    assert told["by"]["sex"] == {"female": 1, "male": 0, "unknown": 1}
    assert "age" not in told["by"]
    shown = run(count, "P", "--on", "2025-07-01")
    assert "2 people in 2 memberships" in shown.stdout


@pytest.mark.parametrize("arguments", [["P", "--by", "height"], [], ["P", "--on", "1/7/2025"]])
def test_a_count_that_cannot_be_made_says_why(world: World, arguments: list[str]) -> None:
    told = run(count, *arguments)
    assert told.exit_code != 0
    assert told.stderr.strip()

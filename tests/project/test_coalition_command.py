"""`canbo coalition`: figures for a program, sentences for people, and a code that says whether the goal is reached."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from canbo.project.commands.coalition import coalition
from canbo.rules import corpus


def run(*words: str, language: str = "en") -> Result:
    return CliRunner(env={"CANBO_LANG": language}).invoke(coalition, words, catch_exceptions=False)


def test_json_names_procedure_version_persons_and_bodies() -> None:
    ran = run("--json")
    assert ran.exit_code == 0
    found = json.loads(ran.stdout)
    assert all(list(each) == ["procedure", "version", "persons", "bodies"] for each in found)
    assert {"procedure": "suspension", "version": "thirty-days", "persons": 4, "bodies": 2} in found


def test_people_read_it_in_their_language_with_the_votes_it_takes() -> None:
    assert (
        "Dismissal from a post, decree-300: at least 4 people, from at least 2 bodies.\n    votes it takes: vote 0"
        in run().stdout
    )
    assert "(hearsay, never opened)" in run().stdout
    assert "Miễn nhiệm, decree-300: ít nhất 4 người" in run(language="vi").stdout
    assert "دست‌کم 4 نفر" in run(language="fa").stdout


def test_a_procedure_in_which_two_people_suffice_ends_with_one_and_says_what_to_do(tmp_path: Path) -> None:
    book = tmp_path / "book"
    shutil.copytree(corpus.find(), book)
    file = book / "procedures" / "acting-head.yaml"
    whole = file.read_text(encoding="utf-8")
    asks = "by: {capacity: drafter, body: own}"
    assert asks in whole
    file.write_text(
        whole.replace(asks, "by: {capacity: opinion, body: manager}").replace("capacity: verifier", "capacity: opinion"),
        encoding="utf-8",
    )
    ran = run("--rulebook", str(book))
    assert ran.exit_code == 1
    assert "Acting head, twelve-months: at least 2 people, from at least 1 bodies." in ran.stdout
    assert "Let another step be taken by somebody else." in ran.stdout

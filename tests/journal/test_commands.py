"""`canbo journal`: what it prints, what it writes, and how it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connections, transaction

from canbo.journal import verifier, witnessing
from canbo.project.commands.journal import journal
from tests.journal.acts import record, record_many


@pytest.fixture
def command(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `canbo journal ...` in an empty folder, with a key of its own."""
    settings.CANBO_JOURNAL_KEY_FILE, settings.CANBO_JOURNAL_ORIGIN = tmp_path / "key" / "journal.key", "canbo/tried"
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, fails: bool = False) -> Result:
        done = CliRunner().invoke(journal, list(arguments), catch_exceptions=False)
        assert (done.exit_code != 0) is fails, done.output
        return done

    return run


@pytest.fixture
def canbo(command: Any, db: None) -> Any:
    """The same, in a transaction that is rolled back."""
    return command


def test_verify_tells_how_many_entries_stand_under_which_root(canbo: Any) -> None:
    record_many(5)
    report = json.loads(canbo("verify", "--json").stdout)
    assert report["ok"] is True
    assert report["entries"] >= 5
    assert len(report["root"]) == 64
    assert "The journal holds" in canbo("verify").stdout


def test_verify_says_when_no_witness_stands_behind_it(canbo: Any) -> None:
    record()
    assert "Held against no checkpoint kept elsewhere" in canbo("verify").stdout
    canbo("checkpoint", "-o", "kept.txt", "--leaves", "kept.leaves")
    record()
    said = canbo("verify", "--against", "kept.txt", "--leaves", "kept.leaves").stdout
    assert "It continues the checkpoint" in said


def test_verify_fails_with_exit_code_1_and_names_the_position(own_register: str, command: Any) -> None:
    record_many(5)
    command("checkpoint", "-o", "kept.txt")
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER only_grows")
        cursor.execute("SELECT p.position FROM journal_position p JOIN journal_entry e ON e.id = entry_id WHERE about_id = '3'")
        (at,) = cursor.fetchone()
        cursor.execute("UPDATE journal_entry SET act = 'post.closed' WHERE about_id = '3'")
    done = command("verify", fails=True)
    assert done.exit_code == 1
    assert "THE JOURNAL DOES NOT HOLD" in done.stdout
    assert f"First wrong position: {at}." in done.stdout
    assert json.loads(command("verify", "--json", fails=True).stdout)["first_bad"] == at


def test_a_proof_made_here_is_accepted_by_the_lone_verifier(canbo: Any) -> None:
    entry = record(payload={"name": "Trần"}, key="act-1")
    canbo("checkpoint", "-o", "kept.txt")
    record()
    canbo("prove", "act-1", "-o", "proof.json", "--content")
    canbo("prove", str(entry.pk), "-o", "under.json", "--under", "kept.txt")
    canbo("prove", "--consistency", "kept.txt", "-o", "continued.json")
    key = canbo("show", "--key").stdout.strip()
    for file, said in (
        ("proof.json", "content shown is what was recorded"),
        ("under.json", "agrees with the checkpoint you kept"),
        ("continued.json", "are the"),
        ("kept.txt", "the signature is true"),
    ):
        program = [
            sys.executable,
            "-I",
            "-S",
            verifier.__file__,
            file,
            "--key",
            key,
            *(["--kept", "kept.txt"] if file == "under.json" else []),
        ]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert said in done.stdout


def test_a_proof_of_continuation_can_end_at_a_checkpoint_that_another_kept(canbo: Any) -> None:
    for name in ("one.txt", "two.txt"):
        record_many(4, word=name)
        canbo("checkpoint", "-o", name)
    record()
    canbo("prove", "--consistency", "one.txt", "--under", "two.txt", "-o", "between.json")
    bundle = json.loads(Path("between.json").read_text(encoding="utf-8"))
    assert bundle["new"] == Path("two.txt").read_text(encoding="utf-8")
    key = verifier.read_key(canbo("show", "--key").stdout)
    assert "are the" in verifier.check_consistency(bundle, key)
    done = canbo("prove", "--consistency", "two.txt", "--under", "one.txt", fails=True)
    assert "its end was cut off" in done.output


def test_the_content_stays_at_home_unless_it_is_asked_for(canbo: Any) -> None:
    entry = record(payload={"name": "Trần"})
    assert 'Trần"' not in canbo("prove", str(entry.pk)).stdout
    assert json.loads(json.loads(canbo("prove", str(entry.pk), "--content").stdout)["content"]["payload"]) == {"name": "Trần"}


def test_a_checkpoint_goes_to_the_screen_or_into_a_file_octet_for_octet(canbo: Any) -> None:
    record_many(3)
    shown = canbo("checkpoint").stdout
    canbo("checkpoint", "-o", "kept.txt", "--leaves", "kept.leaves")
    assert Path("kept.txt").read_text(encoding="utf-8") == shown
    facts = json.loads(canbo("checkpoint", "--json").stdout)
    assert facts["note"] == shown
    assert len(Path("kept.leaves").read_bytes()) == 32 * facts["size"]


def test_seal_and_show_tell_how_the_journal_stands(canbo: Any) -> None:
    canbo("seal")
    entry = record(7, payload={"a": 1})
    assert json.loads(canbo("seal", "--json").stdout)["sealed"] == 1
    assert "0 entries were sealed" in canbo("seal").stdout
    state = json.loads(canbo("show", "--json", "--limit", "1").stdout)
    assert (state["unsealed"], state["latest"][0]["id"]) == (0, entry.pk)
    assert json.loads(canbo("show", str(entry.pk), "--json").stdout)["content"] == {"a": 1}
    assert json.loads(canbo("show", "--about", "registry.post:7", "--json").stdout)["latest"][0]["about_id"] == "7"
    assert "post.founded" in canbo("show", "--about", "registry.post").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prove", "no-such-key"], "no journal entry with the number or key no-such-key"),
        (["prove", "99999999999999999999999"], "no journal entry"),
        (["prove"], "Name either an entry or"),
        (["prove", "1", "--consistency", "x.txt"], "Name either an entry or"),
        (["prove", "--consistency", "missing.txt"], "missing.txt: No such file"),
        (["verify", "--against", "odd.txt"], "Expected a checkpoint"),
        (["verify", "--against", "binary.txt"], "is not text"),
        (["verify", "--key", "nonsense"], "Expected a public key"),
        (["verify", "--leaves", "odd.txt"], "does not belong to a checkpoint"),
        (["checkpoint", "-o", "no/such/folder.txt"], "No such file or directory"),
        (["prove", "--consistency", "larger.txt"], "its end was cut off or an old backup put back"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(canbo: Any, arguments: list[str], said: str) -> None:
    record()
    Path("odd.txt").write_text("odd")
    Path("binary.txt").write_bytes(b"\xff\xfe")
    Path("larger.txt").write_text("canbo/tried\n999999999\n" + "A" * 43 + "=\n\n\u2014 canbo/tried AAAAAAAA\n", encoding="utf-8")
    done = canbo(*arguments, fails=True)
    assert said in done.output
    assert "Traceback" not in done.output


def test_an_entry_that_the_kept_checkpoint_does_not_cover_cannot_be_proved_under_it(canbo: Any) -> None:
    canbo("checkpoint", "-o", "kept.txt")
    entry = record()
    assert "Use a newer one" in canbo("prove", str(entry.pk), "--under", "kept.txt", fails=True).output


def test_a_key_that_others_can_read_is_refused_with_the_way_to_mend_it(canbo: Any) -> None:
    canbo("checkpoint")
    (Path("key") / "journal.key").chmod(0o640)
    record()
    assert "chmod 600" in canbo("checkpoint", fails=True).output


# --- canbo witness, canbo verify ------------------------------------------------------------------------------


@pytest.fixture
def whole(canbo: Any) -> Any:
    """Run `canbo ...` with the same key and register."""
    from canbo.project.cli import group

    def run(*arguments: str, code: int = 0) -> Result:
        done = CliRunner(env={"CANBO_LANG": "en"}).invoke(group, list(arguments))
        assert done.exit_code == code, done.output
        return done

    return run


def test_a_witness_is_made_registered_asked_and_heard_with_commands_alone(canbo: Any, whole: Any) -> None:
    journal_key = canbo("show", "--key").stdout.strip()
    for name, body in (("inspection", "Inspection committee"), ("front", "Fatherland Front")):
        key = whole("witness", "new", name, "--name", name, "--journal", journal_key).stdout.strip()
        assert whole("witness", "key", name).stdout.strip() == key
        said = whole("witness", "register", key, "--body", body, "--on", "2026-08-01").stdout
        assert f"{name} ({body}) is registered" in said
    entry = record(payload={"a": 1})
    canbo("checkpoint")
    assert json.loads(whole("witness", "list", "--json").stdout)["unwitnessed"] > 0
    for name in ("inspection", "front"):
        whole("witness", "ask", "0", "-o", "request.txt")
        whole("witness", "sign", name, "request.txt", "-o", f"{name}.txt")
        assert json.loads(whole("witness", "accept", f"{name}.txt", "--json").stdout)["witnesses"] == [name]
    told = json.loads(whole("witness", "list", "--json").stdout)
    assert (told["unwitnessed"], [each["name"] for each in told["witnesses"]]) == (0, ["front", "inspection"])
    assert "Bodies that must cosign: 2" in whole("witness", "list").stdout
    assert witnessing.witnessed(entry) is not None
    assert "the same journal" in whole("witness", "compare", "inspection", "front").stdout
    assert (
        "is registered: front"
        in whole("witness", "register", whole("witness", "key", "front").stdout, "--body", "x", code=1).output
    )
    assert "is no witness any more" in whole("witness", "withdraw", "front").stdout
    whole("witness", "accept", "front.txt", code=1)


def test_the_programs_for_others_are_written_by_commands(whole: Any) -> None:
    whole("witness", "program")
    whole("verify", "--program", "verify_canbo.py")
    for name in ("canbo_witness.py", "verify_canbo.py"):
        done = subprocess.run([sys.executable, name, "--help"], capture_output=True, text=True, check=True)
        assert "usage:" in done.stdout
    assert "CANNOT BE CHECKED" in whole("verify", "verify_canbo.py", code=1).output
    whole("verify", code=2)

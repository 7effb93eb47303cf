"""Saving and bringing back the database: whole or not at all."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from canbo.project.commands.db import db
from canbo.project.database import backup as backups
from canbo.project.database.backup import back_up, restore
from canbo.project.database.embedded import Embedded
from canbo.project.database.problems import DatabaseProblem
from tests.project.clusters import ask, fill


@pytest.fixture
def filled(standing: Embedded) -> Iterator[Embedded]:
    """The standing database with 500 notes, behind row-level security that binds the owner too."""
    found = standing.ensure_running()
    fill(found.owner, rows=500)
    ask(found.owner, "CREATE INDEX note_words ON note USING gist (words gist_trgm_ops)")
    ask(found.owner, "REVOKE DELETE ON note FROM canbo_app")
    ask(found.owner, "CREATE POLICY nobody ON note USING (current_setting('canbo.sees_all', true) = 'on')")
    ask(found.owner, "ALTER TABLE note ENABLE ROW LEVEL SECURITY")
    ask(found.owner, "ALTER TABLE note FORCE ROW LEVEL SECURITY")
    yield standing
    ask(found.owner, "DROP TABLE note")


def count(database: Embedded) -> int:
    return int(ask(str(database.ensure_running().superuser), "SELECT count(*) FROM note"))


def databases(database: Embedded) -> set[str]:
    with psycopg.connect(str(database.ensure_running().superuser)) as server:
        return {row[0] for row in server.execute("SELECT datname FROM pg_database")}


def test_a_restore_brings_back_rows_rights_policies_and_owner(filled: Embedded, tmp_path: Path) -> None:
    found = filled.ensure_running()
    made = back_up(filled, tmp_path / "saved")
    assert made.tables == 1 and made.bytes == (tmp_path / "saved").stat().st_size
    assert stat.S_IMODE((tmp_path / "saved").stat().st_mode) == 0o600
    before = databases(filled)
    ask(str(found.superuser), "DELETE FROM note")
    done = restore(filled, tmp_path / "saved")
    assert (done.tables, done.kept) == (1, None)
    assert count(filled) == 500
    assert databases(filled) == before
    assert ask(found.app, "SELECT count(*) FROM note") == 0  # the policy is back
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(found.app, "DELETE FROM note")  # and what the migrations took away stays away
    assert ask(found.app, "SELECT tableowner FROM pg_tables WHERE tablename = 'note'") == "canbo_owner"
    ask(found.owner, "CREATE TABLE later (id int)")
    ask(found.app, "INSERT INTO later VALUES (1)")  # the defaults for new tables are back too
    ask(found.owner, "DROP TABLE later")


def test_the_replaced_database_is_kept_on_request(filled: Embedded, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "saved")
    superuser = str(filled.ensure_running().superuser)
    ask(superuser, "DELETE FROM note WHERE id > 100")
    done = restore(filled, tmp_path / "saved", keep=True)
    assert done.kept is not None and done.kept.startswith("canbo_before_")
    assert count(filled) == 500
    assert ask(superuser.replace("/canbo?", f"/{done.kept}?"), "SELECT count(*) FROM note") == 100
    ask(superuser, f"DROP DATABASE {done.kept}")


def test_others_at_work_are_refused_or_cut_off_on_request(filled: Embedded, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "saved")
    before = databases(filled)
    other = psycopg.connect(filled.ensure_running().app)
    with pytest.raises(DatabaseProblem, match="1 other connections .*--disconnect"):
        restore(filled, tmp_path / "saved")
    assert other.execute("SELECT 1").fetchone() == (1,)
    assert databases(filled) == before
    restore(filled, tmp_path / "saved", disconnect=True)
    with pytest.raises(psycopg.OperationalError):
        other.execute("SELECT 1")
    other.close()
    assert count(filled) == 500


def test_someone_who_comes_in_while_it_is_read_changes_nothing(
    filled: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(filled, tmp_path / "saved")
    before = databases(filled)
    late: list[psycopg.Connection[tuple[object, ...]]] = []

    def exchange(*args: object, **named: object) -> None:
        late.append(psycopg.connect(filled.ensure_running().app))
        exchanged(*args, **named)  # type: ignore[arg-type]

    exchanged = backups._exchange
    monkeypatch.setattr(backups, "_exchange", exchange)
    with pytest.raises(DatabaseProblem, match="--disconnect"):
        restore(filled, tmp_path / "saved")
    late[0].close()
    assert databases(filled) == before
    assert count(filled) == 500


@pytest.mark.parametrize("cut", [0, 100, -2000, None])
def test_a_damaged_file_changes_nothing(filled: Embedded, tmp_path: Path, cut: int | None) -> None:
    back_up(filled, tmp_path / "saved")
    whole = (tmp_path / "saved").read_bytes()
    broken = whole[:cut] if cut is not None else whole[:-3000] + bytes(2000) + whole[-1000:]
    (tmp_path / "broken").write_bytes(broken)
    before = databases(filled)
    with pytest.raises(DatabaseProblem, match="broken"):
        restore(filled, tmp_path / "broken")
    assert databases(filled) == before
    assert count(filled) == 500


def test_what_a_killed_restore_left_is_cleared_by_the_next(filled: Embedded, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "saved")
    before = databases(filled)
    ask(str(filled.ensure_running().superuser), "CREATE DATABASE canbo_restoring_20250701t000000")
    restore(filled, tmp_path / "saved")
    assert databases(filled) == before


def test_a_backup_replaces_no_file_unasked_and_leaves_none_half_written(
    filled: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "saved"
    with pytest.raises(DatabaseProblem, match="is no name for a file in an existing folder"):
        back_up(filled, target)
    target.parent.mkdir()
    target.write_text("of last week")
    with pytest.raises(DatabaseProblem, match="--replace"):
        back_up(filled, target)
    client = backups.client

    def failing(database: Embedded, name: str, *arguments: str, **named: str) -> subprocess.CompletedProcess[str]:
        done = client(database, name, *arguments, **named)
        return subprocess.CompletedProcess(done.args, 1, "", "pg_dump: error: No space left on device")

    monkeypatch.setattr(backups, "client", failing)
    with pytest.raises(DatabaseProblem, match="No space left on device"):
        back_up(filled, target, replace=True)
    assert target.read_text() == "of last week"
    assert [path.name for path in target.parent.iterdir()] == ["saved"]
    monkeypatch.setattr(backups, "client", client)
    back_up(filled, target, replace=True)
    assert [path.name for path in target.parent.iterdir()] == ["saved"]


def test_the_commands_answer_with_what_they_did(filled: Embedded, tmp_path: Path) -> None:
    environment = {"CANBO_HOME": str(filled.home), "DATABASE_URL": ""}
    file = str(tmp_path / "saved")
    saved = CliRunner().invoke(db, ["backup", file, "--json"], env=environment)
    assert json.loads(saved.stdout) == {"file": file, "bytes": Path(file).stat().st_size, "tables": 1}
    restored = CliRunner().invoke(db, ["restore", file, "--json"], env=environment)
    assert json.loads(restored.stdout) == {"file": file, "database": "canbo", "tables": 1, "kept": None}
    assert CliRunner().invoke(db, ["restore", file], env=environment).stdout == f"1 tables were restored from {file}.\n"

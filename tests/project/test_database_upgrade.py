"""Carrying the embedded database to another major version, and back out of it when anything goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from canbo.project.commands.db import db
from canbo.project.database import upgrade as upgrades
from canbo.project.database.embedded import Embedded
from canbo.project.database.home import place_database, write_private
from canbo.project.database.problems import DatabaseProblem
from canbo.project.database.upgrade import upgrade
from tests.project.clusters import ask, fill, needs_older, older_binaries


def live_in(database: Embedded) -> str:
    """What an administrator may have made: data, a role of his own with a right, another database."""
    found = database.ensure_running()
    fill(found.owner, rows=300)
    ask(
        found.owner,
        "CREATE TABLE seat (id int GENERATED ALWAYS AS IDENTITY, valid daterange, EXCLUDE USING gist (valid WITH &&))",
    )
    ask(found.owner, "INSERT INTO seat (valid) VALUES ('[2025-07-01,)')")
    ask(str(found.superuser), "CREATE ROLE press LOGIN PASSWORD 'word'")
    ask(found.owner, "GRANT SELECT ON note TO press; GRANT CONNECT ON DATABASE canbo TO press")
    ask(found.owner, 'CREATE DATABASE "Second one"')
    return found.app


def check_all_is_there(database: Embedded) -> None:
    found = database.ensure_running()
    assert ask(found.app, "SELECT count(*) FROM note WHERE words LIKE 'Đặng %%'") == 300
    assert ask(found.app, "SELECT has_table_privilege('press', 'note', 'SELECT')")
    assert ask(found.app, "INSERT INTO seat (valid) VALUES ('[2020-01-01,2021-01-01)') RETURNING id") == 2
    with pytest.raises(psycopg.errors.ExclusionViolation):
        ask(found.app, "INSERT INTO seat (valid) VALUES ('[2026-01-01,2027-01-01)')")
    assert ask(found.owner.replace("/canbo?", "/Second%20one?"), "SELECT current_database()") == "Second one"
    ask(found.owner, "CREATE TABLE later (id int)")
    ask(found.app, "INSERT INTO later VALUES (1)")


@needs_older
def test_an_older_major_version_is_carried_over_with_all_roles_databases_and_rows(home: Path, database: Embedded) -> None:
    binaries = older_binaries()
    assert binaries is not None
    before = Embedded(home, binaries=binaries)
    live_in(before)
    before.stop()
    with pytest.raises(DatabaseProblem, match=f"PostgreSQL {binaries.major} .*canbo db upgrade"):
        database.ensure_running()
    done = upgrade(database)
    assert (done.old, done.new.partition(".")[0], done.databases, done.rows) == (binaries.version, "18", 2, 301)
    check_all_is_there(database)
    assert ask(database.ensure_running().app, "SHOW server_version").startswith("18.")
    assert (Path(done.old_data) / "PG_VERSION").read_text().strip() == str(binaries.major)
    with pytest.raises(DatabaseProblem, match="nothing to upgrade"):
        upgrade(database)


def test_a_cluster_can_be_written_anew_in_the_same_version(database: Embedded) -> None:
    app = live_in(database)
    first = Path(str(database.status().data))
    environment = {"CANBO_HOME": str(database.home), "DATABASE_URL": ""}
    refused = CliRunner().invoke(db, ["upgrade"], env=environment)
    assert (refused.exit_code, "nothing to upgrade" in refused.stderr) == (1, True)
    answered = CliRunner().invoke(db, ["upgrade", "--rebuild", "--json"], env=environment)
    done = json.loads(answered.stdout)
    assert (done["databases"], done["rows"], done["old_data"]) == (2, 301, str(first))
    check_all_is_there(database)
    assert database.ensure_running().app == app
    assert Path(str(database.status().data)) != first and first.is_dir()


def test_a_difference_found_at_the_end_leaves_the_old_database_in_use(
    database: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_in(database)
    first = database.status().data
    fill_ = upgrades.fill

    def losing(given: Embedded, url: str, file: Path, *, owned: bool) -> None:
        fill_(given, url, file, owned=owned)
        if "/canbo?" in url:
            ask(url, "DELETE FROM note WHERE id = 7")

    monkeypatch.setattr(upgrades, "fill", losing)
    with pytest.raises(DatabaseProblem, match="note.* would hold 299 instead of 300: the old database stays in use"):
        upgrade(database, rebuild=True)
    database.ensure_running()
    assert database.status().data == first
    check_all_is_there(database)
    assert [path.name for path in (place_database(database.home).place / "clusters").iterdir()] == [Path(str(first)).name]


def test_an_upgrade_that_was_killed_is_cleared_away_by_the_next(database: Embedded) -> None:
    live_in(database)
    placement = place_database(database.home)
    passwords = json.loads((database.home / "secrets.json").read_text())
    with database.alone():  # what is there when it dies with the new server running, before the decision
        left = database.new_cluster(placement, passwords)
        write_private(placement.place / "upgrade.json", {"new": left.data.name})
        left.start()
    upgrade(database, rebuild=True)
    assert left.postmaster() is None and not left.data.exists()
    check_all_is_there(database)


def test_programs_of_the_wrong_version_are_refused(database: Embedded, tmp_path: Path) -> None:
    database.ensure_running()
    database.stop()
    version = Path(str(database.status().data)) / "PG_VERSION"
    version.write_text("11\n")
    with pytest.raises(DatabaseProblem, match="install postgresql-11, or .*--old-binaries"):
        upgrade(database)
    with pytest.raises(DatabaseProblem, match="of PostgreSQL 11, but .* holds PostgreSQL 18"):
        upgrade(database, old_binaries=database.binaries(place_database(database.home)))
    answered = CliRunner().invoke(db, ["upgrade", "--old-binaries", str(tmp_path)], env={"CANBO_HOME": str(database.home)})
    assert answered.exit_code == 1 and f"{tmp_path} holds no PostgreSQL" in answered.stderr
    version.write_text("18\n")

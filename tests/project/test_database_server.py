"""A server that others run, named in DATABASE_URL: used if it will do, refused in one sentence if not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from canbo.project.database import provider as providers
from canbo.project.database.backup import back_up, restore
from canbo.project.database.embedded import Embedded
from canbo.project.database.problems import DatabaseProblem
from canbo.project.database.server import External
from tests.project.clusters import ask, fill, needs_older, older_binaries


class Server:
    """A server with an empty database `staff` owned by `staff_owner`, who may make roles only if told so."""

    def __init__(self, running: Embedded) -> None:
        self.superuser = str(running.ensure_running().superuser)
        self.place = self.superuser.partition("@")[2].partition("/")[0]
        self.make("DROP DATABASE IF EXISTS staff WITH (FORCE)")
        for role in ("canbo_app_before_test",):
            self.make(f"DROP ROLE IF EXISTS {role}")

    def make(self, statement: str) -> None:
        with psycopg.connect(self.superuser, dbname="postgres", autocommit=True) as server:
            server.execute(statement)

    def url(self, role: str, database: str = "staff") -> str:
        return f"postgresql://{role}:word@{self.place}/{database}"


@pytest.fixture
def server(standing: Embedded) -> Iterator[Server]:
    made = Server(standing)
    for role, more in (("staff_owner", "CREATEDB"), ("staff_app", "")):
        made.make(f"CREATE ROLE {role} LOGIN PASSWORD 'word' {more}")
    made.make("ALTER ROLE canbo_app RENAME TO canbo_app_of_the_embedded")  # a server that never saw canbo
    made.make("CREATE DATABASE staff OWNER staff_owner TEMPLATE template0")
    yield made
    made.make("DROP DATABASE IF EXISTS staff WITH (FORCE)")
    for role in ("canbo_app", "staff_app", "staff_owner"):
        made.make(f"DROP ROLE IF EXISTS {role}")
    made.make("ALTER ROLE canbo_app_of_the_embedded RENAME TO canbo_app")


def external(server: Server, home: Path, *, app: str | None = "staff_app", owner: str = "staff_owner") -> External:
    return External(server.url(owner), app_url=server.url(app) if app else None, home=home)


def test_the_environment_decides_between_a_server_and_the_embedded_database(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANBO_HOME", str(home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert providers.provider().kind == "embedded"
    monkeypatch.setenv("DATABASE_URL", server.url("staff_owner"))
    monkeypatch.setenv("DATABASE_APP_URL", server.url("staff_app"))
    assert providers.provider().kind == "external"
    assert providers.urls() == {"owner": server.url("staff_owner"), "app": server.url("staff_app"), "superuser": None}


def test_the_owner_prepares_the_database_without_a_superuser(server: Server, home: Path) -> None:
    for _time in range(2):
        found = external(server, home).ensure_running()
    assert ask(found.app, "SELECT unaccent('Huệ')") == "Hue"
    fill(found.owner, rows=2)
    assert ask(found.app, "UPDATE note SET words = 'x' WHERE id = 1 RETURNING words") == "x"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(found.app, "DROP TABLE note")


def test_status_names_the_server_and_stopping_is_left_to_those_who_run_it(server: Server, home: Path) -> None:
    made = external(server, home)
    status = made.status()
    assert (status.kind, status.state, status.database) == ("external", "running", "staff")
    assert f"{status.host}:{status.port}" == server.place
    with pytest.raises(DatabaseProblem, match=f"{server.place}/staff"):
        made.stop()


def test_an_application_role_is_made_if_the_owner_may_and_kept(server: Server, home: Path) -> None:
    with pytest.raises(DatabaseProblem, match="staff_owner may not make.*DATABASE_APP_URL"):
        external(server, home, app=None).ensure_running()
    server.make("ALTER ROLE staff_owner CREATEROLE")
    first = external(server, home, app=None).ensure_running()
    assert ask(first.app, "SELECT current_user") == "canbo_app"
    assert external(server, home, app=None).ensure_running() == first
    with pytest.raises(DatabaseProblem, match="canbo_app exists.*DATABASE_APP_URL"):
        external(server, home / "another", app=None).ensure_running()


@pytest.mark.parametrize("power", ["SUPERUSER", "BYPASSRLS", "CREATEROLE", None])
def test_an_application_role_that_could_rewrite_the_journal_is_refused(server: Server, home: Path, power: str | None) -> None:
    if power:
        server.make(f"ALTER ROLE staff_app {power}")
    with pytest.raises(DatabaseProblem, match="could rewrite the journal"):
        external(server, home, app="staff_app" if power else "staff_owner").ensure_running()


def test_an_address_that_leads_nowhere_is_explained(server: Server, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    for url, words in (
        (f"postgresql://a:b@127.0.0.1:{free}/staff", "127.0.0.1:.* nothing listens there"),
        (server.url("staff_owner").replace(":word@", ":wrong@"), "refuses the user or the password"),
        (server.url("staff_owner", "missing"), "no such database"),
        ("postgresql://a:b@no-such-host.invalid/staff", "host is not known"),
    ):
        with pytest.raises(DatabaseProblem, match=words) as problem:
            External(url, app_url=None, home=home).ensure_running()
        assert "word@" not in str(problem.value) and "wrong" not in str(problem.value)
    for url in ("mysql://a@b/c", "postgresql://host", "nonsense", "postgresql://host:port/x"):
        with pytest.raises(DatabaseProblem, match="DATABASE_URL is no address of a database"):
            External(url, app_url=None, home=home)


@needs_older
def test_a_server_that_is_too_old_is_refused_with_its_version(database: Embedded, home: Path) -> None:
    binaries = older_binaries()
    assert binaries is not None
    found = Embedded(home, binaries=binaries).ensure_running()
    with pytest.raises(DatabaseProblem, match=f"is PostgreSQL {binaries.version}; canbo needs 18 or newer"):
        External(found.owner.partition("?")[0], app_url=None, home=home / "other").ensure_running()


def test_an_extension_that_the_owner_may_not_make_is_named(server: Server, home: Path) -> None:
    server.make("REVOKE CREATE ON DATABASE staff FROM staff_owner")
    server.make("CREATE ROLE staff_lord")
    server.make("ALTER DATABASE staff OWNER TO staff_lord")
    try:
        with pytest.raises(DatabaseProblem, match="extension btree_gist cannot be made by staff_owner"):
            external(server, home).ensure_running()
    finally:
        server.make("ALTER DATABASE staff OWNER TO staff_owner")
        server.make("DROP ROLE staff_lord")


def test_the_owner_backs_up_and_restores_without_a_superuser(server: Server, home: Path, tmp_path: Path) -> None:
    made = external(server, home)
    found = made.ensure_running()
    fill(found.owner, rows=20)
    assert back_up(made, tmp_path / "saved").tables == 1
    ask(found.owner, "DELETE FROM note")
    assert restore(made, tmp_path / "saved").database == "staff"
    assert ask(found.app, "SELECT count(*) FROM note") == 20

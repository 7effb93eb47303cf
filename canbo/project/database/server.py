"""An ordinary PostgreSQL server, named in DATABASE_URL by the address of the role that owns the database."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from canbo.project.database.binaries import SYSTEM_FOLDERS, Binaries, kept_copy
from canbo.project.database.contract import APP, Connection, Status
from canbo.project.database.home import make_home, read_state, write_private
from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.processes import only_one
from canbo.project.database.roles import Opened, first_line, has_role, prepare_as_owner

OLDEST = 18  # temporal keys (WITHOUT OVERLAPS, PERIOD) came with PostgreSQL 18


class External:
    """A server that others run. Nothing is started or stopped; the database and its owner must exist."""

    kind = "external"

    def __init__(self, url: str, *, app_url: str | None, home: Path) -> None:
        self.url = url
        self.app_url = app_url
        self.home = home
        self._found: Connection | None = None
        _check_form(url, "DATABASE_URL")
        if app_url:
            _check_form(app_url, "DATABASE_APP_URL")

    def ensure_running(self) -> Connection:
        if self._found is None:
            with _reached(self.url, "DATABASE_URL") as owner:
                _check_version(owner)
                with _locked(self.home):
                    app = self.app_url or self._app_url(owner)
            name = self._check_app(app)
            prepare_as_owner(self.url, app=name)
            self._found = Connection(owner=self.url, app=app)
        return self._found

    def stop(self, *, now: bool = False) -> bool:
        raise DatabaseProblem(
            _("The database is the server of DATABASE_URL ({place}): it is stopped by whoever runs that server.").format(
                place=self._place()
            )
        )

    def remove(self) -> None:
        (self.home / "external.json").unlink(missing_ok=True)

    def status(self) -> Status:
        with _reached(self.url, "DATABASE_URL") as owner:
            row = owner.execute("SELECT pg_database_size(current_database())").fetchone()
            return Status(
                kind=self.kind,
                state="running",
                version=_version_of(owner),
                host=owner.info.host,
                port=owner.info.port,
                database=owner.info.dbname,
                size=row[0] if row else None,
            )

    def bin(self, name: str) -> Path:
        """A client at least as new as the server, and able to encrypt: the wheel's programs are built without TLS."""
        with _reached(self.url, "DATABASE_URL") as owner:
            major, encrypted = owner.info.server_version // 10000, owner.pgconn.ssl_in_use
        for found in self._clients(name, encrypted=encrypted):
            if found.major >= major:
                return found.path(name)
        raise DatabaseProblem(
            _(
                "The server is PostgreSQL {major}{encrypted} and no {name} on this machine fits it: "
                "install postgresql-client-{major}."
            ).format(major=major, name=name, encrypted=_(" with an encrypted connection") if encrypted else "")
        )

    def storage(self) -> Path | None:
        return None

    def keep_running(self, until: threading.Event, *, every: float = 1.0) -> None:
        until.wait()

    # --- inside -----------------------------------------------------------------------------------------------

    def _clients(self, name: str, *, encrypted: bool) -> list[Binaries]:
        folders = [Path(path).parent for path in [shutil.which(name)] if path]
        folders += [folder for base in SYSTEM_FOLDERS for folder in sorted(base.glob("*/bin"), reverse=True)]
        system = [Binaries.of_client(folder, name) for folder in folders if (folder / name).exists()]
        if encrypted:
            return system
        make_home(self.home)
        return [*system, kept_copy(self.home / "binaries")]

    def _app_url(self, owner: Opened) -> str:
        """The application role's address: kept from before, or a role made now if the owner may make one."""
        kept = read_state(self.home / "external.json") or {}
        if kept.get("server") == self._place() and isinstance(kept.get("app"), str):
            return str(kept["app"])
        parts = urlsplit(self.url)
        password = secrets.token_urlsafe(32)
        if has_role(owner, APP):
            raise DatabaseProblem(
                _(
                    "The role {role} exists on the server, and its password is not known here: "
                    "put its address into DATABASE_APP_URL."
                ).format(role=APP)
            )
        try:
            owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(APP), sql.Literal(password)))
        except psycopg.errors.InsufficientPrivilege:
            raise DatabaseProblem(
                _(
                    "The application needs a role of its own, which {owner} may not make: have the server's administrator "
                    "run CREATE ROLE {role} LOGIN PASSWORD '...', and put its address into DATABASE_APP_URL."
                ).format(owner=owner.info.user, role=APP)
            ) from None
        app = urlunsplit(parts._replace(netloc=f"{APP}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"))
        write_private(self.home / "external.json", {"server": self._place(), "app": app})
        return app

    def _check_app(self, url: str) -> str:
        """The name of the application role. Raises DatabaseProblem if it is one that no grant could hold back."""
        with _reached(url, "DATABASE_APP_URL") as app:
            row = app.execute("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
            found = row.fetchone()
            name = app.info.user
        if (found and found[0]) or name == conninfo_to_dict(self.url).get("user"):
            raise DatabaseProblem(
                _(
                    "The application role {role} could rewrite the journal: DATABASE_APP_URL must name a role that is "
                    "not the owner and has none of SUPERUSER, BYPASSRLS, CREATEROLE."
                ).format(role=name)
            )
        return name

    def _place(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.hostname or ''}:{parts.port or 5432}{parts.path}"


def _locked(home: Path) -> AbstractContextManager[None]:
    make_home(home)
    return only_one(home / "database.lock", wait=60)


def _check_form(url: str, name: str) -> None:
    try:
        parts = conninfo_to_dict(url)
        urlsplit(url).port  # noqa: B018 (raises ValueError for what is no number)
    except (psycopg.ProgrammingError, ValueError):
        parts = {}
    if not url.startswith(("postgresql://", "postgres://")) or not parts.get("dbname"):
        raise DatabaseProblem(
            _("{name} is no address of a database: it must look like postgresql://user:password@host:5432/canbo.").format(
                name=name
            )
        )


def _reached(url: str, name: str) -> Opened:
    """A connection to the server; its failure as a sentence that names the variable, the place and the cause."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=int(os.environ.get("PGCONNECT_TIMEOUT", "10")))
    except psycopg.OperationalError as error:
        parts = urlsplit(url)
        raise DatabaseProblem(
            _("The database of {name} at {host}:{port} cannot be reached: {reason}").format(
                name=name, host=parts.hostname or "localhost", port=parts.port or 5432, reason=_reason(error)
            )
        ) from error


def _reason(error: psycopg.OperationalError) -> str:
    said = str(error)
    if "password authentication failed" in said or "no password supplied" in said:
        return _("the server refuses the user or the password in it.")
    if "does not exist" in said and "database" in said:
        return _("the server has no such database: make it with CREATE DATABASE, owned by the role in the address.")
    if "Connection refused" in said:
        return _("nothing listens there: start the server, or correct the host and port.")
    if "timeout" in said:
        return _("it does not answer: check the host, and the firewall between.")
    if "resolve" in said or "Name or service" in said:
        return _("the name of the host is not known: correct it.")
    return first_line(error)


def _check_version(owner: Opened) -> None:
    if owner.info.server_version < OLDEST * 10000:
        raise DatabaseProblem(
            _(
                "The server of DATABASE_URL is PostgreSQL {found}; canbo needs {oldest} or newer: upgrade it, or name another."
            ).format(found=_version_of(owner), oldest=OLDEST)
        )


def _version_of(owner: Opened) -> str:
    return str(owner.info.parameter_status("server_version") or owner.info.server_version).split()[0]

"""Save the whole database into one file, and bring it back: whole or not at all, in both directions."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from canbo.project.database.contract import Connection, Provider, without_password
from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.roles import (
    Opened,
    exists,
    first_line,
    opened,
    prepare_as_owner,
    prepare_database,
)
from canbo.project.database.space import require_free_space

TRIES = 5  # at the moment of exchange: a client may slip in between being disconnected and being locked out
GROWTH = 6  # a database is about so many times as large as its compressed backup


@dataclass(frozen=True)
class Backup:
    """A backup file: its size in bytes, and the number of tables it holds."""

    file: str
    bytes: int
    tables: int


@dataclass(frozen=True)
class Restored:
    """What a restore did; `kept` is the name of the database that was replaced, if it was kept."""

    file: str
    database: str
    tables: int
    kept: str | None


def stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}"


# --- out --------------------------------------------------------------------------------------------------------


def back_up(database: Provider, file: Path, *, replace: bool = False) -> Backup:
    """Write a backup to `file`: under another name until it is complete, listed and on the disk."""
    file = file.absolute()
    if file.is_dir() or not file.parent.is_dir():
        raise DatabaseProblem(_("{file} is no name for a file in an existing folder: name one.").format(file=file))
    if file.exists() and not replace:
        raise DatabaseProblem(_("{file} exists: name another file, or add --replace.").format(file=file))
    found = database.ensure_running()
    making = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        os.close(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        dump(database, found.superuser or found.owner, making)
        tables = len(tables_in(database, making))
        making.replace(file)
        _write_through(file.parent)
    except OSError as error:
        raise DatabaseProblem(
            _("The backup cannot be written to {file} ({reason}): name a file elsewhere.").format(
                file=file, reason=error.strerror
            )
        ) from error
    finally:
        making.unlink(missing_ok=True)
    return Backup(file=str(file), bytes=file.stat().st_size, tables=tables)


def dump(database: Provider, url: str, file: Path) -> None:
    """Write the database at `url` to `file` in pg_dump's own format, down to the disk."""
    done = client(database, "pg_dump", "-Fc", "--compress=gzip:3", "--no-password", "-f", str(file), url=url)
    if done.returncode != 0:
        raise DatabaseProblem(_("The backup failed and nothing was kept: {reason}").format(reason=said_by(done)))
    _write_through(file)


def tables_in(database: Provider, file: Path) -> set[str]:
    """The tables (`schema.name`) that a backup holds. Raises DatabaseProblem if it cannot be listed."""
    listed = client(database, "pg_restore", "--list", str(file))
    if listed.returncode != 0:
        raise DatabaseProblem(
            _("{file} is damaged or no backup made by `canbo db backup` ({reason}): name another file.").format(
                file=file, reason=said_by(listed)
            )
        )
    # "231; 1259 16412 TABLE public registry_post canbo_owner"
    rows = [line.split() for line in listed.stdout.splitlines() if not line.startswith(";")]
    return {f"{row[4]}.{' '.join(row[5:-1])}" for row in rows if len(row) > 6 and row[3] == "TABLE" and row[4] != "DATA"}


# --- in ---------------------------------------------------------------------------------------------------------


def restore(database: Provider, file: Path, *, disconnect: bool = False, keep: bool = False) -> Restored:
    """Fill a new database from `file`, and put it in the place of the present one in one transaction.

    Others at work are refused, or, with `disconnect`, cut off at the last moment. The replaced database stands beside
    the new one until all is done; `keep` leaves it there.
    """
    file = file.absolute()
    if not file.is_file():
        raise DatabaseProblem(_("There is no file {file}: name one made by `canbo db backup`.").format(file=file))
    found = database.ensure_running()
    tables = tables_in(database, file)
    require_free_space(needed=GROWTH * file.stat().st_size)
    name = str(conninfo_to_dict(found.owner)["dbname"])
    now = stamp()
    new, old = f"{name}_restoring_{now}".lower(), f"{name}_before_{now}".lower()
    with _server(found) as server:
        if not disconnect:
            _refuse_others(server, name)
        _clear_leftovers(server, name)
        try:
            _fill(database, found, server, new=new, file=file, tables=tables)
            _exchange(server, name=name, new=new, old=old, disconnect=disconnect)
        except (DatabaseProblem, psycopg.Error, KeyboardInterrupt) as error:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(new)))
            if isinstance(error, psycopg.Error):
                raise DatabaseProblem(_("Nothing was restored: {reason}").format(reason=first_line(error))) from error
            raise
        kept = old if exists(server, old) else None
        if kept and not keep:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
            kept = None
    return Restored(file=str(file), database=name, tables=len(tables), kept=kept)


def _server(found: Connection) -> psycopg.Connection[tuple[object, ...]]:
    """A connection beside the database that is to be replaced, as whoever may make and rename databases."""
    try:
        return psycopg.connect(found.superuser or found.owner, dbname="postgres", autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise DatabaseProblem(
            _("The owner must be able to enter the database postgres to restore ({reason}).").format(reason=first_line(error))
        ) from error


def fill(database: Provider, url: str, file: Path, *, owned: bool) -> None:
    """Read a backup into the empty database at `url`; `owned` keeps the owners written in it."""
    options = ["--exit-on-error", "--no-password", f"--jobs={min(os.cpu_count() or 1, 4)}"]
    done = client(database, "pg_restore", *options, *([] if owned else ["--no-owner"]), "-d", url=url, last=str(file))
    if done.returncode != 0:
        raise DatabaseProblem(
            _("{file} could not be read in: {reason} Nothing was changed.").format(file=file, reason=said_by(done))
        )


def _fill(database: Provider, found: Connection, server: Opened, *, new: str, file: Path, tables: set[str]) -> None:
    owner = sql.Identifier(str(conninfo_to_dict(found.owner)["user"]))
    server.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(sql.Identifier(new), owner))
    url = _of_database(found.superuser or found.owner, new)
    fill(database, url, file, owned=found.superuser is not None)
    if found.superuser:
        prepare_database(found.superuser, new)
    else:
        prepare_as_owner(url, app=str(conninfo_to_dict(found.app)["user"]))
    with opened(url) as there:
        there.execute("ANALYZE")
        have = {f"{row[0]}.{row[1]}" for row in there.execute("SELECT schemaname, tablename FROM pg_tables")}
    if missing := sorted(tables - have):
        raise DatabaseProblem(
            _("{file} did not bring back the tables {tables}: nothing was changed.").format(file=file, tables=", ".join(missing))
        )


def _exchange(server: Opened, *, name: str, new: str, old: str, disconnect: bool) -> None:
    """Both renames in one transaction: at every moment there is one database of this name, the old or the new."""
    for attempt in range(TRIES):
        try:
            if disconnect:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
                    [name],
                )
            with server.transaction():
                if exists(server, name):
                    _rename(server, name, old)
                _rename(server, new, name)
            return
        except psycopg.errors.ObjectInUse:
            if not disconnect or attempt == TRIES - 1:
                _refuse_others(server, name)
                raise


def _rename(server: Opened, name: str, to: str) -> None:
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to)))


def _refuse_others(server: Opened, name: str) -> None:
    asked = server.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'", [name]
    ).fetchone()
    if asked and asked[0]:
        raise DatabaseProblem(
            _(
                "{count} other connections are at work in the database: end the programs that hold them, "
                "or cut them off with --disconnect; nothing was changed."
            ).format(count=asked[0])
        )


def _clear_leftovers(server: Opened, name: str) -> None:
    """Drop what a restore that was killed left half filled."""
    pattern = f"^{name}_restoring_\\d{{8}}t\\d{{6}}$"
    for (left,) in server.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern]).fetchall():
        try:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(left)))
        except psycopg.errors.ObjectInUse:  # another restore is filling it at this moment
            continue


# --- programs ---------------------------------------------------------------------------------------------------


def client(
    database: Provider, name: str, *arguments: str, url: str | None = None, last: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a client program upon `url`, the password in its environment and not on its command line."""
    shown, environment = without_password(url) if url else (None, dict(os.environ))
    command = [str(database.bin(name)), *arguments, *([shown] if shown else []), *([last] if last else [])]
    return subprocess.run(command, check=False, capture_output=True, text=True, env={**environment, "LC_ALL": "C"})


def said_by(done: subprocess.CompletedProcess[str]) -> str:
    """The first complaint of a client program, without its name."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[0].partition("error: ")[2] or lines[0] if lines else f"exit code {done.returncode}"


def _of_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def _write_through(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

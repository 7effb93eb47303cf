"""Two roles and one database: the owner for migrations, the application role that owns nothing.

What the application role may do with each table is granted here once, as a default for all tables that the owner will
make; the migrations take away again what it must not do (alter or delete the journal).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from canbo.project.database.contract import APP, DATABASE, OWNER
from canbo.project.database.problems import DatabaseProblem, _

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")

Opened = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def opened(url: str, **more: Any) -> Iterator[Opened]:
    """A connection in which each statement is its own transaction."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10, **more) as connection:
        yield connection


def prepare_cluster(superuser: str, passwords: dict[str, str]) -> None:
    """Make, or mend, the roles, the database and its extensions on a server of our own. Running it twice is harmless.

    `superuser` is the superuser's address of the database `postgres`. The template gets the same extensions and
    defaults, so that databases made for tests have them too; only there does the owner need to make databases.
    """
    with opened(superuser) as server:
        _set_role(server, OWNER, passwords["owner"], "CREATEDB")
        _set_role(server, APP, passwords["app"], "NOCREATEDB")
        if not exists(server, DATABASE):
            server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
    for database in ("template1", DATABASE):
        prepare_database(superuser, database)


def prepare_database(superuser: str, database: str) -> None:
    """Give one database its extensions, and the application role its rights there."""
    with opened(superuser, dbname=database) as there:
        for extension in EXTENSIONS:
            there.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        _grant_defaults(there, owner=OWNER, app=APP)
        if database != "template1":
            _grant_entry(there, database=database, app=APP)
        # for `registry_carry_over`, which asks of millions of rows in one question what triggers ask of each
        there.execute(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(sql.Identifier(OWNER)))


def prepare_as_owner(owner: str, *, app: str) -> None:
    """The same on a server not ours, as far as the owner's role may go. Raises DatabaseProblem naming what is missing.

    `owner` is the owner's address, `app` the name of the application role.
    """
    with opened(owner) as there:
        have = {row[0] for row in there.execute("SELECT extname FROM pg_extension")}
        for extension in EXTENSIONS:
            if extension not in have:
                _make_extension(there, extension)
        name, database = there.info.user, there.info.dbname
        _grant_defaults(there, owner=name, app=app)
        _grant_entry(there, database=database, app=app)


def exists(server: Opened, database: str) -> bool:
    return server.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def has_role(server: Opened, name: str) -> bool:
    return server.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None


def _set_role(server: Opened, name: str, password: str, may_create: str) -> None:
    """Make the role, or bring it back to what it must be, whatever was changed by hand."""
    made = has_role(server, name)
    server.execute(
        sql.SQL("{} ROLE {} WITH LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS {} PASSWORD {}").format(
            sql.SQL("ALTER" if made else "CREATE"),
            sql.Identifier(name),
            sql.SQL(may_create),
            sql.Literal(password),
        )
    )


def _make_extension(there: Opened, extension: str) -> None:
    try:
        there.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    except psycopg.Error as error:
        raise DatabaseProblem(
            _(
                "The extension {extension} cannot be made by {role} ({reason}): "
                "ask the server's administrator to run CREATE EXTENSION {extension} in the database {database}."
            ).format(
                extension=extension,
                role=there.info.user,
                reason=first_line(error),
                database=there.info.dbname,
            )
        ) from error


def _grant_defaults(there: Opened, *, owner: str, app: str) -> None:
    for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE ON SEQUENCES"):
        there.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT {} TO {}").format(
                sql.Identifier(owner), sql.SQL(rights), sql.Identifier(app)
            )
        )


def _grant_entry(there: Opened, *, database: str, app: str) -> None:
    named = sql.Identifier(database)
    there.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(named))
    there.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(named, sql.Identifier(app)))


def first_line(error: BaseException) -> str:
    """What the server said, without the lines that only a programmer reads."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__

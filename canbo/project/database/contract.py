"""What the rest of canbo may ask of its database, wherever that database comes from."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

DATABASE = "canbo"
OWNER = "canbo_owner"
APP = "canbo_app"
SETUP = 2  # raise it when roles.py changes: every embedded cluster is then prepared once more at its next start


@dataclass(frozen=True)
class Connection:
    """Addresses (`postgresql://...`, passwords inside) for each role; `superuser` is None on a server not ours."""

    owner: str
    app: str
    superuser: str | None = None


@dataclass(frozen=True)
class Status:
    """What there is to say of a database. `state`: running, stopped, or not made yet; sizes in bytes."""

    kind: str
    state: str
    version: str | None = None
    host: str | None = None
    port: int | None = None
    database: str | None = None
    pid: int | None = None
    data: str | None = None
    logs: str | None = None
    size: int | None = None
    free: int | None = None


class Provider(Protocol):
    """Where the database comes from. Every method raises DatabaseProblem, with one sentence for the reader."""

    kind: str

    def ensure_running(self) -> Connection:
        """Start the database if it is not running, make roles and database at the first time, and say where it is."""
        ...

    def stop(self, *, now: bool = False) -> bool:
        """Stop it; False if it was not running. `now` does not wait for the clients to finish."""
        ...

    def remove(self) -> None:
        """Delete what `ensure_running` made on this machine, data included: for the databases of tests and trials."""
        ...

    def status(self) -> Status: ...

    def bin(self, name: str) -> Path:
        """The client program `name` (psql, pg_dump, pg_restore ...) that fits the server."""
        ...

    def storage(self) -> Path | None:
        """A folder on the disk that the data fills; None if that disk is another machine's."""
        ...

    def keep_running(self, until: threading.Event, *, every: float = 1.0) -> None:
        """Start it again whenever it has died, looking each `every` seconds, until `until` is set."""
        ...


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """Take the password out of `url`, for a command line that others can see, and hand it over in the environment."""
    parts = urlsplit(url)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    if parts.password is None:
        return url, environment
    place = parts.netloc.rpartition("@")[2]
    user = parts.netloc.partition(":")[0]
    environment["PGPASSWORD"] = unquote(parts.password)
    return urlunsplit(parts._replace(netloc=f"{user}@{place}")), environment

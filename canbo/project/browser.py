"""`python -m canbo.project.browser`: see to it that the browser tests can run, or say in one line that they cannot.

As root with apt, Debian's chromium is installed; else what is there is used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """Path of a chromium, or None. CANBO_CHROMIUM names another."""
    return os.environ.get("CANBO_CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Install Debian's chromium where this account may."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def main() -> int:
    if found() is None:
        install()
    if found() is not None:
        return 0
    sys.stderr.write("No chromium was found and none could be installed here: the browser tests will not run.\n")
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())

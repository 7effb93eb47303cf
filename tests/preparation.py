"""`python -m tests.preparation FOLDER`: a state folder with tables, lists and static files, for all parts of the suite to copy.

Making a register takes half a minute of a processor, copying one a second. The folder is left stopped.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

MARK = "prepared"


def prepare(home: Path) -> None:
    """Make the register in `home`, which is empty. Needs no service."""
    os.environ["CANBO_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
    os.environ.update(CANBO_DEBUG="0", CANBO_LANG="en")
    import django

    django.setup()
    fill()
    from django.db import connections

    from canbo.project.database.provider import provider

    connections.close_all()
    provider().stop()
    (home / MARK).touch()


def fill() -> None:
    """The tables, static files, and the lists of the rulebook, in the register that is open."""
    from django.conf import settings
    from django.core.management import call_command

    from canbo.registry import intake

    call_command("migrate", database="owner", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    intake.lists(settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK)


def copied(prepared: Path, home: Path) -> bool:
    """Copy what was prepared to `home`; False, and nothing there, where its database lies elsewhere (see database/home.py)."""
    if not (prepared / MARK).is_file() or not (prepared / "postgres").is_dir():
        return False
    shutil.copytree(prepared, home, symlinks=True, dirs_exist_ok=True)
    if os.geteuid() == 0:  # the database belongs to an account without privileges
        for place in prepared.rglob("*"):
            owner = place.lstat()
            os.chown(home / place.relative_to(prepared), owner.st_uid, owner.st_gid, follow_symlinks=False)
    return True


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))

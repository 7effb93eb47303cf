"""The passwords of the embedded database: made once, kept in the state folder, readable by its owner only."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from canbo.project.database.home import read_state, write_private
from canbo.project.database.problems import DatabaseProblem, _

ROLES = ("owner", "app", "superuser")


def read_passwords(home: Path) -> dict[str, str] | None:
    """The password of each role; None if there is no file. Raises DatabaseProblem for a damaged one."""
    path = home / "secrets.json"
    if not path.exists():
        return None
    found = read_state(path)
    if found is None or not all(isinstance(found.get(role), str) and found[role] for role in ROLES):
        raise DatabaseProblem(
            _(
                "{path} is damaged or cannot be read: bring it back from a backup, "
                "or give the database new passwords with `canbo db start --new-passwords`."
            ).format(path=path)
        )
    return {role: found[role] for role in ROLES}


def make_passwords(home: Path) -> dict[str, str]:
    """Make new passwords and keep them, in place of any old ones."""
    made = {role: secrets.token_urlsafe(32) for role in ROLES}
    write_private(home / "secrets.json", made)
    return made


def fingerprint(passwords: dict[str, str]) -> str:
    """Tells one set of passwords from another without giving any away: they are too long to be guessed."""
    return hashlib.sha256("\n".join(passwords[role] for role in ROLES).encode()).hexdigest()[:16]

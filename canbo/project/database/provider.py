"""The door of this room: which database, and is it running?

An ordinary server if DATABASE_URL names one, else the embedded one in the state folder.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from canbo.project.database.contract import Connection, Provider, Status
from canbo.project.database.home import state_home
from canbo.project.database.problems import DatabaseProblem, _

__all__ = ["Connection", "DatabaseProblem", "Provider", "Status", "provider", "state_home", "urls"]


def provider() -> Provider:
    """The database of this place and environment."""
    return _provider(state_home(), os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_APP_URL"))


def urls() -> dict[str, str | None]:
    """The addresses of the running database by role: owner, app, and superuser where there is one of ours."""
    found = provider().ensure_running()
    return {"owner": found.owner, "app": found.app, "superuser": found.superuser}


@lru_cache(maxsize=8)
def _provider(home: Path, url: str | None, app_url: str | None) -> Provider:
    if url:
        from canbo.project.database.server import External

        return External(url, app_url=app_url or None, home=home)
    if os.name != "posix":
        raise DatabaseProblem(
            _("The embedded database does not run on this system: name a PostgreSQL 18 server in DATABASE_URL.")
        )
    from canbo.project.database.embedded import Embedded

    return Embedded(home)

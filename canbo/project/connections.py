"""From a connection address to what Django wants."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict


def as_django(url: str) -> dict[str, Any]:
    """A `postgresql://` address as an entry of DATABASES.

    Raises ValueError, naming what is missing, for an address without a database name.
    """
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    if not parts.get("dbname"):
        shown = urlsplit(url)
        raise ValueError(f"The address of the database names no database: {shown.scheme}://{shown.hostname}{shown.path}")
    taken = {"dbname", "user", "password", "host", "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "OPTIONS": {key: value for key, value in parts.items() if key not in taken},
    }

"""What every template is given: the day, the languages, who is signed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language_info

from canbo.pages import tasks
from canbo.pages.asof import as_of
from canbo.registry import authority


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of the shell; what needs the database is read only if the template asks for it."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated

    return {
        "demo": settings.CANBO_DEMO,
        "as_of": as_of(request),
        "waiting": SimpleLazyObject(lambda: waiting(request)),
        "roles": SimpleLazyObject(lambda: roles(request) if signed_in else []),
        "tongues": [get_language_info(code) for code, _name in settings.LANGUAGES],
    }


def waiting(request: HttpRequest) -> int:
    """How many things wait for the reader; none on a page that tells of a refusal, after which nothing more is asked."""
    return tasks.number(request) if hasattr(request, "reach") and not connection.needs_rollback else 0


def roles(request: HttpRequest) -> list[str]:
    """The roles of the reader today, each once."""
    return list(dict.fromkeys(grant.role for grant in authority.grants_of(request.user)))

"""What every template is given: the day, the menu, the languages, who is signed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language_info

from canbo.pages import tasks
from canbo.pages.asof import as_of
from canbo.pages.menu import BOTTOM, menu
from canbo.registry import authority


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of the shell; what needs the database is read only if the template asks for it."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated

    def groups() -> list[Any]:
        return menu(request) if signed_in else []

    lazy_menu = SimpleLazyObject(groups)
    return {
        "demo": settings.CANBO_DEMO,
        "as_of": as_of(request),
        "menu": lazy_menu,
        "waiting": SimpleLazyObject(lambda: waiting(request)),
        "bottom": SimpleLazyObject(lambda: bottom(lazy_menu)),
        "roles": SimpleLazyObject(lambda: roles(request) if signed_in else []),
        "tongues": [get_language_info(code) for code, _name in settings.LANGUAGES],
    }


def waiting(request: HttpRequest) -> int:
    """How many things wait for the reader; none on a page that tells of a refusal, after which nothing more is asked."""
    return tasks.number(request) if hasattr(request, "reach") and not connection.needs_rollback else 0


def bottom(groups: Any) -> list[dict[str, object]]:
    """The items of the phone's bottom bar, in their own order."""
    items = {item["name"]: item for _title, shown in groups for item in shown}
    return [items[name] for name in BOTTOM if name in items]


def roles(request: HttpRequest) -> list[str]:
    """The roles of the reader today, each once."""
    return list(dict.fromkeys(grant.role for grant in authority.grants_of(request.user)))

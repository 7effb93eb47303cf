"""The accounts of the demo world, for the sign-in page."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from canbo.pages import country
from canbo.pages.asof import today
from canbo.pages.sign_in import invented_accounts
from canbo.registry import authority

register = template.Library()

ICONS = {
    "central_officer": "landmark",
    "officer": "users",
    "leader": "building-2",
    "inspector": "search",
    "statistician": "table-2",
    "registrar": "network",
    "auditor": "shield-check",
}


@register.simple_tag
def demo_accounts() -> list[Any]:
    """Each account with `shown_roles` and the name of the place it works for; none outside the demo world."""
    if not settings.CANBO_DEMO:
        return []
    accounts = list(invented_accounts().prefetch_related("grants__organization__names").order_by("pk"))
    for account in accounts:
        grants = authority.grants_of(account)
        account.shown_roles = list(dict.fromkeys(grant.role for grant in grants))
        account.shown_place = place_of(account) if grants else None
        account.shown_icon = ICONS.get(account.shown_roles[0] if account.shown_roles else "", "user-round")
    return accounts


@register.simple_tag
def country_dots() -> list[tuple[float, float, str]]:
    """The dots of the country's units today, for the side of the sign-in page; none in an empty register."""
    return country.dots(today())


def place_of(account: Any) -> dict[str, str] | None:
    """The name of the organization of the first grant, by language; None: the whole register."""
    day = today()
    for grant in account.grants.all():
        if grant.organization is not None:
            for name in grant.organization.names.all():
                if day in name.valid:
                    return name.name
    return None

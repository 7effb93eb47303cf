"""The accounts of the demo world, for the sign-in page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django import template
from django.conf import settings
from django.db import transaction

from canbo.pages import country
from canbo.pages.asof import today
from canbo.pages.sign_in import invented_accounts
from canbo.procedures.models import Actor, Elector, Step
from canbo.registry import authority
from canbo.registry.asking import rows

register = template.Library()

ACTS = "nhan-vat-"  # whoever acts in the stories of cases (project/world/story_cast.py)
ICONS = {
    "central_officer": "landmark",
    "officer": "users",
    "leader": "building-2",
    "inspector": "search",
    "statistician": "table-2",
    "registrar": "network",
    "auditor": "shield-check",
}


@dataclass
class Group:
    """Accounts that are shown together: those of the register (no name), or those who act in the cases of a unit."""

    name: dict[str, str] | None
    accounts: list[Any] = field(default_factory=list)


@register.simple_tag
def demo_accounts() -> list[Group]:
    """Each account with `shown_roles`, the place it works for and what it does in cases; none outside the demo world."""
    if not settings.CANBO_DEMO:
        return []
    accounts = list(invented_accounts().prefetch_related("grants__organization__names").order_by("pk"))
    with transaction.atomic(), authority.everything_in_sight():
        playing = [account for account in accounts if account.username.startswith(ACTS)]
        offices, acts, called = _offices([account.person_id for account in playing]), _acts(playing), _called(playing)
    for account in accounts:
        _described(account, offices)
        account.shown_acts, account.shown_votes = sorted(acts.get(account.pk, ())), account.person_id in called
    groups: dict[str, Group] = {"": Group(None)}
    for account in accounts:
        unit = account.shown_office["unit"] if account.shown_office else ""
        groups.setdefault(unit, Group(account.shown_office["unit_name"] if account.shown_office else None)).accounts.append(
            account
        )
    return [groups[unit] for unit in sorted(groups) if groups[unit].accounts]


def _described(account: Any, offices: dict[int, Any]) -> None:
    grants = authority.grants_of(account)
    account.shown_office = offices.get(account.person_id) if account.username.startswith(ACTS) else None
    account.shown_roles = list(dict.fromkeys(grant.role for grant in grants))
    account.shown_place = place_of(account) if grants and account.shown_office is None else None
    account.shown_icon = ICONS.get(account.shown_roles[0] if account.shown_roles else "", "user-round")


def _acts(accounts: Sequence[Any]) -> dict[int, set[str]]:
    """In which capacities each account has acted in cases."""
    found: dict[int, set[str]] = {}
    acted = Actor.objects.filter(account__in=accounts).order_by()
    for account, capacity in acted.values_list("account_id", "capacity").distinct():
        found.setdefault(account, set()).add(capacity)
    return found


def _called(accounts: Sequence[Any]) -> set[int]:
    """Who is called to a vote with tokens that is open."""
    open_now = Elector.objects.filter(
        person_id__in=[account.person_id for account in accounts], state=Elector.State.CONVENED,
        step__state=Step.State.CONVENED, step__said__tier="T1",
    )  # fmt: skip
    return set(open_now.values_list("person_id", flat=True))


def _offices(persons: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The highest post of each person today: its title, its body, and the unit in which the body lies."""
    found = rows(
        """
        SELECT DISTINCT ON (m.person_id) m.person_id, j.names AS title, o.name AS body, split_part(c.code, '.', 1) AS unit,
               u.name AS unit_name
        FROM {membership} m JOIN {post} p ON p.id = m.post_id JOIN {job} j ON j.id = p.job_id
        JOIN {organizationcode} c ON c.organization_id = m.organization_id AND c.valid @> %(on)s::date
        JOIN {organizationname} o ON o.organization_id = m.organization_id AND o.valid @> %(on)s::date
        JOIN {organizationcode} uc ON uc.code = split_part(c.code, '.', 1) AND uc.valid @> %(on)s::date
        JOIN {organizationname} u ON u.organization_id = uc.organization_id AND u.valid @> %(on)s::date
        WHERE m.person_id = ANY (%(persons)s) AND m.valid @> %(on)s::date
        ORDER BY m.person_id, j.standing <> 'member' DESC, j.rank NULLS LAST, m.id
        """,
        {"persons": list(persons), "on": today()},
    )
    return {row["person_id"]: row for row in found}


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

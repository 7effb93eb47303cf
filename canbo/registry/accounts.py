"""Letting people in: accounts, and roles granted over organizations until a day. Nobody grants anything to himself."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from canbo.journal import entries
from canbo.registry import authority, once
from canbo.registry.days import since
from canbo.registry.models import Account, Decision, Grant, Organization, Person, Source


@transaction.atomic
def open_account(
    *, username: str, label: str, by: Account, person: Person | None = None, password: str | None = None, key: str | None = None
) -> Account:
    """Make an account that signs in; without a password it cannot until one is set.

    Raises NotAllowed, and ValidationError with what a password lacks.
    """
    authority.require(by, "account.manage")
    earlier = once.earlier(key, "account.opened")
    if earlier is not None:
        return Account.objects.get(pk=int(earlier.about_id or 0))
    account = Account(username=Account.normalize_username(username), label=label, person=person)
    _give_password(account, password)
    account.save(force_insert=True)
    payload = {"username": account.username, "label": label, "person": person.pk if person else None}
    entries.record("account.opened", by=by, about=account, key=key, payload=payload)
    return account


@transaction.atomic
def set_password(account: Account, *, password: str, by: Account) -> None:
    """Give an account a new password; its open sessions end with the old one. Raises as open_account."""
    authority.require(by, "account.manage")
    _give_password(account, password)
    account.save(update_fields=["password"])
    entries.record("account.password_set", by=by, about=account)


@transaction.atomic
def close_account(account: Account, *, by: Account) -> None:
    """End an account at once; what it did stays on record."""
    authority.require(by, "account.manage")
    account.is_active = False
    account.save(update_fields=["is_active"])
    entries.record("account.closed", by=by, about=account)


@transaction.atomic
def give_role(
    account: Account, *, role: str, organization: Organization | None, valid_from: date, valid_to: date | None,
    decision: Decision, source: Source, by: Account, key: str | None = None,
) -> Grant:  # fmt: skip
    """Grant a role over an organization and all beneath it (None: the whole register) for [from, to).

    Raises NotAllowed, also to whoever would grant to the own account.
    """
    authority.require(by, "account.manage", over=organization)
    if account.pk == by.pk:
        raise authority.NotAllowed("account.manage", _("Nobody grants a role to himself or herself: ask another registrar."))
    earlier = once.earlier(key, "account.granted")
    if earlier is not None:
        return once.written(Grant, earlier)[0]
    told = {"account": account.username, "role": role, "organization": organization.pk if organization else None, "to": valid_to}
    entry = entries.record("account.granted", by=by, about=account, on=valid_from, key=key, payload=told)
    return Grant.objects.create(
        account=account, role=role, organization=organization, valid=since(valid_from, valid_to), decision=decision, source=source,
        entry_id=entry.pk,
    )  # fmt: skip


@transaction.atomic
def take_role(grant: Grant, *, on: date, by: Account) -> Grant:
    """End a grant on the day `on`; one that would only have begun by then never does.

    Returns the grant as it was ended; unchanged where it had ended already.
    """
    authority.require(by, "account.manage", over=grant.organization)
    grant = Grant.objects.select_for_update(of=("self",)).select_related("account", "organization").get(pk=grant.pk)
    if grant.valid.upper is not None and grant.valid.upper <= on:
        return grant
    told = {"role": grant.role, "grant": grant.pk}
    entry = entries.record("account.revoked", by=by, about=grant.account, on=on, payload=told)
    if grant.valid.lower is not None and grant.valid.lower >= on:
        Grant.objects.filter(pk=grant.pk).delete()  # its twin remembers it
        return grant
    grant.valid, grant.entry_id = since(grant.valid.lower, on), entry.pk
    grant.save(update_fields=["valid", "entry"])
    return grant


def _give_password(account: Account, password: str | None) -> None:
    if password is None:
        account.set_unusable_password()
        return
    validate_password(password, account)
    account.set_password(password)

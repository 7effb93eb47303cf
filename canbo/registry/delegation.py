"""Lending power: give acts over an organization to another account for a period, accept them, withdraw them.

Nothing is lent before the receiver accepts it. What was lent ends with its last day, with its withdrawal, when its
giver loses what was lent, and when the account of either is closed; see `authority.powers_of`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from canbo.journal import entries
from canbo.registry import authority, once, queries
from canbo.registry.days import since
from canbo.registry.models import Account, Decision, Delegation, Organization, Source
from canbo.registry.saying import sentence as _


class DelegationRefused(ValueError):
    """The delegation as asked cannot be; the text says why and what to do instead."""


@transaction.atomic
def give(
    *, receiver: Account, acts: Collection[str], organization: Organization | None, valid_from: date, valid_to: date, basis: str,
    decision: Decision, source: Source, by: Account, key: str | None = None,
) -> Delegation:  # fmt: skip
    """Offer acts of one's own over an organization (None: all that one reaches) for [from, to) to another account.

    It has effect once `receiver` accepts. Raises NotAllowed for what `by` was not granted itself or may not lend, and
    DelegationRefused for what is no delegation: no acts, no basis, days that are over, a receiver who cannot accept.
    """
    authority.require(by, "delegation.give", over=organization)
    _refuse_beyond_ones_own(by, acts, organization)
    earlier = once.earlier(key, "delegation.given")
    if earlier is not None:
        return once.written(Delegation, earlier)[0]
    _refuse_impossible(by, receiver, acts, basis, valid_from, valid_to)
    told = {
        "giver": by.pk, "receiver": receiver.pk, "acts": sorted(acts), "organization": organization.pk if organization else None,
        "from": valid_from.isoformat(), "to": valid_to.isoformat(), "basis": basis,
    }  # fmt: skip
    entry = entries.record("delegation.given", by=by, about=receiver, on=valid_from, key=key, payload=told)
    return Delegation.objects.create(
        giver=by, receiver=receiver, acts=sorted(acts), organization=organization, valid=since(valid_from, valid_to),
        basis=basis.strip(), decision=decision, source=source, entry_id=entry.pk,
    )  # fmt: skip


@transaction.atomic
def accept(delegation: Delegation, *, by: Account, key: str | None = None) -> Delegation:
    """Take what was offered; only its receiver may. Accepted twice, it stays accepted as it was the first time.

    Raises NotAllowed, and DelegationRefused when it was withdrawn or its days are over.
    """
    authority.require(by, "delegation.accept")
    delegation = _locked(delegation)
    if delegation.receiver_id != by.pk:
        raise authority.NotAllowed("delegation.accept", _("Only the account to which a delegation was offered accepts it."))
    if once.earlier(key, "delegation.accepted") is not None or _stands(delegation):
        return delegation
    if delegation.revoked_at is not None or delegation.valid.upper <= date.today():
        raise DelegationRefused(_("This delegation was withdrawn or is over; it cannot be accepted any more. Ask for a new one."))
    entry = entries.record("delegation.accepted", by=by, about=delegation, key=key, payload={"giver": delegation.giver_id})
    delegation.accepted_at, delegation.entry_id = timezone.now(), entry.pk
    delegation.save(update_fields=["accepted_at", "entry"])
    return delegation


@transaction.atomic
def revoke(delegation: Delegation, *, reason: str, by: Account, key: str | None = None) -> Delegation:
    """End a delegation at once: its giver takes it back, its receiver lays it down, or who manages accounts there ends it.

    Unchanged where it was withdrawn before. Raises NotAllowed, and DelegationRefused without a reason.
    """
    authority.require(by, "delegation.revoke")
    delegation = _locked(delegation)
    if by.pk not in (delegation.giver_id, delegation.receiver_id):
        authority.require(by, "account.manage", over=delegation.organization)
    if once.earlier(key, "delegation.revoked") is not None or delegation.revoked_at is not None:
        return delegation
    if not reason.strip():
        raise DelegationRefused(_("A delegation is withdrawn for a reason: say which."))
    entry = entries.record("delegation.revoked", by=by, about=delegation, key=key, payload={"reason": reason})
    delegation.revoked_at, delegation.entry_id = timezone.now(), entry.pk
    delegation.save(update_fields=["revoked_at", "entry"])
    return delegation


def concerning(account: Account, *, on: date) -> list[Delegation]:
    """What was offered to an account or by it and is not over nor withdrawn on a day; what waits to be accepted first."""
    mine = Delegation.objects.filter(Q(receiver=account) | Q(giver=account), revoked_at__isnull=True, valid__endswith__gt=on)
    return sorted(
        mine.select_related("giver", "receiver", "organization"), key=lambda each: (each.accepted_at is not None, each.pk)
    )


def over(organization: int, *, reader: Account, on: date) -> list[Delegation]:
    """Who lent what over a body: what was offered over it, beneath it or above it, or over all that a giver reaches there,
    and is not over on a day; what was withdrawn stands last. Raises NotAllowed without `delegation.read` over the body."""
    authority.require(reader, "delegation.read", over=organization)
    bodies = authority.organizations_beneath([organization]) | {row["id"] for row in queries.path(organization, on=on)}
    running = Delegation.objects.filter(valid__endswith__gt=on).select_related("giver", "receiver", "organization").order_by("pk")
    found = [
        each for each in running
        if each.organization_id in bodies or (each.organization_id is None and authority.reach_of(each.giver).covers(organization))
    ]  # fmt: skip
    return sorted(found, key=lambda each: each.revoked_at is not None)


def based_on(number: str, issuer: str) -> dict[str, Any]:
    """The decision by which a giver may lend, written down where the register does not have it; with the source that says so."""
    source, _made = Source.objects.get_or_create(code="register", defaults={"title": "The register itself"})
    known = {"kind": Decision.Kind.DECISION}
    decision, _made = Decision.objects.get_or_create(issuer=issuer.strip(), number=number.strip(), defaults=known)
    return {"decision": decision, "source": source}


def _stands(delegation: Delegation) -> bool:
    return delegation.accepted_at is not None and delegation.revoked_at is None


def _locked(delegation: Delegation) -> Delegation:
    """The row as it is now, held until the end of the transaction."""
    found = Delegation.objects.select_for_update(of=("self",)).select_related("organization")
    return found.get(pk=delegation.pk)


def _refuse_beyond_ones_own(by: Account, acts: Collection[str], organization: Organization | None) -> None:
    """Raise NotAllowed for the first act that `by` was not granted over all of that, or that nobody lends."""
    for act in sorted(acts):
        if act not in authority.ACTS:
            raise DelegationRefused(_("There is no act called %(act)s. See the list of acts.") % {"act": act})
        if act in authority.NEVER_LENT or authority.ACTS[act] is None:
            raise authority.NotAllowed(act, _("This is never delegated (%(act)s).") % {"act": act})
        if not authority.holds(by, act, over=organization):
            raise authority.NotAllowed(
                act, _("Nobody delegates what was not granted to him or her (%(act)s). Leave it out.") % {"act": act}
            )


def _refuse_impossible(
    by: Account, receiver: Account, acts: Collection[str], basis: str, valid_from: date, valid_to: date
) -> None:
    if receiver.pk == by.pk or not receiver.is_active or receiver.is_program:
        raise DelegationRefused(_("A delegation goes to another person's open account: choose one."))
    if not acts or not basis.strip():
        raise DelegationRefused(_("A delegation names at least one act and the text on which it is based."))
    if valid_from >= valid_to or valid_to <= date.today():
        raise DelegationRefused(_("A delegation has a first day and a last day that is not over yet."))

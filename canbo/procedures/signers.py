"""With which keys an account signs decisions: confirmed face to face by the registrar, on the server, as the keeper.

A passkey that an account registers by itself signs nothing: whoever can write rows as the application could register one
for anybody. The registrar compares the fingerprint that the person's page shows with the one he types. A certificate is
confirmed from its file: that it leads to a trusted authority does not say who may sign here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db import transaction
from django.utils import timezone

from canbo.journal import content, entries
from canbo.procedures import signing
from canbo.procedures.models import Signer
from canbo.registry.models import Account
from canbo.registry.saying import sentence as _

KEEPER = "owner"
CONFIRMED, ENDED = "signer.confirmed", "signer.ended"


class KeyUnknown(LookupError):
    """There is no such key to confirm or to end; the text says which there are."""


def fingerprint(key: Mapping[str, Any]) -> str:
    """SHA-256 of the public numbers of a key, in hexadecimal."""
    return hashlib.sha256(content.canonical(dict(key)).encode()).hexdigest()


def offered(account: Account) -> dict[str, dict[str, str]]:
    """The passkeys that an account has registered, by fingerprint."""
    keys = [signing.public_numbers(data.public_key) for _row, data in signing.passkeys_of(account)]
    return {fingerprint(key): key for key in keys}


def confirmed(account: int, *, using: str = "default") -> set[str]:
    """Fingerprints of the keys with which an account signs now."""
    held = Signer.objects.using(using).filter(account_id=account, ended_at__isnull=True)
    return set(held.values_list("fingerprint", flat=True))


def signs(signature: signing.Signature, *, using: str = "default") -> bool:
    """Whether a signature was made with a confirmed key of its account. A practice key stands on the demonstration."""
    if signature.kind == "practice":
        return True
    mark = (
        signature.evidence.get("certificate")
        if signature.kind == "certificate"
        else fingerprint(signature.evidence.get("key", {}))
    )
    return mark in confirmed(signature.by_account, using=using)


def confirm(*, account: Account, beginning: str) -> Signer:
    """Confirm the passkey whose fingerprint begins so (16 digits at least), of an account that has registered it.

    Runs as the keeper. Twice is as once. Raises KeyUnknown.
    """
    found = [(mark, key) for mark, key in offered(account).items() if len(beginning) >= 16 and mark.startswith(beginning.lower())]
    if len(found) != 1:
        raise KeyUnknown(
            _("%(who)s has registered no such passkey. Give 16 digits or more of its fingerprint; there are: %(known)s.")
            % {"who": account.username, "known": ", ".join(mark[:16] for mark in offered(account)) or "-"}
        )
    return _confirmed(account, *found[0])


def confirm_certificate(*, account: Account, encoded: bytes) -> Signer:
    """Confirm a certificate (PEM or DER, without its key) as that with which an account signs. As `confirm`. Raises KeyUnknown."""
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in encoded else x509.load_der_x509_certificate
    try:
        found = load(encoded)
    except ValueError:
        raise KeyUnknown(_("The file holds no certificate. Give the public certificate of the person, as PEM or DER.")) from None
    mark = found.fingerprint(hashes.SHA256()).hex()
    return _confirmed(account, mark, {"type": "certificate", "name": found.subject.rfc4514_string()})


def _confirmed(account: Account, mark: str, key: Mapping[str, str]) -> Signer:
    with transaction.atomic(using=KEEPER):
        known = Signer.objects.using(KEEPER).filter(fingerprint=mark).first()
        if known is not None and known.ended_at is None and known.account_id == account.pk:
            return known
        if known is not None:
            raise KeyUnknown(
                _("This key was confirmed before, for another account, or it was ended. Let the person bring another.")
            )
        entry = entries.record(CONFIRMED, by=None, about=account, payload={"fingerprint": mark}, using=KEEPER)
        return Signer.objects.using(KEEPER).create(account_id=account.pk, key=dict(key), fingerprint=mark, entry_id=entry.pk)


def end(*, account: Account, beginning: str) -> Signer:
    """From now on the key signs nothing; what it signed before stays signed. Runs as the keeper. Raises KeyUnknown."""
    with transaction.atomic(using=KEEPER):
        held = Signer.objects.using(KEEPER).select_for_update(of=("self",)).filter(
            account_id=account.pk, ended_at__isnull=True, fingerprint__startswith=beginning.lower()
        ).first()  # fmt: skip
        if held is None or len(beginning) < 16:
            raise KeyUnknown(_("%(who)s signs with no such key.") % {"who": account.username})
        entries.record(ENDED, by=None, about=account, payload={"fingerprint": held.fingerprint}, using=KEEPER)
        held.ended_at = timezone.now()
        held.save(using=KEEPER, update_fields=["ended_at"])
        return held

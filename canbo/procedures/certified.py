"""A decision signed by certificate: its PDF goes out unsigned, is signed outside with whatever holds the key, and comes back.

The key never comes near canbo. Which certificate is whose the registrar confirms face to face, as with passkeys (signers.py):
a chain that leads to a trusted authority says who somebody is there, not who may sign here.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _

from canbo.procedures import acting, documents, rulings, signers, signing
from canbo.procedures.cases import rules_of
from canbo.procedures.letters import gathering
from canbo.procedures.models import Candidate, Case
from canbo.procedures.refusals import Refused
from canbo.procedures.steps import reached
from canbo.registry import authority
from canbo.registry.models import Account

NAME = "decision-signed.pdf"
LARGEST = 8 * 1024 * 1024  # octets of a PDF that comes back


def taken_here() -> bool:
    """Whether this installation trusts any authority that issues certificates."""
    try:
        return bool(signing.trusted_roots(None))
    except signing.SignatureRefused:
        return False


def to_sign(*, case: Case, account: Account, on: date) -> bytes:
    """The PDF of the decision as it is to be signed on the day, not numbered yet, with the mark of its text.

    For whoever is entitled to the step of signing. Raises Refused; also where the decision is about several people, since
    each of them gets a document of their own and one signature must be over one file.
    """
    held, _step, rule = reached(case, "sign", by=account, on=on, turn=None)
    acting.entitled(held, rule, account, on=on)
    words = rulings.text_of(held, on=on)
    people = [name.person for name in held.candidates.select_related("person").filter(state=Candidate.State.THROUGH)]
    kind = documents.made_by_step("decision", rules_of(held)[0].effect)
    if len(people) > 1 and not kind.endswith("plan"):
        raise Refused(
            "several", _("This decision is about several people, each with a document of their own. Sign it with a passkey.")
        )
    more = {"from": date.fromisoformat(words["effective_on"])} | (
        {"until": date.fromisoformat(words["until"])} if words["until"] else {}
    )
    with authority.everything_in_sight():
        signer = {"signatures": [gathering.signature_of(account, gathering.issuer_of(held, kind), on)]}
        drawn = documents.draft(
            held, kind, language=settings.LANGUAGE_CODE, on=on, person=people[0] if len(people) == 1 else None, more=more | signer
        )
        return signing.mark_pdf(drawn.written(), words)


def accepted(*, case: Case, account: Account, on: date, pdf: bytes) -> signing.Signature:
    """The signature in a PDF that came back, by a certificate confirmed as that of the account. Raises SignatureRefused, Refused."""
    if len(pdf) > LARGEST:
        raise Refused("signature", _("The file is larger than a decision can be. Send the PDF that you downloaded and signed."))
    words = rulings.text_of(case, on=on)
    return signing.accept_certificate(
        account=account, decision=words, pdf=pdf, document=NAME, known=signers.confirmed(account.pk), on=on
    )

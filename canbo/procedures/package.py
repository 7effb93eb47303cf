"""The package of a decision: all that somebody needs to check it years later, without canbo and without asking anyone.

    decision = package.compose({...}, rules=..., documents=..., steps=..., votes=...)   # what is to be signed
    signature = signing.accept_passkey(decision=decision, ...)
    entry = entries.record("appointment.decided", by=account, payload={**package.bound(decision), ...})
    ...once `witnessing.witnessed(entry)`:
    octets = package.build(decision=decision, signature=signature, entry=entry, documents=documents)

Everything that the package shows is in the text that was signed, or recorded in an entry that is proved along with it:
nothing can be added or exchanged later. `of_ruling` makes it from a case.
`canbo verify FILE`, or `python3 verify_canbo.py FILE`, checks it (`canbo/journal/packages.py`).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from canbo.ballots import elections
from canbo.journal import keys, packages, verifier, witnessing
from canbo.journal.models import Entry
from canbo.procedures import rulings, signing
from canbo.procedures.models import Ruling

DAY_OF_FILES = (1980, 1, 1, 0, 0, 0)  # the same octets whenever the package is made
Documents = Iterable[tuple[str, bytes]]


class PackageRefused(Exception):
    """A package that cannot be made. The message says why."""


def compose(
    decision: Mapping[str, Any],
    *,
    rules: Iterable[tuple[str, str]] = (),
    documents: Documents = (),
    steps: Sequence[Mapping[str, Any]] = (),
    votes: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The decision as it is to be signed: what it says, with all that it rests upon.

    `rules`: (article, SHA-256 of its text); the text itself may be a document named rules/ARTICLE.yaml.
    `documents`: (name, octets), of which the SHA-256 is signed. `steps`: what was done, by whom, when.
    `votes`: each count with its figures (collected, valid, blank, invalid, votes); a document named ballots/... is the
    published file of such a vote, and is counted again.
    """
    listed = [{"name": name_of(name), "sha256": hashlib.sha256(octets).hexdigest()} for name, octets in documents]
    return {
        **decision,
        "rules": [{"article": article, "sha256": found} for article, found in sorted(rules)],
        "documents": sorted(listed, key=lambda one: one["name"]),
        "steps": [dict(step) for step in steps],
        "votes": [dict(count) for count in votes],
    }


def bound(decision: Mapping[str, Any]) -> dict[str, str]:
    """What the entry of the signing must carry in its payload, so that the journal speaks of this decision."""
    return {packages.BOUND: signing.challenge_for(decision).hex()}


def build(
    *,
    decision: Mapping[str, Any],
    signature: signing.Signature,
    entry: Entry,
    documents: Documents = (),
    more: Iterable[Entry] = (),
    pdf: bytes | None = None,
) -> bytes:
    """The package as a file: the same octets for the same decision under the same checkpoint.

    `entry`: the entry of the signing, recorded by the account that signed, with `bound(decision)` in its payload.
    `documents`: (name, octets); each is named in the decision, or its SHA-256 stands in the payload of one of `more`,
    further entries that are proved along. `pdf`: the signed PDF, for a signature by certificate.
    Raises PackageRefused, signing.SignatureRefused, and proofs.NoProof until all these entries are witnessed.
    """
    signing.verify(signature, decision, pdf)
    given, further = dict(documents), sorted(more, key=lambda one: one.pk)
    if pdf is not None:
        given[str(signature.evidence["document"])] = pdf
    found = [witnessing.witnessed(one) for one in (entry, *further)]
    under = None if None in found else max((one for one in found if one is not None), key=lambda one: one.size)
    manifest = {
        "format": packages.PACKAGE,
        "signature": signature.as_dict(),
        "entry": witnessing.proof(entry, under=under),
        "more": [witnessing.proof(one, under=under) for one in further],
        "keys": published(signature),
    }
    files = {packages.DECISION: signing.canonical(decision), packages.MANIFEST: verifier.canonical(manifest).encode()}
    files |= {packages.DOCUMENTS + name_of(name): octets for name, octets in given.items()}
    octets = zipped(files)
    report = packages.check_package(octets, quorum=witnessing.quorum())
    if not report["ok"]:  # what we hand out, a stranger must be able to check
        raise PackageRefused(next(one["says"] for one in report["checks"] if not one["ok"]))
    return octets


def of_ruling(ruling: Ruling, *, pdf: bytes | None = None) -> bytes:
    """The package of a case's decision: as signed, with the paper it was issued as and the published ballots.

    Raises as `build`.
    """
    case = ruling.case
    if ruling.entry is None or ruling.signature is None:
        raise PackageRefused(_("This decision is not signed yet."))
    documents: list[tuple[str, bytes]] = []
    more: list[Entry] = []
    for count in case.counts.filter(tier=elections.Tier.TOKENS).order_by("pk"):
        documents.append((f"ballots/{count.election}.json", elections.ballots_file(election=int(count.election)).encode()))
        more.extend(Entry.objects.filter(act="ballot.closed", about_kind="ballots.election", about_id=count.election))
    for issued in case.documents.filter(symbol=ruling.number).select_related("entry", "body") if ruling.number else ():
        documents.append((f"decision-{issued.language}.pdf", bytes(issued.body.body)))
        more.append(issued.entry)
    return build(
        decision=json.loads(ruling.text), signature=signing.Signature(**ruling.signature), entry=ruling.entry,
        documents=documents, more=more, pdf=pdf or rulings.file_of(ruling),
    )  # fmt: skip


def published(signature: signing.Signature | None = None) -> dict[str, Any]:
    """The public keys of this journal and its witnesses, to be printed elsewhere too."""
    return {
        "journal": str(keys.signer().key),
        "witnesses": [{"key": str(one.key), "body": one.body} for one in witnessing.witnesses()],
        "roots": list(signature.evidence.get("roots", [])) if signature else [],
    }


def keys_text() -> str:
    """The file of published keys that `canbo verify --keys` reads."""
    shown = published()
    lines = [f"journal {shown['journal']}", *(f"witness {one['key']} {one['body']}" for one in shown["witnesses"])]
    return "\n".join(lines) + "\n"


def name_of(name: str) -> str:
    """A name for a file in the package that leads nowhere else. Raises PackageRefused."""
    parts = name.split("/")
    if (
        not name
        or any(part in ("", ".", "..") for part in parts)
        or any(ord(letter) < 32 or letter in '\\:*?"<>|' for letter in name)
    ):
        raise PackageRefused(_("%(name)s cannot be the name of a document in a package.") % {"name": name[:80]})
    return name


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one archive, stored as they are, in the order of their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            one = zipfile.ZipInfo(name, DAY_OF_FILES)
            one.create_system, one.external_attr = 3, 0o644 << 16
            archive.writestr(one, files[name])
    return out.getvalue()

"""Check the package of a decision with nothing but Python: no canbo, no database, no network, no library.

    python3 verify_canbo.py decision.zip --keys published-keys.txt

A package holds the decision as it was signed, the signature, the proof that it stands in the journal under a
checkpoint that witnesses in other bodies cosigned, and documents: each is named in the decision, or in an entry of
the journal that is proved along with it. The keys must come
from somewhere you trust, such as the gazette or the witnesses themselves; one a line:

    journal canbo/register+1a2b3c4d+AbC...
    witness inspection+5e6f7a8b+BdE... Inspection committee
    root    <SHA-256 of a certificate authority's certificate>
    signer  <fingerprint of a passkey> Name of the signer

Without them the package is checked against the keys that came along in it, which proves only that it is in itself
consistent: compare their fingerprints with the published ones.

Exit code 0: everything holds. 1: something does not hold. 2: the file or the keys cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from canbo.journal.signatures import PRACTICE_PLACE, check_assertion, check_pdf, fingerprint
from canbo.journal.verifier import (
    INCLUSION,
    WITNESS,
    Checkpoint,
    Key,
    Refused,
    Unreadable,
    canonical,
    check_inclusion,
    check_inclusion_under,
    cosigned_at,
    read_checkpoint,
    read_key,
)

PACKAGE = "canbo-decision-package/1"
DECISION, MANIFEST, DOCUMENTS = "decision.json", "package.json", "documents/"
BOUND = "digest"
MOST_OCTETS, MOST_FILES = 500_000_000, 2_000
LEEWAY = 300  # seconds by which the clocks of canbo and of a witness may differ


class Keys(NamedTuple):
    """Whom to trust: keys of journals, of witnesses with their body, certificate roots, passkeys (empty: any)."""

    journal: list[Key]
    witnesses: list[tuple[Key, str]]
    roots: list[str]
    signers: list[str]
    published: bool


class Package(NamedTuple):
    """A package as it was read; nothing in it is checked yet."""

    decision: dict[str, Any]
    text: bytes
    signature: dict[str, Any]
    entry: dict[str, Any]
    more: list[dict[str, Any]]
    checkpoint: Checkpoint
    keys: Keys
    documents: dict[str, bytes]

    @property
    def digest(self) -> bytes:
        """What was signed: SHA-256 of the decision as it is written down."""
        return hashlib.sha256(self.text).digest()


# --- reading --------------------------------------------------------------------------------------------------


def read_keys(text: str) -> Keys:
    """Published keys, one a line. Raises Unreadable."""
    keys = Keys([], [], [], [], published=True)
    for line in (line.strip() for line in text.splitlines()):
        word, _, rest = line.partition(" ")
        value, _, name = rest.strip().partition(" ")
        if not line or line.startswith("#"):
            continue
        if word == "journal":
            keys.journal.append(read_key(value))
        elif word == "witness":
            keys.witnesses.append((read_key(value, WITNESS), name.strip() or value.split("+")[0]))
        elif word in ("root", "signer"):
            (keys.roots if word == "root" else keys.signers).append(value.lower())
        else:
            raise Unreadable(f"Expected lines that begin with journal, witness, root or signer. Found: {line[:80]!r}.")
    if not keys.journal:
        raise Unreadable("Expected at least one line with the public key of a journal.")
    every = [key.public for key in keys.journal] + [key.public for key, _ in keys.witnesses]
    if len(set(every)) != len(every):
        raise Unreadable("One public key stands there twice: each witness has a key of its own.")
    return keys


def read_package(octets: bytes) -> Package:
    """A package from its file. Raises Unreadable with what was expected."""
    files = unpacked(octets)
    if DECISION not in files or MANIFEST not in files:
        raise Unreadable(f"Expected {DECISION} and {MANIFEST} in the package.")
    decision, manifest = strict_json(files[DECISION], DECISION), strict_json(files[MANIFEST], MANIFEST)
    if manifest.get("format") != PACKAGE:
        raise Unreadable(f"Expected a package of format {PACKAGE}; found {str(manifest.get('format'))[:80]!r}.")
    try:
        signature, entry, inside = manifest["signature"], manifest["entry"], manifest["keys"]
        more = list(manifest.get("more", []))
        within = "\n".join(
            [f"journal {inside['journal']}"]
            + [f"witness {one['key']} {one['body']}" for one in inside["witnesses"]]
            + [f"root {root}" for root in inside.get("roots", [])]
        )
        if not (isinstance(signature, dict) and isinstance(entry, dict)):
            raise TypeError
        return Package(
            decision, files[DECISION], signature, entry, more, read_checkpoint(entry["checkpoint"]),
            read_keys(within)._replace(published=False),
            {name[len(DOCUMENTS) :]: body for name, body in files.items() if name.startswith(DOCUMENTS)},
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError):
        raise Unreadable(f"Expected {MANIFEST} to hold signature, entry and keys.") from None


def unpacked(octets: bytes) -> dict[str, bytes]:
    """The files of the archive. Only stored ones are read: what is not packed cannot burst."""
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            listed = archive.infolist()
            names = [one.filename for one in listed]
            if len(set(names)) != len(names) or len(names) > MOST_FILES:
                raise Unreadable("The package names a file twice, or holds too many.")
            if (
                any(one.compress_type != zipfile.ZIP_STORED for one in listed)
                or sum(one.file_size for one in listed) > MOST_OCTETS
            ):
                raise Unreadable("Expected a package whose files are stored as they are.")
            return {one.filename: archive.read(one) for one in listed}
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, RuntimeError) as problem:
        raise Unreadable(f"The file is not a whole package: {problem}.") from None


def strict_json(octets: bytes, name: str) -> dict[str, Any]:
    """An object from JSON that is written in the one canonical way, so that it can be read in one way only."""
    try:
        found = json.loads(octets)
        same = isinstance(found, dict) and canonical(found).encode() == octets
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise Unreadable(f"Expected {name} to be an object in canonical JSON.")
    return dict(found)


# --- the checks: each gives what it found, or raises Refused or Unreadable ------------------------------------


def journal_holds(package: Package, keys: Keys, _quorum: int) -> str:
    """The entry of the signing, and all that came along, are in the journal under one checkpoint that it signed."""
    named = [key for key in keys.journal if key.name == package.checkpoint.origin]
    if not named:
        raise Refused(f"None of the keys is of the journal {package.checkpoint.origin}.")
    signed = [key for key in named if any(octets[:4] == key.number for _, octets in package.checkpoint.signatures)]
    for each in [package.entry, *package.more]:
        if each.get("format") != INCLUSION or each.get("checkpoint") != package.checkpoint.note:
            raise Unreadable(f"Expected proofs of format {INCLUSION}, all under one checkpoint.")
    said = check_inclusion(package.entry, (signed or named)[0])
    for each in package.more:
        check_inclusion_under(each, package.checkpoint)
    if content_of(package.entry).get(BOUND) != package.digest.hex():
        raise Refused("The entry in the journal is not about this decision.")
    if package.entry["entry"]["by_id"] != package.signature.get("by_account"):
        raise Refused("The entry in the journal is by somebody else than the signature.")
    return said + (f" So are {len(package.more)} further entries." if package.more else "")


def content_of(bundle: dict[str, Any]) -> dict[str, Any]:
    """What an entry says, as it was shown with its proof; nothing where it was not shown."""
    content = json.loads(bundle["content"]["payload"]) if bundle.get("content") else {}
    return content if isinstance(content, dict) else {}


def witnesses_hold(package: Package, keys: Keys, quorum: int) -> str:
    """Enough witnesses, each in another body, cosigned the checkpoint, after the entry was recorded."""
    seen = [(at, key.name, body) for key, body in keys.witnesses if (at := cosigned_at(package.checkpoint, key)) is not None]
    bodies = {body.casefold() for _, _, body in seen}
    if len(bodies) < quorum:
        raise Refused(f"The checkpoint is cosigned by witnesses in {len(bodies)} bodies; {quorum} are needed.")
    recorded = moment_of(package)
    if early := [name for at, name, _ in seen if at + LEEWAY < recorded.timestamp()]:
        raise Refused(f"The entry claims to be recorded after {early[0]} saw it: a clock was wrong or was turned.")
    return "Cosigned by " + ", ".join(f"{name} ({body})" for _, name, body in seen) + "."


def moment_of(package: Package) -> datetime:
    """When the entry was recorded, by the clock of the database."""
    try:
        return datetime.fromisoformat(package.entry["entry"]["recorded_at"].replace("Z", "+00:00"))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unreadable("Expected the moment at which the entry was recorded.") from None


def signature_of_decision_holds(package: Package, keys: Keys, _quorum: int) -> str:
    """The decision was signed by the person who decided it."""
    kind, evidence = package.signature.get("kind"), package.signature.get("evidence")
    if package.signature.get("digest") != package.digest.hex() or not isinstance(evidence, dict):
        raise Refused("The signature is of another decision.")
    if kind == "certificate":
        pdf = package.documents.get(str(evidence.get("document")))
        if pdf is None:
            raise Refused("The signed PDF is missing.")
        day = moment_of(package).strftime("%Y%m%d")
        return check_pdf(pdf, package.digest, keys.roots, day, [bytes.fromhex(one) for one in evidence.get("chain", [])])
    if kind not in ("passkey", "practice") or (evidence.get("place") == PRACTICE_PLACE) is not (kind == "practice"):
        raise Refused(f"Expected a signature by passkey or certificate; found {str(kind)[:40]!r}.")
    said = check_assertion(evidence, package.digest)
    if keys.signers and fingerprint(evidence["key"]) not in keys.signers:
        raise Refused(f"{said} That is none of the published passkeys.")
    return said if kind == "passkey" else f"{said} It is a PRACTICE KEY of a demonstration: it binds nobody."


def documents_hold(package: Package, _keys: Keys, _quorum: int) -> str:
    """Every document is as it was signed or recorded; one that was signed is there."""
    listed = {one["name"]: one["sha256"] for one in package.decision.get("documents", [])}
    for name in listed:
        if name not in package.documents:
            raise Refused(f"The document {name} is missing.")
    recorded = {value for each in package.more for value in content_of(each).values() if isinstance(value, str)}
    own = {package.signature["evidence"]["document"]} if package.signature.get("kind") == "certificate" else set()
    for name, body in package.documents.items():
        found = hashlib.sha256(body).hexdigest()
        if name in listed and listed[name] != found:
            raise Refused(f"The document {name} is not the one that was signed.")
        if name not in listed and name not in own and found not in recorded:
            raise Refused(f"The document {name} lies in the package, but nobody signed or recorded it.")
    return f"{len(package.documents)} documents are as they were signed ({len(listed)}) or recorded in the journal."


def rules_hold(package: Package, _keys: Keys, _quorum: int) -> str:
    """The articles that were cited; where their text lies in the package, it is the text that was cited."""
    cited, shown = package.decision.get("rules", []), 0
    for one in cited:
        text = package.documents.get(f"rules/{one['article']}.yaml")
        if text is not None and hashlib.sha256(text).hexdigest() != one["sha256"]:
            raise Refused(f"The text of article {one['article']} is not the one that was cited.")
        shown += text is not None
    law = package.decision.get("law")
    rulebook = f" The rulebook is {law['rulebook']}." if isinstance(law, dict) and law.get("rulebook") else ""
    judged = {one["article"] for person in package.decision.get("persons", []) for one in person.get("articles", [])}
    return f"{len(judged | {one['article'] for one in cited})} articles are cited, {shown} of them with their text.{rulebook}"


def votes_hold(package: Package, _keys: Keys, _quorum: int) -> str:
    """The published ballots give counts that were signed."""
    signed = package.decision.get("votes") or []
    files = {name: json.loads(body) for name, body in package.documents.items() if name.startswith("ballots/")}
    for name, file in files.items():
        found = recounted(file)
        if not any(found == {part: count.get(part) for part in found} for count in signed):
            raise Refused(f"The ballots in {name} give {json.dumps(found, sort_keys=True)}, which is no count that was signed.")
    if not signed:
        return "The decision was taken without a vote."
    return f"{len(signed)} counts were signed; {len(files)} of them come out of the published ballots (recount.py checks each ballot)."


def recounted(file: dict[str, Any]) -> dict[str, Any]:
    """collected, valid, blank, invalid and the votes of each option, from a published file of ballots (its own terms)."""
    rule, choices = file["terms"]["choose"], [ballot["choice"] for ballot in file["ballots"]]
    levels = rule["kind"] == "levels"
    offered = rule["levels"] if levels else {"one": ["yes"], "approve_each": ["yes", "no"]}[rule["kind"]]
    options = [option["id"] for option in file["terms"]["options"]]
    marked = [choice for choice in choices if choice]
    valid = [
        choice
        for choice in marked
        if all(name in options and mark in offered for name, mark in choice.items())
        and (levels or list(choice.values()).count("yes") <= rule["at_most"])
    ]
    counts = {name: Counter(choice.get(name) for choice in valid) for name in options}
    votes = {name: {level: counts[name][level] for level in offered} if levels else counts[name]["yes"] for name in options}
    blank, invalid = len(choices) - len(marked), len(marked) - len(valid)
    return {"collected": len(choices), "valid": len(valid), "blank": blank, "invalid": invalid, "votes": votes}


def keys_hold(package: Package, keys: Keys, _quorum: int) -> str:
    """Whose keys all this was checked with."""
    if keys.published:
        return "Checked with the published keys that you gave."
    shown = [f"{key.name} {key.number.hex()}" for key in [*keys.journal, *(key for key, _ in keys.witnesses)]]
    return (
        "Signed by the keys within the package: compare their fingerprints with the published ones: "
        + ", ".join(shown + [f"root {root[:16]}" for root in keys.roots])
        + "."
    )


CHECKS: tuple[tuple[str, Callable[[Package, Keys, int], str]], ...] = (
    ("signature", signature_of_decision_holds),
    ("journal", journal_holds),
    ("witnesses", witnesses_hold),
    ("documents", documents_hold),
    ("rules", rules_hold),
    ("votes", votes_hold),
    ("keys", keys_hold),
)


def check_package(octets: bytes, published: str | None = None, quorum: int = 2) -> dict[str, Any]:
    """All checks of a package: `{"ok", "trusted", "digest", "checks": [{"check", "ok", "says"}]}`.

    `published`: the text of a file of keys; None takes those in the package, and `trusted` is then false.
    Raises Unreadable for what is no package or no file of keys.
    """
    package = read_package(octets)
    keys = read_keys(published) if published is not None else package.keys
    checks = [{"check": "package", "ok": True, "says": "The decision is written in the canonical way."}]
    for name, work in CHECKS:
        try:
            checks.append({"check": name, "ok": True, "says": work(package, keys, quorum)})
        except Refused as problem:
            checks.append({"check": name, "ok": False, "says": str(problem)})
        except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as problem:
            checks.append({"check": name, "ok": False, "says": f"Cannot be read: {problem}"})
    ok = all(check["ok"] for check in checks)
    return {"ok": ok, "trusted": keys.published, "digest": package.digest.hex(), "checks": checks}


# --- the command ----------------------------------------------------------------------------------------------


def report_lines(report: dict[str, Any]) -> list[str]:
    """A report in words."""
    lines = [f"  {'holds' if one['ok'] else 'FAILS'}  {one['check']:<10} {one['says']}" for one in report["checks"]]
    if not report["ok"]:
        return ["THE PACKAGE DOES NOT HOLD.", *lines]
    return ["THE PACKAGE HOLDS." if report["trusted"] else "THE PACKAGE HOLDS IF ITS KEYS ARE THE PUBLISHED ONES.", *lines]


def verify_file(arguments: Sequence[str] | None = None) -> int:
    """Check a package and say what was found; 0 holds, 1 does not hold, 2 unreadable."""
    parser = argparse.ArgumentParser(description="Check the package of a decision.")
    parser.add_argument("file", help="the package")
    parser.add_argument("--keys", help="file with the published keys")
    parser.add_argument("--quorum", type=int, default=2, help="bodies whose witnesses must have cosigned (default 2)")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    given = parser.parse_args(arguments)
    try:
        published = Path(given.keys).read_text(encoding="utf-8") if given.keys else None
        report = check_package(Path(given.file).read_bytes(), published, given.quorum)
    except (Unreadable, OSError, UnicodeDecodeError) as problem:
        print(f"CANNOT BE CHECKED. {problem}", file=sys.stderr)
        return 2
    print(json.dumps(report, ensure_ascii=False) if given.json else "\n".join(report_lines(report)))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(verify_file())

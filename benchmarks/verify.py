"""How fast one package of a decision is checked with nothing but Python, beside a library that does the same checks.

    python benchmarks/verify.py [--rounds 30] [--write]

The package is a real one: a decision with ten documents and the ballots of 200 voters, signed with a passkey (ES256),
under a checkpoint of a journal of a million entries (20 hashes of proof) that two witnesses cosigned; and the same signed
by certificate (RSA 2048 under a root of its own). Ours checks four signatures with whole numbers; the other way is the
same code with `cryptography` in the place of our arithmetic, which says what a compiled library would save.
`started` is the whole program, as somebody runs it: `python3 verify_canbo.py FILE`, from nothing to the answer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("CANBO_NO_DATABASE", "1")
os.environ.setdefault("CANBO_HOME", tempfile.mkdtemp(prefix="canbo-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import django  # noqa: E402

django.setup()

from cryptography.exceptions import InvalidSignature  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed  # noqa: E402

from benchmarks.results import put  # noqa: E402
from canbo.journal import keys, packages, program, signatures, verifier, witness  # noqa: E402
from canbo.procedures import package, signing  # noqa: E402
from canbo.procedures.practice import PracticeKey  # noqa: E402

TARGET = 0.2
DEPTH = 20


def made(signed_by: str, folder: Path) -> bytes:
    """A package, whose journal is a path of a million entries made from the leaf upwards."""
    documents = [(f"paper-{number}.pdf", os.urandom(40_000)) for number in range(10)]
    terms = {"choose": {"kind": "one", "at_most": 1}, "options": [{"id": "7"}]}
    ballots = {"kind": "canbo ballots", "terms": terms, "ballots": [{"choice": {"7": "yes"}}] * 200}
    documents.append(("ballots/1.json", json.dumps(ballots).encode()))
    count = {"collected": 200, "valid": 200, "blank": 0, "invalid": 0, "votes": {"7": 200}}
    decision = package.compose(
        {"number": "12/QD"}, documents=documents, votes=[count], steps=[{"step": str(n)} for n in range(6)]
    )
    digest = signing.challenge_for(decision)
    kind, evidence, roots = signature_of(signed_by, decision, digest, documents)
    salt, payload = os.urandom(32), verifier.canonical(package.bound(decision))
    entry = {
        "about_id": "1", "about_kind": "case", "act": "case.signed", "by_id": 1, "by_label": "Chair",
        "commitment": verifier.commitment(salt, payload).hex(), "id": 1, "key": None, "on": None,
        "recorded_at": "2026-08-03T00:00:00.000000Z", "v": 1,
    }  # fmt: skip
    proof = [os.urandom(32) for _ in range(DEPTH)]
    root = verifier.entry_leaf(entry)
    for step in proof:
        root = verifier.node_hash(root, step)
    signer = keys.Signer("canbo/register", Ed25519PrivateKey.generate())
    note = signer.checkpoint(1 << DEPTH, root)
    them = [
        witness.Witness.made(folder / f"{signed_by}-{name}", name=name, journal=signer.key) for name in ("inspection", "front")
    ]
    note += "".join(each.cosign(witness.write_request(witness.Request(0, [], note)))[len(note) :] for each in them)
    manifest = {
        "format": packages.PACKAGE,
        "signature": {"kind": kind, "by_account": 1, "digest": digest.hex(), "evidence": evidence},
        "entry": {
            "format": verifier.INCLUSION, "entry": entry, "position": 0, "proof": [step.hex() for step in proof],
            "checkpoint": note, "content": {"salt": salt.hex(), "payload": payload},
        },
        "more": [],
        "keys": {"journal": str(signer.key), "witnesses": [{"key": str(w.key), "body": w.key.name} for w in them], "roots": roots},
    }  # fmt: skip
    files = {packages.DECISION: signing.canonical(decision), packages.MANIFEST: verifier.canonical(manifest).encode()}
    return package.zipped(files | {packages.DOCUMENTS + name: octets for name, octets in documents})


def signature_of(signed_by: str, decision: Any, digest: bytes, documents: list[Any]) -> tuple[str, dict[str, Any], list[str]]:
    """The kind, the evidence and the roots of a signature; a signed PDF joins the documents."""
    if signed_by == "passkey":
        return "passkey", PracticeKey(ec.generate_private_key(ec.SECP256R1()), "canbo.example").assertion(digest), []
    from tests.procedures.authority_of_certificates import blank_pdf, holder, sign_pdf

    root = holder("Root", issues=True)
    documents.append(("decision.pdf", sign_pdf(signing.mark_pdf(blank_pdf(), decision), holder("Chair", under=root))))
    return "certificate", {"document": "decision.pdf", "chain": [root.der.hex()]}, [hashlib.sha256(root.der).hexdigest()]


@contextmanager
def a_library() -> Iterator[None]:
    """`cryptography` in the place of our arithmetic."""
    ours = (verifier.signature_holds, signatures.signature_holds, signatures.ecdsa_holds, signatures.rsa_holds)
    verifier.signature_holds = signatures.signature_holds = lambda public, signature, message: holds(
        lambda: Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    )
    signatures.ecdsa_holds = lambda _curve, x, y, signature, digest: holds(
        lambda: (
            ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())
            .public_key()
            .verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        )
    )
    signatures.rsa_holds = lambda n, e, signature, digest, _name="sha256": holds(
        lambda: rsa.RSAPublicNumbers(e, n).public_key().verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    )
    try:
        yield
    finally:
        verifier.signature_holds, signatures.signature_holds, signatures.ecdsa_holds, signatures.rsa_holds = ours


def holds(work: Callable[[], None]) -> bool:
    try:
        work()
    except InvalidSignature:
        return False
    return True


def timed(work: Callable[[], Any], rounds: int) -> list[float]:
    """Milliseconds of each round."""
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def checked(octets: bytes) -> None:
    report = packages.check_package(octets)
    assert report["ok"], report


def started(folder: Path, octets: bytes) -> float:
    """The program of one file, from nothing to the answer: milliseconds of processor, which neighbours do not lengthen."""
    (folder / "decision.zip").write_bytes(octets)
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    subprocess.run(
        [sys.executable, "-I", "-S", "verify_canbo.py", "decision.zip"], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    return (sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/RESULTS.md")
    given = parser.parse_args()
    rows, worst = [], 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "verify_canbo.py").write_text(program.text("verify_canbo.py"), encoding="utf-8")
        for kind in ("passkey", "certificate"):
            octets = made(kind, folder)
            ours = timed(lambda octets=octets: checked(octets), given.rounds)
            with a_library():
                theirs = timed(lambda octets=octets: checked(octets), given.rounds)
            begun = time.perf_counter()
            whole = [started(folder, octets) for _ in range(max(3, given.rounds // 3))]
            wall = (time.perf_counter() - begun) * 1000 / len(whole)
            ratio = statistics.median(ours) / statistics.median(theirs)
            worst = max(worst, statistics.median(whole))
            rows.append(
                f"| {kind} | {len(octets) / 1e6:.2f} | {min(ours):.0f} | {statistics.median(ours):.0f} | {max(ours):.0f} "
                f"| {statistics.median(theirs):.1f} | {ratio:.0f} | {statistics.median(whole):.0f} | {wall:.0f} |"
            )
    load = os.getloadavg()[0]
    text = "\n".join(
        [
            f"`python benchmarks/verify.py`, Python {sys.version.split()[0]}, {os.cpu_count()} cores, load average {load:.1f}, {given.rounds} rounds. "
            "Milliseconds for one package: signature, journal (20 hashes of proof), two witnesses, eleven documents, 200 ballots.",
            "",
            "| signed by | MB | ours, min | ours, median | ours, max | with `cryptography`, median | times | started, processor | started, by the clock |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"Target: one package, program started from nothing, under {TARGET * 1000:.0f} ms; found: **{worst:.0f} ms** of processor.",
        ]
    )
    print(text)
    if given.write:
        put("Packages: verify", text)
    if worst > TARGET * 1000:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

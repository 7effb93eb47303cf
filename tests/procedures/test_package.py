"""The package of a decision: made from what was signed and witnessed, and checked by somebody who has only Python."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from canbo.journal import entries, keys, packages, program, proofs, sealing, verifier, witness, witnessing
from canbo.journal.models import Entry
from canbo.procedures import package, signing
from canbo.procedures.models import Ruling
from canbo.registry import authority, intake
from canbo.registry.models import Account
from tests import world as worlds
from tests.procedures import office as offices
from tests.procedures.authority_of_certificates import blank_pdf, folder_of_roots, holder, sign_pdf

ARTICLE = b"id: R-APP-1\n"
TERMS = {"choose": {"kind": "one", "at_most": 1}, "options": [{"id": "7"}, {"id": "8"}]}
CHOICES = [{"7": "yes"}] * 31 + [{"8": "yes"}] * 4 + [{}] + [{"7": "yes", "8": "yes"}] + [{"9": "yes"}]
BALLOTS = json.dumps({"kind": "canbo ballots", "terms": TERMS, "ballots": [{"choice": choice} for choice in CHOICES]}).encode()
COUNT = {"step": "vote", "collected": 38, "valid": 35, "blank": 1, "invalid": 2, "votes": {"7": 31, "8": 4}}
DOCUMENTS = [("rules/R-APP-1.yaml", ARTICLE), ("minutes.txt", "Biên bản họp".encode()), ("ballots/1.json", BALLOTS)]


@dataclass
class Told:
    """A decision that was signed, recorded and, unless said otherwise, witnessed."""

    decision: dict[str, Any]
    signature: signing.Signature
    entry: Entry

    def build(self, documents: Any = DOCUMENTS) -> bytes:
        return package.build(decision=self.decision, signature=self.signature, entry=self.entry, documents=documents)


@pytest.fixture
def account(db: None, settings: Any, tmp_path: Path) -> Account:
    settings.CANBO_JOURNAL_KEY_FILE, settings.CANBO_JOURNAL_ORIGIN = tmp_path / "journal.key", "canbo/tried"
    settings.CANBO_DEMO = True
    return Account.objects.create(username="chair", label="Chủ tịch")


@pytest.fixture
def witnesses(account: Account, tmp_path: Path) -> list[witness.Witness]:
    them = [witness.Witness.made(tmp_path / n, name=n, journal=keys.signer().key) for n in ("inspection", "front")]
    for each in them:
        witnessing.register(public=str(each.key), body=f"Body of {each.key.name}", by=account, on=date(2026, 8, 3))
    return them


def witnessed(them: list[witness.Witness]) -> None:
    sealing.seal()
    sealing.checkpoint()
    for each in them:
        last = each.last()
        witnessing.accept(each.cosign(witnessing.offer(last.size if last else 0)))


def composed(**other: Any) -> dict[str, Any]:
    return package.compose(
        {"number": "12/QD", "day": date(2026, 8, 3), "person": "Nguyễn Thị Hoa"},
        **{
            "rules": [("R-APP-1", hashlib.sha256(ARTICLE).hexdigest())],
            "documents": DOCUMENTS,
            "steps": [{"step": "vote", "by": "collective", "on": date(2026, 8, 2)}],
            "votes": [COUNT, {"step": "paper", "collected": 3}],
            **other,
        },
    )


def signed(account: Account, decision: dict[str, Any], by: Account | None = None) -> Told:
    with transaction.atomic():
        signature = signing.sign_for_practice(account=account, decision=decision)
        entry = entries.record("appointment.decided", by=by or account, about=("case", 1), payload=package.bound(decision))
    return Told(decision, signature, entry)


@pytest.fixture
def told(account: Account, witnesses: list[witness.Witness]) -> Told:
    made = signed(account, composed())
    witnessed(witnesses)
    return made


def failing(octets: bytes, keys_text: str | None = None, **how: Any) -> dict[str, str]:
    report = packages.check_package(octets, keys_text, **how)
    assert report["ok"] is all(one["ok"] for one in report["checks"])
    return {one["check"]: one["says"] for one in report["checks"] if not one["ok"]}


def altered(octets: bytes, name: str, change: Callable[[Any], Any]) -> bytes:
    """The package with one of its files put anew; JSON files are given as what they hold."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    if name.endswith(".json") and name.count("/") == 0:
        held = json.loads(files[name])
        files[name] = verifier.canonical(change(held) or held).encode()
    else:
        files[name] = change(files.get(name))
    return package.zipped({one: body for one, body in files.items() if body is not None})


# --- making it ------------------------------------------------------------------------------------------------


def test_a_package_holds_and_is_the_same_octets_each_time(told: Told) -> None:
    octets = told.build()
    assert octets == told.build()
    report = packages.check_package(octets, package.keys_text())
    assert (report["ok"], report["trusted"]) == (True, True)
    says = {one["check"]: one["says"] for one in report["checks"]}
    assert list(says) == ["package", "signature", "journal", "witnesses", "documents", "rules", "votes", "keys"]
    assert "PRACTICE KEY" in says["signature"]
    assert "is at position" in says["journal"]
    assert "inspection (Body of inspection)" in says["witnesses"] and "front (Body of front)" in says["witnesses"]
    assert says["documents"].startswith("3 documents")
    assert says["rules"] == "1 articles are cited, 1 of them with their text."
    assert says["votes"].startswith("2 counts were signed; 1 of them come out of the published ballots")


def test_without_published_keys_it_says_to_compare_them(told: Told) -> None:
    report = packages.check_package(told.build())
    assert (report["ok"], report["trusted"]) == (True, False)
    assert report["checks"][-1]["says"].startswith(
        "Signed by the keys within the package: compare their fingerprints with the published ones: canbo/tried "
    )
    assert packages.report_lines(report)[0] == "THE PACKAGE HOLDS IF ITS KEYS ARE THE PUBLISHED ONES."


def test_no_package_is_made_before_the_entry_is_witnessed(account: Account, witnesses: list[witness.Witness]) -> None:
    made = signed(account, composed())
    with pytest.raises(proofs.NoProof, match="is not witnessed yet"):
        made.build()
    witnessed(witnesses[:1])
    with pytest.raises(proofs.NoProof, match="2 bodies must cosign"):
        made.build()
    witnessed(witnesses)
    assert made.build()


def test_no_package_is_made_with_documents_that_were_not_signed(told: Told) -> None:
    with pytest.raises(package.PackageRefused, match="minutes.txt is missing"):
        told.build([one for one in DOCUMENTS if one[0] != "minutes.txt"])
    with pytest.raises(package.PackageRefused, match="minutes.txt is not the one that was signed"):
        told.build([*DOCUMENTS, ("minutes.txt", b"other")])
    with pytest.raises(package.PackageRefused, match="nobody signed or recorded it"):
        told.build([*DOCUMENTS, ("more.txt", b"more")])


def test_a_document_that_an_entry_recorded_goes_along_with_that_entry(account: Account, witnesses: list[witness.Witness]) -> None:
    """A decision names what was known when it was signed; its paper with the number is made later, and recorded."""
    paper = ("decision-vi.pdf", b"%PDF- with its number")
    with transaction.atomic():
        issued = entries.record("document.issued", by=account, payload={"sha256": hashlib.sha256(paper[1]).hexdigest()})
        other = entries.record("document.issued", by=account, payload={"sha256": "00"})
    made = signed(account, composed())
    witnessed(witnesses)
    build = {"decision": made.decision, "signature": made.signature, "entry": made.entry, "documents": [*DOCUMENTS, paper]}
    octets = package.build(**build, more=[issued, other])
    report = packages.check_package(octets, package.keys_text())
    assert report["ok"], report
    assert "So are 2 further entries" in report["checks"][2]["says"]
    with pytest.raises(package.PackageRefused, match="nobody signed or recorded it"):
        package.build(**build, more=[other])
    for change in (
        lambda p: p["more"][0]["entry"].update(by_label="Another"),
        lambda p: p["more"][0].update(position=0),
        lambda p: p["more"][0]["content"].update(payload=p["more"][1]["content"]["payload"]),
        lambda p: p["more"][0].update(checkpoint=p["entry"]["checkpoint"] + "x"),
    ):
        assert "journal" in failing(altered(octets, "package.json", change), package.keys_text())
    with transaction.atomic():
        late = entries.record("document.issued", by=account, payload={"sha256": hashlib.sha256(paper[1]).hexdigest()})
    with pytest.raises(proofs.NoProof, match="is not witnessed yet"):
        package.build(**build, more=[late])
    witnessed(witnesses)
    assert package.build(**build, more=[late]), "both under the later checkpoint"


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../b", "a\\b", "c:x", "a//b", "a\nb"])
def test_a_document_cannot_be_called_by_a_way_out(name: str) -> None:
    with pytest.raises(package.PackageRefused, match="cannot be the name"):
        composed(documents=[(name, b"")])


def test_an_entry_by_somebody_else_or_about_something_else_makes_no_package(
    account: Account, witnesses: list[witness.Witness]
) -> None:
    other = Account.objects.create(username="clerk", label="Văn thư")
    made = signed(account, composed(), by=other)
    elsewhere = Told(made.decision, made.signature, signed(account, composed(votes=())).entry)
    witnessed(witnesses)
    with pytest.raises(package.PackageRefused, match="by somebody else than the signature"):
        made.build()
    with pytest.raises(package.PackageRefused, match="not about this decision"):
        elsewhere.build()


def test_a_signed_pdf_goes_along_and_is_checked_with_its_chain(
    account: Account, witnesses: list[witness.Witness], tmp_path: Path
) -> None:
    root = holder("Made-up root", issues=True)
    decision = composed()
    pdf = sign_pdf(signing.mark_pdf(blank_pdf(), decision), holder("Trần Văn Nam", under=root))
    signature = signing.accept_certificate(
        account=account, decision=decision, pdf=pdf, document="decision.pdf", roots=folder_of_roots(tmp_path / "roots", root)
    )
    with transaction.atomic():
        entry = entries.record("appointment.decided", by=account, payload=package.bound(decision))
    witnessed(witnesses)
    octets = package.build(decision=decision, signature=signature, entry=entry, documents=DOCUMENTS, pdf=pdf)
    published = package.keys_text()
    assert "No certificate that came along" in failing(octets, published)["signature"], "the root is not published"
    published += f"root {hashlib.sha256(root.der).hexdigest()} Made-up root\n"
    report = packages.check_package(octets, published)
    assert report["ok"], report
    assert report["checks"][1]["says"].startswith("Signed by Trần Văn Nam with a certificate under Made-up root")
    assert (
        "was changed after it was signed"
        in failing(altered(octets, "documents/decision.pdf", lambda body: body.replace(b"595", b"594", 1)), published)[
            "signature"
        ]
    )
    assert failing(altered(octets, "documents/decision.pdf", lambda _body: None), published) == {
        "signature": "The signed PDF is missing."
    }


# --- what is altered, exchanged or left out -------------------------------------------------------------------


def last_flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


ALTERED = {
    "the person": ("decision.json", lambda d: d.update(person="Another"), {"signature", "journal"}),
    "a count": ("decision.json", lambda d: d["votes"][0]["votes"].update({"7": 30}), {"signature", "journal", "votes"}),
    "a step": ("decision.json", lambda d: d["steps"].clear(), {"signature", "journal"}),
    "a cited hash": ("decision.json", lambda d: d["rules"][0].update(sha256="00"), {"signature", "journal", "rules"}),
    "a document": ("documents/minutes.txt", lambda _body: b"other", {"documents"}),
    "the text of an article": ("documents/rules/R-APP-1.yaml", lambda _body: b"other", {"documents", "rules"}),
    "a ballot": ("documents/ballots/1.json", lambda body: body.replace(b'"8"', b'"7"', 1), {"documents", "votes"}),
    "a ballot left out": ("documents/ballots/1.json", lambda _body: None, {"documents"}),
    "a document more": ("documents/more.txt", lambda _body: b"more", {"documents"}),
    "the signature": (
        "package.json", lambda p: p["signature"]["evidence"].update(signature=last_flipped(p["signature"]["evidence"]["signature"])),
        {"signature"},
    ),
    "who signed": ("package.json", lambda p: p["signature"].update(by_account=99), {"journal"}),
    "the kind of signature": ("package.json", lambda p: p["signature"].update(kind="passkey"), {"signature"}),
    "a kind that is none": ("package.json", lambda p: p["signature"].update(kind="stamp"), {"signature"}),
    "the entry": ("package.json", lambda p: p["entry"]["entry"].update(by_label="Another"), {"journal"}),
    "the moment of the entry": ("package.json", lambda p: p["entry"]["entry"].update(recorded_at="1999-01-01T00:00:00.000000Z"), {"journal"}),
    "the position": ("package.json", lambda p: p["entry"].update(position=p["entry"]["position"] - 1), {"journal"}),
    "the proof": ("package.json", lambda p: p["entry"].update(proof=p["entry"]["proof"][:-1]), {"journal"}),
    "the content": ("package.json", lambda p: p["entry"].update(content=None), {"journal"}),
    "the salt": ("package.json", lambda p: p["entry"]["content"].update(salt="00" * 32), {"journal"}),
    "the checkpoint": (
        "package.json",
        lambda p: p["entry"].update(checkpoint=p["entry"]["checkpoint"].replace("canbo/tried\n", "canbo/tried\n9", 1)),
        {"journal", "witnesses"},
    ),
    "a witness left out": (
        "package.json",
        lambda p: p["entry"].update(checkpoint="\n".join(p["entry"]["checkpoint"].split("\n")[:-2]) + "\n"),
        {"witnesses"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_found_by_the_check_of_its_name(told: Told, what: str) -> None:
    name, change, expected = ALTERED[what]
    assert set(failing(altered(told.build(), name, change), package.keys_text())) == expected


def test_a_package_forged_with_keys_of_its_own_does_not_hold_against_the_published_ones(
    told: Told, account: Account, tmp_path: Path, settings: Any
) -> None:
    published = package.keys_text()
    settings.CANBO_JOURNAL_KEY_FILE = tmp_path / "another.key"
    mine = [witness.Witness.made(tmp_path / f"my-{n}", name=f"my-{n}", journal=keys.signer().key) for n in ("a", "b")]
    for each in mine:
        witnessing.register(public=str(each.key), body=f"Body {each.key.name}", by=account, on=date(2026, 8, 3))
    forged = signed(account, {**composed(), "person": "Another"})
    witnessed(mine)
    octets = forged.build()
    assert packages.check_package(octets)["ok"], "in itself it is consistent"
    assert set(failing(octets, published)) == {"journal", "witnesses"}


def test_one_key_under_two_bodies_is_not_two_witnesses(told: Told) -> None:
    lines = package.keys_text().splitlines()
    twice = "\n".join([lines[0], lines[1], lines[1].replace("Body of", "Another body of")])
    with pytest.raises(verifier.Unreadable, match="One public key stands there twice"):
        packages.check_package(told.build(), twice)
    same = "\n".join([lines[0], *(line.split(" Body")[0] + " One body" for line in lines[1:])])
    assert failing(told.build(), same) == {"witnesses": "The checkpoint is cosigned by witnesses in 1 bodies; 2 are needed."}
    assert failing(told.build(), package.keys_text(), quorum=3) == {
        "witnesses": "The checkpoint is cosigned by witnesses in 2 bodies; 3 are needed."
    }


def test_a_passkey_that_was_not_published_is_named(told: Told) -> None:
    used = packages.fingerprint(told.signature.evidence["key"])
    assert failing(told.build(), package.keys_text() + f"signer {used} The chair\n") == {}
    assert "none of the published passkeys" in failing(told.build(), package.keys_text() + "signer 00 Nobody\n")["signature"]


# --- bad files ------------------------------------------------------------------------------------------------


def packed(files: dict[str, bytes], kind: int = zipfile.ZIP_STORED, twice: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
        if twice:
            with warnings.catch_warnings(action="ignore"):
                archive.writestr(zipfile.ZipInfo(next(iter(files))), b"{}")
    return out.getvalue()


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "not a whole package"),
        (b"PK\x03\x04nonsense", "not a whole package"),
        (packed({}), "Expected decision.json and package.json"),
        (packed({"decision.json": b"{}"}), "Expected decision.json and package.json"),
        (packed({"decision.json": b"{}", "package.json": b"{}"}), "Expected a package of format"),
        (packed({"decision.json": b'{"a":1, "b":2}', "package.json": b"{}"}), "canonical JSON"),
        (packed({"decision.json": b'{"a":1,"a":2}', "package.json": b"{}"}), "canonical JSON"),
        (packed({"decision.json": b"[" * 100_000, "package.json": b"{}"}), "canonical JSON"),
        (packed({"decision.json": b"\xff", "package.json": b"{}"}), "canonical JSON"),
        (packed({"decision.json": bytes(5_000_000), "package.json": b"{}"}, zipfile.ZIP_DEFLATED), "stored as they are"),
        (packed({"decision.json": b"{}"}, twice=True), "names a file twice"),
        (packed({"decision.json": b"{}", "package.json": b'{"format":"canbo-decision-package/1"}'}), "signature, entry and keys"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_package_is_said_to_be_none(octets: bytes, said: str) -> None:
    with pytest.raises(verifier.Unreadable, match=said):
        packages.check_package(octets)


@pytest.mark.parametrize("text", ["", "nonsense", "journal x", "witness y", "signer only"])
def test_keys_that_are_none_are_said_to_be_none(told: Told, text: str) -> None:
    with pytest.raises(verifier.Unreadable, match="Expected"):
        packages.check_package(told.build(), text)


def test_no_octet_of_a_package_can_be_altered_unseen(told: Told) -> None:
    """Every 23rd octet of every file in turn, packed anew: something does not hold, or it is no package any more.

    But for the keys that come along: whoever has the published ones does not ask them.
    """
    octets, published = told.build(), package.keys_text()
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    tried = 0
    for name, body in files.items():
        for at in range(0, len(body), 23):
            broken = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            try:
                report = packages.check_package(package.zipped({**files, name: broken}), published)
            except verifier.Unreadable:
                report = {"ok": False}
            if report["ok"]:
                held, before = json.loads(broken), json.loads(body)
                assert {part for part in held if held[part] != before[part]} == {"keys"}, (name, at)
            tried += 1
    assert tried > 150


# --- of a case ------------------------------------------------------------------------------------------------


def test_the_decision_of_a_case_takes_effect_once_witnessed_and_can_be_taken_away_whole(
    own_register: str, settings: Any, tmp_path: Path
) -> None:
    settings.CANBO_JOURNAL_KEY_FILE, settings.CANBO_JOURNAL_ORIGIN = tmp_path / "journal.key", "canbo/tried"
    settings.CANBO_DEMO = True
    with authority.sight(intake.console()):
        office = offices.build(worlds.build())
    offices.keep_from(date(2026, 7, 1))
    them = [witness.Witness.made(tmp_path / n, name=n, journal=keys.signer().key) for n in ("inspection", "front")]
    with authority.sight(intake.console()):
        for each in them:
            witnessing.register(public=str(each.key), body=f"Body of {each.key.name}", by=intake.console(), on=offices.ON)
        case = office.decided()
    assert offices.take(case).state == Ruling.State.PUBLISHED, "not witnessed yet"
    witnessed(them[:1])
    assert offices.take(case).state == Ruling.State.PUBLISHED, "one body is not enough"
    witnessed(them)
    ruling = offices.take(case)
    assert (ruling.state, ruling.reason) == (Ruling.State.EFFECTIVE, "")
    with authority.sight(intake.console()):
        octets = package.of_ruling(Ruling.objects.get(pk=ruling.pk))
    report = packages.check_package(octets, package.keys_text())
    assert report["ok"], packages.report_lines(report)
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        assert json.loads(archive.read("decision.json"))["case"] == case.pk
        papers = [name for name in archive.namelist() if name.startswith("documents/decision-")]
        assert papers and archive.read(papers[0]).startswith(b"%PDF")
    (tmp_path / "decision.zip").write_bytes(octets)
    assert alone(tmp_path, "decision.zip")[0] == 0
    forged = altered(octets, "decision.json", lambda d: d["persons"][0].update(name="Another"))
    assert set(failing(forged, package.keys_text())) == {"signature", "journal"}


# --- with only Python -----------------------------------------------------------------------------------------


def alone(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the program of one file, with no library but the standard one."""
    file = folder / "verify_canbo.py"
    file.write_text(program.text("verify_canbo.py"), encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(file), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.returncode, done.stdout + done.stderr


def test_somebody_with_only_python_and_the_file_can_check_it(told: Told, tmp_path: Path) -> None:
    (tmp_path / "decision.zip").write_bytes(told.build())
    (tmp_path / "keys.txt").write_text(package.keys_text(), encoding="utf-8")
    (tmp_path / "other.zip").write_bytes(altered(told.build(), "documents/minutes.txt", lambda _body: b"x"))
    code, said = alone(tmp_path, "decision.zip", "--keys", "keys.txt")
    assert (code, said.splitlines()[0]) == (0, "THE PACKAGE HOLDS.")
    code, said = alone(tmp_path, "decision.zip", "--keys", "keys.txt", "--json")
    assert (code, json.loads(said)["ok"]) == (0, True)
    code, said = alone(tmp_path, "other.zip")
    assert (code, said.splitlines()[0]) == (1, "THE PACKAGE DOES NOT HOLD.")
    assert "FAILS  documents  The document minutes.txt is not the one that was signed." in said
    code, said = alone(tmp_path, "keys.txt")
    assert (code, said.startswith("CANNOT BE CHECKED. The file is not a whole package")) == (2, True)


def test_the_program_of_one_file_says_nothing_twice_and_leans_on_the_standard_library_alone() -> None:
    import ast

    tree = ast.parse(program.text("verify_canbo.py"))
    imported = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    names += [
        target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)
    ]
    assert not {name for name in names if names.count(name) > 1}

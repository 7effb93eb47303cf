"""The program of a witness: what it cosigns, what it refuses, what it keeps; and two of them compared."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from canbo.journal import merkle, program, verifier, witness
from canbo.journal.keys import Signer
from canbo.journal.witness import Request, Witness, compare, read_request, write_request

SIGNER = Signer("canbo/tried", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = Signer("canbo/tried", Ed25519PrivateKey.from_private_bytes(bytes(32)))


class Journal:
    """A journal in memory: `words` decide what is in it."""

    def __init__(self, *words: str, signer: Signer = SIGNER) -> None:
        self.leaves, self.signer = [merkle.leaf_hash(word.encode()) for word in words], signer

    def node(self, level: int, index: int) -> bytes:
        if level == 0:
            return self.leaves[index]
        return merkle.node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))

    def note(self, size: int | None = None) -> str:
        leaves = self.leaves[:size]
        return self.signer.checkpoint(len(leaves), merkle.root(leaves))

    def request(self, old: int, size: int | None = None) -> str:
        new = len(self.leaves) if size is None else size
        path = merkle.consistency(old=old, new=new, nodes=self.node) if old <= new else []
        return write_request(Request(old, path, self.note(size)))


def words(count: int, other_from: int | None = None) -> list[str]:
    return [f"act {n}" if other_from is None or n < other_from else f"another {n}" for n in range(count)]


@pytest.fixture
def inspector(tmp_path: Path) -> Witness:
    return Witness.made(tmp_path / "inspection.witness", name="inspection", journal=SIGNER.key)


def test_a_request_is_the_text_of_the_standard_and_reads_back() -> None:
    text = Journal(*words(9)).request(5)
    head, rest = text.split("\n", 1)
    assert head == "old 5"
    assert rest.split("\n\n", 1)[1] == Journal(*words(9)).note()
    assert write_request(read_request(text)) == text


@pytest.mark.parametrize("text", ["", "old", "old x\n\n", "old -1\n\nx", "old 1\n!!!\n\nnote", "old 1\n" + "AAAA\n" * 64 + "\nx"])
def test_what_is_no_request_is_unreadable(text: str) -> None:
    with pytest.raises(verifier.Unreadable):
        read_request(text)


def test_a_head_is_cosigned_in_the_form_of_the_standard(inspector: Witness) -> None:
    cosigned = inspector.cosign(Journal(*words(7)).request(0), now=lambda: 1_679_315_147)
    head = verifier.read_checkpoint(cosigned)
    assert head.size == 7
    assert verifier.cosigned_at(head, inspector.key) == 1_679_315_147
    name, octets = head.signatures[1]
    assert (name, octets[:4], len(octets)) == ("inspection", inspector.key.number, 76)
    assert verifier.check_checkpoint(cosigned, SIGNER.key).size == 7
    message = b"cosignature/v1\ntime 1679315147\n" + head.text.encode()
    assert verifier.signature_holds(inspector.key.public, octets[12:], message)


def test_the_published_example_of_a_cosignature_is_read_as_the_standard_says() -> None:
    """The example note of c2sp.org/tlog-cosignature: its key ID and time are where we look for them."""
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    head = verifier.read_checkpoint(note)
    assert (head.size, len(head.signatures)) == (20852163, 2)
    assert len(head.signatures[1][1]) == 76
    assert int.from_bytes(head.signatures[1][1][4:12], "big") == 1_679_315_147


def test_a_journal_that_grew_is_cosigned_and_the_head_is_remembered(inspector: Witness) -> None:
    journal = Journal(*words(40))
    for old, new in ((0, 3), (3, 3), (3, 17), (17, 32), (32, 40)):
        inspector.cosign(journal.request(old, new))
        last = inspector.last()
        assert last is not None and last.size == new
    assert len(inspector.heads.read_text().splitlines()) == 5
    assert not inspector.evidence.exists()


REFUSED = {
    "a shorter journal": (lambda: Journal(*words(9)).request(9, 9), "became shorter: 9 entries, after it had 20"),
    "another root at the same size": (lambda: Journal(*words(20, 11)).request(20), "forked: two roots at 20 entries"),
    "a fork that grew on": (lambda: Journal(*words(30, 11)).request(20), "does not continue the one of 20"),
    "a true head with a false proof": (
        lambda: write_request(Request(20, [bytes(32)], Journal(*words(30)).note())), "does not continue the one of 20",
    ),
    "a true head with no proof": (lambda: write_request(Request(20, [], Journal(*words(30)).note())), "does not continue the one of 20"),
    "a fork with the proof of the true journal": (
        lambda: write_request(Request(20, read_request(Journal(*words(30)).request(20)).proof, Journal(*words(30, 11)).note())),
        "does not continue the one of 20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_speaks_against_the_journal_is_refused_and_kept_as_evidence(inspector: Witness, name: str) -> None:
    offered, said = REFUSED[name]
    inspector.cosign(Journal(*words(20)).request(0))
    before = inspector.read()
    with pytest.raises(verifier.Refused, match=said):
        inspector.cosign(offered())
    (kept,) = inspector.evidence.iterdir()
    evidence = json.loads(kept.read_text())
    assert said in evidence["reason"]
    assert (evidence["offered"], evidence["last"]) == (offered(), before["last"])
    assert inspector.read() == before, "what was refused changes nothing"
    inspector.cosign(Journal(*words(25)).request(20))


def test_a_proof_from_elsewhere_is_asked_for_again_and_is_no_evidence(inspector: Witness) -> None:
    inspector.cosign(Journal(*words(20)).request(0))
    with pytest.raises(verifier.Refused, match="The proof begins at 7 entries; this witness saw 20. Ask again"):
        inspector.cosign(Journal(*words(30)).request(7))
    assert not inspector.evidence.exists()


def test_a_head_that_the_journal_did_not_sign_is_refused_and_is_no_evidence(inspector: Witness) -> None:
    with pytest.raises(verifier.Refused, match="bears no signature"):
        inspector.cosign(Journal("a", signer=STRANGER).request(0))
    with pytest.raises(verifier.Refused, match="of the journal 'canbo/other'"):
        inspector.cosign(Journal("a", signer=Signer("canbo/other", SIGNER.private)).request(0))
    assert not inspector.evidence.exists()


def test_a_clock_that_was_turned_back_stops_the_witness(inspector: Witness) -> None:
    inspector.cosign(Journal(*words(3)).request(0), now=lambda: 2_000)
    with pytest.raises(verifier.Refused, match="clock of this machine stands before"):
        inspector.cosign(Journal(*words(5)).request(3), now=lambda: 1_000)


def test_a_witness_keeps_its_key_to_itself_and_is_not_made_twice(inspector: Witness) -> None:
    assert inspector.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(verifier.Unreadable, match="exists already"):
        Witness.made(inspector.path, name="inspection", journal=SIGNER.key)
    with pytest.raises(verifier.Unreadable, match="no space and no plus"):
        Witness.made(inspector.path.with_name("x"), name="in spection", journal=SIGNER.key)


# --- two witnesses --------------------------------------------------------------------------------------------


def seen(tmp_path: Path, name: str, journal: Journal, *sizes: int) -> Path:
    each, old = Witness.made(tmp_path / name, name=name, journal=SIGNER.key), 0
    for size in sizes:
        each.cosign(journal.request(old, size))
        old = size
    return each.path


def run(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "canbo.journal.witness", *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_two_who_saw_the_same_journal_agree(tmp_path: Path) -> None:
    journal = Journal(*words(20))
    one, other = seen(tmp_path, "a", journal, 5, 20), seen(tmp_path, "b", journal, 20)
    code, said = run("compare", str(one), str(other), "--journal", str(SIGNER.key))
    assert (code, said) == (0, "Both saw the same journal of 20 entries.\n")


def test_a_split_view_shows_where_both_saw_the_same_size(tmp_path: Path) -> None:
    one, other = seen(tmp_path, "a", Journal(*words(30)), 5, 20, 30), seen(tmp_path, "b", Journal(*words(40, 11)), 5, 20, 40)
    code, said = run("compare", str(one), str(other))
    assert code == 1
    assert "SPLIT VIEW: canbo/tried showed two roots at 20 entries" in said


def test_a_split_view_with_no_size_in_common_shows_when_a_proof_is_asked_for(tmp_path: Path) -> None:
    journal, forked = Journal(*words(30)), Journal(*words(40, 11))
    one, other = seen(tmp_path, "a", journal, 30), seen(tmp_path, "b", forked, 40)
    code, said = run("compare", str(one), str(other))
    assert code == 2
    assert "ask for the proof that the one continues" in said
    for best in (forked, Journal(*words(40))):
        path = merkle.consistency(old=30, new=40, nodes=best.node)
        bundle = {
            "format": verifier.CONSISTENCY, "old": journal.note(), "new": forked.note(), "proof": [step.hex() for step in path],
        }  # fmt: skip
        proof = tmp_path / "proof.json"
        proof.write_text(json.dumps(bundle))
        for key in ([], ["--journal", str(SIGNER.key)]):
            code, said = run("compare", str(one), str(other), "--proof", str(proof), *key)
            assert code == 1
            assert "does not continue" in said
    bundle["new"] = Journal(*words(40)).note()
    proof.write_text(json.dumps(bundle))
    assert "The proof is not between 30 and 40" in run("compare", str(one), str(other), "--proof", str(proof))[1]


def test_notes_are_compared_as_they_are_and_a_proof_settles_it(tmp_path: Path) -> None:
    journal = Journal(*words(40))
    for size in (30, 40):
        (tmp_path / str(size)).write_text(journal.note(size), encoding="utf-8")
    path = merkle.consistency(old=30, new=40, nodes=journal.node)
    bundle = {"format": verifier.CONSISTENCY, "old": journal.note(30), "new": journal.note(40), "proof": [s.hex() for s in path]}
    said = compare(*(witness.notes_of(tmp_path / name) for name in ("30", "40")), SIGNER.key, json.dumps(bundle))
    assert "The first 30 of the 40 entries" in said
    with pytest.raises(verifier.Refused, match="bears no signature"):
        compare(witness.notes_of(tmp_path / "30"), witness.notes_of(tmp_path / "40"), STRANGER.key)


# --- as a program, alone, over the network --------------------------------------------------------------------


class Pages(http.server.BaseHTTPRequestHandler):
    """What the pages of canbo answer a witness, for a journal in memory."""

    journal: Journal
    handed_in: list[str]

    def do_GET(self) -> None:
        old = int(self.path.partition("old=")[2])
        self.answer(self.journal.request(old).encode(), [("Set-Cookie", "csrftoken=abc; Path=/")])

    def do_POST(self) -> None:
        assert self.headers["X-CSRFToken"] == "abc" in self.headers["Cookie"]
        self.handed_in.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(b"thanks")

    def answer(self, body: bytes, more: Any = ()) -> None:
        self.send_response(200)
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[tuple[str, type[Pages]]]:
    pages = type("Served", (Pages,), {"journal": Journal(*words(20)), "handed_in": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", pages
    server.shutdown()
    server.server_close()


def test_one_file_with_python_and_cryptography_is_enough(tmp_path: Path, site: Any) -> None:
    url, pages = site
    alone = tmp_path / "canbo_witness.py"
    alone.write_text(program.text("canbo_witness.py"), encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str]:
        environment = {**os.environ, "no_proxy": "127.0.0.1"}
        command = [sys.executable, str(alone), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
        return done.returncode, done.stdout + done.stderr

    assert "import canbo" not in alone.read_text() and "from canbo" not in alone.read_text()
    code, key = run("new", "w", "--name", "front", "--journal", str(SIGNER.key))
    assert code == 0
    assert verifier.read_key(key, verifier.WITNESS).name == "front"
    assert run("key", "w") == (0, key)
    assert run("watch", "w", url, "--once") == (0, "Cosigned 20 entries.\n")
    assert run("watch", "w", url, "--once") == (0, "Nothing new after 20 entries.\n")
    pages.journal = Journal(*words(33))
    assert run("watch", "w", url, "--once") == (0, "Cosigned 33 entries.\n")
    (first, second) = pages.handed_in
    for note, size in ((first, 20), (second, 33)):
        head = verifier.read_checkpoint(note)
        assert (head.size, verifier.cosigned_at(head, verifier.read_key(key, verifier.WITNESS)) is not None) == (size, True)
    pages.journal = Journal(*words(50, 11))
    code, said = run("watch", "w", url, "--once")
    assert code == 1
    assert "REFUSED. The journal of 50 entries does not continue the one of 33" in said
    assert len(list(Path(f"{tmp_path}/w.evidence").iterdir())) == 1
    (tmp_path / "request.txt").write_text(Journal(*words(40)).request(33), encoding="utf-8")
    assert run("sign", "w", "request.txt", "-o", "cosigned.txt") == (0, "")
    assert verifier.read_checkpoint((tmp_path / "cosigned.txt").read_text(encoding="utf-8")).size == 40


def test_what_was_cosigned_but_not_handed_in_is_handed_in_again(tmp_path: Path, site: Any, inspector: Witness) -> None:
    url, pages = site
    inspector.cosign(pages.journal.request(0))
    assert witness.look(inspector, witness.Site(url)) == "Cosigned 20 entries."
    assert len(pages.handed_in) == 1


def test_an_address_that_is_none_or_does_not_answer_is_said_in_one_sentence(inspector: Witness) -> None:
    assert "begins with https" in run("watch", str(inspector.path), "file:///etc/passwd", "--once")[1]
    code, said = run("watch", str(inspector.path), "http://127.0.0.1:9", "--once")
    assert code == 1
    assert said.startswith("WAITING. http://127.0.0.1:9/journal/head?old=0 does not answer")

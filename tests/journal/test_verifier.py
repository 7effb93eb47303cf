"""The file that a stranger runs: its signature check, its reading, and its refusals."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from canbo.journal import merkle, verifier
from canbo.journal.keys import Signer

PROGRAM = Path(verifier.__file__)

# RFC 8032, section 7.1: public key, message, signature of tests 1, 2, 3 and SHA(abc).
VECTORS = {
    "test 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "test 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "test 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "test SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}

SIGNER = Signer("canbo/tried", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = Signer("canbo/tried", Ed25519PrivateKey.from_private_bytes(bytes(32)))
ENTRY = {
    "about_id": "7", "about_kind": "registry.post", "act": "post.founded", "by_id": 3, "by_label": "Nguyễn Thị Hoa",
    "commitment": verifier.commitment(b"s" * 32, '{"quota":3}').hex(), "id": 12, "key": None, "on": "2025-07-01",
    "recorded_at": "2025-07-01T02:03:04.000005Z", "v": 1,
}  # fmt: skip


def tree(size: int = 20, position: int = 11) -> tuple[list[bytes], merkle.Nodes]:
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]
    leaves[position] = verifier.entry_leaf(ENTRY)

    def node(level: int, index: int) -> bytes:
        return leaves[index] if level == 0 else merkle.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return leaves, node


def inclusion(signer: Signer = SIGNER) -> dict[str, Any]:
    leaves, nodes = tree()
    return {
        "format": verifier.INCLUSION,
        "entry": dict(ENTRY),
        "content": {"salt": (b"s" * 32).hex(), "payload": '{"quota":3}'},
        "position": 11,
        "proof": [step.hex() for step in merkle.inclusion(position=11, size=20, nodes=nodes)],
        "checkpoint": signer.checkpoint(20, merkle.root(leaves)),
    }


def consistency(old: int = 13) -> dict[str, Any]:
    leaves, nodes = tree()
    return {
        "format": verifier.CONSISTENCY,
        "old": SIGNER.checkpoint(old, merkle.root(leaves[:old])),
        "new": SIGNER.checkpoint(20, merkle.root(leaves)),
        "proof": [step.hex() for step in merkle.consistency(old=old, new=20, nodes=nodes)],
    }


def checked(bundle: dict[str, Any] | str, kept: str | None = None, signer: Signer = SIGNER) -> str:
    return verifier.check(bundle if isinstance(bundle, str) else json.dumps(bundle), signer.key, kept)


# --- the signature --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VECTORS)
def test_the_signatures_of_rfc_8032_hold(name: str) -> None:
    public, message, signature = (bytes.fromhex(part) for part in VECTORS[name])
    assert verifier.signature_holds(public, signature, message)
    assert not verifier.signature_holds(public, signature, message + b"x")


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_signatures_are_judged_as_the_cryptography_library_judges_them(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    for tried in (signature, bytes(flipped)):
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(tried, message)
            judged = True
        except InvalidSignature:
            judged = False
        assert verifier.signature_holds(public, tried, message) is judged


def test_a_signature_whose_number_is_too_large_is_refused() -> None:
    public, message, signature = (bytes.fromhex(part) for part in VECTORS["test 2"])
    larger = int.from_bytes(signature[32:], "little") + verifier.ORDER
    assert not verifier.signature_holds(public, signature[:32] + larger.to_bytes(32, "little"), message)


@pytest.mark.parametrize("public", [b"", bytes(31), b"\xff" * 32, (verifier.P + 1).to_bytes(32, "little"), b"\x02" + bytes(31)])
def test_a_key_that_is_no_point_verifies_nothing(public: bytes) -> None:
    assert not verifier.signature_holds(public, bytes(64), b"")


# --- proofs ---------------------------------------------------------------------------------------------------


def test_a_true_inclusion_proof_says_what_it_proves() -> None:
    said = checked(inclusion())
    assert "Entry 12 (post.founded" in said
    assert "position 11 of the 20 entries of canbo/tried" in said
    assert "content shown is what was recorded" in said


def test_a_proof_without_content_says_so() -> None:
    bundle = inclusion()
    del bundle["content"]
    assert "content was not shown" in checked(bundle)


@pytest.mark.parametrize(
    ("field", "value"),
    [("act", "post.closed"), ("by_label", "Another"), ("by_id", None), ("on", "2025-07-02"), ("id", 13), ("key", "k"),
     ("about_id", "8"), ("about_kind", "registry.person"), ("recorded_at", "2025-07-01T02:03:04.000006Z"),
     ("commitment", "00" * 32)],
)  # fmt: skip
def test_no_field_of_an_entry_can_be_altered_under_its_proof(field: str, value: Any) -> None:
    bundle = inclusion()
    bundle["entry"][field] = value
    with pytest.raises(verifier.Refused, match="altered"):
        checked(bundle)


def test_another_content_is_refused() -> None:
    bundle = inclusion()
    bundle["content"]["payload"] = '{"quota":4}'
    with pytest.raises(verifier.Refused, match="not the content"):
        checked(bundle)


def test_a_signature_by_another_key_is_refused() -> None:
    with pytest.raises(verifier.Refused, match="no signature by"):
        checked(inclusion(STRANGER))


def test_a_false_signature_is_refused() -> None:
    note = inclusion()["checkpoint"].replace("\n20\n", "\n21\n")
    with pytest.raises(verifier.Refused, match="is false"):
        checked(note)


def test_a_checkpoint_of_another_journal_is_refused() -> None:
    other = Signer("canbo/other", SIGNER.private)
    with pytest.raises(verifier.Refused, match="of the journal 'canbo/other'"):
        checked(inclusion(other))


def test_a_longer_journal_is_proved_to_continue_a_shorter() -> None:
    assert "The first 13 of the 20 entries" in checked(consistency())


def test_a_consistency_proof_for_another_past_is_refused() -> None:
    bundle = consistency()
    bundle["old"] = SIGNER.checkpoint(13, merkle.root(tree()[0][1:14]))
    with pytest.raises(verifier.Refused, match="rewritten"):
        checked(bundle)


def test_a_kept_checkpoint_must_agree() -> None:
    bundle = consistency()
    assert "agrees with the checkpoint you kept" in checked(bundle, kept=bundle["old"])
    other = SIGNER.checkpoint(13, merkle.EMPTY)
    with pytest.raises(verifier.Refused, match="history was rewritten"):
        checked(bundle, kept=other)
    with pytest.raises(verifier.Unreadable, match="You kept a checkpoint of 5 entries"):
        checked(bundle, kept=SIGNER.checkpoint(5, merkle.EMPTY))


def test_a_witness_may_sign_beneath_the_journal() -> None:
    note = inclusion()["checkpoint"]
    witness = Signer("witness/front", STRANGER.private).checkpoint(20, merkle.EMPTY).rpartition("\n\n")[2]
    assert "had 20 entries" in checked(note + witness)


@pytest.mark.parametrize(
    "text",
    ["", "x", "a\n1\n", "{}", "{", "[]", '{"format": 1}', "a\n1\nAAAA\n\n", "a\n-1\nAAAA\n\n\u2014 a AAAA\n", "a\n01\nAAAA\n\n\u2014 a AAAA\n",
     "a\n1\nAAAA\n\n\u2014 a AAAA\n", "a\n1\n!\n\n\u2014 a AAAA\n", "a\n1\nAAAA\n\n- a AAAA\n", "a\r\n1\nAAAA\n\n\u2014 a AAAA\n", "{" * 100_000],
)  # fmt: skip
def test_what_is_no_proof_is_called_unreadable(text: str) -> None:
    with pytest.raises(verifier.Unreadable):
        checked(text)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_no_damage_to_a_proof_makes_it_say_something_else(data: st.DataObject) -> None:
    bundle = data.draw(st.sampled_from([inclusion(), consistency()]))
    text = json.dumps(bundle, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.characters(codec="utf-8")) + text[at + data.draw(st.integers(0, 2)) :]
    try:
        said = checked(damaged)
    except (verifier.Refused, verifier.Unreadable):
        return
    assert said in {checked(bundle), checked({k: v for k, v in bundle.items() if k != "content"})}


@pytest.mark.parametrize(
    "text",
    ["", "canbo", "canbo+12345678", "canbo+12345678+%%%", "canbo+12345678+AAAA", str(SIGNER.key).replace("tried", "other")],
)
def test_a_mistyped_key_is_called_unreadable(text: str) -> None:
    with pytest.raises(verifier.Unreadable, match="Expected a public key"):
        verifier.read_key(text)


def test_a_key_is_read_as_it_was_written() -> None:
    assert verifier.read_key(f" {SIGNER.key}\n") == SIGNER.key


# --- the program ----------------------------------------------------------------------------------------------


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a lone copy of the file, without any installed package in reach."""
    shutil.copy(PROGRAM, folder / "verifier.py")
    return subprocess.run(
        [sys.executable, "-I", "-S", "verifier.py", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_it_needs_nothing_but_the_standard_library() -> None:
    imported = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= set(sys.stdlib_module_names)


def test_a_lone_copy_checks_a_proof_and_says_so_in_words(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text(json.dumps(inclusion()), encoding="utf-8")
    (tmp_path / "key.txt").write_text(str(SIGNER.key) + "\n")
    (tmp_path / "kept.txt").write_text(inclusion()["checkpoint"], encoding="utf-8")
    done = run(tmp_path, "proof.json", "--key", "key.txt", "--kept", "kept.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("HOLDS. Entry 12")


def test_its_exit_code_tells_false_from_unreadable(tmp_path: Path) -> None:
    bundle = inclusion()
    bundle["entry"]["act"] = "post.closed"
    (tmp_path / "false.json").write_text(json.dumps(bundle), encoding="utf-8")
    (tmp_path / "odd.json").write_bytes(b"\xff\xfe\x00")
    key = str(SIGNER.key)
    assert run(tmp_path, "false.json", "--key", key).returncode == 1
    for arguments in (["odd.json", "--key", key], ["none.json", "--key", key], ["false.json", "--key", "x"], ["false.json"]):
        done = run(tmp_path, *arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr

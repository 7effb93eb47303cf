"""The signing key: a file that only its owner reads, made once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from canbo.journal import keys, merkle, verifier
from tests.journal.acts import together


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "journal.key"
    first = keys.signer(file, origin="canbo/tried")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys.signer(file, origin="canbo/tried").key == first.key
    assert [kept.name for kept in file.parent.iterdir()] == ["journal.key"]


def test_all_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    found = together(*[lambda: keys.signer(tmp_path / "journal.key", origin="canbo/tried").key] * 6)
    assert len(set(found)) == 1


def test_what_it_signs_holds(tmp_path: Path) -> None:
    signer = keys.signer(tmp_path / "journal.key", origin="canbo/tried")
    note = signer.checkpoint(3, merkle.EMPTY)
    assert verifier.check_checkpoint(note, verifier.read_key(str(signer.key))).size == 3


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "journal.key"
    keys.signer(file, origin="canbo/tried")
    file.chmod(0o644)
    with pytest.raises(keys.KeyProblem, match="chmod 600"):
        keys.signer(file, origin="canbo/tried")


def test_a_file_that_holds_no_key_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "journal.key"
    file.touch(mode=0o600)
    file.write_text("my other file")
    with pytest.raises(keys.KeyProblem, match="holds no Ed25519 key"):
        keys.signer(file, origin="canbo/tried")
    assert file.read_text() == "my other file"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(keys.KeyProblem, match=r"file/journal\.key cannot be used"):
        keys.signer(tmp_path / "file" / "journal.key", origin="canbo/tried")


@pytest.mark.parametrize("origin", ["with space", "with+plus", "with\nline"])
def test_a_name_that_would_break_the_checkpoint_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(keys.KeyProblem, match="no space and no plus"):
        keys.signer(tmp_path / "journal.key", origin=origin)

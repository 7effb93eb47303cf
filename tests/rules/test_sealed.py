"""What is kept on disk and run as it is read: taken back only whole, and only from a folder of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbo.rules import sealed


def test_what_was_written_is_read_back_and_nothing_else_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "new" / "body"
    sealed.write(file, b"one")
    sealed.write(file, b"two")
    assert sealed.read(file) == b"two"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("change", [lambda whole: whole[:-1], lambda whole: whole + b"x", lambda whole: b""])
def test_a_file_that_was_changed_is_not_taken(tmp_path: Path, change: object) -> None:
    file = tmp_path / "body"
    sealed.write(file, b"body")
    assert callable(change)
    file.write_bytes(change(file.read_bytes()))
    assert sealed.read(file) is None


def test_a_folder_that_others_may_write_to_is_neither_written_nor_read(tmp_path: Path) -> None:
    file = tmp_path / "body"
    sealed.write(file, b"body")
    tmp_path.chmod(0o777)
    assert sealed.read(file) is None
    sealed.write(tmp_path / "other", b"body")
    assert not (tmp_path / "other").exists()


def test_a_place_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    sealed.write(tmp_path / "taken" / "body", b"body")
    assert sealed.read(tmp_path / "taken" / "body") is None

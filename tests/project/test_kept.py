"""A rulebook kept between two commands: the same as read anew, and never taken where it may have been changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from canbo.project.kept import kept
from canbo.rules import corpus as rulebooks
from canbo.rules.corpus import RulebookRefused

SMALL = rulebooks.find().parents[1] / "benchmarks" / "rulebook"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "book"))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every rulebook that was read from its files."""
    read: list[Path] = []
    load = rulebooks.load
    monkeypatch.setattr(rulebooks, "load", lambda path: read.append(path) or load(path))
    return read


def test_the_second_time_it_is_taken_from_disk_and_is_the_same(book: Path, tmp_path: Path, counted: list[Path]) -> None:
    first, second = (kept(book, folder=tmp_path / "kept") for _ in range(2))
    assert len(counted) == 1
    assert (second.hash, second.path, second.articles) == (first.hash, first.path, first.articles)
    assert dict(second.facts) == dict(first.facts)


def test_a_program_that_starts_takes_the_shipped_rulebook_from_disk(
    book: Path, tmp_path: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulebooks, "find", lambda name: book)
    for _start in range(2):
        rulebooks.read_through(lambda path: kept(path, folder=tmp_path / "kept"))
        assert rulebooks.opened("small").articles
    assert counted == [book]
    rulebooks.read_through(kept)


def test_a_changed_article_is_read_anew(book: Path, tmp_path: Path, counted: list[Path]) -> None:
    kept(book, folder=tmp_path / "kept")
    file = book / "holding" / "planned.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    kept(book, folder=tmp_path / "kept")
    assert len(counted) == 2


def test_nothing_is_taken_from_a_folder_that_others_can_write_to(book: Path, tmp_path: Path, counted: list[Path]) -> None:
    folder = tmp_path / "kept"
    kept(book, folder=folder)
    folder.chmod(0o777)
    kept(book, folder=folder)
    assert len(counted) == 2


def test_what_is_damaged_is_read_anew(book: Path, tmp_path: Path, counted: list[Path]) -> None:
    kept(book, folder=tmp_path / "kept")
    (file,) = (tmp_path / "kept").glob("*.pickle")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    kept(book, folder=tmp_path / "kept")
    assert len(counted) == 2


def test_a_rulebook_with_a_mistake_is_refused_and_not_kept(book: Path, tmp_path: Path) -> None:
    (book / "holding" / "planned.yaml").write_text("id: x\n", encoding="utf-8")
    with pytest.raises(RulebookRefused):
        kept(book, folder=tmp_path / "kept")
    assert not list(tmp_path.glob("kept/*"))

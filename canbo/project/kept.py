"""A rulebook kept between two commands: reading five hundred articles takes a second, taking them from disk a tenth.

What is kept belongs to the exact bytes of the rulebook and of the code that reads it, and is only taken from a folder that
nobody else can write to. A rulebook with mistakes is never kept.
"""

from __future__ import annotations

import gc
import hashlib
import pickle
import sys
from contextlib import suppress
from pathlib import Path

from canbo.project.database.home import state_home
from canbo.rules import corpus as rulebooks
from canbo.rules import sealed
from canbo.rules.corpus import Corpus

FOLDER = "rulebooks"
MOST = 8  # kept at a time; the oldest goes


def kept(path: Path, *, folder: Path | None = None) -> Corpus:
    """The rulebook at `path`, which may decide; raises RulebookRefused where it has mistakes.

    folder  where it is kept; in the state folder when not said
    """
    folder = folder or state_home() / FOLDER
    file = folder / f"{_key(path)}.pickle"
    found = _stored(file)
    if found is None:
        found = rulebooks.load(path)
        _store(file, found)
    return found


def _key(path: Path) -> str:
    """Changes with any byte of the rulebook, with its place, with the code that reads it and with Python."""
    code = [
        (file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(Path(rulebooks.__file__).parent.glob("*.py"))
    ]
    whole = (str(path.resolve()), rulebooks.content_hash(path), code, sys.version)
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def _stored(file: Path) -> Corpus | None:
    body = sealed.read(file)
    if body is None:
        return None
    with suppress(EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        gc.disable()  # a hundred thousand new objects, none of them rubbish
        try:
            found = pickle.loads(body)  # noqa: S301  # only we can have put it there
        finally:
            gc.enable()
        return found if isinstance(found, Corpus) else None
    return None


def _store(file: Path, corpus: Corpus) -> None:
    sealed.write(file, pickle.dumps(corpus, protocol=5))
    with suppress(OSError):
        for old in sorted(file.parent.glob("*.pickle"), key=lambda each: each.stat().st_mtime, reverse=True)[MOST:]:
            old.unlink(missing_ok=True)

"""Bytes kept on disk between two runs that are run as they are read: compiled kernels, pickled rulebooks.

They are sealed with their hash, written whole or not at all, and only taken from a folder that nobody else can write to.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

SEAL = hashlib.sha256().digest_size


def read(file: Path) -> bytes | None:
    """What was written to `file`, if it is there, whole, and only we can have put it there."""
    if not own(file.parent):
        return None
    try:
        whole = file.read_bytes()
    except OSError:
        return None
    seal, body = whole[:SEAL], whole[SEAL:]
    return body if hashlib.sha256(body).digest() == seal else None


def write(file: Path, body: bytes) -> None:
    """Keep `body` in `file`; a full or read-only disk costs the next run the work again, nothing else."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not own(file.parent):
            return
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(hashlib.sha256(body).digest() + body)
        Path(name).replace(file)


def own(folder: Path) -> bool:
    """Whether only we can have written in `folder`."""
    try:
        found = folder.stat()
    except OSError:
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)

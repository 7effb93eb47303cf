"""Asking and filling the databases of these tests, and acting as another account."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from canbo.project.database.binaries import Binaries, wheel_version

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can change to another account")


def ask(url: str, question: str, *values: Any) -> Any:
    """The first value of the first row."""
    with psycopg.connect(url, autocommit=True) as connection:
        answered = connection.execute(question, values)
        row = answered.fetchone() if answered.description else None
        return row[0] if row else None


def fill(url: str, *, rows: int) -> None:
    """A table `note` with `rows` rows."""
    ask(url, "CREATE TABLE note (id int PRIMARY KEY, words text)")
    ask(url, "INSERT INTO note SELECT n, 'Đặng ' || n FROM generate_series(1, %s) n", rows)


def as_account(uid: int, act: Callable[[], Any]) -> Any:
    """What `act` returns or raises in a child process that runs as `uid` and has no way back to root."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            told = (True, act())
        except BaseException as error:  # all of it goes to the parent
            told = (False, f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(told, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        good, value = pickle.load(pipe)
    os.waitpid(child, 0)
    if not good:
        raise AssertionError(value)
    return value


def older_binaries() -> Binaries | None:
    """Programs of a major version before ours, if this machine has any."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if folder.parent.name.isdigit() and int(folder.parent.name) < int(wheel_version().partition(".")[0]):
            return Binaries.in_folder(folder)
    return None


needs_older = pytest.mark.skipif(older_binaries() is None, reason="no older PostgreSQL in /usr/lib/postgresql")

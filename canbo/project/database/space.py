"""Stop writing while there is still room: on a full disk PostgreSQL does not slow down, it stops."""

from __future__ import annotations

import shutil

from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.provider import provider

MB = 1024 * 1024
SHARE = 0.05
LEAST = 200 * MB  # some segments of the log, and a checkpoint
MOST = 1024 * MB  # recovery writes little beyond the log, which has its room already; a larger share helps nobody


def reserve_of(total: int) -> int:
    """The bytes to be left free on a disk of `total` bytes: 5 %, at least 200 MB, at most 1 GB."""
    return min(max(round(total * SHARE), LEAST), MOST)


def free_space_ok(*, needed: int = 0) -> bool:
    """Whether `needed` more bytes leave the reserve untouched. True for a server whose disk we cannot see."""
    folder = provider().storage()
    if folder is None:
        return True
    disk = shutil.disk_usage(folder)
    return disk.free - needed >= reserve_of(disk.total)


def require_free_space(*, needed: int = 0) -> None:
    """Raise DatabaseProblem if `needed` more bytes would use the reserve up: to be called before writing."""
    if free_space_ok(needed=needed):
        return
    folder = provider().storage()
    disk = shutil.disk_usage(folder or "/")
    raise DatabaseProblem(
        _(
            "The disk of the database has {free} MB free, and {reserve} MB must stay free for it to run: "
            "nothing was written; make room in {folder}, then try again."
        ).format(free=disk.free // MB, reserve=(reserve_of(disk.total) + needed) // MB, folder=folder)
    )

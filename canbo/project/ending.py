"""A program that serves pages ends when the one that started it is gone: killed alone, it would leave its workers answering."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time

GRACE = 10.0  # seconds to finish what is being answered


def with_parent() -> threading.Thread | None:
    """Watch in a thread of its own; returns at once. Nothing is watched in a program that no other started so."""
    if multiprocessing.parent_process() is None:
        return None
    thread = threading.Thread(target=_end_after_parent, name="canbo-ending", daemon=True)
    thread.start()
    return thread


def _end_after_parent() -> None:
    """Wait on the pipe that the system closes when the parent ends, then end as if told to, at the latest after the grace."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)

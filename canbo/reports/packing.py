"""Packing beside the pages: the columns for counting are taken anew when that is worth it."""

from __future__ import annotations

import logging
import threading

from django.db import Error, connections

from canbo.reports import snapshot

log = logging.getLogger(__name__)


class Packer:
    """Looks from time to time whether many people changed, and packs the columns anew if so.

    Any number of processes may run one; they leave the work to the first. A fault (a full disk, a database that
    restarts) is logged once and tried again: meanwhile counts come from the tables, right and slower.
    """

    def __init__(self, *, every: float = 60.0) -> None:
        self.every = every
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._complaint = ""

    def start(self) -> Packer:
        """Begin, in a thread of its own; returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="canbo-packer", daemon=True)
            self._thread.start()
        return self

    def stop(self, timeout: float = 1.0) -> None:
        """End after the round that is running; columns half packed are thrown away when the process ends first."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def __enter__(self) -> Packer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.once()
            self._stop.wait(self.every)

    def once(self) -> None:
        """One round."""
        try:
            built = snapshot.refresh()
            if built:
                log.info("Packed %s memberships for counting.", built.memberships)
            self._complaint = ""
        except (Error, OSError) as fault:
            if str(fault) != self._complaint:
                log.warning("The columns for counting cannot be packed, counts are slower: %s", fault)
            self._complaint = str(fault)
        finally:
            connections["default"].close()
            connections["owner"].close()

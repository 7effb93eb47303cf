"""The keeper: beside the pages, lets decisions take effect that are published, witnessed and due (`effects`), and sends
appeals that were not answered in time to the body above (`appeals`)."""

from __future__ import annotations

import logging
import threading
from datetime import date

from django.db import DatabaseError, connections

from canbo.procedures import appeals, effects

log = logging.getLogger("canbo.keeping")


class Keeper:
    """Looks every few seconds for decisions that are due. Any number of processes may run one: rows are locked.

    A fault (a database that restarts) is logged once and tried again.
    """

    def __init__(self, *, every: float = 5.0) -> None:
        self.every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="canbo-keeper", daemon=True)
        self._complaint = ""

    def start(self) -> Keeper:
        """Begin, in a thread of its own; returns at once."""
        self._thread.start()
        return self

    def stop(self, timeout: float = 5.0) -> None:
        """End after the round that is running."""
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.wait(self.every):
            try:
                effects.take_all(on=date.today())
                appeals.escalate(on=date.today())
                self._complaint = ""
            except DatabaseError as problem:
                if str(problem) != self._complaint:
                    log.warning("Decisions that are due could not be looked at, and will be again: %s", problem)
                self._complaint = str(problem)
            finally:
                connections.close_all()

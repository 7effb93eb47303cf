"""The two witnesses of the demonstration: programs of their own with files of their own, beside the pages they watch.

Where it counts, a witness runs on a machine of another body; here they show how it works, and protect nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from django.db import connections
from django.utils.translation import gettext_noop as _

from canbo.journal import keys, witnessing
from canbo.journal.witness import Witness
from canbo.project.database.provider import state_home
from canbo.registry import authority, intake

BODIES = {"inspection": _("Inspection committee (demo)"), "front": _("Front committee (demo)")}


class DemoWitnesses:
    """Starts and ends with the pages at `url`, as the sealer does. Registers its witnesses at first use."""

    def __init__(self, url: str, *, every: float = 2.0, folder: Path | None = None) -> None:
        self.url, self.every = url, every
        self.folder = folder or state_home() / "witnesses"
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> DemoWitnesses:
        """Begin to watch; returns at once."""
        for name, body in BODIES.items():
            witness = self.known(name, body)
            command = [sys.executable, "-m", "canbo.journal.witness", "watch", str(witness.path), self.url]
            command += ["--every", str(self.every), "--parent", str(os.getpid())]
            with Path(f"{witness.path}.log").open("ab") as log:
                self.running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        connections.close_all()
        return self

    def stop(self, timeout: float = 5.0) -> None:
        """End both."""
        for each in self.running:
            each.terminate()
        for each in self.running:
            each.wait(timeout)
        self.running = []

    def known(self, name: str, body: str) -> Witness:
        """The witness of this name, with its file, registered."""
        witness = Witness(self.folder / f"{name}.witness")
        if not witness.path.exists():
            witness = Witness.made(witness.path, name=name, journal=keys.signer().key)
        if not any(each.key == witness.key for each in witnessing.witnesses()):
            console = intake.console()
            with authority.sight(console):
                witnessing.register(public=str(witness.key), body=body, by=console, on=date.today())
        return witness

"""`canbo setup|serve|demo`: tables and words up to date, the pages served, the living demo."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.provider import state_home

PORT = 8000


def bring_up_to_date() -> None:
    """Make or change the tables (as their owner), the rulebook's lists, and the static files."""
    from django.conf import settings
    from django.core.management import call_command

    from canbo.registry import intake

    call_command("migrate", database="owner", verbosity=0, interactive=False)
    intake.lists(settings.LIBRARY / "rulebook" / settings.CANBO_RULEBOOK)
    call_command("collectstatic", verbosity=0, interactive=False)


@click.command()
def setup() -> None:
    """Make or bring up to date the tables, the lists of the rulebook and the static files."""
    bring_up_to_date()
    click.echo(_("The register is up to date."))


@click.command()
@click.option("--port", default=PORT, show_default=True, help="The next free one is taken when it is in use.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def serve(port: int, host: str, workers: int) -> None:
    """Serve the pages, and seal the journal beside."""
    bring_up_to_date()
    run(host, free_port(host, port), workers=workers)


@click.command()
@click.option("--port", default=PORT, show_default=True, help="The next free one is taken when it is in use.")
@click.option("--people", default=None, type=int, help="Staff the whole country with about so many people instead.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other people.")
@click.option("--open/--no-open", "open_it", default=True, help="Open the sign-in page in a browser, where there is one.")
def demo(port: int, people: int | None, seed: int, open_it: bool) -> None:
    """The living demo: database, real units, invented people, pages. Ctrl-C stops it; what was done in it stays."""
    os.environ["CANBO_DEMO"] = "1"
    running = already_running()
    if running:
        click.echo(_("A demo is already running: %(url)s") % {"url": running})
        return
    from canbo.project.cli import prepare

    started = time.monotonic()
    click.echo(_("Starting the database ..."))
    prepare()
    bring_up_to_date()
    fill(people, seed)
    port = free_port("127.0.0.1", port)
    url = f"http://127.0.0.1:{port}/"
    with noted(url):
        # In the language of now: a thread of its own would speak the register's.
        ready = _("Ready after %(seconds)s s: %(url)s  (choose an account on the page; Ctrl-C stops)")
        click.echo(_("Starting the pages ..."))
        told = {"url": url, "ready": ready, "started": started, "open_it": open_it}
        threading.Thread(target=welcome, kwargs=told, daemon=True).start()
        run("127.0.0.1", port, workers=2, in_demo=True)
    click.echo(_("Stopped. The database goes on until: canbo db stop"))


def fill(people: int | None, seed: int) -> None:
    """Load the invented world unless it is there. Refuses a register that holds real people."""
    from canbo.project.world import filling

    filling.fill_demo(people=people, seed=seed, say=click.echo)


def run(host: str, port: int, *, workers: int, in_demo: bool = False) -> None:
    """Serve until stopped; the sealer of the journal, the packer of columns and the keeper of decisions run beside.

    In the demo two witnesses run beside too, checkpoints are signed for them every few seconds, and the stories are told.
    """
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from canbo.journal.sealing import Sealer
    from canbo.procedures.keeping import Keeper
    from canbo.project.demo_witnesses import DemoWitnesses
    from canbo.project.world.stories import Teller
    from canbo.reports.packing import Packer

    connections.close_all()
    # A worker that is forked while a thread of this process holds a lock never lets it go: workers begin afresh.
    multiprocessing.set_start_method("spawn", force=True)
    beside: list[Any] = [Sealer(checkpoint_every=5.0 if in_demo else 30.0), Packer(), Keeper()]
    if in_demo:
        beside += [DemoWitnesses(f"http://{host}:{port}"), Teller()]
    for each in beside:
        each.start()
    try:
        Granian(
            "canbo.project.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
            blocking_threads=4, log_level=LogLevels.warning, log_access=False,
        ).serve()  # fmt: skip
    finally:
        for each in beside:
            each.stop()


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the next free one; says so when it is not the wanted one."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError:
                continue
            if port != wanted:
                click.echo(_("Port %(wanted)s is in use; taking %(port)s.") % {"wanted": wanted, "port": port})
            return port
    raise DatabaseProblem(
        _("No free port from %(first)s to %(last)s. Name one with --port.") % {"first": wanted, "last": wanted + 49}
    )


def note() -> Path:
    return state_home() / "demo.json"


def already_running() -> str | None:
    """The address of a demo that answers, else None (a note left by one that was killed is removed)."""
    try:
        said: dict[str, Any] = json.loads(note().read_text())
        with urllib.request.urlopen(said["url"] + "accounts/login/", timeout=3):  # noqa: S310 - our own note
            return str(said["url"])
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        note().unlink(missing_ok=True)
        return None


@contextmanager
def noted(url: str) -> Iterator[None]:
    """Leave a note of where the demo runs while it runs."""
    note().write_text(json.dumps({"url": url, "pid": os.getpid()}))
    try:
        yield
    finally:
        note().unlink(missing_ok=True)


def welcome(*, url: str, ready: str, started: float, open_it: bool) -> None:
    """Say that the demo is ready once its page answers, and open it where there is a screen."""
    if not answers(url):
        return
    click.echo(ready % {"seconds": round(time.monotonic() - started), "url": url})
    screen = not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if open_it and screen:
        webbrowser.open(url)


def answers(url: str) -> bool:
    """Whether the page answers within ten minutes: a busy machine takes its time to start the programs that serve."""
    latest = time.monotonic() + 600
    while time.monotonic() < latest:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return True
        except OSError:
            time.sleep(0.2)
    return False

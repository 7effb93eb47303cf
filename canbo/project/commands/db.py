"""`canbo db`: start, stop, look at, enter, save, bring back and carry over the database."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from canbo.project.database.contract import without_password
from canbo.project.database.problems import DatabaseProblem, _
from canbo.project.database.provider import Provider, Status, provider

as_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


class Sentences(click.Group):
    """A group whose problems are one sentence on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DatabaseProblem as problem:
            click.echo(str(problem), err=True)
            ctx.exit(1)


def answer(content: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    click.echo(json.dumps(content, ensure_ascii=False) if as_json else sentence)


@click.group(cls=Sentences)
def db() -> None:
    """Start, stop, back up, restore the database."""


@db.command()
@click.option("--new-passwords", is_flag=True, help="Give every role a new password: when secrets.json is lost.")
@click.option("--watch", is_flag=True, help="Stay, start it again whenever it dies, and stop it at the end.")
@as_json
def start(new_passwords: bool, watch: bool, as_json: bool) -> None:
    """Start the database, if it is not running; make it at the first time."""
    database = provider()
    if new_passwords:
        embedded(database).ensure_running(new_passwords=True)
    else:
        database.ensure_running()
    _tell(database.status(), as_json=as_json)
    if watch:
        _watch(database)


@db.command()
@click.option("--now", is_flag=True, help="Do not wait for a last checkpoint; the next start recovers.")
@as_json
def stop(now: bool, as_json: bool) -> None:
    """Stop the database. Clients are cut off, and what they had not committed is rolled back."""
    stopped = provider().stop(now=now)
    said = _("The database is stopped.") if stopped else _("The database was not running.")
    answer({"stopped": stopped}, said, as_json=as_json)


@db.command()
@as_json
def status(as_json: bool) -> None:
    """Whether the database runs, where, how large it is, how much room is left."""
    _tell(provider().status(), as_json=as_json)


@db.command(context_settings={"ignore_unknown_options": True})
@click.option("--owner", is_flag=True, help="Enter as the owner of the tables instead of as the application.")
@click.argument("psql", nargs=-1, type=click.UNPROCESSED)
@as_json
def shell(owner: bool, psql: tuple[str, ...], as_json: bool) -> None:
    """Enter the database with psql; what follows -- is handed to psql. --json only says how it would enter."""
    database = provider()
    found = database.ensure_running()
    url, environment = without_password(found.owner if owner else found.app)
    program = str(database.bin("psql"))
    if as_json:
        parts = urlsplit(url)
        place = {
            "host": parts.hostname,
            "port": parts.port,
            "database": parts.path[1:],
            "user": parts.username,
        }
        click.echo(json.dumps({"program": program, **place}))
        return
    sys.stdout.flush()
    os.execve(program, [program, url, *psql], environment)  # noqa: S606 (a shell would be in the way)


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace the file if it exists.")
@as_json
def backup(file: Path, replace: bool, as_json: bool) -> None:
    """Save the whole database into FILE, which appears only when it is complete."""
    from canbo.project.database.backup import back_up

    made = back_up(provider(), file, replace=replace)
    said = _("{tables} tables were saved in {file} ({size} kB).")
    answer(
        asdict(made),
        said.format(tables=made.tables, file=made.file, size=-(-made.bytes // 1024)),
        as_json=as_json,
    )


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--disconnect", is_flag=True, help="Cut off whoever is at work in the database.")
@click.option("--keep", is_flag=True, help="Keep the replaced database beside the new one.")
@as_json
def restore(file: Path, disconnect: bool, keep: bool, as_json: bool) -> None:
    """Replace the whole database by the one saved in FILE: completely, or not at all."""
    from canbo.project.database.backup import restore as bring_back

    done = bring_back(provider(), file, disconnect=disconnect, keep=keep)
    said = _("{tables} tables were restored from {file}.").format(tables=done.tables, file=done.file)
    if done.kept:
        said += " " + _("The replaced database is kept as {name}.").format(name=done.kept)
    answer(asdict(done), said, as_json=as_json)


@db.command()
@click.option(
    "--old-binaries",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of the old version's programs, if they are not found.",
)
@click.option("--rebuild", is_flag=True, help="Write all data anew also when the version stays the same.")
@as_json
def upgrade(old_binaries: Path | None, rebuild: bool, as_json: bool) -> None:
    """Carry the embedded database to the installed major version of PostgreSQL, by dump and restore."""
    from canbo.project.database.binaries import Binaries
    from canbo.project.database.upgrade import upgrade as carry_over

    programs = Binaries.in_folder(old_binaries) if old_binaries else None
    done = carry_over(embedded(provider()), old_binaries=programs, rebuild=rebuild)
    said = _(
        "The database was carried from PostgreSQL {old} to {new}: {databases} databases, {tables} tables and sequences, "
        "{rows} rows. The old data is still in {folder}: delete it when you are content."
    )
    answer(asdict(done), said.format(**asdict(done), folder=done.old_data), as_json=as_json)


def embedded(database: Provider) -> Any:
    """The embedded provider. Raises DatabaseProblem for a server that others run."""
    if database.kind != "embedded":
        raise DatabaseProblem(_("DATABASE_URL names a server that others run: this is done there, not by canbo."))
    return database


def _tell(found: Status, *, as_json: bool) -> None:
    if found.state == "running":
        said = _("The database is running: PostgreSQL {version} at {host}:{port}, database {database}.")
    elif found.state == "stopped":
        said = _("The database is stopped; its data is in {data}. Start it with `canbo db start`.")
    else:
        said = _("There is no database yet. Make and start it with `canbo db start`.")
    lines = [said.format(**asdict(found))]
    if found.size is not None:
        lines.append(_("Size: {size} MB.").format(size=found.size // 2**20))
    if found.free is not None:
        lines.append(_("Room left on its disk: {free} MB.").format(free=found.free // 2**20))
    answer(asdict(found), "\n".join(lines), as_json=as_json)


def _watch(database: Provider) -> None:
    """Keep the database running until this process is told to end; then stop it in good order."""
    until = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_told: until.set())
    database.keep_running(until)
    if database.kind == "embedded":
        database.stop()


if __name__ == "__main__":
    db(prog_name="canbo db")

"""`canbo verify FILE`: check the package of a decision, by the very program that a stranger runs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from canbo.journal import packages, program, verifier

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--keys", "published", type=FILE, help="A file with the published keys, got from somewhere else than the package.")
@click.option("--quorum", default=2, show_default=True, type=click.IntRange(1), help="Bodies whose witnesses must have cosigned.")
@click.option("--program", "output", type=FILE, help="Write the checking program of one file here instead, to be run anywhere.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def verify(file: Path | None, published: Path | None, quorum: int, output: Path | None, as_json: bool) -> None:
    """Check the package of a decision: signature, journal, witnesses, documents, votes. Exit code 1: it does not hold."""
    if (file is None) == (output is None):
        raise click.UsageError("Name either the package to check or, with --program, where to write the program.")
    if output is not None:
        output.write_text(program.text("verify_canbo.py"), encoding="utf-8")
        click.echo(f"python3 {output} FILE --keys KEYS")
        return
    assert file is not None
    try:
        text = published.read_text(encoding="utf-8") if published else None
        report = packages.check_package(file.read_bytes(), text, quorum)
    except (verifier.Unreadable, OSError, UnicodeDecodeError) as problem:
        raise click.ClickException(f"CANNOT BE CHECKED. {problem}") from problem
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else "\n".join(packages.report_lines(report)))
    if not report["ok"]:
        raise SystemExit(1)

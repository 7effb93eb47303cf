"""`canbo journal`: verify, prove, checkpoint, seal and show the journal."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from django.db import Error
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from canbo.journal import content, entries, keys, proofs, sealing, stored, verification, verifier
from canbo.journal.models import Entry, moment

as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
FILE = click.Path(dir_okay=False, path_type=Path)
KNOWN = (keys.KeyProblem, proofs.NoProof, stored.Broken, verifier.Unreadable, verifier.Refused, content.Unrecordable)


def told(command: Callable[..., None]) -> Callable[..., None]:
    """Turn what can be expected to go wrong into one sentence."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KNOWN as problem:
            raise click.ClickException(str(problem)) from problem
        except OSError as problem:
            raise click.ClickException(f"{problem.filename}: {problem.strerror}") from problem

    return run


@click.group()
def journal() -> None:
    """The journal of all acts: verify it, prove what is in it, hand its head to others."""


@journal.command()
@click.option("--against", multiple=True, type=FILE, help="A checkpoint that someone else kept; may be repeated.")
@click.option("--leaves", type=FILE, help="The leaves kept beside such a checkpoint: names the very position.")
@click.option("--key", "public", multiple=True, help="Public key or a file with it; repeated if it was changed.")
@as_json
@told
def verify(against: tuple[Path, ...], leaves: Path | None, public: tuple[str, ...], as_json: bool) -> None:
    """Recompute the whole journal and hold it against every checkpoint. Exit code 1: it does not hold."""
    _seal_if_possible()
    shows_progress = sys.stderr.isatty() and not as_json
    report = verification.verify(
        key=[verifier.read_key(_text_or_file(key)) for key in public] or keys.known_key(),
        against=[_text(path) for path in against],
        leaves=leaves.read_bytes() if leaves else None,
        progress=_progress if shows_progress else None,
    )
    if shows_progress:
        click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
    click.echo(json.dumps(asdict(report)) if as_json else "\n".join(_found(report)))
    if not report.ok:
        raise SystemExit(1)


@journal.command()
@click.argument("entry", required=False)
@click.option("-o", "--output", type=FILE, help="Where to write the proof; default: to the screen.")
@click.option("--content", "with_content", is_flag=True, help="Show the content too. It may be personal data.")
@click.option("--under", type=FILE, help="Prove it under this checkpoint, such as one that someone kept.")
@click.option("--consistency", type=FILE, help="Prove instead that the journal continues the one of this checkpoint.")
@as_json
@told
def prove(
    entry: str | None, output: Path | None, with_content: bool, under: Path | None, consistency: Path | None, as_json: bool
) -> None:
    """Prove that ENTRY (its number or key) is in the journal; `verifier.py` checks the proof anywhere."""
    if (entry is None) == (consistency is None):
        raise click.UsageError(_("Name either an entry or, with --consistency, an older checkpoint."))
    _seal_if_possible()
    note = _text(under) if under else None
    if consistency is not None:
        proof = proofs.consistency(_text(consistency), under=note)
    else:
        proof = proofs.inclusion(proofs.find(entry or ""), note=note, with_content=with_content)
    text = json.dumps(proof, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    _say(
        as_json,
        {"file": str(output), "format": proof["format"], "key": str(keys.signer().key)},
        _("The proof is in %(file)s. Whoever has the journal's public key checks it anywhere:\n  %(command)s")
        % {"file": output, "command": f"python verifier.py {output} --key {keys.signer().key}"},
    )


@journal.command()
@click.option("-o", "--output", type=FILE, help="Where to write the checkpoint; default: to the screen.")
@click.option("--leaves", type=FILE, help="Write the list of leaves too (32 octets an entry), to be kept with it.")
@as_json
@told
def checkpoint(output: Path | None, leaves: Path | None, as_json: bool) -> None:
    """Sign how far the journal grew. Give it to someone else to keep: that is what protects the past."""
    sealing.seal()
    made = sealing.checkpoint()
    if output is not None:
        output.write_text(made.note, encoding="utf-8", newline="")
    if leaves is not None:
        with leaves.open("wb") as out:
            for leaf in verification.leaves(made.size):
                out.write(leaf)
    facts = {"size": made.size, "root": bytes(made.root).hex(), "origin": made.origin, "note": made.note}
    plain = (
        made.note
        if output is None
        else _("The checkpoint of %(size)d entries is in %(file)s. Give it to someone outside this administration to keep.")
        % {"size": made.size, "file": output}
    )
    _say(as_json, facts, plain.rstrip("\n"))


@journal.command()
@as_json
@told
def seal(as_json: bool) -> None:
    """Give every committed entry its position now (a running canbo does this every second)."""
    sealed = sealing.seal()
    size = entries.state()["sealed"]
    plain = ngettext(
        "%(n)d entry was sealed; the journal has %(size)d.", "%(n)d entries were sealed; the journal has %(size)d.", sealed
    )
    _say(as_json, {"sealed": sealed, "size": size}, plain % {"n": sealed, "size": size})


@journal.command()
@click.argument("entry", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many of the latest entries.")
@click.option("--about", help="Only entries about this: a kind, or KIND:ID.")
@click.option("--key", "public_key", is_flag=True, help="Only the public key that checks this journal.")
@as_json
@told
def show(entry: str | None, limit: int, about: str | None, public_key: bool, as_json: bool) -> None:
    """Show how the journal stands and its latest entries, or one ENTRY (its number or key) with its content."""
    if public_key:
        key = str(keys.signer().key)
        _say(as_json, {"key": key}, key)
    elif entry is not None:
        facts = _shown(proofs.find(entry), with_content=True)
        _say(as_json, facts, "\n".join(f"{name}: {value}" for name, value in facts.items() if value is not None))
    else:
        state, latest = entries.state(), entries.recent(limit, about=_subject(about))
        facts = {**state, "latest": [_shown(found) for found in latest]}
        _say(as_json, facts, "\n".join([_standing(state), *(_line(found) for found in latest)]))


def _found(report: verification.Report) -> list[str]:
    if not report.ok:
        lines = [_("THE JOURNAL DOES NOT HOLD. %(problem)s") % {"problem": report.problem}]
        if report.first_bad is not None:
            lines.append(_("First wrong position: %(n)d.") % {"n": report.first_bad})
        elif report.between is not None:
            low, high = report.between
            lines.append(_("The first wrong position lies between %(a)d and %(b)d.") % {"a": low, "b": high})
        return lines
    lines = [
        _("The journal holds: %(n)d entries, root %(root)s.") % {"n": report.entries, "root": report.root},
        _("Waiting to be sealed: %(w)d. Checkpoints stored: %(c)d.") % {"w": report.unsealed, "c": report.checkpoints},
    ]
    if report.kept_to:
        lines.append(_("It continues the checkpoint of %(n)d entries that you kept.") % {"n": report.kept_to})
    else:
        lines.append(
            _(
                "Held against no checkpoint kept elsewhere: "
                "what an administrator rewrote as a whole would not show. Use --against."
            )
        )
    return lines


def _standing(state: dict[str, Any]) -> str:
    last = state["last_checkpoint"]
    return _("%(entries)d entries, %(unsealed)d of them waiting to be sealed; root %(root)s; last checkpoint: %(last)s.") % {
        **state,
        "last": f"{last['size']} ({last['made_at']})" if last else _("none"),
    }


def _line(entry: Entry) -> str:
    place = getattr(entry, "sealed", None)
    about = f"{entry.about_kind}:{entry.about_id}" if entry.about_kind else ""
    position = "-" if place is None else f"#{place.position}"
    return "  ".join([str(entry.pk), position, moment(entry.recorded_at), entry.act, about, entry.by_label])


def _shown(entry: Entry, *, with_content: bool = False) -> dict[str, Any]:
    place = getattr(entry, "sealed", None)
    facts = {**entry.metadata(), "position": None if place is None else place.position}
    return {**facts, "content": entry.payload} if with_content else facts


def _subject(about: str | None) -> tuple[str, str] | str | None:
    if about is None or ":" not in about:
        return about
    kind, _separator, id = about.partition(":")
    return kind, id


def _seal_if_possible() -> None:
    """Seal what waits, so that the newest act is covered; what is broken is for the command itself to report."""
    try:
        sealing.seal()
    except (Error, stored.Broken):
        return


def _progress(done: int) -> None:
    click.echo("\r" + _("%(n)d entries verified") % {"n": done}, nl=False, err=True)


def _say(as_json: bool, facts: dict[str, Any], plain: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else plain)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise verifier.Unreadable(_("%(file)s is not text; expected a checkpoint.") % {"file": path}) from None


def _text_or_file(given: str) -> str:
    return _text(Path(given)) if Path(given).is_file() else given

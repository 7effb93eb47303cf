"""`canbo witness register|withdraw|list|ask|accept|program`: what the register keeps about witnesses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from canbo.journal import keys, program, verifier, witnessing
from canbo.project.commands.journal import as_json, told
from canbo.project.commands.shown import on_option
from canbo.registry import authority, intake

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("public")
@click.option("--body", required=True, help="The body that the witness belongs to; a quorum is counted in bodies.")
@on_option
@click.option("--key", default=None, help="Idempotency key: the same key registers once.")
@as_json
@told
def register(public: str, body: str, on: date, key: str | None, as_json: bool) -> None:
    """Register a witness by its PUBLIC key, or a file that holds it."""
    text = Path(public).read_text(encoding="utf-8") if Path(public).is_file() else public
    made = _done(lambda by: witnessing.register(public=text, body=body, by=by, on=on, key=key))
    _say(as_json, _shown(made), _("%(who)s is registered. Publish its key: %(key)s") % {"who": made, "key": made.key})


@click.command()
@click.argument("name")
@on_option
@as_json
@told
def withdraw(name: str, on: date, as_json: bool) -> None:
    """End the witness NAME: what it cosigned stays, nothing more is accepted."""
    ended = _done(lambda by: witnessing.withdraw(name=name, by=by, on=on))
    _say(as_json, _shown(ended), _("%(who)s is no witness any more.") % {"who": ended})


@click.command("list")
@as_json
@told
def listing(as_json: bool) -> None:
    """The witnesses registered now, and what no quorum of them has seen yet."""
    them, waiting = witnessing.witnesses(), witnessing.unwitnessed()
    lines = [f"{each.name}  {each.body}  {each.key}" for each in them]
    age = _("none") if waiting["oldest"] is None else _("%(n)d s") % {"n": waiting["oldest"]}
    lines.append(
        _("Unwitnessed acts: %(n)d, oldest: %(age)s. Bodies that must cosign: %(quorum)d.")
        % {"n": waiting["unwitnessed"], "age": age, "quorum": waiting["quorum"]}
    )
    lines += [sentence for sentence in [witnessing.warning()] if sentence]
    _say(as_json, {"witnesses": [_shown(each) for each in them], **waiting}, "\n".join(lines))


@click.command()
@click.argument("old", default="0")
@click.option("-o", "--output", type=FILE, help="Where to write the request; default: to the screen.")
@told
def ask(old: str, output: Path | None) -> None:
    """Write what to ask of a witness that saw OLD entries (a number, or the checkpoint that it cosigned last)."""
    size = int(old) if old.isdigit() else verifier.read_checkpoint(Path(old).read_text(encoding="utf-8")).size
    text = witnessing.offer(size)
    output.write_text(text, encoding="utf-8", newline="") if output else click.echo(text, nl=False)


@click.command()
@click.argument("cosigned", type=FILE)
@as_json
@told
def accept(cosigned: Path, as_json: bool) -> None:
    """Keep the cosignatures beneath a checkpoint that a witness gave back."""
    kept = _done(lambda _by: witnessing.accept(cosigned.read_text(encoding="utf-8")))
    names = [each.witness.name for each in kept]
    plain = _("Kept what %(names)s cosigned: %(size)d entries.") % {"names": ", ".join(names), "size": kept[0].size}
    _say(as_json, {"witnesses": names, "size": kept[0].size}, plain)


@click.command("program")
@click.option("-o", "--output", type=FILE, default=Path("canbo_witness.py"), show_default=True, help="Where to write it.")
@told
def the_program(output: Path) -> None:
    """Write the witness as a program of one file, for a machine that has Python and `cryptography` but no canbo."""
    output.write_text(program.text("canbo_witness.py"), encoding="utf-8")
    click.echo(_("The program is in %(file)s. Give it to the body that will be a witness, with this key:") % {"file": output})
    click.echo(str(keys.signer().key))


def _done(act: Any) -> Any:
    """Do an act as the command line, in its name."""
    console = intake.console()
    with authority.sight(console):
        authority.require(console, "account.manage")
        try:
            return act(console)
        except witnessing.NotAccepted as problem:
            raise click.ClickException(str(problem)) from problem


def _shown(each: Any) -> dict[str, str]:
    return {"name": each.name, "body": each.body, "key": str(each.key)}


def _say(as_json: bool, facts: dict[str, Any], plain: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else plain)

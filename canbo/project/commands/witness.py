"""`canbo witness`: the program of a witness, which needs no register, and what a register keeps about witnesses."""

from __future__ import annotations

import importlib

import click

from canbo.journal import witness

OF_THE_WITNESS = {
    "new": "Make the file and the key of a witness.",
    "key": "Print the public key of a witness.",
    "watch": "Look at the pages of a canbo again and again, and cosign what is new.",
    "sign": "Cosign a request that came as a file.",
    "compare": "Hold what two witnesses saw against each other.",
}
OF_THE_REGISTER = {
    "register": "Register a witness by its public key and its body.",
    "withdraw": "End a witness.",
    "listing": "The witnesses, and what they have not seen yet.",
    "ask": "Write what to ask of a witness, to be carried there as a file.",
    "accept": "Keep what a witness cosigned.",
    "the_program": "Write the witness as a program of one file.",
}
CALLED = {"list": "listing", "program": "the_program"}


class Group(click.Group):
    """The commands of the witness run anywhere; those of the register are loaded, and the database with them, when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        called = {function: name for name, function in CALLED.items()}
        return [*OF_THE_WITNESS, *(called.get(function, function) for function in OF_THE_REGISTER)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in OF_THE_WITNESS:
            return passed_on(cmd_name)
        function = CALLED.get(cmd_name, cmd_name)
        if function not in OF_THE_REGISTER:
            return None
        from canbo.project.cli import prepare

        prepare()
        found = getattr(importlib.import_module("canbo.project.commands.witnesses"), function)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        helps = [*OF_THE_WITNESS.values(), *OF_THE_REGISTER.values()]
        with formatter.section("Commands"):
            formatter.write_dl(list(zip(self.list_commands(ctx), helps, strict=True)))


@click.group("witness", cls=Group)
def group() -> None:
    """Witnesses in other bodies, who cosign how far the journal grew."""


def passed_on(name: str) -> click.Command:
    """A command of the witness's own program, as it is. Exit code 1: refused, or it cannot be told."""

    @click.command(name, context_settings={"ignore_unknown_options": True}, add_help_option=False, help=OF_THE_WITNESS[name])
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def run(arguments: tuple[str, ...]) -> None:
        raise SystemExit(1 if witness.witness_command([name, *arguments]) else 0)

    return run

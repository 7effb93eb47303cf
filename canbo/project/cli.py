"""The command `canbo`. Each command is a module of its own in project/commands, loaded when it is called.

Exit codes, the same for every command: 0 done, and the answer is yes or it holds; 1 refused, not found, cannot be read,
or a check that does not hold; 2 the command line is written wrong; 3 the law says no, or does not touch the case;
4 the law cannot say yet.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass

import click
from click.exceptions import NoSuchCommand

from canbo.project.database.space import require_free_space


@dataclass(frozen=True)
class Where:
    """Where a command lives, what it does in one line, and whether it needs the register to be up."""

    target: str
    help: str
    register: bool = True
    writes: bool = False


COMMANDS = {
    "unit": Where("ask:unit", "What a unit is on a day: code, name, level, parent, from, to."),
    "lineage": Where("ask:lineage", "What a unit came from and what it became."),
    "staff": Where("ask:staff", "Who serves in a unit and beneath it on a day."),
    "person": Where("ask:person", "A person's file on a day."),
    "count": Where("count:count", "How many serve, by sex, age, degree."),
    "headcount": Where("headcount:headcount", "Places, filled, vacant, and what was allotted, by body and job."),
    "deputies": Where("headcount:deputies", "Deputies against their caps, and the path to the days of the law."),
    "allot": Where("headcount:allot", "Hand headcount down by a decision, no body more than it was given.", writes=True),
    "mirror": Where("mirror:mirror", "Which body is missing beneath a unit: party organisation, council, committee, Front."),
    "claims": Where("claims:claims", "Whether published figures are true."),
    "rules": Where("rules:rules", "Check, test, prove the rulebook; explain a case from a file of facts.", register=False),
    "evaluate": Where(
        "evaluation:evaluate",
        "Score and grade a person, an organisation or everybody in a body, with every formula.",
        register=False,
    ),
    "caps": Where("evaluation:caps_of", "How many may be excellent, by each reading of the share.", register=False),
    "work": Where("regulation:work_group", "Assign, log and accept work; evaluations up to their publication.", writes=True),
    "sides": Where("sides:sides_", "What many sides said of a body's people, and how satisfied the served were."),
    "place": Where("place:place", "Who goes where: the placement of greatest worth, proved and explained.", register=False),
    "severity": Where(
        "severity:severity", "How severe raters are, fair scores beside the given ones, what to ask about.", register=False
    ),
    "coalition": Where("coalition:coalition", "How few people can make each act of a procedure effective.", register=False),
    "whatif": Where("whatif:whatif", "Whose verdicts change if a figure of the law were another."),
    "projection": Where(
        "projection:projection", "The workforce of a unit to 2035: retirements by law, chance, levers, a back-test."
    ),
    "may": Where("may:may", "Whether a person may hold a post on a day, by which article."),
    "nominate": Where("may:nominate", "Open an appointment case by naming a person for a post.", writes=True),
    "candidates": Where("candidates:candidates", "Who may hold a post, in an order sealed before names are shown.", writes=True),
    "openings": Where("candidates:openings", "Which vacant posts are open to a person, and what each lacks."),
    "case": Where("case:case", "Cases of procedures: list, show, open, take a step, let decisions take effect.", writes=True),
    "merge": Where("merge:merge", "Merge units into one on a day.", writes=True),
    "scenario": Where("scenario:scenario", "Reorganisations: rehearse, check, compare, approve, carry out, undo.", writes=True),
    "consultations": Where(
        "consultations:consultations", "Who was asked about a scenario, what they said in numbers, what is missing."
    ),
    "holdings": Where("holdings:holdings", "What a body holds on a day, and to whom it would go by a scenario."),
    "entitlements": Where("entitlements:entitlements", "What is due to those who leave or lose a leading post, in đồng."),
    "pay": Where("pay:pay", "What a reform of pay would cost, who gains and loses; whose next step is due."),
    "gaps": Where("gaps:gaps", "In which places nobody has a degree in a field of expertise."),
    "training": Where("training:training", "What is due by law, plans of training, who is sent where, results.", writes=True),
    "talent": Where("talent:talent_group", "Talents proposed and recognised, promises, targets, who stays.", writes=True),
    "journal": Where("journal:journal", "Verify, prove, checkpoint the journal."),
    "witness": Where("witness:group", "Witness a journal from another body; register witnesses.", register=False),
    "verify": Where("verify:verify", "Check the package of a decision, with nothing but the file.", register=False),
    "account": Where("account:account", "Open accounts, grant roles, take them back.", writes=True),
    "world": Where("world:world", "Fill an empty register with an invented world on real units.", writes=True),
    "db": Where("db:db", "Start, stop, back up, restore the database.", register=False),
    "setup": Where("serve:setup", "Make or bring up to date the tables, words and assets."),
    "serve": Where("serve:serve", "Serve the pages."),
    "demo": Where("serve:demo", "The living demo: set up, fill, serve, open.", register=False),
}


class Canbo(click.Group):
    """Loads a command's module only when it is called, and turns known refusals into one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of that name; for a mistyped one, the nearest names are told."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = COMMANDS.get(cmd_name)
        if where is None:
            return None
        if where.register:
            prepare()
        if where.writes:
            require_free_space()
        module, name = where.target.split(":")
        command = getattr(importlib.import_module(f"canbo.project.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, where.help) for name, where in COMMANDS.items()])


def prepare() -> None:
    """Make Django ready in the reader's language (CANBO_LANG, else LANG)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
    import django
    from django.conf import settings
    from django.utils import translation

    django.setup()
    wanted = (os.environ.get("CANBO_LANG") or os.environ.get("LANG", "en"))[:2]
    translation.activate(wanted if wanted in dict(settings.LANGUAGES) else "en")


@click.group(cls=Canbo, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="canbo")
def group() -> None:
    """canbo: who may do or hold what, on which day, by which article, provable afterwards."""


def main() -> None:
    """Run the command; a known refusal is one sentence on stderr and exit code 1."""
    from canbo.project.database.problems import DatabaseProblem

    try:
        group(standalone_mode=True)
    except DatabaseProblem as problem:
        fail(str(problem))
    except Exception as problem:  # what is not known as a refusal is raised again, in full
        sentence = told(problem)
        if sentence is None:
            raise
        fail(sentence)


def told(problem: Exception) -> str | None:
    """The sentence for a refusal that the register knows; None for a fault that nobody foresaw."""
    if "django" not in sys.modules:
        return None
    from canbo.project.refusals import sentence

    return sentence(problem)


def fail(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()

"""The house keeps its own rules: floors, sizes, words, documents true to the code, and an entry for every act."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from django.apps import apps
from django.db import connection, models, transaction

from canbo.rules.evaluation.periods import Period
from tests.development import competency_trials, training_trials
from tests.evaluation import work_trials
from tests.procedures import (
    case_trials,
    consulting_trials,
    document_trials,
    draft_trials,
    proposal_trials,
    scenario_trials,
    search_trials,
)
from tests.procedures import office as offices
from tests.registry import delegation_trials, disclosing_trials, quota_trials

HOUSE = Path(__file__).resolve().parents[1]
CODE = HOUSE / "canbo"
SKIPPED = {".venv", ".git", ".canbo", "__pycache__", "node_modules", "vendor"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that belongs to the repository; without git (an unpacked archive), every file that is there."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, check=True, text=True).stdout
        files = [HOUSE / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = [path for path in HOUSE.rglob("*") if not SKIPPED & set(path.relative_to(HOUSE).parts)]
    return tuple(path for path in files if path.is_file())


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


@cache
def code() -> dict[str, ast.Module]:
    """Every module of canbo, parsed; what migrations once were stays as it was."""
    paths = sorted(path for path in CODE.rglob("*.py") if not {"migrations", "_library", "vendor"} & set(path.parts))
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@cache
def documents() -> dict[str, str]:
    """Every page of Markdown that we wrote, by name."""
    return {name_of(path): path.read_text(encoding="utf-8") for path in tracked() if path.suffix == ".md"}


def templates() -> list[Path]:
    return sorted(path for path in CODE.rglob("*.html") if "templates" in path.parts)


# ---- the floors, the size of rooms


def test_knowledge_flows_down_the_floors_and_never_up() -> None:
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

    assert lint_imports(config_filename=str(HOUSE / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


def test_no_file_is_longer_than_600_lines() -> None:
    kinds = {".py", ".html", ".css", ".js", ".sql"}
    files = [p for p in CODE.rglob("*") if p.suffix in kinds and not {"migrations", "vendor", "_library"} & set(p.parts)]
    long = {name_of(path): lines for path in files if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 600}
    assert not long


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{name}:{node.name}": length
        for name, tree in code().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := (node.end_lineno or 0) - node.lineno + 1) > 60
    }
    assert not long


def test_no_room_is_called_after_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "common", "core", "services", "misc"}
    assert not [name for name in code() if nothing & {*Path(name).parts, Path(name).stem}]


# ---- settings


def constant(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def variables_read() -> Iterator[tuple[str, str | None]]:
    """(name, default or None) of every environment variable that the code reads."""
    for tree in code().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ" and isinstance(node.ctx, ast.Load):
                found, default = constant(node.slice), None
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"os.environ.get", "os.getenv", "flag"}:
                found, default = constant(node.args[0]), constant(node.args[1]) if len(node.args) > 1 else None
            else:
                continue
            if found is not None and found.isupper():
                yield found, default


def variables_documented() -> dict[str, str]:
    """Name -> the row about it, of every variable in the tables of settings.md."""
    rows = documents()["docs/guide/settings.md"].splitlines()
    return {row.split("`")[1]: row for row in rows if re.match(r"\| `[A-Z][A-Z_]+` \|", row)}


def test_every_setting_that_the_code_reads_is_documented() -> None:
    assert {name for name, _default in variables_read()} <= set(variables_documented())


def test_every_documented_setting_is_read_by_the_code() -> None:
    assert set(variables_documented()) <= {name for name, _default in variables_read()}


def test_every_default_of_a_setting_is_documented() -> None:
    rows = variables_documented()
    wrong = [(name, default) for name, default in variables_read() if default and f"`{default}`" not in rows.get(name, "")]
    assert not wrong


def test_every_setting_that_a_message_or_a_page_names_exists() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CODE.rglob("*.py")] + list(documents().values())
    named = {name for text in texts for name in re.findall(r"\b(?:CANBO_[A-Z_]*[A-Z]|DATABASE_(?:[A-Z]+_)?URL)\b", text)}
    settings = {constant for text in texts for constant in re.findall(r"(?m)^(CANBO_[A-Z_]+) =", text)}
    assert named <= {name for name, _default in variables_read()} | settings


# ---- measures, facts, decisions, acts


def test_every_measure_says_what_it_is_in_its_header() -> None:
    from canbo.reports.measures import HERE, measures

    found = measures()
    assert {path.stem for path in HERE.glob("*.sql")} == set(found)
    for measure in found.values():
        assert measure.meaning and measure.standard and measure.unit and measure.source, measure.name


def test_every_table_that_a_measure_names_as_its_source_exists_and_is_used() -> None:
    from canbo.reports.measures import measures

    tables = {model._meta.db_table for model in apps.get_models()}
    for measure in measures().values():
        named = {word.strip() for word in measure.source.split(",")}
        used = set(re.findall(r"\bregistry_[a-z]+\b(?!\()", measure.sql)) & tables
        assert named == used, measure.name


def test_every_fact_of_the_rulebook_has_label_and_meaning_in_english_and_vietnamese() -> None:
    from canbo.rules.corpus import load

    for fact in load().facts.values():
        for language in ("en", "vi"):
            assert fact.label.get(language), f"{fact.name}: no label in {language}"
            assert fact.meaning.get(language), f"{fact.name}: no meaning in {language}"


def decisions() -> dict[str, str]:
    return {name: text for name, text in documents().items() if re.fullmatch(r"docs/decisions/\d{4}-[a-z0-9-]+\.md", name)}


@pytest.mark.parametrize("name", sorted(decisions()))
def test_every_decision_gives_its_context_the_decision_and_the_consequences(name: str) -> None:
    text = decisions()[name]
    for part in ("Context", "Decision", "Consequences"):
        assert re.search(rf"(?m)^(## {part}\b|\*\*{part}\.\*\*)", text), f"{name} has no part “{part}”"


def test_every_decision_has_its_own_number_and_stands_in_the_index() -> None:
    numbers = [Path(name).name[:4] for name in decisions()]
    assert sorted(set(numbers)) == sorted(numbers)
    index = documents()["docs/decisions/README.md"]
    assert not [name for name in decisions() if f"({Path(name).name})" not in index]


def test_every_act_that_authority_knows_is_asked_by_some_code() -> None:
    from canbo.registry.authority import ACTS

    words: set[str] = set()
    stems: set[str] = set()  # f"person.{verb}" asks for person.enter when some code says "enter"
    for name, tree in code().items():
        if name == "canbo/registry/authority.py":
            continue
        for node in ast.walk(tree):
            if (said := constant(node)) is not None:
                words.add(said)
            elif isinstance(node, ast.JoinedStr) and node.values and (stem := constant(node.values[0])):
                stems.add(stem)

    def asked(act: str) -> bool:
        return act in words or any(act.startswith(stem) and act[len(stem) :] in words for stem in stems)

    assert not [act for act in sorted(ACTS) if not asked(act)]


def acts_recorded() -> set[str]:
    """The acts that code writes into the journal, as far as they are named where they are written."""
    found: set[str] = set()
    for tree in code().values():
        named: dict[str, str | None] = {}
        for node in tree.body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    whole = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                    pairs = zip(target.elts, node.value.elts, strict=True) if whole else [(target, node.value)]  # type: ignore[attr-defined]
                    named |= {ast.unparse(name): constant(value) for name, value in pairs}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"entries.record", "votes.record"}:
                act = constant(node.args[0]) or named.get(ast.unparse(node.args[0]))
                found |= {act} if act else set()
    return found


def test_every_act_of_the_journal_has_words() -> None:
    from canbo.pages.words import WORDS

    recorded = acts_recorded()
    assert len(recorded) > 40
    assert not sorted(recorded - set(WORDS["act"]))


# ---- pages: nothing inline, nothing unescaped, nothing that only goes left to right

PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|inset|scroll-margin|scroll-padding)-(?:left|right)|border-(?:left|right)(?:-\w+)?"
    r"|border-(?:top|bottom)-(?:left|right)-radius|left|right)\s*:|(?:float|clear|text-align|caption-side)\s*:\s*(?:left|right)\b"
)


def test_style_sheets_name_no_left_and_no_right() -> None:
    for path in CODE.rglob("*.css"):
        if "vendor" not in path.parts:
            text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            assert not PHYSICAL.findall(text), name_of(path)


def test_templates_hold_no_inline_style_no_inline_script_and_no_handler() -> None:
    for path in templates():
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"<[^>]*\sstyle\s*=", text), f"{name_of(path)}: a style attribute"
        assert not re.search(r"<style\b", text), f"{name_of(path)}: a style element"
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), f"{name_of(path)}: an event handler"
        for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, flags=re.DOTALL):
            data = 'type="application/json"' in attributes  # data that a script reads; browsers do not run it
            assert data or not body.strip(), f"{name_of(path)}: a script with content"


def test_nothing_is_shown_unescaped_and_no_form_goes_without_its_token() -> None:
    for path in templates():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe(seq)?\b|autoescape\s+off", text), name_of(path)
    forbidden = {"mark_safe", "csrf_exempt", "SafeText", "eval", "exec"}
    # Articles become functions there, written from their checked trees: no text that anybody typed is run.
    # A ballot is cast without a cookie, so there is nothing that a token could guard: see `cookieless`.
    needed = {"canbo/rules/program.py": {"exec"}, "canbo/pages/ballots.py": {"csrf_exempt"}}
    for name, tree in code().items():
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} - {"eval", "exec"}
        used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not (forbidden & used) - needed.get(name, set()), name


# ---- the repository speaks of canbo alone


def test_no_file_names_a_machine_or_a_package_index() -> None:
    slash = "/"
    machine = [slash + "work" + slash, slash + "root" + slash, "/opt/" + "pypi", "bash_" + "jobs"]
    index = [
        "files.python" + "hosted.org",
        "pypi.org" + "/simple",
        "registry.npm" + "js.org",
        "--index" + "-url",
        "--find" + "-links",
    ]
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found = [word for word in machine + index if word in text]
        assert not found, f"{name_of(path)} names {found}"


# ---- the command line

#: Commands that answer nothing: they bring up to date, serve, or write a file; and the program of a witness, which is
#: the same file as on the machine of its body.
WITHOUT_JSON = {"setup", "serve", "demo", "witness ask", "witness program"}
WITHOUT_JSON |= {f"witness {name}" for name in ("new", "key", "watch", "sign", "compare")}


def commands() -> dict[str, click.Command]:
    """Every command that can be called, by its words: `unit`, `db backup`, `journal verify` ..."""
    from canbo.project.cli import COMMANDS, group

    found: dict[str, click.Command] = {}
    context = click.Context(group)
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            below = {sub: command.get_command(context, sub) for sub in command.list_commands(context)}
            found |= {f"{name} {sub}": each for sub, each in below.items() if each is not None}
        else:
            found[name] = command
    return found


def test_every_command_says_what_it_does() -> None:
    for name, command in commands().items():
        assert command.help and len(command.help) > 20, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.opts}"


def test_every_command_that_answers_can_answer_in_json() -> None:
    without = {name for name, command in commands().items() if not any("--json" in p.opts for p in command.params)}
    assert without == WITHOUT_JSON


def test_every_target_of_the_makefile_has_a_line_of_help() -> None:
    text = (HOUSE / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"(?m)^\.PHONY: (.*)$", text)[1].split())  # type: ignore[index]
    helped = set(re.findall(r"(?m)^([a-z]+):.*## \S", text))
    assert phony == helped


# ---- documents speak of what exists


def code_in(text: str) -> Iterator[str]:
    """What a page shows as typed: lines of fenced blocks, and words in backticks."""
    for block in re.findall(r"(?ms)^```[a-z]*\n(.*?)^```", text):
        yield from block.splitlines()
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"(?ms)^```.*?^```", "", text))


def test_every_command_that_a_page_shows_exists_with_its_options() -> None:
    known = commands()
    groups = {name.split()[0] for name in known if " " in name}
    for page, text in documents().items():
        for typed in code_in(text):
            found = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?canbo ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?(.*)", typed)
            if not found:
                continue
            name = f"{found[1]} {found[2]}" if found[1] in groups and found[2] else found[1]
            assert name in known or name in groups, f"{page} shows `{typed}`"
            if name in known and not known[name].ignore_unknown_options:  # those are passed on as they are
                options = {flag for p in known[name].params for flag in (*p.opts, *p.secondary_opts)} | {"--help"}
                typed_options = set(re.findall(r"(?<!\S)(--[a-z][a-z-]*|-[a-z])(?=[ =]|$)", (found[3] or "").split(" -- ")[0]))
                assert typed_options <= options, f"{page} shows `{typed}`"


def shown_answers() -> Iterator[tuple[str, list[str], list[str]]]:
    """(page, the words after `canbo`, the lines shown below) of questions that need the real units and no people."""
    for page, text in documents().items():
        for block in re.findall(r"(?ms)^```console\n(.*?)^```", text):
            for typed, below in re.findall(r"(?ms)^\$ (.*?)\n(.*?)(?=^\$ |\Z)", block):
                found = re.match(r"(?:\.venv/bin/)?canbo ((?:unit|lineage) .*|claims examples/claims/newspapers.yaml.*)", typed)
                if found and below.strip():
                    yield page, found[1].split(), below.rstrip("\n").splitlines()


def test_questions_about_units_and_figures_are_answered_as_the_pages_show(country: str) -> None:
    from click.testing import CliRunner

    from canbo.project.cli import group
    from canbo.registry.queries import NotInRegister

    shown = list(shown_answers())
    assert len(shown) >= 6
    for page, words, lines in shown:
        ran = CliRunner().invoke(group, words, catch_exceptions=True)
        refused = isinstance(ran.exception, NotInRegister)
        answered = iter([*ran.output.splitlines(), *(str(ran.exception).splitlines() if refused else [])])
        for line in lines:
            # `...` stands for lines left out, so that what is shown must come in this order
            assert line.strip() == "..." or line in answered, f"{page}: `canbo {' '.join(words)}` no longer answers {line!r}"


def test_every_make_target_that_a_page_shows_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):.*## ", (HOUSE / "Makefile").read_text(encoding="utf-8")))
    for page, text in documents().items():
        for typed in code_in(text):
            found = re.match(r"(?:\$ )?make ([a-z]+)\b", typed)
            assert not found or found[1] in targets, f"{page} shows `{typed}`"


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = []
    for page, text in documents().items():
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"(?ms)^```.*?^```", "", text)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _hash, part = target.partition("#")
            found = (HOUSE / page).parent / path if path else HOUSE / page
            headings = (
                re.findall(r"(?m)^#+ (.*)$", found.read_text(encoding="utf-8"))
                if found.suffix == ".md" and found.exists()
                else []
            )
            if not found.exists() or (part and part not in {anchor(heading) for heading in headings}):
                broken.append(f"{page} links to {target}")
    assert not broken


def test_every_path_that_a_page_names_exists() -> None:
    pattern = re.compile(r"(?:canbo|docs|rulebook|tests|locale|examples|benchmarks)/[\w./-]*[\w/]")
    for page, text in documents().items():
        for typed in code_in(text):
            if pattern.fullmatch(typed) and typed != "canbo/register":  # the journal's name, not a place
                assert (HOUSE / typed).exists(), f"{page} names {typed}"


def test_the_glossary_has_each_word_in_three_languages_and_says_where_it_lives() -> None:
    rows = [row for row in documents()["docs/glossary.md"].splitlines() if row.startswith("| ")]
    words = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if not row.startswith(("| English", "| ---"))]
    assert len(words) > 60
    for english, vietnamese, persian, meaning, where in words:
        assert english and vietnamese and meaning and where, english
        assert re.search(r"[\u0600-\u06ff]", persian), f"{english}: no Persian"
    assert len({row[0] for row in words}) == len(words)


def test_every_code_of_a_unit_that_a_page_or_a_message_names_exists() -> None:
    from canbo.project.world import reform

    known = {*reform.read("before"), *reform.read("after")}
    texts = documents() | {name_of(path): path.read_text(encoding="utf-8") for path in CODE.rglob("*.py")}
    for name, text in texts.items():
        for code in re.findall(r"(?<![\w/:.])(old:\d\d(?:/\d{3}(?:/\d{5})?)?|\d\d/\d{5})(?![\w/])", text):
            assert code in known, f"{name} names the unit {code}"


def test_the_note_on_units_gives_the_figures_of_its_files() -> None:
    from canbo.project.world import reform

    before, after, became = reform.read("before"), reform.read("after"), reform.read_became()
    note = documents()["rulebook/vn/units/README.md"]
    heirs: dict[str, set[str]] = {}
    for old, new in became:
        heirs.setdefault(old, set()).add(new)
    divided = {old for old, new in heirs.items() if len(new) > 1}
    far = [pair for pair in became if pair[0] in divided and kilometres(before[pair[0]], after[pair[1]]) > 60]
    shares: dict[tuple[str, frozenset[str]], list[str]] = {}
    for old in divided:
        shares.setdefault((before[old].name, frozenset(heirs[old])), []).append(old)
    namesakes = [group for group in shares.values() if len(group) > 1]
    assert f"{len(became):,} rows" in note
    assert f"{len(divided)} communes were divided" in note
    assert f"{len(far)} pairs" in note
    assert f"{len(namesakes)} pairs of namesakes" in note
    for group in namesakes:
        assert all(f"`{old}`" in note for old in group)


def kilometres(one: Any, other: Any) -> float:
    """The distance between the middle points of two units, on a ball of 6,371 km."""
    from math import asin, cos, radians, sin, sqrt

    a, b, c, d = map(radians, (one.latitude, one.longitude, other.latitude, other.longitude))
    return 2 * 6371 * asin(sqrt(sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2))


# ---- what the database keeps of every fact


def facts() -> list[type[models.Model]]:
    """Every model whose rows are facts of the register, with a word on which they stand."""
    from canbo.registry.models.fact import Provenance

    return [model for model in apps.get_models() if issubclass(model, Provenance)]


def columns_of(table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [table],
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_every_fact_has_a_twin_table_that_remembers_what_was_believed() -> None:
    for model in facts():
        table = model._meta.db_table
        live, past = columns_of(table), columns_of(f"{table}_past")
        assert past == [*live, ("known_to", "timestamp with time zone")], table


@pytest.mark.django_db
def test_the_application_may_not_rewrite_what_was_believed() -> None:
    with connection.cursor() as cursor:
        for model in facts():
            for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute("SELECT has_table_privilege(%s, %s)", [f"{model._meta.db_table}_past", right])
                assert not cursor.fetchone()[0], (model._meta.db_table, right)


@pytest.mark.django_db
def test_every_table_about_a_person_stands_behind_the_second_wall() -> None:
    from canbo.registry.models import Account, Person

    about = [
        model
        for model in facts()
        if model is Person or any(f.is_relation and f.related_model is Person for f in model._meta.concrete_fields)
    ]
    assert Account not in about and len(about) >= 14
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relrowsecurity"
            " AND EXISTS (SELECT FROM pg_policies p WHERE p.tablename = c.relname AND p.cmd = 'SELECT')"
        )
        guarded = {row[0] for row in cursor.fetchall()}
    tables = {name for model in about for name in (model._meta.db_table, f"{model._meta.db_table}_past")}
    assert not tables - guarded


# ---- no act without an entry


def services() -> dict[str, ast.FunctionDef]:
    """Every public function of registry and procedures that somebody does or asks: it takes `by`, by name."""
    found = {}
    for name, tree in code().items():
        if not name.startswith(
            ("canbo/registry/", "canbo/evaluation/", "canbo/procedures/", "canbo/development/")
        ) or name.endswith("authority.py"):
            continue
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if any(argument.arg == "by" for argument in node.args.kwonlyargs):
                found[f"{Path(name).stem}.{node.name}"] = node
    return found


def parts_of_acts() -> set[str]:
    """What an act on a case is made of: it is handed the case as its first argument; whoever acts names it (`case=`)."""
    return {name for name, node in services().items() if [a.arg for a in node.args.args][:1] == ["case"]}


def boards() -> set[str]:
    """What only looks at everything beneath a body, and is told which by `root`."""
    return {name for name, node in services().items() if "root" in {a.arg for a in node.args.kwonlyargs}}


def acts_of_services() -> set[str]:
    return set(services()) - parts_of_acts() - boards()


def test_parts_of_an_act_are_called_inside_procedures_only() -> None:
    parts = parts_of_acts()
    assert parts
    for name, tree in code().items():
        if not name.startswith("canbo/procedures/"):
            called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            assert not parts & called, name


def trials(world: Any) -> dict[str, tuple[str, Callable[[], Any]] | case_trials.Trial]:
    """For each service without a trial of its own room: the act that must stand in the journal, and a call that does it."""
    from canbo.procedures import appointment
    from canbo.registry import accounts, changes, entering, looking
    from canbo.registry.changes import Change, EventKind, Outcome, Part, Plan
    from canbo.registry.days import since
    from canbo.registry.models import Person, SalaryStep

    by, today = world.console, date(2026, 11, 1)
    on_whose_word = {"by": by, "decision": world.decision}
    person, post = world.person(), world.post("P/1.executive", "commune-chair")
    world.serve(person, world.post("P/1.executive.office", "specialist"))
    step = SalaryStep.objects.create(
        person=person, scale="A1", step=3, coefficient="3.00", valid=since(date(2024, 1, 1)), **world.mark
    )
    officer = world.account("officer", "officer", "P")
    unit = {code: organization.pk for code, organization in world.organizations.items()}
    new = Outcome("P/9", {"en": "Unit P/9"}, "commune", "P")
    renamed = Outcome("P/2", {"en": "Another name"}, "commune", "P", continues=unit["P/2"])
    plan = Plan(today, world.decision, world.source, [Change(EventKind.RENAME, (Part(unit["P/2"]),), (renamed,))])
    return {
        "entering.enter": (
            "person.entered",
            lambda: entering.enter(Person, **on_whose_word, source=world.source, identification_number="999999999999"),
        ),
        "entering.change": (
            "salarystep.changed", lambda: entering.change(step, on=today, **on_whose_word, step=4, coefficient="3.33"),
        ),
        "entering.correct": (
            "salarystep.corrected", lambda: entering.correct(step, **on_whose_word, reason="misread", scale="A2"),
        ),
        "changes.carry_out": ("organization.changed", lambda: changes.carry_out(plan, by=by, key="rename")),
        "changes.merge": (
            "organization.changed",
            lambda: changes.merge([unit["P/1"], unit["P/2"]], into=new, on=today, **on_whose_word, source=world.source, key="merge"),
        ),
        "changes.take_in": (
            "organization.taken_in",
            lambda: changes.take_in(
                [Outcome("P/8", {"en": "Unit P/8"}, "commune", "P")],
                **on_whose_word, source=world.source, key="in", valid_from=date(2015, 1, 1),
            ),
        ),
        "accounts.open_account": (
            "account.opened",
            lambda: accounts.open_account(username="new", label="New", by=by, password="a long way to anywhere"),
        ),
        "accounts.set_password": (
            "account.password_set", lambda: accounts.set_password(officer, password="a long way to anywhere", by=by),
        ),
        "accounts.close_account": ("account.closed", lambda: accounts.close_account(officer, by=by)),
        "accounts.give_role": (
            "account.granted",
            lambda: accounts.give_role(
                officer, role="leader", organization=world.organizations["P/1"], valid_from=today, valid_to=None,
                **on_whose_word, source=world.source,
            ),
        ),
        "accounts.take_role": ("account.revoked", lambda: accounts.take_role(officer.grants.get(), on=today, by=by)),
        "looking.looked_at_search": (
            "person.found", lambda: looking.looked_at_search(by=by, on=today, persons=[person.pk]),
        ),
        "looking.looked_at_file": ("person.read", lambda: looking.looked_at_file(person, by=by, on=today)),
        "looking.looked_at_due": ("entitlements.read", lambda: looking.looked_at_due(post, by=by, on=today, persons=[person.pk])),
        "looking.looked_at_placement": ("placement.read", lambda: looking.looked_at_placement(post, by=by, on=today, persons=[person.pk])),
        "looking.looked_at_list": ("staff.read", lambda: looking.looked_at_list(unit["P/1"], by=by, on=today, persons=[person.pk])),
        "appointment.may": ("person.read", lambda: appointment.may(person=person, post=post, by=by, on=today)),
        "appointment.nominate": (
            "appointment.nominated", lambda: appointment.nominate(person=person, post=post, by=by, on=today),
        ),
        **search_trials.trials(world),
    }  # fmt: skip


#: Rooms whose trials stand beside their tests; only those of the room that is asked are prepared.
ROOMS = {
    "delegation": delegation_trials, "disclosing": disclosing_trials, "documents": document_trials, "dossier": document_trials,
    "acting": scenario_trials, "suggesting": scenario_trials, "placing": scenario_trials, "rounds": consulting_trials, "handovers": consulting_trials, "drafting": draft_trials, "schemes": work_trials, "limits": work_trials, "meetings": work_trials, "outbox": work_trials, "evidence": work_trials, "catalogue": work_trials, "regulations": work_trials, "work": work_trials, "grading": work_trials, "assessing": competency_trials, **dict.fromkeys(("courses", "plans", "enrolment", "study", "talent"), training_trials), "quotas": quota_trials,
    "sides": work_trials, "sides_shown": work_trials, "opinions": work_trials, "consequences": work_trials,
    "rotating": proposal_trials, "chains": proposal_trials, "proposals": proposal_trials,
}  # fmt: skip


def test_every_service_that_acts_is_tried_below(world: Any) -> None:
    rooms = set()
    for room in set(ROOMS.values()):  # each prepares a world of its own: what one leaves would stand in the way of the next
        with transaction.atomic():
            rooms |= set(room.trials(world))
            transaction.set_rollback(True)
    assert acts_of_services() == rooms | set(trials(world)) | set(case_trials.STORIES)


def tried(service: str, world: Any) -> case_trials.Trial:
    """The trial of a service; the console acts unless the trial says who does."""
    if service in case_trials.STORIES:
        return case_trials.STORIES[service](offices.build(world))
    room = ROOMS.get(service.split(".")[0])
    found = (room.trials(world) if room else trials(world))[service]  # type: ignore[attr-defined]
    return found if isinstance(found, case_trials.Trial) else case_trials.Trial((found[0],), world.console, found[1])


@pytest.mark.parametrize("service", sorted(acts_of_services()))
def test_every_act_leaves_its_entries_that_say_who_did_it(
    service: str, world: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from canbo.journal.models import Entry

    settings.CANBO_DEMO = True  # practice keys sign
    monkeypatch.setattr("canbo.rules.drafts.LONGEST", 600)  # whoever tests may have a busy machine
    trial = tried(service, world)
    before = set(Entry.objects.values_list("pk", flat=True))
    trial.do()
    written = Entry.objects.exclude(pk__in=before).order_by("pk")
    assert [(entry.act, entry.by_id) for entry in written] == [(act, trial.by.pk) for act in trial.acts]


@pytest.mark.parametrize("board", sorted(boards()))
def test_a_board_writes_nothing(board: str, world: Any) -> None:
    module, _dot, name = board.partition(".")
    room = next(room for room in ("procedures", "evaluation", "development") if f"canbo/{room}/{module}.py" in code())
    more = {"period": Period(date(2026, 10, 1), "month")} if room == "evaluation" else {}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        show = getattr(importlib.import_module(f"canbo.{room}.{module}"), name)
        show(by=world.console, root=world.organizations["P"].pk, on=date(2026, 11, 1), **more)


def test_the_migrations_say_all_that_the_models_say(django_db_setup: None, django_db_blocker: Any) -> None:
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)

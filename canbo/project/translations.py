"""The words of canbo in every language, kept by Babel: no gettext binary is needed anywhere.

    python -m canbo.project.translations extract   collect the English words of all code and templates
    python -m canbo.project.translations update    bring locale/<language>/LC_MESSAGES/django.po up to date
    python -m canbo.project.translations compile   write the .mo files that Django reads (part of `make setup`)
    python -m canbo.project.translations check     fail on any word that is missing, fuzzy or wrong in vi and fa

A new language is a folder: `mkdir -p locale/nb/LC_MESSAGES`, then `update`, then fill in the .po file.
English needs no file: the words in the code are English.
"""

from __future__ import annotations

import io
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent
LOCALE = CHECKOUT / "locale" if (CHECKOUT / "locale").is_dir() else PACKAGE / "_library" / "locale"
COMPLETE = ("vi", "fa")
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}|%[sd]")

Found = tuple[str, str | tuple[str, ...], list[str], str | None]


def extract() -> Catalog:
    """Collect every word marked for translation in the package: Python and templates."""
    catalog = Catalog(project="canbo", charset="utf-8")
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix not in {".py", ".html", ".txt"} or "vendor" in path.parts or "_library" in path.parts:
            continue
        if path.suffix != ".py" and "templates" not in path.parts:
            continue
        name = path.relative_to(CHECKOUT).as_posix()
        for message, context, comments in found_in(path):
            catalog.add(message, locations=[(name, 1)], context=context, auto_comments=comments)
    for path in sorted((PACKAGE / "reports" / "measures").glob("*.sql")):
        meaning = re.search(r"^-- meaning: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        if meaning:
            catalog.add(meaning[1], locations=[(path.relative_to(CHECKOUT).as_posix(), 1)])
    return catalog


def found_in(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None, list[str]]]:
    """Yield (message or its two numbers, context, comments for translators) of one file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        source = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).splitlines())
        source = source.replace("\x00", "")
    lines = io.BytesIO(source.encode())
    for _line, function, words, comments in extract_python(lines, list(KEYWORDS), ["Translators:"], {}):
        words = words if isinstance(words, tuple) else (words,)
        spec = KEYWORDS[function or "_"]
        if spec is None:
            message, context = words[0], None
        else:
            context = words[0] if isinstance(spec[0], tuple) else None
            numbers = words[1:] if context is not None else words
            message = tuple(numbers[: len(spec) - (context is not None)])
            message = message[0] if len(message) == 1 else message
        if message and all(message if isinstance(message, tuple) else [message]):
            yield message, context, list(comments)


def languages() -> list[str]:
    """The languages that have a folder, English aside."""
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir() and folder.name != "en")


def po_file(language: str) -> Path:
    """Where the words of a language are."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    """Read the words of a language; an empty catalogue when there is no file yet."""
    path = po_file(language)
    if not path.is_file():
        return Catalog(locale=language, project="canbo", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def update() -> None:
    """Merge the words of the code into every language; words no longer used go, new ones come empty."""
    template = extract()
    for language in languages():
        catalog = load(language)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        for message in catalog:
            if message.id:
                message.locations = sorted({(file, 1) for file, _line in message.locations})
        po_file(language).parent.mkdir(parents=True, exist_ok=True)
        with po_file(language).open("wb") as file:
            write_po(file, catalog, omit_header=False, sort_output=True, include_lineno=False, width=110)
        missing = sum(1 for message in catalog if message.id and not is_translated(message))
        print(f"locale/{language}: {len(catalog)} messages, {missing} without a translation")


def compile_all() -> None:
    """Write django.mo beside every django.po, only where it is older or missing."""
    for language in languages():
        path = po_file(language)
        target = path.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        fresh = target.with_suffix(".new")
        with fresh.open("wb") as file:
            write_mo(file, load(language))
        fresh.replace(target)


def is_translated(message: Message) -> bool:
    """Whether every form of a message has its words."""
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(strings) and bool(strings)


def placeholders(text: str) -> set[str]:
    """The holes of a sentence: %(name)s, {name}, %s."""
    return {match.group(0) for match in PLACEHOLDER.finditer(text.replace("%%", ""))}


def fills(text: str) -> bool:
    """Whether the holes of a sentence can be filled: a bare "100% of" cannot, and the page would fall back to English."""
    try:
        return bool(text % {match.group(1): 1 for match in PLACEHOLDER.finditer(text) if match.group(1)})
    except (ValueError, TypeError, KeyError):
        return False


def faults(language: str, template: Catalog) -> list[str]:
    """What is wrong with a language: each as one sentence."""
    catalog, wrong = load(language), []
    for wanted in template:
        if not wanted.id:
            continue
        name = wanted.id[0] if isinstance(wanted.id, (tuple, list)) else wanted.id
        message = catalog.get(wanted.id, wanted.context)
        if message is None or not is_translated(message):
            wrong.append(f"{language}: no translation of {name!r}")
            continue
        if message.fuzzy:
            wrong.append(f"{language}: unsure translation of {name!r}")
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        ids = wanted.id if isinstance(wanted.id, (tuple, list)) else (wanted.id,)
        holes = set().union(*(placeholders(text) for text in ids))
        wrong.extend(
            f"{language}: {name!r} needs {sorted(holes)}, its translation has {sorted(placeholders(text))}"
            for text in strings
            if not placeholders(text) <= holes or (len(ids) == 1 and placeholders(text) != holes)
        )
        if any(hole.startswith("%(") for hole in holes) and not all(map(fills, strings)):
            wrong.append(f"{language}: {name!r} has a % that should be %%")
    return wrong


def check() -> list[str]:
    """All that is wrong in the languages that must be complete."""
    template = extract()
    return [fault for language in COMPLETE for fault in faults(language, template)]


def main(arguments: list[str]) -> int:
    """Do one of the four; returns the exit code."""
    match arguments:
        case ["extract"]:
            write_po(sys.stdout.buffer, extract(), sort_output=True, include_lineno=False)
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case ["check"]:
            wrong = check()
            print("\n".join(wrong) or f"complete: {', '.join(COMPLETE)}")
            return 1 if wrong else 0
        case _:
            print(
                string.Template("usage: python -m canbo.project.translations $ways").substitute(
                    ways="extract|update|compile|check"
                ),
                file=sys.stderr,
            )
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

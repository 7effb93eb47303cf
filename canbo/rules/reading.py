"""Reading the rulebook's YAML strictly, remembering the line of every entry.

Stricter than YAML itself: a key given twice is refused, only `true` and `false` are yes and no
(so that `no` stays a word), dates are days, and an entry nobody asked for is refused with the
nearest known name. Every refusal names file and line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from canbo.rules.words import LANGUAGES, Message, Place, RuleError, error, message

Path_ = tuple[str | int, ...]
_INT = re.compile(r"^[-+]?[0-9]+$")
_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


LARGEST = 1_000_000


NESTED = 20

# The C parser reads a rulebook five times faster; the other is the same in plain Python.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Unwelcome(yaml.YAMLError):
    """YAML that a rulebook does not use."""

    def __init__(self, *, problem: str, problem_mark: Any) -> None:
        super().__init__(problem)
        self.problem = problem
        self.problem_mark = problem_mark


def _compose(text: str) -> yaml.Node | None:
    """The tree of a text, once its events show that it is neither deep nor full of aliases.

    A rule must stand where it is read, and a file must not unfold without end.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise _Unwelcome(problem="an alias (*name)", problem_mark=event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > NESTED:
            raise _Unwelcome(problem=f"more than {NESTED} levels", problem_mark=event.start_mark)
    return yaml.compose(text, Loader=_Loader)


@dataclass(frozen=True)
class Document:
    """One YAML file: its entries and, for each entry by its path, the place where it stands."""

    file: Path
    data: Any
    places: Mapping[Path_, Place]


def read(file: Path, *, root: Path | None = None) -> Part:
    """Read one file; its places are shown relative to `root`."""
    shown = file.relative_to(root) if root else file
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise error("file_not_utf8", place=Place(shown)) from None
    return read_text(text, shown)


def read_text(text: str, shown: Path) -> Part:
    """Read a text as if it stood in the file `shown`."""
    tree = compose(text, shown)
    if tree is None:
        raise error("file_empty", place=Place(shown))
    places: dict[Path_, Place] = {}
    data = _plain(tree, (), places, shown)
    return Part(Document(shown, data, places), (), data)


def compose(text: str, file: Path) -> yaml.Node | None:
    """The tree of a text in YAML (and so in JSON); what is too large, too deep or broken is refused with its place."""
    if len(text) > LARGEST:
        raise error("file_too_large", found=len(text), limit=LARGEST, place=Place(file))
    try:
        return _compose(text)
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
        if "\t" in line[: mark.column + 1 if mark else 0]:
            raise error("tab_found", place=place) from None
        found = getattr(trouble, "problem", None) or str(trouble).splitlines()[0]
        raise error("yaml_not_readable", found=found, place=place) from None


def _plain(node: yaml.Node, path: Path_, places: dict[Path_, Place], file: Path) -> Any:
    places[path] = Place(file, node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, places, file)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, number), places, file) for number, item in enumerate(node.value)]
    if not isinstance(node, yaml.ScalarNode):
        raise error("key_not_a_word", place=places[path])
    return _scalar(node, places[path])


def _mapping(node: yaml.MappingNode, path: Path_, places: dict[Path_, Place], file: Path) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for key, value in node.value:
        place = Place(file, key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, yaml.ScalarNode):
            raise error("key_not_a_word", place=place)
        if key.value in entries:
            raise error("key_twice", name=key.value, place=place)
        entries[key.value] = _plain(value, (*path, key.value), places, file)
    return entries


def _scalar(node: yaml.ScalarNode, place: Place) -> Any:
    text = node.value
    if node.style:  # quoted, or a block: words as they stand
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    if _INT.match(text):
        return int(text)
    if _DAY.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise error("date_not_a_day", found=text, place=place) from None
    return text


class Part:
    """An entry of a file, asked for by name; every wrong answer is refused with its place."""

    def __init__(self, document: Document, path: Path_, data: Any) -> None:
        self.document = document
        self.path = path
        self.data = data

    @property
    def place(self) -> Place:
        """Where this entry stands."""
        return self.document.places.get(self.path, Place(self.document.file))

    @property
    def name(self) -> str:
        """The entry's path in words, such as `effective.from`."""
        return ".".join(map(str, self.path)) or "file"

    def wrong(self, key: str, /, **args: object) -> RuleError:
        """An error about this entry, at its place."""
        return RuleError(message(key, **args), place=self.place)

    def at(self, name: str | int) -> Part:
        """The entry below, which must exist."""
        if isinstance(name, str) and name not in self.mapping():
            raise self.wrong("entry_missing", name=name, where=self.name)
        return Part(self.document, (*self.path, name), self.data[name])

    def find(self, name: str) -> Part | None:
        """The entry below, or None where it is absent or empty."""
        return self.at(name) if self.mapping().get(name) is not None else None

    def mapping(self) -> dict[str, Any]:
        """The entry as names and values."""
        if not isinstance(self.data, dict):
            raise self.wrong("expected_kind", name=self.name, expected=message("kind_mapping"), found=self.data)
        return self.data

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Names with the entries below, in the order of the file."""
        for name in self.mapping():
            yield name, self.at(name)

    def items(self) -> Iterator[Part]:
        """The entries of a list."""
        if not isinstance(self.data, list):
            raise self.wrong("expected_kind", name=self.name, expected=message("kind_list"), found=self.data)
        for number in range(len(self.data)):
            yield self.at(number)

    def only(self, known: Iterable[str]) -> None:
        """Refuse any entry that is not in `known`."""
        names = list(known)
        for name, part in self.parts():
            if name not in names:
                raise part.wrong("entry_unknown", name=name, hint=nearest(name, names), known=", ".join(names))

    def text(self) -> str:
        """The entry as words; a number or a day written without quotes is taken as written."""
        if self.data is None or isinstance(self.data, (dict, list, bool)):
            raise self.wrong("expected_kind", name=self.name, expected=message("kind_text"), found=self.data)
        return str(self.data).strip()

    def number(self) -> int:
        """The entry as a whole number."""
        if not isinstance(self.data, int) or isinstance(self.data, bool):
            raise self.wrong("expected_kind", name=self.name, expected=message("kind_number"), found=self.data)
        return self.data

    def day(self) -> date:
        """The entry as a day."""
        if not isinstance(self.data, date):
            raise self.wrong("expected_kind", name=self.name, expected=message("kind_day"), found=self.data)
        return self.data

    def flag(self) -> bool:
        """The entry as true or false."""
        if not isinstance(self.data, bool):
            raise self.wrong("expected_kind", name=self.name, expected="true, false", found=self.data)
        return self.data

    def choice(self, among: Iterable[str]) -> str:
        """The entry as one of the given words."""
        names = list(among)
        word = self.text()
        if word not in names:
            raise self.wrong("not_among", name=self.name, found=word, hint=nearest(word, names), known=", ".join(names))
        return word

    def said(self, *, need: Iterable[str] = ("en", "vi")) -> Mapping[str, str]:
        """The entry as a text in several languages; those in `need` must be there."""
        self.only(LANGUAGES)
        for language in need:
            if not self.mapping().get(language):
                raise self.wrong("language_missing", name=self.name, language=language)
        return {name: part.text() for name, part in self.parts()}


def nearest(name: str, known: Iterable[str]) -> Message | str:
    """A hint naming the nearest known name, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return message("did_you_mean", name=close[0]) if close else ""
